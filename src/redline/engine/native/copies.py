"""Compiled copies of restricted Python: formulas within loops, loops over several lanes at once."""

from collections.abc import Callable
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from redline.engine.native.exact_powers import compiled_two_to
from redline.engine.native.fingerprint import does_the_same
from redline.engine.native.numba_loading import is_disabled, load_numba
from redline.engine.native.unrolled import WHOLE, loops, unrolled
from redline.theory import FORMULAS, OVERLAPPING, two_to

Compiled = dict[Callable[..., Any], Any]
"""Compiled copies of functions, by the original."""


def compile_functions(modules: tuple[ModuleType, ...], parts: bool = False) -> Compiled:
    """Return a compiled copy of every function that the modules define, by the original.

    The copies of one module share a copy of its globals, in which each function's name
    leads to its compiled copy; compilation itself waits for the first call.

    Parameters
    ----------
    parts
        Compile them as parts of machine code that is kept, which cannot be called here.

    Notes
    -----
    No floating-point shortcut is on (`fastmath` would break the equality of the engines),
    and no reference counting: the functions only ever view arrays that their caller owns.
    """
    numba = load_numba()
    common = {"nogil": True, "error_model": "numpy", "_nrt": False}

    def compiled(copy: FunctionType, function: FunctionType) -> Any:
        return numba.njit(**common, **_ways(function, copy.__code__, parts))(copy)

    return linked_copies(modules, compiled, {two_to: compiled_two_to()})


def linked_copies(
    modules: tuple[ModuleType, ...],
    make: Callable[[FunctionType, FunctionType], Any],
    instead: Compiled,
) -> Compiled:
    """Return a copy of every function that the modules define, by the original.

    Parameters
    ----------
    make : makes it of a function with the copy's code and globals, and the original
    instead : what stands in the place of some functions
    """
    copies = dict(instead)
    for module in modules:
        linked = {
            name: copies.get(value, value) if isinstance(value, FunctionType) else value
            for name, value in vars(module).items()
        }
        linked[WHOLE] = np.int64
        for name, function in vars(module).items():
            is_own = isinstance(function, FunctionType) and function.__module__ == module.__name__
            if is_own and function not in instead:
                code = function.__code__ if is_disabled() else unrolled(function, does_the_same)
                copy = FunctionType(code, linked, name, function.__defaults__)
                linked[name] = copies[function] = make(copy, function)
    return copies


def _ways(function: FunctionType, code: CodeType, parts: bool) -> dict[str, Any]:
    """Return how a function is compiled: into those that call it, or as a loop of its own.

    A formula is compiled into the loop that calls it. Of a loop over lanes a compiler makes code
    for several lanes at once only if it knows that none of its arguments overlap.
    """
    overlaps = function in OVERLAPPING
    is_formula = not overlaps and (function.__module__ in FORMULAS or not loops(code))
    is_loop = not overlaps and not is_formula
    wrappers = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True} if parts else {}
    return {"forceinline": is_formula, "pipeline_class": _compiler(is_loop, parts), **wrappers}


@cache
def _compiler(is_loop: bool, parts: bool) -> type:
    """Return how Numba is to compile a function."""
    from numba.core.compiler import Compiler

    class Own(Compiler):  # type: ignore[misc]
        def __init__(self, *given: Any) -> None:
            flags = given[5]
            flags.noalias = is_loop
            flags.no_compile = parts
            super().__init__(*given)

        def compile_extra(self, func: Any) -> Any:
            made = super().compile_extra(func)
            return _as_part(made, self.state.targetctx, is_loop) if parts else made

    return Own


def _as_part(made: Any, context: Any, is_loop: bool) -> Any:
    """Return a compiled function that others can be compiled with, but that cannot be called.

    Numba would make machine code of it, and optimise it again with each that calls it: half of
    the time that compiling takes.
    """
    # Those that call it know it by an object of its own, of a kind that Numba takes for code.
    part = made._replace(entry_point=[].append)
    context.insert_user_function(part.entry_point, part.fndesc, [part.library])
    part.library._finalize_final_module = partial(setattr, part.library, "_finalized", True)
    if not is_loop:
        part.library._optimize_final_module = lambda: None
    return part

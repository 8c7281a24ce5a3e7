"""Compiled copies of restricted Python: formulas within loops, loops over several lanes at once."""

from collections.abc import Callable
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from redline.engine.native.exact_powers import compiled_two_to
from redline.engine.native.fingerprint import does_the_same
from redline.engine.native.numba_loading import is_disabled, load_numba
from redline.engine.native.unrolled import WHOLE, loops, unrolled
from redline.theory import (
    FORMULAS,
    OVERLAPPING,
    advance,
    derive,
    measure_block,
    tally_block,
    two_to,
)

ENTRIES = (advance, derive, measure_block, tally_block)
"""The functions that are called from outside compiled code, and kept on disk."""
Compiled = dict[Callable[..., Any], Any]
"""Compiled copies of functions, by the original."""


def compile_functions(modules: tuple[ModuleType, ...], inner: bool = False) -> Compiled:
    """Return a compiled copy of every function that the modules define, by the original.

    The copies of one module share a copy of its globals, in which each function's name
    leads to its compiled copy; compilation itself waits for the first call.

    Parameters
    ----------
    inner
        Leave out what Python needs to call them, which takes longest to compile.

    Notes
    -----
    No floating-point shortcut is on (`fastmath` would break the equality of the engines),
    and no reference counting: the functions only ever view arrays that their caller owns.
    """
    numba = load_numba()
    without = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True} if inner else {}
    common = {"nogil": True, "error_model": "numpy", "_nrt": False, **without}
    copies: Compiled = {}
    for module in modules:
        linked = {
            name: copies.get(value, value) if isinstance(value, FunctionType) else value
            for name, value in vars(module).items()
        }
        linked[WHOLE] = np.int64
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                if function is two_to:
                    linked[name] = copies[function] = compiled_two_to()
                    continue
                code = function.__code__ if is_disabled() else unrolled(function, does_the_same)
                copy = FunctionType(code, linked, name, function.__defaults__)
                linked[name] = copies[function] = numba.njit(
                    **common, **_ways(function, code, inner)
                )(copy)
    return copies


def _ways(function: FunctionType, code: CodeType, inner: bool) -> dict[str, Any]:
    """Return how a function is compiled: within those that call it, or as a loop over lanes.

    A formula is compiled into the loop that calls it. Of a loop over lanes a compiler makes code
    for several lanes at once only if it knows that none of its arguments overlap.
    """
    is_formula = function.__module__ in FORMULAS or not loops(code)
    apart = function not in OVERLAPPING and not is_formula
    given: dict[str, Any] = {"forceinline": is_formula and function not in OVERLAPPING}
    return {**given, "pipeline_class": _compiler(apart, inner and function not in ENTRIES, apart)}


@cache
def _compiler(apart: bool, inner: bool, optimised: bool) -> type:
    """Return a compiler that is told that arguments do not overlap."""
    from numba.core.compiler import Compiler

    class Own(Compiler):  # type: ignore[misc]
        def __init__(self, *given: Any) -> None:
            given[5].noalias = apart  # flags
            given[5].no_compile = inner
            super().__init__(*given)

        def compile_extra(self, func: Any) -> Any:
            made = super().compile_extra(func)
            if inner:
                made = made._replace(entry_point=[].append)
                self.state.targetctx.insert_user_function(
                    made.entry_point, made.fndesc, [made.library]
                )
                if not optimised:
                    made.library._optimize_final_module = lambda: None
                made.library._finalize_final_module = lambda: vars(made.library).update(
                    _finalized=True
                )
            return made

    return Own

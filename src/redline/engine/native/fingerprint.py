"""What would be compiled: the functions in memory, whatever files they were once read from.

Compiled code is kept under this, so that a function that was changed in memory, or whose file was
edited after it was imported, never leaves its code to processes that have another.
"""

import hashlib
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

Functions = Mapping[str, Mapping[str, Any]]
"""What modules hold, by their names."""


class UnknownValueError(Exception):
    """Something that a function reads cannot be told from others of its kind."""


def fingerprint(modules: tuple[ModuleType, ...]) -> str | None:
    """Return the SHA-256 of the modules' functions and of the values that they read.

    None if they read what cannot be told: then nothing compiled of them may be kept.
    """
    return _digest({module.__name__: vars(module) for module in modules}, _known(modules))


def as_on_disk(modules: tuple[ModuleType, ...]) -> bool:
    """Return whether the modules' functions, and values of their own, are those of their files.

    The files are read as Python reads them when they are imported, from its bytecode if that is
    of now; what they import is taken as it is in memory.
    """
    fresh: dict[str, dict[str, Any]] = {}
    for module in modules:
        try:
            code = module.__loader__.get_code(module.__name__)  # type: ignore[union-attr]
            fresh[module.__name__] = {"__name__": module.__name__}
            exec(code, fresh[module.__name__])
        except Exception:  # of a file that is being edited, anything
            return False
    known = {**_known(modules), **_owned(fresh)}
    return fingerprint(modules) == _digest(fresh, known)


def does_the_same(one: CodeType, other: CodeType) -> bool:
    """Return whether two codes differ in nothing but lines and file."""
    return _told(one, {}) == _told(other, {})


def _known(modules: tuple[ModuleType, ...]) -> dict[int, str]:
    return _owned({module.__name__: vars(module) for module in modules})


def _owned(functions: Functions) -> dict[int, str]:
    """Return the full names of the functions that modules define, by their identity in memory."""
    return {
        id(value): f"{module}.{name}"
        for module, held in functions.items()
        for name, value in held.items()
        if isinstance(value, FunctionType) and value.__module__ == module
    }


def _digest(functions: Functions, known: Mapping[int, str]) -> str | None:
    digest = hashlib.sha256()
    try:
        for module, held in functions.items():
            for name, value in sorted(held.items()):
                if name.startswith("__"):  # Python's own, as what it annotates with
                    continue
                if isinstance(value, FunctionType) and value.__module__ == module:
                    code, defaults = value.__code__, value.__defaults__
                    read = {name: held[name] for name in sorted(_names(code)) if name in held}
                    told = _told((name, code, defaults, *read.items()), known)
                    digest.update(f"{module} {told}\n".encode())
    except UnknownValueError:
        return None
    return digest.hexdigest()


def _names(code: CodeType) -> set[str]:
    """Return the names that code reads which are not its own."""
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _told(value: Any, known: Mapping[int, str]) -> str:
    """Return a value that a function reads as text, the same in every process."""
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes():
            return f"{type(value).__name__} {value!r}"
        case tuple():
            return f"{type(value).__name__}({', '.join(_told(one, known) for one in value)})"
        case frozenset():
            return f"frozenset({sorted(_told(one, known) for one in value)})"
        case np.ndarray() | np.generic():
            return f"{value.dtype.descr} {value.shape} {value.tobytes().hex()}"
        case np.dtype():
            return f"dtype {value.descr}"
        case CodeType():
            return f"code({', '.join(_told_of(value, known))})"
        case FunctionType() if id(value) in known:
            return f"function {known[id(value)]}"
        case ModuleType():
            return f"module {value.__name__}"
        case type():
            return f"type {value.__module__}.{value.__qualname__} {getattr(value, '_fields', '')}"
    if value is Ellipsis or type(value).__name__ == "builtin_function_or_method":
        return repr(value) if value is Ellipsis else f"{value.__module__}.{value.__qualname__}"
    raise UnknownValueError


def _told_of(code: CodeType, known: Mapping[int, str]) -> Iterator[str]:
    """Yield what decides what code does: all but lines and file."""
    for given in (
        code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_freevars,
        code.co_cellvars, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_flags, code.co_exceptiontable,
    ):  # fmt: skip
        yield _told(given, known)

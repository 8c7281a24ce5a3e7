"""Compile the restricted-Python modules with Numba, without changing them.

A module's functions stay plain Python; `compile_functions` makes compiled copies whose
calls to one another reach the compiled copies. Compiled code is kept on disk in a folder
named by the hash of every source that goes into it, because Numba's own check sees a change
in the file of the outermost function only. Where NUMBA_DISABLE_JIT is set the same functions run
uncompiled: slowly, and to the same bits.
"""

import hashlib
import os
import pickle
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from redline.support import InputError, at_home
from redline.theory import (
    RESTRICTED,
    advance,
    draws,
    philox,
    tally_block,
    unit,
)


def _said(line: str) -> None:
    """Say something of this machine, once."""
    print(f"redline: {line}", file=sys.stderr)


with warnings.catch_warnings(record=True) as _told:
    warnings.simplefilter("always")
    try:
        import numba
        from numba.core import config
    except (ValueError, RuntimeError, ImportError) as error:
        _given = [f"{name}={value}" for name, value in os.environ.items() if name[:6] == "NUMBA_"]
        _hint = f"; unset what is wrong of {', '.join(_given)}" if _given else ""
        raise InputError(f"Numba cannot be loaded: {error}{_hint}") from None
for _warning in _told:  # of settings that it cannot read, each with a traceback
    _said(str(_warning.message).splitlines()[0])

ENTRIES = (advance, tally_block)
"""The functions that are called from outside compiled code, and kept on disk."""
INLINED = (philox, unit, draws)
"""Inlined by force: only so does LLVM vectorise the draws of a week."""


def sources_hash() -> str:
    """Return the SHA-256 of the theory's files, of which compiled code is made."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(RESTRICTED[0].__file__)).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compile_functions(
    modules: tuple[ModuleType, ...], entries: tuple[Callable[..., Any], ...] = ()
) -> dict[Callable[..., Any], Any]:
    """Return a compiled copy of every function that the modules define, by the original.

    The copies of one module share a copy of its globals, in which each function's name
    leads to its compiled copy; compilation itself waits for the first call. `entries` are
    cached on disk.

    Notes
    -----
    No floating-point shortcut is on (`fastmath` would break the equality of the engines),
    and no reference counting: the functions only ever view arrays that their caller owns.
    """
    copies: dict[Callable[..., Any], Any] = {}
    for module in modules:
        linked = {
            name: copies.get(value, value) if isinstance(value, FunctionType) else value
            for name, value in vars(module).items()
        }
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                copy = FunctionType(function.__code__, linked, name, function.__defaults__)
                linked[name] = copies[function] = numba.njit(
                    nogil=True,
                    error_model="numpy",
                    _nrt=False,
                    inline="always" if function in INLINED else "never",
                    cache=function in entries,
                )(copy)
    return copies


def _usable(folder: Path) -> bool:
    """Return whether the folder can be made, is ours alone to write, and takes a file."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        for place in (folder, folder.parent):
            about = place.stat()
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o022):
                return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder() -> Path | None:
    """Return the folder for compiled code of these sources, or None where none is writable.

    Tried in turn: NUMBA_CACHE_DIR if set, the user's cache folder, the temporary folder.
    """
    key = sources_hash()[:16]
    name = f"{key}-numba{numba.__version__}-py{platform.python_version()}"
    return next((base / name for base in _bases() if _usable(base / name)), None)


def _bases() -> Iterator[Path]:
    """Yield the folders in which a folder for compiled code may be, the wanted ones first."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield at_home(os.environ["NUMBA_CACHE_DIR"]) / "redline"
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    with suppress(RuntimeError):  # no home folder is known
        yield (home if home.is_absolute() else Path.home() / ".cache") / "redline"
    with suppress(OSError):  # there is no temporary folder
        user = os.getuid() if hasattr(os, "getuid") else 0
        yield Path(tempfile.gettempdir()) / f"redline-{user}"


@cache
def compiled_functions() -> dict[Callable[..., Any], Any]:
    """Return the compiled copies of all restricted Python, cached on disk where possible."""
    if config.DISABLE_JIT:
        _said("NUMBA_DISABLE_JIT is set: the engine runs uncompiled, over a thousand times slower")
        functions = compile_functions(RESTRICTED)
        return {**functions, **{entry: _uncompiled(functions[entry]) for entry in ENTRIES}}
    folder = cache_folder()
    if folder is None:
        return _for_this_process()
    if not any(folder.rglob("*.nbi")):
        _said("compiling the engine for this machine, once (about 10 seconds) …")
    # Numba reads the folder when a function is decorated, from globals of its own.
    wanted = {"CACHE_DIR": str(folder), "CACHE_LOCATOR_CLASSES": ""}
    before = {name: getattr(config, name) for name in wanted if hasattr(config, name)}
    try:
        for name in before:
            setattr(config, name, wanted[name])
        functions = compile_functions(RESTRICTED, ENTRIES)
    finally:
        for name, value in before.items():
            setattr(config, name, value)
    return {**functions, **{entry: _Mended(entry, functions[entry], folder) for entry in ENTRIES}}


@cache
def _for_this_process() -> dict[Callable[..., Any], Any]:
    """Return the compiled copies of all restricted Python, kept nowhere."""
    _said("no folder to keep compiled code in; compiling for this process alone")
    return compile_functions(RESTRICTED)


def _uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of restricted Python that runs as it stands, on the same records.

    Compiled code finds the fields of a record as attributes, and divides as NumPy does.
    """

    def attributed(value: Any) -> Any:
        if isinstance(value, np.void):
            return value.view((np.record, value.dtype))
        if isinstance(value, np.ndarray) and value.dtype.names:
            return value.view(np.recarray)
        return value

    def run(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*map(attributed, arguments))

    return run


class _Mended:
    """A compiled function whose folder is cleared, and it compiled anew, if it is damaged.

    If its folder then still takes nothing, it is compiled for this process alone.
    """

    def __init__(self, entry: Callable[..., Any], function: Any, folder: Path) -> None:
        self.entry = entry
        self.function = function
        self.folder = folder
        self.loaded = False

    def __call__(self, *arguments: Any) -> Any:
        if not self.loaded:
            with _LOADING:
                self._load(arguments)
        return self.function(*arguments)

    def _load(self, arguments: tuple[Any, ...]) -> None:
        types = tuple(numba.typeof(argument) for argument in arguments)
        try:
            self.function.compile(types)
        except (EOFError, pickle.UnpicklingError, OSError, ValueError, KeyError):
            self._anew(types)
        self.loaded = True

    def _anew(self, types: tuple[Any, ...]) -> None:
        try:
            for path in self.folder.rglob("*.nb?"):
                path.unlink(missing_ok=True)
            self.function.compile(types)
        except OSError:  # a full disk
            self.function = _for_this_process()[self.entry]


_LOADING = Lock()

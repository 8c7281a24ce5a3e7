"""Compile the restricted-Python modules with Numba, without changing them.

A module's functions stay plain Python; `compile_functions` makes compiled copies whose
calls to one another reach the compiled copies. Compiled code is kept on disk in a folder
named by the hash of every source that goes into it, because Numba's own check sees a change
in the file of the outermost function only.
"""

import hashlib
import os
import pickle
import platform
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from types import FunctionType, ModuleType
from typing import Any

import numba
from numba.core import config

from redline import chance, kernel, parameters, rules, state, tally

SOURCES: tuple[ModuleType, ...] = (chance, state, parameters, rules, kernel)
"""Every module whose source decides what happens in a replicate."""
COMPILED: tuple[ModuleType, ...] = (chance, rules, kernel, tally)
"""The modules in restricted Python, callees first."""
ENTRIES = (kernel.advance, tally.tally_block)
"""The functions that are called from outside compiled code, and kept on disk."""
INLINED = (chance.philox, chance.unit, chance.draws)
"""Inlined by force: only so does LLVM vectorise the draws of a week."""


def source_hash(modules: tuple[ModuleType, ...]) -> str:
    """Return the SHA-256 of the modules' sources."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


@cache
def rules_hash() -> str:
    """Return the hash of every source that decides what happens in a replicate."""
    return source_hash(SOURCES)


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
    key = source_hash((*SOURCES, tally))[:16]
    name = f"{key}-numba{numba.__version__}-py{platform.python_version()}"
    bases = [Path(tempfile.gettempdir()) / f"redline-{os.getuid() if hasattr(os, 'getuid') else 0}"]
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        bases.insert(0, Path(home) / "redline")
    except RuntimeError:  # no home folder is known
        pass
    if os.environ.get("NUMBA_CACHE_DIR"):
        bases.insert(0, Path(os.environ["NUMBA_CACHE_DIR"]) / "redline")
    return next((base / name for base in bases if _usable(base / name)), None)


@cache
def compiled_functions() -> dict[Callable[..., Any], Any]:
    """Return the compiled copies of all restricted Python, cached on disk where possible."""
    folder = cache_folder()
    if folder is None:
        print(
            "redline: no folder to keep compiled code in; compiling for this process alone",
            file=sys.stderr,
        )
        return compile_functions(COMPILED)
    if not any(folder.rglob("*.nbi")):
        print(
            "redline: compiling the engine for this machine, once (about 10 seconds) …",
            file=sys.stderr,
        )
    # Numba reads the folder when a function is decorated, from a global of its own.
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        functions = compile_functions(COMPILED, ENTRIES)
    finally:
        config.CACHE_DIR = before
    for entry in ENTRIES:
        functions[entry] = _Mended(functions[entry], folder)
    return functions


class _Mended:
    """A compiled function whose folder is cleared, and it compiled anew, if it is damaged."""

    def __init__(self, function: Any, folder: Path) -> None:
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
            for path in self.folder.rglob("*.nb?"):
                path.unlink(missing_ok=True)
            self.function.compile(types)
        self.loaded = True


_LOADING = Lock()

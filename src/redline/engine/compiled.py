"""Compile the restricted-Python modules with Numba, without changing them.

A module's functions stay plain Python; `compile_functions` makes compiled copies whose
calls to one another reach the compiled copies. The machine code of the functions that are called
from outside is kept on disk in a folder named by the hash of every source that goes into it, and
loaded by other processes without Numba (`redline.engine.native`). Where NUMBA_DISABLE_JIT is set
the same functions run uncompiled: slowly, and to the same bits.
"""

import hashlib
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from redline.engine.native.machine_code import (
    KNOWN,
    Loaded,
    MachineCode,
    host,
    layout_of,
    read,
    write,
)
from redline.support import InputError, at_home
from redline.theory import (
    RESTRICTED,
    advance,
    draws,
    philox,
    tally_block,
    unit,
)

ENTRIES = (advance, tally_block)
"""The functions that are called from outside compiled code, and kept on disk."""
INLINED = (philox, unit, draws)
"""Inlined by force: only so does LLVM vectorise the draws of a week."""
Compiled = dict[Callable[..., Any], Any]
"""Compiled copies of functions, by the original."""


def _said(line: str) -> None:
    """Say something of this machine, once."""
    print(f"redline: {line}", file=sys.stderr)


@cache
def load_numba() -> ModuleType:
    """Return Numba; say what it says of its settings, a line each.

    Raises
    ------
    InputError
        If it cannot be loaded, as with settings that it refuses.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            import numba
            import numba.core.config
        except (ValueError, RuntimeError, ImportError) as error:
            given = ", ".join(_settings())
            hint = f"; unset what is wrong of {given}" if given else ""
            raise InputError(f"Numba cannot be loaded: {error}{hint}") from None
    for warning in told:  # of settings that it cannot read, each with a traceback
        _said(str(warning.message).splitlines()[0])
    module: ModuleType = numba
    return module


def _is_setting(name: str) -> bool:
    return name.startswith("NUMBA_") and "_CACHE_" not in name


def _settings() -> list[str]:
    """Return the settings of Numba that code may depend on: all but of where it is kept."""
    found = os.environ.items()
    return sorted(f"{name}={value}" for name, value in found if _is_setting(name))


def sources_hash() -> str:
    """Return the SHA-256 of the theory's files, of which compiled code is made."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(RESTRICTED[0].__file__)).parent.glob("*.py")):
        digest.update(path.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


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
    copies: Compiled = {}
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
                    **without,
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
    name = f"{key}-numba{version('numba')}-py{platform.python_version()}"
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
def compiled_entries() -> Compiled:
    """Return the functions that are called from outside, to be compiled or read from disk.

    Numba is imported only if one must be compiled, or settings of it are to be heard.
    """
    if _settings() and load_numba().core.config.DISABLE_JIT:
        _said("NUMBA_DISABLE_JIT is set: the engine runs uncompiled, over a thousand times slower")
        functions = compile_functions(RESTRICTED)
        return {entry: _uncompiled(functions[entry]) for entry in ENTRIES}
    folder = cache_folder()
    if folder is None:
        _said("no folder to keep compiled code in; compiling for this process alone")
    return {entry: Entry(entry, folder) for entry in ENTRIES}


@cache
def compiled_functions() -> Compiled:
    """Return the compiled copies of all restricted Python; of these, entries alone are kept."""
    return {**compile_functions(RESTRICTED), **compiled_entries()}


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


class Entry:
    """A function whose code is read from a folder, or compiled at the first call and kept there.

    What is damaged is compiled anew; where the folder takes nothing, for this process alone.
    """

    def __init__(self, function: Callable[..., Any], folder: Path | None) -> None:
        self.function = function
        self.folder = folder
        self._loaded: Loaded | None = None

    def __call__(self, *arguments: Any) -> None:
        """Call it; what it says is in the arrays."""
        if self._loaded is None:
            with _LOADING:
                self._loaded = self._loaded or Loaded(self._code(arguments), arguments)
        self._loaded(*arguments)

    def path(self, arguments: tuple[Any, ...]) -> Path | None:
        """Return where the code for such arguments is kept on this machine."""
        if self.folder is None:
            return None
        settings = [one for one in _settings() if not one.startswith("NUMBA_DISABLE_JIT=")]
        about = [host(), version("llvmlite"), *settings, repr(layout_of(arguments))]
        key = hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
        return self.folder / f"{self.function.__name__}-{key}.code"

    def _code(self, arguments: tuple[Any, ...]) -> MachineCode:
        path = self.path(arguments)
        if path is not None and (kept := read(path)):
            return kept
        made, lasting = machine_code(self.function, arguments)
        if path is not None and lasting:
            write(path, made)
        return made


_LOADING = Lock()


def machine_code(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[MachineCode, bool]:
    """Return one of `ENTRIES` as machine code, and whether it holds in other processes.

    It does unless it calls what is not everywhere.
    """
    numba = load_numba()
    copy = _inner()[function]
    types = tuple(numba.typeof(argument) for argument in arguments)
    copy.compile(types)
    made = copy.overloads[types]
    _, _, (code, _) = made.library.serialize_using_object_code()
    module = numba.core.codegen.ll.parse_assembly(made.library.get_llvm_str())
    called = {one.name for one in module.functions if one.is_declaration}
    lasting = all(name in KNOWN or name.startswith("llvm.") for name in called)
    return MachineCode(made.fndesc.llvm_func_name, code), lasting


@cache
def _inner() -> Compiled:
    """Return compiled functions that only compiled code calls; say that it takes a while."""
    _said("compiling the engine for this machine, once (about 5 seconds) …")
    return compile_functions(RESTRICTED, inner=True)

"""Compile the restricted-Python modules with Numba, without changing them.

A module's functions stay plain Python; `compile_functions` makes compiled copies whose
calls to one another reach the compiled copies. The machine code of the functions that are called
from outside is kept on disk under the hash of all functions that go into it, as they are in
memory, and loaded by other processes without Numba (`redline.engine.native`). Where Numba's
DISABLE_JIT is set the same functions run uncompiled: slowly, and to the same bits.
"""

import hashlib
import os
import platform
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from redline.engine.native.copies import Compiled, compile_functions
from redline.engine.native.emitting import emitted, wide
from redline.engine.native.fingerprint import fingerprint
from redline.engine.native.loaded_code import (
    KNOWN,
    Loaded,
    MachineCode,
    host,
    layout_of,
    numbers_of,
    read,
    write,
)
from redline.engine.native.numba_loading import hear_settings, is_disabled, load_numba, said
from redline.engine.native.settings import are_to_be_heard, settings
from redline.support import at_home, is_ours
from redline.theory import (
    RESTRICTED,
    advance,
    derive,
    measure_block,
    tally_block,
)

ENTRIES = (advance, derive, measure_block, tally_block)
"""The functions that are called from outside compiled code, and kept on disk."""
WRITTEN = {
    advance: {
        "lives", "states", "rows", "capability", "sums", "sum_rows", "events", "choices", "counts",
        "weeks", "moves", "capabilities",
    },
    derive: {"plans"},
    measure_block: {"measures"},
    tally_block: {"states", "events", "sums", "measures", "counts"},
}  # fmt: skip
"""The parameters to which each writes."""
_OWN = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
"""Of what says how functions are compiled."""


def _usable(folder: Path) -> bool:
    """Return whether the folder can be made, is ours alone to write, and takes a file."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        if not (is_ours(folder.stat()) and is_ours(folder.parent.stat())):
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder() -> Path | None:
    """Return the folder for compiled code, or None where none is writable.

    Tried in turn: NUMBA_CACHE_DIR if set, the user's cache folder, the temporary folder.
    """
    name = f"{_OWN[:16]}-numba{version('numba')}-py{platform.python_version()}"
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
    if is_disabled():
        return {entry: _plain(entry) for entry in ENTRIES}
    folder = cache_folder()
    if folder is None:
        said("no folder to keep compiled code in; compiling for this process alone")
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


def _plain(entry: Callable[..., Any]) -> Callable[..., Any]:
    """Return one of `ENTRIES` uncompiled; Numba makes no other copies where it is disabled."""
    return _uncompiled(_copies_uncompiled()[entry])


@cache
def _copies_uncompiled() -> Compiled:
    said("NUMBA_DISABLE_JIT is set: the engine runs uncompiled, over a thousand times slower")
    return compile_functions(RESTRICTED)


class Entry:
    """A function whose code is read from a folder, or compiled when first needed and kept there.

    What is damaged is compiled anew; where the folder takes nothing, for this process alone.
    There is code for each layout of arguments.
    """

    def __init__(self, function: Callable[..., Any], folder: Path | None) -> None:
        self.function = function
        self.folder = folder
        self._made: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> None:
        """Call it; what it says is in the arrays.

        Raises
        ------
        TypeError
            For an array that is not contiguous, or a number that is not whole.
        ValueError
            For an array that is read-only and would be written to.
        """
        layout = layout_of(arguments)
        run = self._made.get(layout)
        if run is None:
            with _LOADING:
                run = self._made.get(layout) or self._callable(arguments)
                self._made[layout] = run
        run(*arguments)

    def path(self, arguments: tuple[Any, ...]) -> Path | None:
        """Return where the code for such arguments is kept on this machine."""
        functions = fingerprint(RESTRICTED)
        if self.folder is None or functions is None:
            return None
        config = load_numba().core.config if are_to_be_heard() else None
        about = [functions, host(), version("llvmlite"), np.__version__, *settings(config)]
        key = hashlib.sha256("\n".join([*about, repr(layout_of(arguments))]).encode()).hexdigest()
        return self.folder / f"{self.function.__name__}-{key[:16]}.code"

    def _callable(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        numbers_of(arguments)
        self._check_writeable(arguments)
        path = self.path(arguments)
        if path is not None and (kept := read(path)):
            return Loaded(kept)
        hear_settings()
        if is_disabled():
            return _plain(self.function)
        heard = self.path(arguments)
        if heard is not None and heard != path and (kept := read(heard)):
            return Loaded(kept)
        return self._compiled(arguments, heard)

    def _check_writeable(self, arguments: tuple[Any, ...]) -> None:
        # Compiled code does not ask: a record of an array is an address.
        for name, one in zip(self.function.__code__.co_varnames, arguments, strict=False):
            if name in WRITTEN[self.function] and not one.flags.writeable:
                raise ValueError(f"{name} is read-only")

    def _compiled(self, arguments: tuple[Any, ...], path: Path | None) -> Callable[..., Any]:
        functions = fingerprint(RESTRICTED) or secrets.token_hex()
        _say_compiling(functions, "process" if path is None else "machine")
        found = object_code(self.function, functions, arguments)
        if found is None:
            _say_unkept()
            ordinary: Callable[..., Any] = _ordinary(functions)[self.function]
            return ordinary
        made, lasting = found
        # Not under the name of what has changed meanwhile, as another thread may have changed it.
        lasting = lasting and path == self.path(arguments)
        if path is not None and not (lasting and write(path, made)):
            _say_unkept()
        return Loaded(made)


_LOADING = Lock()
_CHANGED = (AttributeError, KeyError, TypeError, ValueError)
"""What is raised where Numba's inner parts are not as they were."""


def object_code(
    function: Callable[..., Any], functions: str, arguments: tuple[Any, ...]
) -> tuple[MachineCode, bool] | None:
    """Return one of `ENTRIES` as machine code, and whether it holds in other processes.

    It does unless it calls what is not everywhere. None where this Numba does not say how, or
    calls it otherwise than with one number for each that is known of the arguments.

    Parameters
    ----------
    functions
        The fingerprint of all functions: those compiled before are used again only for the same.
    """
    numba = load_numba()
    try:
        copy = _parts(functions)[function]
        types = tuple(numba.typeof(argument) for argument in arguments)
        with wide(numba.core.registry.cpu_target.target_context) as target:
            copy.compile(types)
            made = copy.overloads[types]
            code, module = emitted(made, target)
        name = made.fndesc.llvm_func_name
        kinds = [str(argument.type) for argument in module.get_function(name).arguments]
        called = {one.name for one in module.functions if one.is_declaration}
        name = str(name)
    except _CHANGED:
        return None
    numbers = len(numbers_of(arguments))
    if len(kinds) != 2 + numbers or not all(_is_number(kind) for kind in kinds):
        return None
    lasting = all(name in KNOWN or name.startswith("llvm.") for name in called)
    return MachineCode(name, numbers, code), lasting


def _is_number(kind: str) -> bool:
    """Return whether a type of LLVM is an integer of 64 bits or an address."""
    return kind in {"i64", "ptr"} or kind.endswith("*")


@lru_cache(1)
def _parts(functions: str) -> Compiled:
    """Return functions that are compiled into machine code that is kept."""
    return compile_functions(RESTRICTED, parts=True)


@lru_cache(1)
def _ordinary(functions: str) -> Compiled:
    """Return compiled functions that Numba calls itself."""
    return compile_functions(RESTRICTED)


@lru_cache(1)
def _say_compiling(functions: str, what: str) -> None:
    said(f"compiling the engine for this {what} (about 5 seconds) …")


@cache
def _say_unkept() -> None:
    said("what was compiled cannot be kept, and is for this process alone")

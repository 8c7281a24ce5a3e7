"""Files and folders as other machines have them: ``~``, byte order marks, odd file systems."""

import codecs
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redline.support.errors import InputError, printable, system_problem
from redline.support.values import described

ESCAPES = "redline.escapes"
"""How text is encoded that cannot be: as JSON escapes it, so that JSON stays JSON."""


def _escapes(error: UnicodeError) -> tuple[str, int]:
    """Return what cannot be encoded as escapes, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


codecs.register_error(ESCAPES, _escapes)


def is_ours(about: os.stat_result) -> bool:
    """Return whether what has such a status is ours, and nobody else can write to it."""
    return not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o022)


AS_UTF8 = "save it again as UTF-8 (in an editor: Save as; in PowerShell: Out-File -Encoding utf8)"
OTHERS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""What a file begins with in another encoding; the longer marks first."""


def read_text(path: Path) -> str:
    """Return the text of a file from outside, without a byte order mark.

    Raises
    ------
    InputError
        If it cannot be read, or is not UTF-8.
    """
    try:
        return decoded(path.read_bytes(), path)
    except OSError as error:
        raise InputError(system_problem(error, path)) from None


def decoded(data: bytes, name: object) -> str:
    """Return the text of a file that is called `name`, without a byte order mark.

    Raises
    ------
    InputError
        If it is not UTF-8; it says what it is instead, where that shows.
    """
    if data.startswith(b"PAR1"):
        raise InputError(f"{name}: is a Parquet file, not text: save it as CSV")
    for mark, encoding in OTHERS.items():
        if data.startswith(mark):
            raise InputError(f"{name}: is {encoding}, not UTF-8: {AS_UTF8}")
    if b"\0" in data[:4]:  # a first letter or two of Latin script, without a mark
        raise InputError(f"{name}: not UTF-8, but UTF-16 or no text at all: {AS_UTF8}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 (byte {error.start}): {AS_UTF8}") from None


def at_home(path: str | Path) -> Path:
    """Return a path that a user gave, ``~`` and ``~user`` in front replaced by a home folder.

    Raises
    ------
    InputError
        If nobody's home folder is known for it, and no file is called so either.
    """
    if not isinstance(path, str | Path):
        raise InputError(f"a path is text, or a Path, not {described(path)}")
    if "\0" in str(path):
        raise InputError(f"{printable(str(path))}: no path has such a character")
    given = Path(path)
    if not given.parts or given.parts[0][0] != "~":
        return given
    if not str(path).startswith("~"):  # ./~/…, whose dot a path does not keep
        return given.absolute()
    try:
        return given.expanduser()
    except RuntimeError:
        if os.path.lexists(given):
            return given
        raise InputError(
            f"{given}: no home folder is known for {given.parts[0]}; "
            f"a file of that name here would be ./{given}"
        ) from None


UNSUPPORTED = {
    errno.EINVAL,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EBADF,
    errno.EPERM,
    errno.EACCES,
}
"""How file systems refuse what they do not have, such as rights, or syncing of a folder."""


@contextmanager
def where_supported() -> Iterator[None]:
    """Go on where a file system does not have what is asked of it; real errors are raised."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Have errors of the system name a file, rather than nothing or its temporary file."""
    try:
        yield
    except OSError as error:
        name = os.path.basename(os.fsdecode(error.filename or ""))
        if error.errno is not None and (not name or name.startswith(f".{path.name}.")):
            error.filename = str(path)
        raise


def sync(handle: int) -> None:
    """Have what was written to an open file or folder reach the disk, where that can be had."""
    with where_supported():
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk, where that can be had."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with where_supported(), named(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def give_rights(path: Path, mode: int) -> None:
    """Give a file or folder that was made in secret the rights that others have."""
    with where_supported():
        path.chmod(mode & ~_umask())


def _umask() -> int:
    """Return the process's umask; temporary files are made without regard to it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


# Where results go


@contextmanager
def placing(path: Path, *, within: bool = False) -> Iterator[None]:
    """Name a place where the system refuses to write there.

    Parameters
    ----------
    within
        Whether the place is a folder, of which the refused path itself is named.

    Raises
    ------
    InputError
        In place of the system's error.
    """
    try:
        yield
    except OSError as error:
        where = error.filename if within and error.filename else path
        raise InputError(system_problem(error, where)) from None


def check_ending(path: Path, what: str, *endings: str) -> None:
    """Check that a file that is to be written has an ending of its kind.

    Raises
    ------
    InputError
        If it has none of `endings`.
    """
    if path.suffix not in endings:
        raise InputError(f"{path}: {what} ends in {', '.join(endings)}")


def check_page(path: Path, what: str) -> None:
    """Check the name of an HTML file before it is made, and that it can be written.

    Raises
    ------
    InputError
        If it has another ending, or the folder cannot be written to.
    """
    if path.suffix != ".htm":
        check_ending(path, what, ".html")
    check_place(path)


def check_place(path: Path) -> None:
    """Check that a folder can be written to, before work is done for what shall stand in it.

    Raises
    ------
    InputError
        If it is there and cannot.
    """
    folder = path.parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        reason = errno.EROFS if read_only else errno.EACCES
        raise InputError(system_problem(OSError(reason, ""), path))


def made_folder(path: str | Path) -> Path:
    """Return a folder for what will be written, made before any work is done for it.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    folder = at_home(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    with placing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder

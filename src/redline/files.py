"""Files and folders as other machines have them: ``~``, byte order marks, odd file systems."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redline.errors import InputError


def at_home(path: str | Path) -> Path:
    """Return a path that a user gave, ``~`` and ``~user`` in front replaced by a home folder.

    Raises
    ------
    InputError
        If nobody's home folder is known for it, and no file is called so either.
    """
    given = Path(path)
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

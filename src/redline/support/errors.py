"""The errors that a user can cause, each with what to do about it."""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable
from pathlib import Path


class RedlineError(Exception):
    """Base of every error that this package raises on purpose."""


LONGEST_PROBLEM = 500
"""Characters of one problem; what a file says may be of any length."""


class InputError(RedlineError):
    """Bad input: every problem found, one line each, with file, key and nearest valid name.

    Parameters
    ----------
    problems
        One sentence per problem; control characters are stripped, and long ones cut.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        lines = [problems] if isinstance(problems, str) else list(problems)
        self.problems = tuple(_cut(printable(line)) for line in lines)
        super().__init__("\n".join(self.problems))


LARGEST_TABLE = 256 << 20
"""Bytes of a table of text that are read: some two million rows."""
LARGEST_PARQUET = 1 << 30
LARGEST_JSON = 1 << 30
"""Bytes that are read of a manifest, a journal, and the like."""
LARGEST_SETTINGS = 4 << 20
"""The same of what people write by hand; a scenario of 10,000 factions takes about 1 MiB."""
NO_FILES: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe: write what comes through it into a file, and name that"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
"""What a path may be that is no file; pipes and devices may never end."""


def check_file(path: Path, largest: int | None = LARGEST_TABLE, called: str | None = None) -> None:
    """Check that a path is that of a file, if of anything, and that it is not too large to read.

    Parameters
    ----------
    largest
        Bytes that are read at most; None for any number.
    called
        What messages call it, in place of its path and a colon.

    Raises
    ------
    InputError
        If it is not, or cannot be looked at.
    """
    called = called or f"{path}:"
    try:
        if not path.exists():
            return
        found = path.stat()
    except OSError as error:
        raise InputError(system_problem(error, path)) from None
    kind = next((words for test, words in NO_FILES if test(found.st_mode)), None)
    if kind:
        raise InputError(f"{called} is not a file but {kind}")
    if largest is not None and found.st_size > largest:
        raise InputError(
            f"{called} is larger than {largest >> 20:,} MiB, the limit for such a file: shorten it"
        )


ELSEWHERE = "name another place, or have its rights changed"
ROOM = "free some there, or name a place on another disk"
ADVICE = {
    errno.EACCES: ELSEWHERE,
    errno.EPERM: ELSEWHERE,
    errno.EROFS: "name a place that can be written",
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: "name a place on a disk that takes larger files",
    errno.ENOENT: "check the name, and that its folder is there",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "name a file in it",
    errno.EEXIST: "name another place",
    errno.ENOTEMPTY: "name another place",
    errno.EBUSY: "something else holds it; end that, or name another place",
    errno.ELOOP: "its links lead in a circle: mend them, or name what they should lead to",
    errno.ENAMETOOLONG: "shorten the name",
    errno.EINVAL: "this file system refuses it: name a place on another one",
    errno.EILSEQ: "this file system refuses the name: take plain letters",
    errno.ENOLCK: "this file system has no locks: name a folder on another one",
    errno.EMFILE: "too many files are open at once: allow more with ulimit -n",
    errno.ENFILE: "too many files are open at once: end other programs",
    errno.EIO: "the disk, or the network to it, fails: name a place on another one",
    errno.ESTALE: "the network folder was mounted anew: enter it again",
    errno.ENOMEM: "end other programs, or ask for less",
}
"""What to do about an error of the operating system, by its number."""


def system_problem(error: Exception, path: object = None) -> str:
    """Return what the operating system refused, as a message: path, reason, what to do.

    Parameters
    ----------
    error
        What was raised; an error without a number, as libraries raise them, says all itself.
    path
        What the user named; by default the path that the error names, if it names one.
    """
    where = path or getattr(error, "filename", None)
    place = f"{os.fsdecode(where) if isinstance(where, bytes) else where}: " if where else ""
    number = getattr(error, "errno", None)
    if number not in ADVICE:
        reason = getattr(error, "strerror", None) or str(error)
        return f"{place}{reason or type(error).__name__}"
    return f"{place}{os.strerror(number)}; {ADVICE[number]}"


def _cut(line: str) -> str:
    """Return a line, without its middle where it is too long: both ends say something."""
    if len(line) <= LONGEST_PROBLEM:
        return line
    return f"{line[: LONGEST_PROBLEM - 103]} … {line[-100:]}"


def printable(text: str) -> str:
    """Return text from a file with its control characters stripped, safe for a terminal."""
    return "".join(one for one in escaped(text) if one.isprintable())


def escaped(text: str) -> str:
    r"""Return text that can be encoded: bytes of a name that are not UTF-8 become ``\xe9``.

    Where the locale is not UTF-8, Python takes no byte beyond ASCII for a letter; those that
    are one become it again.
    """
    whole = _HALVES.sub("", text)
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of characters that stand for no byte."""


def shown(value: object, longest: int = 40) -> str:
    """Return a value from a file as a message may quote it: short, whatever it is."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        text = f"{value:g}" if isinstance(value, float) else repr(value)
    except (ValueError, OverflowError):
        return "a very large number"
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def nearest(word: object, valid: Iterable[str]) -> str:
    """Return a clause that suggests the nearest valid names: `` (nearest: …)``."""
    import difflib  # of use where something is wrong

    names = sorted(valid)
    folded = {name.lower(): name for name in names}
    for close in difflib.get_close_matches(str(word).lower(), folded, n=1, cutoff=0.5):
        return f"; nearest valid name: {folded[close]}"
    if len(names) <= 12:
        return f"; valid names: {', '.join(names)}"
    return ""

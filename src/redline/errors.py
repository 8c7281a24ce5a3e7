"""The errors that a user can cause, each with what to do about it."""

import difflib
from collections.abc import Iterable
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


def check_file(path: Path) -> None:
    """Check that a path is that of a file, if of anything: pipes and devices may never end.

    Raises
    ------
    InputError
        If it is not, or cannot be looked at.
    """
    try:
        strange = path.exists() and not path.is_file()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if strange:
        raise InputError(f"{path}: is not a file")


def _cut(line: str) -> str:
    """Return a line, without its middle where it is too long: both ends say something."""
    if len(line) <= LONGEST_PROBLEM:
        return line
    return f"{line[: LONGEST_PROBLEM - 103]} … {line[-100:]}"


def printable(text: str) -> str:
    """Return text from a file with its control characters stripped, safe for a terminal."""
    return "".join(character for character in text if character.isprintable())


def shown(value: object, longest: int = 40) -> str:
    """Return a value from a file as a message may quote it: short, whatever it is."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        text = f"{value:g}" if isinstance(value, float) else repr(value)
    except (ValueError, OverflowError):
        return "a very large number"
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return a clause that suggests the nearest valid names: `` (nearest: …)``."""
    names = sorted(valid)
    folded = {name.lower(): name for name in names}
    close = [
        folded[name] for name in difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.5)
    ]
    if close:
        return f"; nearest valid name: {close[0]}"
    if len(names) <= 12:
        return f"; valid names: {', '.join(names)}"
    return ""

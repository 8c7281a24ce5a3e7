"""Tables of comma-separated values: cells with their lines, headers, days and whole numbers.

Whatever cannot be read is told with the line on which it stands.
"""

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from redline.support import InputError, check_file, printable, read_text, shown

Key = TypeVar("Key")

MOST_PROBLEMS = 100
MOST_LINES = 8
"""Lines that are named for one reason; the rest is counted."""


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header of a table, and every row that is not blank with its line.

    Raises
    ------
    InputError
        If it cannot be read as text of comma-separated values, or is empty.
    """
    check_file(path)
    try:
        lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
        found, line = [], 1
        for cells in lines:
            if cells:
                found.append((line, cells))
            line = lines.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: {printable(str(error))}") from None
    header = found[0][1] if found else []
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise InputError(f"{path}: columns must be separated by commas, not by semicolons or tabs")
    return [printable(name).strip() for name in header], found[1:]


def read_rows(
    path: Path, header: Sequence[str], body: Iterable[tuple[int, list[str]]], problems: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row by the names of its columns; add to problems those of another width."""
    for line, cells in body:
        if len(cells) == len(header):
            yield line, {n: printable(c).strip() for n, c in zip(header, cells, strict=True)}
        else:
            problems.append(wrong_width(path, line, cells, header))


def check_header(
    path: Path, header: Sequence[str], columns: Sequence[str], optional: Sequence[str] = ()
) -> list[str]:
    """Check the header of a table; return which columns are not read.

    Raises
    ------
    InputError
        If a column lacks, appears twice, or is named almost like one that would be read.
    """
    known = (*columns, *optional)
    strange = [name for name in dict.fromkeys(header) if name and name not in known]
    lacking, problems = [], []
    for name in known:
        close = _meant(name, strange) if name not in header else ""
        if name in columns and name not in header:
            lacking.append(f"{name} (there is {shown(close)})" if close else name)
        elif close:
            problems.append(f"{path}: column {shown(close)}; nearest valid name: {name}")
    if lacking:
        problems.insert(0, f"{path}: no column {', '.join(lacking)}")
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    problems += [f"{path}: column {shown(name)} appears twice" for name in twice]
    if problems:
        raise InputError(bounded(problems))
    if not strange:
        return []
    names = ", ".join(map(shown, strange[:10])) + ", …" * (len(strange) > 10)
    return [f"{path}: not read: column{'s' * (len(strange) > 1)} {names}"]


def _meant(name: str, strange: Sequence[str]) -> str:
    """Return the unknown column that is named almost like one that lacks, or nothing."""
    folded = {one.lower(): one for one in strange}
    close = difflib.get_close_matches(name, folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def wrong_width(path: Path, line: int, cells: Sequence[str], header: Sequence[str]) -> str:
    """Return what is wrong with a row that is wider or narrower than the header."""
    hint = ": is a comma not within quotes?" if len(cells) > len(header) else ""
    return f"{path}, line {line}: {len(cells)} cells, where the header has {len(header)}{hint}"


def read_date(text: str) -> date | None:
    """Return the day that is written as YYYY-MM-DD, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to a bound, or None; ``2.0`` is whole, as pandas writes it."""
    if not re.fullmatch(r"[0-9]{1,9}(\.0)?", text):
        return None
    number = int(text.removesuffix(".0"))
    return number if number <= most else None


def bounded(problems: Sequence[str]) -> list[str]:
    """Return as many problems as somebody may read, the last one among them."""
    if len(problems) <= MOST_PROBLEMS:
        return list(problems)
    return [*problems[: MOST_PROBLEMS - 1], f"{problems[-1]}; and there are more"]


def lines_by(pairs: Iterable[tuple[int, Key]]) -> dict[Key, list[int]]:
    """Return the lines of everything that stands on some, in the order in which it comes first."""
    found: dict[Key, list[int]] = {}
    for line, key in pairs:
        found.setdefault(key, []).append(line)
    return found


def with_lines(path: Path, lines: Sequence[int], fault: str) -> str:
    """Return a fault with the first line that has it, and the others."""
    rest = f" (and {lines_in_words(lines[1:])})" if len(lines) > 1 else ""
    return f"{path}, line {lines[0]}: {fault}{rest}"


def lines_in_words(lines: Sequence[int]) -> str:
    """Return lines in words: the first few, and how many more."""
    named = ", ".join(map(str, lines[:MOST_LINES]))
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"line{'s' * (len(lines) != 1)} {named}{more}"

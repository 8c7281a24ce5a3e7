"""A table of events: read row by row, with its lines, and what its rows count for.

What cannot be read is an error that names the line; what reads and counts for nothing is told.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from redline.evidence.recorded.cells import (
    MOST_LINES,
    bounded,
    check_header,
    lines_by,
    lines_in_words,
    read_cells,
    read_date,
    read_rows,
    read_whole,
    with_lines,
)
from redline.evidence.recorded.events import START, Event, Judged, judge
from redline.support import InputError, counted, nearest, shown

COLUMNS = ("date", "initiator", "target", "type", "us_coalition_killed", "note", "status", "source")
OPTIONAL = (
    *("date_precision", "n_munitions"),
    *("us_coalition_wounded", "other_killed", "other_wounded"),
)
"""Columns of the shipped list that a table may lack; of these, the precision is read."""
PRECISIONS = ("day", "month", "week")
MOST_KILLED = 1000
YEARS = (1900, 2100)
APART = 3 * 365
"""Days without an event that set a few dates far apart from all others. The shipped list has
1,051 between its first two rows."""
FEW = 20
"""Far dates are a slip where they are at most one in so many, or two."""


@dataclass(frozen=True)
class EventTable:
    """The events of a file, with the lines on which they stand.

    Attributes
    ----------
    events : in order of their dates
    lines : of each event, the line of the file
    notes : what is odd about the file and does no harm
    empty : the lines of rows without a word
    """

    path: Path
    events: tuple[Event, ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]
    empty: tuple[int, ...] = ()
    _judged: dict[tuple[date, date], list[tuple[int, Judged]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def judged(self, first: date = START, last: date = date.max) -> list[tuple[int, Judged]]:
        """Return of every line what it counts for, in the order of the file."""
        if (first, last) not in self._judged:
            pairs = zip(self.lines, self.events, strict=True)
            found = sorted((line, judge(event, first, last)) for line, event in pairs)
            self._judged[first, last] = found
        return self._judged[first, last]

    def days(self, first: date = START, last: date = date.max) -> list[date]:
        """Return the days of the events that count, in order."""
        return [one.date for one in self.events if judge(one, first, last).counts]

    def faults(self, first: date = START, last: date = date.max) -> list[str]:
        """Return what is wrong with rows that count for nothing, one sentence per fault.

        At most `MOST_PROBLEMS`, the last of which says that there are more.
        """
        judged = self.judged(first, last)
        by_fault = lines_by((line, fault) for line, row in judged for fault in row.faults)
        return bounded([with_lines(self.path, lines, told) for told, lines in by_fault.items()])

    def summary(self, first: date = START, last: date = date.max) -> str:
        """Return how many rows count as what, and which are left out why."""
        judged = self.judged(first, last)
        kinds = Counter(row.counts for _, row in judged)
        told = [counted(kinds[kind], kind) for kind in ("attack", "answer")]
        told.append(counted(sum(row.fatal for _, row in judged), "death"))
        if kinds["assault"]:
            told.append(counted(kinds["assault"], "assault"))
        why = lines_by((line, row.left_out or row.wrong) for line, row in judged if not row.counts)
        if self.empty:
            why["empty"] = list(self.empty)
        count = sum(map(len, why.values()))
        reasons = "; ".join(f"{lines_in_words(lines)}: {reason}" for reason, lines in why.items())
        rest = f"; {count:,} left out ({reasons})" if why else ""
        rows_ = counted(len(judged) + len(self.empty), "row")
        return f"{self.path}: {rows_}: {', '.join(told)} counted{rest}"

    def check(self, first: date = START, last: date = date.max, wanted: str = "event") -> None:
        """Check that some row counts, as an ``attack`` where that is wanted.

        Raises
        ------
        InputError
            If none does; with what is wrong with every row.
        """
        counts = [row.counts for _, row in self.judged(first, last)]
        if any(one == wanted or (one and wanted == "event") for one in counts):
            return
        span = f"from {first} on" if last == date.max else f"from {first} to {last}"
        problems = self.faults(first, last)
        found = f"{self.path}: no {wanted} counts {span}: {self.summary(first, last)}"
        raise InputError(bounded([*problems, found.replace(f": {self.path}:", ":", 1)]))


def read_table(path: Path) -> EventTable:
    """Return the events of a file in the format of the shipped list.

    Read are the form, the dates and the numbers; what the words count for is for `EventTable`.

    Raises
    ------
    InputError
        For every cell that cannot be read, a heading that is doubled, unknown or lacking, a row
        of another width, a date far from all others.
    """
    header, body = read_cells(path)
    if {"event_date", "sub_event_type"} <= set(map(str.lower, header)):
        raise InputError(
            f"{path}: no column {', '.join(COLUMNS)}; to read an ACLED export: "
            "redline.import_acled(FILE, 'events.csv')"
        )
    notes = check_header(path, header, COLUMNS, OPTIONAL)
    found: list[tuple[int, Event]] = []
    problems: list[str] = []
    full = [(line, cells) for line, cells in body if any(cell.strip() for cell in cells)]
    for line, row in read_rows(path, header, full, problems):
        wrong = [f"{path}, line {line}: {one}" for one in _wrong_cells(row)]
        problems += wrong
        if not wrong:
            found.append((line, _event(row)))
    if not body:
        problems.append(f"{path}: has a header but no rows")
    far, remarks = _far(path, found)
    problems += far
    if problems:
        raise InputError(bounded(problems))
    notes += [*remarks, *_alike(path, found)]
    found.sort(key=lambda pair: pair[1].date)
    empty = {line for line, _ in body} - {line for line, _ in full}
    events, lines = tuple(one for _, one in found), tuple(line for line, _ in found)
    return EventTable(path, events, lines, tuple(notes), tuple(sorted(empty)))


def _wrong_cells(row: dict[str, str]) -> Iterator[str]:
    """Give what cannot be read of a row."""
    day = read_date(row["date"])
    if day is None:
        yield f"date {shown(row['date'])}: a date is YYYY-MM-DD"
    elif not YEARS[0] <= day.year <= YEARS[1]:
        yield f"date {day}: is not in {YEARS[0]} … {YEARS[1]}; is the year right?"
    if read_whole(row["us_coalition_killed"] or "0", MOST_KILLED) is None:
        yield (
            f"us_coalition_killed {shown(row['us_coalition_killed'])}: expected a whole number in "
            f"0 … {MOST_KILLED}, or nothing"
        )
    precision = row.get("date_precision") or "day"
    if precision not in PRECISIONS:
        yield f"date_precision {shown(precision)}{nearest(precision, PRECISIONS)}"


def _event(row: dict[str, str]) -> Event:
    """Return a row of a table of events, whose cells were found right."""
    cells: dict[str, Any] = {name: row[name] for name in COLUMNS}
    cells["date"] = date.fromisoformat(row["date"])
    cells["us_coalition_killed"] = int(row["us_coalition_killed"].removesuffix(".0") or 0)
    return Event._make((*cells.values(), row.get("date_precision") or "day"))


def _alike(path: Path, found: Sequence[tuple[int, Event]]) -> list[str]:
    """Return remarks on events that count and are there more than once, alike in what is read.

    Two alike on a day may be two events, so all of them count.
    """
    lines = lines_by(found)
    alike = [same for event, same in lines.items() if len(same) > 1 and judge(event).counts]
    if not alike:
        return []
    more = f" and {len(alike) - MOST_LINES:,} more" if len(alike) > MOST_LINES else ""
    named = "; ".join(map(lines_in_words, alike[:MOST_LINES]))
    return [
        f"{path}: rows that read alike count as an event each: {named}{more}; "
        "of what is one event, keep one row"
    ]


def _far(path: Path, found: Sequence[tuple[int, Event]]) -> tuple[list[str], list[str]]:
    """Return problems of dates far after all others, and remarks on those far before.

    Dates that `APART` days part from the most are far; few of them are a slip. A late one would
    stretch what is forecast; an early one only is left out.
    """
    dated = sorted((event.date, line) for line, event in found)
    gaps = [n for n in range(1, len(dated)) if (dated[n][0] - dated[n - 1][0]).days > APART]
    groups = [dated[first:last] for first, last in pairwise([0, *gaps, len(dated)])]
    if len(groups) < 2:
        return [], []
    most = max(groups, key=lambda group: (len(group), -abs((group[0][0] - START).days)))
    low, high = most[0][0], most[-1][0]
    problems: list[str] = []
    remarks: list[str] = []
    for group in groups:
        few = len(group) <= max(2, len(found) // FEW)
        for day, line in group if group is not most else ():
            days = (low - day).days if day < low else (day - high).days
            words = f"{days / 365.25:.0f} years {'before' if day < low else 'after'}"
            told = f"{path}, line {line}: date {day} is {words} all others; is the year right?"
            (problems if few and day > high else remarks).append(told)
    return problems, bounded(remarks)

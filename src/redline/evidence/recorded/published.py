"""The record: dated events, published counts, base rates, each with its source.

Counts of different scope are never spliced into one series; see ``data/README.md``.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from redline.evidence.recorded.cells import (
    bounded,
    check_header,
    read_cells,
    read_date,
    read_rows,
    read_whole,
)
from redline.evidence.recorded.event_table import COLUMNS, read_table
from redline.evidence.recorded.events import (
    ARTICLE,
    DATA,
    END,
    MEANS,
    MILITIA_WORDS,
    START,
    WEEKS,
    Event,
    rows,
)
from redline.support import InputError, shown

__all__ = ["ARTICLE", "COLUMNS", "DATA", "END", "MEANS", "MILITIA_WORDS"]
__all__ += ["START", "WEEKS", "Event", "rows"]

PROTESTS = date(2019, 10, 7)
"""The Monday after which the protests of October 2019 are in the scenario."""
VIENNA = date(2021, 4, 6)
"""The day on which the talks in Vienna opened."""


@cache
def events() -> tuple[Event, ...]:
    """Return every dated event of the shipped list, in order."""
    return read_table(DATA / "events_2018_2021.csv").events


def read_events(path: Path) -> tuple[Event, ...]:
    """Return the dated events of a file in the format of the shipped list, in order.

    Of rows that count for nothing, though they look as if they should, a warning says why.

    Raises
    ------
    InputError
        If it cannot be read, no row counts, a column lacks or appears twice, a row is wider or
        narrower than the header, or a date or number is none; see `event_table.read_table`.
    """
    table = read_table(path)
    table.check()
    for told in (*table.notes, *table.faults()):
        warnings.warn(told, stacklevel=2)
    return table.events


def listed_attacks(
    first: date = START, last: date = END, among: Sequence[Event] | None = None
) -> list[Event]:
    """Return the listed attacks from one day to another, both included.

    Only confirmed single ones: the total of a week would count again what is listed by day.
    `among` are other events than the shipped ones.
    """
    known = events() if among is None else among
    return [e for e in known if e.is_attack and e.is_scored and first <= e.date <= last]


def counts_around_protests(weeks: int = 22) -> tuple[int, int]:
    """Return how many listed attacks there are before and after the protests of October 2019.

    The list is incomplete, alike before and after as far as is known.
    """
    span, day = timedelta(weeks=weeks), timedelta(days=1)
    before = listed_attacks(PROTESTS - span, PROTESTS - day)
    after = listed_attacks(PROTESTS, PROTESTS + span - day)
    return len(before), len(after)


class Count(NamedTuple):
    """A published count of attacks: one of the two records, which are never spliced."""

    name: str
    first: date
    last: date
    attacks: int
    strikes: int
    """American answers by force, a decapitation included."""
    decapitations: int
    fatal: int
    """Attacks that killed somebody of the coalition."""
    scope: str
    status: str
    source: str
    relative_error: float
    """Relative standard error of the number of attacks."""

    @property
    def weeks(self) -> tuple[int, int]:
        """The first week that lies wholly or partly in it, and the one after the last."""
        first, last = ((day - START).days // 7 for day in (self.first, self.last))
        return first, last + 1

    @property
    def shares(self) -> tuple[float, ...]:
        """How much of each of these weeks lies in it: all of it, but for the ends."""
        mondays = (START + timedelta(weeks=week) for week in range(*self.weeks))
        return tuple(
            ((min(self.last, monday + timedelta(days=6)) - max(self.first, monday)).days + 1) / 7
            for monday in mondays
        )


SCOPE = {"A": 0.10, "B": 0.15}
"""Relative standard error of a published count: A is a floor, B compiled from press."""


@cache
def counts() -> tuple[Count, ...]:
    """Return the two records of the standoff, each of its own scope."""
    return tuple(_count({**row, "relative_error": str(SCOPE[row["record"]])})
                 for row in rows("attack_records"))  # fmt: skip


NUMBERS = ("attacks", "strikes", "decapitations", "fatal")
COUNT_COLUMNS = (
    *("record", "first", "last", *NUMBERS),
    *("scope", "status", "source", "relative_error"),
)
MOST_ATTACKS = 100_000


def read_counts(path: Path) -> tuple[Count, ...]:
    """Return published counts of attacks of one's own, in the order of their windows.

    The columns are those of ``data/attack_records.csv`` and ``relative_error``, the relative
    standard error of the number of attacks.

    Raises
    ------
    InputError
        For every cell or column that cannot be used, windows beyond the record's weeks, and
        windows that share a week, whose attacks would count twice.
    """
    header, body = read_cells(path)
    problems = check_header(path, header, COUNT_COLUMNS)
    found: list[Count] = []
    if not body:
        problems.append(f"{path}: has a header but no rows")
    for line, row in read_rows(path, header, body, problems):
        wrong = [*_wrong_count(row), *_clashes(row, found)]
        problems += [f"{path}, line {line}: {one}" for one in wrong]
        if not wrong:
            found.append(_count(row))
    if problems:
        raise InputError(bounded(problems))
    return tuple(sorted(found, key=lambda count: count.first))


def _count(row: dict[str, str]) -> Count:
    """Return a row of a table of counts."""
    days = (date.fromisoformat(row[name]) for name in ("first", "last"))
    numbers = (int(row[name].removesuffix(".0")) for name in NUMBERS)
    texts = (row[name] for name in ("scope", "status", "source"))
    return Count._make((row["record"], *days, *numbers, *texts, float(row["relative_error"])))


def _wrong_count(row: dict[str, str]) -> Iterator[str]:
    """Give what cannot be used of a row of a table of counts."""
    if not re.fullmatch(r"\w[\w .-]{0,39}", row["record"]):
        yield f"record {shown(row['record'])}: expected a short name"
    days = {name: read_date(row[name]) for name in ("first", "last")}
    for name, day in days.items():
        if day is None:
            yield f"{name} {shown(row[name])}: a date is YYYY-MM-DD"
        elif not START <= day <= END:
            yield f"{name} {day}: is not in the record's weeks, {START} … {END}"
    first, last = days.values()
    if first and last and first > last:
        yield f"first {first}: is after last {last}"
    numbers = {name: read_whole(row[name], MOST_ATTACKS) for name in NUMBERS}
    for name, number in numbers.items():
        if number is None:
            yield f"{name} {shown(row[name])}: expected a whole number, in 0 … {MOST_ATTACKS:,}"
    for part, whole in (("decapitations", "strikes"), ("fatal", "attacks")):
        few, all_ = numbers[part], numbers[whole]
        if few is not None and all_ is not None and few > all_:
            yield f"{part} {few}: is more than {whole} {all_}"
    text = row["relative_error"]
    is_number = re.fullmatch(r"[0-9]*\.?[0-9]+(e-[0-9]{1,3})?", text)
    if not (is_number and 0 < float(text) <= 1):
        yield f"relative_error {shown(text)}: expected a number in (0, 1]"


def _clashes(row: dict[str, str], found: Sequence[Count]) -> Iterator[str]:
    """Give the counts before it with which a row shares its name or a day."""
    days = [day for day in (read_date(row[name]) for name in ("first", "last")) if day]
    for other in found:
        if other.name == row["record"]:
            yield f"record {shown(row['record'])}: appears twice"
        elif len(days) == 2 and days[0] <= other.last and other.first <= days[1]:
            span, its = f"{row['first']} to {row['last']}", f"{other.first} to {other.last}"
            yield f"{span}: overlaps record {other.name}, {its}"


def end_of_week(day: date) -> date:
    """Return the Sunday of the week that a day falls into."""
    return START + timedelta(weeks=(day - START).days // 7 + 1, days=-1)


BETWEEN = 4
"""Attacks of the fourth quarter of 2020, between the two records."""


def whole_count() -> int:
    """Return about how many attacks there were in the 112 weeks: an order of magnitude."""
    return sum(count.attacks for count in counts()) + BETWEEN

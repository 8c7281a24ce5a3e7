"""The record: dated events, published counts, base rates, each with its source.

Counts of different scope are never spliced into one series; see ``data/README.md``.
"""

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from redline.errors import InputError, check_file, printable, system_problem

DATA = Path(__file__).with_name("data")
MEANS = ("rocket", "mortar", "drone", "missile")
MILITIA_WORDS = ("unclaimed", "militia", "proxies", "KH", "Saraya", "Revenge")
ARTICLE = "the article's statement"
START = date(2019, 5, 6)
"""The Monday of week 0."""
WEEKS = 112
END = date(2021, 6, 27)
"""The last day that is scored."""
PROTESTS = date(2019, 10, 7)
"""The Monday after which the protests of October 2019 are in the scenario."""
VIENNA = date(2021, 4, 6)
"""The day on which the talks in Vienna opened."""


class Event(NamedTuple):
    """A dated event of the record."""

    date: date
    initiator: str
    target: str
    type: str
    killed: int
    """Of the coalition."""
    note: str
    status: str
    source: str
    precision: str
    """``day``, ``month``, or ``week`` for a row that is the total of a week."""

    @property
    def week(self) -> int:
        """The week of the record that it falls into, counted from Monday, 6 May 2019."""
        return (self.date - START).days // 7

    @property
    def is_certain(self) -> bool:
        """Whether it is a confirmed single event."""
        return self.precision != "week" and self.status.startswith("confirmed")

    @property
    def is_scored(self) -> bool:
        """Whether it is a confirmed single event of the 112 weeks."""
        return self.is_certain and START <= self.date <= END

    @property
    def is_attack(self) -> bool:
        """Whether it is an attack by militias with rockets, mortars or drones."""
        by_militia = any(word in self.initiator for word in MILITIA_WORDS)
        return by_militia and any(means in self.type for means in MEANS)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the record, as text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def events() -> tuple[Event, ...]:
    """Return every dated event of the shipped list, in order."""
    return read_events(DATA / "events_2018_2021.csv")


COLUMNS = ("date", "initiator", "target", "type", "us_coalition_killed", "note", "status", "source")


def read_events(path: Path) -> tuple[Event, ...]:
    """Return the dated events of a file in the format of the shipped list, in order.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column, or a date or number is none.
    """
    check_file(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file, strict=True)
            lacking = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
            if lacking:
                raise InputError(f"{path}: no column {', '.join(lacking)}")
            found = [_event(row, f"{path}, line {lines.line_num}") for row in lines]
    except OSError as error:
        raise InputError(system_problem(error, path)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: {printable(str(error))}") from None
    return tuple(sorted(found, key=lambda event: event.date))


def _event(row: dict[str, str], place: str) -> Event:
    """Return a row of a table of events."""
    try:
        day = date.fromisoformat(row["date"])
        killed = int(row["us_coalition_killed"] or 0)
    except (TypeError, ValueError):
        raise InputError(f"{place}: a date is YYYY-MM-DD, and a number of killed whole") from None
    text = {name: printable(row[name] or "") for name in COLUMNS}
    return Event(
        day,
        text["initiator"],
        text["target"],
        text["type"],
        killed,
        text["note"],
        text["status"],
        text["source"],
        printable(row.get("date_precision") or "day"),
    )


def listed_attacks(first: date = START, last: date = END) -> list[Event]:
    """Return the listed attacks from one day to another, both included.

    Only confirmed single ones: the total of a week would count again what is listed by day.
    """
    return [e for e in events() if e.is_attack and e.is_scored and first <= e.date <= last]


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

    @property
    def weeks(self) -> tuple[int, int]:
        """The first week that lies wholly or partly in it, and the one after the last."""
        first, last = ((day - START).days // 7 for day in (self.first, self.last))
        return first, last + 1


@cache
def counts() -> tuple[Count, ...]:
    """Return the two records of the standoff, each of its own scope."""
    return tuple(
        Count(
            row["record"],
            date.fromisoformat(row["first"]),
            date.fromisoformat(row["last"]),
            int(row["attacks"]),
            int(row["strikes"]),
            int(row["decapitations"]),
            int(row["fatal"]),
            row["scope"],
            row["status"],
            row["source"],
        )
        for row in rows("attack_records")
    )


BETWEEN = 4
"""Attacks of the fourth quarter of 2020, between the two records."""


def whole_count() -> int:
    """Return about how many attacks there were in the 112 weeks: an order of magnitude."""
    return sum(count.attacks for count in counts()) + BETWEEN

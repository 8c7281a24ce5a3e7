"""The record: dated events, published counts, base rates, each with its source.

Counts of different scope are never spliced into one series; see ``data/README.md``.
"""

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_name("data")
MEANS = ("rocket", "mortar", "drone", "missile")
MILITIA_WORDS = ("unclaimed", "militia", "proxies", "KH", "Saraya", "Revenge")
ARTICLE = "the article's statement"
PROTESTS = date(2019, 10, 7)
"""The Monday after which the protests of October 2019 are in the scenario."""


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
    """Return every dated event, in order."""
    return tuple(
        Event(
            date.fromisoformat(row["date"]),
            row["initiator"],
            row["target"],
            row["type"],
            int(row["us_coalition_killed"] or 0),
            row["note"],
            row["status"],
            row["source"],
        )
        for row in rows("events_2018_2021")
    )


def attacks_between(first: date, last: date) -> list[Event]:
    """Return the dated attacks from one day to another, both included."""
    return [e for e in events() if e.is_attack and first <= e.date <= last]


def counts_around_protests(weeks: int = 22) -> tuple[int, int]:
    """Return how many dated attacks there are before and after the protests of October 2019.

    The list is incomplete, alike before and after as far as is known.
    """
    span, day = timedelta(weeks=weeks), timedelta(days=1)
    before = attacks_between(PROTESTS - span, PROTESTS - day)
    after = attacks_between(PROTESTS, PROTESTS + span - day)
    return len(before), len(after)

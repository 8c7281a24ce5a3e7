"""Dated events, and what each of them counts for.

What one counts for is decided by its words alone, as they stand: a status that begins with
``confirmed``, an initiator that is ``US`` or holds a militia's word, a type that the coding table
knows. A row that counts for nothing is never passed over in silence.
"""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from redline.support import nearest, shown

DATA = Path(__file__).with_name("data")
MEANS = ("rocket", "mortar", "drone", "missile")
MILITIA_WORDS = ("unclaimed", "militia", "proxies", "KH", "Saraya", "Revenge")
ARTICLE = "the article's statement"
START = date(2019, 5, 6)
"""The Monday of week 0."""
WEEKS = 112
END = date(2021, 6, 27)
"""The last day that is scored."""
STATUSES = ("confirmed", "unverified", ARTICLE)
"""Any that begins with the first counts."""
NO_MOVES = (
    *("arrest", "ballistic missile", "missile/drone", "political", "report"),
    *("shootdown", "thwarted", "truce", "withdrawal"),
)
"""Types of the shipped list that are known, and are no move of the model's."""
FORCE = ("strike", "decapitation")
"""Answers that are counted; a threat or a sanction enters no statistic."""


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
        return self.is_by_militia and any(means in self.type for means in MEANS)

    @property
    def is_by_militia(self) -> bool:
        """Whether its initiator holds a militia's word."""
        return any(word in self.initiator for word in MILITIA_WORDS)

    @property
    def is_american(self) -> bool:
        """Whether its initiator is the United States, alone."""
        return self.initiator == "US"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the record, as text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The coding table


@cache
def _coding_table() -> tuple[tuple[str, str, str, str], ...]:
    """Return the rows of the coding table: field, what it holds, of what it gives which."""
    return tuple(
        (row["field"], row["holds"], *row["gives"].split(":", 1))  # type: ignore[misc]
        for row in rows("coding")
    )


def coded(event: Event, wanted: str) -> str | None:
    """Return what the first row of the coding table that fits says of an event, or None."""
    fields = {"type": event.type, "target": event.target, "place": event.target}
    fields["initiator"] = event.initiator
    for column, holds, about, value in _coding_table():
        if about == wanted and holds in fields[column]:
            return value
    return None


@cache
def type_words(about: str) -> tuple[str, ...]:
    """Return the words of a type that give a ``provocation`` or a ``response``."""
    return tuple(
        holds for column, holds, gives, _ in _coding_table() if gives == about and column == "type"
    )


# What a row counts for


class Judged(NamedTuple):
    """What a row counts for.

    Attributes
    ----------
    counts : ``attack``, ``assault``, ``answer``, or nothing
    fatal : whether it counts as a death
    left_out : why it counts for nothing, where that is as it should be
    faults : what is wrong with its words, and the nearest that would be right
    wrong : the same in a few words, for a summary
    """

    counts: str
    fatal: bool
    left_out: str
    faults: tuple[str, ...]
    wrong: str = ""


def judge(event: Event, first: date = START, last: date = date.max) -> Judged:
    """Return what an event counts for from one day to another, both included."""
    reason = _as_it_should_be(event, first, last)
    if reason:
        return Judged("", False, reason, ())
    provocation = coded(event, "provocation") if event.is_by_militia else None
    answer = coded(event, "response") if event.is_american else None
    counts = (
        "attack" if event.is_attack
        else "assault" if provocation
        else "answer" if answer in FORCE
        else ""
    )  # fmt: skip
    faults = [] if counts and event.is_certain else list(_faults(event))
    wrong = f"{faults[0].partition(' ')[0]} unknown" if faults else ""
    fatal = bool(provocation and event.killed and event.is_certain)
    if event.killed and not fatal and not faults:
        faults.append(f"us_coalition_killed {event.killed} counts only for militias' {_known()}")
        wrong = "deaths of what is no attack"
    counted = counts if event.is_certain else ""
    left_out = "" if counts or faults else "threat or sanction, which no statistic has"
    return Judged(counted, fatal, left_out, tuple(faults), wrong)


def _known() -> str:
    return f"attacks of type {', '.join(type_words('provocation'))}"


def _as_it_should_be(event: Event, first: date, last: date) -> str:
    """Return why a row is left out although nothing is wrong with it, or an empty text."""
    if event.date < first:
        return f"before {first}"
    if event.date > last:
        return f"after {last}"
    if event.precision == "week":
        return "total of a week"
    if event.status in ("unverified", ARTICLE):
        return f"status {event.status}"
    if event.type in NO_MOVES and not event.is_attack:
        return "no move of the model's"
    if event.initiator == "Iran" or event.initiator.startswith("Iran ("):
        return "by Iran itself"
    return ""


@lru_cache(4096)
def _near(word: str, valid: tuple[str, ...]) -> str:
    """Return `nearest`, which takes its time: a table says the same word again and again."""
    return nearest(word, valid)


def _faults(event: Event) -> Iterator[str]:
    """Give every word of a row that keeps it from counting, with the nearest that would do."""
    if not event.status.startswith("confirmed"):
        yield f"status {shown(event.status)} does not count{_near(event.status, STATUSES)}"
    answers, attacks = type_words("response"), (*type_words("provocation"), *MEANS)
    if event.is_american:
        if coded(event, "response") is None:
            yield f"type {shown(event.type)} is no response of the US{_near(event.type, answers)}"
        return
    words = attacks
    if not event.is_by_militia:
        words = (*attacks, *answers)
        yield (
            f"initiator {shown(event.initiator)} is neither US nor a militia's name"
            f"{_near(event.initiator, ('US', *MILITIA_WORDS))}"
        )
    if not any(word in event.type for word in words):
        yield f"type {shown(event.type)} is no attack{_near(event.type, attacks)}"

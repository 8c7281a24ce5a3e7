"""What is wrong with a document beyond its values one by one: checks of several at once."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from redline.case.addresses import MOST_MILITIAS, Document
from redline.case.case import members_of
from redline.case.tables import ACTORS
from redline.support import InputError, nearest, printable
from redline.theory import Drivers, rung_names

MOST_PROBLEMS = 100
"""That are told of one file; a file may hold millions."""
DATED = ("timeline", "forbid", "force")
LATEST_YEAR = 9000
"""Of a start: 10,000 weeks later there must still be a date."""


@contextmanager
def blamed_on(source: object) -> Iterator[None]:
    """Name the source of every problem that is raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {problem}" for problem in error.problems) from None


def first_of(found: Iterator[str]) -> list[str]:
    """Return the first problems of a file, and a last line where there are more."""
    told = list(itertools.islice(found, MOST_PROBLEMS + 1))
    return [*told[:MOST_PROBLEMS], "and there are more"] if len(told) > MOST_PROBLEMS else told


def own_problems(document: Document) -> Iterator[str]:
    """Yield what is wrong within one file, before it is merged."""
    timeline = document.get("timeline")
    for number, entry in enumerate(_tables(timeline), 1):
        when = [key for key in ("date", "week") if key in entry]
        if len(when) == 2:
            yield f"timeline[{number}] has both a date and a week"
        elif not when:
            yield f"timeline[{number}] needs a date or a week"
        if not set(entry) & set(Drivers._fields):
            yield f"timeline[{number}] changes no driver"
    for number, ban in enumerate(_tables(document.get("forbid")), 1):
        yield from _rung_problem(f"forbid[{number}].rung", ban.get("actor"), ban.get("rung"))
        if "weeks" in ban and "from" in ban:
            yield f"forbid[{number}] has both weeks and from"
        match ban.get("weeks"):
            case [int(first), int(last)] if first > last:
                yield f"forbid[{number}].weeks must not end ({last}) before they begin ({first})"
    start = document.get("start")
    if type(start) is date and start.weekday() != 0:
        yield f"start must be a Monday, not {start:%A} {start}"
    if type(start) is date and start.year > LATEST_YEAR:
        yield f"start must be before the year {LATEST_YEAR + 1}, not {start}"
    militias = document.get("militias")
    if isinstance(militias, dict):
        given = (faction.get("name") for faction in _tables(militias.get("faction")))
        names = [printable(name).strip() for name in given if isinstance(name, str)]
        for name in sorted(name for name, times in Counter(names).items() if name and times > 1):
            yield f"militias.faction: two factions are named {name!r}"
        for name in sorted({"", *ACTORS} & set(names)):
            yield f"militias.faction: {name!r} cannot be a faction's name"


def _tables(value: object) -> list[Document]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _rung_problem(key: str, actor: object, rung: object) -> Iterator[str]:
    if isinstance(actor, str) and actor in ACTORS and isinstance(rung, str):
        names = rung_names(ACTORS[actor])
        if rung not in names:
            yield f"{key}: {actor} has no rung {rung!r}{nearest(rung, names)}"


def outside(document: Document, parent: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dated entries of a document that are outside the weeks of the scenario."""
    start = document.get("start", parent.get("start"))
    weeks = document.get("weeks", parent.get("weeks", 112))
    if type(weeks) is not int:
        return
    for key in DATED:
        for number, entry in enumerate(_tables(document.get(key)), 1):
            day = entry.get("date")
            if type(day) is date and type(start) is not date:
                yield f"{key}[{number}].date needs a start of the scenario"
                continue
            week = first_week(entry, start)
            if not 0 <= week < weeks:
                shown = f"date {day} (week {week})" if day else f"week {week}"
                yield f"{key}[{number}]: {shown} is outside the weeks 0 … {weeks - 1}"


def first_week(entry: Mapping[str, Any], start: date | None) -> int:
    """Return the week in which an entry of a dated table begins to hold.

    0 where what should say so is malformed, which is reported elsewhere.
    """
    if type(entry.get("date")) is date and type(start) is date:
        return int((entry["date"] - start).days // 7)
    weeks = entry.get("weeks")
    week = weeks[0] if isinstance(weeks, list) and weeks else entry.get("week")
    return week if type(week) is int else 0


def check_size(militias: Mapping[str, Any]) -> None:
    """Refuse a table of militias that makes too many of them.

    Raises
    ------
    InputError
        Before any is made.
    """
    cells, factions = militias["cells"], militias["faction"]
    if cells * len(factions) > MOST_MILITIAS:
        raise InputError(
            f"militias: {len(factions)} factions × {cells} cells are more than {MOST_MILITIAS}"
        )


def whole_problems(full: Mapping[str, Any]) -> Iterator[str]:
    """Yield what only a full document can show: moves of nobody, sites that nothing reaches."""
    if not any(site["reach"] == "rockets" for site in full["site"].values()):
        yield "site: rockets reach none of the sites"
    militias = full["militias"]
    names = {member.name for member in members_of(militias["faction"], militias["cells"])}
    for number, move in enumerate(full["force"], 1):
        actor = move["actor"]
        if actor in ("united_states", "iran"):
            yield from _rung_problem(f"force[{number}].rung", actor, move["rung"])
            for key in ("site", "kill"):
                if move.get(key) is not None:
                    yield f"force[{number}].{key}: only a militia has one"
        elif actor not in names:
            known = {*names, "united_states", "iran"}
            yield f"force[{number}].actor: no actor {actor!r}{nearest(actor, known)}"
        else:
            yield from _rung_problem(f"force[{number}].rung", "militias", move["rung"])

"""A scenario of a document: what a file leaves out is filled in, and the whole is checked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from redline.case.addresses import Document
from redline.case.case import Scenario
from redline.case.checks import (
    DATED,
    blamed_on,
    check_size,
    first_of,
    first_week,
    outside,
    own_problems,
    whole_problems,
)
from redline.case.sweep_table import read_draws, read_sweep, sweep_of_csv
from redline.case.tables import problems
from redline.support import InputError, frozen, printable, thawed
from redline.theory import (
    DEFAULT_FACTIONS,
    DEFAULT_SITES,
    GROUPS,
    PROVOCATIONS,
    RESPONSES,
    Faction,
    Provocation,
    table,
)

WHOLE = ("sweep", "draw")
"""Tables that a file replaces as a whole in what it extends."""


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Return `base` with `over` laid on it: tables merge by key, all else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and key not in WHOLE:
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def defaults() -> Document:
    """Return a full document of the default values."""
    return {
        "title": "",
        "source": "",
        "weeks": 112,
        **{
            group: {
                name: (int if note.integer else float)(note.default)
                for name, note in table(group).items()
            }
            for group in GROUPS
        },
        "ladder": {
            "provocation": {r.name.lower(): rung._asdict() for r, rung in PROVOCATIONS.items()},
            "response": {r.name.lower(): rung._asdict() for r, rung in RESPONSES.items()},
        },
        "site": {
            name: {**site._asdict(), "reach": Provocation(site.reach).name.lower()}
            for name, site in DEFAULT_SITES.items()
        },
        "timeline": [],
        "forbid": [],
        "force": [],
    }


def default_factions() -> list[Document]:
    """Return the tables of the factions of a file that names none."""
    return [{"name": name, **faction._asdict()} for name, faction in DEFAULT_FACTIONS.items()]


def completed(document: Mapping[str, Any]) -> Document:
    """Return a document with every value explicit, in the types that the model uses."""
    full = merge(defaults(), document)
    militias = full["militias"]
    militias.setdefault("cells", 1)
    militias["faction"] = [
        {
            "name": printable(faction["name"]).strip(),
            **{name: float(faction.get(name, 1.0)) for name in Faction._fields},
        }
        for faction in militias.get("faction") or default_factions()
    ]
    full["title"], full["source"] = printable(full["title"]), printable(full["source"])
    by_week: dict[int, Document] = {}
    for entry in full["timeline"]:
        week = first_week(entry, full.get("start"))
        by_week.setdefault(week, {}).update(entry)
    full["timeline"] = [by_week[week] for week in sorted(by_week)]
    return full


def build(
    document: Mapping[str, Any], name: str, notices: Sequence[str], folder: Path | None
) -> Scenario:
    """Return the scenario of a merged document whose values are already checked one by one.

    Raises
    ------
    InputError
        For what only the whole can show: too many militias, unknown names, a bad sweep.
    """
    full = completed(document)
    check_size(full["militias"])
    sweep, sweep_problems = read_sweep(full, folder)
    draws, draw_problems = read_draws(full, folder)
    if found := [*first_of(whole_problems(full)), *sweep_problems, *draw_problems]:
        raise InputError(found)
    if sweep and sweep.design == "list" and "csv" in full["sweep"]:
        full["sweep"] = sweep_of_csv(full["sweep"]["csv"], folder)
    if draws:
        full["draw"] = draws
    scenario = Scenario(name, frozen(full), tuple(dict.fromkeys(notices)))
    vars(scenario)["sweep"] = sweep  # as it would read it again
    return scenario


def settled(document: Mapping[str, Any]) -> tuple[Document, list[str]]:
    """Return a document with weeks for dates, and without entries outside its weeks.

    Only inherited entries can be outside; each that is dropped gives a notice.
    """
    found = dict(document)
    weeks, start = found.get("weeks", 112), found.get("start")
    notices = []
    for key in DATED:
        kept = []
        for entry in found.get(key, ()):
            week = first_week(entry, start)
            if 0 <= week < weeks:
                rest = {name: value for name, value in entry.items() if name != "date"}
                kept.append({**rest, "week": week} if key == "timeline" else rest)
            else:
                notices.append(
                    f"the {key} entry of week {week} is outside its {weeks} weeks: dropped"
                )
        if key in found:
            found[key] = kept
    return found, [*notices, *_overruled(found.get("timeline", ()))]


def _overruled(timeline: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a notice for every driver that two entries of one week set to different values."""
    held: dict[tuple[int, str], Any] = {}
    for entry in timeline:
        for name, value in entry.items():
            place = entry["week"], name
            if held.setdefault(place, value) != value:
                yield (
                    f"timeline: week {place[0]} sets {name} twice; {value:g} is used, which comes "
                    f"last, not {held[place]:g}"
                )
                held[place] = value


def to_json(scenario: Scenario) -> Document:
    """Return a scenario's document with dates as text, for a manifest."""
    document = thawed(scenario.document)
    if document.get("start"):
        document["start"] = document["start"].isoformat()
    return {"name": scenario.name, **document}


def from_json(stored: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a manifest holds.

    Raises
    ------
    InputError
        If it is not a valid scenario.
    """
    document = thawed(stored)
    name = str(document.pop("name", "scenario"))
    if isinstance(document.get("start"), str):
        with suppress(ValueError):  # left as it is, it is told with all other problems
            document["start"] = date.fromisoformat(document["start"])
    found = [*problems(document), *own_problems(document)]
    found += outside(document, {})
    with blamed_on(name):
        if found:
            raise InputError(found)
        return build(document, name, (), None)

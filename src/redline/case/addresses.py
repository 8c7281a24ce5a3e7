"""Addresses: one name for every number of a scenario, for overrides, sweeps and experiments.

``group.parameter`` · ``militias.cells`` · ``militias.faction."NAME".zeal`` ·
``timeline.WEEK.driver`` · ``ladder.provocation.RUNG.severity`` · ``site.NAME.exposure``
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from redline.support import InputError, nearest
from redline.theory import (
    GROUPS,
    PROVOCATION_WORDS,
    RESPONSE_WORDS,
    SITE_WORDS,
    SITES,
    Actor,
    Drivers,
    Faction,
    Parameter,
    ProvocationRung,
    ResponseRung,
    Site,
    describe,
    rung_names,
    table,
)

Document = dict[str, Any]
"""What a scenario file says, as its tables."""

MOST_MILITIAS = 10_000
CELLS = Parameter(
    1, (1, MOST_MILITIAS), "copies", "adjacent copies of each faction", "model", (1, 10), True,
    label="cells of each faction",
)  # fmt: skip

Parts = tuple[str, ...]
"""An address, taken apart."""
WEEK = re.compile(r"0|[1-9][0-9]{0,4}")
ASSIGNMENT = re.compile(r'\s*((?:"(?:\\.|[^"\\])*"|[^="])+?)\s*=\s*(.*?)\s*', re.DOTALL)


@lru_cache(maxsize=4096)
def split_address(address: str) -> Parts:
    """Return the parts of a dotted address, quotes removed.

    Raises
    ------
    InputError
        If it is not a dotted key.
    """
    try:
        nested: Any = tomllib.loads(f"{address} = 0")
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        raise InputError(f"{address}: not an address such as iran.review") from None
    parts: list[str] = []
    while isinstance(nested, dict):
        if len(nested) != 1:
            raise InputError(f"{address}: not an address such as iran.review")
        (part, nested), *_ = nested.items()
        parts.append(part)
    return tuple(parts)


@cache
def plain() -> dict[Parts, Parameter]:
    """Return the parameters that every scenario has: ``group.parameter``."""
    return {(group, name): note for group in GROUPS for name, note in table(group).items()}


@cache
def _of_ladders_and_sites() -> dict[Parts, Parameter]:
    """Return those of the rungs and sites, which every scenario has too."""
    provocations = zip(rung_names(Actor.MILITIAS), PROVOCATION_WORDS.values(), strict=True)
    responses = zip(rung_names(Actor.UNITED_STATES), RESPONSE_WORDS.values(), strict=True)
    places: list[tuple[Parts, type[tuple[Any, ...]], str]] = [
        *(
            (("ladder", "provocation", rung), ProvocationRung, words)
            for rung, words in provocations
        ),
        *((("ladder", "response", rung), ResponseRung, words) for rung, words in responses),
        *((("site", site), Site, words) for site, words in SITE_WORDS.items()),
    ]
    return {
        (*place, name): _named(note, words)
        for place, kind, words in places
        for name, note in describe(kind).items()
    }


def _named(note: Parameter, place: str) -> Parameter:
    """Return a parameter with the label that it has at a rung, a site or a faction."""
    return replace(note, label=note.label.format(place))


def _timed(driver: str, week: str) -> Parameter:
    """Return a driver as a timeline sets it in a week."""
    note = describe(Drivers)[driver]
    return replace(note, label=f"{note.label} from week {week}")


def _of_lists(document: Mapping[str, Any]) -> dict[Parts, Parameter]:
    """Return those of a document's own factions and timeline."""
    known: dict[Parts, Parameter] = {("militias", "cells"): CELLS}
    for faction in document["militias"]["faction"]:
        for name, note in describe(Faction).items():
            parts = ("militias", "faction", faction["name"], name)
            known[parts] = _named(note, faction["name"])
    for entry in document["timeline"]:
        for name in Drivers._fields:
            if name in entry and "week" in entry:
                known["timeline", str(entry["week"]), name] = _timed(name, str(entry["week"]))
    return known


def parameters_of(document: Mapping[str, Any]) -> dict[Parts, Parameter]:
    """Return every address of a full document that exists already, with its parameter."""
    return {**plain(), **_of_lists(document), **_of_ladders_and_sites()}


def joined(parts: Parts) -> str:
    """Return an address as it is written; the name of a faction in quotes."""
    of_faction = parts[:2] == ("militias", "faction")
    return ".".join(
        json.dumps(part, ensure_ascii=False) if of_faction and place == 2 else part
        for place, part in enumerate(parts)
    )


def addresses_of(document: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return every address of a full document as it is written, with its parameter."""
    return {joined(parts): note for parts, note in parameters_of(document).items()}


def parameter_at(document: Mapping[str, Any], address: str) -> Parameter:
    """Return the parameter at an address.

    Raises
    ------
    InputError
        If there is none, with the nearest address that exists.
    """
    parts = split_address(address)
    note = plain().get(parts) or _of_ladders_and_sites().get(parts)
    note = note or _of_lists(document).get(parts)
    if note is None:
        match parts:
            case ("timeline", week, driver) if WEEK.fullmatch(week) and driver in Drivers._fields:
                if int(week) < document["weeks"]:
                    return _timed(driver, week)
        known = map(joined, parameters_of(document))
        raise InputError(f"{address}: no such address{nearest(address, known)}")
    return note


@lru_cache(maxsize=4096)
def label_of(address: str) -> str:
    """Return what figures and tables call an address: ``price of open war to Washington``.

    What is no address of any scenario is called as it is written.
    """
    try:
        parts = split_address(address)
    except InputError:
        return address
    note = {**plain(), **_of_ladders_and_sites(), ("militias", "cells"): CELLS}.get(parts)
    match parts:
        case ("militias", "faction", name, key) if key in Faction._fields:
            note = _named(describe(Faction)[key], name)
        case ("timeline", week, driver) if WEEK.fullmatch(week) and driver in Drivers._fields:
            note = _timed(driver, week)
    return note.label if note else address


def _path(document: Mapping[str, Any], parts: Parts) -> list[str | int]:
    """Return the keys and places that lead to the value at an address of a full document.

    The place of a faction or of a timeline entry that there is not is behind the last.
    """
    match parts:
        case ("militias", "faction", name, _):
            listed = [faction["name"] == name for faction in document["militias"]["faction"]]
            at = 2
        case ("timeline", week, _):
            listed = [entry["week"] == int(week) for entry in document["timeline"]]
            at = 1
        case _:
            return list(parts)
    return [*parts[:at], [*listed, True].index(True), *parts[at + 1 :]]


def path_of(document: Mapping[str, Any], address: str) -> list[Any]:
    """Return where the engines read the number at an address of a full document.

    These are an attribute of `Scenario`, and names and places within it.
    """
    ladders = {"provocation": Actor.MILITIAS, "response": Actor.UNITED_STATES}
    path: list[Any] = _path(document, split_address(address))
    match path:
        case ["environment", name] if name in Drivers._fields:
            return ["drivers", name]
        case ["militias", "cells"]:
            return ["cells"]
        case ["militias", "faction", place, name]:
            return ["factions", place, name]
        case ["timeline", place, name]:
            return ["timeline", place, "values", name]
        case ["ladder", ladder, rung, name]:
            return [f"{ladder}s", rung_names(ladders[ladder]).index(rung), name]
        case ["site", site, name]:
            return ["sites", SITES.index(site), name]
    return path


def value_at(document: Mapping[str, Any], address: str) -> Any:
    """Return the value at an address of a full document.

    Raises
    ------
    InputError
        If there is no such address.
    """
    parameter_at(document, address)
    place: Any = document
    try:
        for key in _path(document, split_address(address)):
            place = place[key]
    except LookupError:
        raise InputError(f"{address}: the timeline sets no such value") from None
    return place


def with_value(document: Mapping[str, Any], address: str, value: Any) -> Mapping[str, Any]:
    """Return a full document with another value at an address that there is.

    Tables and lists that do not hold the value are shared with the document.
    """
    parts = split_address(address)
    path = _path(document, parts)
    if parts[0] == "timeline" and path[1] == len(document["timeline"]):
        entries = [*document["timeline"], {"week": int(parts[1])}]
        document = {**document, "timeline": sorted(entries, key=lambda entry: entry["week"])}
        path = _path(document, parts)
    found: Mapping[str, Any] = _replaced(document, path, value)
    return found


def _replaced(place: Any, path: Sequence[Any], value: Any) -> Any:
    """Return a copy of a table or list that holds a value at the end of a path."""
    if not path:
        return value
    key, *rest = path
    if isinstance(place, list):
        return [*place[:key], _replaced(place[key], rest, value), *place[key + 1 :]]
    return {**place, key: _replaced(place.get(key), rest, value)}


def held_until(document: Mapping[str, Any], address: str) -> str | None:
    """Return a notice of the weeks in which the timeline replaces the value at an address."""
    parts = split_address(address)
    if parts[0] != "environment" or parts[1] not in Drivers._fields:
        return None
    later = [str(entry["week"]) for entry in document["timeline"] if parts[1] in entry]
    if not later:
        return None
    weeks = f"week{'s' if len(later) > 1 else ''} {', '.join(later)}"
    return f"{address} holds until the timeline replaces it in {weeks}"


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return the address and value of ``address=value``, the value being TOML.

    Raises
    ------
    InputError
        If it is not of that form.
    """
    match = ASSIGNMENT.fullmatch(text)
    if match is None:
        raise InputError(f"{text}: expected ADDRESS=VALUE")
    address, value = match.groups()
    try:
        parsed = tomllib.loads(f"value = {value}")
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        quotes = "; in a shell, braces and brackets want quotes" if "=" in value else ""
        raise InputError(f"{text}: {value!r} is not a TOML value{quotes}") from None
    if set(parsed) != {"value"}:
        raise InputError(f"{text}: expected one value")
    return address, parsed["value"]

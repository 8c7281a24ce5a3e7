"""Addresses: one name for every number of a scenario, for overrides, sweeps and experiments.

``group.parameter`` · ``militias.cells`` · ``militias.faction."NAME".zeal`` ·
``timeline.WEEK.driver`` · ``ladder.provocation.RUNG.severity`` · ``site.NAME.exposure``
"""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from redline.case.schema import MOST_MILITIAS
from redline.support import InputError, nearest
from redline.theory import (
    GROUPS,
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

CELLS = Parameter(
    1, (1, MOST_MILITIAS), "copies", "adjacent copies of each faction", "model", (1, 10), True
)

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


def parameters_of(document: Mapping[str, Any]) -> dict[Parts, Parameter]:
    """Return every address of a full document that exists already, with its parameter."""
    known = {**plain(), ("militias", "cells"): CELLS}
    for faction in document["militias"]["faction"]:
        for name, note in describe(Faction).items():
            known["militias", "faction", faction["name"], name] = note
    for entry in document["timeline"]:
        for name in Drivers._fields:
            if name in entry and "week" in entry:
                known["timeline", str(entry["week"]), name] = describe(Drivers)[name]
    ladders = (
        ("provocation", Actor.MILITIAS, ProvocationRung),
        ("response", Actor.UNITED_STATES, ResponseRung),
    )
    for ladder, actor, kind in ladders:
        for rung in rung_names(actor):
            for name, note in describe(kind).items():
                known["ladder", ladder, rung, name] = note
    for site in SITES:
        for name, note in describe(Site).items():
            known["site", site, name] = note
    return known


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
    if parts in plain():
        return plain()[parts]
    known = parameters_of(document)
    if parts in known:
        return known[parts]
    match parts:
        case ("timeline", week, driver) if WEEK.fullmatch(week) and driver in Drivers._fields:
            if int(week) < document["weeks"]:
                return describe(Drivers)[driver]
    raise InputError(f"{address}: no such address{nearest(address, map(joined, known))}")


def _holder(document: Mapping[str, Any], parts: Parts) -> Any:
    """Return the table that holds the last part of an address; an empty one if none does yet."""
    place: Any = document
    for depth, part in enumerate(parts[:-1]):
        if parts[:2] == ("militias", "faction") and depth == 2:
            place = next(faction for faction in place if faction["name"] == part)
        elif parts[0] == "timeline" and depth == 1:
            found = [entry for entry in place if entry["week"] == int(part)]
            place = found[0] if found else {}
        else:
            place = place[part]
    return place


def value_at(document: Mapping[str, Any], address: str) -> Any:
    """Return the value at an address of a full document.

    Raises
    ------
    InputError
        If there is no such address.
    """
    parameter_at(document, address)
    parts = split_address(address)
    holder = _holder(document, parts)
    if parts[-1] not in holder:
        raise InputError(f"{address}: the timeline sets no such value")
    return holder[parts[-1]]


def set_value(document: dict[str, Any], address: str, value: Any) -> str | None:
    """Set the value at an address of a full document, in place.

    Returns
    -------
    A notice, where a timeline entry replaces the value later.

    Raises
    ------
    InputError
        If there is no such address.
    """
    parameter_at(document, address)
    parts = split_address(address)
    timeline = document["timeline"]
    if parts[0] == "timeline" and all(entry["week"] != int(parts[1]) for entry in timeline):
        timeline.append({"week": int(parts[1])})
        timeline.sort(key=lambda entry: int(entry["week"]))
    _holder(document, parts)[parts[-1]] = value
    if parts[0] == "environment" and parts[1] in Drivers._fields:
        later = [str(entry["week"]) for entry in timeline if parts[1] in entry]
        if later:
            weeks = f"week{'s' if len(later) > 1 else ''} {', '.join(later)}"
            return f"{address} holds until the timeline replaces it in {weeks}"
    return None


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

"""What the lesson simulates with: the translated engine, scenarios as it reads them, proofs.

A *world* is a resolved scenario as JSON, in the layout that ``js/histories.js`` reads. A
*vector* is the hash of some replicates as the batch engine simulates them, which a browser must
reproduce.
"""

import hashlib
from enum import IntEnum
from typing import Any

import numpy as np

from redline.case import (
    MOST_WEEKS,
    Forbidden,
    Forced,
    Scenario,
    addresses_of,
    open_rungs,
    path_of,
)
from redline.engine import Trace, plan_of, schedule_of, translate, write_script
from redline.results import trace
from redline.support import InputError
from redline.theory import (
    Choices,
    Events,
    Measures,
    Move,
    State,
    Sums,
    Week,
    WeekCounts,
    advance,
    draws,
    measure_block,
)

World = dict[str, Any]

REPLICATES = 200
"""Replicates in every picture of the lesson."""
MOST_DECISIONS = 2_000_000
"""Of a picture: a tenth of a second in the engines of today's browsers, give or take."""
VECTOR_REPLICATES = 50
ENTRIES = (advance, measure_block, draws, plan_of, schedule_of, write_script, open_rungs)
"""What ``js/`` calls; everything that these use is translated with them."""
LAYOUTS = (State, Events, Choices, Sums, Week, Move, Measures, WeekCounts)
_TABLES = ("united_states", "iran", "militias", "learning", "environment")


def engine_script() -> str:
    """Return the rules, chance, the week loop and its measures as JavaScript."""
    return translate(ENTRIES, LAYOUTS)


def world_of(scenario: Scenario) -> World:
    """Return a scenario as the lesson reads it.

    Raises
    ------
    InputError
        If the scenario draws its parameters, or is too large for a browser.
    """
    if scenario.draws is not None:
        raise InputError(f"{scenario.name} draws its parameters: a page needs one value of each")
    decisions = REPLICATES * scenario.weeks * (len(scenario.members) + 2)
    if decisions > MOST_DECISIONS:
        raise InputError(
            f"{scenario.name} has {decisions:,} decisions in {REPLICATES} replicates; "
            f"a page can hold {MOST_DECISIONS:,}: use fewer weeks or militias"
        )
    return {
        "name": scenario.name,
        "title": scenario.title or scenario.name,
        "source": scenario.source,
        "start": scenario.start.isoformat() if scenario.start else None,
        "weeks": scenario.weeks,
        **{name: getattr(scenario, name)._asdict() for name in _TABLES},
        "drivers": scenario.drivers._asdict(),
        "provocations": [rung._asdict() for rung in scenario.provocations],
        "responses": [rung._asdict() for rung in scenario.responses],
        "sites": [{**site._asdict(), "reach": int(site.reach)} for site in scenario.sites],
        "factions": [faction._asdict() for faction in scenario.factions],
        "faction_names": _faction_names(scenario),
        "cells": len(scenario.members) // len(scenario.factions),
        "timeline": [{"week": one.week, "values": one.values} for one in scenario.timeline],
        "forbidden": [
            # A ban until the last week holds as long as the world does.
            {**_plain(ban), "last": MOST_WEEKS if ban.last >= scenario.weeks - 1 else ban.last}
            for ban in scenario.forbidden
        ],
        "forced": [_plain(move) for move in scenario.forced],
    }


def _plain(entry: Forced | Forbidden) -> dict[str, int | bool | None]:
    """Return a move or a ban by the names of its fields, rungs and actors as numbers."""
    return {
        name: int(value) if isinstance(value, IntEnum) else value
        for name, value in entry._asdict().items()
    }


def _faction_names(scenario: Scenario) -> list[str]:
    return [entry["name"] for entry in scenario.document["militias"]["faction"]]


def knobs(scenario: Scenario) -> list[dict[str, Any]]:
    """Return every number of a scenario: where it is in its world, and what it means."""
    return [
        {
            "address": address,
            "path": path_of(scenario.document, address),
            "bounds": list(note.bounds),
            "range": list(note.plausible),
            "integer": note.integer,
            "unit": note.unit,
            "source": note.source,
        }
        for address, note in addresses_of(scenario.document).items()
    ]


def vector(scenario: Scenario, replicates: int, seed: int = 1) -> dict[str, Any]:
    """Return what a browser must reproduce of the first replicates of a scenario."""
    found = trace(scenario, 0, replicates, seed)
    return {"world": world_of(scenario), "replicates": replicates, "hash": trace_hash(found)}


def trace_hash(found: Trace) -> str:
    """Return the SHA-256 of what was decided and drawn in every week of a trace.

    Bytes in order of replicates and weeks: talks, directive, highest provocation,
    response, and each militia's rung, site + 1 and kill.
    """
    digest = hashlib.sha256()
    names = ("talks", "directive", "provocation", "response")
    for replicate, weeks in enumerate(found.lived):
        heads = np.stack([found.weeks[name][replicate, :weeks] for name in names], axis=1)
        moves = found.moves[replicate, :weeks]
        acts = np.stack([moves["rung"], moves["site"] + 1, moves["killed"]], axis=2)
        rows = np.concatenate([heads, acts.reshape(weeks, -1)], axis=1)
        digest.update(rows.astype(np.uint8).tobytes())
    return digest.hexdigest()

"""Golden text and results: histories, readable, to the last rung; ten results, to the last bit.

Run ``REDLINE_GOLDEN=write pytest tests/test_golden.py`` to write them anew after a change of
the model that is meant, and read the difference.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from redline.case import from_json, load_scenario, to_json, vary
from redline.results.simulation import trace
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.theory.vocabulary import SITES, Actor, rung_names

GOLDEN = Path(__file__).parent / "golden"


def narrate(name, replicate):
    """Return a line per week in which somebody moved."""
    scenario = load_scenario(name)
    history = trace(scenario, replicate)
    provocations, responses = rung_names(Actor.MILITIAS), rung_names(Actor.UNITED_STATES)
    lines = [f"{name}, seed 1, replicate {replicate}"]
    for number in range(int(history.lived[0])):
        week = history.weeks[0, number]
        acts = []
        for militia, move in enumerate(history.moves[0, number]):
            if move["rung"]:
                act = f"{scenario.militia_names[militia]}: {provocations[move['rung']]}"
                act += f" at {SITES[move['site']]}" if move["site"] >= 0 else ""
                acts.append(act + (" (killed)" if move["killed"] else ""))
        if acts or week["response"]:
            lines.append(
                f"week {number:3} ordered {provocations[week['directive']]:<9} "
                f"{'talks ' if week['talks'] else ''}| {'; '.join(acts) or 'quiet'} | "
                f"{responses[week['response']]} | S {week['severity']:.3f} "
                f"Q {week['pressure']:.3f} L {week['leverage']:.3f} control {week['control']:.3f}"
            )
    lines.append("open confrontation" if history.over[0] else "the horizon is reached")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("name", "replicate"), [("standoff_2019_2021", 0), ("cheap_war", 0)])
def test_history(name, replicate):
    path = GOLDEN / f"{name}_{replicate}.txt"
    text = narrate(name, replicate)
    if os.environ.get("REDLINE_GOLDEN") == "write":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


# Results, to the last bit

TEMPO, REVIEW = "militias.tempo", "iran.review"
ROWS = [{TEMPO: float(n), REVIEW: n / 10} for n in range(1, 8)]
MOVES = [
    {"actor": "iran", "week": 2, "rung": "drones"},
    {"actor": "Badr", "week": 3, "rung": "rockets", "site": "green_zone", "kill": True},
    {"actor": "united_states", "week": 3, "rung": "strike"},
]
MADE = {
    "a standoff": lambda: load_scenario("standoff_2019_2021"),
    "a war": lambda: load_scenario("cheap_war"),
    "a ladder": lambda: vary(
        "standoff_2019_2021",
        {"ladder.provocation.rockets.lethality": 0.3, "ladder.response.strike.force": 0.9},
    ),
    "cells": lambda: vary("talks_2021", {"militias.cells": 3}),
    "six hundred militias": lambda: vary("baseline", {"militias.cells": 100}, weeks=12),
    "a ban": lambda: vary("standoff_2019_2021", forbid=["united_states.strike@10-60"]),
    "a script": lambda: vary("standoff_2019_2021", weeks=30, force=MOVES),
    "what is drawn": lambda: from_json(
        {**to_json(vary("talks_2021", weeks=30)), "draw": {TEMPO: [0.5, 6.0], REVIEW: [0.1, 0.9]}}
    ),
    "a grid": lambda: vary("crisis_2020", sweep={TEMPO: [1.0, 3.0], REVIEW: [0.1, 0.5, 0.9]}),
    "a list": lambda: vary("baseline", sweep={"design": "list", "rows": ROWS}),
}
"""Ten scenarios that together use all of the format that decides what happens."""


def fingerprint(results):
    """Return the SHA-256 of stored results: every name, type and bit, however files hold them."""
    digest = hashlib.sha256()
    weekly = results.weekly()
    tables = (
        results.columns(results.column_names),
        {name: weekly[name].to_numpy() for name in weekly.column_names},
    )
    for table in tables:
        for name, found in table.items():
            values = found.astype(str) if found.dtype == object else found  # words
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", MADE)
def test_results(tmp_path, name):
    scenario = MADE[name]()
    keep = sweep if scenario.sweep else run_into
    results = keep(tmp_path / "r", scenario, 40, seed=20190506)
    assert results.column("attacks").any() if keep is run_into else len(results.points) > 5
    path = GOLDEN / "results.json"
    golden = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if os.environ.get("REDLINE_GOLDEN") == "write":
        golden[name] = fingerprint(results)
        path.write_text(json.dumps(golden, indent=1) + "\n", "utf-8")
    assert fingerprint(results) == golden[name]

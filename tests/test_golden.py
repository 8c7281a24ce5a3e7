"""Golden text: one history of two scenarios, readable, to the last rung.

Run ``REDLINE_GOLDEN=write pytest tests/test_golden.py`` to write them anew after a change of
the model that is meant, and read the difference.
"""

import os
from pathlib import Path

import pytest

from redline.scenario_file import load
from redline.simulation import trace
from redline.state import SITES, Actor, rung_names

GOLDEN = Path(__file__).parent / "golden"


def narrate(name, replicate):
    """Return a line per week in which somebody moved."""
    scenario = load(name)
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

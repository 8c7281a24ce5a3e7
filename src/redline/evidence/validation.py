"""Beside the record: every stylised fact, simulated and recorded, and whether they agree.

A miss is shown as a miss. Facts that the defaults were fitted to are marked; they are no
evidence for the model. Records of different scope are compared apart.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from redline.case import Scenario
from redline.evidence.facts.aftermath import after_decapitation, after_strikes, talks
from redline.evidence.facts.answers import answers_follow_deaths, response_ratio
from redline.evidence.facts.fact import Fact
from redline.evidence.facts.frequency import attacks, bursts, war
from redline.evidence.facts.weeks import Weekly, weekly
from redline.evidence.facts.worlds import (
    loss_of_control,
    means_and_sites,
    recurrence,
    stability_instability,
)
from redline.evidence.recorded import published
from redline.evidence.recorded.published import Record
from redline.evidence.replay import check_weeks
from redline.results import MOST_MOVES, check_range, check_replicates
from redline.support import JSON_FORMAT

ARMS_MORE = 5
"""Other worlds are compared over so many times the replicates: their differences are small."""
WORLDS = 5
"""Those other worlds, and the scenario itself beside them."""
WEEK_BYTES = 84
"""Memory for each week of each replicate at the peak: small integers, and what is made of them."""
MOVES_REPLICATES = 500
LONG_REPLICATES = 1000
"""The most that are simulated militia by militia, and over fifteen years."""


def validate(
    scenario: Scenario,
    replicates: int = 4000,
    seed: int = 1,
    *,
    notice: Callable[[str], None] | None = None,
) -> list[Fact]:
    """Return the stylised facts F1 to F12 of a scenario, beside the record.

    `notice` is called with what it takes in time and memory, where that is much.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record, or for more replicates than
        memory holds.
    """
    check_weeks(scenario)
    seed, _, replicates = check_range(seed, 0, replicates)
    lives = [(scenario, replicates), (scenario, WORLDS * ARMS_MORE * replicates)]
    check_replicates(lives, seed, WEEK_BYTES * published.WEEKS, notice=notice)
    moves = min(MOVES_REPLICATES, max(1, MOST_MOVES // (published.WEEKS * len(scenario.members))))
    found = weekly(scenario, replicates, seed)
    return [
        *facts_of(found, seed),
        *stability_instability(scenario, ARMS_MORE * replicates, seed),
        loss_of_control(scenario, ARMS_MORE * replicates, seed),
        *means_and_sites(scenario, min(moves, replicates), seed),
        recurrence(scenario, min(LONG_REPLICATES, replicates), seed),
    ]


def facts_of(found: Weekly, seed: int, known: Record | None = None) -> list[Fact]:
    """Return the stylised facts F1 to F8 of replicates, beside a record (the shipped one).

    Where a record that is given says nothing of a fact, its recorded side is left out.
    """
    rng = np.random.default_rng(seed)
    return [
        war(found),
        *attacks(found, known),
        *answers_follow_deaths(found, rng, known),
        *response_ratio(found, known),
        *bursts(found, rng, known),
        *after_strikes(found, known),
        after_decapitation(found, known),
        *talks(found, known),
    ]


def validation_json(
    scenario: Scenario, facts: Sequence[Fact], replicates: int, seed: int
) -> dict[str, Any]:
    """Return what ``redline validate --json`` prints."""
    return {
        "format": JSON_FORMAT,
        "scenario": scenario.name,
        "seed": seed,
        "replicates": replicates,
        "facts": [fact.to_dict() for fact in facts],
        "outside_view": outside_view(),
    }


def outside_view() -> list[dict[str, Any]]:
    """Return base rates to set beside a probability of war: what, share, count, of how many."""
    found = []
    for row in published.rows("mid_hostility_levels"):
        if row["label"] == "war":
            n = round(int(row["n"]) / float(row["share"]))
            found.append((f"militarized disputes that became war, {row['era']}", int(row["n"]), n))
    for row in published.rows("mid_dyads"):
        if row["dyad"] in ("US-Iran", "US-Iraq"):
            about = f"{row['dyad']} disputes that became war, {row['first']}-{row['last']}"
            found.append((about, int(row["max_hostlev_5"]), int(row["disputes"])))
    of = ("1946-2017", "viol")
    rows = [r for r in published.rows("icb_violence") if (r["era"], r["variable"]) == of]
    crises = {row["label"]: int(row["n"]) for row in rows}
    about = f"international crises with full-scale war, {of[0]}"
    found.append((about, crises["full-scale war"], sum(crises.values())))
    return [{"what": what, "share": count / n, "count": count, "of": n} for what, count, n in found]

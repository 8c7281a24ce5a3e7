"""What of other worlds, sites and horizons? A dearer war (F9) to crises that recur (F12)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.argument import difference, level, lived, observed, relative, totals_of
from redline.case import Scenario, value_at, vary
from redline.engine import Trace
from redline.evidence.facts.fact import Fact, Recorded, in_words, ratios, share_of
from redline.evidence.facts.stated import as_stated
from redline.evidence.facts.weeks import Flags, Ints, Pair
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import coded_events
from redline.results import Interval, sample, simulated_histories, survival
from redline.theory import FIRST_CRISIS, SITES, Provocation

LONG = 780
"""Weeks over which crises are followed."""
FIVE_YEARS = 261
APART = 13
"""Weeks without a crisis rung that part one crisis from the next."""
DRONES_ARRIVE = 90
NORTH = ("harir", "erbil")
"""Sites that only drones reach (¶22)."""
DEARER = 1.5
"""By what the cost of war is multiplied."""
COST_OF_WAR_US = ("united_states.commitment",)
COST_OF_WAR_IRAN = ("iran.proxy_loss", "iran.revenue_exposure")


def _totals(scenario: Scenario, replicates: int, seed: int, *names: str) -> list[Pair]:
    """Return the totals of measures in a scenario."""
    arm = observed(scenario, replicates, seed, totals_of(names))
    return [(arm[f"{name}.numerator"], arm[f"{name}.denominator"]) for name in names]


def stability_instability(scenario: Scenario, replicates: int, seed: int) -> list[Fact]:
    """Return F9: what a dearer war does, to war and to the rate of attacks."""
    theory = in_words("theory only: Snyder 1965; Powell 2015")
    measures = ("confrontation", "attacks_per_week")
    war, rate = _totals(scenario, replicates, seed, *measures)
    told = []
    for (of_war, of_rate), addresses in (
        (("F9a", "F9b"), (*COST_OF_WAR_US, *COST_OF_WAR_IRAN)),
        (("F9c", "F9d"), COST_OF_WAR_US),
    ):
        values = {a: DEARER * value_at(scenario.document, a) for a in addresses}
        dearer_war, dearer_rate = _totals(vary(scenario, values), replicates, seed, *measures)
        words = ", ".join(address.partition(".")[2] for address in addresses)
        note = f"{words} × {DEARER:g}; {replicates:,} replicates"
        told.append(as_stated(of_war, theory, difference(dearer_war, war), note=note))
        told.append(as_stated(of_rate, theory, relative(dearer_rate, rate), note=note))
    return told


def loss_of_control(scenario: Scenario, replicates: int, seed: int) -> Fact:
    """Return F10: loss of control makes accidents."""
    arms = (vary(scenario, {"environment.control_loss": value}) for value in (0.6, 0.0))
    (more,), (none,) = (_totals(arm, replicates, seed, "crossings_per_week") for arm in arms)
    recorded = in_words("after January 2020, in words only")
    return as_stated("F10", recorded, relative(more, none), note=f"{replicates:,} replicates")


def means_and_sites(scenario: Scenario, replicates: int, seed: int) -> list[Fact]:
    """Return F11: means track reach."""
    found = simulated_histories(scenario, seed, sample(replicates, replicates, seed), moves=True)
    moves = found.moves[:, DRONES_ARRIVE:]
    north = np.isin(moves["site"], [SITES.index(site) for site in NORTH])
    drones = moves["rung"] == Provocation.DRONES
    listed = [move for move in coded_events() if move.week >= DRONES_ARRIVE and move.site]
    told = []
    elsewhere = (moves["site"] >= 0) & ~north
    for name, mask, is_north in (("F11a", north, True), ("F11b", elsewhere, False)):
        flown = [m.rung == Provocation.DRONES for m in listed if (m.site in NORTH) == is_north]
        words = f"{sum(flown)} of {len(flown)} listed"
        pair = (drones & mask).sum(axis=(1, 2)), mask.sum(axis=(1, 2))
        recorded = share_of(sum(flown), len(flown), words, "no attack")
        told.append(as_stated(name, recorded, level(pair), ratios(*pair)))
    return told


def recurrence(scenario: Scenario, replicates: int, seed: int) -> Fact:
    """Return F12: disputes recur."""
    long = vary(scenario, weeks=LONG)

    def reduction(trace: Trace, scenario: Scenario) -> dict[str, NDArray[Any]]:
        grave = np.maximum(trace.weeks["provocation"], trace.weeks["response"]) >= FIRST_CRISIS
        return {"grave": grave & lived(trace), "weeks": trace.lived}

    found = observed(long, replicates, seed, reduction)
    waits, again, owner = _spells(found["grave"], found["weeks"])
    inside = again & (waits <= FIVE_YEARS)
    followed = (waits >= FIVE_YEARS) | inside
    rows = published.rows("icb_recurrence")
    shares = [float(row["share"]) for row in rows]
    whole = next(row for row in rows if row["era"] == "1918-2017")
    return as_stated(
        "F12",
        Recorded(float(whole["share"]), min(shares), max(shares), "0.45 to 0.53 by era (ICB v14)"),
        _share_within(waits, again) if len(waits) else Interval(None, None, None),
        ratios(*(np.bincount(owner, each, minlength=replicates) for each in (inside, followed))),
        f"{LONG} weeks, {replicates:,} replicates; crises {APART} weeks apart or more; "
        "Kaplan-Meier. ICB's crises are of states, graver and rarer than a week on rung 4",
    )


def _share_within(waits: Ints, again: Flags) -> Interval:
    """Return the share of quiet spells that a crisis ends within five years (Kaplan-Meier)."""
    curve = survival(waits, again)
    place = int(np.searchsorted(curve.weeks, FIVE_YEARS, side="right")) - 1
    if place < 0:
        return Interval(0.0, None, None)
    left = (curve.share[place], curve.high[place], curve.low[place])
    return Interval(*(1 - float(share) for share in left))


def _spells(grave: Flags, weeks: Ints) -> tuple[Ints, Flags, Ints]:
    """Return the quiet spells after crises: their length, whether a crisis ended them, whose.

    War ends a replicate in a grave week of its own, which counts as a crisis.
    """
    waits, again, owner = [], [], []
    for row, marks in enumerate(grave):
        crises = np.flatnonzero(marks)
        following = np.append(crises, weeks[row] - 1)[1:]  # of the last one, the last week
        far = following - crises >= APART
        waits.append((following - crises)[far])
        again.append((np.arange(len(crises)) < len(crises) - 1)[far])
        owner.append(np.full(far.sum(), row))
    return np.concatenate(waits), np.concatenate(again), np.concatenate(owner)

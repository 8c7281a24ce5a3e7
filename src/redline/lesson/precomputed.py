"""What is simulated when a lesson is built, so that the page shows it without waiting.

A map of war and of provocation over what open war costs both sides, a tornado of what moves
either, and how many wars there are with free agents and with loyal ones.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np

from redline.case import Scenario, parameter_at, value_at, vary
from redline.lesson.browser import knobs
from redline.results import mean_interval, simulate
from redline.theory import FIRST_ATTACK, Outcome

COSTS = ("united_states.commitment", "iran.proxy_loss", "iran.revenue_exposure")
"""What open war costs both sides (¶24, 26)."""
FRONTIER = (COSTS[:1], COSTS[1:])
"""What is multiplied across the map, and upward: Washington's cost of war, and Iran's."""
TIMES = tuple(step / 6 for step in range(9))
BASE = 6
"""The place of × 1 among `TIMES`."""
LOYALTY = "militias.loyalty"
COST_OF_LOYALTY = 0.5
"""Of the cost of war, where loyalty is asked about."""
PAIRS_PER_CELL = 5
"""Pairs of replicates with free agents and with loyal ones, for each replicate of a cell."""
MOST_BARS = 10
SHARES = ("war", "provoked")
"""What is told of a cell of the map and of an end of a bar, in the order of `_shares`."""


def simulated(scenario: Scenario, replicates: int) -> list[tuple[Scenario, int]]:
    """Return what is simulated for the map, the bars and what loyalty does, to be checked."""
    cells, ends = len(TIMES) ** 2, 1 + 2 * len(_single_numbers(scenario))
    return [(scenario, PAIRS_PER_CELL * replicates), (scenario, (cells + ends) * replicates)]


def value_or_default(scenario: Scenario, address: str) -> float:
    """Return a value of a scenario; where it is nothing, the default, so that it can turn."""
    return (
        float(value_at(scenario.document, address))
        or parameter_at(scenario.document, address).default
    )


def frontier(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return both shares over what war costs Washington and what it costs Iran."""
    values = {address: value_or_default(scenario, address) for address in COSTS}
    across, upward = FRONTIER
    shares = []
    for row, column in product(TIMES, repeat=2):
        times = dict.fromkeys(across, column) | dict.fromkeys(upward, row)
        cell = vary(scenario, {address: values[address] * times[address] for address in COSTS})
        shares.append(_shares(cell, replicates, seed))
    return {
        "times": [round(step, 4) for step in TIMES],
        "base": BASE * len(TIMES) + BASE,
        "own": all(values[address] == value_at(scenario.document, address) for address in COSTS),
        **dict(zip(SHARES, zip(*shares, strict=True), strict=True)),
        "n": replicates,
        "seed": seed,
        "weeks": scenario.weeks,
    }


def loyalty_effect(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return how many wars there are with free agents and with loyal ones, paired.

    War costs both sides half as much: where it costs what it does there may be none. Five
    times as many pairs are simulated as there are replicates in a cell of the map.
    """
    n = PAIRS_PER_CELL * replicates
    value = value_or_default(scenario, LOYALTY)
    cheaper = vary(scenario, {a: COST_OF_LOYALTY * value_or_default(scenario, a) for a in COSTS})
    free, bound = (
        simulate(vary(cheaper, {LOYALTY: loyalty}), n, seed).column("class")
        == Outcome.CONFRONTATION
        for loyalty in (0.0, value)
    )
    difference = free.astype(float) - bound
    return {
        "value": value,
        "n": n,
        "free": float(free.mean()),
        "bound": float(bound.mean()),
        "difference": mean_interval(difference),
    }


def tornado(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return what either share becomes at both ends of each parameter's plausible range."""
    base = _shares(scenario, replicates, seed)
    rows: dict[str, list[dict[str, Any]]] = {key: [] for key in SHARES}
    for address in _single_numbers(scenario):
        ends = parameter_at(scenario.document, address).plausible
        at = [_shares(vary(scenario, {address: end}), replicates, seed) for end in ends]
        for key, (low, high) in zip(SHARES, zip(*at, strict=True), strict=True):
            rows[key].append({"address": address, "low": low, "high": high})
    told = {
        key: {"base": share, "rows": _longest(rows[key])}
        for key, share in zip(SHARES, base, strict=True)
    }
    return {"n": replicates, **told}


def _shares(scenario: Scenario, replicates: int, seed: int) -> tuple[float, float]:
    """Return the share of replicates that end in war, and of weeks at risk with an attack."""
    results = simulate(scenario, replicates, seed)
    weeks = results.measures["provocation_weeks"].sum(axis=0)
    war = np.mean(results.column("class") == Outcome.CONFRONTATION)
    return round(float(war), 4), round(float(weeks[FIRST_ATTACK:].sum() / weeks.sum()), 4)


def _longest(rows: Iterable[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    return sorted(rows, key=lambda row: -abs(row["high"] - row["low"]))[:MOST_BARS]


def _single_numbers(scenario: Scenario) -> list[str]:
    """Return the addresses of the model's parameters: no factions, rungs, sites or dates."""
    return [
        knob["address"]
        for knob in knobs(scenario)
        if knob["address"].count(".") == 1 and not knob["integer"]
    ]

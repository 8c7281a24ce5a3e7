"""What claims are about: totals of every replicate, from measures and from its weeks.

A scenario is simulated block by block, and each block is reduced to a few numbers a replicate at
once, so memory stays flat. Replicates of the same numbers share their chance in all arms.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.argument.verdicts import Totals
from redline.case import Scenario
from redline.engine import Trace, measure, trace_size
from redline.results import (
    column_of,
    find_measure,
    measure_names,
    open_engine,
    warm_up,
)
from redline.support import InputError, nearest, processors
from redline.theory import FIRST_ATTACK, FIRST_CRISIS, Response

WEEKS_A_YEAR = 365.25 / 7

Arrays = dict[str, NDArray[Any]]
Reduction = Callable[[Trace, Scenario], Arrays]
"""From the trace of a block to arrays whose first axis is the replicate."""


def observed(
    scenario: Scenario, replicates: int, seed: int, reduction: Reduction, workers: int | None = None
) -> Arrays:
    """Simulate a scenario and return what a reduction makes of its replicates: (R, …) arrays."""
    warm_up()
    size = trace_size(scenario)
    blocks = [(n, min(size, replicates - n)) for n in range(0, replicates, size)]
    runner = open_engine(scenario, seed, "batch")

    def work(block: tuple[int, int]) -> Arrays:
        return reduction(runner.run(*block, moves=False), scenario)

    pool = ThreadPoolExecutor(workers or processors(), thread_name_prefix="redline")
    try:
        found = list(pool.map(work, blocks))
    finally:
        runner.stop()
        pool.shutdown(wait=True, cancel_futures=True)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def lived(trace: Trace) -> NDArray[np.bool_]:
    """Return which weeks were lived: (R, W)."""
    mask: NDArray[np.bool_] = trace.lived[:, None] > np.arange(trace.weeks.shape[1])
    return mask


# Measures


def _attack_weeks(trace: Trace) -> NDArray[np.bool_]:
    return (trace.weeks["provocation"] >= FIRST_ATTACK) & lived(trace)


def _contained(trace: Trace, scenario: Scenario) -> Totals:
    attacks = _attack_weeks(trace)
    grave = (trace.weeks["provocation"] >= FIRST_CRISIS) | (trace.weeks["response"] >= FIRST_CRISIS)
    return (attacks & ~grave).sum(axis=1), attacks.sum(axis=1)


def _measured(trace: Trace, scenario: Scenario) -> Totals:
    attacks = _attack_weeks(trace)
    mild = trace.weeks["response"] < Response.STRIKE
    return (attacks & mild).sum(axis=1), attacks.sum(axis=1)


def _exposure(trace: Trace, scenario: Scenario) -> Totals:
    """Exposure of the attacked sites over that of sites chosen at random in reach."""
    sites = trace.weeks["sites"].astype(np.float64).sum(axis=1)
    exposure = np.array([site.exposure for site in scenario.sites])
    means = trace.weeks["attacks"][:, :, :2].astype(np.float64).sum(axis=1)
    masks = [np.array([mask >> s & 1 for s in range(len(exposure))]) for mask in scenario.reachable]
    random = np.array([(exposure * mask).sum() / mask.sum() for mask in masks])
    return sites @ exposure, means @ random


def _wars(trace: Trace, scenario: Scenario) -> Totals:
    return trace.over, trace.lived / WEEKS_A_YEAR


WEEKLY: dict[str, Callable[[Trace, Scenario], Totals]] = {
    "contained": _contained,
    "measured": _measured,
    "exposure": _exposure,
    "wars_a_year": _wars,
}
"""Measures that no column has: attack weeks below rung 4 on both ladders; attack weeks answered
below a strike; exposure of attacked sites against random choice in reach; the hazard of war."""


def check_measure(name: str) -> None:
    """Check that a measure exists.

    Raises
    ------
    InputError
        If it does not, with the nearest that does.
    """
    if name not in WEEKLY and name not in measure_names():
        raise InputError(f"no measure {name}{nearest(name, [*WEEKLY, *measure_names()])}")


def totals_of(names: Sequence[str]) -> Reduction:
    """Return the reduction of a trace to NAME.numerator and NAME.denominator of measures."""

    def reduction(trace: Trace, scenario: Scenario) -> Arrays:
        found: Arrays = {}
        measures = measure(trace).measures
        for name in names:
            if name in WEEKLY:
                totals = WEEKLY[name](trace, scenario)
            else:
                about = find_measure(name)
                table = {need: column_of(measures, need) for need in about.needs}
                totals = about.numerator(table), about.denominator(table)
            found[f"{name}.numerator"], found[f"{name}.denominator"] = totals
        return found

    return reduction

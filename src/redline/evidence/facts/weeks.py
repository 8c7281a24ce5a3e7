"""The weeks of every replicate and of the record, as far as the stylised facts look at them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument import lived, observed
from redline.case import Scenario
from redline.engine import BatchEngine, Trace
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import scored_moves
from redline.evidence.recorded.known import Record
from redline.evidence.recorded.published import Count
from redline.theory import Actor, Response

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[NDArray[Any], NDArray[Any]]
"""Of every replicate, how many of how many, or a numerator and a denominator: (R,) each."""


class Weekly(NamedTuple):
    """Weeks of every replicate: (R, W) each, nothing in weeks that were not simulated.

    Small integers: a replicate takes about a kilobyte.
    """

    simulated: Flags
    """Not those after a war."""
    war: Flags
    """(R,)"""
    attacks: Ints
    fatal: Ints
    crossings: Ints
    response: Ints
    talks: Ints
    drones: Ints

    @property
    def strikes(self) -> Flags:
        """Which weeks were answered by force."""
        return self.response >= Response.STRIKE

    def counted(self, counts: NDArray[Any], count: Count) -> Floats:
        """Return the sum over the days of a published count, weeks at its ends by their share."""
        first, last = count.weeks
        return np.asarray(counts[:, first:last] @ np.array(count.shares), np.float64)


def weeks_of(trace: Trace) -> Weekly:
    """Return the weeks of a block of replicates."""
    attacks = trace.weeks["attacks"]
    return Weekly(
        simulated=lived(trace),
        war=trace.over == 1,
        attacks=attacks.sum(axis=2).astype(np.int16),
        drones=attacks[:, :, 1].copy(),
        **{name: trace.weeks[name].copy() for name in ("fatal", "crossings", "response", "talks")},
    )


def together(blocks: Sequence[Weekly]) -> Weekly:
    """Return the weeks of several blocks as those of one."""
    return Weekly(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def weeks_at(engine: BatchEngine, numbers: Ints) -> Weekly:
    """Return the weeks of replicates by their numbers; few of their traces are held at once."""
    return together([weeks_of(trace) for trace in engine.traces(numbers)])


def any_within(weeks: Flags, after: int, including: bool) -> Flags:
    """Return for each week whether something comes in it (if `including`) or the next ones."""
    coming = weeks.copy() if including else np.zeros_like(weeks)
    for lag in range(1, after + 1):
        coming[:, :-lag] |= weeks[:, lag:]
    return coming


def weekly(scenario: Scenario, replicates: int, seed: int, workers: int | None = None) -> Weekly:
    """Simulate replicates of a scenario and return their weeks."""

    def reduction(trace: Trace, scenario: Scenario) -> dict[str, NDArray[Any]]:
        return weeks_of(trace)._asdict()

    return Weekly(**observed(scenario, replicates, seed, reduction, workers))


# Of the record: (112,) each


def listed_weeks(known: Record) -> Ints:
    """Return the listed attacks of each week."""
    weeks = np.array([event.week for event in known.attacks], np.int64)
    return np.bincount(weeks, minlength=published.WEEKS)


def listed_marks(known: Record) -> tuple[Flags, Flags, Flags]:
    """Return in which weeks the list has an attack, a death, an answer by force."""
    attacked, fatal, struck = np.zeros((3, published.WEEKS), bool)
    for move in scored_moves(known.events):
        if move.actor is Actor.MILITIAS:
            attacked[move.week] = True
            fatal[move.week] |= move.killed
        else:
            struck[move.week] |= move.rung >= Response.STRIKE
    return attacked, fatal, struck

"""The trace: what happened in a block of replicates, from either engine; and one choice of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from redline.case import Scenario
from redline.engine.native.compiled import compiled_entries
from redline.theory import (
    FREE,
    LANES,
    Counts,
    Events,
    Measures,
    Move,
    Records,
    Row,
    State,
    Sums,
    Week,
    WeekCounts,
    logit_weights,
    new_records,
    pick,
    tally_block,
    total,
)


@dataclass(frozen=True)
class Trace:
    """What happened in a block of replicates, week by week.

    Attributes
    ----------
    first : number of the first replicate
    lived : (R,) weeks simulated
    over : (R,) 1 where the replicate ended in open confrontation
    weeks : (R, W) `Week`
    moves : (R, W, N) `Move`; no weeks unless asked for
    capability : (R, W, F) κ at the end of each week; no weeks unless asked for
    """

    first: int
    lived: Counts
    over: Counts
    weeks: Records
    moves: Records
    capability: Row


def new_trace(scenario: Scenario, first: int, replicates: int, moves: bool) -> Trace:
    """Return room for the trace of a block; with `moves`, for every militia's too."""
    detail = scenario.weeks if moves else 0
    trace = Trace(
        first=first,
        lived=np.zeros(replicates, np.int64),
        over=np.zeros(replicates, np.int64),
        weeks=new_records(Week, replicates, scenario.weeks),
        moves=new_records(Move, replicates, detail, len(scenario.members)),
        capability=np.zeros((replicates, detail, len(scenario.factions))),
    )
    trace.moves["site"] = FREE
    return trace


class Tally(NamedTuple):
    """A block's measures: (R,) `Measures`, and (W,) `WeekCounts`."""

    first: int
    measures: Records
    counts: Records


def measure(trace: Trace) -> Tally:
    """Return the measures of a block by its trace, from either engine."""
    measures = new_records(Measures, len(trace.lived))
    counts = new_records(WeekCounts, trace.weeks.shape[1])
    sums = new_records(Sums, 1)
    compiled_entries()[tally_block](
        trace.lived, trace.over, trace.weeks, new_records(State, 1), new_records(Events, 1),
        sums, rows_of(sums), measures, counts,
    )  # fmt: skip
    return Tally(trace.first, measures, counts)


def rows_of(records: Records) -> Counts:
    """Return the rows of lanes of some records as numbers, in the same memory: (G, …, L)."""
    return records.view(np.int64).reshape(len(records), -1, LANES)


class Choice(NamedTuple):
    """One choice among the rungs, with everything that it rested on; (K,) unless scalar."""

    terms: list[tuple[float, ...]]
    """The named terms of each rung's utility."""
    utilities: list[float]
    allowed: int
    """Bit mask of the rungs that were open."""
    weights: list[float]
    """Logit weights, 0 where not open."""
    weight_sum: float
    draw: float
    rung: int
    """What was chosen, or forced."""
    forced: bool


def choice_among(
    terms: list[tuple[float, ...]],
    allowed: int,
    watched: int,
    rationality: float,
    draw: float,
    forced: int | None,
) -> tuple[Choice, int]:
    """Return the forced rung, else a logit choice among the allowed ones; and what it bars.

    A rung that is `watched`, barred from its first choice on, is barred here, at its first
    choice, and the choice made anew. Both are bit masks.
    """
    utilities = [total(worth) for worth in terms]
    barred = 0
    while True:
        weights = logit_weights(utilities, allowed, rationality)
        rung = pick(weights, draw)
        if forced is not None or not (watched & allowed) >> rung & 1:
            break
        barred |= 1 << rung
        allowed &= ~(1 << rung)
    rung = rung if forced is None else forced
    is_forced = forced is not None
    return Choice(
        terms, utilities, allowed, list(weights), total(weights), draw, rung, is_forced
    ), barred

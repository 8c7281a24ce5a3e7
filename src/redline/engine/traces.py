"""The trace: what happened in a block of replicates, from either engine."""

from dataclasses import dataclass

import numpy as np

from redline.case import Scenario
from redline.theory import FREE, Counts, Move, Records, Row, Week, new_records


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


def has_room(trace: Trace, scenario: Scenario, replicates: int) -> bool:
    """Return whether a trace without moves has the shape of a block, to be written over."""
    same_block = trace.weeks.shape == (replicates, scenario.weeks)
    same_cast = trace.moves.shape == (replicates, 0, len(scenario.members))
    return same_block and same_cast and trace.capability.shape[2] == len(scenario.factions)

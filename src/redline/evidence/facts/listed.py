"""The weeks of the record, as far as the stylised facts look at them: (112,) each."""

import numpy as np

from redline.evidence.facts.weeks import Flags, Ints
from redline.evidence.record import published
from redline.evidence.record.coding import scored_moves
from redline.evidence.record.published import Record
from redline.theory import Actor, Response


def listed_weeks(known: Record) -> Ints:
    """Return the listed attacks of each week."""
    weeks = [event.week for event in known.attacks]
    return np.bincount(weeks, minlength=published.WEEKS).astype(np.int64)


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

"""The weeks in which what comes is counted: of the record, and of every history."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.evidence.facts.weeks import Floats, Weekly
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import code_event
from redline.evidence.recorded.events import Event
from redline.evidence.recorded.known import record_of
from redline.evidence.recorded.published import Count
from redline.theory import Actor, Response


class Window(NamedTuple):
    """The weeks [first, last) in which a quantity is counted; the days of a published count."""

    first: int
    last: int
    published: Count | None = None

    @property
    def weeks(self) -> float:
        """How many weeks its days are."""
        return sum(self.published.shares) if self.published else float(self.last - self.first)


def windows_of(
    quantity: str,
    days: tuple[date, date],
    weeks: tuple[int, int],
    events: Sequence[Event] | None,
    counts: Sequence[Count],
) -> list[Window]:
    """Return the weeks in which a quantity is counted: all that are ahead.

    Attacks only where a count of them lies in the past; without events of what came, in the
    windows of the counts that lie ahead.
    """
    until, end = days
    if quantity == "attacks" and not any(count.last <= until for count in counts):
        return []
    if quantity != "attacks" or events is not None:
        return [Window(*weeks)]
    ahead = (count for count in counts if until < count.first and count.last <= end)
    return [Window(*count.weeks, count) for count in ahead]


def happened_in(quantity: str, window: Window, events: Sequence[Event] | None) -> int:
    """Return what came of a quantity."""
    if window.published:
        return window.published.attacks
    known, weeks = record_of(events).events, range(window.first, window.last)
    came = [e for e in known if e.is_certain and e.date >= published.START and e.week in weeks]
    if quantity == "attacks":
        return sum(event.is_attack for event in came)
    moves = [move for move in map(code_event, came) if move]
    if quantity == "strikes":
        answers = [move for move in moves if move.actor is Actor.UNITED_STATES]
        return len({move.week for move in answers if move.rung >= Response.STRIKE})
    return sum(move.killed for move in moves if move.actor is Actor.MILITIAS)


def counted_in(found: Weekly, quantity: str, window: Window, rng: np.random.Generator) -> Floats:
    """Return what came of a quantity in every history: (R,).

    Of a week that lies in part in a published count, every attack does by chance.
    """
    columns = {"attacks": found.attacks, "strikes": found.strikes, "fatal attacks": found.fatal}
    counts: NDArray[Any] = columns[quantity]
    inside = counts[:, window.first : window.last].astype(np.int64)
    for week, share in enumerate(window.published.shares if window.published else ()):
        if share < 1:
            inside[:, week] = rng.binomial(inside[:, week], share)
    return np.asarray(inside.sum(axis=1), np.float64)

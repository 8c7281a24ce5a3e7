"""The record as moves: which actor took which rung in which week, by the coding table.

The table (``data/coding.csv``) is data, to be read and disputed; the first row that fits an
event counts. Rows of the field ``place`` look into the target, and give its site.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from redline.evidence.recorded import published
from redline.evidence.recorded.events import Event, coded
from redline.theory import SITES, Actor, Provocation, Response


class CodedEvent(NamedTuple):
    """An event of the record as a move of the model.

    `militia` and `site` are names, None for a response; a place that is none of the model's
    sites has no site.
    """

    event: Event
    actor: Actor
    rung: int
    site: str | None
    militia: str | None
    killed: bool

    @property
    def week(self) -> int:
        """The week that it falls into."""
        return self.event.week


def code_event(event: Event) -> CodedEvent | None:
    """Return an event as a move; None for one that is no move of the model's."""
    if event.is_american:
        rung = coded(event, "response")
        if rung is None:
            return None
        answer = Response[rung.upper()].value
        return CodedEvent(event, Actor.UNITED_STATES, answer, None, None, False)
    rung = coded(event, "provocation")
    if rung is None or not event.is_by_militia:
        return None
    site = coded(event, "site") if rung in ("rockets", "drones") else None
    site, militia = site if site in SITES else None, coded(event, "militia")
    attack = Provocation[rung.upper()].value
    return CodedEvent(event, Actor.MILITIAS, attack, site, militia, event.killed > 0)


@cache
def coded_events() -> tuple[CodedEvent, ...]:
    """Return the scored events of the record as moves, in order."""
    return scored_moves(published.events())


def scored_moves(events: Sequence[Event]) -> tuple[CodedEvent, ...]:
    """Return the scored ones of some events as moves, in order."""
    found = (code_event(event) for event in events if event.is_scored)
    return tuple(move for move in found if move is not None)


def rungs_by_week(actor: Actor, moves: Sequence[CodedEvent] | None = None) -> list[int]:
    """Return the highest rung of an actor in each of the 112 weeks, 0 where none is listed."""
    highest = [0] * published.WEEKS
    for move in coded_events() if moves is None else moves:
        if move.actor is actor:
            highest[move.week] = max(highest[move.week], move.rung)
    return highest


def forced_moves(
    militias: Sequence[str], moves: Sequence[CodedEvent] | None = None
) -> list[dict[str, Any]]:
    """Return the record as ``[[force]]`` tables: every actor but Iran, in every week.

    A militia that is not among `militias` stands for the last of them. A militia moves once a
    week: what else happened in a week falls to the next one up the list that has not moved.
    Where nothing is listed, militias are quiet and the United States is silent.
    """
    found: list[dict[str, Any]] = []
    listed = coded_events() if moves is None else moves
    for week in range(published.WEEKS):
        here = [move for move in listed if move.week == week]
        answer = max((m.rung for m in here if m.actor is Actor.UNITED_STATES), default=0)
        found.append(
            {"week": week, "actor": "united_states", "rung": Response(answer).name.lower()}
        )
        taken: dict[str, CodedEvent] = {}
        # The gravest first, so that it is the one that its author is held to.
        attacks = [move for move in here if move.actor is Actor.MILITIAS]
        for move in sorted(attacks, key=lambda m: (m.militia not in militias, -m.rung, -m.killed)):
            free = [name for name in reversed(militias) if name not in taken]
            own = move.militia if move.militia in free else None
            if own or free:
                taken[own or free[0]] = move
        for name in militias:
            quiet: dict[str, Any] = {"week": week, "actor": name, "rung": "quiet"}
            done = taken.get(name)
            if done:
                rung = Provocation(done.rung).name.lower()
                quiet |= {"rung": rung, "kill": done.killed}
                if done.site:
                    quiet["site"] = done.site
            found.append(quiet)
    return found


def months(first: date, last: date) -> list[date]:
    """Return the first days of the months from one day to another."""
    after = np.datetime64(last, "M") + np.timedelta64(1, "M")
    whole = np.arange(np.datetime64(first, "M"), after, np.timedelta64(1, "M"))
    return [day.item() for day in whole.astype("datetime64[D]")]

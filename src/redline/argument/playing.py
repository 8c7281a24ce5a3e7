"""Playing a seat: a game is a list of moves, and what came of them.

The moves of the seat are forced; everybody else is free, under the chance of one replicate.
Whatever a player has seen before a choice does not depend on that choice, so the coming week
is simulated with the seat free, to show what it answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from redline.argument.explanation import explain_week
from redline.argument.reasons import ActorExplanation, Explanation
from redline.argument.stories import reach_before
from redline.case import Scenario, drawn, vary
from redline.engine import BatchEngine, Block, Trace, encode
from redline.support import InputError, nearest, whole
from redline.theory import RUNGS, Actor, Records, rung_names, seed_key

FUTURES = 100
FIRST_FUTURE = 1_000_000
"""Futures take their chance from the replicates beyond this one."""
YEAR = 52


@dataclass(frozen=True)
class Standing:
    """What a game, or the computer's, has come to."""

    weeks: int
    war: bool
    attacks: int
    deaths: int
    """Attacks that killed."""
    strikes: int
    """Weeks with an American strike or more."""
    peak_leverage: float


@dataclass(frozen=True, repr=False)
class GameState:
    """A seat of a scenario in the hands of a player, after some moves.

    Attributes
    ----------
    scenario : the whole world, of which `weeks` weeks are played
    seat : `Actor.UNITED_STATES` or `Actor.IRAN`
    moves : the rung that the player took in each week so far
    """

    scenario: Scenario
    seat: Actor
    weeks: int
    seed: int = 1
    moves: tuple[int, ...] = ()
    replicate: int = 0

    def __post_init__(self) -> None:
        """Check that the game can be played.

        Raises
        ------
        InputError
            If the scenario has fewer weeks than are to be played.
        """
        if not 1 <= self.weeks <= self.scenario.weeks:
            raise InputError(
                f"a game of {self.scenario.name} has 1 to {self.scenario.weeks} weeks, "
                f"not {self.weeks}"
            )

    @cached_property
    def world(self) -> Scenario:
        """The scenario over the weeks of the game, with the moves so far."""
        return self._with_moves(self.moves, self.weeks)

    def _with_moves(self, moves: Sequence[int], weeks: int) -> Scenario:
        """Return the scenario over some weeks, this seat's moves forced in place of its own."""
        own = drawn(self.scenario, self.seed, self.replicate)
        if own.weeks != weeks:
            own = vary(own, weeks=weeks)
        seat, rungs = self.seat.name.lower(), rung_names(self.seat)
        others = [move for move in own.document["force"] if move["actor"] != seat]
        mine = [
            {"actor": seat, "week": week, "rung": rungs[rung]} for week, rung in enumerate(moves)
        ]
        return own.with_document({**own.document, "force": others + mine})

    @cached_property
    def trace(self) -> Trace:
        """The moves so far, and then what the computer would have done in the seat."""
        return BatchEngine(self.world, self.seed).run(self.replicate, 1, moves=True)

    @property
    def week(self) -> int:
        """Number of the week that comes next."""
        return len(self.moves)

    @property
    def war(self) -> bool:
        """Whether the moves so far have ended in open confrontation."""
        return bool(self.trace.over[0]) and int(self.trace.lived[0]) <= self.week

    @property
    def done(self) -> bool:
        """Whether there is nothing left to choose."""
        return self.war or self.week >= self.weeks

    @property
    def played(self) -> Records:
        """(W,) the `Week` records that are past."""
        rows: Records = self.trace.weeks[0, : self.week]
        return rows

    @property
    def allowed(self) -> int:
        """Bit mask of the rungs that are open to the seat now."""
        return self.world.allowed(self.seat, min(self.week, self.weeks - 1))

    def reach(self, week: int) -> int:
        """Return the rungs for which some militia had the arms in a week, as a bit mask."""
        return reach_before(self.world, self.trace, week)

    def move(self, rung: int | str) -> Self:
        """Return the game after one more move: a rung's name, or its number.

        Raises
        ------
        InputError
            If the game is over, or there is no such rung, or it is not open.
        """
        if self.done:
            raise InputError("the game is over")
        names = rung_names(self.seat)
        if isinstance(rung, str):
            if rung not in names:
                raise InputError(f"no rung {rung}{nearest(rung, names)}")
            rung = names.index(rung)
        rung = whole("rung", rung)
        if not 0 <= rung < RUNGS or not (self.allowed >> rung) & 1:
            raise InputError(f"rung {rung} is not open in week {self.week + 1}")
        return replace(self, moves=(*self.moves, rung))

    def options(self) -> ActorExplanation:
        """Return what every rung is worth to the seat in the week that comes."""
        world = self._with_moves((*self.moves, 0), self.weeks)  # what is forced is weighed too
        seat = self.seat.name.lower()
        return explain_week(world, self.replicate, self.week, self.seed, seat).actors[0]

    def why(self, week: int) -> Explanation:
        """Explain a week that has been played.

        Raises
        ------
        InputError
            If it has not been.
        """
        week = whole("week", week)
        if not 0 <= week < self.week:
            played = f"0 … {self.week - 1}" if self.week else "none yet"
            raise InputError(f"week {week} has not been played; played: {played}")
        return explain_week(self.world, self.replicate, week, self.seed)

    def wars_ahead(self) -> int:
        """Return how many of a hundred futures from here come to war within a year.

        The computer plays on in the seat; each future has the chance of a replicate of its
        own from now on.
        """
        end = self.week + YEAR
        world = self._with_moves(self.moves, end)
        encoded, key = encode(world), seed_key(whole("seed", self.seed))
        lead = Block(encoded, key, 1, self.replicate)
        lead.advance(0, self.week)
        crowd = Block(encoded, key, FUTURES, FIRST_FUTURE)
        crowd.take(lead, np.zeros(FUTURES, np.int64))
        crowd.advance(self.week, end)
        return int(crowd.value("over").sum())

    def standing(self) -> Standing:
        """Return what the moves so far have come to."""
        return _standing(self.played, self.war)

    def computer(self) -> Standing:
        """Return what came of the same crisis with the computer in the seat."""
        trace = replace(self, moves=()).trace
        return _standing(trace.weeks[0, : int(trace.lived[0])], bool(trace.over[0]))


def _standing(weeks: Records, war: bool) -> Standing:
    return Standing(
        weeks=len(weeks),
        war=war,
        attacks=int(weeks["attacks"].sum()),
        deaths=int(weeks["fatal"].sum()),
        strikes=int((weeks["response"] >= 3).sum()),
        peak_leverage=float(weeks["leverage"].max()) if len(weeks) else 0.0,
    )

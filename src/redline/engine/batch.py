"""The batch engine: blocks of replicates through the compiled week loop.

Same rules, same order, same bits as the Mesa model; never imports Mesa.
"""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import NamedTuple

import numpy as np

from redline.case import Scenario
from redline.engine.compiled import compiled_functions
from redline.engine.traces import Trace, new_trace
from redline.support import whole
from redline.theory import (
    FREE,
    SITES,
    Actor,
    Counts,
    Faction,
    Key,
    Move,
    Now,
    Plan,
    Records,
    Stance,
    State,
    advance,
    dtype_of,
    logit_weights,
    new_records,
    seed_key,
)

BLOCK_DECISIONS = 500_000
"""Decisions in a block: about 20 ms, and a trace that stays in cache."""


class Encoded(NamedTuple):
    """A scenario in the arrays that the week loop reads; see `redline.theory.week.advance`."""

    plan: Records
    schedule: Records
    multipliers: Records
    factions: Counts
    script: Records


def encode(scenario: Scenario) -> Encoded:
    """Return a scenario as arrays."""
    return Encoded(
        plan=_plan(scenario),
        schedule=_schedule(scenario),
        multipliers=np.array(list(scenario.factions), dtype_of(Faction)),
        factions=np.array([member.faction for member in scenario.members], np.int64),
        script=_script(scenario),
    )


def _plan(scenario: Scenario) -> Records:
    plan = new_records(Plan, 1)
    for name in ("united_states", "iran", "militias", "learning", "environment"):
        plan[name] = tuple(getattr(scenario, name))
    for name, column in (
        ("severity", "severity"),
        ("lethality", "lethality"),
        ("required", "capability"),
    ):
        plan[name] = [getattr(rung, column) for rung in scenario.provocations]
    for name in ("force", "cost"):
        plan[name] = [getattr(rung, name) for rung in scenario.responses]
    plan["prior"] = scenario.prior
    plan["opportunity"] = scenario.opportunity
    plan["exposure"] = [site.exposure for site in scenario.sites]
    plan["reachable"] = scenario.reachable
    plan["watched"] = [scenario.watched(actor) for actor in Actor]
    for means, mask in enumerate(scenario.reachable):
        weights = [0.0] * len(SITES)
        plan["site_sum"][0, means] = logit_weights(
            scenario.site_utilities, len(SITES), mask, scenario.militias.targeting, weights
        )
        plan["site_weights"][0, means] = weights
    return plan


def _schedule(scenario: Scenario) -> Records:
    schedule = new_records(Now, scenario.weeks)
    schedule["drivers"] = [tuple(drivers) for drivers in scenario.drivers_by_week]
    for actor in Actor:
        schedule["allowed"][:, actor] = [
            scenario.allowed(actor, week) for week in range(scenario.weeks)
        ]
    schedule["directive"] = schedule["response"] = FREE
    for move in scenario.forced:
        if move.actor is Actor.UNITED_STATES:
            schedule["response"][move.week] = move.rung
        elif move.actor is Actor.IRAN:
            schedule["directive"][move.week] = move.rung
    return schedule


def _script(scenario: Scenario) -> Records:
    moves = [move for move in scenario.forced if move.militia is not None]
    if not moves:
        return new_records(Move, 0, 0)
    script = new_records(Move, scenario.weeks, len(scenario.members))
    for name in ("rung", "site", "killed"):
        script[name] = FREE
    for move in moves:
        site = FREE if move.site is None else move.site
        killed = FREE if move.killed is None else int(move.killed)
        script[move.week, move.militia] = (move.rung, site, killed)
    return script


def block_size(scenario: Scenario) -> int:
    """Return how many replicates a block holds."""
    return max(1, BLOCK_DECISIONS // (scenario.weeks * (len(scenario.members) + 2)))


class Block:
    """Replicates of a block on their way: what they carry from week to week, and their trace.

    Attributes
    ----------
    states : (R,) `State` records
    stances : (R, F) `Stance` records
    """

    def __init__(self, encoded: Encoded, key: Key, trace: Trace, first: int) -> None:
        replicates = len(trace.lived)
        self.states = new_records(State, replicates)
        self.stances = new_records(Stance, replicates, len(encoded.multipliers))
        self.trace = trace
        self._encoded = encoded
        self._key = key
        self._first = first
        self._chance = np.zeros((2, 2 + len(encoded.factions)))

    def advance(self, start: int, stop: int) -> None:
        """Live the weeks [start, stop)."""
        compiled_functions()[advance](
            self._encoded.plan[0],
            self._encoded.schedule,
            self._encoded.multipliers,
            self._encoded.factions,
            self._encoded.script,
            self._chance,
            self._key,
            self._first,
            start,
            stop,
            self.states,
            self.stances,
            self.trace.weeks,
            self.trace.moves,
            self.trace.capability,
        )

    def lived(self) -> Trace:
        """Return the trace of what was lived so far."""
        lived, over = self.states["lived"].copy(), self.states["over"].copy()
        return replace(self.trace, first=self._first, lived=lived, over=over)


class BatchEngine:
    """Run replicates of one scenario under one seed.

    Safe to share between threads: a block's arrays belong to its caller. `stopped` may be
    shared between engines; once set, it ends their runs early.
    """

    def __init__(self, scenario: Scenario, seed: int, stopped: Event | None = None) -> None:
        self.scenario = scenario
        self.key = seed_key(whole("seed", seed))
        self.encoded = encode(scenario)
        self._stopped = stopped or Event()

    def stop(self) -> None:
        """Make runs under way in other threads end early; what they return is of no use."""
        self._stopped.set()

    def run(
        self, first: int, replicates: int, moves: bool = False, into: Trace | None = None
    ) -> Trace:
        """Return the trace of the replicates [first, first + replicates).

        `into` is an earlier trace of the same shape to write over, which saves the cost of
        new memory. Long replicates are run in steps of weeks, between which an interrupt is
        answered.
        """
        block = Block(
            self.encoded,
            self.key,
            into or new_trace(self.scenario, first, replicates, moves),
            first,
        )
        for start, stop in self._steps(replicates):
            if self._stopped.is_set():
                break
            block.advance(start, stop)
        return block.lived()

    def _steps(self, replicates: int) -> Iterator[tuple[int, int]]:
        per_week = replicates * (len(self.scenario.members) + 2)
        stride = max(1, 2 * BLOCK_DECISIONS // per_week)
        for start in range(0, self.scenario.weeks, stride):
            yield start, min(self.scenario.weeks, start + stride)

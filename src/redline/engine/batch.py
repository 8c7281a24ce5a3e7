"""The batch engine: blocks of replicates through the compiled week loop.

Same rules, same order, same bits as the Mesa model; never imports Mesa.
"""

import operator
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from redline.case import (
    Scenario,
    drivers_by_week,
    open_rungs,
    reachable_sites,
    watched_rungs,
)
from redline.engine.compiled import compiled_entries
from redline.engine.traces import Trace, new_trace
from redline.support import whole
from redline.theory import (
    FREE,
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
    opportunity,
    prior_expectation,
    seed_key,
    site_terms,
    total,
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
    forced = any(move.actor is Actor.MILITIAS for move in scenario.forced)
    shape = (scenario.weeks, len(scenario.members)) if forced else (0, 0)
    script = new_records(Move, *shape)
    for name in ("rung", "site", "killed"):
        script[name] = FREE
    write_script(scenario, script.view(np.recarray))
    return Encoded(
        plan=np.array([plan_of(scenario)], dtype_of(Plan)),
        schedule=np.array(schedule_of(scenario), dtype_of(Now)),
        multipliers=np.array(list(scenario.factions), dtype_of(Faction)),
        factions=np.array([member.faction for member in scenario.members], np.int64),
        script=script,
    )


# What follows is translated for the browser, which encodes its own scenarios.


def plan_of(scenario: Scenario) -> Plan:
    """Return what a scenario fixes for all weeks."""
    worth = [total(site_terms(scenario.militias, site)) for site in scenario.sites]
    reachable = [reachable_sites(scenario.sites, 2 + means) for means in range(2)]
    weights = [[0.0 for _ in range(5)] for _ in range(2)]
    targeting = scenario.militias.targeting
    return Plan(
        united_states=scenario.united_states,
        iran=scenario.iran,
        militias=scenario.militias,
        learning=scenario.learning,
        environment=scenario.environment,
        provocations=list(scenario.provocations),
        responses=list(scenario.responses),
        sites=list(scenario.sites),
        prior=[prior_expectation(scenario, k) for k in range(6)],
        opportunity=opportunity(scenario.militias, len(scenario.members)),
        reachable=reachable,
        site_weights=weights,
        site_sum=[
            logit_weights(worth, 5, reachable[means], targeting, weights[means])
            for means in range(2)
        ],
        watched=[watched_rungs(scenario.forbidden, actor) for actor in range(3)],
    )


def schedule_of(scenario: Scenario) -> list[Now]:
    """Return what a scenario sets for each week: (W,)."""
    drivers = drivers_by_week(scenario.drivers, scenario.timeline, scenario.weeks)
    directives = forced_rungs(scenario, 1)
    responses = forced_rungs(scenario, 0)
    return [
        Now(
            drivers=drivers[week],
            allowed=[open_rungs(scenario.forbidden, actor, week) for actor in range(3)],
            directive=directives[week],
            response=responses[week],
        )
        for week in range(scenario.weeks)
    ]


def forced_rungs(scenario: Scenario, actor: int) -> list[int]:
    """Return the rung that an actor is forced to take in each week, or FREE: (W,)."""
    rungs = [FREE for _ in range(scenario.weeks)]
    for move in scenario.forced:
        if move.actor == actor:
            rungs[move.week] = move.rung
    return rungs


def write_script(scenario: Scenario, script: Any) -> None:
    """Write the moves that militias are forced to make, where all is FREE: (W, N) `Move`."""
    for move in scenario.forced:
        if move.actor == 2:
            forced = script[move.week, move.militia]
            forced.rung = move.rung
            forced.site = FREE if move.site is None else move.site
            forced.killed = FREE if move.killed is None else int(move.killed)


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
        self._first = operator.index(first)
        self._chance = np.zeros((2, 2 + len(encoded.factions)))

    def advance(self, start: int, stop: int) -> None:
        """Simulate the weeks [start, stop)."""
        weeks = operator.index(start), operator.index(stop)
        plan, *given = self._encoded
        chance = self._chance, self._key, self._first
        written = self.trace.weeks, self.trace.moves, self.trace.capability
        compiled_entries()[advance](
            plan[0], *given, *chance, *weeks, self.states, self.stances, *written
        )

    def simulated(self) -> Trace:
        """Return the trace of what was simulated so far."""
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
        first, replicates = operator.index(first), operator.index(replicates)
        trace = into or new_trace(self.scenario, first, replicates, moves)
        block = Block(self.encoded, self.key, trace, first)
        for start, stop in self._steps(replicates):
            if self._stopped.is_set():
                break
            block.advance(start, stop)
        return block.simulated()

    def _steps(self, replicates: int) -> Iterator[tuple[int, int]]:
        per_week = replicates * (len(self.scenario.members) + 2)
        stride = max(1, 2 * BLOCK_DECISIONS // per_week)
        for start in range(0, self.scenario.weeks, stride):
            yield start, min(self.scenario.weeks, start + stride)

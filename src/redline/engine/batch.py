"""The batch engine: blocks of replicates through the compiled week loop.

Same rules, same order, same bits as the Mesa model; never imports Mesa.
"""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import replace
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.case import (
    Scenario,
    drivers_by_week,
    open_rungs,
    reachable_sites,
    watched_rungs,
)
from redline.engine.native.compiled import compiled_entries
from redline.engine.traces import Tally, Trace, new_trace, rows_of
from redline.support import whole
from redline.theory import (
    FREE,
    LANES,
    RUNGS,
    Actor,
    Choices,
    Counts,
    Events,
    Key,
    Measures,
    Move,
    Multipliers,
    Now,
    Plan,
    Plans,
    Records,
    Row,
    Seen,
    State,
    Sums,
    Week,
    WeekCounts,
    advance,
    dtype_of,
    logit_weights,
    measure_block,
    new_records,
    opportunity,
    prior_expectation,
    seed_key,
    site_terms,
    total,
)

BLOCK_DECISIONS = 1_000_000
"""Decisions in a block, where that makes a group: about 20 ms."""
TRACE_DECISIONS = 500_000
"""Decisions of which traces are held at once."""
STEP_DECISIONS = 2_000_000
"""Decisions between which an interrupt is answered, where that makes a week of a group."""


class Encoded(NamedTuple):
    """A scenario in the arrays that the week loop reads; see `redline.theory.week.advance`."""

    plans: Records
    schedules: Records
    multipliers: Records
    factions: Counts
    script: Records


def encode(scenario: Scenario) -> Encoded:
    """Return a scenario as arrays."""
    forced = any(move.actor is Actor.MILITIAS for move in scenario.forced)
    script = new_records(Move, scenario.weeks if forced else 0, len(scenario.members))
    for name in ("rung", "site", "killed"):
        script[name] = FREE
    write_script(scenario, script.view(np.recarray))
    return Encoded(
        plans=np.array([([plan_of(scenario)],)], dtype_of(Plans)),
        schedules=np.array([schedule_of(scenario)], dtype_of(Now)),
        multipliers=np.array([[([one],) for one in scenario.factions]], dtype_of(Multipliers)),
        factions=np.array([member.faction for member in scenario.members], np.int64),
        script=script,
    )


# What follows is translated for the browser, which encodes its own scenarios.


def plan_of(scenario: Scenario) -> Plan:
    """Return what a scenario fixes for all weeks."""
    worth = [total(site_terms(scenario.militias, site)) for site in scenario.sites]
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
        site_weights=[
            logit_weights(worth, reachable_sites(scenario.sites, 2 + means), targeting)
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
            drivers=[drivers[week]],
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


def trace_size(scenario: Scenario) -> int:
    """Return of how many replicates traces are held at once."""
    return max(1, TRACE_DECISIONS // (scenario.weeks * (len(scenario.members) + 2)))


def block_size(scenario: Scenario) -> int:
    """Return how many replicates a block holds: whole groups of lanes."""
    decisions = LANES * scenario.weeks * (len(scenario.members) + 2)
    return LANES * max(1, BLOCK_DECISIONS // decisions)


class Block:
    """Replicates of a block on their way: what they carry from week to week.

    Parameters
    ----------
    encoded : what they live in
    replicates : how many they are, numbered from `first` on
    trace : where to write their weeks, if anywhere; see `redline.engine.new_trace`
    numbers : (R,) their numbers, where they do not follow each other
    """

    def __init__(
        self,
        encoded: Encoded,
        key: Key,
        replicates: int,
        first: int = 0,
        trace: Trace | None = None,
        numbers: Counts | None = None,
    ) -> None:
        groups = -(-replicates // LANES)
        weeks, militias = encoded.schedules.shape[1], len(encoded.factions)
        factions = encoded.multipliers.shape[1]
        self._encoded = encoded
        self._key = key
        self.replicates = replicates
        self.first = operator.index(first)
        self._lanes = np.full(groups, LANES, np.int64)
        self._lanes[-1:] = replicates - LANES * (groups - 1)
        self._lives = self._lanes.copy()
        self._states = new_records(State, groups)
        self._capability = np.zeros((groups, factions, LANES))
        self._sums = new_records(Sums, groups)
        self._room = new_records(Events, 1), new_records(Choices, 1)
        self._states["seat"] = np.arange(LANES)
        if numbers is None:
            numbers = self.first + np.arange(replicates)
        self._states["replicate"] = self._by_seat(numbers[:, None])[:, 0]
        self._orders = np.zeros((groups, 0, LANES), np.int64)
        self._bonus = np.zeros((groups, 0, RUNGS, LANES))
        self.counts = new_records(WeekCounts, weeks)
        self.trace = trace or Trace(
            first=self.first,
            lived=np.zeros(0, np.int64),
            over=np.zeros(0, np.int64),
            weeks=new_records(Week, replicates, 0),
            moves=new_records(Move, replicates, 0, militias),
            capability=np.zeros((replicates, 0, factions)),
        )

    def advance(self, start: int, stop: int) -> None:
        """Simulate the weeks [start, stop)."""
        weeks = operator.index(start), operator.index(stop)
        trace = self.trace
        compiled_entries()[advance](
            *self._encoded, self._key, *weeks, self._lives, self._states, rows_of(self._states),
            self._capability, self._sums, rows_of(self._sums), *self._room, self._orders,
            self._bonus, self.counts, trace.weeks, trace.moves, trace.capability,
        )  # fmt: skip

    def measured(self) -> Records:
        """Return the measures of what was simulated so far: (R,) `Measures`."""
        measures = new_records(Measures, self.replicates)
        compiled_entries()[measure_block](self._states, self._lanes, self._sums, measures)
        return measures

    def simulated(self) -> Trace:
        """Return the trace of what was simulated so far."""
        lived, over = self.value("lived"), self.value("over")
        return replace(self.trace, first=self.first, lived=lived, over=over)

    def value(self, name: str) -> NDArray[Any]:
        """Return a field of `State` of every replicate, in their order: (R, …)."""
        kept = self._states[name]
        rows = kept if kept.ndim == 3 else kept[:, None]
        found = self._by_replicate(rows)
        return found if kept.ndim == 3 else found[:, 0]

    def seen(self) -> dict[str, NDArray[Any]]:
        """Return what there is to see of all replicates as the weeks so far have left it: (R, …).

        The crossings of a week are seen in that week alone: here they are none.
        """
        names = [name for name in Seen._fields if name != "crossings"]
        none = np.zeros(self.replicates, np.int64)
        return {"crossings": none, **{name: self.value(name) for name in names}}

    def capability(self) -> Row:
        """Return the capability κ of every replicate's factions, in their order: (R, F)."""
        return self._by_replicate(self._capability)

    def _by_replicate(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return what lanes hold by replicate: (R, …) of (G, …, L)."""
        lanes = np.argsort(self._states["seat"], axis=1)
        seated = np.take_along_axis(rows, lanes[:, None], axis=2)
        return seated.swapaxes(1, 2).reshape(-1, rows.shape[1])[: self.replicates]

    def take(self, other: "Block", which: NDArray[np.int64]) -> None:
        """Go on from where replicates of a block stand, mine from those that `which` (R,) says.

        Mine keep their numbers, and so have chance of their own from now on.
        """
        numbers = self.value("replicate")
        kept = [
            (mine, other._by_replicate(its)[which])
            for mine, its in zip(self._rows(), other._rows(), strict=True)
        ]
        for mine, taken in kept:
            mine[:] = self._by_seat(taken)
        self._states["replicate"] = self._by_seat(numbers[:, None])[:, 0]
        self._states["seat"] = np.arange(LANES)
        # Those that live first, then those that are over, then lanes without a replicate.
        over = self._states["over"] + 2 * (np.arange(LANES) >= self._lanes[:, None])
        order = np.argsort(over, axis=1, kind="stable")[:, None]
        for mine in self._rows():
            mine[:] = np.take_along_axis(mine, order, axis=2)
        self._lives = (over == 0).sum(axis=1)

    def force(self, actor: Actor, rungs: NDArray[np.int64], militia: int = 0) -> None:
        """Make an actor of every replicate take a rung, (R,), or choose where that is FREE.

        It holds in every week that is simulated until it is said anew.
        """
        if not self._orders.shape[1]:
            everybody = 2 + len(self._encoded.factions)
            self._orders = np.full((len(self._states), everybody, LANES), FREE, np.int64)
        place = 2 + militia if actor == Actor.MILITIAS else int(actor)
        self._orders[:, place] = self._by_seat(np.asarray(rungs)[:, None])[:, 0]

    def favour(self, actor: Actor, bonus: NDArray[np.float64]) -> None:
        """Add to what the rungs of every replicate's actor are worth when it chooses: (R, K).

        What is written down of its utility is without. It holds until it is said anew.
        """
        if not self._bonus.shape[1]:
            self._bonus = np.zeros((len(self._states), len(Actor), RUNGS, LANES))
        self._bonus[:, int(actor)] = self._by_seat(np.asarray(bonus))

    def _by_seat(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what replicates hold by seat: (G, …, L) of (R, …)."""
        padded = np.zeros((len(self._states) * LANES, values.shape[1]), values.dtype)
        padded[: self.replicates] = values
        return padded.reshape(len(self._states), LANES, -1).swapaxes(1, 2)

    def _rows(self) -> tuple[NDArray[Any], ...]:
        """Return all that lanes hold from week to week, (G, …, L) each, in the same memory."""
        return rows_of(self._states), self._capability, rows_of(self._sums)


def of_one(seen: Mapping[str, NDArray[Any]], number: int) -> Seen:
    """Return what there is to see of one replicate of many: of fields (R, …) its own."""
    return Seen(**{name: column[number].tolist() for name, column in seen.items()})


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

    def run(self, first: int, replicates: int, moves: bool = False) -> Trace:
        """Return the trace of the replicates [first, first + replicates)."""
        numbers = _consecutive(first, replicates)
        trace = new_trace(self.scenario, operator.index(first), len(numbers), moves)
        for here in self._blocks(len(numbers)):
            rows = {name: one[here] for name, one in vars(trace).items() if name != "first"}
            lived = self._lived(self._block(numbers[here], replace(trace, **rows))).simulated()
            trace.lived[here], trace.over[here] = lived.lived, lived.over
        return trace

    def traces(self, numbers: Counts, moves: bool = False) -> Iterator[Trace]:
        """Yield the traces of replicates by their numbers, (R,), which may have gaps: by blocks."""
        for here in self._blocks(len(numbers)):
            some = numbers[here]
            trace = new_trace(self.scenario, int(some[0]), len(some), moves)
            yield self._lived(self._block(some, trace)).simulated()

    def tally(self, first: int, replicates: int) -> Tally:
        """Return the measures of the replicates [first, first + replicates)."""
        numbers = _consecutive(first, replicates)
        measures = new_records(Measures, len(numbers))
        counts = new_records(WeekCounts, self.scenario.weeks)
        for here in self._blocks(len(numbers)):
            block = self._block(numbers[here])
            block.counts = counts
            measures[here] = self._lived(block).measured()
        return Tally(operator.index(first), measures, counts)

    def _blocks(self, replicates: int) -> Iterator[slice]:
        """Yield which of some replicates are in each block."""
        size = block_size(self.scenario)
        for start in range(0, replicates, size):
            if self._stopped.is_set():
                break
            yield slice(start, start + size)

    def _block(self, numbers: Counts, trace: Trace | None = None) -> Block:
        return Block(self.encoded, self.key, len(numbers), int(numbers[0]), trace, numbers)

    def _lived(self, block: Block) -> Block:
        """Simulate a block, in steps of weeks, between which an interrupt is answered."""
        per_week = block.replicates * (len(self.scenario.members) + 2)
        stride = max(1, STEP_DECISIONS // per_week)
        for start in range(0, self.scenario.weeks, stride):
            if self._stopped.is_set():
                break
            block.advance(start, min(self.scenario.weeks, start + stride))
        return block


def _consecutive(first: int, replicates: int) -> Counts:
    return np.arange(operator.index(replicates)) + operator.index(first)

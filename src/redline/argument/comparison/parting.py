"""Both worlds week by week: when they part, and which replicate tells most of it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.argument.comparison.sides import Side
from redline.argument.explanation import explain_week
from redline.argument.reasons import Explanation
from redline.case import Scenario
from redline.engine import Trace, measure, rules_hash
from redline.results import (
    COLUMNS,
    KNOWN_BY,
    REPLICATE_BYTES,
    Table,
    check_replicates,
    column_of,
    open_engine,
    simulate,
    warm_up,
)
from redline.theory import Move, Week, dtype_of

BLOCK_MOVES = 2_000_000
"""Moves of militias held at once, to bound memory."""
PAIR_BYTES = 2 * REPLICATE_BYTES + 32
"""Memory for each replicate of both sides at the peak, and for what is computed of it."""
OBSERVABLE = (
    "talks",
    "directive",
    "provocation",
    "response",
    "target",
    "fatal",
    "attacks",
    "sites",
)
"""What must differ in a week for two worlds to have parted: what somebody did."""
COUNTED = tuple(name for name, column in COLUMNS.items() if column.kind != "week")


def check_size(one: Side, other: Side, notice: Callable[[str], None] | None) -> None:
    """Check that memory holds both worlds; say how long they take to simulate, if that is long."""
    if {one.rules, other.rules} != {rules_hash()}:
        return  # what was stored is compared, and nothing simulated
    held = min(_block(one.scenario, other.scenario), one.replicates)
    check_replicates(
        [(side.scenario, side.replicates) for side in (one, other)],
        one.seed,
        PAIR_BYTES,
        memory_fixed=held * sum(_trace_bytes(side.scenario) for side in (one, other)),
        moves=True,
        notice=notice,
    )


def measured(
    one: Side, other: Side, shared: range
) -> tuple[tuple[Table, Table], NDArray[np.int64] | None]:
    """Return the measures of both worlds, and the weeks of parting where they can be told.

    Histories are simulated, and so compared week by week, under the rules of now alone; what was
    stored is taken as it was stored.
    """
    if not shared or {one.rules, other.rules} != {rules_hash()}:
        numbers = shared or None
        return (_table_of(one, numbers), _table_of(other, numbers)), None
    simulated, parting = _simulated(one, other, shared)
    first, second = (
        table if side.results is None else _table_of(side, shared)
        for side, table in zip((one, other), simulated, strict=True)
    )
    alike = all(
        np.array_equal(found[name], again[name])
        for found, again in zip((first, second), simulated, strict=True)
        for name in KNOWN_BY
    )
    return (first, second), parting if alike else None


def _table_of(side: Side, numbers: range | None) -> Table:
    """Return the measures of some replicates of a world (all, by default), as columns."""
    results = side.results
    if results is None:
        results = simulate(side.scenario, side.replicates, side.seed, first=side.first)
    kept = slice(0, side.replicates)
    if numbers is not None:
        kept = slice(numbers.start - side.first, numbers.stop - side.first)
    return {name: results.column(name)[kept] for name in ("class", *COUNTED)}


def _simulated(
    one: Side, other: Side, numbers: range
) -> tuple[tuple[Table, Table], NDArray[np.int64]]:
    """Live replicates in both worlds: their measures, and the weeks in which they part."""
    warm_up()
    engines = [open_engine(side.scenario, side.seed, "batch") for side in (one, other)]
    measured: list[list[Any]] = [[], []]
    parting = []
    size = _block(one.scenario, other.scenario)
    for start in range(numbers.start, numbers.stop, size):
        held = min(size, numbers.stop - start)
        traces = [engine.run(start, held, moves=True) for engine in engines]
        for side, trace in zip(measured, traces, strict=True):
            side.append(measure(trace).measures)
        parting.append(weeks_of_parting(*traces))
    first, second = (
        {name: column_of(measures, name) for name in ("class", *COUNTED)}
        for measures in map(np.concatenate, measured)
    )
    return (first, second), np.concatenate(parting)


def _block(one: Scenario, other: Scenario) -> int:
    """Return how many replicates to hold at once."""
    moves = max(scenario.weeks * len(scenario.members) for scenario in (one, other))
    return max(1, BLOCK_MOVES // moves)


def _trace_bytes(scenario: Scenario) -> int:
    """Return the memory for a replicate's trace, every militia's moves included."""
    each = dtype_of(Week).itemsize + dtype_of(Move).itemsize * len(scenario.members)
    return scenario.weeks * each


def weeks_of_parting(one: Trace, other: Trace) -> NDArray[np.int64]:
    """Return the first week in which somebody did something else, or -1: (R,).

    Only weeks that both scenarios have are compared, and militias only where both have as
    many; a replicate that ends earlier in one of them parts there at the latest.
    """
    weeks = min(one.weeks.shape[1], other.weeks.shape[1])
    differs = np.zeros((len(one.lived), weeks), bool)
    for name in OBSERVABLE:
        unequal = one.weeks[name][:, :weeks] != other.weeks[name][:, :weeks]
        differs |= unequal if unequal.ndim == 2 else unequal.any(axis=2)
    if one.moves.shape[2] == other.moves.shape[2]:
        for name in ("rung", "site", "killed"):
            unequal = one.moves[name][:, :weeks] != other.moves[name][:, :weeks]
            differs |= unequal.any(axis=2)
    for trace in (one, other):
        over = trace.lived[:, None] <= np.arange(weeks)
        differs |= over & (one.lived != other.lived)[:, None]
    return np.where(differs.any(axis=1), differs.argmax(axis=1), -1)


def most_telling(tables: Sequence[Table], parted: NDArray[np.int64]) -> int | None:
    """Return the place of the replicate that changed most: in class, in attacks, the first."""
    if not (parted >= 0).any():
        return None
    one, other = tables
    distance = np.abs(one["class"].astype(int) - other["class"].astype(int))
    attacks = np.abs(one["attacks"].astype(int) - other["attacks"].astype(int))
    score = np.where(parted >= 0, distance * 1_000_000 + attacks, -1)
    return int(score.argmax())


def explained(
    one: Side, other: Side, replicate: int, week: int
) -> tuple[Explanation, Explanation] | None:
    """Return a replicate's week of parting in both worlds; None where one of them ends before."""
    scenarios = one.scenario, other.scenario
    engines = [open_engine(scenario, one.seed, "batch") for scenario in scenarios]
    if any(engine.run(replicate, 1).lived[0] <= week for engine in engines):
        return None
    first, second = (explain_week(s, replicate, week, one.seed) for s in scenarios)
    return first, second

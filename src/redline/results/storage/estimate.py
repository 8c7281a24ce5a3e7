"""What work would cost, before it starts: from a small sample of it that is really made.

What memory or disk cannot hold is refused; what takes long or much is told. Small work is
neither sampled nor told.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.case import Scenario
from redline.engine import measure
from redline.results.engines import open_engine
from redline.results.storage.parts import Part, make_part
from redline.results.storage.plan import SweepPlan, plan_run
from redline.results.storage.tables import parquet_bytes, trace_table
from redline.results.tallies import check_range, threads_for, warm_up
from redline.support import check_room, duration_words, listed, processors, size_words

Floats = NDArray[np.float64]
Notice = Callable[[str], None] | None

SAMPLED_PARTS = 6
SAMPLED_REPLICATES = 400
SLOW_REPLICATES = 8
"""The same of an engine that is slow, or where each replicate is a scenario of its own."""
SAMPLED_DECISIONS = 500_000
"""In a sample, however long its replicates are; but one replicate at least."""
ENOUGH_SECONDS = 2.0
SOON_SECONDS = 0.3
"""The same before work that starts at once."""
SMALL_WORK = {"batch": 20_000_000, "mesa": 50_000, "gpu": 20_000_000}
"""Decisions that take a second or a few on any machine: what they cost is not looked at."""
SMALL_DRAWN = 1000
"""The same in replicates of a scenario that draws parameters, each made by itself."""
LONG_SECONDS = 10.0
LARGE_BYTES = 1 << 30
"""From where on what work costs is told: in time, and of memory or disk."""
STORED_PART_BYTES = 4096
"""Memory for each part of a sweep: its names and SHA-256, in the journal and the manifest."""
STORED_RUN_BYTES = 100
"""Memory for each replicate of a stored run while its figure is drawn, a few columns at once."""


class Estimate(NamedTuple):
    """What work takes: parts to store, seconds on this machine, bytes on disk and of memory."""

    parts: int
    seconds: float
    bytes: float
    memory: float = 0.0

    def words(self) -> str:
        """Return what of it is worth telling, as a line; nothing if nothing is."""
        sizes = {"memory": self.memory, "disk": self.bytes}
        if self.seconds < LONG_SECONDS and max(sizes.values()) < LARGE_BYTES:
            return ""
        told = [duration_words(self.seconds)] if self.seconds >= 1 else []
        told += [f"{size_words(size)} of {of}" for of, size in sizes.items() if size >= 1 << 20]
        return f"this takes {listed(told)}"


def tell(cost: Estimate, notice: Notice) -> None:
    """Tell what work takes, if it is worth telling and somebody listens."""
    if notice and (words := cost.words()):
        notice(words)


# A sweep


def estimate(
    plan: SweepPlan,
    engine: str = "batch",
    workers: int | None = None,
    stored: int = 0,
    within: float = ENOUGH_SECONDS,
) -> Estimate:
    """Return about what a sweep costs, by really making some small parts of it.

    Each sampled part is made in two sizes, so that what a part costs by itself is told apart
    from what its replicates do. `stored` parts are there already: their time is left out.
    The sample takes about `within` seconds.
    """
    slow, heavy = _sampled(plan, engine, within)
    parts = plan.part_count
    left = (parts - min(stored, parts)) / parts
    speed = _speed(min(threads_for(workers), parts))
    return Estimate(
        parts,
        left * (parts * slow[0] + plan.total * slow[1]) / speed,
        parts * heavy[0] + plan.total * heavy[1],
        float(STORED_PART_BYTES * parts),
    )


Costs = tuple[float, float]
"""Of a part by itself, and of each of its replicates."""


def _sampled(plan: SweepPlan, engine: str, within: float) -> tuple[Costs, Costs]:
    """Return the seconds and the bytes on disk of a sweep's parts and replicates."""
    warm_up()
    most = _sample_size(plan.scenario, plan.total, engine)
    wanted = np.linspace(0, plan.part_count - 1, SAMPLED_PARTS).astype(np.int64).tolist()
    first = plan.part(0)._replace(points=1, replicates=1)
    make_part(plan.chunk(first, engine))  # what only the first one costs is none of theirs
    samples = []
    began = time.perf_counter()
    for part in map(plan.part, sorted(set(wanted))):
        for small in _small_parts(part, most):
            start = time.process_time()
            made = make_part(plan.chunk(small, engine))
            spent = time.process_time() - start
            sizes = {name: len(data) for name, data in made.files.items()}
            merged = sum(size for name, size in sizes.items() if name.startswith("weekly/"))
            samples.append((small.points * small.replicates, spent, sum(sizes.values()) + merged))
        if time.perf_counter() - began > within:
            break
    count, seconds, size = np.array(samples, np.float64).T
    return _line(count, seconds), _line(count, size)


def _speed(workers: int | None) -> float:
    """Return how many processors' worth of work so many workers get done, busy as all are now."""
    threads = min(threads_for(workers), processors())
    try:
        busy = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on this system
        busy = 0.0
    return threads / max(1.0, (busy + threads) / (os.cpu_count() or 1))


def is_slow(scenario: Scenario, engine: str) -> bool:
    """Return whether replicates of a scenario hold Python's lock while they are simulated."""
    return engine != "batch" or scenario.draws is not None


def _sample_size(scenario: Scenario, replicates: int, engine: str) -> int:
    """Return how many replicates to sample."""
    most = SLOW_REPLICATES if is_slow(scenario, engine) else SAMPLED_REPLICATES
    return max(1, min(replicates, most, SAMPLED_DECISIONS // decisions(scenario, 1)))


def _small_parts(part: Part, most: int) -> list[Part]:
    """Return a part cut down to at most so many replicates, and to a quarter of them."""
    side, whole = "replicates", min(part.replicates, most)
    if part.points > 1:
        side, whole = "points", min(part.points, max(1, most // part.replicates))
    return [part._replace(**{side: size}) for size in sorted({max(1, whole // 4), whole})]


def _line(count: Floats, cost: Floats) -> Costs:
    """Return the cost of none, and of each, by least squares; neither is negative."""
    if len(np.unique(count)) == 1:
        return 0.0, float(cost.mean() / count[0])
    slope, start = np.polyfit(count, cost, 1)
    if start < 0:
        return 0.0, float(cost.sum() / count.sum())
    return float(start), float(max(slope, 0.0))


def check_sweep(
    plan: SweepPlan,
    folder: Path,
    engine: str = "batch",
    workers: int | None = None,
    stored: int = 0,
    here: bool = True,
    notice: Notice = None,
) -> None:
    """Check that memory and disk hold what a sweep makes; tell what it takes if that is much.

    How long it takes is told only where it is made `here`, not of a cluster.

    Raises
    ------
    InputError
        If they do not, with the replicates at each point that would fit.
    """
    left = max(0, plan.part_count - stored)
    each = STORED_PART_BYTES * plan.part_count / plan.replicates
    check_room("replicates", plan.replicates, memory_each=each)
    if is_small(plan.scenario, len(plan.points) * plan.replicates, engine) or not left:
        return
    cost = estimate(plan, engine, workers, stored, SOON_SECONDS)
    disk_each = cost.bytes * left / plan.part_count / plan.replicates
    check_room("replicates", plan.replicates, disk_each=disk_each, folder=folder)
    tell(cost if here else cost._replace(seconds=0.0), notice)


# A run


def check_run(
    folder: Path,
    scenario: Scenario,
    replicates: int,
    seed: int,
    *,
    engine: str = "batch",
    workers: int | None = None,
    traces: bool = False,
    notice: Notice = None,
) -> None:
    """Check that memory and disk hold a run into a folder; tell what it takes if that is much.

    Raises
    ------
    InputError
        If they do not, with the replicates that would fit.
    """
    check_range(seed, 0, replicates)
    check_room("replicates", replicates, memory_each=STORED_RUN_BYTES)
    if is_small(scenario, replicates, engine):
        return
    plan = plan_run(scenario, replicates, seed)
    slow, heavy = _sampled(plan, engine, SOON_SECONDS)
    speed = _speed(1 if is_slow(scenario, engine) else workers)
    seconds, disk = replicates * slow[1] / speed, heavy[1]
    if traces:
        more = _traced(scenario, replicates, seed, engine)
        seconds, disk = seconds + replicates * more[0] / _speed(1), disk + more[1]
    check_room("replicates", replicates, disk_each=disk, folder=folder)
    memory = float(STORED_RUN_BYTES * replicates)
    tell(Estimate(plan.part_count, seconds, disk * replicates, memory), notice)


def _traced(scenario: Scenario, replicates: int, seed: int, engine: str) -> tuple[float, float]:
    """Return the seconds and bytes that the trace of each replicate takes."""
    few = _sample_size(scenario, replicates, engine)
    began = time.process_time()
    trace = open_engine(scenario, seed, engine).run(0, few, moves=True)
    size = len(parquet_bytes(trace_table(trace)))
    return (time.process_time() - began) / few, size / few


# Replicates that are not stored


def is_small(scenario: Scenario, replicates: int, engine: str = "batch") -> bool:
    """Return whether so many replicates of a scenario take no time to speak of."""
    if scenario.draws is not None and replicates > SMALL_DRAWN:
        return False
    return decisions(scenario, replicates) <= SMALL_WORK[engine]


def decisions(scenario: Scenario, replicates: int) -> int:
    """Return how many decisions replicates make at most: every actor's, in every week."""
    return scenario.weeks * (len(scenario.members) + 2) * replicates


def simulation_seconds(
    work: Sequence[tuple[Scenario, int]],
    seed: int = 1,
    *,
    engine: str = "batch",
    workers: int | None = None,
    moves: bool = False,
) -> float:
    """Return about how long replicates of scenarios take to simulate; 0 if no time to speak of.

    The rate is that of the first block of the one with most to do. `moves` keeps those of
    every militia, as comparisons do, in one thread.
    """
    work = [one for one in work if one[1] > 0]
    total = sum(decisions(*one) for one in work)
    if total <= SMALL_WORK[engine] and all(is_small(*one, engine) for one in work):
        return 0.0
    scenario, replicates = max(work, key=lambda one: decisions(*one))
    few = _sample_size(scenario, replicates, engine)
    warm_up()
    runner = open_engine(scenario, seed, engine)
    began = time.process_time()
    if moves:
        measure(runner.run(0, few, moves=True))
    else:
        runner.tally(0, few)
    each = (time.process_time() - began) / decisions(scenario, few)
    return each * total / _speed(1 if is_slow(scenario, engine) or moves else workers)


def check_replicates(
    work: Sequence[tuple[Scenario, int]],
    seed: int,
    memory_each: float,
    *,
    replicates: int | None = None,
    memory_fixed: float = 0.0,
    engine: str = "batch",
    workers: int | None = None,
    moves: bool = False,
    notice: Notice = None,
) -> None:
    """Check that memory holds replicates that are not stored; tell what they take if it is much.

    Parameters
    ----------
    work
        Scenarios, and how many replicates of each.
    memory_each, memory_fixed
        Bytes for each of `replicates` (by default those of the first scenario) at the peak, and
        whatever their number.

    Raises
    ------
    InputError
        If it does not, with the replicates that would fit.
    """
    count = replicates or work[0][1]
    check_room("replicates", count, memory_each=memory_each, memory_fixed=memory_fixed)
    seconds = simulation_seconds(work, seed, engine=engine, workers=workers, moves=moves)
    tell(Estimate(0, seconds, 0.0, memory_fixed + memory_each * count), notice)

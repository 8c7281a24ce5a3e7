"""Replicates through either engine, block by block and in order, measured.

What a run in memory, and a run or a sweep into a folder, are made with.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import chain, starmap
from threading import Event

import numpy as np

from redline.case import Scenario, load_scenario, vary
from redline.engine import BatchEngine, Tally, block_size
from redline.results.engines import Engine, open_engine
from redline.support import InputError, processors, whole
from redline.theory import MOST_REPLICATES, MOST_SEEDS, Records

MESA_BLOCK = 20
"""Replicates in a block of the Mesa engine: progress is seen after each."""


def check_range(seed: int, first: int, replicates: int) -> tuple[int, int, int]:
    """Return seed, first and number of replicates as Python's own; all must have their chance.

    Raises
    ------
    InputError
        If they do not.
    """
    seed = whole("seed", seed, 0, MOST_SEEDS)
    first, replicates = whole("first", first), whole("replicates", replicates, 1)
    if first < 0 or first + replicates > MOST_REPLICATES:
        raise InputError("replicates must be numbered in [0, 2**32)")
    return seed, first, replicates


def threads_for(workers: int | None) -> int:
    """Return how many workers are wanted: as many as processors, by default.

    Raises
    ------
    InputError
        For fewer than one.
    """
    return processors() if workers is None else whole("workers", workers, 1)


def tallies(
    scenario: Scenario,
    replicates: int,
    seed: int = 1,
    *,
    engine: str = "batch",
    workers: int | None = None,
    first: int = 0,
    size: int | None = None,
    stopped: Event | None = None,
) -> Iterator[Tally]:
    """Yield the measures of replicates [first, first + replicates), block by block, in order.

    Memory is bounded by a few blocks, whatever the number of replicates. `workers` threads
    (as many as processors, by default) share the blocks of the batch engine; the Mesa engine
    holds Python's lock and runs on one, and so does that of a GPU. `stopped`, once set, ends a
    run early: what is yielded from then on is of no use.

    Raises
    ------
    InputError
        For a seed, number of replicates or engine that does not exist.
    """
    seed, first, replicates = check_range(seed, first, replicates)
    runner = open_engine(scenario, seed, engine, stopped)
    wanted = 1 if engine == "gpu" else threads_for(workers)
    size = size or _block_size(scenario, engine)
    end = first + replicates
    # Few replicates are shared, too.
    size = max(1, min(size, -(-replicates // wanted)))
    blocks = [(start, min(size, end - start)) for start in range(first, end, size)]
    threads = min(len(blocks), 1 if engine == "mesa" else wanted)
    return starmap(runner.tally, blocks) if threads == 1 else _shared(runner, blocks, threads)


def _block_size(scenario: Scenario, engine: str) -> int:
    if engine == "gpu":
        from redline.engine import gpu_block_size  # brings Numba

        return gpu_block_size(len(scenario.factions))
    return block_size(scenario) if engine == "batch" else MESA_BLOCK


def _shared(runner: Engine, blocks: list[tuple[int, int]], threads: int) -> Iterator[Tally]:
    """Yield the measures of blocks, in order, by some threads."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="redline")
    waiting: deque[Future[Tally]] = deque()
    try:
        for block in blocks:
            waiting.append(pool.submit(runner.tally, *block))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        runner.stop()
        pool.shutdown(wait=True, cancel_futures=True)


@cache
def warm_up() -> None:
    """Have the engine compiled, or read from the cache, before time is taken."""
    scenario = vary(load_scenario("baseline"), weeks=1)
    BatchEngine(scenario, 0).tally(0, 2)


def gathered(blocks: Iterator[Tally], progress: Callable[[int], None] | None = None) -> Tally:
    """Return consecutive blocks as one; call `progress` with the next replicate after each."""
    whole = next(blocks)
    measures = []
    for block in chain([whole], blocks):
        measures.append(block.measures)
        if block is not whole:
            add_counts(whole.counts, block.counts)
        if progress:
            progress(block.first + len(block.measures))
    return whole._replace(measures=np.concatenate(measures))


def add_counts(counts: Records, more: Records) -> None:
    """Add (W,) `WeekCounts` to others, in place."""
    for name in counts.dtype.names or ():
        counts[name] += more[name]

"""Experimental: the week loop on a GPU, one replicate a thread, by the same source.

A thread runs the loop over groups for one group of one lane. No GPU was at hand when this was
written: it runs in the simulator of Numba, and is compiled to PTX, in tests.

Of many threads that count a week each adds to the same numbers, so `count_one` and
`count_talks` are atomic here. NVVM fuses products with sums, which rounds once where all other
engines round twice: it is told not to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from threading import Lock
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.engine.native.copies import linked_copies
from redline.engine.native.exact_powers import intrinsic_two_to
from redline.engine.native.numba_loading import load_numba
from redline.support import InputError
from redline.theory import (
    RESTRICTED,
    RUNGS,
    Choices,
    Events,
    Key,
    Measures,
    Move,
    Records,
    State,
    Sums,
    Week,
    WeekCounts,
    advance,
    count_one,
    count_talks,
    dtype_of,
    measure_block,
    two_to,
)

load_numba()  # what it says is passed on
from numba import cuda  # noqa: E402

MEMORY = 1 << 27
"""Bytes of a block of replicates: enough of them for any GPU, little enough for any."""
THREADS = 64
"""In a block of threads, of which each needs many registers."""
EVENTS = np.dtype((np.record, dtype_of(Events, 1)))
CHOICES = np.dtype((np.record, dtype_of(Choices, 1)))
COUNTS = np.dtype(
    [
        (name, dtype.base, dtype.shape or (1,))
        for name, (dtype, *_) in (dtype_of(WeekCounts).fields or {}).items()
    ]
)
"""`WeekCounts` with the talks in a row of one, to which a GPU can add."""


def check_gpu() -> None:
    """Raise an InputError unless there is a GPU that can be used, or Numba's simulator of one."""
    if is_simulated():
        return
    try:
        import numba_cuda  # noqa: F401
    except ImportError:
        raise InputError("the gpu engine needs numba-cuda: pip install 'redline[gpu]'") from None
    if not cuda.is_available():
        raise InputError("the gpu engine finds no CUDA device, or no driver of one")


def is_simulated() -> bool:
    """Return whether Numba simulates a GPU (NUMBA_ENABLE_CUDASIM)."""
    return bool(load_numba().core.config.ENABLE_CUDASIM)


def gpu_block_size(factions: int) -> int:
    """Return how many replicates fit into a block's memory, of so many factions."""
    kept = sum(dtype_of(kind, 1).itemsize for kind in (State, Sums, Measures))
    return MEMORY // (kept + 8 * (factions + 1))


def count_one_at_once(bins: Any, index: Any) -> None:
    """Count one more in a bin, to which other threads add."""
    cuda.atomic.add(bins, index, 1)


def count_talks_at_once(counts: Any, talks: Any) -> None:
    """Count the talks, to which other threads add."""
    cuda.atomic.add(counts.talks, 0, talks)


@cache
def kernel() -> Any:
    """Return what a GPU runs: the weeks [start, stop) of a replicate, and its measures so far."""

    def on_device(copy: Callable[..., Any], _: FunctionType | None = None) -> Any:
        return cuda.jit(device=True)(copy)

    made = linked_copies(
        RESTRICTED,
        on_device,
        {
            two_to: two_to if is_simulated() else intrinsic_two_to(cuda.extending),
            count_one: on_device(count_one_at_once),
            count_talks: on_device(count_talks_at_once),
        },
    )
    live, measure = made[advance], made[measure_block]

    def one_replicate(
        plans: Any, schedules: Any, multipliers: Any, factions: Any, script: Any, low: Any,
        high: Any, start: Any, stop: Any, lives: Any, lanes: Any, states: Any, capability: Any,
        sums: Any, rows: Any, orders: Any, bonus: Any, counts: Any, weeks: Any, moves: Any,
        capabilities: Any, measures: Any,
    ) -> None:  # fmt: skip
        i = cuda.grid(1)
        if i < len(states):
            events = cuda.local.array(1, EVENTS)
            choices = cuda.local.array(1, CHOICES)
            # A lane alone is never moved: any rows will do.
            live(
                plans, schedules, multipliers, factions, script, Key(low, high), start, stop,
                lives[i : i + 1], states[i : i + 1], rows, capability[i : i + 1],
                sums[i : i + 1], rows, events, choices, orders, bonus, counts, weeks, moves,
                capabilities,
            )  # fmt: skip
            measure(states[i : i + 1], lanes, sums[i : i + 1], measures[i : i + 1])

    # What is optimised when it is linked would be fused then.
    options = {} if is_simulated() else {"lto": False}
    return cuda.jit(**options)(one_replicate)


@contextmanager
def unfused() -> Iterator[None]:
    """Have NVVM compile each product and each sum as it stands, for which Numba has no option."""
    if is_simulated():
        yield
        return
    from numba.cuda.cudadrv import nvvm

    with _COMPILING:
        kept = nvvm.compile_ir
        nvvm.compile_ir = partial(kept, fma=False)
        try:
            yield
        finally:
            nvvm.compile_ir = kept


_COMPILING = Lock()


def block_arrays(encoded: tuple[Any, ...], replicates: int, first: int) -> list[NDArray[Any]]:
    """Return what `kernel` reads of a scenario and writes of replicates, but key and weeks."""
    schedules, multipliers = encoded[1], encoded[2]
    militias, factions = len(encoded[3]), multipliers.shape[1]
    states = np.zeros(replicates, dtype_of(State, 1))
    states["replicate"][:, 0] = first + np.arange(replicates)
    return [
        *encoded,
        np.ones(replicates, np.int64),
        np.ones(1, np.int64),
        states,
        np.zeros((replicates, factions, 1)),
        np.zeros(replicates, dtype_of(Sums, 1)),
        np.zeros((1, 1, 1), np.int64),
        np.zeros((1, 0, 1), np.int64),
        np.zeros((1, 0, RUNGS, 1)),
        np.zeros(schedules.shape[1], COUNTS),
        np.zeros((1, 0), dtype_of(Week)),
        np.zeros((1, 0, militias), dtype_of(Move)),
        np.zeros((1, 0, factions)),
        np.zeros(replicates, dtype_of(Measures)),
    ]


class GpuBlock:
    """Replicates on their way on a GPU: what `redline.engine.Block` is, without traces."""

    def __init__(self, encoded: tuple[Any, ...], key: Key, replicates: int, first: int) -> None:
        self.replicates = replicates
        self._key = key
        self._arrays = [cuda.to_device(one) for one in block_arrays(encoded, replicates, first)]

    def advance(self, start: int, stop: int) -> None:
        """Simulate the weeks [start, stop)."""
        scenario, block = self._arrays[:5], self._arrays[5:]
        with unfused():
            kernel()[-(-self.replicates // THREADS), THREADS](
                *scenario, *self._key, start, stop, *block
            )
        cuda.synchronize()

    def measured(self) -> Records:
        """Return the measures of what was simulated so far: (R,) `Measures`."""
        measures: Records = self._arrays[-1].copy_to_host()
        return measures

    @property
    def counts(self) -> Records:
        """(W,) `WeekCounts` of what was simulated so far."""
        counts: Records = self._arrays[-5].copy_to_host()
        return counts.view(dtype_of(WeekCounts))

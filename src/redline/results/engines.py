"""Every engine by name, for any scenario: also for one that draws parameters."""

import operator
from functools import partial
from threading import Event
from typing import Protocol

import numpy as np

from redline.case import Points, Scenario, drawn, rows_drawn
from redline.engine import BatchEngine, PointsEngine, Tally, Trace, measure, new_trace
from redline.support import InputError, nearest

ENGINES = ("batch", "mesa", "gpu")


class Engine(Protocol):
    """What runs the replicates of one scenario under one seed."""

    def run(self, first: int, replicates: int, moves: bool = False) -> Trace:
        """Return the trace of the replicates [first, first + replicates)."""
        ...

    def tally(self, first: int, replicates: int) -> Tally:
        """Return the measures of the replicates [first, first + replicates)."""
        ...

    def stop(self) -> None:
        """Make runs under way in other threads end early; what they return is of no use."""
        ...


class DrawnEngine:
    """Models of a scenario that draws parameters: each is run as a scenario of its own."""

    def __init__(self, scenario: Scenario, seed: int, stopped: Event | None = None) -> None:
        self.scenario = scenario
        self.seed = seed
        self._stopped = stopped or Event()

    def tally(self, first: int, replicates: int) -> Tally:
        """Return the measures of the replicates [first, first + replicates)."""
        return measure(self.run(first, replicates))

    def run(self, first: int, replicates: int, moves: bool = False) -> Trace:
        """Return the trace of the replicates [first, first + replicates)."""
        whole = new_trace(self.scenario, first, replicates, moves)
        for place in range(replicates):
            if self._stopped.is_set():
                break
            number = first + place
            own = drawn(self.scenario, self.seed, number)
            one = open_engine(own, self.seed, "mesa").run(number, 1, moves)
            for name in ("lived", "over", "weeks", "moves", "capability"):
                getattr(whole, name)[place] = getattr(one, name)[0]
        return whole

    def stop(self) -> None:
        """Make runs under way in other threads end early; what they return is of no use."""
        self._stopped.set()


def batch_engine(scenario: Scenario, seed: int, stopped: Event | None = None) -> BatchEngine:
    """Return the batch engine for a scenario; `stopped`, once set, ends its runs early."""
    draws = scenario.draws
    if draws is None:
        return BatchEngine(scenario, seed, stopped)
    columns = {address: np.array(column) for address, column in draws.columns.items()}
    points = Points(len(draws), columns)
    return PointsEngine(scenario, points, seed, partial(rows_drawn, draws, seed), stopped)


class GpuEngine(BatchEngine):
    """Measure replicates of one scenario under one seed on a GPU (experimental)."""

    def __init__(self, scenario: Scenario, seed: int, stopped: Event | None = None) -> None:
        if scenario.draws is not None:
            raise InputError("the gpu engine runs no scenario that draws parameters: use batch")
        super().__init__(scenario, seed, stopped)

    def run(self, first: int, replicates: int, moves: bool = False) -> Trace:
        """Refuse: histories stay on the GPU."""
        raise InputError("the gpu engine gives measures, no histories: use batch")

    def tally(self, first: int, replicates: int) -> Tally:
        """Return the measures of the replicates [first, first + replicates)."""
        from redline.engine import GpuBlock

        first, replicates = operator.index(first), operator.index(replicates)
        block = GpuBlock(self.encoded, self.key, replicates, first)
        for week in range(self.scenario.weeks):
            if self._stopped.is_set():
                break
            block.advance(week, week + 1)
        return Tally(first, block.measured(), block.counts)


def open_engine(scenario: Scenario, seed: int, engine: str, stopped: Event | None = None) -> Engine:
    """Return an engine by name; `stopped`, once set, ends its runs early.

    Raises
    ------
    InputError
        If there is no engine of that name, or none for this scenario on this machine.
    """
    check_engine(engine)
    if engine == "gpu":
        return GpuEngine(scenario, seed, stopped)
    if engine == "batch":
        return batch_engine(scenario, seed, stopped)
    if scenario.draws is not None:
        return DrawnEngine(scenario, seed, stopped)
    from redline.engine import MesaEngine  # Mesa takes a second to import

    return MesaEngine(scenario, seed)


def check_engine(engine: str) -> None:
    """Raise an InputError if there is no engine of that name, or nothing to run it on."""
    if engine not in ENGINES:
        raise InputError(f"no engine {engine}{nearest(engine, ENGINES)}")
    if engine == "gpu":
        from redline.engine import check_gpu

        check_gpu()

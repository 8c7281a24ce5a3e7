"""Parts: a sweep cut into rectangles of points × replicates, and how one is made.

A part is a pure function of (scenario, values of its points, seed, range of replicates):
it is the same on whichever worker it is made, alone or among thousands.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.metadata import version
from threading import Event
from typing import NamedTuple

import numpy as np

from redline.case import Scenario, vary
from redline.engine import rules_hash
from redline.results.measures import column_of
from redline.results.storage.executors import Stopped
from redline.results.storage.store import part_name
from redline.results.storage.tables import (
    WeeklyRows,
    joined_rows,
    outcome_table,
    parquet_bytes,
    weekly_rows,
    weekly_table,
)
from redline.results.tallies import gathered, tallies
from redline.support import identity_of_modules
from redline.theory import Records

MOST_PART_REPLICATES = 16_384
"""In a part: bounds the memory that a worker needs."""
MOST_DECISIONS = 4_000_000
"""In a part: about a quarter of a second, which is what the death of a worker may cost."""
LEAST_DECISIONS = 100_000
"""In a part: about what it costs to store one."""
FEWEST_PARTS = 32
"""What a sweep is cut into if it is large enough, so that many workers have something to do."""
BITWISE = ("numpy", "numba", "pyarrow", "scipy")
"""The libraries that results depend on to the last byte."""


class Part(NamedTuple):
    """A rectangle of points × replicates, stored as one file of each kind."""

    number: int
    first_point: int
    points: int
    first: int
    replicates: int

    @property
    def name(self) -> str:
        """The name of its files."""
        return part_name(self.number)

    @property
    def inside(self) -> slice:
        """Its points, among all points."""
        return slice(self.first_point, self.first_point + self.points)

    def __str__(self) -> str:
        """Say what it holds."""
        last_point, last = self.first_point + self.points - 1, self.first + self.replicates - 1
        return f"points {self.first_point}-{last_point}, replicates {self.first}-{last}"


class Chunk(NamedTuple):
    """All that a part is a function of, to be sent to a worker."""

    part: Part
    scenario: Scenario
    values: tuple[dict[str, int | float], ...]
    """What each of its points sets."""
    seed: int
    engine: str
    weekly: tuple[str, ...]
    """The weekly counts to keep."""


class Made(NamedTuple):
    """A part as the bytes of its files, and by what it was made."""

    files: dict[str, bytes]
    seconds: float
    maker: dict[str, str]


def part_size(weeks: int, actors: int, points: int, replicates: int) -> int:
    """Return how many replicates a part holds at most, over all of its points."""
    cost = weeks * actors
    wanted = points * replicates // FEWEST_PARTS
    bounded = max(LEAST_DECISIONS // cost, min(wanted, MOST_DECISIONS // cost))
    return max(1, min(bounded, MOST_PART_REPLICATES))


def plan_parts(points: int, replicates: int, size: int) -> Iterator[Part]:
    """Yield the parts of a sweep in order: whole points where they fit, else ranges of one."""
    count = part_count(points, replicates, size)
    return (part_at(points, replicates, size, number) for number in range(count))


def part_count(points: int, replicates: int, size: int) -> int:
    """Return how many parts a sweep is cut into."""
    if replicates > size:
        return points * -(-replicates // size)
    return -(-points // (size // replicates))


def part_at(points: int, replicates: int, size: int, number: int) -> Part:
    """Return the part of a number."""
    if replicates > size:
        point, place = divmod(number, -(-replicates // size))
        return Part(number, point, 1, place * size, min(size, replicates - place * size))
    together = size // replicates
    point = number * together
    return Part(number, point, min(together, points - point), 0, replicates)


@cache
def maker() -> dict[str, str]:
    """Return what must be equal for two workers to make the same bytes."""
    measures = identity_of_modules((outcome_table, column_of))
    hashes = {"rules": rules_hash()[:16], "measures": measures[:16]}
    return {**hashes, **{name: version(name) for name in BITWISE}}


def make_part(
    chunk: Chunk,
    stopped: Event | None = None,
    workers: int | None = 1,
    progress: Callable[[int], None] | None = None,
) -> Made:
    """Simulate the replicates of a part at each of its points; return its files.

    `workers` are the threads that share the replicates; `progress` is called with the number of
    the next one, now and then.

    Raises
    ------
    Stopped
        If `stopped` was set meanwhile.
    """
    began = time.perf_counter()
    part = chunk.part
    simulated = partial(
        tallies,
        engine=chunk.engine,
        workers=workers,
        first=part.first,
        stopped=stopped,
    )
    measures, rows = [], []
    for place, values in enumerate(chunk.values):
        scenario = vary(chunk.scenario, values) if values else chunk.scenario
        made = gathered(simulated(scenario, part.replicates, chunk.seed), progress)
        if stopped and stopped.is_set():
            raise Stopped
        measures.append(made.measures)
        rows.append(weekly_rows(made.counts, part.first_point + place, chunk.weekly))
    files = part_files(part, np.concatenate(measures), joined_rows(rows), chunk.weekly)
    return Made(files, time.perf_counter() - began, maker())


def part_files(
    part: Part, measures: Records, rows: WeeklyRows, weekly: tuple[str, ...]
) -> dict[str, bytes]:
    """Return the files of a part, by name: outcomes, and weekly counts if any are wanted."""
    points = np.arange(part.first_point, part.first_point + part.points)
    replicates = np.arange(part.first, part.first + part.replicates)
    outcomes = outcome_table(
        measures, np.repeat(points, part.replicates), np.tile(replicates, part.points)
    )
    files = {f"outcomes/{part.name}": parquet_bytes(outcomes)}
    if weekly:
        files[f"weekly/{part.name}"] = parquet_bytes(weekly_table(rows))
    return files

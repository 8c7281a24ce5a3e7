"""Results read back: those of a run, of a sweep, and of a point of one."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.case import Points, Scenario, vary
from redline.engine import rules_hash
from redline.results.histories import Histories, Replicates, check_histories
from redline.results.measures import find_column
from redline.results.storage.exchange import is_folder, settle
from redline.results.storage.folder import StoredResults
from redline.results.storage.store import POINTS, read_manifest, reading
from redline.results.storage.tables import (
    dense_counts,
    histories_from,
    mask,
    merge_weekly,
    numbers,
    points_from,
)
from redline.support import InputError, at_home, built_in, whole
from redline.theory import Outcome


class StoredRun(StoredResults, Replicates):
    """The results of a run: replicates of one scenario."""

    first = 0

    def histories(self, numbers: Sequence[int], moves: bool = False) -> Histories:
        """Return the weeks of some of the replicates; see `Replicates.histories`.

        Under the rules of now they are simulated again, which is quicker than to read them;
        under others they are read, where the run has traces. Those hold no capability.
        """
        names = [name for name in self.manifest["parts"] if name.startswith("traces/")]
        if not names or self.rules == rules_hash():
            return self.simulated_again(numbers, moves)
        check_histories(self.scenario, numbers, moves)
        self._check_stored(numbers)
        over = self.column("class")[list(numbers)] == Outcome.CONFRONTATION
        tables = (self.read(name) for name in names if self._holds(name, numbers))
        return histories_from(tables, self.scenario, numbers, over, moves)

    def _holds(self, name: str, replicates: Sequence[int]) -> bool:
        """Return whether a stored file has rows of some of the replicates."""
        stored = numbers(self.read(name, ["replicate"])["replicate"])
        return bool(np.isin(replicates, stored).any())

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure, in replicate order.

        Raises
        ------
        InputError
            If there is no measure of that name.
        """
        if name != "class":
            find_column(name)
        return self.columns([name])[name]

    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week; see `Distribution`."""
        return dense_counts(self.weekly(), quantity, self.scenario.weeks)


class StoredPoint(Replicates):
    """The replicates of a sweep at one of its points.

    Attributes
    ----------
    sweep : the sweep
    point : its number
    values : what is set there, by address
    """

    first = 0
    seed: int
    replicates: int
    rules: str

    def __init__(self, sweep: "StoredSweep", point: int) -> None:
        self.sweep = sweep
        self.seed, self.replicates, self.rules = sweep.seed, sweep.replicates, sweep.rules
        self.point = whole("point", point, 0, len(sweep.points))
        self.values = sweep.points.values(self.point)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario at this point."""
        return vary(self.sweep.scenario, self.values)

    def _rules_changed(self) -> str:
        return self.sweep._rules_changed()

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure, in replicate order.

        Raises
        ------
        InputError
            If there is no measure of that name, or nothing is stored yet.
        """
        if name != "class":
            find_column(name)
        here = np.arange(len(self.sweep.points)) == self.point
        found = [table[name] for table in self.sweep.batches([name], points=here)]
        if not found:
            raise InputError(f"{self.sweep.folder}: nothing of point {self.point} is stored yet")
        return np.concatenate(found)

    def weekly(self) -> pa.Table:
        """Return the weekly counts of this point, in long form."""
        names = [f"weekly/{path.name}" for path in self.sweep.parts_of(self.point)]
        if not names or not (self.sweep.folder / names[0]).is_file():
            raise InputError(f"{self.sweep.folder}: no weekly counts of point {self.point}")
        merged = merge_weekly(self.sweep.read(name) for name in names)
        return merged.filter(mask(numbers(merged["point"]) == self.point))

    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week; see `Distribution`."""
        return dense_counts(self.weekly(), quantity, self.scenario.weeks)


class StoredSweep(StoredResults):
    """The results of a sweep: replicates of a scenario at each of its points."""

    @cached_property
    def points(self) -> Points:
        """The points of the sweep.

        Raises
        ------
        InputError
            If their file is not there, or damaged.
        """
        table = self.read(POINTS)
        with reading(self.folder / POINTS):
            points = points_from(table)
        if points.digest() != self.manifest["points_sha256"]:
            raise InputError(f"{self.folder / POINTS}: holds the points of another sweep")
        return points

    @property
    def complete(self) -> bool:
        """Whether every part is stored, and merged."""
        return self.manifest["results_hash"] is not None

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The parts that failed twice: number, what they hold, error."""
        found: list[dict[str, Any]] = self.manifest["failed"]
        return found

    def at(self, point: int) -> StoredPoint:
        """Return the replicates at a point, as a distribution of their own.

        Raises
        ------
        InputError
            If there is no such point.
        """
        return StoredPoint(self, point)

    def _span(self, part: Path) -> tuple[int, int]:
        """Return the first and last point of a stored part, from the file's own statistics."""
        if part.name not in self._spans:
            with reading(part):
                self._check(f"outcomes/{part.name}")
                with part.open("rb") as stream, pq.ParquetFile(stream) as file:
                    group = file.metadata.row_group(0).column(0).statistics
                    self._spans[part.name] = int(group.min), int(group.max)
        return self._spans[part.name]

    @cached_property
    def _spans(self) -> dict[str, tuple[int, int]]:
        """The spans that were looked up so far, by the part's name."""
        return {}

    def parts_of(self, point: int) -> list[Path]:
        """Return the files of outcomes that hold replicates of a point, in order."""
        return self.parts_with(np.arange(len(self.points)) == point)

    def parts_with(self, points: NDArray[np.bool_]) -> list[Path]:
        """Return the files of outcomes that hold replicates of some points, in order."""
        spans = [(part, *self._span(part)) for part in self.parts]
        return [part for part, first, last in spans if points[first : last + 1].any()]


def load_results(folder: Path | str) -> StoredRun | StoredSweep:
    """Return the results in a folder that a run or a sweep has written.

    Raises
    ------
    InputError
        If the folder is not one of results.

    Examples
    --------
    >>> load_results("nowhere")
    Traceback (most recent call last):
        ...
    redline.support.errors.InputError: nowhere: not a results folder (No such file or directory)
    """
    settle(at_home(folder))
    sweep = read_manifest(at_home(folder))["kind"] == "sweep"
    return StoredSweep(folder) if sweep else StoredRun(folder)


def results_named(name: str | Path) -> StoredRun | StoredSweep | None:
    """Return the results in a folder, where a name may be that of a scenario, too.

    A built-in scenario comes before a folder of its name, which a path (``./NAME``) still
    names. None where no folder is meant.

    Raises
    ------
    InputError
        If the folder is not one of results.
    """
    if name in built_in() or not is_folder(at_home(name)):
        return None
    return load_results(name)

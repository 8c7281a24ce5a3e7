"""A sweep read back, as a whole and at each of its points; and whatever a folder holds."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from redline.case import Points, Scenario, vary
from redline.results.histories import Replicates
from redline.results.labelled import of_sweep, origin
from redline.results.measures import find_column
from redline.results.pooling.groups import Groups
from redline.results.storage.exchange import is_folder, settle
from redline.results.storage.parts import part_at
from redline.results.storage.store import POINTS, part_number, read_manifest, reading
from redline.results.storage.stored import StoredResults, StoredRun
from redline.results.storage.tables import dense_counts, mask, merge_weekly, numbers, points_from
from redline.support import Blocks, InputError, Result, at_home, built_in, whole

if TYPE_CHECKING:
    import xarray as xr


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
    engine: str
    seconds: None

    def __init__(self, sweep: "StoredSweep", point: int) -> None:
        self.sweep = sweep
        self.seed, self.replicates, self.rules = sweep.seed, sweep.replicates, sweep.rules
        self.engine, self.seconds = str(sweep.manifest["engine"]), None
        self.point = whole("point", point, 0, len(sweep.points))
        self.values = sweep.points.values(self.point)

    def __repr__(self) -> str:
        values = ", ".join(f"{address} = {value:g}" for address, value in self.values.items())
        return f"<point {self.point} of {self.sweep.folder.name}: {values}>"

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


class StoredSweep(StoredResults, Result):
    """The results of a sweep: replicates of a scenario at each of its points."""

    _remedy = "sweep it again, which makes it anew"

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

    def blocks(self) -> Blocks:
        """Yield what ``redline results`` prints: measures over the swept addresses."""
        yield repr(self)[1:-1] + ("" if self.complete else "; not complete")
        if self.parts:
            yield from self.grouped().blocks()

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline results --json`` prints."""
        return self.grouped().to_dict()

    def summary(self) -> "Groups":
        """Return measures over all swept addresses; `grouped` takes others."""
        return self.grouped()

    def to_xarray(self) -> "xr.Dataset":
        """Return the measures over points and ``replicate``, with their words and units.

        Each swept address of a grid is a dimension; points of other designs are the dimension
        ``point``, with the addresses as coordinates. Needs xarray: ``pip install
        "redline[xarray]"``.

        Raises
        ------
        InputError
            If the sweep is not complete.
        """
        if not self.complete:
            raise InputError(f"{self.folder}: not complete; to_xarray takes the whole sweep")
        axes = self.points.addresses if self.points.is_crossed else None
        about = origin(self.scenario.name, self.seed, self.rules)
        return of_sweep(self.to_pandas(), axes, about)

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The parts that failed twice: number, what they hold, error."""
        return list(self.manifest["failed"])

    def at(self, point: int) -> StoredPoint:
        """Return the replicates at a point, as a distribution of their own.

        Raises
        ------
        InputError
            If there is no such point.
        """
        return StoredPoint(self, point)

    def parts_of(self, point: int) -> list[Path]:
        """Return the files of outcomes that hold replicates of a point, in order."""
        return self.parts_with(np.arange(len(self.points)) == point)

    def parts_with(self, points: NDArray[np.bool_]) -> list[Path]:
        """Return the files of outcomes that hold replicates of some points, in order."""
        plan = len(self.points), self.replicates, self.manifest["part_replicates"]
        inside = {path: part_at(*plan, part_number(path)).inside for path in self.parts}
        return [path for path, place in inside.items() if points[place].any()]


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


open = load_results  # noqa: A001
"""Its public name, as `redline.open`; in this package, that would hide Python's own."""


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

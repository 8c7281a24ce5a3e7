"""Reading results back: a run or a sweep from its folder, a part and a few columns at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.case import ONE_POINT, Points, Scenario, from_json, vary
from redline.results.conditions import Condition
from redline.results.outcomes import COLUMNS, OUTCOMES, Distribution, find_column
from redline.results.storage.exchange import is_folder, settle
from redline.results.storage.resumable import read_journal
from redline.results.storage.store import (
    PART_FILE,
    POINTS,
    WEEKLY,
    file_hash,
    read_manifest,
    read_table,
)
from redline.results.storage.tables import (
    LADDERS,
    WEEKLY_QUANTITIES,
    arrow,
    arrow_names,
    column_codes,
    merge_weekly,
    numbers,
    points_from,
)
from redline.support import InputError, at_home, built_in, check_file, counted, nearest, whole
from redline.theory import BINS, RUNGS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.dataset as ds

KEYS = ("point", "replicate", "class")
Table = dict[str, NDArray[Any]]
"""Columns of equal length, by name."""


class StoredResults:
    """The results in a folder: nothing is read before it is asked for.

    Attributes
    ----------
    folder : where they are
    manifest : what was run, and how

    Raises
    ------
    InputError
        If the folder is not one of results.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = at_home(folder)
        settle(self.folder)
        self.manifest = read_manifest(self.folder)
        self._digests: dict[str, str] = {}
        self._checked: set[str] = set()

    def __repr__(self) -> str:
        kind, seed = self.manifest["kind"], self.manifest["seed"]
        name = self.manifest["scenario"].get("name")
        each = counted(self.replicates, "replicate")
        return f"<{kind} of {name} in {self.folder}, {each}, seed {seed}>"

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run; of a sweep, the one that its points change."""
        return from_json(self.manifest["scenario"])

    @cached_property
    def points(self) -> Points:
        """The points of the sweep; of a run, one, which changes nothing."""
        return ONE_POINT

    @property
    def replicates(self) -> int:
        """Replicates at each point."""
        return int(self.manifest["replicates"])

    @property
    def parts(self) -> list[Path]:
        """The files of outcomes that are stored, in order."""
        names = [Path(name) for name in self._look_again() if name.startswith("outcomes/")]
        names = [name for name in names if PART_FILE.fullmatch(name.name) and len(name.parts) == 2]
        return [self.folder / name for name in sorted(names, key=part_number)]

    def _look_again(self) -> dict[str, str]:
        """Return the SHA-256 of every file that counts as stored by now, by name within the folder.

        A sweep under way adds to its journal; when it ends, the manifest takes that in before
        the journal goes, so the journal is read first.
        """
        journal = read_journal(self.folder)
        if self.manifest["results_hash"] is None:
            self.manifest = read_manifest(self.folder)
        self._digests = {**self.manifest["parts"], **journal}
        return self._digests

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a stored file, or some of its columns; its SHA-256 is checked at first.

        Parameters
        ----------
        name
            Within the folder, such as ``outcomes/part-00000.parquet``.

        Raises
        ------
        InputError
            If it is not there, or not as it was written.
        """
        path = self.folder / name
        with reading(path):
            self._check(name)
            return read_table(path, columns)

    def _check(self, name: str) -> None:
        """Check, the first time, that a file is what was written."""
        if name in self._checked:
            return
        check_file(self.folder / name, None)  # read a part and a few columns at a time
        found = file_hash(self.folder / name)
        if found != self._digests.get(name) and found != self._look_again().get(name):
            again = (
                "sweep it again with resume=True, which makes it anew"
                if self.manifest["kind"] == "sweep"
                else "run the scenario again"
            )
            raise InputError(f"{self.folder / name}: is not what was written; {again}")
        self._checked.add(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Every column that can be asked for: keys, swept addresses, measures."""
        return (*KEYS, *self.points.addresses, *COLUMNS)

    def dataset(self) -> "ds.Dataset":
        """Return the stored outcomes as a lazy Arrow dataset.

        It has the column ``point`` where a table has the swept addresses. Its files are not
        checked against their SHA-256.
        """
        import pyarrow.dataset as ds

        for path in self.parts:
            check_file(path, None)
        try:
            return ds.dataset([str(path) for path in self.parts], format="parquet")
        except UnicodeEncodeError:
            raise InputError(
                f"{self.folder}: Arrow takes no path that is not UTF-8: rename the folder"
            ) from None

    def parts_with(self, points: NDArray[np.bool_]) -> list[Path]:
        """Return the files of outcomes that may hold replicates of some points, in order."""
        return self.parts

    def batches(
        self,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        points: NDArray[np.bool_] | None = None,
    ) -> Iterator[Table]:
        """Yield the replicates part by part, as columns; ``class`` as codes of `OUTCOMES`.

        Parameters
        ----------
        columns
            Names of `column_names`; all, by default.
        where
            A condition that a replicate must meet, such as ``attacks > 90 and
            class == "crisis"``.
        points
            (P,) Whether to read that point; all of them, by default.

        Raises
        ------
        InputError
            For a column that does not exist or a condition that cannot be read.
        """
        chosen = list(columns or self.column_names)
        for name in chosen:
            if name not in self.column_names:
                raise InputError(f"no column {name}{nearest(name, self.column_names)}")
        condition = Condition(where, self.column_names, {"class": OUTCOMES}) if where else None
        needed = {*chosen, *(condition.names if condition else ())}
        if points is not None:
            needed |= {"point"}
        swept = needed & set(self.points.addresses)
        for path in self.parts if points is None else self.parts_with(points):
            stored = needed - swept | ({"point"} if swept else set())
            wanted = [name for name in self.column_names if name in stored]
            table = self.read(f"outcomes/{path.name}", wanted)
            with reading(path):  # another's table may have none of these columns
                found = {name: _plain(table[name], name) for name in stored}
            for address in swept:
                found[address] = self.points.columns[address][found["point"]]
            kept = {name: found[name] for name in chosen}
            if condition or points is not None:
                holds = np.ones(len(table), bool) if points is None else points[found["point"]]
                if condition:
                    holds = holds & condition.holds(found)
                kept = {name: column[holds] for name, column in kept.items()}
            yield kept

    def columns(self, names: Sequence[str] | None = None, where: str | None = None) -> Table:
        """Return columns of all replicates, or of those that meet a condition; see `batches`."""
        batches = list(self.batches(names, where))
        if not batches:  # a sweep that has just begun
            raise InputError(f"{self.folder}: nothing is stored yet")
        return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}

    def table(self, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """Return replicates as an Arrow table, swept addresses included; see `batches`."""
        found = self.columns(columns, where)
        names = arrow_names(OUTCOMES)
        return pa.table(
            {
                name: pa.DictionaryArray.from_arrays(arrow(column), names)
                if name == "class"
                else arrow(column)
                for name, column in found.items()
            }
        )

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> "pd.DataFrame":
        """Return replicates as a pandas data frame, swept addresses included; see `batches`."""
        return self.table(columns, where).to_pandas()

    def weekly(self) -> pa.Table:
        """Return the weekly counts in long form; see `redline.results.storage.tables`.

        Raises
        ------
        InputError
            If none were kept, or the sweep has not ended.
        """
        if WEEKLY not in self.manifest["parts"]:
            raise InputError(f"{self.folder}: holds no {WEEKLY}")
        return self.read(WEEKLY)


def _plain(column: pa.ChunkedArray, name: str) -> NDArray[Any]:
    if name == "class":
        return numbers(column_codes(column, OUTCOMES)).astype(np.int8)
    return numbers(column)


MISREAD = (AttributeError, TypeError, ValueError)
"""What readers of Parquet raise, beside their own errors, for what somebody made up."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of a stored file that it cannot be read, whatever goes wrong with it."""
    try:
        yield
    except (OSError, pa.ArrowException, LookupError, *MISREAD) as error:
        first = (str(error).splitlines() or ["empty"])[0]
        raise InputError(f"{path}: cannot be read ({first})") from None


def part_number(path: Path) -> int:
    """Return the number of a part, by which parts are in order."""
    return int(path.stem.removeprefix("part-"))


class StoredRun(StoredResults, Distribution):
    """The results of a run: replicates of one scenario."""

    @property
    def actors(self) -> int:
        """Actors that decide in a week."""
        return len(self.scenario.members) + 2

    @property
    def weeks(self) -> int:
        """The horizon: weeks that a replicate lives at most."""
        return self.scenario.weeks

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


class StoredPoint(Distribution):
    """The replicates of a sweep at one of its points.

    Attributes
    ----------
    sweep : the sweep
    point : its number
    values : what is set there, by address
    """

    def __init__(self, sweep: "StoredSweep", point: int) -> None:
        self.sweep = sweep
        self.point = whole("point", point, 0, len(sweep.points))
        self.values = sweep.points.values(self.point)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario at this point."""
        return vary(self.sweep.scenario, self.values)

    @property
    def actors(self) -> int:
        """Actors that decide in a week."""
        return len(self.scenario.members) + 2

    @property
    def weeks(self) -> int:
        """The horizon: weeks that a replicate lives at most."""
        return self.scenario.weeks

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure, in replicate order.

        Raises
        ------
        InputError
            If there is no measure of that name, or nothing is stored yet.
        """
        if name != "class":
            find_column(name)
        found = []
        for path in self.sweep.parts_of(self.point):
            table = self.sweep.read(f"outcomes/{path.name}", ["point", name])
            found.append(_plain(table[name], name)[numbers(table["point"]) == self.point])
        if not found:
            raise InputError(f"{self.sweep.folder}: nothing of point {self.point} is stored yet")
        return np.concatenate(found)

    def weekly(self) -> pa.Table:
        """Return the weekly counts of this point, in long form."""
        names = [f"weekly/{path.name}" for path in self.sweep.parts_of(self.point)]
        if not names or not (self.sweep.folder / names[0]).is_file():
            raise InputError(f"{self.sweep.folder}: no weekly counts of point {self.point}")
        merged = merge_weekly(self.sweep.read(name) for name in names)
        keep = numbers(merged["point"]) == self.point
        return merged.filter(pa.chunked_array([pa.array(keep.tolist(), pa.bool_())]))

    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week; see `Distribution`."""
        return dense_counts(self.weekly(), quantity, self.scenario.weeks)


def dense_counts(rows: pa.Table, quantity: str, weeks: int) -> NDArray[np.int64]:
    """Return the weekly counts of one quantity of one point: (W, bins).

    Raises
    ------
    InputError
        If it was not counted.
    """
    codes = numbers(column_codes(rows["quantity"], WEEKLY_QUANTITIES))
    mine = codes == WEEKLY_QUANTITIES.index(quantity)
    if not mine.any() and quantity != "talks":
        raise InputError(f"weekly counts of {quantity} were not kept")
    bins = 2 if quantity == "talks" else RUNGS if quantity in LADDERS else BINS
    counts = np.zeros((weeks, bins), np.int64)
    counts[numbers(rows["week"])[mine], numbers(rows["bin"])[mine]] = numbers(rows["count"])[mine]
    return counts


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


def bin_edges(quantity: str) -> NDArray[np.float64]:
    """Return the 257 edges of the bins of a weekly quantity that is a number.

    The last edge of pressure, which has no upper bound, is infinite.
    """
    shares = np.arange(BINS + 1) / BINS
    if quantity != "pressure":
        return shares
    with np.errstate(divide="ignore"):
        return shares / (1.0 - shares)

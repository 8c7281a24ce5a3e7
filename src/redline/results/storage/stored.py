"""Results read back, a part and a few columns at a time: of a run, a sweep, a point of one."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from redline.case import ONE_POINT, Points, Scenario, from_json
from redline.engine import rules_hash
from redline.results.histories import Histories, Replicates, check_histories
from redline.results.measures import COLUMNS, OUTCOMES, SHOWN, find_column
from redline.results.measures import Table as Columns
from redline.results.pooling.conditions import Condition
from redline.results.pooling.grouping import grouped
from redline.results.pooling.groups import Groups
from redline.results.storage.exchange import settle
from redline.results.storage.resumable import read_journal
from redline.results.storage.store import (
    PART_FILE,
    WEEKLY,
    file_hash,
    part_number,
    read_manifest,
    read_table,
    reading,
    version_of,
)
from redline.results.storage.tables import (
    arrow,
    arrow_names,
    dense_counts,
    histories_from,
    numbers,
    plain_column,
    with_words,
)
from redline.support import InputError, at_home, check_file, counted, names, nearest
from redline.theory import Outcome

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.dataset as ds

KEYS = ("point", "replicate", "class")


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

    _remedy = "run the scenario again"

    def __init__(self, folder: Path | str) -> None:
        self.folder = at_home(folder).absolute()
        settle(self.folder)
        self.manifest = read_manifest(self.folder)
        self._digests: dict[str, str] = {}
        self._checked: dict[str, tuple[int, ...]] = {}

    def __repr__(self) -> str:
        kind, name = self.manifest["kind"], self.manifest["scenario"].get("name")
        each = counted(self.replicates, "replicate")
        return f"<{kind} of {name} in {self.folder}, {each}, seed {self.seed}>"

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run; of a sweep, the one that its points change."""
        return from_json(self.manifest["scenario"])

    @cached_property
    def points(self) -> Points:
        """The points of the sweep; of a run, one, which changes nothing."""
        return ONE_POINT

    @property
    def complete(self) -> bool:
        """Whether all is stored by now."""
        if self.manifest["results_hash"] is None:
            self._look_again()
        return self.manifest["results_hash"] is not None

    @property
    def replicates(self) -> int:
        """Replicates at each point."""
        return int(self.manifest["replicates"])

    @property
    def seed(self) -> int:
        """The seed of their chance."""
        return int(self.manifest["seed"])

    @property
    def rules(self) -> str:
        """The hash of the rules that they followed."""
        return str(self.manifest["rules_hash"])

    def _rules_changed(self) -> str:
        return (
            f"{self.folder}: the rules have changed since, so its histories cannot be reproduced; "
            f"{version_of(self.manifest)} reproduces them"
        )

    @property
    def parts(self) -> list[Path]:
        """The files of outcomes that are stored, in order."""
        held = [name.partition("/") for name in self._look_again()]
        parts = [name for kind, _, name in held if kind == "outcomes" and PART_FILE.fullmatch(name)]
        return sorted((self.folder / "outcomes" / name for name in parts), key=part_number)

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
        """Check, the first time and when it is another, that a file is what was written."""
        about = (self.folder / name).stat()
        state = (about.st_ino, about.st_mtime_ns, about.st_size)
        if self._checked.get(name) == state:
            return
        check_file(self.folder / name, None)  # read a part and a few columns at a time
        found = file_hash(self.folder / name)
        if found != self._digests.get(name) and found != self._look_again().get(name):
            mine, there = self.manifest["results_hash"], read_manifest(self.folder)
            if mine and there["results_hash"] != mine:
                raise InputError(f"{self.folder}: holds other results now: open it again")
            raise InputError(
                f"{self.folder / name}: has changed since it was written; {self._remedy}"
            )
        self._checked[name] = state

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
    ) -> Iterator[Columns]:
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
        known = self.column_names
        chosen = list(names(columns) or known)
        for name in chosen:
            if name not in known:
                raise InputError(f"no column {name}{nearest(name, known)}")
        condition = Condition(where, known, {"class": OUTCOMES}) if where else None
        needed = {*chosen, *(condition.names if condition else ())}
        swept = needed & set(self.points.addresses)
        if swept or points is not None:
            needed |= {"point"}
        stored = [name for name in known if name in needed - swept]
        for path in self.parts if points is None else self.parts_with(points):
            table = self.read(f"outcomes/{path.name}", stored)
            with reading(path):  # another's table may have none of these columns
                found = {name: plain_column(table[name], name) for name in stored}
            for address in swept:
                found[address] = self.points.columns[address][found["point"]]
            holds = [] if points is None else [points[found["point"]]]
            if condition:
                holds.append(condition.holds(found))
            rows = np.logical_and.reduce(holds) if holds else slice(None)
            yield {name: found[name][rows] for name in chosen}

    def columns(self, names: Sequence[str] | None = None, where: str | None = None) -> Columns:
        """Return columns of all replicates, or of those that meet a condition; see `batches`."""
        batches = list(self.batches(names, where))
        if not batches:  # a sweep that has just begun
            raise InputError(f"{self.folder}: nothing is stored yet")
        return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}

    def table(self, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """Return replicates as an Arrow table, swept addresses included; see `batches`.

        The metadata of a column that is a measure holds its ``words`` and its ``unit``.
        """
        found = self.columns(columns, where)
        table = {name: arrow(column) for name, column in found.items()}
        if "class" in table:
            names = arrow_names(OUTCOMES)
            table["class"] = pa.DictionaryArray.from_arrays(table["class"], names)
        return with_words(pa.table(table))

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> "pd.DataFrame":
        """Return replicates as a pandas data frame, swept addresses included; see `batches`."""
        return self.table(columns, where).to_pandas()

    def grouped(
        self,
        by: Sequence[str] | None = None,
        measures: Sequence[str] = SHOWN,
        where: str | None = None,
        quantiles: bool = False,
    ) -> Groups:
        """Return measures for every value of some swept addresses: a table with intervals.

        Parameters
        ----------
        by
            Swept addresses; all of them, by default, which makes a group of each point. None at
            all (an empty list) makes one group.
        measures
            Names of classes, measures and ratios; see ``docs/glossary.md``.
        where
            A condition that a replicate must meet, such as ``attacks > 90``.
        quantiles
            Whether to find the exact quantiles of single replicates, too.

        Raises
        ------
        InputError
            For an address that is not swept, or a measure or a condition that does not exist.
        """
        return grouped(self, by, measures, where, quantiles)

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


class StoredRun(StoredResults, Replicates):
    """The results of a run: replicates of one scenario."""

    first = 0

    @property
    def engine(self) -> str:
        """Through which it was simulated."""
        return str(self.manifest["engine"])

    @property
    def seconds(self) -> float:
        """The seconds that its parts took."""
        return float(self.manifest["seconds"])

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> "pd.DataFrame":
        """Return a row for each replicate; see `Replicates.to_pandas`."""
        known = [name for name in self.column_names if name != "point"]
        return super().to_pandas(known if columns is None else columns, where)

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
        """Return the values of a measure, in replicate order; see `Distribution`."""
        if name != "class":
            find_column(name)
        return self.columns([name])[name]

    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week; see `Distribution`."""
        return dense_counts(self.weekly(), quantity, self.scenario.weeks)

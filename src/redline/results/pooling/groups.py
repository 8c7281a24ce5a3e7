"""Groups of replicates, and what there is to read of them: a table over the swept addresses."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from redline.case import Points, Scenario, label_of
from redline.results.intervals import Interval
from redline.results.measures import Table as Columns
from redline.support import JSON_FORMAT, Blocks, Result, Table, counted, listed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FINISH = "finish it first, with redline.sweep(to={!r})"
"""What to do with a sweep that is not complete, of which the folder is inserted."""
MOST_ROWS = 40
"""Rows of a table that are printed; JSON and data frames have them all."""
MOST_LABELLED = 2
"""Swept addresses up to which headings have room for their labels."""


class Stored(Protocol):
    """Results that are read a part at a time; see `redline.results.storage.stored`."""

    folder: Path

    @property
    def scenario(self) -> Scenario: ...  # noqa: D102

    @property
    def points(self) -> Points: ...  # noqa: D102

    @property
    def complete(self) -> bool: ...  # noqa: D102

    @property
    def replicates(self) -> int: ...  # noqa: D102

    @property
    def seed(self) -> int: ...  # noqa: D102

    def batches(  # noqa: D102
        self,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        points: NDArray[np.bool_] | None = None,
    ) -> Iterator[Columns]: ...


class Quantiles(NamedTuple):
    """The 5, 50 and 95 % quantiles of single replicates; None where none has a value."""

    q05: float | None
    q50: float | None
    q95: float | None


class Group(NamedTuple):
    """The replicates of some points: what they have in common, and what they amount to.

    `replicates` counts those of all `points` together; `quantiles` are of single replicates, of
    each measure that is no share, where they were asked for.
    """

    values: dict[str, float]
    points: int
    replicates: int
    measures: dict[str, Interval]
    quantiles: dict[str, Quantiles] | None = None

    def ends(self, name: str) -> dict[str, float | None]:
        """Return the quantiles of a measure, if there are any."""
        found = (self.quantiles or {}).get(name)
        return found._asdict() if found else {}

    def to_dict(self) -> dict[str, Any]:
        """Return it as a row of ``redline results --json``."""
        measures = {
            name: {**interval._asdict(), **self.ends(name)}
            for name, interval in self.measures.items()
        }
        return {**self._asdict(), "measures": measures}


class Pooled(NamedTuple):
    """What the groups of a sweep pool: the addresses that vary within them, and the points."""

    addresses: tuple[str, ...]
    least: int
    most: int

    def sentence(self) -> str:
        """Say it in a line."""
        few = f"{self.least:,} to {self.most:,}" if self.least < self.most else f"{self.most:,}"
        if not self.addresses:
            return f"each row pools {few} points that are the same"
        if self.most == 1:
            vary = "varies" if len(self.addresses) == 1 else "vary"
            return f"each row is one point; {listed(list(self.addresses))} {vary} from row to row"
        return f"each row pools {few} points of {' × '.join(self.addresses)}"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``results --json`` prints of it."""
        return {**self._asdict(), "addresses": list(self.addresses)}


def pooled(results: Stored, groups: Sequence[Group]) -> Pooled | None:
    """Return what groups pool, or what varies unseen; None if each is one point that is shown."""
    if not groups:
        return None
    points = [group.points for group in groups]
    by = groups[0].values
    columns = results.points.columns
    others = [name for name in columns if name not in by and len(set(columns[name].tolist())) > 1]
    if max(points, default=1) <= 1 and not others:
        return None
    return Pooled(tuple(others), min(points), max(points))


class Groups(list[Group], Result):
    """What the replicates in a folder amount to: a list of `Group`, and a table.

    Attributes
    ----------
    stored : the results
    where : the condition that the replicates meet, if there is one
    """

    def __init__(self, groups: Iterable[Group], stored: Stored, where: str | None) -> None:
        super().__init__(groups)
        self.stored = stored
        self.where = where

    def __repr__(self) -> str:
        told = ", ".join(self[0].measures) if self else "nothing"
        return f"<{counted(len(self), 'group')} of {self.stored.folder.name}: {told}>"

    @property
    def pooled(self) -> "Pooled | None":
        """What groups pool, or what varies unseen; None if each is one point that is shown."""
        return pooled(self.stored, self)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline results --json`` prints."""
        together = self.pooled
        groups = [group.to_dict() for group in self]
        for group in groups:
            del group["quantiles"]
        return {
            "format": JSON_FORMAT,
            "folder": str(self.stored.folder),
            "scenario": self.stored.scenario.name,
            "seed": self.stored.seed,
            "where": self.where,
            "pooled": together.to_dict() if together else None,
            "groups": groups,
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each group: what it has in common, its size, its measures.

        Columns are the addresses, ``points``, ``replicates``, and of each measure its value under
        its name, and the ends of the 95 % interval as ``NAME.low`` and ``NAME.high``.
        """
        import pandas as pd

        return pd.DataFrame(group_rows(self))

    def to_xarray(self) -> "xr.Dataset":
        """Return the table over the addresses as dimensions; needs xarray."""
        found: xr.Dataset = self.to_pandas().set_index(list(self[0].values)).to_xarray()
        return found

    def blocks(self) -> Blocks:
        """Yield what ``redline results`` prints: a row for each group, and what they pool."""
        yield Table(*_table(self[:MOST_ROWS]), "r")
        together = self.pooled
        told = [together.sentence()] if together else []
        if self.where:
            met = sum(group.replicates for group in self)
            of = self.stored.replicates * len(self.stored.points)
            told.append(f"of {of:,} replicates {met:,} meet {self.where}")
        if told:
            caption = "; ".join(told)
            yield f"{caption[0].upper()}{caption[1:]}."

    @property
    def left_out(self) -> int:
        """How many rows are left out of what is printed."""
        return max(0, len(self) - MOST_ROWS)

    def _repr_html_(self) -> str:
        more = f"<p>{counted(self.left_out, 'more row')}: to_pandas() has all of them</p>"
        return super()._repr_html_() + (more if self.left_out else "")


def _table(groups: Sequence[Group]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the rows of groups."""
    if not groups:
        return ["replicates"], []
    first = groups[0]
    below = {name: "\n5 %, 50 %, 95 %" if first.ends(name) else "" for name in first.measures}
    measures = [f"{name}\n95 % interval{more}" for name, more in below.items()]
    rows = [
        [
            *(f"{value:.6g}" for value in group.values.values()),
            f"{group.replicates:,}",
            *(
                _interval_words(found) + _spread_words(group.ends(name))
                for name, found in group.measures.items()
            ),
        ]
        for group in groups
    ]
    few = len(first.values) <= MOST_LABELLED
    values = [f"{label_of(one)}\n{one}" if few else one for one in first.values]
    return [*values, "replicates", *measures], rows


def _spread_words(ends: dict[str, float | None]) -> str:
    """Return a line of quantiles; nothing if there are none."""
    told = ["–" if value is None else f"{value:.4g}" for value in ends.values()]
    return f"\n{', '.join(told)}" if told else ""


def _interval_words(interval: Interval) -> str:
    if interval.mean is None:
        return "–"
    if interval.low is None:
        return f"{interval.mean:.4g}"
    return f"{interval.mean:.4g} [{interval.low:.4g}, {interval.high:.4g}]"


def group_rows(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """Return groups as flat rows: addresses, points, replicates, measures with bounds."""
    rows = []
    for group in groups:
        row: dict[str, Any] = {
            **group.values,
            "points": group.points,
            "replicates": group.replicates,
        }
        for name, (mean, low, high) in group.measures.items():
            row |= {name: mean, f"{name}.low": low, f"{name}.high": high}
            if group.quantiles and name in group.quantiles:
                ends = group.quantiles[name]._asdict()
                row |= {f"{name}.{end}": value for end, value in ends.items()}
        rows.append(row)
    return rows

"""What replicates amount to, group by group: any measure over any swept address.

Every measure is a ratio of totals: a mean is a total over the number of replicates, a rate
a total over weeks lived. Points of a sweep share their chance, so where several are pooled
into a group their replicates of one number are no independent observations: intervals are
over replicates, each one's totals being summed over the points of its group.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.results.intervals import CONFIDENCE, mean_bounds, wilson_bounds
from redline.results.outcomes import COLUMNS, OUTCOMES, RATIOS, find_column, most_of
from redline.results.quantiles import exact_quantiles
from redline.results.storage.folder import StoredResults, Table
from redline.support import InputError, listed, names, nearest
from redline.theory import FIRST_ATTACK, Actor, rung_names

PER_WEEK = "_per_week"
SHOWN = ("confrontation", "crisis", "attacks_per_week", "strikes_per_attack", "weeks_lived")
"""The measures of a table, unless others are asked for."""
ATTACK_WEEKS = tuple(
    f"provocation_weeks.{rung}" for rung in rung_names(Actor.MILITIAS)[FIRST_ATTACK:]
)

MOST_CELLS = 16_000_000
"""Replicates of groups, times measures, that are added up at once, to bound memory."""
MOST_VALUES = 20_000_000
"""Values of single replicates that are held at once."""
QUANTILES = (0.05, 0.5, 0.95)

Part = Callable[[Table], NDArray[Any]]


class Measure(NamedTuple):
    """A measure as a ratio of totals over replicates.

    `needs` are the columns that it is made from; `share` says that it is a share of
    replicates, whose interval is Wilson's; `signed` that it may be negative; `most` is what it
    cannot exceed.
    """

    name: str
    needs: tuple[str, ...]
    above: Part
    below: Part
    share: bool = False
    signed: bool = False
    most: float = float("inf")


class Interval(NamedTuple):
    """A figure with its 95 % interval; None for what too few replicates cannot give."""

    mean: float | None
    low: float | None
    high: float | None


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


# Measures


def _total(names: Sequence[str]) -> Part:
    return lambda table: sum(table[name].astype(np.float64) for name in names)  # type: ignore[return-value]


def _ones(table: Table) -> NDArray[np.float64]:
    return np.ones(len(next(iter(table.values()))))


@cache
def find_measure(name: str) -> Measure:
    """Return a measure by name.

    A class (the share of replicates in it), a column of `COLUMNS` (its mean; of a week, the
    mean of those that came), a count with ``_per_week`` behind it (its rate per week lived),
    a ratio of `RATIOS`, or ``attack_weeks``, the share of weeks lived that saw an attack.

    Raises
    ------
    InputError
        If there is no measure of that name.
    """
    if name in OUTCOMES:
        code = OUTCOMES.index(name)
        return Measure(name, ("class",), lambda table: table["class"] == code, _ones, share=True)
    if name in RATIOS:
        above, below = RATIOS[name]
        most = 1.0 if above in below else float("inf")
        return Measure(name, (above, *below), _total([above]), _total(below), most=most)
    if name == "attack_weeks":
        needs = (*ATTACK_WEEKS, "weeks_lived")
        return Measure(name, needs, _total(ATTACK_WEEKS), _total(["weeks_lived"]), most=1.0)
    base = name.removesuffix(PER_WEEK)
    if base != name and base in COLUMNS and COLUMNS[base].kind == "count":
        return Measure(name, (base, "weeks_lived"), _total([base]), _total(["weeks_lived"]))
    if name not in COLUMNS:
        known = measure_names()
        raise InputError(f"no measure {name}{nearest(name, known)}")
    kind = find_column(name).kind
    if kind == "week":
        return Measure(
            name,
            (name,),
            lambda table: np.maximum(table[name], 0),
            lambda table: table[name] >= 0,
        )
    return Measure(name, (name,), _total([name]), _ones, signed=kind == "balance")


def _bounded(measure: Measure, results: StoredResults) -> Measure:
    """Return a measure that knows what it cannot exceed in the scenarios of some results."""
    base = measure.name.removesuffix(PER_WEEK)
    if base not in COLUMNS:
        return measure
    weeks = results.scenario.weeks if base == measure.name else 1
    cells = results.points.columns.get(
        "militias.cells", [results.scenario.document["militias"]["cells"]]
    )
    militias = len(results.scenario.factions) * int(max(cells))
    return measure._replace(most=most_of(base, weeks, militias))


def measure_names() -> tuple[str, ...]:
    """Return the name of every measure."""
    counts = [name for name, column in COLUMNS.items() if column.kind == "count"]
    rates = [f"{name}{PER_WEEK}" for name in counts if name != "weeks_lived"]
    return (*OUTCOMES, *COLUMNS, *RATIOS, "attack_weeks", *rates)


# Groups


def grouped(
    results: StoredResults,
    by: Sequence[str] | None = None,
    measures: Sequence[str] = SHOWN,
    where: str | None = None,
    quantiles: bool = False,
) -> list[Group]:
    """Return what the replicates of a folder amount to, for every value of some addresses.

    Parameters
    ----------
    by
        Swept addresses; all of them, by default, which makes a group of each point. None at
        all (an empty list) makes one group.
    measures
        Names for `find_measure`.
    where
        A condition that a replicate must meet; see `redline.results.conditions`.
    quantiles
        Whether to find the exact quantiles of single replicates, too, which reads the results
        once or twice more.

    Returns
    -------
    Groups in ascending order of their values; those that no replicate is in are left out.

    Raises
    ------
    InputError
        For an address that is not swept, or a measure or a condition that does not exist.
    """
    if not isinstance(results, StoredResults):
        raise InputError(
            "grouped takes results in a folder, load_results(FOLDER); those in memory have "
            "summary()"
        )
    points = results.points
    by = tuple(dict.fromkeys(points.addresses if by is None else names(by)))
    for address in by:
        if address not in points.addresses:
            known = nearest(address, points.addresses) if points.addresses else ""
            raise InputError(f"{address} is not swept here{known}")
    wanted = [_bounded(find_measure(name), results) for name in dict.fromkeys(names(measures))]
    group_of, values = _groups(points.columns, by, len(points))
    sums = [_Sums(len(values)) for _ in wanted]
    rows = np.zeros(len(values), np.int64)
    seen = np.zeros(len(points), bool)
    for cells in _cells(results, wanted, where, group_of, len(values), seen):
        np.add.at(rows, cells.group, cells.rows)
        for sum_, above, below in zip(sums, cells.above, cells.below, strict=True):
            sum_.add(cells.group, above, below)
    together = np.bincount(group_of[seen], minlength=len(values))
    found = {m.name: sum_.intervals(m, rows) for m, sum_ in zip(wanted, sums, strict=True)}
    spread = _quantiles(results, wanted, where, group_of, rows) if quantiles else {}
    return [
        Group(
            dict(zip(by, value, strict=True)),
            int(together[index]),
            int(rows[index]),
            {name: intervals[index] for name, intervals in found.items()},
            spread.get(index),
        )
        for index, value in enumerate(values)
        if rows[index]
    ]


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


def pooled(results: StoredResults, groups: Sequence[Group]) -> Pooled | None:
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


class _Cells(NamedTuple):
    """What replicates add up to, each over the points of its group: (K,) each.

    `above` and `below` are those of each measure.
    """

    group: NDArray[np.int64]
    rows: NDArray[np.int64]
    above: list[NDArray[np.float64]]
    below: list[NDArray[np.float64]]


def _cells(
    results: StoredResults,
    wanted: Sequence[Measure],
    where: str | None,
    group_of: NDArray[np.int64],
    groups: int,
    seen: NDArray[np.bool_],
) -> Iterator[_Cells]:
    """Yield every replicate of every group once; mark the points that are `seen`.

    Where each group is one point, a stored row is a cell, and memory is that of a part. Else
    rows are added up for a range of replicates at a time, which bounds it: the results are
    read once for each range.
    """
    columns = list(dict.fromkeys(["point", "replicate", *(n for m in wanted for n in m.needs)]))
    several = len(group_of) > groups
    most = MOST_CELLS // (groups * max(1, len(wanted)))
    width = max(1, most) if several else results.replicates
    for first in range(0, results.replicates, width):
        into = _no_cells(groups * min(width, results.replicates), len(wanted)) if several else None
        for every in results.batches(columns, where):
            inside = (every["replicate"] >= first) & (every["replicate"] < first + width)
            table = {name: column[inside] for name, column in every.items()}
            seen[table["point"]] = True
            cells = _Cells(
                group_of[table["point"]],
                np.ones(len(table["point"]), np.int64),
                [np.asarray(m.above(table), np.float64) for m in wanted],
                [np.asarray(m.below(table), np.float64) for m in wanted],
            )
            if into is None:
                yield cells
            else:
                place = cells.group * (len(into.rows) // groups) + table["replicate"] - first
                _add(into, place, cells)
        if into is not None:
            yield _held(into)


def _no_cells(size: int, measures: int) -> _Cells:
    none = [np.zeros(size) for _ in range(2 * measures)]
    rows = np.zeros(size, np.int64)
    return _Cells(rows, rows.copy(), none[:measures], none[measures:])


def _add(into: _Cells, place: NDArray[np.int64], cells: _Cells) -> None:
    """Add cells to those at some places, in place."""
    into.group[place] = cells.group
    np.add.at(into.rows, place, cells.rows)
    for mine, more in zip(into.above + into.below, cells.above + cells.below, strict=True):
        np.add.at(mine, place, more)


def _held(cells: _Cells) -> _Cells:
    """Return the cells that some row is in."""
    held = cells.rows > 0
    return _Cells(
        cells.group[held],
        cells.rows[held],
        [above[held] for above in cells.above],
        [below[held] for below in cells.below],
    )


def _groups(
    columns: dict[str, NDArray[Any]], by: Sequence[str], count: int
) -> tuple[NDArray[np.int64], list[tuple[float, ...]]]:
    """Return the group of each point, and the values of each group, in ascending order."""
    if not by:
        return np.zeros(count, np.int64), [()]
    coded = [np.unique(columns[address], return_inverse=True) for address in by]
    codes = np.stack([code for _, code in coded])
    present, group_of = np.unique(codes, axis=1, return_inverse=True)
    by_column = [level[place].tolist() for (level, _), place in zip(coded, present, strict=True)]
    return group_of.reshape(-1), list(zip(*by_column, strict=True))


class _Sums:
    """A ratio of totals over the replicates of each group, and its spread: (G,) sums.

    Squares are those of above - centre · below, where the centre is the ratio of what came
    first: near enough to the ratio for no digit to be lost.
    """

    def __init__(self, groups: int) -> None:
        self.centre = np.full(groups, np.nan)
        self.held, self.defined = np.zeros((2, groups), np.int64)
        self.above, self.below = np.zeros((2, groups))
        self.squares, self.cross, self.below_squares = np.zeros((3, groups))

    def add(
        self, group: NDArray[np.int64], above: NDArray[np.float64], below: NDArray[np.float64]
    ) -> None:
        """Add replicates, each in a group: (K,) each."""
        if not len(group):
            return
        least, most = int(group.min()), int(group.max())
        here, place = slice(least, most + 1), group - least

        def total(values: NDArray[Any] | None = None) -> NDArray[Any]:
            return np.bincount(place, values, most + 1 - least)

        with np.errstate(all="ignore"):
            top, bottom = total(above), total(below)
            ratio = np.where(bottom > 0, top / bottom, 0.0)
            held = total()
            new = np.isnan(self.centre[here]) & (held > 0)
            self.centre[here][new] = ratio[new]
            residual = above - self.centre[here][place] * below
            self.held[here] += held
            self.defined[here] += total(below > 0).astype(np.int64)
            self.above[here] += top
            self.below[here] += bottom
            self.squares[here] += total(residual * residual)
            self.cross[here] += total(residual * below)
            self.below_squares[here] += total(below * below)

    def intervals(self, measure: Measure, rows: NDArray[np.int64]) -> list[Interval]:
        """Return the ratio of totals of each group, with its interval over replicates.

        Parameters
        ----------
        rows : (G,) stored rows: one of each replicate at each point

        Notes
        -----
        The variance of a ratio is that of its linearisation (Cochran 1977, *Sampling
        Techniques*, §2.11 and §6.4); for a mean it is the usual one, and the interval
        Student's, or on a log scale; see `mean_bounds`. A share has Wilson's interval at its
        effective number of replicates, p(1 - p) over that variance (Korn & Graubard 1998,
        *Survey Methodology* 24(2)): where a group is one point, that is their number; where all
        agree, the number of different replicates.
        """
        from scipy.stats import t

        count = self.held if measure.share else self.defined
        with np.errstate(all="ignore"):
            ratio = self.above / self.below
            off = ratio - self.centre
            residuals = self.squares - 2 * off * self.cross + off * off * self.below_squares
            squares = np.maximum(residuals, 0.0) / (self.below * self.below)
            error = np.sqrt(squares * count / (count - 1))
            reach = t.ppf((1 + CONFIDENCE) / 2, count - 1) * error
            variance = ratio * (1 - ratio)
            # Where all replicates agree, what is left of the squares is rounding.
            agree = squares <= 1e-12 * variance / self.below
            effective = np.clip(np.where(agree, count, variance / squares), 1, self.below)
            unit = rows / self.below
        found = []
        for index, mean in enumerate(ratio.tolist()):
            if self.below[index] == 0:
                found.append(Interval(None, None, None))
            elif measure.share:
                found.append(Interval(mean, *wilson_bounds(mean, float(effective[index]))))
            elif np.isfinite(reach[index]):
                low, high = mean_bounds(
                    mean, float(reach[index]), int(count[index]), measure.signed, float(unit[index])
                )
                found.append(Interval(mean, low, min(high, max(mean, measure.most))))
            else:
                found.append(Interval(mean, None, None))
        return found


# Quantiles


def _quantiles(
    results: StoredResults,
    wanted: Sequence[Measure],
    where: str | None,
    group_of: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> dict[int, dict[str, Quantiles]]:
    """Return the quantiles of single replicates in every group that has any, by its number.

    Groups are taken a few at a time: as many as memory holds the values of, or one that is too
    large for that, whose values are gone through twice.
    """
    measures = [measure for measure in wanted if not measure.share]
    columns = list(dict.fromkeys(["point", *(need for m in measures for need in m.needs)]))
    found: dict[int, dict[str, Quantiles]] = {}
    for block in _blocks(group_of, rows, MOST_VALUES // max(1, len(measures))):
        chosen = np.isin(group_of, block)

        def read(chosen: NDArray[np.bool_] = chosen) -> Iterator[tuple[NDArray[np.int64], Table]]:
            for table in results.batches(columns, where, chosen):
                yield group_of[table["point"]], table

        if len(block) == 1:
            pieces = partial(_values_of, read, measures)
            several = [exact_quantiles(pieces, len(measures), QUANTILES)]
        else:
            several = _small_groups(read(), measures, block)
        for group, ends in zip(block, several, strict=True):
            found[group] = {
                measure.name: Quantiles(None, None, None)
                if values is None
                else Quantiles(*values.tolist())
                for measure, values in zip(measures, ends, strict=True)
            }
    return found


def _blocks(group_of: NDArray[np.int64], rows: NDArray[np.int64], most: int) -> Iterator[list[int]]:
    """Yield groups with no more rows together than so many, or one; those stored near together."""
    groups, first = np.unique(group_of, return_index=True)
    block: list[int] = []
    for group in groups[np.argsort(first)].tolist():
        if block and rows[block].sum() + rows[group] > most:
            yield block
            block = []
        if rows[group]:
            block.append(group)
    if block:
        yield block


def _value(measure: Measure, table: Table) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which replicates have a value of a measure, and their values."""
    below = np.asarray(measure.below(table), np.float64)
    has = below > 0
    return has, np.asarray(measure.above(table), np.float64)[has] / below[has]


def _values_of(
    read: Callable[[], Iterator[tuple[NDArray[np.int64], Table]]], measures: Sequence[Measure]
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the values of each measure, part by part."""
    for _, table in read():
        yield [_value(measure, table)[1] for measure in measures]


def _small_groups(
    pieces: Iterator[tuple[NDArray[np.int64], Table]],
    measures: Sequence[Measure],
    block: Sequence[int],
) -> list[list[NDArray[np.float64] | None]]:
    """Return the quantiles of each measure in each of some groups, from all of their values."""
    groups: list[list[NDArray[Any]]] = [[] for _ in measures]
    values: list[list[NDArray[np.float64]]] = [[] for _ in measures]
    for group, table in pieces:
        for place, measure in enumerate(measures):
            has, value = _value(measure, table)
            groups[place].append(group[has])
            values[place].append(value)
    found: list[list[NDArray[np.float64] | None]] = [[] for _ in block]
    for place in range(len(measures)):
        group, every = np.concatenate(groups[place]), np.concatenate(values[place])
        order = np.argsort(group, kind="stable")
        group, every = group[order], every[order]
        for index, number in enumerate(block):
            first, last = np.searchsorted(group, [number, number + 1])
            mine = every[first:last]
            found[index].append(np.quantile(mine, QUANTILES) if len(mine) else None)
    return found


def group_rows(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """Return groups as flat rows: addresses, points, replicates, measures with bounds."""
    rows = []
    for group in groups:
        row: dict[str, Any] = {**group.values, "points": group.points}
        row["replicates"] = group.replicates
        for name, interval in group.measures.items():
            row |= {
                name: interval.mean,
                f"{name}.low": interval.low,
                f"{name}.high": interval.high,
            }
            if group.quantiles and name in group.quantiles:
                ends = group.quantiles[name]._asdict()
                row |= {f"{name}.{end}": value for end, value in ends.items()}
        rows.append(row)
    return rows

"""What replicates amount to, group by group: any measure over any swept address.

Every measure is a ratio of totals: a mean is a total over the number of replicates, a rate
a total over weeks simulated. Points of a sweep share their chance, so where several are pooled
into a group their replicates of one number are no independent observations: intervals are
over replicates, each one's totals being summed over the points of its group.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.results.measures import SHOWN, Measure, find_measure
from redline.results.measures import Table as Columns
from redline.results.pooling.groups import Group, Groups, Quantiles, Stored
from redline.results.pooling.quantiles import exact_quantiles
from redline.results.pooling.summaries import Sums
from redline.support import InputError, names, nearest

MOST_CELLS = 16_000_000
"""Replicates of groups, times measures, that are added up at once, to bound memory."""
MOST_VALUES = 20_000_000
"""Values of single replicates that are held at once."""
QUANTILES = (0.05, 0.5, 0.95)


def grouped(
    results: Stored,
    by: Sequence[str] | None = None,
    measures: Sequence[str] = SHOWN,
    where: str | None = None,
    quantiles: bool = False,
) -> Groups:
    """Return what the replicates of a folder amount to, for every value of some addresses.

    Parameters
    ----------
    by
        Swept addresses; all of them, by default, which makes a group of each point. None at
        all (an empty list) makes one group.
    measures
        Names for `find_measure`.
    where
        A condition that a replicate must meet; see `redline.results.pooling.conditions`.
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
    if not hasattr(results, "batches"):
        raise InputError(
            "grouped takes results in a folder, open(FOLDER); those in memory have summary()"
        )
    points = results.points
    by = tuple(dict.fromkeys(points.addresses if by is None else names(by)))
    for address in by:
        if address not in points.addresses:
            known = nearest(address, points.addresses) if points.addresses else ""
            raise InputError(f"{address} is not swept here{known}")
    wanted = [find_measure(name) for name in dict.fromkeys(names(measures))]
    group_of, values = _groups(points.columns, by, len(points))
    sums = [Sums(len(values)) for _ in wanted]
    rows = np.zeros(len(values), np.int64)
    seen = np.zeros(len(points), bool)
    for group, counted, *totals in _cells(results, wanted, where, group_of, len(values), seen):
        np.add.at(rows, group, counted.astype(np.int64))
        for sum_, numerator, denominator in zip(sums, totals[::2], totals[1::2], strict=True):
            sum_.add(group, numerator, denominator)
    together = np.bincount(group_of[seen], minlength=len(values))
    found = {
        measure.name: sum_.intervals(measure, rows, most_of(measure, results))
        for measure, sum_ in zip(wanted, sums, strict=True)
    }
    spread = _quantiles(results, wanted, where, group_of, rows) if quantiles else {}
    groups = (
        Group(
            dict(zip(by, value, strict=True)),
            int(together[index]),
            int(rows[index]),
            {name: intervals[index] for name, intervals in found.items()},
            spread.get(index),
        )
        for index, value in enumerate(values)
        if rows[index]
    )
    return Groups(groups, results, where)


def most_of(measure: Measure, results: Stored) -> float:
    """Return what a measure cannot exceed in the scenarios of some results."""
    scenario = results.scenario
    cells = results.points.columns.get("militias.cells", [scenario.document["militias"]["cells"]])
    return measure.most(scenario.weeks, len(scenario.factions) * int(max(cells)))


def _cells(
    results: Stored,
    wanted: Sequence[Measure],
    where: str | None,
    group_of: NDArray[np.int64],
    groups: int,
    seen: NDArray[np.bool_],
) -> Iterator[list[NDArray[Any]]]:
    """Yield every replicate of every group once; mark the points that are `seen`.

    What replicates add up to, each over the points of its group: (K,) groups, (K,) stored rows,
    and the (K,) numerators and denominators of each measure in turn.

    Where each group is one point, a stored row is a cell, and memory is that of a part. Else
    rows are added up for a range of replicates at a time, which bounds it: the results are
    read once for each range.
    """
    columns = list(dict.fromkeys(["point", "replicate", *(n for m in wanted for n in m.needs)]))
    several = len(group_of) > groups
    most = max(1, MOST_CELLS // (groups * max(1, len(wanted))))
    width = min(most, results.replicates) if several else results.replicates
    for first in range(0, results.replicates, width):
        added = np.zeros((1 + 2 * len(wanted), groups * width if several else 0))
        for every in results.batches(columns, where):
            inside = (every["replicate"] >= first) & (every["replicate"] < first + width)
            table = {name: column[inside] for name, column in every.items()}
            seen[table["point"]] = True
            group = group_of[table["point"]]
            totals = [np.ones(len(group))]
            for measure in wanted:
                totals += measure.numerator(table), measure.denominator(table)
            if not several:
                yield [group, *totals]
                continue
            place = group * width + table["replicate"] - first
            for mine, more in zip(added, totals, strict=True):
                np.add.at(mine, place, more)
        if several:
            held = np.flatnonzero(added[0])
            yield [held // width, *added[:, held]]


def _groups(
    columns: dict[str, NDArray[Any]], by: Sequence[str], count: int
) -> tuple[NDArray[np.int64], list[tuple[float, ...]]]:
    """Return the group of each point, and the values of each group, in ascending order."""
    rows = list(zip(*(columns[address].tolist() for address in by), strict=True)) or [()] * count
    values = sorted(set(rows))
    numbers = {value: number for number, value in enumerate(values)}
    return np.array([numbers[row] for row in rows]), values


# Quantiles


def _quantiles(
    results: Stored,
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
        read = partial(results.batches, columns, where, np.isin(group_of, block))
        if len(block) == 1:
            pieces = partial(_values_of, read, measures)
            several = [exact_quantiles(pieces, len(measures), QUANTILES)]
        else:
            several = _small_groups(read(), measures, group_of, block)
        for group, ends in zip(block, several, strict=True):
            found[group] = {
                measure.name: Quantiles(*([None] * 3 if values is None else values.tolist()))
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


def _value(measure: Measure, table: Columns) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which replicates have a value of a measure, and their values."""
    denominator = measure.denominator(table)
    has = denominator > 0
    return has, measure.numerator(table)[has] / denominator[has]


def _values_of(
    read: Callable[[], Iterator[Columns]], measures: Sequence[Measure]
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the values of each measure, part by part."""
    for table in read():
        yield [_value(measure, table)[1] for measure in measures]


def _small_groups(
    tables: Iterator[Columns],
    measures: Sequence[Measure],
    group_of: NDArray[np.int64],
    block: Sequence[int],
) -> list[list[NDArray[np.float64] | None]]:
    """Return the quantiles of each measure in each of some groups, from all of their values."""
    groups: list[list[NDArray[Any]]] = [[] for _ in measures]
    values: list[list[NDArray[np.float64]]] = [[] for _ in measures]
    for table in tables:
        for measure, group_parts, value_parts in zip(measures, groups, values, strict=True):
            has, value = _value(measure, table)
            group_parts.append(group_of[table["point"][has]])
            value_parts.append(value)
    found: list[list[NDArray[np.float64] | None]] = [[] for _ in block]
    for parts in zip(groups, values, strict=True):
        group, every = map(np.concatenate, parts)
        order = np.argsort(group, kind="stable")
        firsts, lasts = (np.searchsorted(group[order], block, side) for side in ("left", "right"))
        for ends, first, last in zip(found, firsts, lasts, strict=True):
            mine = every[order[first:last]]
            ends.append(np.quantile(mine, QUANTILES) if len(mine) else None)
    return found

"""What replicates amount to, group by group: any measure over any swept address.

Every measure is a ratio of totals: a mean is a total over the number of replicates, a rate
a total over weeks lived. Points of a sweep share their chance, so where several are pooled
into a group their replicates of one number are no independent observations: intervals are
over replicates, each one's totals being summed over the points of its group.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.errors import InputError, nearest
from redline.outcomes import COLUMNS, CONFIDENCE, OUTCOMES, RATIOS, find_column
from redline.results import StoredResults, Table
from redline.state import FIRST_ATTACK, Actor, rung_names

PER_WEEK = "_per_week"
SHOWN = ("confrontation", "crisis", "attacks_per_week", "strikes_per_attack", "weeks_lived")
"""The measures of a table, unless others are asked for."""
ATTACK_WEEKS = tuple(
    f"provocation_weeks.{rung}" for rung in rung_names(Actor.MILITIAS)[FIRST_ATTACK:]
)

Part = Callable[[Table], NDArray[Any]]


class Measure(NamedTuple):
    """A measure as a ratio of totals over replicates.

    `needs` are the columns that it is made from; `share` says that it is a share of
    replicates, whose interval is Wilson's.
    """

    name: str
    needs: tuple[str, ...]
    above: Part
    below: Part
    share: bool = False


class Interval(NamedTuple):
    """A figure with its 95 % interval; None for what too few replicates cannot give."""

    mean: float | None
    low: float | None
    high: float | None


class Group(NamedTuple):
    """The replicates of some points: what they have in common, and what they amount to.

    `replicates` counts those of all `points` together.
    """

    values: dict[str, float]
    points: int
    replicates: int
    measures: dict[str, Interval]


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
        return Measure(name, (above, *below), _total([above]), _total(below))
    if name == "attack_weeks":
        needs = (*ATTACK_WEEKS, "weeks_lived")
        return Measure(name, needs, _total(ATTACK_WEEKS), _total(["weeks_lived"]))
    base = name.removesuffix(PER_WEEK)
    if base != name and base in COLUMNS and COLUMNS[base].kind == "count":
        return Measure(name, (base, "weeks_lived"), _total([base]), _total(["weeks_lived"]))
    if name not in COLUMNS:
        known = measure_names()
        raise InputError(f"no measure {name}{nearest(name, known)}")
    if find_column(name).kind == "week":
        return Measure(
            name,
            (name,),
            lambda table: np.maximum(table[name], 0),
            lambda table: table[name] >= 0,
        )
    return Measure(name, (name,), _total([name]), _ones)


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
        A condition that a replicate must meet; see `redline.conditions`.

    Returns
    -------
    Groups in ascending order of their values; those that no replicate is in are left out.

    Raises
    ------
    InputError
        For an address that is not swept, or a measure or a condition that does not exist.
    """
    points = results.points
    by = tuple(dict.fromkeys(points.addresses if by is None else by))
    for address in by:
        if address not in points.addresses:
            known = nearest(address, points.addresses) if points.addresses else ""
            raise InputError(f"{address} is not swept here{known}")
    wanted = [find_measure(name) for name in dict.fromkeys(measures)]
    columns = list(dict.fromkeys(["point", "replicate", *(n for m in wanted for n in m.needs)]))
    group_of, values = _groups(points.columns, by, len(points))
    shape = (len(values), results.replicates)
    rows = np.zeros(shape)
    seen = np.zeros(len(points), bool)
    totals = {m.name: (np.zeros(shape), np.zeros(shape)) for m in wanted}
    for table in results.batches(columns, where):
        place = np.ravel_multi_index((group_of[table["point"]], table["replicate"]), shape)
        _add(rows, place, _ones(table))
        seen[table["point"]] = True
        for measure in wanted:
            above, below = totals[measure.name]
            _add(above, place, measure.above(table))
            _add(below, place, measure.below(table))
    pooled = np.bincount(group_of[seen], minlength=len(values))
    held = rows > 0
    found = {m.name: _intervals(*totals[m.name], held, m.share) for m in wanted}
    return [
        Group(
            dict(zip(by, value, strict=True)),
            int(pooled[index]),
            int(rows[index].sum()),
            {name: intervals[index] for name, intervals in found.items()},
        )
        for index, value in enumerate(values)
        if held[index].any()
    ]


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


def _add(into: NDArray[np.float64], place: NDArray[np.int64], values: NDArray[Any]) -> None:
    """Add values to the places (flat indices) of an array, in place."""
    np.add.at(into.reshape(-1), place, values)


def _intervals(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    held: NDArray[np.bool_],
    share: bool,
) -> list[Interval]:
    """Return a ratio of totals for each group, with its interval over replicates.

    Arrays are (groups, replicates); `share` says that the ratio is a share of replicates.

    Notes
    -----
    The variance of a ratio is that of its linearisation (Cochran 1977, *Sampling
    Techniques*, §2.11 and §6.4); for a mean it is the usual one, and the interval Student's.
    A share has Wilson's interval at its effective number of replicates, p(1 - p) over that
    variance (Korn & Graubard 1998, *Survey Methodology* 24(2)): where a group is one point,
    that is their number; where all agree, the number of different replicates.
    """
    from scipy.stats import t

    count = held.sum(axis=1) if share else (held & (below > 0)).sum(axis=1)
    top, bottom = above.sum(axis=1), below.sum(axis=1)
    with np.errstate(all="ignore"):
        ratio = top / bottom
        residual = np.where(held, above - ratio[:, None] * below, 0.0)
        squares = (residual * residual).sum(axis=1) / (bottom * bottom)
        reach = t.ppf((1 + CONFIDENCE) / 2, count - 1) * np.sqrt(squares * count / (count - 1))
        variance = ratio * (1 - ratio)
        # Where all replicates agree, what is left of the squares is rounding.
        agree = squares <= 1e-12 * variance / bottom
        effective = np.where(agree, count, variance / squares)
    found = []
    for index, mean in enumerate(ratio.tolist()):
        if bottom[index] == 0:
            found.append(Interval(None, None, None))
        elif share:
            size = float(np.clip(effective[index], 1, bottom[index]))
            found.append(Interval(mean, *_wilson_bounds(mean, size)))
        elif np.isfinite(reach[index]):
            found.append(Interval(mean, mean - float(reach[index]), mean + float(reach[index])))
        else:
            found.append(Interval(mean, None, None))
    return found


def _wilson_bounds(share: float, size: float) -> tuple[float, float]:
    """Return Wilson's interval of a share of a number of trials that need not be whole."""
    from scipy.special import ndtri

    z = float(ndtri((1 + CONFIDENCE) / 2))
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    reach = z * (share * (1 - share) / size + (z / (2 * size)) ** 2) ** 0.5 / (1 + z * z / size)
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return 0.0 if share == 0 else low, 1.0 if share == 1 else high


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
        rows.append(row)
    return rows

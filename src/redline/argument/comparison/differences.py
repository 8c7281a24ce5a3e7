"""What differs: means, ratios and shares of two worlds, paired where they share their chance."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument.verdicts import difference as effect_of
from redline.argument.verdicts import share_difference
from redline.results import (
    OUTCOMES,
    Interval,
    Table,
    find_measure,
    linearised,
    mean_interval,
)


class Difference(NamedTuple):
    """The difference of one measure, second scenario less the first.

    `gain` is the variance of an unpaired difference over that of the paired one: how many
    times more replicates it would have taken without common chance (None where the paired
    difference does not vary).
    """

    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    gain: float | None


def mean_difference(name: str, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of the mean of a measure."""
    if paired:
        return difference(tables[0][name], tables[1][name])
    return ratio_difference(name, tables, paired=False)


def difference(one: NDArray[Any], other: NDArray[Any]) -> Difference:
    """Return the paired difference of a measure over replicates, with its 95 % t interval."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    paired = second - first
    mean, low, high = mean_interval(paired)
    scale = max(1.0, float(np.abs((first, second)).max()))  # squares may overflow
    apart = float((first / scale).var() + (second / scale).var())
    together = float((paired / scale).var())
    return Difference(
        first=float(first.mean()),
        second=float(second.mean()),
        difference=float(mean or 0.0),
        low=low,
        high=high,
        gain=apart / together if together > 0 else None,
    )


def ratio_difference(name: str, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of a ratio of totals, its interval from its linearisation."""
    wanted = find_measure(name)
    totals = [(wanted.numerator(table), wanted.denominator(table)) for table in tables]
    with np.errstate(over="ignore", invalid="ignore"):  # squares may overflow
        effect = effect_of(totals[1], totals[0], paired)
    (first, mine), (second, theirs) = (linearised(*one) for one in totals)
    return _told(first, second, effect, _gain(mine, theirs) if paired else None)


def class_difference(name: str, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of the share of replicates in a class."""
    one, other = (table["class"] == OUTCOMES.index(name) for table in tables)
    return share_gap(one, other, paired)


def share_gap(one: NDArray[np.bool_], other: NDArray[np.bool_], paired: bool) -> Difference:
    """Return the difference of two shares of replicates, second minus first.

    Newcombe's interval, of the same replicates or of independent ones, which holds where
    shares are rare, too.
    """
    first, second = one.astype(np.float64), other.astype(np.float64)
    if paired:
        effect = effect_of((second, np.ones(len(second))), (first, np.ones(len(first))))
    else:
        effect = share_difference((int(other.sum()), len(other)), (int(one.sum()), len(one)))
    gain = _gain(first, second) if paired else None
    return _told(float(first.mean()), float(second.mean()), effect, gain)


def _told(first: float, second: float, effect: Interval, gain: float | None) -> Difference:
    return Difference(first, second, float(effect.mean or 0.0), effect.low, effect.high, gain)


def _gain(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the variance of the unpaired difference over that of the paired one."""
    together = float((other - one).var())
    return float(one.var() + other.var()) / together if together > 0 else None

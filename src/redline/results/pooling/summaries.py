"""Sums over replicates, from which a ratio of totals has its interval, and its share of chance.

They are taken part by part, so memory grows with groups alone, not with replicates.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.results.intervals import Interval, ratio_ends
from redline.results.measures import Measure, find_measure
from redline.results.pooling.groups import FINISH, Stored
from redline.support import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sums:
    """A ratio of totals over the replicates of each group, and its spread: (G,) sums.

    Squares are those of numerator - centre · denominator. The centre is the ratio of what came
    first, by default: near enough to the ratio for no digit to be lost. About 0, sums of whole
    numbers are exact, and the same however replicates are cut into parts. What they come to are
    the squares of the errors that `redline.results.intervals.linearised` returns one by one.
    """

    def __init__(self, groups: int, centre: float = math.nan) -> None:
        self.centre = np.full(groups, centre)
        self.held, self.defined = np.zeros((2, groups), np.int64)
        self.numerator, self.denominator = np.zeros((2, groups))
        self.squares, self.cross, self.denominator_squares = np.zeros((3, groups))

    def add(self, group: Ints, numerator: Floats, denominator: Floats) -> None:
        """Add replicates, each in a group: (K,) each."""
        if not len(group):
            return
        least, most = int(group.min()), int(group.max())
        here, place = slice(least, most + 1), group - least

        def total(values: NDArray[Any] | None = None) -> NDArray[Any]:
            return np.bincount(place, values, most + 1 - least)

        with np.errstate(all="ignore"):
            top, bottom = total(numerator), total(denominator)
            ratio = np.where(bottom > 0, top / bottom, 0.0)
            held = total()
            new = np.isnan(self.centre[here]) & (held > 0)
            self.centre[here][new] = ratio[new]
            residual = numerator - self.centre[here][place] * denominator
            self.held[here] += held
            self.defined[here] += total(denominator > 0).astype(np.int64)
            self.numerator[here] += top
            self.denominator[here] += bottom
            self.squares[here] += total(residual * residual)
            self.cross[here] += total(residual * denominator)
            self.denominator_squares[here] += total(denominator * denominator)

    def spread(self) -> tuple[Floats, Floats]:
        """Return the ratio of totals of each group, and the sum of the squares of its errors.

        That sum, times n / (n - 1) for n replicates, is the ratio's variance (Cochran 1977,
        *Sampling Techniques*, §2.11 and §6.4). NaN where there is nothing to divide by.
        """
        with np.errstate(all="ignore"):
            denominator = np.where(self.denominator == 0, np.nan, self.denominator)
            ratio = self.numerator / denominator
            off = ratio - self.centre
            squares = self.squares - 2 * off * self.cross + off * off * self.denominator_squares
            return ratio, np.maximum(squares, 0.0) / (denominator * denominator)

    def intervals(self, measure: Measure, rows: Ints, most: float = float("inf")) -> list[Interval]:
        """Return the ratio of totals of each group, with its interval over replicates.

        Parameters
        ----------
        rows : (G,) stored rows: one of each replicate at each point
        most : what the measure cannot exceed
        """
        count = self.held if measure.share else self.defined
        ratio, squares = self.spread()
        found = []
        for place, mean in enumerate(ratio.tolist()):
            low, high = ratio_ends(
                mean,
                float(squares[place]),
                int(count[place]),
                rows[place] * self.defined[place] / max(1, self.held[place]),
                float(self.denominator[place]),
                share=measure.in_unit,
                signed=measure.signed,
                clustered=measure.kind == "ratio",
            )
            if high is not None:
                high = min(high, max(mean, most))
            found.append(Interval(None if math.isnan(mean) else mean, low, high))
        return found


class PointSummary(NamedTuple):
    """A measure at every point of a sweep: (P,) each, NaN where it has no value.

    Attributes
    ----------
    mean : the measure, a ratio of totals
    chance : the variance of what one replicate adds to it, so that chance / n is that of the
        mean
    """

    mean: Floats
    chance: Floats


def summarised(sweep: Stored, measures: Sequence[str]) -> dict[str, PointSummary]:
    """Return measures at every point of a complete sweep.

    Raises
    ------
    InputError
        If the sweep is not complete, or there is no such measure.
    """
    if not sweep.complete:
        raise InputError(f"{sweep.folder}: not complete: {FINISH.format(sweep.folder)}")
    wanted = [find_measure(name) for name in dict.fromkeys(measures)]
    columns = list(dict.fromkeys(["point", *(need for m in wanted for need in m.needs)]))
    sums = {measure.name: Sums(len(sweep.points), centre=0.0) for measure in wanted}
    for table in sweep.batches(columns):
        for measure in wanted:
            totals = measure.numerator(table), measure.denominator(table)
            sums[measure.name].add(table["point"], *totals)
    n = sweep.replicates
    spread = {name: found.spread() for name, found in sums.items()}
    return {
        name: PointSummary(ratio, squares * n * n / max(n - 1, 1))
        for name, (ratio, squares) in spread.items()
    }


def check_finite(name: str, summary: PointSummary) -> None:
    """Check that a measure has a value at every point: one lacking would falsify all indices.

    Raises
    ------
    InputError
        If it has not.
    """
    lacking = int((~np.isfinite(summary.mean)).sum())
    if lacking:
        raise InputError(
            f"{name} has no value at {lacking:,} of {len(summary.mean):,} points (nothing to "
            "divide by); take a rate such as attacks_per_week, or more replicates"
        )

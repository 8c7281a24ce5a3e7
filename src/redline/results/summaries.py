"""Point by point: what replicates of a sweep amount to, and how much of it is chance.

Sums are taken part by part, so memory grows with points alone, not with replicates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.results.grouping import find_measure
from redline.results.storage.stored import StoredSweep
from redline.support import InputError

Floats = NDArray[np.float64]


class PointSummary(NamedTuple):
    """A measure at every point of a sweep: (P,) each, NaN where it has no value.

    Attributes
    ----------
    mean : the measure, a ratio of totals
    chance : the variance of what one replicate adds to it, so that chance / n is that of the
        mean (Cochran 1977, *Sampling Techniques*, §2.11)
    """

    mean: Floats
    chance: Floats


def summarised(sweep: StoredSweep, measures: Sequence[str]) -> dict[str, PointSummary]:
    """Return measures at every point of a complete sweep.

    Raises
    ------
    InputError
        If the sweep is not complete, or there is no such measure.
    """
    if not sweep.complete:
        raise InputError(f"{sweep.folder}: not complete: go on with it first (resume=True)")
    wanted = [find_measure(name) for name in dict.fromkeys(measures)]
    columns = list(dict.fromkeys(["point", *(need for m in wanted for need in m.needs)]))
    sums = {measure.name: np.zeros((5, len(sweep.points))) for measure in wanted}
    for table in sweep.batches(columns):
        point = table["point"]
        for measure in wanted:
            above = np.asarray(measure.above(table), np.float64)
            below = np.asarray(measure.below(table), np.float64)
            products = (above, below, above * above, above * below, below * below)
            for place, values in enumerate(products):
                sums[measure.name][place] += np.bincount(point, values, len(sweep.points))
    return {name: _summary(found, sweep.replicates) for name, found in sums.items()}


def _summary(sums: Floats, replicates: int) -> PointSummary:
    above, below, squares, cross, square_below = sums
    with np.errstate(all="ignore"):
        ratio = above / below
        residual = squares - 2 * ratio * cross + ratio * ratio * square_below
        mean_below = below / replicates
        chance = residual / max(replicates - 1, 1) / (mean_below * mean_below)
    lacking = below == 0
    ratio[lacking] = chance[lacking] = np.nan
    return PointSummary(ratio, np.maximum(chance, 0.0))


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

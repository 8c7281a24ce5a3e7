"""Intervals of what replicates amount to: of a share, a mean, a ratio of totals; survival.

A share carries a Wilson interval, a mean a t interval, on a log scale where the measure cannot
be negative, and a ratio of totals a percentile bootstrap over replicates. Time to confrontation
is a Kaplan-Meier curve in which a replicate that ends at the horizon is censored.

Who takes which: a run's summary those of here (`outcomes.summarise`); groups of a sweep the
same from sums alone, ratios linearised (`summaries.Sums.intervals`); verdicts and comparisons
those of effects (`argument.verdicts`: paired, exact for rare wars, Newcombe's for shares).
"""

import math
import warnings
from bisect import bisect_left
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 999
BOOTSTRAP_UNITS = 4096
"""Largest number of units that are resampled: beyond it, sums over batches of replicates."""
BOOTSTRAP_SEED = 20190506


class Interval(NamedTuple):
    """A figure with its 95 % interval; None for what too little has happened to give."""

    mean: float | None
    low: float | None
    high: float | None

    @property
    def value(self) -> float:
        """The figure as a number: NaN where there is none."""
        return float("nan") if self.mean is None else self.mean


def wilson(count: int, trials: int) -> tuple[float, float, float]:
    """Return a share and its 95 % Wilson interval."""
    from scipy.stats import binomtest

    interval = binomtest(count, trials).proportion_ci(CONFIDENCE, method="wilson")
    return count / trials, float(interval.low), float(interval.high)


def wilson_bounds(share: float, size: float) -> tuple[float, float]:
    """Return Wilson's interval of a share of a number of trials that need not be whole."""
    from scipy.special import ndtri

    z = float(ndtri((1 + CONFIDENCE) / 2))
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    reach = z * (share * (1 - share) / size + (z / (2 * size)) ** 2) ** 0.5 / (1 + z * z / size)
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return 0.0 if share == 0 else low, 1.0 if share == 1 else high


def replicates_for(share: float, width: float) -> int:
    """Return the least number of replicates at which Wilson's interval is no wider.

    Parameters
    ----------
    share
        Of replicates, supposed to stay what it is.
    width
        From end to end, in (0, 1).
    """
    high = 1
    while _wilson_width(share, high) > width:
        high *= 2
    sizes = range(high + 1)
    return bisect_left(sizes, True, 1, high, key=lambda size: _wilson_width(share, size) <= width)


def _wilson_width(share: float, size: float) -> float:
    low, high = wilson_bounds(share, size)
    return high - low


def mean_interval(
    values: NDArray[np.float64], signed: bool = True
) -> tuple[float | None, float | None, float | None]:
    """Return a mean and its 95 % interval; None for what too few values cannot give.

    Parameters
    ----------
    values
        One of each replicate.
    signed
        Whether they may be negative; see `mean_bounds` for what changes if they cannot.
    """
    from scipy.stats import t

    if len(values) == 0:
        return None, None, None
    scale = max(1.0, float(np.abs(values).max()))  # squares of extreme utilities overflow
    mean = float((values / scale).mean()) * scale
    if len(values) == 1:
        return mean, None, None
    error = float((values / scale).std(ddof=1)) * scale / len(values) ** 0.5
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * error
    return mean, *mean_bounds(mean, reach, len(values), signed)


def mean_bounds(
    mean: float, reach: float, replicates: int, signed: bool, unit: float = 1.0
) -> tuple[float, float]:
    """Return the ends of the interval of a mean of which Student's reaches so far either way.

    Where the measure cannot be negative, the interval is taken on a log scale, which it never
    leaves: mean · exp(±reach / mean). It is that of the mean's logarithm by the delta method,
    and Student's where `reach` is small beside the mean.

    A mean of zero has no logarithm and no spread, which does not make it certain. Its upper end
    is that of Wilson's interval of a share of which nothing was seen, times `unit`: what a
    replicate adds to the mean if something comes in it after all. That is one for a count that
    comes one at a time, as a rare one does, and no less than anything in [0, 1] adds; what
    comes in clumps may be more.

    Notes
    -----
    Of 1,000 counts of a Poisson or Bernoulli process of mean 0.005 this holds the mean 96 times
    in 100, and Student's interval 87 times; of counts that come in clumps of two on average,
    89 times and 75.
    """
    if signed:
        return mean - reach, mean + reach
    if mean == 0.0:
        return 0.0, unit * wilson_bounds(0.0, replicates)[1]
    factor = math.exp(reach / mean)
    return mean / factor, mean * factor


def quantiles(values: NDArray[Any]) -> dict[str, Any]:
    """Return the 5 %, 50 % and 95 % quantiles (None without values)."""
    names = ("q05", "q50", "q95")
    if len(values) == 0:
        return dict.fromkeys(names)
    found = np.quantile(values, (0.05, 0.5, 0.95))
    return {name: float(value) for name, value in zip(names, found, strict=True)}


def ratio_interval(
    numerator: NDArray[np.int64], denominator: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Return the 95 % percentile-bootstrap interval of a ratio of totals over replicates.

    Replicates are independent, so sums over batches of consecutive replicates are too; they
    stand for single replicates where there are many, which bounds memory and time. Nothing
    over something has the upper end of `mean_bounds`.
    """
    from scipy.stats import bootstrap

    units = min(len(numerator), BOOTSTRAP_UNITS)
    if units < 2:
        return None, None
    if not numerator.any():
        rate = len(numerator) / int(denominator.sum())
        return mean_bounds(0.0, 0.0, len(numerator), signed=False, unit=rate)
    edges = np.linspace(0, len(numerator), units, endpoint=False).astype(np.int64)
    above, below = np.add.reduceat(numerator, edges), np.add.reduceat(denominator, edges)

    def ratio(a: NDArray[np.int64], b: NDArray[np.int64], axis: int = -1) -> NDArray[np.float64]:
        total_below = b.sum(axis=axis)
        found: NDArray[np.float64] = a.sum(axis=axis) / np.where(total_below > 0, total_below, 1)
        return found

    found = bootstrap(
        (above, below),
        ratio,
        n_resamples=RESAMPLES,
        batch=100,
        vectorized=True,
        paired=True,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(BOOTSTRAP_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def linearised(
    numerator: NDArray[Any], denominator: NDArray[Any]
) -> tuple[float, NDArray[np.float64]]:
    """Return a ratio of totals, and what each replicate adds to its error.

    The variance of the ratio is that of the mean of these errors, and the variance of a
    difference of two ratios over the same replicates that of the mean of their differences
    (Cochran 1977, *Sampling Techniques*, §2.11 and §6.4). Where replicates are not all held at
    once, `redline.results.pooling.summaries.Sums` takes the same from sums.

    Parameters
    ----------
    numerator, denominator : (R,) what each replicate adds to either total

    Returns
    -------
    The ratio, and (R,) errors, whose mean is 0; NaN where there is nothing to divide by.
    """
    top, bottom = (np.asarray(part, np.float64) for part in (numerator, denominator))
    if bottom.sum() == 0:
        return float("nan"), np.full(len(bottom), np.nan)
    ratio = float(top.sum() / bottom.sum())
    return ratio, (top - ratio * bottom) / bottom.mean()


def student_reach(errors: NDArray[np.float64]) -> float:
    """Return half the width of Student's 95 % interval of a mean of errors; NaN of fewer than 2."""
    from scipy.stats import t

    n = len(errors)
    if n < 2:
        return float("nan")
    return float(t.ppf((1 + CONFIDENCE) / 2, n - 1) * errors.std(ddof=1) / n**0.5)


class Survival(NamedTuple):
    """A Kaplan-Meier curve: share of replicates without war after each week of a war.

    Arrays of equal length, one element per week in which some replicate ended (in war or
    at the horizon), after a first element at week 0.
    """

    weeks: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    at_risk: NDArray[np.int64]


def survival(weeks_lived: NDArray[Any], confrontation: NDArray[np.bool_]) -> Survival:
    """Return the Kaplan-Meier curve of time to confrontation, with 95 % log-log bands.

    Where these are undefined, the bands are Wilson's.

    Parameters
    ----------
    weeks_lived : (R,) weeks until war or the horizon
    confrontation : (R,) whether it was war

    References
    ----------
    Kaplan & Meier (1958), *J. Am. Stat. Assoc.* 53.
    """
    from scipy.stats import CensoredData, ecdf

    time = weeks_lived.astype(np.float64)
    sample = CensoredData(uncensored=time[confrontation], right=time[~confrontation])
    curve = ecdf(sample).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(CONFIDENCE, method="log-log")
    share = np.asarray(curve.probabilities, np.float64)
    weeks = np.asarray(curve.quantiles, np.float64)
    at_risk = len(time) - np.searchsorted(np.sort(time), weeks, side="left")
    low, high = (np.array(side.probabilities, np.float64) for side in (band.low, band.high))
    for place in np.flatnonzero(~(np.isfinite(low) & np.isfinite(high))):
        # Undefined where the share is 1 or 0: Wilson's interval of those at risk.
        count = round(share[place] * at_risk[place])
        _, low[place], high[place] = wilson(int(count), int(at_risk[place]))
    return Survival(
        np.concatenate(([0.0], weeks)),
        np.concatenate(([1.0], share)),
        np.concatenate(([1.0], low)),
        np.concatenate(([1.0], high)),
        np.concatenate(([len(time)], at_risk)),
    )

"""Intervals of what replicates amount to: of a share, a mean, a ratio of totals; survival.

A share carries a Wilson interval, a mean a t interval, on a log scale where the measure cannot
be negative, and a ratio of totals the same, linearised. Time to confrontation is a Kaplan-Meier
curve in which a replicate that ends at the horizon is censored.

Who takes which: a run's summary those of here (`outcomes.summarise`); groups of a sweep the
same from sums alone (`summaries.Sums.intervals`); verdicts and comparisons those of effects
(`argument.verdicts`: paired, exact for rare wars, Newcombe's for shares).

Nothing here needs SciPy, which takes as long to import as a thousand replicates to simulate.
"""

import math
from bisect import bisect_left
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
NORMAL = 1.959963984540054
"""The quantile of the normal distribution beyond which 2.5 % lie (`scipy.special.ndtri`)."""
EXACT = 2000
"""Degrees of freedom up to which Student's quantile is solved for; beyond, it is a series."""
RESAMPLES = 999
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
    z, share = NORMAL, count / trials
    room = 2 * (trials + z**2)
    centre = (2 * trials * share + z**2) / room
    reach = z / room * math.sqrt(4 * trials * share * (1 - share) + z**2)
    low, high = centre - reach, centre + reach
    return share, 0.0 if count == 0 else low, 1.0 if count == trials else high


def wilson_bounds(share: float, size: float) -> tuple[float, float]:
    """Return Wilson's interval of a share of a number of trials that need not be whole."""
    z = NORMAL
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


@cache
def student(freedom: int) -> float:
    """Return the quantile of Student's distribution beyond which 2.5 % lie.

    Notes
    -----
    The expansion about the normal quantile (Abramowitz & Stegun 1972, *Handbook of Mathematical
    Functions*, 26.7.5), to which Newton's method on the exact probability (26.7.3, 26.7.4) is
    applied where the expansion alone would be off by more than rounding. It is the same as
    `scipy.stats.t.ppf` but for the last digits (4e-14 of it at most).
    """
    z, n = NORMAL, float(freedom)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    found = z + sum(term / n**power for power, term in enumerate(terms, 1))
    if freedom > EXACT:
        return found
    for _ in range(20):
        within, slope = _student_within(found, freedom)
        step = (CONFIDENCE - within) / slope
        found += step
        if abs(step) < 1e-12 * found:
            break
    return found


def _student_within(t: float, n: int) -> tuple[float, float]:
    """Return how probable Student's t is to be within ±t, and how that changes with t."""
    square = n / (n + t * t)  # of a cosine
    even = n % 2 == 0
    term, total = 1.0, 1.0 if even or n > 1 else 0.0
    for k in range(2 if even else 3, n - 1, 2):
        term *= square * (k - 1) / k
        total += term
    sine, cosine = math.sqrt(1 - square), math.sqrt(square)
    within = sine * total
    if not even:
        within = 2 / math.pi * (math.atan2(sine, cosine) + within * cosine)
    log = math.lgamma((n + 1) / 2) - math.lgamma(n / 2) + (n + 1) / 2 * math.log(square)
    return within, 2 * math.exp(log) / math.sqrt(n * math.pi)


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
    if len(values) == 0:
        return None, None, None
    scale = max(1.0, float(np.abs(values).max()))  # squares of extreme utilities overflow
    mean = float((values / scale).mean()) * scale
    if len(values) == 1:
        return mean, None, None
    error = float((values / scale).std(ddof=1)) * scale / len(values) ** 0.5
    reach = student(len(values) - 1) * error
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
    numerator: NDArray[np.int64], denominator: NDArray[np.int64], share: bool = False
) -> tuple[float | None, float | None]:
    """Return the 95 % interval of a ratio of totals over replicates, as `ratio_ends` does.

    Parameters
    ----------
    numerator, denominator : (R,) what each replicate adds to either total
    share
        Whether the ratio is one, in [0, 1].
    """
    ratio, errors = linearised(numerator, denominator)
    held = int((denominator > 0).sum())
    squares = float((errors * errors).sum()) / len(errors) ** 2
    return ratio_ends(
        ratio, squares, held, held, float(denominator.sum()), share=share, clustered=True
    )


def ratio_ends(
    ratio: float,
    squares: float,
    held: int,
    rows: float,
    total: float,
    *,
    share: bool,
    signed: bool = False,
    clustered: bool = False,
) -> tuple[float | None, float | None]:
    """Return the ends of the 95 % interval of a ratio of totals; None for what too few give.

    The variance is that of the ratio's linear part: for a mean the usual one, and the interval
    Student's, or on a log scale; see `mean_bounds`. A share has Wilson's interval at its
    effective number of replicates, p(1 - p) over that variance (Korn & Graubard 1998, *Survey
    Methodology* 24(2)): where a group is one point, that is their number; where all agree, the
    number of different replicates.

    Parameters
    ----------
    squares
        Of the errors, summed; see `Sums.spread`.
    held
        Replicates that count: of a ratio, those with a denominator.
    rows
        How often they are there: once at each point.
    total
        Of the denominator.
    clustered
        Whether one replicate adds many to it: of a share, the variance is then an estimate from
        so few replicates, whose effective number is reduced by Student's quantile.

    Notes
    -----
    Of 10 replicates it holds the ratio 92 times in 100 on average, of 60 and more 94 to 95 times;
    1,000 resamplings, their percentiles taken, 88 and 92 to 95 times.
    """
    if total == 0:
        return None, None
    if share:
        variance = ratio * (1 - ratio)
        # Where all replicates agree, what is left of the squares is rounding.
        agree = squares <= 1e-12 * variance / total
        effective = held if agree else variance / squares
        if clustered and held > 1:
            effective *= (NORMAL / student(held - 1)) ** 2
        return wilson_bounds(ratio, min(max(effective, 1), total))
    if held < 2 or not math.isfinite(squares):
        return None, None
    reach = student(held - 1) * math.sqrt(squares * held / (held - 1))
    return mean_bounds(ratio, reach, held, signed, rows / total)


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
    n = len(errors)
    if n < 2:
        return float("nan")
    return float(student(n - 1) * errors.std(ddof=1) / n**0.5)


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
    time, ended = np.unique(weeks_lived.astype(np.float64), return_inverse=True)
    left = np.bincount(ended)
    died = np.bincount(ended[confrontation], minlength=len(time))
    at_risk = len(weeks_lived) - np.cumsum(left) + left
    share = np.cumprod((at_risk - died) / at_risk)
    with np.errstate(all="ignore"):
        spread = np.cumsum(died / (at_risk * (at_risk - died)))
        reach = NORMAL * np.sqrt(1 / np.log(share) ** 2 * spread)
        middle = np.log(-np.log(share))
        low, high = np.exp(-np.exp(middle + reach)), np.exp(-np.exp(middle - reach))
    for place in np.flatnonzero(~(np.isfinite(low) & np.isfinite(high))):
        # Undefined where the share is 1 or 0: Wilson's interval of those at risk.
        count = round(share[place] * at_risk[place])
        _, low[place], high[place] = wilson(int(count), int(at_risk[place]))
    return Survival(
        np.concatenate(([0.0], time)),
        np.concatenate(([1.0], share)),
        np.concatenate(([1.0], low)),
        np.concatenate(([1.0], high)),
        np.concatenate(([len(weeks_lived)], at_risk)),
    )

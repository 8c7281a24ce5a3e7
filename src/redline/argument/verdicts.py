"""Verdicts: one rule for every claim, from the interval of an effect.

A claim says that an effect is at least, or at most, a number that its file declares before
anything is run: a bound, or the smallest effect that counts. It is *supported* where the
whole interval is on the claimed side, *not supported* where none of it is, and *undecided*
otherwise. An effect on the wrong side of that number is then found *supported* in at most
2.5 % of experiments, whatever it is, and one on the right side *not supported* as rarely.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.results import CONFIDENCE, Interval, linearised, student_reach, wilson

Verdict = Literal["supported", "not supported", "undecided"]
Totals = tuple[NDArray[Any], NDArray[Any]]
"""Numerator and denominator of a measure, for every replicate: (R,) each."""


class Threshold(NamedTuple):
    """What a claim says of its effect: at least, or at most, a value."""

    value: float
    at_least: bool

    def met(self, value: float) -> bool:
        """Return whether a value is as claimed."""
        return value >= self.value if self.at_least else value <= self.value

    def __str__(self) -> str:
        """Say it in words."""
        return f"{'at least' if self.at_least else 'at most'} {self.value:g}"


def verdict(effect: Interval, threshold: Threshold) -> Verdict:
    """Return whether an effect is as claimed."""
    if effect.low is None or effect.high is None:
        return "undecided"
    near, far = (effect.low, effect.high) if threshold.at_least else (-effect.high, -effect.low)
    value = threshold.value if threshold.at_least else -threshold.value
    if near >= value:
        return "supported"
    return "not supported" if far < value else "undecided"


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on several conditions that must all hold."""
    if "not supported" in verdicts:
        return "not supported"
    return "undecided" if "undecided" in verdicts else "supported"


# Effects, from the totals of replicates


def level(totals: Totals) -> Interval:
    """Return a ratio of totals over replicates.

    A share of replicates has Wilson's interval; a hazard (at most one event in a replicate,
    over the time that it lived) the exact one of a Poisson rate (Garwood 1936); any other
    ratio Student's.
    """
    numerator, denominator = totals
    if len(numerator) == 0:
        return Interval(None, None, None)
    if _is_share(totals):
        return Interval(*wilson(int(np.sum(numerator)), len(numerator)))
    if np.isin(numerator, (0, 1)).all() and np.sum(denominator) > 0:
        return _hazard(int(np.sum(numerator)), float(np.sum(denominator)))
    ratio, errors = linearised(*totals)
    return _effect(ratio, student_reach(errors))


def _is_share(totals: Totals) -> bool:
    numerator, denominator = totals
    return bool((np.asarray(denominator) == 1).all() and np.isin(numerator, (0, 1)).all())


def _hazard(events: int, time: float) -> Interval:
    from scipy.stats import chi2

    tail = (1 - CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return Interval(events / time, low / time, high / time)


def difference(first: Totals, second: Totals, paired: bool = True) -> Interval:
    """Return the first ratio less the second, paired replicate by replicate.

    Shares that are paired have an interval that holds where they are rare, too.
    """
    if paired and _is_share(first) and _is_share(second):
        return _paired_shares(np.asarray(first[0], bool), np.asarray(second[0], bool))
    (one, a), (two, b) = linearised(*first), linearised(*second)
    return _effect(one - two, student_reach(a - b) if paired else _apart(a, b))


def _paired_shares(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Interval:
    """Return the difference of two shares of the same replicates, which may go together."""
    n = len(first)
    both, one, other = (int(x.sum()) for x in (first & second, first & ~second, ~first & second))
    neither = n - both - one - other
    spread = (both + one) * (other + neither) * (both + other) * (one + neither)
    product = float(both * neither - one * other)
    if product > 0:
        product = max(product - n / 2, 0.0)
    correlation = product / spread**0.5 if spread else 0.0
    return _newcombe((both + one, n), (both + other, n), correlation)


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the difference of two shares of different replicates, each count and trials."""
    if not first[1] or not second[1]:
        return Interval(None, None, None)
    return _newcombe(first, second, 0.0)


def _newcombe(first: tuple[int, int], second: tuple[int, int], correlation: float) -> Interval:
    """Return the difference of two shares, each count and trials, with its interval.

    Newcombe (1998), *Statistics in Medicine* 17, 2635-2650, method 10: Wilson's intervals
    squared and added, less what their correlation takes away.
    """
    (p, p_low, p_high), (q, q_low, q_high) = wilson(*first), wilson(*second)

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2 * correlation * a * b + b * b, 0.0))

    gap = p - q
    return Interval(gap, gap - reach(p - p_low, q_high - q), gap + reach(p_high - p, q - q_low))


def relative(first: Totals, second: Totals) -> Interval:
    """Return by what share the first ratio is greater than the second, paired.

    The interval is that of the logarithm of their quotient.
    """
    (one, a), (two, b) = linearised(*first), linearised(*second)
    if not (one > 0 and two > 0):
        return Interval(None if not two > 0 else one / two - 1, None, None)
    middle, reach = np.log(one / two), student_reach(a / one - b / two)
    return Interval(
        float(np.expm1(middle)), float(np.expm1(middle - reach)), float(np.expm1(middle + reach))
    )


def _apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return half the width of the interval of a difference of independent samples."""
    return float((student_reach(a) ** 2 + student_reach(b) ** 2) ** 0.5)


def _effect(mean: float, reach: float) -> Interval:
    if not np.isfinite(mean):
        return Interval(None, None, None)
    if not np.isfinite(reach):
        return Interval(mean, None, None)
    return Interval(mean, mean - reach, mean + reach)

"""From traces to outcomes: measures, their distributions with intervals, survival (§7).

A share carries a Wilson interval, a mean a t interval, a ratio of totals a percentile
bootstrap over replicates; time to confrontation is a Kaplan-Meier curve in which a replicate
that ends at the horizon is censored.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.compiled import compiled_functions
from redline.errors import InputError, nearest
from redline.state import FIRST_ATTACK, SITES, Actor, Outcome, Records, records, rung_names
from redline.tally import Measures, WeekCounts, tally_block
from redline.traces import Trace

CONFIDENCE = 0.95
RESAMPLES = 999
BOOTSTRAP_UNITS = 4096
"""Largest number of units that are resampled: beyond it, sums over batches of replicates."""
BOOTSTRAP_SEED = 20190506

Summary = dict[str, Any]


class Tally(NamedTuple):
    """A block's measures: (R,) `Measures`, and (W,) `WeekCounts`."""

    first: int
    measures: Records
    counts: Records


def measure(trace: Trace) -> Tally:
    """Return the measures of a block, from either engine's trace."""
    measures = records(Measures, len(trace.lived))
    counts = records(WeekCounts, trace.weeks.shape[1])
    tally = compiled_functions()[tally_block]
    tally(trace.lived, trace.over, trace.weeks, measures, counts)
    return Tally(trace.first, measures, counts)


class Column(NamedTuple):
    """One measure as a column: where it is in `Measures`, and of what kind.

    `kind` is ``count`` (a total means something), ``level`` (it does not) or ``week`` (-1
    where the week never came).
    """

    field: str
    place: int | None
    kind: str

    def of(self, measures: Records) -> NDArray[Any]:
        """Return the column of an array of measures."""
        values: NDArray[Any] = measures[self.field]
        return values if self.place is None else values[:, self.place]


def _columns() -> dict[str, Column]:
    singles = {
        "count": (
            "weeks_lived attacks strikes fatal_attacks assaults decapitations sanctions "
            "crossings rocket_weeks drone_weeks talks_weeks"
        ),
        "level": (
            "mean_severity peak_severity mean_leverage peak_leverage mean_pressure peak_pressure"
        ),
        "week": "first_crisis_week confrontation_week",
    }
    columns = {
        name: Column(name, None, kind) for kind, names in singles.items() for name in names.split()
    }
    provocations, responses = rung_names(Actor.MILITIAS), rung_names(Actor.UNITED_STATES)
    families = (
        ("utility", "utility", "level", [actor.name.lower() for actor in Actor]),
        ("provocation_weeks", "provocation_weeks", "count", provocations),
        ("response_weeks", "response_weeks", "count", responses),
        ("attacks", "attack_rungs", "count", provocations[FIRST_ATTACK:]),
        ("site_attacks", "site_attacks", "count", SITES),
    )
    for prefix, field, kind, names in families:
        for index, name in enumerate(names):
            columns[f"{prefix}.{name}"] = Column(field, index, kind)
    return columns


COLUMNS = _columns()
"""Every measure, in the order of tables and files."""

RATIOS = {
    "strikes_per_attack": ("strikes", ("attacks",)),
    **{
        f"site.{site}": (f"site_attacks.{site}", tuple(f"site_attacks.{s}" for s in SITES))
        for site in SITES
    },
}
"""Ratios of totals: numerator, and the columns that add up to the denominator."""

OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


def summarise(column: Callable[[str], NDArray[Any]]) -> Summary:
    """Return the distribution of every measure, in the layout of ``run --json``.

    Parameters
    ----------
    column
        Gives the values (R,) of a column of `COLUMNS`, or of ``class`` as `Outcome` numbers.

    Returns
    -------
    ``{name: {mean, low, high, q05, q50, q95, total}}`` and ``class``; None where a number
    does not exist, never NaN.
    """
    outcomes: Summary = {"class": class_shares(column("class"))}
    for name, about in COLUMNS.items():
        outcomes[name] = describe(column(name), about.kind)
    for name, (numerator, denominator) in RATIOS.items():
        below = sum(column(part).astype(np.int64) for part in denominator)
        outcomes[name] = describe_ratio(column(numerator).astype(np.int64), np.asarray(below))
    return outcomes


def class_shares(classes: NDArray[Any]) -> Summary:
    """Return share, Wilson interval and count of each class."""
    counts = np.bincount(classes, minlength=len(OUTCOMES))
    return {
        name: dict(
            zip(("share", "low", "high"), wilson(int(count), len(classes)), strict=True),
            count=int(count),
        )
        for name, count in zip(OUTCOMES, counts, strict=True)
    }


def wilson(count: int, trials: int) -> tuple[float, float, float]:
    """Return a share and its 95 % Wilson interval."""
    from scipy.stats import binomtest

    interval = binomtest(count, trials).proportion_ci(CONFIDENCE, method="wilson")
    return count / trials, float(interval.low), float(interval.high)


def describe(values: NDArray[Any], kind: str) -> Summary:
    """Return mean with t interval, quantiles and total of one measure."""
    observed = values[values >= 0] if kind == "week" else values
    mean, low, high = mean_interval(observed.astype(np.float64))
    described = {
        "mean": mean,
        "low": low,
        "high": high,
        **quantiles(observed),
        "total": int(observed.sum(dtype=np.int64)) if kind == "count" else None,
    }
    if kind == "week":
        described["observed"] = len(observed) / len(values)
    return described


def mean_interval(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """Return a mean and its 95 % t interval; None for what too few values cannot give."""
    from scipy.stats import t

    if len(values) == 0:
        return None, None, None
    scale = max(1.0, float(np.abs(values).max()))  # squares of extreme utilities overflow
    mean = float((values / scale).mean()) * scale
    if len(values) == 1:
        return mean, None, None
    error = float((values / scale).std(ddof=1)) * scale / len(values) ** 0.5
    if error == 0.0:
        return mean, mean, mean
    low, high = t.interval(CONFIDENCE, len(values) - 1, loc=mean, scale=error)
    return mean, float(low), float(high)


def quantiles(values: NDArray[Any]) -> Summary:
    """Return the 5 %, 50 % and 95 % quantiles (None without values)."""
    names = ("q05", "q50", "q95")
    if len(values) == 0:
        return dict.fromkeys(names)
    found = np.quantile(values, (0.05, 0.5, 0.95))
    return {name: float(value) for name, value in zip(names, found, strict=True)}


def describe_ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> Summary:
    """Return a ratio of totals with its interval, and quantiles of each replicate's ratio."""
    defined = denominator > 0
    if not defined.any():
        return {**dict.fromkeys(("mean", "low", "high")), **quantiles(numerator[:0]), "total": None}
    low, high = ratio_interval(numerator, denominator)
    return {
        "mean": int(numerator.sum()) / int(denominator.sum()),
        "low": low,
        "high": high,
        **quantiles(numerator[defined] / denominator[defined]),
        "total": None,
    }


def ratio_interval(
    numerator: NDArray[np.int64], denominator: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Return the 95 % percentile-bootstrap interval of a ratio of totals over replicates.

    Replicates are independent, so sums over batches of consecutive replicates are too; they
    stand for single replicates where there are many, which bounds memory and time.
    """
    from scipy.stats import bootstrap

    units = min(len(numerator), BOOTSTRAP_UNITS)
    if units < 2:
        return None, None
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


class Distribution(ABC):
    """Outcomes of many replicates, wherever their columns are kept."""

    @property
    @abstractmethod
    def actors(self) -> int:
        """Actors that decide in a week: all militias, Iran and the United States."""

    @abstractmethod
    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure of `COLUMNS`, or of ``class``, in replicate order.

        Raises
        ------
        InputError
            If there is no measure of that name.
        """

    @abstractmethod
    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week: (W, bins).

        `quantity` is a field of `redline.tally.WeekCounts`; bins are rungs, talks off and on,
        or the 256 bins of a number.

        Raises
        ------
        InputError
            If that was not counted.
        """

    @property
    def decisions(self) -> int:
        """Decisions made: every actor's, in every week lived."""
        return int(self.column("weeks_lived").sum(dtype=np.int64)) * self.actors

    def summary(self) -> Summary:
        """Return the distribution of every measure; see `summarise`."""
        return summarise(self.column)

    def survival(self) -> Survival:
        """Return the Kaplan-Meier curve of time to confrontation."""
        war = self.column("class") == Outcome.CONFRONTATION
        return survival(self.column("weeks_lived"), war)


def find_column(name: str) -> Column:
    """Return a column by name.

    Raises
    ------
    InputError
        If there is no measure of that name.
    """
    if name not in COLUMNS:
        raise InputError(f"no measure {name}{nearest(name, COLUMNS)}")
    return COLUMNS[name]

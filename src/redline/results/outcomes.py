"""From traces to outcomes: measures, and their distributions with intervals (§7)."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.engine import Trace, compiled_functions
from redline.results.intervals import (
    Survival,
    mean_interval,
    quantiles,
    ratio_interval,
    survival,
    wilson,
)
from redline.support import InputError, nearest
from redline.theory import (
    FIRST_ATTACK,
    SITES,
    Actor,
    Measures,
    Outcome,
    Records,
    WeekCounts,
    new_records,
    rung_names,
    tally_block,
)

Summary = dict[str, Any]


class Tally(NamedTuple):
    """A block's measures: (R,) `Measures`, and (W,) `WeekCounts`."""

    first: int
    measures: Records
    counts: Records


def measure(trace: Trace) -> Tally:
    """Return the measures of a block, from either engine's trace."""
    measures = new_records(Measures, len(trace.lived))
    counts = new_records(WeekCounts, trace.weeks.shape[1])
    tally = compiled_functions()[tally_block]
    tally(trace.lived, trace.over, trace.weeks, measures, counts)
    return Tally(trace.first, measures, counts)


class Column(NamedTuple):
    """One measure as a column: where it is in `Measures`, and of what kind.

    `kind` is ``count`` (a total means something), ``level`` (it does not), ``balance`` (a level
    that may be negative) or ``week`` (-1 where the week never came).
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
        ("utility", "utility", "balance", [actor.name.lower() for actor in Actor]),
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

MOST_LEVELS = dict.fromkeys(
    ("mean_severity", "peak_severity", "mean_leverage", "peak_leverage"), 1.0
)
"""Levels with an upper bound; pressure has none."""
OF_MILITIAS = ("attacks", "attack_rungs", "site_attacks", "assaults", "fatal_attacks")
"""Counts in which each militia may come once a week; the others come once a week."""


def most_of(name: str, weeks: float, militias: float) -> float:
    """Return what a measure of `COLUMNS` cannot exceed in a replicate, infinity where it can.

    Parameters
    ----------
    weeks, militias
        Of the scenario: its horizon, and how many militias attack.
    """
    field, _, kind = COLUMNS[name]
    if kind in ("level", "balance"):
        return MOST_LEVELS.get(field, float("inf"))
    if kind == "week":
        return weeks - 1
    if field == "crossings":  # each death, and an assault or more once
        return weeks * (militias + 1)
    return weeks * militias if field in OF_MILITIAS else weeks


RATIOS = {
    "strikes_per_attack": ("strikes", ("attacks",)),
    **{
        f"site.{site}": (f"site_attacks.{site}", tuple(f"site_attacks.{s}" for s in SITES))
        for site in SITES
    },
}
"""Ratios of totals: numerator, and the columns that add up to the denominator."""

OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


def summarise(
    column: Callable[[str], NDArray[Any]],
    weeks: float = float("inf"),
    militias: float = float("inf"),
) -> Summary:
    """Return the distribution of every measure, in the layout of ``run --json``.

    Parameters
    ----------
    column
        Gives the values (R,) of a column of `COLUMNS`, or of ``class`` as `Outcome` numbers.
    weeks, militias
        See `most_of`: no interval reaches further.

    Returns
    -------
    ``{name: {mean, low, high, q05, q50, q95, total}}`` and ``class``; None where a number
    does not exist, never NaN.
    """
    outcomes: Summary = {"class": class_shares(column("class"))}
    for name, about in COLUMNS.items():
        outcomes[name] = describe(column(name), about.kind, most_of(name, weeks, militias))
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


def describe(values: NDArray[Any], kind: str, most: float = float("inf")) -> Summary:
    """Return mean with interval, quantiles and total of one measure of a kind of `Column`.

    `most` is what no value exceeds.
    """
    observed = values[values >= 0] if kind == "week" else values
    mean, low, high = mean_interval(observed.astype(np.float64), kind == "balance")
    described = {
        "mean": mean,
        "low": low,
        "high": None if mean is None or high is None else min(high, max(mean, most)),
        **quantiles(observed),
        "total": int(observed.sum(dtype=np.int64)) if kind == "count" else None,
    }
    if kind == "week":
        described["observed"] = len(observed) / len(values)
    return described


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


class Distribution(ABC):
    """Outcomes of many replicates, wherever their columns are kept."""

    @property
    @abstractmethod
    def actors(self) -> int:
        """Actors that decide in a week: all militias, Iran and the United States."""

    @property
    @abstractmethod
    def weeks(self) -> int:
        """The horizon: weeks that a replicate lives at most."""

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

        `quantity` is a field of `redline.theory.WeekCounts`; bins are rungs, talks off and on, or
        the 256 bins of a number.

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
        return summarise(self.column, self.weeks, self.actors - 2)

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

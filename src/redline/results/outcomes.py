"""From traces to outcomes: measures, and their distributions with intervals (§7)."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redline.case import Scenario
from redline.results.intervals import (
    Survival,
    mean_interval,
    quantiles,
    ratio_interval,
    survival,
    wilson,
)
from redline.results.measures import COLUMNS, OUTCOMES, RATIOS
from redline.results.run_report import Summary
from redline.theory import Outcome


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
        Of the scenario: its horizon, and how many militias attack; no interval reaches further
        than what a measure can come to in these.

    Returns
    -------
    ``{name: {mean, low, high, q05, q50, q95, total}}`` and ``class``; None where a number
    does not exist, never NaN.
    """
    outcomes = Summary({"class": class_shares(column("class"))})
    for name, about in COLUMNS.items():
        outcomes[name] = describe(column(name), about.kind, about.most(weeks, militias))
    for name, about in RATIOS.items():
        above, below = (
            np.asarray(sum(column(part).astype(np.int64) for part in parts))
            for parts in (about.numerators, about.denominators)
        )
        most = about.most(weeks, militias)
        outcomes[name] = describe_ratio(above, below, about.in_unit, most)
    return outcomes


def class_shares(classes: NDArray[Any]) -> dict[str, dict[str, Any]]:
    """Return share, Wilson interval and count of each class."""
    counts = np.bincount(classes, minlength=len(OUTCOMES))
    return {
        name: dict(
            zip(("share", "low", "high"), wilson(int(count), len(classes)), strict=True),
            count=int(count),
        )
        for name, count in zip(OUTCOMES, counts, strict=True)
    }


def describe(values: NDArray[Any], kind: str, most: float = float("inf")) -> dict[str, Any]:
    """Return mean with interval, quantiles and total of one measure of a `Kind`.

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


def describe_ratio(
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    share: bool = False,
    most: float = float("inf"),
) -> dict[str, Any]:
    """Return a ratio of totals with its interval, and quantiles of each replicate's ratio.

    Parameters
    ----------
    share : whether it is in [0, 1] whatever happens
    most : what it cannot exceed
    """
    defined = denominator > 0
    total = int(denominator.sum())
    low, high = ratio_interval(numerator, denominator, share) if total else (None, None)
    mean = int(numerator.sum()) / total if total else None
    return {
        "mean": mean,
        "low": low,
        "high": None if mean is None or high is None else min(high, max(mean, most)),
        **quantiles(numerator[defined] / denominator[defined]),
        "total": None,
    }


class Distribution(ABC):
    """Outcomes of many replicates, wherever their columns are kept.

    Attributes
    ----------
    scenario : what was simulated
    """

    if TYPE_CHECKING:  # a field of the one, computed by the other

        @property
        def scenario(self) -> Scenario: ...  # noqa: D102

    @property
    def actors(self) -> int:
        """Actors that decide in a week: all militias, Iran and the United States."""
        return len(self.scenario.members) + 2

    @property
    def weeks(self) -> int:
        """The horizon: weeks that a replicate lives at most."""
        return self.scenario.weeks

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
        """Decisions made: every actor's, in every week simulated."""
        return int(self.column("weeks_lived").sum(dtype=np.int64)) * self.actors

    def summary(self) -> Summary:
        """Return the distribution of every measure; see `summarise`."""
        return summarise(self.column, self.weeks, self.actors - 2)

    def survival(self) -> Survival:
        """Return the Kaplan-Meier curve of time to confrontation."""
        war = self.column("class") == Outcome.CONFRONTATION
        return survival(self.column("weeks_lived"), war)

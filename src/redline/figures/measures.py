"""What a measure is called in a figure, and its values over what a sweep sweeps."""

from collections.abc import Sequence

import numpy as np

from redline.figures.style import Tidy, percent
from redline.results import Group, find_measure
from redline.support import InputError


def shown_as(value: float, measure: str) -> str:
    """Return a value of a measure as a title says it."""
    if np.isnan(value):
        return "none"
    return percent(value) if find_measure(measure).unit == "share" else f"{value:.3g}"


def groups_data(groups: Sequence[Group], measure: str) -> Tidy:
    """Return a row per group: its values, mean, low, high (95 %), replicates, points.

    Raises
    ------
    InputError
        If there are no groups.
    """
    if not groups:
        raise InputError("nothing is stored yet")
    kept = [group.measures[measure] for group in groups]
    if all(interval.mean is None for interval in kept):
        raise InputError(f"{measure} has no value anywhere: what it measures never came")
    columns = {name: np.array([g.values[name] for g in groups]) for name in groups[0].values}
    return {
        **columns,
        "mean": np.array([interval.value for interval in kept]),
        "low": np.array([np.nan if i.low is None else i.low for i in kept]),
        "high": np.array([np.nan if i.high is None else i.high for i in kept]),
        "replicates": np.array([group.replicates for group in groups]),
        "points": np.array([group.points for group in groups]),
    }


FINDINGS = ("mean", "low", "high", "replicates", "points")


def stand_alone(data: Tidy) -> bool:
    """Return whether rows differ in more than one address: points of a design that is no grid."""
    return len([name for name in data if name not in FINDINGS]) > 1

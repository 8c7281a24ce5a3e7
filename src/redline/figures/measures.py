"""What a measure is called in a figure, and its values over what a sweep sweeps."""

from collections.abc import Sequence

import numpy as np

from redline.figures.style import Tidy
from redline.figures.tables import of_rows
from redline.results import Group, find_measure
from redline.support import InputError, percent


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
    if all(group.measures[measure].mean is None for group in groups):
        raise InputError(f"{measure} has no value anywhere: what it measures never came")
    return of_rows(
        {
            **group.values,
            **group.measures[measure]._asdict(),
            "replicates": group.replicates,
            "points": group.points,
        }
        for group in groups
    )


FINDINGS = ("mean", "low", "high", "replicates", "points")


def stand_alone(data: Tidy) -> bool:
    """Return whether rows differ in more than one address: points of a design that is no grid."""
    return len(data.keys() - FINDINGS) > 1

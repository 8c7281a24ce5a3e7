"""What measures and parameters are called in a figure, and values over what a sweep sweeps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from redline.case import label_of
from redline.figures.style import Tidy, points, text_width, wrapped
from redline.figures.tables import of_rows
from redline.results import Group, find_measure
from redline.support import InputError, percent

if TYPE_CHECKING:
    from matplotlib.axis import Axis


def shown_as(value: float, measure: str) -> str:
    """Return a value of a measure as a title says it."""
    if np.isnan(value):
        return "none"
    return percent(value) if find_measure(measure).unit == "share" else f"{value:.3g}"


def name_axis(axis: "Axis", address: str) -> None:
    """Label an axis with what ``ADDRESS`` or ``ARM:ADDRESS`` is called.

    The address itself follows where there is room for it.
    """
    label = label_of(address.rpartition(":")[2])
    whole = f"{label} ({address})"
    fits = label != address and text_width(whole, points()) <= _length(axis)
    axis.set_label_text(whole if fits else wrapped(label, _length(axis), points()))


def name_values(axis: "Axis", measure: str) -> None:
    """Label an axis with what a measure is called."""
    axis.set_label_text(wrapped(find_measure(measure).words, _length(axis), points()))


def _length(axis: "Axis") -> float:
    """Return about how long an axis is, in points, once its labels have their room."""
    place, figure = axis.axes.get_position(), axis.axes.figure
    if axis.axis_name == "x":  # type: ignore[attr-defined]
        return 0.95 * 72 * place.width * float(figure.get_figwidth())  # type: ignore[union-attr]
    return 0.75 * 72 * place.height * float(figure.get_figheight())  # type: ignore[union-attr]


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

"""How a measure is distributed over replicates: a histogram, or ridges of several."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from redline.outcomes import Distribution, find_column
from redline.plots.style import ARMS, CLASS_COLOURS, Tidy, ink, percent_axis, points

MOST_BINS = 30
"""Fewer for few replicates: twice the cube root of their number (Rice's rule)."""


def distribution_data(arms: Mapping[str, Distribution], measure: str) -> Tidy:
    """Return a row per arm and bin: left, right, share of the arm's replicates, median.

    Counts fall into bins of whole numbers; a week that never came is left out, and the share
    that it came to is ``observed``. All arms have the same bins.

    Raises
    ------
    InputError
        If there is no measure of that name.
    """
    kind = find_column(measure).kind
    every = {label: run.column(measure) for label, run in arms.items()}
    kept = {label: v[v >= 0] if kind == "week" else v for label, v in every.items()}
    edges = _edges(np.concatenate(list(kept.values())), len(arms), whole=kind != "level")
    columns: dict[str, list[NDArray[np.generic]]] = {}
    for label, values in kept.items():
        counts, _ = np.histogram(values, edges)
        bins = len(counts)
        rows = {
            "arm": np.full(bins, label),
            "left": edges[:-1],
            "right": edges[1:],
            "share": counts / len(every[label]),
            "median": np.full(bins, np.median(values) if len(values) else np.nan),
            "observed": np.full(bins, len(values) / len(every[label])),
        }
        for name, column in rows.items():
            columns.setdefault(name, []).append(column)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _edges(values: NDArray[np.generic], arms: int, whole: bool) -> NDArray[np.generic]:
    """Return the edges of at most 30 equal bins around values."""
    if len(values) == 0:
        return np.array([0, 1])
    bins = min(MOST_BINS, math.ceil(2 * np.cbrt(len(values) / arms)))
    if whole:
        first, last = int(values.min()), int(values.max())
        width = -(-(last - first + 1) // bins)
        return np.arange(first, last + width + 1, width)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    return np.linspace(low, high, bins + 1)


def plot_distribution(
    data: Tidy, ax: Axes, label: str, colour: str = CLASS_COLOURS["provocation"]
) -> None:
    """Draw the histogram of one arm, its median marked."""
    whole = data["left"].dtype.kind == "i"
    ax.bar(
        data["left"] - 0.5 * whole,
        data["share"],
        width=data["right"] - data["left"],
        align="edge",
        color=colour,
        edgecolor=ax.get_facecolor(),
        linewidth=0.6,
    )
    ax.axvline(data["median"][0], color=ink(), linewidth=1)
    middle = (data["left"][0] + data["right"][-1]) / 2
    beyond = data["median"][0] > middle
    ax.annotate(
        f"median {data['median'][0]:.4g}",
        (data["median"][0], 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if beyond else 4, -2),
        textcoords="offset points",
        ha="right" if beyond else "left",
        va="top",
    )
    ax.set_ylim(0, 1.2 * max(data["share"].max(), 1e-9))
    if whole:
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_formatter(percent_axis())
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.grid(axis="x", visible=False)
    ax.set_xlabel(label)
    ax.set_ylabel("share of replicates")


def plot_ridges(data: Tidy, ax: Axes, label: str) -> None:
    """Draw the histograms of several arms above one another, each on its own line."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    whole = data["left"].dtype.kind == "i"
    tallest = max(float(data["share"].max()), 1e-9)
    for place, arm in enumerate(reversed(arms)):
        mine = data["arm"] == arm
        edges = np.append(data["left"][mine], data["right"][mine][-1]) - 0.5 * whole
        heights = 0.85 * data["share"][mine] / tallest
        colour = ARMS[(len(arms) - 1 - place) % len(ARMS)]
        ax.stairs(place + heights, edges, baseline=place, fill=True, color=colour, alpha=0.75)
        ax.stairs(place + heights, edges, baseline=place, color=colour)
        median = data["median"][mine][0]
        ax.plot([median, median], [place, place + 0.85], color=ink(), linewidth=1)
        ax.annotate(
            f"{median:.4g}",
            (median, place + 0.85),
            xytext=(3, 0),
            textcoords="offset points",
            va="top",
            fontsize=0.85 * points(),
        )
    ax.set_yticks(np.arange(len(arms)), list(reversed(arms)), va="bottom")
    ax.set_ylim(0, len(arms) + 0.05)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=bool(whole)))
    ax.grid(axis="x", visible=False)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(f"{label}; medians marked")


def distribution_finding(data: Tidy, label: str) -> str:
    """Return a sentence for the medians of all arms."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    medians = [float(data["median"][data["arm"] == arm][0]) for arm in arms]
    if len(arms) == 1:
        return f"Half of the replicates have {medians[0]:.4g} {label} or fewer"
    least, most = int(np.argmin(medians)), int(np.argmax(medians))
    if medians[least] == medians[most]:
        return f"The median of {label} is {medians[0]:.4g} in every arm"
    return (
        f"The median of {label}: {medians[least]:.4g} in {arms[least]}, "
        f"{medians[most]:.4g} in {arms[most]}"
    )

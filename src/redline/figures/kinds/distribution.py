"""How a measure is distributed over replicates: a histogram, or ridges of several."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from redline.figures.captions import caption_of, common_chance, compared, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    CLASS_COLOURS,
    FEWEST,
    Tidy,
    beside,
    ink,
    new_figure,
    percent_axis,
    short,
)
from redline.figures.style import arm as tint
from redline.figures.tables import stacked
from redline.results import Distribution, find_column
from redline.support import count, percent

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
    edges = _edges(np.concatenate(list(kept.values())), len(arms), whole=kind in ("count", "week"))
    tables = []
    for label, values in kept.items():
        counts, _ = np.histogram(values, edges)
        number = len(every[label])
        of_bins = {"left": edges[:-1], "right": edges[1:], "share": counts / number}
        of_arm = {**_quantiles(values), "observed": len(values) / number, "replicates": number}
        repeated = {name: np.full(len(counts), value) for name, value in of_arm.items()}
        tables.append({"arm": np.full(len(counts), label), **of_bins, **repeated})
    return stacked(tables)


def _quantiles(values: NDArray[np.generic]) -> dict[str, float]:
    """Return the median, and the 5 and 95 % quantiles."""
    known = values.astype(np.float64) if len(values) else np.array([np.nan])
    found = np.quantile(known, (0.5, 0.05, 0.95)).tolist()
    return dict(zip(("median", "q05", "q95"), found, strict=True))


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
        data["left"] - 0.5 * whole, data["share"], data["right"] - data["left"], align="edge",
        color=colour, edgecolor=ax.get_facecolor(), linewidth=0.6,
    )  # fmt: skip
    median = data["median"][0]
    ax.axvline(median, color=ink(), linewidth=1)
    beyond = median > (data["left"][0] + data["right"][-1]) / 2
    away, side = (-4, "right") if beyond else (4, "left")
    beside(
        ax, f"median {median:.4g}", (median, 1.0), (away, -2),
        xycoords=("data", "axes fraction"), ha=side, va="top",
    )  # fmt: skip
    ax.set_ylim(0, min(1.0, 1.2 * max(data["share"].max(), 1e-3)))
    if whole:
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_formatter(percent_axis())
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.grid(axis="x", visible=False)
    ax.set(xlabel=label, ylabel="share of replicates")


def plot_ridges(data: Tidy, ax: Axes, label: str) -> None:
    """Draw the histograms of several arms above one another, each on its own line."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    whole = data["left"].dtype.kind == "i"
    tallest = max(float(data["share"].max()), 1e-9)
    for place, arm in enumerate(reversed(arms)):
        mine = data["arm"] == arm
        edges = np.append(data["left"][mine], data["right"][mine][-1]) - 0.5 * whole
        heights = 0.85 * data["share"][mine] / tallest
        colour = tint(len(arms) - 1 - place)
        ax.stairs(place + heights, edges, baseline=place, fill=True, color=colour, alpha=0.75)
        ax.stairs(place + heights, edges, baseline=place, color=colour)
        median = data["median"][mine][0]
        ax.plot([median, median], [place, place + 0.85], color=ink(), linewidth=1)
        beside(ax, f"{median:.4g}", (median, place + 0.85), (3, 0), 0.85, va="top")
    ax.set_yticks(np.arange(len(arms)), [short(name) for name in reversed(arms)], va="bottom")
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
        if np.isnan(medians[0]):
            return f"The {label} never occurred"
        low, high, came = (float(data[name][0]) for name in ("q05", "q95", "observed"))
        if came < 1:
            return f"In the {percent(came)} where it occurred, median {label} {medians[0]:.4g}"
        span = f"90 % of replicates between {low:.4g} and {high:.4g}"
        if data["replicates"][0] < FEWEST:
            span = count(int(data["replicates"][0]), "replicate")
        return f"Median of {label}: {medians[0]:.4g}; {span}"
    if np.isnan(medians).all():
        return f"The {label} never occurred in any arm"
    least, most = int(np.nanargmin(medians)), int(np.nanargmax(medians))
    if medians[least] == medians[most]:
        return f"The median of {label} is {medians[least]:.4g} in every arm"
    told = [f"{medians[place]:.4g} in {short(arms[place])}" for place in (least, most)]
    return f"The median of {label} ranges from {told[0]} to {told[1]}"


def draw_distribution(request: Request) -> Drawn:
    """Return the histogram of one subject, or the ridges of several arms."""
    measure = request.measure or "attacks"
    data = distribution_data(request.arms, measure)
    kind, words = find_column(measure).kind, find_column(measure).words
    one = len(request.arms) == 1
    figure = new_figure(request.size, 0.85 if one else 1.0)
    (plot_distribution if one else plot_ridges)(data, figure.subplots(), words)
    title = compared(request, distribution_finding(data, words))
    note = "Spread over replicates, not uncertainty."
    if not one:
        note += f" Histograms on common bins. {common_chance(request.subjects)}"
    if len(request.horizons) > 1 and kind == "count":
        note += " Counts grow with the horizon."
    if kind == "week":
        note += " Replicates in which that week never occurred are left out."
    return finished(request, figure, title, caption_of(request, note), distribution=data)


KIND = Kind(
    about="a measure over replicates, as histograms",
    place=6,
    draw=draw_distribution,
    arms=True,
    takes=("measure", "by"),
    in_sweep=5,
)

"""A measure over what a sweep sweeps: one address as a curve, two as a map."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.ticker import MaxNLocator

from redline.figures.style import (
    GRAVITY,
    PROVOCATION,
    Tidy,
    arm,
    face,
    ink,
    muted,
    percent,
    percent_axis,
    points,
    steps,
)
from redline.results import Group, find_measure
from redline.support import InputError, capital, counted

LEVELS = (0.1, 0.5, 0.9)
"""Of a share: where contours run."""


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


FIGURES = ("mean", "low", "high", "replicates", "points")


def _stand_alone(data: Tidy) -> bool:
    """Return whether rows differ in more than one address: points of a design that is no grid."""
    return len([name for name in data if name not in FIGURES]) > 1


# One address


def plot_curve(data: Tidy, ax: Axes, address: str, measure: str, base: float | None) -> None:
    """Draw a measure over an address with the band of its interval, the base case marked."""
    x = data[address]
    colour = arm(0)
    alone = _stand_alone(data)
    reach = np.abs(np.array([data["mean"] - data["low"], data["high"] - data["mean"]]))
    if not alone:
        ax.fill_between(x, data["low"], data["high"], color=colour, alpha=0.22, linewidth=0)
        ax.plot(x, data["mean"], color=colour)
    ax.errorbar(
        x, data["mean"], yerr=np.nan_to_num(reach), fmt="o", color=colour, capsize=2,
        markersize=0.4 * points(), elinewidth=0.08 * points(),
    )  # fmt: skip
    if find_measure(measure).unit == "share":
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(percent_axis())
    else:
        ax.set_ylim(0, 1.1 * max(float(np.nanmax(np.append(data["high"], data["mean"]))), 1e-9))
    if base is not None and x.min() <= base <= x.max():
        ax.axvline(base, color=muted(), linestyle=(0, (4, 3)))
        right = base > (x.min() + x.max()) / 2
        ax.annotate(
            "base case",
            (base, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if right else 4, -3),
            textcoords="offset points",
            va="top",
            ha="right" if right else "left",
            color=muted(),
            fontsize=0.9 * points(),
        )
    ax.set_xlabel(address)
    ax.set_ylabel(find_measure(measure).words)


def curve_finding(data: Tidy, address: str, measure: str, over: str = "") -> str:
    """Return a sentence for the measure at both ends of an address.

    Where other addresses vary from point to point, ends say nothing: `over` tells the points.
    """
    name = capital(find_measure(measure).words)
    if over:
        return f"{name}, at {over}"
    ends = list(dict.fromkeys([int(np.argmin(data[address])), int(np.argmax(data[address]))]))
    if _stand_alone(data):
        return f"{name}, at {counted(len(data['mean']), 'point')} of a design"
    shown = [_shown(float(data["mean"][end]), measure) for end in ends]
    values = [f"{float(data[address][end]):.4g}" for end in ends]
    told = [f"{shown[0]} at {address} = {values[0]}"]
    told += [f"{one} at {value}" for one, value in zip(shown[1:], values[1:], strict=True)]
    return f"{name}: {', '.join(told)}"


def _shown(value: float, measure: str) -> str:
    if np.isnan(value):
        return "none"
    return percent(value) if find_measure(measure).unit == "share" else f"{value:.3g}"


# Two addresses


def is_grid(data: Tidy, x: str, y: str) -> bool:
    """Return whether groups cover every combination of the values of two addresses, once each."""
    pairs = len(np.unique(np.stack([data[x], data[y]]), axis=1).T)
    return len(np.unique(data[x])) * len(np.unique(data[y])) == pairs == len(data["mean"])


def plot_phase(
    data: Tidy,
    ax: Axes,
    axes: tuple[str, str],
    measure: str,
    base: tuple[float, float] | None,
) -> None:
    """Draw a measure over two addresses: cells on a grid, else a mark for each point.

    Shares have contours at 10, 50 and 90 %, other measures at those parts of their range.
    """
    x, y = axes
    share = find_measure(measure).unit == "share"
    colours: Colormap = GRAVITY if measure in ("confrontation", "crisis") else PROVOCATION
    low, high = 0.0, 1.0
    if not share:
        low, high = float(np.nanmin(data["mean"])), float(np.nanmax(data["mean"]))
    if low == high:
        high = low + 1
    if is_grid(data, x, y):
        columns, rows = np.unique(data[x]), np.unique(data[y])
        order = np.lexsort((data[x], data[y]))
        cells = data["mean"][order].reshape(len(rows), len(columns))
        drawn = ax.pcolormesh(
            steps(columns), steps(rows), cells, cmap=colours, vmin=low, vmax=high, rasterized=True
        )
        _contours(ax, columns, rows, cells, [low + part * (high - low) for part in LEVELS], share)
    else:
        drawn = ax.scatter(  # type: ignore[assignment]
            data[x], data[y], c=data["mean"], cmap=colours, vmin=low, vmax=high,
            s=(0.8 * points()) ** 2, edgecolor=muted(), linewidth=0.4,
        )  # fmt: skip
    if base is not None:
        ax.plot(
            *base, marker="o", markersize=0.75 * points(), markerfacecolor="none",
            markeredgecolor=face(), markeredgewidth=3.2, clip_on=False,
        )  # fmt: skip
        ax.plot(
            *base, marker="o", markersize=0.75 * points(), markerfacecolor="none",
            markeredgecolor=ink(), markeredgewidth=1.4, clip_on=False,
        )  # fmt: skip
    bar = ax.get_figure().colorbar(drawn, ax=ax, pad=0.02, aspect=30)  # type: ignore[union-attr]
    bar.outline.set_visible(False)
    if share:
        bar.set_ticks([0, *LEVELS, 1], labels=["0", "10 %", "50 %", "90 %", "100 %"])
    ax.grid(visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(x)
    ax.set_ylabel(y)


def _contours(
    ax: Axes, x: np.ndarray, y: np.ndarray, cells: np.ndarray, levels: list[float], share: bool
) -> None:
    """Draw the contours that a map has, each with its value on it."""
    if min(cells.shape) < 2:
        return
    inside = [level for level in levels if np.nanmin(cells) < level < np.nanmax(cells)]
    if not inside:
        return
    lines = ax.contour(x, y, cells, levels=inside, colors=[face()], linewidths=0.32 * points())
    lines = ax.contour(x, y, cells, levels=inside, colors=[ink()], linewidths=0.13 * points())
    names = {level: f"{100 * level:.0f} %" if share else f"{level:.3g}" for level in inside}
    for text in ax.clabel(lines, fmt=names, fontsize=0.8 * points(), inline=True):
        text.set_bbox({"boxstyle": "round,pad=0.15", "facecolor": face(), "edgecolor": "none"})


def phase_finding(data: Tidy, measure: str, over: str = "") -> str:
    """Return a sentence for how far a measure ranges over the map, or `over` some points."""
    low, high = float(np.nanmin(data["mean"])), float(np.nanmax(data["mean"]))
    name = capital(find_measure(measure).words)
    return (
        f"{name}: from {_shown(low, measure)} to {_shown(high, measure)} over {over or 'the map'}"
    )


def twin_finding(war: Tidy, attacks: Tidy, over: str = "") -> str:
    """Return a sentence for how far war and provocation range over the same map, or points."""
    spans = [(float(np.nanmin(d["mean"])), float(np.nanmax(d["mean"]))) for d in (war, attacks)]
    (a, b), (c, d) = spans
    where = f"{over}:" if over else "the same map"
    return (
        f"Over {where} war ranges from {percent(a)} to {percent(b)} of replicates, "
        f"provocation before war from {percent(c)} to {percent(d)} of weeks"
    )

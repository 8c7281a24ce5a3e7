"""A measure over two addresses that a sweep sweeps, as a map, or as twin maps."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from redline.case import Points
from redline.figures.captions import MOST_NAMED, caption_of_sweep, finished, replicates_each
from redline.figures.measures import groups_data, name_axis, shown_as
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    GRAVITY,
    PROVOCATION,
    Tidy,
    face,
    ink,
    muted,
    new_figure,
    points,
    steps,
    two_panels,
)
from redline.figures.subjects import base_value, cut_of
from redline.results import StoredSweep, find_measure, grouped
from redline.support import capital, percent

LEVELS = (0.1, 0.5, 0.9)
"""Of a share: where contours run."""


def is_grid(data: Tidy, x: str, y: str) -> bool:
    """Return whether groups cover every combination of the values of two addresses, once each."""
    return Points(len(data[x]), {name: data[name] for name in (x, y)}).is_crossed


def plot_phase(
    data: Tidy, ax: Axes, axes: tuple[str, str], measure: str, base: tuple[float, float] | None
) -> None:
    """Draw a measure over two addresses: cells on a grid, else a mark for each point.

    Shares have contours at 10, 50 and 90 %, other measures at those parts of their range.
    """
    x, y = axes
    share = find_measure(measure).unit == "share"
    colours = GRAVITY if measure in ("confrontation", "crisis") else PROVOCATION
    low, high = (0.0, 1.0) if share else _range(data)
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
        for colour, width in ((face(), 3.2), (ink(), 1.4)):
            ax.plot(
                *base, marker="o", markersize=0.75 * points(), markerfacecolor="none",
                markeredgecolor=colour, markeredgewidth=width, clip_on=False,
            )  # fmt: skip
    bar = ax.get_figure().colorbar(drawn, ax=ax, pad=0.02, aspect=30)  # type: ignore[union-attr]
    bar.outline.set_visible(False)
    if share:
        bar.set_ticks([0, *LEVELS, 1], labels=["0", "10 %", "50 %", "90 %", "100 %"])
    ax.grid(visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    name_axis(ax.xaxis, x)
    name_axis(ax.yaxis, y)


def _range(data: Tidy) -> tuple[float, float]:
    """Return the least and the greatest value over a map."""
    return float(np.nanmin(data["mean"])), float(np.nanmax(data["mean"]))


def _contours(
    ax: Axes, x: np.ndarray, y: np.ndarray, cells: np.ndarray, levels: list[float], share: bool
) -> None:
    """Draw the contours that a map has, each with its value on it."""
    if min(cells.shape) < 2:
        return
    inside = [level for level in levels if np.nanmin(cells) < level < np.nanmax(cells)]
    if not inside:
        return
    ax.contour(x, y, cells, levels=inside, colors=[face()], linewidths=0.32 * points())
    lines = ax.contour(x, y, cells, levels=inside, colors=[ink()], linewidths=0.13 * points())
    names = {level: f"{100 * level:.0f} %" if share else f"{level:.3g}" for level in inside}
    for text in ax.clabel(lines, fmt=names, fontsize=0.8 * points(), inline=True):
        text.set_bbox({"boxstyle": "round,pad=0.15", "facecolor": face(), "edgecolor": "none"})


def phase_finding(data: Tidy, measure: str, over: str = "") -> str:
    """Return a sentence for how far a measure ranges over the map, or `over` some points."""
    low, high = (shown_as(value, measure) for value in _range(data))
    name = capital(find_measure(measure).words)
    return f"{name}: from {low} to {high} over {over or 'the map'}"


def twin_finding(war: Tidy, attacks: Tidy, over: str = "") -> str:
    """Return a sentence for how far war and provocation range over the same map, or points."""
    a, b, c, d = (percent(value) for data in (war, attacks) for value in _range(data))
    where = f"{over}:" if over else "the same map"
    return (
        f"Over {where} war ranges from {a} to {b} of replicates, "
        f"provocation before war from {c} to {d} of weeks"
    )


def draw_phase(request: Request) -> Drawn:
    """Return the map of a measure, or the twin maps of war and provocation.

    The addresses are those that are asked for, or the first two that are swept.
    """
    sweep = request.swept
    x, y = request.by or sweep.points.addresses[:2]
    axes = x, y
    twin = ["confrontation", "attack_weeks"]
    measures = twin if request.twin else [request.measure or "confrontation"]
    cut = cut_of(sweep, axes)
    groups = grouped(sweep, cut.by, measures, cut.where)
    tables = {name: groups_data(groups, name) for name in measures}
    marked = _marked(sweep, axes)
    figure = two_panels(request.size) if request.twin else new_figure(request.size)
    panels = figure.axes if request.twin else [figure.subplots()]
    for name, ax in zip(measures, panels, strict=True):
        plot_phase(tables[name], ax, axes, name, marked)
        ax.set_title(find_measure(name).words if request.twin else "", fontsize=0.9 * points())
    first = tables[measures[0]]
    grid = is_grid(first, *axes)
    note = f"{replicates_each(groups)} a {'cell' if grid else 'mark'}, common random numbers."
    note += " ○ base case." if marked else ""
    note += f" {cut.held}" if cut.held else ""
    note += f" Over {x} and {y}." if grid else f" {cut.over(len(groups), axes)}."
    over = "" if grid else cut.over(len(groups), axes, MOST_NAMED)
    title = (
        twin_finding(first, tables["attack_weeks"], over)
        if request.twin
        else phase_finding(first, measures[0], over)
    )
    return finished(request, figure, title, caption_of_sweep(sweep, groups, note), **tables)


def _marked(sweep: StoredSweep, axes: tuple[str, str]) -> tuple[float, float] | None:
    """Return where the base case is on a map, if it is on it."""
    x, y = (base_value(sweep, address) for address in axes)
    if x is None or y is None:
        return None
    columns = [sweep.points.columns[address] for address in axes]
    inside = all(c.min() <= value <= c.max() for value, c in zip((x, y), columns, strict=True))
    return (x, y) if inside else None


KIND = Kind(
    about="a measure over two swept addresses",
    place=15,
    draw=draw_phase,
    swept=2,
    takes=("measure", "by", "twin"),
    in_sweep=1,
)

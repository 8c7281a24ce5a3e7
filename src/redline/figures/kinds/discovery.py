"""Boxes of parameter space in which something is the case: of ``redline discover``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from redline.exploration import Discovery
from redline.figures.captions import on_a_page
from redline.figures.measures import name_axis
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    beside,
    caption,
    ink,
    muted,
    percent_axis,
    points,
)
from redline.support import InputError

HIT, MISS = RUNG_COLOURS[4], RUNG_COLOURS[1]


def leading_axes(discovery: Discovery) -> tuple[str, str]:
    """Return the two addresses over which boxes are drawn."""
    first, second, *_ = dict.fromkeys([*discovery.leading, *discovery.columns])
    return first, second


def boxes_data(discovery: Discovery) -> Tidy:
    """Return a row per point: the two leading addresses, and whether the condition holds."""
    x, y = leading_axes(discovery)
    columns = discovery.columns
    return {x: columns[x], y: columns[y], "holds": discovery.holds.astype(int)}


def plot_boxes(data: Tidy, ax: Axes, discovery: Discovery) -> None:
    """Draw points over the leading addresses, and the boxes as far as they bound these."""
    x, y = leading_axes(discovery)
    for value, colour, order in ((0, MISS, 1), (1, HIT, 2)):
        mine = data["holds"] == value
        ax.scatter(
            data[x][mine], data[y][mine], s=2.2 * points(), color=colour, zorder=order,
            linewidths=0.3, edgecolors=muted(), rasterized=len(mine) > 4000,
            label="holds" if value else "does not",
        )  # fmt: skip
    spans = {name: (float(data[name].min()), float(data[name].max())) for name in (x, y)}
    for number, box in enumerate(discovery.boxes, 1):
        ends = dict(spans)
        for limit in box.limits:
            if limit.address in ends:
                low, high = ends[limit.address]
                ends[limit.address] = (
                    low if limit.low is None else limit.low,
                    high if limit.high is None else limit.high,
                )
        if ends == spans:
            continue
        (left, right), (bottom, top) = ends[x], ends[y]
        outline = Rectangle(
            (left, bottom), right - left, top - bottom, fill=False, edgecolor=ink(),
            linewidth=0.2 * points(), zorder=3,
        )  # fmt: skip
        ax.add_patch(outline)
        beside(ax, f"{number}", (right, bottom), (-4, 4), ha="right", fontweight="bold", zorder=4)
    name_axis(ax.xaxis, x)
    name_axis(ax.yaxis, y)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2,
              fontsize=0.85 * points(), borderaxespad=0.2)  # fmt: skip


def trajectory_data(discovery: Discovery) -> Tidy:
    """Return a row per step of peeling of the first box: coverage, density, mass, restricted."""
    steps = discovery.boxes[0].trajectory if discovery.boxes else ()
    return {
        name: np.array([getattr(step, name) for step in steps])
        for name in ("coverage", "density", "mass", "restricted")
    }


def plot_trajectory(data: Tidy, ax: Axes, discovery: Discovery) -> None:
    """Draw density over coverage as peeling goes on; the box that was chosen is marked."""
    ax.plot(data["coverage"], data["density"], "o-", color=ARMS[0], markersize=0.35 * points())
    box = discovery.boxes[0]
    ax.plot([box.coverage], [box.density], "D", color=HIT, markersize=0.9 * points())
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="coverage", ylabel="density")
    ax.xaxis.set_major_formatter(percent_axis())
    ax.yaxis.set_major_formatter(percent_axis())


def draw_discovery(discovery: Discovery, style: str = "paper") -> Drawn:
    """Return boxes over the two leading addresses, and how peeling came to the first.

    Raises
    ------
    InputError
        If only one address was swept.
    """
    if len(discovery.columns) < 2:
        raise InputError("a figure of boxes takes two swept addresses")
    tables = {"boxes": boxes_data(discovery), "trajectory": trajectory_data(discovery)}
    right = ""
    if discovery.boxes:
        right = " Right: the peeling that found box 1 (diamond, after dropping uncertain bounds)."
    size = f"{discovery.points:,} points, at {discovery.interesting:,} of which {discovery.where}"
    note = f"Left: boxes as far as they bound {' and '.join(leading_axes(discovery))}.{right}"

    def paint(figure: Figure) -> None:
        if discovery.boxes:
            left, other = figure.subplots(1, 2, width_ratios=(1.5, 1))
            plot_trajectory(tables["trajectory"], other, discovery)
        else:
            left = figure.subplots()
        plot_boxes(tables["boxes"], left, discovery)

    title, about = discovery.finding, caption(f"{discovery.scenario}: {size}", note)
    return on_a_page("discovery", title, about, tables, paint, 0.85, style)

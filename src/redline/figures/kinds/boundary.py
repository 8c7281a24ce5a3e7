"""Where over a parameter a verdict turns: of ``redline experiment --boundary``."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.argument import Boundaries, Boundary, Threshold, Turn
from redline.figures.captions import on_a_page
from redline.figures.measures import name_axis
from redline.figures.requests import Drawn, write_figure
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    beside,
    caption,
    ink,
    points,
    wrapped,
)
from redline.figures.tables import of_rows
from redline.support import placing


def boundary_data(turn: Turn) -> Tidy:
    """Return a row per value that was looked at: value, effect, low, high."""
    return of_rows(
        {"value": value, "effect": effect.mean, "low": effect.low, "high": effect.high}
        for value, effect in turn.curve
    )


def plot_boundary(data: Tidy, ax: Axes, turn: Turn, threshold: Threshold, address: str) -> None:
    """Draw an effect over a parameter, what is claimed of it, and where its verdict turns."""
    ax.fill_between(
        data["value"], data["low"], data["high"], color=ARMS[0], alpha=0.22, linewidth=0
    )
    ax.plot(data["value"], data["effect"], color=ARMS[0])
    ax.axhline(threshold.value, color=ink(), linestyle=(0, (4, 3)))
    beside(ax, f"claimed: {threshold}", (data["value"][0], threshold.value), (3, 3), 0.85)
    if turn.value is not None:
        if turn.low is not None and turn.high is not None:
            ax.axvspan(turn.low, turn.high, color=RUNG_COLOURS[2], alpha=0.3, linewidth=0)
        ax.axvline(turn.value, color=RUNG_COLOURS[4])
    ends = data["value"][0], data["value"][-1]
    ax.set(xlim=ends, ylabel="effect, 95 % interval")
    name_axis(ax.xaxis, address)


def draw_boundary(found: Boundaries, style: str = "paper") -> Drawn:
    """Return where verdicts turn as a figure: a panel for each of them."""
    if len(found) == 1:
        return _draw_one(found[0], found.seed, style)
    data = {one.claim: boundary_data(one.turn) for one in found}
    sizes = sorted({one.n for one in found})
    each = " to ".join(f"{n:,}" for n in dict.fromkeys((sizes[0], sizes[-1])))
    about = caption(
        f"{each} replicates, seed {found.seed}, common random numbers",
        "Amber: where the verdict is undecided.",
    )

    def paint(figure: Figure) -> None:
        axes = np.atleast_1d(figure.subplots(len(found), 1))
        for one, ax in zip(found, axes, strict=True):
            plot_boundary(data[one.claim], ax, one.turn, one.condition.threshold, one.address)
            width, letters = 0.9 * 72 * figure.get_figwidth(), 0.95 * points()
            ax.set_title(wrapped(one.finding, width, letters, bold=True), fontsize=letters)

    turn = sum(one.turn.value is not None for one in found)
    title = f"{turn} of {len(found)} conditions turn along the parameter of their experiment"
    return on_a_page("boundary", title, about, data, paint, 0.2 + 0.7 * len(found), style)


def _draw_one(one: Boundary, seed: int, style: str) -> Drawn:
    data = boundary_data(one.turn)
    size = f"{one.n:,} replicates, seed {seed}, common random numbers"
    about = caption(f"{one.condition.label}. {size}", "Amber: where the verdict is undecided.")

    def paint(figure: Figure) -> None:
        plot_boundary(data, figure.subplots(), one.turn, one.condition.threshold, one.address)

    return on_a_page("boundary", one.finding, about, {"boundary": data}, paint, 0.9, style)


def write_boundaries(found: Boundaries, folder: Path) -> list[Path]:
    """Write a figure of each, and its data, into a folder; return the paths of the figures."""
    with placing(folder, within=True):
        return [
            write_figure(_draw_one(one, found.seed, "paper"), folder / one.file, data=True)[0]
            for one in found
        ]

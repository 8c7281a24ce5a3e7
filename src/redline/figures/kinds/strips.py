"""Many replicates as strips, a thin row each, the gravest on top."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    RUNG_COLOURS,
    RUNG_NAMES,
    WAR_COLOUR,
    Tidy,
    ink,
    names_beside,
    points,
    two_panels,
)
from redline.results import Histories
from redline.support import count
from redline.theory import RUNGS

STRIPS = 60
"""Replicates that are drawn, taken at random."""


def strips_data(history: Histories) -> Tidy:
    """Return a row per replicate and week, replicates in the order of display.

    Columns: place, replicate, week, provocation, response, war. The gravest are on top: by
    the week of war, then by weeks at crisis rungs, then by weeks with an attack.
    """
    weeks = history.weeks
    simulated = history.lived[:, None] > np.arange(weeks.shape[1])
    crisis = (((weeks["provocation"] >= 4) | (weeks["response"] >= 4)) & simulated).sum(axis=1)
    attacks = ((weeks["provocation"] >= 2) & simulated).sum(axis=1)
    ended = np.where(history.over, history.lived, weeks.shape[1] + 1)
    order = np.lexsort((attacks, crisis, -ended))
    place, week = np.nonzero(simulated[order])
    row = order[place]
    return {
        "place": place,
        "replicate": history.numbers[row],
        "week": week,
        **{ladder: weeks[ladder][row, week].astype(int) for ladder in RUNG_NAMES},
        "war": (week == history.lived[row] - 1) & (history.over[row] == 1),
    }


def plot_strips(data: Tidy, ax: Axes, ladder: str, weeks: int) -> None:
    """Draw one ladder of many replicates, a thin row each; weeks after a war stay empty."""
    rows = int(data["place"].max()) + 1
    cells = np.full((rows, weeks), np.nan)
    cells[data["place"], data["week"]] = data[ladder]
    place, week = data["place"][data["war"]], data["week"][data["war"]]
    cells[place, week] = RUNGS
    colours = [*RUNG_COLOURS, WAR_COLOUR]
    ax.pcolormesh(
        np.arange(weeks + 1) - 0.5, np.arange(rows + 1), np.ma.masked_invalid(cells),
        cmap=ListedColormap(colours), vmin=-0.5, vmax=RUNGS + 0.5, rasterized=True,
    )  # fmt: skip
    ax.plot(
        week, place + 0.5, "s", color=WAR_COLOUR,
        markeredgecolor=ink(), markeredgewidth=0.5, markersize=0.4 * points(),
    )  # fmt: skip
    ax.set_yticks([])
    ax.set(xlim=(-0.5, weeks - 0.5), ylim=(0, rows), xlabel="week")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(visible=False)
    names_beside(ax, [*RUNG_NAMES[ladder], "war"], colours)


def strips_finding(data: Tidy) -> str:
    """Return in a sentence what the replicates have in common."""
    rows = int(data["place"].max()) + 1
    wars = int(data["war"].sum())
    ended = count(wars, "ends", "end") if wars else "none ends"
    return f"Of {count(rows, 'replicate')} drawn at random, {ended} in war"


def draw_strips(request: Request) -> Drawn:
    """Return the figure of some replicates of a subject."""
    subject = request.subject
    history = subject.sampled(STRIPS)
    data = strips_data(history)
    figure = two_panels(request.size)
    for name, ax in zip(RUNG_NAMES, figure.axes, strict=True):
        plot_strips(data, ax, name, subject.scenario.weeks)
        ax.set_title(f"{name}, a row per replicate")
    note = "Drawn at random, then sorted: the gravest on top. Empty after a war."
    about = caption_of(request, note, len(history.numbers))
    return finished(request, figure, strips_finding(data), about, strips=data)


KIND = Kind(
    about="many replicates, a row each",
    place=3,
    draw=draw_strips,
    in_run=4,
    in_sweep=8,
    anecdote=True,
)

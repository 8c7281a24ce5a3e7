"""From which rung replicates go to which, from one week to the next."""

import numpy as np
from matplotlib.axes import Axes

from redline.engine import Trace
from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    NEUTRAL,
    RUNG_COLOURS,
    RUNG_NAMES,
    WAR_COLOUR,
    Tidy,
    face,
    muted,
    on,
    points,
    two_panels,
)
from redline.figures.subjects import MANY
from redline.figures.tables import of_rows
from redline.support import percent
from redline.theory import RUNGS

THIN = 30
"""Rows of transitions with fewer weeks are written in grey, without colour."""


def transitions_data(history: Trace) -> Tidy:
    """Return a row per ladder, rung and rung of the week after: count, and share of its rung.

    ``war`` stands for a week in which open confrontation began: no week comes after it.
    """
    weeks = history.weeks
    number = np.arange(weeks.shape[1])
    rows = []
    for ladder, names in RUNG_NAMES.items():
        rungs = weeks[ladder].astype(int)
        counts = np.zeros((RUNGS, RUNGS + 1), int)
        followed = history.lived[:, None] > number[1:]
        np.add.at(counts, (rungs[:, :-1][followed], rungs[:, 1:][followed]), 1)
        last = rungs[np.arange(len(rungs)), history.lived - 1]
        np.add.at(counts[:, RUNGS], last[history.over == 1], 1)
        for rung, name in enumerate(names):
            for to, other in enumerate((*names, "war")):
                made, total = counts[rung, to], counts[rung].sum()
                share = made / total if total else None
                rows.append(
                    {"ladder": ladder, "from": name, "to": other, "count": made, "share": share}
                )
    return of_rows(rows)


def plot_transitions(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw one ladder's transitions: a row for each rung, shares adding up to one."""
    names = RUNG_NAMES[ladder]
    mine = data["ladder"] == ladder
    share = data["share"][mine].reshape(RUNGS, RUNGS + 1)
    weeks = data["count"][mine].reshape(RUNGS, RUNGS + 1).sum(axis=1)
    sound = np.where(weeks[:, None] >= THIN, share, np.nan)
    ax.pcolormesh(
        np.ma.masked_invalid(sound), cmap=NEUTRAL, vmin=0, vmax=1, edgecolors=face(), linewidth=1
    )
    for row, column in np.argwhere(share > 0):
        value = share[row, column]
        ax.text(
            column + 0.5, row + 0.5, _short(value), ha="center", va="center",
            fontsize=0.72 * points(),
            color=on(NEUTRAL(float(value))) if weeks[row] >= THIN else muted(),
        )  # fmt: skip
    ax.set_xticks(
        np.arange(RUNGS + 1) + 0.5, (*names, "war, that week"), rotation=40, ha="right",
        rotation_mode="anchor",
    )  # fmt: skip
    rungs = [f"{name}\n{number:,}" for name, number in zip(names, weeks, strict=True)]
    ax.set_yticks(np.arange(RUNGS) + 0.5, rungs)
    ax.tick_params(length=0, labelsize=0.8 * points())
    ax.grid(visible=False)
    ax.set_xlabel("the week after")
    for place, colour in enumerate((*RUNG_COLOURS, WAR_COLOUR)):
        ax.plot(
            [place + 0.08, place + 0.92], [0, 0], color=colour, linewidth=0.35 * points(),
            clip_on=False, solid_capstyle="butt", zorder=5,
        )  # fmt: skip
    ax.spines[["left", "bottom"]].set_visible(False)


def _short(share: float) -> str:
    """Return a share for a small cell."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.5 else f"{value:.1f}" if value >= 0.05 else "<0.1"


def transitions_finding(data: Tidy) -> str:
    """Return in a sentence what follows a week with an assault, and one with rockets."""
    mine = (data["ladder"] == "response") & (data["from"] == "strike")
    calm = mine & np.isin(data["to"], RUNG_NAMES["response"][:3])
    weeks, quiet = (int(data["count"][rows].sum()) for rows in (mine, calm))
    if not weeks:
        return "From which rung to which: no week followed a strike"
    if weeks < THIN:
        return f"{quiet} of the {weeks} weeks that follow a strike saw no force"
    share = percent(float(data["share"][calm].sum()))
    return f"After a strike, {share} of the weeks that follow see no force"


def draw_transitions(request: Request) -> Drawn:
    """Return the figure of both ladders, from many replicates of a subject."""
    history = request.subject.sampled(MANY)
    data = transitions_data(history)
    figure = two_panels(request.size)
    for name, ax in zip(RUNG_NAMES, figure.axes, strict=True):
        plot_transitions(data, ax, name)
        ax.set_title(name)
    note = (
        "Percent of the transitions from a rung, whose number is below its name; "
        f"grey: fewer than {THIN}. War begins in the week itself."
    )
    about = caption_of(request, note, len(history.numbers))
    return finished(request, figure, transitions_finding(data), about, transitions=data)


KIND = Kind(about="from which rung to which", place=8, draw=draw_transitions, in_run=5)

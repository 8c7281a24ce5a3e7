"""Where replicates stand, week by week: the shares of the rungs of both ladders."""

import numpy as np
from matplotlib.axes import Axes

from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    RUNG_COLOURS,
    RUNG_NAMES,
    Tidy,
    face,
    names_beside,
    percent,
    percent_axis,
    two_panels,
)
from redline.results import Distribution
from redline.theory import RUNGS

FEW = 20
"""Weeks with fewer replicates at risk are drawn pale."""


def rungs_data(results: Distribution) -> Tidy:
    """Return a row per ladder, week and rung: share of the replicates at risk, and their number.

    A week counts the replicates that were in it: war is absorbing, and those that ended in war
    before stand nowhere.
    """
    tables = {ladder: results.weekly_counts(ladder)[:, :RUNGS] for ladder in RUNG_NAMES}
    weeks = len(tables["provocation"])
    at_risk = tables["provocation"].sum(axis=1)
    kept = at_risk > 0
    columns: dict[str, list[np.ndarray]] = {}
    for ladder, counts in tables.items():
        share = counts[kept] / at_risk[kept, None]
        rows = {
            "ladder": np.full(share.size, ladder),
            "week": np.repeat(np.arange(weeks)[kept], RUNGS),
            "rung": np.tile(RUNG_NAMES[ladder], int(kept.sum())),
            "share": share.ravel(),
            "at_risk": np.repeat(at_risk[kept], RUNGS),
        }
        for name, values in rows.items():
            columns.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def plot_rungs(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw the shares of one ladder as a stack, with the number at risk below the weeks."""
    mine = data["ladder"] == ladder
    share = data["share"][mine].reshape(-1, RUNGS)
    week = data["week"][mine].reshape(-1, RUNGS)[:, 0]
    at_risk = data["at_risk"][mine].reshape(-1, RUNGS)[:, 0]
    edges = np.append(week, week[-1] + 1)
    bottom = np.zeros(len(week))
    for rung in range(RUNGS):
        top = bottom + share[:, rung]
        ax.fill_between(
            edges,
            np.append(bottom, bottom[-1]),
            np.append(top, top[-1]),
            step="post",
            color=RUNG_COLOURS[rung],
            linewidth=0,
        )
        bottom = top
    for place in np.flatnonzero(at_risk < FEW):
        ax.axvspan(week[place], week[place] + 1, color=face(), alpha=0.65, linewidth=0)
    marks = np.unique(np.linspace(0, len(week) - 1, 5).astype(int))
    ax.set_xticks(week[marks] + 0.5, [f"{week[m]}\n{at_risk[m]:,}" for m in marks])
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(percent_axis())
    ax.grid(visible=False)
    ax.set_xlabel("week, and replicates at risk")
    names_beside(ax, RUNG_NAMES[ladder], RUNG_COLOURS)


def rungs_finding(data: Tidy) -> str:
    """Return in a sentence where replicates stand over all weeks at risk."""
    mine = data["ladder"] == "provocation"
    weights = data["at_risk"][mine] * data["share"][mine]
    total = weights.sum()
    rungs = data["rung"][mine]
    attacked = weights[np.isin(rungs, RUNG_NAMES["provocation"][2:4])].sum() / total
    grave = weights[np.isin(rungs, RUNG_NAMES["provocation"][4:])].sum() / total
    return (
        f"{percent(float(attacked))} of weeks at risk see rockets or drones; "
        f"{percent(float(grave))} an assault or an offensive"
    )


def draw_rungs(request: Request) -> Drawn:
    """Return the figure of both ladders of a subject."""
    data = rungs_data(request.subject.results)
    figure = two_panels(request.size)
    for name, ax in zip(RUNG_NAMES, figure.axes, strict=True):
        plot_rungs(data, ax, name)
        ax.set_title(name)
    note = (
        "Shares of the replicates that lived the week; "
        f"weeks with fewer than {FEW} of them are pale."
    )
    return finished(request, figure, rungs_finding(data), caption_of(request, note), rungs=data)


def _hindrance(request: Request) -> str | None:
    if request.sweep and request.sweep.manifest["weekly"] == "none":
        return "needs the weekly counts, which this sweep did not keep"
    return None


KIND = Kind(
    about="shares of the rungs over weeks at risk",
    place=4,
    draw=draw_rungs,
    hindrance=_hindrance,
    in_run=2,
    in_sweep=9,
)

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
    percent_axis,
    two_panels,
)
from redline.figures.tables import stacked
from redline.results import Distribution
from redline.support import percent
from redline.theory import RUNGS

FEW = 20
"""Weeks with fewer replicates at risk are drawn pale."""


def rungs_data(results: Distribution) -> Tidy:
    """Return a row per ladder, week and rung: share of the replicates at risk, and their number.

    A week counts the replicates that were in it: war is absorbing, and those that ended in war
    before stand nowhere.
    """
    tables = {ladder: results.weekly_counts(ladder)[:, :RUNGS] for ladder in RUNG_NAMES}
    at_risk = tables["provocation"].sum(axis=1)
    kept = np.flatnonzero(at_risk)
    return stacked(
        {
            "ladder": np.full(RUNGS * len(kept), ladder),
            "week": np.repeat(kept, RUNGS),
            "rung": np.tile(RUNG_NAMES[ladder], len(kept)),
            "share": (counts[kept] / at_risk[kept, None]).ravel(),
            "at_risk": np.repeat(at_risk[kept], RUNGS),
        }
        for ladder, counts in tables.items()
    )


def plot_rungs(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw the shares of one ladder as a stack, with the number at risk below the weeks."""
    mine = data["ladder"] == ladder
    share = data["share"][mine].reshape(-1, RUNGS)
    week, at_risk = (data[name][mine][::RUNGS] for name in ("week", "at_risk"))
    edges = np.append(week, week[-1] + 1)
    tops = np.cumsum([*share, share[-1]], axis=1).T  # the last week has two edges
    for bottom, top, colour in zip((0 * edges, *tops), tops, RUNG_COLOURS, strict=False):
        ax.fill_between(edges, bottom, top, step="post", color=colour, linewidth=0)
    for place in np.flatnonzero(at_risk < FEW):
        ax.axvspan(week[place], week[place] + 1, color=face(), alpha=0.65, linewidth=0)
    marks = np.unique(np.linspace(0, len(week) - 1, 5).astype(int))
    ax.set_xticks(week[marks] + 0.5, [f"{week[m]}\n{at_risk[m]:,}" for m in marks])
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel="week, and replicates at risk")
    ax.yaxis.set_major_formatter(percent_axis())
    ax.grid(visible=False)
    names_beside(ax, RUNG_NAMES[ladder], RUNG_COLOURS)


def rungs_finding(data: Tidy) -> str:
    """Return in a sentence where replicates stand over all weeks at risk."""
    mine = data["ladder"] == "provocation"
    weights = data["at_risk"][mine] * data["share"][mine]
    names = RUNG_NAMES["provocation"]
    attacked, grave = (
        percent(float(weights[np.isin(data["rung"][mine], rungs)].sum() / weights.sum()))
        for rungs in (names[2:4], names[4:])
    )
    return f"{attacked} of weeks at risk see rockets or drones; {grave} an assault or an offensive"


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

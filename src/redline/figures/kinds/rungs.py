"""Where replicates stand, week by week; and from which rung they go to which."""

import numpy as np
from matplotlib.axes import Axes

from redline.engine import Trace
from redline.figures.kinds.ladder import PROVOCATIONS, RESPONSES
from redline.figures.style import (
    NEUTRAL,
    RUNG_COLOURS,
    WAR_COLOUR,
    Tidy,
    face,
    muted,
    names_beside,
    on,
    percent,
    percent_axis,
    points,
)
from redline.results import Distribution
from redline.theory import RUNGS

FEW = 20
"""Weeks with fewer replicates at risk are drawn pale."""
THIN = 30
"""Rows of transitions with fewer weeks are written in grey, without colour."""
NAMES = {"provocation": PROVOCATIONS, "response": RESPONSES}


def rungs_data(results: Distribution) -> Tidy:
    """Return a row per ladder, week and rung: share of the replicates at risk, and their number.

    A week counts the replicates that lived it: war is absorbing, and those that ended in war
    before stand nowhere.
    """
    tables = {ladder: results.weekly_counts(ladder)[:, :RUNGS] for ladder in NAMES}
    weeks = len(tables["provocation"])
    at_risk = tables["provocation"].sum(axis=1)
    kept = at_risk > 0
    columns: dict[str, list[np.ndarray]] = {}
    for ladder, counts in tables.items():
        share = counts[kept] / at_risk[kept, None]
        rows = {
            "ladder": np.full(share.size, ladder),
            "week": np.repeat(np.arange(weeks)[kept], RUNGS),
            "rung": np.tile(NAMES[ladder], int(kept.sum())),
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
    names_beside(ax, NAMES[ladder], RUNG_COLOURS)


def rungs_finding(data: Tidy) -> str:
    """Return in a sentence where replicates stand over all weeks at risk."""
    mine = data["ladder"] == "provocation"
    weights = data["at_risk"][mine] * data["share"][mine]
    total = weights.sum()
    rungs = data["rung"][mine]
    attacked = weights[np.isin(rungs, PROVOCATIONS[2:4])].sum() / total
    grave = weights[np.isin(rungs, PROVOCATIONS[4:])].sum() / total
    return (
        f"{percent(float(attacked))} of weeks at risk see rockets or drones; "
        f"{percent(float(grave))} an assault or an offensive"
    )


# Transitions


def transitions_data(history: Trace) -> Tidy:
    """Return a row per ladder, rung and rung of the week after: count, and share of its rung.

    ``war`` stands for a week in which open confrontation began: no week comes after it.
    """
    weeks = history.weeks
    number = np.arange(weeks.shape[1])
    columns: dict[str, list[object]] = {
        key: [] for key in ("ladder", "from", "to", "count", "share")
    }
    for ladder, names in NAMES.items():
        rungs = weeks[ladder].astype(int)
        counts = np.zeros((RUNGS, RUNGS + 1), int)
        followed = history.lived[:, None] > number[1:]
        np.add.at(counts, (rungs[:, :-1][followed], rungs[:, 1:][followed]), 1)
        last = rungs[np.arange(len(rungs)), history.lived - 1]
        np.add.at(counts[:, RUNGS], last[history.over == 1], 1)
        for rung, name in enumerate(names):
            for to, other in enumerate((*names, "war")):
                below = counts[rung].sum()
                columns["ladder"].append(ladder)
                columns["from"].append(name)
                columns["to"].append(other)
                columns["count"].append(counts[rung, to])
                columns["share"].append(counts[rung, to] / below if below else np.nan)
    return {name: np.array(values) for name, values in columns.items()}


def plot_transitions(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw one ladder's transitions: a row for each rung, shares adding up to one."""
    names = NAMES[ladder]
    mine = data["ladder"] == ladder
    share = data["share"][mine].reshape(RUNGS, RUNGS + 1)
    weeks = data["count"][mine].reshape(RUNGS, RUNGS + 1).sum(axis=1)
    sound = np.where(weeks[:, None] >= THIN, share, np.nan)
    ax.pcolormesh(
        np.ma.masked_invalid(sound), cmap=NEUTRAL, vmin=0, vmax=1, edgecolors=face(), linewidth=1
    )
    for row in range(RUNGS):
        for column in range(RUNGS + 1):
            value = share[row, column]
            if np.isfinite(value) and value > 0:
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    _short(value),
                    ha="center",
                    va="center",
                    fontsize=0.72 * points(),
                    color=on(NEUTRAL(float(value))) if weeks[row] >= THIN else muted(),
                )
    ax.set_xticks(
        np.arange(RUNGS + 1) + 0.5,
        (*names, "war, that week"),
        rotation=40,
        ha="right",
        rotation_mode="anchor",
    )
    ax.set_yticks(
        np.arange(RUNGS) + 0.5, [f"{n}\n{c:,}" for n, c in zip(names, weeks, strict=True)]
    )
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
    share = {
        (ladder, a, b): value
        for ladder, a, b, value in zip(
            data["ladder"], data["from"], data["to"], data["share"], strict=True
        )
    }
    calm = sum(share["response", "strike", name] for name in RESPONSES[:3])
    if np.isnan(calm):
        return "From which rung to which: no week followed a strike"
    mine = (data["ladder"] == "response") & (data["from"] == "strike")
    weeks = int(data["count"][mine].sum())
    if weeks < THIN:
        quiet = int(data["count"][mine & np.isin(data["to"], RESPONSES[:3])].sum())
        return f"{quiet} of the {weeks} weeks that follow a strike saw no force"
    return f"After a strike, {percent(float(calm))} of the weeks that follow see no force"

"""How well the model predicts a week ahead, calibration and skill: of ``redline score``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from redline.evidence import BLOCK, Score, Scores
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    beside,
    face,
    ink,
    log_axis,
    muted,
    points,
    wrapped,
)
from redline.figures.tables import of_rows
from redline.support import package_version

LADDERS = {"attacks": "an attack", "answers": "an answer by force"}
FLOOR = 5e-4
"""Where the axes of rare events begin; what never came true is drawn there."""
NEAREST = -1.2
"""Skills below this are drawn at the edge."""


def calibration_data(score: Score) -> Tidy:
    """Return a row per bin of probability: ladder, foretold, share with interval, weeks."""
    return of_rows(
        {"ladder": name, **bin_}
        for name, ladder in score.ladders.items()
        for bin_ in ladder.calibration()
    )


def plot_calibration(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw how often weeks came true over how probable they were held, numbers of weeks beside.

    Answers by force are rare: their axes are logarithmic.
    """
    mine = data["ladder"] == ladder
    rare = ladder == "answers"
    low = FLOOR if rare else 0.0
    ax.plot([low, 1], [low, 1], color=muted(), linewidth=0.8, linestyle=(0, (3, 3)))
    x, y = (np.maximum(data[name][mine], low) for name in ("foretold", "share"))
    ends = (np.maximum(data[name][mine], low) for name in ("low", "high"))
    ax.vlines(x, *ends, color=ARMS[0], linewidth=0.14 * points())
    for foretold, share, weeks in zip(x, y, data["weeks"][mine], strict=True):
        size = 0.5 * points() + 0.8 * weeks**0.5
        ax.plot(foretold, share, "o", color=ARMS[0], markersize=size, clip_on=False)
        beside(ax, f"{weeks}", (foretold, share), (6, -10), 0.75, color=muted())
    for axis in (ax.xaxis, ax.yaxis):
        if rare:
            log_axis(axis)
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    limits = (FLOOR * 0.8, 1.3) if rare else (-0.03, 1.03)
    ax.set(xlim=limits, ylim=limits, xlabel="held probable", ylabel="came true")


def skills_data(found: Scores) -> Tidy:
    """Return a row per score, ladder and other forecaster: log skill with its interval."""
    return of_rows({**row, "in_sample": int(row["in_sample"])} for row in found.skills)


def plot_skills(data: Tidy, ax: Axes) -> None:
    """Draw every skill with its interval; hollow where the model had seen what it predicts."""
    each = int((data["score"] == data["score"][0]).sum())
    places = np.arange(len(data["mean"]))
    rows = -(places + 1.2 * (places // each))
    ax.axvline(0, color=ink(), linewidth=0.8)
    for row, y in enumerate(rows):
        colour = ARMS[0] if data["ladder"][row] == "attacks" else ARMS[1]
        low, mean, high = (max(float(data[name][row]), NEAREST) for name in ("low", "mean", "high"))
        ax.plot([low, high], [y, y], color=colour, linewidth=0.18 * points())
        ax.plot(
            mean, y, "o", color=colour, markersize=0.65 * points(),
            markerfacecolor=face() if data["in_sample"][row] else colour, clip_on=False,
        )  # fmt: skip
        if data["impossible"][row]:
            words = "−∞ with all weeks"
            beside(ax, words, (high, y), (5, 0), 0.75, va="center", color=RUNG_COLOURS[4])
        if row % each == 0:
            size = 0.8 * points()
            words = wrapped(str(data["score"][row]), 72 * 3.0, size, bold=True)
            ax.text(NEAREST, y + 0.9, words, fontsize=size, fontweight="bold", va="center")
    labels = [", ".join(words) for words in zip(data["ladder"], data["against"], strict=True)]
    ax.set_yticks(rows, labels, fontsize=0.75 * points())
    ax.set(xlim=(NEAREST, None), ylim=(rows[-1] - 0.6, 1.6))
    ax.set_xlabel("log skill, nats a week (right: better)")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def draw_score(found: Scores, style: str = "paper") -> Drawn:
    """Return the scores as a figure: calibration of the first, and every skill."""
    tables = {"skill": skills_data(found), "calibration": calibration_data(found[0])}
    about = (
        f"{found.scenario.name}, seed {found.seed}; redline {package_version()}. Left: probability "
        "of an attack, and of an answer by force, with the number of weeks and 95 % intervals. "
        f"Right: 95 % intervals from blocks of {BLOCK} weeks; hollow: the defaults, which saw the "
        "whole record. −∞: something came that was held impossible; the point is of the other "
        "weeks."
    )

    def paint(figure: Figure) -> None:
        grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.25))
        for place, (ladder, words) in enumerate(LADDERS.items()):
            ax = figure.add_subplot(grid[place, 0])
            plot_calibration(tables["calibration"], ax, ladder)
            ax.set_title(words)
        plot_skills(tables["skill"], figure.add_subplot(grid[:, 1]))

    return on_a_page("score", found.finding, about, tables, paint, 1.35, style)

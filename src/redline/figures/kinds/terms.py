"""Why: what each option was worth to an actor in a week, term by term."""

from dataclasses import replace
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.argument import ActorExplanation, Explanation, explain_week
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    RUNG_COLOURS,
    Tidy,
    caption,
    finish,
    ink,
    new_figure,
    points,
    styled,
    wrapped,
)
from redline.results import StoredPoint
from redline.support import share, signed
from redline.theory import TERMS

COLOURS = ("#5b7f99", *RUNG_COLOURS[2:5], "#8aa5b5", RUNG_COLOURS[5], RUNG_COLOURS[1])
"""Terms in their order, which bars and key share; more terms than colours begin again."""
NARROW = 5.0
"""Inches below which a key has two columns."""
LABELLED = 0.04
"""Share of the axis from which on a term carries its own label."""


def terms_data(actor: ActorExplanation) -> Tidy:
    """Return a row per rung and term: rung, term, value, utility, probability, open."""
    rungs, terms = actor.rungs, list(actor.terms)
    return {
        "rung": np.repeat(rungs, len(terms)),
        "term": np.tile(terms, len(rungs)),
        "value": np.array([actor.terms[term] for term in terms]).T.ravel(),
        "utility": np.repeat(actor.utilities, len(terms)),
        "probability": np.repeat(actor.probabilities, len(terms)),
        "open": np.repeat([rung in actor.allowed for rung in rungs], len(terms)),
    }


def plot_terms(data: Tidy, ax: Axes, chosen: str) -> None:
    """Draw each rung's terms as bars to either side of zero, the utility as a mark."""
    rungs = list(dict.fromkeys(data["rung"]))
    terms = list(dict.fromkeys(data["term"]))
    values = data["value"].reshape(len(rungs), len(terms))
    names = ("utility", "probability", "open")
    of_rungs = (data[name][:: len(terms)].tolist() for name in names)
    for row, (rung, utility, probability, is_open) in enumerate(zip(rungs, *of_rungs, strict=True)):
        ends = {True: 0.0, False: 0.0}
        for value, colour in zip(values[row].tolist(), cycle(COLOURS), strict=False):
            start = ends[value > 0]
            ax.barh(row, value, left=start, height=0.6, color=colour)
            ends[value > 0] = start + value
        ax.plot([utility], [row], marker="D", markersize=4, color=ink(), zorder=3)
        chance = share(probability, 0).replace("under", "<") if is_open else "not open"
        ax.annotate(
            f"{signed(utility)}   {chance}".replace("-", "−"), (1.01, row),
            xycoords=("axes fraction", "data"), va="center",
            fontweight="bold" if rung == chosen else "normal",
        )  # fmt: skip
    ax.axvline(0, color=ink(), linewidth=0.8)
    ax.set_yticks(range(len(rungs)), [f"{rung} ◂" if rung == chosen else rung for rung in rungs])
    low = values.clip(max=0).sum(axis=1).min()
    high = values.clip(min=0).sum(axis=1).max()
    pad = 0.06 * (high - low or 1.0)
    ax.set_xlim(low - pad, high + pad)
    handles = [
        ax.barh(0, 0, color=colour, label=TERMS.get(term, term))
        for term, most, colour in zip(terms, abs(values).max(axis=0), cycle(COLOURS), strict=False)
        if most > LABELLED * (high - low)
    ]
    if handles:
        narrow = float(ax.get_figure().get_figwidth()) < NARROW  # type: ignore[union-attr]
        ax.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), borderaxespad=2.4,
            ncols=2 if narrow else 3, frameon=False, fontsize=0.85 * points(),
        )  # fmt: skip
    ax.grid(axis="y", visible=False)


def table_name(actor: ActorExplanation) -> str:
    """Return a name for the table of an actor that can stand in a file's name."""
    return "".join(c if c.isalnum() else "_" for c in actor.actor.lower())


def terms_caption(explanation: Explanation) -> str:
    """Return what a figure of terms says of itself."""
    note = "Bars: the terms of each option; diamond: their sum; right: the sum and the probability."
    return caption(explanation.heading, note)


def terms_figure(explanation: Explanation, size: str = "page") -> Figure:
    """Return the figure of a week: a panel for every actor that made a choice."""
    actors = [actor for actor in explanation.actors if actor.choice]
    figure = new_figure(size, max(0.6, 0.62 * len(actors)))
    axes = np.atleast_1d(figure.subplots(max(1, len(actors)), 1))
    for actor, ax in zip(actors, axes, strict=False):
        plot_terms(terms_data(actor), ax, actor.chosen)
        width, letters = 0.58 * 72 * figure.get_figwidth(), 0.95 * points()
        ax.set_title(wrapped(actor.sentence, width, letters, bold=True), fontsize=letters)
    if not actors:
        figure.axes[0].set_axis_off()
        figure.axes[0].text(0, 0.5, "Nobody chose anything in this week.")
    finish(figure, "", terms_caption(explanation))
    return figure


def draw_terms(explanation: Explanation, size: str = "page", style: str = "paper") -> Drawn:
    """Return the figure of a week, with a table for every actor that made a choice."""
    with styled(style, size):
        return _complete(explanation, size, style)


def _complete(explanation: Explanation, size: str, style: str = "paper") -> Drawn:
    """Return the figure of a week in the style that is on."""
    figure = terms_figure(explanation, size)
    tables = {table_name(actor): terms_data(actor) for actor in explanation.actors if actor.choice}
    about = terms_caption(explanation)
    return Drawn("terms", figure, explanation.heading, about, tables, style, size)


def _drawn(request: Request) -> Drawn:
    """Return the figure of the replicate and the week that are asked for."""
    run = request.subject.results
    run.simulated_again([request.replicate])  # under other rules it was another week
    explanation = explain_week(run.scenario, request.replicate, request.week, run.seed)
    if isinstance(run, StoredPoint):
        explanation = replace(explanation, point=run.point, values=dict(run.values))
    return _complete(explanation, request.size)


def _hindrance(request: Request) -> str | None:
    weeks = request.subject.scenario.weeks
    return f"week must be in 0 … {weeks - 1}" if request.week >= weeks else None


KIND = Kind(
    about="why: the terms behind the choices of a week",
    place=10,
    draw=_drawn,
    takes=("replicate", "week"),
    hindrance=_hindrance,
)

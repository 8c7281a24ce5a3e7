"""The model beside the record, a strip for each fact: of ``redline validate``."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.evidence import Fact, Validation
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    caption,
    face,
    ink,
    log_axis,
    muted,
    points,
    wrapped,
)
from redline.figures.tables import of_rows

QUANTILES = ("q025", "q25", "q50", "q75", "q975")
IN, OUT = ARMS[0], RUNG_COLOURS[4]
LOG_FACTS = ("F3c", "F7", "F8a")
"""Facts that are ratios and spread over orders of magnitude: drawn on a log scale."""


def facts_data(facts: Sequence[Fact]) -> Tidy:
    """Return a row per fact: the record with its range, quantiles of replicates, the verdict."""
    return of_rows(
        {
            "fact": fact.name,
            "measure": fact.measure,
            "fitted": int(fact.fitted),
            "record": fact.recorded.value,
            "record_low": fact.recorded.low,
            "record_high": fact.recorded.high,
            **dict(zip(QUANTILES, fact.quantiles or (None,) * 5, strict=True)),
            "estimate": fact.estimate.mean,
            "low": fact.estimate.low,
            "high": fact.estimate.high,
            "percentile": fact.percentile,
            "verdict": fact.verdict,
            "holds": {True: "yes", False: "no", None: ""}[fact.holds],
        }
        for fact in facts
    )


def plot_fact(data: Tidy, ax: Axes, row: int, width: float) -> None:
    """Draw one fact's strip: replicates as a bar within a line, the record as a diamond.

    Its words are no wider than `width` points.
    """

    def at(name: str) -> float:
        return float(data[name][row])

    name = str(data["fact"][row])
    if name in LOG_FACTS:
        log_axis(ax.xaxis)
    spread = np.isfinite(at("q50"))
    first, middle, last = ("q025", "q50", "q975") if spread else ("low", "estimate", "high")
    low = 0.02 if spread and name in LOG_FACTS else -np.inf
    ax.plot([max(at(first), low), at(last)], [0, 0], color=muted(), linewidth=0.18 * points())
    if spread:
        ax.plot(
            [max(at("q25"), low), at("q75")], [0, 0], color=muted(), linewidth=0.7 * points(),
            solid_capstyle="butt", alpha=0.55,
        )  # fmt: skip
    ax.plot([max(at(middle), low)], [0], "|", color=ink(), markersize=1.5 * points())
    if np.isfinite(at("record")):
        colour = OUT if data["verdict"][row] == "out" else IN
        if np.isfinite(at("record_low")):
            ends = [at("record_low"), at("record_high")]
            ax.plot(ends, [0.42, 0.42], color=colour, linewidth=0.14 * points())
        ax.plot(
            [at("record")], [0.42], "D", color=colour, markersize=0.7 * points(),
            markerfacecolor=face() if data["fitted"][row] else colour,
        )  # fmt: skip
    ax.set_ylim(-0.6, 0.9)
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    if name not in LOG_FACTS:
        ax.locator_params(axis="x", nbins=4)
    ax.tick_params(axis="x", labelsize=0.75 * points(), pad=1)
    verdict, holds = str(data["verdict"][row]), str(data["holds"][row])
    words = [verdict] if verdict != "–" else []
    words += {"yes": ["as claimed"], "no": ["not as claimed"]}.get(holds, [])
    words += ["fitted"] if data["fitted"][row] else []
    missed = verdict == "out" or holds == "no"
    size = 0.78 * points()
    measure = wrapped(str(data["measure"][row]), width, size)
    ax.set_title(
        f"{name} · {', '.join(words)}\n{measure}", fontsize=size, fontweight="normal", pad=2,
        loc="left", color=OUT if missed else ink(),
    )  # fmt: skip


def draw_validation(found: Validation, style: str = "paper") -> Drawn:
    """Return the facts as a figure, a strip each."""
    data = facts_data(found)
    about = caption(
        f"{found.scenario.name}: {found.replicates:,} replicates, seed {found.seed}",
        "Grey: the middle 95 and 50 % of replicates and the median; a thin line with a tick: an "
        "estimate with its 95 % interval. Diamond: the record, with its range; hollow where the "
        "defaults were fitted to it.",
    )
    rows = -(-len(found) // 2)

    def paint(figure: Figure) -> None:
        for row, ax in enumerate(figure.subplots(rows, 2).ravel(order="F")):
            if row < len(found):
                plot_fact(data, ax, row, 72 * figure.get_figwidth() * 0.44)
            else:
                ax.set_axis_off()

    tables, height = {"validation": data}, 0.19 * rows + 0.35
    return on_a_page("validation", found.finding, about, tables, paint, height, style)

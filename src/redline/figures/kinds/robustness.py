"""Where in parameter space claims hold: of ``redline robustness``."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.exploration import SIGNIFICANT, Robustness
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    NOT_A_FORECAST,
    RUNG_COLOURS,
    Tidy,
    ink,
    muted,
    percent_axis,
    points,
)
from redline.support import count, package_version, printable

MATCHING = RUNG_COLOURS[4]
TELLING = 0.5
"""Share of points at which a test must be decided for its share to mean something."""


def standings_data(found: Robustness) -> Tidy:
    """Return a row per test: shares that hold, verdicts, the leading parameter of failure."""
    columns: dict[str, list[Any]] = {}
    for one in found.standings:
        row: dict[str, Any] = {"claim": one.claim}
        for name, share in (("holds", one.holds), ("matching", one.matching)):
            for field in ("value", "low", "high"):
                row[name + ("" if field == "value" else f".{field}")] = (
                    np.nan if share is None else getattr(share, field)
                )
        row["everywhere.low"] = one.everywhere.low
        row["decided"] = one.decided
        row |= {name: number / len(found.tried) for name, number in one.verdicts.items()}
        row["fails where"] = str(one.leading) if one.leading and one.leading.p < SIGNIFICANT else ""
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in columns.items()}


def plot_standings(data: Tidy, ax: Axes, where: str) -> None:
    """Draw a bar per test: the share of points where it holds; a diamond where they match."""
    rows = np.arange(len(data["claim"]))[::-1]
    for row, share, decided in zip(rows, data["holds"], data["decided"], strict=True):
        known = decided >= TELLING
        ax.barh(
            row, share, 0.62, color=ARMS[0] if known else muted(), alpha=0.45 if known else 0.2,
            linewidth=0, hatch=None if known else "////",
        )  # fmt: skip
    ax.hlines(rows, data["holds.low"], data["holds.high"], color=ink(), linewidth=0.11 * points())
    ax.hlines(rows - 0.22, data["matching.low"], data["matching.high"], color=MATCHING,
              linewidth=0.11 * points())  # fmt: skip
    ax.plot(data["matching"], rows - 0.22, "D", color=MATCHING, markersize=0.55 * points())
    for row, words in zip(rows, data["fails where"], strict=True):
        ax.annotate(
            str(words), (1.0, row), xycoords=("axes fraction", "data"), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=0.78 * points(), color=ink(),
        )  # fmt: skip
    ax.annotate(
        "fails where", (1.0, 1.0), xycoords="axes fraction", xytext=(5, 3),
        textcoords="offset points", va="bottom", fontsize=0.78 * points(), fontweight="bold",
    )  # fmt: skip
    ax.set_yticks(rows, data["claim"])
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.xaxis.set_major_formatter(percent_axis())
    ax.set_xlabel(f"share of {where} where it holds")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def standings_finding(data: Tidy, where: str) -> str:
    """Return a sentence for how many tests hold nearly everywhere, and which is the weakest."""
    told = data["decided"] >= TELLING
    unclear = told & (data["everywhere.low"] <= 0.5) & (data["holds.high"] >= 0.5)
    most = (told & (data["everywhere.low"] > 0.5)).sum()
    least = (told & (data["holds.high"] < 0.5)).sum()
    vague = len(told) - told.sum()
    rest = f"; {count(int(vague), 'test')} undecided at most points" if vague else ""
    if unclear.any():
        rest += f"; of {count(int(unclear.sum()), 'test')} the points do not tell"
    few = f"{least} in less than half"
    return f"{most} of {len(told)} tests hold in most of {where}, {few}{rest}"


def draw_robustness(found: Robustness, style: str = "paper", table: Path | None = None) -> Drawn:
    """Return the share of points at which each test holds, a bar each.

    The points fill plausible space, or are those of a `table`.
    """
    data = standings_data(found)
    where = f"the points of the {printable(table.stem)}" if table else "plausible parameter space"
    of = "parameters each, from " + printable(table.name) if table else "plausible ranges"
    about = (
        f"{len(found.tried):,} points of {len(found.points.columns)} {of}, "
        f"{found.replicates:,} replicates each, seed {found.seed}; redline {package_version()}. "
        "Bar: of the points where it can be asked, those at which the effects are as claimed, "
        "hatched where most are undecided; line: 95 %, of points alone. Diamond: of the "
        f"{found.matching:,} points that match the record's counts. Right: the parameter that "
        f"tells best where it fails (Bonferroni p < 0.05). {NOT_A_FORECAST}"
    )

    def paint(figure: Figure) -> None:
        plot_standings(data, figure.subplots(), where)

    title, rows = standings_finding(data, where), max(0.6, 0.062 * len(data["claim"]) + 0.25)
    return on_a_page("robustness", title, about, {"robustness": data}, paint, rows, style)

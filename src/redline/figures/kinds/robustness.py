"""Where in parameter space claims hold: of ``redline robustness``."""

import numpy as np
from matplotlib.axes import Axes

from redline.exploration import SIGNIFICANT, TELLING, Robustness
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    beside,
    caption,
    ink,
    muted,
    percent_axis,
    points,
)
from redline.figures.tables import of_rows
from redline.support import printable

MATCHING = RUNG_COLOURS[4]


def standings_data(found: Robustness) -> Tidy:
    """Return a row per test: shares that hold, verdicts, the leading parameter of failure."""
    rows = []
    for one in found.standings:
        row: dict[str, object] = {"claim": one.claim}
        for name, share in (("holds", one.holds), ("matching", one.matching)):
            row[name] = share and share.value
            row |= {f"{name}.{end}": share and getattr(share, end) for end in ("low", "high")}
        row["everywhere.low"] = one.everywhere.low
        row["decided"] = one.decided
        row |= {name: number / len(found.tried) for name, number in one.verdicts.items()}
        row["fails where"] = str(one.leading) if one.leading and one.leading.p < SIGNIFICANT else ""
        rows.append(row)
    return of_rows(rows)


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
        edge = ("axes fraction", "data")
        beside(ax, str(words), (1.0, row), (5, 0), 0.78, xycoords=edge, va="center", color=ink())
    beside(
        ax, "fails where", (1.0, 1.0), (5, 3), 0.78, xycoords="axes fraction", va="bottom",
        fontweight="bold",
    )  # fmt: skip
    ax.set_yticks(rows, data["claim"])
    ax.xaxis.set_major_formatter(percent_axis())
    words = f"share of {where} where it holds"
    ax.set(xlim=(0, 1), ylim=(-0.7, len(rows) - 0.3), xlabel=words)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def draw_robustness(found: Robustness, style: str = "paper") -> Drawn:
    """Return the share of points at which each test holds, a bar each."""
    data, table = standings_data(found), found.draws
    of = f"parameters each, from {printable(table.name)}" if table else "plausible ranges"
    about = caption(
        f"{len(found.tried):,} points of {len(found.points.columns)} {of}, "
        f"{found.replicates:,} replicates each, seed {found.seed}",
        "Bar: of the points where it can be asked, those at which the effects are as claimed, "
        "hatched where most are undecided; line: 95 %, of points alone. Diamond: of the "
        f"{found.matching:,} points that match the record's counts. Right: the parameter that "
        "tells best where it fails (Bonferroni p < 0.05).",
    )
    return on_a_page(
        "robustness", found.finding, about, {"robustness": data},
        lambda figure: plot_standings(data, figure.subplots(), found.where),
        max(0.6, 0.062 * len(data["claim"]) + 0.25), style,
    )  # fmt: skip

"""Parameter space: boxes in which something is the case, and where claims hold."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from redline.exploration import SIGNIFICANT, Discovery, Robustness
from redline.figures.style import ARMS, RUNG_COLOURS, Tidy, ink, muted, percent_axis, points
from redline.support import count

HIT, MISS = RUNG_COLOURS[4], RUNG_COLOURS[1]
TELLING = 0.5
"""Share of points at which a test must be decided for its share to mean something."""


def leading_axes(discovery: Discovery) -> tuple[str, str]:
    """Return the two addresses over which boxes are drawn."""
    names = [*discovery.leading, *discovery.columns]
    first, second = list(dict.fromkeys(names))[:2]
    return first, second


def boxes_data(discovery: Discovery) -> Tidy:
    """Return a row per point: the two leading addresses, and whether the condition holds."""
    x, y = leading_axes(discovery)
    return {
        x: discovery.columns[x],
        y: discovery.columns[y],
        "holds": discovery.holds.astype(int),
    }


def plot_boxes(data: Tidy, ax: Axes, discovery: Discovery) -> None:
    """Draw points over the leading addresses, and the boxes as far as they bound these."""
    x, y = leading_axes(discovery)
    for value, colour, order in ((0, MISS, 1), (1, HIT, 2)):
        mine = data["holds"] == value
        ax.scatter(
            data[x][mine], data[y][mine], s=2.2 * points(), color=colour, zorder=order,
            linewidths=0.3, edgecolors=muted(), rasterized=len(mine) > 4000,
            label="holds" if value else "does not",
        )  # fmt: skip
    spans = {name: (float(data[name].min()), float(data[name].max())) for name in (x, y)}
    for number, box in enumerate(discovery.boxes, 1):
        ends = dict(spans)
        for limit in box.limits:
            if limit.address in ends:
                low, high = ends[limit.address]
                ends[limit.address] = (
                    low if limit.low is None else limit.low,
                    high if limit.high is None else limit.high,
                )
        if all(ends[name] == spans[name] for name in (x, y)):
            continue
        (left, right), (bottom, top) = ends[x], ends[y]
        ax.add_patch(
            Rectangle(
                (left, bottom),
                right - left,
                top - bottom,
                fill=False,
                edgecolor=ink(),
                linewidth=0.2 * points(),
                zorder=3,
            )
        )
        ax.annotate(
            f"{number}", (right, bottom), xytext=(-4, 4), textcoords="offset points", ha="right",
            fontweight="bold", zorder=4,
        )  # fmt: skip
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2,
              fontsize=0.85 * points(), borderaxespad=0.2)  # fmt: skip


def trajectory_data(discovery: Discovery) -> Tidy:
    """Return a row per step of peeling of the first box: coverage, density, mass, restricted."""
    steps = discovery.boxes[0].trajectory if discovery.boxes else ()
    return {
        name: np.array([getattr(step, name) for step in steps])
        for name in ("coverage", "density", "mass", "restricted")
    }


def plot_trajectory(data: Tidy, ax: Axes, discovery: Discovery) -> None:
    """Draw density over coverage as peeling goes on; the box that was chosen is marked."""
    ax.plot(data["coverage"], data["density"], "o-", color=ARMS[0], markersize=0.35 * points())
    box = discovery.boxes[0]
    ax.plot([box.coverage], [box.density], "D", color=HIT, markersize=0.9 * points())
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel("coverage")
    ax.set_ylabel("density")
    ax.xaxis.set_major_formatter(percent_axis())
    ax.yaxis.set_major_formatter(percent_axis())


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
    ax.hlines(rows - 0.22, data["matching.low"], data["matching.high"], color=HIT,
              linewidth=0.11 * points())  # fmt: skip
    ax.plot(data["matching"], rows - 0.22, "D", color=HIT, markersize=0.55 * points())
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

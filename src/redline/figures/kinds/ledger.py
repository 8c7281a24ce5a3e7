"""The ledger of claims: how far on the claimed side every effect is. Of ``redline claims``."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from redline.argument import Ledger, Row, Threshold
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    beside,
    caption,
    face,
    ink,
    muted,
    points,
)
from redline.figures.tables import of_rows

FURTHEST = 3.0
"""Distances beyond this are drawn at the edge."""
MARKS = {"supported": "o", "undecided": "D", "not supported": "X"}
COLOURS = {"supported": ARMS[0], "undecided": RUNG_COLOURS[2], "not supported": RUNG_COLOURS[4]}


def _distance(value: float | None, threshold: Threshold) -> float:
    """Return how far on the claimed side a value is, in units of the threshold."""
    if value is None:
        return float("nan")
    side = 1 if threshold.at_least else -1
    return side * (value - threshold.value) / (abs(threshold.value) or 1.0)


def ledger_data(rows: Sequence[Row]) -> Tidy:
    """Return a row per row of the ledger: its effect in front, its distances, its verdict."""
    table = []
    for row in rows:
        front, off = row.findings[0], row.mechanism
        distances = [_distance(value, front.threshold) for value in front.effect]
        left = off.findings[0].effect.mean if off else None
        table.append(
            {
                "claim": row.claim,
                "says": row.says,
                "effect": front.effect.mean,
                "low": front.effect.low,
                "high": front.effect.high,
                "threshold": str(front.threshold),
                "verdict": row.verdict,
                "distance": distances[0],
                "nearest": min(distances),
                "furthest": max(distances),
                "without_mechanism": _distance(left, front.threshold),
                "verdict_without_mechanism": off.verdict if off else "",
            }
        )
    return of_rows(table)


def plot_ledger(data: Tidy, ax: Axes) -> None:
    """Draw every claim's effect against what it claims; hollow marks: mechanism off."""
    places = np.arange(len(data["claim"]))[::-1]
    ax.axvline(0, color=ink(), linewidth=1)
    for index, y in enumerate(places):
        kind = str(data["verdict"][index])
        low, high = np.clip([data["nearest"][index], data["furthest"][index]], -FURTHEST, FURTHEST)
        ax.plot([low, high], [y, y], color=COLOURS[kind], linewidth=0.25 * points())
        x = float(np.clip(data["distance"][index], -FURTHEST, FURTHEST))
        ax.plot(x, y, MARKS[kind], color=COLOURS[kind], markersize=0.85 * points())
        left = data["without_mechanism"][index]
        if np.isfinite(left):
            ax.plot(
                float(np.clip(left, -FURTHEST, FURTHEST)), y,
                MARKS[str(data["verdict_without_mechanism"][index])],
                markersize=0.7 * points(), markerfacecolor=face(), markeredgecolor=muted(),
            )  # fmt: skip
        effect = _figure(data["effect"][index], data["low"][index], data["high"][index])
        beside(
            ax, f"{effect}   {kind}", (1.0, y), (5, 0), 0.8,
            xycoords=("axes fraction", "data"), va="center",
        )  # fmt: skip
    ax.set_yticks(places, data["claim"])
    ax.set_xlim(-FURTHEST - 0.2, FURTHEST + 0.2)
    ax.set_xticks([-3, -2, -1, 0, 1, 2, 3], ["≤ −3", "−2", "−1", "0", "1", "2", "≥ 3"])
    ax.set_xlabel("how far on the claimed side, in units of what is claimed")
    ax.tick_params(axis="y", length=0)


def _figure(mean: float, low: float, high: float) -> str:
    if not np.isfinite(mean):
        return "–"
    return f"{mean:.3g} [{low:.3g}, {high:.3g}]"


def ledger_finding(data: Tidy) -> str:
    """Return a sentence for how many tests went which way."""
    kinds, counts = np.unique(data["verdict"], return_counts=True)
    count = dict(zip(kinds.tolist(), counts.tolist(), strict=True))
    carried = (data["verdict"] == "supported") & (data["verdict_without_mechanism"] == "supported")
    told = f"{count.get('supported', 0)} of {len(data['claim'])} tests are supported"
    against = f"{count.get('not supported', 0)} are not"
    rest = f", {count['undecided']} undecided" if count.get("undecided") else ""
    still = f"; {carried.sum()} hold without their mechanism" if carried.any() else ""
    return f"{told}, {against}{rest}{still}"


def draw_ledger(ledger: Ledger, style: str = "paper") -> Drawn:
    """Return the ledger as a figure."""
    data = ledger_data(ledger)
    about = caption(
        f"{ledger[0].n:,} replicates of an arm or more, seed {ledger.seed}",
        "The condition in front of each test, with its 95 % interval; the verdict is on all of "
        "them. Hollow: with the mechanism off.",
    )
    return on_a_page(
        "ledger", ledger_finding(data), about, {"ledger": data},
        lambda figure: plot_ledger(data, figure.subplots()),
        max(0.55, 0.075 * len(ledger) + 0.3), style,
    )  # fmt: skip

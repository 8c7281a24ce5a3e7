"""How far on the claimed side every effect of the ledger is, and where a verdict turns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from redline.argument import Row, Threshold, Turn
from redline.figures.style import ARMS, RUNG_COLOURS, Tidy, face, ink, muted, points

FURTHEST = 3.0
"""Distances beyond this are drawn at the edge."""
MARKS = {"supported": "o", "undecided": "D", "not supported": "X"}
COLOURS = {
    "supported": ARMS[0],
    "undecided": RUNG_COLOURS[2],
    "not supported": RUNG_COLOURS[4],
}


def _distance(value: float | None, threshold: Threshold) -> float:
    """Return how far on the claimed side a value is, in units of the threshold."""
    if value is None:
        return float("nan")
    side = 1 if threshold.at_least else -1
    return side * (value - threshold.value) / (abs(threshold.value) or 1.0)


def ledger_data(rows: Sequence[Row]) -> Tidy:
    """Return a row per row of the ledger: its effect in front, its distances, its verdict."""
    columns: dict[str, list[object]] = {}
    for row in rows:
        front, off = row.findings[0], row.mechanism
        distances = [_distance(value, front.threshold) for value in front.effect]
        left = off.findings[0].effect.mean if off else None
        values = {
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
        for name, value in values.items():
            columns.setdefault(name, []).append(np.nan if value is None else value)
    return {name: np.array(values) for name, values in columns.items()}


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
        figure = _figure(data["effect"][index], data["low"][index], data["high"][index])
        ax.annotate(
            f"{figure}   {kind}",
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=0.8 * points(),
        )
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


def boundary_data(turn: Turn) -> Tidy:
    """Return a row per value that was looked at: value, effect, low, high."""
    return {
        "value": np.array([value for value, _ in turn.curve]),
        "effect": np.array([_number(effect.mean) for _, effect in turn.curve]),
        "low": np.array([_number(effect.low) for _, effect in turn.curve]),
        "high": np.array([_number(effect.high) for _, effect in turn.curve]),
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def plot_boundary(data: Tidy, ax: Axes, turn: Turn, threshold: Threshold, address: str) -> None:
    """Draw an effect over a parameter, what is claimed of it, and where its verdict turns."""
    ax.fill_between(
        data["value"], data["low"], data["high"], color=ARMS[0], alpha=0.22, linewidth=0
    )
    ax.plot(data["value"], data["effect"], color=ARMS[0])
    ax.axhline(threshold.value, color=ink(), linestyle=(0, (4, 3)))
    ax.annotate(
        f"claimed: {threshold}",
        (data["value"][0], threshold.value),
        xytext=(3, 3),
        textcoords="offset points",
        fontsize=0.85 * points(),
    )
    if turn.value is not None:
        if turn.low is not None and turn.high is not None:
            ax.axvspan(turn.low, turn.high, color=RUNG_COLOURS[2], alpha=0.3, linewidth=0)
        ax.axvline(turn.value, color=RUNG_COLOURS[4])
    ax.set_xlim(data["value"][0], data["value"][-1])
    ax.set_xlabel(address)
    ax.set_ylabel("effect, 95 % interval")


def boundary_finding(turn: Turn, claim: str, address: str) -> str:
    """Return a sentence for where a verdict turns."""
    if turn.value is None and turn.at_low == turn.at_high:
        return f"{claim} is {turn.at_low} at both ends of {address}, and turns nowhere between"
    if turn.value is None:
        low, high = turn.curve[0][0], turn.curve[-1][0]
        ends = f"{turn.at_low} at {low:.3g}, {turn.at_high} at {high:.3g}"
        return f"{claim}: {ends} of {address}; the effect passes what is claimed nowhere between"
    first, last = ("open" if end is None else f"{end:.3g}" for end in (turn.low, turn.high))
    more = f", and {turn.turns - 1} more times" if turn.turns > 1 else ""
    return f"{claim} turns at {address} = {turn.value:.3g} ({first} to {last}){more}"

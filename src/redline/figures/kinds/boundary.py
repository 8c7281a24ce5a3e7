"""Where over a parameter a verdict turns: of ``redline claims --boundary``."""

import re
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.argument import ConditionTable, Threshold, Turn
from redline.figures.captions import on_a_page
from redline.figures.requests import write_figure
from redline.figures.style import ARMS, NOT_A_FORECAST, RUNG_COLOURS, Tidy, ink, points
from redline.support import package_version


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


def draw_boundary(
    condition: ConditionTable,
    name: str,
    address: str,
    turn: Turn,
    replicates: int,
    seed: int,
    folder: Path,
) -> Path:
    """Draw where a condition's verdict turns into a folder; return the figure's path."""
    data = boundary_data(turn)
    about = (
        f"{condition.label}. {replicates:,} replicates, seed {seed}, the same chance at every "
        f"value; redline {package_version()}. Amber: where the verdict is undecided. "
        f"{NOT_A_FORECAST}"
    )

    def paint(figure: Figure) -> None:
        plot_boundary(data, figure.subplots(), turn, condition.threshold, address)

    title = boundary_finding(turn, name, address)
    drawn = on_a_page("boundary", title, about, {"boundary": data}, paint, 0.9)
    words = re.sub(r"[^\w.]+", "-", f"{name}-{address}").strip("-")
    return write_figure(drawn, folder / f"boundary-{words}.png", data=True)[0]

"""Where over a parameter a verdict turns: of ``redline claims --boundary``."""

import re
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.argument import ConditionTable, Threshold, Turn
from redline.case import label_of
from redline.figures.captions import on_a_page
from redline.figures.measures import name_axis
from redline.figures.requests import write_figure
from redline.figures.style import ARMS, RUNG_COLOURS, Tidy, beside, caption, ink
from redline.figures.tables import of_rows


def boundary_data(turn: Turn) -> Tidy:
    """Return a row per value that was looked at: value, effect, low, high."""
    return of_rows(
        {"value": value, "effect": effect.mean, "low": effect.low, "high": effect.high}
        for value, effect in turn.curve
    )


def plot_boundary(data: Tidy, ax: Axes, turn: Turn, threshold: Threshold, address: str) -> None:
    """Draw an effect over a parameter, what is claimed of it, and where its verdict turns."""
    ax.fill_between(
        data["value"], data["low"], data["high"], color=ARMS[0], alpha=0.22, linewidth=0
    )
    ax.plot(data["value"], data["effect"], color=ARMS[0])
    ax.axhline(threshold.value, color=ink(), linestyle=(0, (4, 3)))
    beside(ax, f"claimed: {threshold}", (data["value"][0], threshold.value), (3, 3), 0.85)
    if turn.value is not None:
        if turn.low is not None and turn.high is not None:
            ax.axvspan(turn.low, turn.high, color=RUNG_COLOURS[2], alpha=0.3, linewidth=0)
        ax.axvline(turn.value, color=RUNG_COLOURS[4])
    ends = data["value"][0], data["value"][-1]
    ax.set(xlim=ends, ylabel="effect, 95 % interval")
    name_axis(ax.xaxis, address)


def boundary_finding(turn: Turn, claim: str, address: str) -> str:
    """Return a sentence for where a verdict turns."""
    label = label_of(address.rpartition(":")[2])
    where = f"{label} ({address})" if label != address else address
    if turn.value is None and turn.at_low == turn.at_high:
        return f"{claim} is {turn.at_low} at both ends of {where}, and turns nowhere between"
    if turn.value is None:
        low, high = turn.curve[0][0], turn.curve[-1][0]
        ends = f"{turn.at_low} at {low:.3g}, {turn.at_high} at {high:.3g}"
        return f"{claim}: {ends} of {where}; the effect passes what is claimed nowhere between"
    first, last = ("open" if end is None else f"{end:.3g}" for end in (turn.low, turn.high))
    more = f", and {turn.turns - 1} more times" if turn.turns > 1 else ""
    return f"{claim} turns at {where} = {turn.value:.3g} ({first} to {last}){more}"


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
    size = f"{replicates:,} replicates, seed {seed}, the same chance at every value"
    about = caption(f"{condition.label}. {size}", "Amber: where the verdict is undecided.")

    def paint(figure: Figure) -> None:
        plot_boundary(data, figure.subplots(), turn, condition.threshold, address)

    title = boundary_finding(turn, name, address)
    drawn = on_a_page("boundary", title, about, {"boundary": data}, paint, 0.9)
    words = re.sub(r"[^\w.]+", "-", f"{name}-{address}").strip("-")
    return write_figure(drawn, folder / f"boundary-{words}.png", data=True)[0]

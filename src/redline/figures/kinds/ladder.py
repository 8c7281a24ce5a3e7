"""The signature picture of one replicate: provocations rising, responses falling."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from redline.case import Scenario
from redline.engine import Trace
from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    RUNG_COLOURS,
    RUNG_NAMES,
    WAR_COLOUR,
    Tidy,
    face,
    ink,
    muted,
    new_figure,
    points,
)
from redline.support import count, listed
from redline.theory import RUNGS, Response

PROVOCATIONS, RESPONSES = RUNG_NAMES.values()
MOST_EDGED = 150
"""Weeks up to which bars have edges."""
UNREST_SHOWN = 0.5
"""Unrest from which on a week is marked."""


class Event(NamedTuple):
    """Something to name above a week."""

    week: int
    words: str
    weight: int


def ladder_data(history: Trace, scenario: Scenario, row: int = 0) -> Tidy:
    """Return a row per week of one replicate of a trace.

    Columns: week, provocation, response (rungs), crossings, fatal, talks, unrest, war.
    """
    weeks = int(history.lived[row])
    moves = history.weeks[row, :weeks]
    war = np.zeros(weeks, bool)
    war[-1] = bool(history.over[row])
    names = ("provocation", "response", "crossings", "fatal", "talks")
    return {
        "week": np.arange(weeks),
        **{name: moves[name].astype(int) for name in names},
        "unrest": np.array([drivers.unrest for drivers in scenario.drivers_by_week[:weeks]]),
        "war": war,
    }


def ladder_events(data: Tidy) -> list[Event]:
    """Return what is worth a name, the weightiest first; a week has one entry."""
    marked = (
        ("war", data["war"]),
        ("decapitation", data["response"] == Response.DECAPITATION),
        ("assault", data["provocation"] >= 4),
        ("strike", data["response"] == Response.STRIKE),
        ("deaths", data["fatal"] > 0),
    )
    by_week: dict[int, list[tuple[int, str]]] = {}
    for weight, (what, weeks) in zip((5, 4, 3, 2, 1), marked, strict=True):
        for week in data["week"][weeks].tolist():
            words = PROVOCATIONS[data["provocation"][week]] if what == "assault" else what
            by_week.setdefault(week, []).append((weight, words))
    return [
        Event(week, ", ".join(words for _, words in found[:2]), found[0][0])
        for week, found in by_week.items()
    ]


def plot_ladder(data: Tidy, ax: Axes, weeks: int) -> None:
    """Draw the mirrored ladder of a replicate; talks and unrest as bands, crossings marked."""
    for side, name in ((1, "provocation"), (-1, "response")):
        colours = [RUNG_COLOURS[rung] for rung in data[name]]
        ax.bar(
            data["week"], side * (data[name] + 0.12), 0.9, color=colours, edgecolor=muted(),
            linewidth=0.25 if weeks <= MOST_EDGED else 0.0,
        )  # fmt: skip
    after = max(1.0, weeks / 100)
    for week in data["week"][data["war"]]:
        ax.bar(
            week + 0.5, 11, bottom=-5.5, width=after, align="edge", color=WAR_COLOUR,
            edgecolor=ink(), linewidth=0.8,
        )  # fmt: skip
    crossed = data["crossings"] > 0
    ax.plot(
        data["week"][crossed], data["provocation"][crossed] + 0.5, "v", color=RUNG_COLOURS[4],
        markeredgecolor=face(), markersize=0.6 * points(),
    )  # fmt: skip
    ax.axhline(0, color=ink(), linewidth=0.8)
    _band(ax, data["week"], data["talks"] > 0, -6.15, RUNG_COLOURS[1])
    _band(ax, data["week"], data["unrest"] >= UNREST_SHOWN, -6.85, RUNG_COLOURS[3])
    _name_events(ax, ladder_events(data), weeks)
    places = [*range(-5, 0), *range(1, 6)]
    names = [*reversed(RESPONSES[1:]), *PROVOCATIONS[1:]]
    ax.set_yticks([-6.85, -6.15, *places], ["unrest", "talks", *names])
    end = weeks + 0.5 + after * bool(data["war"].any())
    ax.set(xlim=(-0.5, end), ylim=(-7.4, 8.2), xlabel="week")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(axis="x", visible=False)
    ax.tick_params(axis="y", length=0, labelsize=0.85 * points())


def _band(ax: Axes, weeks: NDArray[Any], holds: NDArray[np.bool_], y: float, colour: str) -> None:
    """Draw a bar over the weeks in which something holds."""
    ax.barh([y] * int(holds.sum()), 1.0, left=weeks[holds] - 0.5, height=0.5, color=colour)


def _name_events(ax: Axes, events: list[Event], weeks: int) -> None:
    """Name events above the ladder, in two rows, as far as there is room."""
    width = 72 * float(ax.get_figure().get_figwidth()) * 0.7  # type: ignore[union-attr]
    letter = 0.85 * points() * 0.62 * weeks / width
    taken: dict[float, list[tuple[float, float]]] = {6.1: [], 7.1: []}
    for event in events:
        half = (len(event.words) + 2) * letter / 2
        centre = min(max(event.week, half), weeks - half)
        for y, spans in taken.items():
            if all(centre + half < low or centre - half > high for low, high in spans):
                spans.append((centre - half, centre + half))
                ax.annotate(
                    event.words, (event.week, 5.3), xytext=(centre, y), ha="center", va="bottom",
                    fontsize=0.85 * points(),
                    arrowprops={"arrowstyle": "-", "color": muted(), "linewidth": 0.6},
                )  # fmt: skip
                break


def ladder_finding(data: Tidy) -> str:
    """Return in a sentence what one replicate came to."""
    number = len(data["week"])
    attacked = int((data["provocation"] >= 2).sum())
    end = f"war in week {number - 1}" if data["war"].any() else "no war"
    weeks = f"{attacked} of its {count(number, 'week')} saw an attack"
    return f"One replicate: {weeks}, {_force_told(data['response'])}; {end}"


def _force_told(responses: NDArray[Any]) -> str:
    """Return the answers by force in words, each kind by its name: a decapitation is no strike."""
    numbers = np.bincount(responses, minlength=RUNGS).tolist()
    force = range(Response.STRIKE, RUNGS)
    told = [count(numbers[r], Response(r).name.lower()) for r in force if numbers[r]]
    return listed(told) or "no answer by force"


def draw_ladder(request: Request) -> Drawn:
    """Return the figure of the replicate that is asked for."""
    run = request.subject.results
    data = ladder_data(run.histories([request.replicate]), run.scenario)
    figure = new_figure(request.size)
    plot_ladder(data, figure.subplots(), run.weeks)
    note = (
        f"Replicate {request.replicate}. Provocations rise, responses fall; ▼ marks a crossing of "
        f"the red line; bars below: talks, and unrest of {UNREST_SHOWN} or more."
    )
    about = caption_of(request, note, 1)
    return finished(request, figure, ladder_finding(data), about, ladder=data)


KIND = Kind(
    about="one replicate: provocations rise, responses fall",
    place=2,
    draw=draw_ladder,
    takes=("replicate",),
    in_run=3,
    in_sweep=7,
    anecdote=True,
)

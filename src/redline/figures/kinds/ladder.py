"""The signature picture: provocations rising, responses falling; and many of them, as strips."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from redline.case import Scenario
from redline.engine import Trace
from redline.figures.style import (
    RUNG_COLOURS,
    WAR_COLOUR,
    Tidy,
    face,
    ink,
    muted,
    names_beside,
    points,
)
from redline.results import Histories
from redline.support import count, listed
from redline.theory import RUNGS, Actor, Response, rung_names

PROVOCATIONS = rung_names(Actor.MILITIAS)
RESPONSES = rung_names(Actor.UNITED_STATES)
MOST_EDGED = 150
"""Weeks up to which bars have edges."""
UNREST_SHOWN = 0.5
"""Unrest from which on a week is marked."""


class Event(NamedTuple):
    """Something to name above a week."""

    week: int
    words: str
    weight: int


# One replicate


def ladder_data(history: Trace, scenario: Scenario, row: int = 0) -> Tidy:
    """Return a row per week lived of one replicate of a trace.

    Columns: week, provocation, response (rungs), crossings, fatal, talks, unrest, war.
    """
    lived = int(history.lived[row])
    weeks = history.weeks[row, :lived]
    war = np.zeros(lived, bool)
    war[-1] = bool(history.over[row])
    return {
        "week": np.arange(lived),
        "provocation": weeks["provocation"].astype(int),
        "response": weeks["response"].astype(int),
        "crossings": weeks["crossings"].astype(int),
        "fatal": weeks["fatal"].astype(int),
        "talks": weeks["talks"].astype(int),
        "unrest": np.array([drivers.unrest for drivers in scenario.drivers_by_week[:lived]]),
        "war": war,
    }


def ladder_events(data: Tidy) -> list[Event]:
    """Return what is worth a name, the weightiest first; a week has one entry."""
    found = [Event(int(week), "war", 5) for week in data["week"][data["war"]]]
    decapitations = data["week"][data["response"] == Response.DECAPITATION]
    found += [Event(int(week), "decapitation", 4) for week in decapitations]
    assaults = data["week"][data["provocation"] >= 4]
    found += [Event(int(w), PROVOCATIONS[int(data["provocation"][w])], 3) for w in assaults]
    found += [Event(int(w), "strike", 2) for w in data["week"][data["response"] == Response.STRIKE]]
    found += [Event(int(week), "deaths", 1) for week in data["week"][data["fatal"] > 0]]
    by_week: dict[int, list[Event]] = {}
    for event in sorted(found, key=lambda event: -event.weight):
        by_week.setdefault(event.week, []).append(event)
    merged = [
        Event(week, ", ".join(event.words for event in events[:2]), events[0].weight)
        for week, events in by_week.items()
    ]
    return sorted(merged, key=lambda event: (-event.weight, event.week))


def plot_ladder(data: Tidy, ax: Axes, weeks: int) -> None:
    """Draw the mirrored ladder of a replicate; talks and unrest as bands, crossings marked."""
    for side, name in ((1, "provocation"), (-1, "response")):
        heights = data[name]
        ax.bar(
            data["week"],
            side * (heights + 0.12),
            width=0.9,
            color=[RUNG_COLOURS[rung] for rung in heights],
            edgecolor=muted(),
            linewidth=0.25 if weeks <= MOST_EDGED else 0.0,
        )
    for week in data["week"][data["war"]]:
        after = max(1.0, weeks / 100)
        ax.bar(
            week + 0.5, 11, bottom=-5.5, width=after, align="edge", color=WAR_COLOUR,
            edgecolor=ink(), linewidth=0.8,
        )  # fmt: skip
    crossed = data["crossings"] > 0
    ax.plot(
        data["week"][crossed],
        data["provocation"][crossed] + 0.5,
        linestyle="none",
        marker="v",
        color=RUNG_COLOURS[4],
        markeredgecolor=face(),
        markersize=0.6 * points(),
    )
    ax.axhline(0, color=ink(), linewidth=0.8)
    _band(ax, data["week"], data["talks"] > 0, -6.15, RUNG_COLOURS[1])
    _band(ax, data["week"], data["unrest"] >= UNREST_SHOWN, -6.85, RUNG_COLOURS[3])
    _name_events(ax, ladder_events(data), weeks)
    places = [*range(-5, 0), *range(1, 6)]
    names = [*reversed(RESPONSES[1:]), *PROVOCATIONS[1:]]
    ax.set_yticks([-6.85, -6.15, *places], ["unrest", "talks", *names])
    ax.set_ylim(-7.4, 8.2)
    ax.set_xlim(-0.5, weeks + 0.5 + max(1.0, weeks / 100) * bool(data["war"].any()))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(axis="x", visible=False)
    ax.set_xlabel("week")
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
                    event.words,
                    (event.week, 5.3),
                    xytext=(centre, y),
                    ha="center",
                    va="bottom",
                    fontsize=0.85 * points(),
                    arrowprops={"arrowstyle": "-", "color": muted(), "linewidth": 0.6},
                )
                break


def ladder_finding(data: Tidy) -> str:
    """Return in a sentence what one replicate came to."""
    lived = len(data["week"])
    attacked = int((data["provocation"] >= 2).sum())
    end = f"war in week {lived - 1}" if data["war"].any() else "no war"
    weeks = f"{attacked} of its {count(lived, 'week')} saw an attack"
    return f"One replicate: {weeks}, {_force_told(data['response'])}; {end}"


def _force_told(responses: NDArray[Any]) -> str:
    """Return the answers by force in words, each kind by its name: a decapitation is no strike."""
    kinds = [Response(rung) for rung in range(Response.STRIKE, RUNGS)]
    made = {kind: int((responses == kind).sum()) for kind in kinds}
    told = [count(number, kind.name.lower()) for kind, number in made.items() if number]
    return listed(told) or "no answer by force"


# Many replicates


def strips_data(history: Histories) -> Tidy:
    """Return a row per replicate and week lived, replicates in the order of display.

    Columns: place, replicate, week, provocation, response, war. The gravest are on top: by
    the week of war, then by weeks at crisis rungs, then by weeks with an attack.
    """
    weeks = history.weeks
    lived = history.lived[:, None] > np.arange(weeks.shape[1])
    crisis = (((weeks["provocation"] >= 4) | (weeks["response"] >= 4)) & lived).sum(axis=1)
    attacks = ((weeks["provocation"] >= 2) & lived).sum(axis=1)
    ended = np.where(history.over, history.lived, weeks.shape[1] + 1)
    order = np.lexsort((attacks, crisis, -ended))
    row, week = np.nonzero(lived[order])
    last = week == history.lived[order][row] - 1
    return {
        "place": row,
        "replicate": history.numbers[order][row],
        "week": week,
        "provocation": weeks["provocation"][order][row, week].astype(int),
        "response": weeks["response"][order][row, week].astype(int),
        "war": last & (history.over[order][row] == 1),
    }


def plot_strips(data: Tidy, ax: Axes, ladder: str, weeks: int) -> None:
    """Draw one ladder of many replicates, a thin row each; weeks after a war stay empty."""
    rows = int(data["place"].max()) + 1
    cells = np.full((rows, weeks), np.nan)
    cells[data["place"], data["week"]] = data[ladder]
    cells[data["place"][data["war"]], data["week"][data["war"]]] = RUNGS
    colours = ListedColormap([*RUNG_COLOURS, WAR_COLOUR])
    ax.pcolormesh(
        np.arange(weeks + 1) - 0.5,
        np.arange(rows + 1),
        np.ma.masked_invalid(cells),
        cmap=colours,
        vmin=-0.5,
        vmax=RUNGS + 0.5,
        rasterized=True,
    )
    war = data["war"]
    ax.plot(
        data["week"][war], data["place"][war] + 0.5, "s", color=WAR_COLOUR,
        markeredgecolor=ink(), markeredgewidth=0.5, markersize=0.4 * points(),
    )  # fmt: skip
    ax.set_yticks([])
    ax.set_xlim(-0.5, weeks - 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_ylim(0, rows)
    ax.grid(visible=False)
    ax.set_xlabel("week")
    names = PROVOCATIONS if ladder == "provocation" else RESPONSES
    names_beside(ax, [*names, "war"], [*RUNG_COLOURS, WAR_COLOUR])


def strips_finding(data: Tidy) -> str:
    """Return in a sentence what the replicates have in common."""
    rows = int(data["place"].max()) + 1
    wars = int(data["war"].sum())
    ended = count(wars, "ends", "end") if wars else "none ends"
    return f"Of {count(rows, 'replicate')} drawn at random, {ended} in war"

"""The record as a timeline: listed attacks by month and means, answers, and policy dates.

By itself for ``redline record``; for ``redline plot`` with simulated months beside it.
"""

from datetime import date, timedelta

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from redline.evidence import (
    END,
    START,
    VIENNA,
    WEEKS,
    coded_events,
    listed_attacks,
    months,
    thinned,
)
from redline.figures.captions import caption_of, finished, on_a_page
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import RUNG_COLOURS, Tidy, ink, muted, new_figure, points
from redline.figures.subjects import MANY
from redline.support import count, package_version
from redline.theory import Actor, Provocation, Response

MEANS = (Provocation.ROCKETS, Provocation.DRONES, Provocation.ASSAULT)
MEANS_WORDS = {
    Provocation.ROCKETS: "rockets, mortars",
    Provocation.DRONES: "drones",
    Provocation.ASSAULT: "embassy stormed",
}
ANSWERS = (Response.WARNING, Response.SANCTIONS, Response.STRIKE, Response.DECAPITATION)
NARROW = 5.0
"""Inches up to which names stand in two columns."""
POLICY = {
    date(2019, 10, 1): "protests in Iraq",
    date(2020, 1, 5): "vote to expel",
    date(2020, 3, 19): "bases handed over",
    date(2020, 9, 20): "threat to close embassy",
    date(2020, 10, 10): "truce",
    date(2021, 1, 20): "new US president",
    VIENNA: "Vienna talks",
}
"""Dates that a reader wants to find, all in the record or in the article (¶24-26)."""


def timeline_data() -> Tidy:
    """Return a row per move of the record: date, week, actor, rung, killed."""
    moves = coded_events()
    return {
        "date": np.array([move.event.date.isoformat() for move in moves]),
        "week": np.array([move.week for move in moves]),
        "actor": np.array([move.actor.name.lower() for move in moves]),
        "rung": np.array([move.rung for move in moves]),
        "killed": np.array([int(move.killed) for move in moves]),
    }


def monthly_data(data: Tidy) -> Tidy:
    """Return a row per month: its first day, and listed attacks by means."""
    starts = months(START, END)
    where = np.array([day[:7] for day in data["date"]])
    attack = data["actor"] == Actor.MILITIAS.name.lower()
    table = {"month": np.array([start.isoformat() for start in starts])}
    for rung in MEANS:
        mine = where[attack & (data["rung"] == rung)]
        table[rung.name.lower()] = np.array(
            [int((mine == f"{start:%Y-%m}").sum()) for start in starts]
        )
    return table


def simulated_months(attacks: NDArray[np.int64]) -> Tidy:
    """Return quantiles of the attacks of each month over replicates, from weekly counts (R, W).

    A week counts for the month of its Monday.
    """
    starts = months(START, END)
    monday = [START + timedelta(weeks=week) for week in range(WEEKS)]
    place = np.array(
        [max(i for i, start in enumerate(starts) if start <= day) for day in monday]
    )  # fmt: skip
    totals = np.stack(
        [attacks[:, place == month].sum(axis=1) for month in range(len(starts))], axis=1
    )  # fmt: skip
    low, middle, high = np.quantile(totals, (0.05, 0.5, 0.95), axis=0)
    return {
        "month": np.array([start.isoformat() for start in starts]),
        "low": low,
        "middle": middle,
        "high": high,
    }


def _day(day: date) -> float:
    """Return a day as Matplotlib counts them."""
    return float(mdates.date2num(day))  # type: ignore[no-untyped-call]


def plot_timeline(data: Tidy, ax: Axes, lanes: Axes, band: Tidy | None = None) -> None:
    """Draw attacks by month above, and deaths, answers and policy dates in lanes below.

    `band` has simulated counts of each month: low, middle and high.
    """
    table = monthly_data(data)
    starts = [date.fromisoformat(day) for day in table["month"]]
    ends = [*starts[1:], END + timedelta(days=1)]
    left = np.array([_day(day) for day in starts])
    width = np.array([(b - a).days for a, b in zip(starts, ends, strict=True)])
    wide = float(ax.get_figure().get_figwidth()) > NARROW  # type: ignore[union-attr]
    _draw_months(table, ax, left, width, band, 4 if wide else 2)
    _draw_lanes(data, lanes)
    for place, (day, words) in enumerate(POLICY.items()):
        x = _day(day)
        ax.axvline(x, color=muted(), linewidth=0.6, linestyle=(0, (2, 2)))
        lanes.axvline(x, color=muted(), linewidth=0.6, linestyle=(0, (2, 2)))
        lanes.text(
            x, 1.3 - 0.36 * (place % 4), f" {words}", fontsize=0.8 * points(), va="center",
            ha="left",
        )  # fmt: skip
    for one in (ax, lanes):
        one.set_xlim(left[0], left[-1] + width[-1] + 25)
        one.xaxis.set_major_locator(mdates.MonthLocator((1, 4, 7, 10) if wide else (1, 7)))  # type: ignore[no-untyped-call]
        one.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))  # type: ignore[no-untyped-call]
    ax.tick_params(axis="x", labelbottom=False)


def _draw_months(
    table: Tidy,
    ax: Axes,
    left: NDArray[np.float64],
    width: NDArray[np.int64],
    band: Tidy | None,
    columns: int,
) -> None:
    """Draw the attacks of each month by means, and the simulated ones as outlines."""
    bottom = np.zeros(len(left))
    for rung in MEANS:
        heights = table[rung.name.lower()]
        ax.bar(
            left + width / 2, heights, 0.82 * width, bottom=bottom, color=RUNG_COLOURS[rung],
            edgecolor=ink(), linewidth=0.5, label=MEANS_WORDS[rung],
        )  # fmt: skip
        bottom += heights
    if band is not None:
        edges = np.append(left, left[-1] + width[-1])
        for name, dash in (("low", ":"), ("middle", "-"), ("high", ":")):
            ax.stairs(band[name], edges, color=ink(), linestyle=dash, linewidth=0.14 * points(),
                      label={"middle": "simulated: median, 5 and 95 %"}.get(name))  # fmt: skip
    ax.set_ylabel("listed attacks a month")
    ax.set_ylim(0, None)
    ax.margins(y=0.08)
    ax.legend(
        frameon=False, fontsize=0.8 * points(), ncols=columns, loc="lower left",
        bbox_to_anchor=(0.0, 0.98), borderaxespad=0.0, handlelength=0.9,
    )  # fmt: skip


def _draw_lanes(data: Tidy, lanes: Axes) -> None:
    """Draw when there were deaths, and which answers there were."""
    days = np.array([_day(date.fromisoformat(day)) for day in data["date"]])
    attack = data["actor"] == Actor.MILITIAS.name.lower()
    killed = attack & (data["killed"] > 0)
    lanes.plot(days[killed], np.full(killed.sum(), 3.0), "v", color=RUNG_COLOURS[5])
    for answer in ANSWERS:
        mine = ~attack & (data["rung"] == answer)
        lanes.plot(
            days[mine], np.full(mine.sum(), 2.0), "s", color=RUNG_COLOURS[answer],
            markeredgecolor=ink(), markeredgewidth=0.5, markersize=0.75 * points(),
        )  # fmt: skip
    lanes.set_yticks([3.0, 2.0, 0.75], ["deaths", "answers", "policy"])
    lanes.set_ylim(0.0, 3.6)
    lanes.tick_params(axis="y", length=0)
    lanes.grid(False)
    lanes.legend(
        handles=[
            Patch(facecolor=RUNG_COLOURS[rung], edgecolor=ink(), linewidth=0.5,
                  label=rung.name.lower()) for rung in ANSWERS
        ],
        frameon=False, fontsize=0.8 * points(), ncols=4, loc="lower left",
        bbox_to_anchor=(0.0, 0.97), borderaxespad=0.0, handlelength=0.9,
    )  # fmt: skip


def timeline_finding(data: Tidy) -> str:
    """Return a sentence for how many attacks, deaths and answers by force there are."""
    attack = data["actor"] == Actor.MILITIAS.name.lower()
    rockets_or_drones = attack & (data["rung"] <= Provocation.DRONES)
    fatal = int((data["killed"][attack] > 0).sum())
    force = int((data["rung"][~attack] >= Response.STRIKE).sum())
    attacks = count(int(rockets_or_drones.sum()), "listed attack")
    deaths, answers = count(fatal, "fatal", "fatal"), count(force, "answer")
    return f"{attacks}, {deaths}; {answers} by force"


def _panels(figure: Figure, data: Tidy, band: Tidy | None = None) -> None:
    """Draw the timeline and its lanes into a figure."""
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1.6))
    plot_timeline(data, upper, lower, band)


def draw_record(style: str = "paper") -> Drawn:
    """Return the timeline of the record as a figure."""
    data = timeline_data()
    about = (
        "Confirmed single events, 6 May 2019 to 27 June 2021: an incomplete list, of about 106 "
        "attacks. A death is one of the coalition. Sources: redline record --json; redline "
        f"{package_version()}."
    )
    return on_a_page(
        "record", timeline_finding(data), about, {"record": data},
        lambda figure: _panels(figure, data), 1.05, style,
    )  # fmt: skip


def draw_beside(request: Request) -> Drawn:
    """Return the timeline with the months of many replicates of a subject beside it."""
    subject = request.subject
    numbers = subject.sample(MANY)
    weeks = subject.histories(numbers).weeks["attacks"].sum(axis=2).astype(np.int64)
    listed = thinned(weeks, len(listed_attacks()), np.random.default_rng(subject.seed))
    data, band = timeline_data(), simulated_months(listed)
    figure = new_figure(request.size, 1.5 if request.size == "column" else 1.05)
    _panels(figure, data, band)
    note = "Lines: replicates of which as many attacks were drawn as are listed."
    about = caption_of(request, note, len(numbers))
    return finished(request, figure, timeline_finding(data), about, record=data, simulated=band)


def _hindrance(request: Request) -> str | None:
    scenario = request.subject.scenario
    if scenario.start != START or scenario.weeks != WEEKS:
        return f"needs a scenario of {WEEKS} weeks from {START}"
    return None


KIND = Kind(
    about="the record by month, replicates beside it",
    place=11,
    draw=draw_beside,
    hindrance=_hindrance,
)

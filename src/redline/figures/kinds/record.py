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
    ANSWER_RUNGS,
    END,
    MEANS_WORDS,
    START,
    VIENNA,
    WEEKS,
    Record,
    coded_events,
    months,
    thinned,
)
from redline.evidence import record as recorded
from redline.figures.captions import caption_of, finished, on_a_page
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import RUNG_COLOURS, Tidy, ink, muted, new_figure, points
from redline.figures.subjects import MANY
from redline.figures.tables import of_rows
from redline.support import package_version
from redline.theory import Actor

MEANS, ANSWERS = tuple(MEANS_WORDS), ANSWER_RUNGS
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


def timeline_data(found: Record | None = None) -> Tidy:
    """Return a row per move of a record, the shipped one by default."""
    moves = coded_events() if found is None else found.moves
    return of_rows(
        {
            "date": move.event.date.isoformat(),
            "week": move.week,
            "actor": move.actor.name.lower(),
            "rung": move.rung,
            "killed": int(move.killed),
        }
        for move in moves
    )


def monthly_data(data: Tidy) -> Tidy:
    """Return a row per month: its first day, and listed attacks by means."""
    starts = np.array(months(START, END), "datetime64[D]")
    month = data["date"].astype("datetime64[M]")
    table = {"month": starts.astype("U10")}
    for rung in MEANS:
        mine = month[_attacks(data) & (data["rung"] == rung)]
        table[rung.name.lower()] = (mine == starts[:, None]).sum(axis=1)
    return table


def _attacks(data: Tidy) -> NDArray[np.bool_]:
    """Return which moves of the record are the militias'."""
    return np.asarray(data["actor"] == Actor.MILITIAS.name.lower())


def simulated_months(attacks: NDArray[np.int64]) -> Tidy:
    """Return quantiles of the attacks of each month over replicates, from weekly counts (R, W).

    A week counts for the month of its Monday.
    """
    starts = np.array(months(START, END), "datetime64[D]")
    monday = np.datetime64(START) + np.arange(WEEKS).astype("timedelta64[W]")
    first = np.searchsorted(monday, starts)
    totals = np.add.reduceat(attacks, first, axis=1)
    low, middle, high = np.quantile(totals, (0.05, 0.5, 0.95), axis=0)
    return {"month": starts.astype("U10"), "low": low, "middle": middle, "high": high}


def _days(dates: object) -> NDArray[np.float64]:
    """Return days as Matplotlib counts them."""
    return np.asarray(mdates.date2num(dates), np.float64)  # type: ignore[no-untyped-call]


def plot_timeline(data: Tidy, ax: Axes, lanes: Axes, band: Tidy | None = None) -> None:
    """Draw attacks by month above, and deaths, answers and policy dates in lanes below.

    `band` has simulated counts of each month: low, middle and high.
    """
    table = monthly_data(data)
    edges = _days([*months(START, END), END + timedelta(days=1)])
    wide = float(ax.get_figure().get_figwidth()) > NARROW  # type: ignore[union-attr]
    _draw_months(table, ax, edges, band, 4 if wide else 2)
    _draw_lanes(data, lanes)
    for place, (x, words) in enumerate(zip(_days([*POLICY]), POLICY.values(), strict=True)):
        for one in (ax, lanes):
            one.axvline(x, color=muted(), linewidth=0.6, linestyle=(0, (2, 2)))
        y = 1.3 - 0.36 * (place % 4)
        lanes.text(x, y, f" {words}", fontsize=0.8 * points(), va="center", ha="left")
    for one in (ax, lanes):
        one.set_xlim(edges[0], edges[-1] + 25)
        one.xaxis.set_major_locator(mdates.MonthLocator((1, 4, 7, 10) if wide else (1, 7)))  # type: ignore[no-untyped-call]
        one.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))  # type: ignore[no-untyped-call]
    ax.tick_params(axis="x", labelbottom=False)


def _draw_months(
    table: Tidy, ax: Axes, edges: NDArray[np.float64], band: Tidy | None, columns: int
) -> None:
    """Draw the attacks of each month by means, and the simulated ones as outlines."""
    left, width = edges[:-1], np.diff(edges)
    bottom = np.zeros(len(left))
    for rung in MEANS:
        heights = table[rung.name.lower()]
        ax.bar(
            left + width / 2, heights, 0.82 * width, bottom=bottom, color=RUNG_COLOURS[rung],
            edgecolor=ink(), linewidth=0.5, label=MEANS_WORDS[rung],
        )  # fmt: skip
        bottom += heights
    if band is not None:
        for name, dash in (("low", ":"), ("middle", "-"), ("high", ":")):
            ax.stairs(band[name], edges, color=ink(), linestyle=dash, linewidth=0.14 * points(),
                      label={"middle": "simulated: median, 5 and 95 %"}.get(name))  # fmt: skip
    ax.set(ylabel="listed attacks a month", ylim=(0, None))
    ax.margins(y=0.08)
    ax.legend(
        frameon=False, fontsize=0.8 * points(), ncols=columns, loc="lower left",
        bbox_to_anchor=(0.0, 0.98), borderaxespad=0.0, handlelength=0.9,
    )  # fmt: skip


def _draw_lanes(data: Tidy, lanes: Axes) -> None:
    """Draw when there were deaths, and which answers there were."""
    days, attack = _days(data["date"].astype("datetime64[D]")), _attacks(data)
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


def _panels(figure: Figure, data: Tidy, band: Tidy | None = None) -> None:
    """Draw the timeline and its lanes into a figure."""
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1.6))
    plot_timeline(data, upper, lower, band)


def draw_record(found: Record | None = None, style: str = "paper") -> Drawn:
    """Return the timeline of the record as a figure."""
    found = found or recorded()
    data = timeline_data(found)
    about = (
        "Confirmed single events, 6 May 2019 to 27 June 2021: an incomplete list, of about "
        f"{found.whole()[1]} attacks. A death is one of the coalition. Every event of the "
        f"record names its source. redline {package_version()}."
    )
    return on_a_page(
        "record", found.finding, about, {"record": data},
        lambda figure: _panels(figure, data), 1.05, style,
    )  # fmt: skip


def draw_beside(request: Request) -> Drawn:
    """Return the timeline with the months of many replicates of a subject beside it."""
    history = request.subject.sampled(MANY)
    weeks = history.weeks["attacks"].sum(axis=2).astype(np.int64)
    chance = np.random.default_rng(request.subject.results.seed)
    known = recorded()
    listed = thinned(weeks, len(known.attacks), chance)
    data, band = timeline_data(known), simulated_months(listed)
    figure = new_figure(request.size, 1.5 if request.size == "column" else 1.05)
    _panels(figure, data, band)
    note = "Lines: replicates of which as many attacks were drawn as are listed."
    about = caption_of(request, note, len(history.numbers))
    return finished(request, figure, known.finding, about, record=data, simulated=band)


def _hindrance(request: Request) -> str | None:
    scenario = request.subject.scenario
    fits = scenario.start == START and scenario.weeks == WEEKS
    return None if fits else f"needs a scenario of {WEEKS} weeks from {START}"


KIND = Kind(
    about="the record by month, replicates beside it",
    place=11,
    draw=draw_beside,
    hindrance=_hindrance,
)

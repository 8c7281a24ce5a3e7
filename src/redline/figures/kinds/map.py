"""Where attacks fall, and by which means, on a plain outline of the country."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from redline.argument import WEEKS_A_YEAR
from redline.engine import Trace
from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import RUNG_COLOURS, RUNG_NAMES, Tidy, beside, ink, muted, new_figure
from redline.figures.subjects import MANY
from redline.support import percent
from redline.theory import SITES, Provocation

PLACES = {
    "green_zone": ("Green Zone", 44.40, 33.31, 1),
    "ain_al_asad": ("Ain al-Asad", 42.44, 33.79, -1),
    "balad": ("Balad", 44.36, 33.94, 1),
    "harir": ("Harir", 44.33, 36.53, 1),
    "erbil": ("Erbil", 43.96, 36.24, -1),
}
"""Of every site: its name, longitude, latitude, and to which side its bars grow (1: east)."""
BAR_LENGTH = 1.5
BAR_HEIGHT = 0.13
"""Of the longest bar, in degrees; two stand at a site, and Erbil and Harir are close."""
OUTLINE = np.array(
    [
        *((39.20, 32.16), (38.79, 33.38), (41.01, 34.42), (41.38, 35.63), (41.29, 36.36)),
        *((41.84, 36.61), (42.35, 37.23), (42.78, 37.39), (43.94, 37.26), (44.29, 37.00)),
        *((44.77, 37.17), (45.42, 35.98), (46.08, 35.68), (46.15, 35.09), (45.65, 34.75)),
        *((45.42, 33.97), (46.11, 33.02), (47.33, 32.47), (47.85, 31.71), (47.69, 30.98)),
        *((48.00, 30.99), (48.01, 30.45), (48.57, 29.93), (47.97, 29.98), (47.30, 30.06)),
        *((46.57, 29.10), (44.71, 29.18), (41.89, 31.19), (40.40, 31.89), (39.20, 32.16)),
    ]
)
"""Iraq in longitude and latitude, coarsely: Natural Earth, 1:110 million, public domain."""
MEANS = (Provocation.ROCKETS, Provocation.DRONES)
NAMES = [RUNG_NAMES["provocation"][rung] for rung in MEANS]


def map_data(history: Trace) -> Tidy:
    """Return a row per site and means: attacks, share of all of them, and a year's at risk.

    Assaults and offensives have no site.
    """
    moves = history.moves
    years = history.lived.sum() / WEEKS_A_YEAR
    counts = np.array(
        [
            int(((moves["site"] == site) & (moves["rung"] == rung)).sum())
            for site in range(len(SITES))
            for rung in MEANS
        ]
    )
    return {
        "site": np.repeat(SITES, len(MEANS)),
        "means": np.tile(NAMES, len(SITES)),
        "attacks": counts,
        "share": counts / max(counts.sum(), 1),
        "a_year": counts / years,
    }


def plot_map(data: Tidy, ax: Axes) -> None:
    """Draw two bars at every site, rockets above drones, their lengths attacks a year."""
    ax.fill(*OUTLINE.T, facecolor=muted(), edgecolor=muted(), linewidth=1.0, alpha=0.18)
    longest = max(float(data["a_year"].max()), 1e-9)
    for site, (name, x, y, side) in PLACES.items():
        figures = data["a_year"][data["site"] == site]
        for place, (rung, value) in enumerate(zip(MEANS, figures, strict=True)):
            ax.barh(
                y + BAR_HEIGHT * (0.5 - place), side * BAR_LENGTH * value / longest, left=x,
                height=BAR_HEIGHT, color=RUNG_COLOURS[rung], edgecolor=ink(), linewidth=0.5,
            )  # fmt: skip
        ax.plot([x, x], [y - BAR_HEIGHT, y + BAR_HEIGHT], color=ink(), linewidth=1.2)
        end = x + side * BAR_LENGTH * float(figures.max()) / longest
        beside(
            ax, f"{name}  {figures[0]:.1f} + {figures[1]:.1f}", (end, y), (side * 4, 0), 0.85,
            ha="left" if side > 0 else "right", va="center",
        )  # fmt: skip
    ax.set_aspect(1 / np.cos(np.radians(33)))
    ax.set(xlim=(36.6, 50.4), ylim=(28.7, 37.7))
    ax.set_axis_off()
    outline = [withStroke(linewidth=1.4, foreground=ink())]
    for place, (rung, name) in enumerate(zip(MEANS, NAMES, strict=True)):
        y = 30.4 - 0.5 * place
        which = "first" if place == 0 else "second"
        ax.text(36.8, y, "■", color=RUNG_COLOURS[rung], va="center", path_effects=outline)
        ax.text(37.4, y, f"{name} a year (the {which} number)", va="center")


def map_finding(data: Tidy) -> str:
    """Return a sentence for the site that is attacked most, and where drones make the odds."""
    if data["attacks"].sum() == 0:
        return "No rocket or drone attack in these replicates"
    totals = {site: data["attacks"][data["site"] == site].sum() for site in SITES}
    top = max(totals, key=lambda site: totals[site])
    total = data["attacks"].sum()
    drones = data["attacks"][data["means"] == "drones"].sum() / total
    return (
        f"{percent(totals[top] / total)} of rocket and drone attacks fall on {PLACES[top][0]}; "
        f"{percent(drones)} of all are drones"
    )


def draw_map(request: Request) -> Drawn:
    """Return the figure of many replicates of a subject, with the moves of every militia."""
    history = request.subject.sampled(MANY, moves=True)
    data = map_data(history)
    figure = new_figure(request.size, 1.15)
    plot_map(data, figure.subplots())
    note = "Outline: Natural Earth. Reach after article ¶22: only drones reach Harir and Erbil."
    about = caption_of(request, note, len(history.numbers))
    return finished(request, figure, map_finding(data), about, map=data)


KIND = Kind(about="attacks by site and means", place=9, draw=draw_map, in_run=6)

"""Which parameters carry a measure, the weightiest on top; and whether that is told."""

import numpy as np
from matplotlib.axes import Axes

from redline.case import label_of
from redline.exploration import Analysis, analyse
from redline.figures.captions import MOST_NAMED, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import ARMS, Tidy, caption, extent, ink, new_figure, percent, points
from redline.figures.tables import of_rows
from redline.results import find_measure
from redline.support import capital, count, listed

DESIGNS = ("saltelli", "morris")
MOST_BARS = 15


def tornado_data(analysis: Analysis) -> Tidy:
    """Return a row per address: its label, indices with intervals, the spread of effects."""
    return of_rows(
        {
            "address": one.address,
            "label": label_of(one.address),
            **{
                f"{kind}{end}": getattr(getattr(one, kind), name)
                for kind in ("first", "total")
                for end, name in (("", "value"), (".low", "low"), (".high", "high"))
            },
            "spread": one.spread,
        }
        for one in analysis.sensitivities
    )


def plot_tornado(data: Tidy, ax: Axes, method: str) -> None:
    """Draw total indices as light bars with intervals, first ones as dark bars in them."""
    shown = min(MOST_BARS, len(data["address"]))
    rows = np.arange(shown)[::-1]
    total, first = data["total"][:shown], data["first"][:shown]
    ax.barh(rows, total, 0.72, color=ARMS[0], alpha=0.35, linewidth=0)
    if method == "sobol":
        ax.barh(rows, np.maximum(first, 0.0), 0.36, color=ARMS[0], linewidth=0)
    ax.hlines(rows, data["total.low"][:shown], data["total.high"][:shown], color=ink(),
              linewidth=0.11 * points())  # fmt: skip
    ax.set_yticks(rows, data["label"][:shown], fontsize=0.85 * points())
    ax.set(xlim=(0, None), ylim=(-0.7, shown - 0.3))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    of_variance = "share of variance:\ndark by itself, light in all"
    of_effects = "mean size μ* of an elementary effect"
    ax.set_xlabel(of_variance if method == "sobol" else of_effects)


def resolved(analysis: Analysis) -> list[str]:
    """Return the addresses whose intervals say that they matter, the most important first.

    The interval of an address's total index (of Morris's method, of μ*) must lie above zero,
    and wholly above the intervals of at least half of the other addresses. A total index is a
    mean of squares, so that its interval is above zero by chance alone: only beside others
    does it say anything.
    """
    found = []
    ones = analysis.sensitivities
    for one in ones:
        low = one.total.low or 0.0
        others = [other.total.high for other in ones if other is not one]
        below = sum(high is not None and high < low for high in others)
        if low > 0 and below >= len(others) / 2:
            found.append(one.address)
    return found


def tornado_finding(analysis: Analysis, words: str) -> str:
    """Return a sentence for the parameters that carry a measure, where that can be told."""
    ones = analysis.sensitivities
    size = f"{analysis.points:,} {_unit(analysis)} × {count(analysis.replicates, 'replicate')}"
    if max(one.total.value for one in ones) == 0:
        return f"Not resolved at this size ({size}): the {words} is the same at all points"
    names = resolved(analysis)
    if not names:
        return f"Not resolved at this size ({size}): which parameters carry the {words}"
    lead = names[:MOST_NAMED]
    beside = _beside(analysis, lead)
    if not beside:
        matter = "matters" if len(lead) == 1 else "matter"
        return f"{_first(lead)} {matter} most for the {words}"
    stand = "stands" if len(names) == 1 else "stand"
    told = f"{_first(names)} {stand} out for the {words}"
    unclear = [name for name in beside if name not in names]
    if not unclear:
        return told
    return f"{told}; {_named(unclear, 1)} {'is' if len(unclear) == 1 else 'are'} not resolved"


def _beside(analysis: Analysis, lead: list[str]) -> list[str]:
    """Return the other addresses that may matter as much as the least of some."""
    ones = analysis.sensitivities
    least = min(one.total.value for one in ones if one.address in lead)
    return [
        one.address
        for one in ones
        if one.address not in lead and (one.total.high is None or one.total.high > least)
    ]


def _first(names: list[str]) -> str:
    """Return them as a sentence begins; an address that has no label stays as it is."""
    told = _named(names)
    return told if label_of(names[0]) == names[0] else capital(told)


def _named(names: list[str], most: int = MOST_NAMED) -> str:
    """Return the labels of addresses as prose, what is beyond the most as a number."""
    more = [count(len(names) - most, "more", "more")] if len(names) > most else []
    return listed([*map(label_of, names[:most]), *more])


def _unit(analysis: Analysis) -> str:
    return "trajectories" if analysis.method == "morris" else "base points"


def tornado_note(analysis: Analysis) -> str:
    """Return what the caption says of chance and of the rest."""
    rest = analysis.sensitivities[MOST_BARS:]
    told = f"{analysis.points:,} {_unit(analysis)}"
    if analysis.method == "sobol":
        alone = sum(one.first.value for one in analysis.sensitivities)
        told += f"; first indices add up to {alone:.2f}"
    chance = analysis.of_parameters
    if chance is not None:
        told += f"; of what varies from replicate to replicate, parameters make {percent(chance)}"
    if rest:
        most = max(one.total.value for one in rest)
        told += f"; {len(rest)} more at {most:.2g} or less"
    clear = len(resolved(analysis))
    return (
        f"{told}. Lines: 95 %, bootstrap; {clear} of {len(analysis.sensitivities)} lie above zero "
        "and above those of at least half of the other parameters."
    )


def convergence_data(analysis: Analysis, count: int = 6) -> Tidy:
    """Return a row per number of base points, a column per leading address: total indices."""
    names = [one.address for one in analysis.sensitivities[:count]]
    return of_rows(
        {"points": size, **dict(zip(names, indices, strict=False))}
        for size, indices in analysis.convergence.items()
    )


def draw_tornado(request: Request) -> Drawn:
    """Return the figure of a measure over the results of ``redline sensitivity``."""
    sweep = request.swept
    (found,) = analyse(sweep, [request.measure or "confrontation"])
    data = tornado_data(found)
    bars = min(MOST_BARS, len(found.sensitivities))
    figure = new_figure(request.size, 0.35 + 0.045 * bars)
    plot_tornado(data, figure.subplots(), found.method)
    title = tornado_finding(found, find_measure(found.measure).words)
    size = extent(sweep.replicates, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    about = caption(f"{sweep.scenario.name}, each point: {size}", tornado_note(found))
    tables = {"tornado": data, "convergence": convergence_data(found)}
    return finished(request, figure, title, about, **tables)


def _hindrance(request: Request) -> str | None:
    fits = request.sweep and request.sweep.manifest["sweep"]["design"] in DESIGNS
    return None if fits else "needs the results of redline sensitivity"


KIND = Kind(
    about="which parameters carry a measure",
    place=14,
    draw=draw_tornado,
    swept=1,
    takes=("measure",),
    hindrance=_hindrance,
)

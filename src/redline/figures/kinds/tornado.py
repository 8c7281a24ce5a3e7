"""Which parameters drive a measure, the weightiest on top; and whether that is told."""

import numpy as np
from matplotlib.axes import Axes

from redline.case import label_of
from redline.exploration import MOST_BARS, Analysis, SensitivityAnalysis, analyse
from redline.figures.captions import finished, on_a_page
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import ARMS, Tidy, caption, extent, ink, new_figure, points
from redline.figures.tables import of_rows
from redline.results import StoredSweep
from redline.support import InputError, nearest

DESIGNS = ("saltelli", "morris")


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
    figure = new_figure(request.size, _height(found))
    plot_tornado(tornado_data(found), figure.subplots(), found.method)
    return finished(request, figure, found.finding, _about(found, sweep), **_tables(found))


def draw_sensitivity(
    found: SensitivityAnalysis, style: str = "paper", measure: str | None = None
) -> Drawn:
    """Return the figure of a measure of a sensitivity analysis, the first by default.

    Raises
    ------
    InputError
        If the measure was not analysed.
    """
    by_name = {one.measure: one for one in found}
    name = measure or found[0].measure
    if name not in by_name:
        raise InputError(f"{name} is not among {', '.join(by_name)}{nearest(name, by_name)}")
    one = by_name[name]
    tables, about = _tables(one), _about(one, found.sweep)
    return on_a_page(
        "tornado", one.finding, about, tables,
        lambda figure: plot_tornado(tables["tornado"], figure.subplots(), one.method),
        _height(one), style,
    )  # fmt: skip


def _height(found: Analysis) -> float:
    return 0.35 + 0.045 * min(MOST_BARS, len(found.sensitivities))


def _about(found: Analysis, sweep: StoredSweep) -> str:
    size = extent(sweep.replicates, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    return caption(f"{sweep.scenario.name}, each point: {size}", found.note)


def _tables(found: Analysis) -> dict[str, Tidy]:
    return {"tornado": tornado_data(found), "convergence": convergence_data(found)}


def _hindrance(request: Request) -> str | None:
    fits = request.sweep and request.sweep.manifest["sweep"]["design"] in DESIGNS
    return None if fits else "needs the results of redline sensitivity"


KIND = Kind(
    about="which parameters drive a measure",
    place=14,
    draw=draw_tornado,
    swept=1,
    takes=("measure",),
    hindrance=_hindrance,
)

"""How an estimate settles as replicates are added."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import Tidy, arm, beside, muted, new_figure, percent_axis, percent_span
from redline.results import Distribution, find_measure, mean_interval, wilson
from redline.support import InputError, capital, counted, percent

STEPS = 40


def convergence_data(run: Distribution, measure: str) -> Tidy:
    """Return a row per number of replicates: n, mean, low, high of the first n.

    `measure` is a class (Wilson interval) or a measure (its mean's).

    Raises
    ------
    InputError
        If it is a ratio of totals, or there are too few replicates.
    """
    found = find_measure(measure)
    if len(found.needs) != 1:
        raise InputError(f"{measure}: a ratio of totals; convergence is drawn of shares and means")
    table = {name: run.column(name) for name in found.needs}
    values = found.numerator(table)[found.denominator(table) > 0]
    if len(values) < 2:
        raise InputError("convergence needs two replicates or more in which it occurred")
    counts = np.unique(np.geomspace(2, len(values), STEPS).round().astype(int))
    rows = [
        wilson(int(values[:n].sum()), int(n))
        if found.share
        else mean_interval(values[:n], found.signed)
        for n in counts
    ]
    mean, low, high = np.array(rows, np.float64).T
    high = np.minimum(high, np.maximum(mean, found.most(run.weeks, run.actors - 2)))
    return {"n": counts, "mean": mean, "low": low, "high": high}


def plot_convergence(data: Tidy, ax: Axes, measure: str) -> None:
    """Draw the estimate after n replicates and its interval, over n on a log scale."""
    ax.fill_between(data["n"], data["low"], data["high"], color=arm(0), alpha=0.22, linewidth=0)
    ax.plot(data["n"], data["mean"], color=arm(0))
    ax.axhline(data["mean"][-1], color=muted(), linestyle=(0, (4, 3)))
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    if len(data["n"]) > 1:
        ax.set_xlim(data["n"][0], data["n"][-1])
    if find_measure(measure).unit == "share":
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(percent_axis())
    ax.set(xlabel="replicates", ylabel=find_measure(measure).words)
    place = len(data["n"]) // 3
    at = data["n"][place], data["high"][place]
    beside(ax, "95 % interval", at, (4, 4), 0.9, color=arm(0))


def convergence_finding(data: Tidy, measure: str) -> str:
    """Return a sentence for the width that all replicates reach."""
    n, mean, low, high = (data[name][-1].item() for name in ("n", "mean", "low", "high"))
    if find_measure(measure).unit == "share":
        span = f"{percent(mean)}, 95 % interval {percent_span(low, high)}"
    else:
        span = f"{mean:.4g}, 95 % interval {low:.4g} to {high:.4g}"
    return f"{capital(find_measure(measure).words)} after {counted(n, 'replicate')}: {span}"


def draw_convergence(request: Request) -> Drawn:
    """Return the figure of a measure of a subject."""
    measure = request.measure or "confrontation"
    data = convergence_data(request.subject.results, measure)
    figure = new_figure(request.size, 0.85)
    plot_convergence(data, figure.subplots(), measure)
    title = convergence_finding(data, measure)
    note = "Band: 95 % interval of the estimate from the first n replicates."
    return finished(request, figure, title, caption_of(request, note), convergence=data)


def _hindrance(request: Request) -> str | None:
    return "takes two replicates or more" if request.subject.results.replicates < 2 else None


KIND = Kind(
    about="an estimate and its interval over n",
    place=12,
    draw=draw_convergence,
    takes=("measure",),
    hindrance=_hindrance,
    in_run=7,
    anecdote=True,
)

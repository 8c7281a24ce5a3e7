"""A measure over one address that a sweep sweeps."""

import numpy as np
from matplotlib.axes import Axes

from redline.case import label_of
from redline.figures.captions import MOST_NAMED, caption_of_sweep, finished, replicates_each
from redline.figures.measures import groups_data, name_axis, name_values, shown_as, stand_alone
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import Tidy, arm, beside, muted, new_figure, percent_axis, points
from redline.figures.subjects import base_value, cut_of
from redline.results import find_measure, grouped
from redline.support import capital, counted


def plot_curve(data: Tidy, ax: Axes, address: str, measure: str, base: float | None) -> None:
    """Draw a measure over an address with the band of its interval, the base case marked."""
    x, colour = data[address], arm(0)
    reach = np.abs(np.array([data["mean"] - data["low"], data["high"] - data["mean"]]))
    if not stand_alone(data):
        ax.fill_between(x, data["low"], data["high"], color=colour, alpha=0.22, linewidth=0)
        ax.plot(x, data["mean"], color=colour)
    ax.errorbar(
        x, data["mean"], yerr=np.nan_to_num(reach), fmt="o", color=colour, capsize=2,
        markersize=0.4 * points(), elinewidth=0.08 * points(),
    )  # fmt: skip
    if find_measure(measure).unit == "share":
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(percent_axis())
    else:
        ax.set_ylim(0, 1.1 * max(float(np.nanmax(np.append(data["high"], data["mean"]))), 1e-9))
    if base is not None and x.min() <= base <= x.max():
        ax.axvline(base, color=muted(), linestyle=(0, (4, 3)))
        away, side = (-4, "right") if base > (x.min() + x.max()) / 2 else (4, "left")
        beside(
            ax, "base case", (base, 1), (away, -3), 0.9, xycoords=("data", "axes fraction"),
            va="top", ha=side, color=muted(),
        )  # fmt: skip
    name_axis(ax.xaxis, address)
    name_values(ax.yaxis, measure)


def curve_finding(data: Tidy, address: str, measure: str, over: str = "") -> str:
    """Return a sentence for the measure at both ends of an address.

    Where other addresses vary from point to point, ends say nothing: `over` tells the points.
    """
    name = capital(find_measure(measure).words)
    if over:
        return f"{name}, at {over}"
    ends = list(dict.fromkeys([int(np.argmin(data[address])), int(np.argmax(data[address]))]))
    if stand_alone(data):
        return f"{name}, at {counted(len(data['mean']), 'point')} of a design"
    shown = [shown_as(float(data["mean"][end]), measure) for end in ends]
    values = [f"{float(data[address][end]):.4g}" for end in ends]
    values[0] = f"{label_of(address)} = {values[0]}"
    told = [f"{one} at {value}" for one, value in zip(shown, values, strict=True)]
    return f"{name}: {' and '.join(told)}"


def draw_curve(request: Request) -> Drawn:
    """Return the figure of a measure over the address that is asked for, or the first."""
    sweep = request.swept
    measure = request.measure or "confrontation"
    address = request.by[0] if request.by else sweep.points.addresses[0]
    cut = cut_of(sweep, [address])
    groups = grouped(sweep, cut.by, [measure], cut.where)
    data = groups_data(groups, measure)
    figure = new_figure(request.size, 0.85)
    plot_curve(data, figure.subplots(), address, measure, base_value(sweep, address))
    note = f"{replicates_each(groups)} a mark; bars: uncertainty of the estimate, 95 %."
    note += f" {cut.held}" if cut.held else ""
    note += f" {cut.over(len(groups), [address])}." if cut.others else f" Over {address}."
    over = cut.over(len(groups), [address], MOST_NAMED) if cut.others else ""
    title = curve_finding(data, address, measure, over)
    return finished(request, figure, title, caption_of_sweep(sweep, groups, note), curve=data)


KIND = Kind(
    about="a measure over one swept address",
    place=13,
    draw=draw_curve,
    swept=1,
    takes=("measure", "by"),
    in_sweep=2,
)

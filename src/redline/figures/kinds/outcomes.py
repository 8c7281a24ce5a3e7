"""Which way replicates went: the share of each class, with its interval."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import AbstractPathEffect, withStroke

from redline.figures.captions import caption_of, common_chance, compared, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import (
    CLASS_COLOURS,
    Tidy,
    beside,
    face,
    ink,
    muted,
    new_figure,
    part,
    percent_axis,
    percent_span,
    points,
    short,
)
from redline.figures.tables import of_rows, stacked
from redline.results import OUTCOMES, Distribution, class_shares
from redline.support import percent

PHRASES = {
    "quiet": "stay quiet",
    "provocation": "stay at provocation",
    "crisis": "pass through a crisis short of war",
    "confrontation": "end in open confrontation",
}


def classes_data(run: Distribution, label: str = "") -> Tidy:
    """Return a row per outcome class: arm, class, share, low, high (Wilson, 95 %), count."""
    shares = class_shares(run.column("class"))
    return of_rows({"arm": label, "class": name, **row} for name, row in shares.items())


def arms_data(arms: Mapping[str, Distribution]) -> Tidy:
    """Return the rows of `classes_data` for several arms."""
    return stacked(classes_data(run, label) for label, run in arms.items())


def plot_classes(data: Tidy, ax: Axes) -> None:
    """Draw the share of each class with its interval, labels on the marks."""
    rows = np.arange(len(data["class"]))[::-1]
    colours = [CLASS_COLOURS[name] for name in data["class"]]
    ax.barh(rows, data["share"], 0.62, color=colours, edgecolor=muted(), linewidth=0.6)
    error = np.clip((data["share"] - data["low"], data["high"] - data["share"]), 0.0, None)
    halo: list[AbstractPathEffect] = [withStroke(linewidth=3, foreground=face())]
    drawn = ax.errorbar(
        data["share"], rows, xerr=error, fmt="none", ecolor=ink(), elinewidth=1, capsize=2.5
    )
    for line in (*drawn.lines[1], *drawn.lines[2]):  # seen on a bar of any colour
        line.set_path_effects(halo)
    for row, share in zip(rows, data["share"], strict=True):
        edge = ("axes fraction", "data")
        beside(ax, percent(share), (1.0, row), (5, 0), xycoords=edge, va="center")
    ax.set_yticks(rows, data["class"])
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 5))
    ax.xaxis.set_major_formatter(percent_axis())
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("share of replicates, 95 % Wilson interval")


def plot_class_of_arms(data: Tidy, ax: Axes, name: str, labelled: bool) -> None:
    """Draw the share of one class in every arm, a row each; `labelled` says whether by name."""
    mine = data["class"] == name
    share, low, high = (data[key][mine] for key in ("share", "low", "high"))
    rows = np.arange(len(share))[::-1]
    ax.hlines(rows, low, high, color=ink(), linewidth=0.12 * points())
    ax.scatter(
        share, rows, s=(0.75 * points()) ** 2, color=CLASS_COLOURS[name], edgecolor=muted(),
        linewidth=0.8, zorder=3,
    )  # fmt: skip
    names = [short(str(name)) for name in data["arm"][mine]]
    ax.set_yticks(rows, names if labelled else [""] * len(rows))
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.6, len(rows) - 0.4))
    ax.set_xticks([0, 0.5, 1], ["0", "½", "1"])
    ax.set_title(name, fontsize=points())
    ax.tick_params(axis="y", length=0)


def classes_finding(classes: Tidy) -> str:
    """Return a sentence for the commonest class, and the share of war with its interval."""
    counts, war = classes["count"], OUTCOMES.index("confrontation")
    total, top = int(counts.sum()), int(np.argmax(counts))
    ends = (float(classes[end][war]) for end in ("low", "high"))
    interval = f"(95 % interval {percent_span(*ends)})"
    first = f"{part(int(counts[top]), total)} {PHRASES[str(classes['class'][top])]}"
    if top == war:
        return f"{first} {interval}"
    wars = part(int(counts[war]), total).removesuffix(" of replicates").removesuffix(" replicates")
    return f"{first}; {wars} end in war {interval}"


def arms_finding(data: Tidy) -> str:
    """Return a sentence for the least and the greatest share of war among the arms."""
    mine = data["class"] == "confrontation"
    share, arm = data["share"][mine], data["arm"][mine]
    least, most = int(np.argmin(share)), int(np.argmax(share))
    if share[least] == share[most]:
        return f"{percent(float(share[least]))} of replicates end in war, whatever the arm"
    ends = []
    for place in (least, most):
        same = int((share == share[place]).sum())
        where = f"of {short(str(arm[place]))}" if same == 1 else f"in {same} of {len(share)} arms"
        ends.append(f"{percent(float(share[place]))} of replicates {where}")
    return f"War ends {ends[0]}, {ends[1]}"


def draw_outcomes(request: Request) -> Drawn:
    """Return the classes of one subject as bars, or of several arms as a panel each."""
    data = arms_data(request.arms)
    note = "Intervals: 95 %, Wilson."
    if len(request.arms) == 1:
        figure = new_figure(request.size, 0.75)
        plot_classes(data, figure.subplots())
        title = classes_finding(data)
    else:
        note += f" {common_chance(request.subjects)}"
        height, rows, columns = (1.7, 2, 2) if request.size == "column" else (0.9, 1, 4)
        figure = new_figure(request.size, height)
        axes = figure.subplots(rows, columns).ravel()
        for place, (name, ax) in enumerate(zip(CLASS_COLOURS, axes, strict=True)):
            plot_class_of_arms(data, ax, name, place % columns == 0)
        title = compared(request, arms_finding(data))
    return finished(request, figure, title, caption_of(request, note), outcomes=data)


KIND = Kind(
    about="the share of each class, with intervals",
    place=5,
    draw=draw_outcomes,
    arms=True,
    takes=("by",),
    in_sweep=3,
)

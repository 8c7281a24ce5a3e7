"""The first figure of a run: which way replicates went, and the distributions behind it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from redline.outcomes import Distribution, Survival, class_shares
from redline.plots.style import CLASS_COLOURS, INK, MUTED, QUIET_LINE, caption, styled
from redline.results import StoredRun

Tidy = dict[str, NDArray[Any]]
"""A tidy table: columns of equal length, one row per mark."""


def classes_data(run: Distribution) -> Tidy:
    """Return a row per outcome class: class, share, low, high (Wilson, 95 %), count."""
    shares = class_shares(run.column("class"))
    columns = {
        key: np.array([row[key] for row in shares.values()])
        for key in ("share", "low", "high", "count")
    }
    return {"class": np.array(list(shares)), **columns}


def plot_classes(data: Tidy, ax: Axes) -> None:
    """Draw the share of each class with its interval, labels on the marks."""
    rows = np.arange(len(data["class"]))[::-1]
    ax.barh(rows, data["share"], height=0.62, color=[CLASS_COLOURS[name] for name in data["class"]])
    error = np.clip((data["share"] - data["low"], data["high"] - data["share"]), 0.0, None)
    ax.errorbar(data["share"], rows, xerr=error, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
    for row, share, high in zip(rows, data["share"], data["high"], strict=True):
        ax.annotate(
            f"{100 * share:.1f} %",
            (high, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(rows, data["class"])
    ax.set_xlim(0, 1.15)
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("share of replicates, 95 % Wilson interval")


def histogram_data(run: Distribution, measure: str) -> Tidy:
    """Return a row per bin of a count: left, right, share; bins hold whole numbers."""
    values = run.column(measure)
    low, high = int(values.min()), int(values.max())
    width = max(1, -(-(high - low + 1) // 30))
    edges = np.arange(low, high + width + 1, width)
    counts, _ = np.histogram(values, edges)
    return {
        "left": edges[:-1],
        "right": edges[1:],
        "share": counts / len(values),
        "median": np.full(len(counts), np.median(values)),
    }


def plot_histogram(data: Tidy, ax: Axes, label: str, colour: str = "provocation") -> None:
    """Draw a histogram of a count in the colour of a class, its median marked."""
    width = data["right"] - data["left"]
    ax.bar(
        data["left"] - 0.5,
        data["share"],
        width=width,
        align="edge",
        color=CLASS_COLOURS[colour],
        edgecolor="white",
        linewidth=0.6,
    )
    ax.axvline(data["median"][0], color=INK, linewidth=1)
    ax.annotate(
        f"median {data['median'][0]:g}",
        (data["median"][0], 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
    )
    ax.set_ylim(0, 1.18 * data["share"].max())
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.grid(axis="x", visible=False)
    ax.set_xlabel(label)
    ax.set_ylabel("share of replicates")


def survival_data(run: Distribution) -> Tidy:
    """Return a row per step of the Kaplan-Meier curve: week, share, low, high, at_risk."""
    curve: Survival = run.survival()
    return {
        "week": curve.weeks,
        "share": curve.share,
        "low": curve.low,
        "high": curve.high,
        "at_risk": curve.at_risk,
    }


def plot_survival(data: Tidy, ax: Axes) -> None:
    """Draw the share of replicates still without war, with its band and numbers at risk."""
    ax.fill_between(
        data["week"],
        data["low"],
        data["high"],
        step="post",
        color=QUIET_LINE,
        alpha=0.25,
        linewidth=0,
    )
    ax.step(data["week"], data["share"], where="post", color=QUIET_LINE, linewidth=1.6)
    last = data["week"][-1]
    ax.annotate(
        f"{100 * data['share'][-1]:.1f} % without war",
        (last, data["share"][-1]),
        xytext=(0, -10),
        textcoords="offset points",
        ha="right",
        va="top",
    )
    marks = np.linspace(0, last, 5)
    index = np.searchsorted(data["week"], marks, side="left")
    shown = [f"{mark:.0f}\n{data['at_risk'][i]:,}" for mark, i in zip(marks, index, strict=True)]
    ax.set_xticks(marks, shown)
    ax.set_xlim(0, last)
    ax.set_ylim(0, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("weeks lived, and replicates at risk below")
    ax.set_ylabel("share without war")


def _finding(classes: Tidy) -> str:
    """Return a sentence for the commonest class."""
    top = int(np.argmax(classes["share"]))
    phrases = {
        "quiet": "stay quiet",
        "provocation": "stay at provocation",
        "crisis": "pass through a crisis short of war",
        "confrontation": "end in open confrontation",
    }
    war = 100 * classes["share"][list(classes["class"]).index("confrontation")]
    first = (
        f"{100 * classes['share'][top]:.0f} % of replicates {phrases[str(classes['class'][top])]}"
    )
    return first if classes["class"][top] == "confrontation" else f"{first}; {war:.1f} % end in war"


def outcomes_figure(run: StoredRun) -> Figure:
    """Return the figure of a run: classes, attacks, strikes, time to confrontation."""
    with styled():
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        axes = figure.subplots(2, 2)
        classes = classes_data(run)
        plot_classes(classes, axes[0, 0])
        axes[0, 0].set_title("Gravest moment of a replicate")
        plot_histogram(histogram_data(run, "attacks"), axes[0, 1], "attacks in a replicate")
        axes[0, 1].set_title("Attacks")
        plot_histogram(
            histogram_data(run, "strikes"),
            axes[1, 0],
            "weeks with a strike or more, in a replicate",
            "crisis",
        )
        axes[1, 0].set_title("American strikes")
        plot_survival(survival_data(run), axes[1, 1])
        axes[1, 1].set_title("Time to open confrontation")
        figure.suptitle(_finding(classes), x=0.01, ha="left", fontsize=13, fontweight="bold")
        figure.supxlabel(caption(run), x=0.01, ha="left", fontsize=7.5, color=MUTED)
    return figure

"""The model beside the record: a strip per fact, calibration, and skill."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from redline.evidence import FORECASTERS, Fact, Score
from redline.figures.style import (
    ARMS,
    RUNG_COLOURS,
    Tidy,
    face,
    ink,
    log_axis,
    muted,
    points,
    wrapped,
)
from redline.support import count

IN, OUT = ARMS[0], RUNG_COLOURS[4]
LOG_FACTS = ("F3c", "F7", "F8a")
"""Facts that are ratios and spread over orders of magnitude: drawn on a log scale."""


def facts_data(facts: Sequence[Fact]) -> Tidy:
    """Return a row per fact: the record with its range, quantiles of replicates, the verdict."""
    columns: dict[str, list[Any]] = {}
    for fact in facts:
        quantiles = fact.quantiles or (None,) * 5
        row = {
            "fact": fact.name,
            "measure": fact.measure,
            "fitted": int(fact.fitted),
            "record": fact.recorded.value,
            "record_low": fact.recorded.low,
            "record_high": fact.recorded.high,
            **dict(zip(("q025", "q25", "q50", "q75", "q975"), quantiles, strict=True)),
            "estimate": fact.estimate.mean,
            "low": fact.estimate.low,
            "high": fact.estimate.high,
            "percentile": fact.percentile,
            "verdict": fact.verdict,
            "holds": {True: "yes", False: "no", None: ""}[fact.holds],
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(np.nan if value is None else value)
    return {name: np.array(values) for name, values in columns.items()}


def plot_fact(data: Tidy, ax: Axes, row: int, width: float) -> None:
    """Draw one fact's strip: replicates as a bar within a line, the record as a diamond.

    Its words are no wider than `width` points.
    """

    def at(name: str) -> float:
        return float(data[name][row])

    name = str(data["fact"][row])
    if name in LOG_FACTS:
        log_axis(ax.xaxis)
    low = 0.02 if name in LOG_FACTS else -np.inf
    if np.isfinite(at("q50")):
        ax.plot(
            [max(at("q025"), low), at("q975")], [0, 0], color=muted(), linewidth=0.18 * points()
        )
        ax.plot(
            [max(at("q25"), low), at("q75")], [0, 0], color=muted(), linewidth=0.7 * points(),
            solid_capstyle="butt", alpha=0.55,
        )  # fmt: skip
        ax.plot([max(at("q50"), low)], [0], "|", color=ink(), markersize=1.5 * points())
    else:
        ax.plot([at("low"), at("high")], [0, 0], color=muted(), linewidth=0.18 * points())
        ax.plot([at("estimate")], [0], "|", color=ink(), markersize=1.5 * points())
    if np.isfinite(at("record")):
        colour = OUT if data["verdict"][row] == "out" else IN
        if np.isfinite(at("record_low")):
            ends = [at("record_low"), at("record_high")]
            ax.plot(ends, [0.42, 0.42], color=colour, linewidth=0.14 * points())
        ax.plot(
            [at("record")], [0.42], "D", color=colour, markersize=0.7 * points(),
            markerfacecolor=face() if data["fitted"][row] else colour,
        )  # fmt: skip
    ax.set_ylim(-0.6, 0.9)
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    if name not in LOG_FACTS:
        ax.locator_params(axis="x", nbins=4)
    ax.tick_params(axis="x", labelsize=0.75 * points(), pad=1)
    verdict = str(data["verdict"][row])
    words = [verdict] if verdict != "–" else []
    words += {"yes": ["as claimed"], "no": ["not as claimed"]}.get(str(data["holds"][row]), [])
    words += ["fitted"] if data["fitted"][row] else []
    missed = verdict == "out" or data["holds"][row] == "no"
    size = 0.78 * points()
    measure = wrapped(str(data["measure"][row]), width, size)
    ax.set_title(
        f"{name} · {', '.join(words)}\n{measure}", fontsize=size, fontweight="normal", pad=2,
        loc="left", color=OUT if missed else ink(),
    )  # fmt: skip


def facts_finding(data: Tidy) -> str:
    """Return a sentence for how many facts that nothing was fitted to are in, out, as claimed."""
    free = data["fitted"] == 0
    compared = free & ~np.isin(data["verdict"], ("–", "no test"))
    claimed = free & (data["holds"] != "")
    inside = int((compared & (data["verdict"] == "in")).sum())
    held = int((claimed & (data["holds"] == "yes")).sum())
    return (
        f"Of {compared.sum()} statistics that nothing was fitted to and that could fail, the "
        f"record is among the middle 95 % of replicates in {inside}; of {claimed.sum()} "
        f"expectations {held} hold"
    )


# The score


def calibration_data(score: Score) -> Tidy:
    """Return a row per bin of probability: ladder, foretold, share with interval, weeks."""
    columns: dict[str, list[Any]] = {}
    for name, ladder in score.ladders.items():
        for bin_ in ladder.calibration():
            for key, value in {"ladder": name, **bin_}.items():
                columns.setdefault(key, []).append(value)
    return {name: np.array(values) for name, values in columns.items()}


FLOOR = 5e-4
"""Where the axes of rare events begin; what never came true is drawn there."""


def plot_calibration(data: Tidy, ax: Axes, ladder: str) -> None:
    """Draw how often weeks came true over how probable they were held, numbers of weeks beside.

    Answers by force are rare: their axes are logarithmic.
    """
    mine = data["ladder"] == ladder
    rare = ladder == "answers"
    low = FLOOR if rare else 0.0
    ax.plot([low, 1], [low, 1], color=muted(), linewidth=0.8, linestyle=(0, (3, 3)))
    x, y = (np.maximum(data[name][mine], low) for name in ("foretold", "share"))
    ends = (np.maximum(data[name][mine], low) for name in ("low", "high"))
    ax.vlines(x, *ends, color=ARMS[0], linewidth=0.14 * points())
    for foretold, share, weeks in zip(x, y, data["weeks"][mine], strict=True):
        ax.plot(
            foretold, share, "o", color=ARMS[0], markersize=0.5 * points() + 0.8 * weeks**0.5,
            clip_on=False,
        )  # fmt: skip
        ax.annotate(
            f"{weeks}", (foretold, share), xytext=(6, -10), textcoords="offset points",
            fontsize=0.75 * points(), color=muted(),
        )  # fmt: skip
    for axis in (ax.xaxis, ax.yaxis):
        if rare:
            log_axis(axis)
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    limits = (FLOOR * 0.8, 1.3) if rare else (-0.03, 1.03)
    ax.set(xlim=limits, ylim=limits)
    ax.set_xlabel("held probable")
    ax.set_ylabel("came true")


def skills_data(scores: Sequence[Score], seed: int) -> Tidy:
    """Return a row per score, ladder and other forecaster: log skill with its interval."""
    columns: dict[str, list[Any]] = {}
    for score in scores:
        for name, ladder in score.ladders.items():
            for against in FORECASTERS[1:]:
                skill = ladder.log_skill(against, seed)._asdict()
                row = {
                    "score": score.name,
                    "in_sample": int(score.in_sample),
                    "ladder": name,
                    "against": against,
                    **{key: np.nan if end is None else end for key, end in skill.items()},
                    "impossible": int(ladder.impossible.sum()),
                    "weeks": len(ladder.weeks),
                    "events": ladder.events(),
                }
                for key, value in row.items():
                    columns.setdefault(key, []).append(value)
    return {name: np.array(values) for name, values in columns.items()}


NEAREST = -1.2
"""Skills below this are drawn at the edge."""


def plot_skills(data: Tidy, ax: Axes) -> None:
    """Draw every skill with its interval; hollow where the model had seen what it foretells."""
    each = int((data["score"] == data["score"][0]).sum())
    rows = -np.array([row + 1.2 * (row // each) for row in range(len(data["mean"]))])
    ax.axvline(0, color=ink(), linewidth=0.8)
    for row, y in enumerate(rows):
        colour = ARMS[0] if data["ladder"][row] == "attacks" else ARMS[1]
        low, mean, high = (max(float(data[name][row]), NEAREST) for name in ("low", "mean", "high"))
        ax.plot([low, high], [y, y], color=colour, linewidth=0.18 * points())
        ax.plot(
            mean, y, "o", color=colour, markersize=0.65 * points(),
            markerfacecolor=face() if data["in_sample"][row] else colour, clip_on=False,
        )  # fmt: skip
        if data["impossible"][row]:
            ax.annotate(
                "−∞ with all weeks", (high, y), xytext=(5, 0), textcoords="offset points",
                fontsize=0.75 * points(), va="center", color=OUT,
            )  # fmt: skip
        if row % each == 0:
            words = wrapped(str(data["score"][row]), 72 * 3.0, 0.8 * points(), bold=True)
            ax.text(
                NEAREST, y + 0.9, words, fontsize=0.8 * points(), fontweight="bold", va="center",
            )  # fmt: skip
    labels = [
        f"{ladder}, {against}"
        for ladder, against in zip(data["ladder"], data["against"], strict=True)
    ]
    ax.set_yticks(rows, labels, fontsize=0.75 * points())
    ax.set_ylim(rows[-1] - 0.6, 1.6)
    ax.set_xlim(NEAREST, None)
    ax.set_xlabel("log skill, nats a week (right: better)")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def skills_finding(data: Tidy) -> str:
    """Return a sentence for what can be told of the model's skill."""
    first = data["score"] == data["score"][0]
    told = {}
    for ladder in ("attacks", "answers"):
        mine = first & (data["ladder"] == ladder) & (data["against"] == "base rate")
        row = int(np.flatnonzero(mine)[0])
        better, worse = data["low"][row] > 0, data["high"][row] < 0
        told[ladder] = "better than" if better else "worse than" if worse else "not told apart from"
    if len(set(told.values())) == 1:
        how = f"{told['attacks']} the base rate on attacks and on answers"
    else:
        how = " and ".join(f"{how} the base rate on {ladder}" for ladder, how in told.items())
    force = int(data["events"][first & (data["ladder"] == "answers")][0])
    return f"One week ahead the model is {how}; {count(force, 'week')} of force to judge by"

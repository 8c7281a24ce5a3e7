"""Worlds beside the first: what the difference did to every measure. Of ``compare``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.argument import Comparison, Comparisons
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import ARMS, Tidy, beside, caption, ink, points
from redline.figures.tables import of_rows
from redline.results import COMPARISON_TABLE, PER_WEEK, find_measure
from redline.support import capital, listed, percent

FURTHEST = 2.0
"""Changes beyond this, of the first world's mean, are drawn at the edge."""

ENDS = ("difference", "low", "high")


def differences_data(worlds: dict[str, Comparison]) -> Tidy:
    """Return a row per measure and world: both means, the difference, and it as a share."""
    table = []
    for world, one in worlds.items():
        rows = one.differences if one.same_horizon else one.comparable()
        for name, row in rows.items():
            if name.removesuffix(PER_WEEK) in COMPARISON_TABLE:
                shown = {end: np.nan if v is None else v for end, v in row._asdict().items()}
                del shown["gain"]
                unit = abs(row.first) or np.nan
                parts = {f"relative_{end}": shown[end] / unit for end in ENDS}
                table.append({"world": world, "measure": name, **shown, **parts})
    return of_rows(table)


def plot_differences(data: Tidy, ax: Axes) -> None:
    """Draw every measure's difference, of the first world's mean, with its interval."""
    names = list(dict.fromkeys(data["measure"].tolist()))
    worlds = list(dict.fromkeys(data["world"].tolist()))
    reach = np.nanmax(
        np.abs([data["relative_low"], data["relative_high"], data["relative_difference"]])
    )
    furthest = min(FURTHEST, max(0.05, 1.1 * reach)) if np.isfinite(reach) else FURTHEST
    ax.axvline(0, color=ink(), linewidth=1)
    for row, (world, name) in enumerate(zip(data["world"], data["measure"], strict=True)):
        place = worlds.index(world)
        y = len(names) - 1 - names.index(name) + 0.6 * (0.5 - (place + 0.5) / len(worlds))
        colour = ARMS[place % len(ARMS)]
        ends = np.clip([data["relative_low"][row], data["relative_high"][row]], -furthest, furthest)
        ax.plot(ends, [y, y], color=colour, linewidth=0.25 * points())
        x = np.clip(data["relative_difference"][row], -furthest, furthest)
        label = world if name == names[0] else None
        ax.plot([x], [y], "o", color=colour, markersize=0.7 * points(), label=label)
        if len(worlds) == 1:
            told = f"{data['first'][row]:.3g} → {data['second'][row]:.3g}"
            beside(ax, told, (1.0, y), (5, 0), 0.8, xycoords=("axes fraction", "data"), va="center")
    ax.set_yticks(range(len(names)), [_words(name) for name in reversed(names)])
    ax.set_xlim(-1.05 * furthest, 1.05 * furthest)
    ax.xaxis.set_major_formatter(lambda value, _: _change(value) if value else "0")
    ax.set_xlabel("second minus first, of the first world's mean")
    ax.tick_params(axis="y", length=0)
    if len(worlds) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=min(2, len(worlds)), frameon=False)


def _clipped(data: Tidy) -> str:
    """Return that some of it is drawn at the edge, if it is."""
    beyond = bool((np.abs(data["relative_difference"]) > FURTHEST).any())
    return f" Beyond ±{100 * FURTHEST:.0f} %: at the edge." if beyond else ""


def _words(name: str) -> str:
    return capital(find_measure(name).words)


def _change(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "−")


def differences_finding(worlds: dict[str, Comparison]) -> str:
    """Return a sentence for what changed most, and for what did not."""
    told = []
    for world, one in worlds.items():
        rows = one.differences if one.same_horizon else one.comparable()
        sure = {
            name: row.difference / (abs(row.first) or 1.0)
            for name, row in rows.items()
            if name.removesuffix(PER_WEEK) in COMPARISON_TABLE
            and row.low is not None
            and row.high is not None
            and (row.low > 0 or row.high < 0)
        }
        most = sorted(sure, key=lambda name: -abs(sure[name]))[:2]
        changed = listed([f"{find_measure(name).words} {_change(sure[name])}" for name in most])
        war = one.shares["confrontation"]
        if war.low is not None and war.high is not None and (war.low > 0 or war.high < 0):
            shares = f"war {percent(war.first)} → {percent(war.second)}"
            changed = f"{shares}, {changed}" if most else shares
        told.append(f"{world}: {changed or 'no statistically clear difference'}")
    return "; ".join(told)


def draw_comparison(found: Comparison | Comparisons, style: str = "paper") -> Drawn:
    """Return the differences of one or several worlds from the first as a figure."""
    several = list(found) if isinstance(found, Comparisons) else [found]
    labels = found.labels if isinstance(found, Comparisons) else found.labels[1:]
    worlds = dict(zip(labels, several, strict=True))
    data = differences_data(worlds)
    first = several[0]
    how = "paired by common chance" if first.paired else "of independent samples"
    about = caption(
        f"{listed(list(worlds))} beside {first.labels[0]}: differences {how}, "
        f"{first.replicates:,} replicates, seed {first.seed}",
        f"Marks: the difference of means; lines: its 95 % interval.{_clipped(data)}"
        + (" Beside them both means." if len(worlds) == 1 else ""),
    )

    def paint(figure: Figure) -> None:
        plot_differences(data, figure.subplots())

    tables = {"comparison": data}
    return on_a_page("comparison", differences_finding(worlds), about, tables, paint, 1.2, style)

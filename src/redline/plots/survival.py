"""Time to open confrontation: Kaplan-Meier curves with bands, numbers at risk, log-rank."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from redline.outcomes import Distribution
from redline.plots.style import Tidy, arm, dashes, part, percent, percent_axis, points, short
from redline.state import Outcome
from redline.words import count


def survival_data(arms: Mapping[str, Distribution]) -> Tidy:
    """Return a row per arm and step of its Kaplan-Meier curve: week, share, low, high, at_risk."""
    columns: dict[str, list[np.ndarray]] = {}
    for label, run in arms.items():
        curve = run.survival()
        rows = {
            "arm": np.full(len(curve.weeks), label),
            "week": curve.weeks,
            "share": curve.share,
            "low": curve.low,
            "high": curve.high,
            "at_risk": curve.at_risk,
        }
        for name, values in rows.items():
            columns.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def logrank_data(arms: Mapping[str, Distribution]) -> Tidy:
    """Return a row per arm after the first: the log-rank test of it against the first.

    Columns: arm, against, statistic, p. The test takes the arms for independent; where they
    share their chance, p is too large rather than too small for effects of one sign.

    References
    ----------
    Mantel (1966), *Cancer Chemotherapy Reports* 50(3).
    """
    from scipy.stats import CensoredData, logrank

    def times(run: Distribution) -> "CensoredData":
        lived = run.column("weeks_lived").astype(np.float64)
        war = run.column("class") == Outcome.CONFRONTATION
        return CensoredData(uncensored=lived[war], right=lived[~war])

    labels = list(arms)
    found = []
    for label in labels[1:]:
        pair = (arms[labels[0]], arms[label])
        wars = [(run.column("class") == Outcome.CONFRONTATION).any() for run in pair]
        if any(wars):
            test = logrank(times(arms[labels[0]]), times(arms[label]))
            found.append((test.statistic, test.pvalue))
        else:
            found.append((0.0, 1.0))  # without a single war the test is undefined
    return {
        "arm": np.array(labels[1:], dtype=str),
        "against": np.full(len(found), labels[0]),
        "statistic": np.array([row[0] for row in found]),
        "p": np.array([row[1] for row in found]),
    }


def plot_survival(data: Tidy, ax: Axes) -> None:
    """Draw the share of replicates still without war: bands, names at the ends, at-risk rows."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    last = data["week"].max()
    ends = []
    for place, name in enumerate(arms):
        mine = data["arm"] == name
        week, share = data["week"][mine], data["share"][mine]
        colour = arm(place)
        ax.fill_between(
            week, data["low"][mine], data["high"][mine], step="post", color=colour, alpha=0.22,
            linewidth=0,
        )  # fmt: skip
        ax.step(week, share, where="post", color=colour, linestyle=dashes(place))
        ends.append((float(share[-1]), name, colour))
    ends.sort(key=lambda end: -end[0])
    marks = np.unique(np.linspace(0, last, 5).round())
    lines = [f"{mark:.0f}" for mark in marks]
    for _, name, _ in ends:
        mine = data["arm"] == name
        index = np.searchsorted(data["week"][mine], marks, side="left")
        counts = np.append(data["at_risk"][mine], 0)[index]
        lines = [f"{line}\n{count:,}" for line, count in zip(lines, counts, strict=True)]
    ax.set_xticks(marks, lines)
    ax.set_xlim(0, last)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(percent_axis())
    rows = "replicates at risk" if len(arms) == 1 else "at risk, a row each in the names' order"
    ax.set_xlabel(f"weeks lived; {rows}")
    ax.set_ylabel("share without war")
    _name_ends(ax, ends, len(arms))


def _name_ends(ax: Axes, ends: list[tuple[float, str, str]], arms: int) -> None:
    """Name the curves to the right of their ends, moved apart where these are close."""
    height = 72 * float(ax.get_figure().get_figheight()) * 0.42  # type: ignore[union-attr]
    step = 1.25 * points() / height
    top = 1.02
    for share, name, colour in ends:
        y = min(share, top)
        top = y - step
        words = percent(share) if arms == 1 else f"{short(name)}: {percent(share)}"
        ax.annotate(
            words,
            (1.0, share / 1.02),
            xycoords="axes fraction",
            xytext=(1.02, y / 1.02),
            textcoords="axes fraction",
            color=colour,
            va="center",
            fontsize=0.9 * points(),
            fontweight="bold",
        )


def survival_finding(data: Tidy) -> str:
    """Return a sentence for the shares still without war at the end."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    last = {arm: float(data["share"][data["arm"] == arm][-1]) for arm in arms}
    started = {name: int(data["at_risk"][data["arm"] == name][0]) for name in arms}
    if len(arms) == 1 and last[arms[0]] == 1:
        return f"None of {count(started[arms[0]], 'replicate')} ends in war in {_weeks(data)}"
    if len(arms) == 1:
        number = started[arms[0]]
        left = part(round(number * last[arms[0]]), number)
        return f"{left} are without war after {_weeks(data)}"
    best, worst = max(arms, key=lambda a: last[a]), min(arms, key=lambda a: last[a])
    if last[best] == last[worst]:
        return f"{percent(last[best])} of replicates are without war at the end of every arm"
    same = sum(share == last[best] for share in last.values())
    most = short(best) if same == 1 else f"{same} of {len(arms)} arms"
    return f"Without war at the end: {percent(last[worst])} of {short(worst)}, " + (
        f"{percent(last[best])} of {most}"
    )


def _weeks(data: Tidy) -> str:
    return count(int(data["week"].max()), "week")

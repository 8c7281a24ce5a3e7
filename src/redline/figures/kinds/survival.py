"""Time to open confrontation: Kaplan-Meier curves with bands, numbers at risk, tests of arms.

Arms of different seeds are independent: they have the log-rank test. Arms that are the same
replicates under the same chance are not, and have paired differences of the share with war.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from redline.argument import common_replicates, share_gap
from redline.figures.captions import caption_of, common_chance, compared, finished, unlike
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import Tidy, arm, dashes, new_figure, part, percent_axis, points, short
from redline.figures.subjects import Subject
from redline.figures.tables import of_rows, stacked
from redline.results import Distribution, Replicates
from redline.support import count, percent
from redline.theory import Outcome


def survival_data(arms: Mapping[str, Distribution]) -> Tidy:
    """Return a row per arm and step of its Kaplan-Meier curve: week, share, low, high, at_risk."""
    return stacked(
        {
            "arm": np.full(len(curve.weeks), label),
            "week": curve.weeks,
            **{name: getattr(curve, name) for name in ("share", "low", "high", "at_risk")},
        }
        for label, curve in ((label, run.survival()) for label, run in arms.items())
    )


def logrank_data(arms: Mapping[str, Distribution]) -> Tidy:
    """Return a row per arm after the first: the log-rank test of it against the first.

    Columns: arm, against, statistic, p. The test takes the arms for independent: it is not for
    arms that share their chance, for which there is `differences_data`.

    References
    ----------
    Mantel (1966), *Cancer Chemotherapy Reports* 50(3).
    """
    from scipy.stats import CensoredData, logrank

    def times(run: Distribution) -> "CensoredData":
        weeks = run.column("weeks_lived").astype(np.float64)
        war = run.column("class") == Outcome.CONFRONTATION
        return CensoredData(uncensored=weeks[war], right=weeks[~war])

    (against, first), *others = ((label, times(run)) for label, run in arms.items())
    rows = []
    for label, other in others:
        statistic, p = 0.0, 1.0  # without a single war the test is undefined
        if first.num_censored() < len(first) or other.num_censored() < len(other):
            test = logrank(first, other)
            statistic, p = test.statistic, test.pvalue
        rows.append({"arm": label, "against": against, "statistic": statistic, "p": p})
    return of_rows(rows)


def wars(run: Distribution, weeks: int) -> NDArray[np.bool_]:
    """Return which replicates end in war within so many weeks: (R,)."""
    war = run.column("class") == Outcome.CONFRONTATION
    return np.asarray(war & (run.column("weeks_lived") <= weeks))


def differences_data(
    against: str, pairs: Mapping[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]
) -> Tidy:
    """Return a row per arm: its share with war less that of another arm, paired.

    Columns: arm, against, replicates, difference, low, high (95 %, Newcombe's, paired).

    Parameters
    ----------
    pairs
        By arm, which of the replicates that both have end in war: in the arm `against` which
        it is compared, and in the arm itself; (R,) each.
    """
    gaps = {label: share_gap(*pair, paired=True) for label, pair in pairs.items()}
    return of_rows(
        {
            "arm": label,
            "against": against,
            "replicates": len(pairs[label][0]),
            "difference": gap.difference,
            "low": gap.low,
            "high": gap.high,
        }
        for label, gap in gaps.items()
    )


def differences_words(data: Tidy) -> str:
    """Return paired differences in words, in percentage points."""
    names = ("arm", "difference", "low", "high")
    return ", ".join(
        f"{short(str(arm))} {100 * gap:+.1f} ({100 * low:.1f} to {100 * high:.1f})"
        for arm, gap, low, high in zip(*(data[name] for name in names), strict=True)
    )


def plot_survival(data: Tidy, ax: Axes) -> None:
    """Draw the share of replicates still without war: bands, names at the ends, at-risk rows."""
    arms = list(dict.fromkeys(data["arm"].tolist()))
    last = data["week"].max()
    ends = []
    for place, name in enumerate(arms):
        mine = data["arm"] == name
        week, share = data["week"][mine], data["share"][mine]
        colour = arm(place)
        low = data["low"][mine].copy()
        low[0] = low[1] if len(low) > 1 else low[0]  # none ended yet: not that none could have
        ax.fill_between(
            week, low, data["high"][mine], step="post", color=colour, alpha=0.22, linewidth=0
        )
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
    ax.yaxis.set_major_formatter(percent_axis())
    rows = "replicates at risk" if len(arms) == 1 else "at risk, a row each in the names' order"
    ax.set(xlim=(0, last), ylim=(0, 1.02))
    ax.set(xlabel=f"weeks; {rows}", ylabel="share without war")
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
        ax.text(
            1.02, y / 1.02, words, transform=ax.transAxes, color=colour, va="center",
            fontsize=0.9 * points(), fontweight="bold",
        )  # fmt: skip


def survival_finding(data: Tidy, within: int | None = None) -> str:
    """Return a sentence for the shares still without war at the end, or after some weeks.

    Arms of unequal horizons are told after the weeks that all of them have.
    """
    arms = list(dict.fromkeys(data["arm"].tolist()))
    reached = data["week"] <= (np.inf if within is None else within)
    last = {  # products of shares: equal ones may differ by rounding
        arm: round(float(data["share"][reached & (data["arm"] == arm)][-1]), 12) for arm in arms
    }
    started = {name: int(data["at_risk"][data["arm"] == name][0]) for name in arms}
    if len(arms) == 1 and last[arms[0]] == 1:
        return f"None of {count(started[arms[0]], 'replicate')} ends in war in {_weeks(data)}"
    if len(arms) == 1:
        number = started[arms[0]]
        left = part(round(number * last[arms[0]]), number)
        return f"{left} are without war after {_weeks(data)}"
    best, worst = max(arms, key=lambda a: last[a]), min(arms, key=lambda a: last[a])
    when = "at the end" if within is None else f"after {count(within, 'week')}"
    if last[best] == last[worst]:
        where = "of every arm" if within is None else "in every arm"
        return f"{percent(last[best])} of replicates are without war {when} {where}"
    same = sum(share == last[best] for share in last.values())
    most = short(best) if same == 1 else f"{same} of {len(arms)} arms"
    least = f"{percent(last[worst])} of {short(worst)}"
    return f"Without war {when}: {least}, {percent(last[best])} of {most}"


def _weeks(data: Tidy) -> str:
    return count(int(data["week"].max()), "week")


def draw_survival(request: Request) -> Drawn:
    """Return the curves of a subject or of arms, with the tests that suit these."""
    data = survival_data(request.arms)
    figure = new_figure(request.size)
    plot_survival(data, figure.subplots())
    note = "Kaplan-Meier; bands: uncertainty, 95 %, log-log (Wilson where none or all ended)."
    tables = {"survival": data}
    if len(request.arms) > 1:
        note += f" {common_chance(request.subjects)}"
        for name, table, words in _tests(request.subjects):
            tables[name] = table
            note += f" {words}"
    within = min(request.horizons) if len(request.horizons) > 1 else None
    title = compared(request, survival_finding(data, within))
    return finished(request, figure, title, caption_of(request, note), **tables)


def _tests(subjects: Sequence[Subject]) -> list[tuple[str, Tidy, str]]:
    """Return how arms differ from the first in war: by name, a table and words for the caption.

    Arms that share replicates with the first are no independent samples, as the log-rank test
    takes them to be: they have paired differences instead.
    """
    reference, *others = subjects
    against, found = short(reference.label), []
    weeks = min(subject.scenario.weeks for subject in subjects)
    first, pairs, apart = reference.results, {}, {reference.label: reference.results}
    for label, run in ((other.label, other.results) for other in others):
        if numbers := common_replicates(first, run):
            pairs[label] = _wars(first, numbers, weeks), _wars(run, numbers, weeks)
        else:
            apart[label] = run
    if pairs:
        table = differences_data(reference.label, pairs)
        within = f" within {count(weeks, 'week')}" if unlike(subjects) else ""
        words = (
            f"Share with war{within} less that of {against}, in points, paired, 95 %: "
            f"{differences_words(table)}. No log-rank test: it takes arms for "
            "independent, and these are the same replicates."
        )
        found.append(("differences", table, words))
    if len(apart) > 1:
        table = logrank_data(apart)
        told = zip(table["arm"], table["p"], strict=True)
        listing = ", ".join(f"{short(str(name))} p {_p(p)}" for name, p in told)
        found.append(("logrank", table, f"Log-rank against {against}: {listing}."))
    return found


def _wars(run: Replicates, numbers: range, weeks: int) -> NDArray[np.bool_]:
    """Return which of some replicates end in war within so many weeks."""
    return wars(run, weeks)[numbers.start - run.first : numbers.stop - run.first]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


KIND = Kind(
    about="time to open confrontation, with numbers at risk",
    place=7,
    draw=draw_survival,
    arms=True,
    takes=("by",),
    in_sweep=4,
)

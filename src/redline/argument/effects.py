"""What the conditions of an experiment are about: one function for each kind of effect.

Scenarios come in, are simulated once for all that is asked of them, and are reduced to an
effect with its interval and to notes on it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.argument.experiment_file import ConditionTable
from redline.argument.observations import WEEKS_A_YEAR, Arrays, lived, observed, totals_of
from redline.argument.turning_points import Dial, turning_point
from redline.argument.verdicts import difference, level, relative, share_difference
from redline.case import Scenario, vary
from redline.engine import Trace
from redline.results import BOOTSTRAP_SEED, RESAMPLES, Interval, check_range, survival
from redline.theory import FIRST_CRISIS, RUNGS, Actor, Response, rung_names

STRATA = 100
"""Bins of pressure within which weeks with and without a crossing are compared."""
DRAWN = 37
"""Resamples that are drawn together: bounds memory, and divides their number."""
WAR = "confrontation"


class Lab:
    """Where the arms of an experiment are simulated, each once for all measures that ask for it."""

    def __init__(self, replicates: int, seed: int, workers: int | None = None) -> None:
        check_range(seed, 0, replicates)
        self.replicates = replicates
        self.seed = seed
        self.workers = workers
        self._arms: list[Scenario] = []  # held, so that an id stands for one of them
        self._known: dict[tuple[int, str], tuple[NDArray[Any], NDArray[Any]]] = {}

    def totals(self, scenario: Scenario, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the totals of a measure in a scenario, for every replicate."""
        if (id(scenario), name) in self._known:
            return self._known[id(scenario), name]
        found = self.reduced(scenario, totals_of([name]))
        return found[f"{name}.numerator"], found[f"{name}.denominator"]

    def prepare(self, conditions: Sequence[ConditionTable], arms: Mapping[str, Scenario]) -> None:
        """Simulate every arm once for all the measures that conditions take of it."""
        self._known, self._arms = {}, list(arms.values())
        for name, arm in arms.items():
            wanted = dict.fromkeys(
                condition.measured
                for condition in conditions
                if name in condition.arms and condition.kind in ("level", "difference", "relative")
            )
            if wanted:
                found = self.reduced(arm, totals_of(list(wanted)))
                for one in wanted:
                    self._known[id(arm), one] = (
                        found[f"{one}.numerator"],
                        found[f"{one}.denominator"],
                    )

    def reduced(self, scenario: Scenario, reduction: Callable[[Trace, Scenario], Arrays]) -> Arrays:
        """Return what a reduction makes of a scenario's replicates."""
        return observed(scenario, self.replicates, self.seed, reduction, self.workers)


# Kinds of conditions

Examined = tuple[Interval, dict[str, Any]]


def _level(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    totals = lab.totals(arms[0], condition.measured)
    notes: dict[str, Any] = {}
    if condition.measured == "wars_a_year":
        wars, years = totals
        curve = survival(np.rint(years * WEEKS_A_YEAR), wars == 1)
        half = curve.weeks[curve.share <= 0.5]
        notes["median_weeks"] = float(half[0]) if len(half) else None
        notes["without_war_at_end"] = float(curve.share[-1])
    return level(totals), notes


def _difference(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    first, second = (lab.totals(arm, condition.measured) for arm in arms)
    return difference(first, second), _levels(first, second)


def _relative(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    first, second = (lab.totals(arm, condition.measured) for arm in arms)
    return relative(first, second), _levels(first, second)


def _levels(*totals: tuple[NDArray[Any], NDArray[Any]]) -> dict[str, Any]:
    return {"levels": [level(pair).mean for pair in totals]}


def _matched(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """Grave answers after a crossing against none, at equal pressure before the red line.

    Weeks are compared within bins of pressure_memory·Q + S, Q being last week's, and the
    differences weighted by the crossings of a bin; bins that lack one side are left out.
    Percentile bootstrap over replicates.
    """
    counts = lab.reduced(arms[0], _crossing_counts)["counts"].astype(np.float64)

    def effect(weights: NDArray[Any]) -> NDArray[np.float64]:
        sums = np.tensordot(weights, counts, axes=(-1, 0))  # (…, strata, crossed, [n, grave])
        n, grave = sums[..., 0], sums[..., 1]
        both = (n > 0).all(axis=-1)
        crossed = np.where(both, n[..., 1], 0.0)
        with np.errstate(all="ignore"):
            share = grave / n
            gap = np.where(both, share[..., 1] - share[..., 0], 0.0)
            found: NDArray[np.float64] = (gap * crossed).sum(axis=-1) / crossed.sum(axis=-1)
        return found

    replicates = len(counts)
    mean = float(effect(np.ones(replicates)))
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = np.concatenate(
        [
            effect(rng.multinomial(replicates, np.full(replicates, 1 / replicates), DRAWN))
            for _ in range(RESAMPLES // DRAWN)
        ]
    )
    whole = counts.sum(axis=0)
    matched = (whole[..., 0] > 0).all(axis=-1)
    share = float(whole[matched, 1, 0].sum() / max(whole[:, 1, 0].sum(), 1.0))
    notes = {"crossing_weeks": int(whole[:, 1, 0].sum()), "matched_share": share}
    if not np.isfinite(mean):
        return Interval(None, None, None), notes
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Interval(mean, float(low), float(high)), notes


def _crossing_counts(trace: Trace, scenario: Scenario) -> Arrays:
    """Return weeks and grave answers by pressure and crossing, for every replicate.

    (R, S, 2, 2): replicate, stratum of pressure, without or with a crossing, weeks or answers.
    """
    weeks, mask = trace.weeks, lived(trace)
    before = np.zeros(mask.shape)
    before[:, 1:] = weeks["pressure"][:, :-1]
    felt = scenario.united_states.pressure_memory * before + weeks["severity"]
    stratum = np.minimum((felt / (1.0 + felt) * STRATA).astype(int), STRATA - 1)
    crossed = (weeks["crossings"] > 0).astype(int)
    grave = weeks["response"] >= FIRST_CRISIS
    row = np.broadcast_to(np.arange(len(mask))[:, None], mask.shape)
    counts = np.zeros((len(mask), STRATA, 2, 2), np.int32)
    place = row[mask], stratum[mask], crossed[mask]
    np.add.at(counts[..., 0], place, 1)
    np.add.at(counts[..., 1], place, grave[mask])
    return {"counts": counts}


def _landmark(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """War after a week among those with the most attacks until then, against the rest.

    Only replicates that are alive at the week count: no time that had to be survived is
    ascribed to intensity (Anderson, Cain & Gelber 1983, *J. Clin. Oncol.* 1).
    """
    week, top = condition.week, condition.top
    assert week is not None
    assert top is not None

    def reduction(trace: Trace, scenario: Scenario) -> Arrays:
        until = trace.weeks["attacks"][:, :week].astype(np.int64).sum(axis=(1, 2))
        alive = (trace.lived > week) | ((trace.lived == week) & (trace.over == 0))
        return {"attacks": until, "alive": alive, "war": trace.over == 1}

    found = lab.reduced(arms[0], reduction)
    attacks, war = found["attacks"][found["alive"]], found["war"][found["alive"]]
    if len(attacks) < 2:
        return Interval(None, None, None), {"alive": len(attacks)}
    cut = np.quantile(attacks, 1 - top)
    intense = attacks > cut
    groups = [(int(war[who].sum()), int(who.sum())) for who in (intense, ~intense)]
    notes = {"alive": len(attacks), "cut": float(cut), "groups": groups}
    return share_difference(*groups), notes


def _aftermath(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """Compare the weeks after a first decapitation with the same replicate without it."""
    weeks = condition.weeks
    assert weeks is not None
    first = lab.reduced(arms[0], _first_decapitation)["week"]
    chosen = first >= 0
    if chosen.sum() < 2:
        return Interval(None, None, None), {"replicates": int(chosen.sum())}
    # Only weeks that both histories have: one that ends in war has no aftermath to compare.
    lives = [lab.reduced(arm, _after(first, first + weeks, condition.measured)) for arm in arms]
    last = first + np.min([life["denominator"] for life in lives], axis=0)
    totals = []
    for arm in arms:
        found = lab.reduced(arm, _after(first, last, condition.measured))
        totals.append((found["numerator"][chosen], found["denominator"][chosen]))
    instead = np.bincount(lives[1]["answer"][chosen], minlength=RUNGS)
    names = rung_names(Actor.UNITED_STATES)
    notes = {
        "replicates": int(chosen.sum()),
        "instead": {name: int(n) for name, n in zip(names, instead, strict=True) if n},
        "war": [float(life["war"][chosen].mean()) for life in lives],
        **_levels(*totals),
    }
    return relative(totals[0], totals[1]), notes


def _first_decapitation(trace: Trace, scenario: Scenario) -> Arrays:
    struck = (trace.weeks["response"] == Response.DECAPITATION) & lived(trace)
    return {"week": np.where(struck.any(axis=1), struck.argmax(axis=1), -1)}


def _after(
    first: NDArray[np.int64], last: NDArray[np.int64], name: str
) -> Callable[[Trace, Scenario], Arrays]:
    """Return the reduction to the weeks after `first` up to `last`, of each replicate: (R,) each.

    ``answer`` is the response in the first week, ``war`` whether the replicate ends in it.
    """

    def reduction(trace: Trace, scenario: Scenario) -> Arrays:
        rows = slice(trace.first, trace.first + len(trace.lived))
        start, end = first[rows, None], last[rows, None]
        number = np.arange(trace.weeks.shape[1])
        window = (number > start) & (number <= end) & lived(trace) & (start >= 0)
        if name == "control":
            values = trace.weeks["control"]
        else:
            attacks = trace.weeks["attacks"]
            values = attacks[:, :, 2] if name == "assaults" else attacks.sum(axis=2)
        answer = trace.weeks["response"][np.arange(len(start)), np.maximum(start[:, 0], 0)]
        return {
            "numerator": (values * window).sum(axis=1),
            "denominator": window.sum(axis=1),
            "answer": answer.astype(int),
            "war": trace.over == 1,
        }

    return reduction


def _frontier(condition: ConditionTable, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """War where a dial is as low as holds war at the bound, and something else is taken away."""
    assert condition.dial is not None
    assert condition.without is not None
    dial = Dial(tuple(condition.dial), arms[0])
    bound = condition.threshold

    def war(value: float) -> Interval:
        return level(lab.totals(dial.turned(value), WAR))

    turn = turning_point(war, bound, 0.0, 1.0)
    notes: dict[str, Any] = {"frontier": turn.to_dict(dial), "dial": list(dial.addresses)}
    where = turn.value
    if where is None:  # the bound holds everywhere on the dial, or nowhere
        where = 0.0 if turn.at_low == "supported" else 1.0
    held = vary(dial.turned(where), condition.without)
    return level(lab.totals(held, WAR)), notes


KINDS: dict[str, Callable[[ConditionTable, Sequence[Scenario], Lab], Examined]] = {
    "level": _level,
    "difference": _difference,
    "relative": _relative,
    "matched": _matched,
    "landmark": _landmark,
    "aftermath": _aftermath,
    "frontier": _frontier,
}

"""The argument, claim by claim: run an experiment, give its verdict, find where it turns."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument.experiment_file import Condition, Experiment, Test
from redline.argument.observations import WEEKS_A_YEAR, Arrays, lived, observed, totals_of
from redline.argument.verdicts import (
    Threshold,
    Verdict,
    difference,
    level,
    relative,
    share_difference,
    together,
    verdict,
)
from redline.case import Scenario, parameter_at, value_at, vary
from redline.engine import Trace
from redline.results import BOOTSTRAP_SEED, RESAMPLES, Interval, check_range, survival
from redline.support import InputError, built_in, nearest
from redline.theory import FIRST_CRISIS, RUNGS, Actor, Response, rung_names

STRATA = 100
"""Bins of pressure within which weeks with and without a crossing are compared."""
DRAWN = 37
"""Resamples that are drawn together: bounds memory, and divides their number."""
DIAL_STEPS = 12
CURVE_POINTS = 9
"""Values looked at before bisection, for the curve and to bracket the first turn."""
WAR = "confrontation"


@dataclass(frozen=True)
class Finding:
    """What became of one condition."""

    effect: Interval
    threshold: Threshold
    verdict: Verdict
    kind: str
    measure: str
    label: str
    judged: bool
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row of the ledger: a test, its verdict, and what is left without its mechanism."""

    claim: str
    question: str
    says: str
    paragraphs: tuple[int, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    mechanism: "Row | None"
    mechanism_name: str | None
    n: int
    seconds: float

    @property
    def holds(self) -> bool | None:
        """Whether every judged effect is as claimed, whatever its interval; None if one lacks."""
        judged = [finding for finding in self.findings if finding.judged]
        if any(finding.effect.mean is None for finding in judged):
            return None
        return all(finding.threshold.met(finding.effect.mean or 0.0) for finding in judged)

    @property
    def effect(self) -> Interval:
        """The effect of the condition in front."""
        return self.findings[0].effect

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of the row."""
        off = self.mechanism
        return {
            "claim": self.claim,
            "question": self.question,
            "says": self.says,
            "paragraphs": list(self.paragraphs),
            "effect": self.effect.mean,
            "low": self.effect.low,
            "high": self.effect.high,
            "verdict": self.verdict,
            "mechanism": None
            if off is None
            else {
                "name": self.mechanism_name,
                "effect": off.effect.mean,
                "low": off.effect.low,
                "high": off.effect.high,
                "verdict": off.verdict,
            },
            "n": self.n,
            "seconds": self.seconds,
            "conditions": [
                {
                    "kind": finding.kind,
                    "measure": finding.measure,
                    "label": finding.label,
                    "threshold": str(finding.threshold),
                    "effect": finding.effect.mean,
                    "low": finding.effect.low,
                    "high": finding.effect.high,
                    "verdict": finding.verdict,
                    "judged": finding.judged,
                    **finding.notes,
                }
                for finding in self.findings
            ],
        }


class Lab:
    """Where the arms of an experiment are lived, each once for all measures that ask for it."""

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

    def prepare(self, conditions: Sequence[Condition], arms: Mapping[str, Scenario]) -> None:
        """Live every arm once for all the measures that conditions take of it."""
        self._known, self._arms = {}, list(arms.values())
        for name, arm in arms.items():
            wanted = dict.fromkeys(
                condition.measure
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


def ledger_names() -> list[str]:
    """Return the experiments of the argument, C1 to C13 and Q14, in their order."""
    names = [name for name in built_in("experiments") if name[0] in "cq"]
    return sorted(names, key=lambda name: int(name[1:].split("_")[0]))


def run_experiment(
    experiment: Experiment,
    replicates: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    mechanisms: bool = True,
) -> list[Row]:
    """Run every test of an experiment, with its mechanism on and, by default, off.

    Raises
    ------
    InputError
        For numbers out of range.
    """
    count = replicates or experiment.replicates
    lab = Lab(count, seed, workers)
    return [_row(experiment, test, lab, mechanisms) for test in experiment.tests]


def _row(experiment: Experiment, test: Test, lab: Lab, mechanisms: bool) -> Row:
    began = time.perf_counter()
    off = None
    if mechanisms and experiment.mechanism and test.mechanism:
        off = _judged(experiment, test, experiment.without_mechanism(), lab, None, began)
    return _judged(experiment, test, experiment.arms, lab, off, began)


def _judged(
    experiment: Experiment,
    test: Test,
    arms: Mapping[str, Scenario],
    lab: Lab,
    off: Row | None,
    began: float,
) -> Row:
    lab.prepare(test.conditions, arms)
    findings = tuple(examine(condition, arms, lab) for condition in test.conditions)
    return Row(
        claim=test.name,
        question=experiment.question,
        says=test.says,
        paragraphs=experiment.paragraphs,
        findings=findings,
        verdict=together([finding.verdict for finding in findings if finding.judged]),
        mechanism=off,
        mechanism_name=experiment.mechanism[0] if off and experiment.mechanism else None,
        n=lab.replicates,
        seconds=time.perf_counter() - began,
    )


def examine(condition: Condition, arms: Mapping[str, Scenario], lab: Lab) -> Finding:
    """Return the effect of a condition, and whether it is as claimed."""
    effect, notes = KINDS[condition.kind](condition, [arms[name] for name in condition.arms], lab)
    return Finding(
        effect,
        condition.threshold,
        verdict(effect, condition.threshold),
        condition.kind,
        condition.measure,
        condition.label,
        condition.judged,
        notes,
    )


# Kinds of conditions

Examined = tuple[Interval, dict[str, Any]]


def _level(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    above, below = lab.totals(arms[0], condition.measure)
    notes: dict[str, Any] = {}
    if condition.measure == "wars_a_year":
        weeks = np.rint(below * WEEKS_A_YEAR)
        curve = survival(weeks, above == 1)
        half = curve.weeks[curve.share <= 0.5]
        notes["median_weeks"] = float(half[0]) if len(half) else None
        notes["without_war_at_end"] = float(curve.share[-1])
    return level((above, below)), notes


def _difference(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    first, second = (lab.totals(arm, condition.measure) for arm in arms)
    return difference(first, second), _levels(first, second)


def _relative(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    first, second = (lab.totals(arm, condition.measure) for arm in arms)
    return relative(first, second), _levels(first, second)


def _levels(*totals: tuple[NDArray[Any], NDArray[Any]]) -> dict[str, Any]:
    return {"levels": [level(pair).mean for pair in totals]}


def _matched(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
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
        with np.errstate(all="ignore"):
            share = grave / n
            gap = np.where(both, share[..., 1] - share[..., 0], 0.0)
        crossed = np.where(both, n[..., 1], 0.0)
        with np.errstate(all="ignore"):
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


def _landmark(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """War after a week among those with the most attacks until then, against the rest.

    Only replicates that are alive at the week count: no time that had to be survived is
    ascribed to intensity (Anderson, Cain & Gelber 1983, *J. Clin. Oncol.* 1).
    """
    week, top = condition.table.week, condition.table.top
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


def _aftermath(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """Compare the weeks after a first decapitation with the same replicate without it."""
    weeks = condition.table.weeks
    assert weeks is not None
    first = lab.reduced(arms[0], _first_decapitation)["week"]
    chosen = first >= 0
    if chosen.sum() < 2:
        return Interval(None, None, None), {"replicates": int(chosen.sum())}
    # Only weeks that both histories lived: one that ends in war has no aftermath to compare.
    lives = [lab.reduced(arm, _after(first, first + weeks, condition.measure)) for arm in arms]
    last = first + np.min([life["below"] for life in lives], axis=0)
    totals = []
    for arm in arms:
        found = lab.reduced(arm, _after(first, last, condition.measure))
        totals.append((found["above"][chosen], found["below"][chosen]))
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
            "above": (values * window).sum(axis=1),
            "below": window.sum(axis=1),
            "answer": answer.astype(int),
            "war": trace.over == 1,
        }

    return reduction


def _frontier(condition: Condition, arms: Sequence[Scenario], lab: Lab) -> Examined:
    """War where a dial is as low as holds war at the bound, and something else is taken away."""
    assert condition.table.dial is not None
    assert condition.table.without is not None
    dial = Dial(tuple(condition.table.dial), arms[0])
    bound = condition.threshold

    def war(value: float) -> Interval:
        return level(lab.totals(dial.turned(value), WAR))

    turn = turning_point(war, bound, 0.0, 1.0)
    notes: dict[str, Any] = {"frontier": turn.to_dict(dial), "dial": list(dial.addresses)}
    where = turn.value
    if where is None:  # the bound holds everywhere on the dial, or nowhere
        where = 0.0 if turn.at_low == "supported" else 1.0
    held = vary(dial.turned(where), condition.table.without)
    return level(lab.totals(held, WAR)), notes


KINDS: dict[str, Callable[[Condition, Sequence[Scenario], Lab], Examined]] = {
    "level": _level,
    "difference": _difference,
    "relative": _relative,
    "matched": _matched,
    "landmark": _landmark,
    "aftermath": _aftermath,
    "frontier": _frontier,
}


# Where a verdict turns


class Dial(NamedTuple):
    """Addresses that are scaled together; 1 is where a scenario has them."""

    addresses: tuple[str, ...]
    scenario: Scenario

    def turned(self, scale: float) -> Scenario:
        """Return the scenario with every address at a share of its value."""
        values = {a: scale * value_at(self.scenario.document, a) for a in self.addresses}
        return vary(self.scenario, values)

    def value(self, scale: float) -> float:
        """Return the value of the first address at a share of it."""
        return float(scale * value_at(self.scenario.document, self.addresses[0]))


def boundary(
    experiment: Experiment,
    address: str | None = None,
    span: tuple[float, float] | None = None,
    replicates: int | None = None,
    seed: int = 1,
) -> "list[tuple[Condition, str, Turn]]":
    """Return where the effect of every judged condition passes its threshold along an address.

    A verdict turns where the first of them does. Each entry is a condition, what to call it,
    and its turn.

    Parameters
    ----------
    address
        ``ADDRESS`` for every arm, after the arm's own changes, or ``ARM:ADDRESS`` for one;
        by default what the file says.
    span
        From where to where; what the file says, or the parameter's plausible range.

    Raises
    ------
    InputError
        For an address or an arm that does not exist, or none to be had.
    """
    declared = experiment.boundary
    if address is None:
        if declared is None:
            raise InputError(f"{experiment.name}: names no boundary: give an ADDRESS")
        address = declared.address
    arm, _, plain = address.rpartition(":")
    if arm and arm not in experiment.arms:
        raise InputError(f"{experiment.name}: no arm {arm}{nearest(arm, experiment.arms)}")
    some = experiment.arms[arm] if arm else next(iter(experiment.arms.values()))
    note = parameter_at(some.document, plain)
    if span is None and declared and declared.address == address:
        span = (declared.from_, declared.to)
    low, high = span or note.plausible
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InputError(f"a boundary is looked for from A to a greater B, not {low:g} to {high:g}")
    lab = Lab(replicates or experiment.replicates, seed)

    def turned(value: float) -> dict[str, Scenario]:
        return {
            name: vary(scenario, {plain: value}) if arm in ("", name) else scenario
            for name, scenario in experiment.arms.items()
        }

    found = []
    for test in experiment.tests:
        judged = [condition for condition in test.conditions if condition.judged]
        for condition in judged:
            name = test.name if len(judged) == 1 else f"{test.name} ({condition.label})"

            def effect(value: float, condition: Condition = condition) -> Interval:
                return examine(condition, turned(value), lab).effect

            turn = turning_point(effect, condition.threshold, low, high)
            found.append((condition, name, turn))
    return found


class Turn(NamedTuple):
    """Where an effect passes its threshold, with its interval; None if it does not."""

    value: float | None
    low: float | None
    high: float | None
    at_low: Verdict
    at_high: Verdict
    curve: tuple[tuple[float, Interval], ...]
    turns: int = 1
    """How often the effect passes its threshold; what is told is the first time."""

    def to_dict(self, dial: Dial | None = None) -> dict[str, Any]:
        """Return it for JSON; of a dial, as values of its first address and as scales."""
        found: dict[str, Any] = {"at_low": self.at_low, "at_high": self.at_high}
        if not dial:
            found["turns"] = self.turns
        for name in ("value", "low", "high"):
            scale = getattr(self, name)
            found[name] = dial.value(scale) if dial and scale is not None else scale
            if dial:
                found[f"{name}_scale"] = scale
        return found


def turning_point(
    effect: Callable[[float], Interval],
    threshold: Threshold,
    low: float,
    high: float,
    steps: int = DIAL_STEPS,
) -> Turn:
    """Return where an effect passes its threshold between two values of a parameter.

    Bisection, on the same chance everywhere. The interval is from where the effect's interval
    begins to hold the threshold to where it ceases to: within it the verdict is undecided.
    """
    known: dict[float, Interval] = {}

    def at(value: float) -> Interval:
        if value not in known:
            known[value] = effect(value)
        return known[value]

    for value in np.linspace(low, high, CURVE_POINTS):
        at(float(value))
    ends = [verdict(at(end), threshold) for end in (low, high)]
    grid = sorted(known)

    def beyond(value: float, which: str) -> bool | None:
        found = getattr(at(value), which)
        return None if found is None else bool(found > threshold.value)

    def crossings(which: str) -> list[float]:
        """Return where one bound of the effect passes the threshold, in order."""
        found = []
        for start, end in pairwise(grid):
            a, b = start, end
            left, right = beyond(a, which), beyond(b, which)
            if left is None or right is None or left == right:
                continue
            for _ in range(steps):
                middle = (a + b) / 2
                a, b = (middle, b) if beyond(middle, which) == left else (a, middle)
            found.append((a + b) / 2)
        return found

    means = crossings("mean")
    if not means:
        return Turn(None, None, None, ends[0], ends[1], tuple(sorted(known.items())), 0)
    value = means[0]
    sides = [side for which in ("low", "high") for side in crossings(which)]
    below = [side for side in sides if side <= value]
    above = [side for side in sides if side >= value]
    return Turn(
        value,
        max(below) if below else None,
        min(above) if above else None,
        ends[0],
        ends[1],
        tuple(sorted(known.items())),
        len(means),
    )

"""The argument, claim by claim: run an experiment, give its verdict, find where it turns."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from redline.argument.effects import KINDS, Lab
from redline.argument.experiment_file import ConditionTable, Experiment, Test
from redline.argument.turning_points import Turn, turning_point
from redline.argument.verdicts import Threshold, Verdict, together, verdict
from redline.case import Scenario, parameter_at, vary
from redline.results import Interval
from redline.support import InputError, built_in, nearest


@dataclass(frozen=True)
class Finding:
    """What became of one condition."""

    condition: ConditionTable
    effect: Interval
    verdict: Verdict
    notes: dict[str, Any]

    @property
    def threshold(self) -> Threshold:
        """What is claimed of the effect."""
        return self.condition.threshold

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        about = self.condition
        return {
            "kind": about.kind,
            "measure": about.measured,
            "label": about.label,
            "threshold": str(self.threshold),
            **_found(self.effect, self.verdict),
            "judged": about.judged,
            **self.notes,
        }


def _found(effect: Interval, verdict: Verdict) -> dict[str, Any]:
    """Return an effect, its interval and its verdict as JSON has them."""
    return {"effect": effect.mean, "low": effect.low, "high": effect.high, "verdict": verdict}


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
        judged = [finding for finding in self.findings if finding.condition.judged]
        if any(finding.effect.mean is None for finding in judged):
            return None
        return all(one.threshold.met(one.effect.mean or 0.0) for one in judged)

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
            **_found(self.effect, self.verdict),
            "mechanism": off and {"name": self.mechanism_name, **_found(off.effect, off.verdict)},
            "n": self.n,
            "seconds": self.seconds,
            "conditions": [finding.to_dict() for finding in self.findings],
        }


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
        verdict=together([finding.verdict for finding in findings if finding.condition.judged]),
        mechanism=off,
        mechanism_name=experiment.mechanism[0] if off and experiment.mechanism else None,
        n=lab.replicates,
        seconds=time.perf_counter() - began,
    )


def examine(condition: ConditionTable, arms: Mapping[str, Scenario], lab: Lab) -> Finding:
    """Return the effect of a condition, and whether it is as claimed."""
    effect, notes = KINDS[condition.kind](condition, [arms[name] for name in condition.arms], lab)
    return Finding(condition, effect, verdict(effect, condition.threshold), notes)


def boundary(
    experiment: Experiment,
    address: str | None = None,
    span: tuple[float, float] | None = None,
    replicates: int | None = None,
    seed: int = 1,
) -> "list[tuple[ConditionTable, str, Turn]]":
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

            def effect(value: float, condition: ConditionTable = condition) -> Interval:
                return examine(condition, turned(value), lab).effect

            turn = turning_point(effect, condition.threshold, low, high)
            found.append((condition, name, turn))
    return found

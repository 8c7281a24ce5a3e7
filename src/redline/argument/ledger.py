"""The argument, claim by claim: run an experiment, give its verdict, find where it turns."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from redline.argument.effects import KINDS, Lab
from redline.argument.experiment_file import ConditionTable, Experiment, Test
from redline.argument.turning_points import Turn, turning_point
from redline.argument.verdicts import Threshold, Verdict, together, verdict
from redline.case import Scenario, parameter_at, vary
from redline.results import Interval
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    InputError,
    Several,
    Table,
    at_home,
    built_in,
    count,
    counted,
    nearest,
)

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True, repr=False)
class Ledger(Several[Row], of="rows"):
    """The verdicts of experiments: a row for every test.

    Attributes
    ----------
    rows : in the order in which they were run
    seed : of all arms
    """

    rows: tuple[Row, ...]
    seed: int

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{row.claim} {row.verdict}" for row in self)
        return f"<Ledger, seed {self.seed}: {verdicts}>"

    @property
    def verdict(self) -> str:
        """The verdict, of an experiment with one test.

        Raises
        ------
        InputError
            If there are several: each row has its own.
        """
        if len(self.rows) != 1:
            raise InputError(f"{len(self.rows)} tests, each with a verdict: ledger[0].verdict")
        return self.rows[0].verdict

    def blocks(self) -> Blocks:
        """Yield the ledger, and which claims hold without their mechanism."""
        headings = (
            "claim",
            "¶",
            "statement",
            "claimed",
            "effect, 95 %",
            "verdict",
            "mechanism off",
        )
        yield Table(headings, [cells for row in self for cells in _cells(row)])
        for row in self:
            off = row.mechanism
            if row.verdict == "supported" and off and off.verdict == "supported":
                words = f"{row.claim} holds without its mechanism ({row.mechanism_name}): "
                yield f"{words}something else explains it."
        seconds = sum(row.seconds for row in self)
        tests = count(len(self), "test")
        yield f"{tests}, {counted(self[0].n, 'replicate')} per arm, {seconds:.0f} s"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline claims --json`` prints."""
        return ledger_json(self)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each condition of each test.

        Columns: ``claim``; ``paragraphs`` of the article, as text; ``says``, the claim;
        ``condition``; ``judged``, whether the verdict rests on it; ``claimed``, ``at least`` or
        ``at most`` the ``threshold``; ``effect``, with its 95 % interval from ``low`` to
        ``high``; ``verdict`` of the condition, and ``claim_verdict`` of them all;
        ``mechanism``, what was switched off, and ``effect_off``, ``low_off``, ``high_off``,
        ``verdict_off`` without it; ``n``, the replicates of an arm.
        """
        import pandas as pd

        table = pd.DataFrame([line for row in self for line in _lines(row)])
        numbers = [f"{name}{off}" for name in ("effect", "low", "high") for off in ("", "_off")]
        return table.astype(dict.fromkeys(numbers, "float64"))

    def save(self, folder: str | Path) -> None:
        """Write it into a folder: ``ledger.json``, ``.csv``, ``.png`` and ``.html``.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        # The one way up: what is drawn is known here by name alone.
        import_module("redline.figures").write_ledger(self, at_home(folder))


def ledger_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what ``redline claims --json`` prints."""
    return {"format": JSON_FORMAT, "claims": [row.to_dict() for row in rows]}


def effect_words(effect: Interval) -> str:
    """Return an effect with its interval as text."""
    if effect.mean is None:
        return "–"
    if effect.low is None:
        return f"{effect.mean:.4g}"
    return f"{effect.mean:.4g} [{effect.low:.4g}, {effect.high:.4g}]"


def _cells(row: Row) -> Iterator[list[str]]:
    """Yield the cells of a claim: its verdict, then a line for each finding."""
    paragraphs = ", ".join(map(str, row.paragraphs))
    yield [row.claim, paragraphs, row.says, "", "", Bold(row.verdict)]
    for finding, off in _findings(row):
        about = finding.condition
        left = "–" if off is None else f"{effect_words(off.effect)}: {off.verdict}"
        verdict = finding.verdict if about.judged else f"{finding.verdict}, reported only"
        effect = effect_words(finding.effect)
        yield ["", "", f"  {about.label}", str(about.threshold), effect, verdict, left]


def _lines(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the rows of a claim in a table of pandas."""
    for finding, off in _findings(row):
        left = Interval(None, None, None) if off is None else off.effect
        yield {
            "claim": row.claim,
            "paragraphs": ", ".join(map(str, row.paragraphs)),
            "says": row.says,
            "condition": finding.condition.label,
            "judged": finding.condition.judged,
            "claimed": "at least" if finding.threshold.at_least else "at most",
            "threshold": finding.threshold.value,
            "effect": finding.effect.mean,
            "low": finding.effect.low,
            "high": finding.effect.high,
            "verdict": finding.verdict,
            "claim_verdict": row.verdict,
            "mechanism": row.mechanism_name,
            "effect_off": left.mean,
            "low_off": left.low,
            "high_off": left.high,
            "verdict_off": off and off.verdict,
            "n": row.n,
        }


def _findings(row: Row) -> Iterator[tuple[Finding, Finding | None]]:
    """Yield what became of each condition of a claim, with its mechanism on and off."""
    left = row.mechanism.findings if row.mechanism else [None] * len(row.findings)
    yield from zip(row.findings, left, strict=True)


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


def turns_of(
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
        raise InputError(f"a boundary needs a range from A to a larger B, not {low:g} to {high:g}")
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

"""Two worlds under the same chance: what the difference did, replicate by replicate.

The same replicate of both scenarios shares every draw (common random numbers), so a paired
difference is free of most of the noise that two independent samples would carry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.estimate import check_lives
from redline.explanation import Explanation, explain_week, week_words
from redline.intervals import mean_interval, wilson
from redline.outcomes import COLUMNS, OUTCOMES, Summary, measure
from redline.remarks import difference_remark, share_remark, undecided, war_remark
from redline.scenario import Scenario
from redline.scenario_file import load
from redline.simulation import REPLICATE_BYTES, Engine, check_range, open_engine, warm_up
from redline.state import Move, Outcome, Week, dtype_of
from redline.traces import Trace
from redline.version import JSON_FORMAT

BLOCK_MOVES = 2_000_000
"""Moves of militias held at once, to bound memory."""
PAIR_BYTES = 2 * REPLICATE_BYTES + 32
"""Memory for each replicate of both sides at the peak, and for what is computed of it."""
OBSERVABLE = (
    "talks",
    "directive",
    "provocation",
    "response",
    "target",
    "fatal",
    "attacks",
    "sites",
)
"""What must differ in a week for two worlds to have parted: what somebody did."""
COUNTED = tuple(name for name, column in COLUMNS.items() if column.kind != "week")


class Difference(NamedTuple):
    """The difference of one measure, second scenario less the first.

    `gain` is the variance of an unpaired difference over that of the paired one: how many
    times more replicates it would have taken without common chance (None where the paired
    difference does not vary).
    """

    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    gain: float | None


@dataclass(frozen=True)
class Comparison:
    """Two scenarios, the same replicates.

    Attributes
    ----------
    differences : by measure
    changed : share of replicates whose class changes, with its 95 % Wilson interval
    classes : (4, 4) replicates by class in the first and in the second scenario
    parting : (R,) the first week in which somebody did something else, or -1
    telling : the replicate whose class, or else whose attacks, changed most
    explained : that replicate's week of parting, in both worlds; None if none parted
    """

    first: Scenario
    second: Scenario
    seed: int
    replicates: int
    differences: dict[str, Difference]
    changed: tuple[float, float, float]
    classes: NDArray[np.int64]
    parting: NDArray[np.int64]
    telling: int | None
    explained: tuple[Explanation, Explanation] | None

    def parting_summary(self) -> Summary:
        """Return how many replicates part, and the quantiles of the week in which they do."""
        weeks = self.parting[self.parting >= 0]
        share, low, high = wilson(len(weeks), self.replicates)
        summary: Summary = {"share": share, "low": low, "high": high}
        names = ("q05", "q50", "q95")
        if len(weeks) == 0:
            return summary | dict.fromkeys(names)
        found = np.quantile(weeks, (0.05, 0.5, 0.95))
        return summary | {n: float(v) for n, v in zip(names, found, strict=True)}

    def remarks(self, names: Sequence[str] = COUNTED) -> list[str]:
        """Return where replicates are too few for a share, or a difference of these measures."""
        if not (self.parting >= 0).any():
            return []
        n = self.replicates
        war = self.classes[Outcome.CONFRONTATION], self.classes[:, Outcome.CONFRONTATION]
        both = int(self.classes[Outcome.CONFRONTATION, Outcome.CONFRONTATION])
        alone = int(war[0].sum() + war[1].sum()) - 2 * both
        changed = n - int(np.trace(self.classes))
        unclear = [name for name in names if undecided(*self.differences[name][:5])]
        found = (
            share_remark("a change of class", changed, n) if changed else None,
            war_remark(alone, alone + both, n),
            difference_remark(unclear, n),
        )
        return [text for text in found if text]

    def told(self) -> list[str]:
        """Return the sentences of those who chose differently where the telling one parts."""
        if self.explained is None or self.telling is None:
            return []
        one, other = self.explained
        lines = [f"Replicate {self.telling} parts in {week_words(self.first, one.week)}."]
        theirs = {actor.actor: actor for actor in other.actors}
        for actor in one.actors:
            twin = theirs.get(actor.actor)
            if twin is not None and twin.chosen != actor.chosen:
                lines.append(f"{self.labels[0]}: {actor.sentence}")
                lines.append(f"{self.labels[1]}: {twin.sentence}")
        if len(lines) == 1:
            lines.append("All chose alike; the talks, a site or a kill came out differently.")
        return lines

    @property
    def labels(self) -> tuple[str, str]:
        """What the two worlds are called."""
        if self.first.name != self.second.name:
            return self.first.name, self.second.name
        return self.first.name, f"{self.first.name}, changed"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline compare --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenarios": list(self.labels),
            "seed": self.seed,
            "replicates": self.replicates,
            "differences": {name: row._asdict() for name, row in self.differences.items()},
            "class_changed": dict(zip(("share", "low", "high"), self.changed, strict=True)),
            "classes": {
                one: dict(zip(OUTCOMES, map(int, row), strict=True))
                for one, row in zip(OUTCOMES, self.classes, strict=True)
            },
            "parting": self.parting_summary(),
            "remarks": self.remarks(),
            "telling": None
            if self.explained is None
            else {
                "replicate": self.telling,
                "week": self.explained[0].week,
                "told": self.told(),
                "explained": [one.to_dict() for one in self.explained],
            },
        }

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{d.first:.3f}</td><td>{d.second:.3f}</td>"
            f"<td>{d.difference:+.3f}</td></tr>"
            for name, d in self.differences.items()
        )
        heads = "".join(f"<th>{escape(label)}</th>" for label in self.labels)
        told = "".join(f"<p>{escape(line)}</p>" for line in self.told())
        return f"<table><tr><th></th>{heads}<th>difference</th></tr>{rows}</table>{told}"


def compare(
    first: str | Path | Scenario,
    second: str | Path | Scenario,
    replicates: int = 1000,
    seed: int = 1,
    *,
    notice: Callable[[str], None] | None = None,
) -> Comparison:
    """Compare two scenarios over the same replicates.

    `notice` is called with what it takes in time and memory, where that is much.

    Raises
    ------
    InputError
        For a scenario that cannot be read, numbers out of range, or more replicates than
        memory holds.

    Examples
    --------
    >>> from redline.scenario_file import vary
    >>> afraid = "standoff_2019_2021"
    >>> compared = compare(afraid, vary(afraid, {"united_states.commitment": 0}), 200)
    >>> compared.differences["weeks_lived"].difference <= 0
    True
    """
    one, other = load(first), load(second)
    seed, _, replicates = check_range(seed, 0, replicates)
    size = _block(one, other)
    check_lives(
        [(one, replicates), (other, replicates)],
        seed,
        PAIR_BYTES,
        memory_fixed=min(size, replicates) * sum(map(_trace_bytes, (one, other))),
        moves=True,
        notice=notice,
    )
    warm_up()
    engines = [open_engine(scenario, seed, "batch") for scenario in (one, other)]
    measured: list[list[Any]] = [[], []]
    parting = []
    for start in range(0, replicates, size):
        count = min(size, replicates - start)
        traces = [engine.run(start, count, moves=True) for engine in engines]
        for side, trace in zip(measured, traces, strict=True):
            side.append(measure(trace).measures)
        parting.append(weeks_of_parting(*traces))
    sides = [np.concatenate(side) for side in measured]
    parted = np.concatenate(parting)
    classes = np.zeros((len(Outcome), len(Outcome)), np.int64)
    np.add.at(classes, (sides[0]["outcome"], sides[1]["outcome"]), 1)
    changed = int(replicates - np.trace(classes))
    telling = _telling(sides, parted)
    return Comparison(
        first=one,
        second=other,
        seed=seed,
        replicates=replicates,
        differences={
            name: difference(COLUMNS[name].of(sides[0]), COLUMNS[name].of(sides[1]))
            for name in COUNTED
        },
        changed=wilson(changed, replicates),
        classes=classes,
        parting=parted,
        telling=telling,
        explained=None if telling is None else _explained(one, other, telling, parted, seed),
    )


def _block(one: Scenario, other: Scenario) -> int:
    """Return how many replicates to hold at once."""
    moves = max(scenario.weeks * len(scenario.members) for scenario in (one, other))
    return max(1, BLOCK_MOVES // moves)


def _trace_bytes(scenario: Scenario) -> int:
    """Return the memory for a replicate's trace, every militia's moves included."""
    each = dtype_of(Week).itemsize + dtype_of(Move).itemsize * len(scenario.members)
    return scenario.weeks * each


def weeks_of_parting(one: Trace, other: Trace) -> NDArray[np.int64]:
    """Return the first week in which somebody did something else, or -1: (R,).

    Only weeks that both scenarios have are compared, and militias only where both have as
    many; a replicate that ends earlier in one of them parts there at the latest.
    """
    weeks = min(one.weeks.shape[1], other.weeks.shape[1])
    differs = np.zeros((len(one.lived), weeks), bool)
    for name in OBSERVABLE:
        unequal = one.weeks[name][:, :weeks] != other.weeks[name][:, :weeks]
        differs |= unequal if unequal.ndim == 2 else unequal.any(axis=2)
    if one.moves.shape[2] == other.moves.shape[2]:
        for name in ("rung", "site", "killed"):
            unequal = one.moves[name][:, :weeks] != other.moves[name][:, :weeks]
            differs |= unequal.any(axis=2)
    for trace in (one, other):
        over = trace.lived[:, None] <= np.arange(weeks)
        differs |= over & (one.lived != other.lived)[:, None]
    return np.where(differs.any(axis=1), differs.argmax(axis=1), -1)


def difference(one: NDArray[Any], other: NDArray[Any]) -> Difference:
    """Return the paired difference of a measure over replicates, with its 95 % t interval."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    paired = second - first
    mean, low, high = mean_interval(paired)
    scale = max(1.0, float(np.abs((first, second)).max()))  # squares may overflow
    apart = float((first / scale).var() + (second / scale).var())
    together = float((paired / scale).var())
    return Difference(
        first=float(first.mean()),
        second=float(second.mean()),
        difference=float(mean or 0.0),
        low=low,
        high=high,
        gain=apart / together if together > 0 else None,
    )


def _telling(sides: list[Any], parted: NDArray[np.int64]) -> int | None:
    """Return the replicate that changed most: in class, then in attacks, then the first."""
    if not (parted >= 0).any():
        return None
    distance = np.abs(sides[0]["outcome"].astype(int) - sides[1]["outcome"].astype(int))
    attacks = np.abs(sides[0]["attacks"].astype(int) - sides[1]["attacks"].astype(int))
    score = np.where(parted >= 0, distance * 1_000_000 + attacks, -1)
    return int(score.argmax())


def _explained(
    one: Scenario, other: Scenario, replicate: int, parted: NDArray[np.int64], seed: int
) -> tuple[Explanation, Explanation] | None:
    week = int(parted[replicate])
    lived = [
        _lives(open_engine(scenario, seed, "batch"), replicate, week) for scenario in (one, other)
    ]
    if not all(lived):
        return None
    return explain_week(one, replicate, week, seed), explain_week(other, replicate, week, seed)


def _lives(engine: Engine, replicate: int, week: int) -> bool:
    """Return whether a replicate lives a week."""
    return bool(engine.run(replicate, 1).lived[0] > week)

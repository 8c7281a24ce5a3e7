"""Where an effect passes the threshold of a claim, along a parameter or a dial of several."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from redline.argument.experiment_file import ConditionTable
from redline.argument.verdicts import Threshold, Verdict, verdict
from redline.case import Scenario, label_of, value_at, vary
from redline.results import Interval
from redline.support import JSON_FORMAT, Blocks, Several, at_home

if TYPE_CHECKING:
    import pandas as pd

DIAL_STEPS = 12
CURVE_POINTS = 9
"""Values looked at before bisection, for the curve and to bracket the first turn."""


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
    return Turn(
        value,
        max((side for side in sides if side <= value), default=None),
        min((side for side in sides if side >= value), default=None),
        ends[0],
        ends[1],
        tuple(sorted(known.items())),
        len(means),
    )


# What is told of turns


@dataclass(frozen=True)
class Boundary:
    """Where the effect of a condition passes what is claimed of it.

    Attributes
    ----------
    claim : the test, with the condition where the test has several
    address : along which it was looked for, ``ADDRESS`` or ``ARM:ADDRESS``
    n : replicates of every arm at every value
    """

    claim: str
    address: str
    condition: ConditionTable
    turn: Turn
    n: int

    @property
    def finding(self) -> str:
        """Where the verdict turns, in a sentence."""
        return boundary_finding(self.turn, self.claim, self.address)

    @property
    def file(self) -> str:
        """The name of its figure in a folder."""
        words = re.sub(r"[^\w.]+", "-", f"{self.claim}-{self.address}").strip("-")
        return f"boundary-{words}.png"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline experiment --boundary --json`` prints of it."""
        about = {"claim": self.claim, "address": self.address, "n": self.n}
        return {**about, **self.turn.to_dict()}


@dataclass(frozen=True, repr=False)
class Boundaries(Several[Boundary], of="found"):
    """Where the verdicts of experiments turn.

    Attributes
    ----------
    found : one for every condition on which a verdict rests
    seed : of all arms
    """

    found: tuple[Boundary, ...]
    seed: int

    def __repr__(self) -> str:
        return f"<Boundaries, seed {self.seed}: {'; '.join(one.finding for one in self)}>"

    def blocks(self) -> Blocks:
        """Yield a sentence for each."""
        yield from (one.finding for one in self)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline experiment --boundary --json`` prints."""
        return {"format": JSON_FORMAT, "boundaries": [one.to_dict() for one in self]}

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each.

        Columns: ``claim``; ``address``; ``condition``; ``claimed``, ``at least`` or ``at most``
        the ``threshold``; ``value``, where the verdict turns first (missing where it turns
        nowhere), undecided from ``low`` to ``high``; ``at_low`` and ``at_high``, the verdicts
        at both ends of what was looked at; ``turns``, how often; ``n``, the replicates.
        """
        import pandas as pd

        rows = [
            {
                "claim": one.claim,
                "address": one.address,
                "condition": one.condition.label,
                "claimed": "at least" if one.condition.threshold.at_least else "at most",
                "threshold": one.condition.threshold.value,
                **{name: getattr(one.turn, name) for name in TURN},
                "n": one.n,
            }
            for one in self
        ]
        table = pd.DataFrame(rows)
        return table.astype(dict.fromkeys(("value", "low", "high"), "float64"))

    def save(self, folder: str | Path) -> list[Path]:
        """Write a figure of each, and its data, into a folder; return the paths of the figures.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        # The one way up: what is drawn is known here by name alone.
        found: list[Path] = import_module("redline.figures").write_boundaries(self, at_home(folder))
        return found


TURN = ("value", "low", "high", "at_low", "at_high", "turns")
"""What of a turn stands in a table."""


def boundary_finding(turn: Turn, claim: str, address: str) -> str:
    """Return a sentence for where a verdict turns."""
    label = label_of(address.rpartition(":")[2])
    where = f"{label} ({address})" if label != address else address
    if turn.value is None and turn.at_low == turn.at_high:
        return f"{claim} is {turn.at_low} at both ends of {where}, and turns nowhere between"
    if turn.value is None:
        low, high = turn.curve[0][0], turn.curve[-1][0]
        ends = f"{turn.at_low} at {low:.3g}, {turn.at_high} at {high:.3g}"
        return f"{claim}: {ends} of {where}; the effect passes what is claimed nowhere between"
    first, last = ("open" if end is None else f"{end:.3g}" for end in (turn.low, turn.high))
    more = f", and {turn.turns - 1} more times" if turn.turns > 1 else ""
    return f"{claim} turns at {where} = {turn.value:.3g} ({first} to {last}){more}"

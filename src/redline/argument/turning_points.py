"""Where an effect passes the threshold of a claim, along a parameter or a dial of several."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from redline.argument.verdicts import Threshold, Verdict, verdict
from redline.case import Scenario, value_at, vary
from redline.results import Interval

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

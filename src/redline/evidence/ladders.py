"""The weeks of one ladder, attacks or answers, and how well each forecaster predicted them.

Scored by the logarithmic and the Brier score (Gneiting & Raftery 2007, *JASA* 102); differences
carry block-bootstrap intervals (Künsch 1989, *Ann. Stat.* 17).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.evidence.baselines import LEAST, Ints
from redline.evidence.replay import COUNT, Floats
from redline.results import Interval, wilson
from redline.theory import Actor

BLOCK = 8
RESAMPLES = 1999
BINS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
DRONES = 2
"""The category of weeks whose drones the timeline announces."""
FORCE = 2
"""The lowest category of an answer that is by force."""


def _bootstrapped(statistic: Callable[[Ints], float], n: int, seed: int) -> Interval:
    """Return a statistic of weeks with its interval from circular blocks of eight weeks."""
    if n < 2:
        return Interval(None, None, None)
    rng = np.random.default_rng(seed)
    size = min(BLOCK, n)
    starts = rng.integers(0, n, (RESAMPLES, -(-n // size)))
    drawn = ((starts[:, :, None] + np.arange(size)) % n).reshape(RESAMPLES, -1)[:, :n]
    low, high = np.quantile([statistic(weeks) for weeks in drawn], (0.025, 0.975))
    return Interval(float(statistic(np.arange(n))), float(low), float(high))


@dataclass(frozen=True, eq=False)
class Ladder:
    """The weeks of one ladder that are scored, and what forecasters held of them.

    Attributes
    ----------
    weeks : (W,) the weeks that are scored
    happened : (W,) the recorded category of each
    chances : by forecaster, (W, C)
    """

    actor: Actor
    weeks: Ints
    happened: Ints
    chances: dict[str, Floats]

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Which weeks brought what the model held impossible: (W,)."""
        at = np.arange(len(self.weeks))
        return np.asarray(self.chances["model"][at, self.happened] < LEAST)

    @property
    def logs(self) -> dict[str, Floats]:
        """Minus the logarithm of what was held probable of what happened, by forecaster: nats."""
        at = np.arange(len(self.weeks))
        return {
            name: -np.log(np.maximum(chances[at, self.happened], LEAST))
            for name, chances in self.chances.items()
        }

    @property
    def briers(self) -> dict[str, Floats]:
        """The squared distance from what happened, over all categories, by forecaster."""
        truth = np.eye(COUNT)[self.happened]
        return {name: ((c - truth) ** 2).sum(axis=1) for name, c in self.chances.items()}

    def part(self, keep: NDArray[np.bool_]) -> "Ladder":
        """Return the same of some weeks only."""
        chances = {name: table[keep] for name, table in self.chances.items()}
        return Ladder(self.actor, self.weeks[keep], self.happened[keep], chances)

    def binary(self) -> "Ladder":
        """Return the same of two categories only: whether there was an event."""
        event = self.threshold

        def two(table: Floats) -> Floats:
            found = np.zeros((len(table), COUNT))
            found[:, 0], found[:, 1] = table[:, :event].sum(axis=1), table[:, event:].sum(axis=1)
            return found

        chances = {name: two(table) for name, table in self.chances.items()}
        happened = (self.happened >= event).astype(np.int64)
        return Ladder(self.actor, self.weeks, happened, chances)

    def log_skill(self, against: str, seed: int = 1) -> Interval:
        """Return how many nats a week the model is better than another.

        Only of the weeks that it did not hold impossible: with one of these it is minus
        infinity, which an interval cannot tell.
        """
        if self.impossible.any():
            return self.part(~self.impossible).log_skill(against, seed)
        gain = self.logs[against] - self.logs["model"]
        return _bootstrapped(lambda w: gain[w].mean(), len(gain), seed)

    def brier_skill(self, against: str, seed: int = 1) -> Interval:
        """Return by which share the model's Brier score is lower than another's."""
        ours, theirs = self.briers["model"], self.briers[against]
        return _bootstrapped(
            lambda w: 1 - ours[w].sum() / max(theirs[w].sum(), LEAST), len(ours), seed
        )

    def without_one(self, against: str) -> tuple[float, float] | None:
        """Return the range of the log skill as each week of force is left out in turn."""
        gain = self.logs[against] - self.logs["model"]
        grave = np.flatnonzero(self.happened >= FORCE)
        left = [float(np.delete(gain, week).mean()) for week in grave]
        return (min(left), max(left)) if left else None

    def events(self) -> int:
        """Return in how many of the weeks something happened: an attack; an answer by force."""
        return int((self.happened >= self.threshold).sum())

    @property
    def threshold(self) -> int:
        """The lowest category of what calibration is about."""
        return 1 if self.actor is Actor.MILITIAS else FORCE

    def without_drones(self) -> "Ladder":
        """Return the same without the weeks of drones, whose arrival the model is told."""
        return self.part(self.happened != DRONES)

    def predicted(self) -> Floats:
        """Return how probable the model held an event in each week: (W,)."""
        return np.asarray(self.chances["model"][:, self.threshold :].sum(axis=1))

    def calibration(self) -> list[dict[str, Any]]:
        """Return how often what was held probable happened, in bins of the probability."""
        chance = self.predicted()
        truth = self.happened >= self.threshold
        found = []
        for low, high in pairwise(BINS):
            inside = (chance >= low) & ((chance < high) | (high == 1.0))
            if inside.any():
                n, hits = int(inside.sum()), int(truth[inside].sum())
                interval = dict(zip(("share", "low", "high"), wilson(hits, n), strict=True))
                found.append({"foretold": float(chance[inside].mean()), **interval, "weeks": n})
        return found

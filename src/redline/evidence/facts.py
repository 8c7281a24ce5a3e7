"""The stylised facts: statistics of one history, taken of every replicate and of the record.

The record is *in* where it lies within the middle 95 % of the replicates, else *out*; *by its
range* where only some of its own range does. Where the replicates span everything that is
possible no record could be out, and there is *no test*. What a credible model is expected to
show is what the list of stylised facts says, not what came out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument import lived, observed
from redline.case import Scenario
from redline.engine import Trace
from redline.evidence.record.published import Count
from redline.results import Interval
from redline.theory import Response

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INNER = (0.025, 0.975)
"""The record is in where it lies between these quantiles of the replicates."""


class Recorded(NamedTuple):
    """What the record says of a fact: a number, its range where it is uncertain, in words."""

    value: float | None
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True)
class Fact:
    """A stylised fact, recorded and simulated.

    Attributes
    ----------
    name : F1 to F12; a letter tells several statistics of a fact apart
    fitted : whether the defaults were fitted to it
    values : (R,) the statistic of every replicate that has one
    estimate : the statistic over all replicates, with its 95 % interval
    claimed : what a credible model is expected to show, declared beforehand
    holds : whether it does; None where nothing is claimed
    possible : the least and the most that the statistic can be, where that is bounded
    """

    name: str
    says: str
    measure: str
    fitted: bool
    recorded: Recorded
    values: Floats
    estimate: Interval
    claimed: str = ""
    holds: bool | None = None
    note: str = ""
    possible: tuple[float, float] | None = None

    @property
    def quantiles(self) -> tuple[float, ...] | None:
        """Quantiles of the replicates: 2.5, 25, 50, 75 and 97.5 %."""
        if len(self.values) == 0:
            return None
        return tuple(float(q) for q in np.quantile(self.values, (0.025, 0.25, 0.5, 0.75, 0.975)))

    @property
    def percentile(self) -> float | None:
        """The share of replicates below the record, equal ones counted half."""
        if self.recorded.value is None or len(self.values) == 0:
            return None
        below = (self.values < self.recorded.value).mean()
        return float(below + (self.values == self.recorded.value).mean() / 2)

    @property
    def tests(self) -> bool:
        """Whether a record could have been out: the replicates leave something possible out."""
        quantiles = self.quantiles
        if self.recorded.value is None or quantiles is None:
            return False
        low, high = self.possible or (-np.inf, np.inf)
        return bool(quantiles[0] > low or quantiles[-1] < high)

    @property
    def inside(self) -> bool | None:
        """Whether the record lies in the middle of the replicates; None without either."""
        quantiles = self.quantiles
        if self.recorded.value is None or quantiles is None:
            return None
        return bool(quantiles[0] <= self.recorded.value <= quantiles[-1])

    @property
    def overlaps(self) -> bool | None:
        """Whether some of the record's own range lies there."""
        quantiles = self.quantiles
        if self.recorded.value is None or quantiles is None:
            return None
        value = self.recorded.value
        low = value if self.recorded.low is None else self.recorded.low
        high = value if self.recorded.high is None else self.recorded.high
        return bool(high >= quantiles[0] and low <= quantiles[-1])

    @property
    def verdict(self) -> str:
        """``in``, ``by its range``, ``out``, ``no test``, or ``–`` without a recorded number."""
        if self.inside is None:
            return "–"
        if not self.tests:
            return "no test"
        if self.inside:
            return "in"
        return "by its range" if self.overlaps else "out"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of the fact."""
        quantiles = self.quantiles
        names = ("q025", "q25", "q50", "q75", "q975")
        return {
            "fact": self.name,
            "says": self.says,
            "measure": self.measure,
            "fitted": self.fitted,
            "record": self.recorded._asdict(),
            "simulated": {
                "estimate": self.estimate._asdict(),
                "replicates": len(self.values),
                **dict(zip(names, quantiles or (None,) * 5, strict=True)),
            },
            "percentile": self.percentile,
            "verdict": self.verdict,
            "claimed": self.claimed,
            "holds": self.holds,
            "note": self.note,
        }


class Weekly(NamedTuple):
    """Weeks of every replicate: (R, W) each, nothing in weeks that were not lived.

    Small integers: a replicate takes about a kilobyte.
    """

    lived: NDArray[np.bool_]
    war: NDArray[np.bool_]
    """(R,)"""
    attacks: Ints
    fatal: Ints
    crossings: Ints
    response: Ints
    talks: Ints
    drones: Ints

    @property
    def strikes(self) -> NDArray[np.bool_]:
        """Which weeks were answered by force."""
        return self.response >= Response.STRIKE

    def total(self, counts: NDArray[Any], first: int, last: int) -> Ints:
        """Return the sum over the weeks [first, last) of every replicate."""
        return np.asarray(counts[:, first:last].sum(axis=1), np.int64)

    def counted(self, counts: NDArray[Any], count: Count) -> Floats:
        """Return the sum over the days of a published count, weeks at its ends by their share."""
        first, last = count.weeks
        return np.asarray(counts[:, first:last] @ np.array(count.shares), np.float64)


def weeks_of(trace: Trace) -> Weekly:
    """Return the weeks of a block of replicates."""
    weeks = trace.weeks
    return Weekly(
        lived=lived(trace),
        war=trace.over == 1,
        attacks=weeks["attacks"].sum(axis=2).astype(np.int16),
        fatal=weeks["fatal"].copy(),
        crossings=weeks["crossings"].copy(),
        response=weeks["response"].copy(),
        talks=weeks["talks"].copy(),
        drones=weeks["attacks"][:, :, 1].copy(),
    )


def together(blocks: Sequence[Weekly]) -> Weekly:
    """Return the weeks of several blocks as those of one."""
    return Weekly(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def weekly(scenario: Scenario, replicates: int, seed: int, workers: int | None = None) -> Weekly:
    """Live replicates of a scenario and return their weeks."""

    def reduction(trace: Trace, scenario: Scenario) -> dict[str, NDArray[Any]]:
        return weeks_of(trace)._asdict()

    return Weekly(**observed(scenario, replicates, seed, reduction, workers))

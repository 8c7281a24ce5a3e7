"""The stylised facts: statistics of one history, taken of every replicate and of the record.

The record is *in* where it lies within the middle 95 % of the replicates, else *out*; *by its
range* where only some of its own range does. Where the replicates span everything that is
possible no record could be out, and there is *no test*. What a credible model is expected to
show is what the list of stylised facts says, not what came out.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.evidence.facts.weeks import Floats
from redline.results import Interval, wilson

INNER = (0.025, 0.975)
"""The record is in where it lies between these quantiles of the replicates."""
LEFT_OUT = "left out: "
"""How the words of a recorded side begin where a record says nothing of it; why follows."""


class Recorded(NamedTuple):
    """What the record says of a fact: a number, its range where it is uncertain, in words."""

    value: float | None
    low: float | None
    high: float | None
    words: str


def in_words(words: str) -> Recorded:
    """Return the recorded side of a fact of which there is no number."""
    return Recorded(None, None, None, words)


def nothing(why: str) -> Recorded:
    """Return the recorded side of a fact of which the record that was given says nothing."""
    return in_words(f"{LEFT_OUT}{why}")


def share_of(count: int, of: int, words: str, without: str) -> Recorded:
    """Return a recorded share with its interval; nothing, for a reason, of none."""
    if not of:
        return nothing(without)
    return Recorded(count / of, *wilson(count, of)[1:], words)


def ratios(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    """Return the ratio of every replicate that has one."""
    has = denominator > 0
    return np.asarray(numerator[has] / denominator[has], np.float64)


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
        return self._reaches(self.recorded.value, self.recorded.value)

    @property
    def overlaps(self) -> bool | None:
        """Whether some of the record's own range lies there."""
        value, low, high, _ = self.recorded
        return self._reaches(value if low is None else low, value if high is None else high)

    def _reaches(self, low: float | None, high: float | None) -> bool | None:
        quantiles = self.quantiles
        if low is None or high is None or quantiles is None:
            return None
        return high >= quantiles[0] and low <= quantiles[-1]

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

"""How a test stands over the points of a space: in what share of them it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from redline.case import label_of
from redline.results import wilson


class Leading(NamedTuple):
    """The parameter that tells best where a claim fails.

    `auc` is the chance that its value is higher where the claim fails than where it holds;
    `p` that of Mann and Whitney's test, times the number of parameters (Bonferroni).
    """

    address: str
    auc: float
    p: float

    def __str__(self) -> str:
        """Say it in words."""
        side = "high" if self.auc > 0.5 else "low"
        return f"{label_of(self.address)} is {side}"


class Share(NamedTuple):
    """A share of points with its 95 % interval, and of how many."""

    value: float
    low: float
    high: float
    points: int


@dataclass(frozen=True)
class Standing:
    """How a test stands over plausible space.

    Attributes
    ----------
    holds : of the points at which its effects exist, the share where they are as claimed
    everywhere : the same of all points
    matching : the same as `holds` among the points that match the record's counts; None if
        there is none
    verdicts : how many points have which verdict
    leading : what tells best where it fails, if it both holds and fails at enough points
    """

    claim: str
    holds: Share | None
    everywhere: Share
    matching: Share | None
    verdicts: dict[str, int]
    leading: Leading | None

    @property
    def decided(self) -> float:
        """The share of points at which its verdict is not *undecided*."""
        return 1 - self.verdicts["undecided"] / sum(self.verdicts.values())


def share_of(holds: Sequence[bool | None]) -> Share | None:
    """Return the share of points that hold, of those at which it can be asked."""
    known = [one for one in holds if one is not None]
    return Share(*wilson(sum(known), len(known)), len(known)) if known else None


def words_of(share: Share | None) -> str:
    """Return a share in percent with its interval, and of how many points."""
    if share is None:
        return "–"
    low, high = 100 * share.low, 100 * share.high
    return f"{100 * share.value:.0f} % ({low:.0f} to {high:.0f}) of {share.points:,}"

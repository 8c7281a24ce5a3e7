"""What the stylised facts F1 to F12 say, and what a credible model is expected to show of them.

This was declared beforehand, and is not what came out. The defaults were fitted by hand to F1
to F4, which are therefore no evidence for them.
"""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import NamedTuple

import numpy as np

from redline.evidence.facts.fact import Fact, Recorded
from redline.evidence.facts.weeks import Floats
from redline.results import Interval


class Claim(NamedTuple):
    """What is expected of an effect, in words, and whether an effect is so."""

    words: str
    met: Callable[[Interval], bool]


BOUNDS = {
    "above": ("low", gt),
    "at least": ("low", ge),
    "at most": ("high", le),
    "below": ("high", lt),
}
"""The end of an effect's interval that must be on the right side of a bound, and which that is."""


def _is(words: str, bound: float) -> Claim:
    """Return that the whole interval is on the side of a bound that `BOUNDS` says."""
    end, holds = BOUNDS[words]

    def met(one: Interval) -> bool:
        value = getattr(one, end)
        return value is not None and bool(holds(value, bound))

    return Claim(f"{words} {bound:g}".replace("-", "−"), met)


def _in(low: float, high: float) -> Claim:
    """Return that the mean lies in a range."""
    words = f"in [{low:g}, {high:g}]"
    return Claim(words, lambda one: one.mean is not None and low <= one.mean <= high)


class Stated(NamedTuple):
    """What a statistic of a fact says, in words.

    Attributes
    ----------
    says : the fact
    measure : the statistic; ``{count}`` stands for the name of a published count
    claim : what a credible model is expected to show
    possible : the least and the most that the statistic can be, where that is bounded
    fitted : whether the defaults were fitted to it
    """

    says: str
    measure: str
    claim: Claim | None = None
    possible: tuple[float, float] | None = None
    fitted: bool = False


FATAL, LIMITED = "the response follows deaths", "limited strikes do not end the attacks"
BURSTS, LULLS = "attacks come in bursts", "and there are lulls"
TALKS, REACH = "tempo follows the talks", "means track reach"
RARER, AS_IT_WAS = "a dearer war is rarer", "and leaves provocation as it was"
SHARE = (0.0, 1.0)
SMALL = 0.05
"""A smaller relative change of the attack rate does not count."""
RISES, FALLS, AS_BEFORE = _is("above", 0), _is("below", 0), _is("at least", -SMALL)
OFTENER, NO_RARER = _is("above", 1), _is("at least", 1)

STATED = {
    "F1": Stated("war is nearly absent", "P(confrontation)", _is("at most", 0.05), fitted=True),
    "F2 {count}": Stated("attacks are frequent", "attacks, record {count}", fitted=True),
    "F2": Stated(
        "attacks are rarely fatal", "fatal share of attacks", _in(0.005, 0.08), fitted=True
    ),
    "F3a": Stated(
        FATAL, "P(strike within two weeks of a fatal attack)", _in(0.2, 0.99), SHARE, fitted=True
    ),
    "F3b": Stated(FATAL, "the same after weeks of attacks away from any death", fitted=True),
    "F3c": Stated(
        FATAL,
        "odds ratio of the two (replicates: 0.5 added to each cell)",
        _is("above", 8),
        fitted=True,
    ),
    "F4 {count}": Stated(
        "the response ratio is low", "strikes per attack, record {count}", fitted=True
    ),
    "F5a": Stated(BURSTS, "variance over mean, four weeks"),
    "F5b": Stated(BURSTS, "lag-1 autocorrelation, weeks"),
    "F5c": Stated(LULLS, "longest lull, weeks"),
    "F5d": Stated(LULLS, "sharpest fall from a quarter to the next, ratio"),
    "F6a": Stated(LIMITED, "P(attack within 1 week after that of a strike)", possible=SHARE),
    "F6b": Stated(LIMITED, "P(attack within 2 weeks after that of a strike)", possible=SHARE),
    "F6c": Stated(
        LIMITED, "P(attack within 2 weeks of a crossing), struck less not", possible=(-1.0, 1.0)
    ),
    "F7": Stated(
        "decapitation brought no pause",
        "attack rate 8 weeks after a decapitation over 8 before",
        NO_RARER,
    ),
    "F8a": Stated(TALKS, "attack rate since the Vienna talks over that of 2021 before", OFTENER),
    "F8b": Stated(TALKS, "attack rate, talks on over off, same weeks", OFTENER),
    "F8c": Stated(TALKS, "drone attack rate, talks on over off, same weeks", OFTENER),
    "F9a": Stated(RARER, "war dearer for both: change of P(confrontation)", FALLS),
    "F9b": Stated(AS_IT_WAS, "war dearer for both: relative change of the attack rate", AS_BEFORE),
    "F9c": Stated(RARER, "war dearer for the US alone: change of P(confrontation)", FALLS),
    "F9d": Stated(
        AS_IT_WAS, "war dearer for the US alone: relative change of the attack rate", AS_BEFORE
    ),
    "F10": Stated(
        "loss of control makes accidents",
        "crossings a week, control_loss 0.6 against 0: relative change",
        RISES,
    ),
    "F11a": Stated(REACH, "share of drones at Erbil and Harir, since they arrived", possible=SHARE),
    "F11b": Stated(REACH, "share of drones at other sites, since they arrived", possible=SHARE),
    "F12": Stated(
        "disputes recur", "share of crises that a new one follows within five years", possible=SHARE
    ),
}
"""By the name of the statistic: the fact's, and a letter where it has several."""
NOTES = {
    "F2": "the list is likelier to hold a fatal attack: its share is the upper end",
    "F5d": "all attacks, 13 weeks each",
    "F6c": "not causal: the graver crossings are the ones that are struck",
    "F7": "a known miss where it fails: the model's strikes deter for a while",
    "F8a": "when the talks begin is set by the timeline, after the record",
    "F11a": "by construction only drones reach them; rockets hit Erbil on 2021-02-15",
    "F11b": "when drones arrive is set by the timeline, after the record",
}
"""What to know of a statistic, whatever came out."""
NONE: Floats = np.array([])


def as_stated(
    name: str,
    recorded: Recorded,
    estimate: Interval,
    values: Floats = NONE,
    note: str = "",
    count: str = "",
) -> Fact:
    """Return a stylised fact as the table states it; see `Fact`."""
    says, measure, claim, possible, fitted = STATED[name]
    about = name.format(count=count), says, measure.format(count=count), fitted
    claimed, holds = (claim.words, claim.met(estimate)) if claim else ("", None)
    note = note or NOTES.get(name, "")
    return Fact(*about, recorded, values, estimate, claimed, holds, note, possible)

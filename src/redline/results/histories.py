"""Histories of single replicates, lived again: for figures that show weeks and militias.

A replicate is a pure function of scenario, seed and number, so one that was only measured
when it was stored can be had again, week by week, as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from redline.case import Scenario
from redline.engine import Trace, rules_hash
from redline.results.outcomes import Distribution, measure
from redline.results.simulation import Results, open_engine
from redline.results.storage.store import version_of
from redline.results.storage.stored import StoredPoint, StoredResults
from redline.support import InputError
from redline.theory import Counts

MOST_MOVES = 20_000_000
"""Moves of militias held at once, to bound memory."""
LIVED_ALIKE = ("weeks_lived", "attacks", "strikes", "class")
"""By which histories had again are known to be those that were stored."""
WEEK_MOVES = 8
"""What a week without moves counts as."""


@dataclass(frozen=True)
class Histories(Trace):
    """The trace of replicates that need not be consecutive.

    Attributes
    ----------
    numbers : (R,) their numbers
    """

    numbers: Counts


def lived_again(
    scenario: Scenario, seed: int, numbers: Sequence[int], moves: bool = True
) -> Histories:
    """Return what happened in some replicates, week by week; with `moves`, militia by militia.

    Raises
    ------
    InputError
        For more than memory holds.
    """
    each = scenario.weeks * (len(scenario.members) if moves else WEEK_MOVES)
    if each * len(numbers) > MOST_MOVES:
        raise InputError(
            f"{len(numbers)} histories of {scenario.weeks:,} weeks and {len(scenario.members):,} "
            f"militias are too many to hold; {max(1, MOST_MOVES // each)} at most"
        )
    runner = open_engine(scenario, seed, "batch")
    traces = [runner.run(int(number), 1, moves=moves) for number in numbers]
    return Histories(
        first=int(numbers[0]),
        lived=np.concatenate([trace.lived for trace in traces]),
        over=np.concatenate([trace.over for trace in traces]),
        weeks=np.concatenate([trace.weeks for trace in traces]),
        moves=np.concatenate([trace.moves for trace in traces]),
        capability=np.concatenate([trace.capability for trace in traces]),
        numbers=np.array(numbers, np.int64),
    )


def sample(replicates: int, count: int, seed: int) -> list[int]:
    """Return numbers of replicates, drawn at random without regard to what became of them."""
    if count >= replicates:
        return list(range(replicates))
    drawn = np.random.default_rng(seed).choice(replicates, count, replace=False)
    return sorted(int(number) for number in drawn)


def original_histories(
    results: Distribution,
    scenario: Scenario,
    seed: int,
    numbers: Sequence[int],
    moves: bool = True,
) -> Histories:
    """Return the histories of replicates that results hold, made sure to be the original ones.

    Raises
    ------
    InputError
        If the rules have changed since the results were stored.
    """
    stored = results.sweep if isinstance(results, StoredPoint) else results
    if isinstance(stored, StoredResults) and stored.manifest["rules_hash"] != rules_hash():
        raise InputError(
            f"{stored.folder}: the rules have changed since, so its histories cannot be had again; "
            f"{version_of(stored.manifest)} has them"
        )
    found = lived_again(scenario, seed, numbers, moves)
    measures = measure(found).measures
    first = results.first if isinstance(results, Results) else 0
    places = [number - first for number in numbers]
    for name in LIVED_ALIKE:
        column = results.column(name)
        if len(column) <= max(places):  # of a sweep under way
            raise InputError(f"replicate {max(numbers)} is not stored yet")
        if not np.array_equal(measures["outcome" if name == "class" else name], column[places]):
            raise InputError(
                "the histories had again are not those that were stored: other versions, or a "
                "manifest that was edited"
            )
    return found

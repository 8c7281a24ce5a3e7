"""Histories of single replicates: for what shows weeks and militias.

A replicate is a pure function of scenario, seed and number. So one that was only measured can be
simulated again, week by week, as it was; its measures tell whether it is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redline.case import Scenario
from redline.engine import Trace, rules_hash
from redline.results.engines import open_engine
from redline.results.measures import column_of
from redline.results.outcomes import Distribution, measure
from redline.support import InputError
from redline.theory import Counts

MOST_MOVES = 20_000_000
"""Moves of militias held at once, to bound memory."""
KNOWN_BY = ("weeks_lived", "attacks", "strikes", "class")
"""The measures by which a history that was simulated again is known to be that of before."""
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


def check_histories(scenario: Scenario, numbers: Sequence[int], moves: bool) -> None:
    """Check that memory holds the histories of some replicates.

    Raises
    ------
    InputError
        If it does not, with how many it holds.
    """
    each = scenario.weeks * (len(scenario.members) if moves else WEEK_MOVES)
    if each * len(numbers) > MOST_MOVES:
        raise InputError(
            f"{len(numbers)} histories of {scenario.weeks:,} weeks and {len(scenario.members):,} "
            f"militias are too many to hold; {max(1, MOST_MOVES // each)} at most"
        )


def simulated_histories(
    scenario: Scenario, seed: int, numbers: Sequence[int], moves: bool = True
) -> Histories:
    """Return what happens in some replicates, week by week; with `moves`, militia by militia.

    Raises
    ------
    InputError
        For more than memory holds.
    """
    check_histories(scenario, numbers, moves)
    runner = open_engine(scenario, seed, "batch")
    traces = [runner.run(int(number), 1, moves=moves) for number in numbers]
    return Histories(
        first=int(numbers[0]),
        numbers=np.array(numbers, np.int64),
        **{
            name: np.concatenate([getattr(trace, name) for trace in traces])
            for name in ("lived", "over", "weeks", "moves", "capability")
        },
    )


def sample(replicates: int, count: int, seed: int) -> list[int]:
    """Return numbers of replicates, drawn at random without regard to what became of them."""
    if count >= replicates:
        return list(range(replicates))
    drawn = np.random.default_rng(seed).choice(replicates, count, replace=False)
    return sorted(int(number) for number in drawn)


class Replicates(Distribution):
    """Consecutive replicates of one scenario under one seed, wherever their measures are kept.

    Attributes
    ----------
    seed : of its chance
    first : the number of the first replicate
    replicates : how many there are; of a sweep under way, how many there will be
    rules : the hash of the rules that they followed
    """

    if TYPE_CHECKING:  # fields of the one, computed by the others

        @property
        def seed(self) -> int: ...  # noqa: D102

        @property
        def first(self) -> int: ...  # noqa: D102

        @property
        def replicates(self) -> int: ...  # noqa: D102

        @property
        def rules(self) -> str: ...  # noqa: D102

    @property
    def numbers(self) -> range:
        """The numbers of the replicates."""
        return range(self.first, self.first + self.replicates)

    def histories(self, numbers: Sequence[int], moves: bool = False) -> Histories:
        """Return the weeks of some of the replicates; with `moves`, those of every militia.

        They are simulated again (see `simulated_again`, for errors too) under the rules that
        they followed, or read where they were stored and the rules have changed.
        """
        return self.simulated_again(numbers, moves)

    def simulated_again(self, numbers: Sequence[int], moves: bool = False) -> Histories:
        """Return the weeks of some of the replicates, simulated again and found to be the same.

        Raises
        ------
        InputError
            If the rules have changed since, or what is simulated is not what was measured, for
            a replicate that is not stored, or for more than memory holds.
        """
        if self.rules != rules_hash():
            raise InputError(self._rules_changed())
        self._check_stored(numbers)
        found = simulated_histories(self.scenario, self.seed, numbers, moves)
        measures = measure(found).measures
        places = [number - self.first for number in numbers]
        for name in KNOWN_BY:
            if not np.array_equal(column_of(measures, name), self.column(name)[places]):
                raise InputError(
                    "the histories had again are not those that were stored: other versions, or a "
                    "manifest that was edited"
                )
        return found

    def _check_stored(self, numbers: Sequence[int]) -> None:
        """Refuse replicates that are not there: of a sweep under way, some may not be yet."""
        last = self.first + len(self.column("class")) - 1
        if not all(self.first <= number <= last for number in numbers):
            raise InputError(f"replicate {max(numbers)} is not stored yet")

    def _rules_changed(self) -> str:
        """Return that the rules have changed since, and what still has the histories."""
        return "the rules have changed since, so its histories cannot be had again"

"""Histories of single replicates: for what shows weeks and militias.

A replicate is a pure function of scenario, seed and number. So one that was only measured can be
simulated again, week by week, as it was; its measures tell whether it is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redline.case import Scenario
from redline.engine import Trace, measure, rules_hash
from redline.results.engines import batch_engine
from redline.results.labelled import of_run, origin
from redline.results.measures import COLUMNS, OUTCOMES, column_of
from redline.results.outcomes import Distribution
from redline.results.pooling.conditions import Condition
from redline.results.remarks import run_remarks
from redline.results.run_report import run_blocks
from redline.support import JSON_FORMAT, Blocks, InputError, Result, names, nearest, package_version
from redline.theory import Counts

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

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
    given = np.array(numbers, np.int64)
    traces = list(batch_engine(scenario, seed).traces(given, moves))
    return Histories(
        first=int(numbers[0]),
        numbers=given,
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


class Replicates(Distribution, Result):
    """Consecutive replicates of one scenario under one seed, wherever their measures are kept.

    Attributes
    ----------
    seed : of its chance
    first : the number of the first replicate
    replicates : how many there are; of a sweep under way, how many there will be
    rules : the hash of the rules that they followed
    engine : through which they were simulated
    seconds : that took, compilation not included; None where it is not known
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
        def engine(self) -> str: ...  # noqa: D102

        @property
        def seconds(self) -> float | None: ...  # noqa: D102

    __iter__ = None  # it has columns by name, and is no sequence of them

    def __len__(self) -> int:
        return self.replicates

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the values (R,) of a measure, as `column` does; ``class`` in words."""
        values = self.column(name)
        return np.array(OUTCOMES)[values] if name == "class" else values

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline run --json`` prints."""
        outcomes, seconds, decisions = self.summary(), self.seconds, self.decisions
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "replicates": self.replicates,
            "weeks": self.scenario.weeks,
            "engine": self.engine,
            "version": package_version(),
            "seconds": seconds,
            "decisions": decisions,
            "decisions_per_second": decisions / seconds if seconds else None,
            "outcomes": outcomes,
            "remarks": run_remarks(outcomes, self.replicates),
        }

    def blocks(self, report: dict[str, Any] | None = None) -> Blocks:
        """Yield what ``redline run`` prints, made of `report` (`to_dict`), if that is at hand."""
        return run_blocks(report or self.to_dict(), self.scenario.title or self.scenario.name)

    def to_pandas(
        self, columns: Sequence[str] | None = None, where: str | None = None
    ) -> "pd.DataFrame":
        """Return a row for each replicate: its number, its class, and every measure.

        Parameters
        ----------
        columns : names of those wanted, in their order; all, by default
        where : a condition that a replicate must meet, such as ``attacks > 90``

        Raises
        ------
        InputError
            For a column that does not exist, or a condition that cannot be read.
        """
        import pandas as pd

        known = ("replicate", "class", *COLUMNS)
        columns = None if columns is None else names(columns)
        if unknown := [name for name in columns or () if name not in known]:
            raise InputError(f"no column {unknown[0]}{nearest(unknown[0], known)}")
        condition = Condition(where, known, {"class": OUTCOMES}) if where else None
        chosen = list(known if columns is None else columns)
        needed = dict.fromkeys([*chosen, *(condition.names if condition else ())])
        found = {name: self._values(name) for name in needed}
        rows = condition.holds(found) if condition else slice(None)
        table = {name: found[name][rows] for name in chosen}
        if "class" in table:
            table["class"] = pd.Categorical.from_codes(table["class"], list(OUTCOMES))
        return pd.DataFrame(table)

    def _values(self, name: str) -> NDArray[Any]:
        if name == "replicate":
            return np.arange(self.first, self.first + len(self.column("class")))
        return self.column(name)

    def to_xarray(self) -> "xr.Dataset":
        """Return the measures over the dimension ``replicate``, with their words and units.

        Needs xarray: ``pip install "redline[xarray]"``.
        """
        return of_run(self.to_pandas(), origin(self.scenario.name, self.seed, self.rules))

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
                    "the reproduced histories differ from the stored ones: other versions of "
                    "libraries, or an edited manifest"
                )
        return found

    def _check_stored(self, numbers: Sequence[int]) -> None:
        """Refuse replicates that are not there: of a sweep under way, some may not be yet."""
        last = self.first + len(self.column("class")) - 1
        if not all(self.first <= number <= last for number in numbers):
            raise InputError(f"replicate {max(numbers)} is not stored yet")

    def _rules_changed(self) -> str:
        """Return that the rules have changed since, and what still has the histories."""
        return "the rules have changed since, so its histories cannot be reproduced"

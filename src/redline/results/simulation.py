"""A run: replicates of one scenario, in memory or in a folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from redline.case import Scenario, load_scenario
from redline.engine import Trace, rules_hash
from redline.results.engines import open_engine
from redline.results.histories import Replicates
from redline.results.measures import binned, column_of
from redline.results.precision import MOST, until_width
from redline.results.storage.running import run_into
from redline.results.storage.stored import StoredRun
from redline.results.tallies import check_range, gathered, tallies, warm_up
from redline.support import InputError, at_home, check_room, placing, shown_progress
from redline.theory import Measures, Records, dtype_of

REPLICATE_BYTES = 2 * dtype_of(Measures).itemsize
"""Memory for each replicate of `simulate` at its peak: as blocks, and as one array."""


@dataclass(frozen=True, eq=False)
class Results(Replicates):
    """Replicates of a scenario, measured.

    Attributes
    ----------
    first : number of the first replicate
    measures : (R,) `redline.theory.Measures`, one record per replicate, in order
    counts : (W,) `redline.theory.WeekCounts`, over all replicates
    seconds : time spent simulating; compilation not included
    """

    scenario: Scenario
    seed: int
    first: int
    engine: str
    measures: Records
    counts: Records
    seconds: float

    def __post_init__(self) -> None:
        """Let nobody change by mistake what was measured."""
        for held in (self.measures, self.counts):
            held.flags.writeable = False

    def __repr__(self) -> str:
        return f"<{len(self)} replicates of {self.scenario.name}, seed {self.seed}: see summary()>"

    @property
    def replicates(self) -> int:
        """How many there are."""
        return len(self.measures)

    @property
    def rules(self) -> str:
        """The hash of the rules that they followed: those of now."""
        return rules_hash()

    def save(self, folder: Path | str, *, force: bool = False) -> StoredRun:
        """Store the run in a folder, as `simulate` with ``to=`` does; return what is stored.

        The replicates are simulated again, in parts: a run of millions takes that time once more.

        Parameters
        ----------
        folder : a new one, or that of the same run
        force : replace an earlier run of the scenario that differs

        Raises
        ------
        InputError
            If the folder holds something else, or the replicates do not begin with number 0.
        """
        if self.first:
            raise InputError(f"a stored run begins with replicate 0, not with {self.first}")
        how: Any = {"engine": self.engine, "force": force}
        place = at_home(folder)
        with placing(place, within=True):
            return run_into(place, self.scenario, self.replicates, self.seed, **how)

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure, in replicate order; see `Distribution`."""
        return column_of(self.measures, name)

    def weekly_counts(self, quantity: str) -> NDArray[np.int64]:
        """Return how many replicates stood where in each week; see `Distribution`."""
        return binned(self.counts, quantity)


class RunOptions(TypedDict, total=False):
    """What `simulate` takes by name, but for ``to``, which decides what it returns."""

    engine: str
    workers: int | None
    first: int
    traces: bool
    force: bool
    until: float | None
    until_of: str
    most: int
    progress: bool | Callable[[int], None] | None
    notice: Callable[[str], None] | None


@overload
def simulate(
    scenario: str | Path | Scenario,
    replicates: int = ...,
    seed: int = ...,
    *,
    to: None = None,
    **options: Unpack[RunOptions],
) -> Results: ...


@overload
def simulate(
    scenario: str | Path | Scenario,
    replicates: int = ...,
    seed: int = ...,
    *,
    to: str | Path,
    **options: Unpack[RunOptions],
) -> StoredRun: ...


def simulate(
    scenario: str | Path | Scenario,
    replicates: int = 1000,
    seed: int = 1,
    *,
    to: str | Path | None = None,
    engine: str = "batch",
    workers: int | None = None,
    first: int = 0,
    traces: bool = False,
    force: bool = False,
    until: float | None = None,
    until_of: str = "confrontation",
    most: int = MOST,
    progress: bool | Callable[[int], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Results | StoredRun:
    """Simulate replicates of a scenario and measure them: ``redline run``.

    Parameters
    ----------
    scenario
        A built-in name, the path of a scenario file, or a `Scenario`.
    replicates, first
        The replicates [first, first + replicates) of the seed.
    seed
        In [0, 2**64). The same replicate of two scenarios under one seed shares its chance.
    to
        A folder to store the run in, in place of memory; what differs there is not replaced.
    engine
        ``batch`` (compiled), ``mesa`` (readable) or ``gpu`` (experimental, measures alone); the
        results are equal, bit for bit.
    workers
        Threads of the batch engine; as many as processors by default.
    traces, force
        Of a run in a folder: store every week, too; replace an earlier run that differs.
    until, until_of, most
        Go on from `replicates` until the 95 % interval of the share of a class, ``confrontation``
        by default, is no wider than `until`; at `most` replicates it stops.
    progress
        Whether a bar is shown; by default in a terminal or a notebook, if it takes longer than a
        second. Or a function, called with the number of the next replicate, now and then.
    notice
        Called with what its user should know, in a sentence.

    Returns
    -------
    `Results` in memory or, by `to`, a `StoredRun`, which reads what it is asked for.

    Raises
    ------
    InputError
        For a scenario that cannot be read, numbers out of range, more replicates than memory
        holds, or a folder that holds something else.

    Examples
    --------
    >>> results = simulate("standoff_2019_2021", 200)
    >>> len(results)
    200
    """
    scenario = load_scenario(scenario)
    seed, first, replicates = check_range(seed, first, replicates)
    how: Any = {"engine": engine, "workers": workers}
    if until is not None and first:
        raise InputError("until goes on from replicate 0: leave out first")
    if until is not None:
        look: Any = {"start": replicates, "most": most, "seed": seed, "notice": notice, **how}
        reached = until_width(scenario, until, until_of, **look)
        replicates = reached.replicates
        if notice:
            notice(reached.sentence())
    if to is not None and first:
        raise InputError(f"a stored run begins with replicate 0, not with {first}")
    with shown_progress(progress, replicates, first) as report:
        if to is None:
            return _in_memory(scenario, replicates, seed, first, report, **how)
        how |= {"traces": traces, "force": force, "notice": notice}
        place = at_home(to)
        with placing(place, within=True):
            return run_into(place, scenario, replicates, seed, progress=report, **how)


def _in_memory(
    scenario: Scenario,
    replicates: int,
    seed: int,
    first: int,
    progress: Callable[[int], None] | None,
    engine: str,
    workers: int | None,
) -> Results:
    check_room("replicates", replicates, memory_each=REPLICATE_BYTES)
    warm_up()
    blocks = tallies(scenario, replicates, seed, engine=engine, workers=workers, first=first)
    began = time.perf_counter()
    whole = gathered(blocks, progress)
    return Results(
        scenario=scenario,
        seed=seed,
        first=first,
        engine=engine,
        measures=whole.measures,
        counts=whole.counts,
        seconds=time.perf_counter() - began,
    )


def trace(
    scenario: str | Path | Scenario,
    first: int = 0,
    replicates: int = 1,
    seed: int = 1,
    *,
    engine: str = "batch",
) -> Trace:
    """Return what happened in a few replicates, week by week and militia by militia.

    Raises
    ------
    InputError
        As `simulate`.
    """
    scenario = load_scenario(scenario)
    seed, first, replicates = check_range(seed, first, replicates)
    return open_engine(scenario, seed, engine).run(first, replicates, moves=True)

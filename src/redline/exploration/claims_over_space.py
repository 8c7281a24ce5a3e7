"""Where the argument holds: every claim tested at points all over plausible parameter space.

At each point the claims' own experiments are run, the point's values laid below the arms' own
changes, so that at the defaults they give what ``redline claims`` gives. What came of each
point is stored in a folder that is taken up again after an interruption
(`redline.results.collected`), and becomes a map in the end.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from redline.argument import (
    Experiment,
    Lab,
    Threshold,
    Turn,
    ledger_names,
    load_experiment,
    run_experiment,
    totals_of,
)
from redline.case import Points, label_of, load_scenario, points_of, read_point_file, to_json, vary
from redline.engine import rules_hash
from redline.evidence import DATA, WEEKS, Fact, attacks, response_ratio, weekly
from redline.exploration.influence import explored
from redline.results import (
    CollectionPlan,
    Stopped,
    Workers,
    check_range,
    collected,
    linearised,
    wilson,
)
from redline.support import JSON_FORMAT, at_home, check_room, identity_of_modules, processors, whole

STANDOFF = "standoff_2019_2021"
POINTS = 256
REPLICATES = 400
FOLDER = "tried"
"""Where what came of the points lies in the folder of a map."""
RECORD = "attack_records.csv"
MATCHED = ("F2 A", "F2 B", "F2", "F4 A", "F4 B")
"""The recorded counts that a point may match: those that the defaults were fitted to."""
SURVIVE = 0.025
"""The share of replicates without war that a match takes at least: the record has none."""
SIGNIFICANT = 0.05
TRIED_BYTES = 300
"""Memory for each test at each point."""
PART_BYTES = 8192
"""Disk for each point: its part, its line in the journal, and its place in the manifest."""
WEEKS_BYTES = 40 * WEEKS
"""Memory for the weeks of each replicate, while a point is set beside the record."""
FEWEST = 8
"""Points on either side from which on a leading parameter is looked for."""


class Trial(NamedTuple):
    """A point to be tried: its number, its values, and by how many replicates of which claims."""

    number: int
    values: dict[str, int | float]
    replicates: int
    seed: int
    claims: tuple[str, ...]


ROW = pa.schema(
    {"claim": pa.string(), "verdict": pa.string(), "holds": pa.bool_(), "matches": pa.bool_()}
)
"""What is stored of every test at a point."""


class Tried(NamedTuple):
    """What became of the claims at a point.

    `verdicts` and `holds` are by test, such as C4a; `matches` says whether the standoff there
    matches the record's counts.
    """

    number: int
    verdicts: dict[str, str]
    holds: dict[str, bool | None]
    matches: bool


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


@dataclass(frozen=True)
class Robustness:
    """All tests over all points that were tried."""

    points: Points
    tried: tuple[Tried, ...]
    replicates: int
    seed: int

    @cached_property
    def matching(self) -> int:
        """How many points match the record's counts."""
        return sum(one.matches for one in self.tried)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """How every test stands, in the order of the ledger."""
        return tuple(self._standing(claim) for claim in self.tried[0].verdicts)

    def _standing(self, claim: str) -> Standing:
        verdicts = [one.verdicts[claim] for one in self.tried]
        kinds = ("supported", "undecided", "not supported")
        n = len(self.tried)
        return Standing(
            claim,
            _share([one.holds[claim] for one in self.tried]),
            Share(*wilson(sum(one.holds[claim] is True for one in self.tried), n), n),
            _share([one.holds[claim] for one in self.tried if one.matches]),
            {kind: verdicts.count(kind) for kind in kinds},
            self._leading(claim),
        )

    def _leading(self, claim: str) -> Leading | None:
        from scipy.stats import mannwhitneyu

        known = [one for one in self.tried if one.holds[claim] is not None]
        rows = np.array([one.number for one in known], np.int64)
        fails = np.array([not one.holds[claim] for one in known], bool)
        if min(fails.sum(), (~fails).sum()) < FEWEST:
            return None
        found = []
        for address, column in self.points.columns.items():
            values = column[rows]
            test = mannwhitneyu(values[fails], values[~fails])
            auc = float(test.statistic) / (int(fails.sum()) * int((~fails).sum()))
            p = min(1.0, float(test.pvalue) * len(self.points.columns))
            found.append(Leading(address, auc, p))
        return max(found, key=lambda one: abs(one.auc - 0.5))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline robustness --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "points": len(self.tried),
            "replicates": self.replicates,
            "seed": self.seed,
            "matching": self.matching,
            "addresses": list(self.points.addresses),
            "claims": [
                {
                    "claim": one.claim,
                    "holds": one.holds._asdict() if one.holds else None,
                    "holds_of_all_points": one.everywhere._asdict(),
                    "decided": one.decided,
                    "holds_where_matching": one.matching._asdict() if one.matching else None,
                    "verdicts": one.verdicts,
                    "leading": {**one.leading._asdict(), "words": str(one.leading)}
                    if one.leading
                    else None,
                }
                for one in self.standings
            ],
        }


def _share(holds: Sequence[bool | None]) -> Share | None:
    known = [one for one in holds if one is not None]
    return Share(*wilson(sum(known), len(known)), len(known)) if known else None


def try_point(trial: Trial, *, stopped: Event | None = None) -> pa.Table:
    """Return what comes of every claim at a point, a row per test; see `Tried`.

    Raises
    ------
    Stopped
        If `stopped` was set meanwhile.
    """
    rows: list[dict[str, Any]] = []
    for name in trial.claims:
        if stopped and stopped.is_set():
            raise Stopped
        experiment = load_experiment(name, trial.values)
        found = run_experiment(experiment, trial.replicates, trial.seed, 1, mechanisms=False)
        rows += [{"claim": r.claim, "verdict": r.verdict, "holds": r.holds} for r in found]
    matches = matches_record(trial)
    return pa.Table.from_pylist([{**row, "matches": matches} for row in rows], ROW)


def tried_at(number: int, rows: pa.Table) -> Tried:
    """Return what became of the claims at a point of a number from the rows of `try_point`."""
    claims, *told, matches = (column.to_pylist() for column in rows.columns)
    verdicts, holds = (dict(zip(claims, one, strict=True)) for one in told)
    return Tried(number, verdicts, holds, matches[0])


def matches_record(trial: Trial) -> bool:
    """Return whether the record's counts lie among the middle 95 % of replicates at a point.

    Of the replicates without war until then, which must not be too few themselves: the record
    has no war.
    """
    found = weekly(vary(STANDOFF, trial.values), trial.replicates, trial.seed, workers=1)
    if (~found.war).mean() < SURVIVE:
        return False
    told = [*attacks(found), *response_ratio(found)]
    return all(fact.overlaps for fact in told if fact.name in MATCHED)


def plausible_points(points: int, seed: int, only: Sequence[str] = ()) -> Points:
    """Return points that fill the plausible ranges of all parameters evenly (Sobol')."""
    scenario = explored(load_scenario(STANDOFF), "sobol", points, only)
    assert scenario.sweep is not None
    return points_of(scenario.sweep, seed)


def drawn_points(path: Path, points: int) -> tuple[Points, tuple[str, ...]]:
    """Return the first points of a table, a column per address, and what is left out of it.

    Raises
    ------
    InputError
        If it cannot be read, or a column or a value is not allowed.
    """
    places, left = read_point_file(at_home(path), load_scenario(STANDOFF).document, points)
    for edge in (np.min, np.max):
        vary(STANDOFF, {name: edge(column).item() for name, column in places.columns.items()})
    return places, left


def robustness(
    folder: Path | str,
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    *,
    claims: Sequence[str] = (),
    only: Sequence[str] = (),
    draws: Path | str | None = None,
    executor: str = "processes",
    workers: int | None = None,
    address: str | None = None,
    progress: Callable[[int], None] | None = None,
    notice: Callable[[str], None] = warnings.warn,
) -> Robustness:
    """Test every claim at points of plausible space; go on with what a folder holds.

    Parameters
    ----------
    folder
        Where to keep what is made, a part for each point.
    claims
        Names of experiments; those of the argument, by default.
    only
        Only parameters whose addresses begin so are moved.
    draws
        A Parquet or CSV table of points, such as those of a posterior, in place of plausible
        space: its first rows.
    notice
        Told of columns of `draws` that are left out.

    Raises
    ------
    InputError
        For a folder that holds the same of other points, numbers, rules or experiments, or of
        an earlier version, or for more than memory or disk hold.
    """
    folder = at_home(folder)
    seed, _, replicates = check_range(seed, 0, replicates)
    points = whole("points", points, 1)
    names = tuple(claims) or tuple(ledger_names())
    experiments = [load_experiment(name) for name in names]  # all are read before any is run
    if draws:
        places, left = drawn_points(Path(draws), points)
        if left:
            notice(f"{draws}: left out, as no addresses: {', '.join(left)}")
    else:
        places = plausible_points(points, seed, only)
    plan = _plan(folder, places, replicates, seed, experiments)
    tests = sum(len(experiment.tests) for experiment in experiments)
    sizes = {"memory_each": TRIED_BYTES * tests, "disk_each": PART_BYTES}
    check_room("points", len(places), folder=folder, **sizes)
    each = max(WEEKS_BYTES, *(experiment.replicate_bytes for experiment in experiments))
    at_once = 1 if address else workers or processors()
    check_room("replicates", replicates, memory_each=at_once * each)

    def trial(number: int) -> Trial:
        return Trial(number, places.values(number), replicates, seed, names)

    makers = Workers(executor, workers, address)
    made = collected(folder / FOLDER, plan, len(places), trial, try_point, makers, progress)
    return Robustness(places, tuple(map(tried_at, count(), made)), replicates, seed)


DIFFERS = {
    "values": "the values at its points differ",
    "experiments": "the experiments, or the scenarios of their arms, differ",
    "record": "the standoff that is set beside the record differs, or the record does",
    "rules": "the rules have changed since it began",
    "code": "how claims are tested has changed since it began",
}
"""What is said where an input differs that is not said as it is."""


def _plan(
    folder: Path, points: Points, replicates: int, seed: int, experiments: Sequence[Experiment]
) -> CollectionPlan:
    """Return everything that a map is a function of: numbers, code and files."""
    told = [one.resolved() for one in experiments]
    standoff = json.dumps(to_json(load_scenario(STANDOFF)), sort_keys=True).encode()
    code = (
        *(run_experiment, Lab, Turn, totals_of, Threshold, linearised),
        *(attacks, response_ratio, weekly, Fact, try_point),
    )
    inputs = {
        "points": len(points),
        "replicates": replicates,
        "seed": seed,
        "values": points.digest(),
        "experiments": hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        "record": hashlib.sha256(standoff + (DATA / RECORD).read_bytes()).hexdigest(),
        "rules": rules_hash(),
        "code": identity_of_modules(code),
    }
    return CollectionPlan("map of robustness", inputs, DIFFERS, (folder / "robustness.jsonl",))

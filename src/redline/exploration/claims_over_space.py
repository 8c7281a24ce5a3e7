"""Where the argument holds: every claim tested at points all over plausible parameter space.

At each point the claims' own experiments are run, the point's values laid below the arms' own
changes, so that at the defaults they give what ``redline claims`` gives. What is made is
written down point by point and taken up again after an interruption.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np

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
from redline.case import Points, load_scenario, points_of, read_point_file, to_json, vary
from redline.engine import rules_hash
from redline.evidence import DATA, WEEKS, attacks, response_ratio, weekly
from redline.exploration.sensitivity import explored
from redline.results import Failure, check_range, dispatch, open_pool, threads_for, wilson
from redline.support import (
    JSON_FORMAT,
    LARGEST_JSON,
    InputError,
    at_home,
    check_file,
    check_room,
    identity_of_modules,
    named,
    processors,
    sync,
    whole,
)

STANDOFF = "standoff_2019_2021"
POINTS = 256
REPLICATES = 400
JOURNAL = "robustness.jsonl"
MATCHED = ("F2 A", "F2 B", "F2", "F4 A", "F4 B")
"""The recorded counts that a point may match: those that the defaults were fitted to."""
SURVIVE = 0.025
"""The share of replicates without war that a match takes at least: the record has none."""
SIGNIFICANT = 0.05
TRIED_BYTES, LINE_BYTES = 300, 40
"""Memory and disk for each test at each point."""
LIVED_BYTES = 40 * WEEKS
"""Memory for the weeks of each replicate, while a point is set beside the record."""
FEWEST = 8
"""Points on either side from which on a leading parameter is looked for."""


class Task(NamedTuple):
    """A point to be tried."""

    number: int
    values: dict[str, int | float]
    replicates: int
    seed: int
    claims: tuple[str, ...]


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
        return f"{self.address} is {side}"


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
        total = sum(self.verdicts.values())
        return 1 - self.verdicts["undecided"] / total


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


def try_point(task: Task) -> Tried:
    """Run every claim at a point, and look whether the standoff there matches the record."""
    verdicts: dict[str, str] = {}
    holds: dict[str, bool | None] = {}
    for name in task.claims:
        experiment = load_experiment(name, task.values)
        for row in run_experiment(experiment, task.replicates, task.seed, 1, mechanisms=False):
            verdicts[row.claim], holds[row.claim] = row.verdict, row.holds
    return Tried(task.number, verdicts, holds, matches_record(task))


def matches_record(task: Task) -> bool:
    """Return whether the record's counts lie among the middle 95 % of replicates at a point.

    Of the replicates without war until then, which must not be too few themselves: the record
    has no war.
    """
    found = weekly(vary(STANDOFF, task.values), task.replicates, task.seed, workers=1)
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
        Where to write what is made, a line for each point.
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
        For a folder that holds the same of other points, numbers, rules or experiments, or for
        more than memory or disk hold.
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
    plan = _plan(places, replicates, seed, experiments)
    _check_size(folder, len(places), replicates, experiments, workers if not address else 1)
    tests = [test.name for experiment in experiments for test in experiment.tests]
    done = _taken_up(folder / JOURNAL, plan, len(places), tests)
    tasks = (
        Task(number, places.values(number), replicates, seed, names)
        for number in range(len(places))
        if number not in done
    )
    opened = partial(open_pool, executor, threads_for(workers), address, Event())
    with closing(dispatch(opened, try_point, tasks)) as made:
        for task, result in made:
            if isinstance(result, Failure):
                raise result.error
            done[task.number] = result
            _write_line(folder / JOURNAL, result._asdict())
            if progress:
                progress(len(done))
    tried = tuple(done[number] for number in sorted(done))
    return Robustness(places, tried, replicates, seed)


def _check_size(
    folder: Path,
    points: int,
    replicates: int,
    experiments: Sequence[Experiment],
    workers: int | None,
) -> None:
    """Check that memory and disk hold what is tried, by every worker at once.

    Raises
    ------
    InputError
        If they do not.
    """
    tests = sum(len(experiment.tests) for experiment in experiments)
    sizes = {"memory_each": TRIED_BYTES * tests, "disk_each": LINE_BYTES * tests}
    check_room("points", points, folder=folder, **sizes)
    each = max(LIVED_BYTES, *(experiment.replicate_bytes for experiment in experiments))
    check_room("replicates", replicates, memory_each=(workers or processors()) * each)


def _plan(points: Points, replicates: int, seed: int, experiments: Sequence[Experiment]) -> str:
    """Return the hash of everything that the results are a function of: code and files."""
    code = identity_of_modules(
        (run_experiment, Lab, Turn, totals_of, Threshold, attacks, response_ratio)
    )
    digest = hashlib.sha256(f"{rules_hash()} {code}".encode())
    for experiment in experiments:
        arms = {name: to_json(arm) for name, arm in experiment.arms.items()}
        digest.update(json.dumps(arms, sort_keys=True).encode())
        digest.update(repr(experiment.tests).encode())
    digest.update(json.dumps(to_json(load_scenario(STANDOFF)), sort_keys=True).encode())
    digest.update((DATA / "attack_records.csv").read_bytes())
    digest.update(f"{points.digest()} {replicates} {seed}".encode())
    return digest.hexdigest()


def _taken_up(path: Path, plan: str, points: int, tests: Sequence[str]) -> dict[int, Tried]:
    """Return what a journal holds of a plan; begin one where there is none.

    Raises
    ------
    InputError
        If it is of another plan, or no journal.
    """
    check_file(path, LARGEST_JSON)
    entries = list(_lines(path)) if path.exists() else []
    if not entries and not (path.exists() and path.stat().st_size):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_line(path, {"plan": plan})
        return {}
    if not entries or entries[0].get("plan") != plan:
        raise InputError(
            f"{path}: holds results of other points, numbers, code or experiments; take another "
            "folder with -o"
        )
    try:
        done = {int(entry["number"]): Tried(**entry) for entry in entries[1:]}
        sound = all(
            0 <= number < points
            and list(one.verdicts) == list(one.holds) == list(tests)
            and type(one.matches) is bool
            for number, one in done.items()
        )
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise InputError(f"{path}: is damaged; take another folder with -o")
    return done


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a journal; the last may have been torn by a kill."""
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _write_line(path: Path, entry: dict[str, Any]) -> None:
    with named(path), path.open("ab+") as file:
        torn = file.tell() > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
        file.write(b"\n" * torn + json.dumps(entry).encode() + b"\n")
        file.flush()
        sync(file.fileno())

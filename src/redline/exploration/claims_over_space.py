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
from itertools import count as number_from
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from redline.argument import (
    Experiment,
    Lab,
    Threshold,
    Turn,
    check_apart,
    ledger_names,
    load_experiment,
    run_experiment,
    totals_of,
)
from redline.case import Points, load_scenario, points_of, read_point_file, to_json, vary
from redline.engine import rules_hash
from redline.evidence import DATA, Fact, attacks, heard, response_ratio, weekly
from redline.exploration.influence import explored
from redline.exploration.standings import Leading, Share, Standing, share_of, words_of
from redline.exploration.trials import STANDOFF, WEEKS_BYTES, Trial, try_point
from redline.results import (
    CollectionPlan,
    Workers,
    check_range,
    collected,
    linearised,
    usual_executor,
    wilson,
)
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    Result,
    ShowProgress,
    Table,
    at_home,
    check_room,
    count,
    counted,
    folder_first,
    identity_of_modules,
    names,
    printable,
    processors,
    whole,
)

if TYPE_CHECKING:
    import pandas as pd

POINTS = 256
REPLICATES = 400
PLACE = Path("results", "robustness")
FOLDER = "tried"
"""Where what came of the points lies in the folder of a map."""
RECORD = "attack_records.csv"
SIGNIFICANT = 0.05
TELLING = 0.5
"""Share of points at which a test must be decided for its share to mean something."""
TRIED_BYTES = 300
"""Memory for each test at each point."""
PART_BYTES = 8192
"""Disk for each point: its part, its line in the journal, and its place in the manifest."""
FEWEST = 8
"""Points on either side from which on a leading parameter is looked for."""


class Tried(NamedTuple):
    """What became of the claims at a point.

    `verdicts` and `holds` are by test, such as C4a; `matches` says whether the standoff there
    matches the record's counts.
    """

    number: int
    verdicts: dict[str, str]
    holds: dict[str, bool | None]
    matches: bool


@dataclass(frozen=True, repr=False, eq=False)
class Robustness(Result):
    """All tests over all points that were tried.

    Attributes
    ----------
    draws : the table whose points they are; None where they fill plausible space
    folder : what it was made in
    """

    points: Points
    tried: tuple[Tried, ...]
    replicates: int
    seed: int
    draws: Path | None = None
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return of what it is, and of how much."""
        return (
            f"Robustness({len(self.standings)} tests, {len(self.tried):,} points, "
            f"{self.replicates:,} replicates, seed {self.seed})"
        )

    @property
    def where(self) -> str:
        """What the points fill, in words."""
        return (
            f"the points of the {printable(self.draws.stem)}"
            if self.draws
            else "plausible parameter space"
        )

    @property
    def finding(self) -> str:
        """A sentence for how many tests hold nearly everywhere, and how many hardly."""
        return standings_finding(self)

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
            share_of([one.holds[claim] for one in self.tried]),
            Share(*wilson(sum(one.holds[claim] is True for one in self.tried), n), n),
            share_of([one.holds[claim] for one in self.tried if one.matches]),
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

    def blocks(self) -> Blocks:
        """Yield in what share of the points each claim holds, and where it fails; of how much."""
        rows = []
        for one in self.standings:
            leading = ""
            if one.leading and one.leading.p < SIGNIFICANT:
                leading = f"{one.leading} (AUC {one.leading.auc:.2f}, p {one.leading.p:.2g})"
            numbers = map(str, one.verdicts.values())
            rows.append([one.claim, words_of(one.holds), words_of(one.matching), *numbers, leading])
        held = ("holds, 95 %", "where the record's counts match")
        verdicts = ("supported", "undecided", "not supported")
        yield Bold(self.finding)
        yield Table(("claim", *held, *verdicts, "fails where"), rows, "lllrrrl")
        yield (
            f"{len(self.tried):,} points, {self.matching:,} of which match the record's counts; "
            f"{counted(self.replicates, 'replicate')} per arm"
        )

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each test, in the order of the ledger.

        Its claim; the share of points where it holds (holds, with holds_low and holds_high: of
        those where it can be asked), the same of all points (everywhere) and of those that
        match the record's counts (matching); the share where it is decided; how many points
        have which verdict; and the address that tells best where it fails, with auc and p.
        """
        import pandas as pd

        rows = []
        for one in self.standings:
            row: dict[str, Any] = {"claim": one.claim}
            shares = {"holds": one.holds, "everywhere": one.everywhere, "matching": one.matching}
            for name, share in shares.items():
                row[name] = share and share.value
                row |= {f"{name}_{end}": share and getattr(share, end) for end in ("low", "high")}
            row["decided"] = one.decided
            row |= {name.replace(" ", "_"): number for name, number in one.verdicts.items()}
            leading = one.leading or Leading(None, None, None)  # type: ignore[arg-type]
            rows.append({**row, "leading": leading.address, "auc": leading.auc, "p": leading.p})
        return pd.DataFrame(rows)

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


def standings_finding(found: Robustness) -> str:
    """Return a sentence for how many tests hold nearly everywhere, and how many hardly."""
    told = [one for one in found.standings if one.decided >= TELLING]
    most = sum(one.everywhere.low > 0.5 for one in told)
    highs = [(one, one.holds.high) for one in told if one.holds]
    least = sum(high < 0.5 for _, high in highs)
    unclear = sum(one.everywhere.low <= 0.5 and high >= 0.5 for one, high in highs)
    vague = len(found.standings) - len(told)
    rest = f"; {count(vague, 'test')} undecided at most points" if vague else ""
    if unclear:
        rest += f"; of {count(unclear, 'test')} the points do not tell"
    few = f"{least} in less than half"
    total = len(found.standings)
    return f"{most} of {total} tests hold in most of {found.where}, {few}{rest}"


def tried_at(number: int, rows: pa.Table) -> Tried:
    """Return what became of the claims at a point of a number from the rows of `try_point`."""
    claims, *told, matches = (column.to_pylist() for column in rows.columns)
    verdicts, holds = (dict(zip(claims, one, strict=True)) for one in told)
    return Tried(number, verdicts, holds, matches[0])


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


@folder_first(lambda given, named: True)
def robustness(
    points: int = POINTS,
    replicates: int = REPLICATES,
    seed: int = 1,
    *,
    to: str | Path | None = None,
    claims: str | Sequence[str] = (),
    only: str | Sequence[str] = (),
    draws: Path | str | None = None,
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    progress: ShowProgress = None,
    notice: Callable[[str], None] | None = warnings.warn,
) -> Robustness:
    """Find in what share of the plausible parameter space each claim holds, and where it fails.

    Every parameter is drawn from its plausible range; at each point all claims are tested. What
    a folder holds already of the same is not done again.

    Parameters
    ----------
    points
        Points of plausible parameter space, or the first of a table of `draws`.
    replicates, seed
        Of every arm at each point.
    to
        Where to keep what is made, a part for each point; by default ``results/robustness``.
    claims
        Names of experiments; those of the argument, by default.
    only
        Only parameters whose addresses begin so are moved.
    draws
        A Parquet or CSV table of points, such as those of a posterior, in place of plausible
        space: its first rows.
    executor, workers, address
        Where points are simulated; see `redline.sweep`. By default in processes, and in threads
        where a script would be run again by each process.
    progress
        Whether a bar is shown; by default in a terminal or a notebook. Or called with how many
        points are stored.
    notice
        Called with columns of `draws` that are left out; a warning by default.

    Raises
    ------
    InputError
        For a folder that holds the same of other points, numbers, rules or experiments, or of
        an earlier version, or for more than memory or disk hold.
    """
    folder = at_home(to or PLACE)
    check_apart(folder)
    seed, _, replicates = check_range(seed, 0, replicates)
    points = whole("points", points, 1)
    tested = tuple(names(claims)) or tuple(ledger_names())
    experiments = [load_experiment(name) for name in tested]  # all are read before any is run
    table = at_home(draws) if draws else None
    if table:
        places, left = drawn_points(table, points)
        if left:
            heard(notice)(f"{table}: ignored columns, which are not addresses: {', '.join(left)}")
    else:
        places = plausible_points(points, seed, names(only))
    plan = _plan(folder, places, replicates, seed, experiments)
    tests = sum(len(experiment.tests) for experiment in experiments)
    sizes = {"memory_each": TRIED_BYTES * tests, "disk_each": PART_BYTES}
    check_room("points", len(places), folder=folder, **sizes)
    each = max(WEEKS_BYTES, *(experiment.replicate_bytes for experiment in experiments))
    at_once = 1 if address else workers or processors()
    check_room("replicates", replicates, memory_each=at_once * each)

    def trial(number: int) -> Trial:
        return Trial(number, places.values(number), replicates, seed, tested)

    makers = Workers(executor or usual_executor(), workers, address)
    made = collected(folder / FOLDER, plan, len(places), trial, try_point, makers, progress)
    tried = tuple(map(tried_at, number_from(), made))
    return Robustness(places, tried, replicates, seed, table, folder)


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

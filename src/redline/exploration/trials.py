"""A point of parameter space: every claim tested there, and the record set beside it.

What this module computes is kept; results of it are taken up again only while it is the same.
"""

from threading import Event
from typing import Any, NamedTuple

import pyarrow as pa

from redline.argument import load_experiment, run_experiment
from redline.case import vary
from redline.evidence import WEEKS, attacks, response_ratio, weekly
from redline.results import Stopped

STANDOFF = "standoff_2019_2021"
MATCHED = ("F2 A", "F2 B", "F2", "F4 A", "F4 B")
"""The recorded counts that a point may match: those that the defaults were fitted to."""
SURVIVE = 0.025
"""The share of replicates without war that a match takes at least: the record has none."""
WEEKS_BYTES = 40 * WEEKS
"""Memory for the weeks of each replicate, while a point is set beside the record."""


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

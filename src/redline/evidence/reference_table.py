"""The reference table: histories drawn from the prior, with statistics that the record has, too.

Each row is a point of the prior and what came of a history there. The table is made part by
part, in a folder that is taken up again after an interruption (`redline.results.collected`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from redline.case import Points, Scenario, points_of, to_json, vary
from redline.engine import PointsEngine, rules_hash
from redline.evidence.facts.frequency import dispersion, longest_lull, thinned
from redline.evidence.facts.weeks import Floats, Weekly, listed_weeks, weeks_of
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import rungs_by_week, scored_moves
from redline.evidence.recorded.known import record_of
from redline.evidence.recorded.published import Count
from redline.evidence.replay import check_weeks
from redline.results import CollectionPlan, Stopped, Workers, check_range, collected
from redline.support import InputError, ShowProgress, check_room, identity_of_modules
from redline.theory import GROUPS, Actor, Provocation, Response, table

POINTS = 100_000
CHUNK = 1000
SMALLEST = 200
FEWEST_WEEKS = 26
SCOPE = published.SCOPE
MOST_WEIGHT, MOST_TEMPO = 4.0, 6.0
FOLDER = "reference_table"
"""Where a table lies in the folder of a calibration or a forecast."""
HELD, STORED = 3.0, 1.1
"""How often a row is in memory at the peak, and its size on disk to that in memory."""


class Statistic(NamedTuple):
    """A statistic of one history: its recorded value, and the relative error of that."""

    name: str
    recorded: float
    scope: float


def recorded(
    until: date = published.END,
    events: Sequence[published.Event] | None = None,
    counts: Sequence[Count] | None = None,
) -> list[Statistic]:
    """Return the statistics that the record has of the weeks up to a day.

    `events` stand in place of the list of dated events, `counts` in place of the published
    counts; what is not given stays.

    Raises
    ------
    InputError
        If no attack among the events, or none of the counts, is of those weeks.
    """
    weeks, known = weeks_by(until), record_of(events, counts)
    if events is not None and not listed_by(until, events):  # zeros are no record
        raise InputError(
            f"no attack counts from {published.START} to {whole_weeks(until)}, of {len(events):,} "
            "events given: an attack needs a militia's name in the initiator "
            f"({', '.join(published.MILITIA_WORDS)}), one of {', '.join(published.MEANS)} in the "
            "type, and a status that begins with confirmed"
        )
    if counts is not None and not known.counts_by(until):
        raise InputError(f"none of {len(counts)} published counts ends by {until}")
    moves = scored_moves(known.events)
    listed = listed_weeks(known)[None, :weeks]
    answers, provoked = (
        np.array(rungs_by_week(actor, moves)[:weeks])
        for actor in (Actor.UNITED_STATES, Actor.MILITIAS)
    )
    fatal = sum(m.killed for m in moves if m.actor is Actor.MILITIAS and m.week < weeks)
    return [
        *(
            Statistic(f"attacks_{count.name}", float(count.attacks), count.relative_error)
            for count in known.counts_by(until)
        ),
        Statistic("strikes", float((answers >= Response.STRIKE).sum()), 0.0),
        Statistic("decapitations", float((answers == Response.DECAPITATION).sum()), 0.0),
        Statistic("fatal_attacks", float(fatal), 0.0),
        Statistic("assault_weeks", float((provoked >= Provocation.ASSAULT).sum()), 0.0),
        Statistic("dispersion", float(np.log1p(dispersion(listed))[0]), 0.0),
        Statistic("longest_lull", float(np.sqrt(longest_lull(listed))[0]), 0.0),
    ]


def listed_by(until: date, events: Sequence[published.Event] | None = None) -> int:
    """Return how many attacks are listed in the weeks that end by a day."""
    return int(listed_weeks(record_of(events))[: weeks_by(until)].sum())


def weeks_by(until: date) -> int:
    """Return how many weeks of the record end by a day."""
    return max(0, min(published.WEEKS, ((until - published.START).days + 1) // 7))


def whole_weeks(until: date) -> date:
    """Return the last day of the last week that ends by a day: what counts up to it ends there."""
    return published.START + timedelta(weeks=weeks_by(until), days=-1)


def statistics(
    found: Weekly,
    until: date,
    rng: np.random.Generator,
    listed: int,
    counts: Sequence[Count] | None = None,
) -> Floats:
    """Return the statistics of replicates, in the order of `recorded`: (R, S).

    Bursts and lulls are of as many attacks, drawn at random, as are `listed`.
    """
    weeks = weeks_by(until)
    thin = thinned(found.attacks[:, :weeks], listed, rng)
    here = slice(0, weeks)
    known = record_of(None, counts)
    columns = [found.counted(found.attacks, count) for count in known.counts_by(until)]
    columns += [
        found.strikes[:, here].sum(axis=1),
        (found.response[:, here] == Response.DECAPITATION).sum(axis=1),
        found.fatal[:, here].sum(axis=1),
        (found.crossings[:, here] > found.fatal[:, here]).sum(axis=1),
    ]
    lulls = [np.log1p(dispersion(thin)), np.sqrt(longest_lull(thin))]
    return np.stack([*(column.astype(np.float64) for column in columns), *lulls], axis=1)


# The table


@dataclass(frozen=True)
class ReferenceTable:
    """Histories drawn from the prior.

    Attributes
    ----------
    addresses : the parameters that vary, D of them
    low, high : (D,) their prior ranges, uniform in between
    values : (N, D)
    statistics : (N, S)
    peace : (N,) whether the history had no war by the end of the weeks that count
    """

    addresses: tuple[str, ...]
    low: Floats
    high: Floats
    values: Floats
    statistics: Floats
    peace: NDArray[np.bool_]


class Rows(NamedTuple):
    """A part of the table: points at each of which a history is to be simulated.

    `first` is the number of the first point, and of its replicate; `listed` the attacks that
    the record lists.
    """

    number: int
    first: int
    scenario: Scenario
    points: Points
    seed: int
    until: date
    listed: int
    counts: tuple[Count, ...] | None


def calibrated() -> tuple[str, ...]:
    """Return the addresses to calibrate: all but rationalities and whole numbers.

    A rationality shares its scale with the utilities; the talks were off in May 2019.
    """
    return tuple(prior_ranges())


def prior_ranges(wide: bool = False) -> dict[str, tuple[float, float]]:
    """Return the range of every parameter that is calibrated, uniform in between.

    The plausible ones lie around defaults that saw the whole record. Wide ones know nothing of
    these: what is a probability or a share, and every driver that is an intensity, lies in
    [0, 1], the tempo in [0, 6] (every faction once a week), any other weight in [0, 4], four
    times the force of a campaign.
    """
    found = {}
    every = {f"{group}.{name}": note for group in GROUPS for name, note in table(group).items()}
    for address, note in every.items():
        if not note.calibrated or note.integer:
            continue
        if not wide:
            found[address] = note.plausible
        elif note.bounds[1] <= 1 or note.unit in ("intensity", "capability"):
            found[address] = (0.0, 1.0)
        else:
            found[address] = (0.0, MOST_TEMPO if address == "militias.tempo" else MOST_WEIGHT)
    return found


def prior_points(scenario: Scenario, points: int, seed: int, wide: bool = False) -> Points:
    """Return points that fill the prior ranges of what is calibrated evenly (Sobol')."""
    ranges = {name: {"from": a, "to": b} for name, (a, b) in prior_ranges(wide).items()}
    table_ = {"design": "sobol", "points": points, **ranges}
    swept = vary(scenario, sweep=table_).sweep
    assert swept is not None
    return points_of(swept, seed)


def simulate_rows(rows: Rows, *, stopped: Event | None = None) -> pa.Table:
    """Return the points of a part with the statistics of a history at each.

    Raises
    ------
    Stopped
        If `stopped` was set meanwhile.
    """
    engine = PointsEngine(
        rows.scenario, rows.points, rows.seed, lambda numbers: numbers - rows.first, stopped
    )
    found = weeks_of(engine.run(rows.first, len(rows.points)))
    if stopped and stopped.is_set():
        raise Stopped
    peace = ~found.war | (found.simulated.sum(axis=1) > weeks_by(rows.until))
    rng = np.random.default_rng([rows.seed, rows.number])
    columns = dict(rows.points.columns)
    told = statistics(found, rows.until, rng, rows.listed, rows.counts)
    for place, one in enumerate(recorded(rows.until, counts=rows.counts)):
        columns[f"statistic.{one.name}"] = told[:, place]
    columns["peace"] = peace
    return pa.table({name: pa.array(column.tolist()) for name, column in columns.items()})


def part_count(points: int) -> int:
    """Return in how many parts a table of so many points is made."""
    return -(-points // CHUNK)


def make_reference_table(
    folder: Path,
    scenario: Scenario,
    points: int = POINTS,
    seed: int = 1,
    until: date = published.END,
    *,
    events: Sequence[published.Event] | None = None,
    counts: Sequence[Count] | None = None,
    wide: bool = False,
    executor: str = "processes",
    workers: int | None = None,
    address: str | None = None,
    progress: ShowProgress = None,
) -> ReferenceTable:
    """Simulate a history at every point of the prior; go on with what a folder holds.

    Of `events` in place of the record's only their number matters to what is simulated: as many
    attacks are drawn for bursts and lulls. `counts` stand in place of the published ones, in
    whose windows attacks are summed. `wide` takes the ranges that know nothing of the defaults; see
    `prior_ranges`. `progress` is called with how many parts are stored, of `part_count`.

    Raises
    ------
    InputError
        For a folder that holds another table, or one of an earlier version, a scenario of other
        weeks, too few points or weeks, events or counts that say nothing of these (see
        `recorded`), or more points than memory or disk hold.
    """
    if weeks_by(until) < FEWEST_WEEKS:
        raise InputError(f"until={until} must leave at least half a year of the record before it")
    check_weeks(scenario)
    seed, _, points = check_range(seed, 0, points)
    if points < SMALLEST:
        raise InputError(f"a reference table needs {SMALLEST} points or more, not {points}")
    row = 8.0 * (len(prior_ranges(wide)) + len(recorded(until)) + 1)
    sizes = {"memory_each": HELD * row, "disk_each": STORED * row}
    check_room("points", points, folder=folder, **sizes)
    places = prior_points(scenario, points, seed, wide)
    listed = listed_by(until, events)
    about = recorded(until, events, counts)
    windows = [(count.first, count.last) for count in record_of(None, counts).counts_by(until)]
    plan = _plan(folder, scenario, points, seed, until, wide, f"{listed} {windows} {about}")
    given = None if counts is None else tuple(counts)

    def rows(number: int) -> Rows:
        first = number * CHUNK
        columns = {name: column[first : first + CHUNK] for name, column in places.columns.items()}
        here = Points(min(CHUNK, points - first), columns)
        return Rows(number, first, scenario, here, seed, until, listed, given)

    makers = Workers(executor, workers, address)
    parts = collected(folder, plan, part_count(points), rows, simulate_rows, makers, progress)
    whole, ranges = pa.concat_tables(parts), prior_ranges(wide)
    names = tuple(name for name in whole.column_names if name in ranges)
    low, high = np.array([ranges[name] for name in names]).T
    values, told = (
        np.stack([whole[name].to_numpy() for name in columns], axis=1)
        for columns in (names, [f"statistic.{one.name}" for one in about])
    )
    peace = np.array(whole["peace"].to_pylist(), bool)
    return ReferenceTable(names, low, high, values, told, peace)


DIFFERS = {
    "scenario": "the scenario differs",
    "record": "the record differs that is given, or its counts",
    "rules": "the rules have changed since it began",
    "code": "how histories are compared with the record has changed since it began",
}
"""What is said where an input differs that is not said as it is."""


def _plan(
    folder: Path, scenario: Scenario, points: int, seed: int, until: date, wide: bool, known: str
) -> CollectionPlan:
    """Return everything that a table is a function of, and its record.

    Two records may have one table, and yet not share a folder: what is said beside it differs.
    """
    document = json.dumps(to_json(scenario), sort_keys=True)
    inputs = {
        "points": points,
        "seed": seed,
        "until": until.isoformat(),
        "prior": "wide" if wide else "plausible",
        "scenario": hashlib.sha256(document.encode()).hexdigest(),
        "record": hashlib.sha256(known.encode()).hexdigest(),
        "rules": rules_hash(),
        "code": identity_of_modules((make_reference_table, weeks_of, dispersion)),
    }
    earlier = tuple(place / "bank.json" for place in (folder, folder.with_name("bank")))
    return CollectionPlan("reference table", inputs, DIFFERS, earlier)

"""The bank: histories drawn from the prior, with statistics that the record has, too.

Parts are written one by one and taken up again, so that an interrupted bank goes on.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.case import Points, Scenario, points_of, to_json, vary
from redline.engine import BatchEngine, rules_hash
from redline.evidence.facts.frequency import dispersion, longest_lull, thinned
from redline.evidence.facts.weeks import Floats, Ints, Weekly, together, weeks_of
from redline.evidence.record import published
from redline.evidence.record.coding import code, rungs_by_week
from redline.evidence.record.published import Count
from redline.evidence.replay import check_weeks
from redline.results import (
    Failure,
    OtherResultsError,
    check_range,
    dispatch,
    open_pool,
    read_table,
    threads_for,
    written,
)
from redline.support import (
    LARGEST_SETTINGS,
    InputError,
    check_file,
    check_room,
    entries,
    identity_of_modules,
    shown,
    system_problem,
)
from redline.theory import GROUPS, Actor, Provocation, Response, table

POINTS = 100_000
CHUNK = 1000
SMALLEST = 200
FEWEST_WEEKS = 26
SCOPE = published.SCOPE
MOST_WEIGHT, MOST_TEMPO = 4.0, 6.0
PLAN = "bank.json"
HELD, STORED = 3.0, 1.1
"""How often a row of a bank is in memory at the peak, and its size on disk to that in memory."""


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
    weeks = weeks_by(until)
    known = _scored(events)
    _check_given(until, events, counts)
    moves = [move for move in map(code, known) if move is not None]
    listed = _weekly(known)[None, :weeks]
    answers = np.array(rungs_by_week(Actor.UNITED_STATES, moves)[:weeks])
    provoked = np.array(rungs_by_week(Actor.MILITIAS, moves)[:weeks])
    fatal = sum(m.killed for m in moves if m.actor is Actor.MILITIAS and m.week < weeks)
    return [
        *(
            Statistic(f"attacks_{count.name}", float(count.attacks), count.relative_error)
            for count in _counts(until, counts)
        ),
        Statistic("strikes", float((answers >= Response.STRIKE).sum()), 0.0),
        Statistic("decapitations", float((answers == Response.DECAPITATION).sum()), 0.0),
        Statistic("fatal_attacks", float(fatal), 0.0),
        Statistic("assault_weeks", float((provoked >= Provocation.ASSAULT).sum()), 0.0),
        Statistic("dispersion", float(np.log1p(dispersion(listed))[0]), 0.0),
        Statistic("longest_lull", float(np.sqrt(longest_lull(listed))[0]), 0.0),
    ]


def _check_given(
    until: date, events: Sequence[published.Event] | None, counts: Sequence[Count] | None
) -> None:
    """Check that what is given says something of the weeks up to a day: zeros are no record."""
    if events is not None and not listed_by(until, events):
        raise InputError(
            f"no attack counts from {published.START} to {whole_weeks(until)}, of {len(events):,} "
            "events given: it takes a militia's word in the initiator "
            f"({', '.join(published.MILITIA_WORDS)}), one of {', '.join(published.MEANS)} in the "
            "type, and a status that begins with confirmed"
        )
    if counts is not None and not _counts(until, counts):
        raise InputError(f"none of {len(counts)} published counts ends by {until}")


def _scored(events: Sequence[published.Event] | None) -> list[published.Event]:
    """Return the events, the record's by default, that are confirmed and of its weeks."""
    known = published.events() if events is None else events
    return [one for one in known if one.is_scored]


def _weekly(known: Sequence[published.Event]) -> Ints:
    """Return the attacks among events in each of the 112 weeks."""
    weeks = [one.week for one in known if one.is_attack]
    return np.bincount(np.array(weeks, np.int64), minlength=published.WEEKS)


def listed_by(until: date, events: Sequence[published.Event] | None = None) -> int:
    """Return how many attacks are listed in the weeks that end by a day."""
    return int(_weekly(_scored(events))[: weeks_by(until)].sum())


def weeks_by(until: date) -> int:
    """Return how many weeks of the record end by a day."""
    return max(0, min(published.WEEKS, ((until - published.START).days + 1) // 7))


def whole_weeks(until: date) -> date:
    """Return the last day of the last week that ends by a day: what counts up to it ends there."""
    return published.START + timedelta(weeks=weeks_by(until), days=-1)


def _counts(until: date, counts: Sequence[Count] | None = None) -> list[Count]:
    """Return the published counts, the record's by default, that end by a day."""
    known = published.counts() if counts is None else counts
    return [count for count in known if count.last <= until]


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
    columns = [found.counted(found.attacks, count) for count in _counts(until, counts)]
    columns += [
        found.strikes[:, here].sum(axis=1),
        (found.response[:, here] == Response.DECAPITATION).sum(axis=1),
        found.fatal[:, here].sum(axis=1),
        (found.crossings[:, here] > found.fatal[:, here]).sum(axis=1),
    ]
    lulls = [np.log1p(dispersion(thin)), np.sqrt(longest_lull(thin))]
    return np.stack([*(column.astype(np.float64) for column in columns), *lulls], axis=1)


# The bank


@dataclass(frozen=True)
class Bank:
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


class Task(NamedTuple):
    """Some points of the bank, to be lived."""

    number: int
    first: int
    scenario: Scenario
    points: tuple[dict[str, int | float], ...]
    seed: int
    until: date
    listed: int
    counts: tuple[Count, ...] | None


def calibrated() -> tuple[str, ...]:
    """Return the addresses to calibrate: all but rationalities and whole numbers.

    A rationality shares its scale with the utilities; the talks were off in May 2019.
    """
    return tuple(
        f"{group}.{name}"
        for group in GROUPS
        for name, note in table(group).items()
        if note.calibrated and not note.integer
    )


def prior_ranges(wide: bool = False) -> dict[str, tuple[float, float]]:
    """Return the range of every parameter that is calibrated, uniform in between.

    The plausible ones lie around defaults that saw the whole record. Wide ones know nothing of
    these: what is a probability or a share, and every driver that is an intensity, lies in
    [0, 1], the tempo in [0, 6] (every faction once a week), any other weight in [0, 4], four
    times the force of a campaign.
    """
    found = {}
    for address in calibrated():
        group, name = address.split(".")
        note = table(group)[name]
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


def live(task: Task) -> pa.Table:
    """Return the points of a task with the statistics of a history at each."""
    rows = []
    for place, values in enumerate(task.points):
        runner = BatchEngine(vary(task.scenario, values), task.seed)
        rows.append(weeks_of(runner.run(task.first + place, 1)))
    found = together(rows)
    weeks = weeks_by(task.until)
    peace = ~found.war | (found.simulated.sum(axis=1) > weeks)
    rng = np.random.default_rng([task.seed, task.number])
    table_ = {name: np.array([p[name] for p in task.points]) for name in task.points[0]}
    told = statistics(found, task.until, rng, task.listed, task.counts)
    for place, one in enumerate(recorded(task.until, counts=task.counts)):
        table_[f"statistic.{one.name}"] = told[:, place]
    table_["peace"] = peace
    return pa.table({name: pa.array(column.tolist()) for name, column in table_.items()})


def make_bank(
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
    progress: Callable[[int], None] | None = None,
) -> Bank:
    """Live a history at every point of the prior; go on with what a folder holds.

    Of `events` in place of the record's only their number matters to what is lived: as many
    attacks are drawn for bursts and lulls. `counts` stand in place of the published ones, in
    whose windows attacks are summed. `wide` takes the ranges that know nothing of the defaults; see
    `prior_ranges`.

    Raises
    ------
    InputError
        For a folder that holds another bank, a scenario of other weeks, too few points or
        weeks, events or counts that say nothing of these (see `recorded`), or more points than
        memory or disk hold.
    """
    if weeks_by(until) < FEWEST_WEEKS:
        raise InputError(f"until={until} must leave half a year of the record before it")
    check_weeks(scenario)
    seed, _, points = check_range(seed, 0, points)
    if points < SMALLEST:
        raise InputError(f"a bank takes {SMALLEST} points or more, not {points}")
    _check_size(folder, points, until, wide)
    places = prior_points(scenario, points, seed, wide)
    listed = listed_by(until, events)
    about = recorded(until, events, counts)
    windows = [(count.first, count.last) for count in _counts(until, counts)]
    known = f"{listed} {windows} {about}"
    _settle(folder, _plan(scenario, points, seed, until, wide, known))
    task = Task(0, 0, scenario, (), seed, until, listed, None if counts is None else tuple(counts))
    opened = partial(open_pool, executor, threads_for(workers), address, Event())
    parts = [folder / f"part-{number:05d}.parquet" for number in range(-(-points // CHUNK))]
    done = sum(1 for path in parts if _rows(path))
    with closing(dispatch(opened, live, _missing(task, places, parts))) as made:
        for one, result in made:
            if isinstance(result, Failure):
                raise result.error
            with written(parts[one.number]) as temporary:
                temporary.write_bytes(_parquet(result))
            done += 1
            if progress:
                progress(done)
    return _read(parts, places.addresses, prior_ranges(wide), about)


def _missing(task: Task, places: Points, parts: Sequence[Path]) -> Iterator[Task]:
    """Yield what is to be lived for the parts that are not there, or damaged."""
    for number, path in enumerate(parts):
        here = range(number * CHUNK, min(len(places), (number + 1) * CHUNK))
        if _rows(path) != len(here):
            points = tuple(places.values(point) for point in here)
            yield task._replace(number=number, first=here.start, points=points)


def _read(
    parts: Sequence[Path],
    names: tuple[str, ...],
    ranges: Mapping[str, tuple[float, float]],
    about: Sequence[Statistic],
) -> Bank:
    """Return the bank that parts hold together."""
    whole = pa.concat_tables([read_table(path) for path in parts])
    return Bank(
        names,
        np.array([ranges[name][0] for name in names]),
        np.array([ranges[name][1] for name in names]),
        np.stack([whole[name].to_numpy() for name in names], axis=1),
        np.stack([whole[f"statistic.{one.name}"].to_numpy() for one in about], axis=1),
        np.array(whole["peace"].to_pylist(), bool),
    )


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _check_size(folder: Path, points: int, until: date, wide: bool) -> None:
    """Check that memory and disk hold a bank.

    Raises
    ------
    InputError
        If they do not, with the points that would fit.
    """
    row = 8.0 * (len(prior_ranges(wide)) + len(recorded(until)) + 1)
    sizes = {"memory_each": HELD * row, "disk_each": STORED * row}
    check_room("points", points, folder=folder, **sizes)


def _rows(path: Path) -> int:
    """Return how many rows a part has; 0 where it is not there, or damaged."""
    try:
        if not path.is_file():
            return 0
        with path.open("rb") as file:
            return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowInvalid):
        return 0


NUMBERS = ("points", "seed", "until", "prior")
DIFFERS = {
    "scenario": "the scenario differs",
    "record": "the record differs that is given, or its counts",
    "rules": "the rules have changed since it began",
    "code": "how histories are compared with the record has changed since it began",
}
"""What a bank is a function of: what is said as it is, and what is said in words."""


def _plan(
    scenario: Scenario, points: int, seed: int, until: date, wide: bool, known: str
) -> dict[str, Any]:
    """Return everything that a bank is a function of, and its record.

    Two records may have one bank, and yet not share a folder: what is said beside it differs.
    """
    document = json.dumps(to_json(scenario), sort_keys=True)
    return {
        "points": points,
        "seed": seed,
        "until": until.isoformat(),
        "prior": "wide" if wide else "plausible",
        "scenario": hashlib.sha256(document.encode()).hexdigest(),
        "record": hashlib.sha256(known.encode()).hexdigest(),
        "rules": rules_hash(),
        "code": identity_of_modules((make_bank, weeks_of, dispersion)),
    }


def _apart(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return what tells the bank that a folder holds from a wanted one."""
    if not held.keys() >= wanted.keys():
        return ["it was made by another version"]
    return [
        f"{key}: {shown(held[key])} there, {shown(value)} here" if key in NUMBERS else DIFFERS[key]
        for key, value in wanted.items()
        if held[key] != value
    ]


def _settle(folder: Path, plan: dict[str, Any]) -> None:
    """Take a folder for a bank.

    Raises
    ------
    InputError
        If it holds another one, or something else.
    """
    path = folder / PLAN
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_file(path, LARGEST_SETTINGS)
        if path.exists():
            found = _apart(json.loads(path.read_text("utf-8")), plan)
            if found:
                raise OtherResultsError(
                    [
                        f"{folder}: holds another bank of histories, which is not replaced:",
                        *(f"  {line}" for line in found),
                        "take another folder, or move it away",
                    ]
                )
        elif any(entries(folder)):
            raise InputError(f"{folder}: holds something else")
        else:
            with written(path) as temporary:
                temporary.write_text(json.dumps(plan) + "\n", "utf-8")
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"{path}: is damaged") from None
    except OSError as error:
        raise InputError(system_problem(error, folder)) from None

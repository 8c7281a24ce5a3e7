"""A record that a user gives: what is read of its tables, and what is said of them.

`calibrate` and `forecast` take tables of dated events and of published counts, and make a
reference table of simulated histories to compare them with. `notice` is told what to know.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from redline.case import Scenario
from redline.evidence.recorded.cells import read_date
from redline.evidence.recorded.event_table import APART, EventTable, read_table
from redline.evidence.recorded.events import START, Event, judge
from redline.evidence.recorded.known import Record
from redline.evidence.recorded.published import (
    Count,
    end_of_week,
    listed_attacks,
    read_counts,
)
from redline.evidence.recorded.published import counts as shipped
from redline.evidence.reference_table import FEWEST_WEEKS, listed_by, weeks_by, whole_weeks
from redline.results import check_executor, check_range, usual_executor, written
from redline.support import ESCAPES, InputError, at_home, shown, whole

GivenEvents: TypeAlias = str | Path | Record | Sequence[Event] | None
GivenCounts: TypeAlias = str | Path | Record | Sequence[Count] | None
"""A table in a file, what was read of one, or a record that has them."""
Notice: TypeAlias = Callable[[str], None]
T = TypeVar("T")
LONG = 150
"""Days without an event that are told; the longest lull of the shipped list has 133."""


def heard(notice: Notice | None) -> Notice:
    """Return what remarks are told to; nobody, where there is none."""
    return notice or (lambda told: None)


def check_numbers(
    points: int, seed: int, executor: str | None, workers: int | None, address: str | None
) -> tuple[int, int]:
    """Return points and seed as Python's own, before anything is read or simulated.

    Raises
    ------
    InputError
        If one is out of range, or there is no such executor, or it has no workers.
    """
    points, seed = whole("points", points, 1), check_range(seed, 0, 1)[0]
    check_executor(executor or usual_executor(), address)
    if workers is not None:
        whole("workers", workers, 1)
    return points, seed


def _read_already(name: str, given: Any, kind: type[T]) -> Sequence[T] | None:
    """Return events or counts that are no file: those of a record, or a sequence of them.

    Raises
    ------
    InputError
        If they are of another kind.
    """
    if isinstance(given, Record):
        found: Sequence[T] = getattr(given, name)
        return found
    if given is None:
        return None
    if isinstance(given, Sequence):
        other = [one for one in given if not isinstance(one, kind)]
        if not other:
            return given
        raise InputError(
            f"{name} must be of the kind of redline.record().{name}: {shown(other[0])}"
        )
    raise InputError(
        f"{name} must be a file, a record, or a list of the kind of redline.record().{name}, not "
        f"{type(given).__name__}"
    )


def default_folder(scenario: Scenario, kind: str) -> Path:
    """Return the folder in which results of a kind are made where no other is named."""
    return Path("results") / f"{scenario.name}-{kind}"


def scenario_second(given: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Return whether a scenario follows the first argument, which was the folder in 0.1.0."""
    return "scenario" in named or (len(given) > 1 and isinstance(given[1], Scenario))


def day_of(name: str, given: date | str) -> date:
    """Return a day that is given as one, or as text such as 2020-12-27.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(given, datetime):
        return given.date()
    found = given if isinstance(given, date) else read_date(str(given))
    if found is None:
        raise InputError(f"{name} {shown(str(given))}: a date is YYYY-MM-DD")
    return found


def whole_past(until: date, notice: Notice) -> date:
    """Return the last day that counts: that of the last whole week; say if it is another."""
    last = whole_weeks(until)
    if last == until or weeks_by(until) < FEWEST_WEEKS:  # which is refused later on
        return until
    notice(f"only whole weeks count: {until} falls within one, so the past ends on {last}")
    return last


def given_past(
    given: GivenEvents, until: date, counts: Sequence[Count] | None, notice: Notice
) -> Sequence[Event] | None:
    """Return events that are the whole past to a day; of a file, say what is odd in it.

    Raises
    ------
    InputError
        If they cannot be read or are no events, or none of a file is an attack of that time.
    """
    if not isinstance(given, str | Path):
        return _read_already("events", given, Event)
    path = at_home(given)
    table = _events(path, START, until, "attack", notice)
    _say_gaps(path, table.days(START, until), START, until, notice)
    _say_counts(table, counts, until, notice)
    return table.events


def given_future(
    given: GivenEvents,
    until: date,
    to: date | None,
    counts: Sequence[Count] | None,
    notice: Notice,
) -> Sequence[Event] | None:
    """Return the events that came; of a file, say what is the past, and how far they reach.

    Raises
    ------
    InputError
        If a file cannot be read, they are of another kind, or there is none in it.
    """
    if not isinstance(given, str | Path):
        return _read_already("events", given, Event)
    path = at_home(given)
    table = _events(path, START, to or date.max, "event", notice)
    end = end_of_week(to or table.events[-1].date)
    days = table.days(until + timedelta(days=1), end)
    is_past = listed_by(until, table.events)
    if is_past:
        notice(
            f"{path}: events to {until} are the past; the forecast is scored on later ones, "
            f"to {end}"
        )
        _say_gaps(path, table.days(START, until), START, until, notice)
    else:
        past = f"no attack to {until}: the past is the built-in record"
        notice(f"{path}: {past}; the forecast is scored on events to {end}")
    if days:
        _say_gaps(path, days, until, end, notice)
    if is_past:
        _say_counts(table, counts, until, notice)
    return table.events


def given_counts(given: GivenCounts, until: date, notice: Notice) -> Sequence[Count] | None:
    """Return published counts, if any are given; of a file, say which are used up to a day."""
    if not isinstance(given, str | Path):
        return _read_already("counts", given, Count)
    path = at_home(given)
    found = read_counts(path)
    told = [
        f"{one.name} {one.attacks:,} attacks, {one.first} to {one.last}, ± "
        f"{100 * one.relative_error:.3g} %{'' if one.last <= until else f', past {until}'}"
        for one in found
    ]
    notice(f"{path}: {len(found)} row{'s' * (len(found) != 1)}: {'; '.join(told)}")
    return found


def check_came(events: Sequence[Event], until: date, end: date) -> None:
    """Check that something of what came counts, within reach of the past.

    Raises
    ------
    InputError
        If nothing does; or if years pass before the first event, or after the last one.
    """
    came = [one.date for one in events if until < one.date <= end and judge(one).counts]
    if not came:
        raise InputError(
            f"none of the {len(events):,} events given counts from {until + timedelta(days=1)} to "
            f"{end}"
        )
    for before, after, what in (
        (until, min(came), "end of the past"),
        (max(came), end, "last day to forecast"),
    ):
        if (after - before).days > APART:
            raise InputError(
                f"{(after - before).days // 365} years lie between the events from {min(came)} to "
                f"{max(came)} and the {what}, {before if before == until else end}"
            )


def write_report(path: Path, report: Any) -> None:
    """Write a report as JSON for people, too; whole, or not at all."""
    with written(path) as temporary:
        text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", "utf-8", ESCAPES)


def _say_counts(
    table: EventTable, counts: Sequence[Count] | None, until: date, notice: Notice
) -> None:
    """Say how many attacks are listed where as many are counted, and by whom."""
    told = []
    for one in counts or shipped():
        if one.last <= until:
            listed = len(listed_attacks(one.first, one.last, table.events))
            more = ", more than are counted" if listed > one.attacks else ""
            told.append(f"{one.name} {one.attacks:,} attacks ({listed:,} are listed{more})")
    whose = "those of counts=" if counts else "the shipped ones; counts= gives others"
    if told:
        notice(f"published counts are {whose}: {'; '.join(told)}")


def _events(path: Path, first: date, last: date, wanted: str, notice: Notice) -> EventTable:
    """Return the events of a file; say what every row counts for, and what is odd.

    Raises
    ------
    InputError
        If they cannot be read, or none that is wanted counts from the first day to the last.
    """
    table = read_table(path)
    table.check(first, last, wanted)
    for told in (*table.notes, *table.faults(first, last), table.summary(first, last)):
        notice(told)
    return table


def _say_gaps(path: Path, days: Sequence[date], first: date, last: date, notice: Notice) -> None:
    """Say where for long nothing counts: it may be quiet, or no longer in the list."""
    for start, end in pairwise((first, *days, last)):
        if (end - start).days > LONG:
            notice(
                f"{path}: nothing from {start} to {end} counts: those weeks are taken to be quiet"
            )

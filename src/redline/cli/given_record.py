"""A record that a user gives: what is read of its tables, and what is said of them.

``calibrate`` and ``forecast`` read tables of dated events and of published counts, and make a
reference table of simulated histories to compare them with.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.options import Decorator, together
from redline.cli.printing import tell

if TYPE_CHECKING:
    from datetime import date as Day  # noqa: N812

    from redline.evidence import Count, EventTable

LONG = 150
"""Days without an event that are told; the longest lull of the shipped list has 133."""
counts_option = options.file(
    "--counts", help="A table of published counts of attacks, in place of the record's."
)


def table_options(points: int, kind: str) -> Decorator:
    """Return the options of a command that makes a reference table in a folder of a kind."""
    return together(
        click.option(
            "-n",
            "--points",
            type=click.IntRange(200, 10_000_000),
            default=points,
            help="Histories in the reference table, each at a point of its own.",
        ),
        options.seed,
        options.values,
        options.workplace,
        options.output(
            help=f"Folder; by default results/SCENARIO-{kind}. What it holds is not done again."
        ),
        options.as_json(),
    )


def whole_past(until: "Day") -> "Day":
    """Return the last day that counts: that of the last whole week; say if it is another."""
    from redline.evidence import FEWEST_WEEKS, weeks_by, whole_weeks

    last = whole_weeks(until)
    if last == until or weeks_by(until) < FEWEST_WEEKS:  # which is refused later on
        return until
    tell(f"weeks count whole: {until} is within one, and the past ends on {last}")
    return last


def given_past(path: Path, until: "Day", counts: "tuple[Count, ...] | None") -> "EventTable":
    """Return the events of a file that is the whole past to a day; say what is odd in it.

    Raises
    ------
    InputError
        If they cannot be read, or none is an attack of that time.
    """
    from redline.evidence import START

    table = _events(path, START, until, "attack")
    _say_gaps(path, table.days(START, until), START, until)
    say_counts(table, counts, until)
    return table


def given_future(path: Path, until: "Day", to: "Day | None") -> "EventTable":
    """Return the events of a file; say what of them is the past, and how far they reach.

    Raises
    ------
    InputError
        If they cannot be read, or there is none.
    """
    from datetime import date, timedelta

    from redline.evidence import START, end_of_week, listed_by

    table = _events(path, START, to or date.max, "event")
    end = end_of_week(to or table.events[-1].date)
    days = table.days(until + timedelta(days=1), end)
    if listed_by(until, table.events):
        tell(f"{path}: events to {until} are the past, those after it what came, to {end}")
        _say_gaps(path, table.days(START, until), START, until)
    else:
        tell(f"{path}: no attack to {until}: the past is the shipped record's; what came, to {end}")
    if days:
        _say_gaps(path, days, until, end)
    return table


def given_counts(path: Path | None, until: "Day") -> "tuple[Count, ...] | None":
    """Return the published counts of a file, if one is given; say which are used up to a day."""
    from redline.evidence import read_counts

    if path is None:
        return None
    found = read_counts(path)
    told = [
        f"{one.name} {one.attacks:,} attacks, {one.first} to {one.last}, ± "
        f"{100 * one.relative_error:.3g} %{'' if one.last <= until else f', past {until}'}"
        for one in found
    ]
    tell(f"{path}: {len(found)} row{'s' * (len(found) != 1)}: {'; '.join(told)}")
    return found


def say_counts(table: "EventTable", counts: "tuple[Count, ...] | None", until: "Day") -> None:
    """Say how many attacks are listed where as many are counted, and by whom."""
    from redline.evidence import counts as shipped
    from redline.evidence import listed_attacks

    told = []
    for one in counts or shipped():
        if one.last <= until:
            listed = len(listed_attacks(one.first, one.last, table.events))
            more = ", more than are counted" if listed > one.attacks else ""
            told.append(f"{one.name} {one.attacks:,} attacks ({listed:,} are listed{more})")
    whose = "those of --counts" if counts else "the shipped ones; --counts gives others"
    if told:
        tell(f"published counts are {whose}: {'; '.join(told)}")


def _events(path: Path, first: "Day", last: "Day", wanted: str) -> "EventTable":
    """Return the events of a file; say what every row counts for, and what is odd.

    Raises
    ------
    InputError
        If they cannot be read, or none that is wanted counts from the first day to the last.
    """
    from redline.evidence import read_table

    table = read_table(path)
    table.check(first, last, wanted)
    for told in (*table.notes, *table.faults(first, last), table.summary(first, last)):
        tell(told)
    return table


def _say_gaps(path: Path, days: "Sequence[Day]", first: "Day", last: "Day") -> None:
    """Say where for long nothing counts: it may be quiet, or no longer in the list."""
    from itertools import pairwise

    for start, end in pairwise((first, *days, last)):
        if (end - start).days > LONG:
            tell(f"{path}: nothing from {start} to {end} counts: those weeks are held to be quiet")

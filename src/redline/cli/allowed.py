"""``redline calibrate`` and ``forecast``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli.options import (
    PATH,
    json_option,
    read_scenario,
    scenario_argument,
    seed_option,
    set_option,
)
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.space import executor_options
from redline.support import ESCAPES, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date as Day  # noqa: N812

    from redline.evidence import Count, EventTable, Fact


def table_options(points: int, kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of a command that makes a reference table in a folder of a kind."""
    added = (
        click.option(
            "-n",
            "--points",
            type=click.IntRange(200, 10_000_000),
            default=points,
            show_default=True,
            help="Histories in the reference table, each at a point of its own.",
        ),
        seed_option,
        set_option,
        executor_options,
        click.option(
            "-o",
            "--output",
            type=PATH,
            help=f"Folder; by default results/SCENARIO-{kind}. What it holds is not done again.",
        ),
        json_option(),
    )

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(added):
            function = option(function)
        return function

    return add


counts_option = click.option(
    "--counts",
    type=PATH,
    metavar="FILE",
    help="A table of published counts of attacks, in place of the record's.",
)
LONG = 150
"""Days without an event that are told; the longest lull of the shipped list has 133."""


def _read_events(path: Path, first: "Day", last: "Day", wanted: str) -> "EventTable":
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


def _read_counts(path: Path, until: "Day") -> "tuple[Count, ...]":
    """Return the published counts of a file; say which are used up to a day."""
    from redline.evidence import read_counts

    found = read_counts(path)
    told = [
        f"{one.name} {one.attacks:,} attacks, {one.first} to {one.last}, ± "
        f"{100 * one.relative_error:.3g} %{'' if one.last <= until else f', past {until}'}"
        for one in found
    ]
    tell(f"{path}: {len(found)} row{'s' * (len(found) != 1)}: {'; '.join(told)}")
    return found


def _say_counts(table: "EventTable", counts: "tuple[Count, ...] | None", until: "Day") -> None:
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


def _say_left_out(facts: "Sequence[Fact]") -> None:
    """Say which facts have no recorded side in the record that was given, and why."""
    from redline.evidence import LEFT_OUT

    why: dict[str, list[str]] = {}
    for fact in facts:
        if fact.recorded.words.startswith(LEFT_OUT):
            why.setdefault(fact.recorded.words.removeprefix(LEFT_OUT), []).append(fact.name)
    if why:
        told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in why.items())
        tell(f"facts without a recorded side in the record that was given: {told}")


def _write_report(path: Path, report: dict[str, Any]) -> None:
    from redline.results import written

    with written(path) as temporary:
        text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", "utf-8", ESCAPES)


@click.command()
@scenario_argument
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the record to use.  [default: all of it, to 2021-06-27]",
)
@click.option(
    "--events",
    type=PATH,
    metavar="FILE",
    help="A table of dated events, in the format of the record's, in place of them.",
)
@counts_option
@click.option(
    "--cases",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="Records to draw from the prior, to see how honest the posterior is.",
)
@table_options(100_000, "calibration")
def calibrate(
    scenario: str,
    points: int,
    until: Any,
    events: Path | None,
    counts: Path | None,
    cases: int,
    seed: int,
    values: tuple[str, ...],
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find which parameters the record allows, without a likelihood (ABC).

    Histories at points all over the plausible ranges are compared with a few statistics of
    the record. Rationalities are not calibrated: they share their scale with the utilities.
    """
    from redline.case import parse_assignment
    from redline.cli.progress import going_on
    from redline.evidence import END, START, accepted_of, calibrated, part_count
    from redline.evidence import calibrate as calibrated_by
    from redline.figures import draw_calibration, is_resolved, wanted_for
    from redline.results import check_executor

    check_executor(executor, address)
    for text in values:
        name = parse_assignment(text)[0]
        if name in calibrated():
            raise InputError(f"--set {name}: is calibrated, not set")
    last = until.date() if until else END
    if not START <= last <= END:
        raise InputError(f"--until must be in {START} … {END}, not {last}")
    chosen = read_scenario(scenario, values, (), None)
    folder = output or Path("results") / f"{chosen.name}-calibration"
    last = _whole_weeks(last)
    counted = _read_counts(counts, last) if counts else None
    given = _read_events(events, START, last, "attack") if events else None
    if given and events:
        _say_gaps(events, given.days(START, last), START, last)
        _say_counts(given, counted, last)
    with going_on(folder, part_count(points)) as progress:
        found = calibrated_by(
            folder,
            chosen,
            points,
            seed,
            last,
            events=given.events if given else None,
            counts=counted,
            cases=cases,
            executor=executor,
            workers=workers,
            address=address,
            progress=progress,
        )
        report = found.to_dict()
        _write_report(folder / "calibration.json", report)
    _say_left_out(found.facts)
    if not is_resolved(found):
        tell(
            f"{accepted_of(points):,} histories are kept for {len(found.table.addresses)} "
            "parameters: what they narrow is in good part chance; "
            f"-n {wanted_for(found):,} or more resolves it"
        )
    drawn = draw_calibration(found)
    write_drawn(drawn, folder / "calibration.png")
    if as_json:
        print_json(report)
        return
    _print_calibration(report, drawn.title, folder)


MOST_PARAMETERS = 15


def _print_calibration(report: dict[str, Any], title: str, folder: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    out.print(Text(title, style="bold"))
    table = Table()
    for heading in ("parameter", "prior", "posterior: 5 %", "median", "95 %", "narrower by"):
        table.add_column(heading, justify="left" if heading == "parameter" else "right")
    for row in report["parameters"][:MOST_PARAMETERS]:
        table.add_row(
            Text(row["address"]),
            "{:.3g} – {:.3g}".format(*row["prior"]),
            *(f"{row[name]:.3g}" for name in ("q05", "q50", "q95")),
            f"{100 * row['narrower']:.0f} %",
        )
    out.print(table)
    checks = Table(title="Histories at the posterior, beside the record", title_justify="left")
    for heading in ("fact", "statistic", "recorded", "middle 95 %", "verdict"):
        checks.add_column(heading)
    for fact in report["facts"]:
        told = fact["simulated"]
        middle = "–" if told["q025"] is None else f"{told['q025']:.3g} – {told['q975']:.3g}"
        words = Text(fact["record"]["words"])
        checks.add_row(fact["fact"], Text(fact["measure"]), words, middle, fact["verdict"])
    out.print(checks)
    for row in report["war"]:
        share, low, high = (100 * row[name] for name in ("share", "low", "high"))
        out.print(
            f"Lived again, war within {row['weeks']} weeks: {share:.1f} % ({low:.1f} to {high:.1f})"
        )
    for row in report["outside_view"]:
        out.print(f"  {row['what']}: {100 * row['share']:.2g} %")
    coverage = report["coverage"]
    if coverage:
        for row in coverage["levels"]:
            out.print(
                f"Of {coverage['cases']:,} records drawn from the prior, intervals of "
                f"{100 * row['level']:.0f} % held {100 * row['covered']:.1f} % of the truths "
                f"({row['worst']}: {100 * row['worst_covered']:.0f} %)"
            )
    out.print(f"Draws, report and figure are in {folder}")


def _whole_weeks(until: "Day") -> "Day":
    """Return the last day that counts: that of the last whole week; say if it is another."""
    from redline.evidence import FEWEST_WEEKS, weeks_by, whole_weeks

    last = whole_weeks(until)
    if last == until or weeks_by(until) < FEWEST_WEEKS:  # which is refused later on
        return until
    tell(f"weeks count whole: {until} is within one, and the past ends on {last}")
    return last


def _read_what_came(path: Path, until: "Day", to: "Day | None") -> "EventTable":
    """Return the events of a file; say what of them is the past, and how far they reach."""
    from datetime import date, timedelta

    from redline.evidence import START, end_of_week, listed_by

    table = _read_events(path, START, to or date.max, "event")
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


@click.command()
@scenario_argument
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2020-12-27",
    show_default=True,
    help="The last day of the past.",
)
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), help="The last day to forecast.")
@click.option(
    "--drivers",
    metavar="SCENARIO",
    help="A scenario whose timeline is known for the time that is forecast.",
)
@click.option(
    "--events",
    type=PATH,
    metavar="FILE",
    help="What came: a table of events in the format of the record, complete.",
)
@counts_option
@table_options(50_000, "forecast")
def forecast(
    scenario: str,
    until: Any,
    to: Any,
    drivers: str | None,
    events: Path | None,
    counts: Path | None,
    points: int,
    seed: int,
    values: tuple[str, ...],
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Calibrate on the past alone, and score the forecast on what came next.

    Timeline entries after --until are dropped, and priors are wide: neither knows the future.
    Beside the model stands a negative binomial that knows the counts of the same past.
    """
    from redline.cli.progress import going_on
    from redline.evidence import forecast as forecasted
    from redline.evidence import listed_by, part_count
    from redline.results import check_executor

    check_executor(executor, address)
    past = _whole_weeks(until.date())
    counted = _read_counts(counts, past) if counts else None
    came = _read_what_came(events, past, to.date() if to else None) if events else None
    if came and listed_by(past, came.events):
        _say_counts(came, counted, past)
    known = read_scenario(drivers, (), (), None) if drivers else None
    chosen = read_scenario(scenario, values, (), None)
    folder = output or Path("results") / f"{chosen.name}-forecast"
    with going_on(folder, part_count(points)) as progress:
        found = forecasted(
            folder,
            chosen,
            past,
            points,
            seed,
            drivers=known,
            events=came.events if came else None,
            counts=counted,
            to=to.date() if to else None,
            executor=executor,
            workers=workers,
            address=address,
            progress=progress,
        )
        report = found.to_dict()
        _write_report(folder / "forecast.json", report)
    if as_json:
        print_json(report)
        return
    _print_forecast(report)


def _print_forecast(report: dict[str, Any]) -> None:
    from rich.table import Table

    from redline.cli.tables import console

    table = Table()
    for heading in ("what", "weeks", "came", "by", "median", "50 %", "90 %", "log score"):
        table.add_column(heading)
    for one in report["forecasts"]:
        for place, who in enumerate(("model", "baseline")):
            told = one[who]
            spans = [
                f"{row['low']:.0f} – {row['high']:.0f}{'' if row['inside'] else ' (missed)'}"
                for row in told["intervals"]
            ]
            first = [one["quantity"], "{} – {}".format(*one["weeks"]), str(one["happened"])]
            table.add_row(
                *(first if place == 0 else [""] * 3),
                who,
                f"{told['median']:.0f}",
                *spans,
                f"{told['log']:.2f}" + (f" ± {told['log_error']:.2f}" if place == 0 else ""),
            )
    whose = "the record given" if "given" in report["record"].values() else "the record"
    out = console()
    out.print(table)
    out.print(
        f"Calibrated on {whose} to {report['until']}; war by {report['to']} in "
        f"{100 * report['war_by_then']:.1f} % of histories. A lower log score is better; one "
        "window is one forecast."
    )

"""``redline forecast``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.given_record import (
    counts_option,
    given_counts,
    given_future,
    say_counts,
    table_options,
    whole_past,
)
from redline.cli.options import Changes, Workplace, read_scenario
from redline.cli.printing import print_json, write_json
from redline.cli.tables import print_line, print_table

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@options.scenario
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2020-12-27",
    help="The last day of the past.",
)
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), help="The last day to forecast.")
@click.option(
    "--drivers",
    metavar="SCENARIO",
    help="A scenario whose timeline is known for the time that is forecast.",
)
@options.file(
    "--events", help="What came: a table of events in the format of the record, complete."
)
@counts_option
@table_options(50_000, "forecast")
def forecast(
    scenario: str,
    until: "datetime",
    to: "datetime | None",
    drivers: str | None,
    events: Path | None,
    counts: Path | None,
    points: int,
    seed: int,
    changes: Changes,
    workplace: Workplace,
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

    work = workplace.checked()
    past, end = whole_past(until.date()), to.date() if to else None
    counted = given_counts(counts, past)
    came = given_future(events, past, end) if events else None
    if came and listed_by(past, came.events):
        say_counts(came, counted, past)
    known = read_scenario(drivers) if drivers else None
    chosen = read_scenario(scenario, changes)
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
            to=end,
            progress=progress,
            **work,
        )
        report = found.to_dict()
        write_json(folder / "forecast.json", report)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    rows = []
    for one in report["forecasts"]:
        what = [one["quantity"], "{} – {}".format(*one["weeks"]), str(one["happened"])]
        error = f" ± {one['model']['log_error']:.2f}"
        rows.append([*what, "model", *_cells(one["model"], error)])
        rows.append(["", "", "", "baseline", *_cells(one["baseline"])])
    headings = ("what", "weeks", "came", "by", "median", "50 %", "90 %", "log score")
    print_table(headings, rows)
    whose = "the record given" if "given" in report["record"].values() else "the record"
    print_line(
        f"Calibrated on {whose} to {report['until']}; war by {report['to']} in "
        f"{100 * report['war_by_then']:.1f} % of histories. A lower log score is better; one "
        "window is one forecast."
    )


def _cells(told: dict[str, Any], error: str = "") -> list[str]:
    """Return what a forecaster said: median, intervals, and the score of that."""
    spans = [
        f"{row['low']:.0f} – {row['high']:.0f}{'' if row['inside'] else ' (missed)'}"
        for row in told["intervals"]
    ]
    return [f"{told['median']:.0f}", *spans, f"{told['log']:.2f}{error}"]

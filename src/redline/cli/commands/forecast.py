"""``redline forecast``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.given_record import counts_option, table_options
from redline.cli.options import Changes, Workplace, read_scenario
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_blocks

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@options.scenario
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2020-12-27",
    help="Last day that the forecast may use.",
)
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), help="Last day to forecast.")
@click.option(
    "--drivers",
    metavar="SCENARIO",
    help="Scenario whose timeline is taken as known for the forecast period.",
)
@options.file(
    "--events", help="What happened: a complete table of events, in the format of the record's."
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
    """Calibrate on the past alone, and score the forecast against what happened next.

    The model does not see the future: timeline entries after --until are dropped and priors are
    wide. The benchmark is a negative binomial fitted to the counts of the same past.
    """
    from redline.cli.progress import going_on
    from redline.evidence import default_folder, part_count
    from redline.evidence import forecast as forecasted

    work = workplace.checked()
    known = read_scenario(drivers) if drivers else None
    chosen = read_scenario(scenario, changes)
    folder = output or default_folder(chosen, "forecast")
    with going_on(folder, part_count(points)) as progress:
        found = forecasted(
            chosen,
            until,
            points,
            seed,
            to=folder,
            end=to,
            drivers=known,
            events=events,
            counts=counts,
            progress=progress,
            notice=tell,
            **work,
        )
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks())

"""``redline calibrate``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.given_record import counts_option, table_options
from redline.cli.options import Changes, Workplace, read_scenario
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_blocks
from redline.support import InputError

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@options.scenario
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the record to use.  [default: all of it, to 2021-06-27]",
)
@options.file(
    "--events",
    help="Your own table of dated events, in the format of the record's, to use instead of it.",
)
@counts_option
@click.option(
    "--cases",
    type=click.IntRange(0, 100_000),
    default=0,
    help="Number of records to simulate from the prior, to check how well calibrated the "
    "posterior is.",
)
@table_options(100_000, "calibration")
def calibrate(
    scenario: str,
    points: int,
    until: "datetime | None",
    events: Path | None,
    counts: Path | None,
    cases: int,
    seed: int,
    changes: Changes,
    workplace: Workplace,
    output: Path | None,
    as_json: bool,
) -> None:
    """Calibrate the parameters to the record, without a likelihood (ABC).

    Simulates histories at points across the plausible ranges and keeps those whose statistics
    are close to the record's. Rationality parameters stay fixed: only their product with the
    utilities can be identified.
    """
    from redline.cli.progress import going_on
    from redline.evidence import calibrate as calibrated_by
    from redline.evidence import default_folder, part_count
    from redline.figures import draw_calibration

    work = workplace.checked()
    _check_set(changes.values)
    chosen = read_scenario(scenario, changes)
    folder = output or default_folder(chosen, "calibration")
    with going_on(folder, part_count(points)) as progress:
        found = calibrated_by(
            chosen,
            points,
            seed,
            until,
            to=folder,
            events=events,
            counts=counts,
            cases=cases,
            progress=progress,
            notice=tell,
            **work,
        )
    write_drawn(draw_calibration(found), folder / "calibration.png")
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks(figure=True))


def _check_set(values: tuple[str, ...]) -> None:
    """Check that nothing is set that is calibrated."""
    from redline.case import parse_assignment
    from redline.evidence import calibrated

    for text in values:
        name = parse_assignment(text)[0]
        if name in calibrated():
            raise InputError(f"--set {name}: is calibrated, so it cannot be set")

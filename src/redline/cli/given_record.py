"""The options of a command that takes a record that a user gives: ``calibrate``, ``forecast``."""

import click

from redline.cli import options
from redline.cli.options import Decorator, together

counts_option = options.file(
    "--counts",
    help="Your own table of published counts of attacks, to use instead of the record's.",
)


def table_options(points: int, kind: str) -> Decorator:
    """Return the options of a command that makes a reference table in a folder of a kind."""
    return together(
        click.option(
            "-n",
            "--points",
            type=click.IntRange(200, 10_000_000),
            default=points,
            help="Number of simulated histories, each at its own point in parameter space.",
        ),
        options.seed,
        options.values,
        options.workplace,
        options.output(
            help=f"Folder; by default results/SCENARIO-{kind}. What it already holds is not "
            f"computed again."
        ),
        options.as_json(),
    )

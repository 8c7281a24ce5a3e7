"""The options of a command that takes a record that a user gives: ``calibrate``, ``forecast``."""

import click

from redline.cli import options
from redline.cli.options import Decorator, together

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

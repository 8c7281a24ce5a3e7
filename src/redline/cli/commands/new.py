"""``redline new``."""

from pathlib import Path

import click

from redline.cli.completion import base_names
from redline.cli.options import PATH


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--extends",
    default="baseline",
    shell_complete=base_names,
    help="The built-in scenario to start from.",
)
def new(file: Path, extends: str) -> None:
    """Create a commented scenario file to start from; an edited file is never overwritten."""
    from redline.case import new as begun

    there = file.exists()
    begun(file, extends)
    state = "is there already, as it was begun" if there else "written"
    click.echo(f"{file} {state}. Next: redline run {file}")

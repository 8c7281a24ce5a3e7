"""``redline report``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import PATH
from redline.support import check_page, placing


@click.command()
@click.argument("folder", type=PATH)
@options.output(help="Output file; by default FOLDER-report.html in the current folder.")
def report(folder: Path, output: Path | None) -> None:
    """Write a self-contained HTML report of a run or a complete sweep.

    It holds the question, the method, what differs from the defaults, distributions, figures,
    and how to reproduce it all. It works offline, in light or dark, and prints.
    """
    from redline.figures import report as reported
    from redline.results import load_results

    stored = load_results(folder)
    path = output or Path(f"{folder.resolve().name}-report.html")
    check_page(path, "a report")
    with placing(path):
        reported(stored, path)
    click.echo(f"{path} written")

"""``redline report``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import PATH
from redline.support import check_page, placing


@click.command()
@click.argument("folder", type=PATH)
@options.output(help="File to write; by default FOLDER-report.html in the working folder.")
def report(folder: Path, output: Path | None) -> None:
    """Tell the results in a folder in one HTML file that needs nothing else.

    Question, method, what differs from the defaults, distributions, figures, and how to get
    it all again; for a run or a complete sweep. Opens anywhere, light or dark, and prints.
    """
    from redline.figures import report as reported
    from redline.results import load_results

    stored = load_results(folder)
    path = output or Path(f"{folder.resolve().name}-report.html")
    check_page(path, "a report")
    with placing(path):
        reported(stored, path)
    click.echo(f"{path} written")

"""What ``experiment`` and ``claims`` share: their options, and what is shown of a ledger."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.options import together
from redline.cli.printing import print_json
from redline.cli.tables import print_blocks

if TYPE_CHECKING:
    from redline.argument import Ledger

experiment_options = together(
    options.replicates(None, "Replicates per arm; by default those of the file.", most=1_000_000),
    options.seeded(1, "Random seed, shared by all arms."),
    options.assigned(" in every arm, before the arm's own changes"),
    options.output(help="Folder for the table (CSV and JSON), the figures and an HTML page."),
    options.as_json(),
)


def values_of(texts: Iterable[str]) -> dict[str, Any]:
    """Return what ``--set`` sets in every arm."""
    from redline.case import parse_assignment

    return dict(parse_assignment(text) for text in texts)


def show_ledger(ledger: "Ledger", output: Path | None, as_json: bool) -> None:
    """Print a ledger, and where it has been written."""
    if as_json:
        print_json(ledger.to_dict())
        return
    print_blocks(ledger.blocks())
    if output:
        click.echo(f"Table, figure and page are in {output}")

"""What commands say: results on the output, all else on the error stream."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.support import JSON_FORMAT, placing

if TYPE_CHECKING:
    from redline.figures import Drawn


def tell(text: str) -> None:
    """Say on the error stream what a user should know, in the words of options."""
    from redline.cli import in_options

    click.echo(f"redline: {in_options(text)}", err=True)


def print_json(report: Any) -> None:
    """Print a report as JSON, in a line."""
    click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))


def print_report(report: Mapping[str, Any]) -> None:
    """Print a report as JSON, the number of its format before it."""
    print_json({"format": JSON_FORMAT, **report})


def write_drawn(drawn: "Drawn", path: Path) -> None:
    """Write a figure; say so where results do not go."""
    from redline.figures import write_figure

    with placing(path):
        for written in write_figure(drawn, path):
            click.echo(f"{written}: {drawn.title}", err=True)

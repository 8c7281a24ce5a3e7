"""What commands say: results on the output, all else on the error stream."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.support import JSON_FORMAT, InputError, system_problem

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


@contextmanager
def placing(path: Path, *, within: bool = False) -> Iterator[None]:
    """Name a place where the system refuses to write there.

    Parameters
    ----------
    within
        Whether the place is a folder, of which the refused path itself is named.

    Raises
    ------
    InputError
        In place of the system's error.
    """
    try:
        yield
    except OSError as error:
        where = error.filename if within and error.filename else path
        raise InputError(system_problem(error, where)) from None


def write_drawn(drawn: "Drawn", path: Path) -> None:
    """Write a figure; say so where results do not go."""
    from redline.figures import write_figure

    with placing(path):
        for written in write_figure(drawn, path):
            click.echo(f"{written}: {drawn.title}", err=True)

"""``redline results``."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click

from redline.cli.completion import measure_names, swept_addresses
from redline.errors import InputError

MOST_ROWS = 40
"""Rows of a printed table; files and JSON have them all."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--by",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=swept_addresses,
    help="Group by a swept address; may be repeated. All of them by default.",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    metavar="NAME",
    shell_complete=measure_names,
    help="A class, a measure or a ratio of run --json, a count with _per_week behind it, or "
    "attack_weeks; may be repeated.",
)
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only replicates that meet it, such as 'attacks > 90 and class == \"crisis\"'.",
)
@click.option(
    "--csv", "csv_file", type=click.Path(path_type=Path), help="Write the table to a CSV file."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def results(
    folder: Path,
    by: tuple[str, ...],
    measures: tuple[str, ...],
    where: str | None,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Read the results in a folder: a table of measures over the swept addresses.

    Intervals are 95 %, over replicates. Rates are per week lived: war ends a replicate, and
    totals then fall for that reason alone.
    """
    from redline.grouping import SHOWN, group_rows, grouped
    from redline.results import StoredSweep, load_results
    from redline.version import JSON_FORMAT

    stored = load_results(folder)
    groups = grouped(stored, by or None, measures or SHOWN, where)
    if isinstance(stored, StoredSweep) and not stored.complete:
        click.echo(f"redline: {folder}: this sweep is not complete", err=True)
    if not groups:
        raise InputError(f"{folder}: {f'no replicate meets {where}' if where else 'nothing yet'}")
    if csv_file:
        _write_csv(group_rows(groups), csv_file)
        click.echo(f"{csv_file} written", err=True)
    if as_json:
        report = {
            "format": JSON_FORMAT,
            "folder": str(folder),
            "scenario": stored.scenario.name,
            "seed": stored.manifest["seed"],
            "where": where,
            "groups": [
                {
                    "values": group.values,
                    "points": group.points,
                    "replicates": group.replicates,
                    "measures": {k: v._asdict() for k, v in group.measures.items()},
                }
                for group in groups
            ],
        }
        click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))
    else:
        _print(groups)


def _write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    """Write rows to a CSV file, whole or not at all."""
    from redline.store import written

    try:
        with written(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _print(groups: "list[Any]") -> None:
    """Print a table, a row for each group."""
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.words import counted

    table = Table()
    first = groups[0]
    for name in first.values:
        table.add_column(Text(name), justify="right")
    table.add_column("replicates", justify="right")
    for name in first.measures:
        table.add_column(Text(f"{name}\n95 % interval"), justify="right")
    for group in groups[:MOST_ROWS]:
        figures = [_figure(interval) for interval in group.measures.values()]
        values = [f"{value:.6g}" for value in group.values.values()]
        table.add_row(*values, f"{group.replicates:,}", *figures)
    console().print(table)
    if len(groups) > MOST_ROWS:
        more = len(groups) - MOST_ROWS
        rows = counted(more, "more row")
        print(f"redline: {rows}: --csv and --json have all of them", file=sys.stderr)


def _figure(interval: Any) -> str:
    if interval.mean is None:
        return "–"
    if interval.low is None:
        return f"{interval.mean:.4g}"
    return f"{interval.mean:.4g} [{interval.low:.4g}, {interval.high:.4g}]"

"""``redline results``."""

import csv
from pathlib import Path
from typing import Any

import click

from redline.cli import options
from redline.cli.completion import measure_names, swept_addresses
from redline.cli.options import PATH
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_blocks
from redline.support import ESCAPES, InputError, counted, placing


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--by",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=swept_addresses,
    help="Group by this swept address; may be repeated. By default all of them.",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    metavar="NAME",
    shell_complete=measure_names,
    help="An outcome class, a measure (see run --json), a count followed by _per_week, or "
    "attack_weeks; may be repeated.",
)
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only replicates that meet this condition, such as 'attacks > 90 and class == "
    '"crisis"\'.',
)
@click.option(
    "--quantiles", is_flag=True, help="Add the exact 5, 50 and 95 % quantiles over replicates."
)
@options.path("--csv", "csv_file", help="Write the table to a CSV file.")
@options.as_json()
def results(
    folder: Path,
    by: tuple[str, ...],
    measures: tuple[str, ...],
    where: str | None,
    quantiles: bool,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Read a stored run or sweep: a table of measures, by swept address.

    Intervals are 95 %, over replicates. Prefer rates per week to totals: war ends a replicate,
    which lowers its totals for that reason alone.
    """
    from redline.results import SHOWN, StoredSweep, group_rows, load_results

    stored = load_results(folder)
    groups = stored.grouped(by or None, measures or SHOWN, where, quantiles)
    if isinstance(stored, StoredSweep) and not stored.complete:
        tell(f"{folder}: this sweep is not complete")
    if not groups:
        raise InputError(f"{folder}: {f'no replicate meets {where}' if where else 'nothing yet'}")
    if csv_file:
        _write_csv(group_rows(groups), csv_file)
        click.echo(f"{csv_file} written", err=True)
    if as_json:
        print_json(groups.to_dict())
        return
    print_blocks(groups.blocks())
    if groups.left_out:
        more = counted(groups.left_out, "more row")
        tell(f"{more}: --csv and --json have all of them")


def _write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    """Write rows to a CSV file, whole or not at all."""
    from redline.results import written

    with (
        placing(path),
        written(path) as temporary,
        temporary.open("w", encoding="utf-8", errors=ESCAPES, newline="") as file,
    ):
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)

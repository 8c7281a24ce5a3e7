"""``redline results``."""

import csv
from pathlib import Path
from typing import Any

import click

from redline.cli import options
from redline.cli.completion import measure_names, swept_addresses
from redline.cli.options import PATH
from redline.cli.printing import print_report, tell
from redline.cli.tables import print_line, print_table
from redline.support import ESCAPES, InputError, placing

MOST_ROWS = 40
"""Rows of a printed table; files and JSON have them all."""


@click.command()
@click.argument("folder", type=PATH)
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
    "--quantiles", is_flag=True, help="Add the exact 5, 50 and 95 % quantiles of single replicates."
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
    """Read the results in a folder: a table of measures over the swept addresses.

    Intervals are 95 %, over replicates. Rates are per simulated week: war ends a replicate, and
    totals then fall for that reason alone.
    """
    from redline.results import SHOWN, StoredSweep, group_rows, grouped, load_results, pooled

    stored = load_results(folder)
    groups = grouped(stored, by or None, measures or SHOWN, where, quantiles)
    if isinstance(stored, StoredSweep) and not stored.complete:
        tell(f"{folder}: this sweep is not complete")
    if not groups:
        raise InputError(f"{folder}: {f'no replicate meets {where}' if where else 'nothing yet'}")
    together = pooled(stored, groups)
    if csv_file:
        _write_csv(group_rows(groups), csv_file)
        click.echo(f"{csv_file} written", err=True)
    if as_json:
        print_report(
            {
                "folder": str(folder),
                "scenario": stored.scenario.name,
                "seed": stored.manifest["seed"],
                "where": where,
                "pooled": together.to_dict() if together else None,
                "groups": [_group_json(group) for group in groups],
            }
        )
        return
    told = [together.sentence()] if together else []
    if where:
        met = sum(group.replicates for group in groups)
        of = stored.replicates * len(stored.points)
        told.append(f"of {of:,} replicates {met:,} meet {where}")
    _print(groups, "; ".join(told) or None)


def _group_json(group: Any) -> dict[str, Any]:
    """Return a group for JSON: its values, and every measure with its interval."""
    return {
        "values": group.values,
        "points": group.points,
        "replicates": group.replicates,
        "measures": {
            name: {**interval._asdict(), **_ends(group, name)}
            for name, interval in group.measures.items()
        },
    }


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


def _print(groups: "list[Any]", caption: str | None) -> None:
    """Print a table, a row for each group, and below it what they pool."""
    from redline.support import counted

    first = groups[0]
    quantiles = {name: "\n5 %, 50 %, 95 %" if _ends(first, name) else "" for name in first.measures}
    measures = [f"{name}\n95 % interval{below}" for name, below in quantiles.items()]
    rows = []
    for group in groups[:MOST_ROWS]:
        values = [f"{value:.6g}" for value in group.values.values()]
        told = [
            _figure(interval) + _spread(_ends(group, name))
            for name, interval in group.measures.items()
        ]
        rows.append([*values, f"{group.replicates:,}", *told])
    print_table((*first.values, "replicates", *measures), rows, align="r")
    if caption:
        print_line(f"{caption[0].upper()}{caption[1:]}.")
    if len(groups) > MOST_ROWS:
        more = counted(len(groups) - MOST_ROWS, "more row")
        tell(f"{more}: --csv and --json have all of them")


def _ends(group: Any, name: str) -> dict[str, float | None]:
    """Return the quantiles of a measure in a group, if there are any."""
    found = (group.quantiles or {}).get(name)
    return found._asdict() if found else {}


def _spread(ends: dict[str, float | None]) -> str:
    """Return a line of quantiles; nothing if there are none."""
    told = ["–" if value is None else f"{value:.4g}" for value in ends.values()]
    return f"\n{', '.join(told)}" if told else ""


def _figure(interval: Any) -> str:
    if interval.mean is None:
        return "–"
    if interval.low is None:
        return f"{interval.mean:.4g}"
    return f"{interval.mean:.4g} [{interval.low:.4g}, {interval.high:.4g}]"

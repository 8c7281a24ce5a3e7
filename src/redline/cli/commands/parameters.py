"""``redline parameters``."""

from typing import Any

import click

from redline.cli import options
from redline.cli.completion import address_groups, scenario_names
from redline.cli.printing import print_json

WIDE = 130
"""Columns of a terminal from which all that is known of a parameter stands in a row."""


@click.command()
@click.argument("scenario", default="baseline", shell_complete=scenario_names)
@click.option(
    "--group",
    shell_complete=address_groups,
    help="Only addresses that start with this, such as iran or site.erbil.",
)
@options.as_json()
def parameters(scenario: str, group: str | None, as_json: bool) -> None:
    """List every parameter of a scenario that --set can change, with its value.

    SCENARIO is a built-in name or a file; baseline by default.
    """
    from redline.case import parameters as listed

    found = listed(scenario, group)
    if as_json:
        print_json(found.rows)
    else:
        _print(found.rows)


def _print(rows: list[dict[str, Any]]) -> None:
    """Print a table as wide as the terminal: on a narrow one, what matters most."""
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    wide = out.width >= WIDE
    table = Table()
    table.add_column("address", no_wrap=wide, overflow="fold")
    if wide:
        table.add_column("label", min_width=20)
    for heading in ("value", "bounds", *(("plausible", "unit") if wide else ())):
        table.add_column(heading, no_wrap=True)
    table.add_column("meaning", min_width=20)
    if wide:
        table.add_column("source")
    for row in rows:
        bounds, plausible = ("{:g} – {:g}".format(*row[key]) for key in ("bounds", "plausible"))
        told = [f"{row['value']:g}", bounds]
        if wide:
            told = [row["label"], *told]
            told += [plausible, row["unit"], row["meaning"], row["source"]]
        else:
            told.append(f"{row['label']}: {row['meaning']} ({row['source']})")
        table.add_row(Text(row["address"]), *told)
    out.print(table)

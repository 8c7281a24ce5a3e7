"""``redline scenarios``."""

from typing import Any

import click

from redline.cli.options import json_option
from redline.cli.printing import print_json
from redline.support import built_in


@click.command()
@json_option()
def scenarios(as_json: bool) -> None:
    """List the built-in scenarios."""
    from redline.case import load_scenario

    rows: list[dict[str, Any]] = []
    for name in built_in():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name,
                "title": scenario.title,
                "source": scenario.source,
                "weeks": scenario.weeks,
                "militias": len(scenario.members),
                "sweep": [axis.address for axis in scenario.sweep.axes] if scenario.sweep else [],
            }
        )
    if as_json:
        print_json(rows)
        return
    from redline.cli.tables import console, headed

    table = headed("name", "what it is", "source")
    for row in rows:
        swept = f" [sweeps {', '.join(row['sweep'])}]" if row["sweep"] else ""
        table.add_row(row["name"], f"{row['title']}{swept}".replace("[", "\\["), str(row["source"]))
    console().print(table)

"""``redline scenarios``."""

from typing import Any

import click

from redline.cli import options
from redline.cli.printing import print_json
from redline.cli.tables import print_table
from redline.support import built_in


@click.command()
@options.as_json()
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
    told = []
    for row in rows:
        swept = f" [sweeps {', '.join(row['sweep'])}]" if row["sweep"] else ""
        told.append([row["name"], f"{row['title']}{swept}", str(row["source"])])
    print_table(("name", "what it is", "source"), told)

"""``redline scenarios``."""

import click

from redline.cli import options
from redline.cli.printing import print_json
from redline.cli.tables import print_blocks


@click.command()
@options.as_json()
def scenarios(as_json: bool) -> None:
    """List the built-in scenarios."""
    from redline.case import scenarios as built_in

    found = built_in()
    if as_json:
        print_json(found.rows)
    else:
        print_blocks(found.blocks())

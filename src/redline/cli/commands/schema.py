"""``redline schema``."""

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors and other tools."""
    from redline.case import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))

"""``redline check``."""

import click

from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.printing import print_json, tell


@click.command()
@click.argument("files", nargs=-1, required=True, shell_complete=scenario_names)
@options.as_json()
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario files (or built-in names) without running them.

    Prints every problem of every file; the exit code is 2 if there is any.
    """
    from redline.case import check as checked

    found = checked(*files)
    if as_json:
        print_json(found.rows)
    for row in found:
        for problem in row["problems"]:
            tell(problem)
        if not as_json and not row["problems"]:
            click.echo(f"{row['file']}: ok")
            for notice in row["notices"]:
                click.echo(f"  {notice}")
    if not found.ok:
        click.get_current_context().exit(2)

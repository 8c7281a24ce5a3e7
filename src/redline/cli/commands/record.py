"""``redline record``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import PATH, check_figure
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_blocks
from redline.support import InputError, placing


@click.command()
@click.argument("export", required=False, type=PATH, metavar="[FILE]")
@click.option(
    "--from",
    "kind",
    type=click.Choice(["acled"]),
    help="Convert FILE, an ACLED export, into a table of events (-o).",
)
@options.as_json()
@options.output(
    metavar="FILE",
    help="Draw the timeline into a file: .png, .svg or .pdf. With --from, the table to write.",
)
def record(export: Path | None, kind: str | None, output: Path | None, as_json: bool) -> None:
    """Print the historical record, 6 May 2019 to 27 June 2021, coded as the model's moves.

    With --json, every event with its source, and the published counts.

    With --from acled FILE -o events.csv, an export of ACLED as a table for calibrate --events:
    what can be mapped is written, what cannot is listed with its line and the reason.
    """
    from redline.evidence import import_acled
    from redline.evidence import record as recorded

    if kind or export:
        if not (kind and export and output):
            raise InputError(
                "to read an ACLED export: redline record --from acled FILE -o events.csv"
            )
        with placing(output):
            imported = import_acled(export, output)
        for told in imported.blocks():
            tell(str(told))
        if as_json:
            print_json(imported.to_dict())
        return
    check_figure(output)
    found = recorded()
    if output:
        from redline.figures import draw_record

        write_drawn(draw_record(found), output)
    if as_json:
        print_json(found.to_dict())
    else:
        *lines, last = found.blocks()
        print_blocks([*lines, str(last).replace("to_dict()", "redline record --json")])

"""``redline discover``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import PATH, check_figure
from redline.cli.printing import print_json, write_drawn
from redline.cli.tables import print_blocks


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--where",
    required=True,
    metavar="CONDITION",
    help='Condition on the means of each point, such as "confrontation > 0.2".',
)
@click.option("--boxes", type=click.IntRange(1, 20), default=3, help="Maximum number of boxes.")
@options.figure("boxes and peeling")
@options.as_json()
def discover(folder: Path, where: str, boxes: int, output: Path | None, as_json: bool) -> None:
    """Find the boxes of a sweep's parameters in which a condition holds (PRIM).

    DIR holds a sweep over many addresses: a Latin hypercube, Sobol' points, or a redline
    sensitivity folder, whose base points are used.
    """
    from redline.exploration import discover as discovered

    check_figure(output)
    found = discovered(folder, where, boxes)
    if output:
        from redline.figures import draw_discovery

        write_drawn(draw_discovery(found), output)
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks())

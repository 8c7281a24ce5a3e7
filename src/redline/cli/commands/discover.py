"""``redline discover``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.options import PATH, check_figure
from redline.cli.printing import print_json, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import InputError

if TYPE_CHECKING:
    from redline.exploration import Discovery


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--where",
    required=True,
    metavar="CONDITION",
    help='What to find, of the means of each point, such as "confrontation > 0.2".',
)
@click.option("--boxes", type=click.IntRange(1, 20), default=3, help="At most so many.")
@options.figure("boxes and peeling")
@options.as_json()
def discover(folder: Path, where: str, boxes: int, output: Path | None, as_json: bool) -> None:
    """Find the boxes of a sweep's parameters in which a condition holds (PRIM).

    DIR holds a sweep over many addresses: a latin hypercube, Sobol' points, or those of
    redline sensitivity, whose base points are used.
    """
    from redline.exploration import discover as discovered
    from redline.results import StoredSweep, load_results

    check_figure(output)
    results = load_results(folder)
    if not isinstance(results, StoredSweep):
        raise InputError(f"{folder}: holds a run, not a sweep")
    found = discovered(results, where, boxes)
    if output:
        from redline.figures import draw_discovery

        write_drawn(draw_discovery(found, results.scenario.name), output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: "Discovery") -> None:
    """Print boxes and leaves, each as a table."""
    print_line(found.sentence(), bold=True)
    boxes = []
    for number, box in enumerate(found.boxes, 1):
        shares = [f"{100 * value:.0f} %" for value in (box.coverage, box.density, box.mass)]
        for place, limit in enumerate(box.limits):
            first, *rest = [str(number), *shares] if place == 0 else [""] * 4
            boxes.append([first, str(limit), *rest, f"{limit.quasi_p:.2g}"])
    if found.boxes:
        print_table(("box", "within", "coverage", "density", "mass", "quasi-p"), boxes)
    leaves = [
        [", ".join(leaf.rules), f"{leaf.points:,}", f"{100 * leaf.share:.0f} %"]
        for leaf in found.leaves
    ]
    if leaves:
        print_table(("leaf", "points", "share"), leaves, title="Tree")
    print_line(f"{found.interesting:,} of {found.points:,} points meet {found.where}")

"""``redline robustness``."""

import time
from pathlib import Path

import click

from redline.cli import options
from redline.cli.completion import experiment_names
from redline.cli.options import Workplace
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_blocks


@click.command()
@click.option(
    "--points",
    type=click.IntRange(2, 1_000_000),
    default=256,
    help="Number of points in parameter space.",
)
@options.replicates(400, "Replicates per arm at each point.", most=1_000_000)
@options.seed
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="EXPERIMENT",
    shell_complete=experiment_names,
    help="Test only this claim; may be repeated.",
)
@options.only
@options.file(
    "--draws",
    help="Use the points in this Parquet or CSV table, such as a posterior, instead of sampling.",
)
@options.workplace
@options.output(
    default=Path("results/robustness"),
    help="Results folder; what it already holds is not computed again.",
)
@options.as_json()
def robustness(
    points: int,
    replicates: int,
    seed: int,
    claims: tuple[str, ...],
    only: tuple[str, ...],
    draws: Path | None,
    workplace: Workplace,
    output: Path,
    as_json: bool,
) -> None:
    """Find in what share of the plausible parameter space each claim holds, and where it fails.

    Every parameter is sampled from its plausible range, and all claims are tested at each
    point. To continue an interrupted run, give the same command again.
    """
    from redline.cli.progress import going_on
    from redline.exploration import robustness as tried
    from redline.figures import draw_robustness

    work = workplace.checked()
    began = time.perf_counter()
    with going_on(output, points) as progress:
        found = tried(
            points,
            replicates,
            seed,
            to=output,
            claims=claims,
            only=only,
            draws=draws,
            progress=progress,
            notice=tell,
            **work,
        )
    write_drawn(draw_robustness(found), output / "robustness.png")
    if as_json:
        print_json(found.to_dict())
        return
    *told, size = found.blocks()
    print_blocks(told)
    click.echo(f"{size}, {time.perf_counter() - began:.0f} s; in {output}")

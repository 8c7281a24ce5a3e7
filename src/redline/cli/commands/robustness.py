"""``redline robustness``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.completion import experiment_names
from redline.cli.options import Workplace
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import counted

if TYPE_CHECKING:
    from redline.exploration import Robustness


@click.command()
@click.option(
    "--points",
    type=click.IntRange(2, 1_000_000),
    default=256,
    help="Points of plausible parameter space.",
)
@options.replicates(400, "Replicates of every arm at each point.", most=1_000_000)
@options.seed
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="EXPERIMENT",
    shell_complete=experiment_names,
    help="Only this; may be repeated.",
)
@options.only
@options.file(
    "--draws",
    help="Points of a Parquet or CSV table, such as a posterior's, in place of plausible space.",
)
@options.workplace
@options.output(
    default=Path("results/robustness"),
    help="Folder; what it holds already of the same is not done again.",
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
    """Find in what share of plausible parameter space each claim holds, and where it fails.

    Every parameter is drawn from its plausible range; at each point all claims are tested.
    An interrupted run goes on when the same command is given again.
    """
    from redline.cli.progress import going_on
    from redline.exploration import robustness as tried
    from redline.figures import draw_robustness

    work = workplace.checked()
    began = time.perf_counter()
    with going_on(output, points) as progress:
        found = tried(
            output,
            points,
            replicates,
            seed,
            claims=claims,
            only=only,
            draws=draws,
            progress=progress,
            notice=tell,
            **work,
        )
    drawn = draw_robustness(found, table=draws)
    write_drawn(drawn, output / "robustness.png")
    if as_json:
        print_json(found.to_dict())
        return
    _print(found, drawn.title)
    seconds = time.perf_counter() - began
    click.echo(
        f"{len(found.tried):,} points, {found.matching:,} of which match the record's counts; "
        f"{counted(replicates, 'replicate')} of an arm, {seconds:.0f} s; in {output}"
    )


def _print(found: "Robustness", title: str) -> None:
    """Print in what share of the points each claim holds, and where it fails."""
    from redline.exploration import SIGNIFICANT

    rows = []
    for one in found.standings:
        leading = ""
        if one.leading and one.leading.p < SIGNIFICANT:
            leading = f"{one.leading} (AUC {one.leading.auc:.2f}, p {one.leading.p:.2g})"
        counts = map(str, one.verdicts.values())
        rows.append([one.claim, _share(one.holds), _share(one.matching), *counts, leading])
    held = ("holds, 95 %", "where the record's counts match")
    verdicts = ("supported", "undecided", "not supported")
    print_line(title, bold=True)
    print_table(("claim", *held, *verdicts, "fails where"), rows, align="lllrrrl")


def _share(share: Any) -> str:
    if share is None:
        return "–"
    low, high = 100 * share.low, 100 * share.high
    return f"{100 * share.value:.0f} % ({low:.0f} to {high:.0f}) of {share.points:,}"

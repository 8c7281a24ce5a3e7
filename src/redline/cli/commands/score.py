"""``redline score``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, write_drawn
from redline.cli.tables import print_blocks


@click.command()
@options.scenario
@click.option(
    "--particles",
    type=click.IntRange(10, 100_000),
    default=1000,
    help="Particles for the states that the record leaves open.",
)
@click.option(
    "--no-refit", is_flag=True, help="Skip the refit to the record up to the end of 2020."
)
@options.seed
@options.values
@options.as_json()
@options.figure("calibration and skill")
def score(
    scenario: str,
    particles: int,
    no_refit: bool,
    seed: int,
    changes: Changes,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score a scenario's one-week-ahead predictions against two simple forecasters.

    The record is replayed by forcing each recorded move. The score is the probability that the
    model gave to what happened next, for attacks and responses separately. The defaults were
    fitted to the whole record, so their score is in-sample.
    """
    from redline.cli.progress import progress_bar
    from redline.evidence import refit_trials
    from redline.evidence import score as scored

    check_figure(output)
    chosen = read_scenario(scenario, changes)
    if no_refit:
        found = scored(chosen, particles=particles, seed=seed, refit=False)
    else:
        with progress_bar(refit_trials(), paced=True) as progress:
            found = scored(chosen, particles=particles, seed=seed, progress=progress)
    if output:
        from redline.figures import draw_score

        write_drawn(draw_score(found), output)
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks())

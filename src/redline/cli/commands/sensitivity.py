"""``redline sensitivity``."""

import sys

import click

from redline.cli import options
from redline.cli.completion import measure_names, scenario_names
from redline.cli.options import Changes, Workplace, read_scenario, typed
from redline.cli.printing import print_json, tell
from redline.cli.progress import progress_lines
from redline.cli.resuming import Place, place_options, resumable
from redline.cli.tables import print_blocks


@click.command()
@click.argument("scenario", required=False, shell_complete=scenario_names)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    shell_complete=measure_names,
    help="What to explain; may be repeated.",
)
@click.option(
    "--method",
    type=click.Choice(["sobol", "morris"]),
    default="sobol",
    help="Shares of variance, or elementary effects, which are cheaper (takes SALib).",
)
@click.option(
    "--points",
    type=click.IntRange(2),
    help="Base points (a power of two), or trajectories.  [default: 256; 32 for morris]",
)
@options.replicates(None, "Replicates at each point.  [default: 50]")
@options.later_seed
@options.changes
@options.only
@options.workplace
@place_options(
    "Folder for the results, never in place of other ones; by default "
    "results/SCENARIO-METHOD, where an earlier one that differs is kept as "
    "results/SCENARIO-METHOD~1.",
    "Go on with what is in DIR.",
    "Start over where an analysis of the scenario is.",
)
@options.as_json()
def sensitivity(
    scenario: str | None,
    measures: tuple[str, ...],
    method: str,
    points: int | None,
    replicates: int | None,
    seed: int | None,
    changes: Changes,
    only: tuple[str, ...],
    workplace: Workplace,
    place: Place,
    as_json: bool,
) -> None:
    """Find which parameters carry a measure, over the plausible ranges of all of them.

    What is set with --set stays there. A sweep over drawn points, stored like any other: an
    interrupted one goes on with --resume DIR, a finished one is analysed again in a moment.
    """
    from redline.case import parse_assignment
    from redline.evidence import default_folder
    from redline.exploration import MEASURES
    from redline.exploration import sensitivity as analysed

    if (scenario is None) == (place.resume is None):
        raise click.UsageError("give a scenario, or --resume DIR to go on with one")
    own = (changes, only, points, replicates, seed, place.output, place.force, typed("method"))
    if place.resume and any(own):
        raise click.UsageError("--resume takes everything from the folder: leave out its options")
    work = workplace.checked()
    chosen = read_scenario(scenario, changes) if scenario else None
    to = place.resume or place.output
    folder = to or (default_folder(chosen, method) if chosen else None)
    assert folder is not None
    with resumable(folder, "sensitivity") as heeding, progress_lines() as report:
        found = analysed(
            chosen,
            measures or MEASURES,
            method=method,
            points=points,
            replicates=replicates,
            seed=seed,
            only=only,
            fixed=[parse_assignment(text)[0] for text in changes.values],
            to=to,
            force=place.force,
            command=["redline", *sys.argv[1:]],
            progress=heeding(report),
            notice=tell,
            **work,
        )
    if as_json:
        print_json(found.to_dict())
        return
    *told, last = found.blocks()
    print_blocks(told)
    click.echo(last)  # a path in it is not to be folded

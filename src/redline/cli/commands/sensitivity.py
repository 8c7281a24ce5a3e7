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
    help="Measure to explain; may be repeated.",
)
@click.option(
    "--method",
    type=click.Choice(["sobol", "morris"]),
    default="sobol",
    help="sobol: shares of variance; morris: elementary effects, cheaper (needs SALib).",
)
@click.option(
    "--points",
    type=click.IntRange(2),
    help="Base points (sobol: a power of two) or trajectories (morris).  [default: 256; 32 for "
    "morris]",
)
@options.replicates(None, "Replicates at each point.  [default: 50]")
@options.later_seed
@options.changes
@options.only
@options.workplace
@place_options(
    "Results folder; by default results/SCENARIO-METHOD. A named folder with other results is "
    "refused; in the default one, an earlier analysis that differs is kept as "
    "results/SCENARIO-METHOD~1.",
    "Resume the analysis in DIR.",
    "Replace an earlier analysis of the scenario.",
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
    """Find which parameters drive a measure, when all vary over their plausible ranges.

    A parameter set with --set stays fixed. The analysis is a sweep over sampled points, stored
    like any other: continue an interrupted one with --resume DIR; analysing a finished one
    again takes a moment.
    """
    from redline.case import parse_assignment
    from redline.evidence import default_folder
    from redline.exploration import MEASURES
    from redline.exploration import sensitivity as analysed

    if (scenario is None) == (place.resume is None):
        raise click.UsageError("give a scenario, or --resume DIR to continue one")
    own = (changes, only, points, replicates, seed, place.output, place.force, typed("method"))
    if place.resume and any(own):
        raise click.UsageError(
            "--resume takes everything from the folder: leave out the other options"
        )
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
    *told, _ = found.blocks()
    print_blocks(told)
    # A path in it is not to be folded.
    click.echo(f"{found.size}; redline plot {found.folder} --kind tornado draws them")

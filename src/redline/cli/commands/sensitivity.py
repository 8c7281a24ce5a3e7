"""``redline sensitivity``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.completion import measure_names, scenario_names
from redline.cli.options import Changes, Workplace, read_scenario, typed
from redline.cli.printing import print_json, tell
from redline.cli.resuming import Place, place_options, sweep_resumably, to_go_on
from redline.cli.tables import print_line, print_table
from redline.support import InputError, counted

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.exploration import Analysis

POINTS = {"sobol": 256, "morris": 32}
"""Base points, or trajectories, of each method by default."""
REPLICATES = 50
"""At each point, by default."""


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
    from redline.exploration import MEASURES, analyse, sensitivity_json
    from redline.results import find_measure

    if (scenario is None) == (place.resume is None):
        raise click.UsageError("give a scenario, or --resume DIR to go on with one")
    own = (changes, only, points, replicates, seed, place.output, place.force, typed("method"))
    if place.resume and any(own):
        raise click.UsageError("--resume takes everything from the folder: leave out its options")
    wanted = measures or MEASURES
    for name in wanted:
        find_measure(name)
    if scenario is None:
        assert place.resume is not None
        folder, swept, weekly = place.resume, None, None
    else:
        swept = _sample(scenario, changes, method, points, only)
        folder = place.output or Path("results") / f"{swept.name}-{method}"
        replicates, weekly = replicates or REPLICATES, "none"
    done = sweep_resumably(
        "sensitivity",
        folder,
        swept,
        replicates,
        seed,
        weekly=weekly,
        **workplace.checked(),
        **place.how,
    ).results
    if not done.complete:
        again = to_go_on("sensitivity", folder)
        raise InputError(f"{folder}: some points failed; to try again: {again}")
    analyses = analyse(done, wanted)
    if as_json:
        from redline.figures import resolved

        report = sensitivity_json(done, analyses)
        for entry, one in zip(report["analyses"], analyses, strict=True):
            entry["resolved"] = resolved(one)
        print_json(report)
        return
    for one in analyses:
        _print(one)
    click.echo(
        f"{counted(len(done.points), 'point')} × {counted(done.replicates, 'replicate')} in "
        f"{done.folder}; redline plot {folder} --kind tornado draws them"
    )


def _sample(
    name: str, changes: Changes, method: str, points: int | None, only: tuple[str, ...]
) -> "Scenario":
    """Return what is swept for the analysis of a scenario; what is set stays where it is."""
    from redline.case import parse_assignment
    from redline.exploration import METHODS, explored

    chosen = read_scenario(name, changes)
    fixed = [parse_assignment(text)[0] for text in changes.values]
    swept = explored(chosen, METHODS[method], points or POINTS[method], only, fixed)
    if chosen.sweep:
        tell("the scenario's own sweep is left out")
    return swept


def _print(one: "Analysis") -> None:
    from redline.figures import MOST_BARS, tornado_finding, tornado_note
    from redline.results import find_measure

    rows = []
    for entry in one.sensitivities[:MOST_BARS]:
        spread = [] if entry.spread is None else [f"{entry.spread:.3g}"]
        rows.append([entry.address, _index(entry.first), _index(entry.total), *spread])
    indices = ("first", "total") if one.method == "sobol" else ("μ", "μ*", "σ")
    print_line(tornado_finding(one, find_measure(one.measure).words), bold=True)
    print_table(("address", *indices), rows, align="lr")
    print_line(tornado_note(one))


def _index(index: Any) -> str:
    if index.low is None:
        return f"{index.value:.3g}"
    return f"{index.value:.3f} ({index.low:.3f} to {index.high:.3f})"

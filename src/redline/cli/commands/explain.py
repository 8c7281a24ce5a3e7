"""``redline explain``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.completion import actor_names, scenario_names
from redline.cli.options import Changes, read_scenario, typed
from redline.cli.printing import print_json
from redline.cli.tables import print_line, print_table
from redline.support import FORMATS, InputError, share, signed
from redline.theory import MOST_REPLICATES

if TYPE_CHECKING:
    from redline.argument import ActorExplanation, Explanation


@click.command()
@click.argument("scenario", metavar="SCENARIO|DIR", shell_complete=scenario_names)
@click.option("--point", type=click.IntRange(0), help="Of a folder that holds a sweep: the point.")
@click.option(
    "--replicate", type=click.IntRange(0, MOST_REPLICATES - 1), default=0, help="Which history."
)
@click.option("--week", type=int, help="Which week; without it, the story of the replicate.")
@click.option(
    "--actor",
    shell_complete=actor_names,
    help="Only united_states, iran, militias, or a militia by name.",
)
@options.seed
@options.changes
@options.output(help="Draw the terms of the week into this png, svg or pdf file.")
@options.as_json()
def explain(
    scenario: str,
    point: int | None,
    replicate: int,
    week: int | None,
    actor: str | None,
    seed: int,
    changes: Changes,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say why every actor did what it did in a week; without --week, tell the story.

    Of a scenario, or of a replicate that a run or a sweep has stored in a folder: as it was,
    under the folder's scenario and seed.
    """
    if week is None and (output or actor):
        raise click.UsageError("-o and --actor need a --week")
    if output and output.suffix not in FORMATS:
        raise click.UsageError(f"-o must end in {', '.join(FORMATS)}, not {output.suffix!r}")
    from redline.argument import Explanation
    from redline.argument import explain as explained
    from redline.results import results_named

    stored = results_named(scenario)
    if stored is not None:
        if changes or typed("seed"):
            raise InputError(
                "--seed, --set, --forbid and --weeks are for a scenario that is simulated now, "
                "not for results in a folder"
            )
        told = explained(stored, replicate, week, actor=actor, point=point)
    else:
        chosen = read_scenario(scenario, changes)
        told = explained(chosen, replicate, week, seed=seed, actor=actor, point=point)
    if as_json:
        print_json(told.to_dict())
    elif isinstance(told, Explanation):
        _print_week(told)
    else:
        click.echo(told.text(), nl=False)
    if output and isinstance(told, Explanation):
        from redline.figures import save, styled, terms_figure

        with styled():
            save(terms_figure(told), output)
        click.echo(f"Figure written to {output}", err=True)


def _print_week(explanation: "Explanation") -> None:
    """Print a table of terms × rungs for every actor that chose, and a sentence for each."""
    print_line(explanation.heading, bold=True)
    for actor in explanation.actors:
        print_line(f"\n{actor.sentence}")
        if actor.choice:
            _print_terms(actor)


def _print_terms(actor: "ActorExplanation") -> None:
    """Print what each rung was worth to an actor, and how probable that made it."""
    shares = [
        share(p, 1).replace("under", "<").replace("over", ">") if rung in actor.allowed else "–"
        for rung, p in zip(actor.rungs, actor.probabilities, strict=True)
    ]
    told = partial(signed, digits=3)
    rows = [[term, *map(told, row), actor.without[term]] for term, row in actor.terms.items()]
    rows.append(["utility", *map(told, actor.utilities)])
    rows.append(["probability", *shares])
    rungs = [f"[{rung}]" if rung == actor.chosen else rung for rung in actor.rungs]
    print_table(
        ("term", *rungs, "without it"),
        rows,
        align=f"l{'r' * len(rungs)}l",
        totals=2,
        title=f"draw {actor.draw:.4f}; chosen: {actor.chosen}",
    )

"""``redline explain``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.completion import actor_names, scenario_names
from redline.cli.options import Changes, typed
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_blocks
from redline.support import FORMATS
from redline.theory import MOST_REPLICATES


@click.command()
@click.argument("scenario", metavar="SCENARIO|DIR", shell_complete=scenario_names)
@click.option(
    "--point", type=click.IntRange(0), help="Point of the sweep, if the folder holds one."
)
@click.option(
    "--replicate",
    type=click.IntRange(0, MOST_REPLICATES - 1),
    default=0,
    help="Replicate to explain.",
)
@click.option(
    "--week", type=int, help="Week to explain, counted from 0; without it, the replicate's story."
)
@click.option(
    "--actor",
    shell_complete=actor_names,
    help="Only this actor: united_states, iran, militias, or a militia by name.",
)
@options.seed
@options.changes
@options.output(help="Draw the terms of the week: a .png, .svg or .pdf file.")
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
    """Explain every actor's choices in a week; without --week, narrate the replicate.

    Takes a scenario or a results folder; a folder supplies its own scenario and seed.
    """
    if week is None and (output or actor):
        raise click.UsageError("-o and --actor need a --week")
    if output and output.suffix not in FORMATS:
        raise click.UsageError(f"-o must end in {', '.join(FORMATS)}, not {output.suffix!r}")
    from redline.argument import Explanation
    from redline.argument import explain as explained

    told = explained(
        scenario,
        replicate,
        week,
        seed=seed if typed("seed") else None,
        actor=actor,
        point=point,
        notice=tell,
        **changes.given(),
    )
    if as_json:
        print_json(told.to_dict())
    elif isinstance(told, Explanation):
        print_blocks(told.blocks())
    else:
        click.echo(told.text(), nl=False)
    if output and isinstance(told, Explanation):
        from redline.figures import save, styled, terms_figure

        with styled():
            save(terms_figure(told), output)
        click.echo(f"Figure written to {output}", err=True)

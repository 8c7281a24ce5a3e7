"""``redline game``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_blocks


@click.command()
@options.scenario
@click.option(
    "--lambda",
    "precisions",
    type=click.FloatRange(0, 1e6),
    multiple=True,
    metavar="λ",
    help="Precision of both sides; may be repeated. By default eleven values, from 0 to 100.",
)
@options.path(
    "--payoffs", help="Use the payoffs in this file (TOML or JSON) instead of the scenario's."
)
@options.replicates(1000, "Number of replicates to compare with the game.", most=1_000_000)
@options.seed
@options.values
@options.as_json()
@options.figure("the tree, and beside it (-shares) outcomes over λ,")
def game(
    scenario: str,
    precisions: tuple[float, ...],
    payoffs: Path | None,
    replicates: int,
    seed: int,
    changes: Changes,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve the Asymmetric Escalation Game, and compare a scenario with it.

    Prints the tree, backward induction for every combination of types, what changes where
    provocation pays, quantal response over λ, and the same for payoffs from the scenario's own
    terms.
    """
    from redline.evidence import LAMBDAS
    from redline.evidence import game as compared

    check_figure(output)
    found = compared(
        read_scenario(scenario, changes),
        replicates,
        seed,
        precisions=precisions or LAMBDAS,
        payoffs=payoffs,
        notice=tell,
    )
    if output:
        from redline.figures import draw_game_shares, draw_game_tree

        write_drawn(draw_game_tree(found), output)
        shares = output.with_name(f"{output.stem}-shares{output.suffix}")
        write_drawn(draw_game_shares(found), shares)
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks())

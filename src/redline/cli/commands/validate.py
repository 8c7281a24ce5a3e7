"""``redline validate``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_blocks


@click.command()
@options.scenario
@options.replicates(4000, most=100_000)
@options.seed
@options.values
@options.as_json()
@options.figure("a strip for each fact")
def validate(
    scenario: str, replicates: int, seed: int, changes: Changes, output: Path | None, as_json: bool
) -> None:
    """Compare the stylised facts F1 to F12 of a scenario with the record.

    "in" means that the record lies within the middle 95 % of replicates. Facts to which the
    defaults were fitted are marked: they are no evidence for the model.
    """
    from redline.evidence import validate as validated

    check_figure(output)
    found = validated(read_scenario(scenario, changes), replicates, seed, notice=tell)
    if output:
        from redline.figures import draw_validation

        write_drawn(draw_validation(found), output)
    if as_json:
        print_json(found.to_dict())
    else:
        print_blocks(found.blocks())

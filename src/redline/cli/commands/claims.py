"""``redline claims``."""

from pathlib import Path

import click

from redline.cli.experiments import experiment_options, read_experiments, run_ledger


@click.command()
@experiment_options
def claims(
    replicates: int | None, seed: int, values: tuple[str, ...], output: Path | None, as_json: bool
) -> None:
    """Run the argument claim by claim: C1 to C13 and Q14, each with a verdict.

    Supported: the whole 95 % interval is on the claimed side of what the claim's file says
    counts. Not supported: none of it is. Undecided: neither.
    """
    from redline.argument import ledger_names

    run_ledger(read_experiments(ledger_names(), values), replicates, seed, output, as_json)

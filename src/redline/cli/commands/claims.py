"""``redline claims``."""

from pathlib import Path

import click

from redline.cli.experiments import experiment_options, show_ledger, values_of
from redline.cli.printing import tell


@click.command()
@experiment_options
def claims(
    replicates: int | None, seed: int, values: tuple[str, ...], output: Path | None, as_json: bool
) -> None:
    """Test the article's argument claim by claim: C1 to C13 and Q14.

    Supported: the whole 95 % interval is on the claimed side of what the claim's file says
    counts. Not supported: none of it is. Undecided: neither.
    """
    from redline.argument import claims as run
    from redline.argument import ledger_names
    from redline.cli.progress import progress_bar

    with progress_bar(len(ledger_names())) as progress:
        ledger = run(
            replicates, seed, values=values_of(values), to=output, progress=progress, notice=tell
        )
    show_ledger(ledger, output, as_json)

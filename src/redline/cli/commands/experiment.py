"""``redline experiment``."""

from pathlib import Path

import click

from redline.cli.completion import address_names, experiment_names
from redline.cli.experiments import experiment_options, show_ledger, values_of
from redline.cli.printing import print_json, tell


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="EXPERIMENT...", shell_complete=experiment_names
)
@experiment_options
@click.option(
    "--boundary",
    "address",
    is_flag=False,
    flag_value="",
    metavar="[ARM:]ADDRESS",
    shell_complete=address_names,
    help="Find where the verdict changes along a parameter; by default the one the file names.",
)
@click.option(
    "--between", nargs=2, type=float, metavar="A B", help="Range in which to look for the boundary."
)
def experiment(
    files: tuple[str, ...],
    replicates: int | None,
    seed: int,
    values: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    address: str | None,
    between: tuple[float, float] | None,
) -> None:
    """Run experiments: a question, its verdict, and the verdict without the mechanism.

    EXPERIMENT is a built-in name such as c5_leverage, its claim (C5), or a file.
    """
    from redline.argument import boundary
    from redline.argument import experiment as run
    from redline.cli.progress import progress_bar

    changes = values_of(values)
    if address is None:
        if between:
            raise click.UsageError("--between goes with --boundary")
        with progress_bar(len(dict.fromkeys(files))) as progress:
            ledger = run(
                files, replicates, seed, values=changes, to=output, progress=progress, notice=tell
            )
        show_ledger(ledger, output, as_json)
        return
    found = boundary(
        files, address or None, between, replicates, seed, values=changes, to=output, notice=tell
    )
    if as_json:
        print_json(found.to_dict())
    else:
        for line in found.blocks():
            click.echo(line)
    for one in found if output else ():
        assert output is not None
        click.echo(f"{output / one.file} written", err=True)

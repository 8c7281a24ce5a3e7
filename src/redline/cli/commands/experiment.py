"""``redline experiment``."""

from pathlib import Path

import click

from redline.cli.completion import address_names, experiment_names
from redline.cli.experiments import experiment_options, make_folder, read_experiments, run_ledger
from redline.cli.printing import print_report


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
    help="Find where the verdict turns along a parameter; by default the file's own.",
)
@click.option("--between", nargs=2, type=float, metavar="A B", help="Look for it from A to B.")
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
    """Run experiments: a question, a verdict, what is left of it without its mechanism.

    EXPERIMENT is a built-in name such as c5_leverage, its claim (C5), or a file.
    """
    experiments = read_experiments(files, values)
    if address is None:
        if between:
            raise click.UsageError("--between goes with --boundary")
        run_ledger(experiments, replicates, seed, output, as_json)
        return
    from redline.argument import boundary
    from redline.figures import boundary_finding, draw_boundary

    if output:
        make_folder(output)
    report = []
    for one in experiments:
        n = replicates or one.replicates
        place = address or (one.boundary.address if one.boundary else "")
        for condition, name, turn in boundary(one, address or None, between, replicates, seed):
            report.append({"claim": name, "address": place, "n": n, **turn.to_dict()})
            if not as_json:
                click.echo(boundary_finding(turn, name, place))
            if output:
                path = draw_boundary(condition, name, place, turn, n, seed, output)
                click.echo(f"{path} written", err=True)
    if as_json:
        print_report({"boundaries": report})

"""``redline experiment`` and ``redline claims``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from redline.cli.completion import address_names, assignments, experiment_names
from redline.cli.options import PATH, json_option
from redline.cli.printing import placing, print_json, tell
from redline.support import InputError
from redline.theory import MOST_SEEDS

if TYPE_CHECKING:
    from redline.argument import Experiment, Row

Function = TypeVar("Function", bound=Callable[..., Any])


def _options(function: Function) -> Function:
    """Add the options that both commands have."""
    for option in (
        json_option(),
        click.option(
            "-o",
            "--output",
            type=PATH,
            help="A folder for the table (CSV and JSON), the figures and one HTML file.",
        ),
        click.option(
            "--set",
            "values",
            multiple=True,
            metavar="ADDRESS=VALUE",
            shell_complete=assignments,
            help="Set a value in every arm, before the arm's own changes; may be repeated.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, MOST_SEEDS - 1),
            default=1,
            show_default=True,
            help="Seed; all arms share its chance.",
        ),
        click.option(
            "-n",
            "--replicates",
            type=click.IntRange(2, 1_000_000),
            help="Replicates of every arm; what the file says, by default.",
        ),
    ):
        function = option(function)
    return function


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="EXPERIMENT...", shell_complete=experiment_names
)
@_options
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
    experiments = _loaded(files, values)
    if address is not None:
        _print_boundaries(experiments, address or None, between, replicates, seed, output, as_json)
        return
    if between:
        raise click.UsageError("--between goes with --boundary")
    _run(experiments, replicates, seed, output, as_json)


@click.command()
@_options
def claims(
    replicates: int | None,
    seed: int,
    values: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Run the argument claim by claim: C1 to C13 and Q14, each with a verdict.

    Supported: the whole 95 % interval is on the claimed side of what the claim's file says
    counts. Not supported: none of it is. Undecided: neither.
    """
    from redline.argument import ledger_names

    _run(_loaded(ledger_names(), values), replicates, seed, output, as_json)


def _loaded(files: Sequence[str], values: tuple[str, ...]) -> "list[Experiment]":
    from redline.argument import load_experiment
    from redline.case import parse_assignment

    changes = dict(parse_assignment(text) for text in values)
    found = [load_experiment(name, changes) for name in dict.fromkeys(files)]
    for one in found:
        for notice in one.notices:
            tell(f"{one.name}: {notice}")
    return found


def _run(
    experiments: "list[Experiment]",
    replicates: int | None,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    from redline.argument import run_experiment
    from redline.cli.progress import progress_bar

    _check_size(experiments, replicates, seed)
    if output:
        _check_folder(output)
    rows: list[Row] = []
    with progress_bar(len(experiments)) as progress:
        for number, one in enumerate(experiments, 1):
            rows += run_experiment(one, replicates, seed)
            progress(number)
    if output:
        from redline.figures import write_ledger

        with placing(output, within=True):
            write_ledger(rows, seed, output)
    if as_json:
        from redline.figures import ledger_json

        print_json(ledger_json(rows))
        return
    _print_rows(rows)
    if output:
        click.echo(f"Table, figure and page are in {output}")


def _check_size(experiments: "list[Experiment]", replicates: int | None, seed: int) -> None:
    """Check that memory holds the arms of experiments; say what takes long."""
    from redline.results import check_lives

    sizes = [(one, replicates or one.replicates) for one in experiments]
    largest, most = max(sizes, key=lambda size: size[0].replicate_bytes * size[1])
    lives = [life for one, n in sizes for life in one.lives(n)]
    check_lives(lives, seed, largest.replicate_bytes, replicates=most, notice=tell)


def _check_folder(folder: Path) -> None:
    """Make a folder for results, before anything is run."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    with placing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _print_rows(rows: "Sequence[Row]") -> None:
    """Print the ledger."""
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.figures import effect_words
    from redline.support import count, counted

    table = Table()
    for heading in ("claim", "¶", "it says", "claimed", "effect, 95 %", "verdict", "mechanism off"):
        table.add_column(Text(heading))
    for row in rows:
        for place, finding in enumerate(row.findings):
            off = row.mechanism.findings[place] if row.mechanism else None
            left = "–" if off is None else f"{effect_words(off.effect)}: {off.verdict}"
            verdict = finding.verdict if finding.judged else f"{finding.verdict}, reported only"
            if place == 0:
                paragraphs = ", ".join(map(str, row.paragraphs))
                whole = Text(row.verdict, style="bold")
                table.add_row(row.claim, paragraphs, Text(row.says), "", "", whole, "")
            table.add_row(
                "", "", Text(f"  {finding.label}"), str(finding.threshold),
                effect_words(finding.effect), Text(verdict), left,
            )  # fmt: skip
    out = console()
    out.print(table)
    for row in rows:
        if row.verdict == "supported" and row.mechanism and row.mechanism.verdict == "supported":
            words = f"{row.claim} holds without its mechanism ({row.mechanism_name}): "
            out.print(Text(f"{words}something else carries it."))
    seconds = sum(row.seconds for row in rows)
    tests = count(len(rows), "test")
    out.print(f"{tests}, {counted(rows[0].n, 'replicate')} of an arm, {seconds:.0f} s")


def _print_boundaries(
    experiments: "list[Experiment]",
    address: str | None,
    between: tuple[float, float] | None,
    replicates: int | None,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Print where verdicts turn, and draw it."""
    from redline.argument import boundary
    from redline.figures import boundary_finding, draw_boundary
    from redline.support import JSON_FORMAT

    if output:
        _check_folder(output)
    report = []
    for one in experiments:
        n = replicates or one.replicates
        place = address or (one.boundary.address if one.boundary else "")
        for condition, name, turn in boundary(one, address, between, replicates, seed):
            report.append({"claim": name, "address": place, "n": n, **turn.to_dict()})
            if not as_json:
                click.echo(boundary_finding(turn, name, place))
            if output:
                path = draw_boundary(condition, name, place, turn, n, seed, output)
                click.echo(f"{path} written", err=True)
    if as_json:
        whole = {"format": JSON_FORMAT, "boundaries": report}
        print_json(whole)

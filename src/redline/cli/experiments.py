"""What ``experiment`` and ``claims`` share: their options, the runs, the ledger of verdicts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.options import together
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_line, print_table
from redline.support import Bold, InputError, count, counted, placing

if TYPE_CHECKING:
    from redline.argument import Experiment, Row

experiment_options = together(
    options.replicates(
        None, "Replicates of every arm; what the file says, by default.", most=1_000_000
    ),
    options.seeded(1, "Seed; all arms share its chance."),
    options.assigned(" in every arm, before the arm's own changes"),
    options.output(help="A folder for the table (CSV and JSON), the figures and one HTML file."),
    options.as_json(),
)


def read_experiments(names: Sequence[str], values: tuple[str, ...]) -> "list[Experiment]":
    """Return experiments, with values set in every arm; say what to know of them."""
    from redline.argument import load_experiment
    from redline.case import parse_assignment

    changes = dict(parse_assignment(text) for text in values)
    found = [load_experiment(name, changes) for name in dict.fromkeys(names)]
    for one in found:
        for notice in one.notices:
            tell(f"{one.name}: {notice}")
    return found


def run_ledger(
    experiments: "list[Experiment]",
    replicates: int | None,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Run experiments; print the ledger of their verdicts, and write it into a folder."""
    from redline.argument import run_experiment
    from redline.cli.progress import progress_bar
    from redline.results import check_replicates

    sizes = [(one, replicates or one.replicates) for one in experiments]
    largest, most = max(sizes, key=lambda size: size[0].replicate_bytes * size[1])
    lives = [life for one, n in sizes for life in one.lives(n)]
    check_replicates(lives, seed, largest.replicate_bytes, replicates=most, notice=tell)
    if output:
        make_folder(output)
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


def make_folder(folder: Path) -> None:
    """Make a folder for results, before anything is run."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    with placing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _print_rows(rows: "Sequence[Row]") -> None:
    """Print the ledger."""
    headings = ("claim", "¶", "it says", "claimed", "effect, 95 %", "verdict", "mechanism off")
    print_table(headings, [cells for row in rows for cells in _cells(row)])
    for row in rows:
        if row.verdict == "supported" and row.mechanism and row.mechanism.verdict == "supported":
            words = f"{row.claim} holds without its mechanism ({row.mechanism_name}): "
            print_line(f"{words}something else carries it.")
    seconds = sum(row.seconds for row in rows)
    tests = count(len(rows), "test")
    print_line(f"{tests}, {counted(rows[0].n, 'replicate')} of an arm, {seconds:.0f} s")


def _cells(row: "Row") -> Iterator[list[str]]:
    """Yield the cells of a claim: its verdict, then a line for each finding."""
    from redline.figures import effect_words

    paragraphs = ", ".join(map(str, row.paragraphs))
    yield [row.claim, paragraphs, row.says, "", "", Bold(row.verdict)]
    for place, finding in enumerate(row.findings):
        about = finding.condition
        off = row.mechanism.findings[place] if row.mechanism else None
        left = "–" if off is None else f"{effect_words(off.effect)}: {off.verdict}"
        verdict = finding.verdict if about.judged else f"{finding.verdict}, reported only"
        effect = effect_words(finding.effect)
        yield ["", "", f"  {about.label}", str(about.threshold), effect, verdict, left]

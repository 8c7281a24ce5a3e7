"""``redline run``."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.options import Changes, read_scenario
from redline.cli.printing import print_report, tell
from redline.cli.tables import print_line, print_table
from redline.support import check_place, counted, number_words, rate, share, share_span, span_words
from redline.theory import MOST_REPLICATES

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.results import Distribution, Reached, StoredRun


@click.command()
@click.argument("scenario", shell_complete=scenario_names)
@options.chance
@options.changes
@options.engine
@click.option(
    "--until-width",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="W",
    help="Go on from -n replicates until the 95 % interval of a class's share is no wider than W, "
    "such as 0.002.",
)
@click.option(
    "--width-of",
    metavar="CLASS",
    help="The class whose share --until-width is about.  [default: confrontation]",
)
@click.option(
    "--most",
    type=click.IntRange(1, MOST_REPLICATES),
    metavar="N",
    help="Where --until-width stops at the latest.  [default: 10,000,000]",
)
@click.option("--traces", is_flag=True, help="Store every week of every replicate too.")
@options.output(
    help="Folder for the results, never in place of other ones; by default results/SCENARIO, "
    "where an earlier run that differs is kept as results/SCENARIO~1, and none with --json.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace the earlier run of the scenario in the folder, whatever differs. What else is in "
    "the folder is kept.",
)
@options.as_json()
def run(
    scenario: str,
    replicates: int,
    seed: int,
    changes: Changes,
    engine: str,
    workers: int | None,
    until_width: float | None,
    width_of: str | None,
    most: int | None,
    traces: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Simulate a scenario and show its outcome distribution.

    SCENARIO is a built-in name (see "redline scenarios") or the path of a scenario file.
    Writes a folder with every replicate (Parquet), weekly counts, a figure and a manifest.
    """
    chosen = read_scenario(scenario, changes)
    if chosen.sweep:
        tell(
            f"{chosen.name} declares a sweep; this runs its base case. To sweep it: redline sweep "
            f"{scenario}"
        )
    folder = output or (None if as_json else Path("results") / chosen.name)
    if traces and folder is None:
        raise click.UsageError("--traces needs a folder to write to: give -o")
    if until_width is None and (width_of or most):
        raise click.UsageError("--width-of and --most go with --until-width")
    if folder is not None:
        check_place(folder)
    how: dict[str, Any] = {"engine": engine, "workers": workers}
    keep: dict[str, Any] = {"traces": traces, "force": force, "beside": output is None}
    reached = None
    if until_width is not None:
        check = _keeping(chosen, folder, seed, how, keep)
        wanted = {"of": width_of, "most": most, "check": check, **how}
        reached = _until_width(chosen, until_width, replicates, seed, **wanted)
        replicates = reached.replicates
    result, seconds = _made(folder, chosen, replicates, seed, how, keep)
    report = _report(chosen, result, replicates, seed, engine, seconds)
    if reached:
        report["until_width"] = reached.to_dict()
    if as_json:
        print_report(report)
    else:
        _print(chosen, report, folder)


def _made(
    folder: Path | None,
    scenario: "Scenario",
    replicates: int,
    seed: int,
    how: dict[str, Any],
    keep: dict[str, Any],
) -> "tuple[Distribution, float]":
    """Simulate into a folder, or into memory; return the results and the seconds it took."""
    from redline.cli.progress import progress_bar
    from redline.results import REPLICATE_BYTES, check_replicates, run_into, simulate

    with progress_bar(replicates) as progress:
        if folder is None:
            check_replicates([(scenario, replicates)], seed, REPLICATE_BYTES, notice=tell, **how)
            results = simulate(scenario, replicates, seed, progress=progress, **how)
            return results, results.seconds
        holding = ExitStack()  # as long as the command tells of it, the run stays where it is
        click.get_current_context().call_on_close(holding.close)
        run = run_into(
            folder,
            scenario,
            replicates,
            seed,
            command=["redline", *sys.argv[1:]],
            draw=_draw,
            notice=tell,
            holding=holding,
            progress=progress,
            **how,
            **keep,
        )
        return run, run.manifest["seconds"]


def _keeping(
    scenario: "Scenario", folder: Path | None, seed: int, how: dict[str, Any], keep: dict[str, Any]
) -> Callable[[int], None]:
    """Return a check that so many replicates can be kept; that the place can be is checked here."""
    if folder is None:
        from redline.results import REPLICATE_BYTES
        from redline.support import check_room

        return partial(check_room, "replicates", memory_each=REPLICATE_BYTES)
    from redline.results import check_run, check_run_place

    check_run_place(folder, scenario, seed, **keep)
    return partial(check_run, folder, scenario, seed=seed, traces=keep["traces"], **how)


def _until_width(
    scenario: "Scenario", width: float, start: int, seed: int, **options: Any
) -> "Reached":
    """Find how many replicates it takes; tell each look, and why the last one was the last."""
    from redline.results import until_width

    given = {name: value for name, value in options.items() if value is not None}
    reached = until_width(scenario, width, start=start, seed=seed, notice=tell, **given)
    tell(reached.sentence())
    return reached


def _draw(run: "StoredRun", folder: Path) -> None:
    from redline.figures import Request, draw, subject_of, write_figure

    write_figure(draw("overview", Request((subject_of(run),))), folder / "outcomes.png")


def _report(
    scenario: "Scenario",
    result: "Distribution",
    replicates: int,
    seed: int,
    engine: str,
    seconds: float,
) -> dict[str, Any]:
    """Return what ``--json`` prints, but for its format."""
    from redline.results import run_remarks
    from redline.support import package_version

    outcomes, decisions = result.summary(), result.decisions
    return {
        "scenario": scenario.name,
        "seed": seed,
        "replicates": replicates,
        "weeks": scenario.weeks,
        "engine": engine,
        "version": package_version(),
        "seconds": seconds,
        "decisions": decisions,
        "decisions_per_second": decisions / seconds,
        "outcomes": outcomes,
        "remarks": run_remarks(outcomes, replicates),
    }


def _print(scenario: "Scenario", report: dict[str, Any], folder: Path | None) -> None:
    """Print the distribution of outcomes, and what to know of it."""
    seconds = report["seconds"]
    took = f"{seconds:.2f} s" if seconds >= 0.005 else "under 0.01 s"
    print_line(scenario.title or scenario.name, bold=True)
    print_line(
        f"{counted(report['replicates'], 'replicate')} of up to "
        f"{counted(report['weeks'], 'week')}, seed {report['seed']}, {report['engine']} engine: "
        f"{took}, {rate(report['decisions_per_second'])} decisions a second"
    )
    _print_classes(report["outcomes"]["class"])
    _print_measures(report["outcomes"])
    for remark in report["remarks"]:
        tell(remark)
    click.echo(f"Results, figure and manifest are in {folder}")


def _print_classes(classes: dict[str, dict[str, Any]]) -> None:
    """Print how many replicates end in each class."""
    rows = [
        [name, share(row["share"]), share_span(row["low"], row["high"]), f"{row['count']:,}"]
        for name, row in classes.items()
    ]
    headings = ("class", "share", "95 % interval", "replicates")
    print_table(headings, rows, align="lr", title="Gravest moment of a replicate")


def _print_measures(outcomes: dict[str, Any]) -> None:
    """Print mean and quantiles of every measure."""
    from redline.results import RUN_TABLE, find_measure

    rows = []
    for name in RUN_TABLE:
        row = outcomes[name]
        words = find_measure(name).words
        size = abs(row["mean"] or 0.0)
        digits = 3 if size < 1 else 2 if size < 10 else 1
        of_one = digits if row["total"] is None else 0
        mean_cells = [
            number_words(row["mean"], digits),
            span_words(row["low"], row["high"], digits),
        ]
        rows.append(
            [words, *mean_cells, *(number_words(row[q], of_one) for q in ("q05", "q50", "q95"))]
        )
    headings = ("measure", "mean", "95 % interval", "5 %", "median", "95 %")
    print_table(headings, rows, align="lr", title="Distributions over replicates")

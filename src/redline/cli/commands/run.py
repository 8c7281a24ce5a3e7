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
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_blocks
from redline.support import check_place
from redline.theory import MOST_REPLICATES

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.results import Reached, Results, StoredRun


@click.command()
@click.argument("scenario", shell_complete=scenario_names)
@options.chance
@options.changes
@options.engine
@click.option(
    "--until-width",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="W",
    help="Keep adding replicates, from -n on, until the 95 % interval of a class's share is no "
    "wider than W, such as 0.002.",
)
@click.option(
    "--width-of",
    metavar="CLASS",
    help="The outcome class for --until-width.  [default: confrontation]",
)
@click.option(
    "--most",
    type=click.IntRange(1, MOST_REPLICATES),
    metavar="N",
    help="Upper limit on replicates for --until-width.  [default: 10,000,000]",
)
@click.option("--traces", is_flag=True, help="Also store every week of every replicate.")
@options.output(
    help="Results folder; by default results/SCENARIO, or none with --json. A named folder with "
    "other results is refused; in the default one, an earlier run that differs is kept as "
    "results/SCENARIO~1.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace an earlier run of the scenario in the folder, even if it differs. Other files "
    "there are kept.",
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
    """Simulate a scenario and print the distribution of its outcomes.

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
    with ExitStack() as holding:  # as long as the command tells of a run, it stays where it is
        result = _made(folder, chosen, replicates, seed, how, keep, holding)
        report = result.to_dict()
        if reached:
            report["until_width"] = reached.to_dict()
        if as_json:
            print_json(report)
        else:
            print_blocks(result.blocks(report))
            for remark in report["remarks"]:
                tell(remark)
        if folder is not None:
            _draw(result, folder)
            if not as_json:
                click.echo(f"Results, figure and manifest are in {folder}")


def _made(
    folder: Path | None,
    scenario: "Scenario",
    replicates: int,
    seed: int,
    how: dict[str, Any],
    keep: dict[str, Any],
    holding: ExitStack,
) -> "Results | StoredRun":
    """Simulate into a folder, or into memory."""
    from redline.cli.progress import progress_bar
    from redline.results import REPLICATE_BYTES, check_replicates, run_into, simulate

    with progress_bar(replicates) as progress:
        if folder is None:
            check_replicates([(scenario, replicates)], seed, REPLICATE_BYTES, notice=tell, **how)
            run: Results = simulate(scenario, replicates, seed, progress=progress, **how)
            return run
        stored: StoredRun = run_into(
            folder,
            scenario,
            replicates,
            seed,
            command=["redline", *sys.argv[1:]],
            notice=tell,
            holding=holding,
            progress=progress,
            **how,
            **keep,
        )
        return stored


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


def _draw(run: "Results | StoredRun", folder: Path) -> None:
    from redline.figures import Request, draw, subject_of, write_figure

    write_figure(draw("overview", Request((subject_of(run),))), folder / "outcomes.png")

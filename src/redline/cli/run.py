"""``redline run``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli.completion import scenario_names
from redline.cli.options import chance_options, engine_options, read_scenario, scenario_options
from redline.errors import InputError

if TYPE_CHECKING:
    from redline.outcomes import Distribution, Summary
    from redline.results import StoredRun
    from redline.scenario import Scenario


@click.command()
@click.argument("scenario", shell_complete=scenario_names)
@chance_options
@scenario_options
@engine_options
@click.option("--traces", is_flag=True, help="Store every week of every replicate too.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for the results; by default results/SCENARIO, and none with --json.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace a run of the scenario although other files are in its folder (they are kept).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    scenario: str,
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    engine: str,
    workers: int | None,
    traces: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Simulate a scenario and show its outcome distribution.

    SCENARIO is a built-in name (see "redline scenarios") or the path of a scenario file.
    Writes a folder with every replicate (Parquet), weekly counts, a figure and a manifest.
    """
    chosen = read_scenario(scenario, values, forbid, weeks)
    if chosen.sweep:
        click.echo(
            f"redline: {chosen.name} declares a sweep; this runs its base case. "
            f"To sweep it: redline sweep {scenario}",
            err=True,
        )
    folder = output or (None if as_json else Path("results") / chosen.name)
    if traces and folder is None:
        raise click.UsageError("--traces needs a folder to write to: give -o")
    from redline.cli.progress import progress_bar

    result: Distribution
    with progress_bar(replicates) as progress:
        if folder is None:
            from redline.simulation import simulate

            result = simulate(
                chosen, replicates, seed, engine=engine, workers=workers, progress=progress
            )
            seconds = result.seconds
        else:
            options = {"engine": engine, "workers": workers, "traces": traces, "force": force}
            result = _run_into(folder, chosen, replicates, seed, progress=progress, **options)
            seconds = result.manifest["seconds"]
    report = _report(chosen, result, replicates, seed, engine, seconds)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))
    else:
        from redline.cli.tables import print_outcomes

        print_outcomes(chosen, report)
        click.echo(f"Results, figure and manifest are in {folder}")


def _run_into(
    folder: Path, scenario: "Scenario", replicates: int, seed: int, **options: Any
) -> "StoredRun":
    """Run into a folder; say which earlier run was replaced, unless it was the same again."""
    from redline.experiment import run_into
    from redline.store import read_manifest

    try:
        held = read_manifest(folder)
    except InputError:  # nothing, or what `run_into` refuses
        held = {}
    command = ["redline", *sys.argv[1:]]
    run = run_into(folder, scenario, replicates, seed, command=command, draw=_draw, **options)
    if held and (held["replicates"], held["seed"]) != (replicates, seed):
        click.echo(
            f"redline: took the place of a run of {held['replicates']:,} replicates, seed "
            f"{held['seed']}, in {folder}",
            err=True,
        )
    return run


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
    """Return what ``--json`` prints."""
    from redline.version import JSON_FORMAT, package_version

    outcomes: Summary = result.summary()
    decisions = result.decisions
    return {
        "format": JSON_FORMAT,
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
    }

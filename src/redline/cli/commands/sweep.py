"""``redline sweep``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from redline.cli import options
from redline.cli.completion import assignments, scenario_names
from redline.cli.options import EXECUTORS, Changes, passed_as, read_scenario
from redline.cli.printing import print_report, tell
from redline.cli.resuming import Place, Session, parts_in, place_options, sweep_resumably, to_go_on
from redline.support import InputError, counted

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.results import SweepPlan


class Design(NamedTuple):
    """What the options put in place of the sweep that a file declares."""

    over: tuple[str, ...]
    design: str | None
    points: int | None
    csv_file: Path | None

    def __bool__(self) -> bool:
        """Return whether they put anything there."""
        return bool(self.over or self.design or self.points or self.csv_file)


design_options = passed_as(
    "design",
    Design,
    click.option(
        "--over",
        multiple=True,
        metavar="ADDRESS=VALUES",
        shell_complete=assignments,
        help="Sweep this address instead of what the file sweeps: a list such as "
        'iran.review=[0.1,0.2] or a range such as "iran.review={from=0,to=1,steps=5}"; may be '
        "repeated.",
    ),
    click.option(
        "--design",
        type=click.Choice(["grid", "lhs", "sobol", "list", "saltelli", "morris"]),
        help="The design, instead of the file's. A list needs --csv; the others, except grid, "
        "need --points.",
    ),
    click.option(
        "--points",
        type=click.IntRange(1),
        help="Number of points of a sampled design (saltelli: base points; morris: trajectories).",
    ),
    options.path(
        "--csv",
        "csv_file",
        help="A table of points: a header row of addresses, then one line per point.",
    ),
)


@click.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...", shell_complete=scenario_names)
@options.replicates(None, "Replicates at each point.  [default: 200]", least=1)
@options.later_seed
@options.changes
@design_options
@click.option(
    "--weekly",
    type=click.Choice(["ladders", "all", "none"]),
    help="Weekly counts to keep for every point.  [default: ladders]",
)
@options.engine
@click.option(
    "--executor",
    type=EXECUTORS,
    help="Where to compute; the results are identical.  [default: threads; processes for mesa]",
)
@click.option("--address", help="Address of a running Dask scheduler, such as tcp://10.0.0.1:8786.")
@place_options(
    "Results folder; by default results/SCENARIO-sweep. A named folder with other results is "
    "refused; in the default one, an earlier sweep that differs is kept as "
    "results/SCENARIO-sweep~1. With several scenarios, a folder with one inside for each.",
    "Resume the sweep in DIR, or start it there. To resume, no other option is needed.",
    "Replace an earlier sweep of the scenario.",
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first part that fails twice.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print what would be simulated and about how long it would take.",
)
@click.option("--quiet", is_flag=True, help="Hide the progress display.")
@options.as_json("Print JSON, one line per sweep.")
def sweep(
    scenarios: tuple[str, ...],
    replicates: int | None,
    seed: int | None,
    changes: Changes,
    design: Design,
    weekly: str | None,
    engine: str,
    executor: str | None,
    address: str | None,
    workers: int | None,
    place: Place,
    fail_fast: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate scenarios at every point of a sweep.

    Sweeps what the scenario file declares, or what --over gives. Every point runs the same
    replicates under common random numbers. An interrupted sweep loses nothing that was stored:
    continue it with --resume DIR. Results are identical, byte for byte, whatever the executor,
    the engine and the interruptions.
    """
    from redline.results import check_executor

    _check_asked(scenarios, changes, design, place)
    chosen: list[Scenario | None] = [
        _with_sweep(read_scenario(name, changes), design) for name in scenarios
    ] or [None]
    _say_swept(chosen, changes.values)
    folders = _folders(chosen, place)
    check_executor(executor or "threads", address)
    plans = _plans(chosen, folders, replicates, seed, engine, workers, weekly=weekly, **place.how)
    if dry_run:
        for plan, folder in plans:
            _say_plan(plan, folder, engine, workers, as_json)
        return
    how: dict[str, Any] = {"engine": engine, "workers": workers, "weekly": weekly, **place.how}
    how |= {"executor": executor, "address": address, "fail_fast": fail_fast}
    complete = True
    for scenario, folder in zip(chosen, folders, strict=True):
        session = sweep_resumably("sweep", folder, scenario, replicates, seed, quiet=quiet, **how)
        _say_done(session, folder, as_json)
        complete &= session.results.complete
    if not complete:
        click.get_current_context().exit(1)


def _check_asked(
    scenarios: tuple[str, ...], changes: Changes, design: Design, place: Place
) -> None:
    """Check that what was asked for can be meant together.

    Raises
    ------
    click.UsageError
        If options contradict each other.
    """
    if not scenarios and place.resume is None:
        raise click.UsageError("give a scenario to sweep, or --resume DIR to continue one")
    if place.resume and (place.output or place.force):
        raise click.UsageError("--resume continues in its own folder: leave out -o and --force")
    if not scenarios and (changes or design):
        raise click.UsageError(
            "--resume takes its scenario from the folder: leave out options that change it"
        )
    if design.csv_file and (design.over or design.points or design.design not in (None, "list")):
        raise click.UsageError("--csv names every point: leave out --over, --points and --design")


def _plans(
    chosen: "list[Scenario | None]",
    folders: list[Path],
    replicates: int | None,
    seed: int | None,
    engine: str,
    workers: int | None,
    **options: Any,
) -> "list[tuple[SweepPlan, Path | None]]":
    """Return the plan of each sweep, and the folder that it would go on in, if it would.

    All of them first: nothing is simulated if one cannot be.
    """
    from redline.results import check_sweep, settle_plan, stored_parts

    plans = []
    for scenario, folder in zip(chosen, folders, strict=True):
        plan, again = settle_plan(folder, scenario, replicates, seed, **options)
        plans.append((plan, folder if again else None))
    for (plan, going_on), folder in zip(plans, folders, strict=True) if len(plans) > 1 else ():
        check_sweep(plan, folder, engine, workers, len(stored_parts(folder)) if going_on else 0)
    return plans


def _with_sweep(scenario: "Scenario", asked: Design) -> "Scenario":
    """Return a scenario with what the options make of its sweep."""
    if not asked:
        return scenario
    from redline.case import parse_assignment
    from redline.results import designed

    if asked.csv_file:
        return designed(scenario, asked.csv_file)
    over: dict[str, Any] = {}
    for address, values in map(parse_assignment, asked.over):
        if address in over:
            raise InputError(f"--over: {address} is swept twice")
        over[address] = values
    return designed(scenario, over or None, asked.design, asked.points, notice=tell)


def _say_swept(chosen: "list[Scenario | None]", values: tuple[str, ...]) -> None:
    """Say which values that were set are those of the base case alone: their address is swept."""
    from redline.case import parse_assignment

    asked = {parse_assignment(text)[0] for text in values}
    for scenario in chosen:
        swept = (scenario.document.get("sweep") or {}) if scenario else {}
        for address in sorted(asked & set(swept)):
            tell(f"{address} is swept: the value set applies to the base case only")


def _folders(chosen: "list[Scenario | None]", place: Place) -> list[Path]:
    """Return the folder of each sweep."""
    names = [f"{scenario.name}-sweep" if scenario else "" for scenario in chosen]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are named {name.removesuffix('-sweep')}")
    given = place.resume or place.output
    if len(names) == 1:
        return [given or Path("results") / names[0]]
    return [(given or Path("results")) / name for name in names]


def _say_done(session: Session, folder: Path, as_json: bool) -> None:
    """Say in a line what was done; what failed on the error stream."""
    from redline.support import package_version

    done, made, seconds = session
    for entry in done.failed:
        tell(f"{entry['holds']}: failed twice ({entry['error']})")
    if not done.complete:
        tell(f"incomplete; to continue: {to_go_on('sweep', folder)}")
    manifest = done.manifest
    rate = made / seconds if made else None
    if as_json:
        print_report(
            {
                "scenario": done.scenario.name,
                "folder": str(folder),
                "seed": manifest["seed"],
                "points": len(done.points),
                "addresses": list(done.points.addresses),
                "replicates": done.replicates,
                "total": len(done.points) * done.replicates,
                "weeks": manifest["weeks"],
                "engine": manifest["engine"],
                "version": package_version(),
                "simulated": made,
                "seconds": seconds,
                "replicates_per_second": rate,
                "complete": done.complete,
                "failed": done.failed,
                "results_hash": manifest["results_hash"],
            }
        )
        return
    total = f"{counted(len(done.points), 'point')} × {counted(done.replicates, 'replicate')}"
    work = f"{made:,} simulated in {seconds:.1f} s ({rate:,.0f}/s)" if rate else "nothing to do"
    state = f"results hash {manifest['results_hash'][:16]}" if done.complete else "incomplete"
    click.echo(f"{done.scenario.name}: {total}: {work}; {state}; in {folder}")


def _say_plan(
    plan: "SweepPlan", folder: Path | None, engine: str, workers: int | None, as_json: bool
) -> None:
    """Say what a sweep would do, and about how long it takes and how much it stores.

    `folder` is the one that it would go on in.
    """
    from redline.results import estimate
    from redline.support import duration_words, size_words

    stored = parts_in(folder) or 0 if folder else 0
    cost = estimate(plan, engine, workers, stored)
    if as_json:
        print_report(
            {
                "scenario": plan.scenario.name,
                "design": plan.table["design"],
                "addresses": list(plan.points.addresses),
                "points": len(plan.points),
                "replicates": plan.replicates,
                "total": plan.total,
                "parts": cost.parts,
                "stored": stored,
                "seconds": cost.seconds,
                "bytes": cost.bytes,
            }
        )
        return
    click.echo(
        f"{plan.scenario.name}: {counted(len(plan.points), 'point')} × "
        f"{counted(plan.replicates, 'replicate')} = {counted(plan.total, 'replicate')} in "
        f"{counted(cost.parts, 'part')}"
    )
    for address, column in plan.points.columns.items():
        click.echo(f"  {address}: {column.min():g} to {column.max():g}")
    if stored:
        is_ = "is" if stored == 1 else "are"
        click.echo(f"  {counted(stored, 'part')} {is_} stored already")
    click.echo(f"{duration_words(cost.seconds)} here, and about {size_words(cost.bytes)} on disk")

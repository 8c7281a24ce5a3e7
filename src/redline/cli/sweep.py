"""``redline sweep``."""

import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli.completion import assignments, scenario_names
from redline.cli.options import PATH, engine_options, json_option, read_scenario, scenario_options
from redline.cli.printing import print_json, tell
from redline.cli.progress import progress_lines
from redline.support import InputError, counted, printable, system_problem
from redline.theory import MOST_REPLICATES, MOST_SEEDS

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.results import Progress, StoredSweep, SweepPlan

    Heeding = Callable[[Callable[[Progress], None]], Callable[[Progress], None]]


@click.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...", shell_complete=scenario_names)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(1, MOST_REPLICATES),
    help="Replicates at each point.  [default: 200]",
)
@click.option("--seed", type=click.IntRange(0, MOST_SEEDS - 1), help="Seed.  [default: 1]")
@scenario_options
@click.option(
    "--over",
    multiple=True,
    metavar="ADDRESS=VALUES",
    shell_complete=assignments,
    help="Sweep an address, in place of what the file sweeps: a list such as iran.review=[0.1,0.2]"
    ' or a range such as "iran.review={from=0,to=1,steps=5}"; may be repeated.',
)
@click.option(
    "--design",
    type=click.Choice(["grid", "lhs", "sobol", "list", "saltelli", "morris"]),
    help="The design, in place of the file's; list takes --csv, all others but grid --points.",
)
@click.option(
    "--points",
    type=click.IntRange(1),
    help="Points of a design that draws them; base points of saltelli, trajectories of morris.",
)
@click.option(
    "--csv",
    "csv_file",
    type=PATH,
    help="A table of points: a header of addresses, then a line for each point.",
)
@click.option(
    "--weekly",
    type=click.Choice(["ladders", "all", "none"]),
    help="Weekly counts to keep for every point.  [default: ladders]",
)
@engine_options
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "dask", "mpi"]),
    help="Where parts are made; the results are the same.  [default: threads; processes for mesa]",
)
@click.option("--address", help="Of a running dask scheduler, such as tcp://10.0.0.1:8786.")
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Folder for the results, never in place of other ones; by default "
    "results/SCENARIO-sweep, where an earlier sweep that differs is kept as "
    "results/SCENARIO-sweep~1. With several scenarios, the folder that theirs are made in.",
)
@click.option(
    "--resume",
    type=PATH,
    metavar="DIR",
    help="Go on with the sweep in DIR, or start it there; needs nothing else to go on.",
)
@click.option("--force", is_flag=True, help="Start over where a sweep of the scenario is.")
@click.option("--fail-fast", is_flag=True, help="End with the first part that fails twice.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would be done, and about how long it takes."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option("Print JSON, a line for each sweep.")
def sweep(
    scenarios: tuple[str, ...],
    replicates: int | None,
    seed: int | None,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    over: tuple[str, ...],
    design: str | None,
    points: int | None,
    csv_file: Path | None,
    weekly: str | None,
    engine: str,
    executor: str | None,
    address: str | None,
    workers: int | None,
    output: Path | None,
    resume: Path | None,
    force: bool,
    fail_fast: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Simulate scenarios at every point of the sweep that their files declare.

    The same replicates are run at every point, under the same chance. Whatever ends a sweep,
    nothing that was stored is lost: go on with --resume DIR. The results are the same to the
    last byte for every executor, engine and number of interruptions.
    """
    if not scenarios and resume is None:
        raise click.UsageError("give a scenario to sweep, or --resume DIR to go on with one")
    if resume and (output or force):
        raise click.UsageError("--resume goes on in its own folder: leave out -o and --force")
    changes = values or forbid or weeks is not None or over or design or points or csv_file
    if not scenarios and changes:
        raise click.UsageError("--resume takes its scenario from the folder: leave out its options")
    if csv_file and (over or points or design not in (None, "list")):
        raise click.UsageError("--csv names every point: leave out --over, --points and --design")
    chosen: list[Scenario | None] = [
        _with_sweep(read_scenario(name, values, forbid, weeks), over, design, points, csv_file)
        for name in scenarios
    ] or [None]
    _say_swept(chosen, values)
    folders = _folders(chosen, output, resume)
    from redline.results import check_executor, check_sweep, settle_plan, stored_parts

    check_executor(executor or "threads", address)
    where = {"weekly": weekly, "resume": resume is not None, "force": force}
    where["beside"] = resume is None and output is None
    plans = [  # all of them first: nothing is simulated if one cannot be
        settle_plan(folder, scenario, replicates, seed, **where)  # type: ignore[arg-type]
        for scenario, folder in zip(chosen, folders, strict=True)
    ]
    for (plan, again), folder in zip(plans, folders, strict=True) if len(plans) > 1 else ():
        check_sweep(plan, folder, engine, workers, len(stored_parts(folder)) if again else 0)
    if dry_run:
        for (plan, again), folder in zip(plans, folders, strict=True):
            _say_plan(plan, folder if again else None, engine, workers, as_json)
        return
    status = 0
    for scenario, folder in zip(chosen, folders, strict=True):
        reporter = None if quiet else progress_lines()
        with resumable(folder) as heeding:
            done = _swept(
                heeding,
                folder,
                scenario,
                replicates,
                seed,
                reporter,
                engine=engine,
                executor=executor,
                workers=workers,
                address=address,
                fail_fast=fail_fast,
                **where,
            )
        _say_done(*done, folder, as_json)
        status = max(status, 0 if done[0].complete else 1)
    if status:
        click.get_current_context().exit(status)


def _with_sweep(
    scenario: "Scenario",
    over: tuple[str, ...],
    design: str | None,
    points: int | None,
    csv_file: Path | None,
) -> "Scenario":
    """Return a scenario with what the options make of its sweep."""
    if not (over or design or points or csv_file):
        return scenario
    from redline.case import DRAWN, parse_assignment, read_point_table, redesigned, vary

    assigned = [parse_assignment(text) for text in over]
    addresses = [address for address, _ in assigned]
    for address in addresses:
        if addresses.count(address) > 1:
            raise InputError(f"--over: {address} is swept twice")
    for address, values in assigned:
        if design in DRAWN and (isinstance(values, list) or "steps" in values):
            ends = "its least and its largest value" if isinstance(values, list) else "its ends"
            tell(f"{address}: the {design} design draws anywhere between {ends}")
    table = dict(assigned) or scenario.document.get("sweep") or {}
    rows = None
    if csv_file:
        rows = read_point_table(csv_file, str(csv_file))
        if not rows:
            raise InputError(f"{csv_file}: no points")
    return vary(scenario, sweep=redesigned(dict(table), design, points, rows))


def _say_swept(chosen: "list[Scenario | None]", values: tuple[str, ...]) -> None:
    """Say which values that were set are those of the base case alone: their address is swept."""
    from redline.case import parse_assignment

    asked = {parse_assignment(text)[0] for text in values}
    for scenario in chosen:
        swept = (scenario.document.get("sweep") or {}) if scenario else {}
        for address in sorted(asked & set(swept)):
            tell(f"{address} is swept: the value that is set is that of the base case alone")


def _folders(
    chosen: "list[Scenario | None]", output: Path | None, resume: Path | None
) -> list[Path]:
    """Return the folder of each sweep."""
    names = [f"{scenario.name}-sweep" if scenario else "" for scenario in chosen]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are named {name.removesuffix('-sweep')}")
    place = resume or output
    if len(names) == 1:
        return [place or Path("results") / names[0]]
    return [(place or Path("results")) / name for name in names]


@contextmanager
def resumable(folder: Path, go_on: str | None = None) -> "Iterator[Heeding]":
    """Say how to go on with a sweep that something ends; SIGTERM ends it as Ctrl-C does.

    `go_on` is the command for it, where it is another one than that of a sweep. The first
    signal ends the sweep; those that follow are ignored while it is put away. What is given
    makes a progress function heed a signal that a library swallowed.
    """
    signalled = False

    def interrupt(*_: Any) -> None:
        nonlocal signalled
        if not signalled:
            signalled = True
            raise KeyboardInterrupt

    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)

    def heeding(report: "Callable[[Progress], None]") -> "Callable[[Progress], None]":
        def heed(now: "Progress") -> None:
            if signalled:
                raise KeyboardInterrupt
            report(now)

        return heed

    try:
        yield heeding
    except (KeyboardInterrupt, OSError, RuntimeError) as error:
        stored = _stored(folder)
        if stored is None or (isinstance(error, RuntimeError) and not signalled):
            raise
        if isinstance(error, OSError):
            problem = printable(system_problem(error, error.filename or folder))
            tell(problem)
        how = f"to go on: {go_on}" if go_on else _to_go_on(folder)
        parts = f"{counted(stored, 'part')} {'is' if stored == 1 else 'are'}"
        tell(f"{parts} stored in {folder}; {how}")
        if isinstance(error, OSError):
            click.get_current_context().exit(1)
        raise KeyboardInterrupt from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _to_go_on(folder: Path) -> str:
    return f"to go on: redline sweep --resume {shlex.quote(str(folder))}"


def _stored(folder: Path) -> int | None:
    """Return how many parts a folder holds, or None if it holds no sweep yet."""
    from redline.results import load_results

    try:
        return len(load_results(folder).parts)
    except InputError:
        return None


def _swept(
    heeding: "Heeding",
    folder: Path,
    scenario: "Scenario | None",
    replicates: int | None,
    seed: int | None,
    reporter: "Callable[[], Any] | None",
    **options: Any,
) -> "tuple[StoredSweep, int, float]":
    """Sweep, and return the results, the replicates made in this session, and its seconds."""
    from redline.results import ChunkError, StoredSweep
    from redline.results import sweep as sweep_into

    made = 0
    with reporter() if reporter else _nobody() as report:

        def progress(now: "Progress") -> None:
            nonlocal made
            made = now.made
            if report:
                report(now)

        began = time.perf_counter()
        try:
            done = sweep_into(
                folder,
                scenario,
                replicates,
                seed,
                command=["redline", *sys.argv[1:]],
                progress=heeding(progress),
                notice=tell,
                **options,
            )
        except ChunkError:
            done = StoredSweep(folder)  # which says what failed
    return done, made, time.perf_counter() - began


@contextmanager
def _nobody() -> Iterator[None]:
    yield None


def _say_done(done: "StoredSweep", made: int, seconds: float, folder: Path, as_json: bool) -> None:
    """Say in a line what was done; what failed on the error stream."""
    from redline.support import JSON_FORMAT, package_version

    for entry in done.failed:
        tell(f"{entry['holds']}: failed twice ({entry['error']})")
    if not done.complete:
        tell(f"incomplete; {_to_go_on(folder)}")
    manifest = done.manifest
    rate = made / seconds if made else None
    if as_json:
        report = {
            "format": JSON_FORMAT,
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
        print_json(report)
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
    from redline.support import JSON_FORMAT, duration_words, size_words

    stored = _stored(folder) or 0 if folder else 0
    cost = estimate(plan, engine, workers, stored)
    if as_json:
        report = {
            "format": JSON_FORMAT,
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
        print_json(report)
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

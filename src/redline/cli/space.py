"""``redline sensitivity``, ``discover`` and ``robustness``."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from redline.cli.completion import address_groups, experiment_names, measure_names, scenario_names
from redline.cli.options import (
    PATH,
    check_figure,
    json_option,
    read_scenario,
    scenario_options,
    seed_option,
)
from redline.cli.printing import print_json, tell, write_drawn
from redline.support import InputError, counted
from redline.theory import MOST_REPLICATES, MOST_SEEDS

if TYPE_CHECKING:
    from redline.exploration import Analysis, Robustness
    from redline.results import StoredSweep

executor_option = click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "dask", "mpi"]),
    default="processes",
    show_default=True,
    help="Where points are made; the results are the same.",
)
workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="As many as processors, by default."
)
address_option = click.option("--address", help="Of a running dask scheduler.")
only_option = click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=address_groups,
    help="Move only parameters whose address begins so, such as iran; may be repeated.",
)


def executor_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add where points are made, and by how many."""
    for option in (address_option, workers_option, executor_option):
        function = option(function)
    return function


@click.command()
@click.argument("scenario", required=False, shell_complete=scenario_names)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    shell_complete=measure_names,
    help="What to explain; may be repeated.",
)
@click.option(
    "--method",
    type=click.Choice(["sobol", "morris"]),
    default="sobol",
    show_default=True,
    help="Shares of variance, or elementary effects, which are cheaper (takes SALib).",
)
@click.option(
    "--points",
    type=click.IntRange(2),
    help="Base points (a power of two), or trajectories.  [default: 256; 32 for morris]",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, MOST_REPLICATES),
    help="Replicates at each point.  [default: 50]",
)
@click.option("--seed", type=click.IntRange(0, MOST_SEEDS - 1), help="Seed.  [default: 1]")
@scenario_options
@only_option
@executor_options
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Folder for the results, never in place of other ones; by default "
    "results/SCENARIO-METHOD, where an earlier one that differs is kept as "
    "results/SCENARIO-METHOD~1.",
)
@click.option("--resume", type=PATH, metavar="DIR", help="Go on with what is in DIR.")
@click.option("--force", is_flag=True, help="Start over where an analysis of the scenario is.")
@json_option()
def sensitivity(
    scenario: str | None,
    measures: tuple[str, ...],
    method: str,
    points: int | None,
    replicates: int | None,
    seed: int | None,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    only: tuple[str, ...],
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path | None,
    resume: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Find which parameters carry a measure, over the plausible ranges of all of them.

    What is set with --set stays there. A sweep over drawn points, stored like any other: an
    interrupted one goes on with --resume DIR, a finished one is analysed again in a moment.
    """
    from redline.case import parse_assignment
    from redline.exploration import MEASURES, METHODS, analyse, explored, sensitivity_json
    from redline.results import find_measure

    if (scenario is None) == (resume is None):
        raise click.UsageError("give a scenario, or --resume DIR to go on with one")
    given = click.get_current_context().get_parameter_source("method")
    changes = (values, forbid, weeks, only, points, replicates, seed, output, force)
    if resume and (any(changes) or given == ParameterSource.COMMANDLINE):
        raise click.UsageError("--resume takes everything from the folder: leave out its options")
    wanted = measures or MEASURES
    for name in wanted:
        find_measure(name)
    swept = None
    if scenario is not None:
        chosen = read_scenario(scenario, values, forbid, weeks)
        design = METHODS[method]
        fixed = [parse_assignment(text)[0] for text in values]
        number = points or (256 if method == "sobol" else 32)
        swept = explored(chosen, design, number, only, fixed)
        if chosen.sweep:
            click.echo("redline: the scenario's own sweep is left out", err=True)
        folder = output or Path("results") / f"{chosen.name}-{method}"
        replicates = replicates or 50
    else:
        assert resume is not None
        folder = resume
    done = _stored_sweep(
        folder,
        swept,
        replicates,
        seed,
        executor,
        workers,
        address,
        resume is not None,
        force,
        beside=resume is None and output is None,
    )
    analyses = analyse(done, wanted)
    if as_json:
        from redline.figures import resolved

        report = sensitivity_json(done, analyses)
        for entry, one in zip(report["analyses"], analyses, strict=True):
            entry["resolved"] = resolved(one)
        print_json(report)
        return
    for one in analyses:
        _print_analysis(one)
    click.echo(
        f"{counted(len(done.points), 'point')} × {counted(done.replicates, 'replicate')} in "
        f"{done.folder}; "
        f"redline plot {folder} --kind tornado draws them"
    )


def _stored_sweep(
    folder: Path,
    scenario: Any,
    replicates: int | None,
    seed: int | None,
    executor: str,
    workers: int | None,
    address: str | None,
    resume: bool,
    force: bool,
    beside: bool,
) -> "StoredSweep":
    """Make what is missing of a sweep, saying how far it is and how to go on."""
    from redline.cli.progress import progress_lines
    from redline.cli.sweep import resumable
    from redline.results import check_executor, sweep

    check_executor(executor, address)
    go_on = f"redline sensitivity --resume {folder}"
    with resumable(folder, go_on) as heeding, progress_lines()() as report:
        done = sweep(
            folder,
            scenario,
            replicates,
            seed,
            weekly=None if resume else "none",
            executor=executor,
            workers=workers,
            address=address,
            resume=resume,
            force=force,
            beside=beside,
            command=["redline", *sys.argv[1:]],
            progress=heeding(report),
            notice=tell,
        )
    if not done.complete:
        raise InputError(f"{folder}: some points failed; to try again: {go_on}")
    return done


def _print_analysis(one: "Analysis") -> None:
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.figures import MOST_BARS, tornado_finding, tornado_note, words

    sobol = one.method == "sobol"
    table = Table()
    table.add_column("address", no_wrap=True)
    for heading in ("first", "total") if sobol else ("μ", "μ*", "σ"):
        table.add_column(heading, justify="right")
    for entry in one.sensitivities[:MOST_BARS]:
        cells = [_index(entry.first), _index(entry.total)]
        if entry.spread is not None:
            cells.append(f"{entry.spread:.3g}")
        table.add_row(Text(entry.address), *cells)
    out = console()
    out.print(Text(tornado_finding(one, words(one.measure)), style="bold"))
    out.print(table)
    out.print(tornado_note(one))


def _index(index: Any) -> str:
    if index.low is None:
        return f"{index.value:.3g}"
    return f"{index.value:.3f} ({index.low:.3f} to {index.high:.3f})"


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--where",
    required=True,
    metavar="CONDITION",
    help='What to find, of the means of each point, such as "confrontation > 0.2".',
)
@click.option(
    "--boxes", type=click.IntRange(1, 20), default=3, show_default=True, help="At most so many."
)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="Draw boxes and peeling into a file: .png, .svg or .pdf.",
)
@json_option()
def discover(folder: Path, where: str, boxes: int, output: Path | None, as_json: bool) -> None:
    """Find the boxes of a sweep's parameters in which a condition holds (PRIM).

    DIR holds a sweep over many addresses: a latin hypercube, Sobol' points, or those of
    redline sensitivity, whose base points are used.
    """
    from redline.exploration import discover as discovered
    from redline.results import StoredSweep, load_results

    check_figure(output)
    results = load_results(folder)
    if not isinstance(results, StoredSweep):
        raise InputError(f"{folder}: holds a run, not a sweep")
    found = discovered(results, where, boxes)
    if output:
        from redline.figures import draw_discovery

        write_drawn(draw_discovery(found, results.scenario.name), output)
    if as_json:
        print_json(found.to_dict())
        return
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    out.print(Text(found.sentence(), style="bold"))
    table = Table()
    for heading in ("box", "within", "coverage", "density", "mass", "quasi-p"):
        table.add_column(Text(heading))
    for number, box in enumerate(found.boxes, 1):
        for place, limit in enumerate(box.limits):
            p = f"{limit.quasi_p:.2g}"
            shares = (
                [f"{100 * v:.0f} %" for v in (box.coverage, box.density, box.mass)]
                if place == 0
                else [""] * 3
            )
            table.add_row(str(number) if place == 0 else "", Text(str(limit)), *shares, p)
    if found.boxes:
        out.print(table)
    leaves = Table(title="Tree", title_justify="left")
    for heading in ("leaf", "points", "share"):
        leaves.add_column(heading)
    for leaf in found.leaves:
        leaves.add_row(Text(", ".join(leaf.rules)), f"{leaf.points:,}", f"{100 * leaf.share:.0f} %")
    if found.leaves:
        out.print(leaves)
    out.print(f"{found.interesting:,} of {found.points:,} points meet {found.where}")


@click.command()
@click.option(
    "--points",
    type=click.IntRange(2, 1_000_000),
    default=256,
    show_default=True,
    help="Points of plausible parameter space.",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 1_000_000),
    default=400,
    show_default=True,
    help="Replicates of every arm at each point.",
)
@seed_option
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="EXPERIMENT",
    shell_complete=experiment_names,
    help="Only this; may be repeated.",
)
@only_option
@click.option(
    "--draws",
    type=PATH,
    metavar="FILE",
    help="Points of a Parquet or CSV table, such as a posterior's, in place of plausible space.",
)
@executor_options
@click.option(
    "-o",
    "--output",
    type=PATH,
    default=Path("results/robustness"),
    show_default=True,
    help="Folder; what it holds already of the same is not done again.",
)
@json_option()
def robustness(
    points: int,
    replicates: int,
    seed: int,
    claims: tuple[str, ...],
    only: tuple[str, ...],
    draws: Path | None,
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path,
    as_json: bool,
) -> None:
    """Find in what share of plausible parameter space each claim holds, and where it fails.

    Every parameter is drawn from its plausible range; at each point all claims are tested.
    An interrupted run goes on when the same command is given again.
    """
    from redline.cli.progress import going_on
    from redline.exploration import robustness as tried
    from redline.figures import draw_robustness
    from redline.results import check_executor

    check_executor(executor, address)
    began = time.perf_counter()
    with going_on(output, points) as progress:
        found = tried(
            output,
            points,
            replicates,
            seed,
            claims=claims,
            only=only,
            draws=draws,
            executor=executor,
            workers=workers,
            address=address,
            progress=progress,
            notice=tell,
        )
    drawn = draw_robustness(found, table=draws)
    write_drawn(drawn, output / "robustness.png")
    if as_json:
        print_json(found.to_dict())
        return
    _print_standings(found, drawn.title)
    seconds = time.perf_counter() - began
    click.echo(
        f"{len(found.tried):,} points, {found.matching:,} of which match the record's counts; "
        f"{counted(replicates, 'replicate')} of an arm, {seconds:.0f} s; in {output}"
    )


def _print_standings(found: "Robustness", title: str) -> None:
    """Print in what share of the points each claim holds, and where it fails."""
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.exploration import SIGNIFICANT

    table = Table()
    for heading in ("claim", "holds, 95 %", "where the record's counts match"):
        table.add_column(Text(heading))
    for heading in ("supported", "undecided", "not supported"):
        table.add_column(heading, justify="right")
    table.add_column("fails where")
    for one in found.standings:
        leading = ""
        if one.leading and one.leading.p < SIGNIFICANT:
            leading = f"{one.leading} (AUC {one.leading.auc:.2f}, p {one.leading.p:.2g})"
        table.add_row(
            one.claim,
            _share(one.holds),
            _share(one.matching),
            *(str(count) for count in one.verdicts.values()),
            Text(leading),
        )
    out = console()
    out.print(Text(title, style="bold"))
    out.print(table)


def _share(share: Any) -> str:
    if share is None:
        return "–"
    low, high = 100 * share.low, 100 * share.high
    return f"{100 * share.value:.0f} % ({low:.0f} to {high:.0f}) of {share.points:,}"

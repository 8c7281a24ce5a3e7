"""``redline plot``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.completion import figure_kinds, measure_names, scenario_names, swept_addresses
from redline.cli.options import Changes, check_figure, read_scenario, typed
from redline.cli.printing import tell
from redline.support import FORMATS, InputError, placing

if TYPE_CHECKING:
    from redline.figures import Drawn, Request
    from redline.results import StoredRun, StoredSweep


@click.command()
@click.argument("targets", nargs=-1, metavar="DIR|SCENARIO...", shell_complete=scenario_names)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    required=True,
    shell_complete=figure_kinds,
    help='Kind of figure; may be repeated. "all" draws every kind that applies; "list" lists them.',
)
@options.chance
@options.changes
@click.option(
    "--measure",
    shell_complete=measure_names,
    help="Measure to draw (distribution, convergence, curve, phase).",
)
@click.option(
    "--by",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=swept_addresses,
    help="Swept address for a curve or for arms; give it twice for a phase map.",
)
@click.option("--twin", is_flag=True, help="For phase: also map provocation, next to war.")
@click.option("--point", type=click.IntRange(0), help="Point of a sweep to draw.")
@click.option(
    "--replicate", type=click.IntRange(0), default=0, help="Replicate to draw (ladder, terms)."
)
@click.option("--week", type=click.IntRange(0), default=0, help="Week to draw (terms).")
@click.option(
    "--style", type=click.Choice(["paper", "slides", "dark"]), default="paper", help="Visual style."
)
@click.option(
    "--size",
    type=click.Choice(["column", "page", "slide"]),
    help="Figure width; the style sets the default.",
)
@click.option(
    "--format",
    "suffix",
    type=click.Choice(["png", "svg", "pdf"]),
    default="png",
    help="File format; the ending of -o overrides it.",
)
@options.output(help="Output file, or a folder for several kinds; by default SCENARIO-KIND.png.")
@click.option(
    "--data", is_flag=True, help="Also write the plotted data as CSV files next to the figure."
)
def plot(
    targets: tuple[str, ...],
    kinds: tuple[str, ...],
    replicates: int,
    seed: int,
    changes: Changes,
    measure: str | None,
    by: tuple[str, ...],
    twin: bool,
    point: int | None,
    replicate: int,
    week: int,
    style: str,
    size: str | None,
    suffix: str,
    output: Path | None,
    data: bool,
) -> None:
    """Draw figures of stored results, or of a scenario simulated now.

    Several folders or scenarios are drawn together where the kind allows it; the title lists
    their other differences. A scenario drawn with a folder uses the folder's seed and number of
    replicates. From a sweep, kinds that draw one scenario take the point nearest to the base
    case, or --point.
    """
    from redline.figures import KINDS, check_obeyed, drawable

    if "list" in kinds:
        for name, about in KINDS.about.items():
            click.echo(f"{name:<14}{about}")
        return
    if not targets:
        raise click.UsageError("give a folder of results, or a scenario")
    if output and output.suffix:
        check_figure(output)
    found = _found(targets, changes)
    if typed("suffix") and output and output.suffix not in ("", f".{suffix}"):
        raise InputError(f"{output}: does not end in .{suffix}")
    stored = (item for item in found if not isinstance(item, str))
    chance = next(((item.replicates, item.seed) for item in stored), (replicates, seed))
    one, arms = _requests(found, chance, changes, point, by)
    name = (one.sweep.scenario if one.sweep else one.subjects[0].scenario).name
    one = replace(one, measure=measure, by=by, twin=twin, replicate=replicate, week=week)
    arms = replace(one, subjects=arms.subjects, by=by if point is None else ())
    wanted = drawable(kinds, one, arms)
    options = typed("measure", "by", "twin", "point", "replicate", "week")
    check_obeyed(options, wanted, one, point)
    if len(wanted) > 1 and output and output.suffix in FORMATS:
        raise InputError(f"{output}: several kinds need a folder")
    from redline.figures import draw  # only now what draws is imported

    for kind in wanted:
        drawn = draw(kind, arms if KINDS[kind].arms else one, style, size)
        place = _place(output, len(wanted) > 1, f"{name}-{kind}.{suffix}", f"{kind}.{suffix}")
        _write(drawn, place, data)


def _found(targets: tuple[str, ...], changes: Changes) -> "list[StoredRun | StoredSweep | str]":
    """Return the results in folders that are named; what names no folder is a scenario.

    Raises
    ------
    InputError
        If options are for scenarios, and some targets are none.
    """
    from redline.results import results_named

    found = [results_named(target) or target for target in targets]
    changed = changes or typed("replicates", "seed")
    if changed and not all(isinstance(item, str) for item in found):
        raise InputError(
            "-n, --seed, --set, --forbid and --weeks apply only to a scenario simulated now, not "
            "to stored results"
        )
    return found


def _requests(
    found: "list[StoredRun | StoredSweep | str]",
    chance: tuple[int, int],
    changes: Changes,
    point: int | None,
    by: tuple[str, ...],
) -> "tuple[Request, Request]":
    """Return what kinds draw that set no arms beside each other, and those that do."""
    from redline.figures import requests_of
    from redline.results import REPLICATE_BYTES, StoredSweep, check_replicates, simulate

    if len(found) == 1 and isinstance(found[0], StoredSweep):
        return requests_of(found[0], point, by)
    runs: list[Any] = []
    for item in found:
        if isinstance(item, str):
            scenario = read_scenario(item, changes)
            replicates, seed = chance
            check_replicates([(scenario, replicates)], seed, REPLICATE_BYTES, notice=tell)
            runs.append(simulate(scenario, replicates, seed, progress=False))
        else:
            runs.append(item)
    return requests_of(runs, point, by)


def _place(output: Path | None, several: bool, alone: str, inside: str) -> Path:
    """Return the file for a figure."""
    if output is None:
        return Path(alone)
    if several or output.is_dir():
        return output / inside
    return output if output.suffix else output.with_name(output.name + Path(alone).suffix)


def _write(drawn: "Drawn", path: Path, data: bool) -> None:
    """Write a figure, and its tables if they are wanted."""
    from redline.figures import write_figure

    with placing(path):
        for written in write_figure(drawn, path, data):
            click.echo(f"{written}: {drawn.title}" if written == path else str(written))

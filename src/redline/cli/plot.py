"""``redline plot``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from redline.cli.completion import figure_kinds, measure_names, scenario_names, swept_addresses
from redline.cli.options import PATH, chance_options, read_scenario, scenario_options, tell
from redline.errors import InputError, system_problem
from redline.files import at_home

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
    help='What to draw; may be repeated; "all" for every kind that can be; "list" to list them.',
)
@chance_options
@scenario_options
@click.option(
    "--measure",
    shell_complete=measure_names,
    help="The measure of distribution, convergence, curve and phase.",
)
@click.option(
    "--by",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=swept_addresses,
    help="Of a sweep: the address of a curve or of arms, or (twice) the two of a phase.",
)
@click.option("--twin", is_flag=True, help="phase: draw provocation before war beside war.")
@click.option("--point", type=click.IntRange(0), help="Of a sweep: the point to draw.")
@click.option(
    "--replicate", type=click.IntRange(0), default=0, show_default=True, help="Of ladder and terms."
)
@click.option("--week", type=click.IntRange(0), default=0, show_default=True, help="Of terms.")
@click.option(
    "--style",
    type=click.Choice(["paper", "slides", "dark"]),
    default="paper",
    show_default=True,
    help="Look.",
)
@click.option(
    "--size",
    type=click.Choice(["column", "page", "slide"]),
    help="Width: a column, a page, a slide; that of the style by default.",
)
@click.option(
    "--format",
    "suffix",
    type=click.Choice(["png", "svg", "pdf"]),
    default="png",
    show_default=True,
    help="Of the file; the ending of -o goes before it.",
)
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="File to write; with several kinds, a folder. By default SCENARIO-KIND.png.",
)
@click.option("--data", is_flag=True, help="Write what is drawn as CSV files beside the figure.")
def plot(
    targets: tuple[str, ...],
    kinds: tuple[str, ...],
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
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
    """Draw results: of a folder that a run or a sweep wrote, or of a scenario simulated now.

    Several folders or scenarios are set beside each other where the kind allows it. Of a
    sweep, kinds that draw one scenario take the point nearest to the base case, or --point.
    """
    from redline.figures import KINDS, OF_A_REPLICATE, draw
    from redline.plots.style import FORMATS

    if "list" in kinds:
        for name, about in KINDS.items():
            click.echo(f"{name:<14}{about.about}")
        return
    if not targets:
        raise click.UsageError("give a folder of results, or a scenario")
    if output and output.suffix and output.suffix not in FORMATS:
        raise InputError(f"{output}: a figure ends in {', '.join(FORMATS)}")
    from redline.exchange import is_folder
    from redline.results import load_results

    found: list[StoredRun | StoredSweep | str] = [
        load_results(target) if is_folder(at_home(target)) else target for target in targets
    ]
    stored = [item for item in found if not isinstance(item, str)]
    given = click.get_current_context().get_parameter_source
    asked = [name for name in ("replicates", "seed") if given(name) == ParameterSource.COMMANDLINE]
    if stored and (values or forbid or weeks is not None or asked):
        raise InputError(
            "-n, --seed, --set, --forbid and --weeks are for a scenario that is simulated now, "
            "not for results in a folder"
        )
    named = given("suffix") == ParameterSource.COMMANDLINE
    if named and output and output.suffix not in ("", f".{suffix}"):
        raise InputError(f"{output}: does not end in .{suffix}")
    one, arms = _requests(found, replicates, seed, values, forbid, weeks, point, by)
    name = (one.sweep.scenario if one.sweep else one.subjects[0].scenario).name
    one = replace(one, measure=measure, by=by, twin=twin, replicate=replicate, week=week)
    arms = replace(arms, measure=measure, by=by, twin=twin, replicate=replicate, week=week)
    wanted = _wanted(kinds, one, arms)
    for option, of in (("replicate", OF_A_REPLICATE), ("week", ("terms",))):
        if given(option) == ParameterSource.COMMANDLINE and not set(of) & set(wanted):
            raise InputError(f"--{option} is for {' and '.join(of)}, not for {', '.join(wanted)}")
    if len(wanted) > 1 and output and output.suffix in FORMATS:
        raise InputError(f"{output}: several kinds take a folder")
    for kind in wanted:
        request = arms if KINDS[kind].arms else one
        drawn = draw(kind, request, style, size)
        place = _place(output, len(wanted) > 1, f"{name}-{kind}.{suffix}", f"{kind}.{suffix}")
        _write(drawn, place, data)


def _requests(
    found: "list[StoredRun | StoredSweep | str]",
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    point: int | None,
    by: tuple[str, ...],
) -> "tuple[Request, Request]":
    """Return what kinds draw that set no arms beside each other, and those that do."""
    from redline.estimate import check_lives
    from redline.figures import Request, arms_of, base_point, point_subject, subject_of
    from redline.results import StoredSweep
    from redline.simulation import REPLICATE_BYTES, simulate

    if len(found) == 1 and isinstance(found[0], StoredSweep):
        sweep = found[0]
        one = point_subject(sweep, base_point(sweep) if point is None else point)
        arms = arms_of(sweep, by[0] if by else None) if point is None else (one,)
        return Request((one,), sweep), Request(arms, sweep)
    if point is not None:
        raise InputError("--point is for the results of one sweep")
    subjects = []
    for item in found:
        if isinstance(item, StoredSweep):
            raise InputError(f"{item.folder}: a sweep is drawn by itself")
        if isinstance(item, str):
            scenario = read_scenario(item, values, forbid, weeks)
            check_lives([(scenario, replicates)], seed, REPLICATE_BYTES, notice=tell)
            subjects.append(subject_of(simulate(scenario, replicates, seed)))
        else:
            subjects.append(subject_of(item))
    labels = [subject.label for subject in subjects]
    for label in labels:
        if labels.count(label) > 1:
            raise InputError(f"two of these are named {label}")
    same = Request(tuple(subjects))
    return same, same


def _wanted(kinds: tuple[str, ...], one: "Request", arms: "Request") -> list[str]:
    """Return the kinds to draw, ``all`` taken apart into those that the results allow.

    Raises
    ------
    InputError
        If one that was named does not exist, or cannot be drawn: before any is.
    """
    from redline.errors import nearest
    from redline.figures import KINDS, hinders

    wanted: list[str] = []
    for kind in kinds:
        if kind != "all" and kind not in KINDS:
            raise InputError(f"no kind {kind}{nearest(kind, [*KINDS, 'all', 'list'])}")
        for name, about in KINDS.items():
            hindrance = hinders(name, arms if about.arms else one) if kind in ("all", name) else ""
            if hindrance and kind == name:
                raise InputError(f"{name}: {hindrance}")
            if hindrance is None:
                wanted.append(name)
    return list(dict.fromkeys(wanted))


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

    try:
        for written in write_figure(drawn, path, data):
            click.echo(f"{written}: {drawn.title}" if written == path else str(written))
    except OSError as error:
        raise InputError(system_problem(error, path)) from None

"""``redline plot``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.completion import figure_kinds, measure_names, scenario_names, swept_addresses
from redline.cli.options import Changes, check_figure, read_scenario, typed
from redline.cli.printing import tell
from redline.support import FORMATS, InputError, placing

if TYPE_CHECKING:
    from redline.figures import Drawn, Request, Subject
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
@options.chance
@options.changes
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
@click.option("--replicate", type=click.IntRange(0), default=0, help="Of ladder and terms.")
@click.option("--week", type=click.IntRange(0), default=0, help="Of terms.")
@click.option(
    "--style", type=click.Choice(["paper", "slides", "dark"]), default="paper", help="Look."
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
    help="Of the file; the ending of -o goes before it.",
)
@options.output(help="File to write; with several kinds, a folder. By default SCENARIO-KIND.png.")
@click.option("--data", is_flag=True, help="Write what is drawn as CSV files beside the figure.")
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
    """Draw results: of a folder that a run or a sweep wrote, or of a scenario simulated now.

    Several folders or scenarios are set beside each other where the kind allows it; a title
    says what else they differ in. A scenario beside a folder is simulated under the folder's
    seed, for as many replicates. Of a sweep, kinds that draw one scenario take the point
    nearest to the base case, or --point.
    """
    from redline.figures import KINDS

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
    wanted = _wanted(kinds, one, arms)
    options = typed("measure", "by", "twin", "point", "replicate", "week")
    _check_obeyed(options, wanted, one, point)
    if len(wanted) > 1 and output and output.suffix in FORMATS:
        raise InputError(f"{output}: several kinds take a folder")
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
            "-n, --seed, --set, --forbid and --weeks are for a scenario that is simulated now, "
            "not for results in a folder"
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
    from redline.figures import Request, arms_of, base_point, point_subject, subject_of
    from redline.results import REPLICATE_BYTES, StoredSweep, check_replicates, simulate

    if len(found) == 1 and isinstance(found[0], StoredSweep):
        sweep = found[0]
        one = point_subject(sweep, base_point(sweep) if point is None else point)
        arms = arms_of(sweep, by[0] if by else None) if point is None else (one,)
        return Request((one,), sweep), Request(arms, sweep)
    if point is not None:
        raise InputError("--point is for the results of one sweep")
    if by:
        raise InputError("--by is for the results of a sweep")
    subjects = []
    for item in found:
        if isinstance(item, StoredSweep):
            raise InputError(f"{item.folder}: a sweep is drawn by itself")
        if isinstance(item, str):
            scenario = read_scenario(item, changes)
            replicates, seed = chance
            check_replicates([(scenario, replicates)], seed, REPLICATE_BYTES, notice=tell)
            subjects.append(subject_of(simulate(scenario, replicates, seed)))
        else:
            subjects.append(subject_of(item))
    same = Request(_named_apart(subjects))
    return same, same


def _named_apart(subjects: "list[Subject]") -> "tuple[Subject, ...]":
    """Return arms under names that tell them apart: of folders of one scenario, the folders.

    Raises
    ------
    InputError
        If that does not tell them apart.
    """
    names = [subject.label for subject in subjects]
    folders = [getattr(subject.results, "folder", None) for subject in subjects]
    ends = [folder.name for folder in folders if folder]
    apart = []
    for subject, folder in zip(subjects, folders, strict=True):
        label = subject.label
        if folder and names.count(label) > 1:
            label = folder.name if folder.name and ends.count(folder.name) == 1 else str(folder)
        apart.append(replace(subject, label=label))
    told = [subject.label for subject in apart]
    for label in told:
        if told.count(label) > 1:
            raise InputError(f"two of these are named {label}")
    return tuple(apart)


def _check_obeyed(options: list[str], wanted: list[str], one: "Request", point: int | None) -> None:
    """Check that every option that was given decides something of a figure that is drawn.

    Raises
    ------
    InputError
        If one would be ignored by all of them.
    """
    from redline.figures import KINDS
    from redline.support import nearest

    if "by" in options:
        swept = one.sweep.points.addresses if one.sweep else ()
        for address in one.by:
            if address not in swept:
                raise InputError(f"{address} is not swept here{nearest(address, swept)}")
        if len(one.by) > (2 if any(KINDS[kind].swept > 1 for kind in wanted) else 1):
            raise InputError("--by: twice for a phase, once for a curve or arms")

    def obeys(kind: str, option: str) -> bool:
        about = KINDS[kind]
        if option == "point":
            return about.swept == 0
        if option == "by" and about.arms and point is not None:
            return False  # a point has no arms
        if option == "measure" and "twin" in about.takes and one.twin:
            return False  # a twin has measures of its own
        return option in about.takes

    for option in options:
        if not any(obeys(kind, option) for kind in wanted):
            others = [kind for kind in KINDS if obeys(kind, option)]
            raise InputError(
                f"--{option}: not for {' or '.join(wanted)}{_as_asked(option, one, point)}, only "
                f"for {', '.join(others)}"
            )


def _as_asked(option: str, one: "Request", point: int | None) -> str:
    """Return what else was asked for that takes an option's meaning away."""
    if option == "by" and point is not None:
        return " at a --point"
    return " with --twin" if option == "measure" and one.twin else ""


def _wanted(kinds: tuple[str, ...], one: "Request", arms: "Request") -> list[str]:
    """Return the kinds to draw, ``all`` taken apart into those that the results allow.

    Raises
    ------
    InputError
        If one that was named does not exist, or cannot be drawn: before any is.
    """
    from redline.figures import KINDS, hinders
    from redline.support import nearest

    wanted: list[str] = []
    for kind in kinds:
        if kind != "all" and kind not in KINDS:
            raise InputError(f"no kind {kind}{nearest(kind, [*KINDS, 'all', 'list'])}")
        for name in KINDS if kind == "all" else [kind]:
            hindrance = hinders(name, arms if KINDS[name].arms else one)
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

    with placing(path):
        for written in write_figure(drawn, path, data):
            click.echo(f"{written}: {drawn.title}" if written == path else str(written))

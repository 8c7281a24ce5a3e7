"""Options that several commands share, and what they make of a scenario."""

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from redline.case import Scenario
from redline.cli.completion import assignments, bans, scenario_names
from redline.support import FORMATS, InputError, at_home, system_problem
from redline.theory import MOST_REPLICATES, MOST_SEEDS

STANDOFF = "standoff_2019_2021"
Function = TypeVar("Function", bound=Callable[..., Any])


class HomePath(click.Path):
    """A path in which ``~`` and ``~user`` are home folders wherever the shell leaves them."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path that is meant."""
        return at_home(os.fsdecode(super().convert(value, param, ctx)))


PATH = HomePath()
"""The type of every option and argument that is a path."""


set_option = click.option(
    "--set",
    "values",
    multiple=True,
    metavar="ADDRESS=VALUE",
    shell_complete=assignments,
    help="Set a value, such as iran.review=0.3; may be repeated.",
)


def scenario_options(function: Function) -> Function:
    """Add the options that change a scenario."""
    for option in (
        click.option(
            "--forbid",
            multiple=True,
            metavar="ACTOR.RUNG[@A-B]",
            shell_complete=bans,
            help="Take an option out of an actor's choice set, in all weeks or in weeks A to B.",
        ),
        set_option,
        click.option("--weeks", type=int, metavar="W", help="Set the horizon."),
    ):
        function = option(function)
    return function


seed_option = click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEEDS - 1),
    default=1,
    show_default=True,
    help="Seed; the same replicate of two scenarios shares its chance.",
)


def json_option(about: str = "Print JSON.") -> Callable[[Function], Function]:
    """Return the option that asks for JSON instead of tables."""
    return click.option("--json", "as_json", is_flag=True, help=about)


scenario_argument = click.argument("scenario", default=STANDOFF, shell_complete=scenario_names)
"""A scenario; by default the one that the record is about."""


def figure_option(what: str) -> Callable[[Function], Function]:
    """Return the option that names the file for a figure."""
    return click.option(
        "-o",
        "--output",
        type=PATH,
        metavar="FILE",
        help=f"Draw {what} into a file: .png, .svg or .pdf.",
    )


def check_figure(path: Path | None) -> None:
    """Check the name of a figure before anything is computed.

    Raises
    ------
    InputError
        If it ends in no format of figures.
    """
    if path and path.suffix not in FORMATS:
        raise InputError(f"{path}: a figure ends in {', '.join(FORMATS)}")


def check_place(path: Path) -> None:
    """Check that a folder can be written to, before work is done for what shall stand in it.

    Raises
    ------
    InputError
        If it is there and cannot.
    """
    folder = path.parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        reason = errno.EROFS if read_only else errno.EACCES
        raise InputError(system_problem(OSError(reason, ""), path))


def engine_options(function: Function) -> Function:
    """Add the engine, and the number of its workers."""
    workers = click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        help="Threads (or processes) to work in; as many as processors, by default.",
    )
    engine = click.option(
        "--engine",
        type=click.Choice(["batch", "mesa"]),
        default="batch",
        show_default=True,
        help="Compiled, or the readable Mesa model; the results are the same.",
    )
    return engine(workers(function))


def chance_options(function: Function) -> Function:
    """Add the number of replicates and the seed."""
    replicates = click.option(
        "-n",
        "--replicates",
        type=click.IntRange(1, MOST_REPLICATES),
        default=1000,
        show_default=True,
        help="Number of replicates.",
    )
    return replicates(seed_option(function))


def read_scenario(
    source: str | Scenario, values: Sequence[str], forbid: Sequence[str], weeks: int | None
) -> Scenario:
    """Return a scenario with the changes that the options ask for; say what to know of it.

    Raises
    ------
    InputError
        For a scenario or an option that cannot be used.
    """
    from redline.case import load_scenario, parse_assignment, vary

    scenario = load_scenario(source)
    if values or forbid or weeks is not None:
        found: list[str] = []
        assignments = {}
        for text in values:
            try:
                address, value = parse_assignment(text)
                if address in assignments:
                    raise InputError(f"--set: {address} is set twice")
                assignments[address] = value
            except InputError as error:
                found += error.problems
        if found:
            raise InputError(found)
        scenario = vary(scenario, assignments, forbid=forbid, weeks=weeks)
    for notice in scenario.notices:
        click.echo(f"redline: {scenario.name}: {notice}", err=True)
    return scenario

"""Options that several commands share, each said once, and the checks of what they say.

Options that go together are passed to a command as one argument: `Changes` are what --set,
--forbid and --weeks change in a scenario, a `Workplace` is where work is done.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from redline.case import Scenario
from redline.cli.completion import address_groups, assignments, bans, scenario_names
from redline.cli.printing import tell
from redline.support import FORMATS, InputError, at_home, check_ending
from redline.theory import MOST_REPLICATES, MOST_SEEDS

STANDOFF = "standoff_2019_2021"
GAME, GAME_WEEKS = "talks_2021", 14
"""The crisis that is played, and its weeks, in the lesson and in the terminal."""
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class HomePath(click.Path):
    """A path in which ``~`` and ``~user`` are home folders wherever the shell leaves them."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path that is meant."""
        return at_home(os.fsdecode(super().convert(value, param, ctx)))


PATH = HomePath()
"""The type of every option and argument that is a path."""
path = partial(click.option, type=PATH)
file = partial(path, metavar="FILE")
output = partial(path, "-o", "--output")
"""Options that are paths, and the one that says where results go."""


def passed_as(name: str, kind: type, *options: Decorator) -> Decorator:
    """Return a decorator that adds options, and passes what they say as one argument.

    Parameters
    ----------
    name : of the argument
    kind : a class whose fields are the parameters of the options
    options : in the order in which the help lists them
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def gathering(**given: Any) -> Any:
            own = {field: given.pop(field) for field in kind.__annotations__ if field in given}
            return function(**given, **{name: kind(**own)})

        return together(*options)(gathering)

    return add


def together(*options: Decorator) -> Decorator:
    """Return a decorator that adds options, in the order in which the help lists them."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def typed(*names: str) -> list[str]:
    """Return which of these parameters stand on the command line, rather than by default."""
    source = click.get_current_context().get_parameter_source
    return [name for name in names if source(name) == ParameterSource.COMMANDLINE]


# A scenario, and what changes it


class Changes(NamedTuple):
    """What the options change in a scenario: ``--set``, ``--forbid`` and ``--weeks``."""

    values: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    weeks: int | None = None

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.values or self.forbid or self.weeks is not None)

    def given(self) -> dict[str, Any]:
        """Return them as arguments of Python's functions.

        Raises
        ------
        InputError
            For what cannot be set.
        """
        return {"values": _assigned(self.values), "forbid": self.forbid, "weeks": self.weeks}


def assigned(about: str) -> Decorator:
    """Return the option that sets values."""
    return click.option(
        "--set",
        "values",
        multiple=True,
        metavar="ADDRESS=VALUE",
        shell_complete=assignments,
        help=f"Set a value{about}; may be repeated.",
    )


scenario = click.argument("scenario", default=STANDOFF, shell_complete=scenario_names)
"""A scenario; by default the one that the record is about."""
_set = assigned(", such as iran.review=0.3")
values = passed_as("changes", Changes, _set)
"""Values that change a scenario, as `changes`."""
changes = passed_as(
    "changes",
    Changes,
    click.option("--weeks", type=int, metavar="W", help="Simulate up to W weeks."),
    _set,
    click.option(
        "--forbid",
        multiple=True,
        metavar="ACTOR.RUNG[@A-B]",
        shell_complete=bans,
        help="Ban a rung for an actor, in all weeks or in weeks A to B; may be repeated.",
    ),
)
"""All that changes a scenario, as `changes`."""


def read_scenario(source: str | Scenario, changes: Changes | None = None) -> Scenario:
    """Return a scenario with the changes that the options ask for; say what to know of it.

    Raises
    ------
    InputError
        For a scenario or an option that cannot be used.
    """
    from redline.case import load_scenario, vary

    scenario = load_scenario(source)
    if changes:
        scenario = vary(scenario, **changes.given())
    for notice in scenario.notices:
        tell(f"{scenario.name}: {notice}")
    return scenario


def _assigned(texts: Sequence[str]) -> dict[str, Any]:
    """Return what ``--set`` sets, all that is wrong with it said at once."""
    from redline.case import parse_assignment

    values: dict[str, Any] = {}
    problems: list[str] = []
    for text in texts:
        try:
            address, value = parse_assignment(text)
            if address in values:
                raise InputError(f"--set: {address} is set twice")
            values[address] = value
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return values


# Chance, and where work is done


def replicates(
    default: int | None,
    about: str = "Number of replicates.",
    *,
    least: int = 2,
    most: int = MOST_REPLICATES,
) -> Decorator:
    """Return the option that says how many replicates there are."""
    kind = click.IntRange(least, most)
    return click.option("-n", "--replicates", type=kind, default=default, help=about)


def seeded(default: int | None, about: str) -> Decorator:
    """Return the option that says which seed."""
    return click.option(
        "--seed", type=click.IntRange(0, MOST_SEEDS - 1), default=default, help=about
    )


def _workers(about: str) -> Decorator:
    return click.option("--workers", type=click.IntRange(1, 1024), help=about)


seed = seeded(1, "Random seed; two scenarios with the same seed share their random numbers.")
later_seed = seeded(None, "Random seed.  [default: 1]")
"""The seed of what is stored: one that is gone on with has its own."""
chance = together(replicates(1000, least=1), seed)
"""The number of replicates, and the seed."""
engine = together(
    click.option(
        "--engine",
        type=click.Choice(["batch", "mesa", "gpu"]),
        default="batch",
        help="batch (compiled, fast), mesa (readable) or gpu (experimental); "
        "the results are identical.",
    ),
    _workers("Number of threads (or processes); by default one per processor."),
)
"""The engine, and the number of its workers."""


class Workplace(NamedTuple):
    """Where points are made, and by how many workers."""

    executor: str
    workers: int | None
    address: str | None

    def checked(self) -> dict[str, Any]:
        """Return it as the arguments of what works there.

        Raises
        ------
        InputError
            If no work can be done there.
        """
        from redline.results import check_executor

        check_executor(self.executor, self.address)
        return {"executor": self.executor, "workers": self.workers, "address": self.address}


EXECUTORS = click.Choice(["threads", "processes", "dask", "mpi"])
workplace = passed_as(
    "workplace",
    Workplace,
    click.option(
        "--executor",
        type=EXECUTORS,
        default="processes",
        help="Where to compute; the results are identical.",
    ),
    _workers("Number of workers; by default one per processor."),
    click.option("--address", help="Address of a running Dask scheduler."),
)
"""Where points are made, and by how many, as `workplace`."""
only = click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS",
    shell_complete=address_groups,
    help="Vary only parameters whose address starts with this, such as iran; may be repeated.",
)


# What is written, and where


def as_json(about: str = "Print JSON.") -> Decorator:
    """Return the option that asks for JSON instead of tables."""
    return click.option("--json", "as_json", is_flag=True, help=about)


def figure(what: str) -> Decorator:
    """Return the option that names the file for a figure."""
    return output(metavar="FILE", help=f"Save a figure of {what}: .png, .svg or .pdf.")


def check_figure(path: Path | None) -> None:
    """Check the name of a figure before anything is computed.

    Raises
    ------
    InputError
        If it ends in no format of figures.
    """
    if path:
        check_ending(path, "a figure", *FORMATS)

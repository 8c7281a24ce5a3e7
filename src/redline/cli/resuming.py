"""How the commands that sweep go on with what a folder holds: ``sweep`` and ``sensitivity``."""

import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from redline.cli import options
from redline.cli.options import Decorator, passed_as
from redline.cli.printing import tell
from redline.cli.progress import progress_lines
from redline.support import InputError, counted, printable, system_problem

if TYPE_CHECKING:
    from redline.case import Scenario
    from redline.results import Progress, StoredSweep

    Report = Callable[[Progress], None]


class Place(NamedTuple):
    """Where a sweep is stored: what ``-o``, ``--resume`` and ``--force`` say."""

    output: Path | None
    resume: Path | None
    force: bool

    @property
    def how(self) -> dict[str, Any]:
        """What that says to `redline.results.sweep_into`."""
        resumed = self.resume is not None
        beside = self.output is None and not resumed
        return {"resume": resumed, "force": self.force, "beside": beside}


def place_options(output: str, resume: str, force: str) -> Decorator:
    """Return the options that say where a sweep is stored, as `place`; given their helps."""
    return passed_as(
        "place",
        Place,
        options.output(help=output),
        options.path("--resume", metavar="DIR", help=resume),
        click.option("--force", is_flag=True, help=force),
    )


class Session(NamedTuple):
    """What a command did of a sweep: the results so far, the replicates it made, its seconds."""

    results: "StoredSweep"
    made: int
    seconds: float


def sweep_resumably(
    command: str,
    folder: Path,
    scenario: "Scenario | None",
    replicates: int | None,
    seed: int | None,
    *,
    quiet: bool = False,
    **options: Any,
) -> Session:
    """Make what is missing of a sweep, saying how far it is and how to go on.

    Parameters
    ----------
    command : the one that goes on with it
    quiet : whether no progress is shown
    options : those of `redline.results.sweep_into`
    """
    from redline.results import ChunkError, StoredSweep, sweep_into

    made = 0
    with resumable(folder, command) as heeding, progress_lines(quiet) as report:

        def progress(now: "Progress") -> None:
            nonlocal made
            made = now.made
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
    return Session(done, made, time.perf_counter() - began)


@contextmanager
def resumable(folder: Path, command: str = "sweep") -> "Iterator[Callable[[Report], Report]]":
    """Say how to go on with a sweep that something ends; SIGTERM ends it as Ctrl-C does.

    The first signal ends the sweep; those that follow are ignored while it is put away. What
    is given makes a progress function heed a signal that a library swallowed.
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

    def heeding(report: "Report") -> "Report":
        def heed(now: "Progress") -> None:
            if signalled:
                raise KeyboardInterrupt
            report(now)

        return heed

    try:
        yield heeding
    except (KeyboardInterrupt, OSError, RuntimeError) as error:
        stored = parts_in(folder)
        if stored is None or (isinstance(error, RuntimeError) and not signalled):
            raise
        if isinstance(error, OSError):
            problem = printable(system_problem(error, error.filename or folder))
            tell(problem)
        parts = f"{counted(stored, 'part')} {'is' if stored == 1 else 'are'}"
        tell(f"{parts} stored in {folder}; to continue: {to_go_on(command, folder)}")
        if isinstance(error, OSError):
            click.get_current_context().exit(1)
        raise KeyboardInterrupt from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def to_go_on(command: str, folder: Path) -> str:
    """Return what to type to go on with what is in a folder."""
    return f"redline {command} --resume {shlex.quote(str(folder))}"


def parts_in(folder: Path) -> int | None:
    """Return how many parts a folder holds, or None if it holds no sweep yet."""
    from redline.results import load_results

    try:
        return len(load_results(folder).parts)
    except InputError:
        return None

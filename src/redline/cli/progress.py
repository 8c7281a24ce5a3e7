"""Progress: a bar on a terminal, a line now and then where there is none."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from redline.cli.printing import placing, tell

if TYPE_CHECKING:
    from redline.results import Progress as SweepProgress

    Reporter = Callable[["SweepProgress"], None]

LINE_SECONDS = 10.0
MOST_TOLD = 3
"""Addresses of a point that are named."""


@contextmanager
def progress_bar(total: int, paced: bool = False) -> Iterator[Callable[[int], None]]:
    """Give a function to call with the number done.

    Where there is no terminal to draw on, a line now and then says how much that is; `paced`
    says once about how long all of it takes.
    """
    if not sys.stderr.isatty():
        yield _lines(total, paced)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def going_on(folder: Path, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far work is that its folder keeps; say what is wrong there, or how to go on."""
    bar = progress_bar(total, paced=True)
    try:
        with placing(folder, within=True), bar as progress:
            yield progress
    except KeyboardInterrupt:
        tell(f"what is done is in {folder}; give the command again")
        raise


PACE_SECONDS = 2.0
"""How long a pace is taken before it is told: workers that start up end their first together."""


def _lines(total: int, paced: bool) -> Callable[[int], None]:
    """Return what says every ten seconds, in a line of a log, how much is done.

    Of work that is `paced`, also how long all of it takes, once that is known, if it is long.
    """
    from redline.results import Estimate, tell

    began = last = time.monotonic()
    first: tuple[int, float] | None = None

    def report(done: int) -> None:
        nonlocal last, first, paced
        now = time.monotonic()
        first = first or (done, now)
        if paced and done > first[0] and now - first[1] >= PACE_SECONDS:
            paced = False
            left = (total - done) * (now - first[1]) / (done - first[0])
            tell(Estimate(total, now - began + left, 0.0), _log)
        if now - last >= LINE_SECONDS and done < total:
            last = now
            _log(f"{100 * done / total:.0f} %, {done:,} of {total:,}")

    return report


def _log(text: str) -> None:
    print(f"redline: {text}", file=sys.stderr, flush=True)


def progress_lines(quiet: bool = False) -> "AbstractContextManager[Reporter]":
    """Return what reports on a sweep: a live line on a terminal, a log of lines elsewhere."""
    if quiet:
        return nullcontext(lambda _: None)
    return _live() if sys.stderr.isatty() else _logged()


@contextmanager
def _live() -> "Iterator[Reporter]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("sweeping"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
    )
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(now: "SweepProgress") -> None:
            words = progress_words(now, time.monotonic() - began)
            bar.update(task, completed=now.replicates, total=now.total, description=words)

        yield report


@contextmanager
def _logged() -> "Iterator[Reporter]":
    began = last = time.monotonic()

    def report(now: "SweepProgress") -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            words = progress_words(now, last - began)
            share = 100 * now.replicates / now.total
            _log(f"{share:.0f} %, {words}")

    yield report


def progress_words(now: "SweepProgress", seconds: float) -> str:
    """Return rate, time left and the point that was stored last, in a line."""
    rate = now.made / max(seconds, 1e-9)
    left = (now.total - now.replicates) / rate if rate else 0.0
    clock = f"{int(left) // 3600}:{int(left) // 60 % 60:02d}:{int(left) % 60:02d}"
    told = [f"{address} = {value:.4g}" for address, value in now.values.items()]
    point = ", ".join(told if len(told) <= MOST_TOLD else [*told[:MOST_TOLD], "…"])
    return f"{now.replicates:,} of {now.total:,} · {rate:,.0f}/s · {clock} left · at {point}"

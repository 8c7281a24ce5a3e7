"""Progress: a bar on a terminal, a line now and then where there is none."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from redline.cli.printing import tell
from redline.support import placing, terminal_bar

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

    from redline.results import Progress as SweepProgress

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
    with terminal_bar(total) as report:
        yield report


@contextmanager
def going_on(folder: Path, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far work is that its folder keeps; say what is wrong there, or how to go on."""
    bar = progress_bar(total, paced=True)
    try:
        with placing(folder, within=True), bar as progress:
            yield progress
    except KeyboardInterrupt:
        tell(f"what is done is stored in {folder}: give the same command again to continue")
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


@contextmanager
def progress_lines(quiet: bool = False) -> "Iterator[Callable[[SweepProgress], None]]":
    """Give what reports on a sweep: a live line on a terminal, a log of lines elsewhere."""
    if quiet:
        yield lambda _: None
        return
    began = last = time.monotonic()
    if not sys.stderr.isatty():

        def log(now: "SweepProgress") -> None:
            nonlocal last
            if time.monotonic() - last >= LINE_SECONDS:
                last = time.monotonic()
                share = 100 * now.replicates / now.total
                _log(f"{share:.0f} %, {progress_words(now, last - began)}")

        yield log
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn

    words = TextColumn("{task.description}")
    with _bar(TextColumn("sweeping"), BarColumn(), TaskProgressColumn(), words) as bar:
        task = bar.add_task("starting", total=None)

        def draw(now: "SweepProgress") -> None:
            told = progress_words(now, time.monotonic() - began)
            bar.update(task, completed=now.replicates, total=now.total, description=told)

        yield draw


def _bar(*columns: "ProgressColumn") -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True)


def progress_words(now: "SweepProgress", seconds: float) -> str:
    """Return rate, time left and the point that was stored last, in a line."""
    rate = now.made / max(seconds, 1e-9)
    left = (now.total - now.replicates) / rate if rate else 0.0
    clock = f"{int(left) // 3600}:{int(left) // 60 % 60:02d}:{int(left) % 60:02d}"
    told = [f"{address} = {value:.4g}" for address, value in now.values.items()]
    point = ", ".join(told if len(told) <= MOST_TOLD else [*told[:MOST_TOLD], "…"])
    return f"{now.replicates:,} of {now.total:,} · {rate:,.0f}/s · {clock} left · at {point}"

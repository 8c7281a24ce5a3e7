"""How far something is that takes long: a bar in a terminal or in a notebook, if somebody looks."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ShowProgress = bool | Callable[..., Any] | None
"""Whether a bar is shown (None: in a terminal or a notebook), or what to call in its place."""
Report = Callable[..., None]
"""Takes the number that is done and, where it was not known before, of how many."""
PATIENCE = 1.0
"""Seconds before a bar appears: what is done sooner needs none."""
EVERY = 0.2
"""Seconds between two states of a bar in a notebook, each of which is sent to a browser."""


@contextmanager
def shown_progress(
    progress: ShowProgress, total: int | None = None, first: int = 0
) -> Iterator[Callable[..., Any] | None]:
    """Give a function to call with the number that is done, or None where nobody wants to know.

    Parameters
    ----------
    progress
        Whether a bar is shown; by default (None) in a terminal or a notebook. Or the function.
    total, first
        How many there are, and the number of the first of them.
    """
    if callable(progress):
        yield progress
    elif progress is False:
        yield None
    elif _in_notebook():
        with _notebook_bar(total) as report:
            yield lambda done, of=total: report(done - first, of)
    elif progress or (sys.stderr is not None and sys.stderr.isatty()):
        with terminal_bar(total, PATIENCE) as report:
            yield lambda done, of=total: report(done - first, of)
    else:
        yield None


@contextmanager
def terminal_bar(total: int | None, patience: float = 0.0) -> Iterator[Report]:
    """Give a function that moves a bar on the error stream, from `patience` seconds on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), Left())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=total)
    began, drawn = time.monotonic(), False

    def report(done: int, of: int | None = total) -> None:
        nonlocal drawn
        bar.update(task, completed=done, total=of)
        if not drawn and time.monotonic() - began >= patience:
            drawn = True
            bar.start()

    if not patience:
        report(0)
    try:
        yield report
    finally:
        if drawn:
            bar.stop()


@contextmanager
def _notebook_bar(total: int | None) -> Iterator[Report]:
    """Give a function that moves a bar in the output of a cell; it goes when all is done."""
    from IPython.display import HTML, display

    began = last = time.monotonic()
    shown: Any = None

    def report(done: int, of: int | None = total) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - began < PATIENCE or (shown and now - last < EVERY):
            return
        last = now
        bar = HTML(_bar(done, of or done, now - began))
        if shown is None:
            shown = display(bar, display_id=True)
        else:
            shown.update(bar)

    try:
        yield report
    finally:
        if shown is not None:
            shown.update(HTML(""))


def _bar(done: int, total: int, seconds: float) -> str:
    """Return a bar as HTML, and about how long it still takes."""
    left = f", about {seconds * (total - done) / done:.0f} s left" if done else ""
    return f'<progress value="{done}" max="{total}"></progress> {done:,} of {total:,}{left}'


def _in_notebook() -> bool:
    """Return whether a notebook's kernel runs this."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config

"""Tables for people, on a terminal of any width."""

import os
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 160


def console() -> Console:
    """Return a console for results; plain, and wide, where the output is not a terminal."""
    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=PIPED_WIDTH if wide else None)


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for a table, or a dash; what is not nothing is not rounded to it."""
    if value is None:
        return "–"
    if 0 < abs(value) < 0.5 * 10.0**-digits:
        return f"{value:.1g}"
    return f"{value:,.{digits}f}"


def span(low: float | None, high: float | None, digits: int = 1) -> str:
    """Return an interval for a table, or a dash; its ends may be negative."""
    if low is None or high is None:
        return "–"
    return f"{number(low, digits)} to {number(high, digits)}"


def interval(mean: float | None, low: float | None, high: float | None) -> str:
    """Return a value with its interval for a table, or a dash."""
    if mean is None:
        return "–"
    return f"{mean:.3g}" if low is None or high is None else f"{mean:.3g} ({low:.3g} to {high:.3g})"


def headed(*headings: str, left: int | None = None, title: str | None = None) -> Table:
    """Return a table that has only headings yet.

    Parameters
    ----------
    left : how many columns are of words, at the left; the others, of numbers, stand right.
        All are of words by default
    """
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        of_words = left is None or place < left
        table.add_column(Text(heading), justify="left" if of_words else "right")
    return table

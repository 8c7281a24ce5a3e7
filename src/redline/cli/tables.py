"""Lines and tables for people, on a terminal of any width; what they hold is printed as it is."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PIPED_WIDTH = 160


class Bold(str):
    """A cell in bold type."""

    __slots__ = ()


def console() -> "Console":
    """Return a console for results; plain, and wide, where the output is not a terminal."""
    from rich.console import Console

    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=PIPED_WIDTH if wide else None)


def print_line(text: str, *, bold: bool = False) -> None:
    """Print a line, folded where it is wider than the terminal."""
    console().print(_text(Bold(text) if bold else text))


def print_table(
    headings: Iterable[str],
    rows: Sequence[Sequence[str]],
    *,
    align: str = "l",
    totals: int = 0,
    title: str | None = None,
) -> None:
    """Print a table.

    Parameters
    ----------
    rows : the cells of each row; those that are left out at its end are empty
    align : a letter for each column, the last for all that follow: l for words, at the left;
        r for numbers, at the right
    totals : how many of the last rows stand below a line
    """
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        side = align[min(place, len(align) - 1)]
        table.add_column(_text(heading), justify="right" if side == "r" else "left")
    for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
        if left == totals:
            table.add_section()
        table.add_row(*map(_text, row))
    console().print(table)


def _text(told: str) -> "Text":
    from rich.text import Text

    return Text(told, style="bold" if isinstance(told, Bold) else "")


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

"""Lines and tables for people, on a terminal of any width; what they hold is printed as it is."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from redline.support import Bold, Painted, Rule, Table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PIPED_WIDTH = 160


def console() -> "Console":
    """Return a console for results; plain, and wide, where the output is not a terminal."""
    from rich.console import Console

    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=PIPED_WIDTH if wide else None)


def print_line(text: str, *, bold: bool = False) -> None:
    """Print a line, folded where it is wider than the terminal."""
    console().print(_text(Bold(text) if bold else text))


def print_blocks(blocks: Iterable[str | Table]) -> None:
    """Print lines and tables."""
    for block in blocks:
        if isinstance(block, Table):
            print_table(*block)
        elif isinstance(block, Rule):
            console().rule(_text(block) if block else "")
        else:
            print_line(block)


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    align: str = "l",
    totals: int = 0,
    title: str | None = None,
) -> None:
    """Print a `redline.support.Table`."""
    from rich.table import Table as Grid

    told = Table(headings, rows, align, totals, title)
    table = Grid(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if told.side(place) == "right" else "left"
        table.add_column(_text(heading), justify=justify)
    for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
        if left == totals:
            table.add_section()
        table.add_row(*map(_text, row))
    console().print(table)


def _text(told: str) -> "Text":
    from rich.text import Text

    if isinstance(told, Painted):
        return Text.assemble(*((text, colour or "") for text, colour in told.pieces))
    return Text(told, style="bold" if isinstance(told, Bold) else "")

"""What every result can do: be read on a screen, and go on as a table, as JSON, as a figure.

A result says once, in `blocks`, what there is to read of it; a terminal prints that, and a
notebook renders it.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from redline.support.files import ESCAPES, at_home, placing

if TYPE_CHECKING:
    import pandas as pd


T = TypeVar("T")
BELOW = ' style="border-top: 1px solid"'
"""Of the first row that stands below a line."""


class Bold(str):
    """A line or a cell in bold type."""

    __slots__ = ()


class Rule(str):
    """A line across the page, with words in it where there are any."""

    __slots__ = ()


class Painted(str):
    """A line in letters of one width, some of them in colours.

    Parameters
    ----------
    pieces : parts of the line, each with its colour (``#d3842a``), ``dim``, or None
    """

    pieces: tuple[tuple[str, str | None], ...]

    def __new__(cls, pieces: Sequence[tuple[str, str | None]]) -> "Painted":
        """Put the pieces together."""
        line = super().__new__(cls, "".join(text for text, _ in pieces))
        line.pieces = tuple(pieces)
        return line


class Table(NamedTuple):
    """A table for people.

    Attributes
    ----------
    headings : of the columns
    rows : the cells of each row; those that are left out at its end are empty
    align : a letter for each column, the last for all that follow: l for words, at the left;
        r for numbers, at the right
    totals : how many of the last rows stand below a line
    title : what it is of
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str = "l"
    totals: int = 0
    title: str | None = None

    def side(self, column: int) -> str:
        """Return where the cells of a column stand: ``left`` or ``right``."""
        return "right" if self.align[min(column, len(self.align) - 1)] == "r" else "left"


Blocks = Iterator[str | Table]
"""Lines and tables, in the order in which they are read."""


class Result(ABC):
    """What a function of the public interface gives back."""

    @abstractmethod
    def blocks(self) -> Blocks:
        """Yield the lines and tables that say what came out, as the command prints them."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return all of it, as the command prints it with ``--json``."""

    @abstractmethod
    def to_pandas(self) -> "pd.DataFrame":
        """Return it as a table of pandas, a row for each thing that was found."""

    def to_json(self, path: str | Path | None = None) -> str:
        """Return all of it as JSON, and write that into a file, if one is named."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
        if path is not None:
            place = at_home(path)
            with placing(place):
                place.write_text(text + "\n", "utf-8", ESCAPES)
        return text

    def plot(self, kind: str | None = None, **options: Any) -> Any:
        """Return a figure of it; see `redline.plot`."""
        # The one way up: a result knows by name alone what draws it.
        return import_module("redline.figures").plot(self, kind, **options)

    def _repr_html_(self) -> str:
        return "".join(map(_html, self.blocks()))


class Several(Result, Sequence[T]):
    """A result that is a sequence of things of one kind.

    Its class names the attribute that holds them: ``class Ledger(Several[Row], of="rows")``.
    """

    _of: str

    def __init_subclass__(cls, of: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls._of = of or cls._of

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        held: Sequence[T] = getattr(self, self._of)
        return held[place]

    def __len__(self) -> int:
        return len(getattr(self, self._of))


def _html(block: str | Table) -> str:
    """Return a line or a table as HTML."""
    if isinstance(block, Rule):
        return f"<hr><p><b>{_cell(block)}</b></p>" if block else "<hr>"
    if isinstance(block, Painted):
        return f'<pre style="margin: 0">{"".join(starmap(_piece, block.pieces))}</pre>'
    if not isinstance(block, Table):
        return f"<p>{_cell(block)}</p>"
    last = len(block.rows) - block.totals
    rows = [_row("th", block, block.headings)]
    rows += [
        _row("td", block, cells, BELOW if number == last else "")
        for number, cells in enumerate(block.rows)
    ]
    title = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    return f"<table>{title}{''.join(rows)}</table>"


def _row(tag: str, table: Table, cells: Sequence[str], style: str = "") -> str:
    """Return a row of a table as HTML, its empty cells at the end included."""
    full = [*cells, *[""] * (len(table.headings) - len(cells))]
    placed = (_placed(tag, table.side(column), cell) for column, cell in enumerate(full))
    return f"<tr{style}>{''.join(placed)}</tr>"


def _placed(tag: str, side: str, cell: str) -> str:
    return f'<{tag} style="text-align: {side}">{_cell(cell)}</{tag}>'


def _piece(text: str, colour: str | None) -> str:
    """Return a part of a painted line as HTML."""
    style = "opacity: 0.5" if colour == "dim" else f"color: {colour}"
    return f'<span style="{style}">{escape(text)}</span>' if colour else escape(text)


def _cell(told: str) -> str:
    text = escape(told).replace("\n", "<br>")
    return f"<b>{text}</b>" if isinstance(told, Bold) else text

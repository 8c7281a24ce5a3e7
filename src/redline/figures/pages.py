"""Pages of HTML, each one file that needs nothing else: templates, with figures drawn into them.

Text is escaped and without control characters. No script, no request.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redline.figures.requests import Drawn
from redline.figures.style import NOT_A_FORECAST, svg_text, tinted
from redline.support import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 60
"""Of a table; what is beyond is in the data."""


class Table(NamedTuple):
    """A table of a page; the last `numbers` columns are aligned as numbers."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    numbers: int = 0

    @property
    def shown(self) -> Sequence[Sequence[object]]:
        """The rows for which there is room."""
        return self.rows[:MOST_ROWS]

    @property
    def more(self) -> int:
        """How many rows there are beyond these."""
        return len(self.rows) - MOST_ROWS


def page(template: str, **fields: Any) -> str:
    """Return a page: a template of the folder `templates`, filled in."""
    return _environment().get_template(template).render(not_a_forecast=NOT_A_FORECAST, **fields)


def in_lines(text: str) -> Markup:
    """Return text that keeps its lines, to stand in a ``<pre>``."""
    return Markup("\n").join(printable(line) for line in text.split("\n"))


def inline_svg(drawn: Drawn, prefix: str) -> Markup:
    """Return a figure as SVG to stand in a page: its own names, nothing from outside.

    Text is drawn as shapes: a page is read where the font may be missing.
    """
    drawn.figure.supxlabel("")  # the page has both as text
    drawn.figure.suptitle("")
    svg = _drawn_once(drawn.figure, drawn.style, drawn.size)
    if drawn.tint:
        svg = tinted(svg, drawn.tint)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="|url\(#|href="#', rf"\g<0>{prefix}", svg)
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))


@lru_cache(1)
def _drawn_once(figure: "Figure", style: str, size: str) -> str:
    """Return a figure as the text of an SVG file, which stands in a page in two styles."""
    return svg_text(figure, style, size)


def _environment() -> Environment:
    """Return what fills templates in."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else printable(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["svg"] = inline_svg
    return made

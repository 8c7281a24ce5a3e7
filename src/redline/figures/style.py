"""One palette and a few styles for every figure, and a caption that says what it rests on.

Colours mean the same thing everywhere: blues for quiet, ambers for provocation, reds for
crisis, near-black for war. Lightness falls with gravity, for every kind of colour vision.
"""

import io
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from redline.figures.look import palette
from redline.support import percent, prepare_canvas

prepare_canvas()

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from redline.support import count, package_version
from redline.theory import Actor, rung_names

Tidy = dict[str, NDArray[Any]]
"""A tidy table: columns of equal length, one row per mark."""

RUNG_COLOURS, WAR_COLOUR = palette.RUNG_COLOURS, palette.WAR_COLOUR
ARMS, ARMS_ON_DARK = palette.ARMS, palette.ARMS_ON_DARK
RUNG_NAMES = {
    "provocation": rung_names(Actor.MILITIAS),
    "response": rung_names(Actor.UNITED_STATES),
}
"""The names of the rungs of each ladder."""
CLASS_COLOURS = {
    "quiet": RUNG_COLOURS[1],
    "provocation": RUNG_COLOURS[2],
    "crisis": RUNG_COLOURS[4],
    "confrontation": WAR_COLOUR,
}
GRAVITY = LinearSegmentedColormap.from_list("gravity", palette.GRAVITY_SCALE)
"""A scale from quiet to war, for shares of what is grave."""
PROVOCATION = LinearSegmentedColormap.from_list("provocation", palette.PROVOCATION_SCALE)
"""A scale of ambers, for how much provocation there is."""
NEUTRAL = LinearSegmentedColormap.from_list("neutral", ["#f3f5f7", "#8fa9bd", "#27455c"])
"""A scale for shares of what is neither quiet nor grave by itself."""
DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
LONGEST_LABEL = 28
MOST_IN_A_LINE = 50
"""Words, of which none are so short that as many would fit."""
NOT_A_FORECAST = "Model output, not a forecast."


class Style(NamedTuple):
    """Colours of what is not data, and the size that suits the style, a key of `SIZES`."""

    face: str
    ink: str
    muted: str
    grid: str
    size: str


class Size(NamedTuple):
    """Width and height in inches, and the size of text in points."""

    width: float
    height: float
    points: float


STYLES = {
    "paper": Style("#ffffff", "#22282d", "#616a71", "#dde3e7", "page"),
    "slides": Style("#ffffff", "#12171b", "#4a535a", "#d3dae0", "slide"),
    "dark": Style("#171c21", "#e8ecef", "#a7b1b9", "#333b43", "page"),
}
EITHER = "either"
"""A style of stand-ins for colours: what is drawn in it is shown in any other, see `tinted`."""
_STAND_INS = Style("#0a0b00", "#0a0b01", "#0a0b02", "#0a0b03", "page")
_ARM_STAND_INS = tuple(f"#0a0b1{place}" for place in range(len(ARMS)))
SIZES = {
    "column": Size(3.5, 3.2, 7),
    "page": Size(7.2, 4.8, 9),
    "slide": Size(13.333, 7.5, 15),
}
"""A column of a journal, its whole page, a slide."""
CAPTION_SHARE = 0.78
"""Size of a caption against other text."""


def sheet(style: str = "paper", size: str | None = None) -> dict[Any, Any]:
    """Return the settings of a style for Matplotlib."""
    look = _STAND_INS if style == EITHER else STYLES[style]
    points = SIZES[size or look.size].points
    of_ink = ("axes.labelcolor", "text.color", "xtick.labelcolor", "ytick.labelcolor")
    return {
        **dict.fromkeys(("figure.dpi", "savefig.dpi"), 150),
        **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), look.face),
        **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), look.muted),
        **dict.fromkeys(of_ink, look.ink),
        "font.family": "DejaVu Sans",
        "font.size": points,
        "axes.titlesize": 1.1 * points,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 0.9 * points,
        "axes.labelsize": points,
        **dict.fromkeys(("axes.spines.top", "axes.spines.right"), False),
        "axes.grid": True,
        "axes.axisbelow": True,
        "figure.titlesize": 1.25 * points,
        "figure.titleweight": "bold",
        "grid.color": look.grid,
        "grid.linewidth": 0.07 * points,
        "lines.linewidth": 0.18 * points,
        "patch.linewidth": 0.06 * points,
        "text.parse_math": False,
        "xtick.major.pad": 0.55 * points,
        "ytick.major.pad": 0.45 * points,
        "xtick.labelsize": 0.95 * points,
        "ytick.labelsize": 0.95 * points,
        "svg.hashsalt": "redline",
    }


@contextmanager
def styled(style: str = "paper", size: str | None = None, svg_text: str = "none") -> Iterator[None]:
    """Draw in the house style, whatever the user's own settings; they hold again afterwards.

    `svg_text` says what text in an SVG is: "none" for text, "path" for shapes.
    """
    with mpl.rc_context():
        mpl.rcParams.update(_defaults())
        mpl.rcParams.update({**sheet(style, size), "svg.fonttype": svg_text})
        yield


@cache
def _defaults() -> dict[Any, Any]:
    """Return Matplotlib's own settings; the backend is the user's, and no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mpl.MatplotlibDeprecationWarning)
        return {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}


# What drawing functions ask of the style that is on


def ink() -> str:
    """Return the colour of text and of marks on data."""
    return str(mpl.rcParams["text.color"])


def muted() -> str:
    """Return the colour of what should stand back."""
    return str(mpl.rcParams["axes.edgecolor"])


def face() -> str:
    """Return the colour behind everything."""
    return str(mpl.rcParams["axes.facecolor"])


def points() -> float:
    """Return the size of text."""
    return float(mpl.rcParams["font.size"])


def arm(place: int) -> str:
    """Return the colour of an arm, which shows on the ground of the style that is on."""
    if face() == _STAND_INS.face:
        return _ARM_STAND_INS[place % len(ARMS)]
    return _arms(face())[place % len(ARMS)]


def _arms(ground: str) -> tuple[str, ...]:
    return ARMS_ON_DARK if on(ground) == "#ffffff" else ARMS


def dashes(place: int) -> Any:
    """Return the line style of an arm: hue is never what tells arms apart alone."""
    return DASHES[place % len(DASHES)]


def short(label: str) -> str:
    """Return a label that leaves room for the figure."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def on(colour: Any) -> str:
    """Return a colour for text that lies on a mark of another: dark or light."""
    red, green, blue = mpl.colors.to_rgb(colour)
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#1b2024" if light > 0.3 else "#ffffff"


def beside(
    ax: Axes, words: str, at: Any, away: tuple[float, float], size: float = 1.0, **how: Any
) -> None:
    """Write words `away` from a place on an axes, in points; `size` is against other text.

    `how` goes on to `Axes.annotate`.
    """
    ax.annotate(words, at, xytext=away, textcoords="offset points", fontsize=size * points(), **how)


def names_beside(ax: Axes, names: Sequence[str], colours: Sequence[str]) -> None:
    """Write the names of colours to the right of an axes, the last one on top.

    They stand in the order of the ladder, so that they read as the ladder itself.
    """
    step = 1.0 / len(names)
    outline = [withStroke(linewidth=1.6, foreground=muted())]
    for place, (name, colour) in enumerate(zip(names, colours, strict=True)):
        for words, away, tint, effects in (("■", 0.6, colour, outline), (name, 1.8, ink(), None)):
            beside(
                ax, words, (1.0, (place + 0.5) * step), (away * points(), 0), 0.9,
                xycoords="axes fraction", va="center", color=tint, path_effects=effects,
            )  # fmt: skip


@lru_cache(1024)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text, in points."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def wrapped(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return text in lines that are no wider than `width` (points), broken between words."""
    lines, words = [], text.split()
    while words:
        more = range(2, min(len(words), MOST_IN_A_LINE) + 1)
        fits = bisect_left(
            more, True, key=lambda n: text_width(" ".join(words[:n]), size, bold) > width
        )
        lines.append(" ".join(words[: fits + 1]))
        words = words[fits + 1 :]
    return "\n".join(lines)


class _Sheet(Figure):
    """A figure that is not drawn where only its layout is wanted.

    To write a figure, Matplotlib draws it twice: first with a renderer that draws nothing, so that
    the layout is settled.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw, or settle the layout."""
        layout = self.get_layout_engine()
        inner = getattr(renderer, "_vector_renderer", renderer)  # of one that draws pixels, too
        draws_nothing = "draw_path" in vars(inner)  # what draws is replaced in it
        if layout is not None and self.axes and draws_nothing and self.canvas.is_saving():
            with suppress(ValueError):  # no room for what is drawn: it is not laid out then
                layout.execute(self)
        else:
            super().draw(renderer)


def new_figure(size: str, rows: float = 1.0) -> Figure:
    """Return an empty figure of a named size; `rows` makes it higher than that."""
    width, height, _ = SIZES[size]
    pad = points() / 72
    layout = ConstrainedLayoutEngine(w_pad=pad, h_pad=pad / 2)
    return _Sheet(figsize=(width, height * rows), layout=layout)


def two_panels(size: str) -> Figure:
    """Return a figure of two panels: side by side where there is room, else one above another."""
    height, rows, columns = (2.0, 2, 1) if size == "column" else (1.0, 1, 2)
    figure = new_figure(size, height)
    figure.subplots(rows, columns)
    return figure


def finish(figure: Figure, title: str, about: str) -> None:
    """Put the finding above a figure, and what it rests on below."""
    width = 72 * figure.get_figwidth() * 0.94
    size, small = 1.25 * points(), CAPTION_SHARE * points()
    if title:
        words = wrapped(title, width, size, bold=True)
        figure.suptitle(words, x=0.01, ha="left", fontsize=size, fontweight="bold")
    words = wrapped(about, width, small)
    figure.supxlabel(words, x=0.01, ha="left", fontsize=small, color=muted())


def extent(replicates: int, weeks: int, seed: int) -> str:
    """Return how much was simulated: replicates, horizon, seed."""
    return f"{count(replicates, 'replicate')} of up to {count(weeks, 'week')}, seed {seed}"


def caption(what: str, note: str = "") -> str:
    """Return what every figure says of itself; `what` says what it shows, with its extent."""
    notes = f" {note}" if note else ""
    return f"{what}; redline {package_version()}.{notes} {NOT_A_FORECAST}"


def save(
    figure: Figure,
    path: Path,
    style: str = "paper",
    size: str | None = None,
    dpi: int | None = None,
) -> None:
    """Write a figure; the same figure gives the same bytes."""
    metadata: dict[str, dict[str, None]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }
    with styled(style, size):
        figure.savefig(path, metadata=metadata[path.suffix], dpi=dpi or "figure")


def png_bytes(figure: Figure, style: str = "paper", size: str | None = None) -> bytes:
    """Return a figure as the bytes of a PNG file, at the resolution of a screen."""
    file = io.BytesIO()
    with styled(style, size):
        figure.savefig(file, format="png", dpi=96)
    return file.getvalue()


def svg_text(figure: Figure, style: str = "paper", size: str | None = None) -> str:
    """Return a figure as the text of an SVG file, in which words are shapes."""
    file = io.StringIO()
    with styled(style, size, svg_text="path"):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def tinted(svg: str, style: str) -> str:
    """Return an SVG that was drawn in the style `EITHER` as one of another style.

    It is the same as if it had been drawn in that one, but for the names of what it defines.
    """
    look = STYLES[style]
    own = (*look[:4], *_arms(look.face))
    colours = dict(zip((*_STAND_INS[:4], *_ARM_STAND_INS), own, strict=True))
    return re.sub("#0a0b[01][0-9]", lambda found: colours[found[0]], svg)


def percent_span(low: float, high: float) -> str:
    """Return the interval of a share as a person reads it: ``5.0 to 10 %``."""
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


FEWEST = 20
"""Replicates below which a title says how many of how many, not percent."""


def part(number: int, whole: int) -> str:
    """Return how many replicates, as a title says it: a share, or where they are few, a count."""
    if whole < FEWEST:
        return f"{number} of {whole} replicates"
    return f"{percent(number / whole)} of replicates"


def percent_axis() -> PercentFormatter:
    """Return a formatter for an axis of shares."""
    return PercentFormatter(1.0, symbol=" %")


def log_axis(axis: Axis) -> None:
    """Make an axis logarithmic, with plain numbers at its ticks."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def steps(edges: NDArray[Any]) -> NDArray[np.float64]:
    """Return the borders of cells around values in ascending order: half-way to the next."""
    values = np.asarray(edges, np.float64)
    if len(values) == 1:
        return np.append(values - 0.5, values + 0.5)
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate(([2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]))

"""What is asked for, what a kind of figure declares, and a figure in a file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.figures.style import Tidy, png_bytes, save
from redline.figures.subjects import Subject
from redline.figures.tables import write_tidy
from redline.results import Distribution, StoredSweep
from redline.support import FORMATS, InputError, at_home, placing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Request:
    """What to draw.

    Attributes
    ----------
    subjects : one, or several arms to set beside each other
    sweep : the sweep that they are points of, if they are
    measure : for the kinds that draw any measure; each has one by default
    by : the swept addresses of a curve or a map
    twin : with war, draw provocation before war
    replicate, week : of a history, of an explanation
    """

    subjects: tuple[Subject, ...]
    sweep: StoredSweep | None = None
    measure: str | None = None
    by: tuple[str, ...] = ()
    twin: bool = False
    replicate: int = 0
    week: int = 0
    size: str = "page"

    @property
    def subject(self) -> Subject:
        """What a kind draws that draws one; of arms the first."""
        return self.subjects[0]

    @property
    def arms(self) -> dict[str, Distribution]:
        """The results of every subject by its label."""
        return {subject.label: subject.results for subject in self.subjects}

    @property
    def horizons(self) -> set[int]:
        """The weeks that subjects have."""
        return {subject.results.weeks for subject in self.subjects}

    @property
    def swept(self) -> StoredSweep:
        """The sweep, of a kind that needs one: `hinders` has made sure of it."""
        assert self.sweep is not None
        return self.sweep


@dataclass(frozen=True, repr=False)
class Drawn:
    """A finished figure, its finding, its caption, and the tables that it draws.

    `tint` is the style in which to show it, if it was drawn in stand-ins for colours.
    """

    kind: str
    figure: "Figure"
    title: str
    caption: str
    tables: dict[str, Tidy] = field(default_factory=dict)
    style: str = "paper"
    size: str = "page"
    tint: str | None = None

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.title}>"

    def __getattr__(self, name: str) -> Any:
        """Return what matplotlib's figure has of that name, such as ``savefig``."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.figure, name)

    def save(self, path: str | Path, data: bool = False) -> list[Path]:
        """Write the figure (.png, .svg or .pdf), and with `data` its tables as CSV files.

        Returns the paths written, the figure's first.

        Raises
        ------
        InputError
            For another ending, or a place that cannot be written.
        """
        place = at_home(path)
        if place.suffix not in FORMATS:
            raise InputError(f"{place}: a figure ends in {', '.join(FORMATS)}")
        with placing(place):
            return write_figure(self, place, data)

    def to_pandas(self) -> "pd.DataFrame":
        """Return what is drawn, the first of its tables."""
        import pandas as pd

        return pd.DataFrame(next(iter(self.tables.values()), {}))

    def _repr_png_(self) -> bytes:
        return png_bytes(self.figure, self.style, self.size)


@dataclass(frozen=True)
class Kind:
    """A kind of figure: what it shows, of what it can be drawn, and who draws it.

    Attributes
    ----------
    about : what it shows, in a line; a literal, as `redline.figures.registry` reads it
    place : where it stands among all kinds; a literal, too
    draw : returns the figure that a request asks for, in the style and the size that are on
    arms : whether it sets several arms beside each other; others draw one subject
    swept : how many swept addresses it needs
    takes : which of measure, by, twin, replicate and week it obeys
    hindrance : returns why it cannot be drawn of a request, beside what `hinders` checks of all
    in_run, in_sweep : where it stands in the report of a run, of a sweep; None: not there
    anecdote : whether it shows how results come about rather than what comes out
    """

    about: str
    place: float
    draw: Callable[[Request], Drawn]
    arms: bool = False
    swept: int = 0
    takes: tuple[str, ...] = ()
    hindrance: Callable[[Request], str | None] = lambda _: None
    in_run: float | None = None
    in_sweep: float | None = None
    anecdote: bool = False


def write_figure(drawn: Drawn, path: Path, data: bool = False) -> list[Path]:
    """Write a figure, and with `data` each of its tables as a CSV file beside it.

    Equal figures give equal bytes. Returns the paths written, the figure's first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    save(drawn.figure, path, drawn.style, drawn.size)
    paths = [path]
    for name, table in drawn.tables.items() if data else ():
        extra = "" if len(paths) == 1 else f"-{name}"
        paths.append(path.with_name(f"{path.stem}{extra}.csv"))
        write_tidy(table, paths[-1])
    return paths

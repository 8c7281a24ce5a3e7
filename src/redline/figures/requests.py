"""What is drawn? A kind is asked for, of some subjects; a figure in a file comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from redline.figures.registry import KINDS
from redline.figures.style import SIZES, STYLES, Tidy, save, styled
from redline.figures.subjects import Subject
from redline.figures.tables import write_tidy
from redline.results import Distribution, StoredSweep
from redline.support import InputError, nearest

if TYPE_CHECKING:
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
        return {subject.scenario.weeks for subject in self.subjects}

    @property
    def swept(self) -> StoredSweep:
        """The sweep, of a kind that needs one: `hinders` has made sure of it."""
        assert self.sweep is not None
        return self.sweep


@dataclass(frozen=True)
class Drawn:
    """A finished figure, its finding, its caption, and the tables that it draws."""

    kind: str
    figure: "Figure"
    title: str
    caption: str
    tables: dict[str, Tidy] = field(default_factory=dict)
    style: str = "paper"
    size: str = "page"


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


def draw(kind: str, request: Request, style: str = "paper", size: str | None = None) -> Drawn:
    """Return a figure of a kind, in a style and a size.

    Raises
    ------
    InputError
        If there is no such kind, style or size, or the results cannot be drawn so.
    """
    for name, known in ((kind, KINDS), (style, STYLES), (size or "page", SIZES)):
        if name not in known:
            raise InputError(f"no {name} among {', '.join(known)}{nearest(name, known)}")
    size = size or STYLES[style].size
    hindrance = hinders(kind, request)
    if hindrance:
        raise InputError(f"{kind}: {hindrance}")
    with styled(style, size):
        drawn = KINDS[kind].draw(replace(request, size=size))
        return replace(drawn, kind=kind, style=style, size=size)


def hinders(kind: str, request: Request) -> str | None:
    """Return why a kind cannot be drawn of what is asked for, or None."""
    about, sweep, one = KINDS[kind], request.sweep, request.subject
    own = about.hindrance(request)
    if own:
        return own
    if about.swept > len(sweep.points.addresses if sweep else ()):
        wanted = "a swept address" if about.swept == 1 else "two swept addresses"
        return f"needs the results of a sweep with {wanted}"
    if about.swept == 2 and request.by and len(set(request.by)) != 2:
        return "takes two addresses: by=(ADDRESS, ADDRESS)"
    if not about.arms and not about.swept and len(request.subjects) > 1:
        return "draws one scenario at a time"
    if "replicate" in about.takes and request.replicate not in one.numbers:
        return f"replicate must be in {one.numbers[0]} … {one.numbers[-1]}"
    if about.arms and request.by and sweep and len(request.subjects) == 1:
        return (
            f"no two points of this {sweep.manifest['sweep']['design']} design differ in "
            f"{request.by[0]} alone: curve draws all points over it"
        )
    return None


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

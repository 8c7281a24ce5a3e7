"""What does a figure rest on? Its caption, what arms in it are unlike in, and the room for both."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redline.argument import SHORT_HASH, common_replicates
from redline.case import label_of
from redline.figures.requests import Drawn, Request
from redline.figures.style import (
    CAPTION_SHARE,
    Tidy,
    caption,
    extent,
    finish,
    new_figure,
    points,
    styled,
    wrapped,
)
from redline.figures.subjects import Subject, line_of
from redline.results import Group, StoredPoint, StoredSweep
from redline.support import count, counted, listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_NAMED = 3
"""Addresses that a title names; a caption names them all."""
TITLE_LINES, CAPTION_LINES = 2, 3
"""Lines for which a figure has room; for more it is made higher, unless it is a slide."""


def unlike(subjects: Sequence[Subject]) -> str:
    """Return in what arms differ beside what they are for; empty where they do not."""
    runs = [subject.results for subject in subjects]
    fields = {
        "horizon": [count(run.weeks, "week") for run in runs],
        "seed": [str(run.seed) for run in runs],
        "replicates": [f"{run.replicates:,}" for run in runs],
        "first replicate": [str(run.first) for run in runs],
        "rules": [run.rules[:SHORT_HASH] for run in runs],
    }
    parts = []
    for name, values in fields.items():
        found = list(dict.fromkeys(values))
        if len(found) > MOST_NAMED:
            parts.append(f"{name} ({len(found)} different)")
        elif len(found) > 1:
            parts.append(f"{name} ({listed(found)})")
    return f"arms differ in {listed(parts)}" if parts else ""


def compared(request: Request, finding: str) -> str:
    """Return the title of arms: a finding, and what in them is unlike."""
    told = unlike(request.subjects)
    return f"{finding}; {told}" if told else finding


def caption_of(request: Request, note: str = "", replicates: int | None = None) -> str:
    """Return the caption of a request's subjects: what all share once, the rest by arm."""
    subjects = request.subjects
    runs = [subject.results for subject in subjects]
    rules = len({run.rules for run in runs}) > 1
    extents = [
        extent(run.replicates if replicates is None else replicates, run.weeks, run.seed)
        + (f", replicates {run.first:,} onwards" if run.first else "")
        + (f", rules {run.rules[:SHORT_HASH]}" if rules else "")
        for run in runs
    ]
    labels = [subject.label for subject in subjects]
    if len(set(extents)) > 1:
        arms = zip(labels, extents, strict=True)
        return caption("; ".join(f"{label}: {size}" for label, size in arms), note)
    what = " beside ".join(labels)
    if request.sweep and len(subjects) > 1:
        what = f"{request.sweep.scenario.name}, each arm"
        note = f"{note} {_of_arms(request.sweep, subjects)}".strip()
    elif request.sweep and len(request.sweep.points) > 1:
        note = f"One of {len(request.sweep.points):,} points. {note}".strip()
    return caption(f"{what}: {extents[0]}", note)


def _of_arms(sweep: StoredSweep, subjects: Sequence[Subject]) -> str:
    """Return which points of a sweep its arms are: the values drawn, and what is held."""
    points = [s.results for s in subjects if isinstance(s.results, StoredPoint)]
    told, held = "", []
    for address in sweep.points.addresses:
        values = {point.values[address] for point in points}
        every = len(line_of(sweep, address, points[0].point))
        if len(values) == 1:
            held.append(f"{address} = {points[0].values[address]:.4g}")
        else:
            told = f"Arms: {label_of(address)} ({address})"
            told += f", {len(values)} of {every} values. " if every > len(values) else ". "
    return told + (f"At {', '.join(held)}." if held else "")


def caption_of_sweep(sweep: StoredSweep, groups: Sequence[Group], note: str) -> str:
    """Return the caption of a figure that draws groups of a sweep's points."""
    size = extent(sweep.replicates, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    where = count(sum(group.points for group in groups), "point")
    begun = "" if sweep.complete else " The sweep is not complete."
    return caption(f"{sweep.scenario.name}, {where}, each: {size}", f"{note}{begun}")


def replicates_each(groups: Sequence[Group]) -> str:
    """Return how many replicates are behind a mark."""
    each = sorted({group.replicates for group in groups})
    most = counted(each[-1], "replicate")
    return most if len(each) == 1 else f"{each[0]:,} to {most}"


def common_chance(subjects: Sequence[Subject]) -> str:
    """Return a note on common chance: whether arms have it."""
    runs = [subject.results for subject in subjects]
    if len({run.seed for run in runs}) > 1:
        return "Arms have different seeds."
    if not all(common_replicates(runs[0], other) for other in runs[1:]):
        return "Arms share a seed but no replicate."
    if len({run.rules for run in runs}) > 1:
        return "Arms share a seed but not the rules: they share random numbers in part at most."
    return "Common random numbers in all arms."


def finished(request: Request, figure: "Figure", title: str, about: str, **tables: Tidy) -> Drawn:
    """Return a figure with its finding above and its caption below, and room for long ones."""
    width = 72 * figure.get_figwidth() * 0.94
    more = 0.0
    for text, size, bold, room in (
        (title, 1.25 * points(), True, TITLE_LINES),
        (about, CAPTION_SHARE * points(), False, CAPTION_LINES),
    ):
        lines = wrapped(text, width, size, bold).count("\n") + 1
        more += max(0, lines - room) * 1.3 * size / 72
    if request.size != "slide":
        figure.set_figheight(figure.get_figheight() + more)
    finish(figure, title, about)
    return Drawn("", figure, title, about, tables)


def on_a_page(
    kind: str,
    title: str,
    about: str,
    tables: dict[str, Tidy],
    paint: "Callable[[Figure], None]",
    rows: float = 1.0,
    style: str = "paper",
) -> Drawn:
    """Return a figure of a page in a style: `paint` draws into it, before title and caption.

    `rows` makes it higher than a page is.
    """
    with styled(style, "page"):
        figure = new_figure("page", rows)
        paint(figure)
        finish(figure, title, about)
    return Drawn(kind, figure, title, about, tables, style, "page")

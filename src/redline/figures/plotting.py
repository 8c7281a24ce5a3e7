"""What is drawn, and of what: every result has a figure, and replicates have many kinds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from redline.figures.drawing import check_look, draw, hinders
from redline.figures.registry import KINDS
from redline.figures.requests import Drawn, Request
from redline.figures.subjects import Subject, arms_of, base_point, point_subject, subject_of
from redline.results import Groups, Replicates, StoredSweep, load_results
from redline.support import InputError, names, nearest, whole

OWN = {
    "Boundaries": "boundary.draw_boundary",
    "Calibration": "calibration.draw_calibration",
    "Comparison": "comparison.draw_comparison",
    "Comparisons": "comparison.draw_comparison",
    "Discovery": "discovery.draw_discovery",
    "Explanation": "terms.draw_terms",
    "Forecasts": "forecast.draw_forecast",
    "Ledger": "ledger.draw_ledger",
    "Record": "record.draw_record",
    "Robustness": "robustness.draw_robustness",
    "Scores": "score.draw_score",
    "SensitivityAnalysis": "tornado.draw_sensitivity",
    "TextbookComparison": "game.draw_game_tree",
    "Validation": "validation.draw_validation",
}
"""The function in `redline.figures.kinds` that draws a result of a class, which has one figure."""


def plot(
    results: Any,
    kind: str | None = None,
    *,
    measure: str | None = None,
    by: str | Sequence[str] = (),
    point: int | None = None,
    twin: bool | None = None,
    replicate: int | None = None,
    week: int | None = None,
    style: str = "paper",
    size: str | None = None,
    **options: Any,
) -> Drawn:
    """Return a figure of results: ``redline plot``.

    Parameters
    ----------
    results
        What a function of `redline` has returned; a list of runs, or a table of them by name, to
        set them beside each other; or the path of a folder.
    kind
        Of a run, a point or a sweep, one of `redline.figures.KINDS`: by default ``overview``, of
        several runs ``outcomes``, of a sweep ``curve``. Other results have one figure, and take
        no kind.
    measure
        Of the kinds that draw any measure; each has one by default.
    by
        Swept addresses: two of a ``phase``, one of a ``curve`` or of arms side by side.
    point
        Of a sweep, for the kinds that draw one scenario; by default the nearest to the base case.
    twin
        Of a ``phase``: with war, provocation before war.
    replicate, week
        Of a history, of an explanation; 0 by default.
    style, size
        ``paper``, ``slides`` or ``dark``; ``column``, ``page`` or ``slide``.
    options
        Of the figures of other results.

    Raises
    ------
    InputError
        For a kind that does not exist or cannot be drawn of the results, or an option that it
        does not take.

    Examples
    --------
    >>> import redline
    >>> redline.simulate("baseline", 50).plot("ladder").kind
    'ladder'
    """
    check_look(style, size)
    numbers = {"point": point, "replicate": replicate, "week": week}
    asked: dict[str, Any] = {"measure": measure, "by": _named(by), "twin": twin}
    asked |= {name: one if one is None else whole(name, one, 0) for name, one in numbers.items()}
    if isinstance(results, str | Path):
        results = load_results(results)
    if own := OWN.get(type(results).__name__):
        given = {**asked, "kind": kind, "by": by or None, "size": size, **options}
        return _own(own, results, style, {k: v for k, v in given.items() if v is not None})
    if options:
        raise TypeError(f"plot() got an unexpected keyword argument {next(iter(options))!r}")
    if isinstance(results, Groups):
        results = _grouped(results, asked)
    one, arms = requests_of(results, asked["point"], asked["by"])
    said = {key: value for key, value in asked.items() if value is not None and key != "point"}
    one = replace(one, **said)
    arms = replace(one, subjects=arms.subjects, by=asked["by"] if asked["point"] is None else ())
    chosen = kind or _usual(arms if one.sweep is None else one)
    if chosen not in KINDS:
        raise InputError(f"no kind {chosen}{nearest(chosen, KINDS)}; there are {', '.join(KINDS)}")
    told = [name for name, value in asked.items() if value is not None and value != ()]
    check_obeyed(told, [chosen], one, asked["point"])
    return draw(chosen, arms if KINDS[chosen].arms else one, style, size)


def _named(by: str | Sequence[str] | None) -> tuple[str, ...]:
    return tuple(names(by))


def _usual(request: Request) -> str:
    """Return the kind that is drawn unless one is asked for."""
    if request.sweep:
        return "phase" if len(request.by) > 1 else "curve"
    return "overview" if len(request.subjects) == 1 else "outcomes"


def _own(own: str, results: Any, style: str, options: dict[str, Any]) -> Drawn:
    """Return the figure of a result that has one, with the options that it takes."""
    module, _, name = own.partition(".")
    drawing: Callable[..., Drawn] = getattr(import_module(f"redline.figures.kinds.{module}"), name)
    for option in options:
        if option not in signature(drawing).parameters:
            raise InputError(f"{option}=: the figure of a {type(results).__name__} takes none")
    return drawing(results, style=style, **options)


def _grouped(groups: Groups, asked: dict[str, Any]) -> StoredSweep:
    """Return what groups are of, and ask for what they show."""
    if not groups or groups.where:
        what = "there is no group" if not groups else "a figure shows all replicates, not some"
        raise InputError(f"{what}: draw its to_pandas()")
    asked["by"] = asked["by"] or tuple(groups[0].values)
    asked["measure"] = asked["measure"] or next(iter(groups[0].measures))
    return groups.stored  # type: ignore[return-value]


def requests_of(
    results: Any, point: int | None = None, by: Sequence[str] = ()
) -> tuple[Request, Request]:
    """Return what kinds draw that set no arms beside each other, and those that do.

    Raises
    ------
    InputError
        For results that cannot be drawn, or not together.
    """
    if isinstance(results, StoredSweep):
        one = point_subject(results, base_point(results) if point is None else point)
        arms = arms_of(results, by[0] if by else None) if point is None else (one,)
        return Request((one,), results), Request(arms, results)
    if point is not None:
        raise InputError("point= is for the results of one sweep")
    if by:
        raise InputError("by= is for the results of a sweep")
    named = isinstance(results, Mapping)
    several: Iterable[Any] = results.values() if named else results
    subjects = [_subject(one) for one in ((results,) if _is_one(results) else several)]
    if not subjects:
        raise InputError("nothing to draw: no results")
    if named:
        labels = map(str, results)
        return (together := _together(labels, subjects)), together
    same = Request(_named_apart(subjects))
    return same, same


def _is_one(results: Any) -> bool:
    return not isinstance(results, list | tuple | Mapping)


def _together(labels: Iterable[str], subjects: Sequence[Subject]) -> Request:
    """Return arms under names that are given."""
    told = zip(labels, subjects, strict=True)
    return Request(tuple(replace(subject, label=label) for label, subject in told))


def _subject(results: Any) -> Subject:
    """Return replicates as something to draw."""
    if isinstance(results, str | Path):
        results = load_results(results)
    if isinstance(results, StoredSweep):
        raise InputError(f"{results.folder}: a sweep is drawn by itself")
    if not isinstance(results, Replicates):
        raise InputError(f"a {type(results).__name__} has no figure; see .to_pandas()")
    return subject_of(results)


def _named_apart(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return arms under names that tell them apart: of folders of one scenario, the folders.

    Raises
    ------
    InputError
        If that does not tell them apart.
    """
    names = [subject.label for subject in subjects]
    folders = [getattr(subject.results, "folder", None) for subject in subjects]
    ends = [folder.name for folder in folders if folder]
    apart = []
    for subject, folder in zip(subjects, folders, strict=True):
        label = subject.label
        if folder and names.count(label) > 1:
            label = folder.name if folder.name and ends.count(folder.name) == 1 else str(folder)
        apart.append(replace(subject, label=label))
    told = [subject.label for subject in apart]
    for label in told:
        if told.count(label) > 1:
            raise InputError(f"two of these are named {label}: name them, as {{NAME: results}}")
    return tuple(apart)


def check_obeyed(
    options: Iterable[str], kinds: Sequence[str], one: Request, point: int | None
) -> None:
    """Check that every option that was given decides something of a figure that is drawn.

    Raises
    ------
    InputError
        If one would be ignored by all of them.
    """
    if "by" in options:
        swept = one.sweep.points.addresses if one.sweep else ()
        for address in one.by:
            if address not in swept:
                raise InputError(f"{address} is not swept here{nearest(address, swept)}")
        if len(one.by) > (2 if any(KINDS[kind].swept > 1 for kind in kinds) else 1):
            raise InputError("by=: two for a phase, one for a curve or arms")

    def obeys(kind: str, option: str) -> bool:
        about = KINDS[kind]
        if option == "point":
            return about.swept == 0
        if option == "by" and about.arms and point is not None:
            return False  # a point has no arms
        if option == "measure" and "twin" in about.takes and one.twin:
            return False  # a twin has measures of its own
        return option in about.takes

    for option in options:
        if not any(obeys(kind, option) for kind in kinds):
            others = [kind for kind in KINDS if obeys(kind, option)]
            raise InputError(
                f"{option}=: not for {' or '.join(kinds)}{_as_asked(option, one, point)}, only "
                f"for {', '.join(others)}"
            )


def _as_asked(option: str, one: Request, point: int | None) -> str:
    """Return what else was asked for that takes an option's meaning away."""
    if option == "by" and point is not None:
        return " at a point="
    return " with twin=" if option == "measure" and one.twin else ""


def drawable(kinds: Sequence[str], one: Request, arms: Request) -> list[str]:
    """Return the kinds to draw, ``all`` taken apart into those that the results allow.

    Raises
    ------
    InputError
        If one that was named does not exist, or cannot be drawn: before any is.
    """
    wanted: list[str] = []
    for kind in kinds:
        if kind != "all" and kind not in KINDS:
            raise InputError(f"no kind {kind}{nearest(kind, [*KINDS, 'all', 'list'])}")
        for name in KINDS if kind == "all" else [kind]:
            hindrance = hinders(name, arms if KINDS[name].arms else one)
            if hindrance and kind == name:
                raise InputError(f"{name}: {hindrance}")
            if hindrance is None:
                wanted.append(name)
    return list(dict.fromkeys(wanted))

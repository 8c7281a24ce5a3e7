"""Asking: the verdicts of experiments, those of the whole argument, and where a verdict turns."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from redline.argument.experiment_file import MOST_REPLICATES, Experiment, load_experiment
from redline.argument.ledger import Ledger, Row, ledger_names, run_experiment, turns_of
from redline.argument.turning_points import Boundaries, Boundary
from redline.results import check_replicates
from redline.support import (
    InputError,
    ShowProgress,
    at_home,
    described,
    made_folder,
    shown_progress,
    whole,
)

Asked = str | Path | Experiment
"""A built-in name such as ``c5_leverage``, its claim (``C5``), the path of a file, or one read."""
Notice = Callable[[str], None] | None
MANIFEST = "manifest.json"
"""What the folder of a run or a sweep has."""


def experiment(
    name: Asked | Iterable[Asked],
    replicates: int | None = None,
    seed: int = 1,
    *,
    values: Mapping[str, Any] | None = None,
    to: str | Path | None = None,
    progress: ShowProgress = None,
    notice: Notice = None,
) -> Ledger:
    """Run experiments: a question, its verdict, and the verdict without the mechanism.

    Parameters
    ----------
    name
        A built-in name such as ``c5_leverage``, its claim (``C5``), the path of a file, an
        `Experiment`; or several of these.
    replicates
        Per arm; by default, the number in the file.
    seed
        All arms share its chance.
    values
        What a sceptic sets in every arm, before the arm's own changes, by address.
    to
        A folder for the table (CSV and JSON), the figure and one HTML file.
    progress
        Whether a bar is shown; by default in a terminal or a notebook. Or called with the number
        of experiments that have been run.
    notice
        Called with what to know of an experiment, and with what it takes, where that is much.

    Raises
    ------
    InputError
        For an experiment that cannot be read, numbers out of range, more replicates than
        memory holds, or a folder that cannot be written to.

    Examples
    --------
    >>> experiment("C5", replicates=300)[0].verdict
    'supported'
    """
    found = _read(name, values, notice)
    sizes = [(one, _size(one, replicates)) for one in found]
    largest, most = max(sizes, key=lambda size: size[0].replicate_bytes * size[1])
    lives = [life for one, n in sizes for life in one.lives(n)]
    check_replicates(lives, seed, largest.replicate_bytes, replicates=most, notice=notice)
    folder = _own_folder(to)
    rows: list[Row] = []
    with shown_progress(progress, len(sizes)) as report:
        for number, (one, n) in enumerate(sizes, 1):
            rows += run_experiment(one, n, seed)
            if report is not None:
                report(number)
    ledger = Ledger(tuple(rows), seed)
    if folder is not None:
        ledger.save(folder)
    return ledger


def claims(
    replicates: int | None = None,
    seed: int = 1,
    *,
    values: Mapping[str, Any] | None = None,
    to: str | Path | None = None,
    progress: ShowProgress = None,
    notice: Notice = None,
) -> Ledger:
    """Test the article's argument claim by claim: C1 to C13 and Q14.

    Supported: the whole 95 % interval is on the claimed side of what the claim's file says
    counts. Not supported: none of it is. Undecided: neither.

    Parameters and errors are those of `experiment`.
    """
    options = {"values": values, "to": to, "progress": progress, "notice": notice}
    return experiment(ledger_names(), replicates, seed, **options)  # type: ignore[arg-type]


def boundary(
    name: Asked | Iterable[Asked],
    address: str | None = None,
    between: tuple[float, float] | None = None,
    replicates: int | None = None,
    seed: int = 1,
    *,
    values: Mapping[str, Any] | None = None,
    to: str | Path | None = None,
    notice: Notice = None,
) -> Boundaries:
    """Find where the verdict of an experiment turns along a parameter.

    Of every condition on which a verdict rests; the verdict turns where the first of them does.

    Parameters
    ----------
    name, replicates, seed, values, notice
        As of `experiment`.
    address
        ``ADDRESS`` for every arm, after the arm's own changes, or ``ARM:ADDRESS`` for one; by
        default what the file says.
    between
        From where to where; what the file says, or the parameter's plausible range.
    to
        A folder for a figure of each, and its data.

    Raises
    ------
    InputError
        For an experiment that cannot be read, an address or an arm that does not exist, or
        none to be had; for numbers out of range, or a folder that cannot be written to.
    """
    experiments = _read(name, values, notice)
    span = None if between is None else _span(between)
    if address is not None and not isinstance(address, str):
        raise InputError(f"address must be text, such as iran.review, not {described(address)}")
    folder = _own_folder(to)
    found = []
    for one in experiments:
        n = _size(one, replicates)
        place = address or (one.boundary.address if one.boundary else "")
        found += [
            Boundary(claim, place, condition, turn, n)
            for condition, claim, turn in turns_of(one, address or None, span, n, seed)
        ]
    boundaries = Boundaries(tuple(found), seed)
    if folder is not None:
        boundaries.save(folder)
    return boundaries


def _read(
    name: Asked | Iterable[Asked], values: Mapping[str, Any] | None, notice: Notice
) -> list[Experiment]:
    """Return experiments, each once, with values set in every arm; say what to know of them."""
    alone = isinstance(name, str | Path | Experiment)
    names: list[Any] = [name] if alone or not isinstance(name, Iterable) else list(name)
    for one in names:
        if not isinstance(one, str | Path | Experiment):
            raise InputError(
                "an experiment is a built-in name, a claim such as C5, the path of a file, or an "
                f"Experiment, not {described(one)}"
            )
    once = {id(one) if isinstance(one, Experiment) else one: one for one in names}
    found = [_experiment(one, values) for one in once.values()]
    if not found:
        raise InputError("name an experiment at least, such as C5")
    for one in found:
        for text in one.notices if notice else ():
            assert notice is not None
            notice(f"{one.name}: {text}")
    return found


def _experiment(given: Asked, values: Mapping[str, Any] | None) -> Experiment:
    """Return an experiment with values set in every arm."""
    if not isinstance(given, Experiment):
        return load_experiment(given, values)
    if values:
        raise InputError(
            f"{given.name}: values are set while an experiment is read: give its name or path"
        )
    return given


def _span(between: Any) -> tuple[float, float]:
    """Return from where to where as two numbers."""
    try:
        low, high = (float(end) for end in (() if isinstance(between, str) else between))
    except (TypeError, ValueError):
        raise InputError(f"between must be two numbers, not {described(between)}") from None
    return low, high


def check_apart(folder: Path) -> None:
    """Check that a folder holds no run or sweep, among whose files others would lie.

    Raises
    ------
    InputError
        If it does.
    """
    if (folder / MANIFEST).exists():
        raise InputError(f"{folder}: holds the results of a run or a sweep: name another folder")


def _own_folder(to: str | Path | None) -> Path | None:
    """Return the folder that is written to, if there is one, made now."""
    if to is None:
        return None
    check_apart(at_home(to))
    return made_folder(to)


def _size(one: Experiment, replicates: int | None) -> int:
    """Return how many replicates every arm of an experiment has."""
    if replicates is None:
        return one.replicates
    return whole("replicates", replicates, 2, MOST_REPLICATES + 1)

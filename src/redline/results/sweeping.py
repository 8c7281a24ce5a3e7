"""A sweep, as it is asked for from Python: what is swept, by which design, and where to."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.case import DRAWN, Points, Scenario, load_scenario, read_point_table, redesigned, vary
from redline.results.storage.exchange import is_folder
from redline.results.storage.place import MOVED
from redline.results.storage.running import Progress, sweep_into
from redline.results.storage.stored_sweep import StoredSweep
from redline.support import InputError, at_home, built_in, counted, placing, plain

if TYPE_CHECKING:
    import pandas as pd

Over = Mapping[str, Any]
"""What is swept, by address; see `sweep`."""


NEW = {"to", "over", "design"}
"""Arguments that `sweep` did not have in 0.1."""


def _or_as_before(function: Callable[..., StoredSweep]) -> Callable[..., StoredSweep]:
    """Return a function that also takes what `sweep` took in 0.1: the folder first."""

    @wraps(function)
    def either(*given: Any, **options: Any) -> StoredSweep:
        if not _as_before(given, options):
            return function(*given, **options)
        warnings.warn(
            "sweep(FOLDER, SCENARIO, …) is now sweep(SCENARIO, …, to=FOLDER); the old form goes "
            "in 0.3",
            DeprecationWarning,
            stacklevel=2,
        )
        return sweep_into(*given, **options)

    return either


def _as_before(given: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Return whether a call of `sweep` has the form of 0.1."""
    if "folder" in options:
        return True
    first = given[0] if given else None
    if not isinstance(first, str | Path) or NEW & set(options):
        return False
    if len(given) > 2 or isinstance(options.get("points"), Points):
        return True
    if len(given) == 2:
        return isinstance(given[1], str | Path | Scenario)
    return "scenario" in options or (first not in built_in() and is_folder(at_home(first)))


@_or_as_before
def sweep(
    scenario: str | Path | Scenario | None = None,
    over: "Over | Points | Sequence[Mapping[str, Any]] | pd.DataFrame | str | Path | None" = None,
    *,
    design: str | None = None,
    points: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    to: str | Path | None = None,
    force: bool = False,
    weekly: str | None = None,
    engine: str = "batch",
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    fail_fast: bool = False,
    progress: bool | Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> StoredSweep:
    """Simulate a scenario at every point of a sweep, into a folder: ``redline sweep``.

    The same replicates are run at every point, under the same chance. Given again, the call goes
    on with what is stored, and returns at once where nothing is missing.

    Parameters
    ----------
    scenario
        A built-in name, the path of a scenario file, or a `Scenario`. None goes on with the sweep
        that the folder `to` holds.
    over
        What is swept; the sweep that the file declares, by default. By address: the values, such
        as ``{"iran.review": [0.1, 0.3]}`` or an array; a range, ``{"from": 0, "to": 1, "steps":
        11}``; or, of a design that draws its points, the two ends, ``(0.05, 1)``. Or the points
        themselves: a data frame, a list of ``{address: value}``, the path of a CSV file, or the
        points of another sweep.
    design, points
        ``grid`` by default (every combination); ``lhs``, ``sobol``, ``saltelli`` or ``morris``
        with the number of `points`.
    replicates, seed
        Replicates at each point, 200 by default; and the random seed, 1 by default.
    to
        The folder; ``results/SCENARIO-sweep`` by default, where an earlier sweep that differs is
        kept as ``results/SCENARIO-sweep~1``. A sweep that differs is not replaced in a folder
        that is named, unless by `force`.
    weekly
        The weekly counts to keep: ``ladders``, ``all`` or ``none``.
    engine, executor, workers, address
        ``batch``, ``mesa`` or ``gpu``; ``threads``, ``processes``, ``dask`` or ``mpi``; how many,
        and where a dask scheduler is. The results are the same.
    fail_fast
        End with the first part that fails twice; else the rest goes on.
    progress
        Whether a bar is shown; by default in a terminal or a notebook. Or a function.
    notice
        Called with what its user should know, in a sentence. Without it, a warning says where an
        earlier sweep was moved.

    Raises
    ------
    InputError
        For what cannot be swept, a folder that holds something else or is in use, numbers out of
        range, or more than memory or disk hold; nothing has been written then.
    ChunkError
        By `fail_fast`.

    Examples
    --------
    >>> import tempfile
    >>> over = {"united_states.commitment": [0, 0.5, 1]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = sweep("standoff_2019_2021", over, replicates=2, to=folder)
    ...     len(done.points), done.complete
    (3, True)
    """
    resume = scenario is None
    if resume and (to is None or over is not None or design or points):
        raise InputError(
            "say which scenario to sweep; without one, to= must name a sweep to continue"
        )
    chosen = None
    if scenario is not None:
        given = None if isinstance(over, Points) else over
        chosen = designed(load_scenario(scenario), given, design, points)
    folder = at_home(to) if to is not None else Path("results") / f"{chosen and chosen.name}-sweep"
    how: dict[str, Any] = {"weekly": weekly, "engine": engine, "executor": executor}
    how |= {"workers": workers, "address": address, "fail_fast": fail_fast}
    how["notice"] = notice or _warn_of_moves
    how |= {"resume": resume, "force": force, "beside": to is None}
    how["points"] = over if isinstance(over, Points) else None
    with placing(folder, within=True):
        done = sweep_into(folder, chosen, replicates, seed, progress=progress, **how)
    if not done.complete:
        told = f"{counted(len(done.failed), 'part')} failed twice: sweep again to try again"
        warnings.warn(f"{folder}: {told}", stacklevel=3)
    return done


def _warn_of_moves(text: str) -> None:
    if text.startswith(MOVED):
        warnings.warn(text, stacklevel=5)


def designed(
    scenario: Scenario,
    over: Any = None,
    design: str | None = None,
    points: int | None = None,
    notice: Callable[[str], None] | None = None,
) -> Scenario:
    """Return a scenario with the sweep that is asked for, in place of its own; see `sweep`.

    `notice` is called where a design that draws its points makes intervals of values.
    """
    if over is None and design is None and points is None:
        return scenario
    if over is not None and not isinstance(over, Mapping):
        return vary(scenario, sweep=redesigned({}, design, points, _rows(over)))
    asked = {address: _values(values) for address, values in (over or {}).items()}
    if notice and design in DRAWN:
        _say_intervals(design, over or {}, notice)
    table = asked or dict(scenario.document.get("sweep") or {})
    return vary(scenario, sweep=redesigned(table, design, points))


def _say_intervals(design: str, over: Over, notice: Callable[[str], None]) -> None:
    """Say of which values a design that draws its points makes intervals."""
    for address, values in over.items():
        if isinstance(values, list) or "steps" in values:
            ends = "its least and its largest value" if isinstance(values, list) else "its ends"
            notice(f"{address}: the {design} design samples anywhere between {ends}")


def _values(wanted: Any) -> Any:
    """Return values of an address as a sweep table has them: a list, or a range."""
    return dict(wanted) if isinstance(wanted, Mapping) else plain(wanted)


def _rows(over: Any) -> list[dict[str, Any]]:
    """Return the points that are given one by one."""
    if isinstance(over, str | Path):
        rows = read_point_table(at_home(over), str(over))
    elif hasattr(over, "to_dict"):
        rows = over.to_dict("records")
    else:
        rows = [dict(row) for row in over]
    if not rows:
        raise InputError("no points" if not isinstance(over, str | Path) else f"{over}: no points")
    return rows

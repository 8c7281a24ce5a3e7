"""A sensitivity analysis in one go: a sweep over plausible space, stored, and what it says."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from redline.case import Scenario, load_scenario, parameter_at
from redline.evidence import default_folder, heard
from redline.exploration.analysis import SensitivityAnalysis
from redline.exploration.influence import MEASURES, METHODS, analyse, explored
from redline.results import Progress, StoredSweep, find_measure, sweep_into, usual_executor
from redline.support import InputError, at_home, names, nearest

POINTS = {"sobol": 256, "morris": 32}
"""Base points, or trajectories, of each method by default."""
REPLICATES = 50
"""At each point, by default."""


def sensitivity(
    scenario: str | Path | Scenario | None = None,
    measures: str | Sequence[str] = MEASURES,
    *,
    method: str = "sobol",
    points: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    only: str | Sequence[str] = (),
    fixed: str | Sequence[str] = (),
    to: str | Path | None = None,
    force: bool = False,
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    command: Sequence[str] = (),
    progress: bool | Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = warnings.warn,
) -> SensitivityAnalysis:
    """Find which parameters drive measures, over the plausible ranges of all of them.

    A sweep over drawn points is stored like any other; an interrupted one goes on when the same
    is asked again, or by ``sensitivity(to=FOLDER)``, which takes everything from the folder. A
    finished one is analysed again in a moment.

    Parameters
    ----------
    scenario
        What is swept; none, to go on with a folder.
    measures
        What to explain, one or several; see `redline.results.find_measure`.
    method
        ``sobol``, shares of variance; or ``morris``, elementary effects, which are cheaper
        (takes SALib).
    points
        Base points (a power of two), or trajectories: 256, or 32 of Morris's method.
    replicates, seed
        Replicates per point, 50 by default; and the random seed, 1 by default.
    only, fixed
        Beginnings of the addresses to move; addresses that stay as they are: one or several.
    to
        Folder for the results, never in place of other ones; by default
        ``results/SCENARIO-METHOD``, where an earlier one that differs is kept beside.
    force
        Start over in a folder that holds an analysis of the scenario.
    executor, workers, address
        Where points are simulated; see `redline.sweep`. By default in processes, and in threads
        where a script would be run again by each process.
    command
        The command that made it, for the record.
    progress, notice
        Called after each part; and with what its user should know, a warning by default.

    Raises
    ------
    InputError
        For a method, a measure, an address or points that there are not, a folder that holds
        something else, or points that failed.
    """
    notice = heard(notice)
    measures, only, fixed = (tuple(names(given)) for given in (measures, only, fixed))
    if not measures:
        raise InputError("name a measure at least, such as confrontation")
    for name in measures:
        find_measure(name)
    if scenario is None:
        own = (points, replicates, seed, only, fixed, force)
        if to is None or any(own):
            raise InputError(
                "give a scenario, or to=FOLDER alone to continue what is there: it has "
                "points, replicates, seed and addresses of its own"
            )
        folder, swept = at_home(to), None
    else:
        swept = _swept(load_scenario(scenario), method, points, only, fixed, notice)
        folder = at_home(to or default_folder(swept, method))
        replicates = REPLICATES if replicates is None else replicates
    done = sweep_into(
        folder,
        swept,
        replicates,
        seed,
        weekly=None if swept is None else "none",
        executor=executor or usual_executor(),
        workers=workers,
        address=address,
        resume=swept is None,
        force=force,
        beside=to is None,
        command=command,
        progress=progress,
        notice=notice,
    )
    return analysed(done, measures, folder)


def analysed(done: StoredSweep, measures: Sequence[str], folder: Path) -> SensitivityAnalysis:
    """Return the analysis of a sweep that is done.

    Raises
    ------
    InputError
        If some of its points failed.
    """
    if not done.complete:
        again = f"redline.sensitivity(to={str(folder)!r})"
        raise InputError(f"{folder}: some points failed: to retry them: {again}")
    return SensitivityAnalysis(done, tuple(analyse(done, measures)), folder)


def _swept(
    scenario: Scenario,
    method: str,
    points: int | None,
    only: Sequence[str],
    fixed: Sequence[str],
    notice: Callable[[str], None],
) -> Scenario:
    """Return what is swept for the analysis of a scenario."""
    if method not in METHODS:
        raise InputError(f"no method {method} among {', '.join(METHODS)}{nearest(method, METHODS)}")
    for address in fixed:
        parameter_at(scenario.document, address)
    points = POINTS[method] if points is None else points
    found = explored(scenario, METHODS[method], points, only, fixed)
    if scenario.sweep:
        notice("the scenario's own sweep is ignored")
    return found

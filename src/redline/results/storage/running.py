"""Replicates into a folder: a run of one scenario, or a sweep over its parameters.

Both are the parts of a plan, made and stored (`redline.results.storage.resumable`). Those of a
run are made in this process, one after another, in a new folder that takes the place of an
earlier one as a whole; those of a sweep by any executor, in any order, in a folder that can be
taken up again, and that ends with the bytes of a sweep that nothing interrupted.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from redline.case import Points, Scenario
from redline.engine import trace_size
from redline.results.engines import check_engine, open_engine
from redline.results.storage.estimate import check_run, check_sweep
from redline.results.storage.exchange import replaced
from redline.results.storage.executors import Failure, check_executor
from redline.results.storage.parts import BITWISE, Chunk, Made, Part, make_part, maker
from redline.results.storage.place import (
    RunPlace,
    check_same,
    check_sweep_place,
    moved_beside,
    settle_plan,
    stored_parts,
)
from redline.results.storage.plan import SweepPlan, plan_run, run_manifest
from redline.results.storage.resumable import ResumableFolder, Workers, worked_off
from redline.results.storage.store import (
    MANIFEST,
    POINTS,
    WEEKLY,
    file_hash,
    part_hashes,
    part_name,
    read_manifest,
    results_hash,
    write_bytes,
    write_manifest,
    write_table,
    write_weekly,
)
from redline.results.storage.stored import StoredRun
from redline.results.storage.stored_sweep import StoredSweep
from redline.results.storage.tables import parquet_bytes, points_table, trace_table
from redline.results.tallies import check_range, warm_up
from redline.support import InputError, RedlineError, at_home, shown_progress, versions


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _merge_weekly(folder: Path, plan: SweepPlan) -> None:
    """Sum the weekly counts of all parts, point by point, into one file."""
    together = groupby(plan.parts(), key=lambda part: part.first_point)
    write_weekly(folder, ([part.name for part in parts] for _, parts in together))


# A run


def run_into(
    folder: Path,
    scenario: Scenario,
    replicates: int,
    seed: int = 1,
    *,
    engine: str = "batch",
    workers: int | None = None,
    traces: bool = False,
    command: Sequence[str] = (),
    force: bool = False,
    beside: bool = False,
    progress: Callable[[int], None] | None = None,
    notice: Callable[[str], None] | None = None,
    holding: ExitStack | None = None,
) -> StoredRun:
    """Simulate replicates of a scenario into a folder, in place of the same run of it.

    The results appear complete or not at all. What else a user keeps in the folder is kept.
    Memory grows by no more than a column at a time: replicates are stored in parts.

    Parameters
    ----------
    force
        Replace an earlier run of the scenario though it differs.
    beside
        Keep an earlier run of the scenario that differs beside the folder, as ``FOLDER~1``.
    notice
        Called with what its user should know: what was replaced, or is kept where, and what
        the run takes in time, memory and disk, where that is much.
    command
        What to write into the manifest as the command that made the folder.
    holding
        Until it is closed nobody moves the run away, to put another in its place.

    Raises
    ------
    OtherResultsError
        If the folder holds a run of the scenario that differs, without `force` or `beside`.
    InputError
        If the folder holds something else, for numbers out of range, or for more replicates
        than memory or disk hold; nothing has been written then.
    """
    seed, _, replicates = check_range(seed, 0, replicates)
    folder = Path(os.path.realpath(at_home(folder)))
    plan = plan_run(scenario, replicates, seed)
    wanted = run_manifest(plan, traces)
    place = RunPlace(folder, wanted, force, beside)
    place.check()
    how: Any = {"engine": engine, "workers": workers, "traces": traces, "notice": notice}
    check_run(folder, scenario, replicates, seed, **how)
    warm_up()
    started = _now()
    with ExitStack() as stack:
        exchange = (holding or stack).enter_context(replaced(folder))
        make = partial(make_part, workers=workers, progress=progress)
        seconds = _make_run(exchange.fresh, plan, engine, make, traces)
        hashes = part_hashes(exchange.fresh)
        made = {
            **wanted,
            "engine": engine,
            "command": list(command),
            "started": started,
            "finished": _now(),
            "seconds": seconds,
            "parts": hashes,
            "results_hash": results_hash(hashes),
        }
        write_manifest(exchange.fresh, made)
        exchange.done(place.check)
        for text in place.told(exchange.kept) if notice else ():
            notice(text)  # type: ignore[misc]
        return StoredRun(folder)


def _make_run(
    folder: Path, plan: SweepPlan, engine: str, make: Callable[[Chunk], Made], traces: bool
) -> float:
    """Make a run into a new folder, all but the manifest; return the seconds of its parts."""
    seconds = 0.0
    for part in plan.parts():
        made = make(plan.chunk(part, engine))
        seconds += made.seconds
        for name, data in made.files.items():
            write_bytes(data, folder / name)
    if traces:
        _write_traces(folder / "traces", plan, engine)
    _merge_weekly(folder, plan)
    return seconds


def _write_traces(folder: Path, plan: SweepPlan, engine: str) -> None:
    """Write the traces of all replicates, a part per block."""
    runner = open_engine(plan.scenario, plan.seed, engine)
    size = trace_size(plan.scenario)
    for number, first in enumerate(range(0, plan.replicates, size)):
        trace = runner.run(first, min(size, plan.replicates - first), moves=True)
        write_table(trace_table(trace), folder / part_name(number))


# A sweep


class ChunkError(RedlineError):
    """A part failed twice, and the sweep was to end with the first that does."""


class Progress(NamedTuple):
    """How far a sweep is.

    `replicates` are those stored by now, of `total`; `made` those of this session; `values`
    are what the point that was stored last sets.
    """

    replicates: int
    total: int
    made: int
    values: dict[str, int | float]


def sweep_into(
    folder: Path | str,
    scenario: str | Path | Scenario | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    *,
    weekly: str | None = None,
    points: Points | None = None,
    engine: str = "batch",
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    resume: bool = False,
    force: bool = False,
    beside: bool = False,
    fail_fast: bool = False,
    command: Sequence[str] = (),
    progress: bool | Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> StoredSweep:
    """Simulate the sweep that a scenario declares into a folder; see `redline.sweep`.

    Results are equal to the last byte whatever the engine, the executor, the number of
    workers and of interruptions.

    Parameters
    ----------
    folder
        Where to: nothing, an empty folder, or one that holds the same sweep, which goes on (or
        is returned, where it is finished). A sweep that differs takes `force`.
    scenario, replicates, seed, weekly, points
        See `plan_sweep` (200 replicates, seed 1, ``ladders``). To resume, none is needed;
        those that are given must be those of the folder.
    engine
        ``batch``, ``mesa`` or ``gpu``.
    executor
        ``threads``, ``processes``, ``dask`` or ``mpi``; threads by default, and processes for
        the Mesa engine, which holds Python's lock.
    workers
        As many as processors by default; of dask with an `address`, what the cluster has.
    address
        Of a dask scheduler, such as ``tcp://10.0.0.1:8786``.
    resume
        Go on with what the folder holds, whatever it is: do what is missing or damaged.
    force
        Start over in a folder that holds a sweep of the same scenario.
    beside
        Keep a sweep of the same scenario that differs beside the folder, as ``FOLDER~1``.
    fail_fast
        Stop at the first part that fails twice. Without it the rest goes on, and the
        manifest says what failed.
    progress, notice
        Called after each part; and with what its user should know.

    Raises
    ------
    InputError
        For a folder that holds something else or is in use, a plan that differs from the
        folder's, numbers out of range, or more than memory or disk hold; nothing has been
        written then.
    ChunkError
        By `fail_fast`.
    """
    folder = Path(os.path.realpath(at_home(folder)))
    executor = executor or ("processes" if engine == "mesa" else "threads")
    check_executor(executor, address)
    check_engine(engine)
    tell = notice or (lambda text: None)
    options: dict[str, Any] = {"weekly": weekly, "points": points, "resume": resume}
    options |= {"force": force, "beside": beside}
    plan, again = settle_plan(folder, scenario, replicates, seed, **options)
    for text in plan.notices:
        tell(text)
    if again and not resume:
        tell(f"{folder.name} already holds this sweep: what is stored is kept")
    stored = len(stored_parts(folder)) if again else 0
    here = executor != "mpi" and address is None
    check_sweep(plan, folder, engine, workers, stored, here, notice)
    if beside and not (again or force) and (folder / MANIFEST).is_file():
        tell(moved_beside(folder))
    doing = _Sweeping(folder, plan, engine, Workers(executor, workers, address))
    with doing.store.locked():
        if again:
            doing.take_up(tell)
        else:
            check_sweep_place(folder, plan.scenario, force)
            doing.start(command)
        with shown_progress(progress) as report:
            doing.run(fail_fast, report if report is progress else _moving(report))
    return StoredSweep(folder)


def _moving(bar: Callable[[int, int], None] | None) -> Callable[[Progress], None] | None:
    """Return what moves a bar, if there is one."""
    return None if bar is None else lambda now: bar(now.replicates, now.total)


class _Sweeping:
    """A sweep being done: its plan, its folder, and who makes its parts."""

    def __init__(self, folder: Path, plan: SweepPlan, engine: str, workers: Workers) -> None:
        self.store = ResumableFolder(folder)
        self.folder = folder
        self.plan = plan
        self.engine = engine
        self.workers = workers
        self.manifest: dict[str, Any] = {}

    def start(self, command: Sequence[str]) -> None:
        """Begin a new sweep: the manifest first, so that it can be taken up from here on."""
        self.manifest = {
            **self.plan.manifest(),
            "engine": self.engine,
            "command": list(command),
            "started": _now(),
            "finished": None,
            "seconds": 0.0,
            "decisions": None,
            "failed": [],
            "parts": {},
            "results_hash": None,
        }
        self.store.start(self.manifest)
        self.store.drop(POINTS, WEEKLY)
        self.store.clean(())

    def take_up(self, tell: Callable[[str], None]) -> None:
        """Go on with what the folder holds, if it is the same sweep."""
        self.manifest = read_manifest(self.folder)
        check_same(self.folder, self.plan.manifest())
        self.store.take_up(self.manifest)
        parts = (name for part in self.plan.parts() for name in self.plan.files(part))
        self.store.clean([POINTS, WEEKLY, *parts])
        began, now = self.manifest["versions"], versions()
        changed = [
            f"{name} {began.get(name)} (now {now[name]})"
            for name in BITWISE
            if began.get(name) != now[name]
        ]
        if changed:
            tell(f"started with {', '.join(changed)}: bytes may differ from an uninterrupted run")

    def run(self, fail_fast: bool, progress: Callable[[Progress], None] | None) -> None:
        """Make what is missing, store it, and finish."""
        missing = [p for p in self.plan.parts() if not self.store.has(self.plan.files(p))]
        if self._finished() and not missing:
            return
        began = time.perf_counter()
        if self.manifest["results_hash"] is not None:  # before anything of it is made anew
            self.manifest |= {"results_hash": None, "finished": None, "decisions": None}
            self.store.drop(WEEKLY)
            self.store.close(self.manifest)
        if not self.store.has([POINTS]):
            self.store.add({POINTS: parquet_bytes(points_table(self.plan.points))})
        if missing:
            warm_up()
        failed = self._make(missing, fail_fast, progress)
        self.manifest["failed"] = sorted(failed, key=lambda entry: int(entry["part"]))
        self.manifest["seconds"] += time.perf_counter() - began
        if not failed:
            self._finish()
        self.store.close(self.manifest)
        if failed and fail_fast:
            raise ChunkError(f"{failed[0]['holds']}: failed twice ({failed[0]['error']})")

    def _make(
        self, parts: list[Part], fail_fast: bool, progress: Callable[[Progress], None] | None
    ) -> list[dict[str, Any]]:
        """Make parts, by whoever makes them; return which of them failed."""
        failed: list[dict[str, Any]] = []
        ready = self.plan.total - sum(part.points * part.replicates for part in parts)
        made = 0
        chunks = (self.plan.chunk(part, self.engine) for part in parts)
        with closing(worked_off(chunks, make_part, self.workers)) as done:
            for chunk, result in done:
                part = chunk.part
                if isinstance(result, Failure):
                    error = f"{type(result.error).__name__}: {result.error}"
                    failed.append({"part": part.number, "holds": str(part), "error": error})
                    if fail_fast:
                        break
                    continue
                _check_maker(result)
                self.store.add(result.files)
                made += part.points * part.replicates
                if progress:
                    progress(Progress(ready + made, self.plan.total, made, chunk.values[-1]))
        return failed

    def _finished(self) -> bool:
        """Return whether what follows from the parts is stored, and the manifest closed."""
        merged = [POINTS, WEEKLY] if self.plan.quantities else [POINTS]
        return self.manifest["results_hash"] is not None and self.store.has(merged)

    def _finish(self) -> None:
        """Merge the weekly counts, and say that the sweep is complete."""
        if self.plan.quantities:
            _merge_weekly(self.folder, self.plan)
            self.store.stored[WEEKLY] = file_hash(self.folder / WEEKLY)
        self.manifest["decisions"] = self._decisions()
        self.manifest["results_hash"] = results_hash(self.store.stored)
        self.manifest["finished"] = _now()

    def _decisions(self) -> int:
        """Return the decisions of all replicates: every actor's, in every week simulated."""
        militias = self.plan.scenario.document["militias"]
        cells = self.plan.points.columns.get("militias.cells", militias["cells"])
        each = np.broadcast_to(cells, len(self.plan.points)).astype(np.int64)
        actors = len(militias["faction"]) * each + 2
        batches = StoredSweep(self.folder).batches(["point", "weeks_lived"])
        return sum(int((actors[one["point"]] * one["weeks_lived"]).sum()) for one in batches)


def _check_maker(made: Made) -> None:
    """Check that a worker runs the same software, else its bytes cannot be trusted to agree."""
    if made.maker != maker():
        theirs = ", ".join(f"{k} {v}" for k, v in made.maker.items() if maker().get(k) != v)
        raise InputError(f"a worker has other versions than this machine ({theirs})")

"""Replicates into a folder: a run of one scenario, or a sweep over its parameters.

A sweep is cut into parts (`redline.parts`), which any executor makes in any order; each is
stored once it is made. What a sweep leaves behind, however it ends, can be taken up again,
and ends with the bytes of a sweep that nothing interrupted.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from redline.design import Points
from redline.engine import block_size
from redline.errors import InputError, RedlineError, nearest
from redline.estimate import check_run, check_sweep
from redline.executors import Failure, check_executor, dispatch, open_pool
from redline.machine import processors
from redline.outcomes import Tally
from redline.parts import (
    BITWISE,
    MOST_PART_REPLICATES,
    Made,
    Part,
    make_part,
    maker,
    part_files,
    plan_parts,
)
from redline.plan import (
    SweepPlan,
    described,
    differences,
    plan_sweep,
    stored_plan,
    sweep_manifest,
)
from redline.results import StoredRun, StoredSweep
from redline.scenario import Scenario
from redline.simulation import (
    ENGINES,
    check_range,
    gathered,
    open_engine,
    tallies,
    warm_up,
)
from redline.store import (
    FORMAT,
    MANIFEST,
    POINTS,
    WEEKLY,
    SweepFolder,
    check_destination,
    check_sweep_destination,
    file_hash,
    part_hashes,
    read_journal,
    read_manifest,
    replaced,
    results_hash,
    write_bytes,
    write_manifest,
    write_table,
    write_weekly,
)
from redline.tables import (
    WEEKLY_QUANTITIES,
    numbers,
    parquet_bytes,
    points_table,
    trace_table,
    weekly_rows,
)
from redline.version import versions


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


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
    progress: Callable[[int], None] | None = None,
    notice: Callable[[str], None] | None = None,
    draw: Callable[[StoredRun, Path], None] | None = None,
) -> StoredRun:
    """Simulate replicates of a scenario into a folder, in place of an earlier run of it.

    The results appear complete or not at all; a figure is drawn once they are in place.
    Memory grows by no more than a column at a time: replicates are stored in parts.

    Parameters
    ----------
    notice
        Called with what the run takes in time, memory and disk, where that is much.
    draw
        Called with the finished run and its folder, to add figures.
    command
        What to write into the manifest as the command that made the folder.

    Raises
    ------
    InputError
        If the folder holds something else, for numbers out of range, or for more replicates
        than memory or disk hold; nothing has been written then.
    """
    check_range(seed, 0, replicates)
    folder = Path(os.path.realpath(folder))
    check_destination(folder, scenario, force)
    check_run(
        folder,
        scenario,
        replicates,
        seed,
        engine=engine,
        workers=workers,
        traces=traces,
        notice=notice,
    )
    warm_up()
    started = _now()
    seconds = 0.0
    parts = list(plan_parts(1, replicates, MOST_PART_REPLICATES))
    with replaced(folder, lambda: check_destination(folder, scenario, force)) as fresh:
        for part in parts:
            began = time.perf_counter()
            blocks = tallies(
                scenario, part.replicates, seed, engine=engine, workers=workers, first=part.first
            )
            made = gathered(blocks, progress)
            seconds += time.perf_counter() - began
            _store_run_part(fresh, part, made)
        if traces:
            _write_traces(fresh / "traces", scenario, replicates, seed, engine)
        write_weekly(fresh, [[part.name for part in parts]])
        hashes = part_hashes(fresh)
        write_manifest(
            fresh,
            {
                "format": FORMAT,
                "kind": "run",
                **described(scenario, seed, replicates),
                "engine": engine,
                "command": list(command),
                "started": started,
                "finished": _now(),
                "seconds": seconds,
                "parts": hashes,
                "results_hash": results_hash(hashes),
            },
        )
    run = StoredRun(folder)
    if draw:
        draw(run, folder)
    return run


def _store_run_part(folder: Path, part: Part, made: Tally) -> None:
    """Write the outcomes and weekly counts of a range of replicates."""
    files = part_files(part, made.measures, weekly_rows(made.counts), WEEKLY_QUANTITIES)
    for name, data in files.items():
        write_bytes(data, folder / name)


def _write_traces(
    folder: Path, scenario: Scenario, replicates: int, seed: int, engine: str
) -> None:
    """Write the traces of all replicates, a part per block."""
    runner = open_engine(scenario, seed, engine)
    size = block_size(scenario)
    for number, first in enumerate(range(0, replicates, size)):
        trace = runner.run(first, min(size, replicates - first), moves=True)
        write_table(trace_table(trace), folder / f"part-{number:05d}.parquet")


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


def sweep(
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
    fail_fast: bool = False,
    command: Sequence[str] = (),
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> StoredSweep:
    """Simulate the sweep that a scenario declares into a folder.

    Results are equal to the last byte whatever the engine, the executor, the number of
    workers and of interruptions.

    Parameters
    ----------
    folder
        Where to; nothing, or an empty folder, unless `resume` or `force`.
    scenario, replicates, seed, weekly, points
        See `plan_sweep` (200 replicates, seed 1, ``ladders``). To resume, none is needed;
        those that are given must be those of the folder.
    engine
        ``batch`` or ``mesa``.
    executor
        ``threads``, ``processes``, ``dask`` or ``mpi``; threads by default, and processes for
        the Mesa engine, which holds Python's lock.
    workers
        As many as processors by default; of dask with an `address`, what the cluster has.
    address
        Of a dask scheduler, such as ``tcp://10.0.0.1:8786``.
    resume
        Go on with what the folder holds: do what is missing or damaged.
    force
        Start over in a folder that holds a sweep of the same scenario.
    fail_fast
        End with the first part that fails twice. Without it the rest goes on, and the
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

    Examples
    --------
    >>> import tempfile, redline
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = redline.sweep(folder, "fear_of_war", replicates=2)
    ...     len(done.points), done.complete
    (81, True)
    """
    folder = Path(os.path.realpath(folder))
    executor = executor or ("processes" if engine == "mesa" else "threads")
    check_executor(executor, address)
    if engine not in ENGINES:
        raise InputError(f"no engine {engine}{nearest(engine, ENGINES)}")
    plan, again = settle_plan(
        folder, scenario, replicates, seed, weekly=weekly, points=points, resume=resume, force=force
    )
    for text in plan.notices if notice else ():
        notice(text)  # type: ignore[misc]
    stored = len(stored_parts(folder)) if again else 0
    here = executor != "mpi" and address is None
    check_sweep(plan, folder, engine, workers, stored, here, notice)
    doing = _Sweeping(folder, plan, engine, executor, workers, address)
    with doing.store.locked():
        if again:
            doing.take_up(notice)
        else:
            check_sweep_destination(folder, plan.scenario, force)
            doing.start(command)
        doing.run(fail_fast, progress)
    return StoredSweep(folder)


def settle_plan(
    folder: Path,
    scenario: str | Path | Scenario | None,
    replicates: int | None = None,
    seed: int | None = None,
    *,
    weekly: str | None = None,
    points: Points | None = None,
    resume: bool = False,
    force: bool = False,
) -> tuple[SweepPlan, bool]:
    """Return the plan of a sweep into a folder, and whether it goes on with what is there.

    Raises
    ------
    InputError
        See `sweep`; nothing has been written then.
    """
    asked: dict[str, Any] = {"replicates": replicates, "seed": seed, "weekly": weekly}
    asked = {key: value for key, value in asked.items() if value is not None}
    if not (resume and (folder / MANIFEST).is_file()):
        if scenario is None:
            raise InputError(f"{folder}: holds no sweep to go on with: say which scenario to sweep")
        plan = plan_sweep(scenario, points=points, **asked)
        check_sweep_destination(folder, plan.scenario, force)
        return plan, False
    held = sweep_manifest(folder)
    if scenario is None:
        plan = stored_plan(folder)
        if points is not None:
            asked |= {"points": len(points), "points_sha256": points.digest()}
    else:
        kept = {key: held[key] for key in ("replicates", "seed", "weekly")}
        plan = plan_sweep(scenario, points=points, **{**kept, **asked})
        plan = replace(plan, size=held["part_replicates"])
    _check_same(folder, {**plan.manifest(), **asked})
    return plan, True


def stored_parts(folder: Path) -> list[str]:
    """Return the names of the parts that the folder of a sweep says are stored."""
    known = {**read_manifest(folder)["parts"], **read_journal(folder)}
    return [name for name in known if name.startswith("outcomes/")]


def _check_same(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Check that a folder's sweep is the wanted one; say what differs."""
    found = differences(read_manifest(folder), wanted)
    if found:
        head = f"{folder}: holds another sweep, which cannot be taken up as this one"
        raise InputError([f"{head}:", *(f"  {line}" for line in found)])


class _Sweeping:
    """A sweep being done: its plan, its folder, and where its parts are made."""

    def __init__(
        self,
        folder: Path,
        plan: SweepPlan,
        engine: str,
        executor: str,
        workers: int | None,
        address: str | None,
    ) -> None:
        self.store = SweepFolder(folder)
        self.folder = folder
        self.plan = plan
        self.engine = engine
        stopped = Event()
        self.opened = partial(open_pool, executor, workers or processors(), address, stopped)
        self.make: Callable[[Any], Made] = (
            partial(make_part, stopped=stopped) if executor == "threads" else make_part
        )
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
        self.store.clean(())

    def take_up(self, notice: Callable[[str], None] | None) -> None:
        """Go on with what the folder holds, if it is the same sweep."""
        self.manifest = read_manifest(self.folder)
        _check_same(self.folder, self.plan.manifest())
        self.store.take_up(self.manifest)
        parts = (name for part in self.plan.parts() for name in self.plan.files(part))
        self.store.clean([POINTS, WEEKLY, *parts])
        began, now = self.manifest["versions"], versions()
        changed = [
            f"{name} {began.get(name)} (now {now[name]})"
            for name in BITWISE
            if began.get(name) != now[name]
        ]
        if changed and notice:
            notice(
                f"begun with {', '.join(changed)}: bytes may differ from an uninterrupted sweep's"
            )

    def run(self, fail_fast: bool, progress: Callable[[Progress], None] | None) -> None:
        """Make what is missing, store it, and finish."""
        if self._finished():
            return
        began = time.perf_counter()
        if self.manifest["results_hash"] is not None:
            self.manifest |= {"results_hash": None, "finished": None, "decisions": None}
            self.store.reopen(self.manifest)
        if not self.store.has([POINTS]):
            self.store.add({POINTS: parquet_bytes(points_table(self.plan.points))})
        if any(True for _ in self._missing()):
            warm_up()
        failed: list[dict[str, Any]] = []
        ready = self.plan.total - sum(p.points * p.replicates for p in self._missing())
        made = 0
        chunks = (self.plan.chunk(part, self.engine) for part in self._missing())
        with closing(dispatch(self.opened, self.make, chunks)) as done:
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
        self.manifest["failed"] = sorted(failed, key=lambda entry: int(entry["part"]))
        self.manifest["seconds"] += time.perf_counter() - began
        if not failed:
            self._finish()
        self.store.close(self.manifest)
        if failed and fail_fast:
            raise ChunkError(f"{failed[0]['holds']}: failed twice ({failed[0]['error']})")

    def _missing(self) -> Iterator[Part]:
        """Yield the parts that are not stored yet, in order."""
        return (part for part in self.plan.parts() if not self.store.has(self.plan.files(part)))

    def _finished(self) -> bool:
        """Return whether everything is stored, merged and written into the manifest."""
        merged = [POINTS, WEEKLY] if self.plan.quantities else [POINTS]
        return (
            self.manifest["results_hash"] is not None
            and self.store.has(merged)
            and not any(True for _ in self._missing())
        )

    def _finish(self) -> None:
        """Merge the weekly counts, and say that the sweep is complete."""
        if self.plan.quantities:
            together = groupby(self.plan.parts(), key=lambda part: part.first_point)
            write_weekly(self.folder, ([part.name for part in parts] for _, parts in together))
            self.store.stored[WEEKLY] = file_hash(self.folder / WEEKLY)
        self.manifest["decisions"] = self._decisions()
        self.manifest["results_hash"] = results_hash(self.store.stored)
        self.manifest["finished"] = _now()

    def _decisions(self) -> int:
        """Return the decisions of all replicates: every actor's, in every week lived."""
        militias = self.plan.scenario.document["militias"]
        cells = self.plan.points.columns.get("militias.cells")
        if cells is None:
            cells = np.full(len(self.plan.points), militias["cells"])
        actors = len(militias["faction"]) * cells.astype(np.int64) + 2
        total = 0
        stored = StoredSweep(self.folder)
        for part in self.plan.parts():
            table = stored.read(f"outcomes/{part.name}", ["point", "weeks_lived"])
            total += int((actors[numbers(table["point"])] * numbers(table["weeks_lived"])).sum())
        return total


def _check_maker(made: Made) -> None:
    """Check that a worker runs the same software, else its bytes cannot be trusted to agree."""
    if made.maker != maker():
        theirs = ", ".join(f"{k} {v}" for k, v in made.maker.items() if maker().get(k) != v)
        raise InputError(f"a worker runs other versions than this machine ({theirs})")

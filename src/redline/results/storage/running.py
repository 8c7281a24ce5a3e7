"""Replicates into a folder: a run of one scenario, or a sweep over its parameters.

A sweep is cut into parts (`redline.results.storage.parts`), which any executor makes in any
order; each is stored once it is made. What a sweep leaves behind, however it ends, can be
taken up again, and ends with the bytes of a sweep that nothing interrupted.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from redline.case import Points, Scenario
from redline.engine import block_size
from redline.results.outcomes import Tally
from redline.results.simulation import (
    ENGINES,
    check_range,
    gathered,
    open_engine,
    tallies,
    threads_for,
    warm_up,
)
from redline.results.storage.estimate import check_run, check_sweep
from redline.results.storage.exchange import beside as kept_beside
from redline.results.storage.exchange import check_destination, replaced
from redline.results.storage.executors import Failure, check_executor, dispatch, open_pool
from redline.results.storage.parts import (
    BITWISE,
    MOST_PART_REPLICATES,
    Made,
    Part,
    make_part,
    maker,
    part_files,
    plan_parts,
)
from redline.results.storage.plan import (
    SweepPlan,
    described,
    differences,
    plan_sweep,
    stored_plan,
    sweep_manifest,
)
from redline.results.storage.store import (
    FORMAT,
    MANIFEST,
    POINTS,
    WEEKLY,
    OtherResultsError,
    SweepFolder,
    check_holds,
    check_sweep_destination,
    file_hash,
    part_hashes,
    read_journal,
    read_manifest,
    results_hash,
    write_bytes,
    write_manifest,
    write_table,
    write_weekly,
)
from redline.results.storage.stored import StoredRun, StoredSweep
from redline.results.storage.tables import (
    WEEKLY_QUANTITIES,
    numbers,
    parquet_bytes,
    points_table,
    trace_table,
    weekly_rows,
)
from redline.support import InputError, RedlineError, at_home, nearest, versions
from redline.theory import MEASURES_FORMAT


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
    beside: bool = False,
    progress: Callable[[int], None] | None = None,
    notice: Callable[[str], None] | None = None,
    draw: Callable[[StoredRun, Path], None] | None = None,
    holding: ExitStack | None = None,
) -> StoredRun:
    """Simulate replicates of a scenario into a folder, in place of the same run of it.

    The results appear complete or not at all; a figure is drawn once they are in place. What
    else a user keeps in the folder is kept.
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
    draw
        Called with the finished run and its folder, to add figures.
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
    wanted = _wanted(scenario, replicates, seed, traces)
    place = _Place(folder, wanted, force, beside)
    place.check()
    how: Any = {"engine": engine, "workers": workers, "traces": traces, "notice": notice}
    check_run(folder, scenario, replicates, seed, **how)
    warm_up()
    started = _now()
    with ExitStack() as stack:
        exchange = (holding or stack).enter_context(replaced(folder))
        seconds = _fill(
            exchange.fresh, scenario, replicates, seed, engine, workers, traces, progress
        )
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
        run = StoredRun(folder)
        if draw:
            draw(run, folder)
    return run


def _wanted(scenario: Scenario, replicates: int, seed: int, traces: bool) -> dict[str, Any]:
    """Return what the manifest of a run says of what is asked for."""
    return {
        "format": FORMAT,
        "kind": "run",
        **described(scenario, seed, replicates),
        "measures": MEASURES_FORMAT,
        "traces": traces,
    }


def check_run_place(
    folder: Path,
    scenario: Scenario,
    seed: int,
    *,
    traces: bool = False,
    force: bool = False,
    beside: bool = False,
) -> None:
    """Check that a run may be put into a folder before it is known of how many replicates.

    Raises
    ------
    InputError
        As `run_into` does, but for a run there that differs in its replicates alone.
    """
    folder = Path(os.path.realpath(at_home(folder)))
    held = check_destination(folder, scenario.name)
    wanted = _wanted(scenario, held["replicates"] if held else 1, seed, traces)
    _Place(folder, wanted, force, beside).check()


MOST_TOLD = 12
"""Differences that a message names."""


class _Place:
    """The folder of a run, and what becomes of the earlier run in it.

    Attributes
    ----------
    wanted : what the manifest will say of the new run
    held : the earlier run's manifest, if there is one that differs
    """

    def __init__(self, folder: Path, wanted: dict[str, Any], force: bool, beside: bool) -> None:
        self.folder = folder
        self.wanted = wanted
        self.force = force
        self.beside = beside and not force
        self.held: dict[str, Any] | None = None
        self.differs: list[str] = []

    def check(self) -> bool:
        """Return whether an earlier run that differs is to be kept beside.

        Raises
        ------
        InputError
            If what the folder holds is not to be touched.
        """
        held = check_destination(self.folder, self.wanted["scenario"]["name"])
        found = differences(with_traces(held), self.wanted) if held else []
        self.held = held if found else None
        self.differs = found
        if found and not (self.force or self.beside):
            raise OtherResultsError(told_apart(self.folder, "run", held, found))
        return bool(found) and self.beside

    def told(self, kept: Sequence[Path]) -> Iterator[str]:
        """Yield what became of the earlier run."""
        if self.held is None:
            yield from (f"what is not of the run is kept in {near(place)}" for place in kept)
            return
        earlier = f"{self.held['replicates']:,} replicates, seed {self.held['seed']}"
        if not self.beside:
            yield f"took the place of a run of {earlier}, in {near(self.folder)}"
        more = f", and {len(self.differs) - 1:,} more" if len(self.differs) > 1 else ""
        why = f"it differs: {self.differs[0]}{more}"
        yield from (
            f"the earlier run ({earlier}) is kept in {near(place)}; {why}" for place in kept
        )


def with_traces(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a run's manifest that says whether traces were stored; those of 0.1.0 do not."""
    return {"traces": any(name.startswith("traces/") for name in manifest["parts"]), **manifest}


def told_apart(folder: Path, kind: str, held: Any, found: Sequence[str]) -> list[str]:
    """Return a message that a folder holds other results, what differs, and what to do."""
    more = [f"  … and {len(found) - MOST_TOLD:,} more"] if len(found) > MOST_TOLD else []
    return [
        f"{near(folder)}: holds another {kind} of {held['scenario'].get('name')}, which is not "
        "replaced:",
        *(f"  {line}" for line in found[:MOST_TOLD]),
        *more,
        "name another folder, or replace it with force=True",
    ]


def near(path: Path) -> str:
    """Return a path as seen from the working folder, where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _fill(
    folder: Path,
    scenario: Scenario,
    replicates: int,
    seed: int,
    engine: str,
    workers: int | None,
    traces: bool,
    progress: Callable[[int], None] | None,
) -> float:
    """Simulate into a new folder, all but the manifest; return the seconds of simulation."""
    seconds = 0.0
    parts = list(plan_parts(1, replicates, MOST_PART_REPLICATES))
    for part in parts:
        began = time.perf_counter()
        blocks = tallies(
            scenario, part.replicates, seed, engine=engine, workers=workers, first=part.first
        )
        made = gathered(blocks, progress)
        seconds += time.perf_counter() - began
        _store_run_part(folder, part, made)
    if traces:
        _write_traces(folder / "traces", scenario, replicates, seed, engine)
    write_weekly(folder, [[part.name for part in parts]])
    return seconds


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
    beside: bool = False,
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
        Where to: nothing, an empty folder, or one that holds the same sweep, which goes on (or
        is returned, where it is finished). A sweep that differs takes `force`.
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
        Go on with what the folder holds, whatever it is: do what is missing or damaged.
    force
        Start over in a folder that holds a sweep of the same scenario.
    beside
        Keep a sweep of the same scenario that differs beside the folder, as ``FOLDER~1``.
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
    folder = Path(os.path.realpath(at_home(folder)))
    executor = executor or ("processes" if engine == "mesa" else "threads")
    check_executor(executor, address)
    if engine not in ENGINES:
        raise InputError(f"no engine {engine}{nearest(engine, ENGINES)}")
    options: dict[str, Any] = {"weekly": weekly, "points": points, "resume": resume}
    options |= {"force": force, "beside": beside}
    plan, again = settle_plan(folder, scenario, replicates, seed, **options)
    held = f"{folder.name} holds this sweep already: what is there is kept"
    for text in (*plan.notices, *([held] if again and not resume else ())) if notice else ():
        notice(text)  # type: ignore[misc]
    stored = len(stored_parts(folder)) if again else 0
    here = executor != "mpi" and address is None
    check_sweep(plan, folder, engine, workers, stored, here, notice)
    if beside and not (again or force) and (folder / MANIFEST).is_file():
        earlier = _moved_beside(folder)
        if notice:
            notice(earlier)
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
    beside: bool = False,
) -> tuple[SweepPlan, bool]:
    """Return the plan of a sweep into a folder, and whether it goes on with what is there.

    It does where it is asked to, and where what is there is the same sweep.

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
        differs = [] if force else _held_apart(folder, plan)
        if differs is None:
            return replace(plan, size=sweep_manifest(folder)["part_replicates"]), True
        if differs and beside:
            check_holds(folder, "sweep", plan.scenario.name)
        else:
            check_sweep_destination(folder, plan.scenario, force, differs)
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


def _held_apart(folder: Path, plan: SweepPlan) -> list[str] | None:
    """Return what tells the sweep that a folder holds from a plan; None where it is the same."""
    if not (folder / MANIFEST).is_file() or read_manifest(folder)["kind"] != "sweep":
        return []
    return [f"  {line}" for line in differences(sweep_manifest(folder), plan.manifest())] or None


def _moved_beside(folder: Path) -> str:
    """Move a sweep that nobody is at work in beside its folder; return where to, in words."""
    with SweepFolder(folder).locked():
        place = kept_beside(folder)
    held = read_manifest(place)
    size = f"{held['points']:,} points × {held['replicates']:,} replicates, seed {held['seed']}"
    return f"the earlier sweep ({size}) is kept in {near(place)}"


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
        self.opened = partial(open_pool, executor, threads_for(workers), address, stopped)
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

"""A folder that is filled part by part, and taken up again whenever that was interrupted.

::

    manifest.json   the plan, which says what the parts are a function of; in the end, the SHA-256
                    of every file
    journal.jsonl   while it is under way: the SHA-256 of every file so far
    .lock           held by the process that fills the folder; the system lets go when it ends

A sweep, the reference table of a calibration and a map of robustness are filled so. They differ
in what a part is and in what is made of all parts together:

1. *Begin*: the plan is written before any part, or is compared with the one that is there.
2. *Take up*: what the manifest and the journal name and is there undamaged counts as stored.
3. *Work off*: any executor makes the parts that are missing, in any order; each counts once it
   is stored.
4. *Finish*: the manifest takes the place of the journal.

A part is a pure function of the plan and of its number, so what is there in the end is the
same, however often and wherever it was interrupted.
"""

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, Protocol, TypeVar

import filelock
import pyarrow as pa

from redline.results.storage.executors import Done, Failure, dispatch, open_pool
from redline.results.storage.store import (
    FORMAT,
    MANIFEST,
    PART_FILE,
    OtherResultsError,
    file_hash,
    part_name,
    read_table,
    write_bytes,
    write_manifest,
)
from redline.results.storage.tables import parquet_bytes
from redline.results.tallies import threads_for
from redline.support import (
    LARGEST_JSON,
    InputError,
    ShowProgress,
    check_file,
    entries,
    named,
    shown,
    shown_progress,
    sync,
    system_problem,
)

JOURNAL = "journal.jsonl"
LOCK = ".lock"
PARTS = "parts"
"""Where the parts of a collection lie."""
PART_FOLDERS = ("outcomes", "weekly", PARTS)
TEMPORARY = re.compile(
    r"\.(part-[0-9]+\.parquet|weekly\.parquet|points\.parquet|manifest\.json)\..+"
)
"""A temporary file that a killed process left."""


class ResumableFolder:
    """A folder that one piece of work fills, file by file, and that keeps others out.

    Attributes
    ----------
    kind : what messages call the work
    stored : the SHA-256 of every file that counts as stored, by name
    """

    def __init__(self, folder: Path, kind: str = "sweep") -> None:
        self.folder = folder
        self.kind = kind
        self.stored: dict[str, str] = {}

    @contextmanager
    def locked(self) -> Iterator["ResumableFolder"]:
        """Hold the folder for this process alone; make it where it is missing.

        The system lets go of the lock when the process ends, however it ends.

        Raises
        ------
        InputError
            If another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with named(self.folder), filelock.FileLock(self.folder / LOCK, blocking=False):
                yield self
        except filelock.Timeout:
            raise InputError(
                f"{self.folder}: another {self.kind} is running in this folder"
            ) from None

    def start(self, manifest: Mapping[str, Any]) -> None:
        """Begin anew, the manifest first: whatever was stored before no longer counts."""
        (self.folder / JOURNAL).unlink(missing_ok=True)
        self.stored = {}
        write_manifest(self.folder, manifest)

    def take_up(self, manifest: Mapping[str, Any]) -> None:
        """Count what the manifest and the journal say is stored and is there undamaged."""
        known = {**manifest["parts"], **read_journal(self.folder)}
        self.stored = {
            name: digest
            for name, digest in known.items()
            if (self.folder / name).is_file() and file_hash(self.folder / name) == digest
        }

    def clean(self, names: Iterable[str]) -> None:
        """Remove what killed processes left, and parts that are not of these names."""
        kept = set(names)
        for place in (self.folder, *(self.folder / name for name in PART_FOLDERS)):
            for path in place.iterdir() if place.is_dir() else ():
                stale = PART_FILE.fullmatch(path.name) and place != self.folder
                if TEMPORARY.fullmatch(path.name) or (
                    stale and path.relative_to(self.folder).as_posix() not in kept
                ):
                    path.unlink()
        self.stored = {name: sha for name, sha in self.stored.items() if name in kept}

    def add(self, files: Mapping[str, bytes]) -> None:
        """Store files; they count from here on, whatever happens to the process."""
        digests = {name: write_bytes(data, self.folder / name) for name, data in files.items()}
        journal = self.folder / JOURNAL
        with named(journal), journal.open("ab") as file:
            # A line that a killed process left torn must not swallow this one.
            file.write(b"\n" + json.dumps(digests).encode() + b"\n")
            file.flush()
            sync(file.fileno())
        self.stored |= digests

    def drop(self, *names: str) -> None:
        """Remove files that are to be made anew, or no longer belong here."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
            self.stored.pop(name, None)

    def has(self, names: Iterable[str]) -> bool:
        """Return whether all files of these names are stored."""
        return all(name in self.stored for name in names)

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Write what is stored into the manifest, which takes the journal's place."""
        write_manifest(self.folder, {**manifest, "parts": dict(sorted(self.stored.items()))})
        (self.folder / JOURNAL).unlink(missing_ok=True)


def is_fresh(folder: Path) -> bool:
    """Return whether a folder holds no more than what a process left that was killed at once."""
    return all(path.name == LOCK or TEMPORARY.fullmatch(path.name) for path in entries(folder))


def read_journal(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that the journal of a folder names."""
    found: dict[str, str] = {}
    check_file(folder / JOURNAL, LARGEST_JSON)
    try:
        lines = (folder / JOURNAL).read_bytes().splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a line torn by a kill: its files are made anew
        if isinstance(entry, dict):
            found |= entry
    return found


# Parts


@dataclass(frozen=True)
class Workers:
    """Who makes parts.

    Attributes
    ----------
    executor : a name of `EXECUTORS`
    number : how many workers; as many as processors by default
    address : that of a dask scheduler

    Raises
    ------
    InputError
        For fewer than one.
    """

    executor: str = "processes"
    number: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        threads_for(self.number)


T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Maker(Protocol[T_contra, R_co]):
    """What makes a part, wherever it is called; threads are asked to leave off by `stopped`."""

    def __call__(self, task: T_contra, /, *, stopped: Event | None = None) -> R_co:
        """Return what a part holds; raise `Stopped` soon after `stopped` was set."""


def worked_off(
    tasks: Iterable[T], make: Maker[T, R], workers: Workers
) -> Generator[Done[T, R], None, None]:
    """Yield parts in the order in which they end: made, for the caller to store, or a `Failure`.

    `tasks` are all that each part is a function of, to be sent to a worker; taken as they are
    needed.
    """
    stopped = Event()
    number = threads_for(workers.number)
    opened = partial(open_pool, workers.executor, number, workers.address, stopped)
    # Other executors end their workers, and could not send them an event.
    asked = partial(make, stopped=stopped) if workers.executor == "threads" else make
    return dispatch(opened, asked, tasks)


# Collections of rows


class Numbered(Protocol):
    """The task of a part that has a number."""

    @property
    def number(self) -> int:
        """Its place among the parts."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True)
class CollectionPlan:
    """What the parts of a collection are a function of.

    Attributes
    ----------
    kind : what messages call the collection, such as ``reference table``
    inputs : JSON values by name; equal ones give equal parts
    words : what is said where an input differs that cannot be quoted
    earlier : files by which a collection is known that an earlier version left
    """

    kind: str
    inputs: Mapping[str, Any]
    words: Mapping[str, str]
    earlier: tuple[Path, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """Return what the manifest says of the plan."""
        return {"format": FORMAT, "kind": self.kind, "plan": dict(self.inputs), "parts": {}}

    def differences(self, held: Mapping[str, Any]) -> list[str]:
        """Return what tells the plan in a manifest from this one, in words."""
        about = self.manifest()
        there = held["plan"]
        if (held["format"], held["kind"]) != (about["format"], about["kind"]):
            return [f"it is a {held['kind']} of format {held['format']}"]
        if there.keys() != self.inputs.keys():
            return ["it was made by another version"]
        return [
            self.words.get(key) or f"{key}: {shown(there[key])} there, {shown(value)} here"
            for key, value in self.inputs.items()
            if there[key] != value
        ]


def collected(
    folder: Path,
    plan: CollectionPlan,
    parts: int,
    task: Callable[[int], N],
    make: Maker[N, pa.Table],
    workers: Workers,
    progress: ShowProgress = None,
) -> list[pa.Table]:
    """Return the tables of all parts of a plan, in order; make those that a folder lacks.

    Parameters
    ----------
    parts
        How many there are.
    task
        Gives all that the part of a number is a function of, to be sent to a worker.
    progress
        Whether a bar is shown; or called with how many parts are stored, after each.

    Raises
    ------
    InputError
        If the folder holds something else, a collection of another plan, or is in use.
    """
    store = ResumableFolder(folder, plan.kind)
    names = [f"{PARTS}/{part_name(number)}" for number in range(parts)]
    with ExitStack() as stack:
        try:
            stack.enter_context(store.locked())
            manifest = _begun(store, plan)
        except OSError as error:
            raise InputError(system_problem(error, folder)) from None
        store.clean(names)
        report = stack.enter_context(shown_progress(progress, parts))
        missing = (task(number) for number in range(parts) if not store.has([names[number]]))
        with closing(worked_off(missing, make, workers)) as made:
            for one, result in made:
                if isinstance(result, Failure):
                    raise result.error
                store.add({names[one.number]: parquet_bytes(result)})
                if report:
                    report(len(store.stored))
        if store.stored != manifest["parts"] or (folder / JOURNAL).exists():
            store.close(manifest)
    return [read_table(folder / name) for name in names]


def _begun(store: ResumableFolder, plan: CollectionPlan) -> dict[str, Any]:
    """Begin a collection, or take up the one that a folder holds; return its manifest.

    Anything else in the folder is refused.
    """
    folder = store.folder
    if not (folder / MANIFEST).exists():
        for path in filter(Path.exists, plan.earlier):
            raise InputError(
                f"{path}: belongs to a {plan.kind} of an earlier version, which cannot be "
                f"continued: use another folder, or move this one away"
            )
        if not is_fresh(folder):
            raise InputError(f"{folder}: holds something else")
        store.start(plan.manifest())
        return plan.manifest()
    check_file(folder / MANIFEST, LARGEST_JSON)
    try:
        held: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        found = plan.differences(held)
        if not found:
            store.take_up(held)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        raise InputError(f"{folder / MANIFEST}: is damaged") from None
    if found:
        raise OtherResultsError(
            [
                f"{folder}: holds another {plan.kind}, which is not replaced:",
                *(f"  {line}" for line in found),
                "use another folder, or move this one away",
            ]
        )
    return held

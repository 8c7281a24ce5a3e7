"""A run's folder put in the place of another: whenever the process ends, nothing is lost.

::

    results/baseline            the folder, with the earlier run
    results/.baseline.xxxxxxxx  where a process works:
        redline.lock            held while it lives; the system lets go when it ends
        redline.host            the machine and the process, for locks that hold on one machine
        new                     the run that is being written, complete once it has a manifest
        old                     the earlier run, between two renames
        gone                    the same, once nothing in it is needed any more
    results/baseline~1          an earlier run that differs, where it is kept

What a killed process leaves of this is put right by the next one that looks (`settle`).
"""

import errno
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import filelock

from redline.results.storage.store import MANIFEST, check_holds, read_manifest
from redline.support import InputError, entries, is_litter, named

OWNER = "redline.lock"
HOST = "redline.host"
NEW, OLD, GONE = "new", "old", "gone"
FIGURE = "outcomes.png"
"""The figure that a run draws."""
TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
"""What a rename says where something has appeared meanwhile."""
TRIES = 100
ABANDONED = 86_400.0
"""Seconds without a change after which another machine's folder is held to be left behind."""
PATIENCE = 60.0
"""Seconds to wait for one who still reads what is to be moved."""


def check_destination(folder: Path, name: str) -> dict[str, Any] | None:
    """Return the manifest of the run of a scenario that a folder holds; None if it is empty.

    What killed processes left of it is put right first.

    Raises
    ------
    InputError
        If it holds anything else, or cannot be replaced as a whole.
    """
    settle(folder)
    if not os.path.lexists(folder):
        return None
    if not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    if folder.resolve() == Path.cwd() or os.path.ismount(folder):
        raise InputError(f"{folder}: cannot be replaced as a whole: name a folder inside it")
    if not any(entries(folder)):
        return None
    return check_holds(folder, "run", name)


def not_of_run(folder: Path) -> list[Path]:
    """Return what a folder holds beside what its manifest says that a run wrote.

    Links and special files count as they are, whatever they point to; a folder without any
    file of the run is one entry. Of a folder without a manifest it is everything.
    """
    ours = set()
    if (folder / MANIFEST).is_file():
        ours = {folder / name for name in (MANIFEST, FIGURE, *read_manifest(folder)["parts"])}
    shared = {parent for path in ours for parent in path.parents}

    def within(place: Path) -> Iterator[Path]:
        for path in sorted(place.iterdir()):
            if path in shared and path.is_dir() and not path.is_symlink():
                yield from within(path)
            elif path not in ours:
                yield path

    return list(within(folder))


# Replacing


class Exchange:
    """A run on its way to its folder.

    Attributes
    ----------
    fresh : a new folder to fill
    kept : where the earlier run, or what could not be carried over from it, is kept
    """

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder = folder
        self.work = work
        self.fresh = work / NEW
        self.kept: list[Path] = []
        self.fresh.mkdir()

    def done(self, differs: Callable[[], bool]) -> None:
        """Put the new folder in place.

        What the old folder holds beside its run is carried over. Somebody else may put one
        there at any moment: then all is looked at again. If it fails, the old folder stands.

        Parameters
        ----------
        differs
            Asked just before whether what is there by then is to be kept beside; raises if it
            must not be touched.
        """
        waited: set[Path] = set()
        for _ in range(TRIES):
            with _turn(self.folder.parent):
                readers = self._readers() - waited
                if not readers and self._placed(differs):
                    return
            for work in readers:
                with suppress(OSError), filelock.FileLock(work / OWNER, timeout=PATIENCE):
                    _discard(work)  # it has ended
            waited |= readers
        raise InputError(f"{self.folder}: other processes keep writing results there")

    def _readers(self) -> set[Path]:
        """Return where processes work that have put theirs in place and still read it."""
        others = set(_works(self.folder)) - {self.work}
        placed = (work for work in others if (work / OWNER).exists() and not (work / NEW).exists())
        return {work for work in placed if _at_work(work)}

    def _placed(self, differs: Callable[[], bool]) -> bool:
        """Put the new folder in place, unless another is there first; return whether it is."""
        moved = self._aside(differs())
        try:
            self.fresh.replace(self.folder)
        except BaseException as error:
            self._back(moved)
            if isinstance(error, OSError) and error.errno in TAKEN:
                return False
            raise
        if moved and moved.parent == self.work:
            moved = _put_away(self.folder, moved)
        if moved:
            self.kept.append(moved)
        return True

    def _aside(self, differs: bool) -> Path | None:
        """Move what is in the way; return where to."""
        if not (self.folder.is_dir() and any(self.folder.iterdir())):
            return None
        if differs:
            return beside(self.folder)
        return self.folder.replace(self.work / OLD)

    def _back(self, moved: Path | None) -> None:
        """Put back what was moved; where another has taken its place, keep it beside."""
        if moved is None:
            return
        try:
            moved.replace(self.folder)
        except OSError:
            kept = beside(self.folder, moved) if moved.parent == self.work else moved
            self.kept.append(kept)


@contextmanager
def replaced(folder: Path) -> Iterator[Exchange]:
    """Give a new folder to fill, and to put in the place of `folder` (`Exchange.done`).

    Until this ends, nobody else moves away what was put in place.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _working(folder) as work:
        yield Exchange(folder, work)


@contextmanager
def _turn(place: Path) -> Iterator[None]:
    """Hold a folder while something in it is exchanged, where its file system has such locks."""
    if not hasattr(os, "O_DIRECTORY"):
        yield
        return
    import fcntl

    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _at_work(work: Path) -> bool:
    """Return whether the process that made a hidden folder still lives."""
    try:
        with filelock.FileLock(work / OWNER, blocking=False):
            return False
    except filelock.Timeout:
        return True
    except (OSError, NotImplementedError):
        return False


@contextmanager
def _working(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside another, on the same file system, that is marked as in use."""
    for _ in range(TRIES):
        with named(folder):
            work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        with suppress(OSError):
            (work / HOST).write_text(f"{platform.node()} {os.getpid()}\n", "utf-8")
        lock = filelock.FileLock(work / OWNER, blocking=False)
        try:
            # One who clears up may hold it, or have removed it, before it is marked.
            lock.acquire()
        except filelock.Timeout:
            _discard(work)
            continue
        except (OSError, NotImplementedError):
            break  # no locks here: nobody clears up either
        if (work / OWNER).exists():
            break
        lock.release()
    else:
        raise InputError(f"{folder}: no folder can be created next to it")
    try:
        yield work
    finally:
        _discard(work)
        lock.release()


def beside(folder: Path, moved: Path | None = None) -> Path:
    """Rename a folder, or what was `moved` from it, to the next free of ``FOLDER~1``, ``~2``.

    One rename: at every moment it is at the one place or the other, whole.
    """
    for number in count(1):
        place = folder.with_name(f"{folder.name}~{number}")
        if os.path.lexists(place):
            continue
        try:
            return (moved or folder).replace(place)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
    raise AssertionError


def _put_away(folder: Path, old: Path) -> Path | None:
    """Carry over what an earlier folder holds beside its run; the rest of it can go.

    Return where it is kept instead, if something cannot be carried over.
    """
    try:
        for path in not_of_run(old):
            place = folder / path.relative_to(old)
            with suppress(OSError):
                place.parent.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(place):
                    path.replace(place)
        # Litter that is in the way of nothing but itself goes; a bin may hold what is dear.
        stuck = any(path.is_dir() or not is_litter(path.name) for path in not_of_run(old))
    except InputError:  # its manifest cannot be read: what is whose is not known
        stuck = True
    if stuck:
        return beside(folder, old)
    old.replace(old.with_name(GONE))
    return None


def _discard(work: Path) -> None:
    """Remove what a process worked in, but for an earlier run that nobody could put back."""
    for name in (NEW, GONE):
        shutil.rmtree(work / name, ignore_errors=True)
    if not os.path.lexists(work / OLD):
        with suppress(OSError):
            for name in (HOST, OWNER):
                (work / name).unlink(missing_ok=True)
            work.rmdir()


# What killed processes left


def settle(folder: Path) -> None:
    """Put right what processes left of a folder that were killed while they replaced it.

    Where nothing is in place, a run that was complete is put there, else the earlier one. What
    the earlier one held beside its run is carried over, and all that is hidden is removed. What
    a process is still at work in is left alone, and so is what cannot be changed. Whether one
    on another machine is, no lock may say: it has a day from its last change.
    """
    try:
        folder = Path(os.path.realpath(folder))
    except (OSError, ValueError):  # no path that a system can have
        return
    for work in _works(folder):
        with suppress(OSError, NotImplementedError):  # one of them says that a lock is held
            if not any(work.iterdir()):
                work.rmdir()
            elif (work / OWNER).is_file() and not _elsewhere(work):
                with filelock.FileLock(work / OWNER, blocking=False):
                    _finish(folder, work)


def _elsewhere(work: Path) -> bool:
    """Return whether a process on another machine may still be at work in a hidden folder."""
    try:
        host = (work / HOST).read_text("utf-8", "replace").rsplit(" ", 1)[0]
    except FileNotFoundError:  # it does not say
        return False
    if host == platform.node():
        return False
    changed = work.lstat().st_mtime
    for path in work.rglob("*"):
        with suppress(FileNotFoundError):
            changed = max(changed, path.lstat().st_mtime)
    return time.time() - changed < ABANDONED


def is_folder(path: Path) -> bool:
    """Return whether a folder is there, once what killed processes left of it is put right."""
    settle(path)
    return path.is_dir()


def _works(folder: Path) -> list[Path]:
    """Return where processes work, or worked, that put a run into a folder."""
    hidden = re.compile(re.escape(f".{folder.name}.") + "[a-z0-9_]{8}")
    try:
        with os.scandir(folder.parent) as found:
            return [Path(entry.path) for entry in found if hidden.fullmatch(entry.name)]
    except OSError:
        return []


def _finish(folder: Path, work: Path) -> None:
    """Do what a killed process would have done next."""
    if not os.path.lexists(folder):
        if (work / NEW / MANIFEST).is_file():
            (work / NEW).replace(folder)
        elif (work / OLD).is_dir():
            (work / OLD).replace(folder)
    if (work / OLD).is_dir():
        _put_away(folder, work / OLD)
    _discard(work)

"""A collection in a resumable folder: whenever it is interrupted, it ends as if it never was."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import NamedTuple

import pyarrow as pa
import pytest

from redline.results.storage.executors import Stopped
from redline.results.storage.resumable import CollectionPlan, ResumableFolder, Workers, collected
from redline.results.storage.store import OtherResultsError
from redline.support.errors import InputError

PARTS = 5
PLAN = CollectionPlan("map", {"size": PARTS, "code": "abc"}, {"code": "the code has changed"})
THREADS, ALONE = Workers("threads", 2), Workers("threads", 1)


class Task(NamedTuple):
    """A part of a collection."""

    number: int


def make(task, *, stopped=None):
    """Return a table that only depends on the number of a part."""
    return pa.table({"number": [task.number] * 3, "square": [task.number**2] * 3})


def collect(folder, made=make, plan=PLAN, workers=THREADS, **options):
    return collected(folder, plan, PARTS, Task, made, workers, **options)


def contents(folder):
    """Return every file of a folder, but for its lock."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("workers", [ALONE, THREADS, Workers("processes", 2)], ids=str)
def test_it_is_the_same_whoever_makes_it(tmp_path, workers):
    told = []
    found = collect(tmp_path / "a", workers=workers, progress=told.append)
    assert [table["square"][0].as_py() for table in found] == [0, 1, 4, 9, 16]
    assert told == [1, 2, 3, 4, 5]
    assert not (tmp_path / "a" / "journal.jsonl").exists()
    collect(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_only_what_is_missing_or_damaged_is_made(tmp_path):
    collect(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "parts" / "part-00001.parquet").unlink()
    (tmp_path / "parts" / "part-00003.parquet").write_bytes(b"torn")
    (tmp_path / "parts" / "part-00009.parquet").write_bytes(b"of another time")
    made = []

    def noted(task, *, stopped=None):
        made.append(task.number)
        return make(task)

    collect(tmp_path, noted, workers=ALONE)
    assert made == [1, 3]
    assert contents(tmp_path) == before
    collect(tmp_path, noted, workers=ALONE)
    assert made == [1, 3]


class Crash(BaseException):
    """Stands for the end of the process: nothing but a kill handles it."""


def test_a_crash_at_any_write_loses_nothing_and_changes_nothing(tmp_path, monkeypatch):
    sync, synced = os.fsync, []

    def crashing_at(step):
        synced.clear()

        def crash(handle):
            synced.append(handle)
            if len(synced) == step:
                raise Crash
            sync(handle)

        return crash

    monkeypatch.setattr(os, "fsync", crashing_at(None))
    collect(tmp_path / "whole", workers=ALONE)
    last = len(synced)
    assert last > 3 * PARTS  # each part: its file, its folder, the journal
    for step in range(1, last + 1):
        folder = tmp_path / str(step)
        monkeypatch.setattr(os, "fsync", crashing_at(step))
        with pytest.raises(Crash):
            collect(folder, workers=ALONE)
        monkeypatch.setattr(os, "fsync", sync)
        collect(folder, workers=ALONE)
        assert contents(folder) == contents(tmp_path / "whole"), step


SLOW = """
import sys, time
from pathlib import Path
from redline.results.storage.resumable import collected, Workers
sys.path.insert(0, sys.argv[2])
from test_resumable import PARTS, PLAN, Task, make

def slow(task, *, stopped=None):
    time.sleep(0.05)
    return make(task)

collected(Path(sys.argv[1]), PLAN, PARTS, Task, slow, Workers("threads", 1))
"""


@pytest.mark.parametrize(
    "stored", [2, pytest.param(4, marks=pytest.mark.second_tier("one stands for both"))]
)
def test_killed_it_is_taken_up(tmp_path, stored):
    folder = tmp_path / "killed"
    begun = subprocess.Popen([sys.executable, "-c", SLOW, folder, os.path.dirname(__file__)])
    try:
        deadline = time.monotonic() + 300
        while len(list(folder.glob("parts/part-*"))) < stored:
            assert begun.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        begun.send_signal(signal.SIGKILL)
        begun.wait()
    assert not json.loads((folder / "manifest.json").read_text())["parts"]
    told = []
    collect(folder, progress=told.append)
    assert len(told) < PARTS
    collect(tmp_path / "whole")
    assert contents(folder) == contents(tmp_path / "whole")


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_or_a_failure_keeps_what_is_stored(tmp_path, error):
    def broken(task, *, stopped=None):
        if task.number == 3:
            raise error
        return make(task)

    with pytest.raises(error):
        collect(tmp_path, broken, workers=Workers("threads", 1))
    told = []
    collect(tmp_path, progress=told.append)
    assert len(told) < PARTS
    assert told[-1] == PARTS


def test_threads_are_asked_to_leave_off(tmp_path):
    left = []

    def waiting(task, *, stopped=None):
        if task.number == 0:
            return make(task)
        assert stopped.wait(300)
        left.append(task.number)
        raise Stopped

    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(tmp_path, waiting, progress=interrupt)
    assert left


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            CollectionPlan("map", {"size": 4, "code": "abc"}, {}),
            "  size: 5 there, 4 here\nuse another",
        ),
        (CollectionPlan("map", {"size": 5, "code": "x"}, PLAN.words), "  the code has changed\n"),
        (CollectionPlan("map", {"size": 5}, {}), "it was made by another version"),
        (
            CollectionPlan("table", PLAN.inputs, {}),
            "holds another table, .*\n  it is a map of format 1\n",
        ),
    ],
)
def test_another_plan_is_told_apart(tmp_path, plan, words):
    collect(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OtherResultsError, match=words):
        collect(tmp_path, plan=plan)
    assert contents(tmp_path) == before


def test_what_an_earlier_version_made_is_refused_in_words(tmp_path):
    (tmp_path / "old.json").write_text("{}")
    plan = CollectionPlan("map", PLAN.inputs, {}, earlier=(tmp_path / "old.json",))
    with pytest.raises(InputError, match=r"old\.json: belongs to a map of an earlier version"):
        collect(tmp_path / "new", plan=plan)
    (tmp_path / "old.json").unlink()
    collect(tmp_path / "new", plan=plan)


def test_two_are_kept_out_of_one_folder(tmp_path):
    with (
        ResumableFolder(tmp_path, "map").locked(),
        pytest.raises(InputError, match="another map is"),
    ):
        collect(tmp_path)
    assert collect(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        collect(tmp_path / "file")


def test_parts_are_not_planned_before_they_are_needed(tmp_path):
    script = """
        import sys
        from pathlib import Path
        from redline.results.storage.resumable import CollectionPlan, Workers, collected

        def task(number):
            assert number < 10, number
            raise KeyboardInterrupt

        plan, workers = CollectionPlan("map", {}, {}), Workers("threads", 1)
        collected(Path(sys.argv[1]), plan, 10**6, task, print, workers)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")

"""Sweeps: equal bytes from every executor, and after anything that can happen to one."""

import contextlib
import errno
import importlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

import work
from redline.case import vary
from redline.case.design import Points
from redline.cli import main
from redline.cli.resuming import Session, resumable
from redline.results.simulation import simulate
from redline.results.storage import place, running, store
from redline.results.storage.estimate import estimate
from redline.results.storage.parts import Part, make_part, part_size, plan_parts
from redline.results.storage.plan import plan_sweep, stored_plan
from redline.results.storage.resumable import ResumableFolder, read_journal
from redline.results.storage.running import ChunkError
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import read_manifest
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError

ADDRESS = "united_states.commitment"
SMALL = {"weeks": 12, "sweep": {ADDRESS: {"from": 0.0, "to": 1.2, "steps": 24}}}


def small():
    return vary("standoff_2019_2021", **SMALL)


REPLICATES = 300


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted sweep of the small scenario."""
    return sweep(tmp_path_factory.mktemp("whole") / "s", small(), REPLICATES)


@pytest.fixture
def copy(whole, tmp_path):
    """A copy of it, to damage."""
    shutil.copytree(whole.folder, tmp_path / "copy")
    return tmp_path / "copy"


# Parts


@pytest.mark.parametrize(
    ("points", "replicates", "size"),
    [(1, 1, 1), (7, 3, 10), (7, 3, 2), (5, 10, 10), (3, 25, 10), (100, 1, 64)],
)
def test_parts_cover_every_replicate_once(points, replicates, size):
    seen = np.zeros((points, replicates), int)
    parts = list(plan_parts(points, replicates, size))
    for part in parts:
        last_point, last = part.first_point + part.points, part.first + part.replicates
        seen[part.first_point : last_point, part.first : last] += 1
        assert part.points * part.replicates <= max(size, 1)
        assert part.points == 1 or part.replicates == replicates
    assert (seen == 1).all()
    assert [part.number for part in parts] == list(range(len(parts)))
    assert [part.first_point for part in parts] == sorted(part.first_point for part in parts)


def test_part_sizes_bound_work_and_memory():
    assert part_size(112, 8, 3072, 200) == 4464  # a quarter of a second
    assert part_size(1, 3, 1_000_000, 100) == 16_384  # bounded memory
    assert part_size(10_000, 10_002, 10, 10) == 1  # a replicate at least
    assert part_size(112, 8, 81, 200) == 506  # some 32 parts for many workers
    assert part_size(112, 8, 10, 1) == 111  # but none too small to be worth a file


def test_a_part_is_the_same_alone_as_within_the_sweep(whole):
    plan = plan_sweep(small(), REPLICATES)
    part = list(plan.parts())[7]
    files = make_part(plan.chunk(part, "batch")).files
    for name, data in files.items():
        assert (whole.folder / name).read_bytes() == data


# Equality


ANOTHER_STANDS_FOR_IT = pytest.mark.second_tier(
    "workers are slow to start; test_a_killed_worker_costs_a_retry finds the same bytes in theirs"
)


def test_a_sweep_is_its_points_simulated(whole):
    assert whole.complete
    assert len(whole.points) == 24
    for point in (0, 23):
        values = whole.points.values(point)
        alone = simulate(vary(whole.scenario, values), REPLICATES)
        assert whole.at(point).summary() == alone.summary()
        assert whole.at(point).scenario.united_states.commitment == values[ADDRESS]
    assert whole.at(0).column("attacks").sum() != whole.at(23).column("attacks").sum()


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 1},
        pytest.param({"executor": "processes", "workers": 2}, marks=ANOTHER_STANDS_FOR_IT),
        pytest.param({"executor": "dask", "workers": 2}, marks=ANOTHER_STANDS_FOR_IT),
    ],
    ids=["one thread", "processes", "dask"],
)
def test_every_executor_gives_the_same_bytes(whole, tmp_path, options):
    done = sweep(tmp_path / "s", small(), REPLICATES, **options)
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]
    assert done.manifest["parts"] == whole.manifest["parts"]


def test_mpi_gives_the_same_bytes(tmp_path):
    mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert mpiexec, "the extra [test] brings an mpiexec"
    over = {"iran.review": [0.1, 0.2]}
    command = ["sweep", "talks_2021", "--weeks", "8", "--over", "iran.review=[0.1,0.2]", "-n", "50"]
    done = subprocess.run(
        [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", "-m", "redline", *command,
         "--quiet", "-o", "mpi", "--executor", "mpi"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    threads = sweep(tmp_path / "threads", vary("talks_2021", weeks=8, sweep=over), 50)
    assert read_manifest(tmp_path / "mpi")["results_hash"] == threads.manifest["results_hash"]


@pytest.mark.parametrize(
    "executor",
    [
        "threads",
        pytest.param(
            None, marks=pytest.mark.second_tier("starts processes, its own choice; one thread does")
        ),
    ],
)
def test_the_mesa_engine_gives_the_same_bytes(tmp_path, executor):
    scenario = vary(
        "talks_2021", weeks=6, sweep={"iran.review": [0.2, 0.9], "militias.cells": [1, 2]}
    )
    batch = sweep(tmp_path / "batch", scenario, 12)
    mesa = sweep(tmp_path / "mesa", scenario, 12, engine="mesa", workers=1, executor=executor)
    assert mesa.manifest["results_hash"] == batch.manifest["results_hash"]
    assert mesa.manifest["engine"] == "mesa"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"csv": "points.csv"}, "csv"),
        ({"rows": [{ADDRESS: 0.3}]}, "rows"),
        ({"design": "lhs", "points": 4, "csv": "points.csv"}, "csv"),
    ],
)
def test_rows_beside_another_design_are_not_left_out_in_silence(given, key):
    with pytest.raises(InputError, match=rf"sweep.{key}: only for a list design"):
        vary("baseline", sweep={ADDRESS: {"from": 0.1, "to": 0.2, "steps": 2}, **given})


def test_a_part_holds_the_replicates_of_its_numbers():
    plan = plan_sweep(vary("baseline", weeks=20, sweep={ADDRESS: [0.1, 0.9]}), 9)
    made = make_part(plan.chunk(Part(7, 1, 1, 4, 3), "batch"))
    table = pq.read_table(io.BytesIO(made.files["outcomes/part-00007.parquet"]))
    alone = simulate(vary("baseline", {ADDRESS: 0.9}, weeks=20), 3, first=4)
    assert table["point"].to_pylist() == [1] * 3
    assert table["replicate"].to_pylist() == [4, 5, 6]
    assert table["mean_severity"].to_pylist() == alone.column("mean_severity").tolist()


def test_one_of_several_sweeps_that_is_not_complete_is_told_by_the_status(cli, monkeypatch):
    command = importlib.import_module("redline.cli.commands.sweep")
    complete = iter([False, True])
    monkeypatch.setattr(
        command,
        "sweep_resumably",
        lambda *_, **__: Session(SimpleNamespace(complete=next(complete)), 0, 0.0),
    )
    monkeypatch.setattr(command, "_say_done", lambda *_: None)
    over = "iran.review=[0.1, 0.2]"
    assert cli("sweep", "baseline", "talks_2021", "--over", over, "-n", 2)[0] == 1


# Interruptions


class Crash(BaseException):
    """Stands for the end of the process: nothing but a kill handles it."""


@pytest.mark.parametrize(
    "some",
    [True, pytest.param(False, marks=pytest.mark.second_tier("four steps stand for every one"))],
    ids=["some", "every one"],
)
def test_a_crash_at_any_write_loses_nothing_and_changes_nothing(tmp_path, monkeypatch, some):
    scenario = vary("baseline", weeks=4, sweep={ADDRESS: [0, 1, 2]})
    monkeypatch.setattr("redline.results.storage.parts.LEAST_DECISIONS", 1000)
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
    whole = sweep(tmp_path / "whole", scenario, 40, workers=1)
    assert len(whole.parts) == 6
    last = len(synced)  # every file of the sweep, and their folders
    assert last > 30
    for step in (1, last // 3, 2 * last // 3, last) if some else range(1, last + 1):
        folder = tmp_path / str(step)
        monkeypatch.setattr(os, "fsync", crashing_at(step))
        with pytest.raises(Crash):
            sweep(folder, scenario, 40, workers=1)
        monkeypatch.setattr(os, "fsync", sync)
        kept = {folder / name for name in read_journal(folder)}
        before = {path: path.stat().st_ino for path in kept if path.name.startswith("part-")}
        done = sweep(folder, scenario, 40, workers=1, resume=True)
        assert done.complete
        assert done.manifest["results_hash"] == whole.manifest["results_hash"], step
        # What counted as stored was not made again: a new file has another number.
        assert {path: path.stat().st_ino for path in before} == before


def wait_for_parts(process, folder, count):
    """Wait until a sweep that is a process has stored so many parts in a folder."""
    deadline = time.monotonic() + 300
    while len(list(folder.glob("outcomes/part-*"))) < count:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


MOST_AT_ONCE = 3
A_FEW_PARTS = f"""
import time
from itertools import count
from redline.cli import main
from redline.results.storage import parts, running

parts.LEAST_DECISIONS = 1000
made, make_part = count(), running.make_part

def make_few(*arguments, **options):
    if next(made) == {MOST_AT_ONCE}:
        time.sleep(3600)
    return make_part(*arguments, **options)

running.make_part = make_few
main("sweep fear_of_war -n 30 --weeks 20 --workers 1 --resume killed".split())
"""
"""A sweep that waits to be killed once it has stored a few parts."""


@pytest.mark.parametrize(
    "kills",
    [
        3,
        pytest.param(
            10, marks=pytest.mark.second_tier("each kill is a process; three of them stand for ten")
        ),
    ],
)
def test_killed_again_and_again_it_ends_with_the_hash_of_an_uninterrupted_sweep(
    tmp_path, monkeypatch, kills
):
    folder = tmp_path / "killed"
    chance = random.Random(20191227)
    for _ in range(kills):
        stored = len(list(folder.glob("outcomes/part-*")))
        process = subprocess.Popen(
            [sys.executable, "-c", A_FEW_PARTS], cwd=tmp_path, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_parts(process, folder, stored + 1)
            time.sleep(chance.uniform(0, 0.08))  # at any moment of the parts that follow
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()
    assert read_manifest(folder)["results_hash"] is None
    done = sweep(folder, resume=True)
    assert len(done.parts) > kills * MOST_AT_ONCE  # so every kill was amid its work
    monkeypatch.setattr("redline.results.storage.parts.LEAST_DECISIONS", 1000)
    whole = sweep(tmp_path / "whole", vary("fear_of_war", weeks=20), 30)
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]
    assert not list(folder.rglob(".*.parquet.*"))


def test_an_interrupt_that_a_library_swallows_ends_the_sweep_with_its_next_part(tmp_path):
    told = []

    def swept():
        with resumable(tmp_path) as heeding:
            report = heeding(told.append)
            report("one part")
            with contextlib.suppress(KeyboardInterrupt):  # as a library may
                os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)  # the user's next try
            report("another part")

    # A shell's background job inherits an ignored SIGINT: give it back its meaning.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            swept()
    finally:
        signal.signal(signal.SIGINT, before)
    assert told == ["one part"]


WITHOUT_END = """
import signal
from itertools import count
from redline.cli import main
from redline.results.storage import parts, running

# A shell's background job inherits an ignored SIGINT: give it back its meaning.
signal.signal(signal.SIGINT, signal.default_int_handler)
parts.LEAST_DECISIONS = 1000
made, make_part = count(), running.make_part

def make_few(chunk, stopped):
    if next(made) >= 3:
        stopped.wait()
    return make_part(chunk, stopped)

running.make_part = make_few
main("sweep fear_of_war -n 30 --weeks 20 -o there".split())
"""
"""A sweep that stores three parts, and makes no more of them until it is asked to stop."""


@pytest.mark.parametrize(
    "how",
    [
        [signal.SIGINT],
        pytest.param(
            [signal.SIGTERM],
            marks=pytest.mark.second_tier("unheeded, it would end the sweep that gets both, too"),
        ),
        [signal.SIGINT, signal.SIGTERM],
    ],
)
def test_an_interrupt_says_how_to_go_on(tmp_path, how):
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_END], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_parts(process, tmp_path / "there", 3)
        for one in how:  # a scheduler sends both at once
            process.send_signal(one)
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "to continue: redline sweep --resume there" in err
    assert "Traceback" not in err
    assert load_results(tmp_path / "there").parts


def test_a_full_disk_loses_nothing_and_says_how_to_go_on(tmp_path, monkeypatch, capsys, whole):
    left = 9
    write = Path.write_bytes

    def full(self, data):
        nonlocal left
        left -= 1
        if left < 0:
            write(self, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write(self, data)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(
        'extends = "standoff_2019_2021"\nweeks = 12\n'
        f'[sweep]\n"{ADDRESS}" = {{ from = 0.0, to = 1.2, steps = 24 }}\n'
    )
    command = ["sweep", "small.toml", "-n", str(REPLICATES), "-o", "there", "--workers", "1"]
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SystemExit) as left_with:
        main(command)
    err = capsys.readouterr().err
    assert left_with.value.code == 1
    assert "No space left on device" in err
    assert "4 parts are stored in there; to continue: redline sweep --resume there" in err
    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(SystemExit) as left_with:
        main(["sweep", "--resume", "there"])
    assert left_with.value.code == 0
    assert read_manifest(tmp_path / "there")["results_hash"] == whole.manifest["results_hash"]


# Damage


def spoil(path, how):
    data = bytearray(path.read_bytes())
    match how:
        case "torn":
            path.write_bytes(data[: len(data) // 2])
        case "flipped":
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")


@pytest.mark.parametrize("how", ["torn", "flipped", "gone", "empty"])
@pytest.mark.parametrize(
    "name",
    [
        "outcomes/part-00003.parquet",
        "weekly/part-00000.parquet",
        "weekly.parquet",
        "points.parquet",
    ],
)
def test_damage_is_found_and_repaired(copy, whole, how, name):
    spoil(copy / name, how)
    done = sweep(copy, resume=True)
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]
    assert (copy / name).read_bytes() == (whole.folder / name).read_bytes()


def test_going_on_with_a_finished_sweep_does_nothing(copy, monkeypatch):
    monkeypatch.setattr(running, "make_part", lambda *_: pytest.fail("made"))
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*.parquet")}
    assert sweep(copy, resume=True).complete
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*.parquet")} == before


def test_a_repair_that_fails_or_is_killed_leaves_no_complete_sweep(copy, monkeypatch, whole):
    spoil(copy / "outcomes" / "part-00003.parquet", "torn")
    broken = work.MakePart(3, copy / "flag", die=False, always=True)
    monkeypatch.setattr(running, "make_part", broken)
    found = sweep(copy, resume=True)
    assert not found.complete
    assert len(found.failed) == 1
    with pytest.raises(InputError, match=r"holds no weekly\.parquet"):
        found.weekly()
    monkeypatch.undo()
    (copy / "flag").unlink()
    again = sweep(copy, resume=True)
    assert again.complete
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]
    assert again.manifest["decisions"] == whole.manifest["decisions"]


def test_a_sweep_of_an_earlier_layout_goes_on_in_that_layout(tmp_path, monkeypatch, whole):
    monkeypatch.setattr("redline.results.storage.parts.LEAST_DECISIONS", 50_000)
    stop = work.MakePart(5, tmp_path / "flag", die=False, always=True)
    monkeypatch.setattr(running, "make_part", stop)
    begun = sweep(tmp_path / "s", small(), REPLICATES, workers=1)
    assert not begun.complete
    monkeypatch.undo()
    for scenario in (None, small()):
        done = sweep(tmp_path / "s", scenario, resume=True)
        assert done.manifest["part_replicates"] == begun.manifest["part_replicates"]
        assert done.manifest["part_replicates"] != whole.manifest["part_replicates"]
        assert len(done.columns(["attacks"])["attacks"]) == 24 * REPLICATES
        assert done.manifest["decisions"] == whole.manifest["decisions"]


@pytest.mark.parametrize("key", ["seed", "replicates", "part_replicates", "weekly", "scenario"])
def test_an_edited_plan_is_refused(copy, key):
    manifest = read_manifest(copy)
    edited = {
        "seed": 2, "replicates": 7, "part_replicates": 25, "weekly": "none",
        "scenario": {**manifest["scenario"], "weeks": 11},
    }[key]  # fmt: skip
    store.write_manifest(copy, {**manifest, key: edited})
    with pytest.raises(InputError, match="no longer matches the sweep that was started"):
        sweep(copy, resume=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("part_replicates", 0), ("replicates", "50"), ("versions", None), ("weekly", "foo"),
        ("failed", None), ("kind", "party"), ("seed", -1), ("parts", {"a": 1}), ("sweep", []),
        ("points", True), ("results_hash", 3),
    ],
)  # fmt: skip
def test_a_damaged_manifest_is_one_message(copy, key, value):
    store.write_manifest(copy, {**read_manifest(copy), key: value})
    with pytest.raises(InputError, match=r"manifest\.json"):
        load_results(copy)
    with pytest.raises(InputError, match=r"manifest\.json"):
        sweep(copy, resume=True)


def test_a_start_that_is_no_date_is_one_message(copy):
    manifest = read_manifest(copy)
    manifest["scenario"]["start"] = "foo"
    store.write_manifest(copy, {**manifest, "plan_sha256": store.plan_digest(manifest)})
    with pytest.raises(InputError, match="start must be a date"):
        assert load_results(copy).scenario


def test_decisions_are_those_of_all_replicates(tmp_path, whole):
    lived = whole.columns(["weeks_lived"])["weeks_lived"].sum()
    assert whole.manifest["decisions"] == 8 * lived
    cells = vary("baseline", weeks=5, sweep={"militias.cells": [1, 2]})
    done = sweep(tmp_path / "s", cells, 3)
    assert done.manifest["decisions"] == sum(done.at(point).decisions for point in (0, 1))


def test_a_torn_line_of_the_journal_costs_its_part_alone(copy, whole):
    manifest = read_manifest(copy)
    parts = manifest["parts"]
    lines = [json.dumps({name: digest}) for name, digest in parts.items()]
    (copy / "journal.jsonl").write_text("\n".join(lines)[:-20])
    store.write_manifest(copy, {**manifest, "parts": {}, "results_hash": None})
    assert len(load_results(copy).parts) == len(whole.parts)
    assert sweep(copy, resume=True).manifest["results_hash"] == whole.manifest["results_hash"]
    assert not (copy / "journal.jsonl").exists()


def test_litter_and_parts_of_another_plan_are_removed(copy, whole):
    (copy / "outcomes" / ".part-00001.parquet.x7").write_text("half")
    (copy / "outcomes" / "part-99999.parquet").write_text("stale")
    (copy / "outcomes" / "notes.txt").write_text("mine")
    sweep(copy, resume=True)
    names = {path.name for path in (copy / "outcomes").iterdir()}
    assert names == {*(path.name for path in whole.parts), "notes.txt"}


def test_listed_points_that_are_lost_have_to_be_given_again(tmp_path):
    rows = {"design": "list", "rows": [{ADDRESS: 0.1}, {ADDRESS: 0.9}]}
    scenario = vary("baseline", weeks=4, sweep=rows)
    whole = sweep(tmp_path / "s", scenario, 5)
    assert whole.manifest["sweep"] == {"design": "list"}
    assert sweep(tmp_path / "s", resume=True).complete
    spoil(tmp_path / "s" / "points.parquet", "torn")
    with pytest.raises(InputError, match="give the scenario again"):
        sweep(tmp_path / "s", resume=True)
    again = sweep(tmp_path / "s", scenario, resume=True)
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]


# Failures


@pytest.mark.parametrize(
    "workers",
    [1, pytest.param(2, marks=pytest.mark.second_tier("a second worker; the first stands for it"))],
)
@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_a_killed_worker_costs_a_retry(whole, tmp_path, monkeypatch, executor, workers):
    monkeypatch.setattr(running, "make_part", work.MakePart(4, tmp_path / "flag"))
    done = sweep(tmp_path / "s", small(), REPLICATES, executor=executor, workers=workers)
    assert (tmp_path / "flag").exists()
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]


def test_a_part_that_fails_twice_is_recorded_and_can_be_made_later(whole, tmp_path, monkeypatch):
    broken = work.MakePart(4, tmp_path / "flag", die=False, always=True)
    monkeypatch.setattr(running, "make_part", broken)
    done = sweep(tmp_path / "s", small(), REPLICATES)
    assert not done.complete
    (failed,) = done.failed
    assert failed["part"] == 4
    assert failed["error"] == "MemoryError: no room"
    assert "points " in failed["holds"]
    assert len(done.parts) == len(whole.parts) - 1
    with pytest.raises(ChunkError, match="failed twice"):
        sweep(tmp_path / "s", resume=True, fail_fast=True)
    monkeypatch.undo()
    again = sweep(tmp_path / "s", resume=True)
    assert again.failed == []
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]


def test_a_sweep_that_is_to_end_with_a_failure_goes_no_further(whole, tmp_path, monkeypatch):
    broken = work.MakePart(0, tmp_path / "flag", die=False, always=True)
    monkeypatch.setattr(running, "make_part", broken)
    with pytest.raises(ChunkError, match="failed twice"):
        sweep(tmp_path / "s", small(), REPLICATES, workers=1, fail_fast=True)
    # At most two parts are under way for each worker.
    assert len(load_results(tmp_path / "s").parts) <= 2 < len(whole.parts) - 1


def test_a_worker_with_other_versions_is_refused(tmp_path, monkeypatch):
    def other(chunk, stopped=None):
        made = make_part(chunk)
        return made._replace(maker={**made.maker, "numba": "0.1"})

    monkeypatch.setattr(running, "make_part", other)
    with pytest.raises(InputError, match=r"a worker has other versions .*numba 0\.1"):
        sweep(tmp_path / "s", small(), 10)


# Folders


def test_two_sweeps_are_kept_out_of_one_folder(tmp_path):
    with ResumableFolder(tmp_path / "s").locked(), pytest.raises(InputError, match="another sweep"):
        sweep(tmp_path / "s", small(), 5)
    assert sweep(tmp_path / "s", small(), 5).complete


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": 2}, "seed: 1 there, 2 here"),
        ({"replicates": 5}, f"replicates: {REPLICATES} there, 5 here"),
        ({"weekly": "all"}, "weekly: ladders there, all here"),
        ({"scenario": {"iran.review": 0.5}}, "iran.review is 0.25 there, 0.5 here"),
        ({"scenario": "talks_2021"}, "name is 'standoff_2019_2021' there, 'talks_2021' here"),
        ({"scenario": [0.0, 1.0]}, "points: 24 there, 2 here"),
        ({"scenario": [0.1 * n for n in range(24)]}, "the values at its points differ"),
    ],
)
def test_another_sweep_is_refused_and_told_apart(copy, given, message):
    match given.get("scenario"):
        case dict(values):
            given = {"scenario": vary(small(), values)}
        case str(name):
            given = {"scenario": vary(name, sweep=SMALL["sweep"])}
        case list(values):
            given = {"scenario": vary(small(), sweep={ADDRESS: values})}
    before = (copy / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="holds another sweep") as error:
        sweep(copy, resume=True, **given)
    assert message in str(error.value)
    assert (copy / "manifest.json").read_bytes() == before


def test_a_sweep_under_other_rules_is_refused(copy):
    manifest = read_manifest(copy)
    store.write_manifest(copy, {**manifest, "rules_hash": "0" * 64})
    with pytest.raises(InputError, match="the rules have changed since it began") as error:
        sweep(copy, resume=True)
    assert f"redline {manifest['versions']['redline']} can continue it" in str(error.value)


TOLD_BY_0_1_0 = {
    "rules_hash": "882b3f7441d5f5b58c16b7c92b581cc8a628cbb74e8a41f73657898ad32cedca",
    "measures_hash": "970c94caa98330e40b8998ebc146d564e1782a58f070a046f1cc01e891624ca5",
}


@pytest.fixture
def old(copy):
    """A sweep whose manifest is that of 0.1.0, as a function that changes it."""
    manifest = {key: value for key, value in read_manifest(copy).items() if key != "measures"}
    versions = {**manifest["versions"], "redline": "0.1.0"}

    def write(**changes):
        store.write_manifest(copy, {**manifest, **TOLD_BY_0_1_0, "versions": versions, **changes})
        return copy

    return write


def test_a_sweep_that_0_1_0_began_goes_on(old, whole):
    read = load_results(old())
    assert read.at(3).column("attacks").tolist() == whole.at(3).column("attacks").tolist()
    (read.folder / "outcomes" / "part-00002.parquet").unlink()
    done = sweep(read.folder, small(), REPLICATES, resume=True)
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]
    with pytest.raises(InputError, match="what is measured, or how it is stored, has changed"):
        sweep(old(measures_hash="0" * 64), resume=True)


def test_a_sweep_under_rules_of_another_release_names_it(old, monkeypatch):
    monkeypatch.setattr(store, "SAME_RULES", {})
    read = load_results(old())
    (read.folder / "outcomes" / "part-00002.parquet").unlink()
    with pytest.raises(InputError, match="the rules have changed since it began") as error:
        sweep(read.folder, small(), REPLICATES, resume=True)
    assert "redline 0.1.0 can continue it" in str(error.value)
    assert "measured" not in str(error.value)


def test_other_libraries_are_mentioned(copy):
    manifest = read_manifest(copy)
    older = {**manifest["versions"], "numpy": "1.0"}
    store.write_manifest(copy, {**manifest, "versions": older})
    said = []
    sweep(copy, resume=True, notice=said.append)
    assert "numpy 1.0 (now" in said[0]


def test_folders_of_something_else_are_refused(tmp_path, copy):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "a.txt").write_text("ten years of work")
    running.run_into(tmp_path / "run", vary("baseline", weeks=3), 2)
    for folder in (thesis, tmp_path / "run", tmp_path / "thesis" / "a.txt"):
        for force in (False, True):
            with pytest.raises(InputError):
                sweep(folder, small(), 2, force=force)
    with pytest.raises(InputError, match="holds a run, not a sweep"):
        sweep(tmp_path / "run", small(), 2, resume=True)
    with pytest.raises(InputError, match="holds no sweep to continue"):
        sweep(tmp_path / "nothing", resume=True)
    with pytest.raises(InputError, match=r"holds a finished sweep .* name another folder"):
        sweep(copy, small(), 2)
    with pytest.raises(InputError, match="holds a sweep of standoff"):
        running.run_into(copy, vary("baseline", weeks=3), 2)
    assert os.listdir(thesis) == ["a.txt"]
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("unfinished", [False, True])
def test_the_same_sweep_again_goes_on(copy, whole, unfinished):
    if unfinished:
        manifest = read_manifest(copy)
        kept = {name: sha for name, sha in manifest["parts"].items() if "part-00000" in name}
        left = {**manifest, "results_hash": None, "finished": None, "parts": kept}
        store.write_manifest(copy, left)
        (copy / "weekly.parquet").unlink()
    before = {path: path.stat().st_ino for path in copy.rglob("part-00000.parquet")}
    said, progress = [], []
    done = sweep(copy, small(), REPLICATES, notice=said.append, progress=progress.append)
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]
    assert said == [f"{copy.name} already holds this sweep: what is stored is kept"]
    assert {path: path.stat().st_ino for path in before} == before
    assert bool(progress) is unfinished
    again = sweep(copy, vary(small(), {}), np.int64(REPLICATES), seed=np.int32(1))
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]


def test_a_sweep_that_begins_between_two_looks_at_its_folder_is_told(copy, monkeypatch):
    monkeypatch.setattr(place, "_held_apart", lambda folder, plan: [])  # nothing there yet
    with pytest.raises(InputError, match="another process has just started a sweep in this folder"):
        sweep(copy, small(), REPLICATES)


def test_another_sweep_in_its_place_is_refused_in_words_of_python(copy):
    before = (copy / "manifest.json").read_bytes()
    for given in ({"seed": 2}, {"replicates": 5}, {"weekly": "all"}):
        with pytest.raises(InputError, match=r"start over with force=True\. They differ:") as error:
            sweep(copy, small(), **{"replicates": REPLICATES, **given})
        assert f"  {next(iter(given))}: " in str(error.value)
        assert "--" not in str(error.value)
    with pytest.raises(InputError, match=r"iran\.review is 0\.25 there, 0\.5 here"):
        sweep(copy, vary(small(), {"iran.review": 0.5}), REPLICATES)
    manifest = read_manifest(copy)
    store.write_manifest(copy, {**manifest, "rules_hash": "0" * 64})
    with pytest.raises(InputError, match="the rules have changed since it began"):
        sweep(copy, small(), REPLICATES)
    store.write_manifest(copy, manifest)
    assert (copy / "manifest.json").read_bytes() == before


def test_an_earlier_sweep_that_differs_is_kept_beside(copy):
    before, said = read_manifest(copy), []
    done = sweep(copy, small(), 2, beside=True, notice=said.append)
    assert done.replicates == 2
    assert read_manifest(copy.with_name("copy~1")) == before
    assert said == [
        "the earlier sweep (24 points × 300 replicates, seed 1) is kept in "
        f"{copy.with_name('copy~1')}"
    ]
    with ResumableFolder(copy).locked(), pytest.raises(InputError, match="is running"):
        sweep(copy, small(), 3, beside=True)
    assert not copy.with_name("copy~2").exists()


def test_force_leaves_nothing_of_the_sweep_before(copy):
    done = sweep(copy, small(), 10, weekly="none", force=True)
    assert not (copy / "weekly.parquet").exists()
    with pytest.raises(InputError, match=r"holds no weekly\.parquet"):
        done.weekly()


def test_force_starts_over(copy):
    done = sweep(copy, small(), 10, force=True)
    assert done.replicates == 10
    assert done.complete
    assert len(list((copy / "outcomes").iterdir())) == len(done.parts)
    assert done.at(3).summary() == sweep(copy.parent / "new", small(), 10).at(3).summary()


# Plans


@pytest.mark.parametrize("weekly", ["ladders", "all", "none"])
def test_weekly_counts_are_kept_as_wanted(tmp_path, weekly):
    scenario = vary("talks_2021", weeks=5, sweep={"iran.review": [0.2, 0.9]})
    done = sweep(tmp_path / "s", scenario, 500, weekly=weekly)
    if weekly == "none":
        assert not (done.folder / "weekly").exists()
        with pytest.raises(InputError, match=r"holds no weekly\.parquet"):
            done.weekly()
        return
    rows = done.weekly().to_pylist()
    quantities = {row["quantity"] for row in rows}
    assert ("leverage" in quantities) is (weekly == "all")
    places = [(row["point"], row["week"], row["quantity"], row["bin"]) for row in rows]
    assert len(set(places)) == len(places)
    for point in (0, 1):
        alone = simulate(vary(scenario, done.points.values(point)), 500)
        found = sum(r["count"] for r in rows if r["point"] == point and r["quantity"] == "talks")
        assert found == alone.column("talks_weeks").sum()
        mine = [row for row in rows if row["point"] == point]
        assert done.at(point).weekly().to_pylist() == mine


def test_what_makes_no_scenario_is_found_before_anything_is_simulated(tmp_path):
    scenario = vary("baseline", sweep={"militias.cells": [1, 5000]})
    with pytest.raises(InputError, match="6 factions × 5000 cells are more than 10000"):
        sweep(tmp_path / "s", scenario, 5)
    with pytest.raises(InputError, match="declares no sweep"):
        sweep(tmp_path / "s", "baseline", 5)
    with pytest.raises(InputError, match="weekly must be one of"):
        sweep(tmp_path / "s", small(), 5, weekly="some")
    with pytest.raises(InputError, match="no engine steam"):
        sweep(tmp_path / "s", small(), 5, engine="steam")
    assert os.listdir(tmp_path) == []


def test_points_can_be_given(tmp_path):
    points = Points(2, {ADDRESS: np.array([0.0, 0.5])})
    done = sweep(tmp_path / "s", "baseline", 3, points=points)
    assert done.points.digest() == points.digest()
    assert sweep(tmp_path / "s", resume=True, points=points).complete
    with pytest.raises(InputError, match="the values at its points differ"):
        sweep(tmp_path / "s", resume=True, points=Points(2, {ADDRESS: np.array([0.0, 0.6])}))
    for wrong, message in (
        (Points(0, {}), "one point or more"),
        (Points(3, points.columns), "one point or more"),
        (Points(1, {"iran.reveiw": np.array([0.1])}), r"nearest valid name: iran\.review"),
        (Points(1, {"iran.review": np.array([1.5])}), "must be at most 1"),
    ):
        with pytest.raises(InputError, match=message):
            sweep(tmp_path / "t", "baseline", 3, points=wrong)
    with pytest.raises(InputError, match="replicates must be at least 1"):
        sweep(tmp_path / "t", "baseline", 0, points=points)


def test_a_swept_driver_that_the_timeline_replaces_is_mentioned(tmp_path):
    said = []
    scenario = vary("standoff_2019_2021", sweep={"environment.unrest": [0.1, 0.9]})
    sweep(tmp_path / "s", scenario, 1, notice=said.append)
    assert said == ["environment.unrest holds until the timeline replaces it in weeks 22, 48"]


def test_the_stored_plan_is_the_plan(whole):
    plan = stored_plan(whole.folder)
    assert plan.manifest() == plan_sweep(small(), REPLICATES).manifest()
    assert next(plan.parts()) == Part(0, 0, 3, 0, 300)


def test_an_estimate_is_of_the_right_size(whole):
    plan = plan_sweep(small(), REPLICATES)
    cost = estimate(plan)
    rows = {"design": "list", "rows": [{ADDRESS: n / 5000} for n in range(4000)]}
    single = plan_sweep(vary("baseline", weeks=20, sweep=rows), 1, weekly="none")
    assert estimate(single).bytes < 100 * 4000
    assert estimate(plan, stored=cost.parts).seconds == 0
    stored = sum(path.stat().st_size for path in whole.folder.rglob("*.parquet"))
    assert cost.parts == len(whole.parts)
    assert stored / 3 < cost.bytes < 3 * stored
    assert cost.seconds > 0

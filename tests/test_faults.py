"""Faults, really injected: kills at every write, full and read-only disks, bad clocks, races.

docs/faults.md is the table of all of them, these and those of other test files.
"""

import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import work
from redline.case import load_scenario, vary
from redline.cli import main
from redline.figures.report_page import report_html
from redline.results.storage import running
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import part_hashes, read_manifest, results_hash
from redline.results.storage.stored_sweep import load_results

ROOT = Path(__file__).resolve().parents[1]
SWEPT = {"united_states.commitment": [0, 1, 2]}


def assert_sound(folder):
    """Assert that a folder holds complete results, every file of them as it was written."""
    found = load_results(folder)
    assert found.manifest["results_hash"] == results_hash(part_hashes(folder))
    assert len(found.columns(["attacks"])["attacks"]) == found.replicates * len(found.points)
    return found


def script(text, *arguments, cwd, **options):
    """Run Python code as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300, check=False, **options,
    )  # fmt: skip


# Kills

KILLED = """
    import os, shutil, sys
    from pathlib import Path
    # Before the forks:
    from redline.case import load_scenario, vary
    from redline.engine.native import compiled
    from redline.results import outcomes, run_into, simulate, sweep_into as sweep
    from redline.results.storage import exchange, executors, store, tables

    what, begun, steps = sys.argv[1], [], 0
    earlier = Path("earlier")
    scenario = vary("baseline", weeks=4, sweep={"united_states.commitment": [0, 1, 2]})
    simulate(scenario, 1, workers=1)  # loads compiled code, once

    def act(folder):
        if what == "sweep":
            sweep(folder, scenario, 40, workers=1)
        else:
            forced = what == "run"
            world = load_scenario("baseline")
            run_into(folder, world, 30, workers=1, force=forced, beside=not forced)

    def die_at(last):
        def counted(function):
            def call(*arguments, **options):
                global steps
                steps += what != "beside" or bool(begun)
                if steps == last > 0:
                    os._exit(9)  # as SIGKILL: nothing is cleaned up
                return function(*arguments, **options)
            return call
        Path.replace = counted(Path.replace)
        if what == "sweep":
            os.fsync = counted(os.fsync)
        else:
            os.unlink, os.rmdir = counted(os.unlink), counted(os.rmdir)
            done = exchange.Exchange.done
            exchange.Exchange.done = lambda *arguments: (begun.append(1), done(*arguments))

    def child(last):
        if os.fork():
            return os.wait()[1] >> 8
        try:
            folder = Path(f"step-{last}", "results")
            folder.parent.mkdir()
            if what != "sweep":
                shutil.copytree(earlier, folder)
            die_at(last)
            act(folder)
            Path("steps").write_text(str(steps))
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(3)
        os._exit(0)

    if what != "sweep" and not os.fork():
        run_into(earlier, load_scenario("baseline"), 7, workers=1)
        for name in ("notes.txt", "outcomes/notes.txt", ".DS_Store"):
            (earlier / name).write_text("keep me")
        os._exit(0)
    elif what != "sweep":
        os.wait()
    assert child(0) == 0  # is not killed
    count = int(Path("steps").read_text())
    for step in range(1, count + 1):
        assert child(step) == 9, step
    print(count)
"""


def killed(tmp_path, what):
    """Kill a process at every step; yield each folder, and the hash of one that is not killed."""
    done = script(KILLED, what, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 3
    whole = load_results(tmp_path / "step-0" / "results").manifest["results_hash"]
    for step in range(1, steps + 1):
        yield tmp_path / f"step-{step}" / "results", whole


def test_killed_at_each_write_step(tmp_path):
    scenario = vary("baseline", weeks=4, sweep=SWEPT)
    for folder, whole in killed(tmp_path, "sweep"):
        sweep(folder, scenario, 40, workers=1, resume=True)
        assert not [path for path in folder.rglob(".*") if path.name != ".lock"]
        assert assert_sound(folder).manifest["results_hash"] == whole, folder


@pytest.mark.parametrize("what", ["run", "beside"])
def test_a_run_killed_at_each_step_is_put_right_by_the_next_command(tmp_path, what):
    found = set()
    for folder, whole in killed(tmp_path, what):
        kept = folder.with_name("results~1")
        there = assert_sound(folder).replicates  # the next command, which only reads
        found.add((folder.parent.name, there))
        names = ["results"] + ["results~1"] * (what == "beside" and there == 30)
        assert sorted(os.listdir(folder.parent)) == names  # and nothing hidden
        earlier = folder if there == 7 or what == "run" else kept
        assert (earlier / "notes.txt").read_text() == "keep me"
        assert (earlier / "outcomes" / "notes.txt").read_text() == "keep me"
        if kept in folder.parent.iterdir():
            assert assert_sound(kept).replicates == 7
        if there == 7:
            run_into(folder, load_scenario("baseline"), 30, workers=1, force=True)
        assert assert_sound(folder).manifest["results_hash"] == whole, folder
    assert {replicates for _, replicates in found} == {7, 30}


# Disks


@contextmanager
def limited(size):
    """Have the system refuse files of more than some bytes.

    Bytecode, here and in processes, is not kept meanwhile: Python 3.11 keeps what fits of it.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (["run", "talks_2021", "-n", "3000", "-o", "out"], "out"),
        (["sweep", "fear_of_war", "-n", "500", "--weeks", "20", "-o", "out"], None),
        (["plot", "talks_2021", "--kind", "ladder", "-n", "50", "-o", "out.png"], "out.png"),
        (["page", "-o", "out.html"], "out.html"),
        (["results", "results/talks_2021", "--csv", "out.csv"], "out.csv"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_disk_that_fills(cli, tmp_path, monkeypatch, arguments, made):
    run_into(tmp_path / "results" / "talks_2021", load_scenario("talks_2021"), 5)
    monkeypatch.setattr(sys, "argv", ["redline", *arguments])  # which the manifest holds
    page = "x" * 10_000  # as large as it takes, and not computed
    monkeypatch.setattr("redline.lesson.building.lesson_html", lambda *_, **options: page)
    with limited(40 if arguments[0] == "results" else 6000):
        status, _, err = cli(*arguments)
    assert status in (1, 2), err
    assert "File too large" in err
    assert_sound(tmp_path / "results" / "talks_2021")
    if made:  # nothing half written
        assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]
        return
    assert "to continue: redline sweep --resume out" in err
    assert cli("sweep", "--resume", "out")[0] == 0
    assert_sound(tmp_path / "out")


def test_a_disk_that_fills_is_a_failure_though_nobody_reads(tmp_path):
    command = ["sweep", "fear_of_war", "-n", "500", "--weeks", "20", "-o", "out"]
    read, write = os.pipe()
    os.close(read)
    with limited(6000):
        done = subprocess.run(
            [sys.executable, "-m", "redline", *command],
            cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    os.close(write)
    assert done.returncode == 1
    assert b"File too large" in done.stderr


def test_an_output_that_is_full(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "redline", "scenarios", "--json"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("redline: No space left on device; free some there")


@contextmanager
def without_override():
    """Give up root's right to write where nobody may; harmless where it is not there."""
    libc = ctypes.CDLL(None)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the third version, this thread
    held = (ctypes.c_uint32 * 6)()
    libc.capget(header, held)
    less = (ctypes.c_uint32 * 6)(*held)
    less[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, of those in effect
    bits = libc.prctl(27, 0, 0, 0, 0)  # PR_GET_SECUREBITS
    libc.prctl(28, bits | 1 << 2, 0, 0, 0)  # NO_SETUID_FIXUP: access(2) asks those in effect
    libc.capset(header, less)
    try:
        yield
    finally:
        libc.capset(header, held)
        libc.prctl(28, bits, 0, 0, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "talks_2021", "-n", "5", "-o", "locked/out"],
        ["sweep", "fear_of_war", "-n", "5", "-o", "locked/out"],
        ["plot", "talks_2021", "--kind", "ladder", "-n", "5", "-o", "locked/out.png"],
        ["page", "-o", "locked/out.html"],
        ["report", "held", "-o", "locked/out.html"],
        ["new", "locked/mine.toml"],
        ["sweep", "--resume", "held"],
    ],
    ids=lambda words: " ".join((words[0], words[-1])),
)
def test_a_read_only_folder(cli, tmp_path, arguments):
    sweep(tmp_path / "held", vary("baseline", weeks=4, sweep=SWEPT), 5)
    (tmp_path / "held" / "weekly.parquet").unlink()
    before = part_hashes(tmp_path / "held")
    (tmp_path / "locked").mkdir()
    for folder in (tmp_path / "locked", tmp_path / "held"):
        folder.chmod(0o555)
    with without_override():
        try:
            (tmp_path / "locked" / "x").touch()
        except PermissionError:
            pass
        else:
            # A root who may write anywhere and cannot give that up: the kernel's own is left.
            (tmp_path / "locked" / "x").unlink()
            if "held" in arguments[-1]:
                arguments = ["run", "talks_2021", "-n", "5", "-o", "locked/out"]
            arguments = [word.replace("locked", "/sys") for word in arguments]
        status, _, err = cli(*arguments)
    assert status in (1, 2), err
    refused = "Permission denied|Operation not permitted|Read-only file system"
    assert re.search(refused, err), err
    assert not list((tmp_path / "locked").iterdir())
    assert part_hashes(tmp_path / "held") == before


# Clocks


class JumpingClock(datetime):
    """A clock that is set back by a year at every look."""

    looks = 0

    @classmethod
    def now(cls, tz=None):
        cls.looks += 1
        return datetime(2040 - cls.looks, 1, 1, tzinfo=tz or UTC)


@pytest.mark.usefixtures("undrawn")
def test_a_clock_that_jumps(tmp_path, monkeypatch):
    scenario = vary("baseline", weeks=4, sweep=SWEPT)
    whole = sweep(tmp_path / "whole", scenario, 20)
    with monkeypatch.context() as jumping:
        jumping.setattr(running, "datetime", JumpingClock)
        done = sweep(tmp_path / "s", scenario, 20)
        again = sweep(tmp_path / "s", resume=True)
        ran = run_into(tmp_path / "r", load_scenario("talks_2021"), 20)
    assert done.manifest["finished"] < done.manifest["started"]
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]
    assert done.manifest["seconds"] >= 0
    assert_sound(tmp_path / "r")
    assert "</html>" in report_html(assert_sound(tmp_path / "s"))
    assert ran.manifest["seconds"] >= 0


# Two at once


def test_two_sweeps_at_once(tmp_path):
    command = ["sweep", "fear_of_war", "-n", "30", "--weeks", "20", "-o", "there"]
    statuses, said = work.at_once(tmp_path, command, command)
    # Who comes when the other is done goes on with it; that only one is at work at a time is
    # shown by test_sweep.py::test_two_sweeps_are_kept_out_of_one_folder.
    assert sorted(statuses) in ([0, 2], [0, 0])
    assert re.search(
        "another sweep is running|another process has just started|already holds this sweep", said
    )
    assert "Traceback" not in said
    assert_sound(tmp_path / "there")


def test_two_runs_at_once(tmp_path):
    command = ["run", "talks_2021", "-o", "there", "-n"]
    statuses, said = work.at_once(tmp_path, [*command, "40"], [*command, "50"])
    assert "Traceback" not in said
    assert 0 in statuses
    assert assert_sound(tmp_path / "there").replicates in (40, 50)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


# Memory


@pytest.mark.parametrize(
    "executor",
    [
        "processes",
        pytest.param("dask", marks=pytest.mark.second_tier("a cluster; processes stand for it")),
    ],
)
def test_a_worker_without_memory_costs_a_retry(tmp_path, monkeypatch, executor):
    scenario = vary("baseline", weeks=4, sweep=SWEPT)
    monkeypatch.setattr("redline.results.storage.parts.LEAST_DECISIONS", 1000)
    whole = sweep(tmp_path / "whole", scenario, 200)
    assert len(whole.parts) > 3
    monkeypatch.setattr(running, "make_part", work.Starve(1, tmp_path / "flag"))
    done = sweep(tmp_path / "s", scenario, 200, executor=executor, workers=1)
    assert (tmp_path / "flag").read_text().startswith("Unable to allocate")
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]


def test_a_process_without_memory_says_so(tmp_path, capsys, monkeypatch):
    def starved(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("redline.results.run_into", starved)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["run", "baseline", "-n", "5"])
    assert left.value.code == 1
    assert capsys.readouterr().err == "redline: not enough memory for this\n"


# Versions


@pytest.mark.parametrize("held", [0, 2, "1", None])
def test_a_manifest_of_another_format(tmp_path, held, capsys):
    sweep(tmp_path / "s", vary("baseline", weeks=4, sweep=SWEPT), 5)
    manifest = {**read_manifest(tmp_path / "s"), "format": held}
    (tmp_path / "s" / "manifest.json").write_text(json.dumps(manifest))
    before = part_hashes(tmp_path / "s")
    for words in (["results"], ["plot", "--kind", "ladder"], ["report"], ["sweep", "--resume"]):
        with pytest.raises(SystemExit) as left:
            main([*words, str(tmp_path / "s")])
        assert left.value.code == 2
        assert f"format {held!r}, this version reads 1" in capsys.readouterr().err
    assert part_hashes(tmp_path / "s") == before


def test_every_fault_of_the_table_is_a_test():
    page = (ROOT / "docs" / "faults.md").read_text("utf-8")
    named = re.findall(r"`(tests/test_\w+\.py)::(test_\w+)`", page)
    assert len(named) > 25
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), (file, name)
    here = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text("utf-8"), re.MULTILINE))
    told = {name for file, name in named if file == "tests/test_faults.py"}
    assert here - told == {"test_every_fault_of_the_table_is_a_test"}

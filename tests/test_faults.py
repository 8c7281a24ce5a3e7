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
from datetime import UTC, datetime
from pathlib import Path

import pytest

import work
from redline import experiment
from redline.cli import main
from redline.experiment import run_into, sweep
from redline.report import report_html
from redline.results import load_results
from redline.scenario_file import load, vary
from redline.store import part_hashes, read_manifest, results_hash

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
    from redline import compiled, exchange, executors, outcomes, store, tables  # before the forks
    from redline.experiment import run_into, sweep
    from redline.scenario_file import load, vary

    what, begun = sys.argv[1], []
    earlier = Path("earlier")
    scenario = vary("baseline", weeks=4, sweep={"united_states.commitment": [0, 1, 2]})

    def act(folder):
        if what == "sweep":
            sweep(folder, scenario, 40, workers=1)
        else:
            forced = what == "run"
            run_into(folder, load("baseline"), 30, workers=1, force=forced, beside=not forced)

    def die_at(step):
        count = 0
        def counted(function):
            def call(*arguments, **options):
                nonlocal count
                count += what != "beside" or bool(begun)
                if count == step > 0:
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

    def child(step):
        if os.fork():
            return os.wait()[1] >> 8
        try:
            folder = Path(f"step-{step}", "results")
            folder.parent.mkdir()
            if what != "sweep":
                shutil.copytree(earlier, folder)
            die_at(step)
            act(folder)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(3)
        os._exit(0)

    if what != "sweep" and not os.fork():
        run_into(earlier, load("baseline"), 7, workers=1)
        for name in ("notes.txt", "outcomes/notes.txt", ".DS_Store"):
            (earlier / name).write_text("keep me")
        os._exit(0)
    elif what != "sweep":
        os.wait()
    step, status = 0, 9
    while status == 9:
        step += 1
        status = child(step)
    print(step, status)
"""


def killed(tmp_path, what):
    """Kill a process at every step; yield each folder, and the hash of a run that goes on."""
    done = script(KILLED, what, cwd=tmp_path)
    steps, status = map(int, done.stdout.split())
    assert status == 0, done.stderr
    assert steps > 3
    whole = load_results(tmp_path / f"step-{steps}" / "results").manifest["results_hash"]
    for step in range(1, steps):
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
            run_into(folder, load("baseline"), 30, workers=1, force=True)
        assert assert_sound(folder).manifest["results_hash"] == whole, folder
    assert {replicates for _, replicates in found} == {7, 30}


# Disks


def limited(size):
    """Return what makes the system refuse files of more than some bytes to a process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


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
def test_a_disk_that_fills(tmp_path, arguments, made):
    run_into(tmp_path / "results" / "talks_2021", load("talks_2021"), 5)
    command = [sys.executable, "-m", "redline", *arguments]
    size = 40 if arguments[0] == "results" else 6000
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, preexec_fn=limited(size), check=False
    )
    assert done.returncode in (1, 2), done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert_sound(tmp_path / "results" / "talks_2021")
    if made:  # nothing half written
        assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]
        return
    assert "to go on: redline sweep --resume out" in done.stderr
    again = subprocess.run(
        [*command[:3], "sweep", "--resume", "out"], cwd=tmp_path, capture_output=True, check=False
    )
    assert again.returncode == 0
    assert_sound(tmp_path / "out")


def test_a_disk_that_fills_is_a_failure_though_nobody_reads(tmp_path):
    command = ["sweep", "fear_of_war", "-n", "500", "--weeks", "20", "-o", "out"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "redline", *command],
        cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, preexec_fn=limited(6000), check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 1
    assert b"File too large" in done.stderr


def test_an_output_that_is_full(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "redline", "run", "baseline", "-n", "5", "--json"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("redline: No space left on device; free some there")


def without_override():
    """Give up root's right to write where nobody may; harmless where it is not there."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH; 24 is PR_CAPBSET_DROP
        libc.prctl(24, capability, 0, 0, 0)


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
def test_a_read_only_folder(tmp_path, arguments):
    sweep(tmp_path / "held", vary("baseline", weeks=4, sweep=SWEPT), 5)
    (tmp_path / "held" / "weekly.parquet").unlink()
    before = part_hashes(tmp_path / "held")
    (tmp_path / "locked").mkdir()
    for folder in (tmp_path / "locked", tmp_path / "held"):
        folder.chmod(0o555)
    probe = script("open('locked/x', 'w')", cwd=tmp_path, preexec_fn=without_override)
    if probe.returncode == 0:
        # A root who may write anywhere and cannot give that up: the kernel's own folder is left.
        (tmp_path / "locked" / "x").unlink()
        if "held" in arguments[-1]:
            arguments = ["run", "talks_2021", "-n", "5", "-o", "locked/out"]
        arguments = [word.replace("locked", "/sys") for word in arguments]
    else:
        assert "PermissionError" in probe.stderr
    done = subprocess.run(
        [sys.executable, "-m", "redline", *arguments],
        cwd=tmp_path, capture_output=True, text=True, preexec_fn=without_override, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    refused = "Permission denied|Operation not permitted|Read-only file system"
    assert re.search(refused, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
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


def test_a_clock_that_jumps(tmp_path, monkeypatch):
    scenario = vary("baseline", weeks=4, sweep=SWEPT)
    whole = sweep(tmp_path / "whole", scenario, 20)
    monkeypatch.setattr(experiment, "datetime", JumpingClock)
    done = sweep(tmp_path / "s", scenario, 20)
    again = sweep(tmp_path / "s", resume=True)
    ran = run_into(tmp_path / "r", load("talks_2021"), 20)
    monkeypatch.undo()
    assert done.manifest["finished"] < done.manifest["started"]
    assert again.manifest["results_hash"] == whole.manifest["results_hash"]
    assert done.manifest["seconds"] >= 0
    assert_sound(tmp_path / "r")
    assert "</html>" in report_html(assert_sound(tmp_path / "s"))
    assert ran.manifest["seconds"] >= 0


# Two at once


def test_two_sweeps_at_once(tmp_path):
    command = [sys.executable, "-m", "redline", "sweep", "fear_of_war", "-n", "300", "-o", "there"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[1] for process in both]
    statuses = sorted(process.returncode for process in both)
    assert statuses in ([0, 2], [0, 0])  # one who comes when the other is done goes on with it
    assert re.search("another sweep is at work|holds this sweep already", "".join(said))
    assert "Traceback" not in "".join(said)
    assert_sound(tmp_path / "there")


def test_two_runs_at_once(tmp_path):
    command = [sys.executable, "-m", "redline", "run", "talks_2021", "-o", "there", "-n"]
    both = [
        subprocess.Popen([*command, n], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for n in ("400", "500")
    ]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert "Traceback" not in "".join(said)
    assert 0 in {process.returncode for process in both}
    assert assert_sound(tmp_path / "there").replicates in (400, 500)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


# Memory


@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_a_worker_without_memory_costs_a_retry(tmp_path, monkeypatch, executor):
    scenario = vary("baseline", weeks=4, sweep=SWEPT)
    monkeypatch.setattr("redline.parts.LEAST_DECISIONS", 1000)
    whole = sweep(tmp_path / "whole", scenario, 200)
    assert len(whole.parts) > 3
    monkeypatch.setattr(experiment, "make_part", work.Starve(1, tmp_path / "flag"))
    done = sweep(tmp_path / "s", scenario, 200, executor=executor, workers=1)
    assert (tmp_path / "flag").read_text().startswith("Unable to allocate")
    assert done.manifest["results_hash"] == whole.manifest["results_hash"]


def test_a_process_without_memory_says_so(tmp_path, capsys, monkeypatch):
    def starved(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("redline.experiment.run_into", starved)
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

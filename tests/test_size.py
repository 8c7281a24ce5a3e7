"""Size said before work starts: what does not fit is refused, what is large is told."""

import json
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

import redline
from redline.argument.comparison import parting
from redline.argument.comparison.parting import PAIR_BYTES
from redline.argument.experiment_file import load_experiment
from redline.case import load_scenario, vary
from redline.engine import batch
from redline.engine.batch import BatchEngine
from redline.evidence.reference_table import HELD, prior_ranges, recorded
from redline.evidence.validation import validate
from redline.results.simulation import REPLICATE_BYTES
from redline.results.storage import estimate
from redline.results.storage.estimate import Estimate, check_replicates, check_run, check_sweep
from redline.results.storage.parts import part_at, part_count, plan_parts
from redline.results.storage.plan import plan_sweep
from redline.results.storage.running import run_into
from redline.support import errors, machine
from redline.support.errors import InputError, check_file

MIB = 1 << 20
TINY = 100_000
"""Bytes: so little memory that nothing fits, and still a number that could be."""


@pytest.fixture
def idle(monkeypatch):
    """Fail if anything is simulated."""

    def run(*arguments, **options):
        pytest.fail("something was simulated")

    for way in ("run", "tally"):
        monkeypatch.setattr(BatchEngine, way, run)


@pytest.fixture
def cramped(monkeypatch):
    """Have hardly any memory."""
    monkeypatch.setattr(machine, "memory", lambda: TINY)


@pytest.fixture
def told(monkeypatch):
    """Look at the cost of the smallest work, and tell of all that takes a time at all."""
    monkeypatch.setattr(estimate, "SMALL_WORK", {"batch": 0, "mesa": 0})
    monkeypatch.setattr(estimate, "LONG_SECONDS", 0.0)


COMMANDS = {
    "run": ["run", "talks_2021", "-n", "2147483648"],
    "run, JSON": ["run", "talks_2021", "-n", "4000000", "--json"],
    "run, traces": ["run", "talks_2021", "-n", "4000000", "--traces", "-o", "there"],
    "run, mesa": ["run", "talks_2021", "-n", "4000000", "--engine", "mesa"],
    "sweep": ["sweep", "fear_of_war", "-n", "4000000"],
    "sweeps": ["sweep", "fear_of_war", "no_red_line", "-n", "4000000", "--over", "iran.review=[1]"],
    "sensitivity": ["sensitivity", "talks_2021", "--points", "16", "-n", "900000000"],
    "sensitivity, points": ["sensitivity", "talks_2021", "--points", "65536"],
    "points": ["sweep", "fear_of_war", "--design", "sobol", "--points", "9000000"],
    "compare": ["compare", "talks_2021", "baseline", "-n", "3000000000"],
    "plot": ["plot", "talks_2021", "--kind", "ladder", "-n", "4294967295"],
    "validate": ["validate", "-n", "100000"],
    "score": ["score", "--particles", "100000"],
    "game": ["game", "talks_2021", "-n", "1000000"],
    "claims": ["claims", "-n", "1000000", "-o", "there"],
    "experiment": ["experiment", "c3_exception", "-n", "900000", "-o", "there"],
    "calibrate": ["calibrate", "-n", "10000000"],
    "forecast": ["forecast", "-n", "10000000"],
    "robustness, points": ["robustness", "--points", "100000"],
    "robustness": ["robustness", "--points", "2", "-n", "1000000", "--claim", "c5_leverage"],
    "page": ["page"],
}


@pytest.mark.parametrize("case", COMMANDS)
def test_what_memory_cannot_hold_is_refused_before_anything_is_done(cli, cramped, idle, case):
    status, out, err = cli(*COMMANDS[case])
    assert status == 2
    assert out == ""
    assert "of memory, and 98 KiB are available" in err
    assert "would fit in that" in err
    assert os.listdir() == []


def test_the_number_that_would_fit_fits(monkeypatch, cli):
    monkeypatch.setattr(machine, "memory", lambda: 300 * REPLICATE_BYTES)
    _, _, err = cli("run", "talks_2021", "-n", "5000", "--json")
    assert "replicates: 5,000 would take" in err
    assert ": 300 would fit in that" in err
    assert cli("run", "talks_2021", "-n", "300", "--json")[0] == 0


def test_functions_refuse_what_memory_cannot_hold(cramped, idle, tmp_path):
    message = "replicates: 9,000,000 would take about .* would fit"
    with pytest.raises(InputError, match=message):
        redline.simulate("talks_2021", 9_000_000)
    with pytest.raises(InputError, match=message):
        run_into(tmp_path / "r", load_scenario("talks_2021"), 9_000_000)
    with pytest.raises(InputError, match=message):
        redline.sweep("fear_of_war", replicates=9_000_000, to=tmp_path / "s")
    with pytest.raises(InputError, match=message):
        redline.compare("talks_2021", "baseline", replicates=9_000_000)
    with pytest.raises(InputError, match=message):
        validate(load_scenario("standoff_2019_2021"), 9_000_000)
    assert os.listdir(tmp_path) == []


DISK = {
    "run": ["run", "talks_2021", "-n", "200"],
    "run, traces": ["run", "talks_2021", "-n", "200", "--traces"],
    "run, mesa": ["run", "talks_2021", "-n", "20", "--engine", "mesa", "--weeks", "4"],
    "sweep": ["sweep", "fear_of_war", "-n", "2"],
    "sensitivity": ["sensitivity", "talks_2021", "--points", "2", "-n", "2", "--only", "iran"],
    "calibrate": ["calibrate", "-n", "200"],
    "robustness": ["robustness", "--points", "2", "-n", "2"],
}


@pytest.mark.parametrize("case", DISK)
def test_what_the_disk_cannot_hold_is_refused_before_anything_is_written(
    cli, told, monkeypatch, case
):
    monkeypatch.setattr(machine, "disk", lambda path: 100)
    status, _, err = cli(*DISK[case])
    assert status == 2
    assert "of disk, and 0 KiB are available" in err
    assert os.listdir() == []


@pytest.mark.parametrize(("busy", "worth"), [(0.0, 2.0), (2.0, 2.0), (6.0, 1.0)])
def test_workers_share_their_processors_with_all_that_is_busy(monkeypatch, busy, worth):
    monkeypatch.setattr(estimate, "processors", lambda: 4)
    monkeypatch.setattr(estimate.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(estimate.os, "getloadavg", lambda: (busy, 0.0, 0.0))
    assert estimate._speed(2) == worth  # eight on four processors get half of one each


def test_of_a_sweep_that_goes_on_only_what_is_missing_must_fit(monkeypatch, tmp_path, told):
    done = redline.sweep("fear_of_war", replicates=2, to=tmp_path / "s")
    monkeypatch.setattr(machine, "disk", lambda path: 100)
    assert redline.sweep(to=tmp_path / "s").manifest == done.manifest
    plan = plan_sweep("fear_of_war", 2)
    check_sweep(plan, tmp_path, stored=plan.part_count)
    with pytest.raises(InputError, match="of disk"):
        check_sweep(plan, tmp_path, stored=plan.part_count - 1)


LONG = {
    "run": ["run", "talks_2021", "-n", "50"],
    "run, JSON": ["run", "talks_2021", "-n", "50", "--json"],
    "run, mesa": ["run", "talks_2021", "-n", "9", "--engine", "mesa", "--weeks", "4"],
    "sweep": ["sweep", "fear_of_war", "-n", "2", "--quiet"],
    "compare": ["compare", "talks_2021", "baseline", "-n", "20", "--json"],
    "plot": ["plot", "talks_2021", "--kind", "survival", "-n", "50"],
    "experiment": ["experiment", "c5_leverage", "-n", "20", "--json"],
    "game": ["game", "talks_2021", "-n", "20", "--json"],
}


@pytest.mark.parametrize("case", LONG)
def test_what_takes_long_is_told_in_a_line(cli, told, case):
    status, out, err = cli(*LONG[case])
    assert status == 0, err
    assert [line for line in err.splitlines() if line.startswith("redline: this takes ")]
    if "--json" in LONG[case]:
        json.loads(out)


@pytest.mark.parametrize("case", ["run", "run, JSON", "sweep", "compare", "game"])
def test_small_work_is_not_talked_of(cli, case):
    status, _, err = cli(*LONG[case])
    assert status == 0
    assert "this takes" not in err


def test_what_is_told_has_time_memory_and_disk():
    gib = 1 << 30
    assert Estimate(1, 9.9, gib - 1, gib - 1).words() == ""
    assert Estimate(1, 10.0, 0.0).words() == "this takes about 10 s"
    assert Estimate(1, 300.0, 3 * gib, 2 * gib).words() == (
        "this takes about 5.0 minutes, 2.0 GiB of memory and 3.0 GiB of disk"
    )
    assert Estimate(1, 0.1, 2 * gib).words() == "this takes 2.0 GiB of disk"


def test_a_run_says_about_what_it_stores(tmp_path, told):
    said = []
    check_run(tmp_path, load_scenario("talks_2021"), 3000, 1, traces=True, notice=said.append)
    run = run_into(tmp_path / "r", load_scenario("talks_2021"), 3000, traces=True)
    stored = sum(path.stat().st_size for path in run.folder.rglob("*.parquet"))
    words = said[0].split(" MiB of disk")[0]
    assert stored / 2 < float(words.split()[-1]) * MIB < 2 * stored


def test_an_interrupt_of_the_first_block_is_answered(cli, told, monkeypatch):
    def run(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(estimate, "warm_up", lambda: None)
    for way in ("run", "tally"):
        monkeypatch.setattr(BatchEngine, way, run)
    for command in (LONG["run"], LONG["run, JSON"], LONG["sweep"], LONG["compare"]):
        status, out, _ = cli(*command)
        assert (status, out, os.listdir()) == (130, "", [])


# How memory grows

SHORT = vary("baseline", weeks=1)


def _peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("function", "each"),
    [
        (lambda n: redline.simulate(SHORT, n), REPLICATE_BYTES),
        (lambda n: redline.compare(SHORT, SHORT, replicates=n), PAIR_BYTES),
    ],
    ids=["simulate", "compare"],
)
def test_memory_grows_as_it_is_said_to(monkeypatch, function, each):
    monkeypatch.setattr(batch, "BLOCK_DECISIONS", 5_000)  # blocks are bounded: see past them
    monkeypatch.setattr(parting, "BLOCK_MOVES", 5_000)
    function(10)
    few, many = 20_000, 60_000
    grown = (_peak(lambda: function(many)) - _peak(lambda: function(few))) / (many - few)
    assert 0.5 * each < grown < 1.2 * each


def test_the_memory_of_an_experiment_is_that_of_its_greediest_test():
    assert load_experiment("c3_exception").replicate_bytes >= 4800
    assert load_experiment("c5_leverage").replicate_bytes < 1000


def test_a_reference_table_is_reckoned_by_its_columns(monkeypatch, cli):
    row = 8 * (len(prior_ranges()) + len(recorded()) + 1)
    monkeypatch.setattr(machine, "memory", lambda: int(HELD * row * 1234))
    assert "1,200 would fit in that" in cli("calibrate", "-n", "2000")[2]


def test_replicates_that_are_small_or_none_are_not_sampled(idle):
    said = []
    check_replicates([(load_scenario("talks_2021"), 1000)], 1, 1.0, notice=said.append)
    assert said == []


@pytest.mark.parametrize(("points", "replicates", "size"), [(7, 3, 10), (7, 3, 2), (100, 1, 64)])
def test_parts_can_be_had_by_number(points, replicates, size):
    parts = list(plan_parts(points, replicates, size))
    assert len(parts) == part_count(points, replicates, size)
    assert [part_at(points, replicates, size, n) for n in range(len(parts))] == parts


# What is no file, or too large a one

READERS = {
    "scenario": ["run", "./FILE"],
    "scenario by name": ["run", "FILE"],
    "experiment": ["experiment", "./FILE"],
    "payoffs": ["game", "--payoffs", "FILE"],
    "events": ["calibrate", "--events", "FILE"],
    "what came": ["forecast", "--events", "FILE"],
    "draws": ["robustness", "--draws", "FILE", "--points", "2", "-n", "2"],
    "points": ["sweep", "baseline", "--csv", "FILE"],
    "words": ["page", "--words", "FILE"],
}


def _socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # of any length, within the folder


NO_FILES = {
    "a pipe": os.mkfifo,
    "a directory": Path.mkdir,
    "a socket": _socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused_at_once(cli, tmp_path, reader, kind):
    NO_FILES[kind](tmp_path / "FILE")
    status, _, err = cli(*READERS[reader])
    assert status == 2
    assert "FILE" in err
    assert f"is not a file but {kind}" in err or "is a directory, not a" in err


def test_a_pipe_of_the_shell_is_refused_with_what_to_do(cli):
    read, write = os.pipe()
    try:
        for command in READERS.values():
            named = [part.replace("./", "").replace("FILE", f"/dev/fd/{read}") for part in command]
            status, _, err = cli(*named)
            assert status == 2
            assert "a pipe: write what comes through it into a file, and name that" in err
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_is_too_large_is_refused_at_once(cli, tmp_path, reader):
    with (tmp_path / "FILE").open("wb") as file:
        file.truncate(errors.LARGEST_PARQUET + 1)
    status, _, err = cli(*READERS[reader])
    limit = {"draws": "1,024", "events": "256", "what came": "256", "points": "256"}
    assert status == 2
    assert f"is larger than {limit.get(reader, '4')} MiB, the limit for such a file" in err


def test_what_results_hold_must_be_files_too(tmp_path):
    run_into(tmp_path / "r", load_scenario("talks_2021"), 2)
    for name in ("manifest.json", "journal.jsonl", "outcomes/part-00000.parquet"):
        path = tmp_path / "r" / name
        kept = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        with pytest.raises(InputError, match="is not a file but a pipe"):
            redline.open(tmp_path / "r").column("attacks")
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)
    (tmp_path / "rob" / "tried").mkdir(parents=True)
    os.mkfifo(tmp_path / "rob" / "tried" / "manifest.json")
    from redline.exploration.claims_over_space import robustness

    with pytest.raises(InputError, match="is not a file but a pipe"):
        robustness(2, 2, to=tmp_path / "rob", claims=["c5_leverage"])


def test_a_file_of_any_size_passes_where_none_is_set(tmp_path):
    with (tmp_path / "f").open("wb") as file:
        file.truncate(errors.LARGEST_PARQUET + 1)
    check_file(tmp_path / "f", None)
    check_file(Path("/proc/self/status"))
    check_file(tmp_path / "not there")

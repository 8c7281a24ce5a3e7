"""Results on disk: format, equality of bytes, and folders that are never overwritten."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from redline.case.scenario_file import load_scenario
from redline.results.measures import COLUMNS
from redline.results.simulation import simulate, trace
from redline.results.storage import plan, resumable, running, store
from redline.results.storage.exchange import check_destination, not_of_run
from redline.results.storage.running import run_into
from redline.results.storage.store import results_hash
from redline.results.storage.stored import StoredRun
from redline.results.storage.tables import bin_edges
from redline.support.errors import InputError


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "talks_2021"
    return run_into(
        folder, load_scenario("talks_2021"), 300, traces=True, command=["redline", "run"]
    )


def test_the_manifest_says_what_was_run(stored):
    manifest = stored.manifest
    assert manifest["format"] == 1
    assert manifest["replicates"] == 300
    assert manifest["seed"] == 1
    assert manifest["scenario"]["name"] == "talks_2021"
    assert manifest["scenario"]["iran"]["review"] == 0.25
    assert len(manifest["rules_hash"]) == 64
    assert manifest["versions"]["numba"]
    assert manifest["command"] == ["redline", "run"]
    assert manifest["results_hash"] == results_hash(manifest["parts"])
    assert set(manifest["parts"]) == {
        "outcomes/part-00000.parquet",
        "weekly/part-00000.parquet",
        "weekly.parquet",
        "traces/part-00000.parquet",
    }
    assert stored.scenario == load_scenario("talks_2021")


def test_stored_columns_are_the_simulated_ones(stored):
    results = simulate("talks_2021", 300)
    for name in ("class", *COLUMNS):
        assert np.array_equal(stored.column(name), results.column(name)), name
    assert stored.summary() == results.summary()
    assert stored.decisions == results.decisions


def test_a_row_per_replicate_in_a_fixed_order(stored):
    table = pq.read_table(stored.folder / "outcomes" / "part-00000.parquet")
    assert table.column_names == ["point", "replicate", "class", *COLUMNS]
    assert table["replicate"].to_pylist() == list(range(300))
    assert set(table["class"].to_pylist()) <= {"quiet", "provocation", "crisis", "confrontation"}


def test_weekly_counts_add_up(stored):
    results = simulate("talks_2021", 300)
    rows = stored.weekly().to_pylist()
    for quantity in ("provocation", "response", "directive", "severity", "control", "pressure"):
        counts = np.zeros((52, 256), np.int64)
        for row in rows:
            if row["quantity"] == quantity:
                counts[row["week"], row["bin"]] = row["count"]
        original = results.counts[quantity]
        assert (counts[:, : original.shape[1]] == original).all(), quantity
        assert counts.sum() == original.sum()
    talks = [row["count"] for row in rows if row["quantity"] == "talks"]
    assert sum(talks) == results.column("talks_weeks").sum()


def test_traces_are_the_original_ones(stored):
    table = pq.read_table(stored.folder / "traces" / "part-00000.parquet").to_pylist()
    history = trace("talks_2021", 0, 300)
    assert len(table) == history.lived.sum()
    for row in table[::997]:
        week = history.weeks[row["replicate"], row["week"]]
        assert row["severity"] == week["severity"]
        assert row["response"] == week["response"]
        assert row["attacks.drones"] == week["attacks"][1]
        assert row["expected.offensive"] == week["expected"][5]
        moves = history.moves[row["replicate"], row["week"]]
        assert row["moves.militia"] == np.flatnonzero(moves["rung"]).tolist()
        assert row["moves.rung"] == moves["rung"][moves["rung"] > 0].tolist()


def test_equal_runs_give_equal_bytes_on_one_thread_or_two(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "MOST_PART_REPLICATES", 130)
    scenario = load_scenario("talks_2021")
    hashes = set()
    for workers in (1, 2):
        run = run_into(tmp_path / str(workers) / "talks_2021", scenario, 300, workers=workers)
        hashes.add(run.manifest["results_hash"])
        assert len(list((run.folder / "outcomes").iterdir())) == 3
        assert (run.column("attacks") == simulate(scenario, 300).column("attacks")).all()
    assert len(hashes) == 1
    mesa = run_into(tmp_path / "mesa" / "talks_2021", scenario, 40, engine="mesa")
    batch = run_into(tmp_path / "batch" / "talks_2021", scenario, 40)
    assert mesa.manifest["results_hash"] == batch.manifest["results_hash"]


def test_merging_sums_over_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "MOST_PART_REPLICATES", 64)
    parts = run_into(tmp_path / "a" / "baseline", load_scenario("baseline"), 200)
    monkeypatch.setattr(plan, "MOST_PART_REPLICATES", 1000)
    whole = run_into(tmp_path / "b" / "baseline", load_scenario("baseline"), 200)
    assert parts.weekly() == whole.weekly()


def test_the_same_run_is_replaced_and_by_force_another(tmp_path):
    folder = tmp_path / "baseline"
    run_into(folder, load_scenario("baseline"), 3)
    run_into(folder, load_scenario("baseline"), 3, engine="mesa")
    assert run_into(folder, load_scenario("baseline"), 5, force=True).manifest["replicates"] == 5
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_of_something_else_is_never_overwritten(tmp_path):
    scenario = load_scenario("baseline")
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("ten years of work")
    file = tmp_path / "file"
    file.write_text("x")
    run_into(tmp_path / "talks", load_scenario("talks_2021"), 2)
    for folder in (other, file, tmp_path / "talks"):
        for force in (False, True):
            with pytest.raises(InputError):
                run_into(folder, scenario, 3, force=force)
    assert (other / "thesis.txt").read_text() == "ten years of work"
    assert StoredRun(tmp_path / "talks").manifest["replicates"] == 2


@pytest.mark.parametrize("replicates", [3, 4])
def test_what_a_run_did_not_write_is_kept(tmp_path, replicates):
    folder = tmp_path / "baseline"
    run_into(folder, load_scenario("baseline"), 3)
    (tmp_path / "elsewhere").mkdir()
    (folder / "notes.txt").write_text("keep me")
    (folder / "mine").mkdir()
    (folder / "mine" / "manifest.json").write_text("keep me")
    (folder / "empty").mkdir()
    (folder / "analysis.parquet").write_text("keep me")
    (folder / "outcomes" / "part-99999.parquet").write_text("keep me")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(folder / "pipe")
    names = [
        "analysis.parquet", "dangling", "empty", "link", "mine", "notes.txt",
        "part-99999.parquet", "pipe",
    ]  # fmt: skip
    assert [path.name for path in not_of_run(folder)] == names
    run = run_into(folder, load_scenario("baseline"), replicates, force=replicates > 3)
    assert run.manifest["replicates"] == replicates
    assert (folder / "mine" / "manifest.json").read_text() == "keep me"
    assert (folder / "link").readlink() == tmp_path / "elsewhere"
    assert (folder / "dangling").is_symlink()
    assert (folder / "pipe").is_fifo()
    assert [path.name for path in not_of_run(folder)] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baseline", "elsewhere"]


def test_a_failure_leaves_the_old_run_and_no_litter(tmp_path, monkeypatch):
    folder = tmp_path / "baseline"
    run_into(folder, load_scenario("baseline"), 3)

    def fail(*arguments):
        raise RuntimeError("disk full")

    monkeypatch.setattr(running, "write_manifest", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        run_into(folder, load_scenario("baseline"), 9, force=True)
    assert StoredRun(folder).manifest["replicates"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["baseline"]


def test_a_failed_exchange_puts_the_old_run_back(tmp_path, monkeypatch):
    folder = tmp_path / "baseline"
    run_into(folder, load_scenario("baseline"), 3)
    rename = Path.replace

    def fail_once(self, target):
        manifest = self / "manifest.json"
        if target == folder and json.loads(manifest.read_text())["replicates"] == 9:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    with pytest.raises(OSError, match="no"):
        run_into(folder, load_scenario("baseline"), 9, force=True)
    assert StoredRun(folder).manifest["replicates"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["baseline"]


def test_a_figure_that_cannot_be_drawn_costs_neither_run_nor_table(tmp_path, monkeypatch, capsys):
    from redline.cli import cli

    folder = tmp_path / "baseline"

    def fail(kind, request):
        raise RuntimeError("no ink")

    monkeypatch.setattr("redline.figures.draw", fail)
    with pytest.raises(RuntimeError, match="no ink"):
        cli.main(["run", "baseline", "-n", "9", "-o", str(folder)], standalone_mode=False)
    assert StoredRun(folder).manifest["replicates"] == 9
    assert "Distributions over replicates" in capsys.readouterr().out


def test_what_appears_during_the_run_is_not_overwritten(tmp_path, monkeypatch):
    folder = tmp_path / "baseline"
    written = running.write_manifest

    def meanwhile(*arguments):
        folder.mkdir()
        (folder / "thesis.txt").write_text("ten years of work")
        written(*arguments)

    monkeypatch.setattr(running, "write_manifest", meanwhile)
    with pytest.raises(InputError, match="nothing is overwritten"):
        run_into(folder, load_scenario("baseline"), 3)
    assert (folder / "thesis.txt").read_text() == "ten years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["baseline"]


def test_a_link_to_an_empty_folder_is_filled_where_it_leads(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    run_into(tmp_path / "link", load_scenario("baseline"), 2)
    assert (tmp_path / "link").is_symlink()
    assert StoredRun(tmp_path / "real").manifest["replicates"] == 2


def test_the_current_folder_cannot_be_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="name a folder inside it"):
        run_into(Path(), load_scenario("baseline"), 2)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half():
        with store.written(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_torn_line_of_the_journal_does_not_swallow_the_next(tmp_path):
    (tmp_path / resumable.JOURNAL).write_bytes(b'{"b.txt": "0123')
    resumable.ResumableFolder(tmp_path).add({"a.txt": b"data"})
    assert resumable.read_journal(tmp_path) == {"a.txt": store.file_hash(tmp_path / "a.txt")}


def test_data_reach_the_disk_before_their_name_and_their_name_before_they_count(
    tmp_path, monkeypatch
):
    done = []
    sync, replace = os.fsync, Path.replace

    def synced(handle):
        done.append(("synced", os.fstat(handle).st_ino))
        sync(handle)

    def renamed(path, target):
        done.append(("renamed", path.stat().st_ino))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    resumable.ResumableFolder(tmp_path).add({"a.txt": b"data"})
    file, journal = ((tmp_path / name).stat().st_ino for name in ("a.txt", resumable.JOURNAL))
    folder = tmp_path.stat().st_ino
    assert done == [
        ("synced", file),
        ("renamed", file),
        ("synced", folder),
        ("synced", journal),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "not a results folder"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "not that of a results folder"),
        (json.dumps({"scenario": {}, "format": 9}), "format 9, this version reads 1"),
    ],
)
def test_a_manifest_that_cannot_be_read(tmp_path, text, message):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=message):
        StoredRun(Path(tmp_path))


def test_an_empty_folder_may_be_filled(tmp_path):
    assert check_destination(tmp_path, "baseline") is None


def test_bin_edges():
    assert bin_edges("severity")[[0, 128, 256]].tolist() == [0, 0.5, 1]
    edges = bin_edges("pressure")
    assert edges[128] == 1.0
    assert edges[-1] == np.inf


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted on Linux")
def test_to_read_a_table_starts_no_thread(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; import pyarrow as pa\n"
        "from redline.results.storage.store import read_table, write_table\n"
        "path = Path(sys.argv[1])\n"
        "write_table(pa.table({'a': [1, 2], 'b': [3, 4]}), path)\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "assert read_table(path).num_rows == read_table(path, ['a']).num_rows == 2\n"
        "assert len(os.listdir('/proc/self/task')) == before\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "t.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""A run in the place of another: nothing that differs is replaced unasked, nothing is lost."""

import json
import os
import platform
import time
from contextlib import ExitStack
from pathlib import Path

import filelock
import pytest

import work
from redline.case import load_scenario, vary
from redline.results.storage import exchange
from redline.results.storage.exchange import settle
from redline.results.storage.running import run_into
from redline.results.storage.store import MANIFEST, OtherResultsError, read_manifest, write_manifest
from redline.results.storage.stored import StoredRun
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """A folder with a run of three replicates of eight weeks."""
    run_into(tmp_path / "r", vary("baseline", weeks=8), 3)
    return tmp_path / "r"


def again(folder, replicates=3, seed=1, changes=(), weeks=8, **options):
    """Run the same into a folder again, but for what is given."""
    scenario = vary("baseline", dict(changes), weeks=weeks)
    return run_into(folder, scenario, replicates, seed, **options)


def names(folder):
    """Return what lies beside a folder, and the folder."""
    return sorted(path.name for path in folder.parent.iterdir())


# What differs


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"replicates": 4}, "replicates: 3 there, 4 here"),
        ({"seed": 2}, "seed: 1 there, 2 here"),
        ({"weeks": 9}, "weeks is 8 there, 9 here"),
        ({"changes": {"iran.review": 0.5}}, "iran.review is 0.25 there, 0.5 here"),
        ({"changes": {"environment.unrest": 0.9}}, "environment.unrest is"),
        ({"traces": True}, "traces: False there, True here"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_run_that_differs_is_not_replaced_but_by_force(folder, given, said):
    before = read_manifest(folder)
    with pytest.raises(OtherResultsError, match="holds another run of baseline") as error:
        again(folder, **given)
    assert said in str(error.value)
    assert "force=True" in str(error.value)
    assert read_manifest(folder) == before
    assert names(folder) == ["r"]
    done = again(folder, **given, force=True)
    assert again(folder, **given).manifest["results_hash"] == done.manifest["results_hash"]
    assert names(folder) == ["r"]


@pytest.mark.parametrize(
    ("key", "said"),
    [("rules_hash", "the rules have changed"), ("measures", "what is measured")],
)
def test_a_run_under_other_rules_differs(folder, key, said):
    other = 0 if key == "measures" else "0" * 64
    write_manifest(folder, {**read_manifest(folder), key: other})
    with pytest.raises(OtherResultsError, match=said):
        again(folder)
    again(folder, beside=True)
    assert read_manifest(folder.with_name("r~1"))[key] == other


@pytest.mark.parametrize(
    "given", [{"engine": "mesa"}, {"workers": 2}, {"command": ["x"]}, {"beside": True}]
)
def test_what_changes_no_result_is_no_difference(folder, given):
    again(folder, **given)
    assert names(folder) == ["r"]


def test_a_run_of_the_first_edition_is_the_same(folder):
    manifest = read_manifest(folder)
    for key in ("measures", "traces"):
        del manifest[key]
    write_manifest(folder, manifest)
    assert again(folder).manifest["traces"] is False
    again(folder, traces=True, force=True)
    manifest = read_manifest(folder)
    del manifest["traces"]
    write_manifest(folder, manifest)
    again(folder, traces=True)


def test_a_long_list_of_differences_is_cut(folder):
    path = folder.with_name("baseline.toml")
    path.write_text('extends = "crisis_2020"\n')
    with pytest.raises(OtherResultsError, match=r"… and [0-9]+ more\nname another"):
        run_into(folder, load_scenario(path), 3)


# Beside


@pytest.mark.usefixtures("undrawn")
def test_without_o_the_earlier_run_is_kept_beside(cli, tmp_path):
    cli("run", "baseline", "-n", 3, "--seed", 3)
    before = (tmp_path / "results" / "baseline" / MANIFEST).read_bytes()
    (tmp_path / "results" / "baseline" / "notes.txt").write_text("keep me")
    status, out, err = cli("run", "baseline", "-n", 4)
    assert status == 0
    assert "Results, figure and manifest are in results/baseline\n" in out
    assert err.startswith(
        "redline: the earlier run (3 replicates, seed 3) is kept in results/baseline~1; it "
        "differs: seed: 3 there, 1 here, and 1 more\n"
    )
    kept = tmp_path / "results" / "baseline~1"
    assert (kept / MANIFEST).read_bytes() == before
    assert (kept / "notes.txt").read_text() == "keep me"  # it is about that run
    assert "baseline" not in cli("run", "baseline", "-n", 4)[2]
    assert "baseline~2" in cli("run", "baseline", "-n", 5)[2]
    assert cli("results", "results/baseline~1", "--json")[0] == 0
    assert "replaced a run of 5" in cli("run", "baseline", "-n", 6, "--force")[2]
    assert names(kept) == ["baseline", "baseline~1", "baseline~2"]


@pytest.mark.usefixtures("undrawn")
def test_with_o_it_is_refused_and_told(cli, tmp_path):
    cli("run", "baseline", "-n", 3, "-o", "out")
    status, out, err = cli("run", "baseline", "-n", 4, "--seed", 2, "-o", "out")
    assert (status, out) == (2, "")
    assert [line.removeprefix("redline: ") for line in err.splitlines()] == [
        "out: holds another run of baseline, which is not replaced:",
        "  seed: 1 there, 2 here",
        "  replicates: 3 there, 4 here",
        "name another folder, or replace it with --force",
    ]
    assert cli("run", "baseline", "-n", 4, "--seed", 2, "-o", "out", "--force")[0] == 0
    assert cli("run", "baseline", "-n", 4, "--seed", 2, "-o", "out")[0] == 0
    assert names(tmp_path / "out") == ["out"]


def test_the_next_free_number_is_taken(folder):
    folder.with_name("r~1").write_text("a file")
    folder.with_name("r~2").mkdir()
    folder.with_name("r~3").symlink_to("nowhere")
    (folder.with_name("r~5")).mkdir()
    again(folder, 4, beside=True)
    assert StoredRun(folder.with_name("r~4")).replicates == 3
    assert folder.with_name("r~1").read_text() == "a file"
    assert not list(folder.with_name("r~2").iterdir())
    again(folder, 5, beside=True)
    assert StoredRun(folder.with_name("r~6")).replicates == 4


def test_a_place_that_is_taken_meanwhile_is_passed_over(folder, monkeypatch):
    rename = Path.replace

    def taken(self, target):
        if Path(target).name == "r~1":
            Path(target).mkdir()
            (Path(target) / "thesis.txt").write_text("ten years of work")
            monkeypatch.setattr(Path, "replace", rename)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", taken)
    again(folder, 4, beside=True)
    assert (folder.with_name("r~1") / "thesis.txt").exists()
    assert StoredRun(folder.with_name("r~2")).replicates == 3


@pytest.mark.parametrize("given", [{"force": True}, {"beside": True}])
def test_what_another_puts_in_place_between_the_renames_is_kept(folder, monkeypatch, given):
    other = folder.with_name("other")
    again(other, 9)
    rename = Path.replace

    def cross(self, target):
        if self.name == "new" and other.exists():
            rename(other, folder)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", cross)
    again(folder, 4, **given)
    assert not other.exists()
    assert StoredRun(folder).replicates == 4
    held = {StoredRun(path).replicates for path in folder.parent.iterdir()}
    assert held == ({4, 3} if "force" in given else {4, 3, 9})


@pytest.mark.second_tier(
    "starts processes; test_two_runs_at_once does so too, and the tests above take the place of "
    "the other one"
)
def test_two_runs_at_once_without_o(tmp_path):
    run_into(tmp_path / "results" / "talks_2021", load_scenario("talks_2021"), 3)
    command = ["run", "talks_2021", "-n"]
    statuses, said = work.at_once(tmp_path, [*command, "40"], [*command, "50"])
    assert statuses == [0, 0], said
    results = tmp_path / "results"
    assert sorted(path.name for path in results.iterdir()) == [
        "talks_2021", "talks_2021~1", "talks_2021~2",
    ]  # fmt: skip
    assert {load_results(path).replicates for path in results.iterdir()} == {3, 40, 50}


def test_one_who_reads_for_too_long_is_not_waited_for(folder, monkeypatch):
    monkeypatch.setattr(exchange, "PATIENCE", 0.1)
    with ExitStack() as holding:
        first = again(folder, holding=holding)
        again(folder, 4, beside=True)
    assert first.replicates == 3
    assert names(folder) == ["r", "r~1"]


def test_what_cannot_be_carried_over_is_kept_beside(folder):
    (folder / "traces").mkdir()
    (folder / "traces" / "part-00000.parquet").write_text("keep me")
    (folder / "notes.txt").write_text("keep me, too")
    said = []
    run = again(folder, traces=True, force=True, notice=said.append)
    assert run.manifest["parts"]["traces/part-00000.parquet"]
    assert run.read("traces/part-00000.parquet").num_rows
    assert (folder.with_name("r~1") / "traces" / "part-00000.parquet").read_text() == "keep me"
    assert (folder / "notes.txt").read_text() == "keep me, too"
    assert f"is kept in {folder.with_name('r~1')}" in said[-1]


# What killed processes left


def killed(folder, stage):
    """Leave a folder as a process does that is killed; return where it worked."""
    work = folder.with_name(f".{folder.name}.abcd_123")
    work.mkdir()
    (work / exchange.OWNER).touch()
    if stage != "writing":
        again(work / "new", 9)
    else:
        (work / "new" / "outcomes").mkdir(parents=True)
    if stage in ("between", "after"):
        folder.rename(work / "old")
    if stage == "after":
        (work / "new").rename(folder)
    return work


@pytest.mark.parametrize(
    ("stage", "replicates", "words"),
    [
        ("writing", 3, ["results"]),
        ("before", 3, ["results"]),
        ("between", 9, ["results"]),
        ("between", 9, ["plot", "--kind", "outcomes"]),
        ("between", 9, ["report"]),
        ("after", 9, ["results"]),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_the_next_command_puts_right_what_a_kill_left(cli, folder, stage, replicates, words):
    (folder / "notes.txt").write_text("keep me")
    killed(folder, stage)
    assert cli(*words, folder)[0] == 0
    assert not list(folder.parent.glob(".*"))
    assert read_manifest(folder)["replicates"] == replicates
    assert (folder / "notes.txt").read_text() == "keep me"


def test_an_earlier_run_is_put_back_where_the_new_one_is_not_whole(folder):
    work = killed(folder, "between")
    (work / "new" / MANIFEST).unlink()
    assert load_results(folder).replicates == 3
    assert names(folder) == ["r"]


def test_a_run_into_the_folder_puts_it_right_too(folder):
    killed(folder, "between")
    with pytest.raises(OtherResultsError, match="replicates: 9 there, 3 here"):
        again(folder)
    assert names(folder) == ["r"]


@pytest.mark.parametrize("stage", ["writing", "before", "between", "after"])
def test_what_a_process_is_at_work_in_is_left_alone(folder, stage):
    work = killed(folder, stage)
    held = sorted(path.relative_to(work) for path in work.rglob("*"))
    with filelock.FileLock(work / exchange.OWNER):
        settle(folder)
        assert sorted(path.relative_to(work) for path in work.rglob("*")) == held
    settle(folder)
    assert names(folder) == ["r"]


def aged(work, seconds):
    """Say of all that is in a folder that it was changed so long ago."""
    then = time.time() - seconds
    for path in (work, *work.rglob("*")):
        os.utime(path, (then, then))


@pytest.mark.parametrize(
    ("host", "seconds", "left"),
    [
        ("node17", 0, True),
        ("node17", 80_000, True),
        ("node17", 90_000, False),
        ("two words", 0, True),
        (platform.node(), 0, False),
        (None, 0, False),
    ],
)
@pytest.mark.parametrize("stage", ["writing", "between", "after"])
def test_what_another_machine_is_at_work_in_is_left_alone_for_a_day(
    folder, stage, host, seconds, left
):
    # Locks that hold on one machine alone: here they are free, whoever works there.
    work = killed(folder, stage)
    if host:
        (work / exchange.HOST).write_text(f"{host} 4711\n")
    aged(work, seconds)
    before = sorted(work.rglob("*"))
    settle(folder)
    assert work.exists() == left
    if left:
        assert sorted(work.rglob("*")) == before


def test_a_long_run_of_another_machine_is_at_work_while_it_writes(folder):
    work = killed(folder, "writing")
    (work / exchange.HOST).write_text("node17 4711\n")
    aged(work, 200_000)
    (work / "new" / "outcomes").touch()
    settle(folder)
    assert work.exists()


def test_one_at_a_time_exchanges_something_in_a_folder(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        with exchange._turn(tmp_path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)


def test_a_process_says_where_it_works(tmp_path):
    with exchange.replaced(tmp_path / "r") as given:
        said = (given.work / exchange.HOST).read_text()
        assert said == f"{platform.node()} {os.getpid()}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [NotImplementedError("no flock"), OSError(38, "no flock")])
def test_a_file_system_without_locks(folder, monkeypatch, error):
    def refuse(*arguments, **options):
        raise error

    work = killed(folder, "between")
    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    settle(folder)
    assert (work / "old").exists()  # nobody knows whether somebody is at work there
    (work / "old").rename(folder)
    again(folder, 4, beside=True)
    assert names(folder) == [work.name, "r", "r~1"]
    monkeypatch.undo()
    settle(folder)
    assert names(folder) == ["r", "r~1"]


def test_hidden_folders_of_others_are_left_alone(folder):
    for name in (".r.abcd_123", ".r.abcdefghi", ".r", ".rr.abcd_124"):
        place = folder.with_name(name)
        place.mkdir()
        (place / "new").mkdir()
        (place / "thesis.txt").write_text("ten years of work")
    (folder.with_name(".rr.abcd_124") / exchange.OWNER).touch()  # of another folder
    settle(folder)
    assert len(names(folder)) == 5
    assert all((folder.with_name(name) / "new").exists() for name in names(folder) if name != "r")


def test_an_earlier_run_that_cannot_be_read_is_kept_whole(folder):
    work = killed(folder, "after")
    (work / "old" / MANIFEST).write_text("{")
    settle(folder)
    assert (folder.with_name("r~1") / MANIFEST).read_text() == "{"
    assert StoredRun(folder).replicates == 9


def test_a_link_leads_to_what_is_put_right(folder):
    folder.with_name("link").symlink_to(folder)
    killed(folder, "between")
    assert StoredRun(folder.with_name("link")).replicates == 9
    assert load_results(folder.with_name("link")).replicates == 9


def test_nowhere_is_nowhere(tmp_path):
    settle(tmp_path / "no" / "where")
    with pytest.raises(InputError, match="not a results folder"):
        load_results(tmp_path / "no" / "where")
    assert not list(tmp_path.iterdir())


# Files that are begun


def test_a_file_that_was_not_edited_is_no_error(cli, tmp_path):
    first = cli("new", "mine.toml", "--extends", "talks_2021")
    again = cli("new", "mine.toml", "--extends", "talks_2021")
    assert (first[0], again[0]) == (0, 0)
    assert "there already" in again[1]
    assert cli("new", "mine.toml")[0] == 2  # of another scenario
    (tmp_path / "mine.toml").write_text("weeks = 3\n")
    status, _, err = cli("new", "mine.toml", "--extends", "talks_2021")
    assert status == 2
    assert "nothing is overwritten" in err
    assert (tmp_path / "mine.toml").read_text() == "weeks = 3\n"


def test_the_manifest_says_what_tells_runs_apart(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["measures"] == 1
    assert manifest["traces"] is False

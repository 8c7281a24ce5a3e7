"""What file managers and file systems leave never counts, and nothing of a user's is litter."""

import pytest

from redline.case import load_scenario, vary
from redline.results.storage.resumable import CollectionPlan, Workers, collected
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import part_hashes
from redline.results.storage.stored_sweep import load_results
from redline.support import library
from redline.support.errors import InputError
from redline.support.library import KINDS, entries, is_litter

NAMES = (
    ".DS_Store", "._manifest.json", "Thumbs.db", "thumbs.db", "ehthumbs.db", "Desktop.ini",
    ".directory", ".nfs000000000123abcd00000001", ".fuse_hidden0000000a00000001", "Icon\r",
    ".~lock.outcomes.csv#", "~$notes.docx", ".Trash-1000", "__MACOSX", "@eaDir", ".localized",
    "lost+found", "manifest.json:Zone.Identifier", "System Volume Information", ".stversions",
    ".ipynb_checkpoints", ".DocumentRevisions-V100", ".snapshot", ".owncloudsync.log", ".sync_a.db",
)  # fmt: skip
FOLDERS = (".Trash-1000", "__MACOSX", "@eaDir", "lost+found", ".ipynb_checkpoints")
SWEPT = {"united_states.commitment": [0, 1]}


def leave(folder, names=NAMES):
    """Leave litter in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name in FOLDERS:
            (folder / name).mkdir()
            (folder / name / "part-00000.parquet").write_text("not of a run")
        else:
            (folder / name).write_text("not of a run")


@pytest.mark.parametrize("name", NAMES)
def test_these_are_litter(name):
    assert is_litter(name)


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "notes.txt~", ".notes.txt.swp", "manifest.json", ".lock", "Icon", ".hidden",
     "nfs1", "thesis", "part-00000.parquet", ".part-00000.parquet.x", "desktop.ini.txt", "_a",
     ".sync.toml", ".snapshots.txt"],
)  # fmt: skip
def test_these_are_a_users(name):
    assert not is_litter(name)


def test_every_kind_says_whose_it_is():
    assert all(kind.whose for kind in KINDS)
    assert len({kind.pattern for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("force", [False, True])
def test_a_run_is_made_again_among_litter(tmp_path, force):
    folder = tmp_path / "r"
    leave(folder)
    first = run_into(folder, load_scenario("baseline"), 3)
    leave(folder / "outcomes", ["._part-00000.parquet", ".DS_Store", "@eaDir"])
    assert set(part_hashes(folder)) == set(first.manifest["parts"])
    again = run_into(folder, load_scenario("baseline"), 3, force=force)
    assert again.manifest["results_hash"] == first.manifest["results_hash"]
    assert again.summary() == first.summary()
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    assert (folder / ".Trash-1000" / "part-00000.parquet").exists()  # a bin is not emptied


def test_a_sweep_among_litter(tmp_path):
    folder = tmp_path / "s"
    leave(folder)
    scenario = vary("baseline", weeks=3, sweep=SWEPT)
    first = sweep(folder, scenario, 3)
    leave(folder / "outcomes", ["._part-00000.parquet", "Thumbs.db"])
    assert sweep(folder, resume=True).manifest == first.manifest
    again = sweep(folder, scenario, 3, force=True)
    assert again.manifest["results_hash"] == first.manifest["results_hash"]
    assert len(load_results(folder).columns(["attacks"])["attacks"]) == 6


def test_a_collection_among_litter(tmp_path):
    leave(tmp_path)
    made = (CollectionPlan("map", {}, {}), 0, None, print, Workers("threads"))
    assert collected(tmp_path, *made) == []
    leave(tmp_path / "other")
    (tmp_path / "other" / "thesis.txt").write_text("ten years of work")
    with pytest.raises(InputError, match="holds something else"):
        collected(tmp_path / "other", *made)


def test_litter_is_skipped_where_a_folder_is_listed(tmp_path):
    leave(tmp_path)
    (tmp_path / "a.txt").write_text("")
    assert [path.name for path in entries(tmp_path)] == ["a.txt"]


@pytest.mark.usefixtures("undrawn")
def test_commands_among_litter(cli, tmp_path):
    leave(tmp_path / "results" / "baseline")
    leave(tmp_path / "out")
    for _ in range(2):
        for folder in ([], ["-o", "out"]):
            status, _, err = cli("run", "baseline", "-n", 3, *folder)
            assert status == 0
            assert "kept" not in err
        leave(tmp_path / "out" / "weekly", [".DS_Store", "._part-00000.parquet"])
        assert cli("results", "out")[0] == 0
        for name in (".DS_Store", "._part-00000.parquet"):
            (tmp_path / "out" / "weekly" / name).unlink()
    assert not (tmp_path / "results" / "baseline~1").exists()


def test_built_in_files_among_litter(tmp_path, monkeypatch):
    (tmp_path / "case" / "scenarios").mkdir(parents=True)
    for name in ("mine.toml", "._mine.toml"):
        (tmp_path / "case" / "scenarios" / name).write_text("")
    monkeypatch.setattr(library, "PACKAGE", tmp_path)
    library.built_in.cache_clear()
    try:
        assert list(library.built_in()) == ["mine"]
    finally:
        library.built_in.cache_clear()

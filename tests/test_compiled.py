"""Compiled code on disk: kept by the hash of all sources, and done without where it must."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import redline
from redline.case import load_scenario
from redline.engine import BatchEngine, batch, compiled
from redline.engine.native.machine_code import read
from redline.results import outcomes, simulate
from redline.theory import Measures, WeekCounts, new_records, rules, tally_block, week

SOURCE = Path(redline.__file__).parent


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_folder_follows_numba_s_own_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert compiled.cache_folder().is_relative_to(tmp_path)


def test_the_folder_is_the_user_s_and_else_a_temporary_one(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert compiled.cache_folder().is_relative_to(tmp_path / "cache")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(compiled.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert compiled.cache_folder().is_relative_to(tmp_path / "temporary")


def test_without_any_folder_it_says_so_and_compiles_all_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compiled, "cache_folder", lambda: None)
    entries = compiled.compiled_entries.__wrapped__()
    assert "no folder to keep compiled code in" in capsys.readouterr().err
    assert [entry.folder for entry in entries.values()] == [None, None]
    assert talks(monkeypatch, entries) == talks(monkeypatch)


def test_an_edit_of_any_source_changes_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = compiled.cache_folder()
    copy = shutil.copytree(Path(rules.__file__).parent, tmp_path / "theory")
    monkeypatch.setattr(compiled.RESTRICTED[0], "__file__", str(copy / "chance.py"))
    assert compiled.cache_folder() == before
    with (copy / "rules.py").open("a") as edited:
        edited.write("\n# edited\n")
    assert compiled.cache_folder() != before


def talks(monkeypatch, entries=None):
    """Return weeks of talks, simulated by some compiled entries."""
    with monkeypatch.context() as patched:
        for module in (batch, outcomes):
            if entries:
                patched.setattr(module, "compiled_entries", lambda: entries)
        return simulate("baseline", 20, workers=1).column("talks_weeks").tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder that holds the code of all entries."""
    place = tmp_path_factory.mktemp("code")
    with pytest.MonkeyPatch.context() as patched:
        talks(patched, {entry: compiled.Entry(entry, place) for entry in compiled.ENTRIES})
    return place


def test_compiled_code_is_kept_and_needs_numba_no_more(folder, monkeypatch):
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == [
        entry.__name__ for entry in compiled.ENTRIES
    ]
    monkeypatch.setattr(compiled, "load_numba", lambda: pytest.fail("Numba is asked for"))
    entries = {entry: compiled.Entry(entry, folder) for entry in compiled.ENTRIES}
    assert talks(monkeypatch, entries) == talks(monkeypatch)


@pytest.mark.parametrize(
    "damage",
    [
        lambda code: b"",
        lambda code: code[:-1],
        lambda code: code[:200] + bytes([code[200] ^ 1]) + code[201:],
        lambda code: b"redline machine code 0" + code[22:],
    ],
    ids=["empty", "cut off", "a bit flipped", "of another layout"],
)
def test_damaged_code_is_never_loaded_but_made_anew(folder, tmp_path, monkeypatch, damage):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(damage(path.read_bytes()))
    kept = {path.name: read(path) for path in folder.iterdir()}
    monkeypatch.setattr(
        compiled,
        "machine_code",
        lambda function, _: (
            next(made for name, made in kept.items() if name.startswith(function.__name__)),
            True,
        ),
    )
    entries = {entry: compiled.Entry(entry, tmp_path) for entry in compiled.ENTRIES}
    assert talks(monkeypatch, entries) == talks(monkeypatch)
    assert {path.name: read(path) for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("what", ["processor", "setting", "arguments"])
def test_code_for_another_machine_has_another_name(tmp_path, monkeypatch, what):
    entry = compiled.Entry(week.advance, tmp_path)
    before = entry.path((np.zeros(2), 1))
    if what == "processor":
        monkeypatch.setattr(compiled, "host", lambda: "another")
    if what == "setting":
        monkeypatch.setenv("NUMBA_OPT", "0")
    given = (np.zeros(2, np.int64), 1) if what == "arguments" else (np.zeros(2), 1)
    assert entry.path(given) != before
    monkeypatch.undo()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "elsewhere")
    assert entry.path((np.ones(2), 2)) == before


def test_code_is_called_for_what_it_was_compiled_for_alone(monkeypatch):
    tally = compiled.compiled_entries()[tally_block]
    trace = BatchEngine(load_scenario("baseline"), 1).run(0, 4)
    given = (
        trace.lived,
        trace.over,
        trace.weeks,
        new_records(Measures, 4),
        new_records(WeekCounts, trace.weeks.shape[1]),
    )
    tally(*given)
    with pytest.raises(TypeError, match="another layout"):
        tally(trace.lived.astype(np.int32), *given[1:])
    with pytest.raises(TypeError, match="contiguous"):
        tally(np.zeros(8, np.int64)[::2], *given[1:])


@pytest.mark.second_tier(
    "compiles twice; that an edit changes the folder, and that the folder is kept to, stand for it"
)
def test_an_edited_rule_is_what_runs(tmp_path):
    # A copy of the package, run, edited in one rule, and run again with the same cache.
    package = tmp_path / "redline"
    subprocess.run(["cp", "-r", str(SOURCE), str(package)], check=True)
    if not (package / "case" / "scenarios").exists():
        subprocess.run(
            ["cp", "-r", str(SOURCE.parents[1] / "scenarios"), str(package / "case")], check=True
        )
    code = (
        "from redline.results.simulation import simulate\n"
        "print(int(simulate('baseline', 20, workers=1).column('talks_weeks').sum()))"
    )
    environment = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first = run_python(code, **environment)
    assert int(first.stdout) > 0, first.stderr
    assert "compiling the engine" in first.stderr
    again = run_python(code, **environment)
    assert again.stdout == first.stdout
    assert "compiling the engine" not in again.stderr
    source = package / "theory" / "rules.py"
    text = source.read_text()
    assert text.count("return 1 if draw < environment.talks_start * diplomacy else 0") == 1
    source.write_text(
        text.replace("return 1 if draw < environment.talks_start * diplomacy else 0", "return 0")
    )
    edited = run_python(code, **environment)
    assert int(edited.stdout) == 0, edited.stderr


def test_functions_may_be_defined_in_any_order():
    assert set(compiled.ENTRIES) <= set(compiled.compiled_functions())
    assert week.advance in compiled.compiled_functions()

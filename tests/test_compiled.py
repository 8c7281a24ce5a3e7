"""Compiled code on disk: kept by the hash of all sources, and done without where it must."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import redline
from redline.engine import compiled
from redline.theory import rules, week

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
    functions = compiled.compiled_functions.__wrapped__()
    assert "no folder to keep compiled code in" in capsys.readouterr().err
    assert functions[rules.pressure_left](0.5, 0.2) == pytest.approx(0.3)


def test_an_edit_of_any_source_changes_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = compiled.cache_folder()
    copy = shutil.copytree(Path(rules.__file__).parent, tmp_path / "theory")
    monkeypatch.setattr(compiled.RESTRICTED[0], "__file__", str(copy / "chance.py"))
    assert compiled.cache_folder() == before
    with (copy / "rules.py").open("a") as edited:
        edited.write("\n# edited\n")
    assert compiled.cache_folder() != before


@pytest.mark.parametrize("locators", ["", "nope"])
def test_compiled_code_is_kept_in_that_folder(tmp_path, monkeypatch, locators):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled.config, "CACHE_LOCATOR_CLASSES", locators, raising=False)
    functions = compiled.compiled_functions.__wrapped__()
    for entry in compiled.ENTRIES:
        place = functions[entry].function._cache.cache_path
        assert Path(place).is_relative_to(compiled.cache_folder())


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


def test_compiling_leaves_numba_s_settings_as_they_were():
    from numba.core import config

    before = config.CACHE_DIR
    compiled.compiled_functions.__wrapped__()
    assert before == config.CACHE_DIR


def test_functions_may_be_defined_in_any_order():
    assert set(compiled.ENTRIES) <= set(compiled.compiled_functions())
    assert week.advance in compiled.compiled_functions()

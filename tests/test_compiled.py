"""Compiled code on disk: kept under the functions in memory, and done without where it must."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import redline
from redline.case import Points, load_scenario
from redline.engine import BatchEngine, batch, measure, points, rules_hash, traces
from redline.engine.native import compiled, fingerprint, loaded_code
from redline.engine.native.loaded_code import numbers_of, read
from redline.results import simulate
from redline.theory import chance, rules, tally_block, week

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
    assert [entry.folder for entry in entries.values()] == [None] * len(entries)
    assert talks(monkeypatch, entries) == talks(monkeypatch)


def test_code_is_kept_under_the_functions_in_memory(tmp_path, monkeypatch):
    entry = compiled.Entry(week.advance, tmp_path)
    before = entry.path((1,))
    with monkeypatch.context() as patched:
        patched.setattr(rules.is_confrontation, "__code__", (lambda a, b, c: 0).__code__)
        assert entry.path((1,)) not in {before, None}
    with monkeypatch.context() as patched:
        patched.setattr(chance, "_WORD", chance._WORD + 1)
        assert entry.path((1,)) not in {before, None}
    with monkeypatch.context() as patched:  # such as cannot be told from others
        patched.setattr(week, "is_confrontation", lambda *_: 0)
        assert entry.path((1,)) is None
    assert entry.path((1,)) == before
    assert fingerprint.as_on_disk(compiled.RESTRICTED)


def test_what_is_changed_in_memory_leaves_no_code_and_no_identity_to_others(tmp_path):
    """A process whose rules are others; and one after it, whose rules are those of the files."""
    code = (
        "from redline.theory import rules; from redline.engine import rules_hash\n"
        "from redline.engine.native import compiled\n"
        "{change}\n"
        "paths = [entry.path((1,)) for entry in compiled.compiled_entries().values()]\n"
        "print(*paths, rules_hash())"
    )
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)}
    change = "rules.is_confrontation.__code__ = (lambda a, b, c: 0).__code__"
    changed = run_python(code.format(change=change), **environment).stdout.split()
    plain = run_python(code.format(change=""), **environment).stdout.split()
    assert len(plain) == len(changed) == len(compiled.ENTRIES) + 1
    assert not set(plain) & set(changed)
    assert plain[-1] == rules_hash()


def test_files_edited_after_they_were_imported_are_not_what_runs(tmp_path):
    package = shutil.copytree(SOURCE, tmp_path / "redline")
    code = (
        "import sys; from pathlib import Path\n"
        "import redline.theory.rules as rules; from redline.engine import rules_hash\n"
        "from redline.engine.native import compiled\n"
        "path = compiled.compiled_entries()[compiled.advance].path((1,))\n"
        "source = Path(rules.__file__)\n"
        "{edit}\n"
        "assert compiled.compiled_entries()[compiled.advance].path((1,)) == path\n"
        "print(rules_hash())"
    )
    edit = "source.write_text(source.read_text() + 'def more(x):\\n    return x\\n')"
    environment = {"PYTHONPATH": str(package.parent), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    before = run_python(code.format(edit=""), **environment)
    assert before.stdout.strip() == rules_hash(), before.stderr
    edited = run_python(code.format(edit=edit), **environment)
    assert edited.stdout.strip() != rules_hash(), edited.stderr
    assert run_python(code.format(edit=""), **environment).stdout != edited.stdout


def talks(monkeypatch, entries=None):
    """Return weeks of talks, simulated by some compiled entries."""
    with monkeypatch.context() as patched:
        for module in (batch, points, traces):
            if entries:
                patched.setattr(module, "compiled_entries", lambda: entries)
        world, at = load_scenario("baseline"), Points(1, {"iran.review": [0.5]})
        points.PointsEngine(world, at, 1)._block(np.array([0]))  # without a week at points
        measure(BatchEngine(world, 1).run(0, 1))
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
    monkeypatch.setattr(compiled, "are_to_be_heard", lambda: False)  # others may have loaded it
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
        "object_code",
        lambda function, *_: (
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


def tallied():
    """Return new arguments of the tally, before it writes to them."""
    trace = BatchEngine(load_scenario("baseline"), 1).run(0, 4)
    with pytest.MonkeyPatch.context() as patched:
        given = []
        entry = {tally_block: lambda *arguments: given.extend(arguments)}
        patched.setattr(traces, "compiled_entries", lambda: entry)
        measure(trace)
    return given


MEASURES = -2
"""The place of the measures among them."""


def test_an_entry_has_code_for_each_layout(monkeypatch):
    tally = compiled.Entry(tally_block, compiled.cache_folder())
    given = tallied()
    tally(*given)
    tally(*given)
    assert len(tally._made) == 1
    made = []
    monkeypatch.setattr(tally, "_compiled", lambda *_: lambda *arguments: made.append(arguments))
    read_only = given[2].copy()
    read_only.flags.writeable = False
    others = [
        [given[0].astype(np.int32), *given[1:]],
        [*given[:2], read_only, *given[3:]],
        [*given[:MEASURES], given[MEASURES].reshape(2, 2), given[-1]],
    ]
    for count, other in enumerate(others, 1):
        tally(*other)
        assert len(made) == count
    tally(*given)
    assert len(tally._made) == 1 + len(others)
    with pytest.raises(TypeError, match="contiguous"):
        tally(np.zeros(8, np.int64)[::2], *given[1:])


def test_whole_numbers_of_any_kind_are_the_same():
    engine = BatchEngine(load_scenario("baseline"), 1)
    wanted = engine.run(3, 5)
    for kind in (np.int64, np.uint8):
        found = engine.run(kind(3), kind(5))
        assert found.weeks.tobytes() == wanted.weeks.tobytes()
        assert type(found.first) is int


@pytest.mark.parametrize("value", [0.5, "1", None, True, np.True_, 1 << 63, (1, 2.0)])
def test_what_is_no_whole_number_of_64_bits_is_refused(value):
    with pytest.raises(TypeError):
        numbers_of((1, value))
    assert numbers_of((np.int32(-2), (3, 4))) == [-2, 3, 4]


def test_what_is_read_only_is_not_written_to():
    given = tallied()
    measures = given[MEASURES]
    measures["attacks"] = 7
    measures.flags.writeable = False
    for _ in range(2):
        with pytest.raises(ValueError, match="measures is read-only"):
            compiled.compiled_entries()[tally_block](*given)
    assert (measures["attacks"] == 7).all()


def called_otherwise(numba, monkeypatch):
    monkeypatch.setattr(compiled, "_is_number", lambda kind: kind != "i64")


def without_inner_parts(numba, monkeypatch):
    monkeypatch.delattr(numba.core.codegen.JITCPUCodegen, "_customize_tm_options")


@pytest.mark.parametrize("otherwise", [called_otherwise, without_inner_parts])
def test_another_numba_calls_the_code_itself(monkeypatch, capsys, tmp_path, otherwise):
    wanted = tallied()
    compiled.compiled_entries()[tally_block](*wanted)
    otherwise(compiled.load_numba(), monkeypatch)
    found = tallied()
    compiled._say_unkept.cache_clear()
    compiled.Entry(tally_block, tmp_path)(*found)
    for one, other in zip(found, wanted, strict=True):
        assert one.tobytes() == other.tobytes()
    assert "cannot be kept" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "matters"),
    [
        ("numba.config.OPT = 0", True),
        ("numba.config.BOUNDSCHECK = 1", True),
        ("numba.config.LOOP_VECTORIZE = 0", True),
        ("pass", False),
        ("numba.config.COLOR_SCHEME = 'dark_bg'", False),
    ],
)
def test_settings_made_in_python_are_heard(before, matters, tmp_path, monkeypatch):
    numba = compiled.load_numba()
    entry = compiled.Entry(week.advance, tmp_path)
    plain = entry.path((1,))
    with monkeypatch.context() as patched:
        name = before.split(" ")[0].rpartition(".")[2]
        patched.setattr(numba.core.config, name, getattr(numba.core.config, name, None), False)
        exec(before, {"numba": numba})
        assert (entry.path((1,)) != plain) == matters
    with monkeypatch.context() as patched:  # where Numba is not loaded, and nothing told
        patched.setattr(compiled, "are_to_be_heard", lambda: False)
        assert entry.path((1,)) == plain


UNCOMPILED = "NUMBA_DISABLE_JIT is set: the engine runs uncompiled"
RUNS = "import redline; print(redline.simulate('baseline', replicates=1, workers=1))"


@pytest.mark.parametrize("cache", ["cold", "warm"])
@pytest.mark.parametrize("how", ["in Python", "in a file"])
def test_numba_may_be_told_otherwise_not_to_compile(tmp_path, cache, how):
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)} if cache == "cold" else {}
    code = f"import os; os.chdir({str(tmp_path)!r})\n"
    if how == "in Python":
        code += "import numba; numba.config.DISABLE_JIT = 1\n"
    else:
        pytest.importorskip("yaml")
        (tmp_path / ".numba_config.yaml").write_text("disable_jit: 1\n")
    done = run_python(code + RUNS, **environment)
    assert done.returncode == 0, done.stderr
    assert UNCOMPILED in done.stderr


def test_settings_of_no_matter_neither_load_numba_nor_change_the_code(tmp_path):
    code = (
        "import sys; from redline.engine.native import compiled\n"
        "print(compiled.compiled_entries()[compiled.advance].path((1,)), 'numba' in sys.modules)"
    )
    plain = run_python(code, NUMBA_CACHE_DIR=str(tmp_path)).stdout
    assert plain.endswith("False\n")
    names = ("NUMBA_NUM_THREADS", "NUMBA_CUDA_LOG_LEVEL", "NUMBA_THREADING_LAYER")
    given = run_python(code, NUMBA_CACHE_DIR=str(tmp_path), **dict.fromkeys(names, "2"))
    assert given.stdout == plain


def test_what_others_may_have_written_is_not_read(folder, tmp_path):
    for path in folder.iterdir():
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        assert read(copy) is not None
        copy.chmod(0o666)
        assert read(copy) is None


def test_what_is_long_unused_is_removed(tmp_path):
    old, new = tmp_path / "a-numba1-py3", tmp_path / "b-numba2-py3"
    for place in (old, new):
        place.mkdir()
        for name in ("unused.code", "used.code", "unused.txt"):
            (place / name).write_text("")
            if name.startswith("unused"):
                os.utime(place / name, (0, 0))
    assert loaded_code.write(new / "more.code", loaded_code.MachineCode("name", 1, b"code"))
    assert {path.name for path in old.iterdir()} == {"used.code", "unused.txt"}
    assert {path.name for path in new.iterdir()} == {"used.code", "unused.txt", "more.code"}


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


def test_what_an_entry_writes_to_are_parameters_of_it():
    assert list(compiled.WRITTEN) == list(compiled.ENTRIES)
    for entry, names in compiled.WRITTEN.items():
        assert names < set(entry.__code__.co_varnames[: entry.__code__.co_argcount])


def test_what_changes_while_it_is_compiled_is_not_kept(tmp_path, monkeypatch, capsys):
    entry = compiled.Entry(tally_block, tmp_path)
    given = tallied()
    made = compiled.MachineCode("name", 1, b"code")

    def meanwhile(*_):
        monkeypatch.setattr(chance, "_WORD", chance._WORD + 1)
        return made, True

    monkeypatch.setattr(compiled, "object_code", meanwhile)
    monkeypatch.setattr(compiled, "Loaded", lambda one: lambda *_: None)
    compiled._say_unkept.cache_clear()
    entry(*given)
    assert list(tmp_path.iterdir()) == []
    assert "cannot be kept" in capsys.readouterr().err

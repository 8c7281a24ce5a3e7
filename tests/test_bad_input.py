"""Whatever a file holds: a message that names it, soon, and nothing else happens."""

import contextlib
import difflib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
from pathlib import Path

import pytest

from corpus import EXPERIMENTS, RECORDS, SCENARIOS, TABLES, huge
from redline.argument.experiment_file import load_experiment
from redline.case import load_scenario, vary
from redline.case.checks import MOST_PROBLEMS
from redline.evidence.recorded.published import read_events
from redline.lesson.words import translated
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import part_hashes
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import LONGEST_PROBLEM, InputError

PATIENCE = 60
"""Seconds of the processor, not of the clock, which runs on while others work; none takes five."""

HUGE = huge()
AS_LARGE_AS_IS_READ = pytest.mark.second_tier(
    "files of up to 4 MiB; those of the same kinds, a tenth as large, stand for them"
)


def everything(folder):
    """Return every file below a folder with its size and time."""
    return {
        path: (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


def written(folder, name, content):
    """Write a file into a folder of its own, beside files that are none of its business."""
    (folder / "secret.toml").write_text("weeks = 3\n")
    (folder / "secret.csv").write_text("iran.review\n0.5\n")
    own = folder / "own"
    own.mkdir()
    path = own / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(read, path, folder):
    """Assert that reading raises InputError, says little, and leaves the folder alone."""
    before, began = everything(folder), time.process_time()
    with pytest.raises(InputError) as caught:
        read(path)
    assert time.process_time() - began < PATIENCE
    assert everything(folder) == before
    problems = caught.value.problems
    assert problems
    assert len(problems) <= 3 * (MOST_PROBLEMS + 1)
    for problem in problems:
        assert problem.isprintable()
        assert len(problem) <= LONGEST_PROBLEM
    assert path.name in str(caught.value)


HARMLESS = {"empty lines", "sweep without a design"}


@pytest.mark.parametrize("kind", SCENARIOS)
def test_malformed_scenarios_are_refused(tmp_path, kind):
    path = written(tmp_path, "case.toml", SCENARIOS[kind])
    if kind in HARMLESS:
        assert load_scenario(path).weeks == 112
        return
    refused(load_scenario, path, tmp_path)


@AS_LARGE_AS_IS_READ
@pytest.mark.parametrize("kind", HUGE)
def test_huge_scenarios_are_refused_as_soon(tmp_path, kind):
    refused(load_scenario, written(tmp_path, "case.toml", HUGE[kind]), tmp_path)


def test_no_more_faults_are_looked_into_than_are_told(tmp_path, monkeypatch):
    # The search for the nearest name is what each of them costs.
    searches, search = [], difflib.get_close_matches
    monkeypatch.setattr(
        difflib, "get_close_matches", lambda *a, **k: searches.append(a) or search(*a, **k)
    )
    content = SCENARIOS["very many tables"]
    assert content.count("[") > 10 * MOST_PROBLEMS
    refused(load_scenario, written(tmp_path, "case.toml", content), tmp_path)
    assert MOST_PROBLEMS <= len(searches) <= MOST_PROBLEMS + 1


@pytest.mark.parametrize("kind", TABLES)
def test_malformed_tables_are_refused(tmp_path, kind):
    path = written(tmp_path, "case.toml", "[sweep]\ndesign = 'list'\ncsv = 'points.csv'\n")
    (path.parent / "points.csv").write_bytes(TABLES[kind])
    refused(load_scenario, path, tmp_path)


@pytest.mark.parametrize("kind", EXPERIMENTS)
def test_malformed_experiments_are_refused(tmp_path, kind):
    refused(load_experiment, written(tmp_path, "case.toml", EXPERIMENTS[kind]), tmp_path)


@pytest.mark.parametrize("kind", RECORDS)
def test_malformed_records_are_refused(tmp_path, kind):
    refused(read_events, written(tmp_path, "events.csv", RECORDS[kind]), tmp_path)


def words_refused(tmp_path, content):
    path = written(tmp_path, "words.toml", content)
    refused(lambda words: translated(load_scenario("baseline"), words), path, tmp_path)


@pytest.mark.parametrize("kind", ["utf-16", "two keys", "long dotted key", "very many keys"])
def test_malformed_words_are_refused(tmp_path, kind):
    words_refused(tmp_path, SCENARIOS[kind])


@AS_LARGE_AS_IS_READ
def test_very_many_words_are_refused_as_soon(tmp_path):
    words_refused(tmp_path, HUGE["very many keys"])


def test_links_in_circles_are_refused(tmp_path):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(InputError):
        load_scenario(one)
    (tmp_path / "case.toml").write_text("extends = 'one'\n")
    with pytest.raises(InputError):
        load_scenario(tmp_path / "case.toml")


def test_a_link_out_of_the_folder_is_not_followed_by_extends(tmp_path):
    path = written(tmp_path, "case.toml", "extends = 'inside'\n")
    (path.parent / "inside.toml").symlink_to(tmp_path / "secret.toml")
    refused(load_scenario, path, tmp_path)


NO_FILES = {
    "a folder": lambda path: path.mkdir(),
    "a pipe that nobody writes to": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_refused_by_every_reader(tmp_path, kind):
    with Patience():
        _refused_by_every_reader(tmp_path, kind)


def _refused_by_every_reader(tmp_path, kind):
    readers = {"case.toml": load_scenario, "x.toml": load_experiment, "events.csv": read_events}
    for name, read in readers.items():
        NO_FILES[kind](tmp_path / name)
        with pytest.raises(InputError, match=name):
            read(tmp_path / name)
    (tmp_path / "own.toml").write_text("[sweep]\ndesign = 'list'\ncsv = 'points.csv'\n")
    NO_FILES[kind](tmp_path / "points.csv")
    with pytest.raises(InputError, match=r"points\.csv"):
        load_scenario(tmp_path / "own.toml")
    (tmp_path / "folder").mkdir()
    NO_FILES[kind](tmp_path / "folder" / "manifest.json")
    with pytest.raises(InputError, match="folder"):
        load_results(tmp_path / "folder")


class Patience:
    """Raise where something waits for ever: what is tested here would hang all tests."""

    def __enter__(self):
        def ring(*_):
            raise TimeoutError("it waits for ever")

        self.before = signal.signal(signal.SIGALRM, ring)
        signal.alarm(120)

    def __exit__(self, *_):
        signal.alarm(0)
        signal.signal(signal.SIGALRM, self.before)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept") / "s"
    sweep(folder, vary("baseline", weeks=3, sweep={"iran.review": [0.1, 0.2]}), 3)
    return folder


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize(
    "name", ["outcomes/part-00000.parquet", "points.parquet", "weekly.parquet", "journal.jsonl"]
)
def test_what_is_no_file_in_a_results_folder_is_refused(swept, tmp_path, kind, name):
    folder = shutil.copytree(swept, tmp_path / "s")
    (folder / name).unlink(missing_ok=True)
    NO_FILES[kind](folder / name)
    found = load_results(folder)
    if name == "journal.jsonl" and kind in ("a link to nowhere", "a link to itself"):
        return  # as good as none
    with Patience():
        for ask in (lambda: found.columns(["attacks"]), found.weekly, lambda: found.points):
            with contextlib.suppress(InputError):
                ask()
        with pytest.raises(InputError, match=name):
            _ = found.weekly(), found.columns(["iran.review", "attacks"])


# Results


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "run"
    run_into(folder, vary("baseline", weeks=8), 20)
    return folder


def manifest_keys():
    names = [
        "format",
        "scenario",
        "seed",
        "replicates",
        "weeks",
        "parts",
        "results_hash",
        "versions",
    ]
    values = [None, -1, 10**30, 1e308, True, "x", [], {}, [[]], {"x": {"y": 1}}]
    return [(name, value) for name in names for value in values] + [(name, ...) for name in names]


@pytest.fixture
def copy(stored, tmp_path):
    shutil.copytree(stored, tmp_path / "run")
    return tmp_path / "run"


def read_all(folder):
    """Read all that a folder of results holds."""
    results = load_results(folder)
    results.summary()
    return results


@pytest.mark.parametrize(("name", "value"), manifest_keys())
def test_a_manifest_edited_by_hand_is_refused_or_read(copy, tmp_path, name, value):
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    if value is ...:
        manifest.pop(name, None)
    else:
        manifest[name] = value
    path.write_text(json.dumps(manifest))
    before = everything(tmp_path)
    with contextlib.suppress(InputError):  # anything else is a failure
        read_all(copy)
    assert everything(tmp_path) == before


MANIFESTS = {
    "empty": b"",
    "cut": b'{"format": 1, "scen',
    "a list": b"[]",
    "a number": b"3",
    "not a number": b'{"format": NaN}',
    "utf-16": "{}".encode("utf-16"),
    "zero bytes": bytes(64),
    "deep": b"[" * 100_000,
    "long": b'{"format": ' + b"1" * 100_000 + b"}",
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_foreign_manifest_is_refused(copy, tmp_path, kind):
    (copy / "manifest.json").write_bytes(MANIFESTS[kind])
    with pytest.raises(InputError):
        read_all(copy)


def parquet(**columns):
    import io

    import pyarrow as pa
    from pyarrow import parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


PARTS = {
    "empty": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "without its end": lambda data: data[:-9],
    "text": lambda _: b"not a table",
    "another's table": lambda _: parquet(a=[1, 2], b=["x", "y"]),
    "no rows": lambda _: parquet(replicate=[]),
}


@pytest.mark.parametrize("told", [False, True], ids=["", "manifest edited too"])
@pytest.mark.parametrize("kind", PARTS)
def test_a_damaged_part_is_refused(copy, kind, told):
    for path in copy.rglob("*.parquet"):
        path.write_bytes(PARTS[kind](path.read_bytes()))
    if told:
        manifest = json.loads((copy / "manifest.json").read_text())
        (copy / "manifest.json").write_text(json.dumps({**manifest, "parts": part_hashes(copy)}))
    with pytest.raises(
        InputError, match="cannot be read" if told else "has changed since it was written"
    ):
        read_all(copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "manifest.json").unlink(),
        shutil.rmtree,
        lambda folder: [path.unlink() for path in folder.rglob("*.parquet")],
        lambda folder: [shutil.rmtree(folder), folder.symlink_to(folder)],
        lambda folder: [shutil.rmtree(folder), Path(folder).write_text("x")],
        lambda folder: [
            (folder / "manifest.json").unlink(),
            (folder / "manifest.json").mkdir(),
        ],
    ],
)
def test_a_folder_that_is_none_is_refused(copy, damage):
    damage(copy)
    with pytest.raises(InputError):
        read_all(copy)


COUNTS = {
    "scenario files": len(SCENARIOS),
    "tables of points": len(TABLES),
    "experiment files": len(EXPERIMENTS),
    "tables of events": len(RECORDS),
    "manifests, foreign": len(MANIFESTS),
    "manifests, edited by hand": len(manifest_keys()),
    "parts": 2 * len(PARTS),
    "things that are no file": len(NO_FILES),
}
"""How many of each there are; docs/faults.md says the same."""


def test_the_corpus_is_large_and_every_kind_its_own():
    assert sum(COUNTS.values()) > 250
    contents = list(SCENARIOS.values())
    assert len({str(content) for content in contents}) == len(contents)


@pytest.mark.parametrize(
    "kind",
    [
        *("grid of a billion", "sample of a trillion", "larger than is read"),
        *("long dotted key", "long dotted header", "headers ever deeper"),
    ],
)
def test_what_would_grow_without_bounds_is_refused_before_it_does(tmp_path, kind):
    path = written(tmp_path, "case.toml", SCENARIOS[kind])
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            load_scenario(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A few copies of a file of 5 MiB at most; a grid, or each key's table, would take gigabytes.
    assert most < 64 << 20


@pytest.mark.second_tier(
    "reads all the corpus in a process of its own; "
    "test_what_would_grow_without_bounds_is_refused_before_it_does stands for it"
)
def test_the_corpus_is_read_within_half_a_gigabyte(tmp_path):
    # In a process of its own, which says at the end how much it ever held.
    code = """
        import re, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        from corpus import EXPERIMENTS, RECORDS, SCENARIOS, TABLES, huge
        from redline.argument import load_experiment
        from redline.case import load_scenario, read_point_table
        from redline.evidence.recorded.published import read_events
        from redline.support import InputError

        readers = {load_scenario: SCENARIOS | huge(), load_experiment: EXPERIMENTS}
        readers[read_events] = RECORDS
        readers[lambda path: read_point_table(path, "points")] = TABLES
        for read, files in readers.items():
            for content in files.values():
                path = Path("case.toml")
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
                try:
                    read(path)
                except InputError:
                    pass
        # Not ru_maxrss, which a child takes over from its parent.
        most = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
        print(int(most[1]) // 1024)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(Path(__file__).parent)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 512


@pytest.mark.parametrize(
    "content",
    [
        *(SCENARIOS[kind] for kind in ("cut in a character", "very many tables")),
        SCENARIOS["escapes in a key"],
        pytest.param(HUGE["very many tables"], marks=AS_LARGE_AS_IS_READ),
    ],
    ids=["cut in a character", "very many tables", "escapes in a key", "as many as are read"],
)
def test_the_command_line_says_it_in_few_words(cli, tmp_path, content):
    (tmp_path / "case.toml").write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    for command in (["run"], ["check"], ["explain"], ["sweep"], ["page"], ["play", "--moves", "1"]):
        status, out, err = cli(*command, "case.toml")
        assert status == 2
        assert "Traceback" not in err
        assert len(err) < 100_000
        assert "\x1b" not in out + err

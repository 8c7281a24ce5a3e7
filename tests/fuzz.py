"""Fuzz the readers of files, guided by coverage: ``make fuzz``, for ten minutes, or SECONDS=….

A separate, long check: atheris makes up bytes, `READERS` read them, and anything but a result
or an `InputError` is a fault. What it finds belongs into tests/corpus.py.
"""

import contextlib
import json
import os
import sys
import tempfile
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    import atheris

    looked_into = atheris.instrument_imports(include=["redline", "tomllib"])
else:
    looked_into = contextlib.nullcontext()
with looked_into:
    from redline.argument.experiment_file import load_experiment
    from redline.case import read_point_table
    from redline.case.scenario_file import load_scenario
    from redline.evidence.recorded.acled import read_acled
    from redline.evidence.recorded.event_table import read_table
    from redline.evidence.recorded.events import DATA
    from redline.evidence.recorded.published import read_counts
    from redline.results.pooling.conditions import Condition
    from redline.results.storage.store import plan_digest, read_manifest
    from redline.support.errors import InputError
    from redline.support.library import built_in


def _manifest(path):
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(path.read_bytes())
    return read_manifest(folder)


def _condition(path):
    names = ("attacks", "class", "iran.review")
    return Condition(path.read_text("utf-8", "replace"), names, {"class": ("crisis", "quiet")})


def _events(path):
    """Read a table of events, and say what is counted; a warning is none of its faults."""
    table = read_table(path)
    table.check()
    return table.summary(), table.faults(), table.notes


READERS = {
    "scenario": load_scenario,
    "experiment": load_experiment,
    "points": lambda path: read_point_table(path, path.name),
    "events": _events,
    "counts": read_counts,
    "acled": read_acled,
    "manifest": _manifest,
    "condition": _condition,
}
"""By kind of file, what reads it."""


COUNTS = b"""\
record,first,last,attacks,strikes,decapitations,fatal,scope,status,source,relative_error
X,2019-06-03,2020-03-01,40,2,1,1,own,confirmed,me,0.2
Y,2021-01-04,2021-05-30,15,1,0,1,own,confirmed,me,.3
"""
ACLED = b"""\
event_id_cnty,event_date,event_type,sub_event_type,actor1,actor2,country,location,notes,\
fatalities,source
1,2019-06-01,Explosions/Remote violence,Shelling/artillery/missile attack,Kataib Hezbollah,\
Military Forces of the United States,Iraq,Taji,Rockets,0,AFP
2,01 June 2019,Protests,Peaceful protest,Protesters,,Iraq,Basra,,0,AFP
"""


@cache
def seeds():
    """Return valid files to begin from, by kind."""
    events = (DATA / "events_2018_2021.csv").read_bytes().splitlines(keepends=True)
    run = {
        **dict.fromkeys(("rules_hash", "engine", "results_hash"), "x"),
        "replicates": 1,
        "weeks": 1,
        "seed": 1,
        "seconds": 0.1,
        "format": 1,
        "kind": "run",
        "versions": {},
        "command": ["redline"],
        "scenario": {},
        "parts": {"a.parquet": "0"},
    }
    sweep = {
        **run,
        "points_sha256": "x",
        "kind": "sweep",
        "sweep": {"design": "grid"},
        "points": 1,
        "weekly": "all",
        "part_replicates": 1,
        "failed": [{"part": 1, "holds": "x", "error": "y"}],
    }
    sweep["plan_sha256"] = plan_digest(sweep)
    return {
        "scenario": [path.read_bytes() for path in built_in().values()],
        "experiment": [path.read_bytes() for path in built_in("experiments").values()],
        "points": [
            b"iran.review,militias.zeal\n0.1,0.5\n0.2,1e-3\n",
            b"\xef\xbb\xbfiran.review\n1\n",
        ],
        "events": [b"".join(events[:12])],
        "counts": [COUNTS],
        "acled": [ACLED],
        "manifest": [json.dumps(one).encode() for one in (run, sweep)],
        "condition": [
            b'attacks > 90 and class == "crisis"',
            b"not (iran.review <= 0.5 or attacks == 1)",
        ],
    }


def main(seconds):
    """Fuzz every reader for its share of some seconds, in a process of its own."""
    each = max(1, seconds // len(READERS))
    for kind in READERS:
        # libFuzzer ends its process at once: what it leaves is for this one to remove.
        with tempfile.TemporaryDirectory() as name:
            child = os.fork()
            if not child:
                fuzz(kind, each, Path(name))
            _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"{kind}: see above, where the input stands in Base64")


def fuzz(kind, seconds, folder):
    """Fuzz one reader."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds()[kind]):
        (corpus / str(number)).write_bytes(content)
    path = folder / "fuzzed.toml"

    def read(data):
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            READERS[kind](path)

    print(f"== {kind}, {seconds} seconds", flush=True)
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1024", "-max_len=8192"]
    said = ["-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/"]
    atheris.Setup(["fuzz", *limits, *said, str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)

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
    from redline.conditions import Condition
    from redline.design import read_point_table
    from redline.errors import InputError
    from redline.experiment_file import load_experiment
    from redline.library import built_in
    from redline.record import DATA, read_events
    from redline.scenario_file import load
    from redline.store import KEYS, read_manifest


def _manifest(path):
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(path.read_bytes())
    return read_manifest(folder)


def _condition(path):
    names = ("attacks", "class", "iran.review")
    return Condition(path.read_text("utf-8", "replace"), names, {"class": ("crisis", "quiet")})


READERS = {
    "scenario": load,
    "experiment": load_experiment,
    "points": lambda path: read_point_table(path, path.name),
    "events": read_events,
    "manifest": _manifest,
    "condition": _condition,
}
"""By kind of file, what reads it."""


@cache
def seeds():
    """Return valid files to begin from, by kind."""
    events = (DATA / "events_2018_2021.csv").read_bytes().splitlines(keepends=True)
    manifest = dict.fromkeys(KEYS, 1) | {"format": 1, "kind": "run", "scenario": {}, "parts": {}}
    return {
        "scenario": [path.read_bytes() for path in built_in().values()],
        "experiment": [path.read_bytes() for path in built_in("experiments").values()],
        "points": [
            b"iran.review,militias.zeal\n0.1,0.5\n0.2,1e-3\n",
            b"\xef\xbb\xbfiran.review\n1\n",
        ],
        "events": [b"".join(events[:12])],
        "manifest": [json.dumps(manifest).encode()],
        "condition": [
            b'attacks > 90 and class == "crisis"',
            b"not (iran.review <= 0.5 or attacks == 1)",
        ],
    }


def main(seconds):
    """Fuzz every reader for its share of some seconds, in a process of its own."""
    each = max(1, seconds // len(READERS))
    for kind in READERS:
        child = os.fork()
        if not child:
            fuzz(kind, each)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"{kind}: see above")


def fuzz(kind, seconds):
    """Fuzz one reader; libFuzzer ends the process."""
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name, "corpus")
        corpus.mkdir()
        for number, content in enumerate(seeds()[kind]):
            (corpus / str(number)).write_bytes(content)
        path = Path(name, "fuzzed.toml")

        def read(data):
            path.write_bytes(data)
            with contextlib.suppress(InputError):
                READERS[kind](path)

        limits = [
            f"-max_total_time={seconds}",
            "-timeout=20",
            "-rss_limit_mb=1024",
            "-max_len=8192",
        ]
        print(f"== {kind}, {seconds} seconds", flush=True)
        atheris.Setup(
            [
                "fuzz",
                *limits,
                "-print_final_stats=1",
                "-verbosity=0",
                f"-artifact_prefix={name}/",
                str(corpus),
            ],
            read,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)

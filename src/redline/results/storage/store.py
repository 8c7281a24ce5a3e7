"""Results on disk, format 1: Parquet parts and a manifest.

::

    manifest.json               what was run, with which versions, and every file's SHA-256
    points.parquet              of a sweep: a row per point, a column per swept address
    outcomes/part-00000.parquet a row per replicate: point, replicate, class, measures
    weekly/part-00000.parquet   how many replicates stood where in each week, of that part
    weekly.parquet              the same, summed over the parts
    traces/part-00000.parquet   of a run, on request: a row per replicate and week
    journal.jsonl               of a sweep under way: the SHA-256 of every file so far

A part is a pure function of (scenario, seed, points, range of replicates). Everything is
written under a temporary name, synced and renamed, so none is ever half there; a part counts
once the journal, or the manifest, has its SHA-256.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from redline.engine import SAME_MEASURES, SAME_RULES
from redline.results.storage.tables import PARQUET, WEEKLY_KEPT, merge_weekly, parquet_bytes
from redline.support import (
    ESCAPES,
    LARGEST_JSON,
    InputError,
    check_file,
    give_rights,
    is_litter,
    named,
    sync,
    sync_folder,
)
from redline.theory import MOST_SEEDS

FORMAT = 1
MANIFEST = "manifest.json"
WEEKLY = "weekly.parquet"
POINTS = "points.parquet"


def _whole(value: object) -> bool:
    return type(value) is int and value >= 1


def _text(value: object) -> bool:
    return isinstance(value, str)


def _failure(value: object) -> bool:
    return isinstance(value, dict) and {"part", "holds", "error"} <= set(value)


KEYS: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: value in ("run", "sweep"),
    "replicates": _whole,
    "weeks": _whole,
    "seed": lambda value: type(value) is int and 0 <= value < MOST_SEEDS,
    "rules_hash": _text,
    "measures": lambda value: type(value) is int,
    "versions": lambda value: isinstance(value, dict),
    "engine": _text,
    "command": lambda value: isinstance(value, list) and all(map(_text, value)),
    "seconds": lambda value: isinstance(value, int | float),
    "results_hash": lambda value: value is None or _text(value),
    "parts": lambda value: all(isinstance(digest, str) for digest in value.values()),
}
SWEEP_KEYS: dict[str, Callable[[Any], bool]] = {
    "sweep": lambda value: isinstance(value, dict) and isinstance(value.get("design"), str),
    "points": _whole,
    "points_sha256": _text,
    "plan_sha256": _text,
    "weekly": lambda value: _text(value) and value in WEEKLY_KEPT,
    "part_replicates": _whole,
    "failed": lambda value: isinstance(value, list) and all(map(_failure, value)),
}
"""What a manifest must say, and of what kind, to be read."""
PART_FILE = re.compile(r"part-[0-9]{5,}\.parquet")


def part_name(number: int) -> str:
    """Return the name of the files of a part."""
    return f"part-{number:05d}.parquet"


# Files


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; sync and rename it to `path` if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with named(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as file:
                sync(file.fileno())
            give_rights(temporary, 0o666)
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_bytes(data: bytes, path: Path) -> str:
    """Write a file whole or not at all; return its SHA-256."""
    with written(path) as temporary:
        temporary.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def write_table(table: pa.Table, path: Path) -> str:
    """Write a Parquet file, equal tables giving equal bytes; return its SHA-256."""
    return write_bytes(parquet_bytes(table), path)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the table of a Parquet file, or some of its columns.

    On this thread: those of Arrow may abort a process that ends while they do.
    """
    with path.open("rb") as stream, pq.ParquetFile(stream, pre_buffer=False) as file:
        return file.read(columns, use_threads=False)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


MISREAD = (AttributeError, TypeError, ValueError)
"""What readers of Parquet raise, beside their own errors, for what somebody made up."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of a stored file that it cannot be read, whatever goes wrong with it."""
    try:
        yield
    except (OSError, pa.ArrowException, LookupError, *MISREAD) as error:
        first = (str(error).splitlines() or ["empty"])[0]
        raise InputError(f"{path}: cannot be read ({first})") from None


def part_number(path: Path) -> int:
    """Return the number of a part, by which parts are in order."""
    return int(path.stem.removeprefix("part-"))


def part_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every Parquet file of a folder, by name within it, in order."""
    return {
        path.relative_to(folder).as_posix(): file_hash(path)
        for path in sorted(folder.rglob("*.parquet"))
        if not any(is_litter(part) for part in path.relative_to(folder).parts)
    }


def results_hash(parts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the sorted (name, SHA-256) of the Parquet files."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(parts.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_weekly(folder: Path, groups: Iterable[Iterable[str]]) -> None:
    """Merge the weekly parts of a folder into one file, a row group for each group of parts.

    Parts of one group may share points; those of different groups do not, and are in order.
    """
    with written(folder / WEEKLY) as temporary:
        writer: pq.ParquetWriter | None = None
        with temporary.open("wb") as file:
            for names in groups:
                merged = merge_weekly(read_table(folder / "weekly" / name) for name in names)
                writer = writer or pq.ParquetWriter(file, merged.schema, **PARQUET)
                writer.write_table(merged)
            if writer:
                writer.close()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a folder."""
    with written(folder / MANIFEST) as temporary:
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", "utf-8", ESCAPES)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder.

    Raises
    ------
    InputError
        If the folder is not one of results, or of another format, or what it says of the plan of
        a sweep is not what it said when the sweep began.
    """
    check_file(folder / MANIFEST, LARGEST_JSON)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8-sig"))
    except OSError as error:
        why = f"no {MANIFEST} in it" if folder.is_dir() else error.strerror
        raise InputError(f"{folder}: not a results folder ({why})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{folder}: {MANIFEST} is not JSON") from None
    sound = isinstance(manifest, dict) and isinstance(manifest.get("scenario"), dict)
    if not sound or not isinstance(manifest.get("parts", {}), dict):
        raise InputError(f"{folder}: {MANIFEST} is not that of a results folder")
    manifest.setdefault("parts", {})
    manifest.setdefault("kind", "run")
    manifest.setdefault("results_hash", None)
    hashed = manifest.pop("measures_hash", None)  # of 0.1.0, whose runs do not say
    manifest.setdefault("measures", SAME_MEASURES.get(hashed, 0) if hashed else 1)
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"{folder}: format {manifest.get('format')!r}, this version reads {FORMAT}"
        )
    checks = KEYS | SWEEP_KEYS if manifest["kind"] == "sweep" else KEYS
    wrong = [key for key, sound in checks.items() if not sound(manifest.get(key))]
    if wrong:
        raise InputError(f"{folder}: {MANIFEST} is damaged: {', '.join(wrong)}")
    if manifest["kind"] == "sweep" and plan_digest(manifest) != manifest["plan_sha256"]:
        raise InputError(f"{folder}: its manifest no longer matches the sweep that was started")
    manifest["rules_hash"] = SAME_RULES.get(manifest["rules_hash"], manifest["rules_hash"])
    return manifest


def plan_digest(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a manifest says of its plan, to tell when it was edited."""
    names = ("scenario", "seed", "replicates", "points_sha256", "weekly", "part_replicates")
    text = json.dumps([manifest[name] for name in names], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def version_of(manifest: Mapping[str, Any]) -> str:
    """Return the release that made the results of a manifest, in words."""
    return f"redline {manifest['versions'].get('redline', 'of before')}"


# Folders


class OtherResultsError(InputError):
    """Of a folder that holds results which differ from those that were to be put there."""


def check_holds(folder: Path, kind: str, name: str) -> dict[str, Any]:
    """Return the manifest of a folder that holds a run, or a sweep, of the scenario of a name.

    Raises
    ------
    InputError
        If it holds something else.
    """
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder}: not empty, and not a {kind} folder: nothing is overwritten")
    manifest = read_manifest(folder)
    found, held = manifest["kind"], manifest["scenario"].get("name")
    if (found, held) != (kind, name):
        raise InputError(
            f"{folder}: holds a {found} of {held}, not a {kind} of {name}: nothing is overwritten"
        )
    return manifest

"""Results on disk, format 1: Parquet parts and a manifest.

::

    manifest.json               what was run, with which versions, and every file's SHA-256
    outcomes/part-00000.parquet a row per replicate: point, replicate, class, measures
    weekly/part-00000.parquet   how many replicates stood where in each week, of that part
    weekly.parquet              the same, summed over the parts
    traces/part-00000.parquet   on request: a row per replicate and week

A part is a pure function of (scenario, seed, point, range of replicates). Parts and
manifest are written under a temporary name, synced and renamed: none is ever half there.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.errors import InputError
from redline.outcomes import COLUMNS, OUTCOMES, Distribution, find_column
from redline.scenario import Scenario
from redline.scenario_file import from_json
from redline.state import FIRST_ATTACK, SITES, Actor, Records, rung_names
from redline.tally import BINS
from redline.traces import Trace

FORMAT = 1
MANIFEST = "manifest.json"
WEEKLY = "weekly.parquet"
PART_REPLICATES = 16_384
WEEKLY_QUANTITIES = (
    "talks",
    "provocation",
    "response",
    "directive",
    "severity",
    "leverage",
    "control",
    "pressure",
)


# Tables


def arrow(values: NDArray[Any], kind: pa.DataType | None = None) -> pa.Array:
    """Return numbers as an Arrow array, of the given type if it is not their own.

    By way of a buffer: `pyarrow.array` would import pandas, which takes longer than a run.
    """
    kind = kind or pa.from_numpy_dtype(values.dtype)
    plain = np.ascontiguousarray(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return a column of numbers without nulls as a NumPy array; see `arrow`."""
    kind = np.dtype(column.type.to_pandas_dtype())
    pieces = [
        np.frombuffer(chunk.buffers()[1], kind, len(chunk), chunk.offset * kind.itemsize)
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, kind)


def arrow_names(names: Sequence[str]) -> pa.Array:
    """Return names as an Arrow array of text; see `arrow`."""
    encoded = [name.encode() for name in names]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(names), buffers)


def outcome_table(measures: Records, first: int, point: int = 0) -> pa.Table:
    """Return a row per replicate: point, replicate, class, then measures in a fixed order."""
    count = len(measures)
    classes = pa.DictionaryArray.from_arrays(arrow(measures["outcome"]), arrow_names(OUTCOMES))
    columns: dict[str, Any] = {
        "point": arrow(np.full(count, point, np.int32)),
        "replicate": arrow(np.arange(first, first + count, dtype=np.int64)),
        "class": classes,
    }
    for name, column in COLUMNS.items():
        columns[name] = arrow(column.of(measures))
    return pa.table(columns)


def weekly_table(counts: Records, point: int = 0) -> pa.Table:
    """Return the weekly counts in long form: point, week, quantity, bin, count (> 0).

    `bin` is a rung on the ladders and 1 for talks; for severity, leverage and control one of
    256 equal bins of [0, 1]; for pressure the same of Q / (1 + Q).
    """
    weeks, quantities, bins, values = [], [], [], []
    for index, name in enumerate(WEEKLY_QUANTITIES):
        field = counts[name]
        table = field if field.ndim == 2 else np.stack((np.zeros_like(field), field), axis=1)
        week, bin_ = np.nonzero(table)
        weeks.append(week)
        bins.append(bin_)
        quantities.append(np.full(len(week), index))
        values.append(table[week, bin_])
    return _weekly(
        np.full(sum(map(len, weeks)), point),
        np.concatenate(weeks),
        np.concatenate(quantities),
        np.concatenate(bins),
        np.concatenate(values),
    )


def _weekly(point: Any, week: Any, quantity: Any, bin_: Any, count: Any) -> pa.Table:
    return pa.table(
        {
            "point": arrow(point, pa.int32()),
            "week": arrow(week, pa.int16()),
            "quantity": pa.DictionaryArray.from_arrays(
                arrow(quantity, pa.int8()), arrow_names(WEEKLY_QUANTITIES)
            ),
            "bin": arrow(bin_, pa.int16()),
            "count": arrow(count, pa.int64()),
        }
    )


def merge_weekly(tables: Iterator[pa.Table]) -> pa.Table:
    """Return the sum of weekly tables, rows in order of point, week, quantity, bin."""
    keys = np.zeros(0, np.int64)
    sums = np.zeros(0, np.int64)
    size = (1 << 31, 10_000, len(WEEKLY_QUANTITIES), BINS)
    for table in tables:
        places = [numbers(table[name]).astype(np.int64) for name in ("point", "week", "bin")]
        places.insert(2, numbers(column_codes(table["quantity"], WEEKLY_QUANTITIES)))
        more = np.ravel_multi_index(places, size)
        every = np.concatenate((keys, more))
        order = np.argsort(every, kind="stable")
        keys, starts = np.unique(every[order], return_index=True)
        counted = np.concatenate((sums, numbers(table["count"])))[order]
        sums = np.add.reduceat(counted, starts)
    point, week, quantity, bin_ = np.unravel_index(keys, size)
    return _weekly(point, week, quantity, bin_, sums)


def column_codes(column: pa.ChunkedArray, names: Sequence[str]) -> pa.ChunkedArray:
    """Return the position in `names` of every value of a text column."""
    return pa.compute.index_in(column.cast(pa.string()), arrow_names(names))


def trace_table(trace: Trace, point: int = 0) -> pa.Table:
    """Return a row per replicate and week lived.

    Attacks of single militias are lists of equal length in `militia`, `rung`, `site` (-1 for
    none) and `killed`, statements included.
    """
    lived = trace.lived[:, None] > np.arange(trace.weeks.shape[1])
    row, week = np.nonzero(lived)
    weeks = trace.weeks[row, week]
    columns: dict[str, Any] = {
        "point": arrow(np.full(len(row), point, np.int32)),
        "replicate": arrow(trace.first + row),
        "week": arrow(week.astype(np.int16)),
    }
    names = {
        "attacks": rung_names(Actor.MILITIAS)[FIRST_ATTACK:],
        "sites": SITES,
        "utility": [actor.name.lower() for actor in Actor],
        "expected": rung_names(Actor.MILITIAS),
    }
    for name in weeks.dtype.names or ():
        if name in names:
            for index, part in enumerate(names[name]):
                columns[f"{name}.{part}"] = arrow(weeks[name][:, index])
        else:
            columns[name] = arrow(weeks[name])
    moves = trace.moves[row, week]
    acted = moves["rung"] > 0
    offsets = np.concatenate(([0], np.cumsum(acted.sum(axis=1)))).astype(np.int32)
    where, militia = np.nonzero(acted)
    lists = {
        "militia": militia.astype(np.int16),
        **{name: moves[name][where, militia] for name in ("rung", "site", "killed")},
    }
    for name, values in lists.items():
        columns[f"moves.{name}"] = pa.ListArray.from_arrays(arrow(offsets), arrow(values))
    return pa.table(columns)


# Files


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; sync and rename it to `path` if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    """Return the process's umask; temporary files are made without regard to it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def write_table(table: pa.Table, path: Path) -> None:
    """Write a Parquet file; equal tables give equal bytes."""
    with written(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", version="2.6")


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the table of a Parquet file, or some of its columns."""
    with pq.ParquetFile(path) as file:
        return file.read(columns)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every Parquet file of a folder, by name within it, in order."""
    return {
        path.relative_to(folder).as_posix(): file_hash(path)
        for path in sorted(folder.rglob("*.parquet"))
    }


def results_hash(parts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the sorted (name, SHA-256) of the Parquet files."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(parts.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a folder."""
    with written(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder.

    Raises
    ------
    InputError
        If the folder is not one of results, or of another format.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{folder}: not a results folder ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{folder}: {MANIFEST} is not JSON") from None
    sound = isinstance(manifest, dict) and isinstance(manifest.get("scenario"), dict)
    if not sound or not isinstance(manifest.get("parts", {}), dict):
        raise InputError(f"{folder}: {MANIFEST} is not that of a results folder")
    manifest.setdefault("parts", {})
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"{folder}: format {manifest.get('format')!r}, this version reads {FORMAT}"
        )
    return manifest


# Folders


def check_destination(folder: Path, scenario: Scenario, force: bool = False) -> None:
    """Check that results of a scenario may be put in a folder.

    They may where nothing is, in an empty folder, and in place of an earlier run of the same
    scenario. What that run did not write stops it, unless `force` (it is then kept).

    Raises
    ------
    InputError
        If they may not.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    if folder.resolve() == Path.cwd() or os.path.ismount(folder):
        raise InputError(f"{folder}: cannot be replaced as a whole: name a folder inside it")
    if not any(folder.iterdir()):
        return
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder}: not empty, and not a run folder: nothing is overwritten")
    name = read_manifest(folder)["scenario"].get("name")
    if name != scenario.name:
        raise InputError(
            f"{folder}: holds a run of {name}, not of {scenario.name}: nothing is overwritten"
        )
    foreign = foreign_entries(folder)
    if foreign and not force:
        raise InputError(
            f"{folder}: holds what its run did not write ({foreign[0].name}, …): move it, or "
            "keep it in the new run with --force"
        )


def foreign_entries(folder: Path) -> list[Path]:
    """Return what a run folder holds beside what its manifest says the run wrote.

    Links and special files count as they are, whatever they point to; a folder without any
    file of the run is one entry.
    """
    ours = {folder / name for name in (MANIFEST, FIGURE, *read_manifest(folder)["parts"])}
    shared = {parent for path in ours for parent in path.parents}

    def within(place: Path) -> Iterator[Path]:
        for path in sorted(place.iterdir()):
            if path in shared and path.is_dir() and not path.is_symlink():
                yield from within(path)
            elif path not in ours:
                yield path

    return list(within(folder))


FIGURE = "outcomes.png"
"""The figure that a run draws."""


@contextmanager
def replaced(folder: Path, check: Callable[[], None]) -> Iterator[Path]:
    """Give a new folder to fill; put it in the place of `folder` if all went well.

    What the old folder holds beside its run is kept. `check` is called once more just before
    the exchange, and stops it by raising. If the exchange fails, the old folder stands.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(folder)
    try:
        yield fresh
        check()
        if not (folder / MANIFEST).is_file():
            fresh.replace(folder)  # where nothing is, or an empty folder
            return
        kept = foreign_entries(folder)
        old = _beside(folder)
        folder.replace(old)
        try:
            fresh.replace(folder)
        except BaseException:
            old.replace(folder)
            raise
        for path in kept:
            place = path.relative_to(folder)
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (old / place).replace(folder / place)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _beside(folder: Path) -> Path:
    """Return a new hidden folder next to another, on the same file system."""
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    made.chmod(0o777 & ~_umask())
    return made


def part_number(path: Path) -> int:
    """Return the number of a part, by which parts are in order."""
    return int(path.stem.removeprefix("part-"))


class StoredRun(Distribution):
    """The results in a folder, read one column at a time.

    Raises
    ------
    InputError
        If the folder is not one of results.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return from_json(self.manifest["scenario"])

    @property
    def actors(self) -> int:
        """Actors that decide in a week."""
        return len(self.scenario.members) + 2

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a measure, in replicate order.

        Raises
        ------
        InputError
            If there is no measure of that name.
        """
        if name != "class":
            find_column(name)
        parts = sorted((self.folder / "outcomes").glob("part-*.parquet"), key=part_number)
        arrays = [read_table(path, [name])[name] for path in parts]
        column = pa.chunked_array([chunk for array in arrays for chunk in array.chunks])
        if name == "class":
            return numbers(column_codes(column, OUTCOMES)).astype(np.int8)
        return numbers(column)

    def weekly(self) -> pa.Table:
        """Return the weekly counts in long form; see `weekly_table`."""
        return read_table(self.folder / WEEKLY)


def bin_edges(quantity: str) -> NDArray[np.float64]:
    """Return the 257 edges of the bins of a weekly quantity that is a number.

    The last edge of pressure, which has no upper bound, is infinite.
    """
    shares = np.arange(BINS + 1) / BINS
    if quantity != "pressure":
        return shares
    with np.errstate(divide="ignore"):
        return shares / (1.0 - shares)

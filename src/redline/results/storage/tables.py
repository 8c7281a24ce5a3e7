"""From measures, counts and traces to Arrow tables and the bytes of Parquet files, and back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.case import Points, Scenario
from redline.engine import Trace, new_trace
from redline.results.histories import Histories
from redline.results.measures import COLUMNS, OUTCOMES, binned, column_of
from redline.support import InputError
from redline.theory import (
    BINS,
    FIRST_ATTACK,
    RUNGS,
    SITES,
    Actor,
    Move,
    Records,
    dtype_of,
    rung_names,
)

LADDERS = ("talks", "provocation", "response", "directive")
"""The weekly counts that are small enough to keep for every point of a sweep."""
WEEKLY_QUANTITIES = (*LADDERS, "severity", "leverage", "control", "pressure")
WEEKLY_KEPT: dict[str, tuple[str, ...]] = {
    "all": WEEKLY_QUANTITIES,
    "ladders": LADDERS,
    "none": (),
}
"""How much of the weekly counts a sweep may keep for every point."""
SPREAD = {
    "attacks": rung_names(Actor.MILITIAS)[FIRST_ATTACK:],
    "sites": SITES,
    "utility": [actor.name.lower() for actor in Actor],
    "expected": rung_names(Actor.MILITIAS),
}
"""Fields of a week that hold several numbers: each has a column of its own, called so."""
MOVES = dtype_of(Move).names or ()
PARQUET: dict[str, Any] = {"compression": "zstd", "version": "2.6"}
"""How Parquet is written; equal tables give equal bytes."""


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


def mask(rows: NDArray[np.bool_]) -> pa.ChunkedArray:
    """Return which rows to keep as Arrow takes it."""
    return pa.chunked_array([pa.array(rows.tolist(), pa.bool_())])


def arrow_names(names: Sequence[str]) -> pa.Array:
    """Return names as an Arrow array of text; see `arrow`."""
    encoded = [name.encode() for name in names]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(names), buffers)


def outcome_table(
    measures: Records, point: NDArray[np.int32], replicate: NDArray[np.int64]
) -> pa.Table:
    """Return a row per replicate: point, replicate, class, then measures in a fixed order.

    All three arguments are of length (R,).
    """
    classes = pa.DictionaryArray.from_arrays(arrow(measures["outcome"]), arrow_names(OUTCOMES))
    return pa.table(
        {
            "point": arrow(point, pa.int32()),
            "replicate": arrow(replicate, pa.int64()),
            "class": classes,
            **{name: arrow(column_of(measures, name)) for name in COLUMNS},
        }
    )


def with_words(table: pa.Table) -> pa.Table:
    """Return a table whose measures say, in the metadata of columns, their words and their unit.

    What is stored says neither: words may change, and stored bytes may not.
    """
    fields = [
        field.with_metadata({key: getattr(COLUMNS[field.name], key) for key in ("words", "unit")})
        if field.name in COLUMNS
        else field
        for field in table.schema
    ]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))


class WeeklyRows(NamedTuple):
    """Columns of weekly counts in long form, of equal length."""

    point: NDArray[Any]
    week: NDArray[Any]
    quantity: NDArray[Any]
    bin: NDArray[Any]
    counted: NDArray[Any]


def weekly_rows(
    counts: Records, point: int = 0, quantities: Sequence[str] = WEEKLY_QUANTITIES
) -> WeeklyRows:
    """Return the (W,) weekly counts of a point in long form, counts of zero left out.

    `bin` is a rung on the ladders and 1 for talks; for severity, leverage and control one of
    256 equal bins of [0, 1]; for pressure the same of Q / (1 + Q).
    """
    rows = [WeeklyRows(*[np.zeros(0, np.int64)] * 5)]
    for name in quantities:
        table = binned(counts, name)
        week, bin_ = np.nonzero(table)
        place = np.full_like(week, point), np.full_like(week, WEEKLY_QUANTITIES.index(name))
        rows.append(WeeklyRows(place[0], week, place[1], bin_, table[week, bin_]))
    return joined_rows(rows)


def joined_rows(rows: Iterable[WeeklyRows]) -> WeeklyRows:
    """Return rows of several points as one."""
    return WeeklyRows(*map(np.concatenate, zip(*rows, strict=True)))


def weekly_table(rows: WeeklyRows) -> pa.Table:
    """Return weekly counts as a table: point, week, quantity, bin, count (> 0)."""
    names = arrow_names(WEEKLY_QUANTITIES)
    return pa.table(
        {
            "point": arrow(rows.point, pa.int32()),
            "week": arrow(rows.week, pa.int16()),
            "quantity": pa.DictionaryArray.from_arrays(arrow(rows.quantity, pa.int8()), names),
            "bin": arrow(rows.bin, pa.int16()),
            "count": arrow(rows.counted, pa.int64()),
        }
    )


def merge_weekly(tables: Iterable[pa.Table]) -> pa.Table:
    """Return the sum of weekly tables, rows in order of point, week, quantity, bin."""
    keys = np.zeros(0, np.int64)
    sums = np.zeros(0, np.int64)
    size = (1 << 31, 10_000, len(WEEKLY_QUANTITIES), BINS)
    for table in tables:
        places = [numbers(table[name]).astype(np.int64) for name in ("point", "week", "bin")]
        places.insert(2, column_codes(table["quantity"], WEEKLY_QUANTITIES))
        more = np.ravel_multi_index(places, size)
        every = np.concatenate((keys, more))
        order = np.argsort(every, kind="stable")
        keys, starts = np.unique(every[order], return_index=True)
        counted = np.concatenate((sums, numbers(table["count"])))[order]
        sums = np.add.reduceat(counted, starts)
    point, week, quantity, bin_ = np.unravel_index(keys, size)
    return weekly_table(WeeklyRows(point, week, quantity, bin_, sums))


def points_table(points: Points) -> pa.Table:
    """Return a row per point: point, and a column per swept address."""
    point = arrow(np.arange(len(points), dtype=np.int32))
    return pa.table({"point": point, **{k: arrow(v) for k, v in points.columns.items()}})


def points_from(table: pa.Table) -> Points:
    """Return the points that a table of theirs holds."""
    names = [name for name in table.column_names if name != "point"]
    return Points(len(table), {name: numbers(table[name]) for name in names})


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **PARQUET)
    return bytes(sink.getvalue().to_pybytes())


def column_codes(column: pa.ChunkedArray, names: Sequence[str]) -> NDArray[np.int64]:
    """Return the position in `names` of every value of a text column; -1 for another text.

    Without Arrow's functions, which take as long to import as a run to be read.
    """
    places = {name: place for place, name in enumerate(names)}
    found = [np.zeros(0, np.int64)]
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            chunk = chunk.dictionary_encode()  # noqa: PLW2901
        known = [places.get(name, -1) for name in chunk.dictionary.to_pylist()]
        codes = numbers(pa.chunked_array([chunk.indices]))
        found.append(np.array(known, np.int64)[codes])
    return np.concatenate(found)


def plain_column(column: pa.ChunkedArray, name: str) -> NDArray[Any]:
    """Return a stored column as a NumPy array; ``class`` as codes of `OUTCOMES`."""
    if name == "class":
        return column_codes(column, OUTCOMES).astype(np.int8)
    return numbers(column)


def dense_counts(rows: pa.Table, quantity: str, weeks: int) -> NDArray[np.int64]:
    """Return the weekly counts of one quantity of one point: (W, bins).

    Raises
    ------
    InputError
        If it was not counted.
    """
    codes = column_codes(rows["quantity"], WEEKLY_QUANTITIES)
    mine = codes == WEEKLY_QUANTITIES.index(quantity)
    if not mine.any() and quantity != "talks":
        raise InputError(f"weekly counts of {quantity} were not stored")
    bins = 2 if quantity == "talks" else RUNGS if quantity in LADDERS else BINS
    counts = np.zeros((weeks, bins), np.int64)
    counts[numbers(rows["week"])[mine], numbers(rows["bin"])[mine]] = numbers(rows["count"])[mine]
    return counts


def bin_edges(quantity: str) -> NDArray[np.float64]:
    """Return the 257 edges of the bins of a weekly quantity that is a number.

    The last edge of pressure, which has no upper bound, is infinite.
    """
    shares = np.arange(BINS + 1) / BINS
    if quantity != "pressure":
        return shares
    with np.errstate(divide="ignore"):
        return shares / (1.0 - shares)


# Traces


def _week_columns(weeks: Records) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every number of some weeks, in place, with what its column is called."""
    for name in weeks.dtype.names or ():
        if name in SPREAD:
            yield from (
                (f"{name}.{part}", weeks[name][..., place])
                for place, part in enumerate(SPREAD[name])
            )
        else:
            yield name, weeks[name]


def trace_table(trace: Trace) -> pa.Table:
    """Return a row per replicate and week simulated.

    Attacks of single militias are lists of equal length in `militia`, `rung`, `site` (-1 for
    none) and `killed`, statements included.
    """
    lived = trace.lived[:, None] > np.arange(trace.weeks.shape[1])
    row, week = np.nonzero(lived)
    weeks = trace.weeks[row, week]
    columns: dict[str, Any] = {
        "point": arrow(np.zeros(len(row), np.int32)),
        "replicate": arrow(trace.first + row),
        "week": arrow(week.astype(np.int16)),
    }
    columns |= {name: arrow(values) for name, values in _week_columns(weeks)}
    moves = trace.moves[row, week]
    acted = moves["rung"] > 0
    offsets = np.concatenate(([0], np.cumsum(acted.sum(axis=1)))).astype(np.int32)
    where, militia = np.nonzero(acted)
    lists = {"militia": militia.astype(np.int16)}
    lists |= {name: moves[name][where, militia] for name in MOVES}
    for name, values in lists.items():
        columns[f"moves.{name}"] = pa.ListArray.from_arrays(arrow(offsets), arrow(values))
    return pa.table(columns)


def histories_from(
    tables: Iterable[pa.Table],
    scenario: Scenario,
    replicates: Sequence[int],
    over: NDArray[np.bool_],
    moves: bool,
) -> Histories:
    """Return the histories of some replicates from the tables that `trace_table` made.

    Parameters
    ----------
    over
        (R,) Whether each of the replicates ended in open confrontation.
    moves
        Whether to have those of every militia, too. Capability is not stored: there are no
        weeks of it.
    """
    wanted, again = np.unique(np.array(replicates, np.int64), return_inverse=True)
    trace = new_trace(scenario, 0, len(wanted), moves)
    for table in tables:
        stored = numbers(table["replicate"])
        here = np.isin(stored, wanted)
        if here.any():
            _take(table.filter(mask(here)).combine_chunks(), wanted, trace)
    return Histories(
        first=int(replicates[0]),
        lived=trace.lived[again],
        over=over.astype(np.int64),
        weeks=trace.weeks[again],
        moves=trace.moves[again],
        capability=trace.capability[again, :0],
        numbers=np.array(replicates, np.int64),
    )


def _take(table: pa.Table, wanted: NDArray[np.int64], trace: Trace) -> None:
    """Write the rows of `trace_table` into a trace of the wanted replicates, in order."""
    row = np.searchsorted(wanted, numbers(table["replicate"]))
    week = numbers(table["week"])
    trace.lived[:] += np.bincount(row, minlength=len(wanted))
    for name, values in _week_columns(trace.weeks):
        values[row, week] = numbers(table[name])
    if not trace.moves.shape[1]:
        return
    lists = {name: table[f"moves.{name}"].chunk(0) for name in ("militia", *MOVES)}
    each = np.diff(numbers(pa.chunked_array([lists["militia"].offsets])))
    flat = {name: numbers(pa.chunked_array([one.flatten()])) for name, one in lists.items()}
    place = np.repeat(row, each), np.repeat(week, each), flat["militia"]
    for name in MOVES:
        trace.moves[name][place] = flat[name]

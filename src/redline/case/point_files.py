"""Tables of points that other programs wrote: Parquet or CSV, read as numbers or refused.

A column per address, a row per point. What stands beside the addresses, such as the index of a
data frame or the number of a chain, is left out, and said.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redline.case.addresses import joined, parameter_at, split_address
from redline.case.csv_points import read_point_table
from redline.case.design import Points
from redline.support import (
    LARGEST_PARQUET,
    InputError,
    check_file,
    printable,
    shown,
    system_problem,
)
from redline.theory import Parameter

PARQUET = b"PAR1"
"""What a Parquet file begins with."""


def read_point_file(
    path: Path, document: Mapping[str, Any], most: int
) -> tuple[Points, tuple[str, ...]]:
    """Return the first points of a table from outside, and the columns that are left out.

    A column is taken for an address if there is a dot in its name; it must then be one.

    Parameters
    ----------
    document
        The full document of the scenario whose addresses are set.
    most
        Rows to read; those behind them are not looked at.

    Raises
    ------
    InputError
        Naming file, column and row of everything that cannot be used.
    """
    table = _table(path)
    named = [name for name in table.column_names if "." in name]
    left = tuple(printable(name) for name in table.column_names if "." not in name)
    if not named:
        raise InputError(f"{path}: no column is an address such as iran.review")
    if not table.num_rows:
        raise InputError(f"{path}: no points")
    columns: dict[str, NDArray[Any]] = {}
    problems: list[str] = []
    for place, name in enumerate(table.column_names):
        if name not in named:
            continue
        try:
            address = joined(split_address(name))
            if address in columns:
                raise InputError("stands twice")
            columns[address] = _values(table.column(place)[:most], parameter_at(document, address))
        except InputError as error:
            problems += [f"{path}: column {name}: {one}" for one in error.problems]
    if problems:
        raise InputError(problems)
    return Points(min(most, table.num_rows), columns), left


def _table(path: Path) -> pa.Table:
    """Return a Parquet or a CSV file as a table."""
    check_file(path, LARGEST_PARQUET)
    try:
        with path.open("rb") as file:
            if file.read(4) == PARQUET:
                file.seek(0)
                # as `store.read_table` does:
                return pq.ParquetFile(file, pre_buffer=False).read(use_threads=False)
    except OSError as error:
        raise InputError(system_problem(error, path)) from None
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    rows = read_point_table(path, str(path))
    return pa.table({name: [row[name] for row in rows] for name in (rows[0] if rows else ())})


def _values(column: pa.ChunkedArray, note: Parameter) -> NDArray[Any]:
    """Return a column as the numbers of a parameter, (P,).

    Raises
    ------
    InputError
        For another kind of column, an empty cell, or a value that is not allowed.
    """
    values = _floats(column)
    low, high = note.bounds
    inside = (low <= values) & (values <= high)  # not those that are not a number
    _check_rows(values, inside, f"in [{low:g}, {high:g}]")
    if not note.integer:
        return values
    _check_rows(values, values == np.floor(values), "a whole number")
    return values.astype(np.int64)


def _check_rows(values: NDArray[np.float64], sound: NDArray[np.bool_], wanted: str) -> None:
    """Refuse the first value that is not as wanted."""
    if not sound.all():
        row = int(sound.argmin())
        raise InputError(f"row {row + 1}: must be {wanted}, not {shown(float(values[row]))}")


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return numbers of any kind as such, (P,); refuse a column that does not hold them alone."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_decimal = pa.types.is_decimal(kind)
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or is_decimal):
        raise InputError(f"holds {kind}, not numbers")
    if column.null_count:
        empty = column.is_null().to_numpy(zero_copy_only=False)
        raise InputError(f"row {int(np.argmax(empty)) + 1}: is empty")
    if is_decimal:
        return np.array([float(value) for value in column.to_pylist()], np.float64)
    return np.asarray(pc.cast(column, kind).to_numpy(), np.float64)

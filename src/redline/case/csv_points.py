"""CSV files of points: a header of addresses, then a point in each line."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from redline.support import InputError, check_file, decoded, shown, system_problem

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_points(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the points of a CSV file that a scenario file names: see `read_point_table`.

    Raises
    ------
    InputError
        If it is outside the folder of that file, or is no such table.
    """
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a link to itself
        raise InputError(system_problem(error, name)) from None
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"{name} is outside the file's own folder")
    return read_point_table(path, name)


def read_point_table(path: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV file of points: a header of addresses, then numbers.

    Raises
    ------
    InputError
        If it is missing, not UTF-8, or a cell is not a number; it is called `name`.
    """
    check_file(path, called=name)
    try:
        text = decoded(path.read_bytes(), name)
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [cell.strip() for cell in next(lines, [])]
        cells = [(lines.line_num, line) for line in lines if line]
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(system_problem(error, name)) from None
    if len(header) == 1 and (found := re.search("[;\t]", header[0])):
        raise InputError(f"{name}: cells must be separated by commas, not {found[0]!r}")
    if "" in header:
        raise InputError(
            f"{name}: a column has no name: leave the index out (pandas: to_csv(…, index=False))"
        )
    if len(set(header)) < len(header):
        raise InputError(f"{name}: its header names an address twice")
    return [_row(header, line, f"{name}, line {number}") for number, line in cells]


def _row(header: list[str], line: list[str], place: str) -> dict[str, float]:
    """Return the numbers of a line of a CSV file by the address above them."""
    if len(line) != len(header):
        raise InputError(f"{place}: {len(line)} cells under a header of {len(header)} addresses")
    found = {}
    for address, cell in zip(header, line, strict=True):
        if not NUMBER.fullmatch(cell.strip(" \t")):
            raise InputError(f"{place}: every cell must be a number, not {shown(cell)}")
        found[address] = float(cell)
    return found

"""What is under a figure? A tidy table: made of rows, put below one another, written as CSV."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from redline.figures.style import Tidy
from redline.support import ESCAPES


def of_rows(rows: Iterable[Mapping[str, object]]) -> Tidy:
    """Return rows of the same names as a table; what is None is not a number in it."""
    columns: dict[str, list[object]] = {}
    for row in rows:
        for name, value in row.items():
            columns.setdefault(name, []).append(np.nan if value is None else value)
    return {name: np.array(values) for name, values in columns.items()}


def stacked(tables: Iterable[Tidy]) -> Tidy:
    """Return tables of the same columns, at least one, below one another."""
    first, *others = tables
    return {
        name: np.concatenate([column, *(other[name] for other in others)])
        for name, column in first.items()
    }


def write_tidy(table: Tidy, path: Path) -> None:
    """Write a tidy table as CSV: a header, then a line for each row."""
    with path.open("w", encoding="utf-8", errors=ESCAPES, newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(table)
        lines.writerows(zip(*(column.tolist() for column in table.values()), strict=True))

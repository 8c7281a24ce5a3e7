"""The sweep that a scenario file declares over its own parameters: reading and checking it."""

import csv
from pathlib import Path
from typing import Any

from redline.addresses import parameter_at
from redline.errors import InputError, shown
from redline.parameters import Parameter
from redline.scenario import Axis, Sweep

Document = dict[str, Any]


def read_sweep(full: Document, folder: Path | None) -> tuple[Sweep | None, list[str]]:
    """Return the sweep of a full document, and what is wrong with it.

    Points from a CSV file in `folder` take its place in the document, which then stands
    alone.
    """
    raw = full.get("sweep")
    if raw is None:
        return None, []
    design = raw.get("design", "grid")
    swept = {k: v for k, v in raw.items() if k not in ("design", "points", "rows", "csv")}
    found: list[str] = []
    axes = []
    for address, wanted in swept.items():
        try:
            axes.append(_axis(full, design, address, wanted))
        except InputError as error:
            found += [f"sweep: {problem}" for problem in error.problems]
    rows: tuple[dict[str, Any], ...] = ()
    if design == "list":
        try:
            rows = _rows(full, raw, folder)
        except InputError as error:
            found += [f"sweep: {problem}" for problem in error.problems]
        if swept:
            found.append("sweep: a list design takes rows or csv, not values by address")
    elif not swept:
        found.append("sweep: nothing is swept")
    if design in ("lhs", "sobol") and raw.get("points") is None:
        found.append(f"sweep.points is missing: how many points the {design} design has")
    return Sweep(design, tuple(axes), rows, raw.get("points")), found


def _axis(full: Document, design: str, address: str, wanted: Any) -> Axis:
    note = parameter_at(full, address)
    if isinstance(wanted, list):
        if design != "grid":
            raise InputError(f"{address}: the {design} design takes {{ from, to }}")
        if not wanted:
            raise InputError(f"{address}: an empty list")
        values = tuple(_checked(address, note, value) for value in wanted)
        return Axis(address, values, float(min(values)), float(max(values)))
    if not isinstance(wanted, dict):
        raise InputError(f"{address}: expected a list or {{ from, to, steps }}")
    keys = {"from", "to", "steps"} if design == "grid" else {"from", "to"}
    if set(wanted) != keys:
        raise InputError(f"{address}: expected the keys {', '.join(sorted(keys))}")
    low, high = (_checked(address, note, wanted[key]) for key in ("from", "to"))
    if low >= high:
        raise InputError(f"{address}: from ({low:g}) must be below to ({high:g})")
    if design != "grid":
        return Axis(address, None, float(low), float(high))
    steps = wanted["steps"]
    if type(steps) is not int or not 2 <= steps <= 1_000_000:
        raise InputError(f"{address}: steps must be a whole number from 2 on, not {shown(steps)}")
    values = tuple(
        _checked(address, note, low + (high - low) * step / (steps - 1)) for step in range(steps)
    )
    return Axis(address, values, float(low), float(high))


def _checked(address: str, note: Parameter, value: Any) -> Any:
    low, high = note.bounds
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{address}: expected a number, not {shown(value)}")
    if not low <= value <= high:
        raise InputError(f"{address}: must be in [{low:g}, {high:g}], not {shown(value)}")
    if note.integer and value != int(value):
        raise InputError(f"{address}: must be a whole number, not {shown(value)}")
    return int(value) if note.integer else float(value)


def _rows(full: Document, raw: Document, folder: Path | None) -> tuple[dict[str, Any], ...]:
    if ("rows" in raw) == ("csv" in raw):
        raise InputError("a list design takes either rows or csv")
    if "rows" in raw:
        rows = raw["rows"]
    else:
        rows = read_points(folder or Path(), raw["csv"])
        full["sweep"] = {"design": "list", "rows": rows}
    if not rows or not all(rows):
        raise InputError("an empty list of points")
    notes = {address: parameter_at(full, address) for row in rows for address in row}
    if any(row.keys() != rows[0].keys() for row in rows):
        raise InputError("every point must set the same addresses")
    return tuple(
        {address: _checked(address, notes[address], v) for address, v in row.items()}
        for row in rows
    )


def read_points(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV file of points: a header of addresses, then numbers.

    Raises
    ------
    InputError
        If it is missing, outside the folder, not UTF-8, or a cell is not a number.
    """
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError(f"{name} is outside the file's own folder")
        if path.exists() and not path.is_file():
            raise InputError(f"{name} is not a file")
        with path.open(encoding="utf-8-sig", newline="") as file:
            table_rows = list(csv.DictReader(file, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{name}: {getattr(error, 'strerror', None) or error}") from None
    rows = []
    for number, row in enumerate(table_rows, 2):
        try:
            rows.append({str(k).strip(): float(v) for k, v in row.items()})
        except (TypeError, ValueError):
            raise InputError(f"{name}, line {number}: every cell must be a number") from None
    return rows

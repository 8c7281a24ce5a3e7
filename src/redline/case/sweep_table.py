"""What a file sweeps and what its replicates draw: reading and checking both tables."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redline.case.addresses import Document, joined, parameter_at, split_address
from redline.case.csv_points import read_points
from redline.case.design import DRAWN, MOST_POINTS, Axis, Sweep, rows_per_point
from redline.support import InputError, plain, shown
from redline.theory import Parameter

MOST_STEPS = 1_000_000
"""Of one address."""
OPTIONS = ("design", "points", "rows", "csv")
"""The keys of a sweep table that are no addresses."""
MOST_DRAWS = 1_000_000


def read_sweep(
    full: Mapping[str, Any], folder: Path | None = None
) -> tuple[Sweep | None, list[str]]:
    """Return the sweep of a full document, and what is wrong with it.

    A CSV file that it names is in `folder`.
    """
    raw = full.get("sweep")
    if raw is None:
        return None, []
    design = raw.get("design", "grid")
    swept = {key: value for key, value in raw.items() if key not in OPTIONS}
    found: list[str] = []
    axes: list[Axis] = []
    for address, wanted in swept.items():
        try:
            axis = _axis(full, design, address, wanted)
            if any(axis.address == other.address for other in axes):
                raise InputError(f"{axis.address} is swept twice")
            axes.append(axis)
        except InputError as error:
            found += [f"sweep: {problem}" for problem in error.problems]
    rows: tuple[dict[str, Any], ...] = ()
    if design == "list":
        try:
            rows = _rows(full, raw, folder)
        except InputError as error:
            found += [f"sweep: {problem}" for problem in error.problems]
    found += _wrong_for_design(design, raw, axes, swept)
    return Sweep(design, tuple(axes), rows, raw.get("points")), found


def _wrong_for_design(
    design: str, raw: Mapping[str, Any], axes: list[Axis], swept: Document
) -> Iterator[str]:
    """Yield what of a sweep table does not go with its design, and where it has too many points."""
    points = raw.get("points")
    if design != "list":
        for key in [key for key in ("rows", "csv") if raw.get(key)]:
            yield f"sweep.{key}: only for a list design; a {design} design takes values by address"
    if design == "list" and swept:
        yield "sweep: a list design takes rows or csv, not values by address"
    elif design != "list" and not swept:
        yield "sweep: nothing is swept"
    if design not in DRAWN:
        if points is not None:
            yield f"sweep.points: a {design} design lists its own points"
    elif points is None:
        yield f"sweep.points is missing: the number of points of the {design} design"
    else:
        if design == "saltelli" and points & (points - 1):
            yield f"sweep.points: a saltelli design takes a power of two, not {points}"
        total = points * rows_per_point(design, len(axes))
        if total > MOST_POINTS:
            yield f"sweep: a {design} design of {total:,} points; {MOST_POINTS:,} at most"
    steps = math.prod(len(axis.values or (0,)) for axis in axes)
    if steps > MOST_POINTS:
        yield f"sweep: a grid of {steps:,} points; {MOST_POINTS:,} at most"


def read_draws(
    full: Mapping[str, Any], folder: Path | None = None
) -> tuple[dict[str, list[float]] | None, list[str]]:
    """Return what replicates of a full document draw, by address, and what is wrong with it.

    A CSV file that it names is in `folder`.
    """
    raw = full.get("draw")
    if raw is None:
        return None, []
    try:
        listed = {key: value for key, value in raw.items() if key != "csv"}
        if raw.get("csv") is not None:
            if listed:
                raise InputError("takes either csv or values by address")
            listed = draws_of_csv(raw["csv"], folder)
        columns = {}
        for address, values in listed.items():
            note = parameter_at(full, address)
            if note.integer:
                raise InputError(f"{address}: whole numbers can be set or swept, not drawn")
            if not isinstance(values, list):
                raise InputError(f"{address}: expected a list of numbers")
            name = joined(split_address(address))
            columns[name] = [float(_checked(address, note, value)) for value in values]
        sizes = {len(column) for column in columns.values()}
        if not columns or sizes == {0}:
            raise InputError("nothing is drawn")
        if len(sizes) > 1:
            raise InputError("all addresses need the same number of values: they are drawn jointly")
        if max(sizes) > MOST_DRAWS:
            raise InputError(f"{max(sizes):,} draws; {MOST_DRAWS:,} at most")
    except InputError as error:
        return None, [f"draw: {problem}" for problem in error.problems]
    return columns, []


def sweep_of_csv(name: str, folder: Path | None) -> Document:
    """Return the sweep table of the points in a CSV file, which then stands alone."""
    return {"design": "list", "rows": read_points(folder or Path(), name)}


def draws_of_csv(name: str, folder: Path | None) -> Document:
    """Return the draw table of the lines of a CSV file, which then stands alone."""
    rows = read_points(folder or Path(), name)
    return {address: [row[address] for row in rows] for address in (rows[0] if rows else ())}


def _axis(full: Mapping[str, Any], design: str, address: str, wanted: Any) -> Axis:
    note = parameter_at(full, address)
    address = joined(split_address(address))
    if isinstance(wanted, list):
        if design != "grid":
            raise InputError(f"{address}: the {design} design takes {{ from, to }}")
        if not wanted:
            raise InputError(f"{address}: an empty list")
        values = tuple(_checked(address, note, value) for value in wanted)
        return Axis(address, values, float(min(values)), float(max(values)), note.integer)
    if not isinstance(wanted, dict):
        raise InputError(f"{address}: expected a list or {{ from, to, steps }}")
    keys = {"from", "to", "steps"} if design == "grid" else {"from", "to"}
    if set(wanted) != keys:
        raise InputError(f"{address}: expected the keys {', '.join(sorted(keys))}")
    low, high = (_checked(address, note, wanted[key]) for key in ("from", "to"))
    if low >= high:
        raise InputError(f"{address}: from ({low:g}) must be below to ({high:g})")
    if design != "grid":
        return Axis(address, None, float(low), float(high), note.integer)
    steps = wanted["steps"]
    if type(steps) is not int or not 2 <= steps <= MOST_STEPS:
        wanted = f"a whole number from 2 to {MOST_STEPS:,}"
        raise InputError(f"{address}: steps must be {wanted}, not {shown(steps)}")
    inner = (low + (high - low) * step / (steps - 1) for step in range(1, steps - 1))
    values = tuple(_checked(address, note, value) for value in (low, *inner, high))
    return Axis(address, values, float(low), float(high), note.integer)


def _checked(address: str, note: Parameter, value: Any) -> Any:
    low, high = note.bounds
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{address}: expected a number, not {shown(value)}")
    if not low <= value <= high:
        raise InputError(f"{address}: must be in [{low:g}, {high:g}], not {shown(value)}")
    if note.integer and value != int(value):
        raise InputError(f"{address}: must be a whole number, not {shown(value)}")
    return int(value) if note.integer else float(value)


def _rows(
    full: Mapping[str, Any], raw: Document, folder: Path | None
) -> tuple[dict[str, Any], ...]:
    if ("rows" in raw) == ("csv" in raw):
        raise InputError("a list design takes either rows or csv")
    rows = raw["rows"] if "rows" in raw else sweep_of_csv(raw["csv"], folder)["rows"]
    if not rows or not all(rows):
        raise InputError("an empty list of points")
    if any(row.keys() != rows[0].keys() for row in rows):
        raise InputError("every point must set the same addresses")
    notes = {address: parameter_at(full, address) for address in rows[0]}
    names = {address: joined(split_address(address)) for address in rows[0]}
    if len(set(names.values())) < len(names):
        raise InputError("an address is set twice by every point")
    return tuple(
        {names[address]: _checked(address, notes[address], v) for address, v in row.items()}
        for row in rows
    )


def redesigned(
    table: Document,
    design: str | None = None,
    points: int | None = None,
    rows: list[dict[str, Any]] | None = None,
) -> Document:
    """Return a sweep table with another design, its addresses and their ranges kept.

    Lists and steps become intervals where the design draws its points; a list design takes
    rows in place of addresses.
    """
    table, rows = plain(table), plain(rows)
    design = design or ("list" if rows else table.get("design", "grid"))
    if rows or design == "list":
        kept: Document = {key: table[key] for key in ("rows", "csv") if key in table}
        return {"design": design, **({"rows": rows} if rows else kept)}
    swept = {key: value for key, value in table.items() if key not in OPTIONS}
    if design in DRAWN:
        swept = {address: _interval(wanted) for address, wanted in swept.items()}
        points = points or table.get("points")
    return {"design": design, **({"points": points} if points else {}), **swept}


def _interval(wanted: Any) -> Any:
    """Return the interval that a list of numbers or a stepped range covers."""
    if isinstance(wanted, dict):
        return {key: value for key, value in wanted.items() if key != "steps"}
    if isinstance(wanted, list) and wanted and all(type(v) in (int, float) for v in wanted):
        return {"from": min(wanted), "to": max(wanted)}
    return wanted

"""The design of a sweep: reading and checking what a file declares, and its points.

Designs: ``grid`` (every combination, the first address slowest), ``lhs`` (Latin hypercube),
``sobol`` (scrambled Sobol' sequence; balanced where the number of points is a power of two)
and ``list`` (points given one by one).
"""

import csv
import hashlib
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.addresses import parameter_at
from redline.errors import InputError, shown
from redline.parameters import Parameter
from redline.scenario import Axis, Sweep

Document = dict[str, Any]

MOST_POINTS = 10_000_000
"""Points of a sweep."""


# Reading


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
    steps = math.prod(len(axis.values or (0,)) for axis in axes)
    if steps > MOST_POINTS:
        found.append(f"sweep: a grid of {steps:,} points; {MOST_POINTS:,} at most")
    return Sweep(design, tuple(axes), rows, raw.get("points")), found


def _axis(full: Document, design: str, address: str, wanted: Any) -> Axis:
    note = parameter_at(full, address)
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
    if type(steps) is not int or not 2 <= steps <= 1_000_000:
        raise InputError(f"{address}: steps must be a whole number from 2 on, not {shown(steps)}")
    values = tuple(
        _checked(address, note, low + (high - low) * step / (steps - 1)) for step in range(steps)
    )
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
    design = design or ("list" if rows else table.get("design", "grid"))
    if rows or design == "list":
        kept: Document = {key: table[key] for key in ("rows", "csv") if key in table}
        return {"design": design, **({"rows": rows} if rows else kept)}
    swept = {k: v for k, v in table.items() if k not in ("design", "points", "rows", "csv")}
    if design in ("lhs", "sobol"):
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


# Points


@dataclass(frozen=True)
class Points:
    """The points of a sweep.

    Attributes
    ----------
    count : P, how many
    columns : a (P,) array per swept address, whole numbers where the parameter is one; none
        for a run, which has one point
    """

    count: int
    columns: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return self.count

    @property
    def addresses(self) -> tuple[str, ...]:
        """The swept addresses, in order."""
        return tuple(self.columns)

    def values(self, point: int) -> dict[str, int | float]:
        """Return the values at a point, by address."""
        return {address: column[point].item() for address, column in self.columns.items()}

    def digest(self) -> str:
        """Return the SHA-256 of addresses and values, whatever file they came from."""
        found = hashlib.sha256(f"{self.count}\n".encode())
        for address, column in self.columns.items():
            found.update(f"{address} {column.dtype.str}\n".encode() + column.tobytes())
        return found.hexdigest()


ONE_POINT = Points(1, {})


def points_of(sweep: Sweep, seed: int) -> Points:
    """Return the points of a sweep; those that are drawn at random, by the seed.

    References
    ----------
    McKay, Beckman & Conover (1979), *Technometrics* 21(2): Latin hypercubes. Owen (1998),
    *J. Complexity* 14(4): scrambled Sobol' points.
    """
    if sweep.design == "list":
        first = sweep.rows[0]
        columns = {name: np.array([row[name] for row in sweep.rows]) for name in first}
    elif sweep.design == "grid":
        mesh = np.meshgrid(*(np.array(axis.values) for axis in sweep.axes), indexing="ij")
        columns = {
            axis.address: np.ascontiguousarray(values.ravel())
            for axis, values in zip(sweep.axes, mesh, strict=True)
        }
    else:
        unit = _unit_points(sweep.design, len(sweep.axes), int(sweep.points or 0), seed)
        columns = {
            axis.address: _placed(axis, unit[:, place]) for place, axis in enumerate(sweep.axes)
        }
    return Points(len(next(iter(columns.values()))), columns)


def _unit_points(design: str, dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return (count, dimensions) points in the unit cube."""
    from scipy.stats import qmc  # a third of a second to import

    draw = qmc.LatinHypercube if design == "lhs" else qmc.Sobol
    with warnings.catch_warnings():
        # A number of points that is no power of two is the user's choice; see the docs.
        warnings.simplefilter("ignore", UserWarning)
        unit: NDArray[np.float64] = draw(dimensions, rng=np.random.default_rng(seed)).random(count)
    return unit


def _placed(axis: Axis, unit: NDArray[np.float64]) -> NDArray[Any]:
    """Return numbers of the unit interval as values of an axis."""
    if axis.integer:
        low, high = int(axis.low), int(axis.high)
        return np.minimum(low + np.floor(unit * (high - low + 1)).astype(np.int64), high)
    return np.minimum(axis.low + unit * (axis.high - axis.low), axis.high)

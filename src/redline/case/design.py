"""The design of a sweep: reading and checking what a file declares, and its points.

Designs: ``grid`` (every combination, the first address slowest), ``lhs`` (Latin hypercube),
``sobol`` (scrambled Sobol' sequence; balanced where the number of points is a power of two)
and ``list`` (points given one by one). For sensitivity analysis, ``saltelli`` (base points A
and B, then A with each column from B) and ``morris`` (trajectories that move one address at a
time).
"""

import csv
import hashlib
import io
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.case.addresses import joined, parameter_at, split_address
from redline.case.scenario import Axis, Draws, Sweep
from redline.support import (
    InputError,
    check_file,
    check_room,
    decoded,
    plain,
    shown,
    system_problem,
    whole,
)
from redline.theory import Parameter

Document = dict[str, Any]

MOST_POINTS = 10_000_000
"""Points of a sweep."""
VALUE_BYTES = 24
"""Memory for each value of each point: as drawn, as placed, and as a column of its own."""
MOST_STEPS = 1_000_000
"""Of one address."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DRAWN = ("lhs", "sobol", "saltelli", "morris")
"""The designs whose points are drawn at random from intervals."""
MORRIS_LEVELS = 4
OPTIONS = ("design", "points", "rows", "csv")
"""The keys of a sweep table that are no addresses."""


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
        if swept:
            found.append("sweep: a list design takes rows or csv, not values by address")
    elif not swept:
        found.append("sweep: nothing is swept")
    if design in DRAWN and raw.get("points") is None:
        found.append(f"sweep.points is missing: how many points the {design} design has")
    if design in ("grid", "list") and raw.get("points") is not None:
        found.append(f"sweep.points: a {design} design has the points that it names")
    if design in DRAWN and raw.get("points") is not None:
        found += _too_many(design, int(raw["points"]), len(axes))
    steps = math.prod(len(axis.values or (0,)) for axis in axes)
    if steps > MOST_POINTS:
        found.append(f"sweep: a grid of {steps:,} points; {MOST_POINTS:,} at most")
    return Sweep(design, tuple(axes), rows, raw.get("points")), found


def _too_many(design: str, points: int, axes: int) -> list[str]:
    """Return what is wrong with the number of points of a drawn design."""
    found = []
    if design == "saltelli" and points & (points - 1):
        found.append(f"sweep.points: a saltelli design takes a power of two, not {points}")
    total = points * rows_per_point(design, axes)
    if total > MOST_POINTS:
        found.append(f"sweep: a {design} design of {total:,} points; {MOST_POINTS:,} at most")
    return found


def rows_per_point(design: str, axes: int) -> int:
    """Return how many points a design draws for each that it is asked for."""
    return {"saltelli": axes + 2, "morris": axes + 1}.get(design, 1)


MOST_DRAWS = 1_000_000


def read_draws(full: Document, folder: Path | None) -> tuple[Draws | None, list[str]]:
    """Return what replicates of a full document draw, and what is wrong with it.

    Draws from a CSV file in `folder` take its place in the document, which then stands alone.
    """
    raw = full.get("draw")
    if raw is None:
        return None, []
    try:
        listed = {key: value for key, value in raw.items() if key != "csv"}
        if raw.get("csv") is not None:
            if listed:
                raise InputError("takes either csv or values by address")
            rows = read_points(folder or Path(), raw["csv"])
            listed = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        columns = {}
        for address, values in listed.items():
            note = parameter_at(full, address)
            if note.integer:
                raise InputError(f"{address}: whole numbers are set or swept, not drawn")
            if not isinstance(values, list):
                raise InputError(f"{address}: expected a list of numbers")
            name = joined(split_address(address))
            columns[name] = tuple(float(_checked(address, note, value)) for value in values)
        sizes = {len(column) for column in columns.values()}
        if not columns or sizes == {0}:
            raise InputError("nothing is drawn")
        if len(sizes) > 1:
            raise InputError("all addresses must have as many values: they are drawn jointly")
        if max(sizes) > MOST_DRAWS:
            raise InputError(f"{max(sizes):,} draws; {MOST_DRAWS:,} at most")
    except InputError as error:
        return None, [f"draw: {problem}" for problem in error.problems]
    full["draw"] = {name: list(column) for name, column in columns.items()}
    return Draws(columns), []


def _axis(full: Document, design: str, address: str, wanted: Any) -> Axis:
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
        raise InputError(f"{name}: a comma is between cells, not {found[0]!r}")
    if "" in header:
        raise InputError(
            f"{name}: a column has no name: leave the index out (pandas: to_csv(…, index=False))"
        )
    if len(set(header)) < len(header):
        raise InputError(f"{name}: an address stands twice in its header")
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

    def __post_init__(self) -> None:
        """Take what holds numbers, of whatever kind, as the arrays that a sweep stores.

        Raises
        ------
        InputError
            If the values of an address are no numbers.
        """
        columns = {address: _column(address, values) for address, values in self.columns.items()}
        object.__setattr__(self, "count", whole("points", self.count, 0))
        object.__setattr__(self, "columns", columns)

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


def _column(address: str, values: Any) -> NDArray[Any]:
    """Return the values of an address as 64-bit whole numbers or floats."""
    column = np.asarray(values)
    if column.ndim != 1 or column.dtype.kind not in "iuf":
        raise InputError(f"{address}: expected a list of numbers, one for each point")
    return column.astype(np.float64 if column.dtype.kind == "f" else np.int64, copy=False)


ONE_POINT = Points(1, {})


def points_of(sweep: Sweep, seed: int) -> Points:
    """Return the points of a sweep; those that are drawn at random, by the seed.

    Raises
    ------
    InputError
        For more points than memory holds.

    References
    ----------
    McKay, Beckman & Conover (1979), *Technometrics* 21(2): Latin hypercubes. Owen (1998),
    *J. Complexity* 14(4): scrambled Sobol' points.
    """
    count = sweep.points or math.prod(len(axis.values or (0,)) for axis in sweep.axes)
    width = len(sweep.axes) * rows_per_point(sweep.design, len(sweep.axes))
    check_room("points", count, memory_each=VALUE_BYTES * width)
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
        unit = unit_points(sweep.design, len(sweep.axes), int(sweep.points or 0), seed)
        columns = {
            axis.address: _placed(axis, unit[:, place]) for place, axis in enumerate(sweep.axes)
        }
    return Points(len(next(iter(columns.values()))), columns)


def unit_points(design: str, dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return (points, dimensions) points in the unit cube."""
    if design == "saltelli":
        return _saltelli(dimensions, count, seed)
    if design == "morris":
        return _morris(dimensions, count, seed)
    from scipy.stats import qmc  # a third of a second to import

    draw = qmc.LatinHypercube if design == "lhs" else qmc.Sobol
    with warnings.catch_warnings():
        # A number of points that is no power of two is the user's choice; see the docs.
        warnings.simplefilter("ignore", UserWarning)
        unit: NDArray[np.float64] = draw(dimensions, rng=np.random.default_rng(seed)).random(count)
    return unit


def _saltelli(dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return the blocks A, B, A with column 1 from B, …: (count × (dimensions + 2), …).

    Saltelli et al. (2010), *Comput. Phys. Commun.* 181(2). A and B are the two halves of one
    scrambled Sobol' sequence, so that the first points by themselves are one, too.
    """
    both = unit_points("sobol", 2 * dimensions, count, seed)
    a, b = both[:, :dimensions], both[:, dimensions:]
    blocks = [a, b]
    for column in range(dimensions):
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        blocks.append(mixed)
    return np.concatenate(blocks)


def morris_problem(axes: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube over some addresses, as SALib describes it."""
    return {"num_vars": len(axes), "names": list(axes), "bounds": [[0.0, 1.0]] * len(axes)}


def _morris(dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return trajectories in which one coordinate moves at a time (Morris 1991).

    Raises
    ------
    InputError
        If SALib is not installed.
    """
    try:
        from SALib.sample import morris
    except ImportError:
        raise InputError(
            "a morris design needs SALib: pip install 'redline[sensitivity]'"
        ) from None
    problem = morris_problem([str(place) for place in range(dimensions)])
    found: NDArray[np.float64] = morris.sample(
        problem, count, num_levels=MORRIS_LEVELS, seed=seed % 2**32
    )
    return found


def _placed(axis: Axis, unit: NDArray[np.float64]) -> NDArray[Any]:
    """Return numbers of the unit interval as values of an axis."""
    if axis.integer:
        low, high = int(axis.low), int(axis.high)
        return np.minimum(low + np.floor(unit * (high - low + 1)).astype(np.int64), high)
    return np.minimum(axis.low + unit * (axis.high - axis.low), axis.high)

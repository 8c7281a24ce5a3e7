"""The design of a sweep: its points, or how they are drawn.

Designs: ``grid`` (every combination, the first address slowest), ``lhs`` (Latin hypercube),
``sobol`` (scrambled Sobol' sequence; balanced where the number of points is a power of two)
and ``list`` (points given one by one). For sensitivity analysis, ``saltelli`` (base points A
and B, then A with each column from B) and ``morris`` (trajectories that move one address at a
time).
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from redline.support import InputError, check_room, whole

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

MOST_POINTS = 10_000_000
"""Points of a sweep."""
VALUE_BYTES = 24
"""Memory for each value of each point: as drawn, as placed, and as a column of its own."""
MORRIS_LEVELS = 4


class Axis(NamedTuple):
    """One swept address: explicit values, or an interval (and steps, on a grid)."""

    address: str
    values: tuple[Any, ...] | None
    low: float
    high: float
    integer: bool


class Sweep(NamedTuple):
    """The points at which a file wants its scenario run."""

    design: str
    axes: tuple[Axis, ...]
    rows: tuple[dict[str, Any], ...]
    points: int | None


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

    @property
    def is_crossed(self) -> bool:
        """Whether they have every combination of their values, once each."""
        import numpy as np

        table = np.array(list(self.columns.values()), np.float64)
        cells = math.prod(len(np.unique(row)) for row in table)
        return bool(np.unique(table, axis=1).shape[1] == cells == table.shape[1])

    def digest(self) -> str:
        """Return the SHA-256 of addresses and values, whatever file they came from."""
        found = hashlib.sha256(f"{self.count}\n".encode())
        for address, column in self.columns.items():
            found.update(f"{address} {column.dtype.str}\n".encode() + column.tobytes())
        return found.hexdigest()


def _column(address: str, values: Any) -> NDArray[Any]:
    """Return the values of an address as 64-bit whole numbers or floats."""
    import numpy as np

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
    import numpy as np

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


def unit_points(design: str, dimensions: int, count: int, seed: int) -> NDArray[float64]:
    """Return (points, dimensions) points in the unit cube."""
    return DRAWN[design].points(dimensions, count, seed)


def rows_per_point(design: str, axes: int) -> int:
    """Return how many points a design draws for each that it is asked for."""
    return DRAWN[design].rows(axes) if design in DRAWN else 1


def _qmc(kind: str, dimensions: int, count: int, seed: int) -> NDArray[float64]:
    """Return points of a kind of SciPy's: (count, dimensions)."""
    import numpy as np
    from scipy.stats import qmc  # a third of a second to import

    draw = getattr(qmc, kind)(dimensions, rng=np.random.default_rng(seed))
    with warnings.catch_warnings():
        # A number of points that is no power of two is the user's choice; see the docs.
        warnings.simplefilter("ignore", UserWarning)
        unit: NDArray[float64] = draw.random(count)
    return unit


def _saltelli(dimensions: int, count: int, seed: int) -> NDArray[float64]:
    """Return the blocks A, B, A with column 1 from B, …: (count × (dimensions + 2), …).

    Saltelli et al. (2010), *Comput. Phys. Commun.* 181(2). A and B are the two halves of one
    scrambled Sobol' sequence, so that the first points by themselves are one, too.
    """
    import numpy as np

    both = unit_points("sobol", 2 * dimensions, count, seed)
    a, b = both[:, :dimensions], both[:, dimensions:]
    mixed = [np.where(np.arange(dimensions) == column, b, a) for column in range(dimensions)]
    return np.concatenate([a, b, *mixed])


def morris_problem(axes: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube over some addresses, as SALib describes it."""
    return {"num_vars": len(axes), "names": list(axes), "bounds": [[0.0, 1.0]] * len(axes)}


def _morris(dimensions: int, count: int, seed: int) -> NDArray[float64]:
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
    found: NDArray[float64] = morris.sample(
        problem, count, num_levels=MORRIS_LEVELS, seed=seed % 2**32
    )
    return found


def _placed(axis: Axis, unit: NDArray[float64]) -> NDArray[Any]:
    """Return numbers of the unit interval as values of an axis."""
    import numpy as np

    if axis.integer:
        low, high = int(axis.low), int(axis.high)
        return np.minimum(low + np.floor(unit * (high - low + 1)).astype(np.int64), high)
    return np.minimum(axis.low + unit * (axis.high - axis.low), axis.high)


class DrawnDesign(NamedTuple):
    """A design whose points are drawn at random from intervals.

    Attributes
    ----------
    points : takes dimensions, count and seed; returns (count × rows, dimensions) points in the
        unit cube
    rows : takes the dimensions; returns how many points there are for each that is asked for
    """

    points: Callable[[int, int, int], NDArray[float64]]
    rows: Callable[[int], int]


DRAWN = {
    "lhs": DrawnDesign(partial(_qmc, "LatinHypercube"), lambda axes: 1),
    "sobol": DrawnDesign(partial(_qmc, "Sobol"), lambda axes: 1),
    "saltelli": DrawnDesign(_saltelli, lambda axes: axes + 2),
    "morris": DrawnDesign(_morris, lambda axes: axes + 1),
}
"""The designs whose points are drawn at random from intervals, by name."""

"""Scenario discovery: the boxes of parameter space in which something is the case.

The patient rule induction method (PRIM, through the EMA Workbench) peels away, a little at a
time, what holds the fewest points of interest; a shallow tree (through scikit-learn) splits.
Both say in which combinations of parameters a condition on the results holds.

References
----------
Friedman & Fisher (1999), *Statistics and Computing* 9; Bryant & Lempert (2010), *Technol.
Forecast. Soc. Change* 77, for coverage, density and quasi-p values.
"""

import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.conditions import Condition
from redline.errors import InputError
from redline.grouping import measure_names
from redline.results import StoredSweep
from redline.summaries import summarised
from redline.version import JSON_FORMAT

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BOXES = 3
PEEL = 0.05
"""Share of the points in a box that one peel takes away."""
DENSER = 0.25
"""Share of the way from the density of all points to 1 that a box must come at least."""
SMALLEST = 0.05
"""Share of all points that a box holds at least."""
FEWEST = 20
"""Points that must meet the condition, and miss it, for boxes to mean something."""
TREE_DEPTH = 3
SIGNIFICANT = 0.05
PLACE = re.compile(r"[\W_]+")


class Limit(NamedTuple):
    """A bound of a box: an address within [low, high], an end None where it is the range's own.

    `quasi_p` is the chance that a box without this bound would look as dense by luck; the
    smaller of its two ends.
    """

    address: str
    low: float | None
    high: float | None
    quasi_p: float | None

    def __str__(self) -> str:
        """Say it in words."""
        if self.low is None:
            return f"{self.address} at most {self.high:.3g}"
        if self.high is None:
            return f"{self.address} at least {self.low:.3g}"
        return f"{self.address} from {self.low:.3g} to {self.high:.3g}"


class Step(NamedTuple):
    """A box on the peeling trajectory."""

    coverage: float
    density: float
    mass: float
    restricted: int


@dataclass(frozen=True)
class Box:
    """A box: of the points of interest it holds a share (coverage), of its points are (density).

    `mass` is the share of all points in it, `trajectory` how peeling came to it and beyond.
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    trajectory: tuple[Step, ...]

    def sentence(self, what: str) -> str:
        """Return in words what holds in the box."""
        if not self.limits:
            return f"No combination of parameters tells where {what}"
        where = " and ".join(map(str, self.limits))
        return (
            f"{what}: {100 * self.density:.0f} % of points with {where}, which hold "
            f"{100 * self.coverage:.0f} % of all such points"
        )


class Leaf(NamedTuple):
    """A leaf of a tree: its rules, how many points it holds, and of which share it holds."""

    rules: tuple[str, ...]
    points: int
    share: float


@dataclass(frozen=True)
class Discovery:
    """Where a condition holds.

    Attributes
    ----------
    points, interesting : how many there are, and in how many it holds
    chosen : index of the row that was looked at, for each point
    leading : the addresses that boxes restrict, the most telling first
    """

    where: str
    points: int
    interesting: int
    boxes: tuple[Box, ...]
    leaves: tuple[Leaf, ...]
    leading: tuple[str, ...]
    columns: dict[str, Floats]
    holds: Flags

    def sentence(self) -> str:
        """Return in one sentence the combination in which the condition holds."""
        if not self.boxes:
            return f"{self.where}: no box is denser than the whole"
        return self.boxes[0].sentence(self.where)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        return {
            "format": JSON_FORMAT,
            "where": self.where,
            "points": self.points,
            "interesting": self.interesting,
            "sentence": self.sentence(),
            "boxes": [
                {
                    "limits": [limit._asdict() for limit in box.limits],
                    "coverage": box.coverage,
                    "density": box.density,
                    "mass": box.mass,
                    "trajectory": [step._asdict() for step in box.trajectory],
                }
                for box in self.boxes
            ],
            "tree": [leaf._asdict() for leaf in self.leaves],
            "leading": list(self.leading),
        }


def discover(sweep: StoredSweep, where: str, boxes: int = BOXES) -> Discovery:
    """Return in which boxes of its parameters a sweep's points meet a condition.

    Parameters
    ----------
    where
        A condition over measures (`redline.grouping.find_measure`) and swept addresses, such
        as ``confrontation > 0.2``: of the means of each point.

    Raises
    ------
    InputError
        For a condition that cannot be read, an incomplete sweep, too few points on either
        side, or without the EMA Workbench.
    """
    names = measure_names()
    condition = Condition(where, [*names, *sweep.points.addresses])
    measured = [name for name in names if name in condition.names]
    if not measured:
        raise InputError(f"{where}: says nothing of a measure, such as confrontation")
    rows = independent_rows(sweep)
    columns = {a: c[rows].astype(np.float64) for a, c in sweep.points.columns.items()}
    table: dict[str, Floats] = dict(columns)
    for name, summary in summarised(sweep, measured).items():
        table[name] = summary.mean[rows]
    return discovered(columns, condition.holds(table), condition.text, boxes)


def independent_rows(sweep: StoredSweep) -> slice:
    """Return the points that fill the space evenly: of a saltelli design, its A and B."""
    if sweep.manifest["sweep"]["design"] != "saltelli":
        return slice(None)
    each = len(sweep.points) // (len(sweep.points.addresses) + 2)
    return slice(0, 2 * each)


def discovered(
    columns: dict[str, Floats], holds: Flags, what: str, boxes: int = BOXES
) -> Discovery:
    """Return in which boxes a condition holds; see `discover`."""
    interesting = int(holds.sum())
    if min(interesting, len(holds) - interesting) < FEWEST:
        raise InputError(
            f"{what}: holds at {interesting:,} of {len(holds):,} points; boxes take {FEWEST} or "
            "more on either side"
        )
    found = _prim(columns, holds, boxes)
    restricted = [limit for box in found for limit in box.limits]
    leading = dict.fromkeys(limit.address for limit in restricted)
    return Discovery(
        where=what,
        points=len(holds),
        interesting=interesting,
        boxes=found,
        leaves=_tree(columns, holds),
        leading=tuple(leading),
        columns=columns,
        holds=holds,
    )


def _prim(columns: dict[str, Floats], holds: Flags, boxes: int) -> tuple[Box, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pandas as pd
            from ema_workbench.analysis import prim
        except ImportError:
            raise InputError(
                "discover needs the EMA Workbench: pip install 'redline[discovery]'"
            ) from None
        frame = pd.DataFrame(columns).astype(float)  # PRIM takes float columns only
        base = float(holds.mean())
        threshold = base + DENSER * (1 - base)
        options = {"threshold": threshold, "peel_alpha": PEEL, "mass_min": SMALLEST}
        algorithm = prim.Prim(frame, holds.astype(bool), **options)
        found = []
        for _ in range(boxes):
            box = algorithm.find_box()
            if box is None or len(box.peeling_trajectory) < 2:
                break
            told = _box(box, frame, holds)
            if told is None:
                break
            found.append(told)
    return tuple(found)


def _box(box: Any, frame: Any, holds: Flags) -> Box | None:
    """Return the box of a peeling trajectory that tells most; None if none tells anything.

    That is the one of the greatest weighted relative accuracy, mass × (density less that of
    all points): Lavrač, Flach & Zupan (1999), *Rule evaluation measures*. Bounds that might as
    well be luck (quasi-p above 0.05) are dropped from it (Bryant & Lempert 2010).
    """
    base = float(holds.mean())
    steps = tuple(
        Step(float(row.coverage), float(row.density), float(row.mass), int(row.res_dim))
        for row in box.peeling_trajectory.itertuples()
    )
    best = int(np.argmax([step.mass * (step.density - base) for step in steps]))
    chances = _quasi_p(box, best)
    found = []
    inside = np.ones(len(frame), bool)
    for address in frame.columns:
        column = frame[address].to_numpy()
        low, high = (float(end) for end in box.box_lims[best][address].iloc[:2])
        least, most = float(column.min()), float(column.max())
        chance = chances.get(address, 0.0)
        if (low <= least and high >= most) or chance > SIGNIFICANT:
            continue
        limit = Limit(
            address,
            None if low <= least else low,
            None if high >= most else high,
            chances.get(address),
        )
        found.append(limit)
        inside &= (column >= low) & (column <= high)
    if not found:
        return None
    narrowest = sorted(found, key=lambda limit: _width(limit, frame))
    coverage, density = holds[inside].sum() / holds.sum(), holds[inside].mean()
    return Box(tuple(narrowest), float(coverage), float(density), float(inside.mean()), steps)


def _width(limit: Limit, frame: Any) -> float:
    """Return the share of an address's range that a box leaves."""
    column = frame[limit.address]
    least, most = float(column.min()), float(column.max())
    low = least if limit.low is None else limit.low
    high = most if limit.high is None else limit.high
    return (high - low) / (most - least)


def _quasi_p(box: Any, place: int) -> dict[str, float]:
    """Return the quasi-p value of every restricted address, the smaller of its two ends."""
    found = {}
    with suppress(AttributeError, IndexError, KeyError):
        for address, values in box.qp[place].items():
            numbers = [float(v) for v in np.atleast_1d(values) if np.isfinite(v) and v >= 0]
            if numbers:
                found[address] = min(numbers)
    return found


def _tree(columns: dict[str, Floats], holds: Flags) -> tuple[Leaf, ...]:
    """Return the leaves of a shallow tree, the densest first; none without scikit-learn."""
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        return ()
    names = list(columns)
    x = np.stack([columns[name] for name in names], axis=1)
    tree = DecisionTreeClassifier(
        max_depth=TREE_DEPTH, min_samples_leaf=max(5, int(SMALLEST * len(holds))), random_state=0
    )
    nodes = tree.fit(x, holds).tree_
    leaves: list[Leaf] = []

    def walk(node: int, rules: tuple[str, ...]) -> None:
        if nodes.children_left[node] == nodes.children_right[node]:
            inside = tree.apply(x) == node
            leaves.append(Leaf(rules, int(inside.sum()), float(holds[inside].mean())))
            return
        name, value = names[nodes.feature[node]], nodes.threshold[node]
        walk(nodes.children_left[node], (*rules, f"{name} at most {value:.3g}"))
        walk(nodes.children_right[node], (*rules, f"{name} above {value:.3g}"))

    walk(0, ())
    return tuple(sorted(leaves, key=lambda leaf: -leaf.share))


def describe(discovery: Discovery) -> Sequence[str]:
    """Return what was discovered, a line each."""
    return [box.sentence(discovery.where) for box in discovery.boxes]

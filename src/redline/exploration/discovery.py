"""Scenario discovery: the boxes of parameter space in which something is the case.

The patient rule induction method (PRIM, through the EMA Workbench) peels away, a little at a
time, what holds the fewest points of interest; a shallow tree (through scikit-learn) splits.
Both say in which combinations of parameters a condition on the results holds.

References
----------
Friedman & Fisher (1999), *Statistics and Computing* 9; Bryant & Lempert (2010), *Technol.
Forecast. Soc. Change* 77, for coverage, density and quasi-p values.
"""

import inspect
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.case import label_of
from redline.exploration.leaves import SMALLEST, Leaf, leaves_of
from redline.results import (
    Condition,
    StoredSweep,
    check_finite,
    load_results,
    measure_names,
    summarised,
)
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    InputError,
    Result,
    Table,
    described,
    prepare_canvas,
    whole,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BOXES = 3
PEEL = 0.05
"""Share of the points in a box that one peel takes away."""
DENSER = 0.25
"""Share of the way from the density of what is left to 1 that a box must come at least."""
FEWEST = 20
"""Points that must meet the condition, and miss it, for boxes to mean something."""
SIGNIFICANT = 0.05


class Limit(NamedTuple):
    """A bound of a box: an address within [low, high], an end None where it is the range's own.

    `quasi_p` is the chance that the box would look as dense by luck; the greater of two ends.
    """

    address: str
    low: float | None
    high: float | None
    quasi_p: float

    def __str__(self) -> str:
        """Say it in words."""
        name = label_of(self.address)
        if self.low is None:
            return f"{name} at most {self.high:.3g}"
        if self.high is None:
            return f"{name} at least {self.low:.3g}"
        return f"{name} from {self.low:.3g} to {self.high:.3g}"


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
    Points that are in an earlier box count for none of these.
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    trajectory: tuple[Step, ...]

    def sentence(self, what: str) -> str:
        """Return in words what holds in the box."""
        where = " and ".join(map(str, self.limits))
        return (
            f"{what}: {100 * self.density:.0f} % of points with {where}, which hold "
            f"{100 * self.coverage:.0f} % of all such points"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Discovery(Result):
    """Where a condition holds.

    Attributes
    ----------
    points, interesting : how many there are, and in how many it holds
    leading : the addresses that boxes restrict, the most telling first
    scenario : the name of what was swept
    """

    where: str
    points: int
    interesting: int
    boxes: tuple[Box, ...]
    leaves: tuple[Leaf, ...]
    leading: tuple[str, ...]
    columns: dict[str, Floats]
    holds: Flags
    scenario: str = ""

    def __repr__(self) -> str:
        """Return of what it is, and in how many boxes."""
        return f"Discovery({self.where}: {self.interesting:,} of {self.points:,} points)"

    @property
    def finding(self) -> str:
        """The combination in which the condition holds, in a sentence."""
        return self.sentence()

    def sentence(self) -> str:
        """Return in one sentence the combination in which the condition holds."""
        if not self.boxes:
            return f"{self.where}: no box is denser than the whole"
        return self.boxes[0].sentence(self.where)

    def blocks(self) -> Blocks:
        """Yield the finding, boxes and leaves, each as a table, and how many points meet it."""
        yield Bold(self.finding)
        rows = []
        for number, box in enumerate(self.boxes, 1):
            shares = [f"{100 * value:.0f} %" for value in (box.coverage, box.density, box.mass)]
            for place, limit in enumerate(box.limits):
                first, *rest = [str(number), *shares] if place == 0 else [""] * 4
                rows.append([first, str(limit), limit.address, *rest, f"{limit.quasi_p:.2g}"])
        if self.boxes:
            names = ("box", "within", "address", "coverage", "density", "mass", "quasi-p")
            yield Table(names, rows)
        leaves = [
            [", ".join(leaf.rules), f"{leaf.points:,}", f"{100 * leaf.share:.0f} %"]
            for leaf in self.leaves
        ]
        if leaves:
            yield Table(("leaf", "points", "share"), leaves, title="Tree")
        yield f"{self.interesting:,} of {self.points:,} points meet {self.where}"

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each bound of each box.

        The number of the box, its coverage, density and mass; the address, the ends between
        which it lies there (none where that is the range's own), and the quasi-p of that.
        """
        import pandas as pd

        names = ("box", "coverage", "density", "mass", *Limit._fields)
        rows = (
            (number, box.coverage, box.density, box.mass, *limit)
            for number, box in enumerate(self.boxes, 1)
            for limit in box.limits
        )
        return pd.DataFrame(rows, columns=names)

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
                    **vars(box),
                    "limits": [limit._asdict() for limit in box.limits],
                    "trajectory": [step._asdict() for step in box.trajectory],
                }
                for box in self.boxes
            ],
            "tree": [leaf._asdict() for leaf in self.leaves],
            "leading": list(self.leading),
        }


def discover(sweep: StoredSweep | str | Path, where: str, boxes: int = BOXES) -> Discovery:
    """Return in which boxes of its parameters a sweep's points meet a condition (PRIM).

    Parameters
    ----------
    sweep
        A stored sweep over many addresses, or its folder: a latin hypercube, Sobol' points, or
        those of `sensitivity`, whose base points are used.
    where
        A condition over measures (`redline.results.find_measure`) and swept addresses, such as
        ``confrontation > 0.2``: of the means of each point.
    boxes
        How many are looked for, one after the other.

    Raises
    ------
    InputError
        For a condition that cannot be read, an incomplete sweep, too few points on either
        side, or without the EMA Workbench.
    """
    boxes = whole("boxes", boxes, 1)
    if not isinstance(where, str):
        raise InputError(
            f"where must be a condition, such as 'confrontation > 0.2', not {described(where)}"
        )
    if not isinstance(sweep, StoredSweep):
        if not isinstance(sweep, str | Path):
            raise InputError(f"sweep must be a stored sweep or its folder, not {described(sweep)}")
        results = load_results(sweep)
        if not isinstance(results, StoredSweep):
            raise InputError(f"{sweep}: holds a run, not a sweep")
        sweep = results
    names = measure_names()
    condition = Condition(where, [*names, *sweep.points.addresses])
    measured = [name for name in names if name in condition.names]
    if not measured:
        raise InputError(f"{where}: names no measure, such as confrontation")
    rows = independent_rows(sweep)
    columns = {a: c[rows].astype(np.float64) for a, c in sweep.points.columns.items()}
    table: dict[str, Floats] = dict(columns)
    for name, summary in summarised(sweep, measured).items():
        check_finite(name, summary)
        table[name] = summary.mean[rows]
    found = discovered(columns, condition.holds(table), condition.text, boxes)
    return replace(found, scenario=sweep.scenario.name)


def independent_rows(sweep: StoredSweep) -> slice:
    """Return the points that fill the space evenly: of a saltelli design, its A and B.

    Raises
    ------
    InputError
        For a morris design, whose points walk along trajectories.
    """
    design = sweep.manifest["sweep"]["design"]
    if design == "morris":
        raise InputError(f"{sweep.folder}: a morris design does not fill its space evenly")
    if design != "saltelli":
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
            f"{what}: holds at {interesting:,} of {len(holds):,} points; boxes need {FEWEST} or "
            f"more on either side"
        )
    found = _prim(columns, holds, boxes)
    leading = dict.fromkeys(limit.address for box in found for limit in box.limits)
    return Discovery(
        where=what,
        points=len(holds),
        interesting=interesting,
        boxes=found,
        leaves=leaves_of(columns, holds),
        leading=tuple(leading),
        columns=columns,
        holds=holds,
    )


def _prim(columns: dict[str, Floats], holds: Flags, boxes: int) -> tuple[Box, ...]:
    """Return boxes one after another, each of the points that the ones before leave."""
    found: list[Box] = []
    left = np.ones(len(holds), bool)
    for _ in range(boxes):
        box = _next_box({name: values[left] for name, values in columns.items()}, holds[left])
        if box is None:
            break
        limits, steps = box
        inside = left & within(limits, columns)
        hits, points = int(holds[inside].sum()), int(inside.sum())
        found.append(
            Box(limits, hits / int(holds.sum()), hits / points, float(inside.mean()), steps)
        )
        left &= ~inside
        if min(holds[left].sum(), (~holds[left]).sum()) < FEWEST:
            break
    return tuple(found)


def _next_box(
    columns: dict[str, Floats], holds: Flags
) -> tuple[tuple[Limit, ...], tuple[Step, ...]] | None:
    """Return the box that tells most of some points, and how peeling came to it.

    None if none is dense enough.

    Of the peeling trajectory, the one of the greatest weighted relative accuracy, mass ×
    (density less that of all points): Lavrač, Flach & Zupan (1999), *Rule evaluation
    measures*. Bounds that might as well be luck are dropped from it, the weakest first; what
    is then left must still be dense enough.
    """
    base = float(holds.mean())
    threshold = base + DENSER * (1 - base)
    peeled = _peeled(columns, holds, threshold)
    if peeled is None:
        return None
    trajectory, lims = peeled
    steps = tuple(
        Step(float(row.coverage), float(row.density), float(row.mass), int(row.res_dim))
        for row in trajectory.itertuples()
    )
    accuracy = [step.mass * (step.density - base) for step in steps]
    for place in np.argsort(accuracy)[::-1].tolist():
        if accuracy[place] <= 0:
            return None
        limits = _surely_bounded(_ends_of(lims[place], columns), columns, holds)
        inside = within(limits, columns)
        if limits and holds[inside].mean() >= threshold:
            return limits, steps
    return None


def _peeled(columns: dict[str, Floats], holds: Flags, threshold: float) -> tuple[Any, Any] | None:
    """Return the peeling trajectory of PRIM, and the limits of the box of every step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pandas as pd

            prepare_canvas()  # which the workbench imports, too
            from ema_workbench.analysis import prim
        except ImportError:
            raise InputError(
                "discover needs the EMA Workbench: pip install 'redline[discovery]'"
            ) from None
        frame = pd.DataFrame(columns).astype(float)  # PRIM takes float columns only
        options = {"peel_alpha": PEEL, "mass_min": SMALLEST}
        if "threshold" in inspect.signature(prim.Prim.__init__).parameters:
            options["threshold"] = threshold  # up to version 2 it goes on peeling until there
        box = prim.Prim(frame, holds.astype(bool), **options).find_box()
    return None if box is None else (box.peeling_trajectory, box.box_lims)


def _ends_of(lims: Any, columns: dict[str, Floats]) -> list[Limit]:
    """Return the ends at which a box bounds an address, a limit each."""
    found = []
    for address, column in columns.items():
        low, high = (float(end) for end in lims[address].iloc[:2])
        if low > column.min():
            found.append(Limit(address, low, None, 0.0))
        if high < column.max():
            found.append(Limit(address, None, high, 0.0))
    return found


def _surely_bounded(
    ends: Sequence[Limit], columns: dict[str, Floats], holds: Flags
) -> tuple[Limit, ...]:
    """Return the limits of a box after dropping ends that may be luck, the weakest first.

    An end's quasi-p is the chance that as many of the box's points, or more, are of interest
    if they are as often as without that end (Bryant & Lempert 2010).
    """
    from scipy.stats import binom

    kept = list(ends)
    while kept:
        inside = within(kept, columns)
        hits, points = int(holds[inside].sum()), int(inside.sum())
        wider = [within(kept[:place] + kept[place + 1 :], columns) for place in range(len(kept))]
        chances = [float(binom.sf(hits - 1, points, holds[one].mean())) for one in wider]
        weakest = int(np.argmax(chances))
        if chances[weakest] <= SIGNIFICANT:
            sure = [end._replace(quasi_p=p) for end, p in zip(kept, chances, strict=True)]
            return _limits(sure, columns)
        del kept[weakest]
    return ()


def _limits(ends: Sequence[Limit], columns: dict[str, Floats]) -> tuple[Limit, ...]:
    """Return ends as limits by address, those first that leave least of its range."""
    found: dict[str, Limit] = {}
    for end in ends:
        address, low, high, chance = found.get(end.address, end)
        low, high = end.low if low is None else low, end.high if high is None else high
        found[address] = Limit(address, low, high, max(chance, end.quasi_p))
    return tuple(sorted(found.values(), key=lambda limit: _width(limit, columns[limit.address])))


def _width(limit: Limit, column: Floats) -> float:
    """Return the share of an address's range that a limit leaves."""
    least, most = float(column.min()), float(column.max())
    low = least if limit.low is None else limit.low
    high = most if limit.high is None else limit.high
    return (high - low) / (most - least)


def within(limits: Sequence[Limit], columns: dict[str, Floats]) -> Flags:
    """Return which points lie within all limits."""
    inside = np.ones(len(next(iter(columns.values()))), bool)
    for limit in limits:
        column = columns[limit.address]
        inside &= column >= (-np.inf if limit.low is None else limit.low)
        inside &= column <= (np.inf if limit.high is None else limit.high)
    return inside

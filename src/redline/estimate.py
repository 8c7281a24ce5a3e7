"""What a sweep would cost, from a small sample of it that is really made."""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.parts import Part, make_part
from redline.plan import SweepPlan
from redline.simulation import processors, warm_up

Floats = NDArray[np.float64]

SAMPLED_POINTS = 8
SAMPLED_REPLICATES = 200
ENOUGH_SECONDS = 2.0


class Estimate(NamedTuple):
    """What a sweep takes: parts to store, seconds on this machine, bytes on disk."""

    parts: int
    seconds: float
    bytes: float


def estimate(plan: SweepPlan, engine: str = "batch", workers: int | None = None) -> Estimate:
    """Return about what a sweep costs, by making a few replicates at points all over it.

    The sample is simulated on one thread, twice at each point with different numbers of
    replicates, so that what a point costs by itself is told apart from what its replicates do.
    """
    warm_up()
    threads = workers or processors()
    most = min(plan.replicates, SAMPLED_REPLICATES if engine == "batch" else 2)
    counts = sorted({max(1, most // 4), most})
    places = np.unique(np.linspace(0, len(plan.points) - 1, SAMPLED_POINTS).astype(int))
    samples = []
    began = time.perf_counter()
    for point in np.random.default_rng(0).permutation(places):
        for count in counts:
            part = Part(0, int(point), 1, 0, count)
            made = make_part(plan.chunk(part, engine))
            sizes = {name: len(data) for name, data in made.files.items()}
            weekly = sum(n for name, n in sizes.items() if name.startswith("weekly/"))
            samples.append((1.0, count, made.seconds, sum(sizes.values()) + weekly))
        if time.perf_counter() - began > ENOUGH_SECONDS:
            break
    table = np.array(samples)
    parts = sum(1 for _ in plan.parts())
    fixed, each = _line(table[:, 1], table[:, 2])
    seconds = (len(plan.points) * fixed + plan.total * each) / threads
    fixed, each = _line(table[:, 1], table[:, 3])
    stored = parts * fixed + plan.total * each
    return Estimate(parts, float(seconds), float(stored))


def _line(count: Floats, cost: Floats) -> tuple[float, float]:
    """Return the cost of none, and of each, by least squares; neither is negative."""
    if len(np.unique(count)) == 1:
        return 0.0, float(cost.mean() / count[0])
    slope, start = np.polyfit(count, cost, 1)
    if start < 0:
        return 0.0, float(cost.sum() / count.sum())
    return float(start), float(max(slope, 0.0))

"""What a sweep would cost, from a small sample of it that is really made."""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.parts import Part, make_part
from redline.plan import SweepPlan
from redline.simulation import threads_for, warm_up

Floats = NDArray[np.float64]

SAMPLED_PARTS = 6
SAMPLED_REPLICATES = 400
SLOW_REPLICATES = 8
ENOUGH_SECONDS = 2.0


class Estimate(NamedTuple):
    """What a sweep takes: parts to store, seconds on this machine, bytes on disk."""

    parts: int
    seconds: float
    bytes: float


def estimate(
    plan: SweepPlan, engine: str = "batch", workers: int | None = None, stored: int = 0
) -> Estimate:
    """Return about what a sweep costs, by really making some small parts of it.

    Each sampled part is made in two sizes, so that what a part costs by itself is told apart
    from what its replicates do. `stored` parts are there already: their time is left out.
    """
    warm_up()
    most = SAMPLED_REPLICATES if engine == "batch" else SLOW_REPLICATES
    parts = sum(1 for _ in plan.parts())
    wanted = set(np.linspace(0, parts - 1, SAMPLED_PARTS).astype(int).tolist())
    samples = []
    began = time.perf_counter()
    for part in (part for part in plan.parts() if part.number in wanted):
        for small in _small_parts(part, most):
            made = make_part(plan.chunk(small, engine))
            sizes = {name: len(data) for name, data in made.files.items()}
            merged = sum(size for name, size in sizes.items() if name.startswith("weekly/"))
            samples.append(
                (small.points * small.replicates, made.seconds, sum(sizes.values()) + merged)
            )
        if time.perf_counter() - began > ENOUGH_SECONDS:
            break
    count, seconds, size = np.array(samples, np.float64).T
    slow, heavy = _line(count, seconds), _line(count, size)
    left = (parts - min(stored, parts)) / parts
    threads = min(threads_for(workers), parts)
    return Estimate(
        parts,
        left * (parts * slow[0] + plan.total * slow[1]) / threads,
        parts * heavy[0] + plan.total * heavy[1],
    )


def _small_parts(part: Part, most: int) -> list[Part]:
    """Return a part cut down to at most so many replicates, and to a quarter of them."""
    if part.points == 1:
        whole = min(part.replicates, most)
        return [part._replace(replicates=n) for n in sorted({max(1, whole // 4), whole})]
    whole = min(part.points, max(1, most // part.replicates))
    return [part._replace(points=n) for n in sorted({max(1, whole // 4), whole})]


def _line(count: Floats, cost: Floats) -> tuple[float, float]:
    """Return the cost of none, and of each, by least squares; neither is negative."""
    if len(np.unique(count)) == 1:
        return 0.0, float(cost.mean() / count[0])
    slope, start = np.polyfit(count, cost, 1)
    if start < 0:
        return 0.0, float(cost.sum() / count.sum())
    return float(start), float(max(slope, 0.0))

"""A posterior without a likelihood: the histories nearest to a record, and how honest it is.

The histories of a reference table that are nearest to the record stand for the posterior, after
their parameters were moved along a regression on what still separates them from it. What the
record leaves uncertain of its scope is added to the statistics of the table, under which the
approximation is of the right posterior.

References
----------
Beaumont, Zhang & Balding (2002), *Genetics* 162: rejection and local linear adjustment.
Wilkinson (2013), *Stat. Appl. Genet. Mol. Biol.* 12: the error of the record in the table.
Talts et al. (2018), arXiv:1804.06788: simulation-based calibration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from redline.evidence.facts.weeks import Floats
from redline.evidence.reference_table import ReferenceTable, Statistic

ACCEPTED, FEWEST = 1000, 50
DRAWS = 1000
RIDGE = 1.0
EDGE = 1e-4
"""How near to an end of its range, as a share of it, a parameter counts as being."""
LEVELS = (0.5, 0.9)
RANKS = 20


def accepted_of(points: int) -> int:
    """Return how many histories stand for the posterior, of so many: a twentieth, if need be."""
    return min(ACCEPTED, max(FEWEST, points // 20))


def noisy(table: ReferenceTable, about: Sequence[Statistic], seed: int) -> Floats:
    """Return the statistics of a table as a record of uncertain scope would have them: (N, S)."""
    rng = np.random.default_rng([seed, 0])
    scope = np.array([one.scope for one in about])
    return table.statistics * np.exp(scope * rng.standard_normal(table.statistics.shape))


def posterior(
    table: ReferenceTable,
    told: Floats,
    target: Floats,
    seed: int = 1,
    *,
    accepted: int = ACCEPTED,
    draws: int = DRAWS,
    without: int | None = None,
) -> Floats:
    """Return draws from the posterior given the statistics of a record: (draws, D).

    Parameters
    ----------
    told : (N, S)
        Statistics of the table, with the record's uncertainty in them.
    target : (S,)
        Those of the record.
    without
        A row of the table to leave out: that of the record itself, where it was drawn from it.
    """
    usable = table.peace.copy()
    if without is not None:
        usable[without] = False
    rows = np.flatnonzero(usable)
    scale = _scale(told[rows])
    gap = (told[rows] - target) / scale
    distance = np.sqrt((gap * gap).sum(axis=1))
    count = min(accepted, len(rows))
    near = np.argpartition(distance, count - 1)[:count]
    near = near[np.argsort(distance[near], kind="stable")]
    reach = max(float(distance[near[-1]]), 1e-12)
    weights = np.maximum(1 - (distance[near] / reach) ** 2, 1e-6)
    unit = (table.values[rows[near]] - table.low) / (table.high - table.low)
    unit = np.clip(unit, EDGE, 1 - EDGE)
    logit = np.log(unit / (1 - unit))
    moved = logit - gap[near] @ _slopes(gap[near], logit, weights)
    rng = np.random.default_rng([seed, 1])
    chosen = rng.choice(count, draws, p=weights / weights.sum())
    back = 1 / (1 + np.exp(-moved[chosen]))
    return np.asarray(table.low + (table.high - table.low) * back)


def _scale(told: Floats) -> Floats:
    """Return the median absolute deviation of each statistic, or else its deviation: (S,)."""
    middle = np.median(told, axis=0)
    scale = np.median(np.abs(told - middle), axis=0)
    spread = told.std(axis=0)
    return np.select([scale > 0, spread > 0], [scale, spread], 1.0)


def _slopes(gap: Floats, values: Floats, weights: Floats) -> Floats:
    """Return the slopes of a weighted ridge regression with an intercept: (S, D)."""
    total = weights.sum()
    x = gap - (weights @ gap) / total
    y = values - (weights @ values) / total
    inner = (x * weights[:, None]).T @ x + RIDGE * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(inner, (x * weights[:, None]).T @ y))


# Simulation-based calibration


@dataclass(frozen=True, eq=False)
class Coverage:
    """How well calibrated the posterior is, over records drawn from the prior.

    Attributes
    ----------
    ranks : (cases, D) of the truth among `RANKS` - 1 draws: uniform, if all is well
    inside : by level, (cases, D) whether the central interval holds the truth
    uniform : (D,) p of a chi-squared test that ranks are uniform
    """

    addresses: tuple[str, ...]
    ranks: NDArray[np.int64]
    inside: dict[float, NDArray[np.bool_]]
    uniform: Floats

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage of intervals, over all and of the parameter farthest off."""
        found: dict[str, Any] = {"cases": len(self.ranks), "levels": []}
        for level, inside in self.inside.items():
            each = inside.mean(axis=0)
            worst = int(np.abs(each - level).argmax())
            told = {"level": level, "covered": float(inside.mean())}
            farthest = {"worst": self.addresses[worst], "worst_covered": float(each[worst])}
            found["levels"].append(told | farthest)
        least = int(self.uniform.argmin())
        found["least_uniform"] = self.addresses[least]
        found["least_uniform_p"] = min(1.0, float(self.uniform[least]) * len(self.addresses))
        return found


def simulation_based_calibration(
    table: ReferenceTable,
    about: Sequence[Statistic],
    cases: int = 200,
    seed: int = 1,
    accepted: int = ACCEPTED,
) -> Coverage:
    """Return how often posteriors of records drawn from the prior hold the truth."""
    told = noisy(table, about, seed)
    rng = np.random.default_rng([seed, 2])
    peaceful = np.flatnonzero(table.peace)
    chosen = rng.choice(peaceful, min(cases, len(peaceful)), replace=False)
    ranks: list[NDArray[np.int64]] = []
    inside: dict[float, list[NDArray[np.bool_]]] = {level: [] for level in LEVELS}
    for row in chosen.tolist():
        draws = posterior(
            table, told, told[row], seed + row, accepted=accepted, draws=DRAWS, without=row
        )
        truth = table.values[row]
        few = draws[:: DRAWS // (RANKS - 1)][: RANKS - 1]
        ranks.append((few < truth).sum(axis=0))
        for level, found in inside.items():
            low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2), axis=0)
            found.append((low <= truth) & (truth <= high))
    table_ = np.array(ranks)
    counts = np.stack([np.bincount(column, minlength=RANKS) for column in table_.T])
    return Coverage(
        table.addresses,
        table_,
        {level: np.array(found) for level, found in inside.items()},
        np.array([float(chisquare(row).pvalue) for row in counts]),
    )

"""Which parameters drive a measure: variance-based indices and elementary effects.

Every parameter is drawn from its plausible range, apart from all others; a sweep over these
points is stored and resumed like any other, and analysed from what it stored. All points
share their chance, so the indices are those of one function of the parameters; how much
chance there is in a replicate is told beside them.

References
----------
Sobol' (2001), *Math. Comput. Simul.* 55; Saltelli et al. (2010), *Comput. Phys. Commun.*
181(2), for first and total indices. Morris (1991), *Technometrics* 33(2); Campolongo et al.
(2007), *Environ. Model. Softw.* 22(10), for μ*.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.case import MORRIS_LEVELS, Scenario, morris_problem, rows_per_point, unit_points, vary
from redline.exploration.analysis import Analysis, Sensitivity
from redline.results import (
    CONFIDENCE,
    Interval,
    PointSummary,
    StoredSweep,
    check_finite,
    summarised,
)
from redline.support import InputError, nearest
from redline.theory import GROUPS, table

Floats = NDArray[np.float64]

METHODS = {"sobol": "saltelli", "morris": "morris"}
"""Methods of analysis, and the design that each needs."""
MEASURES = ("confrontation", "crisis", "attacks_per_week")
RESAMPLES = 499
STAGES = 4
"""Sizes at which convergence is looked at: n, n / 2, n / 4, …"""
SMALL = 1e-12


def priors(only: Sequence[str] = ()) -> dict[str, tuple[float, float]]:
    """Return the plausible range of every parameter, or of those whose address begins so.

    Raises
    ------
    InputError
        If none begins so.
    """
    every = {f"{group}.{name}": note for group in GROUPS for name, note in table(group).items()}
    for prefix in only:
        if not any(address.startswith(prefix) for address in every):
            raise InputError(f"no parameter begins with {prefix}{nearest(prefix, every)}")
    begins = tuple(only) or ""
    return {
        address: note.plausible for address, note in every.items() if address.startswith(begins)
    }


def explored(
    scenario: Scenario,
    design: str,
    points: int,
    only: Sequence[str] = (),
    fixed: Sequence[str] = (),
) -> Scenario:
    """Return a scenario that sweeps the plausible ranges of its parameters.

    `only` are beginnings of the addresses to move, `fixed` addresses that stay as they are.

    Raises
    ------
    InputError
        For a number of points that the design does not take, or if nothing is left to move.
    """
    ranges = {
        address: {"from": low, "to": high}
        for address, (low, high) in priors(only).items()
        if address not in fixed
    }
    return vary(scenario, sweep={"design": design, "points": points, **ranges})


def analyse(sweep: StoredSweep, measures: Sequence[str] = MEASURES) -> list[Analysis]:
    """Return the sensitivity of measures to every address that a sweep varies.

    Raises
    ------
    InputError
        If the sweep is incomplete or of another design, or a measure has no value somewhere.
    """
    design = sweep.manifest["sweep"]["design"]
    method = next((name for name, needed in METHODS.items() if needed == design), None)
    if method is None:
        raise InputError(
            f"{sweep.folder}: holds a {design} design; sensitivity needs a design of its own: "
            "sensitivity(SCENARIO)"
        )
    seed = int(sweep.manifest["seed"])
    found = []
    for name, summary in summarised(sweep, measures).items():
        check_finite(name, summary)
        found.append((_of_sobol if method == "sobol" else _of_morris)(sweep, name, summary, seed))
    return found


def _of_sobol(sweep: StoredSweep, name: str, summary: PointSummary, seed: int) -> Analysis:
    addresses = sweep.points.addresses
    blocks = summary.mean.reshape(len(addresses) + 2, -1)
    count = blocks.shape[1]
    first, total = sobol_intervals(blocks, seed)
    order = np.argsort([-one.value for one in total], kind="stable")
    both = summary.mean[: 2 * count]
    noise = float(summary.chance[: 2 * count].mean())
    return Analysis(
        measure=name,
        method="sobol",
        points=count,
        replicates=sweep.replicates,
        sensitivities=tuple(Sensitivity(addresses[i], first[i], total[i]) for i in order),
        mean=float(both.mean()),
        variance=max(float(both.var(ddof=1)) - noise / sweep.replicates, 0.0),
        chance=noise,
        convergence={
            size: tuple(sobol_indices_of(blocks[:, :size])[1][order].tolist())
            for size in _sizes(count)
        },
    )


def _sizes(count: int) -> list[int]:
    """Return the sizes at which convergence is looked at: a count, and its halvings."""
    return [count >> stage for stage in reversed(range(STAGES)) if count >> stage >= 2]


def sobol_indices_of(blocks: Floats) -> tuple[Floats, Floats]:
    """Return first and total indices: (D,) each.

    Parameters
    ----------
    blocks : (D + 2, N), N a power of two
        A function at A, at B, and at A with each column from B.
    """
    from scipy.stats import sobol_indices

    count = len(blocks) - 2
    if np.ptp(blocks) <= SMALL:
        return np.zeros(count), np.zeros(count)
    if count == 1:  # scipy drops an axis of one
        blocks = np.concatenate([blocks, blocks[2:]])
    given = {"f_A": blocks[:1], "f_B": blocks[1:2], "f_AB": blocks[2:, None, :]}
    found = sobol_indices(func=given, n=blocks.shape[1])
    return found.first_order[:count], found.total_order[:count]


def sobol_intervals(blocks: Floats, seed: int) -> tuple[list[Interval], list[Interval]]:
    """Return first and total indices with bootstrap intervals over base points."""
    from scipy.stats import bootstrap

    def statistic(rows: NDArray[np.int64]) -> Floats:
        return np.stack(sobol_indices_of(blocks[:, rows]))

    interval = bootstrap(
        [np.arange(blocks.shape[1])],
        statistic,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    ends = zip(sobol_indices_of(blocks), *interval, strict=True)
    first, total = ([Interval(*map(float, row)) for row in zip(*one, strict=True)] for one in ends)
    return first, total


def _of_morris(sweep: StoredSweep, name: str, summary: PointSummary, seed: int) -> Analysis:
    addresses = sweep.points.addresses
    step = rows_per_point("morris", len(addresses))
    count = len(sweep.points) // step
    unit = unit_points("morris", len(addresses), count, seed)
    found = morris_indices_of(addresses, unit, summary.mean, seed)
    order = np.argsort([-one.total.value for one in found], kind="stable")
    convergence = {}
    for size in _sizes(count):
        part = morris_indices_of(addresses, unit[: size * step], summary.mean[: size * step], seed)
        convergence[size] = tuple(part[i].total.value for i in order)
    return Analysis(
        measure=name,
        method="morris",
        points=count,
        replicates=sweep.replicates,
        sensitivities=tuple(found[i] for i in order),
        mean=None,
        variance=None,
        chance=float(summary.chance.mean()),
        convergence=convergence,
    )


def morris_indices_of(
    addresses: Sequence[str], unit: Floats, values: Floats, seed: int
) -> list[Sensitivity]:
    """Return the elementary effects of every address, with bootstrap intervals of μ*.

    Raises
    ------
    InputError
        If SALib is not installed.
    """
    try:
        from SALib.analyze import morris
    except ImportError:
        raise InputError(
            "Morris's method needs SALib: pip install 'redline[sensitivity]'"
        ) from None
    found: Mapping[str, Any] = morris.analyze(
        morris_problem(addresses),
        unit,
        values,
        num_levels=MORRIS_LEVELS,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=seed % 2**32,
    )
    columns = (map(float, found[name]) for name in ("mu", "mu_star", "mu_star_conf", "sigma"))
    return [
        Sensitivity(
            address,
            Interval(mean, None, None),
            Interval(size, max(0.0, size - reach), size + reach),
            spread,
        )
        for address, mean, size, reach, spread in zip(addresses, *columns, strict=True)
    ]

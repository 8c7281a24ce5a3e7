"""What the record allows: a posterior over parameters, without a likelihood.

Many histories are simulated, each at a point of its own drawn from the prior, and kept with a
few statistics that the record has, too: the reference table. The histories nearest to the record
stand for the posterior, after their parameters were moved along a regression on what still
separates them from it. What the record leaves uncertain of its scope is added to the statistics
of the table, under which the approximation is of the right posterior.

References
----------
Beaumont, Zhang & Balding (2002), *Genetics* 162: rejection and local linear adjustment.
Wilkinson (2013), *Stat. Appl. Genet. Mol. Biol.* 12: the error of the record in the table.
Talts et al. (2018), arXiv:1804.06788: simulation-based calibration.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import chisquare

from redline.case import Scenario, build, load_scenario, vary
from redline.engine import BatchEngine
from redline.evidence.facts.fact import Fact
from redline.evidence.facts.weeks import Floats, Weekly, together, weeks_of
from redline.evidence.recorded import published
from redline.evidence.recorded.published import Record, record_of
from redline.evidence.reference_table import (
    FOLDER,
    POINTS,
    ReferenceTable,
    Statistic,
    make_reference_table,
    recorded,
)
from redline.evidence.validation import facts_of, outside_view
from redline.results import simulate, wilson, written
from redline.support import ESCAPES, JSON_FORMAT, at_home, built_in
from redline.theory import Outcome

ACCEPTED, FEWEST = 1000, 50
DRAWS = 1000
RIDGE = 1.0
EDGE = 1e-4
"""How near to an end of its range, as a share of it, a parameter counts as being."""
LEVELS = (0.5, 0.9)
RANKS = 20
LONG = 520
HISTORIES = 4000
"""Histories from which the probability of war is told."""
WAR = Outcome.CONFRONTATION.value


# The posterior


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


@dataclass(frozen=True)
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


# What the posterior says of the model


def runners(
    scenario: Scenario, addresses: Sequence[str], draws: Floats, seed: int
) -> Iterator[BatchEngine]:
    """Yield an engine for the scenario at each draw from the posterior, all of one seed."""
    for row in draws.tolist():
        yield BatchEngine(vary(scenario, dict(zip(addresses, row, strict=True))), seed)


def predicted(
    scenario: Scenario, addresses: Sequence[str], draws: Floats, seed: int, each: int = 1
) -> Weekly:
    """Simulate histories at draws from the posterior, `each` so many: their weeks."""
    engines = enumerate(runners(scenario, addresses, draws, seed))
    return together([weeks_of(engine.run(number * each, each)) for number, engine in engines])


@dataclass(frozen=True)
class Calibration:
    """A posterior, and what it says.

    Attributes
    ----------
    about : the statistics of the record
    draws : (draws, D)
    facts : F1 to F8 of histories at the draws, beside the record
    war : by horizon in weeks, the share of histories, simulated anew from the start, with war
    coverage : simulation-based calibration, if it was asked for
    known : the record that it was given
    """

    scenario: Scenario
    table: ReferenceTable
    about: tuple[Statistic, ...]
    draws: Floats
    facts: tuple[Fact, ...]
    war: dict[int, tuple[float, float, float]]
    coverage: Coverage | None
    seed: int
    until: date
    known: Record

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Of every parameter its prior range, its posterior, and how much narrower it is.

        The narrowest first; `narrower` is by how much the middle 90 % are narrower than those
        of the prior.
        """
        found: list[dict[str, Any]] = []
        columns = (self.table.low.tolist(), self.table.high.tolist(), self.draws.T)
        for address, *prior, draws in zip(self.table.addresses, *columns, strict=True):
            low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
            narrower = 1 - (high - low) / (0.9 * (prior[1] - prior[0]))
            told = {"q05": low, "q50": middle, "q95": high, "narrower": narrower}
            found.append({"address": address, "prior": prior, **told})
        return sorted(found, key=lambda row: -row["narrower"])

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline calibrate --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "until": self.until.isoformat(),
            "record": self.known.told(),
            "bank": len(self.table.values),
            "prior_without_war": float(self.table.peace.mean()),
            "statistics": [one._asdict() for one in self.about],
            "parameters": self.parameters,
            "facts": [fact.to_dict() for fact in self.facts],
            "war": [
                {"weeks": weeks, "share": share, "low": low, "high": high}
                for weeks, (share, low, high) in self.war.items()
            ],
            "outside_view": outside_view(),
            "coverage": None if self.coverage is None else self.coverage.to_dict(),
        }


def write_draws(
    folder: Path,
    scenario: Scenario,
    addresses: Sequence[str],
    draws: Floats,
    known: Record | None = None,
) -> None:
    """Write draws as ``posterior.parquet`` and ``.csv``, and a scenario that draws from them.

    A row per draw, a column per address. ``posterior_2019_2021.toml`` extends the scenario,
    where that is a built-in one as it stands; every replicate of it has a row of its own. Its
    source says where the record that was `known` is not the shipped one.
    """
    columns = dict(zip(addresses, draws.T.tolist(), strict=True))
    with written(folder / "posterior.parquet") as temporary, temporary.open("wb") as binary:
        pq.write_table(pa.table(columns), binary)
    with (
        written(folder / "posterior.csv") as temporary,
        temporary.open("w", encoding="utf-8", errors=ESCAPES, newline="") as file,
    ):
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(addresses)
        lines.writerows(draws.tolist())
    if scenario.name in built_in() and load_scenario(scenario.name) == scenario:
        own = "" if known is None or known.is_shipped else ", from a record of one's own"
        text = POSTERIOR_SCENARIO.format(base=scenario.name, title=scenario.title, own=own)
        with written(folder / "posterior_2019_2021.toml") as temporary:
            temporary.write_text(text, "utf-8", ESCAPES)


POSTERIOR_SCENARIO = """\
title = "{title}, parameters drawn from the posterior"
source = "drawn by redline calibrate{own}"
extends = "{base}"

[draw]
csv = "posterior.csv"   # every replicate takes a line
"""


def calibrate(
    folder: Path,
    scenario: Scenario,
    points: int = POINTS,
    seed: int = 1,
    until: date = published.END,
    *,
    events: Sequence[published.Event] | None = None,
    counts: Sequence[published.Count] | None = None,
    cases: int = 0,
    executor: str = "processes",
    workers: int | None = None,
    address: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Return the posterior of a scenario's parameters given the record.

    The reference table is made in the folder, or taken up there.
    `events` stand in place of the record's dated events, `counts` in place of its published
    counts; what is not given stays. Facts are told beside the record that was given. `cases` is
    the number of records for simulation-based calibration. What is drawn is written into the
    folder; see `write_draws`.

    Raises
    ------
    InputError
        See `make_reference_table`.
    """
    folder = at_home(folder)
    table = make_reference_table(
        folder / FOLDER, scenario, points, seed, until, events=events, counts=counts,
        executor=executor, workers=workers, address=address, progress=progress,
    )  # fmt: skip
    known = record_of(events, counts)
    about = tuple(recorded(until, events, counts))
    accepted = accepted_of(points)
    target = np.array([one.recorded for one in about])
    draws = posterior(table, noisy(table, about, seed), target, seed, accepted=accepted)
    write_draws(folder, scenario, table.addresses, draws, known)
    found = predicted(scenario, table.addresses, draws, seed)
    columns = dict(zip(table.addresses, draws.T.tolist(), strict=True))
    drawing = build({**scenario.document, "draw": columns}, scenario.name, (), None)
    long = simulate(vary(drawing, weeks=LONG), HISTORIES, seed, workers=workers)
    short = simulate(drawing, HISTORIES, seed, workers=workers)
    wars = {one.scenario.weeks: int((one.column("class") == WAR).sum()) for one in (short, long)}
    return Calibration(
        scenario,
        table,
        about,
        draws,
        tuple(facts_of(found, seed, known)),
        {weeks: wilson(count, HISTORIES) for weeks, count in wars.items()},
        simulation_based_calibration(table, about, cases, seed, accepted) if cases else None,
        seed,
        until,
        known,
    )

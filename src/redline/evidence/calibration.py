"""What the record allows: a posterior over parameters, without a likelihood.

Many histories are simulated, each at a point of its own drawn from the prior, and kept with a
few statistics that the record has, too: the reference table. The histories nearest to the record
stand for the posterior (`redline.evidence.approximation`), from which the model is simulated
again.
"""

import csv
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from redline.argument import check_apart
from redline.case import Points, Scenario, build, label_of, load_scenario, vary
from redline.engine import PointsEngine
from redline.evidence.approximation import (
    Coverage,
    accepted_of,
    noisy,
    posterior,
    simulation_based_calibration,
)
from redline.evidence.facts.fact import LEFT_OUT, Fact
from redline.evidence.facts.weeks import Floats, Weekly, weeks_at
from redline.evidence.given_record import (
    GivenCounts,
    GivenEvents,
    check_numbers,
    day_of,
    default_folder,
    given_counts,
    given_past,
    heard,
    scenario_second,
    whole_past,
    write_report,
)
from redline.evidence.recorded import published
from redline.evidence.recorded.known import Record, record_of
from redline.evidence.reference_table import (
    FOLDER,
    POINTS,
    ReferenceTable,
    Statistic,
    make_reference_table,
    recorded,
)
from redline.evidence.validation import STANDOFF, facts_of, outside_view
from redline.results import simulate, usual_executor, wilson, written
from redline.support import (
    ESCAPES,
    JSON_FORMAT,
    Blocks,
    Bold,
    InputError,
    Result,
    ShowProgress,
    Table,
    at_home,
    built_in,
    folder_first,
    listed,
    whole,
)
from redline.theory import Outcome

if TYPE_CHECKING:
    import pandas as pd

LONG = 520
HISTORIES = 4000
"""Histories from which the probability of war is told."""
WAR = Outcome.CONFRONTATION.value
MOST_PARAMETERS = 15
"""Rows of the posterior that are told; `Calibration.parameters` has them all."""
ENOUGH = 10
"""Histories that a regression should have for each parameter that it moves."""
NARROWED = 0.1


# What the posterior says of the model


def engine_at(
    scenario: Scenario, addresses: Sequence[str], draws: Floats, seed: int, each: int = 1
) -> PointsEngine:
    """Return an engine for the scenario at draws from the posterior: `each` replicates at each."""
    points = Points(len(draws), dict(zip(addresses, draws.T, strict=True)))
    return PointsEngine(scenario, points, seed, lambda numbers: numbers // each)


def predicted(
    scenario: Scenario, addresses: Sequence[str], draws: Floats, seed: int, each: int = 1
) -> Weekly:
    """Simulate histories at draws from the posterior, `each` so many: their weeks."""
    engine = engine_at(scenario, addresses, draws, seed, each)
    return weeks_at(engine, np.arange(len(draws) * each))


@dataclass(frozen=True, repr=False, eq=False)
class Calibration(Result):
    """A posterior, and what it says.

    Attributes
    ----------
    about : the statistics of the record
    draws : (draws, D)
    facts : F1 to F8 of histories at the draws, beside the record
    war : by horizon in weeks, the share of histories, simulated anew from the start, with war
    coverage : simulation-based calibration, if it was asked for
    known : the record that it was given
    folder : what it was made in, with draws and report
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
    folder: Path

    def __repr__(self) -> str:
        """Return of what it is, and of how much."""
        return (
            f"Calibration({self.scenario.name}: {len(self.table.addresses)} parameters, "
            f"{len(self.table.values):,} histories, seed {self.seed})"
        )

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

    @property
    def finding(self) -> str:
        """A sentence for what the record teaches of the parameters, if enough is known."""
        return marginals_finding(self)

    @property
    def is_resolved(self) -> bool:
        """Whether enough histories are kept to tell what the record narrows from chance."""
        return accepted_of(len(self.table.values)) >= ENOUGH * len(self.table.addresses)

    @property
    def remarks(self) -> list[str]:
        """What to know of it: facts without a recorded side, and too few histories."""
        found = []
        why: dict[str, list[str]] = {}
        for fact in self.facts:
            if fact.recorded.words.startswith(LEFT_OUT):
                why.setdefault(fact.recorded.words.removeprefix(LEFT_OUT), []).append(fact.name)
        if why:
            told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in why.items())
            found.append(f"facts on which your record says nothing: {told}")
        if not self.is_resolved:
            addresses = len(self.table.addresses)
            found.append(
                f"{accepted_of(len(self.table.values)):,} histories are kept for {addresses} "
                "parameters: much of the narrowing may be chance; "
                f"points={20 * ENOUGH * addresses:,} or more would resolve it"
            )
        return found

    def blocks(self, *, figure: bool = False) -> Blocks:
        """Yield the posterior, the facts of histories at it, and how often there was war.

        With `figure`, the last line says that a figure is in the folder, too.
        """
        yield Bold(self.finding)
        yield self._posterior_table()
        yield self._facts_table()
        for weeks, shares in self.war.items():
            share, low, high = (100 * value for value in shares)
            yield (
                f"Simulated from the posterior, war within {weeks} weeks: {share:.1f} % "
                f"({low:.1f} to "
                f"{high:.1f})"
            )
        for row in outside_view():
            yield f"  {row['what']}: {100 * row['share']:.2g} %"
        coverage = self.coverage.to_dict() if self.coverage else {"levels": ()}
        for row in coverage["levels"]:
            yield (
                f"Of {coverage['cases']:,} records drawn from the prior, intervals of "
                f"{100 * row['level']:.0f} % contained {100 * row['covered']:.1f} % of the true "
                f"values (worst: {row['worst']}, {100 * row['worst_covered']:.0f} %)"
            )
        what = "Draws, report and figure" if figure else "Draws and report"
        yield f"{what} are in {self.folder}"

    def _posterior_table(self) -> Table:
        """Return prior and posterior of the parameters that are narrowed most."""
        names = ("parameter", "address", "prior", "posterior: 5 %", "median", "95 %")
        headings = (*names, "narrower by")
        rows = [
            [
                label_of(row["address"]),
                row["address"],
                "{:.3g} – {:.3g}".format(*row["prior"]),
                *(f"{row[name]:.3g}" for name in ("q05", "q50", "q95")),
                f"{100 * row['narrower']:.0f} %",
            ]
            for row in self.parameters[:MOST_PARAMETERS]
        ]
        return Table(headings, rows, "llr")

    def _facts_table(self) -> Table:
        """Return the facts of histories at the posterior beside those of the record."""
        rows = []
        for fact in self.facts:
            q = fact.quantiles
            middle = "–" if q is None else f"{q[0]:.3g} – {q[-1]:.3g}"
            rows.append([fact.name, fact.measure, fact.recorded.words, middle, fact.verdict])
        headings = ("fact", "statistic", "recorded", "middle 95 %", "verdict")
        return Table(headings, rows, title="Posterior histories against the record")

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each parameter, the most narrowed first.

        Its address; the ends of its prior range, uniform in between; quantiles of the posterior
        (q05, q50, q95); and by which share its middle 90 % are narrower than the prior's.
        """
        import pandas as pd

        found = pd.DataFrame(self.parameters)
        low, high = np.array(found.pop("prior").to_list()).T
        found.insert(1, "prior_low", low)
        found.insert(2, "prior_high", high)
        return found

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


def is_resolved(found: Calibration) -> bool:
    """Return whether enough histories are kept; see `Calibration.is_resolved`."""
    return found.is_resolved


def marginals_finding(found: Calibration) -> str:
    """Return a sentence for what the record teaches of the parameters, if enough is known."""
    if not found.is_resolved:
        return "Not resolved at this size: too few histories to tell what the record narrows"
    parameters = found.parameters
    much = sum(row["narrower"] > NARROWED for row in parameters)
    names = listed([label_of(row["address"]) for row in parameters[:3]])
    return (
        f"The record narrows {much} of {len(parameters)} parameters by more than a tenth; "
        f"most of all {names}"
    )


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


@folder_first(scenario_second)
def calibrate(
    scenario: str | Path | Scenario = STANDOFF,
    points: int = POINTS,
    seed: int = 1,
    until: date | str | None = None,
    *,
    to: str | Path | None = None,
    events: GivenEvents = None,
    counts: GivenCounts = None,
    cases: int = 0,
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    progress: ShowProgress = None,
    notice: Callable[[str], None] | None = warnings.warn,
) -> Calibration:
    """Return the posterior of a scenario's parameters given the record.

    Histories at points all over the plausible ranges are compared with a few statistics of the
    record, without a likelihood. Rationalities are not calibrated: they share their scale with
    the utilities. What is drawn is written into the folder, see `write_draws`, and all that
    came out, as ``calibration.json``.

    Parameters
    ----------
    scenario
        A built-in name, the path of a file, or a `Scenario`.
    points, seed
        How many histories are simulated, each at its own point; the seed of points and chance.
    until
        The last day of the record to use, of which whole weeks count; all of it by default.
    to
        The folder in which the reference table is made, or taken up; by default
        ``results/SCENARIO-calibration``.
    events, counts
        In place of the record's dated events and published counts: a table in a file, what was
        read of one, or a `Record`. What is not given stays. Facts stand beside the record that
        was given.
    cases
        Records to draw from the prior for simulation-based calibration.
    executor, workers, address
        Where points are simulated; see `redline.sweep`. By default in processes, and in threads
        where a script would be run again by each process.
    progress
        Whether a bar is shown; or called with how many parts are stored, of `part_count`.
    notice
        Called with what to know of the record given, and of the result; a warning by default.
        None for silence.

    Raises
    ------
    InputError
        For a day out of range; events or counts that cannot be read, or say nothing of these
        weeks; and see `make_reference_table`.
    """
    scenario, notice = load_scenario(scenario), heard(notice)
    points, seed = check_numbers(points, seed, executor, workers, address)
    cases = whole("cases", cases, 0)
    folder = at_home(to or default_folder(scenario, "calibration"))
    check_apart(folder)
    last = published.END if until is None else day_of("until", until)
    if not published.START <= last <= published.END:
        raise InputError(f"until must be in {published.START} … {published.END}, not {last}")
    last = whole_past(last, notice)
    counts = given_counts(counts, last, notice)
    events = given_past(events, last, counts, notice)
    table = make_reference_table(
        folder / FOLDER, scenario, points, seed, last, events=events, counts=counts,
        executor=executor or usual_executor(), workers=workers, address=address, progress=progress,
    )  # fmt: skip
    found = _calibrated(scenario, table, seed, last, events, counts, cases, folder, workers)
    write_report(folder / "calibration.json", found.to_dict())
    for told in found.remarks:
        notice(told)
    return found


def _calibrated(
    scenario: Scenario,
    table: ReferenceTable,
    seed: int,
    until: date,
    events: Sequence[published.Event] | None,
    counts: Sequence[published.Count] | None,
    cases: int,
    folder: Path,
    workers: int | None,
) -> Calibration:
    """Return the posterior of a reference table, and what it says; write its draws."""
    known = record_of(events, counts)
    about = tuple(recorded(until, events, counts))
    accepted = accepted_of(len(table.values))
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
        folder,
    )

"""One forecast at risk: calibrated on the past alone, scored on what came next.

The prior knows nothing of the defaults, which saw the future; entries of the timeline after
the last day of the past are dropped, unless drivers of the future are given. Beside it stands
a negative-binomial forecaster that knows the counts of the same past.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from redline.argument import check_apart
from redline.case import Scenario, build, load_scenario, vary
from redline.evidence.approximation import DRAWS, accepted_of, noisy, posterior
from redline.evidence.baselines import NegativeBinomial
from redline.evidence.calibration import engine_at
from redline.evidence.facts.frequency import dispersion
from redline.evidence.facts.weeks import Floats, Weekly, listed_weeks, weeks_at
from redline.evidence.facts.windows import Window, counted_in, happened_in, windows_of
from redline.evidence.given_record import (
    GivenCounts,
    GivenEvents,
    check_came,
    check_numbers,
    day_of,
    default_folder,
    given_counts,
    given_future,
    heard,
    scenario_second,
    whole_past,
    write_report,
)
from redline.evidence.recorded import published
from redline.evidence.recorded.events import Event
from redline.evidence.recorded.known import Record, record_of
from redline.evidence.recorded.published import Count
from redline.evidence.reference_table import (
    FOLDER,
    listed_by,
    make_reference_table,
    recorded,
    weeks_by,
    whole_weeks,
)
from redline.evidence.validation import STANDOFF
from redline.results import usual_executor
from redline.support import (
    JSON_FORMAT,
    Blocks,
    InputError,
    Result,
    ShowProgress,
    Table,
    at_home,
    folder_first,
)

if TYPE_CHECKING:
    import pandas as pd

POINTS = 50_000
EACH = 4
"""Histories at each draw from the posterior."""
ATTEMPTS = 25
"""How many times as many are simulated, at the most, to have so many without war."""
LEVELS = (0.5, 0.9)
QUANTITIES = ("attacks", "strikes", "fatal attacks")
CUT = date(2020, 12, 27)


@dataclass(frozen=True, eq=False)
class Forecast:
    """The forecast of one quantity, and what came.

    Attributes
    ----------
    weeks : the first that is forecast, and the one after the last
    happened : the count that came
    model : (R,) draws from the predictive distribution, `EACH` at every draw of parameters
    baseline : a forecaster that knows the counts of the past
    """

    quantity: str
    weeks: tuple[int, int]
    happened: int
    model: Floats
    baseline: NegativeBinomial

    def to_dict(self) -> dict[str, Any]:
        """Return what came, beside both predictive distributions."""
        return {
            "quantity": self.quantity,
            "weeks": list(self.weeks),
            "happened": self.happened,
            "model": self._told(self._quantiles, self.log_score, self.log_error),
            "baseline": self._told(self.baseline.quantiles, self.baseline.log_score(self.happened)),
        }

    @property
    def log_score(self) -> float:
        """Minus the logarithm of the model's probability of what came: nats.

        The share of draws under Jeffreys' prior, so that what no draw had is not impossible.
        """
        return float(-np.log(self._share))

    @property
    def log_error(self) -> float:
        """The standard error of that, as if all histories of a draw were alike."""
        return math.sqrt((1 - self._share) / (self._share * len(self.model) / EACH))

    @property
    def _share(self) -> float:
        return float(((self.model == self.happened).sum() + 0.5) / (len(self.model) + 1))

    def _quantiles(self, levels: Sequence[float]) -> Floats:
        return np.asarray(np.quantile(self.model, levels, method="inverted_cdf"))

    def _told(
        self, quantiles: Callable[[Sequence[float]], Floats], log: float, error: float = 0.0
    ) -> dict[str, Any]:
        intervals = []
        for level in LEVELS:
            low, high = quantiles(((1 - level) / 2, (1 + level) / 2)).tolist()
            inside = low <= self.happened <= high
            intervals.append({"level": level, "low": low, "high": high, "inside": inside})
        median = float(quantiles((0.5,))[0])
        return {"median": median, "intervals": intervals, "log": log, "log_error": error}


@dataclass(frozen=True, repr=False, eq=False)
class Forecasts(Result):
    """All quantities, forecast from a past.

    Attributes
    ----------
    until, end : the last days of the past, and of what is forecast
    war : share of histories with war by the last day, of those without by the end of the past
    histories : how many of these; fewer than `EACH` a draw where draws hardly ever had peace
    known : what the past was calibrated on
    folder : what it was made in, with the report
    """

    scenario: Scenario
    until: date
    end: date
    war: float
    histories: int
    seed: int
    forecasts: tuple[Forecast, ...]
    known: Record
    folder: Path

    def __repr__(self) -> str:
        """Return of what it is, and of which days."""
        return (
            f"Forecasts({self.scenario.name}: {len(self.forecasts)} quantities, {self.until} to "
            f"{self.end}, seed {self.seed})"
        )

    def blocks(self) -> Blocks:
        """Yield what each forecaster said of each quantity beside what came, and of war."""
        rows = []
        for one in map(Forecast.to_dict, self.forecasts):
            what = [one["quantity"], "{} – {}".format(*one["weeks"]), str(one["happened"])]
            error = f" ± {one['model']['log_error']:.2f}"
            rows.append([*what, "model", *_cells(one["model"], error)])
            rows.append(["", "", "", "baseline", *_cells(one["baseline"])])
        headings = (
            "quantity",
            "weeks",
            "happened",
            "forecaster",
            "median",
            "50 %",
            "90 %",
            "log score",
        )
        yield Table(headings, rows)
        whose = "the record" if self.known.is_shipped else "the record given"
        yield (
            f"Calibrated on {whose} to {self.until}; war by {self.end} in {100 * self.war:.1f} % "
            "of histories. A lower log score is better. One window is a single forecast."
        )

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each quantity and forecaster.

        The weeks in which it is counted, from first to the one before end; what happened; the
        forecaster, ``model`` or ``baseline``; its median and middle half (low_50, high_50) and
        nine tenths (low_90, high_90); its log score, lower is better, and that one's error.
        """
        import pandas as pd

        rows = []
        for one in map(Forecast.to_dict, self.forecasts):
            first, end = one["weeks"]
            for by in ("model", "baseline"):
                told = one[by]
                ends = {
                    f"{side}_{100 * interval['level']:.0f}": interval[side]
                    for interval in told["intervals"]
                    for side in ("low", "high")
                }
                what = {"quantity": one["quantity"], "first": first, "end": end}
                scores = {"log": told["log"], "log_error": told["log_error"]}
                row = {"happened": one["happened"], "by": by, "median": told["median"]}
                rows.append({**what, **row, **ends, **scores})
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline forecast --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "until": self.until.isoformat(),
            "to": self.end.isoformat(),
            "record": self.known.told(),
            "war_by_then": self.war,
            "histories": self.histories,
            "draws": DRAWS,
            "forecasts": [one.to_dict() for one in self.forecasts],
        }


def _cells(told: dict[str, Any], error: str = "") -> list[str]:
    """Return what a forecaster said: median, intervals, and the score of that."""
    spans = [
        f"{row['low']:.0f} – {row['high']:.0f}{'' if row['inside'] else ' (missed)'}"
        for row in told["intervals"]
    ]
    return [f"{told['median']:.0f}", *spans, f"{told['log']:.2f}{error}"]


@folder_first(scenario_second, to_was="end")
def forecast(
    scenario: str | Path | Scenario = STANDOFF,
    until: date | str = CUT,
    points: int = POINTS,
    seed: int = 1,
    *,
    to: str | Path | None = None,
    end: date | str | None = None,
    drivers: str | Path | Scenario | None = None,
    events: GivenEvents = None,
    counts: GivenCounts = None,
    executor: str | None = None,
    workers: int | None = None,
    address: str | None = None,
    progress: ShowProgress = None,
    notice: Callable[[str], None] | None = warnings.warn,
) -> Forecasts:
    """Return forecasts of what follows a day, calibrated on the record up to it.

    Timeline entries after that day are dropped, and priors are wide: neither knows the future.
    Beside the model stands a negative binomial that knows the counts of the same past. All that
    came out is written into the folder, as ``forecast.json``.

    Parameters
    ----------
    scenario
        A built-in name, the path of a file, or a `Scenario`.
    until, end
        The last days of the past and of what is forecast, of which whole weeks count; the end
        of the record, or of the events, by default.
    points, seed
        How many histories are simulated, each at its own point in parameter space; and the seed
        of points and chance.
    to
        The folder in which the reference table is made, or taken up; by default
        ``results/SCENARIO-forecast``.
    drivers
        A scenario whose timeline is known for the time that is forecast; without it the
        drivers stay as they are at the end of the past.
    events
        What came, complete: a table of events in a file, or what was read of one; the record
        itself by default, whose attacks of 2021 are those of its count B. Where an attack among
        them counts by the end of the past, they are the past, too; else that is the shipped
        record's.
    counts
        Published counts of attacks in place of the shipped ones; a file, or what was read.
    executor, workers, address
        Where points are simulated; see `redline.sweep`. By default in processes, and in threads
        where a script would be run again by each process.
    progress
        Whether a bar is shown; by default in a terminal or a notebook. Or called with how many
        parts are stored, of `part_count`.
    notice
        Called with what to know of the record given; a warning by default.

    Raises
    ------
    InputError
        For days out of range, drivers of another start, a folder that holds another reference
        table, or events of which none counts after the past.
    """
    scenario, notice = load_scenario(scenario), heard(notice)
    points, seed = check_numbers(points, seed, executor, workers, address)
    drivers = None if drivers is None else load_scenario(drivers)
    folder = at_home(to or default_folder(scenario, "forecast"))
    check_apart(folder)
    until = whole_past(day_of("until", until), notice)
    last_day = None if end is None else day_of("end", end)
    counts = given_counts(counts, until, notice)
    events = given_future(events, until, last_day, counts, notice)
    until, last_day = _reach(until, last_day, events)
    last, weeks = weeks_by(until) - 1, ((last_day - published.START).days + 1) // 7
    past = known_by(scenario, last)
    ahead = _ahead(past, last, drivers, weeks)
    known = past_of(until, events, counts)
    before = known.events if known.has_own_events else None
    table = make_reference_table(
        folder / FOLDER, past, points, seed, until, events=before, counts=counts, wide=True,
        executor=executor or usual_executor(), workers=workers, address=address, progress=progress,
    )  # fmt: skip
    about = recorded(until, before, counts)
    target = np.array([one.recorded for one in about])
    accepted = accepted_of(points)
    draws = posterior(table, noisy(table, about, seed), target, seed, accepted=accepted)
    kept = survivors(ahead, table.addresses, draws, seed, last)
    told = tuple(
        Forecast(
            quantity,
            (window.first, window.last),
            happened_in(quantity, window, events),
            counted_in(kept, quantity, window, np.random.default_rng([seed, 3])),
            _baseline(quantity, last, window.weeks, known, until),
        )
        for quantity in QUANTITIES
        for window in windows_of(
            quantity, (until, last_day), (last + 1, weeks), events, known.counts
        )
    )
    war, histories = float(kept.war.mean()), len(kept.war)
    found = Forecasts(scenario, until, last_day, war, histories, seed, told, known, folder)
    write_report(folder / "forecast.json", found.to_dict())
    return found


def _reach(until: date, end: date | None, events: Sequence[Event] | None) -> tuple[date, date]:
    """Return the last days of the past and of what is forecast, whole weeks both.

    Raises
    ------
    InputError
        If nothing lies between them, or no record of it.
    """
    latest = published.END if events is not None else published.END - timedelta(days=1)
    if not until <= latest:
        raise InputError(f"until={until} must leave some of the record to forecast")
    until = whole_weeks(until)
    end = published.end_of_week(end or (published.END if events is None else _last_day(events)))
    weeks = ((end - published.START).days + 1) // 7
    if end <= until or weeks <= weeks_by(until):
        raise InputError(f"nothing to forecast: {end} is not after {until}")
    if events is None and end > published.END:
        raise InputError(f"end={end}: the record ends on {published.END}; give events=[…]")
    if events is not None:
        check_came(events, until, end)
    return until, end


def past_of(
    until: date, events: Sequence[Event] | None = None, counts: Sequence[Count] | None = None
) -> Record:
    """Return the record that a past is calibrated on: events of one's own where they reach it."""
    reach = events is not None and listed_by(until, events) > 0
    return record_of(events if reach else None, counts)


def _last_day(events: Sequence[Event]) -> date:
    """Return the day of the last event."""
    if not events:
        raise InputError("events: the list is empty")
    return max(event.date for event in events)


def known_by(scenario: Scenario, last: int) -> Scenario:
    """Return a scenario without the timeline entries that come after a week."""
    document = scenario.document
    kept = [entry for entry in document.get("timeline", ()) if entry["week"] <= last]
    return build({**document, "timeline": kept}, scenario.name, (), None)


def _ahead(past: Scenario, last: int, drivers: Scenario | None, weeks: int) -> Scenario:
    """Return the past's scenario, run to the end with what drivers say of the future."""
    longer = vary(past, weeks=weeks)
    if drivers is None:
        return longer
    if drivers.start != published.START:
        raise InputError(f"{drivers.name}: drivers must start on {published.START}")
    known = drivers.document.get("timeline", ())
    later = [entry for entry in known if last < entry["week"] < weeks]
    document = {**longer.document, "timeline": [*longer.document.get("timeline", ()), *later]}
    return build(document, longer.name, (), None)


def survivors(
    scenario: Scenario, addresses: Sequence[str], draws: Floats, seed: int, last: int
) -> Weekly:
    """Simulate histories at draws from the posterior until at each `EACH` had no war by a week.

    The posterior is given peace already: were histories with war left out and not made up for,
    draws prone to war would count too little. A draw without peace in many is left out.
    """
    most = ATTEMPTS * EACH
    engine = engine_at(scenario, addresses, draws, seed, most)
    lacking, found = np.full(len(draws), EACH), []
    for first in range(0, most, EACH):
        tried = np.flatnonzero(lacking)
        if not len(tried):
            break
        numbers = (most * tried[:, None] + first + np.arange(EACH)).ravel()
        some = weeks_at(engine, numbers)
        peace = (~some.war | (some.simulated.sum(axis=1) > last + 1)).reshape(-1, EACH)
        alive = peace & (peace.cumsum(axis=1) <= lacking[tried, None])
        lacking[tried] -= alive.sum(axis=1)
        found.append([part[alive.ravel()] for part in (numbers, *some)])
    numbers, *weeks = map(np.concatenate, zip(*found, strict=True))
    return Weekly._make(part[np.argsort(numbers)] for part in weeks)


def _baseline(
    quantity: str, last: int, weeks: float, known: Record, until: date
) -> NegativeBinomial:
    """Return a negative binomial that knows the counts of the past.

    Strikes and fatal attacks: a Poisson rate with Jeffreys' prior, given their past count.
    Attacks: the rate of the longest count of the past, record A of the shipped ones, and the
    dispersion of the listed attacks in blocks of four weeks, which thinning leaves as it is.
    """
    if quantity != "attacks":
        past = happened_in(quantity, Window(0, last + 1), known.events)
        return NegativeBinomial(past + 0.5, (last + 1) / (last + 1 + weeks))
    count = max(known.counts_by(until), key=lambda one: sum(one.shares))
    mean = max(count.attacks, 0.5) / sum(count.shares) * weeks
    blocks = (last + 1) // 4 * 4
    listed = listed_weeks(known)[None, :blocks]
    four = listed.reshape(-1, 4).sum(axis=1)
    excess = max(float(dispersion(listed)[0]) - 1, 1e-6)
    shape = max(float(four.mean()), 1e-6) / excess * weeks / 4
    return NegativeBinomial(shape, shape / (shape + mean))

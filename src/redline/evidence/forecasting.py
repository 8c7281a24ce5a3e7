"""One forecast at risk: calibrated on the past alone, scored on what came next.

The prior knows nothing of the defaults, which saw the future; entries of the timeline after
the last day of the past are dropped, unless drivers of the future are given. Beside it stands
a negative-binomial forecaster that knows the counts of the same past.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from redline.case import Scenario, build, vary
from redline.evidence.calibration import DRAWS, accepted_of, noisy, posterior, runners
from redline.evidence.facts.frequency import dispersion
from redline.evidence.facts.weeks import Floats, Weekly, listed_weeks, together, weeks_of
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import code
from redline.evidence.recorded.event_table import APART
from redline.evidence.recorded.events import Event, judge
from redline.evidence.recorded.published import Count, Record, record_of
from redline.evidence.reference_table import (
    FOLDER,
    listed_by,
    make_reference_table,
    recorded,
    weeks_by,
    whole_weeks,
)
from redline.support import JSON_FORMAT, InputError, at_home
from redline.theory import Actor, Response

POINTS = 50_000
EACH = 4
"""Histories at each draw from the posterior."""
ATTEMPTS = 25
"""How many times as many are simulated, at the most, to have so many without war."""
LEVELS = (0.5, 0.9)
QUANTITIES = ("attacks", "strikes", "fatal attacks")
CUT = date(2020, 12, 27)


class Window(NamedTuple):
    """The weeks [first, last) in which a quantity is counted; the days of a published count."""

    first: int
    last: int
    published: Count | None = None

    @property
    def weeks(self) -> float:
        """How many weeks its days are."""
        return sum(self.published.shares) if self.published else float(self.last - self.first)


class NegativeBinomial(NamedTuple):
    """Counts with mean n·(1 − p)/p and variance over mean 1/p."""

    n: float
    p: float

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Return the smallest counts that as much probability is not above."""
        return np.asarray(nbinom.ppf(levels, self.n, self.p), np.float64)

    def log_score(self, count: int) -> float:
        """Return minus the logarithm of the probability of a count: nats."""
        return float(-nbinom.logpmf(count, self.n, self.p))

    @property
    def mean(self) -> float:
        """The expected count."""
        return self.n * (1 - self.p) / self.p


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Forecasts:
    """All quantities, forecast from a past.

    Attributes
    ----------
    war : share of histories with war by the last day, of those without by the end of the past
    histories : how many of these; fewer than `EACH` a draw where draws hardly ever had peace
    """

    scenario: Scenario
    until: date
    to: date
    war: float
    histories: int
    seed: int
    forecasts: tuple[Forecast, ...]
    known: Record
    """What the past was calibrated on."""

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline forecast --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "until": self.until.isoformat(),
            "to": self.to.isoformat(),
            "record": self.known.told(),
            "war_by_then": self.war,
            "histories": self.histories,
            "draws": DRAWS,
            "forecasts": [one.to_dict() for one in self.forecasts],
        }


def forecast(
    folder: Path,
    scenario: Scenario,
    until: date = CUT,
    points: int = POINTS,
    seed: int = 1,
    *,
    drivers: Scenario | None = None,
    events: Sequence[Event] | None = None,
    counts: Sequence[Count] | None = None,
    to: date | None = None,
    executor: str = "processes",
    workers: int | None = None,
    address: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Forecasts:
    """Return forecasts of what follows a day, calibrated on the record up to it.

    Parameters
    ----------
    drivers
        A scenario whose timeline is known for the time that is forecast; without it the
        drivers stay as they are at the end of the past.
    events
        What came, complete and in the format of the record; the record itself by default,
        whose attacks of 2021 are those of its count B. Where an attack among them counts by
        the end of the past, they are the past, too; else that is the shipped record's.
    counts
        Published counts of attacks in place of the shipped ones.
    until, to
        The last days of the past and of what is forecast, of which whole weeks count; the end
        of the record, or of the events, by default.

    Raises
    ------
    InputError
        For days out of range, drivers of another start, a folder that holds another reference
        table, or events of which none counts after the past.
    """
    folder = at_home(folder)
    latest = published.END if events is not None else published.END - timedelta(days=1)
    if not until <= latest:
        raise InputError(f"until={until} must leave some of the record to forecast")
    until = whole_weeks(until)
    last = weeks_by(until) - 1
    past = known_by(scenario, last)
    end = published.end_of_week(to or (published.END if events is None else _last_day(events)))
    weeks = ((end - published.START).days + 1) // 7
    if end <= until or weeks <= last + 1:
        raise InputError(f"nothing to forecast: {end} is not after {until}")
    if events is None and end > published.END:
        raise InputError(f"to={end}: the record ends on {published.END}; give events=[…]")
    if events is not None:
        _check_came(events, until, end)
    ahead = _ahead(past, last, drivers, weeks)
    known = past_of(until, events, counts)
    before = known.events if known.has_own_events else None
    table = make_reference_table(
        folder / FOLDER, past, points, seed, until, events=before, counts=counts, wide=True,
        executor=executor, workers=workers, address=address, progress=progress,
    )  # fmt: skip
    about = recorded(until, before, counts)
    target = np.array([one.recorded for one in about])
    accepted = accepted_of(points)
    draws = posterior(table, noisy(table, about, seed), target, seed, accepted=accepted)
    kept = survivors(ahead, table.addresses, draws, seed, last)
    told = [
        Forecast(
            quantity,
            (window.first, window.last),
            _happened(quantity, window, events),
            _counts(kept, quantity, window, np.random.default_rng([seed, 3])),
            _baseline(quantity, last, window.weeks, known, until),
        )
        for quantity in QUANTITIES
        for window in _windows(quantity, (until, end), (last + 1, weeks), events, known.counts)
    ]
    war = float(kept.war.mean())
    return Forecasts(scenario, until, end, war, len(kept.war), seed, tuple(told), known)


def past_of(
    until: date, events: Sequence[Event] | None = None, counts: Sequence[Count] | None = None
) -> Record:
    """Return the record that a past is calibrated on: events of one's own where they reach it."""
    reach = events is not None and listed_by(until, events) > 0
    return record_of(events if reach else None, counts)


def _last_day(events: Sequence[Event]) -> date:
    """Return the day of the last event."""
    if not events:
        raise InputError("events: there is none")
    return max(event.date for event in events)


def _check_came(events: Sequence[Event], until: date, end: date) -> None:
    """Check that something of what came counts, within reach of the past.

    Raises
    ------
    InputError
        If nothing does; or if years pass before the first event, or after the last one.
    """
    came = [one.date for one in events if until < one.date <= end and judge(one).counts]
    if not came:
        raise InputError(
            f"no event counts from {until + timedelta(days=1)} to {end}, of {len(events):,} given"
        )
    for before, after, what in (
        (until, min(came), "end of the past"),
        (max(came), end, "last day to forecast"),
    ):
        if (after - before).days > APART:
            raise InputError(
                f"{(after - before).days // 365} years lie between the events from {min(came)} to "
                f"{max(came)} and the {what}, {before if before == until else end}"
            )


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
    found = []
    for number, engine in enumerate(runners(scenario, addresses, draws, seed)):
        lacking = EACH
        for attempt in range(number * ATTEMPTS, (number + 1) * ATTEMPTS):
            some = weeks_of(engine.run(attempt * EACH, EACH))
            peace = ~some.war | (some.simulated.sum(axis=1) > last + 1)
            alive = np.flatnonzero(peace)[:lacking]
            found.append(Weekly._make(part[alive] for part in some))
            lacking -= len(alive)
            if not lacking:
                break
    return together(found)


def _windows(
    quantity: str,
    days: tuple[date, date],
    weeks: tuple[int, int],
    events: Sequence[Event] | None,
    counts: Sequence[Count],
) -> list[Window]:
    """Return the weeks in which a quantity is counted: all that are ahead.

    Attacks only where a count of them lies in the past; without events of what came, in the
    windows of the counts that lie ahead.
    """
    until, end = days
    if quantity == "attacks" and not any(count.last <= until for count in counts):
        return []
    if quantity != "attacks" or events is not None:
        return [Window(*weeks)]
    ahead = (count for count in counts if until < count.first and count.last <= end)
    return [Window(*count.weeks, count) for count in ahead]


def _happened(quantity: str, window: Window, events: Sequence[Event] | None) -> int:
    """Return what came of a quantity."""
    if window.published:
        return window.published.attacks
    known, weeks = record_of(events).events, range(window.first, window.last)
    came = [e for e in known if e.is_certain and e.date >= published.START and e.week in weeks]
    if quantity == "attacks":
        return sum(event.is_attack for event in came)
    moves = [move for move in map(code, came) if move]
    if quantity == "strikes":
        answers = [move for move in moves if move.actor is Actor.UNITED_STATES]
        return len({move.week for move in answers if move.rung >= Response.STRIKE})
    return sum(move.killed for move in moves if move.actor is Actor.MILITIAS)


def _counts(found: Weekly, quantity: str, window: Window, rng: np.random.Generator) -> Floats:
    """Return what came of a quantity in every history: (R,).

    Of a week that lies in part in a published count, every attack does by chance.
    """
    columns = {"attacks": found.attacks, "strikes": found.strikes, "fatal attacks": found.fatal}
    counts: NDArray[Any] = columns[quantity]
    inside = counts[:, window.first : window.last].astype(np.int64)
    for week, share in enumerate(window.published.shares if window.published else ()):
        if share < 1:
            inside[:, week] = rng.binomial(inside[:, week], share)
    return np.asarray(inside.sum(axis=1), np.float64)


def _baseline(
    quantity: str, last: int, weeks: float, known: Record, until: date
) -> NegativeBinomial:
    """Return a negative binomial that knows the counts of the past.

    Strikes and fatal attacks: a Poisson rate with Jeffreys' prior, given their past count.
    Attacks: the rate of the longest count of the past, record A of the shipped ones, and the
    dispersion of the listed attacks in blocks of four weeks, which thinning leaves as it is.
    """
    if quantity != "attacks":
        past = _happened(quantity, Window(0, last + 1), known.events)
        return NegativeBinomial(past + 0.5, (last + 1) / (last + 1 + weeks))
    count = max(known.counts_by(until), key=lambda one: sum(one.shares))
    mean = max(count.attacks, 0.5) / sum(count.shares) * weeks
    blocks = (last + 1) // 4 * 4
    listed = listed_weeks(known)[None, :blocks]
    four = listed.reshape(-1, 4).sum(axis=1)
    excess = max(float(dispersion(listed)[0]) - 1, 1e-6)
    shape = max(float(four.mean()), 1e-6) / excess * weeks / 4
    return NegativeBinomial(shape, shape / (shape + mean))

"""One forecast at risk: calibrated on the past alone, scored on what came next.

The prior knows nothing of the defaults, which saw the future; entries of the timeline after
the last day of the past are dropped, unless drivers of the future are given. Beside it stands
a negative-binomial forecaster that knows the counts of the same past.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline import record
from redline.bank import make_bank, recorded
from redline.calibration import ACCEPTED, noisy, posterior, predicted
from redline.coding import CodedEvent, code, coded_events
from redline.errors import InputError
from redline.facts import Floats, Weekly
from redline.record import Event
from redline.scenario import Scenario
from redline.scenario_file import vary
from redline.score import until as known_until
from redline.state import Actor, Provocation, Response
from redline.stylised import dispersion, listed_weeks
from redline.version import JSON_FORMAT

POINTS = 50_000
EACH = 4
"""Histories at each draw from the posterior."""
LEVELS = (0.5, 0.9)
QUANTITIES = ("attacks", "strikes", "fatal attacks")
CUT = date(2020, 12, 31)


@dataclass(frozen=True)
class Forecast:
    """The forecast of one quantity, and what came.

    Attributes
    ----------
    weeks : the first that is forecast, and the one after the last
    happened : the count that came
    model, baseline : (R,) draws from the predictive distributions
    """

    quantity: str
    weeks: tuple[int, int]
    happened: int
    model: Floats
    baseline: Floats

    def log_score(self, draws: Floats) -> float:
        """Return minus the logarithm of the probability of what came: nats.

        The share of draws, each count up to the greatest having half a draw more.
        """
        most = max(int(draws.max()), self.happened)
        hits = float((draws == self.happened).sum())
        return float(-np.log((hits + 0.5) / (len(draws) + 0.5 * (most + 1))))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        found: dict[str, Any] = {
            "quantity": self.quantity,
            "weeks": list(self.weeks),
            "happened": self.happened,
        }
        for name, draws in (("model", self.model), ("baseline", self.baseline)):
            intervals = []
            for level in LEVELS:
                low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
                inside = bool(low <= self.happened <= high)
                row = {"level": level, "low": float(low), "high": float(high), "inside": inside}
                intervals.append(row)
            found[name] = {
                "median": float(np.median(draws)),
                "intervals": intervals,
                "log": self.log_score(draws),
            }
        return found


@dataclass(frozen=True)
class Forecasts:
    """All quantities, forecast from a past."""

    scenario: Scenario
    until: date
    to: date
    war: float
    seed: int
    forecasts: tuple[Forecast, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline forecast --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "until": self.until.isoformat(),
            "to": self.to.isoformat(),
            "war_by_then": self.war,
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
        whose attacks of 2021 are those of its count B.
    to
        The last day to forecast; the end of the record, or of the events.

    Raises
    ------
    InputError
        For days out of range, drivers of another start, or a folder that holds another bank.
    """
    if not record.START + timedelta(weeks=26) <= until < record.END:
        raise InputError(
            f"--until must leave half a year of the record before it and some after, not {until}"
        )
    last = (until - record.START).days // 7
    past = known_until(scenario, last)
    end = to or (max(event.date for event in events) if events else record.END)
    if end <= until:
        raise InputError(f"nothing to forecast: {end} is not after {until}")
    weeks = (end - record.START).days // 7 + 1
    ahead = _ahead(past, drivers, weeks)
    bank = make_bank(
        folder / "bank", past, points, seed, until, wide=True,
        executor=executor, workers=workers, address=address, progress=progress,
    )  # fmt: skip
    about = recorded(until)
    target = np.array([one.recorded for one in about])
    accepted = min(ACCEPTED, max(50, points // 20))
    draws = posterior(bank, noisy(bank, about, seed), target, seed, accepted=accepted)
    found = predicted(ahead, bank.addresses, draws, seed, EACH)
    alive = ~found.war | (found.lived.sum(axis=1) > last + 1)
    kept = Weekly(*(part[alive] for part in found))
    moves = _moves(events)
    rng = np.random.default_rng([seed, 3])
    told = []
    for quantity in QUANTITIES:
        if quantity == "attacks" and not _attacks_are_known(until, end, events):
            continue
        window = _window(quantity, last + 1, weeks, events)
        told.append(
            Forecast(
                quantity,
                window,
                _happened(quantity, window, moves, events),
                _counts(kept, quantity, window),
                _baseline(quantity, last, window[1] - window[0], rng, len(kept.war)),
            )
        )
    return Forecasts(scenario, until, end, float(kept.war.mean()), seed, tuple(told))


def _ahead(past: Scenario, drivers: Scenario | None, weeks: int) -> Scenario:
    """Return the scenario that is lived to the end of what is forecast."""
    longer = vary(past, weeks=weeks)
    if drivers is None:
        return longer
    if drivers.start != record.START:
        raise InputError(f"{drivers.name}: drivers must start on {record.START}")
    return vary(drivers, weeks=weeks)


def _attacks_are_known(until: date, end: date, events: Sequence[Event] | None) -> bool:
    """Return whether the past has a count of attacks, and what came has one."""
    past, came = record.counts()
    ahead = events is not None or (until < came.first and came.last <= end)
    return past.last <= until and ahead


def _moves(events: Sequence[Event] | None) -> list[CodedEvent]:
    """Return what came, as moves."""
    if events is None:
        return list(coded_events())
    found = (code(event) for event in events if event.is_certain and event.date >= record.START)
    return [move for move in found if move is not None]


def _window(
    quantity: str, first: int, weeks: int, events: Sequence[Event] | None
) -> tuple[int, int]:
    """Return the weeks in which a quantity is counted: attacks of 2021 by record B's."""
    if quantity == "attacks" and events is None:
        return record.counts()[1].weeks
    return first, weeks


def _happened(
    quantity: str,
    window: tuple[int, int],
    moves: Sequence[CodedEvent],
    events: Sequence[Event] | None,
) -> int:
    """Return what came of a quantity."""
    if quantity == "attacks" and events is None:
        return record.counts()[1].attacks
    inside = [move for move in moves if window[0] <= move.week < window[1]]
    ours = [move for move in inside if move.actor is Actor.MILITIAS]
    if quantity == "strikes":
        struck = {m.week for m in inside if m.actor is Actor.UNITED_STATES}
        return len({w for w in struck if _strongest(inside, w) >= Response.STRIKE})
    if quantity == "fatal attacks":
        return sum(move.killed for move in ours)
    return sum(move.rung >= Provocation.ROCKETS for move in ours)


def _strongest(moves: Sequence[CodedEvent], week: int) -> int:
    answers = (m.rung for m in moves if m.week == week and m.actor is Actor.UNITED_STATES)
    return max(answers, default=0)


def _counts(found: Weekly, quantity: str, window: tuple[int, int]) -> Floats:
    """Return what came of a quantity in every history: (R,)."""
    counts: NDArray[Any] = {
        "attacks": found.attacks,
        "strikes": found.strikes,
        "fatal attacks": found.fatal,
    }[quantity]
    return found.total(counts, *window).astype(np.float64)


def _baseline(quantity: str, last: int, weeks: int, rng: np.random.Generator, size: int) -> Floats:
    """Return draws of a negative binomial that knows the counts of the past: (R,).

    Strikes and fatal attacks: a Poisson rate with Jeffreys' prior, given their past count.
    Attacks: the rate of record A, and the dispersion of the listed attacks in blocks of four
    weeks, which thinning leaves as it is.
    """
    if quantity != "attacks":
        window = 0, last + 1
        past = _happened(quantity, window, coded_events(), ())
        rate = rng.gamma(past + 0.5, 1 / (last + 1), size)
        return rng.poisson(rate * weeks).astype(np.float64)
    count = record.counts()[0]
    mean = count.attacks / (count.weeks[1] - count.weeks[0]) * weeks
    blocks = (last + 1) // 4 * 4
    listed = listed_weeks()[None, :blocks]
    four = listed.reshape(-1, 4).sum(axis=1)
    excess = max(float(dispersion(listed)[0]) - 1, 1e-6)
    shape = float(four.mean()) / excess * weeks / 4
    return rng.negative_binomial(shape, shape / (shape + mean), size).astype(np.float64)

"""One step ahead of the record: how well the model predicted each week, against two others.

Attacks and answers are scored apart, by the logarithmic and the Brier score (Gneiting &
Raftery 2007, *JASA* 102), against a base rate and a logistic forecaster that learn from the
record's earlier weeks alone; the model is also told what its timeline says, such as when
drones arrive. Differences carry block-bootstrap intervals (Künsch 1989, *Ann. Stat.* 17).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution

from redline.case import Scenario, parameter_at, vary
from redline.evidence.baselines import LEAST, Ints, base_rate, features, logistic
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import CodedEvent
from redline.evidence.replay import COUNT, NAMES, PARTICLES, Floats, Predicted, categories, predict
from redline.results import Interval, wilson
from redline.support import JSON_FORMAT, check_room
from redline.theory import Actor, Week, dtype_of

FORECASTERS = ("model", "base rate", "logistic")
LEARNING = 26
"""Weeks that the other forecasters have to learn from before any week is scored."""
CUT = date(2020, 12, 31)
"""The last day of the record that a refit may see."""
BLOCK = 8
RESAMPLES = 1999
REFIT_PARTICLES = 256
ROUNDS = 12
POPULATION = 4
BINS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
DRONES = 2
"""The category of weeks whose drones the timeline announces."""
FORCE = 2
"""The lowest category of an answer that is by force."""
REFITTED = (
    "united_states.audience_cost",
    "united_states.operation_cost",
    "united_states.red_line",
    "iran.influence_value",
    "militias.zeal",
    "militias.tempo",
)
"""What a refit is free to move within its plausible range; all else stays at its default."""


def _bootstrapped(statistic: Callable[[Ints], float], n: int, seed: int) -> Interval:
    """Return a statistic of weeks with its interval from circular blocks of eight weeks."""
    if n < 2:
        return Interval(None, None, None)
    rng = np.random.default_rng(seed)
    size = min(BLOCK, n)
    starts = rng.integers(0, n, (RESAMPLES, -(-n // size)))
    drawn = ((starts[:, :, None] + np.arange(size)) % n).reshape(RESAMPLES, -1)[:, :n]
    low, high = np.quantile([statistic(weeks) for weeks in drawn], (0.025, 0.975))
    return Interval(float(statistic(np.arange(n))), float(low), float(high))


@dataclass(frozen=True)
class Ladder:
    """The weeks of one ladder that are scored, and what forecasters held of them.

    Attributes
    ----------
    weeks : (W,) the weeks that are scored
    happened : (W,) the recorded category of each
    chances : by forecaster, (W, C)
    """

    actor: Actor
    weeks: Ints
    happened: Ints
    chances: dict[str, Floats]

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Which weeks brought what the model held impossible: (W,)."""
        at = np.arange(len(self.weeks))
        return np.asarray(self.chances["model"][at, self.happened] < LEAST)

    @property
    def logs(self) -> dict[str, Floats]:
        """Minus the logarithm of what was held probable of what happened, by forecaster: nats."""
        at = np.arange(len(self.weeks))
        return {
            name: -np.log(np.maximum(chances[at, self.happened], LEAST))
            for name, chances in self.chances.items()
        }

    @property
    def briers(self) -> dict[str, Floats]:
        """The squared distance from what happened, over all categories, by forecaster."""
        truth = np.eye(COUNT)[self.happened]
        return {name: ((c - truth) ** 2).sum(axis=1) for name, c in self.chances.items()}

    def part(self, keep: NDArray[np.bool_]) -> "Ladder":
        """Return the same of some weeks only."""
        chances = {name: table[keep] for name, table in self.chances.items()}
        return Ladder(self.actor, self.weeks[keep], self.happened[keep], chances)

    def binary(self) -> "Ladder":
        """Return the same of two categories only: whether there was an event."""
        event = self.threshold

        def two(table: Floats) -> Floats:
            found = np.zeros((len(table), COUNT))
            found[:, 0], found[:, 1] = table[:, :event].sum(axis=1), table[:, event:].sum(axis=1)
            return found

        chances = {name: two(table) for name, table in self.chances.items()}
        happened = (self.happened >= event).astype(np.int64)
        return Ladder(self.actor, self.weeks, happened, chances)

    def log_skill(self, against: str, seed: int = 1) -> Interval:
        """Return how many nats a week the model is better than another.

        Only of the weeks that it did not hold impossible: with one of these it is minus
        infinity, which an interval cannot tell.
        """
        if self.impossible.any():
            return self.part(~self.impossible).log_skill(against, seed)
        gain = self.logs[against] - self.logs["model"]
        return _bootstrapped(lambda w: gain[w].mean(), len(gain), seed)

    def brier_skill(self, against: str, seed: int = 1) -> Interval:
        """Return by which share the model's Brier score is lower than another's."""
        ours, theirs = self.briers["model"], self.briers[against]
        return _bootstrapped(
            lambda w: 1 - ours[w].sum() / max(theirs[w].sum(), LEAST), len(ours), seed
        )

    def without_one(self, against: str) -> tuple[float, float] | None:
        """Return the range of the log skill as each week of force is left out in turn."""
        gain = self.logs[against] - self.logs["model"]
        grave = np.flatnonzero(self.happened >= FORCE)
        left = [float(np.delete(gain, week).mean()) for week in grave]
        return (min(left), max(left)) if left else None

    def events(self) -> int:
        """Return in how many of the weeks something happened: an attack; an answer by force."""
        return int((self.happened >= self.threshold).sum())

    @property
    def threshold(self) -> int:
        """The lowest category of what calibration is about."""
        return 1 if self.actor is Actor.MILITIAS else FORCE

    def without_drones(self) -> "Ladder":
        """Return the same without the weeks of drones, whose arrival the model is told."""
        return self.part(self.happened != DRONES)

    def predicted(self) -> Floats:
        """Return how probable the model held an event in each week: (W,)."""
        return np.asarray(self.chances["model"][:, self.threshold :].sum(axis=1))

    def calibration(self) -> list[dict[str, Any]]:
        """Return how often what was held probable happened, in bins of the probability."""
        chance = self.predicted()
        truth = self.happened >= self.threshold
        found = []
        for low, high in pairwise(BINS):
            inside = (chance >= low) & ((chance < high) | (high == 1.0))
            if inside.any():
                n, hits = int(inside.sum()), int(truth[inside].sum())
                interval = dict(zip(("share", "low", "high"), wilson(hits, n), strict=True))
                found.append({"foretold": float(chance[inside].mean()), **interval, "weeks": n})
        return found


@dataclass(frozen=True)
class Score:
    """A reading of the record, scored: what of the scored weeks it saw, and both ladders."""

    name: str
    in_sample: bool
    saw: str
    listed: float
    ladders: dict[str, Ladder]
    fitted: dict[str, float] = field(default_factory=dict)

    def to_dict(self, seed: int = 1) -> dict[str, Any]:
        """Return what ``redline score --json`` prints of it."""
        found = {key: value for key, value in vars(self).items() if key != "ladders"}
        for name, ladder in self.ladders.items():
            skills = {}
            for against in FORECASTERS[1:]:
                left = ladder.without_one(against) if name == "answers" else None
                untold = ladder.without_drones() if name == "attacks" else None
                skills[against] = {
                    "log": ladder.log_skill(against, seed)._asdict(),
                    "brier": ladder.brier_skill(against, seed)._asdict(),
                    "log_of_event": ladder.binary().log_skill(against, seed)._asdict(),
                    "log_without_drones": untold and untold.log_skill(against, seed)._asdict(),
                    "log_without_one_week_of_force": left and list(left),
                }
            possible = ladder.part(~ladder.impossible)
            found[name] = {
                "weeks": len(ladder.weeks),
                "first_week": int(ladder.weeks[0]),
                "events": ladder.events(),
                "held_impossible": int(ladder.impossible.sum()),
                "categories": list(NAMES[ladder.actor]),
                "log": {key: float(loss.mean()) for key, loss in possible.logs.items()},
                "brier": {key: float(loss.mean()) for key, loss in ladder.briers.items()},
                "skill": skills,
                "event": {
                    "foretold": float(ladder.predicted().mean()),
                    "happened": ladder.events() / len(ladder.weeks),
                },
                "calibration": ladder.calibration(),
            }
        return found


def listing_rate() -> float:
    """Return the share of all attacks that the list holds: an order of magnitude."""
    return len(published.listed_attacks()) / published.whole_count()


def score(
    scenario: Scenario,
    *,
    particles: int = PARTICLES,
    seed: int = 1,
    refit: bool = True,
    progress: Callable[[int], None] | None = None,
) -> list[Score]:
    """Score a scenario one week ahead of the record, and refitted to what came before 2021.

    The defaults saw the whole record, so their scores are in-sample, 2021's included. A refit
    sees the weeks to the end of 2020 and is scored on 2021: once with what the timeline sets
    in 2021 (the drones, the talks in Vienna), and once without any of it.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record, or for more particles than
        memory holds.
    """
    check_room("particles", particles, memory_each=scenario.weeks * dtype_of(Week).itemsize)
    rate = listing_rate()
    cut = (CUT - published.START).days // 7
    later = np.arange(cut + 1, published.WEEKS)
    every = np.arange(LEARNING, published.WEEKS)
    partial, whole = (
        predict(scenario, listed=share, particles=particles, seed=seed) for share in (rate, 1.0)
    )
    whole_record = "the whole record"
    found = [
        scored("defaults", whole_record, rate, partial, every),
        scored("defaults, list taken as complete", whole_record, 1.0, whole, every),
        scored("defaults, on 2021", whole_record, rate, partial, later),
    ]
    if refit:
        values = refitted(scenario, cut, rate, min(particles, REFIT_PARTICLES), seed, progress)
        rest = f"2021 in all but {len(REFITTED)} parameters"
        for name, saw, drivers in (
            ("refitted to 2020, on 2021, its drivers known", f"{rest}, and its drivers", scenario),
            ("refitted to 2020, on 2021, nothing of it told", rest, until(scenario, cut)),
        ):
            fitted = vary(drivers, values)
            ahead = predict(fitted, listed=rate, particles=particles, seed=seed)
            found.append(scored(name, saw, rate, ahead, later, values))
    return found


def scored(
    name: str,
    saw: str,
    listed: float,
    predicted: Predicted,
    weeks: Ints,
    fitted: dict[str, float] | None = None,
    moves: Sequence[CodedEvent] | None = None,
) -> Score:
    """Return the scores of what was predicted of some weeks, beside those of the others."""
    ladders = {}
    for which, actor in (("attacks", Actor.MILITIAS), ("answers", Actor.UNITED_STATES)):
        happened = categories(actor, moves)
        chances = {
            "model": getattr(predicted, which)[weeks],
            "base rate": np.array([base_rate(happened[:week]) for week in weeks]),
            "logistic": logistic(features(actor, moves), happened, weeks),
        }
        ladders[which] = Ladder(actor, weeks, happened[weeks], chances)
    return Score(name, not fitted, saw, listed, ladders, fitted or {})


def score_json(scenario: Scenario, scores: Sequence[Score], seed: int) -> dict[str, Any]:
    """Return what ``redline score --json`` prints."""
    return {
        "format": JSON_FORMAT,
        "scenario": scenario.name,
        "seed": seed,
        "listed_attacks": len(published.listed_attacks()),
        "scores": [one.to_dict(seed) for one in scores],
    }


# The refit


def refitted(
    scenario: Scenario,
    last: int,
    listed: float,
    particles: int = REFIT_PARTICLES,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> dict[str, float]:
    """Return the values that fit the record best up to a week, of what is free to move.

    They maximise the likelihood one week ahead, over their plausible ranges, by differential
    evolution (Storn & Price 1997); all else stays where it is.
    """
    bounds = [parameter_at(scenario.document, address).plausible for address in REFITTED]
    happened = [categories(actor) for actor in (Actor.MILITIAS, Actor.UNITED_STATES)]
    at = np.arange(last + 1)
    tried = 0

    def loss(values: Floats) -> float:
        nonlocal tried
        tried += 1
        if progress:
            progress(tried)
        trial = vary(scenario, dict(zip(REFITTED, values.tolist(), strict=True)))
        told = predict(trial, listed=listed, particles=particles, seed=seed, weeks=last + 1)
        pairs = zip((told.attacks, told.answers), happened, strict=True)
        return float(sum(-np.log(np.maximum(c[at, h[at]], LEAST)).sum() for c, h in pairs))

    best = differential_evolution(
        loss, bounds, seed=seed, maxiter=ROUNDS, popsize=POPULATION, polish=False, tol=0.0
    )
    return dict(zip(REFITTED, best.x.tolist(), strict=True))


def refit_trials() -> int:
    """Return about how many scenarios a refit tries."""
    return POPULATION * len(REFITTED) * (ROUNDS + 1)


def until(scenario: Scenario, last: int) -> Scenario:
    """Return a scenario without what its timeline sets after a week."""
    standing = scenario.drivers_by_week[last]._asdict()
    changes = {
        f"timeline.{change.week}.{name}": standing[name]
        for change in scenario.timeline
        if change.week > last
        for name in change.values
    }
    return vary(scenario, changes) if changes else scenario

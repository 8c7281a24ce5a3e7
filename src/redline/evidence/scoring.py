"""One step ahead of the record: how well the model predicted each week, against two others.

Attacks and answers are scored apart, by the logarithmic and the Brier score (Gneiting &
Raftery 2007, *JASA* 102), against a base rate and a logistic forecaster that learn from the
record's earlier weeks alone; the model is also told what its timeline says, such as when
drones arrive. Differences carry block-bootstrap intervals (Künsch 1989, *Ann. Stat.* 17).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import differential_evolution

from redline.case import Scenario, load_scenario, parameter_at, vary
from redline.evidence.baselines import LEAST, Ints, base_rate, features, logistic
from redline.evidence.ladders import Ladder
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import CodedEvent
from redline.evidence.replay import NAMES, PARTICLES, Floats, Predicted, categories, predict
from redline.evidence.validation import STANDOFF
from redline.results import check_range
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    Several,
    ShowProgress,
    Table,
    check_room,
    count,
    interval_words,
    shown_progress,
    whole,
)
from redline.theory import Actor, Week, dtype_of

if TYPE_CHECKING:
    import pandas as pd

FORECASTERS = ("model", "base rate", "logistic")
LEARNING = 26
"""Weeks that the other forecasters have to learn from before any week is scored."""
CUT = date(2020, 12, 31)
"""The last day of the record that a refit may see."""
REFIT_PARTICLES = 256
ROUNDS = 12
POPULATION = 4
REFITTED = (
    "united_states.audience_cost",
    "united_states.operation_cost",
    "united_states.red_line",
    "iran.influence_value",
    "militias.zeal",
    "militias.tempo",
)
"""What a refit is free to move within its plausible range; all else stays at its default."""


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, repr=False, eq=False)
class Scores(Several[Score], of="scores"):
    """A scenario scored one week ahead of the record: a sequence of `Score`, a reading each."""

    scenario: Scenario
    scores: tuple[Score, ...]
    seed: int

    def __repr__(self) -> str:
        """Return of what it is."""
        return f"Scores({self.scenario.name}: {len(self.scores)} readings, seed {self.seed})"

    @cached_property
    def skills(self) -> list[dict[str, Any]]:
        """Of each score, ladder and other forecaster the log skill with its interval."""
        return [
            {
                "score": score.name,
                "in_sample": score.in_sample,
                "ladder": name,
                "against": against,
                **ladder.log_skill(against, self.seed)._asdict(),
                "impossible": int(ladder.impossible.sum()),
                "weeks": len(ladder.weeks),
                "events": ladder.events(),
            }
            for score in self.scores
            for name, ladder in score.ladders.items()
            for against in FORECASTERS[1:]
        ]

    @property
    def finding(self) -> str:
        """A sentence for what can be told of the model's skill."""
        return skills_finding(self.skills)

    def blocks(self) -> Blocks:
        """Yield a row for each ladder of each score, and what they come to."""
        rows: list[list[str]] = []
        for one in self.scores:
            rows.append([Bold(f"{one.name} (saw {one.saw})")])
            rows += [_cells(name, ladder, self.seed) for name, ladder in one.ladders.items()]
        losses = ("log loss: model", "base rate", "logistic")
        skills = ("log skill against base rate", "event or none", "without drone weeks")
        yield Table(("score", "weeks", *losses, *skills, "leaving out a week of force"), rows)
        yield Bold(self.finding)
        yield (
            "Above 0 beats the base rate, which knows nothing of the weeks ahead; 95 % intervals "
            "from blocks of eight weeks. An interval that includes 0 is inconclusive; a handful "
            "of weeks of force says little more."
        )
        fitted = self.scores[-1].fitted
        if fitted:
            found = ", ".join(f"{name} {value:.3g}" for name, value in fitted.items())
            yield f"Refitted to the end of 2020: {found}"

    def to_dict(self) -> dict[str, Any]:
        """Return every score, with its ladders, skills and calibration."""
        return score_json(self.scenario, self.scores, self.seed)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each score, ladder and other forecaster.

        Whether the score is in-sample; the model's log skill against the other, in nats a
        week, with its 95 % interval (mean, low, high); how many weeks the model had held
        impossible, which are left out of that; weeks and events that are scored.
        """
        import pandas as pd

        return pd.DataFrame(self.skills)


def _cells(name: str, ladder: Ladder, seed: int) -> list[str]:
    """Return what is told of a ladder: weeks, losses, skills."""
    possible = ladder.part(~ladder.impossible)
    logs = {key: float(loss.mean()) for key, loss in possible.logs.items()}
    impossible = int(ladder.impossible.sum())
    model = f"{logs['model']:.3f}"
    drones = ladder.without_drones().log_skill("base rate", seed)
    without = ladder.without_one("base rate") if name == "answers" else None
    return [
        f"  {name}",
        f"{len(ladder.weeks)}, {ladder.events()} with",
        f"∞ ({impossible} held impossible; rest {model})" if impossible else model,
        *(f"{logs[key]:.3f}" for key in ("base rate", "logistic")),
        interval_words(*ladder.log_skill("base rate", seed)),
        interval_words(*ladder.binary().log_skill("base rate", seed)),
        interval_words(*drones) if name == "attacks" else "–",
        "–" if without is None else "{:.3f} to {:.3f}".format(*without),
    ]


def skills_finding(skills: Sequence[dict[str, Any]]) -> str:
    """Return a sentence for what can be told of the model's skill; see `Scores.skills`."""
    first = [row for row in skills if row["score"] == skills[0]["score"]]
    told = {}
    for row in first:
        if row["against"] == "base rate":
            better = row["low"] is not None and row["low"] > 0
            worse = row["high"] is not None and row["high"] < 0
            how = "better than" if better else "worse than" if worse else "not told apart from"
            told[row["ladder"]] = how
    if len(set(told.values())) == 1:
        how = f"{told['attacks']} the base rate on attacks and on answers"
    else:
        how = " and ".join(f"{how} the base rate on {ladder}" for ladder, how in told.items())
    force = next(row["events"] for row in first if row["ladder"] == "answers")
    return f"One week ahead the model is {how}; {count(force, 'week')} of force to judge by"


def listing_rate() -> float:
    """Return the share of all attacks that the list holds: an order of magnitude."""
    return len(published.listed_attacks()) / published.whole_count()


def score(
    scenario: str | Path | Scenario = STANDOFF,
    *,
    particles: int = PARTICLES,
    seed: int = 1,
    refit: bool = True,
    progress: ShowProgress = None,
) -> Scores:
    """Score a scenario one week ahead of the record, and refitted to what came before 2021.

    The defaults saw the whole record, so their scores are in-sample, 2021's included. A refit
    sees the weeks to the end of 2020 and is scored on 2021: once with what the timeline sets
    in 2021 (the drones, the talks in Vienna), and once without any of it.

    Parameters
    ----------
    scenario
        A built-in name, the path of a file, or a `Scenario`; over the weeks of the record.
    particles, seed
        How many stand for what the record leaves open, and the seed of their chance.
    refit
        Whether the refit is done, which takes about a minute.
    progress
        Whether a bar is shown; by default in a terminal or a notebook. Or called with how many
        parameters were tried, of `refit_trials`.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record, for numbers out of range, or
        for more particles than memory holds.
    """
    scenario = load_scenario(scenario)
    particles = whole("particles", particles, 1)
    seed = check_range(seed, 0, 1)[0]
    check_room("particles", particles, memory_each=scenario.weeks * dtype_of(Week).itemsize)
    rate = listing_rate()
    cut = (CUT - published.START).days // 7
    later = np.arange(cut + 1, published.WEEKS)
    every = np.arange(LEARNING, published.WEEKS)
    partial, complete = (
        predict(scenario, listed=share, particles=particles, seed=seed) for share in (rate, 1.0)
    )
    whole_record = "the whole record"
    found = [
        scored("defaults", whole_record, rate, partial, every),
        scored("defaults, list taken as complete", whole_record, 1.0, complete, every),
        scored("defaults, on 2021", whole_record, rate, partial, later),
    ]
    if refit:
        with shown_progress(progress, refit_trials()) as report:
            values = refitted(scenario, cut, rate, min(particles, REFIT_PARTICLES), seed, report)
        rest = f"2021 in all but {len(REFITTED)} parameters"
        for name, saw, drivers in (
            ("refitted to 2020, on 2021, its drivers known", f"{rest}, and its drivers", scenario),
            ("refitted to 2020, on 2021, nothing of it told", rest, until(scenario, cut)),
        ):
            fitted = vary(drivers, values)
            ahead = predict(fitted, listed=rate, particles=particles, seed=seed)
            found.append(scored(name, saw, rate, ahead, later, values))
    return Scores(scenario, tuple(found), seed)


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
    # Of a number SciPy takes 32 bits only.
    chance = seed if seed < 1 << 32 else np.random.default_rng(seed)

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
        loss, bounds, seed=chance, maxiter=ROUNDS, popsize=POPULATION, polish=False, tol=0.0
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

"""The model one week ahead of the record: how probable it held what then happened.

The record is simulated through forced moves, so what the actors carry from week to week follows
from it. What it does not show, Iran's directive and the talks, is filtered: particles are
weighted by how well they predicted each week and resampled (Gordon, Salmond & Smith 1993,
*IEE Proceedings F* 140, the bootstrap filter), each with chance of its own address.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.case import Scenario, vary
from redline.engine import Block, encode, new_trace, of_one
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import CodedEvent, coded_events, forced_moves, rungs_by_week
from redline.support import InputError, whole
from redline.theory import (
    FIRST_CRISIS,
    RUNGS,
    Actor,
    Happened,
    SeenByMilitias,
    SeenByUnitedStates,
    fields_of,
    logit_weights,
    pressure_felt,
    provocation_terms,
    response_terms,
    seed_key,
    stance_of,
    total,
)

Floats = NDArray[np.float64]
Sights = dict[str, NDArray[Any]]
"""Fields of `redline.theory.Seen` for all particles: (P, …)."""

PARTICLES = 1000
CATEGORIES = (0, 0, 1, 2, 3, 4)
"""Of each rung, what is scored: rungs 0 and 1 are one, as talk is not listed."""
NAMES = {
    Actor.MILITIAS: ("no attack", "rockets", "drones", "assault", "offensive"),
    Actor.UNITED_STATES: ("no answer", "sanctions", "strike", "decapitation", "campaign"),
}
COUNT = max(CATEGORIES) + 1


class Predicted(NamedTuple):
    """What the model held probable, a week ahead.

    Attributes
    ----------
    attacks, answers : (W, C) probability of every category; answers given the week's attacks
    effective : (W,) effective number of particles before resampling
    """

    attacks: Floats
    answers: Floats
    effective: Floats


def categories(actor: Actor, moves: Sequence[CodedEvent] | None = None) -> NDArray[np.int64]:
    """Return the recorded category of each week: (W,)."""
    return np.array([CATEGORIES[rung] for rung in rungs_by_week(actor, moves)], np.int64)


def check_weeks(scenario: Scenario) -> None:
    """Check that a scenario runs over the weeks of the record.

    Raises
    ------
    InputError
        If it does not.
    """
    if scenario.draws is not None:
        raise InputError(f"{scenario.name}: draws its parameters; this needs one value of each")
    if scenario.start != published.START or scenario.weeks != published.WEEKS:
        raise InputError(
            f"{scenario.name}: the record has {published.WEEKS} weeks from {published.START}: set "
            f"start and weeks to match, or extend standoff_2019_2021"
        )


def replayed(scenario: Scenario, moves: Sequence[CodedEvent] | None = None) -> Scenario:
    """Return a scenario in which everybody but Iran does what the record says.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record.
    """
    check_weeks(scenario)
    return vary(scenario, force=forced_moves(scenario.militia_names, moves))


def predict(
    scenario: Scenario,
    moves: Sequence[CodedEvent] | None = None,
    *,
    listed: float = 1.0,
    particles: int = PARTICLES,
    seed: int = 1,
    weeks: int = published.WEEKS,
) -> Predicted:
    """Return what a scenario held probable in each week, given the record until then.

    Parameters
    ----------
    moves
        The record as moves; the shipped one by default.
    listed
        The chance that an attack with rockets or drones gets into the list.
    weeks
        How many weeks to predict.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record.
    """
    listing = coded_events() if moves is None else moves
    forced = replayed(scenario, listing)
    attacks, answers = (categories(a, listing) for a in (Actor.MILITIAS, Actor.UNITED_STATES))
    trace = new_trace(forced, 0, particles, False)
    block = Block(encode(forced), seed_key(whole("seed", seed)), particles, 0, trace)
    rng = np.random.default_rng(seed)
    weights = np.full(particles, 1 / particles)
    found = Predicted(np.zeros((weeks, COUNT)), np.zeros((weeks, COUNT)), np.zeros(weeks))
    block.advance(0, 0)  # as all begin
    for week in range(weeks):
        seen, capability = block.seen(), block.capability()
        block.advance(week, week + 1)
        now = trace.weeks[:, week]
        seen |= {name: now[name] for name in ("talks", "directive")}
        chances = attack_chances(forced, week, seen, capability, listed)
        found.attacks[week] = weights @ chances
        weights = _updated(weights, chances[:, attacks[week]])
        felt: Any = (seen["pressure"], now["severity"], now["crossings"])
        pressure: Any = pressure_felt(forced.united_states, *felt)  # element by element
        seen |= {"pressure": pressure, "crossings": now["crossings"]}
        chances = answer_chances(forced, week, seen)
        found.answers[week] = weights @ chances
        weights = _updated(weights, chances[:, answers[week]])
        found.effective[week] = 1 / (weights @ weights)
        if found.effective[week] < particles / 2:
            drawn = _resample(weights, rng.random())
            block.take(block, drawn)
            weights = np.full(particles, 1 / particles)
    return found


def _updated(weights: Floats, likelihood: Floats) -> Floats:
    """Return weights after an observation; as they were, where it was held impossible."""
    product = weights * likelihood
    total = product.sum()
    return product / total if total > 0 else weights


def _resample(weights: Floats, draw: float) -> NDArray[np.int64]:
    """Return which particles go on: systematic resampling (Kitagawa 1996)."""
    places = (np.arange(len(weights)) + draw) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def _logit(utilities: Sequence[float], allowed: int, rationality: float) -> Floats:
    """Return the probability of each rung: (K,)."""
    weights = np.array(logit_weights(utilities, allowed, rationality))
    chances: Floats = weights / weights.sum() if weights.any() else np.eye(RUNGS)[0]
    return chances


def _by_situation(chances: Callable[[int], Floats], *seen: NDArray[Any]) -> Floats:
    """Return chances for every particle, (P, C), worked out once for all that see the same.

    `chances` is given the number of a particle; `seen` are (P, …), whatever they rest on.
    """
    rows = np.column_stack([column.reshape(len(column), -1) for column in seen])
    key = np.zeros(len(rows), np.int64)
    for column in rows.T[(rows != rows[0]).any(axis=0)]:
        values, place = np.unique(column, return_inverse=True)
        key = np.unique(key * len(values) + place, return_inverse=True)[1]
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return np.array([chances(number) for number in first])[which]


def attack_chances(
    scenario: Scenario, week: int, seen: Sights, capability: Floats, listed: float = 1.0
) -> Floats:
    """Return the probability of every category of the week's gravest listed attack: (P, C).

    Parameters
    ----------
    seen : fields (P, …)
        What the actors see in the week, with Iran's directive of the week.
    capability : (P, F)
    listed
        The chance that an attack with rockets or drones gets into the list; what is graver
        always does.
    """
    drivers = scenario.drivers_by_week[week]
    noticed = np.array([listed if k < FIRST_CRISIS else 1.0 for k in range(RUNGS)])
    members = [member.faction for member in scenario.members]
    stances = [stance_of(scenario, faction) for faction in scenario.factions]

    def chances(particle: int) -> Floats:
        one = of_one(seen, particle)
        unlisted = np.ones(RUNGS)  # the chance that nobody is listed above a rung
        for faction, (stance, armed) in enumerate(zip(stances, capability[particle], strict=True)):
            allowed = scenario.allowed(Actor.MILITIAS, week) & scenario.within(armed)
            utilities = [
                total(provocation_terms(scenario, drivers, one, stance, k)) for k in range(RUNGS)
            ]
            chance = min(1.0, scenario.opportunity) * noticed
            chance = chance * _logit(utilities, allowed, scenario.militias.rationality)
            graver = np.append(np.cumsum(chance[::-1])[::-1][1:], 0.0)
            unlisted *= (1 - graver) ** members.count(faction)
        return pooled(np.diff(unlisted, prepend=0.0))

    rest_on = [seen[name] for name in fields_of(SeenByMilitias)]
    return _by_situation(chances, *rest_on, capability)


def answer_chances(scenario: Scenario, week: int, seen: Sights) -> Floats:
    """Return the probability of every category of the answer to a week's attacks: (P, C).

    `seen` (P, …) is as the United States sees it, with crossings and pressure of the week.
    """
    drivers = scenario.drivers_by_week[week]
    allowed = scenario.allowed(Actor.UNITED_STATES, week)

    def chances(particle: int) -> Floats:
        one = of_one(seen, particle)
        utilities = [total(response_terms(scenario, drivers, one, one, k)) for k in range(RUNGS)]
        return pooled(_logit(utilities, allowed, scenario.united_states.rationality))

    rest_on = [*fields_of(SeenByUnitedStates), *fields_of(Happened)]
    return _by_situation(chances, *(seen[name] for name in rest_on))


def pooled(chances: Floats) -> Floats:
    """Return the probabilities of rungs (…, K) as those of categories (…, C)."""
    found = np.zeros((*chances.shape[:-1], COUNT))
    for rung, category in enumerate(CATEGORIES):
        found[..., category] += chances[..., rung]
    return found

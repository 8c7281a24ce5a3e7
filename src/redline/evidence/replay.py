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
from redline.engine import Block, encode, new_trace
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import CodedEvent, coded_events, forced_moves, rungs_by_week
from redline.support import InputError, whole
from redline.theory import (
    FIRST_CRISIS,
    RUNGS,
    Actor,
    Happened,
    OwnOfMilitia,
    Records,
    SeenByMilitias,
    SeenByUnitedStates,
    fields_of,
    logit_weights,
    plain,
    pressure_felt,
    provocation_terms,
    response_terms,
    seed_key,
    total,
)

Floats = NDArray[np.float64]

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
    block = Block(
        encode(forced), seed_key(whole("seed", seed)), new_trace(forced, 0, particles, False), 0
    )
    rng = np.random.default_rng(seed)
    weights = np.full(particles, 1 / particles)
    found = Predicted(np.zeros((weeks, COUNT)), np.zeros((weeks, COUNT)), np.zeros(weeks))
    block.advance(0, 0)  # as all begin
    for week in range(weeks):
        seen, stances = block.states.copy(), block.stances.copy()
        block.advance(week, week + 1)
        now = block.trace.weeks[:, week]
        for name in ("talks", "directive"):
            seen[name] = now[name]
        chances = attack_chances(forced, week, seen, stances, listed)
        found.attacks[week] = weights @ chances
        weights = _updated(weights, chances[:, attacks[week]])
        seen["severity"] = now["severity"]
        felt: Any = (seen["pressure"], now["severity"], now["crossings"])
        seen["pressure"] = pressure_felt(forced.united_states, *felt)  # element by element
        chances = answer_chances(forced, week, seen, now)
        found.answers[week] = weights @ chances
        weights = _updated(weights, chances[:, answers[week]])
        found.effective[week] = 1 / (weights @ weights)
        if found.effective[week] < particles / 2:
            drawn = _resample(weights, rng.random())
            block.states[:], block.stances[:] = block.states[drawn], block.stances[drawn]
            block.states["replicate"] = np.arange(particles)
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
    weights = [0.0] * RUNGS
    total = logit_weights(utilities, RUNGS, allowed, rationality, weights)
    return np.array(weights) / total if total else np.eye(RUNGS)[0]


def _by_situation(chances: Callable[[int], Floats], *seen: Records) -> Floats:
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
    scenario: Scenario, week: int, states: Records, stances: Records, listed: float = 1.0
) -> Floats:
    """Return the probability of every category of the week's gravest listed attack: (P, C).

    Parameters
    ----------
    states : (P,) `State`
        What the actors carry into the week, with Iran's directive of the week.
    stances : (P, F) `Stance`
    listed
        The chance that an attack with rockets or drones gets into the list; what is graver
        always does.
    """
    drivers = scenario.drivers_by_week[week]
    noticed = np.array([listed if k < FIRST_CRISIS else 1.0 for k in range(RUNGS)])
    members = [member.faction for member in scenario.members]

    def chances(particle: int) -> Floats:
        state = plain(states[particle])
        unlisted = np.ones(RUNGS)  # the chance that nobody is listed above a rung
        for faction, own in enumerate(map(plain, stances[particle])):
            allowed = scenario.allowed(Actor.MILITIAS, week) & scenario.within(own.capability)
            utilities = [
                total(provocation_terms(scenario, drivers, state, own, k)) for k in range(RUNGS)
            ]
            chance = min(1.0, scenario.opportunity) * noticed
            chance = chance * _logit(utilities, allowed, scenario.militias.rationality)
            graver = np.append(np.cumsum(chance[::-1])[::-1][1:], 0.0)
            unlisted *= (1 - graver) ** members.count(faction)
        return pooled(np.diff(unlisted, prepend=0.0))

    own = [*fields_of(OwnOfMilitia), "capability"]
    return _by_situation(
        chances,
        *(states[name] for name in fields_of(SeenByMilitias)),
        *(stances[name] for name in own),
    )


def answer_chances(scenario: Scenario, week: int, states: Records, happened: Records) -> Floats:
    """Return the probability of every category of the answer to a week's attacks: (P, C).

    `states` (P,) are as the United States sees them, the pressure with that of the week, which
    is `happened`: (P,) `Week`.
    """
    drivers = scenario.drivers_by_week[week]
    allowed = scenario.allowed(Actor.UNITED_STATES, week)

    def chances(particle: int) -> Floats:
        state, seen = plain(states[particle]), plain(happened[particle])
        utilities = [total(response_terms(scenario, drivers, state, seen, k)) for k in range(RUNGS)]
        return pooled(_logit(utilities, allowed, scenario.united_states.rationality))

    return _by_situation(
        chances,
        *(states[name] for name in fields_of(SeenByUnitedStates)),
        *(happened[name] for name in fields_of(Happened)),
    )


def pooled(chances: Floats) -> Floats:
    """Return the probabilities of rungs (…, K) as those of categories (…, C)."""
    found = np.zeros((*chances.shape[:-1], COUNT))
    for rung, category in enumerate(CATEGORIES):
        found[..., category] += chances[..., rung]
    return found

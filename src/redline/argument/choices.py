"""The choices of one week, with everything that they rested on, as the rules weigh them.

The batch engine gives the replicate as it stands before the week, and what became of the week;
what every rung was worth is then asked of the same rules. The readable engine's agents keep the
same choices (`tests/test_explanation.py` sets both side by side).
"""

from dataclasses import dataclass
from typing import Any

from redline.argument.stories import reach_before
from redline.case import Scenario, drawn
from redline.engine import Block, Choice, choice_among, encode, new_trace, of_one
from redline.support import InputError
from redline.theory import (
    ALL_RUNGS,
    OPPORTUNITY,
    RUNG,
    RUNGS,
    SLOT_DIRECTIVE,
    SLOT_RESPONSE,
    SLOT_REVIEW,
    Actor,
    Counts,
    Seen,
    directive_terms,
    militia_slot,
    pressure_felt,
    provocation_terms,
    response_terms,
    seed_key,
    stance_of,
    uniform,
)


@dataclass(frozen=True)
class Decided:
    """An actor after a week; `choice` is None where it made none.

    The agents of the readable engine have the same attributes.
    """

    actor: Actor
    choice: Choice | None
    parameters: Any
    name: str = ""
    """Of a militia."""
    directive: int = 0
    """Of Iran."""


def week_lived(
    scenario: Scenario, replicate: int, week: int, seed: int
) -> tuple[list[Decided], int]:
    """Return what every actor decided in a week, in order; and the rungs in reach of militias.

    Raises
    ------
    InputError
        If the replicate ends before.
    """
    scenario = drawn(scenario, seed, replicate)
    trace = new_trace(scenario, replicate, 1, moves=True)
    block = Block(encode(scenario), seed_key(seed), 1, replicate, trace)
    block.advance(0, week)
    if block.value("over")[0]:
        raise InputError(
            f"replicate {replicate} ends in open confrontation in week "
            f"{block.value('lived')[0] - 1}"
        )
    before, capability = of_one(block.seen(), 0), block.capability()[0]
    weighed = _Week(scenario, replicate, week, seed, block.value("barred")[0])
    block.advance(week, week + 1)
    after = trace.weeks[0, week]
    seen = before._replace(talks=int(after["talks"]))
    decided = [weighed.iran(seen)]
    seen = seen._replace(directive=int(after["directive"]))
    decided += [
        weighed.militia(seen, number, float(capability[member.faction]))
        for number, member in enumerate(scenario.members)
    ]
    seen = seen._replace(crossings=int(after["crossings"]))
    decided.append(weighed.united_states(seen, float(after["severity"])))
    return decided, reach_before(scenario, trace, week)


@dataclass(frozen=True)
class _Week:
    """A week of a replicate, to be weighed; `barred` (A,) are rungs, brought up to date."""

    scenario: Scenario
    replicate: int
    week: int
    seed: int
    barred: Counts

    def iran(self, seen: Seen) -> Decided:
        """Return what Iran decides (§4.2)."""
        parameters = self.scenario.iran
        forced = self._forced(Actor.IRAN)
        stands = self._allowed(Actor.IRAN) >> seen.directive & 1
        if forced is None and stands and self._draw(SLOT_REVIEW) >= parameters.review:
            return Decided(Actor.IRAN, None, parameters, directive=seen.directive)
        drivers = self.scenario.drivers_by_week[self.week]
        terms = [directive_terms(self.scenario, drivers, seen, k) for k in range(RUNGS)]
        choice = self._choice(Actor.IRAN, parameters, list(terms), SLOT_DIRECTIVE, forced)
        return Decided(Actor.IRAN, choice, parameters, directive=choice.rung)

    def militia(self, seen: Seen, number: int, capability: float) -> Decided:
        """Return what a militia of some capability decides (§4.3)."""
        scenario, parameters = self.scenario, self.scenario.militias
        name = scenario.members[number].name
        forced = self._forced(Actor.MILITIAS, number)
        opportunity = self._draw(militia_slot(number, OPPORTUNITY)) < scenario.opportunity
        if forced is None and not opportunity:
            return Decided(Actor.MILITIAS, None, parameters, name)
        drivers = scenario.drivers_by_week[self.week]
        stance = stance_of(scenario, scenario.factions[scenario.members[number].faction])
        terms = [provocation_terms(scenario, drivers, seen, stance, k) for k in range(RUNGS)]
        capable, slot = scenario.within(capability), militia_slot(number, RUNG)
        choice = self._choice(Actor.MILITIAS, parameters, list(terms), slot, forced, capable)
        return Decided(Actor.MILITIAS, choice, parameters, name)

    def united_states(self, seen: Seen, severity: float) -> Decided:
        """Return what the United States decides (§4.5) after a week of some severity."""
        parameters = self.scenario.united_states
        pressure = pressure_felt(parameters, seen.pressure, severity, seen.crossings)
        seen = seen._replace(pressure=pressure)
        drivers = self.scenario.drivers_by_week[self.week]
        terms = [response_terms(self.scenario, drivers, seen, seen, k) for k in range(RUNGS)]
        forced = self._forced(Actor.UNITED_STATES)
        choice = self._choice(Actor.UNITED_STATES, parameters, list(terms), SLOT_RESPONSE, forced)
        return Decided(Actor.UNITED_STATES, choice, parameters)

    def _choice(
        self,
        actor: Actor,
        parameters: Any,
        terms: list[tuple[float, ...]],
        slot: int,
        forced: int | None,
        capable: int = ALL_RUNGS,
    ) -> Choice:
        allowed, watched = self._allowed(actor) & capable, self.scenario.watched(actor)
        draw = self._draw(slot)
        choice, barred = choice_among(terms, allowed, watched, parameters.rationality, draw, forced)
        self.barred[actor] |= barred
        return choice

    def _allowed(self, actor: Actor) -> int:
        return self.scenario.allowed(actor, self.week) & ~int(self.barred[actor])

    def _draw(self, slot: int) -> float:
        return uniform(self.seed, self.replicate, self.week, slot)

    def _forced(self, actor: Actor, militia: int = 0) -> int | None:
        """Return the rung that the scenario makes an actor take, if it does; the last one holds."""
        for move in reversed(self.scenario.forced):
            if (move.week, move.actor, move.militia or 0) == (self.week, actor, militia):
                return move.rung
        return None

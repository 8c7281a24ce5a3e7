"""The choices of one week, with everything that they rested on, as the rules weigh them.

The batch engine gives the replicate as it stands before the week, and what became of the week;
what every rung was worth is then asked of the same rules. The readable engine's agents keep the
same choices (`tests/test_explanation.py` sets both side by side).
"""

from dataclasses import dataclass
from typing import Any

from redline.argument.stories import reach_before
from redline.case import Scenario, drawn
from redline.engine import Block, Choice, choice_among, encode, new_trace
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
    directive_terms,
    militia_slot,
    plain,
    pressure_felt,
    provocation_terms,
    response_terms,
    seed_key,
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
    block = Block(encode(scenario), seed_key(seed), trace, replicate)
    block.advance(0, week)
    state, stances = plain(block.states[0]), [plain(stance) for stance in block.stances[0]]
    if state.over:
        raise InputError(
            f"replicate {replicate} ends in open confrontation in week {state.lived - 1}"
        )
    block.advance(week, week + 1)
    weighed = _Week(scenario, replicate, week, seed, state)
    after = plain(trace.weeks[0, week])
    state.talks = after.talks
    decided = [weighed.iran()]
    state.directive = after.directive
    decided += [
        weighed.militia(number, stances[member.faction])
        for number, member in enumerate(scenario.members)
    ]
    decided.append(weighed.united_states(after))
    return decided, reach_before(scenario, trace, week)


@dataclass(frozen=True)
class _Week:
    """A week of a replicate, to be weighed; `state` is that of before, brought up to date."""

    scenario: Scenario
    replicate: int
    week: int
    seed: int
    state: Any

    def iran(self) -> Decided:
        """Return what Iran decides (§4.2)."""
        state, parameters = self.state, self.scenario.iran
        forced = self._forced(Actor.IRAN)
        stands = self._allowed(Actor.IRAN) >> state.directive & 1
        if forced is None and stands and self._draw(SLOT_REVIEW) >= parameters.review:
            return Decided(Actor.IRAN, None, parameters, directive=state.directive)
        drivers = self.scenario.drivers_by_week[self.week]
        terms = [directive_terms(self.scenario, drivers, state, k) for k in range(RUNGS)]
        choice = self._choice(Actor.IRAN, parameters, list(terms), SLOT_DIRECTIVE, forced)
        return Decided(Actor.IRAN, choice, parameters, directive=choice.rung)

    def militia(self, number: int, stance: Any) -> Decided:
        """Return what a militia decides (§4.3); `stance` is its faction's."""
        scenario, parameters = self.scenario, self.scenario.militias
        name = scenario.members[number].name
        forced = self._forced(Actor.MILITIAS, number)
        opportunity = self._draw(militia_slot(number, OPPORTUNITY)) < scenario.opportunity
        if forced is None and not opportunity:
            return Decided(Actor.MILITIAS, None, parameters, name)
        drivers = scenario.drivers_by_week[self.week]
        terms = [provocation_terms(scenario, drivers, self.state, stance, k) for k in range(RUNGS)]
        capable, slot = scenario.within(stance.capability), militia_slot(number, RUNG)
        choice = self._choice(Actor.MILITIAS, parameters, list(terms), slot, forced, capable)
        return Decided(Actor.MILITIAS, choice, parameters, name)

    def united_states(self, after: Any) -> Decided:
        """Return what the United States decides (§4.5), `after` what happened in the week."""
        state, parameters = self.state, self.scenario.united_states
        state.pressure = pressure_felt(parameters, state.pressure, after.severity, after.crossings)
        drivers = self.scenario.drivers_by_week[self.week]
        terms = [response_terms(self.scenario, drivers, state, after, k) for k in range(RUNGS)]
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
        self.state.barred[actor] |= barred
        return choice

    def _allowed(self, actor: Actor) -> int:
        return self.scenario.allowed(actor, self.week) & ~int(self.state.barred[actor])

    def _draw(self, slot: int) -> float:
        return uniform(self.seed, self.replicate, self.week, slot)

    def _forced(self, actor: Actor, militia: int = 0) -> int | None:
        """Return the rung that the scenario makes an actor take, if it does; the last one holds."""
        for move in reversed(self.scenario.forced):
            if (move.week, move.actor, move.militia or 0) == (self.week, actor, militia):
                return move.rung
        return None

"""The three kinds of actor as Mesa agents: look up own values, call a rule, keep the answer.

Every choice takes a mask of open rungs (from the scenario) and an optional forced value: set
`forced` before a step, and that is what the agent does in it. A forced or masked choice has
the same draw at the same address as any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mesa

from redline import chance, rules
from redline.scenario import Scenario
from redline.state import FIRST_ATTACK, FIRST_CRISIS, RUNGS, SITES, Actor, Provocation, Response

if TYPE_CHECKING:
    from redline.model import EscalationModel


class Choice(NamedTuple):
    """One choice among the rungs, with everything that it rested on; (K,) unless scalar."""

    terms: list[tuple[float, ...]]
    """The named terms of each rung's utility."""
    utilities: list[float]
    allowed: int
    """Bit mask of the rungs that were open."""
    weights: list[float]
    """Logit weights, 0 where not open."""
    weight_sum: float
    draw: float
    rung: int
    """What was chosen, or forced."""
    forced: bool


class Chooser(mesa.Agent):  # type: ignore[misc]
    """An agent that makes logit choices among rungs."""

    actor: Actor
    model: EscalationModel

    def __init__(self, model: EscalationModel) -> None:
        super().__init__(model)
        self.forced: int | None = None
        """The rung to take in the next step, whatever it is worth; None for a free choice."""
        self.choice: Choice | None = None
        """The choice of this week; None where the agent made none."""

    @property
    def scenario(self) -> Scenario:
        """The model's scenario."""
        return self.model.scenario

    @property
    def utility(self) -> float | None:
        """What the choice of this week is worth to the agent; None where it made none."""
        return self.choice.utilities[self.choice.rung] if self.choice else None

    def choose(
        self,
        terms: list[tuple[float, ...]],
        allowed: int,
        rationality: float,
        draw: float,
        forced: int | None,
    ) -> int:
        """Return the forced rung, else a logit choice among the allowed ones; keep it all.

        A rung that the scenario bars from its first choice on is barred here, at its first
        choice, and the choice made anew.
        """
        utilities = [rules.total(worth) for worth in terms]
        weights = [0.0] * RUNGS
        watched = self.scenario.watched(self.actor)
        while True:
            weight_sum = rules.logit_weights(utilities, RUNGS, allowed, rationality, weights)
            rung = rules.pick(weights, RUNGS, allowed, weight_sum, draw)
            if forced is not None or not (watched & allowed) >> rung & 1:
                break
            self.model.barred[self.actor] |= 1 << rung
            allowed &= ~(1 << rung)
        rung = rung if forced is None else forced
        self.choice = Choice(
            terms, utilities, allowed, weights, weight_sum, draw, rung, forced is not None
        )
        return rung

    def take_forced(self) -> int | None:
        """Return the forced rung of this step, if any; it holds for one step."""
        forced, self.forced = self.forced, None
        return forced


class UnitedStates(Chooser):
    """The target of provocation; answers every week (§4.5)."""

    actor = Actor.UNITED_STATES

    def __init__(self, model: EscalationModel) -> None:
        super().__init__(model)
        self.parameters = self.scenario.united_states
        self.pressure = 0.0
        """Q, provocation not yet answered."""
        self.response = Response.SILENCE

    def respond(self) -> None:
        """Choose this week's response."""
        model = self.model
        self.pressure = rules.pressure_felt(
            self.parameters, self.pressure, model.severity, model.crossings
        )
        terms: list[tuple[float, ...]] = [
            rules.response_terms(
                self.parameters,
                k,
                rung.force,
                rung.cost,
                self.pressure,
                model.crossings,
                model.talks,
                model.drivers.common_enemy,
            )
            for k, rung in enumerate(self.scenario.responses)
        ]
        self.response = Response(
            self.choose(
                terms,
                model.allowed(self.actor),
                self.parameters.rationality,
                model.draw(chance.SLOT_RESPONSE),
                self.take_forced(),
            )
        )


class Iran(Chooser):
    """The sponsor; reviews its directive now and then (§4.2)."""

    actor = Actor.IRAN

    def __init__(self, model: EscalationModel) -> None:
        super().__init__(model)
        self.parameters = self.scenario.iran
        self.directive = Provocation.QUIET
        self.leverage = 0.0
        """L, in the talks."""
        self.control = 1.0
        """χ, command over the militias."""

    def review_directive(self) -> None:
        """Choose the directive anew, if it is reviewed, forced, or no longer open."""
        model = self.model
        allowed = model.allowed(self.actor)
        forced = self.take_forced()
        reviewed = model.draw(chance.SLOT_REVIEW) < self.parameters.review
        stands = (allowed >> self.directive) & 1
        self.choice = None
        if forced is None and stands and not reviewed:
            return
        terms: list[tuple[float, ...]] = [
            rules.directive_terms(
                self.parameters,
                rung.severity,
                model.expected[k],
                model.talks,
                self.leverage,
                model.drivers.sanctions,
                model.drivers.unrest,
                model.drivers.common_enemy,
            )
            for k, rung in enumerate(self.scenario.provocations)
        ]
        self.directive = Provocation(
            self.choose(
                terms,
                allowed,
                self.parameters.rationality,
                model.draw(chance.SLOT_DIRECTIVE),
                forced,
            )
        )


class Militia(Chooser):
    """A proxy; provokes when it has an opportunity (§4.3)."""

    actor = Actor.MILITIAS

    def __init__(self, model: EscalationModel, number: int) -> None:
        super().__init__(model)
        self.number = number
        """Position among the militias, from 0: part of the address of its draws."""
        self.parameters = self.scenario.militias
        self.name, self.faction = self.scenario.members[number]
        self.multipliers = self.scenario.factions[self.faction]
        self.loyalty = self.parameters.loyalty * self.multipliers.loyalty
        self.vulnerability = self.parameters.vulnerability * self.multipliers.vulnerability
        self.capability = rules.sustained_capability(
            model.drivers.armament, self.multipliers.armament
        )
        """κ, in [0, 1]."""
        self.rung = Provocation.QUIET
        self.site: int | None = None
        """Position of the site of this week's attack, for rockets and drones."""
        self.killed = False
        """Whether this week's attack killed."""
        self.forced_site: int | None = None
        self.forced_kill: bool | None = None

    def draw(self, purpose: int) -> float:
        """Return this week's draw for a purpose of this militia."""
        return self.model.draw(chance.militia_slot(self.number, purpose))

    def provoke(self) -> None:
        """Choose a provocation, given an opportunity; and attack, if that is what it is."""
        forced = self.take_forced()
        site, self.forced_site = self.forced_site, None
        kill, self.forced_kill = self.forced_kill, None
        self.rung, self.site, self.killed, self.choice = Provocation.QUIET, None, False, None
        if forced is None and self.draw(chance.OPPORTUNITY) >= self.scenario.opportunity:
            return
        self.rung = Provocation(
            self.choose(
                self.terms(),
                self.model.allowed(self.actor) & self.capable(),
                self.parameters.rationality,
                self.draw(chance.RUNG),
                forced,
            )
        )
        if self.rung >= FIRST_ATTACK:
            self.attack(site, kill)

    def terms(self) -> list[tuple[float, ...]]:
        """Return the terms of what each rung is worth to this militia this week."""
        model = self.model
        zeal = rules.zeal_felt(self.parameters.zeal, model.grievance, self.multipliers.zeal)
        ordered = self.scenario.provocations[model.iran.directive].severity
        return [
            rules.provocation_terms(
                zeal,
                self.loyalty,
                self.vulnerability,
                self.scenario.iran.backlash,
                rung.severity,
                ordered,
                model.expected[k],
                model.iran.control,
                model.drivers.unrest,
            )
            for k, rung in enumerate(self.scenario.provocations)
        ]

    def capable(self) -> int:
        """Return the bit mask of the rungs within this militia's capability."""
        return sum(
            1 << k
            for k, rung in enumerate(self.scenario.provocations)
            if rung.capability <= self.capability
        )

    def attack(self, site: int | None, kill: bool | None) -> None:
        """Pick a site, for rockets and drones, and see whether the attack kills."""
        exposure = 1.0
        if self.rung < FIRST_CRISIS:
            self.site = self.pick_site() if site is None else site
            exposure = self.scenario.sites[self.site].exposure
        if kill is None:
            lethality = self.scenario.provocations[self.rung].lethality
            kill = self.draw(chance.KILL) < rules.kill_chance(self.rung, lethality, exposure)
        self.killed = kill

    def pick_site(self) -> int:
        """Return a site within reach, by logit on salience less caution × exposure (¶22)."""
        weights = [0.0] * len(SITES)
        reachable = self.scenario.reachable[self.rung - FIRST_ATTACK]
        weight_sum = rules.logit_weights(
            self.scenario.site_utilities, len(SITES), reachable, self.parameters.targeting, weights
        )
        return rules.pick(weights, len(SITES), reachable, weight_sum, self.draw(chance.SITE))

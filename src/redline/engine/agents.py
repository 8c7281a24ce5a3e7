"""The three kinds of actor as Mesa agents: look up own values, call a rule, keep the answer.

Every choice takes a mask of open rungs (from the scenario) and an optional forced value: set
`forced` before a step, and that is what the agent does in it. A forced or masked choice has
the same draw at the same address as any other.
"""

from __future__ import annotations

from functools import cache

import mesa

from redline.case import Scenario
from redline.engine.guards import MADE_ANEW, Guarded, Parameters, World, of_scenario
from redline.engine.traces import Choice, choice_among
from redline.theory import (
    FIRST_ATTACK,
    FIRST_CRISIS,
    KILL,
    OPPORTUNITY,
    RUNG,
    RUNGS,
    SITE,
    SLOT_DIRECTIVE,
    SLOT_RESPONSE,
    SLOT_REVIEW,
    Actor,
    Faction,
    IranParameters,
    MilitiasParameters,
    Provocation,
    Response,
    UnitedStatesParameters,
    directive_terms,
    kill_chance,
    logit_weights,
    militia_slot,
    pick,
    pressure_felt,
    provocation_terms,
    response_terms,
    sustained_capability,
    table,
)

FACTION = 'militias.faction."NAME"'
GROUP = {Actor.UNITED_STATES: "united_states", Actor.IRAN: "iran", Actor.MILITIAS: "militias"}


@cache
def _parameters(actor: Actor) -> frozenset[str]:
    """Return the names of an actor's parameters, a faction's multipliers among them."""
    own = Faction._fields if actor is Actor.MILITIAS else ()
    return frozenset((*table(GROUP[actor]), *own))


class Chooser(mesa.Agent):  # type: ignore[misc]
    """An agent that makes logit choices among rungs."""

    actor: Actor
    model: World
    choice = Guarded[Choice | None](MADE_ANEW)
    """The choice of this week; None where the agent made none."""

    def __init__(self, model: World) -> None:
        super().__init__(model)
        self.forced: int | None = None
        """The rung to take in the next step, whatever it is worth; None for a free choice."""
        self.choice = None

    def __setattr__(self, name: str, value: object) -> None:
        if name in _parameters(self.actor) and not hasattr(type(self), name):
            raise AttributeError(
                f"{name} is a parameter, which is the scenario's: model.scenario = vary("
                f"model.scenario, {{'{GROUP[self.actor]}.{name}': …}}) is obeyed"
            )
        super().__setattr__(name, value)

    def remove(self) -> None:
        """Refuse: the actors of a scenario stay.

        Raises
        ------
        RuntimeError
            Always, with what to do instead.
        """
        raise RuntimeError(
            "the actors of a scenario do not leave: take their options away with "
            "model.scenario = vary(model.scenario, forbid=[…]), or begin with other factions"
        )

    @property
    def scenario(self) -> Scenario:
        """The model's scenario."""
        return self.model.scenario

    @property
    def within_week(self) -> bool:
        """Whether a week is under way."""
        return self.model.within_week

    @property
    def utility(self) -> float | None:
        """What the choice of this week is worth to the agent; None where it made none."""
        return self.choice.utilities[self.choice.rung] if self.choice else None

    def choose(
        self,
        terms: list[tuple[float, ...]],
        allowed: int,
        draw: float,
        forced: int | None,
    ) -> int:
        """Return the rung that is taken, and keep what it rested on; see `choice_among`."""
        watched, rationality = self.scenario.watched(self.actor), self.parameters.rationality
        self.choice, barred = choice_among(terms, allowed, watched, rationality, draw, forced)
        self.model.barred[self.actor] |= barred
        return self.choice.rung

    def take_forced(self) -> int | None:
        """Return the forced rung of this step, if any; it holds for one step."""
        forced, self.forced = self.forced, None
        return forced


class UnitedStates(Chooser):
    """The target of provocation; answers every week (§4.5)."""

    actor = Actor.UNITED_STATES
    parameters = Parameters[UnitedStatesParameters]("united_states")
    response = Guarded[Response](MADE_ANEW)

    def __init__(self, model: World) -> None:
        super().__init__(model)
        self.pressure = 0.0
        """Q, provocation not yet answered."""
        self.response = Response.SILENCE

    def respond(self) -> None:
        """Choose this week's response."""
        model = self.model
        self.pressure = pressure_felt(
            self.parameters, self.pressure, model.severity, model.crossings
        )
        terms: list[tuple[float, ...]] = [
            response_terms(self.scenario, model.drivers, model, model, k) for k in range(RUNGS)
        ]
        allowed, draw = model.allowed(self.actor), model.draw(SLOT_RESPONSE)
        self.response = Response(self.choose(terms, allowed, draw, self.take_forced()))


class Iran(Chooser):
    """The sponsor; reviews its directive now and then (§4.2)."""

    actor = Actor.IRAN
    parameters = Parameters[IranParameters]("iran")

    def __init__(self, model: World) -> None:
        super().__init__(model)
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
        reviewed = model.draw(SLOT_REVIEW) < self.parameters.review
        stands = (allowed >> self.directive) & 1
        self.choice = None
        if forced is None and stands and not reviewed:
            return
        terms: list[tuple[float, ...]] = [
            directive_terms(self.scenario, model.drivers, model, k) for k in range(RUNGS)
        ]
        self.directive = Provocation(
            self.choose(terms, allowed, model.draw(SLOT_DIRECTIVE), forced)
        )


class Militia(Chooser):
    """A proxy; provokes when it has an opportunity (§4.3)."""

    actor = Actor.MILITIAS
    parameters = Parameters[MilitiasParameters]("militias", shared=True)
    number = Guarded[int]("it is part of the address of its draws", within_week=False)
    """Position among the militias, from 0: part of the address of its draws."""
    rung = Guarded[Provocation](MADE_ANEW)
    site = Guarded["int | None"](MADE_ANEW)
    """Position of the site of this week's attack, for rockets and drones."""
    killed = Guarded[bool](MADE_ANEW)
    """Whether this week's attack killed."""

    def __init__(self, model: World, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.capability = self.first_capability(self.scenario)
        """κ, in [0, 1]."""
        self.rung = Provocation.QUIET
        self.site = None
        self.killed = False
        self.forced_site: int | None = None
        self.forced_kill: bool | None = None

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self.scenario.members[self.number].name

    @property
    def faction(self) -> int:
        """Position of its faction."""
        return self.scenario.members[self.number].faction

    @of_scenario(FACTION)
    def multipliers(self) -> Faction:
        """By which its faction departs from what all militias share."""
        return self.scenario.factions[self.faction]

    @of_scenario(f"{FACTION}.zeal")
    def zeal(self) -> float:
        """Multiplier of zeal and grievance."""
        return float(self.multipliers.zeal)

    @of_scenario(f"{FACTION}.armament")
    def armament(self) -> float:
        """Multiplier of armament."""
        return float(self.multipliers.armament)

    @of_scenario(f"{FACTION}.loyalty")
    def loyalty(self) -> float:
        """Cost of departing from the directive."""
        return float(self.parameters.loyalty * self.multipliers.loyalty)

    @of_scenario(f"{FACTION}.vulnerability")
    def vulnerability(self) -> float:
        """Cost of the force that it expects in answer."""
        return float(self.parameters.vulnerability * self.multipliers.vulnerability)

    def first_capability(self, scenario: Scenario) -> float:
        """Return the capability with which it begins in a scenario."""
        return sustained_capability(
            scenario.drivers_by_week[0].armament, scenario.factions[self.faction].armament
        )

    def draw(self, purpose: int) -> float:
        """Return this week's draw for a purpose of this militia."""
        return self.model.draw(militia_slot(self.number, purpose))

    def provoke(self) -> None:
        """Choose a provocation, given an opportunity; and attack, if that is what it is."""
        forced = self.take_forced()
        site, self.forced_site = self.forced_site, None
        kill, self.forced_kill = self.forced_kill, None
        self.rung, self.site, self.killed, self.choice = Provocation.QUIET, None, False, None
        if forced is None and self.draw(OPPORTUNITY) >= self.scenario.opportunity:
            return
        allowed = self.model.allowed(self.actor) & self.capable()
        self.rung = Provocation(self.choose(self.terms(), allowed, self.draw(RUNG), forced))
        if self.rung >= FIRST_ATTACK:
            self.attack(site, kill)

    def terms(self) -> list[tuple[float, ...]]:
        """Return the terms of what each rung is worth to this militia this week."""
        model = self.model
        return [
            provocation_terms(self.scenario, model.drivers, model, self, k) for k in range(RUNGS)
        ]

    def capable(self) -> int:
        """Return the bit mask of the rungs within this militia's capability."""
        return self.scenario.within(self.capability)

    def attack(self, site: int | None, kill: bool | None) -> None:
        """Pick a site, for rockets and drones, and see whether the attack kills."""
        exposure = 1.0
        if self.rung < FIRST_CRISIS:
            self.site = self.pick_site() if site is None else site
            exposure = self.scenario.sites[self.site].exposure
        if kill is None:
            lethality = self.scenario.provocations[self.rung].lethality
            kill = self.draw(KILL) < kill_chance(self.rung, lethality, exposure)
        self.killed = kill

    def pick_site(self) -> int:
        """Return a site within reach, by logit on salience less caution × exposure (¶22)."""
        reachable = self.scenario.reachable[self.rung - FIRST_ATTACK]
        utilities, targeting = self.scenario.site_utilities, self.parameters.targeting
        return pick(logit_weights(utilities, reachable, targeting), self.draw(SITE))

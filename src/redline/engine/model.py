"""The readable engine: a Mesa model whose `step` is one week, in the order of §4."""

from __future__ import annotations

from pathlib import Path
from typing import SupportsIndex

import mesa
from mesa.datacollection import DataCollector

from redline.case import Scenario, drawn, load_scenario
from redline.engine.agents import Chooser, Iran, Militia, UnitedStates
from redline.engine.guards import MADE_ANEW, Guarded, of_agent
from redline.engine.inputs import Seed, chosen_seed, too_late
from redline.engine.reporters import MODEL_REPORTERS
from redline.support import InputError, described, whole
from redline.theory import (
    FIRST_ATTACK,
    MOST_REPLICATES,
    RUNGS,
    SITES,
    SLOT_TALKS,
    Actor,
    DrawPair,
    Drivers,
    Key,
    Provocation,
    Response,
    calm_left,
    capability_next,
    compounded_severity,
    control_next,
    draws,
    expectation_next,
    grievance_next,
    is_confrontation,
    leverage_next,
    pressure_left,
    red_line_crossings,
    seed_key,
    sustained_capability,
    talks_next,
)

UNREAD = {"weeks", "learning", "environment", "sites", "factions", "timeline", *Drivers._fields}
"""What a scenario holds and nobody would read on a model: setting it there would be ignored."""


class EscalationModel(mesa.Model):  # type: ignore[misc]
    """One replicate of a scenario, week by week.

    Parameters
    ----------
    scenario
        A built-in name, the path of a scenario file, or a `Scenario`.
    rng, seed
        Two names of the seed, in [0, 2**64); without one, the history is a fresh one. A numpy
        Generator gives its next draw. Chance is looked up by address (`redline.theory.chance`), so
        the replicate is the same in either engine; Mesa's own generators are seeded but
        unused.
    replicate
        Which history of that seed, in [0, 2**32).

    Attributes
    ----------
    seed : the seed of this history: with it, it can be had again
    scenario : all inputs; another may be set between two steps, see `scenario`
    running : False once open confrontation has begun or the horizon is reached
    confrontation : whether open confrontation has begun
    datacollector : one row a week, see `MODEL_REPORTERS`

    Raises
    ------
    InputError
        If the scenario cannot be read.
    NumberError
        An `InputError` and a ValueError: if the seed or the replicate is none, or both `rng`
        and `seed` are given.

    Examples
    --------
    >>> model = EscalationModel("baseline", rng=7)
    >>> while model.running:
    ...     model.step()
    >>> len(model.datacollector.get_model_vars_dataframe()) == model.week
    True
    """

    running: bool
    seed = Guarded[int]("a history has one seed: make another model", within_week=False)
    replicate = Guarded[int]("a history is one replicate: make another model", within_week=False)
    key = Guarded[Key]("it is the seed's", within_week=False)
    week = Guarded[int]("weeks are lived one after the other")
    """Weeks simulated: the number of the next week."""
    drivers = Guarded[Drivers](
        "they are the scenario's: model.scenario = vary(model.scenario, {'environment.unrest': …})"
    )
    provocation = Guarded[Provocation](MADE_ANEW)
    fatal = Guarded[int](MADE_ANEW)
    crossings = Guarded[int](MADE_ANEW)
    target = Guarded[Militia](MADE_ANEW)
    confrontation = Guarded[bool](MADE_ANEW)
    # With what is set below, this is the state and the week that the rules look at.
    directive: int = of_agent("iran", "directive")
    leverage: float = of_agent("iran", "leverage")
    control: float = of_agent("iran", "control")
    pressure: float = of_agent("united_states", "pressure")
    response: Response = of_agent("united_states", "response")

    @property
    def attacks(self) -> tuple[int, ...]:
        """Attacks of the week on each of the rungs 2 … 5."""
        rungs = [militia.rung for militia in self.militias]
        return tuple(rungs.count(rung) for rung in Provocation if rung >= FIRST_ATTACK)

    @property
    def sites(self) -> tuple[int, ...]:
        """Attacks of the week on rungs 2-3 at each site: (S,)."""
        hit = [militia.site for militia in self.militias]
        return tuple(hit.count(site) for site in range(len(SITES)))

    def __init__(
        self,
        scenario: str | Path | Scenario = "baseline",
        *,
        rng: Seed | None = None,
        seed: Seed | None = None,
        replicate: SupportsIndex = 0,
    ) -> None:
        self._ids_given = 0
        own_seed = chosen_seed(rng, seed)
        super().__init__(rng=own_seed)
        self._within_week = False
        self.seed = own_seed
        self.replicate = whole("replicate", replicate, 0, MOST_REPLICATES)
        self.key = seed_key(self.seed)
        self._inputs = drawn(load_scenario(scenario), self.seed, self.replicate)
        self.week = 0
        self.drivers = self.scenario.drivers_by_week[0]
        self.talks = self.scenario.environment.talks
        self.severity = 0.0
        self.grievance = 0.0
        self.expected = list(self.scenario.prior)
        """E, force expected in answer to each provocation rung: (K,)."""
        self.barred = dict.fromkeys(Actor, 0)
        """Bit masks of rungs barred since this replicate's first choice of them."""
        self.provocation = Provocation.QUIET
        self.fatal = 0
        self.crossings = 0
        self.confrontation = False
        self._blocks: dict[int, DrawPair] = {}
        self.united_states = UnitedStates(self)
        self.iran = Iran(self)
        self.militias = [Militia(self, number) for number in range(len(self.scenario.members))]
        self.target = self.militias[0]
        self.datacollector = DataCollector(model_reporters=MODEL_REPORTERS)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self.scenario.name}, seed {self.seed}, "
            f"replicate {self.replicate}, week {self.week}>"
        )

    @property
    def within_week(self) -> bool:
        """Whether a week is under way."""
        return self._within_week

    # The scenario, and another in its place

    @property
    def scenario(self) -> Scenario:
        """All inputs but seed and replicate.

        Another that is set holds from the next step on: a built-in name, the path of a file or
        a `Scenario`. Where no week is past yet, it is as if the model had begun with
        it. What could not be obeyed any more is refused.

        Raises
        ------
        InputError
            For other militias, a horizon that has passed, or what holds at the start or in
            weeks that are past, such as another timeline of them.
        """
        return self._inputs

    @scenario.setter
    def scenario(self, value: str | Path | Scenario) -> None:
        if "_inputs" not in vars(self):
            return  # Mesa 3.5 has an attribute of this name too, and sets one of its own kind
        if not isinstance(value, str | Path | Scenario):
            raise InputError(f"a scenario is a name, a path or a Scenario, not {described(value)}")
        old, new = self.scenario, drawn(load_scenario(value), self.seed, self.replicate)
        found = [f"{new.name}: {why}" for why in too_late(self, new)]
        if found:
            raise InputError(found)
        if not self.week + self.within_week:
            self._begin_with(old, new)
        for actor in Actor:  # a ban that is lifted holds no more
            self.barred[actor] &= ~(old.watched(actor) & ~new.watched(actor))
        if self.running or (self.week >= old.weeks and not self.confrontation):
            self.running = self.week < new.weeks
        self._inputs = new

    def _begin_with(self, old: Scenario, new: Scenario) -> None:
        """Begin as another scenario does, but for what was set by hand."""
        self.__dict__["drivers"] = new.drivers_by_week[0]
        if self.talks == old.environment.talks:
            self.talks = new.environment.talks
        if self.expected == list(old.prior):
            self.expected = list(new.prior)
        for militia in self.militias:
            if militia.capability == militia.first_capability(old):
                militia.capability = militia.first_capability(new)

    def __setattr__(self, name: str, value: object) -> None:
        if name in UNREAD:
            raise AttributeError(f"{name} is the scenario's: model.scenario = vary(…) is obeyed")
        super().__setattr__(name, value)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent under the next unique id.

        Mesa 3.3 counts ids in a global table that keeps every model alive; this model counts
        for itself and leaves nothing there.
        """
        super().register_agent(agent)
        self._ids_given += 1
        agent.unique_id = self._ids_given
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    # Chance and options

    def draw(self, slot: int) -> float:
        """Return this week's draw of a slot, uniform in [0, 1)."""
        block = slot // 2
        if block not in self._blocks:
            self._blocks[block] = draws(self.key, self.replicate, self.week, block)
        return self._blocks[block][slot % 2]

    def allowed(self, actor: Actor) -> int:
        """Return the bit mask of the rungs open to an actor now."""
        return self.scenario.allowed(actor, self.week) & ~self.barred[actor]

    # One week

    def step(self) -> None:
        """Simulate one week.

        Raises
        ------
        RuntimeError
            If the replicate has ended, or a step was interrupted.
        """
        self._check_goes_on()
        self.open_week()
        self.update_talks()  # 4.1
        self.iran.review_directive()  # 4.2
        for militia in self.militias:  # 4.3
            militia.provoke()
        self.take_stock()  # 4.4
        self.united_states.respond()  # 4.5
        self.learn()  # 4.6
        self.settle()  # 4.7
        self.close_week()  # 4.8

    def _wrapped_step(self, *arguments: object, **named: object) -> None:
        # What Mesa calls for `step`. After a step that raised, Mesa 3.5 would do nothing, for ever.
        self._check_goes_on()
        super()._wrapped_step(*arguments, **named)

    def _check_goes_on(self) -> None:
        """Check that there is another week; see `step`."""
        if not self.running or self.week >= self.scenario.weeks:
            raise RuntimeError("this replicate has ended")
        if self.within_week:
            raise RuntimeError(
                f"week {self.week} was interrupted and is half lived: make the model anew, with "
                f"seed={self.seed}, replicate={self.replicate}"
            )

    def open_week(self) -> None:
        """Look up the week's drivers and the moves that the scenario forces.

        A move that was forced by hand takes the place of the scenario's.
        """
        self._within_week = True
        self._blocks.clear()
        self.drivers = self.scenario.drivers_by_week[self.week]
        choosers: list[Chooser] = [self.united_states, self.iran, *self.militias]
        by_hand = [chooser for chooser in choosers if chooser.forced is not None]
        for move in self.scenario.forced:
            if move.week == self.week and self.chooser(move.actor, move.militia) not in by_hand:
                self.force(move.actor, move.rung, move.militia, move.site, move.killed)

    def chooser(self, actor: Actor, militia: int | None = None) -> Chooser:
        """Return the agent of an actor; of the militias, the one of a number (0 by default)."""
        if actor is Actor.MILITIAS:
            return self.militias[militia or 0]
        return self.united_states if actor is Actor.UNITED_STATES else self.iran

    def force(
        self,
        actor: Actor,
        rung: int,
        militia: int | None = None,
        site: int | None = None,
        kill: bool | None = None,
    ) -> None:
        """Make an actor take a rung (and a militia hit a site, or kill) in the coming step.

        Raises
        ------
        InputError
            If there is no such actor, militia, rung or site.
        """
        if not isinstance(actor, Actor):
            raise InputError(f"actor must be one of redline.theory.Actor, not {described(actor)}")
        number = whole("militia", 0 if militia is None else militia, 0, len(self.militias))
        agent = self.chooser(actor, number)
        if isinstance(agent, Militia):
            agent.forced_site = None if site is None else whole("site", site, 0, len(SITES))
            agent.forced_kill = kill
        elif militia is not None or site is not None or kill is not None:
            raise InputError("only a militia has a number, a site, or kills")
        agent.forced = whole("rung", rung, 0, RUNGS)

    def update_talks(self) -> None:
        """Start, end or continue the talks (§4.1)."""
        self.talks = talks_next(
            self.scenario.environment,
            self.talks,
            self.drivers.diplomacy,
            self.severity,
            self.draw(SLOT_TALKS),
        )

    def take_stock(self) -> None:
        """Sum up what the militias did (§4.4)."""
        self.provocation = Provocation.QUIET
        self.target = self.militias[0]
        self.fatal = 0
        calm = 1.0
        for militia in self.militias:
            if militia.rung > self.provocation:
                self.provocation, self.target = militia.rung, militia
            if militia.rung >= FIRST_ATTACK:
                calm = calm_left(calm, self.scenario.provocations[militia.rung].severity)
            self.fatal += militia.killed
        spoke = int(self.provocation >= Provocation.STATEMENT)
        statement = self.scenario.provocations[Provocation.STATEMENT].severity
        self.severity = compounded_severity(calm, spoke, statement)
        self.crossings = red_line_crossings(self.fatal, int(self.provocation))

    def learn(self) -> None:
        """Let all of them see which force answered which provocation (§4.6)."""
        provoked, force = int(self.provocation), self.force_applied
        self.expected = [
            expectation_next(
                self.scenario.learning,
                self.expected[k],
                self.scenario.prior[k],
                k,
                provoked,
                force,
            )
            for k in range(RUNGS)
        ]

    @property
    def force_applied(self) -> float:
        """Force φ of the week's response."""
        return self.scenario.responses[self.united_states.response].force

    def settle(self) -> None:
        """Let the week have its consequences (§4.7)."""
        answer, force = int(self.united_states.response), self.force_applied
        environment = self.scenario.environment
        self.united_states.pressure = pressure_left(self.united_states.pressure, force)
        self.iran.leverage = leverage_next(
            environment, self.iran.leverage, self.severity, self.talks
        )
        self.grievance = grievance_next(self.scenario.militias, self.grievance, answer, force)
        for militia in self.militias:
            militia.capability = capability_next(
                self.scenario.militias,
                militia.capability,
                sustained_capability(self.drivers.armament, militia.multipliers.armament),
                answer >= 3 and militia.faction == self.target.faction,
                force,
            )
        self.iran.control = control_next(environment, self.iran.control, answer, force)

    def close_week(self) -> None:
        """See whether this is open confrontation (§4.8), and write the week down."""
        self.confrontation = is_confrontation(
            int(self.provocation), int(self.iran.directive), int(self.united_states.response)
        )
        self.week += 1
        self._within_week = False
        self.running = not self.confrontation and self.week < self.scenario.weeks
        self.datacollector.collect(self)

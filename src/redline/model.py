"""The readable engine: a Mesa model whose `step` is one week, in the order of §4."""

from __future__ import annotations

from pathlib import Path

import mesa
from mesa.datacollection import DataCollector

from redline import chance, rules
from redline.agents import Iran, Militia, UnitedStates
from redline.scenario import Scenario
from redline.scenario_file import drawn, load
from redline.state import FIRST_ATTACK, FREE, Actor, Provocation
from redline.traces import Trace, new_trace


def provocation(model: EscalationModel) -> int:
    """Return the week's highest provocation, a rung."""
    return int(model.provocation)


def response(model: EscalationModel) -> int:
    """Return the week's response, a rung."""
    return int(model.united_states.response)


def directive(model: EscalationModel) -> int:
    """Return the standing directive, a rung."""
    return int(model.iran.directive)


def severity(model: EscalationModel) -> float:
    """Return the week's severity S."""
    return model.severity


def pressure(model: EscalationModel) -> float:
    """Return the pressure Q left unanswered at the end of the week."""
    return model.united_states.pressure


def leverage(model: EscalationModel) -> float:
    """Return Iran's leverage L at the end of the week."""
    return model.iran.leverage


def control(model: EscalationModel) -> float:
    """Return Iran's control χ at the end of the week."""
    return model.iran.control


def attacks(model: EscalationModel) -> int:
    """Return how many attacks there were in the week."""
    return sum(militia.rung >= FIRST_ATTACK for militia in model.militias)


def fatal_attacks(model: EscalationModel) -> int:
    """Return how many attacks of the week killed."""
    return model.fatal


def crossings(model: EscalationModel) -> int:
    """Return how often the red line was crossed in the week."""
    return model.crossings


def talks(model: EscalationModel) -> int:
    """Return 1 if the talks were on in the week."""
    return model.talks


MODEL_REPORTERS = {
    function.__name__: function
    for function in (
        provocation,
        response,
        directive,
        talks,
        attacks,
        fatal_attacks,
        crossings,
        severity,
        pressure,
        leverage,
        control,
    )
}


class EscalationModel(mesa.Model):  # type: ignore[misc]
    """One replicate of a scenario, week by week.

    Parameters
    ----------
    scenario
        A built-in name, the path of a scenario file, or a `Scenario`.
    rng
        The seed, in [0, 2**64). Chance is looked up by address (`redline.chance`), so the
        replicate is the same in either engine; Mesa's own generators are seeded but unused.
    replicate
        Which history of that seed, in [0, 2**32).

    Attributes
    ----------
    running : False once open confrontation has begun or the horizon is reached
    confrontation : whether open confrontation has begun
    datacollector : one row a week, see `MODEL_REPORTERS`

    Raises
    ------
    InputError
        If the scenario cannot be read.
    ValueError
        If the seed or the replicate is out of range.

    Examples
    --------
    >>> model = EscalationModel("baseline", rng=7)
    >>> while model.running:
    ...     model.step()
    >>> len(model.datacollector.get_model_vars_dataframe()) == model.week
    True
    """

    def __init__(
        self, scenario: str | Path | Scenario = "baseline", *, rng: int = 1, replicate: int = 0
    ) -> None:
        self._ids_given = 0
        super().__init__(rng=rng)
        if not 0 <= replicate < chance.MOST_REPLICATES:
            raise ValueError(f"replicate must be in [0, 2**32), not {replicate}")
        self.key = chance.seed_key(rng)
        self.scenario = drawn(load(scenario), rng, replicate)
        self.replicate = replicate
        self.week = 0
        """Weeks lived: the number of the next week."""
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
        self._blocks: dict[int, chance.Draws] = {}
        self.united_states = UnitedStates(self)
        self.iran = Iran(self)
        self.militias = [Militia(self, number) for number in range(len(self.scenario.members))]
        self.target = self.militias[0]
        self.datacollector = DataCollector(model_reporters=MODEL_REPORTERS)

    @property
    def scenario(self) -> Scenario:
        """All inputs but seed and replicate."""
        return self._inputs

    @scenario.setter
    def scenario(self, value: object) -> None:
        # Mesa 3.5 has an attribute of this name too, and sets an empty scenario of its own.
        if isinstance(value, Scenario):
            self._inputs = value

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
            self._blocks[block] = chance.draws(self.key, self.replicate, self.week, block)
        return self._blocks[block][slot % 2]

    def allowed(self, actor: Actor) -> int:
        """Return the bit mask of the rungs open to an actor now."""
        return self.scenario.allowed(actor, self.week) & ~self.barred[actor]

    # One week

    def step(self) -> None:
        """Live one week.

        Raises
        ------
        RuntimeError
            If the replicate has ended.
        """
        if not self.running:
            raise RuntimeError("this replicate has ended")
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

    def open_week(self) -> None:
        """Look up the week's drivers and the moves that the scenario forces."""
        self._blocks.clear()
        self.drivers = self.scenario.drivers_by_week[self.week]
        for move in self.scenario.forced:
            if move.week == self.week:
                self.force(move.actor, move.rung, move.militia, move.site, move.killed)

    def force(
        self,
        actor: Actor,
        rung: int,
        militia: int | None = None,
        site: int | None = None,
        kill: bool | None = None,
    ) -> None:
        """Make an actor take a rung (and a militia hit a site, or kill) in the coming step."""
        if actor is Actor.UNITED_STATES:
            self.united_states.forced = rung
        elif actor is Actor.IRAN:
            self.iran.forced = rung
        else:
            agent = self.militias[militia or 0]
            agent.forced, agent.forced_site, agent.forced_kill = rung, site, kill

    def update_talks(self) -> None:
        """Start, end or continue the talks (§4.1)."""
        self.talks = rules.talks_next(
            self.scenario.environment,
            self.talks,
            self.drivers.diplomacy,
            self.severity,
            self.draw(chance.SLOT_TALKS),
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
                calm = rules.calm_left(calm, self.scenario.provocations[militia.rung].severity)
            self.fatal += militia.killed
        spoke = int(self.provocation >= Provocation.STATEMENT)
        statement = self.scenario.provocations[Provocation.STATEMENT].severity
        self.severity = rules.compounded_severity(calm, spoke, statement)
        self.crossings = rules.red_line_crossings(self.fatal, int(self.provocation))

    def learn(self) -> None:
        """Let all of them see which force answered which provocation (§4.6)."""
        rules.learn(
            self.scenario.learning,
            self.expected,
            self.scenario.prior,
            int(self.provocation),
            self.force_applied,
        )

    @property
    def force_applied(self) -> float:
        """Force φ of the week's response."""
        return self.scenario.responses[self.united_states.response].force

    def settle(self) -> None:
        """Let the week have its consequences (§4.7)."""
        answer, force = int(self.united_states.response), self.force_applied
        environment = self.scenario.environment
        self.united_states.pressure = rules.pressure_left(self.united_states.pressure, force)
        self.iran.leverage = rules.leverage_next(
            environment, self.iran.leverage, self.severity, self.talks
        )
        self.grievance = rules.grievance_next(self.scenario.militias, self.grievance, answer, force)
        for militia in self.militias:
            militia.capability = rules.capability_next(
                self.scenario.militias,
                militia.capability,
                rules.sustained_capability(self.drivers.armament, militia.multipliers.armament),
                answer >= 3 and militia.faction == self.target.faction,
                force,
            )
        self.iran.control = rules.control_next(environment, self.iran.control, answer, force)

    def close_week(self) -> None:
        """See whether this is open confrontation (§4.8), and write the week down."""
        self.confrontation = rules.is_confrontation(
            int(self.provocation), int(self.iran.directive), int(self.united_states.response)
        )
        self.week += 1
        self.running = not self.confrontation and self.week < self.scenario.weeks
        self.datacollector.collect(self)


class MesaEngine:
    """Run replicates of one scenario under one seed, each as an `EscalationModel`."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed

    def stop(self) -> None:
        """Do nothing: this engine runs in one thread, which an interrupt reaches itself."""

    def run(
        self, first: int, replicates: int, moves: bool = False, into: Trace | None = None
    ) -> Trace:
        """Return the trace of the replicates [first, first + replicates).

        Equal, bit for bit, to that of the batch engine. `into` is for the engines'
        common interface; this one always takes new memory.
        """
        trace = new_trace(self.scenario, first, replicates, moves)
        for row in range(replicates):
            model = EscalationModel(self.scenario, rng=self.seed, replicate=first + row)
            while model.running:
                model.step()
                write_week(model, trace, row)
            trace.lived[row] = model.week
            trace.over[row] = model.confrontation
        return trace


def write_week(model: EscalationModel, trace: Trace, row: int) -> None:
    """Write the week that a model has just lived into a trace."""
    number = model.week - 1
    week = trace.weeks[row, number]
    for militia in model.militias:
        if militia.rung >= FIRST_ATTACK:
            week["attacks"][militia.rung - FIRST_ATTACK] += 1
        if militia.site is not None:
            week["sites"][militia.site] += 1
        if trace.moves.shape[1]:
            site = FREE if militia.site is None else militia.site
            trace.moves[row, number, militia.number] = (militia.rung, site, militia.killed)
            trace.capability[row, number, militia.faction] = militia.capability
    week["target"] = model.target.number
    week["fatal"] = model.fatal
    week["crossings"] = model.crossings
    week["provocation"] = model.provocation
    week["response"] = model.united_states.response
    week["talks"] = model.talks
    week["directive"] = model.iran.directive
    week["severity"] = model.severity
    week["pressure"] = model.united_states.pressure
    week["leverage"] = model.iran.leverage
    week["grievance"] = model.grievance
    week["control"] = model.iran.control
    week["expected"] = model.expected
    pooled = 0.0
    for militia in model.militias:
        if militia.utility is not None:
            pooled += militia.utility
    week["utility"] = (model.united_states.utility, model.iran.utility or 0.0, pooled)

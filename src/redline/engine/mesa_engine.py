"""The readable engine behind the interface of the batch engine: a model for each replicate."""

from redline.case import Scenario
from redline.engine.model import EscalationModel
from redline.engine.traces import Tally, Trace, measure, new_trace
from redline.theory import FREE, Week

ELSEWHERE = {"target", "utility"}
SAME_NAMES = [name for name in Week.__annotations__ if name not in ELSEWHERE]
"""What a week of the trace and a model call by the same name."""


class MesaEngine:
    """Run replicates of one scenario under one seed, each as an `EscalationModel`."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed

    def stop(self) -> None:
        """Do nothing: this engine runs in one thread, which an interrupt reaches itself."""

    def tally(self, first: int, replicates: int) -> Tally:
        """Return the measures of the replicates [first, first + replicates)."""
        return measure(self.run(first, replicates))

    def run(self, first: int, replicates: int, moves: bool = False) -> Trace:
        """Return the trace of the replicates [first, first + replicates).

        Equal, bit for bit, to that of the batch engine.
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
    """Write the week that a model has just simulated into a trace."""
    number = model.week - 1
    week = trace.weeks[row, number]
    if trace.moves.shape[1]:
        for militia in model.militias:
            site = FREE if militia.site is None else militia.site
            trace.moves[row, number, militia.number] = (militia.rung, site, militia.killed)
            trace.capability[row, number, militia.faction] = militia.capability
    for name in SAME_NAMES:
        week[name] = getattr(model, name)
    week["target"] = model.target.number
    pooled = 0.0
    for militia in model.militias:
        if militia.utility is not None:
            pooled += militia.utility
    week["utility"] = (model.united_states.utility, model.iran.utility or 0.0, pooled)

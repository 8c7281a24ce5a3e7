"""The Mesa model: what any Mesa user may expect of it."""

import gc
import pickle
import subprocess
import sys
import tracemalloc
import weakref

import mesa
import numpy as np
import pytest

from redline.agents import Iran, Militia, UnitedStates
from redline.errors import InputError
from redline.model import MODEL_REPORTERS, EscalationModel
from redline.scenario_file import load, vary
from redline.simulation import trace
from redline.state import Actor, Provocation, Response


def finished(**arguments):
    model = EscalationModel(**arguments)
    while model.running:
        model.step()
    return model


def test_a_model_is_one_replicate_of_a_scenario():
    model = finished(scenario="talks_2021", rng=5, replicate=3)
    history = trace("talks_2021", 3, seed=5)
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(MODEL_REPORTERS)
    assert len(frame) == model.week == model.steps == history.lived[0]
    for name in (
        "provocation",
        "response",
        "directive",
        "talks",
        "severity",
        "pressure",
        "leverage",
        "control",
        "crossings",
    ):
        assert (frame[name] == history.weeks[name][0, : len(frame)]).all(), name
    assert (frame["fatal_attacks"] == history.weeks["fatal"][0, : len(frame)]).all()
    assert (frame["attacks"] == history.weeks["attacks"][0, : len(frame)].sum(axis=1)).all()
    assert model.confrontation == bool(history.over[0])


def test_the_agents_are_found_the_mesa_way():
    model = EscalationModel()
    kinds = model.agents_by_type
    assert {kind: len(kinds[kind]) for kind in kinds} == {UnitedStates: 1, Iran: 1, Militia: 6}
    assert isinstance(model, mesa.Model)
    assert [militia.name for militia in model.militias][:2] == [
        "Kata'ib Hezbollah",
        "Asa'ib Ahl al-Haq",
    ]
    assert sorted(agent.unique_id for agent in model.agents) == list(range(1, 9))
    assert len(model.agents.select(lambda agent: agent.actor is Actor.MILITIAS)) == 6


def test_agents_that_a_user_adds_get_ids_of_their_own():
    model = EscalationModel()
    observer = mesa.Agent(model)
    assert observer.unique_id == 9
    assert observer in model.agents


def test_a_player_forces_a_response_for_one_step():
    model = EscalationModel("standoff_2019_2021")
    model.united_states.forced = Response.STRIKE
    model.step()
    assert model.united_states.response is Response.STRIKE
    assert model.expected[int(model.provocation)] > model.scenario.prior[int(model.provocation)]
    assert model.united_states.forced is None
    model.step()
    assert model.united_states.response is not Response.STRIKE


def test_a_player_forces_a_militia():
    model = EscalationModel("standoff_2019_2021")
    model.force(Actor.MILITIAS, Provocation.DRONES, militia=2, site=4, kill=True)
    model.force(Actor.IRAN, Provocation.ASSAULT)
    model.step()
    assert model.militias[2].rung is Provocation.DRONES
    assert model.militias[2].site == 4
    assert model.fatal >= 1
    assert model.iran.directive is Provocation.ASSAULT


def test_a_step_after_the_end_is_an_error():
    model = finished(scenario=vary(load("baseline"), weeks=2))
    with pytest.raises(RuntimeError, match="has ended"):
        model.step()


def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="no scenario of that name"):
        EscalationModel("nowhere")
    with pytest.raises(ValueError, match="replicate must be in"):
        EscalationModel(replicate=-1)
    with pytest.raises(ValueError, match="seed must be in"):
        EscalationModel(rng=1 << 64)


def test_the_largest_seed_works():
    EscalationModel(rng=(1 << 64) - 1, replicate=(1 << 32) - 1).step()


def test_models_can_be_subclassed():
    class Dove(UnitedStates):
        def respond(self):
            self.forced = Response.SILENCE
            super().respond()

    class DoveModel(EscalationModel):
        def step(self):
            if not isinstance(self.united_states, Dove):
                self.united_states = Dove(self)
            super().step()

    model = DoveModel("standoff_2019_2021")
    for _ in range(20):
        model.step()
    assert set(model.datacollector.model_vars["response"]) == {0}


def test_reporters_can_be_pickled():
    assert pickle.loads(pickle.dumps(MODEL_REPORTERS)) == MODEL_REPORTERS


def test_a_dropped_model_is_freed():
    references = []
    for _ in range(20):
        model = EscalationModel()
        model.step()
        references.append(weakref.ref(model))
    del model
    gc.collect()
    assert not [reference for reference in references if reference() is not None]


def test_thousands_of_models_leave_no_leak():
    scenario = vary(load("baseline"), weeks=1)

    def run(models):
        for replicate in range(models):
            EscalationModel(scenario, replicate=replicate).step()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        run(100)
        before = run(100)
        after = run(2000)
    finally:
        tracemalloc.stop()
    # A model takes tens of kilobytes: 2,000 leaked ones would be tens of megabytes.
    assert after - before < 500_000


def test_importing_the_package_does_not_import_mesa():
    code = "import redline.experiment, redline.cli, sys; sys.exit('mesa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_expected_force_stays_a_share():
    model = finished(scenario="standoff_2019_2021", replicate=9)
    assert 0 <= np.min(model.expected) <= np.max(model.expected) <= 1

"""The Mesa model: what any Mesa user may expect of it."""

import copy
import gc
import pickle
import subprocess
import sys
import tracemalloc
import weakref

import mesa
import numpy as np
import pytest
from mesa.datacollection import DataCollector

from redline.case import build, load_scenario, vary
from redline.case.addresses import addresses_of, value_at
from redline.case.case import Scenario
from redline.engine.agents import Iran, Militia, UnitedStates
from redline.engine.batch import Block, encode
from redline.engine.guards import Guarded, Parameters
from redline.engine.mesa_engine import write_week
from redline.engine.model import EscalationModel
from redline.engine.reporters import MODEL_REPORTERS
from redline.engine.traces import new_trace
from redline.results.simulation import trace
from redline.support.errors import InputError
from redline.theory.chance import seed_key
from redline.theory.vocabulary import Actor, Provocation, Response


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
    model = EscalationModel("standoff_2019_2021", rng=1)
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
    model = finished(scenario=vary(load_scenario("baseline"), weeks=2))
    with pytest.raises(RuntimeError, match="has ended"):
        model.step()


def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="no scenario of that name"):
        EscalationModel("nowhere")
    with pytest.raises(ValueError, match="replicate must be in"):
        EscalationModel(replicate=-1)
    with pytest.raises(ValueError, match="seed must be in"):
        EscalationModel(rng=1 << 64)


# The seed


def test_without_a_seed_every_history_is_a_fresh_one_that_can_be_had_again():
    first, second = (finished(scenario=vary("baseline", weeks=20)) for _ in range(2))
    assert first.seed != second.seed
    assert 0 <= first.seed < 1 << 63
    again = finished(scenario=vary("baseline", weeks=20), rng=first.seed)
    assert again.datacollector.model_vars == first.datacollector.model_vars
    assert repr(again) == (
        f"<EscalationModel of baseline, seed {first.seed}, replicate 0, week {first.week}>"
    )


def test_seed_and_rng_are_two_names_of_one_seed():
    assert EscalationModel(seed=5).key == EscalationModel(rng=5).key == seed_key(5)
    assert EscalationModel(rng=None, seed=5).seed == EscalationModel(rng=5, seed=None).seed == 5
    for pair in ({"rng": 1, "seed": 2}, {"rng": 1, "seed": 1}, {"rng": 0, "seed": 0}):
        with pytest.raises(ValueError, match="two names of the one seed"):
            EscalationModel(**pair)


def test_generators_and_seed_sequences_are_seeds():
    one, other = (np.random.default_rng(1) for _ in range(2))
    drawn = [EscalationModel(rng=one).seed for _ in range(3)]
    assert len(set(drawn)) == 3
    assert [EscalationModel(seed=other).seed for _ in range(3)] == drawn
    assert EscalationModel(rng=np.random.PCG64(1)).seed == drawn[0]
    children = np.random.SeedSequence(1).spawn(2)
    seeds = [EscalationModel(rng=child).seed for child in children]
    assert seeds == [EscalationModel(rng=child).seed for child in children]
    assert len(set(seeds)) == 2


@pytest.mark.parametrize(
    "wrong",
    [3.0, np.float64(3), True, np.True_, "3", [3], (1, 2), np.array([3]), np.random, 3j],
    ids=repr,
)
def test_what_is_no_seed_is_refused(wrong):
    for name in ("rng", "seed"):
        with pytest.raises(ValueError, match="numpy Generator or SeedSequence, or None") as error:
            EscalationModel(**{name: wrong})
        assert type(wrong).__name__ in str(error.value)
    with pytest.raises(ValueError, match="replicate must be"):
        EscalationModel(replicate=wrong)


@pytest.mark.parametrize("wrong", [-1, np.int8(-1), 1 << 64, -(1 << 64)], ids=repr)
def test_a_seed_out_of_range_is_refused(wrong):
    with pytest.raises(InputError, match=r"seed must be in \[0, 2\*\*64\), not"):
        EscalationModel(seed=wrong)


NEW_RUNNER = pytest.mark.skipif(
    "agentset" not in dir(mesa), reason="Mesa before 3.5: batch_run takes no rng"
)


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ({"parameters": {}}, 1),
        ({"parameters": {}, "iterations": 3}, 3),
        ({"parameters": {"scenario": ["baseline", "talks_2021"]}, "iterations": 2}, 4),
        ({"parameters": {"scenario": "baseline", "rng": [1, 2, 3]}}, 3),
        ({"parameters": {"seed": [1, 2, 3]}}, 3),
        ({"parameters": {"rng": np.arange(3)}}, 3),
        ({"parameters": {"replicate": [0, 1], "rng": 7}}, 2),
        pytest.param({"parameters": {}, "rng": [1, 2]}, 2, marks=NEW_RUNNER),
        pytest.param({"parameters": {}, "rng": np.arange(2)}, 2, marks=NEW_RUNNER),
        pytest.param({"parameters": {}, "rng": [None] * 3}, 3, marks=NEW_RUNNER),
    ],
)
@pytest.mark.filterwarnings("ignore:The `iterations`:DeprecationWarning")
def test_mesas_batch_runner_gives_as_many_histories_as_asked_for(asked, runs):
    rows = pytest.importorskip("mesa.batchrunner").batch_run(
        EscalationModel, max_steps=30, data_collection_period=1, display_progress=False, **asked
    )
    histories = {}
    for row in rows:
        histories.setdefault(row["RunId"], []).append((row["severity"], row["leverage"]))
        alone = EscalationModel(row.get("scenario", "baseline"), seed=row["seed"])
    assert len(histories) == len({tuple(history) for history in histories.values()}) == runs
    assert alone.seed == row["seed"]


# Changes between two steps


def lived(model, weeks):
    """Live some weeks of a model; return them as `Week` records."""
    into = new_trace(model.scenario, 0, 1, moves=False)
    while model.running and model.week < weeks:
        model.step()
        write_week(model, into, 0)
    return into.weeks[0, :weeks]


def in_the_other_engine(old, new, change, seed):
    """Return the weeks of a history that a scenario takes over from another in a week."""
    before, after = (
        Block(encode(one), seed_key(seed), 1, trace=new_trace(one, 0, 1, moves=False))
        for one in (old, new)
    )
    before.advance(0, change)
    after.take(before, np.array([0]))
    after.advance(change, new.weeks)
    return after.trace.weeks[0, change:]


WORLD = vary("baseline", {"environment.talks": 1, "timeline.9.unrest": 0.5}, weeks=16)


def moved(document, address, note):
    """Return another valid value of an address."""
    low, high = note.bounds
    value = value_at(document, address)
    return low if value == high else min(high, 2 * value + 1)


def test_a_changed_scenario_is_obeyed_from_the_next_step_whatever_changed():
    change, seed, told = 6, 3, set()
    plain = lived(EscalationModel(WORLD, rng=seed), WORLD.weeks)[change:]
    for address, note in addresses_of(WORLD.document).items():
        if address in ("militias.cells", "environment.talks"):
            continue  # refused: see below
        new = vary(WORLD, {address: moved(WORLD.document, address, note)})
        model = EscalationModel(WORLD, rng=seed)
        lived(model, change)
        model.scenario = new
        found = lived(model, WORLD.weeks)[change:]
        assert (found == in_the_other_engine(WORLD, new, change, seed)).all(), address
        told |= set() if (found == plain).all() else {address.split(".")[0]}
    assert told == {"united_states", "iran", "militias", "learning", "environment", "timeline",
                    "ladder", "site"}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "weeks"),
    [
        ({"forbid": ["iran.rockets", "militias.rockets"]}, 16),
        ({"forbid": ["united_states.warning@8-9"]}, 16),
        ({"force": [{"actor": "Badr", "week": 7, "rung": "assault", "kill": True}]}, 16),
        ({"weeks": 12}, 12),
        ({"weeks": 20}, 20),
    ],
)
def test_bans_moves_and_horizons_are_obeyed_too(changes, weeks):
    new = vary(WORLD, **changes)
    for change in (1, 6):
        model = EscalationModel(WORLD, rng=3)
        lived(model, change)
        model.scenario = new
        found = lived(model, 99)[change:weeks]
        assert (found == in_the_other_engine(WORLD, new, change, 3)).all()
        assert not model.running
        assert model.week == weeks


def test_before_the_first_step_it_is_as_if_the_model_had_begun_so():
    for name in ("talks_2021", "standoff_2019_2021"):
        new = vary(name, {"iran.perceived_resolve": 0.9, "environment.armament": 0.1})
        model = EscalationModel("baseline", rng=2)
        model.scenario = new
        begun = EscalationModel(new, rng=2)
        assert (lived(model, 30) == lived(begun, 30)).all()
    model = EscalationModel(WORLD)
    model.talks = 0  # set by hand: it stays
    model.scenario = vary(WORLD, {"iran.review": 1})
    assert model.talks == 0


def test_a_longer_horizon_goes_on_and_a_lifted_ban_holds_no_more():
    model = finished(scenario=vary(WORLD, weeks=4), rng=3)
    model.scenario = WORLD
    assert model.running
    banned = vary(WORLD, forbid=["militias.rockets@first choice", "iran.drones@first choice"])
    model = EscalationModel(banned, rng=3)
    model.barred = dict.fromkeys(Actor, 0b1100)
    model.scenario = vary(WORLD, forbid=["iran.drones@first choice"])
    assert model.barred[Actor.MILITIAS] == 0b1000  # drones: by hand
    assert model.barred[Actor.IRAN] == 0b1100


def test_a_scenario_that_draws_gives_the_model_its_own_draw():
    values = {"iran.review": [0.1, 0.5, 0.9]}
    table = [{"actor": "iran", "week": 0, "rung": "quiet"}]
    drawing = build({**vary(WORLD, force=table).document, "draw": values}, "drawing", (), None)
    model = EscalationModel(WORLD, rng=4, replicate=2)
    model.scenario = drawing
    assert model.scenario == EscalationModel(drawing, rng=4, replicate=2).scenario
    assert model.iran.parameters.review in values["iran.review"]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (vary(WORLD, {"militias.cells": 2}), "keeps the militias that it began with"),
        (vary(WORLD, {"environment.talks": 0}), "holds at the start alone: set model.talks"),
        (vary(WORLD, weeks=4), "weeks must be at least 5, which have been lived, not 4"),
        (
            vary(WORLD, force=[{"actor": "iran", "week": 4, "rung": "quiet"}]),
            "force: week 4 has been lived",
        ),
        (vary(WORLD, forbid=["iran.drones@0-4"]), "forbid: weeks 0 to 4 have been lived"),
        (vary(WORLD, {"timeline.2.unrest": 0.1}), r"timeline\.2\.unrest: week 2 has been lived"),
        (
            vary(WORLD, {"timeline.4.unrest": 0.1, "timeline.7.unrest": 0.2}),
            r"timeline\.4\.unrest: week 4 has been lived; from now on: timeline\.5\.unrest",
        ),
        (
            vary(WORLD, {"environment.unrest": 0.1, "timeline.5.unrest": 0.2}),
            r"environment\.unrest holds until week 5, where the timeline sets it",
        ),
        ("nowhere", "no scenario of that name"),
        (None, "a scenario is a name, a path or a Scenario, not NoneType"),
        (WORLD.document, "a scenario is a name, a path or a Scenario, not FrozenTable"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_and_changes_nothing(new, why):
    model, other = (EscalationModel(WORLD, rng=3) for _ in range(2))
    lived(model, 5)
    lived(other, 5)
    with pytest.raises(InputError, match=why):
        model.scenario = new
    assert model.scenario is WORLD
    assert (lived(model, 16) == lived(other, 16)).all()


def test_a_timeline_that_has_been_lived_stays_and_what_is_to_come_may_change():
    scenario = vary("standoff_2019_2021")
    model, other = (EscalationModel(scenario, rng=3) for _ in range(2))
    for one in (model, other):
        while one.week < 60:
            one.step()
    for changes in ({"timeline.22.unrest": 0.1}, {"environment.unrest": 0.1}):
        assert vary(scenario, changes).drivers_by_week[60:] == scenario.drivers_by_week[60:]
        with pytest.raises(InputError, match=rf"{next(iter(changes))}.* week 22"):
            model.scenario = vary(scenario, changes)
    model.scenario = vary(scenario, {"timeline.60.unrest": 1, "iran.review": 0.5})
    model.step()
    assert model.drivers.unrest == 1


def test_an_actors_parameters_are_the_scenarios():
    model = EscalationModel(WORLD, rng=3)
    lived(model, 6)
    model.iran.parameters = model.iran.parameters._replace(review=np.float32(1), backlash=0)
    model.united_states.parameters = WORLD.united_states._replace(commitment=0)
    new = vary(WORLD, {"iran.review": 1, "iran.backlash": 0, "united_states.commitment": 0})
    assert model.scenario == new
    found = lived(model, 16)[6:]
    assert (found == in_the_other_engine(WORLD, new, 6, 3)).all()
    with pytest.raises(InputError, match=r"iran\.review must be at most 1, not 2"):
        model.iran.parameters = WORLD.iran._replace(review=2.0)
    with pytest.raises(InputError, match="expected IranParameters, not UnitedStatesParameters"):
        model.iran.parameters = WORLD.united_states
    with pytest.raises(AttributeError, match=r"model\.scenario = vary"):
        model.militias[0].parameters = WORLD.militias._replace(zeal=0)
    with pytest.raises(AttributeError, match=r'militias\.faction\."NAME"\.loyalty'):
        model.militias[0].loyalty = 0.0
    with pytest.raises(AttributeError):
        model.scenario.weeks = 3


def other_collector(model):
    return DataCollector(model_reporters={"week": lambda model: model.week})


class Silent(UnitedStates):
    def respond(self):
        self.response = Response.SILENCE  # within its week an agent may set it


OBEYED = {
    "talks": lambda model: 0,
    "severity": lambda model: 1.0,
    "grievance": lambda model: 9.0,
    "expected": lambda model: [0.0] * 6,
    "barred": lambda model: dict.fromkeys(Actor, 0b111110),
    "united_states": Silent,
    "iran": Iran,
    "militias": lambda model: model.militias[3:],
    "datacollector": other_collector,
}
OBEYED_OF_AGENTS = {
    "pressure": 9.0,
    "directive": Provocation.OFFENSIVE,
    "leverage": 9.0,
    "control": 0.0,
    "capability": 0.0,
    "forced": 4,
    "forced_site": 4,
    "forced_kill": True,
}
"""What may be set between two steps, to what makes a difference; to set all else raises."""


def public(thing, base):
    """Return the public attributes of a model or an agent that it has not from Mesa."""
    kinds = [kind for kind in type(thing).__mro__ if kind.__module__.startswith("redline")]
    ours = {name for kind in kinds for name, value in vars(kind).items()
            if isinstance(value, property | Guarded | Parameters)}  # fmt: skip
    return sorted(name for name in ours | set(vars(thing)) - base if not name.startswith("_"))


def test_nothing_that_may_be_set_is_ignored():
    fragile = vary(
        WORLD,
        {"environment.talks_fragility": 0.3, "environment.talks_end": 0, "militias.tempo": 9},
        weeks=30,
    )
    plain = lived(EscalationModel(fragile, rng=1), 30)

    def after(change):
        """Return the weeks after a change of all that is of a name, or None if it was refused."""
        model = EscalationModel(fragile, rng=1)
        lived(model, 6)
        collector = model.datacollector
        try:
            change(model)
        except (AttributeError, InputError):
            return None
        weeks = lived(model, 30)[6:]
        return [weeks, model.datacollector is not collector]

    def ignored(found):
        return (found[0] == plain[6:]).all() and not found[1]

    bare = {*dir(mesa.Model()), *vars(mesa.Model())}
    for name in public(EscalationModel(fragile), bare):
        value = OBEYED.get(name, lambda model: "anything")
        found = after(lambda model, n=name, v=value: setattr(model, n, v(model)))
        assert (found is None) == (name not in OBEYED), name
        # A new Iran begins anew as the old one did, so that only the rest of the week differs.
        assert found is None or not ignored(found), name
    model = EscalationModel(fragile)
    for kind, agent in (
        (UnitedStates, model.united_states),
        (Iran, model.iran),
        (Militia, model.militias[0]),
    ):
        for name in public(agent, {"model", "unique_id", "pos"}):
            value = OBEYED_OF_AGENTS.get(name, "anything")

            def change(model, kind=kind, name=name, value=value):
                for one in model.agents_by_type[kind]:
                    setattr(one, name, value)

            found = after(change)
            assert (found is None) == (name not in OBEYED_OF_AGENTS), (kind, name)
            assert found is None or not ignored(found), (kind, name)


def test_a_move_forced_by_hand_takes_the_place_of_the_scenarios():
    moves = [{"actor": "united_states", "week": 1, "rung": "campaign"},
             {"actor": "Badr", "week": 1, "rung": "quiet"}]  # fmt: skip
    model = EscalationModel(vary(WORLD, force=moves), rng=3)
    model.step()
    model.united_states.forced = Response.WARNING
    model.step()
    assert model.united_states.response is Response.WARNING
    assert model.militias[4].rung is Provocation.QUIET


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"actor": "iran", "rung": 2}, "actor must be one of"),
        ({"actor": Actor.IRAN, "rung": 6}, "rung must be in 0 … 5, not 6"),
        ({"actor": Actor.IRAN, "rung": 2, "site": 1}, "only a militia has"),
        ({"actor": Actor.MILITIAS, "rung": 2, "militia": -1}, "militia must be in 0 … 5"),
        ({"actor": Actor.MILITIAS, "rung": 2, "site": 5}, "site must be in 0 … 4"),
    ],
)
def test_a_move_that_does_not_exist_is_refused_at_once(asked, why):
    model = EscalationModel(WORLD, rng=3)
    with pytest.raises(InputError, match=why):
        model.force(**asked)
    assert not any(agent.forced for agent in model.agents)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_as_its_original(how):
    model = EscalationModel(WORLD, rng=3)
    lived(model, 6)
    other = how(model)
    other.scenario = vary(WORLD, {"iran.review": 1})
    assert isinstance(model.scenario, Scenario)
    assert model.scenario == WORLD
    other.scenario = WORLD
    assert (lived(model, 16) == lived(other, 16)).all()


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


def test_models_leave_nothing_behind():
    scenario, models = vary(load_scenario("baseline"), weeks=1), 200

    def run():
        for replicate in range(models):
            EscalationModel(scenario, replicate=replicate).step()
        gc.collect()
        return sys.getallocatedblocks()

    run()  # which fills what is kept for all of them
    before = run()
    # A model that leaves anything leaves a block of memory at least; the interpreter's own
    # caches grow by a few.
    assert run() - before < models


@pytest.mark.second_tier(
    "thousands of models, every allocation traced; test_models_leave_nothing_behind stands for it"
)
def test_thousands_of_models_leave_no_leak():
    scenario = vary(load_scenario("baseline"), weeks=1)

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
    code = (
        "import redline.results.storage.running, redline.cli, sys; sys.exit('mesa' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_expected_force_stays_a_share():
    model = finished(scenario="standoff_2019_2021", replicate=9)
    assert 0 <= np.min(model.expected) <= np.max(model.expected) <= 1


@pytest.mark.parametrize("method", ["update_talks", "learn", "close_week"])
def test_a_week_that_was_interrupted_is_not_lived_twice(monkeypatch, method):
    model = EscalationModel("crisis_2020", rng=1)
    model.step()

    def interrupted(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EscalationModel, method, interrupted)
        with pytest.raises(KeyboardInterrupt):
            model.step()
    with pytest.raises(RuntimeError, match="week 1 was interrupted and is half lived"):
        model.step()


def test_what_nobody_would_read_cannot_be_set():
    model = EscalationModel("crisis_2020", rng=1)
    for holder, name in (
        (model.united_states, "commitment"), (model.united_states, "rationality"),
        (model.iran, "review"), (model.militias[0], "zeal"), (model.militias[0], "tempo"),
        (model, "weeks"), (model, "unrest"),
    ):  # fmt: skip
        with pytest.raises(AttributeError, match="vary"):
            setattr(holder, name, 0.5)
    model.note = model.iran.note = "one's own attributes may be set"
    with pytest.raises(RuntimeError, match="do not leave"):
        model.militias[0].remove()

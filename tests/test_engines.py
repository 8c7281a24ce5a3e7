"""Two engines, one truth: equal traces, bit for bit, for every scenario, seed, replicate."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compare import differing, same_bits
from redline.case import build, load_scenario, vary
from redline.case.tables import problems
from redline.engine import batch as engine_module
from redline.engine.batch import BatchEngine
from redline.engine.mesa_engine import MesaEngine
from redline.engine.traces import new_trace
from redline.results.outcomes import measure
from redline.results.simulation import simulate, trace
from redline.results.tallies import tallies
from redline.support.library import built_in
from redline.theory import week
from redline.theory.chance import seed_key
from redline.theory.records import Stance, State, new_records
from strategies import documents, in_both_tiers

SEED = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**32, 2**64 - 1]))
REPLICATE = st.one_of(st.integers(0, 2**32 - 3), st.sampled_from([0, 2**32 - 3]))
FIELDS = ("lived", "over", "weeks", "moves", "capability")

LIMITS = {
    # One militia; an offensive that Iran orders in week 0; a campaign in week 0; sixty.
    "one militia": {"weeks": 4, "militias": {"faction": [{"name": "A"}]}},
    "ordered offensive": {
        "weeks": 3,
        "militias": {"faction": [{"name": "A"}]},
        "force": [
            {"actor": "iran", "week": 0, "rung": "offensive"},
            {"actor": "A", "week": 0, "rung": "offensive"},
        ],
    },
    "campaign at once": {
        "weeks": 3,
        "force": [{"actor": "united_states", "week": 0, "rung": "campaign"}],
    },
    "sixty": {"weeks": 6, "militias": {"cells": 10, "tempo": 200.0}},
    "nothing is open": {
        "weeks": 6,
        "forbid": [
            {"actor": "militias", "rung": rung}
            for rung in ("quiet", "statement", "rockets", "drones", "assault", "offensive")
        ],
    },
}


def scenario_of(document):
    full = {**document}
    assert not list(problems(full))
    return build(full, "random", (), None)


def assert_equal(ours, theirs):
    for name in FIELDS:
        assert not differing(getattr(ours, name), getattr(theirs, name)), name


@in_both_tiers(40, 150)
def test_traces_are_equal_for_random_scenarios(examples):
    @settings(max_examples=examples)
    @given(documents(), SEED, REPLICATE)
    def equal(document, seed, replicate):
        scenario = scenario_of(document)
        batch = BatchEngine(scenario, seed).run(replicate, 2, moves=True)
        mesa = MesaEngine(scenario, seed).run(replicate, 2, moves=True)
        assert_equal(batch, mesa)
        for name in ("severity", "pressure", "leverage", "control", "expected", "utility"):
            assert np.isfinite(batch.weeks[name]).all()
        assert batch.weeks["provocation"].min() >= 0
        assert batch.weeks["provocation"].max() <= 5

    equal()


@in_both_tiers(5, 20)
@pytest.mark.parametrize("name", LIMITS)
def test_traces_are_equal_at_the_limits(name, examples):
    scenario = scenario_of(LIMITS[name])
    batch = BatchEngine(scenario, 3).run(0, examples, moves=True)
    assert_equal(batch, MesaEngine(scenario, 3).run(0, examples, moves=True))
    if name in ("ordered offensive", "campaign at once"):
        assert batch.over.all()
        assert (batch.lived == 1).all()
    if name == "nothing is open":
        assert not batch.weeks["provocation"].any()


@pytest.mark.parametrize("name", sorted(built_in()))
def test_traces_are_equal_for_every_built_in_scenario(name):
    assert_equal(trace(name, 40, 3), trace(name, 40, 3, engine="mesa"))


def test_measures_are_equal():
    batch = simulate("standoff_2019_2021", 5)
    mesa = simulate("standoff_2019_2021", 5, engine="mesa")
    assert same_bits(batch.measures, mesa.measures)
    assert same_bits(batch.counts, mesa.counts)


# The kernel as plain Python equals the kernel compiled


def run_plain(scenario, seed, first, replicates):
    encoded = engine_module.encode(scenario)
    result = new_trace(scenario, first, replicates, True)
    states = new_records(State, replicates).view(np.recarray)
    week.advance(
        encoded.plan.view(np.recarray)[0],
        encoded.schedule.view(np.recarray),
        encoded.multipliers.view(np.recarray),
        encoded.factions,
        encoded.script.view(np.recarray),
        np.zeros((2, 2 + len(scenario.members))),
        seed_key(seed),
        first,
        0,
        scenario.weeks,
        states,
        new_records(Stance, replicates, len(scenario.factions)).view(np.recarray),
        result.weeks.view(np.recarray),
        result.moves.view(np.recarray),
        result.capability,
    )
    result.lived[:], result.over[:] = states["lived"], states["over"]
    return result


@settings(max_examples=25)
@given(documents(most_cells=2), SEED)
@example(LIMITS["ordered offensive"], 1)
@example(LIMITS["nothing is open"], 1)
def test_the_plain_kernel_equals_the_compiled_one(document, seed):
    scenario = scenario_of(document)
    with np.errstate(all="ignore"):
        plain = run_plain(scenario, seed, 7, 2)
    assert_equal(plain, BatchEngine(scenario, seed).run(7, 2, moves=True))


def test_the_plain_tally_equals_the_compiled_one():
    from redline.theory.tally import Measures, WeekCounts, tally_block

    scenario = load_scenario("talks_2021")
    batch = BatchEngine(scenario, 1).run(0, 12)
    measures = new_records(Measures, 12).view(np.recarray)
    counts = new_records(WeekCounts, scenario.weeks).view(np.recarray)
    weeks = batch.weeks.view(np.recarray)
    tally_block(batch.lived, batch.over, weeks, measures, counts)
    compiled = measure(batch)
    assert same_bits(measures, compiled.measures)
    assert same_bits(counts, compiled.counts)


# A replicate is the same alone or among many, on one thread or two


def test_a_replicate_is_the_same_alone_or_among_many():
    scenario = load_scenario("standoff_2019_2021")
    runner = BatchEngine(scenario, 1)
    among = {block.first: block.measures for block in tallies(scenario, 10_000, workers=2)}
    assert len(among) > 10
    for first in list(among)[:: len(among) // 5]:
        alone = measure(runner.run(first + 3, 1)).measures
        assert same_bits(alone, among[first][3:4])


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_blocks_and_threads_change_nothing(size):
    scenario = load_scenario("talks_2021")
    reference = simulate(scenario, 300, workers=1)
    blocks = list(tallies(scenario, 300, workers=3, size=size))
    assert [block.first for block in blocks] == list(range(0, 300, size))
    assert same_bits(np.concatenate([b.measures for b in blocks]), reference.measures)


def test_a_long_replicate_in_steps_of_weeks_is_the_same(monkeypatch):
    scenario = load_scenario("standoff_2019_2021")
    whole = BatchEngine(scenario, 5).run(0, 4, moves=True)
    monkeypatch.setattr(engine_module, "BLOCK_DECISIONS", 40)
    stepped = BatchEngine(scenario, 5)
    assert len(list(stepped._steps(4))) > 10
    assert_equal(stepped.run(0, 4, moves=True), whole)


def test_a_trace_written_over_an_old_one_is_the_same():
    cheap, dear = load_scenario("cheap_war"), load_scenario("standoff_2019_2021")
    used = BatchEngine(dear, 1).run(0, 30, moves=True)
    assert_equal(
        BatchEngine(cheap, 1).run(0, 30, moves=True, into=used),
        BatchEngine(cheap, 1).run(0, 30, moves=True),
    )


def test_two_scenarios_share_the_chance_of_a_replicate():
    base = trace("standoff_2019_2021", 0, 50)
    later = vary(load_scenario("standoff_2019_2021"), {"timeline.100.diplomacy": 1.0})
    other = trace(later, 0, 50)
    assert same_bits(base.weeks[:, :100], other.weeks[:, :100])
    assert not same_bits(base.weeks[:, 100:], other.weeks[:, 100:])

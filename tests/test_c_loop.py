"""The week loop written again in C (`benchmarks/loop.c`): the engine's numbers, bit for bit."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import c_loop
from compare import differing
from redline.case import build, load_scenario, vary
from redline.results.simulation import simulate
from redline.support.library import built_in
from redline.theory.parameters import GROUPS, table
from strategies import documents

BUILT_IN = sorted(set(built_in()) - {"crisis_2020"})  # which forces militias
BY_HAND = {
    "bans": {
        "weeks": 40,
        "militias": {"cells": 3, "tempo": 12.0},
        "forbid": [
            {"actor": "united_states", "rung": "strike", "weeks": [5, 30]},
            {"actor": "iran", "rung": "quiet", "weeks": [3, 9]},
            {"actor": "militias", "rung": "rockets", "weeks": [10, 20]},
        ],
    },
    "forced moves": {
        "weeks": 40,
        "force": [
            {"actor": "iran", "week": 2, "rung": "assault"},
            {"actor": "united_states", "week": 4, "rung": "decapitation"},
            {"actor": "united_states", "week": 20, "rung": "campaign"},
        ],
    },
    "nothing is open": {
        "weeks": 6,
        "forbid": [
            {"actor": "militias", "rung": rung}
            for rung in ("quiet", "statement", "rockets", "drones", "assault", "offensive")
        ],
    },
    "everybody moves": {"weeks": 12, "militias": {"cells": 40, "tempo": 1000.0}},
}


@pytest.fixture(scope="module", autouse=True)
def compiler():
    """A C compiler; its absence is a failure where REDLINE_COMPILER says so."""
    if c_loop.compiler() is None:
        reason = "no C compiler is installed (apt-get install gcc)"
        if os.environ.get("REDLINE_COMPILER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)


def assert_same(scenario, replicates, seed=1, first=0):
    """Assert that engine and loops agree on every measure of every replicate, and every count."""
    engine = simulate(scenario, replicates, seed, first=first, workers=1)
    for kind in ("scalar", "lanes"):
        loop = c_loop.Loop(scenario, kind, c_loop.EXACT)
        measures, counts, _ = loop.tally(first, replicates, seed)
        assert not differing(engine.measures, measures), kind
        assert not differing(engine.counts, counts), kind


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_scenarios(name):
    assert_same(load_scenario(name), 200)


@pytest.mark.parametrize("name", BY_HAND)
def test_scenarios_by_hand(name):
    assert_same(build({**BY_HAND[name]}, name, (), None), 50)


@pytest.mark.parametrize("number", range(15))
def test_any_parameters_that_are_plausible(number):
    chance = np.random.default_rng(number)
    values = {"militias.cells": int(chance.choice([1, 2, 10]))}
    for group in GROUPS:
        for name, note in table(group).items():
            value = chance.uniform(*note.plausible)
            values[f"{group}.{name}"] = round(value) if note.integer else float(value)
    name = str(chance.choice(BUILT_IN))
    seed, first = int(chance.integers(2**64, dtype=np.uint64)), int(chance.integers(2**31))
    assert_same(vary(name, values, weeks=40), 130, seed, first)


@settings(max_examples=20)
@given(documents(), st.integers(0, 2**64 - 1))
def test_any_scenario(document, seed):
    names = ("united_states", "iran")  # the loops know no forced militias
    document["force"] = [move for move in document["force"] if move["actor"] in names]
    document["forbid"] = [ban for ban in document["forbid"] if "from" not in ban]
    assert_same(build(document, "random", (), None), 20, seed)


def test_totals_are_sums_of_measures():
    scenario = load_scenario("talks_2021")
    measures = simulate(scenario, 30, workers=1).measures
    for kind in ("scalar", "lanes"):
        found = c_loop.totals(scenario, 30, 1, kind)
        assert found["crossings"] == measures["crossings"].sum()
        assert found["response_weeks"] == measures["response_weeks"].sum(0).tolist()


@pytest.mark.parametrize(
    "more",
    [
        {"force": [{"actor": "Badr", "week": 1, "rung": "rockets"}]},
        {"forbid": [{"actor": "iran", "rung": "assault", "from": "first choice"}]},
    ],
)
def test_what_the_loops_do_not_know_is_refused(more):
    with pytest.raises(ValueError, match=r"loop\.c knows no"):
        c_loop.Loop(build({"weeks": 2, **more}, "unknown", (), None), "lanes")

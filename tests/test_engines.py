"""Two engines, one truth: equal traces, bit for bit, for every scenario, seed, replicate."""

import dis
import sys
from contextlib import contextmanager
from types import CodeType, FunctionType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compare import differing, same_bits
from redline.case import Points, build, load_scenario, vary
from redline.case.tables import problems
from redline.engine import BatchEngine, MesaEngine, PointsEngine, batch, measure, points, traces
from redline.engine.native import compiled
from redline.results.simulation import simulate, trace
from redline.results.tallies import tallies
from redline.support.library import built_in
from redline.theory import FREE, Actor, choosing, provoking, seed_key, tally, week
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


@contextmanager
def plain_kernel():
    """Let all that is simulated and measured run uncompiled."""
    entries = {entry: compiled._uncompiled(entry) for entry in compiled.ENTRIES}
    with pytest.MonkeyPatch.context() as patched:
        for module in (batch, points, traces):
            patched.setattr(module, "compiled_entries", lambda: entries)
        yield


@settings(max_examples=25)
@given(documents(most_cells=2), SEED)
@example(LIMITS["ordered offensive"], 1)
@example(LIMITS["nothing is open"], 1)
def test_the_plain_kernel_equals_the_compiled_one(document, seed):
    engine = BatchEngine(scenario_of(document), seed)
    with plain_kernel():
        plain, tallied = engine.run(7, 3, moves=True), engine.tally(7, 3)
    assert_equal(plain, engine.run(7, 3, moves=True))
    assert_tallies_equal(tallied, engine.tally(7, 3))


EVERYTHING = {
    # What takes each way through the week: wars beside lives that go on, bans from a first choice
    # on, of what is liked most too, and moves with their sites and kills.
    "weeks": 6,
    "united_states": {"commitment": 0},
    "iran": {"review": 0.5},
    "militias": {"tempo": 40, "faction": [{"name": "A"}, {"name": "B"}]},
    "forbid": [
        {"actor": "militias", "rung": "drones", "from": "first choice"},
        {"actor": "iran", "rung": "quiet", "from": "first choice"},
        {"actor": "united_states", "rung": "strike", "from": "first choice"},
        {"actor": "iran", "rung": "rockets", "weeks": [2, 4]},
    ],
    "force": [
        {"actor": "A", "week": 1, "rung": "rockets", "site": "balad", "kill": True},
        {"actor": "A", "week": 2, "rung": "assault", "kill": False},
        {"actor": "iran", "week": 2, "rung": "drones"},
        {"actor": "united_states", "week": 3, "rung": "sanctions"},
    ],
}


def all_of_it():
    """Return what a block in which everything happens says of itself, and its trace."""
    scenario = scenario_of(EVERYTHING)
    trace = traces.new_trace(scenario, 0, 9, True)
    block = batch.Block(batch.encode(scenario), seed_key(1), 9, 0, trace)
    block.advance(0, 1)
    block.favour(Actor.UNITED_STATES, np.tile([0.0, 0, 0, 2, 0, 0.5], (9, 1)))
    block.force(Actor.IRAN, np.arange(9) % 4 - 1)
    block.force(Actor.MILITIAS, np.arange(9) % 3 - 1, 1)
    block.force(Actor.UNITED_STATES, np.where(np.arange(9) < 2, 5, FREE))
    block.advance(1, 3)
    block.advance(3, 6)
    found = block.simulated()
    at = Points(2, {"militias.tempo": np.array([1.0, 2.0])})  # a point of its own for each
    PointsEngine(vary(scenario, weeks=1), at, 1).tally(0, 2)
    return found, traces.Tally(0, block.measured(), block.counts), measure(found)


def test_each_line_of_the_kernel_is_run_plain_and_gives_what_the_compiled_one_gives():
    left = {
        (code.co_filename, line)
        for module in (choosing, provoking, tally, week)
        for code in codes_of(module)
        for _, line in dis.findlinestarts(code)
        if line is not None and line != code.co_firstlineno
    }
    files = {path for path, _ in left}
    assert len(left) > 250

    def look(frame, event, _):
        path = frame.f_code.co_filename
        left.discard((path, frame.f_lineno) if event == "line" else None)
        return look if path in files else None

    with plain_kernel():
        looking = sys.gettrace()
        sys.settrace(look)
        try:
            plain = all_of_it()
        finally:
            sys.settrace(looking)
    assert sorted(left) == []
    assert 1 < len(set(plain[0].lived)) < 9
    fast = all_of_it()
    assert_equal(plain[0], fast[0])
    for ours, theirs in zip(plain[1:], fast[1:], strict=True):
        assert_tallies_equal(ours, theirs)
    assert_tallies_equal(*fast[1:])


def codes_of(module):
    """Return the code of all functions of a module, and of what stands in them."""
    found = [
        one.__code__
        for one in vars(module).values()
        if isinstance(one, FunctionType) and one.__module__ == module.__name__
    ]
    for code in found:
        found += [one for one in code.co_consts if isinstance(one, CodeType)]
    return found


def assert_tallies_equal(ours, theirs):
    assert ours.first == theirs.first
    assert not differing(ours.measures, theirs.measures)
    assert not differing(ours.counts, theirs.counts)


def test_the_plain_tally_equals_the_compiled_one():
    lived = BatchEngine(load_scenario("talks_2021"), 1).run(0, 12)
    with plain_kernel():
        plain = measure(lived)
    assert_tallies_equal(plain, measure(lived))


# A replicate is the same alone or among many, on one thread or two


def test_a_replicate_is_the_same_alone_or_among_many():
    scenario = load_scenario("standoff_2019_2021")
    runner = BatchEngine(scenario, 1)
    among = {block.first: block.measures for block in tallies(scenario, 20_000, workers=2)}
    assert len(among) > 10
    for first in list(among)[:: len(among) // 5]:
        alone = runner.tally(first + 3, 1).measures
        assert same_bits(alone, among[first][3:4])


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_blocks_and_threads_change_nothing(size):
    scenario = load_scenario("talks_2021")
    reference = simulate(scenario, 300, workers=1)
    blocks = list(tallies(scenario, 300, workers=3, size=size))
    assert [block.first for block in blocks] == list(range(0, 300, min(size, 100)))
    assert same_bits(np.concatenate([b.measures for b in blocks]), reference.measures)


def test_a_long_replicate_in_steps_of_weeks_is_the_same(monkeypatch):
    engine = BatchEngine(load_scenario("standoff_2019_2021"), 5)
    whole, tallied = engine.run(0, 4, moves=True), engine.tally(0, 4)
    steps = []
    advance = batch.Block.advance
    monkeypatch.setattr(batch, "STEP_DECISIONS", 300)
    monkeypatch.setattr(
        batch.Block, "advance", lambda *given: (steps.append(given[1:]), advance(*given))
    )
    assert_equal(engine.run(0, 4, moves=True), whole)
    assert len(steps) > 10
    assert_tallies_equal(engine.tally(0, 4), tallied)


def test_two_scenarios_share_the_chance_of_a_replicate():
    base = trace("standoff_2019_2021", 0, 50)
    later = vary(load_scenario("standoff_2019_2021"), {"timeline.100.diplomacy": 1.0})
    other = trace(later, 0, 50)
    assert same_bits(base.weeks[:, :100], other.weeks[:, :100])
    assert not same_bits(base.weeks[:, 100:], other.weeks[:, 100:])

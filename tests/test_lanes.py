"""Lanes: what a replicate lives does not rest on who is simulated beside it, or in which lane."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compare import differing, same_bits
from redline.case import build, vary
from redline.engine import BatchEngine, Block, EscalationModel, encode, measure, new_trace
from redline.theory import (
    FREE,
    LANES,
    RUNGS,
    Actor,
    State,
    logit_weights,
    pick,
    rung_names,
    seed_key,
)
from strategies import documents

US, IRAN, MILITIAS = Actor.UNITED_STATES, Actor.IRAN, Actor.MILITIAS
SEED = 3
MOST = 300
FIELDS = ("lived", "over", "weeks", "moves", "capability")
STATE = tuple(State.__annotations__)
SEEN = ("talks", "directive", "leverage", "grievance", "control", "pressure", "expected")
WORLDS = {
    # Hardly a replicate lives for 20 weeks, and a few go to war in week 0.
    "wars": lambda: vary("cheap_war", weeks=40),
    # So many choose that they do so in several lots.
    "crowds": lambda: vary("cheap_war", {"militias.cells": 3, "militias.tempo": 40}, weeks=8),
    "bans and moves": lambda: vary(
        "cheap_war",
        {"iran.review": 0.8},
        weeks=12,
        forbid=[
            "militias.drones@first choice",
            "militias.rockets@first choice",
            "iran.rockets@first choice",
            "united_states.strike@first choice",
            "united_states.warning@3-5",
        ],
        force=[
            {"actor": "iran", "week": 2, "rung": "assault"},
            {"actor": "united_states", "week": 5, "rung": "silence"},
            {"actor": "Badr", "week": 3, "rung": "rockets", "site": "balad", "kill": True},
            {"actor": "Badr", "week": 5, "rung": "assault", "kill": False},
        ],
    ),
}


@cache
def world(name):
    return WORLDS[name]()


@cache
def alone(name):
    """Return the traces and tallies of replicates, each simulated on its own."""
    engine = BatchEngine(world(name), SEED)
    return [(engine.run(k, 1, moves=True), engine.tally(k, 1)) for k in range(MOST)]


def opened(scenario, replicates, first=0, seed=SEED):
    """Return a block that keeps all of its weeks."""
    trace = new_trace(scenario, first, replicates, True)
    return Block(encode(scenario), seed_key(seed), replicates, first, trace)


def lived(scenario, replicates, first=0, seed=SEED):
    """Return a block whose weeks are over."""
    block = opened(scenario, replicates, first, seed)
    block.advance(0, scenario.weeks)
    return block


def assert_same(ours, theirs):
    """Assert that blocks agree on all that they say, in every bit."""
    for name in FIELDS:
        assert same_bits(getattr(ours.simulated(), name), getattr(theirs.simulated(), name)), name
    for name in STATE:
        if name != "seat":
            assert same_bits(ours.value(name), theirs.value(name)), name
    assert same_bits(ours.capability(), theirs.capability())
    assert not differing(ours.measured(), theirs.measured())
    assert not differing(ours.counts, theirs.counts)


def test_the_worlds_have_what_is_looked_at():
    weeks = {name: [one.lived[0] for one, _ in alone(name)] for name in WORLDS}
    assert min(weeks["wars"]) == 1
    assert len(set(weeks["wars"])) > 10
    for name in WORLDS:
        assert len(set(weeks[name])) > 2, name
    acting = np.array([(one.moves["rung"][0, 0] > 0).sum() for one, _ in alone("crowds")])
    assert acting[:LANES].sum() > 4 * LANES + 8


# A replicate among others, and in steps


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("size", [1, LANES - 1, LANES, LANES + 1, MOST])
def test_a_block_of_any_size_is_its_replicates(name, size):
    first = (MOST - size) // 2
    engine, reference = BatchEngine(world(name), SEED), alone(name)[first:][:size]
    found = engine.run(first, size, moves=True)
    for field in FIELDS:
        wanted = np.concatenate([getattr(trace, field) for trace, _ in reference])
        assert not differing(getattr(found, field), wanted), field
    tally = engine.tally(first, size)
    assert not differing(tally.measures, np.concatenate([one.measures for _, one in reference]))
    for field in tally.counts.dtype.names:
        assert (tally.counts[field] == sum(one.counts[field] for _, one in reference)).all()


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("stops", [range(1, 41), (1, 2, 7, 40), (0, 3, 3, 40)])
def test_weeks_in_steps_are_weeks_at_once(name, stops):
    scenario = world(name)
    stepped = opened(scenario, 105)
    start = 0
    for stop in stops:
        stepped.advance(start, min(stop, scenario.weeks))
        start = min(stop, scenario.weeks)
    assert_same(stepped, lived(scenario, 105))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("until", [1, 5, 40])
def test_wherever_its_lane_is_a_replicate_is_found_by_its_number(name, until):
    scenario = world(name)
    block = opened(scenario, 250, first=30)
    block.advance(0, min(until, scenario.weeks))
    seats = block._states["seat"]
    assert (seats != np.arange(LANES)).any()  # wars have mixed the lanes
    assert (np.sort(seats) == np.arange(LANES)).all()
    assert block.value("replicate").tolist() == list(range(30, 280))
    trace = block.simulated()
    assert trace.lived.tolist() == block.value("lived").tolist()
    rows, last = np.arange(250), block.value("lived") - 1
    for field in (*SEEN, "severity"):
        assert (block.value(field) == trace.weeks[field][rows, last]).all(), field
    for field in SEEN:
        assert same_bits(block.seen()[field], block.value(field)), field
    assert (block.seen()["crossings"] == 0).all()
    assert same_bits(block.capability(), trace.capability[rows, last])
    assert not differing(block.measured(), measure(trace).measures)
    assert not differing(block.counts, measure(trace).counts)


@settings(max_examples=30)
@given(documents(most_cells=3), st.integers(0, 2**64 - 1))
@example({"weeks": 3, "militias": {"cells": 10, "tempo": 1000.0}}, 1)
def test_what_is_added_up_on_the_way_is_what_the_trace_says(document, seed):
    engine = BatchEngine(build(document, "random", (), None), seed)
    tally, by_trace = engine.tally(5, 110), measure(engine.run(5, 110))
    assert tally.first == by_trace.first == 5
    assert not differing(tally.measures, by_trace.measures)
    assert not differing(tally.counts, by_trace.counts)


# Replicates that go on from where others stand


@pytest.mark.parametrize("name", WORLDS)
def test_taking_everybody_s_own_place_changes_nothing(name):
    scenario = world(name)
    block = opened(scenario, 150)
    everybody = np.arange(150)
    for week in range(scenario.weeks):
        block.advance(week, week + 1)
        if week % 3 == 0:
            block.take(block, everybody)
    assert_same(block, lived(scenario, 150))


def gone_on(scenario, of, number, weeks):
    """Return the model of a replicate that, after some weeks, goes on as one of another number."""
    model = EscalationModel(scenario, rng=SEED, replicate=of)
    while model.running and model.week < weeks:
        model.step()
    model.__dict__["replicate"] = number
    while model.running:
        model.step()
    return model


@pytest.mark.parametrize("name", ["wars", "bans and moves"])
def test_a_copy_goes_on_with_chance_of_its_own(name):
    scenario = world(name)
    source, weeks = opened(scenario, 9, first=50), 3
    source.advance(0, weeks)
    which = np.array([2, 2, 2, 8, 0, 5, 1, 3, 4, 6, 7, 2])
    block = opened(scenario, 12, first=7)
    block.take(source, which)
    block.advance(weeks, scenario.weeks)
    assert block.value("replicate").tolist() == list(range(7, 19))
    ends = set()
    for place, taken in enumerate(which):
        model = gone_on(scenario, 50 + int(taken), 7 + place, weeks)
        ends.add(model.week)
        assert block.value("lived")[place] == model.week
        assert block.value("over")[place] == model.confrontation
        assert block.value("pressure")[place] == model.pressure
        assert block.value("expected")[place].tolist() == model.expected
        barred = block.value("barred")[place]
        assert barred.tolist() == [model.barred[actor] for actor in Actor]
        for militia in model.militias:
            assert block.capability()[place, militia.faction] == militia.capability
    assert len(ends) > 2


@pytest.mark.parametrize(("mine", "theirs"), [(300, 105), (20, 300), (104, 104)])
def test_those_that_are_over_are_taken_as_they_are_and_others_live_on(mine, theirs):
    scenario = world("wars")
    source, weeks = opened(scenario, theirs, first=400), 4
    source.advance(0, weeks)
    which = np.random.default_rng(1).integers(theirs, size=mine)
    block = lived(scenario, mine)  # all over: those that take of the living live again
    block.take(source, which)
    over = source.value("over")[which]
    assert 0 < over.sum() < mine
    assert block._lives.sum() == (over == 0).sum()
    for field in STATE:
        if field not in ("seat", "replicate"):
            assert same_bits(block.value(field), source.value(field)[which]), field
    assert block.value("replicate").tolist() == list(range(mine))
    assert same_bits(block.capability(), source.capability()[which])
    assert not differing(block.measured(), source.measured()[which])
    block.advance(weeks, scenario.weeks)
    ended = over == 1
    assert not differing(block.measured()[ended], source.measured()[which][ended])
    assert (block.value("lived")[~ended] > weeks).all()
    # Each alone goes on in the same way.
    for place in range(0, mine, 7):
        one = opened(scenario, 1, first=place)
        one.take(source, which[place : place + 1])
        one.advance(weeks, scenario.weeks)
        assert not differing(one.measured()[0], block.measured()[place])


# What is forced on replicates, and what they are made to like


def with_move(scenario, actor, week, rung):
    """Return a scenario that forces a move; of the militias, on the last."""
    name = {US: "united_states", IRAN: "iran", MILITIAS: scenario.militia_names[-1]}[actor]
    return vary(scenario, force=[{"actor": name, "week": week, "rung": rung_names(actor)[rung]}])


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(("actor", "rung"), [(US, 2), (IRAN, 4), (MILITIAS, 3), (MILITIAS, 0)])
def test_what_is_forced_on_all_is_a_forced_move_of_the_scenario(name, actor, rung):
    scenario, week, everybody = world(name), 3, np.ones(130, np.int64)
    last = len(scenario.members) - 1
    block = opened(scenario, 130)
    block.advance(0, week)
    block.force(actor, rung * everybody, *[last][: actor is MILITIAS])
    block.advance(week, week + 1)
    block.force(actor, FREE * everybody, *[last][: actor is MILITIAS])
    block.advance(week + 1, scenario.weeks)
    forced = with_move(scenario, actor, week, rung)
    assert_same(block, lived(forced, 130))
    assert not same_bits(block.simulated().weeks, lived(scenario, 130).simulated().weeks)


def test_each_may_be_forced_to_something_else_and_is_through_all_wars():
    scenario = world("wars")
    rungs = np.arange(130) % 7 - 1  # of every seventh nobody is forced
    militia = 2
    block = opened(scenario, 130)
    block.force(MILITIAS, rungs, militia)
    block.advance(0, scenario.weeks)
    trace = block.simulated()
    assert (block._states["seat"] != np.arange(LANES)).any()
    name = scenario.militia_names[militia]
    for rung in range(FREE, RUNGS):
        moves = [
            {"actor": name, "week": week, "rung": rung_names(MILITIAS)[rung]}
            for week in range(scenario.weeks if rung != FREE else 0)
        ]
        wanted = lived(vary(scenario, force=moves), 130).simulated()
        for field in FIELDS:
            found = getattr(trace, field)[rungs == rung]
            assert not differing(found, getattr(wanted, field)[rungs == rung]), (rung, field)


def test_what_is_forced_goes_before_what_the_scenario_forces():
    scenario = vary("crisis_2020", weeks=6)
    rungs = np.array([FREE, 0, 5, 1])
    block = opened(scenario, 4)
    block.force(US, rungs)
    block.force(MILITIAS, np.array([FREE, 0, FREE, 1]), 0)
    block.advance(0, 4)
    weeks = block.simulated().weeks
    assert weeks["response"][:, 3].tolist() == [3, 0, 0, 1]  # the third is at war in week 0
    assert weeks["response"][2, 0] == 5
    assert block.value("lived").tolist() == [4, 4, 1, 4]
    moves = block.simulated().moves[:, 3, 0]
    assert moves["rung"].tolist() == [2, 0, 0, 1]


@pytest.mark.parametrize("name", WORLDS)
def test_a_bonus_of_nothing_changes_no_bit(name):
    scenario = world(name)
    block = opened(scenario, 130)
    for actor in Actor:
        block.favour(actor, np.zeros((130, RUNGS)))
    block.force(IRAN, np.full(130, FREE))
    block.advance(0, scenario.weeks)
    assert_same(block, lived(scenario, 130))


def certain(rungs):
    """Return the bonus that makes each replicate take a rung: (R, K)."""
    return np.where(np.arange(RUNGS) == np.asarray(rungs)[:, None], 1e9, 0.0)


def test_a_large_bonus_makes_a_response_certain_and_is_in_no_utility():
    scenario = world("wars")
    rungs = np.arange(130) % 5
    favoured, forced = opened(scenario, 130), opened(scenario, 130)
    favoured.favour(US, certain(rungs))
    forced.force(US, rungs)
    for block in (favoured, forced):
        block.advance(0, scenario.weeks)
    assert len(set(favoured.value("lived"))) > 3
    assert_same(favoured, forced)


@pytest.mark.parametrize(("actor", "rung"), [(IRAN, 4), (MILITIAS, 2)])
def test_a_large_bonus_is_as_if_nothing_else_were_open(actor, rung):
    # Where Iran reviews every week, and militias never lack the means.
    always = {"iran.review": 1, "environment.armament": 1, "militias.damage": 0}
    scenario = vary("cheap_war", always, weeks=20)
    block = opened(scenario, 120)
    block.favour(actor, certain(np.full(120, rung)))
    block.advance(0, 20)
    names = rung_names(actor)
    group = "iran" if actor is IRAN else "militias"
    others = [f"{group}.{other}" for k, other in enumerate(names) if k != rung]
    assert_same(block, lived(vary(scenario, forbid=others), 120))


def test_a_bonus_shifts_the_choice_that_the_rules_would_make():
    scenario = vary("standoff_2019_2021", weeks=1)
    bonus = np.random.default_rng(2).normal(size=(120, RUNGS))
    block = opened(scenario, 120)
    block.favour(US, bonus)
    block.advance(0, 1)
    found = block.simulated().weeks[:, 0]
    plain = lived(scenario, 120).simulated().weeks[:, 0]
    for replicate in range(120):
        model = EscalationModel(scenario, rng=SEED, replicate=replicate)
        model.step()
        choice = model.united_states.choice
        worth = [u + b for u, b in zip(choice.utilities, bonus[replicate], strict=True)]
        rationality = scenario.united_states.rationality
        rung = pick(logit_weights(worth, choice.allowed, rationality), choice.draw)
        assert found["response"][replicate] == rung
        assert found["utility"][replicate][0] == choice.utilities[rung]
    assert (found["response"] != plain["response"]).any()
    assert (found["provocation"] == plain["provocation"]).all()


def test_a_first_choice_that_is_barred_is_made_anew_with_the_bonus():
    scenario = vary("cheap_war", weeks=6, forbid=["united_states.strike@first choice"])
    bonus = np.zeros((110, RUNGS))
    bonus[:, 3], bonus[:, 2] = 1e9, 1e8
    block = opened(scenario, 110)
    block.favour(US, bonus)
    block.advance(0, 6)
    assert (block.value("barred")[:, US] == 1 << 3).all()
    weeks = block.simulated().weeks
    for replicate, end in enumerate(block.value("lived")):
        assert (weeks["response"][replicate, :end] == 2).all()


def test_what_is_forced_holds_whatever_is_liked_until_it_is_said_anew():
    scenario = world("wars")
    block = opened(scenario, 110)
    block.favour(US, certain(np.full(110, 1)))
    block.force(US, np.where(np.arange(110) < 50, 0, FREE))
    block.advance(0, 2)
    weeks = block.simulated().weeks["response"]
    for week in range(2):
        there = block.value("lived") > week
        assert (weeks[:, week] == np.where(np.arange(110) < 50, 0, 1))[there].all()
    block.favour(US, certain(np.full(110, 2)))
    block.force(US, np.full(110, FREE))
    block.advance(2, 4)
    for week in range(2, 4):
        there = block.value("lived") > week
        assert there.any()
        assert (weeks[:, week] == 2)[there].all()


def test_what_is_forced_and_liked_stays_with_the_place_not_with_what_is_taken():
    scenario = world("wars")
    rungs = np.arange(110) % 3
    block = opened(scenario, 110)
    block.force(US, rungs)
    block.advance(0, 3)
    block.take(block, np.arange(110)[::-1].copy())
    block.advance(3, 6)
    weeks = block.simulated().weeks["response"]
    for week in range(3, 6):
        there = block.value("lived") > week
        assert there.sum() > 10
        assert (weeks[:, week] == rungs)[there].all()

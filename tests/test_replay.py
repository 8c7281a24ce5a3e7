"""One week ahead: what is foretold is what the engine then does."""

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.evidence import replay
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import forced_moves, rungs_by_week
from redline.evidence.replay import COUNT, categories, pooled, predict
from redline.results.simulation import trace
from redline.support.errors import InputError
from redline.theory import RUNGS, Actor, Seen


@pytest.fixture(scope="module")
def standoff():
    return load_scenario("standoff_2019_2021")


def engine_shares(scenario, week, replicates=20_000):
    """Return how often the engine itself does what in a week after the record until it."""
    moves = forced_moves(scenario.militia_names)
    until = [move for move in moves if move["week"] < week]
    attacks = trace(vary(scenario, force=until, weeks=week + 1), 0, replicates).weeks[:, week]
    known = [m for m in moves if m["week"] < week or (m["week"] == week and "kill" in m)]
    known += [
        m for m in moves
        if m["week"] == week and m["actor"] not in ("united_states",) and "kill" not in m
    ]  # fmt: skip
    answers = trace(vary(scenario, force=known, weeks=week + 1), 0, replicates).weeks[:, week]
    return [
        np.bincount(np.array(replay.CATEGORIES)[rungs], minlength=COUNT) / replicates
        for rungs in (attacks["provocation"], answers["response"])
    ]


@pytest.mark.parametrize("week", [0, 6, 33, 34])
def test_chances_are_what_the_engine_does(standoff, week, monkeypatch):
    # Without filtering, as the engine does not filter: every particle keeps its weight.
    monkeypatch.setattr(replay, "_updated", lambda weights, likelihood: weights)
    found = predict(standoff, particles=4000, weeks=week + 1)
    attacks, answers = engine_shares(standoff, week)
    assert found.attacks[week] == pytest.approx(attacks, abs=0.015)
    assert found.answers[week] == pytest.approx(answers, abs=0.015)


def test_chances_are_chances(standoff):
    found = predict(standoff, particles=50, listed=0.4)
    for table in (found.attacks, found.answers):
        assert table.shape == (published.WEEKS, COUNT)
        assert table.sum(axis=1) == pytest.approx(1)
        assert (table >= 0).all()
    assert ((found.effective >= 1) & (found.effective <= 50.001)).all()


def test_what_is_listed_in_part_is_quieter_and_grave_things_are_always_listed(standoff):
    whole = predict(standoff, particles=200, weeks=5)
    part = predict(standoff, particles=200, weeks=5, listed=0.1)
    none = predict(standoff, particles=200, weeks=5, listed=0.0)
    assert (part.attacks[:, 0] > whole.attacks[:, 0]).all()
    assert (none.attacks[:, 1:3] == 0).all()
    assert none.attacks[0, 3] == pytest.approx(whole.attacks[0, 3], rel=0.05)


def sights(particles, **values):
    """Return what there is to see of particles where all is 0 but for some values."""
    seen = {name: np.zeros(particles) for name in Seen._fields}
    whole = {name: np.zeros(particles, np.int64) for name in ("talks", "directive", "crossings")}
    seen |= {"expected": np.zeros((particles, RUNGS)), **whole}
    return seen | {name: np.array(value) for name, value in values.items()}


def chances_of(scenario, capability=1.0):
    """Return the chances of the gravest attack in week 0, with Iran asking for quiet."""
    armed = np.full((1, len(scenario.factions)), capability)
    return replay.attack_chances(scenario, 0, sights(1, control=[1.0]), armed)[0]


def test_particles_that_see_different_things_have_different_chances(standoff):
    seen = sights(
        4,
        talks=[0, 1, 1, 0],
        pressure=[0.5, 0.5, 0.5, 0.9],
        leverage=[0.1, 0.2, 0.3, 0.4],  # at which the United States does not look
    )
    found = replay.answer_chances(standoff, 0, seen)
    assert len({tuple(row) for row in found}) == 3
    assert (found[1] == found[2]).all()
    for number in range(4):
        one = {name: column[number:][:1] for name, column in seen.items()}
        assert (found[number] == replay.answer_chances(standoff, 0, one)[0]).all()


def test_militias_of_another_faction_with_other_means_have_other_chances(standoff):
    count = len(standoff.factions)
    armed = np.ones((count + 2, count))
    armed[1:-1][np.eye(count, dtype=bool)] = 0.0  # each faction in turn is without, then none is
    seen = sights(count + 2, control=[1.0] * (count + 2))
    found = replay.attack_chances(standoff, 0, seen, armed)
    assert (found[0] == found[-1]).all()
    assert len({tuple(row) for row in found}) == len({tuple(one) for one in standoff.factions}) + 1
    assert (found[0, 1:].sum() > found[1:-1, 1:].sum(axis=1)).all()


def test_twice_as_many_militias_are_as_two_crowds(standoff):
    # None of two crowds goes further than a category where neither does: its chance, squared.
    tempo = standoff.militias.tempo
    twice = vary(standoff, {"militias.cells": 2, "militias.tempo": 2 * tempo})
    one, two = chances_of(standoff), chances_of(twice)
    assert np.cumsum(two) == pytest.approx(np.cumsum(one) ** 2)


def test_a_militia_can_do_what_takes_just_what_it_has(standoff):
    needed = standoff.provocations[3].capability
    assert chances_of(standoff, needed)[2] > 0
    assert chances_of(standoff, needed - 1e-9)[2] == 0


def test_particles_that_were_one_go_different_ways(standoff, monkeypatch):
    blocks, resampled = [], []
    block, resample = replay.Block, replay._resample
    monkeypatch.setattr(replay, "Block", lambda *a: blocks.append(block(*a)) or blocks[0])
    monkeypatch.setattr(replay, "_resample", lambda *a: resampled.append(1) or resample(*a))
    predict(standoff, particles=30, weeks=12)
    assert resampled
    assert blocks[0].value("replicate").tolist() == list(range(30))  # each has its own chance


def test_the_filter_learns_from_what_happened(standoff):
    # An attack speaks for a directive that asks for some; so the next week is likelier.
    from redline.evidence.recorded.coding import coded_events

    week = 6
    attacked = predict(standoff, particles=4000, weeks=week)
    quiet = [move for move in coded_events() if move.week != week - 1]
    calm = predict(standoff, quiet, particles=4000, weeks=week)
    assert attacked.attacks[week - 1] == pytest.approx(calm.attacks[week - 1])
    later = [predict(standoff, m, particles=4000, weeks=week + 1) for m in (None, quiet)]
    assert later[0].attacks[week, 0] < later[1].attacks[week, 0]


def test_it_is_reproducible_and_depends_on_the_seed(standoff):
    first, again, other = (predict(standoff, particles=60, seed=s, weeks=20) for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.attacks, other.attacks)


def test_categories_pool_silence_and_talk():
    answers = rungs_by_week(Actor.UNITED_STATES)
    found = categories(Actor.UNITED_STATES)
    assert [c == 0 for c in found] == [rung <= 1 for rung in answers]
    assert pooled(np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.1])) == pytest.approx(
        [0.3, 0.3, 0.1, 0.2, 0.1]
    )


def test_resampling_keeps_shares():
    weights = np.array([0.5, 0.25, 0.25, 0.0])
    drawn = np.concatenate([replay._resample(weights, d) for d in np.linspace(0.01, 0.99, 50)])
    assert np.bincount(drawn, minlength=4) / len(drawn) == pytest.approx(weights, abs=0.02)


def test_an_impossible_observation_leaves_weights_as_they_were():
    weights = np.array([0.2, 0.8])
    assert (replay._updated(weights, np.zeros(2)) == weights).all()


def test_a_scenario_of_other_weeks_is_refused():
    with pytest.raises(InputError, match="112 weeks from 2019-05-06"):
        predict(load_scenario("talks_2021"))

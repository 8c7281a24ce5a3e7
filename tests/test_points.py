"""Replicates at points of their own: each equal, bit for bit, to that of a changed scenario."""

from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import differing, same_bits
from redline.case import addresses_of, build, load_scenario, vary
from redline.case.design import Points
from redline.engine import batch
from redline.engine.batch import BatchEngine
from redline.engine.points import PointsEngine
from redline.evidence import reference_table
from redline.evidence.recorded import published
from redline.results import Stopped
from redline.results.tallies import add_counts
from redline.support.errors import InputError
from redline.theory.provoking import derive
from redline.theory.records import LANES
from strategies import documents, in_both_tiers

STANDOFF = load_scenario("standoff_2019_2021")
REVIEW, TALKS = "iran.review", "environment.talks"


def at_random(scenario, count, seed=0):
    """Return points that move every address of a scenario that can move, and a week more."""
    rng = np.random.default_rng(seed)
    notes = addresses_of(scenario.document)
    del notes["militias.cells"]
    columns = {}
    for address, note in notes.items():
        low, high = note.plausible
        columns[address] = (
            rng.integers(int(low), int(high) + 1, count)
            if note.integer
            else rng.uniform(low, high, count)
        )
    last = scenario.weeks - 1
    return Points(count, {**columns, f"timeline.{last}.unrest": rng.random(count)})


def assert_same(trace, row, alone):
    for name in ("lived", "over", "weeks", "moves", "capability"):
        ours, theirs = getattr(trace, name)[row : row + 1], getattr(alone, name)
        assert not differing(ours, theirs), (row, name)


def assert_lived_alone(scenario, points, numbers, seed=5):
    """Check some replicates, one at each point, against those of a scenario changed to it."""
    engine = PointsEngine(scenario, points, seed)
    whole, tally = engine.run(0, len(points), moves=True), engine.tally(0, len(points))
    for number in numbers:
        one = BatchEngine(vary(scenario, points.values(number)), seed)
        assert_same(whole, number, one.run(number, 1, moves=True))
        mine = tally.measures[number : number + 1]
        assert same_bits(mine, one.tally(number, 1).measures)


@pytest.mark.parametrize("name", ["standoff_2019_2021", "talks_2021", "baseline", "fear_of_war"])
def test_whatever_moves_a_replicate_is_that_of_a_changed_scenario(name):
    scenario = load_scenario(name)
    some = [0, 1, LANES - 1, LANES, LANES + 1]
    assert_lived_alone(scenario, at_random(scenario, LANES + 2), some)


@in_both_tiers(25, 150)
def test_so_it_is_for_random_scenarios_and_extreme_values(examples):
    def value(note):
        low, high = note.bounds
        if note.integer:
            return st.integers(int(low), int(high))
        return st.one_of(st.floats(low, min(high, 2.0)), st.sampled_from([low, min(high, 1e90)]))

    @settings(max_examples=examples)
    @given(st.data(), documents(most_cells=2))
    def same(data, document):
        scenario = build({**document}, "random", (), None)
        notes = addresses_of(scenario.document)
        del notes["militias.cells"]
        moved = data.draw(st.lists(st.sampled_from(sorted(notes)), min_size=1, unique=True))
        columns = {a: np.array([data.draw(value(notes[a])) for _ in range(2)]) for a in moved}
        assert_lived_alone(scenario, Points(2, columns), range(2))

    same()


@settings(max_examples=15)
@given(documents(most_cells=2))
def test_what_follows_from_parameters_follows_as_for_one_scenario(document):
    scenario = build({**document}, "random", (), None)
    known = batch.encode(scenario).plans
    plans = known.copy()
    for name in ("prior", "opportunity", "site_weights"):
        plans["each"][name] = np.nan
    reachable = np.array(scenario.reachable)
    derive(plans.view(np.recarray), len(scenario.members), reachable)
    assert same_bits(plans, known)


def test_blocks_make_no_difference(monkeypatch):
    scenario = vary("talks_2021", weeks=20)
    points = at_random(scenario, 2 * LANES + 30)
    one = PointsEngine(scenario, points, 3)
    whole, tally = one.run(0, len(points), moves=True), one.tally(0, len(points))
    monkeypatch.setattr(batch, "block_size", lambda _: LANES)
    again, tallied = one.run(0, len(points), moves=True), one.tally(0, len(points))
    assert all(same_bits(vars(whole)[name], vars(again)[name]) for name in ("lived", "weeks"))
    assert same_bits(tally.measures, tallied.measures)
    assert same_bits(tally.counts, tallied.counts)
    counts = one.tally(0, LANES).counts
    add_counts(counts, one.tally(LANES, LANES + 30).counts)
    assert same_bits(counts, tally.counts)
    some = np.array([7, 200, 9, LANES])
    for number, trace in zip(some, next(one.traces(some, moves=True)).weeks, strict=True):
        assert same_bits(trace, whole.weeks[number])


def test_a_replicate_lives_at_the_point_that_its_number_says():
    points = Points(3, {REVIEW: np.array([0.1, 0.5, 0.9])})
    engine = PointsEngine(STANDOFF, points, 2, lambda numbers: (numbers - 40) // 2)
    found = engine.run(40, 6, moves=True)
    assert found.first == 40
    for row in range(6):
        alone = BatchEngine(vary(STANDOFF, points.values(row // 2)), 2)
        assert_same(found, row, alone.run(40 + row, 1, moves=True))
    gaps = [trace.first for trace in engine.traces(np.array([41, 45]))]
    assert gaps == [41]


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (REVIEW, [0.1, 1.5, 2.5]),
        (REVIEW, [0.1, -0.5]),
        (REVIEW, [0.1, np.nan]),
        (REVIEW, [np.inf, 0.1]),
        ("militias.tempo", [1, 2e90]),
        ("timeline.3.unrest", [0.1, -1.0]),
        (TALKS, [0, 1, 2]),
        (TALKS, [0.0, 1.0]),
        ("iran.reviw", [0.1, 0.2]),
        ("timeline.112.unrest", [0.1, 0.2]),
    ],
)
def test_what_is_wrong_is_told_as_of_one_scenario(address, values):
    points = Points(len(values), {"iran.backlash": np.ones(len(values)), address: np.array(values)})
    told = []
    for point in range(len(values)):
        try:
            vary(STANDOFF, points.values(point))
        except InputError as error:
            told.append(str(error))
    with pytest.raises(InputError) as found:
        PointsEngine(STANDOFF, points, 1)
    assert str(found.value) == told[0]


def test_all_have_as_many_militias():
    with pytest.raises(InputError, match="as many militias each"):
        PointsEngine(STANDOFF, Points(2, {"militias.cells": np.array([1, 2])}), 1)


def test_whole_numbers_do_where_fractions_are_usual():
    points = Points(2, {"iran.backlash": np.array([0, 2]), TALKS: np.array([1, 0])})
    assert_lived_alone(STANDOFF, points, range(2))


def test_what_is_stopped_ends_early(monkeypatch):
    monkeypatch.setattr(batch, "block_size", lambda _: LANES)
    points = at_random(STANDOFF, 3 * LANES)
    stopped = Event()
    engine = PointsEngine(STANDOFF, points, 1, stopped=stopped)
    assert len(list(engine.traces(np.arange(3 * LANES)))) == 3
    for trace in engine.traces(np.arange(3 * LANES)):
        assert trace.lived.all()
        engine.stop()
    assert stopped.is_set()
    assert not engine.run(0, 3 * LANES).lived.any()
    assert not engine.tally(0, 3 * LANES).measures["weeks_lived"].any()
    rows = reference_table.Rows(0, 0, STANDOFF, points, 1, published.END, 50, None)
    with pytest.raises(Stopped):
        reference_table.simulate_rows(rows, stopped=stopped)

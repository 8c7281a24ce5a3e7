"""Two worlds under the same chance: pairing, parting, and the replicate that tells most."""

import json

import numpy as np
import pytest

from redline.comparison import compare, difference, weeks_of_parting
from redline.errors import InputError
from redline.scenario_file import vary
from redline.simulation import simulate, trace

STANDOFF = "standoff_2019_2021"


def test_a_world_compared_with_itself_does_not_differ():
    result = compare(STANDOFF, STANDOFF, 50)
    assert all(row.difference == 0 for row in result.differences.values())
    assert result.changed[0] == 0
    assert (result.parting == -1).all()
    assert result.told() == []
    assert result.parting_summary()["q50"] is None
    json.dumps(result.to_dict(), allow_nan=False)


def test_differences_are_those_of_the_two_simulations():
    changed = vary(STANDOFF, {"united_states.audience_cost": 1.6})
    result = compare(STANDOFF, changed, 300, seed=4)
    one, other = simulate(STANDOFF, 300, 4), simulate(changed, 300, 4)
    for name in ("attacks", "strikes", "mean_severity", "response_weeks.strike"):
        paired = other.column(name).astype(float) - one.column(name)
        row = result.differences[name]
        assert row.difference == pytest.approx(paired.mean())
        assert row.low < row.difference < row.high
        half = 1.968 * paired.std(ddof=1) / 300**0.5
        assert row.high - row.difference == pytest.approx(half, rel=0.01)
    unequal = one.column("class") != other.column("class")
    assert result.changed[0] == pytest.approx(unequal.mean())
    assert result.classes.sum() == 300
    assert result.classes[2].sum() == (one.column("class") == 2).sum()


def test_common_chance_pays_for_small_changes_and_says_so():
    near = vary(STANDOFF, {"united_states.commitment": 0.7})
    result = compare(STANDOFF, near, 500)
    assert result.differences["attacks"].difference != 0
    assert result.differences["attacks"].gain > 5
    # Another seed shares nothing, and pairing then buys nothing: about 1.
    one, other = simulate(STANDOFF, 2000, 1), simulate(STANDOFF, 2000, 2)
    gain = difference(one.column("attacks"), other.column("attacks")).gain
    assert gain == pytest.approx(1, abs=0.15)  # standard error of the ratio about 0.03


def test_worlds_part_where_they_are_made_to():
    later = vary(STANDOFF, {"timeline.100.diplomacy": 0})
    result = compare(STANDOFF, later, 200)
    parted = result.parting[result.parting >= 0]
    assert len(parted) > 100
    assert parted.min() >= 100
    forced = vary(STANDOFF, force=[{"actor": "united_states", "week": 9, "rung": "campaign"}])
    result = compare(STANDOFF, forced, 40)
    assert (result.parting == 9).all()


def test_parting_agrees_with_a_slow_search():
    one = trace(STANDOFF, 0, 60)
    other = trace(vary(STANDOFF, {"iran.proxy_loss": 1.4}), 0, 60)
    found = weeks_of_parting(one, other)
    for r in range(60):
        week = -1
        for w in range(112):
            same = one.lived[r] > w and other.lived[r] > w
            same = same and (one.moves[r, w] == other.moves[r, w]).all()
            same = same and all(
                np.array_equal(one.weeks[name][r, w], other.weeks[name][r, w])
                for name in ("talks", "directive", "response")
            )
            if not same:
                week = w
                break
        assert found[r] == week


def test_a_ban_is_explained_by_the_move_that_it_took():
    result = compare(STANDOFF, vary(STANDOFF, forbid=["united_states.strike"]), 200)
    lines = result.told()
    assert lines[0].startswith(
        f"Replicate {result.telling} parts in week {result.parting[result.telling]}"
    )
    assert lines[1].startswith("standoff_2019_2021: Washington struck")
    assert lines[2].startswith("standoff_2019_2021, changed: Washington")
    before = [actor.chosen for actor in result.explained[0].actors]
    after = [actor.chosen for actor in result.explained[1].actors]
    assert before != after
    assert "strike" not in after


def test_the_telling_replicate_changed_most():
    result = compare(STANDOFF, "cheap_war", 100)
    one, other = simulate(STANDOFF, 100), simulate("cheap_war", 100)
    leap = np.abs(one.column("class").astype(int) - other.column("class"))
    assert leap[result.telling] == leap.max()
    assert result.labels == (STANDOFF, "cheap_war")


def test_worlds_of_unequal_size_are_compared_over_what_they_share():
    result = compare("talks_2021", "baseline", 20)
    assert result.parting.max() < 52
    result = compare(STANDOFF, vary(STANDOFF, {"militias.cells": 2}), 20)
    json.dumps(result.to_dict(), allow_nan=False)


def test_blocks_change_nothing(monkeypatch):
    changed = vary(STANDOFF, {"iran.review": 0.3})
    whole = compare(STANDOFF, changed, 100).to_dict()
    monkeypatch.setattr("redline.comparison.BLOCK_MOVES", 5000)
    assert compare(STANDOFF, changed, 100).to_dict() == whole


def test_notebooks_get_a_table():
    html = compare(STANDOFF, "cheap_war", 20)._repr_html_()
    assert "<table>" in html
    assert "cheap_war" in html


def test_numbers_out_of_range_are_refused():
    with pytest.raises(InputError, match="at least 1"):
        compare(STANDOFF, "cheap_war", 0)

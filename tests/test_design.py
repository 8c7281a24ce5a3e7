"""Designs: how many points, which values, and that they are those of the seed."""

import re

import numpy as np
import pytest

from redline.case import Points, load_scenario, points_of, read_point_table, redesigned, vary
from redline.support.errors import InputError

COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"


def swept(**table):
    return vary("baseline", sweep={key.replace("__", "."): value for key, value in table.items()})


def points(table, seed=1):
    return points_of(vary("baseline", sweep=table).sweep, seed)


def test_a_grid_is_every_combination_the_first_address_slowest():
    found = points({COMMITMENT: [0.5, 1], "environment.talks": {"from": 0, "to": 1, "steps": 2}})
    assert [found.values(p) for p in range(len(found))] == [
        {COMMITMENT: 0.5, "environment.talks": 0},
        {COMMITMENT: 0.5, "environment.talks": 1},
        {COMMITMENT: 1.0, "environment.talks": 0},
        {COMMITMENT: 1.0, "environment.talks": 1},
    ]
    assert found.columns["environment.talks"].dtype == np.int64


def test_a_range_ends_where_it_says():
    values = points({COMMITMENT: {"from": 0.1, "to": 0.7, "steps": 4}}).columns[COMMITMENT]
    assert values.tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7])
    assert values[[0, -1]].tolist() == [0.1, 0.7]


def test_a_range_ends_at_its_last_value_to_the_bit():
    values = points({COMMITMENT: {"from": 0.56, "to": 0.92, "steps": 7}}).columns[COMMITMENT]
    assert values[-1] == 0.92


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("iran.review,iran.review\n1,1\n", "its header names an address twice"),
        ("iran.review\n\n\nx\n", "line 4: every cell must be a number, not 'x'"),
        ("iran.review\n1_0e-2\n", "every cell must be a number"),
        ("iran.review;iran.backlash\n1;2\n", "cells must be separated by commas, not ';'"),
        ("iran.review\n1,2\n", "line 2: 2 cells under a header of 1 addresses"),
        ("iran.review\nnan\n", "every cell must be a number"),
        ("iran.review\n\xff\n", "not UTF-8 (byte 12)"),
    ],
)
def test_a_table_of_points_that_is_wrong_is_one_message(tmp_path, text, message):
    path = tmp_path / "p.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=re.escape(message)):
        read_point_table(path, "p.csv")


def test_a_latin_hypercube_has_one_point_in_every_row_and_column():
    table = {"design": "lhs", "points": 20, COMMITMENT: {"from": 1.0, "to": 3.0}}
    found = points({**table, REVENUE: {"from": 0.0, "to": 1.0}})
    for address, low, width in ((COMMITMENT, 1.0, 2.0), (REVENUE, 0.0, 1.0)):
        slots = np.floor((found.columns[address] - low) / width * 20).astype(int)
        assert sorted(slots) == list(range(20))


def test_sobol_points_are_balanced_in_two_dimensions():
    table = {"design": "sobol", "points": 64, COMMITMENT: {"from": 0.0, "to": 1.0}}
    found = points({**table, REVENUE: {"from": 0.0, "to": 1.0}})
    cells = {tuple((np.array(list(found.values(p).values())) * 8).astype(int)) for p in range(64)}
    assert len(cells) == 64  # a (0, 6, 2)-net: one point in each of 8 × 8 cells


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_drawn_designs_follow_the_seed_and_keep_whole_numbers_whole(design):
    table = {"design": design, "points": 33, "militias.cells": {"from": 1, "to": 4}}
    first, same, other = (points(table, seed) for seed in (1, 1, 2))
    assert first.digest() == same.digest()
    assert first.digest() != other.digest()
    values = first.columns["militias.cells"]
    assert values.dtype == np.int64
    assert set(values) == {1, 2, 3, 4}


def test_a_list_keeps_its_rows_and_their_order():
    rows = [{COMMITMENT: 1, REVENUE: 0.5}, {COMMITMENT: 0.2, REVENUE: 2.0}]
    found = points({"design": "list", "rows": rows})
    assert [found.values(p) for p in range(2)] == rows


def test_a_digest_tells_addresses_values_and_counts_apart():
    some = Points(2, {"a": np.array([0.0, 1.0])})
    others = [
        Points(2, {"b": np.array([0.0, 1.0])}),
        Points(2, {"a": np.array([0.0, 2.0])}),
        Points(2, {"a": np.array([0, 1])}),
        Points(1, {}),
    ]
    assert len({p.digest() for p in (some, *others)}) == 5


def test_a_grid_beyond_all_bounds_is_refused_before_it_is_made():
    steps = {"from": 0.0, "to": 1.0, "steps": 100_000}
    with pytest.raises(InputError, match="a grid of 10,000,000,000 points"):
        swept(united_states__commitment=steps, iran__revenue_exposure=steps)


def test_a_design_on_the_command_line_keeps_the_ranges_of_the_file():
    table = load_scenario("fear_of_war").document["sweep"]
    drawn = redesigned(table, "sobol", 8)
    assert drawn == {
        "design": "sobol",
        "points": 8,
        COMMITMENT: {"from": 0.0, "to": 1.6},
        REVENUE: {"from": 0.0, "to": 4.4},
    }
    assert redesigned({COMMITMENT: [2, 0, 1]}, "lhs", 4)[COMMITMENT] == {"from": 0, "to": 2}
    assert redesigned(table, rows=[{COMMITMENT: 1}]) == {
        "design": "list",
        "rows": [{COMMITMENT: 1}],
    }
    assert redesigned(table) == table


def test_an_empty_table_takes_the_sweep_away():
    assert vary("fear_of_war", sweep={}).sweep is None
    assert vary("fear_of_war", {"iran.review": 0.5}).sweep is not None

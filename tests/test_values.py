"""Numbers of numpy's and pandas' count as Python's own, on every way in."""

import copy
import json
import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest

import redline
from redline.case import Points, load_scenario, redesigned, vary
from redline.evidence.facts.weeks import weekly
from redline.exploration.claims_over_space import robustness
from redline.results.storage.store import MANIFEST
from redline.results.tallies import check_range
from redline.support.errors import InputError
from redline.support.values import NumberError, frozen, plain, whole

FIVES = [
    np.int8(5),
    np.int16(5),
    np.int32(5),
    np.int64(5),
    np.uint8(5),
    np.uint16(5),
    np.uint32(5),
    np.uint64(5),
    np.array(5),
    pd.Series([5, 6])[0],
    np.arange(6)[-1],
]
NO_WHOLE_NUMBERS = [True, np.True_, 5.0, np.float64(5), "5", None, [5], np.array([5]), 5j]


def kind_of(value):
    return f"{type(value).__name__}-{getattr(value, 'dtype', '')}"


@pytest.mark.parametrize("five", FIVES, ids=kind_of)
def test_a_whole_number_of_any_kind_becomes_pythons(five):
    assert whole("seed", five, 0, 6) == 5
    assert type(whole("seed", five)) is int
    assert all(type(number) is int for number in check_range(five, five, five))
    with pytest.raises(InputError, match=r"seed must be in 0 … 4, not 5$"):
        whole("seed", five, 0, 5)
    with pytest.raises(InputError, match=r"seed must be at least 6, not 5$"):
        whole("seed", five, 6)


@pytest.mark.parametrize("value", NO_WHOLE_NUMBERS, ids=kind_of)
def test_what_is_no_whole_number_is_refused_with_its_kind(value):
    with pytest.raises(NumberError, match="replicates must be a whole number, not") as caught:
        whole("replicates", value)
    assert type(value).__name__ in str(caught.value)
    asked = [
        lambda: redline.simulate("baseline", value),
        lambda: redline.simulate("baseline", 5, value),
        lambda: redline.trace("baseline", value),
        lambda: redline.explain("baseline", value),
    ]
    if value is not None:  # which leaves it to the default
        asked.append(lambda: redline.compare("baseline", "talks_2021", replicates=5, seed=value))
    for ask in asked:
        with pytest.raises(InputError, match="must be a whole number, not"):
            ask()


def test_ranges_are_told_as_they_are_read_best():
    with pytest.raises(InputError, match=r"seed must be in \[0, 2\*\*64\), not -1"):
        whole("seed", -1, 0, 1 << 64)
    with pytest.raises(InputError, match=r"week must be in 0 … 111, not 112"):
        whole("week", 112, 0, 112)


def test_what_holds_numbers_becomes_pythons():
    asked = {
        np.str_("a"): np.float32(0.5),
        "b": [np.int64(1), (np.uint8(2), np.bool_(True))],
        "c": np.arange(3),
        "d": pd.Series([0.25, 0.5]),
        "e": pd.Series([1, 2], dtype="Int64"),
        "f": range(2),
        "g": date(2020, 1, 6),
        "h": None,
    }
    found = plain(asked)
    assert found == {
        "a": 0.5,
        "b": [1, [2, True]],
        "c": [0, 1, 2],
        "d": [0.25, 0.5],
        "e": [1, 2],
        "f": [0, 1],
        "g": date(2020, 1, 6),
        "h": None,
    }
    json.dumps({**found, "g": None})
    moment = np.datetime64("2020-01-06", "ns")
    assert plain(moment) is moment  # else a count of nanoseconds


@pytest.mark.parametrize("five", FIVES, ids=kind_of)
def test_a_seed_of_any_kind_is_the_same_seed(five):
    found = redline.simulate("baseline", five, five, first=five, workers=five)
    same = redline.simulate("baseline", 5, 5, first=5)
    assert (found.measures == same.measures).all()
    assert repr(found) == repr(same)
    json.dumps(found.summary())
    assert redline.EscalationModel(rng=five, replicate=five).seed == 5
    assert redline.EscalationModel(seed=five).key == redline.EscalationModel(rng=5).key


def test_the_other_ways_in_take_them_too():
    same = redline.compare("baseline", "talks_2021", replicates=20, seed=200)
    compared = redline.compare(
        "baseline", "talks_2021", replicates=np.uint8(20), seed=np.uint8(200)
    )
    assert json.dumps(compared.to_dict()) == json.dumps(same.to_dict())
    told = redline.explain("talks_2021", np.int32(2), np.int16(4), seed=np.uint8(3))
    assert json.dumps(told.to_dict()) == json.dumps(
        redline.explain("talks_2021", 2, 4, seed=3).to_dict()
    )
    lived = redline.trace("talks_2021", np.uint8(250), np.uint8(10), np.int8(3), engine="mesa")
    assert (lived.weeks == redline.trace("talks_2021", 250, 10, 3).weeks).all()
    assert weekly(load_scenario("baseline"), np.int64(3), np.int32(5)).war.shape == (3,)
    assert load_scenario("baseline").date_of(np.int64(2)) == date(2019, 5, 20)


VARIED = [
    ({"militias.cells": np.int64(3)}, {"militias.cells": 3}),
    ({"iran.review": np.float32(0.5)}, {"iran.review": 0.5}),
    ({"iran.review": np.int8(1)}, {"iran.review": 1}),
    ({"environment.talks": np.uint8(1)}, {"environment.talks": 1}),
    ({"timeline.5.unrest": np.array(0.5)}, {"timeline.5.unrest": 0.5}),
    (pd.Series({"iran.review": 0.5, "militias.zeal": 1.0}).to_dict(), None),
]


@pytest.mark.parametrize(("given", "same"), VARIED)
def test_values_of_any_kind_vary_a_scenario(given, same):
    assert redline.scenario("baseline").vary(given) == redline.scenario("baseline").vary(
        same or given
    )


def test_all_that_vary_takes_may_hold_them():
    moves = [{"actor": "iran", "week": np.int64(3), "rung": np.str_("drones")}]
    table = {
        "design": "lhs",
        "points": np.int32(4),
        "iran.review": {"from": np.float64(0), "to": 1},
    }
    varied = redline.scenario("baseline").vary(weeks=np.int64(30), force=moves, sweep=table)
    assert type(varied.weeks) is int
    assert type(varied.forced[0].week) is int
    assert varied.sweep.points == 4
    grid = redline.scenario("baseline").vary(sweep={"iran.review": np.linspace(0, 1, 3)})
    assert grid.sweep.axes[0].values == (0.0, 0.5, 1.0)
    cells = redline.scenario("baseline").vary(sweep={"militias.cells": np.arange(1, 3)})
    assert cells.sweep.axes[0].values == (1, 2)
    frame = pd.DataFrame({"iran.review": [0.1, 0.2], "militias.cells": [1, 2]})
    rows = redline.scenario("baseline").vary(
        sweep={"design": "list", "rows": frame.to_dict("records")}
    )
    assert [row["militias.cells"] for row in rows.sweep.rows] == [1, 2]
    json.dumps(rows.document["sweep"])
    swept = redesigned({"iran.review": np.linspace(0, 1, 3)}, "lhs", np.int64(4))
    assert swept["iran.review"] == {"from": 0.0, "to": 1.0}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"values": {"militias.cells": np.float64(3)}}, "militias.cells must be a whole number"),
        ({"values": {"environment.talks": np.True_}}, "must be a whole number"),
        ({"values": {"iran.review": np.float64("nan")}}, "must be a finite number"),
        ({"values": {"iran.review": np.array([0.1, 0.2])}}, "must be a number, not a list"),
        ({"weeks": 30.0}, r"weeks must be a whole number, not float \(30\)"),
        ({"weeks": np.True_}, "weeks must be a whole number"),
        ({"weeks": np.int8(0)}, "weeks must be in 1 … 10000, not 0"),
    ],
)
def test_vary_refuses_of_numpys_what_it_refuses_of_pythons(given, message):
    with pytest.raises(InputError, match=message):
        redline.scenario("baseline").vary(**given)


def test_points_are_of_one_kind_whatever_they_were_given_as():
    plainly = Points(2, {"iran.review": np.array([0.0, 0.5]), "militias.cells": np.array([1, 2])})
    kinds = [
        (np.float32, np.int8),
        (np.float16, np.uint64),
        (">f8", ">i4"),
    ]
    for real, integer in kinds:
        columns = {
            "iran.review": np.array([0, 0.5], real),
            "militias.cells": np.array([1, 2], integer),
        }
        assert Points(np.int8(2), columns).digest() == plainly.digest()
    lists = Points(2, {"iran.review": [0.0, 0.5], "militias.cells": pd.Series([1, 2])})
    assert lists.digest() == plainly.digest()
    for wrong in (["a", "b"], [True, False], [[1, 2]], 3):
        with pytest.raises(InputError, match=r"iran\.review: expected a list of numbers"):
            Points(2, {"iran.review": wrong})


def test_a_sweep_stores_pythons_numbers(tmp_path):
    table = {"iran.review": np.array([0.25, 0.5], np.float32)}
    swept = redline.scenario("baseline").vary(weeks=np.int16(4), sweep=table)
    done = redline.sweep(
        swept, replicates=np.int64(3), seed=np.uint8(7), workers=np.int64(1), to=tmp_path / "s"
    )
    manifest = json.loads((done.folder / MANIFEST).read_text())
    assert (manifest["seed"], manifest["replicates"], manifest["weeks"]) == (7, 3, 4)
    assert manifest["sweep"]["iran.review"] == [0.25, 0.5]
    plainly = redline.scenario("baseline").vary(weeks=4, sweep={"iran.review": [0.25, 0.5]})
    again = redline.sweep(plainly, replicates=3, seed=7, to=tmp_path / "again")
    assert again.manifest["results_hash"] == manifest["results_hash"]
    assert len(done.at(np.int64(1)).column("attacks")) == 3
    for wrong in (2, -1, 1.0, True):
        with pytest.raises(InputError, match="point must be"):
            done.at(wrong)


@pytest.mark.parametrize("workers", [0, -1, 1.0, True])
def test_workers_are_a_whole_number_of_at_least_one(workers, tmp_path):
    swept = redline.scenario("baseline").vary(weeks=2, sweep={"iran.review": [0.1, 0.2]})
    with pytest.raises(InputError, match="workers must be"):
        redline.simulate("baseline", 5, workers=workers)
    with pytest.raises(InputError, match="workers must be"):
        redline.sweep(swept, replicates=2, workers=workers, to=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_robustness_refuses_what_is_no_number_before_it_makes_a_folder(tmp_path):
    with pytest.raises(InputError, match="points must be a whole number"):
        robustness(8.0, to=tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_scenario_s_document_cannot_be_changed_past_it():
    scenario = load_scenario("standoff_2019_2021")
    for change in (
        lambda document: document.update(weeks=3),
        lambda document: document["iran"].__setitem__("review", 1.0),
        lambda document: document["timeline"].append({"week": 3, "unrest": 1.0}),
        lambda document: document["militias"]["faction"][0].pop("name"),
    ):
        for one in (scenario, pickle.loads(pickle.dumps(scenario)), vary(scenario, weeks=60)):
            with pytest.raises(TypeError, match=r"its vary\("):
                change(one.document)
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    mine = copy.deepcopy(scenario.document)
    mine["iran"]["review"] = 1.0
    assert scenario.document["iran"]["review"] != 1.0


@pytest.mark.parametrize(
    ("held", "changes"),
    [
        ({"a": 1}, "__setitem__ __delitem__ __ior__ update pop popitem clear setdefault"),
        (
            [2, 1, 3],
            "__setitem__ __delitem__ __iadd__ __imul__ append extend insert pop remove clear sort "
            "reverse",
        ),
    ],
)
def test_whatever_would_change_a_table_or_a_list_of_a_scenario_is_refused(held, changes):
    for name in changes.split():
        with pytest.raises(TypeError, match="a scenario cannot be changed"):
            getattr(frozen(held), name)()


def test_a_series_is_values_by_address_and_a_name_alone_no_sequence():
    changed = vary("baseline", pd.Series({"iran.review": 0.2}), forbid="united_states.strike")
    assert changed.iran.review == 0.2
    assert len(changed.forbidden) == 1
    for wrong in ([0.2], "iran.review", {3: 0.2}, pd.DataFrame({"iran.review": [0.2]})):
        with pytest.raises(InputError):
            vary("baseline", wrong)
    for wrong in (None, 3, {}, []):
        with pytest.raises(InputError, match="a scenario is a built-in name"):
            load_scenario(wrong)

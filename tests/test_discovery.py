"""Discovery: planted boxes are found again, and what cannot be told is refused."""

import json
import sys

import numpy as np
import pytest

import redline
from legibility import assert_legible
from redline.case import vary
from redline.exploration import discovery
from redline.exploration.discovery import Limit, discover, discovered, independent_rows, within
from redline.exploration.influence import explored
from redline.figures.kinds.discovery import draw_discovery
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.support.errors import InputError


def planted(rng, points=1500, noise=0.03):
    columns = {name: rng.uniform(0, 10, points) for name in ("a.b", "c", "d", "e", "f")}
    inside = (columns["a.b"] < 3) & (columns["d"] > 6)
    return columns, inside ^ (rng.uniform(size=points) < noise)


def test_a_planted_box_is_found_again():
    columns, holds = planted(np.random.default_rng(1))
    found = discovered(columns, holds, "war > 0.2")
    box = found.boxes[0]
    limits = {limit.address: limit for limit in box.limits}
    assert set(limits) == {"a.b", "d"}
    assert limits["a.b"].low is None
    assert limits["a.b"].high == pytest.approx(3, abs=0.3)
    assert limits["d"].high is None
    assert limits["d"].low == pytest.approx(6, abs=0.3)
    assert box.density > 0.9
    assert box.coverage > 0.7
    assert all(limit.quasi_p < 0.001 for limit in box.limits)
    assert found.leading[:2] == tuple(limit.address for limit in box.limits)
    assert "a.b at most" in found.sentence()
    assert "war > 0.2: " in found.sentence()


def test_coverage_density_and_mass_are_of_the_box():
    columns, holds = planted(np.random.default_rng(2))
    box = discovered(columns, holds, "x").boxes[0]
    inside = np.ones(len(holds), bool)
    for limit in box.limits:
        column = columns[limit.address]
        inside &= column >= (-np.inf if limit.low is None else limit.low)
        inside &= column <= (np.inf if limit.high is None else limit.high)
    assert box.mass == pytest.approx(inside.mean(), abs=0.01)
    assert box.density == pytest.approx(holds[inside].mean(), abs=0.01)
    assert box.coverage == pytest.approx(holds[inside].sum() / holds.sum(), abs=0.01)
    assert (within(box.limits, columns) == inside).all()
    first, last = box.trajectory[0], box.trajectory[-1]
    assert (first.coverage, first.mass, first.restricted) == (1, 1, 0)
    assert first.density == pytest.approx(holds.mean())
    assert last.mass < 0.2


def test_the_tree_finds_it_too():
    columns, holds = planted(np.random.default_rng(3))
    leaf = discovered(columns, holds, "x").leaves[0]
    assert leaf.share > 0.9
    assert {rule.split()[0] for rule in leaf.rules} >= {"a.b", "d"}


def test_two_planted_boxes_are_two_boxes():
    rng = np.random.default_rng(4)
    columns = {name: rng.uniform(0, 1, 3000) for name in "abcd"}
    holds = (columns["a"] < 0.4) & (columns["b"] < 0.5)
    holds |= (columns["a"] > 0.8) & (columns["c"] > 0.6)
    found = discovered(columns, holds, "x")
    first, second = found.boxes[:2]
    ends = [{limit.address: limit for limit in box.limits}["a"] for box in (first, second)]
    assert {end.low is None for end in ends} == {True, False}
    # The second is told of the points that the first leaves.
    left = ~within(first.limits, columns)
    inside = left & within(second.limits, columns)
    assert second.density == pytest.approx(holds[inside].mean())
    assert second.coverage == pytest.approx(holds[inside].sum() / holds.sum())
    assert first.coverage + second.coverage <= 1


def test_chance_alone_makes_no_dense_box():
    rng = np.random.default_rng(5)
    columns = {name: rng.uniform(0, 1, 2000) for name in "abc"}
    found = discovered(columns, rng.uniform(size=2000) < 0.3, "x")
    assert not found.boxes
    assert "no box" in found.sentence()


@pytest.mark.parametrize("count", [0, 5, 1495, 1500])
def test_too_few_on_a_side_are_refused(count):
    columns, _ = planted(np.random.default_rng(1))
    with pytest.raises(InputError, match="20 or more on either side"):
        discovered(columns, np.arange(1500) < count, "x")


def test_the_luck_of_an_end_is_that_of_as_many_hits_or_more():
    columns = {"a": np.arange(10.0)}
    holds = columns["a"] < 5
    (limit,) = discovery._surely_bounded([Limit("a", None, 4.0, 0.0)], columns, holds)
    # Five of five, of which half would be expected without the end.
    assert limit == ("a", None, 4.0, pytest.approx(0.5**5))


def test_a_limit_of_two_ends_has_the_luck_of_the_likelier_one():
    ends = [Limit("a", 2.0, None, 0.04), Limit("a", None, 4.0, 0.01)]
    (limit,) = discovery._limits(ends, {"a": np.arange(10.0)})
    assert limit == ("a", 2.0, 4.0, 0.04)


def test_limits_in_words():
    assert str(Limit("a", None, 0.5, 0.0)) == "a at most 0.5"
    assert str(Limit("a", 0.25, None, 0.0)) == "a at least 0.25"
    assert str(Limit("a", 0.25, 0.5, 0.0)) == "a from 0.25 to 0.5"


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    scenario = explored(
        vary("cheap_war", weeks=40), "saltelli", 64,
        ["united_states.commitment", "militias.tempo", "militias.zeal"],
    )  # fmt: skip
    return sweep(tmp_path_factory.mktemp("d") / "s", scenario, 30, weekly="none")


def test_a_sweep_is_discovered_by_the_means_of_its_points(swept, cli, tmp_path):
    found = discover(swept, "attacks_per_week > 1.2")
    assert found.points == 128  # A and B; the mixtures are no independent points
    assert independent_rows(swept) == slice(0, 128)
    assert found.boxes[0].limits[0].address == "militias.tempo"
    assert found.boxes[0].limits[0].high is None
    status, out, err = cli(
        "discover", swept.folder, "--where", "attacks_per_week > 1.2", "--json",
        "-o", tmp_path / "d.png",
    )  # fmt: skip
    assert status == 0, err
    assert json.loads(out) == json.loads(json.dumps(found.to_dict()))
    assert (tmp_path / "d.png").exists()
    again = discover(str(swept.folder), "attacks_per_week > 1.2")
    assert again.to_json() == found.to_json()
    assert found.scenario == "cheap_war"
    frame = found.to_pandas()
    assert list(frame) == [
        "box", "coverage", "density", "mass", "address", "low", "high", "quasi_p",
    ]  # fmt: skip
    assert frame["address"][0] == "militias.tempo"
    assert found.boxes[0].sentence("x")[3:] in found._repr_html_()
    assert repr(found).startswith("Discovery(attacks_per_week > 1.2: ")
    status, out, _ = cli("discover", swept.folder, "--where", "attacks_per_week > 1.2")
    assert status == 0
    assert "weekly opportunities to act at least" in out


@pytest.mark.parametrize("style", ["paper", "dark"])
def test_the_figure_can_be_read(swept, style):
    assert_legible(draw_discovery(discover(swept, "attacks_per_week > 1.2"), style))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("militias.tempo > 2", "names no measure"),
        ("attacks", "expected comparisons"),
        ("wars > 2", "wars"),
        ("confrontation > 2", "holds at 0 of 128"),
    ],
)
def test_wrong_conditions_are_told(swept, cli, where, words):
    status, out, err = cli("discover", swept.folder, "--where", where)
    assert status == 2
    assert not out
    assert words in err


def test_a_box_of_one_planted_region_is_not_told_twice():
    columns, holds = planted(np.random.default_rng(3), noise=0.0)
    found = discovered(columns, holds, "x")
    taken = np.zeros(len(holds), bool)
    assert found.boxes
    for box in found.boxes:
        inside = within(box.limits, columns) & ~taken
        assert holds[inside].mean() > holds[~taken].mean()
        taken |= inside


def test_one_address_can_be_discovered_but_not_drawn(tmp_path, cli):
    scenario = explored(vary("cheap_war", weeks=20), "saltelli", 64, ["militias.tempo"])
    done = sweep(tmp_path / "one", scenario, 20, weekly="none")
    where = ("--where", "attacks_per_week > 1.5")
    assert cli("discover", done.folder, *where)[0] == 0
    status, _, err = cli("discover", done.folder, *where, "-o", "d.png")
    assert status == 2
    assert "takes two swept addresses" in err
    assert cli("sensitivity", "--resume", done.folder, "--measure", "attacks_per_week")[0] == 0


def test_trajectories_are_no_even_points(tmp_path, cli):
    scenario = explored(vary("cheap_war", weeks=20), "morris", 4, ["militias.t"])
    done = sweep(tmp_path / "m", scenario, 5, weekly="none")
    status, _, err = cli("discover", done.folder, "--where", "attacks > 1")
    assert status == 2
    assert "does not fill its space evenly" in err


def test_a_measure_without_a_value_is_refused(tmp_path, cli):
    table = {"design": "lhs", "points": 50, "militias.tempo": {"from": 0.0, "to": 0.3},
             "militias.zeal": {"from": 0.0, "to": 1.0}}  # fmt: skip
    done = sweep(tmp_path / "n", vary("cheap_war", weeks=5, sweep=table), 3, weekly="none")
    status, _, err = cli("discover", done.folder, "--where", "strikes_per_attack > 0.1")
    assert status == 2
    assert "has no value at" in err


def test_a_run_is_no_sweep(cli, tmp_path):
    run_into(tmp_path / "run", vary("baseline", weeks=2), 2)
    status, _, err = cli("discover", "run", "--where", "attacks > 1")
    assert status == 2
    assert "holds a run" in err


def test_without_the_workbench_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis", None)
    columns, holds = planted(np.random.default_rng(1))
    with pytest.raises(InputError, match=r"redline\[discovery\]"):
        discovered(columns, holds, "x")


@pytest.mark.parametrize("boxes", [-1, True, 1.5])
def test_boxes_are_a_whole_number(boxes):
    with pytest.raises(redline.InputError, match="boxes must be"):
        redline.discover("folder", "confrontation > 0.2", boxes=boxes)


@pytest.mark.parametrize("given", [(None, "crisis > 0"), ("folder", 3)])
def test_what_is_no_sweep_or_no_condition_is_refused(given):
    with pytest.raises(redline.InputError, match=r"(sweep|where) must be a"):
        redline.discover(*given)

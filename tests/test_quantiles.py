"""Quantiles of more values than memory holds are NumPy's, to the last bit."""

import json

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.results.measures import measure_names
from redline.results.pooling import quantiles
from redline.results.pooling.grouping import grouped
from redline.results.pooling.quantiles import Counted, exact_quantiles
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.stored import StoredResults

SHARES = (0.05, 0.5, 0.95)
CHANCE = np.random.default_rng(6)
VALUES = {
    "whole numbers": CHANCE.poisson(5.0, 20_000).astype(float),
    "all different": CHANCE.lognormal(size=20_000),
    "negative": -CHANCE.lognormal(size=20_001),
    "mostly zero": np.where(CHANCE.random(20_000) < 0.9, 0.0, CHANCE.random(20_000)),
    "in order": np.sort(CHANCE.random(20_000)),
    "in waves": np.sin(np.arange(20_000) / 300.0),
    "very large": CHANCE.standard_cauchy(20_000) * 1e300,
    "one": np.array([3.5]),
    "two": np.array([1.0, 2.0]),
    "alike": np.full(5000, 0.1),
}


def pieces(values, size):
    return lambda: ([values[start : start + size]] for start in range(0, len(values), size))


@pytest.fixture
def small(monkeypatch):
    """As little memory as would take a hundredth of the values."""
    monkeypatch.setattr(quantiles, "MOST_DIFFERENT", 200)
    monkeypatch.setattr(quantiles, "SAMPLE", 150)


@pytest.mark.parametrize("size", [997, 1 << 30])
@pytest.mark.parametrize("name", VALUES)
def test_they_are_numpy_s(small, name, size):
    (found,) = exact_quantiles(pieces(VALUES[name], size), 1, SHARES)
    assert np.array_equal(found, np.quantile(VALUES[name], SHARES))


@pytest.mark.parametrize("shares", [(0.0, 1.0), (0.001, 0.999), (0.25,)])
def test_ends_and_other_shares(small, shares):
    values = VALUES["all different"]
    (found,) = exact_quantiles(pieces(values, 500), 1, shares)
    assert np.array_equal(found, np.quantile(values, shares))


def test_a_sample_that_misleads_costs_a_pass_and_no_truth(small, monkeypatch):
    values = VALUES["all different"]
    monkeypatch.setattr(quantiles, "MARGIN", 1e-4)
    passes = []

    def read():
        passes.append(1)
        return pieces(values, 1000)()

    (found,) = exact_quantiles(read, 1, SHARES)
    assert np.array_equal(found, np.quantile(values, SHARES))
    assert len(passes) > 2


def test_periods_do_not_mislead_the_sample(small):
    # Parts alike but for a trifle, of a length that a regular sample would fall in with.
    part = CHANCE.random(1024)
    values = np.concatenate([part * (1 + 1e-9 * number) for number in range(40)])
    passes = []

    def read():
        passes.append(1)
        return pieces(values, 1024)()

    (found,) = exact_quantiles(read, 1, SHARES)
    assert np.array_equal(found, np.quantile(values, SHARES))
    assert len(passes) == 2


def test_several_quantities_are_found_together(small):
    every = np.stack([VALUES["whole numbers"], VALUES["all different"]])
    found = exact_quantiles(lambda: (list(every[:, s : s + 700]) for s in range(0, 20_000, 700)),
                            2, SHARES)  # fmt: skip
    for mine, values in zip(found, every, strict=True):
        assert np.array_equal(mine, np.quantile(values, SHARES))


def test_of_nothing_there_are_none():
    assert exact_quantiles(lambda: iter(()), 2, SHARES) == [None, None]
    assert exact_quantiles(lambda: iter([[np.zeros(0)]]), 1, SHARES) == [None]


def test_memory_is_bounded_by_what_differs(monkeypatch):
    monkeypatch.setattr(quantiles, "MOST_DIFFERENT", 1000)
    counted = Counted()
    for _ in range(50):
        counted.add(CHANCE.poisson(3.0, 5000).astype(float))
        assert counted._size <= 1000
    assert len(counted) < 30
    assert counted.counts.sum() == 250_000


# Of results


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    table = {"united_states.commitment": [0.0, 0.4, 0.8], "iran.review": [0.1, 0.9]}
    scenario = vary("talks_2021", weeks=25, sweep=table)
    return sweep(tmp_path_factory.mktemp("s") / "s", scenario, 120)


def by_hand(frame, name):
    """The quantiles of single replicates, from a data frame of all columns."""
    above, below = {
        "attacks_per_week": (frame["attacks"], frame["weeks_lived"]),
        "strikes_per_attack": (frame["strikes"], frame["attacks"]),
        "first_crisis_week": (frame["first_crisis_week"], frame["first_crisis_week"] >= 0),
    }.get(name, (frame.get(name), np.ones(len(frame))))
    has = np.asarray(below) > 0
    values = np.asarray(above, float)[has] / np.asarray(below, float)[has]
    return tuple(np.quantile(values, SHARES)) if len(values) else (None, None, None)


NAMES = ("attacks", "mean_severity", "utility.iran", "attacks_per_week", "strikes_per_attack",
         "first_crisis_week")  # fmt: skip


@pytest.mark.parametrize("most", [1, 1000, 20_000_000])
@pytest.mark.parametrize("by", [None, [], ["iran.review"]])
def test_groups_have_the_quantiles_of_their_replicates(swept, monkeypatch, small, by, most):
    monkeypatch.setattr("redline.results.pooling.grouping.MOST_VALUES", most)
    frame = swept.to_pandas()
    for group in grouped(swept, by, NAMES, quantiles=True):
        mine = frame
        for address, value in group.values.items():
            mine = mine[mine[address] == value]
        assert len(mine) == group.replicates
        for name in NAMES:
            assert tuple(group.quantiles[name]) == by_hand(mine, name), name


def test_a_condition_holds_for_quantiles_too(swept):
    frame = swept.to_pandas(where="attacks > 8")
    (group,) = grouped(swept, [], ["attacks"], "attacks > 8", quantiles=True)
    assert tuple(group.quantiles["attacks"]) == by_hand(frame, "attacks")


def test_a_run_s_are_those_of_its_summary(tmp_path, small, monkeypatch):
    monkeypatch.setattr("redline.results.pooling.grouping.MOST_VALUES", 1)
    run = run_into(tmp_path / "r", load_scenario("talks_2021"), 300)
    (group,) = grouped(run, measures=measure_names(), quantiles=True)
    summary = run.summary()
    for name, ends in group.quantiles.items():
        if name in summary and not name.startswith(("site.", "strikes_per")):
            row = summary[name]
            assert (ends.q05, ends.q50, ends.q95) == (row["q05"], row["q50"], row["q95"]), name
    assert "confrontation" not in group.quantiles  # a share has none


def test_without_asking_there_are_none(swept):
    assert all(group.quantiles is None for group in grouped(swept))


def test_only_parts_with_the_points_are_read(swept, monkeypatch):
    read = []
    whole = StoredResults.read
    monkeypatch.setattr(
        StoredResults,
        "read",
        lambda self, name, *more: read.append(name) or whole(self, name, *more),
    )
    point = np.arange(6) == 5
    some = list(swept.batches(["point"], points=point))
    assert {number for table in some for number in table["point"].tolist()} <= {5}
    assert len(read) < len(swept.parts)


def test_results_prints_quantiles_where_asked(cli, tmp_path):
    cli("sweep", "fear_of_war", "-n", 4, "--weeks", 10, "-o", "r")
    arguments = ("results", "r", "--by", "iran.revenue_exposure", "--measure", "attacks")
    status, out, _ = cli(*arguments, "--quantiles", "--csv", "t.csv")
    assert status == 0
    assert "5 %, 50 %, 95 %" in out
    assert "5 %, 50 %, 95 %" not in cli(*arguments)[1]
    head = (tmp_path / "t.csv").read_text().splitlines()[0]
    assert head.endswith("attacks,attacks.low,attacks.high,attacks.q05,attacks.q50,attacks.q95")
    rows = json.loads(cli(*arguments, "--quantiles", "--json")[1])["groups"]
    assert set(rows[0]["measures"]["attacks"]) == {"mean", "low", "high", "q05", "q50", "q95"}
    assert set(json.loads(cli(*arguments, "--json")[1])["groups"][0]["measures"]["attacks"]) == {
        "mean", "low", "high",
    }  # fmt: skip
    never = ("results", "r", "--measure", "confrontation_week", "--quantiles")
    assert "–" in cli(*never)[1]

"""Outcomes: measures against a slow count, intervals with their coverage, survival by hand."""

import json
import math
import threading

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.results.engines import open_engine
from redline.results.intervals import survival, wilson
from redline.results.measures import COLUMNS, RATIOS
from redline.results.outcomes import describe, describe_ratio
from redline.results.simulation import Results, simulate, trace
from redline.results.tallies import tallies
from redline.support.errors import InputError
from redline.theory.vocabulary import Outcome


@pytest.fixture(scope="module")
def cheap():
    """Sixty replicates, some of which end in war, and their traces."""
    scenario = vary(load_scenario("talks_2021"), {"united_states.commitment": 0.2})
    return simulate(scenario, 60), trace(scenario, 0, 60)


def test_measures_agree_with_a_slow_count(cheap):
    results, history = cheap
    for r in range(60):
        weeks = history.weeks[r, : history.lived[r]]
        moves = history.moves[r, : history.lived[r]]["rung"]
        row = {name: results.column(name)[r] for name in COLUMNS}
        assert row["weeks_lived"] == len(weeks)
        assert row["attacks"] == (moves >= 2).sum()
        assert row["attacks.drones"] == (moves == 3).sum()
        assert row["assaults"] == row["attacks.assault"] == (moves == 4).sum()
        assert row["fatal_attacks"] == history.moves[r]["killed"].sum()
        assert row["crossings"] == row["fatal_attacks"] + (weeks["provocation"] >= 4).sum()
        assert row["strikes"] == (weeks["response"] >= 3).sum()
        assert row["decapitations"] == (weeks["response"] == 4).sum()
        assert row["sanctions"] == row["response_weeks.sanctions"] == (weeks["response"] == 2).sum()
        assert row["rocket_weeks"] == (weeks["provocation"] == 2).sum()
        assert row["talks_weeks"] == weeks["talks"].sum()
        assert row["site_attacks.erbil"] == (history.moves[r]["site"] == 4).sum()
        assert row["mean_severity"] == pytest.approx(weeks["severity"].mean(), rel=1e-12)
        assert row["peak_pressure"] == weeks["pressure"].max()
        assert row["mean_leverage"] == pytest.approx(weeks["leverage"].mean(), rel=1e-12)
        assert row["utility.iran"] == pytest.approx(weeks["utility"][:, 1].sum(), rel=1e-12)
        crisis = (weeks["provocation"] >= 4) | (weeks["response"] >= 4)
        assert row["first_crisis_week"] == (crisis.argmax() if crisis.any() else -1)
        war = history.over[r] == 1
        assert row["confrontation_week"] == (len(weeks) - 1 if war else -1)
        expected = (
            Outcome.CONFRONTATION if war
            else Outcome.CRISIS if crisis.any()
            else Outcome.PROVOCATION if row["attacks"]
            else Outcome.QUIET
        )  # fmt: skip
        assert results.column("class")[r] == expected
    assert history.over.any()


def test_weekly_counts_are_over_replicates_at_risk(cheap):
    results, history = cheap
    for week in (0, 20, 51):
        alive = history.lived > week
        at_risk = history.weeks[alive, week]
        counts = results.counts[week]
        assert counts["provocation"].sum() == alive.sum()
        for field in ("provocation", "response", "directive"):
            assert (counts[field] == np.bincount(at_risk[field], minlength=6)).all()
        assert counts["talks"] == at_risk["talks"].sum()
        for field in ("severity", "leverage", "control"):
            bins = np.minimum(255, (at_risk[field] * 256).astype(int))
            assert (counts[field] == np.bincount(bins, minlength=256)).all()
        q = at_risk["pressure"]
        bins = np.minimum(255, (q / (1 + q) * 256).astype(int))
        assert (counts["pressure"] == np.bincount(bins, minlength=256)).all()


def test_the_summary_has_every_name_and_never_nan(cheap):
    summary = cheap[0].summary()
    assert set(summary) == {"class", *COLUMNS, *RATIOS}
    json.dumps(summary, allow_nan=False)
    assert summary["attacks"]["total"] == int(cheap[0].column("attacks").sum())
    assert sum(row["count"] for row in summary["class"].values()) == 60
    assert summary["mean_severity"]["total"] is None
    assert summary["confrontation_week"]["observed"] == pytest.approx(
        summary["class"]["confrontation"]["share"]
    )
    sites = [summary[name]["mean"] for name in RATIOS if name.startswith("site.")]
    assert sum(sites) == pytest.approx(1)


def test_utilities_near_the_largest_number_have_finite_intervals():
    extreme = {"united_states.red_line": 1e90, "united_states.audience_cost": 1e90}
    summary = simulate(vary("baseline", extreme), 20).summary()
    json.dumps(summary, allow_nan=False)
    row = summary["utility.united_states"]
    assert row["mean"] < -1e180
    assert row["low"] < row["mean"] < row["high"]


@pytest.mark.parametrize("values", [{"militias.tempo": 0}, {}])
def test_one_replicate_has_no_intervals_but_is_summarised(values):
    summary = simulate(vary(load_scenario("standoff_2019_2021"), values), 1).summary()
    json.dumps(summary, allow_nan=False)
    assert summary["attacks"]["low"] is None
    if values:
        assert summary["strikes_per_attack"]["mean"] is None
        assert summary["site.erbil"] == {**dict.fromkeys(summary["site.erbil"]), "total": None}


def test_censored_weeks_are_null():
    row = describe(np.array([-1, -1, -1]), "week")
    assert row["mean"] is None
    assert row["observed"] == 0.0
    row = describe(np.array([-1, 4, 6]), "week")
    assert row["mean"] == 5
    assert row["observed"] == pytest.approx(2 / 3)


def test_wilson_by_hand():
    # Wilson (1927) at 2 of 10, z = 1.959964: centre (p + z²/2n) / (1 + z²/n)
    z = 1.959963984540054
    centre = (0.2 + z * z / 20) / (1 + z * z / 10)
    half = z / (1 + z * z / 10) * math.sqrt(0.2 * 0.8 / 10 + z * z / 400)
    assert wilson(2, 10) == pytest.approx((0.2, centre - half, centre + half))
    assert wilson(0, 50)[1] == pytest.approx(0.0, abs=1e-12)


def test_the_mean_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(2000):
        row = describe(rng.poisson(4.0, 40), "count")
        hits += row["low"] <= 4.0 <= row["high"]
    # 2,000 trials at 0.95: standard error 0.005; five of them.
    assert hits / 2000 == pytest.approx(0.95, abs=0.025)


def test_the_ratio_interval_covers_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits, width = 0, 0.0
    for _ in range(1000):
        below = rng.poisson(20, 60)
        above = rng.binomial(below, 0.1)
        row = describe_ratio(above, below)
        hits += row["low"] <= 0.1 <= row["high"]
        width += (row["high"] - row["low"]) / 1000
    # 1,000 trials at 0.95: standard error 0.007; three of them.
    assert hits / 1000 == pytest.approx(0.95, abs=0.021)
    # Nor is it wider than it must be: 1,200 trials of 0.1 each, to a percent; a width has an
    # error of a tenth, their mean of 0.3 %: five of them, the percent, and 2 % of Student's.
    assert width == pytest.approx(2 * 1.96 * math.sqrt(0.1 * 0.9 / 1200), rel=0.05)


def test_survival_by_hand():
    # Ends at 2 (war), 3 (war), 3 (censored), 5 (war), 6 (censored) of five replicates.
    curve = survival(np.array([2, 3, 3, 5, 6]), np.array([True, True, False, True, False]))
    assert curve.weeks.tolist() == [0, 2, 3, 5, 6]
    assert curve.share == pytest.approx([1, 0.8, 0.6, 0.3, 0.3])
    assert curve.at_risk.tolist() == [5, 5, 4, 2, 1]
    assert (curve.low <= curve.share).all()
    assert (curve.share <= curve.high).all()


@pytest.mark.parametrize("war", [True, False])
def test_survival_where_all_or_none_end_in_war(war):
    curve = survival(np.full(10, 52), np.full(10, war))
    assert curve.share[-1] == (0.0 if war else 1.0)
    assert np.isfinite(curve.low).all()


def test_an_unknown_measure_names_the_nearest():
    with pytest.raises(InputError, match="no measure atacks; nearest valid name: attacks"):
        simulate("baseline", 2).column("atacks")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicates": 0}, "at least 1"),
        ({"seed": -1}, "seed must be in"),
        ({"seed": 1 << 64}, "seed must be in"),
        ({"first": -1}, "numbered"),
        ({"first": (1 << 32) - 1, "replicates": 2}, "numbered"),
        ({"engine": "bathc"}, "nearest valid name: batch"),
    ],
)
def test_simulate_refuses_what_does_not_exist(arguments, message):
    with pytest.raises(InputError, match=message.replace("*", r"\*")):
        simulate("baseline", **{"replicates": 2, **arguments})


def test_progress_is_told_and_an_abandoned_run_stops():
    seen = []
    results = simulate("baseline", 1500, first=100, progress=seen.append)
    assert isinstance(results, Results)
    assert seen[-1] == 1600
    assert seen == sorted(seen)
    others = set(threading.enumerate())
    blocks = tallies(load_scenario("baseline"), 100_000, workers=2)
    next(blocks)
    own = set(threading.enumerate()) - others
    assert own
    blocks.close()
    assert not any(thread.is_alive() for thread in own)


def test_the_last_replicate_of_all_exists():
    runner = open_engine(load_scenario("baseline"), 1, "batch")
    assert runner.run((1 << 32) - 1, 1).lived[0] >= 1

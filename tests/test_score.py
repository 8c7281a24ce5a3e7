"""Scores and the forecasters beside the model: proper, known on constructed records."""

import json
import random
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import chisquare

import redline
from redline.case.scenario_file import load_scenario
from redline.evidence import ladders, scoring
from redline.evidence.baselines import _sum_before, base_rate, features, logistic
from redline.evidence.ladders import Ladder
from redline.evidence.recorded import published
from redline.evidence.replay import COUNT, Predicted, categories
from redline.evidence.scoring import (
    listing_rate,
    refitted,
    scored,
    until,
)
from redline.theory.vocabulary import Actor


def ladder(chances, happened, other=None):
    weeks = np.arange(len(happened))
    told = {"model": np.asarray(chances, float)}
    told["base rate"] = np.asarray(other if other is not None else chances, float)
    return Ladder(Actor.MILITIAS, weeks, np.asarray(happened), told)


def test_scores_are_the_textbook_s():
    found = ladder([[0.5, 0.5, 0, 0, 0], [0.9, 0.1, 0, 0, 0]], [1, 0])
    assert found.logs["model"] == pytest.approx([np.log(2), -np.log(0.9)])
    assert found.briers["model"] == pytest.approx([0.5, 0.02])


@pytest.mark.parametrize("loss", ["logs", "briers"])
def test_scores_are_proper(loss):
    # The truth itself is best, whatever else is said.
    rng = np.random.default_rng(1)
    truth = np.array([0.5, 0.3, 0.1, 0.07, 0.03])
    for _ in range(50):
        said = rng.dirichlet(np.ones(COUNT))
        mean = []
        for chances in (truth, said):
            each = getattr(ladder(np.tile(chances, (COUNT, 1)), np.arange(COUNT)), loss)["model"]
            mean.append(float(truth @ each))
        assert mean[0] < mean[1]


def test_skill_of_equals_is_zero_and_of_the_better_positive():
    rng = np.random.default_rng(2)
    happened = rng.choice(COUNT, 300, p=[0.6, 0.2, 0.1, 0.05, 0.05])
    good, bad = np.tile([0.6, 0.2, 0.1, 0.05, 0.05], (300, 1)), np.full((300, COUNT), 0.2)
    same = ladder(good, happened).log_skill("base rate")
    assert same == (0, 0, 0)
    better = ladder(good, happened, bad)
    assert better.log_skill("base rate").low > 0
    assert better.brier_skill("base rate").low > 0
    worse = ladder(bad, happened, good)
    assert worse.log_skill("base rate").high < 0


def autocorrelated(rng, n):
    """A gain of mean 0 that is remembered for two weeks."""
    return np.convolve(rng.normal(size=n + 2), [1, 0.6, 0.3], "valid")


def test_an_interval_of_blocks_covers():
    # Of 60 intervals of an autocorrelated gain with mean 0, about one in ten should miss, as
    # blocks of eight of 112 weeks still are somewhat narrow: 6, with a standard error of 2.3.
    # Fifteen is four of these more. That none is too wide is the next test's.
    rng = np.random.default_rng(3)
    missed = 0
    for trial in range(60):
        gain = autocorrelated(rng, 112)
        skill = ladders._bootstrapped(lambda weeks, gain=gain: gain[weeks].mean(), 112, trial)
        missed += not skill.low <= 0 <= skill.high
    assert missed <= 15


def test_a_mean_of_blocks_has_the_variance_that_is_known():
    # Of the mean of 14 circular blocks of eight weeks: autocovariances within the circle, weighted
    # down in a straight line to nothing at eight (Politis & Romano 1992).
    gain = autocorrelated(np.random.default_rng(6), 112)
    apart = gain - gain.mean()
    covariance = [float((apart * np.roll(apart, lag)).mean()) for lag in range(8)]
    due = sum((1 if lag == 0 else 2) * (1 - lag / 8) * c for lag, c in enumerate(covariance)) / 112
    drawn = []

    def mean(weeks):
        drawn.append(gain[weeks].mean())
        return drawn[-1]

    skill = ladders._bootstrapped(mean, 112, 1)
    told = np.array(drawn[: ladders.RESAMPLES])
    # The variance of 1,999 nearly normal values has a standard error of √(2 / 1,999) = 3.2 %.
    assert told.var() == pytest.approx(due, rel=5 * 0.032)
    assert due > 1.5 * covariance[0] / 112  # what weeks one by one would have
    assert skill == (gain.mean(), *np.quantile(told, (0.025, 0.975)))


def by_blocks(n, size, count):
    """Resample n weeks in blocks that go on at the start after the end, so many times."""
    chance = random.Random(5)
    found = []
    for _ in range(count):
        one = []
        while len(one) < n:
            start = chance.randrange(n)
            one.extend((start + step) % n for step in range(size))
        found.append(one[:n])
    return found


@pytest.mark.parametrize("n", [30, 17])
def test_an_interval_is_that_of_a_plain_bootstrap_of_blocks(n):
    # Of a statistic that is no mean, as the Brier skill is, and weeks that blocks do not divide.
    rng = np.random.default_rng(n)
    ours, theirs = rng.exponential(size=n), 1 + rng.exponential(size=n)

    def gain(weeks):
        return 1 - ours[weeks].sum() / theirs[weeks].sum()

    skill = ladders._bootstrapped(gain, n, 1)
    plain = [gain(weeks) for weeks in by_blocks(n, 8, 4000)]
    # Of 4,000, 100 are due below the lower end, with the binomial's error of its own 1,999 and
    # of these: √(0.025 · 0.975 · 4,000 · (1 + 4,000 / 1,999)) = 17; five of these.
    assert 100 - 5 * 17 <= sum(one < skill.low for one in plain) <= 100 + 5 * 17
    assert 100 - 5 * 17 <= sum(one > skill.high for one in plain) <= 100 + 5 * 17
    assert skill.mean == gain(np.arange(n))


@pytest.mark.parametrize("n", [2, 5, 8])
def test_one_block_of_all_weeks_is_all_of_them_turned_round(n):
    values = np.arange(n) ** 2.0
    found = ladders._bootstrapped(lambda weeks: values[weeks].mean(), n, 1)
    assert found == pytest.approx((values.mean(),) * 3)
    assert ladders._bootstrapped(lambda weeks: 0.0, 1, 1) == (None, None, None)


def test_blocks_are_of_eight_weeks_and_begin_anywhere():
    seen = []
    ladders._bootstrapped(lambda weeks: seen.append(weeks) or 0.0, 20, 1)
    drawn = np.array(seen[:-1])
    assert drawn.shape == (ladders.RESAMPLES, 20)
    step = np.diff(drawn, axis=1) % 20
    assert (np.delete(step, [7, 15], axis=1) == 1).all()
    begins = np.bincount(drawn[:, [0, 8, 16]].ravel(), minlength=20)
    assert chisquare(begins).pvalue > 1e-4  # by chance in one of 10,000


def test_what_was_held_impossible_is_set_apart():
    sure = [1, 0, 0, 0, 0]
    even = [0.2] * 5
    found = ladder([sure, even, even, even], [1, 0, 2, 1], np.full((4, COUNT), 0.2))
    assert found.impossible.tolist() == [True, False, False, False]
    assert found.log_skill("base rate") == (0, 0, 0)  # of the other weeks
    report = scored_of(found)
    assert report["held_impossible"] == 1
    assert report["log"]["model"] == pytest.approx(np.log(5))


def scored_of(one):
    from redline.evidence.scoring import Score

    one.chances["logistic"] = one.chances["base rate"]
    return Score("x", True, "all", 1.0, {"attacks": one}).to_dict()["attacks"]


def test_events_and_weeks_without_drones():
    table = np.array([[0.5, 0.2, 0.1, 0.1, 0.1], [0.1, 0.5, 0.2, 0.1, 0.1]])
    found = ladder(table, [2, 0])
    two = found.binary()
    assert two.chances["model"][:, :2] == pytest.approx(np.array([[0.5, 0.5], [0.1, 0.9]]))
    assert two.happened.tolist() == [1, 0]
    assert found.without_drones().happened.tolist() == [0]
    assert found.predicted() == pytest.approx([0.5, 0.9])


def test_one_week_of_force_left_out():
    chances = np.tile([0.9, 0.0, 0.1, 0.0, 0.0], (20, 1))
    even = np.full((20, COUNT), 0.2)
    happened = np.array([0] * 18 + [2] * 2)
    found = Ladder(
        Actor.UNITED_STATES, np.arange(20), happened, {"model": chances, "base rate": even}
    )
    low, high = found.without_one("base rate")
    gain = found.logs["base rate"] - found.logs["model"]
    assert low == high == pytest.approx(np.delete(gain, 18).mean())
    assert Ladder(
        Actor.UNITED_STATES, np.arange(3), np.zeros(3, int), found.chances
    ).events() == 0  # fmt: skip


def test_calibration_counts_every_week_once():
    rng = np.random.default_rng(4)
    chance = rng.uniform(size=500)
    happened = (rng.uniform(size=500) < chance).astype(int)
    table = np.zeros((500, COUNT))
    table[:, 1], table[:, 0] = chance, 1 - chance
    bins = ladder(table, happened).calibration()
    assert sum(one["weeks"] for one in bins) == 500
    inside = [one["low"] <= one["foretold"] <= one["high"] for one in bins]
    assert sum(inside) >= len(inside) - 1


def test_what_was_held_certain_is_in_the_last_bin():
    (found,) = ladder([[0.0, 1.0, 0.0, 0.0, 0.0]], [1]).calibration()
    assert (found["foretold"], found["weeks"]) == (1.0, 1)


def test_weeks_before_are_summed_without_the_week_itself():
    assert _sum_before(np.array([1.0, 2, 4, 8, 16]), 2).tolist() == [0, 1, 3, 6, 12]


def test_what_a_refit_may_see_is_scored_nowhere_in_2021(monkeypatch):
    monkeypatch.setattr(scoring, "predict", lambda *_, **__: None)
    monkeypatch.setattr(scoring, "scored", lambda name, saw, rate, ahead, weeks: (name, weeks))
    weeks = dict(scoring.score(load_scenario("standoff_2019_2021"), refit=False))[
        "defaults, on 2021"
    ]
    first = published.START + timedelta(weeks=int(weeks[0]))
    assert first - timedelta(weeks=1) <= scoring.CUT < first


def test_base_rate_learns_only_from_the_past():
    assert base_rate(np.array([], int)) == pytest.approx(np.full(COUNT, 0.2))
    assert base_rate(np.zeros(95, int))[0] == pytest.approx(95.5 / 97.5)


def test_features_know_nothing_of_the_week_of_an_attack():
    about = features(Actor.MILITIAS)
    week = int(np.flatnonzero(categories(Actor.MILITIAS))[0])
    assert not about[week].any()
    assert about[week + 1][0] == 1
    assert features(Actor.UNITED_STATES)[week][3] == 1  # but an answer may rest on it


def test_logistic_learns_a_pattern_and_starts_from_the_base_rate():
    rng = np.random.default_rng(5)
    sign = rng.choice([-1.0, 1.0], 112)
    happened = (sign > 0).astype(int)
    weeks = np.arange(60, 112)
    told = logistic(sign[:, None], happened, weeks)
    assert (told.argmax(axis=1) == happened[weeks]).all()
    noise = logistic(rng.normal(size=(112, 1)) * 0, happened, weeks)
    assert noise == pytest.approx(np.array([base_rate(happened[:week]) for week in weeks]))


def test_a_refit_sees_nothing_after_its_last_week():
    scenario = load_scenario("standoff_2019_2021")
    cut = 86
    past = until(scenario, cut)
    assert past.drivers_by_week[:cut] == scenario.drivers_by_week[:cut]
    assert set(past.drivers_by_week[cut:]) == {scenario.drivers_by_week[cut]}
    assert until(scenario, published.WEEKS - 1) is scenario


def test_a_refit_is_within_plausible_ranges_and_no_worse_than_where_it_began(monkeypatch):
    from redline.case import vary
    from redline.case.addresses import parameter_at
    from redline.evidence.replay import predict

    monkeypatch.setattr(scoring, "ROUNDS", 2)
    monkeypatch.setattr(scoring, "POPULATION", 2)
    scenario, tried = load_scenario("standoff_2019_2021"), []
    values = refitted(scenario, 15, 0.45, particles=40, progress=tried.append)
    assert tried[-1] >= scoring.refit_trials() == 36
    for address, value in values.items():
        low, high = parameter_at(scenario.document, address).plausible
        assert low <= value <= high

    def loss(one):
        told, at = predict(one, listed=0.45, particles=40, weeks=16), np.arange(16)
        happened = [categories(actor)[:16] for actor in (Actor.MILITIAS, Actor.UNITED_STATES)]
        tables = (told.attacks, told.answers)
        return sum(
            -np.log(np.maximum(c[at, h], scoring.LEAST)).sum()
            for c, h in zip(tables, happened, strict=True)
        )

    assert loss(vary(scenario, values)) <= loss(scenario)


def test_scored_ladders_are_those_of_the_record():
    even = Predicted(*np.full((2, published.WEEKS, COUNT), 0.2), np.ones(published.WEEKS))
    weeks = np.arange(26, published.WEEKS, 6)
    told = scored("even", "all", listing_rate(), even, weeks)
    for ladder, actor in (("attacks", Actor.MILITIAS), ("answers", Actor.UNITED_STATES)):
        assert (told.ladders[ladder].happened == categories(actor)[weeks]).all()
        logs = told.to_dict()[ladder]["log"]
        assert logs["model"] == pytest.approx(np.log(5))
        # Who learns from the past is better than chance, and each in a way of its own.
        assert 0 < logs["logistic"] < np.log(5)
        assert 0 < logs["base rate"] < np.log(5)
        assert logs["logistic"] != logs["base rate"]
    assert listing_rate() == pytest.approx(48 / 106)


def as_the_base_rate(about, happened, weeks):
    return np.array([base_rate(happened[:week]) for week in weeks])


@pytest.fixture
def few(monkeypatch):
    """As little as scoring can do with: few resamples, a short refit, no logit to be fitted."""
    monkeypatch.setattr(ladders, "RESAMPLES", 99)
    monkeypatch.setattr(scoring, "ROUNDS", 1)
    monkeypatch.setattr(scoring, "POPULATION", 1)
    monkeypatch.setattr(scoring, "logistic", as_the_base_rate)


def test_the_command(few, cli, tmp_path):
    status, out, err = cli(
        "score", "--no-refit", "--particles", "20", "--json", "-o", tmp_path / "s.png"
    )
    assert status == 0, err
    report = json.loads(out)
    assert [one["name"] for one in report["scores"]] == [
        "defaults",
        "defaults, list taken as complete",
        "defaults, on 2021",
    ]
    assert all(one["in_sample"] for one in report["scores"])
    whole, _, later = report["scores"]
    assert (whole["attacks"]["weeks"], whole["attacks"]["events"]) == (86, 28)
    assert (whole["answers"]["weeks"], whole["answers"]["events"]) == (86, 5)
    assert (later["attacks"]["first_week"], later["attacks"]["weeks"]) == (87, 25)
    skill = whole["answers"]["skill"]["base rate"]
    assert skill["log"]["low"] <= skill["log"]["mean"] <= skill["log"]["high"]
    assert len(skill["log_without_one_week_of_force"]) == 2
    assert (tmp_path / "s.png").stat().st_size > 10_000
    status, out, _ = cli("score", "--no-refit", "--particles", "20")
    assert status == 0
    assert "saw the" in out
    assert cli("score", "talks_2021", "--no-refit")[0] == 2
    assert cli("score", "-o", "s.txt")[0] == 2


def test_scores_are_a_list_a_table_and_json(few, cli):
    found = scoring.score(particles=20, refit=False)
    assert [one.name for one in found] == [one.name for one in found.scores]
    assert found[0] is found.scores[0]
    frame = found.to_pandas()
    assert list(frame) == [
        "score", "in_sample", "ladder", "against", "mean", "low", "high",
        "impossible", "weeks", "events",
    ]  # fmt: skip
    assert len(frame) == 3 * 2 * 2
    told = found._repr_html_()
    assert found.finding in told
    assert "Above 0 beats the base rate" in told
    assert repr(found) == "Scores(standoff_2019_2021: 3 readings, seed 1)"
    out = cli("score", "--no-refit", "--particles", "20", "--json")[1]
    assert json.loads(out) == json.loads(found.to_json())


def test_the_command_with_its_refit(few, cli):
    status, out, _ = cli("score", "--particles", "20", "--json")
    assert status == 0
    fitted = [one for one in json.loads(out)["scores"] if not one["in_sample"]]
    assert len(fitted) == 2
    assert set(fitted[0]["fitted"]) == set(scoring.REFITTED)
    assert fitted[0]["attacks"]["first_week"] == 87


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"particles": 0}, "particles must be at least 1, not 0"),
        ({"particles": 1.5}, "particles must be a whole number, not float"),
        ({"seed": -1}, r"seed must be in \[0, 2\*\*64\), not -1"),
    ],
)
def test_numbers_of_a_score_are_checked(given, told):
    with pytest.raises(redline.InputError, match=told):
        redline.score(**given)


def test_a_refit_takes_seeds_that_scipy_does_not(monkeypatch):
    monkeypatch.setattr(scoring, "ROUNDS", 0)
    cut = (scoring.CUT - published.START).days // 7
    scenario = redline.scenario("standoff_2019_2021")
    found = scoring.refitted(scenario, cut, 0.1, particles=2, seed=2**40)
    assert list(found) == list(scoring.REFITTED)

"""Scores and the forecasters beside the model: proper, known on constructed records."""

from datetime import timedelta

import numpy as np
import pytest

from redline import record, score
from redline.replay import COUNT, Foretold, categories
from redline.scenario_file import load
from redline.score import (
    Ladder,
    base_rate,
    features,
    listing_rate,
    logistic,
    refitted,
    scored,
    until,
)
from redline.state import Actor


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


def test_an_interval_of_blocks_covers():
    # Of an autocorrelated gain with mean 0, 95 % intervals should miss about one time in ten.
    rng = np.random.default_rng(3)
    missed = 0
    for trial in range(60):
        noise = rng.normal(size=130)
        gain = np.convolve(noise, [1, 0.6, 0.3], "valid")[:112]
        skill = score._bootstrapped(lambda weeks, gain=gain: gain[weeks].mean(), 112, trial)
        missed += not skill.low <= 0 <= skill.high
    assert missed <= 14


def test_no_week_is_drawn_oftener_than_another_for_where_it_stands():
    drawn = np.zeros(20)

    def statistic(weeks):
        np.add.at(drawn, weeks, 1)
        return 0.0

    score._bootstrapped(statistic, 20, 1)
    # Each is due 2,000 times, in blocks of eight: give or take √(8 / 2,000), or 6 %.
    assert drawn.max() < 1.5 * drawn.min()


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
    from redline.score import Score

    one.chances["logistic"] = one.chances["base rate"]
    return Score("x", True, "all", 1.0, {"attacks": one}).to_dict()["attacks"]


def test_events_and_weeks_without_drones():
    table = np.array([[0.5, 0.2, 0.1, 0.1, 0.1], [0.1, 0.5, 0.2, 0.1, 0.1]])
    found = ladder(table, [2, 0])
    two = found.binary()
    assert two.chances["model"][:, :2] == pytest.approx(np.array([[0.5, 0.5], [0.1, 0.9]]))
    assert two.happened.tolist() == [1, 0]
    assert found.without_drones().happened.tolist() == [0]
    assert found.foretold() == pytest.approx([0.5, 0.9])


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
    assert score._sum_before(np.array([1.0, 2, 4, 8, 16]), 2).tolist() == [0, 1, 3, 6, 12]


def test_what_a_refit_may_see_is_scored_nowhere_in_2021(monkeypatch):
    monkeypatch.setattr(score, "foretell", lambda *_, **__: None)
    monkeypatch.setattr(score, "scored", lambda name, saw, rate, ahead, weeks: (name, weeks))
    weeks = dict(score.score(load("standoff_2019_2021"), refit=False))["defaults, on 2021"]
    first = record.START + timedelta(weeks=int(weeks[0]))
    assert first - timedelta(weeks=1) <= score.CUT < first


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
    scenario = load("standoff_2019_2021")
    cut = 86
    past = until(scenario, cut)
    assert past.drivers_by_week[:cut] == scenario.drivers_by_week[:cut]
    assert set(past.drivers_by_week[cut:]) == {scenario.drivers_by_week[cut]}
    assert until(scenario, record.WEEKS - 1) is scenario


def test_a_refit_is_within_plausible_ranges_and_no_worse_than_where_it_began(monkeypatch):
    from redline.addresses import parameter_at
    from redline.replay import foretell
    from redline.scenario_file import vary

    monkeypatch.setattr(score, "ROUNDS", 2)
    monkeypatch.setattr(score, "POPULATION", 2)
    scenario, tried = load("standoff_2019_2021"), []
    values = refitted(scenario, 30, 0.45, particles=40, progress=tried.append)
    assert tried[-1] >= score.refit_trials() == 36
    for address, value in values.items():
        low, high = parameter_at(scenario.document, address).plausible
        assert low <= value <= high

    def loss(one):
        told, at = foretell(one, listed=0.45, particles=40, weeks=31), np.arange(31)
        happened = [categories(actor)[:31] for actor in (Actor.MILITIAS, Actor.UNITED_STATES)]
        tables = (told.attacks, told.answers)
        return sum(
            -np.log(np.maximum(c[at, h], score.LEAST)).sum()
            for c, h in zip(tables, happened, strict=True)
        )

    assert loss(vary(scenario, values)) < loss(scenario) + 1


def test_scored_ladders_are_those_of_the_record():
    even = Foretold(*np.full((2, record.WEEKS, COUNT), 0.2), np.ones(record.WEEKS))
    weeks = np.arange(26, record.WEEKS)
    found = scored("even", "all", listing_rate(), even, weeks).to_dict()
    assert found["attacks"]["log"]["model"] == pytest.approx(np.log(5))
    assert found["attacks"]["events"] == 28
    assert found["answers"]["events"] == 5
    assert listing_rate() == pytest.approx(48 / 106)


def test_the_command(cli, tmp_path):
    import json

    status, out, err = cli(
        "score", "--no-refit", "--particles", "60", "--json", "-o", tmp_path / "s.png"
    )
    assert status == 0, err
    report = json.loads(out)
    assert [one["name"] for one in report["scores"]] == [
        "defaults",
        "defaults, list taken as complete",
        "defaults, on 2021",
    ]
    assert all(one["in_sample"] for one in report["scores"])
    skill = report["scores"][0]["answers"]["skill"]["base rate"]
    assert skill["log"]["low"] <= skill["log"]["mean"] <= skill["log"]["high"]
    assert len(skill["log_without_one_week_of_force"]) == 2
    assert (tmp_path / "s.png").stat().st_size > 10_000
    status, out, _ = cli("score", "--no-refit", "--particles", "60")
    assert status == 0
    assert "saw the" in out
    assert cli("score", "talks_2021", "--no-refit")[0] == 2
    assert cli("score", "-o", "s.txt")[0] == 2


def test_the_command_with_its_refit(cli, monkeypatch):
    import json

    monkeypatch.setattr(score, "ROUNDS", 1)
    monkeypatch.setattr(score, "POPULATION", 1)
    status, out, _ = cli("score", "--particles", "30", "--json")
    assert status == 0
    fitted = [one for one in json.loads(out)["scores"] if not one["in_sample"]]
    assert len(fitted) == 2
    assert set(fitted[0]["fitted"]) == set(score.REFITTED)
    assert fitted[0]["attacks"]["first_week"] == 87

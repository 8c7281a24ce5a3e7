"""Intervals of rare and of non-negative things: coverage, ends that make sense, continuity."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import CensoredData, binomtest, ecdf, poisson, t

from redline.case import vary
from redline.results.intervals import (
    CONFIDENCE,
    NORMAL,
    mean_bounds,
    mean_interval,
    ratio_interval,
    student,
    survival,
    wilson,
)
from redline.results.measures import COLUMNS, find_measure, measure_names
from redline.results.outcomes import describe, describe_ratio
from redline.results.pooling.summaries import Sums
from redline.results.simulation import simulate
from redline.theory import SITE_WORDS

N = 1000


def rare_intervals(signed):
    """The interval of each total k of 0 … 199 single events over N replicates: (200, 2)."""
    found = []
    for k in range(200):
        values = np.zeros(N)
        values[:k] = 1.0
        found.append(mean_interval(values, signed)[1:])
    return np.array(found)


def coverage(mean, ends):
    """How often, of all Poisson totals of that mean, the interval holds it: exact, no chance."""
    held = (ends[:, 0] <= mean) & (mean <= ends[:, 1])
    return float(poisson.pmf(np.arange(len(ends)), N * mean)[held].sum())


def test_the_interval_of_a_rare_mean_holds_it_often_enough():
    new, old = rare_intervals(signed=False), rare_intervals(signed=True)
    assert coverage(0.005, new) == pytest.approx(0.961, abs=0.001)
    assert coverage(0.005, old) == pytest.approx(0.870, abs=0.001)
    for mean in np.geomspace(0.0005, 0.05, 200):
        assert coverage(mean, new) >= 0.92, mean
    assert min(coverage(mean, old) for mean in np.geomspace(0.0005, 0.05, 200)) < 0.5


@pytest.mark.parametrize(
    ("draw", "mean", "least"),
    [
        # 1,000 trials: standard error 0.007 at 0.95; three of them are allowed for.
        (lambda rng: rng.random((1000, N)) < 0.005, 0.005, 0.93),
        (lambda rng: rng.poisson(0.02, (1000, N)), 0.02, 0.93),
        (lambda rng: rng.poisson(0.5, (1000, 40)), 0.5, 0.93),
        (lambda rng: rng.poisson(4.0, (1000, 5)), 4.0, 0.93),
        (lambda rng: rng.random((1000, 40)), 0.5, 0.93),
        # Clumps of two on average: fewer events of their own; Student's holds it 75 times in 100.
        (lambda rng: (rng.random((1000, N)) < 0.0025) * rng.geometric(0.5, (1000, N)), 0.005, 0.86),
    ],
)
def test_the_interval_covers_whatever_the_shape(draw, mean, least):
    samples = draw(np.random.default_rng(19)).astype(float)
    ends = np.array([mean_interval(sample, signed=False)[1:] for sample in samples])
    assert ((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean() >= least


@pytest.mark.parametrize("values", [[0, 0, 0, 9], [0, 1], [0, 0, 0, 0, 0, 1, 0], [5, 0, 0, 2]])
@pytest.mark.parametrize("kind", ["count", "level"])
def test_what_cannot_be_negative_has_no_negative_bound(values, kind):
    row = describe(np.array(values), kind)
    assert 0 < row["low"] < row["mean"] < row["high"]


def test_what_can_be_negative_keeps_student_s():
    values = np.array([-3.0, 1.0, 0.5, 9.0])
    _, low, high = mean_interval(values)
    assert low < 0
    assert high + low == pytest.approx(2 * values.mean())
    assert describe(values, "balance")["low"] == low
    assert {name for name, column in COLUMNS.items() if column.kind == "balance"} == {
        "utility.united_states", "utility.iran", "utility.militias",
    }  # fmt: skip


def test_with_many_replicates_both_agree():
    values = np.random.default_rng(3).poisson(4.0, 100_000).astype(float)
    one, other = mean_interval(values), mean_interval(values, signed=False)
    assert other == pytest.approx(one, rel=1e-4)


def test_a_mean_of_zero_may_be_more():
    assert describe(np.zeros(N, int), "count")["high"] == pytest.approx(wilson(0, N)[2])
    assert describe(np.zeros(N, int), "count")["low"] == 0
    assert describe(np.full(N, 52), "count")["high"] == 52  # no spread, no zero: as it was
    assert mean_interval(np.zeros(1), signed=False) == (0, None, None)
    assert mean_bounds(0.0, 0.0, 10, signed=False, unit=0.5)[1] == pytest.approx(
        wilson(0, 10)[2] / 2
    )


def test_a_ratio_of_nothing_may_be_more():
    low, high = ratio_interval(np.zeros(50, int), np.full(50, 20))
    assert (low, high) == pytest.approx((0, wilson(0, 50)[2] / 20))


@pytest.mark.parametrize("name", ["attacks_per_week", "strikes_per_attack", "attacks"])
def test_groups_and_runs_have_the_same_ends(name):
    found = find_measure(name)
    sums = Sums(1)
    group = np.zeros(40, np.int64)
    weeks = np.full(40, 52.0)
    sums.add(group, np.zeros(40), weeks if len(found.needs) > 1 else np.ones(40))
    (interval,) = sums.intervals(found, np.array([40]))
    unit = 52 if len(found.needs) > 1 else 1
    assert interval == pytest.approx((0, 0, wilson(0, 40)[2] / unit))


# A ratio of totals


def of_size(rng, n):
    """Numerator and denominator of replicates of which the larger have the higher ratio."""
    size = rng.gamma(2, 10, n)
    return rng.poisson(size * size / 150), rng.poisson(size)


def parts(rng, n, trials, a, b):
    """Parts of a number of trials, each replicate with a chance of its own."""
    below = rng.poisson(trials, n)
    return rng.binomial(below, rng.beta(a, b, n)), below


def resampled(above, below, rng):
    """The percentile bootstrap: what a linearised interval must not cover less often than."""
    n = len(above)
    drawn = rng.multinomial(n, np.full(n, 1 / n), 999)
    return np.quantile((drawn @ above) / np.maximum(drawn @ below, 1), (0.025, 0.975))


MANY = pytest.param(240, marks=pytest.mark.second_tier("resampling of many takes seconds each"))


@pytest.mark.parametrize("n", [10, 60, MANY])
@pytest.mark.parametrize(
    ("draw", "ratio", "share"),
    [
        (lambda rng, n: parts(rng, n, 20, 1e6, 9e6), 0.1, False),
        (lambda rng, n: parts(rng, n, 20, 0.5, 4.5), 0.1, False),
        (of_size, 0.2, False),
        (lambda rng, n: parts(rng, n, 20, 1e4, 199e4), 0.005, False),
        (lambda rng, n: parts(rng, n, 8, 3, 7), 0.3, True),
        (lambda rng, n: parts(rng, n, 8, 1e4, 49e4), 0.02, True),
    ],
    ids=["even", "clumped", "by size", "rare", "share, clumped", "share, rare"],
)
def test_the_interval_of_a_ratio_covers_as_well_as_resampling(draw, ratio, share, n):
    rng = np.random.default_rng(23)
    held = np.zeros((2, 400))
    for trial in range(400):
        above, below = draw(rng, n)
        ends = ratio_interval(above, below, share), resampled(above, below, rng)
        held[:, trial] = [low <= ratio <= high for low, high in ends]
    linear, bootstrap = held.mean(axis=1)
    # 400 trials at 0.92: standard error 0.014, of a difference of two on the same less.
    assert linear >= min(bootstrap, 0.95) - 0.03
    assert linear >= (0.85 if n == 10 else 0.88)


def test_the_interval_of_a_ratio_of_few():
    assert ratio_interval(np.array([1]), np.array([4])) == (None, None)
    assert ratio_interval(np.zeros(4, int), np.zeros(4, int), share=True) == (None, None)
    low, high = ratio_interval(np.array([1, 2]), np.array([2, 4]), share=True)
    assert 0 < low < 0.5 < high < 1


def test_a_ratio_of_which_nothing_was_seen_is_as_unsure_as_those_that_could_have_seen_it():
    alone = ratio_interval(np.zeros(10, int), np.ones(10, int))
    among = ratio_interval(np.zeros(1000, int), np.array([1] * 10 + [0] * 990))
    assert among == alone
    sums = Sums(1)
    sums.add(np.zeros(1000, int), np.zeros(1000), np.array([1.0] * 10 + [0.0] * 990))
    (one,) = sums.intervals(find_measure("strikes_per_attack"), np.array([1000]))
    assert one.high == pytest.approx(alone[1])


@pytest.mark.parametrize("n", [2, 3, 10])
def test_a_share_of_a_total_stays_in_the_unit_interval(n):
    """However few the replicates are; all on one site is not certainty."""
    outcomes = simulate("standoff_2019_2021", n, 6).summary()
    for name in (f"site.{site}" for site in SITE_WORDS):
        row = outcomes[name]
        assert 0 <= row["low"] <= row["mean"] <= row["high"] <= 1
    found = describe_ratio(np.array([4, 9, 2]), np.array([4, 9, 2]), share=True, most=1.0)
    assert found["low"] < found["mean"] == found["high"] == 1.0


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 30, 99, 999, 2000, 2001, 10**6])
def test_student_s_quantile_is_that_of_scipy(freedom):
    assert student(freedom) == pytest.approx(t.ppf(0.975, freedom), rel=4e-14)


def test_the_normal_quantile_is_that_of_scipy():
    assert ndtri((1 + CONFIDENCE) / 2) == NORMAL


@pytest.mark.parametrize("trials", [1, 2, 7, 50, 1000, 12345])
def test_a_share_has_the_interval_of_scipy(trials):
    for count in {0, 1, trials // 3, trials // 2, trials - 1, trials}:
        ends = binomtest(count, trials).proportion_ci(CONFIDENCE, method="wilson")
        assert wilson(count, trials) == (count / trials, ends.low, ends.high)


@pytest.mark.parametrize("n", [5, 60, 1000])
@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
def test_survival_is_that_of_scipy(n):
    rng = np.random.default_rng(n)
    weeks = rng.integers(1, 53, n)
    war = (rng.random(n) < 0.3) & (weeks < 52)
    times = weeks.astype(float)
    curve = ecdf(CensoredData(uncensored=times[war], right=times[~war])).sf
    band = curve.confidence_interval(CONFIDENCE, method="log-log")
    found = survival(weeks, war)
    assert found.weeks[1:].tolist() == curve.quantiles.tolist()
    assert found.share[1:].tolist() == curve.probabilities.tolist()
    ends = np.array([band.low.probabilities, band.high.probabilities])
    known = np.isfinite(ends)
    assert np.array([found.low[1:], found.high[1:]])[known].tolist() == ends[known].tolist()
    assert np.isfinite(found.low).all()


def test_no_measure_leaves_its_range(tmp_path):
    from redline.results.pooling.grouping import grouped
    from redline.results.storage.running import run_into

    run = run_into(tmp_path / "r", vary("talks_2021", weeks=6), 4)
    (group,) = grouped(run, measures=measure_names())
    for name, interval in group.measures.items():
        if interval.low is None:
            continue
        assert interval.low <= interval.mean <= interval.high
        if not name.startswith("utility"):
            assert interval.low >= 0, name
        if name.startswith("site.") or name == "attack_weeks":
            assert interval.high <= 1, name


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("attacks", 112 * 8),
        ("attacks.rockets", 112 * 8),
        ("site_attacks.green_zone", 112 * 8),
        ("crossings", 112 * 9),
        ("strikes", 112),
        ("weeks_lived", 112),
        ("provocation_weeks.quiet", 112),
        ("first_crisis_week", 111),
        ("mean_severity", 1),
        ("peak_leverage", 1),
        ("peak_pressure", np.inf),
    ],
)
def test_what_a_measure_cannot_exceed(name, most):
    assert COLUMNS[name].most(112, 8) == most


@pytest.mark.parametrize("values", [[0, 90], [0, 0, 112], [1, 2, 100]])
def test_an_interval_reaches_no_further_than_what_can_be(values):
    assert describe(np.array(values), "count")["high"] > 112
    row = describe(np.array(values), "count", 112)
    assert 0 < row["low"] < row["mean"] < row["high"] == 112
    assert describe(np.array([112]), "count", 112)["high"] is None
    assert describe(np.array([0.0, 1.0]), "level", 1.0)["high"] == 1


def test_no_interval_of_a_run_or_a_group_reaches_further_than_what_can_be(tmp_path):
    from redline.results.pooling.grouping import grouped
    from redline.results.storage.running import run_into
    from redline.results.storage.running import sweep_into as sweep

    scenario = vary("standoff_2019_2021", weeks=20)
    run = run_into(tmp_path / "r", scenario, 2, 3)
    summary = run.summary()
    (group,) = grouped(run, measures=list(COLUMNS))
    ended = 0
    for name in COLUMNS:
        most = COLUMNS[name].most(20, len(scenario.members))
        for high in (summary[name]["high"], group.measures[name].high):
            assert high is None or high <= most, name
            ended += high == most
    assert ended >= 10
    assert simulate(scenario, 2, 3).summary() == summary
    cells = vary("baseline", sweep={"militias.cells": [1, 3]}, weeks=2)
    swept = sweep(tmp_path / "s", cells, 2)
    militias = len(cells.factions) * 3
    for group in grouped(swept, [], ["attacks", "attacks_per_week", "strikes_per_week"]):
        assert group.measures["attacks"].high <= 2 * militias
        assert group.measures["attacks_per_week"].high <= militias
        assert group.measures["strikes_per_week"].high <= 1


def test_sums_do_not_depend_on_how_they_come():
    rng = np.random.default_rng(5)
    group = rng.integers(0, 3, 600)
    above = 1e6 + rng.random(600)  # squares of which would lose the spread
    below = np.ones(600)
    measure = find_measure("mean_severity")
    ends = []
    for size in (1, 7, 600):
        sums = Sums(3)
        for start in range(0, 600, size):
            here = slice(start, start + size)
            sums.add(group[here], above[here], below[here])
        ends.append(sums.intervals(measure, np.bincount(group)))
    for other in ends[1:]:
        for one, same in zip(ends[0], other, strict=True):
            assert same == pytest.approx(one, rel=1e-12)
    for place, interval in enumerate(ends[0]):
        wanted = mean_interval(above[group == place], signed=False)
        assert interval == pytest.approx(wanted, rel=1e-12)


def test_the_summary_of_a_quiet_run_says_how_often_things_may_come():
    summary = simulate(vary("baseline", {"militias.tempo": 0}), 30).summary()
    assert summary["attacks"]["mean"] == 0
    assert summary["attacks"]["high"] == pytest.approx(wilson(0, 30)[2])

"""Claims: the rule of verdicts and its error rates, every kind of condition, where they turn."""

import json
import re
from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import pytest

import redline
from redline.argument import asking, effects, verdicts
from redline.argument import ledger as claims
from redline.argument.effects import Lab
from redline.argument.experiment_file import load_experiment
from redline.argument.ledger import ledger_json, ledger_names, run_experiment, turns_of
from redline.argument.observations import totals_of
from redline.argument.turning_points import boundary_finding, turning_point
from redline.argument.verdicts import (
    Threshold,
    difference,
    level,
    relative,
    share_difference,
    together,
    verdict,
)
from redline.case import load_scenario, vary
from redline.figures.kinds.boundary import draw_boundary
from redline.figures.kinds.ledger import draw_ledger
from redline.figures.ledger import ledger_html
from redline.results.intervals import Interval, wilson
from redline.results.simulation import simulate, trace
from redline.support.errors import InputError
from redline.support.library import built_in

ROWS = [
    "C1", "C2", "C3", "C4a", "C4b", "C5", "C6", "C7a", "C7b", "C8a", "C8b", "C9", "C10", "C11",
    "C12", "C13", "Q14",
]  # fmt: skip


# The rule


@pytest.mark.parametrize(
    ("low", "high", "at_least", "wanted"),
    [
        (0.11, 0.2, True, "supported"),
        (0.1, 0.2, True, "supported"),
        (0.05, 0.2, True, "undecided"),
        (0.0, 0.09, True, "not supported"),
        (0.0, 0.1, True, "undecided"),
        (0.0, 0.09, False, "supported"),
        (0.05, 0.2, False, "undecided"),
        (0.11, 0.2, False, "not supported"),
        (0.1, 0.2, False, "undecided"),
        (None, None, True, "undecided"),
    ],
)
def test_a_verdict_is_where_the_interval_is(low, high, at_least, wanted):
    assert verdict(Interval(0.1, low, high), Threshold(0.1, at_least)) == wanted


def test_conditions_must_all_hold():
    yes, no, unknown = "supported", "not supported", "undecided"
    assert together([yes, yes]) == yes
    assert together([yes, unknown]) == unknown
    assert together([unknown, no]) == no


TRIALS = 2000
"""Experiments for each rate: its standard error at 2.5 % is 0.35 points."""


def rates(draw, threshold, trials=TRIALS):
    """Return how often synthetic experiments are supported and not supported."""
    rng = np.random.default_rng(20190506)
    found = [verdict(draw(rng), threshold) for _ in range(trials)]
    return found.count("supported") / trials, found.count("not supported") / trials


def shares(rng, p, n=400):
    return (rng.random(n) < p).astype(int), np.ones(n)


def counts(rng, rate, n=300):
    """Totals over unequal exposure, over-dispersed as attacks are."""
    weeks = rng.integers(20, 112, n)
    return rng.poisson(rate * weeks * rng.gamma(4, 0.25, n)), weeks


CASES = {
    "a share": (lambda rng, d: level(shares(rng, 0.05 + d)), Threshold(0.05, True), 0.06),
    "a rate": (lambda rng, d: level(counts(rng, 1 + d)), Threshold(1.0, True), 0.12),
    "a difference": (
        lambda rng, d: difference(shares(rng, 0.3 + d), shares(rng, 0.2)),
        Threshold(0.1, True),
        0.13,
    ),
    "a rare difference": (
        lambda rng, d: difference(shares(rng, 0.015 + d, 1000), shares(rng, 0.005, 1000)),
        Threshold(0.01, True),
        0.02,
    ),
    "a hazard": (
        lambda rng, d: level((shares(rng, 0.02 + d, 300)[0], np.full(300, 2.0))),
        Threshold(0.01, True),
        0.06,
    ),
    "a ratio": (
        lambda rng, d: relative(counts(rng, 1.1 * (1 + d)), counts(rng, 1.0)),
        Threshold(0.1, True),
        0.2,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rule_errs_as_rarely_as_it_says(case, monkeypatch):
    monkeypatch.setattr(verdicts, "wilson", cache(wilson))  # many experiments count alike
    draw, threshold, away = CASES[case]
    # At the threshold itself, each error is due in 2.5 % of experiments. Allowed: 1.5 points
    # more, which is four standard errors, and what normal and Wilson intervals are known to miss.
    at = rates(lambda rng: draw(rng, 0.0), threshold)
    assert max(at) <= 0.04
    # An interval that never errs is too wide to be of use; exact ones of rare events come near.
    assert max(at) > 0.005
    # Well beyond it on either side, the verdict is mostly right, and practically never wrong.
    right, wrong = rates(lambda rng: draw(rng, away), threshold, 300)
    assert right > 0.8
    assert wrong == 0


def test_pairing_makes_a_difference_of_shared_chance_sharp():
    rng = np.random.default_rng(1)
    luck = rng.random(2000)
    first, second = ((luck < p).astype(int) for p in (0.31, 0.30))
    ones = np.ones(2000)
    paired = difference((first, ones), (second, ones))
    apart = difference((first, ones), (second, ones), paired=False)
    assert paired.mean == apart.mean
    assert paired.high - paired.low < (apart.high - apart.low) / 3


def test_newcombe_s_example():
    # Newcombe (1998), table II, method 10: 56/70 - 48/80.
    found = share_difference((56, 70), (48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert share_difference((0, 0), (1, 2)) == (None, None, None)


def test_newcombe_s_paired_interval_and_garwood_s():
    # Newcombe (1998), Statistics in Medicine 17, 2635-2650, table III, method 10.
    first = np.repeat([1, 1, 0, 0], [36, 12, 2, 0])
    second = np.repeat([1, 0, 1, 0], [36, 12, 2, 0])
    ones = np.ones(50)
    found = difference((first, ones), (second, ones))
    assert found == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-4)
    hazard = level((np.array([1, 0, 0, 0]), np.array([2.0, 3, 3, 2])))
    assert hazard == pytest.approx((0.1, 0.00253, 0.5572), abs=1e-4)
    never = level((np.zeros(4), np.array([2.0, 3, 3, 2])))
    assert (never.low, never.high) == pytest.approx((0, 0.3689), abs=1e-4)


def test_what_pairs_have_in_common_is_corrected_for_continuity():
    # Worked out from Newcombe's formula: φ = (30·12 - 5·3 - 50/2) / √(35·15·33·17) = 0.58964.
    first = np.repeat([1, 1, 0, 0], [30, 5, 3, 12])
    second = np.repeat([1, 0, 1, 0], [30, 5, 3, 12])
    ones = np.ones(50)
    found = difference((first, ones), (second, ones))
    assert found == pytest.approx((0.04, -0.07631, 0.15512), abs=5e-6)


def test_effects_of_nothing_are_undecided():
    nothing = np.zeros(5), np.zeros(5)
    some = np.array([1.0, 2, 3, 4, 5]), np.ones(5)
    for effect in (level(nothing), difference(some, nothing), relative(nothing, some)):
        assert verdict(effect, Threshold(0.1, True)) in ("undecided", "not supported")
    assert relative(some, nothing) == (None, None, None)
    assert level((np.zeros(5), np.ones(5))).low == 0.0


# Observations


def test_weekly_measures_count_what_they_say():
    scenario = load_scenario("standoff_2019_2021")
    history = trace(scenario, 0, 60)
    found = totals_of(["contained", "measured", "exposure", "attacks_per_week", "wars_a_year"])(
        history, scenario
    )
    exposure = [site.exposure for site in scenario.sites]
    for row in (0, 7, 33):
        weeks = history.weeks[row, : history.lived[row]]
        attacked = [w for w in weeks if w["provocation"] >= 2]
        below = [w for w in attacked if w["provocation"] < 4 and w["response"] < 4]
        mild = [w for w in attacked if w["response"] <= 2]
        assert found["contained.numerator"][row] == len(below)
        assert (
            found["contained.denominator"][row]
            == found["measured.denominator"][row]
            == len(attacked)
        )
        assert found["measured.numerator"][row] == len(mild)
        moves = history.moves[row]
        taken = [exposure[m["site"]] for m in moves.ravel() if m["rung"] in (2, 3)]
        assert found["exposure.numerator"][row] == pytest.approx(sum(taken))
        reach = {2: np.mean(exposure[:3]), 3: np.mean(exposure)}
        random = [reach[int(m["rung"])] for m in moves.ravel() if m["rung"] in (2, 3)]
        assert found["exposure.denominator"][row] == pytest.approx(sum(random))
        assert found["wars_a_year.denominator"][row] == pytest.approx(
            history.lived[row] * 7 / 365.25
        )


def test_a_lab_sees_what_a_simulation_sees():
    lab = Lab(700, 1)
    scenario = load_scenario("baseline")
    above, below = lab.totals(scenario, "strikes_per_attack")
    results = simulate("baseline", 700)
    assert np.array_equal(above, results.column("strikes"))
    assert np.array_equal(below, results.column("attacks"))


# Kinds of conditions, on synthetic truth


class Synthetic(Lab):
    """A lab whose replicates are made up."""

    def __init__(self, made):
        self.made = made

    def reduced(self, scenario, reduction):
        return self.made


def condition(name, place=0):
    return load_experiment(name).tests[0].conditions[place]


@pytest.mark.parametrize("gap", [0.0, 0.25])
def test_matching_finds_a_planted_cause_and_not_the_pressure_beside_it(gap):
    rng = np.random.default_rng(3)
    counts = np.zeros((500, effects.STRATA, 2, 2), int)
    for stratum in range(effects.STRATA):
        grave = 0.02 + 0.6 * stratum / effects.STRATA  # pressure alone makes answers graver
        weeks = rng.poisson([4, 0.2 + 0.1 * stratum], (500, 2))  # and comes with crossings
        counts[:, stratum, :, 0] = weeks
        counts[:, stratum, :, 1] = rng.binomial(weeks, [grave, grave + gap])
    effect, notes = effects._matched(condition("C3"), [None], Synthetic({"counts": counts}))
    assert effect.low < gap < effect.high
    assert effect.high - effect.low < 0.06
    assert notes["matched_share"] > 0.99
    naive = counts.sum(axis=(0, 1))
    share = naive[:, 1] / naive[:, 0]
    assert share[1] - share[0] > gap + 0.05  # what was compared without matching


def test_matching_by_hand():
    # In each stratum, weeks and grave answers without a crossing and with one. Where both are,
    # the shares differ by 3/5 - 2/10 and by 6/10 - 20/40, weighted by 5 and 10 crossings:
    # (5 · 2/5 + 10 · 1/10) / 15 = 1/5. Of the other two, five more crossings are left out.
    counts = np.zeros((2, effects.STRATA, 2, 2), int)
    for stratum, one, other in (
        (3, [[4, 2], [0, 0]], [[6, 0], [5, 3]]),
        (40, [[30, 20], [3, 0]], [[10, 0], [7, 6]]),
        (7, [[8, 1], [0, 0]], [[0, 0], [0, 0]]),
        (99, [[0, 0], [0, 0]], [[0, 0], [5, 5]]),
    ):
        counts[:, stratum] = one, other
    effect, notes = effects._matched(condition("C3"), [None], Synthetic({"counts": counts}))
    assert effect.mean == pytest.approx(1 / 5)
    assert notes == {"crossing_weeks": 20, "matched_share": 15 / 20}
    lonely, notes = effects._matched(
        condition("C3"), [None], Synthetic({"counts": counts[:, [7, 99]]})
    )
    assert lonely == (None, None, None)
    assert notes == {"crossing_weeks": 5, "matched_share": 0}


def test_the_interval_of_matching_is_that_of_the_delta_method(monkeypatch):
    monkeypatch.setattr(effects, "RESAMPLES", 9990)
    # Replicates are grave or mild as wholes: their weeks tell less than as many single ones.
    rng = np.random.default_rng(11)
    n, strata = 600, 4
    weeks = rng.poisson([6, 3], (n, strata, 2))
    mood = np.clip(rng.normal(0, 0.15, n), -0.29, 0.29)[:, None, None]
    grave = rng.binomial(weeks, mood * [1, -1] + [0.3, 0.5])
    effect, _ = effects._matched(
        condition("C3"), [None], Synthetic({"counts": np.stack([weeks, grave], axis=-1)})
    )
    # (Σ g₁ - Σ n₁ g₀ / n₀) / Σ n₁ over strata, and what each replicate moves of it.
    (n0, n1), (g0, g1) = weeks.sum(axis=0).T, grave.sum(axis=0).T
    share = g0 / n0
    mean = (g1 - n1 * share).sum() / n1.sum()
    moved = grave[:, :, 1] - share * weeks[:, :, 1]
    moved = moved - n1 / n0 * (grave[:, :, 0] - share * weeks[:, :, 0])
    moved = (moved.sum(axis=1) - mean * weeks[:, :, 1].sum(axis=1)) / n1.sum()
    error = (moved**2).sum() ** 0.5
    assert effect.mean == pytest.approx(mean)
    # An end at 2.5 % of 9,990 resamples has a standard error of √(0.025 · 0.975 / 9,990) / 0.0584
    # = 0.027 of theirs; the width, of 3.92, has 0.038, and the middle 0.019. Five of each.
    assert effect.high - effect.low == pytest.approx(3.92 * error, abs=5 * 0.038 * error)
    assert (effect.high + effect.low) / 2 == pytest.approx(mean, abs=5 * 0.019 * error)
    # Were weeks independent it would be far narrower.
    other = g1 / n1
    alone = (n1**2 * (other * (1 - other) / n1 + share * (1 - share) / n0)).sum() ** 0.5 / n1.sum()
    assert error > 1.3 * alone


def test_weeks_of_a_crossing_are_counted_as_in_a_loop():
    scenario = load_scenario("standoff_2019_2021")
    history = trace(scenario, 0, 60)
    found = effects._crossing_counts(history, scenario)["counts"]
    memory = scenario.united_states.pressure_memory
    crossings, strata = 0, set()
    for row in range(60):
        counts, before = {}, 0.0
        for week in history.weeks[row, : history.lived[row]]:
            felt = memory * before + week["severity"]
            stratum = min(int(felt / (1 + felt) * 100), 99)
            crossed = int(week["crossings"] > 0)
            cell = counts.setdefault((stratum, crossed), [0, 0])
            cell[0] += 1
            cell[1] += int(week["response"] >= 4)
            before = week["pressure"]
            crossings += crossed
            strata.add(stratum)
        told = {
            (stratum, crossed): found[row, stratum, crossed].tolist()
            for stratum, crossed in np.argwhere(found[row, :, :, 0]).tolist()
        }
        assert told == counts
    assert crossings > 20
    assert len(strata) > 10


class Told(Lab):
    """A lab of one block of replicates whose weeks are given."""

    def __init__(self, attacks, lived, over):
        attacks = np.array(attacks)[:, :, None] * [1, 0, 0, 0]
        self.block = SimpleNamespace(
            weeks={"attacks": attacks}, lived=np.array(lived), over=np.array(over)
        )

    def reduced(self, scenario, reduction):
        return reduction(self.block, scenario)


def landmark(week, top):
    told = condition("C12")
    return told.model_copy(update={"week": week, "top": top})


def test_a_landmark_by_hand():
    # Attacks in each of four weeks, of which the first three are until the landmark; weeks
    # lived; whether it ended in war.
    cohort = [
        ((9, 9, 9, 0), 3, 1),  # war in the last week until then: no longer alive
        ((9, 9, 0, 0), 2, 1),  # war before
        ((3, 3, 3, 0), 4, 1),  # 9 attacks, war after
        ((3, 2, 2, 0), 4, 0),  # 7: as many as the quantile, and so of the rest
        ((2, 3, 2, 0), 4, 1),  # 7
        ((2, 2, 3, 0), 3, 0),  # 7, and its horizon is the landmark: alive, without a war
        ((0, 0, 6, 0), 4, 0),
        ((0, 5, 0, 0), 4, 1),
        ((4, 0, 0, 0), 4, 0),
        ((1, 1, 1, 0), 4, 0),
        ((2, 0, 0, 0), 4, 0),
        ((0, 0, 0, 50), 4, 0),  # what comes later does not count
    ]
    effect, notes = effects._landmark(landmark(3, 0.2), [None], Told(*zip(*cohort, strict=True)))
    # Of 0, 2, 3, 4, 5, 6, 7, 7, 7, 9 the quantile at 0.8 lies between the last two sevens.
    assert notes == {"alive": 10, "cut": 7.0, "groups": [(1, 1), (2, 9)]}
    assert effect.mean == pytest.approx(1 - 2 / 9)
    few, notes = effects._landmark(landmark(3, 0.2), [None], Told(*zip(*cohort[:3], strict=True)))
    assert (few, notes) == ((None, None, None), {"alive": 1})


def test_a_landmark_has_newcombe_s_interval():
    # 56 of 70 with two attacks, 48 of 80 with one: his example (1998, table II, method 10).
    attacks = np.repeat([[2], [1]], [70, 80], axis=0)
    war = np.repeat([1, 0, 1, 0], [56, 14, 48, 32])
    effect, notes = effects._landmark(landmark(1, 70 / 150), [None], Told(attacks, [2] * 150, war))
    assert notes["groups"] == [(56, 70), (48, 80)]
    assert effect == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_median_of_wars_is_when_war_has_come_to_half_of_them(monkeypatch):
    (asked,) = (c for c in load_experiment("C13").tests[0].conditions if c.kind == "level")
    lab = Synthetic({})
    lived = np.array([10, 20, 30, 40])  # and the last ends without a war
    totals = np.array([1, 1, 1, 0]), lived * 7 / 365.25
    monkeypatch.setattr(lab, "totals", lambda arm, name: totals)
    _, notes = effects._level(asked, [None], lab)
    assert notes == {"median_weeks": 20.0, "without_war_at_end": 0.25}


def test_a_landmark_counts_the_living_alone():
    rng = np.random.default_rng(5)
    attacks = rng.poisson(30, 4000)
    alive = rng.random(4000) < 0.9
    war = alive & (rng.random(4000) < np.where(attacks > 38, 0.2, 0.05))
    made = {"attacks": attacks, "alive": alive, "war": war}
    effect, notes = effects._landmark(condition("C12"), [None], Synthetic(made))
    assert notes["alive"] == alive.sum()
    assert sum(n for _, n in notes["groups"]) == alive.sum()
    assert effect.low > 0.03
    assert verdict(effect, Threshold(0.01, False)) == "not supported"


def test_without_a_decapitation_there_is_no_aftermath_and_the_same_arm_has_none():
    stern = load_scenario("standoff_2019_2021")
    lab = Lab(300, 1)
    effect, notes = effects._aftermath(condition("Q14"), [stern, stern], lab)
    assert effect == pytest.approx((0, 0, 0))
    assert notes["replicates"] > 50
    mild = vary(stern, forbid=["united_states.decapitation"])
    effect, notes = effects._aftermath(condition("Q14"), [mild, stern], lab)
    assert (effect.low, notes["replicates"]) == (None, 0)


def test_the_aftermath_is_that_of_the_first_decapitation():
    stern = load_scenario("standoff_2019_2021")
    history = trace(stern, 0, 200)
    first = effects._first_decapitation(history, stern)["week"]
    found = effects._after(first, first + 4, "attacks")(history, stern)
    for row in range(200):
        responses = history.weeks["response"][row, : history.lived[row]].tolist()
        assert first[row] == (responses.index(4) if 4 in responses else -1)
        if first[row] >= 0:
            after = history.weeks[row, first[row] + 1 : min(first[row] + 5, history.lived[row])]
            assert found["numerator"][row] == after["attacks"].sum()
            assert found["denominator"][row] == len(after)


def test_the_aftermath_is_of_as_many_weeks_as_are_asked_for():
    stern, asked = load_scenario("standoff_2019_2021"), condition("Q14")
    _, notes = effects._aftermath(asked, [stern, stern], Lab(60, 1))
    attacks = weeks = 0
    history = trace(stern, 0, 60)
    for row in range(60):
        responses = history.weeks["response"][row, : history.lived[row]].tolist()
        if 4 in responses:
            begin = responses.index(4) + 1
            end = min(begin + 13, history.lived[row])  # as Q14's file says
            attacks += history.weeks["attacks"][row, begin:end].sum()
            weeks += end - begin
    assert notes["levels"] == pytest.approx([attacks / weeks] * 2)


@pytest.mark.parametrize(("wars", "end"), [(0, 0.0), (50, 1.0)])
def test_a_bound_that_holds_all_along_a_dial_is_held_at_its_lower_end(monkeypatch, wars, end):
    lab, seen = Synthetic({}), []

    def totals(arm, name):
        seen.append(arm)
        return (np.arange(100) < wars).astype(int), np.ones(100)

    monkeypatch.setattr(lab, "totals", totals)
    standoff = load_scenario("standoff_2019_2021")
    effects._frontier(condition("C9"), [standoff], lab)
    assert seen[-1].united_states.commitment == end * standoff.united_states.commitment
    assert seen[-1].iran.proxy_loss == 0.0


# Where verdicts turn


def steps_of_search(monkeypatch, steps):
    monkeypatch.setattr(claims, "turning_point", partial(turning_point, steps=steps))


@pytest.mark.parametrize("at_least", [True, False])
@pytest.mark.parametrize("slope", [1, -1])
def test_a_turning_point_is_found_with_its_interval(at_least, slope):
    def effect(x):
        return Interval(slope * x, slope * x - 0.05, slope * x + 0.05)

    turn = turning_point(effect, Threshold(slope * 0.3, at_least), 0.0, 1.0)
    assert turn.value == pytest.approx(0.3, abs=1e-3)
    assert (turn.low, turn.high) == pytest.approx((0.25, 0.35), abs=1e-3)
    assert {turn.at_low, turn.at_high} == {"supported", "not supported"}


def test_turns_are_told_one_by_one_and_open_ends_as_open():
    wave = turning_point(
        lambda x: Interval(np.sin(9 * x), np.sin(9 * x) - 0.1, np.sin(9 * x) + 0.1),
        Threshold(0.5, True), 0.0, 1.0,
    )  # fmt: skip
    assert wave.turns == 4
    assert wave.low < wave.value < wave.high < 0.2
    wide = turning_point(lambda x: Interval(x, x - 10, x + 0.1), Threshold(0.5, True), 0.0, 1.0)
    assert (wide.value, wide.low) == pytest.approx((0.5, 0.4), abs=1e-3)
    assert wide.high is None
    nothing = Interval(None, None, None)
    some = turning_point(
        lambda x: nothing if x < 0.3 else Interval(1.0, 0.9, 1.1), Threshold(0.5, True), 0.0, 1.0
    )
    assert (some.value, some.turns) == (None, 0)


def test_a_verdict_turns_with_the_first_of_its_conditions(monkeypatch):
    steps_of_search(monkeypatch, 4)
    found = turns_of(load_experiment("C2"), replicates=200)
    assert [condition.measure for condition, _, _ in found] == ["strikes_per_attack", "measured"]
    values = [turn.value for _, _, turn in found]
    assert values[1] < values[0]
    assert found[1][1] == "C2 (measured: standoff)"


def test_where_nothing_turns_nothing_is_named():
    turn = turning_point(lambda x: Interval(1, 0.9, 1.1), Threshold(0.5, True), 0.0, 1.0)
    assert (turn.value, turn.low, turn.high) == (None, None, None)
    assert turn.at_low == turn.at_high == "supported"


def test_where_a_verdict_turns_is_told_as_it_is():
    def told(low, high, value=None):
        curve = ((0.0, Interval(0, 0, 0)), (1.0, Interval(0, 0, 0)))
        turn = claims.Turn(value, value and 0.2, value and 0.4, low, high, curve)
        return boundary_finding(turn, "C1", "a.b")

    assert told("supported", "not supported", 0.3) == "C1 turns at a.b = 0.3 (0.2 to 0.4)"
    assert "supported at both ends of a.b" in told("supported", "supported")
    assert "undecided at 0, not supported at 1 of a.b" in told("undecided", "not supported")


def test_the_example_in_the_documentation_runs(tmp_path):
    from pathlib import Path

    page = (Path(__file__).parents[1] / "docs" / "argument.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "my_question.toml"
    path.write_text(text, "utf-8")
    (row,) = run_experiment(load_experiment(path), 50)
    assert row.claim == "X1"


def test_a_boundary_lies_where_the_verdict_changes(monkeypatch):
    steps_of_search(monkeypatch, 6)
    experiment = load_experiment("C5")
    ((condition, name, turn),) = turns_of(experiment, replicates=300)
    address = experiment.boundary.address
    assert address == "iran.leverage_value"
    assert (turn.at_low, turn.at_high) == ("not supported", "supported")
    assert turn.low <= turn.value <= turn.high
    for value, wanted in ((turn.low * 0.9, "not supported"), (turn.high * 1.1, "supported")):
        (row,) = run_experiment(load_experiment("C5", {address: value}), 300)
        assert row.verdict == wanted
    assert (name, condition.measure) == ("C5", "attacks_per_week")


def test_a_boundary_of_one_arm(monkeypatch):
    steps_of_search(monkeypatch, 3)
    found = asking.boundary("C8", replicates=100)
    assert [one.claim for one in found] == ["C8a", "C8b"]
    for wrong, message in (("lose:iran.review", "no arm lose"), ("iran.reveiw", "nearest valid")):
        with pytest.raises(InputError, match=message):
            asking.boundary("C8", wrong, replicates=10)
    with pytest.raises(InputError, match="names no boundary"):
        asking.boundary("C12", replicates=10)


# The argument


def test_the_ledger_has_a_row_for_every_test():
    loaded = [load_experiment(name) for name in ledger_names()]
    assert [test.name for one in loaded for test in one.tests] == ROWS
    for one in loaded:
        assert one.paragraphs
        assert one.question.endswith("?")
        for test in one.tests:
            assert all(condition.reason for condition in test.conditions)
    named = {one.claim for one in loaded if one.mechanism}
    assert named == {f"C{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)}


def test_every_experiment_says_what_would_overturn_it():
    for name in built_in("experiments"):
        experiment = load_experiment(name)
        assert experiment.overturned_by
        assert experiment.silent_on


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("C1", {"united_states.commitment": 0, "iran.proxy_loss": 0, "iran.revenue_exposure": 0}),
        ("C2", {"united_states.audience_cost": 4}),
        ("C5", {"iran.leverage_value": 0}),
        ("C6", {"iran.influence_value": 0, "iran.leverage_value": 0}),
        ("C7", {"united_states.enemy_restraint": 0}),
        ("C11", {"iran.backlash": 0}),
    ],
)
def test_a_verdict_turns_with_what_its_claim_rests_on(claim, change):
    as_it_is = run_experiment(load_experiment(claim), 300)
    changed = run_experiment(load_experiment(claim, change), 300)
    assert as_it_is[0].verdict == "supported"
    assert changed[0].verdict == "not supported"


def test_the_same_seed_gives_the_same_ledger():
    one, same, other = (
        run_experiment(load_experiment("C3"), 60, seed)[0].to_dict() for seed in (1, 1, 2)
    )
    for row in (one, same, other):
        del row["seconds"]
    assert one == same
    assert one != other


def test_a_mechanism_that_is_off_leaves_what_it_leaves():
    (row,) = run_experiment(load_experiment("C5"), 200)
    off = load_experiment("C5", {"iran.leverage_value": 0})
    (same,) = run_experiment(off, 200)
    assert row.mechanism.effect == same.effect
    assert row.mechanism_name == "the worth of leverage"


# Files


GOOD = """
claim = "X1"
question = "Is it so?"
paragraphs = [22]
[arms.one]
scenario = "baseline"
[[test]]
says = "It is"
[[test.condition]]
kind = "level"
measure = "attacks"
arms = ["one"]
at_most = 5
reason = "because"
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('claim = "X1"', "", "claim is missing"),
        ('claim = "X1"', 'claim = "sentence"', "claim"),
        ("paragraphs = [22]", "paragraphs = [99]", r"paragraphs\[1\] must be at most 27"),
        ('scenario = "baseline"', 'scenario = "basline"', "nearest valid name: baseline"),
        ('scenario = "baseline"', 'scenario = "baseline"\nweek = 3', "unknown key arms.one.week"),
        (
            'scenario = "baseline"',
            'scenario = "baseline"\nset = { "iran.reveiw" = 1 }',
            "nearest valid name: iran.review",
        ),
        ('measure = "attacks"', 'measure = "atacks"', "nearest valid name: attacks"),
        ('measure = "attacks"', "", "level needs measure"),
        ('arms = ["one"]', 'arms = ["two"]', "no arm two"),
        ('arms = ["one"]', 'arms = ["one", "one"]', "level takes 1 of the arms"),
        ("at_most = 5", "", "either at_least or at_most"),
        ("at_most = 5", "at_most = 5\nat_least = 3", "either at_least or at_most"),
        ("at_most = 5", "at_most = nan", "finite"),
        ('reason = "because"', "", "reason is missing"),
        ('reason = "because"', 'reason = "because"\njudged = false', "must be judged"),
        ('kind = "level"', 'kind = "landmark"', "landmark needs week"),
        ('kind = "level"', 'kind = "aftermath"', "aftermath takes 2 of the arms"),
        (
            "[[test]]",
            '[mechanism]\nname = "m"\nset = { "iran.x" = 1 }\n[[test]]',
            "no such address",
        ),
        ("[[test]]", '[boundary]\naddress = "iran.x"\nfrom = 0\nto = 1\n[[test]]', "no such addr"),
        ("[[test]]", '[boundary]\naddress = "iran.review"\nfrom = 1\nto = 0\n[[test]]', "below to"),
        ("[[test]]", '[boundary]\naddress = "x:iran.review"\nfrom = 0\nto = 1\n[[test]]', "no arm"),
        (
            'kind = "level"\nmeasure = "attacks"',
            'kind = "landmark"\nweek = 500\ntop = 0.1',
            "must be below the 112 weeks",
        ),
        (
            'kind = "level"\nmeasure = "attacks"',
            'kind = "frontier"\ndial = ["nope.x"]\nwithout = {}',
            "dial: nope.x: no such address",
        ),
        ("claim", "= claim", "not TOML"),
    ],
)
def test_a_wrong_file_is_one_message(tmp_path, old, new, message):
    path = tmp_path / "x.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as error:
        load_experiment(path)
    assert "x.toml" in str(error.value)


def test_a_file_of_ones_own_runs(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(GOOD)
    (row,) = run_experiment(load_experiment(path), 50)
    assert row.claim == "X1"
    assert row.verdict == "not supported"
    with pytest.raises(InputError, match="no such file"):
        load_experiment("nowhere.toml")
    with pytest.raises(InputError, match="is a directory"):
        load_experiment(tmp_path)
    with pytest.raises(InputError, match="nearest valid name: c5_leverage"):
        load_experiment("c5_leverge")


# From Python


def without_seconds(report):
    """Return a report without what no two runs share."""
    return re.sub(r'"seconds": [\d.e-]+', "", report)


def test_a_ledger_is_read_and_goes_on_as_table_and_as_json(cli, tmp_path):
    said, done = [], []
    ledger = asking.experiment(
        ["C5", "C8", "C5"], 60, to=tmp_path / "ledger", progress=done.append, notice=said.append
    )
    assert [row.claim for row in ledger] == ["C5", "C8a", "C8b"]
    assert (len(ledger), ledger[0].claim, done, said) == (3, "C5", [1, 2], [])
    told = cli("experiment", "C5", "C8", "-n", 60, "--json")[1]
    assert without_seconds(ledger.to_json()) == without_seconds(told.strip())
    kept = json.loads((tmp_path / "ledger" / "ledger.json").read_text("utf-8"))
    assert kept == json.loads(ledger.to_json())
    html = ledger._repr_html_()
    for row in ledger:
        assert row.says in html
        assert f"<b>{row.verdict}</b>" in html
    table = ledger.to_pandas()
    assert len(table) == sum(len(row.findings) for row in ledger)
    assert table["effect"].tolist() == [one.effect.mean for row in ledger for one in row.findings]
    assert set(table[table["claim"] == "C5"]["mechanism"]) == {"the worth of leverage"}
    front = table.groupby("claim", sort=False).first()
    assert front["effect_off"].tolist() == [
        pytest.approx(np.nan if row.mechanism is None else row.mechanism.effect.mean, nan_ok=True)
        for row in ledger
    ]
    assert front["claim_verdict"].tolist() == [row.verdict for row in ledger]
    assert repr(ledger).startswith("<Ledger, seed 1: C5 ")
    assert draw_ledger(ledger).tables["ledger"]["claim"].tolist() == ["C5", "C8a", "C8b"]


def test_the_whole_argument_is_asked_at_once(monkeypatch):
    monkeypatch.setattr(asking, "ledger_names", lambda: ["c5_leverage", "c11_iraqi_politics"])
    ledger = asking.claims(40, 2, values={"iran.backlash": 0})
    assert [row.claim for row in ledger] == ["C5", "C11"]
    assert (ledger.seed, ledger[1].verdict) == (2, "not supported")


def test_boundaries_are_read_and_go_on_as_table_and_as_json(cli, tmp_path, monkeypatch):
    steps_of_search(monkeypatch, 2)
    found = asking.boundary(["C5", "C8"], replicates=60, to=tmp_path / "b")
    assert [one.claim for one in found] == ["C5", "C8a", "C8b"]
    assert all((tmp_path / "b" / one.file).is_file() for one in found)
    status, out, err = cli("experiment", "C5", "C8", "--boundary", "-n", 60, "-o", "c")
    assert status == 0
    assert out.splitlines() == [one.finding for one in found] == list(found.blocks())
    assert err.splitlines() == [f"c/{one.file} written" for one in found]
    told = cli("experiment", "C5", "C8", "--boundary", "-n", 60, "--json")[1]
    assert found.to_json() == told.strip()
    table = found.to_pandas()
    assert table["value"].tolist() == [
        pytest.approx(np.nan if one.turn.value is None else one.turn.value, nan_ok=True)
        for one in found
    ]
    assert found[0].address in table["address"].tolist()
    drawn = draw_boundary(found)
    assert list(drawn.tables) == ["C5", "C8a", "C8b"]
    assert draw_boundary(asking.Boundaries(found[:1], 1)).title == found[0].finding


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ([], {}, "name an experiment at least"),
        ("C99", {}, "no experiment of that name"),
        ("C5", {"replicates": 1}, "replicates must be in 2"),
        ("C5", {"replicates": "many"}, "must be a whole number"),
        ("C5", {"values": {"iran.reveiw": 1}}, "nearest valid name: iran.review"),
    ],
)
def test_what_cannot_be_asked_is_refused(name, options, message):
    for ask in (asking.experiment, asking.boundary):
        with pytest.raises(InputError, match=message):
            ask(name, **options)


def test_values_are_set_while_an_experiment_is_read(tmp_path):
    loaded = load_experiment("C5", {"iran.leverage_value": 0})
    assert asking.experiment(loaded, 60)[0].verdict == "not supported"
    with pytest.raises(InputError, match="values are set while"):
        asking.experiment([loaded], 60, values={"iran.review": 1})
    (tmp_path / "afile").touch()
    with pytest.raises(InputError, match="exists and is not a folder"):
        asking.experiment(loaded, 60, to=tmp_path / "afile")


# The command line and its files


def test_claims_json_is_the_contract_s(cli):
    status, out, _ = cli("claims", "-n", 20, "--json")
    assert status == 0
    report = json.loads(out)
    assert list(report) == ["format", "claims"]
    assert [row["claim"] for row in report["claims"]] == ROWS
    for row in report["claims"]:
        assert {
            "claim", "question", "paragraphs", "effect", "low", "high", "verdict", "mechanism",
            "n", "seconds",
        } <= set(row)  # fmt: skip
        assert row["verdict"] in ("supported", "not supported", "undecided")
        if row["mechanism"] is not None:
            assert {"effect", "low", "high", "verdict"} <= set(row["mechanism"])
    assert {row["claim"] for row in report["claims"] if row["mechanism"]} >= {"C1", "C9", "C11"}


def test_experiment_prints_writes_and_takes_a_sceptic_s_word(cli, tmp_path):
    status, out, _ = cli("experiment", "C11", "C5", "-n", 100, "-o", "ledger")
    assert status == 0
    assert "supported" in out
    names = {path.name for path in (tmp_path / "ledger").iterdir()}
    assert names == {"ledger.json", "ledger.csv", "ledger.png", "ledger.html"}
    sceptic = cli(
        "experiment", "c11_iraqi_politics", "-n", 100, "--json", "--set", "iran.backlash=0"
    )
    assert json.loads(sceptic[1])["claims"][0]["verdict"] == "not supported"


def test_experiment_finds_and_draws_a_boundary(cli, tmp_path, monkeypatch):
    steps_of_search(monkeypatch, 2)
    status, out, _ = cli("experiment", "C5", "--boundary", "-n", 60, "-o", "b")
    assert status == 0
    assert out.startswith("C5 turns at value of leverage in the talks (iran.leverage_value) = ")
    assert (tmp_path / "b" / "boundary-C5-iran.leverage_value.png").is_file()
    assert (tmp_path / "b" / "boundary-C5-iran.leverage_value.csv").is_file()
    other = cli(
        "experiment", "C5", "--boundary", "iran.review", "--between", 0.1, 0.5, "-n", 60, "--json"
    )
    report = json.loads(other[1])["boundaries"][0]
    assert report["address"] == "iran.review"
    assert cli("experiment", "C5", "--between", 0, 1)[0] == 2
    for a, b in ((1, 1), (5, 0), (0, "inf")):
        status, _, err = cli("experiment", "C5", "--boundary", "iran.review", "--between", a, b)
        assert status == 2
        assert "from A to a larger B" in err
    (tmp_path / "afile").write_text("")
    assert "exists and is not a folder" in cli("experiment", "C5", "-o", "afile")[2]


def test_odd_thresholds_and_names_are_printed_and_drawn(cli, tmp_path):
    text = GOOD.replace("at_most = 5", "at_least = 0")
    text += '[mechanism]\nname = "odd [/bold]"\nset = { "iran.review" = 1.0 }\n'
    (tmp_path / "x.toml").write_text(text)
    status, out, err = cli("experiment", "x.toml", "-n", 20, "-o", "there")
    assert status == 0, err
    assert "odd [/bold]" in out
    assert (tmp_path / "there" / "ledger.png").is_file()


def test_arms_over_unequal_horizons_are_said(cli, tmp_path):
    (tmp_path / "x.toml").write_text("""
claim = "X1"
question = "Does a longer look see more?"
[arms.short]
scenario = "talks_2021"
weeks = 10
[arms.long]
scenario = "talks_2021"
weeks = 20
[[test]]
says = "more crises"
[[test.condition]]
kind = "difference"
arms = ["long", "short"]
measure = "crisis"
at_least = 0
reason = "x"
""")
    status, _, err = cli("experiment", "x.toml", "-n", 9)
    assert status == 0, err
    assert "X1: crisis: long against short: horizons differ (20 and 10 weeks)" in err
    assert not any(load_experiment(name).notices for name in built_in("experiments"))


def test_the_ledger_s_page_reads_in_a_browser(browser, tmp_path):
    ledger = asking.experiment(["C5", "C8"], 60)
    (tmp_path / "ledger.html").write_text(ledger_html(ledger), "utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "ledger.html").as_uri())
    assert said == []
    assert len(asked) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h2").count() == 3
    page.close()
    assert ledger_json(ledger)["format"] == 1
    ids = re.findall(r'\bid="([^"]+)"', ledger_html(ledger))
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("given", [None, 3, [["C5"]], redline.scenario("talks_2021")])
def test_what_is_no_experiment_is_refused(given):
    with pytest.raises(redline.InputError, match="an experiment is a built-in name"):
        redline.experiment(given)


@pytest.mark.parametrize("between", [3, "12", (1,), ("a", "b")])
def test_a_boundary_lies_between_two_numbers(between):
    with pytest.raises(redline.InputError, match="between must be two numbers"):
        redline.boundary("C5", between=between)


def test_a_ledger_is_not_written_beside_the_files_of_a_run(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(redline.InputError, match="holds the results of a run or a sweep"):
        redline.experiment("C5", 10, to=tmp_path)

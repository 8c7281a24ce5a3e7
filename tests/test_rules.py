"""Rules: values worked out by hand, properties, and equality of compiled and plain."""

import functools
import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.case.scenario_file import load_scenario
from redline.engine.compiled import compiled_functions
from redline.theory import rules

BASE = load_scenario("baseline")
SHARE = st.floats(0, 1)
WEIGHT = st.one_of(st.floats(0, 5), st.sampled_from([0.0, 1e-12, 1e6, 1e90]))
RUNG = st.integers(0, 5)
MASK = st.integers(1, 63)
UTILITIES = st.lists(st.floats(-1e100, 1e100), min_size=6, max_size=6)


def compiled(rule):
    return compiled_functions()[rule]


def test_directive_terms_by_hand():
    # σ = 0.35, E = 0.2, talks on, L = 0.5, sanctions 0.8, unrest 0.4, common enemy 0.5
    terms = rules.directive_terms(BASE.iran, 0.35, 0.2, 1, 0.5, 0.8, 0.4, 0.5)
    assert terms == pytest.approx(
        (
            0.9 * 1.8 * 0.5 * math.sqrt(0.35),
            0.38 * 1.8 * 0.35,
            -1.7 * 0.2,
            -2.2 * 1.8 * 0.04,
            -0.6 * 0.4 * 0.35,
            -0.7 * 0.35**2,
            -0.5 * 0.35,
        )
    )
    assert rules.directive_terms(BASE.iran, 0.35, 0.2, 0, 0.5, 0.8, 0.4, 0.5).leverage == 0


def test_provocation_terms_by_hand():
    terms = rules.provocation_terms(0.6, 1.1, 1.3, 0.6, 0.2, 0.35, 0.11, 0.9, 0.4)
    assert terms == pytest.approx((0.12, -1.1 * 0.9 * 0.15, -0.143, -0.6 * 0.4 * 0.2))


@pytest.mark.parametrize(
    ("rung", "crossings", "excess"),
    [(2, 0, 0), (3, 0, 1), (3, 1, 0), (4, 1, 1), (5, 0, 3), (5, 9, 0)],
)
def test_each_rung_of_force_beyond_sanctions_wants_one_more_crossing(rung, crossings, excess):
    terms = rules.response_terms(BASE.united_states, rung, 0.4, 0.45, 1.0, crossings, 0, 0.0)
    assert terms.proportionality == -0.5 * excess


def test_response_terms_by_hand():
    terms = rules.response_terms(BASE.united_states, 5, 1.0, 1.0, 1.5, 2, 1, 0.5)
    assert terms == pytest.approx((-1.3 * 0.25, -1.35, -0.3, -0.5, -0.5 * 1, -0.8))
    quiet = rules.response_terms(BASE.united_states, 0, 0.0, 0.0, 0.0, 0, 0, 0.0)
    assert all(term == 0 for term in quiet)


def test_attacks_compound_and_talk_counts_once():
    calm = (1 - 0.2) * (1 - 0.35)
    assert rules.compounded_severity(calm, 1, 0.05) == pytest.approx(1 - 0.95 * calm)
    assert rules.compounded_severity(1.0, 1, 0.05) == pytest.approx(0.05)
    assert rules.compounded_severity(1.0, 0, 0.05) == 0.0


def test_what_an_attack_does_by_hand():
    assert rules.zeal_felt(0.5, 0.25, 1.2) == pytest.approx(0.9)
    assert rules.kill_chance(2, 0.13, 0.35) == pytest.approx(0.0455)
    assert rules.kill_chance(4, 0.3, 0.35) == 0.3
    assert rules.calm_left(0.8, 0.35) == pytest.approx(0.52)


@pytest.mark.parametrize(
    ("fatal", "provoked", "crossed"), [(0, 3, 0), (2, 3, 2), (0, 4, 1), (1, 5, 2)]
)
def test_an_assault_crosses_the_red_line_once_and_each_death_does(fatal, provoked, crossed):
    assert rules.red_line_crossings(fatal, provoked) == crossed


def test_the_force_expected_at_first():
    assert BASE.prior == pytest.approx((0, 0.0275, 0.11, 0.1925, 0.385, 1.0))


def test_pressure_by_hand():
    assert rules.pressure_felt(BASE.united_states, 0.4, 0.3, 2) == pytest.approx(
        0.65 * 0.4 + 0.3 + 0.5
    )
    assert rules.pressure_left(0.3, 0.4) == 0.0
    assert rules.pressure_left(0.5, 0.4) == pytest.approx(0.1)


def test_learning_moves_the_rung_its_neighbours_and_then_all_towards_the_prior():
    prior = [0.0, 0.1, 0.2, 0.3, 0.4, 1.0]
    expected = list(prior)
    rules.learn(BASE.learning, expected, prior, 2, 0.8)
    step, side = 0.45, 0.45 * 0.35
    moved = [0.0, 0.1 + side * 0.7, 0.2 + step * 0.6, 0.3 + side * 0.5, 0.4, 1.0]
    assert expected == pytest.approx(
        [e + 0.04 * (p - e) for e, p in zip(moved, prior, strict=True)]
    )


def test_an_offensive_is_learnt_about_by_one_alone():
    prior = [0.0, 0.1, 0.2, 0.3, 0.4, 1.0]
    expected = list(prior)
    rules.learn(BASE.learning, expected, prior, 4, 0.0)
    assert expected[5] == 1.0
    rules.learn(BASE.learning, expected, prior, 5, 0.0)
    assert expected[5] < 1.0


def test_what_an_offensive_taught_is_forgotten_like_the_rest():
    expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    rules.learn(BASE.learning, expected, [0.0, 0.1, 0.2, 0.3, 0.4, 1.0], 0, 0.0)
    assert expected[5] == pytest.approx(0.5 + 0.04 * (1.0 - 0.5))


def test_force_without_provocation_teaches_too():
    expected = [0.0] * 6
    rules.learn(BASE.learning, expected, [0.0] * 6, 0, 0.4)
    assert expected[0] > 0
    assert expected[1] > 0


@pytest.mark.parametrize(
    ("talks", "diplomacy", "severity", "draw", "then"),
    [
        (1, 0.0, 0.0, 0.5, 0),  # no diplomacy, no talks
        (1, 1.0, 0.4, 0.0399, 0),  # 0.02 + 0.05 · 0.4 = 0.04
        (1, 1.0, 0.4, 0.0401, 1),
        (0, 2.0, 0.9, 0.0599, 1),  # 0.03 · 2
        (0, 2.0, 0.9, 0.0601, 0),
        (0, 1.0, 0.0, 0.03, 0),  # an event happens only if its draw is below
    ],
)
def test_talks(talks, diplomacy, severity, draw, then):
    assert rules.talks_next(BASE.environment, talks, diplomacy, severity, draw) == then


def test_consequences_by_hand():
    assert rules.leverage_next(BASE.environment, 0.4, 0.5, 1) == pytest.approx(
        0.4 + 0.15 * 0.5 * 0.6 - 0.03 * 0.4
    )
    assert rules.grievance_next(BASE.militias, 0.5, 2, 0.15) == pytest.approx(0.4)
    assert rules.grievance_next(BASE.militias, 0.5, 3, 0.4) == pytest.approx(0.4 + 0.1)
    assert rules.capability_next(BASE.militias, 0.4, 0.5, False, 0.4) == pytest.approx(0.405)
    assert rules.capability_next(BASE.militias, 0.4, 0.5, True, 0.4) == pytest.approx(0.405 * 0.76)
    assert rules.control_next(BASE.environment, 0.8, 3, 0.4) == pytest.approx(0.81)
    lost = 0.8 * (1 - 0.3 * 0.75)
    assert rules.control_next(BASE.environment, 0.8, 4, 0.75) == pytest.approx(
        lost + 0.05 * (1 - lost)
    )


@pytest.mark.parametrize(
    ("provoked", "directive", "response", "war"),
    [(5, 5, 0, True), (5, 4, 4, False), (4, 5, 4, False), (0, 0, 5, True), (0, 0, 4, False)],
)
def test_confrontation_takes_a_campaign_or_an_ordered_offensive(provoked, directive, response, war):
    assert rules.is_confrontation(provoked, directive, response) is war


# Choice


def test_logit_weights_by_hand():
    weights = [9.0] * 3
    total = rules.logit_weights([1.0, 2.0, 3.0], 3, 0b011, 2.0, weights)
    assert weights == pytest.approx([math.exp(-2), 1.0, 0.0])
    assert total == pytest.approx(1 + math.exp(-2))


@pytest.mark.parametrize(
    ("draw", "choice"), [(0.0, 0), (0.249, 0), (0.25, 1), (0.99, 2), (1 - 2**-53, 2)]
)
def test_pick_takes_the_first_whose_cumulative_weight_exceeds_the_draw(draw, choice):
    assert rules.pick([1.0, 1.0, 2.0], 3, 0b111, 4.0, draw) == choice


def test_pick_where_nothing_or_too_little_is_allowed():
    assert rules.pick([1.0, 1.0], 2, 0, 0.0, 0.5) == 0
    assert rules.pick([1.0, 1.0, 1.0], 3, 0b011, 2.5, 0.9) == 1  # rounding leaves none


@given(UTILITIES, MASK, st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_a_choice_is_allowed_and_the_same_compiled(utilities, allowed, rationality, draw):
    plain, fast = np.zeros(6), np.zeros(6)
    row = np.array(utilities)
    total = rules.logit_weights(utilities, 6, allowed, rationality, plain)
    again = compiled(rules.logit_weights)(row, 6, allowed, rationality, fast)
    assert total == again
    assert plain.tobytes() == fast.tobytes()
    rung = rules.pick(plain, 6, allowed, total, draw)
    assert (allowed >> rung) & 1
    assert rung == compiled(rules.pick)(fast, 6, allowed, total, draw)
    assert max(plain) == 1.0


@given(UTILITIES, MASK, st.floats(0, 50))
def test_a_better_option_never_weighs_less(utilities, allowed, rationality):
    weights = [0.0] * 6
    rules.logit_weights(utilities, 6, allowed, rationality, weights)
    open_to = [k for k in range(6) if (allowed >> k) & 1]
    ranked = sorted(open_to, key=lambda k: utilities[k])
    assert [weights[k] for k in ranked] == sorted(weights[k] for k in open_to)


# Equality of compiled and plain, term by term, also at extreme values


@given(WEIGHT, WEIGHT, SHARE, SHARE, st.integers(0, 1), SHARE, WEIGHT, WEIGHT, WEIGHT)
def test_compiled_directive_terms(
    value, exposure, sigma, force, talks, leverage, sanctions, unrest, enemy
):
    iran = BASE.iran._replace(leverage_value=value, revenue_exposure=exposure)
    arguments = (iran, sigma, force, talks, leverage, sanctions, unrest, enemy)
    terms = rules.directive_terms(*arguments)
    assert terms == compiled(rules.directive_terms)(*arguments)
    assert all(map(math.isfinite, terms))
    assert rules.total(terms) == compiled(rules.total)(terms)
    assert rules.total(terms) == functools.reduce(operator.add, terms, 0.0)  # in their order


@given(st.tuples(WEIGHT, WEIGHT, WEIGHT, WEIGHT, SHARE, SHARE, SHARE, SHARE, WEIGHT))
def test_compiled_provocation_terms(arguments):
    terms = rules.provocation_terms(*arguments)
    assert terms == compiled(rules.provocation_terms)(*arguments)
    assert rules.total(terms) == compiled(rules.total)(terms)


@given(WEIGHT, RUNG, SHARE, WEIGHT, st.floats(0, 1e94), st.integers(0, 10_001), WEIGHT)
def test_compiled_response_terms(audience, rung, force, cost, pressure, crossings, enemy):
    us = BASE.united_states._replace(audience_cost=audience)
    arguments = (us, rung, force, cost, pressure, crossings, 1, enemy)
    terms = rules.response_terms(*arguments)
    assert terms == compiled(rules.response_terms)(*arguments)
    assert math.isfinite(rules.total(terms))


@given(
    st.lists(SHARE, min_size=6, max_size=6), st.lists(SHARE, min_size=6, max_size=6), RUNG, SHARE
)
def test_learning_is_the_same_compiled_and_stays_within_bounds(expected, prior, provoked, force):
    plain, fast = np.array(expected), np.array(expected)
    rules.learn(BASE.learning, plain, np.array(prior), provoked, force)
    compiled(rules.learn)(BASE.learning, fast, np.array(prior), provoked, force)
    assert plain.tobytes() == fast.tobytes()
    assert plain.min() >= 0
    assert plain.max() <= 1 + 1e-12


@given(SHARE, SHARE, st.integers(0, 1), RUNG, SHARE)
def test_shares_stay_shares(state, severity, talks, response, force):
    leverage = rules.leverage_next(BASE.environment, state, severity, talks)
    control = rules.control_next(BASE.environment, state, response, force)
    capability = rules.capability_next(BASE.militias, state, severity, response >= 3, force)
    for value in (leverage, control, capability):
        assert -1e-12 <= value <= 1 + 1e-12

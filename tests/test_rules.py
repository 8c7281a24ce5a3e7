"""Rules: values worked out by hand, properties, and equality of compiled and plain."""

import copy
import functools
import itertools
import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.case.scenario_file import load_scenario
from redline.engine.batch import encode
from redline.engine.native.compiled import compiled_functions
from redline.theory import Seen, rules
from redline.theory.powers import exponential
from redline.theory.provoking import Stance

BASE = load_scenario("baseline")
SHARE = st.floats(0, 1)
WEIGHT = st.one_of(st.floats(0, 5), st.sampled_from([0.0, 1e-12, 1e6, 1e90]))
RUNG = st.integers(0, 5)
MASK = st.integers(1, 63)
UTILITIES = st.tuples(*[st.floats(-1e100, 1e100)] * 6)
NOTHING = Seen(0, 0, 0.0, 0.0, 0.0, 0.0, 0, (0.0,) * 6)


def compiled(rule):
    return compiled_functions()[rule]


def compiled_terms(rule, scenario, drivers, *seen):
    """Return the terms of a rule from compiled code, which reads the record of a plan."""
    return compiled(rule)(encode(scenario).plans["each"][0, 0], drivers, *seen)


def state(**values):
    """Return what there is to see where all is 0 but for some values."""
    return NOTHING._replace(**values)


def test_directive_terms_by_hand():
    # Drones: σ = 0.35, E = 0.2, talks on, L = 0.5, sanctions 0.8, unrest 0.4, common enemy 0.5
    drivers = BASE.drivers._replace(sanctions=0.8, unrest=0.4, common_enemy=0.5)
    seen = state(talks=1, leverage=0.5, expected=(0, 0, 0, 0.2, 0, 0))
    terms = rules.directive_terms(BASE, drivers, seen, 3)
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
    assert rules.directive_terms(BASE, drivers, seen._replace(talks=0), 3).leverage == 0


def test_provocation_terms_by_hand():
    # Rockets, σ = 0.2, where drones are ordered, σ = 0.35; zeal (0.5 + 0.1) × 1, backlash 0.6
    own = Stance(zeal=1.0, loyalty=1.1, vulnerability=1.3)
    seen = state(directive=3, grievance=0.1, control=0.9, expected=(0, 0, 0.11, 0, 0, 0))
    terms = rules.provocation_terms(BASE, BASE.drivers._replace(unrest=0.4), seen, own, 2)
    assert terms == pytest.approx((0.12, -1.1 * 0.9 * 0.15, -0.143, -0.6 * 0.4 * 0.2))


@pytest.mark.parametrize(
    ("rung", "crossings", "excess"),
    [(2, 0, 0), (3, 0, 1), (3, 1, 0), (4, 1, 1), (5, 0, 3), (5, 9, 0)],
)
def test_each_rung_of_force_beyond_sanctions_wants_one_more_crossing(rung, crossings, excess):
    seen = state(pressure=1.0, crossings=crossings)
    terms = rules.response_terms(BASE, BASE.drivers, seen, seen, rung)
    assert terms.proportionality == -0.5 * excess


def test_response_terms_by_hand():
    drivers = BASE.drivers._replace(common_enemy=0.5)
    seen = state(pressure=1.5, talks=1, crossings=2)
    terms = rules.response_terms(BASE, drivers, seen, seen, 5)
    assert terms == pytest.approx((-1.3 * 0.25, -1.35, -0.3, -0.5, -0.5 * 1, -0.8))
    quiet = rules.response_terms(BASE, BASE.drivers, NOTHING, NOTHING, 0)
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


PRIOR = [0.0, 0.1, 0.2, 0.3, 0.4, 1.0]


def learnt(expected, prior, provoked, force, rule=rules.expectation_next):
    """Return the force expected in answer to each rung, after a week."""
    return [
        rule(BASE.learning, expected[k], prior[k], k, provoked, force) for k in range(len(prior))
    ]


def test_learning_moves_the_rung_its_neighbours_and_then_all_towards_the_prior():
    step, side = 0.45, 0.45 * 0.35
    moved = [0.0, 0.1 + side * 0.7, 0.2 + step * 0.6, 0.3 + side * 0.5, 0.4, 1.0]
    assert learnt(PRIOR, PRIOR, 2, 0.8) == pytest.approx(
        [e + 0.04 * (p - e) for e, p in zip(moved, PRIOR, strict=True)]
    )


def test_an_offensive_is_learnt_about_by_one_alone():
    assert learnt(PRIOR, PRIOR, 4, 0.0)[5] == 1.0
    assert learnt(PRIOR, PRIOR, 5, 0.0)[5] < 1.0


def test_what_an_offensive_taught_is_forgotten_like_the_rest():
    expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert learnt(expected, PRIOR, 0, 0.0)[5] == pytest.approx(0.5 + 0.04 * (1.0 - 0.5))


def test_force_without_provocation_teaches_too():
    expected = learnt([0.0] * 6, [0.0] * 6, 0, 0.4)
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
    weights = rules.logit_weights([1.0, 2.0, 3.0], 0b011, 2.0)
    assert weights == pytest.approx([math.exp(-2), 1.0, 0.0])
    assert rules.logit_exponents([1.0, 2.0, 3.0], 0b011, 2.0) == [-2.0, 0.0, -math.inf]


def test_what_is_not_open_weighs_nothing():
    assert rules.logit_weights([1.0, 2.0], 0, 1.0) == [0.0, 0.0]
    assert rules.logit_weights([1e100, -1e100], 0b10, 1e6) == [0.0, 1.0]
    assert rules.logit_weights([1.0, 2.0, 9.0], 0b011, 0.0) == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("draw", "choice"), [(0.0, 0), (0.249, 0), (0.25, 1), (0.99, 2), (1 - 2**-53, 2)]
)
def test_pick_takes_the_first_whose_cumulative_weight_exceeds_the_draw(draw, choice):
    assert rules.pick([1.0, 1.0, 2.0], draw) == choice


def test_pick_where_nothing_or_not_all_is_open():
    assert rules.pick([0.0, 0.0], 0.5) == 0
    assert rules.pick([0.0, 1.0, 0.0], 0.0) == 1
    assert rules.pick([1.0, 1.0, 0.0], 0.9) == 1
    assert rules.pick([1.0, 1.0, 0.0], 1 - 2**-53) == 1


WEIGHTS = st.lists(st.one_of(SHARE, st.sampled_from([0.0, 1.0, 5e-324])), min_size=1, max_size=6)


@given(WEIGHTS, st.floats(0, 1, exclude_max=True))
def test_pick_takes_what_a_search_would(weights, draw):
    sums = list(itertools.accumulate(weights))
    above = [k for k, cumulative in enumerate(sums) if cumulative > draw * sums[-1]]
    assert rules.pick(weights, draw) == (above[0] if above else 0)
    if sums[-1] > 1e-300:
        assert weights[rules.pick(weights, draw)] > 0.0  # rounding leaves none that is closed


@given(UTILITIES, MASK, st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_a_choice_is_allowed_and_the_same_compiled(utilities, allowed, rationality, draw):
    weights = rules.logit_weights(utilities, allowed, rationality)
    assert bits(weights) == bits(compiled(rules.logit_weights)(utilities, allowed, rationality))
    exponents = rules.logit_exponents(utilities, allowed, rationality)
    assert bits(exponents) == bits(compiled(rules.logit_exponents)(utilities, allowed, rationality))
    assert bits(weights) == bits(map(exponential, exponents))
    rung = rules.pick(weights, draw)
    assert (allowed >> rung) & 1
    assert rung == compiled(rules.pick)(tuple(weights), draw)
    assert max(weights) == 1.0


def bits(numbers):
    return np.array(list(numbers), np.float64).tobytes()


@given(UTILITIES, MASK, st.floats(0, 50))
def test_a_better_option_never_weighs_less(utilities, allowed, rationality):
    weights = rules.logit_weights(utilities, allowed, rationality)
    open_to = [k for k in range(6) if (allowed >> k) & 1]
    ranked = sorted(open_to, key=lambda k: utilities[k])
    assert [weights[k] for k in ranked] == sorted(weights[k] for k in open_to)


@given(UTILITIES, RUNG)
def test_what_holds_for_a_rung_is_looked_up(values, rung):
    assert rules.of_rung(values, rung) == values[rung]
    assert compiled(rules.of_rung)(values, rung) == values[rung]


# Equality of compiled and plain, term by term, also at extreme values


LADDER = st.tuples(*[SHARE] * 6)


@given(WEIGHT, WEIGHT, LADDER, LADDER, st.integers(0, 1), SHARE, WEIGHT, WEIGHT, WEIGHT, RUNG)
def test_compiled_directive_terms(
    value, exposure, sigmas, expected, talks, leverage, sanctions, unrest, enemy, rung
):
    scenario = with_values(
        sigmas, iran=BASE.iran._replace(leverage_value=value, revenue_exposure=exposure)
    )
    drivers = BASE.drivers._replace(sanctions=sanctions, unrest=unrest, common_enemy=enemy)
    seen = state(talks=talks, leverage=leverage, expected=expected)
    rule = rules.directive_terms
    terms = rule(scenario, drivers, seen, rung)
    assert terms == compiled_terms(rule, scenario, drivers, seen, rung)
    assert all(map(math.isfinite, terms))
    assert rules.total(terms) == compiled(rules.total)(terms)
    assert rules.total(terms) == functools.reduce(operator.add, terms, 0.0)  # in their order


def with_values(sigmas, **groups):
    """Return the baseline with other severities and parameters."""
    rungs = tuple(
        rung._replace(severity=sigma) for rung, sigma in zip(BASE.provocations, sigmas, strict=True)
    )
    return with_parts(provocations=rungs, **groups)


def with_parts(**parts):
    """Return the baseline with some of what is made of its document put by hand."""
    scenario = copy.copy(BASE)
    vars(scenario).update(parts)
    return scenario


@given(st.tuples(*[WEIGHT] * 5), LADDER, LADDER, SHARE, WEIGHT, RUNG, RUNG)
def test_compiled_provocation_terms(weights, sigmas, expected, control, unrest, ordered, rung):
    zeal, backlash, *own, grievance = weights
    scenario = with_values(
        sigmas,
        militias=BASE.militias._replace(zeal=zeal),
        iran=BASE.iran._replace(backlash=backlash),
    )
    drivers = BASE.drivers._replace(unrest=unrest)
    seen = state(directive=ordered, grievance=grievance, control=control, expected=expected)
    rule, stance = rules.provocation_terms, Stance(1.2, *own)
    terms = rule(scenario, drivers, seen, stance, rung)
    assert terms == compiled_terms(rule, scenario, drivers, seen, stance, rung)
    assert rules.total(terms) == compiled(rules.total)(terms)


@given(WEIGHT, RUNG, st.floats(0, 1e94), st.integers(0, 10_001), WEIGHT)
def test_compiled_response_terms(audience, rung, pressure, crossings, enemy):
    scenario = with_parts(united_states=BASE.united_states._replace(audience_cost=audience))
    drivers = BASE.drivers._replace(common_enemy=enemy)
    seen = state(pressure=pressure, talks=1, crossings=crossings)
    rule = rules.response_terms
    terms = rule(scenario, drivers, seen, seen, rung)
    assert terms == compiled_terms(rule, scenario, drivers, seen, seen, rung)
    assert math.isfinite(rules.total(terms))


@given(LADDER, LADDER, RUNG, SHARE)
def test_learning_is_the_same_compiled_and_stays_within_bounds(expected, prior, provoked, force):
    found = learnt(expected, prior, provoked, force)
    again = learnt(expected, prior, provoked, force, compiled(rules.expectation_next))
    assert bits(found) == bits(again)
    assert min(found) >= 0
    assert max(found) <= 1 + 1e-12


@given(SHARE, SHARE, st.integers(0, 1), RUNG, SHARE)
def test_shares_stay_shares(state, severity, talks, response, force):
    leverage = rules.leverage_next(BASE.environment, state, severity, talks)
    control = rules.control_next(BASE.environment, state, response, force)
    capability = rules.capability_next(BASE.militias, state, severity, response >= 3, force)
    for value in (leverage, control, capability):
        assert -1e-12 <= value <= 1 + 1e-12

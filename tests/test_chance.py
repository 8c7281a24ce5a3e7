"""Chance: known answers of the generator, and the address of every draw, compiled and plain."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.case import load_scenario
from redline.engine import encode
from redline.engine.native.compiled import compiled_functions
from redline.theory import Choices, Events, State, chance, new_records, provoking, week
from redline.theory.choosing import Group

WORD = st.integers(0, 2**32 - 1)

# Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, block.
KNOWN_ANSWERS = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize("form", ["plain", "compiled"])
@pytest.mark.parametrize(("counter", "key", "block"), KNOWN_ANSWERS)
def test_philox_gives_the_published_blocks(form, counter, key, block):
    philox = chance.philox if form == "plain" else compiled_functions()[chance.philox]
    assert list(philox(*words(counter), *words(key))) == words(block)


@given(WORD, WORD, WORD, WORD, WORD, WORD)
def test_compiled_philox_equals_plain(c0, c1, c2, c3, k0, k1):
    arguments = (c0, c1, c2, c3, k0, k1)
    assert tuple(compiled_functions()[chance.philox](*arguments)) == chance.philox(*arguments)


def test_unit_spans_zero_to_just_below_one():
    assert chance.unit(0, 0) == 0.0
    assert chance.unit(2**32 - 1, 2**32 - 1) == 1.0 - 2.0**-53
    assert chance.unit(0, 2**11) == 2.0**-53


@given(WORD, WORD)
def test_unit_keeps_the_53_leading_bits(high, low):
    assert chance.unit(high, low) == ((high << 32 | low) >> 11) * 2.0**-53


def test_a_slot_is_half_of_the_block_that_its_address_names():
    seed = (7 << 32) + 5
    block = chance.philox(3, 11, 42, 0, 5, 7)
    assert chance.uniform(seed, 42, 11, 6) == chance.unit(block.w0, block.w1)
    assert chance.uniform(seed, 42, 11, 7) == chance.unit(block.w2, block.w3)


def test_slots_of_militias_follow_those_of_the_rest():
    assert chance.militia_slot(0, chance.OPPORTUNITY) == 4
    assert chance.militia_slot(0, chance.KILL) == 7
    assert chance.militia_slot(10, chance.RUNG) == 45


SEED = 123456789123456789
KEY = chance.seed_key(SEED)
WEEK = 77
LIVE = 5


@pytest.fixture(params=["plain", "compiled"])
def kernel(request):
    """Functions of the week loop in either form, and a group of a few lanes, for them to use."""
    plain = request.param == "plain"
    records = [new_records(kind, 1) for kind in (State, Events, Choices)]
    group = Group(*(one.view(np.recarray)[0] if plain else one[0] for one in records))
    records[0]["replicate"][0, :LIVE] = [5, 0, 2**32 - 1, 7, 6]

    def call(function, *given):
        with np.errstate(over="ignore"):  # integers of 64 bits wrap
            return (function if plain else compiled_functions()[function])(*given)

    return SimpleNamespace(
        call=call,
        plans=encode(load_scenario("baseline")).plans.view(np.recarray if plain else np.ndarray)[0],
        group=group,
        state=records[0][0],
        events=records[1][0],
        choices=records[2][0],
    )


def at(slot, replicates):
    """Return the draws of a slot: one for each replicate."""
    return [chance.uniform(SEED, int(number), WEEK, slot) for number in replicates]


def test_the_draws_of_a_week_are_those_of_their_addresses(kernel):
    kernel.call(week.draw_week, KEY, kernel.group, WEEK, LIVE)
    slots = {
        "draw_talks": chance.SLOT_TALKS,
        "draw_review": chance.SLOT_REVIEW,
        "draw_directive": chance.SLOT_DIRECTIVE,
        "draw_response": chance.SLOT_RESPONSE,
    }
    for name, slot in slots.items():
        assert kernel.events[name][:LIVE].tolist() == at(slot, kernel.state["replicate"][:LIVE])
        assert not kernel.events[name][LIVE:].any()


@pytest.mark.parametrize("militia", [0, 8])
def test_the_draws_of_two_militias_are_those_of_their_addresses(kernel, militia):
    given = kernel.plans, kernel.group, WEEK, LIVE, militia
    opportunities = kernel.call(provoking.draw_two, KEY, *given)
    for name, purpose in (("draw_opportunity", chance.OPPORTUNITY), ("draw_rung", chance.RUNG)):
        for which in range(2):
            slot = chance.militia_slot(militia + which, purpose)
            found = kernel.events[name][which, :LIVE].tolist()
            assert found == at(slot, kernel.state["replicate"][:LIVE])
    # Where neither has one there is nothing to choose.
    least = kernel.events["draw_opportunity"][:, :LIVE].min(axis=0)
    assert opportunities == (least < kernel.plans["each"][0]["opportunity"]).sum() > 0


def test_the_draws_of_an_attack_are_those_of_its_militia(kernel):
    # The second and the third of three choices are attacks, in other lanes.
    kernel.choices["lane"][:3], kernel.choices["militia"][:3] = [0, 2, 1], [4, 6, 9]
    kernel.choices["rung"][:3] = [1, 3, 5]
    attacks = kernel.call(provoking.find_attacks, kernel.group.choices, 3)
    assert attacks == 2
    kernel.call(provoking.draw_attacks, KEY, kernel.group, WEEK, attacks)
    for a, (lane, militia) in enumerate([(2, 6), (1, 9)]):
        (replicate,) = kernel.state["replicate"][[lane]]
        for name, purpose in (("draw_site", chance.SITE), ("draw_kill", chance.KILL)):
            slot = chance.militia_slot(militia, purpose)
            assert kernel.choices[name][a] == chance.uniform(SEED, int(replicate), WEEK, slot)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be in"):
        chance.seed_key(seed)


def test_neighbouring_addresses_look_independent():
    # 20,000 draws each; correlation of independent uniforms has standard error 0.0071, so
    # 0.035 is five of them: a false alarm in about 1 of 2 million for each pair.
    base = [chance.uniform(1, r, 3, 8) for r in range(20_000)]
    for other in (
        [chance.uniform(1, r, 3, 9) for r in range(20_000)],
        [chance.uniform(1, r, 4, 8) for r in range(20_000)],
        [chance.uniform(2, r, 3, 8) for r in range(20_000)],
    ):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.035
    assert abs(np.mean(base) - 0.5) < 5 * (1 / 12 / 20_000) ** 0.5

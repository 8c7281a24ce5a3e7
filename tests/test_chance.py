"""Chance: known answers of the generator, and the address of every draw, compiled and plain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.engine.compiled import compiled_functions
from redline.theory import chance

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


@pytest.mark.parametrize("form", ["plain", "compiled"])
def test_the_draws_of_a_week_are_those_of_their_addresses(form):
    draw_week = chance.draw_week if form == "plain" else compiled_functions()[chance.draw_week]
    militias, seed = 9, 123456789123456789
    table = np.zeros((2, 2 + militias))
    draw_week(chance.seed_key(seed), 5, 77, militias, table)
    slots = [0, 2] + [chance.militia_slot(i, chance.OPPORTUNITY) for i in range(militias)]
    for column, slot in enumerate(slots):
        assert table[0, column] == chance.uniform(seed, 5, 77, slot)
        assert table[1, column] == chance.uniform(seed, 5, 77, slot + 1)


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

"""Chance as an address: every draw is a pure function of (seed, replicate, week, slot).

Nothing in the simulation owns a random stream. A draw is looked up, not consumed, so the
same replicate of two scenarios shares its chance (common random numbers), and a replicate
is the same alone or among a million, in either engine, on any number of workers.

Written in restricted scalar Python (integers, shifts, masks; no NumPy): the same functions
run plain and compiled.

References
----------
Salmon, Moraes, Dror & Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, SC '11.
"""

from typing import NamedTuple

SLOT_TALKS = 0
SLOT_REVIEW = 1
SLOT_DIRECTIVE = 2
SLOT_RESPONSE = 3
FIRST_MILITIA_SLOT = 4
SLOTS_PER_MILITIA = 4
OPPORTUNITY = 0
RUNG = 1
SITE = 2
KILL = 3

MOST_SEEDS = 1 << 64
MOST_REPLICATES = 1 << 32
_WORD = 0xFFFFFFFF


class Words(NamedTuple):
    """The four 32-bit words of one Philox block."""

    w0: int
    w1: int
    w2: int
    w3: int


class Key(NamedTuple):
    """A 64-bit seed as the two 32-bit words that key the generator."""

    low: int
    high: int


class DrawPair(NamedTuple):
    """The two uniform draws of one block: slots 2m and 2m + 1."""

    even: float
    odd: float


def seed_key(seed: int) -> Key:
    """Split a seed into the generator's key.

    Raises
    ------
    ValueError
        If the seed is not in [0, 2**64).
    """
    if not 0 <= seed < MOST_SEEDS:
        raise ValueError(f"seed must be in [0, 2**64), not {seed}")
    return Key(seed & _WORD, seed >> 32)


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> Words:
    """Return the Philox4x32-10 block of a counter (four words) under a key (two words).

    Every word is an integer in [0, 2**32). A product of two words may wrap where integers
    have 64 signed bits; the masks keep exactly the bits that the wrap leaves intact.
    """
    for _ in range(10):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0 = ((p1 >> 32) & 0xFFFFFFFF) ^ c1 ^ k0
        c1 = p1 & 0xFFFFFFFF
        c2 = ((p0 >> 32) & 0xFFFFFFFF) ^ c3 ^ k1
        c3 = p0 & 0xFFFFFFFF
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return Words(c0, c1, c2, c3)


def unit(high: int, low: int) -> float:
    """Return the 53 leading bits of two words as a number in [0, 1)."""
    return ((high << 21) + (low >> 11)) * 1.1102230246251565e-16  # 2**-53


def draws(key: Key, replicate: int, week: int, block: int) -> DrawPair:
    """Return the draws of slots ``2 * block`` and ``2 * block + 1`` of one week."""
    words = philox(block, week, replicate & 0xFFFFFFFF, 0, key.low, key.high)
    return DrawPair(unit(words.w0, words.w1), unit(words.w2, words.w3))


def uniform(seed: int, replicate: int, week: int, slot: int) -> float:
    """Return the draw at an address, uniform in [0, 1)."""
    pair = draws(seed_key(seed), replicate, week, slot // 2)
    return pair.odd if slot % 2 else pair.even


def militia_slot(militia: int, purpose: int) -> int:
    """Return the slot of a militia's draw; `purpose` is OPPORTUNITY, RUNG, SITE or KILL."""
    return FIRST_MILITIA_SLOT + SLOTS_PER_MILITIA * militia + purpose

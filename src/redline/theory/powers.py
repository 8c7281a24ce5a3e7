"""The powers that choices weigh with: e to what is not above zero, and two to a whole number.

An exponential of the C library or of a browser may differ in its last bit from one machine to the
next, and then so may the choices of a replicate. This one is a few sums and products of doubles,
each of which IEEE 754 rounds in one way only: the same bits in plain Python, compiled, in C and in
JavaScript, on every processor; and a compiler can take several at once.

Written in restricted scalar Python. Nothing here may be reordered or fused.

References
----------
Cody & Waite (1980), *Software manual for the elementary functions*: the logarithm of two in two
parts. Remez (1934), *Sur la détermination des polynômes d'approximation de degré donnée*: the
coefficients.
"""

import math

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471805598903
"""The 42 leading bits of the logarithm of two: its product with a number of ten bits is exact."""
_LN2_LOW = 5.497923018708371e-14
_TO_WHOLE = 6755399441055744.0
"""1.5 × 2**52: a double of this size has no room for fractions, so adding it rounds."""


def exponential(x: float) -> float:
    """Return e**x for x ≤ 0, within one unit in the last place of the correctly rounded value.

    It is 1 at zero, never above 1, and 0 below -700 (where it is under 1e-304), so that what is
    ruled out may weigh -inf; of a NaN it is a NaN. x = k ln 2 + r, where k is whole and
    |r| ≤ ln 2 / 2: so e**x is e**r 2**k. The polynomial has, of those of degree 11 that begin
    with 1 + r + r²/2, the least relative error (Remez), 5e-18.
    """
    near = -700.0 if x < -700.0 else x
    k = (near * _LOG2_E + _TO_WHOLE) - _TO_WHOLE
    r = (near - k * _LN2_HIGH) - k * _LN2_LOW
    rest = 2.497841468771059e-08
    rest = rest * r + 2.762517607516912e-07
    rest = rest * r + 2.755764069109981e-06
    rest = rest * r + 2.4801508707689998e-05
    rest = rest * r + 0.00019841269466478291
    rest = rest * r + 0.0013888888926777935
    rest = rest * r + 0.008333333333499896
    rest = rest * r + 0.041666666666604
    rest = rest * r + 0.16666666666666433
    rest = rest * r + 0.5
    power = (1.0 + (r + r * r * rest)) * two_to(k)
    return 0.0 if x < -700.0 else power


def two_to(k: float) -> float:
    """Return 2**k, exactly, for a whole number k from -1022 to 0; of a NaN, the NaN.

    The engine compiles `redline.engine.native.exact_powers` in its place.
    """
    return k if math.isnan(k) else math.ldexp(1.0, int(k))

"""The exponential of the rules: near the true one, and the same to the last bit everywhere."""

import decimal
import math
import random
import re
from decimal import Decimal
from types import FunctionType

import numba
import numpy as np
import pytest

from node import run_in_node
from redline.engine import translate
from redline.engine.native.exact_powers import compiled_two_to
from redline.theory import exponential, powers, two_to

LN2 = math.log(2.0)
EDGES = (
    0.0, -0.0, -5e-324, -2.2250738585072014e-308, -(2.0**-54), -(2.0**-53), -(2.0**-52), -1e-9,
    -0.5, -1.0, -10.0, math.nextafter(-700.0, 0.0), -700.0,
)  # fmt: skip


def around(x, steps):
    """Return a number and its neighbours among the doubles, from below."""
    return (np.float64(x).view(np.int64) - np.arange(-steps, steps + 1)).view(np.float64).tolist()


SEAMS = [x for k in range(2019) for x in around(-0.5 * k * LN2, 1) if -700.0 <= x <= 0.0]
"""Where the whole part of the exponent changes, or the rest of it is zero."""


def drawn(count):
    """Return so many numbers: anywhere, where choices mostly are, and near zero."""
    draw = random.Random(20)
    ranges = [lambda: -700.0 * draw.random(), lambda: -40.0 * draw.random(),
              lambda: -draw.random(), lambda: -math.exp(draw.uniform(-40.0, 0.0))]  # fmt: skip
    return [ranges[k % 4]() for k in range(count)]


@pytest.fixture(scope="module")
def compiled():
    """The exponential of an array, compiled as the engine is."""
    options = {"forceinline": True, "error_model": "numpy"}
    linked = {**vars(powers), "two_to": compiled_two_to()}
    one = numba.njit(**options)(FunctionType(exponential.__code__, linked))

    @numba.njit(error_model="numpy")
    def each(numbers, found):
        for k in range(numbers.size):
            found[k] = one(numbers[k])

    def run(numbers):
        found = np.empty(len(numbers))
        each(np.array(numbers), found)
        return found

    run.each = each
    return run


def bits(numbers):
    return np.array(numbers, np.float64).view(np.int64)


@pytest.mark.parametrize(
    "points",
    [
        [*EDGES, *SEAMS, *drawn(50_000)],
        pytest.param(
            drawn(1_000_000),
            marks=pytest.mark.second_tier("a million points; fifty thousand stand for them"),
        ),
    ],
    ids=["some", "many"],
)
def test_it_is_within_one_ulp_of_the_true_value(points):
    with decimal.localcontext(prec=40):
        for x in points:
            true = Decimal(x).exp()
            nearest = float(true)
            ulp = Decimal(math.ulp(nearest))
            found = exponential(x)
            assert abs(found - nearest) <= ulp, x
            assert abs(Decimal(found) - true) < ulp, x


def test_its_ends():
    assert exponential(0.0) == exponential(-0.0) == exponential(-5e-324) == 1.0
    assert exponential(math.nextafter(-700.0, 0.0)) >= exponential(-700.0) > 0.0
    assert exponential(math.nextafter(-700.0, -math.inf)) == exponential(-1e308) == 0.0
    assert math.copysign(1.0, exponential(-math.inf)) == 1.0  # what is ruled out weighs nothing
    assert exponential(-math.inf) == 0.0
    assert math.isnan(exponential(math.nan))


def test_it_falls_as_its_argument_falls(compiled):
    points = np.array([*drawn(200_000), *SEAMS, *around(-700.0, 500), -math.inf])
    points.sort()
    assert (np.diff(compiled(points)) >= 0.0).all()
    for k in range(0, 2019, 40):
        assert (np.diff(compiled(around(-0.5 * (k + 1) * LN2, 500))) >= 0.0).all()
    assert max(compiled(around(-1e-16, 500))) <= 1.0


def test_the_same_bits_in_every_engine(compiled):
    points = [*EDGES, *SEAMS, *drawn(10_000), *around(-700.0, 3), -701.0, -1e308]
    plain = [exponential(x) for x in points]
    script = f"<script>{translate([exponential])}</script>"
    found, whole = run_in_node(
        script,
        "return [data.map(exponential), [exponential(-Infinity), exponential(NaN)]];",
        points,
    )
    assert (bits(found) == bits(plain)).all()
    assert (bits(compiled(points)) == bits(plain)).all()
    assert whole == [exponential(-math.inf), None]  # JSON has no NaN
    of_compiled = compiled([-math.inf, math.nan])
    assert of_compiled[0] == exponential(-math.inf)
    assert math.isnan(of_compiled[1])


def test_powers_of_two_are_exact_in_every_engine():
    wholes = [float(k) for k in range(-1022, 1024)]
    powers_of_two = [math.ldexp(1.0, int(k)) for k in wholes]
    assert [two_to(k) for k in wholes] == powers_of_two
    made = compiled_two_to()

    @numba.njit
    def one(k):
        return made(k)

    assert [one(k) for k in wholes] == powers_of_two
    script = f"<script>{translate([two_to])}</script>"
    assert run_in_node(script, "return data.map(two_to);", wholes[:1023]) == powers_of_two[:1023]


def test_several_are_computed_at_once(compiled):
    compiled([0.0])
    (text,) = compiled.each.inspect_llvm().values()
    for operation in ("fmul", "fadd", "shl"):
        assert re.search(rf"{operation} <\d+ x", text), operation

"""Two to a whole number in compiled code: bits are moved, so that several are taken at once."""

from collections.abc import Callable
from typing import Any

from redline.engine.native.numba_loading import is_disabled, load_numba
from redline.theory import two_to

_TO_WHOLE = float(3 << 51)
"""Added to a whole number of few bits, it leaves that number in the lowest bits of the sum."""
_BIAS = 1023
"""The exponent of 1.0, as it is kept in the bits of a double."""
_FRACTION = 52
"""The bits of a double below its exponent."""


def compiled_two_to() -> Callable[..., Any]:
    """Return `redline.theory.two_to` for compiled code, for k from -1022 to 1023.

    Of a NaN it is any number, so that a product with that NaN is one. Where Numba is told not
    to compile, it is the function as it stands.
    """
    made: Callable[..., Any] = two_to
    if not is_disabled():
        made = intrinsic_two_to(load_numba().extending)
    return made


def intrinsic_two_to(extending: Any) -> Callable[..., Any]:
    """Return it for code that Numba compiles, by what it is extended with for the target."""
    made: Callable[..., Any] = extending.intrinsic(_two_to)
    return made


def _two_to(_: Any, k: Any) -> Any:
    """Return type and code of 2**k, as Numba wants an intrinsic."""
    from llvmlite import ir
    from numba import types

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (whole,) = arguments
        bits = ir.IntType(64)
        exponent = builder.bitcast(builder.fadd(whole, whole.type(_TO_WHOLE)), bits)
        moved = builder.shl(exponent, bits(_FRACTION))
        return builder.bitcast(builder.add(moved, bits(_BIAS << _FRACTION)), whole.type)

    return types.float64(types.float64), code

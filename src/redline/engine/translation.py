"""Restricted Python to JavaScript: the rules, chance and week loop for a browser.

What Numba compiles (`redline.engine.native`) is translated here, from the same sources, so that
the lesson's engine is never written by hand. `translate` starts from the functions that are
called from outside and follows every name that they use. What has no exact counterpart is
refused, never guessed.

Sums, products, quotients and square roots of doubles are the same to the last bit in both
languages, and the exponential of the rules is made of these.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from redline.engine.javascript import Function, TranslationError
from redline.theory import dtype_of

SUPPORT = """\
// Number of records along an axis of nested arrays.
const extent = (nested, axis) => (axis === 0 ? nested.length : extent(nested[0], axis - 1));
// The high word of the product of two 32-bit words.
function high_word(a, b) {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const u = ah * bl + ((al * bl) >>> 16);
  const v = al * bh + (u & 0xffff);
  return ah * bh + (u >>> 16) + (v >>> 16);
}
// The low word of it.
const low_word = (a, b) => Math.imul(a, b) >>> 0;
// One, halved so often: exact, which a power of a browser need not be.
const halvings = [1];
for (let k = 0; k < 1022; k += 1) halvings.push(halvings[k] / 2);
// A number times two to a whole number from -1022 to 0.
const ldexp = (number, exponent) => number * halvings[-exponent | 0];
"""
"""What the translated functions call that has no operator of its own."""


def translate(entries: Iterable[Callable[..., Any]], layouts: Iterable[type] = ()) -> str:
    """Return functions, and everything that they use, as JavaScript.

    Parameters
    ----------
    entries : functions in restricted Python
    layouts : record classes (`redline.theory.records`), for each of which a maker is written:
        ``make_State()`` returns a `State` of zeros

    Raises
    ------
    TranslationError
        Naming file and line of what cannot be translated.
    """
    functions: dict[str, str] = {}
    sources: dict[str, Any] = {}
    tuples: dict[str, Any] = {}
    waiting: list[Any] = list(entries)
    while waiting:
        item = waiting.pop(0)
        kind, known = ("tuples", tuples) if isinstance(item, type) else ("functions", sources)
        if known.setdefault(item.__name__, item) is not item:
            raise TranslationError(f"two {kind} named {item.__name__}")
        if known is sources and item.__name__ not in functions:
            one = Function(item)
            functions[item.__name__] = one.text
            waiting += one.uses
    parts = [SUPPORT]
    parts += [_tuple_class(layout) for layout in tuples.values()]
    parts += functions.values()
    parts += [_maker(layout) for layout in layouts]
    return "\n".join(parts)


def _tuple_class(layout: type) -> str:
    """Return a NamedTuple as a class whose ``values()`` are its fields in their order."""
    fields: tuple[str, ...] = layout._fields  # type: ignore[attr-defined]
    sets = " ".join(f"this.{name} = {name};" for name in fields)
    values = ", ".join(f"this.{name}" for name in fields)
    names = ", ".join(f'"{name}"' for name in fields)
    return (
        f"class {layout.__name__} {{\n"
        f"  constructor({', '.join(fields)}) {{ {sets} }}\n"
        f"  values() {{ return [{values}]; }}\n"
        f"}}\n{layout.__name__}.fields = [{names}];\n"
    )


def _maker(layout: type) -> str:
    """Return a function that makes a record, of one lane, as an object of zeros."""
    return f"const make_{layout.__name__} = () => ({_zero(dtype_of(layout, lanes=1))});\n"


def _zero(kind: np.dtype[Any]) -> str:
    """Return an object of zeros of a storage type."""
    if kind.subdtype is not None:
        one, (length, *rest) = kind.subdtype
        return f"[{', '.join([_zero(np.dtype((one, tuple(rest))))] * length)}]"
    if kind.names is None:
        return "0"
    return f"{{ {', '.join(f'{name}: {_zero(kind[name])}' for name in kind.names)} }}"

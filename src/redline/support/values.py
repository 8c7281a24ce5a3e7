"""Values that a caller gives, as Python's own: whole numbers checked, numpy's converted.

Numbers out of arrays and data frames are of numpy's kinds, which overflow where Python's do
not and cannot be written as JSON. They become Python's here, on every way in, once.
"""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from redline.support.errors import InputError, shown

TIMES = ("m", "M")
"""Kinds of arrays whose numbers count time: they are no numbers of ours."""


class NumberError(InputError, ValueError):
    """A number of the wrong kind, or out of its range."""


def whole(name: str, value: object, least: int | None = None, end: int | None = None) -> int:
    """Return a whole number of any kind as Python's own, in [least, end) where these are given.

    Truth values are none, nor are floats, whatever they are worth.

    Raises
    ------
    NumberError
        If it is no whole number, or out of range.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise NumberError(f"{name} must be a whole number, not {described(value)}") from None
    if end is not None and least is not None and not least <= number < end:
        raise NumberError(f"{name} must be in {_range(least, end)}, not {shown(number)}")
    if least is not None and number < least:
        raise NumberError(f"{name} must be at least {least}, not {shown(number)}")
    return number


def described(value: object) -> str:
    """Return a value and its kind, as a message says what it is not."""
    return f"{type(value).__name__} ({shown(value)})"


def _range(least: int, end: int) -> str:
    """Return a range as it is read best: ends that are powers of two as such."""
    power = end.bit_length() - 1
    return f"[{least}, 2**{power})" if end == 1 << power and power > 16 else f"{least} … {end - 1}"


def plain(value: Any) -> Any:
    """Return a value, and all within it, without a number or an array of numpy's or pandas'.

    Arrays, series and ranges become lists; what is of another kind stays as it is.
    """
    if isinstance(value, Mapping):
        return {
            str(key) if isinstance(key, str) else key: plain(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple | range):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if (
        hasattr(value, "tolist")
        and getattr(getattr(value, "dtype", None), "kind", None) not in TIMES
    ):
        listed = value.tolist()
        return plain(listed) if isinstance(listed, list) else listed
    return value


def names(value: Sequence[str] | None) -> Sequence[str]:
    """Return names as a sequence; one by itself is no sequence of letters."""
    return (value,) if isinstance(value, str) else value or ()


def frozen(value: Any) -> Any:
    """Return a table or a list, nested or not, that nobody can change by mistake."""
    if isinstance(value, FrozenTable | FrozenList):
        return value
    if isinstance(value, dict):
        return FrozenTable({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return FrozenList(frozen(item) for item in value)
    return value


def thawed(value: Any) -> Any:
    """Return a copy of tables and lists, frozen or not, that can be changed."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thawed(item) for item in value]
    return value


def _refuse(self: Any, *_: Any, **__: Any) -> Any:
    raise TypeError(
        "a scenario cannot be changed: its vary({ADDRESS: VALUE}) returns a changed copy"
    )


class FrozenTable(dict[str, Any]):
    """A dict that refuses changes; a deep copy of it takes them."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = pop = popitem = clear = setdefault = _refuse

    def __reduce__(self) -> Any:
        return frozen, (thawed(self),)

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        found: dict[str, Any] = thawed(self)
        return found


class FrozenList(list[Any]):
    """A list that refuses changes; a deep copy of it takes them."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __reduce__(self) -> Any:
        return frozen, (thawed(self),)

    def __deepcopy__(self, memo: Any) -> list[Any]:
        found: list[Any] = thawed(self)
        return found

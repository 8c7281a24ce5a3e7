"""Conditions over columns, as text: ``attacks > 90 and class == "crisis"``.

Comparisons, joined by ``and``, ``or``, ``not`` and parentheses; numbers may be added,
subtracted, multiplied and divided. Nothing is executed: what is not in this list is refused.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.errors import InputError, nearest, printable

LONGEST = 500
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _finite(value: int | float | str) -> bool:
    try:
        return isinstance(value, str) or math.isfinite(value)
    except OverflowError:
        return False


class Condition:
    """A condition that rows of a table meet or not.

    Parameters
    ----------
    text
        The condition. Columns are written as they are named, dots and quotes included.
    columns
        The names that it may use.
    codes
        For a column of codes, the words that they stand for: they are compared as text.

    Attributes
    ----------
    names : the columns that it does use

    Raises
    ------
    InputError
        If it is not a condition, or uses something else.
    """

    def __init__(
        self,
        text: str,
        columns: Sequence[str],
        codes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.text = printable(text)
        self._codes = codes or {}
        self._columns = tuple(columns)
        if len(text) > LONGEST:
            raise InputError(f"a condition is {LONGEST} characters long at most")
        try:
            self._tree = ast.parse(self._with_placeholders(text).strip(), mode="eval").body
            found: set[str] = set()
            compares = self._checked(self._tree, found)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._refused("it cannot be read") from None
        if not compares:
            raise self._refused("it is a number, not a comparison")
        self.names = frozenset(found)

    def holds(self, table: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Return, for columns of equal length, where the condition holds: (rows,)."""
        rows = len(next(iter(table.values())))
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(self._value(self._tree, table), bool), (rows,))

    def _refused(self, why: str) -> InputError:
        return InputError(
            f'{self.text}: {why}; expected comparisons such as attacks > 90 and class == "crisis"'
        )

    def _with_placeholders(self, text: str) -> str:
        """Return the text with every column as a plain word: names hold dots and quotes."""
        names = sorted(self._columns, key=len, reverse=True)
        pattern = "|".join(
            [*(rf"(?<![\w.]){re.escape(name)}(?![\w.])" for name in names), r'"[^"]*"', r"'[^']*'"]
        )

        def replaced(match: re.Match[str]) -> str:
            name = match[0]
            return f"column_{self._columns.index(name)}" if name in self._columns else name

        return re.sub(pattern, replaced, text)

    def _column(self, word: str) -> str | None:
        number = word.removeprefix("column_")
        return self._columns[int(number)] if number != word and number.isdecimal() else None

    def _checked(self, node: ast.expr, found: set[str]) -> bool:
        """Return whether a piece is a condition (or else a value); add its columns to `found`."""
        match node:
            case ast.BoolOp(values=pieces):
                compare = [self._checked(piece, found) for piece in pieces]
                if all(compare):
                    return True
                raise self._refused("and, or join comparisons")
            case ast.UnaryOp(op=ast.Not(), operand=piece):
                if self._checked(piece, found):
                    return True
                raise self._refused("not stands before a comparison")
            case ast.Compare(left=left, ops=ops, comparators=rest):
                if all(type(op) in COMPARISONS for op in ops):
                    for piece in (left, *rest):
                        if self._checked(piece, found):
                            raise self._refused("a comparison of comparisons")
                    self._check_words([left, *rest])
                    return True
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=piece):
                if not self._checked(piece, found):
                    return False
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) in ARITHMETIC:
                    sides = [self._checked(left, found), self._checked(right, found)]
                    if not any(sides):
                        return False
            case ast.Constant(value=int() | float() | str() as value) if _finite(value):
                return False
            case ast.Name(id=word) if self._column(word):
                found.add(str(self._column(word)))
                return False
            case ast.Name() | ast.Attribute():
                name = ast.unparse(node)
                raise InputError(f"{self.text}: no column {name}{nearest(name, self._columns)}")
        raise self._refused(f"{ast.unparse(node)} cannot be used")

    def _check_words(self, pieces: Sequence[ast.expr]) -> None:
        """Check that text is compared with a column of words, and with a word of its own."""
        columns = [self._column(p.id) for p in pieces if isinstance(p, ast.Name)]
        words = [p.value for p in pieces if isinstance(p, ast.Constant) and type(p.value) is str]
        coded = [name for name in columns if name in self._codes]
        if bool(words) != bool(coded):
            raise self._refused("text is compared with class, numbers with the rest")
        for name in coded:
            for word in words:
                if word not in self._codes[str(name)]:
                    known = self._codes[str(name)]
                    raise InputError(f"{self.text}: no {name} {word!r}{nearest(word, known)}")

    def _value(self, node: ast.expr, table: Mapping[str, NDArray[Any]]) -> Any:
        match node:
            case ast.BoolOp(op=op, values=pieces):
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return join.reduce([self._value(piece, table) for piece in pieces])
            case ast.UnaryOp(op=ast.Not(), operand=piece):
                return np.logical_not(self._value(piece, table))
            case ast.UnaryOp(op=op, operand=piece):
                value = self._value(piece, table)
                return -value if isinstance(op, ast.USub) else value
            case ast.BinOp(left=left, op=op, right=right):
                sides = self._value(left, table), self._value(right, table)
                return ARITHMETIC[type(op)](np.asarray(sides[0], float), sides[1])
            case ast.Compare(left=left, ops=ops, comparators=rest):
                values = [self._value(piece, table) for piece in (left, *rest)]
                held = [
                    COMPARISONS[type(op)](values[place], values[place + 1])
                    for place, op in enumerate(ops)
                ]
                return np.logical_and.reduce(held)
            case ast.Name(id=word):
                name = str(self._column(word))
                if name in self._codes:
                    return np.array(self._codes[name])[table[name]]
                return table[name]
            case ast.Constant(value=value):
                return value
        raise AssertionError(ast.dump(node))  # every other node was refused

"""Conditions over columns, as text: ``attacks > 90 and class == "crisis"``.

Comparisons, joined by ``and``, ``or``, ``not`` and parentheses; numbers may be added,
subtracted, multiplied and divided. Nothing is executed: what is not in this list is refused.
"""

import ast
import operator
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.support import InputError, nearest, printable

LONGEST = 2000
PLACEHOLDER = "column_number_"
"""What a column is called while a condition is read."""
CONDITION, NUMBER, WORD = "condition", "number", "word"
"""The sorts of pieces."""
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
        if PLACEHOLDER in text:
            raise self._refused(f"{PLACEHOLDER} is no name")
        found: set[str] = set()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)
                self._tree = ast.parse(self._with_placeholders(text).strip(), mode="eval").body
            sort = self._sort(self._tree, found)
        except (SyntaxError, SyntaxWarning, ValueError, RecursionError, MemoryError):
            raise self._refused("it cannot be read") from None
        if sort != CONDITION:
            raise self._refused(f"it is a {sort}, not a comparison")
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
            known = name in self._columns
            return f"{PLACEHOLDER}{self._columns.index(name)}" if known else name

        return re.sub(pattern, replaced, text)

    def _column(self, word: str) -> str | None:
        number = word.removeprefix(PLACEHOLDER)
        return self._columns[int(number)] if number != word else None

    def _named(self, node: ast.expr) -> str:
        """Return a piece as its writer wrote it."""
        text = ast.unparse(node)
        return re.sub(rf"{PLACEHOLDER}(\d+)", lambda m: self._columns[int(m[1])], text)

    def _sort(self, node: ast.expr, found: set[str]) -> str:
        """Return of what sort a piece is; add the columns that it uses to `found`."""
        match node:
            case ast.BoolOp(values=pieces):
                self._check_sorts(pieces, CONDITION, "and, or join comparisons", found)
                return CONDITION
            case ast.UnaryOp(op=ast.Not(), operand=piece):
                self._check_sorts([piece], CONDITION, "not stands before a comparison", found)
                return CONDITION
            case ast.Compare(left=left, ops=ops, comparators=rest):
                if all(type(op) in COMPARISONS for op in ops):
                    self._check_comparison([left, *rest], ops, found)
                    return CONDITION
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=piece):
                self._check_sorts([piece], NUMBER, "a sign stands before a number", found)
                return NUMBER
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                self._check_sorts([left, right], NUMBER, "numbers alone are calculated with", found)
                return NUMBER
            case ast.Constant(value=str()):
                return WORD
            case ast.Constant(value=int() | float() as value) if abs(value) <= sys.float_info.max:
                return NUMBER
            case ast.Name(id=word) if self._column(word):
                name = str(self._column(word))
                found.add(name)
                return WORD if name in self._codes else NUMBER
            case ast.Name() | ast.Attribute():
                name = self._named(node)
                raise InputError(f"{self.text}: no column {name}{nearest(name, self._columns)}")
        raise self._refused(f"{self._named(node)} cannot be used")

    def _check_sorts(
        self, pieces: Sequence[ast.expr], sort: str, rule: str, found: set[str]
    ) -> None:
        if any(self._sort(piece, found) != sort for piece in pieces):
            raise self._refused(rule)

    def _check_comparison(
        self, pieces: Sequence[ast.expr], ops: Sequence[ast.cmpop], found: set[str]
    ) -> None:
        """Check that numbers are compared with numbers, and a column of words with its words."""
        sorts = {self._sort(piece, found) for piece in pieces}
        if CONDITION in sorts:
            raise self._refused("a comparison of comparisons")
        if sorts == {NUMBER}:
            return
        names = [self._column(p.id) for p in pieces if isinstance(p, ast.Name)]
        words = [str(p.value) for p in pieces if isinstance(p, ast.Constant)]
        same = all(isinstance(op, ast.Eq | ast.NotEq) for op in ops)
        if sorts != {WORD} or len(names) != 1 or len(words) != 1 or not same:
            raise self._refused("text is compared with class, by == or !=, numbers with the rest")
        known = self._codes[str(names[0])]
        if words[0] not in known:
            raise InputError(f"{self.text}: no {names[0]} {words[0]!r}{nearest(words[0], known)}")

    def _value(self, node: ast.expr, table: Mapping[str, NDArray[Any]]) -> Any:
        match node:
            case ast.BoolOp(op=op, values=pieces):
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return reduce(join, [self._value(piece, table) for piece in pieces])
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
                pairs = zip(ops, values, values[1:], strict=False)
                held = [COMPARISONS[type(op)](one, other) for op, one, other in pairs]
                return reduce(np.logical_and, held)
            case ast.Name(id=word):
                name = str(self._column(word))
                if name in self._codes:
                    return np.array(self._codes[name])[table[name]]
                return table[name]
            case ast.Constant(value=value):
                return value
        raise AssertionError(ast.dump(node))  # every other node was refused

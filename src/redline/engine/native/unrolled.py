"""Restricted Python as it is compiled: loops over rungs written out, lists as tuples.

A loop over a constant range becomes its body, once for each number; a list over a range becomes a
tuple, of one for each rung where its length is not a constant: compiled code weighs nothing else.
So what the rungs of a ladder are worth stands in registers, and a loop over lanes
can be turned into code for several lanes at once. Sources stay as they are read.
"""

import ast
import copy
from collections.abc import Callable
from dis import get_instructions
from functools import cache
from linecache import checkcache, getlines
from types import CodeType, FunctionType
from typing import Any

from redline.support import InputError
from redline.theory import RUNGS

WHOLE = "__whole__"
"""The name of `numpy.int64` in code that is written out."""


def unrolled(function: FunctionType, same: Callable[[CodeType, CodeType], bool]) -> CodeType:
    """Return a function's code with its short loops written out.

    Parameters
    ----------
    same : whether two codes do the same

    Raises
    ------
    InputError
        If the source that is found is not that of the function as it is in memory.
    """
    as_it_stands, written_out = (_code_of(function, out) for out in (False, True))
    if as_it_stands is None or written_out is None or not same(as_it_stands, function.__code__):
        raise InputError(
            f"{function.__module__}.{function.__name__} is no longer what its file says: start "
            f"Python anew to compile it"
        )
    return written_out


def loops(code: CodeType) -> bool:
    """Return whether a function's code holds a loop over a range or a condition."""
    names = [one.opname for one in get_instructions(code)]
    return any(name.startswith("FOR_ITER") or "JUMP_BACKWARD" in name for name in names)


def _code_of(function: FunctionType, out: bool) -> CodeType | None:
    """Return the code of a function by its file, with short loops written `out` or as it is."""
    known = function.__code__
    checkcache(known.co_filename)
    waiting = [_compiled(known.co_filename, "".join(getlines(known.co_filename)), out)]
    while waiting:
        inner = [one for one in waiting.pop().co_consts if isinstance(one, CodeType)]
        for one in inner:
            if (one.co_name, one.co_firstlineno) == (known.co_name, known.co_firstlineno):
                return one
        waiting += inner
    return None


@cache
def _compiled(path: str, source: str, out: bool) -> CodeType:
    tree = ast.parse(source)
    if out:
        tree = ast.fix_missing_locations(_Unname().visit(_Unroll().visit(tree)))
    return compile(tree, path, "exec", dont_inherit=True)


def _numbers(iterated: ast.expr) -> list[int] | None:
    """Return the numbers of a short constant range; None of anything else."""
    match iterated:
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            ends: list[Any] = [one.value for one in arguments if isinstance(one, ast.Constant)]
            numbers = range(*ends) if len(ends) == len(arguments) else None
            return list(numbers) if numbers is not None and len(numbers) <= RUNGS else None
    return None


class _Unroll(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        numbers = _numbers(node.iter)
        inner = [one for part in node.body for one in ast.walk(part)]
        # A loop over lanes within stays one loop of many, and what leaves the loop a loop.
        kept = ast.For | ast.While | ast.Return | ast.Continue | ast.Break
        if numbers is None or any(isinstance(one, kept) for one in inner):
            return node
        return [_with(node.target, number, part) for number in numbers for part in node.body]

    def visit_ListComp(self, node: ast.ListComp) -> Any:
        self.generic_visit(node)
        match node.generators:
            case [ast.comprehension(ast.Name() as name, ast.Call(ast.Name("range")) as over, [])]:
                numbers = _numbers(over) or range(RUNGS)
                return ast.Tuple([_with(name, k, node.elt) for k in numbers], ast.Load())
        return node


class _Unname(ast.NodeTransformer):
    """Makes whole numbers in calls of no type of their own: one compiled copy does for all."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if ast.unparse(node.func) != "range":
            whole = ast.Name(WHOLE, ast.Load())
            node.args = [ast.Call(whole, [a], []) if _is_whole(a) else a for a in node.args]
        return node


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _with(name: ast.expr, number: int, node: Any) -> Any:
    """Return a copy of a part of a tree with a number in the place of a name."""
    return _Substitute(name, number).visit(copy.deepcopy(node))


class _Substitute(ast.NodeTransformer):
    def __init__(self, name: Any, number: int) -> None:
        self.name = name.id
        self.number = number

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.number) if node.id == self.name else node

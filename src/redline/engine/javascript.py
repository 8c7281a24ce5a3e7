"""One function of restricted Python as JavaScript.

JavaScript has one kind of number, the double, and bit operators on 32 bits. Hence:

- a shift to the left by a constant is a multiplication by a power of two;
- every result of a bit operator is made unsigned again (``>>> 0``);
- a product with an integer constant beyond 2**21 (those of Philox) is *wide*: it is kept
  as its high and low word, and may only be read as ``(p >> 32) & 0xFFFFFFFF`` and
  ``p & 0xFFFFFFFF``.

What builds the week loop's inputs may also make lists: by a comprehension over a range or a
sequence, or by appending.
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from redline.support import RedlineError
from redline.theory import RUNGS

WORD = 0xFFFFFFFF
WIDE = 1 << 21
"""An integer constant beyond which a product with a 32-bit word passes 2**53."""
_RESERVED = frozenset(
    {"arguments", "await", "case", "catch", "const", "debugger", "default", "delete", "do",
     "enum", "eval", "export", "extends", "false", "function", "implements", "instanceof",
     "interface", "let", "new", "null", "package", "private", "protected", "public", "static",
     "super", "switch", "this", "throw", "true", "typeof", "undefined", "var", "void", "yield"}
)  # fmt: skip
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!==",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.And: "&&", ast.Or: "||", ast.Not: "!", ast.USub: "-",
}  # fmt: skip
_CALLS = {"abs": "Math.abs", "min": "Math.min", "max": "Math.max", "int": "Math.trunc"}
_MATH = {"inf": "Infinity", "isnan": "Number.isNaN", "ldexp": "ldexp", "sqrt": "Math.sqrt"}


class TranslationError(RedlineError):
    """The source uses something that has no exact counterpart in JavaScript."""


class Function:
    """One function on its way to JavaScript.

    Attributes
    ----------
    text : the function as JavaScript
    uses : the functions and NamedTuples of the package that it uses
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not isinstance(function, FunctionType):
            raise TranslationError(f"{function!r} is not a Python function")
        lines, self.first_line = inspect.getsourcelines(function)
        self.file = inspect.getsourcefile(function)
        self.globals = function.__globals__
        self.uses: list[Any] = []
        self.wide: set[str] = set()
        self.ends: dict[str, None] = {}
        """Names that hold the end of a range, in their order."""
        definition = ast.parse(textwrap.dedent("".join(lines))).body[0]
        if not isinstance(definition, ast.FunctionDef):
            raise TranslationError(f"{function!r} is not a plain function")
        self.parameters = [argument.arg for argument in definition.args.args]
        self.check(definition)
        body = definition.body
        summary = (inspect.getdoc(function) or "").split("\n")[0]
        if ast.get_docstring(definition) is not None:
            body = body[1:]
        inner = list(self.block(body))
        names = sorted(self.assigned(definition) - set(self.parameters))
        for name in (*self.parameters, *names):
            if name in _RESERVED:
                raise self.refuse(definition, f"{name} is a word of JavaScript")
        words: list[str] = []
        for name in (*names, *self.ends):
            words += (f"{name}_high", f"{name}_low") if name in self.wide else (name,)
        head = [f"  let {', '.join(words)};"] if words else []
        self.text = "\n".join(
            [
                f"// {summary}",
                f"function {definition.name}({', '.join(self.parameters)}) {{",
                *head,
                *("  " + line for line in inner),
                "}\n",
            ]
        )

    def refuse(self, node: ast.AST, why: str = "") -> TranslationError:
        """Return the error that names the place of a node."""
        line = self.first_line + getattr(node, "lineno", 1) - 1
        what = why or f"{type(node).__name__} ({ast.unparse(node)}) has no counterpart"
        return TranslationError(f"{self.file}:{line}: {what}")

    def check(self, definition: ast.FunctionDef) -> None:
        """Refuse what would be translated, but not mean the same."""
        given = definition.args
        if given.defaults or given.kwonlyargs or given.vararg or given.kwarg:
            raise self.refuse(definition, "parameters must be plain, without defaults")
        if definition.decorator_list:
            raise self.refuse(definition, "a decorator has no counterpart")
        assigned = self.assigned(definition)
        for name in assigned:
            if name in self.globals:
                raise self.refuse(definition, f"{name} is a name of its module")
        self.known = {*self.parameters, *assigned}
        self.spent = _counters(definition)
        """Names that count a loop, and were not set since: Python's hold the last number."""
        self.counting: list[str] = []
        self.inner: dict[str, str] = {}
        """What names stand for within a comprehension."""

    @staticmethod
    def assigned(definition: ast.FunctionDef) -> set[str]:
        """Return the names that the function assigns to, but for those of a comprehension."""
        nodes = list(ast.walk(definition))
        inner = {id(node.target) for node in nodes if isinstance(node, ast.comprehension)}
        return {
            node.id
            for node in nodes
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and id(node) not in inner
        }

    # Statements

    def block(self, body: Iterable[ast.stmt]) -> Iterator[str]:
        """Yield the lines of some statements."""
        for statement in body:
            yield from self.statement(statement)

    def nested(self, head: str, body: Iterable[ast.stmt]) -> Iterator[str]:
        """Yield a head, its block indented, and the brace that closes it."""
        before = set(self.spent)
        yield f"{head} {{"
        for line in self.block(body):
            yield f"  {line}"
        yield "}"
        self.spent |= before

    def statement(self, node: ast.stmt) -> Iterator[str]:
        """Yield the lines of one statement."""
        match node:
            case ast.Assign(targets=[target]):
                yield from self.assign(node.value, target)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield from self.assign(value, target)
            case ast.AugAssign():
                self.writable(node.target)
                read = ast.parse(ast.unparse(node.target), mode="eval").body
                value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
                yield f"{self.value(node.target)} = {self.value(value)};"
            case ast.Return(value=None):
                yield "return;"
            case ast.Return(value=value) if value is not None:
                yield f"return {self.value(value)};"
            case ast.Expr(value=ast.Call()):
                yield f"{self.value(node.value)};"
            case ast.If():
                yield from self.nested(f"if {self.condition(node.test)}", node.body)
                if node.orelse:
                    yield from self.nested("else", node.orelse)
            case ast.While(orelse=[]):
                self.spent |= _counters(node)
                yield from self.nested(f"while {self.condition(node.test)}", node.body)
            case ast.For(orelse=[]):
                yield from self.loop(node)
            case ast.Continue():
                yield "continue;"
            case ast.Pass():
                pass
            case _:
                raise self.refuse(node)

    def assign(self, value: ast.expr, target: ast.expr) -> Iterator[str]:
        """Yield an assignment; of a wide product, that of its two words."""
        self.writable(target)
        factors = self.wide_factors(value)
        if factors and isinstance(target, ast.Name):
            self.wide.add(target.id)
            yield f"{target.id}_high = high_word({factors});"
            yield f"{target.id}_low = low_word({factors});"
            return
        made = self.value(value)
        if isinstance(target, ast.Name):
            self.spent.discard(target.id)
        yield f"{self.value(target)} = {made};"

    def writable(self, target: ast.expr) -> None:
        """Refuse to change what counts the loop: Python's loop would go on unmoved."""
        if isinstance(target, ast.Name) and target.id in self.counting:
            raise self.refuse(target, f"{target.id} counts a loop, and must not be set")

    def loop(self, node: ast.For) -> Iterator[str]:
        """Yield a loop over a range, or over the values of a tuple, by a name of its own."""
        if not isinstance(node.target, ast.Name):
            raise self.refuse(node)
        name = node.target.id
        if name in self.counting:
            raise self.refuse(node, f"{name} counts the loop around this one")
        if f"{name}_end" in self.known:
            raise self.refuse(node, f"{name}_end is needed for the end of the loop")
        match node.iter:
            case ast.Call(func=ast.Name(id="range"), args=[*begin, stop], keywords=[]) if (
                len(begin) < 2
            ):
                first = f"{name} = {self.value(begin[0]) if begin else 0}"
                end = self.value(stop)
                if not isinstance(stop, ast.Constant):  # worked out once, as Python does
                    first += f", {name}_end = {end}"
                    end = f"{name}_end"
                    self.ends[end] = None
                head = f"for ({first}; {name} < {end}; {name}++)"
            case ast.Name() | ast.Attribute():
                head = f"for ({name} of {self.value(node.iter)}.values())"
            case _:
                raise self.refuse(node)
        self.counting.append(name)
        self.spent |= _counters(node)
        self.spent.remove(name)
        yield from self.nested(head, node.body)
        self.spent.add(name)
        self.counting.pop()

    # Expressions

    def condition(self, node: ast.expr) -> str:
        """Return an expression in exactly one pair of parentheses."""
        text = self.value(node)
        bare = isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp)
        return text if bare else f"({text})"

    def value(self, node: ast.expr) -> str:
        """Return an expression as JavaScript."""
        match node:
            case ast.Constant(value=bool() as constant):
                return str(constant).lower()
            case ast.Constant(value=int() | float() as constant):
                return self.number(constant)
            case ast.Name():
                return self.name(node)
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _MATH:
                return _MATH[name]
            case ast.Attribute():
                return f"{self.value(node.value)}.{node.attr}"
            case ast.Subscript():
                return self.subscript(node)
            case ast.BinOp():
                return self.operation(node)
            case ast.UnaryOp(op=op) if type(op) in _OPERATORS:
                return f"({_OPERATORS[type(op)]}{self.value(node.operand)})"
            case ast.List(elts=values):
                return f"[{', '.join(self.value(one) for one in values)}]"
            case ast.ListComp(generators=[each]):
                return self.comprehension(node, each)
            case ast.BoolOp():
                sign = f" {_OPERATORS[type(node.op)]} "
                return f"({sign.join(self.value(part) for part in node.values)})"
            case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                return f"({self.value(node.left)} === null)"
            case ast.Compare(ops=[op], comparators=[right]) if type(op) in _OPERATORS:
                self.numeric(node.left, right)
                return f"({self.value(node.left)} {_OPERATORS[type(op)]} {self.value(right)})"
            case ast.IfExp():
                yes, no = self.value(node.body), self.value(node.orelse)
                return f"({self.value(node.test)} ? {yes} : {no})"
            case ast.Call():
                return self.call(node)
            case _:
                raise self.refuse(node)

    def comprehension(self, node: ast.ListComp, each: ast.comprehension) -> str:
        """Return a list of a value for each number or element; over few numbers, written out."""
        if each.ifs or not isinstance(each.target, ast.Name):
            raise self.refuse(node)
        name = each.target.id
        match each.iter:
            case ast.Call(ast.Name("range"), [ast.Constant(int(stop))]) if stop <= RUNGS:
                return f"[{', '.join(self.within(name, str(k), node.elt) for k in range(stop))}]"
            case ast.Call(func=ast.Name(id="range"), args=[stop], keywords=[]):
                source, before = f"{{ length: {self.value(stop)} }}", "_, "
            case ast.Name() | ast.Attribute():
                source, before = f"{self.value(each.iter)}.values()", ""
            case _:
                raise self.refuse(node)
        if name == "_":
            return f"Array.from({source}, () => {self.value(node.elt)})"
        return f"Array.from({source}, ({before}{name}) => {self.within(name, name, node.elt)})"

    def within(self, name: str, stands_for: str, node: ast.expr) -> str:
        """Return an expression in which a name stands for something."""
        outside = self.inner
        self.inner = {**outside, name: stands_for}
        text = self.value(node)
        self.inner = outside
        return text

    def name(self, node: ast.Name) -> str:
        """Return a name; a constant of the module as its value."""
        if node.id in self.inner:
            return self.inner[node.id]
        if node.id in self.wide:
            raise self.refuse(node, f"{node.id} is wide: only its two words can be read")
        if node.id in self.spent and not isinstance(node.ctx, ast.Store):
            raise self.refuse(node, f"{node.id} is read after the loop that it counts")
        if node.id in self.known:
            return node.id
        known = self.globals.get(node.id)
        if isinstance(known, int | float) and not isinstance(known, bool):
            return self.number(known)
        raise self.refuse(node, f"{node.id} is neither of the function nor a number")

    def number(self, value: float) -> str:
        """Return a number as JavaScript writes it, exactly."""
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) >= 1 << 53):
            raise TranslationError(f"{self.file}: {value} cannot be written as a number")
        return repr(value)

    def subscript(self, node: ast.Subscript) -> str:
        """Return an element of an array, or of an array of arrays."""
        match node:
            case ast.Subscript(value=ast.Attribute(value=array, attr="shape"), slice=axis):
                return f"extent({self.value(array)}, {self.value(axis)})"
            case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=0), step=None)):
                return "[]"
            case ast.Subscript(slice=ast.Slice() | ast.UnaryOp()):
                raise self.refuse(node)
            case ast.Subscript(slice=ast.Tuple(elts=places)):
                return self.value(node.value) + "".join(f"[{self.value(p)}]" for p in places)
            case _:
                return f"{self.value(node.value)}[{self.value(node.slice)}]"

    def wide_factors(self, node: ast.expr) -> str:
        """Return the factors of a product that passes 2**53, as arguments; else nothing."""
        match node:
            case ast.BinOp(left=ast.Constant(value=int(big)), op=ast.Mult(), right=right):
                return f"{self.number(big)}, {self.value(right)}" if big > WIDE else ""
            case ast.BinOp(op=ast.Mult(), right=ast.Constant(value=int(big))) if big > WIDE:
                raise self.refuse(node, "the constant of a wide product stands on the left")
        return ""

    def word_of_wide(self, node: ast.BinOp) -> str:
        """Return the name of the word of a wide product that is read; else nothing."""
        match node:
            case ast.BinOp(left=left, op=ast.BitAnd(), right=ast.Constant(value=mask)) if (
                mask == WORD
            ):
                match left:
                    case ast.Name(id=name) if name in self.wide:
                        return f"{name}_low"
                    case ast.BinOp(
                        left=ast.Name(id=name), op=ast.RShift(), right=ast.Constant(value=32)
                    ) if name in self.wide:
                        return f"{name}_high"
        return ""

    def operation(self, node: ast.BinOp) -> str:
        """Return an operation on two numbers."""
        if self.wide_factors(node):
            raise self.refuse(node, "a wide product must be assigned to a name")
        if word := self.word_of_wide(node):
            return word
        self.numeric(node.left, node.right)
        match node:
            case ast.BinOp(op=ast.BitAnd(), right=ast.UnaryOp(op=ast.Invert(), operand=mask)):
                return f"(({self.value(node.left)} & ~{self.value(mask)}) >>> 0)"
            case ast.BinOp(op=ast.BitAnd(), right=ast.Constant(value=mask)) if mask == WORD:
                return f"({self.value(node.left)} >>> 0)"
            case ast.BinOp(left=ast.Constant(value=1), op=ast.LShift()):
                return f"(1 << {self.value(node.right)})"
            case ast.BinOp(op=ast.LShift(), right=ast.Constant(value=int(places))) if places < 32:
                return f"({self.value(node.left)} * {1 << places})"
            case ast.BinOp(left=ast.BinOp(op=ast.LShift()), op=ast.RShift()):
                raise self.refuse(node, "a shift of a shift may need more than 32 bits")
            case ast.BinOp(op=ast.RShift()):
                return f"({self.value(node.left)} >>> {self.value(node.right)})"
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor()):
                sign = _OPERATORS[type(node.op)]
                return f"(({self.value(node.left)} {sign} {self.value(node.right)}) >>> 0)"
            case ast.BinOp(op=op) if type(op) in _OPERATORS:
                left, right = self.value(node.left), self.value(node.right)
                return f"({left} {_OPERATORS[type(op)]} {right})"
            case _:
                raise self.refuse(node)

    def numeric(self, *operands: ast.expr) -> None:
        """Refuse truth values where numbers are meant: JavaScript tells the two apart."""
        for operand in operands:
            match operand:
                case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                    raise self.refuse(operand, "a truth value is no number")

    def call(self, node: ast.Call) -> str:
        """Return a call of a function of the package, of a NamedTuple or of a built-in."""
        arguments = [self.value(argument) for argument in node.args]
        match node.func:
            case ast.Attribute(value=changed, attr="_replace") if [
                keyword.arg for keyword in node.keywords
            ] == [None]:
                return f"({{ ...{self.value(changed)}, ...{self.value(node.keywords[0].value)} }})"
            case ast.Attribute(value=row, attr="append") if len(arguments) == 1:
                return f"{self.value(row)}.push({arguments[0]})"
            case ast.Name(id="min" | "max") if len(arguments) < 2 or node.keywords:
                raise self.refuse(node)
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _MATH:
                return f"{_MATH[name]}({', '.join(arguments)})"
            case ast.Name(id="len"):
                return f"{arguments[0]}.length"
            case ast.Name(id="list") if len(arguments) == 1:
                return f"[...{arguments[0]}]"
            case ast.Name(id="float"):
                return arguments[0]
            case ast.Name(id=name) if name in _CALLS:
                return f"{_CALLS[name]}({', '.join(arguments)})"
            case ast.Name(id=name) if name in self.globals:
                return self.call_package(node, name, arguments)
            case _:
                raise self.refuse(node)

    def call_package(self, node: ast.Call, name: str, arguments: list[str]) -> str:
        """Return a call of a function, or of a NamedTuple with its fields in their order."""
        called = self.globals[name]
        self.uses.append(called)
        if isinstance(called, FunctionType) and not node.keywords:
            return f"{called.__name__}({', '.join(arguments)})"
        fields: tuple[str, ...] = getattr(called, "_fields", ())
        given = dict(zip(fields, arguments, strict=False))
        given |= {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        if not fields or list(given) != list(fields):
            raise self.refuse(node, f"{name} must be called with its fields in their order")
        return f"new {called.__name__}({', '.join(given.values())})"


def _counters(node: ast.AST) -> set[str]:
    """Return the names that count loops within a part of a tree."""
    return {
        one.target.id
        for one in ast.walk(node)
        if isinstance(one, ast.For) and isinstance(one.target, ast.Name)
    }

"""The identity of code: what it means, not how its files look.

Results are kept, resumed and published under the hash of the code that makes them. It is taken
of syntax trees: comments, docstrings, type hints, the words of errors, the names of functions
and where they stand do not count; what is computed, the layout of records and the constants
that are read do.
"""

import ast
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from redline.support.files import is_ours

FOLDER = Path(__file__).parent.parent
"""The package's own."""
_SKIPPED = {"annotation", "ctx", "kind", "lineno", "returns", "type_comment", "type_params"}
_BRANCHES = ast.If | ast.Try | ast.With
_IMPORTS = ast.Import | ast.ImportFrom
_SHOWN = {"__eq__", "__hash__", "__repr__", "__str__"}
"""Methods that Python calls by itself, and that decide nothing."""


class Definition(NamedTuple):
    """What a module defines by a name: a function, a class, a constant; or a class, a method."""

    module: str
    name: str


class _Module:
    """A parsed module: what it defines, and whence the names come that it imports anywhere."""

    def __init__(self, name: str, tree: ast.Module, is_package: bool) -> None:
        self.defined: dict[str, list[ast.stmt]] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        home = name if is_package else name.rpartition(".")[0]
        for statement in _statements(tree.body, everywhere=True):
            match statement:
                case ast.Import(names):
                    for alias in names:
                        first = alias.name.partition(".")[0]
                        self.imported[alias.asname or first] = (
                            (alias.name, "") if alias.asname else (first, "")
                        )
                case ast.ImportFrom(base, names, level):
                    above = home.split(".")[: len(home.split(".")) - level + 1] if level else []
                    source = ".".join([*above, *([base] if base else [])])
                    for alias in names:
                        if alias.name == "*":
                            raise ValueError(f"{name}: what it imports cannot be told from *")
                        self.imported[alias.asname or alias.name] = (source, alias.name)
        whole = list(_statements(tree.body))
        for statement in whole:
            for target in _targets(statement):
                self.defined.setdefault(target, []).append(statement)
        # What else a module does when it is imported belongs to every name that it touches.
        for statement in whole:
            if not _targets(statement) and not isinstance(statement, _BRANCHES | _IMPORTS):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and node.id in self.defined:
                        self.defined[node.id].append(statement)


def _statements(body: Iterable[ast.stmt], everywhere: bool = False) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those under a condition too; or in functions as well."""
    for statement in body:
        yield statement
        if everywhere or isinstance(statement, _BRANCHES):
            yield from _statements(_inside(statement), everywhere)


def _inside(statement: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that stand right in another, whatever branch they are of."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.excepthandler | ast.match_case):
            yield from _inside(child)


def _targets(statement: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    match statement:
        case ast.FunctionDef(name) | ast.ClassDef(name):
            return [name]
        case ast.Assign(targets) if not any(map(_is_part, targets)):
            return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        case ast.AnnAssign(ast.Name(name)):
            return [name]
    return []


def _is_part(target: ast.expr) -> bool:
    """Return whether a target is an item or an attribute of something."""
    return isinstance(target, ast.Subscript | ast.Attribute)


class Sources:
    """The modules of a package, parsed when they are first asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._parsed: dict[str, _Module | None] = {}
        self.read: dict[str, str] = {}
        """SHA-256 of every file that was looked for, by its path; nothing of those missing."""

    def module(self, name: str) -> _Module | None:
        """Return a module; of a package, its stub if it has one; None of what is not ours."""
        if name not in self._parsed:
            self._parsed[name] = self._parse(name)
        return self._parsed[name]

    def _parse(self, name: str) -> _Module | None:
        package, *rest = name.split(".")
        place = self._folder.joinpath(*rest)
        if package != FOLDER.name:
            return None
        for path in (place / "__init__.pyi", place / "__init__.py", place.with_suffix(".py")):
            text = _bytes(path)
            self.read[str(path.relative_to(self._folder))] = _sha(text)
            if text is not None:
                return _Module(name, ast.parse(text.decode("utf-8")), path.stem == "__init__")
        return None

    def resolve(self, module: str, name: str) -> Definition | str | None:
        """Return what a name in a module is: a definition, a dotted name, or None (a builtin)."""
        here = self.module(module)
        if here is None:
            return f"{module}.{name}"
        if name in here.defined:
            return Definition(module, name)
        if name in here.imported:
            source, original = here.imported[name]
            if not original:
                return source
            return self.resolve(source, original) or f"{source}.{original}"
        inner = f"{module}.{name}"
        return inner if self.module(inner) else None

    def statements(self, definition: Definition) -> list[ast.stmt]:
        """Return the statements of a definition: one, unless branches or later ones change it."""
        module = self.module(definition.module)
        assert module is not None
        return module.defined[definition.name]


def _bytes(path: Path) -> bytes | None:
    """Return what is in a file; None if it is not there."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _sha(text: bytes | None) -> str:
    return "" if text is None else hashlib.sha256(text).hexdigest()


def _bound(function: ast.FunctionDef) -> Iterator[str]:
    """Yield every name that is bound somewhere in a function."""
    for node in ast.walk(function):
        match node:
            case ast.arg(name) | ast.Name(name, ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.FunctionDef(name) if node is not function:
                yield name


Naming = Callable[[Definition], str]


class _Teller:
    """A definition as text, without what means nothing; `named` says how others are named."""

    def __init__(self, sources: Sources, module: str, named: Naming) -> None:
        self._sources = sources
        self._module = module
        self._named = named
        self._local: set[str] = set()
        self.attributes: set[str] = set()
        """Names of attributes that it reads, of whatever."""

    def definition(self, statement: ast.stmt) -> str:
        """Return a function, its own name left out; a class without its methods; a constant."""
        match statement:
            case ast.FunctionDef():
                self._local = set(_bound(statement))
                return self._fields(statement, {"name"})
            case ast.AugAssign() | ast.For() | ast.Expr(ast.Call()):
                return self._fields(statement, set())
            case ast.ClassDef():
                return self._layout(statement)
        return self.tell(statement)

    def _layout(self, node: ast.ClassDef) -> str:
        """Return names, order and storage of the fields of a class."""
        plain = any("dataclass" in ast.unparse(mark) for mark in node.decorator_list)
        fields = [self.tell(base) for base in [*node.bases, *node.keywords, *node.decorator_list]]
        for statement in node.body:
            match statement:
                case ast.AnnAssign(ast.Name(name), hint, value):
                    storage = "" if plain else self._storage(hint)
                    fields.append(f"{name}: {storage} = {self.tell(value)}")
                case ast.FunctionDef():
                    pass
                case _:
                    fields.append(self.tell(statement))
        return "; ".join(fields)

    def _storage(self, hint: ast.expr) -> str:
        """Return how a field is stored: of ``Annotated``, its type and what is text."""
        match hint:
            case ast.Subscript(ast.Name("Annotated"), ast.Tuple([kind, *notes])):
                texts = [one for one in notes if isinstance(one, ast.Constant)]
                return " ".join([self._storage(kind), *map(self.tell, texts)])
        return self.tell(hint)

    def tell(self, value: Any) -> str:
        """Return a node, a list of them or a plain value as text."""
        match value:
            case ast.Expr(ast.Constant()) | ast.Import() | ast.ImportFrom():
                return ""
            case ast.Raise(raised):  # what an error says is for people
                kind = raised.func if isinstance(raised, ast.Call) else raised
                return f"Raise({self.tell(kind)})"
            case ast.AnnAssign(target, _, value=given):
                return self.tell(ast.Assign([target], given)) if given else ""
            case ast.Subscript(ast.Name("Annotated")):
                return self._storage(value)
            case ast.Name(name) if name in self._local:
                # A name may be another's in part of a function: a global, where no one binds it.
                found = self._sources.resolve(self._module, name)
                both = isinstance(found, Definition) and isinstance(value.ctx, ast.Load)
                return f"{name} or {self._refer(self._module, name)}" if both else name
            case ast.Name(name):
                return self._refer(self._module, name)
            case ast.Constant(str(text)) if text.isidentifier():
                self.attributes.add(text)  # what `getattr` may ask for
            case ast.Attribute(ast.Name(holder), name) if holder not in self._local:
                found = self._sources.resolve(self._module, holder)
                if isinstance(found, str):
                    return self._refer(found, name)
        if isinstance(value, ast.Attribute):
            self.attributes.add(value.attr)
        if isinstance(value, list):
            return "[" + ",".join(told for told in map(self.tell, value) if told) + "]"
        return self._fields(value, set()) if isinstance(value, ast.AST) else repr(value)

    def _fields(self, node: ast.AST, without: set[str]) -> str:
        told = [
            f"{name}={self.tell(value)}"
            for name, value in ast.iter_fields(node)
            if name not in _SKIPPED | without and value is not None and value != []
        ]
        return f"{type(node).__name__}({','.join(told)})"

    def _refer(self, module: str, name: str) -> str:
        found = self._sources.resolve(module, name)
        return self._named(found) if isinstance(found, Definition) else found or name


def reached(
    entries: Iterable[Definition], sources: Sources, beyond: Collection[Definition] = ()
) -> dict[Definition, str]:
    """Return all that some definitions lead to, as text, in the order in which it is found.

    A definition is referred to by its number, not by its name. Of a class, those methods count
    whose name anything that is reached reads as an attribute. What is `beyond` is named, and
    not looked into.
    """
    numbers: dict[Definition, int] = {}
    told: dict[Definition, str] = {}
    attributes: set[str] = set()

    def named(definition: Definition) -> str:
        return f"#{numbers.setdefault(definition, len(numbers))}"

    def found() -> Iterator[tuple[Definition, ast.stmt]]:
        for definition in [one for one in numbers if one not in beyond]:
            for place, statement in enumerate(sources.statements(definition)):
                yield (definition._replace(name=f"{definition.name}/{place}"), statement)
                for name, method in _methods(statement):
                    if method.name in attributes or method.name[:2] == "__":
                        yield Definition(definition.module, name), method

    for entry in entries:
        named(entry)
    while new := [(which, statement) for which, statement in found() if which not in told]:
        for definition, statement in new:
            teller = _Teller(sources, definition.module, named)
            is_method = "." in definition.name
            told[definition] = (
                f"{getattr(statement, 'name', '')} " if is_method else ""
            ) + teller.definition(statement)
            attributes |= teller.attributes
    return told


def _methods(node: ast.stmt) -> list[tuple[str, ast.FunctionDef]]:
    """Return the methods of a class that may decide something, each under a name of its own.

    A property may have two of one name, which reads and which sets.
    """
    if not isinstance(node, ast.ClassDef):
        return []
    found: dict[str, ast.FunctionDef] = {}
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name not in _SHOWN:
            name = f"{node.name}.{method.name}"
            found[f"{name}/{sum(key.startswith(f'{name}/') for key in found)}"] = method
    return sorted(found.items())


def identity_of(
    entries: Iterable[Callable[..., Any]],
    beyond: Iterable[Callable[..., Any]] = (),
    folder: Path = FOLDER,
) -> str:
    """Return the SHA-256 of functions and classes, and of all that they lead to.

    Parameters
    ----------
    beyond
        Functions that are not looked into.
    folder
        Of the package's sources; another than its own to look at a changed copy.
    """
    return _identity(_definitions(entries), _definitions(beyond), Sources(folder))


def _definitions(given: Iterable[Callable[..., Any]]) -> list[Definition]:
    return [Definition(one.__module__, one.__qualname__) for one in given]


def _identity(wanted: list[Definition], limits: list[Definition], sources: Sources) -> str:
    return _digest(reached(wanted, sources, limits).values())


def kept_identity_of(
    entries: Iterable[Callable[..., Any]],
    beyond: Iterable[Callable[..., Any]],
    place: Path | None,
    folder: Path = FOLDER,
) -> str:
    """Return the same as `identity_of`, which is kept in a folder with the files it was taken of.

    It is taken anew unless every file that was read then is what it was, to the byte, and every
    file that was looked for and missing is missing still; and under another Python, or other code
    in this module.

    Parameters
    ----------
    place
        A folder that nobody else can write to; None to keep nothing.
    """
    wanted, limits = _definitions(entries), _definitions(beyond)
    own = Path(__file__).read_bytes()
    asked = hashlib.sha256(repr((wanted, limits, sys.version, own)).encode()).hexdigest()
    path = place / f"{asked[:16]}.identity" if place else None
    kept = _kept(path, folder) if path else None
    if kept:
        return kept
    sources = Sources(folder)
    identity = _identity(wanted, limits, sources)
    if path:
        with suppress(OSError), tempfile.TemporaryDirectory(dir=path.parent) as new:
            about = {"read": sources.read, "identity": identity}
            made = Path(new) / path.name
            made.write_text(json.dumps({**about, "digest": _digest([repr(about)])}), "utf-8")
            made.chmod(0o600)
            made.replace(path)
    return identity


def _kept(path: Path, folder: Path) -> str | None:
    """Return a kept identity, if it is whole, and its files are what they were."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        with path.open(encoding="utf-8") as file:
            kept = json.load(file) if is_ours(os.fstat(file.fileno())) else {}
        is_whole = kept.pop("digest") == _digest([repr(kept)]) and kept["read"]
        read = kept["read"].items()
        if is_whole and all(_sha(_bytes(folder / name)) == sha for name, sha in read):
            return str(kept["identity"])
    return None


def identity_of_modules(members: Iterable[Callable[..., Any]], folder: Path = FOLDER) -> str:
    """Return the SHA-256 of all that the modules define in which some functions stand.

    In whichever of them and in any order. What they use of other modules does not count.
    """
    sources = Sources(folder)
    names = {member.__module__ for member in members}
    return _digest(sorted(text for name in names for text in _told_of(sources, name)))


def _told_of(sources: Sources, name: str) -> Iterator[str]:
    module = sources.module(name)
    assert module is not None
    whole = {id(one): one for statements in module.defined.values() for one in statements}
    for statement in whole.values():
        for one in (statement, *(method for _, method in _methods(statement))):
            teller = _Teller(sources, name, lambda definition: definition.name)
            yield f"{getattr(one, 'name', '')} {teller.definition(one)}"


def _digest(told: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()

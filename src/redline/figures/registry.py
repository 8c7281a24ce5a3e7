"""Which kinds of figures are there? A file each in the folder `kinds` that declares one.

A file's name is the kind's, and its ``KIND = Kind(about=…, place=…, …)`` says the rest. To list
kinds takes no import of what draws: the two literals are read from the file.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redline.figures.requests import Kind


class Kinds(Mapping[str, "Kind"]):
    """Every kind of figure in a folder by name, in their order; imported when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def about(self) -> dict[str, str]:
        """What each kind shows, in a line."""
        found = sorted(
            (place, path.stem, about)
            for path in self.folder.glob("*.py")
            for place, about in _declared(path.read_bytes())
        )
        return {name: about for _, name, about in found}

    def __getitem__(self, name: str) -> "Kind":
        if name not in self.about:
            raise KeyError(name)
        kind: Kind = import_module(f"redline.figures.kinds.{name}").KIND
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(self.about)

    def __len__(self) -> int:
        return len(self.about)


def _declared(code: bytes) -> Iterator[tuple[float, str]]:
    """Yield what a module says of its kind in literals, if it declares one: place and about."""
    for statement in ast.parse(code).body:
        match statement:
            case ast.Assign(targets=[ast.Name("KIND")], value=ast.Call(keywords=given)):
                literals = {one.arg: one.value for one in given}
                yield ast.literal_eval(literals["place"]), ast.literal_eval(literals["about"])


KINDS = Kinds(Path(__file__).with_name("kinds"))

"""Which kinds of figures are there? A file each in the folder `kinds` that declares one.

A file's name is the kind's, and its ``KIND = Kind(about=…, place=…, …)`` says the rest. To list
kinds takes no import of what draws: the literals are read from the file.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redline.figures.requests import Kind


class Kinds(Mapping[str, "Kind"]):
    """Every kind of figure in a folder by name, in their order; imported when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def about(self) -> dict[str, str]:
        """What each kind shows, in a line."""
        return {name: literals["about"] for name, literals in self._literals.items()}

    @cached_property
    def _literals(self) -> dict[str, dict[str, Any]]:
        """What the declaration of each kind says in literals, in the order of kinds."""
        found = {
            path.stem: literals
            for path in self.folder.glob("*.py")
            for literals in _declared(path.read_bytes())
        }
        return dict(sorted(found.items(), key=lambda item: (item[1]["place"], item[0])))

    def in_report(self, of: str) -> list[str]:
        """Return the kinds that stand in a report of a run (``in_run``) or a sweep, in order."""
        places = {name: literals.get(of) for name, literals in self._literals.items()}
        return sorted(
            (name for name, place in places.items() if place is not None),
            key=lambda name: float(places[name] or 0),
        )

    def __getitem__(self, name: str) -> "Kind":
        if not name.isidentifier() or not (self.folder / f"{name}.py").is_file():
            raise KeyError(name)
        declared = vars(import_module(f"redline.figures.kinds.{name}"))
        kind: Kind = declared["KIND"]  # a KeyError where a file only helps others
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(self.about)

    def __len__(self) -> int:
        return len(self.about)


def _declared(code: bytes) -> Iterator[dict[str, Any]]:
    """Yield what a module says of its kind in literals, if it declares one."""
    for statement in ast.parse(code).body:
        match statement:
            case ast.Assign(targets=[ast.Name("KIND")], value=ast.Call(keywords=given)):
                yield {
                    str(one.arg): one.value.value
                    for one in given
                    if isinstance(one.value, ast.Constant)
                }


KINDS = Kinds(Path(__file__).with_name("kinds"))

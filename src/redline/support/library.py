"""Where the built-in files are: beside the package once installed, in the tree before that."""

from functools import cache
from pathlib import Path

from redline.support.litter import is_litter

PACKAGE = Path(__file__).resolve().parents[1]
INSIDE = {"scenarios": "case", "experiments": "argument"}
"""Where the wheel has the built-in files of each kind."""


def folder(kind: str) -> Path:
    """Return the folder of built-in files of a kind, ``scenarios`` or ``experiments``.

    The wheel carries them inside the package; a checkout has them at its top level.
    """
    inside = PACKAGE / INSIDE[kind] / kind
    return inside if inside.is_dir() else PACKAGE.parents[1] / kind


@cache
def built_in(kind: str = "scenarios") -> dict[str, Path]:
    """Return the built-in files of a kind by name, in alphabetical order."""
    found = sorted(folder(kind).glob("*.toml"))
    return {path.stem: path for path in found if not is_litter(path.name)}

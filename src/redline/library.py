"""Where the built-in files are: beside the package once installed, in the tree before that."""

from functools import cache
from pathlib import Path

from redline.litter import is_litter

HERE = Path(__file__).resolve().parent


def folder(kind: str) -> Path:
    """Return the folder of built-in files of a kind, ``scenarios`` or ``experiments``.

    The wheel carries them inside the package; a checkout has them at its top level.
    """
    inside = HERE / kind
    return inside if inside.is_dir() else HERE.parents[1] / kind


@cache
def built_in(kind: str = "scenarios") -> dict[str, Path]:
    """Return the built-in files of a kind by name, in alphabetical order."""
    found = sorted(folder(kind).glob("*.toml"))
    return {path.stem: path for path in found if not is_litter(path.name)}

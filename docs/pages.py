"""What the generated pages of this folder share: a tail to rewrite, a hash of what went in."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from redline.engine.compiled import rules_hash
from redline.support.library import built_in

HERE = Path(__file__).parent


def inputs_hash(kinds: Sequence[str], files: Iterable[Path] = ()) -> str:
    """Return the hash of the rules, of every built-in file of some kinds, and of more files."""
    digest = hashlib.sha256(rules_hash().encode())
    for kind in kinds:
        for path in built_in(kind).values():
            digest.update(path.read_bytes())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def rewrite(page: Path, mark: str, lines: Sequence[str]) -> None:
    """Replace what follows a mark on a page."""
    head = page.read_text("utf-8").partition(mark)[0]
    page.write_text(head + mark + "\n" + "\n".join(lines).rstrip() + "\n", "utf-8")


def words(mean: float | None, low: float | None, high: float | None) -> str:
    """Return an effect with its interval as text."""
    if mean is None:
        return "–"
    return f"{mean:.3g}" if low is None or high is None else f"{mean:.3g} [{low:.3g}, {high:.3g}]"

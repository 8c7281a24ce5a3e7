"""What the generated pages of this folder share: a tail to rewrite, a hash of what went in."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from redline.argument import Experiment
from redline.case import Scenario, to_json
from redline.engine import rules_hash
from redline.support import identity_of_modules

HERE = Path(__file__).parent


def inputs_hash(
    code: Iterable[Callable[..., Any]],
    scenarios: Iterable[Scenario] = (),
    experiments: Iterable[Experiment] = (),
    data: Iterable[Path] = (),
) -> str:
    """Return the hash of what a page is made from.

    `code` names functions; all that stands in their modules counts. Cases count by their values.
    """
    digest = hashlib.sha256(f"{rules_hash()} {identity_of_modules(code)}".encode())
    cases = [*map(to_json, scenarios), *(one.resolved() for one in experiments)]
    digest.update(json.dumps(cases, sort_keys=True).encode())
    for path in data:
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

"""What the generated pages of this folder share: a tail to rewrite, a hash of what went in."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

from redline import identity
from redline.experiment_file import Experiment
from redline.provenance import rules_hash
from redline.scenario import Scenario
from redline.scenario_file import to_json

HERE = Path(__file__).parent


def inputs_hash(
    modules: Iterable[ModuleType],
    scenarios: Iterable[Scenario] = (),
    experiments: Iterable[Experiment] = (),
    data: Iterable[Path] = (),
) -> str:
    """Return the hash of what a page is made from: code by what it means, cases by their values."""
    digest = hashlib.sha256(f"{rules_hash()} {identity.of_modules(modules)}".encode())
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

"""The two worlds that are compared: what names them, which replicates, in what they are unlike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from redline.case import Scenario, addresses_of, load_scenario, value_at, vary
from redline.engine import rules_hash
from redline.results import (
    FINISH,
    Distribution,
    Results,
    StoredPoint,
    StoredRun,
    StoredSweep,
    check_range,
    results_named,
)
from redline.support import InputError, count

REPLICATES = 1000
SEED = 1
"""Of what is simulated now, unless others are asked for."""
MOST_CHANGES = 2
"""Changed values that a label names."""
SHORT_HASH = 7
"""Digits that tell the hashes of rules apart."""
Given = str | Path | Scenario | Results | StoredRun | StoredPoint
"""What can be compared: a scenario, a run or a folder of one, a point of a sweep."""
Opened = Scenario | Results | StoredRun | StoredPoint
"""The same, once it has been read."""


class Sample(Protocol):
    """Replicates [first, first + replicates) of a seed."""

    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def first(self) -> int: ...  # noqa: D102
    @property
    def replicates(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Side:
    """One of two worlds.

    Attributes
    ----------
    source : where its results are; of a scenario that is simulated now, its name
    first, replicates : the replicates [first, first + replicates) of the seed
    rules : the hash of the rules that they followed
    results : what was measured of them; None where they are simulated now
    """

    source: str
    scenario: Scenario
    seed: int
    first: int
    replicates: int
    rules: str
    results: Distribution | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline compare --json`` says of it."""
        return {
            "source": self.source,
            "scenario": self.scenario.name,
            "weeks": self.scenario.weeks,
            "seed": self.seed,
            "first": self.first,
            "replicates": self.replicates,
            "rules_hash": self.rules,
        }


def common_replicates(one: Sample, other: Sample) -> range:
    """Return the numbers of the replicates that two samples share, and with them their chance.

    None where the seeds differ: no draw of theirs is the same.
    """
    if one.seed != other.seed:
        return range(0)
    start = max(one.first, other.first)
    stop = min(one.first + one.replicates, other.first + other.replicates)
    return range(start, max(start, stop))


def opened(given: Given) -> Opened:
    """Return a scenario, or results, from what names them."""
    found: object = given
    if isinstance(given, str | Path):
        found = results_named(given)
    if isinstance(found, StoredSweep):
        raise InputError(
            f"{found.folder}: holds a sweep: choose one of its points, redline.open(…).at(0) … "
            f"{len(found.points) - 1}"
        )
    if isinstance(found, Results | StoredRun | StoredPoint):
        return found
    return load_scenario(given)  # type: ignore[arg-type]


def both_sides(
    first: Opened,
    second: Opened,
    replicates: int | None,
    seed: int | None,
) -> tuple[Side, Side]:
    """Return both worlds; a scenario beside results takes their seed and replicates."""
    measured = [_side(item) for item in (first, second) if not isinstance(item, Scenario)]
    if measured and not (replicates is None and seed is None):
        raise InputError(
            "stored results have their own replicates and seed: leave these arguments out"
        )
    if measured:
        seed, start, size = measured[0].seed, measured[0].first, measured[0].replicates
    else:
        wanted = REPLICATES if replicates is None else replicates
        seed, start, size = check_range(SEED if seed is None else seed, 0, wanted)
    one, other = (
        Side(item.name, item, seed, start, size, rules_hash())
        if isinstance(item, Scenario)
        else _side(item)
        for item in (first, second)
    )
    return one, other


def _side(results: Results | StoredRun | StoredPoint) -> Side:
    """Return replicates that were measured as one of two worlds."""
    if isinstance(results, Results):
        source = results.scenario.name
    elif isinstance(results, StoredRun):
        source = str(results.folder)
    else:
        source = str(results.sweep.folder)
        if not results.sweep.complete:
            raise InputError(f"{source}: this sweep is not complete: {FINISH.format(source)}")
        source = f"{source} at point {results.point}"
    numbers = results.first, results.replicates
    return Side(source, results.scenario, results.seed, *numbers, results.rules, results)


def labels_of(one: Side, other: Side) -> tuple[str, str]:
    """Return names for two worlds that tell them apart as far as they are apart."""
    names = one.scenario.name, other.scenario.name
    if names[0] != names[1]:
        return names
    if one.results is None and other.results is None:
        return names[0], f"{names[0]}, {_change(one.scenario, other.scenario)}"
    if other.results is None and one.scenario != other.scenario:
        return one.source, f"{names[1]}, simulated now"
    return one.source, other.source if one.source != other.source else f"{other.source}, again"


def _change(one: Scenario, other: Scenario) -> str:
    """Return what sets two scenarios of one name apart, where that is one value or two."""
    if one == other:
        return "again"
    if addresses_of(one.document).keys() != addresses_of(other.document).keys():
        return "changed"
    values = {
        address: value_at(other.document, address)
        for address in addresses_of(one.document)
        if value_at(one.document, address) != value_at(other.document, address)
    }
    if len(values) > MOST_CHANGES or vary(one, values) != other:
        return "changed"
    return ", ".join(f"{name.rpartition('.')[2]} = {value:g}" for name, value in values.items())


def notes_on(one: Side, other: Side, shared: range) -> list[str]:
    """Return what in two worlds is unlike, horizons first, and what follows for comparing them."""
    a, b = labels_of(one, other)
    found = []
    if one.scenario.weeks != other.scenario.weeks:
        weeks = [count(side.scenario.weeks, "week") for side in (one, other)]
        found.append(
            f"Horizons differ: {weeks[0]} ({a}), {weeks[1]} ({b}). Counts are compared per week "
            f"simulated; classes and peaks have longer to occur in the longer one."
        )
    apart = "are compared as independent samples, with unpaired intervals."
    if one.seed != other.seed:
        found.append(
            f"Seeds differ: {one.seed} ({a}), {other.seed} ({b}). They share no random numbers and "
            f"{apart}"
        )
    elif not shared:
        found.append(
            f"They have no replicate in common: {_numbers(one)} ({a}), {_numbers(other)} ({b}). "
            f"They {apart}"
        )
    if (one.first, one.replicates) != (other.first, other.replicates) and (
        shared or one.replicates != other.replicates
    ):
        told = f"Replicates differ: {_numbers(one)} ({a}), {_numbers(other)} ({b})."
        rest = f" The {len(shared):,} that both have are compared." if shared else ""
        found.append(told + rest)
    return found + _rules_notes(one, other, shared)


def _numbers(side: Side) -> str:
    """Return which replicates a world has."""
    return f"{side.first:,} to {side.first + side.replicates - 1:,}"


def _rules_notes(one: Side, other: Side, shared: range) -> list[str]:
    """Return what is to be said of rules that are not those of now, or not the same."""
    a, b = labels_of(one, other)
    hashes = [side.rules[:SHORT_HASH] for side in (one, other)]
    if one.rules != other.rules:
        told = f"Rules differ: {hashes[0]} ({a}), {hashes[1]} ({b})."
        if not shared:
            return [told]
        return [
            f"{told} Replicates are paired by seed and number, and share random numbers as far as "
            f"both rules use them alike; the week in which they diverge is unknown."
        ]
    if shared and one.rules != rules_hash():
        return [
            f"Both followed other rules ({hashes[0]}) than the current ones "
            f"({rules_hash()[:SHORT_HASH]}): the week in which they diverge is unknown."
        ]
    return []

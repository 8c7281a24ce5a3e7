"""What a model may be given: a seed in any form, and another scenario in place of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import SupportsIndex

import numpy as np

from redline.case import Scenario
from redline.engine.guards import World
from redline.support import NumberError, described, whole
from redline.theory import MOST_SEEDS

Seed = SupportsIndex | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence
"""What a seed may be given as."""
FRESH_BITS = 63
"""Of a seed that nobody gave: a column of them is one of whole numbers in any data frame."""


def chosen_seed(rng: Seed | None, seed: Seed | None) -> int:
    """Return the seed that the two names for it give; a fresh one where neither does.

    A generator gives its next draw, so that one after the other each model has its own; a
    seed sequence gives the same one each time.

    Raises
    ------
    NumberError
        If both are given, or what is given is no seed.
    """
    if rng is not None and seed is not None:
        raise NumberError("rng and seed are two names of the one seed: give one of them")
    given = seed if rng is None else rng
    match given:
        case None:
            return secrets.randbits(FRESH_BITS)
        case np.random.BitGenerator():
            return chosen_seed(np.random.Generator(given), None)
        case np.random.Generator():
            return int(given.integers(MOST_SEEDS, dtype=np.uint64))
        case np.random.SeedSequence():
            return int(given.generate_state(1, np.uint64)[0])
        case bool():
            pass
        case SupportsIndex() if not getattr(given, "ndim", 0):  # an array has the method, too
            return whole("seed", given, 0, MOST_SEEDS)
    raise NumberError(
        "seed must be a whole number, a numpy Generator or SeedSequence, or None for a fresh "
        f"history, not {described(given)}"
    )


def too_late(model: World, new: Scenario) -> Iterator[str]:
    """Yield what a model that has come so far cannot obey of another scenario."""
    old, begun = model.scenario, model.week + model.within_week
    if new.members != old.members:
        yield "a model keeps the militias that it began with"
    if new.weeks < begun:
        yield f"weeks must be at least {begun}, which have been lived, not {new.weeks}"
    if begun and new.environment.talks != old.environment.talks:
        yield "environment.talks holds at the start alone: set model.talks"
    for move in new.forced:
        if move.week < begun and move not in old.forced:
            yield f"force: week {move.week} has been lived"
    for ban in new.forbidden:
        if ban.last < begun and ban not in old.forbidden:
            yield f"forbid: weeks {ban.first} to {ban.last} have been lived"
    yield from _drivers_set(old, new, begun)


def _set_by(scenario: Scenario, last: int) -> dict[tuple[int, str], float]:
    """Return what the timeline sets in the weeks up to one, which is included."""
    return {
        (change.week, driver): value
        for change in scenario.timeline
        if change.week <= last
        for driver, value in change.values.items()
    }


def _drivers_set(old: Scenario, new: Scenario, begun: int) -> Iterator[str]:
    """Yield what another scenario says of drivers in weeks that are past.

    What a driver is at first holds on, so it can still be obeyed unless the timeline sets that
    driver by now.
    """
    before, after = (_set_by(one, begun - 1) for one in (old, new))
    for week, driver in sorted(before.keys() | after.keys()):
        if before.get((week, driver)) != after.get((week, driver)):
            yield (
                f"timeline.{week}.{driver}: week {week} has been lived; "
                f"from now on: timeline.{begun}.{driver}"
            )
    first_set: dict[str, int] = {}
    for week, driver in sorted(_set_by(new, begun) if begun else ()):
        first_set.setdefault(driver, week)
    for driver, week in first_set.items():
        if getattr(new.drivers, driver) != getattr(old.drivers, driver):
            yield (
                f"environment.{driver} holds until week {week}, where the timeline sets it; "
                f"from now on: timeline.{begun}.{driver}"
            )

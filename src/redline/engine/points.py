"""Replicates that each live at a point of their own of the parameter space, in blocks of many.

The week loop is the same: what a scenario fixes is laid out for every seat of every group.
"""

from collections.abc import Callable
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np

from redline.case import Points, Scenario, drivers_by_week, parameter_at, path_of, vary
from redline.engine.batch import BatchEngine, Block, Encoded
from redline.engine.native.compiled import compiled_entries
from redline.engine.traces import Trace
from redline.support import InputError
from redline.theory import (
    LANES,
    Counts,
    Multipliers,
    Now,
    Plans,
    Records,
    derive,
    dtype_of,
    new_records,
)


class PointsEngine(BatchEngine):
    """Run replicates of one scenario under one seed, each at one of some points.

    A replicate is, to the last bit, that of the scenario which `vary` makes of the values at its
    point.

    Parameters
    ----------
    points : values by address, checked as `vary` checks them
    place_of : takes the numbers of replicates, (R,), and returns at which of the points each
        lives; by default replicate i lives at point i

    Raises
    ------
    InputError
        For what `vary` refuses at one of the points, or an address that sets how many militias
        there are.
    """

    def __init__(
        self,
        scenario: Scenario,
        points: Points,
        seed: int,
        place_of: Callable[[Counts], Counts] = np.asarray,
        stopped: Event | None = None,
    ) -> None:
        super().__init__(_at_first(scenario, points), seed, stopped)
        self.points = points
        self._place_of = place_of

    def _block(self, numbers: Counts, trace: Trace | None = None) -> Block:
        places = self._place_of(numbers)
        seats = np.arange(-(-len(places) // LANES) * LANES).reshape(-1, LANES)
        seated = places[np.minimum(seats, len(places) - 1)]  # an empty seat has the last point
        encoded = encode_points(self.scenario, self.encoded, self.points, seated)
        reachable = np.array(self.scenario.reachable, np.int64)
        compiled_entries()[derive](encoded.plans, len(self.scenario.members), reachable)
        return Block(encoded, self.key, len(numbers), int(numbers[0]), trace, numbers)


def _at_first(scenario: Scenario, points: Points) -> Scenario:
    """Return a scenario at the first of some points, after a check of all of them.

    Numbers within the bounds of their addresses are all that a scenario wants of them.
    """
    first = vary(scenario, points.values(0))
    outside = np.zeros(len(points), bool)
    for address, column in points.columns.items():
        if path_of(first.document, address) == ["cells"]:
            raise InputError(
                f"{address}: replicates that are simulated together have as many militias each"
            )
        low, high = parameter_at(first.document, address).bounds
        outside |= ~((low <= column) & (column <= high))
    if outside.any():
        vary(scenario, points.values(int(outside.argmax())))
    return first


def encode_points(scenario: Scenario, shared: Encoded, points: Points, places: Counts) -> Encoded:
    """Return a scenario as arrays in which every seat has values of its own.

    What follows from them, `derive` works out.

    Parameters
    ----------
    scenario : has a value at every address of the points
    shared : the same scenario, as `encode` returns it
    points : values within their bounds
    places : (G, L) at which of the points the seats of every group are
    """
    plans = _for_each_seat(Plans, shared.plans, len(places))
    schedules = _for_each_seat(Now, shared.schedules, len(places))
    multipliers = _for_each_seat(Multipliers, shared.multipliers, len(places))
    drivers: Any = scenario.drivers
    timeline: list[Any] = [one._replace(values=dict(one.values)) for one in scenario.timeline]
    for address, values in points.columns.items():
        column = values[places]
        match path_of(scenario.document, address):
            case ["drivers", name]:
                drivers = drivers._replace(**{name: column})
            case ["timeline", place, "values", name]:
                timeline[place].values[name] = column
            case ["factions", place, name]:
                multipliers["each"][name][:, place] = column
            case [table, place, name]:
                plans["each"][table][name][..., place] = column
            case [table, name]:
                plans["each"][table][name] = column
    series = drivers_by_week(drivers, timeline, scenario.weeks)
    for start, end in pairwise([0, *(one.week for one in timeline), scenario.weeks]):
        for name, value in series[start]._asdict().items():
            if isinstance(value, np.ndarray):
                schedules["drivers"][name][:, start:end] = value[:, None]
    return Encoded(plans, schedules, multipliers, shared.factions, shared.script)


def _for_each_seat(layout: type, records: Records, groups: int) -> Records:
    """Return what all replicates share, for each seat of each group: (G, …) of (1, …)."""
    found = new_records(layout, groups, *records.shape[1:], points=LANES)
    for name in dtype_of(layout).names or ():
        found[name] = records[name]
    return found

"""Of what is a figure? Of replicates of a run or a point, of arms side by side, of a sweep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from redline.case import Scenario, label_of, value_at
from redline.results import FINISH, Histories, Replicates, StoredSweep, sample
from redline.support import InputError, listed, nearest

MOST_ARMS = 6
MANY = 500
"""Replicates, drawn at random, from which a figure of weeks or moves is made."""


@dataclass(frozen=True)
class Subject:
    """Replicates of one scenario, to be drawn under a label."""

    label: str
    results: Replicates

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.results.scenario

    def sampled(self, size: int, moves: bool = False) -> Histories:
        """Return histories of replicates drawn at random; with `moves`, of every militia."""
        run = self.results
        places = sample(run.replicates, size, run.seed)
        return run.histories([run.numbers[place] for place in places], moves)


def subject_of(results: Replicates) -> Subject:
    """Return the replicates of a run as something to draw."""
    return Subject(results.scenario.name, results)


def point_subject(sweep: StoredSweep, point: int, label: str | None = None) -> Subject:
    """Return the replicates at a point of a sweep as something to draw.

    Raises
    ------
    InputError
        If there is no such point, or not all of its replicates are stored yet.
    """
    found = sweep.at(point)
    if not sweep.complete and len(found.column("class")) < sweep.replicates:
        raise InputError(
            f"{sweep.folder}: not all replicates of point {point} are stored yet: "
            f"{FINISH.format(sweep.folder)}"
        )
    values = ", ".join(f"{address} = {value:.4g}" for address, value in found.values.items())
    return Subject(label or f"{sweep.scenario.name} at {values}", found)


# Points of a sweep


def base_point(sweep: StoredSweep) -> int:
    """Return the point that is nearest to the scenario as it is without the sweep."""
    distance = np.zeros(len(sweep.points))
    for address, column in sweep.points.columns.items():
        span = float(column.max() - column.min()) or 1.0
        base = base_value(sweep, address)
        distance += abs(column - (float(column[0]) if base is None else base)) / span
    return int(distance.argmin())


def base_value(sweep: StoredSweep, address: str) -> float | None:
    """Return the scenario's own value at a swept address; None if it sets none."""
    try:
        return float(value_at(sweep.scenario.document, address))
    except InputError:
        return None


def arms_of(sweep: StoredSweep, by: str | None = None) -> tuple[Subject, ...]:
    """Return points of a sweep along an address (the first), all else as near to the base.

    Six at most, at equal steps among its values, the base case being one of them. Of a design
    in which no two points differ in the address alone, the base point by itself.
    """
    columns = sweep.points.columns
    address = by or sweep.points.addresses[0]
    if address not in columns:
        raise InputError(f"{address} is not swept here{nearest(address, columns)}")
    base = base_point(sweep)
    line = line_of(sweep, address, base)
    if len(line) == 1 and len(sweep.points) > 1:
        return (point_subject(sweep, base),)
    values = columns[address][line].tolist()
    stride = -(-len(line) // MOST_ARMS)
    kept = slice(values.index(columns[address][base]) % stride, None, stride)
    told = [f"{value:.4g}" for value in values[kept]]
    if len(set(told)) < len(told):  # no two arms under one name
        told = [repr(value) for value in values[kept]]
    name = address.rsplit(".", 1)[-1].replace("_", " ")
    return tuple(
        point_subject(sweep, point, f"{name} {value}")
        for point, value in zip(line[kept], told, strict=True)
    )


def line_of(sweep: StoredSweep, address: str, base: int) -> list[int]:
    """Return the points that differ from one in an address alone, one for each of its values."""
    columns = sweep.points.columns
    along = {
        columns[address][point].item(): point
        for point in reversed(range(len(sweep.points)))
        if all(column[point] == column[base] for name, column in columns.items() if name != address)
    }
    return [along[value] for value in sorted(along)]


def varying(sweep: StoredSweep) -> list[str]:
    """Return the addresses that have more than one value in a sweep."""
    return [name for name, column in sweep.points.columns.items() if len(np.unique(column)) > 1]


class Cut(NamedTuple):
    """Which points of a sweep are drawn over some addresses, and as what.

    Attributes
    ----------
    by : the addresses of which a mark stands for a combination of values
    where : the condition that holds other addresses at the base
    held : what they are held at, in words
    others : the addresses that are not held: they vary from mark to mark
    """

    by: Sequence[str]
    where: str | None = None
    held: str = ""
    others: Sequence[str] = ()

    def over(self, marks: int, axes: Sequence[str], most: int | None = None) -> str:
        """Return what the marks are: ``200 points of a; b and c vary with it``.

        For a title, which names so many at `most`, by their labels; for a caption, by addresses.
        """
        named = str if most is None else label_of
        told = f"{marks:,} points of {' and '.join(map(named, axes))}"
        if not self.others:
            return told
        names = [named(address) for address in self.others]
        if most is not None and len(names) > most:
            names = [*names[: most - 1], f"{len(names) - most + 1} more"]
        vary = "varies" if len(names) == 1 else "vary"
        return f"{told}; {listed(names)} {vary} with {'it' if len(axes) == 1 else 'them'}"


def cut_of(sweep: StoredSweep, axes: Sequence[str]) -> Cut:
    """Return which points of a sweep are drawn over some of its addresses.

    Of a grid those at which all other addresses are as near to the base as can be. On other
    designs there is nothing to hold: every point stands by itself.
    """
    rest = [address for address in sweep.points.addresses if address not in axes]
    others = [address for address in varying(sweep) if address not in axes]
    if others and not sweep.points.is_crossed:
        return Cut(sweep.points.addresses, others=others)
    if not rest:
        return Cut(axes)
    base = sweep.points.values(base_point(sweep))
    held = f"At {', '.join(f'{address} = {base[address]:g}' for address in rest)}."
    return Cut(axes, " and ".join(f"{address} == {base[address]!r}" for address in rest), held)

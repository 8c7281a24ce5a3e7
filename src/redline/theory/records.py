"""The records that hold the state of the simulation.

Every array axis of the simulation is named here, once:

``R`` replicates of a block · ``W`` weeks (0 … horizon-1) · ``K`` the six rungs of a ladder ·
``A`` the three actors · ``F`` factions · ``N`` militias · ``S`` the five sites · ``G`` groups of
replicates that are simulated side by side · ``L`` lanes of a group, a replicate in each · ``C``
choices that are made side by side · ``P`` points of the parameter space in a group: 1 if all its
replicates share one, else L.

A record is declared as a class whose fields carry their storage type and axes; `dtype_of` makes
the NumPy type from it. Compiled code and plain Python read and write the same records. All that
the lanes of a group hold is eight bytes wide, so that a compiler can take several at once.
"""

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from redline.theory.parameters import (
    Drivers,
    EnvironmentParameters,
    Faction,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
)

LANES = 104
"""Replicates that are simulated side by side: enough for long loops, few enough for a processor's
nearest memory; and an odd number of its lines of 64 bytes, so that the same lane of many rows does
not compete for one place there."""

Records = NDArray[np.void]
Row = NDArray[np.float64]
"""Floats inside a record: a row, or rows of lanes."""
Counts = NDArray[np.int64]
"""Integers inside a record: a row, or rows of lanes."""

Int = Annotated[int, "i8"]
Float = Annotated[float, "f8"]
Small = Annotated[int, "i1"]
Short = Annotated[int, "i2"]
IntLanes = Annotated[Counts, "i8", "L"]
FloatLanes = Annotated[Row, "f8", "L"]
IntChoices = Annotated[Counts, "i8", "C"]
FloatChoices = Annotated[Row, "f8", "C"]


class State:
    """What the replicates of a group carry from week to week, lane by lane.

    The first `live` lanes hold those that live, in any order; see `redline.theory.week.retire`.
    """

    replicate: IntLanes
    """Number of the replicate: with seed and week, the address of every draw."""
    seat: IntLanes
    """Its place in the group, in which it began."""
    talks: IntLanes
    """1 while the talks are on."""
    directive: IntLanes
    """Iran's standing directive."""
    severity: FloatLanes
    """S of last week."""
    pressure: FloatLanes
    """Q, provocation not yet answered."""
    leverage: FloatLanes
    """L."""
    grievance: FloatLanes
    """g, common to the militias."""
    control: FloatLanes
    """χ, Iran's command over the militias."""
    expected: Annotated[Row, "f8", 6, "L"]
    """(K, L) E, force expected in answer to each provocation."""
    barred: Annotated[Counts, "i8", 3, "L"]
    """(A, L) bit mask of rungs barred since this replicate's first choice of them."""
    lived: IntLanes
    """Weeks simulated so far."""
    over: IntLanes
    """1 once open confrontation has begun."""


class Events:
    """What happens in a week, lane by lane."""

    draw_talks: FloatLanes
    draw_review: FloatLanes
    draw_directive: FloatLanes
    draw_response: FloatLanes
    draw_opportunity: Annotated[Row, "f8", 2, "L"]
    """(2, L) of the militia whose turn it is, and of the next."""
    draw_rung: Annotated[Row, "f8", 2, "L"]
    calm: FloatLanes
    """Product of 1 - σ over the attacks."""
    force: FloatLanes
    """φ of the response."""
    provocation: IntLanes
    """X, the highest rung."""
    target: IntLanes
    """The militia that the response addresses."""
    faction: IntLanes
    """The faction of that militia."""
    fatal: IntLanes
    """Attacks that killed."""
    crossings: IntLanes
    """Crossings of the red line."""
    response: IntLanes
    attacks: Annotated[Counts, "i8", 4, "L"]
    """(4, L) attacks on each of the rungs 2 … 5."""
    sites: Annotated[Counts, "i8", 5, "L"]
    """(S, L) attacks on rungs 2-3 at each site."""
    utility: Annotated[Row, "f8", 3, "L"]
    """(A, L) utility of what was chosen, where something was; militias pooled."""


class Choices:
    """Choices among rungs that are made side by side, and the attacks that come of them."""

    lane: IntChoices
    """Whose choice it is: the lane, and of militias which one."""
    militia: IntChoices
    faction: IntChoices
    draw: FloatChoices
    allowed: IntChoices
    """Bit mask of the rungs that are open."""
    forced: IntChoices
    """The rung to take whatever it is worth, or FREE."""
    rationality: FloatChoices
    utilities: Annotated[Row, "f8", 6, "C"]
    """(K, C)"""
    weights: Annotated[Row, "f8", 6, "C"]
    """(K, C) first the exponents of the logit weights, then the weights."""
    rung: IntChoices
    """What is chosen."""
    utility: FloatChoices
    """What that is worth."""
    attack: IntChoices
    """Of each attack, from here on: which choice it comes of."""
    attacker: IntChoices
    """Its replicate, and the seat of that; and the block of its draws."""
    seat: IntChoices
    block: IntChoices
    means: IntChoices
    """Its rung."""
    draw_site: FloatChoices
    draw_kill: FloatChoices
    site: IntChoices
    """Index of its site; of no matter beyond drones."""
    killed: IntChoices


class Week:
    """One week of one replicate in the trace.

    State is as it stands at the end of the week; severity, talks and the directive as they
    were in it. A week that was not simulated is all zeros.
    """

    severity: Float
    pressure: Float
    leverage: Float
    grievance: Float
    control: Float
    expected: Annotated[Row, "f8", 6]
    utility: Annotated[Row, "f8", 3]
    """(A,) utility of what was chosen, where something was; militias pooled."""
    target: Short
    """The militia that the response addresses."""
    fatal: Short
    """Attacks that killed."""
    crossings: Short
    """Crossings of the red line."""
    attacks: Annotated[Counts, "i2", 4]
    """Attacks on each of the rungs 2 … 5, every militia counted."""
    sites: Annotated[Counts, "i2", 5]
    """(S,) attacks on rungs 2-3 at each site."""
    talks: Small
    directive: Small
    provocation: Small
    """X, the highest rung."""
    response: Small


class Move:
    """What one militia did in a week; in a script, what it is forced to do (or FREE)."""

    rung: Small
    site: Small
    """Index of the site of an attack on rungs 2-3, else FREE."""
    killed: Small


class Now(NamedTuple):
    """What a scenario sets for one week, as the week loop reads it."""

    drivers: Annotated[Sequence[Drivers], Drivers, "P"]
    allowed: Annotated[Sequence[int], "i8", 3]
    """(A,) bit mask of the rungs open to each actor."""
    directive: Int
    """Forced directive, or -1."""
    response: Int
    """Forced response, or -1."""


class Plan(NamedTuple):
    """What a scenario fixes for all weeks, as the week loop reads it."""

    united_states: UnitedStatesParameters
    iran: IranParameters
    militias: MilitiasParameters
    learning: LearningParameters
    environment: EnvironmentParameters
    provocations: Annotated[Sequence[ProvocationRung], ProvocationRung, 6]
    responses: Annotated[Sequence[ResponseRung], ResponseRung, 6]
    sites: Annotated[Sequence[Site], Site, 5]
    """(S,)"""
    prior: Annotated[Sequence[float], "f8", 6]
    """Force expected at first in answer to each provocation."""
    opportunity: Float
    """Chance that a militia has an opportunity in a week."""
    site_weights: Annotated[Sequence[Sequence[float]], "f8", 2, 5]
    """(2, S) logit weights of the sites, for rockets and for drones."""
    watched: Annotated[Sequence[int], "i8", 3]
    """(A,) bit mask of rungs to bar from a replicate's first choice of them on."""


class Plans(NamedTuple):
    """What is fixed for the replicates of a group: for all of them, or for each seat."""

    each: Annotated[Sequence[Plan], Plan, "P"]


class Multipliers(NamedTuple):
    """A faction's multipliers, for all replicates of a group, or for each seat."""

    each: Annotated[Sequence[Faction], Faction, "P"]


@cache
def dtype_of(layout: type, lanes: int = LANES, points: int = 1) -> np.dtype[np.void]:
    """Return the storage type of a record class, fields in the order of declaration.

    A field is ``Annotated`` with its NumPy type, or with the NamedTuple in it, and its axes: a
    number, or the letter of a size; a NamedTuple of floats and ints is nested.
    """
    # Room for four lots of lanes, and an odd number of lines, as in `LANES`.
    sizes = {"L": lanes, "C": 4 * lanes + 8, "P": points}
    fields: list[tuple[str, Any, tuple[int, ...]]] = []
    for name, hint in get_type_hints(layout, include_extras=True).items():
        notes: tuple[Any, ...] = getattr(hint, "__metadata__", ())
        if not notes or not isinstance(notes[0], str | type):  # of a parameter
            notes = (get_args(hint)[0] if notes else hint,)
        kind, *axes = notes
        storage: Any = {int: "i8", float: "f8"}.get(kind, kind)
        if not isinstance(storage, str):
            storage = dtype_of(kind, lanes, points)
        fields.append((name, storage, tuple(sizes.get(axis, axis) for axis in axes)))
    return np.dtype(fields, align=True)


def new_records(layout: type, *shape: int, points: int = 1) -> Records:
    """Return zeroed records of a class, in an array of the given shape."""
    return np.zeros(shape, dtype_of(layout, points=points))


def plain(record: np.void) -> Any:
    """Return a copy of a record as a plain object: fields as attributes, rows as lists."""
    names: tuple[str, ...] = record.dtype.names or ()
    return SimpleNamespace(**{name: record[name].tolist() for name in names})


def fields_of(seen: type) -> list[str]:
    """Return what a protocol of the rules names: the fields that an actor looks at."""
    return [name for name, value in vars(seen).items() if isinstance(value, property)]

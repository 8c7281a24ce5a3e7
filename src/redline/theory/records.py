"""The records that hold the state of the simulation.

Every array axis of the simulation is named here, once:

``R`` replicates of a block · ``W`` weeks (0 … horizon-1) · ``K`` the six rungs of a ladder ·
``A`` the three actors · ``F`` factions · ``N`` militias · ``S`` the five sites.

A record is declared as a class whose fields carry their storage type; `dtype_of` makes the
NumPy type from it. Compiled code and plain Python read and write the same records.
"""

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from redline.theory.chance import Key
from redline.theory.parameters import (
    Drivers,
    EnvironmentParameters,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
)

Records = NDArray[np.void]
Row = NDArray[np.float64]
"""A row of floats inside a record."""
Counts = NDArray[np.int64]
"""A row of integers inside a record."""

Int = Annotated[int, "i8"]
Float = Annotated[float, "f8"]
Small = Annotated[int, "i1"]
Short = Annotated[int, "i2"]
PerRung = Annotated[Row, "6f8"]


class Stance:
    """One faction within one replicate: its values, and its choice of this week."""

    zeal: Float
    """Multiplier of zeal and grievance."""
    loyalty: Float
    """Loyalty, after the faction's multiplier."""
    vulnerability: Float
    """Vulnerability, after the faction's multiplier."""
    armament: Float
    """Multiplier of armament."""
    capability: Float
    """κ. The cells of a faction share every cause of change, hence the value."""
    weighed: Int
    """The week for which the fields below hold, or -1."""
    allowed: Int
    """Bit mask of the rungs open to the faction."""
    utilities: PerRung
    weights: PerRung
    weight_sum: Float


class State:
    """What one replicate carries from week to week, and room to weigh a choice."""

    key: Key
    """The seed: with replicate and week, the address of every draw."""
    replicate: Int
    week: Int
    """The week now simulated."""
    talks: Int
    """1 while the talks are on."""
    directive: Int
    """Iran's standing directive."""
    severity: Float
    """S of last week."""
    pressure: Float
    """Q, provocation not yet answered."""
    leverage: Float
    """L."""
    grievance: Float
    """g, common to the militias."""
    control: Float
    """χ, Iran's command over the militias."""
    expected: PerRung
    """E, force expected in answer to each provocation."""
    barred: Annotated[Counts, "3i8"]
    """(A,) bit mask of rungs barred since this replicate's first choice of them."""
    lived: Int
    """Weeks simulated so far."""
    over: Int
    """1 once open confrontation has begun."""
    utilities: PerRung
    weights: PerRung


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
    expected: PerRung
    utility: Annotated[Row, "3f8"]
    """(A,) utility of what was chosen, where something was; militias pooled."""
    target: Short
    """The militia that the response addresses."""
    fatal: Short
    """Attacks that killed."""
    crossings: Short
    """Crossings of the red line."""
    attacks: Annotated[Counts, "4i2"]
    """Attacks on each of the rungs 2 … 5, every militia counted."""
    sites: Annotated[Counts, "5i2"]
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

    drivers: Drivers
    allowed: Annotated[Sequence[int], "3i8"]
    """(A,) bit mask of the rungs open to each actor."""
    directive: Int
    """Forced directive, or -1."""
    response: Int
    """Forced response, or -1."""


class Plan(NamedTuple):
    """What a scenario fixes for all weeks and replicates, as the week loop reads it."""

    united_states: UnitedStatesParameters
    iran: IranParameters
    militias: MilitiasParameters
    learning: LearningParameters
    environment: EnvironmentParameters
    provocations: Annotated[Sequence[ProvocationRung], 6]
    responses: Annotated[Sequence[ResponseRung], 6]
    sites: Annotated[Sequence[Site], 5]
    """(S,)"""
    prior: Annotated[Sequence[float], "6f8"]
    """Force expected at first in answer to each provocation."""
    opportunity: Float
    """Chance that a militia has an opportunity in a week."""
    reachable: Annotated[Sequence[int], "2i8"]
    """Bit masks of the sites that rockets, and drones, reach."""
    site_weights: Annotated[Sequence[Sequence[float]], "(2,5)f8"]
    """(2, S) logit weights of the sites, for rockets and for drones."""
    site_sum: Annotated[Sequence[float], "2f8"]
    watched: Annotated[Sequence[int], "3i8"]
    """(A,) bit mask of rungs to bar from a replicate's first choice of them on."""


@cache
def dtype_of(layout: type) -> np.dtype[np.void]:
    """Return the storage type of a record class, fields in the order of declaration.

    A field is ``Annotated`` with its NumPy type, or with the number of NamedTuples in a row; a
    NamedTuple of floats and ints is nested.
    """
    fields: list[tuple[str, Any]] = []
    for name, hint in get_type_hints(layout, include_extras=True).items():
        metadata = getattr(hint, "__metadata__", ())
        storage: Any = next((note for note in metadata if isinstance(note, int | str)), None)
        if not isinstance(storage, str):
            plain = get_args(hint)[0] if metadata else hint
            kind = plain if storage is None else get_args(plain)[0]
            one = {int: "i8", float: "f8"}.get(kind) or dtype_of(kind)
            storage = one if storage is None else (one, (storage,))
        fields.append((name, storage))
    return np.dtype(fields, align=True)


def new_records(layout: type, *shape: int) -> Records:
    """Return zeroed records of a class, in an array of the given shape."""
    return np.zeros(shape, dtype_of(layout))


def plain(record: np.void) -> Any:
    """Return a copy of a record as a plain object: fields as attributes, rows as lists."""
    names: tuple[str, ...] = record.dtype.names or ()
    return SimpleNamespace(**{name: record[name].tolist() for name in names})


def fields_of(seen: type) -> list[str]:
    """Return what a protocol of the rules names: the fields that an actor looks at."""
    return [name for name, value in vars(seen).items() if isinstance(value, property)]

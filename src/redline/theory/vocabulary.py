"""The vocabulary of the simulation: rungs, actors, outcomes and sites."""

from enum import IntEnum


class Provocation(IntEnum):
    """The ladder of the militias, and of Iran's directive."""

    QUIET = 0
    STATEMENT = 1
    ROCKETS = 2
    DRONES = 3
    ASSAULT = 4
    OFFENSIVE = 5


class Response(IntEnum):
    """The ladder of the United States."""

    SILENCE = 0
    WARNING = 1
    SANCTIONS = 2
    STRIKE = 3
    DECAPITATION = 4
    CAMPAIGN = 5


class Actor(IntEnum):
    """Who chooses; the axis ``A``."""

    UNITED_STATES = 0
    IRAN = 1
    MILITIAS = 2


class Outcome(IntEnum):
    """The class of a replicate, by its gravest week."""

    QUIET = 0
    PROVOCATION = 1
    CRISIS = 2
    CONFRONTATION = 3


SITES = ("green_zone", "ain_al_asad", "balad", "harir", "erbil")

RUNGS = 6

FIRST_ATTACK = Provocation.ROCKETS.value

FIRST_CRISIS = Provocation.ASSAULT.value

ALL_RUNGS = (1 << RUNGS) - 1

FREE = -1
"""In a forced value: not forced."""


def ladder_of(actor: Actor) -> type[Provocation] | type[Response]:
    """Return the ladder on which an actor chooses."""
    return Response if actor is Actor.UNITED_STATES else Provocation


def rung_names(actor: Actor) -> tuple[str, ...]:
    """Return the names of the rungs that an actor chooses among, lowest first."""
    return tuple(rung.name.lower() for rung in ladder_of(actor))

"""What actors, reporters and guards may ask of the model that they belong to."""

from __future__ import annotations

from typing import Protocol

from redline.case import Scenario
from redline.theory import (
    Actor,
    Drivers,
    Happened,
    SeenByIran,
    SeenByMilitias,
    SeenByUnitedStates,
)


class World(SeenByUnitedStates, SeenByIran, SeenByMilitias, Happened, Protocol):
    """A model as those see it who live in it; symbols are of docs/model.md."""

    scenario: Scenario
    seed: int
    week: int
    barred: list[int]
    """(A,) bit mask of the rungs barred since their first choice."""

    @property
    def within_week(self) -> bool:
        """Whether a week is going on."""

    @property
    def drivers(self) -> Drivers:
        """The drivers of this week."""

    @property
    def severity(self) -> float:
        """S."""

    @property
    def provocation(self) -> int:
        """X, the week's highest rung."""

    @property
    def response(self) -> int:
        """The week's response."""

    @property
    def attacks(self) -> list[int]:
        """Attacks on each of the rungs 2 … 5."""

    @property
    def fatal(self) -> int:
        """Attacks that killed."""

    def allowed(self, actor: Actor) -> int:
        """Return the bit mask of the rungs that are open to an actor."""

    def draw(self, slot: int) -> float:
        """Return this week's draw of a slot."""


class Inhabitant(Protocol):
    """An agent as the guard of its parameters sees it."""

    @property
    def model(self) -> World:
        """The model that it lives in."""

    @property
    def scenario(self) -> Scenario:
        """The model's."""

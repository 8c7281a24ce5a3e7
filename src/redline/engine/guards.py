"""What a model and its agents let be asked of them, and what not everybody may set.

Whoever tries to set it is told what to set instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload

from redline.case import Scenario, vary
from redline.support import InputError, described
from redline.theory import (
    Actor,
    Drivers,
    Happened,
    SeenByIran,
    SeenByMilitias,
    SeenByUnitedStates,
)

T = TypeVar("T")

MADE_ANEW = "every week makes it anew; force a move, or change the scenario"


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


class Guarded(Generic[T]):
    """An attribute that is not for its reader to set: who tries is told what to set instead.

    What a week leaves behind may be set within the week (`within_week`), by whoever lives it;
    what is fixed may be set once.
    """

    def __init__(self, instead: str, within_week: bool = True) -> None:
        self.instead = instead
        self.within_week = within_week

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Guarded[T]: ...

    @overload
    def __get__(self, holder: object, owner: type) -> T: ...

    def __get__(self, holder: object, owner: type) -> Any:
        if holder is None:
            return self
        try:
            return vars(holder)[self.name]
        except KeyError:
            raise AttributeError(self.name) from None

    def __set__(self, holder: Any, value: T) -> None:
        if self.name in vars(holder) and not (self.within_week and holder.within_week):
            raise AttributeError(f"{self.name} cannot be set: {self.instead}")
        vars(holder)[self.name] = value


class Parameters(Generic[T]):
    """An actor's parameters: those of the model's scenario, where others take their place."""

    def __init__(self, table: str, shared: bool = False) -> None:
        self.table = table
        self.shared = shared

    @overload
    def __get__(self, agent: None, owner: type) -> Parameters[T]: ...

    @overload
    def __get__(self, agent: Any, owner: type) -> T: ...

    def __get__(self, agent: Any, owner: type) -> Any:
        return self if agent is None else getattr(agent.scenario, self.table)

    def __set__(self, agent: Any, value: T) -> None:
        before = getattr(agent.scenario, self.table)
        if self.shared:
            raise AttributeError(_read_from_scenario("parameters", f"{self.table}.zeal"))
        if type(value) is not type(before):
            wanted = type(before).__name__
            raise InputError(f"{self.table}: expected {wanted}, not {described(value)}")
        changed = {
            f"{self.table}.{name}": new
            for name, new in value._asdict().items()  # type: ignore[attr-defined]
            if new != getattr(before, name)
        }
        if changed:
            agent.model.scenario = vary(agent.scenario, changed)


def _read_from_scenario(name: str, address: str) -> str:
    """Return why something cannot be set, and what to set instead."""
    return (
        f"{name} cannot be set, the scenario holds it for all of them: "
        f"model.scenario = vary(model.scenario, {{{address!r}: …}})"
    )


def of_scenario(address: str) -> Callable[[Callable[[Any], T]], property]:
    """Make a property of what the scenario holds at an address; setting it says where."""

    def made(read: Callable[[Any], T]) -> property:
        def refuse(agent: object, value: object) -> None:
            raise AttributeError(_read_from_scenario(read.__name__, address))

        return property(read, refuse)

    return made


def of_agent(agent: str, name: str) -> Any:
    """Make a property of what an agent of the model holds; setting it says where."""

    def read(model: Any) -> Any:
        return getattr(getattr(model, agent), name)

    def refuse(model: object, value: object) -> None:
        raise AttributeError(f"{name} cannot be set on the model: set model.{agent}.{name}")

    return property(read, refuse)

"""Attributes of a model and its agents that are not for everybody to set.

Whoever tries is told what to set instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from redline.case import vary
from redline.engine.world import Inhabitant
from redline.support import InputError, described

T = TypeVar("T")

MADE_ANEW = "every week makes it anew; force a move, or change the scenario"


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
    def __get__(self, agent: Inhabitant, owner: type) -> T: ...

    def __get__(self, agent: Inhabitant | None, owner: type) -> Any:
        return self if agent is None else getattr(agent.scenario, self.table)

    def __set__(self, agent: Inhabitant, value: T) -> None:
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

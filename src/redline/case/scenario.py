"""A scenario: every input of a simulation but the seed and the replicate, frozen.

`load_scenario` reads one from TOML, `vary` gives changed copies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from redline.theory import (
    ALL_RUNGS,
    Actor,
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
    prior_expectation,
    site_terms,
    total,
)


class Militia(NamedTuple):
    """One militia: its name and the index of its faction."""

    name: str
    faction: int


class Change(NamedTuple):
    """Drivers that take new values from a week on."""

    week: int
    values: dict[str, float]


class Forbidden(NamedTuple):
    """A rung taken out of an actor's choice set in the weeks [first, last]."""

    actor: Actor
    rung: int
    first: int
    last: int
    from_first_choice: bool


class Forced(NamedTuple):
    """A move that an actor is made to take in a week; `militia` is None but for militias."""

    week: int
    actor: Actor
    militia: int | None
    rung: int
    site: int | None
    killed: bool | None


class Axis(NamedTuple):
    """One swept address: explicit values, or an interval (and steps, on a grid)."""

    address: str
    values: tuple[Any, ...] | None
    low: float
    high: float
    integer: bool


class Sweep(NamedTuple):
    """The points at which a file wants its scenario run."""

    design: str
    axes: tuple[Axis, ...]
    rows: tuple[dict[str, Any], ...]
    points: int | None


class Draws(NamedTuple):
    """Values among which every replicate draws: each address has a column, (rows,) each."""

    columns: dict[str, tuple[float, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def row(self, number: int) -> dict[str, float]:
        """Return the values of a joint draw."""
        return {address: column[number] for address, column in self.columns.items()}


@dataclass(frozen=True, eq=False)
class Scenario:
    """All inputs of a simulation but seed and replicate.

    Attributes are the resolved values; `document` holds the same in the layout of a scenario
    file, every value explicit, and identifies the scenario. Two scenarios with equal
    documents are equal.
    """

    name: str
    title: str
    source: str
    start: date | None
    weeks: int
    united_states: UnitedStatesParameters
    iran: IranParameters
    militias: MilitiasParameters
    learning: LearningParameters
    environment: EnvironmentParameters
    drivers: Drivers
    """Before any change of the timeline."""
    provocations: tuple[ProvocationRung, ...]
    responses: tuple[ResponseRung, ...]
    sites: tuple[Site, ...]
    factions: tuple[Faction, ...]
    members: tuple[Militia, ...]
    """Every militia, cells included, in order."""
    timeline: tuple[Change, ...]
    forbidden: tuple[Forbidden, ...]
    forced: tuple[Forced, ...]
    sweep: Sweep | None
    draws: Draws | None
    document: Mapping[str, Any] = field(repr=False)
    notices: tuple[str, ...] = ()
    """What its reader should know, such as timeline entries beyond the horizon."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return self.document == other.document

    __hash__ = None  # type: ignore[assignment]

    @property
    def militia_names(self) -> tuple[str, ...]:
        """Names of all militias, in order."""
        return tuple(member.name for member in self.members)

    @cached_property
    def prior(self) -> tuple[float, ...]:
        """Force expected at first in answer to each provocation rung (¶26)."""
        resolve = self.iran.perceived_resolve
        return tuple(
            prior_expectation(resolve, k, rung.severity) for k, rung in enumerate(self.provocations)
        )

    @property
    def opportunity(self) -> float:
        """Chance that a militia has an opportunity in a week."""
        return self.militias.tempo / len(self.members)

    @cached_property
    def drivers_by_week(self) -> tuple[Drivers, ...]:
        """Drivers in force in each week."""
        changes: dict[int, dict[str, float]] = {}
        for change in self.timeline:
            changes.setdefault(change.week, {}).update(change.values)
        series: list[Drivers] = []
        current = self.drivers
        for week in range(self.weeks):
            current = current._replace(**changes.get(week, {}))
            series.append(current)
        return tuple(series)

    def allowed(self, actor: Actor, week: int) -> int:
        """Return the bit mask of the rungs open to an actor in a week."""
        mask = ALL_RUNGS
        for ban in self.forbidden:
            if ban.actor is actor and not ban.from_first_choice and ban.first <= week <= ban.last:
                mask &= ~(1 << ban.rung)
        return mask

    def within(self, capability: float) -> int:
        """Return the bit mask of the rungs of provocation within a militia's capability."""
        return sum(
            1 << k for k, rung in enumerate(self.provocations) if rung.capability <= capability
        )

    def watched(self, actor: Actor) -> int:
        """Return the bit mask of the rungs that are barred from their first choice on."""
        mask = 0
        for ban in self.forbidden:
            if ban.actor is actor and ban.from_first_choice:
                mask |= 1 << ban.rung
        return mask

    @cached_property
    def reachable(self) -> tuple[int, int]:
        """Bit masks of the sites that rockets, and drones, reach (¶22)."""
        rockets, drones = (
            sum(1 << s for s, site in enumerate(self.sites) if site.reach <= rung)
            for rung in (2, 3)
        )
        return rockets, drones

    @cached_property
    def site_utilities(self) -> tuple[float, ...]:
        """What each site is worth as a target, the same in every week: (S,)."""
        caution = self.militias.caution
        return tuple(
            total(site_terms(caution, site.salience, site.exposure)) for site in self.sites
        )

    def date_of(self, week: int) -> date | None:
        """Return the Monday of a week, where the scenario has a start."""
        return self.start + timedelta(weeks=int(week)) if self.start else None

"""A scenario: every input of a simulation but the seed and the replicate, frozen.

It is its document, the tables of a scenario file with every value explicit; what the engines read
is made of those tables, each part when it is first asked for. A changed scenario shares with the
one that it comes from whatever the change leaves as it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, partial, reduce
from html import escape
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints, overload

from redline.case.design import Sweep
from redline.case.sweep_table import read_sweep
from redline.support import frozen
from redline.theory import (
    ALL_RUNGS,
    RUNGS,
    SITES,
    Actor,
    Drivers,
    EnvironmentParameters,
    Faction,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    Provocation,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
    opportunity,
    prior_expectation,
    rung_names,
    site_terms,
    total,
)

_ABOVE = "redline.case"  # whose modules make changed scenarios of this one: named, not imported
T = TypeVar("T")
Tables = Mapping[str, Any]


class Member(NamedTuple):
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


class JointDraws(NamedTuple):
    """Values among which every replicate draws: each address has a column, (rows,) each."""

    columns: dict[str, tuple[float, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def row(self, number: int) -> dict[str, float]:
        """Return the values of a joint draw."""
        return {address: column[number] for address, column in self.columns.items()}


# What follows from a scenario is translated for the browser: see `redline.engine.translation`.


def drivers_by_week(drivers: Drivers, timeline: Sequence[Change], weeks: int) -> list[Drivers]:
    """Return the drivers in force in each week, (W,); the timeline is in order of weeks."""
    series: list[Drivers] = []
    place = 0
    for week in range(weeks):
        while place < len(timeline) and timeline[place].week == week:
            drivers = drivers._replace(**timeline[place].values)
            place += 1
        series.append(drivers)
    return series


def open_rungs(forbidden: Sequence[Forbidden], actor: int, week: int) -> int:
    """Return the bit mask of the rungs open to an actor in a week."""
    mask = ALL_RUNGS
    for ban in forbidden:
        holds = ban.first <= week and week <= ban.last and not ban.from_first_choice
        if ban.actor == actor and holds:
            mask &= ~(1 << ban.rung)
    return mask


def watched_rungs(forbidden: Sequence[Forbidden], actor: int) -> int:
    """Return the bit mask of the rungs that are barred from their first choice on."""
    mask = 0
    for ban in forbidden:
        if ban.actor == actor and ban.from_first_choice:
            mask |= 1 << ban.rung
    return mask


def reachable_sites(sites: Sequence[Site], rung: int) -> int:
    """Return the bit mask of the sites that the means of a rung reach (¶22)."""
    mask = 0
    for s in range(len(sites)):
        if sites[s].reach <= rung:
            mask |= 1 << s
    return mask


# What the tables of a document are to the engines


@cache
def _storage(kind: Callable[..., Any]) -> tuple[tuple[str, type[Any]], ...]:
    """Return the fields of a group of parameters, and whether each is an `int` or a `float`."""
    return tuple(get_type_hints(kind).items())


def _numbers(kind: Callable[..., T], values: Tables) -> T:
    """Return the numbers of a table as a group of parameters."""
    return kind(*[number(values[name]) for name, number in _storage(kind)])


def _each(kind: Callable[..., T], tables: Iterable[Tables] | Tables) -> tuple[T, ...]:
    """Return the numbers of tables of one kind, in order."""
    listed = tables.values() if isinstance(tables, Mapping) else tables
    return tuple(_numbers(kind, values) for values in listed)


def _sites(tables: Mapping[str, Tables]) -> tuple[Site, ...]:
    reached = ({**site, "reach": Provocation[site["reach"].upper()]} for site in tables.values())
    return _each(Site, reached)


def members_of(factions: Sequence[Tables], cells: int) -> tuple[Member, ...]:
    """Return every militia of some factions, in order."""
    return tuple(
        Member(f"{faction['name']} {cell}" if cells > 1 else faction["name"], index)
        for index, faction in enumerate(factions)
        for cell in range(1, cells + 1)
    )


def _changes(timeline: Iterable[Tables]) -> tuple[Change, ...]:
    return tuple(
        Change(entry["week"], {k: float(v) for k, v in entry.items() if k != "week"})
        for entry in timeline
    )


def _series(environment: Tables, timeline: Iterable[Tables], weeks: int) -> tuple[Drivers, ...]:
    """Return the drivers in force in each week."""
    return tuple(drivers_by_week(_numbers(Drivers, environment), _changes(timeline), weeks))


def _forbidden(bans: Iterable[Tables], weeks: int) -> tuple[Forbidden, ...]:
    found = []
    for ban in bans:
        actor = Actor[ban["actor"].upper()]
        first, last = ban.get("weeks") or (0, weeks - 1)
        rung = rung_names(actor).index(ban["rung"])
        found.append(Forbidden(actor, rung, first, last, bool(ban.get("from"))))
    return tuple(found)


def _forced(moves: Iterable[Tables], factions: Sequence[Tables], cells: int) -> tuple[Forced, ...]:
    numbers = {member.name: number for number, member in enumerate(members_of(factions, cells))}
    found = []
    for move in moves:
        militia = numbers.get(move["actor"])
        actor = Actor[move["actor"].upper()] if militia is None else Actor.MILITIAS
        rung = rung_names(actor).index(move["rung"])
        site = SITES.index(move["site"]) if move.get("site") is not None else None
        found.append(Forced(move["week"], actor, militia, rung, site, move.get("kill")))
    return tuple(found)


def _joint(columns: Mapping[str, Sequence[float]] | None) -> JointDraws | None:
    return JointDraws({a: tuple(c) for a, c in columns.items()}) if columns else None


def _day(start: date | None) -> date | None:
    return start


def _inside(table: Any, key: str) -> Any:
    return table.get(key)


class Part(Generic[T]):
    """An attribute of a scenario that is made of some tables of its document, once.

    Parameters
    ----------
    made
        Takes the tables, in order.
    tables
        Dotted keys of the document; one that is absent is None.
    """

    def __init__(self, made: Callable[..., T], *tables: str) -> None:
        self.made = made
        self.__doc__ = None  # a part is told of by the class that has it
        self.tables = [table.split(".") for table in tables]

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> "Part[T]": ...

    @overload
    def __get__(self, holder: "Scenario", owner: type) -> T: ...

    def __get__(self, holder: "Scenario | None", owner: type) -> "Part[T] | T":
        if holder is None:
            return self
        made: T = self.made(*self.read(holder.document))
        vars(holder)[self.name] = made
        return made

    def read(self, document: Tables) -> list[Any]:
        """Return its tables in a document."""
        return [reduce(_inside, keys, document) for keys in self.tables]

    def is_same(self, document: Tables, other: Tables) -> bool:
        """Return whether two documents share its tables."""
        if all(document.get(keys[0]) is other.get(keys[0]) for keys in self.tables):
            return True
        pairs = zip(self.read(document), self.read(other), strict=True)
        return all(one is another for one, another in pairs)


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """All inputs of a simulation but seed and replicate.

    `document` identifies it, in the layout of a scenario file with every value explicit: two
    scenarios with equal documents are equal. All other attributes are made of it.

    Attributes
    ----------
    name : of its file
    document : tables and lists that refuse changes; `vary` gives a changed scenario
    notices : what its reader should know, such as timeline entries beyond the horizon
    title, source : what the case is, and after whom
    start : the Monday on which week 0 begins, or None
    weeks : the horizon
    united_states, iran, militias, learning, environment : parameters, a named tuple of each table
    drivers : those in force before any change of the timeline
    timeline : the changes, in the order of their weeks
    drivers_by_week : (W,) the drivers in force in each week
    provocations, responses : the rungs of both ladders, from the lowest
    sites : (S,) in the order of `SITES`
    factions : their multipliers, in order
    members : every militia, cells included, in order
    forbidden, forced : rungs taken out of choice sets, and moves that actors are made to take
    sweep : the points at which its file wants it run, or None
    draws : the values among which every replicate draws, or None
    """

    name: str
    document: Tables
    notices: tuple[str, ...] = ()

    title = Part(str, "title")
    source = Part(str, "source")
    start = Part(_day, "start")
    weeks = Part(int, "weeks")
    united_states = Part(partial(_numbers, UnitedStatesParameters), "united_states")
    iran = Part(partial(_numbers, IranParameters), "iran")
    militias = Part(partial(_numbers, MilitiasParameters), "militias")
    learning = Part(partial(_numbers, LearningParameters), "learning")
    environment = Part(partial(_numbers, EnvironmentParameters), "environment")
    drivers = Part(partial(_numbers, Drivers), "environment")
    provocations = Part(partial(_each, ProvocationRung), "ladder.provocation")
    responses = Part(partial(_each, ResponseRung), "ladder.response")
    sites = Part(_sites, "site")
    factions = Part(partial(_each, Faction), "militias.faction")
    members = Part(members_of, "militias.faction", "militias.cells")
    timeline = Part(_changes, "timeline")
    forbidden = Part(_forbidden, "forbid", "weeks")
    forced = Part(_forced, "force", "militias.faction", "militias.cells")
    draws = Part(_joint, "draw")
    drivers_by_week = Part(_series, "environment", "timeline", "weeks")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return self.document == other.document

    __hash__ = None  # type: ignore[assignment]
    __iter__ = __contains__ = None  # it has values by address, and is no sequence of them

    def __repr__(self) -> str:
        return f"Scenario({', '.join(f'{name}={getattr(self, name)!r}' for name in _SHOWN)})"

    def __getitem__(self, address: str) -> int | float:
        """Return the value at an address, such as ``iran.review``."""
        find: Callable[..., int | float] = import_module(_ABOVE).value_at
        return find(self.document, str(address))

    @property
    def parameters(self) -> Any:
        """Every parameter: address, value, meaning; see `redline.parameters`."""
        return import_module(_ABOVE).parameters(self)

    def vary(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        weeks: int | None = None,
        forbid: Sequence[str] = (),
        force: Sequence[Mapping[str, Any]] = (),
        sweep: Mapping[str, Any] | None = None,
    ) -> "Scenario":
        """Return a changed copy, checked like a file.

        Parameters
        ----------
        values : new values by address, such as ``{"iran.review": 0.3}``; numpy's count, too
        weeks : a new horizon; dated entries beyond it are dropped, which the notices say
        forbid : options to take away: ``actor.rung``, or ``actor.rung@a-b`` in some weeks
        force : moves to force, each as in a file's ``[[force]]`` table
        sweep : a new ``[sweep]`` table; an empty one takes the scenario's sweep away

        Raises
        ------
        InputError
            For an address or option that does not exist, or a value that is not allowed.

        Examples
        --------
        >>> import redline
        >>> case = redline.scenario("standoff_2019_2021")
        >>> case.vary({"united_states.commitment": 0})["united_states.commitment"]
        0
        """
        change: Callable[..., Scenario] = import_module(_ABOVE).vary
        return change(self, values, weeks=weeks, forbid=forbid, force=force, sweep=sweep)

    def _repr_html_(self) -> str:
        first = f" from {self.start}" if self.start else ""
        swept = f"; sweeps {', '.join(a.address for a in self.sweep.axes)}" if self.sweep else ""
        told = f"{self.weeks} weeks{first}, {len(self.members)} militias{swept}"
        rest = "".join(f"<br>{escape(line)}" for line in (self.source, told, *self.notices))
        return f"<p><b>{escape(self.title or self.name)}</b>{rest}</p>"

    def __deepcopy__(self, memo: dict[int, Any]) -> "Scenario":
        """Return itself: nothing of it changes."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made of the document: who unpickles it makes it again."""
        return {name: vars(self)[name] for name in ("name", "document", "notices")}

    def with_document(self, document: Tables, notices: Iterable[str] = ()) -> "Scenario":
        """Return a scenario of another full document; what the two share is made once, for both."""
        document = frozen(document)
        changed = Scenario(self.name, document, tuple(dict.fromkeys([*self.notices, *notices])))
        for part in _PARTS:
            if part.is_same(document, self.document):
                vars(changed)[part.name] = getattr(self, part.name)
        return changed

    @cached_property
    def sweep(self) -> Sweep | None:
        """The points at which its file wants it run."""
        return read_sweep(self.document)[0]

    @property
    def militia_names(self) -> tuple[str, ...]:
        """Names of all militias, in order."""
        return tuple(member.name for member in self.members)

    @cached_property
    def prior(self) -> tuple[float, ...]:
        """Force expected at first in answer to each provocation rung (¶26)."""
        return tuple(prior_expectation(self, k) for k in range(RUNGS))

    @property
    def opportunity(self) -> float:
        """Chance that a militia has an opportunity in a week."""
        return opportunity(self.militias, len(self.members))

    def allowed(self, actor: Actor, week: int) -> int:
        """Return the bit mask of the rungs open to an actor in a week."""
        return open_rungs(self.forbidden, actor, week)

    def within(self, capability: float) -> int:
        """Return the bit mask of the rungs of provocation within a militia's capability."""
        return sum(
            1 << k for k, rung in enumerate(self.provocations) if rung.capability <= capability
        )

    def watched(self, actor: Actor) -> int:
        """Return the bit mask of the rungs that are barred from their first choice on."""
        return watched_rungs(self.forbidden, actor)

    @cached_property
    def reachable(self) -> tuple[int, int]:
        """Bit masks of the sites that rockets, and drones, reach (¶22)."""
        return reachable_sites(self.sites, 2), reachable_sites(self.sites, 3)

    @cached_property
    def site_utilities(self) -> tuple[float, ...]:
        """What each site is worth as a target, the same in every week: (S,)."""
        return tuple(total(site_terms(self.militias, site)) for site in self.sites)

    def date_of(self, week: int) -> date | None:
        """Return the Monday of a week, where the scenario has a start."""
        return self.start + timedelta(weeks=int(week)) if self.start else None


_PARTS = tuple(part for part in vars(Scenario).values() if isinstance(part, Part))
_SHOWN = (
    "name",
    *(part.name for part in _PARTS[:-2]),
    "sweep",
    "draws",
    "notices",
)

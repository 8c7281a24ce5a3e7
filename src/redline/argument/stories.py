"""The story of a replicate: turning points, and what lay between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from redline.case import Scenario, drawn
from redline.engine import BatchEngine, Trace
from redline.support import (
    JSON_FORMAT,
    NUMBERS,
    Blocks,
    Bold,
    Result,
    capital,
    count,
    counted,
    listed,
    times,
)
from redline.theory import (
    ANSWERED,
    DRIVERS,
    FREE,
    ORDERED,
    ORDERED_BEYOND,
    PROVOKED,
    SITE_WORDS,
    Provocation,
    Records,
    Response,
    plain,
    sustained_capability,
)

if TYPE_CHECKING:
    import pandas as pd

LONGEST_PASSAGE = 8
"""Weeks that a passage of ordinary weeks spans at most."""


@dataclass(frozen=True, repr=False)
class Told(Result):
    """A replicate of which something is told."""

    scenario: Scenario
    seed: int
    replicate: int
    point: int | None = field(default=None, kw_only=True)
    """Of the sweep whose scenario it is, if it is one's."""
    values: dict[str, float] = field(default_factory=dict, kw_only=True)
    """What is set at that point, by address."""

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline explain --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "point": self.point,
            "values": self.values,
            "replicate": self.replicate,
        }

    def of_point(self, name: str) -> str:
        """Return the name of its scenario and, of a sweep, which of its points it is."""
        if self.point is None:
            return name
        told = ", ".join(f"{address} = {value:.4g}" for address, value in self.values.items())
        return f"{name} at point {self.point} ({told})"


@dataclass(frozen=True)
class Passage:
    """Some weeks of a story: a turning point, or the ordinary weeks between two."""

    first: int
    last: int
    turning_point: bool
    when: str
    text: str


@dataclass(frozen=True, repr=False)
class Story(Told):
    """What happened in one replicate, told in order; quiet weeks are passed over."""

    passages: tuple[Passage, ...]

    @property
    def title(self) -> str:
        """What the case is."""
        return self.of_point(self.scenario.title or self.scenario.name)

    def __repr__(self) -> str:
        return f"<Story: {self.title}, seed {self.seed}, replicate {self.replicate}>"

    def blocks(self) -> Blocks:
        """Yield the story, a line for each passage."""
        yield Bold(self.title)
        yield f"Replicate {self.replicate}, seed {self.seed}. Model output, not a record."
        yield from (f"{passage.when}. {passage.text}" for passage in self.passages)

    def text(self) -> str:
        """Return the story as plain text."""
        return "\n\n".join(map(str, self.blocks())) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline explain --json`` prints without a week."""
        return super().to_dict() | {"passages": [vars(passage) for passage in self.passages]}

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each passage.

        Columns: ``first`` and ``last``, its weeks; ``turning_point``, whether it is one;
        ``when``, the weeks in words; ``text``.
        """
        import pandas as pd

        names = [field.name for field in fields(Passage)]
        return pd.DataFrame([vars(passage) for passage in self.passages], columns=names)


def week_words(scenario: Scenario, week: int) -> str:
    """Return a week in words, with its Monday where the scenario has a start."""
    day = scenario.date_of(week)
    return f"week {week}" + (f" ({day_words(day)})" if day else "")


def day_words(day: date) -> str:
    """Return a date as prose: ``6 May 2019``."""
    return f"{day.day} {day:%B %Y}"


def order_words(rung: int, reach: int) -> str:
    """Return what Tehran ordered: no drones where no militia has any."""
    table = ORDERED if (reach >> rung) & 1 else ORDERED_BEYOND
    return table[Provocation(rung)]


def reach_before(scenario: Scenario, trace: Trace, week: int) -> int:
    """Return the rungs for which some militia has the arms in a week, as a bit mask.

    `trace` is of one replicate, with its moves.
    """
    if week:
        return scenario.within(float(trace.capability[0, week - 1].max()))
    armament = scenario.drivers_by_week[0].armament
    return scenario.within(
        max(sustained_capability(armament, one.armament) for one in scenario.factions)
    )


@dataclass
class _WeekNews:
    """What is worth telling of one week."""

    week: int
    attacks: list[tuple[str, Provocation, str | None, bool]]
    response: Response
    directive: Provocation | None
    """The new directive, where it changed."""
    order: str
    """The same in words."""
    events: list[str]
    crossings: int
    war: bool

    @property
    def turning_point(self) -> bool:
        """Whether the week deserves a passage of its own."""
        return bool(
            self.events
            or self.crossings
            or self.war
            or self.response >= Response.STRIKE
            or (self.directive is not None and self.directive >= Provocation.ASSAULT)
        )

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell."""
        quiet = self.response <= Response.WARNING and self.directive is None
        return quiet and not self.attacks and not self.turning_point


def tell(scenario: Scenario, replicate: int, seed: int = 1) -> Story:
    """Tell the story of a replicate; see `explain`."""
    passages: list[Passage] = []
    pending: list[_WeekNews] = []

    def close() -> None:
        if pending:
            passages.append(_ordinary(scenario, pending))
            pending.clear()

    news = list(_live(scenario, replicate, seed))
    for week in news:
        if week.turning_point:
            close()
            passages.append(_turning(scenario, week))
        elif not week.silent:
            if pending and week.week - pending[0].week >= LONGEST_PASSAGE:
                close()
            pending.append(week)
    close()
    passages.append(_ending(scenario, news))
    return Story(scenario, seed, replicate, tuple(passages))


def _live(scenario: Scenario, replicate: int, seed: int) -> Iterator[_WeekNews]:
    """Live a replicate; yield the news of each week."""
    scenario = drawn(scenario, seed, replicate)
    trace = BatchEngine(scenario, seed).run(replicate, 1, moves=True)
    talks, directive = scenario.environment.talks, Provocation.QUIET
    drivers = scenario.drivers_by_week
    lived = int(trace.lived[0])
    for number, week in enumerate(map(plain, trace.weeks[0, :lived])):
        events = []
        for name, (rises, falls) in DRIVERS.items():
            before, after = (getattr(drivers[at], name) for at in (max(number - 1, 0), number))
            if not math.isclose(before, after):
                events.append(rises if after > before else falls)
        if week.talks != talks:
            events.append("Nuclear talks began" if week.talks else "The nuclear talks ended")
        changed = Provocation(week.directive) if week.directive != directive else None
        talks, directive = week.talks, week.directive
        reach = reach_before(scenario, trace, number)
        yield _WeekNews(
            week=number,
            attacks=list(_attacks(scenario, trace.moves[0, number])),
            response=Response(week.response),
            directive=changed,
            order="" if changed is None else order_words(changed, reach),
            events=events,
            crossings=week.crossings,
            war=bool(trace.over[0]) and number == lived - 1,
        )


def _attacks(
    scenario: Scenario, moves: Records
) -> Iterator[tuple[str, Provocation, str | None, bool]]:
    """Yield the attacks of a week: who, with what, where, and whether it killed."""
    sites = list(SITE_WORDS.values())
    for name, move in zip(scenario.militia_names, map(plain, moves), strict=True):
        if move.rung >= Provocation.ROCKETS:
            place = None if move.site == FREE else sites[move.site]
            yield name, Provocation(move.rung), place, bool(move.killed)


def _ordinary(scenario: Scenario, weeks: list[_WeekNews]) -> Passage:
    """Tell some ordinary weeks in one passage."""
    steps = list(dict.fromkeys(week.order for week in weeks if week.order))
    sentences = [f"Tehran {', then '.join(steps)}"] if steps else []
    attacks = [attack for week in weeks for attack in week.attacks]
    if attacks:
        sentences.append(_attacks_told(attacks))
    answers = [week.response for week in weeks]
    said = [
        ANSWERED[answer] + (f" {times(number)}" if number > 1 else "")
        for answer in (Response.SANCTIONS, Response.WARNING)
        if (number := answers.count(answer))
    ]
    if said or attacks:
        sentences.append(f"Washington {listed(said) or 'said nothing'}")
    first, last = weeks[0].week, weeks[-1].week
    return Passage(first, last, False, _span(scenario, first, last), ". ".join(sentences) + ".")


def _attacks_told(attacks: list[tuple[str, Provocation, str | None, bool]]) -> str:
    """Return a sentence on attacks that crossed no line."""
    hits: dict[str, int] = {}
    for _, _, place, _ in attacks:
        hits[str(place)] = hits.get(str(place), 0) + 1
    places = [
        place + (f" ({times(number)})" if number > 1 else "")
        for place, number in sorted(hits.items(), key=lambda item: -item[1])
    ]
    drones = sum(rung == Provocation.DRONES for _, rung, _, _ in attacks)
    means = "rocket " if not drones else "drone " if drones == len(attacks) else ""
    mixed = f", {NUMBERS[drones] if drones <= 10 else drones} of them by drone" if drones else ""
    told = capital(count(len(attacks), f"{means}attack"))
    return f"{told} hit {listed(places)}{'' if means else mixed}; nobody was killed"


def _turning(scenario: Scenario, week: _WeekNews) -> Passage:
    """Tell a turning point."""
    sentences = list(week.events)
    if week.directive is not None:
        sentences.append(f"Tehran {week.order}")
    for name, rung, place, killed in week.attacks:
        act = PROVOKED[rung] + (f" at {place}" if place else "")
        sentences.append(f"{capital(name)} {act}" + (", and Americans died" if killed else ""))
    if week.crossings:
        often = f" {times(week.crossings)}" if week.crossings > 1 else ""
        sentences.append(f"The red line was crossed{often}")
    if week.attacks or week.response != Response.SILENCE:
        sentences.append(f"Washington {ANSWERED[week.response]}")
    if week.war:
        sentences.append("It was open war")
    when = _span(scenario, week.week, week.week)
    return Passage(week.week, week.week, True, when, ". ".join(sentences) + ".")


def _ending(scenario: Scenario, news: list[_WeekNews]) -> Passage:
    """Sum the replicate up."""
    attacks = sum(len(week.attacks) for week in news)
    fatal = sum(killed for week in news for *_, killed in week.attacks)
    strikes = sum(week.response >= Response.STRIKE for week in news)
    end = "It ended in open war" if news[-1].war else "It never came to open war"
    deaths = count(fatal, "of them", "of them") if fatal else "none of them"
    made = f"{count(attacks, 'attack')}, {deaths} fatal," if attacks else "no attacks"
    text = (
        f"{end}: {made} and {count(strikes, 'week')} with an American strike or more, in "
        f"{counted(len(news), 'week')}."
    )
    return Passage(news[-1].week, news[-1].week, False, "In sum", text)


def _span(scenario: Scenario, first: int, last: int) -> str:
    """Return some weeks as prose."""
    start, end = scenario.date_of(first), scenario.date_of(last)
    if start is None or end is None:
        return f"Week {first}" if first == last else f"Weeks {first}-{last}"
    if first == last:
        return f"Week of {day_words(start)}"
    if start.year == end.year:
        opening = f"{start.day}" if start.month == end.month else f"{start.day} {start:%B}"
        return f"Weeks of {opening} to {day_words(end)}"
    return f"Weeks of {day_words(start)} to {day_words(end)}"

"""Why: the terms behind every choice of a week, and the story of a replicate.

A replicate is lived again in the readable engine, whose agents keep each choice with
everything that it rested on. Nothing is recomputed: what is explained is what was chosen.
"""

import functools
import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from redline.case import Scenario, load_scenario
from redline.engine import Choice, Chooser, EscalationModel, Militia, UnitedStates
from redline.results import (
    Results,
    StoredPoint,
    StoredRun,
    StoredSweep,
    check_range,
    results_named,
)
from redline.support import (
    JSON_FORMAT,
    NUMBERS,
    InputError,
    capital,
    count,
    counted,
    listed,
    nearest,
    share,
    times,
    whole,
)
from redline.theory import (
    ACTORS,
    ANSWERED,
    DRIVERS,
    ORDERED,
    ORDERED_BEYOND,
    PROVOCATION_WORDS,
    PROVOCATIONS_BEYOND,
    PROVOKED,
    RESPONSE_WORDS,
    RUNGS,
    SITE_WORDS,
    TERMS,
    Actor,
    Provocation,
    Response,
    logit_weights,
    pick,
    rung_names,
    total,
)

EVERY_RUNG = (1 << RUNGS) - 1


@dataclass(frozen=True)
class ActorExplanation:
    """Why one actor did what it did in a week.

    Attributes
    ----------
    terms : by term, its value for each rung: (K,)
    utilities, probabilities : (K,); the terms of a rung add up to its utility, in order
    allowed : the rungs that were open
    without : by term, the rung that the same draw would have chosen had it been worth nothing
    choice : the numbers above as the agent kept them; None where it made no choice
    """

    actor: str
    kind: Actor
    rungs: tuple[str, ...]
    terms: dict[str, tuple[float, ...]]
    utilities: tuple[float, ...]
    probabilities: tuple[float, ...]
    allowed: tuple[str, ...]
    draw: float | None
    chosen: str
    forced: bool
    without: dict[str, str]
    sentence: str
    choice: Choice | None

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of the actor."""
        names = (
            "actor rungs terms utilities probabilities allowed draw chosen forced without sentence"
        )
        return {name: getattr(self, name) for name in names.split()}


@dataclass(frozen=True)
class Explanation:
    """Why every actor did what it did in one week of one replicate."""

    scenario: Scenario
    seed: int
    replicate: int
    week: int
    actors: tuple[ActorExplanation, ...]
    point: int | None = None
    """Of the sweep whose scenario it is, if it is one's."""
    values: dict[str, float] = field(default_factory=dict)
    """What is set at that point, by address."""

    @property
    def heading(self) -> str:
        """The week in words."""
        return (
            f"{self.scenario.name}{point_words(self.point, self.values)}, seed {self.seed}, "
            f"replicate {self.replicate}, {week_words(self.scenario, self.week)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline explain --json`` prints."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "point": self.point,
            "values": self.values,
            "replicate": self.replicate,
            "week": self.week,
            "actors": [actor.to_dict() for actor in self.actors],
        }

    def _repr_html_(self) -> str:
        parts = [f"<h4>{escape(self.heading)}</h4>"]
        for actor in self.actors:
            parts.append(f"<p>{escape(actor.sentence)}</p>")
            if actor.choice:
                parts.append(_html_table(actor))
        return "".join(parts)


@dataclass(frozen=True)
class Passage:
    """Some weeks of a story: a turning point, or the ordinary weeks between two."""

    first: int
    last: int
    turning_point: bool
    when: str
    text: str


@dataclass(frozen=True)
class Story:
    """What happened in one replicate, told in order; quiet weeks are passed over."""

    scenario: Scenario
    seed: int
    replicate: int
    passages: tuple[Passage, ...]
    point: int | None = None
    """Of the sweep whose scenario it is, if it is one's."""
    values: dict[str, float] = field(default_factory=dict)
    """What is set at that point, by address."""

    def text(self) -> str:
        """Return the story as plain text."""
        title = self.scenario.title or self.scenario.name
        lines = [
            title + point_words(self.point, self.values),
            f"Replicate {self.replicate}, seed {self.seed}. Model output, not a record.",
        ]
        lines += [f"{passage.when}. {passage.text}" for passage in self.passages]
        return "\n\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline explain --json`` prints without a week."""
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seed": self.seed,
            "point": self.point,
            "values": self.values,
            "replicate": self.replicate,
            "passages": [vars(passage) for passage in self.passages],
        }

    def _repr_html_(self) -> str:
        told = "".join(f"<p><b>{escape(p.when)}.</b> {escape(p.text)}</p>" for p in self.passages)
        title = (self.scenario.title or self.scenario.name) + point_words(self.point, self.values)
        return f"<h4>{escape(title)}</h4>{told}"


def point_words(point: int | None, values: Mapping[str, float]) -> str:
    """Return which point of a sweep is told of, as a clause; of no sweep, nothing."""
    if point is None:
        return ""
    told = ", ".join(f"{address} = {value:.4g}" for address, value in values.items())
    return f" at point {point} ({told})"


Replicates = Results | StoredRun | StoredPoint | StoredSweep
"""Results that hold replicates, each of which can be lived again."""


@dataclass(frozen=True)
class _Subject:
    """Of which scenario, under which seed, a replicate is told."""

    scenario: Scenario
    seed: int
    point: int | None = None
    values: dict[str, float] = field(default_factory=dict)


def _subject(
    source: str | Path | Scenario | Replicates, seed: int | None, point: int | None, replicate: int
) -> _Subject:
    """Return what to tell of: a scenario, or what results hold, made sure to be the original."""
    found = _results_in(source)
    if found is None:
        if point is not None:
            raise InputError("a point is for the results of a sweep, not for a scenario")
        assert isinstance(source, str | Path | Scenario)  # see `_results_in`
        return _Subject(load_scenario(source), 1 if seed is None else check_range(seed, 0, 1)[0])
    if seed is not None:
        raise InputError("a seed is for a scenario that is simulated now; results have their own")
    if isinstance(found, StoredSweep):
        last = len(found.points) - 1
        if point is None:
            raise InputError(f"{found.folder}: holds a sweep; say which point, in 0 … {last}")
        found = found.at(point)
    elif point is not None:
        raise InputError("a point is for the results of a sweep, not for those of a run")
    return _original(found, replicate)


def _original(results: Results | StoredRun | StoredPoint, replicate: int) -> _Subject:
    """Return whose replicate it is; refused where it cannot be had again as it was."""
    if replicate not in results.numbers:
        stored = results.sweep if isinstance(results, StoredPoint) else results
        where = "" if isinstance(stored, Results) else f"{stored.folder}: "
        first, last = results.numbers[0], results.numbers[-1]
        raise InputError(f"{where}replicate must be in {first} … {last}, not {replicate}")
    results.simulated_again([replicate])
    if isinstance(results, StoredPoint):
        return _Subject(results.scenario, results.seed, results.point, dict(results.values))
    return _Subject(results.scenario, results.seed)


def _results_in(source: str | Path | Scenario | Replicates) -> Replicates | None:
    """Return the results that are meant, or are in the folder that is; None for a scenario."""
    if isinstance(source, Results | StoredRun | StoredPoint | StoredSweep):
        return source
    return None if isinstance(source, Scenario) else results_named(source)


def explain(
    scenario: str | Path | Scenario | Replicates,
    replicate: int = 0,
    week: int | None = None,
    *,
    seed: int | None = None,
    actor: str | None = None,
    point: int | None = None,
) -> "Explanation | Story":
    """Explain a week of a replicate; without a week, tell the story of the replicate.

    Parameters
    ----------
    scenario
        Or results: those of `redline.simulate`, a stored run, a point of a stored sweep, or
        the folder of one. The replicate is then the one that they hold.
    seed
        Of a scenario, 1 by default; results have their own.
    actor
        ``united_states``, ``iran``, ``militias`` or a militia's name: only its choice.
    point
        Of a sweep: at which of its points.

    Raises
    ------
    InputError
        For a scenario that cannot be read, a replicate or point that results do not hold, a
        week that the replicate does not live, an actor that does not exist, or results that
        other rules gave.

    Examples
    --------
    >>> print(explain("standoff_2019_2021", replicate=0, week=4).actors[0].sentence)
    Tehran left its directive as it was: rockets.
    """
    _, replicate, _ = check_range(0, replicate, 1)
    subject = _subject(scenario, seed, point, replicate)
    told: Explanation | Story
    if week is None:
        told = tell(subject.scenario, replicate, subject.seed)
    else:
        told = explain_week(subject.scenario, replicate, week, subject.seed, actor)
    return replace(told, point=subject.point, values=subject.values)


def explain_week(
    scenario: Scenario, replicate: int, week: int, seed: int = 1, actor: str | None = None
) -> Explanation:
    """Explain one week; see `explain`."""
    week = whole("week", week, 0, scenario.weeks)
    wanted = _wanted(scenario, actor)
    model = EscalationModel(scenario, rng=seed, replicate=replicate)
    reach = 0
    while model.running and model.week <= week:
        reach = within_reach(model)
        model.step()
    if model.week <= week:
        raise InputError(
            f"replicate {replicate} ends in open confrontation in week {model.week - 1}"
        )
    agents: list[Chooser] = [model.iran, *model.militias, model.united_states]
    return Explanation(
        scenario=scenario,
        seed=seed,
        replicate=replicate,
        week=week,
        actors=tuple(explain_agent(agent, reach) for agent in agents if name_of(agent) in wanted),
    )


def within_reach(model: EscalationModel) -> int:
    """Return the rungs for which some militia has the arms in the coming week, as a bit mask."""
    return functools.reduce(operator.or_, (militia.capable() for militia in model.militias), 0)


def _wanted(scenario: Scenario, actor: str | None) -> set[str]:
    """Return the names of the actors that an option asks for."""
    names = {"united_states": "Washington", "iran": "Tehran"}
    if actor is None:
        return {*names.values(), *scenario.militia_names}
    if actor == "militias":
        return set(scenario.militia_names)
    if actor in names or actor in scenario.militia_names:
        return {names.get(actor, actor)}
    known = {*names, "militias", *scenario.militia_names}
    raise InputError(f"no actor {actor}{nearest(actor, known)}")


def name_of(agent: Chooser) -> str:
    """Return the name under which an actor is told of."""
    return agent.name if isinstance(agent, Militia) else ACTORS[agent.actor]


def explain_agent(agent: Chooser, reach: int = EVERY_RUNG) -> ActorExplanation:
    """Explain what an agent of a model has just chosen; `reach` is that of `within_reach`."""
    choice = agent.choice
    names = rung_names(agent.actor)
    if choice is None:
        return ActorExplanation(
            actor=name_of(agent),
            kind=agent.actor,
            rungs=names,
            terms={},
            utilities=(),
            probabilities=(),
            allowed=(),
            draw=None,
            chosen=names[_standing(agent)],
            forced=False,
            without={},
            sentence=_idle_sentence(agent, reach),
            choice=None,
        )
    fields: tuple[str, ...] = choice.terms[0]._fields  # type: ignore[attr-defined]
    open_rungs = [k for k in range(RUNGS) if (choice.allowed >> k) & 1]
    return ActorExplanation(
        actor=name_of(agent),
        kind=agent.actor,
        rungs=names,
        terms={f: tuple(row[i] for row in choice.terms) for i, f in enumerate(fields)},
        utilities=tuple(choice.utilities),
        probabilities=tuple(
            w / choice.weight_sum if choice.weight_sum else 0.0 for w in choice.weights
        ),
        allowed=tuple(names[k] for k in open_rungs),
        draw=choice.draw,
        chosen=names[choice.rung],
        forced=choice.forced,
        without={name: names[_without(choice, i, agent)] for i, name in enumerate(fields)},
        sentence=_sentence(agent, choice, fields, reach),
        choice=choice,
    )


def _standing(agent: Chooser) -> int:
    """Return the rung on which an agent that made no choice stands."""
    return 0 if isinstance(agent, Militia) else int(getattr(agent, "directive", 0))


def _without(choice: Choice, term: int, agent: Chooser) -> int:
    """Return the rung that the same draw chooses where one term is worth nothing."""
    if choice.forced:
        return choice.rung
    weights = [0.0] * RUNGS
    left = [
        total(tuple(0.0 if i == term else v for i, v in enumerate(row))) for row in choice.terms
    ]
    rationality = agent.parameters.rationality
    weight_sum = logit_weights(left, RUNGS, choice.allowed, rationality, weights)
    return pick(weights, RUNGS, choice.allowed, weight_sum, choice.draw)


# Sentences


def act_of(agent: Chooser, rung: int, reach: int = EVERY_RUNG) -> str:
    """Return what an actor did, as a verb phrase."""
    if isinstance(agent, UnitedStates):
        return ANSWERED[Response(rung)]
    if isinstance(agent, Militia):
        return PROVOKED[Provocation(rung)]
    return order_words(rung, reach)


def order_words(rung: int, reach: int) -> str:
    """Return what Tehran ordered: no drones where no militia has any."""
    table = ORDERED if (reach >> rung) & 1 else ORDERED_BEYOND
    return table[Provocation(rung)]


def option_of(agent: Chooser, rung: int, reach: int = EVERY_RUNG) -> str:
    """Return an option, as a noun phrase."""
    if isinstance(agent, UnitedStates):
        return RESPONSE_WORDS[Response(rung)]
    beyond = agent.actor is Actor.IRAN and not (reach >> rung) & 1
    table = PROVOCATIONS_BEYOND if beyond else PROVOCATION_WORDS
    return table[Provocation(rung)]


def _idle_sentence(agent: Chooser, reach: int) -> str:
    if isinstance(agent, Militia):
        return f"{capital(agent.name)} had no opportunity."
    standing = option_of(agent, _standing(agent), reach)
    return f"Tehran left its directive as it was: {standing}."


def _sentence(agent: Chooser, choice: Choice, fields: tuple[str, ...], reach: int) -> str:
    """Return one sentence: what was chosen over what, and which terms made the difference."""
    who, act = capital(name_of(agent)), act_of(agent, choice.rung, reach)
    if choice.forced:
        return f"{who} {act}: a forced move."
    others = [k for k in range(RUNGS) if (choice.allowed >> k) & 1 and k != choice.rung]
    if not others:
        return f"{who} {act}: nothing else was open."
    rival = max(others, key=lambda k: choice.utilities[k])
    other = option_of(agent, rival, reach)
    gap = choice.utilities[choice.rung] - choice.utilities[rival]
    chance = choice.weights[choice.rung] / choice.weight_sum
    gains = [
        (mine - theirs, TERMS[name])
        for name, mine, theirs in zip(
            fields, choice.terms[choice.rung], choice.terms[rival], strict=True
        )
        if abs(mine - theirs) >= 0.005
    ]
    pro, contra = max(gains, default=(0.0, "")), min(gains, default=(0.0, ""))
    reasons = [f"{about} {value:+.2f}" for value, about in (pro,) if value > 0]
    reasons += [f"{about} {value:+.2f}" for value, about in (contra,) if value < 0]
    why = " against ".join(reasons).replace("-", "−") or "nothing between them"
    if gap >= 0:
        return f"{who} {act}, rather than {other}: {why}."
    beaten = f", although {other} would have been worth {-gap:.2f} more"
    if gap > -0.005:
        beaten = f"; {other} would have been worth as much"
    return f"{who} {act}{beaten} ({why}): a choice with a chance of {_percent(chance)}."


def _percent(chance: float) -> str:
    return share(chance, 0) if chance >= 0.01 else "less than 1 %"


def _html_table(actor: ActorExplanation) -> str:
    """Return terms × rungs as an HTML table; the chosen rung is underlined."""
    head = "".join(
        f"<th><u>{escape(rung)}</u></th>" if rung == actor.chosen else f"<th>{escape(rung)}</th>"
        for rung in actor.rungs
    )
    rows = [
        *actor.terms.items(),
        ("utility", actor.utilities),
        ("probability", actor.probabilities),
    ]
    body = ""
    for name, values in rows:
        cells = (f"<td>{round(value, 3) + 0.0:.3f}</td>" for value in values)  # never -0.000
        body += f"<tr><th>{escape(name)}</th>{''.join(cells)}</tr>"
    return f"<table><tr><th>{escape(actor.actor)}</th>{head}</tr>{body}</table>"


# Stories


LONGEST_PASSAGE = 8
"""Weeks that a passage of ordinary weeks spans at most."""


def week_words(scenario: Scenario, week: int) -> str:
    """Return a week in words, with its Monday where the scenario has a start."""
    day = scenario.date_of(week)
    return f"week {week}" + (f" ({day_words(day)})" if day else "")


def day_words(day: date) -> str:
    """Return a date as prose: ``6 May 2019``."""
    return f"{day.day} {day:%B %Y}"


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
    model = EscalationModel(scenario, rng=seed, replicate=replicate)
    talks, directive, drivers = model.talks, model.iran.directive, scenario.drivers
    sites = list(SITE_WORDS.values())
    while model.running:
        reach = within_reach(model)
        model.step()
        events = []
        for name, (rises, falls) in DRIVERS.items():
            before, after = getattr(drivers, name), getattr(model.drivers, name)
            if model.week > 1 and not math.isclose(before, after):
                events.append(rises if after > before else falls)
        if model.talks != talks:
            events.append("Nuclear talks began" if model.talks else "The nuclear talks ended")
        changed = model.iran.directive if model.iran.directive != directive else None
        talks, directive, drivers = model.talks, model.iran.directive, model.drivers
        yield _WeekNews(
            week=model.week - 1,
            attacks=[
                (m.name, m.rung, None if m.site is None else sites[m.site], m.killed)
                for m in model.militias
                if m.rung >= Provocation.ROCKETS
            ],
            response=model.united_states.response,
            directive=changed,
            order="" if changed is None else order_words(changed, reach),
            events=events,
            crossings=model.crossings,
            war=model.confrontation,
        )


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

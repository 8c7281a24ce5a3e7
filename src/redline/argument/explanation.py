"""Why: the terms behind every choice of a week.

A replicate is simulated again up to the week, and every rung is weighed by the rules with what the
actors saw (`redline.argument.choices`): what is explained is what was chosen, to the last bit.
"""

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import replace
from pathlib import Path
from typing import Any

from redline.argument.choices import Decided, week_lived
from redline.argument.reasons import ActorExplanation, Explanation
from redline.argument.stories import Story, order_words, tell
from redline.case import Scenario, load_scenario, vary
from redline.engine import Choice
from redline.results import (
    Results,
    StoredPoint,
    StoredRun,
    StoredSweep,
    check_range,
    results_named,
)
from redline.support import InputError, capital, described, nearest, share, whole
from redline.theory import (
    ACTORS,
    ALL_RUNGS,
    ANSWERED,
    PROVOCATION_WORDS,
    PROVOCATIONS_BEYOND,
    PROVOKED,
    RESPONSE_WORDS,
    RUNGS,
    TERMS,
    Actor,
    Provocation,
    Response,
    logit_weights,
    pick,
    rung_names,
    total,
)

Replicates = Results | StoredRun | StoredPoint | StoredSweep
"""Results that hold replicates, each of which can be simulated again."""


_Subject = tuple[Scenario, int, dict[str, Any]]
"""Of which scenario, under which seed, a replicate is told; of a sweep, the point and values."""


def _fresh(
    source: Any,
    seed: int | None,
    changes: Mapping[str, Any],
    notice: Callable[[str], None] | None,
) -> _Subject:
    """Return a scenario to tell of, changed as is asked for; say what to know of it."""
    scenario = load_scenario(source)
    if changes:
        scenario = vary(scenario, **changes)
    for text in scenario.notices if notice else ():
        assert notice is not None
        notice(f"{scenario.name}: {text}")
    return scenario, 1 if seed is None else check_range(seed, 0, 1)[0], {}


def _stored(found: Replicates, point: int | None, replicate: int) -> _Subject:
    """Return what results hold, to tell of, made sure to be the original."""
    if isinstance(found, StoredSweep):
        last = len(found.points) - 1
        if point is None:
            raise InputError(f"{found.folder}: holds a sweep: choose a point in 0 … {last}")
        found = found.at(point)
    elif point is not None:
        raise InputError("a point applies only to the results of a sweep, not to those of a run")
    return _original(found, replicate)


def _original(results: Results | StoredRun | StoredPoint, replicate: int) -> _Subject:
    """Return whose replicate it is; refused where it cannot be had again as it was."""
    if replicate not in results.numbers:
        stored = results.sweep if isinstance(results, StoredPoint) else results
        where = "" if isinstance(stored, Results) else f"{stored.folder}: "
        first, last = results.numbers[0], results.numbers[-1]
        raise InputError(f"{where}replicate must be in {first} … {last}, not {replicate}")
    results.simulated_again([replicate])
    of_point: dict[str, Any] = {}
    if isinstance(results, StoredPoint):
        of_point = {"point": results.point, "values": dict(results.values)}
    return results.scenario, results.seed, of_point


def explain(
    scenario: str | Path | Scenario | Replicates,
    replicate: int = 0,
    week: int | None = None,
    *,
    seed: int | None = None,
    actor: str | None = None,
    point: int | None = None,
    values: Mapping[str, Any] | None = None,
    forbid: Sequence[str] = (),
    weeks: int | None = None,
    notice: Callable[[str], None] | None = None,
) -> Explanation | Story:
    """Explain a week of a replicate; without a week, tell the story of the replicate.

    Parameters
    ----------
    scenario
        Or results: those of `redline.simulate`, a stored run, a point of a stored sweep, or
        the folder of one. The replicate is then the one that they hold.
    replicate
        Its number.
    week
        From 0; None for the story of all weeks.
    seed
        Of a scenario, 1 by default; results have their own.
    actor
        ``united_states``, ``iran``, ``militias`` or a militia's name: only its choice in a week.
    point
        Of a sweep: at which of its points.
    values, forbid, weeks
        What is changed in a scenario; see `redline.Scenario.vary`.
    notice
        Called with what to know of the scenario.

    Returns
    -------
    Explanation
        Of a week.
    Story
        Without one.

    Raises
    ------
    InputError
        For a scenario that cannot be read or changed so, a replicate or point that results do
        not hold, a week that the replicate does not live, an actor that does not exist or is
        asked for without a week, or results that other rules gave.

    Examples
    --------
    >>> print(explain("standoff_2019_2021", replicate=0, week=4).actors[0].sentence)
    Tehran left its directive as it was: rockets.
    """
    replicate = check_range(0, whole("replicate", replicate), 1)[1]
    if week is None and actor is not None:
        raise InputError("an actor is asked for in a week: give one, too")
    changes: dict[str, Any] = {"weeks": weeks} if weeks is not None else {}
    for name, change in (("values", values), ("forbid", forbid)):
        if change is not None and not (isinstance(change, Sized) and not len(change)):
            changes[name] = change
    found = results_named(scenario) if isinstance(scenario, str | Path) else scenario
    if found is None or isinstance(found, Scenario):
        if point is not None:
            raise InputError("a point applies only to the results of a sweep, not to a scenario")
        given, seed, of_point = _fresh(found or scenario, seed, changes, notice)
    elif not isinstance(found, Replicates):
        raise InputError(
            "scenario must be a built-in name, a path, a Scenario or results that hold replicates, "
            f"not {described(found)}"
        )
    elif changes or seed is not None:
        raise InputError(
            "seed, values, forbid and weeks apply only to a scenario simulated now; stored "
            "results have their own"
        )
    else:
        given, seed, of_point = _stored(found, point, replicate)
    told: Explanation | Story
    if week is None:
        told = tell(given, replicate, seed)
    else:
        told = explain_week(given, replicate, week, seed, actor)
    return replace(told, **of_point)


def explain_week(
    scenario: Scenario, replicate: int, week: int, seed: int = 1, actor: str | None = None
) -> Explanation:
    """Explain one week; see `explain`."""
    week = whole("week", week, 0, scenario.weeks)
    wanted = _wanted(scenario, actor)
    decided, reach = week_lived(scenario, replicate, week, seed)
    return Explanation(
        scenario=scenario,
        seed=seed,
        replicate=replicate,
        week=week,
        actors=tuple(explain_agent(one, reach) for one in decided if name_of(one) in wanted),
    )


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


def name_of(agent: Decided) -> str:
    """Return the name under which an actor is told of."""
    return agent.name if agent.actor is Actor.MILITIAS else ACTORS[agent.actor]


def explain_agent(agent: Decided, reach: int = ALL_RUNGS) -> ActorExplanation:
    """Explain what an actor has decided; `reach` is that of `reach_before`."""
    choice = agent.choice
    names = rung_names(agent.actor)
    if choice is None:
        standing = names[_standing(agent)], _idle_sentence(agent, reach)
        return ActorExplanation(name_of(agent), agent.actor, names, *standing)
    fields: tuple[str, ...] = choice.terms[0]._fields  # type: ignore[attr-defined]
    open_rungs = [k for k in range(RUNGS) if (choice.allowed >> k) & 1]
    return ActorExplanation(
        actor=name_of(agent),
        kind=agent.actor,
        rungs=names,
        chosen=names[choice.rung],
        sentence=_sentence(agent, choice, fields, reach),
        terms={f: tuple(row[i] for row in choice.terms) for i, f in enumerate(fields)},
        utilities=tuple(choice.utilities),
        probabilities=tuple(
            w / choice.weight_sum if choice.weight_sum else 0.0 for w in choice.weights
        ),
        allowed=tuple(names[k] for k in open_rungs),
        draw=choice.draw,
        forced=choice.forced,
        without={name: names[_without(choice, i, agent)] for i, name in enumerate(fields)},
        choice=choice,
    )


def _standing(agent: Decided) -> int:
    """Return the rung on which an agent that made no choice stands."""
    return int(agent.directive) if agent.actor is Actor.IRAN else 0


def _without(choice: Choice, term: int, agent: Decided) -> int:
    """Return the rung that the same draw chooses where one term is worth nothing."""
    if choice.forced:
        return choice.rung
    left = [
        total(tuple(0.0 if i == term else v for i, v in enumerate(row))) for row in choice.terms
    ]
    rationality = agent.parameters.rationality
    return pick(logit_weights(left, choice.allowed, rationality), choice.draw)


# Sentences


def act_of(agent: Decided, rung: int, reach: int = ALL_RUNGS) -> str:
    """Return what an actor did, as a verb phrase."""
    if agent.actor is Actor.UNITED_STATES:
        return ANSWERED[Response(rung)]
    if agent.actor is Actor.MILITIAS:
        return PROVOKED[Provocation(rung)]
    return order_words(rung, reach)


def option_of(agent: Decided, rung: int, reach: int = ALL_RUNGS) -> str:
    """Return an option, as a noun phrase."""
    if agent.actor is Actor.UNITED_STATES:
        return RESPONSE_WORDS[Response(rung)]
    beyond = agent.actor is Actor.IRAN and not (reach >> rung) & 1
    table = PROVOCATIONS_BEYOND if beyond else PROVOCATION_WORDS
    return table[Provocation(rung)]


def _idle_sentence(agent: Decided, reach: int) -> str:
    if agent.actor is Actor.MILITIAS:
        return f"{capital(agent.name)} had no opportunity."
    standing = option_of(agent, _standing(agent), reach)
    return f"Tehran left its directive as it was: {standing}."


def _sentence(agent: Decided, choice: Choice, fields: tuple[str, ...], reach: int) -> str:
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
    return f"{who} {act}{beaten} ({why}): a choice with probability {_percent(chance)}."


def _percent(chance: float) -> str:
    return share(chance, 0) if chance >= 0.01 else "less than 1 %"

"""Logit choices of many at once, in restricted Python: who weighs what, and what they pick.

Whoever chooses is entered into `Choices` with what the rungs are worth to them; then all choose.
Each step is a loop of its own over all who choose, short enough for a processor to have many of
its rounds under way. Every formula is in `redline.theory.rules`.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from redline.theory.powers import exponential
from redline.theory.records import Choices, Events, Row, State
from redline.theory.rules import logit_exponents, logit_weights, of_rung, pick

T = TypeVar("T")


class Seen(NamedTuple):
    """What there is to see of a replicate; whoever decides looks at what its rule reads."""

    talks: int
    directive: int
    leverage: float
    grievance: float
    control: float
    pressure: float
    crossings: int
    expected: Sequence[float]


class Group(NamedTuple):
    """A group of replicates, side by side: where they stand, the week's events, room to choose."""

    state: State
    events: Events
    choices: Choices


def seen(group: Group, lane: int) -> Seen:
    """Return what there is to see in a lane."""
    state = group.state
    return Seen(
        state.talks[lane],
        state.directive[lane],
        state.leverage[lane],
        state.grievance[lane],
        state.control[lane],
        state.pressure[lane],
        group.events.crossings[lane],
        [state.expected[k, lane] for k in range(6)],
    )


def own(each: Sequence[T], seat: int) -> T:
    """Return what holds for the replicate of a seat, of what the group shares or each has."""
    return each[seat if len(each) > 1 else 0]


def enter(
    choices: Choices,
    n: int,
    utilities: Sequence[float],
    allowed: int,
    rationality: float,
) -> None:
    """Enter what the rungs are worth to the nth of those who choose, and which are open."""
    exponents = logit_exponents(utilities, allowed, rationality)
    for k in range(6):
        choices.utilities[k, n] = utilities[k]
        choices.weights[k, n] = exponents[k]
    choices.allowed[n] = allowed
    choices.rationality[n] = rationality


def choose(group: Group, bonus: Row, count: int, actor: int, watched: int) -> None:
    """Let all who are entered choose a rung, or take the one that is forced on them.

    Parameters
    ----------
    bonus : (A, K, L) what is added to the worth of an actor's rungs, by seat; or (0, K, L)
    watched : bit mask of the rungs that are barred from a replicate's first choice of them on
    """
    choices = group.choices
    if len(bonus) > 0:
        add_bonus(group, bonus, count, actor)
    raise_weights(choices, count)
    pick_rungs(choices, count)
    if watched != 0:
        bar_first_choices(group, bonus, count, actor, watched)
    look_up_worth(choices, count)


def add_bonus(group: Group, bonus: Row, count: int, actor: int) -> None:
    """Work out the exponents of all weights anew, with the bonus of each rung."""
    choices = group.choices
    for n in range(count):
        worth = with_bonus(group, bonus, n, actor)
        exponents = logit_exponents(worth, choices.allowed[n], choices.rationality[n])
        for k in range(6):
            choices.weights[k, n] = exponents[k]


def with_bonus(group: Group, bonus: Row, n: int, actor: int) -> Sequence[float]:
    """Return what the rungs are worth to the nth of those who choose, with their bonus."""
    seat = group.state.seat[group.choices.lane[n]]
    return [group.choices.utilities[k, n] + bonus[actor, k, seat] for k in range(6)]


def raise_weights(choices: Choices, count: int) -> None:
    """Make weights of exponents: two at once, because the steps of one wait for one another."""
    for k in range(3):
        for n in range(count):
            choices.weights[k, n] = exponential(choices.weights[k, n])
            choices.weights[k + 3, n] = exponential(choices.weights[k + 3, n])


def pick_rungs(choices: Choices, count: int) -> None:
    """Let all pick a rung by its weight, or take what is forced on them."""
    for n in range(count):
        weights = [choices.weights[k, n] for k in range(6)]
        picked = pick(weights, choices.draw[n])
        choices.rung[n] = choices.forced[n] if choices.forced[n] >= 0 else picked


def look_up_worth(choices: Choices, count: int) -> None:
    """Write down what the rung that each takes is worth to it."""
    for n in range(count):
        utilities = [choices.utilities[k, n] for k in range(6)]
        choices.utility[n] = of_rung(utilities, choices.rung[n])


def bar_first_choices(group: Group, bonus: Row, count: int, actor: int, watched: int) -> None:
    """Bar each watched rung from a replicate's first choice of it on; that is made anew.

    So are later choices of the same week in the same replicate: the rung is barred to all.
    """
    state = group.state
    choices = group.choices
    for n in range(count):
        lane = choices.lane[n]
        still_open = choices.allowed[n] & ~state.barred[actor, lane]
        while choices.forced[n] < 0 and (
            still_open != choices.allowed[n] or (watched & still_open) >> choices.rung[n] & 1 != 0
        ):
            if still_open == choices.allowed[n]:
                state.barred[actor, lane] |= 1 << choices.rung[n]
                still_open &= ~(1 << choices.rung[n])
            choices.allowed[n] = still_open
            worth: Sequence[float] = [choices.utilities[k, n] for k in range(6)]
            if len(bonus) > 0:
                worth = with_bonus(group, bonus, n, actor)
            weights = logit_weights(worth, still_open, choices.rationality[n])
            choices.rung[n] = pick(weights, choices.draw[n])

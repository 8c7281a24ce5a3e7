"""A scenario as the textbook's game, and the simulation in the game's words.

The payoffs are the model's own terms, evaluated at six standing patterns of behaviour.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument import level, lived, observed
from redline.case import Scenario
from redline.engine import Trace
from redline.evidence.textbook_game import (
    LAMBDAS,
    OUTCOMES,
    TYPE_NAMES,
    Game,
    TypedPayoffs,
    cell_of,
    cells,
    quantal_response,
    subgame_perfect,
    textbook,
)
from redline.results import Interval
from redline.support import JSON_FORMAT
from redline.theory import (
    FIRST_ATTACK,
    FIRST_CRISIS,
    Provocation,
    Response,
    State,
    Week,
    calm_left,
    compounded_severity,
    directive_terms,
    new_records,
    plain,
    red_line_crossings,
    response_terms,
    total,
)

# A scenario's payoffs


class Mapped(NamedTuple):
    """A scenario as a game: what the model's own terms make of each outcome."""

    name: str
    about: str
    game: Game
    predicted: str


def mapped(scenario: Scenario) -> list[Mapped]:
    """Return a scenario's games: an ordinary week, after a red line, and with talks on.

    Every outcome is a standing pattern, valued by the model's own terms (docs/model.md): what
    both sides do every week, and so the pressure that this comes to. Provocation is rockets;
    force in kind a strike, escalation an assault or a decapitation, all-out conflict an
    offensive and a campaign. Iran values its rung against the force that answers it, drivers
    as they are in the last week. `crossed` adds a death this week.
    """
    games = (
        ("ordinary", "rockets that killed nobody, no talks", _game(scenario, 0, 0)),
        ("crossed", "rockets that killed, no talks", _game(scenario, 1, 0)),
        ("talks", "rockets that killed nobody, talks on", _game(scenario, 0, 1)),
    )
    return [Mapped(name, about, game, subgame_perfect(game)) for name, about, game in games]


PATTERNS = {
    "SQ": (Provocation.QUIET, Response.SILENCE),
    "DC": (Provocation.ROCKETS, Response.SILENCE),
    "DD": (Provocation.ROCKETS, Response.STRIKE),
    "ED": (Provocation.ASSAULT, Response.STRIKE),
    "DE": (Provocation.ROCKETS, Response.DECAPITATION),
    "EE": (Provocation.OFFENSIVE, Response.CAMPAIGN),
}
"""What both sides do every week, by the outcome that this is."""


def _game(scenario: Scenario, crossings: int, talks: int) -> Game:
    drivers = scenario.drivers_by_week[-1]
    ours, theirs = {}, {}
    for outcome, (provoked, answered) in PATTERNS.items():
        force = scenario.responses[answered].force
        state, happened = (plain(new_records(kind, 1)[0]) for kind in (State, Week))
        happened.provocation = provoked
        happened.crossings = red_line_crossings(crossings if provoked else 0, provoked)
        state.talks, state.directive, state.control = talks, provoked, 1.0
        state.expected[provoked] = force
        state.pressure = standing_pressure(scenario, provoked, force, happened.crossings)
        ours[outcome] = total(directive_terms(scenario, drivers, state, provoked))
        theirs[outcome] = total(response_terms(scenario, drivers, state, happened, answered))
    return Game(ours, theirs)


def standing_pressure(scenario: Scenario, provoked: int, force: float, crossings: int) -> float:
    """Return the pressure where the same is done and answered every week, and a crossing now.

    The fixed point of Q = pressure_memory · max(0, Q - φ) + S, and the red line on top of it.
    """
    if provoked < FIRST_ATTACK:
        return 0.0
    calm = calm_left(1.0, scenario.provocations[provoked].severity)
    severity = compounded_severity(calm, 1, scenario.provocations[1].severity)
    memory = min(scenario.united_states.pressure_memory, 1 - 1e-9)
    standing = severity if severity <= force else (severity - memory * force) / (1 - memory)
    return standing + scenario.united_states.red_line * crossings


def order_of(payoffs: Mapping[str, float]) -> str:
    """Return outcomes from the worst to the best, as text."""
    return " < ".join(sorted(payoffs, key=payoffs.__getitem__))


def as_the_textbook(game: Game) -> tuple[list[str], list[str]]:
    """Return where a game's orders are not the textbook's: pairs of outcomes, by side."""
    ranks = textbook().game(*game.types)
    pairs = list(itertools.permutations(OUTCOMES, 2))
    ours, theirs = (
        [f"{a} < {b}" for a, b in pairs if payoffs[a] < payoffs[b] and rank[a] > rank[b]]
        for payoffs, rank in zip(game, ranks, strict=True)
    )
    return ours, theirs


# The simulation in the game's words


SHARES = (*OUTCOMES, "short of war", "other")
WEEKS = ("all", "ordinary", "crossed")
"""Which weeks are counted: every one; those without a crossing of the red line; with one."""


def outcome_shares(
    scenario: Scenario, replicates: int, seed: int
) -> dict[str, dict[str, Interval]]:
    """Return the share of simulated weeks that were each outcome of the game, by kind of week.

    SQ: no attack and no force. DC: an attack below rung 4, no force. DD: a strike in answer.
    ED: an assault or more, at most a strike. DE: a decapitation or more against less. EE: the
    week in which war begins. Both sides' escalation short of it, an assault and
    a decapitation, has no place in the game; force without an attack is ``other``. Intervals
    are over replicates.
    """

    def reduction(trace: Trace, scenario: Scenario) -> dict[str, NDArray[Any]]:
        x, r, mask = trace.weeks["provocation"], trace.weeks["response"], lived(trace)
        attack, grave = x >= FIRST_ATTACK, x >= FIRST_CRISIS
        force, stern = r >= Response.STRIKE, r >= FIRST_CRISIS
        last = np.arange(x.shape[1]) == trace.lived[:, None] - 1
        war = last & (trace.over == 1)[:, None]
        masks = {
            "SQ": ~attack & ~force,
            "DC": attack & ~grave & ~force,
            "DD": attack & ~grave & force & ~stern,
            "ED": grave & ~stern,
            "DE": attack & ~grave & stern,
            "short of war": grave & stern,
            "other": ~attack & force,
        }
        masks = {"EE": war, **{name: where & ~war for name, where in masks.items()}}
        crossed = trace.weeks["crossings"] > 0
        kinds = dict(zip(WEEKS, (mask, mask & ~crossed, mask & crossed), strict=True))
        found = {k: weeks.sum(axis=1) for k, weeks in kinds.items()}
        for k, name in itertools.product(kinds, SHARES):
            found[f"{k}.{name}"] = (masks[name] & kinds[k]).sum(axis=1)
        return found

    found = observed(scenario, replicates, seed, reduction)
    return {
        kind: {name: level((found[f"{kind}.{name}"], found[kind])) for name in SHARES}
        for kind in WEEKS
    }


# What the command prints


def game_json(
    scenario: Scenario,
    replicates: int,
    seed: int,
    precisions: Sequence[float] = LAMBDAS,
    given: tuple[TypedPayoffs | None, Game] | None = None,
) -> dict[str, Any]:
    """Return what ``redline game --json`` prints.

    ``cells`` are of the textbook's payoffs, or of the given ones (only the cell of their types,
    where they are of known type); ``qre`` is of the given game, or of the scenario's ordinary
    week.
    """
    games = mapped(scenario)
    payoffs, game = given or (textbook(), games[0].game)
    table = [cell_of(game, game.types)] if payoffs is None else cells(payoffs)
    rationality = scenario.iran.rationality
    return {
        "format": JSON_FORMAT,
        "scenario": scenario.name,
        "cells": table,
        "qre": [{"lambda": x, **quantal_response(game, x)} for x in precisions],
        "mapping": [
            {
                "name": one.name,
                "about": one.about,
                "challenger": one.game.challenger,
                "defender": one.game.defender,
                "types": dict(zip(TYPE_NAMES, one.game.types, strict=True)),
                "outcome": one.predicted,
                "not_as_the_textbook": dict(
                    zip(("challenger", "defender"), as_the_textbook(one.game), strict=True)
                ),
                "qre_at_rationality": {
                    "lambda": rationality,
                    **quantal_response(one.game, rationality),
                },
            }
            for one in games
        ],
        "simulation": {
            "replicates": replicates,
            "seed": seed,
            **{
                kind: {name: effect._asdict() for name, effect in table.items()}
                for kind, table in outcome_shares(scenario, replicates, seed).items()
            },
        },
    }

"""A scenario as the textbook's game, and the simulation in the game's words.

The payoffs are the model's own terms, evaluated at six standing patterns of behaviour.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument import level, lived, observed
from redline.case import Scenario, load_scenario
from redline.engine import Trace
from redline.evidence.textbook_game import (
    GAME_OUTCOMES,
    LAMBDAS,
    MEANINGS,
    MOST,
    TYPE_NAMES,
    TextbookGame,
    TypedPayoffs,
    cell_of,
    cells,
    quantal_response,
    read_payoffs,
    subgame_perfect,
    textbook,
)
from redline.evidence.validation import STANDOFF
from redline.results import REPLICATE_BYTES, Interval, check_range, check_replicates
from redline.support import JSON_FORMAT, Blocks, Bold, InputError, Result, Table, at_home, described
from redline.theory import (
    FIRST_ATTACK,
    FIRST_CRISIS,
    RUNGS,
    Provocation,
    Response,
    Seen,
    calm_left,
    compounded_severity,
    directive_terms,
    red_line_crossings,
    response_terms,
    total,
)

if TYPE_CHECKING:
    import pandas as pd

REPLICATES = 1000

# A scenario's payoffs


class Mapped(NamedTuple):
    """A scenario as a game: what the model's own terms make of each outcome."""

    name: str
    about: str
    game: TextbookGame
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


def _game(scenario: Scenario, crossings: int, talks: int) -> TextbookGame:
    drivers = scenario.drivers_by_week[-1]
    ours, theirs = {}, {}
    for outcome, (provoked, answered) in PATTERNS.items():
        force = scenario.responses[answered].force
        crossed = red_line_crossings(crossings if provoked else 0, provoked)
        seen = Seen(
            talks=talks,
            directive=provoked,
            leverage=0.0,
            grievance=0.0,
            control=1.0,
            pressure=standing_pressure(scenario, provoked, force, crossed),
            crossings=crossed,
            expected=[force if k == provoked else 0.0 for k in range(RUNGS)],
        )
        ours[outcome] = total(directive_terms(scenario, drivers, seen, provoked))
        theirs[outcome] = total(response_terms(scenario, drivers, seen, seen, answered))
    return TextbookGame(ours, theirs)


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


def as_the_textbook(game: TextbookGame) -> tuple[list[str], list[str]]:
    """Return where a game's orders are not the textbook's: pairs of outcomes, by side."""
    ranks = textbook().game(*game.types)
    pairs = list(itertools.permutations(GAME_OUTCOMES, 2))
    ours, theirs = (
        [f"{a} < {b}" for a, b in pairs if payoffs[a] < payoffs[b] and rank[a] > rank[b]]
        for payoffs, rank in zip(game, ranks, strict=True)
    )
    return ours, theirs


# The simulation in the game's words


SHARES = (*GAME_OUTCOMES, "short of war", "other")
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


# What comes of both


@dataclass(frozen=True, repr=False, eq=False)
class TextbookComparison(Result):
    """The textbook's game, solved two ways, and a scenario beside it.

    Attributes
    ----------
    game : that of the payoffs that were given, or of the scenario's ordinary week
    payoffs : of every type, where they are known: the textbook's, or those that were given
    given : whether they were given
    precisions : λ of the quantal response
    mapping : the scenario's own games
    shares : of simulated weeks by kind of week, the share that was each outcome
    """

    scenario: Scenario
    game: TextbookGame
    payoffs: TypedPayoffs | None
    given: bool
    precisions: tuple[float, ...]
    mapping: tuple[Mapped, ...]
    shares: dict[str, dict[str, Interval]]
    replicates: int
    seed: int

    def __repr__(self) -> str:
        """Return of what it is."""
        return (
            f"TextbookComparison({self.scenario.name}: {subgame_perfect(self.game)}, "
            f"{self.replicates:,} replicates, seed {self.seed})"
        )

    @property
    def cells(self) -> list[dict[str, str | None]]:
        """The outcome of every combination of types; of the game's alone where no more is known."""
        if self.payoffs is None:
            return [cell_of(self.game, self.game.types)]
        return cells(self.payoffs)

    @property
    def quantal(self) -> list[dict[str, float]]:
        """Of each λ the probability of every outcome."""
        return [{"lambda": x, **quantal_response(self.game, x)} for x in self.precisions]

    def blocks(self) -> Blocks:
        """Yield the outcomes, the solutions, the scenario's games, and shares of its weeks."""
        for outcome, meaning in MEANINGS.items():
            yield f"{outcome}  {meaning}"
        headings = ("challenger", "tactically", "strategically", "outcome", "if provocation pays")
        rows = []
        for cell in self.cells:
            flips = cell["outcome"] != cell["outcome_if_provocation_pays"]
            rows.append([Bold(value or "–") if flips else value or "–" for value in cell.values()])
        yield Table(headings, rows, title="Backward induction, by type")
        rows = [
            [f"{row['lambda']:g}", *(f"{row[one]:.3f}" for one in GAME_OUTCOMES)]
            for row in self.quantal
        ]
        title = "Quantal response: probability over λ"
        yield Table(("λ", *GAME_OUTCOMES), rows, "r", title=title)
        for one in self.mapping:
            yield from _mapping_blocks(one, self.scenario.name)
        weeks = []
        for kind in ("all", "ordinary", "crossed"):
            means = [self.shares[kind][name].mean for name in SHARES]
            weeks.append(
                [kind, *("–" if mean is None else f"{100 * mean:.2f} %" for mean in means)]
            )
        yield Table(("weeks", *SHARES), weeks, "r", title="Shares of weeks in the simulation")

    def to_dict(self) -> dict[str, Any]:
        """Return cells, quantal response, the scenario's games, and shares of its weeks.

        ``cells`` are of the textbook's payoffs, or of the given ones (only the cell of their
        types, where they are of known type); ``qre`` is of the given game, or of the scenario's
        ordinary week.
        """
        rationality = self.scenario.iran.rationality
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "cells": self.cells,
            "qre": self.quantal,
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
                for one in self.mapping
            ],
            "simulation": {
                "replicates": self.replicates,
                "seed": self.seed,
                **{
                    kind: {name: effect._asdict() for name, effect in table.items()}
                    for kind, table in self.shares.items()
                },
            },
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Return the quantal response: a row for each λ and outcome.

        Its probability given λ; and whether backward induction gives that outcome. Other
        tables are `cells`, and `shares` of simulated weeks.
        """
        import pandas as pd

        predicted = subgame_perfect(self.game)
        return pd.DataFrame(
            {
                "lambda": row["lambda"],
                "outcome": outcome,
                "probability": row[outcome],
                "predicted": outcome == predicted,
            }
            for row in self.quantal
            for outcome in GAME_OUTCOMES
        )


def _mapping_blocks(one: Mapped, scenario: str) -> Blocks:
    """Yield what a kind of week of the scenario is as the textbook's game."""
    yield Bold(f"{scenario}, {one.name} week ({one.about})")
    yield f"  challenger: {order_of(one.game.challenger)}"
    yield f"  defender:   {order_of(one.game.defender)}"
    yield f"  types {' / '.join(one.game.types)}: backward induction gives {one.predicted}"
    wrong = [pair for pairs in as_the_textbook(one.game) for pair in pairs]
    if wrong:
        yield f"  not in the textbook's order: {', '.join(wrong)}"


def game(
    scenario: str | Path | Scenario = STANDOFF,
    replicates: int = REPLICATES,
    seed: int = 1,
    *,
    precisions: float | Iterable[float] = LAMBDAS,
    payoffs: str | Path | TextbookGame | None = None,
    notice: Callable[[str], None] | None = None,
) -> TextbookComparison:
    """Solve the Asymmetric Escalation Game, and compare a scenario with it.

    The result holds the tree, backward induction for every combination of types, what changes where
    provocation pays, quantal response over λ, and the same for payoffs from the scenario's own
    terms.

    Parameters
    ----------
    replicates, seed
        Of the scenario, whose weeks are set beside the game.
    precisions
        λ of both sides, one or several: numbers from 0 to 10⁶.
    payoffs
        A file of payoffs, see `read_payoffs`, or a game, to solve in place of the scenario's.
    notice
        Called with what it takes in time and memory, where that is much.

    Raises
    ------
    InputError
        For payoffs or precisions that cannot be used, or more replicates than memory holds.
    """
    scenario = load_scenario(scenario)
    precisions = _numbers(precisions)
    given: tuple[TypedPayoffs | None, TextbookGame] | None = None
    if isinstance(payoffs, TextbookGame):
        given = None, payoffs
    elif payoffs is not None:
        if not isinstance(payoffs, str | Path):
            raise InputError(f"payoffs must be a file or a game, not {described(payoffs)}")
        given = read_payoffs(at_home(payoffs))
    seed, _, replicates = check_range(seed, 0, replicates)
    check_replicates([(scenario, replicates)], seed, REPLICATE_BYTES, notice=notice)
    return _compared(scenario, replicates, seed, precisions, given)


def _numbers(precisions: Any) -> tuple[float, ...]:
    """Return precisions, one or several, once all are seen to be numbers that can be used."""
    try:
        alone = isinstance(precisions, str) or not isinstance(precisions, Iterable)
        found = tuple(float(one) for one in ([precisions] if alone else precisions))
    except (TypeError, ValueError):
        found = (math.nan,)
    if not all(math.isfinite(x) and 0 <= x <= MOST for x in found):
        raise InputError("precisions must be numbers from 0 to 1e6")
    return found


def _compared(
    scenario: Scenario,
    replicates: int,
    seed: int,
    precisions: Sequence[float],
    given: tuple[TypedPayoffs | None, TextbookGame] | None,
) -> TextbookComparison:
    games = mapped(scenario)
    payoffs, solved = given or (textbook(), games[0].game)
    shares = outcome_shares(scenario, replicates, seed)
    return TextbookComparison(
        scenario, solved, payoffs, given is not None, tuple(precisions), tuple(games), shares,
        replicates, seed,
    )  # fmt: skip


def game_json(
    scenario: Scenario,
    replicates: int,
    seed: int,
    precisions: Sequence[float] = LAMBDAS,
    given: tuple[TypedPayoffs | None, TextbookGame] | None = None,
) -> dict[str, Any]:
    """Return what ``redline game --json`` prints; see `game`."""
    return _compared(scenario, replicates, seed, precisions, given).to_dict()

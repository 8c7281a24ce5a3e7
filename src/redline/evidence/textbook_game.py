"""The textbook game: Zagare and Kilgour's Asymmetric Escalation Game, solved two ways.

The challenger (Iran's side) and the defender (the United States) each cooperate, defect or
escalate::

    1 challenger  C → SQ          D → 2
    2 defender    C → DC          D → 3a        E → 3b
    3a challenger D → DD          E → 4
    3b challenger D → DE          E → EE
    4 defender    D → ED          E → EE

By backward induction for known types, and by logit quantal response for players who err. What
holds where types are private, the limited-response equilibrium, is in docs/limited_response.py.

References
----------
Zagare & Kilgour (1995), *World Politics* 47(3); (2000) *Perfect Deterrence*.
McKelvey & Palfrey (1998), *Experimental Economics* 1: agent quantal response.
"""

import itertools
import json
import math
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from redline.support import LARGEST_SETTINGS, InputError, check_file, nearest, printable, read_text

GAME_OUTCOMES = ("SQ", "DC", "DD", "ED", "DE", "EE")
"""The challenger's move first, the defender's second; SQ is the status quo."""
MEANINGS = {
    "SQ": "the status quo: no provocation",
    "DC": "provocation, no force in answer",
    "DD": "limited conflict: provocation, and force in kind",
    "ED": "the challenger escalates and the defender does not",
    "DE": "the defender escalates and the challenger does not",
    "EE": "all-out conflict: both escalate",
}
CHALLENGER_ORDER = ("EE-", "DE", "EE+", "DD", "ED", "SQ", "DC")
"""The textbook's order, worst first; + of a Hard type, - of a Soft one."""
DEFENDER_ORDER = ("EE-", "ED", "EE+", "DD-", "DC", "DD+", "DE", "SQ")
BRANCHES = {"1": "CD", "2": "CDE", "3a": "DE", "3b": "DE", "4": "DE"}
ENDS = {("1", "C"): "SQ", ("2", "C"): "DC", ("3a", "D"): "DD", ("3b", "D"): "DE",
        ("3b", "E"): "EE", ("4", "D"): "ED", ("4", "E"): "EE"}  # fmt: skip
NEXT = {("1", "D"): "2", ("2", "D"): "3a", ("2", "E"): "3b", ("3a", "E"): "4"}
"""The tree: what can be done at a node, where a game ends, and where it goes on."""
LAMBDAS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
TYPES = ("Hard", "Soft")
SIGN = {"Hard": "+", "Soft": "-"}
MOST = 1e6
"""Payoffs are no further from 0 than this."""

Payoffs = dict[str, float]
"""By outcome."""
Branch = tuple[Any, tuple[float, float]]
"""What comes of a branch: the probability of every outcome, (6,), and its worth to both sides."""
TYPE_NAMES = ("challenger", "defender_tactical", "defender_strategic")


class TextbookGame(NamedTuple):
    """The payoffs of both sides, of known type: by outcome each."""

    challenger: Payoffs
    defender: Payoffs

    @property
    def types(self) -> tuple[str, str, str]:
        """Challenger; defender, tactically; defender, strategically: Hard or Soft each."""
        ours, theirs = self.challenger, self.defender
        return (
            TYPES[ours["EE"] <= ours["DE"]],
            TYPES[theirs["DD"] <= theirs["DC"]],
            TYPES[theirs["EE"] <= theirs["ED"]],
        )


class TypedPayoffs(NamedTuple):
    """The payoffs of every type: by outcome, with + (Hard) and - (Soft) where they differ."""

    challenger: Payoffs
    defender: Payoffs

    def game(self, challenger: str, tactical: str, strategic: str) -> TextbookGame:
        """Return the game of some types."""
        ours = {"EE": f"EE{SIGN[challenger]}"}
        theirs = {"DD": f"DD{SIGN[tactical]}", "EE": f"EE{SIGN[strategic]}"}
        return TextbookGame(
            {outcome: self.challenger[ours.get(outcome, outcome)] for outcome in GAME_OUTCOMES},
            {outcome: self.defender[theirs.get(outcome, outcome)] for outcome in GAME_OUTCOMES},
        )


def textbook() -> TypedPayoffs:
    """Return the textbook's orders as payoffs: ranks, worst 0."""
    return TypedPayoffs(
        {outcome: float(rank) for rank, outcome in enumerate(CHALLENGER_ORDER)},
        {outcome: float(rank) for rank, outcome in enumerate(DEFENDER_ORDER)},
    )


def provocation_pays(challenger: Mapping[str, float]) -> Payoffs | None:
    """Return a challenger's payoffs after the flip: SQ < DD < ED < DC; None if DC is not best.

    The article's thesis in one order: provocation that is answered in kind is worth more than
    quiet. DD and ED move between SQ and DC, a third of the way each, if they are not there.
    """
    if challenger["DC"] <= challenger["SQ"]:
        return None
    quiet, step = challenger["SQ"], (challenger["DC"] - challenger["SQ"]) / 3
    if quiet < challenger["DD"] < challenger["ED"] < challenger["DC"]:
        return dict(challenger)
    return {**challenger, "DD": quiet + step, "ED": quiet + 2 * step}


# Known types


def solved(game: TextbookGame) -> dict[str, str]:
    """Return the branch that backward induction takes at every node; of equal ones the milder."""
    ours, theirs = game
    taken: dict[str, str] = {}
    worth: dict[str, str] = {}
    for node in ("4", "3a", "3b", "2", "1"):
        side = theirs if node in "24" else ours
        ends = {move: ENDS.get((node, move)) or worth[NEXT[node, move]] for move in BRANCHES[node]}
        best = max(ends, key=lambda move: side[ends[move]])  # the first of equal ones
        taken[node], worth[node] = best, ends[best]
    return taken


def subgame_perfect(game: TextbookGame) -> str:
    """Return the outcome of backward induction; of equal branches, the milder one."""
    plan = solved(game)
    return walk("1", plan, plan)


def cells(payoffs: TypedPayoffs) -> list[dict[str, str | None]]:
    """Return the subgame-perfect outcome of every combination of types."""
    return [cell_of(payoffs.game(*types), types) for types in itertools.product(TYPES, repeat=3)]


def cell_of(game: TextbookGame, types: Sequence[str]) -> dict[str, str | None]:
    """Return the outcome of a game, and that after the flip, where there is one."""
    flipped = provocation_pays(game.challenger)
    return {
        **dict(zip(TYPE_NAMES, types, strict=True)),
        "outcome": subgame_perfect(game),
        "outcome_if_provocation_pays": subgame_perfect(game._replace(challenger=flipped))
        if flipped
        else None,
    }


def walk(node: str, challenger: Mapping[str, str], defender: Mapping[str, str]) -> str:
    """Return the outcome of two plans from a node on."""
    while True:
        plan = challenger if node[0] in "13" else defender
        step = node, plan[node]
        if step in ENDS:
            return ENDS[step]
        node = NEXT[step]


# Players who err


def quantal_response(game: TextbookGame, precision: float, provoked: bool = False) -> Payoffs:
    """Return the probability of every outcome in the logit agent quantal response equilibrium.

    Every node is a choice of its own, so the equilibrium has a closed form: backward through
    the tree, each branch is taken with a weight of exp(λ × what it is worth). λ = 0 is uniform
    play; as λ grows, the outcome tends to that of backward induction. `provoked` begins at node
    2: the probabilities given that the challenger has challenged.
    """
    chances = np.eye(len(GAME_OUTCOMES))
    end = {
        outcome: (chance, (float(game.challenger[outcome]), float(game.defender[outcome])))
        for outcome, chance in zip(GAME_OUTCOMES, chances, strict=True)
    }

    def node(side: int, *branches: Branch) -> Branch:
        worth = [values[side] for _, values in branches]
        weights = [math.exp(precision * (value - max(worth))) for value in worth]
        shares = [weight / sum(weights) for weight in weights]
        told = sum(share * chance for share, (chance, _) in zip(shares, branches, strict=True))
        ours, theirs = (
            sum(share * values[side] for share, (_, values) in zip(shares, branches, strict=True))
            for side in (0, 1)
        )
        return told, (ours, theirs)

    challenger, defender = 0, 1
    four = node(defender, end["ED"], end["EE"])
    three_a = node(challenger, end["DD"], four)
    three_b = node(challenger, end["DE"], end["EE"])
    two = node(defender, end["DC"], three_a, three_b)
    told, _ = two if provoked else node(challenger, end["SQ"], two)
    return dict(zip(GAME_OUTCOMES, told.tolist(), strict=True))


# Payoffs from a file


def read_payoffs(path: Path) -> tuple[TypedPayoffs | None, TextbookGame]:
    """Return the payoffs that a file gives: of every type, if it does, and of one game.

    TOML (or JSON) with the tables ``challenger`` and ``defender``, a number for each outcome.
    A challenger's EE, and a defender's DD and EE, may be given for both types, as ``EE_hard``
    and ``EE_soft``; then ``[types]`` says which game to solve (Hard each, by default).

    Raises
    ------
    InputError
        For a file that cannot be read, or payoffs that are missing, unknown or no numbers.
    """
    check_file(path, LARGEST_SETTINGS)
    try:
        text = read_text(path)
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {printable(str(error))}") from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: needs the tables challenger and defender")
    problems: list[str] = []
    sides: dict[str, Payoffs] = {}
    for side, typed in (("challenger", ("EE",)), ("defender", ("DD", "EE"))):
        table = document.get(side)
        if isinstance(table, dict):
            sides[side] = _side(path, side, table, typed, problems)
        else:
            problems.append(f"{path}: no table {side}")
    problems += _unknown(f"{path}: no table", document, {"challenger", "defender", "types"})
    if problems:
        raise InputError(problems)
    ours, theirs = sides["challenger"], sides["defender"]
    if ("EE" in ours) != ("EE" in theirs):
        raise InputError(f"{path}: give payoffs by type for both sides, or for neither")
    if "EE" in ours and "types" in document:
        raise InputError(f"{path}: types are for payoffs given by type (EE_hard, EE_soft, …)")
    if "EE" in ours:
        return None, TextbookGame(ours, theirs)
    payoffs = TypedPayoffs(ours, theirs)
    types = document.get("types", {})
    wanted = ("challenger", "tactical", "strategic")
    if not isinstance(types, dict) or set(types) - set(wanted):
        raise InputError(f"{path}: types has {', '.join(wanted)}")
    chosen = [types.get(name, "Hard") for name in wanted]
    if any(one not in TYPES for one in chosen):
        raise InputError(f"{path}: a type is Hard or Soft")
    return payoffs, payoffs.game(*chosen)


def _side(
    path: Path, side: str, table: Mapping[str, Any], typed: Sequence[str], problems: list[str]
) -> Payoffs:
    """Return a side's payoffs by outcome; add what is wrong with them to `problems`."""
    both = any(f"{name}_{kind}" in table for name in typed for kind in ("hard", "soft"))
    keys = {outcome: outcome for outcome in GAME_OUTCOMES}
    if both:
        for name in typed:
            del keys[name]
            keys |= {f"{name}_hard": f"{name}+", f"{name}_soft": f"{name}-"}
    found: Payoffs = {}
    for key, outcome in keys.items():
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(f"{path}: {side}.{key} must be a number")
        elif not abs(value) <= MOST:
            problems.append(f"{path}: {side}.{key} must be between -{MOST:g} and {MOST:g}")
        else:
            found[outcome] = float(value)
    problems += _unknown(f"{path}: {side} has no", table, keys)
    return found


def _unknown(what: str, given: Iterable[Any], known: Collection[str]) -> list[str]:
    """Return a problem for each name that is not known, with the nearest that is."""
    others = [str(name) for name in given if name not in known]
    return [f"{what} {printable(name)}{nearest(name, known)}" for name in others]

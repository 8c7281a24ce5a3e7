"""The limited-response equilibrium of the textbook game, for types that are private.

Its three conditions, and an enumeration of every deviation to check them against.

References
----------
Zagare & Kilgour (2000), *Perfect Deterrence*.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from redline.evidence.textbook_game import BRANCHES, TYPES, TypedPayoffs, walk


class Beliefs(NamedTuple):
    """The probability that a side is Hard: challenger; defender, tactically, strategically."""

    challenger: float
    tactical: float
    strategic: float


class Inequality(NamedTuple):
    """An inequality of the limited-response equilibrium: a probability against its bound."""

    name: str
    says: str
    probability: float
    bound: float
    at_least: bool

    @property
    def holds(self) -> bool:
        """Whether it does."""
        if self.at_least:
            return self.probability >= self.bound
        return self.probability <= self.bound


def limited_response_conditions(payoffs: TypedPayoffs, beliefs: Beliefs) -> list[Inequality]:
    """Return the three conditions under which limited conflict is a perfect Bayesian outcome.

    In it every challenger challenges; a tactically Hard defender answers in kind and a Soft
    one concedes; nobody escalates. Each player's own last choice is by type alone, so the
    conditions are three, each that of the type for whom it binds hardest:

    1. Escalating over a reply in kind is deterred. At 3a the challenger gets DD, or
       s·EE + (1-s)·ED by escalating, s being the chance that the defender is strategically
       Hard: s ≥ (ED-DD) / (ED-EE), for the Hard challenger, who has more of EE.
    2. The challenger is Hard too likely for the defender to escalate at once. At 2 that gives
       h·EE + (1-h)·DE, against DC or more: h ≥ (DE-DC) / (DE-EE), for the tactically Soft and
       strategically Hard defender.
    3. Challenging pays: t·DD + (1-t)·DC ≥ SQ, t being the chance of a reply in kind:
       t ≤ (DC-SQ) / (DC-DD). Where provocation pays (DD ≥ SQ) it always does.

    They hold for payoffs in the textbook's order, or in that after the flip. The refinement is
    perfect Bayesian equilibrium: choices are best at every node, reached or
    not, and beliefs follow Bayes' rule. All nodes at which beliefs matter are reached with
    positive probability while 0 < t < 1.
    """
    ours, theirs = payoffs
    pays = ours["DD"] >= ours["SQ"]
    return [
        Inequality(
            "a reply in kind is credible",
            "P(defender strategically Hard), so that nobody escalates over it",
            beliefs.strategic,
            (ours["ED"] - ours["DD"]) / (ours["ED"] - ours["EE+"]),
            True,
        ),
        Inequality(
            "escalating at once is too dangerous",
            "P(challenger Hard), so that the defender answers in kind or not at all",
            beliefs.challenger,
            (theirs["DE"] - theirs["DC"]) / (theirs["DE"] - theirs["EE+"]),
            True,
        ),
        Inequality(
            "challenging pays",
            "P(defender tactically Hard), so that challenging is worth its answer",
            beliefs.tactical,
            math.inf if pays else (ours["DC"] - ours["SQ"]) / (ours["DC"] - ours["DD"]),
            False,
        ),
    ]


Plan = dict[str, str]
"""What a type does at each of its nodes."""


def is_limited_response_equilibrium(payoffs: TypedPayoffs, beliefs: Beliefs) -> bool:
    """Return whether limited response is an equilibrium, by trying every deviation.

    Every node of every type is turned to each other choice, and the whole tree walked again
    over all types of the other side: no inequality is used.
    """
    plans: tuple[dict[Any, Plan], dict[Any, Plan]] = (
        {t: {"1": "D", "3a": "D", "3b": "E" if t == "Hard" else "D"} for t in TYPES},
        {
            (t, s): {"2": "D" if t == "Hard" else "C", "4": "E" if s == "Hard" else "D"}
            for t, s in itertools.product(TYPES, TYPES)
        },
    )

    def chance(hard: float, kind: str) -> float:
        return hard if kind == "Hard" else 1 - hard

    known: tuple[dict[Any, float], dict[Any, float]] = (
        {t: chance(beliefs.challenger, t) for t in TYPES},
        {
            (t, s): chance(beliefs.tactical, t) * chance(beliefs.strategic, s)
            for t, s in itertools.product(TYPES, TYPES)
        },
    )

    def expected(side: int, own: Any, mine: Mapping[str, str], start: str) -> float:
        """Return what a type expects from a node on, over the types that reach it."""
        total = weight = 0.0
        for other, probability in known[1 - side].items():
            plan_c, plan_d = (mine, plans[1][other]) if side == 0 else (plans[0][other], mine)
            if not reaches(start, plan_c, plan_d):
                continue
            outcome = walk(start, plan_c, plan_d)
            types = (own, *other) if side == 0 else (other, *own)
            game = payoffs.game(*types)
            total += probability * game[side][outcome]
            weight += probability
        return total / weight if weight else 0.0

    for side in (0, 1):
        for own, plan in plans[side].items():
            for node, chosen in plan.items():
                kept = expected(side, own, plan, node)
                for other in BRANCHES[node]:
                    if other != chosen and expected(side, own, plan | {node: other}, node) > (
                        kept + 1e-12
                    ):
                        return False
    return True


def reaches(node: str, challenger: Mapping[str, str], defender: Mapping[str, str]) -> bool:
    """Return whether another's type is still possible at a node, by what it did before.

    A node that no type reaches leaves beliefs as they were.
    """
    if node == "3a":
        return defender["2"] == "D"
    if node == "4":
        return challenger["1"] == "D"
    if node == "2":
        return challenger["1"] == "D"
    return True

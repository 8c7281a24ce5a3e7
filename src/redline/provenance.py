"""Which rules made a result, and in which layout it was measured; what counts as the same.

A result stands as long as both do. The rules are known by the meaning of their code
(`redline.identity`), the measures by a number.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from redline import identity, kernel, scenario_file, state, tally
from redline.engine import encode
from redline.scenario import Scenario

RULES: tuple[Callable[..., Any], ...] = (
    scenario_file.drawn,
    scenario_file._complete,
    scenario_file._members,
    scenario_file._forbidden,
    scenario_file._forced,
    Scenario,
    encode,
    kernel.advance,
    tally.tally_block,
    kernel.Plan,
    kernel.Now,
    state.State,
    state.Stance,
    state.Week,
    state.Move,
    tally.Measures,
    tally.WeekCounts,
)
"""Where everything begins that decides what happens: a file's tables as a scenario, a scenario as
arrays, the weeks, what is measured of them; and the records in which all of this stands."""
BEYOND: tuple[Callable[..., Any], ...] = (
    scenario_file.vary,
    scenario_file.defaults,
    scenario_file.default_factions,
)
"""What these give stands in every stored scenario, value by value."""

MEASURES = 1
"""The layout of what is measured and stored. Another column, another encoding, another number."""

FIRST_RULES = "e21e38d754da2049c2857c2a7e19489065bacf81f9b0e1a778f3404d8ba9dc81"
SAME_RULES = {
    "882b3f7441d5f5b58c16b7c92b581cc8a628cbb74e8a41f73657898ad32cedca": FIRST_RULES,
}
"""Older identities of rules that give the same results, to the last bit.

The first is the hash of files by which 0.1.0 knew its rules.
"""
SAME_MEASURES = {"970c94caa98330e40b8998ebc146d564e1782a58f070a046f1cc01e891624ca5": 1}
"""The hashes of files by which 0.1.0 knew what is measured, and their number."""


@cache
def rules_hash() -> str:
    """Return the identity of all that decides what happens in a replicate."""
    return identity.of_definitions(RULES, BEYOND)

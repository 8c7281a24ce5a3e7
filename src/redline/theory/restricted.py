"""What is written in restricted Python, and what of it decides what happens."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from redline.theory import chance, choosing, powers, provoking, rules, tally, week
from redline.theory.provoking import derive
from redline.theory.records import Choices, Events, Move, Now, Plan, State, Week
from redline.theory.tally import Measures, Sums, WeekCounts, measure_block, tally_block
from redline.theory.week import advance, retire

RESTRICTED: tuple[ModuleType, ...] = (
    chance,
    powers,
    rules,
    choosing,
    provoking,
    tally,
    week,
)
"""The modules that are compiled and translated, callees first."""

FORMULAS = {module.__name__ for module in (chance, powers, rules)}
"""The names of those that hold formulas, for one replicate; the others loop over lanes of many."""
OVERLAPPING: tuple[Callable[..., Any], ...] = (advance, measure_block, tally_block, retire)
"""The functions whose arguments may lie over one another in memory; those of others never do."""

WEEKS_AND_MEASURES: tuple[Callable[..., Any], ...] = (
    advance,
    derive,
    measure_block,
    tally_block,
    Plan,
    Now,
    State,
    Events,
    Choices,
    Week,
    Move,
    Measures,
    Sums,
    WeekCounts,
)
"""Where the weeks begin, and what is measured of them; and the records in which all stands."""

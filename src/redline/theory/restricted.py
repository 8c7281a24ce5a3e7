"""What is written in restricted Python, and what of it decides what happens."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from redline.theory import chance, powers, rules, tally, week
from redline.theory.records import Move, Now, Plan, Stance, State, Week
from redline.theory.tally import Measures, WeekCounts, tally_block
from redline.theory.week import advance

RESTRICTED: tuple[ModuleType, ...] = (chance, powers, rules, week, tally)
"""The modules that are compiled and translated, callees first."""

WEEKS_AND_MEASURES: tuple[Callable[..., Any], ...] = (
    advance,
    tally_block,
    Plan,
    Now,
    State,
    Stance,
    Week,
    Move,
    Measures,
    WeekCounts,
)
"""Where the weeks begin, and what is measured of them; and the records in which all stands."""

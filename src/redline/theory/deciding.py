"""Which modules decide what happens in a replicate, and which are in restricted Python."""

from types import ModuleType

from redline.theory import chance, parameters, records, rules, tally, vocabulary, week

DECIDING: tuple[ModuleType, ...] = (chance, vocabulary, records, parameters, rules, week)
"""Every module whose source decides what happens in a replicate."""
MEASURING: tuple[ModuleType, ...] = (tally,)
"""What decides what is measured of it."""
RESTRICTED: tuple[ModuleType, ...] = (chance, rules, week, tally)
"""The modules in restricted Python, callees first."""

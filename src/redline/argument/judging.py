"""Which modules decide whether a claim holds."""

from types import ModuleType

from redline.argument import claims, observations, verdicts

JUDGING: tuple[ModuleType, ...] = (claims, observations, verdicts)

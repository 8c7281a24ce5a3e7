"""Which modules decide whether a history is like the record."""

from types import ModuleType

from redline.evidence import stylised

MATCHING: tuple[ModuleType, ...] = (stylised,)

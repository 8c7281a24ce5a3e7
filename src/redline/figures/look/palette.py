"""The colours of figures, pages and screens: blues for quiet, ambers for provocation, reds for war.

Nothing here needs Matplotlib, which a lesson and a game on a terminal do without.
"""

from collections.abc import Sequence

RUNG_COLOURS = ("#e8eff4", "#b9cddd", "#e9b652", "#d3842a", "#b0442a", "#741a2b")
"""From rung 0 to rung 5, of either ladder."""
WAR_COLOUR = "#26060f"
GRAVITY_SCALE = (*RUNG_COLOURS, WAR_COLOUR)
"""Colours from quiet to war, between which a scale runs."""
PROVOCATION_SCALE = ("#fbf6ea", RUNG_COLOURS[2], RUNG_COLOURS[3], "#6d3a0c")
"""Ambers, between which a scale runs."""
ARMS = ("#3f6a8a", "#c0701a", "#8c2a2a", "#5d6a3a", "#7a5a86", "#2f7f86")
"""Lines that stand for scenarios or values; each also has its name beside it, and dashes."""
ARMS_ON_DARK = ("#7fb2d6", "#e8a657", "#e58a7c", "#a9bd7a", "#c3a0d3", "#7fd0d4")
STEPS = 256
"""Colours of a scale: as many as Matplotlib's scales have, of which these are the same."""


def shades(scale: Sequence[str], count: int) -> list[str]:
    """Return colours along a scale between others, from its lower end to its upper."""
    last = max(count - 1, 1)
    return [_shade(scale, min(int(place / last * STEPS), STEPS - 1)) for place in range(count)]


def _shade(scale: Sequence[str], step: int) -> str:
    """Return one of the `STEPS` colours of a scale, which are even between its own."""
    place = step / (STEPS - 1) * (len(scale) - 1)
    below = min(int(place), len(scale) - 2)
    ends = [bytes.fromhex(scale[at][1:]) for at in (below, below + 1)]
    mixed = (low + (place - below) * (high - low) for low, high in zip(*ends, strict=True))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)

"""What the numbers of a run or a comparison leave unsaid: where replicates are too few.

A share is that of a thing that came in some replicates. With fewer than `FEW` of them its 95 %
interval reaches from about half of it to about twice, whatever their number is out of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from redline.results.intervals import replicates_for, wilson
from redline.results.measures import COLUMNS, RUN_TABLE
from redline.support import round_up
from redline.theory import MOST_REPLICATES

FEW = 10
"""Replicates in which a thing came, below which their share, or a mean of it, says little."""
UNSEEN = 0.001
"""Where a thing that was never seen may have a share as large as this, it is said."""
GRAVE = "confrontation"
"""The class whose absence is a finding, not a matter of course."""
NOTABLE = 0.1
"""Of the measure: a difference of that size should not go unseen for want of replicates."""
MOST_NAMED = 6


def share_remark(thing: str, count: int, replicates: int) -> str | None:
    """Return what to know of a share of replicates: None where they are enough.

    Parameters
    ----------
    thing
        What came in `count` of the replicates.
    """
    share, low, high = wilson(count, replicates)
    if count >= FEW or (count == 0 and high < UNSEEN):
        return None
    more = _more(replicates_for(share, (high - low) / 2))
    if count == 0:
        return (
            f"{thing} occurred in none of {replicates:,} replicates: its share may still be up to "
            f"{_percent(high)} %{more}"
        )
    return (
        f"{thing} occurred in {count} of {replicates:,} replicates: its share, {_percent(share)} "
        f"%, may lie anywhere from {_percent(low)} to {_percent(high)} %{more}"
    )


def run_remarks(summary: Mapping[str, Any], replicates: int) -> list[str]:
    """Return what to know of the summary of a run: classes and counts that came too rarely.

    A class other than war that never came is a matter of course; a rare count is told if people's
    tables show it.
    """
    found = [
        share_remark(name, row["count"], replicates)
        for name, row in summary["class"].items()
        if row["count"] or name == GRAVE
    ]
    for name in RUN_TABLE:
        row = summary[name]
        if name in COLUMNS and row["total"] and row["total"] < FEW and row["low"] is not None:
            found.append(
                f"{COLUMNS[name].words}: {row['total']} in {replicates:,} replicates; their mean, "
                f"{row['mean']:.2g}, may lie anywhere from {row['low']:.2g} to {row['high']:.2g}"
                f"{_more(4 * replicates)}"
            )
    return [text for text in found if text]


def undecided(
    first: float, second: float, difference: float, low: float | None, high: float | None
) -> bool:
    """Return whether replicates are too few to tell which way a measure differs.

    They are if its interval holds zero, and reaches further than a `NOTABLE` part of the measure:
    a narrow one about zero says that there is no difference of note.
    """
    if difference == 0 or low is None or high is None:
        return False
    return low <= 0 <= high and (high - low) / 2 > NOTABLE * max(abs(first), abs(second))


def difference_remark(names: Sequence[str], replicates: int) -> str | None:
    """Return what to know of the measures whose difference is `undecided`, if there are any."""
    if not names:
        return None
    told = ", ".join(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        told += f" and {len(names) - MOST_NAMED} more"
    return (
        f"{told}: {replicates:,} replicates are too few to tell the sign of the difference"
        f"{_more(4 * replicates)}"
    )


def war_remark(alone: int, wars: int, replicates: int) -> str | None:
    """Return what to know of war in two worlds over the same replicates.

    Parameters
    ----------
    alone
        Replicates with war in one world and not in the other: only these tell the worlds apart.
    wars
        Replicates with war in either.
    """
    if wars == 0:
        return share_remark(f"{GRAVE} in either scenario", 0, replicates)
    if alone == 0 or alone >= FEW:
        return None
    return (
        f"{GRAVE} occurred in one scenario only in {alone} of {replicates:,} replicates: too few "
        f"to tell in which it is more likely{_more(4 * replicates)}"
    )


def _more(wanted: int) -> str:
    """Return the end of a remark: how many replicates would halve the interval."""
    if wanted > MOST_REPLICATES:
        return ""
    return f"; about {round_up(wanted):,} replicates would halve the interval"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}" if share >= 0.0001 else f"{100 * share:.1g}"

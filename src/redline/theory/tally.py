"""From the trace of a block to its measures and weekly counts, in restricted Python.

Both engines' traces go through here, so equal traces give equal measures. One pass over
the weeks of each replicate; compiled by `redline.engine.compiled`.
"""

from typing import Annotated

from redline.theory.records import Counts, Float, Records, Row, Small, Week

BINS = 256

Whole = Annotated[int, "i4"]
PerRungCount = Annotated[Counts, "6i4"]


MEASURES_FORMAT = 1
"""The layout of what is measured and stored. Another column, another encoding, another number."""


class Measures:
    """What is measured of one replicate (§7). A week number is -1 where it never came."""

    outcome: Small
    """Class, by the gravest week: an `Outcome`."""
    weeks_lived: Whole
    attacks: Whole
    strikes: Whole
    """Weeks with a strike or more."""
    fatal_attacks: Whole
    assaults: Whole
    decapitations: Whole
    sanctions: Whole
    crossings: Whole
    rocket_weeks: Whole
    """Weeks whose highest rung is rockets."""
    drone_weeks: Whole
    talks_weeks: Whole
    first_crisis_week: Whole
    confrontation_week: Whole
    mean_severity: Float
    peak_severity: Float
    mean_leverage: Float
    peak_leverage: Float
    mean_pressure: Float
    peak_pressure: Float
    utility: Annotated[Row, "3f8"]
    """(A,) summed utility of what was chosen."""
    provocation_weeks: PerRungCount
    """(K,)"""
    response_weeks: PerRungCount
    """(K,)"""
    attack_rungs: Annotated[Counts, "4i4"]
    """Attacks on each of the rungs 2 … 5."""
    site_attacks: Annotated[Counts, "5i4"]
    """(S,) attacks on rungs 2-3."""


class WeekCounts:
    """Over the replicates that lived a week: how many stood where."""

    talks: Whole
    provocation: Annotated[Counts, "6i4"]
    response: Annotated[Counts, "6i4"]
    directive: Annotated[Counts, "6i4"]
    severity: Annotated[Counts, "256i4"]
    """256 equal bins of [0, 1]."""
    leverage: Annotated[Counts, "256i4"]
    """256 equal bins of [0, 1]."""
    control: Annotated[Counts, "256i4"]
    """256 equal bins of [0, 1]."""
    pressure: Annotated[Counts, "256i4"]
    """256 equal bins of Q / (1 + Q) in [0, 1]: pressure has no upper bound."""


def bin_of(share: float) -> int:
    """Return which of 256 equal bins of [0, 1] a number falls into; the last is closed."""
    return min(255, int(share * 256.0))


def tally_week(week: Week, number: int, measures: Measures, counts: WeekCounts) -> None:
    """Add one lived week to the measures of its replicate and to the counts of the week."""
    attacks = 0
    for k in range(4):
        attacks += week.attacks[k]
        measures.attack_rungs[k] += week.attacks[k]
    for s in range(5):
        measures.site_attacks[s] += week.sites[s]
    measures.attacks += attacks
    measures.assaults += week.attacks[2]
    measures.fatal_attacks += week.fatal
    measures.crossings += week.crossings
    measures.talks_weeks += week.talks
    measures.provocation_weeks[week.provocation] += 1
    measures.response_weeks[week.response] += 1
    if attacks > 0 and measures.outcome < 1:
        measures.outcome = 1
    if week.provocation >= 4 or week.response >= 4:
        if measures.first_crisis_week < 0:
            measures.first_crisis_week = number
        measures.outcome = 2
    measures.mean_severity += week.severity
    measures.mean_leverage += week.leverage
    measures.mean_pressure += week.pressure
    measures.peak_severity = max(measures.peak_severity, week.severity)
    measures.peak_leverage = max(measures.peak_leverage, week.leverage)
    measures.peak_pressure = max(measures.peak_pressure, week.pressure)
    for a in range(3):
        measures.utility[a] += week.utility[a]
    counts.talks += week.talks
    counts.provocation[week.provocation] += 1
    counts.response[week.response] += 1
    counts.directive[week.directive] += 1
    counts.severity[bin_of(week.severity)] += 1
    counts.leverage[bin_of(week.leverage)] += 1
    counts.control[bin_of(week.control)] += 1
    counts.pressure[bin_of(week.pressure / (1.0 + week.pressure))] += 1


def tally_block(
    lived: Counts, over: Counts, weeks: Records, measures: Records, counts: Records
) -> None:
    """Measure every replicate of a block.

    Parameters
    ----------
    lived, over : (R,) weeks simulated, and 1 where they ended in open confrontation
    weeks : (R, W) `Week`
    measures : (R,) `Measures`, zero before; written
    counts : (W,) `WeekCounts`; added to
    """
    for r in range(len(lived)):
        one = measures[r]
        one.weeks_lived = lived[r]
        one.first_crisis_week = -1
        one.confrontation_week = -1
        for number in range(lived[r]):
            tally_week(weeks[r, number], number, one, counts[number])
        one.mean_severity /= lived[r]
        one.mean_leverage /= lived[r]
        one.mean_pressure /= lived[r]
        one.rocket_weeks = one.provocation_weeks[2]
        one.drone_weeks = one.provocation_weeks[3]
        one.sanctions = one.response_weeks[2]
        one.decapitations = one.response_weeks[4]
        one.strikes = one.response_weeks[3] + one.response_weeks[4] + one.response_weeks[5]
        if over[r]:
            one.outcome = 3
            one.confrontation_week = lived[r] - 1

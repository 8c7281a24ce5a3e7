"""What is measured of replicates, added up week by week, in restricted Python.

The week loop adds each week to the `Sums` of a group; `finish` makes `Measures` of them. The trace
of the readable engine goes through the same (`tally_block`), so equal traces give equal measures.
"""

from typing import Annotated

from redline.theory.records import (
    Counts,
    Events,
    Float,
    FloatLanes,
    IntLanes,
    Records,
    Row,
    Small,
    State,
    Week,
)

BINS = 256

Whole = Annotated[int, "i4"]
PerRungCount = Annotated[Counts, "i4", 6]


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
    utility: Annotated[Row, "f8", 3]
    """(A,) summed utility of what was chosen."""
    provocation_weeks: PerRungCount
    """(K,)"""
    response_weeks: PerRungCount
    """(K,)"""
    attack_rungs: Annotated[Counts, "i4", 4]
    """Attacks on each of the rungs 2 … 5."""
    site_attacks: Annotated[Counts, "i4", 5]
    """(S,) attacks on rungs 2-3."""


class Sums:
    """What is added up of the replicates of a group, lane by lane, from 0: see `Measures`."""

    fatal: IntLanes
    crossings: IntLanes
    talks_weeks: IntLanes
    crisis: IntLanes
    """Weeks lived when the first crisis came, or 0."""
    severity: FloatLanes
    leverage: FloatLanes
    pressure: FloatLanes
    peak_severity: FloatLanes
    peak_leverage: FloatLanes
    peak_pressure: FloatLanes
    utility: Annotated[Row, "f8", 3, "L"]
    provocation_weeks: Annotated[Counts, "i8", 6, "L"]
    response_weeks: Annotated[Counts, "i8", 6, "L"]
    attack_rungs: Annotated[Counts, "i8", 4, "L"]
    site_attacks: Annotated[Counts, "i8", 5, "L"]


class WeekCounts:
    """Over the replicates that lived a week: how many stood where."""

    talks: Whole
    provocation: Annotated[Counts, "i4", 6]
    response: Annotated[Counts, "i4", 6]
    directive: Annotated[Counts, "i4", 6]
    severity: Annotated[Counts, "i4", 256]
    """256 equal bins of [0, 1]."""
    leverage: Annotated[Counts, "i4", 256]
    """256 equal bins of [0, 1]."""
    control: Annotated[Counts, "i4", 256]
    """256 equal bins of [0, 1]."""
    pressure: Annotated[Counts, "i4", 256]
    """256 equal bins of Q / (1 + Q) in [0, 1]: pressure has no upper bound."""


def bin_of(share: float) -> int:
    """Return which of 256 equal bins of [0, 1] a number falls into; the last is closed."""
    return min(255, int(share * 256.0))


def add_week(state: State, events: Events, sums: Sums, counts: WeekCounts, live: int) -> None:
    """Add a week that was lived to the sums of its replicates and to the counts of the week."""
    add_events(events, sums, live)
    add_state(state, events, sums, live)
    count_week(state, events, counts, live)


def add_events(events: Events, sums: Sums, live: int) -> None:
    """Add what happened in the week."""
    for lane in range(live):
        sums.fatal[lane] += events.fatal[lane]
        sums.crossings[lane] += events.crossings[lane]
    for k in range(4):
        for lane in range(live):
            sums.attack_rungs[k, lane] += events.attacks[k, lane]
    for s in range(5):
        for lane in range(live):
            sums.site_attacks[s, lane] += events.sites[s, lane]
    for k in range(6):
        for lane in range(live):
            sums.provocation_weeks[k, lane] += 1 if events.provocation[lane] == k else 0
            sums.response_weeks[k, lane] += 1 if events.response[lane] == k else 0
    for a in range(3):
        for lane in range(live):
            sums.utility[a, lane] += events.utility[a, lane]


def add_state(state: State, events: Events, sums: Sums, live: int) -> None:
    """Add how things stood in the week."""
    for lane in range(live):
        severity = state.severity[lane]
        leverage = state.leverage[lane]
        pressure = state.pressure[lane]
        sums.severity[lane] += severity
        sums.leverage[lane] += leverage
        sums.pressure[lane] += pressure
        sums.peak_severity[lane] = max(sums.peak_severity[lane], severity)
        sums.peak_leverage[lane] = max(sums.peak_leverage[lane], leverage)
        sums.peak_pressure[lane] = max(sums.peak_pressure[lane], pressure)
        sums.talks_weeks[lane] += state.talks[lane]
        gravest = max(events.provocation[lane], events.response[lane])
        is_first = gravest >= 4 and sums.crisis[lane] == 0
        sums.crisis[lane] = state.lived[lane] if is_first else sums.crisis[lane]


def count_week(state: State, events: Events, counts: WeekCounts, live: int) -> None:
    """Count how many replicates stand where in the week."""
    for lane in range(live):
        pressure = state.pressure[lane]
        count_talks(counts, state.talks[lane])
        count_one(counts.provocation, events.provocation[lane])
        count_one(counts.response, events.response[lane])
        count_one(counts.directive, state.directive[lane])
        count_one(counts.severity, bin_of(state.severity[lane]))
        count_one(counts.leverage, bin_of(state.leverage[lane]))
        count_one(counts.control, bin_of(state.control[lane]))
        count_one(counts.pressure, bin_of(pressure / (1.0 + pressure)))


def count_one(bins: Counts, index: int) -> None:
    """Count one more in a bin; a GPU, where many count at once, has its own way."""
    bins[index] += 1


def count_talks(counts: WeekCounts, talks: int) -> None:
    """Count the talks, if they are on; a GPU has its own way here, too."""
    counts.talks += talks


def finish(sums: Sums, lane: int, lived: int, over: int, measures: Measures) -> None:
    """Make the measures of one replicate of what was added up in its lane."""
    measures.weeks_lived = lived
    measures.fatal_attacks = sums.fatal[lane]
    measures.crossings = sums.crossings[lane]
    measures.talks_weeks = sums.talks_weeks[lane]
    measures.first_crisis_week = sums.crisis[lane] - 1
    measures.confrontation_week = lived - 1 if over == 1 else -1
    measures.mean_severity = sums.severity[lane] / lived
    measures.mean_leverage = sums.leverage[lane] / lived
    measures.mean_pressure = sums.pressure[lane] / lived
    measures.peak_severity = sums.peak_severity[lane]
    measures.peak_leverage = sums.peak_leverage[lane]
    measures.peak_pressure = sums.peak_pressure[lane]
    for a in range(3):
        measures.utility[a] = sums.utility[a, lane]
    for k in range(6):
        measures.provocation_weeks[k] = sums.provocation_weeks[k, lane]
        measures.response_weeks[k] = sums.response_weeks[k, lane]
    measures.attacks = 0
    for k in range(4):
        measures.attack_rungs[k] = sums.attack_rungs[k, lane]
        measures.attacks += sums.attack_rungs[k, lane]
    for s in range(5):
        measures.site_attacks[s] = sums.site_attacks[s, lane]
    measures.assaults = measures.attack_rungs[2]
    measures.rocket_weeks = measures.provocation_weeks[2]
    measures.drone_weeks = measures.provocation_weeks[3]
    measures.sanctions = measures.response_weeks[2]
    measures.decapitations = measures.response_weeks[4]
    measures.strikes = (
        measures.response_weeks[3] + measures.response_weeks[4] + measures.response_weeks[5]
    )
    measures.outcome = 1 if measures.attacks > 0 else 0
    if measures.first_crisis_week >= 0:
        measures.outcome = 2
    if over == 1:
        measures.outcome = 3


def measure_block(states: Records, lanes: Counts, sums: Records, measures: Records) -> None:
    """Make the measures of every replicate of a block.

    Parameters
    ----------
    states, sums : (G,) `State` and `Sums`
    lanes : (G,) how many lanes of each group hold replicates, living or not
    measures : (R,) `Measures`, written
    """
    for g in range(len(states)):
        state = states[g]
        for lane in range(lanes[g]):
            row = g * len(state.seat) + state.seat[lane]
            finish(sums[g], lane, state.lived[lane], state.over[lane], measures[row])


def read_week(week: Week, state: State, events: Events) -> None:
    """Make the first lane of a group what a week of the trace says."""
    state.severity[0] = week.severity
    state.pressure[0] = week.pressure
    state.leverage[0] = week.leverage
    state.control[0] = week.control
    state.talks[0] = week.talks
    state.directive[0] = week.directive
    events.fatal[0] = week.fatal
    events.crossings[0] = week.crossings
    events.provocation[0] = week.provocation
    events.response[0] = week.response
    for a in range(3):
        events.utility[a, 0] = week.utility[a]
    for k in range(4):
        events.attacks[k, 0] = week.attacks[k]
    for s in range(5):
        events.sites[s, 0] = week.sites[s]


def tally_block(
    lived: Counts,
    over: Counts,
    weeks: Records,
    states: Records,
    events: Records,
    sums: Records,
    sum_rows: Counts,
    measures: Records,
    counts: Records,
) -> None:
    """Measure every replicate of a block by its trace.

    Parameters
    ----------
    lived, over : (R,) weeks simulated, and 1 where they ended in open confrontation
    weeks : (R, W) `Week`
    states, events, sums : (1,) `State`, `Events` and `Sums`: room
    sum_rows : the memory of `sums` as (1, …, L) numbers
    measures : (R,) `Measures`, written
    counts : (W,) `WeekCounts`; added to
    """
    for r in range(len(lived)):
        for row in range(sum_rows.shape[1]):
            sum_rows[0, row, 0] = 0
        for number in range(lived[r]):
            states[0].lived[0] = number + 1
            read_week(weeks[r, number], states[0], events[0])
            add_week(states[0], events[0], sums[0], counts[number], 1)
        finish(sums[0], 0, lived[r], over[r], measures[r])

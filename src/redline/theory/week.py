"""The week loop over lanes of replicates, in restricted Python, in the order of §4.

Plain, these functions run anywhere (slowly) and are what the tests cover line by line;
compiled by `redline.engine.native.compiled`, they are the batch engine. They decide nothing
themselves: every formula is in `redline.theory.rules`, every draw in `redline.theory.chance`.

Each step of a week is a loop over the lanes of a group, a replicate in each, which a compiler
turns into code for several lanes at once. Who has nothing to decide is left out: whoever does is
entered into `Choices`, and all of these choose together (`redline.theory.choosing`).
"""

from redline.theory.chance import Key, draws
from redline.theory.choosing import Group, choose, enter, own, seen
from redline.theory.provoking import Cast, provoke
from redline.theory.records import Counts, Now, Plans, Records, Row, State
from redline.theory.rules import (
    capability_next,
    compounded_severity,
    control_next,
    directive_terms,
    expectation_next,
    grievance_next,
    is_confrontation,
    leverage_next,
    of_rung,
    pressure_felt,
    pressure_left,
    red_line_crossings,
    response_terms,
    sustained_capability,
    talks_next,
    total,
)
from redline.theory.tally import add_week


def draw_week(key: Key, group: Group, week: int, live: int) -> None:
    """Look up the draws of the week that every replicate needs."""
    state = group.state
    events = group.events
    for lane in range(live):
        first = draws(key, state.replicate[lane], week, 0)
        second = draws(key, state.replicate[lane], week, 1)
        events.draw_talks[lane] = first.even
        events.draw_review[lane] = first.odd
        events.draw_directive[lane] = second.even
        events.draw_response[lane] = second.odd


# §4.1 Talks


def hold_talks(plans: Plans, now: Now, group: Group, live: int) -> None:
    """Let the talks begin, go on or end."""
    state = group.state
    for lane in range(live):
        seat = state.seat[lane]
        state.talks[lane] = talks_next(
            own(plans.each, seat).environment,
            state.talks[lane],
            own(now.drivers, seat).diplomacy,
            state.severity[lane],
            group.events.draw_talks[lane],
        )


# §4.2 Directive


def review_directives(
    plans: Plans, now: Now, group: Group, orders: Counts, bonus: Row, live: int
) -> None:
    """Let Iran choose its directive anew, where it reviews it, must, or is forced to."""
    choices = group.choices
    count = find_reviews(plans, now, group, orders, live)
    weigh_directives(plans, now, group, count)
    choose(group, bonus, count, 1, plans.each[0].watched[1])
    for lane in range(live):
        group.events.utility[1, lane] = 0.0
    for n in range(count):
        lane = choices.lane[n]
        group.state.directive[lane] = choices.rung[n]
        group.events.utility[1, lane] = choices.utility[n]


def find_reviews(plans: Plans, now: Now, group: Group, orders: Counts, live: int) -> int:
    """Enter where the directive is chosen anew; return how often."""
    state = group.state
    choices = group.choices
    count = 0
    for lane in range(live):
        seat = state.seat[lane]
        forced = now.directive
        if len(orders) > 0 and orders[1, seat] >= 0:
            forced = orders[1, seat]
        allowed = now.allowed[1] & ~state.barred[1, lane]
        stands = (allowed >> state.directive[lane]) & 1
        reviews = group.events.draw_review[lane] < own(plans.each, seat).iran.review
        choices.lane[count] = lane
        choices.draw[count] = group.events.draw_directive[lane]
        choices.forced[count] = forced
        count += 1 if forced >= 0 or stands == 0 or reviews else 0
    return count


def weigh_directives(plans: Plans, now: Now, group: Group, count: int) -> None:
    """Work out what every directive is worth where it is chosen anew."""
    state = group.state
    for n in range(count):
        lane = group.choices.lane[n]
        plan = own(plans.each, state.seat[lane])
        drivers = own(now.drivers, state.seat[lane])
        sight = seen(group, lane)
        utilities = [total(directive_terms(plan, drivers, sight, k)) for k in range(6)]
        allowed = now.allowed[1] & ~state.barred[1, lane]
        enter(group.choices, n, utilities, allowed, plan.iran.rationality)


# §4.4 What happened


def sum_up(plans: Plans, group: Group, live: int) -> None:
    """Sum up what the militias did, and what the United States feels of it (§4.5)."""
    state = group.state
    events = group.events
    for lane in range(live):
        plan = own(plans.each, state.seat[lane])
        provoked = events.provocation[lane]
        statement = plan.provocations[1].severity
        severity = compounded_severity(events.calm[lane], 1 if provoked >= 1 else 0, statement)
        crossings = red_line_crossings(events.fatal[lane], provoked)
        state.severity[lane] = severity
        events.crossings[lane] = crossings
        state.pressure[lane] = pressure_felt(
            plan.united_states, state.pressure[lane], severity, crossings
        )


# §4.5 Response


def respond(plans: Plans, now: Now, group: Group, orders: Counts, bonus: Row, live: int) -> None:
    """Let the United States choose its response."""
    events = group.events
    choices = group.choices
    weigh_responses(plans, now, group, live)
    if len(orders) > 0:
        for lane in range(live):
            order = orders[0, group.state.seat[lane]]
            choices.forced[lane] = order if order >= 0 else now.response
    choose(group, bonus, live, 0, plans.each[0].watched[0])
    for lane in range(live):
        events.response[lane] = choices.rung[lane]
        events.utility[0, lane] = choices.utility[lane]


def weigh_responses(plans: Plans, now: Now, group: Group, live: int) -> None:
    """Work out what every response is worth."""
    state = group.state
    choices = group.choices
    for lane in range(live):
        plan = own(plans.each, state.seat[lane])
        drivers = own(now.drivers, state.seat[lane])
        sight = seen(group, lane)
        utilities = [total(response_terms(plan, drivers, sight, sight, k)) for k in range(6)]
        allowed = now.allowed[0] & ~state.barred[0, lane]
        enter(choices, lane, utilities, allowed, plan.united_states.rationality)
        choices.lane[lane] = lane
        choices.draw[lane] = group.events.draw_response[lane]
        choices.forced[lane] = now.response


# §4.6 Learning


def learn(plans: Plans, group: Group, live: int) -> None:
    """Let all see which force answered which provocation."""
    state = group.state
    events = group.events
    for lane in range(live):
        plan = own(plans.each, state.seat[lane])
        force = of_rung([plan.responses[k].force for k in range(6)], events.response[lane])
        provoked = events.provocation[lane]
        events.force[lane] = force
        for k in range(6):
            state.expected[k, lane] = expectation_next(
                plan.learning, state.expected[k, lane], plan.prior[k], k, provoked, force
            )


# §4.7 Consequences


def settle(plans: Plans, factions: Counts, group: Group, week: int, live: int) -> None:
    """Let the week have its consequences, open confrontation among them (§4.8)."""
    state = group.state
    events = group.events
    for lane in range(live):
        plan = own(plans.each, state.seat[lane])
        environment = plan.environment
        response = events.response[lane]
        force = events.force[lane]
        state.pressure[lane] = pressure_left(state.pressure[lane], force)
        state.leverage[lane] = leverage_next(
            environment, state.leverage[lane], state.severity[lane], state.talks[lane]
        )
        state.grievance[lane] = grievance_next(
            plan.militias, state.grievance[lane], response, force
        )
        state.control[lane] = control_next(environment, state.control[lane], response, force)
        events.faction[lane] = factions[events.target[lane]]
        is_over = is_confrontation(events.provocation[lane], state.directive[lane], response)
        state.over[lane] = 1 if is_over else 0
        state.lived[lane] = week + 1


def rearm(
    plans: Plans, now: Now, multipliers: Records, group: Group, capability: Row, live: int
) -> None:
    """Let every faction rebuild, and the one that was struck lose, capability."""
    state = group.state
    events = group.events
    for f in range(len(multipliers)):
        for lane in range(live):
            seat = state.seat[lane]
            capability[f, lane] = capability_next(
                own(plans.each, seat).militias,
                capability[f, lane],
                sustained_capability(
                    own(now.drivers, seat).armament, own(multipliers[f].each, seat).armament
                ),
                events.response[lane] >= 3 and events.faction[lane] == f,
                events.force[lane],
            )


# The loop


def simulate_week(
    key: Key,
    plans: Plans,
    now: Now,
    cast: Cast,
    group: Group,
    capability: Row,
    orders: Counts,
    bonus: Row,
    week: int,
    live: int,
    moves: Records,
    first: int,
) -> None:
    """Simulate one week of the replicates that live in a group, in the order of §4."""
    draw_week(key, group, week, live)
    hold_talks(plans, now, group, live)  # 4.1
    review_directives(plans, now, group, orders, bonus, live)  # 4.2
    provoke(
        key, plans, now, cast, group, capability, orders, bonus, week, live, moves, first
    )  # 4.3
    sum_up(plans, group, live)  # 4.4
    respond(plans, now, group, orders, bonus, live)  # 4.5
    learn(plans, group, live)  # 4.6
    settle(plans, cast.factions, group, week, live)  # 4.7, 4.8
    rearm(plans, now, cast.multipliers, group, capability, live)


def begin(
    plans: Plans, now: Now, multipliers: Records, group: Group, capability: Row, live: int
) -> None:
    """Set the replicates of a group to the beginning of week 0 (§3), where all is 0 so far."""
    state = group.state
    for lane in range(live):
        state.talks[lane] = own(plans.each, state.seat[lane]).environment.talks
        state.control[lane] = 1.0
    for k in range(6):
        for lane in range(live):
            state.expected[k, lane] = own(plans.each, state.seat[lane]).prior[k]
    for f in range(len(multipliers)):
        for lane in range(live):
            seat = state.seat[lane]
            capability[f, lane] = sustained_capability(
                own(now.drivers, seat).armament, own(multipliers[f].each, seat).armament
            )


def write_weeks(
    group: Group,
    capability: Row,
    week: int,
    live: int,
    weeks: Records,
    capabilities: Row,
    first: int,
) -> None:
    """Write the week into the trace: (R, W) `Week`, and (R, W, F) capability if asked for."""
    state = group.state
    events = group.events
    for lane in range(live):
        row = first + state.seat[lane]
        one = weeks[row, week]
        one.severity = state.severity[lane]
        one.pressure = state.pressure[lane]
        one.leverage = state.leverage[lane]
        one.grievance = state.grievance[lane]
        one.control = state.control[lane]
        for k in range(6):
            one.expected[k] = state.expected[k, lane]
        for a in range(3):
            one.utility[a] = events.utility[a, lane]
        one.target = events.target[lane]
        one.fatal = events.fatal[lane]
        one.crossings = events.crossings[lane]
        for k in range(4):
            one.attacks[k] = events.attacks[k, lane]
        for s in range(5):
            one.sites[s] = events.sites[s, lane]
        one.talks = state.talks[lane]
        one.directive = state.directive[lane]
        one.provocation = events.provocation[lane]
        one.response = events.response[lane]
        if capabilities.shape[1] > 0:
            for f in range(capabilities.shape[2]):
                capabilities[row, week, f] = capability[f, lane]


def retire(state: State, rows: Counts, capability: Row, sums: Counts, live: int) -> int:
    """Move the replicates that are over behind those that live on; return how many these are.

    `rows` and `sums` (…, L) are all rows of the state, and of what is summed up, as numbers.
    """
    left = live
    for back in range(live):
        lane = live - 1 - back
        if state.over[lane] == 1:
            left -= 1
            if lane != left:
                swap(rows, lane, left)
                swap(sums, lane, left)
                swap(capability, lane, left)
    return left


def swap(rows: Counts | Row, one: int, other: int) -> None:
    """Exchange what two lanes hold."""
    for row in range(len(rows)):
        kept = rows[row, one]
        rows[row, one] = rows[row, other]
        rows[row, other] = kept


def advance(
    plans: Records,
    schedules: Records,
    multipliers: Records,
    factions: Counts,
    script: Records,
    key: Key,
    first_week: int,
    end_week: int,
    lives: Counts,
    states: Records,
    rows: Counts,
    capability: Row,
    sums: Records,
    sum_rows: Counts,
    events: Records,
    choices: Records,
    orders: Counts,
    bonus: Row,
    counts: Records,
    weeks: Records,
    moves: Records,
    capabilities: Row,
) -> None:
    """Simulate the weeks [first_week, end_week) of every replicate of a block.

    Parameters
    ----------
    plans : (G,) `Plans`, or (1,) for all groups
    schedules : (G, W) `Now` records, or (1, W)
    multipliers : (G, F) `Multipliers`, or (1, F)
    factions : (N,) each militia's faction
    script : (W, N) `Move` records to force, or (0, N)
    lives : (G,) how many lanes of each group hold replicates that live; written
    states, rows : (G,) `State`, and the same memory as (G, …, L) numbers
    capability : (G, F, L) κ
    sums, sum_rows : (G,) `Sums`, and the same memory as (G, …, L) numbers
    events, choices : (1,) `Events` and (1,) `Choices`, room for a week
    orders : (G, 2 + N, L) rung that each actor is to take, or FREE, by seat; or (G, 0, L)
    bonus : (G, A, K, L) added to the worth of rungs in choosing, by seat; or (G, 0, K, L)
    counts : (W,) `WeekCounts`, added to
    weeks, moves, capabilities : (R, W), (R, W, N) and (R, W, F), written; may have no weeks,
        and are left alone then
    """
    for g in range(len(states)):
        shared = g if len(plans) > 1 else 0
        cast = Cast(multipliers[shared], factions, script)
        group = Group(states[g], events[0], choices[0])
        first = g * len(group.state.seat)
        live = lives[g]
        if first_week == 0:
            begin(plans[shared], schedules[shared, 0], cast.multipliers, group, capability[g], live)
        for week in range(first_week, end_week):
            now = schedules[shared, week]
            simulate_week(
                key, plans[shared], now, cast, group, capability[g], orders[g], bonus[g], week,
                live, moves, first,
            )  # fmt: skip
            add_week(states[g], events[0], sums[g], counts[week], live)
            if weeks.shape[1] > 0:
                write_weeks(group, capability[g], week, live, weeks, capabilities, first)
            live = retire(states[g], rows[g], capability[g], sum_rows[g], live)
        lives[g] = live

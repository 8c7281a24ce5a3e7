"""The week loop over a block of replicates, in restricted Python.

Plain, these functions run anywhere (slowly) and are what the tests cover line by line;
compiled by `redline.engine.compiled`, they are the batch engine. They decide nothing
themselves: every formula is in `redline.theory.rules`, every draw in `redline.theory.chance`.
Work that cannot matter is skipped: the choice of a militia without an opportunity, the same
choice faced by the cells of one faction, the draws behind a site and a kill where there is no
attack.

State lives in records (`redline.theory.records`), passed by reference: `plan` what the scenario
fixes, `now` the drivers and open rungs of the week, `state` one replicate, `stances` its
factions, `week` what is written into the trace.
"""

from redline.theory.chance import Key, draw_week, draws
from redline.theory.records import Counts, Now, Plan, Records, Row, Stance, State, Week
from redline.theory.rules import (
    calm_left,
    capability_next,
    compounded_severity,
    control_next,
    directive_terms,
    grievance_next,
    is_confrontation,
    kill_chance,
    learn,
    leverage_next,
    logit_weights,
    pick,
    pressure_felt,
    pressure_left,
    provocation_terms,
    red_line_crossings,
    response_terms,
    sustained_capability,
    talks_next,
    total,
)


def choose_rung(
    state: State, actor: int, allowed: int, watched: int, rationality: float, draw: float
) -> int:
    """Return a logit choice over ``state.utilities``.

    A watched rung is barred from its first choice on, and the choice made anew.
    """
    while True:
        weight_sum = logit_weights(state.utilities, 6, allowed, rationality, state.weights)
        rung = pick(state.weights, 6, allowed, weight_sum, draw)
        if not (watched & allowed) >> rung & 1:
            return rung
        state.barred[actor] |= 1 << rung
        allowed &= ~(1 << rung)


def choose_directive(plan: Plan, now: Now, state: State, review: float, draw: float) -> float:
    """Let Iran review its directive (§4.2); return the utility of a directive chosen now."""
    allowed = now.allowed[1] & ~state.barred[1]
    stands = (allowed >> state.directive) & 1
    if now.directive < 0 and stands and review >= plan.iran.review:
        return 0.0
    for k in range(6):
        state.utilities[k] = total(directive_terms(plan, now.drivers, state, k))
    if now.directive >= 0:
        state.directive = now.directive
    else:
        state.directive = choose_rung(
            state, 1, allowed, plan.watched[1], plan.iran.rationality, draw
        )
    return float(state.utilities[state.directive])


def weigh_provocations(plan: Plan, now: Now, state: State, stance: Stance) -> None:
    """Work out what every rung is worth to a faction this week, and its logit weights.

    The cells of a faction face the same choice, so this is done once, at the first need.
    """
    allowed = now.allowed[2] & ~state.barred[2]
    for k in range(6):
        stance.utilities[k] = total(provocation_terms(plan, now.drivers, state, stance, k))
        if plan.provocations[k].capability > stance.capability:
            allowed &= ~(1 << k)
    stance.allowed = allowed
    stance.weight_sum = logit_weights(
        stance.utilities, 6, allowed, plan.militias.rationality, stance.weights
    )
    stance.weighed = state.week


def choose_provocation(
    plan: Plan,
    now: Now,
    state: State,
    stances: Records,
    faction: int,
    draw: float,
) -> int:
    """Return the rung that a militia with an opportunity chooses (§4.3)."""
    stance = stances[faction]
    while True:
        if stance.weighed != state.week:
            weigh_provocations(plan, now, state, stance)
        rung = pick(stance.weights, 6, stance.allowed, stance.weight_sum, draw)
        if not (plan.watched[2] & stance.allowed) >> rung & 1:
            return rung
        state.barred[2] |= 1 << rung
        for f in range(len(stances)):
            stances[f].weighed = -1


def choose_site(plan: Plan, rung: int, draw: float) -> int:
    """Return the site of an attack with rockets or drones (§4.3)."""
    means = rung - 2
    return pick(plan.site_weights[means], 5, plan.reachable[means], plan.site_sum[means], draw)


def clear(week: Week, moves: Records) -> None:
    """Make a week of the trace one in which nothing happened, whatever it held before."""
    week.severity = 0.0
    week.pressure = 0.0
    week.leverage = 0.0
    week.grievance = 0.0
    week.control = 0.0
    week.target = 0
    week.fatal = 0
    week.crossings = 0
    week.talks = 0
    week.directive = 0
    week.provocation = 0
    week.response = 0
    for k in range(6):
        week.expected[k] = 0.0
    for a in range(3):
        week.utility[a] = 0.0
    for k in range(4):
        week.attacks[k] = 0
    for s in range(5):
        week.sites[s] = 0
    for i in range(len(moves)):
        moves[i].rung = 0
        moves[i].site = -1
        moves[i].killed = 0


def provoke(
    plan: Plan,
    now: Now,
    state: State,
    stances: Records,
    factions: Counts,
    script: Records,
    chance: Row,
    week: Week,
    moves: Records,
) -> float:
    """Let every militia move (§4.3) and write down what happened (§4.4).

    `factions` (N,) holds each militia's faction, `script` (N,) forced moves (empty where
    none are), `chance` the week's draws; `moves` (N,) receives what each did (empty where
    not asked for). Returns the product of 1 - σ over the attacks.
    """
    highest = 0
    calm = 1.0
    utility = 0.0
    for i in range(len(factions)):
        forced = script[i].rung if len(script) > 0 else -1
        if forced < 0 and chance[0, 2 + i] >= plan.opportunity:
            continue
        stance = stances[factions[i]]
        if forced < 0:
            rung = choose_provocation(plan, now, state, stances, factions[i], chance[1, 2 + i])
        else:
            rung = forced
            if stance.weighed != state.week:
                weigh_provocations(plan, now, state, stance)
        utility += stance.utilities[rung]
        if rung > highest:
            highest = rung
            week.target = i
        if len(moves) > 0:
            moves[i].rung = rung
        if rung < 2:
            continue
        calm = calm_left(calm, plan.provocations[rung].severity)
        week.attacks[rung - 2] += 1
        luck = draws(state.key, state.replicate, state.week, 3 + 2 * i)
        exposure = 1.0
        if rung < 4:
            site = script[i].site if len(script) > 0 else -1
            if site < 0:
                site = choose_site(plan, rung, luck.even)
            exposure = plan.sites[site].exposure
            week.sites[site] += 1
            if len(moves) > 0:
                moves[i].site = site
        killed = script[i].killed if len(script) > 0 else -1
        if killed < 0:
            lethality = plan.provocations[rung].lethality
            killed = 1 if luck.odd < kill_chance(rung, lethality, exposure) else 0
        week.fatal += killed
        if len(moves) > 0:
            moves[i].killed = killed
    week.provocation = highest
    week.utility[2] = utility
    return calm


def respond(plan: Plan, now: Now, state: State, week: Week, draw: float) -> int:
    """Return the response of the United States (§4.5); leave its utilities in the state."""
    for k in range(6):
        state.utilities[k] = total(response_terms(plan, now.drivers, state, week, k))
    if now.response >= 0:
        return now.response
    allowed = now.allowed[0] & ~state.barred[0]
    return choose_rung(state, 0, allowed, plan.watched[0], plan.united_states.rationality, draw)


def settle(
    plan: Plan, now: Now, state: State, stances: Records, response: int, faction: int
) -> None:
    """Let the week have its consequences (§4.7); `faction` is the one that is addressed."""
    force = plan.responses[response].force
    state.pressure = pressure_left(state.pressure, force)
    state.leverage = leverage_next(plan.environment, state.leverage, state.severity, state.talks)
    state.grievance = grievance_next(plan.militias, state.grievance, response, force)
    for f in range(len(stances)):
        stance = stances[f]
        stance.capability = capability_next(
            plan.militias,
            stance.capability,
            sustained_capability(now.drivers.armament, stance.armament),
            response >= 3 and f == faction,
            force,
        )
    state.control = control_next(plan.environment, state.control, response, force)


def simulate_week(
    plan: Plan,
    now: Now,
    state: State,
    stances: Records,
    factions: Counts,
    script: Records,
    chance: Row,
    week: Week,
    moves: Records,
) -> None:
    """Simulate one week of one replicate, in the order of §4."""
    draw_week(state.key, state.replicate, state.week, len(factions), chance)
    # 4.1 talks
    state.talks = talks_next(
        plan.environment, state.talks, now.drivers.diplomacy, state.severity, chance[0, 0]
    )
    # 4.2 directive
    week.utility[1] = choose_directive(plan, now, state, chance[1, 0], chance[0, 1])
    # 4.3 militias
    calm = provoke(plan, now, state, stances, factions, script, chance, week, moves)
    # 4.4 what happened
    provoked = week.provocation
    statement = plan.provocations[1].severity
    state.severity = compounded_severity(calm, 1 if provoked >= 1 else 0, statement)
    week.crossings = red_line_crossings(week.fatal, provoked)
    # 4.5 response
    state.pressure = pressure_felt(
        plan.united_states, state.pressure, state.severity, week.crossings
    )
    response = respond(plan, now, state, week, chance[1, 1])
    week.utility[0] = state.utilities[response]
    # 4.6 learning
    learn(plan.learning, state.expected, plan.prior, provoked, plan.responses[response].force)
    # 4.7 consequences
    settle(plan, now, state, stances, response, factions[week.target])
    # 4.8 open confrontation
    state.lived = state.week + 1
    state.over = 1 if is_confrontation(provoked, state.directive, response) else 0

    week.response = response
    week.talks = state.talks
    week.directive = state.directive
    week.severity = state.severity
    week.pressure = state.pressure
    week.leverage = state.leverage
    week.grievance = state.grievance
    week.control = state.control
    for k in range(6):
        week.expected[k] = state.expected[k]


def begin(plan: Plan, now: Now, state: State, stances: Records, multipliers: Records) -> None:
    """Set one replicate to the beginning of week 0 (§3)."""
    state.week = 0
    state.talks = plan.environment.talks
    state.directive = 0
    state.severity = 0.0
    state.pressure = 0.0
    state.leverage = 0.0
    state.grievance = 0.0
    state.control = 1.0
    state.lived = 0
    state.over = 0
    for k in range(6):
        state.expected[k] = plan.prior[k]
    for a in range(3):
        state.barred[a] = 0
    for f in range(len(stances)):
        stance = stances[f]
        stance.zeal = multipliers[f].zeal
        stance.loyalty = plan.militias.loyalty * multipliers[f].loyalty
        stance.vulnerability = plan.militias.vulnerability * multipliers[f].vulnerability
        stance.armament = multipliers[f].armament
        stance.weighed = -1
        stance.capability = sustained_capability(now.drivers.armament, stance.armament)


def advance(
    plan: Plan,
    schedule: Records,
    multipliers: Records,
    factions: Counts,
    script: Records,
    chance: Row,
    key: Key,
    first_replicate: int,
    first_week: int,
    end_week: int,
    states: Records,
    stances: Records,
    weeks: Records,
    moves: Records,
    capability: Row,
) -> None:
    """Simulate the weeks [first_week, end_week) of every replicate of a block.

    Parameters
    ----------
    schedule : (W,) `Now` records
    multipliers : (F,) `Faction` records
    factions : (N,) each militia's faction
    script : (W, N) `Move` records to force, or (0, 0)
    chance : (2, 2 + N), room for the draws of a week
    states, stances : (R,) and (R, F), carried from one call to the next
    weeks, moves, capability : (R, W), (R, W, N) and (R, W, F), written; the last two may
        have no weeks, and are left alone then
    """
    nobody = script.reshape(-1)[:0]
    for r in range(len(states)):
        state = states[r]
        if first_week == 0:
            state.key.low = key.low
            state.key.high = key.high
            state.replicate = first_replicate + r
            begin(plan, schedule[0], state, stances[r], multipliers)
        for week in range(first_week, end_week):
            state.week = week
            scene = moves[r, week] if moves.shape[1] > 0 else nobody
            clear(weeks[r, week], scene)
            if capability.shape[1] > 0:
                for f in range(stances.shape[1]):
                    capability[r, week, f] = 0.0
            if state.over:
                continue
            simulate_week(
                plan,
                schedule[week],
                state,
                stances[r],
                factions,
                script[week] if len(script) > 0 else nobody,
                chance,
                weeks[r, week],
                scene,
            )
            if capability.shape[1] > 0:
                for f in range(stances.shape[1]):
                    capability[r, week, f] = stances[r, f].capability

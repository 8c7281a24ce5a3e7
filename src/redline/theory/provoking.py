"""The militias' part of the week (§4.3, §4.4) over lanes of replicates, in restricted Python.

Militia by militia, whoever has an opportunity is entered into `Choices`; when these are full, all
of them choose together, and what they do is written down in the order of militias.
"""

from typing import NamedTuple

from redline.theory.chance import Key, draws
from redline.theory.choosing import Group, choose, enter, own, seen
from redline.theory.parameters import Faction
from redline.theory.records import Choices, Counts, Events, Now, Plans, Records, Row
from redline.theory.rules import (
    Fixed,
    calm_left,
    kill_chance,
    logit_weights,
    of_rung,
    opportunity,
    pick,
    prior_expectation,
    provocation_terms,
    site_terms,
    total,
)


class Cast(NamedTuple):
    """The militias, and what they are made to do."""

    multipliers: Records
    """(F,) `Multipliers` of their factions."""
    factions: Counts
    """(N,) each militia's faction."""
    script: Records
    """(W, N) `Move` to force, or (0, N)."""


def derive(plans: Records, militias: int, reachable: Counts) -> None:
    """Work out what follows from the parameters of every seat.

    Parameters
    ----------
    plans : (G,) `Plans`; written
    militias : how many there are
    reachable : (2,) bit masks of the sites that rockets, and drones, reach
    """
    for g in range(len(plans)):
        for seat in range(len(plans[g].each)):
            plan = plans[g].each[seat]
            for k in range(6):
                plan.prior[k] = prior_expectation(plan, k)
            plan.opportunity = opportunity(plan.militias, militias)
            # Compiled code weighs six options: the last site once more, out of reach.
            worth = [total(site_terms(plan.militias, plan.sites[min(s, 4)])) for s in range(6)]
            for means in range(2):
                weights = logit_weights(worth, reachable[means], plan.militias.targeting)
                for s in range(5):
                    plan.site_weights[means, s] = weights[s]


def provoke(
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
    """Let every militia with an opportunity choose a provocation, in the order of militias.

    `moves` (R, W, N) receives what each did (no weeks where not asked for), in the rows from
    `first` on.
    """
    choices = group.choices
    clear(group.events, live)
    may_be_forced = len(cast.script) > 0 or len(orders) > 0
    count = 0
    opportunities = 0
    for i in range(len(cast.factions)):
        if (i & 1) == 0:
            opportunities = draw_two(key, plans, group, week, live, i)
        if opportunities > 0 or may_be_forced:
            count = find_opportunities(plans, cast, group, orders, week, live, i, count)
        if i == len(cast.factions) - 1 or count + live > len(choices.lane):
            weigh_provocations(plans, now, cast.multipliers, group, capability, count)
            choose(group, bonus, count, 2, plans.each[0].watched[2])
            attacks = find_attacks(choices, count)
            draw_attacks(key, group, week, attacks)
            choose_sites(plans, cast.script, choices, week, attacks)
            see_kills(plans, cast.script, choices, week, attacks)
            write_down(plans, group, count, attacks)
            if moves.shape[1] > 0:
                write_moves(group, week, moves, first, count, attacks)
            count = 0


def clear(events: Events, live: int) -> None:
    """Begin a week in which nothing has happened yet."""
    for lane in range(live):
        events.calm[lane] = 1.0
        events.provocation[lane] = 0
        events.target[lane] = 0
        events.fatal[lane] = 0
        events.utility[2, lane] = 0.0
    for k in range(4):
        for lane in range(live):
            events.attacks[k, lane] = 0
    for s in range(5):
        for lane in range(live):
            events.sites[s, lane] = 0


def draw_two(key: Key, plans: Plans, group: Group, week: int, live: int, militia: int) -> int:
    """Look up the draws of opportunity and rung of a militia and the next, if there is one.

    Return how many opportunities they have. It is two at once because the rounds of one draw wait
    for one another.
    """
    state = group.state
    events = group.events
    opportunities = 0
    for lane in range(live):
        first = draws(key, state.replicate[lane], week, 2 + 2 * militia)
        second = draws(key, state.replicate[lane], week, 4 + 2 * militia)
        events.draw_opportunity[0, lane] = first.even
        events.draw_opportunity[1, lane] = second.even
        events.draw_rung[0, lane] = first.odd
        events.draw_rung[1, lane] = second.odd
        chance = own(plans.each, state.seat[lane]).opportunity
        opportunities += 1 if min(first.even, second.even) < chance else 0
    return opportunities


def find_opportunities(
    plans: Plans,
    cast: Cast,
    group: Group,
    orders: Counts,
    week: int,
    live: int,
    militia: int,
    first: int,
) -> int:
    """Enter where a militia has an opportunity, or is forced; return how many are entered.

    `first` is how many were before.
    """
    state = group.state
    choices = group.choices
    drawn = militia & 1
    forced = cast.script[week, militia].rung if len(cast.script) > 0 else -1
    count = first
    for lane in range(live):
        seat = state.seat[lane]
        acts = group.events.draw_opportunity[drawn, lane] < own(plans.each, seat).opportunity
        if len(orders) > 0:
            acts = acts or orders[2 + militia, seat] >= 0
        choices.lane[count] = lane
        count += 1 if acts or forced >= 0 else 0
    for n in range(first, count):
        lane = choices.lane[n]
        choices.militia[n] = militia
        choices.faction[n] = cast.factions[militia]
        choices.draw[n] = group.events.draw_rung[drawn, lane]
        choices.forced[n] = forced
        if len(orders) > 0:
            order = orders[2 + militia, state.seat[lane]]
            choices.forced[n] = order if order >= 0 else forced
    return count


class Stance(NamedTuple):
    """What is a militia's own; see `redline.theory.rules.OwnOfMilitia`."""

    zeal: float
    loyalty: float
    vulnerability: float


def stance_of(plan: Fixed, faction: Faction) -> Stance:
    """Return what is a militia's own, by its faction's multipliers."""
    return Stance(
        faction.zeal,
        plan.militias.loyalty * faction.loyalty,
        plan.militias.vulnerability * faction.vulnerability,
    )


def weigh_provocations(
    plans: Plans, now: Now, multipliers: Records, group: Group, capability: Row, count: int
) -> None:
    """Work out what every rung is worth to those that have an opportunity."""
    state = group.state
    choices = group.choices
    for n in range(count):
        lane = choices.lane[n]
        faction = choices.faction[n]
        seat = state.seat[lane]
        plan = own(plans.each, seat)
        stance = stance_of(plan, own(multipliers[faction].each, seat))
        drivers = own(now.drivers, seat)
        sight = seen(group, lane)
        utilities = [total(provocation_terms(plan, drivers, sight, stance, k)) for k in range(6)]
        allowed = now.allowed[2] & ~state.barred[2, lane]
        armed = capability[faction, lane]
        for k in range(6):
            is_within = plan.provocations[k].capability <= armed
            allowed = allowed if is_within else allowed & ~(1 << k)
        enter(choices, n, utilities, allowed, plan.militias.rationality)


def find_attacks(choices: Choices, count: int) -> int:
    """List the attacks among what was chosen; return how many they are."""
    attacks = 0
    for n in range(count):
        choices.attack[attacks] = n
        attacks += 1 if choices.rung[n] >= 2 else 0
    return attacks


def draw_attacks(key: Key, group: Group, week: int, attacks: int) -> None:
    """Look up the draws of site and kill of every attack."""
    state = group.state
    choices = group.choices
    for a in range(attacks):
        n = choices.attack[a]
        choices.attacker[a] = state.replicate[choices.lane[n]]
        choices.seat[a] = state.seat[choices.lane[n]]
        choices.block[a] = 3 + 2 * choices.militia[n]
        choices.means[a] = choices.rung[n]
    for a in range(attacks):
        pair = draws(key, choices.attacker[a], week, choices.block[a])
        choices.draw_site[a] = pair.even
        choices.draw_kill[a] = pair.odd


def choose_sites(plans: Plans, script: Records, choices: Choices, week: int, attacks: int) -> None:
    """Let every attack with rockets or drones have its site, unless the script says which."""
    for a in range(attacks):
        plan = own(plans.each, choices.seat[a])
        rung = choices.means[a]
        rockets = [plan.site_weights[0][s] for s in range(5)]
        drones = [plan.site_weights[1][s] for s in range(5)]
        weights = [rockets[s] if rung == 2 else drones[s] for s in range(5)]
        choices.site[a] = pick(weights, choices.draw_site[a])
    if len(script) > 0:
        for a in range(attacks):
            site = script[week, choices.militia[choices.attack[a]]].site
            choices.site[a] = site if site >= 0 else choices.site[a]


def see_kills(plans: Plans, script: Records, choices: Choices, week: int, attacks: int) -> None:
    """See whether each attack kills, unless the script says so."""
    for a in range(attacks):
        plan = own(plans.each, choices.seat[a])
        rung = choices.means[a]
        site = choices.site[a]
        exposure = plan.sites[0].exposure
        for s in range(1, 5):
            exposure = plan.sites[s].exposure if s == site else exposure
        lethality = of_rung([plan.provocations[k].lethality for k in range(6)], rung)
        kills = choices.draw_kill[a] < kill_chance(rung, lethality, exposure)
        choices.killed[a] = 1 if kills else 0
    if len(script) > 0:
        for a in range(attacks):
            killed = script[week, choices.militia[choices.attack[a]]].killed
            choices.killed[a] = killed if killed >= 0 else choices.killed[a]


def write_down(plans: Plans, group: Group, count: int, attacks: int) -> None:
    """Write down what the militias did, in their order."""
    events = group.events
    choices = group.choices
    for n in range(count):
        lane = choices.lane[n]
        rung = choices.rung[n]
        is_higher = rung > events.provocation[lane]
        events.provocation[lane] = rung if is_higher else events.provocation[lane]
        events.target[lane] = choices.militia[n] if is_higher else events.target[lane]
        events.utility[2, lane] += choices.utility[n]
    for a in range(attacks):
        lane = choices.lane[choices.attack[a]]
        rung = choices.means[a]
        severity = own(plans.each, choices.seat[a]).provocations[rung].severity
        events.calm[lane] = calm_left(events.calm[lane], severity)
        events.attacks[rung - 2, lane] += 1
        events.fatal[lane] += choices.killed[a]
        if rung < 4:
            events.sites[choices.site[a], lane] += 1


def write_moves(
    group: Group, week: int, moves: Records, first: int, count: int, attacks: int
) -> None:
    """Write what the militias did into the trace."""
    choices = group.choices
    for n in range(count):
        seat = group.state.seat[choices.lane[n]]
        moves[first + seat, week, choices.militia[n]].rung = choices.rung[n]
    for a in range(attacks):
        move = moves[first + choices.seat[a], week, choices.militia[choices.attack[a]]]
        move.site = choices.site[a] if choices.means[a] < 4 else -1
        move.killed = choices.killed[a]

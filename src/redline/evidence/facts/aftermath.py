"""What comes after? Strikes (F6), a decapitation (F7), the talks (F8)."""

from dataclasses import replace

import numpy as np
from scipy.stats import binom

from redline.argument import difference, level, relative
from redline.evidence.facts.fact import Fact, Recorded, in_words, nothing, ratios, share_of
from redline.evidence.facts.stated import as_stated
from redline.evidence.facts.weeks import Flags, Pair, Weekly, any_within, listed_marks, listed_weeks
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import rungs_by_week, scored_moves
from redline.evidence.recorded.known import Record, record_of
from redline.results import Interval
from redline.theory import FIRST_CRISIS, Actor, Provocation, Response

AROUND = 8
"""Weeks before and after a decapitation."""
TALKS = (published.VIENNA - published.START).days // 7
"""The first week of the talks in Vienna."""


def after_strikes(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F6: limited strikes do not end the attacks."""
    known = known or record_of()
    by_days = "" if known.has_own_events else "; by days, 5 of 5 within six"
    attacked, fatal, struck = (weeks[None] for weeks in listed_marks(known))
    every = np.ones_like(attacked)
    told = []
    for name, weeks in (("F6a", 1), ("F6b", 2)):
        pair = _followed(found.attacks > 0, found.strikes, found.simulated, weeks)
        pooled = level(pair)
        hits, strikes = (int(count[0]) for count in _followed(attacked, struck, every, weeks))
        chance = float(binom.sf(hits - 1, strikes, pooled.mean or 0.0))
        likely = f"so many or more would have a chance of {chance:.2f}; " if strikes else ""
        words = f"{hits} of {strikes} listed{by_days}"
        recorded = share_of(hits, strikes, words, "no strike is listed")
        note = f"{likely}an attack in the strike's own week counts for neither"
        told.append(as_stated(name, recorded, pooled, ratios(*pair), note))
    rungs = rungs_by_week(Actor.MILITIAS, scored_moves(known.events))
    crossed = fatal | (np.array(rungs) >= FIRST_CRISIS)[None]
    (a, n), (b, m) = _by_answer(attacked, crossed, struck, every)
    if n[0] and m[0]:
        words = f"{a[0]} of {n[0]} struck, {b[0]} of {m[0]} not"
        recorded = Recorded(float(a[0] / n[0] - b[0] / m[0]), None, None, words)
    else:
        recorded = nothing("crossings that were struck and such that were not are not both listed")
    first, second = _by_answer(
        found.attacks > 0, found.crossings > 0, found.strikes, found.simulated
    )
    (a, n), (b, m) = first, second
    both = (n > 0) & (m > 0)
    values = np.asarray(a[both] / n[both] - b[both] / m[both], np.float64)
    return [*told, as_stated("F6c", recorded, difference(first, second), values)]


def _followed(attacked: Flags, struck: Flags, simulated: Flags, weeks: int) -> Pair:
    """Return the strikes that an attack follows in the weeks after, and all.

    Only strikes all of whose weeks after were simulated.
    """
    whole = np.zeros_like(simulated)
    whole[:, :-weeks] = simulated[:, weeks:]
    struck = struck & whole
    followed = struck & any_within(attacked, weeks, including=False)
    return followed.sum(axis=1), struck.sum(axis=1)


def _by_answer(attacked: Flags, crossed: Flags, struck: Flags, simulated: Flags) -> list[Pair]:
    """Return crossings that an attack follows within two weeks, and all, struck and not."""
    return [_followed(attacked, crossed & answer, simulated, 2) for answer in (struck, ~struck)]


def after_decapitation(found: Weekly, known: Record | None = None) -> Fact:
    """Return F7: decapitation brought no pause."""
    struck = (found.response == Response.DECAPITATION)[:, AROUND:-AROUND]
    first = struck.argmax(axis=1) + AROUND
    rows = np.flatnonzero(
        struck.any(axis=1) & found.simulated[np.arange(len(first)), first + AROUND]
    )
    weeks = first[rows, None] + np.arange(1, AROUND + 1)
    before, after = (
        found.attacks[rows[:, None], at].sum(axis=1) for at in (weeks - AROUND - 1, weeks)
    )
    pooled = level((after, before)) if len(before) > 1 else Interval(None, None, None)
    recorded = _pause_recorded(known or record_of())
    told = as_stated("F7", recorded, pooled, ratios(after, before))
    return told if pooled.low is not None else replace(told, holds=None)  # hardly a decapitation


def _pause_recorded(known: Record) -> Recorded:
    """Return the listed attacks after the first decapitation over those before it."""
    moves = scored_moves(known.events)
    when = [m.week for m in moves if m.rung == 4 and m.actor is Actor.UNITED_STATES]
    if not when:
        return nothing("no decapitation is listed")
    if not AROUND <= when[0] < published.WEEKS - AROUND:
        return nothing(f"the decapitation has no {AROUND} weeks on either side")
    listed = listed_weeks(known)
    after = int(listed[when[0] + 1 : when[0] + 1 + AROUND].sum())
    before = int(listed[when[0] - AROUND : when[0]].sum())
    if not before:
        return nothing(f"no attack is listed in the {AROUND} weeks before the decapitation")
    ours = after / before
    words = f"{ours:.2f} listed ({after} after, {before} before)"
    if known.has_own_events:
        return Recorded(ours, None, None, words)
    reported = 9 / 7 / (10 / 13)
    words = f"{words}; {reported:.2f} by AFP's counts (9 in 7 weeks, 10 in 13)"
    return Recorded(ours, min(ours, reported), max(ours, reported), words)


def talks(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F8: tempo follows the talks."""
    known = known or record_of()
    late = np.arange(published.WEEKS) >= TALKS
    told = [_since_the_talks(found, known)]
    for name, counts in (("F8b", found.attacks), ("F8c", found.drones)):
        on, off = (
            ((counts * mask).sum(axis=1), mask.sum(axis=1))
            for mask in (found.simulated & late & (found.talks == state) for state in (1, 0))
        )
        effect = Interval(*(None if x is None else x + 1 for x in relative(on, off)))
        words = "no week of these without talks to compare" if name == "F8b" else _drones(known)
        told.append(as_stated(name, in_words(words), effect))
    return told


def _since_the_talks(found: Weekly, known: Record) -> Fact:
    """Return how frequent attacks are since the talks began, over the weeks of 2021 before."""
    start = published.counts()[1].weeks[0]  # when, whosever the counts are
    attacks = found.attacks[~found.war]
    rates = attacks[:, TALKS:].mean(axis=1), attacks[:, start:TALKS].mean(axis=1)
    listed = listed_weeks(known)
    since, before = listed[TALKS:], listed[start:TALKS]
    if before.sum():
        words = (
            f"{since.mean() / before.mean():.2f}: {since.sum()} listed in {len(since)} weeks, "
            f"{before.sum()} in the {len(before)} before"
        )
        recorded = Recorded(float(since.mean() / before.mean()), None, None, words)
    else:
        recorded = nothing(f"no attack is listed in the {len(before)} weeks before the talks")
    return as_stated("F8a", recorded, level(rates), ratios(*rates))


def _drones(known: Record) -> str:
    """Return in words how many drone attacks are listed since the talks began, and before."""
    rung = Actor.MILITIAS, Provocation.DRONES
    weeks = [m.week for m in scored_moves(known.events) if (m.actor, m.rung) == rung]
    since = sum(week >= TALKS for week in weeks)
    return f"{since} drone attacks listed since the talks, {len(weeks) - since} before"

"""What is answered by force? The response follows deaths (F3), and its ratio is low (F4)."""

from typing import Any

import numpy as np
from scipy.stats import contingency

from redline.argument import level
from redline.evidence.facts.fact import INNER, Fact, Recorded, nothing, ratios, share_of
from redline.evidence.facts.stated import as_stated
from redline.evidence.facts.weeks import Flags, Floats, Pair, Weekly, any_within, listed_marks
from redline.evidence.recorded.known import Record, record_of
from redline.results import RESAMPLES, Interval

AFTER = 2
"""Weeks after an attack within which a strike counts as its answer."""
Noted = tuple[Recorded, str]
"""A recorded side, and what to know of it."""
STRUCK_OTHERWISE = 1
"""Recorded strikes that followed no death: that of 27 June 2021, and the embassy's apart."""


def answers_follow_deaths(
    found: Weekly, rng: np.random.Generator, known: Record | None = None
) -> list[Fact]:
    """Return F3: the response follows deaths.

    Other attacks are those without a death in their week or in the weeks around it, whose
    strikes would be put down to that death.
    """
    cells = _answered(found.attacks > 0, found.fatal > 0, found.strikes)
    pooled = {name: level(pair) for name, pair in cells.items()}
    (a, n), (c, m) = ((struck.sum(), weeks.sum()) for struck, weeks in cells.values())
    odds = Interval(None, None, None)
    if n and m:
        odds = Interval(float(_odds(a, n, c, m)), *_odds_interval(cells, rng))
    (af, nf), (co, mo) = cells.values()
    each = ((af + 0.5) / (nf - af + 0.5)) / ((co + 0.5) / (mo - co + 0.5))
    fatal, (other, other_note), (ratio, ratio_note) = _answers_recorded(known or record_of())
    return [
        as_stated("F3a", fatal, pooled["fatal"], ratios(*cells["fatal"])),
        as_stated("F3b", other, pooled["other"], ratios(*cells["other"]), other_note),
        as_stated("F3c", ratio, odds, each[nf > 0], ratio_note),
    ]


def _answers_recorded(known: Record) -> tuple[Recorded, Noted, Noted]:
    """Return how often force followed deaths, and other attacks, and the odds ratio of these.

    Of the shipped record our compilation counts the other attacks, listed or not; of any other
    record they are the weeks of its list.
    """
    listed = _answered(*(weeks[None] for weeks in listed_marks(known)))
    (deadly, deaths), (few, weeks) = ((int(x[0]), int(y[0])) for x, y in listed.values())
    fatal = share_of(deadly, deaths, f"{deadly} of {deaths}", "no death is listed")
    lacking = "no death" if not deaths else "no week of attacks away from any death"
    without = f"{lacking} is listed"
    other = share_of(few, weeks, f"{few} of {weeks} listed weeks", without), ""
    if not deaths or not weeks:
        return fatal, other, (nothing(without), "")
    by_weeks = float(_odds(deadly, deaths, few, weeks))
    interval = "exact 95 % interval of the record:"
    if not known.is_shipped:
        span = _exact(deadly, deaths, few, weeks)
        low, high = (bound if np.isfinite(bound) else None for bound in span)
        words = f"{by_weeks:.0f}, by weeks of the list, from {deaths} with a death"
        note = f"{interval} {span[0]:.0f} to {span[1]:,.0f}"
        return fatal, other, (Recorded(by_weeks, low, high, words), note)
    killed, whole = known.whole()
    others = whole - killed
    compiled = (deadly, deaths, STRUCK_OTHERWISE, others)
    plain, (low, high) = float(_odds(*compiled)), _exact(*compiled)
    words = f"{STRUCK_OTHERWISE} of about {others} attacks (our compilation)"
    by_list = "by weeks of the list"
    other = share_of(STRUCK_OTHERWISE, others, words, ""), f"{by_list} it is {few} of {weeks}"
    note = f"{interval} {low:.0f} to {high:,.0f}; {by_list} the ratio is {by_weeks:.0f}"
    return fatal, other, (Recorded(plain, low, high, f"{plain:.0f}, from four deaths"), note)


def _exact(a: int, n: int, c: int, m: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the odds ratio of a of n against c of m."""
    table = np.array([[a, n - a], [c, m - c]])
    if not table.sum(axis=0).all():
        return 0.0, float("inf")
    span = contingency.odds_ratio(table).confidence_interval(0.95)
    return float(span.low), float(span.high)


def _answered(attacked: Flags, fatal: Flags, struck: Flags) -> dict[str, Pair]:
    """Return weeks that were answered by force, and all, of fatal and of other attacks: (R,)."""
    answered = any_within(struck, AFTER, including=True)
    near = any_within(fatal, AFTER, including=True)
    near |= any_within(fatal[:, ::-1], AFTER, including=True)[:, ::-1]
    return {
        name: ((answered & weeks).sum(axis=1), weeks.sum(axis=1))
        for name, weeks in (("fatal", fatal), ("other", attacked & ~near))
    }


def _odds_interval(cells: dict[str, Pair], rng: np.random.Generator) -> tuple[float, float]:
    """Return the percentile-bootstrap interval of the pooled odds ratio, over replicates."""
    counts = np.stack([counts for pair in cells.values() for counts in pair], axis=1)
    drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES)
    low, high = np.quantile(_odds(*(drawn @ counts).T), INNER)
    return float(low), float(high)


def _odds(a: Any, n: Any, c: Any, m: Any) -> Floats:
    """Return the odds ratio of a of n against c of m, elementwise; of an empty cell, a half."""
    a, b, c, d = (np.maximum(cell, 0.5) for cell in (a, n - a, c, m - c))
    return np.asarray(a / b / (c / d), np.float64)


def response_ratio(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F4: strikes per attack, against every published count.

    Strikes are those of the count; of events of one's own beside the shipped counts, the weeks
    of these that were answered by force.
    """
    known = known or record_of()
    struck = listed_marks(known)[2]
    own = known.has_own_events and not known.has_own_counts
    told = []
    for count in known.counts:
        strikes, attacks = (found.counted(x, count) for x in (found.strikes, found.attacks))
        answers = int(struck[slice(*count.weeks)].sum()) if own else count.strikes
        recorded = (
            share_of(answers, count.attacks, f"{answers} of {count.attacks}", "no attack")
            if answers <= count.attacks
            else nothing(f"{answers} strikes on {count.attacks} attacks")
        )
        pooled, values = level((strikes, attacks)), ratios(strikes, attacks)
        told.append(as_stated("F4 {count}", recorded, pooled, values, count.scope, count.name))
    return told

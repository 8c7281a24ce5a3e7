"""How often, and in which rhythm? War (F1), attacks (F2), bursts and lulls (F5)."""

import numpy as np
from scipy.stats import binom

from redline.argument import level
from redline.evidence.facts.fact import Fact, Recorded, in_words, nothing, ratios
from redline.evidence.facts.stated import as_stated
from redline.evidence.facts.weeks import Floats, Ints, Weekly, listed_weeks
from redline.evidence.recorded import published
from redline.evidence.recorded.known import Record, record_of
from redline.results import Interval, wilson

QUARTER = 13


def war(found: Weekly) -> Fact:
    """Return F1: war is nearly absent."""
    interval = Interval(*wilson(int(found.war.sum()), len(found.war)))
    disputes = next(row for row in published.rows("mid_dyads") if row["dyad"] == "US-Iran")
    n, wars = int(disputes["disputes"]), int(disputes["max_hostlev_5"])
    tail = float(binom.cdf(wars, n, interval.mean))
    recorded = in_words(f"no war in the 112 weeks; {wars} of {n} US-Iran disputes")
    note = (
        f"were each dispute as likely to become war, {wars} of {n} or fewer would have a "
        f"chance of {tail:.2f}: the disputes rule out little"
    )
    return as_stated("F1", recorded, interval, note=note)


def attacks(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F2: attacks are frequent, and rarely fatal."""
    known = known or record_of()
    told = []
    for count in known.counts:
        # A war on the way leaves too few weeks to count in.
        whole = found.simulated[:, count.weeks[1] - 1] | ~found.war
        counted = found.counted(found.attacks, count)[whole]
        words = f"{count.attacks}, {count.first} to {count.last}"
        recorded = Recorded(count.attacks, None, None, words)
        floor = count.name == "A" and not known.has_own_counts
        note = "at least that many: a floor" if floor else count.scope
        told.append(as_stated("F2 {count}", recorded, _mean(counted), counted, note, count.name))
    fatal, every = found.fatal.sum(axis=1), found.attacks.sum(axis=1)
    pooled = level((fatal, every))
    return [*told, as_stated("F2", _fatal_share(known), pooled, ratios(fatal, every))]


def _fatal_share(known: Record) -> Recorded:
    """Return the share of attacks that killed, of all and of the listed ones."""
    deaths, whole = known.whole()
    listed = known.attacks
    if not whole or not listed:
        return nothing("no attack")
    share = deaths / whole
    upper = sum(event.killed > 0 for event in listed) / len(listed)
    words = f"{deaths} of about {whole}; {len(listed)} listed"
    return Recorded(share, min(share, upper), max(share, upper), words)


def bursts(found: Weekly, rng: np.random.Generator, known: Record | None = None) -> list[Fact]:
    """Return F5: bursts and lulls, of replicates thinned to the size of the list."""
    known = known or record_of()
    listed = listed_weeks(known)
    size = int(listed.sum())
    full = found.attacks[~found.war]
    thin = thinned(full, size, rng)
    told = []
    statistics = {"F5a": dispersion, "F5b": _autocorrelation, "F5c": longest_lull}
    for name, statistic in statistics.items():
        value, values = float(statistic(listed[None])[0]), statistic(thin)
        recorded = (
            Recorded(value, None, None, f"{value:.2g}, {size} listed attacks")
            if np.count_nonzero(listed) > 1
            else nothing("attacks in fewer than two weeks are listed")
        )
        note = f"replicates thinned evenly to {size} attacks; the list is thin in places"
        told.append(as_stated(name, recorded, _mean(values), values, note))
    values = _sharpest_fall(full)
    values = values[np.isfinite(values)]
    recorded = (
        Recorded(4 / 33, None, None, "33 attacks in Q3 2020, 4 in Q4")
        if known.is_shipped
        else nothing("a list is too thin in places for its quarters to be compared")
    )
    return [*told, as_stated("F5d", recorded, _mean(values), values)]


def _mean(values: Floats) -> Interval:
    return level((values, np.ones(len(values))))


def thinned(weeks: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return weekly counts of which `size` attacks are left, drawn at random."""
    found = np.zeros(weeks.shape, np.int64)
    for row, counts in enumerate(weeks):
        found[row] = rng.multivariate_hypergeometric(counts, min(size, int(counts.sum())))
    return found


def dispersion(weeks: Ints) -> Floats:
    """Return variance over mean of the counts of four weeks: (R,)."""
    blocks = weeks.shape[1] // 4
    four = weeks[:, : 4 * blocks].reshape(len(weeks), blocks, 4).sum(axis=2)
    return np.asarray(four.var(axis=1, ddof=1) / np.maximum(four.mean(axis=1), 1e-9))


def _autocorrelation(weeks: Ints) -> Floats:
    """Return the lag-1 autocorrelation of weekly counts: (R,)."""
    x = weeks - weeks.mean(axis=1, keepdims=True)
    spread = (x * x).sum(axis=1)
    return np.asarray((x[:, 1:] * x[:, :-1]).sum(axis=1) / np.maximum(spread, 1e-9))


def longest_lull(weeks: Ints) -> Floats:
    """Return the longest run of weeks without an attack between two attacks: (R,)."""
    found = np.zeros(len(weeks))
    for row, counts in enumerate(weeks):
        when = np.flatnonzero(counts)
        if len(when) > 1:
            found[row] = np.diff(when).max() - 1
    return found


def _sharpest_fall(weeks: Ints) -> Floats:
    """Return the lowest ratio of a quarter's attacks to those of the quarter before: (R,)."""
    count = weeks.shape[1] // QUARTER
    quarters = weeks[:, : count * QUARTER].reshape(len(weeks), count, QUARTER).sum(axis=2)
    before, after = quarters[:, :-1], quarters[:, 1:]
    shares = np.where(before > 0, after / np.maximum(before, 1), np.inf)
    return np.asarray(shares.min(axis=1))

"""The stylised facts F1 to F12, each of a scenario's replicates and of the record.

Sources of the recorded numbers are the tables of `redline.evidence.record`; what is claimed is
what the list of stylised facts says.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, contingency

from redline.argument import Effect, difference, level, lived, observed, relative, totals_of
from redline.case import Scenario, value_at, vary
from redline.engine import Trace
from redline.evidence.facts import INNER, Fact, Floats, Ints, Recorded, Weekly
from redline.evidence.record import published
from redline.evidence.record.coding import CodedEvent, coded_events, rungs_by_week, scored_moves
from redline.evidence.record.published import Record, record_of
from redline.results import RESAMPLES, sample, simulated_histories, survival, wilson
from redline.theory import FIRST_CRISIS, SITES, Actor, Provocation, Response

AFTER = 2
"""Weeks after an attack within which a strike counts as its answer."""
AROUND = 8
"""Weeks before and after a decapitation."""
QUARTER = 13
LONG = 780
"""Weeks over which crises are followed."""
FIVE_YEARS = 261
APART = 13
"""Weeks without a crisis rung that part one crisis from the next."""
DRONES_ARRIVE = 90
NORTH = ("harir", "erbil")
"""Sites that only drones reach (¶22)."""
DEARER = 1.5
"""By what the cost of war is multiplied for both sides."""
COST_OF_WAR_US = ("united_states.commitment",)
COST_OF_WAR_IRAN = ("iran.proxy_loss", "iran.revenue_exposure")
SMALL = 0.05
"""A smaller relative change of the attack rate does not count."""
LEFT_OUT = "left out: "
"""How the words of a recorded side begin where a record says nothing of it; why follows."""
STRUCK_OTHERWISE = 1
"""Recorded strikes that followed no death: that of 27 June 2021, and the embassy's apart."""


# F1 to F4


def war(found: Weekly) -> list[Fact]:
    """Return F1: war is nearly absent."""
    p, low, high = wilson(int(found.war.sum()), len(found.war))
    disputes = next(row for row in published.rows("mid_dyads") if row["dyad"] == "US-Iran")
    n, wars = int(disputes["disputes"]), int(disputes["max_hostlev_5"])
    tail = float(binom.cdf(wars, n, p))
    return [
        Fact(
            "F1",
            "war is nearly absent",
            "P(confrontation)",
            True,
            Recorded(None, None, None, f"no war in the 112 weeks; {wars} of {n} US-Iran disputes"),
            np.array([]),
            Effect(p, low, high),
            "at most 0.05",
            high <= 0.05,
            f"were each dispute as likely to become war, {wars} of {n} or fewer would have a "
            f"chance of {tail:.2f}: the disputes rule out little",
        )
    ]


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """Return above / below of every replicate that has one."""
    has = below > 0
    return np.asarray(above[has] / below[has], np.float64)


def _nothing(why: str) -> Recorded:
    """Return the recorded side of a fact of which the record that was given says nothing."""
    return Recorded(None, None, None, f"{LEFT_OUT}{why}")


def attacks(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F2: attacks are frequent, and rarely fatal."""
    known = known or record_of()
    told = []
    for count in known.counts:
        attacks = found.counted(found.attacks, count)
        whole = (found.lived[:, count.weeks[1] - 1]) | ~found.war
        told.append(
            Fact(
                f"F2 {count.name}",
                "attacks are frequent",
                f"attacks, record {count.name}",
                True,
                Recorded(
                    count.attacks, None, None, f"{count.attacks}, {count.first} to {count.last}"
                ),
                attacks[whole].astype(np.float64),
                level((attacks[whole], np.ones(int(whole.sum())))),
                note=count.scope
                if known.has_own_counts or count.name != "A"
                else "at least that many: a floor",
            )
        )
    fatal, attacks = found.fatal.sum(axis=1), found.attacks.sum(axis=1)
    pooled = level((fatal, attacks))
    told.append(
        Fact(
            "F2",
            "attacks are rarely fatal",
            "fatal share of attacks",
            True,
            _fatal_share(known),
            _ratio(fatal, attacks),
            pooled,
            "in [0.005, 0.08]",
            pooled.mean is not None and 0.005 <= pooled.mean <= 0.08,
            "the list is likelier to hold a fatal attack: its share is the upper end",
        )
    )
    return told


def _fatal_share(known: Record) -> Recorded:
    """Return the share of attacks that killed, of all and of the listed ones."""
    deaths, whole = known.whole()
    listed = known.attacks
    if not whole or not listed:
        return _nothing("no attack")
    share = deaths / whole
    upper = sum(event.killed > 0 for event in listed) / len(listed)
    words = f"{deaths} of about {whole}; {len(listed)} listed"
    return Recorded(share, min(share, upper), max(share, upper), words)


def _within(weeks: NDArray[np.bool_], after: int, including: bool) -> NDArray[np.bool_]:
    """Return for each week whether something comes in it (if `including`) or the next ones."""
    coming = weeks.copy() if including else np.zeros_like(weeks)
    for lag in range(1, after + 1):
        coming[:, :-lag] |= weeks[:, lag:]
    return coming


def answers_follow_deaths(
    found: Weekly, rng: np.random.Generator, known: Record | None = None
) -> list[Fact]:
    """Return F3: the response follows deaths.

    Other attacks are those without a death in their week or in the weeks around it, whose
    strikes would be put down to that death.
    """
    cells = _answered(found.attacks > 0, found.fatal > 0, found.strikes)
    pooled = {name: level(pair) for name, pair in cells.items()}
    (a, n), (c, m) = ((above.sum(), below.sum()) for above, below in cells.values())
    odds = float(_odds(a, n, c, m)) if n and m else None
    low, high = (None, None) if odds is None else _odds_interval(cells, rng)
    (af, nf), (co, mo) = cells.values()
    each = ((af + 0.5) / (nf - af + 0.5)) / ((co + 0.5) / (mo - co + 0.5))
    told = _answers_recorded(known or record_of())
    return [
        Fact(
            "F3a",
            "the response follows deaths",
            "P(strike within two weeks of a fatal attack)",
            True,
            told.fatal,
            _ratio(*cells["fatal"]),
            pooled["fatal"],
            "in [0.2, 0.99]",
            pooled["fatal"].mean is not None and 0.2 <= pooled["fatal"].mean <= 0.99,
            possible=(0.0, 1.0),
        ),
        Fact(
            "F3b",
            "the response follows deaths",
            "the same after weeks of attacks away from any death",
            True,
            told.other,
            _ratio(*cells["other"]),
            pooled["other"],
            note=told.other_note,
        ),
        Fact(
            "F3c",
            "the response follows deaths",
            "odds ratio of the two (replicates: 0.5 added to each cell)",
            True,
            told.odds,
            each[nf > 0],
            Effect(odds, low, high),
            "above 8",
            low is not None and low > 8,
            told.odds_note,
        ),
    ]


class AnswersRecorded(NamedTuple):
    """The recorded side of F3, and what to know of it."""

    fatal: Recorded
    other: Recorded
    odds: Recorded
    other_note: str
    odds_note: str


def _answers_recorded(known: Record) -> AnswersRecorded:
    """Return how often force followed deaths, and other attacks.

    Of the shipped record our compilation counts the other attacks, listed or not; of any other
    record they are the weeks of its list.
    """
    listed = _answered(*(weeks[None] for weeks in listed_marks(known)))
    (deadly, deaths), (few, weeks) = ((int(x[0]), int(y[0])) for x, y in listed.values())
    fatal = _share(deadly, deaths, f"{deadly} of {deaths}", "no death is listed")
    lacking = "no death" if not deaths else "no week of attacks away from any death"
    if not deaths or not weeks:
        nothing = _nothing(f"{lacking} is listed")
        other = _share(few, weeks, f"{few} of {weeks} listed weeks", f"{lacking} is listed")
        return AnswersRecorded(fatal, other, nothing, "", "")
    by_weeks = float(_odds(*(np.array(x) for x in (deadly, deaths, few, weeks))))
    if known.is_shipped:
        return _answers_compiled(known, fatal, (deadly, deaths, few, weeks), by_weeks)
    span = _exact(deadly, deaths, few, weeks)
    low, high = (bound if np.isfinite(bound) else None for bound in span)
    words = f"{by_weeks:.0f}, by weeks of the list, from {deaths} with a death"
    return AnswersRecorded(
        fatal,
        _share(few, weeks, f"{few} of {weeks} listed weeks", ""),
        Recorded(by_weeks, low, high, words),
        "",
        f"exact 95 % interval of the record: {span[0]:.0f} to {span[1]:,.0f}",
    )


def _answers_compiled(
    known: Record, fatal: Recorded, cells: tuple[int, int, int, int], by_weeks: float
) -> AnswersRecorded:
    """Return the recorded side of F3 of the shipped record, by our compilation."""
    deadly, deaths, few, weeks = cells
    killed, whole = known.whole()
    others = whole - killed
    plain = float(_odds(*(np.array(x) for x in (deadly, deaths, STRUCK_OTHERWISE, others))))
    low, high = _exact(deadly, deaths, STRUCK_OTHERWISE, others)
    words = f"{STRUCK_OTHERWISE} of about {others} attacks (our compilation)"
    return AnswersRecorded(
        fatal,
        _share(STRUCK_OTHERWISE, others, words, ""),
        Recorded(plain, low, high, f"{plain:.0f}, from four deaths"),
        f"by weeks of the list it is {few} of {weeks}",
        f"exact 95 % interval of the record: {low:.0f} to {high:,.0f}; by weeks of the list the "
        f"ratio is {by_weeks:.0f}",
    )


def _share(count: int, of: int, words: str, without: str) -> Recorded:
    """Return a recorded share with its interval; nothing, for a reason, of none."""
    if not of:
        return _nothing(without)
    return Recorded(count / of, *wilson(count, of)[1:], words)


def _exact(a: int, n: int, c: int, m: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the odds ratio of a of n against c of m."""
    table = np.array([[a, n - a], [c, m - c]])
    if not table.sum(axis=0).all():
        return 0.0, float("inf")
    span = contingency.odds_ratio(table).confidence_interval(0.95)
    return float(span.low), float(span.high)


def _answered(
    attacked: NDArray[np.bool_], fatal: NDArray[np.bool_], struck: NDArray[np.bool_]
) -> dict[str, tuple[Ints, Ints]]:
    """Return weeks that were answered by force, and all, of fatal and of other attacks: (R,)."""
    answered = _within(struck, AFTER, including=True)
    near = _within(fatal, AFTER, including=True)
    near |= _within(fatal[:, ::-1], AFTER, including=True)[:, ::-1]
    return {
        name: ((answered & weeks).sum(axis=1), weeks.sum(axis=1))
        for name, weeks in (("fatal", fatal), ("other", attacked & ~near))
    }


def listed_marks(
    known: Record | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return in which weeks the list has an attack, a death, an answer by force: (112,) each."""
    attacked, fatal, struck = np.zeros((3, published.WEEKS), bool)
    for move in _moves(known):
        if move.actor is Actor.MILITIAS:
            attacked[move.week] = True
            fatal[move.week] |= move.killed
        else:
            struck[move.week] |= move.rung >= Response.STRIKE
    return attacked, fatal, struck


def _moves(known: Record | None) -> tuple[CodedEvent, ...]:
    """Return the scored moves of a record, the shipped one by default."""
    return coded_events() if known is None else scored_moves(known.events)


def _odds_interval(
    cells: dict[str, tuple[Ints, Ints]], rng: np.random.Generator
) -> tuple[float, float]:
    """Return the percentile-bootstrap interval of the pooled odds ratio, over replicates."""
    counts = np.stack([counts for pair in cells.values() for counts in pair], axis=1)
    drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES)
    low, high = np.quantile(_odds(*(drawn @ counts).T), INNER)
    return float(low), float(high)


def _odds(a: NDArray[Any], n: NDArray[Any], c: NDArray[Any], m: NDArray[Any]) -> Floats:
    """Return the odds ratio of a of n against c of m; an empty cell counts as a half."""
    a, b, c, d = (np.maximum(cell, 0.5) for cell in (a, n - a, c, m - c))
    return np.asarray(a / b / (c / d), np.float64)


def response_ratio(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F4: strikes per attack, against every published count.

    Strikes are those of the count; of events of one's own beside the shipped counts, the weeks
    of these that were answered by force.
    """
    known = known or record_of()
    struck = listed_marks(known)[2]
    told = []
    for count in known.counts:
        strikes = found.counted(found.strikes, count)
        attacks = found.counted(found.attacks, count)
        mine = known.has_own_events and not known.has_own_counts
        answers = int(struck[slice(*count.weeks)].sum()) if mine else count.strikes
        told.append(
            Fact(
                f"F4 {count.name}",
                "the response ratio is low",
                f"strikes per attack, record {count.name}",
                True,
                _share(answers, count.attacks, f"{answers} of {count.attacks}", "no attack")
                if answers <= count.attacks
                else _nothing(f"{answers} strikes on {count.attacks} attacks"),
                _ratio(strikes, attacks),
                level((strikes, attacks)),
                note=count.scope,
            )
        )
    return told


# F5 to F8


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
    ratios = np.where(before > 0, after / np.maximum(before, 1), np.inf)
    return np.asarray(ratios.min(axis=1))


def listed_weeks(known: Record | None = None) -> Ints:
    """Return the listed attacks of each week: (112,)."""
    counts = np.zeros(published.WEEKS, np.int64)
    for event in published.listed_attacks(among=known.events if known else None):
        counts[event.week] += 1
    return counts


def thinned(weeks: Ints, size: int, rng: np.random.Generator) -> Ints:
    """Return weekly counts of which `size` attacks are left, drawn at random."""
    found = np.zeros(weeks.shape, np.int64)
    for row, counts in enumerate(weeks):
        found[row] = rng.multivariate_hypergeometric(counts, min(size, int(counts.sum())))
    return found


def bursts(found: Weekly, rng: np.random.Generator, known: Record | None = None) -> list[Fact]:
    """Return F5: bursts and lulls, of replicates thinned to the size of the list."""
    known = known or record_of()
    listed = listed_weeks(known)
    size = int(listed.sum())
    full = found.attacks[~found.war]
    thin = thinned(full, size, rng)
    told = []
    for letter, says, measure, statistic in (
        ("a", "attacks come in bursts", "variance over mean, four weeks", dispersion),
        ("b", "attacks come in bursts", "lag-1 autocorrelation, weeks", _autocorrelation),
        ("c", "and there are lulls", "longest lull, weeks", longest_lull),
    ):
        value = float(statistic(listed[None])[0])
        values = statistic(thin)
        told.append(
            Fact(
                f"F5{letter}",
                says,
                measure,
                False,
                Recorded(value, None, None, f"{value:.2g}, {size} listed attacks")
                if np.count_nonzero(listed) > 1
                else _nothing("attacks in fewer than two weeks are listed"),
                values,
                level((values, np.ones(len(values)))),
                note=f"replicates thinned evenly to {size} attacks; the list is thin in places",
            )
        )
    values = _sharpest_fall(full)
    values = values[np.isfinite(values)]
    told.append(
        Fact(
            "F5d",
            "and there are lulls",
            "sharpest fall from a quarter to the next, ratio",
            False,
            Recorded(4 / 33, None, None, "33 attacks in Q3 2020, 4 in Q4")
            if known.is_shipped
            else _nothing("a list is too thin in places for its quarters to be compared"),
            values,
            level((values, np.ones(len(values)))),
            note="all attacks, 13 weeks each",
        )
    )
    return told


def after_strikes(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F6: limited strikes do not end the attacks."""
    known = known or record_of()
    by_days = "" if known.has_own_events else "; by days, 5 of 5 within six"
    marks = [weeks[None] for weeks in listed_marks(known)]
    every = np.ones_like(marks[0])
    told = []
    for letter, weeks in (("a", 1), ("b", 2)):
        pair = _followed(found.attacks > 0, found.strikes, found.lived, weeks)
        pooled = level(pair)
        hits, strikes = (int(count[0]) for count in _followed(marks[0], marks[2], every, weeks))
        chance = float(binom.sf(hits - 1, strikes, pooled.mean or 0.0))
        likely = f"so many or more would have a chance of {chance:.2f}; " if strikes else ""
        told.append(
            Fact(
                f"F6{letter}",
                "limited strikes do not end the attacks",
                f"P(attack within {weeks} week{'s' * (weeks > 1)} after that of a strike)",
                False,
                _share(
                    hits, strikes, f"{hits} of {strikes} listed{by_days}", "no strike is listed"
                ),
                _ratio(*pair),
                pooled,
                note=f"{likely}an attack in the strike's own week counts for neither",
                possible=(0.0, 1.0),
            )
        )
    struck, spared = _by_answer(found.attacks > 0, found.crossings > 0, found.strikes, found.lived)
    rungs = rungs_by_week(Actor.MILITIAS, _moves(known))
    crossed = marks[1] | (np.array(rungs) >= FIRST_CRISIS)[None]
    (a, n), (b, m) = _by_answer(marks[0], crossed, marks[2], every)
    both = bool(n[0] and m[0])
    value = float(a[0] / n[0] - b[0] / m[0]) if both else 0.0
    told.append(
        Fact(
            "F6c",
            "limited strikes do not end the attacks",
            "P(attack within 2 weeks of a crossing), struck less not",
            False,
            Recorded(value, None, None, f"{a[0]} of {n[0]} struck, {b[0]} of {m[0]} not")
            if both
            else _nothing("crossings that were struck and such that were not are not both listed"),
            _gap_of_shares(struck, spared),
            difference(struck, spared),
            note="not causal: the graver crossings are the ones that are struck",
            possible=(-1.0, 1.0),
        )
    )
    return told


def _followed(
    attacked: NDArray[np.bool_], struck: NDArray[np.bool_], lived: NDArray[np.bool_], weeks: int
) -> tuple[Ints, Ints]:
    """Return the strikes that an attack follows in the weeks after, and all: (R,) each.

    Only strikes all of whose weeks after were lived.
    """
    whole = np.zeros_like(lived)
    whole[:, :-weeks] = lived[:, weeks:]
    struck = struck & whole
    followed = struck & _within(attacked, weeks, including=False)
    return followed.sum(axis=1), struck.sum(axis=1)


def _by_answer(
    attacked: NDArray[np.bool_],
    crossed: NDArray[np.bool_],
    struck: NDArray[np.bool_],
    lived: NDArray[np.bool_],
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return crossings that an attack follows within two weeks, and all, struck and not."""
    with_answer, without = (
        _followed(attacked, crossed & answered, lived, 2) for answered in (struck, ~struck)
    )
    return with_answer, without


def _gap_of_shares(first: tuple[Ints, Ints], second: tuple[Ints, Ints]) -> Floats:
    (a, n), (b, m) = first, second
    both = (n > 0) & (m > 0)
    return np.asarray(a[both] / n[both] - b[both] / m[both], np.float64)


def after_decapitation(found: Weekly, known: Record | None = None) -> Fact:
    """Return F7: decapitation brought no pause."""
    struck = found.response == Response.DECAPITATION
    struck[:, :AROUND] = False
    struck[:, -AROUND:] = False
    has = struck.any(axis=1)
    first = struck.argmax(axis=1)
    rows = np.flatnonzero(has)
    before = np.array([found.attacks[r, first[r] - AROUND : first[r]].sum() for r in rows])
    after = np.array([found.attacks[r, first[r] + 1 : first[r] + 1 + AROUND].sum() for r in rows])
    alive = np.array([found.lived[r, first[r] + AROUND] for r in rows], bool)
    before, after = (x[alive] if len(x) else np.zeros(0) for x in (before, after))
    pooled = level((after, before)) if len(before) > 1 else Effect(None, None, None)
    return Fact(
        "F7",
        "decapitation brought no pause",
        f"attack rate {AROUND} weeks after a decapitation over {AROUND} before",
        False,
        _pause_recorded(known or record_of()),
        _ratio(after, before),
        pooled,
        "at least 1",
        None if pooled.low is None else bool(pooled.low >= 1),
        "a known miss where it fails: the model's strikes deter for a while",
    )


def _pause_recorded(known: Record) -> Recorded:
    """Return the listed attacks after the first decapitation over those before it."""
    when = [m.week for m in _moves(known) if m.rung == 4 and m.actor is Actor.UNITED_STATES]
    if not when:
        return _nothing("no decapitation is listed")
    if not AROUND <= when[0] < published.WEEKS - AROUND:
        return _nothing(f"the decapitation has no {AROUND} weeks on either side")
    listed = listed_weeks(known)
    after = int(listed[when[0] + 1 : when[0] + 1 + AROUND].sum())
    before = int(listed[when[0] - AROUND : when[0]].sum())
    if not before:
        return _nothing(f"no attack is listed in the {AROUND} weeks before the decapitation")
    ours = after / before
    words = f"{ours:.2f} listed ({after} after, {before} before)"
    if known.has_own_events:
        return Recorded(ours, None, None, words)
    reported = 9 / 7 / (10 / 13)
    return Recorded(
        ours,
        min(ours, reported),
        max(ours, reported),
        f"{words}; {reported:.2f} by AFP's counts (9 in 7 weeks, 10 in 13)",
    )


def talks(found: Weekly, known: Record | None = None) -> list[Fact]:
    """Return F8: tempo follows the talks."""
    start = (published.VIENNA - published.START).days // 7
    first = published.counts()[1].weeks[0]  # when, whosever the counts are
    listed = listed_weeks(known)
    drones = np.zeros(published.WEEKS, np.int64)
    for move in _moves(known):
        flown = move.actor is Actor.MILITIAS and move.rung == Provocation.DRONES
        drones[move.week] += flown
    alive = ~found.war
    told = []
    rate = {}
    for name, weeks in (("with", (start, published.WEEKS)), ("before", (first, start))):
        rate[name] = found.total(found.attacks, *weeks)[alive] / (weeks[1] - weeks[0])
    before = int(listed[first:start].sum())
    value = float(listed[start:].mean() / listed[first:start].mean()) if before else 0.0
    recorded = (
        f"{value:.2f}: {listed[start:].sum()} listed in {published.WEEKS - start} weeks, "
        f"{before} in the {start - first} before"
    )
    pooled = level((rate["with"], rate["before"]))
    told.append(
        Fact(
            "F8a",
            "tempo follows the talks",
            "attack rate since the Vienna talks over that of 2021 before",
            False,
            Recorded(value, None, None, recorded)
            if before
            else _nothing(f"no attack is listed in the {start - first} weeks before the talks"),
            _ratio(rate["with"], rate["before"]),
            pooled,
            "above 1",
            pooled.low is not None and pooled.low > 1,
            "when the talks begin is set by the timeline, after the record",
        )
    )
    late = np.arange(published.WEEKS) >= start
    on = found.lived & late & (found.talks == 1)
    off = found.lived & late & (found.talks == 0)
    for letter, what, counts in (
        ("b", "attack", found.attacks),
        ("c", "drone attack", found.drones),
    ):
        pairs = [((counts * mask).sum(axis=1), mask.sum(axis=1)) for mask in (on, off)]
        ratio = relative(*pairs)
        effect = Effect(*(None if x is None else x + 1 for x in ratio))
        since = f"{drones[start:].sum()} drone attacks listed since the talks, "
        words = "no week of these without talks to compare"
        if letter == "c":
            words = since + f"{drones[:start].sum()} before"
        told.append(
            Fact(
                f"F8{letter}",
                "tempo follows the talks",
                f"{what} rate, talks on over off, same weeks",
                False,
                Recorded(None, None, None, words),
                np.array([]),
                effect,
                "above 1",
                effect.low is not None and effect.low > 1,
            )
        )
    return told


# F9 to F12: other worlds, sites, long horizons


def stability_instability(scenario: Scenario, replicates: int, seed: int) -> list[Fact]:
    """Return F9: what a dearer war does, to war and to the rate of attacks."""
    names = ["confrontation", "attacks_per_week"]
    theory = Recorded(None, None, None, "theory only: Snyder 1965; Powell 2015")
    here = observed(scenario, replicates, seed, totals_of(names))
    told = []
    for letters, who, addresses in (
        ("ab", "both", (*COST_OF_WAR_US, *COST_OF_WAR_IRAN)),
        ("cd", "the US alone", COST_OF_WAR_US),
    ):
        values = {a: DEARER * value_at(scenario.document, a) for a in addresses}
        there = observed(vary(scenario, values), replicates, seed, totals_of(names))
        war, rate = (
            [(arm[f"{name}.above"], arm[f"{name}.below"]) for arm in (there, here)]
            for name in names
        )
        gap, change = difference(war[0], war[1]), relative(rate[0], rate[1])
        about = f"war dearer for {who}"
        words = ", ".join(address.partition(".")[2] for address in addresses)
        note = f"{words} × {DEARER:g}; {replicates:,} replicates"
        told += [
            Fact(
                f"F9{letters[0]}",
                "a dearer war is rarer",
                f"{about}: change of P(confrontation)",
                False,
                theory,
                np.array([]),
                gap,
                "below 0",
                gap.high is not None and gap.high < 0,
                note,
            ),
            Fact(
                f"F9{letters[1]}",
                "and leaves provocation as it was",
                f"{about}: relative change of the attack rate",
                False,
                theory,
                np.array([]),
                change,
                f"at least −{SMALL:g}",
                change.low is not None and change.low >= -SMALL,
                note,
            ),
        ]
    return told


def loss_of_control(scenario: Scenario, replicates: int, seed: int) -> Fact:
    """Return F10: loss of control makes accidents."""
    arms = [
        observed(
            vary(scenario, {"environment.control_loss": value}),
            replicates,
            seed,
            totals_of(["crossings_per_week"]),
        )
        for value in (0.6, 0.0)
    ]
    more, none = (
        (arm["crossings_per_week.above"], arm["crossings_per_week.below"]) for arm in arms
    )
    change = relative(more, none)
    return Fact(
        "F10",
        "loss of control makes accidents",
        "crossings a week, control_loss 0.6 against 0: relative change",
        False,
        Recorded(None, None, None, "after January 2020, in words only"),
        np.array([]),
        change,
        "above 0",
        change.low is not None and change.low > 0,
        f"{replicates:,} replicates",
    )


def means_and_sites(scenario: Scenario, replicates: int, seed: int) -> list[Fact]:
    """Return F11: means track reach."""
    found = simulated_histories(scenario, seed, sample(replicates, replicates, seed), moves=True)
    moves = found.moves[:, DRONES_ARRIVE:]
    north = np.isin(moves["site"], [SITES.index(site) for site in NORTH])
    elsewhere = (moves["site"] >= 0) & ~north
    drones = moves["rung"] == Provocation.DRONES
    listed = [move for move in coded_events() if move.week >= DRONES_ARRIVE and move.site]
    told = []
    for letter, where, mask, wanted in (
        ("a", "Erbil and Harir, since they arrived", north, True),
        ("b", "other sites, since they arrived", elsewhere, False),
    ):
        here = [m.rung == Provocation.DRONES for m in listed if (m.site in NORTH) == wanted]
        pair = (drones & mask).sum(axis=(1, 2)), mask.sum(axis=(1, 2))
        told.append(
            Fact(
                f"F11{letter}",
                "means track reach",
                f"share of drones at {where}",
                False,
                Recorded(
                    sum(here) / len(here),
                    *wilson(sum(here), len(here))[1:],
                    f"{sum(here)} of {len(here)} listed",
                ),
                _ratio(*pair),
                level(pair),
                note="by construction only drones reach them; rockets hit Erbil on 2021-02-15"
                if wanted
                else "when drones arrive is set by the timeline, after the record",
                possible=(0.0, 1.0),
            )
        )
    return told


def recurrence(scenario: Scenario, replicates: int, seed: int) -> Fact:
    """Return F12: disputes recur."""
    long = vary(scenario, weeks=LONG)

    def reduction(trace: Trace, scenario: Scenario) -> dict[str, NDArray[Any]]:
        grave = np.maximum(trace.weeks["provocation"], trace.weeks["response"]) >= FIRST_CRISIS
        return {"grave": grave & lived(trace), "lived": trace.lived, "war": trace.over == 1}

    found = observed(long, replicates, seed, reduction)
    waits, again, owner = _spells(found["grave"], found["lived"], found["war"])
    share = _share_within(waits, again) if len(waits) else Effect(None, None, None)
    followed = (waits >= FIVE_YEARS) | (again & (waits <= FIVE_YEARS))
    inside = again & (waits <= FIVE_YEARS)
    above = np.bincount(owner, weights=inside & followed, minlength=replicates)
    below = np.bincount(owner, weights=followed, minlength=replicates)
    rows = published.rows("icb_recurrence")
    shares = [float(row["share"]) for row in rows]
    whole = next(row for row in rows if row["era"] == "1918-2017")
    return Fact(
        "F12",
        "disputes recur",
        "share of crises that a new one follows within five years",
        False,
        Recorded(float(whole["share"]), min(shares), max(shares), "0.45 to 0.53 by era (ICB v14)"),
        _ratio(above, below),
        share,
        possible=(0.0, 1.0),
        note=f"{LONG} weeks, {replicates:,} replicates; crises {APART} weeks apart or more; "
        "Kaplan-Meier. ICB's crises are of states, graver and rarer than a week on rung 4",
    )


def _share_within(waits: Ints, again: NDArray[np.bool_]) -> Effect:
    """Return the share of quiet spells that a crisis ends within five years (Kaplan-Meier)."""
    curve = survival(waits, again)
    place = int(np.searchsorted(curve.weeks, FIVE_YEARS, side="right")) - 1
    if place < 0:
        return Effect(0.0, None, None)
    left = (curve.share[place], curve.high[place], curve.low[place])
    return Effect(*(1 - float(share) for share in left))


def _spells(
    grave: NDArray[np.bool_], weeks: Ints, war: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Return the quiet spells after crises: their length, whether a crisis ended them, whose.

    War ends a replicate in a grave week of its own, which counts as a crisis.
    """
    waits, again, owner = [], [], []
    for row, marks in enumerate(grave):
        when = np.flatnonzero(marks)
        for place, week in enumerate(when):
            following = when[place + 1] if place + 1 < len(when) else None
            if following is None:
                left = int(weeks[row]) - 1 - int(week)
                if left >= APART:
                    waits.append(left)
                    again.append(False)
                    owner.append(row)
            elif following - week >= APART:
                waits.append(int(following - week))
                again.append(True)
                owner.append(row)
    return np.array(waits, np.int64), np.array(again, bool), np.array(owner, np.int64)

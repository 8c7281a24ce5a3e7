"""Beside the record: every stylised fact, simulated and recorded, and whether they agree.

A miss is shown as a miss. Facts that the defaults were fitted to are marked; they are no
evidence for the model. Records of different scope are compared apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from redline.case import Scenario, load_scenario
from redline.evidence.facts.aftermath import after_decapitation, after_strikes, talks
from redline.evidence.facts.answers import answers_follow_deaths, response_ratio
from redline.evidence.facts.fact import Fact
from redline.evidence.facts.frequency import attacks, bursts, war
from redline.evidence.facts.weeks import Weekly, weekly
from redline.evidence.facts.worlds import (
    loss_of_control,
    means_and_sites,
    recurrence,
    stability_instability,
)
from redline.evidence.recorded import published
from redline.evidence.recorded.known import Record
from redline.evidence.replay import check_weeks
from redline.results import MOST_MOVES, check_range, check_replicates
from redline.support import JSON_FORMAT, Blocks, Bold, Several, Table, interval_words

if TYPE_CHECKING:
    import pandas as pd

STANDOFF = "standoff_2019_2021"
REPLICATES = 4000
QUANTILES = ("q025", "q25", "q50", "q75", "q975")
ARMS_MORE = 5
"""Other worlds are compared over so many times the replicates: their differences are small."""
WORLDS = 5
"""Those other worlds, and the scenario itself beside them."""
WEEK_BYTES = 84
"""Memory for each week of each replicate at the peak: small integers, and what is made of them."""
MOVES_REPLICATES = 500
LONG_REPLICATES = 1000
"""The most that are simulated militia by militia, and over fifteen years."""


@dataclass(frozen=True, repr=False, eq=False)
class Validation(Several[Fact], of="facts"):
    """The stylised facts F1 to F12 of a scenario beside the record: a sequence of `Fact`."""

    scenario: Scenario
    facts: tuple[Fact, ...]
    replicates: int
    seed: int

    def __repr__(self) -> str:
        """Return of what it is, and of how much."""
        return (
            f"Validation({self.scenario.name}: {len(self.facts)} statistics, "
            f"{self.replicates:,} replicates, seed {self.seed})"
        )

    @property
    def finding(self) -> str:
        """A sentence for how many facts that nothing was fitted to are in, and as claimed."""
        return facts_finding(self.facts)

    def blocks(self) -> Blocks:
        """Yield the facts, recorded and simulated, and how often such crises became war."""
        rows: list[list[str]] = []
        said = ""
        for fact in self.facts:
            if fact.says != said:
                rows.append(["", Bold(fact.says)])
                said = fact.says
            q, estimate = fact.quantiles, fact.estimate
            rows.append(
                [
                    fact.name + (" *" if fact.fitted else ""),
                    fact.measure,
                    fact.recorded.words,
                    interval_words(estimate.mean, estimate.low, estimate.high),
                    "–" if q is None else f"{q[0]:.3g} to {q[-1]:.3g}",
                    "–" if fact.percentile is None else f"{100 * fact.percentile:.0f}",
                    _verdict(fact),
                ]
            )
        headings = ("fact", "statistic", "recorded", "simulated", "middle 95 %", "%ile", "verdict")
        yield Table(headings, rows)
        yield Bold(self.finding)
        yield "* The defaults were fitted to it: no evidence for the model."
        yield "Outside view: shares that became war"
        for row in outside_view():
            told = f"{row['count']} of {row['of']:,} ({100 * row['share']:.2g} %)"
            yield f"  {row['what']}: {told}"

    def to_dict(self) -> dict[str, Any]:
        """Return the facts, and the shares of crises that became war."""
        return validation_json(self.scenario, self.facts, self.replicates, self.seed)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each statistic.

        Its fact, what that says and the measure; whether the defaults were fitted to it; the
        record with its range and in words; quantiles of the replicates; the estimate over all
        of them with its 95 % interval (low, high); the percentile of the record, the verdict,
        and whether what is claimed holds.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "fact": fact.name,
                "says": fact.says,
                "measure": fact.measure,
                "fitted": fact.fitted,
                "record": fact.recorded.value,
                "record_low": fact.recorded.low,
                "record_high": fact.recorded.high,
                "record_words": fact.recorded.words,
                **dict(zip(QUANTILES, fact.quantiles or (None,) * 5, strict=True)),
                "estimate": fact.estimate.mean,
                "low": fact.estimate.low,
                "high": fact.estimate.high,
                "percentile": fact.percentile,
                "verdict": fact.verdict,
                "claimed": fact.claimed,
                "holds": fact.holds,
            }
            for fact in self.facts
        )


def _verdict(fact: Fact) -> str:
    """Return whether the record lies within, and whether what is claimed holds."""
    told = [fact.verdict] if fact.verdict != "–" else []
    if fact.holds is not None:
        told.append(fact.claimed if fact.holds else f"not {fact.claimed}")
    return "; ".join(told)


def facts_finding(facts: Sequence[Fact]) -> str:
    """Return a sentence for how many facts that nothing was fitted to are in, out, as claimed."""
    free = [fact for fact in facts if not fact.fitted]
    compared = [fact for fact in free if fact.verdict not in ("–", "no test")]
    claimed = [fact for fact in free if fact.holds is not None]
    inside = sum(fact.verdict == "in" for fact in compared)
    held = sum(fact.holds is True for fact in claimed)
    return (
        f"Of {len(compared)} statistics that nothing was fitted to and that could fail, the "
        f"record is among the middle 95 % of replicates in {inside}; of {len(claimed)} "
        f"expectations {held} hold"
    )


def validate(
    scenario: str | Path | Scenario = STANDOFF,
    replicates: int = REPLICATES,
    seed: int = 1,
    *,
    notice: Callable[[str], None] | None = None,
) -> Validation:
    """Return the stylised facts F1 to F12 of a scenario, beside the record.

    In: the record lies among the middle 95 % of replicates. Facts to which the defaults were
    fitted are marked: they are no evidence for the model.

    Parameters
    ----------
    scenario
        A built-in name, the path of a file, or a `Scenario`; over the weeks of the record.
    replicates, seed
        How many are simulated, and the seed of their chance.
    notice
        Called with what it takes in time and memory, where that is much.

    Raises
    ------
    InputError
        If the scenario does not run over the weeks of the record, or for more replicates than
        memory holds.
    """
    scenario = load_scenario(scenario)
    check_weeks(scenario)
    seed, _, replicates = check_range(seed, 0, replicates)
    lives = [(scenario, replicates), (scenario, WORLDS * ARMS_MORE * replicates)]
    check_replicates(lives, seed, WEEK_BYTES * published.WEEKS, notice=notice)
    moves = min(MOVES_REPLICATES, max(1, MOST_MOVES // (published.WEEKS * len(scenario.members))))
    found = weekly(scenario, replicates, seed)
    facts = (
        *facts_of(found, seed),
        *stability_instability(scenario, ARMS_MORE * replicates, seed),
        loss_of_control(scenario, ARMS_MORE * replicates, seed),
        *means_and_sites(scenario, min(moves, replicates), seed),
        recurrence(scenario, min(LONG_REPLICATES, replicates), seed),
    )
    return Validation(scenario, facts, replicates, seed)


def facts_of(found: Weekly, seed: int, known: Record | None = None) -> list[Fact]:
    """Return the stylised facts F1 to F8 of replicates, beside a record (the shipped one).

    Where a record that is given says nothing of a fact, its recorded side is left out.
    """
    rng = np.random.default_rng(seed)
    return [
        war(found),
        *attacks(found, known),
        *answers_follow_deaths(found, rng, known),
        *response_ratio(found, known),
        *bursts(found, rng, known),
        *after_strikes(found, known),
        after_decapitation(found, known),
        *talks(found, known),
    ]


def validation_json(
    scenario: Scenario, facts: Sequence[Fact], replicates: int, seed: int
) -> dict[str, Any]:
    """Return what ``redline validate --json`` prints."""
    return {
        "format": JSON_FORMAT,
        "scenario": scenario.name,
        "seed": seed,
        "replicates": replicates,
        "facts": [fact.to_dict() for fact in facts],
        "outside_view": outside_view(),
    }


def outside_view() -> list[dict[str, Any]]:
    """Return base rates to set beside a probability of war: what, share, count, of how many."""
    found = []
    for row in published.rows("mid_hostility_levels"):
        if row["label"] == "war":
            n = round(int(row["n"]) / float(row["share"]))
            found.append((f"militarized disputes that became war, {row['era']}", int(row["n"]), n))
    for row in published.rows("mid_dyads"):
        if row["dyad"] in ("US-Iran", "US-Iraq"):
            about = f"{row['dyad']} disputes that became war, {row['first']}-{row['last']}"
            found.append((about, int(row["max_hostlev_5"]), int(row["disputes"])))
    of = ("1946-2017", "viol")
    rows = [r for r in published.rows("icb_violence") if (r["era"], r["variable"]) == of]
    crises = {row["label"]: int(row["n"]) for row in rows}
    about = f"international crises with full-scale war, {of[0]}"
    found.append((about, crises["full-scale war"], sum(crises.values())))
    return [{"what": what, "share": count / n, "count": count, "of": n} for what, count, n in found]

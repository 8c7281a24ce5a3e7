"""The record as a whole: events and counts together, shipped or given, and what they say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from redline.evidence.recorded.coding import CodedEvent, code_event, months, scored_moves
from redline.evidence.recorded.events import END, START, Event
from redline.evidence.recorded.published import (
    Count,
    counts,
    events,
    listed_attacks,
    whole_count,
)
from redline.support import JSON_FORMAT, Blocks, Bold, Result, Table, count
from redline.theory import Actor, Provocation, Response, rung_names

if TYPE_CHECKING:
    import pandas as pd

MEANS_WORDS = {
    Provocation.ROCKETS: "rockets, mortars",
    Provocation.DRONES: "drones",
    Provocation.ASSAULT: "embassy stormed",
}
"""The rungs of attacks, in words."""
ANSWER_RUNGS = (Response.WARNING, Response.SANCTIONS, Response.STRIKE, Response.DECAPITATION)
"""The answers that are told by their days."""


INCOMPLETE = "The list is incomplete. Sources and policy dates"


@dataclass(frozen=True, repr=False)
class Record(Result):
    """What happened: dated events, and published counts of attacks.

    Of the shipped ones more is known than they say: numbers that only the press has.
    """

    events: tuple[Event, ...]
    counts: tuple[Count, ...]

    def __repr__(self) -> str:
        """Return how much is known."""
        return f"Record({len(self.events):,} events, {count(len(self.counts), 'count')})"

    @property
    def has_own_events(self) -> bool:
        """Whether the events are others than the shipped ones."""
        return self.events != events()

    @property
    def has_own_counts(self) -> bool:
        """Whether the published counts are others than the shipped ones."""
        return self.counts != counts()

    @property
    def is_shipped(self) -> bool:
        """Whether events and counts are the shipped ones."""
        return not (self.has_own_events or self.has_own_counts)

    @property
    def attacks(self) -> list[Event]:
        """The listed attacks of the 112 weeks."""
        return listed_attacks(among=self.events)

    @cached_property
    def moves(self) -> tuple[CodedEvent, ...]:
        """The scored events as moves of the model, in order."""
        return scored_moves(self.events)

    def counts_by(self, until: date) -> list[Count]:
        """Return the published counts that end by a day."""
        return [count for count in self.counts if count.last <= until]

    def told(self) -> dict[str, str]:
        """Return what JSON says of it."""
        return {
            "events": "given" if self.has_own_events else "shipped",
            "counts": "given" if self.has_own_counts else "shipped",
        }

    def whole(self) -> tuple[int, int]:
        """Return how many attacks killed, of about how many there were, listed or not.

        Where the counts are not the shipped ones, within their windows.
        """
        fatal = [event for event in self.attacks if event.killed > 0]
        if not self.has_own_counts:
            return len(fatal), whole_count()
        inside = [e for e in fatal if any(c.first <= e.date <= c.last for c in self.counts)]
        return len(inside), sum(count.attacks for count in self.counts)

    @property
    def finding(self) -> str:
        """A sentence for how many attacks, deaths and answers by force there are."""
        return timeline_finding(self.moves)

    @property
    def monthly(self) -> list[dict[str, Any]]:
        """Of each month its first day, listed attacks by their rung, deaths and answers."""
        found = []
        for first in months(START, END):
            here = [m for m in self.moves if f"{m.event.date:%Y-%m}" == f"{first:%Y-%m}"]
            attacks = Counter(m.rung for m in here if m.actor is Actor.MILITIAS)
            answers = [
                f"{move.event.date.day}: {rung.name.lower()}"
                for move in here
                if move.actor is Actor.UNITED_STATES
                for rung in ANSWER_RUNGS
                if rung == move.rung
            ]
            found.append(
                {
                    "month": first.isoformat(),
                    **{rung.name.lower(): attacks[rung] for rung in MEANS_WORDS},
                    "deaths": sum(move.killed for move in here),
                    "answers": answers,
                }
            )
        return found

    def blocks(self) -> Blocks:
        """Yield the record month by month, and what was published of it."""
        yield Bold(self.finding)
        rows = [
            [
                month["month"][:7],
                *(str(month[rung.name.lower()] or "") for rung in MEANS_WORDS),
                str(month["deaths"] or ""),
                ", ".join(month["answers"]),
            ]
            for month in self.monthly
        ]
        words = MEANS_WORDS.values()
        yield Table(("month", *words, "deaths", "responses"), rows, f"l{'r' * len(words)}rl")
        for one in self.counts:
            yield (
                f"Record {one.name}, {one.first} to {one.last}: {one.attacks} attacks, "
                f"{one.strikes} answered by force ({one.status}; {one.scope})"
            )
        yield f"{INCOMPLETE}: to_dict()"

    def to_dict(self) -> dict[str, Any]:
        """Return every event with its source and the move that it is, and the counts."""
        published = [
            {**one._asdict(), "first": one.first.isoformat(), "last": one.last.isoformat()}
            for one in self.counts
        ]
        rows = [{**row, "date": row["date"].isoformat()} for row in map(_told, self.events)]
        return {"format": JSON_FORMAT, "events": rows, "counts": published}

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each event.

        As in the table of events: date, initiator, target, type, killed (of the coalition),
        note, status, source, precision. As a move of the model: scored, whether it is one of
        the 112 weeks; then its actor, rung, site and week.
        """
        import pandas as pd

        found = pd.DataFrame(
            map(_told, self.events),
            columns=[*Event._fields, "scored", "actor", "rung", "site", "week"],
        )
        return found.astype({"date": "datetime64[s]", "week": "Int64"})


def _told(event: Event) -> dict[str, Any]:
    """Return an event of the record, and the move of the model that it is."""
    move = code_event(event) if event.is_scored else None
    return {
        **event._asdict(),
        "scored": move is not None,
        "actor": move.actor.name.lower() if move else None,
        "rung": rung_names(move.actor)[move.rung] if move else None,
        "site": move.site if move else None,
        "week": event.week if move else None,
    }


def timeline_finding(moves: Sequence[CodedEvent]) -> str:
    """Return a sentence for how many attacks, deaths and answers by force there are."""
    attacks = [move for move in moves if move.actor is Actor.MILITIAS]
    listed = count(sum(move.rung <= Provocation.DRONES for move in attacks), "listed attack")
    fatal = count(sum(move.killed for move in attacks), "fatal", "fatal")
    answers = [move for move in moves if move.actor is not Actor.MILITIAS]
    force = count(sum(move.rung >= Response.STRIKE for move in answers), "answer")
    return f"{listed}, {fatal}; {force} by force"


def record_of(
    given: Sequence[Event] | None = None, counted: Sequence[Count] | None = None
) -> Record:
    """Return the record with events or published counts of one's own in place of the shipped."""
    return Record(
        events() if given is None else tuple(given), counts() if counted is None else tuple(counted)
    )


def record() -> Record:
    """Return the record, 6 May 2019 to 27 June 2021: what happened, as the model's moves.

    Printed month by month; every event with its source is in `Record.to_pandas`.
    """
    return record_of()

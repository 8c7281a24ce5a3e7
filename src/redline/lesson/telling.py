"""A game in the words of the lesson, to be played from Python and in a terminal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.argument import FUTURES, ActorExplanation, GameState, Standing
from redline.case import Scenario, load_scenario, vary
from redline.lesson.words import Words, english
from redline.results import check_range
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    InputError,
    Painted,
    Result,
    Rule,
    Table,
    names,
    nearest,
    signed,
    whole,
)
from redline.theory import Actor, rung_names

if TYPE_CHECKING:
    import pandas as pd

GAME, GAME_WEEKS = "talks_2021", 14
"""The crisis that is played, and its weeks."""
SEATS = {actor.name.lower(): actor for actor in (Actor.UNITED_STATES, Actor.IRAN)}
COLUMNS = (
    "week", "date", "move", "talks", "directive", "provocation", "response", "attacks", "fatal",
    "crossings", "pressure", "leverage",
)  # fmt: skip
"""Of the history of a game."""


@dataclass(frozen=True, repr=False)
class Options(ActorExplanation):
    """What every rung is worth to the seat in the week that comes, by the numbers of the model."""

    words: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def blocks(self) -> Blocks:
        """Yield a table of terms and rungs."""
        why, terms = self.words["why"], self.words["terms"]
        rows = [[terms[term], *map(signed, row)] for term, row in self.terms.items()]
        rows.append([why["sum"], *map(signed, self.utilities)])
        title = why["worth"].format(who=self.actor)
        yield Table((why["term"], *self.rungs), rows, align="lr", totals=1, title=title)


@dataclass(frozen=True, repr=False)
class PlayedGame(GameState, Result):
    """A game, after some moves: `move` returns the next one, and what it shows is what is so."""

    def __repr__(self) -> str:
        state = "over" if self.done else f"week {self.week + 1} of {self.weeks}"
        return f"<PlayedGame of {self.scenario.name}, {self.seat.name.lower()}: {state}>"

    @cached_property
    def words(self) -> Words:
        """All words of the lesson."""
        return english(self.scenario)

    def options(self) -> Options:
        """Return what every rung is worth to the seat in the week that comes."""
        return Options(**vars(super().options()), words=self.words)

    @property
    def history(self) -> list[dict[str, Any]]:
        """What happened in every week that has been played; see `to_pandas`."""
        mine, theirs = rung_names(self.seat), rung_names(Actor.UNITED_STATES)
        acts = rung_names(Actor.MILITIAS)
        found = []
        for week, (move, row) in enumerate(zip(self.moves, self.played, strict=True)):
            told = (
                week, self.scenario.date_of(week), mine[move], bool(row["talks"]),
                acts[row["directive"]], acts[row["provocation"]], theirs[row["response"]],
                int(row["attacks"].sum()), int(row["fatal"].sum()), int(row["crossings"]),
                float(row["pressure"]), float(row["leverage"]),
            )  # fmt: skip
            found.append(dict(zip(COLUMNS, told, strict=True)))
        return found

    # For reading

    def blocks(self) -> Blocks:
        """Yield what followed the last move, and what there is to decide, or what it came to."""
        if self.week:
            yield self.answer
        yield from self.ending() if self.done else self.situation()

    def situation(self) -> Blocks:
        """Yield the ladder so far, what has just happened, and the options."""
        play, washington = self.words["play"], self.seat is Actor.UNITED_STATES
        day = self.scenario.date_of(self.week)
        when = {"week": self.week + 1, "weeks": self.weeks, "date": day or ""}
        yield Rule(play["when"].format(**when))
        if self.week:
            yield from self.ladder()
        if washington:
            yield Bold(" ".join(self.news(self.week)))
        talks = self.trace.weeks[0, self.week]["talks"]
        yield play["talks_on" if talks else "talks_off"]
        ahead = play["futures"].format(wars=self.wars_ahead(), n=FUTURES)
        yield f"{play['war_meter']}: {ahead}"
        if self.week and washington:
            yield f"{play['weak_meter']}: {self.played[-1]['pressure']:.2f}"
        elif self.week:
            yield f"{play['leverage_meter']}: {_percent(self.played[-1]['leverage'])}"
        names = self.words["responses" if washington else "provocations"]
        about = self.words["washington" if washington else "tehran"]["about"]
        for rung, (name, what) in enumerate(zip(names, about, strict=True)):
            closed = "" if (self.allowed >> rung) & 1 else f" ({self.words['terminal']['closed']})"
            yield f"  {rung}  {name:<13} {what}{closed}"

    @property
    def answer(self) -> str:
        """What followed the last move."""
        last, words = self.played[-1], self.words
        told = [words["log_washington"].format(act=words["answered"][last["response"]])]
        if self.seat is Actor.IRAN:
            rung = last["directive"]
            within = (self.reach(self.week - 1) >> rung) & 1
            ordered = words["ordered" if within else "ordered_beyond"][rung]
            order = words["log_tehran"].format(act=ordered)
            told = [order, *self.news(self.week - 1), *told]
        return f"{self.week}. {' '.join(told)}"

    def ending(self) -> Blocks:
        """Yield what it came to, beside the computer under the same chance."""
        if not self.week:
            return
        yield Rule()
        yield from self.ladder()
        if self.done:
            play = self.words["play"]["ended_war" if self.war else "ended"]
            yield Bold(play.format(weeks=len(self.played)))
            words = self.words["terminal"]
            columns = (_figures(one, words["war"]) for one in (self.standing(), self.computer()))
            rows = list(zip(words["rows"], *columns, strict=True))
            yield Table(words["columns"], rows, align="lr")

    def news(self, week: int) -> list[str]:
        """Return what the militias did in a week, in sentences."""
        words, told = self.words["news"], []
        moves = self.trace.moves[0, week]
        for name, (rung, site, killed) in zip(self.scenario.militia_names, moves, strict=True):
            if rung == 0:
                continue
            what = words["attack" if site >= 0 else "act"].format(
                who=name[:1].upper() + name[1:],
                act=self.words["provoked"][rung],
                site=self.words["sites"][site],
            )
            told.append(words["killed"].format(what=what) if killed else f"{what}.")
        if not told:
            told.append(words["quiet"])
        if self.trace.weeks[0, week]["crossings"]:
            told.append(words["crossed"])
        return told

    def ladder(self) -> Iterator[str]:
        """Yield the mirrored ladder: provocations above, responses below, a column a week."""
        names = self.words["provocations"]
        for rung in range(len(names) - 1, 0, -1):
            yield _rung(names[rung], rung, self.played["provocation"])
        marks = ("◆  " if crossed else "── " for crossed in self.played["crossings"])
        yield Painted([(f"{'':>13} {''.join(marks)}", None)])
        names = self.words["responses"]
        for rung in range(1, len(names)):
            yield _rung(names[rung], rung, self.played["response"])

    # For going on

    def to_dict(self) -> dict[str, Any]:
        """Return the game: what is played, every week so far, and what it has come to."""
        names = rung_names(self.seat)
        history = [{**row, "date": row["date"] and str(row["date"])} for row in self.history]
        return {
            "format": JSON_FORMAT,
            "scenario": self.scenario.name,
            "seat": self.seat.name.lower(),
            "weeks": self.weeks,
            "seed": self.seed,
            "moves": [names[move] for move in self.moves],
            "done": self.done,
            "war": self.war,
            "history": history,
            "standing": asdict(self.standing()),
            "computer": asdict(self.computer()) if self.done else None,
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each week that has been played.

        Columns: ``week`` and ``date``; ``move``, the player's; ``talks``, whether there were any;
        ``directive``, Tehran's; ``provocation`` and ``response``, the highest rungs of either
        ladder; ``attacks``, and how many of them were ``fatal``; ``crossings`` of the red line;
        ``pressure`` on Washington, and Tehran's ``leverage``, at the end of the week.
        """
        import pandas as pd

        return pd.DataFrame(self.history, columns=list(COLUMNS))


def play(
    scenario: str | Path | Scenario = GAME,
    seat: str = "united_states",
    *,
    weeks: int = GAME_WEEKS,
    seed: int = 1,
    values: Mapping[str, Any] | None = None,
    forbid: str | Sequence[str] | None = (),
    notice: Callable[[str], None] | None = None,
) -> PlayedGame:
    """Play Washington or Tehran for some weeks of a crisis.

    The computer plays all others, by the rules. The same seed gives the same crisis here, in
    the terminal and in the lesson.

    Parameters
    ----------
    scenario
        A built-in name, the path of a file, or a `Scenario`.
    seat
        ``united_states`` or ``iran``.
    weeks
        Of the game; the world ahead of it is as long as the scenario is.
    seed
        Of all chance.
    values, forbid
        What is changed in the scenario; see `redline.Scenario.vary`.
    notice
        Called with what to know of the scenario.

    Raises
    ------
    InputError
        For a scenario that cannot be read or changed so, a seat that cannot be taken, or
        numbers out of range.

    Examples
    --------
    >>> game = play("talks_2021", "united_states", seed=4)
    >>> game = game.move("warning").move("strike")
    >>> game.to_pandas()["move"].tolist()
    ['warning', 'strike']
    """
    if seat not in SEATS:
        raise InputError(f"no seat {seat}{nearest(str(seat), SEATS)}")
    chosen = load_scenario(scenario)
    bans = names(forbid)
    if values is not None or not isinstance(bans, Sized) or len(bans):
        chosen = vary(chosen, values, forbid=bans)
    for text in chosen.notices if notice else ():
        assert notice is not None
        notice(f"{chosen.name}: {text}")
    seed = check_range(seed, 0, 1)[0]
    return PlayedGame(chosen, SEATS[seat], whole("weeks", weeks), seed)


def _rung(name: str, rung: int, reached: Iterable[int]) -> Painted:
    """Return one rung of a ladder: a block in every week that reached it."""
    from redline.figures import RUNG_COLOURS

    marks = [
        ("██ ", RUNG_COLOURS[highest]) if highest >= rung else ("·  ", "dim") for highest in reached
    ]
    return Painted([(f"{name:>13} ", None), *marks])


def _figures(one: Standing, war: Sequence[str]) -> list[str]:
    """Return what a game came to, in the order of the rows of the comparison."""
    counts = [one.attacks, one.deaths, one.strikes]
    return [str(one.weeks), war[one.war], *map(str, counts), _percent(one.peak_leverage)]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

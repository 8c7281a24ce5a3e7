"""``redline play``: the lesson's game in a terminal, in the words of the lesson."""

from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.options import GAME, GAME_WEEKS, Changes, read_scenario
from redline.cli.tables import console, print_line, print_table
from redline.support import InputError, signed
from redline.theory import Actor

if TYPE_CHECKING:
    from redline.argument import Game, Standing
    from redline.theory import Counts


@click.command()
@click.argument("scenario", default=GAME, shell_complete=scenario_names)
@click.option(
    "--as",
    "seat",
    type=click.Choice(["united_states", "iran"]),
    default="united_states",
    help="Whose chair to take.",
)
@click.option("--game-weeks", type=int, default=GAME_WEEKS, help="Weeks of the game.")
@click.option(
    "--moves", metavar="R,R,…", help="Play these rungs (0 to 5), one a week, without asking."
)
@options.seed
@options.changes
def play(
    scenario: str, seat: str, game_weeks: int, moves: str | None, seed: int, changes: Changes
) -> None:
    """Take Washington's or Tehran's chair for some weeks of a crisis.

    The computer plays all others, by the rules. The same seed gives the same crisis here and
    in the lesson. Each week, type the rung of your choice; ? shows what each is worth by the
    numbers of the model, q leaves.
    """
    from redline.argument import Game
    from redline.lesson import english

    chosen = read_scenario(scenario, changes)
    game = Game(chosen, Actor[seat.upper()], game_weeks, seed)
    told = _Telling(english(chosen))
    asked = None if moves is None else _rungs(moves)
    while not game.done:
        if asked is None:
            told.situation(game)
            rung = _ask(game, told)
            if rung is None:
                break
        elif game.week < len(asked):
            rung = asked[game.week]
        else:
            break
        game = game.move(rung)
        told.answer(game)
    told.ending(game)


def _rungs(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--moves {text!r}: must be rungs such as 1,1,3") from None


def _ask(game: "Game", told: "_Telling") -> int | None:
    """Return the rung that the player types, or None to leave."""
    while True:
        typed = click.prompt(told.words["terminal"]["ask"], prompt_suffix=" > ").strip()
        if typed == "q":
            return None
        if typed == "?":
            told.worth(game)
        elif len(typed) == 1 and typed in "012345":
            if (game.allowed >> int(typed)) & 1:
                return int(typed)
            click.echo(told.words["terminal"]["not_open"])
        else:
            click.echo(told.words["terminal"]["help"])


class _Telling:
    """Tells a game, in the words of the lesson."""

    def __init__(self, words: dict[str, Any]) -> None:
        self.words = words

    def situation(self, game: "Game") -> None:
        """Print the ladder so far, what has just happened, and the options."""
        from rich.text import Text

        from redline.argument import FUTURES

        play, washington = self.words["play"], game.seat is Actor.UNITED_STATES
        day = game.scenario.date_of(game.week)
        when = {"week": game.week + 1, "weeks": game.weeks, "date": day or ""}
        console().rule(Text(play["when"].format(**when)))
        if game.week:
            self.ladder(game)
        if washington:
            print_line(" ".join(self.news(game, game.week)), bold=True)
        talks = game.trace.weeks[0, game.week]["talks"]
        print_line(play["talks_on" if talks else "talks_off"])
        ahead = play["futures"].format(wars=game.wars_ahead(), n=FUTURES)
        print_line(f"{play['war_meter']}: {ahead}")
        if game.week and washington:
            print_line(f"{play['weak_meter']}: {game.played[-1]['pressure']:.2f}")
        elif game.week:
            print_line(f"{play['leverage_meter']}: {_percent(game.played[-1]['leverage'])}")
        names = self.words["responses" if washington else "provocations"]
        about = self.words["washington" if washington else "tehran"]["about"]
        for rung, (name, what) in enumerate(zip(names, about, strict=True)):
            closed = "" if (game.allowed >> rung) & 1 else f" ({self.words['terminal']['closed']})"
            print_line(f"  {rung}  {name:<13} {what}{closed}")

    def news(self, game: "Game", week: int) -> list[str]:
        """Return what the militias did in a week, in sentences."""
        words, told = self.words["news"], []
        moves = game.trace.moves[0, week]
        for name, (rung, site, killed) in zip(game.scenario.militia_names, moves, strict=True):
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
        if game.trace.weeks[0, week]["crossings"]:
            told.append(words["crossed"])
        return told

    def answer(self, game: "Game") -> None:
        """Print what followed the last move."""
        last, words = game.played[-1], self.words
        told = [words["log_washington"].format(act=words["answered"][last["response"]])]
        if game.seat is Actor.IRAN:
            rung = last["directive"]
            within = (game.reach(game.week - 1) >> rung) & 1
            ordered = words["ordered" if within else "ordered_beyond"][rung]
            order = words["log_tehran"].format(act=ordered)
            told = [order, *self.news(game, game.week - 1), *told]
        print_line(f"{game.week}. {' '.join(told)}")

    def worth(self, game: "Game") -> None:
        """Print what every option is worth to the seat, term by term."""
        options, why = game.options(), self.words["why"]
        terms = self.words["terms"]
        rows = [[terms[term], *map(signed, row)] for term, row in options.terms.items()]
        rows.append([why["sum"], *map(signed, options.utilities)])
        title = why["worth"].format(who=options.actor)
        print_table((why["term"], *options.rungs), rows, align="lr", totals=1, title=title)

    def ladder(self, game: "Game") -> None:
        """Print the mirrored ladder: provocations above, responses below, a column a week."""
        names = self.words["provocations"]
        for rung in range(len(names) - 1, 0, -1):
            self._rung(names[rung], rung, game.played["provocation"])
        marks = ("◆  " if crossed else "── " for crossed in game.played["crossings"])
        print_line(f"{'':>13} {''.join(marks)}")
        names = self.words["responses"]
        for rung in range(1, len(names)):
            self._rung(names[rung], rung, game.played["response"])

    def _rung(self, name: str, rung: int, reached: "Counts") -> None:
        """Print one rung of a ladder: a block in every week that reached it."""
        from rich.text import Text

        from redline.figures import RUNG_COLOURS

        line = Text(f"{name:>13} ")
        for highest in reached:
            if highest >= rung:
                line.append("██ ", RUNG_COLOURS[highest])
            else:
                line.append("·  ", "dim")
        console().print(line)

    def ending(self, game: "Game") -> None:
        """Print what the game came to, beside the computer under the same chance."""
        if not game.week:
            return
        console().rule()
        self.ladder(game)
        if game.done:
            play = self.words["play"]["ended_war" if game.war else "ended"]
            print_line(play.format(weeks=len(game.played)), bold=True)
            self.comparison(game)
            print_line(self.words["terminal"]["anew"].format(seed=game.seed))

    def comparison(self, game: "Game") -> None:
        """Print what the seat came to, and what the computer does in it."""
        words = self.words["terminal"]
        columns = (_figures(one, words["war"]) for one in (game.standing(), game.computer()))
        rows = list(zip(words["rows"], *columns, strict=True))
        print_table(words["columns"], rows, align="lr")


def _figures(one: "Standing", war: list[str]) -> list[str]:
    """Return what a game came to, in the order of the rows of the comparison."""
    counts = [one.attacks, one.deaths, one.strikes]
    return [str(one.weeks), war[one.war], *map(str, counts), _percent(one.peak_leverage)]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

"""``redline play``: the lesson's game in a terminal, in the words of the lesson."""

from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.options import GAME, GAME_WEEKS, Changes, read_scenario
from redline.cli.tables import print_blocks, print_line
from redline.support import InputError

if TYPE_CHECKING:
    from redline.lesson import PlayedGame


@click.command()
@click.argument("scenario", default=GAME, shell_complete=scenario_names)
@click.option(
    "--as",
    "seat",
    type=click.Choice(["united_states", "iran"]),
    default="united_states",
    help="Side to play.",
)
@click.option("--game-weeks", type=int, default=GAME_WEEKS, help="Length of the game in weeks.")
@click.option(
    "--moves",
    metavar="R,R,…",
    help="Play these rungs (0 to 5, lowest first), one per week.",
)
@options.seed
@options.changes
def play(
    scenario: str, seat: str, game_weeks: int, moves: str | None, seed: int, changes: Changes
) -> None:
    """Play Washington or Tehran for some weeks of a crisis.

    The model plays all other actors. The same seed gives the same crisis here and in the
    lesson. Each week, type the rung you choose; ? shows what each rung is worth in the model, q
    quits.
    """
    from redline.lesson import play as start

    game = start(read_scenario(scenario, changes), seat, weeks=game_weeks, seed=seed)
    asked = None if moves is None else _rungs(moves)
    while not game.done:
        if asked is None:
            print_blocks(game.situation())
            rung = _ask(game)
            if rung is None:
                break
        elif game.week < len(asked):
            rung = asked[game.week]
        else:
            break
        game = game.move(rung)
        print_line(game.answer)
    print_blocks(game.ending())
    if game.done:
        print_line(game.words["terminal"]["anew"].format(seed=seed))


def _rungs(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--moves {text!r}: must be rungs such as 1,1,3") from None


def _ask(game: "PlayedGame") -> int | None:
    """Return the rung that the player types, or None to leave."""
    words = game.words["terminal"]
    while True:
        typed = click.prompt(words["ask"], prompt_suffix=" > ").strip()
        if typed == "q":
            return None
        if typed == "?":
            print_blocks(game.options().blocks())
        elif len(typed) == 1 and typed in "012345":
            if (game.allowed >> int(typed)) & 1:
                return int(typed)
            click.echo(words["not_open"])
        else:
            click.echo(words["help"])

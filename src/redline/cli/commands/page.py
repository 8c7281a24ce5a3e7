"""``redline page``."""

from pathlib import Path

import click

from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.options import GAME, GAME_WEEKS, Changes, read_scenario
from redline.cli.printing import tell


@click.command()
@options.scenario
@options.output(default="lesson.html", help="File to write.")
@click.option(
    "--game",
    default=GAME,
    shell_complete=scenario_names,
    help="Scenario used for the game.",
)
@click.option("--game-weeks", type=int, default=GAME_WEEKS, help="Length of a game in weeks.")
@options.path("--words", help="TOML file of translated texts; what it leaves out stays in English.")
@options.path(
    "--words-template", help="Write all texts to this TOML file for translation, and no page."
)
@options.seed
@options.changes
def page(
    scenario: str,
    output: Path,
    game: str,
    game_weeks: int,
    words: Path | None,
    words_template: Path | None,
    seed: int,
    changes: Changes,
) -> None:
    """Build the classroom lesson on deterrence: one self-contained HTML file.

    Everything is computed in the browser, by the rules of this package, without a server or a
    network. Add ?teacher=1 to its URL for the teacher's notes, ?seed=7 for another crisis,
    ?selftest=1 to check that the browser computes what this package does.
    """
    from redline.lesson import page as built
    from redline.lesson import page_words

    chosen = read_scenario(scenario, changes)
    if words_template is not None:
        page_words(chosen, words_template)
        click.echo(f"{words_template} written")
        return
    made = built(
        chosen,
        output,
        game=read_scenario(game),
        game_weeks=game_weeks,
        words=words,
        seed=seed,
        notice=tell,
    )
    click.echo(made.told)

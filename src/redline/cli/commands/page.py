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
    "--game", default=GAME, shell_complete=scenario_names, help="Scenario of the crises played."
)
@click.option("--game-weeks", type=int, default=GAME_WEEKS, help="Weeks of a game.")
@options.path(
    "--words", help="TOML file of translated words; what it leaves out is said in English."
)
@options.path(
    "--words-template", help="Write all words into this TOML file, to be translated, and no page."
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
    """Build the lesson on deterrence: one HTML file to play, predict and break.

    Everything is computed in the browser, with the rules of this package; no server, no
    request leaves it. ?teacher=1 behind its address shows the teacher's notes, ?seed=7
    another crisis, ?selftest=1 that this browser computes what this package does.
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

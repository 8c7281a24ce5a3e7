"""``redline score``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import Bold, interval_words

if TYPE_CHECKING:
    from redline.evidence import Score


@click.command()
@options.scenario
@click.option(
    "--particles",
    type=click.IntRange(10, 100_000),
    default=1000,
    help="Particles that stand for what the record leaves open.",
)
@click.option("--no-refit", is_flag=True, help="Leave out the refit to the end of 2020.")
@options.seed
@options.values
@options.as_json()
@options.figure("calibration and skill")
def score(
    scenario: str,
    particles: int,
    no_refit: bool,
    seed: int,
    changes: Changes,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score a scenario one week ahead of the record, against two simple forecasters.

    The record is replayed by forced moves; scored is how probable the model held what came next,
    attacks and answers apart. The defaults saw the whole record: theirs is an in-sample score.
    """
    from redline.cli.progress import progress_bar
    from redline.evidence import refit_trials, score_json
    from redline.evidence import score as scored

    check_figure(output)
    chosen = read_scenario(scenario, changes)
    if no_refit:
        scores = scored(chosen, particles=particles, seed=seed, refit=False)
    else:
        with progress_bar(refit_trials(), paced=True) as progress:
            scores = scored(chosen, particles=particles, seed=seed, progress=progress)
    if output:
        from redline.figures import draw_score

        write_drawn(draw_score(scores, chosen.name, seed), output)
    if as_json:
        print_json(score_json(chosen, scores, seed))
    else:
        _print(scores, seed)


def _print(scores: "Sequence[Score]", seed: int) -> None:
    """Print a row for each ladder of each score, and what they come to."""
    from redline.figures import skills_data, skills_finding

    rows: list[list[str]] = []
    for one in scores:
        rows.append([Bold(f"{one.name} (saw {one.saw})")])
        rows += [_cells(name, ladder, seed) for name, ladder in one.ladders.items()]
    losses = ("log loss: model", "base rate", "logistic")
    skills = ("log skill against base rate", "of an event or none", "without drone weeks")
    print_table(("score", "weeks", *losses, *skills, "one week of force left out"), rows)
    print_line(skills_finding(skills_data(scores, seed)), bold=True)
    print_line(
        "Above 0 is better than the base rate, which is told nothing of what is to come; 95 % "
        "intervals from blocks of eight weeks. An interval that holds 0 tells nothing, and a "
        "handful of weeks of force little more."
    )
    fitted = scores[-1].fitted
    if fitted:
        found = ", ".join(f"{name} {value:.3g}" for name, value in fitted.items())
        print_line(f"Refitted to the end of 2020: {found}")


def _cells(name: str, ladder: Any, seed: int) -> list[str]:
    """Return what is told of a ladder: weeks, losses, skills."""
    possible = ladder.part(~ladder.impossible)
    logs = {key: float(loss.mean()) for key, loss in possible.logs.items()}
    count = int(ladder.impossible.sum())
    model = f"{logs['model']:.3f}"
    drones = ladder.without_drones().log_skill("base rate", seed)
    without = ladder.without_one("base rate") if name == "answers" else None
    return [
        f"  {name}",
        f"{len(ladder.weeks)}, {ladder.events()} with",
        f"∞ ({count} held impossible; rest {model})" if count else model,
        *(f"{logs[key]:.3f}" for key in ("base rate", "logistic")),
        interval_words(*ladder.log_skill("base rate", seed)),
        interval_words(*ladder.binary().log_skill("base rate", seed)),
        interval_words(*drones) if name == "attacks" else "–",
        "–" if without is None else "{:.3f} to {:.3f}".format(*without),
    ]

"""``redline explain`` and ``redline compare``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from redline.chance import MOST_REPLICATES
from redline.cli.completion import actor_names, scenario_names
from redline.cli.options import (
    PATH,
    chance_options,
    read_scenario,
    scenario_options,
    seed_option,
    tell,
)
from redline.errors import InputError
from redline.library import built_in

if TYPE_CHECKING:
    from rich.table import Table

    from redline.comparison import Comparison
    from redline.explanation import ActorExplanation, Explanation

FIGURE_TYPES = (".png", ".svg", ".pdf")
SHOWN = (
    "attacks",
    "strikes",
    "decapitations",
    "fatal_attacks",
    "sanctions",
    "assaults",
    "crossings",
    "talks_weeks",
    "weeks_lived",
    "mean_severity",
    "mean_leverage",
    "mean_pressure",
)
"""The measures that ``compare`` prints; ``--json`` has them all."""


@click.command()
@click.argument("scenario", metavar="SCENARIO|DIR", shell_complete=scenario_names)
@click.option("--point", type=click.IntRange(0), help="Of a folder that holds a sweep: the point.")
@click.option(
    "--replicate",
    type=click.IntRange(0, MOST_REPLICATES - 1),
    default=0,
    show_default=True,
    help="Which history.",
)
@click.option("--week", type=int, help="Which week; without it, the story of the replicate.")
@click.option(
    "--actor",
    shell_complete=actor_names,
    help="Only united_states, iran, militias, or a militia by name.",
)
@seed_option
@scenario_options
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="Draw the terms of the week into this png, svg or pdf file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    scenario: str,
    point: int | None,
    replicate: int,
    week: int | None,
    actor: str | None,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say why every actor did what it did in a week; without --week, tell the story.

    Of a scenario, or of a replicate that a run or a sweep has stored in a folder: as it was,
    under the folder's scenario and seed.
    """
    if week is None and (output or actor):
        raise click.UsageError("-o and --actor need a --week")
    if output and output.suffix not in FIGURE_TYPES:
        raise click.UsageError(f"-o must end in {', '.join(FIGURE_TYPES)}, not {output.suffix!r}")
    from redline.exchange import is_folder
    from redline.explanation import Explanation
    from redline.explanation import explain as explained
    from redline.files import at_home

    given = click.get_current_context().get_parameter_source("seed")
    asked = given == ParameterSource.COMMANDLINE
    if is_folder(at_home(scenario)) and scenario not in built_in():
        if values or forbid or weeks is not None or asked:
            raise InputError(
                "--seed, --set, --forbid and --weeks are for a scenario that is simulated now, "
                "not for results in a folder"
            )
        told = explained(Path(scenario), replicate, week, actor=actor, point=point)
    else:
        chosen = read_scenario(scenario, values, forbid, weeks)
        told = explained(chosen, replicate, week, seed=seed, actor=actor, point=point)
    if as_json:
        click.echo(json.dumps(told.to_dict(), ensure_ascii=False, allow_nan=False))
    elif isinstance(told, Explanation):
        _print_week(told)
    else:
        click.echo(told.text(), nl=False)
    if output and isinstance(told, Explanation):
        from redline.plots.style import save, styled
        from redline.plots.terms import terms_figure

        with styled():
            save(terms_figure(told), output)
        click.echo(f"Figure written to {output}", err=True)


def _print_week(explanation: "Explanation") -> None:
    """Print a table of terms × rungs for every actor that chose, and a sentence for each."""
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    out.print(Text(explanation.heading, style="bold"))
    for actor in explanation.actors:
        out.print(Text(f"\n{actor.sentence}"))
        if actor.choice:
            out.print(_terms_table(actor))


def _terms_table(actor: "ActorExplanation") -> "Table":
    """Return the table of one actor's choice."""
    from rich.table import Table

    from redline.words import share, signed

    table = Table(title=f"draw {actor.draw:.4f}; chosen: {actor.chosen}", title_justify="left")
    table.add_column("term")
    for rung in actor.rungs:
        table.add_column(
            f"[{rung}]".replace("[", "\\[") if rung == actor.chosen else rung, justify="right"
        )
    table.add_column("without it")
    for term, row in actor.terms.items():
        table.add_row(term, *(signed(value, 3) for value in row), actor.without[term])
    table.add_section()
    table.add_row("utility", *(signed(value, 3) for value in actor.utilities), "")
    shares = (
        share(p, 1).replace("under", "<").replace("over", ">") if rung in actor.allowed else "–"
        for rung, p in zip(actor.rungs, actor.probabilities, strict=True)
    )
    table.add_row("probability", *shares, "")
    return table


@click.command()
@click.argument("first", shell_complete=scenario_names)
@click.argument("second", required=False, shell_complete=scenario_names)
@chance_options
@scenario_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(
    first: str,
    second: str | None,
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    as_json: bool,
) -> None:
    """Compare two worlds over the same replicates, under the same chance.

    Either two scenarios, FIRST and SECOND; or one, against itself with --set, --forbid or
    --weeks. With SECOND, the options change both.
    """
    from redline.comparison import compare as compared

    changed = values or forbid or weeks is not None
    if second is None and not changed:
        raise click.UsageError(
            "give a second scenario, or what to change: --set, --forbid, --weeks"
        )
    if second is None:
        one = read_scenario(first, (), (), None)
        other = read_scenario(first, values, forbid, weeks)
    else:
        one, other = (read_scenario(name, values, forbid, weeks) for name in (first, second))
    result = compared(one, other, replicates, seed, notice=tell)
    if as_json:
        click.echo(json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        _print_comparison(result)
        for remark in result.remarks(SHOWN):
            click.echo(f"redline: {remark}", err=True)


def _print_comparison(result: "Comparison") -> None:
    """Print paired differences, what changed class, when worlds part, and why in one."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console, number

    out = console()
    out.print(
        Text(
            f"{' and '.join(result.labels)}, {result.replicates:,} replicates, seed {result.seed}",
            style="bold",
        )
    )
    table = Table(title="Paired differences, second less first", title_justify="left")
    table.add_column("measure")
    headings = [escape(label) for label in result.labels]
    for heading in (*headings, "difference", "95 % interval", "common chance bought"):
        table.add_column(heading, justify="right")
    for name in SHOWN:
        row = result.differences[name]
        digits = 3 if abs(row.first) < 1 else 2
        table.add_row(
            name,
            number(row.first, digits),
            number(row.second, digits),
            f"{row.difference:+,.{digits}f}",
            f"{number(row.low, digits)} – {number(row.high, digits)}",
            "–" if row.gain is None else f"{row.gain:.1f} ×",
        )
    out.print(table)
    share, low, high = (100 * value for value in result.changed)
    out.print(f"{share:.1f} % of replicates change class (95 % interval {low:.1f} – {high:.1f} %).")
    parting = result.parting_summary()
    if parting["q50"] is None:
        out.print("No replicate parts: both worlds are the same in every week that both have.")
    else:
        out.print(
            f"{100 * parting['share']:.1f} % of replicates part; the median week of parting is "
            f"{parting['q50']:.0f} (5 to 95 %: {parting['q05']:.0f} to {parting['q95']:.0f})."
        )
    for line in result.told():
        out.print(Text(line))

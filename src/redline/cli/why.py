"""``redline explain`` and ``redline compare``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from redline.case import Scenario
from redline.cli.completion import actor_names, scenario_names
from redline.cli.options import (
    PATH,
    chance_options,
    json_option,
    read_scenario,
    scenario_options,
    seed_option,
)
from redline.cli.printing import print_json, tell
from redline.support import FORMATS, InputError, counted, share, share_span
from redline.theory import MOST_REPLICATES

if TYPE_CHECKING:
    from rich.table import Table

    from redline.argument import ActorExplanation, Comparison, Difference, Explanation, Given
    from redline.results import StoredRun, StoredSweep


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
@json_option()
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
    if output and output.suffix not in FORMATS:
        raise click.UsageError(f"-o must end in {', '.join(FORMATS)}, not {output.suffix!r}")
    from redline.argument import Explanation
    from redline.argument import explain as explained
    from redline.results import results_named

    given = click.get_current_context().get_parameter_source("seed")
    asked = given == ParameterSource.COMMANDLINE
    stored = results_named(scenario)
    if stored is not None:
        if values or forbid or weeks is not None or asked:
            raise InputError(
                "--seed, --set, --forbid and --weeks are for a scenario that is simulated now, "
                "not for results in a folder"
            )
        told = explained(stored, replicate, week, actor=actor, point=point)
    else:
        chosen = read_scenario(scenario, values, forbid, weeks)
        told = explained(chosen, replicate, week, seed=seed, actor=actor, point=point)
    if as_json:
        print_json(told.to_dict())
    elif isinstance(told, Explanation):
        _print_week(told)
    else:
        click.echo(told.text(), nl=False)
    if output and isinstance(told, Explanation):
        from redline.figures import save, styled, terms_figure

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

    from redline.support import signed

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
@click.argument("first", metavar="SCENARIO|DIR", shell_complete=scenario_names)
@click.argument("second", metavar="[SCENARIO|DIR]", required=False, shell_complete=scenario_names)
@chance_options
@scenario_options
@click.option(
    "--point",
    "points",
    type=click.IntRange(0),
    multiple=True,
    help="Of a folder that holds a sweep: which point; twice for two points, or two sweeps.",
)
@click.option(
    "--per-week",
    is_flag=True,
    help="Print counts per week lived; they always are where horizons differ.",
)
@json_option("Print JSON, counts and rates.")
def compare(
    first: str,
    second: str | None,
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    forbid: tuple[str, ...],
    weeks: int | None,
    points: tuple[int, ...],
    per_week: bool,
    as_json: bool,
) -> None:
    """Compare two worlds over the same replicates, under the same chance.

    Either two, each a scenario or a folder of results; or one, against itself with --set,
    --forbid or --weeks, which otherwise change both scenarios. A scenario beside a folder is
    simulated under the folder's seed, for as many replicates. What is unlike in the two
    (horizons, seeds, replicates, rules) is said, and no replicates are paired that share no
    chance.
    """
    from redline.argument import compare as compared

    changes = (values, forbid, weeks)
    names = [first, second] if second is not None else [first] * max(1, len(points))
    if len(names) == 1 and not _changing(changes):
        raise click.UsageError(
            "give a second scenario, or what to change: --set, --forbid, --weeks"
        )
    one, other = _worlds(names, changes, points)
    given = click.get_current_context().get_parameter_source
    asked = [name for name in ("replicates", "seed") if given(name) == ParameterSource.COMMANDLINE]
    if asked and not all(isinstance(world, Scenario) for world in (one, other)):
        raise InputError("-n and --seed are for scenarios; results in a folder have their own")
    chance = {"replicates": replicates, "seed": seed}
    result = compared(one, other, **{name: chance[name] for name in asked}, notice=tell)
    if as_json:
        for note in result.notes:
            tell(note)
        print_json(result.to_dict())
    else:
        from redline.results import COMPARISON_TABLE

        _print_comparison(result, per_week or not result.same_horizon)
        for remark in result.remarks(COMPARISON_TABLE):
            tell(remark)


Changes = tuple[tuple[str, ...], tuple[str, ...], int | None]
"""What --set, --forbid and --weeks say."""


def _changing(changes: Changes) -> bool:
    values, forbid, weeks = changes
    return bool(values or forbid or weeks is not None)


def _worlds(names: list[str], changes: Changes, points: tuple[int, ...]) -> "tuple[Given, Given]":
    """Return the two worlds that are named; of one name, the other is it with the changes."""
    from redline.results import results_named

    left = list(points)
    found = [results_named(name) for name in names]
    if len(names) > 1 and _changing(changes) and any(one is not None for one in found):
        raise InputError(
            "--set, --forbid and --weeks change scenarios that are simulated now: beside a folder "
            "of results, give a scenario file that has the changes"
        )
    own = changes if len(names) > 1 else ((), (), None)
    worlds = [
        read_scenario(name, *own) if one is None else _world(one, left)
        for name, one in zip(names, found, strict=True)
    ]
    if left:
        raise InputError("--point is for folders that hold a sweep, once for each")
    one = worlds[0]
    if len(worlds) == 1:
        assert not isinstance(one, str | Path)  # see `_world`
        base = one if isinstance(one, Scenario) else one.scenario
        return one, read_scenario(base, *changes)
    return one, worlds[1]


def _world(found: "StoredRun | StoredSweep", points: list[int]) -> "Given":
    """Return the results in a folder; take the point of a sweep."""
    from redline.results import StoredSweep

    if not isinstance(found, StoredSweep):
        return found
    if not points:
        raise InputError(
            f"{found.folder}: holds a sweep: name one of its points, "
            f"--point 0 … {len(found.points) - 1}"
        )
    return found.at(points.pop(0))


def _print_comparison(result: "Comparison", rates: bool) -> None:
    """Print what is unlike, differences, what changed class, when worlds part, why in one."""
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    for note in result.notes:
        out.print(Text(note))
    out.print(Text(_heading(result), style="bold"))
    out.print(_differences_table(result, rates))
    if result.changed:
        changed, low, high = result.changed
        over = "" if result.same_horizon else ", over horizons that differ"
        out.print(
            f"{share(changed, 1)} of replicates change class (95 % interval "
            f"{share_span(low, high, 1)}){over}."
        )
    parting = result.parting_summary()
    if parting["q50"] is not None:
        out.print(
            f"{share(parting['share'], 1)} of replicates part; the median week of parting is "
            f"{parting['q50']:.0f} (5 to 95 %: {parting['q05']:.0f} to {parting['q95']:.0f})."
        )
    elif result.parting is not None:
        out.print("No replicate parts: both worlds are the same in every week that both have.")
    for line in result.told():
        out.print(Text(line))


def _heading(result: "Comparison") -> str:
    """Return what was compared: names, replicates, seeds."""
    if result.paired:
        extent = f"{counted(result.replicates, 'replicate')}, seed {result.seed}"
        return f"{' and '.join(result.labels)}, {extent}"
    return " and ".join(
        f"{label} ({counted(side.replicates, 'replicate')}, seed {side.seed})"
        for label, side in zip(result.labels, result.sides, strict=True)
    )


def _differences_table(result: "Comparison", rates: bool) -> "Table":
    """Return the table of differences, counts as rates per week lived where they are wanted."""
    from rich.markup import escape
    from rich.table import Table

    from redline.results import COMPARISON_TABLE

    kind = "Paired differences" if result.paired else "Differences of independent samples"
    table = Table(title=f"{kind}, second less first", title_justify="left")
    table.add_column("measure")
    bought = ("common chance bought",) if result.paired else ()
    for heading in (*map(escape, result.labels), "difference", "95 % interval", *bought):
        table.add_column(heading, justify="right")
    if not result.paired:
        for name, row in result.shares.items():
            table.add_row(f"share of {name}", *_difference_cells(row, 3))
    for name in COMPARISON_TABLE:
        rate = f"{name}_per_week"
        per_week = rates and rate in result.rates
        row = result.rates[rate] if per_week else result.differences[name]
        digits = 3 if abs(row.first or 0.0) < 1 else 2
        gain = ("–" if row.gain is None else f"{row.gain:.1f} ×",) if result.paired else ()
        table.add_row(rate if per_week else name, *_difference_cells(row, digits), *gain)
    return table


def _difference_cells(row: "Difference", digits: int) -> tuple[str, ...]:
    from redline.cli.tables import number, span

    return (
        number(row.first, digits),
        number(row.second, digits),
        f"{row.difference:+,.{digits}f}",
        span(row.low, row.high, digits),
    )

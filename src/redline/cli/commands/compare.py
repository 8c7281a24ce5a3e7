"""``redline compare``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.case import Scenario
from redline.cli import options
from redline.cli.completion import scenario_names
from redline.cli.options import Changes, read_scenario, typed
from redline.cli.printing import print_json, tell
from redline.cli.tables import print_line, print_table
from redline.support import InputError, counted, number_words, share, share_span, span_words

if TYPE_CHECKING:
    from redline.argument import Comparison, Difference, Given
    from redline.results import StoredRun, StoredSweep


@click.command()
@click.argument("first", metavar="SCENARIO|DIR", shell_complete=scenario_names)
@click.argument("second", metavar="[SCENARIO|DIR]", required=False, shell_complete=scenario_names)
@options.chance
@options.changes
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
    help="Print counts per simulated week; they always are where horizons differ.",
)
@options.as_json("Print JSON, counts and rates.")
def compare(
    first: str,
    second: str | None,
    replicates: int,
    seed: int,
    changes: Changes,
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

    names = [first, second] if second is not None else [first] * max(1, len(points))
    if len(names) == 1 and not changes:
        raise click.UsageError(
            "give a second scenario, or what to change: --set, --forbid, --weeks"
        )
    one, other = _worlds(names, changes, points)
    asked = typed("replicates", "seed")
    if asked and not all(isinstance(world, Scenario) for world in (one, other)):
        raise InputError("-n and --seed are for scenarios; results in a folder have their own")
    chance = {"replicates": replicates, "seed": seed}
    result = compared(one, other, **{name: chance[name] for name in asked}, notice=tell)
    if as_json:
        for note in result.notes:
            tell(note)
        print_json(result.to_dict())
    else:
        _print_comparison(result, per_week or not result.same_horizon)
        from redline.results import COMPARISON_TABLE

        for remark in result.remarks(COMPARISON_TABLE):
            tell(remark)


def _worlds(names: Sequence[str], changes: Changes, points: Sequence[int]) -> "tuple[Given, Given]":
    """Return the two worlds that are named; of one name, the other is it with the changes."""
    from redline.results import results_named

    left = list(points)
    found = [results_named(name) for name in names]
    if len(names) > 1 and changes and any(one is not None for one in found):
        raise InputError(
            "--set, --forbid and --weeks change scenarios that are simulated now: beside a folder "
            "of results, give a scenario file that has the changes"
        )
    own = changes if len(names) > 1 else None
    worlds = [
        read_scenario(name, own) if one is None else _world(one, left)
        for name, one in zip(names, found, strict=True)
    ]
    if left:
        raise InputError("--point is for folders that hold a sweep, once for each")
    one = worlds[0]
    if len(worlds) == 1:
        assert not isinstance(one, str | Path)  # see `_world`
        base = one if isinstance(one, Scenario) else one.scenario
        return one, read_scenario(base, changes)
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
    for note in result.notes:
        print_line(note)
    print_line(_heading(result), bold=True)
    _print_differences(result, rates)
    if result.changed:
        changed, low, high = result.changed
        over = "" if result.same_horizon else ", over horizons that differ"
        print_line(
            f"{share(changed, 1)} of replicates change class (95 % interval "
            f"{share_span(low, high, 1)}){over}."
        )
    parting = result.parting_summary()
    if parting["q50"] is not None:
        print_line(
            f"{share(parting['share'], 1)} of replicates part; the median week of parting is "
            f"{parting['q50']:.0f} (5 to 95 %: {parting['q05']:.0f} to {parting['q95']:.0f})."
        )
    elif result.parting is not None:
        print_line("No replicate parts: both worlds are the same in every week that both have.")
    for line in result.told():
        print_line(line)


def _heading(result: "Comparison") -> str:
    """Return what was compared: names, replicates, seeds."""
    if result.paired:
        extent = f"{counted(result.replicates, 'replicate')}, seed {result.seed}"
        return f"{' and '.join(result.labels)}, {extent}"
    return " and ".join(
        f"{label} ({counted(side.replicates, 'replicate')}, seed {side.seed})"
        for label, side in zip(result.labels, result.sides, strict=True)
    )


def _print_differences(result: "Comparison", rates: bool) -> None:
    """Print the differences, counts as rates per simulated week where they are wanted."""
    from redline.results import COMPARISON_TABLE

    headings = ["measure", *result.labels, "difference", "95 % interval"]
    if result.paired:
        headings.append("common chance bought")
    shares = {} if result.paired else result.shares
    rows = [[f"share of {name}", *_difference_cells(row, 3)] for name, row in shares.items()]
    for name in COMPARISON_TABLE:
        rate = f"{name}_per_week"
        per_week = rates and rate in result.rates
        row = result.rates[rate] if per_week else result.differences[name]
        digits = 3 if abs(row.first or 0.0) < 1 else 2
        gain = ["–" if row.gain is None else f"{row.gain:.1f} ×"] if result.paired else []
        rows.append([rate if per_week else name, *_difference_cells(row, digits), *gain])
    kind = "Paired differences" if result.paired else "Differences of independent samples"
    print_table(headings, rows, align="lr", title=f"{kind}, second less first")


def _difference_cells(row: "Difference", digits: int) -> tuple[str, ...]:
    return (
        number_words(row.first, digits),
        number_words(row.second, digits),
        f"{row.difference:+,.{digits}f}",
        span_words(row.low, row.high, digits),
    )

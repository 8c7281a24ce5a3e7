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
from redline.cli.tables import print_blocks
from redline.support import InputError

if TYPE_CHECKING:
    from redline.argument import Given
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
    help="Point of a sweep; give it twice for two points or two sweeps.",
)
@click.option(
    "--per-week",
    is_flag=True,
    help="Print counts per simulated week, as is always done where horizons differ.",
)
@options.as_json("Print JSON, with both counts and rates.")
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
    """Compare two scenarios over the same replicates, under common random numbers.

    Give two, each a scenario or a folder of results; or one, to compare it with a copy changed
    by --set, --forbid or --weeks. With two, these options apply to both. A scenario compared
    with a folder uses the folder's seed and number of replicates. Differences in horizon, seed,
    replicates or rules are reported, and replicates are paired only where they share random
    numbers.
    """
    from redline.argument import compare as compared

    names = [first, second] if second is not None else [first] * max(1, len(points))
    if len(names) == 1 and not changes:
        raise click.UsageError(
            "give a second scenario, or what to change: --set, --forbid, --weeks"
        )
    one, other = _worlds(names, changes, points)
    given = {"replicates": replicates, "seed": seed}
    chance = {name: given[name] for name in typed("replicates", "seed")}
    result = compared(one, other, **chance, notice=tell)
    if as_json:
        for note in result.notes:
            tell(note)
        print_json(result.to_dict())
    else:
        from redline.results import COMPARISON_TABLE

        print_blocks(result.blocks(per_week=per_week))
        for remark in result.remarks(COMPARISON_TABLE):
            tell(remark)


def _worlds(names: Sequence[str], changes: Changes, points: Sequence[int]) -> "tuple[Given, Given]":
    """Return the two worlds that are named; of one name, the other is it with the changes."""
    from redline.results import results_named

    left = list(points)
    found = [results_named(name) for name in names]
    if len(names) > 1 and changes and any(one is not None for one in found):
        raise InputError(
            "--set, --forbid and --weeks apply only to scenarios simulated now: to compare with a "
            "folder of results, put the changes in a scenario file"
        )
    own = changes if len(names) > 1 else None
    worlds = [
        read_scenario(name, own) if one is None else _world(one, left)
        for name, one in zip(names, found, strict=True)
    ]
    if left:
        raise InputError("--point applies only to folders that hold a sweep, once for each")
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
            f"{found.folder}: holds a sweep: choose one of its points, "
            f"--point 0 … {len(found.points) - 1}"
        )
    return found.at(points.pop(0))

"""``redline game``."""

import math
from pathlib import Path
from typing import Any

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import Bold, InputError


@click.command()
@options.scenario
@click.option(
    "--lambda",
    "precisions",
    type=click.FloatRange(0, 1e6),
    multiple=True,
    metavar="λ",
    help="Precision of both sides; may be repeated. By default eleven, from 0 to 100.",
)
@options.path(
    "--payoffs", help="Solve the payoffs of a file (TOML or JSON) instead of the scenario's."
)
@options.replicates(1000, "Replicates to set beside the game.", most=1_000_000)
@options.seed
@options.values
@options.as_json()
@options.figure("the tree, and beside it (-shares) outcomes over λ,")
def game(
    scenario: str,
    precisions: tuple[float, ...],
    payoffs: Path | None,
    replicates: int,
    seed: int,
    changes: Changes,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve the Asymmetric Escalation Game, and set a scenario beside it.

    The tree, every combination of types by backward induction, what changes where provocation
    pays, quantal response over λ, and what the scenario's own terms make of it.
    """
    from redline.evidence import LAMBDAS, game_json, read_payoffs
    from redline.results import REPLICATE_BYTES, check_replicates

    check_figure(output)
    chosen = read_scenario(scenario, changes)
    if not all(math.isfinite(precision) for precision in precisions):
        raise InputError("--lambda must be a number from 0 to 1e6")
    given = read_payoffs(payoffs) if payoffs else None
    check_replicates([(chosen, replicates)], seed, REPLICATE_BYTES, notice=tell)
    report = game_json(chosen, replicates, seed, precisions or LAMBDAS, given)
    if output:
        _draw(report, given[1] if given else None, chosen.iran.rationality, output)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _draw(report: dict[str, Any], given: Any, rationality: float, path: Path) -> None:
    from redline.evidence import Game
    from redline.figures import draw_shares, draw_tree

    games = {
        one["name"]: Game(one["challenger"], one["defender"])
        for one in report["mapping"]
        if one["name"] in ("ordinary", "crossed")
    }
    shares = path.with_name(f"{path.stem}-shares{path.suffix}")
    if given is not None:
        write_drawn(draw_tree(given, "Payoffs given"), path)
        panels: dict[str, Any] = {"payoffs given": (given, None)}
        write_drawn(draw_shares(panels, "Payoffs given", rationality, "its colour."), shares)
        return
    name, simulated = report["scenario"], report["simulation"]
    write_drawn(draw_tree(games["ordinary"], f"{name}, an ordinary week"), path)
    panels = {
        kind: (one, {share: row["mean"] for share, row in simulated[kind].items()})
        for kind, one in games.items()
    }
    told = "the share that the simulation has of weeks of the same kind."
    write_drawn(draw_shares(panels, name, rationality, told), shares)


def _print(report: dict[str, Any]) -> None:
    from redline.evidence import MEANINGS, OUTCOMES, SHARES

    for outcome, meaning in MEANINGS.items():
        print_line(f"{outcome}  {meaning}")
    headings = ("challenger", "tactically", "strategically", "outcome", "if provocation pays")
    cells = []
    for cell in report["cells"]:
        flips = cell["outcome"] != cell["outcome_if_provocation_pays"]
        cells.append([Bold(value or "–") if flips else value or "–" for value in cell.values()])
    print_table(headings, cells, title="Backward induction, by type")
    shares = [
        [f"{row['lambda']:g}", *(f"{row[one]:.3f}" for one in OUTCOMES)] for row in report["qre"]
    ]
    print_table(("λ", *OUTCOMES), shares, align="r", title="Quantal response: probability over λ")
    for one in report["mapping"]:
        _print_mapping(one, report["scenario"])
    weeks = []
    for kind in ("all", "ordinary", "crossed"):
        means = [report["simulation"][kind][name]["mean"] for name in SHARES]
        weeks.append([kind, *("–" if mean is None else f"{100 * mean:.2f} %" for mean in means)])
    print_table(("weeks", *SHARES), weeks, align="r", title="Shares of weeks in the simulation")


def _print_mapping(one: dict[str, Any], scenario: str) -> None:
    """Print what a kind of week of the scenario is as the textbook's game."""
    from redline.evidence import order_of

    types = " / ".join(one["types"].values())
    print_line(f"{scenario}, {one['name']} week ({one['about']})", bold=True)
    print_line(f"  challenger: {order_of(one['challenger'])}")
    print_line(f"  defender:   {order_of(one['defender'])}")
    print_line(f"  types {types}: backward induction gives {one['outcome']}")
    wrong = [pair for pairs in one["not_as_the_textbook"].values() for pair in pairs]
    if wrong:
        print_line(f"  not in the textbook's order: {', '.join(wrong)}")

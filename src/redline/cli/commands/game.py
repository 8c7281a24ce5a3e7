"""``redline game``."""

import math
from pathlib import Path
from typing import Any

import click

from redline.cli.options import (
    PATH,
    Changes,
    check_figure,
    figure_option,
    json_option,
    read_scenario,
    scenario_argument,
    seed_option,
    set_option,
)
from redline.cli.printing import print_json, tell, write_drawn
from redline.support import InputError


@click.command()
@scenario_argument
@click.option(
    "--lambda",
    "precisions",
    type=click.FloatRange(0, 1e6),
    multiple=True,
    metavar="λ",
    help="Precision of both sides; may be repeated. By default eleven, from 0 to 100.",
)
@click.option(
    "--payoffs",
    type=PATH,
    help="Solve the payoffs of a file (TOML or JSON) instead of the scenario's.",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 1_000_000),
    default=1000,
    show_default=True,
    help="Replicates to set beside the game.",
)
@seed_option
@set_option
@json_option()
@figure_option("the tree, and beside it (-shares) outcomes over λ,")
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
    from redline.results import REPLICATE_BYTES, check_lives

    check_figure(output)
    chosen = read_scenario(scenario, changes)
    if not all(math.isfinite(precision) for precision in precisions):
        raise InputError("--lambda must be a number from 0 to 1e6")
    given = read_payoffs(payoffs) if payoffs else None
    check_lives([(chosen, replicates)], seed, REPLICATE_BYTES, notice=tell)
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
    simulated = {
        kind: {name: row["mean"] for name, row in report["simulation"][kind].items()}
        for kind in games
    }
    shares = path.with_name(f"{path.stem}-shares{path.suffix}")
    if given is not None:
        write_drawn(draw_tree(given, "Payoffs given"), path)
        panels: dict[str, Any] = {"payoffs given": (given, None)}
        write_drawn(draw_shares(panels, "Payoffs given", rationality, "its colour."), shares)
        return
    name = report["scenario"]
    write_drawn(draw_tree(games["ordinary"], f"{name}, an ordinary week"), path)
    panels = {kind: (one, simulated[kind]) for kind, one in games.items()}
    told = "the share that the simulation has of weeks of the same kind."
    write_drawn(draw_shares(panels, name, rationality, told), shares)


def _print(report: dict[str, Any]) -> None:
    from rich.text import Text

    from redline.cli.tables import console, headed
    from redline.evidence import MEANINGS, OUTCOMES, SHARES, order_of

    out = console()
    for outcome, meaning in MEANINGS.items():
        out.print(f"{outcome}  {meaning}")
    headings = ("challenger", "tactically", "strategically", "outcome", "if provocation pays")
    table = headed(*headings, title="Backward induction, by type")
    for cell in report["cells"]:
        flips = cell["outcome"] != cell["outcome_if_provocation_pays"]
        table.add_row(*(value or "–" for value in cell.values()), style="bold" if flips else None)
    out.print(table)
    shares = headed("λ", *OUTCOMES, left=0, title="Quantal response: probability over λ")
    for row in report["qre"]:
        shares.add_row(f"{row['lambda']:g}", *(f"{row[o]:.3f}" for o in OUTCOMES))
    out.print(shares)
    for one in report["mapping"]:
        types = " / ".join(one["types"].values())
        out.print(Text(f"{report['scenario']}, {one['name']} week ({one['about']})", style="bold"))
        out.print(f"  challenger: {order_of(one['challenger'])}")
        out.print(f"  defender:   {order_of(one['defender'])}")
        out.print(f"  types {types}: backward induction gives {one['outcome']}")
        wrong = [pair for pairs in one["not_as_the_textbook"].values() for pair in pairs]
        if wrong:
            out.print(f"  not in the textbook's order: {', '.join(wrong)}")
    beside = headed("weeks", *SHARES, left=0, title="Shares of weeks in the simulation")
    for kind in ("all", "ordinary", "crossed"):
        means = [report["simulation"][kind][name]["mean"] for name in SHARES]
        beside.add_row(kind, *("–" if m is None else f"{100 * m:.2f} %" for m in means))
    out.print(beside)

"""``redline validate``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from redline.cli import options
from redline.cli.options import Changes, check_figure, read_scenario
from redline.cli.printing import print_json, tell, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import Bold, interval_words

if TYPE_CHECKING:
    from redline.evidence import Fact


@click.command()
@options.scenario
@options.replicates(4000, most=100_000)
@options.seed
@options.values
@options.as_json()
@options.figure("a strip for each fact")
def validate(
    scenario: str, replicates: int, seed: int, changes: Changes, output: Path | None, as_json: bool
) -> None:
    """Set the stylised facts F1 to F12 of a scenario beside the record.

    In: the record lies among the middle 95 % of replicates. Facts to which the defaults were
    fitted are marked: they are no evidence for the model. Misses are shown as misses.
    """
    from redline.evidence import validate as validated
    from redline.evidence import validation_json

    check_figure(output)
    chosen = read_scenario(scenario, changes)
    facts = validated(chosen, replicates, seed, notice=tell)
    if output:
        from redline.figures import draw_validation

        write_drawn(draw_validation(facts, chosen.name, replicates, seed), output)
    if as_json:
        print_json(validation_json(chosen, facts, replicates, seed))
    else:
        _print(facts)


def _print(facts: "Sequence[Fact]") -> None:
    """Print the facts, recorded and simulated, and how often such crises became war."""
    from redline.evidence import outside_view
    from redline.figures import facts_data, facts_finding

    rows: list[list[str]] = []
    said = ""
    for fact in facts:
        if fact.says != said:
            rows.append(["", Bold(fact.says)])
            said = fact.says
        q, estimate = fact.quantiles, fact.estimate
        rows.append(
            [
                fact.name + (" *" if fact.fitted else ""),
                fact.measure,
                fact.recorded.words,
                interval_words(estimate.mean, estimate.low, estimate.high),
                "–" if q is None else f"{q[0]:.3g} to {q[-1]:.3g}",
                "–" if fact.percentile is None else f"{100 * fact.percentile:.0f}",
                _verdict(fact),
            ]
        )
    headings = ("fact", "statistic", "recorded", "simulated", "middle 95 %", "%ile", "verdict")
    print_table(headings, rows)
    print_line(facts_finding(facts_data(facts)), bold=True)
    print_line("* The defaults were fitted to it: no evidence for the model.")
    print_line("Outside view, shares that became war:")
    for row in outside_view():
        told = f"{row['count']} of {row['of']:,} ({100 * row['share']:.2g} %)"
        print_line(f"  {row['what']}: {told}")


def _verdict(fact: "Fact") -> str:
    """Return whether the record lies within, and whether what is claimed holds."""
    told = [fact.verdict] if fact.verdict != "–" else []
    if fact.holds is not None:
        told.append(fact.claimed if fact.holds else f"not {fact.claimed}")
    return "; ".join(told)

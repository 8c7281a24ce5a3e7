"""``redline calibrate``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.given_record import (
    counts_option,
    given_counts,
    given_past,
    table_options,
    whole_past,
)
from redline.cli.options import Changes, Workplace, read_scenario
from redline.cli.printing import print_json, tell, write_drawn, write_json
from redline.cli.tables import print_line, print_table
from redline.support import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from redline.evidence import Calibration, Fact

MOST_PARAMETERS = 15
"""Rows of the printed posterior; ``--json`` has them all."""


@click.command()
@options.scenario
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the record to use.  [default: all of it, to 2021-06-27]",
)
@options.file(
    "--events", help="A table of dated events, in the format of the record's, in place of them."
)
@counts_option
@click.option(
    "--cases",
    type=click.IntRange(0, 100_000),
    default=0,
    help="Records to draw from the prior, to see how well calibrated the posterior is.",
)
@table_options(100_000, "calibration")
def calibrate(
    scenario: str,
    points: int,
    until: "datetime | None",
    events: Path | None,
    counts: Path | None,
    cases: int,
    seed: int,
    changes: Changes,
    workplace: Workplace,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find which parameters the record allows, without a likelihood (ABC).

    Histories at points all over the plausible ranges are compared with a few statistics of
    the record. Rationalities are not calibrated: they share their scale with the utilities.
    """
    from redline.cli.progress import going_on
    from redline.evidence import END, START, part_count
    from redline.evidence import calibrate as calibrated_by
    from redline.figures import draw_calibration

    work = workplace.checked()
    _check_set(changes.values)
    last = until.date() if until else END
    if not START <= last <= END:
        raise InputError(f"--until must be in {START} … {END}, not {last}")
    chosen = read_scenario(scenario, changes)
    folder = output or Path("results") / f"{chosen.name}-calibration"
    last = whole_past(last)
    counted = given_counts(counts, last)
    given = given_past(events, last, counted).events if events else None
    with going_on(folder, part_count(points)) as progress:
        found = calibrated_by(
            folder,
            chosen,
            points,
            seed,
            last,
            events=given,
            counts=counted,
            cases=cases,
            progress=progress,
            **work,
        )
        report = found.to_dict()
        write_json(folder / "calibration.json", report)
    _say_left_out(found.facts)
    _say_resolution(found, points)
    drawn = draw_calibration(found)
    write_drawn(drawn, folder / "calibration.png")
    if as_json:
        print_json(report)
    else:
        _print(report, drawn.title, folder)


def _check_set(values: tuple[str, ...]) -> None:
    """Check that nothing is set that is calibrated."""
    from redline.case import parse_assignment
    from redline.evidence import calibrated

    for text in values:
        name = parse_assignment(text)[0]
        if name in calibrated():
            raise InputError(f"--set {name}: is calibrated, not set")


def _say_left_out(facts: "Sequence[Fact]") -> None:
    """Say which facts have no recorded side in the record that was given, and why."""
    from redline.evidence import LEFT_OUT

    why: dict[str, list[str]] = {}
    for fact in facts:
        if fact.recorded.words.startswith(LEFT_OUT):
            why.setdefault(fact.recorded.words.removeprefix(LEFT_OUT), []).append(fact.name)
    if why:
        told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in why.items())
        tell(f"facts without a recorded side in the record that was given: {told}")


def _say_resolution(found: "Calibration", points: int) -> None:
    """Say where so few histories are kept that chance narrows as much as the record does."""
    from redline.evidence import accepted_of
    from redline.figures import is_resolved, wanted_for

    if not is_resolved(found):
        tell(
            f"{accepted_of(points):,} histories are kept for {len(found.table.addresses)} "
            "parameters: what they narrow is in good part chance; "
            f"-n {wanted_for(found):,} or more resolves it"
        )


def _print(report: dict[str, Any], title: str, folder: Path) -> None:
    print_line(title, bold=True)
    _print_posterior(report["parameters"])
    _print_checks(report["facts"])
    for row in report["war"]:
        share, low, high = (100 * row[name] for name in ("share", "low", "high"))
        print_line(
            f"Simulated again, war within {row['weeks']} weeks: {share:.1f} % "
            f"({low:.1f} to {high:.1f})"
        )
    for row in report["outside_view"]:
        print_line(f"  {row['what']}: {100 * row['share']:.2g} %")
    coverage = report["coverage"]
    for row in coverage["levels"] if coverage else ():
        print_line(
            f"Of {coverage['cases']:,} records drawn from the prior, intervals of "
            f"{100 * row['level']:.0f} % held {100 * row['covered']:.1f} % of the truths "
            f"({row['worst']}: {100 * row['worst_covered']:.0f} %)"
        )
    print_line(f"Draws, report and figure are in {folder}")


def _print_posterior(parameters: list[dict[str, Any]]) -> None:
    """Print prior and posterior of the parameters that are narrowed most."""
    headings = ("parameter", "prior", "posterior: 5 %", "median", "95 %", "narrower by")
    rows = [
        [
            row["address"],
            "{:.3g} – {:.3g}".format(*row["prior"]),
            *(f"{row[name]:.3g}" for name in ("q05", "q50", "q95")),
            f"{100 * row['narrower']:.0f} %",
        ]
        for row in parameters[:MOST_PARAMETERS]
    ]
    print_table(headings, rows, align="lr")


def _print_checks(facts: list[dict[str, Any]]) -> None:
    """Print the facts of histories at the posterior beside those of the record."""
    rows = []
    for fact in facts:
        told = fact["simulated"]
        middle = "–" if told["q025"] is None else f"{told['q025']:.3g} – {told['q975']:.3g}"
        recorded = fact["record"]["words"]
        rows.append([fact["fact"], fact["measure"], recorded, middle, fact["verdict"]])
    headings = ("fact", "statistic", "recorded", "middle 95 %", "verdict")
    print_table(headings, rows, title="Histories at the posterior, beside the record")

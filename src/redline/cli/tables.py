"""Tables for people, on a terminal of any width."""

import os
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from redline.case import Scenario
from redline.results import RUN_TABLE, find_measure
from redline.support import counted, rate, share, share_span

PIPED_WIDTH = 160


def console() -> Console:
    """Return a console for results; plain, and wide, where the output is not a terminal."""
    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=PIPED_WIDTH if wide else None)


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for a table, or a dash; what is not nothing is not rounded to it."""
    if value is None:
        return "–"
    if 0 < abs(value) < 0.5 * 10.0**-digits:
        return f"{value:.1g}"
    return f"{value:,.{digits}f}"


def span(low: float | None, high: float | None, digits: int = 1) -> str:
    """Return an interval for a table, or a dash; its ends may be negative."""
    if low is None or high is None:
        return "–"
    return f"{number(low, digits)} to {number(high, digits)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.005 else "under 0.01 s"


def print_outcomes(scenario: Scenario, report: dict[str, Any]) -> None:
    """Print the distribution of outcomes of a run."""
    out = console()
    out.print(Text(scenario.title or scenario.name, style="bold"))
    out.print(
        f"{counted(report['replicates'], 'replicate')} of up to "
        f"{counted(report['weeks'], 'week')}, seed {report['seed']}, {report['engine']} engine: "
        f"{_seconds(report['seconds'])}, {rate(report['decisions_per_second'])} decisions a second"
    )
    classes = Table(title="Gravest moment of a replicate", title_justify="left")
    for heading in ("class", "share", "95 % interval", "replicates"):
        classes.add_column(heading, justify="left" if heading == "class" else "right")
    for name, row in report["outcomes"]["class"].items():
        classes.add_row(
            name,
            share(row["share"]),
            share_span(row["low"], row["high"]),
            f"{row['count']:,}",
        )
    out.print(classes)
    measures = Table(title="Distributions over replicates", title_justify="left")
    for heading in ("measure", "mean", "95 % interval", "5 %", "median", "95 %"):
        measures.add_column(heading, justify="left" if heading == "measure" else "right")
    for name in RUN_TABLE:
        row = report["outcomes"][name]
        mean = abs(row["mean"] or 0.0)
        digits = 3 if mean < 1 else 2 if mean < 10 else 1
        whole = row["total"] is not None
        measures.add_row(
            find_measure(name).words,
            number(row["mean"], digits),
            span(row["low"], row["high"], digits),
            *(number(row[q], 0 if whole else digits) for q in ("q05", "q50", "q95")),
        )
    out.print(measures)

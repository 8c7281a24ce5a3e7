"""What there is to read of a run: its summary, and the lines and tables made of its report."""

from typing import Any

from redline.results.measures import RUN_TABLE, find_measure
from redline.support import (
    Blocks,
    Bold,
    Table,
    counted,
    number_words,
    rate,
    share,
    share_span,
    span_words,
)

NUMBERS = ("mean", "low", "high", "q05", "q50", "q95", "total", "observed")
"""What a summary gives of a measure, in the order of its table."""


class Summary(dict[str, Any]):
    """The distribution of every measure by its name; see `redline.results.outcomes.summarise`."""

    def to_pandas(self) -> Any:
        """Return it as a data frame, a row for each measure and for the share of each class.

        Columns are ``mean`` (of a class, its share), ``low`` and ``high``, the 95 % interval;
        ``q05``, ``q50`` and ``q95``, quantiles of replicates; ``total``; and ``observed``, of a
        week the share of replicates in which it came.
        """
        import pandas as pd

        rows = {name: {"mean": row["share"], **row} for name, row in self["class"].items()}
        rows |= {name: row for name, row in self.items() if name != "class"}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(NUMBERS))

    def _repr_html_(self) -> str:
        found: str = self.to_pandas()._repr_html_()
        return found


def run_blocks(report: dict[str, Any], title: str) -> Blocks:
    """Yield the lines and tables of a report."""
    seconds = report["seconds"]
    size = f"{counted(report['replicates'], 'replicate')} of up to "
    size += f"{counted(report['weeks'], 'week')}, seed {report['seed']}, {report['engine']} engine"
    yield Bold(title)
    if seconds is None:
        yield size
    else:
        took = f"{seconds:.2f} s" if seconds >= 0.005 else "under 0.01 s"
        yield f"{size}: {took}, {rate(report['decisions_per_second'])} decisions a second"
    yield _class_table(report["outcomes"]["class"])
    yield _measure_table(report["outcomes"])


def _class_table(classes: dict[str, dict[str, Any]]) -> Table:
    """Return how many replicates end in each class."""
    rows = [
        [name, share(row["share"]), share_span(row["low"], row["high"]), f"{row['count']:,}"]
        for name, row in classes.items()
    ]
    headings = ("class", "share", "95 % interval", "replicates")
    return Table(headings, rows, "lr", title="Outcome, by gravest week")


def _measure_table(outcomes: dict[str, Any]) -> Table:
    """Return mean and quantiles of the measures that a run shows."""
    rows = []
    for name in RUN_TABLE:
        row = outcomes[name]
        size = abs(row["mean"] or 0.0)
        digits = 3 if size < 1 else 2 if size < 10 else 1
        of_one = digits if row["total"] is None else 0
        mean = [number_words(row["mean"], digits), span_words(row["low"], row["high"], digits)]
        spread = [number_words(row[q], of_one) for q in ("q05", "q50", "q95")]
        rows.append([find_measure(name).words, *mean, *spread])
    headings = ("measure", "mean", "95 % interval", "5 %", "median", "95 %")
    return Table(headings, rows, "lr", title="Distributions over replicates")

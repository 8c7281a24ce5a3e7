"""What a sensitivity analysis says: indices of every address, and what can be told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from redline.case import label_of
from redline.results import Interval, StoredSweep, find_measure
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    Several,
    Table,
    capital,
    count,
    counted,
    listed,
    percent,
)

if TYPE_CHECKING:
    import pandas as pd

ENDS = ("value", "low", "high")
MOST_BARS = 15
"""Addresses that are told of a measure; all are in what goes on from here."""
MOST_NAMED = 3
"""Addresses that a sentence names."""


class Sensitivity(NamedTuple):
    """What one address does to a measure.

    `first` is the share of the variance between points that it makes by itself, `total` with
    all its interactions. Of Morris's method, `first` is the mean μ of its elementary effects,
    `total` the mean μ* of their sizes; `spread` (σ) is large where effects depend on the rest.
    """

    address: str
    first: Interval
    total: Interval
    spread: float | None = None


@dataclass(frozen=True)
class Analysis:
    """The sensitivity of a measure to every address, the most important first.

    Attributes
    ----------
    mean, variance : of the measure over points, chance in it taken away; None by Morris's
        method, whose points lie on a coarse grid
    chance : variance of what one replicate adds, on average over points
    convergence : by number of base points, the total index of every address, in the order of
        `sensitivities`
    """

    measure: str
    method: str
    points: int
    replicates: int
    sensitivities: tuple[Sensitivity, ...]
    mean: float | None
    variance: float | None
    chance: float
    convergence: dict[int, tuple[float, ...]]

    @property
    def of_parameters(self) -> float | None:
        """The share of the variance of a replicate that parameters make; the rest is chance."""
        if self.variance is None:
            return None
        whole = self.variance + self.chance
        return self.variance / whole if whole > 0 else None

    @property
    def resolved(self) -> list[str]:
        """The addresses whose intervals say that they matter, the most important first.

        The interval of an address's total index (of Morris's method, of μ*) must lie above
        zero, and wholly above the intervals of at least half of the other addresses. A total
        index is a mean of squares, so that its interval is above zero by chance alone: only
        beside others does it say anything.
        """
        found = []
        ones = self.sensitivities
        for one in ones:
            low = one.total.low or 0.0
            others = [other.total.high for other in ones if other is not one]
            below = sum(high is not None and high < low for high in others)
            if low > 0 and below >= len(others) / 2:
                found.append(one.address)
        return found

    @property
    def finding(self) -> str:
        """A sentence for the parameters that carry the measure, where that can be told."""
        return tornado_finding(self)

    @property
    def note(self) -> str:
        """What there is to know of chance, and of the addresses that are not told."""
        return tornado_note(self)

    def blocks(self) -> Blocks:
        """Yield the finding, the indices of the most important addresses, and the note."""
        rows = []
        for entry in self.sensitivities[:MOST_BARS]:
            spread = [] if entry.spread is None else [f"{entry.spread:.3g}"]
            told = (label_of(entry.address), entry.address)
            rows.append([*told, _index(entry.first), _index(entry.total), *spread])
        indices = ("first", "total") if self.method == "sobol" else ("μ", "μ*", "σ")
        yield Bold(self.finding)
        yield Table(("parameter", "address", *indices), rows, "llr")
        yield self.note

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each address; see `SensitivityAnalysis.to_pandas`."""
        names = ("first", "total") if self.method == "sobol" else ("mu", "mu_star")
        found = []
        for one in self.sensitivities:
            row: dict[str, Any] = {"measure": self.measure, "address": one.address}
            for name, index in zip(names, (one.first, one.total), strict=True):
                row |= {name: index.value, f"{name}_low": index.low, f"{name}_high": index.high}
            if self.method == "morris":
                del row["mu_low"], row["mu_high"]  # which the method does not have
                row["sigma"] = one.spread
            found.append({**row, "resolved": one.address in self.resolved})
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        addresses = [one.address for one in self.sensitivities]
        return {
            "measure": self.measure,
            "method": self.method,
            "points": self.points,
            "replicates": self.replicates,
            "mean": self.mean,
            "variance_of_parameters": self.variance,
            "variance_of_chance": self.chance,
            "share_of_parameters": self.of_parameters,
            "indices": [
                {
                    "address": one.address,
                    "first": dict(zip(ENDS, one.first, strict=True)),
                    "total": dict(zip(ENDS, one.total, strict=True)),
                    "spread": one.spread,
                }
                for one in self.sensitivities
            ],
            "convergence": [
                {"points": count, "total": dict(zip(addresses, values, strict=True))}
                for count, values in self.convergence.items()
            ],
        }


@dataclass(frozen=True, repr=False, eq=False)
class SensitivityAnalysis(Several[Analysis], of="analyses"):
    """Which parameters drive measures: a sequence of `Analysis`, one for each measure.

    Attributes
    ----------
    sweep : the stored sweep that they were made of
    folder : where it is, as it was named
    """

    sweep: StoredSweep
    analyses: tuple[Analysis, ...]
    folder: Path

    def __repr__(self) -> str:
        """Return of what it is."""
        measures = ", ".join(one.measure for one in self.analyses)
        return f"SensitivityAnalysis({self.sweep.scenario.name}: {measures}; in {self.folder})"

    def blocks(self) -> Blocks:
        """Yield what each analysis says, and of how much, and where it is."""
        for one in self.analyses:
            yield from one.blocks()
        yield f"{self.size}; plot() draws them"

    @property
    def size(self) -> str:
        """Of how much it is, and where that is."""
        sweep = self.sweep
        size = f"{counted(len(sweep.points), 'point')} × {counted(sweep.replicates, 'replicate')}"
        return f"{size} in {sweep.folder}"

    def to_dict(self) -> dict[str, Any]:
        """Return every analysis, the addresses that are resolved, and what it was made of."""
        report = sensitivity_json(self.sweep, self.analyses)
        for entry, one in zip(report["analyses"], self.analyses, strict=True):
            entry["resolved"] = one.resolved
        return report

    def to_pandas(self) -> "pd.DataFrame":
        """Return a row for each measure and address, the most important of a measure first.

        Of Sobol' indices, first and total with the ends of their 95 % intervals (first_low,
        first_high, …); of Morris's method, mu, mu_star with its interval, and sigma. Last,
        whether it is resolved that the address matters.
        """
        import pandas as pd

        return pd.DataFrame(row for one in self.analyses for row in one.rows())


def _index(index: Interval) -> str:
    if index.low is None:
        return f"{index.value:.3g}"
    return f"{index.value:.3f} ({index.low:.3f} to {index.high:.3f})"


def tornado_finding(analysis: Analysis, words: str = "") -> str:
    """Return a sentence for the parameters that carry a measure, where that can be told.

    `words` are the measure's own, if not the usual ones.
    """
    words = words or find_measure(analysis.measure).words
    ones = analysis.sensitivities
    size = f"{analysis.points:,} {_unit(analysis)} × {count(analysis.replicates, 'replicate')}"
    if max(one.total.value for one in ones) == 0:
        return f"Not resolved at this size ({size}): the {words} is the same at all points"
    names = analysis.resolved
    if not names:
        return f"Not resolved at this size ({size}): which parameters drive the {words}"
    lead = names[:MOST_NAMED]
    beside = _beside(analysis, lead)
    if not beside:
        matter = "matters" if len(lead) == 1 else "matter"
        return f"{_first(lead)} {matter} most for the {words}"
    stand = "stands" if len(names) == 1 else "stand"
    told = f"{_first(names)} {stand} out for the {words}"
    unclear = [name for name in beside if name not in names]
    if not unclear:
        return told
    return f"{told}; {_named(unclear, 1)} {'is' if len(unclear) == 1 else 'are'} not resolved"


def _beside(analysis: Analysis, lead: list[str]) -> list[str]:
    """Return the other addresses that may matter as much as the least of some."""
    ones = analysis.sensitivities
    least = min(one.total.value for one in ones if one.address in lead)
    return [
        one.address
        for one in ones
        if one.address not in lead and (one.total.high is None or one.total.high > least)
    ]


def _first(names: list[str]) -> str:
    """Return them as a sentence begins; an address that has no label stays as it is."""
    told = _named(names)
    return told if label_of(names[0]) == names[0] else capital(told)


def _named(names: list[str], most: int = MOST_NAMED) -> str:
    """Return the labels of addresses as prose, what is beyond the most as a number."""
    more = [count(len(names) - most, "more", "more")] if len(names) > most else []
    return listed([*map(label_of, names[:most]), *more])


def _unit(analysis: Analysis) -> str:
    return "trajectories" if analysis.method == "morris" else "base points"


def tornado_note(analysis: Analysis) -> str:
    """Return what the caption says of chance and of the rest."""
    rest = analysis.sensitivities[MOST_BARS:]
    told = f"{analysis.points:,} {_unit(analysis)}"
    if analysis.method == "sobol":
        alone = sum(one.first.value for one in analysis.sensitivities)
        told += f"; first indices add up to {alone:.2f}"
    chance = analysis.of_parameters
    if chance is not None:
        told += f"; of what varies from replicate to replicate, parameters make {percent(chance)}"
    if rest:
        most = max(one.total.value for one in rest)
        told += f"; {len(rest)} more at {most:.2g} or less"
    clear = len(analysis.resolved)
    return (
        f"{told}. Lines: 95 %, bootstrap; {clear} of {len(analysis.sensitivities)} lie above zero "
        "and above those of at least half of the other parameters."
    )


def sensitivity_json(sweep: StoredSweep, analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Return what ``redline sensitivity --json`` prints."""
    return {
        "format": JSON_FORMAT,
        "scenario": sweep.scenario.name,
        "folder": str(sweep.folder),
        "seed": sweep.manifest["seed"],
        "total_points": len(sweep.points),
        "results_hash": sweep.manifest["results_hash"],
        "analyses": [one.to_dict() for one in analyses],
    }

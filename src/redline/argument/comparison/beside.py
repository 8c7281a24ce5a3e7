"""What was found of two worlds beside each other, and of several beside the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redline.argument.comparison.differences import Difference
from redline.argument.comparison.parting import COUNTED
from redline.argument.comparison.sides import Side, labels_of
from redline.argument.reasons import Explanation
from redline.argument.stories import week_words
from redline.case import Scenario
from redline.results import (
    COLUMNS,
    COMPARISON_TABLE,
    OUTCOMES,
    PER_WEEK,
    difference_remark,
    share_remark,
    undecided,
    war_remark,
    wilson,
)
from redline.support import (
    JSON_FORMAT,
    Blocks,
    Bold,
    Result,
    Several,
    Table,
    counted,
    number_words,
    share,
    share_span,
    span_words,
)
from redline.theory import Outcome

if TYPE_CHECKING:
    import pandas as pd

RATES = tuple(
    f"{name}{PER_WEEK}"
    for name, column in COLUMNS.items()
    if column.kind == "count" and name != "weeks_lived"
)
"""What is counted, per week simulated: comparable where horizons are not."""


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(Result):
    """Two worlds, the same replicates where they have any in common.

    Attributes
    ----------
    seed : of the first world
    replicates : how many are compared; where none pair, those of the smaller world
    paired : whether replicates are compared pair by pair, under the same chance
    differences : by measure
    rates : of counts per week simulated, comparable where horizons are not
    shares : of the replicates in each class
    changed : share of replicates whose class changes, with its 95 % Wilson interval; None
        where none pair
    classes : (4, 4) replicates by class in the first and in the second world, or None
    parting : (R,) the first week in which somebody did something else, or -1; None where
        that cannot be told
    telling : the number of the replicate whose class, or else whose attacks, changed most
    explained : that replicate's week of parting, in both worlds; None if none parted
    sides : the two worlds: seeds, replicates, rules
    notes : what in the two is unlike, and what follows for the comparison
    """

    first: Scenario
    second: Scenario
    seed: int
    replicates: int
    paired: bool
    differences: dict[str, Difference]
    rates: dict[str, Difference]
    shares: dict[str, Difference]
    changed: tuple[float, float, float] | None
    classes: NDArray[np.int64] | None
    parting: NDArray[np.int64] | None
    telling: int | None
    explained: tuple[Explanation, Explanation] | None
    sides: tuple[Side, Side]
    notes: tuple[str, ...]

    def parting_summary(self) -> dict[str, Any]:
        """Return how many replicates part, and the quantiles of the week in which they do.

        All None where that cannot be told.
        """
        names = ("q05", "q50", "q95")
        if self.parting is None:
            return dict.fromkeys(("share", "low", "high", *names))
        weeks = self.parting[self.parting >= 0]
        share, low, high = wilson(len(weeks), self.replicates)
        summary: dict[str, Any] = {"share": share, "low": low, "high": high}
        if len(weeks) == 0:
            return summary | dict.fromkeys(names)
        found = np.quantile(weeks, (0.05, 0.5, 0.95))
        return summary | {n: float(v) for n, v in zip(names, found, strict=True)}

    def remarks(self, names: Sequence[str] = COUNTED) -> list[str]:
        """Return where replicates are too few for a share, or a difference of these measures."""
        if self.parting is not None and not (self.parting >= 0).any():
            return []
        shown = self.differences if self.same_horizon else self.comparable()
        rows = {name: row for name, row in shown.items() if name.removesuffix(PER_WEEK) in names}
        found: list[str | None] = []
        if self.classes is None:
            rows[OUTCOMES[Outcome.CONFRONTATION]] = self.shares[OUTCOMES[Outcome.CONFRONTATION]]
        else:
            found += _class_remarks(self.classes, self.replicates)
        unclear = [name for name, row in rows.items() if undecided(*row[:5])]
        found.append(difference_remark(unclear, self.replicates))
        return [text for text in found if text]

    def told(self) -> list[str]:
        """Return the sentences of those who chose differently where the telling one parts."""
        if self.explained is None or self.telling is None:
            return []
        one, other = self.explained
        lines = [f"Replicate {self.telling} diverges in {week_words(self.first, one.week)}."]
        theirs = {actor.actor: actor for actor in other.actors}
        for actor in one.actors:
            twin = theirs.get(actor.actor)
            if twin is not None and twin.chosen != actor.chosen:
                lines.append(f"{self.labels[0]}: {actor.sentence}")
                lines.append(f"{self.labels[1]}: {twin.sentence}")
        if len(lines) == 1:
            lines.append(
                "All actors chose alike; the talks, a site or a death turned out differently."
            )
        return lines

    @property
    def heading(self) -> str:
        """What was compared: names, replicates, seeds."""
        if self.paired:
            extent = f"{counted(self.replicates, 'replicate')}, seed {self.seed}"
            return f"{' and '.join(self.labels)}, {extent}"
        return " and ".join(
            f"{label} ({counted(side.replicates, 'replicate')}, seed {side.seed})"
            for label, side in zip(self.labels, self.sides, strict=True)
        )

    def __repr__(self) -> str:
        return f"<Comparison: {self.heading}>"

    def blocks(self, per_week: bool = False) -> Blocks:
        """Yield what is unlike, differences, what changed class, when worlds part, why in one.

        Parameters
        ----------
        per_week
            Whether counts are told per simulated week; they always are where horizons differ.
        """
        yield from self.notes
        yield Bold(self.heading)
        yield self._table(per_week or not self.same_horizon)
        if self.changed:
            changed, low, high = self.changed
            over = "" if self.same_horizon else ", over different horizons"
            yield (
                f"{share(changed, 1)} of replicates change class (95 % interval "
                f"{share_span(low, high, 1)}){over}."
            )
        parting = self.parting_summary()
        if parting["q50"] is not None:
            yield (
                f"{share(parting['share'], 1)} of replicates diverge; the median week of "
                f"divergence is "
                f"{parting['q50']:.0f} (5 to 95 %: {parting['q05']:.0f} to {parting['q95']:.0f})."
            )
        elif self.parting is not None:
            yield "No replicate diverges: both scenarios are identical in every week they share."
        yield from self.told()

    def _table(self, rates: bool) -> Table:
        """Return the differences, counts as rates per simulated week where they are wanted."""
        headings = ["measure", *self.labels, "difference", "95 % interval"]
        if self.paired:
            headings.append("variance reduction")
        shares = self.shares.items()
        rows = [[name, *_cells(row, 3), *_gain(row, self.paired)] for name, row in shares]
        for name in COMPARISON_TABLE:
            rate = f"{name}{PER_WEEK}"
            per_week = rates and rate in self.rates
            row = self.rates[rate] if per_week else self.differences[name]
            digits = 3 if abs(row.first or 0.0) < 1 else 2
            cells = [*_cells(row, digits), *_gain(row, self.paired)]
            rows.append([rate if per_week else name, *cells])
        kind = "Paired differences" if self.paired else "Differences of independent samples"
        return Table(headings, rows, "lr", title=f"{kind}, second minus first")

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each measure that is compared.

        Columns: ``measure``; ``kind``, which is ``mean`` (over replicates), ``rate`` (a count
        per week simulated) or ``share`` (of the replicates in a class); ``first`` and ``second``,
        what it is in either scenario; ``difference``, second minus first, with its 95 % interval
        from ``low`` to ``high``; ``gain``, what variance reduction (see `Difference`).
        """
        import pandas as pd

        kinds = {"mean": self.differences, "rate": self.rates, "share": self.shares}
        rows = [
            {"measure": name, "kind": kind, **row._asdict()}
            for kind, table in kinds.items()
            for name, row in table.items()
        ]
        numbers = dict.fromkeys(Difference._fields, "float64")
        return pd.DataFrame(rows).astype(numbers)

    @property
    def labels(self) -> tuple[str, str]:
        """What the two worlds are called."""
        return labels_of(*self.sides)

    @property
    def same_horizon(self) -> bool:
        """Whether both worlds have as many weeks, so that counts can be compared."""
        return self.first.weeks == self.second.weeks

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline compare --json`` prints."""
        one, other = self.sides
        return {
            "format": JSON_FORMAT,
            "scenarios": list(self.labels),
            "seed": self.seed if one.seed == other.seed else None,
            "replicates": self.replicates,
            "paired": self.paired,
            "notes": list(self.notes),
            "sides": [side.to_dict() for side in self.sides],
            "differences": {name: row._asdict() for name, row in self.differences.items()},
            "rates": {name: row._asdict() for name, row in self.rates.items()},
            "shares": {name: row._asdict() for name, row in self.shares.items()},
            "class_changed": self.changed
            and dict(zip(("share", "low", "high"), self.changed, strict=True)),
            "classes": None
            if self.classes is None
            else {
                one: dict(zip(OUTCOMES, map(int, row), strict=True))
                for one, row in zip(OUTCOMES, self.classes, strict=True)
            },
            "parting": None if self.parting is None else self.parting_summary(),
            "remarks": self.remarks(),
            "telling": None
            if self.explained is None
            else {
                "replicate": self.telling,
                "week": self.explained[0].week,
                "told": self.told(),
                "explained": [one.to_dict() for one in self.explained],
            },
        }

    def comparable(self) -> dict[str, Difference]:
        """Return the differences with rates per week simulated in the place of counts."""
        found: dict[str, Difference] = {}
        for name, row in self.differences.items():
            rate = f"{name}{PER_WEEK}"
            found |= {rate: self.rates[rate]} if rate in self.rates else {name: row}
        return found


def _gain(row: Difference, paired: bool) -> list[str]:
    """Return the cell of the variance reduction, of worlds that are paired."""
    return ["–" if row.gain is None else f"{row.gain:.1f} ×"] if paired else []


@dataclass(frozen=True, repr=False, eq=False)
class Comparisons(Several[Comparison], of="comparisons"):
    """Several worlds, each beside the first.

    Attributes
    ----------
    comparisons : the second world beside the first, the third beside the first, and so on
    """

    comparisons: tuple[Comparison, ...]

    def __repr__(self) -> str:
        return f"<Comparisons: {', '.join(self.labels)}, each beside {self[0].labels[0]}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """What the worlds beside the first are called; numbered where names are the same."""
        names = [comparison.labels[1] for comparison in self]
        return tuple(
            f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
            for place, name in enumerate(names)
        )

    def blocks(self, per_week: bool = False) -> Blocks:
        """Yield what there is to read of every comparison; see `Comparison.blocks`."""
        for comparison in self:
            yield from comparison.blocks(per_week)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparisons, each as ``redline compare --json`` prints one."""
        return {"format": JSON_FORMAT, "comparisons": [one.to_dict() for one in self]}

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows of every comparison, with ``world`` in front: which is the second."""
        import pandas as pd

        tables = [one.to_pandas() for one in self]
        for label, table in zip(self.labels, tables, strict=True):
            table.insert(0, "world", label)
        return pd.concat(tables, ignore_index=True)


def _class_remarks(classes: NDArray[np.int64], replicates: int) -> list[str | None]:
    """Return what to know of classes that change, and of war, in the same replicates."""
    war = Outcome.CONFRONTATION
    both = int(classes[war, war])
    alone = int(classes[war].sum() + classes[:, war].sum()) - 2 * both
    changed = replicates - int(np.trace(classes))
    return [
        share_remark("a change of class", changed, replicates) if changed else None,
        war_remark(alone, alone + both, replicates),
    ]


def _cells(row: Difference, digits: int) -> tuple[str, ...]:
    """Return the cells of a difference."""
    return (
        number_words(row.first, digits),
        number_words(row.second, digits),
        f"{row.difference:+,.{digits}f}",
        span_words(row.low, row.high, digits),
    )

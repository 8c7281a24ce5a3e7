"""Two worlds beside each other: what the difference did, replicate by replicate where it can be.

The same replicate of both scenarios shares every draw (common random numbers), so a paired
difference is free of most of the noise that two independent samples would carry. Replicates
pair by seed and number; where none do, the two are told for what they are, independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redline.argument.comparison.differences import (
    Difference,
    class_difference,
    mean_difference,
    ratio_difference,
)
from redline.argument.comparison.parting import (
    COUNTED,
    check_size,
    explained,
    measured,
    most_telling,
)
from redline.argument.comparison.sides import (
    Given,
    Side,
    both_sides,
    common_replicates,
    labels_of,
    notes_on,
    opened,
)
from redline.argument.explanation import Explanation
from redline.argument.stories import week_words
from redline.case import Scenario
from redline.engine import rules_hash
from redline.results import (
    COLUMNS,
    OUTCOMES,
    PER_WEEK,
    difference_remark,
    share_remark,
    undecided,
    war_remark,
    wilson,
)
from redline.support import JSON_FORMAT
from redline.theory import Outcome

RATES = tuple(
    f"{name}{PER_WEEK}"
    for name, column in COLUMNS.items()
    if column.kind == "count" and name != "weeks_lived"
)
"""What is counted, per week simulated: comparable where horizons are not."""


@dataclass(frozen=True)
class Comparison:
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
        lines = [f"Replicate {self.telling} parts in {week_words(self.first, one.week)}."]
        theirs = {actor.actor: actor for actor in other.actors}
        for actor in one.actors:
            twin = theirs.get(actor.actor)
            if twin is not None and twin.chosen != actor.chosen:
                lines.append(f"{self.labels[0]}: {actor.sentence}")
                lines.append(f"{self.labels[1]}: {twin.sentence}")
        if len(lines) == 1:
            lines.append("All chose alike; the talks, a site or a kill came out differently.")
        return lines

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

    def _repr_html_(self) -> str:
        shown = self.differences if self.same_horizon else self.comparable()
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{_cell(d.first)}</td><td>{_cell(d.second)}</td>"
            f"<td>{_cell(d.difference, '+')}</td></tr>"
            for name, d in shown.items()
        )
        heads = "".join(f"<th>{escape(label)}</th>" for label in self.labels)
        notes, told = (
            "".join(f"<p>{escape(line)}</p>" for line in lines)
            for lines in (self.notes, self.told())
        )
        return f"{notes}<table><tr><th></th>{heads}<th>difference</th></tr>{rows}</table>{told}"

    def comparable(self) -> dict[str, Difference]:
        """Return the differences with rates per week simulated in the place of counts."""
        found: dict[str, Difference] = {}
        for name, row in self.differences.items():
            rate = f"{name}{PER_WEEK}"
            found |= {rate: self.rates[rate]} if rate in self.rates else {name: row}
        return found


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


def _cell(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.3f}"


def compare(
    first: Given,
    second: Given,
    replicates: int | None = None,
    seed: int | None = None,
    *,
    notice: Callable[[str], None] | None = None,
) -> Comparison:
    """Compare two worlds over the same replicates.

    Parameters
    ----------
    first, second
        Scenarios (built-in names, paths of files, `Scenario`), which are simulated now; or
        results: folders of runs, `StoredRun`, points of sweeps (``sweep.at(3)``), `Results`.
        A scenario beside results is simulated under their seed, for as many replicates.
    replicates, seed
        Of scenarios that are simulated now; 1,000 and 1, by default.
    notice
        Called with what it takes in time and memory, where that is much.

    Raises
    ------
    InputError
        For a scenario or results that cannot be read, or numbers out of range; for
        replicates or a seed where results have their own; for more replicates than memory
        holds.

    Notes
    -----
    Replicates pair where seed and number are the same. Where none do, the worlds are
    independent samples, and intervals those of two such. Rules that differ under one seed
    leave pairs whose chance is shared in part: their intervals hold whatever it is.

    Examples
    --------
    >>> from redline import vary
    >>> afraid = "standoff_2019_2021"
    >>> compared = compare(afraid, vary(afraid, {"united_states.commitment": 0}), 200)
    >>> compared.differences["weeks_lived"].difference <= 0
    True
    """
    one, other = both_sides(opened(first), opened(second), replicates, seed)
    check_size(one, other, notice)
    shared = common_replicates(one, other)
    paired = len(shared) > 0
    notes = notes_on(one, other, shared)
    tables, parting = measured(one, other, shared)
    if parting is None and paired and one.rules == other.rules == rules_hash():
        notes.append(
            "What was stored cannot be had again here (other versions, or a manifest that was "
            "edited): weeks of parting are not told."
        )
    classes = None
    if paired:
        classes = np.zeros((len(Outcome), len(Outcome)), np.int64)
        np.add.at(classes, (tables[0]["class"], tables[1]["class"]), 1)
    size = len(shared) if paired else min(one.replicates, other.replicates)
    place = None if parting is None else most_telling(tables, parting)
    telling = None if place is None else shared[place]
    return Comparison(
        first=one.scenario,
        second=other.scenario,
        seed=one.seed,
        replicates=size,
        paired=paired,
        differences={name: mean_difference(name, tables, paired) for name in COUNTED},
        rates={name: ratio_difference(name, tables, paired) for name in RATES},
        shares={name: class_difference(name, tables, paired) for name in OUTCOMES},
        changed=None if classes is None else wilson(int(size - np.trace(classes)), size),
        classes=classes,
        parting=parting,
        telling=telling,
        explained=None
        if telling is None or parting is None or place is None
        else explained(one, other, telling, int(parting[place])),
        sides=(one, other),
        notes=tuple(notes),
    )

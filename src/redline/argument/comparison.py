"""Two worlds beside each other: what the difference did, replicate by replicate where it can be.

The same replicate of both scenarios shares every draw (common random numbers), so a paired
difference is free of most of the noise that two independent samples would carry. Replicates
pair by seed and number; where none do, the two are told for what they are, independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from redline.argument.explanation import Explanation, explain_week, week_words
from redline.argument.verdicts import Effect, share_difference
from redline.argument.verdicts import difference as effect_of
from redline.case import Scenario, load_scenario
from redline.engine import Trace, rules_hash
from redline.results import (
    COLUMNS,
    KNOWN_BY,
    OUTCOMES,
    PER_WEEK,
    REPLICATE_BYTES,
    Distribution,
    Engine,
    Measure,
    Results,
    StoredPoint,
    StoredResults,
    StoredRun,
    StoredSweep,
    Summary,
    Table,
    check_lives,
    check_range,
    difference_remark,
    find_measure,
    mean_interval,
    measure,
    open_engine,
    results_named,
    share_remark,
    simulate,
    undecided,
    war_remark,
    warm_up,
    wilson,
)
from redline.support import JSON_FORMAT, InputError, count
from redline.theory import Move, Outcome, Week, dtype_of

BLOCK_MOVES = 2_000_000
"""Moves of militias held at once, to bound memory."""
PAIR_BYTES = 2 * REPLICATE_BYTES + 32
"""Memory for each replicate of both sides at the peak, and for what is computed of it."""
REPLICATES = 1000
SEED = 1
"""Of what is simulated now, unless others are asked for."""
OBSERVABLE = (
    "talks",
    "directive",
    "provocation",
    "response",
    "target",
    "fatal",
    "attacks",
    "sites",
)
"""What must differ in a week for two worlds to have parted: what somebody did."""
COUNTED = tuple(name for name, column in COLUMNS.items() if column.kind != "week")
RATES = tuple(
    f"{name}{PER_WEEK}"
    for name, column in COLUMNS.items()
    if column.kind == "count" and name != "weeks_lived"
)
"""What is counted, per week lived: comparable where horizons are not."""
SHORT_HASH = 7
"""Digits that tell the hashes of rules apart."""

Given = str | Path | Scenario | Results | StoredRun | StoredPoint
"""What can be compared: a scenario, a run or a folder of one, a point of a sweep."""


class Difference(NamedTuple):
    """The difference of one measure, second scenario less the first.

    `gain` is the variance of an unpaired difference over that of the paired one: how many
    times more replicates it would have taken without common chance (None where the paired
    difference does not vary).
    """

    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    gain: float | None


class Sample(Protocol):
    """Replicates [first, first + replicates) of a seed."""

    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def first(self) -> int: ...  # noqa: D102
    @property
    def replicates(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Side:
    """One of two worlds.

    Attributes
    ----------
    source : where its results are; of a scenario that is simulated now, its name
    first, replicates : the replicates [first, first + replicates) of the seed
    rules : the hash of the rules that they followed
    results : what was measured of them; None where they are simulated now
    """

    source: str
    scenario: Scenario
    seed: int
    first: int
    replicates: int
    rules: str
    results: Distribution | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what ``redline compare --json`` says of it."""
        return {
            "source": self.source,
            "scenario": self.scenario.name,
            "weeks": self.scenario.weeks,
            "seed": self.seed,
            "first": self.first,
            "replicates": self.replicates,
            "rules_hash": self.rules,
        }


@dataclass(frozen=True)
class Comparison:
    """Two worlds, the same replicates where they have any in common.

    Attributes
    ----------
    seed : of the first world
    replicates : how many are compared; where none pair, those of the smaller world
    paired : whether replicates are compared pair by pair, under the same chance
    differences : by measure
    rates : of counts per week lived, comparable where horizons are not
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

    def parting_summary(self) -> Summary:
        """Return how many replicates part, and the quantiles of the week in which they do.

        All None where that cannot be told.
        """
        names = ("q05", "q50", "q95")
        if self.parting is None:
            return dict.fromkeys(("share", "low", "high", *names))
        weeks = self.parting[self.parting >= 0]
        share, low, high = wilson(len(weeks), self.replicates)
        summary: Summary = {"share": share, "low": low, "high": high}
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
        return _labels(*self.sides)

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
        """Return the differences with rates per week lived in the place of counts."""
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


def _labels(one: Side, other: Side) -> tuple[str, str]:
    """Return names for two worlds that tell them apart as far as they are apart."""
    names = one.scenario.name, other.scenario.name
    if names[0] != names[1]:
        return names
    if one.results is None and other.results is None:
        same = one.scenario == other.scenario
        return names[0], f"{names[0]}, {'again' if same else 'changed'}"
    if other.results is None and one.scenario != other.scenario:
        return one.source, f"{names[1]}, simulated now"
    return one.source, other.source if one.source != other.source else f"{other.source}, again"


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
    one, other = _sides(_opened(first), _opened(second), replicates, seed)
    _check_size(one, other, notice)
    shared = common_replicates(one, other)
    paired = len(shared) > 0
    notes = _notes(one, other, shared)
    tables, parting = _measured(one, other, shared)
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
    place = None if parting is None else _telling(tables, parting)
    telling = None if place is None else shared[place]
    return Comparison(
        first=one.scenario,
        second=other.scenario,
        seed=one.seed,
        replicates=size,
        paired=paired,
        differences={name: _mean_difference(name, tables, paired) for name in COUNTED},
        rates={name: _ratio_difference(find_measure(name), tables, paired) for name in RATES},
        shares={name: _share_difference(name, tables, paired) for name in OUTCOMES},
        changed=None if classes is None else wilson(int(size - np.trace(classes)), size),
        classes=classes,
        parting=parting,
        telling=telling,
        explained=None
        if telling is None or parting is None or place is None
        else _explained(one, other, telling, int(parting[place])),
        sides=(one, other),
        notes=tuple(notes),
    )


# What is compared


def common_replicates(one: Sample, other: Sample) -> range:
    """Return the numbers of the replicates that two samples share, and with them their chance.

    None where the seeds differ: no draw of theirs is the same.
    """
    if one.seed != other.seed:
        return range(0)
    start = max(one.first, other.first)
    stop = min(one.first + one.replicates, other.first + other.replicates)
    return range(start, max(start, stop))


def _opened(given: Given) -> Scenario | Results | StoredRun | StoredPoint:
    """Return a scenario, or results, from what names them."""
    found: object = given
    if isinstance(given, str | Path):
        found = results_named(given)
    if isinstance(found, StoredSweep):
        raise InputError(
            f"{found.folder}: holds a sweep: name one of its points, load_results(…).at(0) … "
            f"{len(found.points) - 1}"
        )
    if isinstance(found, Results | StoredRun | StoredPoint):
        return found
    return load_scenario(given)  # type: ignore[arg-type]


def _sides(
    first: Scenario | Results | StoredRun | StoredPoint,
    second: Scenario | Results | StoredRun | StoredPoint,
    replicates: int | None,
    seed: int | None,
) -> tuple[Side, Side]:
    """Return both worlds; a scenario beside results takes their seed and replicates."""
    measured = [_side(item) for item in (first, second) if not isinstance(item, Scenario)]
    if measured and not (replicates is None and seed is None):
        raise InputError(
            "replicates and seed are those of the results that are compared: leave them out"
        )
    if measured:
        seed, start, size = measured[0].seed, measured[0].first, measured[0].replicates
    else:
        seed, start, size = (
            SEED if seed is None else seed,
            0,
            REPLICATES if replicates is None else replicates,
        )
        seed, start, size = check_range(seed, start, size)
    one, other = (
        Side(item.name, item, int(seed), start, int(size), rules_hash())
        if isinstance(item, Scenario)
        else _side(item)
        for item in (first, second)
    )
    return one, other


def _check_size(one: Side, other: Side, notice: Callable[[str], None] | None) -> None:
    """Check that memory holds both worlds; say how long they take to live, if that is long."""
    if {one.rules, other.rules} != {rules_hash()}:
        return  # what was stored is compared, and nothing lived
    held = min(_block(one.scenario, other.scenario), one.replicates)
    check_lives(
        [(side.scenario, side.replicates) for side in (one, other)],
        one.seed,
        PAIR_BYTES,
        memory_fixed=held * sum(_trace_bytes(side.scenario) for side in (one, other)),
        moves=True,
        notice=notice,
    )


def _side(results: Results | StoredRun | StoredPoint) -> Side:
    """Return replicates that were measured as one of two worlds."""
    if isinstance(results, Results):
        scenario = results.scenario
        return Side(
            scenario.name,
            scenario,
            results.seed,
            results.first,
            len(results),
            rules_hash(),
            results,
        )
    stored: StoredResults = results.sweep if isinstance(results, StoredPoint) else results
    source = str(stored.folder)
    if isinstance(results, StoredPoint):
        if not results.sweep.complete:
            raise InputError(f"{source}: this sweep is not complete: go on with resume=True first")
        source = f"{source} at point {results.point}"
    seed, rules = int(stored.manifest["seed"]), str(stored.manifest["rules_hash"])
    return Side(source, results.scenario, seed, 0, stored.replicates, rules, results)


def _notes(one: Side, other: Side, shared: range) -> list[str]:
    """Return what in two worlds is unlike, horizons first, and what follows for comparing them."""
    a, b = _labels(one, other)
    found = []
    if one.scenario.weeks != other.scenario.weeks:
        weeks = [count(side.scenario.weeks, "week") for side in (one, other)]
        found.append(
            f"Horizons differ: {weeks[0]} ({a}), {weeks[1]} ({b}). Counts are set beside each "
            "other per week lived; classes and peaks had longer to come in the longer one."
        )
    apart = "are compared as independent samples, with unpaired intervals."
    if one.seed != other.seed:
        found.append(
            f"Seeds differ: {one.seed} ({a}), {other.seed} ({b}). The two share no chance: they "
            f"{apart}"
        )
    elif not shared:
        found.append(
            f"No replicate is in both: {_numbers(one)} ({a}), {_numbers(other)} ({b}). They {apart}"
        )
    if (one.first, one.replicates) != (other.first, other.replicates) and (
        shared or one.replicates != other.replicates
    ):
        told = f"Replicates differ: {_numbers(one)} ({a}), {_numbers(other)} ({b})."
        rest = f" The {len(shared):,} that both have are compared." if shared else ""
        found.append(told + rest)
    return found + _rules_notes(one, other, shared)


def _numbers(side: Side) -> str:
    """Return which replicates a world has."""
    return f"{side.first:,} to {side.first + side.replicates - 1:,}"


def _rules_notes(one: Side, other: Side, shared: range) -> list[str]:
    """Return what is to be said of rules that are not those of now, or not the same."""
    a, b = _labels(one, other)
    hashes = [side.rules[:SHORT_HASH] for side in (one, other)]
    if one.rules != other.rules:
        told = f"Rules differ: {hashes[0]} ({a}), {hashes[1]} ({b})."
        if not shared:
            return [told]
        return [
            f"{told} Replicates are paired by seed and number, and share chance as far as both "
            "rules draw alike; in which week they part cannot be told."
        ]
    if shared and one.rules != rules_hash():
        return [
            f"Both followed other rules ({hashes[0]}) than those of now "
            f"({rules_hash()[:SHORT_HASH]}): in which week they part cannot be told."
        ]
    return []


# What is measured


def _measured(
    one: Side, other: Side, shared: range
) -> tuple[tuple[Table, Table], NDArray[np.int64] | None]:
    """Return the measures of both worlds, and the weeks of parting where they can be told.

    Histories are lived, and so compared week by week, under the rules of now alone; what was
    stored is taken as it was stored.
    """
    if not shared or {one.rules, other.rules} != {rules_hash()}:
        numbers = shared or None
        return (_table_of(one, numbers), _table_of(other, numbers)), None
    lived, parting = _lived(one, other, shared)
    first, second = (
        table if side.results is None else _table_of(side, shared)
        for side, table in zip((one, other), lived, strict=True)
    )
    alike = all(
        np.array_equal(found[name], again[name])
        for found, again in zip((first, second), lived, strict=True)
        for name in KNOWN_BY
    )
    return (first, second), parting if alike else None


def _table_of(side: Side, numbers: range | None) -> Table:
    """Return the measures of some replicates of a world (all, by default), as columns."""
    results = side.results
    if results is None:
        results = simulate(side.scenario, side.replicates, side.seed, first=side.first)
    kept = slice(0, side.replicates)
    if numbers is not None:
        kept = slice(numbers.start - side.first, numbers.stop - side.first)
    return {name: results.column(name)[kept] for name in ("class", *COUNTED)}


def _lived(one: Side, other: Side, numbers: range) -> tuple[tuple[Table, Table], NDArray[np.int64]]:
    """Live replicates in both worlds: their measures, and the weeks in which they part."""
    warm_up()
    engines = [open_engine(side.scenario, side.seed, "batch") for side in (one, other)]
    measured: list[list[Any]] = [[], []]
    parting = []
    size = _block(one.scenario, other.scenario)
    for start in range(numbers.start, numbers.stop, size):
        held = min(size, numbers.stop - start)
        traces = [engine.run(start, held, moves=True) for engine in engines]
        for side, trace in zip(measured, traces, strict=True):
            side.append(measure(trace).measures)
        parting.append(weeks_of_parting(*traces))
    first, second = (_table_from(np.concatenate(side)) for side in measured)
    return (first, second), np.concatenate(parting)


def _table_from(measures: Any) -> Table:
    """Return the measures of an engine as columns."""
    columns = {name: COLUMNS[name].of(measures) for name in COUNTED}
    return {"class": np.asarray(measures["outcome"]), **columns}


def _block(one: Scenario, other: Scenario) -> int:
    """Return how many replicates to hold at once."""
    moves = max(scenario.weeks * len(scenario.members) for scenario in (one, other))
    return max(1, BLOCK_MOVES // moves)


def _trace_bytes(scenario: Scenario) -> int:
    """Return the memory for a replicate's trace, every militia's moves included."""
    each = dtype_of(Week).itemsize + dtype_of(Move).itemsize * len(scenario.members)
    return scenario.weeks * each


def weeks_of_parting(one: Trace, other: Trace) -> NDArray[np.int64]:
    """Return the first week in which somebody did something else, or -1: (R,).

    Only weeks that both scenarios have are compared, and militias only where both have as
    many; a replicate that ends earlier in one of them parts there at the latest.
    """
    weeks = min(one.weeks.shape[1], other.weeks.shape[1])
    differs = np.zeros((len(one.lived), weeks), bool)
    for name in OBSERVABLE:
        unequal = one.weeks[name][:, :weeks] != other.weeks[name][:, :weeks]
        differs |= unequal if unequal.ndim == 2 else unequal.any(axis=2)
    if one.moves.shape[2] == other.moves.shape[2]:
        for name in ("rung", "site", "killed"):
            unequal = one.moves[name][:, :weeks] != other.moves[name][:, :weeks]
            differs |= unequal.any(axis=2)
    for trace in (one, other):
        over = trace.lived[:, None] <= np.arange(weeks)
        differs |= over & (one.lived != other.lived)[:, None]
    return np.where(differs.any(axis=1), differs.argmax(axis=1), -1)


def difference(one: NDArray[Any], other: NDArray[Any]) -> Difference:
    """Return the paired difference of a measure over replicates, with its 95 % t interval."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    paired = second - first
    mean, low, high = mean_interval(paired)
    scale = max(1.0, float(np.abs((first, second)).max()))  # squares may overflow
    apart = float((first / scale).var() + (second / scale).var())
    together = float((paired / scale).var())
    return Difference(
        first=float(first.mean()),
        second=float(second.mean()),
        difference=float(mean or 0.0),
        low=low,
        high=high,
        gain=apart / together if together > 0 else None,
    )


def _mean_difference(name: str, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of the mean of a measure."""
    if paired:
        return difference(tables[0][name], tables[1][name])
    return _ratio_difference(find_measure(name), tables, paired=False)


def _ratio_difference(wanted: Measure, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of a ratio of totals, its interval from its linearisation."""
    totals = [
        (np.asarray(wanted.above(table), np.float64), np.asarray(wanted.below(table), np.float64))
        for table in tables
    ]
    with np.errstate(over="ignore", invalid="ignore"):  # squares may overflow
        effect = effect_of(totals[1], totals[0], paired)
    first, second = (float(above.sum() / below.sum()) for above, below in totals)
    gain = None
    if paired:
        errors = [
            (above - ratio * below) / below.mean()
            for (above, below), ratio in zip(totals, (first, second), strict=True)
        ]
        gain = _gain(*errors)
    return _told(first, second, effect, gain)


def _share_difference(name: str, tables: Sequence[Table], paired: bool) -> Difference:
    """Return the difference of the share of replicates in a class."""
    one, other = (table["class"] == OUTCOMES.index(name) for table in tables)
    return share_gap(one, other, paired)


def share_gap(one: NDArray[np.bool_], other: NDArray[np.bool_], paired: bool) -> Difference:
    """Return the difference of two shares of replicates, second less first.

    Newcombe's interval, of the same replicates or of independent ones, which holds where
    shares are rare, too.
    """
    first, second = one.astype(np.float64), other.astype(np.float64)
    if paired:
        effect = effect_of((second, np.ones(len(second))), (first, np.ones(len(first))))
    else:
        effect = share_difference((int(other.sum()), len(other)), (int(one.sum()), len(one)))
    gain = _gain(first, second) if paired else None
    return _told(float(first.mean()), float(second.mean()), effect, gain)


def _told(first: float, second: float, effect: Effect, gain: float | None) -> Difference:
    return Difference(first, second, float(effect.mean or 0.0), effect.low, effect.high, gain)


def _gain(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the variance of the unpaired difference over that of the paired one."""
    together = float((other - one).var())
    return float(one.var() + other.var()) / together if together > 0 else None


def _telling(tables: Sequence[Table], parted: NDArray[np.int64]) -> int | None:
    """Return the place of the replicate that changed most: in class, in attacks, the first."""
    if not (parted >= 0).any():
        return None
    one, other = tables
    distance = np.abs(one["class"].astype(int) - other["class"].astype(int))
    attacks = np.abs(one["attacks"].astype(int) - other["attacks"].astype(int))
    score = np.where(parted >= 0, distance * 1_000_000 + attacks, -1)
    return int(score.argmax())


def _explained(
    one: Side, other: Side, replicate: int, week: int
) -> tuple[Explanation, Explanation] | None:
    scenarios = one.scenario, other.scenario
    engines = [open_engine(scenario, one.seed, "batch") for scenario in scenarios]
    if not all(_lives(engine, replicate, week) for engine in engines):
        return None
    first, second = (explain_week(s, replicate, week, one.seed) for s in scenarios)
    return first, second


def _lives(engine: Engine, replicate: int, week: int) -> bool:
    """Return whether a replicate lives a week."""
    return bool(engine.run(replicate, 1).lived[0] > week)

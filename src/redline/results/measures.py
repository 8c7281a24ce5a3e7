"""Every measure, declared once: what it is called, where it is counted, how replicates pool.

A new measure is counted in `redline.theory.tally` and declared here. All that shows measures
reads this table: the columns of stored results, summaries, groups of a sweep, comparisons,
tables, labels of figures, completion.

Every measure is a ratio of totals over replicates: a mean is a total over their number, a rate
a total over weeks simulated.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from redline.support import InputError, nearest
from redline.theory import (
    ACTORS,
    FIRST_ATTACK,
    PROVOCATION_WORDS,
    RESPONSE_WORDS,
    SITE_WORDS,
    Actor,
    Measures,
    Outcome,
    Records,
    dtype_of,
    rung_names,
)

Kind = Literal["class", "count", "level", "balance", "week", "ratio"]
"""How a measure pools over replicates:

``class``: the share of those in the class; ``count``: a mean, a total that means something, and
a rate per week simulated; ``level``: a mean alone; ``balance``: that of a level that may be
negative; ``week``: the mean over those in which it came (-1 where it never did); ``ratio``: the
total of some columns over that of others.
"""
Bound = Callable[[float, float], float]
"""What a measure cannot exceed in a replicate, from its weeks and the militias that attack."""
PER_WEEK = "_per_week"
Table = dict[str, NDArray[Any]]
"""Columns of equal length, by name."""


def _one(weeks: float, militias: float) -> float:
    return 1.0


@dataclass(frozen=True)
class Measure:
    """A measure, as it is declared.

    Attributes
    ----------
    words : what it is called in tables and figures
    unit : of its values; a ``share`` is drawn in per cent
    kind : how it pools, a `Kind`
    numerators, denominators : the columns that add up to its numerator and its denominator;
        without any of these, its denominator is 1 for each replicate
    field, place : of a column: where it stands in a record of `redline.theory.Measures`
    most : what it cannot exceed, a `Bound`
    rate : of a count: what its rate per week simulated is called, if that is not plain
    """

    name: str
    words: str
    unit: str
    kind: Kind
    numerators: tuple[str, ...]
    denominators: tuple[str, ...] = ()
    field: str = ""
    place: int | None = None
    most: Bound = lambda weeks, militias: float("inf")
    rate: str = ""

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The columns that it is made from."""
        return (*self.numerators, *self.denominators)

    @property
    def share(self) -> bool:
        """Whether it is a share of replicates, whose interval is Wilson's."""
        return self.kind == "class"

    @property
    def in_unit(self) -> bool:
        """Whether it is a share, of replicates or of a total: in [0, 1] whatever happens."""
        return self.kind in ("class", "ratio") and self.most is _one

    @property
    def signed(self) -> bool:
        """Whether it may be negative."""
        return self.kind == "balance"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a column, as it is counted and stored."""
        return dtype_of(Measures)[self.field].base

    def numerator(self, table: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Return what each replicate adds to the numerator: (R,), from the columns needed."""
        if self.kind == "class":
            return np.asarray(table["class"] == OUTCOMES.index(self.name), np.float64)
        if self.kind == "week":
            return np.asarray(np.maximum(table[self.name], 0), np.float64)
        return _total(table, self.numerators)

    def denominator(self, table: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Return what each replicate adds to the denominator: (R,)."""
        if self.kind == "week":
            return np.asarray(table[self.name] >= 0, np.float64)
        if self.denominators:
            return _total(table, self.denominators)
        return np.ones(len(table[self.numerators[0]]))


def _total(table: Mapping[str, NDArray[Any]], names: tuple[str, ...]) -> NDArray[np.float64]:
    return np.asarray(sum(table[name].astype(np.float64) for name in names))


# Columns: what is counted, and stored


def _column(name: str, words: str, unit: str, kind: Kind, **more: Any) -> Measure:
    return Measure(name, words, unit, kind, (name,), field=name, **more)


_weeks = partial(_column, unit="weeks", kind="count", most=lambda weeks, militias: weeks)
_attacks = partial(  # each militia can make one a week
    _column, unit="attacks", kind="count", most=lambda weeks, militias: weeks * militias
)
_level = partial(_column, kind="level")
_week = partial(_column, unit="week", kind="week", most=lambda weeks, militias: weeks - 1)


def _family(of: Measure, parts: Mapping[str, str]) -> Iterator[Measure]:
    """Yield a measure for every place of a row of the record; {} stands for the part's words."""
    for place, (part, words) in enumerate(parts.items()):
        name, told = f"{of.name}.{part}", of.words.format(words)
        yield replace(of, name=name, words=told, numerators=(name,), place=place)


PROVOCATIONS = dict(zip(rung_names(Actor.MILITIAS), PROVOCATION_WORDS.values(), strict=True))
RESPONSES = dict(zip(rung_names(Actor.UNITED_STATES), RESPONSE_WORDS.values(), strict=True))
ATTACKS = {rung: rung for rung in rung_names(Actor.MILITIAS)[FIRST_ATTACK:]}
CHOOSERS = {actor.name.lower(): ACTORS.get(actor, "the militias") for actor in Actor}

COLUMNS = {
    measure.name: measure
    for measure in (
        _weeks("weeks_lived", "weeks simulated"),
        _attacks("attacks", "attacks"),
        _weeks("strikes", "weeks with an American strike or more"),
        _attacks("fatal_attacks", "attacks that killed"),
        _attacks("assaults", "assaults on the embassy"),
        _weeks("decapitations", "weeks with a decapitation"),
        _weeks("sanctions", "weeks answered by sanctions"),
        _attacks(
            "crossings",
            "crossings of the red line",
            unit="crossings",
            # Each attack that kills, and an assault or more once a week.
            most=lambda weeks, militias: weeks * (militias + 1),
        ),
        _weeks("rocket_weeks", "weeks whose gravest provocation is rockets"),
        _weeks("drone_weeks", "weeks whose gravest provocation is drones"),
        _weeks("talks_weeks", "weeks of talks", rate="share of weeks simulated with talks on"),
        _level("mean_severity", "mean weekly severity", "severity", most=_one),
        _level("peak_severity", "highest weekly severity", "severity", most=_one),
        _level("mean_leverage", "mean leverage of Iran", "leverage", most=_one),
        _level("peak_leverage", "highest leverage of Iran", "leverage", most=_one),
        _level("mean_pressure", "mean pressure on Washington", "pressure"),
        _level("peak_pressure", "highest pressure on Washington", "pressure"),
        _week("first_crisis_week", "week of the first crisis"),
        _week("confrontation_week", "week of open confrontation"),
        *_family(_column("utility", "utility of {}", "utility", "balance"), CHOOSERS),
        *_family(
            _weeks("provocation_weeks", "weeks whose gravest provocation is {}"), PROVOCATIONS
        ),
        *_family(_weeks("response_weeks", "weeks answered by {}"), RESPONSES),
        *_family(replace(_attacks("attacks", "attacks ({})"), field="attack_rungs"), ATTACKS),
        *_family(_attacks("site_attacks", "rocket and drone attacks on {}"), SITE_WORDS),
    )
}
"""What is measured of a replicate, in the order of tables and files."""


def column_of(measures: Records, name: str) -> NDArray[Any]:
    """Return a column of (R,) records of `redline.theory.Measures`, or ``class``.

    Raises
    ------
    InputError
        If there is no measure of that name.
    """
    if name == "class":
        return np.asarray(measures["outcome"])
    about = find_column(name)
    values: NDArray[Any] = measures[about.field]
    return values if about.place is None else values[:, about.place]


def binned(counts: Records, quantity: str) -> NDArray[np.int64]:
    """Return a field of (W,) `redline.theory.WeekCounts` by bin; that of talks is for on alone."""
    field = counts[quantity].astype(np.int64)
    return field if field.ndim == 2 else np.stack((np.zeros_like(field), field), axis=1)


def find_column(name: str) -> Measure:
    """Return a measure that is a column, by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in COLUMNS:
        raise InputError(f"no measure {name}{nearest(name, COLUMNS)}")
    return COLUMNS[name]


# What follows from columns

OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


def _share(name: str, words: str, parts: Iterable[str], of: tuple[str, ...]) -> Measure:
    """Return the share of a total that some of its columns make."""
    return Measure(name, f"share of {words}", "share", "ratio", tuple(parts), of, most=_one)


def _rate(count: Measure) -> Measure:
    """Return the rate of a count per week simulated."""
    words = f"{count.words} per week simulated"
    if count.unit == "weeks":
        words = count.rate or count.words.replace("weeks", "share of weeks simulated", 1)

    return Measure(
        f"{count.name}{PER_WEEK}",
        words,
        f"{count.unit} a week",
        "ratio",
        (count.name,),
        LIVED,
        most=lambda weeks, militias: count.most(1, militias),
    )


LIVED = ("weeks_lived",)
ON_SITES = tuple(f"site_attacks.{site}" for site in SITE_WORDS)
CLASSES = tuple(
    Measure(name, f"share of replicates {words}", "share", "class", ("class",), most=_one)
    for name, words in zip(
        OUTCOMES,
        (
            "without attacks",
            "with attacks but no crisis",
            "with a crisis short of war",
            "that end in war",
        ),
        strict=True,
    )
)
RATIOS = {
    measure.name: measure
    for measure in (
        Measure(
            "strikes_per_attack",
            "weeks with a strike or more, per attack",
            "weeks an attack",
            "ratio",
            ("strikes",),
            ("attacks",),
            most=lambda weeks, militias: weeks,
        ),
        *(
            _share(
                f"site.{site}",
                f"rocket and drone attacks that are on {words}",
                (f"site_attacks.{site}",),
                ON_SITES,
            )
            for site, words in SITE_WORDS.items()
        ),
    )
}
"""Ratios of totals that every summary has."""
AT_RISK = _share(
    "attack_weeks",
    "weeks simulated with an attack",
    (f"provocation_weeks.{rung}" for rung in ATTACKS),
    LIVED,
)
MEASURES = {
    measure.name: measure
    for measure in (
        *CLASSES,
        *COLUMNS.values(),
        *RATIOS.values(),
        AT_RISK,
        *(_rate(c) for c in COLUMNS.values() if c.kind == "count" and c.name != "weeks_lived"),
    )
}
"""Every measure that can be asked for, by name."""


def find_measure(name: str) -> Measure:
    """Return a measure by name.

    A class (the share of replicates in it), a column (its mean; of a week, the mean of those
    that came), a ratio of totals, ``attack_weeks`` (the share of weeks simulated that
    saw an attack), or a count with ``_per_week`` behind it (its rate per week simulated).

    Raises
    ------
    InputError
        If there is no measure of that name.
    """
    if name not in MEASURES:
        raise InputError(f"no measure {name}{nearest(name, MEASURES)}")
    return MEASURES[name]


def measure_names() -> tuple[str, ...]:
    """Return the name of every measure."""
    return tuple(MEASURES)


# What tables show, unless other measures are asked for

RUN_TABLE = (
    "attacks",
    "fatal_attacks",
    "strikes",
    "decapitations",
    "sanctions",
    "strikes_per_attack",
    "assaults",
    "crossings",
    "talks_weeks",
    "mean_severity",
    "mean_leverage",
    "weeks_lived",
)
COMPARISON_TABLE = (
    "attacks",
    "strikes",
    "decapitations",
    "fatal_attacks",
    "sanctions",
    "assaults",
    "crossings",
    "talks_weeks",
    "weeks_lived",
    "mean_severity",
    "mean_leverage",
    "mean_pressure",
)
SHOWN = ("confrontation", "crisis", "attacks_per_week", "strikes_per_attack", "weeks_lived")
"""Of groups."""

"""Experiment files: one question, what would count as an answer, and the arms to ask it of.

A file says before anything is run which effect would support its claim, and why that much.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from redline.argument.observations import check_measure
from redline.argument.verdicts import Threshold
from redline.case import (
    Prose,
    Scenario,
    Table,
    Text,
    blamed_on,
    first_of,
    load_scenario,
    parse,
    sentence,
    to_json,
    value_at,
    vary,
)
from redline.support import InputError, at_home, built_in, check_file, nearest, printable

Kind = Literal["level", "difference", "relative", "matched", "landmark", "aftermath", "frontier"]
MOST_REPLICATES = 1_000_000
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Values = dict[str, Any]


class ArmTable(Table):
    """A scenario, and what is changed in it."""

    scenario: Text = Field(description="a built-in name, or a file")
    set: Values = Field(default_factory=dict, description="values by address")
    forbid: list[str] = Field(default_factory=list, description="bans, as --forbid takes them")
    weeks: int | None = Field(None, description="the horizon")


class ConditionTable(Table):
    """What must hold: an effect, of a kind, that is at least or at most a number."""

    kind: Kind = Field(
        description="level: of one arm; difference: first arm less the second; relative: that by "
        "the second; matched: grave answers after a crossing less those after none, at like "
        "pressure; "
        "landmark: war after a week, intense replicates less the rest; aftermath: in the weeks "
        "after a ban binds, paired; frontier: war at the least cost that holds it, without the "
        "other fear"
    )
    arms: Annotated[list[Name], Field(min_length=1, max_length=2)] = Field(
        description="names of one arm, or of the two that are compared"
    )
    measure: Text | None = Field(None, description="what is compared, such as attacks_per_week")
    at_least: float | None = Field(None, description="the least effect that supports the claim")
    at_most: float | None = Field(None, description="the most")
    reason: Text = Field(description="why that much")
    week: Annotated[int, Field(ge=1)] | None = Field(None, description="landmark: the week")
    top: Annotated[float, Field(gt=0, lt=1)] | None = Field(None, description="landmark: a share")
    weeks: Annotated[int, Field(ge=1)] | None = Field(None, description="aftermath: how many")
    dial: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="frontier: addresses to scale together"
    )
    without: Values | None = Field(None, description="frontier: what is taken away then")
    judged: bool = Field(True, description="whether the verdict rests on it too")

    @property
    def threshold(self) -> Threshold:
        """What is claimed of the effect."""
        value = self.at_most if self.at_least is None else self.at_least
        assert value is not None
        return Threshold(value, self.at_least is not None)

    @property
    def measured(self) -> str:
        """The measure, where the kind has one."""
        return self.measure or ""

    @property
    def label(self) -> str:
        """What a table calls the effect."""
        words = {
            "matched": "grave answers after a crossing, matched on pressure",
            "landmark": f"war after week {self.week}, intense less the rest",
            "aftermath": f"{self.measured} in the {self.weeks} weeks after",
            "frontier": "confrontation without the other fear",
        }.get(self.kind, self.measured)
        return f"{words}: {' against '.join(self.arms)}"


class TestTable(Table):
    """A row of the ledger: conditions that must all hold, the first in front."""

    part: Annotated[
        str, Field(pattern=r"^[a-z]?$", description="a letter, where a claim has parts")
    ] = ""
    says: Text = Field(description="the claim, as a sentence")
    mechanism: bool = Field(True, description="whether it is run without the mechanism too")
    condition: Annotated[list[ConditionTable], Field(min_length=1)]


class MechanismTable(Table):
    """What carries the claim, and how it is switched off in every arm."""

    name: Text = Field(description="what it is called")
    set: Values = Field(description="values that switch it off")


class BoundaryTable(Table):
    """Along which address to look for where the verdict turns: [ARM:]ADDRESS."""

    address: Text = Field(description="what is varied")
    from_: float = Field(alias="from", description="the least value")
    to: float = Field(description="the greatest")


class ExperimentTable(Table):
    """An experiment file."""

    claim: Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,2}$")] = Field(
        description="its sign, a letter and a number"
    )
    question: Text = Field(description="what is asked")
    paragraphs: list[Annotated[int, Field(ge=1, le=27)]] = Field(
        [], description="of the article, where it is about them"
    )
    replicates: Annotated[int, Field(ge=2, le=MOST_REPLICATES)] = Field(
        10_000, description="of every arm"
    )
    arms: dict[Name, ArmTable] = Field(description="the scenarios that are compared, by name")
    test: Annotated[list[TestTable], Field(min_length=1)] = Field(description="what is claimed")
    mechanism: MechanismTable | None = Field(None, description="what is said to carry it")
    boundary: BoundaryTable | None = Field(None, description="where to look for its end")
    overturned_by: Prose = Field("", description="what would overturn the verdict")
    silent_on: Prose = Field("", description="what the model cannot say of it")


@dataclass(frozen=True)
class Test:
    """A row of the ledger."""

    __test__ = False  # no test of pytest's

    name: str
    says: str
    conditions: tuple[ConditionTable, ...]
    mechanism: bool
    """Whether it is run without the experiment's mechanism too."""


ARM_BYTES = 128
"""Memory for each replicate of two arms: totals of a measure, as blocks and as one array."""
KIND_BYTES = {"matched": 4800}
"""The same of other kinds; matched counts weeks in a hundred strata."""


@dataclass(frozen=True)
class Experiment:
    """A question, its tests, and the arms that they compare.

    Attributes
    ----------
    arms : scenarios by name, before the mechanism is switched off
    mechanism : its name and the values that switch it off, or None
    """

    name: str
    claim: str
    question: str
    paragraphs: tuple[int, ...]
    replicates: int
    arms: Mapping[str, Scenario]
    tests: tuple[Test, ...]
    mechanism: tuple[str, Mapping[str, Any]] | None
    changed: Mapping[str, Any]
    """What a sceptic set."""
    boundary: BoundaryTable | None
    overturned_by: str
    silent_on: str

    def lives(self, replicates: int) -> list[tuple[Scenario, int]]:
        """Return what is simulated for all tests: scenarios, and how many replicates of each."""
        found = []
        for test in self.tests:
            twice = 2 if self.mechanism and test.mechanism else 1
            found += [(arm, twice * replicates) for arm in self.arms.values()]
        return found

    @property
    def replicate_bytes(self) -> int:
        """Memory for a replicate at the peak, of the test that takes most."""
        return max(
            sum(KIND_BYTES.get(condition.kind, ARM_BYTES) for condition in test.conditions)
            for test in self.tests
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What its reader should know: effects between arms whose horizons are not the same."""
        found = []
        for test in self.tests:
            for condition in test.conditions:
                weeks = [self.arms[name].weeks for name in condition.arms]
                if len(set(weeks)) > 1:
                    found.append(
                        f"{test.name}: {condition.label}: horizons differ ({weeks[0]:,} and "
                        f"{weeks[1]:,} weeks), which shares of replicates and counts follow; "
                        "rates per week simulated can be compared"
                    )
        return tuple(found)

    def resolved(self) -> dict[str, Any]:
        """Return all that its results are a function of but the seed, as JSON has it."""
        return {
            "replicates": self.replicates,
            "arms": {name: to_json(arm) for name, arm in self.arms.items()},
            "tests": [
                {
                    "name": test.name,
                    "mechanism": test.mechanism,
                    "conditions": [one.model_dump(mode="json") for one in test.conditions],
                }
                for test in self.tests
            ],
            "mechanism": None if self.mechanism is None else dict(self.mechanism[1]),
            "boundary": None if self.boundary is None else self.boundary.model_dump(mode="json"),
        }

    def without_mechanism(self) -> Mapping[str, Scenario]:
        """Return the arms with the mechanism switched off."""
        assert self.mechanism is not None
        return {name: vary(arm, self.mechanism[1]) for name, arm in self.arms.items()}


def load_experiment(source: str | Path, values: Mapping[str, Any] | None = None) -> Experiment:
    """Return an experiment by built-in name, by claim (``C5``), or by path of a TOML file.

    `values` are set in every arm before the arm's own changes, so that what an arm is about
    stays as it is.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    path = locate_experiment(source)
    document = parse(path)
    with blamed_on(path):
        try:
            table = ExperimentTable.model_validate(document)
        except ValidationError as error:
            found = error.errors(include_url=False)
            raise InputError(
                first_of(sentence(detail, ExperimentTable) for detail in found)
            ) from None
        wrong = list(_problems(table))
        if wrong:
            raise InputError(wrong)
        arms = {name: _arm(name, arm, values or {}) for name, arm in table.arms.items()}
        wrong = list(_scenario_problems(table, arms))
        if wrong:
            raise InputError(wrong)
    return Experiment(
        name=printable(path.stem),
        claim=table.claim,
        question=table.question,
        paragraphs=tuple(table.paragraphs),
        replicates=table.replicates,
        arms=arms,
        tests=tuple(
            Test(
                f"{table.claim}{test.part}",
                test.says,
                tuple(test.condition),
                test.mechanism,
            )
            for test in table.test
        ),
        mechanism=(table.mechanism.name, table.mechanism.set) if table.mechanism else None,
        changed=dict(values or {}),
        boundary=table.boundary,
        overturned_by=table.overturned_by,
        silent_on=table.silent_on,
    )


def locate_experiment(source: str | Path) -> Path:
    """Return the file of an experiment.

    Raises
    ------
    InputError
        If there is none.
    """
    text = str(source)
    known = built_in("experiments")
    if text in known:
        return known[text]
    by_claim = {name.split("_")[0].upper(): path for name, path in known.items()}
    if text.upper() in by_claim:
        return by_claim[text.upper()]
    path = at_home(text)
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError(f"{text}: is a directory, not an experiment file")
    check_file(path)
    if text.endswith(".toml") or "/" in text:
        raise InputError(f"{text}: no such file")
    raise InputError(f"{text}: no experiment of that name{nearest(text, [*known, *by_claim])}")


def _arm(name: str, arm: ArmTable, values: Mapping[str, Any]) -> Scenario:
    with blamed_on(f"arms.{name}"):
        scenario = vary(load_scenario(arm.scenario), sweep={})
        changed = vary(scenario, values) if values else scenario
        return vary(changed, arm.set, weeks=arm.weeks, forbid=arm.forbid)


def _scenario_problems(table: ExperimentTable, arms: Mapping[str, Scenario]) -> Iterator[str]:
    """Yield what is wrong with addresses, values and weeks, now that the arms are known."""
    for arm in arms.values() if table.mechanism else ():
        assert table.mechanism is not None
        yield from _tried("mechanism.set", vary, arm, table.mechanism.set)
    if table.boundary:
        name, _, address = table.boundary.address.rpartition(":")
        if name and name not in arms:
            yield f"boundary.address: no arm {name}{nearest(name, arms)}"
        elif table.boundary.from_ >= table.boundary.to:
            yield "boundary: from must be below to"
        else:
            arm = arms[name] if name else next(iter(arms.values()))
            for end in (table.boundary.from_, table.boundary.to):
                yield from _tried("boundary", vary, arm, {address: end})
    for number, test in enumerate(table.test, 1):
        for place, one in enumerate(test.condition, 1):
            key = f"test[{number}].condition[{place}]"
            arm = arms[one.arms[0]]
            if one.week is not None and one.week >= arm.weeks:
                yield f"{key}.week: must be below the {arm.weeks} weeks of {one.arms[0]}"
            yield from _tried(f"{key}.without", vary, arm, one.without or {})
            for address in one.dial or ():
                yield from _tried(f"{key}.dial", value_at, arm.document, address)


def _tried(key: str, act: Callable[..., object], *arguments: Any) -> Iterator[str]:
    """Yield why something cannot be done, with the key of what asks for it."""
    try:
        act(*arguments)
    except InputError as error:
        yield from (f"{key}: {problem}" for problem in error.problems)


NEEDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "level": (1, ("measure",)),
    "difference": (2, ("measure",)),
    "relative": (2, ("measure",)),
    "matched": (1, ()),
    "landmark": (1, ("week", "top")),
    "aftermath": (2, ("measure", "weeks")),
    "frontier": (1, ("dial", "without")),
}
"""How many arms a kind of condition compares, and the keys that it needs."""


def _problems(table: ExperimentTable) -> Iterator[str]:
    """Yield what is wrong with a file that its format does not show."""
    names = [test.part for test in table.test]
    if len(set(names)) < len(names):
        yield "test: two tests have the same part"
    for number, test in enumerate(table.test, 1):
        if not test.condition[0].judged:
            yield f"test[{number}].condition[1]: the condition before it must be judged"
        for place, condition in enumerate(test.condition, 1):
            key = f"test[{number}].condition[{place}]"
            if (condition.at_least is None) == (condition.at_most is None):
                yield f"{key}: takes either at_least or at_most"
            arms, needed = NEEDS[condition.kind]
            if len(condition.arms) != arms:
                yield f"{key}: {condition.kind} takes {arms} of the arms"
            for arm in condition.arms:
                if arm not in table.arms:
                    yield f"{key}: no arm {arm}{nearest(arm, table.arms)}"
            for name in needed:
                if getattr(condition, name) is None:
                    yield f"{key}: {condition.kind} needs {name}"
            if condition.measure is not None and condition.kind != "aftermath":
                yield from _tried(key, check_measure, condition.measure)
            if condition.kind == "aftermath" and condition.measure not in (
                "attacks", "assaults", "control",
            ):  # fmt: skip
                yield f"{key}: aftermath measures attacks, assaults or control"

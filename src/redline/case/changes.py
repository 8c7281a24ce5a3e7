"""Changed copies of a scenario: by address, by option, and by what a replicate draws."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.case.addresses import (
    Document,
    held_until,
    joined,
    parameter_at,
    split_address,
    with_value,
)
from redline.case.building import build, completed, default_factions, defaults, settled
from redline.case.case import JointDraws, Scenario
from redline.case.checks import blamed_on, outside, own_problems
from redline.case.scenario_file import load_scenario
from redline.case.sweep_table import read_sweep
from redline.case.tables import FIRST_CHOICE, MOST_WEEKS, problems
from redline.support import InputError, described, names, plain, whole
from redline.theory import uniform

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

DRAW_WEEK = (1 << 32) - 1
"""The week, beyond all that are lived, at whose address a replicate draws its parameters."""

BAN = re.compile(
    r"(?P<actor>\w+)\.(?P<rung>\w+)(?:@(?P<weeks>[0-9]{1,5}-[0-9]{1,5}|first choice))?"
)


def parse_ban(text: str) -> Document:
    """Return the ``[[forbid]]`` table of ``actor.rung``, ``…@a-b`` or ``…@first choice``.

    Raises
    ------
    InputError
        If it is not of that form.
    """
    match = BAN.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text}: expected ACTOR.RUNG, ACTOR.RUNG@A-B or 'ACTOR.RUNG@first choice'"
        )
    ban: Document = {"actor": match["actor"], "rung": match["rung"]}
    if match["weeks"] == FIRST_CHOICE:
        ban["from"] = FIRST_CHOICE
    elif match["weeks"]:
        ban["weeks"] = [int(week) for week in match["weeks"].split("-")]
    return ban


def _given(values: Any) -> dict[str, Any]:
    """Return new values by address as a dict; a series of pandas' is one, too."""
    given = values.to_dict() if hasattr(values, "to_dict") else values
    found = plain({} if given is None else given)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise InputError(
            f"values by address, such as {{'iran.review': 0.3}}, not {described(values)}"
        )
    return found


def vary(
    scenario: str | Path | Scenario,
    values: Mapping[str, Any] | None = None,
    *,
    weeks: int | None = None,
    forbid: Sequence[str] = (),
    force: Sequence[Mapping[str, Any]] = (),
    sweep: Mapping[str, Any] | None = None,
) -> Scenario:
    """Return a changed copy of a scenario, checked like a file.

    Parameters
    ----------
    values
        New values by address, such as ``{"iran.review": 0.3}``; numpy's numbers count as Python's.
    weeks
        A new horizon; dated entries beyond it are dropped, which its notices say.
    forbid
        Options to take away: ``actor.rung``, ``actor.rung@a-b``, ``actor.rung@first choice``.
    force
        Moves to force, each as in a file's ``[[force]]`` table.
    sweep
        A new ``[sweep]`` table; an empty one takes the scenario's sweep away. Points from a
        CSV file are looked for in the working folder.

    Raises
    ------
    InputError
        For an address or option that does not exist, or a value that is not allowed.

    Examples
    --------
    >>> vary("standoff_2019_2021", {"united_states.commitment": 0}).united_states.commitment
    0.0
    """
    scenario = load_scenario(scenario)
    document: Mapping[str, Any] = scenario.document
    notices: list[str] = []
    found: list[str] = []
    if weeks is not None:
        document = {**document, "weeks": whole("weeks", weeks, 1, MOST_WEEKS + 1)}
        document, notices = settled(document)
    for address, value in _given(values).items():
        try:
            parameter_at(document, address)
        except InputError as error:
            found += error.problems
            continue
        notices += notices_of(document, [address])
        document = with_value(_undrawn_at(document, address), address, value)
    if sweep or (sweep is not None and "sweep" in document):
        document = _without(document, "sweep") | ({"sweep": plain(sweep)} if sweep else {})
    extra: Document = {
        "forbid": [parse_ban(ban) for ban in names(forbid)],
        "force": [dict(plain(move)) for move in force],
    }
    found += [*problems(extra), *own_problems(extra)]
    for key, entries in extra.items():
        if entries:
            document = {**document, key: [*document[key], *entries]}
    changed = {
        key: table for key, table in document.items() if table is not scenario.document.get(key)
    }
    found += [*problems(changed), *outside(changed, document)]
    with blamed_on(scenario.name):
        if found:
            raise InputError(dict.fromkeys(found))
        return _resolved(scenario, document, notices)


def _resolved(scenario: Scenario, document: Mapping[str, Any], notices: Sequence[str]) -> Scenario:
    """Return the scenario of a changed document, whose values are checked one by one.

    Where other numbers stand in tables that every scenario has, there is nothing more to check,
    and the rest is kept; where lists, weeks or cells are others, it is built anew.
    """
    if all(
        new is old for new, old in zip(_shape(document), _shape(scenario.document), strict=True)
    ):
        return scenario.with_document(document, notices)
    return build(document, scenario.name, [*scenario.notices, *notices], None)


def _shape(document: Mapping[str, Any]) -> list[Any]:
    """Return what the checks of a whole document look at, but for numbers within bounds."""
    militias = document["militias"]
    own = ("weeks", "timeline", "forbid", "force", "sweep")
    return [militias["cells"], militias["faction"], *map(document.get, own)]


def notices_of(document: Mapping[str, Any], addresses: Iterable[str]) -> list[str]:
    """Return what whoever sets some addresses of a full document should know."""
    notices = []
    for address in addresses:
        if held := held_until(document, address):
            notices.append(held)
        if "draw" in document and joined(split_address(address)) in document["draw"]:
            notices.append(f"{address} is set for all replicates, which drew it before")
    return notices


def _without(table: Mapping[str, Any], key: str) -> Document:
    return {name: value for name, value in table.items() if name != key}


def _undrawn_at(document: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Return a document in which replicates do not draw an address."""
    if "draw" not in document:
        return document
    left = _without(document["draw"], joined(split_address(address)))
    return {**document, "draw": left} if left else _without(document, "draw")


def rows_drawn(draws: JointDraws, seed: int, replicates: Sequence[int]) -> "NDArray[int64]":
    """Return which of the joint draws each of some replicates takes, by their numbers: (R,).

    It is told by a draw at an address of its own (week 2³² - 1, slot 0), so that every replicate
    of a seed has the same parameters in whatever company.
    """
    import numpy as np

    numbers: Any = np.array(replicates, np.int64)  # chance takes arrays, element by element
    return np.array(uniform(int(seed), numbers, DRAW_WEEK, 0) * len(draws), np.int64)


def drawn(scenario: Scenario, seed: int, replicate: int) -> Scenario:
    """Return the scenario of one replicate: with what it draws, or as it is if it draws nothing."""
    if scenario.draws is None:
        return scenario
    row = scenario.draws.row(int(rows_drawn(scenario.draws, seed, [replicate])[0]))
    document: Mapping[str, Any] = _without(scenario.document, "draw")
    for address, value in row.items():
        document = with_value(document, address, value)
    return _resolved(scenario, document, notices_of(document, row))


def undrawn(scenario: Scenario) -> Scenario:
    """Return a scenario that draws nothing: what is set holds for all replicates."""
    if scenario.draws is None:
        return scenario
    return scenario.with_document(_without(scenario.document, "draw"))


RESOLVING: tuple[Callable[..., Any], ...] = (Scenario, completed, drawn)
"""What decides what a file's tables, and what a replicate draws, are to the engines."""
GIVEN: tuple[Callable[..., Any], ...] = (
    vary,
    build,
    defaults,
    default_factions,
    notices_of,
    read_sweep,
)
"""What these give stands in every stored scenario, value by value, or is told to people."""

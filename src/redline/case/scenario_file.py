"""Scenario files: TOML in, frozen `Scenario` out, every problem of a file in one message.

A file is checked by itself before it is merged into what it extends, so that a message names
the file that is wrong. Nothing in a file is ever executed.
"""

import itertools
import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from redline.case.addresses import joined, set_value, split_address
from redline.case.design import read_draws, read_points, read_sweep
from redline.case.scenario import Change, Forbidden, Forced, Militia, Scenario
from redline.case.schema import ACTORS, FIRST_CHOICE, MOST_MILITIAS, MOST_WEEKS, problems
from redline.support import (
    LARGEST_SETTINGS,
    InputError,
    at_home,
    built_in,
    check_file,
    described,
    frozen,
    names,
    nearest,
    plain,
    printable,
    read_text,
    shown,
    system_problem,
    thawed,
    whole,
)
from redline.theory import (
    DEFAULT_FACTIONS,
    DEFAULT_SITES,
    GROUPS,
    PROVOCATIONS,
    RESPONSES,
    SITES,
    Actor,
    Drivers,
    EnvironmentParameters,
    Faction,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    Provocation,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
    describe,
    rung_names,
    table,
    uniform,
)

Document = dict[str, Any]

DEEPEST_CHAIN = 32
DEEPEST_KEY = 64
"""Parts of a dotted key; the reader's memory grows with the square of them."""
MOST_PROBLEMS = 100
"""That are told of one file; a file may hold millions."""
DATED = ("timeline", "forbid", "force")
WHOLE = ("sweep", "draw")
"""Tables that a file replaces as a whole in what it extends."""
DRAW_WEEK = (1 << 32) - 1
"""The week, beyond all that are lived, at whose address a replicate draws its parameters."""
_TOKEN = re.compile(r"\.|[^\s.=\[\]{},#]+|[ \t]+|(?P<end>.)")
LATEST_YEAR = 9000
"""Of a start: 10,000 weeks later there must still be a date."""


# Reading


def load_scenario(source: str | Path | Scenario) -> Scenario:
    """Return a scenario by built-in name or by path of a TOML file.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    if isinstance(source, Scenario):
        return source
    if not isinstance(source, str | Path):
        raise InputError(
            "a scenario is a built-in name, the path of a file, or a Scenario, not "
            f"{described(source)}"
        )
    path = locate(source)
    merged, replaced = _read_chain(path, ())
    document, notices = _settled(merged)
    with blamed_on(path):
        return build(document, _name(path), [*replaced, *notices], path.parent)


def _name(path: Path) -> str:
    """Return the name of a scenario by its file's, as terminals, figures and files can have it."""
    name = printable(path.stem) or "unnamed"
    try:
        os.fsencode(name)
    except UnicodeEncodeError:  # where the locale is ASCII
        return name.encode("ascii", "backslashreplace").decode()
    return name


@contextmanager
def blamed_on(source: object) -> Iterator[None]:
    """Name the source of every problem that is raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {problem}" for problem in error.problems) from None


def locate(source: str | Path) -> Path:
    """Return the path of a built-in scenario or a file.

    Raises
    ------
    InputError
        Where there is neither.
    """
    text = str(source)
    looks_like_path = isinstance(source, Path) or text.endswith(".toml") or "/" in text
    if not looks_like_path and text in built_in():
        return built_in()[text]
    path = at_home(text)
    try:
        if path.is_dir():
            raise InputError(f"{text}: is a directory, not a scenario file")
        if path.is_file():
            return path
        check_file(path)
    except (OSError, ValueError) as error:
        raise InputError(system_problem(error, text)) from None
    if looks_like_path:
        raise InputError(f"{text}: no such file")
    beside = f" (there is a file {text}.toml)" if path.with_suffix(".toml").is_file() else ""
    raise InputError(f"{text}: no scenario of that name{beside or nearest(text, built_in())}")


def parse(path: Path) -> Document:
    """Return the TOML of a file as it stands.

    Raises
    ------
    InputError
        If it cannot be read, is not UTF-8 or not TOML.
    """
    check_file(path, LARGEST_SETTINGS)
    try:
        text = read_text(path)
    except OSError as error:
        raise InputError(system_problem(error, path)) from None
    if _too_deep(text):
        raise InputError(f"{path}: not TOML that can be read: a key of over {DEEPEST_KEY} parts")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: not TOML that can be read: nested too deeply") from None


def _too_deep(text: str) -> bool:
    """Return whether a line has a chain of more than `DEEPEST_KEY` words joined by dots."""
    for line in text.splitlines():
        if line.count(".") < DEEPEST_KEY:
            continue
        dots = 0
        for token in _TOKEN.finditer(line):
            if token[0] == ".":
                dots += 1
            elif token.lastgroup == "end":
                dots = 0
            if dots >= DEEPEST_KEY:
                return True
    return False


def first_of(found: Iterator[str]) -> list[str]:
    """Return the first problems of a file, and a last line where there are more."""
    told = list(itertools.islice(found, MOST_PROBLEMS + 1))
    return [*told[:MOST_PROBLEMS], "and there are more"] if len(told) > MOST_PROBLEMS else told


def _read_chain(path: Path, seen: tuple[Path, ...]) -> tuple[Document, list[str]]:
    """Return the document of a file merged into all that it extends, and notices of that."""
    try:
        where = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # the latter for links in a circle, until 3.13
        raise InputError(system_problem(error, path)) from None
    if where in seen:
        chain = " → ".join(p.name for p in (*seen[seen.index(where) :], where))
        raise InputError(f"{path}: extends: circular ({chain})")
    if len(seen) >= DEEPEST_CHAIN:
        raise InputError(f"{path}: extends: more than {DEEPEST_CHAIN} files deep")
    document = parse(path)
    if {"claim", "arms", "test"} <= set(document):
        raise InputError(f"{path}: is an experiment file, to be run with: redline experiment")
    found = first_of(itertools.chain(problems(document), _own_problems(document)))
    parent: Document = {}
    notices: list[str] = []
    extended = document.pop("extends", None)
    if isinstance(extended, str) and extended:
        try:
            source = _extended(path, extended)
        except InputError as error:
            found += error.problems
        else:
            parent, notices = _read_chain(source, (*seen, where))
    found += first_of(_outside(document, parent))
    for reader in (read_sweep, read_draws):
        found += _table_problems(reader, document, parent, path.parent)
    if found:
        with blamed_on(path):
            raise InputError(found)
    if document.get("sweep", {}).get("csv"):
        # Read here, beside the file that names it, and not beside one that extends it.
        rows = read_points(path.parent, document["sweep"]["csv"])
        document["sweep"] = {"design": "list", "rows": rows}
    if document.get("draw", {}).get("csv"):
        rows = read_points(path.parent, document["draw"]["csv"])
        document["draw"] = {name: [row[name] for row in rows] for name in rows[0]}
    if path not in built_in().values():
        notices += _replaced(document, parent, str(extended))
    return merge(parent, document), notices


def _replaced(document: Document, parent: Document, name: str) -> Iterator[str]:
    """Yield a notice for each list of entries that takes the place of an inherited one."""
    for key in DATED:
        if key in document and parent.get(key):
            yield (
                f"its {key} takes the place of the whole {key} of {printable(name)} "
                f"({len(parent[key])} entries)"
            )


def _extended(path: Path, name: str) -> Path:
    """Return the file that another extends: a built-in, or one in its folder or below."""
    if name in built_in() and built_in()[name].resolve() != path.resolve():
        return built_in()[name]
    folder = path.resolve().parent
    candidate = folder / (name if name.endswith(".toml") else f"{name}.toml")
    try:
        inside = candidate.resolve().is_relative_to(folder)
        there = candidate.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"extends: {system_problem(error, shown(name))}") from None
    if not inside:
        raise InputError(f"extends: {name} is outside the file's own folder")
    if not there:
        raise InputError(f"extends: no scenario {printable(name)[:80]}{nearest(name, built_in())}")
    return candidate


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Return `base` with `over` laid on it: tables merge by key, all else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and key not in WHOLE:
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


# Checks of several values at once


def _own_problems(document: Document) -> Iterator[str]:
    """Yield what is wrong within one file, before it is merged."""
    timeline = document.get("timeline")
    for number, entry in enumerate(_tables(timeline), 1):
        when = [key for key in ("date", "week") if key in entry]
        if len(when) == 2:
            yield f"timeline[{number}] has both a date and a week"
        elif not when:
            yield f"timeline[{number}] needs a date or a week"
        if not set(entry) & set(Drivers._fields):
            yield f"timeline[{number}] changes no driver"
    for number, ban in enumerate(_tables(document.get("forbid")), 1):
        yield from _rung_problem(f"forbid[{number}].rung", ban.get("actor"), ban.get("rung"))
        if "weeks" in ban and "from" in ban:
            yield f"forbid[{number}] has both weeks and from"
        match ban.get("weeks"):
            case [int(first), int(last)] if first > last:
                yield f"forbid[{number}].weeks must not end ({last}) before they begin ({first})"
    start = document.get("start")
    if type(start) is date and start.weekday() != 0:
        yield f"start must be a Monday, not {start:%A} {start}"
    if type(start) is date and start.year > LATEST_YEAR:
        yield f"start must be before the year {LATEST_YEAR + 1}, not {start}"
    militias = document.get("militias")
    if isinstance(militias, dict):
        given = (faction.get("name") for faction in _tables(militias.get("faction")))
        names = [printable(name).strip() for name in given if isinstance(name, str)]
        for name in sorted(name for name, times in Counter(names).items() if name and times > 1):
            yield f"militias.faction: two factions are named {name!r}"
        for name in sorted({"", *ACTORS} & set(names)):
            yield f"militias.faction: {name!r} cannot be a faction's name"


def _tables(value: object) -> list[Document]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _rung_problem(key: str, actor: object, rung: object) -> Iterator[str]:
    if isinstance(actor, str) and actor in ACTORS and isinstance(rung, str):
        names = rung_names(ACTORS[actor])
        if rung not in names:
            yield f"{key}: {actor} has no rung {rung!r}{nearest(rung, names)}"


def _outside(document: Document, parent: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dated entries of a document that are outside the weeks of the scenario."""
    start = document.get("start", parent.get("start"))
    weeks = document.get("weeks", parent.get("weeks", 112))
    if type(weeks) is not int:
        return
    for key in DATED:
        for number, entry in enumerate(_tables(document.get(key)), 1):
            day = entry.get("date")
            if type(day) is date and type(start) is not date:
                yield f"{key}[{number}].date needs a start of the scenario"
                continue
            week = _first_week(entry, start)
            if not 0 <= week < weeks:
                shown = f"date {day} (week {week})" if day else f"week {week}"
                yield f"{key}[{number}]: {shown} is outside the weeks 0 … {weeks - 1}"


def _first_week(entry: Mapping[str, Any], start: date | None) -> int:
    """Return the week in which an entry of a dated table begins to hold.

    0 where what should say so is malformed, which is reported elsewhere.
    """
    if type(entry.get("date")) is date and type(start) is date:
        return int((entry["date"] - start).days // 7)
    weeks = entry.get("weeks")
    week = weeks[0] if isinstance(weeks, list) and weeks else entry.get("week")
    return week if type(week) is int else 0


def _table_problems(
    reader: Callable[[Document, Path | None], tuple[Any, list[str]]],
    document: Document,
    parent: Mapping[str, Any],
    folder: Path,
) -> Iterator[str]:
    """Yield what is wrong with a file's sweep or draw, whatever else is wrong with the file."""
    name = "sweep" if reader is read_sweep else "draw"
    value = document.get(name)
    if not isinstance(value, dict) or any(True for _ in problems({name: value})):
        return
    sound = {key: value for key, value in document.items() if not any(problems({key: value}))}
    yield from reader(_complete(merge(parent, sound)), folder)[1]


def _settled(document: Mapping[str, Any]) -> tuple[Document, list[str]]:
    """Return a document with weeks for dates, and without entries outside its weeks.

    Only inherited entries can be outside; each that is dropped gives a notice.
    """
    settled = dict(document)
    weeks, start = settled.get("weeks", 112), settled.get("start")
    notices = []
    for key in DATED:
        kept = []
        for entry in settled.get(key, ()):
            week = _first_week(entry, start)
            if 0 <= week < weeks:
                rest = {name: value for name, value in entry.items() if name != "date"}
                kept.append({**rest, "week": week} if key == "timeline" else rest)
            else:
                notices.append(
                    f"the {key} entry of week {week} is outside its {weeks} weeks: dropped"
                )
        if key in settled:
            settled[key] = kept
    return settled, [*notices, *_overruled(settled.get("timeline", ()))]


def _overruled(timeline: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a notice for every driver that two entries of one week set to different values."""
    held: dict[tuple[int, str], Any] = {}
    for entry in timeline:
        for name, value in entry.items():
            place = entry["week"], name
            if held.setdefault(place, value) != value:
                yield (
                    f"timeline: week {place[0]} sets {name} twice; {value:g} holds, which stands "
                    f"last, not {held[place]:g}"
                )
                held[place] = value


# Changes to a scenario


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
    document = thawed(scenario.document)
    notices: list[str] = []
    found: list[str] = []
    if weeks is not None:
        document["weeks"] = whole("weeks", weeks, 1, MOST_WEEKS + 1)
        document, notices = _settled(document)
    for address, value in _given(values).items():
        try:
            notice = set_value(document, address, value)
            notices += [notice] if notice else []
            if _no_longer_drawn(document, address):
                notices.append(f"{address} is set for all replicates, which drew it before")
        except InputError as error:
            found += error.problems
    if sweep is not None:
        document.pop("sweep", None)
        document |= {"sweep": plain(sweep)} if sweep else {}
    extra: Document = {
        "forbid": [parse_ban(ban) for ban in names(forbid)],
        "force": [dict(plain(move)) for move in force],
    }
    found += [*problems(extra), *_own_problems(extra)]
    for key, entries in extra.items():
        document[key] = [*document[key], *entries]
    found += [*problems(document), *_outside(document, {})]
    with blamed_on(scenario.name):
        if found:
            raise InputError(dict.fromkeys(found))
        return build(document, scenario.name, [*scenario.notices, *notices], None)


def _no_longer_drawn(document: Document, address: str) -> bool:
    """Take an address out of what replicates draw, now that it is set; say whether it was."""
    draw, name = document.get("draw") or {}, joined(split_address(address))
    if name not in draw:
        return False
    del draw[name]
    if not draw:
        del document["draw"]
    return True


def drawn(scenario: Scenario, seed: int, replicate: int) -> Scenario:
    """Return the scenario of one replicate: with what it draws, or as it is if it draws nothing.

    The row is that of a draw at an address of its own (week 2³² - 1, slot 0), so that every
    replicate of a seed has the same parameters in whatever company.
    """
    if scenario.draws is None:
        return scenario
    chance = uniform(int(seed), int(replicate), DRAW_WEEK, 0)
    row = scenario.draws.row(int(chance * len(scenario.draws)))
    return vary(undrawn(scenario), row)


def undrawn(scenario: Scenario) -> Scenario:
    """Return a scenario that draws nothing: what is set holds for all replicates."""
    if scenario.draws is None:
        return scenario
    document = {key: value for key, value in scenario.document.items() if key != "draw"}
    return replace(scenario, draws=None, document=frozen(document))


# JSON


def to_json(scenario: Scenario) -> Document:
    """Return a scenario's document with dates as text, for a manifest."""
    document = thawed(scenario.document)
    if document.get("start"):
        document["start"] = document["start"].isoformat()
    return {"name": scenario.name, **document}


def from_json(stored: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a manifest holds.

    Raises
    ------
    InputError
        If it is not a valid scenario.
    """
    document = thawed(stored)
    name = str(document.pop("name", "scenario"))
    if isinstance(document.get("start"), str):
        with suppress(ValueError):  # left as it is, it is told with all other problems
            document["start"] = date.fromisoformat(document["start"])
    found = [*problems(document), *_own_problems(document)]
    found += _outside(document, {})
    with blamed_on(name):
        if found:
            raise InputError(found)
        return build(document, name, (), None)


# Building


def defaults() -> Document:
    """Return a full document of the default values."""
    return {
        "title": "",
        "source": "",
        "weeks": 112,
        **{
            group: {
                name: (int if note.integer else float)(note.default)
                for name, note in table(group).items()
            }
            for group in GROUPS
        },
        "ladder": {
            "provocation": {r.name.lower(): rung._asdict() for r, rung in PROVOCATIONS.items()},
            "response": {r.name.lower(): rung._asdict() for r, rung in RESPONSES.items()},
        },
        "site": {
            name: {**site._asdict(), "reach": Provocation(site.reach).name.lower()}
            for name, site in DEFAULT_SITES.items()
        },
        "timeline": [],
        "forbid": [],
        "force": [],
    }


def default_factions() -> list[Document]:
    """Return the tables of the factions of a file that names none."""
    return [{"name": name, **faction._asdict()} for name, faction in DEFAULT_FACTIONS.items()]


def _complete(document: Mapping[str, Any]) -> Document:
    """Return a document with every value explicit, in the types that the model uses."""
    full = merge(defaults(), document)
    militias = full["militias"]
    militias.setdefault("cells", 1)
    militias["faction"] = [
        {
            "name": printable(faction["name"]).strip(),
            **{name: float(faction.get(name, 1.0)) for name in Faction._fields},
        }
        for faction in militias.get("faction") or default_factions()
    ]
    full["title"], full["source"] = printable(full["title"]), printable(full["source"])
    by_week: dict[int, Document] = {}
    for entry in full["timeline"]:
        week = _first_week(entry, full.get("start"))
        by_week.setdefault(week, {}).update(entry)
    full["timeline"] = [by_week[week] for week in sorted(by_week)]
    return full


def build(
    document: Mapping[str, Any], name: str, notices: Sequence[str], folder: Path | None
) -> Scenario:
    """Return the scenario of a merged document whose values are already checked one by one.

    Raises
    ------
    InputError
        For what only the whole can show: too many militias, unknown names, a bad sweep.
    """
    full = _complete(document)
    members = _members(full["militias"])
    found = first_of(_whole_problems(full, members))
    sweep, sweep_problems = read_sweep(full, folder)
    draws, draw_problems = read_draws(full, folder)
    if found := [*found, *sweep_problems, *draw_problems]:
        raise InputError(found)
    weeks = full["weeks"]
    environment = full["environment"]
    numbers = {member.name: number for number, member in enumerate(members)}

    def group(kind: Any, values: Mapping[str, Any]) -> Any:
        integers = {key for key, note in describe(kind).items() if note.integer}
        return kind(
            **{k: int(values[k]) if k in integers else float(values[k]) for k in kind._fields}
        )

    return Scenario(
        name=name,
        title=full["title"],
        source=full["source"],
        start=full.get("start"),
        weeks=weeks,
        united_states=group(UnitedStatesParameters, full["united_states"]),
        iran=group(IranParameters, full["iran"]),
        militias=group(MilitiasParameters, full["militias"]),
        learning=group(LearningParameters, full["learning"]),
        environment=group(EnvironmentParameters, environment),
        drivers=group(Drivers, environment),
        provocations=tuple(
            group(ProvocationRung, rung) for rung in full["ladder"]["provocation"].values()
        ),
        responses=tuple(group(ResponseRung, rung) for rung in full["ladder"]["response"].values()),
        sites=tuple(
            Site(
                float(site["salience"]),
                float(site["exposure"]),
                Provocation[site["reach"].upper()].value,
            )
            for site in full["site"].values()
        ),
        factions=tuple(group(Faction, faction) for faction in full["militias"]["faction"]),
        members=members,
        timeline=tuple(
            Change(entry["week"], {k: float(v) for k, v in entry.items() if k != "week"})
            for entry in full["timeline"]
        ),
        forbidden=tuple(_forbidden(ban, weeks) for ban in full["forbid"]),
        forced=tuple(_forced(move, numbers) for move in full["force"]),
        sweep=sweep,
        draws=draws,
        document=frozen(full),
        notices=tuple(dict.fromkeys(notices)),
    )


def _members(militias: Mapping[str, Any]) -> tuple[Militia, ...]:
    cells, factions = militias["cells"], militias["faction"]
    if cells * len(factions) > MOST_MILITIAS:
        raise InputError(
            f"militias: {len(factions)} factions × {cells} cells are more than {MOST_MILITIAS}"
        )
    return tuple(
        Militia(f"{faction['name']} {cell}" if cells > 1 else faction["name"], index)
        for index, faction in enumerate(factions)
        for cell in range(1, cells + 1)
    )


def _whole_problems(full: Document, members: Sequence[Militia]) -> Iterator[str]:
    if not any(site["reach"] == "rockets" for site in full["site"].values()):
        yield "site: rockets reach none of the sites"
    names = {member.name for member in members}
    for number, move in enumerate(full["force"], 1):
        actor = move["actor"]
        if actor in ("united_states", "iran"):
            yield from _rung_problem(f"force[{number}].rung", actor, move["rung"])
            for key in ("site", "kill"):
                if move.get(key) is not None:
                    yield f"force[{number}].{key}: only a militia has one"
        elif actor not in names:
            known = {*names, "united_states", "iran"}
            yield f"force[{number}].actor: no actor {actor!r}{nearest(actor, known)}"
        else:
            yield from _rung_problem(f"force[{number}].rung", "militias", move["rung"])


def _forbidden(ban: Mapping[str, Any], weeks: int) -> Forbidden:
    actor = ACTORS[ban["actor"]]
    first, last = ban.get("weeks") or (0, weeks - 1)
    return Forbidden(
        actor, rung_names(actor).index(ban["rung"]), first, last, bool(ban.get("from"))
    )


def _forced(move: Mapping[str, Any], numbers: Mapping[str, int]) -> Forced:
    actor = ACTORS.get(move["actor"], Actor.MILITIAS)
    militia = numbers[move["actor"]] if actor is Actor.MILITIAS else None
    rung = rung_names(actor).index(move["rung"])
    site = SITES.index(move["site"]) if move.get("site") is not None else None
    return Forced(move["week"], actor, militia, rung, site, move.get("kill"))


RESOLVING: tuple[Callable[..., Any], ...] = (
    Scenario,
    drawn,
    _complete,
    _members,
    _forbidden,
    _forced,
)
"""What decides what a file's tables are to the engines."""
GIVEN: tuple[Callable[..., Any], ...] = (vary, defaults, default_factions)
"""What these give stands in every stored scenario, value by value."""

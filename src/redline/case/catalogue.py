"""What is there to simulate? Built-in scenarios, their parameters, and files of one's own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redline.case.addresses import addresses_of, value_at
from redline.case.case import Scenario
from redline.case.scenario_file import load_scenario
from redline.support import (
    ESCAPES,
    Blocks,
    InputError,
    Several,
    Table,
    at_home,
    built_in,
    nearest,
    printable,
    system_problem,
)

if TYPE_CHECKING:
    import pandas as pd

NOTED = ("label", "default", "bounds", "plausible", "unit", "meaning", "source")
"""What is told of a parameter behind its address and its value."""


class Listing(Several[dict[str, Any]], of="rows"):
    """Rows of equal keys, in order.

    Attributes
    ----------
    rows : each a table by key
    """

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self.rows = list(rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.rows)} rows>"

    def blocks(self) -> Blocks:
        """Yield a table of all rows."""
        told = [[_told(value) for value in row.values()] for row in self.rows]
        yield Table(list(self.rows[0]) if self.rows else [], told)

    def to_dict(self) -> dict[str, Any]:
        """Return the rows under ``rows``; the command prints them alone."""
        return {"rows": self.rows}

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the rows as JSON, as the command prints them; write that into a file, if named."""
        text = json.dumps(self.rows, ensure_ascii=False)
        if path is not None:
            Path(path).write_text(text + "\n", "utf-8", ESCAPES)
        return text

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.rows)


def _told(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(_told, value)) if isinstance(value, list | tuple) else str(value)


class Scenarios(Listing):
    """Scenarios: ``name``, ``title``, ``source``, ``weeks``, ``militias``, and what each sweeps."""

    def blocks(self) -> Blocks:
        """Yield what ``redline scenarios`` prints."""
        told = []
        for row in self.rows:
            swept = f" [sweeps {', '.join(row['sweep'])}]" if row["sweep"] else ""
            told.append([row["name"], f"{row['title']}{swept}", str(row["source"])])
        yield Table(("name", "title", "source"), told)


class Parameters(Listing):
    """Parameters: ``address``, ``value``, and what is known of each; see `parameters`."""


class Checked(Listing):
    """Files that were checked: ``file``, ``problems`` and ``notices``, of which each is a list."""

    @property
    def ok(self) -> bool:
        """Whether no file has a problem."""
        return not any(row["problems"] for row in self.rows)

    def blocks(self) -> Blocks:
        """Yield a line for each file that is right, its notices, and every problem."""
        for row in self.rows:
            yield from row["problems"]
            if not row["problems"]:
                yield f"{row['file']}: ok"
                yield from (f"  {notice}" for notice in row["notices"])


def scenario(source: str | Path | Scenario) -> Scenario:
    """Return a scenario by its built-in name or the path of its file.

    Parameters
    ----------
    source : such as ``"standoff_2019_2021"`` or ``"mine.toml"``; a `Scenario` is returned as it is

    Raises
    ------
    InputError
        Listing every problem of the file.

    Examples
    --------
    >>> scenario("standoff_2019_2021")["iran.review"]
    0.25
    """
    return load_scenario(source)


def scenarios() -> Scenarios:
    """Return the built-in scenarios: ``redline scenarios``.

    Examples
    --------
    >>> "standoff_2019_2021" in [row["name"] for row in scenarios()]
    True
    """
    found = ((name, load_scenario(name)) for name in built_in())
    return Scenarios(
        [
            {
                "name": name,
                "title": one.title,
                "source": one.source,
                "weeks": one.weeks,
                "militias": len(one.members),
                "sweep": [axis.address for axis in one.sweep.axes] if one.sweep else [],
            }
            for name, one in found
        ]
    )


def parameters(
    scenario: str | Path | Scenario = "baseline", group: str | None = None
) -> Parameters:
    """Return every parameter of a scenario with its value: ``redline parameters``.

    Parameters
    ----------
    scenario : a built-in name, the path of a file, or a `Scenario`
    group : only addresses that begin so, such as ``iran`` or ``site.erbil``

    Raises
    ------
    InputError
        For a scenario that cannot be read, or where no address begins so.

    Examples
    --------
    >>> parameters(group="iran.review")[0]["value"]
    0.25
    """
    document = load_scenario(scenario).document
    notes = addresses_of(document)
    rows = [
        {
            "address": address,
            "value": value_at(document, address),
            **{name: getattr(note, name) for name in NOTED},
        }
        for address, note in notes.items()
        if address.startswith(group or "")
    ]
    if not rows:
        known = {address.split(".")[0] for address in notes}
        raise InputError(f"no address begins with {group}{nearest(str(group), known)}")
    return Parameters(rows)


def check(*files: str | Path) -> Checked:
    """Check scenario files, or built-in names, without running them: ``redline check``.

    Parameters
    ----------
    files : paths or names, any number of them

    Returns
    -------
    A row for each file; its ``ok`` says whether none has a problem.

    Examples
    --------
    >>> check("baseline").ok
    True
    """
    rows = []
    for file in files:
        problems: Sequence[str] = ()
        notices: Sequence[str] = ()
        try:
            notices = load_scenario(file).notices
        except InputError as error:
            problems = error.problems
        rows.append({"file": str(file), "problems": list(problems), "notices": list(notices)})
    return Checked(rows)


TEMPLATE = """\
title = "{title}"
source = "say where its values come from: a paragraph of the article (¶n), data, a what-if"
extends = "{base}"    # everything not set below is taken from there

# start = {start}         # the Monday of week 0
# weeks = {weeks:<16} # the horizon

# Any parameter by its group, with the value that {base} has; they all stand, with meaning and
# bounds, in what "redline parameters {base}" prints.
# [united_states]
# commitment = {commitment:<11g} # what a large presence costs (¶24)

# [environment]
# unrest = {unrest:<15g} # drivers hold until a timeline entry changes them
# diplomacy = {diplomacy:g}

# [[timeline]]               # replaces the whole timeline of {base}; so do forbid, force
# week = 22                  # or: date = 2019-10-07
# unrest = 0.8

# [[forbid]]
# actor = "united_states"
# rung = "decapitation"
# weeks = [30, 60]           # or: from = "first choice"; always, if neither is given

# [sweep]
# design = "grid"
# "united_states.commitment" = {{ from = 0.0, to = 1.5, steps = 16 }}
"""


def new(file: str | Path, extends: str = "baseline") -> Path:
    """Write a commented scenario file to start from: ``redline new``. Return its path.

    A file that is as it was begun stays; nothing that was edited is overwritten.

    Parameters
    ----------
    file : ends in ``.toml``
    extends : the built-in scenario to start from

    Raises
    ------
    InputError
        If there is no such scenario, or the file holds something else or cannot be written.
    """
    if extends not in built_in():
        raise InputError(f"no scenario {extends}{nearest(extends, built_in())}")
    path = at_home(file)
    if path.suffix != ".toml":
        raise InputError(f"{path}: a scenario file ends in .toml")
    title = printable(path.stem).replace("_", " ").replace('"', "").replace("\\", "")
    base = load_scenario(extends)
    text = TEMPLATE.format(
        title=title or "untitled",
        base=extends,
        start=base.start or "2019-05-06",
        weeks=base.weeks,
        commitment=base.united_states.commitment,
        unrest=base.drivers.unrest,
        diplomacy=base.drivers.diplomacy,
    )
    try:
        with path.open("x", encoding="utf-8", errors=ESCAPES) as out:
            out.write(text)
    except FileExistsError:
        if not path.is_file() or path.read_bytes() != text.encode():
            raise InputError(f"{path}: exists already; nothing is overwritten") from None
    except OSError as error:
        raise InputError(system_problem(error, path)) from None
    return path

"""``redline scenarios``, ``parameters``, ``schema``, ``check`` and ``new``."""

import json
from pathlib import Path
from typing import Any

import click

from redline.cli.completion import address_groups, base_names, scenario_names
from redline.cli.options import PATH, json_option
from redline.cli.printing import print_json, tell
from redline.support import ESCAPES, InputError, built_in, nearest, printable, system_problem


@click.command()
@json_option()
def scenarios(as_json: bool) -> None:
    """List the built-in scenarios."""
    from redline.case import load_scenario

    rows: list[dict[str, Any]] = []
    for name in built_in():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name,
                "title": scenario.title,
                "source": scenario.source,
                "weeks": scenario.weeks,
                "militias": len(scenario.members),
                "sweep": [axis.address for axis in scenario.sweep.axes] if scenario.sweep else [],
            }
        )
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    from redline.cli.tables import console

    table = Table("name", "what it is", "source")
    for row in rows:
        swept = f" [sweeps {', '.join(row['sweep'])}]" if row["sweep"] else ""
        table.add_row(row["name"], f"{row['title']}{swept}".replace("[", "\\["), str(row["source"]))
    console().print(table)


WIDE = 130
"""Columns of a terminal from which all that is known of a parameter stands in a row."""


@click.command()
@click.argument("scenario", default="baseline", shell_complete=scenario_names)
@click.option(
    "--group",
    shell_complete=address_groups,
    help="Only addresses that begin so, such as iran or site.erbil.",
)
@json_option()
def parameters(scenario: str, group: str | None, as_json: bool) -> None:
    """List every parameter of a scenario with its value: what --set can change.

    SCENARIO is a built-in name or a file; baseline by default.
    """
    from redline.case import addresses_of, load_scenario, value_at

    chosen = load_scenario(scenario)
    rows: list[dict[str, Any]] = []
    for address, note in addresses_of(chosen.document).items():
        if group and not address.startswith(group):
            continue
        rows.append(
            {
                "address": address,
                "value": value_at(chosen.document, address),
                "default": note.default,
                "bounds": list(note.bounds),
                "plausible": list(note.plausible),
                "unit": note.unit,
                "meaning": note.meaning,
                "source": note.source,
            }
        )
    if not rows:
        known = {address.split(".")[0] for address in addresses_of(chosen.document)}
        raise InputError(f"no address begins with {group}{nearest(str(group), known)}")
    if as_json:
        print_json(rows)
        return
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    wide = out.width >= WIDE
    table = Table()
    table.add_column("address", no_wrap=wide, overflow="fold")
    for heading in ("value", "bounds", *(("plausible", "unit") if wide else ())):
        table.add_column(heading, no_wrap=True)
    table.add_column("meaning", min_width=20)
    if wide:
        table.add_column("source")
    for row in rows:
        bounds, plausible = ("{:g} – {:g}".format(*row[key]) for key in ("bounds", "plausible"))
        more = (plausible, row["unit"]) if wide else ()
        meaning = (
            (row["meaning"], row["source"]) if wide else (f"{row['meaning']} ({row['source']})",)
        )
        table.add_row(Text(row["address"]), f"{row['value']:g}", bounds, *more, *meaning)
    out.print(table)


@click.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors and other tools."""
    from redline.case import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@click.command()
@click.argument("files", nargs=-1, required=True, shell_complete=scenario_names)
@json_option()
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario files (or built-in names) without running them.

    Exit code 2 if any is wrong; every problem of every file is printed.
    """
    from redline.case import load_scenario

    rows = []
    for name in files:
        try:
            scenario = load_scenario(name)
            rows.append({"file": name, "problems": [], "notices": list(scenario.notices)})
        except InputError as error:
            rows.append({"file": name, "problems": list(error.problems), "notices": []})
    if as_json:
        print_json(rows)
    for row in rows:
        for problem in row["problems"]:
            tell(problem)
        if not as_json and not row["problems"]:
            click.echo(f"{row['file']}: ok")
            for notice in row["notices"]:
                click.echo(f"  {notice}")
    if any(row["problems"] for row in rows):
        click.get_current_context().exit(2)


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

# [[timeline]]               # takes the place of the whole timeline of {base}; so do forbid, force
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


def _values(name: str) -> dict[str, Any]:
    """Return what the template says of a built-in scenario."""
    from redline.case import load_scenario

    scenario = load_scenario(name)
    return {
        "start": scenario.start or "2019-05-06",
        "weeks": scenario.weeks,
        "commitment": scenario.united_states.commitment,
        "unrest": scenario.drivers.unrest,
        "diplomacy": scenario.drivers.diplomacy,
    }


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--extends",
    "base",
    default="baseline",
    show_default=True,
    shell_complete=base_names,
    help="The built-in scenario to start from.",
)
def new(file: Path, base: str) -> None:
    """Write a commented scenario file to start from; never over one that was edited."""
    if base not in built_in():
        raise InputError(f"no scenario {base}{nearest(base, built_in())}")
    if file.suffix != ".toml":
        raise InputError(f"{file}: a scenario file ends in .toml")
    title = printable(file.stem).replace("_", " ").replace('"', "").replace("\\", "")
    text = TEMPLATE.format(title=title or "untitled", base=base, **_values(base))
    try:
        with file.open("x", encoding="utf-8", errors=ESCAPES) as out:
            out.write(text)
    except FileExistsError:
        if not _holds(file, text):
            raise InputError(f"{file}: exists already; nothing is overwritten") from None
        click.echo(f"{file} is there already, as it was begun. Next: redline run {file}")
        return
    except OSError as error:
        raise InputError(system_problem(error, file)) from None
    click.echo(f"{file} written. Next: redline run {file}")


def _holds(file: Path, text: str) -> bool:
    """Return whether a file holds a text and nothing else."""
    return file.is_file() and file.read_bytes() == text.encode()

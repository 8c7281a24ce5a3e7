"""``redline new``."""

from pathlib import Path

import click

from redline.cli.completion import base_names
from redline.cli.options import PATH
from redline.support import ESCAPES, InputError, built_in, check_ending, nearest, placing, printable

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


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--extends",
    "base",
    default="baseline",
    shell_complete=base_names,
    help="The built-in scenario to start from.",
)
def new(file: Path, base: str) -> None:
    """Write a commented scenario file to start from; never over one that was edited."""
    if base not in built_in():
        raise InputError(f"no scenario {base}{nearest(base, built_in())}")
    check_ending(file, "a scenario file", ".toml")
    title = printable(file.stem).replace("_", " ").replace('"', "").replace("\\", "")
    from redline.case import load_scenario

    scenario = load_scenario(base)
    text = TEMPLATE.format(
        title=title or "untitled",
        base=base,
        start=scenario.start or "2019-05-06",
        weeks=scenario.weeks,
        commitment=scenario.united_states.commitment,
        unrest=scenario.drivers.unrest,
        diplomacy=scenario.drivers.diplomacy,
    )
    state = "written" if _begun(file, text) else "is there already, as it was begun"
    click.echo(f"{file} {state}. Next: redline run {file}")


def _begun(file: Path, text: str) -> bool:
    """Write a file that is not there yet; return whether it was not.

    Raises
    ------
    InputError
        If it is there with another text, or cannot be written.
    """
    with placing(file):
        try:
            with file.open("x", encoding="utf-8", errors=ESCAPES) as out:
                out.write(text)
        except FileExistsError:
            if not file.is_file() or file.read_bytes() != text.encode():
                raise InputError(f"{file}: exists already; nothing is overwritten") from None
            return False
    return True

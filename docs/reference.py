"""Write the reference from what is there: ``make reference`` writes docs/reference.md."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pages import rewrite

import redline
from redline.argument.experiment_file import (
    ArmTable,
    BoundaryTable,
    ConditionTable,
    ExperimentTable,
    MechanismTable,
    TestTable,
)
from redline.case.tables import json_schema
from redline.cli import COMMANDS, cli
from redline.results.measures import COLUMNS, RATIOS
from redline.results.storage import store
from redline.results.storage.tables import WEEKLY_QUANTITIES

PAGE = Path(__file__).with_suffix(".md")
MARK = "<!-- what follows is written by make reference -->"
IN_MODEL = "see [model.md §6](model.md#6-parameters)"


def reference() -> list[str]:
    """Return the lines of the page below its head."""
    return ["", *command_line(), *files(), *python()]


# The command line


def command_line() -> Iterator[str]:
    """Yield every command with its arguments and options."""
    yield from ("## Command line", "")
    yield "`redline COMMAND --help` says the same, `redline --version` which libraries are in use."
    yield ""
    for name, about in COMMANDS.items():
        context = click.Context(cli, info_name="redline")
        command = cli.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context)
        yield from (f"### redline {name}", "")
        yield from ("```text", command.get_usage(below).replace("Usage: ", "", 1), "```", "")
        yield from (_folded(command.help or about), "")
        rows = [_option(one, below) for one in command.get_params(below)]
        rows = [row for row in rows if row and "--help" not in row[0]]
        if rows:
            yield from table(("option", "default", "meaning"), rows)


def _option(one: click.Parameter, context: click.Context) -> tuple[str, str, str] | None:
    """Return the row of an option; None for an argument."""
    if not isinstance(one, click.Option):
        return None
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    kind = "" if one.is_flag else _kind(one)
    default = one.get_default(context)
    plain = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"{names}{kind}", str(default) if plain else "", _folded(one.help or "")


def _kind(one: click.Option) -> str:
    """Return what an option takes, in words that do not change with click's version."""
    if one.metavar:
        return f" {one.metavar}"
    if isinstance(one.type, click.Choice):
        return f" [{'|'.join(map(str, one.type.choices))}]"
    if isinstance(one.type, click.IntRange | click.FloatRange):
        low, high = one.type.min, one.type.max
        bounds = [f"from {_number(low)}"] if low is not None else []
        bounds += [f"to {_number(high)}"] if high is not None else []
        return f" {one.type.name.split()[0].upper()} {' '.join(bounds)}"
    return f" {one.type.name.upper()}"


# Files


def files() -> Iterator[str]:
    """Yield the formats of files that are read and written."""
    schema = json_schema()
    yield from ("## Scenario files", "")
    yield "TOML. Every key is optional; `redline schema` prints this as JSON Schema, for editors."
    yield ""
    rows = [(f"`{key}`", *_described(field)) for key, field in schema["properties"].items()]
    yield from table(("key", "is", "default", "meaning"), rows)
    assert set(SCENARIO_TABLES) == set(schema["$defs"])
    for name, heading in SCENARIO_TABLES.items():
        definition = schema["$defs"][name]
        fields = definition["properties"]
        yield from (f"### {heading}", "")
        if definition.get("description"):
            yield from (definition["description"], "")
        rows = [(f"`{key}`", *_described(field)) for key, field in fields.items()]
        if name == "Change":  # a driver that is not named stays as it is
            rows = [(key, kind, "", meaning) for key, kind, _, meaning in rows]
        yield from table(("key", "is", "default", "meaning"), rows)
    yield from ("## Experiment files", "")
    yield "TOML; what each effect would mean is said before it is measured."
    yield ""
    for model, where in EXPERIMENT_TABLES.items():
        yield from (f"### {where}", "", _folded(inspect.getdoc(model) or ""), "")
        fields = model.model_json_schema(by_alias=True)
        needed = fields.get("required", [])
        rows = [
            (f"`{key}`", *_described(field, key in needed))
            for key, field in fields["properties"].items()
        ]
        yield from table(("key", "is", "default", "meaning"), rows)
    yield from ("## Results", "")
    about = _folded(inspect.getdoc(store) or "", keep=True)
    yield from (
        re.sub(r"^::\n\n((?: {4}.*\n)+)", r"```text\n\1```\n", about, flags=re.MULTILINE),
        "",
    )
    yield from ("### Columns of outcomes", "")
    yield "Beside `point`, `replicate` and `class` (quiet, provocation, crisis, confrontation):"
    yield ""
    for heading, measures in (("column", COLUMNS), ("ratio of totals", RATIOS)):
        yield from table(
            (heading, "is", "kind", "unit"),
            [(f"`{m.name}`", m.words, m.kind, m.unit) for m in measures.values()],
        )
    yield "Weekly counts are of " + _list(WEEKLY_QUANTITIES) + "."
    yield ""


SCENARIO_TABLES = {
    "UnitedStates": "`[united_states]`",
    "Iran": "`[iran]`",
    "Militias": "`[militias]`",
    "Faction": "`[[militias.faction]]`",
    "Learning": "`[learning]`",
    "Environment": "`[environment]`",
    "Change": "`[[timeline]]`",
    "ForbidTable": "`[[forbid]]`",
    "ForceTable": "`[[force]]`",
    "SweepTable": "`[sweep]`",
    "DrawTable": "`[draw]`",
    "Ladder": "`[ladder]`",
    "ProvocationLadder": "`[ladder.provocation]`",
    "ProvocationRung": "`[ladder.provocation.RUNG]`",
    "ResponseLadder": "`[ladder.response]`",
    "ResponseRung": "`[ladder.response.RUNG]`",
    "Sites": "`[site]`",
    "Site": "`[site.SITE]`",
}
EXPERIMENT_TABLES = {
    ExperimentTable: "Top of the file",
    ArmTable: "`[arms.NAME]`",
    TestTable: "`[[test]]`",
    ConditionTable: "`[[test.condition]]`",
    MechanismTable: "`[mechanism]`",
    BoundaryTable: "`[boundary]`",
}


def _described(field: dict[str, Any], needed: bool = False) -> tuple[str, str, str]:
    """Return what a field is, its default and its meaning, from its JSON schema."""
    default = field.get("default")
    words = "" if default in (None, "", [], {}) else _number(default)
    return _type(field), "needed" if needed else words, field.get("description", "")


def _type(field: dict[str, Any]) -> str:
    """Return what a field of a JSON schema may be, in words."""
    if "allOf" in field:  # how older versions of pydantic wrap a reference
        return _type(field["allOf"][0])
    if "anyOf" in field:
        kinds = [_type(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " ".join(f"`{one}`" for one in field["enum"])
    if "$ref" in field or field.get("type") == "object":
        return "table"
    if field.get("type") == "array":
        inner = _type(field.get("items", {}))
        return f"list of {inner if inner == 'text' else f'{inner}s'}" if inner else "list"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    kind = field.get("format") or words.get(field.get("type", ""), field.get("type", ""))
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        return f"{kind}, {_number(low)} – {_number(high)}"
    return str(kind)


# Python


def python() -> Iterator[str]:
    """Yield the public names with their signatures and what they say of themselves."""
    yield from ("## Python", "")
    yield "Everything public is in `redline`; what its parts offer may change without notice."
    yield ""
    for name in redline.__all__:
        if name.startswith("__"):
            continue
        thing = getattr(redline, name)
        yield from (f"### redline.{name}", "")
        yield from ("```text", *_called(name, thing), "")
        yield from (inspect.getdoc(thing) or "", "```", "")
        if inspect.isclass(thing):
            yield from _members(thing)


def _called(name: str, thing: Any) -> Iterator[str]:
    """Yield how a function or a class with an ``__init__`` is called; else its name."""
    function = vars(thing).get("__init__") if inspect.isclass(thing) else thing
    if function is None or not _source(function):
        yield f"class {name}"
        return
    (node,) = ast.parse(textwrap.dedent(_source(function))).body
    assert isinstance(node, ast.FunctionDef)
    node.args.args = [one for one in node.args.args if one.arg != "self"]
    line = f"{name}({ast.unparse(node.args)})"
    if len(line) <= 96:
        yield line
        return
    yield f"{name}("
    for one in _apart(node.args):
        yield f"    {one},"
    yield ")"


def _apart(given: ast.arguments) -> Iterator[str]:
    """Yield the parameters of a function, one by one, as they are written."""
    plain = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
    for one, default in zip(given.args, plain, strict=True):
        yield _parameter(one, default)
    if given.kwonlyargs:
        yield "*"
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(one, default)


def _parameter(one: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(one) + (f" = {ast.unparse(default)}" if default else "")


def _source(function: Any) -> str:
    """Return the source of a function of this package; nothing for what is generated."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def _members(thing: type) -> Iterator[str]:
    """Yield a table of the public methods and properties of a class."""
    rows = []
    for name, member in sorted(inspect.getmembers(thing)):
        plain = getattr(member, "fget", None) or getattr(member, "func", None) or member
        inside = str(getattr(plain, "__module__", "")).startswith("redline")
        if name.startswith("_") or not inside or not inspect.getdoc(plain):
            continue
        first = _folded((inspect.getdoc(plain) or "").partition("\n\n")[0])
        rows.append((f"`{name}{'()' if inspect.isfunction(member) else ''}`", first))
    if rows:
        yield from table(("member", "is"), rows)


# Text


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _folded(text: str, keep: bool = False) -> str:
    """Return text as one line, or as it stands, with its double backticks made single."""
    text = text.replace("``", "`") if "```" not in text else re.sub(r"(?<!`)``(?!`)", "`", text)
    return text if keep else " ".join(text.replace("\b", "").split())


def _list(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    rewrite(PAGE, MARK, reference())

"""The format of a scenario file: its tables, keys, types and bounds.

Built from the parameters' declarations, so that a parameter declared once is accepted,
bounded, suggested and documented everywhere. Values are checked here one by one; what
concerns several values at once is checked in `redline.case.checks`.
"""

from collections.abc import Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from redline.case.addresses import MOST_MILITIAS
from redline.support import nearest, shown
from redline.theory import (
    GROUPS,
    SITES,
    Actor,
    Drivers,
    Faction,
    Parameter,
    ProvocationRung,
    ResponseRung,
    Site,
    describe,
    rung_names,
    table,
)

MOST_WEEKS = 10_000
FIRST_CHOICE = "first choice"

ACTORS = {actor.name.lower(): actor for actor in Actor}
ActorName = Literal["united_states", "iran", "militias"]
DesignName = Literal["grid", "lhs", "sobol", "list", "saltelli", "morris"]
MeansName = Literal["rockets", "drones"]
SiteName = Literal["green_zone", "ain_al_asad", "balad", "harir", "erbil"]


class Table(BaseModel):
    """A TOML table: no unknown key, no coercion, no NaN, no infinity."""

    # Only the outermost table is ever asked: the others need no validators of their own.
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


def _field(parameter: Parameter) -> Any:
    low, high = parameter.bounds
    kind = int if parameter.integer else float
    name = "" if "{}" in parameter.label else f"{parameter.label}: "
    about = f"{name}{parameter.meaning} [{parameter.unit}] ({parameter.source})"
    default = kind(parameter.default)
    return (kind, Field(default, ge=kind(low), le=kind(high), description=about))


def _model(title: str, /, parameters: dict[str, Parameter], **extra: Any) -> type[Table]:
    fields = {key: _field(parameter) for key, parameter in parameters.items()}
    return create_model(title, __base__=Table, **fields, **extra)


def _optional(model: type[BaseModel], about: str) -> Any:
    return (model, Field(None, description=about))


Prose = Annotated[str, Field(max_length=2000)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
WeekNumber = Annotated[int, Field(ge=0, lt=MOST_WEEKS)]

FactionTable = _model("Faction", describe(Faction), name=(Text, Field(description="its name")))
SiteTable = _model(
    "Site",
    describe(Site),
    reach=(MeansName, Field("rockets", description="the lowest means that reaches it (¶22)")),
)


def _ladder(name: str, actor: Actor, kind: type[tuple[Any, ...]]) -> Any:
    rungs = {
        rung: _optional(_model(f"{name}Rung", describe(kind)), rung) for rung in rung_names(actor)
    }
    ladder = create_model(f"{name}Ladder", __base__=Table, **rungs)
    return _optional(ladder, f"the {name.lower()} ladder")


LadderTable = create_model(
    "Ladder",
    __base__=Table,
    provocation=_ladder("Provocation", Actor.MILITIAS, ProvocationRung),
    response=_ladder("Response", Actor.UNITED_STATES, ResponseRung),
)
SitesTable = create_model(
    "Sites", __base__=Table, **{site: _optional(SiteTable, site) for site in SITES}
)
ChangeTable = _model(
    "Change",
    describe(Drivers),
    date=(date, Field(None, description="the day on which the values change")),
    week=(WeekNumber, Field(None, description="the week, instead of a date")),
)
MilitiasTable = _model(
    "Militias",
    table("militias"),
    cells=(int, Field(1, ge=1, le=MOST_MILITIAS, description="adjacent copies of each faction")),
    faction=(list[FactionTable], Field(None, min_length=1, description="the factions")),  # type: ignore[valid-type]
)


class ForbidTable(Table):
    """An option taken out of an actor's choice set."""

    actor: ActorName = Field(description="whose")
    rung: Text = Field(description="its name on the actor's ladder")
    weeks: Annotated[list[WeekNumber], Field(min_length=2, max_length=2)] | None = Field(
        None, description="first and last week, both included; always, if absent"
    )
    from_: Literal["first choice"] | None = Field(
        None, alias="from", description="from the week in which a replicate first chooses it"
    )


class ForceTable(Table):
    """A move that an actor is made to take: for replays, counterfactuals and players."""

    actor: Text = Field(description="united_states, iran, or a militia's name")
    week: WeekNumber = Field(description="in which week")
    rung: Text = Field(description="its name on the actor's ladder")
    site: SiteName | None = Field(None, description="of rockets or drones: where")
    kill: bool | None = Field(None, description="of an attack: whether it kills")


class SweepTable(BaseModel):
    """Parameters that the file itself sweeps; every other key is an address."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, defer_build=True)

    design: DesignName = "grid"
    points: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None,
        description="number of points of an lhs or sobol design; base points of saltelli, "
        "trajectories of morris",
    )
    rows: list[dict[str, Any]] | None = Field(None, description="the points of a list design")
    csv: Text | None = Field(None, description="a file with the points of a list design")


class DrawTable(BaseModel):
    """Parameters that every replicate draws for itself; every other key is an address."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, defer_build=True)

    csv: Text | None = Field(None, description="a file with a joint draw of all in each line")


ScenarioTable = create_model(
    "Scenario",
    __base__=Table,
    title=(Prose, Field("", description="what the case is")),
    source=(Prose, Field("", description="the article's paragraphs, or another source")),
    extends=(Text, Field(None, description="a built-in name, or a file beside or below this one")),
    start=(date, Field(None, description="the Monday on which week 0 begins")),
    weeks=(
        Annotated[int, Field(ge=1, le=MOST_WEEKS)],
        Field(112, description="the horizon, in weeks"),
    ),
    **{
        name: _optional(
            MilitiasTable
            if name == "militias"
            else _model(name.title().replace("_", ""), table(name)),
            f"parameters of {name}",
        )
        for name in GROUPS
    },
    ladder=_optional(LadderTable, "the rungs of both ladders"),
    site=_optional(SitesTable, "the sites"),
    timeline=(list[ChangeTable], Field(None, description="when drivers change")),  # type: ignore[valid-type]
    forbid=(list[ForbidTable], Field(None, description="options taken out of choice sets")),
    force=(list[ForceTable], Field(None, description="moves that actors are made to take")),
    sweep=_optional(SweepTable, "a sweep over the file's own parameters"),
    draw=_optional(DrawTable, "values among which every replicate draws, jointly"),
)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of scenario files: ``redline schema``."""
    return ScenarioTable.model_json_schema(by_alias=True)


schema = json_schema
"""Its public name, as `redline.schema`."""


def problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for every value of a document that its format does not allow."""
    try:
        ScenarioTable.model_validate(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield sentence(detail)
    except OverflowError:
        yield "a number is too large to be represented"


def key_of(location: tuple[int | str, ...]) -> str:
    """Return a place in a document as its reader writes it: ``timeline[2].unrest``."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_VALUES = {
    "finite_number": "a finite number",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "below {lt:g}",
    "literal_error": "{expected}",
}
"""What a value must be, by what pydantic calls its error."""
_KINDS = {
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "a table"),
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "date_type": "a date",
}
"""Of which kind it must be."""


def sentence(detail: ErrorDetails, table: Any = None) -> str:
    """Return what pydantic found wrong in a file as a sentence for its writer.

    `table` is the format of the file, that of scenarios by default.
    """
    location = detail["loc"]
    key = key_of(location)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {key}{nearest(str(location[-1]), keys_at(location[:-1], table))}"
        case "missing":
            return f"{key} is missing"
        case "too_short":
            least, found = context["min_length"], context["actual_length"]
            return f"{key} must hold at least {least}, it holds {found}"
        case kind if kind in _VALUES:
            return f"{key} must be {_VALUES[kind].format(**context)}, not {shown(detail['input'])}"
        case kind if kind in _KINDS:
            return f"{key} must be {_KINDS[kind]}, not {_kind(detail['input'])}"
        case _:
            message = detail["msg"]
            return f"{key}: {message[0].lower()}{message[1:]}"


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", bool: "true or false", str: "text"}
    name = names.get(type(value), type(value).__name__)
    return name if isinstance(value, dict | list) else f"{name} ({shown(value)})"


def keys_at(location: tuple[int | str, ...], table: Any = None) -> list[str]:
    """Return the keys that a format (a scenario file's, by default) allows at a place in it."""
    kind: Any = table or ScenarioTable
    for part in location:
        kind = _within(kind, part)
    if not hasattr(kind, "model_fields"):
        return []
    return [field.alias or name for name, field in kind.model_fields.items()]


def _within(kind: Any, part: int | str) -> Any:
    """Return the kind of what is at a key, or a position, of a table, a mapping or a list."""
    if hasattr(kind, "model_fields"):
        kind = kind.model_fields[part].annotation
        options = [option for option in get_args(kind) if option is not type(None)]
        return options[0] if isinstance(kind, UnionType) else kind
    return get_args(kind)[-1]

"""Every parameter as data: label, unit, bounds, plausible range, default, meaning, article ¶.

A group of parameters is a NamedTuple whose fields carry a label and a description, so that the
engines read plain floats and the documentation, validation, JSON schema and priors all read
the same declaration.

*Bounds* say what is valid; *plausible* is the range that sensitivity analysis and
calibration draw from (half to twice the default within the bounds, 0-1 where the default is
0, or a range of its own).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, NamedTuple, get_type_hints

from redline.theory.vocabulary import Provocation, Response

WEIGHT_LIMIT = 1e90
"""Largest weight: products of weights, summed over 10,000 weeks, stay finite."""
PRECISION_LIMIT = 1e6


@dataclass(frozen=True)
class Parameter:
    """What one number of the model is."""

    default: float
    bounds: tuple[float, float]
    unit: str
    meaning: str
    source: str
    plausible: tuple[float, float]
    integer: bool = False
    calibrated: bool = True
    """False where the parameter shares its scale with the utilities (a rationality)."""
    label: str = ""
    """What figures and tables call it: see `Label`."""


class Label(NamedTuple):
    """What figures and tables call a parameter; {} stands for its rung, site or faction."""

    text: str


def _kind(
    limit: float, usual_unit: str, plausible: tuple[float, float] | None = None, **flags: Any
) -> Callable[..., Parameter]:
    """Return what makes parameters from 0 to a limit, in a unit of their kind or of their own."""

    def parameter(default: float, meaning: str, source: str, unit: str = usual_unit) -> Parameter:
        around = (0.5 * default, min(limit, 2.0 * default)) if default else (0.0, 1.0)
        return Parameter(default, (0.0, limit), unit, meaning, source, plausible or around, **flags)

    return parameter


_weight = _kind(WEIGHT_LIMIT, "utility")
_share = _kind(1.0, "share")
_flag = _kind(1, "0 or 1", integer=True)
_intensity = _kind(WEIGHT_LIMIT, "intensity", (0.0, 1.0))
_precision = _kind(PRECISION_LIMIT, "1/utility")
_rationality = _kind(PRECISION_LIMIT, "1/utility", calibrated=False)


class UnitedStatesParameters(NamedTuple):
    """The target of provocation."""

    rationality: Annotated[
        float,
        Label("rationality of Washington"),
        _rationality(12, "precision of its logit choices", "model"),
    ]
    audience_cost: Annotated[
        float,
        Label("audience cost of inaction"),
        _weight(1.3, "cost of leaving provocation unanswered, in its square", "¶23"),
    ]
    red_line: Annotated[
        float,
        Label("pressure from each red-line crossing"),
        _weight(0.25, "pressure added by each crossing of the red line", "¶23", "pressure"),
    ]
    pressure_memory: Annotated[
        float,
        Label("persistence of unanswered pressure"),
        _share(0.65, "share of unanswered pressure carried into the next week", "¶23"),
    ]
    operation_cost: Annotated[
        float,
        Label("weight of operating costs"),
        _weight(1.35, "price of a response per unit of its operating cost", "¶24"),
    ]
    talks_restraint: Annotated[
        float,
        Label("cost of American force during talks"),
        _weight(0.3, "cost of force while the nuclear talks are on", "¶24-25"),
    ]
    enemy_restraint: Annotated[
        float,
        Label("cost of American force in a common fight"),
        _weight(1.0, "cost of force against partners in a common fight", "¶7-8, 14-15"),
    ]
    commitment: Annotated[
        float,
        Label("price of open war to Washington"),
        _weight(0.8, "cost of the large presence that a campaign would need", "¶24"),
    ]
    proportionality: Annotated[
        float,
        Label("cost of a disproportionate response"),
        _weight(0.5, "cost of each rung of force beyond what crossings warrant", "¶22-23"),
    ]


class IranParameters(NamedTuple):
    """The sponsor."""

    rationality: Annotated[
        float,
        Label("rationality of Tehran"),
        _rationality(12, "precision of its logit choices", "model"),
    ]
    leverage_value: Annotated[
        float,
        Label("value of leverage in the talks"),
        _weight(0.9, "worth of a pressure card while the talks are on", "¶24-25"),
    ]
    influence_value: Annotated[
        float,
        Label("value of influence in Iraq"),
        _weight(0.38, "worth of a say in Iraq's security arrangements", "¶24"),
    ]
    proxy_loss: Annotated[
        float,
        Label("price of proxy losses to Tehran"),
        _weight(1.7, "cost of the force that it expects against its proxies", "¶26"),
    ]
    revenue_exposure: Annotated[
        float,
        Label("cost of putting hard currency at risk"),
        _weight(2.2, "cost of endangering Iraq's hard currency, in squared force", "¶26"),
    ]
    backlash: Annotated[
        float,
        Label("cost of backlash amid unrest"),
        _weight(0.6, "cost of provocation amid Iraqi unrest (militias share it)", "¶26"),
    ]
    talks_risk: Annotated[
        float,
        Label("cost of risking the talks"),
        _weight(0.7, "cost of overplaying the card while the talks are on", "¶25"),
    ]
    enemy_restraint: Annotated[
        float,
        Label("cost of provocation in a common fight"),
        _weight(1.0, "cost of provocation amid a fight in common", "¶14-15"),
    ]
    perceived_resolve: Annotated[
        float,
        Label("perceived American resolve"),
        _share(0.55, "force expected at first, per unit of severity", "¶23, 26"),
    ]
    review: Annotated[
        float,
        Label("weekly chance of a new directive"),
        _share(0.25, "chance in a week that the directive is chosen anew", "model", "1/week"),
    ]


class MilitiasParameters(NamedTuple):
    """The proxies; a faction's multipliers scale zeal, loyalty, armament, vulnerability."""

    rationality: Annotated[
        float,
        Label("rationality of the militias"),
        _rationality(12, "precision of their logit choices", "model"),
    ]
    zeal: Annotated[
        float,
        Label("zeal of the militias"),
        _weight(0.5, "what they would do for themselves", "¶24"),
    ]
    loyalty: Annotated[
        float,
        Label("loyalty to Tehran"),
        _weight(1.0, "cost of departing from the directive (0: a free agent)", "¶24"),
    ]
    vulnerability: Annotated[
        float,
        Label("vulnerability to retaliation"),
        _weight(1.3, "cost of the force that they expect in answer", "¶26"),
    ]
    revenge: Annotated[
        float,
        Label("grievance from each unit of force"),
        _weight(0.25, "grievance added by each unit of force", "¶20"),
    ]
    grievance_memory: Annotated[
        float,
        Label("persistence of grievance"),
        _share(0.8, "share of grievance carried into the next week", "¶20"),
    ]
    caution: Annotated[
        float,
        Label("avoidance of exposed sites"),
        _weight(2.5, "weight of a site's exposure in targeting", "¶21-22"),
    ]
    targeting: Annotated[
        float,
        Label("precision of the choice of site"),
        _precision(3, "precision of the choice of site", "¶21-22"),
    ]
    tempo: Annotated[
        float,
        Label("weekly opportunities to act"),
        _weight(2.9, "opportunities a week, all militias together", "record", "1/week"),
    ]
    rebuild: Annotated[
        float,
        Label("weekly recovery of capability"),
        _share(0.05, "weekly return of capability to its armament", "model", "1/week"),
    ]
    damage: Annotated[
        float,
        Label("capability destroyed by force"),
        _share(0.6, "share of capability destroyed by a unit of force", "¶26"),
    ]


class LearningParameters(NamedTuple):
    """How expectations of force follow experience."""

    rate: Annotated[
        float,
        Label("speed of learning"),
        _share(0.45, "share of the error corrected by one experience", "model", "1/week"),
    ]
    generalisation: Annotated[
        float,
        Label("generalisation to neighbouring rungs"),
        _share(0.35, "share that carries to neighbouring rungs", "model"),
    ]
    forgetting: Annotated[
        float,
        Label("speed of forgetting"),
        _share(0.04, "weekly return of expectations to the prior", "model", "1/week"),
    ]


class EnvironmentParameters(NamedTuple):
    """Talks, leverage and control."""

    talks: Annotated[
        int,
        Label("talks under way at the start"),
        _flag(0, "whether the talks are on at first", "¶24-25"),
    ]
    talks_start: Annotated[
        float,
        Label("weekly chance that talks start"),
        _share(0.03, "weekly chance that talks start, per unit of diplomacy", "¶24", "1/week"),
    ]
    talks_end: Annotated[
        float,
        Label("weekly chance that talks end"),
        _share(0.02, "weekly chance that talks end of themselves", "¶24", "1/week"),
    ]
    talks_fragility: Annotated[
        float,
        Label("fragility of talks under attack"),
        _share(0.05, "added chance of ending per unit of last week's severity", "¶25"),
    ]
    leverage_gain: Annotated[
        float,
        Label("leverage gained by provocation"),
        _share(0.15, "leverage gained per unit of severity amid talks", "¶24-25", "1/week"),
    ]
    leverage_decay: Annotated[
        float,
        Label("weekly loss of leverage"),
        _share(0.03, "share of leverage lost in a week", "¶24-25", "1/week"),
    ]
    control_loss: Annotated[
        float,
        Label("control lost to a decapitation"),
        _share(0.3, "control lost per unit of force of a decapitation or more", "¶19, 23"),
    ]
    control_recovery: Annotated[
        float,
        Label("weekly recovery of control"),
        _share(0.05, "share of lost control regained in a week", "model", "1/week"),
    ]


class Drivers(NamedTuple):
    """What the scenario sets from outside; a timeline may change each of them."""

    sanctions: Annotated[
        float, Label("sanctions on Iran"), _intensity(0.8, "sanctions on Iran", "¶18-19, 26")
    ]
    common_enemy: Annotated[
        float,
        Label("fight against a common enemy"),
        _intensity(0.0, "fight against a common enemy", "¶8, 13-15"),
    ]
    diplomacy: Annotated[
        float,
        Label("push for nuclear talks"),
        _weight(1.0, "push for nuclear talks (0: no talks)", "¶24-25", "intensity"),
    ]
    unrest: Annotated[
        float, Label("unrest in Iraq"), _intensity(0.4, "Iraqi protest and Shiite division", "¶26")
    ]
    armament: Annotated[
        float,
        Label("armament of the militias"),
        _intensity(0.5, "capability that supply sustains", "¶14, 22", "capability"),
    ]


class Faction(NamedTuple):
    """Multipliers by which one faction departs from the militias' common values."""

    zeal: Annotated[
        float,
        Label("zeal of {}"),
        _weight(1.0, "multiplier of zeal and grievance", "model", "multiplier"),
    ]
    loyalty: Annotated[
        float, Label("loyalty of {}"), _weight(1.0, "multiplier of loyalty", "model", "multiplier")
    ]
    armament: Annotated[
        float,
        Label("armament of {}"),
        _weight(1.0, "multiplier of armament", "model", "multiplier"),
    ]
    vulnerability: Annotated[
        float,
        Label("vulnerability of {}"),
        _weight(1.0, "multiplier of vulnerability", "model", "multiplier"),
    ]


class ProvocationRung(NamedTuple):
    """One rung of the provocation ladder."""

    severity: Annotated[float, Label("severity of {}"), _share(0, "σ, how grave it is", "¶20-23")]
    lethality: Annotated[
        float,
        Label("lethality of {}"),
        _share(0, "chance of killing at full exposure", "¶22; record", "probability"),
    ]
    capability: Annotated[
        float,
        Label("capability needed for {}"),
        _share(0, "capability required", "¶22", "capability"),
    ]


class ResponseRung(NamedTuple):
    """One rung of the response ladder."""

    force: Annotated[float, Label("force of {}"), _share(0, "φ, force applied", "¶19-20, 23")]
    cost: Annotated[
        float, Label("cost of {} to Washington"), _weight(0, "operating cost", "¶23-24", "cost")
    ]


class Site(NamedTuple):
    """A place that rockets or drones may hit."""

    salience: Annotated[
        float,
        Label("salience of {}"),
        _weight(0, "worth of the site as a signal", "¶22", "utility"),
    ]
    exposure: Annotated[
        float,
        Label("exposure of {}"),
        _share(0, "share of an attack's lethality that reaches Americans", "¶22"),
    ]
    reach: int
    """The lowest rung that reaches it, 2 or 3 (¶22; the record's one exception is the
    rocket attack on Erbil of 2021-02-15)."""


GROUPS: dict[str, tuple[type[tuple[Any, ...]], ...]] = {
    "united_states": (UnitedStatesParameters,),
    "iran": (IranParameters,),
    "militias": (MilitiasParameters,),
    "learning": (LearningParameters,),
    "environment": (EnvironmentParameters, Drivers),
}
"""The tables of a scenario file, and the groups whose parameters each holds."""

PROVOCATIONS = {
    Provocation.QUIET: ProvocationRung(severity=0.0, lethality=0.0, capability=0.0),
    Provocation.STATEMENT: ProvocationRung(severity=0.05, lethality=0.0, capability=0.0),
    Provocation.ROCKETS: ProvocationRung(severity=0.20, lethality=0.13, capability=0.10),
    Provocation.DRONES: ProvocationRung(severity=0.35, lethality=0.15, capability=0.35),
    Provocation.ASSAULT: ProvocationRung(severity=0.70, lethality=0.30, capability=0.10),
    Provocation.OFFENSIVE: ProvocationRung(severity=1.00, lethality=0.95, capability=0.20),
}
RESPONSES = {
    Response.SILENCE: ResponseRung(force=0.0, cost=0.0),
    Response.WARNING: ResponseRung(force=0.10, cost=0.10),
    Response.SANCTIONS: ResponseRung(force=0.15, cost=0.30),
    Response.STRIKE: ResponseRung(force=0.40, cost=0.45),
    Response.DECAPITATION: ResponseRung(force=0.75, cost=0.80),
    Response.CAMPAIGN: ResponseRung(force=1.00, cost=1.00),
}
DEFAULT_SITES = {
    "green_zone": Site(salience=1.0, exposure=0.35, reach=Provocation.ROCKETS),
    "ain_al_asad": Site(salience=0.6, exposure=0.15, reach=Provocation.ROCKETS),
    "balad": Site(salience=0.4, exposure=0.20, reach=Provocation.ROCKETS),
    "harir": Site(salience=0.5, exposure=0.08, reach=Provocation.DRONES),
    "erbil": Site(salience=0.7, exposure=0.15, reach=Provocation.DRONES),
}
DEFAULT_FACTIONS = {
    "Kata'ib Hezbollah": Faction(1.2, 1.1, 1.3, 1.0),
    "Asa'ib Ahl al-Haq": Faction(1.3, 0.8, 1.0, 1.0),
    "Harakat al-Nujaba": Faction(1.3, 1.0, 0.9, 1.0),
    "Kata'ib Sayyid al-Shuhada": Faction(1.0, 1.0, 0.8, 1.0),
    "Badr": Faction(0.4, 0.9, 1.2, 1.3),
    "a front group": Faction(1.2, 1.0, 0.5, 0.6),
}


@cache
def describe(group: type[tuple[Any, ...]]) -> dict[str, Parameter]:
    """Return the description of every parameter of a group, by name, in order."""
    hints = get_type_hints(group, include_extras=True)
    return {
        name: replace(hint.__metadata__[1], label=hint.__metadata__[0].text)
        for name, hint in hints.items()
        if hasattr(hint, "__metadata__")
    }


def table(name: str) -> dict[str, Parameter]:
    """Return the description of every parameter in a table of the scenario file."""
    return {key: note for group in GROUPS[name] for key, note in describe(group).items()}

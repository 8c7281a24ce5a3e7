"""Every parameter as data: unit, bounds, plausible range, default, meaning, article ¶.

A group of parameters is a NamedTuple whose fields carry their description, so that the
engines read plain floats and the documentation, validation, JSON schema and priors all read
the same declaration.

*Bounds* say what is valid; *plausible* is the range that sensitivity analysis and
calibration draw from (half to twice the default within the bounds, 0-1 where the default is
0, or a range of its own).
"""

from collections.abc import Callable
from dataclasses import dataclass
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


def _kind(
    limit: float, usual_unit: str, plausible: tuple[float, float] | None = None, **flags: bool
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

    rationality: Annotated[float, _rationality(12, "precision of its logit choices", "model")]
    audience_cost: Annotated[
        float, _weight(1.3, "cost of leaving provocation unanswered, in its square", "¶23")
    ]
    red_line: Annotated[
        float, _weight(0.25, "pressure added by each crossing of the red line", "¶23", "pressure")
    ]
    pressure_memory: Annotated[
        float, _share(0.65, "share of unanswered pressure carried into the next week", "¶23")
    ]
    operation_cost: Annotated[
        float, _weight(1.35, "price of a response per unit of its operating cost", "¶24")
    ]
    talks_restraint: Annotated[
        float, _weight(0.3, "cost of force while the nuclear talks are on", "¶24-25")
    ]
    enemy_restraint: Annotated[
        float, _weight(1.0, "cost of force against partners in a common fight", "¶7-8, 14-15")
    ]
    commitment: Annotated[
        float, _weight(0.8, "cost of the large presence that a campaign would need", "¶24")
    ]
    proportionality: Annotated[
        float, _weight(0.5, "cost of each rung of force beyond what crossings warrant", "¶22-23")
    ]


class IranParameters(NamedTuple):
    """The sponsor."""

    rationality: Annotated[float, _rationality(12, "precision of its logit choices", "model")]
    leverage_value: Annotated[
        float, _weight(0.9, "worth of a pressure card while the talks are on", "¶24-25")
    ]
    influence_value: Annotated[
        float, _weight(0.38, "worth of a say in Iraq's security arrangements", "¶24")
    ]
    proxy_loss: Annotated[
        float, _weight(1.7, "cost of the force that it expects against its proxies", "¶26")
    ]
    revenue_exposure: Annotated[
        float, _weight(2.2, "cost of endangering Iraq's hard currency, in squared force", "¶26")
    ]
    backlash: Annotated[
        float, _weight(0.6, "cost of provocation amid Iraqi unrest (militias share it)", "¶26")
    ]
    talks_risk: Annotated[
        float, _weight(0.7, "cost of overplaying the card while the talks are on", "¶25")
    ]
    enemy_restraint: Annotated[
        float, _weight(1.0, "cost of provocation amid a fight in common", "¶14-15")
    ]
    perceived_resolve: Annotated[
        float, _share(0.55, "force expected at first, per unit of severity", "¶23, 26")
    ]
    review: Annotated[
        float, _share(0.25, "chance in a week that the directive is chosen anew", "model", "1/week")
    ]


class MilitiasParameters(NamedTuple):
    """The proxies; a faction's multipliers scale zeal, loyalty, armament, vulnerability."""

    rationality: Annotated[float, _rationality(12, "precision of their logit choices", "model")]
    zeal: Annotated[float, _weight(0.5, "what they would do for themselves", "¶24")]
    loyalty: Annotated[
        float, _weight(1.0, "cost of departing from the directive (0: a free agent)", "¶24")
    ]
    vulnerability: Annotated[
        float, _weight(1.3, "cost of the force that they expect in answer", "¶26")
    ]
    revenge: Annotated[float, _weight(0.25, "grievance added by each unit of force", "¶20")]
    grievance_memory: Annotated[
        float, _share(0.8, "share of grievance carried into the next week", "¶20")
    ]
    caution: Annotated[float, _weight(2.5, "weight of a site's exposure in targeting", "¶21-22")]
    targeting: Annotated[float, _precision(3, "precision of the choice of site", "¶21-22")]
    tempo: Annotated[
        float, _weight(2.9, "opportunities a week, all militias together", "record", "1/week")
    ]
    rebuild: Annotated[
        float, _share(0.05, "weekly return of capability to its armament", "model", "1/week")
    ]
    damage: Annotated[float, _share(0.6, "share of capability destroyed by a unit of force", "¶26")]


class LearningParameters(NamedTuple):
    """How expectations of force follow experience."""

    rate: Annotated[
        float, _share(0.45, "share of the error corrected by one experience", "model", "1/week")
    ]
    generalisation: Annotated[
        float, _share(0.35, "share that carries to neighbouring rungs", "model")
    ]
    forgetting: Annotated[
        float, _share(0.04, "weekly return of expectations to the prior", "model", "1/week")
    ]


class EnvironmentParameters(NamedTuple):
    """Talks, leverage and control."""

    talks: Annotated[int, _flag(0, "whether the talks are on at first", "¶24-25")]
    talks_start: Annotated[
        float,
        _share(0.03, "weekly chance that talks start, per unit of diplomacy", "¶24", "1/week"),
    ]
    talks_end: Annotated[
        float, _share(0.02, "weekly chance that talks end of themselves", "¶24", "1/week")
    ]
    talks_fragility: Annotated[
        float, _share(0.05, "added chance of ending per unit of last week's severity", "¶25")
    ]
    leverage_gain: Annotated[
        float, _share(0.15, "leverage gained per unit of severity amid talks", "¶24-25", "1/week")
    ]
    leverage_decay: Annotated[
        float, _share(0.03, "share of leverage lost in a week", "¶24-25", "1/week")
    ]
    control_loss: Annotated[
        float, _share(0.3, "control lost per unit of force of a decapitation or more", "¶19, 23")
    ]
    control_recovery: Annotated[
        float, _share(0.05, "share of lost control regained in a week", "model", "1/week")
    ]


class Drivers(NamedTuple):
    """What the scenario sets from outside; a timeline may change each of them."""

    sanctions: Annotated[float, _intensity(0.8, "sanctions on Iran", "¶18-19, 26")]
    common_enemy: Annotated[float, _intensity(0.0, "fight against a common enemy", "¶8, 13-15")]
    diplomacy: Annotated[
        float, _weight(1.0, "push for nuclear talks (0: no talks)", "¶24-25", "intensity")
    ]
    unrest: Annotated[float, _intensity(0.4, "Iraqi protest and Shiite division", "¶26")]
    armament: Annotated[
        float, _intensity(0.5, "capability that supply sustains", "¶14, 22", "capability")
    ]


class Faction(NamedTuple):
    """Multipliers by which one faction departs from the militias' common values."""

    zeal: Annotated[float, _weight(1.0, "multiplier of zeal and grievance", "model", "multiplier")]
    loyalty: Annotated[float, _weight(1.0, "multiplier of loyalty", "model", "multiplier")]
    armament: Annotated[float, _weight(1.0, "multiplier of armament", "model", "multiplier")]
    vulnerability: Annotated[
        float, _weight(1.0, "multiplier of vulnerability", "model", "multiplier")
    ]


class ProvocationRung(NamedTuple):
    """One rung of the provocation ladder."""

    severity: Annotated[float, _share(0, "σ, how grave it is", "¶20-23")]
    lethality: Annotated[
        float, _share(0, "chance of killing at full exposure", "¶22; record", "probability")
    ]
    capability: Annotated[float, _share(0, "capability required", "¶22", "capability")]


class ResponseRung(NamedTuple):
    """One rung of the response ladder."""

    force: Annotated[float, _share(0, "φ, force applied", "¶19-20, 23")]
    cost: Annotated[float, _weight(0, "operating cost", "¶23-24", "cost")]


class Site(NamedTuple):
    """A place that rockets or drones may hit."""

    salience: Annotated[float, _weight(0, "worth of the site as a signal", "¶22", "utility")]
    exposure: Annotated[
        float, _share(0, "share of an attack's lethality that reaches Americans", "¶22")
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
        name: note
        for name, hint in hints.items()
        for note in getattr(hint, "__metadata__", ())
        if isinstance(note, Parameter)
    }


def table(name: str) -> dict[str, Parameter]:
    """Return the description of every parameter in a table of the scenario file."""
    return {key: note for group in GROUPS[name] for key, note in describe(group).items()}

"""The theory: one pure function per mechanism, each in its model description's order.

A utility rule returns a NamedTuple of named terms; the utility is their sum (`total`). It takes
the objects that hold what the actor decides upon, and reads of them what its protocol names:
the scenario, the drivers of the week, the state, and what is the actor's alone to see. So all
who weigh a choice pass the same few objects, whatever terms there are. No rule draws: chance
is an argument. ``¶n`` is the article's nth paragraph, ``§n`` the section of docs/model.md.

Written in restricted scalar Python (float and integer arithmetic, if, for-range, lists over a
range, NamedTuple and math.sqrt; no powers, no NumPy, no ``sum``), so that the Mesa agents call
these functions as they stand, the batch engine compiles them over lanes of replicates, and the
results agree to the last bit. What is chosen between is worked out before it is chosen, so that a
compiler can do it for several replicates at once.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from redline.theory.parameters import (
    Drivers,
    EnvironmentParameters,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
)
from redline.theory.powers import exponential


class Floats(Protocol):
    """A row of floats: a tuple, a list, or an array's row."""

    def __getitem__(self, index: int, /) -> float: ...

    def __len__(self) -> int: ...


class Fixed(Protocol):
    """What a scenario fixes for all weeks: the scenario itself, or the week loop's `Plan`."""

    @property
    def united_states(self) -> UnitedStatesParameters: ...
    @property
    def iran(self) -> IranParameters: ...
    @property
    def militias(self) -> MilitiasParameters: ...
    @property
    def provocations(self) -> Sequence[ProvocationRung]: ...
    @property
    def responses(self) -> Sequence[ResponseRung]: ...


class SeenByIran(Protocol):
    """What Iran sees of the state when it weighs a directive (§4.2)."""

    @property
    def talks(self) -> int: ...
    @property
    def leverage(self) -> float: ...
    @property
    def expected(self) -> Floats: ...


class SeenByMilitias(Protocol):
    """What every militia sees of the state when it weighs a provocation (§4.3)."""

    @property
    def directive(self) -> int: ...
    @property
    def grievance(self) -> float: ...
    @property
    def control(self) -> float: ...
    @property
    def expected(self) -> Floats: ...


class OwnOfMilitia(Protocol):
    """What is a militia's own, after its faction's multipliers; zeal is the multiplier itself."""

    @property
    def zeal(self) -> float: ...
    @property
    def loyalty(self) -> float: ...
    @property
    def vulnerability(self) -> float: ...


class SeenByUnitedStates(Protocol):
    """What the United States sees of the state when it weighs a response (§4.5)."""

    @property
    def talks(self) -> int: ...
    @property
    def pressure(self) -> float: ...


class Happened(Protocol):
    """What the United States sees of the week that it answers (§4.4)."""

    @property
    def crossings(self) -> int: ...


class DirectiveTerms(NamedTuple):
    """What a rung of the directive is worth to Iran (§4.2)."""

    leverage: float
    influence: float
    proxy_loss: float
    revenue: float
    backlash: float
    talks_risk: float
    common_enemy: float


class ProvocationTerms(NamedTuple):
    """What a rung is worth to a militia (§4.3)."""

    zeal: float
    compliance: float
    fear: float
    backlash: float


class SiteTerms(NamedTuple):
    """What a site is worth as a target (§4.3)."""

    salience: float
    caution: float


class ResponseTerms(NamedTuple):
    """What a rung of the response is worth to the United States (§4.5)."""

    audience: float
    operation: float
    talks: float
    common_enemy: float
    proportionality: float
    commitment: float


# Choice


def total(terms: Sequence[float]) -> float:
    """Return the sum of some numbers in their order, as a utility is of its terms."""
    summed = 0.0
    for term in terms:
        summed += term
    return summed


def logit_exponents(utilities: Floats, allowed: int, rationality: float) -> Sequence[float]:
    """Return the exponents of the weights of a logit choice: (K,), none above 0.

    That of option k is rationality (U[k] - max U), the maximum over what is allowed; -inf, hence
    a weight of 0, where bit k of the mask `allowed` is not set (McKelvey & Palfrey 1995, logit
    response).
    """
    best = -math.inf
    for k in range(len(utilities)):
        best = max(best, utilities[k]) if (allowed >> k) & 1 else best
    return [
        rationality * (utilities[k] - best) if (allowed >> k) & 1 else -math.inf
        for k in range(len(utilities))
    ]


def logit_weights(utilities: Floats, allowed: int, rationality: float) -> Sequence[float]:
    """Return the weights of a logit choice: (K,), 1 for the best; see `logit_exponents`."""
    exponents = logit_exponents(utilities, allowed, rationality)
    return [exponential(exponents[k]) for k in range(len(utilities))]


def pick(weights: Sequence[float], draw: float) -> int:
    """Return the first option whose cumulative weight exceeds draw × sum; 0 if all are 0.

    Below 1 as a draw is, its product with a sum is rounded to less than that sum.
    """
    threshold = draw * total(weights)
    cumulative = 0.0
    passed = 0
    for k in range(len(weights)):
        cumulative += weights[k]
        passed += 1 if cumulative <= threshold else 0
    return passed if passed < len(weights) else 0


def of_rung(values: Sequence[float], rung: int) -> float:
    """Return ``values[rung]``, (K,), by comparisons: so several are looked up at once."""
    found = values[0]
    for k in range(1, 6):
        found = values[k] if k == rung else found
    return found


# §4.1 Talks


def talks_next(
    environment: EnvironmentParameters,
    talks: int,
    diplomacy: float,
    severity: float,
    draw: float,
) -> int:
    """Return whether the talks are on this week, given last week's severity (¶24-25)."""
    if diplomacy <= 0.0:
        return 0
    if talks == 1:
        ends = draw < environment.talks_end + environment.talks_fragility * severity
        return 0 if ends else 1
    return 1 if draw < environment.talks_start * diplomacy else 0


# §4.2 Directive


def directive_terms(
    scenario: Fixed, drivers: Drivers, state: SeenByIran, rung: int
) -> DirectiveTerms:
    """Return what ordering a rung is worth to Iran (¶14-15, 24-26)."""
    iran = scenario.iran
    severity = scenario.provocations[rung].severity
    expected = state.expected[rung]
    need = 1.0 + drivers.sanctions
    return DirectiveTerms(
        leverage=iran.leverage_value
        * state.talks
        * need
        * (1.0 - state.leverage)
        * math.sqrt(severity),
        influence=iran.influence_value * need * severity,
        proxy_loss=-iran.proxy_loss * expected,
        revenue=-iran.revenue_exposure * need * expected * expected,
        backlash=-iran.backlash * drivers.unrest * severity,
        talks_risk=-iran.talks_risk * state.talks * severity * severity,
        common_enemy=-iran.enemy_restraint * drivers.common_enemy * severity,
    )


# §4.3 Militias


def zeal_felt(zeal: float, grievance: float, multiplier: float) -> float:
    """Return a militia's zeal: its own and its anger over strikes, by its faction's measure."""
    return (zeal + grievance) * multiplier


def provocation_terms(
    scenario: Fixed, drivers: Drivers, state: SeenByMilitias, own: OwnOfMilitia, rung: int
) -> ProvocationTerms:
    """Return what a rung is worth to a militia (¶24, 26)."""
    severity = scenario.provocations[rung].severity
    ordered = scenario.provocations[state.directive].severity
    return ProvocationTerms(
        zeal=zeal_felt(scenario.militias.zeal, state.grievance, own.zeal) * severity,
        compliance=-own.loyalty * state.control * abs(severity - ordered),
        fear=-own.vulnerability * state.expected[rung],
        backlash=-scenario.iran.backlash * drivers.unrest * severity,
    )


def opportunity(militias: MilitiasParameters, count: int) -> float:
    """Return the chance that a militia has an opportunity in a week, of so many of them."""
    return militias.tempo / count


def site_terms(militias: MilitiasParameters, site: Site) -> SiteTerms:
    """Return what a site is worth as a target (¶21-22: low-risk locations)."""
    return SiteTerms(salience=site.salience, caution=-militias.caution * site.exposure)


def kill_chance(rung: int, lethality: float, exposure: float) -> float:
    """Return the chance that an attack kills; an assault or more is exposed to the full."""
    return lethality if rung >= 4 else lethality * exposure  # an assault or more


# §4.4 What happened


def calm_left(calm: float, severity: float) -> float:
    """Return the product of 1 - σ over attacks after one more attack."""
    return calm * (1.0 - severity)


def red_line_crossings(fatal: int, provoked: int) -> int:
    """Return how often the red line was crossed: each death, and an assault or more once."""
    return fatal + 1 if provoked >= 4 else fatal  # an assault or more


def compounded_severity(calm: float, spoke: int, statement: float) -> float:
    """Return the week's severity S.

    `calm` is the product of 1 - σ over the attacks of the week, `spoke` is 1 if anybody did
    as much as a statement, `statement` is σ of a statement: attacks compound, talk counts
    once.
    """
    return 1.0 - (1.0 - statement * spoke) * calm


# §4.5 Response


def pressure_felt(
    united_states: UnitedStatesParameters, pressure: float, severity: float, crossings: int
) -> float:
    """Return the pressure under which the United States chooses (¶23)."""
    carried = united_states.pressure_memory * pressure
    return carried + severity + united_states.red_line * crossings


def response_terms(
    scenario: Fixed, drivers: Drivers, state: SeenByUnitedStates, week: Happened, rung: int
) -> ResponseTerms:
    """Return what a response is worth to the United States (¶7-8, 14-15, 22-24).

    Leaving pressure unanswered costs reputation for resolve, convexly (Jervis 1970; Fearon
    1994 on audience costs); each rung of force beyond sanctions wants one more crossing.
    """
    united_states = scenario.united_states
    force = scenario.responses[rung].force
    unanswered = max(0.0, state.pressure - force)
    excess = max(0, rung - 2 - week.crossings)  # beyond sanctions, rung 2
    return ResponseTerms(
        audience=-united_states.audience_cost * unanswered * unanswered,
        operation=-united_states.operation_cost * scenario.responses[rung].cost,
        talks=-united_states.talks_restraint * state.talks * force,
        common_enemy=-united_states.enemy_restraint * drivers.common_enemy * force,
        proportionality=-united_states.proportionality * excess,
        commitment=-united_states.commitment if rung == 5 else 0.0,  # the campaign
    )


# §4.6 Learning


def prior_expectation(scenario: Fixed, rung: int) -> float:
    """Return the force expected at first; for an offensive they know perfectly well (¶26)."""
    known = scenario.iran.perceived_resolve * scenario.provocations[rung].severity
    return 1.0 if rung == 5 else known  # an offensive


def expectation_next(
    learning: LearningParameters,
    expected: float,
    prior: float,
    rung: int,
    provoked: int,
    force: float,
) -> float:
    """Return the force expected in answer to a rung after force has answered what was provoked.

    It moves towards the force just seen, then towards the prior. Rung 5 never moves as a
    neighbour: what an offensive brings is learnt by one alone.
    """
    rate = learning.rate
    side_rate = rate * learning.generalisation
    is_neighbour = rung == provoked - 1 or (rung == provoked + 1 and rung < 5)
    step = rate if rung == provoked else side_rate if is_neighbour else 0.0
    moved = expected + step * (force - expected)
    return moved + learning.forgetting * (prior - moved)


# §4.7 Consequences


def pressure_left(pressure: float, force: float) -> float:
    """Return the pressure that the response leaves unanswered."""
    return max(0.0, pressure - force)


def leverage_next(
    environment: EnvironmentParameters, leverage: float, severity: float, talks: int
) -> float:
    """Return Iran's leverage after the week (¶24-25)."""
    gain = environment.leverage_gain * severity * talks * (1.0 - leverage)
    return leverage + gain - environment.leverage_decay * leverage


def grievance_next(
    militias: MilitiasParameters, grievance: float, response: int, force: float
) -> float:
    """Return the militias' grievance after the week; only force of a strike or more adds."""
    kept = militias.grievance_memory * grievance
    return kept + militias.revenge * force if response >= 3 else kept  # a strike or more


def sustained_capability(armament: float, multiplier: float) -> float:
    """Return the capability that a faction's supply sustains."""
    return min(1.0, armament * multiplier)


def capability_next(
    militias: MilitiasParameters,
    capability: float,
    sustained: float,
    struck: bool,
    force: float,
) -> float:
    """Return a militia's capability after rebuilding and, if its faction was struck, loss."""
    rebuilt = capability + militias.rebuild * (sustained - capability)
    return rebuilt * (1.0 - militias.damage * force) if struck else rebuilt


def control_next(
    environment: EnvironmentParameters, control: float, response: int, force: float
) -> float:
    """Return Iran's command over the militias after the week (¶19: it lost its commander)."""
    kept = control * (1.0 - environment.control_loss * force) if response >= 4 else control
    return kept + environment.control_recovery * (1.0 - kept)


# §4.8 Open confrontation


def is_confrontation(provoked: int, directive: int, response: int) -> bool:
    """Return whether open confrontation begins: a campaign, or an offensive Iran ordered (¶27)."""
    return response == 5 or (provoked == 5 and directive == 5)  # campaign, offensive

"""The lesson as one HTML file: what is in it, and what is worked out when it is built."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from redline.addresses import parameter_at, value_at
from redline.errors import InputError, printable
from redline.estimate import check_lives
from redline.files import ESCAPES
from redline.games import FIRST_FUTURE, FUTURES, YEAR
from redline.intervals import mean_interval
from redline.page.engine import (
    REPLICATES,
    VECTOR_REPLICATES,
    engine_script,
    knobs,
    path_of,
    vector,
    world_of,
)
from redline.page.vocabulary import Words, english
from redline.plots.style import (
    ARMS,
    ARMS_ON_DARK,
    GRAVITY,
    PROVOCATION,
    RUNG_COLOURS,
    WAR_COLOUR,
    shades,
)
from redline.provenance import rules_hash
from redline.scenario import Scenario
from redline.scenario_file import load, vary
from redline.simulation import REPLICATE_BYTES, simulate
from redline.state import FIRST_ATTACK, Outcome
from redline.store import written
from redline.version import build_commit, package_version

HERE = Path(__file__).parent
SCRIPTS = (
    "histories",
    "dom",
    "pictures",
    "memory",
    "why",
    "games",
    "predictions",
    "laboratory",
    "debrief",
    "lesson",
)
"""In the order in which the page runs them; what `histories` needs is in the engine."""
GAME_WEEKS = 14
MOST_GAME_WEEKS = 26
PRECOMPUTED = 400
"""Replicates in each cell of the maps and at each end of a bar of the tornado."""
COSTS = ("united_states.commitment", "iran.proxy_loss", "iran.revenue_exposure")
"""What open war costs both sides (¶24, 26)."""
FRONTIER = (COSTS[:1], COSTS[1:])
"""What is multiplied across the map, and upward: Washington's cost of war, and Iran's."""
TIMES = tuple(step / 6 for step in range(9))
BASE = 6
"""The place of × 1 among `TIMES`."""
LOYALTY = "militias.loyalty"
COST_OF_LOYALTY = 0.5
"""Of the cost of war, where loyalty is asked about."""
PAIRS_PER_CELL = 5
CHALLENGE = (
    "united_states.audience_cost",
    "united_states.red_line",
    "united_states.operation_cost",
    "united_states.commitment",
    "iran.leverage_value",
    "iran.influence_value",
    "iran.proxy_loss",
    "iran.revenue_exposure",
    "militias.zeal",
    "militias.loyalty",
    "militias.vulnerability",
    "militias.revenge",
)
"""The numbers that the challenges let a student change."""
MOST_BARS = 10
PROOFS = (
    "baseline",
    "cheap_war",
    "coalition_2014",
    "crisis_2020",
    "double_game_2003",
    "no_red_line",
    "talks_2021",
    "unlimited_autonomy",
)
"""Scenarios of the self-test."""
SHADES = 41


def lesson_html(
    scenario: Scenario,
    game: Scenario,
    *,
    seed: int = 1,
    game_weeks: int = GAME_WEEKS,
    words: Words | None = None,
    replicates: int = PRECOMPUTED,
    notice: Callable[[str], None] | None = None,
) -> str:
    """Return the lesson about a scenario, with crises played in a game, as HTML.

    Parameters
    ----------
    scenario : the world of predictions, maps, challenges and the sandbox
    game : the world whose first `game_weeks` weeks are played
    seed : of every history, until a student enters another; in [0, 2**53)
    words : all words, by default in English (`redline.page.vocabulary`)
    replicates : in each cell of the maps and at each end of a bar; five times as many pairs
        say what loyalty does
    notice : called with how long it takes, where that is long

    Raises
    ------
    InputError
        For a scenario that a browser cannot live, or a seed or game that does not fit.
    """
    if not 0 <= seed < 1 << 53:
        raise InputError(f"the seed of a page must be in [0, 2**53), not {seed}")
    most = min(MOST_GAME_WEEKS, game.weeks)
    if not 1 <= game_weeks <= most:
        raise InputError(f"a game of {game.name} has 1 to {most} weeks, not {game_weeks}")
    check_lives(_lives(scenario, replicates), seed, REPLICATE_BYTES, notice=notice)
    said = words or english(scenario)
    worlds = {"world": world_of(scenario), "game": world_of(game)}
    rules = rules_hash()
    identity = json.dumps([worlds, rules, game_weeks], sort_keys=True).encode()
    data = {
        "id": hashlib.sha256(identity).hexdigest()[:8],
        "version": package_version(),
        "commit": (build_commit() or "")[:12] or None,
        "rules": rules[:12],
        "seed": seed,
        "replicates": REPLICATES,
        "game_weeks": game_weeks,
        "futures": {"n": FUTURES, "first": FIRST_FUTURE, "weeks": YEAR},
        "words": said,
        **worlds,
        "knobs": knobs(scenario),
        "cost": [
            {"path": path_of(scenario, address), "value": _or_default(scenario, address)}
            for address in COSTS
        ],
        "loyalty": _loyalty(scenario, PAIRS_PER_CELL * replicates, seed),
        "challenge": CHALLENGE,
        "class_names": [outcome.name.lower() for outcome in Outcome],
        "scales": {"gravity": shades(GRAVITY, SHADES), "provocation": shades(PROVOCATION, SHADES)},
        "loyalty_cost": COST_OF_LOYALTY,
        "frontier": _frontier(scenario, replicates, seed),
        "tornado": _tornado(scenario, replicates, seed),
        "vectors": [vector(load(name), VECTOR_REPLICATES, seed) for name in PROOFS],
    }
    texts = ("title", "subtitle", "skip", "steps", "no_script")
    return Template(_asset("lesson.html")).substitute(
        {name: escape(printable(str(said[name]))) for name in texts},
        version=escape(package_version()),
        css=Template(_asset("lesson.css")).substitute(_palette()),
        data=_inlined(data),
        engine=engine_script(),
        script="\n".join(_asset(f"js/{name}.js") for name in SCRIPTS),
    )


def write_lesson(text: str, path: Path) -> None:
    """Write a lesson, whole or not at all."""
    with written(path) as temporary:
        temporary.write_text(text, "utf-8", ESCAPES)


def _asset(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _inlined(data: Mapping[str, Any]) -> str:
    """Return data as JSON that may stand in a script, whatever text is in it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _palette() -> dict[str, str]:
    """Return the colours of every figure of the package, by their names in the style sheet."""
    return {
        **{f"r{k}": colour for k, colour in enumerate(RUNG_COLOURS)},
        "war": WAR_COLOUR,
        **{f"arm{i}": colour for i, colour in enumerate(ARMS)},
        **{f"dark_arm{i}": colour for i, colour in enumerate(ARMS_ON_DARK)},
    }


def _or_default(scenario: Scenario, address: str) -> float:
    """Return a value of a scenario; where it is nothing, the default, so that it can turn."""
    return (
        float(value_at(scenario.document, address))
        or parameter_at(scenario.document, address).default
    )


# Worked out when the page is built


def _lives(scenario: Scenario, replicates: int) -> list[tuple[Scenario, int]]:
    """Return what is lived for the maps, the bars and what loyalty does."""
    cells, ends = len(TIMES) ** 2, 1 + 2 * len(_single_numbers(scenario))
    return [(scenario, PAIRS_PER_CELL * replicates), (scenario, (cells + ends) * replicates)]


def _shares(scenario: Scenario, replicates: int, seed: int) -> tuple[float, float]:
    """Return the share of replicates that end in war, and of weeks at risk with an attack."""
    results = simulate(scenario, replicates, seed)
    weeks = results.measures["provocation_weeks"].sum(axis=0)
    war = np.mean(results.column("class") == Outcome.CONFRONTATION)
    return round(float(war), 4), round(float(weeks[FIRST_ATTACK:].sum() / weeks.sum()), 4)


def _frontier(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return both shares over what war costs Washington and what it costs Iran."""
    values = {address: _or_default(scenario, address) for address in COSTS}
    shares = [
        _shares(
            vary(
                scenario,
                {address: values[address] * column for address in FRONTIER[0]}
                | {address: values[address] * row for address in FRONTIER[1]},
            ),
            replicates,
            seed,
        )
        for row in TIMES
        for column in TIMES
    ]
    return {
        "times": [round(times, 4) for times in TIMES],
        "base": BASE * len(TIMES) + BASE,
        "own": all(values[address] == value_at(scenario.document, address) for address in COSTS),
        "war": [war for war, _ in shares],
        "provoked": [provoked for _, provoked in shares],
        "n": replicates,
        "seed": seed,
        "weeks": scenario.weeks,
    }


def _loyalty(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return how many wars there are with free agents and with loyal ones, paired.

    War costs both sides half as much: where it costs what it does there may be none.
    """
    value = _or_default(scenario, LOYALTY)
    cheaper = vary(scenario, {a: COST_OF_LOYALTY * _or_default(scenario, a) for a in COSTS})
    free, bound = (
        simulate(vary(cheaper, {LOYALTY: loyalty}), replicates, seed).column("class")
        == Outcome.CONFRONTATION
        for loyalty in (0.0, value)
    )
    difference = free.astype(float) - bound
    return {
        "value": value,
        "n": replicates,
        "free": float(free.mean()),
        "bound": float(bound.mean()),
        "difference": mean_interval(difference),
    }


def _tornado(scenario: Scenario, replicates: int, seed: int) -> dict[str, Any]:
    """Return what either share becomes at both ends of each parameter's plausible range."""
    base = _shares(scenario, replicates, seed)
    ends = []
    for address in _single_numbers(scenario):
        low, high = parameter_at(scenario.document, address).plausible
        ends.append(
            (
                address,
                *(_shares(vary(scenario, {address: v}), replicates, seed) for v in (low, high)),
            )
        )
    return {
        "n": replicates,
        **{
            key: {
                "base": base[place],
                "rows": _longest(
                    {"address": address, "low": low[place], "high": high[place]}
                    for address, low, high in ends
                ),
            }
            for place, key in enumerate(("war", "provoked"))
        },
    }


def _longest(rows: Iterable[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    return sorted(rows, key=lambda row: -abs(row["high"] - row["low"]))[:MOST_BARS]


def _single_numbers(scenario: Scenario) -> list[str]:
    """Return the addresses of the model's parameters: no factions, rungs, sites or dates."""
    return [
        knob["address"]
        for knob in knobs(scenario)
        if knob["address"].count(".") == 1 and not knob["integer"]
    ]

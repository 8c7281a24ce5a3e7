"""The lesson as one HTML file: its data, styles, scripts and words, put together."""

import hashlib
import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from redline.argument import FIRST_FUTURE, FUTURES, YEAR
from redline.case import Scenario, load_scenario, path_of
from redline.engine import rules_hash
from redline.figures import (
    ARMS,
    ARMS_ON_DARK,
    GRAVITY_SCALE,
    PROVOCATION_SCALE,
    RUNG_COLOURS,
    WAR_COLOUR,
    shades,
)
from redline.lesson.browser import (
    REPLICATES,
    VECTOR_REPLICATES,
    engine_script,
    knobs,
    vector,
    world_of,
)
from redline.lesson.precomputed import (
    COST_OF_LOYALTY,
    COSTS,
    frontier,
    loyalty_effect,
    simulated,
    tornado,
    value_or_default,
)
from redline.lesson.telling import GAME_WEEKS
from redline.lesson.words import Words, english
from redline.results import REPLICATE_BYTES, check_replicates, written
from redline.support import ESCAPES, InputError, build_commit, package_version, printable
from redline.theory import Outcome

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
MOST_GAME_WEEKS = 26
PRECOMPUTED = 400
"""Replicates in each cell of the map and at each end of a bar of the tornado."""
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
    words : all words, by default in English (`redline.lesson.words`)
    replicates : in each cell of the maps and at each end of a bar; five times as many pairs
        say what loyalty does
    notice : called with how long it takes, where that is long

    Raises
    ------
    InputError
        For a scenario that a browser cannot simulate, or a seed or game that does not fit.
    """
    if not 0 <= seed < 1 << 53:
        raise InputError(f"the seed of a page must be in [0, 2**53), not {seed}")
    most = min(MOST_GAME_WEEKS, game.weeks)
    if not 1 <= game_weeks <= most:
        raise InputError(f"a game of {game.name} has 1 to {most} weeks, not {game_weeks}")
    check_replicates(simulated(scenario, replicates), seed, REPLICATE_BYTES, notice=notice)
    said = words or english(scenario)
    data = _data(scenario, game, seed, game_weeks, said, replicates)
    texts = ("title", "subtitle", "skip", "steps", "no_script")
    return Template(_asset("lesson.html")).substitute(
        {name: escape(printable(str(said[name]))) for name in texts},
        version=escape(package_version()),
        css=Template(_asset("lesson.css")).substitute(_palette()),
        data=_inlined(data),
        engine=engine_script(),
        script="\n".join(_asset(f"js/{name}.js") for name in SCRIPTS),
    )


def _data(
    scenario: Scenario, game: Scenario, seed: int, game_weeks: int, words: Words, replicates: int
) -> dict[str, Any]:
    """Return all that a page knows: worlds, words, what is simulated already, and proofs."""
    worlds = {"world": world_of(scenario), "game": world_of(game)}
    rules = rules_hash()
    identity = json.dumps([worlds, rules, game_weeks], sort_keys=True).encode()
    return {
        "id": hashlib.sha256(identity).hexdigest()[:8],
        "version": package_version(),
        "commit": (build_commit() or "")[:12] or None,
        "rules": rules[:12],
        "seed": seed,
        "replicates": REPLICATES,
        "game_weeks": game_weeks,
        "futures": {"n": FUTURES, "first": FIRST_FUTURE, "weeks": YEAR},
        "words": words,
        **worlds,
        "knobs": knobs(scenario),
        "cost": [
            {"path": path_of(scenario.document, cost), "value": value_or_default(scenario, cost)}
            for cost in COSTS
        ],
        "loyalty": loyalty_effect(scenario, replicates, seed),
        "challenge": CHALLENGE,
        "class_names": [outcome.name.lower() for outcome in Outcome],
        "scales": {
            "gravity": shades(GRAVITY_SCALE, SHADES),
            "provocation": shades(PROVOCATION_SCALE, SHADES),
        },
        "loyalty_cost": COST_OF_LOYALTY,
        "frontier": frontier(scenario, replicates, seed),
        "tornado": tornado(scenario, replicates, seed),
        "vectors": [vector(load_scenario(name), VECTOR_REPLICATES, seed) for name in PROOFS],
    }


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

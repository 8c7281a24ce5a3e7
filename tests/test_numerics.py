"""Numbers at their extremes: finite, on a valid rung, and equal in both engines."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from compare import differing
from redline.argument.explanation import explain
from redline.case import load_scenario, vary
from redline.engine.batch import BatchEngine
from redline.engine.model import MesaEngine
from redline.lesson.browser import trace_hash
from redline.results.simulation import simulate, trace
from redline.support.errors import InputError
from redline.support.library import built_in
from redline.theory.parameters import GROUPS, WEIGHT_LIMIT, Faction, table
from redline.theory.vocabulary import RUNGS, SITES, Actor, rung_names

GOLDEN = Path(__file__).parent / "golden" / "traces.json"
STATE = ("severity", "pressure", "leverage", "control", "expected", "utility")
UTILITIES = [
    f"{group}.{name}"
    for group in GROUPS
    for name, note in table(group).items()
    if note.bounds[1] == WEIGHT_LIMIT
]
RATIONALITIES = [f"{actor}.rationality" for actor in ("united_states", "iran", "militias")]


def _bounds(end):
    """Yield every parameter's address with one end of its bounds."""
    for group in GROUPS:
        for name, note in table(group).items():
            bound = note.bounds[end]
            yield f"{group}.{name}", int(bound) if note.integer else bound


EXTREMES = {
    **{
        f"rationality {value:g}": dict.fromkeys([*RATIONALITIES, "militias.targeting"], value)
        for value in (0, 5e-324, 1e-9, 1e6)
    },
    "every weight at its limit": dict.fromkeys(UTILITIES, WEIGHT_LIMIT),
    "every weight at its limit, and rational": dict.fromkeys(UTILITIES, WEIGHT_LIMIT)
    | dict.fromkeys(RATIONALITIES, 1e6),
    "every weight at 0": dict.fromkeys(UTILITIES, 0),
    "every weight subnormal": dict.fromkeys(UTILITIES, 5e-324),
    "every number at its lower bound": dict(_bounds(0)),
    "every number at its upper bound": dict(_bounds(1)),
    "every other number at its bound": {
        **{f"ladder.response.{rung}.cost": 1e90 for rung in rung_names(Actor.UNITED_STATES)},
        **{f"site.{site}.salience": 1e90 for site in SITES},
        **{f"militias.faction.Badr.{name}": 1e90 for name in Faction._fields},
        "united_states.pressure_memory": 1,
        "militias.grievance_memory": 1,
    },
    "weights that cancel": {"militias.zeal": 1e90, "militias.vulnerability": 1e90},
}


@pytest.fixture
def loads(tmp_path):
    """Return a function that loads a scenario from its text."""

    def read(text):
        (tmp_path / "extreme.toml").write_text(text, "utf-8")
        return load_scenario(tmp_path / "extreme.toml")

    return read


def assert_sound(scenario, replicates=3, seed=1):
    """Assert that both engines live the same finite histories, on rungs that there are."""
    batch = BatchEngine(scenario, seed).run(0, replicates, moves=True)
    mesa = MesaEngine(scenario, seed).run(0, replicates, moves=True)
    for name in ("lived", "over", "weeks", "moves", "capability"):
        assert not differing(getattr(batch, name), getattr(mesa, name)), name
    assert_finite(batch, scenario.weeks)
    return batch


def assert_finite(batch, longest):
    """Assert that histories of at most so many weeks are of finite numbers, on valid rungs."""
    for replicate, weeks in enumerate(batch.lived):
        assert 1 <= weeks <= longest
        lived = batch.weeks[replicate, :weeks]
        for name in STATE:
            assert np.isfinite(lived[name]).all(), name
        for name in ("directive", "provocation", "response"):
            assert lived[name].min() >= 0
            assert lived[name].max() < RUNGS
        for name in ("leverage", "control", "severity"):
            assert lived[name].min() >= 0
            assert lived[name].max() <= 1
        assert batch.moves[replicate, :weeks]["rung"].max() < RUNGS


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("scenario", ["talks_2021", "standoff_2019_2021"])
def test_extreme_parameters(scenario, name):
    found = assert_sound(vary(scenario, EXTREMES[name], weeks=26))
    if name == "rationality 0":  # chance alone: every rung that is open comes
        assert set(np.unique(found.weeks["response"])) == set(range(RUNGS))


@pytest.mark.parametrize("address", UTILITIES)
def test_each_weight_alone_at_its_limit(address):
    assert_sound(vary("talks_2021", {address: WEIGHT_LIMIT}, weeks=12), 2)


@pytest.mark.parametrize("value", ["1e300", "1e91", "1e309", "-1e-300", "inf", "-inf", "nan"])
@pytest.mark.parametrize("address", ["iran.proxy_loss", "militias.zeal", "united_states.red_line"])
def test_what_squares_and_sums_could_not_hold_is_refused(loads, address, value):
    # Squares and products of weights must be finite doubles, so weights end at 1e90.
    group, name = address.split(".")
    with pytest.raises(InputError, match=name):
        loads(f"weeks = 3\n[{group}]\n{name} = {value}\n")


def test_perfect_rationality_takes_the_best_option():
    # At 1e6 an option worth 0.001 less has weight exp(-1000): it is never chosen.
    scenario = vary("talks_2021", dict.fromkeys(RATIONALITIES, 1e6), weeks=30)
    choices = 0
    for week in range(30):
        for actor in explain(scenario, 3, week).actors:
            if actor.choice:
                open_ones = zip(actor.rungs, actor.utilities, strict=True)
                worth = {rung: value for rung, value in open_ones if rung in actor.allowed}
                assert worth[actor.chosen] > max(worth.values()) - 1e-3
                choices += 1
    assert choices > 60


@pytest.mark.parametrize("weeks", [1, 2])
def test_the_shortest_horizons(weeks):
    assert_sound(vary("standoff_2019_2021", weeks=weeks), 50)


@pytest.fixture
def peace(loads):
    """Return the longest scenario, all of whose weeks are lived: wars are forbidden."""
    bans = [("united_states", "campaign"), ("militias", "offensive")]
    forbid = "".join(f'[[forbid]]\nactor = "{who}"\nrung = "{rung}"\n' for who, rung in bans)
    return loads(f'extends = "talks_2021"\nweeks = 10000\n{forbid}')


def test_the_longest_horizon(peace):
    found = BatchEngine(peace, 1).run(0, 1, moves=True)
    assert_finite(found, peace.weeks)
    assert (found.lived == 10_000).all()
    # Mesa's engine takes milliseconds a week: it lives the first weeks alone.
    begun = MesaEngine(vary(peace, weeks=400), 1).run(0, 1, moves=True)
    for name in ("weeks", "moves", "capability"):
        assert not differing(getattr(found, name)[:, :400], getattr(begun, name)), name
    with pytest.raises(InputError, match="10000"):
        vary("talks_2021", weeks=10_001)


@pytest.mark.second_tier(
    "ten thousand weeks of Mesa's engine; test_the_longest_horizon stands for it"
)
def test_the_longest_horizon_is_the_same_in_both_engines(peace):
    assert (assert_sound(peace, 1).lived == 10_000).all()


def test_the_most_militias(loads):
    # One faction of 10,000 cells; the engines are compared on two weeks, each a long one: what
    # the first leaves is where the second begins.
    scenario = loads(
        'weeks = 2\n[militias]\ncells = 10000\ntempo = 5000\n[[militias.faction]]\nname = "A"\n'
    )
    found = assert_sound(scenario, 1)
    assert found.moves.shape[2] == 10_000
    assert (found.moves["rung"][0, 0] > 0).sum() > 1000


@pytest.mark.parametrize(
    "text",
    [
        "[militias]\nfaction = []\n",
        "[militias]\ncells = 0\n",
        '[militias]\ncells = 5001\nfaction = [{ name = "A" }, { name = "B" }]\n',
    ],
)
def test_no_militia_and_too_many_are_refused(loads, text):
    with pytest.raises(InputError, match="militias"):
        loads("weeks = 3\n" + text)


def test_the_largest_seed_and_replicate():
    seed, last = 2**64 - 1, 2**32 - 3
    ours = trace("talks_2021", last, 2, seed=seed)
    theirs = trace("talks_2021", last, 2, seed=seed, engine="mesa")
    assert trace_hash(ours) == trace_hash(theirs)


def golden(name):
    """Return what must be the same wherever this runs: hashes of what was decided and drawn."""
    lived = trace(name, 0, 100)
    measures = simulate(name, 400).measures
    return {
        "traces_sha256": trace_hash(lived),
        "weeks": int(lived.lived.sum()),
        "attacks": int(measures["attacks"].sum()),
        "fatal_attacks": int(measures["fatal_attacks"].sum()),
    }


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_built_in_scenario_gives_the_same_everywhere(name):
    # Python 3.11 brings Mesa 3.3, 3.13 brings 3.5: CI runs this on both, and Mesa against the
    # batch engine in test_engines. REDLINE_GOLDEN=write writes the file anew.
    stored = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    if os.environ.get("REDLINE_GOLDEN") == "write":
        stored[name] = golden(name)
        GOLDEN.write_text(json.dumps(dict(sorted(stored.items())), indent=1) + "\n", "utf-8")
    assert golden(name) == stored[name]


@pytest.mark.second_tier(
    "a hundred replicates of Mesa's engine; that the batch engine gives the golden traces, and "
    "that the engines' traces are equal for every built-in scenario, stand for it"
)
def test_the_mesa_engine_gives_the_golden_traces():
    name = "talks_2021"
    stored = json.loads(GOLDEN.read_text("utf-8"))
    assert trace_hash(trace(name, 0, 100, engine="mesa")) == stored[name]["traces_sha256"]

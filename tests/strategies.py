"""Random scenarios for Hypothesis: anything that the format allows, small."""

import pytest
from hypothesis import strategies as st

from redline.case.tables import ACTORS
from redline.theory.parameters import GROUPS, Faction, describe, table
from redline.theory.vocabulary import SITES, Actor, rung_names


def in_both_tiers(few, many):
    """Hand a test how many examples to try: few in the first tier, many in the second."""
    reason = f"{many} examples of a property; {few} stand for them"
    thorough = pytest.param(many, marks=pytest.mark.second_tier(reason))
    return pytest.mark.parametrize("examples", [few, thorough])


def _number(note):
    low, high = note.bounds
    if note.integer:
        return st.integers(int(low), int(high))
    usual = st.floats(low, min(high, max(2 * note.default, 1.0)))
    return st.one_of(usual, usual, st.sampled_from([low, min(high, 1e90)]))


def _table(notes):
    return st.fixed_dictionaries({}, optional={name: _number(note) for name, note in notes.items()})


@st.composite
def documents(draw, most_cells=10):
    """Draw the document of a scenario: anything that the format allows, small."""
    weeks = draw(st.integers(1, 16))
    week = st.integers(0, weeks - 1)
    document = {"weeks": weeks}
    for group in GROUPS:
        document[group] = draw(_table(table(group)))
    names = draw(st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=6, unique=True))
    document["militias"]["faction"] = [
        {"name": name, **draw(_table(describe(Faction)))} for name in names
    ]
    document["militias"]["cells"] = draw(st.integers(1, most_cells))
    share = st.floats(0, 1)
    document["ladder"] = {
        "provocation": {
            rung: {"severity": draw(share), "lethality": draw(share), "capability": draw(share)}
            for rung in draw(st.sets(st.sampled_from(rung_names(Actor.MILITIAS))))
        },
        "response": {
            rung: {"force": draw(share)}
            for rung in draw(st.sets(st.sampled_from(rung_names(Actor.UNITED_STATES))))
        },
    }
    document["site"] = {
        site: {"salience": draw(share), "exposure": draw(share)}
        for site in draw(st.sets(st.sampled_from(SITES)))
    }
    drivers = {
        name: table("environment")[name]
        for name in ("sanctions", "unrest", "diplomacy", "armament", "common_enemy")
    }
    document["timeline"] = [
        {"week": draw(week), "unrest": draw(share), **draw(_table(drivers))}
        for _ in range(draw(st.integers(0, 3)))
    ]
    document["forbid"] = [_ban(draw, week) for _ in range(draw(st.integers(0, 5)))]
    document["force"] = [
        _move(draw, week, names, document["militias"]["cells"])
        for _ in range(draw(st.integers(0, 4)))
    ]
    return document


def _ban(draw, week):
    actor = draw(st.sampled_from(sorted(ACTORS)))
    ban = {"actor": actor, "rung": draw(st.sampled_from(rung_names(ACTORS[actor])))}
    when = draw(st.sampled_from(["always", "weeks", "first choice"]))
    if when == "weeks":
        ban["weeks"] = sorted((draw(week), draw(week)))
    elif when == "first choice":
        ban["from"] = when
    return ban


def _move(draw, week, names, cells):
    militia = draw(st.sampled_from(names))
    name = f"{militia} {draw(st.integers(1, cells))}" if cells > 1 else militia
    actor = draw(st.sampled_from(["united_states", "iran", name, name]))
    ladder = rung_names(Actor.UNITED_STATES if actor == "united_states" else Actor.MILITIAS)
    move = {"actor": actor, "week": draw(week), "rung": draw(st.sampled_from(ladder))}
    if actor == name:
        if draw(st.booleans()):
            move["site"] = draw(st.sampled_from(SITES))
        if draw(st.booleans()):
            move["kill"] = draw(st.booleans())
    return move

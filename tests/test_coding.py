"""The record as moves: what the coding table makes of events, and of whole weeks."""

from datetime import date

import pytest

from redline.case import load_scenario, vary
from redline.evidence.recorded import coding, published
from redline.evidence.recorded.coding import (
    CodedEvent,
    code_event,
    coded_events,
    forced_moves,
    rungs_by_week,
)
from redline.results.simulation import trace
from redline.theory.vocabulary import SITES, Actor, Provocation, Response


def event(**changes):
    base = next(e for e in published.events() if e.is_attack and e.is_scored)
    return base._replace(**changes)


@pytest.mark.parametrize(
    ("day", "actor", "rung", "site", "militia", "killed"),
    [
        (date(2019, 5, 19), "MILITIAS", Provocation.ROCKETS, "green_zone", "a front group", False),
        (date(2019, 12, 27), "MILITIAS", Provocation.ROCKETS, None, "Kata'ib Hezbollah", True),
        (date(2019, 12, 31), "MILITIAS", Provocation.ASSAULT, None, "a front group", False),
        (date(2020, 3, 12), "UNITED_STATES", Response.STRIKE, None, None, False),
        (date(2020, 2, 26), "UNITED_STATES", Response.SANCTIONS, None, None, False),
        (date(2020, 9, 20), "UNITED_STATES", Response.WARNING, None, None, False),
        (date(2021, 2, 15), "MILITIAS", Provocation.ROCKETS, "erbil", "a front group", True),
        (date(2021, 5, 11), "MILITIAS", Provocation.DRONES, "harir", "a front group", False),
        (date(2021, 6, 9), "MILITIAS", Provocation.DRONES, None, "a front group", False),
    ],
)
def test_events_are_coded_by_the_table(day, actor, rung, site, militia, killed):
    (found,) = [move for move in coded_events() if move.event.date == day]
    assert found[1:] == (Actor[actor], rung, site, militia, killed)


def test_the_decapitation_outranks_the_designation_of_the_same_day():
    week = (date(2020, 1, 3) - published.START).days // 7
    assert rungs_by_week(Actor.UNITED_STATES)[week] == Response.DECAPITATION
    assert rungs_by_week(Actor.MILITIAS)[week] == Provocation.ASSAULT


def test_what_is_no_move_of_the_models_is_not_coded():
    assert code_event(event(initiator="Iran", type="ballistic missile")) is None
    assert code_event(event(initiator="US/coalition", type="withdrawal")) is None
    assert code_event(event(initiator="US", type="withdrawal")) is None
    assert code_event(event(type="thwarted")) is None
    assert code_event(event(initiator="militias", type="truce")) is None


def test_only_confirmed_single_events_of_the_window_are_coded():
    assert all(published.START <= move.event.date <= published.END for move in coded_events())
    assert not any(move.event.precision == "week" for move in coded_events())
    answers = [m.rung for m in coded_events() if m.actor is Actor.UNITED_STATES]
    counts = [answers.count(rung) for rung in Response]
    assert counts == [0, 2, 5, 4, 1, 0]


def test_the_table_gives_only_what_exists():
    for row in published.rows("coding"):
        kind, value = row["gives"].split(":", 1)
        known = {
            "provocation": [r.name.lower() for r in Provocation],
            "response": [r.name.lower() for r in Response],
            "site": (*SITES, "elsewhere"),
            "militia": load_scenario("baseline").militia_names,
        }[kind]
        assert value in known


def test_forced_moves_are_the_record_week_by_week():
    scenario = load_scenario("standoff_2019_2021")
    forced = vary(scenario, force=forced_moves(scenario.militia_names))
    weeks = trace(forced, 0, 2).weeks
    for replicate in weeks:
        assert replicate["provocation"].tolist() == rungs_by_week(Actor.MILITIAS)
        assert replicate["response"].tolist() == rungs_by_week(Actor.UNITED_STATES)
        assert replicate["fatal"].sum() == 4
        # No week has more listed attacks than there are militias, so none is lost.
        assert replicate["attacks"].sum() == len(published.listed_attacks()) + 1


def test_a_named_militia_is_the_target_of_the_answer():
    scenario = load_scenario("standoff_2019_2021")
    forced = vary(scenario, force=forced_moves(scenario.militia_names))
    weeks = trace(forced).weeks[0]
    struck = (date(2020, 3, 12) - published.START).days // 7
    assert scenario.militia_names[weeks["target"][struck]] == "Kata'ib Hezbollah"


def move(week, militia="a front group", rung=2, killed=False):
    day = event()._replace(date=published.START.fromordinal(published.START.toordinal() + 7 * week))
    return CodedEvent(day, Actor.MILITIAS, rung, None, militia, killed)


def test_what_more_happens_in_a_week_goes_up_the_list():
    names = ("A", "B", "a front group")
    moves = [move(3), move(3, rung=3), move(3, killed=True), move(3)]
    here = [m for m in forced_moves(names, moves) if m["week"] == 3 and m["actor"] in names]
    found = {m["actor"]: (m["rung"], m.get("kill")) for m in here}
    assert found == {
        "a front group": ("drones", False),
        "B": ("rockets", True),
        "A": ("rockets", False),
    }


def test_a_militia_that_a_scenario_lacks_is_the_last_one():
    (done,) = [
        m for m in forced_moves(("A", "B"), [move(0, "elsewhere")]) if m["rung"] == "rockets"
    ]
    assert done["actor"] == "B"


def test_months_follow_each_other():
    found = coding.months(date(2019, 11, 6), date(2020, 2, 1))
    assert found == [date(2019, 11, 1), date(2019, 12, 1), date(2020, 1, 1), date(2020, 2, 1)]

"""Scenario files: what they mean, and one message for every way in which they can be wrong."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.strategies import data, sampled_from

from redline.case import build, from_json, load_scenario, to_json, vary
from redline.case.addresses import addresses_of, parse_assignment, split_address, value_at
from redline.case.case import Part, Scenario
from redline.case.tables import SiteName, json_schema, keys_at
from redline.support import library
from redline.support.errors import InputError
from redline.theory.parameters import GROUPS, describe, table
from redline.theory.vocabulary import SITES, Actor
from strategies import documents, in_both_tiers


@pytest.fixture
def write(tmp_path):
    def write(text, name="case.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def problems_of(path):
    with pytest.raises(InputError) as error:
        load_scenario(path)
    return "\n".join(error.value.problems)


# What a file means


def test_the_standoff_is_the_documented_one():
    scenario = load_scenario("standoff_2019_2021")
    assert scenario.start == date(2019, 5, 6)
    assert scenario.weeks == 112
    assert [(c.week, c.values) for c in scenario.timeline] == [
        (22, {"unrest": 0.8}),
        (48, {"unrest": 0.4}),
        (90, {"armament": 0.5}),
        (100, {"diplomacy": 8.0}),
    ]
    drivers = scenario.drivers_by_week
    assert drivers[21].unrest == 0.3
    assert drivers[22].unrest == drivers[47].unrest == 0.8
    assert drivers[111]._asdict() == {
        "sanctions": 0.8, "common_enemy": 0.0, "diplomacy": 8.0, "unrest": 0.4, "armament": 0.5,
    }  # fmt: skip


def test_every_built_in_scenario_loads_and_names_its_source():
    assert len(library.built_in()) >= 12
    for name in library.built_in():
        scenario = load_scenario(name)
        assert "¶" in scenario.source, name
        assert scenario.title, name
        assert not scenario.notices, name


def test_a_file_without_anything_is_the_baseline(write):
    assert load_scenario(write("")).document["iran"] == load_scenario("baseline").document["iran"]


def test_tables_merge_by_key_and_lists_replace_whole(write):
    write(
        "[iran]\nreview = 0.5\nproxy_loss = 3\n[[timeline]]\nweek = 1\nunrest = 1\n", "parent.toml"
    )
    child = write(
        'extends = "parent"\n[iran]\nreview = 0.1\n[[timeline]]\nweek = 2\nunrest = 0\n',
        "child.toml",
    )
    scenario = load_scenario(child)
    assert scenario.iran.review == 0.1
    assert scenario.iran.proxy_loss == 3
    assert [change.week for change in scenario.timeline] == [2]


def test_a_date_is_the_week_that_holds_it(write):
    path = write(
        "start = 2019-05-06\n[[timeline]]\ndate = 2019-05-12\nunrest = 1\n[[timeline]]\ndate = 2019-05-13\nunrest = 0.5\n"
    )
    assert [change.week for change in load_scenario(path).timeline] == [0, 1]


def test_inherited_dates_keep_their_day_and_fall_away_outside_the_weeks(write):
    path = write('extends = "standoff_2019_2021"\nstart = 2019-09-30\nweeks = 10\n')
    scenario = load_scenario(path)
    assert [change.week for change in scenario.timeline] == [1]
    assert len(scenario.notices) == 3


def test_cells_are_adjacent_named_copies(write):
    path = write(
        '[militias]\ncells = 2\n[[militias.faction]]\nname = "A"\nzeal = 2\n[[militias.faction]]\nname = "B"\n'
    )
    scenario = load_scenario(path)
    assert scenario.militia_names == ("A 1", "A 2", "B 1", "B 2")
    assert [member.faction for member in scenario.members] == [0, 0, 1, 1]
    assert scenario.factions[0].zeal == 2


def test_a_timeline_is_in_the_order_of_its_weeks():
    changes = [{"week": week, "unrest": 0.5} for week in (9, 3, 5)]
    scenario = build({**load_scenario("baseline").document, "timeline": changes}, "x", (), None)
    assert [change.week for change in scenario.timeline] == [3, 5, 9]


def test_a_ban_without_weeks_ends_with_the_last():
    (ban,) = vary("baseline", weeks=10, forbid=["iran.assault"]).forbidden
    assert (ban.first, ban.last) == (0, 9)


def test_forbidden_and_forced_entries(write):
    path = write(
        '[[forbid]]\nactor = "united_states"\nrung = "strike"\nweeks = [3, 4]\n'
        '[[forbid]]\nactor = "iran"\nrung = "assault"\nfrom = "first choice"\n'
        '[[force]]\nactor = "Badr"\nweek = 2\nrung = "drones"\nsite = "erbil"\nkill = true\n'
    )
    scenario = load_scenario(path)
    assert [scenario.allowed(Actor.UNITED_STATES, week) for week in (2, 3, 4, 5)] == [
        63,
        55,
        55,
        63,
    ]
    assert scenario.allowed(Actor.IRAN, 0) == 63
    assert scenario.watched(Actor.IRAN) == 16
    assert scenario.forced[0].militia == 4
    assert scenario.forced[0].site == 4


def test_a_file_beside_or_below_can_be_extended(write):
    write("weeks = 7\n", "below/base.toml")
    assert load_scenario(write('extends = "below/base.toml"\n')).weeks == 7


def test_points_from_a_csv_file_are_read_beside_the_file_that_names_it(write):
    write("iran.review,militias.zeal\n0.1,1\n0.2,0.5\n", "below/points.csv")
    write('[sweep]\ndesign = "list"\ncsv = "points.csv"\n', "below/base.toml")
    scenario = load_scenario(write('extends = "below/base.toml"\n'))
    rows = ({"iran.review": 0.1, "militias.zeal": 1.0}, {"iran.review": 0.2, "militias.zeal": 0.5})
    assert scenario.sweep.rows == rows
    assert vary(scenario, {"iran.review": 0.5}).sweep.rows == rows
    assert from_json(json.loads(json.dumps(to_json(scenario)))).sweep.rows == rows


@pytest.mark.parametrize(
    "text", ["iran.review\nx\n", "iran.review\n1,2\n", "iran.review\n3\n", "iran.reveiw\n1\n"]
)
def test_a_wrong_csv_file_is_refused(write, text):
    write(text, "points.csv")
    assert "sweep" in problems_of(write('[sweep]\ndesign = "list"\ncsv = "points.csv"\n'))


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_a_sampled_sweep_has_intervals_and_a_number_of_points(write, design):
    sweep = load_scenario(
        write(f'[sweep]\ndesign = "{design}"\npoints = 8\n"iran.review" = {{ from = 0, to = 1 }}\n')
    ).sweep
    assert sweep.points == 8
    assert sweep.axes[0][2:] == (0.0, 1.0, False)


def test_a_grid_has_its_steps():
    axes = load_scenario("fear_of_war").sweep.axes
    assert [len(axis.values) for axis in axes] == [9, 9]
    assert axes[0].values[-1] == 1.6


@in_both_tiers(20, 60)
def test_a_scenario_survives_json(examples):
    @settings(max_examples=examples)
    @given(documents())
    def survives(document):
        scenario = build(document, "random", (), None)
        again = from_json(json.loads(json.dumps(to_json(scenario))))
        assert again == scenario
        assert again.forced == scenario.forced
        assert again.drivers_by_week == scenario.drivers_by_week

    survives()


PARTS = sorted(name for name, part in vars(Scenario).items() if isinstance(part, Part))
MADE_OF_PARTS = ["prior", "opportunity", "reachable", "site_utilities", "militia_names", "sweep"]


@in_both_tiers(20, 60)
def test_a_changed_scenario_is_as_if_read_anew(examples):
    @settings(max_examples=examples)
    @given(documents(), data())
    def is_as_read(document, some):
        scenario = build(document, "random", (), None)
        known = addresses_of(scenario.document)
        address = some.draw(sampled_from(list(known)))
        low, high = known[address].bounds
        changed = vary(scenario, {address: some.draw(sampled_from([int(low), int(min(high, 1))]))})
        anew = from_json(json.loads(json.dumps(to_json(changed))))
        for name in (*PARTS, *MADE_OF_PARTS):
            assert getattr(changed, name) == getattr(anew, name), name
        assert repr(changed).split("notices")[0] == repr(anew).split("notices")[0]

    is_as_read()


def test_a_change_touches_what_it_changes():
    scenario = load_scenario("standoff_2019_2021")
    changed = vary(scenario, {"iran.review": 0.3, "site.erbil.exposure": 0.5})
    again = vary(scenario, {"iran.review": 0.3})
    assert changed.document["ladder"] is scenario.document["ladder"]
    assert changed.document["site"]["balad"] is scenario.document["site"]["balad"]
    kept = vary(changed, {"iran.review": 0.4})
    for name in PARTS:
        assert (getattr(kept, name) is getattr(changed, name)) == (name != "iran"), name
    assert (scenario.iran.review, changed.iran.review, kept.iran.review) == (0.25, 0.3, 0.4)
    assert vary(again, {"iran.review": 0.25}) == scenario


def test_dates_survive_json():
    scenario = load_scenario("crisis_2020")
    assert from_json(json.loads(json.dumps(to_json(scenario)))).start == date(2019, 12, 2)


# Addresses


def test_every_address_can_be_read_and_set():
    scenario = load_scenario("standoff_2019_2021")
    for address, note in addresses_of(scenario.document).items():
        value = note.bounds[0] if not note.integer else int(note.bounds[0])
        if address.endswith(".reach"):
            continue
        changed = vary(scenario, {address: value})
        assert value_at(changed.document, address) == value, address


def test_an_address_reaches_what_it_names():
    scenario = vary(
        load_scenario("standoff_2019_2021"),
        {
            'militias.faction."Asa\'ib Ahl al-Haq".zeal': 3,
            "timeline.22.unrest": 0.9,
            "timeline.30.unrest": 0.1,
            "ladder.provocation.drones.severity": 0.4,
            "site.erbil.exposure": 0.5,
            "militias.cells": 2,
        },
    )
    assert scenario.factions[1].zeal == 3
    assert scenario.drivers_by_week[29].unrest == 0.9
    assert scenario.drivers_by_week[30].unrest == 0.1
    assert scenario.provocations[3].severity == 0.4
    assert scenario.sites[4].exposure == 0.5
    assert len(scenario.members) == 12


def test_a_driver_that_the_timeline_replaces_is_said_so():
    scenario = vary(load_scenario("standoff_2019_2021"), {"environment.unrest": 0.5})
    assert scenario.notices == (
        "environment.unrest holds until the timeline replaces it in weeks 22, 48",
    )


def test_a_shorter_horizon_says_what_it_drops():
    scenario = vary(load_scenario("standoff_2019_2021"), weeks=95)
    assert scenario.weeks == 95
    assert scenario.notices == ("the timeline entry of week 100 is outside its 95 weeks: dropped",)


def test_assignments_and_addresses_are_toml():
    assert parse_assignment('militias.faction."a=b".zeal = 2') == ('militias.faction."a=b".zeal', 2)
    assert parse_assignment("iran.review=0.5") == ("iran.review", 0.5)
    assert split_address('a."b.c".d') == ("a", "b.c", "d")


@pytest.mark.parametrize("text", ["iran.review", "=1", "iran.review=", "iran.review=x", "a=1\nb=2"])
def test_a_bad_assignment_is_refused(text):
    with pytest.raises(InputError):
        parse_assignment(text)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"iran.reveiw": 1}, "iran.reveiw: no such address; nearest valid name: iran.review"),
        ({"iran": 1}, "no such address"),
        ({"iran.review": 2}, "at most 1"),
        ({"iran.review": "x"}, "must be a number"),
        ({"iran.review": True}, "must be a number"),
        ({"iran.review": float("nan")}, "finite"),
        ({"militias.cells": 2000}, "more than 10000"),
        ({"militias.cells": 1.5}, "whole number"),
        ({"timeline.112.unrest": 1}, "no such address"),
        ({"a b": 1}, "not an address"),
        ({"environment.talks": 2}, "at most 1"),
    ],
)
def test_a_bad_value_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        vary(load_scenario("baseline"), values)


# Wrong files: each kind, one message with file, key and what would be right

WRONG = {
    "unknown key": ("[iran]\nrevenue_exposur = 1\n", "unknown key iran.revenue_exposur; nearest valid name: revenue_exposure"),
    "unknown table": ("[irann]\n", "unknown key irann; nearest valid name: iran"),
    "wrong type": ('[iran]\nreview = "often"\n', "iran.review must be a number, not text ('often')"),
    "boolean for a number": ("[iran]\nreview = true\n", "iran.review must be a number"),
    "float for an integer": ("weeks = 12.5\n", "weeks must be a whole number"),
    "out of bounds": ("[iran]\nreview = 1.5\n", "iran.review must be at most 1, not 1.5"),
    "negative": ("[militias]\nzeal = -1\n", "militias.zeal must be at least 0, not -1"),
    "nan": ("[militias]\nzeal = nan\n", "militias.zeal must be a finite number"),
    "infinity": ("[militias]\nzeal = inf\n", "militias.zeal must be a finite number"),
    "too large": ("[militias]\nzeal = 1e91\n", "militias.zeal must be at most 1e+90"),
    "huge integer": ("[militias]\nzeal = 1" + "0" * 400 + "\n", "militias.zeal"),
    "no weeks": ("weeks = 0\n", "weeks must be at least 1"),
    "too many weeks": ("weeks = 10001\n", "weeks must be at most 10000"),
    "week outside": ("weeks = 5\n[[timeline]]\nweek = 5\nunrest = 1\n", "timeline[1]: week 5 is outside the weeks 0 … 4"),
    "date outside": ("start = 2019-05-06\n[[timeline]]\ndate = 2019-05-05\nunrest = 1\n", "date 2019-05-05 (week -1) is outside"),
    "date without start": ("[[timeline]]\ndate = 2019-05-05\nunrest = 1\n", "timeline[1].date needs a start"),
    "date and week": ("start = 2019-05-06\n[[timeline]]\ndate = 2019-05-06\nweek = 0\nunrest = 1\n", "timeline[1] has both a date and a week"),
    "neither": ("[[timeline]]\nunrest = 1\n", "timeline[1] needs a date or a week"),
    "no change": ("[[timeline]]\nweek = 1\n", "timeline[1] changes no driver"),
    "text for a date": ('start = "2019-05-06"\n', "start must be a date"),
    "not a Monday": ("start = 2019-05-07\n", "start must be a Monday, not Tuesday 2019-05-07"),
    "no name": ("[[militias.faction]]\nzeal = 1\n", "militias.faction[1].name is missing"),
    "two of one name": ('[[militias.faction]]\nname = "A"\n[[militias.faction]]\nname = "A"\n', "two factions are named 'A'"),
    "no militia": ("[militias]\nfaction = []\n", "militias.faction must hold at least 1"),
    "too many militias": ("[militias]\ncells = 1667\n", "6 factions × 1667 cells are more than 10000"),
    "sweep over nothing": ('[sweep]\ndesign = "grid"\n', "sweep: nothing is swept"),
    "empty list": ('[sweep]\n"iran.review" = []\n', "sweep: iran.review: an empty list"),
    "sweep of no address": ('[sweep]\n"iran.reveiw" = [1]\n', "sweep: iran.reveiw: no such address; nearest valid name: iran.review"),
    "sweep out of bounds": ('[sweep]\n"iran.review" = [0.5, 2]\n', "sweep: iran.review: must be in [0, 1], not 2"),
    "sweep of text": ('[sweep]\n"iran.review" = ["a"]\n', "expected a number"),
    "sweep without steps": ('[sweep]\n"iran.review" = { from = 0, to = 1 }\n', "expected the keys from, steps, to"),
    "one step": ('[sweep]\n"iran.review" = { from = 0, to = 1, steps = 1 }\n', "steps must be a whole number from 2 to 1,000,000"),
    "sweep backwards": ('[sweep]\n"iran.review" = { from = 1, to = 0, steps = 3 }\n', "from (1) must be below to (0)"),
    "lhs without points": ('[sweep]\ndesign = "lhs"\n"iran.review" = { from = 0, to = 1 }\n', "sweep.points is missing"),
    "list without rows": ('[sweep]\ndesign = "list"\n', "either rows or csv"),
    "empty rows": ('[sweep]\ndesign = "list"\nrows = []\n', "an empty list of points"),
    "csv missing": ('[sweep]\ndesign = "list"\ncsv = "no.csv"\n', "no.csv: No such file"),
    "csv outside": ('[sweep]\ndesign = "list"\ncsv = "../../x.csv"\n', "outside the file's own folder"),
    "unknown design": ('[sweep]\ndesign = "spiral"\n', "sweep.design must be"),
    "circular": ('extends = "case.toml"\n', "extends: circular (case.toml → case.toml)"),
    "extends nothing": ('extends = "nowhere"\n', "extends: no scenario nowhere"),
    "nearest scenario": ('extends = "basline"\n', "nearest valid name: baseline"),
    "extends outside": ('extends = "../up.toml"\n', "extends: ../up.toml is outside the file's own folder"),
    "extends absolute": ('extends = "/etc/passwd"\n', "outside the file's own folder"),
    "not toml": ("[iran\n", "not TOML"),
    "not utf-8": (b"title = \"\xff\"\n", "not UTF-8 (byte 9)"),
    "deep": ("a = " + "[" * 5000 + "\n", "cannot be read as TOML"),
    "unknown rung": ('[[forbid]]\nactor = "iran"\nrung = "strike"\n', "iran has no rung 'strike'"),
    "unknown actor": ('[[forbid]]\nactor = "israel"\nrung = "strike"\n', "forbid[1].actor must be 'united_states', 'iran' or 'militias', not 'israel'"),
    "weeks backwards": ('[[forbid]]\nactor = "iran"\nrung = "drones"\nweeks = [5, 2]\n', "must not end (2) before they begin (5)"),
    "weeks and from": ('[[forbid]]\nactor = "iran"\nrung = "drones"\nweeks = [1, 2]\nfrom = "first choice"\n', "both weeks and from"),
    "ban outside": ('weeks = 5\n[[forbid]]\nactor = "iran"\nrung = "drones"\nweeks = [6, 7]\n', "forbid[1]: week 6 is outside"),
    "force of nobody": ('[[force]]\nactor = "Badrr"\nweek = 0\nrung = "drones"\n', "no actor 'Badrr'; nearest valid name: Badr"),
    "site of a response": ('[[force]]\nactor = "iran"\nweek = 0\nrung = "drones"\nsite = "erbil"\n', "force[1].site: only a militia has one"),
    "rockets reach nothing": ("".join(f'[site.{s}]\nreach = "drones"\n' for s in SITES), "rockets reach none of the sites"),
    "unknown site": ("[site.basra]\nsalience = 1\n", "unknown key site.basra"),
    "unknown rung of a ladder": ("[ladder.response.nukes]\nforce = 1\n", "unknown key ladder.response.nukes"),
    "table for a number": ("[iran.review]\nx = 1\n", "iran.review must be a number, not a table"),
    "number for a table": ("iran = 3\n", "iran must be a table"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_named_with_its_key(write, kind):
    text, message = WRONG[kind]
    said = problems_of(write(text))
    assert message in said
    assert "case" in said


def test_all_problems_of_a_file_are_told_at_once(write):
    said = problems_of(
        write(
            'extends = "nowhere"\nstart = 2019-05-07\n[iran]\nreview = 2\nx = 1\n'
            '[[timeline]]\nweek = 500\nunrest = 1\n[[forbid]]\nactor = "iran"\nrung = "x"\n'
            '[sweep]\n"iran.y" = [1]\n'
        )
    )
    assert len(said.splitlines()) == 7


def test_a_parent_that_is_wrong_is_the_one_named(write):
    write("[iran]\nreview = 2\n", "parent.toml")
    assert "parent.toml: iran.review" in problems_of(write('extends = "parent"\n'))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("standof_2019_2021", "nearest valid name: standoff_2019_2021"),
        ("no/such.toml", "no such file"),
        ("a\0b.toml", "a"),
    ],
)
def test_a_scenario_that_is_not_there(source, message):
    assert message in problems_of(source)


def test_a_directory_is_no_scenario(tmp_path):
    assert "is a directory" in problems_of(tmp_path)


def test_control_characters_are_not_printed(write):
    assert "\x1b" not in problems_of(write('[iran]\n"\\u001b[31mred" = 1\n'))
    assert load_scenario(write('title = "a\\u001b[31mb"\n')).title == "a[31mb"


def test_a_large_file_is_refused(write):
    assert "larger than 4 MiB" in problems_of(write("#" * (5 << 20)))


# One declaration each


def test_sites_and_schema_agree():
    assert SiteName.__args__ == SITES
    assert keys_at(("site",)) == list(SITES)


def test_the_schema_knows_every_parameter():
    schema = json_schema()
    text = json.dumps(schema, ensure_ascii=False)
    for group in GROUPS:
        for name, note in table(group).items():
            assert f'"{name}"' in text
            assert note.meaning in text


def test_every_parameter_is_described_within_its_bounds():
    for groups in GROUPS.values():
        for group in groups:
            assert set(describe(group)) == set(group._fields)
            for name, note in describe(group).items():
                low, high = note.bounds
                assert low <= note.default <= high, name
                assert low <= note.plausible[0] < note.plausible[1] <= high, name
                assert note.meaning, name
                assert note.label, name
                assert note.source, name


def test_the_locator_finds_files_inside_the_package_first(tmp_path, monkeypatch):
    inside = tmp_path / "case" / "scenarios"
    inside.mkdir(parents=True)
    (inside / "only.toml").write_text("weeks = 3\n")
    monkeypatch.setattr(library, "PACKAGE", tmp_path)
    library.built_in.cache_clear()
    try:
        assert library.built_in() == {"only": inside / "only.toml"}
        assert load_scenario("only").weeks == 3
    finally:
        library.built_in.cache_clear()
    monkeypatch.undo()
    library.built_in.cache_clear()
    assert Path(library.built_in()["baseline"]).is_file()


def test_two_entries_of_one_week_that_differ_are_told(tmp_path):
    path = tmp_path / "x.toml"
    entry = "[[timeline]]\nweek = 3\nunrest = {}\n"
    head = 'title = "x"\nextends = "baseline"\nweeks = 20\n'
    path.write_text(head + entry.format(0.5) + entry.format(0.7))
    scenario = load_scenario(path)
    assert scenario.drivers_by_week[4].unrest == 0.7
    assert any("week 3 sets unrest twice; 0.7 is used" in text for text in scenario.notices)
    path.write_text(head + entry.format(0.5) + entry.format(0.5))
    assert not load_scenario(path).notices

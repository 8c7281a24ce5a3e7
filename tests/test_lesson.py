"""The lesson: whole, self-contained, its engine equal to Python's, its words replaceable."""

import json
import re
import tomllib
from html import escape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import redline
from node import run_in_node
from redline.argument.explanation import explain_week
from redline.case import build, load_scenario, path_of, vary
from redline.lesson.browser import knobs, trace_hash, vector, world_of
from redline.lesson.building import page, page_words
from redline.lesson.lesson_page import CHALLENGE, PROOFS, lesson_html
from redline.lesson.precomputed import COSTS, _shares
from redline.lesson.words import english, template, translated
from redline.results.intervals import survival, wilson
from redline.results.simulation import simulate, trace
from redline.support.errors import InputError
from redline.support.library import built_in
from strategies import documents

STANDOFF = "standoff_2019_2021"
EXPLAINED = ("united_states", "iran", "militias")


@pytest.fixture
def small_page(monkeypatch):
    """Build pages by the command line with fewer histories in them."""
    monkeypatch.setitem(lesson_html.__kwdefaults__, "replicates", 20)


def data_of(page):
    return json.loads(re.search(r"const LESSON = (.*);\n</script>", page)[1])


def test_it_is_one_small_file_that_asks_for_nothing(lesson):
    assert len(lesson.encode()) < 1_000_000
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", lesson)
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", lesson)
    assert "default-src 'none'" in lesson
    assert "$" not in re.sub(r"\$\{|\$/", "", lesson.split("<script>")[0])


def test_the_same_build_is_the_same_file():
    once, again = (
        lesson_html(load_scenario(STANDOFF), load_scenario("talks_2021"), replicates=5)
        for _ in range(2)
    )
    assert once == again


@pytest.mark.parametrize(
    "replicates",
    [
        50,
        pytest.param(
            1000, marks=pytest.mark.second_tier("a thousand of each; fifty of each stand for them")
        ),
    ],
)
def test_the_engine_lives_every_history_as_python_does(lesson, replicates):
    """All built-in scenarios: rungs, sites, kills, talks, in Node."""
    proofs = [vector(load_scenario(name), replicates) for name in built_in()]
    assert len({proof["hash"] for proof in proofs}) > 8
    found = run_in_node(
        lesson,
        """const hashes = [];
        for (const { world, replicates } of data) {
          hashes.push(await redline.trace_hash(world, 1, replicates));
        }
        return hashes;""",
        proofs,
    )
    assert found == [proof["hash"] for proof in proofs]


def test_the_engine_lives_any_scenario_as_python_does(lesson):
    """Random scenarios: ladders, places, bans, forced moves, cells, seeds beyond 32 bits."""
    proofs = []

    @settings(max_examples=80, phases=[Phase.generate])
    @given(documents(3))
    def collect(document):
        try:
            scenario = build(document, f"random {len(proofs)}", [], Path())
        except InputError:  # rockets reach no site, say
            return
        seed = (1 << 33) + len(proofs)
        lived = trace(scenario, 0, 8, seed)
        proofs.append({"world": world_of(scenario), "seed": seed, "hash": trace_hash(lived)})

    collect()
    assert len(proofs) > 30
    found = run_in_node(
        lesson,
        """const hashes = [];
        for (const { world, seed } of data) hashes.push(await redline.trace_hash(world, seed, 8));
        return hashes;""",
        proofs,
    )
    # A browser's exponential may differ in its last bit, and a choice tip; in none of these.
    assert found == [proof["hash"] for proof in proofs]


def test_reasons_are_python_s(lesson):
    """Utilities, probabilities, draws and sentences of every actor, over a grid."""
    weeks = [
        (name, replicate, week)
        for name in ("standoff_2019_2021", "talks_2021", "crisis_2020", "coalition_2014")
        for replicate in (0, 3)
        for week in (0, 3, 4, 17, 29)
    ]
    found = run_in_node(
        lesson,
        """return data.map(([world, replicate, week]) => redline.explain(world, 1, replicate, week)
          .map((one) => ({ ...one, sentence: redline.why_sentence(one) })));""",
        [[world_of(load_scenario(name)), replicate, week] for name, replicate, week in weeks],
    )
    for (name, replicate, week), actors in zip(weeks, found, strict=True):
        mine = explain_week(load_scenario(name), replicate, week).actors
        assert len(mine) == len(actors)
        for one, other in zip(mine, actors, strict=True):
            assert other["sentence"] == one.sentence
            if one.choice is None:
                assert other["idle"]
                continue
            assert other["utilities"] == pytest.approx(one.utilities, abs=1e-12)
            assert other["probabilities"] == pytest.approx(one.probabilities, abs=1e-12)
            assert other["fields"] == list(one.terms)
            assert other["draw"] == one.draw
            assert other["chosen"] == one.choice.rung


def test_orders_beyond_the_militias_arms_are_told_as_python_tells_them(lesson):
    """No drones before there are any: a world without them, in which Tehran often decides."""
    world = vary(STANDOFF, {"iran.review": 1, "timeline.90.armament": 0.25})
    weeks = [(replicate, week) for replicate in (0, 1) for week in range(0, 60, 4)]
    found = run_in_node(
        lesson,
        """const [world, weeks] = data;
        return weeks.map(([replicate, week]) =>
          redline.why_sentence(redline.explain(world, 1, replicate, week)[0]));""",
        [world_of(world), weeks],
    )
    mine = [explain_week(world, *place, actor="iran").actors[0].sentence for place in weeks]
    assert found == mine
    assert any("means that no militia had" in sentence for sentence in found)
    assert not any("drone" in sentence for sentence in found)


def test_shares_intervals_and_survival_are_python_s(lesson):
    scenario = vary(STANDOFF, {"united_states.commitment": 0})
    found = run_in_node(
        lesson,
        """const block = redline.simulate(data, 1, 200);
        return { summary: redline.summary(block), survival: redline.survival(block) };""",
        world_of(scenario),
    )
    results = simulate(scenario, 200)
    classes = results.column("class")
    war = found["summary"]["war"]
    assert [war["share"], war["low"], war["high"]] == pytest.approx(
        wilson(int((classes == 3).sum()), 200), abs=1e-12
    )
    assert found["summary"]["classes"] == np.bincount(classes, minlength=4).tolist()
    weeks = results.measures["provocation_weeks"].sum(axis=0)
    assert found["summary"]["rung_weeks"] == weeks.tolist()
    assert found["summary"]["provoked"]["share"] == pytest.approx(weeks[2:].sum() / weeks.sum())
    curve = survival(results.column("weeks_lived"), classes == 3)
    mine = dict(zip(curve.weeks.tolist(), curve.share.tolist(), strict=True))
    assert found["survival"][-1]["share"] == pytest.approx(curve.share[-1])
    both = [point for point in found["survival"] if point["week"] + 1 in mine]
    assert len(both) > 10
    for point in both:
        assert point["share"] == pytest.approx(mine[point["week"] + 1])


def test_a_class_code_is_of_one_crisis(lesson):
    result = dict.fromkeys(("war", "weeks", "highest", "strikes", "deaths"), 1)
    result |= dict.fromkeys(("guess_war", "guess_provoked", "tehran_war", "leverage"))
    code = run_in_node(lesson, "return redline.class_code(data)", result)
    read = "return redline.read_code(data)"
    assert run_in_node(lesson, read, code) == result
    assert run_in_node(lesson.replace('"seed":1,', '"seed":2,', 1), read, code) is None


def test_every_number_of_the_world_has_its_place(lesson):
    """What an address means in a file is what its path means in the page."""
    scenario = load_scenario(STANDOFF)
    world = world_of(scenario)
    for knob in knobs(scenario):
        here = world
        for key in knob["path"]:
            here = here[key]
        from redline.case.addresses import value_at

        assert here == value_at(scenario.document, knob["address"]), knob["address"]
    assert len(knobs(scenario)) > 100
    data = data_of(lesson)
    assert {one["address"] for one in data["knobs"]} == set(data["words"]["parameters"])
    for address in (*COSTS, *CHALLENGE):
        assert path_of(scenario.document, address)


def test_weeks_of_provocation_are_those_with_an_attack_of_all_that_were_lived():
    lived = trace("cheap_war", 0, 30)
    weeks = [row[:n]["provocation"] for row, n in zip(lived.weeks, lived.lived, strict=True)]
    attacked = sum(int((rungs >= 2).sum()) for rungs in weeks) / sum(map(len, weeks))
    assert _shares(load_scenario("cheap_war"), 30, 1) == (
        round(lived.over.mean(), 4),
        round(attacked, 4),
    )


def test_a_ban_until_the_last_week_has_no_end():
    bans = ["iran.rockets@3-9", "iran.drones@3-8", "iran.assault"]
    found = world_of(vary("baseline", weeks=10, forbid=bans))["forbidden"]
    assert [(ban["first"], ban["last"]) for ban in found] == [(3, 10_000), (3, 8), (0, 10_000)]


def test_maps_and_bars_are_of_this_world(lesson):
    data = data_of(lesson)
    replicates = data["frontier"]["n"]
    assert replicates == 400
    base = simulate(STANDOFF, replicates)
    share = round(float((base.column("class") == 3).mean()), 4)
    assert data["frontier"]["war"][data["frontier"]["base"]] == share
    assert data["tornado"]["war"]["base"] == share
    cheap = simulate("cheap_war", replicates)
    assert data["frontier"]["war"][0] == round(float((cheap.column("class") == 3).mean()), 4)
    lengths = [abs(row["high"] - row["low"]) for row in data["tornado"]["war"]["rows"]]
    assert lengths == sorted(lengths, reverse=True)


def test_the_page_says_what_it_is(lesson):
    from redline.engine import rules_hash

    data = data_of(lesson)
    assert data["rules"] == rules_hash()[:12]
    assert {one["world"]["name"] for one in data["vectors"]} == set(PROOFS)
    assert len(PROOFS) == 8


def test_where_there_is_no_commit_the_foot_says_none(monkeypatch):
    monkeypatch.setattr("redline.lesson.lesson_page.build_commit", lambda: None)
    page = lesson_html(load_scenario("talks_2021"), load_scenario("talks_2021"), replicates=20)
    data = data_of(page)
    assert data["commit"] is None
    assert "no commit" not in page
    assert "commit" not in data["words"]["foot_release"]
    for said in ("{version}", "{rules}"):
        assert said in data["words"]["foot_release"]


def test_text_from_files_cannot_break_out(tmp_path):
    nasty = "</script><img src=x onerror=alert(1)><!--\u2028"
    path = tmp_path / "nasty.toml"
    path.write_text(
        f"title = '{nasty}'\nweeks = 20\n[[militias.faction]]\nname = '{nasty[:60]}'\n", "utf-8"
    )
    page = lesson_html(load_scenario(path), load_scenario("talks_2021"), replicates=20)
    assert page.count("</script>") == 2
    assert "<img" not in page
    assert data_of(page)["world"]["title"] == nasty.rstrip("\u2028")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda: lesson_html(load_scenario(STANDOFF), load_scenario("talks_2021"), seed=1 << 53),
            "seed of a page",
        ),
        (
            lambda: lesson_html(
                load_scenario(STANDOFF), load_scenario("talks_2021"), game_weeks=27
            ),
            "1 to 26 weeks",
        ),
        (
            lambda: lesson_html(
                vary(STANDOFF, {"militias.cells": 100}), load_scenario("talks_2021")
            ),
            "fewer weeks or militias",
        ),
    ],
)
def test_what_a_page_cannot_be_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        change()


def test_a_scenario_that_draws_is_refused(tmp_path):
    path = tmp_path / "drawn.toml"
    path.write_text('extends = "talks_2021"\n[draw]\n"iran.review" = [0.1, 0.9]\n')
    with pytest.raises(InputError, match="draws its parameters"):
        world_of(load_scenario(path))


# Words


def test_the_template_of_words_is_all_words(tmp_path):
    scenario = load_scenario(STANDOFF)
    assert tomllib.loads(template(scenario)) == english(scenario)
    path = tmp_path / "words.toml"
    path.write_text(template(scenario), "utf-8")
    assert translated(scenario, path) == (english(scenario), 0)


def test_a_translation_replaces_what_it_says(tmp_path):
    scenario, path = load_scenario(STANDOFF), tmp_path / "de.toml"
    path.write_text(
        'language = "de"\n[play]\nwhen = "Woche {week} von {weeks}, {date}"\n'
        '[parameters]\n"iran.review" = "Überprüfung"\n'
    )
    words, missing = translated(scenario, path)
    assert words["play"]["when"] == "Woche {week} von {weeks}, {date}"
    assert words["parameters"]["iran.review"] == "Überprüfung"
    assert words["play"]["again"] == english(scenario)["play"]["again"]
    assert missing > 300


def test_words_that_are_said_no_more_do_no_harm(tmp_path):
    path = tmp_path / "de.toml"
    path.write_text('language = "de"\nno_commit = "kein Commit"\n')
    assert "no_commit" not in translated(load_scenario(STANDOFF), path)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel = 'x'", "titel: unknown key; nearest valid name: title"),
        ("title = 3", "title: must be text"),
        ("play = 'x'", "play: must be a table"),
        ("ordered = ['x']", "ordered: must be a list of 6 texts"),
        ("[play]\nwhen = 'Week {week} of {weeks}'", "play.when: {date} is missing"),
        ("[play]\nwhen = '{week} {weeks} {date} {day}'", "unknown field {day}"),
        ("title = ", "not TOML"),
    ],
)
def test_wrong_words_are_refused(cli, tmp_path, text, said):
    (tmp_path / "bad.toml").write_text(text)
    status, _, err = cli("page", "--words", "bad.toml")
    assert status == 2
    assert "bad.toml" in err
    assert said in err
    assert not (tmp_path / "lesson.html").exists()


def test_every_word_is_used_and_every_use_has_words():
    """Keys in the scripts and keys of the file are the same, dynamic ones by their table."""
    from redline.lesson.lesson_page import HERE, SCRIPTS

    code = "\n".join((HERE / f"js/{name}.js").read_text() for name in SCRIPTS)
    words = english(load_scenario(STANDOFF))

    def holds(key):
        here = words
        for name in key.split("."):
            if name not in here:
                return False
            here = here[name]
        return True

    used = set(re.findall(r'say\(\s*"([\w.]+)"', code))
    assert len(used) > 100
    assert [key for key in used if not holds(key)] == []
    terminal = {"terminal"}
    tables = {key for key, value in words.items() if isinstance(value, dict)} - terminal
    mentioned = set(re.findall(r"\b(?:words\.)?([a-z_]+)\b", code))
    assert tables <= mentioned


# From Python


def test_a_page_is_built_and_kept(tmp_path, small_page):
    said = []
    (tmp_path / "words.toml").write_text('title = "Zwei Leitern"\n')
    made = page("talks_2021", game_weeks=6, words=tmp_path / "words.toml", notice=said.append)
    assert "Zwei Leitern" in made.html
    assert said[0].endswith("texts stay in English")
    assert made.path is None
    assert repr(made).endswith("kB, not written yet>")
    kept = made.save(tmp_path / "x.html")
    assert (tmp_path / "x.html").read_text("utf-8") == made.html == kept.html
    assert list(kept.blocks()) == [kept.told]
    assert escape(kept.told) in kept._repr_html_()
    with pytest.raises(InputError, match=r"a page ends in \.html"):
        page("talks_2021", tmp_path / "x.txt")
    with pytest.raises(InputError, match="a game of talks_2021 has"):
        page("talks_2021", game_weeks=0)


def test_the_words_of_a_page_are_had_as_text_and_as_a_file(tmp_path):
    text = page_words()
    assert tomllib.loads(text) == english(load_scenario(STANDOFF))
    assert page_words(to=tmp_path / "w.toml") == text == (tmp_path / "w.toml").read_text("utf-8")
    for name, message in (("w.toml", "exists already"), ("w.txt", "must end in .toml")):
        with pytest.raises(InputError, match=message):
            page_words(STANDOFF, tmp_path / name)


# The command line


def test_a_page_is_built(cli, tmp_path, small_page):
    status, out, _ = cli("page", "talks_2021", "--weeks", "20", "--game-weeks", "6", "-o", "x.html")
    assert status == 0
    assert "x.html written" in out
    data = data_of((tmp_path / "x.html").read_text())
    assert data["world"]["weeks"] == 20
    assert data["game_weeks"] == 6


def test_words_are_written_once(cli, tmp_path):
    assert cli("page", "--words-template", "w.toml")[0] == 0
    assert tomllib.loads((tmp_path / "w.toml").read_text())["title"]
    status, _, err = cli("page", "--words-template", "w.toml")
    assert (status, "exists already" in err) == (2, True)
    assert cli("page", "--words-template", "w.json")[0] == 2


@pytest.mark.parametrize("output", ["x.txt", "file/x.html"])
def test_a_page_goes_where_it_can(cli, tmp_path, small_page, output):
    (tmp_path / "file").touch()
    status, _, err = cli("page", "-o", output)
    assert status == 2
    assert output in err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"game_weeks": 1.5}, "game_weeks must be a whole number"),
        ({"words": 3}, "words must be a file or all words"),
        ({"words": {"title": "A lesson"}}, "words: lacks .*; page_words has all"),
    ],
)
def test_what_no_page_can_be_made_of_is_refused(given, told):
    with pytest.raises(redline.InputError, match=told):
        redline.page(**given)

"""The lesson as a student has it: in a real browser, by keyboard, on paper, from a link.

Screenshots are kept where REDLINE_ARTEFACTS says.
"""

import csv
import io
import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from redline.case.scenario_file import load_scenario
from redline.lesson.browser import vector
from redline.lesson.lesson_page import lesson_html
from redline.lesson.words import template
from redline.support.library import built_in
from test_report import contrast

READABLE = Path(__file__).with_name("readable.js").read_text("utf-8")
SCREENS = 11
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LOOK = {"media": "null", "color_scheme": "light", "reduced_motion": "no-preference"}
"""What a visit begins with, whatever the one before asked for; null is the medium itself."""
DETER = {"militias.zeal": 0, "iran.influence_value": 0}
WAR = {"militias.zeal": 1.0, "united_states.audience_cost": 2.6}
RESTRAINT = {"militias.vulnerability": 0}
SOLUTIONS = {0: DETER, 1: WAR, 2: RESTRAINT}
"""One world for each challenge in which the argument loses."""
LOCKED = {
    "guess": {"war": 30, "usual": "attack", "provoked": 0.3, "locked": True},
    "cost": {"war": [0.8, 0.6, 0.4, 0.2, 0.1], "provoked": [0.5] * 5, "locked": True},
    "frontier": {"marked": [0, 1, 2], "locked": True},
    "loyalty": {"guess": "more", "locked": True},
    "washington": [1, 1, 2, 1, 3, 1, 1, 0, 1, 1, 1, 1, 1, 2],
    "tehran": [2, 3] * 7,
}


@pytest.fixture(scope="module")
def file(lesson, tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "lesson.html"
    path.write_text(lesson, "utf-8")
    return path


@pytest.fixture(scope="module")
def window(browser):
    """A window whose clock stands still: what the lesson puts off is done when `settle` says so."""
    page = overheard(browser.new_page())
    page.clock.install(time=0)
    page.clock.pause_at(1)
    yield page
    page.close()


def overheard(page):
    """Note what a page says on the console, and what it asks of a network."""
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def assert_silent(page):
    """Assert that a page said nothing, and asked nothing of a network."""
    said, asked = page.said[:], page.asked[:]
    page.said.clear()
    page.asked.clear()
    assert said == []
    assert {"file"} <= {urlsplit(url).scheme for url in asked} <= {"about", "file", "data", "blob"}


@pytest.fixture
def visit(window, file):
    """Open the lesson anew; nothing may be asked of a network, nor said on the console."""

    def go(address="", state=None, path=None, viewport=WIDE, **media):
        window.goto("about:blank")
        window.set_viewport_size(viewport)
        window.emulate_media(**{**LOOK, **media})
        window.goto(f"{(path or file).as_uri()}{address}")
        if state is not None:
            restore(window, state)
        return window

    yield go
    assert_silent(window)


def restore(page, state):
    """Go to a state as a link does."""
    page.evaluate(
        """state => new Promise(done => {
          const bytes = new TextEncoder().encode(JSON.stringify(state));
          addEventListener("hashchange", done, { once: true });
          location.hash = `#${redline.LESSON.id}.` + btoa(String.fromCharCode(...bytes))
            .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, ""); })""",
        state,
    )
    settle(page)


def settle(page):
    """Let redrawing, judging (after 250 ms) and the link that it writes (300 more) come."""
    page.clock.run_for(600)


def memory(page):
    """Return what the link holds."""
    settle(page)
    code = page.evaluate("location.hash").split(".")[1]
    text = page.evaluate(
        "code => new TextDecoder().decode(Uint8Array.from("
        'atob(code.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0)))',
        code,
    )
    return json.loads(text)


def keep(page, name):
    """Keep a screenshot."""
    folder = os.environ.get("REDLINE_ARTEFACTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def tab_to(page, selector, limit=150):
    """Press Tab until an element that matches has the focus."""
    for _ in range(limit):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def onward(page, title):
    """Go to the next screen by keyboard; its heading must have the focus."""
    tab_to(page, "#next")
    page.keyboard.press("Enter")
    settle(page)
    assert page.evaluate("document.activeElement.textContent") == title


def titles(page):
    return page.locator("main figure h3").all_inner_texts()


def test_a_student_s_whole_way_by_keyboard(visit, browser, file):  # noqa: PLR0915 - it is a long way
    page = visit()
    keep(page, "00-hook")
    onward(page, "Take Washington's chair")
    page.keyboard.press("1")  # numbers answer from wherever the focus is
    tab_to(page, ".option[data-rung='2']")
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("1")
    assert (
        page.locator("main .lead").inner_text()
        == "The crisis is over after 14 weeks, short of war."
    )
    tab_to(page, ".why summary")
    page.keyboard.press("Enter")
    settle(page)
    assert page.locator(".why details[open] svg").is_visible()
    keep(page, "01-washington")
    onward(page, "Your game among 200")
    assert page.locator("main svg .own").count() == 1
    keep(page, "02-among")

    onward(page, "Predict, lock, reveal")
    assert page.locator("button.lock").is_disabled()
    tab_to(page, "main input[type=range]")
    page.keyboard.press("Home")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    tab_to(page, "main input[type=radio]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main input[type=range]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "button.lock")
    page.keyboard.press("Enter")
    assert "you expected more war" in page.locator(".reply").inner_text()
    assert titles(page)[0].startswith("0 of 200 histories end in open war (0\u00a0%;")
    keep(page, "03-predict")

    onward(page, "Take Tehran's chair")
    for move in "23" * 7:
        page.keyboard.press(move)
    assert "peak leverage" in page.locator(".comparison").inner_text()
    keep(page, "04-tehran")

    onward(page, "One knob: what war costs")
    for key in ("war", "provoked"):
        for i in range(5):
            tab_to(page, f"#{key}-{i}")
            page.keyboard.type(str(80 - 15 * i))
    tab_to(page, "button.lock")
    page.keyboard.press("Enter")
    settle(page)
    assert "War goes from 100\u00a0% to 0\u00a0%" in page.locator(".reply").inner_text()
    tab_to(page, "main .slider input")
    page.keyboard.press("Home")
    settle(page)
    assert any("Cost × 0: 200 of 200" in title for title in titles(page))
    keep(page, "05-cost")

    onward(page, "Two knobs: where is the border of war?")
    tab_to(page, "[role=application]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert memory(page)["frontier"]["marked"] == [60, 51]
    tab_to(page, "button.lock")
    page.keyboard.press("Enter")
    assert len(titles(page)) == 2
    keep(page, "06-frontier")

    onward(page, "The principal and its agents")
    tab_to(page, "main input[type=radio]")
    page.keyboard.press("Space")
    tab_to(page, "button.lock")
    page.keyboard.press("Enter")
    settle(page)
    assert "free agents" in page.locator(".reply").inner_text()
    tab_to(page, "main .slider input")
    page.keyboard.press("Home")
    settle(page)
    assert any("Loyalty × 0:" in title for title in titles(page))
    keep(page, "07-loyalty")

    onward(page, "Break the argument")
    tab_to(page, "main .slider input")
    judged = page.locator(".challenges").inner_text()
    page.keyboard.press("End")
    settle(page)
    assert page.locator(".challenges").inner_text() != judged
    assert memory(page)["challenge"]["values"] == {"united_states.audience_cost": 2.6}
    keep(page, "08-challenge")

    onward(page, "The whole machine")
    tab_to(page, ".knobs summary")
    page.keyboard.press("Enter")
    tab_to(page, ".knobs .slider input")
    page.keyboard.press("End")
    told = titles(page)
    assert len(memory(page)["sandbox"]["values"]) == 1
    assert titles(page)[:4] == told[:4]  # of all histories, drawn at once
    assert titles(page)[4] != told[4]  # of one, lived a little later
    keep(page, "09-sandbox")

    onward(page, "Step out")
    tab_to(page, "main textarea")
    page.keyboard.type("I expected a war a month.")
    assert memory(page)["answers"][0] == "I expected a war a month."
    rows = page.locator("table.predictions tbody tr").all_inner_texts()
    assert rows[0].split("\t")[1] == "12"
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{6}", page.locator(".code").inner_text())
    keep(page, "10-debrief")

    # The link that came of it restores all of it, in another browser.
    address = page.evaluate("location.hash")
    with overheard(browser.new_page(viewport=WIDE)) as again:
        again.goto(f"{file.as_uri()}{address}")
        assert again.locator("h2").first.inner_text() == "Step out"
        assert again.locator("main textarea").first.input_value() == "I expected a war a month."
        assert again.locator("table.predictions tbody tr").all_inner_texts() == rows
        again.evaluate("redline.remember_now()")
        assert again.evaluate("location.hash") == address
        assert_silent(again)


@pytest.mark.parametrize(
    ("spoilt", "found"),
    [
        ("", None),
        ("<p style='font-size: 9px'>tiny</p>", "small: tiny"),
        ("<svg></svg>", "a picture without a name"),
        ("<svg aria-label=a width=99 height=50><text x=90 y=20>far</text></svg>", "outside: far"),
        (
            "<svg aria-label=a><text x=9 y=20>one</text><text x=9 y=22>two</text></svg>",
            "over each other: one / two",
        ),
        ("<input id=nameless>", '<input id="nameless">'),
        ("<b id=stage></b>", "an id twice"),
        ("<h1>more</h1>", "not one h1"),
    ],
)
def test_what_cannot_be_read_on_a_screen_is_found(window, spoilt, found):
    window.set_content(f"<h1>title</h1><main id=stage>{spoilt}</main>")
    assert window.evaluate(READABLE) == ([found] if found else [])


OTHER_SCREENS = pytest.mark.second_tier("eleven screens each; the narrowest stands for them")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        pytest.param(390, "light", marks=OTHER_SCREENS),
        pytest.param(1280, "light", marks=OTHER_SCREENS),
        pytest.param(1920, "dark", marks=OTHER_SCREENS),
    ],
)
def test_every_screen_can_be_read(visit, width, scheme):
    """No sideways scroll, no small text, contrast, no words over words, names for all."""
    size = PHONE if width == 390 else {"width": width, "height": 1000}
    page = visit(viewport=size, color_scheme=scheme)
    for screen in range(SCREENS):
        restore(page, {**LOCKED, "screen": screen})
        if screen in (1, 9):
            page.locator(".why summary").first.click()
            settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, screen
        keep(page, f"{width}-{scheme}-{screen:02}")
        problems = page.evaluate(READABLE)
        assert problems == [], screen
        assert contrast(page, "main h2") >= 7
        assert contrast(page, "#foot") >= 4.5


def test_a_prediction_does_not_change_after_the_lock(visit):
    page = visit(state={**LOCKED, "screen": 3})
    before = memory(page)["guess"]
    assert page.locator("main input[type=range]").first.is_disabled()
    page.evaluate(
        """() => {
          const all = document.querySelectorAll("main input, main fieldset");
          for (const one of all) one.disabled = false;
          const range = document.querySelector("main input[type=range]");
          range.value = 150; range.dispatchEvent(new Event("input"));
          document.querySelector("main input[type=radio]").click(); }"""
    )
    assert memory(page)["guess"] == before
    restore(page, {**LOCKED, "screen": 5})
    assert page.locator("#war-0").is_disabled()
    restore(page, {**LOCKED, "screen": 6})
    page.locator("main svg rect").nth(40).click()
    assert memory(page)["frontier"]["marked"] == [0, 1, 2]


@pytest.mark.second_tier("one visit more; the way by keyboard marks cells and draws curves, too")
def test_cells_are_marked_by_mouse_and_curves_drawn(visit):
    page = visit(state={"screen": 6})
    page.locator("main svg [data-cell='5']").click()
    assert memory(page)["frontier"]["marked"] == [5]
    page.locator("main svg [data-cell='5']").click()
    assert "frontier" not in memory(page)
    restore(page, {"screen": 5})
    box = page.locator("main svg").first.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 150, steps=30)
    page.mouse.up()
    drawn = memory(page)["cost"]["war"]
    assert None not in drawn
    assert drawn == sorted(drawn, reverse=True)


OTHERS_MET = pytest.mark.second_tier("three visits each; the first challenge stands for them")


@pytest.mark.parametrize(
    "number", [0, pytest.param(1, marks=OTHERS_MET), pytest.param(2, marks=OTHERS_MET)]
)
def test_every_challenge_can_be_met(visit, number):
    page = visit(
        state={**LOCKED, "screen": 8, "challenge": {"values": SOLUTIONS[number], "met": []}}
    )
    page.wait_for_selector(f".challenges li:nth-child({number + 1}).met")
    assert number in memory(page)["challenge"]["met"]
    assert page.locator(".challenges li").nth(number).locator(".badge").inner_text() == "met"
    assert any(title.startswith("War moves most with") for title in titles(page))


@pytest.mark.second_tier("three worlds to judge; nothing else opens with them unmet")
def test_no_challenge_is_met_by_the_lesson_s_own_world(visit):
    page = visit(state={**LOCKED, "screen": 8})
    assert page.locator(".badge").all_inner_texts() == ["open"] * 3
    page.get_by_role("button", name="Show what matters").click()
    assert len(titles(page)) == 4


def test_a_foreign_or_broken_link_begins_anew_and_says_so(visit):
    for address, said in (
        ("#00000000.e30", "another build"),
        ("#garbage", "could not be read"),
    ):
        page = visit(address)
        assert said in page.locator("#toast").inner_text()
        assert page.locator("h2").first.inner_text() == "Two ladders"
    page = visit()
    identity = page.evaluate("redline.LESSON.id")
    page = visit(f"#{identity}.@@@")
    assert "could not be read" in page.locator("#toast").inner_text()


def test_nonsense_in_a_link_is_left_out(visit):
    page = visit(
        state={
            "screen": 99,
            "seed": -3,
            "washington": [1, 9, "x", 2],
            "guess": {"war": 9000, "usual": "constructor", "locked": "yes"},
            "sandbox": {"values": {"iran.review": 7, "nothing": 1, "militias.zeal": 0.7}},
            "answers": ["<img src=x onerror=alert(1)>", 3],
            "__proto__": {"x": 1},
        }
    )
    assert page.locator("h2").first.inner_text() == "Two ladders"
    restore(
        page,
        {
            **LOCKED,
            "screen": 9,
            "sandbox": {"values": {"iran.review": 7, "militias.cells": 1.5, "militias.zeal": 0.7}},
            "challenge": {"values": {"militias.tempo": 0}},
            "frontier": {"marked": [3, 3, 900, 3], "locked": True},
            "washington": [1, 9, "x", 2],
        },
    )
    page.locator("main .slider input").first.focus()
    kept = memory(page)
    assert kept["sandbox"]["values"] == {"militias.zeal": 0.7}
    assert kept["frontier"]["marked"] == [3]
    assert kept["washington"] == [1, 2]
    assert "challenge" not in kept
    # What was never answered cannot be locked, whatever a link says.
    guess = {"war": 3, "usual": "constructor", "provoked": 0.5, "locked": True}
    restore(page, {"screen": 3, "guess": guess, "loyalty": {"locked": True}})
    assert page.locator(".reply").count() == 0
    kept = memory(page)
    assert kept["guess"] == {"war": 3, "provoked": 0.5}
    assert "loyalty" not in kept


@pytest.mark.second_tier("four visits; nothing else reads a seed in the address")
def test_the_seed_in_the_address_is_the_class_s_crisis(visit):
    page = visit("?seed=7", state={"screen": 1, "seed": 7})
    first = page.locator(".news").inner_text()
    page = visit("?seed=8", state={"screen": 1, "seed": 8})
    assert page.locator(".news").inner_text() != first
    page = visit("?seed=8")
    page.locator("summary").click()
    assert page.locator("input[type=number]").input_value() == "8"
    page.locator("input[type=number]").fill("7")
    page.locator("input[type=number]").blur()
    page.locator("#next").click()
    settle(page)
    assert page.locator(".news").inner_text() == first


@pytest.mark.second_tier("eleven screens; nothing else looks for the notes")
def test_the_teacher_s_notes_are_the_teacher_s(visit):
    page = visit()
    assert page.locator(".teacher").count() == 0
    page = visit("?teacher=1")
    for screen in range(SCREENS):
        restore(page, {"screen": screen})
        notes = page.locator(".teacher")
        assert notes.count() == 1
        assert "minutes" in notes.locator("h3").inner_text()
        assert notes.locator("dd").count() == 4


@pytest.mark.second_tier("a class of codes; test_a_class_code_is_of_one_crisis needs no browser")
def test_class_codes_are_read_back_and_others_refused(visit):
    page = visit(state={**LOCKED, "screen": 10})
    code = page.locator(".code output").inner_text()
    result = page.evaluate("code => redline.read_code(code)", code)
    assert result["guess_war"] == 30
    assert result["guess_provoked"] == 30
    assert (result["war"], result["weeks"], result["strikes"]) == (0, 14, 1)
    for wrong in (code[:-1] + ("0" if code[-1] != "0" else "1"), "ABC", "00000-000000", ""):
        assert page.evaluate("code => redline.read_code(code)", wrong) is None
    assert page.evaluate("code => redline.read_code(code)", code.lower().replace("-", " "))
    other = page.evaluate(
        """() => redline.class_code({ war: 1, weeks: 3, highest: 5, strikes: 1, deaths: 2,
             guess_war: null, guess_provoked: null, tehran_war: 0, leverage: null })"""
    )
    page.locator("main textarea").last.fill(f"{code}\n{other}, nonsense")
    page.get_by_role("button", name="Plot the class").click()
    text = page.locator("main").inner_text()
    assert "2 codes read, 1 not." in text
    assert "1 guesses of war" in text
    assert "Of 2 students, 1 had a war in Washington's chair" in text
    keep(page, "10-class")


@pytest.mark.second_tier("prints twice; nothing else prints the worksheet")
def test_the_worksheet_prints_on_two_pages(visit):
    for state in ({"screen": 10}, {**LOCKED, "screen": 4, "answers": ["Because.", "", "", ""]}):
        page = visit(state=state, color_scheme="dark")
        pdf = page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 2
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("#worksheet h1").is_visible()
        assert not page.locator("main").is_visible()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )


@pytest.mark.second_tier("three visits; nothing else asks for reduced motion")
def test_motion_is_not_forced_on_anybody(visit):
    state = {**LOCKED, "screen": 1}
    for motion, moves in (("reduce", False), ("no-preference", True)):
        page = visit(state=state, reduced_motion=motion)
        page.get_by_role("button", name="Watch it again").click()
        shown = page.locator(".after output").first.inner_text()
        page.clock.run_for(1600)  # two steps of 700 ms
        assert (page.locator(".after output").first.inner_text() != shown) is moves
    style = "getComputedStyle(document.querySelector('.gauge i')).transitionDuration"
    for motion, moves in (("reduce", False), ("no-preference", True)):
        page = visit(state={"screen": 1}, reduced_motion=motion)
        assert (page.evaluate(style) != "0s") is moves


def test_csv_and_png_are_saved(visit, tmp_path):
    page = visit(
        state={**LOCKED, "screen": 9, "sandbox": {"values": {"united_states.commitment": 0}}}
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "standoff_2019_2021-seed1.csv"
    download.value.save_as(tmp_path / "x.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert len(rows) == 200
    from redline.case import vary
    from redline.results.simulation import simulate

    results = simulate(vary("standoff_2019_2021", {"united_states.commitment": 0}), 200)
    assert [int(row["attacks"]) for row in rows] == results.column("attacks").tolist()
    assert (
        sum(row["class"] == "confrontation" for row in rows) == (results.column("class") == 3).sum()
    )
    for name in ("dots", "rungs", "survival", "strips"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"PNG: {name}").click()
        download.value.save_as(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.second_tier("two visits; nothing else asks for the self-test")
def test_this_browser_proves_itself_on_demand(visit, lesson, tmp_path):
    page = visit("?selftest=1")
    page.wait_for_selector("#selftest[data-passed]", timeout=60000)
    assert page.locator("#selftest").get_attribute("data-passed") == "true"
    assert page.locator("#selftest li").count() == 8
    # and would say so if it could not
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(lesson.replace("carried + severity", "carried + 1.01 * severity"), "utf-8")
    assert spoilt.read_text("utf-8") != lesson
    page = visit("?selftest=1", path=spoilt)
    page.wait_for_selector("#selftest[data-passed]", timeout=60000)
    assert page.locator("#selftest").get_attribute("data-passed") == "false"


@pytest.mark.second_tier("eight thousand histories; the same are lived in Node")
def test_the_browser_lives_every_history_as_python_does(visit):
    """Eight scenarios × 1,000 replicates: rungs, sites, kills, talks."""
    names = [name for name in built_in() if load_scenario(name).weeks >= 100][:8]
    assert len(names) == 8
    proofs = [vector(load_scenario(name), 1000) for name in names]
    page = visit()
    for proof in proofs:
        found = page.evaluate(
            "({ world, replicates }) => redline.trace_hash(world, 1, replicates)", proof
        )
        assert found == proof["hash"], proof["world"]["name"]


@pytest.mark.second_tier("builds a lesson; the words are compared without a browser, too")
def test_a_translation_is_what_the_page_says(visit, tmp_path):
    words = tmp_path / "w.toml"
    scenario = load_scenario("talks_2021")
    text = template(scenario).replace("Two ladders", "Zwei Leitern").replace("Begin", "Los")
    words.write_text(text, "utf-8")
    from redline.lesson.words import translated

    path = tmp_path / "de.html"
    said, missing = translated(scenario, words)
    assert missing == 0
    path.write_text(lesson_html(scenario, scenario, words=said, replicates=20), "utf-8")
    page = visit(path=path)
    assert page.locator("h2").first.inner_text() == "Zwei Leitern"
    assert page.locator("#next").inner_text() == "Los"


@pytest.mark.second_tier("builds two lessons; their words are compared without a browser, too")
def test_the_foot_says_version_and_commit_and_no_commit_where_there_is_none(
    visit, tmp_path, monkeypatch
):
    scenario = load_scenario("talks_2021")
    for commit in ("0123456789abcdef", None):
        monkeypatch.setattr("redline.lesson.lesson_page.build_commit", lambda commit=commit: commit)
        path = tmp_path / "foot.html"
        path.write_text(lesson_html(scenario, scenario, replicates=20), "utf-8")
        foot = visit(path=path).locator("#foot").inner_text()
        assert "redline " in foot
        assert ("commit 0123456789ab," in foot) is (commit is not None)
        assert ("commit" in foot) is (commit is not None)


def test_titles_from_files_are_text(visit, tmp_path):
    nasty = "<img src=x onerror=alert(1)>"
    (tmp_path / "nasty.toml").write_text(
        f"title = '{nasty}'\nweeks = 20\n[[militias.faction]]\nname = '{nasty}'\n"
    )
    scenario, path = load_scenario(tmp_path / "nasty.toml"), tmp_path / "nasty.html"
    path.write_text(lesson_html(scenario, scenario, replicates=20), "utf-8")
    page = visit(path=path, state={"screen": 1, "washington": [1] * 14})
    assert page.locator("img").count() == 0
    assert nasty in page.locator("#foot").inner_text()


def test_nothing_is_told_before_it_is_predicted(visit):
    page = visit(state={"screen": 10})
    cells = page.locator("table.predictions tbody td:last-child").all_inner_texts()
    assert set(cells) == {"once you have locked your answer"}
    for screen in (8, 9):
        restore(page, {"screen": screen})
        assert page.locator(".notice.first").is_visible()
        assert page.locator("main figure:visible").count() == 0
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert "of 200" not in page.locator("#worksheet td:last-child").first.inner_text()


@pytest.mark.second_tier("one visit more; the way by keyboard compares a guess, too")
def test_a_guess_that_is_right_is_right(visit):
    guess = {"war": 0, "usual": "attack", "provoked": 0.47, "locked": True}
    page = visit(state={"screen": 3, "guess": guess})
    assert "as near as the sample can tell" in page.locator(".reply").inner_text()
    assert "as you said" in page.locator(".reply").inner_text()


def test_another_crisis_starts_over_and_an_empty_number_does_not(visit):
    page = visit(state={**LOCKED, "screen": 1})
    page.locator("nav [data-screen='0']").click()
    page.locator("main summary").click()
    number = page.locator("main input[type=number]")
    number.fill("")
    number.blur()
    assert memory(page)["guess"]["locked"] is True
    assert number.input_value() == "1"
    number.fill("5")
    number.blur()
    assert memory(page) == {"seed": 5}
    page.locator("nav [data-screen='1']").click()
    page.keyboard.press("5")  # the crisis ends sooner than the one that was looked at
    settle(page)
    assert "open war in week 1" in page.locator(".situation").inner_text()
    # the seed is in the link, also where the address says another
    again = visit(f"?seed=7{page.evaluate('location.hash')}")
    assert memory(again)["seed"] == 5


@pytest.mark.second_tier("one visit more; nothing else changes the width of an open page")
def test_pictures_follow_the_window_also_after_coming_back(visit):
    page = visit(state={**LOCKED, "screen": 1})
    page.locator("#next").click()
    page.locator("#back").click()
    page.set_viewport_size(PHONE)
    settle(page)
    widths = [
        int(svg.get_attribute("width")) for svg in page.locator("main figure svg:visible").all()
    ]
    assert 0 < max(widths) <= 390


@pytest.mark.second_tier("ten fields; the way by keyboard fills them, too")
def test_typing_and_locking_keep_the_focus_in_the_form(visit):
    page = visit(state={"screen": 5})
    for key in ("war", "provoked"):
        for i in range(5):
            page.locator(f"#{key}-{i}").focus()
            page.keyboard.type("50")
            page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('button.lock')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.reply')")


def test_keys_that_are_held_or_pressed_elsewhere_do_not_move(visit):
    page = visit(state={"screen": 1})
    page.locator("#next").focus()
    page.keyboard.press("1")
    assert "washington" not in memory(page)
    page.locator(".option").first.focus()
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.up("1")
    assert memory(page)["washington"] == [1]


VARIANTS = {
    "cheap_war": ("cheap_war", {}, {}),
    "short": ("talks_2021", {"weeks": 2}, {}),
    "bans": ("standoff_2019_2021", {"forbid": ["united_states.campaign", "iran.offensive"]}, {}),
    "free": ("standoff_2019_2021", {}, {"militias.loyalty": 0}),
    "forced": ("crisis_2020", {}, {}),
}


OTHER_WORLDS = pytest.mark.second_tier("builds a lesson each; the shortest stands for them")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "short" else OTHER_WORLDS) for name in VARIANTS],
)
def test_other_worlds_work_on_every_screen(visit, tmp_path, name):
    from redline.case import vary

    base, options, values = VARIANTS[name]
    scenario, path = vary(base, values, **options), tmp_path / "other.html"
    path.write_text(
        lesson_html(scenario, scenario, game_weeks=min(14, scenario.weeks), replicates=20), "utf-8"
    )
    page = visit(path=path)
    for screen in range(SCREENS):
        restore(page, {**LOCKED, "screen": screen})
        assert page.locator("h2").first.is_visible()
    restore(page, {**LOCKED, "screen": 6})
    circle = page.locator("main svg .base").count()
    assert (circle == 0) is (name == "cheap_war")

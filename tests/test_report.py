"""The report: complete, self-contained, escaped, and read in a real browser."""

import itertools
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.case.addresses import label_of, value_at
from redline.figures import report_page
from redline.figures.drawing import draw
from redline.figures.pages import MOST_ROWS, Table, _environment, inline_svg
from redline.figures.report_page import (
    _base_words,
    _chance,
    _command,
    _militias,
    _parameters,
    _requests,
    _size,
    report,
    report_html,
)
from redline.figures.style import EITHER
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import read_manifest, write_manifest
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError

COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"
WAR, CURRENCY = label_of(COMMITMENT), label_of(REVENUE)
HEADINGS = [
    "Findings",
    "The question",
    "Method",
    "What differs from the defaults",
    "Distributions",
    "Figures",
    "How to reproduce this",
]

KINDS_OF_SWEEP = [
    "phase", "curve", "curve", "outcomes", "survival", "distribution",
    "overview", "ladder", "strips", "rungs",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "standoff_2019_2021"
    command = ["redline", "run", "standoff_2019_2021", "-n", "80"]
    return run_into(folder, load_scenario("standoff_2019_2021"), 80, command=command)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    table = {COMMITMENT: [0.0, 0.4, 0.8], REVENUE: [0.0, 2.2]}
    scenario = vary("standoff_2019_2021", sweep=table)
    return sweep(tmp_path_factory.mktemp("sweeps") / "s", scenario, 40)


@pytest.fixture(scope="module")
def pages(run, swept, tmp_path_factory):
    """A whole report, and one of a sweep without the kinds of figures that the first has, too."""
    folder = tmp_path_factory.mktemp("pages")
    report(run, folder / "run.html")
    with pytest.MonkeyPatch.context() as patch:
        only(patch, set(KINDS_OF_SWEEP) - {"overview", "ladder", "strips"})
        report(swept, folder / "sweep.html")
    return {name: folder / f"{name}.html" for name in ("run", "sweep")}


def only(patch, kinds):
    """Have reports with figures of some kinds alone."""
    patch.setattr(
        report_page, "_requests", lambda made: (one for one in _requests(made) if one[1] in kinds)
    )


def test_a_report_of_a_run_says_everything(pages, run):
    text = pages["run"].read_text()
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", text) == HEADINGS
    for words in (
        "The standoff, May 2019 to June 2021",
        "80 replicates of up to 112 weeks, seed 1. Model output, not a forecast.",
        "redline run standoff_2019_2021 -n 80",
        run.manifest["results_hash"],
        "environment.diplomacy",
        "2021-04-05",
        "push for nuclear talks = 8",
        "¶24-25",
    ):
        assert words in text
    assert text.count("<figure>") == 7
    assert len(set(re.findall(r'\bid="([^"]+)"', text))) == len(re.findall(r'\bid="', text))


def test_a_report_of_a_sweep_says_what_was_swept(pages, swept):
    text = pages["sweep"].read_text()
    assert "40 replicates at each of 6 points" in text
    assert "common random numbers" in text
    assert "Design: grid" in text
    assert "0 to 2.2" in text
    assert (
        "redline.sweep(made.scenario, made.points, " in text
    )  # made from Python, of a scenario of its own
    assert "At the base case: " in text
    assert f"At 3 points that differ in {WAR} alone, with {CURRENCY} = 2.2:" in text
    assert f"Over {WAR}, with {CURRENCY} = 2.2:" in text
    assert "Over all 6 points:" in text
    assert "several parameters change at once" not in text
    assert [kind for _, kind, _ in _requests(swept)] == KINDS_OF_SWEEP
    for kind in ("phase", "curve", "outcomes", "survival", "distribution", "rungs"):
        assert f'aria-label="{kind}: ' in text


@pytest.fixture
def figures_of(monkeypatch):
    """Have few figures or none, where a test is of what stands beside them."""
    return lambda *kinds: only(monkeypatch, kinds)


REVIEW, TEMPO, CELLS = "iran.review", "militias.tempo", "militias.cells"
SPAN = {"from": 0.0, "to": 1.0}
DESIGNS = {
    "grid": {REVIEW: [0.0, 0.25], TEMPO: [0.5, 2.9]},
    "one": {REVIEW: [0.25, 0.5]},
    "single": {REVIEW: [0.5]},
    "lhs": {"design": "lhs", "points": 5, REVIEW: SPAN, TEMPO: SPAN},
    "sobol": {"design": "sobol", "points": 4, REVIEW: SPAN, TEMPO: SPAN},
    "saltelli": {"design": "saltelli", "points": 2, REVIEW: SPAN, TEMPO: SPAN},
    "morris": {"design": "morris", "points": 2, REVIEW: SPAN, TEMPO: SPAN},
    "list": {"design": "list", "rows": [{REVIEW: a, TEMPO: a} for a in (0.1, 0.2, 0.9)]},
    "unset": {"timeline.4.diplomacy": [0.0, 1.0], "timeline.5.unrest": [0.0, 1.0]},
    "half set": {"timeline.4.diplomacy": [0.0, 1.0], REVIEW: [0.3, 0.4]},
}


@pytest.fixture(scope="module")
def designs(tmp_path_factory):
    place = tmp_path_factory.mktemp("designs")
    return {
        name: sweep(place / name, vary("baseline", weeks=6, sweep=table), 3)
        for name, table in DESIGNS.items()
    }


@pytest.mark.parametrize("design", DESIGNS)
def test_a_report_says_only_what_is_so_of_its_design(designs, design):
    done = designs[design]
    scopes = [scope for scope, _, _ in _requests(done)]
    every = [
        {row[name] for row in map(done.points.values, range(len(done.points)))}
        for name in done.points.addresses
    ]
    crossed = len(done.points) == int(np.prod([len(values) for values in every]))
    told = _chance(done)
    assert ("several parameters change at once" in told) == (not crossed)
    assert ("at every point" in told) == (len(done.points) > 1)
    for scope, kind, request in _requests(done):
        if "differ in" in scope:  # so they do, and in nothing else
            rows = [subject.results.values for subject in request.subjects]
            apart = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
            assert apart == [done.points.addresses[0]]
            assert len(rows) > 1
        if kind in ("curve", "phase") and not crossed:
            assert scope == f"Over all {len(done.points)} points"
    if design in ("lhs", "sobol", "list"):
        assert not any("alone" in scope for scope in scopes)


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ("one", "the base case: weekly chance of a new directive = 0.25"),
        ("grid", "weekly chance of a new directive = 0.25, weekly opportunities to act = 2.9"),
        ("single", "the only point: weekly chance of a new directive = 0.5"),
        ("list", "the point nearest to the base case: weekly chance of a new directive = 0.9"),
        ("unset", "the first point (the scenario itself has no value for what is swept)"),
        ("half set", "base case in weekly chance of a new directive, all that it has a value of"),
    ],
)
def test_the_point_that_is_told_is_called_what_it_is(designs, design, words):
    own = (
        value_at(load_scenario("baseline").document, REVIEW),
        value_at(load_scenario("baseline").document, TEMPO),
    )
    assert own == (0.25, 2.9)  # what the words above rest on
    assert words in _base_words(designs[design])


def test_a_design_that_is_no_grid_is_reported_for_what_it_is(designs, figures_of):
    figures_of("phase", "curve")
    text = report_html(designs["lhs"])
    assert "several parameters change at once" in text
    assert f"points of {REVIEW}; {TEMPO} varies with it" in text
    assert "alone" not in text.partition('<h2 id="question">')[0]
    assert "Over all 5 points:" in text


def test_draws_and_traces_are_told(tmp_path, figures_of):
    figures_of()
    (tmp_path / "drawn.toml").write_text(
        'extends = "baseline"\nweeks = 6\n'
        f'[draw]\n"{REVIEW}" = [0.1, 0.2, 0.3]\n"{TEMPO}" = [1.0, 2.0, 1.5]\n'
    )
    made = run_into(tmp_path / "drawn", load_scenario(tmp_path / "drawn.toml"), 12, traces=True)
    text = report_html(made)
    assert (
        f"draws its values of {label_of(REVIEW)} and {label_of(TEMPO)} jointly, from 3 rows" in text
    )
    assert "0.1 to 0.3" in text
    assert "Nothing: every parameter is at its default" not in text
    assert "traces=True, to=" in text
    assert "at every point" not in text


def test_what_python_made_is_had_again_by_what_the_report_says(designs, tmp_path, monkeypatch):
    changed = run_into(tmp_path / "changed", vary("baseline", {REVIEW: 0.5}, weeks=6), 5, seed=3)
    for made in (changed, designs["list"], designs["grid"]):
        monkeypatch.chdir(made.folder.parent)
        exec(_command(made), {})
        assert load_results("again").manifest["results_hash"] == made.manifest["results_hash"]
        shutil.rmtree("again")
    plain = run_into(tmp_path / "plain", load_scenario("talks_2021"), 5, seed=3)
    assert _command(plain) == "redline run talks_2021 -n 5 --seed 3"


def test_a_command_is_told_as_a_shell_takes_it():
    made = SimpleNamespace(manifest={"command": ["redline", "run", "my case.toml", "$HOME"]})
    assert _command(made) == "redline run 'my case.toml' '$HOME'"


def test_rows_beyond_what_a_table_shows_are_counted():
    table_html = _environment().get_template("parts.html").module.table
    text = table_html(Table("numbers", ("number",), [(n,) for n in range(MOST_ROWS + 7)]))
    assert text.count("<tr>") == 1 + MOST_ROWS
    assert "7 more rows are in the folder" in text
    just = Table("numbers", ("number",), [(n,) for n in range(MOST_ROWS)])
    assert "more rows" not in table_html(just)


def test_what_is_swept_is_not_told_as_changed(tmp_path):
    base = vary("baseline", {REVIEW: 0.5, TEMPO: 2.0}, weeks=3, sweep={REVIEW: [0.1, 0.2]})
    swept, changed = _parameters(sweep(tmp_path / "s", base, 1))
    assert changed.caption == "Parameters changed from their defaults"
    assert [row[:2] for row in swept.rows] == [(label_of(REVIEW), REVIEW)]
    assert [row[:2] for row in changed.rows] == [(label_of(TEMPO), TEMPO)]


def test_militias_that_are_swept_are_counted_from_to(tmp_path):
    done = sweep(tmp_path / "s", vary("baseline", weeks=3, sweep={CELLS: [1, 2]}), 2)
    assert re.fullmatch(r"from \d+ to \d+ militias", _militias(done))
    assert _size(done) == "2 replicates at each of 2 points"


def test_a_default_scenario_differs_in_nothing(tmp_path, figures_of):
    figures_of()
    text = report_html(run_into(tmp_path / "baseline", load_scenario("baseline"), 20))
    assert "Nothing: every parameter is at its default" in text


def test_bans_and_forced_moves_are_told(tmp_path, figures_of):
    figures_of()
    scenario = vary(
        "talks_2021",
        forbid=["united_states.decapitation@first choice", "iran.offensive@3-9"],
        force=[{"actor": "united_states", "week": 5, "rung": "strike"}],
    )
    text = report_html(run_into(tmp_path / "talks", scenario, 20))
    for words in ("from its first choice", "weeks 3 to 9", "Forced moves", "week 5"):
        assert words in text


def test_text_from_files_is_escaped(tmp_path, figures_of):
    figures_of("strips")  # whose title and caption are escaped as those of all are
    nasty = '<script>alert("x")</script> & <img src=x onerror=alert(1)>'
    (tmp_path / "nasty.toml").write_text(
        f"title = '''{nasty}'''\nsource = '''{nasty}'''\nweeks = 9\n"
        f"[[militias.faction]]\nname = '''{nasty}'''\nzeal = 2.0\n"
    )
    scenario = load_scenario(tmp_path / "nasty.toml")
    text = report_html(run_into(tmp_path / "r", scenario, 20, command=["redline", nasty]))
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_an_incomplete_sweep_is_not_reported(swept, tmp_path):
    shutil.copytree(swept.folder, tmp_path / "s")
    write_manifest(tmp_path / "s", {**read_manifest(tmp_path / "s"), "results_hash": None})
    with pytest.raises(InputError, match="this sweep is not complete"):
        report_html(load_results(tmp_path / "s"))


def test_the_same_results_give_the_same_report(run, figures_of):
    figures_of("strips")  # a sample, a picture within a picture
    text = report_html(run)
    assert text.count("<figure>") == 1
    assert text == report_html(run)


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_it_reads_well_in_a_browser(browser, pages, name):
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    for width, scheme in itertools.product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert contrast(page, "body") >= 7
        assert contrast(page, "figcaption") >= 4.5
        shown = page.locator("figure svg:visible").count()
        assert shown == page.locator("figure").count() > 0
        assert page.locator(f"figure .{scheme}:visible").count() == shown
        sizes = page.evaluate(
            "[...document.querySelectorAll('p, li, td, th, code, figcaption, caption, summary')]"
            ".map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 11
    names = page.evaluate(
        "[...document.querySelectorAll('figure [role=img]')].map(e => e.ariaLabel)"
    )
    assert len(names) == page.locator("figure").count()
    assert all(names)
    assert said == []
    assert asked == [pages[name].as_uri()]
    page.close()


def contrast(page, selector):
    """Return the WCAG contrast of an element's text against the page's ground."""
    colours = page.evaluate(
        "s => [getComputedStyle(document.querySelector(s)).color,"
        " getComputedStyle(document.body).backgroundColor]",
        selector,
    )

    def luminance(colour):
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted(map(luminance, colours), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_it_prints_on_light_whatever_the_screen(browser, pages):
    page = browser.new_page(color_scheme="dark")
    page.goto(pages["run"].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("figure .light:visible").count() == 7
    assert page.locator("figure .dark:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 40
    page.close()


# Drawn once, shown in two styles


def unnamed(svg):
    """Return an SVG whose own names are numbers, in the order in which they come."""
    names = {}
    return re.sub(
        r'(id="|url\(#|href="#)([^")]+)',
        lambda found: f"{found[1]}{names.setdefault(found[2], len(names))}",
        svg,
    )


@pytest.mark.second_tier("draws every figure of two reports three times")
def test_a_figure_shown_in_a_style_is_as_if_drawn_in_it(run, swept):
    for results in (run, swept):
        for _, kind, request in _requests(results):
            once = draw(kind, request, EITHER, "page")
            styles = ("paper", "dark")
            shown = [inline_svg(replace(once, tint=style), "a") for style in styles]
            drawn = [inline_svg(draw(kind, request, style, "page"), "a") for style in styles]
            assert [*map(unnamed, shown)] == [*map(unnamed, drawn)], kind

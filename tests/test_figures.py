"""Figures of every kind: no text overlaps or leaves the canvas, bytes repeat, data is tidy."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from legibility import assert_legible
from redline.case import label_of, load_scenario, vary
from redline.engine import rules_hash
from redline.exploration.influence import explored
from redline.figures import kinds, subjects
from redline.figures.captions import unlike
from redline.figures.drawing import draw, hinders
from redline.figures.registry import KINDS, Kinds
from redline.figures.requests import Drawn, Request, write_figure
from redline.figures.subjects import arms_of, base_point, point_subject, subject_of
from redline.results import histories
from redline.results.simulation import simulate
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import plan_digest, read_manifest, write_manifest
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError

COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "standoff_2019_2021"
    return run_into(folder, load_scenario("standoff_2019_2021"), 400)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    table = {COMMITMENT: {"from": 0.0, "to": 1.6, "steps": 9}, REVENUE: [0.0, 0.6, 1.2, 2.2, 4.4]}
    scenario = vary("standoff_2019_2021", sweep=table)
    return sweep(tmp_path_factory.mktemp("sweeps") / "s", scenario, 60)


@pytest.fixture(scope="module")
def explored_points(tmp_path_factory):
    scenario = explored(vary("standoff_2019_2021", weeks=30), "saltelli", 8)
    done = sweep(tmp_path_factory.mktemp("explored") / "s", scenario, 10, weekly="none")
    return Request((point_subject(done, 0),), done, measure="attacks_per_week")


@pytest.fixture(scope="module")
def requests(run, swept, explored_points):
    """What each kind is drawn from, of a run and of a sweep."""
    one = Request((subject_of(run),), week=4)
    point = Request((point_subject(swept, base_point(swept)),), swept)
    arms = Request(arms_of(swept), swept)
    twin = Request(point.subjects, swept, twin=True)
    found = {}
    for name, kind in KINDS.items():
        if name == "tornado":
            found[name] = (name, explored_points)
        elif kind.swept:
            found[name] = (name, point)
        else:
            found[name] = (name, one)
            if kind.arms:
                found[f"{name} of arms"] = (name, arms)
    return {**found, "phase, twin": ("phase", twin)}


CASES = [
    *KINDS,
    *(f"{name} of arms" for name, kind in KINDS.items() if kind.arms),
    "phase, twin",
]


@pytest.mark.parametrize(
    ("places", "told"),
    [
        (((0.1, 0.1), (0.1, 0.5)), None),
        (((0.1, 0.1), (0.1, 0.11)), "'one', 'two'"),
        (((0.1, 0.1), (0.99, 0.5)), "two"),
        (((0.1, -0.02), (0.1, 0.5)), "one"),
        ((), "no words"),
    ],
)
def test_what_cannot_be_read_is_found(places, told):
    figure = Figure()
    for (x, y), words in zip(places, ("one", "two"), strict=False):
        figure.text(x, y, words)
    drawn = Drawn("overview", figure, "", "")
    if told is None:
        assert_legible(drawn)
    else:
        with pytest.raises(AssertionError, match=told):
            assert_legible(drawn)


SILENCE = """
import numpy as np

from redline.figures.captions import caption_of, finished
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import new_figure


def draw_silence(request: Request) -> Drawn:
    data = {"attacks": np.sort(request.subject.results.column("attacks"))}
    figure = new_figure(request.size)
    figure.subplots().plot(data["attacks"])
    return finished(request, figure, "Silence", caption_of(request), silence=data)


KIND = Kind(about="weeks without a word", place=0.5, draw=draw_silence)
"""


def test_a_new_kind_is_one_new_file(run, tmp_path, monkeypatch):
    (tmp_path / "silence.py").write_text(SILENCE)
    (tmp_path / "beside.py").write_text("MOST = 3\n")
    (tmp_path / "clamour.py").write_text(SILENCE.replace("0.5", "0.25"))
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    monkeypatch.setattr("redline.figures.drawing.KINDS", Kinds(tmp_path))
    assert Kinds(tmp_path).about == dict.fromkeys(("clamour", "silence"), "weeks without a word")
    drawn = draw("silence", Request((subject_of(run),)))
    assert (drawn.kind, drawn.title) == ("silence", "Silence")
    with pytest.raises(InputError, match="no beside among clamour, silence"):
        draw("beside", Request((subject_of(run),)))


LOOKS = "slide and dark ground; page, column and one slide stand for them"
OTHERS = pytest.mark.second_tier(
    "each draws a figure twice; survival of arms in every format and the report stand for them"
)


@pytest.fixture(scope="module", params=CASES)
def page(requests, request):
    """A case drawn once, for all who only look at it: what is asked for, and the figure."""
    kind, asked = requests[request.param]
    return kind, asked, draw(kind, asked)


def test_no_text_of_a_page_leaves_it_or_overlaps_another(page):
    assert_legible(page[-1])


def test_no_text_of_a_slide_of_many_panels_leaves_it_or_overlaps_another(requests):
    assert_legible(draw(*requests["overview"], "slides"))


def test_data_is_written_as_tidy_tables(page, tmp_path):
    *_, drawn = page
    paths = write_figure(drawn, tmp_path / "figure.svg", data=True)
    assert paths[0].read_text("utf-8").startswith("<?xml")
    assert len(paths) == 1 + len(drawn.tables) > 1
    for path, table in zip(paths[1:], drawn.tables.values(), strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == list(table)
        assert len(rows) == len(next(iter(table.values())))


def test_every_caption_says_what_the_figure_rests_on(page):
    kind, request, drawn = page
    assert drawn.title
    for part in ("seed 1", "redline ", "Model output, not a forecast."):
        assert part in drawn.caption
    if kind != "terms":
        weeks = (request.sweep or request.subjects[0]).scenario.weeks
        for part in ("replicate", f"{weeks} weeks"):
            assert part in drawn.caption
    shown = drawn.figure._supxlabel.get_text().replace("\n", " ")
    assert shown == drawn.caption


@pytest.mark.parametrize(
    ("style", "size"),
    [
        ("paper", "column"),
        pytest.param("slides", "slide", marks=pytest.mark.second_tier(LOOKS)),
        pytest.param("dark", "page", marks=pytest.mark.second_tier(LOOKS)),
    ],
)
@pytest.mark.parametrize("case", CASES)
def test_no_text_leaves_the_figure_or_overlaps_another(requests, case, style, size):
    kind, request = requests[case]
    assert_legible(draw(kind, request, style, size))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.parametrize(
    "case",
    [
        "survival of arms",
        *(pytest.param(case, marks=OTHERS) for case in ("overview", "strips", "phase, twin")),
    ],
)
def test_the_same_results_give_the_same_bytes(requests, tmp_path, case, suffix):
    kind, request = requests[case]
    paths = [tmp_path / f"{number}.{suffix}" for number in (1, 2)]
    for path in paths:
        write_figure(draw(kind, request), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_drawing_a_stored_sweep_takes_its_histories_from_the_manifest(swept, monkeypatch):
    taken = []
    original = histories.simulated_histories

    def spy(scenario, seed, numbers, moves):
        taken.append((scenario.united_states.commitment, seed, list(numbers)))
        return original(scenario, seed, numbers, moves)

    monkeypatch.setattr(histories, "simulated_histories", spy)
    request = Request((point_subject(swept, 0),), swept, replicate=7)
    draw("ladder", request)
    assert taken == [(0.0, 1, [7])]


def test_in_memory_results_are_drawn_as_stored_ones(run):
    requests = (Request((subject_of(simulate("standoff_2019_2021", 400)),)),
                Request((subject_of(run),)))  # fmt: skip
    for kind in ("rungs", "outcomes", "ladder"):
        fresh, stored = (draw(kind, request) for request in requests)
        assert fresh.caption == stored.caption
        assert fresh.tables.keys() == stored.tables.keys()
        for name, table in stored.tables.items():
            again = fresh.tables[name]
            assert all(np.array_equal(again[column], table[column]) for column in table)


def test_of_too_many_arms_the_base_case_is_kept(swept, monkeypatch):
    monkeypatch.setattr(subjects, "MOST_ARMS", 3)
    arms = arms_of(swept, REVENUE)  # of 0, 0.6, 1.2, 2.2 and 4.4
    assert [arm.scenario.iran.revenue_exposure for arm in arms] == [0.6, 2.2]


def test_arms_are_points_along_an_address(swept):
    arms = arms_of(swept, REVENUE)
    assert [arm.label for arm in arms] == [
        f"revenue exposure {value:g}" for value in (0, 0.6, 1.2, 2.2, 4.4)
    ]
    assert {arm.scenario.united_states.commitment for arm in arms} == {0.8}
    assert [arm.label for arm in arms_of(swept, COMMITMENT)] == [
        f"commitment {value:g}" for value in (0, 0.4, 0.8, 1.2, 1.6)
    ]
    base = swept.points.values(base_point(swept))
    assert base == {COMMITMENT: 0.8, REVENUE: 2.2}


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("tornado", {}, "needs the results of redline sensitivity"),
        ("whirlwind", {}, "no whirlwind among overview"),
        ("phase", {}, "needs the results of a sweep with two swept addresses"),
        ("curve", {}, "needs the results of a sweep with a swept address"),
        ("ladder", {"replicate": 400}, "replicate must be in 0 … 399"),
        ("distribution", {"measure": "atacks"}, "nearest valid name: attacks"),
        ("convergence", {"measure": "atacks"}, "nearest valid name: attacks"),
        ("convergence", {"measure": "strikes_per_attack"}, "a ratio of totals"),
        ("terms", {"week": 112}, "week must be in 0 … 111"),
    ],
)
def test_what_cannot_be_drawn_is_one_message(run, kind, change, message):
    with pytest.raises(InputError, match=message):
        draw(kind, Request((subject_of(run),), **change))
    with pytest.raises(InputError, match="no sepia among"):
        draw("outcomes", Request((subject_of(run),)), "sepia")


def test_kinds_of_one_scenario_say_so(run, swept):
    two = Request((subject_of(run), point_subject(swept, 0)))
    with pytest.raises(InputError, match="one scenario at a time"):
        draw("rungs", two)
    with pytest.raises(InputError, match="takes two addresses"):
        draw("phase", Request((point_subject(swept, 0),), swept, by=(REVENUE,)))
    with pytest.raises(InputError, match="takes two addresses"):
        draw("phase", Request((point_subject(swept, 0),), swept, by=(REVENUE, REVENUE)))


def test_axes_and_titles_use_labels_and_the_caption_the_address(swept):
    subjects = (point_subject(swept, base_point(swept)),)
    for size in ("page", "column"):
        curve = draw("curve", Request(subjects, swept), "paper", size)
        assert curve.figure.axes[0].get_xlabel().startswith(label_of(COMMITMENT))
        assert label_of(COMMITMENT) in curve.title
        assert COMMITMENT in curve.caption
        phase = draw("phase", Request(subjects, swept), "paper", size)
        told = " ".join(phase.figure.axes[0].get_ylabel().split())
        assert told.startswith(label_of(REVENUE))
        assert REVENUE in phase.caption


def test_a_curve_holds_other_addresses_at_the_base(swept):
    point = Request((point_subject(swept, base_point(swept)),), swept)
    drawn = draw("curve", point)
    data = drawn.tables["curve"]
    assert data["points"].tolist() == [1] * 9
    assert f"At {REVENUE} = 2.2." in drawn.caption
    assert "nine points, each: 60 replicates of up to 112 weeks" in drawn.caption
    shares = [(arm.results.column("class") == 3).mean() for arm in arms_of(swept, COMMITMENT)]
    assert data["mean"][::2] == pytest.approx(shares)


def test_a_design_that_is_no_grid_is_drawn_point_by_point(tmp_path):
    span = {"from": 0.0, "to": 1.0}
    table = {"design": "lhs", "points": 12, COMMITMENT: span, REVENUE: span}
    done = sweep(tmp_path / "s", vary("baseline", weeks=8, sweep=table), 5)
    request = Request((point_subject(done, base_point(done)),), done)
    drawn = draw("curve", request)
    assert len(drawn.tables["curve"]["mean"]) == 12
    told = f"12 points of {COMMITMENT}; {REVENUE} varies with it"
    assert drawn.title.endswith(
        f"12 points of {label_of(COMMITMENT)}; {label_of(REVENUE)} varies with it"
    )
    assert told in drawn.caption
    assert len(arms_of(done)) == 1
    by = Request(arms_of(done, REVENUE), done, by=(REVENUE,))
    assert f"no two points of this lhs design differ in {REVENUE} alone" in hinders("outcomes", by)
    with pytest.raises(InputError, match="no two points"):
        draw("survival", by)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A design over four addresses, a list with twins and a fixed one, a sensitivity design."""
    span = {"from": 0.0, "to": 1.0}
    names = (COMMITMENT, REVENUE, "iran.review", "militias.loyalty")
    pairs = ((0.8, 0), (0.8, 1), (0.8, 2), (2, 1), (0.8, 1), (0.8, 2))  # 2 × 3, but no grid
    rows = [{COMMITMENT: a, REVENUE: b, "iran.review": 0.5} for a, b in pairs]
    tables = {
        "lhs": {"design": "lhs", "points": 9, **dict.fromkeys(names, span)},
        "sobol": {"design": "sobol", "points": 8, **dict.fromkeys(names[:3], span)},
        "list": {"design": "list", "rows": rows},
        "saltelli": {"design": "saltelli", "points": 2, **dict.fromkeys(names[:3], span)},
        "morris": {"design": "morris", "points": 2, **dict.fromkeys(names[:3], span)},
    }
    place = tmp_path_factory.mktemp("wide")
    return {
        name: sweep(place / name, vary("baseline", weeks=8, sweep=table), 4)
        for name, table in tables.items()
    }


@pytest.mark.parametrize("design", ["lhs", "sobol", "saltelli", "morris", "list"])
def test_every_address_that_varies_is_named(wide, design):
    done = wide[design]
    subjects = (point_subject(done, base_point(done)),)
    axes = (COMMITMENT, REVENUE)
    others = [name for name in done.points.addresses if name not in axes]
    if design == "list":
        others = []  # the third has one value in all rows
    curve = draw("curve", Request(subjects, done, by=(COMMITMENT,)))
    marks = len(curve.tables["curve"]["mean"])
    assert f"{marks} points of {COMMITMENT}; {REVENUE}" in curve.caption
    for name in others:
        assert name in curve.caption.partition("points of")[2]
    assert f"points of {label_of(COMMITMENT)}" in curve.title
    assert "vary with it" in curve.title or "varies with it" in curve.title
    phase = draw("phase", Request(subjects, done, by=axes))
    for name in others:
        assert label_of(name) in phase.title
    assert ("with them" in phase.title) == bool(others)
    assert "over the map" not in phase.title
    assert_legible(draw("curve", Request(subjects, done), "paper", "column"))


def test_a_list_of_twins_is_no_grid_and_has_no_arm_twice(wide):
    done = wide["list"]
    assert not done.points.is_crossed
    arms = arms_of(done, REVENUE)
    assert [arm.label for arm in arms] == [f"revenue exposure {value}" for value in (0, 1, 2)]
    caption = draw("outcomes", Request(arms, done)).caption
    assert f"At {COMMITMENT} = 0.8, iran.review = 0.5." in caption


def test_arms_have_names_that_tell_them_apart(tmp_path):
    table = {COMMITMENT: [0.80001, 0.80002, 0.80003], REVENUE: [0.0, 2.2]}
    done = sweep(tmp_path / "s", vary("baseline", weeks=4, sweep=table), 3)
    assert [arm.label for arm in arms_of(done)] == [
        f"commitment {value}" for value in (0.80001, 0.80002, 0.80003)
    ]


def test_arms_say_which_values_they_are_and_what_is_held(swept):
    drawn = draw("outcomes", Request(arms_of(swept), swept))
    assert f"({COMMITMENT}), 5 of 9 values. At {REVENUE} = 2.2." in drawn.caption
    assert "Common random numbers in all arms." in drawn.caption
    one = draw("outcomes", Request((point_subject(swept, 3),), swept))
    assert "One of 45 points." in one.caption


def test_a_title_of_many_addresses_names_a_few_and_the_caption_all(explored_points):
    drawn = draw("curve", replace(explored_points, measure=None), "paper", "column")
    names = explored_points.sweep.points.addresses[1:]
    assert f"and {len(names) - 2} more vary with it" in drawn.title
    for name in names:
        assert name in drawn.caption
    assert_legible(drawn)


def test_arms_that_differ_in_more_than_their_scenario_say_so(run):
    other = subject_of(simulate(vary("baseline", weeks=30), 50, seed=7))
    for kind in ("survival", "outcomes", "distribution"):
        drawn = draw(kind, Request((subject_of(run), other)))
        for words in ("400 replicates of up to 112 weeks, seed 1", "50 replicates of up to 30"):
            assert words in drawn.caption
        assert "Arms have different seeds." in drawn.caption
        assert drawn.title.endswith(
            "arms differ in horizon (112 weeks and 30 weeks), seed (1 and 7) and "
            "replicates (400 and 50)"
        )
        assert_legible(drawn)
    assert "Counts grow with the horizon." in drawn.caption
    assert "after 30 weeks" in draw("survival", Request((subject_of(run), other))).title
    assert unlike((subject_of(run), subject_of(run))) == ""


def test_rules_that_differ_are_in_title_and_caption(run, tmp_path):
    folder = shutil.copytree(run.folder, tmp_path / "old")
    write_manifest(folder, {**read_manifest(folder), "rules_hash": "f" * 64})
    old = replace(subject_of(load_results(folder)), label="old")
    drawn = draw("outcomes", Request((subject_of(run), old)))
    assert f"arms differ in rules ({rules_hash()[:7]} and fffffff)" in drawn.title
    assert "seed 1, rules fffffff" in drawn.caption
    assert "share random numbers in part at most" in drawn.caption


def test_the_log_rank_test_is_for_arms_that_share_no_chance(run):
    paired = draw("survival", Request((subject_of(run), subject_of(simulate("cheap_war", 300)))))
    assert set(paired.tables) == {"survival", "differences"}
    assert paired.tables["differences"]["replicates"].tolist() == [300]
    assert "No log-rank test: it takes arms for independent" in paired.caption
    assert "p <" not in paired.caption
    apart = draw("survival", Request((subject_of(run), subject_of(simulate("cheap_war", 99, 2)))))
    assert set(apart.tables) == {"survival", "logrank"}
    assert "Log-rank against standoff_2019_2021: cheap_war p < 0.001." in apart.caption
    beyond = replace(subject_of(simulate("cheap_war", 50, first=400)), label="beyond")
    mixed = draw("survival", Request((*paired_subjects(run), beyond)))
    assert set(mixed.tables) == {"survival", "differences", "logrank"}
    assert mixed.tables["logrank"]["arm"].tolist() == ["beyond"]


def paired_subjects(run):
    """Return a run and another scenario under its chance."""
    return subject_of(run), subject_of(simulate("talks_2021", 100))


def test_replicates_that_do_not_begin_at_nought_are_drawn_by_their_numbers():
    late = subject_of(simulate("talks_2021", 30, first=70))
    whole = subject_of(simulate("talks_2021", 100))
    for kind in ("ladder", "terms"):
        request = Request((late,), replicate=75, week=3)
        same = draw(kind, Request((whole,), replicate=75, week=3))
        for name, table in draw(kind, request).tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, same.tables[name][column])
        assert hinders(kind, Request((late,))) == "replicate must be in 70 … 99"
    strips = draw("strips", Request((late,)))
    assert "replicates 70 onwards" in strips.caption


def test_an_explanation_is_of_the_rules_that_were_followed(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "old")
    write_manifest(tmp_path / "old", {**read_manifest(tmp_path / "old"), "rules_hash": "0"})
    with pytest.raises(InputError, match="the rules have changed since"):
        draw("terms", Request((subject_of(load_results(tmp_path / "old")),), week=4))


def test_a_sweep_that_is_not_complete_is_not_drawn_as_if_it_were(swept, tmp_path):
    shutil.copytree(swept.folder, tmp_path / "s")
    manifest = read_manifest(tmp_path / "s")
    write_manifest(tmp_path / "s", {**manifest, "results_hash": None})
    begun = load_results(tmp_path / "s")
    drawn = draw("curve", Request((point_subject(begun, 0),), begun))
    assert "The sweep is not complete." in drawn.caption
    more = {**manifest, "results_hash": None, "replicates": 61}
    write_manifest(tmp_path / "s", {**more, "plan_sha256": plan_digest(more)})
    told = "not all replicates of point 0 are stored yet: finish it first, with redline.sweep"
    with pytest.raises(InputError, match=told):
        point_subject(load_results(tmp_path / "s"), 0)


def test_what_never_came_is_one_message(tmp_path):
    calm = vary("baseline", {"militias.tempo": 0}, weeks=4, sweep={COMMITMENT: [0.0, 1.0]})
    done = sweep(tmp_path / "s", calm, 5)
    request = Request((point_subject(done, 0),), done, measure="confrontation_week")
    with pytest.raises(InputError, match="never occurred"):
        draw("curve", request)
    never = draw("distribution", Request(request.subjects, measure="confrontation_week"))
    assert "never occurred" in never.title


def test_one_replicate_is_drawn_as_far_as_it_can_be():
    request = Request((subject_of(simulate("talks_2021", 1)),))
    for kind, about in KINDS.items():
        if hinders(kind, request):
            assert kind in ("convergence", "record") or about.swept
        else:
            assert draw(kind, request).title


def test_the_gallery_shows_every_kind():
    from pathlib import Path

    docs = Path(__file__).resolve().parents[1] / "docs"
    page = (docs / "gallery.md").read_text("utf-8")
    for kind, about in KINDS.items():
        assert f"--kind {kind}" in page
        assert f"{about.about[0].upper()}{about.about[1:]}" in page
    pictures = list((docs / "gallery").glob("*.png"))
    assert len(pictures) >= len(KINDS)
    for path in pictures:
        assert f"gallery/{path.name}" in page

"""Figures of every kind: no text overlaps or leaves the canvas, bytes repeat, data is tidy."""

import csv

import numpy as np
import pytest

from legibility import assert_legible
from redline import figures
from redline.errors import InputError
from redline.experiment import run_into, sweep
from redline.figures import (
    KINDS,
    Request,
    arms_of,
    base_point,
    draw,
    hinders,
    point_subject,
    subject_of,
    write_figure,
)
from redline.scenario_file import load, vary
from redline.sensitivity import explored
from redline.simulation import simulate

COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "standoff_2019_2021"
    return run_into(folder, load("standoff_2019_2021"), 400)


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
    ("style", "size"),
    [("paper", "page"), ("paper", "column"), ("slides", "slide"), ("dark", "page")],
)
@pytest.mark.parametrize("case", CASES)
def test_no_text_leaves_the_figure_or_overlaps_another(requests, case, style, size):
    kind, request = requests[case]
    drawn = draw(kind, request, style, size)
    assert_legible(drawn)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.parametrize("case", ["overview", "strips", "phase, twin", "survival of arms"])
def test_the_same_results_give_the_same_bytes(requests, tmp_path, case, suffix):
    kind, request = requests[case]
    paths = [tmp_path / f"{number}.{suffix}" for number in (1, 2)]
    for path in paths:
        write_figure(draw(kind, request), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_data_is_written_as_tidy_tables(requests, tmp_path, case):
    kind, request = requests[case]
    drawn = draw(kind, request)
    paths = write_figure(drawn, tmp_path / "figure.svg", data=True)
    assert paths[0].read_text("utf-8").startswith("<?xml")
    assert len(paths) == 1 + len(drawn.tables) > 1
    for path, table in zip(paths[1:], drawn.tables.values(), strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == list(table)
        assert len(rows) == len(next(iter(table.values())))


@pytest.mark.parametrize("case", CASES)
def test_every_caption_says_what_the_figure_rests_on(requests, case):
    kind, request = requests[case]
    drawn = draw(kind, request)
    assert drawn.title
    for part in ("seed 1", "redline ", "Model output, not a forecast."):
        assert part in drawn.caption
    if kind != "terms":
        weeks = (request.sweep or request.subjects[0]).scenario.weeks
        for part in ("replicate", f"{weeks} weeks"):
            assert part in drawn.caption
    shown = drawn.figure._supxlabel.get_text().replace("\n", " ")
    assert shown == drawn.caption


def test_drawing_a_stored_sweep_takes_its_histories_from_the_manifest(swept, monkeypatch):
    taken = []
    original = figures.original_histories

    def spy(results, scenario, seed, numbers, moves):
        taken.append((scenario.united_states.commitment, seed, list(numbers)))
        return original(results, scenario, seed, numbers, moves)

    monkeypatch.setattr(figures, "original_histories", spy)
    request = Request((point_subject(swept, 0),), swept, replicate=7)
    draw("ladder", request)
    assert taken == [(0.0, 1, [7])]


def test_in_memory_results_are_drawn_as_stored_ones(run):
    fresh = Request((subject_of(simulate("standoff_2019_2021", 400)),))
    stored = Request((subject_of(run),))
    for kind in ("rungs", "outcomes", "ladder"):
        assert draw(kind, fresh).caption == draw(kind, stored).caption
        for name, table in draw(kind, stored).tables.items():
            again = draw(kind, fresh).tables[name]
            assert all(np.array_equal(again[column], table[column]) for column in table)


def test_arms_are_points_along_an_address(swept):
    arms = arms_of(swept, REVENUE)
    assert [arm.label for arm in arms] == [
        f"revenue_exposure {value:g}" for value in (0, 0.6, 1.2, 2.2, 4.4)
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


def test_a_curve_holds_other_addresses_at_the_base(swept):
    point = Request((point_subject(swept, base_point(swept)),), swept)
    drawn = draw("curve", point)
    data = drawn.tables["curve"]
    assert data["points"].tolist() == [1] * 9
    assert f"At {REVENUE} = 2.2." in drawn.caption
    shares = [(arm.results.column("class") == 3).mean() for arm in arms_of(swept, COMMITMENT)]
    assert data["mean"][::2] == pytest.approx(shares)


def test_a_design_that_is_no_grid_is_drawn_point_by_point(tmp_path):
    span = {"from": 0.0, "to": 1.0}
    table = {"design": "lhs", "points": 12, COMMITMENT: span, REVENUE: span}
    done = sweep(tmp_path / "s", vary("baseline", weeks=8, sweep=table), 5)
    request = Request((point_subject(done, base_point(done)),), done)
    drawn = draw("curve", request)
    assert len(drawn.tables["curve"]["mean"]) == 12
    assert "12 points of a design" in drawn.title
    assert "no grid" in drawn.caption
    assert len(arms_of(done)) == 1


def test_arms_that_differ_in_more_than_their_scenario_say_so(run):
    other = subject_of(simulate(vary("baseline", weeks=30), 50, seed=7))
    drawn = draw("survival", Request((subject_of(run), other)))
    for words in ("400 replicates of up to 112 weeks, seed 1", "50 replicates of up to 30 weeks"):
        assert words in drawn.caption
    assert "Arms under different seeds." in drawn.caption


def test_what_never_came_is_one_message(tmp_path):
    calm = vary("baseline", {"militias.tempo": 0}, weeks=4, sweep={COMMITMENT: [0.0, 1.0]})
    done = sweep(tmp_path / "s", calm, 5)
    request = Request((point_subject(done, 0),), done, measure="confrontation_week")
    with pytest.raises(InputError, match="never came"):
        draw("curve", request)
    never = draw("distribution", Request(request.subjects, measure="confrontation_week"))
    assert "never came" in never.title


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
    for path in (docs / "gallery").glob("*.png"):
        assert f"gallery/{path.name}" in page

"""Sensitivity: indices known in closed form, chance told apart, the sweep behind them."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import redline
from redline.case import load_scenario, vary
from redline.case.design import points_of, rows_per_point, unit_points
from redline.exploration import influence
from redline.exploration.analysis import Analysis, Sensitivity, tornado_finding
from redline.exploration.influence import (
    analyse,
    explored,
    morris_indices_of,
    priors,
    sobol_indices_of,
    sobol_intervals,
)
from redline.exploration.sensitivities import analysed, sensitivity
from redline.figures.kinds.tornado import draw_sensitivity
from redline.results.intervals import Interval, linearised
from redline.results.pooling.summaries import PointSummary, check_finite, summarised
from redline.results.storage.running import sweep_into as sweep
from redline.support.errors import InputError
from redline.theory.parameters import GROUPS
from redline.theory.parameters import table as described

REVIEW, TEMPO = "iran.review", "militias.tempo"


def ishigami(unit):
    """Ishigami & Homma (1990), a = 7, b = 0.1."""
    x = -np.pi + 2 * np.pi * unit
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def sobol_g(unit):
    """Sobol's g-function (Saltelli & Sobol' 1995)."""
    return np.prod((np.abs(4 * unit - 2) + G) / (1 + G), axis=1)


def blocks_of(function, dimensions, count, seed=1):
    unit = unit_points("saltelli", dimensions, count, seed)
    return function(unit).reshape(dimensions + 2, count)


def test_ishigami_s_indices():
    first, total = sobol_indices_of(blocks_of(ishigami, 3, 4096))
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.015)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)


def test_sobol_s_g_function():
    first, total = sobol_indices_of(blocks_of(sobol_g, 6, 4096))
    parts = 1 / 3 / (1 + G) ** 2
    whole = np.prod(1 + parts) - 1
    assert first == pytest.approx(parts / whole, abs=0.01)
    rest = np.array([np.prod(1 + np.delete(parts, i)) for i in range(6)])
    assert total == pytest.approx(parts * rest / whole, abs=0.015)


def test_intervals_hold_the_truth_and_repeat():
    blocks = blocks_of(ishigami, 3, 256)
    first, total = sobol_intervals(blocks, 1)
    for found, truth in ((first, [0.3139, 0.4424, 0.0]), (total, [0.5576, 0.4424, 0.2437])):
        for index, value in zip(found, truth, strict=True):
            assert index.low <= index.value <= index.high
            assert index.low - 0.02 <= value <= index.high + 0.02
    assert sobol_intervals(blocks, 1) == (first, total)


def test_what_nothing_moves_has_no_indices():
    first, total = sobol_indices_of(np.full((5, 64), 0.25))
    assert not first.any()
    assert not total.any()


def test_morris_tells_what_matters_and_what_interacts():
    unit = unit_points("morris", 6, 64, 1)
    found = morris_indices_of("abcdef", unit, sobol_g(unit), 1)
    sizes = [one.total.value for one in found]
    assert sizes[:4] == sorted(sizes[:4], reverse=True)
    assert found[0].total.low > found[3].total.high
    line = unit @ np.array([3.0, -1.0, 0, 0, 0, 0])
    a, b, c, *_ = morris_indices_of("abcdef", unit, line, 1)
    assert (a.first.value, b.first.value) == pytest.approx((3, -1))
    assert (a.total.value, b.total.value, c.total.value) == pytest.approx((3, 1, 0))
    assert a.spread == pytest.approx(0, abs=1e-9)


# The design


@pytest.mark.parametrize("design", ["saltelli", "morris"])
def test_designs_have_their_rows_within_ranges(design):
    ranges = {REVIEW: {"from": 0.1, "to": 0.4}, TEMPO: {"from": 1.0, "to": 5.0},
              "environment.talks": {"from": 0, "to": 1}}  # fmt: skip
    scenario = vary("baseline", sweep={"design": design, "points": 8, **ranges})
    points = points_of(scenario.sweep, 3)
    assert len(points) == 8 * rows_per_point(design, 3)
    for address, span in ranges.items():
        column = points.columns[address]
        assert span["from"] <= column.min() <= column.max() <= span["to"]
    assert set(points.columns["environment.talks"]) == {0, 1}
    assert points.digest() == points_of(scenario.sweep, 3).digest()
    assert points.digest() != points_of(scenario.sweep, 4).digest()


def test_a_saltelli_design_is_a_b_and_every_mixture():
    unit = unit_points("saltelli", 3, 8, 1).reshape(5, 8, 3)
    a, b = unit[:2]
    for column in range(3):
        mixed = unit[2 + column]
        assert (mixed[:, column] == b[:, column]).all()
        others = [c for c in range(3) if c != column]
        assert (mixed[:, others] == a[:, others]).all()


def test_a_morris_trajectory_moves_one_address_at_a_time():
    unit = unit_points("morris", 4, 3, 1).reshape(3, 5, 4)
    moved = (np.diff(unit, axis=1) != 0).sum(axis=2)
    assert (moved == 1).all()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"design": "saltelli", "points": 12, REVIEW: {"from": 0, "to": 1}}, "a power of two"),
        ({"design": "saltelli", REVIEW: {"from": 0, "to": 1}}, "points is missing"),
        ({"design": "morris", "points": 9_999_999, REVIEW: {"from": 0, "to": 1}}, "at most"),
        ({"design": "saltelli", "points": 8, REVIEW: [0.1, 0.2]}, "takes { from, to }"),
    ],
)
def test_wrong_designs_are_told(table, words):
    with pytest.raises(InputError, match=words):
        vary("baseline", sweep=table)


def test_priors_are_the_plausible_ranges_of_every_parameter():
    every = {f"{g}.{name}": note for g in GROUPS for name, note in described(g).items()}
    assert priors() == {address: note.plausible for address, note in every.items()}
    assert set(priors(["iran."])) == {a for a in every if a.startswith("iran.")}
    with pytest.raises(InputError, match="no parameter begins with irn"):
        priors(["irn"])


# Analysis of a sweep


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    scenario = explored(
        vary("standoff_2019_2021", weeks=30), "saltelli", 16, ["militias.t", "iran.review"]
    )
    return sweep(tmp_path_factory.mktemp("s") / "s", scenario, 30, weekly="none")


def test_summaries_are_the_measures_of_every_point(swept):
    found = summarised(swept, ["attacks_per_week", "confrontation", "strikes_per_attack"])
    for point in (0, 7, len(swept.points) - 1):
        at = swept.at(point)
        attacks, weeks = at.column("attacks"), at.column("weeks_lived")
        assert found["attacks_per_week"].mean[point] == pytest.approx(attacks.sum() / weeks.sum())
        residual = attacks - attacks.sum() / weeks.sum() * weeks
        chance = residual.var(ddof=1) / weeks.mean() ** 2
        assert found["attacks_per_week"].chance[point] == pytest.approx(chance, rel=1e-12)
        errors = linearised(attacks, weeks)[1]
        assert errors.var(ddof=1) == pytest.approx(chance, rel=1e-12)


def test_the_tempo_carries_the_attacks(swept):
    (found,) = analyse(swept, ["attacks_per_week"])
    assert found.method == "sobol"
    assert found.points == 16
    assert found.sensitivities[0].address == TEMPO
    assert found.sensitivities[0].total.value > 0.5
    assert found.variance > 0
    assert 0 < found.of_parameters < 1
    assert list(found.convergence) == [2, 4, 8, 16]
    totals = [one.total.value for one in found.sensitivities]
    assert found.convergence[16] == pytest.approx(totals)


def test_what_is_set_is_not_moved():
    kept = explored(load_scenario("baseline"), "saltelli", 2, ["iran.re"], ["iran.review"])
    assert [axis.address for axis in kept.sweep.axes] == ["iran.revenue_exposure"]


def test_one_parameter_by_itself():
    first, total = sobol_indices_of(blocks_of(lambda unit: unit[:, 0] ** 2, 1, 256))
    assert first == pytest.approx([1], abs=0.05)
    assert total == pytest.approx([1], abs=0.05)


def test_chance_is_told_apart_from_parameters():
    # Of a pure coin no parameter moves, all variance is chance.
    analysis = Analysis("m", "sobol", 8, 50, (), 0.5, 0.0, 0.25, {})
    assert analysis.of_parameters == 0
    assert Analysis("m", "sobol", 8, 50, (), 0.5, 0.0, 0.0, {}).of_parameters is None


def test_a_measure_without_a_value_somewhere_is_refused(swept):
    lacking = PointSummary(np.array([1.0, np.nan]), np.zeros(2))
    with pytest.raises(InputError, match="no value at 1 of 2 points"):
        check_finite("strikes_per_attack", lacking)


def test_other_designs_are_refused(tmp_path):
    done = sweep(tmp_path / "g", "fear_of_war", 2, weekly="none")
    with pytest.raises(InputError, match="holds a grid design"):
        analyse(done)


def test_the_command_is_resumable(cli, tmp_path, monkeypatch):
    options = ("--points", 4, "-n", 10, "--only", "iran.r", "--only", "militias.tempo",
               "--weeks", 20, "--executor", "threads")  # fmt: skip
    monkeypatch.setattr("redline.results.storage.parts.LEAST_DECISIONS", 20_000)
    status, out, err = cli("sensitivity", "standoff_2019_2021", *options, "--json", "-o", "whole")
    assert status == 0, err
    report = json.loads(out)
    assert report["total_points"] == 4 * (3 + 3)
    assert {one["measure"] for one in report["analyses"]} == set(influence.MEASURES)
    whole = report["results_hash"]
    # Interrupted before the second part is stored, then gone on with.
    from redline.results.storage import running

    real = running._check_maker

    def once(made):
        real(made)
        monkeypatch.setattr(running, "_check_maker", stop)

    def stop(made):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_check_maker", once)
    status, _, err = cli("sensitivity", "standoff_2019_2021", *options, "-o", "cut")
    assert status == 130
    assert "to continue: redline sensitivity --resume cut" in err
    monkeypatch.setattr(running, "_check_maker", real)
    status, out, err = cli("sensitivity", "--resume", "cut", "--json", "--executor", "threads")
    assert status == 0, err
    cut = json.loads(out)
    assert cut["analyses"] == report["analyses"]
    assert cut["results_hash"] == whole
    monkeypatch.setattr(
        "redline.results.storage.parts.LEAST_DECISIONS", 1000
    )  # cut into other parts
    status, out, err = cli("sensitivity", "standoff_2019_2021", *options, "--json", "-o", "many")
    assert status == 0, err
    many = json.loads(out)
    assert many["analyses"] == report["analyses"]
    assert many["results_hash"] != whole
    status, out, _ = cli("sensitivity", "--resume", "whole", "--measure", "attacks_per_week")
    assert status == 0
    assert "redline plot whole --kind tornado" in out
    status, out, err = cli(
        "plot", "whole", "--kind", "tornado", "--measure", "attacks_per_week", "-o", "t.png"
    )
    assert status == 0, err
    assert "Not resolved at this size (4 base points × ten replicates)" in out


def test_an_analysis_is_printed_and_goes_on_as_a_table_and_as_json(tmp_path):
    scenario = vary("talks_2021", weeks=4, sweep={"iran.review": [0.1, 0.2]})
    options = {"executor": "threads", "points": 4, "replicates": 4, "only": ["iran.r"]}
    measures, heard = ["attacks", "confrontation"], []
    found = sensitivity(
        scenario, measures, fixed=["iran.review"], to=tmp_path / "s", notice=heard.append, **options
    )
    assert heard == ["the scenario's own sweep is ignored"]
    assert [one.measure for one in found] == measures
    assert found[0] is found.analyses[0]
    assert "iran.review" not in found.sweep.points.addresses
    frame = found.to_pandas()
    assert list(frame) == [
        "measure", "address", "first", "first_low", "first_high",
        "total", "total_low", "total_high", "resolved",
    ]  # fmt: skip
    assert len(frame) == 2 * len(found.sweep.points.addresses)
    told = found._repr_html_()
    assert f"in {tmp_path / 's'}; plot() draws them" in told
    assert all(one.note in told for one in found)
    assert draw_sensitivity(found, measure="confrontation").title == found[1].finding
    with pytest.raises(InputError, match="attack is not among attacks, confrontation"):
        draw_sensitivity(found, measure="attack")
    again = sensitivity(measures=measures, to=tmp_path / "s", executor="threads")
    assert again.to_json() == found.to_json()
    assert repr(again) == f"SensitivityAnalysis(talks_2021: {', '.join(measures)}; in {tmp_path}/s)"
    for wrong in ({}, {"to": tmp_path / "s", "seed": 2}):
        with pytest.raises(InputError, match="give a scenario, or to=FOLDER alone"):
            sensitivity(**wrong)
    with pytest.raises(InputError, match="no method sobel"):
        sensitivity("talks_2021", method="sobel")
    with pytest.raises(InputError, match=r"to retry them: redline.sensitivity\(to='s'\)"):
        analysed(SimpleNamespace(complete=False), measures, Path("s"))


def test_morris_goes_on_as_a_table():
    found = analysis_of(CLEAR, SMALL, method="morris")
    assert list(found.rows()[0]) == [
        "measure", "address", "mu", "mu_star", "mu_star_low", "mu_star_high", "sigma", "resolved",
    ]  # fmt: skip


def test_morris_by_the_command(cli):
    status, out, err = cli(
        "sensitivity", "standoff_2019_2021", "--method", "morris", "--points", 4, "-n", 10,
        "--only", "militias", "--weeks", 20, "--measure", "attacks_per_week",
        "--executor", "threads", "--json",
    )  # fmt: skip
    assert status == 0, err
    (found,) = json.loads(out)["analyses"]
    assert found["method"] == "morris"
    assert found["indices"][0]["spread"] is not None
    assert found["resolved"][0] == found["indices"][0]["address"] == TEMPO
    assert found["indices"][-1]["address"] not in found["resolved"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give a scenario"),
        (("baseline", "--resume", "x"), "give a scenario"),
        (("baseline", "--points", 12), "a power of two"),
        (("baseline", "--only", "nothing"), "no parameter begins with nothing"),
        (("baseline", "--measure", "attack"), "no measure attack"),
        (("--resume", "nowhere"), "holds no sweep"),
        (("--resume", "x", "--points", 4), "leave out the other options"),
        (("--resume", "x", "--method", "sobol"), "leave out the other options"),
        (("baseline", "--only", "iran.review", "--set", "iran.review=0.2"), "nothing is swept"),
    ],
)
def test_wrong_options_are_told(cli, arguments, words):
    status, out, err = cli("sensitivity", *arguments)
    assert status == 2
    assert words in err
    assert not out


def test_without_salib_it_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(InputError, match=r"redline\[sensitivity\]"):
        unit_points("morris", 2, 4, 1)
    with pytest.raises(InputError, match=r"redline\[sensitivity\]"):
        morris_indices_of("ab", np.zeros((3, 2)), np.zeros(3), 1)


def test_the_default_scenario_can_be_explored():
    parameters = [name for group in GROUPS for name in described(group)]
    points = points_of(explored(load_scenario("baseline"), "saltelli", 2).sweep, 1)
    assert len(points) == 2 * (len(parameters) + 2)


# What intervals say


def analysis_of(*totals, method="sobol"):
    """Return an analysis of addresses a, b, … with these total indices and intervals."""
    ones = tuple(
        Sensitivity(name, Interval(0.0, None, None), Interval(*total))
        for name, total in zip("abcdefgh", totals, strict=False)
    )
    return Analysis("attacks", method, 8, 20, ones, 1.0, 1.0, 1.0, {8: (1.0,) * len(ones)})


CLEAR, SMALL, WIDE = (0.6, 0.5, 0.7), (0.1, 0.05, 0.15), (0.6, 0.02, 1.4)


@pytest.mark.parametrize(
    ("totals", "names"),
    [
        ([CLEAR, SMALL, SMALL, SMALL], ["a"]),
        ([CLEAR, CLEAR, SMALL, SMALL], ["a", "b"]),  # above half of the others, beside the other
        ([CLEAR, CLEAR, CLEAR, SMALL], []),  # above a third of the others alone
        ([WIDE, SMALL, SMALL, SMALL], []),  # overlaps all of them
        ([(0.6, 0.0, 0.9), (0.0, 0.0, 0.0)], []),  # overlaps zero
        ([SMALL] * 5, []),  # all alike
        ([CLEAR], ["a"]),  # nothing beside it
        ([(0.6, None, None), SMALL], []),
    ],
)
def test_what_stands_apart_is_resolved(totals, names):
    for method in ("sobol", "morris"):
        found = analysis_of(*totals, method=method)
        assert found.resolved == names
        title = tornado_finding(found, "attacks")
        if names:
            assert title.startswith(names[0])
            assert " most for the attacks" in title
        else:
            assert title.startswith("Not resolved at this size (8 ")
            assert "most" not in title
        assert f"{len(names)} of {len(totals)} lie above zero" in found.note


@pytest.mark.parametrize("method", ["sobol", "morris"])
@pytest.mark.parametrize(
    ("totals", "told"),
    [
        ([(0.6, -0.1, 1.3), (0.3, 0.25, 0.35)], "b stands out for the attacks; a is not resolved"),
        ([(0.3, 0.25, 0.35), (0.2, 0.0, 0.31)], "a stands out for the attacks; b is not resolved"),
        (
            [(0.9, -1, 2), (0.6, -0.1, 1.3), (0.3, 0.25, 0.35), SMALL],
            "c stands out for the attacks; a and one more are not resolved",
        ),
        (
            [(0.6, -0.1, 1.3), (0.3, 0.25, 0.35), (0.3, 0.25, 0.35), SMALL],
            "b and c stand out for the attacks; a is not resolved",
        ),
        ([(0.3, 0.25, 0.35), (0.2, 0.0, 0.3)], "a matters most for the attacks"),
    ],
)
def test_nothing_matters_most_while_another_may_matter_more(totals, told, method):
    found = analysis_of(*totals, SMALL, SMALL, method=method)
    assert tornado_finding(found, "attacks") == told


def test_at_most_three_are_named_and_nothing_that_never_came_is_nothing_found():
    many = analysis_of(CLEAR, CLEAR, CLEAR, CLEAR, *[SMALL] * 4)
    told = "a, b, c and one more stand out for the attacks"  # the fourth is no smaller
    assert tornado_finding(many, "attacks") == told
    falling = analysis_of(CLEAR, CLEAR, CLEAR, (0.3, 0.2, 0.4), *[SMALL] * 4)
    assert tornado_finding(falling, "attacks") == "a, b and c matter most for the attacks"
    never = analysis_of(*[(0.0, 0.0, 0.0)] * 3)
    assert "is the same at all points" in tornado_finding(never, "share of wars")
    assert tornado_finding(never, "share of wars").startswith("Not resolved")


def test_a_name_by_itself_is_no_sequence_of_letters(tmp_path):
    options = {"points": 8, "replicates": 20, "executor": "threads", "notice": None}
    found = redline.sensitivity(
        "talks_2021", "confrontation", only="iran", fixed="iran.review", to=tmp_path, **options
    )
    assert [one.measure for one in found] == ["confrontation"]
    addresses = found.sweep.points.addresses
    assert "iran.review" not in addresses
    assert all(name.startswith("iran") for name in addresses)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"measures": []}, "name a measure at least"),
        ({"fixed": ["iran.reveiw"]}, "iran.reveiw: no such address; nearest valid name"),
    ],
)
def test_what_names_nothing_is_refused(given, told):
    with pytest.raises(InputError, match=told):
        redline.sensitivity("talks_2021", **given)

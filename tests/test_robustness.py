"""Robustness: at the default point the claims' own verdicts; maps that survive a kill."""

import json
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

import redline
from legibility import assert_legible
from redline.argument.experiment_file import load_experiment
from redline.argument.ledger import run_experiment
from redline.case.design import Points
from redline.exploration.claims_over_space import (
    FOLDER,
    Robustness,
    Tried,
    plausible_points,
    robustness,
    tried_at,
)
from redline.exploration.influence import priors
from redline.exploration.trials import Trial, matches_record, try_point
from redline.figures.kinds.robustness import draw_robustness, plot_standings, standings_data
from redline.figures.style import styled
from redline.results.storage.store import OtherResultsError
from redline.support.errors import InputError

CLAIMS = ("c2_measured", "c5_leverage", "c8_tools")


def test_at_the_default_point_it_agrees_with_claims():
    names = (*CLAIMS, "c1_provocation", "c9_american_unwillingness")
    tried = tried_at(0, try_point(Trial(0, {}, 100, 1, names)))
    for name in names:
        for row in run_experiment(load_experiment(name), 100, 1):
            assert tried.verdicts[row.claim] == row.verdict
            assert tried.holds[row.claim] == row.holds
    assert tried.matches is True


def test_a_point_is_laid_below_the_arms_own_changes():
    # C8's loose arm sets loyalty itself; elsewhere the point's value holds.
    loyal = load_experiment("C8", {"militias.loyalty": 0.7, "militias.tempo": 2.0})
    assert {arm.militias.loyalty for arm in loyal.arms.values()} == {1.0, 0.3}
    assert {arm.militias.tempo for arm in loyal.arms.values()} == {2.0}


def test_a_world_unlike_the_record_does_not_match_it():
    assert not matches_record(Trial(0, {"militias.tempo": 0.2}, 200, 1, ()))
    assert not matches_record(
        Trial(0, {"united_states.audience_cost": 8.0, "militias.zeal": 2.0}, 200, 1, ())
    )
    warlike = {"united_states.commitment": 0.0, "united_states.pressure_memory": 0.99}
    assert not matches_record(Trial(0, {**warlike, "militias.zeal": 1.0}, 200, 1, ()))


@pytest.mark.parametrize(("replicates", "matches"), [(40, True), (41, False)])
def test_a_point_at_which_hardly_a_replicate_lives_matches_nothing(
    monkeypatch, replicates, matches
):
    found = SimpleNamespace(war=np.arange(replicates) > 0)  # one is without war: 2.5 % of forty
    module = sys.modules["redline.exploration.trials"]
    monkeypatch.setattr(module, "weekly", lambda *_, **__: found)
    for name in ("attacks", "response_ratio"):
        monkeypatch.setattr(module, name, lambda _: [])
    assert matches_record(Trial(0, {}, replicates, 1, ())) is matches


def test_points_fill_every_plausible_range():
    points = plausible_points(64, 1)
    assert set(points.addresses) == set(priors())
    for address, (low, high) in priors().items():
        column = points.columns[address]
        assert low <= column.min() <= column.max() <= high
        if low < high and column.dtype.kind == "f":
            quarter = np.histogram(column, bins=4, range=(low, high))[0]
            assert quarter.min() >= 14


def test_what_is_made_is_kept_and_taken_up_again(tmp_path):
    options = {"claims": CLAIMS[:2], "only": ["militias.t"], "executor": "threads"}
    whole = robustness(4, 40, to=tmp_path / "whole", **options)
    assert [one.number for one in whole.tried] == [0, 1, 2, 3]
    cut = tmp_path / "cut"
    shutil.copytree(tmp_path / "whole", cut)
    parts = sorted((cut / FOLDER / "parts").iterdir())
    parts[1].unlink()
    parts[3].write_bytes(b"torn")
    made = []
    again = robustness(4, 40, to=cut, progress=made.append, **options)
    assert again.tried == whole.tried
    assert made == [3, 4]
    made.clear()
    assert robustness(4, 40, to=cut, progress=made.append, **options).tried == whole.tried
    assert not made
    for given, words in (
        ((4, 50), "replicates: 40 there, 50 here"),
        ((4, 40, 2), "seed: 1 there, 2 here\n  the values at its points differ"),
    ):
        with pytest.raises(OtherResultsError, match=words):
            robustness(*given, to=cut, **options)
    with pytest.raises(InputError, match="the experiments, or the scenarios of their arms, differ"):
        robustness(4, 40, to=cut, **{**options, "claims": CLAIMS[:1]})


def test_a_map_of_an_earlier_version_is_refused(tmp_path):
    (tmp_path / "robustness.jsonl").write_text('{"plan": "x"}\n')
    with pytest.raises(InputError, match="of an earlier version, which cannot"):
        robustness(2, 10, to=tmp_path, claims=CLAIMS[:1], executor="threads")


def test_the_plan_knows_what_an_experiment_is_made_of(tmp_path):
    scenario, experiment = tmp_path / "s.toml", tmp_path / "x.toml"
    scenario.write_text('title = "t"\nextends = "talks_2021"\nweeks = 10\n')
    experiment.write_text(
        'claim = "X1"\nquestion = "?"\nparagraphs = [1]\n[arms.one]\n'
        f'scenario = "{scenario}"\n'
        '[[test]]\nsays = "s"\n[[test.condition]]\nkind = "level"\narms = ["one"]\n'
        'measure = "attacks"\nat_least = 1\nreason = "r"\n'
    )
    options = {"claims": [str(experiment)], "only": ["militias.t"], "executor": "threads"}
    robustness(2, 10, to=tmp_path / "r", **options)
    scenario.write_text('title = "t"\nextends = "talks_2021"\nweeks = 20\n')
    with pytest.raises(InputError, match="the experiments, or the scenarios of their arms, differ"):
        robustness(2, 10, to=tmp_path / "r", **options)
    same = {**options, "claims": ["C5"]}
    robustness(2, 10, to=tmp_path / "c", **same)
    assert robustness(2, 10, to=tmp_path / "c", **{**same, "claims": ["c5_leverage"]}).tried


def made_up(n=200, fails_above=0.7):
    rng = np.random.default_rng(1)
    columns = {"iran.review": rng.uniform(size=n), "militias.tempo": rng.uniform(size=n)}
    tried = tuple(
        Tried(
            i,
            {"C1": "supported" if columns["iran.review"][i] < fails_above else "not supported",
             "C2": "undecided"},
            {"C1": bool(columns["iran.review"][i] < fails_above), "C2": None},
            bool(columns["militias.tempo"][i] < 0.5),
        )
        for i in range(n)
    )  # fmt: skip
    return Robustness(Points(n, columns), tried, 100, 1)


def test_shares_and_the_parameter_that_tells_where_a_claim_fails():
    found = made_up()
    first, second = found.standings
    expected = np.mean([one.holds["C1"] for one in found.tried])
    assert first.holds.value == pytest.approx(expected)
    assert first.holds.low < expected < first.holds.high
    assert first.matching.points == found.matching
    assert first.leading.address == "iran.review"
    assert first.leading.auc == 1
    assert first.leading.p < 1e-10
    values = found.points.columns["iran.review"]
    fails = np.array([not one.holds["C1"] for one in found.tried])
    one_test = mannwhitneyu(values[fails], values[~fails]).pvalue
    assert first.leading.p == pytest.approx(2 * one_test, rel=1e-9, abs=0)  # of two parameters
    assert str(first.leading) == "weekly chance of a new directive is high"
    assert second.holds is second.matching is second.leading is None
    assert (second.everywhere.value, second.decided) == (0, 0)
    assert first.decided == 1
    assert second.verdicts == {"supported": 0, "undecided": 200, "not supported": 0}
    json.dumps(found.to_dict(), allow_nan=False)


def test_too_few_failures_name_no_parameter():
    assert made_up(fails_above=0.99).standings[0].leading is None


def test_the_bar_of_a_test_that_is_rarely_decided_is_hatched():
    ax = Figure().subplots()
    with styled():
        plot_standings(standings_data(made_up()), ax, "")
    assert [bar.get_hatch() for bar in ax.patches] == [None, "////"]  # C2 is never decided


def test_a_map_is_printed_and_goes_on_as_a_table():
    found = made_up()
    frame = found.to_pandas()
    assert list(frame["claim"]) == ["C1", "C2"]
    assert {"holds", "everywhere_low", "matching_high", "not_supported", "leading"} <= set(frame)
    assert frame["leading"][0] == "iran.review"
    assert frame["holds"].isna().to_list() == [False, True]
    assert found.finding == (
        "1 of 2 tests hold in most of plausible parameter space, 0 in less than half; one test "
        "undecided at most points"
    )
    told = found._repr_html_()
    assert found.finding in told
    assert " is high (AUC 1.00" in told
    assert repr(found) == "Robustness(2 tests, 200 points, 100 replicates, seed 1)"


def test_the_folder_may_come_first_as_it_did(tmp_path):
    options = {"claims": CLAIMS[:1], "only": ["militias.t"], "executor": "threads"}
    with pytest.warns(DeprecationWarning, match=r"robustness\(…, to=FOLDER\)"):
        old = robustness(str(tmp_path / "r"), 2, 10, **options)
    assert robustness(2, 10, to=tmp_path / "r", **options).tried == old.tried


@pytest.mark.parametrize("style", ["paper", "dark"])
def test_the_figure_can_be_read(style):
    assert_legible(draw_robustness(made_up(), style))


def test_the_command(cli, tmp_path):
    options = (
        "--points",
        3,
        "-n",
        30,
        "--claim",
        "C5",
        "--only",
        "iran.r",
        "--executor",
        "threads",
    )
    status, out, err = cli("robustness", *options, "--json", "-o", "r")
    assert status == 0, err
    report = json.loads(out)
    assert report["points"] == 3
    assert [one["claim"] for one in report["claims"]] == ["C5"]
    assert (tmp_path / "r" / "robustness.png").exists()
    found = robustness(3, 30, claims=["C5"], only=["iran.r"], executor="threads", to="r")
    assert json.loads(found.to_json()) == report
    status, out, _ = cli("robustness", *options, "-o", "r")
    assert status == 0
    assert "C5" in out
    assert cli("robustness", "--claim", "C99")[0] == 2
    assert cli("robustness", "--only", "nothing")[0] == 2
    (tmp_path / "file").write_text("")
    assert cli("robustness", *options, "-o", "file")[0] == 2


def test_what_was_the_folder_is_not_named_twice():
    with (
        pytest.warns(DeprecationWarning, match="the old form goes"),
        pytest.raises(redline.InputError, match="the folder is named twice"),
    ):
        redline.robustness("folder", to="another")


def test_a_claim_by_itself_is_no_sequence_of_letters():
    with pytest.raises(redline.InputError, match="C55: no experiment of that name"):
        redline.robustness(claims="C55")

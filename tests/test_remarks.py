"""Where replicates are too few it is said, and nowhere else."""

import json

import numpy as np
import pytest

from redline.argument.comparison.beside import _class_remarks
from redline.argument.comparison.compared import compare
from redline.case import load_scenario, vary
from redline.results.intervals import replicates_for, wilson
from redline.results.remarks import (
    FEW,
    difference_remark,
    run_remarks,
    share_remark,
    undecided,
    war_remark,
)
from redline.results.simulation import simulate

STANDOFF = "standoff_2019_2021"


def test_a_rare_share_is_remarked_with_what_would_halve_it():
    text = share_remark("confrontation", 5, 1000)
    assert text == (
        "confrontation occurred in 5 of 1,000 replicates: its share, 0.50 %, may lie anywhere "
        "from 0.21 to 1.17 %; "
        "about 3,600 replicates would halve the interval"
    )
    low, high = wilson(5, 1000)[1:]
    more = wilson(18, 3600)
    assert more[2] - more[1] <= (high - low) / 2


def test_none_seen_is_not_none():
    assert share_remark("confrontation", 0, 200) == (
        "confrontation occurred in none of 200 replicates: its share may still be up to 1.88 %; "
        "about 410 replicates would halve the interval"
    )
    assert share_remark("confrontation", 0, 10_000) is None  # at most 0.04 %


@pytest.mark.parametrize("count", [FEW, 11, 200, 999])
def test_shares_that_are_fine_are_left_alone(count):
    assert share_remark("crisis", count, 1000) is None


def test_where_no_more_replicates_exist_none_are_advised():
    assert share_remark("crisis", 1, 4_000_000_000).endswith("%")


@pytest.mark.parametrize("share", [0.0, 0.005, 0.5, 1.0])
@pytest.mark.parametrize("width", [0.9, 0.05, 0.001])
def test_replicates_for_a_width_are_the_least(share, width):
    from redline.results.intervals import wilson_bounds

    n = replicates_for(share, width)
    low, high = wilson_bounds(share, n)
    assert high - low <= width
    if n > 1:
        low, high = wilson_bounds(share, n - 1)
        assert high - low > width


def test_a_run_says_which_classes_are_rare():
    some = simulate(STANDOFF, 200)
    remarks = run_remarks(some.summary(), 200)
    wars = int((some.column("class") == 3).sum())
    assert wars < FEW
    assert any(text.startswith("confrontation occurred in") for text in remarks)
    assert not any(text.startswith(("crisis", "quiet")) for text in remarks)


def test_a_run_in_which_nothing_is_rare_has_no_remarks():
    often = simulate(vary("talks_2021", {"united_states.commitment": 0.2}), 400)
    assert run_remarks(often.summary(), 400) == []


def test_a_count_that_hardly_ever_comes_is_remarked():
    summary = simulate(vary("baseline", weeks=2), 40).summary()
    summary["assaults"] |= {"total": 3, "mean": 0.075, "low": 0.02, "high": 0.25}
    (text,) = [text for text in run_remarks(summary, 40) if text.startswith("assaults")]
    assert text == (
        "assaults on the embassy: 3 in 40 replicates; their mean, 0.075, may lie anywhere from "
        "0.02 to 0.25; "
        "about 160 replicates would halve the interval"
    )


def test_only_wars_in_one_world_alone_tell_the_worlds_apart():
    classes = np.diag([0, 100, 50, 40])  # forty replicates have war in both
    classes[2, 3], classes[3, 1] = 3, 2
    change, war = _class_remarks(classes, 195)
    assert change.startswith("a change of class occurred in 5 of 195 replicates")
    assert war.startswith("confrontation occurred in one scenario only in 5 of 195 replicates")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ((10.0, 10.4, 0.4, -1.0, 1.8), True),  # a tenth of it would go unseen
        ((10.0, 10.0, 0.02, -0.3, 0.34), False),  # no difference of note, and that is known
        ((10.0, 10.1, 0.1, -0.9, 0.9), False),  # reaches no further than a tenth
        ((10.0, 12.0, 2.0, 0.5, 3.5), False),  # told apart
        ((0.0, 0.0, 0.0, 0.0, 0.0), False),
        ((1.0, 2.0, 1.0, None, None), False),
        ((-50.0, -49.0, 1.0, -9.0, 11.0), True),
    ],
)
def test_an_undecided_difference(row, found):
    assert undecided(*row) is found


def test_many_names_are_cut_short():
    text = difference_remark([f"m{n}" for n in range(9)], 50)
    assert text == (
        "m0, m1, m2, m3, m4, m5 and 3 more: 50 replicates are too few to tell the sign of the "
        "difference; about 200 replicates would halve the interval"
    )
    assert difference_remark([], 50) is None


def test_only_wars_in_one_world_tell_two_apart():
    assert war_remark(3, 200, 1000).startswith(
        "confrontation occurred in one scenario only in 3 of"
    )
    assert war_remark(40, 60, 1000) is None
    assert war_remark(0, 30, 1000) is None
    assert "none of 100" in war_remark(0, 0, 100)


def test_a_comparison_says_what_it_cannot_tell():
    near = compare(STANDOFF, vary(STANDOFF, {"united_states.commitment": 0.7}), replicates=200)
    remarks = near.to_dict()["remarks"]
    assert any("change of class" in text or "confrontation" in text for text in remarks)
    assert compare(STANDOFF, STANDOFF, replicates=50).remarks() == []
    far = compare(STANDOFF, vary("cheap_war", weeks=112), replicates=400)
    assert far.remarks(["attacks", "strikes"]) == []
    assert np.array_equal(far.classes.sum(), 400)


def test_remarks_are_on_stderr_or_in_the_json(cli, tmp_path):
    code, out, err = cli("run", STANDOFF, "-n", "60", "-o", tmp_path / "r")
    assert code == 0
    assert "redline: confrontation occurred in" in err
    assert "occurred in" not in out
    code, out, err = cli("run", STANDOFF, "-n", "60", "--json")
    assert (code, err) == (0, "")
    summary = simulate(load_scenario(STANDOFF), 60).summary()
    assert json.loads(out)["remarks"] == run_remarks(summary, 60)
    code, out, err = cli("compare", STANDOFF, "--set", "iran.review=0.3", "-n", "50")
    assert code == 0
    assert all(line.startswith("redline: ") for line in err.splitlines())
    assert "of 50 replicates" in err

"""As many replicates as a share takes: when it stops, at what bound, and how sure it is then."""

import json
from pathlib import Path

import numpy as np
import pytest

from redline.case.scenario_file import load_scenario
from redline.results import precision
from redline.results.intervals import wilson, wilson_bounds
from redline.results.precision import next_look, until_width
from redline.results.simulation import simulate
from redline.results.storage.store import read_manifest
from redline.support import machine
from redline.support.errors import InputError

STANDOFF = "standoff_2019_2021"


def test_it_goes_on_until_the_interval_is_narrow():
    said = []
    found = until_width(STANDOFF, 0.05, "crisis", start=50, notice=said.append)
    assert found.narrow
    assert 50 < found.replicates < 5000
    assert len(said) == found.looks - 1
    classes = simulate(STANDOFF, found.replicates).column("class")
    assert (found.share, found.low, found.high) == wilson(
        int((classes == 2).sum()), found.replicates
    )
    assert found.sentence().endswith(f"no wider than the 0.05 asked for ({found.looks} looks)")


def test_a_first_look_may_do():
    found = until_width(STANDOFF, 0.9, start=100)
    assert (found.replicates, found.looks) == (100, 1)
    assert "(one look)" in found.sentence()


@pytest.mark.parametrize(("start", "most"), [(100, 300), (100, 100), (1000, 70)])
def test_it_stops_at_the_bound_and_says_so(start, most):
    found = until_width(STANDOFF, 0.0001, start=start, most=most)
    assert found.replicates == most
    assert not found.narrow
    assert found.sentence().endswith(f"stopped at the limit, {most} replicates")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"width": 0.0}, "width must be between 0 and 1"),
        ({"width": float("nan")}, "width must be between 0 and 1"),
        ({"width": 2}, "width must be between 0 and 1"),
        ({"of": "crises"}, "no class crises; nearest valid name: crisis"),
        ({"start": 0}, "start must be in 1"),
        ({"most": 1 << 33}, "most must be in 1"),
    ],
)
def test_what_cannot_be_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        until_width(STANDOFF, **{"width": 0.1, **given})


@pytest.mark.parametrize(("share", "width"), [(0.005, 0.0025), (0.1, 0.02), (0.002, 0.002)])
def test_looking_again_costs_little_of_the_confidence(share, width):
    # 1,500 trials: standard error 0.0056 at 0.95; four of them below it are allowed for.
    rng = np.random.default_rng(23)
    held, looks = 0, 0
    for _ in range(1500):
        n = 1000
        count = rng.binomial(n, share)
        looks += 1
        low, high = wilson_bounds(count / n, n)
        while high - low > width:
            more = next_look(int(count), n, width)
            count += rng.binomial(more - n, share)
            n, looks = more, looks + 1
            low, high = wilson_bounds(count / n, n)
        held += low <= share <= high
    assert held / 1500 >= 0.928
    assert looks / 1500 < 3.5


@pytest.mark.parametrize("count", [0, 1, 500, 999, 1000])
def test_every_look_is_at_more(count):
    assert next_look(count, 1000, 0.9) >= 1250


def test_the_run_is_that_of_as_many_replicates(undrawn, cli, tmp_path):
    code, _, err = cli(
        "run", STANDOFF, "-n", "40", "--until-width", "0.2", "--width-of", "crisis", "-o", "r"
    )
    assert code == 0
    lines = err.splitlines()
    assert all(line.startswith("redline: ") for line in lines)
    assert any("no wider than the 0.2 asked for" in line for line in lines)
    held = read_manifest(tmp_path / "r")
    assert held["replicates"] > 40
    assert cli("run", STANDOFF, "-n", held["replicates"], "-o", "s")[0] == 0
    assert read_manifest(tmp_path / "s")["results_hash"] == held["results_hash"]


WIDTH = ("--until-width", "0.2", "--width-of", "crisis")


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        (("--seed", "2"), "seed: 2 there, 1 here"),
        (("--weeks", "90"), "weeks is 90 there, 112 here"),
        (("--traces",), "traces: True there, False here"),
    ],
)
def test_another_run_in_the_folder_is_told_before_anything_is_counted(
    undrawn, cli, monkeypatch, earlier, words
):
    assert cli("run", STANDOFF, "-n", "4", "-o", "r", *earlier)[0] == 0

    def counted(*arguments, **options):
        raise AssertionError("counted first")

    monkeypatch.setattr("redline.results.until_width", counted)
    code, _, err = cli("run", STANDOFF, "-n", "40", *WIDTH, "-o", "r")
    assert code == 2
    assert words in err
    Path("other").mkdir()
    Path("other/letter.txt").write_text("dear")
    code, _, err = cli("run", STANDOFF, "-n", "40", *WIDTH, "-o", "other")
    assert code == 2
    assert "redline: " in err


def test_the_same_until_width_again_takes_its_own_place(undrawn, cli):
    words = ("run", STANDOFF, "-n", "40", *WIDTH, "-o", "r")
    assert cli(*words)[0] == 0
    assert cli(*words)[0] == 0
    code, _, err = cli("run", STANDOFF, "-n", "4", "-o", "r")
    assert code == 2
    assert "replicates: " in err


@pytest.mark.parametrize("place", [("-o", "r"), ("--json",)])
def test_a_look_that_could_not_be_kept_is_not_counted(cli, monkeypatch, place):
    # 40 replicates fit; --most would not, and neither would the width.
    monkeypatch.setattr(machine, "memory", lambda: 60_000)
    code, out, err = cli("run", STANDOFF, "-n", "40", "--until-width", "0.001", *place)
    assert (code, out) == (2, "")
    told = err.splitlines()
    assert told[0].startswith("redline: 40 replicates: confrontation is ")
    assert " would take about " in told[-1]
    assert not Path("r").exists()


def test_a_long_look_is_told_with_its_time(monkeypatch):
    monkeypatch.setattr(precision, "LONG_SECONDS", 0.0)
    said = []
    until_width(STANDOFF, 0.05, "crisis", start=50, notice=said.append)
    assert said[0].startswith("first look at 50 replicates, ")
    assert said[1].endswith(", less than a second")


def test_json_says_what_was_reached(cli):
    code, out, _ = cli(
        "run", STANDOFF, "-n", "30", "--until-width", "0.01", "--most", "60", "--json"
    )
    report = json.loads(out)
    assert code == 0
    assert report["replicates"] == 60
    reached = report["until_width"]
    assert (reached["replicates"], reached["of"], reached["narrow"]) == (60, "confrontation", False)
    assert (reached["width"], reached["most"]) == (0.01, 60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--most", "5"), "go with --until-width"),
        (("--width-of", "crisis"), "go with --until-width"),
        (("--until-width", "0"), "not in the range"),
        (("--until-width", "0.1", "--width-of", "wars"), "no class wars"),
    ],
)
def test_options_that_make_no_sense_are_refused(cli, arguments, message):
    code, out, err = cli("run", STANDOFF, *arguments, "--json")
    assert (code, out) == (2, "")
    assert message in err


def test_a_scenario_may_be_given_as_itself():
    assert until_width(load_scenario("baseline"), 0.5, start=20).replicates == 20

"""Replicates that results hold: explained and drawn as they were, or refused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import redline
from redline.argument.explanation import explain
from redline.case import load_scenario, vary
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.stored_sweep import StoredPoint, load_results
from redline.support.errors import InputError

LOYALTY = "militias.loyalty"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run whose seed and values are not the defaults, and a sweep of three points."""
    folder = tmp_path_factory.mktemp("results")
    changed = vary("talks_2021", {"iran.review": 0.9}, weeks=20)
    swept = vary("talks_2021", weeks=20, sweep={LOYALTY: [0.1, 0.6, 1.2]})
    run_into(folder / "run", changed, 6, 7)
    sweep(folder / "sweep", swept, 4, 7)
    return SimpleNamespace(run=folder / "run", sweep=folder / "sweep", changed=changed, swept=swept)


def as_json(told):
    return json.loads(json.dumps(told.to_dict()))


def test_a_run_s_replicate_is_told_under_its_own_scenario_and_seed(made, cli):
    status, out, _ = cli("explain", made.run, "--replicate", 3)
    assert status == 0
    assert out == explain(made.changed, 3, seed=7).text()
    assert out != explain(vary("talks_2021", weeks=20), 3, seed=7).text()
    status, out, _ = cli("explain", made.run, "--replicate", 3, "--week", 4, "--json")
    assert json.loads(out) == as_json(explain(made.changed, 3, 4, seed=7))


@pytest.mark.parametrize("point", [0, 1, 2])
def test_a_sweep_s_replicate_is_told_at_its_point(made, cli, point):
    value = [0.1, 0.6, 1.2][point]
    expected = as_json(explain(vary(made.swept, {LOYALTY: value}), 2, 4, seed=7))
    status, out, _ = cli(
        "explain", made.sweep, "--point", point, "--replicate", 2, "--week", 4, "--json"
    )
    assert status == 0
    told = json.loads(out)
    assert told == expected | {"point": point, "values": {LOYALTY: value}}
    _, out, _ = cli("explain", made.sweep, "--point", point, "--replicate", 2)
    assert out.splitlines()[0].endswith(f"at point {point} ({LOYALTY} = {value:g})")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--replicate", 6], "replicate must be in 0 … 5, not 6"),
        (["--point", 0], "not to those of a run"),
        (["--week", 20], "week must be in"),
        (["--week", 3, "--actor", "Bard"], "nearest valid name: Badr"),
        (["--set", "iran.review=0.1"], "apply only to a scenario simulated now"),
        (["--forbid", "iran.drones"], "apply only to a scenario simulated now"),
        (["--weeks", 5], "apply only to a scenario simulated now"),
        (["--seed", 1], "apply only to a scenario simulated now"),
        (["--seed", 7], "apply only to a scenario simulated now"),
    ],
)
def test_what_a_run_s_folder_cannot_tell(made, cli, options, problem):
    status, out, err = cli("explain", made.run, *options)
    assert (status, out) == (2, "")
    assert problem in err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "holds a sweep: choose a point in 0 … 2"),
        (["--point", 3], "point must be in 0 … 2, not 3"),
        (["--point", 1, "--replicate", 4], "replicate must be in 0 … 3, not 4"),
    ],
)
def test_what_a_sweep_s_folder_cannot_tell(made, cli, options, problem):
    status, out, err = cli("explain", made.sweep, *options)
    assert (status, out) == (2, "")
    assert problem in err


def test_a_folder_that_is_none_of_results_and_a_scenario_with_a_point(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    assert "not a results folder" in cli("explain", tmp_path / "mine")[2]
    (tmp_path / "baseline").mkdir()  # a name that is built in stays that
    assert cli("explain", "baseline", "--week", 1)[0] == 0
    assert "results of a sweep" in cli("explain", "baseline", "--point", 1)[2]


@pytest.mark.parametrize("stored", [True, False])
def test_a_name_that_is_built_in_is_the_scenario_and_its_path_the_folder(
    made, cli, tmp_path, monkeypatch, stored
):
    monkeypatch.chdir(tmp_path)
    if stored:
        run_into(tmp_path / "baseline", made.changed, 3, 7)
    else:
        (tmp_path / "baseline").mkdir()
    name, path = "baseline", "./baseline"
    short = ("--weeks", 9, "-n", 2)
    assert cli("explain", name, "--week", 1)[0] == 0
    assert cli("compare", name, "talks_2021", *short)[0] == 0
    assert cli("plot", name, "--kind", "outcomes", *short, "-o", "one.svg")[0] == 0
    told = redline.compare(name, "talks_2021", replicates=2)
    assert told.sides[0].results is None
    assert redline.explain(name, 0, 1).heading
    outcomes = [
        cli("explain", path, "--replicate", 2),
        cli("compare", path, made.run),
        cli("plot", path, "--kind", "outcomes", "-o", "two.svg"),
    ]
    for status, _, err in outcomes:
        assert status == (0 if stored else 2), err
        assert ("baseline: not a results folder (no manifest.json in it)" in err) is not stored
    if stored:
        assert redline.compare(path, made.run).sides[0].scenario == made.changed
    else:
        for function in (redline.explain, lambda one: redline.compare(one, name)):
            with pytest.raises(InputError, match="not a results folder"):
                function(path)


def test_python_takes_folders_and_results(made):
    story = explain(made.changed, 3, seed=7).text()
    stored, swept = load_results(made.run), load_results(made.sweep)
    simulated = redline.simulate(made.changed, 6, seed=7)
    for source in (made.run, str(made.run), stored, simulated):
        assert redline.explain(source, 3).text() == story
    at_point = redline.explain(made.sweep, 2, point=1).text()
    assert redline.explain(swept, 2, point=1).text() == at_point
    assert redline.explain(swept.at(1), 2).text() == at_point
    later = redline.simulate(made.changed, 3, seed=7, first=3)
    assert redline.explain(later, 3).text() == story
    for source, arguments, problem in (
        (stored, {"seed": 1}, "results have their own"),
        (stored, {"weeks": 5}, "results have their own"),
        (simulated, {"replicate": 6}, "replicate must be in 0 … 5"),
        (later, {"replicate": 1}, "replicate must be in 3 … 5"),
        (swept, {"replicate": 1}, "choose a point"),
        (swept.at(1), {"point": 2}, "not to those of a run"),
        ("baseline", {"point": 0}, "not to a scenario"),
    ):
        with pytest.raises(InputError, match=problem):
            redline.explain(source, **arguments)


def edited(folder, **changes):
    """Change what a manifest says."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


@pytest.mark.parametrize("command", ["explain", "terms", "ladder"])
def test_other_rules_are_refused(cli, tmp_path, command):
    folder = tmp_path / "old"
    run_into(folder, load_scenario("talks_2021"), 2)
    edited(folder, rules_hash="0" * 64)
    words = ["explain", folder] if command == "explain" else ["plot", folder, "--kind", command]
    status, _, err = cli(*words)
    assert status == 2
    assert "the rules have changed since" in err


@pytest.mark.parametrize("changes", [{"seed": 2}, {"seed": 3}])
def test_a_replicate_that_is_not_the_stored_one_is_refused(cli, tmp_path, changes):
    run_into(tmp_path / "run", load_scenario("talks_2021"), 2)
    edited(tmp_path / "run", **changes)
    for words in (["explain", "run"], ["plot", "run", "--kind", "terms"]):
        status, _, err = cli(*words)
        assert status == 2
        assert "differ from the stored ones" in err


# Figures of one replicate


def test_the_terms_of_a_point_say_which(made, cli):
    words = ("--point", 2, "--replicate", 3, "--week", 1, "--kind", "terms")
    status, out, err = cli("plot", made.sweep, *words)
    assert status == 0, err
    assert f"at point 2 ({LOYALTY} = 1.2), seed 7, replicate 3, week 1" in out


def test_the_ladder_of_a_run_is_that_of_its_scenario(made, cli, tmp_path):
    simulated = ("--set", "iran.review=0.9", "--weeks", 20, "-n", 6, "--seed", 7)
    for name, source in (("run", [made.run]), ("now", ["talks_2021", *simulated])):
        words = (*source, "--kind", "ladder", "--replicate", 3, "--data", "-o", f"{name}.png")
        assert cli("plot", *words)[0] == 0
    for ending in ("png", "csv"):
        one, other = (tmp_path / f"{name}.{ending}" for name in ("run", "now"))
        assert one.read_bytes() == other.read_bytes()


def test_the_ladder_of_a_point_is_that_of_its_scenario(made, cli, tmp_path):
    cli("plot", made.sweep, "--point", 2, "--replicate", 3, "--kind", "ladder", "--data")
    lines = (tmp_path / "talks_2021-ladder.csv").read_text("utf-8").splitlines()
    history = redline.trace(vary(made.swept, {LOYALTY: 1.2}), 3, seed=7)
    told = [int(line.split(",")[1]) for line in lines[1:]]
    assert np.array_equal(told, history.weeks["provocation"][0, : len(told)])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--kind", "overview", "--replicate", 1],
            "--replicate: not for overview, only for ladder, terms",
        ),
        (["--kind", "ladder", "--week", 3], "--week: not for ladder, only for terms"),
        (["--kind", "strips", "--kind", "map", "--replicate", 1], "not for strips or map"),
        (["--kind", "ladder", "--replicate", 6], "replicate must be in 0 … 5"),
        (["--kind", "terms", "--week", 20], "week must be in 0 … 19"),
        (["--kind", "ladder", "--point", 0], "--point is for the results of one sweep"),
    ],
)
def test_options_that_would_be_dropped_are_refused(made, cli, tmp_path, options, problem):
    status, _, err = cli("plot", made.run, *options)
    assert status == 2
    assert problem in err
    assert not list(tmp_path.glob("*.png"))


def test_a_replicate_that_a_sweep_has_not_made_yet_is_said_so(made, monkeypatch):
    column = StoredPoint.column
    monkeypatch.setattr(StoredPoint, "column", lambda point, name: column(point, name)[:2])
    assert redline.explain(made.sweep, 1, point=0)
    with pytest.raises(InputError, match="replicate 3 is not stored yet"):
        redline.explain(made.sweep, 3, point=0)

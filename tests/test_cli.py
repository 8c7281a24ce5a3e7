"""The command line: contracts of output and exit codes, and every kind of wrong input."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import redline
import work
from redline.case import load_scenario, vary
from redline.cli import COMMANDS, in_options
from redline.results.measures import COLUMNS, RATIOS
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.support.errors import InputError
from redline.support.library import built_in
from redline.support.version import package_version

CLASSES = ["quiet", "provocation", "crisis", "confrontation"]


def test_run_json_is_the_contract_s_object_alone(cli, tmp_path):
    status, out, _ = cli("run", "standoff_2019_2021", "-n", 50, "--json")
    assert status == 0
    report = json.loads(out)
    assert list(report) == [
        "format", "scenario", "seed", "replicates", "weeks", "engine", "version", "seconds",
        "decisions", "decisions_per_second", "outcomes", "remarks",
    ]  # fmt: skip
    assert report["format"] == 1
    assert report["scenario"] == "standoff_2019_2021"
    assert report["decisions"] == 8 * report["outcomes"]["weeks_lived"]["total"]
    outcomes = report["outcomes"]
    assert set(outcomes) == {"class", *COLUMNS, *RATIOS}
    assert list(outcomes["class"]) == CLASSES
    assert set(outcomes["class"]["crisis"]) == {"share", "low", "high", "count"}
    assert set(outcomes["attacks"]) == {"mean", "low", "high", "q05", "q50", "q95", "total"}
    assert set(outcomes["first_crisis_week"]) == {*outcomes["attacks"], "observed"}
    assert os.listdir(tmp_path) == []


def test_run_writes_a_folder_and_prints_a_table(cli, tmp_path):
    status, out, _ = cli("run", "talks_2021", "-n", 30)
    assert status == 0
    for word in ("The Vienna talks", "confrontation", "attacks", "results/talks_2021"):
        assert word in out
    folder = tmp_path / "results" / "talks_2021"
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json", "outcomes", "outcomes.png", "weekly", "weekly.parquet",
    ]  # fmt: skip
    assert cli("run", "talks_2021", "-n", 31)[0] == 0
    assert json.loads((folder / "manifest.json").read_text())["replicates"] == 31


@pytest.mark.usefixtures("undrawn")
def test_run_json_with_a_folder_does_both(cli, tmp_path):
    status, out, _ = cli("run", "talks_2021", "-n", 5, "--json", "-o", "there", "--traces")
    assert status == 0
    assert json.loads(out)["replicates"] == 5
    assert (tmp_path / "there" / "traces" / "part-00000.parquet").is_file()


def test_the_engines_print_the_same_outcomes(cli):
    reports = [
        json.loads(cli("run", "talks_2021", "-n", 12, "--json", "--engine", engine)[1])
        for engine in ("batch", "mesa")
    ]
    assert reports[0]["outcomes"] == reports[1]["outcomes"]
    assert reports[1]["engine"] == "mesa"


def test_options_change_the_scenario(cli):
    def attacks(*options):
        return json.loads(cli("run", "standoff_2019_2021", "-n", 20, "--json", *options)[1])

    base = attacks()
    assert attacks("--set", "militias.tempo=0")["outcomes"]["attacks"]["total"] == 0
    assert attacks("--weeks", 10)["weeks"] == 10
    barred = attacks("--forbid", "united_states.strike@0-111")
    assert barred["outcomes"]["response_weeks.strike"]["total"] == 0
    assert base["outcomes"]["response_weeks.strike"]["total"] > 0
    assert attacks("--seed", 2)["outcomes"] != base["outcomes"]
    assert attacks("--workers", 2)["outcomes"] == base["outcomes"]
    sixty = attacks("--set", "militias.cells=10")
    assert sixty["decisions"] == 62 * sixty["outcomes"]["weeks_lived"]["total"]


def test_a_file_with_a_sweep_runs_its_base_case_and_says_so(cli):
    status, _, err = cli("run", "fear_of_war", "-n", 3, "--json")
    assert status == 0
    assert "declares a sweep; this runs its base case" in err
    assert "redline sweep fear_of_war" in err


def test_notices_go_to_the_error_stream(cli):
    status, out, err = cli(
        "run",
        "standoff_2019_2021",
        "-n",
        2,
        "--json",
        "--weeks",
        50,
        "--set",
        "environment.unrest=1",
    )
    assert status == 0
    json.loads(out)
    assert "week 90 is outside its 50 weeks: dropped" in err
    assert "environment.unrest holds until the timeline replaces it in weeks 22, 48" in err


WRONG = [
    (["run", "standof"], "nearest valid name: standoff_2019_2021"),
    (["run", "nowhere.toml"], "no such file"),
    (["run", "."], "is a directory"),
    (["run"], "Missing argument"),
    (["run", "baseline", "-n", "0"], "0 is not in the range"),
    (["run", "baseline", "-n", "many"], "not a valid integer"),
    (["run", "baseline", "--seed", "-1"], "-1 is not in the range"),
    (["run", "baseline", "--seed", str(1 << 64)], "not in the range"),
    (["run", "baseline", "--weeks", "0"], "weeks must be in 1 … 10000"),
    (["run", "baseline", "--engine", "steam"], "'steam' is not one of"),
    (["run", "baseline", "--workers", "0"], "0 is not in the range"),
    (["run", "baseline", "--set", "iran.reveiw=1"], "nearest valid name: iran.review"),
    (["run", "baseline", "--set", "iran.review=2"], "must be at most 1"),
    (["run", "baseline", "--set", "iran.review"], "expected ADDRESS=VALUE"),
    (["run", "baseline", "--forbid", "united_states"], "expected ACTOR.RUNG"),
    (["run", "baseline", "--forbid", "united_states.strke"], "nearest valid name: strike"),
    (["run", "baseline", "--forbid", "united_states.strike@9-3"], "must not end (3) before"),
    (["run", "baseline", "--forbid", "united_states.strike@500-600"], "outside the weeks"),
    (["run", "baseline", "--json", "--traces"], "--traces needs a folder"),
    (["run", "baseline", "--frobnicate"], "No such option"),
    (["rum", "baseline"], "nearest valid name: run"),
    (["parameters", "--group", "irn"], "nearest valid name: iran"),
    (["new", "x.txt"], "ends in .toml"),
    (["new", "no/x.toml"], "No such file"),
    (["new", "x.toml", "--extends", "basline"], "nearest valid name: baseline"),
    (["check", "nowhere.toml"], "no such file"),
    (["sweep"], "give a scenario to sweep, or --resume DIR"),
    (["sweep", "baseline"], "declares no sweep: add a [sweep] table"),
    (["sweep", "basline"], "nearest valid name: baseline"),
    (["sweep", "fear_of_war", "-n", "0"], "0 is not in the range"),
    (["sweep", "fear_of_war", "--resume", "x", "-o", "y"], "--resume continues in its own folder"),
    (["sweep", "--resume", "nothing"], "holds no sweep to continue"),
    (
        ["sweep", "--resume", "nothing", "--set", "iran.review=1"],
        "leave out options that change it",
    ),
    (["sweep", "--resume", "nothing", "--dry-run"], "holds no sweep to continue"),
    (["sweep", "fear_of_war", "--points", "5"], "a grid design lists its own points"),
    (["sweep", "--resume", "nothing", "--points", "5"], "leave out options that change it"),
    (["sweep", "fear_of_war", "--csv", "p.csv", "--points", "5"], "--csv names every point"),
    (["sweep", "fear_of_war", "--csv", "."], ". is not a file but a directory"),
    (["sweep", "fear_of_war", "baseline"], "baseline: declares no sweep"),
    (["sweep", "baseline", *["--over", "iran.review=[1]"] * 2], "is swept twice"),
    (
        ["sweep", "baseline", "--over", "iran.review=[1]", "--over", "iran . review=[0]"],
        "iran.review is swept twice",
    ),
    (
        ["sweep", "fear_of_war", "--executor", "dask", "--address", "tcp://127.0.0.1:1"],
        "no dask scheduler answers there",
    ),
    (["sweep", "fear_of_war", "fear_of_war"], "two scenarios are named fear_of_war"),
    (["sweep", "baseline", "--over", "iran.reveiw=[1]"], "nearest valid name: iran.review"),
    (["sweep", "baseline", "--over", "iran.review=[]"], "an empty list"),
    (["sweep", "baseline", "--over", "iran.review=[2]"], "must be in [0, 1]"),
    (["sweep", "baseline", "--over", "iran.review=0.5"], "expected a list or"),
    (["sweep", "baseline", "--over", "iran.review"], "expected ADDRESS=VALUE"),
    (["sweep", "fear_of_war", "--design", "lhs"], "sweep.points is missing"),
    (["sweep", "fear_of_war", "--design", "list"], "takes either rows or csv"),
    (["sweep", "fear_of_war", "--csv", "no.csv"], "no.csv: No such file"),
    (["sweep", "fear_of_war", "--executor", "steam"], "'steam' is not one of"),
    (
        ["sweep", "fear_of_war", "--address", "tcp://x"],
        "an address applies only to the dask executor",
    ),
    (["sweep", "baseline", "--over", "militias.cells=[9999]"], "more than 10000"),
    (["results", "nothing"], "not a results folder"),
    (["plot", "standof", "--kind", "ladder"], "nearest valid name: standoff_2019_2021"),
    (["plot", "baseline"], "Missing option"),
    (["plot", "baseline", "--kind", "laddr"], "nearest valid name: ladder"),
    (["plot", "baseline", "--kind", "phase"], "needs the results of a sweep"),
    (["plot", "baseline", "--kind", "rungs", "--style", "sepia"], "'sepia' is not one of"),
    (["plot", "baseline", "--kind", "rungs", "-o", "x.gif"], "a figure ends in .png, .svg, .pdf"),
    (["plot", "baseline", "--kind", "rungs", "--point", "3"], "--point is for the results"),
    (["plot", "baseline", "baseline", "--kind", "survival"], "two of these are named baseline"),
    (["plot", "baseline", "cheap_war", "--kind", "rungs"], "one scenario at a time"),
    (["plot", "baseline", "--kind", "ladder", "--replicate", "9999"], "replicate must be in"),
    (["plot", "baseline", "--kind", "terms", "--replicate", "9999"], "replicate must be in"),
    (["plot", "baseline", "--kind", "rungs", "--kind", "map", "-o", "x.png"], "need a folder"),
    (["plot", "baseline", "--kind", "rungs", "-o", "x.png", "--format", "svg"], "end in .svg"),
    (["plot", "baseline", "--kind", "distribution", "--measure", "x"], "no measure x"),
    (["report", "nothing"], "not a results folder"),
    (["explain", "standof"], "nearest valid name: standoff_2019_2021"),
    (["explain", "baseline", "--week", "112"], "week must be in 0 … 111"),
    (["explain", "baseline", "--week", "1", "--actor", "irn"], "nearest valid name: iran"),
    (["explain", "baseline", "--replicate", "-1"], "-1 is not in the range"),
    (["explain", "baseline", "-o", "x.png"], "need a --week"),
    (["explain", "baseline", "--week", "1", "-o", "x.gif"], "must end in .png"),
    (["explain", "cheap_war", "--week", "100"], "ends in open confrontation in week 12"),
    (["compare", "baseline"], "give a second scenario, or what to change"),
    (["compare", "baseline", "basline"], "nearest valid name: baseline"),
    (["compare", "baseline", "--set", "iran.reveiw=1"], "nearest valid name: iran.review"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(a) for a, _ in WRONG])
def test_bad_input_is_one_message_exit_2_and_nothing_written(cli, tmp_path, arguments, message):
    status, out, err = cli(*arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in out + err
    assert os.listdir(tmp_path) == []


def test_a_foreign_folder_is_refused_before_anything_is_simulated(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a")
    status, _, err = cli("run", "baseline", "-o", "mine", "--force")
    assert status == 2
    assert "nothing is overwritten" in err
    assert os.listdir(tmp_path / "mine") == ["a.txt"]


def test_a_read_only_place_is_one_message(cli, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = cli("run", "baseline", "-n", 2, "-o", "file/below")
    assert status == 2
    assert err == f"redline: {tmp_path / 'file'}: File exists; name another place\n"


def test_sweep_says_in_a_line_what_it_did(cli, tmp_path):
    status, out, err = cli("sweep", "fear_of_war", "-n", 2)
    assert status == 0
    assert out.startswith("fear_of_war: 81 points × 2 replicates: 162 simulated in ")
    assert "in results/fear_of_war-sweep" in out
    assert err == ""
    again = cli("sweep", "--resume", "results/fear_of_war-sweep")
    assert "nothing to do" in again[1]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    status, out, err = cli("sweep", "fear_of_war", "-n", 2)
    assert status == 0
    assert "nothing to do" in out
    assert err == "redline: fear_of_war-sweep already holds this sweep: what is stored is kept\n"
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_sweep_that_differs_is_kept_beside_or_refused(cli, tmp_path):
    cli("sweep", "fear_of_war", "-n", 2)
    status, _, err = cli("sweep", "fear_of_war", "-n", 3, "-o", "results/fear_of_war-sweep")
    assert status == 2
    assert "holds a finished sweep of fear_of_war: name another folder" in err
    assert "replicates: 2 there, 3 here" in err
    assert cli("sweep", "fear_of_war", "-n", 3, "--dry-run")[0] == 0
    assert os.listdir(tmp_path / "results") == ["fear_of_war-sweep"]
    status, out, err = cli("sweep", "fear_of_war", "-n", 3)
    assert status == 0
    assert "81 points × 3 replicates: 243 simulated" in out
    assert err == (
        "redline: the earlier sweep (81 points × 2 replicates, seed 1) is kept in "
        "results/fear_of_war-sweep~1\n"
    )
    assert "81 points" in cli("sweep", "--resume", "results/fear_of_war-sweep~1")[1]


def test_a_sensitivity_that_differs_is_kept_beside(cli, tmp_path):
    words = ["sensitivity", "talks_2021", "--only", "iran.review", "--points", 2, "--weeks", 4]
    for replicates in (2, 2, 3):
        status, _, err = cli(*words, "-n", replicates, "--executor", "threads")
        assert status == 0, err
    assert "is kept in results/talks_2021-sobol~1" in err


MESSAGES = {
    "go on with resume=True, or start over with force=True": (
        "go on with --resume, or start over with --force"
    ),
    "until=2019-06-20 must leave half a year": "--until 2019-06-20 must leave half a year",
    "end=2024-01-01: the record ends; give events=[…]": (
        "--to 2024-01-01: the record ends; give --events FILE"
    ),
    "until must be in 2019-05-06 … 2021-06-27, not 2022-01-01": (
        "--until must be in 2019-05-06 … 2021-06-27, not 2022-01-01"
    ),
    "published counts are those of counts=: X 40 attacks": (
        "published counts are those of --counts: X 40 attacks"
    ),
    "published counts are the shipped ones; counts= gives others: A 78 attacks": (
        "published counts are the shipped ones; --counts gives others: A 78 attacks"
    ),
    "much of the narrowing may be chance; points=8,400 or more would resolve it": (
        "much of the narrowing may be chance; -n 8,400 or more would resolve it"
    ),
    "a.csv: 7 reasons more; to_dict() lists all": "a.csv: 7 reasons more; --json lists all",
    "precisions must be numbers from 0 to 1e6": "--lambda must be a number from 0 to 1e6",
    "my s: some points failed: to retry them: redline.sensitivity(to='my s')": (
        "my s: some points failed: to retry them: redline sensitivity --resume 'my s'"
    ),
    "what to sweep with over={ADDRESS: VALUES}": ("what to sweep with --over ADDRESS=VALUES"),
    "takes two addresses: by=(ADDRESS, ADDRESS)": (
        "takes two addresses: --by ADDRESS --by ADDRESS"
    ),
    "s: not complete: finish it first, with redline.sweep(to='s')": (
        "s: not complete: finish it first, with --resume"
    ),
    "s: this sweep is not complete: finish it first, with redline.sweep(to='s')": (
        "s: this sweep is not complete: finish it first, with --resume"
    ),
    "sweep it again with resume=True, which makes it anew": (
        "sweep it again with --resume, which makes it anew"
    ),
    "start over with force=True. They differ:": "start over with --force. They differ:",
    "stored results have their own replicates and seed: leave these arguments out": (
        "-n and --seed apply only to scenarios; stored results have their own"
    ),
    "seed, values, forbid and weeks apply only to a scenario simulated now; "
    "stored results have their own": (
        "--seed, --set, --forbid and --weeks apply only to a scenario simulated now, "
        "not to stored results"
    ),
    "replace it with force=True": "replace it with --force",
    "needs a design of its own: sensitivity(SCENARIO)": (
        "needs a design of its own: redline sensitivity SCENARIO, or redline sweep --design "
        "saltelli"
    ),
    # What a user named so.
    **{
        text: text
        for text in (
            "iran.review must be at most 1",
            "folder to=7/x: holds no results",
            "until=late/run: exists and is not a folder",
            "with force=True/x: holds no results",
            "runs with resume=True: exists and is not a folder",
            "events=[…]/a.csv: no such file",
            "end=2024-01-01/run: holds no results",
            "no scenario 'by=(ADDRESS, ADDRESS)'; valid names: baseline",
        )
    },
}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_command_line_has_its_own_words_for_arguments(message):
    assert in_options(message) == MESSAGES[message]


def python_words():
    """Every text of the package that speaks of Python's arguments as its messages do."""
    source = Path(redline.__file__).parent
    words = re.compile(
        r"(resume|force)=True|events=\[…\]|by=\(ADDRESS|over=\{ADDRESS|sensitivity\(SC|"
        r"first, with redline\.sweep\(to="
    )
    for path in set(source.rglob("*.py")) - set((source / "cli").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        told = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in told else ""
            if isinstance(text, str) and words.search(text):
                yield text


def test_every_argument_in_a_message_has_the_command_line_s_words():
    found = list(python_words())
    assert len(found) > 6
    assert [text for text in found if in_options(text) == text] == []


def test_messages_of_the_package_name_no_option_of_the_command_line():
    source = Path(redline.__file__).parent
    allowed = {
        ("report_page.py", "--seed"),  # of the command that makes its results again
        ("report_page.py", "--traces"),
        ("experiment_file.py", "bans, as --forbid takes them"),  # the reference of the format
    }
    found = set()
    for path in set(source.rglob("*.py")) - set((source / "cli").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        told = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in told else ""
            if isinstance(text, str) and re.search(r"(^|[ (])--[a-z]|\(-[a-z]\)", text):
                found.add((path.name, text))
    assert {(name, text) for name, text in found - allowed if "redline " not in text} == set()


def test_what_declares_no_sweep_is_told_in_the_words_of_who_asks(cli, tmp_path):
    status, _, err = cli("sweep", "baseline")
    assert status == 2
    assert "say what to sweep with --over ADDRESS=VALUES" in err
    with pytest.raises(InputError, match=r"what to sweep with over=\{ADDRESS"):
        redline.sweep("baseline", to=tmp_path / "s")


def test_sweep_json_is_a_line_for_each_scenario(cli):
    status, out, _ = cli(
        "sweep", "fear_of_war", "leverage_and_loyalty", "-n", 1, "--json", "-o", "both"
    )
    assert status == 0
    reports = [json.loads(line) for line in out.splitlines()]
    assert [report["scenario"] for report in reports] == ["fear_of_war", "leverage_and_loyalty"]
    assert [report["points"] for report in reports] == [81, 49]
    for report in reports:
        assert report["complete"] is True
        assert report["failed"] == []
        assert report["total"] == report["simulated"] == report["points"]
        assert len(report["results_hash"]) == 64
        assert json.loads(cli("sweep", "--resume", report["folder"], "--json")[1])["simulated"] == 0


def test_sweep_dry_run_writes_nothing(cli, tmp_path):
    command = ["sweep", "talks_2021", "--over", "iran.review={from=0,to=1,steps=3}", "--dry-run"]
    status, out, _ = cli(*command)
    assert status == 0
    assert "3 points × 200 replicates = 600 replicates" in out
    assert "iran.review: 0 to 1" in out
    report = json.loads(cli(*command, "--json", "-n", 70)[1])
    assert report["total"] == 210
    assert report["seconds"] > 0
    assert report["bytes"] > 0
    assert os.listdir(tmp_path) == []


def test_sweep_takes_points_from_a_table_anywhere(cli, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "points.csv").write_text(
        "united_states.commitment,militias.cells\n0.5,1\n0.1,2\n"
    )
    place = tmp_path / "below" / "points.csv"
    status, out, err = cli("sweep", "fear_of_war", "--csv", place, "-n", 3, "--weeks", 9, "-o", "r")
    assert status == 0, err
    assert "2 points" in out
    rows = json.loads(cli("results", "r", "--json")[1])["groups"]
    assert [row["values"] for row in rows] == [
        {"united_states.commitment": 0.1, "militias.cells": 2},
        {"united_states.commitment": 0.5, "militias.cells": 1},
    ]


def test_a_part_that_fails_is_exit_1_and_said(cli, monkeypatch, tmp_path):
    from redline.results.storage import running

    broken = work.MakePart(1, tmp_path / "flag", die=False, always=True)
    monkeypatch.setattr(running, "make_part", broken)
    status, out, err = cli("sweep", "fear_of_war", "-n", 2, "-o", "r")
    assert status == 1
    assert "incomplete; in r" in out
    assert "failed twice (MemoryError: no room)" in err
    assert "to continue: redline sweep --resume r" in err
    status, out, err = cli("results", "r", "--by", "iran.revenue_exposure")
    assert status == 0
    assert "this sweep is not complete" in err
    assert cli("sweep", "--resume", "r", "--fail-fast")[0] == 1
    monkeypatch.undo()


def test_progress_of_a_sweep_is_logged_where_there_is_no_terminal(cli, monkeypatch):
    from redline.cli import progress

    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    err = cli("sweep", "fear_of_war", "-n", 2, "-o", "a")[2]
    assert "of 162 · " in err
    assert "left · at united_states.commitment = " in err
    assert "redline: 100 %, 162 of 162" in err
    assert cli("sweep", "fear_of_war", "-n", 2, "-o", "b", "--quiet")[2] == ""


@pytest.mark.usefixtures("undrawn")
def test_results_prints_a_table_and_writes_a_csv(cli, tmp_path):
    cli("sweep", "fear_of_war", "-n", 3, "--weeks", 20, "-o", "r")
    status, out, err = cli(
        "results", "r", "--by", "iran.revenue_exposure", "--measure", "attacks", "--csv", "t.csv"
    )
    assert status == 0
    assert "Each row pools 9 points of united_states.commitment." in out
    assert "t.csv written" in err
    told = json.loads(cli("results", "r", "--by", "iran.revenue_exposure", "--json")[1])
    assert told["pooled"] == {"addresses": ["united_states.commitment"], "least": 9, "most": 9}
    assert json.loads(cli("results", "r", "--json")[1])["pooled"] is None
    assert "pools" not in cli("results", "r")[1]
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0] == "iran.revenue_exposure,points,replicates,attacks,attacks.low,attacks.high"
    assert len(lines) == 10
    whole = cli("results", "r")
    assert "41 more rows" in whole[2]
    for arguments, message in (
        (["--by", "iran.review"], "not swept here"),
        (["--measure", "atacks"], "nearest valid name: attacks"),
        (["--where", "attacks"], "expected comparisons"),
        (["--where", "attacks > 1000000"], "no replicate meets"),
        (["--csv", "t.csv/u.csv"], "t.csv/u.csv: File exists; name another place"),
    ):
        status, _, err = cli("results", "r", *arguments)
        assert status == 2
        assert message in err
    status, _, err = cli("results", "r", "--csv", "no/such/t.csv")
    assert status == 0
    assert "no/such/t.csv written" in err
    assert len((tmp_path / "no" / "such" / "t.csv").read_text().splitlines()) == 82
    cli("run", "talks_2021", "-n", 9, "-o", "run")
    assert "attacks_per_week" in cli("results", "run")[1]


@pytest.fixture
def asked(monkeypatch):
    """Collect the kind and the style of every figure that is asked for, and leave it undrawn."""
    kinds = []
    monkeypatch.setattr(
        "redline.figures.draw",
        lambda kind, request, style, size: kinds.append((kind, style)),
    )
    monkeypatch.setattr("redline.cli.commands.plot._write", lambda drawn, path, data: None)
    return kinds


def test_plot_draws_a_scenario_a_run_and_a_sweep(cli, tmp_path, plotted):
    status, out, _ = cli("plot", "talks_2021", "--kind", "ladder", "-n", 20)
    assert status == 0
    assert out.startswith("talks_2021-ladder.png: One replicate: ")
    assert (tmp_path / "talks_2021-ladder.png").read_bytes().startswith(b"\x89PNG")
    run, sweep = plotted / "run", plotted / "grid"
    both = cli("plot", run, "baseline", "--kind", "survival", "--data", "-o", "s.svg")
    assert both[0] == 0
    names = {path.name for path in tmp_path.glob("s*")}
    assert names == {"s.svg", "s.csv", "s-differences.csv"}
    for option in (["--set", "iran.review=1"], ["-n", 5], ["--seed", 2]):
        assert cli("plot", run, "--kind", "ladder", *option)[0] == 2
    assert cli("plot", sweep, run, "--kind", "survival")[0] == 2
    one = cli("plot", sweep, "--kind", "outcomes", "--point", 2, "-o", "one")
    assert one[0] == 0
    assert (tmp_path / "one.png").is_file()


ALL_OF_A_GRID = {
    "ladder", "strips", "rungs", "outcomes", "distribution", "survival", "phase", "curve", "map",
    "terms", "transitions", "convergence", "overview",
}  # fmt: skip


def test_all_is_every_kind_that_can_be_drawn(cli, plotted, asked):
    def drawn(*options):
        asked.clear()
        status, _, err = cli("plot", *options, "--kind", "all")
        assert status == 0, err
        assert len(asked) == len(set(asked))
        return set(asked)

    assert drawn(plotted / "run") == {
        (kind, "paper") for kind in ALL_OF_A_GRID - {"phase", "curve"}
    }
    of_grid = drawn(plotted / "grid")
    assert of_grid == {(kind, "paper") for kind in ALL_OF_A_GRID}
    assert drawn(plotted / "grid", "--replicate", 1) == of_grid
    assert drawn(plotted / "grid", "--point", 1) == of_grid
    assert drawn(plotted / "grid", "--by", "iran.review") == of_grid - {("phase", "paper")}
    assert drawn(plotted / "grid", "--style", "dark") == {(kind, "dark") for kind in ALL_OF_A_GRID}


@pytest.mark.second_tier(
    "draws every kind four times; test_all_is_every_kind_that_can_be_drawn stands for it"
)
@pytest.mark.parametrize(
    "options",
    [["--by", "iran.review"], ["--replicate", 1], ["--point", 1], ["--style", "dark"]],
    ids=lambda words: words[0],
)
def test_every_kind_is_drawn_with_an_option_that_some_obey(cli, plotted, options):
    status, _, err = cli("plot", plotted / "grid", "--kind", "all", "-o", "f", *options)
    assert status == 0, err
    of_two_addresses = {"phase"} if "--by" in options else set()
    assert {path.stem for path in Path("f").iterdir()} == ALL_OF_A_GRID - of_two_addresses


@pytest.mark.usefixtures("undrawn")
def test_plot_sets_folders_of_one_scenario_apart_by_their_names(cli):
    cli("run", "talks_2021", "-n", 20, "-o", "one/run")
    cli("run", "talks_2021", "-n", 20, "--seed", 2, "-o", "other")
    cli("run", "talks_2021", "-n", 20, "--weeks", 20, "-o", "two/run")
    status, out, err = cli("plot", "one/run", "other", "two/run", "--kind", "survival")
    assert status == 0, err
    assert "arms differ in horizon (52 weeks and 20 weeks) and seed (1 and 2)" in out
    status, out, _ = cli("plot", "one/run", "baseline", "--kind", "outcomes", "--data", "-o", "o")
    assert status == 0  # the scenario has the folder's seed and replicates
    assert "replicates (" not in out
    assert cli("plot", "other", "other", "--kind", "survival")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run --kind rungs --by iran.review", "--by is for the results of a sweep"),
        ("baseline --kind survival --by iran.review", "--by is for the results of a sweep"),
        ("run --kind rungs --measure attacks", "--measure: not for rungs, only for distribution"),
        ("run --kind rungs --kind map --week 3", "--week: not for rungs or map, only for terms"),
        ("run --kind overview --replicate 2", "only for ladder, terms"),
        ("run --kind outcomes --twin", "--twin: not for outcomes, only for phase"),
        ("run --kind all --twin", "only for phase"),
        ("run --kind ladder --point 0", "--point is for the results"),
        ("grid --kind curve --point 1", "--point: not for curve, only for overview"),
        ("grid --kind ladder --by iran.review", "--by: not for ladder, only for outcomes"),
        ("grid --kind outcomes --by iran.review --point 1", "at a --point"),
        ("grid --kind curve --by iran.reviw", "nearest valid name: iran.review"),
        ("grid --kind curve --by iran.review --by militias.tempo", "once for a curve"),
        ("grid --kind phase --twin --measure crisis", "not for phase with --twin"),
        ("lhs --kind outcomes --by iran.review", "no two points of this lhs design differ"),
        ("lhs --kind survival --by militias.tempo", "no two points of this lhs design differ"),
    ],
)
def test_no_option_of_plot_is_ignored(cli, plotted, arguments, message):
    target, *options = arguments.split()
    place = plotted / target
    status, out, err = cli("plot", place if place.exists() else target, *options)
    assert (status, out) == (2, "")
    assert message in err


@pytest.fixture(scope="module")
def plotted(tmp_path_factory):
    """A run, a grid and a latin hypercube, all small."""
    place = tmp_path_factory.mktemp("plotted")
    scenario = load_scenario("talks_2021")
    run_into(place / "run", scenario, 5)
    span = {"from": 0.0, "to": 1.0}
    for name, table in (
        ("grid", {"iran.review": [0.0, 0.5], "militias.tempo": [1.0, 2.0]}),
        ("lhs", {"design": "lhs", "points": 4, "iran.review": span, "militias.tempo": span}),
    ):
        sweep(place / name, vary(scenario, sweep=table), 3)
    return place


def test_plot_lists_its_kinds(cli):
    out = cli("plot", "--kind", "list")[1]
    assert cli("plot", "--kind", "ladder")[0] == 2
    from redline.figures.registry import KINDS

    assert [line.split()[0] for line in out.splitlines()] == list(KINDS)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("plot {0}/run --kind outcomes -o told.png", "told.png"),
        ("report {0}/run -o told.html", "told.html"),
        ("results {0}/run --csv told.csv", "told.csv"),
        ("page -o told.html", "told.html"),
    ],
    ids=lambda words: words.split()[0],
)
def test_what_is_drawn_or_told_takes_the_place_of_its_earlier_file(
    cli, tmp_path, plotted, monkeypatch, words, name
):
    monkeypatch.setattr("redline.lesson.building.lesson_html", lambda *_, **options: "<html>")
    (tmp_path / name).write_text("earlier")
    status, _, err = cli(*words.format(plotted).split())
    assert status == 0, err
    assert (tmp_path / name).read_bytes() != b"earlier"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.usefixtures("undrawn")
def test_report_writes_one_file(cli, tmp_path, plotted):
    status, out, _ = cli("report", plotted / "run", "-o", "talks.html")
    assert (status, out) == (0, "talks.html written\n")
    assert "How to reproduce this" in (tmp_path / "talks.html").read_text()
    status, _, err = cli("report", plotted / "run", "-o", "talks.pdf")
    assert status == 2
    assert "ends in .html" in err
    status, _, err = cli("report", plotted / "run", "-o", "talks.html/x.html")
    assert status == 2
    assert "talks.html/x.html: File exists; name another place" in err


def test_explain_prints_terms_and_draws_them(cli, tmp_path):
    status, out, err = cli("explain", "standoff_2019_2021", "--week", 4, "-o", "terms.svg")
    assert status == 0
    for word in (
        "Washington struck",
        "audience",
        "without it",
        "probability",
        "had no opportunity",
    ):
        assert word in out
    assert (tmp_path / "terms.svg").read_text().startswith("<?xml")
    assert "terms.svg" in err
    report = json.loads(
        cli("explain", "standoff_2019_2021", "--week", 4, "--actor", "iran", "--json")[1]
    )
    assert [actor["actor"] for actor in report["actors"]] == ["Tehran"]


def test_explain_without_a_week_tells_the_story(cli):
    out = cli("explain", "standoff_2019_2021", "--replicate", 3)[1]
    assert out.startswith("The standoff, May 2019 to June 2021\n")
    assert "In sum." in out
    assert json.loads(cli("explain", "baseline", "--json")[1])["passages"]


def test_compare_two_scenarios_and_one_with_itself_changed(cli):
    status, out, _ = cli("compare", "standoff_2019_2021", "cheap_war", "-n", 40)
    assert status == 0
    for word in (
        "variance reduction",
        "change class",
        "diverge; the median week",
        "Replicate",
    ):
        assert word in out
    report = json.loads(
        cli(
            "compare", "standoff_2019_2021", "--forbid", "united_states.strike", "-n", 40, "--json"
        )[1]
    )
    assert report["scenarios"] == ["standoff_2019_2021", "standoff_2019_2021, changed"]
    assert report["differences"]["response_weeks.strike"]["second"] == 0
    assert report["telling"]["explained"]
    same = cli("compare", "baseline", "baseline", "-n", 5)[1]
    assert "No replicate diverges" in same


def test_scenarios_lists_them_all(cli):
    status, out, _ = cli("scenarios", "--json")
    assert status == 0
    rows = json.loads(out)
    assert [row["name"] for row in rows] == list(built_in())
    assert sum(bool(row["sweep"]) for row in rows) == 2
    table = cli("scenarios")[1]
    for name in built_in():
        assert name in table


def test_parameters_lists_addresses_with_their_meaning(cli):
    rows = json.loads(cli("parameters", "standoff_2019_2021", "--json")[1])
    by_address = {row["address"]: row for row in rows}
    assert by_address["iran.revenue_exposure"]["source"] == "¶26"
    assert by_address["timeline.100.diplomacy"]["value"] == 8
    assert 'militias.faction."Badr".zeal' in by_address
    out = cli("parameters", "--group", "iran")[1]
    assert "iran.perceived_resolve" in out
    assert "united_states" not in out


def test_schema_is_json_schema(cli):
    schema = json.loads(cli("schema")[1])
    assert schema["additionalProperties"] is False
    assert "timeline" in schema["properties"]


def test_new_writes_a_file_that_checks_and_runs(cli, tmp_path):
    assert cli("new", "my_case.toml", "--extends", "talks_2021")[0] == 0
    assert cli("check", "my_case.toml")[0] == 0
    report = json.loads(cli("run", "my_case.toml", "-n", 2, "--json")[1])
    assert report["scenario"] == "my_case"
    assert report["weeks"] == 52
    status, _, err = cli("new", "my_case.toml")
    assert status == 2
    assert "exists already" in err


def test_every_line_of_the_template_is_valid_once_uncommented(cli, tmp_path):
    cli("new", "case.toml")
    text = (tmp_path / "case.toml").read_text()
    lines = [
        line.removeprefix("# ") if "=" in line or line.startswith("# [") else ""
        for line in text.splitlines()
    ]
    (tmp_path / "full.toml").write_text(
        "\n".join(line for line in lines if not line.startswith("Any"))
    )
    assert cli("check", "full.toml") == (0, "full.toml: ok\n", "")


def test_check_reports_every_file(cli, tmp_path):
    (tmp_path / "a.toml").write_text("[iran]\nreview = 2\n")
    (tmp_path / "b.toml").write_text('extends = "standoff_2019_2021"\nweeks = 95\n')
    status, out, err = cli("check", "a.toml", "b.toml", "baseline")
    assert status == 2
    assert "a.toml: iran.review" in err
    assert "b.toml: ok" in out
    assert "week 100" in out
    rows = json.loads(cli("check", "a.toml", "baseline", "--json")[1])
    assert [bool(row["problems"]) for row in rows] == [True, False]


def test_version_and_help(cli):
    assert cli("--version")[1].startswith(f"redline {package_version()} (python ")
    helped = cli("-h")[1]
    for command in COMMANDS:
        assert f"  {command} " in helped
        assert f"Usage: redline {command} " in cli(command, "--help")[1]


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom redline.cli import main\ntry: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'numba', 'mesa', 'matplotlib', 'scipy', 'pyarrow', 'rich', 'pydantic'}\n"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def test_a_closed_pipe_is_no_error():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "redline", "parameters", "standoff_2019_2021"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=300, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("columns", [20, 80, 200])
@pytest.mark.usefixtures("undrawn")
def test_narrow_terminals_and_no_colour(cli, monkeypatch, columns):
    for name, value in (("COLUMNS", str(columns)), ("NO_COLOR", "1"), ("FORCE_COLOR", "")):
        monkeypatch.setenv(name, value)
    status, out, _ = cli("run", "talks_2021", "-n", 4)
    assert status == 0
    assert "\x1b" not in out
    table = [line for line in out.splitlines() if line.startswith(tuple("┏┡└┃│"))]
    assert len(table) > 20
    assert max(map(len, table)) <= columns


WITHOUT_END = """
import signal
from pathlib import Path
from redline.cli import main
from redline.engine.batch import BatchEngine

# A shell's background job inherits an ignored SIGINT: give it back its meaning.
signal.signal(signal.SIGINT, signal.default_int_handler)
tally = BatchEngine.tally

def begun(self, *block):
    if any(Path("results").glob(".*/new/outcomes/*")):
        self._stopped.wait()
    return tally(self, *block)

BatchEngine.tally = begun
main("run baseline -n 2000000 --weeks 4".split())
"""
"""A run that stores some of its parts, and makes no more of them until it is asked to stop."""


def test_an_interrupt_ends_a_run_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_END],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob("results/.*/new/outcomes/*")):  # it is at work
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"interrupted" in err
    assert list(tmp_path.glob("results/*")) == []


@pytest.mark.usefixtures("undrawn")
def test_a_list_in_a_file_says_what_it_replaces(cli, tmp_path):
    text = "extends = 'standoff_2019_2021'\n[[timeline]]\nweek = 10\nsanctions = 0.1\n"
    (tmp_path / "mine.toml").write_text(text)
    said = "its timeline replaces the whole timeline of standoff_2019_2021 (4 entries)"
    assert said in cli("check", "mine.toml")[1]
    assert said in cli("run", "mine.toml", "-n", 2)[2]
    assert cli("check", "standoff_2019_2021")[1] == "standoff_2019_2021: ok\n"


@pytest.mark.parametrize("columns", ["60", "80", "100", "130", "200"])
def test_parameters_stand_in_a_terminal_of_any_width(cli, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    out = cli("parameters")[1]
    assert max(map(len, out.splitlines())) <= int(columns)
    words = " ".join(re.sub(r"[│┃]", " ", out).split())
    assert "0 – 1e+90" in words
    assert "1.35" in words
    assert "leverage" in words
    assert "…" not in out


def test_a_template_has_the_values_of_what_it_extends(cli, tmp_path):
    cli("new", "mine.toml", "--extends", "talks_2021")
    text = (tmp_path / "mine.toml").read_text()
    assert "# weeks = 52 " in text
    assert "# diplomacy = 8" in text


@pytest.mark.usefixtures("undrawn")
def test_a_run_says_which_it_replaces(cli):
    cli("run", "baseline", "-n", 3)
    assert "took the place" not in cli("run", "baseline", "-n", 3)[2]
    _, _, err = cli("run", "baseline", "-n", 4, "--force")
    told = "redline: replaced a run of 3 replicates, seed 1, in results/baseline\n"
    assert err.startswith(told)
    cli("sweep", "fear_of_war", "-n", 1, "-o", "s")
    status, _, err = cli("run", "fear_of_war", "-n", 4, "-o", "s")
    assert status == 2  # and nothing was replaced
    assert "took the place" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "question.toml"], "is an experiment file: run it with redline experiment"),
        (["run", "mine"], "no scenario of that name (there is a file mine.toml)"),
        (["results", "."], "no manifest.json in it"),
        (["sweep", "baseline", "--over", "iran.review={from=0"], "want quotes"),
    ],
)
def test_usual_mistakes_are_answered_with_what_to_do(cli, tmp_path, arguments, message):
    (tmp_path / "question.toml").write_text("claim = 'X1'\n[arms.a]\n[[test]]\n")
    (tmp_path / "mine.toml").write_text("weeks = 3\n")
    status, _, err = cli(*arguments)
    assert status == 2
    assert message in err


def test_results_are_told_in_a_line(tmp_path):
    from redline.case.scenario_file import load_scenario
    from redline.results.simulation import simulate
    from redline.results.storage.running import run_into

    assert repr(simulate("baseline", 3)) == "<3 replicates of baseline, seed 1: see summary()>"
    assert repr(run_into(tmp_path / "r", load_scenario("baseline"), 3)).startswith(
        "<run of baseline in "
    )


DRAWS = pytest.mark.second_tier("each draws the run's figure; the results of a run stand for it")
LATER = pytest.mark.second_tier("a pipe that is closed before anything is written stands for it")


@pytest.mark.parametrize("lines", [0, pytest.param(1, marks=LATER), pytest.param(20, marks=LATER)])
@pytest.mark.parametrize("command", ["results run", pytest.param("run baseline", marks=DRAWS)])
def test_a_pipe_of_both_streams_that_closes_is_no_error(plotted, command, lines):
    words = [sys.executable, "-m", "redline", *command.split()]
    read, write = os.pipe()
    with open(read, "rb") as told:
        if not lines:
            told.close()  # before there is anything to read
        with subprocess.Popen(words, cwd=plotted, stdout=write, stderr=write) as process:
            os.close(write)
            for _ in range(lines):
                told.readline()
            told.close()
            try:
                assert process.wait(timeout=300) == 0
            finally:
                process.kill()


def test_progress_where_there_is_no_terminal_is_a_line_now_and_then(capsys, monkeypatch):
    from redline.cli import progress

    clock = iter([0.0, 5.0, 11.0, 11.0, 15.0, 22.0, 22.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.progress_bar(1000) as report:
        for done in (100, 400, 500, 1000):
            report(done)
    assert capsys.readouterr().err == "redline: 40 %, 400 of 1,000\n"


def test_what_is_set_twice_or_swept_or_drawn_between_is_said(cli):
    status, _, err = cli("run", "baseline", "-n", 2, "--set", "iran.review=0.1",
                         "--set", "iran.review=0.2")  # fmt: skip
    assert status == 2
    assert "--set: iran.review is set twice" in err
    over = ["--over", "iran.review=[0.1,0.3]", "--set", "iran.review=0.2", "-n", 1, "--dry-run"]
    err = cli("sweep", "talks_2021", *over)[2]
    assert "iran.review is swept: the value set applies to the base case only" in err
    err = cli("sweep", "talks_2021", *over, "--design", "lhs", "--points", 2)[2]
    assert "the lhs design samples anywhere between its least and its largest value" in err

"""The Python interface: what every result can do, and what of 0.1.0 still works."""

import importlib
import inspect
import io
import json
import pkgutil
import re
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import redline as rl
from redline.cli import cli as group
from redline.support import Result
from test_packages import OLD_NAMES

CASE = "standoff_2019_2021"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("interface")


@pytest.fixture(scope="module")
def run():
    return rl.simulate(CASE, 60)


@pytest.fixture(scope="module")
def grid(folder):
    over = {"united_states.commitment": [0, 0.8], "iran.review": [0.1, 0.25, 0.5]}
    return rl.sweep(CASE, over, replicates=12, to=folder / "grid")


MAKERS = {
    "a run": lambda run, grid, folder: run,
    "a stored run": lambda run, grid, folder: run.save(folder / "run"),
    "a sweep": lambda run, grid, folder: grid,
    "a point": lambda run, grid, folder: grid.at(2),
    "groups": lambda run, grid, folder: grid.grouped(),
    "a comparison": lambda run, grid, folder: rl.compare(CASE, "cheap_war", replicates=40),
    "comparisons": lambda run, grid, folder: rl.compare(
        CASE, "cheap_war", "crisis_2020", replicates=40
    ),
    "an explanation": lambda run, grid, folder: rl.explain(CASE, week=4),
    "a story": lambda run, grid, folder: rl.explain(CASE),
    "a ledger": lambda run, grid, folder: rl.experiment("C5", 60),
    "the record": lambda run, grid, folder: rl.record(),
    "a validation": lambda run, grid, folder: rl.validate(CASE, 20),
    "scores": lambda run, grid, folder: rl.score(CASE, particles=20, refit=False),
    "a game": lambda run, grid, folder: rl.game(CASE, 30),
    "parameters": lambda run, grid, folder: rl.parameters(CASE),
    "scenarios": lambda run, grid, folder: rl.scenarios(),
    "checked files": lambda run, grid, folder: rl.check("baseline"),
    "a game that is played": lambda run, grid, folder: rl.play().move(1),
}
NO_FIGURE = {"a story", "parameters", "scenarios", "checked files", "a game that is played"}


@pytest.fixture(scope="module")
def made(run, grid, folder):
    known = {}

    def give(what):
        if what not in known:
            known[what] = MAKERS[what](run, grid, folder)
        return known[what]

    return give


@pytest.mark.parametrize("what", MAKERS)
def test_every_result_goes_on_as_a_table_as_json_and_as_html(what, made, folder):
    result = made(what)
    assert isinstance(result, Result)
    table = result.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert len(table) > 0
    told = json.loads(result.to_json(folder / "told.json"))
    assert told
    assert json.loads((folder / "told.json").read_text("utf-8")) == told
    html = result._repr_html_()
    assert html.count("<table") == html.count("</table")
    text = re.sub(r"<[^>]+>", " ", html)
    blocks = [str(block).strip() for block in result.blocks() if isinstance(block, str)]
    for line in blocks[:1]:
        assert line.split()[0].strip("\n") in text.replace("&#x27;", "'").replace("&quot;", '"')
    assert "\n" not in repr(result)
    assert len(repr(result)) < 200


@pytest.mark.parametrize("what", [what for what in MAKERS if what not in NO_FIGURE])
def test_every_result_has_a_figure_that_a_notebook_shows(what, made, folder):
    figure = made(what).plot()
    assert figure._repr_png_()[:4] == b"\x89PNG"
    assert figure.title
    (path, *_) = figure.save(folder / "figure.svg")
    assert path.read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize("what", sorted(NO_FIGURE))
def test_what_has_no_figure_says_so(what, made):
    with pytest.raises(rl.InputError, match=r"a \w+ has no figure; see \.to_pandas\(\)"):
        made(what).plot()


def test_a_run_in_memory_is_the_run_in_a_folder(run, made):
    stored = made("a stored run")
    pd.testing.assert_frame_equal(run.to_pandas(), stored.to_pandas())
    again, there = run.to_dict(), stored.to_dict()
    for told in (again, there):
        del told["seconds"], told["decisions_per_second"]
    assert again == there
    assert (run["class"] == stored["class"]).all()
    some = run.to_pandas(["replicate", "attacks"], where="attacks > 100 and class == 'crisis'")
    assert len(some) == ((run["attacks"] > 100) & (run["class"] == "crisis")).sum()
    with pytest.raises(rl.InputError, match="no column atacks; nearest valid name: attacks"):
        run.to_pandas(["atacks"])


def test_labelled_arrays_have_the_addresses_of_a_grid_and_the_points_of_other_designs(
    run, grid, folder
):
    measures = run.to_xarray()
    assert measures.sizes == {"replicate": 60}
    assert measures["attacks"].attrs["long_name"]
    assert (measures["attacks"].to_numpy() == run["attacks"]).all()
    whole = grid.to_xarray()
    assert dict(whole.sizes) == {"united_states.commitment": 2, "iran.review": 3, "replicate": 12}
    for point in range(6):
        values = grid.points.values(point)
        here = whole["attacks"].sel(values)
        assert (here.to_numpy() == grid.at(point).column("attacks")).all()
    over = {"iran.review": (0.1, 0.5), "united_states.commitment": (0, 1)}
    drawn = rl.sweep(
        CASE, over, design="lhs", points=4, replicates=3, to=folder / "lhs"
    ).to_xarray()
    assert dict(drawn.sizes) == {"point": 4, "replicate": 3}
    assert drawn["iran.review"].dims == ("point",)


def test_what_is_swept_may_be_values_arrays_ranges_ends_or_points(folder):
    ways = {
        "list": {"iran.review": [0.1, 0.3]},
        "array": {"iran.review": np.array([0.1, 0.3])},
        "range": {"iran.review": {"from": 0.1, "to": 0.3, "steps": 2}},
        "rows": [{"iran.review": 0.1}, {"iran.review": 0.3}],
        "frame": pd.DataFrame({"iran.review": [0.1, 0.3]}),
    }
    (folder / "points.csv").write_text("iran.review\n0.1\n0.3\n", "utf-8")
    ways["file"] = folder / "points.csv"
    for name, over in ways.items():
        done = rl.sweep("baseline", over, replicates=2, to=folder / name)
        assert done.points.columns["iran.review"].tolist() == [0.1, 0.3], name
    again = rl.sweep("baseline", done.points, replicates=2, to=folder / "points")
    assert again.points.columns["iran.review"].tolist() == [0.1, 0.3]


def test_a_sweep_that_is_given_again_goes_on_and_another_is_not_replaced(folder):
    over = {"iran.review": [0.1, 0.3]}
    first = rl.sweep("baseline", over, replicates=2, to=folder / "again")
    part = first.parts[0]
    part.unlink()
    assert rl.sweep("baseline", over, replicates=2, to=folder / "again").complete
    assert part.is_file()
    assert rl.sweep(to=folder / "again").complete
    with pytest.raises(rl.InputError, match="name another folder, or start over with force=True"):
        rl.sweep("baseline", over, replicates=3, to=folder / "again")
    assert rl.sweep("baseline", over, replicates=3, to=folder / "again", force=True).replicates == 3
    with pytest.raises(rl.InputError, match="say which scenario to sweep; without one, to="):
        rl.sweep()


def test_a_run_goes_on_until_its_interval_is_narrow():
    said = []
    found = rl.simulate(CASE, 100, until=0.2, until_of="crisis", notice=said.append)
    row = found.summary()["class"]["crisis"]
    assert row["high"] - row["low"] <= 0.2
    assert "no wider than the 0.2 asked for" in said[-1]


def test_a_bar_moves_where_it_is_asked_for_and_a_function_is_called(capsys, monkeypatch):
    from redline.support import progress

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    short = rl.scenario(CASE).vary(weeks=5)
    seen = []
    rl.simulate(short, 40, engine="mesa", progress=seen.append)
    assert seen == [20, 40]
    rl.simulate(short, 40, engine="mesa")
    assert capsys.readouterr().err == ""  # nobody looks

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    rl.simulate(short, 40, engine="mesa")
    assert "40/40" in terminal.getvalue()
    terminal.truncate(0)
    rl.simulate(short, 40, engine="mesa", progress=False)
    assert not terminal.getvalue().strip("\0")


# What of 0.1.0 still works


@pytest.mark.parametrize(
    ("call", "now"),
    [
        (lambda folder: rl.load_scenario("baseline"), "redline.scenario"),
        (lambda folder: rl.vary("baseline", {"iran.review": 0.3}), "redline.scenario(…).vary(…)"),
        (lambda folder: rl.load_results(folder / "grid"), "redline.open"),
        (lambda folder: rl.grouped(rl.open(folder / "grid")), "redline.open(FOLDER).grouped(…)"),
        (lambda folder: rl.sweep(folder / "grid", resume=True), "sweep(SCENARIO, …, to=FOLDER)"),
        (
            lambda folder: rl.sweep(
                folder / "old", rl.scenario("baseline").vary(sweep={"iran.review": [0.1]}), 2, 1
            ),
            "sweep(SCENARIO, …, to=FOLDER)",
        ),
        (lambda folder: rl.compare("baseline", "cheap_war", 20, 1), "replicates="),
    ],
)
def test_old_names_and_forms_work_with_a_warning_that_says_what_is_new(call, now, grid, folder):
    with pytest.warns(DeprecationWarning, match=re.escape(now)) as told:
        assert call(folder)
    assert told[0].filename == __file__


def test_names_that_stay_do_not_warn():
    stay = {
        "compare",
        "explain",
        "Scenario",
        "EscalationModel",
        "Results",
        "StoredRun",
        "StoredSweep",
    }
    stay |= {"simulate", "sweep", "trace", "InputError", "RedlineError"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in stay:
            assert getattr(rl, name)
            assert name in rl.__all__


def test_an_old_module_in_the_place_of_a_function_is_that_function():
    taken = {line.partition(":")[0] for line in OLD_NAMES} & set(rl.__all__)
    assert {"scenario", "claims", "score"} <= taken
    for name in sorted(taken):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old = importlib.import_module(f"redline.{name}")
        assert getattr(rl, name) is old
        vars(rl).pop(name, None)
        function = getattr(rl, name)
        assert inspect.signature(function)
        setattr(rl, name, old)
    assert rl.scenario("baseline").name == "baseline"
    assert rl.parameters(group="iran.review")[0]["address"] == "iran.review"
    for name in taken:  # other tests ask for the functions
        vars(rl).pop(name, None)
        sys.modules.pop(f"redline.{name}")


def test_every_module_is_imported_and_every_public_name_is_still_what_it_was():
    for module in pkgutil.walk_packages(rl.__path__, "redline."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in rl.__all__:
        if name != "__version__":
            assert callable(getattr(rl, name)), name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("run", "use redline.simulate"),
        ("load", "use redline.open"),
        ("results", None),
        ("simulat", "nearest valid name: simulate"),
    ],
)
def test_a_name_that_is_not_there_says_which_may_be_meant(name, told):
    if told is None:
        assert inspect.ismodule(importlib.import_module(f"redline.{name}"))
        return
    with pytest.raises(AttributeError, match=told):
        getattr(rl, name)


def test_every_command_says_what_its_function_gives(capsys, run):
    """What ``--json`` prints is `to_json`, but for what differs from time to time."""
    group.main(["run", CASE, "-n", "60", "--json"], standalone_mode=False)
    printed, told = json.loads(capsys.readouterr().out), json.loads(run.to_json())
    for one in (printed, told):
        del one["seconds"], one["decisions_per_second"]
    assert printed == told
    group.main(["validate", "-n", "20", "--json"], standalone_mode=False)
    assert capsys.readouterr().out.strip() == rl.validate(replicates=20).to_json()
    group.main(["parameters", "--json"], standalone_mode=False)
    assert capsys.readouterr().out.strip() == rl.parameters().to_json()


# What a hostile reader tried


def test_a_handle_says_that_its_folder_holds_other_results_now(folder):
    first = rl.sweep(CASE, {"iran.review": [0.1, 0.4]}, replicates=3, to=folder / "mix")
    first.grouped()
    rl.sweep(CASE, {"iran.review": [0.2, 0.5]}, replicates=3, to=folder / "mix", force=True)
    with pytest.raises(rl.InputError, match="holds other results now: open it again"):
        first.grouped()
    run = rl.simulate(CASE, 5, to=folder / "other")
    assert len(run["attacks"]) == 5
    rl.simulate(CASE, 5, seed=2, to=folder / "other", force=True)
    with pytest.raises(rl.InputError, match="holds other results now: open it again"):
        run["attacks"]


def test_an_open_sweep_that_another_finishes_is_complete(folder):
    over = {"iran.review": [0.1, 0.4]}
    done = rl.sweep(CASE, over, replicates=3, to=folder / "late")
    whole = (done.folder / "manifest.json").read_bytes()
    unfinished = {**json.loads(whole), "results_hash": None}
    (done.folder / "manifest.json").write_text(json.dumps(unfinished), "utf-8")
    late = rl.open(folder / "late")
    assert not late.complete
    (done.folder / "manifest.json").write_bytes(whole)
    assert late.complete


def test_a_sweep_that_is_kept_beside_is_told(folder, monkeypatch):
    monkeypatch.chdir(folder)
    rl.sweep(CASE, {"iran.review": [0.1]}, replicates=2)
    with pytest.warns(UserWarning, match="~1"):
        rl.sweep(CASE, {"iran.review": [0.3]}, replicates=2)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda run, grid: grid.grouped(where="attacks > 110").plot(), "shows all replicates"),
        (lambda run, grid: grid.grouped(where="attacks > 1e6").plot(), "there is no group"),
        (lambda run, grid: rl.compare(CASE, CASE, replicates=9).plot(week=3), "week=: the figure"),
        (lambda run, grid: rl.compare(CASE, CASE, replicates=9).plot(style="x"), "no x among"),
        (lambda run, grid: run.plot("x"), "no kind x; .*ladder"),
        (lambda run, grid: rl.plot([]), "no results"),
        (lambda run, grid: rl.plot([run, run]), "{NAME: results}"),
        (lambda run, grid: run.plot("ladder", replicate=-1), "replicate must be"),
        (lambda run, grid: rl.simulate(CASE, 3, engine=None), "no engine None"),
        (
            lambda run, grid: rl.simulate(CASE, 3, to=__file__),
            "not a folder|exists",
        ),
        (lambda run, grid: rl.simulate(CASE, 3, to=f"{__file__}/x"), "File exists|Not a directory"),
        (lambda run, grid: rl.sweep(CASE, {"iran.review": [0]}, to=f"{__file__}/x"), "Not a dir"),
        (lambda run, grid: run.to_json("no/folder/j.json"), "No such file"),
        (lambda run, grid: run.plot().save(f"{__file__}/x.png"), "File exists|Not a directory"),
        (lambda run, grid: rl.report(grid, "r.txt"), "a report ends in .html"),
        (lambda run, grid: rl.simulate(CASE, 2, to="a\0b"), "no path has such a character"),
        (lambda run, grid: rl.open(None), "a path is text, or a Path, not NoneType"),
        (lambda run, grid: rl.sweep(CASE, "points.txt", to="q"), "points.txt: No such file"),
        (lambda run, grid: rl.simulate(CASE, 9, first=600, until=0.05), "leave out first"),
        (lambda run, grid: run["atacks"], "nearest valid name: attacks"),
    ],
)
def test_a_wrong_call_is_told_in_the_words_of_python(call, told, run, grid):
    with pytest.raises(rl.InputError, match=told) as error:
        call(run, grid)
    assert not re.search(r"(^| )--[a-z]", str(error.value))


def test_numbers_of_numpy_choose_replicates_weeks_and_points(run, grid):
    assert run.plot("ladder", replicate=np.int64(3)).title == run.plot("ladder", replicate=3).title
    assert grid.plot("outcomes", point=np.int32(1), by=None).title
    assert rl.plot({"a": run, "b": rl.simulate(CASE, 30, seed=2)}).kind == "outcomes"
    assert grid.grouped(["iran.review"], measures="attacks").plot().title.startswith("Attacks")


def test_what_was_measured_cannot_be_changed_by_mistake(run):
    with pytest.raises(ValueError, match="read-only"):
        run["attacks"][0] = 1
    assert run != rl.simulate(CASE, 60)  # compare() compares
    with pytest.raises(TypeError, match="not iterable"):
        list(run)


def test_a_misspelt_call_of_sweep_is_no_old_one(folder):
    with pytest.raises(TypeError, match="positional"):
        rl.sweep(CASE, {"iran.review": [0]}, "lhs", to=folder / "q")


def test_no_stream_for_errors_is_no_error(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert len(rl.simulate(CASE, 3)) == 3

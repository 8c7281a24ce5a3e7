"""Two worlds under the same chance: pairing, parting, and the replicate that tells most."""

import json
import re
import shutil
from html import escape

import numpy as np
import pytest

from redline.argument.comparison.compared import compare
from redline.argument.comparison.differences import Difference, difference, share_gap
from redline.argument.comparison.parting import weeks_of_parting
from redline.case import load_scenario, vary
from redline.results.simulation import simulate, trace
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import read_manifest, write_manifest
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError

STANDOFF = "standoff_2019_2021"


def test_a_world_compared_with_itself_does_not_differ():
    result = compare(STANDOFF, STANDOFF, replicates=50)
    assert all(row.difference == 0 for row in result.differences.values())
    assert result.changed[0] == 0
    assert (result.parting == -1).all()
    assert result.told() == []
    assert result.parting_summary()["q50"] is None
    json.dumps(result.to_dict(), allow_nan=False)


def test_differences_are_those_of_the_two_simulations():
    changed = vary(STANDOFF, {"united_states.audience_cost": 1.6})
    result = compare(STANDOFF, changed, replicates=300, seed=4)
    one, other = simulate(STANDOFF, 300, 4), simulate(changed, 300, 4)
    for name in ("attacks", "strikes", "mean_severity", "response_weeks.strike"):
        paired = other.column(name).astype(float) - one.column(name)
        row = result.differences[name]
        assert row.difference == pytest.approx(paired.mean())
        assert row.low < row.difference < row.high
        half = 1.968 * paired.std(ddof=1) / 300**0.5
        assert row.high - row.difference == pytest.approx(half, rel=0.01)
    unequal = one.column("class") != other.column("class")
    assert result.changed[0] == pytest.approx(unequal.mean())
    assert result.classes.sum() == 300
    assert result.classes[2].sum() == (one.column("class") == 2).sum()


def test_common_chance_pays_for_small_changes_and_says_so():
    near = vary(STANDOFF, {"united_states.commitment": 0.7})
    result = compare(STANDOFF, near, replicates=500)
    assert result.differences["attacks"].difference != 0
    assert result.differences["attacks"].gain > 5
    # Another seed shares nothing, and pairing then buys nothing: about 1.
    one, other = simulate(STANDOFF, 2000, 1), simulate(STANDOFF, 2000, 2)
    gain = difference(one.column("attacks"), other.column("attacks")).gain
    assert gain == pytest.approx(1, abs=0.15)  # standard error of the ratio about 0.03


def test_worlds_part_where_they_are_made_to():
    later = vary(STANDOFF, {"timeline.100.diplomacy": 0})
    result = compare(STANDOFF, later, replicates=200)
    parted = result.parting[result.parting >= 0]
    assert len(parted) > 100
    assert parted.min() >= 100
    forced = vary(STANDOFF, force=[{"actor": "united_states", "week": 9, "rung": "campaign"}])
    result = compare(STANDOFF, forced, replicates=40)
    assert (result.parting == 9).all()


def test_parting_agrees_with_a_slow_search():
    one = trace(STANDOFF, 0, 60)
    other = trace(vary(STANDOFF, {"iran.proxy_loss": 1.4}), 0, 60)
    found = weeks_of_parting(one, other)
    for r in range(60):
        week = -1
        for w in range(112):
            same = one.lived[r] > w and other.lived[r] > w
            same = same and (one.moves[r, w] == other.moves[r, w]).all()
            same = same and all(
                np.array_equal(one.weeks[name][r, w], other.weeks[name][r, w])
                for name in ("talks", "directive", "response")
            )
            if not same:
                week = w
                break
        assert found[r] == week


def test_a_ban_is_explained_by_the_move_that_it_took():
    result = compare(STANDOFF, vary(STANDOFF, forbid=["united_states.strike"]), replicates=200)
    lines = result.told()
    assert lines[0].startswith(
        f"Replicate {result.telling} diverges in week {result.parting[result.telling]}"
    )
    assert lines[1].startswith("standoff_2019_2021: Washington struck")
    assert lines[2].startswith("standoff_2019_2021, changed: Washington")
    before = [actor.chosen for actor in result.explained[0].actors]
    after = [actor.chosen for actor in result.explained[1].actors]
    assert before != after
    assert "strike" not in after


def test_the_telling_replicate_changed_most():
    result = compare(STANDOFF, "cheap_war", replicates=100)
    one, other = simulate(STANDOFF, 100), simulate("cheap_war", 100)
    leap = np.abs(one.column("class").astype(int) - other.column("class"))
    assert leap[result.telling] == leap.max()
    assert result.labels == (STANDOFF, "cheap_war")


def test_worlds_of_unequal_size_are_compared_over_what_they_share():
    result = compare("talks_2021", "baseline", replicates=20)
    assert result.parting.max() < 52
    result = compare(STANDOFF, vary(STANDOFF, {"militias.cells": 2}), replicates=20)
    json.dumps(result.to_dict(), allow_nan=False)


def test_blocks_change_nothing(monkeypatch):
    changed = vary(STANDOFF, {"iran.review": 0.3})
    whole = compare(STANDOFF, changed, replicates=100).to_dict()
    monkeypatch.setattr("redline.argument.comparison.parting.BLOCK_MOVES", 5000)
    assert compare(STANDOFF, changed, replicates=100).to_dict() == whole


def test_notebooks_get_a_table():
    result = compare(STANDOFF, "cheap_war", replicates=20)
    html = result._repr_html_()
    assert "<table>" in html
    assert "cheap_war" in html
    for line in (result.heading, *result.told()):
        assert escape(line) in html
    assert "attacks_per_week" not in "".join(map(str, compare(STANDOFF, STANDOFF).blocks()))
    assert repr(result) == ("<Comparison: standoff_2019_2021 and cheap_war, 20 replicates, seed 1>")


def test_a_row_of_pandas_for_every_measure(cli):
    result = compare(STANDOFF, "cheap_war", replicates=20)
    table = result.to_pandas()
    assert list(table) == ["measure", "kind", *Difference._fields]
    kinds = {"mean": result.differences, "rate": result.rates, "share": result.shares}
    assert len(table) == sum(map(len, kinds.values()))
    for row in table.itertuples():
        found = kinds[row.kind][row.measure]
        assert row.difference == pytest.approx(found.difference)
        assert (found.gain is None) == np.isnan(row.gain)
    told = cli("compare", STANDOFF, "cheap_war", "-n", 20, "--json")[1]
    assert result.to_json() == told.strip()


def test_several_worlds_are_each_beside_the_first():
    costs = [vary(STANDOFF, {"united_states.commitment": value}) for value in (0.2, 0.7)]
    found = compare(STANDOFF, *costs, "cheap_war", replicates=20, seed=3)
    values = [f"{STANDOFF}, commitment = {value}" for value in (0.2, 0.7)]
    assert found.labels == (*values, "cheap_war")
    same = compare(STANDOFF, *[vary(STANDOFF, weeks=20)] * 2, replicates=9)
    assert same.labels == (f"{STANDOFF}, changed (1)", f"{STANDOFF}, changed (2)")
    assert len(found) == 3
    for one, other in zip(found, [*costs, "cheap_war"], strict=True):
        assert one.to_dict() == compare(STANDOFF, other, replicates=20, seed=3).to_dict()
    blocks = [block for one in found for block in one.blocks()]
    assert list(map(str, found.blocks())) == list(map(str, blocks))
    table = found.to_pandas()
    assert list(table["world"].unique()) == list(found.labels)
    assert len(table) == sum(len(one.to_pandas()) for one in found)
    assert len(json.loads(found.to_json())["comparisons"]) == 3
    assert repr(found).startswith("<Comparisons: standoff_2019_2021, commitment = 0.2, ")


def test_replicates_and_seed_may_still_stand_third_and_fourth():
    wanted = compare("talks_2021", "baseline", replicates=9, seed=4).to_dict()
    for given in ((9, 4), (np.uint8(9), 4)):
        with pytest.warns(DeprecationWarning, match="name replicates= and seed="):
            assert compare("talks_2021", "baseline", *given).to_dict() == wanted
    with pytest.warns(DeprecationWarning, match="third world"):
        assert compare("talks_2021", "baseline", 9, seed=4).to_dict() == wanted
    with pytest.warns(DeprecationWarning, match="third world"):
        assert compare("talks_2021", "baseline", 9).seed == 1


def test_numbers_out_of_range_are_refused():
    with pytest.raises(InputError, match="at least 1"):
        compare(STANDOFF, "cheap_war", replicates=0)


# Unlike things


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs that differ in one thing each, and a small sweep."""
    place = tmp_path_factory.mktemp("folders")
    made = {
        "plain": ("talks_2021", 60, 1),
        "more": ("talks_2021", 90, 1),
        "other seed": ("talks_2021", 60, 2),
        "longer": (vary("talks_2021", weeks=80), 60, 1),
        "changed": (vary("talks_2021", {"iran.review": 1.0}), 60, 1),
    }
    for name, (scenario, replicates, seed) in made.items():
        run_into(place / name, load_scenario(scenario), replicates, seed)
    swept = vary("talks_2021", sweep={"iran.review": [0.0, 1.0]})
    sweep(place / "sweep", swept, 30)
    return place


def under_other_rules(folder, copy):
    """Return a copy of a run that says that it followed other rules."""
    shutil.copytree(folder, copy)
    write_manifest(copy, {**read_manifest(copy), "rules_hash": "f" * 64})
    return copy


def test_folders_are_compared_as_the_scenarios_are(folders):
    stored = compare(folders / "plain", folders / "changed")
    fresh = compare("talks_2021", vary("talks_2021", {"iran.review": 1.0}), replicates=60)
    for name in ("differences", "rates", "shares", "classes", "parting", "notes"):
        assert stored.to_dict().get(name) == fresh.to_dict().get(name)
    assert stored.telling == fresh.telling
    assert stored.labels == (str(folders / "plain"), str(folders / "changed"))
    half = compare(load_results(folders / "plain"), vary("talks_2021", {"iran.review": 1.0}))
    assert half.differences == fresh.differences
    point = compare(load_results(folders / "sweep").at(1), folders / "plain")
    assert point.replicates == 30
    assert (
        point.differences["attacks"].second == simulate("talks_2021", 30).column("attacks").mean()
    )


def test_horizons_that_differ_are_said_and_rates_are_given(folders):
    result = compare(folders / "plain", folders / "longer")
    assert result.notes[0].startswith("Horizons differ: 52 weeks (")
    one, other = simulate("talks_2021", 60), simulate(vary("talks_2021", weeks=80), 60)
    rate = result.rates["attacks_per_week"]
    for side, results in ((rate.first, one), (rate.second, other)):
        lived = results.column("weeks_lived").sum()
        assert side == pytest.approx(results.column("attacks").sum() / lived)
    assert rate.low <= rate.difference <= rate.high
    assert result.differences["attacks"].difference > 20  # what a longer horizon alone does
    assert abs(rate.difference) < 0.2
    assert "attacks_per_week" in result._repr_html_()
    assert ">attacks</td>" not in result._repr_html_()
    assert compare(STANDOFF, STANDOFF, replicates=5).notes == ()


def test_other_seeds_are_independent_and_never_paired(folders):
    result = compare(folders / "plain", folders / "other seed")
    assert not result.paired
    assert result.changed is result.classes is result.parting is result.telling is None
    assert "unpaired intervals" in result.notes[0]
    assert all(row.gain is None for row in result.differences.values())
    one, other = (simulate("talks_2021", 60, seed).column("attacks") for seed in (1, 2))
    row = result.differences["attacks"]
    assert row.difference == pytest.approx(other.mean() - one.mean())
    error = ((one.var(ddof=1) + other.var(ddof=1)) / 60) ** 0.5
    assert row.high - row.difference == pytest.approx(2.001 * error, rel=1e-3)  # t, 59 d.f.
    share = result.shares["confrontation"]
    assert share.low < share.difference < share.high
    report = result.to_dict()
    assert report["seed"] is None
    assert [side["seed"] for side in report["sides"]] == [1, 2]
    json.dumps(report, allow_nan=False)
    # Replicates of one seed that do not overlap share nothing either.
    apart = compare(simulate("talks_2021", 20), simulate("talks_2021", 20, first=20))
    assert not apart.paired
    assert "They have no replicate in common: 0 to 19" in apart.notes[0]


def test_the_common_replicates_of_unequal_runs_are_compared(folders):
    result = compare(folders / "more", folders / "plain")
    assert result.paired
    assert result.replicates == 60
    assert "Replicates differ" in result.notes[0]
    assert all(row.difference == 0 for row in result.differences.values())
    late = compare(simulate("talks_2021", 30, first=50), simulate("cheap_war", 60))
    assert late.replicates == 10
    assert late.telling in range(50, 60)
    assert late.explained[0].replicate == late.telling
    attacks = [simulate(name, 10, first=50).column("attacks").mean() for name in
               ("talks_2021", "cheap_war")]  # fmt: skip
    assert [late.differences["attacks"].first, late.differences["attacks"].second] == attacks


def test_under_other_rules_stored_measures_are_compared_and_no_week_of_parting(folders, tmp_path):
    old = under_other_rules(folders / "changed", tmp_path / "old")
    result = compare(folders / "plain", old)
    assert "Rules differ" in result.notes[0]
    assert result.parting is result.telling is None
    assert result.told() == []
    told = compare(folders / "plain", folders / "changed")
    assert result.differences == told.differences
    older = under_other_rules(folders / "plain", tmp_path / "older")
    both = compare(older, old)
    assert "other rules (fffffff) than the current ones" in both.notes[0]
    assert both.parting is None
    assert both.to_dict()["parting"] is None
    # A manifest that no longer describes what was stored.
    shutil.copytree(folders / "plain", tmp_path / "edited")
    manifest = read_manifest(tmp_path / "edited")
    write_manifest(tmp_path / "edited", {**manifest, "seed": 2})
    edited = compare(tmp_path / "edited", folders / "other seed")
    assert edited.parting is None
    assert "cannot be reproduced" in edited.notes[-1]
    assert edited.differences["attacks"].first == told.differences["attacks"].first


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (("sweep", "plain"), {}, "holds a sweep"),
        (("plain", "more"), {"replicates": 50}, "stored results have their own"),
        (("plain", "talks_2021"), {"seed": 1}, "stored results have their own"),
    ],
)
def test_what_cannot_be_compared_is_one_message(folders, names, options, message):
    given = [folders / name if (folders / name).exists() else name for name in names]
    with pytest.raises(InputError, match=message):
        compare(*given, **options)


def test_the_interval_of_a_share_holds_where_nobody_differs():
    none, one = np.zeros(200, bool), np.arange(200) < 1
    row = share_gap(none, none, paired=True)
    assert row.difference == 0
    assert row.low < 0 < row.high
    apart = share_gap(none, one, paired=False)
    assert apart.difference == pytest.approx(0.005)
    assert apart.low < 0 < apart.high


def test_folders_on_the_command_line(cli, folders):
    where = {name: str(folders / name) for name in ("plain", "longer", "other seed", "sweep")}
    status, out, err = cli("compare", where["plain"], where["longer"])
    assert status == 0, err
    assert out.startswith("Horizons differ: 52 weeks")
    assert "attacks_per_week" in out
    assert "│ attacks " not in out
    status, out, err = cli("compare", where["plain"], where["other seed"], "--json")
    assert status == 0
    assert err.startswith("redline: Seeds differ: 1 ")
    assert json.loads(out)["paired"] is False
    out = cli("compare", where["plain"], where["other seed"])[1]
    assert "Differences of independent samples" in out
    assert "│ confrontation " in out
    assert "common chance" not in out
    out = cli("compare", where["sweep"], "--point", 0, "--point", 1)[1]
    assert "at point 1, 30 replicates, seed 1" in " ".join(out.split())  # however long the folder
    assert re.search(r" % of replicates change class \(95 % interval [\d.]+ to [\d.]+ %\)", out)
    assert not re.search(r"\d – [-\d]", out)
    assert "60 replicates" in cli("compare", where["plain"], "--set", "iran.review=1")[1]
    assert "strikes_per_week" in cli("compare", "talks_2021", "cheap_war", "-n", 9, "--per-week")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plain", "longer", "-n", 5), "have their own"),
        (("plain", "talks_2021", "--seed", 3), "have their own"),
        (("plain", "longer", "--weeks", 5), "in a scenario file"),
        (("plain",), "give a second scenario"),
        (("sweep", "plain"), "--point 0 … 1"),
        (("sweep", "plain", "--point", 2), "point must be in 0 … 1"),
        (("plain", "longer", "--point", 1), "--point applies only to folders that hold a sweep"),
        (("sweep", "sweep", "--point", 1), "--point 0 … 1"),
    ],
)
def test_what_folders_cannot_be_asked_is_one_message(cli, folders, arguments, message):
    given = [folders / a if str(a) in ("plain", "longer", "sweep") else a for a in arguments]
    status, out, err = cli("compare", *given)
    assert (status, out) == (2, "")
    assert message in err

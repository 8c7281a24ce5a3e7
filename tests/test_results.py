"""Reading back: columns, conditions, groups with their intervals, and damaged files."""

import hashlib
import json
import random
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from redline.case import load_scenario, vary
from redline.case.design import Points
from redline.results.intervals import mean_interval, wilson_bounds
from redline.results.measures import find_measure, measure_names
from redline.results.pooling.grouping import grouped, most_of
from redline.results.pooling.groups import group_rows, pooled
from redline.results.pooling.summaries import Sums
from redline.results.simulation import simulate
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import POINTS, write_manifest, write_table
from redline.results.storage.stored import StoredRun
from redline.results.storage.stored_sweep import StoredSweep, load_results
from redline.results.storage.tables import points_table
from redline.support.errors import InputError

COMMITMENT, REVIEW = "united_states.commitment", "iran.review"


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    table = {COMMITMENT: [0.0, 0.4, 0.8], REVIEW: [0.1, 0.9]}
    scenario = vary("baseline", weeks=30, sweep=table)
    return sweep(tmp_path_factory.mktemp("s") / "s", scenario, 240)


def test_counts_are_bounded_by_the_most_militias_that_are_swept():
    scenario = vary("baseline", weeks=10)
    swept = SimpleNamespace(scenario=scenario, points=Points(2, {"militias.cells": [1, 3]}))
    factions = len(scenario.factions)
    assert most_of(find_measure("attacks"), swept) == 10 * factions * 3
    assert most_of(find_measure("attacks_per_week"), swept) == factions * 3


def test_points_that_are_not_the_manifest_s_are_refused(tmp_path):
    done = sweep(tmp_path / "s", vary("baseline", weeks=2, sweep={REVIEW: [0.1, 0.9]}), 1)
    other = points_table(Points(2, {REVIEW: [0.1, 0.8]}))
    parts = {**done.manifest["parts"], POINTS: write_table(other, done.folder / POINTS)}
    write_manifest(done.folder, {**done.manifest, "parts": parts})
    with pytest.raises(InputError, match="holds the points of another sweep"):
        _ = load_results(done.folder).points


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run_into(tmp_path_factory.mktemp("r") / "talks_2021", load_scenario("talks_2021"), 300)


def test_folders_are_read_as_what_they_are(swept, ran):
    assert isinstance(load_results(swept.folder), StoredSweep)
    assert isinstance(load_results(str(ran.folder)), StoredRun)
    assert load_results(swept.folder).points.addresses == (COMMITMENT, REVIEW)
    assert len(load_results(ran.folder).points) == 1


def test_every_door_shows_the_same_rows(swept):
    frame = swept.to_pandas()
    assert len(frame) == 6 * 240
    assert list(frame.columns) == list(swept.column_names)
    assert swept.dataset().count_rows() == 1440
    values = swept.points.columns[COMMITMENT][frame["point"]]
    assert np.array_equal(frame[COMMITMENT], values)
    point = swept.at(4)
    mine = frame[frame["point"] == 4]
    assert np.array_equal(mine["attacks"], point.column("attacks"))
    assert mine["class"].eq("confrontation").sum() == (point.column("class") == 3).sum()
    assert point.decisions == mine["weeks_lived"].sum() * 8


def test_a_condition_keeps_the_rows_that_meet_it(swept):
    some = swept.to_pandas(["attacks", REVIEW], where=f"{COMMITMENT} < 0.5 and attacks > 25")
    every = swept.to_pandas()
    wanted = every[(every[COMMITMENT] < 0.5) & (every["attacks"] > 25)]
    assert list(some.columns) == ["attacks", REVIEW]
    assert 0 < len(some) == len(wanted) < len(every)
    assert np.array_equal(some["attacks"], wanted["attacks"])
    wars = swept.columns(["class"], where='class == "confrontation"')["class"]
    assert (wars == 3).all()


def test_columns_and_points_that_are_not_there_are_named(swept):
    with pytest.raises(InputError, match="nearest valid name: attacks"):
        swept.columns(["atacks"])
    with pytest.raises(InputError, match="point must be in 0 … 5"):
        swept.at(6)
    with pytest.raises(InputError, match="no measure"):
        swept.at(0).column("iran.review")


def test_a_sweep_under_way_can_be_read(swept, tmp_path):
    manifest = {**swept.manifest, "parts": {}, "results_hash": None}
    (tmp_path / "outcomes").mkdir()
    name = "outcomes/part-00002.parquet"
    for file in (name, "points.parquet"):
        (tmp_path / file).write_bytes((swept.folder / file).read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "journal.jsonl").write_text(
        json.dumps({"points.parquet": swept.manifest["parts"]["points.parquet"]})
    )
    empty = load_results(tmp_path)
    with pytest.raises(InputError, match="nothing is stored yet"):
        empty.columns(["attacks"])
    with pytest.raises(InputError, match="nothing of point 0 is stored yet"):
        empty.at(0).column("attacks")
    (tmp_path / "journal.jsonl").write_text(
        json.dumps({file: swept.manifest["parts"][file] for file in (name, "points.parquet")})
    )
    part = load_results(tmp_path)
    assert not part.complete
    assert len(part.parts) == 1
    held = set(part.columns(["point"])["point"].tolist())
    assert 0 < len(held) < 6


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not parquet at all" * 10])
def test_a_foreign_file_is_one_message(swept, tmp_path, data):
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps(swept.manifest))
    for name in swept.manifest["parts"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = load_results(tmp_path)
    for ask in (lambda: found.points, found.weekly, lambda: found.at(0).column("attacks")):
        with pytest.raises(InputError, match=r"parquet: has changed since it was written"):
            ask()
    # And where somebody has put its SHA-256 into the manifest, too.
    parts = dict.fromkeys(swept.manifest["parts"], hashlib.sha256(data).hexdigest())
    (tmp_path / "manifest.json").write_text(json.dumps({**swept.manifest, "parts": parts}))
    found = load_results(tmp_path)
    for ask in (lambda: found.points, found.weekly):
        with pytest.raises(InputError, match="cannot be read"):
            ask()


@pytest.mark.parametrize("name", ["outcomes/part-00001.parquet", "points.parquet"])
def test_every_flipped_bit_is_seen_when_it_is_read(swept, tmp_path, name):
    folder = shutil.copytree(swept.folder, tmp_path / "copy")
    if name == "points.parquet":
        asks = [lambda: load_results(folder).points, lambda: load_results(folder).at(1).values]
    else:
        point = next(n for n in range(6) if folder / name in load_results(folder).parts_of(n))
        asks = [lambda: load_results(folder).columns(["attacks"])]
        asks += [lambda: load_results(folder).at(point).column("attacks")]
    sound = (folder / name).read_bytes()
    chance = random.Random(11)
    # Half of them in the footer, which says what is where.
    places = [chance.randrange(len(sound)) for _ in range(100)]
    places += [chance.randrange(max(0, len(sound) - 2000), len(sound)) for _ in range(100)]
    for place in places:
        data = bytearray(sound)
        data[place] ^= 1 << chance.randrange(8)
        (folder / name).write_bytes(data)
        for ask in asks:
            with pytest.raises(InputError, match=f"{name}.*has changed since it was written"):
                ask()
    (folder / name).write_bytes(sound)
    assert load_results(folder).columns(["attacks"])["attacks"].sum() > 0


def test_a_reader_keeps_up_with_the_sweep_that_it_reads(swept, tmp_path):
    # A part is stored between two questions; then the sweep ends, and its journal goes.
    shutil.copytree(swept.folder, tmp_path / "s")
    folder = tmp_path / "s"
    parts = swept.manifest["parts"]
    unfinished = {**swept.manifest, "parts": {}, "results_hash": None}
    (folder / "manifest.json").write_text(json.dumps(unfinished))
    names = sorted(name for name in parts if name.startswith("outcomes/"))
    journal = [json.dumps({name: parts[name]}) for name in ("points.parquet", *names)]
    (folder / "journal.jsonl").write_text("\n".join(journal[:2]))
    reader = load_results(folder)
    some = len(reader.columns(["attacks"])["attacks"])
    assert reader.at(0).column("attacks").size
    (folder / "journal.jsonl").write_text("\n".join(journal[:4]))
    more = len(reader.columns(["attacks"])["attacks"])
    assert some < more
    assert reader.at(0).column("attacks").size
    (folder / "manifest.json").write_text(json.dumps(swept.manifest))
    (folder / "journal.jsonl").unlink()
    assert len(reader.columns(["attacks"])["attacks"]) == 6 * 240
    assert reader.complete
    assert reader.at(5).column("attacks").size == 240


def test_a_manifest_that_lacks_something_is_one_message(swept, tmp_path):
    manifest = {k: v for k, v in swept.manifest.items() if k != "points_sha256"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"manifest\.json is damaged: points_sha256"):
        load_results(tmp_path)


# Groups


def test_a_group_of_one_point_has_the_figures_of_that_point(swept):
    measures = [
        "confrontation",
        "attacks",
        "attacks_per_week",
        "mean_severity",
        "strikes_per_attack",
    ]
    groups = grouped(swept, measures=measures)
    assert [group.values[COMMITMENT] for group in groups] == [0, 0, 0.4, 0.4, 0.8, 0.8]
    for place, group in enumerate(groups):
        alone = simulate(vary(swept.scenario, swept.points.values(place)), 240)
        summary = alone.summary()
        assert (group.points, group.replicates) == (1, 240)
        war = summary["class"]["confrontation"]
        assert group.measures["confrontation"] == pytest.approx(
            (war["share"], war["low"], war["high"])
        )
        for name in ("attacks", "mean_severity"):
            row = summary[name]
            assert group.measures[name] == pytest.approx((row["mean"], row["low"], row["high"]))
        ratio, row = group.measures["strikes_per_attack"], summary["strikes_per_attack"]
        assert ratio == pytest.approx((row["mean"], row["low"], row["high"]))
        lived = alone.column("weeks_lived").sum()
        rate = alone.column("attacks").sum() / lived
        assert group.measures["attacks_per_week"].mean == pytest.approx(rate)


def test_pooled_points_are_not_taken_for_independent(swept):
    (group,) = grouped(swept, by=[], measures=["attacks", "crisis"])
    columns = swept.columns(["replicate", "attacks", "class"])
    by_replicate = np.zeros(240)
    np.add.at(by_replicate, columns["replicate"], columns["attacks"] / 6)
    assert (group.points, group.replicates) == (6, 1440)
    assert group.measures["attacks"] == pytest.approx(mean_interval(by_replicate, signed=False))
    naive = mean_interval(columns["attacks"].astype(float))
    width = group.measures["attacks"].high - group.measures["attacks"].low
    assert width > 1.5 * (naive[2] - naive[1])
    share = group.measures["crisis"]
    count = int((columns["class"] == 2).sum())
    independent = binomtest(count, 1440).proportion_ci(method="wilson")
    assert share.mean == pytest.approx(count / 1440)
    assert share.high - share.low > independent.high - independent.low


def test_a_share_of_nothing_has_the_interval_of_its_different_replicates(swept):
    (group,) = grouped(
        swept, by=[], measures=["confrontation"], where="attacks < 0 or attacks > 25"
    )
    assert group.measures["confrontation"].low >= 0
    (none,) = grouped(swept, by=[], measures=["quiet"])
    interval = binomtest(0, 240).proportion_ci(method="wilson")
    assert none.measures["quiet"] == pytest.approx((0, interval.low, interval.high), abs=1e-12)


@pytest.mark.parametrize(("count", "trials"), [(0, 5), (3, 10), (40, 41), (7, 7)])
def test_wilson_bounds_are_scipy_s_where_trials_are_whole(count, trials):
    wanted = binomtest(count, trials).proportion_ci(method="wilson")
    found = wilson_bounds(count / trials, trials)
    assert found == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_a_week_that_never_came_is_no_zero(ran):
    (group,) = grouped(ran, measures=["first_crisis_week", "confrontation_week", "attack_weeks"])
    weeks = ran.column("first_crisis_week")
    seen = weeks[weeks >= 0]
    assert group.measures["first_crisis_week"].mean == pytest.approx(seen.mean())
    attacked = sum(
        ran.column(f"provocation_weeks.{rung}").sum()
        for rung in ("rockets", "drones", "assault", "offensive")
    )
    share = attacked / ran.column("weeks_lived").sum()
    assert group.measures["attack_weeks"].mean == pytest.approx(share)
    (quiet,) = grouped(ran, measures=["confrontation_week"], where="confrontation_week < 0")
    assert quiet.measures["confrontation_week"] == (None, None, None)


def test_a_week_that_came_in_few_replicates_has_their_interval(ran):
    (group,) = grouped(ran, measures=["first_crisis_week"])
    row = ran.summary()["first_crisis_week"]
    assert group.measures["first_crisis_week"] == pytest.approx(
        (row["mean"], row["low"], row["high"])
    )


@pytest.mark.parametrize(("points", "hit"), [(3, 1), (49, 1), (7, 3)])
def test_rounding_does_not_make_replicates(points, hit):
    sums = Sums(1)
    sums.add(np.zeros(50, np.int64), np.full(50, float(hit)), np.full(50, float(points)))
    (interval,) = sums.intervals(find_measure("crisis"), np.array([50 * points]))
    wanted = wilson_bounds(hit / points, 50)
    assert (interval.low, interval.high) == pytest.approx(wanted)


def test_many_addresses_can_be_grouped_by(tmp_path):
    names = ("leverage_value", "influence_value", "proxy_loss", "backlash", "talks_risk", "review")
    ranges = {f"iran.{name}": {"from": 0.0, "to": 1.0} for name in names}
    more = {f"united_states.{n}": {"from": 0.0, "to": 1.0} for n in ("red_line", "commitment")}
    table = {"design": "lhs", "points": 400, **ranges, **more}
    done = sweep(tmp_path / "s", vary("baseline", weeks=2, sweep=table), 1)
    assert len(grouped(done, measures=["attacks"])) == 400


def test_what_rows_pool_is_said(swept, ran):
    assert pooled(swept, grouped(swept)) is None
    assert pooled(ran, grouped(ran)) is None
    by_one = pooled(swept, grouped(swept, by=[COMMITMENT]))
    assert by_one.sentence() == f"each row pools 2 points of {REVIEW}"
    by_none = pooled(swept, grouped(swept, by=[]))
    assert by_none.sentence() == f"each row pools 6 points of {COMMITMENT} × {REVIEW}"
    assert by_none.to_dict() == {"addresses": [COMMITMENT, REVIEW], "least": 6, "most": 6}
    some = grouped(swept, by=[REVIEW], where=f"{COMMITMENT} > 0.3 or {REVIEW} > 0.5")
    assert pooled(swept, some).sentence() == f"each row pools 2 to 3 points of {COMMITMENT}"
    assert pooled(swept, []) is None


@pytest.mark.parametrize("cells", [40, 200, 1000, 100_000])
def test_ranges_of_replicates_add_up(swept, monkeypatch, cells):
    names = ["crisis", "attacks_per_week", "first_crisis_week", "mean_severity", "utility.iran"]
    whole = grouped(swept, [REVIEW], names, "attacks > 5")
    monkeypatch.setattr("redline.results.pooling.grouping.MOST_CELLS", cells)
    again = grouped(swept, [REVIEW], names, "attacks > 5")
    for one, other in zip(whole, again, strict=True):
        assert (one.values, one.points, one.replicates) == (
            other.values, other.points, other.replicates,
        )  # fmt: skip
        for name in names:
            assert other.measures[name] == pytest.approx(one.measures[name], rel=1e-10)


def test_groups_that_nothing_is_in_are_left_out(swept):
    groups = grouped(swept, by=[COMMITMENT], where=f"{COMMITMENT} > 0.5")
    assert [(group.values, group.points) for group in groups] == [({COMMITMENT: 0.8}, 2)]
    assert grouped(swept, where="attacks < 0") == []


def test_every_measure_can_be_asked_for(swept):
    (group,) = grouped(swept, by=[], measures=measure_names())
    assert set(group.measures) == set(measure_names())
    for interval in group.measures.values():
        if interval.low is not None:
            assert interval.low <= interval.mean <= interval.high
    assert "weeks_lived_per_week" not in measure_names()


def test_wrong_names_are_answered_with_the_nearest(swept):
    with pytest.raises(InputError, match="nearest valid name: attacks_per_week"):
        find_measure("attacks_per_weeks")
    with pytest.raises(InputError, match=rf"not swept here; nearest valid name: {REVIEW}"):
        grouped(swept, by=["iran.reviews"])


def test_rows_are_flat(swept):
    row = group_rows(grouped(swept, by=[REVIEW], measures=["attacks"]))[0]
    assert list(row) == [REVIEW, "points", "replicates", "attacks", "attacks.low", "attacks.high"]


def test_what_varies_unseen_from_row_to_row_is_said(cli):
    over = ["--over", "iran.review={from=0.1,to=0.5}", "--over", "iran.backlash={from=0,to=1}"]
    design = ["--design", "lhs", "--points", 3, "-n", 2, "-o", "s", "--quiet"]
    assert cli("sweep", "talks_2021", *over, *design)[0] == 0
    out = cli("results", "s", "--by", "iran.review", "--where", "attacks >= 0")[1]
    assert "iran.backlash varies from row to row; of 6 replicates 6 meet attacks >= 0" in (
        " ".join(out.split()).lower()
    )
    one = ["--over", "iran.review=[0.5,0.5]", "-n", 2, "-o", "t", "--quiet"]
    assert cli("sweep", "talks_2021", *one)[0] == 0
    assert "pools 2 points that are the same" in cli("results", "t", "--by", "iran.review")[1]

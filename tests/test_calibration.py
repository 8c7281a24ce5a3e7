"""Calibration: exact cases, honest coverage, tables that survive a kill; and the forecast."""

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm

import redline
from legibility import assert_legible
from redline.case import ONE_POINT, build, load_scenario, vary
from redline.engine.batch import BatchEngine
from redline.evidence import reference_table
from redline.evidence.approximation import (
    Coverage,
    noisy,
    posterior,
    simulation_based_calibration,
)
from redline.evidence.baselines import NegativeBinomial
from redline.evidence.calibration import Calibration, calibrate, predicted
from redline.evidence.facts.weeks import Weekly, weekly, weeks_of
from redline.evidence.facts.windows import Window, counted_in
from redline.evidence.forecasting import (
    Forecast,
    _ahead,
    _baseline,
    forecast,
    known_by,
    past_of,
    survivors,
)
from redline.evidence.recorded import published
from redline.evidence.recorded.known import record_of
from redline.evidence.reference_table import (
    ReferenceTable,
    Statistic,
    make_reference_table,
    prior_ranges,
    recorded,
    statistics,
)
from redline.evidence.validation import facts_of
from redline.figures.kinds.calibration import draw_calibration
from redline.results.simulation import trace
from redline.support.errors import InputError

STANDOFF = "standoff_2019_2021"
THREADS = {"executor": "threads"}
LEAST = reference_table.SMALLEST


@pytest.fixture
def few(monkeypatch):
    """As little as calibrating and forecasting can do with: few draws, few histories at them."""
    monkeypatch.setattr("redline.evidence.calibration.HISTORIES", 200)
    monkeypatch.setattr("redline.evidence.calibration.posterior", partial(posterior, draws=40))
    monkeypatch.setattr("redline.evidence.forecasting.posterior", partial(posterior, draws=20))


def gaussian_table(n=30_000, seed=1):
    """A table whose posterior is known: theta uniform, one normal statistic for each of two."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 10, (n, 3))
    told = values[:, :2] + rng.normal(size=(n, 2))
    return ReferenceTable(
        ("a", "b", "c"), np.zeros(3), np.full(3, 10.0), values, told, np.ones(n, bool)
    )


def test_a_known_posterior_is_found():
    table = gaussian_table()
    draws = posterior(table, table.statistics, np.array([4.0, 6.0]), 1)
    # Normal around the statistic, with the error's own spread; the third is its prior.
    assert draws[:, 0].mean() == pytest.approx(4, abs=0.15)
    assert draws[:, 1].mean() == pytest.approx(6, abs=0.15)
    assert draws[:, 0].std() == pytest.approx(1, abs=0.15)
    assert draws[:, 2].mean() == pytest.approx(5, abs=0.4)
    assert draws[:, 2].std() == pytest.approx(10 / 12**0.5, abs=0.4)
    assert ((draws >= 0) & (draws <= 10)).all()


def test_the_same_seed_gives_the_same_posterior():
    table = gaussian_table(5000)
    first, again, other = (
        posterior(table, table.statistics, np.array([4.0, 6.0]), seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_uncertain_scope_widens_the_posterior():
    table = gaussian_table()
    sure = [Statistic("a", 4.0, 0.0), Statistic("b", 6.0, 0.0)]
    vague = [Statistic("a", 4.0, 0.5), Statistic("b", 6.0, 0.0)]
    target = np.array([4.0, 6.0])
    spreads = [posterior(table, noisy(table, s, 1), target, 1)[:, 0].std() for s in (sure, vague)]
    assert spreads[1] > 1.3 * spreads[0]
    assert np.array_equal(noisy(table, sure, 1), table.statistics)


def test_scope_is_the_standard_error_of_a_logarithm():
    table = ReferenceTable(
        ("a",), np.zeros(1), np.ones(1), np.zeros((4000, 1)), np.full((4000, 2), 5.0), True
    )
    about = [Statistic("counted", 5.0, 0.1), Statistic("known", 5.0, 0.0)]
    counted, known = noisy(table, about, 1).T
    assert (known == 5).all()
    logs = np.log(counted / 5)  # standard errors: 0.0016 of the mean, 0.0011 of the spread
    assert logs.mean() == pytest.approx(0, abs=0.008)
    assert logs.std() == pytest.approx(0.1, abs=0.006)


def test_histories_with_war_are_left_out():
    table = gaussian_table(4000)
    peace = table.values[:, 2] < 5
    kept = ReferenceTable(
        table.addresses, table.low, table.high, table.values, table.statistics, peace
    )
    draws = posterior(kept, kept.statistics, np.array([4.0, 6.0]), 1)
    assert draws[:, 2].mean() == pytest.approx(2.5, abs=0.4)


def test_honest_posteriors_are_found_honest():
    table = gaussian_table(12_000)
    about = [Statistic("a", 0.0, 0.0), Statistic("b", 0.0, 0.0)]
    found = simulation_based_calibration(table, about, 300, 1, accepted=400)
    for level, inside in found.inside.items():
        # 300 truths of three parameters; four standard errors.
        error = (level * (1 - level) / inside.size) ** 0.5
        assert inside.mean() == pytest.approx(level, abs=4 * error)
    assert (found.uniform * 3 > 0.01).all()


@pytest.mark.parametrize(
    ("shift", "scale"),
    [
        pytest.param(0, 1, id="as it should be"),
        pytest.param(0, 0.5, id="half as wide"),
        pytest.param(0, 2, id="twice as wide"),
        pytest.param(1, 1, id="off by its own width"),
    ],
)
def test_posteriors_are_found_as_honest_as_they_are(monkeypatch, shift, scale):
    # A normal truth seen with as much error again: its posterior is normal, around half of what
    # is seen, with variance one half. What is given in its place is off in a known way.
    truth, noise = np.random.default_rng(7).normal(size=(2, 400, 3))
    table = ReferenceTable(
        ("a", "b", "c"), np.zeros(3), np.ones(3), truth, truth + noise, np.ones(400, bool)
    )

    def given(table, told, target, seed, *, draws, **options):
        unit = np.random.default_rng([seed, 9]).normal(size=(draws, 3))
        return target / 2 + 0.5**0.5 * (shift + scale * unit)

    monkeypatch.setattr("redline.evidence.approximation.posterior", given)
    about = [Statistic(name, 0.0, 0.0) for name in "abc"]
    found = simulation_based_calibration(table, about, 400, 1)
    for level, inside in found.inside.items():
        reach = scale * norm.ppf((1 + level) / 2)
        due = norm.cdf(shift + reach) - norm.cdf(shift - reach)
        # Five standard errors of 1,200 truths, and 0.002 that intervals of 1,000 draws lack.
        error = (due * (1 - due) / inside.size) ** 0.5
        assert inside.mean() == pytest.approx(due, abs=5 * error + 0.002)
    if (shift, scale) == (0, 1):
        assert found.uniform.min() > 1e-4  # by chance in 3 of 10,000 such tests
    else:
        # Of the least obvious, twice as wide, chi-squared has noncentrality 146: it passes 1e-6
        # but for 3 times in 10 million.
        assert found.uniform.max() < 1e-6
    told = found.to_dict()
    assert told["cases"] == 400
    assert [one["covered"] for one in told["levels"]] == [x.mean() for x in found.inside.values()]
    assert told["least_uniform_p"] == min(1, 3 * found.uniform.min())


def test_parameters_are_told_by_how_much_narrower_they_are_the_narrowest_first():
    even = np.linspace(0, 1, 1001)
    draws = np.stack([even, 4 + 2 * even], axis=1)  # all of the prior, and half of it
    prior = SimpleNamespace(addresses=("a", "b"), low=np.array([0, 3]), high=np.array([1, 7]))
    told = Calibration.parameters.fget(SimpleNamespace(table=prior, draws=draws))
    assert [row["address"] for row in told] == ["b", "a"]
    assert [row["narrower"] for row in told] == pytest.approx([0.5, 0.0])


def test_the_least_uniform_of_several_parameters_is_judged_as_one_of_so_many():
    inside = {0.5: np.array([[True, False], [True, True]])}
    found = Coverage(("a", "b"), np.zeros((2, 2), int), inside, np.array([0.4, 0.01])).to_dict()
    assert (found["least_uniform"], found["least_uniform_p"]) == ("b", 0.02)
    assert (found["levels"][0]["worst"], found["levels"][0]["worst_covered"]) == ("a", 1.0)


@pytest.mark.parametrize(("week", "peace"), [(25, False), (26, True)])
def test_a_war_in_the_last_week_of_the_past_is_one(week, peace):
    campaign = {"actor": "united_states", "week": week, "rung": "campaign"}
    until = published.START + timedelta(weeks=26, days=-1)
    doomed = vary(
        STANDOFF, {"militias.tempo": 0.0}, force=[campaign], forbid=["united_states.campaign@0-24"]
    )
    rows = reference_table.Rows(0, 0, doomed, ONE_POINT, 1, until, 0, None)
    assert reference_table.simulate_rows(rows)["peace"].to_pylist() == [peace]


def test_statistics_of_a_history_are_those_of_its_weeks():
    found = weekly(load_scenario(STANDOFF), 30, 1)
    told = statistics(found, published.END, np.random.default_rng(1), 48)
    names = [one.name for one in recorded()]
    at = dict(zip(names, told.T, strict=True))
    # Record A ends on a Thursday, B begins on a Friday.
    a = found.attacks[:, :76].sum(axis=1) + 4 / 7 * found.attacks[:, 76]
    b = 3 / 7 * found.attacks[:, 89] + found.attacks[:, 90:].sum(axis=1)
    assert np.allclose(at["attacks_A"], a, rtol=1e-12)
    assert np.allclose(at["attacks_B"], b, rtol=1e-12)
    assert (at["strikes"] == found.strikes.sum(axis=1)).all()
    assert (at["fatal_attacks"] == found.fatal.sum(axis=1)).all()
    assert np.isfinite(told).all()


def test_the_record_s_statistics_end_with_the_past():
    whole = {one.name: one.recorded for one in recorded()}
    assert {k: whole[k] for k in ("attacks_A", "attacks_B", "strikes", "fatal_attacks")} == {
        "attacks_A": 78, "attacks_B": 24, "strikes": 5, "fatal_attacks": 4,
    }  # fmt: skip
    past = {one.name: one.recorded for one in recorded(date(2020, 12, 31))}
    assert "attacks_B" not in past
    assert (past["strikes"], past["fatal_attacks"], past["decapitations"]) == (3, 2, 1)


def test_other_events_stand_in_for_the_list_and_not_for_the_counts():
    fewer = [e for e in published.events() if not e.is_attack or e.date < date(2020, 1, 1)]
    listed = len([e for e in published.listed_attacks() if e.date < date(2020, 1, 1)])
    told = {one.name: one.recorded for one in recorded(events=fewer)}
    shipped = {one.name: one.recorded for one in recorded()}
    assert (told["attacks_A"], told["attacks_B"]) == (78, 24)
    assert told["strikes"] == shipped["strikes"]
    assert told["fatal_attacks"] < shipped["fatal_attacks"]
    listed_by = reference_table.listed_by
    assert listed_by(published.END, fewer) == listed < listed_by(published.END) == 48
    assert recorded(events=published.events()) == recorded()


@pytest.mark.parametrize("until", [date(2020, 6, 30), date(2021, 3, 1)])
def test_attacks_are_forecast_only_between_counts(few, tmp_path, until):
    with pytest.warns(UserWarning, match="only whole weeks count"):
        found = forecast(STANDOFF, until, points=LEAST, to=tmp_path / "f", **THREADS)
    assert [one.quantity for one in found.forecasts] == ["strikes", "fatal attacks"]


def test_wide_priors_know_nothing_of_the_defaults():
    narrow, wide = prior_ranges(), prior_ranges(wide=True)
    assert set(narrow) == set(wide)
    assert not any("rationality" in address for address in wide)
    assert set(wide.values()) == {(0.0, 1.0), (0.0, 4.0), (0.0, 6.0)}
    assert wide["militias.tempo"] == (0.0, 6.0)
    assert wide["iran.review"] == wide["environment.unrest"] == (0.0, 1.0)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c") / "cal"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redline.evidence.calibration.HISTORIES", 250)
        patch.setattr("redline.evidence.calibration.posterior", partial(posterior, draws=100))
        patch.setattr(reference_table, "CHUNK", 100)
        with pytest.warns(UserWarning, match="may be chance; points=8,400 or more"):
            return folder, calibrate(STANDOFF, 250, to=folder, cases=10, **THREADS)


def test_a_reference_table_is_the_same_however_it_was_made(done, tmp_path, monkeypatch):
    folder, found = done
    monkeypatch.setattr(reference_table, "CHUNK", 100)
    assert len(list((folder / "reference_table" / "parts").glob("part-*.parquet"))) == 3
    # By one worker, and the last part first.
    shutil.copytree(folder / "reference_table", tmp_path / "b")
    for number in (0, 1):
        (tmp_path / "b" / "parts" / f"part-0000{number}.parquet").unlink()
    again = make_reference_table(tmp_path / "b", load_scenario(STANDOFF), 250, workers=1, **THREADS)
    assert np.array_equal(again.values, found.table.values)
    assert np.array_equal(again.statistics, found.table.statistics)
    assert np.array_equal(again.peace, found.table.peace)
    # A history of its last part, lived alone.
    values = dict(zip(again.addresses, again.values[207].tolist(), strict=True))
    alone = weeks_of(trace(vary(STANDOFF, values), 207, 1))
    count = published.counts()[0]
    days = np.dot(alone.attacks[0, : len(count.shares)], count.shares)
    assert again.statistics[207, 0] == pytest.approx(days, rel=1e-12)


def test_a_reference_table_is_taken_up_again(tmp_path, monkeypatch):
    monkeypatch.setattr(reference_table, "CHUNK", 80)
    whole = make_reference_table(tmp_path / "b", load_scenario(STANDOFF), LEAST, **THREADS)
    parts = sorted((tmp_path / "b" / "parts").glob("part-*.parquet"))
    assert len(parts) == 3
    parts[1].unlink()
    parts[2].write_bytes(b"torn")
    made = []
    again = make_reference_table(
        tmp_path / "b", load_scenario(STANDOFF), LEAST, progress=made.append, **THREADS
    )
    assert len(made) == 2
    assert np.array_equal(again.statistics, whole.statistics)
    for given, words in (
        ({"seed": 2}, r"not replaced:\n  seed: 1 there, 2 here\n"),
        ({"points": 300}, r"not replaced:\n  points: 200 there, 300 here\n"),
        ({"wide": True}, r"  prior: 'plausible' there, 'wide' here\n"),
        ({"scenario": vary(STANDOFF, {"iran.rationality": 9})}, r"  the scenario differs\n"),
    ):
        asked = {"scenario": load_scenario(STANDOFF), "points": LEAST, **given, **THREADS}
        with pytest.raises(InputError, match=words):
            make_reference_table(tmp_path / "b", **asked)
    path = tmp_path / "b" / "manifest.json"
    manifest = json.loads(path.read_text())
    for wrong, words in (
        ({**manifest, "plan": {"points": LEAST}}, "it was made by another version"),
        ({**manifest, "format": 0}, "it is a reference table of format 0"),
        ({**manifest, "plan": []}, "is damaged"),
        ({**manifest, "parts": ["a"]}, "is damaged"),
    ):
        path.write_text(json.dumps(wrong))
        with pytest.raises(InputError, match=words):
            make_reference_table(tmp_path / "b", load_scenario(STANDOFF), LEAST, **THREADS)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("")
    with pytest.raises(InputError, match="holds something else"):
        make_reference_table(tmp_path / "other", load_scenario(STANDOFF), LEAST, **THREADS)


def test_what_is_drawn_is_written_and_can_be_run(done):
    folder, found = done
    table = pq.read_table(folder / "posterior.parquet")
    assert table.num_rows == len(found.draws)
    scenario = load_scenario(folder / "posterior_2019_2021.toml")
    assert len(scenario.draws) == len(found.draws)
    assert scenario.draws.columns["iran.review"] == tuple(table["iran.review"].to_pylist())
    assert set(found.war) == {112, 520}
    assert found.war[520][0] > found.war[112][0]
    report = found.to_dict()
    json.dumps(report, allow_nan=False)
    assert len(report["parameters"]) == 42
    assert {fact["fact"][:2] for fact in report["facts"]} >= {"F1", "F2", "F5", "F8"}


def test_predicted_histories_are_those_of_their_draws(done):
    _, found = done
    scenario, addresses = found.scenario, found.table.addresses
    some = predicted(scenario, addresses, found.draws[:3], 1, each=2)
    assert len(some.war) == 6
    from redline.case import vary

    values = dict(zip(addresses, found.draws[2].tolist(), strict=True))
    alone = weeks_of(trace(vary(scenario, values), 4, 2))
    assert (some.attacks[4:] == alone.attacks).all()


def test_a_posterior_is_printed_and_goes_on_as_a_table_and_as_json(done):
    folder, found = done
    assert json.loads((folder / "calibration.json").read_text()) == json.loads(found.to_json())
    table = found.to_pandas()
    assert list(table) == [
        "address", "prior_low", "prior_high", "q05", "q50", "q95", "narrower",
    ]  # fmt: skip
    assert list(table["address"]) == [row["address"] for row in found.parameters]
    assert (table["prior_low"] < table["q05"]).all()
    told = found._repr_html_()
    assert found.finding in told
    assert f"Draws and report are in {folder}" in told
    assert "war within 520 weeks" in told
    assert f"Draws, report and figure are in {folder}" in list(found.blocks(figure=True))
    assert repr(found) == f"Calibration({STANDOFF}: 42 parameters, 250 histories, seed 1)"


def test_the_folder_may_come_first_as_it_did(few, tmp_path):
    scenario, notes = load_scenario(STANDOFF), {"notice": lambda text: None, **THREADS}
    with pytest.warns(DeprecationWarning, match=r"calibrate\(…, to=FOLDER\)") as told:
        old = calibrate(tmp_path / "c", scenario, LEAST, 1, date(2020, 12, 27), **notes)
    assert told[0].filename == __file__
    assert (old.folder, old.until) == (tmp_path / "c", date(2020, 12, 27))
    new = calibrate(scenario, LEAST, until="2020-12-27", to=tmp_path / "c", **notes)
    assert np.array_equal(new.draws, old.draws)
    end = date(2021, 6, 6)
    with pytest.warns(DeprecationWarning, match=r"forecast\(…, to=FOLDER\)"):
        old = forecast(str(tmp_path / "f"), scenario, points=LEAST, to=end, **THREADS)
    assert old.end == end
    new = forecast(scenario, points=LEAST, to=tmp_path / "f", end="2021-06-06", **THREADS)
    assert new.to_dict() == old.to_dict()
    with pytest.raises(InputError, match="until '2020-13-01': a date is YYYY-MM-DD"):
        forecast(until="2020-13-01")


@pytest.mark.parametrize("style", ["paper", "dark"])
def test_the_figure_can_be_read(done, style):
    assert_legible(draw_calibration(done[1], style))


def test_the_command(few, cli, tmp_path):
    options = ("-n", LEAST, "--cases", 5, "--executor", "threads", "-o", "c")
    status, out, err = cli("calibrate", *options, "--json")
    assert status == 0, err
    assert json.loads(out) == json.loads((tmp_path / "c" / "calibration.json").read_text())
    status, out, _ = cli("calibrate", *options)
    assert status == 0
    assert "war within 520 weeks" in out
    status, out, err = cli(
        "robustness", "--draws", "c/posterior.parquet", "--points", 2, "-n", 20, "--claim", "C5",
        "--executor", "threads", "-o", "r", "--json",
    )  # fmt: skip
    assert status == 0, err
    assert len(json.loads(out)["addresses"]) == 42


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "iran.review=0.2"), "is calibrated, so it cannot be set"),
        (("--until", "2019-01-01"), "--until must be in"),
        (("talks_2021",), "112 weeks from"),
        (("-n", "10"), "-n"),
        (("--until", "soon"), "until"),
        (("--until", "2019-06-20"), "half a year"),
    ],
)
def test_wrong_options_are_told(cli, arguments, words):
    status, out, err = cli("calibrate", *arguments, "--executor", "threads")
    assert status == 2
    assert not out
    assert words in err


def test_wrong_draws_for_robustness_are_told(cli, tmp_path):
    (tmp_path / "x.parquet").write_text("no table")
    for name in ("x.parquet", "none.parquet"):
        status, _, err = cli("robustness", "--draws", name)
        assert status == 2
        assert name in err


# The forecast


def test_a_log_score_is_the_share_of_draws():
    baseline = NegativeBinomial(1.0, 0.5)
    one = Forecast("x", (0, 1), 1, np.array([0.0, 1.0, 1.0, 2.0]), baseline)
    assert one.log_score == pytest.approx(-np.log(2.5 / 5))
    assert one.log_error == pytest.approx(1.0)
    far = Forecast("x", (0, 1), 9, one.model, baseline)
    assert far.log_score == pytest.approx(-np.log(0.5 / 5))
    told = one.to_dict()["model"]
    assert [row["inside"] for row in told["intervals"]] == [True, True]
    assert not any(row["inside"] for row in far.to_dict()["model"]["intervals"])
    # Geometric: P(k) = 2^-(k + 1).
    assert baseline.mean == 1
    assert baseline.log_score(1) == pytest.approx(np.log(4))
    assert baseline.quantiles((0.5, 0.75, 0.76)).tolist() == [0, 1, 2]


def test_every_draw_has_as_many_histories_in_peace():
    # The second is prone to war; its histories are lived again until as many had none.
    addresses = ("united_states.commitment",)
    draws = np.array([[1.6], [0.1]])
    found = survivors(load_scenario(STANDOFF), addresses, draws, 1, 85)
    assert len(found.war) == 8
    assert (found.simulated.sum(axis=1) > 86).all()
    alone = survivors(load_scenario(STANDOFF), addresses, draws[:1], 1, 85)
    assert np.array_equal(alone.attacks, found.attacks[:4])
    runner = BatchEngine(vary(STANDOFF, {addresses[0]: 0.1}), 1)
    war = weeks_of(runner.run(100, 4)).war
    assert war.any()


def test_what_happens_in_the_last_week_of_the_past_is_known():
    changes = vary(STANDOFF, {"timeline.85.unrest": 0.9, "timeline.86.unrest": 0.1})
    known = [change.week for change in known_by(changes, 85).timeline]
    assert 85 in known
    assert 86 not in known


def test_the_baseline_has_the_rate_of_the_longest_count_and_the_list_s_dispersion():
    shipped = published.counts()[0]
    long, short = (
        shipped._replace(first=first, last=date(2020, 7, 26), attacks=60, name=name)
        for name, first in (("long", date(2019, 6, 3)), ("short", date(2020, 6, 29)))
    )
    known = record_of(None, (short, long))
    found = _baseline("attacks", 79, 8.0, known, date(2020, 11, 15))
    assert found.mean == pytest.approx(60 / 60 * 8)  # attacks in sixty weeks
    listed = [sum(e.week // 4 == block for e in published.listed_attacks()) for block in range(20)]
    excess = np.var(listed, ddof=1) / np.mean(listed) - 1
    assert found.n == pytest.approx(np.mean(listed) / excess * 8 / 4)  # of blocks of four weeks


def test_of_a_week_that_lies_in_part_in_a_count_attacks_do_by_chance():
    count = published.counts()[0]._replace(first=date(2019, 5, 11), last=date(2019, 5, 19))
    attacks = np.full((4000, 3), 10)
    zero = np.zeros_like(attacks)
    found = Weekly(attacks > 0, np.zeros(4000, bool), attacks, *[zero] * 5)
    told = counted_in(found, "attacks", Window(0, 2, count), np.random.default_rng(1))
    # Two of seven days of the first week and all of the second; standard error 0.02.
    assert told.mean() == pytest.approx(10 * 2 / 7 + 10, abs=0.1)
    assert told.min() >= 10


def test_drivers_give_the_future_and_nothing_else():
    ours = vary(STANDOFF, {"iran.rationality": 9.0})
    drivers = vary(STANDOFF, {"timeline.100.diplomacy": 0.25, "timeline.48.unrest": 0.9})
    ahead = _ahead(known_by(ours, 85), 85, drivers, 112)
    assert ahead.iran.rationality == 9
    assert ahead.drivers_by_week[60] == ours.drivers_by_week[60]
    assert ahead.drivers_by_week[111].diplomacy == 0.25
    blind = _ahead(known_by(ours, 85), 85, None, 112)
    assert blind.drivers_by_week[111] == ours.drivers_by_week[85]


def test_the_forecast_of_2021_is_scored(few, tmp_path):
    found = forecast(points=LEAST, to=tmp_path / "f", **THREADS)
    told = {one.quantity: one for one in found.forecasts}
    assert {name: one.happened for name, one in told.items()} == {
        "attacks": 24, "strikes": 2, "fatal attacks": 2,
    }  # fmt: skip
    assert told["attacks"].weeks == (89, 112)
    assert told["strikes"].weeks == (86, 112)
    table = found.to_pandas()
    assert list(table) == [
        "quantity", "first", "end", "happened", "by", "median",
        "low_50", "high_50", "low_90", "high_90", "log", "log_error",
    ]  # fmt: skip
    assert list(table["by"]) == ["model", "baseline"] * 3
    assert sorted(table["happened"][::2]) == [2, 2, 24]
    assert "Calibrated on the record to 2020-12-27" in found._repr_html_()
    assert json.loads((tmp_path / "f" / "forecast.json").read_text()) == found.to_dict()
    assert repr(found).startswith(f"Forecasts({STANDOFF}: 3 quantities, 2020-12-27 to 2021-06-27")
    for one in found.forecasts:
        assert np.isfinite(one.log_score)
    # The baseline's rates are those of the past: 3 strikes in 86 weeks, 78 attacks in 536 days.
    assert told["strikes"].baseline.mean == pytest.approx(3.5 / 86 * 26)
    assert told["attacks"].baseline.mean == pytest.approx(78 / 536 * 157)


def test_nothing_of_the_future_is_in_the_forecast(few, tmp_path):
    # Another future in the timeline changes nothing, nor that there is one.
    first = forecast(points=LEAST, to=tmp_path / "a", **THREADS)
    document = load_scenario(STANDOFF).document
    past = [entry for entry in document["timeline"] if entry["week"] < 86]
    assert 0 < len(past) < len(document["timeline"])
    other = build({**document, "timeline": past}, STANDOFF, (), None)
    assert [one.week for one in known_by(load_scenario(STANDOFF), 85).timeline] == [
        one.week for one in other.timeline
    ]
    second = forecast(other, points=LEAST, to=tmp_path / "b", **THREADS)
    for one, two in zip(first.forecasts, second.forecasts, strict=True):
        assert np.array_equal(one.model, two.model)
    assert first.forecasts[0].model.any()


def test_another_regime_is_forecast_and_scored(few, tmp_path, cli):
    (tmp_path / "events.csv").write_text(
        "date,initiator,target,type,us_coalition_killed,note,status,source\n"
        "2021-07-05,unclaimed,Ain al-Asad,rocket,0,,confirmed,x\n"
        "2021-07-08,unclaimed,US embassy,rocket,1,,confirmed,x\n"
        "2021-07-20,US,militia camp,strike,0,,confirmed,x\n"
        "2021-09-30,unclaimed,Erbil airport,drone,0,,confirmed,x\n"
        "2021-09-30,unclaimed,Erbil airport,drone,0,,unverified,x\n"
    )
    (tmp_path / "later.toml").write_text(
        'title = "l"\nextends = "standoff_2019_2021"\nweeks = 130\n[[timeline]]\nweek = 115\n'
        "unrest = 0.9\n"
    )
    status, out, err = cli(
        "forecast", "--events", "events.csv", "--drivers", "later.toml", "--until", "2021-06-20",
        "-n", LEAST, "--executor", "threads", "-o", "f", "--json",
    )  # fmt: skip
    assert status == 0, err
    report = json.loads(out)
    came = {one["quantity"]: one["happened"] for one in report["forecasts"]}
    assert came == {"attacks": 3, "strikes": 1, "fatal attacks": 1}
    assert report["to"] == "2021-10-03"
    status, out, _ = cli("forecast", "-n", LEAST, "--executor", "threads", "-o", "g")
    assert status == 0
    assert "baseline" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,type\n", "no column initiator"),
        ("", "no column date"),
        (",".join(published.COLUMNS) + "\nsoon,a,b,c,0,,confirmed,x\n", "a date is YYYY-MM-DD"),
        (
            ",".join(published.COLUMNS) + "\n2021-07-01,a,b,c,x,,confirmed,x\n",
            "expected a whole number in 0",
        ),
    ],
)
def test_wrong_events_are_told(tmp_path, cli, text, words):
    (tmp_path / "e.csv").write_text(text)
    status, out, err = cli("forecast", "--events", "e.csv")
    assert status == 2
    assert not out
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--until", "2019-06-01"), "half a year"),
        (("--until", "2021-06-27"), "some of the record"),
        (("--to", "2020-06-01"), "nothing to forecast"),
        (("--to", "2021-09-01"), "the record ends on"),
        (("--drivers", "maximum_pressure_2018"), "must start on"),
        (("--events", "none.csv"), "No such file"),
    ],
)
def test_wrong_forecasts_are_told(cli, arguments, words):
    status, out, err = cli("forecast", *arguments, "--executor", "threads", "-n", 200)
    assert status == 2
    assert not out
    assert words in err


# Records of one's own

HEADER = ",".join(published.COLUMNS) + "\n"
OWN_COUNTS = (
    "record,first,last,attacks,strikes,decapitations,fatal,scope,status,source,relative_error\n"
    "X,2019-06-03,2020-03-01,40,2,0,1,own,confirmed,me,0.2\n"
    "Y,2021-01-04,2021-05-30,15,1,0,1,own,confirmed,me,0.3\n"
)


def attack_rows(*days, killed=0, status="confirmed"):
    """Return the rows of a table of events, a rocket for each day."""
    return "".join(f"{day},militia,Taji,rocket,{killed},,{status},AFP\n" for day in days)


EVERY_MONTH = [f"{2019 + m // 12}-{m % 12 + 1:02d}-15" for m in range(5, 29)]


@pytest.fixture
def own(tmp_path):
    """Write events and counts of one's own into the working folder."""
    (tmp_path / "own.csv").write_text(
        HEADER
        + attack_rows(*EVERY_MONTH)
        + attack_rows(*EVERY_MONTH[::2]).replace(",,confirmed", ",another,confirmed")
        + attack_rows("2020-02-02", killed=1)
        + attack_rows("2020-02-03", status="Confirmed")
        + "2020-02-05,US,militia camp,strike,,,confirmed,AFP\n"
    )
    (tmp_path / "counts.csv").write_text(OWN_COUNTS)
    return tmp_path


def test_facts_are_those_of_the_record_that_was_given(own):
    found = weekly(load_scenario(STANDOFF), 60, 1)
    with pytest.warns(UserWarning, match="status 'Confirmed' does not count"):
        given = published.read_events(own / "own.csv")
    counted = published.read_counts(own / "counts.csv")
    shipped = {fact.name: fact for fact in facts_of(found, 1)}
    # The simulated side is the same whatever the record; of the recorded side nothing stays.
    only_counts = {fact.name: fact for fact in facts_of(found, 1, record_of(None, counted))}
    both = {fact.name: fact for fact in facts_of(found, 1, record_of(given, counted))}
    assert (
        set(both)
        == set(only_counts)
        == (set(shipped) - {"F2 A", "F2 B", "F4 A", "F4 B"} | {"F2 X", "F2 Y", "F4 X", "F4 Y"})
    )
    same = {"F1", "F8b"}  # a base rate of other disputes, and what no record can say
    for name, fact in both.items():
        if name in shipped:
            assert np.array_equal(fact.values, shipped[name].values) or name[:2] == "F5"
            assert (fact.recorded == shipped[name].recorded) == (name in same), name
    assert both["F2 X"].recorded.value == 40
    assert (both["F2 X"].note, both["F2 Y"].note) == ("own", "own")
    assert both["F2"].recorded.words == "1 of about 55; 37 listed"
    assert both["F3a"].recorded.words == "1 of 1"
    assert "listed weeks" in both["F3b"].recorded.words
    assert both["F4 X"].recorded.words == "2 of 40"
    assert "37 listed attacks" in both["F5a"].recorded.words
    assert both["F6a"].recorded.words == "1 of 1 listed"
    for name in ("F5d", "F7"):
        assert both[name].recorded.value is None
        assert both[name].recorded.words.startswith("left out: ")
        assert both[name].verdict == "–"
    # Of shipped counts beside events of one's own, the strikes are those of the events.
    mine = {fact.name: fact for fact in facts_of(found, 1, record_of(given))}
    assert mine["F4 A"].recorded.words == "1 of 78"
    assert mine["F4 B"].recorded.words == "0 of 24"
    assert mine["F2"].recorded.words == "1 of about 106; 37 listed"
    for facts_ in (both, mine, only_counts):
        json.dumps([fact.to_dict() for fact in facts_.values()], allow_nan=False)


def test_facts_of_the_thinnest_record_are_left_out_and_not_divided_by_nothing():
    found = weekly(load_scenario(STANDOFF), 40, 1)
    (one,) = (e for e in published.listed_attacks() if e.date == date(2019, 12, 3))
    strike = next(e for e in published.events() if e.type == "strike" and e.is_scored)
    counted = published.counts()[0]._replace(attacks=0, strikes=0)
    for given in ([], [one], [one, strike], [strike], [one._replace(killed=2), strike]):
        told = facts_of(found, 1, record_of(given, [counted]))
        json.dumps([fact.to_dict() for fact in told], allow_nan=False)


def test_events_and_counts_of_one_s_own(few, cli, own):
    options = ("-n", LEAST, "--executor", "threads", "-o", "c", "--json")
    status, out, err = cli("calibrate", "--events", "own.csv", "--counts", "counts.csv", *options)
    assert status == 0, err
    lines = err.splitlines()
    assert "redline: own.csv, line 39: status 'Confirmed' does not count; nearest valid" in err
    assert (
        "redline: own.csv: 39 rows: 37 attacks, 1 answer, 1 death counted; 1 left out (line 39: "
        "status unknown)" in lines
    )
    assert any(line.startswith("redline: counts.csv: 2 rows: X 40 attacks") for line in lines)
    assert "X 40 attacks (15 are listed)" in err
    assert "facts on which your record says nothing" in err
    assert "50 histories are kept for 42 parameters: much of the narrowing may be chance" in err
    report = json.loads(out)
    assert report["record"] == {"events": "given", "counts": "given"}
    told = {one["name"]: one["recorded"] for one in report["statistics"]}
    assert (told["attacks_X"], told["strikes"], told["fatal_attacks"]) == (40, 1, 1)
    assert {fact["fact"] for fact in report["facts"]} >= {"F2 X", "F4 Y"}
    assert "from a record of one's own" in (own / "c" / "posterior_2019_2021.toml").read_text()
    # Other events, other counts, or other windows of the same counts, are another calibration.
    for name, old, new in (
        ("own.csv", "militia,Taji,rocket,1", "militia,Taji,rocket,0"),
        ("counts.csv", "X,2019-06-03", "X,2019-06-10"),
        ("counts.csv", ",40,", ",41,"),
    ):
        text = (own / name).read_text()
        (own / name).write_text(text.replace(old, new))
        status, _, err = cli("calibrate", "--events", "own.csv", "--counts", "counts.csv", *options)
        assert status == 2
        assert "holds another reference table, which is not replaced:\n" in err
        assert "the record differs that is given" in err
        (own / name).write_text(text)


def test_a_figure_says_whose_record_it_is(done):
    given = record_of(published.events()[:40])
    about = draw_calibration(replace(done[1], known=given)).caption
    assert "given the events of one's own to 2021-06-27" in about
    assert "given the record to 2021-06-27" in draw_calibration(done[1]).caption


SLIPS = {
    "a comma not quoted": HEADER
    + "2019-09-20,militia,Taji,rocket,0,Rockets, no dead,confirmed,A\n",
    "status in capitals": HEADER + attack_rows("2019-09-20", status="CONFIRMED"),
    "no status": HEADER + attack_rows("2019-09-20", status=""),
    "no row": HEADER,
    "initiators of another list": HEADER
    + attack_rows("2019-09-20").replace("militia", "Asaib Ahl al-Haq"),
    "types of another list": HEADER + attack_rows("2019-09-20").replace("rocket", "Shelling"),
    "all before the record": HEADER + attack_rows("2018-09-20"),
    "year of four digits": HEADER + attack_rows("0025-09-20"),
    "year 2201": HEADER + attack_rows(*EVERY_MONTH) + attack_rows("2201-09-20"),
    "year 2091": HEADER + attack_rows(*EVERY_MONTH) + attack_rows("2091-09-20"),
    "all in 2091": HEADER + attack_rows("2091-09-20", "2091-10-20"),
}


@pytest.mark.parametrize("kind", SLIPS)
@pytest.mark.parametrize("command", ["calibrate", "forecast"])
def test_events_that_count_for_nothing_are_refused(cli, tmp_path, command, kind):
    (tmp_path / "e.csv").write_text(SLIPS[kind])
    status, out, err = cli(command, "--events", "e.csv", "-n", 200, "-o", "x")
    assert status == 2, err
    assert not out
    assert "Traceback" not in err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("calibrate", ("--counts", "none.csv"), "none.csv"),
        ("calibrate", ("--counts", "own.csv"), "no column record, first, last"),
        ("calibrate", ("--counts", "counts.csv", "--until", "2020-01-31"), "ends by 2020-01-26"),
        ("calibrate", ("--events", "own.csv", "--until", "2019-06-01"), "no attack counts from"),
        ("forecast", ("--counts", "counts.csv", "--until", "2020-01-31"), "ends by 2020-01-26"),
        ("forecast", ("--events", "own.csv", "--until", "2021-06-20"), "is not after 2021-06-20"),
        ("forecast", ("--events", "own.csv", "--to", "2029-01-01"), "7 years lie between"),
        (
            "forecast",
            ("--events", "past.csv", "--to", "2021-06-01"),
            "counts from 2020-12-28",
        ),
    ],
)
def test_records_that_do_not_fit_are_told(cli, own, command, arguments, words):
    (own / "past.csv").write_text(HEADER + attack_rows(*EVERY_MONTH[:12]))
    status, out, err = cli(command, *arguments, "-n", 200, "-o", "x")
    assert status == 2, err
    assert not out
    assert words in err
    assert not (own / "x").exists()


def test_the_past_of_a_forecast_is_that_of_the_events_given(own):
    with pytest.warns(UserWarning, match="does not count"):
        given = published.read_events(own / "own.csv")
    counted = published.read_counts(own / "counts.csv")
    known = past_of(date(2020, 12, 31), given, counted)
    assert (known.has_own_events, known.has_own_counts) == (True, True)
    strikes = _baseline("strikes", 85, 20, known, date(2020, 12, 31))
    assert strikes.mean == pytest.approx(1.5 / 86 * 20)
    rate = _baseline("attacks", 85, 20, known, date(2020, 12, 31))
    assert rate.mean == pytest.approx(40 / (273 / 7) * 20)
    # Events that begin after the past leave it to the shipped record.
    later = [event for event in given if event.date > date(2020, 12, 31)]
    assert past_of(date(2020, 12, 31), later).is_shipped
    assert past_of(date(2020, 12, 31)).is_shipped


def test_a_forecast_says_what_of_the_events_is_the_past(few, cli, own):
    options = ("-n", LEAST, "--executor", "threads", "--json")
    status, out, err = cli(
        "forecast", "--events", "own.csv", "--counts", "counts.csv", *options, "-o", "f"
    )
    assert status == 0, err
    assert (
        "own.csv: events to 2020-12-27 are the past; the forecast is scored on later ones, "
        "to 2021-05-16" in err
    )
    report = json.loads(out)
    assert report["record"] == {"events": "given", "counts": "given"}
    assert {one["quantity"]: one["happened"] for one in report["forecasts"]} == {
        "attacks": 7, "strikes": 0, "fatal attacks": 0,
    }  # fmt: skip
    # Counts alone: attacks are forecast in the window of the one that lies ahead.
    status, out, err = cli("forecast", "--counts", "counts.csv", *options, "-o", "g")
    assert status == 0, err
    told = {one["quantity"]: one for one in json.loads(out)["forecasts"]}
    assert (told["attacks"]["weeks"], told["attacks"]["happened"]) == ([87, 108], 15)
    assert told["strikes"]["happened"] == 2
    heard = []  # by a notebook: the same, in its own words
    forecast(
        events="own.csv", counts=own / "counts.csv", points=LEAST, to="f", notice=heard.append,
        **THREADS,
    )  # fmt: skip
    assert any(text.startswith("published counts are those of counts=: X") for text in heard)
    assert any("events to 2020-12-27 are the past" in text for text in heard)
    (own / "late.csv").write_text(HEADER + attack_rows("2021-12-01"))
    status, out, err = cli("forecast", "--events", "late.csv", *options, "-o", "h")
    assert status == 0, err
    assert "no attack to 2020-12-27: the past is the built-in record; the forecast is" in err
    assert "nothing from 2020-12-27 to 2021-12-01 counts: those weeks are taken to be quiet" in err
    assert json.loads(out)["record"] == {"events": "shipped", "counts": "shipped"}


@pytest.mark.parametrize("function", [redline.calibrate, redline.forecast])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"points": "x"}, "points must be a whole number, not str"),
        ({"executor": "x"}, "no executor x"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"events": [3]}, r"events must be of the kind of redline.record\(\).events: 3"),
        ({"events": redline.record().to_pandas()}, "events must be a file, .*, not DataFrame"),
        ({"counts": 3}, "counts must be a file, .*, not int"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_made(function, given, told, tmp_path):
    with pytest.raises(redline.InputError, match=told):
        function(to=tmp_path / "f", **given)
    assert not (tmp_path / "f").exists()


def test_cases_are_no_fewer_than_none(tmp_path):
    with pytest.raises(redline.InputError, match="cases must be at least 0"):
        redline.calibrate(cases=-1, to=tmp_path)


@pytest.mark.second_tier("two calibrations, one beside a record of its own")
def test_a_record_gives_its_events_and_nobody_need_be_told(tmp_path):
    options = {"to": tmp_path, "executor": "threads", "notice": None}
    record = redline.record()
    found = redline.calibrate(points=LEAST, events=record, counts=record, **options)
    assert found.known.is_shipped
    assert found != redline.calibrate(points=LEAST, **options)  # arrays are not compared


@pytest.mark.parametrize("function", [redline.calibrate, redline.forecast, redline.robustness])
def test_nothing_is_written_beside_the_files_of_a_run(function, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(redline.InputError, match="holds the results of a run or a sweep"):
        function(to=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]

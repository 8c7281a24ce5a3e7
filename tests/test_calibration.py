"""Calibration: exact cases, honest coverage, banks that survive a kill; and the forecast."""

import json
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from legibility import assert_legible
from redline import bank as banks
from redline import record
from redline.bank import Bank, Statistic, make_bank, prior_ranges, recorded, statistics
from redline.calibration import (
    calibrate,
    noisy,
    posterior,
    predicted,
    simulation_based_calibration,
)
from redline.engine import BatchEngine
from redline.errors import InputError
from redline.exploration import draw_calibration
from redline.facts import weekly, weeks_of
from redline.forecast import (
    Forecast,
    NegativeBinomial,
    _ahead,
    forecast,
    known_by,
    survivors,
)
from redline.scenario_file import build, load, vary
from redline.simulation import trace

STANDOFF = "standoff_2019_2021"
THREADS = {"executor": "threads"}


def gaussian_bank(n=30_000, seed=1):
    """A bank whose posterior is known: theta uniform, one normal statistic for each of two."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 10, (n, 3))
    told = values[:, :2] + rng.normal(size=(n, 2))
    return Bank(("a", "b", "c"), np.zeros(3), np.full(3, 10.0), values, told, np.ones(n, bool))


def test_a_known_posterior_is_found():
    bank = gaussian_bank()
    draws = posterior(bank, bank.statistics, np.array([4.0, 6.0]), 1)
    # Normal around the statistic, with the error's own spread; the third is its prior.
    assert draws[:, 0].mean() == pytest.approx(4, abs=0.15)
    assert draws[:, 1].mean() == pytest.approx(6, abs=0.15)
    assert draws[:, 0].std() == pytest.approx(1, abs=0.15)
    assert draws[:, 2].mean() == pytest.approx(5, abs=0.4)
    assert draws[:, 2].std() == pytest.approx(10 / 12**0.5, abs=0.4)
    assert ((draws >= 0) & (draws <= 10)).all()


def test_the_same_seed_gives_the_same_posterior():
    bank = gaussian_bank(5000)
    first, again, other = (
        posterior(bank, bank.statistics, np.array([4.0, 6.0]), seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_uncertain_scope_widens_the_posterior():
    bank = gaussian_bank()
    sure = [Statistic("a", 4.0, 0.0), Statistic("b", 6.0, 0.0)]
    vague = [Statistic("a", 4.0, 0.5), Statistic("b", 6.0, 0.0)]
    target = np.array([4.0, 6.0])
    spreads = [posterior(bank, noisy(bank, s, 1), target, 1)[:, 0].std() for s in (sure, vague)]
    assert spreads[1] > 1.3 * spreads[0]
    assert np.array_equal(noisy(bank, sure, 1), bank.statistics)


def test_histories_with_war_are_left_out():
    bank = gaussian_bank(4000)
    peace = bank.values[:, 2] < 5
    kept = Bank(bank.addresses, bank.low, bank.high, bank.values, bank.statistics, peace)
    draws = posterior(kept, kept.statistics, np.array([4.0, 6.0]), 1)
    assert draws[:, 2].mean() == pytest.approx(2.5, abs=0.4)


def test_honest_posteriors_are_found_honest_and_wrong_ones_are_not():
    bank = gaussian_bank(12_000)
    about = [Statistic("a", 0.0, 0.0), Statistic("b", 0.0, 0.0)]
    good = simulation_based_calibration(bank, about, 150, 1, accepted=400)
    for level, inside in good.inside.items():
        assert inside.mean() == pytest.approx(level, abs=0.05)
    assert (good.uniform * 3 > 0.01).all()
    # Values that have nothing to do with where they are looked up: too low by two.
    shifted = Bank(
        bank.addresses, bank.low, bank.high + 2,
        np.where(np.arange(12_000)[:, None] % 2 == 0, bank.values, bank.values + 2),
        bank.statistics, np.arange(12_000) % 2 == 0,
    )  # fmt: skip
    wrong = simulation_based_calibration(shifted, about, 60, 1, accepted=400)
    assert wrong.to_dict()["cases"] == 60


def test_statistics_of_a_history_are_those_of_its_weeks():
    found = weekly(load(STANDOFF), 30, 1)
    told = statistics(found, record.END, np.random.default_rng(1), 48)
    names = [one.name for one in recorded()]
    at = dict(zip(names, told.T, strict=True))
    assert (at["attacks_A"] == found.attacks[:, :77].sum(axis=1)).all()
    assert (at["attacks_B"] == found.attacks[:, 89:].sum(axis=1)).all()
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
    fewer = [e for e in record.events() if not e.is_attack or e.date < date(2020, 1, 1)]
    listed = len([e for e in record.listed_attacks() if e.date < date(2020, 1, 1)])
    told = {one.name: one.recorded for one in recorded(events=fewer)}
    shipped = {one.name: one.recorded for one in recorded()}
    assert (told["attacks_A"], told["attacks_B"]) == (78, 24)
    assert told["strikes"] == shipped["strikes"]
    assert told["fatal_attacks"] < shipped["fatal_attacks"]
    assert banks.listed_by(record.END, fewer) == listed < banks.listed_by(record.END) == 48
    assert recorded(events=record.events()) == recorded()


@pytest.mark.parametrize("until", [date(2020, 6, 30), date(2021, 3, 1)])
def test_attacks_are_forecast_only_between_counts(tmp_path, until):
    found = forecast(tmp_path / "f", load(STANDOFF), until, points=200, **THREADS)
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
        patch.setattr("redline.calibration.HISTORIES", 500)
        return folder, calibrate(folder, load(STANDOFF), 600, cases=10, **THREADS)


def test_a_bank_is_the_same_however_it_was_made(done, tmp_path, monkeypatch):
    _, found = done
    monkeypatch.setattr(banks, "CHUNK", 1000)
    again = make_bank(tmp_path / "b", load(STANDOFF), 600, **THREADS)
    assert np.array_equal(again.values, found.bank.values)
    assert np.array_equal(again.statistics, found.bank.statistics)
    # A history of it, lived alone.
    values = dict(zip(again.addresses, again.values[7].tolist(), strict=True))
    from redline.scenario_file import vary

    alone = weeks_of(trace(vary(STANDOFF, values), 7, 1))
    assert again.statistics[7, 0] == alone.attacks[0, :77].sum()


def test_a_bank_is_taken_up_again(tmp_path, monkeypatch):
    monkeypatch.setattr(banks, "CHUNK", 100)
    whole = make_bank(tmp_path / "b", load(STANDOFF), 300, **THREADS)
    parts = sorted((tmp_path / "b").glob("part-*.parquet"))
    assert len(parts) == 3
    parts[1].unlink()
    parts[2].write_bytes(b"torn")
    made = []
    again = make_bank(tmp_path / "b", load(STANDOFF), 300, progress=made.append, **THREADS)
    assert len(made) == 2
    assert np.array_equal(again.statistics, whole.statistics)
    with pytest.raises(InputError, match="holds the bank of another"):
        make_bank(tmp_path / "b", load(STANDOFF), 300, seed=2, **THREADS)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("")
    with pytest.raises(InputError, match="holds something else"):
        make_bank(tmp_path / "other", load(STANDOFF), 300, **THREADS)


def test_what_is_drawn_is_written_and_can_be_run(done):
    folder, found = done
    table = pq.read_table(folder / "posterior.parquet")
    assert table.num_rows == len(found.draws)
    scenario = load(folder / "posterior_2019_2021.toml")
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
    scenario, addresses = found.scenario, found.bank.addresses
    some = predicted(scenario, addresses, found.draws[:3], 1, each=2)
    assert len(some.war) == 6
    from redline.scenario_file import vary

    values = dict(zip(addresses, found.draws[2].tolist(), strict=True))
    alone = weeks_of(trace(vary(scenario, values), 4, 2))
    assert (some.attacks[4:] == alone.attacks).all()


@pytest.mark.parametrize("style", ["paper", "dark"])
def test_the_figure_can_be_read(done, style):
    assert_legible(draw_calibration(done[1], style))


def test_the_command(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("redline.calibration.HISTORIES", 400)
    options = ("-n", 300, "--cases", 5, "--executor", "threads", "-o", "c")
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
        (("--set", "iran.review=0.2"), "is calibrated, not set"),
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
    assert cli("robustness", "--draws", "x.parquet")[0] == 2
    assert cli("robustness", "--draws", "none.parquet")[0] == 2


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
    found = survivors(load(STANDOFF), addresses, draws, 1, 85)
    assert len(found.war) == 8
    assert (found.lived.sum(axis=1) > 86).all()
    alone = survivors(load(STANDOFF), addresses, draws[:1], 1, 85)
    assert np.array_equal(alone.attacks, found.attacks[:4])
    runner = BatchEngine(vary(STANDOFF, {addresses[0]: 0.1}), 1)
    war = weeks_of(runner.run(100, 4)).war
    assert war.any()


def test_drivers_give_the_future_and_nothing_else():
    ours = vary(STANDOFF, {"iran.rationality": 9.0})
    drivers = vary(STANDOFF, {"timeline.100.diplomacy": 0.25, "timeline.48.unrest": 0.9})
    ahead = _ahead(known_by(ours, 85), 85, drivers, 112)
    assert ahead.iran.rationality == 9
    assert ahead.drivers_by_week[60] == ours.drivers_by_week[60]
    assert ahead.drivers_by_week[111].diplomacy == 0.25
    blind = _ahead(known_by(ours, 85), 85, None, 112)
    assert blind.drivers_by_week[111] == ours.drivers_by_week[85]


def test_the_forecast_of_2021_is_scored(tmp_path):
    found = forecast(tmp_path / "f", load(STANDOFF), points=400, **THREADS)
    told = {one.quantity: one for one in found.forecasts}
    assert {name: one.happened for name, one in told.items()} == {
        "attacks": 24, "strikes": 2, "fatal attacks": 2,
    }  # fmt: skip
    assert told["attacks"].weeks == (89, 112)
    assert told["strikes"].weeks == (86, 112)
    for one in found.forecasts:
        assert np.isfinite(one.log_score)
    # The baseline's rates are those of the past: 3 strikes in 86 weeks, 78 attacks in 77.
    assert told["strikes"].baseline.mean == pytest.approx(3.5 / 86 * 26)
    assert told["attacks"].baseline.mean == pytest.approx(78 / 77 * 23)


def test_nothing_of_the_future_is_in_the_forecast(tmp_path, monkeypatch):
    # Another future in the timeline changes nothing, nor that there is one.
    first = forecast(tmp_path / "a", load(STANDOFF), points=300, **THREADS)
    document = load(STANDOFF).document
    past = [entry for entry in document["timeline"] if entry["week"] < 86]
    assert 0 < len(past) < len(document["timeline"])
    other = build({**document, "timeline": past}, STANDOFF, (), None)
    assert [one.week for one in known_by(load(STANDOFF), 85).timeline] == [
        one.week for one in other.timeline
    ]
    second = forecast(tmp_path / "b", other, points=300, **THREADS)
    for one, two in zip(first.forecasts, second.forecasts, strict=True):
        assert np.array_equal(one.model, two.model)


def test_another_regime_is_forecast_and_scored(tmp_path, cli):
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
        "-n", 300, "--executor", "threads", "-o", "f", "--json",
    )  # fmt: skip
    assert status == 0, err
    report = json.loads(out)
    came = {one["quantity"]: one["happened"] for one in report["forecasts"]}
    assert came == {"attacks": 3, "strikes": 1, "fatal attacks": 1}
    assert report["to"] == "2021-09-30"
    status, out, _ = cli("forecast", "-n", 300, "--executor", "threads", "-o", "g")
    assert status == 0
    assert "baseline" in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,type\n", "no column initiator"),
        ("", "no column date"),
        (",".join(record.COLUMNS) + "\nsoon,a,b,c,0,,confirmed,x\n", "a date is YYYY-MM-DD"),
        (",".join(record.COLUMNS) + "\n2021-07-01,a,b,c,x,,confirmed,x\n", "killed whole"),
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

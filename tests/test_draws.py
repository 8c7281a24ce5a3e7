"""Scenarios whose replicates draw their own parameters: addressed, jointly, in either engine."""

import numpy as np
import pytest

from redline.argument.explanation import explain
from redline.case import drawn, from_json, load_scenario, to_json, vary
from redline.case.changes import DRAW_WEEK, undrawn
from redline.engine.model import EscalationModel
from redline.evidence.replay import check_weeks
from redline.results.histories import simulated_histories
from redline.results.simulation import simulate, trace
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.stored_sweep import load_results
from redline.support.errors import InputError
from redline.theory.chance import uniform

TEMPO, REVIEW = "militias.tempo", "iran.review"


@pytest.fixture
def drawing(tmp_path):
    (tmp_path / "draws.csv").write_text(f"{TEMPO},{REVIEW}\n0.5,0.1\n3,0.2\n6,0.9\n")
    path = tmp_path / "drawing.toml"
    path.write_text(
        'title = "d"\nextends = "standoff_2019_2021"\nweeks = 30\n[draw]\ncsv = "draws.csv"\n'
    )
    return load_scenario(path)


def test_a_replicate_takes_a_line_at_an_address_of_its_own(drawing):
    rows = [(0.5, 0.1), (3.0, 0.2), (6.0, 0.9)]
    taken = []
    for replicate in range(60):
        own = drawn(drawing, 7, replicate)
        place = int(uniform(7, replicate, DRAW_WEEK, 0) * 3)
        assert (own.militias.tempo, own.iran.review) == rows[place]
        assert own.draws is None
        taken.append(place)
    assert set(taken) == {0, 1, 2}
    assert drawn(undrawn(drawing), 7, 0).militias.tempo == 2.9


def test_it_is_lived_as_the_scenario_of_that_line(drawing):
    whole = trace(drawing, 0, 12, seed=7)
    for replicate in range(12):
        alone = trace(drawn(drawing, 7, replicate), replicate, 1, seed=7)
        assert (whole.weeks[replicate] == alone.weeks[0]).all()
        assert (whole.moves[replicate] == alone.moves[0]).all()
        assert (whole.capability[replicate] == alone.capability[0]).all()
    some = trace(drawing, 5, 3, seed=7)
    assert (some.weeks == whole.weeks[5:8]).all()
    picked = simulated_histories(drawing, 7, [9, 2])
    assert (picked.weeks == whole.weeks[[9, 2]]).all()


def test_both_engines_agree(drawing):
    one, other = (simulate(drawing, 25, 3, engine=engine) for engine in ("batch", "mesa"))
    assert (one.measures == other.measures).all()
    assert (one.counts == other.counts).all()
    model = EscalationModel(drawing, rng=3, replicate=4)
    assert model.scenario == drawn(drawing, 3, 4)


def test_results_of_draws_are_stored_and_explained(drawing, tmp_path):
    run = run_into(tmp_path / "run", drawing, 40, seed=2)
    live = simulate(drawing, 40, 2)
    assert (run.column("attacks") == live.column("attacks")).all()
    again = load_results(tmp_path / "run")
    assert again.scenario == drawing
    story = explain(drawing, replicate=1, week=3, seed=2)
    assert story.actors


def test_it_survives_json(drawing):
    assert from_json(to_json(drawing)) == drawing
    assert from_json(to_json(drawing)).draws == drawing.draws


def test_what_is_set_or_swept_is_no_longer_drawn(drawing, tmp_path):
    set_ = vary(drawing, {TEMPO: 2.0})
    assert list(set_.draws.columns) == [REVIEW]
    assert any("set for all replicates" in notice for notice in set_.notices)
    assert {drawn(set_, 1, r).militias.tempo for r in range(9)} == {2.0}
    assert vary(set_, {REVIEW: 0.3}).draws is None
    swept = vary(drawing, sweep={"design": "grid", TEMPO: [1.0, 4.0]})
    done = sweep(tmp_path / "s", swept, 6, weekly="none")
    for point, tempo in enumerate((1.0, 4.0)):
        fixed = vary(drawing, {TEMPO: tempo})
        expected = simulate(fixed, 6).column("attacks")
        assert (done.at(point).column("attacks") == expected).all()


def test_draws_may_stand_in_the_file_and_replace_those_extended(drawing, tmp_path):
    path = tmp_path / "child.toml"
    path.write_text(f'title = "c"\nextends = "drawing.toml"\n[draw]\n"{REVIEW}" = [0.4, 0.5]\n')
    assert load_scenario(path).draws.columns == {REVIEW: (0.4, 0.5)}
    path.write_text('title = "c"\nextends = "drawing.toml"\n')
    assert load_scenario(path).draws == drawing.draws


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('"iran.reviw" = [0.1]', "no such address"),
        ('"iran.review" = []', "nothing is drawn"),
        ('"iran.review" = 0.2', "expected a list"),
        ('"iran.review" = [0.1, 2.0]', "must be in"),
        ('"iran.review" = [0.1]\n"militias.tempo" = [1, 2]', "drawn jointly"),
        ('"militias.cells" = [1, 2]', "not drawn"),
        ('csv = "none.csv"', "No such file"),
        ('csv = "../up.csv"', "outside"),
        ('csv = "empty.csv"', "nothing is drawn"),
        ('csv = "a.csv"\n"iran.review" = [0.1]', "either csv or values"),
        ("", "nothing is drawn"),
    ],
)
def test_wrong_draws_are_told(tmp_path, table, words):
    (tmp_path / "empty.csv").write_text("iran.review\n")
    (tmp_path / "a.csv").write_text("iran.review\n0.1\n")
    path = tmp_path / "x.toml"
    path.write_text(f'title = "x"\nextends = "baseline"\n[draw]\n{table}\n')
    with pytest.raises(InputError, match=words):
        load_scenario(path)


def test_what_takes_one_set_of_parameters_refuses_draws(drawing):
    with pytest.raises(InputError, match="draws its parameters"):
        check_weeks(vary(drawing, weeks=30))


def test_who_draws_a_higher_tempo_attacks_more(drawing):
    attacks = simulate(drawing, 100, 1).column("attacks")
    tempo = np.array([_tempo(drawing, replicate) for replicate in range(100)])
    low, middle, high = (attacks[tempo == drawn_one].mean() for drawn_one in (0.5, 3, 6))
    assert low < middle < high


def _tempo(scenario, replicate):
    return drawn(scenario, 1, replicate).militias.tempo


def test_counts_are_numbers(drawing):
    assert np.isfinite(simulate(drawing, 10).column("mean_severity")).all()

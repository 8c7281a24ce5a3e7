"""Histories of single replicates: simulated again, or read where traces were stored."""

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.results import histories
from redline.results.simulation import simulate
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import read_manifest, write_manifest
from redline.results.storage.stored import StoredRun
from redline.support.errors import InputError
from redline.theory import Outcome

NUMBERS = [41, 0, 7, 7, 399]
WARLIKE = {"united_states.commitment": 0.0}


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    scenario = vary("talks_2021", WARLIKE, weeks=60)
    return run_into(tmp_path_factory.mktemp("h") / "run", scenario, 400, 7, traces=True)


def assert_same(found, expected, moves):
    assert found.numbers.tolist() == expected.numbers.tolist()
    assert np.array_equal(found.lived, expected.lived)
    assert np.array_equal(found.over, expected.over)
    assert np.array_equal(found.weeks, expected.weeks)
    assert found.moves.shape == expected.moves.shape
    assert np.array_equal(found.moves, expected.moves)
    assert bool(found.moves.size) is moves


@pytest.mark.parametrize("moves", [False, True])
def test_stored_traces_give_the_histories_that_were_simulated(traced, moves, monkeypatch):
    expected = traced.histories(NUMBERS, moves)
    monkeypatch.setattr("redline.results.storage.stored.rules_hash", lambda: "of now")
    assert 0 < (traced.column("class") == Outcome.CONFRONTATION).mean() < 1
    monkeypatch.setattr(histories, "simulated_histories", lambda *_: pytest.fail("simulated"))
    assert_same(traced.histories(NUMBERS, moves), expected, moves)


def test_stored_traces_are_read_part_by_part(tmp_path, monkeypatch):
    monkeypatch.setattr("redline.results.storage.running.trace_size", lambda scenario: 3)
    run = run_into(tmp_path / "run", vary("baseline", weeks=9), 8, traces=True)
    assert sum(name.startswith("traces/") for name in run.manifest["parts"]) == 3
    monkeypatch.setattr("redline.results.storage.stored.rules_hash", lambda: "of now")
    numbers = [6, 1, 2]
    expected = histories.simulated_histories(run.scenario, 1, numbers)
    assert_same(run.histories(numbers, moves=True), expected, True)


def test_stored_traces_can_be_had_under_other_rules_and_others_cannot(traced, tmp_path):
    plain = run_into(tmp_path / "plain", vary("baseline", weeks=5), 3)
    for run in (traced, plain):
        manifest = read_manifest(run.folder)
        write_manifest(run.folder, {**manifest, "rules_hash": "0" * 64})
        again = StoredRun(run.folder)
        if run is traced:
            assert again.histories([3]).lived == run.column("weeks_lived")[3]
        else:
            with pytest.raises(
                InputError, match=r"the rules have changed .*redline \S+ reproduces them"
            ):
                again.histories([1])
        with pytest.raises(InputError, match="the rules have changed since"):
            again.simulated_again([1])
        write_manifest(run.folder, manifest)


def test_a_replicate_that_is_not_there_has_no_history(traced):
    for number in (-1, 400):
        with pytest.raises(InputError, match=f"replicate {number} is not stored yet"):
            traced.histories([number])
    with pytest.raises(InputError, match="replicate 2 is not stored yet"):
        simulate("baseline", 3, first=3).histories([2])


def test_all_kinds_of_results_answer_alike(tmp_path):
    scenario = vary("baseline", weeks=6, sweep={"iran.review": [0.1, 0.9]})
    swept = sweep(tmp_path / "s", scenario, 4, 3)
    alone = vary(load_scenario("baseline"), {"iran.review": 0.9}, weeks=6)
    run = run_into(tmp_path / "r", alone, 4, 3)
    of_all = [simulate(alone, 4, 3), run, swept.at(1)]
    assert {(one.seed, one.first, one.replicates, one.rules) for one in of_all} == {
        (3, 0, 4, run.rules)
    }
    assert [one.numbers for one in of_all] == [range(4)] * 3
    first, *others = (one.histories([1, 3], moves=True) for one in of_all)
    for other in others:
        assert_same(other, first, True)

"""The stylised facts: statistics known on constructed histories, and the table they make."""

import json

import numpy as np
import pytest

from redline.case import load_scenario, vary
from redline.engine import measure
from redline.evidence.facts import aftermath, answers, frequency, worlds
from redline.evidence.facts.fact import Fact, Recorded
from redline.evidence.facts.weeks import Weekly, any_within, weekly
from redline.evidence.recorded import published
from redline.evidence.validation import outside_view, validate, validation_json
from redline.results.intervals import Interval
from redline.results.simulation import trace
from redline.support.errors import InputError
from redline.theory.vocabulary import Response


@pytest.fixture(scope="module")
def found():
    return validate("standoff_2019_2021", 300)


@pytest.fixture(scope="module")
def table(found):
    return {fact.name: fact for fact in found}


def weeks(rows, **others):
    """Return histories of which only some weeks are given: attacks by row."""
    attacks = np.array(rows)
    zero = np.zeros_like(attacks)
    found = {"attacks": attacks, "fatal": zero, "crossings": zero, "response": zero,
             "talks": zero, "drones": zero}  # fmt: skip
    found |= {name: np.array(values) for name, values in others.items()}
    return Weekly(np.ones(attacks.shape, bool), np.zeros(len(attacks), bool), **found)


def test_every_fact_has_a_number_and_the_fitted_ones_are_marked(table):
    assert {name[:3].rstrip(" abcd") for name in table} == {f"F{n}" for n in range(1, 13)}
    for fact in table.values():
        assert fact.estimate.mean is not None, fact.name
        number = int("".join(c for c in fact.name[1:] if c.isdigit()))
        assert fact.fitted == (number <= 4)


def test_the_verdict_is_where_the_record_lies():
    values = np.arange(1001.0)
    for value, verdict, percentile in ((500.0, "in", 0.5), (10.0, "out", None), (999.0, "out", 1)):
        fact = Fact("F", "", "", False, Recorded(value, None, None, ""), values, Interval(1, 0, 2))
        assert fact.verdict == verdict
        if percentile:
            assert fact.percentile == pytest.approx(percentile, abs=0.002)
    ranged = Fact("F", "", "", False, Recorded(10.0, 10.0, 40.0, ""), values, Interval(1, 0, 2))
    assert ranged.verdict == "by its range"
    empty = Fact(
        "F", "", "", False, Recorded(500.0, None, None, ""), values, Interval(1, 0, 2),
        possible=(25.0, 975.0),
    )  # fmt: skip
    assert empty.verdict == "no test"
    none = Fact("F", "", "", False, Recorded(None, None, None, ""), values, Interval(1, 0, 2))
    assert none.verdict == "–"
    assert none.percentile is None


def test_a_record_that_equals_replicates_is_half_below_them():
    fact = Fact(
        "F",
        "",
        "",
        False,
        Recorded(2.0, None, None, ""),
        np.array([1.0, 2, 2, 9]),
        Interval(1, 0, 2),
    )
    assert fact.percentile == 0.25 + 0.5 / 2


@pytest.mark.parametrize(("low", "high", "tests"), [(0, 1, False), (0, 0.9, True), (0.1, 1, True)])
def test_a_record_could_be_out_where_replicates_leave_out_one_end(low, high, tests):
    fact = Fact(
        "F", "", "", False, Recorded(0.5, None, None, ""), np.linspace(low, high, 3)[[0, 0, 2, 2]],
        Interval(1, 0, 2), possible=(0.0, 1.0),
    )  # fmt: skip
    assert fact.tests is tests


def test_weeks_are_those_of_the_trace():
    scenario = load_scenario("crisis_2020")
    found = weekly(scenario, 40, 3)
    traced = trace(scenario, 0, 40, 3)
    measures = measure(traced).measures
    assert (found.attacks.sum(axis=1) == measures["attacks"]).all()
    assert (found.strikes.sum(axis=1) == measures["strikes"]).all()
    assert (found.simulated.sum(axis=1) == traced.lived).all()


def test_bursts_lulls_and_falls_by_hand():
    assert frequency.dispersion(np.array([[1] * 8])) == pytest.approx([0])
    assert frequency.dispersion(np.array([[8, 0, 0, 0, 0, 0, 0, 0]])) == pytest.approx([8])
    assert frequency._autocorrelation(np.array([[1, 0] * 50])) == pytest.approx([-0.99], abs=0.01)
    assert frequency.longest_lull(np.array([[1, 0, 0, 0, 1, 0, 0], [0] * 7])).tolist() == [3, 0]
    assert frequency._sharpest_fall(np.array([[2] * 13 + [1] * 13 + [3] * 13])) == [0.5]


def test_thinning_leaves_as_many_as_are_listed():
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, (50, 112))
    found = frequency.thinned(counts, 48, rng)
    assert (found.sum(axis=1) == np.minimum(48, counts.sum(axis=1))).all()
    assert (found <= counts).all()


@pytest.mark.parametrize("including", [True, False])
@pytest.mark.parametrize("after", [0, 1, 2, 5, 9])
def test_what_follows_within_weeks(after, including):
    # Beside a loop that looks ahead from every week, also beyond the last one.
    marks = np.random.default_rng(after).random((40, 9)) < 0.2
    found = any_within(marks, after, including)
    for row, weeks in enumerate(marks.tolist()):
        for week in range(9):
            ahead = [weeks[week]] if including else []
            for other in range(week + 1, 9):
                if other - week <= after:
                    ahead.append(weeks[other])
            assert found[row, week] == any(ahead), (row, week)


def test_strikes_after_deaths_are_counted_in_their_window():
    attacks = [[1, 0, 0, 0, 1, 0, 0, 0, 1, 1] for _ in range(2)]
    fatal = [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * 2
    response = np.zeros((2, 10), int)
    response[0, 2] = Response.STRIKE  # two weeks after the death: its answer
    response[1, 3] = Response.STRIKE  # three weeks after it: not its
    attacks[0][1] = 1  # near the death: neither
    found = answers.answers_follow_deaths(
        weeks(attacks, fatal=fatal, response=response), np.random.default_rng(1)
    )
    assert found[0].values.tolist() == [1, 0]
    assert found[0].estimate.mean == pytest.approx(0.5)
    assert found[1].estimate.mean == 0
    assert (found[0].recorded.words, found[1].recorded.words[:12]) == ("3 of 4", "1 of about 1")


def test_the_aftermath_of_strikes_counts_whole_windows_only():
    response = np.zeros((1, 8), int)
    response[0, [1, 5, 7]] = Response.STRIKE
    attacks = [[0, 1, 1, 0, 0, 1, 0, 1]]
    one, two, _ = aftermath.after_strikes(weeks(attacks * 2, response=np.repeat(response, 2, 0)))
    assert one.values.tolist() == [0.5, 0.5]  # the strike of the last week has no aftermath
    assert two.values.tolist() == [1.0, 1.0]


def test_the_record_s_own_aftermaths_are_counted_by_the_same_rule(table):
    # The strike of 12 March 2020 was followed within its own week, and then not for months.
    assert table["F6a"].recorded.words.startswith("3 of 4 listed")
    assert table["F6c"].recorded.words == "2 of 3 struck, 2 of 2 not"
    assert table["F6a"].verdict == table["F6c"].verdict == "no test"


def test_a_decapitation_is_compared_with_its_own_weeks_before():
    response = np.zeros((2, 40), int)
    response[:, 20] = Response.DECAPITATION
    attacks = np.zeros((2, 40), int)
    attacks[0, 12:20], attacks[0, 21:29] = 2, 1
    attacks[1, 12:20], attacks[1, 21:29] = 1, 1
    fact = aftermath.after_decapitation(weeks(attacks, response=response))
    assert fact.values.tolist() == [0.5, 1.0]
    assert fact.estimate.mean == pytest.approx(16 / 24)
    assert fact.holds is False
    assert (fact.recorded.low, fact.recorded.high) == pytest.approx((4 / 6, 117 / 70))


def test_quiet_spells_end_in_a_crisis_or_are_cut_off():
    grave = np.zeros((2, 100), bool)
    grave[0, [5, 6, 40]] = True
    grave[1, 3] = True
    waits, again, owner = worlds._spells(grave, np.array([100, 10]))
    assert waits.tolist() == [34, 59]
    assert again.tolist() == [True, False]
    assert owner.tolist() == [0, 0]  # the second lived too little to tell


def test_crises_as_far_apart_as_is_asked_are_two():
    grave = np.zeros((1, 40), bool)
    grave[0, [0, worlds.APART, 2 * worlds.APART - 1]] = True
    waits, again, _ = worlds._spells(grave, np.array([2 * worlds.APART]))
    assert (waits.tolist(), again.tolist()) == ([worlds.APART], [True])


def test_a_crisis_at_the_end_of_five_years_comes_within_them():
    waits = np.array([worlds.FIVE_YEARS, worlds.FIVE_YEARS + 1])
    assert worlds._share_within(waits, np.ones(2, bool)).mean == pytest.approx(0.5)


def test_a_dearer_war_is_dearer_for_those_it_is_said_of(monkeypatch):
    seen, names = [], ("confrontation", "attacks_per_week")
    made = {f"{name}.{part}": np.ones(4) for name in names for part in ("numerator", "denominator")}

    def observed(scenario, replicates, seed, reduction):
        seen.append(scenario)
        return made

    monkeypatch.setattr(worlds, "observed", observed)
    base = load_scenario("standoff_2019_2021")
    worlds.stability_instability(base, 4, 1)
    for scenario, ours, theirs in zip(seen, (1, 1.5, 1.5), (1, 1.5, 1), strict=True):
        commitment = scenario.united_states.commitment
        assert commitment == pytest.approx(ours * base.united_states.commitment)
        for name in ("proxy_loss", "revenue_exposure"):
            cost = getattr(scenario.iran, name)
            assert cost == pytest.approx(theirs * getattr(base.iran, name))


def test_the_record_of_each_scope_is_compared_over_its_own_weeks(table):
    a, b = published.counts()
    assert (a.weeks, b.weeks) == ((0, 77), (89, 112))
    assert table["F4 A"].recorded.value == 3 / 78
    assert table["F4 B"].recorded.value == 2 / 24
    only = np.zeros((2, 112), int)
    only[:, 80] = 5  # between the two
    found = {fact.name: fact for fact in frequency.attacks(weeks(only))}
    assert found["F2 A"].values.tolist() == found["F2 B"].values.tolist() == [0, 0]


def test_numbers_are_those_of_the_measures(table):
    from redline.results.simulation import simulate

    scenario = load_scenario("standoff_2019_2021")
    summary = simulate(scenario, 300).summary()
    assert table["F1"].estimate.mean == summary["class"]["confrontation"]["share"]
    ratio = summary["fatal_attacks"]["total"] / summary["attacks"]["total"]
    assert table["F2"].estimate.mean == pytest.approx(ratio)


def test_drones_are_listed_since_the_talks_alone(table):
    assert table["F8c"].recorded.words == "6 drone attacks listed since the talks, 0 before"


def test_base_rates_are_counts_of_something():
    found = outside_view()
    assert len(found) == 6
    for row in found:
        assert row["share"] == row["count"] / row["of"]
    shares = {row["what"]: row["share"] for row in found}
    assert shares["militarized disputes that became war, 1990-2014"] == pytest.approx(6 / 714)


def test_a_scenario_of_other_weeks_is_refused():
    for scenario in (load_scenario("talks_2021"), vary("standoff_2019_2021", weeks=100)):
        with pytest.raises(InputError, match="112 weeks from 2019-05-06"):
            validate(scenario, 10)


def test_few_replicates_and_quiet_worlds_do_not_break_it():
    warlike = {"united_states.rationality": 0.0}
    for values, n in (({}, 2), ({"militias.tempo": 0.0}, 20), (warlike, 20)):
        scenario = vary("standoff_2019_2021", values)
        report = validation_json(scenario, validate(scenario, n), n, 1)
        json.dumps(report, allow_nan=False)


def test_the_facts_are_a_list_a_table_and_json(found, cli):
    assert len(found) == len(list(found)) == len(found.facts)
    assert found[0].name == "F1"
    assert found[-1:] == found.facts[-1:]
    frame = found.to_pandas()
    assert list(frame["fact"]) == [fact.name for fact in found]
    assert {"measure", "record", "q025", "q975", "estimate", "verdict", "holds"} <= set(frame)
    assert not frame["fitted"].all()
    told = found._repr_html_()
    assert found.finding in told
    assert "no evidence for the model" in told
    assert repr(found).startswith("Validation(standoff_2019_2021: ")
    out = cli("validate", "-n", 300, "--json")[1]
    assert json.loads(out) == json.loads(found.to_json())


def test_the_command(cli, tmp_path):
    status, out, err = cli("validate", "-n", 20, "--json", "-o", tmp_path / "v.svg")
    assert status == 0, err
    report = json.loads(out)
    assert {"format", "scenario", "seed", "replicates", "facts", "outside_view"} == set(report)
    assert all(
        {"fact", "fitted", "record", "simulated", "verdict"} <= set(f) for f in report["facts"]
    )
    assert (tmp_path / "v.svg").read_text("utf-8").startswith("<?xml")
    status, out, _ = cli("validate", "-n", 20, "--set", "militias.tempo=1")
    assert status == 0
    assert "F12" in out
    assert "no evidence for the model" in out
    assert cli("validate", "nowhere")[0] == 2
    assert cli("validate", "-o", "x.txt")[0] == 2

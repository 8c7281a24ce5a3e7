"""Known results: totals published with the model, closed forms, and limits."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare

from redline.case import load_scenario, vary
from redline.results.simulation import simulate, trace
from redline.theory.vocabulary import Outcome, Provocation

# docs/model.md §9: seed 1, replicates 0 … 39,999 of the standoff.
PUBLISHED = {
    "attacks": 4_321_292,
    "strikes": 151_244,
    "decapitations": 34_759,
    "fatal_attacks": 139_091,
    "sanctions": 171_429,
    "assaults": 45_305,
    "crossings": 179_229,
    "weeks_lived": 4_476_979,
    "drone_weeks": 163_180,
    "rocket_weeks": 1_932_212,
    "talks_weeks": 325_830,
    "confrontations": 224,
}


def test_the_published_totals_of_the_standoff_are_met_exactly():
    results = simulate("standoff_2019_2021", 40_000)
    wars = int((results.column("class") == Outcome.CONFRONTATION).sum())
    counted = [name for name in PUBLISHED if name != "confrontations"]
    totals = {name: int(results.column(name).sum(dtype=np.int64)) for name in counted}
    assert totals | {"confrontations": wars} == PUBLISHED


def standoff(values=None, **changes):
    scenario = load_scenario("standoff_2019_2021")
    scenario = vary(scenario, values or {}, weeks=changes.get("weeks"))
    return vary(scenario, forbid=[*changes.get("forbid", ())])


def test_one_option_each_leaves_one_history():
    others = [
        f"united_states.{rung}"
        for rung in ("warning", "sanctions", "strike", "decapitation", "campaign")
    ]
    rungs = ("statement", "rockets", "drones", "assault", "offensive")
    bans = [*others, *(f"{actor}.{rung}" for actor in ("iran", "militias") for rung in rungs)]
    history = trace(standoff(forbid=bans, values={"timeline.100.diplomacy": 0}), 0, 50)
    weeks = history.weeks
    assert not weeks["provocation"].any()
    assert not weeks["response"].any()
    for name in ("severity", "pressure", "leverage", "control", "expected"):
        assert (weeks[name] == weeks[name][:1]).all()


def test_tempo_zero_means_no_attack():
    results = simulate(standoff({"militias.tempo": 0}), 500)
    assert not results.column("attacks").any()
    assert (results.column("class") != Outcome.PROVOCATION).all()


def test_tempo_of_one_each_gives_every_militia_an_opportunity_every_week():
    scenario = standoff({"militias.tempo": 6.0}, forbid=["militias.quiet"])
    history = trace(scenario, 0, 20)
    lived = np.arange(112) < history.lived[:, None]
    assert lived.sum() > 1000
    assert ((history.moves["rung"] > 0).all(axis=2) == lived).all()


def test_rationality_zero_is_uniform_play():
    scenario = standoff(
        {"united_states.rationality": 0, "militias.rationality": 0, "militias.targeting": 0},
        forbid=["united_states.campaign", "militias.offensive"],
        weeks=100,
    )
    history = trace(vary(scenario, {"environment.armament": 1, "militias.damage": 0}), 0, 400)
    # Six militias, 48 % opportunities: 40,000 responses, about 116,000 militia choices.
    # Uniform over the five rungs left; each p-value is below 1e-6 with that probability.
    responses = np.bincount(history.weeks["response"].ravel(), minlength=6)[:5]
    assert chisquare(responses).pvalue > 1e-6
    rungs = np.bincount(history.moves["rung"].ravel(), minlength=6)[1:5]
    assert chisquare(rungs).pvalue > 1e-6
    sites = history.moves["site"][history.moves["rung"] == Provocation.DRONES]
    assert chisquare(np.bincount(sites, minlength=5)).pvalue > 1e-6
    rockets = history.moves["site"][history.moves["rung"] == Provocation.ROCKETS]
    assert chisquare(np.bincount(rockets, minlength=5)[:3]).pvalue > 1e-6
    assert rockets.max() == 2


def test_the_share_of_sites_is_the_logit_share():
    history = trace(standoff(weeks=100), 0, 2000)
    rockets = history.moves["site"][history.moves["rung"] == Provocation.ROCKETS]
    utilities = np.array([1.0 - 2.5 * 0.35, 0.6 - 2.5 * 0.15, 0.4 - 2.5 * 0.2])
    weights = np.exp(3.0 * utilities)
    counts = np.bincount(rockets, minlength=5)[:3]
    expected = weights / weights.sum() * counts.sum()
    # About 170,000 independent choices; false alarm 1 in a million.
    assert chisquare(counts, expected).pvalue > 1e-6


def test_perfect_loyalty_copies_the_directive():
    scenario = standoff(
        {
            "militias.loyalty": 1e6,
            "environment.control_loss": 0,
            "environment.armament": 1,
            "militias.damage": 0,
        },
        weeks=90,  # from then on the timeline takes drones from the weakest faction
    )
    history = trace(scenario, 0, 200)
    ordered = np.broadcast_to(history.weeks["directive"][..., None], history.moves.shape)
    acted = history.moves["rung"] > 0
    assert acted.sum() > 10_000
    assert (history.moves["rung"][acted] == ordered[acted]).all()


def test_a_free_agent_does_not_hear_the_directive():
    free = standoff({"militias.loyalty": 0})
    quiet = vary(free, force=[{"actor": "iran", "week": w, "rung": "quiet"} for w in range(112)])
    loud = vary(free, force=[{"actor": "iran", "week": w, "rung": "assault"} for w in range(112)])
    moves = [trace(scenario, 0, 50).moves["rung"] for scenario in (quiet, loud)]
    assert (moves[0] == moves[1]).all()


def test_a_forced_history_replays_itself():
    scenario = standoff(weeks=40)
    free = trace(scenario, 17, 1)
    names = scenario.militia_names
    sites = list(scenario.document["site"])
    moves = []
    for week in range(int(free.lived[0])):
        moves.append(
            {"actor": "united_states", "week": week, "rung": scenario_rung("response", free, week)}
        )
        moves.append(
            {"actor": "iran", "week": week, "rung": scenario_rung("directive", free, week)}
        )
        for militia, move in enumerate(free.moves[0, week]):
            forced = {"actor": names[militia], "week": week, "rung": PROVOCATIONS[move["rung"]]}
            if move["site"] >= 0:
                forced["site"] = sites[move["site"]]
            if move["rung"] >= 2:
                forced["kill"] = bool(move["killed"])
            moves.append(forced)
    replay = trace(vary(scenario, force=moves), 17, 1)
    for field in ("severity", "pressure", "leverage", "grievance", "control", "expected"):
        assert (replay.weeks[field] == free.weeks[field]).all(), field
    # Under another seed, whatever is forced is the same all the same (the talks are not).
    elsewhere = trace(vary(scenario, force=moves), 3, 1, seed=99)
    for field in ("provocation", "response", "directive", "severity", "fatal", "control"):
        assert (elsewhere.weeks[field] == free.weeks[field]).all(), field


PROVOCATIONS = [rung.name.lower() for rung in Provocation]
RESPONSES = ["silence", "warning", "sanctions", "strike", "decapitation", "campaign"]


def scenario_rung(field, history, week):
    names = RESPONSES if field == "response" else PROVOCATIONS
    return names[history.weeks[field][0, week]]


def test_talks_start_and_end_at_their_rates():
    # No provocation: talks start with 0.06 a week and end with 0.02, a two-state chain from 0:
    # P(on in week w) = 0.75 (1 - 0.92 ** (w + 1)).
    scenario = vary("baseline", {"militias.tempo": 0, "environment.diplomacy": 2.0})
    on = simulate(scenario, 20_000).counts["talks"] / 20_000
    weeks = np.arange(112)
    exact = 0.75 * (1 - 0.92 ** (weeks + 1))
    # Standard error at most 0.0036; six of them over 112 weeks: 1 in 4 million.
    assert np.abs(on - exact).max() < 6 * 0.5 / math.sqrt(20_000)


def test_kills_happen_at_lethality_times_exposure():
    forced = [{"actor": "Badr", "week": w, "rung": "drones", "site": "erbil"} for w in range(112)]
    scenario = vary(vary("baseline", {"militias.tempo": 0}), force=forced)
    scenario = vary(scenario, forbid=["united_states.campaign"])
    killed = trace(scenario, 0, 500).moves["killed"].sum()
    mean = 56_000 * 0.15 * 0.15
    # Poisson-like count of 1,260: five standard errors, 1 in 2 million.
    assert killed == pytest.approx(mean, abs=5 * math.sqrt(mean))


def test_a_rung_barred_from_its_first_choice_is_never_taken():
    scenario = vary("standoff_2019_2021", forbid=["united_states.strike@first choice"])
    free = trace("standoff_2019_2021", 0, 300).weeks["response"]
    barred = trace(scenario, 0, 300).weeks["response"]
    assert (free == 3).any()
    assert not (barred == 3).any()
    first = np.where((free == 3).any(axis=1), (free == 3).argmax(axis=1), 112)
    for before, after, week in zip(free, barred, first, strict=True):
        assert (before[:week] == after[:week]).all()


def test_a_ban_for_some_weeks_holds_in_them_alone():
    scenario = vary("standoff_2019_2021", forbid=["militias.rockets@30-60"])
    provocation = trace(scenario, 0, 100).weeks["attacks"][..., 0]
    assert not provocation[:, 30:61].any()
    assert provocation[:, :30].any()
    assert provocation[:, 61:].any()


def test_a_standing_directive_that_becomes_forbidden_is_chosen_anew():
    scenario = vary("standoff_2019_2021", {"iran.review": 0})
    forced = [{"actor": "iran", "week": 0, "rung": "drones"}]
    held = trace(vary(scenario, force=forced), 0, 20).weeks["directive"]
    assert (held == 3).all()
    barred = trace(vary(vary(scenario, force=forced), forbid=["iran.drones@10-20"]), 0, 20)
    directive = barred.weeks["directive"]
    assert (directive[:, :10] == 3).all()
    assert not (directive[:, 10:] == 3).any()


def test_war_is_possible_and_ends_the_replicate():
    results = simulate("cheap_war", 500)
    war = results.column("class") == Outcome.CONFRONTATION
    assert war.mean() > 0.9
    assert (
        results.column("confrontation_week")[war] == results.column("weeks_lived")[war] - 1
    ).all()

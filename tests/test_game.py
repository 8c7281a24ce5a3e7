"""The textbook game: backward induction, quantal response and conditions, on random payoffs."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from limited_response import (
    Beliefs,
    is_limited_response_equilibrium,
    limited_response_conditions,
)

import redline
from redline.case import load_scenario, vary
from redline.engine.traces import new_trace
from redline.evidence import mapping
from redline.evidence.mapping import as_the_textbook, mapped, outcome_shares
from redline.evidence.textbook_game import (
    BRANCHES,
    CHALLENGER_ORDER,
    DEFENDER_ORDER,
    ENDS,
    GAME_OUTCOMES,
    NEXT,
    TYPES,
    TextbookGame,
    TypedPayoffs,
    cells,
    provocation_pays,
    quantal_response,
    read_payoffs,
    subgame_perfect,
    textbook,
)
from redline.results.simulation import simulate
from redline.support.errors import InputError

PAYS_ORDER = ("EE-", "DE", "EE+", "SQ", "DD", "ED", "DC")


def ranked(order):
    """Payoffs in an order, at random distances that are not too small to tell apart."""
    return st.lists(st.floats(0.05, 3.0), min_size=len(order), max_size=len(order)).map(
        lambda steps: dict(zip(order, itertools.accumulate(steps), strict=True))
    )


games = st.builds(TypedPayoffs, ranked(CHALLENGER_ORDER), ranked(DEFENDER_ORDER))
paying = st.builds(TypedPayoffs, ranked(PAYS_ORDER), ranked(DEFENDER_ORDER))
types = st.tuples(*[st.sampled_from(TYPES)] * 3)


def brute_force(game):
    """Return the subgame-perfect outcome by trying every pair of plans at every node."""
    nodes = list(BRANCHES)
    found = set()
    for choices in itertools.product(*BRANCHES.values()):
        plan = dict(zip(nodes, choices, strict=True))

        def walk(node, plan=plan):
            while (node, plan[node]) not in ENDS:
                node = NEXT[node, plan[node]]
            return ENDS[node, plan[node]]

        def best(node, plan=plan, walk=walk):
            side = game.challenger if node[0] in "13" else game.defender
            mine = side[walk(node)]
            return all(side[walk(node, plan | {node: m})] <= mine for m in BRANCHES[node])

        if all(best(node) for node in nodes):
            found.add(walk("1"))
    return found


@given(games, types)
def test_backward_induction_is_what_no_deviation_beats(payoffs, of):
    game = payoffs.game(*of)
    assert brute_force(game) == {subgame_perfect(game)}
    assert game.types == of


def test_who_gains_nothing_by_it_is_soft():
    even = dict.fromkeys(GAME_OUTCOMES, 0.0)
    assert TextbookGame(even, even).types == ("Soft", "Soft", "Soft")


@given(games)
def test_limited_conflict_needs_provocation_to_pay_and_is_one_cell(payoffs):
    found = cells(payoffs)
    assert len(found) == 8
    assert not any(cell["outcome"] == "DD" for cell in found)
    (only,) = [cell for cell in found if cell["outcome_if_provocation_pays"] == "DD"]
    assert list(only.values())[:3] == ["Hard", "Hard", "Hard"]
    assert only["outcome"] == "SQ"
    changed = [c for c in found if c["outcome"] != c["outcome_if_provocation_pays"]]
    assert changed == [only]


def test_there_is_no_flip_where_conceding_is_no_gain():
    assert provocation_pays({"SQ": 0, "DC": -3, "DD": -2, "ED": -1, "DE": -4, "EE": -5}) is None


@given(games, types, st.floats(0, 50))
def test_given_a_provocation_the_rest_is_in_proportion(payoffs, of, precision):
    game = payoffs.game(*of)
    whole, given_one = (quantal_response(game, precision, p) for p in (False, True))
    assert given_one["SQ"] == 0
    assert sum(given_one.values()) == pytest.approx(1)
    for outcome in GAME_OUTCOMES[1:]:
        assert whole[outcome] == pytest.approx(given_one[outcome] * (1 - whole["SQ"]), abs=1e-9)


@given(paying)
def test_payoffs_in_the_flipped_order_stay_as_they_are(payoffs):
    assert provocation_pays(payoffs.challenger) == payoffs.challenger
    assert [c["outcome"] == "DD" for c in cells(payoffs)] == [True] + [False] * 7


@given(games)
def test_with_ed_below_the_status_quo_a_second_cell_flips(payoffs):
    ours = dict(payoffs.challenger)
    ours["DD"] = (ours["SQ"] + ours["DC"]) / 2
    found = [payoffs._replace(challenger=ours).game(*t) for t in itertools.product(TYPES, repeat=3)]
    assert [game.types for game in found if subgame_perfect(game) == "DD"] == [
        ("Hard", "Hard", "Hard"),
        ("Hard", "Hard", "Soft"),
    ]


@given(games, types)
def test_quantal_response_is_uniform_at_0_and_backward_induction_in_the_limit(payoffs, of):
    game = payoffs.game(*of)
    uniform = quantal_response(game, 0)
    expected = {"SQ": 1 / 2, "DC": 1 / 6, "DD": 1 / 12, "ED": 1 / 24, "DE": 1 / 12, "EE": 1 / 8}
    assert uniform == pytest.approx(expected)
    assert quantal_response(game, 1e5)[subgame_perfect(game)] > 0.999


@given(games, types, st.floats(0, 1e6))
def test_quantal_response_is_a_distribution_that_no_shift_changes(payoffs, of, precision):
    game = payoffs.game(*of)
    found = quantal_response(game, precision)
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in found.values())
    moved = TextbookGame(*({o: v + 7.0 for o, v in side.items()} for side in game))
    assert quantal_response(moved, min(precision, 50)) == pytest.approx(
        quantal_response(game, min(precision, 50)), abs=1e-9
    )


def test_quantal_response_is_the_fixed_point_that_play_has():
    # The tree, played by players who know what the others do.
    game = textbook().game("Hard", "Hard", "Hard")
    told = quantal_response(game, 0.7)

    def logit(side, values):
        weights = np.exp(0.7 * np.array([v[side] for v in values]))
        return weights / weights.sum()

    def worth(outcome):
        return game.challenger[outcome], game.defender[outcome]

    def mean(shares, values):
        return tuple(float(shares @ np.array([v[side] for v in values])) for side in (0, 1))

    p4 = logit(1, [worth("ED"), worth("EE")])
    v4 = mean(p4, [worth("ED"), worth("EE")])
    p3a = logit(0, [worth("DD"), v4])
    p3b = logit(0, [worth("DE"), worth("EE")])
    v3a, v3b = mean(p3a, [worth("DD"), v4]), mean(p3b, [worth("DE"), worth("EE")])
    p2 = logit(1, [worth("DC"), v3a, v3b])
    p1 = logit(0, [worth("SQ"), mean(p2, [worth("DC"), v3a, v3b])])
    chances = {"1": p1, "2": p2, "3a": p3a, "3b": p3b, "4": p4}
    reached = dict.fromkeys(GAME_OUTCOMES, 0.0)

    def play(node, chance):
        if node in GAME_OUTCOMES:
            reached[node] += chance
            return
        for move, share in zip(BRANCHES[node], chances[node], strict=True):
            play(ENDS.get((node, move)) or NEXT[node, move], chance * share)

    play("1", 1.0)
    assert reached == pytest.approx(told, abs=1e-12)


def test_conditions_agree_with_trying_every_deviation():
    rng = np.random.default_rng(1)
    held = 0
    for number in range(600):
        order = PAYS_ORDER if number % 2 else CHALLENGER_ORDER
        payoffs = TypedPayoffs(
            dict(zip(order, np.sort(rng.normal(size=7)).tolist(), strict=True)),
            dict(zip(DEFENDER_ORDER, np.sort(rng.normal(size=8)).tolist(), strict=True)),
        )
        beliefs = Beliefs(*rng.uniform(0.02, 0.98, 3))
        conditions = all(c.holds for c in limited_response_conditions(payoffs, beliefs))
        assert conditions == is_limited_response_equilibrium(payoffs, beliefs), (payoffs, beliefs)
        held += conditions
    assert 60 < held < 540


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_each_condition_is_needed(broken):
    # Payoffs and beliefs at which all three hold, then one belief moved across its bound.
    payoffs = textbook()
    bounds = [c.bound for c in limited_response_conditions(payoffs, Beliefs(0.5, 0.5, 0.5))]
    assert bounds == pytest.approx([1 / 2, 1 / 2, 1 / 3])  # from the ranks, by hand
    good = Beliefs(challenger=0.7, tactical=0.2, strategic=0.7)
    assert is_limited_response_equilibrium(payoffs, good)
    moved = [{"strategic": 0.4}, {"challenger": 0.4}, {"tactical": 0.5}][broken]
    bad = good._replace(**moved)
    assert not is_limited_response_equilibrium(payoffs, bad)
    holds = [c.holds for c in limited_response_conditions(payoffs, bad)]
    assert holds == [place != broken for place in range(3)]


@given(paying, st.tuples(*[st.floats(0.05, 0.95)] * 3))
def test_where_provocation_pays_challenging_always_does(payoffs, beliefs):
    third = limited_response_conditions(payoffs, Beliefs(*beliefs))[2]
    assert third.holds
    assert math.isinf(third.bound)


@pytest.mark.parametrize(
    ("precision", "limited_gains", "war_falls"), [(1.0, False, True), (3.0, True, False)]
)
def test_that_a_dearer_war_makes_room_for_limited_conflict_is_no_theorem(
    precision, limited_gains, war_falls
):
    # Stability and instability (Snyder 1965) would want both; the textbook's ranks give one.
    game = textbook().game("Hard", "Hard", "Hard")
    dearer = TextbookGame(*(side | {"EE": side["EE"] - 1.0} for side in game))
    before, after = (quantal_response(g, precision) for g in (game, dearer))
    assert (after["DD"] > before["DD"]) is limited_gains
    assert (after["EE"] < before["EE"]) is war_falls


# A scenario beside the game


def test_a_scenario_is_valued_by_the_model_s_own_terms():
    scenario = load_scenario("standoff_2019_2021")
    ordinary, crossed, talks = mapped(scenario)
    iran, us = scenario.iran, scenario.united_states
    drivers = scenario.drivers_by_week[-1]
    need = 1 + drivers.sanctions
    dd = (
        iran.influence_value * need * 0.2
        - iran.proxy_loss * 0.4
        - iran.revenue_exposure * need * 0.16
        - iran.backlash * drivers.unrest * 0.2
    )
    assert ordinary.game.challenger["DD"] == pytest.approx(dd)
    assert talks.game.challenger["DD"] == pytest.approx(
        dd + iran.leverage_value * need * math.sqrt(0.2) - iran.talks_risk * 0.04
    )
    pressure = (1 - 0.95 * 0.8) / (1 - us.pressure_memory)
    assert ordinary.game.defender["DC"] == pytest.approx(-us.audience_cost * pressure**2)
    crossing = pressure + us.red_line
    assert crossed.game.defender["DC"] == pytest.approx(-us.audience_cost * crossing**2)
    # A strike every week leaves nothing of rockets every week, but of a death.
    assert ordinary.game.defender["DD"] == pytest.approx(
        -us.operation_cost * 0.45 - us.proportionality
    )
    left = (1 - 0.95 * 0.8) + us.red_line - 0.4
    assert crossed.game.defender["DD"] == pytest.approx(
        -us.audience_cost * left**2 - us.operation_cost * 0.45
    )
    assert ordinary.game.challenger["SQ"] == ordinary.game.defender["SQ"] == 0


def test_only_a_red_line_makes_silence_dearer_and_only_talks_force():
    ordinary, crossed, talks = (one.game for one in mapped(load_scenario("standoff_2019_2021")))
    assert talks.defender["DC"] == ordinary.defender["DC"] > crossed.defender["DC"]
    assert talks.defender["DD"] < ordinary.defender["DD"]


def test_standing_pressure_is_what_the_rules_come_to():
    from redline.evidence.mapping import standing_pressure
    from redline.theory import rules

    scenario = load_scenario("baseline")
    for provoked, force in ((2, 0.0), (2, 0.1), (4, 0.4), (5, 1.0)):
        severity = rules.compounded_severity(
            rules.calm_left(1.0, scenario.provocations[provoked].severity), 1, 0.05
        )
        left = 0.0
        for _ in range(400):
            felt = rules.pressure_felt(scenario.united_states, left, severity, 0)
            left = rules.pressure_left(felt, force)
        assert standing_pressure(scenario, provoked, force, 0) == pytest.approx(felt)


def test_what_parameters_move_in_the_game():
    def one(**values):
        changed = {k.replace("__", "."): v for k, v in values.items()}
        return mapped(vary("standoff_2019_2021", changed))[0].game

    base = one()
    fearless = one(united_states__commitment=0.0)
    assert fearless.defender["EE"] > base.defender["EE"]
    assert {o: fearless.defender[o] for o in GAME_OUTCOMES if o != "EE"} == {
        o: base.defender[o] for o in GAME_OUTCOMES if o != "EE"
    }
    bold = one(iran__proxy_loss=0.0, iran__revenue_exposure=0.0)
    assert bold.challenger["DD"] > bold.challenger["SQ"]
    assert bold.challenger["EE"] > base.challenger["EE"]
    vain = one(united_states__audience_cost=6.0)
    assert vain.defender["DD"] - vain.defender["DC"] > base.defender["DD"] - base.defender["DC"]


def test_where_orders_are_not_the_textbook_s():
    assert as_the_textbook(textbook().game("Soft", "Hard", "Soft")) == ([], [])
    game = textbook().game("Hard", "Soft", "Hard")
    ours = game.challenger | {"DD": game.challenger["SQ"] + 0.5}
    assert as_the_textbook(TextbookGame(ours, game.defender)) == (["SQ < DD", "ED < DD"], [])


def test_every_week_is_one_outcome_of_the_game(monkeypatch):
    scenario = vary("baseline", weeks=9)
    history = new_trace(scenario, 0, 1, moves=False)
    weeks = {
        "SQ": (1, 1), "other": (0, 3), "DC": (2, 2), "DD": (3, 3), "ED": (4, 3), "DE": (2, 4),
        "short of war": (4, 4), "EE": (2, 5),
    }  # fmt: skip
    history.weeks["provocation"][0, :8], history.weeks["response"][0, :8] = zip(
        *weeks.values(), strict=True
    )
    history.weeks["crossings"][0, [4, 6]] = 1
    history.lived[:], history.over[:] = 8, 1
    monkeypatch.setattr(
        mapping, "observed", lambda scenario, n, seed, reduction: reduction(history, scenario)
    )
    found = outcome_shares(scenario, 1, 1)
    told = {kind: {name: e.mean for name, e in row.items()} for kind, row in found.items()}
    assert told["all"] == dict.fromkeys(weeks, 1 / 8)
    assert {name: share for name, share in told["crossed"].items() if share} == {
        "ED": 1 / 2,
        "short of war": 1 / 2,
    }


def test_shares_of_weeks_add_up():
    found = outcome_shares(load_scenario("standoff_2019_2021"), 300, 1)
    for kind in ("all", "ordinary", "crossed"):
        assert sum(effect.mean for effect in found[kind].values()) == pytest.approx(1)
    assert found["crossed"]["SQ"].mean == 0
    assert found["ordinary"]["short of war"].mean == found["ordinary"]["ED"].mean == 0
    wars = simulate("standoff_2019_2021", 300).summary()
    weeks = wars["weeks_lived"]["total"]
    assert found["all"]["EE"].mean == pytest.approx(wars["class"]["confrontation"]["count"] / weeks)
    quiet = outcome_shares(vary("baseline", {"militias.tempo": 0.0}, weeks=5), 20, 1)
    assert quiet["all"]["SQ"].mean == 1
    assert quiet["crossed"]["DD"].mean is None


# The command and its files


def test_the_json_contract(cli):
    status, out, _ = cli("game", "--json", "-n", 50, "--lambda", 0, "--lambda", 3)
    assert status == 0
    report = json.loads(out)
    assert {"format", "cells", "qre", "mapping", "simulation"} <= set(report)
    assert len(report["cells"]) == 8
    assert [set(row) for row in report["qre"]] == [{"lambda", *GAME_OUTCOMES}] * 2
    assert [row["lambda"] for row in report["qre"]] == [0, 3]
    flips = [c for c in report["cells"] if c["outcome"] != c["outcome_if_provocation_pays"]]
    assert [list(cell.values()) for cell in flips] == [["Hard", "Hard", "Hard", "SQ", "DD"]]


def test_a_comparison_is_printed_and_goes_on_as_a_table_and_as_json(cli):
    found = mapping.game("standoff_2019_2021", 50, precisions=(0, 3))
    out = cli("game", "--json", "-n", 50, "--lambda", 0, "--lambda", 3)[1]
    assert json.loads(out) == json.loads(found.to_json())
    frame = found.to_pandas()
    assert list(frame) == ["lambda", "outcome", "probability", "predicted"]
    assert list(frame["outcome"]) == [*GAME_OUTCOMES] * 2
    assert frame.groupby("lambda")["probability"].sum().to_list() == pytest.approx([1, 1])
    assert set(frame.loc[frame["predicted"], "outcome"]) == {subgame_perfect(found.game)}
    told = found._repr_html_()
    assert "Backward induction, by type" in told
    assert "standoff_2019_2021, ordinary week" in told
    assert repr(found).startswith("TextbookComparison(standoff_2019_2021: ")
    with pytest.raises(InputError, match="numbers from 0 to 1e6"):
        mapping.game(precisions=[-1.0])


PLAIN = """
[challenger]
SQ = 0
DC = 2
DD = 1
ED = 1.5
DE = -2
EE = -1
[defender]
SQ = 2
DC = -1
DD = 0
ED = -4
DE = 1
EE = -3
"""


def test_payoffs_of_known_types(tmp_path, cli):
    (tmp_path / "p.toml").write_text(PLAIN)
    payoffs, game = read_payoffs(tmp_path / "p.toml")
    assert payoffs is None
    assert game.types == ("Hard", "Hard", "Hard")
    assert subgame_perfect(game) == "DD"
    for payoffs in (game, tmp_path / "p.toml", str(tmp_path / "p.toml")):
        found = mapping.game("talks_2021", 20, payoffs=payoffs)
        assert (found.game, found.payoffs, found.given) == (game, None, True)
    status, out, _ = cli("game", "--payoffs", "p.toml", "--json", "-n", 20, "-o", "g.png")
    assert status == 0
    (cell,) = json.loads(out)["cells"]
    assert cell["outcome"] == cell["outcome_if_provocation_pays"] == "DD"
    assert {path.name for path in tmp_path.glob("*.png")} == {"g.png", "g-shares.png"}
    (tmp_path / "p.json").write_text(
        json.dumps({"challenger": game.challenger, "defender": game.defender})
    )
    assert read_payoffs(tmp_path / "p.json")[1] == game


def test_payoffs_of_every_type(tmp_path):
    text = PLAIN.replace("EE = -1\n", "EE_hard = -1\nEE_soft = -3\n")
    text = text.replace("EE = -3\n", "EE_hard = -3\nEE_soft = -5\n")
    text = text.replace("DD = 0\n", "DD_hard = 0\nDD_soft = -2\n")
    (tmp_path / "p.toml").write_text(text + '[types]\ntactical = "Soft"\n')
    payoffs, game = read_payoffs(tmp_path / "p.toml")
    assert game == payoffs.game("Hard", "Soft", "Hard")
    assert cells(payoffs)[0]["outcome"] == "DD"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no table challenger"),
        ("x", "p.toml"),
        (PLAIN.replace("SQ = 0", ""), "challenger.SQ must be a number"),
        (PLAIN.replace("SQ = 0", 'SQ = "a"'), "challenger.SQ must be a number"),
        (PLAIN.replace("SQ = 0", "SQ = true"), "challenger.SQ must be a number"),
        (PLAIN.replace("SQ = 0", "SQ = nan"), "challenger.SQ must be between"),
        (PLAIN.replace("SQ = 0", "SQ = 1e9"), "challenger.SQ must be between"),
        (PLAIN + "DX = 1", "defender has no DX"),
        (PLAIN + "[other]\n", "no table other"),
        (PLAIN.replace("EE = -1", "EE_hard = 1"), "challenger.EE_soft must be a number"),
        ("challenger = 1\ndefender = 2", "no table challenger"),
        (PLAIN.replace("EE = -1", "EE_hard = 1\nEE_soft = -3"), "for both sides, or for neither"),
        (PLAIN + '[types]\nchallenger = "Hard"\n', "types are for payoffs given by type"),
    ],
)
def test_wrong_payoffs_are_told(tmp_path, cli, text, words):
    (tmp_path / "p.toml").write_text(text)
    status, out, err = cli("game", "--payoffs", "p.toml")
    assert status == 2
    assert not out
    assert words in err


def test_files_that_cannot_be_payoffs(tmp_path):
    for name, data in (("a.toml", b"\xff\xfe"), ("b.json", b"[1]"), ("c.json", b"[" * 99_999)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=name):
            read_payoffs(tmp_path / name)
    with pytest.raises(InputError, match="No such file"):
        read_payoffs(tmp_path / "none.toml")
    with pytest.raises(InputError, match="directory"):
        read_payoffs(Path(tmp_path))


def test_wrong_precision_is_told(cli):
    assert cli("game", "--lambda", "-1")[0] == 2
    assert cli("game", "--lambda", "nan")[0] == 2


def test_openspiel_agrees():
    """An oracle that knows nothing of us."""
    import pyspiel

    payoffs = textbook()
    for of in itertools.product(TYPES, repeat=3):
        game = payoffs.game(*of)
        solved = solve_with(pyspiel, game)
        assert solved == subgame_perfect(game)


def solve_with(pyspiel, game):
    """Return the outcome that OpenSpiel's own tree of the game gives by backward induction."""
    worth = {
        outcome: (game.challenger[outcome], game.defender[outcome]) for outcome in GAME_OUTCOMES
    }
    state = pyspiel.load_efg_game(efg(worth)).new_initial_state()

    def best(state):
        if state.is_terminal():
            return state.returns()
        player = state.current_player()
        return max((best(state.child(a)) for a in state.legal_actions()), key=lambda r: r[player])

    found = best(state)
    return next(o for o, w in worth.items() if list(w) == list(found))


def efg(worth):
    """Return the game in Gambit's format."""
    number = {outcome: place for place, outcome in enumerate([*GAME_OUTCOMES, "EE2"], 1)}
    lines = ['EFG 2 R "Asymmetric Escalation Game" { "C" "D" } ""']
    sets = {"1": (1, 1), "2": (2, 1), "3a": (1, 2), "4": (2, 2), "3b": (1, 3)}

    def write(node):
        player, place = sets[node]
        moves = " ".join(f'"{move}{node}"' for move in BRANCHES[node])
        lines.append(f'p "" {player} {place} "" {{ {moves} }} 0')
        for move in BRANCHES[node]:
            outcome = ENDS.get((node, move))
            if outcome:
                ours, theirs = worth[outcome]
                key = number["EE2" if (node, move) == ("3b", "E") else outcome]
                lines.append(f't "" {key} "{outcome}" {{ {ours} {theirs} }}')
            else:
                write(NEXT[node, move])

    write("1")
    return "\n".join(lines) + "\n"


def test_precisions_are_gone_through_once():
    found = redline.game(replicates=20, precisions=(value for value in (0.5, 1)))
    assert found.precisions == (0.5, 1.0)
    assert redline.game(replicates=20, precisions=2).precisions == (2.0,)
    for wrong in ("x", None, (1, "x"), -1):
        with pytest.raises(redline.InputError, match="precisions must be numbers"):
            redline.game(replicates=20, precisions=wrong)
    with pytest.raises(redline.InputError, match="payoffs must be a file or a game"):
        redline.game(replicates=20, payoffs=3)

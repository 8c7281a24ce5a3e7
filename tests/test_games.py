"""Games: a list of moves, everybody else by the rules; here, and in the lesson's scripts."""

import functools
import json
import operator
import random
from html import escape

import pytest

import redline
from node import run_in_node
from redline.argument.playing import GameState
from redline.case import load_scenario, vary
from redline.engine.model import EscalationModel
from redline.lesson.telling import play
from redline.lesson.words import english
from redline.support.errors import InputError
from redline.theory.vocabulary import Actor, rung_names

WORLD = "talks_2021"
SEATS = (Actor.UNITED_STATES, Actor.IRAN)


def moves_of(seed, count=14):
    return tuple(random.Random(seed).choices(range(5), [4, 5, 3, 2, 1], k=count))


@pytest.mark.parametrize("seat", SEATS)
def test_a_game_is_the_model_with_the_seat_forced(seat):
    moves = moves_of(3)
    game = GameState(load_scenario(WORLD), seat, 14, seed=5, moves=moves)
    model = EscalationModel(vary(WORLD, weeks=14), rng=5)
    for week, move in enumerate(moves):
        model.force(seat, move)
        model.step()
        row = game.played[week]
        assert row["provocation"] == model.provocation
        assert row["response"] == model.united_states.response
        assert row["pressure"] == model.united_states.pressure
        if not model.running:
            break
    assert game.done
    assert game.war == model.confrontation
    assert game.standing().attacks == game.played["attacks"].sum()


def test_what_is_seen_before_a_choice_does_not_depend_on_it():
    game = GameState(load_scenario(WORLD), Actor.UNITED_STATES, 14, moves=(1, 1, 2))
    coming = game.trace.weeks[0, 3]
    for rung in range(6):
        lived = game.move(rung).played[3]
        for name in ("provocation", "directive", "talks", "fatal", "severity"):
            assert lived[name] == coming[name]
        assert lived["response"] == rung


def test_a_campaign_ends_the_game():
    game = GameState(load_scenario(WORLD), Actor.UNITED_STATES, 14, moves=(1,)).move(5)
    assert game.done
    assert game.war
    assert game.standing().weeks == 2
    with pytest.raises(InputError, match="the game is over"):
        game.move(1)


def test_the_seat_s_own_forced_moves_give_way_and_others_stay():
    game = GameState(load_scenario("crisis_2020"), Actor.UNITED_STATES, 6, moves=(0,) * 6)
    assert game.played["response"].tolist() == [0] * 6  # the scenario would strike in week 3
    assert game.played["provocation"][3:5].tolist() == [2, 4]  # the record's, still


def test_options_that_the_scenario_forbids_are_closed():
    world = vary(WORLD, forbid=["united_states.strike"])
    game = GameState(world, Actor.UNITED_STATES, 14)
    assert game.allowed == 0b110111
    with pytest.raises(InputError, match="rung 3 is not open in week 1"):
        game.move(3)


def test_options_are_weighed_by_the_rules():
    game = GameState(load_scenario(WORLD), Actor.IRAN, 14, moves=(2, 3))
    told = game.options()
    for k in range(6):
        worth = sum(row[k] for row in told.terms.values())
        assert told.utilities[k] == pytest.approx(worth)
    assert game.move(4).why(2).actors[0].utilities == told.utilities


@pytest.mark.parametrize("weeks", [0, 53])
def test_a_game_has_weeks_of_its_scenario(weeks):
    with pytest.raises(InputError, match="1 to 52 weeks"):
        GameState(load_scenario(WORLD), Actor.IRAN, weeks)


def test_a_scenario_that_draws_is_played_as_its_replicate_drew(tmp_path):
    path = tmp_path / "drawn.toml"
    path.write_text(f'extends = "{WORLD}"\n[draw]\n"iran.review" = [0.9, 0.95]\n')
    own = GameState(load_scenario(path), Actor.UNITED_STATES, 14, moves=(1,)).world
    assert own.draws is None
    assert own.iran.review >= 0.9


def test_futures_share_the_past_and_no_chance():
    world = load_scenario(WORLD)
    calm = GameState(world, Actor.UNITED_STATES, 14, moves=(1,) * 5)
    assert calm.wars_ahead() == calm.wars_ahead()
    assert 0 <= calm.wars_ahead() < 40
    cheap = vary(
        world, {"united_states.commitment": 0, "iran.proxy_loss": 0, "iran.revenue_exposure": 0}
    )
    assert GameState(cheap, Actor.UNITED_STATES, 14).wars_ahead() > 90


def test_the_lesson_plays_the_same_games(lesson):
    games = [
        (seat, seed, moves_of(seed, count))
        for seat in SEATS
        for seed, count in ((1, 0), (1, 6), (7, 14), (2**40 + 3, 9), (11, 14))
    ]
    found = run_in_node(
        lesson,
        """return data.map(([seat, seed, moves]) => {
          const game = new redline.Game(seat, moves, seed), { war, done } = game;
          const row = (week) => [week.provocation, week.response, week.directive, week.fatal];
          const weeks = game.played.map(row);
          return { weeks, war, done, ahead: game.wars_ahead(), result: game.result(),
            worth: done ? null : game.weighed().utilities };
        });""",
        [[int(seat), seed, moves] for seat, seed, moves in games],
    )
    for (seat, seed, moves), one in zip(games, found, strict=True):
        game = GameState(load_scenario(WORLD), seat, 14, seed, moves)
        rows = [
            [int(week[name]) for name in ("provocation", "response", "directive", "fatal")]
            for week in game.played[: game.standing().weeks if game.war else None]
        ]
        assert one["weeks"] == [row for row in rows if row]
        assert (one["war"], one["done"]) == (game.war, game.done)
        assert one["ahead"] == game.wars_ahead()
        assert one["result"]["attacks"] == game.standing().attacks
        assert one["result"]["deaths"] == game.standing().deaths
        if not game.done:
            assert one["worth"] == pytest.approx(game.options().utilities, abs=1e-12)


# From Python


@pytest.mark.parametrize("seat", ["united_states", "iran"])
def test_a_game_is_played_move_by_move_and_told(seat):
    start = play(WORLD, seat, weeks=3, seed=5)
    other = {"united_states": "strike", "iran": "rockets"}[seat]
    game = start.move(1).move(other)
    assert game.moves == (1, rung_names(start.seat).index(other))
    assert start.moves == ()
    assert (game.week, game.done) == (2, False)
    blocks = list(game.blocks())
    assert blocks[0] == game.answer
    assert blocks[1:] == list(game.situation())
    html = game._repr_html_()
    assert f"<b>Week 3 of 3 · {game.scenario.date_of(2)}</b>" in html
    assert escape(game.answer) in html
    assert "color: #b9cddd" in html
    table = game.to_pandas()
    assert table["week"].tolist() == [0, 1]
    assert table["move"].tolist() == [rung_names(start.seat)[1], other]
    assert table["attacks"].tolist() == game.played["attacks"].sum(axis=1).tolist()
    own = "response" if seat == "united_states" else "directive"
    assert table[own].tolist() == table["move"].tolist()
    done = game.move(0)
    assert done.done
    assert list(done.blocks()) == [done.answer, *done.ending()]
    assert repr(done) == f"<PlayedGame of talks_2021, {seat}: over>"
    report = json.loads(done.to_json())
    assert len(report["history"]) == 3
    assert report["computer"]["weeks"] == done.computer().weeks
    assert start.to_pandas().empty


def test_options_are_shown_in_the_words_of_the_lesson():
    game = play(seat="iran", weeks=4).move("rockets")
    options = game.options()
    (table,) = options.blocks()
    assert "Tehran" in table.title
    assert len(table.rows) == len(options.terms) + 1
    assert options.utilities == GameState(game.scenario, game.seat, 4, 1, (2,)).options().utilities
    assert set(options.to_pandas()["term"]) == {*options.terms, "utility", "probability"}


def test_a_game_is_told_as_the_terminal_tells_it(cli, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("1\n3\nq\n"))
    out = cli("play", "--seed", 5)[1]
    game = play(seed=5)
    for move in (1, 3):
        for block in game.blocks():
            assert str(block).strip() in out
        game = game.move(move)
    assert game.answer in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seat": "irn"}, "no seat irn; nearest valid name: iran"),
        ({"weeks": 60}, "1 to 52 weeks"),
        ({"weeks": 2.5}, "weeks must be a whole number"),
        ({"seed": -1}, "seed must be in"),
        ({"scenario": "nowhere"}, "nowhere"),
        ({"forbid": ["iran.drone"]}, "nearest valid name: drones"),
    ],
)
def test_a_game_that_cannot_be_played_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        play(**options)


def test_moves_that_cannot_be_made_are_refused():
    game = play(forbid=["united_states.strike"])
    for move, message in (
        ("strike", "rung 3 is not open in week 1"),
        ("warn", "no rung warn; nearest valid name: warning"),
        (9, "rung 9 is not open"),
        (1.5, "rung must be a whole number"),
    ):
        with pytest.raises(InputError, match=message):
            game.move(move)
    said = []
    play("standoff_2019_2021", notice=said.append)
    assert said == []


# The command line


def test_a_game_is_scripted(cli):
    status, out, _ = cli("play", "--moves", "1,1,2,1,3,1,1,0,1,1,1,1,1,2")
    assert status == 0
    assert "5. Washington struck." in out
    assert "The crisis is over after 14 weeks, short of war." in out
    assert "the computer" in out


def test_a_game_is_played_at_the_prompt(cli, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(f"x\n?\n7\n{'1' * 5000}\n2\nq\n"))
    status, out, _ = cli("play", "--as", "iran", "--seed", "4")
    assert status == 0
    assert "Week 1 of 14" in out
    assert "leverage in the talks" in out
    assert out.count("Type the number of a rung") == 3
    assert "1. Tehran authorised rockets." in out


def test_a_rung_that_is_closed_is_asked_for_again(cli, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("3\n1\n"))
    closed = ("--forbid", "united_states.strike", "--game-weeks", 1)
    status, out, _ = cli("play", *closed)
    assert status == 0
    assert english(load_scenario(WORLD))["terminal"]["not_open"] in out
    assert "1. Washington warned." in out


def test_a_campaign_is_told_as_war(cli):
    status, out, _ = cli("play", "--moves", "5,1,1")
    assert status == 0
    assert "The crisis ended in open war in week 1." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--moves", "1,6"], "rung 6 is not open in week 2"),
        (["--moves", "1,x"], "must be rungs"),
        (["--game-weeks", "0"], "1 to 52 weeks"),
        (["nowhere"], "nowhere"),
        (["--as", "baghdad"], "baghdad"),
    ],
)
def test_wrong_games_are_refused(cli, arguments, said):
    status, _, err = cli("play", *arguments)
    assert status == 2
    assert said in err


def test_leaving_by_end_of_input_is_an_interrupt(cli, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli("play")[0] == 130


def test_orders_beyond_the_militias_arms_are_not_told_as_drones(cli):
    options = ("--game-weeks", "4", "--moves", "3,3,2,3", "--as", "iran")
    _, out, _ = cli("play", "talks_2021", "--set", "environment.armament=0.25", *options)
    assert out.count("Tehran authorised means that no militia had.") == 3
    assert "Tehran authorised rockets." in out
    assert "Tehran authorised drones" in cli("play", "talks_2021", *options)[1]


def test_a_game_s_reach_is_that_of_the_model_s_militias():
    world = vary("standoff_2019_2021", {"timeline.90.armament": 1}, weeks=112)
    game = GameState(world, Actor.IRAN, 112, seed=1, moves=(2,) * 112)
    model = EscalationModel(game.world, rng=1)
    reaches = []
    while model.running:
        reaches.append(functools.reduce(operator.or_, (m.capable() for m in model.militias)))
        model.step()
    assert [game.reach(week) for week in range(len(reaches))] == reaches
    assert len(set(reaches)) > 1


def test_a_week_to_come_is_not_told():
    game = redline.play(forbid=None)
    with pytest.raises(redline.InputError, match="week 0 has not been played; played: none yet"):
        game.why(0)
    after = game.move("warning")
    assert after.why(0).week == 0
    with pytest.raises(redline.InputError, match=r"week 3 has not been played; played: 0 … 0"):
        after.why(3)

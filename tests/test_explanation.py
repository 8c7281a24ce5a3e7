"""Why: terms that add up to what the engine used, sentences, and the story of a replicate."""

import functools
import itertools
import json
import operator
from html import escape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redline
from redline.argument.choices import week_lived
from redline.argument.explanation import Explanation, explain, explain_agent
from redline.argument.stories import Story
from redline.case import build, load_scenario, vary
from redline.engine.model import EscalationModel
from redline.figures.kinds.terms import draw_terms, plot_terms, terms_data, terms_figure
from redline.figures.style import save, styled
from redline.results.simulation import trace
from redline.support import wording
from redline.support.errors import InputError
from redline.theory import rules, words
from redline.theory.parameters import GROUPS
from redline.theory.vocabulary import Actor, Provocation, Response, rung_names
from strategies import documents

GOLDEN = Path(__file__).parent / "golden"


def chosen_in(history, week, actor, names):
    """Return the rung that the batch engine's trace has for an actor."""
    row = history.weeks[0, week]
    if actor == "Washington":
        return row["response"]
    if actor == "Tehran":
        return row["directive"]
    return history.moves[0, week, names.index(actor)]["rung"]


def check(scenario, replicate, week, seed):
    history = trace(scenario, replicate, seed=seed)
    if week >= history.lived[0]:
        with pytest.raises(InputError, match="ends in open confrontation"):
            explain(scenario, replicate, week, seed=seed)
        return
    explanation = explain(scenario, replicate, week, seed=seed)
    pooled = 0.0
    for actor in explanation.actors:
        rung = chosen_in(history, week, actor.actor, scenario.militia_names)
        assert actor.chosen == actor.rungs[rung]
        assert actor.sentence
        if actor.choice is None:
            continue
        for k in range(6):
            terms = [values[k] for values in actor.terms.values()]
            assert functools.reduce(operator.add, terms, 0.0) == actor.utilities[k]
        if actor.allowed:
            assert sum(actor.probabilities) == pytest.approx(1)
        if not actor.forced and actor.allowed:
            # What the engine used: the same weights, the same draw, the same choice.
            weights = [p * actor.choice.weight_sum for p in actor.probabilities]
            assert weights == pytest.approx(actor.choice.weights)
            assert rules.pick(actor.choice.weights, actor.draw) == rung
            closed = [k for k in range(6) if not (actor.choice.allowed >> k) & 1]
            assert [actor.choice.weights[k] for k in closed] == [0.0] * len(closed)
        worth = actor.utilities[rung]
        if actor.kind is Actor.UNITED_STATES:
            assert worth == history.weeks[0, week]["utility"][0]
        elif actor.kind is Actor.IRAN:
            assert worth == history.weeks[0, week]["utility"][1]
        else:
            pooled += worth
    assert pooled == history.weeks[0, week]["utility"][2]
    json.dumps(explanation.to_dict(), allow_nan=False)


@settings(max_examples=60)
@given(documents(most_cells=2), st.data())
def test_terms_add_up_to_what_the_engine_used_in_random_scenarios(document, data):
    scenario = build(document, "random", (), None)
    week = data.draw(st.integers(0, scenario.weeks - 1))
    check(scenario, data.draw(st.integers(0, 1000)), week, data.draw(st.integers(0, 1000)))


@settings(max_examples=30)
@given(st.integers(0, 5000), st.integers(0, 111))
def test_terms_add_up_to_what_the_engine_used_in_the_standoff(replicate, week):
    check(load_scenario("standoff_2019_2021"), replicate, week, 1)


WORLDS = {
    "standoff": lambda: load_scenario("standoff_2019_2021"),
    "talks": lambda: load_scenario("talks_2021"),
    "few arms": lambda: vary("talks_2021", {"environment.armament": 0.25}),
    "barred": lambda: vary(
        "fear_of_war",
        {"united_states.commitment": 0, "iran.review": 0.8},
        forbid=[
            "militias.drones@first choice",
            "iran.rockets@first choice",
            "united_states.strike@3-20",
        ],
    ),
    "forced": lambda: vary(
        "baseline",
        force=[
            {"actor": "iran", "week": 2, "rung": "assault"},
            {"actor": "united_states", "week": 5, "rung": "silence"},
            {"actor": "united_states", "week": 5, "rung": "strike"},
            {"actor": "Badr", "week": 3, "rung": "rockets"},
        ],
    ),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("replicate", [0, 7])
def test_choices_are_those_of_the_readable_engine_s_agents(world, replicate):
    scenario = WORLDS[world]()
    model = EscalationModel(scenario, rng=3, replicate=replicate)
    made = 0
    while model.running:
        reach = functools.reduce(operator.or_, (one.capable() for one in model.militias))
        model.step()
        decided, reached = week_lived(scenario, replicate, model.week - 1, 3)
        assert reached == reach
        for agent, one in zip(
            [model.iran, *model.militias, model.united_states], decided, strict=True
        ):
            assert one.choice == agent.choice
            assert one.parameters == agent.parameters
            assert explain_agent(one, reach) == explain_agent(agent, reach)
            made += agent.choice is not None
    assert made > model.week
    if model.confrontation:
        with pytest.raises(InputError, match=f"open confrontation in week {model.week - 1}"):
            week_lived(scenario, replicate, model.week, 3)


def test_what_would_have_been_chosen_without_a_term():
    # Week 4 of replicate 0: rockets killed, and the United States struck.
    washington = explain("standoff_2019_2021", 0, 4, actor="united_states").actors[0]
    assert washington.chosen == "strike"
    utilities = np.array(washington.utilities) - np.array(washington.terms["audience"])
    rung = rules.pick(rules.logit_weights(utilities, 63, 12.0), washington.draw)
    assert washington.without["audience"] == rung_names(Actor.UNITED_STATES)[rung]


def test_sentences_name_the_terms_that_made_the_difference():
    sentence = explain("standoff_2019_2021", 0, 4, actor="united_states").actors[0].sentence
    assert sentence == (
        "Washington struck, rather than a warning: the cost of looking weak +0.57 against the "
        "price of the operation −0.47."
    )
    tehran = explain("standoff_2019_2021", 0, 4, actor="iran").actors[0]
    assert tehran.sentence == "Tehran left its directive as it was: rockets."
    assert tehran.draw is None


def test_forced_and_single_options_are_said_to_be_that():
    scenario = vary(
        "baseline",
        force=[{"actor": "united_states", "week": 0, "rung": "strike"}],
        forbid=[f"iran.{rung}" for rung in rung_names(Actor.IRAN)[1:]],
    )
    scenario = vary(scenario, {"iran.review": 1})
    told = {actor.actor: actor.sentence for actor in explain(scenario, 0, 0).actors}
    assert told["Washington"] == "Washington struck: a forced move."
    assert told["Tehran"] == "Tehran asked for quiet: nothing else was open."


@pytest.mark.parametrize(
    ("actor", "names"),
    [
        ("iran", ["Tehran"]),
        ("united_states", ["Washington"]),
        ("Badr", ["Badr"]),
        ("militias", list(load_scenario("baseline").militia_names)),
        (None, ["Tehran", *load_scenario("baseline").militia_names, "Washington"]),
    ],
)
def test_an_actor_can_be_asked_for(actor, names):
    explanation = explain("baseline", 1, 3, actor=actor)
    assert [one.actor for one in explanation.actors] == names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"week": 112}, "week must be in 0 … 111, not 112"),
        ({"week": -1}, "week must be in"),
        ({"week": 1, "actor": "Bard"}, "no actor Bard; nearest valid name: Badr"),
        ({"replicate": -1}, "numbered"),
        ({"seed": -1}, "seed must be in"),
        ({"actor": "iran"}, "an actor is asked for in a week"),
        ({"forbid": ["iran.drone"]}, "nearest valid name: drones"),
    ],
)
def test_what_cannot_be_explained(arguments, message):
    with pytest.raises(InputError, match=message):
        explain("baseline", **arguments)


def test_every_term_driver_and_rung_has_its_words():
    for kind in (rules.DirectiveTerms, rules.ProvocationTerms, rules.ResponseTerms):
        assert set(kind._fields) <= set(words.TERMS)
    assert set(words.DRIVERS) == set(GROUPS["environment"][1]._fields)
    for table in (words.ORDERED, words.PROVOKED, words.PROVOCATION_WORDS):
        assert list(table) == list(Provocation)
    for table in (words.ANSWERED, words.RESPONSE_WORDS):
        assert list(table) == list(Response)


def test_numbers_in_words():
    assert wording.count(1, "attack") == "one attack"
    assert wording.count(11, "attack") == "11 attacks"
    assert wording.times(2) == "twice"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed([]) == ""


# Stories


def test_the_story_of_the_standoff_s_first_replicate():
    # Written anew by: redline explain standoff_2019_2021 > tests/golden/story_standoff_0.txt
    story = explain("standoff_2019_2021", 0)
    assert isinstance(story, Story)
    assert story.text() == (GOLDEN / "story_standoff_0.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["standoff_2019_2021", "talks_2021", "cheap_war", "crisis_2020"])
def test_a_story_tells_every_turn(name):
    scenario = load_scenario(name)
    history = trace(scenario, 2)
    story = explain(scenario, 2)
    weeks = history.weeks[0, : history.lived[0]]
    turns = {passage.first for passage in story.passages if passage.turning_point}
    for week in np.flatnonzero((weeks["crossings"] > 0) | (weeks["response"] >= 3)):
        assert week in turns
    covered = [p for p in story.passages if p.when != "In sum"]
    for one, following in itertools.pairwise(covered):
        assert one.last < following.first
    for week in np.flatnonzero(weeks["attacks"].sum(axis=1)):
        assert any(p.first <= week <= p.last for p in covered)
    ended = "It ended in open war" if history.over[0] else "It never came to open war"
    assert story.passages[-1].text.startswith(ended)
    assert f"in {len(weeks)} weeks" in story.passages[-1].text
    json.dumps(story.to_dict())


def test_without_a_start_weeks_are_numbered(tmp_path):
    path = tmp_path / "plain.toml"
    path.write_text("weeks = 20\n")
    text = explain(path, 3).text()
    assert "Week" in text
    assert "2019" not in text


def test_notebooks_get_tables_with_nothing_unescaped(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text('title = "<script>x</script>"\n[[militias.faction]]\nname = "<b>A</b>"\n')
    scenario = vary(path, {"militias.tempo": 1})
    for told in (explain(scenario, 0, 0), explain(scenario, 0)):
        html = told._repr_html_()
        assert "<script>" not in html
        assert "<b>A" not in html
    assert "<table>" in explain(scenario, 0, 0)._repr_html_()


def test_what_is_told_goes_on_as_tables_and_as_json(cli):
    told = explain("standoff_2019_2021", 0, 4)
    table = told.to_pandas()
    assert list(table) == ["actor", "rung", "term", "value", "open", "chosen", "without"]
    chose = [actor for actor in told.actors if actor.choice]
    assert len(table) == sum(6 * (len(actor.terms) + 2) for actor in chose)
    for actor in chose:
        own = table[table["actor"] == actor.actor]
        for term, values in actor.terms.items():
            rows = own[own["term"] == term]
            assert rows["value"].tolist() == list(values)
            assert set(rows["without"]) == {actor.without[term]}
        assert own[own["term"] == "utility"]["value"].tolist() == list(actor.utilities)
        assert own[own["term"] == "probability"]["value"].tolist() == list(actor.probabilities)
        assert set(own[own["chosen"]]["rung"]) == {actor.chosen}
        assert set(own[own["open"]]["rung"]) == set(actor.allowed)
        assert actor.to_pandas()["value"].tolist() == own["value"].tolist()
    html = told._repr_html_()
    assert all(escape(actor.sentence) in html for actor in told.actors)
    assert repr(told) == f"<Explanation: {told.heading}>"
    asked = ("explain", "standoff_2019_2021", "--replicate", 0)
    assert cli(*asked, "--week", 4, "--json")[1].strip() == told.to_json()
    story = explain("standoff_2019_2021", 0)
    assert story.to_pandas()["text"].tolist() == [one.text for one in story.passages]
    assert list(story.to_pandas()) == ["first", "last", "turning_point", "when", "text"]
    assert cli(*asked, "--json")[1].strip() == story.to_json()
    assert cli(*asked)[1] == story.text()
    assert "\n" not in repr(story)


def test_a_scenario_may_be_changed_as_it_is_told():
    changed = vary("talks_2021", {"iran.review": 1}, forbid=["united_states.strike"], weeks=20)
    options = {"values": {"iran.review": 1}, "forbid": ["united_states.strike"], "weeks": 20}
    for week in (None, 5):
        told = explain("talks_2021", 2, week, **options)
        assert told.to_dict() == explain(changed, 2, week).to_dict()
    said = []
    explain("standoff_2019_2021", 0, 4, weeks=20, notice=said.append)
    assert said[0].startswith("standoff_2019_2021: ")


# The figure


def test_the_figure_has_a_panel_for_each_choice(tmp_path):
    explanation = explain("standoff_2019_2021", 0, 4)
    assert isinstance(explanation, Explanation)
    with styled():
        figure = terms_figure(explanation)
    chose = [actor for actor in explanation.actors if actor.choice]
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes]
    assert titles == [a.sentence for a in chose]
    with styled():
        save(figure, tmp_path / "terms.png")
    assert (tmp_path / "terms.png").stat().st_size > 10_000
    drawn = draw_terms(explanation, style="dark")
    assert drawn.title == explanation.heading
    assert len(drawn.tables) == len(chose)


def test_the_bars_are_the_terms():
    actor = explain("standoff_2019_2021", 0, 4, actor="united_states").actors[0]
    data = terms_data(actor)
    assert len(data["value"]) == 6 * len(actor.terms)
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    plot_terms(data, ax, actor.chosen)
    widths = [patch.get_width() for patch in ax.patches[:36]]
    assert widths == pytest.approx(data["value"].tolist())
    assert [text.get_text() for text in ax.texts][3] == "−1.04   68 %"


def test_rungs_out_of_reach_are_marked():
    # Drones need capability 0.35, which armament 0.25 gives to none but the first faction.
    explanation = explain(vary("standoff_2019_2021", {"militias.tempo": 6}), 0, 0, actor="Badr")
    data = terms_data(explanation.actors[0])
    assert not data["open"][data["rung"] == "drones"].any()


def test_a_week_without_choices_is_drawn_as_that():
    scenario = vary("baseline", {"militias.tempo": 0, "iran.review": 0})
    with styled():
        figure = terms_figure(explain(scenario, 0, 0, actor="iran"))
    assert "Nobody chose" in figure.axes[0].texts[0].get_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((None,), "not NoneType"),
        (([3],), "scenario must be .*, not list"),
        (("talks_2021", 1.0), "replicate must be a whole number"),
    ],
)
def test_what_cannot_be_explained_is_refused(given, told):
    with pytest.raises(redline.InputError, match=told):
        redline.explain(*given)

"""Figures of the record, the facts, the score and the game; and ``redline record``."""

import json

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from legibility import assert_legible
from redline.case.scenario_file import load_scenario
from redline.evidence.mapping import mapped, outcome_shares
from redline.evidence.recorded import published
from redline.evidence.recorded.coding import coded_events
from redline.evidence.recorded.known import record as recorded
from redline.evidence.scoring import score, skills_finding
from redline.evidence.textbook_game import textbook
from redline.evidence.validation import validate
from redline.figures.kinds import record
from redline.figures.kinds import score as score_figure
from redline.figures.kinds.game import EDGES, draw_shares, draw_tree, plot_tree, tree_data
from redline.figures.kinds.record import draw_record
from redline.figures.kinds.score import draw_score
from redline.figures.kinds.validation import draw_validation
from redline.figures.requests import write_figure
from redline.figures.style import RUNG_COLOURS, face, styled
from redline.theory.vocabulary import Actor


@pytest.fixture(scope="module")
def drawings():
    """What each figure is drawn by, in a style."""
    scenario = load_scenario("standoff_2019_2021")
    facts = validate(scenario, 100)
    scores = score(scenario, particles=10, refit=False)
    ordinary, crossed, _ = mapped(scenario)
    shares = {
        kind: {name: effect.mean for name, effect in table.items()}
        for kind, table in outcome_shares(scenario, 40, 1).items()
    }
    games = {one.name: (one.game, shares[one.name]) for one in (ordinary, crossed)}
    return {
        "record": lambda style: draw_record(style=style),
        "validation": lambda style: draw_validation(facts, style),
        "score": lambda style: draw_score(scores, style),
        "tree": lambda style: draw_tree(crossed.game, "standoff", style),
        "textbook": lambda style: draw_tree(
            textbook().game("Hard", "Hard", "Hard"), "textbook", style
        ),
        "shares": lambda style: draw_shares(
            games, "standoff", 12.0, "the simulation's share.", style
        ),
    }


OTHERS = ("record", "validation", "tree", "textbook", "shares")


@pytest.mark.parametrize(
    "style",
    [
        "paper",
        pytest.param(
            "dark",
            marks=pytest.mark.second_tier("drawn as on paper, which stands for it"),
        ),
    ],
)
@pytest.mark.parametrize("name", ["score", *OTHERS])
def test_figures_can_be_read(drawings, name, style):
    assert_legible(drawings[name](style))


THE_SCORE = pytest.mark.second_tier("the score, whose intervals come of chance, stands for it")


@pytest.mark.parametrize(
    "name", ["score", *(pytest.param(name, marks=THE_SCORE) for name in OTHERS)]
)
def test_a_figure_repeats(drawings, tmp_path, name):
    paths = [write_figure(drawings[name]("paper"), tmp_path / f"{n}.svg")[0] for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_timeline_is_the_record():
    data = record.timeline_data()
    table = record.monthly_data(data)
    attacks = sum(int(table[name].sum()) for name in ("rockets", "drones"))
    assert attacks == len(published.listed_attacks())
    assert table["assault"].sum() == 1
    assert len(data["date"]) == len(coded_events())
    assert recorded().finding == "48 listed attacks, four fatal; five answers by force"


def test_deaths_and_answers_stand_in_their_lanes_on_their_days():
    data = record.timeline_data()
    with styled():
        upper, lanes = Figure().subplots(2, 1)
        record.plot_timeline(data, upper, lanes)
    (deaths,) = (line for line in lanes.lines if line.get_marker() == "v")
    answers = [line for line in lanes.lines if line.get_marker() == "s"]

    def days(line):
        return [f"{num2date(day):%Y-%m-%d}" for day in line.get_xdata()]

    listed = [event.date.isoformat() for event in published.listed_attacks() if event.killed]
    assert days(deaths) == listed
    force = [m for m in coded_events() if m.actor is Actor.UNITED_STATES and m.rung == 4]
    assert days(answers[-1]) == [move.event.date.isoformat() for move in force] == ["2020-01-03"]
    assert to_hex(answers[-1].get_color()) == RUNG_COLOURS[4]


def test_the_branches_of_backward_induction_are_heavy():
    game = textbook().game("Soft", "Hard", "Soft")
    with styled():
        ax = Figure().subplots()
        plot_tree(tree_data(game), ax)
    widths = [line.get_linewidth() for line in ax.lines[: len(EDGES)]]
    heavy = {edge[::2] for edge, width in zip(EDGES, widths, strict=True) if width == max(widths)}
    # A Soft defender gives way at 4, so the challenger escalates at 3a, and at 3b gives way.
    assert heavy == {("4", "D"), ("3a", "E"), ("3b", "D"), ("2", "E"), ("1", "C")}


def test_the_band_of_replicates_is_their_middle_nine_tenths():
    attacks = np.zeros((101, published.WEEKS), int)
    attacks[:, 1] = np.arange(101)  # in May 2019
    found = record.simulated_months(attacks)
    assert (found["low"][0], found["middle"][0], found["high"][0]) == (5, 50, 95)


def test_skill_is_told_by_its_interval():
    row = {"score": "s", "against": "base rate", "events": 3}
    told = {
        (0.1, 0.3): "better than",
        (-0.3, -0.1): "worse than",
        (-0.1, 0.3): "not told apart from",
    }
    for (low, high), words in told.items():
        ends = {"low": low, "mean": (low + high) / 2, "high": high}
        rows = [{**row, **ends, "ladder": ladder} for ladder in ("attacks", "answers")]
        assert f"the model is {words} the base rate" in skills_finding(rows)


def test_marks_are_hollow_where_the_model_had_seen_what_it_foretells():
    rows = {
        "score": ["s", "s"], "ladder": ["attacks"] * 2, "against": ["base rate"] * 2,
        "mean": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3],
        "in_sample": [1, 0], "impossible": [0, 0],
    }  # fmt: skip
    with styled():
        ax = Figure().subplots()
        score_figure.plot_skills({name: np.array(values) for name, values in rows.items()}, ax)
        seen, unseen = (line for line in ax.lines if line.get_marker() == "o")
        assert to_hex(seen.get_markerfacecolor()) == face()
        assert to_hex(unseen.get_markerfacecolor()) == to_hex(unseen.get_color())


def test_months_of_replicates_hold_all_their_attacks():
    attacks = np.random.default_rng(1).poisson(0.5, (1, published.WEEKS))
    found = record.simulated_months(attacks)
    assert found["middle"].sum() == attacks.sum()
    assert found["month"][0] == "2019-05-01"
    assert found["month"][-1] == "2021-06-01"


def test_the_record_is_a_table_and_json(cli):
    found = recorded()
    frame = found.to_pandas()
    assert len(frame) == len(published.events())
    assert {"date", "initiator", "source", "scored", "actor", "rung", "site", "week"} <= set(frame)
    assert frame["scored"].sum() == len(coded_events()) == frame["week"].notna().sum()
    told = found._repr_html_()
    assert found.finding in told
    assert "3: decapitation" in told
    assert [month["month"] for month in found.monthly[::25]] == ["2019-05-01", "2021-06-01"]
    assert json.loads(cli("record", "--json")[1]) == json.loads(found.to_json())
    assert repr(found) == f"Record({len(frame)} events, two counts)"


def test_the_record_is_printed_with_its_sources(cli, tmp_path):
    status, out, _ = cli("record", "--json", "-o", tmp_path / "r.png")
    assert status == 0
    report = json.loads(out)
    assert len(report["events"]) == len(published.events())
    assert all(event["source"] for event in report["events"])
    scored = [event for event in report["events"] if event["scored"]]
    assert len(scored) == len(coded_events())
    assert {event["actor"] for event in scored} == {"militias", "united_states"}
    assert [count["name"] for count in report["counts"]] == ["A", "B"]
    assert (tmp_path / "r.png").exists()
    status, out, _ = cli("record")
    assert status == 0
    assert "3: decapitation" in out
    killed = sum(m.killed for m in coded_events() if m.actor is Actor.MILITIAS)
    assert killed == 4
    assert cli("record", "-o", "x.gif")[0] == 2

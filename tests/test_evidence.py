"""Figures of the record, the facts, the score and the game; and ``redline record``."""

import json

import numpy as np
import pytest

from legibility import assert_legible
from redline import evidence, record
from redline.coding import coded_events
from redline.figures import write_figure
from redline.game import textbook
from redline.mapping import mapped, outcome_shares
from redline.plots import timeline
from redline.scenario_file import load
from redline.score import score
from redline.state import Actor
from redline.validation import validate


@pytest.fixture(scope="module")
def drawings():
    """What each figure is drawn by, in a style."""
    scenario = load("standoff_2019_2021")
    facts = validate(scenario, 100)
    scores = score(scenario, particles=10, refit=False)
    ordinary, crossed, _ = mapped(scenario)
    shares = {
        kind: {name: effect.mean for name, effect in table.items()}
        for kind, table in outcome_shares(scenario, 40, 1).items()
    }
    games = {one.name: (one.game, shares[one.name]) for one in (ordinary, crossed)}
    return {
        "record": evidence.draw_record,
        "validation": lambda style: evidence.draw_validation(facts, "standoff", 100, 1, style),
        "score": lambda style: evidence.draw_score(scores, "standoff", 1, style),
        "tree": lambda style: evidence.draw_tree(crossed.game, "standoff", style),
        "textbook": lambda style: evidence.draw_tree(
            textbook().game("Hard", "Hard", "Hard"), "textbook", style
        ),
        "shares": lambda style: evidence.draw_shares(
            games, "standoff", 12.0, "the simulation's share.", style
        ),
    }


@pytest.mark.parametrize(
    "style",
    [
        "paper",
        pytest.param("dark", marks=pytest.mark.second_tier("the same words on a dark ground")),
    ],
)
@pytest.mark.parametrize("name", ["record", "validation", "score", "tree", "textbook", "shares"])
def test_figures_can_be_read(drawings, name, style):
    assert_legible(drawings[name](style))


def test_a_figure_repeats(drawings, tmp_path):
    """The score's, whose intervals come of chance; how files repeat is tested of other figures."""
    paths = [write_figure(drawings["score"]("paper"), tmp_path / f"{n}.svg")[0] for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_timeline_is_the_record():
    data = timeline.timeline_data()
    table = timeline.monthly_data(data)
    attacks = sum(int(table[name].sum()) for name in ("rockets", "drones"))
    assert attacks == len(record.listed_attacks())
    assert table["assault"].sum() == 1
    assert len(data["date"]) == len(coded_events())
    assert timeline.timeline_finding(data) == "48 listed attacks, four fatal; five answers by force"


def test_months_of_replicates_hold_all_their_attacks():
    attacks = np.random.default_rng(1).poisson(0.5, (1, record.WEEKS))
    found = timeline.simulated_months(attacks)
    assert found["middle"].sum() == attacks.sum()
    assert found["month"][0] == "2019-05-01"
    assert found["month"][-1] == "2021-06-01"


def test_the_record_is_printed_with_its_sources(cli, tmp_path):
    status, out, _ = cli("record", "--json", "-o", tmp_path / "r.png")
    assert status == 0
    report = json.loads(out)
    assert len(report["events"]) == len(record.events())
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

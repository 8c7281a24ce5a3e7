"""Words: what sentences, titles and tables say is what was counted."""

import re

import numpy as np
import pytest

from redline.argument.explanation import explain
from redline.argument.stories import order_words
from redline.case import addresses_of, label_of, load_scenario, vary
from redline.figures.kinds import distribution, ladder, outcomes, transitions
from redline.figures.style import part
from redline.results.measures import MEASURES
from redline.results.simulation import simulate, trace
from redline.results.storage.running import run_into
from redline.support import built_in, wording
from redline.theory import words
from redline.theory.vocabulary import Provocation

STANDOFF = "standoff_2019_2021"
LETHAL = ("rockets", "drones", "assault", "offensive")
WITHOUT_DRONES = {"environment.armament": 0.25, "timeline.90.armament": 0.25}


def week_rows(responses, war=False):
    """Return the data of a ladder in which Washington answered so, week by week."""
    weeks = len(responses)
    return {
        "week": np.arange(weeks),
        "provocation": np.full(weeks, 2),
        "response": np.array(responses),
        "war": np.array([*[False] * (weeks - 1), war]),
    }


@pytest.mark.parametrize(
    ("responses", "war", "told"),
    [
        ([4, 0, 4], False, "two decapitations; no war"),
        ([3, 1, 4], False, "one strike and one decapitation; no war"),
        ([3, 3], False, "two strikes; no war"),
        ([2, 1], False, "no answer by force; no war"),
        ([3, 4, 5], True, "one strike, one decapitation and one campaign; war in week 2"),
    ],
)
def test_the_title_of_a_ladder_counts_each_answer_by_its_name(responses, war, told):
    assert ladder.ladder_finding(week_rows(responses, war)).endswith(told)


def test_what_counts_decapitations_too_is_not_called_strikes():
    assert MEASURES["strikes"].words == "weeks with an American strike or more"
    for name in ("strikes", "strikes_per_week", "strikes_per_attack"):
        assert "strike or more" in MEASURES[name].words
    assert MEASURES["decapitations"].words == "weeks with a decapitation"


# What parameters and measures are called

LONGEST = 42


@pytest.mark.parametrize("scenario", built_in())
def test_every_address_has_a_short_label_of_its_own(scenario):
    labels = {a: note.label for a, note in addresses_of(load_scenario(scenario).document).items()}
    assert len(set(labels.values())) == len(labels)
    for address, label in labels.items():
        assert label_of(address) == label
        assert 0 < len(label) <= LONGEST
        assert label[0].islower()
        assert not re.search(r"[_{}]|\w\.\w", label)


def test_a_label_names_its_rung_site_faction_or_week():
    for address, label in {
        "united_states.commitment": "price of open war to Washington",
        "site.erbil.exposure": "exposure of Erbil",
        "ladder.response.strike.cost": "cost of a strike to Washington",
        'militias.faction."Badr".zeal': "zeal of Badr",
        'militias.faction."{0}".zeal': "zeal of {0}",
        "timeline.50.sanctions": "sanctions on Iran from week 50",
        "militias.cells": "cells of each faction",
    }.items():
        assert label_of(address) == label
    for address in ("no.such", "timeline.x.sanctions", "=", "iran"):
        assert label_of(address) == address


def test_measures_have_words_of_no_dialect():
    for name, measure in MEASURES.items():
        assert not re.search(r"_|lived", measure.words), name


# Orders beyond what the militias have the arms for


def told_of_tehran(scenario, replicate):
    """Yield what a story and every week's sentence say of Tehran."""
    yield explain(scenario, replicate).text()
    lived = int(trace(scenario, replicate).lived[0])
    for week in range(0, min(lived, 30), 9):
        for actor in explain(scenario, replicate, week, actor="iran").actors:
            yield actor.sentence


@pytest.mark.parametrize("replicate", [0, 4])
@pytest.mark.parametrize("scenario", [STANDOFF, "talks_2021"])
def test_no_drones_are_told_of_where_there_are_none(scenario, replicate):
    held = {"environment.armament": 0.25}
    if scenario == STANDOFF:
        held["timeline.90.armament"] = 0.25
    world = vary(scenario, {**held, "iran.review": 1})
    told = list(told_of_tehran(world, replicate))
    assert not [text for text in told if "drones" in text]


def test_the_story_of_a_directive_beyond_the_militias_arms_says_that():
    world = vary(STANDOFF, WITHOUT_DRONES | {"iran.review": 1})
    text = "".join(explain(world, replicate).text() for replicate in range(4))
    assert "authorised means that no militia had" in text
    assert "drone" not in text


def test_drones_are_told_of_from_when_they_can_be_flown():
    arrive, seen = 91, 0  # armament rises in week 90, and capability with it from the next
    for replicate in range(45, 60):
        for passage in explain(STANDOFF, replicate).passages:
            if "authorised drones" in passage.text:
                seen += 1
                assert passage.last >= arrive
    assert seen


def test_orders_have_words_for_every_rung_within_reach_and_beyond():
    for table in (words.ORDERED_BEYOND, words.PROVOCATIONS_BEYOND):
        assert list(table) == list(Provocation)
        assert not any("drone" in text for text in table.values())
    assert order_words(Provocation.DRONES, 0b111111) == "authorised drones"
    assert order_words(Provocation.DRONES, 0b000111) == "authorised means that no militia had"
    assert order_words(Provocation.QUIET, 0b000001) == "asked for quiet"


def test_the_sum_of_a_story_without_attacks_is_english():
    quiet = vary("baseline", {"militias.tempo": 0}, weeks=1)
    assert explain(quiet, 0).passages[-1].text == (
        "It never came to open war: no attacks and no weeks with an American strike or more, in "
        "1 week."
    )
    harmless = vary("talks_2021", {f"ladder.provocation.{r}.lethality": 0 for r in LETHAL})
    assert "attacks, none of them fatal, and" in explain(harmless, 0).passages[-1].text


# Numbers


@pytest.mark.parametrize(
    ("a_second", "told"),
    [
        (2_130_000, "2.13 million"),
        (999_900, "1.00 million"),
        (12_345, "12.3 thousand"),
        (999.9, "1.0 thousand"),
        (640, "640"),
        (0.4, "0"),
        (3.2e9, "3,200.00 million"),
    ],
)
def test_a_rate_has_the_unit_that_suits_it(a_second, told):
    assert wording.rate(a_second) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (1e-7, "under 0.01 %"),
        (1 - 1e-7, "over 99.99 %"),
        (0.0005, "0.05 %"),
        (0.332, "33.20 %"),
    ],
)
def test_a_share_is_not_rounded_to_nothing_or_all(value, told):
    assert wording.share(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "less than a second"), (119, "about 119 s"), (120, "about 2.0 minutes"),
        (7199, "about 120.0 minutes"), (7200, "about 2.0 hours"), (172_800, "about 2.0 days"),
    ],
)  # fmt: skip
def test_a_duration_has_the_largest_unit_of_which_there_are_two(seconds, told):
    assert wording.duration_words(seconds) == told


def test_intervals_and_numbers_of_things():
    assert wording.share_span(0.0, 0.0038) == "0 to 0.38 %"
    assert wording.share_span(1e-6, 1.0) == "under 0.01 to 100 %"
    assert wording.counted(1, "replicate") == "1 replicate"
    assert wording.counted(2000, "replicate") == "2,000 replicates"
    assert wording.capital("weeks with an American strike") == "Weeks with an American strike"
    assert (wording.signed(-0.0001), wording.signed(-0.5), wording.signed(0)) == (
        "+0.00",
        "-0.50",
        "+0.00",
    )


def test_a_run_of_one_is_told_in_the_singular(cli):
    status, out, _ = cli("run", "talks_2021", "-n", "1", "-o", "one")
    assert status == 0
    assert "1 replicate of up to" in out
    assert "0.00 million" not in out
    assert "0.00 %" not in out
    assert not re.search(r"[0-9] – [-0-9]", out)


def test_the_slow_engine_s_rate_is_not_nothing(cli):
    _, out, _ = cli("run", "talks_2021", "-n", "2", "--engine", "mesa", "-o", "one")
    assert "0.00 million" not in out
    assert "decisions a second" in out


@pytest.mark.parametrize(
    ("number", "whole", "told"),
    [
        (2, 3, "2 of 3 replicates"),
        (0, 19, "0 of 19 replicates"),
        (12, 100, "12 % of replicates"),
        (1, 10_000, "under 0.1 % of replicates"),
    ],
)
def test_a_title_gives_few_replicates_as_a_count(number, whole, told):
    assert part(number, whole) == told


def test_titles_of_few_replicates_claim_no_percentages():
    few = simulate("talks_2021", 3)
    classes = outcomes.classes_finding(outcomes.classes_data(few))
    assert " of 3 replicates" in classes
    assert "(95 % interval 0 to 56 %)" in classes
    title = distribution.distribution_finding(
        distribution.distribution_data({"talks": few}, "attacks"), "attacks"
    )
    assert title.endswith("; three replicates")
    never = distribution.distribution_data({"a": few, "b": few}, "confrontation_week")
    told = distribution.distribution_finding(never, "confrontation week")
    assert told == "The confrontation week never occurred in any arm"


def test_few_weeks_after_a_strike_are_counted():
    names = (*ladder.RESPONSES, "war")
    counts = {("strike", "silence"): 4, ("strike", "strike"): 1}
    rows = [("response", a, b) for a in names[:6] for b in names]
    count = np.array([counts.get((a, b), 0) for _, a, b in rows])
    below = {a: sum(counts.get((a, b), 0) for b in names) for a in names[:6]}
    share = [n / below[a] if below[a] else np.nan for n, (_, a, _) in zip(count, rows, strict=True)]
    ladders, froms, tos = (np.array(column) for column in zip(*rows, strict=True))
    data = {"ladder": ladders, "from": froms, "to": tos, "count": count, "share": np.array(share)}
    told = transitions.transitions_finding(data)
    assert told == "4 of the 5 weeks that follow a strike saw no force"
    told = transitions.transitions_finding(data | {"count": count * 10})
    assert told == "After a strike, 80 % of the weeks that follow see no force"


def test_none_of_few_strips_is_said_so(tmp_path):
    run = run_into(tmp_path / "run", load_scenario("talks_2021"), 3)
    from redline.figures.drawing import draw
    from redline.figures.requests import Request
    from redline.figures.subjects import subject_of

    title = draw("strips", Request((subject_of(run),))).title
    assert title == "Of three replicates drawn at random, none ends in war"

"""Figures, taken apart: the tidy tables behind them, and what is drawn of them."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from redline.case import load_scenario, vary
from redline.figures import style
from redline.figures.kinds import (
    convergence,
    curve,
    distribution,
    ladder,
    outcomes,
    phase,
    rungs,
    strips,
    survival,
    transitions,
)
from redline.figures.kinds.map import PLACES, map_data, plot_map
from redline.figures.look import palette
from redline.figures.measures import groups_data
from redline.results.histories import sample, simulated_histories
from redline.results.intervals import mean_interval, wilson
from redline.results.pooling.grouping import grouped
from redline.results.simulation import simulate, trace
from redline.results.storage.running import run_into
from redline.results.storage.running import sweep_into as sweep
from redline.results.storage.store import read_manifest, write_manifest
from redline.support.errors import InputError
from redline.theory.vocabulary import SITES

COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_into(
        tmp_path_factory.mktemp("runs") / "talks_2021", load_scenario("talks_2021"), 400
    )


@pytest.fixture(scope="module")
def war():
    return simulate("cheap_war", 200)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    table = {COMMITMENT: [0.0, 0.4, 0.8, 1.6], REVENUE: [0.0, 1.1, 2.2]}
    scenario = vary("standoff_2019_2021", sweep=table)
    return sweep(tmp_path_factory.mktemp("sweeps") / "s", scenario, 50)


def axes():
    return Figure().subplots()


# The palette

# Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6), severity 1: linear RGB to linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def seen(colour, vision):
    """Return a colour in CIELAB as somebody sees it."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = SRGB_TO_XYZ @ np.clip(VISIONS[vision] @ linear, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISIONS)
def test_the_palette_tells_neighbours_apart_and_falls_in_lightness(vision):
    colours = [seen(colour, vision) for colour in (*style.RUNG_COLOURS, style.WAR_COLOUR)]
    for one, next_ in pairwise(colours):
        assert np.linalg.norm(one - next_) >= 12
        assert one[0] - next_[0] >= 2
    classes = [seen(colour, vision) for colour in style.CLASS_COLOURS.values()]
    assert (np.diff([colour[0] for colour in classes]) < 0).all()


@pytest.mark.parametrize("scale", [style.GRAVITY, style.PROVOCATION, style.NEUTRAL])
def test_scales_fall_in_lightness(scale):
    lightness = [seen(scale(share), "normal")[0] for share in np.linspace(0, 1, 60)]
    assert (np.diff(lightness) < 0).all()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"), (1, "100 %"), (0.0001, "under 0.1 %"), (0.0042, "0.4 %"), (0.5, "50 %"),
        (0.9951, "99.5 %"), (0.99999, "over 99.9 %"), (0.0999, "10.0 %"),
    ],
)  # fmt: skip
def test_shares_are_never_rounded_to_all_or_nothing(share, words):
    assert style.percent(share) == words


def test_lines_are_broken_where_they_are_full():
    text = "one two three four five six seven eight nine ten " * 4
    lines = style.wrapped(text, 200, 9).splitlines()
    assert " ".join(lines) == text.strip()
    assert max(style.text_width(line, 9) for line in lines) <= 200
    assert style.wrapped("Donaudampfschifffahrtsgesellschaft", 10, 9).count("\n") == 0


# Histories


def test_histories_are_the_original_ones(run):
    numbers = sample(400, 30, seed=1)
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 30
    found = run.histories(numbers, moves=True)
    whole = trace("talks_2021", 0, 400)
    assert (found.numbers == numbers).all()
    for field in ("provocation", "response", "severity"):
        assert np.array_equal(found.weeks[field], whole.weeks[field][numbers])
    assert np.array_equal(found.moves["site"], whole.moves["site"][numbers])
    assert sample(5, 30, seed=1) == [0, 1, 2, 3, 4]


def test_histories_are_those_of_results_that_begin_later():
    found = simulate("baseline", 5, first=3)
    again = found.histories([3, 7])
    assert again.numbers.tolist() == [3, 7]
    with pytest.raises(InputError, match="replicate 8 is not stored yet"):
        found.histories([8])


def test_histories_under_other_rules_or_of_an_edited_run_are_refused(run, tmp_path):
    folder = tmp_path / "talks_2021"
    stored = run_into(folder, load_scenario("talks_2021"), 20)
    write_manifest(folder, {**read_manifest(folder), "rules_hash": "0"})
    with pytest.raises(InputError, match="the rules have changed since"):
        type(stored)(folder).histories([0])
    write_manifest(folder, {**stored.manifest, "seed": 2})
    with pytest.raises(InputError, match="differ from the stored ones"):
        type(stored)(folder).histories([0, 1, 2])
    big = vary("baseline", {"militias.cells": 1000}, weeks=4000)
    with pytest.raises(InputError, match="too many to hold"):
        simulated_histories(big, 1, [0])


# Ladder and strips


def test_the_ladder_shows_every_week_of_a_replicate():
    scenario = load_scenario("cheap_war")
    history = simulated_histories(scenario, 1, [0])
    data = ladder.ladder_data(history, scenario)
    lived = int(history.lived[0])
    assert len(data["week"]) == lived < scenario.weeks
    assert data["war"].tolist() == [False] * (lived - 1) + [True]
    assert (data["provocation"] == history.weeks["provocation"][0, :lived]).all()
    ax = axes()
    ladder.plot_ladder(data, ax, scenario.weeks)
    heights = [bar.get_height() for bar in ax.patches[: 2 * lived]]
    assert heights[:lived] == pytest.approx(data["provocation"] + 0.12)
    assert heights[lived:] == pytest.approx(-(data["response"] + 0.12))
    assert ladder.ladder_finding(data).endswith(f"war in week {lived - 1}")
    assert ladder.ladder_events(data)[0].words.startswith("war")


def test_events_are_named_once_a_week_the_gravest_first():
    data = {
        "week": np.arange(4),
        "provocation": np.array([2, 4, 0, 3]),
        "response": np.array([3, 4, 0, 0]),
        "fatal": np.array([1, 1, 0, 0]),
        "war": np.zeros(4, bool),
    }
    events = ladder.ladder_events(data)
    assert [(event.week, event.words) for event in events] == [
        (1, "decapitation, assault"),
        (0, "strike, deaths"),
    ]


def test_strips_are_sorted_with_the_gravest_on_top():
    scenario = load_scenario("cheap_war")
    history = simulated_histories(scenario, 1, range(40))
    data = strips.strips_data(history)
    last = [data["week"][data["place"] == place].max() for place in range(40)]
    assert last == sorted(last, reverse=True)  # on top, the highest place, is the earliest war
    assert len(data["week"]) == history.lived.sum()
    assert data["war"].sum() == history.over.sum()
    ax = axes()
    strips.plot_strips(data, ax, "response", scenario.weeks)
    mesh = ax.collections[0].get_array()
    assert mesh.shape == (40, scenario.weeks)
    assert mesh.mask.sum() == 40 * scenario.weeks - history.lived.sum()
    assert (mesh == 6).sum() == history.over.sum()


def test_of_strips_without_a_war_those_with_more_crises_and_then_attacks_are_above():
    short = vary("standoff_2019_2021", weeks=30)
    data = strips.strips_data(simulated_histories(short, 1, range(40)))
    places = [data["place"] == place for place in range(40)]
    weight = [
        (
            -data["week"][mine].max() if data["war"][mine].any() else -30,
            ((data["provocation"][mine] >= 4) | (data["response"][mine] >= 4)).sum(),
            (data["provocation"][mine] >= 2).sum(),
        )
        for mine in places
    ]
    assert len(set(weight)) > 10
    assert weight == sorted(weight)


def test_bands_mark_the_weeks_with_talks_and_with_as_much_unrest_as_the_caption_says():
    nothing = np.zeros(4, int)
    data = {
        "week": np.arange(4),
        **dict.fromkeys(("provocation", "response", "crossings", "fatal"), nothing),
        "talks": np.array([1, 0, 0, 1]),
        "unrest": np.array([0.0, 0.49, 0.5, 0.9]),
        "war": np.zeros(4, bool),
    }
    ax = axes()
    ladder.plot_ladder(data, ax, 4)
    names = dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True))
    found = {"talks": [], "unrest": []}
    for bar in ax.patches:
        middle = bar.get_y() + bar.get_height() / 2
        name = next((n for y, n in names.items() if abs(y - middle) < 1e-9), "")
        if name in found:
            found[name].append(bar.get_x() + 0.5)
    assert found == {"talks": [0, 3], "unrest": [2, 3]}


# Rungs


def test_colours_are_named_in_the_order_of_the_ladder(war):
    ax = axes()
    rungs.plot_rungs(rungs.rungs_data(war), ax, "response")
    marks, names = ax.texts[::2], ax.texts[1::2]
    assert [to_hex(mark.get_color()) for mark in marks] == list(style.RUNG_COLOURS)
    assert [name.get_text() for name in names] == list(ladder.RESPONSES)
    heights = [name.xy[1] for name in names]
    assert heights == sorted(heights)  # the gravest on top


def test_shares_of_rungs_are_of_the_replicates_at_risk(war):
    data = rungs.rungs_data(war)
    for name in ("provocation", "response"):
        mine = data["ladder"] == name
        share = data["share"][mine].reshape(-1, 6)
        assert share.sum(axis=1) == pytest.approx(1)
        at_risk = data["at_risk"][mine].reshape(-1, 6)[:, 0]
        lived = war.column("weeks_lived")
        assert at_risk.tolist() == [(lived > week).sum() for week in range(len(at_risk))]
        assert at_risk[-1] > 0
    ax = axes()
    rungs.plot_rungs(data, ax, "provocation")
    assert ax.get_ylim() == (0, 1)
    assert f"{at_risk[0]:,}" in ax.get_xticklabels()[0].get_text()


def test_weeks_of_attacks_and_of_graver_things_are_told_apart():
    data = {
        "ladder": np.array(["provocation"] * 12 + ["response"] * 12),
        "rung": np.array([*ladder.PROVOCATIONS * 2, *ladder.RESPONSES * 2]),
        "share": np.array([0.3, 0.1, 0.25, 0.15, 0.05, 0.15, 1, 0, 0, 0, 0, 0, *[1 / 6] * 12]),
        "at_risk": np.repeat([30, 10, 30, 10], 6),  # weights of the two weeks
    }
    assert rungs.rungs_finding(data) == (
        "30 % of weeks at risk see rockets or drones; 15 % an assault or an offensive"
    )


def test_stored_weekly_counts_draw_the_same(run):
    stored, fresh = rungs.rungs_data(run), rungs.rungs_data(simulate("talks_2021", 400))
    for name, column in stored.items():
        assert np.array_equal(column, fresh[name])


def test_transitions_count_every_week_that_has_one_after_it():
    history = trace("cheap_war", 0, 60)
    data = transitions.transitions_data(history)
    weeks = history.weeks
    wanted = {}
    for row in range(60):
        lived = int(history.lived[row])
        chain = [*weeks["response"][row, :lived].tolist(), "war" if history.over[row] else None]
        for one, next_ in pairwise(chain):
            if next_ is not None:
                to = "war" if next_ == "war" else ladder.RESPONSES[next_]
                key = ladder.RESPONSES[one], to
                wanted[key] = wanted.get(key, 0) + 1
    mine = data["ladder"] == "response"
    rows = zip(data["from"][mine], data["to"][mine], data["count"][mine], strict=True)
    assert {(a, b): c for a, b, c in rows if c} == wanted
    share = data["share"][mine].reshape(6, 7)
    sums = np.nansum(share, axis=1)
    assert set(np.round(sums, 9)) <= {0.0, 1.0}
    transitions.plot_transitions(data, axes(), "response")


# Outcomes, distributions, survival


def test_classes_are_drawn_with_their_shares(run):
    data = outcomes.classes_data(run)
    assert data["class"].tolist() == ["quiet", "provocation", "crisis", "confrontation"]
    assert data["share"].sum() == pytest.approx(1)
    assert (data["low"] <= data["share"]).all()
    assert (data["share"] <= data["high"]).all()
    ax = axes()
    outcomes.plot_classes(data, ax)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(data["share"])
    assert ax.get_xlim()[0] == 0
    assert [text.get_text() for text in ax.texts][2] == style.percent(data["share"][2])


def test_classes_stand_in_their_order_in_their_colours_with_their_intervals():
    share, low, high = np.array([[0.1, 0.6, 0.2, 0.1], [0, 0.5, 0.18, 0], [0.3, 0.61, 0.4, 0.2]])
    data = {"class": np.array(list(style.CLASS_COLOURS)), "share": share, "low": low, "high": high}
    ax = axes()
    outcomes.plot_classes(data, ax)
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == list(style.CLASS_COLOURS.values())
    heights = [bar.get_y() for bar in ax.patches]
    assert heights == sorted(heights, reverse=True)  # the mildest on top
    ends = np.array([line[:, 0] for line in ax.collections[0].get_segments()])
    assert ends == pytest.approx(np.stack([low, high], axis=1))


def test_arms_stand_beside_each_other(run, war):
    data = outcomes.arms_data({"talks": run, "cheap": war})
    assert data["arm"].tolist() == ["talks"] * 4 + ["cheap"] * 4
    ax = axes()
    outcomes.plot_class_of_arms(data, ax, "confrontation", labelled=True)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["talks", "cheap"]
    assert outcomes.arms_finding(data).endswith("100 % of replicates of cheap")


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (
            (0, 0.6, 0.3, 0.1),
            "60 % of replicates stay at provocation; 10 % end in war (95 % interval 5.0 to 10 %)",
        ),
        (
            (0, 0, 0.2, 0.8),
            "80 % of replicates end in open confrontation (95 % interval 40 to 80 %)",
        ),
        (
            (0.9, 0.1, 0, 0),
            "90 % of replicates stay quiet; 0 % end in war (95 % interval 0 to 0 %)",
        ),
    ],
)
def test_the_title_states_the_finding(shares, words):
    names = np.array(["quiet", "provocation", "crisis", "confrontation"])
    share = np.array(shares)
    data = {"class": names, "share": share, "low": share / 2, "high": share, "count": 1000 * share}
    assert outcomes.classes_finding(data) == words


@pytest.mark.parametrize("measure", ["attacks", "mean_leverage", "weeks_lived"])
def test_histograms_hold_every_replicate(run, war, measure):
    data = distribution.distribution_data({"talks": run, "cheap": war}, measure)
    for arm, results in (("talks", run), ("cheap", war)):
        mine = data["arm"] == arm
        assert data["share"][mine].sum() == pytest.approx(1)
        assert data["median"][mine][0] == np.median(results.column(measure))
        assert (data["right"][mine][:-1] == data["left"][mine][1:]).all()
    assert (data["left"][data["arm"] == "talks"] == data["left"][data["arm"] == "cheap"]).all()
    if measure != "mean_leverage":
        assert data["left"].dtype.kind == "i"
    distribution.plot_ridges(data, axes(), measure)


def test_every_ridge_has_its_own_median():
    bins = {"left": [0, 1, 0, 1], "right": [1, 2, 1, 2], "share": [0.9, 0.1, 0.2, 0.8]}
    data = {name: np.array(values) for name, values in bins.items()}
    data |= {"arm": np.array(["a", "a", "b", "b"]), "median": np.array([0.25, 0.25, 1.5, 1.5])}
    ax = axes()
    distribution.plot_ridges(data, ax, "attacks")
    names = [label.get_text() for label in ax.get_yticklabels()]
    drawn = {names[int(line.get_ydata()[0])]: line.get_xdata()[0] for line in ax.lines}
    assert drawn == {"a": 0.25, "b": 1.5}


def test_weeks_that_never_came_are_left_out_of_a_histogram(run):
    data = distribution.distribution_data({"talks": run}, "first_crisis_week")
    weeks = run.column("first_crisis_week")
    assert data["share"].sum() == pytest.approx((weeks >= 0).mean())
    assert data["observed"][0] == pytest.approx((weeks >= 0).mean())


def test_a_histogram_of_one_value_and_of_none(run):
    constant = distribution.distribution_data({"talks": run}, "strikes")
    assert constant["share"].sum() == pytest.approx(1)
    calm = simulate(vary("baseline", {"militias.tempo": 0}, weeks=5), 20)
    nothing = distribution.distribution_data({"calm": calm}, "confrontation_week")
    assert nothing["share"].tolist() == [0]
    for data in (constant, nothing):
        distribution.plot_distribution(data, axes(), "strikes")
    level = distribution.distribution_data({"calm": calm}, "mean_leverage")
    assert level["share"].tolist() == [1]


def test_survival_starts_at_one_and_counts_those_at_risk(run, war):
    data = survival.survival_data({"talks": run, "cheap": war})
    for arm, count in (("talks", 400), ("cheap", 200)):
        mine = data["arm"] == arm
        assert data["share"][mine][0] == 1
        assert data["at_risk"][mine][0] == count
        assert (np.diff(data["share"][mine]) <= 0).all()
    ax = axes()
    survival.plot_survival(data, ax)
    assert ax.get_ylim()[0] == 0
    assert ax.get_xticklabels()[0].get_text().splitlines() == ["0", "400", "200"]
    assert len(ax.collections) == 2
    order = [text.get_text().split(":")[0] for text in ax.texts]
    assert order == ["talks", "cheap"]  # as the rows at risk stand: the best on top


def test_at_risk_are_those_who_have_not_ended_before_a_week():
    columns = {"week": [0, 8, 16], "share": [1, 0.4, 0.1], "at_risk": [10, 10, 4]}
    data = {name: np.array(values, float) for name, values in columns.items()}
    data |= {"arm": np.array(["a"] * 3), "low": data["share"] / 2, "high": data["share"]}
    data["at_risk"] = data["at_risk"].astype(int)
    ax = axes()
    survival.plot_survival(data, ax)
    told = [label.get_text().split("\n") for label in ax.get_xticklabels()]
    assert told == [["0", "10"], ["4", "10"], ["8", "10"], ["12", "4"], ["16", "4"]]
    assert ax.get_ylabel() == "share without war"


def test_where_nobody_ended_the_band_is_not_a_point():
    calm = simulate(vary("baseline", {"militias.tempo": 0}, weeks=5), 300)
    data = survival.survival_data({"calm": calm})
    assert data["low"][-1] == pytest.approx(wilson(300, 300)[1])
    assert data["high"][-1] == 1
    assert survival.survival_finding(data) == "None of 300 replicates ends in war in five weeks"


def test_the_log_rank_test_is_scipy_s_and_defined_without_wars(run, war):
    calm = simulate(vary("baseline", {"militias.tempo": 0}, weeks=5), 20)
    test = survival.logrank_data({"talks": run, "cheap": war})
    assert test["against"].tolist() == ["talks"]
    assert test["p"][0] < 1e-6
    assert survival.logrank_data({"a": calm, "b": calm})["p"].tolist() == [1.0]


def test_paired_differences_are_of_the_same_replicates():
    afraid, fearless = simulate("talks_2021", 150), simulate("cheap_war", 150)
    pair = tuple(survival.wars(run, 52) for run in (afraid, fearless))
    data = survival.differences_data("talks", {"cheap": pair, "talks again": (pair[0], pair[0])})
    assert data["against"].tolist() == ["talks", "talks"]
    assert data["replicates"].tolist() == [150, 150]
    gap = pair[1].mean() - pair[0].mean()
    assert data["difference"].tolist() == pytest.approx([gap, 0.0])
    assert data["low"][0] > 0.5
    assert data["low"][1] < 0 < data["high"][1]  # alike in 150 is not alike in all
    assert survival.differences_words(data).startswith(f"cheap {100 * gap:+.1f} (")
    late = fearless.column("weeks_lived") > 6
    assert not (survival.wars(fearless, 6) & late).any()
    assert survival.wars(fearless, 112).sum() == (fearless.column("class") == 3).sum()


def test_a_war_in_the_last_of_some_weeks_is_one_within_them():
    columns = {"class": np.array([3, 3, 2]), "weeks_lived": np.array([6, 7, 6])}
    assert survival.wars(SimpleNamespace(column=columns.get), 6).tolist() == [True, False, False]


def test_arms_of_unequal_horizons_are_told_after_the_weeks_of_both():
    arms = {"short": simulate(vary("cheap_war", weeks=6), 200), "long": simulate("cheap_war", 200)}
    data = survival.survival_data(arms)
    title = survival.survival_finding(data, 6)
    alive = (arms["long"].column("weeks_lived") > 6).mean()
    assert (
        title
        == f"{style.percent(alive)} of replicates are without war after six weeks in every arm"
    )
    assert survival.survival_finding(data).startswith("Without war at the end: ")


# Sweeps


def test_a_map_has_a_cell_for_every_point(swept):
    groups = grouped(swept, [COMMITMENT, REVENUE], ["confrontation"])
    data = groups_data(groups, "confrontation")
    assert phase.is_grid(data, COMMITMENT, REVENUE)
    figure = Figure()
    ax = figure.subplots()
    phase.plot_phase(data, ax, (COMMITMENT, REVENUE), "confrontation", (0.8, 2.2))
    cells = ax.collections[0].get_array()
    assert cells.shape == (3, 4)
    for point in range(12):
        values = swept.points.values(point)
        share = (swept.at(point).column("class") == 3).mean()
        row = [0.0, 1.1, 2.2].index(values[REVENUE])
        column = [0.0, 0.4, 0.8, 1.6].index(values[COMMITMENT])
        assert cells[row, column] == pytest.approx(share)
    assert ax.collections[0].get_clim() == (0, 1)
    assert [tuple(line.get_xydata()[0]) for line in ax.lines] == [(0.8, 2.2)] * 2


def test_points_that_are_no_grid_are_drawn_one_by_one(swept):
    rng = np.random.default_rng(1)
    data = {
        COMMITMENT: rng.random(20),
        REVENUE: rng.random(20),
        "mean": rng.random(20),
    }
    assert not phase.is_grid(data, COMMITMENT, REVENUE)
    twice = {"x": np.array([0, 0, 1, 1]), "y": np.array([0, 0, 1, 1]), "mean": np.zeros(4)}
    assert not phase.is_grid(twice, "x", "y")  # as many as a grid would have, but not all
    ax = Figure().subplots()
    phase.plot_phase(data, ax, (COMMITMENT, REVENUE), "attacks_per_week", None)
    assert len(ax.collections[0].get_offsets()) == 20


def test_a_curve_has_the_band_of_its_interval(swept):
    groups = grouped(swept, [COMMITMENT], ["attack_weeks"])
    data = groups_data(groups, "attack_weeks")
    assert (data["low"] <= data["mean"]).all()
    assert data["points"].tolist() == [3] * 4
    ax = axes()
    curve.plot_curve(data, ax, COMMITMENT, "attack_weeks", 0.8)
    assert ax.get_ylim() == (0, 1)
    assert ax.lines[0].get_ydata() == pytest.approx(data["mean"])
    assert "base case" in [text.get_text() for text in ax.texts]
    outside = axes()
    curve.plot_curve(data, outside, COMMITMENT, "attack_weeks", 9.0)
    assert not outside.texts
    with pytest.raises(InputError, match="nothing is stored yet"):
        groups_data([], "attacks")


def test_a_curve_is_told_by_the_ends_of_its_address():
    data = {"a": np.array([2.0, 0.0, 1.0]), "mean": np.array([3.0, 5.0, 9.0])}
    title = curve.curve_finding(data, "a", "attacks")
    assert title == "Attacks: 5 at a = 0 and 3 at 2"


def test_cell_borders_lie_between_values():
    assert style.steps(np.array([0.0, 1.0, 3.0])).tolist() == [-0.5, 0.5, 2.0, 4.0]
    assert style.steps(np.array([1.0, 2.0, 4.0])).tolist() == [0.5, 1.5, 3.0, 5.0]
    assert style.steps(np.array([2.0])).tolist() == [1.5, 2.5]


# Sites, convergence


def test_the_map_counts_every_rocket_and_drone(run):
    history = trace("talks_2021", 0, 400)
    data = map_data(history)
    total = sum(run.column(f"site_attacks.{site}").sum() for site in SITES)
    assert data["attacks"].sum() == total
    for site in SITES:
        mine = data["site"] == site
        assert data["attacks"][mine].sum() == run.column(f"site_attacks.{site}").sum()
    beyond = np.isin(data["site"], ["harir", "erbil"]) & (data["means"] == "rockets")
    assert data["attacks"][beyond].sum() == 0  # rockets do not reach them (¶22)
    assert set(PLACES) == set(SITES)
    plot_map(data, axes())


def test_the_map_tells_rockets_from_drones_and_counts_years_that_were_lived():
    history = trace("cheap_war", 0, 40)
    data = map_data(history)
    years = sum(history.lived.tolist()) * 7 / 365.25
    assert data["a_year"].sum() == pytest.approx(data["attacks"].sum() / years)
    ax = axes()
    plot_map(data, ax)
    bars = ax.patches[1:]  # the outline comes first
    colours = [to_hex(bar.get_facecolor()) for bar in bars]
    rockets, drones = style.RUNG_COLOURS[2:4]
    assert colours == [rockets, drones] * len(SITES)
    keys = {text.get_text(): text for text in ax.texts if text.get_text().endswith("number)")}
    marks = {text.get_position()[1]: text for text in ax.texts if text.get_text() == "■"}
    for words, colour in (("rockets", rockets), ("drones", drones)):
        (key,) = (text for told, text in keys.items() if told.startswith(words))
        assert to_hex(marks[key.get_position()[1]].get_color()) == colour


def test_the_line_of_convergence_is_where_it_ends(run):
    ax = axes()
    data = convergence.convergence_data(run, "attacks")
    convergence.plot_convergence(data, ax, "attacks")
    assert set(ax.lines[1].get_ydata()) == {data["mean"][-1]}


def test_convergence_ends_at_the_whole(run):
    share = convergence.convergence_data(run, "crisis")
    count = int((run.column("class") == 2).sum())
    assert (share["mean"][-1], share["low"][-1], share["high"][-1]) == wilson(count, 400)
    weeks = run.column("first_crisis_week")
    seen = weeks[weeks >= 0]
    came = convergence.convergence_data(run, "first_crisis_week")
    assert came["n"][-1] == len(seen) < 400
    assert came["mean"][-1] == pytest.approx(seen.mean())
    mean = convergence.convergence_data(run, "attacks")
    assert mean["mean"][-1] == mean_interval(run.column("attacks").astype(float))[0]
    assert mean["n"][0] == 2
    convergence.plot_convergence(mean, axes(), "attacks")
    for measure, most in (("strikes", run.weeks), ("first_crisis_week", run.weeks - 1)):
        drawn = convergence.convergence_data(run, measure)
        assert max(drawn["high"]) <= most
        assert drawn["high"][-1] == pytest.approx(run.summary()[measure]["high"])
    with pytest.raises(InputError, match="a ratio of totals"):
        convergence.convergence_data(run, "strikes_per_attack")


@pytest.mark.parametrize("count", [1, 2, 7, 41, 256, 300])
@pytest.mark.parametrize(
    ("scale", "stops"),
    [
        (style.GRAVITY, palette.GRAVITY_SCALE),
        (style.PROVOCATION, palette.PROVOCATION_SCALE),
    ],
    ids=["gravity", "provocation"],
)
def test_shades_are_those_of_matplotlib_s_scale(scale, stops, count):
    wanted = [to_hex(scale(share)) for share in np.linspace(0.0, 1.0, count)]
    assert palette.shades(stops, count) == wanted

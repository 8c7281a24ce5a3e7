"""Figures: the tidy tables behind them, what is drawn, and equal bytes for equal runs."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from redline.experiment import run_into
from redline.plots import outcomes
from redline.plots.style import save, styled
from redline.scenario_file import load


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_into(tmp_path_factory.mktemp("runs") / "talks_2021", load("talks_2021"), 400)


def axes():
    return Figure().subplots()


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
    assert [text.get_text() for text in ax.texts][2] == f"{100 * data['share'][2]:.1f} %"


def test_histograms_hold_every_replicate(run):
    data = outcomes.histogram_data(run, "attacks")
    assert data["share"].sum() == pytest.approx(1)
    assert (data["right"][:-1] == data["left"][1:]).all()
    ax = axes()
    outcomes.plot_histogram(data, ax, "attacks")
    assert len(ax.patches) == len(data["share"])
    assert ax.get_ylim()[0] == 0


def test_a_histogram_of_one_value(run):
    constant = outcomes.histogram_data(run, "weeks_lived")
    assert constant["share"].sum() == pytest.approx(1)


def test_survival_starts_at_one_and_counts_those_at_risk(run):
    data = outcomes.survival_data(run)
    assert data["share"][0] == 1
    assert data["at_risk"][0] == 400
    assert (np.diff(data["share"]) <= 0).all()
    ax = axes()
    outcomes.plot_survival(data, ax)
    assert ax.get_ylim()[0] == 0
    assert "400" in ax.get_xticklabels()[0].get_text()


def texts_of(figure):
    """Yield every text that is drawn; ticks beyond an axis's limits are not."""
    yield from figure.texts
    yield from (figure._suptitle, figure._supxlabel)
    for ax in figure.axes:
        yield from ax.texts
        yield from (ax.title, ax._left_title, ax._right_title)
        for axis in (ax.xaxis, ax.yaxis):
            yield axis.label
            yield from (tick.label1 for tick in axis._update_ticks())


def test_no_text_leaves_the_figure_or_overlaps_another(run):
    with styled():
        figure = outcomes.outcomes_figure(run)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        boxes = [
            (text.get_text(), text.get_window_extent(renderer))
            for text in texts_of(figure)
            if text.get_text() and text.get_visible()
        ]
    page = figure.bbox
    for words, box in boxes:
        assert box.x0 >= page.x0 - 1, words
        assert box.x1 <= page.x1 + 1, words
        assert box.y0 >= page.y0 - 1, words
        assert box.y1 <= page.y1 + 1, words
    boxes = list({words + str(box.bounds): (words, box) for words, box in boxes}.values())
    for i, (words, box) in enumerate(boxes):
        for others, other in boxes[i + 1 :]:
            shared = box.intersection(box, other)
            assert shared is None or shared.width < 1 or shared.height < 1, (words, others)


def test_the_caption_says_what_the_figure_rests_on(run):
    figure = outcomes.outcomes_figure(run)
    caption = figure.get_supxlabel()
    for part in ("talks_2021", "400 replicates", "seed 1", "52 weeks", "not a forecast"):
        assert part in caption


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_run_gives_the_same_bytes(run, tmp_path, suffix):
    paths = [tmp_path / f"{number}.{suffix}" for number in (1, 2)]
    for path in paths:
        with styled():
            save(outcomes.outcomes_figure(run), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0, 0.6, 0.3, 0.1), "60 % of replicates stay at provocation; 10.0 % end in war"),
        ((0, 0, 0.2, 0.8), "80 % of replicates end in open confrontation"),
        ((0.9, 0.1, 0, 0), "90 % of replicates stay quiet; 0.0 % end in war"),
    ],
)
def test_the_title_states_the_finding(shares, words):
    names = np.array(["quiet", "provocation", "crisis", "confrontation"])
    assert outcomes._finding({"class": names, "share": np.array(shares)}) == words

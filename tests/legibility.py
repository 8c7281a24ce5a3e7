"""Whether every word of a figure can be read: on the canvas, and over no other word."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from redline.figures.style import styled


def texts_of(figure):
    """Yield every text that is drawn; ticks beyond an axis's limits are not."""
    yield from figure.texts
    yield from (text for text in (figure._suptitle, figure._supxlabel) if text)
    for ax in figure.axes:
        if ax.axison:
            for axis in (ax.xaxis, ax.yaxis):
                yield axis.label
                yield from (tick.label1 for tick in axis._update_ticks())
        yield from ax.texts
        yield from (ax.title, ax._left_title, ax._right_title)
        legend = ax.get_legend()
        yield from legend.get_texts() if legend else ()


def boxes_of(figure):
    """Return the words and the box in pixels of every text that can be seen."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()  # lays it out; where words stand needs no pixels
    found = {}
    for text in texts_of(figure):
        words = text.get_text().strip()
        if words and text.get_visible():
            box = text.get_window_extent(renderer) if not hasattr(text, "arrow_patch") else None
            if box is None:  # an annotation's box takes in its arrow
                text.update_positions(renderer)
                box = Text.get_window_extent(text, renderer)
            # Slanted labels stand beside each other, though their boxes do not.
            slanted = text.get_rotation() % 90 != 0
            found[words, tuple(np.round(box.bounds, 1))] = (box, slanted)
    return [(words, box, slanted) for (words, _), (box, slanted) in found.items()]


def assert_legible(drawn):
    """Assert that no text of a finished figure leaves the canvas or overlaps another."""
    with styled(drawn.style, drawn.size):
        boxes = boxes_of(drawn.figure)
    assert boxes, "no words"
    page = drawn.figure.bbox
    for words, box, _ in boxes:
        assert box.x0 >= page.x0 - 1, words
        assert box.x1 <= page.x1 + 1, words
        assert box.y0 >= page.y0 - 1, words
        assert box.y1 <= page.y1 + 1, words
    for i, (words, box, slanted) in enumerate(boxes):
        for others, other, also in boxes[i + 1 :]:
            shared = None if slanted and also else box.intersection(box, other)
            assert shared is None or shared.width < 1 or shared.height < 2, (words, others)

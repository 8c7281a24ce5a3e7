"""Kinds of figures: results in, a tidy table (`…_data`), axes out (`plot_…`).

Matplotlib is imported here and by `redline.figures.style` alone, so that it is prepared first.
"""

from redline.support import prepare_canvas

prepare_canvas()

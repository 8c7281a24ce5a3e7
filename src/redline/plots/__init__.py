"""Figures: results in, a tidy table (`…_data`), axes out (`plot_…`). Drawing never simulates.

Matplotlib is imported in this package alone, so that it is prepared first.
"""

from redline import canvas

canvas.prepare()

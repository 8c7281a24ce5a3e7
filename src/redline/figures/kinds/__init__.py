"""Figures, a file each: its tidy table (`…_data`), axes (`plot_…`), finding, caption (`draw_…`).

A file that declares a ``KIND`` is a kind of ``redline plot``, under the file's name; nothing else
needs to know of it. The others are of commands of their own. Matplotlib is imported here and by
`redline.figures.style` alone, so that it is prepared first.
"""

from redline.support import prepare_canvas

prepare_canvas()

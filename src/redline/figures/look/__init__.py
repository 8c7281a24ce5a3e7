"""Which colours mean what? Those of every figure, page and screen, without Matplotlib.

A part of `redline.figures`, which offers its names.
"""

"""Figures: results in, a tidy table (`…_data`), axes out (`plot_…`). Drawing never simulates."""

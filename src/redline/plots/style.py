"""One palette and one style for every figure, and a caption that says what it rests on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from redline.version import package_version

if TYPE_CHECKING:
    from redline.results import StoredRun

CLASS_COLOURS = {
    "quiet": "#b7cad8",
    "provocation": "#e9b652",
    "crisis": "#a33b22",
    "confrontation": "#4a0f22",
}
INK = "#22282d"
MUTED = "#6b747b"
QUIET_LINE = "#5b7f99"
GRID = "#dde3e7"

SHEET: dict[Any, Any] = {
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.hashsalt": "redline",
    "svg.fonttype": "none",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style, without a display."""
    with mpl.rc_context(SHEET):
        yield


def caption(run: "StoredRun") -> str:
    """Return what a figure of a run must say of itself."""
    manifest = run.manifest
    return (
        f"{run.scenario.name}: {manifest['replicates']:,} replicates of up to "
        f"{manifest['weeks']:,} weeks, seed {manifest['seed']}; redline {package_version()}. "
        "Model output, not a forecast."
    )


def save(figure: Figure, path: Path) -> None:
    """Write a figure; the same figure gives the same bytes."""
    metadata = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }
    with styled():
        figure.savefig(path, metadata=metadata[path.suffix])

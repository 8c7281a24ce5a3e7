"""The posterior beside its prior, and how well calibrated it is: of ``redline calibrate``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redline.case import label_of
from redline.evidence import RANKS, Calibration, Coverage, Record
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import ARMS, Tidy, caption, ink, muted, points
from redline.figures.tables import of_rows

MOST = 18


def marginals_data(found: Calibration) -> Tidy:
    """Return a row per parameter, the most narrowed first: quantiles as shares of the prior."""
    table = of_rows(found.parameters)
    low, high = table["prior"].T
    quantiles = {name: (table[name] - low) / (high - low) for name in ("q05", "q50", "q95")}
    labels = np.array([label_of(address) for address in table["address"]])
    return {
        "address": table["address"],
        "label": labels,
        **quantiles,
        "narrower": table["narrower"],
    }


def plot_marginals(data: Tidy, ax: Axes) -> None:
    """Draw the middle 90 % of the posterior within the prior's range, the narrowest on top."""
    shown = min(MOST, len(data["address"]))
    rows = np.arange(shown)[::-1]
    ax.hlines(rows, 0.05, 0.95, color=muted(), linewidth=0.5 * points(), alpha=0.25)
    ax.hlines(rows, data["q05"][:shown], data["q95"][:shown], color=ARMS[0],
              linewidth=0.28 * points())  # fmt: skip
    ax.plot(data["q50"][:shown], rows, "|", color=ink(), markersize=1.1 * points())
    ax.set_yticks(rows, data["label"][:shown], fontsize=0.8 * points())
    ax.set(xlim=(0, 1), ylim=(-0.7, shown - 0.3))
    ax.set_xticks([0, 0.5, 1], ["least", "of its plausible range", "most"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def ranks_data(coverage: Coverage) -> Tidy:
    """Return how many truths had which rank among the draws, over all parameters."""
    counts = np.bincount(coverage.ranks.ravel(), minlength=RANKS)
    return {"rank": np.arange(RANKS), "cases": counts}


def plot_ranks(data: Tidy, ax: Axes) -> None:
    """Draw the ranks of the truth: flat, if the posterior is well calibrated."""
    ax.bar(data["rank"], data["cases"], 0.85, color=ARMS[0], alpha=0.5)
    ax.axhline(data["cases"].mean(), color=ink(), linestyle=(0, (3, 3)), linewidth=0.8)
    ax.set(xlabel="rank of the truth", ylabel="cases, all parameters")


def _of(known: Record) -> str:
    """Return which record a posterior was given, in words."""
    own = (("events", known.has_own_events), ("counts of attacks", known.has_own_counts))
    given = " and ".join(what for what, is_own in own if is_own)
    return f"the {given} of one's own" if given else "the record"


def draw_calibration(found: Calibration, style: str = "paper") -> Drawn:
    """Return the posterior beside the prior, and ranks of the truth where these were asked for."""
    data = marginals_data(found)
    tables, ranks = {"posterior": data}, ""
    if found.coverage:
        tables["ranks"] = ranks_data(found.coverage)
        ranks = f" Right: {len(found.coverage.ranks):,} records drawn from the prior, calibrated."
    about = caption(
        f"{found.scenario.name}: {len(found.table.values):,} histories, seed {found.seed}",
        "Grey: the middle 90 % of the prior; blue: of the posterior given "
        f"{_of(found.known)} to {found.until}, with its median.{ranks}",
    )

    def paint(figure: Figure) -> None:
        if found.coverage:
            left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
            plot_ranks(tables["ranks"], right)
        else:
            left = figure.subplots()
        plot_marginals(data, left)

    return on_a_page("calibration", found.finding, about, tables, paint, 1.1, style)

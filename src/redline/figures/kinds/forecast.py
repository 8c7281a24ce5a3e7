"""What was forecast from the past, and what came. Of ``redline forecast``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from redline.evidence import Forecasts
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import ARMS, RUNG_COLOURS, Tidy, caption, ink, points
from redline.figures.tables import of_rows
from redline.support import capital

FORECASTERS = {"model": ARMS[0], "baseline": ARMS[1]}


def forecast_data(found: Forecasts) -> Tidy:
    """Return a row per quantity and forecaster: what came, median, both intervals, the score."""
    return of_rows(found.to_pandas().to_dict("records"))


def plot_quantity(data: Tidy, rows: list[int], ax: Axes) -> None:
    """Draw one quantity: a bar within a line for each forecaster, and what came as a line."""
    for place, row in enumerate(rows):
        y, colour = len(rows) - 1 - place, FORECASTERS[str(data["by"][row])]
        wide = [data["low_90"][row], data["high_90"][row]]
        ax.plot(wide, [y, y], color=colour, linewidth=0.18 * points())
        half = [data["low_50"][row], data["high_50"][row]]
        ax.plot(
            half, [y, y], color=colour, linewidth=0.7 * points(), solid_capstyle="butt", alpha=0.6
        )
        ax.plot([data["median"][row]], [y], "|", color=ink(), markersize=1.5 * points())
    ax.axvline(float(data["happened"][rows[0]]), color=RUNG_COLOURS[4], linewidth=0.2 * points())
    ax.set_yticks(range(len(rows)), [str(data["by"][row]) for row in reversed(rows)])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlim(left=-0.02 * float(np.max(data["high_90"][rows])))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", visible=False)
    what = f"{capital(str(data['quantity'][rows[0]]))}, weeks {data['first'][rows[0]]:.0f} to "
    ax.set_title(f"{what}{data['end'][rows[0]] - 1:.0f}", fontsize=0.9 * points(), loc="left")


def forecast_finding(data: Tidy) -> str:
    """Return for how many quantities what happened lies in the model's middle nine tenths."""
    model = data["by"] == "model"
    inside = (data["low_90"] <= data["happened"]) & (data["happened"] <= data["high_90"])
    logs = {by: data["log"][data["by"] == by] for by in FORECASTERS}
    better = int((logs["model"] < logs["baseline"]).sum())
    of = int(model.sum())
    return (
        f"For {int(inside[model].sum())} of {of} quantities the outcome lies in the model's 90 % "
        f"interval; for {better} the model scores better than the baseline"
    )


def draw_forecast(found: Forecasts, style: str = "paper") -> Drawn:
    """Return the forecasts as a figure, a strip for each quantity and window."""
    data = forecast_data(found)
    keys = list(zip(data["quantity"].tolist(), data["first"].tolist(), strict=True))
    windows = {key: [row for row, other in enumerate(keys) if other == key] for key in keys}
    about = caption(
        f"{found.scenario.name}, calibrated on the record to {found.until}, seed {found.seed}",
        "Lines, bars and ticks: the middle 90 and 50 % of a forecast, and its median; red: the "
        "outcome. The baseline, a negative binomial, knows the counts of the same past.",
    )

    def paint(figure: Figure) -> None:
        axes = np.ravel(figure.subplots(len(windows), 1))
        for ax, rows in zip(axes, windows.values(), strict=True):
            plot_quantity(data, rows, ax)

    tables, height = {"forecast": data}, 0.24 * len(windows) + 0.35
    return on_a_page("forecast", forecast_finding(data), about, tables, paint, height, style)

"""A run in one figure: classes, attacks, strikes and time to war."""

from redline.figures.captions import caption_of, finished
from redline.figures.kinds import distribution, outcomes, survival
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import RUNG_COLOURS, Tidy, new_figure
from redline.theory import Provocation, Response


def draw_overview(request: Request) -> Drawn:
    """Return four panels of a subject."""
    height, rows, columns = (3.2, 4, 1) if request.size == "column" else (1.3, 2, 2)
    figure = new_figure(request.size, height)
    axes = figure.subplots(rows, columns).ravel()
    classes = outcomes.classes_data(request.subject.results)
    outcomes.plot_classes(classes, axes[0])
    axes[0].set_title("Outcome, by gravest week")
    tables: dict[str, Tidy] = {"classes": classes}
    for ax, name, title, unit, rung in (
        (axes[1], "attacks", "Attacks", "attacks", Provocation.ROCKETS),
        (axes[2], "strikes", "Weeks with an American strike or more", "weeks", Response.STRIKE),
    ):
        data = tables[name] = distribution.distribution_data(request.arms, name)
        distribution.plot_distribution(data, ax, f"{unit} in a replicate", RUNG_COLOURS[rung])
        ax.set_title(title)
    tables["survival"] = survival.survival_data(request.arms)
    survival.plot_survival(tables["survival"], axes[3])
    axes[3].set_title("Time to open confrontation")
    title = outcomes.classes_finding(classes)
    note = "Bars and band of shares: uncertainty, 95 %; histograms: spread over replicates."
    return finished(request, figure, title, caption_of(request, note), **tables)


KIND = Kind(
    about="classes, attacks, strikes and time to war in one figure",
    place=1,
    draw=draw_overview,
    in_run=1,
    in_sweep=6,
)

"""Finished figures of the record, the facts, the score and the game; one place for captions."""

from collections.abc import Mapping, Sequence

from redline.evidence import BLOCK, Fact, Game, Score
from redline.figures.finished import Drawn
from redline.figures.kinds import evidence as plots
from redline.figures.kinds.game import plot_shares, plot_tree, shares_data, tree_data, tree_finding
from redline.figures.kinds.timeline import plot_timeline, timeline_data, timeline_finding
from redline.figures.style import NOT_A_FORECAST, finish, new_figure, percent_axis, styled
from redline.support import package_version

LAMBDAS = tuple(0.1 * 10 ** (k / 12) for k in range(37))
"""Precisions over which outcomes are drawn: 0.1 to 100."""


def draw_record(style: str = "paper") -> Drawn:
    """Return the timeline of the record as a figure."""
    data = timeline_data()
    title = timeline_finding(data)
    about = (
        "Confirmed single events, 6 May 2019 to 27 June 2021: an incomplete list, of about 106 "
        "attacks. A death is one of the coalition. Sources: redline record --json; redline "
        f"{package_version()}."
    )
    with styled(style, "page"):
        figure = new_figure("page", 1.05)
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 1.6))
        plot_timeline(data, upper, lower)
        finish(figure, title, about)
    return Drawn("record", figure, title, about, {"record": data}, style, "page")


def draw_validation(
    facts: Sequence[Fact], name: str, replicates: int, seed: int, style: str = "paper"
) -> Drawn:
    """Return the facts as a figure, a strip each."""
    data = plots.facts_data(facts)
    title = plots.facts_finding(data)
    about = (
        f"{name}: {replicates:,} replicates, seed {seed}; redline {package_version()}. Grey: the "
        "middle 95 and 50 % of replicates and the median; a thin line with a tick: an estimate "
        "with its 95 % interval. Diamond: the record, with its range; hollow where the defaults "
        f"were fitted to it. {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        rows = -(-len(facts) // 2)
        figure = new_figure("page", 0.19 * rows + 0.35)
        axes = figure.subplots(rows, 2).ravel(order="F")
        for row, ax in enumerate(axes):
            if row < len(facts):
                plots.plot_fact(data, ax, row, 72 * figure.get_figwidth() * 0.44)
            else:
                ax.set_axis_off()
        finish(figure, title, about)
    return Drawn("validation", figure, title, about, {"validation": data}, style, "page")


def draw_score(scores: Sequence[Score], name: str, seed: int, style: str = "paper") -> Drawn:
    """Return the scores as a figure: calibration of the first, and every skill."""
    tables = {
        "skill": plots.skills_data(scores, seed),
        "calibration": plots.calibration_data(scores[0]),
    }
    title = plots.skills_finding(tables["skill"])
    about = (
        f"{name}, seed {seed}; redline {package_version()}. Left: probability of an attack, and of "
        "an answer by force, with the number of weeks and 95 % intervals. Right: 95 % intervals "
        f"from blocks of {BLOCK} weeks; hollow: the defaults, which saw the whole record. −∞: "
        "something came that was held impossible; the point is of the other weeks."
    )
    with styled(style, "page"):
        figure = new_figure("page", 1.35)
        grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.25))
        for place, ladder in enumerate(("attacks", "answers")):
            ax = figure.add_subplot(grid[place, 0])
            plots.plot_calibration(tables["calibration"], ax, ladder)
            ax.set_title({"attacks": "an attack", "answers": "an answer by force"}[ladder])
        plots.plot_skills(tables["skill"], figure.add_subplot(grid[:, 1]))
        finish(figure, title, about)
    return Drawn("score", figure, title, about, tables, style, "page")


def draw_tree(game: Game, name: str, style: str = "paper") -> Drawn:
    """Return the tree of a game as a figure."""
    data = tree_data(game)
    title = tree_finding(data, game.types)
    about = (
        f"{name}; redline {package_version()}. At each end, what it is worth to the challenger "
        "(Iran's side) and to the defender (the United States). Heavy: backward induction, at "
        "every node. After Zagare & Kilgour (1995)."
    )
    with styled(style, "page"):
        figure = new_figure("page")
        plot_tree(data, figure.subplots())
        finish(figure, title, about)
    return Drawn("tree", figure, title, about, {"tree": data}, style, "page")


def draw_shares(
    games: Mapping[str, tuple[Game, Mapping[str, float] | None]],
    name: str,
    rationality: float,
    about_simulation: str,
    style: str = "paper",
) -> Drawn:
    """Return outcomes over precision as a figure, a panel per game."""
    tables = {key: shares_data(game, LAMBDAS, key == "crossed") for key, (game, _) in games.items()}
    title = "Outcomes of the game as players err less"
    about = (
        f"{name}: logit agent quantal response, in a crossed week given a provocation; redline "
        f"{package_version()}. Beside each name, {about_simulation} {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        figure = new_figure("page", 0.85)
        axes = figure.subplots(1, len(games), squeeze=False)[0]
        for ax, (key, (_, simulated)) in zip(axes, games.items(), strict=True):
            plot_shares(tables[key], ax, simulated, rationality)
            ax.set_title(key)
            ax.yaxis.set_major_formatter(percent_axis())
        axes[0].set_ylabel("probability")
        finish(figure, title, about)
    return Drawn("shares", figure, title, about, tables, style, "page")

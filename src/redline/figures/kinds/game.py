"""The textbook game of ``redline game``: its tree, and its outcomes over precision."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from redline.evidence import (
    GAME_OUTCOMES,
    TextbookComparison,
    TextbookGame,
    quantal_response,
    solved,
    subgame_perfect,
)
from redline.figures.captions import on_a_page
from redline.figures.requests import Drawn
from redline.figures.style import (
    RUNG_COLOURS,
    WAR_COLOUR,
    Tidy,
    beside,
    caption,
    ink,
    log_axis,
    muted,
    percent_axis,
    points,
)
from redline.figures.tables import of_rows
from redline.support import package_version, percent

LAMBDAS = tuple(0.1 * 10 ** (k / 12) for k in range(37))
"""Precisions over which outcomes are drawn: 0.1 to 100."""
COLOURS = {
    "SQ": RUNG_COLOURS[1],
    "DC": RUNG_COLOURS[2],
    "DD": RUNG_COLOURS[3],
    "ED": RUNG_COLOURS[4],
    "DE": RUNG_COLOURS[5],
    "EE": WAR_COLOUR,
}
DASHES = {"SQ": "-", "DC": (0, (6, 1.5)), "DD": "-", "ED": (0, (2, 1)), "DE": (0, (4, 1, 1, 1)),
          "EE": "-"}  # fmt: skip
NODES = {
    "1": (0.0, 3.0, "challenger"),
    "2": (1.0, 3.0, "defender"),
    "3a": (2.0, 3.6, "challenger"),
    "3b": (2.0, 1.2, "challenger"),
    "4": (3.0, 3.0, "defender"),
}
ENDS = {"SQ": (1.0, 4.7), "DC": (2.0, 4.9), "DD": (3.0, 4.4), "ED": (4.0, 3.5), "EE": (4.0, 2.5),
        "DE": (3.0, 1.7), "EE ": (3.0, 0.7)}  # fmt: skip
EDGES = (
    ("1", "SQ", "C"), ("1", "2", "D"), ("2", "DC", "C"), ("2", "3a", "D"), ("2", "3b", "E"),
    ("3a", "DD", "D"), ("3a", "4", "E"), ("4", "ED", "D"), ("4", "EE", "E"),
    ("3b", "DE", "D"), ("3b", "EE ", "E"),
)  # fmt: skip


def tree_data(game: TextbookGame) -> Tidy:
    """Return a row per outcome: what it is worth to either side, and whether it is predicted."""
    predicted = subgame_perfect(game)
    return of_rows(
        {
            "outcome": outcome,
            "challenger": game.challenger[outcome],
            "defender": game.defender[outcome],
            "predicted": int(outcome == predicted),
        }
        for outcome in GAME_OUTCOMES
    )


def plot_tree(data: Tidy, ax: Axes) -> None:
    """Draw the tree from left to right; the path of backward induction is heavy."""
    sides = ("challenger", "defender")
    game = TextbookGame(*(dict(zip(data["outcome"].tolist(), data[side].tolist(), strict=True))
                  for side in sides))  # fmt: skip
    plan = solved(game)
    for start, end, move in EDGES:
        x0, y0, _ = NODES[start]
        x1, y1, *_ = NODES.get(end) or ENDS[end]
        heavy = plan[start] == move
        ax.plot(
            [x0, x1], [y0, y1], color=ink() if heavy else muted(),
            linewidth=(0.38 if heavy else 0.11) * points(), zorder=1, solid_capstyle="round",
        )  # fmt: skip
        ax.text(
            x0 + 0.42 * (x1 - x0), y0 + 0.42 * (y1 - y0) + 0.13, move, ha="center",
            fontsize=0.9 * points(), fontweight="bold" if heavy else "normal",
        )  # fmt: skip
    for name, (x, y, who) in NODES.items():
        ax.plot(x, y, "o", color=ink(), markersize=0.75 * points(), zorder=2)
        ax.text(x, y - 0.32, f"{name} {who}", ha="center", fontsize=0.8 * points())
    for name, (x, y) in ENDS.items():
        outcome = name.strip()
        ax.plot(x, y, "s", color=COLOURS[outcome], markeredgecolor=ink(), markeredgewidth=0.6,
                markersize=1.15 * points(), zorder=2)  # fmt: skip
        worth = f"{outcome}  {game.challenger[outcome]:.2f}, {game.defender[outcome]:.2f}"
        ax.text(x + 0.1, y, worth.replace("-", "−"), va="center", fontsize=0.9 * points())
    ax.set(xlim=(-0.35, 4.95), ylim=(0.3, 5.3))
    ax.set_axis_off()


def tree_finding(data: Tidy, types: Sequence[str]) -> str:
    """Return a sentence for what backward induction predicts."""
    predicted = str(data["outcome"][data["predicted"] == 1][0])
    challenger, tactical, strategic = types
    return (
        f"{challenger} challenger, tactically {tactical} and strategically {strategic} defender: "
        f"backward induction gives {predicted}"
    )


def draw_tree(game: TextbookGame, name: str, style: str = "paper") -> Drawn:
    """Return the tree of a game as a figure."""
    data = tree_data(game)
    about = (
        f"{name}; redline {package_version()}. At each end, what it is worth to the challenger "
        "(Iran's side) and to the defender (the United States). Heavy: backward induction, at "
        "every node. After Zagare & Kilgour (1995)."
    )
    return on_a_page(
        "tree", tree_finding(data, game.types), about, {"tree": data},
        lambda figure: plot_tree(data, figure.subplots()), style=style,
    )  # fmt: skip


def shares_data(game: TextbookGame, precisions: Sequence[float], provoked: bool = False) -> Tidy:
    """Return a row per precision: λ, and the quantal-response probability of every outcome.

    With `provoked`, given that there was a provocation.
    """
    found = of_rows(quantal_response(game, precision, provoked) for precision in precisions)
    return {"lambda": np.array(precisions, np.float64), **{o: found[o] for o in GAME_OUTCOMES}}


def plot_shares(
    data: Tidy, ax: Axes, simulated: Mapping[str, float | None] | None, rationality: float
) -> None:
    """Draw outcomes over the precision; marks: the simulation's shares of weeks."""
    positive = data["lambda"] > 0
    x = data["lambda"][positive]
    for outcome in GAME_OUTCOMES:
        ax.plot(
            x, data[outcome][positive], color=COLOURS[outcome], linestyle=DASHES[outcome],
            linewidth=0.22 * points(),
        )  # fmt: skip
    for place, outcome in enumerate(GAME_OUTCOMES):
        words = outcome
        share = simulated.get(outcome) if simulated else None
        if share is not None:
            words = f"{outcome}  {percent(share)}"
        for mark, away, tint in (("■", 0.6, COLOURS[outcome]), (words, 1.9, ink())):
            beside(
                ax, mark, (1.0, 0.95 - 0.09 * place), (away * points(), 0), 0.85,
                xycoords="axes fraction", va="center", color=tint,
                path_effects=[withStroke(linewidth=1.4, foreground=muted())] * (mark == "■"),
            )  # fmt: skip
    ax.axvline(rationality, color=muted(), linewidth=0.8, linestyle=(0, (3, 3)))
    words = f"λ = {rationality:g},\nthe model's"
    beside(ax, words, (rationality, 1.0), (3, -2), 0.75, va="top", color=muted())
    log_axis(ax.xaxis)
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 1.02), xlabel="precision λ of both sides")


Panels = Mapping[str, tuple[TextbookGame, Mapping[str, float | None] | None]]
"""By its name a game, and the shares of simulated weeks to set beside it."""


def draw_shares(
    games: Panels,
    name: str,
    rationality: float,
    about_simulation: str,
    style: str = "paper",
) -> Drawn:
    """Return outcomes over precision as a figure, a panel per game."""
    tables = {key: shares_data(game, LAMBDAS, key == "crossed") for key, (game, _) in games.items()}
    what = f"{name}: logit agent quantal response, in a crossed week given a provocation"
    about = caption(what, f"Beside each name, {about_simulation}")

    def paint(figure: Figure) -> None:
        axes = figure.subplots(1, len(games), squeeze=False)[0]
        for ax, (key, (_, simulated)) in zip(axes, games.items(), strict=True):
            plot_shares(tables[key], ax, simulated, rationality)
            ax.set_title(key)
            ax.yaxis.set_major_formatter(percent_axis())
        axes[0].set_ylabel("probability")

    title = "Outcomes of the game as players err less"
    return on_a_page("shares", title, about, tables, paint, 0.85, style)


GIVEN = "Payoffs given"


def draw_game_tree(found: TextbookComparison, style: str = "paper") -> Drawn:
    """Return the tree of the game that was solved: that given, or of an ordinary week."""
    name = GIVEN if found.given else f"{found.scenario.name}, an ordinary week"
    return draw_tree(found.game, name, style)


def draw_game_shares(found: TextbookComparison, style: str = "paper") -> Drawn:
    """Return outcomes over precision, the simulation's shares beside those of a scenario."""
    rationality = found.scenario.iran.rationality
    if found.given:
        given: Panels = {"payoffs given": (found.game, None)}
        return draw_shares(given, GIVEN, rationality, "its colour.", style)
    games: Panels = {
        one.name: (one.game, {name: share.mean for name, share in found.shares[one.name].items()})
        for one in found.mapping
        if one.name in found.shares
    }
    told = "the share that the simulation has of weeks of the same kind."
    return draw_shares(games, found.scenario.name, rationality, told, style)

"""Finished figures of parameter space: discovery, robustness, calibration."""

from pathlib import Path

from redline.evidence import Calibration, Record
from redline.exploration import Discovery, Robustness
from redline.figures.finished import Drawn
from redline.figures.kinds import posterior, space
from redline.figures.style import NOT_A_FORECAST, finish, new_figure, styled
from redline.support import InputError, package_version, printable


def draw_discovery(discovery: Discovery, name: str, style: str = "paper") -> Drawn:
    """Return boxes over the two leading addresses, and how peeling came to the first.

    Raises
    ------
    InputError
        If only one address was swept.
    """
    if len(discovery.columns) < 2:
        raise InputError("a figure of boxes takes two swept addresses")
    tables = {
        "boxes": space.boxes_data(discovery),
        "trajectory": space.trajectory_data(discovery),
    }
    title = discovery.sentence()
    right = ""
    if discovery.boxes:
        right = " Right: the peeling that found box 1 (diamond, after dropping uncertain bounds)."
    about = (
        f"{name}: {discovery.points:,} points, at {discovery.interesting:,} of which "
        f"{discovery.where}; redline {package_version()}. Left: boxes as far as they bound the two "
        f"addresses.{right} {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        figure = new_figure("page", 0.85)
        if discovery.boxes:
            left, other = figure.subplots(1, 2, width_ratios=(1.5, 1))
            space.plot_trajectory(tables["trajectory"], other, discovery)
        else:
            left = figure.subplots()
        space.plot_boxes(tables["boxes"], left, discovery)
        finish(figure, title, about)
    return Drawn("discovery", figure, title, about, tables, style, "page")


def draw_robustness(found: Robustness, style: str = "paper", table: Path | None = None) -> Drawn:
    """Return the share of points at which each test holds, a bar each.

    The points fill plausible space, or are those of a `table`.
    """
    data = space.standings_data(found)
    where = f"the points of the {printable(table.stem)}" if table else "plausible parameter space"
    title = space.standings_finding(data, where)
    of = "parameters each, from " + printable(table.name) if table else "plausible ranges"
    about = (
        f"{len(found.tried):,} points of {len(found.points.columns)} {of}, "
        f"{found.replicates:,} replicates each, seed {found.seed}; redline {package_version()}. "
        "Bar: of the points where it can be asked, those at which the effects are as claimed, "
        "hatched where most are undecided; line: 95 %, of points alone. Diamond: of the "
        f"{found.matching:,} points that match the record's counts. Right: the parameter that "
        f"tells best where it fails (Bonferroni p < 0.05). {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        figure = new_figure("page", max(0.6, 0.062 * len(data["claim"]) + 0.25))
        space.plot_standings(data, figure.subplots(), where)
        finish(figure, title, about)
    return Drawn("robustness", figure, title, about, {"robustness": data}, style, "page")


def _of(known: Record) -> str:
    """Return which record a posterior was given, in words."""
    own = (("events", known.has_own_events), ("counts of attacks", known.has_own_counts))
    given = " and ".join(what for what, is_own in own if is_own)
    return f"the {given} of one's own" if given else "the record"


def draw_calibration(found: Calibration, style: str = "paper") -> Drawn:
    """Return the posterior beside the prior, and ranks of the truth where these were asked for."""
    data = posterior.marginals_data(found)
    tables = {"posterior": data}
    title = posterior.marginals_finding(data, posterior.is_resolved(found))
    ranks = ""
    if found.coverage:
        tables["ranks"] = posterior.ranks_data(found.coverage)
        ranks = f" Right: {len(found.coverage.ranks):,} records drawn from the prior, calibrated."
    about = (
        f"{found.scenario.name}: {len(found.table.values):,} histories, seed {found.seed}; redline "
        f"{package_version()}. Grey: the middle 90 % of the prior; blue: of the posterior given "
        f"{_of(found.known)} to {found.until}, with its median.{ranks} {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        figure = new_figure("page", 1.1)
        if found.coverage:
            left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
            posterior.plot_ranks(tables["ranks"], right)
        else:
            left = figure.subplots()
        posterior.plot_marginals(data, left)
        finish(figure, title, about)
    return Drawn("calibration", figure, title, about, tables, style, "page")

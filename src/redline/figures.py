"""Finished figures: what each kind needs, gathered from results; drawn, titled, captioned.

Drawing never simulates: where a kind shows weeks or moves that the results lack, just those
replicates are lived again first (`redline.histories`), and are the original ones.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redline import record
from redline.addresses import value_at
from redline.errors import InputError, nearest
from redline.explanation import explain_week
from redline.files import ESCAPES
from redline.grouping import Group, grouped
from redline.histories import Histories, original_histories, sample
from redline.outcomes import Distribution, find_column
from redline.plots import (
    convergence,
    distribution,
    ladder,
    outcomes,
    phase,
    rungs,
    sites,
    survival,
    terms,
    timeline,
)
from redline.plots import sensitivity as tornado
from redline.plots.style import (
    CLASS_COLOURS,
    RUNG_COLOURS,
    SIZES,
    STYLES,
    Tidy,
    caption,
    extent,
    finish,
    new_figure,
    points,
    save,
    short,
    styled,
)
from redline.results import StoredPoint, StoredRun, StoredSweep
from redline.scenario import Scenario
from redline.sensitivity import analyse
from redline.simulation import Results
from redline.state import Provocation, Response
from redline.stylised import thinned
from redline.words import FIGURES, MEASURES, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRIPS = 60
TRANSITIONS = 500
OF_A_REPLICATE = ("ladder", "terms")
"""Kinds that draw one replicate."""
MOST_ARMS = 6


@dataclass(frozen=True)
class Subject:
    """Replicates of one scenario, to be drawn under a label."""

    label: str
    results: Distribution
    scenario: Scenario
    seed: int
    replicates: int

    def histories(self, numbers: Sequence[int], moves: bool = False) -> Histories:
        """Return the histories of some of its replicates; with `moves`, of every militia."""
        return original_histories(self.results, self.scenario, self.seed, numbers, moves)


@dataclass(frozen=True)
class Request:
    """What to draw.

    Attributes
    ----------
    subjects : one, or several arms to set beside each other
    sweep : the sweep that they are points of, if they are
    measure : for the kinds that draw any measure; each has one of its own
    by : the swept addresses of a curve or a map
    twin : with war, draw provocation before war
    replicate, week : of a history, of an explanation
    """

    subjects: tuple[Subject, ...]
    sweep: StoredSweep | None = None
    measure: str | None = None
    by: tuple[str, ...] = ()
    twin: bool = False
    replicate: int = 0
    week: int = 0
    size: str = "page"


@dataclass(frozen=True)
class Drawn:
    """A finished figure, its finding, its caption, and the tables that it draws."""

    kind: str
    figure: "Figure"
    title: str
    caption: str
    tables: dict[str, Tidy] = field(default_factory=dict)
    style: str = "paper"
    size: str = "page"


class Kind(NamedTuple):
    """A kind of figure: what it shows, of what it can be drawn, and who draws it."""

    about: str
    draw: Callable[[Request], Drawn]
    arms: bool = False
    """Whether it sets several arms beside each other."""
    swept: int = 0
    """How many swept addresses it needs."""


def draw(kind: str, request: Request, style: str = "paper", size: str | None = None) -> Drawn:
    """Return a figure of a kind, in a style and a size.

    Raises
    ------
    InputError
        If there is no such kind, style or size, or the results cannot be drawn so.
    """
    for name, known in ((kind, KINDS), (style, STYLES), (size or "page", SIZES)):
        if name not in known:
            raise InputError(f"no {name} among {', '.join(known)}{nearest(name, known)}")
    size = size or STYLES[style].size
    hindrance = hinders(kind, request)
    if hindrance:
        raise InputError(f"{kind}: {hindrance}")
    with styled(style, size):
        drawn = KINDS[kind].draw(replace(request, size=size))
        return replace(drawn, kind=kind, style=style, size=size)


def hinders(kind: str, request: Request) -> str | None:
    """Return why a kind cannot be drawn of what is asked for, or None."""
    about, sweep = KINDS[kind], request.sweep
    designs = {"saltelli", "morris"}
    if kind == "tornado" and not (sweep and sweep.manifest["sweep"]["design"] in designs):
        return "needs the results of redline sensitivity"
    if about.swept > len(sweep.points.addresses if sweep else ()):
        wanted = "a swept address" if about.swept == 1 else "two swept addresses"
        return f"needs the results of a sweep with {wanted}"
    if about.swept == 2 and request.by and len(set(request.by)) != 2:
        return "takes two addresses: by=(ADDRESS, ADDRESS)"
    if not about.arms and not about.swept and len(request.subjects) > 1:
        return "draws one scenario at a time"
    if kind == "convergence" and request.subjects[0].replicates < 2:
        return "takes two replicates or more"
    if kind == "rungs" and sweep and sweep.manifest["weekly"] == "none":
        return "needs the weekly counts, which this sweep did not keep"
    if kind == "record":
        scenario = request.subjects[0].scenario
        if scenario.start != record.START or scenario.weeks != record.WEEKS:
            return f"needs a scenario of {record.WEEKS} weeks from {record.START}"
    one = request.subjects[0]
    if kind in OF_A_REPLICATE and request.replicate >= one.replicates:
        return f"replicate must be in 0 … {one.replicates - 1}"
    if kind == "terms" and request.week >= one.scenario.weeks:
        return f"week must be in 0 … {one.scenario.weeks - 1}"
    return None


# Subjects


def subject_of(results: Results | StoredRun) -> Subject:
    """Return the replicates of a run as something to draw."""
    if isinstance(results, StoredRun):
        seed, count = int(results.manifest["seed"]), results.replicates
    else:
        seed, count = results.seed, len(results)
    return Subject(results.scenario.name, results, results.scenario, seed, count)


def point_subject(sweep: StoredSweep, point: int, label: str | None = None) -> Subject:
    """Return the replicates at a point of a sweep as something to draw."""
    found = sweep.at(point)
    values = ", ".join(f"{address} = {value:.4g}" for address, value in found.values.items())
    name = label or f"{sweep.scenario.name} at {values}"
    return Subject(name, found, found.scenario, int(sweep.manifest["seed"]), sweep.replicates)


def base_point(sweep: StoredSweep) -> int:
    """Return the point that is nearest to the scenario as it is without the sweep."""
    distance = None
    for address, column in sweep.points.columns.items():
        span = float(column.max() - column.min()) or 1.0
        base = base_value(sweep, address)
        away = abs(column - (float(column[0]) if base is None else base)) / span
        distance = away if distance is None else distance + away
    return 0 if distance is None else int(distance.argmin())


def base_value(sweep: StoredSweep, address: str) -> float | None:
    """Return the scenario's own value at a swept address; None if it sets none."""
    try:
        return float(value_at(sweep.scenario.document, address))
    except InputError:
        return None


def arms_of(sweep: StoredSweep, by: str | None = None) -> tuple[Subject, ...]:
    """Return points of a sweep along an address (the first), all else as near to the base.

    Six at most, at equal steps among its values, the base case being one of them. Of a design
    in which no two points differ in the address alone, the base point by itself.
    """
    columns = sweep.points.columns
    address = by or sweep.points.addresses[0]
    if address not in columns:
        raise InputError(f"{address} is not swept here{nearest(address, columns)}")
    base = base_point(sweep)
    line = [
        point
        for point in range(len(sweep.points))
        if all(column[point] == column[base] for name, column in columns.items() if name != address)
    ]
    line.sort(key=lambda point: float(columns[address][point]))
    if len(line) == 1 and len(sweep.points) > 1:
        return (point_subject(sweep, base),)
    stride = -(-len(line) // MOST_ARMS)
    kept = line[line.index(base) % stride :: stride]
    name = address.rsplit(".", 1)[-1]
    return tuple(
        point_subject(sweep, point, f"{name} {float(columns[address][point]):.4g}")
        for point in kept
    )


def _about(request: Request, note: str = "", replicates: int | None = None) -> str:
    """Return the caption of a request's subjects: what all share once, the rest by arm."""
    subjects = request.subjects
    extents = [
        extent(
            subject.replicates if replicates is None else replicates,
            subject.scenario.weeks,
            subject.seed,
        )
        for subject in subjects
    ]
    labels = [subject.label for subject in subjects]
    if len(set(extents)) > 1:
        arms = zip(labels, extents, strict=True)
        return caption("; ".join(f"{label}: {size}" for label, size in arms), note)
    what = " beside ".join(labels)
    if request.sweep and len(subjects) > 1:
        what = f"{request.sweep.scenario.name}, each arm"
    return caption(f"{what}: {extents[0]}", note)


def _about_sweep(sweep: StoredSweep, groups: Sequence[Group], note: str) -> str:
    """Return the caption of a figure that draws groups of a sweep's points."""
    drawn = sum(group.replicates for group in groups)
    size = extent(drawn, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    return caption(f"{sweep.scenario.name}: {size}", note)


def _chance(request: Request) -> str:
    """Return a note on common chance, where arms have it."""
    seeds = {subject.seed for subject in request.subjects}
    return "All arms under the same chance." if len(seeds) == 1 else "Arms under different seeds."


def _one(request: Request) -> Subject:
    """Return the subject of a kind that draws one."""
    return request.subjects[0]


def _drawn(request: Request, figure: "Figure", title: str, about: str, **tables: Tidy) -> Drawn:
    """Return a figure with its finding above and its caption below."""
    finish(figure, title, about)
    return Drawn("", figure, title, about, tables)


# Kinds


def _ladder(request: Request) -> Drawn:
    subject = _one(request)
    data = ladder.ladder_data(subject.histories([request.replicate]), subject.scenario)
    figure = new_figure(request.size)
    ladder.plot_ladder(data, figure.subplots(), subject.scenario.weeks)
    note = (
        f"Replicate {request.replicate}. Provocations rise, responses fall; ▼ marks a crossing of "
        f"the red line; bars below: talks, and unrest of {ladder.UNREST_SHOWN} or more."
    )
    return _drawn(
        request, figure, ladder.ladder_finding(data), _about(request, note, 1), ladder=data
    )


def _strips(request: Request) -> Drawn:
    subject = _one(request)
    numbers = sample(subject.replicates, STRIPS, subject.seed)
    data = ladder.strips_data(subject.histories(numbers))
    figure = _panelled(request.size)
    for name, ax in zip(("provocation", "response"), figure.axes, strict=True):
        ladder.plot_strips(data, ax, name, subject.scenario.weeks)
        ax.set_title(f"{name}, a row per replicate")
    note = "Drawn at random, then sorted: the gravest on top. Empty after a war."
    about = _about(request, note, len(numbers))
    return _drawn(request, figure, ladder.strips_finding(data), about, strips=data)


def _panelled(size: str) -> "Figure":
    """Return a figure of two panels: side by side where there is room, else one above another."""
    narrow = size == "column"
    figure = new_figure(size, 2.0 if narrow else 1.0)
    figure.subplots(2 if narrow else 1, 1 if narrow else 2)
    return figure


def _rungs(request: Request) -> Drawn:
    data = rungs.rungs_data(_one(request).results)
    figure = _panelled(request.size)
    for name, ax in zip(rungs.NAMES, figure.axes, strict=True):
        rungs.plot_rungs(data, ax, name)
        ax.set_title(name)
    note = (
        "Shares of the replicates that lived the week; "
        f"weeks with fewer than {rungs.FEW} of them are pale."
    )
    return _drawn(request, figure, rungs.rungs_finding(data), _about(request, note), rungs=data)


def _outcomes(request: Request) -> Drawn:
    arms = {subject.label: subject.results for subject in request.subjects}
    data = outcomes.arms_data(arms)
    note = "Intervals: 95 %, Wilson."
    if len(arms) == 1:
        figure = new_figure(request.size, 0.75)
        outcomes.plot_classes(data, figure.subplots())
        title = outcomes.classes_finding(data)
    else:
        narrow = request.size == "column"
        figure = new_figure(request.size, 1.7 if narrow else 0.9)
        axes = figure.subplots(2 if narrow else 1, 2 if narrow else 4).ravel()
        for place, (name, ax) in enumerate(zip(CLASS_COLOURS, axes, strict=True)):
            outcomes.plot_class_of_arms(data, ax, name, place % (2 if narrow else 4) == 0)
        title = outcomes.arms_finding(data)
    return _drawn(request, figure, title, _about(request, note), outcomes=data)


def _distribution(request: Request) -> Drawn:
    measure = request.measure or "attacks"
    arms = {subject.label: subject.results for subject in request.subjects}
    data = distribution.distribution_data(arms, measure)
    words = MEASURES.get(measure, measure.replace("_", " "))
    figure = new_figure(request.size, 0.85 if len(arms) == 1 else 1.0)
    ax = figure.subplots()
    if len(arms) == 1:
        distribution.plot_distribution(data, ax, words)
    else:
        distribution.plot_ridges(data, ax, words)
    title = distribution.distribution_finding(data, words)
    note = "Spread over replicates, not uncertainty."
    if len(arms) > 1:
        note += f" Histograms on common bins. {_chance(request)}"
    if find_column(measure).kind == "week":
        note += " Replicates in which the week never came are left out."
    return _drawn(request, figure, title, _about(request, note.strip()), distribution=data)


def _survival(request: Request) -> Drawn:
    arms = {subject.label: subject.results for subject in request.subjects}
    data = survival.survival_data(arms)
    figure = new_figure(request.size)
    survival.plot_survival(data, figure.subplots())
    note = "Kaplan-Meier; bands: uncertainty, 95 %, log-log (Wilson where none or all ended)."
    tables = {"survival": data}
    if len(arms) > 1:
        test = tables["logrank"] = survival.logrank_data(arms)
        pairs = zip(test["arm"], test["p"], strict=True)
        against = ", ".join(f"{short(str(name))} p {_p(p)}" for name, p in pairs)
        note += f" Log-rank against {short(str(test['against'][0]))}: {against}. {_chance(request)}"
    title = survival.survival_finding(data)
    return _drawn(request, figure, title, _about(request, note), **tables)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _map_addresses(request: Request) -> tuple[str, str]:
    """Return the two addresses of a map: those asked for, else the first two that are swept."""
    swept = request.sweep.points.addresses if request.sweep else ()
    x, y = request.by or swept[:2]
    return x, y


def _slice(sweep: StoredSweep, axes: Sequence[str]) -> tuple[str | None, str]:
    """Return the condition that holds other addresses of a grid at the base, and a note.

    On a design that is no grid there is nothing to hold: every point stands by itself.
    """
    columns = sweep.points.columns
    others = [address for address in columns if address not in axes]
    base = sweep.points.values(base_point(sweep))
    grid = math.prod(len(np.unique(column)) for column in columns.values()) == len(sweep.points)
    if not others:
        return None, ""
    if not grid:
        return None, "A mark for each point of a design that is no grid."
    where = " and ".join(f"{address} == {base[address]!r}" for address in others)
    return where, f"At {', '.join(f'{address} = {base[address]:g}' for address in others)}."


def _marked(sweep: StoredSweep, axes: tuple[str, str]) -> tuple[float, float] | None:
    """Return where the base case is on a map, if it is on it."""
    x, y = (base_value(sweep, address) for address in axes)
    if x is None or y is None:
        return None
    spans = [(sweep.points.columns[a].min(), sweep.points.columns[a].max()) for a in axes]
    inside = all(low <= value <= high for value, (low, high) in zip((x, y), spans, strict=True))
    return (x, y) if inside else None


def _phase(request: Request) -> Drawn:
    sweep = request.sweep
    assert sweep is not None  # see `hinders`
    axes = _map_addresses(request)
    first = request.measure or "confrontation"
    measures = ["confrontation", "attack_weeks"] if request.twin else [first]
    where, held = _slice(sweep, axes)
    groups = grouped(sweep, axes, measures, where)
    tables = {name: phase.groups_data(groups, name) for name in measures}
    marked = _marked(sweep, axes)
    figure = _panelled(request.size) if request.twin else new_figure(request.size)
    panels = figure.axes if request.twin else [figure.subplots()]
    for name, ax in zip(measures, list(panels), strict=True):
        phase.plot_phase(tables[name], ax, axes, name, marked)
        ax.set_title(phase.words(name) if request.twin else "", fontsize=0.9 * points())
    each = sorted({group.replicates for group in groups})
    per_cell = f"{each[0]:,}" if len(each) == 1 else f"{each[0]:,} to {each[-1]:,}"
    per_cell += " replicate" if each == [1] else " replicates"
    note = f"{per_cell} a cell, the same chance in all."
    if marked:
        note += " ○ base case."
    note += f" {held}" if held else ""
    title = (
        phase.twin_finding(*tables.values())
        if request.twin
        else phase.phase_finding(tables[measures[0]], measures[0])
    )
    about = _about_sweep(sweep, groups, note)
    return _drawn(request, figure, title, about, **tables)


def _curve(request: Request) -> Drawn:
    sweep = request.sweep
    assert sweep is not None  # see `hinders`
    measure = request.measure or "confrontation"
    address = request.by[0] if request.by else sweep.points.addresses[0]
    where, held = _slice(sweep, [address])
    by = sweep.points.addresses if held and where is None else [address]
    groups = grouped(sweep, by, [measure], where)
    data = phase.groups_data(groups, measure)
    figure = new_figure(request.size, 0.85)
    phase.plot_curve(data, figure.subplots(), address, measure, base_value(sweep, address))
    each = counted(groups[0].replicates, "replicate")
    note = f"{each} a mark; bars: uncertainty of the estimate, 95 %."
    note += f" {held}" if held else ""
    about = _about_sweep(sweep, groups, note)
    return _drawn(request, figure, phase.curve_finding(data, address, measure), about, curve=data)


def _map(request: Request) -> Drawn:
    subject = _one(request)
    numbers = sample(subject.replicates, TRANSITIONS, subject.seed)
    data = sites.map_data(subject.histories(numbers, moves=True))
    figure = new_figure(request.size, 1.15)
    sites.plot_map(data, figure.subplots())
    note = "Outline: Natural Earth. Reach after article ¶22: only drones reach Harir and Erbil."
    about = _about(request, note, len(numbers))
    return _drawn(request, figure, sites.map_finding(data), about, map=data)


def _terms(request: Request) -> Drawn:
    subject = _one(request)
    subject.histories([request.replicate])  # raises where it cannot be had again as it was
    explanation = explain_week(subject.scenario, request.replicate, request.week, subject.seed)
    if isinstance(subject.results, StoredPoint):
        at = subject.results
        explanation = replace(explanation, point=at.point, values=dict(at.values))
    figure = terms.terms_figure(explanation, request.size)
    tables = {
        terms.table_name(actor): terms.terms_data(actor)
        for actor in explanation.actors
        if actor.choice
    }
    return Drawn("", figure, explanation.heading, terms.terms_caption(explanation), tables)


def _transitions(request: Request) -> Drawn:
    subject = _one(request)
    numbers = sample(subject.replicates, TRANSITIONS, subject.seed)
    data = rungs.transitions_data(subject.histories(numbers))
    figure = _panelled(request.size)
    for name, ax in zip(rungs.NAMES, figure.axes, strict=True):
        rungs.plot_transitions(data, ax, name)
        ax.set_title(name)
    note = (
        "Percent of the transitions from a rung, whose number is below its name; "
        f"grey: fewer than {rungs.THIN}. War begins in the week itself."
    )
    about = _about(request, note, len(numbers))
    return _drawn(request, figure, rungs.transitions_finding(data), about, transitions=data)


def _convergence(request: Request) -> Drawn:
    measure = request.measure or "confrontation"
    data = convergence.convergence_data(_one(request).results, measure)
    figure = new_figure(request.size, 0.85)
    convergence.plot_convergence(data, figure.subplots(), measure)
    title = convergence.convergence_finding(data, measure)
    note = "Band: 95 % interval of the estimate from the first n replicates."
    return _drawn(request, figure, title, _about(request, note), convergence=data)


def _overview(request: Request) -> Drawn:
    subject = _one(request)
    run = subject.results
    narrow = request.size == "column"
    figure = new_figure(request.size, 3.2 if narrow else 1.3)
    axes = figure.subplots(4 if narrow else 2, 1 if narrow else 2).ravel()
    classes = outcomes.classes_data(run)
    outcomes.plot_classes(classes, axes[0])
    axes[0].set_title("Gravest moment of a replicate")
    tables: dict[str, Tidy] = {"classes": classes}
    for ax, name, title, unit, rung in (
        (axes[1], "attacks", "Attacks", "attacks", Provocation.ROCKETS),
        (axes[2], "strikes", "Weeks with an American strike or more", "weeks", Response.STRIKE),
    ):
        tables[name] = distribution.distribution_data({subject.label: run}, name)
        distribution.plot_distribution(
            tables[name], ax, f"{unit} in a replicate", RUNG_COLOURS[rung]
        )
        ax.set_title(title)
    tables["survival"] = survival.survival_data({subject.label: run})
    survival.plot_survival(tables["survival"], axes[3])
    axes[3].set_title("Time to open confrontation")
    title = outcomes.classes_finding(classes)
    note = "Bars and band of shares: uncertainty, 95 %; histograms: spread over replicates."
    return _drawn(request, figure, title, _about(request, note), **tables)


def _record(request: Request) -> Drawn:
    subject = _one(request)
    numbers = sample(subject.replicates, TRANSITIONS, subject.seed)
    weeks = subject.histories(numbers).weeks["attacks"].sum(axis=2).astype(np.int64)
    listed = thinned(weeks, len(record.listed_attacks()), np.random.default_rng(subject.seed))
    data, band = timeline.timeline_data(), timeline.simulated_months(listed)
    figure = new_figure(request.size, 1.5 if request.size == "column" else 1.05)
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1.6))
    timeline.plot_timeline(data, upper, lower, band)
    note = "Lines: replicates of which as many attacks were drawn as are listed."
    about = _about(request, note, len(numbers))
    title = timeline.timeline_finding(data)
    return _drawn(request, figure, title, about, record=data, simulated=band)


def _tornado(request: Request) -> Drawn:
    sweep = request.sweep
    assert sweep is not None  # see `hinders`
    (found,) = analyse(sweep, [request.measure or "confrontation"])
    data = tornado.tornado_data(found)
    bars = min(tornado.MOST_BARS, len(found.sensitivities))
    figure = new_figure(request.size, 0.35 + 0.045 * bars)
    tornado.plot_tornado(data, figure.subplots(), found.method)
    title = tornado.tornado_finding(found, phase.words(found.measure))
    size = extent(sweep.replicates, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    about = caption(f"{sweep.scenario.name}, each point: {size}", tornado.tornado_note(found))
    tables = {"tornado": data, "convergence": tornado.convergence_data(found)}
    return _drawn(request, figure, title, about, **tables)


KINDS: dict[str, Kind] = {
    "overview": Kind(FIGURES["overview"], _overview),
    "ladder": Kind(FIGURES["ladder"], _ladder),
    "strips": Kind(FIGURES["strips"], _strips),
    "rungs": Kind(FIGURES["rungs"], _rungs),
    "outcomes": Kind(FIGURES["outcomes"], _outcomes, arms=True),
    "distribution": Kind(FIGURES["distribution"], _distribution, arms=True),
    "survival": Kind(FIGURES["survival"], _survival, arms=True),
    "transitions": Kind(FIGURES["transitions"], _transitions),
    "map": Kind(FIGURES["map"], _map),
    "terms": Kind(FIGURES["terms"], _terms),
    "record": Kind(FIGURES["record"], _record),
    "convergence": Kind(FIGURES["convergence"], _convergence),
    "curve": Kind(FIGURES["curve"], _curve, swept=1),
    "tornado": Kind(FIGURES["tornado"], _tornado, swept=1),
    "phase": Kind(FIGURES["phase"], _phase, swept=2),
}
"""Every kind of figure, by name."""


def write_figure(drawn: Drawn, path: Path, data: bool = False) -> list[Path]:
    """Write a figure, and with `data` each of its tables as a CSV file beside it.

    Equal figures give equal bytes. Returns the paths written, the figure's first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    save(drawn.figure, path, drawn.style, drawn.size)
    paths = [path]
    for name, table in drawn.tables.items() if data else ():
        extra = "" if len(paths) == 1 else f"-{name}"
        paths.append(path.with_name(f"{path.stem}{extra}.csv"))
        write_tidy(table, paths[-1])
    return paths


def write_tidy(table: Tidy, path: Path) -> None:
    """Write a tidy table as CSV: a header, then a line for each row."""
    with path.open("w", encoding="utf-8", errors=ESCAPES, newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(table)
        lines.writerows(zip(*(column.tolist() for column in table.values()), strict=True))

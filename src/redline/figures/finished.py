"""Finished figures: what each kind needs, gathered from results; drawn, titled, captioned.

Drawing never simulates: where a kind shows weeks or moves that the results lack, just those
replicates are lived again first (`redline.results.histories`), and are the original ones. What is
unlike in arms beside each other (horizons, seeds, replicates, rules) stands in the title.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redline.argument import SHORT_HASH, common_replicates, explain_week
from redline.case import Scenario, value_at
from redline.engine import rules_hash
from redline.evidence import START, WEEKS, listed_attacks, thinned
from redline.exploration import analyse
from redline.figures.kinds import (
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
from redline.figures.kinds import sensitivity as tornado
from redline.figures.style import (
    CAPTION_SHARE,
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
    wrapped,
)
from redline.results import (
    Group,
    Histories,
    Replicates,
    Results,
    StoredPoint,
    StoredRun,
    StoredSweep,
    find_column,
    grouped,
    sample,
)
from redline.support import ESCAPES, InputError, count, counted, listed, nearest
from redline.theory import FIGURES, MEASURES, Provocation, Response

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRIPS = 60
TRANSITIONS = 500
"""Kinds that draw one replicate."""
MOST_ARMS = 6
MOST_NAMED = 3
"""Addresses that a title names; a caption names them all."""
TITLE_LINES, CAPTION_LINES = 2, 3
"""Lines for which a figure has room; for more it is made higher, unless it is a slide."""


@dataclass(frozen=True)
class Subject:
    """Replicates of one scenario, to be drawn under a label.

    Attributes
    ----------
    first, replicates : the replicates [first, first + replicates) of the seed
    rules : the hash of the rules that they followed
    """

    label: str
    results: Replicates
    scenario: Scenario
    seed: int
    replicates: int
    first: int = 0
    rules: str = field(default_factory=rules_hash)

    @property
    def numbers(self) -> range:
        """The numbers of its replicates."""
        return range(self.first, self.first + self.replicates)

    def sample(self, size: int) -> list[int]:
        """Return the numbers of replicates that are drawn at random."""
        return [self.first + place for place in sample(self.replicates, size, self.seed)]

    def histories(self, numbers: Sequence[int], moves: bool = False) -> Histories:
        """Return the histories of some of its replicates; with `moves`, of every militia."""
        return self.results.histories(numbers, moves)


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
    takes: tuple[str, ...] = ()
    """Which of measure, by, twin, replicate and week it obeys."""


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
        if scenario.start != START or scenario.weeks != WEEKS:
            return f"needs a scenario of {WEEKS} weeks from {START}"
    one = request.subjects[0]
    if "replicate" in about.takes and request.replicate not in one.numbers:
        return f"replicate must be in {one.numbers[0]} … {one.numbers[-1]}"
    if kind == "terms" and request.week >= one.scenario.weeks:
        return f"week must be in 0 … {one.scenario.weeks - 1}"
    if about.arms and request.by and sweep and len(request.subjects) == 1:
        return (
            f"no two points of this {sweep.manifest['sweep']['design']} design differ in "
            f"{request.by[0]} alone: curve draws all points over it"
        )
    return None


# Subjects


def subject_of(results: Results | StoredRun) -> Subject:
    """Return the replicates of a run as something to draw."""
    scenario = results.scenario
    if isinstance(results, Results):
        seed, size = results.seed, len(results)
        return Subject(scenario.name, results, scenario, seed, size, results.first)
    manifest = results.manifest
    seed, rules = int(manifest["seed"]), str(manifest["rules_hash"])
    return Subject(scenario.name, results, scenario, seed, results.replicates, rules=rules)


def point_subject(sweep: StoredSweep, point: int, label: str | None = None) -> Subject:
    """Return the replicates at a point of a sweep as something to draw.

    Raises
    ------
    InputError
        If there is no such point, or not all of its replicates are stored yet.
    """
    found = sweep.at(point)
    if not sweep.complete and len(found.column("class")) < sweep.replicates:
        raise InputError(
            f"{sweep.folder}: not all replicates of point {point} are stored yet: go on with "
            "resume=True first"
        )
    values = ", ".join(f"{address} = {value:.4g}" for address, value in found.values.items())
    name = label or f"{sweep.scenario.name} at {values}"
    seed, rules = int(sweep.manifest["seed"]), str(sweep.manifest["rules_hash"])
    return Subject(name, found, found.scenario, seed, sweep.replicates, rules=rules)


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
    line = _line(sweep, address, base)
    if len(line) == 1 and len(sweep.points) > 1:
        return (point_subject(sweep, base),)
    here = next(
        place
        for place, point in enumerate(line)
        if columns[address][point] == columns[address][base]
    )
    stride = -(-len(line) // MOST_ARMS)
    kept = line[here % stride :: stride]
    values = [columns[address][point].item() for point in kept]
    told = [f"{value:.4g}" for value in values]
    if len(set(told)) < len(told):  # no two arms under one name
        told = [repr(value) for value in values]
    name = address.rsplit(".", 1)[-1]
    return tuple(
        point_subject(sweep, point, f"{name} {value}")
        for point, value in zip(kept, told, strict=True)
    )


def _line(sweep: StoredSweep, address: str, base: int) -> list[int]:
    """Return the points that differ from one in an address alone, one for each of its values."""
    columns = sweep.points.columns
    along = {
        columns[address][point].item(): point
        for point in reversed(range(len(sweep.points)))
        if all(column[point] == column[base] for name, column in columns.items() if name != address)
    }
    return [along[value] for value in sorted(along)]


def varying(sweep: StoredSweep) -> list[str]:
    """Return the addresses that have more than one value in a sweep."""
    return [name for name, column in sweep.points.columns.items() if len(np.unique(column)) > 1]


def is_crossed(sweep: StoredSweep) -> bool:
    """Return whether a sweep has every combination of its values, once each."""
    columns = list(sweep.points.columns.values())
    rows = len(np.unique(np.stack([np.asarray(c, np.float64) for c in columns]), axis=1).T)
    cells = np.prod([float(len(np.unique(column))) for column in columns])
    return bool(rows == len(sweep.points) == cells)


# Captions


def unlike(subjects: Sequence[Subject]) -> str:
    """Return in what arms differ beside what they are for; empty where they do not."""
    fields: dict[str, list[str]] = {
        "horizon": [count(subject.scenario.weeks, "week") for subject in subjects],
        "seed": [str(subject.seed) for subject in subjects],
        "replicates": [f"{subject.replicates:,}" for subject in subjects],
        "first replicate": [str(subject.first) for subject in subjects],
        "rules": [subject.rules[:SHORT_HASH] for subject in subjects],
    }
    parts = []
    for name, values in fields.items():
        found = list(dict.fromkeys(values))
        if len(found) > MOST_NAMED:
            parts.append(f"{name} ({len(found)} different)")
        elif len(found) > 1:
            parts.append(f"{name} ({listed(found)})")
    return f"arms differ in {listed(parts)}" if parts else ""


def _compared(request: Request, finding: str) -> str:
    """Return the title of arms: a finding, and what in them is unlike."""
    told = unlike(request.subjects)
    return f"{finding}; {told}" if told else finding


def _about(request: Request, note: str = "", replicates: int | None = None) -> str:
    """Return the caption of a request's subjects: what all share once, the rest by arm."""
    subjects = request.subjects
    rules = len({subject.rules for subject in subjects}) > 1
    extents = [
        extent(
            subject.replicates if replicates is None else replicates,
            subject.scenario.weeks,
            subject.seed,
        )
        + (f", replicates {subject.first:,} onwards" if subject.first else "")
        + (f", rules {subject.rules[:SHORT_HASH]}" if rules else "")
        for subject in subjects
    ]
    labels = [subject.label for subject in subjects]
    if len(set(extents)) > 1:
        arms = zip(labels, extents, strict=True)
        return caption("; ".join(f"{label}: {size}" for label, size in arms), note)
    what = " beside ".join(labels)
    if request.sweep and len(subjects) > 1:
        what = f"{request.sweep.scenario.name}, each arm"
        note = f"{note} {_of_arms(request.sweep, subjects)}".strip()
    elif request.sweep and len(request.sweep.points) > 1:
        note = f"One of {len(request.sweep.points):,} points. {note}".strip()
    return caption(f"{what}: {extents[0]}", note)


def _of_arms(sweep: StoredSweep, subjects: Sequence[Subject]) -> str:
    """Return which points of a sweep its arms are: the values drawn, and what is held."""
    points = [s.results for s in subjects if isinstance(s.results, StoredPoint)]
    told, held = "", []
    for address in sweep.points.addresses:
        values = {point.values[address] for point in points}
        every = len(_line(sweep, address, points[0].point))
        if len(values) == 1:
            held.append(f"{address} = {points[0].values[address]:.4g}")
        elif every > len(values):
            told = f"{len(values)} of {every} values of {address}. "
    return told + (f"At {', '.join(held)}." if held else "")


def _about_sweep(sweep: StoredSweep, groups: Sequence[Group], note: str) -> str:
    """Return the caption of a figure that draws groups of a sweep's points."""
    size = extent(sweep.replicates, sweep.scenario.weeks, int(sweep.manifest["seed"]))
    where = count(sum(group.points for group in groups), "point")
    begun = "" if sweep.complete else " The sweep is not complete."
    return caption(f"{sweep.scenario.name}, {where}, each: {size}", f"{note}{begun}")


def _each(groups: Sequence[Group]) -> str:
    """Return how many replicates are behind a mark."""
    each = sorted({group.replicates for group in groups})
    most = counted(each[-1], "replicate")
    return most if len(each) == 1 else f"{each[0]:,} to {most}"


def _chance(subjects: Sequence[Subject]) -> str:
    """Return a note on common chance: whether arms have it."""
    if len({subject.seed for subject in subjects}) > 1:
        return "Arms under different seeds."
    if not all(common_replicates(subjects[0], other) for other in subjects[1:]):
        return "Arms of one seed without a replicate in common."
    if len({subject.rules for subject in subjects}) > 1:
        return "Arms under one seed and different rules, which share chance in part at most."
    return "All arms under the same chance."


def _one(request: Request) -> Subject:
    """Return the subject of a kind that draws one."""
    return request.subjects[0]


def _drawn(request: Request, figure: "Figure", title: str, about: str, **tables: Tidy) -> Drawn:
    """Return a figure with its finding above and its caption below, and room for long ones."""
    width = 72 * figure.get_figwidth() * 0.94
    more = 0.0
    for text, size, bold, room in (
        (title, 1.25 * points(), True, TITLE_LINES),
        (about, CAPTION_SHARE * points(), False, CAPTION_LINES),
    ):
        lines = wrapped(text, width, size, bold).count("\n") + 1
        more += max(0, lines - room) * 1.3 * size / 72
    if request.size != "slide":
        figure.set_figheight(figure.get_figheight() + more)
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
    numbers = subject.sample(STRIPS)
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
    if len(arms) > 1:
        note += f" {_chance(request.subjects)}"
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
        title = _compared(request, outcomes.arms_finding(data))
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
    title = _compared(request, distribution.distribution_finding(data, words))
    note = "Spread over replicates, not uncertainty."
    if len(arms) > 1:
        note += f" Histograms on common bins. {_chance(request.subjects)}"
    horizons = {subject.scenario.weeks for subject in request.subjects}
    if len(horizons) > 1 and find_column(measure).kind == "count":
        note += " Counts grow with the horizon."
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
        note += f" {_chance(request.subjects)}"
        for name, table, words in _tests(request.subjects):
            tables[name] = table
            note += f" {words}"
    horizons = {subject.scenario.weeks for subject in request.subjects}
    within = min(horizons) if len(horizons) > 1 else None
    title = _compared(request, survival.survival_finding(data, within))
    return _drawn(request, figure, title, _about(request, note), **tables)


def _tests(subjects: Sequence[Subject]) -> list[tuple[str, Tidy, str]]:
    """Return how arms differ from the first in war: by name, a table and words for the caption.

    Arms that share replicates with the first are no independent samples, as the log-rank test
    takes them to be: they have paired differences instead.
    """
    reference, *others = subjects
    against, found = short(reference.label), []
    weeks = min(subject.scenario.weeks for subject in subjects)
    pairs, apart = {}, {reference.label: reference.results}
    for other in others:
        numbers = common_replicates(reference, other)
        if numbers:
            pairs[other.label] = _wars(reference, numbers, weeks), _wars(other, numbers, weeks)
        else:
            apart[other.label] = other.results
    if pairs:
        table = survival.differences_data(reference.label, pairs)
        within = f" within {count(weeks, 'week')}" if unlike(subjects) else ""
        words = (
            f"Share with war{within} less that of {against}, in points, paired, 95 %: "
            f"{survival.differences_words(table)}. No log-rank test: it takes arms for "
            "independent, and these are the same replicates."
        )
        found.append(("differences", table, words))
    if len(apart) > 1:
        table = survival.logrank_data(apart)
        told = zip(table["arm"], table["p"], strict=True)
        listing = ", ".join(f"{short(str(name))} p {_p(p)}" for name, p in told)
        found.append(("logrank", table, f"Log-rank against {against}: {listing}."))
    return found


def _wars(subject: Subject, numbers: range, weeks: int) -> NDArray[np.bool_]:
    """Return which of some replicates end in war within so many weeks."""
    wars = survival.wars(subject.results, weeks)
    return wars[numbers.start - subject.first : numbers.stop - subject.first]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _map_addresses(request: Request) -> tuple[str, str]:
    """Return the two addresses of a map: those asked for, else the first two that are swept."""
    swept = request.sweep.points.addresses if request.sweep else ()
    x, y = request.by or swept[:2]
    return x, y


class Cut(NamedTuple):
    """Which points of a sweep are drawn over some addresses, and as what.

    Attributes
    ----------
    by : the addresses of which a mark stands for a combination of values
    where : the condition that holds other addresses at the base
    held : what they are held at, in words
    others : the addresses that are not held: they vary from mark to mark
    """

    by: Sequence[str]
    where: str | None = None
    held: str = ""
    others: Sequence[str] = ()

    def over(self, marks: int, axes: Sequence[str], most: int | None = None) -> str:
        """Return what the marks are: ``200 points of a; b and c vary with it``."""
        told = f"{marks:,} points of {' and '.join(axes)}"
        if not self.others:
            return told
        names = list(self.others)
        if most is not None and len(names) > most:
            names = [*names[: most - 1], f"{len(names) - most + 1} more"]
        vary = "varies" if len(names) == 1 else "vary"
        return f"{told}; {listed(names)} {vary} with {'it' if len(axes) == 1 else 'them'}"


def cut_of(sweep: StoredSweep, axes: Sequence[str]) -> Cut:
    """Return which points of a sweep are drawn over some of its addresses.

    Of a grid those at which all other addresses are as near to the base as can be. On other
    designs there is nothing to hold: every point stands by itself.
    """
    rest = [address for address in sweep.points.addresses if address not in axes]
    others = [address for address in varying(sweep) if address not in axes]
    if others and not is_crossed(sweep):
        return Cut(sweep.points.addresses, others=others)
    if not rest:
        return Cut(axes)
    base = sweep.points.values(base_point(sweep))
    held = f"At {', '.join(f'{address} = {base[address]:g}' for address in rest)}."
    return Cut(axes, " and ".join(f"{address} == {base[address]!r}" for address in rest), held)


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
    cut = cut_of(sweep, axes)
    groups = grouped(sweep, cut.by, measures, cut.where)
    tables = {name: phase.groups_data(groups, name) for name in measures}
    marked = _marked(sweep, axes)
    figure = _panelled(request.size) if request.twin else new_figure(request.size)
    panels = figure.axes if request.twin else [figure.subplots()]
    for name, ax in zip(measures, list(panels), strict=True):
        phase.plot_phase(tables[name], ax, axes, name, marked)
        ax.set_title(phase.words(name) if request.twin else "", fontsize=0.9 * points())
    crossed = phase.is_grid(tables[measures[0]], *axes)
    note = f"{_each(groups)} a {'cell' if crossed else 'mark'}, the same chance in all."
    if marked:
        note += " ○ base case."
    note += f" {cut.held}" if cut.held else ""
    note += "" if crossed else f" {cut.over(len(groups), axes)}."
    over = "" if crossed else cut.over(len(groups), axes, MOST_NAMED)
    title = (
        phase.twin_finding(tables[measures[0]], tables[measures[1]], over)
        if request.twin
        else phase.phase_finding(tables[measures[0]], measures[0], over)
    )
    about = _about_sweep(sweep, groups, note)
    return _drawn(request, figure, title, about, **tables)


def _curve(request: Request) -> Drawn:
    sweep = request.sweep
    assert sweep is not None  # see `hinders`
    measure = request.measure or "confrontation"
    address = request.by[0] if request.by else sweep.points.addresses[0]
    cut = cut_of(sweep, [address])
    groups = grouped(sweep, cut.by, [measure], cut.where)
    data = phase.groups_data(groups, measure)
    figure = new_figure(request.size, 0.85)
    phase.plot_curve(data, figure.subplots(), address, measure, base_value(sweep, address))
    note = f"{_each(groups)} a mark; bars: uncertainty of the estimate, 95 %."
    note += f" {cut.held}" if cut.held else ""
    over = ""
    if cut.others:
        note += f" {cut.over(len(groups), [address])}."
        over = cut.over(len(groups), [address], MOST_NAMED)
    title = phase.curve_finding(data, address, measure, over)
    return _drawn(request, figure, title, _about_sweep(sweep, groups, note), curve=data)


def _map(request: Request) -> Drawn:
    subject = _one(request)
    numbers = subject.sample(TRANSITIONS)
    data = sites.map_data(subject.histories(numbers, moves=True))
    figure = new_figure(request.size, 1.15)
    sites.plot_map(data, figure.subplots())
    note = "Outline: Natural Earth. Reach after article ¶22: only drones reach Harir and Erbil."
    about = _about(request, note, len(numbers))
    return _drawn(request, figure, sites.map_finding(data), about, map=data)


def _terms(request: Request) -> Drawn:
    subject = _one(request)
    subject.results.simulated_again([request.replicate])  # under other rules it was another week
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
    numbers = subject.sample(TRANSITIONS)
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
    numbers = subject.sample(TRANSITIONS)
    weeks = subject.histories(numbers).weeks["attacks"].sum(axis=2).astype(np.int64)
    listed = thinned(weeks, len(listed_attacks()), np.random.default_rng(subject.seed))
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
    "ladder": Kind(FIGURES["ladder"], _ladder, takes=("replicate",)),
    "strips": Kind(FIGURES["strips"], _strips),
    "rungs": Kind(FIGURES["rungs"], _rungs),
    "outcomes": Kind(FIGURES["outcomes"], _outcomes, arms=True, takes=("by",)),
    "distribution": Kind(
        FIGURES["distribution"], _distribution, arms=True, takes=("measure", "by")
    ),
    "survival": Kind(FIGURES["survival"], _survival, arms=True, takes=("by",)),
    "transitions": Kind(FIGURES["transitions"], _transitions),
    "map": Kind(FIGURES["map"], _map),
    "terms": Kind(FIGURES["terms"], _terms, takes=("replicate", "week")),
    "record": Kind(FIGURES["record"], _record),
    "convergence": Kind(FIGURES["convergence"], _convergence, takes=("measure",)),
    "curve": Kind(FIGURES["curve"], _curve, swept=1, takes=("measure", "by")),
    "tornado": Kind(FIGURES["tornado"], _tornado, swept=1, takes=("measure",)),
    "phase": Kind(FIGURES["phase"], _phase, swept=2, takes=("measure", "by", "twin")),
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

"""A report of a run or a sweep: one HTML file that needs nothing else, for people to read.

Question, what was changed, what came out, how to get it again. What it says is so of this
folder: of its design, its draws, the way that it was made.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import escape

from redline.case import Scenario, addresses_of, label_of, load_scenario, value_at, vary
from redline.figures.drawing import draw, hinders
from redline.figures.pages import Table, in_lines, page
from redline.figures.registry import KINDS
from redline.figures.requests import Drawn, Kind, Request
from redline.figures.style import EITHER
from redline.figures.subjects import (
    arms_of,
    base_point,
    base_value,
    cut_of,
    point_subject,
    subject_of,
    varying,
)
from redline.results import (
    FINISH,
    RUN_TABLE,
    StoredRun,
    StoredSweep,
    find_measure,
    load_results,
    written,
)
from redline.support import (
    ESCAPES,
    InputError,
    at_home,
    built_in,
    capital,
    check_page,
    count,
    counted,
    listed,
    package_version,
    placing,
    share,
    share_span,
)
from redline.theory import Parameter, rung_names

COMMON_CHANCE = (
    "The same replicates were run at every point, under common random numbers: points differ "
    "only by what was changed."
)
CHANGED_TOGETHER = (
    "The design is not a grid: several parameters change at once from point to point, so a figure "
    "over one of them also shows the effect of the others."
)
DRAWN = (
    "Every replicate draws its values of {names} jointly, from {rows} rows: intervals cover these "
    "draws, too."
)
MADE_FROM_PYTHON = """import redline

made = redline.open({folder!r})
{call}"""
MOST_CURVES = 3
NUMBERS = ("mean", "low", "high", "q05", "q50", "q95")


def report_html(results: StoredRun | StoredSweep) -> str:
    """Return the report of a folder as the text of an HTML file.

    Raises
    ------
    InputError
        If a sweep is not complete, or the rules have changed since, so that the histories
        that figures show cannot be had again.
    """
    if isinstance(results, StoredSweep) and not results.complete:
        raise InputError(
            f"{results.folder}: this sweep is not complete: {FINISH.format(results.folder)}"
        )
    scenario, manifest = results.scenario, results.manifest
    figures = list(_figures(results))
    short = {key: value for key, value in manifest.items() if key not in ("parts", "scenario")}
    return page(
        "report.html",
        title=scenario.title or scenario.name,
        size=_size(results),
        weeks=counted(manifest["weeks"], "week"),
        seed=manifest["seed"],
        name=scenario.name,
        source=scenario.source or "none given",
        findings=_findings(figures),
        militias=capital(_militias(results)),
        chance=_chance(results),
        parameters=_parameters(results),
        distributions=_distributions(results),
        curves_note=_curves_note(results),
        figures=figures,
        command=in_lines(_command(results)),
        results_hash=manifest["results_hash"],
        versions=listed([f"{name} {number}" for name, number in manifest["versions"].items()]),
        version=package_version(),
        manifest=escape(json.dumps(short, indent=2, ensure_ascii=False)),
        scenario=escape(json.dumps(manifest["scenario"], indent=2, ensure_ascii=False)),
    )


# Sections


def _size(results: StoredRun | StoredSweep) -> str:
    """Return in words how many replicates there are."""
    each = counted(results.replicates, "replicate")
    if len(results.points) > 1:
        return f"{each} at each of {counted(len(results.points), 'point')}"
    return each


def _militias(results: StoredRun | StoredSweep) -> str:
    """Return in words how many militias there are: of a sweep over their number, from and to."""
    column = results.points.columns.get("militias.cells")
    swept = [] if column is None else [column.min().item(), column.max().item()]
    ends = [vary(results.scenario, {"militias.cells": cells}) for cells in swept]
    sizes = {len(scenario.members) for scenario in ends or [results.scenario]}
    if len(sizes) == 1:
        return count(min(sizes), "militia")
    return f"from {min(sizes):,} to {max(sizes):,} militias"


def _chance(results: StoredRun | StoredSweep) -> str:
    """Return what replicates share and what they draw, in this folder."""
    told = []
    if isinstance(results, StoredSweep) and len(results.points) > 1:
        told.append(COMMON_CHANCE)
        if len(varying(results)) > 1 and not results.points.is_crossed:
            told.append(CHANGED_TOGETHER)
    draws = results.scenario.draws
    if draws:
        names = listed([label_of(address) for address in draws.columns])
        told.append(DRAWN.format(names=names, rows=f"{len(draws):,}"))
    return " ".join(told)


def _curves_note(results: StoredRun | StoredSweep) -> str:
    """Return a note on curves that are left out."""
    addresses = results.points.addresses
    if len(addresses) <= MOST_CURVES:
        return ""
    shown = listed([label_of(address) for address in addresses[:MOST_CURVES]])
    return f"Curves show {shown}, the first of {len(addresses)} swept parameters."


def _parameters(results: StoredRun | StoredSweep) -> list[Table]:
    """Return what differs from the defaults, a table for each way in which it does."""
    scenario = results.scenario
    notes = addresses_of(scenario.document)
    drawn = scenario.draws.columns if scenario.draws else {}
    tables = []
    if isinstance(results, StoredSweep):
        swept = [_ranged(notes, *item) for item in results.points.columns.items()]
        design = results.manifest["sweep"]["design"]
        tables.append(
            Table(f"Design: {design}", ("swept", "address", "values", "meaning", "source"), swept)
        )
    if drawn:
        rows = [_ranged(notes, name, values) for name, values in drawn.items()]
        told = f"Drawn jointly by every replicate, from {count(len(scenario.draws or ()), 'row')}"
        tables.append(Table(told, ("drawn", "address", "values", "meaning", "source"), rows))
    changed = _changed(scenario, notes, {*results.points.columns, *drawn})
    changes = [
        (f"week {change.week}", scenario.date_of(change.week) or "",
         ", ".join(f"{label_of(f'environment.{name}')} = {value:g}"
                   for name, value in change.values.items()))
        for change in scenario.timeline
    ]  # fmt: skip
    bans = [
        (ban.actor.name.lower(), rung_names(ban.actor)[ban.rung],
         "from its first choice" if ban.from_first_choice else f"weeks {ban.first} to {ban.last}")
        for ban in scenario.forbidden
    ]  # fmt: skip
    forced = [
        (f"week {move.week}", move.actor.name.lower(), rung_names(move.actor)[move.rung])
        for move in scenario.forced
    ]
    headings = ("parameter", "address", "value", "default", "meaning", "source")
    tables += [
        Table("Parameters changed from their defaults", headings, changed),
        Table("Timeline", ("from", "date", "drivers change to"), changes),
        Table("Bans", ("actor", "rung", "when"), bans),
        Table("Forced moves", ("when", "actor", "rung"), forced),
    ]
    return [table for table in tables if table.rows]


def _changed(
    scenario: Scenario, notes: Mapping[str, Parameter], moved: set[str]
) -> list[tuple[str, ...]]:
    """Return a row for each parameter that is not at its default, but for what is `moved`."""
    base = load_scenario("baseline").document
    known = addresses_of(base)
    rows: list[tuple[str, ...]] = []
    for address, note in notes.items():
        value = value_at(scenario.document, address)
        default = value_at(base, address) if address in known else note.default
        if value != default and not address.startswith("timeline.") and address not in moved:
            told = (note.label, address, f"{value:g}", f"{default:g}", note.meaning, note.source)
            rows.append(told)
    return rows


def _ranged(notes: Mapping[str, Parameter], name: str, values: Any) -> tuple[str, ...]:
    """Return a row for an address with several values: label, address, range, meaning, source."""
    note = notes.get(name)
    span = f"{min(values):g} to {max(values):g}"
    about = (note.meaning, note.source) if note else ("", "")
    return (label_of(name), name, span, *about)


def _distributions(results: StoredRun | StoredSweep) -> list[Table]:
    """Return how replicates are distributed: of a sweep, those at the point nearest to the base."""
    if isinstance(results, StoredRun):
        outcomes, of = results.summary(), "all replicates"
    else:
        outcomes, of = results.at(base_point(results)).summary(), _base_words(results)
    classes = [
        (name, share(row["share"]), share_span(row["low"], row["high"]), f"{row['count']:,}")
        for name, row in outcomes["class"].items()
    ]
    measures = [
        (find_measure(name).words, *(_figure_words(outcomes[name][key]) for key in NUMBERS))
        for name in RUN_TABLE
    ]
    headings = ("class", "share", "95 % interval", "replicates")
    return [
        Table(f"Outcome, by gravest week: {of}", headings, classes, 3),
        Table(
            "Distributions over replicates; low, high: 95 % interval",
            ("measure", "mean", "low", "high", "5 %", "median", "95 %"), measures, 6,
        ),
    ]  # fmt: skip


def _base_words(sweep: StoredSweep) -> str:
    """Return what the point is of which distributions and histories are told, and its values."""
    point = base_point(sweep)
    values = sweep.points.values(point)
    own = {address: base_value(sweep, address) for address in values}
    known = [address for address, value in own.items() if value is not None]
    if len(sweep.points) == 1:
        what = "the only point"
    elif not known:
        what = "the first point (the scenario itself has no value for what is swept)"
    elif all(own[address] == value for address, value in values.items()):
        what = "the base case"
    else:
        what = "the point nearest to the base case"
        if len(known) < len(own):
            what += f" in {listed([label_of(name) for name in known])}, all that it has a value of"
    told = [f"{label_of(address)} = {value:g}" for address, value in values.items()]
    return f"{what}: {', '.join(told)}"


def _figure_words(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if 0 < abs(value) < 0.01 else f"{value:,.4g}"


def _command(results: StoredRun | StoredSweep) -> str:
    """Return the command that gives the results again; of what Python made, Python."""
    words = results.manifest.get("command")
    if words:
        return shlex.join(str(word) for word in words)
    replicates, seed = results.replicates, int(results.manifest["seed"])
    traces = any(name.startswith("traces/") for name in results.manifest["parts"])
    if _is_built_in(results):
        name = results.scenario.name
        options = ["-n", str(replicates), "--seed", str(seed), *(["--traces"] if traces else [])]
        return shlex.join(["redline", "run", name, *options])
    how = f"made.scenario, {replicates}, {seed}"
    call = f'redline.simulate({how}{", traces=True" if traces else ""}, to="again")'
    if isinstance(results, StoredSweep):
        weekly = results.manifest["weekly"]
        how = f'replicates={replicates}, seed={seed}, weekly="{weekly}"'
        call = f'redline.sweep(made.scenario, made.points, {how}, to="again")'
    return MADE_FROM_PYTHON.format(folder=results.folder.name, call=call)


def _is_built_in(results: StoredRun | StoredSweep) -> bool:
    """Return whether results are a run of a built-in scenario as it is."""
    name = results.scenario.name
    if isinstance(results, StoredSweep) or name not in built_in():
        return False
    return vary(load_scenario(name), sweep={}) == vary(results.scenario, sweep={})


# Figures


Told = tuple[str, Drawn, Drawn]
"""Of which points a figure is, and the figure on light and on dark."""


def _findings(figures: Sequence[Told]) -> dict[str, list[str]]:
    """Return what the figures show, each finding once, by the points they are of."""
    first: dict[str, str] = {}
    for scope, light, _ in figures:
        if not KINDS[light.kind].anecdote:
            first.setdefault(light.title, scope)
    return {one: [title for title in first if first[title] == one] for one in first.values()}


def _figures(results: StoredRun | StoredSweep) -> Iterator[Told]:
    """Yield every figure of a report, on light and on dark, and of which points it is."""
    for scope, kind, request in _requests(results):
        drawn = draw(kind, request, EITHER, "page")
        yield scope, replace(drawn, tint="paper"), replace(drawn, tint="dark")


def _requests(results: StoredRun | StoredSweep) -> Iterator[tuple[str, str, Request]]:
    """Yield of which points, of which kind and of what each figure of a report is.

    Every kind says where in a report it stands, if it does.
    """
    swept = isinstance(results, StoredSweep)
    asked = _of_sweep(results) if isinstance(results, StoredSweep) else _of_run(results)
    for kind in KINDS.in_report("in_sweep" if swept else "in_run"):
        for scope, request in asked(KINDS[kind]):
            if not hinders(kind, request):
                yield scope, kind, request


Asked = Callable[[Kind], Sequence[tuple[str, Request]]]
"""Returns what a kind draws in a report, and of which points that is."""


def _of_run(run: StoredRun) -> Asked:
    request = Request((subject_of(run),))
    return lambda _: [("", request)]


def _of_sweep(sweep: StoredSweep) -> Asked:
    """Return what kinds draw of a sweep: over two addresses, over each, of arms, or at the base."""
    one = Request((point_subject(sweep, base_point(sweep)),), sweep)
    arms = Request(arms_of(sweep), sweep)
    addresses = sweep.points.addresses

    def asked(kind: Kind) -> Sequence[tuple[str, Request]]:
        if kind.swept > 1:
            return [(_scope(sweep, addresses[:2]), replace(one, twin="twin" in kind.takes))]
        if kind.swept:
            each = addresses[:MOST_CURVES]
            return [(_scope(sweep, [name]), replace(one, by=(name,))) for name in each]
        if not kind.arms:
            return [(f"At {_base_words(sweep)}", one)]
        if len(arms.subjects) == 1:
            return []
        scope = f"At {len(arms.subjects)} points that differ in {label_of(addresses[0])} alone"
        return [(f"{scope}{_held(sweep, addresses[:1])}", arms)]

    return asked


def _scope(sweep: StoredSweep, axes: Sequence[str]) -> str:
    """Return of which points a figure over some addresses is."""
    if cut_of(sweep, axes).where is None:
        return f"Over all {len(sweep.points):,} points" if len(sweep.points) > 1 else "At its point"
    return f"Over {' and '.join(map(label_of, axes))}{_held(sweep, axes)}"


def _held(sweep: StoredSweep, axes: Sequence[str]) -> str:
    """Return at what the other addresses of a figure are held, in words."""
    values = sweep.points.values(base_point(sweep))
    rest = [f"{label_of(name)} = {value:g}" for name, value in values.items() if name not in axes]
    return f", with {listed(rest)}" if rest else ""


def report(results: StoredRun | StoredSweep | str | Path, to: str | Path | None = None) -> Path:
    """Write a self-contained HTML report of a run or a complete sweep: ``redline report``.

    Parameters
    ----------
    results : stored in a folder, or the path of that
    to : the file; by default FOLDER-report.html, in the working folder

    Returns
    -------
    The path of the file, which is written whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no results, a sweep is not complete, or the rules have changed since.
    """
    if isinstance(results, str | Path):
        results = load_results(results)
    if not isinstance(results, StoredRun | StoredSweep):
        raise InputError("a report needs stored results: save(FOLDER) them first")
    path = at_home(to) if to is not None else Path(f"{results.folder.resolve().name}-report.html")
    check_page(path, "a report")
    text = report_html(results)
    with placing(path), written(path) as temporary:
        temporary.write_text(text, "utf-8", ESCAPES)
    return path

"""A report of a run or a sweep: one HTML file that needs nothing else, for people to read.

Question, what was changed, what came out, how to get it again. What it says is so of this
folder: of its design, its draws, the way that it was made. No script, no request; text that
came from files is escaped.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from redline.case import addresses_of, load_scenario, value_at, vary
from redline.figures.finished import (
    Drawn,
    Request,
    arms_of,
    base_point,
    base_value,
    cut_of,
    draw,
    hinders,
    is_crossed,
    point_subject,
    subject_of,
    varying,
)
from redline.figures.style import NOT_A_FORECAST, svg_text
from redline.results import (
    RUN_TABLE,
    Distribution,
    StoredRun,
    StoredSweep,
    Summary,
    find_measure,
    written,
)
from redline.support import (
    ESCAPES,
    InputError,
    built_in,
    capital,
    count,
    counted,
    listed,
    package_version,
    printable,
    share,
    share_span,
)
from redline.theory import Parameter, rung_names

CSS = Path(__file__).with_name("report.css")
PAGE = Path(__file__).with_name("report.html")
COMMON_CHANCE = (
    "The same replicates were run at every point, under the same chance (common random numbers): "
    "points differ by what was changed alone."
)
CHANGED_TOGETHER = (
    "The design is no grid: from point to point several parameters change at once, so a figure "
    "over one of them shows what the others do as well."
)
DRAWN = (
    "Every replicate draws the values of {addresses} jointly, from {rows} rows: intervals are over "
    "these, too."
)
MADE_FROM_PYTHON = """import redline
from pathlib import Path
from redline.results.storage.running import run_into

made = redline.load_results({folder!r})
{call}"""
MOST_CURVES = 3
ANECDOTES = ("ladder", "strips", "convergence")
"""Kinds that show how results come about rather than what comes out."""
MOST_ROWS = 60
"""Of a table; what is beyond is in the data."""
KINDS_OF_RUN = ("overview", "rungs", "ladder", "strips", "transitions", "map", "convergence")


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
            f"{results.folder}: this sweep is not complete: go on with resume=True first"
        )
    scenario, manifest = results.scenario, results.manifest
    figures = list(_figures(results))
    short = {key: value for key, value in manifest.items() if key not in ("parts", "scenario")}
    fields = {
        "title": scenario.title or scenario.name,
        "size": _size(results),
        "weeks": counted(manifest["weeks"], "week"),
        "seed": manifest["seed"],
        "not_a_forecast": NOT_A_FORECAST,
        "name": scenario.name,
        "source": scenario.source or "none given",
        "militias": capital(_militias(results)),
        "chance": _chance(results),
        "command": _command(results),
        "results_hash": manifest["results_hash"],
        "versions": listed([f"{name} {number}" for name, number in manifest["versions"].items()]),
        "version": package_version(),
    }
    blocks = {
        "css": CSS.read_text("utf-8"),
        "findings": _findings(figures),
        "parameters": _parameters(results),
        "distributions": _distributions(results),
        "figures": _curves_note(results)
        + "\n".join(_figure(number, *pair) for number, (_, *pair) in enumerate(figures)),
        "manifest": escape(json.dumps(short, indent=2, ensure_ascii=False)),
        "scenario": escape(json.dumps(manifest["scenario"], indent=2, ensure_ascii=False)),
    }
    escaped = {name: _text(value) for name, value in fields.items()}
    return Template(PAGE.read_text("utf-8")).substitute(blocks | escaped)


# Pieces of HTML


def _text(value: object) -> str:
    """Return text as HTML, escaped, without control characters."""
    return escape(printable(str(value)))


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str, numbers: int = 0
) -> str:
    """Return a table; its last `numbers` columns are aligned as numbers."""
    first = len(headings) - numbers

    def cells(row: Sequence[object], tag: str) -> str:
        kinds = ["" if place < first else ' class="number"' for place in range(len(row))]
        return "".join(
            f"<{tag}{kind}>{_text(cell)}</{tag}>" for kind, cell in zip(kinds, row, strict=True)
        )

    lines = [f"<tr>{cells(row, 'td')}</tr>" for row in rows]
    more = len(lines) - MOST_ROWS
    note = f'<p class="note">{more:,} more rows are in the folder.</p>' if more > 0 else ""
    head = cells(headings, "th").replace("<th", '<th scope="col"')
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{_text(caption)}">'
        f'<table><caption class="note">{_text(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines[:MOST_ROWS])}</tbody></table></div>{note}"
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
    sizes = {len(results.scenario.members)}
    column = results.points.columns.get("militias.cells")
    if column is not None:
        ends = (vary(results.scenario, {"militias.cells": v.item()}) for v in
                (column.min(), column.max()))  # fmt: skip
        sizes = {len(end.members) for end in ends}
    if len(sizes) == 1:
        return count(min(sizes), "militia")
    return f"from {min(sizes):,} to {max(sizes):,} militias"


def _chance(results: StoredRun | StoredSweep) -> str:
    """Return what replicates share and what they draw, in this folder."""
    told = []
    if isinstance(results, StoredSweep) and len(results.points) > 1:
        told.append(COMMON_CHANCE)
        if len(varying(results)) > 1 and not is_crossed(results):
            told.append(CHANGED_TOGETHER)
    draws = results.scenario.draws
    if draws:
        names = listed(list(draws.columns))
        told.append(DRAWN.format(addresses=names, rows=f"{len(draws):,}"))
    return " ".join(told)


def _curves_note(results: StoredRun | StoredSweep) -> str:
    """Return a note on curves that are left out."""
    addresses = results.points.addresses
    if len(addresses) <= MOST_CURVES:
        return ""
    shown = listed(list(addresses[:MOST_CURVES]))
    return (
        f'<p class="note">Curves are of {_text(shown)}, the first of {len(addresses)} swept '
        "addresses.</p>"
    )


def _parameters(results: StoredRun | StoredSweep) -> str:
    scenario, base = results.scenario, load_scenario("baseline")
    notes = addresses_of(scenario.document)
    drawn = scenario.draws.columns if scenario.draws else {}
    rows = []
    for address, note in notes.items():
        value = value_at(scenario.document, address)
        default = note.default
        if address in addresses_of(base.document):
            default = value_at(base.document, address)
        moved = address in results.points.columns or address in drawn
        if value != default and not address.startswith("timeline.") and not moved:
            rows.append((address, f"{value:g}", f"{default:g}", note.meaning, note.source))
    parts = []
    if isinstance(results, StoredSweep):
        swept = [_ranged(notes, *item) for item in results.points.columns.items()]
        design = results.manifest["sweep"]["design"]
        parts.append(_table(("swept", "values", "meaning", "source"), swept, f"Design: {design}"))
    if drawn:
        table = [_ranged(notes, name, values) for name, values in drawn.items()]
        told = f"Drawn by every replicate, jointly, from {count(len(scenario.draws or ()), 'row')}"
        parts.append(_table(("drawn", "values", "meaning", "source"), table, told))
    if rows:
        headings = ("parameter", "value", "default", "meaning", "source")
        parts.append(_table(headings, rows, "Parameters that are not at their default"))
    changes = [
        (f"week {change.week}", scenario.date_of(change.week) or "",
         ", ".join(f"{name} = {value:g}" for name, value in change.values.items()))
        for change in scenario.timeline
    ]  # fmt: skip
    if changes:
        parts.append(_table(("from", "date", "drivers become"), changes, "Timeline"))
    bans = [
        (ban.actor.name.lower(), rung_names(ban.actor)[ban.rung],
         "from its first choice" if ban.from_first_choice else f"weeks {ban.first} to {ban.last}")
        for ban in scenario.forbidden
    ]  # fmt: skip
    if bans:
        parts.append(_table(("actor", "rung", "when"), bans, "Options taken away"))
    forced = [
        (f"week {move.week}", move.actor.name.lower(), rung_names(move.actor)[move.rung])
        for move in scenario.forced
    ]
    if forced:
        parts.append(_table(("when", "actor", "rung"), forced, "Moves that were forced"))
    if not parts:
        parts.append("<p>Nothing: every parameter is at its default, and there is no timeline.</p>")
    return "\n".join(parts)


def _ranged(notes: Mapping[str, Parameter], name: str, values: Any) -> tuple[str, ...]:
    """Return a row for an address that has several values: name, range, meaning, source."""
    note = notes.get(name)
    span = f"{min(values):g} to {max(values):g}"
    return (name, span, note.meaning, note.source) if note else (name, span, "", "")


def _distributions(results: StoredRun | StoredSweep) -> str:
    if isinstance(results, StoredRun):
        return _outcome_tables(results.summary(), "all replicates")
    found: Distribution = results.at(base_point(results))
    return _outcome_tables(found.summary(), _base_words(results))


def _base_words(sweep: StoredSweep) -> str:
    """Return what the point is of which distributions and histories are told, and its values."""
    point = base_point(sweep)
    values = sweep.points.values(point)
    own = {address: base_value(sweep, address) for address in values}
    known = [address for address, value in own.items() if value is not None]
    if len(sweep.points) == 1:
        what = "the only point"
    elif not known:
        what = "the first point (of what is swept, the scenario itself sets nothing)"
    elif all(own[address] == value for address, value in values.items()):
        what = "the base case"
    else:
        what = "the point nearest to the base case"
        if len(known) < len(own):
            what += f" in {listed(known)}, which alone it has a value of"
    return f"{what}: {', '.join(f'{address} = {value:g}' for address, value in values.items())}"


def _outcome_tables(outcomes: Summary, of: str) -> str:
    classes = [
        (name, share(row["share"]), share_span(row["low"], row["high"]),
         f"{row['count']:,}")
        for name, row in outcomes["class"].items()
    ]  # fmt: skip
    measures = []
    for name in RUN_TABLE:
        row = outcomes[name]
        measures.append(
            (
                find_measure(name).words,
                *(_figure_words(row[key]) for key in ("mean", "low", "high", "q05", "q50", "q95")),
            )
        )
    headings = ("measure", "mean", "low", "high", "5 %", "median", "95 %")
    gravest = f"Gravest moment of a replicate, {of}"
    return _table(("class", "share", "95 % interval", "replicates"), classes, gravest, 3) + _table(
        headings, measures, "Distributions over replicates; low, high: 95 % interval", 6
    )


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
    call = f'run_into(Path("again"), made.scenario, {replicates}, {seed}'
    call += ", traces=True)" if traces else ")"
    if isinstance(results, StoredSweep):
        weekly = results.manifest["weekly"]
        call = (
            f'redline.sweep("again", made.scenario, {replicates}, {seed}, weekly="{weekly}", '
            "points=made.points)"
        )
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


def _findings(figures: Sequence[Told]) -> str:
    """Return what the figures show, as items of a list: of a sweep, by the points they are of."""
    scopes: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for scope, light, _ in figures:
        if light.kind not in ANECDOTES and light.title not in seen:
            scopes.setdefault(scope, {})[light.title] = None
            seen.add(light.title)
    items = {
        scope: "".join(f"<li>{_text(title)}.</li>" for title in titles)
        for scope, titles in scopes.items()
    }
    return "".join(
        f"<li>{_text(scope)}:<ul>{inner}</ul></li>" if scope else inner
        for scope, inner in items.items()
    )


def _figures(results: StoredRun | StoredSweep) -> Iterator[Told]:
    """Yield every figure of a report, on light and on dark, and of which points it is."""
    for scope, kind, request in _requests(results):
        yield scope, draw(kind, request, "paper", "page"), draw(kind, request, "dark", "page")


def _requests(results: StoredRun | StoredSweep) -> Iterator[tuple[str, str, Request]]:
    if isinstance(results, StoredRun):
        request = Request((subject_of(results),))
        yield from (("", kind, request) for kind in KINDS_OF_RUN if not hinders(kind, request))
        return
    base = point_subject(results, base_point(results))
    one = Request((base,), results)
    arms = Request(arms_of(results), results)
    addresses = results.points.addresses
    if len(addresses) > 1:
        scope = _scope(results, addresses[:2])
        yield scope, "phase", Request((base,), results, twin=True)
    for address in addresses[:MOST_CURVES]:
        yield _scope(results, [address]), "curve", Request((base,), results, by=(address,))
    if len(arms.subjects) > 1:
        scope = f"At {len(arms.subjects)} points that differ in {addresses[0]} alone"
        for kind in ("outcomes", "survival", "distribution"):
            yield f"{scope}{_held(results, addresses[:1])}", kind, arms
    for kind in ("overview", "ladder", "strips", "rungs"):
        if not hinders(kind, one):
            yield f"At {_base_words(results)}", kind, one


def _scope(sweep: StoredSweep, axes: Sequence[str]) -> str:
    """Return of which points a figure over some addresses is."""
    if cut_of(sweep, axes).where is None:
        return f"Over all {len(sweep.points):,} points" if len(sweep.points) > 1 else "At its point"
    return f"Over {' and '.join(axes)}{_held(sweep, axes)}"


def _held(sweep: StoredSweep, axes: Sequence[str]) -> str:
    """Return at what the other addresses of a figure are held, in words."""
    values = sweep.points.values(base_point(sweep))
    rest = [f"{name} = {value:g}" for name, value in values.items() if name not in axes]
    return f", with {listed(rest)}" if rest else ""


def _figure(number: int, light: Drawn, dark: Drawn) -> str:
    """Return a figure with its finding as a text for those who do not see it."""
    both = "\n".join(
        f'<div class="{shade}">{inline_svg(drawn, f"f{number}{shade[0]}-")}</div>'
        for shade, drawn in (("light", light), ("dark", dark))
    )
    label = _text(f"{light.kind}: {light.title}")
    return (
        f"<figure><h3>{_text(light.title)}</h3>"
        f'<div class="wide" tabindex="0" role="img" aria-label="{label}">{both}</div>'
        f"<figcaption>{_text(light.kind)}. {_text(light.caption)}</figcaption></figure>"
    )


def inline_svg(drawn: Drawn, prefix: str) -> str:
    """Return a figure as SVG to stand in a page: its own names, nothing from outside.

    Text is drawn as shapes: a page is read where the font may be missing.
    """
    drawn.figure.supxlabel("")  # the page has both as text
    drawn.figure.suptitle("")
    svg = svg_text(drawn.figure, drawn.style, drawn.size)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}", svg)
    svg = re.sub(r'href="#', f'href="#{prefix}', svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def write_report(results: StoredRun | StoredSweep, path: Path) -> None:
    """Write the report of a folder, whole or not at all."""
    text = report_html(results)
    with written(path) as temporary:
        temporary.write_text(text, "utf-8", ESCAPES)

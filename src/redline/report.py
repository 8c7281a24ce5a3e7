"""A report of a run or a sweep: one HTML file that needs nothing else, for people to read.

Question, what was changed, what came out, how to get it again. No script, no request; text
that came from files is escaped.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template

from redline.addresses import addresses, value_at
from redline.errors import InputError, printable
from redline.figures import (
    Drawn,
    Request,
    arms_of,
    base_point,
    draw,
    hinders,
    point_subject,
    subject_of,
)
from redline.files import ESCAPES
from redline.outcomes import Distribution, Summary
from redline.plots.style import NOT_A_FORECAST, svg_text
from redline.results import StoredRun, StoredSweep
from redline.scenario_file import load
from redline.state import rung_names
from redline.store import written
from redline.version import package_version
from redline.words import MEASURES, count, counted, listed, share, share_span

CSS = Path(__file__).with_name("report.css")
PAGE = Path(__file__).with_name("report.html")
COMMON_CHANCE = (
    "The same replicates were run at every point, under the same chance (common random numbers): "
    "points differ by what was changed alone."
)
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
        "militias": count(len(scenario.members), "militia").capitalize(),
        "chance": COMMON_CHANCE if isinstance(results, StoredSweep) else "",
        "command": _command(results),
        "results_hash": manifest["results_hash"],
        "versions": listed([f"{name} {number}" for name, number in manifest["versions"].items()]),
        "version": package_version(),
    }
    blocks = {
        "css": CSS.read_text("utf-8"),
        "findings": _findings(results, [light for light, _ in figures]),
        "parameters": _parameters(results),
        "distributions": _distributions(results),
        "figures": "\n".join(_figure(number, *pair) for number, pair in enumerate(figures)),
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
    if isinstance(results, StoredSweep):
        return f"{each} at each of {counted(len(results.points), 'point')}"
    return each


def _parameters(results: StoredRun | StoredSweep) -> str:
    scenario, base = results.scenario, load("baseline")
    notes = addresses(scenario.document)
    rows = []
    for address, note in notes.items():
        value = value_at(scenario.document, address)
        default = note.default
        if address in addresses(base.document):
            default = value_at(base.document, address)
        if value != default and not address.startswith("timeline."):
            rows.append((address, f"{value:g}", f"{default:g}", note.meaning, note.source))
    parts = []
    if isinstance(results, StoredSweep):
        swept = [
            (name, f"{column.min():g} to {column.max():g}", notes[name].meaning, notes[name].source)
            if name in notes
            else (name, f"{column.min():g} to {column.max():g}", "", "")
            for name, column in results.points.columns.items()
        ]
        design = results.manifest["sweep"]["design"]
        parts.append(_table(("swept", "values", "meaning", "source"), swept, f"Design: {design}"))
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


def _distributions(results: StoredRun | StoredSweep) -> str:
    if isinstance(results, StoredRun):
        return _outcome_tables(results.summary(), "all replicates")
    base = base_point(results)
    found: Distribution = results.at(base)
    values = ", ".join(f"{k} = {v:g}" for k, v in results.points.values(base).items())
    return _outcome_tables(found.summary(), f"the point nearest to the base case: {values}")


def _outcome_tables(outcomes: Summary, of: str) -> str:
    classes = [
        (name, share(row["share"]), share_span(row["low"], row["high"]),
         f"{row['count']:,}")
        for name, row in outcomes["class"].items()
    ]  # fmt: skip
    measures = []
    for name, words in MEASURES.items():
        row = outcomes[name]
        measures.append(
            (
                words,
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
    """Return the command that gives the results again."""
    words = results.manifest.get("command")
    if not words:  # they were made from Python
        kind = "sweep" if isinstance(results, StoredSweep) else "run"
        seed = results.manifest["seed"]
        words = ["redline", kind, results.scenario.name, "-n", results.replicates, "--seed", seed]
    return shlex.join(str(word) for word in words)


# Figures


def _findings(results: StoredRun | StoredSweep, figures: list[Drawn]) -> str:
    """Return what the figures show, as items of a list; of a sweep, what is of which points."""
    told = [one for one in figures if one.kind not in ANECDOTES]
    whole = dict.fromkeys(one.title for one in told if one.kind == "phase")
    rest = [title for title in dict.fromkeys(one.title for one in told) if title not in whole]
    if isinstance(results, StoredRun):
        return "".join(f"<li>{_text(title)}.</li>" for title in rest)
    values = results.points.values(base_point(results))
    near = listed([f"{address} = {value:g}" for address, value in values.items()])
    inner = "".join(f"<li>{_text(title)}.</li>" for title in rest)
    return (
        "".join(f"<li>Over all points: {_text(title)}.</li>" for title in whole)
        + f"<li>At the point nearest to the base case ({_text(near)}), and at those that differ "
        f"from it in one address alone:<ul>{inner}</ul></li>"
    )


def _figures(results: StoredRun | StoredSweep) -> Iterator[tuple[Drawn, Drawn]]:
    """Yield every figure of a report, on light and on dark."""
    for kind, request in _requests(results):
        yield draw(kind, request, "paper", "page"), draw(kind, request, "dark", "page")


def _requests(results: StoredRun | StoredSweep) -> Iterator[tuple[str, Request]]:
    if isinstance(results, StoredRun):
        request = Request((subject_of(results),))
        yield from ((kind, request) for kind in KINDS_OF_RUN if not hinders(kind, request))
        return
    base = point_subject(results, base_point(results))
    one = Request((base,), results)
    arms = Request(arms_of(results), results)
    if len(results.points.addresses) > 1:
        yield "phase", Request((base,), results, twin=True)
    for address in results.points.addresses[:3]:
        yield "curve", Request((base,), results, by=(address,))
    if len(arms.subjects) > 1:
        for kind in ("outcomes", "survival", "distribution"):
            yield kind, arms
    for kind in ("overview", "ladder", "strips", "rungs"):
        if not hinders(kind, one):
            yield kind, one


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

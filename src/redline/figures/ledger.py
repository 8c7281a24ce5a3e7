"""The ledger of claims for people and for other programs: JSON, CSV, a figure, a page."""

import csv
import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from redline.argument import ClaimCondition, Effect, Row, Turn
from redline.figures.finished import Drawn, write_figure
from redline.figures.kinds.claims import (
    boundary_data,
    boundary_finding,
    ledger_data,
    ledger_finding,
    plot_boundary,
    plot_ledger,
)
from redline.figures.report import CSS, inline_svg
from redline.figures.style import NOT_A_FORECAST, finish, new_figure, styled
from redline.results import written
from redline.support import ESCAPES, JSON_FORMAT, package_version


def ledger_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what ``redline claims --json`` prints."""
    return {"format": JSON_FORMAT, "claims": [row.to_dict() for row in rows]}


def effect_words(effect: Effect) -> str:
    """Return an effect with its interval as text."""
    if effect.mean is None:
        return "–"
    if effect.low is None:
        return f"{effect.mean:.4g}"
    return f"{effect.mean:.4g} [{effect.low:.4g}, {effect.high:.4g}]"


def draw_ledger(rows: Sequence[Row], seed: int, style: str = "paper") -> Drawn:
    """Return the ledger as a figure."""
    data = ledger_data(rows)
    title = ledger_finding(data)
    about = (
        f"{rows[0].n:,} replicates of an arm or more, seed {seed}; redline {package_version()}. "
        "The condition in front of each test, with its 95 % interval; the verdict is on all of "
        f"them. Hollow: with the mechanism off. {NOT_A_FORECAST}"
    )
    with styled(style, "page"):
        figure = new_figure("page", max(0.55, 0.075 * len(rows) + 0.3))
        plot_ledger(data, figure.subplots())
        finish(figure, title, about)
    return Drawn("ledger", figure, title, about, {"ledger": data}, style, "page")


def draw_boundary(
    condition: ClaimCondition,
    name: str,
    address: str,
    turn: Turn,
    replicates: int,
    seed: int,
    folder: Path,
) -> Path:
    """Draw where a condition's verdict turns into a folder; return the figure's path."""
    data = boundary_data(turn)
    title = boundary_finding(turn, name, address)
    about = (
        f"{condition.label}. {replicates:,} replicates, seed {seed}, the same chance at every "
        f"value; redline {package_version()}. Amber: where the verdict is undecided. "
        f"{NOT_A_FORECAST}"
    )
    with styled():
        figure = new_figure("page", 0.9)
        plot_boundary(data, figure.subplots(), turn, condition.threshold, address)
        finish(figure, title, about)
    drawn = Drawn("boundary", figure, title, about, {"boundary": data})
    words = re.sub(r"[^\w.]+", "-", f"{name}-{address}").strip("-")
    return write_figure(drawn, folder / f"boundary-{words}.png", data=True)[0]


def write_ledger(rows: Sequence[Row], seed: int, folder: Path) -> None:
    """Write the ledger into a folder: ``ledger.json``, ``.csv``, ``.png`` and ``.html``."""
    folder.mkdir(parents=True, exist_ok=True)
    with written(folder / "ledger.json") as temporary:
        text = json.dumps(ledger_json(rows), indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", "utf-8", ESCAPES)
    with (
        written(folder / "ledger.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        lines = csv.writer(file, lineterminator="\n")
        names = ["claim", "verdict", "effect", "low", "high", "n"]
        lines.writerow([*names, "without_mechanism", "verdict_without_mechanism"])
        for row in rows:
            off = row.mechanism
            left = [None, None] if off is None else [off.effect.mean, off.verdict]
            lines.writerow([row.claim, row.verdict, *row.effect, row.n, *left])
    write_figure(draw_ledger(rows, seed), folder / "ledger.png")
    with written(folder / "ledger.html") as temporary:
        temporary.write_text(ledger_html(rows, seed), "utf-8", ESCAPES)


def ledger_html(rows: Sequence[Row], seed: int) -> str:
    """Return the ledger as one HTML file that needs nothing else."""
    light, dark = draw_ledger(rows, seed), draw_ledger(rows, seed, "dark")
    shades = (("light", light), ("dark", dark))
    pictures = "".join(
        f'<div class="{shade}">{inline_svg(drawn, f"{shade}-")}</div>' for shade, drawn in shades
    )
    label = escape(light.title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>The argument, claim by claim · redline</title>\n<style>\n{CSS.read_text('utf-8')}"
        "</style>\n</head>\n<body>\n<header><h1>The argument, claim by claim</h1>\n"
        f'<p class="lead">In this model: {label}. {NOT_A_FORECAST}</p></header>\n<main>\n'
        f"<figure><h3>{label}</h3>"
        f'<div class="wide" tabindex="0" role="img" aria-label="{label}">{pictures}</div>'
        f"<figcaption>{escape(light.caption)}</figcaption></figure>\n"
        + "\n".join(_section(row) for row in rows)
        + "\n</main>\n</body>\n</html>\n"
    )


def _cited(paragraphs: Sequence[int]) -> str:
    return f" (article ¶{', '.join(map(str, paragraphs))})" if paragraphs else ""


def _section(row: Row) -> str:
    """Return a row of the ledger as a section of a page."""
    lines = [
        f"<h2>{row.claim}: {row.verdict}</h2>",
        f"<p>{escape(row.question)}{_cited(row.paragraphs)}</p>",
        f"<p>Claimed: {escape(row.says)}.</p>",
        '<div class="wide" tabindex="0" role="region" aria-label="conditions"><table><thead><tr>'
        '<th scope="col">condition</th><th scope="col">claimed</th><th scope="col">effect</th>'
        '<th scope="col">verdict</th><th scope="col">mechanism off</th></tr></thead><tbody>',
    ]
    for place, finding in enumerate(row.findings):
        off = row.mechanism.findings[place] if row.mechanism else None
        cells = [
            finding.label,
            str(finding.threshold),
            effect_words(finding.effect),
            finding.verdict if finding.judged else f"{finding.verdict} (reported only)",
            "–" if off is None else f"{effect_words(off.effect)}: {off.verdict}",
        ]
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    lines.append("</tbody></table></div>")
    if row.mechanism_name:
        lines.append(f'<p class="note">Mechanism: {escape(row.mechanism_name)}.</p>')
    return f"<section>{''.join(lines)}</section>"

"""The ledger of claims for people and for other programs: JSON, CSV, a figure, a page."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redline.argument import Row
from redline.figures.kinds.ledger import draw_ledger
from redline.figures.pages import page
from redline.figures.requests import write_figure
from redline.results import Interval, written
from redline.support import ESCAPES, JSON_FORMAT


def ledger_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what ``redline claims --json`` prints."""
    return {"format": JSON_FORMAT, "claims": [row.to_dict() for row in rows]}


def effect_words(effect: Interval) -> str:
    """Return an effect with its interval as text."""
    if effect.mean is None:
        return "–"
    if effect.low is None:
        return f"{effect.mean:.4g}"
    return f"{effect.mean:.4g} [{effect.low:.4g}, {effect.high:.4g}]"


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
    return page("ledger.html", rows=rows, light=light, dark=dark, effect=effect_words)

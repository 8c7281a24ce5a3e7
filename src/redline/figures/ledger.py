"""The ledger of claims for people and for other programs: JSON, CSV, a figure, a page."""

import csv
import json
from pathlib import Path

from redline.argument import Ledger, effect_words
from redline.figures.kinds.ledger import draw_ledger
from redline.figures.pages import page
from redline.figures.requests import write_figure
from redline.results import written
from redline.support import ESCAPES, placing


def write_ledger(ledger: Ledger, folder: Path) -> None:
    """Write the ledger into a folder: ``ledger.json``, ``.csv``, ``.png`` and ``.html``."""
    with placing(folder, within=True):
        folder.mkdir(parents=True, exist_ok=True)
        with written(folder / "ledger.json") as temporary:
            text = json.dumps(ledger.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
            temporary.write_text(text + "\n", "utf-8", ESCAPES)
        _write_table(ledger, folder / "ledger.csv")
        write_figure(draw_ledger(ledger), folder / "ledger.png")
        with written(folder / "ledger.html") as temporary:
            temporary.write_text(ledger_html(ledger), "utf-8", ESCAPES)


def _write_table(ledger: Ledger, path: Path) -> None:
    """Write a row for every test as CSV."""
    with (
        written(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        lines = csv.writer(file, lineterminator="\n")
        names = ["claim", "verdict", "effect", "low", "high", "n"]
        lines.writerow([*names, "without_mechanism", "verdict_without_mechanism"])
        for row in ledger:
            off = row.mechanism
            left = [None, None] if off is None else [off.effect.mean, off.verdict]
            lines.writerow([row.claim, row.verdict, *row.effect, row.n, *left])


def ledger_html(ledger: Ledger) -> str:
    """Return the ledger as one HTML file that needs nothing else."""
    light, dark = draw_ledger(ledger), draw_ledger(ledger, style="dark")
    return page("ledger.html", rows=ledger, light=light, dark=dark, effect=effect_words)

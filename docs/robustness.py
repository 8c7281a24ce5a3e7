"""Map where the argument holds: ``make robustness`` writes docs/robustness.md.

What it simulates is kept in results/, so that an interrupted run goes on.
"""

import json
from pathlib import Path
from typing import Any

from pages import HERE, inputs_hash, rewrite

import redline
from redline.discovery import Discovery, discover
from redline.experiment import sweep
from redline.exploration import draw_discovery, draw_robustness
from redline.figures import Drawn, Request, draw, point_subject, write_figure
from redline.record import DATA
from redline.results import StoredSweep
from redline.robustness import Robustness, robustness
from redline.scenario_file import load
from redline.sensitivity import Analysis, analyse, explored
from redline.version import package_version

MARK = "<!-- what follows is written by make robustness -->\n"
SCENARIO = "standoff_2019_2021"
BASE_POINTS, REPLICATES = 1024, 50
POINTS, ARM_REPLICATES = 512, 400
MEASURES = ("confrontation", "crisis", "attacks_per_week")
BREAKS = "confrontation > 0.2"
KEEPS = "confrontation <= 0.05 and attacks_per_week > 0.3"
CODE = ("claims", "design", "discovery", "robustness", "sensitivity", "stylised", "summaries")
FOLDER = HERE / "robustness"
RESULTS = HERE.parent / "results"
LEADING = 8


def inputs() -> str:
    """Return the hash of what the page is made from."""
    here = Path(redline.__file__).parent
    code = [here / f"{name}.py" for name in CODE]
    return inputs_hash(("experiments", "scenarios"), [*code, DATA / "attack_records.csv"])


def explored_sweep(folder: Path, points: int, replicates: int) -> StoredSweep:
    """Return the sweep that sensitivity is analysed from; made, or gone on with."""
    scenario = explored(load(SCENARIO), "saltelli", points)
    return sweep(folder, scenario, replicates, 1, weekly="none", executor="processes", resume=True)


def table_of(analysis: Analysis) -> list[str]:
    """Return the leading indices of a measure as a table."""
    lines = [
        f"**{analysis.measure}**: mean {analysis.mean:.3g} over the points; of what varies from "
        f"replicate to replicate, parameters make {100 * (analysis.of_parameters or 0):.0f} %.",
        "",
        "| parameter | first | total | total at half the points |",
        "|---|---|---|---|",
    ]
    half = list(analysis.convergence.values())[-2]
    for one, before in list(zip(analysis.sensitivities, half, strict=True))[:LEADING]:
        first, total = one.first, one.total
        lines.append(
            f"| {one.address} | {first.value:.3f} [{first.low:.3f}, {first.high:.3f}] | "
            f"{total.value:.3f} [{total.low:.3f}, {total.high:.3f}] | {before:.3f} |"
        )
    return [*lines, ""]


def share(value: dict[str, Any] | None) -> str:
    """Return a share of points as text."""
    if value is None:
        return "–"
    low, high = (100 * value[end] for end in ("low", "high"))
    return f"{100 * value['value']:.0f} % [{low:.0f}, {high:.0f}]"


def standings_of(found: Robustness) -> list[str]:
    """Return how every test stands, as a table and in both directions."""
    report = found.to_dict()
    lines = [
        "| test | holds | where the record's counts match | supported | undecided | not supported "
        "| fails where |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in report["claims"]:
        leading = row["leading"]
        told = ""
        if leading:
            side = "high" if leading["auc"] > 0.5 else "low"
            told = (
                f"{leading['address']} is {side} (AUC {leading['auc']:.2f}, p {leading['p']:.2g})"
            )
        counts = " | ".join(str(n) for n in row["verdicts"].values())
        lines.append(
            f"| {row['claim']} | {share(row['holds'])} | {share(row['holds_where_matching'])} | "
            f"{counts} | {told} |"
        )
    wide = [r["claim"] for r in report["claims"] if r["holds"] and r["holds"]["low"] >= 0.9]
    narrow = [r["claim"] for r in report["claims"] if r["holds"] and r["holds"]["high"] < 0.5]
    return [
        *lines,
        "",
        f"*For the argument:* {', '.join(wide) or 'no test'} hold in at least nine tenths of "
        f"plausible space. *Against it:* {', '.join(narrow) or 'no test'} hold in less than half.",
        "",
    ]


def first_claim(found: Robustness) -> str:
    """Return how far the thesis itself, C1, holds, in a sentence."""
    row = next(one for one in found.to_dict()["claims"] if one["claim"] == "C1")
    leading = row["leading"]
    side = "high" if leading["auc"] > 0.5 else "low"
    return (
        f"**Provocation, not confrontation (C1), holds in {share(row['holds'])} of plausible "
        f"parameter space**, and in {share(row['holds_where_matching'])} of the part that matches "
        f"the record's counts. It fails where {leading['address']} is {side}."
    )


def boxes_of(found: Discovery) -> list[str]:
    """Return where a condition holds, a line for each box."""
    told = f"`{found.where}` holds at {found.interesting:,} of {found.points:,} points."
    return [told, "", *(f"- {box.sentence(found.where)}." for box in found.boxes), ""]


def main() -> None:
    """Write the numbers as data, the figures, and the page."""
    done = explored_sweep(RESULTS / f"{SCENARIO}-sobol", BASE_POINTS, REPLICATES)
    found = robustness(RESULTS / "robustness", POINTS, ARM_REPLICATES)
    analyses = analyse(done, MEASURES)
    breaks, keeps = (discover(done, where) for where in (BREAKS, KEEPS))
    request = Request((point_subject(done, 0),), done)
    figures: dict[str, Drawn] = {
        "robustness": draw_robustness(found),
        "tornado": draw("tornado", request),
        "discovery": draw_discovery(breaks, SCENARIO),
    }
    for name, drawn in figures.items():
        write_figure(drawn, FOLDER / f"{name}.png")
    about = {"version": package_version(), "inputs_sha256": inputs(), "seed": 1}
    report = {
        **about,
        "robustness": found.to_dict(),
        "sensitivity": [one.to_dict() for one in analyses],
        "discovery": [one.to_dict() for one in (breaks, keeps)],
        "results_hash": done.manifest["results_hash"],
    }
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    (FOLDER / "robustness.json").write_text(text + "\n", "utf-8")

    def picture(name: str) -> list[str]:
        return [f"![{figures[name].title}](robustness/{name}.png)", ""]

    lines = [
        "## Where the claims hold",
        "",
        first_claim(found),
        "",
        f"{figures['robustness'].title}.",
    ]
    lines += ["", f"{len(found.tried):,} points, {found.matching:,} of which match the record's "
              f"counts; {ARM_REPLICATES:,} replicates of an arm.", ""]  # fmt: skip
    lines += [*standings_of(found), *picture("robustness")]
    lines += ["## Which parameters carry what happens", ""]
    lines += [
        f"{len(done.points):,} points × {REPLICATES} replicates; first and total Sobol' indices "
        "with 95 % intervals.",
        "",
    ]
    for analysis in analyses:
        lines += table_of(analysis)
    lines += [*picture("tornado"), "## Which combinations break the thesis, and which keep it", ""]
    lines += [*boxes_of(breaks), *boxes_of(keeps), *picture("discovery")]
    rewrite(HERE / "robustness.md", MARK, lines)


if __name__ == "__main__":
    main()

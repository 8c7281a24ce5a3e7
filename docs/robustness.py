"""Map where the argument holds: ``make robustness`` writes docs/robustness.md.

What it simulates is kept in results/, so that an interrupted run goes on.
"""

import json
from pathlib import Path
from typing import Any

from pages import HERE, inputs_hash, rewrite

from redline.argument.effects import Lab
from redline.argument.experiment_file import load_experiment
from redline.argument.ledger import ledger_names, run_experiment
from redline.argument.observations import observed
from redline.argument.turning_points import Turn
from redline.argument.verdicts import verdict
from redline.case.design import points_of
from redline.case.scenario_file import load_scenario
from redline.evidence.facts.answers import response_ratio
from redline.evidence.facts.frequency import attacks
from redline.evidence.recorded.events import DATA
from redline.exploration.analysis import Analysis
from redline.exploration.claims_over_space import (
    SIGNIFICANT,
    TELLING,
    Robustness,
    robustness,
)
from redline.exploration.discovery import Discovery, discover
from redline.exploration.influence import analyse, explored
from redline.exploration.trials import try_point
from redline.figures.drawing import draw
from redline.figures.kinds.discovery import draw_discovery
from redline.figures.kinds.robustness import draw_robustness
from redline.figures.requests import Drawn, Request, write_figure
from redline.figures.subjects import point_subject
from redline.results.pooling.summaries import summarised
from redline.results.storage.running import sweep_into
from redline.results.storage.stored_sweep import StoredSweep
from redline.support.version import package_version

MARK = "<!-- what follows is written by make robustness -->\n"
SCENARIO = "standoff_2019_2021"
BASE_POINTS, REPLICATES = 1024, 50
POINTS, ARM_REPLICATES = 512, 400
MEASURES = ("confrontation", "crisis", "attacks_per_week")
BREAKS = "confrontation > 0.2"
KEEPS = "confrontation <= 0.05 and attacks_per_week > 0.3"
CODE = (
    Lab,
    Turn,
    analyse,
    attacks,
    discover,
    observed,
    points_of,
    response_ratio,
    robustness,
    run_experiment,
    summarised,
    try_point,
    verdict,
)
FOLDER = HERE / "robustness"
RESULTS = HERE.parent / "results"
LEADING = 8
LEAVES = 3


def inputs() -> str:
    """Return the hash of what the page is made from."""
    experiments = map(load_experiment, ledger_names())
    return inputs_hash(CODE, [load_scenario(SCENARIO)], experiments, [DATA / "attack_records.csv"])


def explored_sweep(folder: Path, points: int, replicates: int) -> StoredSweep:
    """Return the sweep that sensitivity is analysed from; made, or gone on with."""
    scenario = explored(load_scenario(SCENARIO), "saltelli", points)
    how = {"weekly": "none", "executor": "processes", "resume": True}
    return sweep_into(folder, scenario, replicates, 1, **how)


def table_of(analysis: Analysis) -> list[str]:
    """Return the leading indices of a measure as a table."""
    lines = [
        f"**{analysis.measure}**: mean {analysis.mean or 0:.3g} over the points; of what varies "
        "from replicate to replicate, parameters make "
        f"{100 * (analysis.of_parameters or 0):.0f} %.",
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
    return f"{100 * value['value']:.0f} % [{low:.0f}, {high:.0f}] of {value['points']}"


def standings_of(found: Robustness) -> list[str]:
    """Return how every test stands, as a table and in both directions."""
    rows = found.to_dict()["claims"]
    lines = [
        "| test | holds | where the record's counts match | supported | undecided | not supported "
        "| fails where |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        leading = row["leading"]
        told = ""
        if leading and leading["p"] < SIGNIFICANT:
            told = f"{leading['words']} (AUC {leading['auc']:.2f}, p {leading['p']:.2g})"
        counts = " | ".join(str(n) for n in row["verdicts"].values())
        lines.append(
            f"| {row['claim']} | {share(row['holds'])} | {share(row['holds_where_matching'])} | "
            f"{counts} | {told} |"
        )
    known = [row for row in rows if row["decided"] >= TELLING]
    vague = [row["claim"] for row in rows if row["decided"] < TELLING]
    wide = [row["claim"] for row in known if row["holds_of_all_points"]["low"] >= 0.75]
    narrow = [row["claim"] for row in known if row["holds"]["high"] < 0.5]
    return [
        *lines,
        "",
        f"*For the argument:* {', '.join(wide) or 'no test'}: of all points, those where nothing "
        "can be compared among them, three quarters or more hold. *Against it:* "
        f"{', '.join(narrow) or 'no test'}: less than half hold. *Undecided at most points,* so "
        f"that its share says little: {', '.join(vague) or 'none'}. Intervals are of points "
        "alone, not of the chance within them.",
        "",
    ]


def first_claim(found: Robustness) -> str:
    """Return how far the thesis itself, C1, holds, in a sentence."""
    row = next(one for one in found.to_dict()["claims"] if one["claim"] == "C1")
    fails = f" It fails where {row['leading']['words']}." if row["leading"] else ""
    return (
        f"**Provocation, not confrontation (C1), holds at {share(row['holds'])} points of "
        f"plausible parameter space**, and at {share(row['holds_where_matching'])} that match the "
        f"record's counts.{fails}"
    )


def boxes_of(found: Discovery) -> list[str]:
    """Return where a condition holds, a line for each box."""
    told = f"`{found.where}` holds at {found.interesting:,} of {found.points:,} points."
    lines = [told, ""]
    for number, box in enumerate(found.boxes, 1):
        of = "" if number == 1 else " (of the points that the boxes before leave)"
        lines.append(f"- {box.sentence(found.where)}{of}.")
    if not found.boxes:
        lines.append("- No box is dense enough to be told.")
    for leaf in found.leaves[:LEAVES]:
        lines.append(
            f"- Leaf of the tree: {', '.join(leaf.rules)}: {100 * leaf.share:.0f} % of "
            f"{leaf.points:,} points."
        )
    return [*lines, ""]


def main() -> None:
    """Write the numbers as data, the figures, and the page."""
    done = explored_sweep(RESULTS / f"{SCENARIO}-sobol", BASE_POINTS, REPLICATES)
    found = robustness(POINTS, ARM_REPLICATES, to=RESULTS / "robustness")
    analyses = analyse(done, MEASURES)
    breaks, keeps = (discover(done, where) for where in (BREAKS, KEEPS))
    request = Request((point_subject(done, 0),), done)
    figures: dict[str, Drawn] = {
        "robustness": draw_robustness(found),
        "tornado": draw("tornado", request),
        "discovery": draw_discovery(breaks),
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

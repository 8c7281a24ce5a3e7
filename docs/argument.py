"""Run the argument and write it down: ``make argument`` writes docs/argument.md."""

import json
from pathlib import Path
from typing import Any

from pages import HERE, inputs_hash, rewrite, words
from scipy.stats import binomtest

from redline.argument.asking import boundary
from redline.argument.effects import Lab
from redline.argument.experiment_file import Experiment, load_experiment
from redline.argument.ledger import Ledger, ledger_names, run_experiment
from redline.argument.observations import observed
from redline.argument.turning_points import Turn
from redline.argument.verdicts import verdict
from redline.evidence.recorded.events import DATA
from redline.evidence.recorded.published import counts_around_protests
from redline.figures.kinds.ledger import draw_ledger
from redline.figures.style import save, styled
from redline.support.version import package_version

MARK = "<!-- what follows is written by make argument -->\n"
SEED = 1
RECORD = DATA / "attack_records.csv"
READINGS = ("r1_restraint_invites", "r2_deaths_rule_deters")


def inputs() -> str:
    """Return the hash of what the page is made from."""
    experiments = map(load_experiment, (*ledger_names(), *READINGS))
    code = (Lab, Turn, run_experiment, observed, counts_around_protests, verdict)
    return inputs_hash(code, experiments=experiments, data=[RECORD])


def boundaries_of(experiment: Experiment, folder: Path) -> list[dict[str, str]]:
    """Return where the verdicts of an experiment turn, and draw it."""
    if experiment.boundary is None:
        return []
    found = boundary(experiment, seed=SEED, to=folder)
    for one in found:
        (folder / one.file).with_suffix(".csv").unlink()
    return [
        {"claim": one.claim, "words": one.finding, "figure": f"argument/{one.file}"}
        for one in found
    ]


def section(experiment: Experiment, rows: list[dict], turns: list[dict]) -> list[str]:
    """Return the section of an experiment."""
    paragraphs = ", ".join(map(str, experiment.paragraphs))
    about = f"Article ¶{paragraphs}. {experiment.replicates:,} replicates of each arm."
    lines = [f"## {experiment.claim} · {experiment.question}", "", about, ""]
    for row in rows:
        lines += [f"**{row['claim']}, {row['verdict']}.** *Claimed:* {row['says']}.", ""]
        lines += ["| condition | claimed | effect, 95 % | verdict |", "|---|---|---|---|"]
        for one in row["conditions"]:
            judged = one["verdict"] if one["judged"] else f"{one['verdict']}, reported only"
            effect = words(one["effect"], one["low"], one["high"])
            lines.append(f"| {one['label']} | {one['threshold']} | {effect} | {judged} |")
        lines.append("")
        off = row["mechanism"]
        if off:
            left = words(off["effect"], off["low"], off["high"])
            lines += [f"Mechanism off ({off['name']}): {left}, {off['verdict']}.", ""]
            if row["verdict"] == off["verdict"] == "supported":
                lines += ["The mechanism does not carry the claim: something else does.", ""]
        for one in row["conditions"]:
            lines += notes(one) if one["judged"] else []
    if experiment.claim == "C11":
        before, after = counts_around_protests()
        p = binomtest(after, before + after).pvalue
        lines += [
            f"In the record, {before} dated attacks in the 22 weeks before October 2019 and "
            f"{after} in the 22 after: more, not fewer, but compatible with no change (exact p = "
            f"{p:.2f}; the list is incomplete).",
            "",
        ]
    for turn in turns:
        lines += [f"{turn['words']}.", "", f"![{turn['words']}]({turn['figure']})", ""]
    lines += [f"*Would overturn it:* {experiment.overturned_by}.", ""]
    return [*lines, f"*The model cannot say:* {experiment.silent_on}.", ""]


def notes(condition: dict[str, Any]) -> list[str]:
    """Return what else is known of a condition, in words."""
    if "frontier" in condition:
        turn = condition["frontier"]
        if turn["value"] is None:
            return ["The dial holds war at the bound everywhere, or nowhere.", ""]
        dial = " and ".join(condition["dial"])
        scale = words(turn["value_scale"], turn["low_scale"], turn["high_scale"])
        first = f"{condition['dial'][0]} = {words(turn['value'], turn['low'], turn['high'])}"
        return [f"War is held at the bound from {scale} of {dial} on ({first}).", ""]
    if "without_war_at_end" in condition:
        median = condition["median_weeks"]
        told = f"{median:.0f} weeks" if median else "beyond the horizon"
        share = condition["without_war_at_end"]
        return [f"Median time to war: {told}; {100 * share:.0f} % are without war at the end.", ""]
    if "instead" in condition:
        taken = ", ".join(f"{name} in {n:,}" for name, n in condition["instead"].items())
        war = [f"{100 * share:.1f} %" for share in condition["war"]]
        return [
            f"{condition['label'].partition(':')[0].capitalize()}: of {condition['replicates']:,} "
            f"replicates with one; barred, the answer was {taken}. War in the end: {war[0]} with "
            f"it, {war[1]} without.",
            "",
        ]
    if "groups" in condition:
        (war, top), (other, rest) = condition["groups"]
        return [f"War in {war} of {top:,} intense replicates, in {other} of {rest:,} others.", ""]
    return []


def main() -> None:
    """Write the ledger as data, its figures, and the page."""
    folder = HERE / "argument"
    experiments = [load_experiment(name) for name in (*ledger_names(), *READINGS)]
    told, every, lines = [], [], []
    for experiment in experiments:
        rows = run_experiment(experiment, seed=SEED)
        data = [{k: v for k, v in row.to_dict().items() if k != "seconds"} for row in rows]
        if experiment.name not in READINGS:
            every += rows
        told += data
        lines += section(experiment, data, boundaries_of(experiment, folder))
    drawn = draw_ledger(Ledger(tuple(every), SEED))
    with styled():
        save(drawn.figure, folder / "ledger.png", dpi=100)
    about = {"version": package_version(), "inputs_sha256": inputs(), "seed": SEED}
    text = json.dumps({**about, "claims": told}, indent=1, ensure_ascii=False)
    (folder / "ledger.json").write_text(text + "\n", "utf-8")
    lead = [f"{drawn.title}.", "", f"![{drawn.title}](argument/ledger.png)", ""]
    rewrite(HERE / "argument.md", MARK, [*lead, *lines])


if __name__ == "__main__":
    main()

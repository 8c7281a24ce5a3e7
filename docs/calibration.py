"""Calibrate on the record and forecast from half of it: ``make calibration`` writes the page.

What it simulates is kept in results/, so that an interrupted run goes on.
"""

import json
from typing import Any

from pages import HERE, inputs_hash, rewrite

from redline.argument.effects import Lab
from redline.argument.experiment_file import load_experiment
from redline.argument.ledger import ledger_names, run_experiment
from redline.argument.observations import observed
from redline.argument.turning_points import Turn
from redline.argument.verdicts import verdict
from redline.case.scenario_file import load_scenario
from redline.evidence.approximation import posterior
from redline.evidence.calibration import Calibration, calibrate
from redline.evidence.facts.answers import response_ratio
from redline.evidence.facts.frequency import attacks
from redline.evidence.facts.weeks import weekly
from redline.evidence.forecasting import Forecasts, forecast
from redline.evidence.recorded.events import DATA
from redline.evidence.reference_table import make_reference_table
from redline.exploration.claims_over_space import Robustness, robustness
from redline.exploration.trials import try_point
from redline.figures.kinds.calibration import draw_calibration
from redline.figures.kinds.robustness import draw_robustness
from redline.figures.requests import write_figure
from redline.support.version import package_version

MARK = "<!-- what follows is written by make calibration -->\n"
SCENARIO = "standoff_2019_2021"
POINTS, CASES, FORECAST_POINTS = 100_000, 200, 50_000
CLAIM_POINTS, ARM_REPLICATES = 128, 400
CODE = (
    Lab,
    Turn,
    attacks,
    calibrate,
    forecast,
    make_reference_table,
    observed,
    posterior,
    response_ratio,
    robustness,
    run_experiment,
    try_point,
    verdict,
    weekly,
)
FOLDER = HERE / "calibration"
RESULTS = HERE.parent / "results"
SHOWN = 12


def inputs() -> str:
    """Return the hash of what the page is made from."""
    experiments = map(load_experiment, ledger_names())
    return inputs_hash(CODE, [load_scenario(SCENARIO)], experiments, sorted(DATA.glob("*.csv")))


def posterior_section(found: Calibration) -> list[str]:
    """Return the posterior, and how well calibrated it is."""
    report = found.to_dict()
    statistics = ", ".join(f"{one.name} {one.recorded:.3g}" for one in found.about)
    lines = [
        f"Reference table: {report['bank']:,} histories, of which "
        f"{100 * report['prior_without_war']:.0f} % without war, as the record is. "
        f"Statistics of the record: {statistics}.",
        "",
        "| parameter | prior | posterior: 5 % | median | 95 % | narrower by |",
        "|---|---|---|---|---|---|",
    ]
    for row in report["parameters"][:SHOWN]:
        low, high = row["prior"]
        lines.append(
            f"| {row['address']} | {low:.3g} to {high:.3g} | {row['q05']:.3g} | {row['q50']:.3g} | "
            f"{row['q95']:.3g} | {100 * row['narrower']:.0f} % |"
        )
    much = sum(row["narrower"] > 0.1 for row in report["parameters"])
    lines += [
        "",
        f"{much} of {len(report['parameters'])} parameters are narrowed by more than a tenth. Of "
        "all others the record says next to nothing: what they are is a choice.",
        "",
        "![The posterior beside the prior](calibration/calibration.png)",
        "",
        "### Is it well calibrated?",
        "",
    ]
    coverage = report["coverage"]
    for row in coverage["levels"]:
        lines.append(
            f"- Of {coverage['cases']:,} records drawn from the prior, intervals of "
            f"{100 * row['level']:.0f} % hold {100 * row['covered']:.1f} % of the truths, over all "
            f"parameters; farthest off is {row['worst']} with {100 * row['worst_covered']:.0f} %."
        )
    lines += [
        f"- Ranks are least uniform for {coverage['least_uniform']} (p "
        f"{coverage['least_uniform_p']:.2g}, times the number of parameters).",
        "",
        "### Histories at the posterior, beside the record",
        "",
        "| fact | what | recorded | middle 95 % | verdict |",
        "|---|---|---|---|---|",
    ]
    for fact in report["facts"]:
        told = fact["simulated"]
        if told["q025"] is None:
            continue
        mark = " *" if fact["fitted"] else ""
        lines.append(
            f"| {fact['fact']}{mark} | {fact['measure']} | {fact['record']['words']} | "
            f"{told['q025']:.3g} to {told['q975']:.3g} | {fact['verdict']} |"
        )
    lines += [
        "",
        "\\* What the defaults were fitted to. Of the posterior, F2, F4, F5a and F5c are no tests: "
        "counts, dispersion and lull are what it was calibrated on.",
        "",
        "### War, were it simulated again",
        "",
        "Standoffs simulated from May 2019 on, at parameters from the posterior; intervals are of "
        "the simulation alone. That the first 112 weeks did pass in peace is known of the "
        "parameters, not of these histories.",
        "",
    ]
    for row in report["war"]:
        share, low, high = (100 * row[name] for name in ("share", "low", "high"))
        lines.append(f"- Within {row['weeks']} weeks: {share:.1f} % [{low:.1f}, {high:.1f}].")
    lines += [
        f"- {row['what'][0].upper()}{row['what'][1:]}: {100 * row['share']:.2g} % "
        f"({row['count']} of {row['of']:,})."
        for row in report["outside_view"]
    ]
    return [*lines, ""]


def claims_section(found: Robustness) -> list[str]:
    """Return how the claims stand at draws from the posterior."""
    lines = [
        f"{len(found.tried)} draws, {found.replicates} replicates of an arm; shares of the draws "
        "at which a test's effects are as claimed.",
        "",
        "| test | holds | supported | undecided | not supported |",
        "|---|---|---|---|---|",
    ]
    for row in found.to_dict()["claims"]:
        share = row["holds"]
        told = "–"
        if share:
            low, high = 100 * share["low"], 100 * share["high"]
            told = f"{100 * share['value']:.0f} % [{low:.0f}, {high:.0f}] of {share['points']}"
        counts = " | ".join(str(n) for n in row["verdicts"].values())
        lines.append(f"| {row['claim']} | {told} | {counts} |")
    return [*lines, ""]


def forecast_section(found: Forecasts) -> list[str]:
    """Return the forecast of 2021, scored."""
    report = found.to_dict()
    lines = [
        "| what | weeks | came | by | median | 50 % | 90 % | log score |",
        "|---|---|---|---|---|---|---|---|",
    ]
    better, worse = 0, 0
    for one in report["forecasts"]:
        gain = one["baseline"]["log"] - one["model"]["log"]
        better += gain > 2 * one["model"]["log_error"]
        worse += gain < -2 * one["model"]["log_error"]
        for who in ("model", "baseline"):
            told = one[who]
            spans = " | ".join(
                f"{row['low']:.0f} to {row['high']:.0f}{'' if row['inside'] else ' (missed)'}"
                for row in told["intervals"]
            )
            first, end = one["weeks"]
            lines.append(
                f"| {one['quantity']} | {first} to {end - 1} | {one['happened']} | {who} | "
                f"{told['median']:.0f} | {spans} | {told['log']:.2f}"
                + (f" ± {told['log_error']:.2f} |" if who == "model" else " |")
            )
    return [
        *lines,
        "",
        f"By more than two standard errors of the simulation the model's log score is better in "
        f"{better} of {len(report['forecasts'])}, worse in {worse}. War by {report['to']}, given "
        f"none by {report['until']}: {100 * report['war_by_then']:.1f} % of "
        f"{report['histories']:,} histories (of {4 * report['draws']:,}; the rest are of draws "
        "that all but never had peace until then).",
        "",
    ]


def main() -> None:
    """Write the numbers as data, the figures, and the page."""
    found = calibrate(SCENARIO, POINTS, to=RESULTS / f"{SCENARIO}-calibration", cases=CASES)
    told = forecast(SCENARIO, points=FORECAST_POINTS, to=RESULTS / f"{SCENARIO}-forecast")
    draws = RESULTS / f"{SCENARIO}-calibration" / "posterior.parquet"
    claims = robustness(CLAIM_POINTS, ARM_REPLICATES, to=RESULTS / "posterior-claims", draws=draws)
    write_figure(draw_calibration(found), FOLDER / "calibration.png")
    write_figure(draw_robustness(claims), FOLDER / "claims.png")
    report: dict[str, Any] = {
        "version": package_version(),
        "inputs_sha256": inputs(),
        "calibration": found.to_dict(),
        "forecast": told.to_dict(),
        "claims": claims.to_dict(),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    (FOLDER / "calibration.json").write_text(text + "\n", "utf-8")
    lines = ["## The posterior", "", *posterior_section(found)]
    lines += ["## The claims under the posterior", "", *claims_section(claims)]
    lines += ["![The claims under the posterior](calibration/claims.png)", ""]
    lines += ["## The forecast of 2021", "", *forecast_section(told)]
    rewrite(HERE / "calibration.md", MARK, lines)


if __name__ == "__main__":
    main()

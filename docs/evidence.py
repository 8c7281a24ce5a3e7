"""Set the model beside the record and the textbook: ``make evidence`` writes docs/evidence.md."""

import json
from typing import Any

import numpy as np
from limited_response import (
    Beliefs,
    is_limited_response_equilibrium,
    limited_response_conditions,
)
from pages import HERE, inputs_hash, rewrite, words

from redline.case.scenario_file import load_scenario
from redline.evidence.baselines import base_rate
from redline.evidence.facts.aftermath import after_strikes
from redline.evidence.facts.answers import response_ratio
from redline.evidence.facts.fact import Fact
from redline.evidence.facts.frequency import attacks
from redline.evidence.facts.stated import Stated
from redline.evidence.facts.weeks import listed_weeks, weekly
from redline.evidence.facts.worlds import recurrence
from redline.evidence.ladders import Ladder
from redline.evidence.mapping import SHARES, game_json, mapped, outcome_shares
from redline.evidence.recorded.coding import coded_events
from redline.evidence.recorded.events import DATA
from redline.evidence.replay import replayed
from redline.evidence.scoring import Scores, score
from redline.evidence.textbook_game import (
    CHALLENGER_ORDER,
    DEFENDER_ORDER,
    TextbookGame,
    TypedPayoffs,
    provocation_pays,
    quantal_response,
    textbook,
)
from redline.evidence.validation import Validation, validate
from redline.figures.kinds.game import draw_shares, draw_tree
from redline.figures.kinds.record import draw_record
from redline.figures.kinds.score import draw_score
from redline.figures.kinds.validation import draw_validation
from redline.figures.requests import Drawn, write_figure
from redline.support.version import package_version

MARK = "<!-- what follows is written by make evidence -->\n"
SCENARIO = "standoff_2019_2021"
SEED = 1
REPLICATES = 4000
GAMES = 4000
LEAST_CHANGE = 1e-6
"""A smaller change of a chance means nothing."""
CODE = (
    *(Fact, Stated, after_strikes, attacks, listed_weeks, recurrence, response_ratio, weekly),
    *(Ladder, base_rate, coded_events, game_json, quantal_response, replayed, score, validate),
)
FOLDER = HERE / "evidence"


def inputs() -> str:
    """Return the hash of what the page is made from."""
    return inputs_hash(CODE, [load_scenario(SCENARIO)], data=sorted(DATA.glob("*.csv")))


def measured(scores: Scores, facts: Validation) -> dict[str, Any]:
    """Return everything that the page tells, as data."""
    scenario = load_scenario(SCENARIO)
    return {
        "validation": facts.to_dict(),
        "score": scores.to_dict(),
        "game": game_json(scenario, REPLICATES, SEED),
        "dearer_war": dearer_war(),
        "conditions": conditions(),
    }


def random_payoffs(rng: np.random.Generator, pays: bool) -> TypedPayoffs:
    """Return payoffs drawn in the textbook's order; with `pays`, after the flip."""
    ours = np.sort(rng.normal(size=len(CHALLENGER_ORDER))).tolist()
    theirs = np.sort(rng.normal(size=len(DEFENDER_ORDER))).tolist()
    challenger = dict(zip(CHALLENGER_ORDER, ours, strict=True))
    return TypedPayoffs(
        (provocation_pays(challenger) or challenger) if pays else challenger,
        dict(zip(DEFENDER_ORDER, theirs, strict=True)),
    )


def dearer_war() -> list[dict[str, Any]]:
    """Return in how many random games a dearer war makes war rarer and limited conflict more.

    War becomes dearer for both as far as their types stay Hard: at random down to what they
    would rather bear. A change of a chance counts above `LEAST_CHANGE`: far below it (at a large
    λ, some chances are under 10⁻¹²) rounding would decide.
    """
    found = []
    for pays in (False, True):
        for precision in (1.0, 5.0, 20.0):
            rng = np.random.default_rng(SEED)
            rarer = more = 0
            for _ in range(GAMES):
                game = random_payoffs(rng, pays).game("Hard", "Hard", "Hard")
                dearer = TextbookGame(
                    *(
                        side | {"EE": float(rng.uniform(side[floor], side["EE"]))}
                        for side, floor in zip(game, ("DE", "ED"), strict=True)
                    )
                )
                before, after = (quantal_response(g, precision) for g in (game, dearer))
                rarer += before["EE"] - after["EE"] > LEAST_CHANGE
                more += after["DD"] - before["DD"] > LEAST_CHANGE
            row = {"pays": pays, "lambda": precision, "games": GAMES}
            found.append({**row, "war_rarer": rarer, "limited_more": more})
    return found


def conditions() -> dict[str, int]:
    """Return how often the three conditions and the enumeration agree on random games."""
    rng = np.random.default_rng(SEED)
    agree = hold = 0
    for number in range(GAMES):
        payoffs = random_payoffs(rng, bool(number % 2))
        beliefs = Beliefs(*rng.uniform(0.02, 0.98, 3))
        three = all(c.holds for c in limited_response_conditions(payoffs, beliefs))
        agree += three == is_limited_response_equilibrium(payoffs, beliefs)
        hold += three
    return {"games": GAMES, "agree": agree, "hold": hold}


def draw(scores: Scores, facts: Validation) -> dict[str, Drawn]:
    """Return the figures of the page."""
    scenario = load_scenario(SCENARIO)
    ordinary, crossed, _ = mapped(scenario)
    shares = {
        kind: {name: effect.mean for name, effect in table.items()}
        for kind, table in outcome_shares(scenario, REPLICATES, SEED).items()
    }
    games = {one.name: (one.game, shares[one.name]) for one in (ordinary, crossed)}
    told = "the share that the simulation has of weeks of the same kind."
    return {
        "record": draw_record(),
        "validation": draw_validation(facts),
        "score": draw_score(scores),
        "tree": draw_tree(textbook().game("Hard", "Hard", "Hard"), "The textbook's ranks"),
        "shares": draw_shares(games, SCENARIO, scenario.iran.rationality, told),
    }


def picture(figures: dict[str, Drawn], name: str) -> list[str]:
    """Return a figure as Markdown."""
    return [f"![{figures[name].title}](evidence/{name}.png)", ""]


def facts_section(report: dict[str, Any], figures: dict[str, Drawn]) -> list[str]:
    """Return the facts beside the record."""
    facts = report["facts"]
    lines = ["## Beside the record", "", f"{figures['validation'].title}.", ""]
    lines += [f"{REPLICATES:,} replicates. \\* The defaults were fitted to it: no evidence.", ""]
    lines += [
        "| fact | what | recorded | simulated, 95 % | middle 95 % of replicates | percentile of "
        "the record | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for fact in facts:
        told = fact["simulated"]
        middle = (
            "–" if told["q025"] is None else f"{told['q025']:.3g} to {told['q975']:.3g}"
        )  # fmt: skip
        percentile = "–" if fact["percentile"] is None else f"{100 * fact['percentile']:.0f}"
        verdict = [fact["verdict"]] if fact["verdict"] != "–" else []
        if fact["holds"] is not None:
            verdict.append(f"{'' if fact['holds'] else '**not** '}{fact['claimed']}")
        mark = " *" if fact["fitted"] else ""
        lines.append(
            f"| {fact['fact']}{mark} | {fact['measure']} | {fact['record']['words']} | "
            f"{words(*told['estimate'].values())} | {middle} | {percentile} | "
            f"{'; '.join(verdict)} |"
        )
    lines.append("")
    free = [fact for fact in facts if not fact["fitted"]]
    inside = [fact["fact"] for fact in free if fact["verdict"] == "in"]
    outside = [fact["fact"] for fact in free if fact["verdict"] == "out"]
    empty = [fact["fact"] for fact in free if fact["verdict"] == "no test"]
    failed = [fact["fact"] for fact in facts if fact["holds"] is False]
    lines += [
        f"*Reproduced without having been fitted:* {', '.join(inside)}. *Missed:* "
        f"{', '.join(outside) or 'none'}. *No test,* as replicates span all that is possible: "
        f"{', '.join(empty) or 'none'}. *Expected and not found:* {', '.join(failed) or 'none'}.",
        "",
        "What the notes on single facts add:",
        "",
        *(f"- {fact['fact']}: {fact['note']}." for fact in facts if fact["note"]),
        "",
        *picture(figures, "validation"),
        "Base rates to set beside P(confrontation):",
        "",
        "| what | share | count |",
        "|---|---|---|",
    ]
    for row in report["outside_view"]:
        lines.append(
            f"| {row['what']} | {100 * row['share']:.2g} % | {row['count']} of {row['of']:,} |"
        )
    return [*lines, ""]


def score_section(report: dict[str, Any], figures: dict[str, Drawn]) -> list[str]:
    """Return the score one week ahead."""
    lines = ["## One week ahead", "", f"{figures['score'].title}.", ""]
    lines += [
        "| score | ladder | weeks | with an event | log loss: model | base rate | logistic | log "
        "skill against the base rate | of an event or none | without the weeks of drones |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in report["scores"]:
        for name in ("attacks", "answers"):
            ladder = one[name]
            skill = ladder["skill"]["base rate"]
            drones = skill["log_without_drones"]
            log = ladder["log"]
            model = f"{log['model']:.3f}"
            if ladder["held_impossible"]:
                model = f"∞ ({ladder['held_impossible']} weeks held impossible; rest {model})"
            lines.append(
                f"| {one['name']} (saw {one['saw']}) | {name} | {ladder['weeks']} | "
                f"{ladder['events']} | {model} | {log['base rate']:.3f} | {log['logistic']:.3f} | "
                f"{words(*skill['log'].values())} | {words(*skill['log_of_event'].values())} | "
                f"{words(*drones.values()) if drones else '–'} |"
            )
    first = report["scores"][0]["answers"]
    low, high = first["skill"]["base rate"]["log_without_one_week_of_force"]
    mean = first["skill"]["base rate"]["log"]["mean"]
    lines += [
        "",
        f"**How little {first['events']} weeks of force can say.** On answers the skill against "
        f"the base rate is {mean:.3f} nats a week; leave out one of these weeks in turn, and it "
        f"is anything from {low:.3f} to {high:.3f}. Whoever reads a success or a failure at "
        "predicting strikes into these numbers overreads them.",
        "",
    ]
    attacks, every = report["scores"][0]["attacks"], report["scores"]
    drones = attacks["skill"]["base rate"]["log_without_drones"]
    force = first["event"]
    worse = [
        one["name"] for one in every if one["answers"]["skill"]["base rate"]["log"]["high"] < 0
    ]
    lines += [
        "**What the skill on attacks rests on.** The timeline tells the model when drones arrive; "
        "the others have to see them first. Without the weeks of drones its skill against the "
        f"base rate is {words(*drones.values())}, and on the mere question whether there is an "
        f"attack {words(*attacks['skill']['base rate']['log_of_event'].values())}: none. The "
        "logistic forecaster is worse than the base rate over these weeks, so that beating it "
        "means little.",
        "",
        f"**Where it is wrong.** It held force probable in {100 * force['foretold']:.1f} % of "
        f"weeks, and there was force in {100 * force['happened']:.1f} %: answers that come late, "
        "or without a death, are not in it. "
        + (f"On answers it is worse than the base rate in: {', '.join(worse)}." if worse else ""),
        "",
    ]
    blind = [one for one in every if one["attacks"]["held_impossible"]]
    if blind:
        lines += [
            f"*{blind[0]['name']}:* without the arrival of drones in its timeline the model holds "
            "drone attacks impossible, and there were some: the logarithmic score of that is "
            "infinite. It cannot foresee new means; it can only say what they do. (Skills in that "
            "row are of the other weeks.)",
            "",
        ]
    return [*lines, *picture(figures, "score")]


def game_section(report: dict[str, Any], figures: dict[str, Drawn]) -> list[str]:
    """Return the textbook game and the scenario beside it."""
    game = report["game"]
    lines = ["## The textbook game", ""]
    lines += [
        "Backward induction, for every combination of types, in the textbook's order of payoffs:",
        "",
        "| challenger | defender, tactically | strategically | outcome | if provocation pays |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(v or '–' for v in cell.values())} |" for cell in game["cells"]),
        "",
        "Limited conflict (DD) is never the outcome until provocation pays, and then in one "
        "cell: all three Hard. That is what the thesis would have to be in this game. It is not "
        "where the standoff's own payoffs lie, below.",
        "",
        *picture(figures, "tree"),
    ]
    tried = report["conditions"]
    lines += [
        f"With private types, the three conditions of the limited-response equilibrium and the "
        f"trial of every deviation agree on {tried['agree']:,} of {tried['games']:,} random "
        f"games ({tried['hold']:,} of which have it).",
        "",
        "**Does a dearer war make room for limited conflict?** Stability and instability (Snyder "
        "1965) say so. In random games of the textbook's order, all types Hard, quantal response; "
        "a change counts where a chance moves by more than one in a million, and at a large λ "
        "many hardly move:",
        "",
        "| provocation pays | λ | war rarer | limited conflict more frequent |",
        "|---|---|---|---|",
    ]
    for row in report["dearer_war"]:
        war, more = (100 * row[name] / row["games"] for name in ("war_rarer", "limited_more"))
        pays = "yes" if row["pays"] else "no"
        lines.append(f"| {pays} | {row['lambda']:g} | {war:.0f} % | {more:.0f} % |")
    lines += [
        "",
        "So it is no theorem of this game: to a challenger that errs, a dearer war also makes "
        "challenging at all more dangerous, and a defender that shies from war lets it escalate.",
        "",
        f"### {SCENARIO} beside it",
        "",
        "| week | worth to Iran's side, worst first | to the United States | types | predicted |",
        "|---|---|---|---|---|",
    ]
    for one in game["mapping"]:
        ours, theirs = (
            " < ".join(f"{o} ({v:.2f})" for o, v in sorted(side.items(), key=lambda p: p[1]))
            for side in (one["challenger"], one["defender"])
        )
        types = ", ".join(one["types"].values())
        lines.append(f"| {one['name']} | {ours} | {theirs} | {types} | {one['outcome']} |")
    lines += [
        "",
        f"| weeks of the simulation | {' | '.join(SHARES)} |",
        "|---" * (len(SHARES) + 1) + "|",
    ]
    for kind in ("all", "ordinary", "crossed"):
        shares = [game["simulation"][kind][o]["mean"] for o in SHARES]
        lines.append(f"| {kind} | {' | '.join(f'{100 * share:.2f} %' for share in shares)} |")
    pays = [
        one["name"] for one in game["mapping"] if one["challenger"]["DD"] > one["challenger"]["SQ"]
    ]
    told = {one["name"]: one["outcome"] for one in game["mapping"]}
    lines += [
        "",
        f"By backward induction an ordinary week ends in {told['ordinary']}, one in which "
        f"provocation kills in {told['crossed']}. "
        + (
            f"Provocation that is answered in kind pays in: {', '.join(pays)}."
            if pays
            else "Provocation that is answered in kind pays in none of them: it pays because, and "
            "as long as, it is not answered by force."
        ),
        "",
    ]
    return [*lines, *picture(figures, "shares")]


def main() -> None:
    """Write the numbers as data, the figures, and the page."""
    scenario = load_scenario(SCENARIO)
    scores, facts = score(scenario, seed=SEED), validate(scenario, REPLICATES, SEED)
    report, figures = measured(scores, facts), draw(scores, facts)
    for name, drawn in figures.items():
        write_figure(drawn, FOLDER / f"{name}.png")
    about = {"version": package_version(), "inputs_sha256": inputs(), "seed": SEED}
    text = json.dumps({**about, **report}, indent=1, ensure_ascii=False, allow_nan=False)
    (FOLDER / "evidence.json").write_text(text + "\n", "utf-8")
    lines = ["## The record", "", f"{figures['record'].title}.", "", *picture(figures, "record")]
    lines += facts_section(report["validation"], figures)
    lines += score_section(report["score"], figures)
    lines += game_section(report, figures)
    rewrite(HERE / "evidence.md", MARK, lines)


if __name__ == "__main__":
    main()

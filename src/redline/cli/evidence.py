"""``redline record``, ``validate``, ``score`` and ``game``."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli.options import (
    PATH,
    check_figure,
    figure_option,
    json_option,
    read_scenario,
    scenario_argument,
    seed_option,
    set_option,
)
from redline.cli.printing import placing, print_json, tell, write_drawn
from redline.support import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redline.evidence import EventTable, Score


@click.command()
@click.argument("export", required=False, type=PATH, metavar="[FILE]")
@click.option(
    "--from",
    "kind",
    type=click.Choice(["acled"]),
    help="Make a table of events, OUTPUT, from FILE, an export of ACLED.",
)
@json_option()
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="Draw the timeline into a file: .png, .svg or .pdf. With --from, the table to write.",
)
def record(export: Path | None, kind: str | None, output: Path | None, as_json: bool) -> None:
    """Print the record, 6 May 2019 to 27 June 2021: what happened, as the model's moves.

    With --json, every event with its source, and the published counts.

    With --from acled FILE -o events.csv, an export of ACLED as a table for calibrate --events:
    what can be mapped is written, what cannot is listed with its line and the reason.
    """
    from redline.evidence import code, counts, events

    if kind or export:
        if not (kind and export and output):
            raise InputError("an export is read by: redline record --from acled FILE -o events.csv")
        _import_acled(export, output, as_json)
        return
    check_figure(output)
    if output:
        from redline.figures import draw_record

        write_drawn(draw_record(), output)
    if as_json:
        from redline.support import JSON_FORMAT
        from redline.theory import rung_names

        listed = []
        for event in events():
            move = code(event) if event.is_scored else None
            listed.append(
                {
                    **event._asdict(),
                    "date": event.date.isoformat(),
                    "scored": move is not None,
                    "actor": move.actor.name.lower() if move else None,
                    "rung": rung_names(move.actor)[move.rung] if move else None,
                    "site": move.site if move else None,
                    "week": event.week if move else None,
                }
            )
        published = [
            {**c._asdict(), "first": c.first.isoformat(), "last": c.last.isoformat()}
            for c in counts()
        ]
        print_json({"format": JSON_FORMAT, "events": listed, "counts": published})
        return
    _print_record()


def _import_acled(path: Path, output: Path, as_json: bool) -> None:
    """Write an export of ACLED as a table of events; say what became of every row.

    Raises
    ------
    InputError
        If it cannot be read, nothing in it counts, or the table is there already: its gaps may
        have been filled in by hand.
    """
    from redline.evidence import MOST_PROBLEMS, grouped, placed, read_acled
    from redline.results import written

    if output.exists():
        raise InputError(f"{output}: is there already; name another file, or remove it")
    if output.suffix.lower() != ".csv":
        raise InputError(f"{output}: a table of events ends in .csv")
    mapped = read_acled(path)
    for told, rows in (("not mapped: ", mapped.left_out), ("", mapped.open)):
        reasons = grouped(rows)
        for reason, lines in list(reasons.items())[:MOST_PROBLEMS]:
            tell(placed(path, lines, told + reason))
        if len(reasons) > MOST_PROBLEMS:
            more = f"{len(reasons) - MOST_PROBLEMS:,} reasons more; --json lists all"
            tell(f"{path}: {told}{more}")
    if not mapped.rows:
        raise InputError(f"{path}: no row of {len(mapped.left_out):,} can be mapped")
    with placing(output), written(output) as temporary:
        temporary.write_text(mapped.text(), "utf-8")
        table = _read_back(temporary, output)
    summary = table.summary().removeprefix(f"{table.path}: ")
    tell(f"{output}: {summary}")
    if as_json:
        from redline.support import JSON_FORMAT

        report = {
            "format": JSON_FORMAT,
            "written": [{"line": line, **cells} for line, cells in mapped.rows],
            "left_out": [one._asdict() for one in mapped.left_out],
            "open": [one._asdict() for one in mapped.open],
        }
        print_json(report)


def _read_back(temporary: Path, output: Path) -> "EventTable":
    """Return a table as its readers will have it; the message names the file to be."""
    from redline.evidence import read_table

    try:
        return read_table(temporary)
    except InputError as error:
        raise InputError(
            [one.replace(str(temporary), str(output)) for one in error.problems]
        ) from None


def _print_record() -> None:
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.evidence import coded_events, counts
    from redline.figures import (
        ANSWERS,
        MEANS,
        MEANS_WORDS,
        monthly_data,
        timeline_data,
        timeline_finding,
    )
    from redline.theory import Actor

    data = timeline_data()
    months = monthly_data(data)
    out = console()
    out.print(Text(timeline_finding(data), style="bold"))
    table = Table()
    table.add_column("month", no_wrap=True)
    for rung in MEANS:
        table.add_column(MEANS_WORDS[rung], justify="right")
    table.add_column("deaths", justify="right")
    table.add_column("answers")
    moves = coded_events()
    for row, month in enumerate(months["month"]):
        here = [move for move in moves if f"{move.event.date:%Y-%m}" == month[:7]]
        answers = [
            f"{move.event.date.day}: {rung.name.lower()}"
            for move in here
            if move.actor is Actor.UNITED_STATES
            for rung in ANSWERS
            if rung == move.rung
        ]
        killed = sum(move.killed for move in here)
        cells = [str(months[rung.name.lower()][row] or "") for rung in MEANS]
        table.add_row(month[:7], *cells, str(killed or ""), Text(", ".join(answers)))
    out.print(table)
    for count in counts():
        out.print(
            f"Record {count.name}, {count.first} to {count.last}: {count.attacks} attacks, "
            f"{count.strikes} answered by force ({count.status}; {count.scope})"
        )
    out.print("The list is incomplete. Sources and policy dates: redline record --json")


@click.command()
@scenario_argument
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 100_000),
    default=4000,
    show_default=True,
    help="Number of replicates.",
)
@seed_option
@set_option
@json_option()
@figure_option("a strip for each fact")
def validate(
    scenario: str,
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Set the stylised facts F1 to F12 of a scenario beside the record.

    In: the record lies among the middle 95 % of replicates. Facts to which the defaults were
    fitted are marked: they are no evidence for the model. Misses are shown as misses.
    """
    from redline.evidence import validate as validated
    from redline.evidence import validation_json

    check_figure(output)
    chosen = read_scenario(scenario, values, (), None)
    facts = validated(chosen, replicates, seed, notice=tell)
    if output:
        from redline.figures import draw_validation

        write_drawn(draw_validation(facts, chosen.name, replicates, seed), output)
    if as_json:
        print_json(validation_json(chosen, facts, replicates, seed))
        return
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.evidence import outside_view
    from redline.figures import facts_data, facts_finding

    table = Table()
    for heading in ("fact", "statistic", "recorded", "simulated", "middle 95 %", "%ile", "verdict"):
        table.add_column(Text(heading))
    said = ""
    for fact in facts:
        if fact.says != said:
            table.add_row("", Text(fact.says, style="bold"))
            said = fact.says
        q = fact.quantiles
        verdict = fact.verdict if fact.verdict != "–" else ""
        if fact.holds is not None:
            verdict += f"{'; ' if verdict else ''}{'' if fact.holds else 'not '}{fact.claimed}"
        table.add_row(
            fact.name + (" *" if fact.fitted else ""),
            Text(fact.measure),
            Text(fact.recorded.words),
            _interval(fact.estimate.mean, fact.estimate.low, fact.estimate.high),
            "–" if q is None else f"{q[0]:.3g} to {q[-1]:.3g}",
            "–" if fact.percentile is None else f"{100 * fact.percentile:.0f}",
            Text(verdict),
        )
    out = console()
    out.print(table)
    out.print(Text(facts_finding(facts_data(facts)), style="bold"))
    out.print("* The defaults were fitted to it: no evidence for the model.")
    out.print("Outside view, shares that became war:")
    for row in outside_view():
        out.print(f"  {row['what']}: {row['count']} of {row['of']:,} ({100 * row['share']:.2g} %)")


def _interval(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None:
        return "–"
    return f"{mean:.3g}" if low is None or high is None else f"{mean:.3g} ({low:.3g} to {high:.3g})"


@click.command()
@scenario_argument
@click.option(
    "--particles",
    type=click.IntRange(10, 100_000),
    default=1000,
    show_default=True,
    help="Particles that stand for what the record leaves open.",
)
@click.option("--no-refit", is_flag=True, help="Leave out the refit to the end of 2020.")
@seed_option
@set_option
@json_option()
@figure_option("calibration and skill")
def score(
    scenario: str,
    particles: int,
    no_refit: bool,
    seed: int,
    values: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Score a scenario one week ahead of the record, against two simple forecasters.

    The record is lived by forced moves; scored is how probable the model held what came next,
    attacks and answers apart. The defaults saw the whole record: theirs is an in-sample score.
    """
    from redline.cli.progress import progress_bar
    from redline.evidence import refit_trials, score_json
    from redline.evidence import score as scored

    check_figure(output)
    chosen = read_scenario(scenario, values, (), None)
    if no_refit:
        scores = scored(chosen, particles=particles, seed=seed, refit=False)
    else:
        with progress_bar(refit_trials(), paced=True) as progress:
            scores = scored(chosen, particles=particles, seed=seed, progress=progress)
    if output:
        from redline.figures import draw_score

        write_drawn(draw_score(scores, chosen.name, seed), output)
    if as_json:
        print_json(score_json(chosen, scores, seed))
    else:
        _print_scores(scores, seed)


def _print_scores(scores: "Sequence[Score]", seed: int) -> None:
    """Print a row for each ladder of each score, and what they come to."""
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.figures import skills_data, skills_finding

    table = Table()
    for heading in ("score", "weeks", "log loss: model", "base rate", "logistic"):
        table.add_column(Text(heading))
    for heading in ("log skill against base rate", "of an event or none", "without drone weeks"):
        table.add_column(Text(heading))
    table.add_column(Text("one week of force left out"))
    for one in scores:
        table.add_row(Text(f"{one.name} (saw {one.saw})", style="bold"))
        for name, ladder in one.ladders.items():
            logs = {
                key: float(loss.mean())
                for key, loss in ladder.part(~ladder.impossible).logs.items()
            }
            without = ladder.without_one("base rate") if name == "answers" else None
            count = int(ladder.impossible.sum())
            drones = ladder.without_drones().log_skill("base rate", seed)
            table.add_row(
                f"  {name}",
                f"{len(ladder.weeks)}, {ladder.events()} with",
                f"∞ ({count} held impossible; rest {logs['model']:.3f})"
                if count
                else f"{logs['model']:.3f}",
                *(f"{logs[key]:.3f}" for key in ("base rate", "logistic")),
                _interval(*ladder.log_skill("base rate", seed)),
                _interval(*ladder.binary().log_skill("base rate", seed)),
                _interval(*drones) if name == "attacks" else "–",
                "–" if without is None else "{:.3f} to {:.3f}".format(*without),
            )
    out = console()
    out.print(table)
    out.print(Text(skills_finding(skills_data(scores, seed)), style="bold"))
    out.print(
        "Above 0 is better than the base rate, which is told nothing of what is to come; 95 % "
        "intervals from blocks of eight weeks. An interval that holds 0 tells nothing, and a "
        "handful of weeks of force little more."
    )
    fitted = scores[-1].fitted
    if fitted:
        found = ", ".join(f"{name} {value:.3g}" for name, value in fitted.items())
        out.print(f"Refitted to the end of 2020: {found}")


@click.command()
@scenario_argument
@click.option(
    "--lambda",
    "precisions",
    type=click.FloatRange(0, 1e6),
    multiple=True,
    metavar="λ",
    help="Precision of both sides; may be repeated. By default eleven, from 0 to 100.",
)
@click.option(
    "--payoffs",
    type=PATH,
    help="Solve the payoffs of a file (TOML or JSON) instead of the scenario's.",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 1_000_000),
    default=1000,
    show_default=True,
    help="Replicates to set beside the game.",
)
@seed_option
@set_option
@json_option()
@figure_option("the tree, and beside it (-shares) outcomes over λ,")
def game(
    scenario: str,
    precisions: tuple[float, ...],
    payoffs: Path | None,
    replicates: int,
    seed: int,
    values: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve the Asymmetric Escalation Game, and set a scenario beside it.

    The tree, every combination of types by backward induction, what changes where provocation
    pays, quantal response over λ, and what the scenario's own terms make of it.
    """
    from redline.evidence import LAMBDAS, game_json, read_payoffs
    from redline.results import REPLICATE_BYTES, check_lives

    check_figure(output)
    chosen = read_scenario(scenario, values, (), None)
    if not all(math.isfinite(precision) for precision in precisions):
        raise InputError("--lambda must be a number from 0 to 1e6")
    given = read_payoffs(payoffs) if payoffs else None
    check_lives([(chosen, replicates)], seed, REPLICATE_BYTES, notice=tell)
    report = game_json(chosen, replicates, seed, precisions or LAMBDAS, given)
    if output:
        _draw_game(report, given[1] if given else None, chosen.iran.rationality, output)
    if as_json:
        print_json(report)
        return
    _print_game(report)


def _draw_game(report: dict[str, Any], given: Any, rationality: float, path: Path) -> None:
    from redline.evidence import Game
    from redline.figures import draw_shares, draw_tree

    games = {
        one["name"]: Game(one["challenger"], one["defender"])
        for one in report["mapping"]
        if one["name"] in ("ordinary", "crossed")
    }
    simulated = {
        kind: {name: row["mean"] for name, row in report["simulation"][kind].items()}
        for kind in games
    }
    shares = path.with_name(f"{path.stem}-shares{path.suffix}")
    if given is not None:
        write_drawn(draw_tree(given, "Payoffs given"), path)
        panels: dict[str, Any] = {"payoffs given": (given, None)}
        write_drawn(draw_shares(panels, "Payoffs given", rationality, "its colour."), shares)
        return
    name = report["scenario"]
    write_drawn(draw_tree(games["ordinary"], f"{name}, an ordinary week"), path)
    panels = {kind: (one, simulated[kind]) for kind, one in games.items()}
    told = "the share that the simulation has of weeks of the same kind."
    write_drawn(draw_shares(panels, name, rationality, told), shares)


def _print_game(report: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console
    from redline.evidence import MEANINGS, OUTCOMES, SHARES, order_of

    out = console()
    for outcome, meaning in MEANINGS.items():
        out.print(f"{outcome}  {meaning}")
    table = Table(title="Backward induction, by type", title_justify="left")
    for heading in ("challenger", "tactically", "strategically", "outcome", "if provocation pays"):
        table.add_column(heading)
    for cell in report["cells"]:
        flips = cell["outcome"] != cell["outcome_if_provocation_pays"]
        table.add_row(*(value or "–" for value in cell.values()), style="bold" if flips else None)
    out.print(table)
    shares = Table(title="Quantal response: probability over λ", title_justify="left")
    for heading in ("λ", *OUTCOMES):
        shares.add_column(heading, justify="right")
    for row in report["qre"]:
        shares.add_row(f"{row['lambda']:g}", *(f"{row[o]:.3f}" for o in OUTCOMES))
    out.print(shares)
    for one in report["mapping"]:
        types = " / ".join(one["types"].values())
        out.print(Text(f"{report['scenario']}, {one['name']} week ({one['about']})", style="bold"))
        out.print(f"  challenger: {order_of(one['challenger'])}")
        out.print(f"  defender:   {order_of(one['defender'])}")
        out.print(f"  types {types}: backward induction gives {one['outcome']}")
        wrong = [pair for pairs in one["not_as_the_textbook"].values() for pair in pairs]
        if wrong:
            out.print(f"  not in the textbook's order: {', '.join(wrong)}")
    beside = Table(title="Shares of weeks in the simulation", title_justify="left")
    for heading in ("weeks", *SHARES):
        beside.add_column(heading, justify="right")
    for kind in ("all", "ordinary", "crossed"):
        means = [report["simulation"][kind][name]["mean"] for name in SHARES]
        beside.add_row(kind, *("–" if m is None else f"{100 * m:.2f} %" for m in means))
    out.print(beside)

"""``redline record``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from redline.cli import options
from redline.cli.options import PATH, check_figure
from redline.cli.printing import print_report, tell, write_drawn
from redline.cli.tables import print_line, print_table
from redline.support import InputError, placing

if TYPE_CHECKING:
    from redline.evidence import EventTable


@click.command()
@click.argument("export", required=False, type=PATH, metavar="[FILE]")
@click.option(
    "--from",
    "kind",
    type=click.Choice(["acled"]),
    help="Make a table of events, OUTPUT, from FILE, an export of ACLED.",
)
@options.as_json()
@options.output(
    metavar="FILE",
    help="Draw the timeline into a file: .png, .svg or .pdf. With --from, the table to write.",
)
def record(export: Path | None, kind: str | None, output: Path | None, as_json: bool) -> None:
    """Print the record, 6 May 2019 to 27 June 2021: what happened, as the model's moves.

    With --json, every event with its source, and the published counts.

    With --from acled FILE -o events.csv, an export of ACLED as a table for calibrate --events:
    what can be mapped is written, what cannot is listed with its line and the reason.
    """
    from redline.evidence import counts, events

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
        published = [
            {**c._asdict(), "first": c.first.isoformat(), "last": c.last.isoformat()}
            for c in counts()
        ]
        print_report({"events": [_event_json(event) for event in events()], "counts": published})
    else:
        _print()


def _event_json(event: Any) -> dict[str, Any]:
    """Return an event of the record, and the move of the model that it is, for JSON."""
    from redline.evidence import code
    from redline.theory import rung_names

    move = code(event) if event.is_scored else None
    return {
        **event._asdict(),
        "date": event.date.isoformat(),
        "scored": move is not None,
        "actor": move.actor.name.lower() if move else None,
        "rung": rung_names(move.actor)[move.rung] if move else None,
        "site": move.site if move else None,
        "week": event.week if move else None,
    }


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
        report = {
            "written": [{"line": line, **cells} for line, cells in mapped.rows],
            "left_out": [one._asdict() for one in mapped.left_out],
            "open": [one._asdict() for one in mapped.open],
        }
        print_report(report)


def _read_back(temporary: Path, output: Path) -> "EventTable":
    """Return a table as its readers will have it; the message names the file to be."""
    from redline.evidence import read_table

    try:
        return read_table(temporary)
    except InputError as error:
        raise InputError(
            [one.replace(str(temporary), str(output)) for one in error.problems]
        ) from None


def _print() -> None:
    """Print the record month by month, and what was published of it."""
    from redline.evidence import counts
    from redline.figures import MEANS, MEANS_WORDS, monthly_data, timeline_data, timeline_finding

    data = timeline_data()
    months = monthly_data(data)
    rows = []
    for row, month in enumerate(months["month"]):
        means = [str(months[rung.name.lower()][row] or "") for rung in MEANS]
        rows.append([month[:7], *means, *_deaths_and_answers(month[:7])])
    words = [MEANS_WORDS[rung] for rung in MEANS]
    print_line(timeline_finding(data), bold=True)
    print_table(("month", *words, "deaths", "answers"), rows, align=f"l{'r' * len(words)}rl")
    for count in counts():
        print_line(
            f"Record {count.name}, {count.first} to {count.last}: {count.attacks} attacks, "
            f"{count.strikes} answered by force ({count.status}; {count.scope})"
        )
    print_line("The list is incomplete. Sources and policy dates: redline record --json")


def _deaths_and_answers(month: str) -> tuple[str, str]:
    """Return how many were killed in a month such as 2019-06, and what was answered when."""
    from redline.evidence import coded_events
    from redline.figures import ANSWERS
    from redline.theory import Actor

    moves = [move for move in coded_events() if f"{move.event.date:%Y-%m}" == month]
    answers = [
        f"{move.event.date.day}: {rung.name.lower()}"
        for move in moves
        if move.actor is Actor.UNITED_STATES
        for rung in ANSWERS
        if rung == move.rung
    ]
    return str(sum(move.killed for move in moves) or ""), ", ".join(answers)

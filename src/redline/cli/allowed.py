"""``redline calibrate`` and ``forecast``."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from redline.cli.evidence import json_option, scenario_argument, set_option, write_drawn
from redline.cli.options import read_scenario, seed_option
from redline.cli.space import executor_options
from redline.errors import InputError


def bank_options(points: int, kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of a command that makes a bank in a folder of a kind."""
    added = (
        click.option(
            "-n",
            "--points",
            type=click.IntRange(200, 10_000_000),
            default=points,
            show_default=True,
            help="Histories in the bank, each at a point of its own.",
        ),
        seed_option,
        set_option,
        executor_options,
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help=f"Folder; by default results/SCENARIO-{kind}. What it holds is not done again.",
        ),
        json_option,
    )

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(added):
            function = option(function)
        return function

    return add


@contextmanager
def going_on(folder: Path, points: int) -> Iterator[Callable[[int], None] | None]:
    """Show how far a bank is; say what is wrong with its folder, or how to go on."""
    from redline.bank import CHUNK
    from redline.cli.progress import progress_bar

    try:
        with progress_bar(-(-points // CHUNK)) as progress:
            yield progress
    except OSError as error:
        raise InputError(f"{error.filename or folder}: {error.strerror}") from None
    except KeyboardInterrupt:
        click.echo(f"redline: what is done is in {folder}; give the command again", err=True)
        raise


def _write_report(path: Path, report: dict[str, Any]) -> None:
    from redline.store import written

    with written(path) as temporary:
        text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", "utf-8")


@click.command()
@scenario_argument
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the record to use.  [default: all of it, to 2021-06-27]",
)
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table of dated events, in the format of the record's, in place of them.",
)
@click.option(
    "--cases",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="Records to draw from the prior, to see how honest the posterior is.",
)
@bank_options(100_000, "calibration")
def calibrate(
    scenario: str,
    points: int,
    until: Any,
    events: Path | None,
    cases: int,
    seed: int,
    values: tuple[str, ...],
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find which parameters the record allows, without a likelihood (ABC).

    Histories at points all over the plausible ranges are compared with a few statistics of
    the record. Rationalities are not calibrated: they share their scale with the utilities.
    """
    from redline import record
    from redline.addresses import parse_assignment
    from redline.bank import calibrated
    from redline.calibration import calibrate as calibrated_by
    from redline.executors import check_executor
    from redline.exploration import draw_calibration
    from redline.record import read_events

    check_executor(executor, address)
    for text in values:
        name = parse_assignment(text)[0]
        if name in calibrated():
            raise InputError(f"--set {name}: is calibrated, not set")
    last = until.date() if until else record.END
    if not record.START <= last <= record.END:
        raise InputError(f"--until must be in {record.START} … {record.END}, not {last}")
    chosen = read_scenario(scenario, values, (), None)
    folder = output or Path("results") / f"{chosen.name}-calibration"
    with going_on(folder, points) as progress:
        found = calibrated_by(
            folder,
            chosen,
            points,
            seed,
            last,
            events=read_events(events) if events else None,
            cases=cases,
            executor=executor,
            workers=workers,
            address=address,
            progress=progress,
        )
        report = found.to_dict()
        _write_report(folder / "calibration.json", report)
    drawn = draw_calibration(found)
    write_drawn(drawn, folder / "calibration.png")
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))
        return
    _print_calibration(report, drawn.title, folder)


MOST_PARAMETERS = 15


def _print_calibration(report: dict[str, Any], title: str, folder: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from redline.cli.tables import console

    out = console()
    out.print(Text(title, style="bold"))
    table = Table()
    for heading in ("parameter", "prior", "posterior: 5 %", "median", "95 %", "narrower by"):
        table.add_column(heading, justify="left" if heading == "parameter" else "right")
    for row in report["parameters"][:MOST_PARAMETERS]:
        table.add_row(
            Text(row["address"]),
            "{:.3g} – {:.3g}".format(*row["prior"]),
            *(f"{row[name]:.3g}" for name in ("q05", "q50", "q95")),
            f"{100 * row['narrower']:.0f} %",
        )
    out.print(table)
    checks = Table(title="Histories at the posterior, beside the record", title_justify="left")
    for heading in ("fact", "statistic", "recorded", "middle 95 %", "verdict"):
        checks.add_column(heading)
    for fact in report["facts"]:
        told = fact["simulated"]
        middle = "–" if told["q025"] is None else f"{told['q025']:.3g} – {told['q975']:.3g}"
        words = Text(fact["record"]["words"])
        checks.add_row(fact["fact"], Text(fact["measure"]), words, middle, fact["verdict"])
    out.print(checks)
    for row in report["war"]:
        share, low, high = (100 * row[name] for name in ("share", "low", "high"))
        out.print(
            f"Lived again, war within {row['weeks']} weeks: {share:.1f} % ({low:.1f} to {high:.1f})"
        )
    for row in report["outside_view"]:
        out.print(f"  {row['what']}: {100 * row['share']:.2g} %")
    coverage = report["coverage"]
    if coverage:
        for row in coverage["levels"]:
            out.print(
                f"Of {coverage['cases']:,} records drawn from the prior, intervals of "
                f"{100 * row['level']:.0f} % held {100 * row['covered']:.1f} % of the truths "
                f"({row['worst']}: {100 * row['worst_covered']:.0f} %)"
            )
    out.print(f"Draws, report and figure are in {folder}")


@click.command()
@scenario_argument
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2020-12-31",
    show_default=True,
    help="The last day of the past.",
)
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), help="The last day to forecast.")
@click.option(
    "--drivers",
    metavar="SCENARIO",
    help="A scenario whose timeline is known for the time that is forecast.",
)
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What came: a table of events in the format of the record, complete.",
)
@bank_options(50_000, "forecast")
def forecast(
    scenario: str,
    until: Any,
    to: Any,
    drivers: str | None,
    events: Path | None,
    points: int,
    seed: int,
    values: tuple[str, ...],
    executor: str,
    workers: int | None,
    address: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Calibrate on the past alone, and score the forecast on what came next.

    Timeline entries after --until are dropped, and priors are wide: neither knows the future.
    Beside the model stands a negative binomial that knows the counts of the same past.
    """
    from redline.executors import check_executor
    from redline.forecast import forecast as forecasted
    from redline.record import read_events

    check_executor(executor, address)
    came = read_events(events) if events else None
    known = read_scenario(drivers, (), (), None) if drivers else None
    chosen = read_scenario(scenario, values, (), None)
    folder = output or Path("results") / f"{chosen.name}-forecast"
    with going_on(folder, points) as progress:
        found = forecasted(
            folder,
            chosen,
            until.date(),
            points,
            seed,
            drivers=known,
            events=came,
            to=to.date() if to else None,
            executor=executor,
            workers=workers,
            address=address,
            progress=progress,
        )
        report = found.to_dict()
        _write_report(folder / "forecast.json", report)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))
        return
    _print_forecast(report)


def _print_forecast(report: dict[str, Any]) -> None:
    from rich.table import Table

    from redline.cli.tables import console

    table = Table()
    for heading in ("what", "weeks", "came", "by", "median", "50 %", "90 %", "log score"):
        table.add_column(heading)
    for one in report["forecasts"]:
        for place, who in enumerate(("model", "baseline")):
            told = one[who]
            spans = [
                f"{row['low']:.0f} – {row['high']:.0f}{'' if row['inside'] else ' (missed)'}"
                for row in told["intervals"]
            ]
            first = [one["quantity"], "{} – {}".format(*one["weeks"]), str(one["happened"])]
            table.add_row(
                *(first if place == 0 else [""] * 3),
                who,
                f"{told['median']:.0f}",
                *spans,
                f"{told['log']:.2f}" + (f" ± {told['log_error']:.2f}" if place == 0 else ""),
            )
    out = console()
    out.print(table)
    out.print(
        f"Calibrated on the record to {report['until']}; war by {report['to']} in "
        f"{100 * report['war_by_then']:.1f} % of histories. A lower log score is better; one "
        "window is one forecast."
    )

"""How do I ask? Parse, call one function, print.

A command's module is imported when the command is used, so that ``redline --help`` is
instant. Exit codes: 0 done; 1 ran, but something did not hold or could not be finished; 2 bad
input, or a place that cannot be written; 130 interrupted.
"""

import ast
import importlib
import os
import re
import select
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.shell_completion import CompletionItem

from redline.cli import commands
from redline.cli.commands import COMMANDS
from redline.support import ESCAPES, InputError, RedlineError, nearest, printable, system_problem

COMPLETING = "_REDLINE_COMPLETE"
"""The variable by which the shell asks what could stand where the cursor is."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports only the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands, and options, that begin so, without importing any."""
        found = [
            CompletionItem(name, help=about)
            for name, about in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant; name the nearest one where there is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(printable(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their help without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from redline.support import versions

        found = versions()
        rest = ", ".join(f"{name} {number}" for name, number in found.items() if name != "redline")
        click.echo(f"redline {found['redline']} ({rest})")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "show_default": True,
    },
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version, and those of the libraries on which results depend.",
)
def cli() -> None:
    """Simulate escalation between the United States and Iran-backed militias in Iraq.

    Why has the confrontation stayed at provocation, and what would tip it into war?
    Start with: redline run standoff_2019_2021
    """


def _reader_gone() -> int:
    """Keep Python from complaining, while it shuts down, that nobody reads; return 0."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return 0


def _nobody_reads() -> bool:
    """Return whether the output is a pipe whose reader has gone."""
    poll = select.poll()
    try:
        poll.register(sys.__stdout__.fileno(), select.POLLOUT)  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return False  # closed, or no stream of the system's
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _tame_streams() -> None:
    """Give every stream somewhere to write to, and a way to write any character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ESCAPES)


def _gone_on(found: re.Match[str]) -> str:
    """Return the command that goes on with a folder that is named as text of Python."""
    return f"redline sensitivity --resume {shlex.quote(ast.literal_eval(found[1]))}"


IN_OPTIONS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (
        r"^stored results have their own replicates and seed: leave these arguments out$",
        "-n and --seed apply only to scenarios; stored results have their own",
    ),
    (
        r"^seed, values, forbid and weeks apply only to a scenario simulated now; "
        r"stored results have their own$",
        "--seed, --set, --forbid and --weeks apply only to a scenario simulated now, not to "
        "stored results",
    ),
    (r"(?<= with )(resume|force)=True(?=$|\. They differ:$|, (or|which) | first$)", r"--\1"),
    (r"(?<=finish it first, )with redline\.sweep\(to=.*\)$", "with --resume"),
    (
        r"(?<=; to read an ACLED export: )redline\.import_acled\(FILE, 'events\.csv'\)$",
        "redline record --from acled FILE -o events.csv",
    ),
    (r"(?<![^ ])until=(?=\d{4}-\d\d-\d\d must leave )", "--until "),
    (r"(?<![^ ])end=(?=\d{4}-\d\d-\d\d: the record ends)", "--to "),
    (r"^(measure|by|twin|point|replicate|week)=(?=: not for | is for the results of )", r"--\1"),
    (r"^by=: two (?=for a phase)", "--by: twice "),
    (r"(?<=^--by: twice for a phase, )one(?= for a curve or arms$)", "once"),
    (r"(?<= at a )point=(?=, only for )", "--point"),
    (r"(?<= with )twin=(?=, only for )", "--twin"),
    (r"^until(?= must be in \d{4}-\d\d-\d\d … \d{4}-\d\d-\d\d, not )", "--until"),
    (r"(?<=^published counts are )those of counts=(?=: )", "those of --counts"),
    (r"(?<=^published counts are the shipped ones; )counts=(?= gives others: )", "--counts"),
    (r"(?<=much of the narrowing may be chance; )points=(?=[\d,]+ or more )", "-n "),
    (r"(?<= reasons more; )to_dict\(\)(?= lists all$)", "--json"),
    (r"^precisions must be numbers(?= from 0 to 1e6$)", "--lambda must be a number"),
    (r"(?<=: some points failed: to retry them: )redline\.sensitivity\(to=(.*)\)$", _gone_on),
    (r"(?<=; give )events=\[…\]$", "--events FILE"),
    (r"(?<=two addresses: )by=\(ADDRESS, ADDRESS\)$", "--by ADDRESS --by ADDRESS"),
    (r"(?<= with )over=\{ADDRESS: VALUES\}$", "--over ADDRESS=VALUES"),
    (
        r"(?<=a design of its own: )sensitivity\(SCENARIO\)$",
        "redline sensitivity SCENARIO, or redline sweep --design saltelli",
    ),
)
"""The words of Python's interface in messages of the package, and this interface's for them.

Each only within the sentence of ours that it is said in: what a user named so stays as it is.
"""


def in_options(text: str) -> str:
    """Return a message with the options of commands in place of Python's arguments."""
    for argument, option in IN_OPTIONS:
        text = re.sub(argument, option, text)
    return text


UNLESS_SET = {
    # On matrices as small as ours the threads of OpenBLAS only wait for each other.
    "OPENBLAS_NUM_THREADS": "1",
    # No command needs another's plugins for the check of a scenario, for which it would look here.
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""Settings of libraries while a command runs, and of the processes that it starts."""


@contextmanager
def _settings() -> Iterator[None]:
    mine = {name: value for name, value in UNLESS_SET.items() if name not in os.environ}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)


@_settings()
def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; turn every foreseen error into a message and an exit code."""
    _tame_streams()
    if COMPLETING in os.environ:
        from redline.cli.completion import register

        register()
    try:
        status = cli.main(arguments, prog_name="redline", standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        for problem in error.problems:
            click.echo(f"redline: {in_options(problem)}", err=True)
        status = 2
    except click.ClickException as error:
        error.show()
        status = 2
    except SystemExit as leaving:
        # rich, which says why, and click, which does not, leave with 1 where the reader has gone.
        gone = isinstance(leaving.__context__, BrokenPipeError) or _nobody_reads()
        status = _reader_gone() if leaving.code == 1 and gone else leaving.code
    except (click.Abort, KeyboardInterrupt):
        click.echo("redline: interrupted", err=True)
        status = 130
    except BrokenPipeError:
        status = _reader_gone()
    except OSError as error:
        click.echo(f"redline: {printable(system_problem(error))}", err=True)
        status = 2
    except RedlineError as error:
        click.echo(f"redline: {error}", err=True)
        status = 1
    except MemoryError:
        click.echo("redline: not enough memory for this", err=True)
        status = 1
    sys.exit(status if isinstance(status, int) else 0)

"""What the shell completes: names of scenarios, experiments, measures, figures, addresses.

Each function is the ``shell_complete`` of an argument or an option. They are called between
two key strokes, so they import nothing heavy that they can do without, and say nothing where
something is wrong: that is for the command to say.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from redline.support import built_in

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
LARGEST_MANIFEST = 1 << 20
NO_SPACE = """\
        elif [[ $type == 'plain' ]]; then
            [[ $value == *= ]] && compopt -o nospace
"""
"""What the script for bash does more than click's: a value follows an equals sign at once."""


class _Bash(BashComplete):
    """Click's completion for bash, which puts no space behind ``address=``."""

    source_template = BashComplete.source_template.replace(
        "        elif [[ $type == 'plain' ]]; then\n", NO_SPACE
    )


def register() -> None:
    """Let the script for bash be ours."""
    add_completion_class(_Bash)


def _offering(
    names: Callable[[click.Context], Iterable[str] | Mapping[str, str]], files: bool = False
) -> Completer:
    """Return what completes names, which may have a line about each; with `files`, paths too."""

    @wraps(names)
    def complete(
        ctx: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            found = names(ctx)
        except Exception:  # whatever is wrong, a traceback between two key strokes helps nobody
            found = ()
        about = found if isinstance(found, Mapping) else dict.fromkeys(found, "")
        items = [
            CompletionItem(name, help=" ".join(words.split()) or None)
            for name, words in about.items()
            if name.startswith(incomplete)
        ]
        # First, as bash forgets the names before it; paths are the shell's own business.
        return [CompletionItem(incomplete, type="file"), *items] if files else items

    return complete


def _scenarios(_: click.Context) -> list[str]:
    return list(built_in())


def _experiments(_: click.Context) -> list[str]:
    names = list(built_in("experiments"))
    return [*names, *(name.split("_")[0].upper() for name in names)]


def _addresses(ctx: click.Context) -> dict[str, str]:
    """Return the addresses of the scenario on the command line, with their meanings.

    Those of single factions are left out: no shell likes the quotes in them.
    """
    from redline.case import addresses_of

    document = _document(ctx)
    found = addresses_of(document)
    return {address: note.meaning for address, note in found.items() if '"' not in address}


def _document(ctx: click.Context) -> Mapping[str, Any]:
    """Return the document of the scenario on the command line; of the baseline, failing that."""
    from redline.case import load_scenario
    from redline.support import InputError

    for source in _sources(ctx):
        try:
            return load_scenario(source).document
        except (InputError, OSError):
            continue
    return load_scenario("baseline").document


def _sources(ctx: click.Context) -> Iterator[str]:
    """Yield what may be scenarios or folders among what was typed so far.

    Behind an option that waits for its value, click leaves the arguments where they are.
    """
    yield from ctx.args
    for name in ("scenario", "scenarios", "first", "targets", "folder"):
        given = ctx.params.get(name)
        yield from map(str, given if isinstance(given, tuple) else [given] if given else [])


def _assignments(ctx: click.Context) -> dict[str, str]:
    return {f"{address}=": meaning for address, meaning in _addresses(ctx).items()}


def _groups(ctx: click.Context) -> list[str]:
    found = list(_addresses(ctx))
    return [*dict.fromkeys(address.split(".")[0] for address in found), *found]


def _swept(ctx: click.Context) -> list[str]:
    """Return the addresses that the sweeps in the folders on the command line sweep."""
    found: list[str] = []
    for source in _sources(ctx):
        manifest = Path(source) / "manifest.json"
        if manifest.is_file() and manifest.stat().st_size <= LARGEST_MANIFEST:
            found += map(str, json.loads(manifest.read_text("utf-8")).get("addresses") or [])
    return found


def _measures(_: click.Context) -> tuple[str, ...]:
    from redline.results import measure_names

    return measure_names()


def _figures(_: click.Context) -> dict[str, str]:
    from redline.figures import KINDS

    return {**KINDS.about, "all": "every kind that can be drawn", "list": "list the kinds"}


def _options_of_actors(_: click.Context) -> list[str]:
    from redline.theory import Actor, rung_names

    return [f"{actor.name.lower()}.{rung}" for actor in Actor for rung in rung_names(actor)]


def _actors(ctx: click.Context) -> list[str]:
    """Return the actors; of the militias those that bash takes for one word."""
    names = [faction["name"] for faction in _document(ctx)["militias"]["faction"]]
    return ["united_states", "iran", "militias", *(name for name in names if name.isalnum())]


scenario_names = _offering(_scenarios, files=True)
base_names = _offering(_scenarios)
experiment_names = _offering(_experiments, files=True)
address_names = _offering(_addresses)
assignments = _offering(_assignments)
address_groups = _offering(_groups)
swept_addresses = _offering(_swept)
measure_names = _offering(_measures)
figure_kinds = _offering(_figures)
bans = _offering(_options_of_actors)
actor_names = _offering(_actors)

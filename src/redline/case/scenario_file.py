"""Scenario files: TOML in, frozen `Scenario` out, every problem of a file in one message.

A file is checked by itself before it is merged into what it extends, so that a message names
the file that is wrong. Nothing in a file is ever executed.
"""

import itertools
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from redline.case.addresses import Document
from redline.case.building import build, completed, merge, settled
from redline.case.case import Scenario
from redline.case.checks import DATED, blamed_on, first_of, outside, own_problems
from redline.case.sweep_table import draws_of_csv, read_draws, read_sweep, sweep_of_csv
from redline.case.tables import problems
from redline.support import (
    LARGEST_SETTINGS,
    InputError,
    at_home,
    built_in,
    check_file,
    described,
    nearest,
    printable,
    read_text,
    shown,
    system_problem,
)

DEEPEST_CHAIN = 32
DEEPEST_KEY = 64
"""Parts of a dotted key; the reader's memory grows with the square of them."""
_TOKEN = re.compile(r"\.|[^\s.=\[\]{},#]+|[ \t]+|(?P<end>.)")


def load_scenario(source: str | Path | Scenario) -> Scenario:
    """Return a scenario by built-in name or by path of a TOML file.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    if isinstance(source, Scenario):
        return source
    if not isinstance(source, str | Path):
        raise InputError(
            "a scenario is a built-in name, the path of a file, or a Scenario, not "
            f"{described(source)}"
        )
    path = locate(source)
    merged, replaced = _read_chain(path, ())
    document, notices = settled(merged)
    with blamed_on(path):
        return build(document, _name(path), [*replaced, *notices], path.parent)


def _name(path: Path) -> str:
    """Return the name of a scenario by its file's, as terminals, figures and files can have it."""
    name = printable(path.stem) or "unnamed"
    try:
        os.fsencode(name)
    except UnicodeEncodeError:  # where the locale is ASCII
        return name.encode("ascii", "backslashreplace").decode()
    return name


def locate(source: str | Path) -> Path:
    """Return the path of a built-in scenario or a file.

    Raises
    ------
    InputError
        Where there is neither.
    """
    text = str(source)
    looks_like_path = isinstance(source, Path) or text.endswith(".toml") or "/" in text
    if not looks_like_path and text in built_in():
        return built_in()[text]
    path = at_home(text)
    try:
        if path.is_dir():
            raise InputError(f"{text}: is a directory, not a scenario file")
        if path.is_file():
            return path
        check_file(path)
    except (OSError, ValueError) as error:
        raise InputError(system_problem(error, text)) from None
    if looks_like_path:
        raise InputError(f"{text}: no such file")
    beside = f" (there is a file {text}.toml)" if path.with_suffix(".toml").is_file() else ""
    raise InputError(f"{text}: no scenario of that name{beside or nearest(text, built_in())}")


def parse(path: Path) -> Document:
    """Return the TOML of a file as it stands.

    Raises
    ------
    InputError
        If it cannot be read, is not UTF-8 or not TOML.
    """
    check_file(path, LARGEST_SETTINGS)
    text = read_text(path)
    if _too_deep(text):
        raise InputError(f"{path}: cannot be read as TOML: a key has more than {DEEPEST_KEY} parts")
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: cannot be read as TOML: nested too deeply") from None


def _too_deep(text: str) -> bool:
    """Return whether a line has a chain of more than `DEEPEST_KEY` words joined by dots."""
    for line in text.splitlines():
        if line.count(".") < DEEPEST_KEY:
            continue
        dots = 0
        for token in _TOKEN.finditer(line):
            if token[0] == ".":
                dots += 1
            elif token.lastgroup == "end":
                dots = 0
            if dots >= DEEPEST_KEY:
                return True
    return False


def _read_chain(path: Path, seen: tuple[Path, ...]) -> tuple[Document, list[str]]:
    """Return the document of a file merged into all that it extends, and notices of that."""
    try:
        where = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # the latter for links in a circle, until 3.13
        raise InputError(system_problem(error, path)) from None
    if where in seen:
        chain = " → ".join(p.name for p in (*seen[seen.index(where) :], where))
        raise InputError(f"{path}: extends: circular ({chain})")
    if len(seen) >= DEEPEST_CHAIN:
        raise InputError(f"{path}: extends: more than {DEEPEST_CHAIN} files deep")
    document = parse(path)
    if {"claim", "arms", "test"} <= set(document):
        raise InputError(f"{path}: is an experiment file: run it with redline experiment")
    found = first_of(itertools.chain(problems(document), own_problems(document)))
    parent: Document = {}
    notices: list[str] = []
    extended = document.pop("extends", None)
    if isinstance(extended, str) and extended:
        try:
            source = _extended(path, extended)
        except InputError as error:
            found += error.problems
        else:
            parent, notices = _read_chain(source, (*seen, where))
    found += first_of(outside(document, parent))
    for reader in (read_sweep, read_draws):
        found += _table_problems(reader, document, parent, path.parent)
    if found:
        with blamed_on(path):
            raise InputError(found)
    if document.get("sweep", {}).get("csv"):
        # Read here, beside the file that names it, and not beside one that extends it.
        document["sweep"] = sweep_of_csv(document["sweep"]["csv"], path.parent)
    if document.get("draw", {}).get("csv"):
        document["draw"] = draws_of_csv(document["draw"]["csv"], path.parent)
    if path not in built_in().values():
        notices += _replaced(document, parent, str(extended))
    return merge(parent, document), notices


def _replaced(document: Document, parent: Document, name: str) -> Iterator[str]:
    """Yield a notice for each list of entries that takes the place of an inherited one."""
    for key in DATED:
        if key in document and parent.get(key):
            yield (
                f"its {key} replaces the whole {key} of {printable(name)} "
                f"({len(parent[key])} entries)"
            )


def _extended(path: Path, name: str) -> Path:
    """Return the file that another extends: a built-in, or one in its folder or below."""
    if name in built_in() and built_in()[name].resolve() != path.resolve():
        return built_in()[name]
    folder = path.resolve().parent
    candidate = folder / (name if name.endswith(".toml") else f"{name}.toml")
    try:
        inside = candidate.resolve().is_relative_to(folder)
        there = candidate.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"extends: {system_problem(error, shown(name))}") from None
    if not inside:
        raise InputError(f"extends: {name} is outside the file's own folder")
    if not there:
        raise InputError(f"extends: no scenario {printable(name)[:80]}{nearest(name, built_in())}")
    return candidate


def _table_problems(
    reader: Callable[[Mapping[str, Any], Path | None], tuple[Any, list[str]]],
    document: Document,
    parent: Mapping[str, Any],
    folder: Path,
) -> Iterator[str]:
    """Yield what is wrong with a file's sweep or draw, whatever else is wrong with the file."""
    name = "sweep" if reader is read_sweep else "draw"
    value = document.get(name)
    if not isinstance(value, dict) or any(True for _ in problems({name: value})):
        return
    sound = {key: value for key, value in document.items() if not any(problems({key: value}))}
    yield from reader(completed(merge(parent, sound)), folder)[1]

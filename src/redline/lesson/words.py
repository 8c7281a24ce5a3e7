"""Every word of the lesson in one dictionary, which a translation may replace.

``words.toml`` has the sentences; rungs, acts, terms and places are those in which results are
told everywhere (`redline.theory.words`), meanings those of `redline.theory.parameters`.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redline.case import Scenario, addresses_of, parse
from redline.support import InputError, nearest
from redline.theory import (
    ACTORS,
    ANSWERED,
    ORDERED,
    ORDERED_BEYOND,
    PROVOCATION_WORDS,
    PROVOCATIONS_BEYOND,
    PROVOKED,
    RESPONSE_WORDS,
    SITE_WORDS,
    TERMS,
    Actor,
    rung_names,
)

Words = dict[str, Any]

SENTENCES = Path(__file__).with_name("words.toml")
_FIELD = re.compile(r"\{(\w+)\}")
RETIRED = ("no_commit",)
"""Words that translations of earlier editions have, and that nothing says any more."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def english(scenario: Scenario) -> Words:
    """Return all words of a lesson about a scenario, in English."""
    return {
        **tomllib.loads(SENTENCES.read_text("utf-8")),
        "actors": list(ACTORS.values()),
        "provocations": list(rung_names(Actor.MILITIAS)),
        "responses": list(rung_names(Actor.UNITED_STATES)),
        "provocation_options": list(PROVOCATION_WORDS.values()),
        "response_options": list(RESPONSE_WORDS.values()),
        "ordered": list(ORDERED.values()),
        "provocation_options_beyond": list(PROVOCATIONS_BEYOND.values()),
        "ordered_beyond": list(ORDERED_BEYOND.values()),
        "provoked": list(PROVOKED.values()),
        "answered": list(ANSWERED.values()),
        "sites": list(SITE_WORDS.values()),
        "terms": dict(TERMS),
        "parameters": {
            address: note.meaning for address, note in addresses_of(scenario.document).items()
        },
    }


def translated(scenario: Scenario, path: Path) -> tuple[Words, int]:
    """Return the words of a lesson with those of a file put in, and how many it leaves out.

    Raises
    ------
    InputError
        Naming every key that there is none of, text that is no text, and fields in braces
        that are missing or unknown.
    """
    base, given = english(scenario), parse(path)
    problems = list(_problems(base, given, ""))
    if not _LANGUAGE.fullmatch(str(given.get("language", "en"))):
        problems.append("language: must be a language tag such as de or pt-BR")
    if problems:
        raise InputError(f"{path}: {problem}" for problem in problems)
    return _merged(base, given), _missing(base, given)


def _problems(base: Mapping[str, Any], given: Mapping[str, Any], where: str) -> Iterator[str]:
    for key, value in given.items():
        name = f"{where}{key}"
        if name in RETIRED:
            continue
        if key not in base:
            yield f"{name}: unknown key{nearest(key, base)}"
        elif isinstance(base[key], dict):
            if isinstance(value, dict):
                yield from _problems(base[key], value, f"{name}.")
            else:
                yield f"{name}: must be a table"
        elif isinstance(base[key], list):
            if not isinstance(value, list) or len(value) != len(base[key]):
                yield f"{name}: must be a list of {len(base[key])} texts"
            else:
                for number, pair in enumerate(zip(base[key], value, strict=True)):
                    yield from _text_problems(*pair, f"{name}[{number}]")
        else:
            yield from _text_problems(base[key], value, name)


def _text_problems(base: str, value: object, name: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{name}: must be text"
        return
    wanted, found = set(_FIELD.findall(base)), set(_FIELD.findall(value))
    for field in sorted(found - wanted):
        yield f"{name}: unknown field {{{field}}}{nearest(field, wanted)}"
    for field in sorted(wanted - found):
        yield f"{name}: {{{field}}} is missing"


def _merged(base: Mapping[str, Any], given: Mapping[str, Any]) -> Words:
    return {
        key: _merged(value, given.get(key, {}))
        if isinstance(value, dict)
        else given.get(key, value)
        for key, value in base.items()
    }


def _missing(base: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    return sum(
        _missing(value, given.get(key, {})) if isinstance(value, dict) else key not in given
        for key, value in base.items()
    )


def template(scenario: Scenario) -> str:
    """Return all words of a lesson as TOML, to be translated."""
    head = [line for line in SENTENCES.read_text("utf-8").splitlines() if line.startswith("#")]
    return "\n".join([*head, "", *_toml(english(scenario), [])]) + "\n"


def _toml(table: Mapping[str, Any], path: list[str]) -> Iterator[str]:
    """Yield the lines of a table of texts, lists of texts and tables."""
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{_quoted(key)} = {_quoted(value) if isinstance(value, str) else _list(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            inner = [*path, _quoted(key)]
            yield ""
            yield f"[{'.'.join(inner)}]"
            yield from _toml(value, inner)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: list[str]) -> str:
    return "\n".join(["[", *(f"  {_quoted(text)}," for text in texts), "]"])

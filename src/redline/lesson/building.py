"""Building the lesson: a page for a reader's file or notebook, and its words for a translator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from redline.case import Scenario, load_scenario
from redline.lesson.lesson_page import lesson_html, write_lesson
from redline.lesson.telling import GAME, GAME_WEEKS
from redline.lesson.words import Words, english, template, translated
from redline.results import check_range
from redline.support import (
    ESCAPES,
    Blocks,
    InputError,
    at_home,
    check_page,
    described,
    placing,
    whole,
)

LESSON = "standoff_2019_2021"
"""The world that the lesson is about."""


@dataclass(frozen=True, repr=False)
class Page:
    """The lesson: one HTML file that needs nothing else.

    Attributes
    ----------
    html : all of it
    path : where it has been written, if it has
    """

    html: str
    path: Path | None = None

    def __repr__(self) -> str:
        return f"<Page: {self.told}>"

    @property
    def told(self) -> str:
        """How large it is, and where it is."""
        size = f"{len(self.html.encode()) / 1000:,.0f} kB"
        if self.path is None:
            return f"a page of {size}, not written yet"
        return f"{self.path} written ({size}): open it in a browser"

    def blocks(self) -> Blocks:
        """Yield a line that says how large it is, and where it is."""
        yield self.told

    def save(self, path: str | Path) -> "Page":
        """Write it into a file, whole or not at all; return it with that path.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        place = at_home(path)
        check_page(place, "a page")
        with placing(place):
            write_lesson(self.html, place)
        return Page(self.html, place)

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.told)}</p>"


def page(
    scenario: str | Path | Scenario = LESSON,
    to: str | Path | None = None,
    *,
    game: str | Path | Scenario = GAME,
    game_weeks: int = GAME_WEEKS,
    words: str | Path | Words | None = None,
    seed: int = 1,
    notice: Callable[[str], None] | None = None,
) -> Page:
    """Build the classroom lesson on deterrence: one self-contained HTML file.

    Everything is computed in the browser, with the rules of this package.

    Parameters
    ----------
    scenario
        The world of predictions, maps, challenges and the sandbox.
    to
        The file to write, which ends in ``.html``.
    game
        The world whose first `game_weeks` weeks are played.
    words
        A TOML file of translated words (see `page_words`), or all words; what a file leaves
        out is said in English.
    seed
        Of every history, until a student enters another.
    notice
        Called with how many texts stay in English, and with how long it takes, where that
        is long.

    Raises
    ------
    InputError
        For a scenario or words that cannot be read, a scenario that a browser cannot
        simulate, a seed or game that does not fit, or a file that cannot be written.
    """
    chosen = load_scenario(scenario)
    game_weeks = whole("game_weeks", game_weeks)
    if to is not None:
        check_page(at_home(to), "a page")
    said: Words | None
    if isinstance(words, str | Path):
        said, missing = translated(chosen, at_home(words))
        if missing and notice:
            notice(f"{words}: {missing} texts stay in English")
    elif words is None or isinstance(words, Mapping):
        said = None if words is None else dict(words)
    else:
        raise InputError(f"words must be a file or all words by name, not {described(words)}")
    lacking = set(english(chosen)) - set(said) if said else ()
    if lacking:
        raise InputError(f"words: lacks {', '.join(sorted(lacking))}; page_words has all")
    html = lesson_html(
        chosen,
        load_scenario(game),
        seed=check_range(seed, 0, 1)[0],
        game_weeks=game_weeks,
        words=said,
        notice=notice,
    )
    made = Page(html)
    return made if to is None else made.save(to)


def page_words(scenario: str | Path | Scenario = LESSON, to: str | Path | None = None) -> str:
    """Return all words of the lesson as TOML, to be translated; write them, if a file is named.

    Raises
    ------
    InputError
        For a scenario that cannot be read, or a file that is there already, does not end in
        ``.toml``, or cannot be written.
    """
    text = template(load_scenario(scenario))
    if to is not None:
        path = at_home(to)
        if path.suffix != ".toml":
            raise InputError(f"{path}: must end in .toml")
        if path.exists():
            raise InputError(f"{path}: exists already")
        with placing(path):
            path.write_text(text, "utf-8", ESCAPES)
    return text

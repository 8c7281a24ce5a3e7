"""Dated events: a table of them is read row by row, and of each row is said what it counts for.

What a row counts for is decided by its words alone, as they stand: a status that begins with
``confirmed``, an initiator that is ``US`` or holds a militia's word, a type that the coding table
knows. A row that counts for nothing is never passed over in silence.
"""

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from redline.support import InputError, check_file, nearest, printable, read_text, shown

DATA = Path(__file__).with_name("data")
MEANS = ("rocket", "mortar", "drone", "missile")
MILITIA_WORDS = ("unclaimed", "militia", "proxies", "KH", "Saraya", "Revenge")
ARTICLE = "the article's statement"
START = date(2019, 5, 6)
"""The Monday of week 0."""
WEEKS = 112
END = date(2021, 6, 27)
"""The last day that is scored."""

COLUMNS = ("date", "initiator", "target", "type", "us_coalition_killed", "note", "status", "source")
OPTIONAL = (
    "date_precision",
    "n_munitions",
    "us_coalition_wounded",
    "other_killed",
    "other_wounded",
)
"""Columns of the shipped list that a table may lack; of these, the precision is read."""
PRECISIONS = ("day", "month", "week")
STATUSES = ("confirmed", "unverified", ARTICLE)
"""Any that begins with the first counts."""
NO_MOVES = (
    *("arrest", "ballistic missile", "missile/drone", "political", "report"),
    *("shootdown", "thwarted", "truce", "withdrawal"),
)
"""Types of the shipped list that are known, and are no move of the model's."""
FORCE = ("strike", "decapitation")
"""Answers that are counted; a threat or a sanction enters no statistic."""
MOST_KILLED = 1000
YEARS = (1900, 2100)
APART = 3 * 365
"""Days without an event that set a few dates far apart from all others. The shipped list has
1,051 between its first two rows."""
FEW = 20
"""Far dates are a slip where they are at most one in so many, or two."""
MOST_PROBLEMS = 100
MOST_LINES = 8
"""Lines that are named for one reason; the rest is counted."""


class Event(NamedTuple):
    """A dated event of the record."""

    date: date
    initiator: str
    target: str
    type: str
    killed: int
    """Of the coalition."""
    note: str
    status: str
    source: str
    precision: str
    """``day``, ``month``, or ``week`` for a row that is the total of a week."""

    @property
    def week(self) -> int:
        """The week of the record that it falls into, counted from Monday, 6 May 2019."""
        return (self.date - START).days // 7

    @property
    def is_certain(self) -> bool:
        """Whether it is a confirmed single event."""
        return self.precision != "week" and self.status.startswith("confirmed")

    @property
    def is_scored(self) -> bool:
        """Whether it is a confirmed single event of the 112 weeks."""
        return self.is_certain and START <= self.date <= END

    @property
    def is_attack(self) -> bool:
        """Whether it is an attack by militias with rockets, mortars or drones."""
        return self.is_by_militia and any(means in self.type for means in MEANS)

    @property
    def is_by_militia(self) -> bool:
        """Whether its initiator holds a militia's word."""
        return any(word in self.initiator for word in MILITIA_WORDS)

    @property
    def is_american(self) -> bool:
        """Whether its initiator is the United States, alone."""
        return self.initiator == "US"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the record, as text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The coding table


@cache
def _coding_table() -> tuple[tuple[str, str, str, str], ...]:
    """Return the rows of the coding table: field, what it holds, of what it gives which."""
    return tuple(
        (row["field"], row["holds"], *row["gives"].split(":", 1))  # type: ignore[misc]
        for row in rows("coding")
    )


def coded(event: Event, wanted: str) -> str | None:
    """Return what the first row of the coding table that fits says of an event, or None."""
    fields = {"type": event.type, "target": event.target, "place": event.target}
    fields["initiator"] = event.initiator
    for column, holds, about, value in _coding_table():
        if about == wanted and holds in fields[column]:
            return value
    return None


@cache
def type_words(about: str) -> tuple[str, ...]:
    """Return the words of a type that give a ``provocation`` or a ``response``."""
    return tuple(
        holds for column, holds, gives, _ in _coding_table() if gives == about and column == "type"
    )


# What a row counts for


class Judged(NamedTuple):
    """What a row counts for.

    Attributes
    ----------
    counts : ``attack``, ``assault``, ``answer``, or nothing
    fatal : whether it counts as a death
    left_out : why it counts for nothing, where that is as it should be
    faults : what is wrong with its words, and the nearest that would be right
    wrong : the same in a few words, for a summary
    """

    counts: str
    fatal: bool
    left_out: str
    faults: tuple[str, ...]
    wrong: str = ""


def judge(event: Event, first: date = START, last: date = date.max) -> Judged:
    """Return what an event counts for from one day to another, both included."""
    reason = _as_it_should_be(event, first, last)
    if reason:
        return Judged("", False, reason, ())
    provocation = coded(event, "provocation") if event.is_by_militia else None
    answer = coded(event, "response") if event.is_american else None
    counts = (
        "attack" if event.is_attack
        else "assault" if provocation
        else "answer" if answer in FORCE
        else ""
    )  # fmt: skip
    faults = [] if counts and event.is_certain else list(_faults(event))
    wrong = f"{faults[0].partition(' ')[0]} unknown" if faults else ""
    fatal = bool(provocation and event.killed and event.is_certain)
    if event.killed and not fatal and not faults:
        faults.append(f"us_coalition_killed {event.killed} counts only for militias' {_known()}")
        wrong = "deaths of what is no attack"
    counted = counts if event.is_certain else ""
    left_out = "" if counts or faults else "threat or sanction, which no statistic has"
    return Judged(counted, fatal, left_out, tuple(faults), wrong)


def _known() -> str:
    return f"attacks of type {', '.join(type_words('provocation'))}"


def _as_it_should_be(event: Event, first: date, last: date) -> str:
    """Return why a row is left out although nothing is wrong with it, or an empty text."""
    if event.date < first:
        return f"before {first}"
    if event.date > last:
        return f"after {last}"
    if event.precision == "week":
        return "total of a week"
    if event.status in ("unverified", ARTICLE):
        return f"status {event.status}"
    if event.type in NO_MOVES and not event.is_attack:
        return "no move of the model's"
    if event.initiator == "Iran" or event.initiator.startswith("Iran ("):
        return "by Iran itself"
    return ""


@lru_cache(4096)
def _near(word: str, valid: tuple[str, ...]) -> str:
    """Return `nearest`, which takes its time: a table says the same word again and again."""
    return nearest(word, valid)


def _faults(event: Event) -> Iterator[str]:
    """Give every word of a row that keeps it from counting, with the nearest that would do."""
    if not event.status.startswith("confirmed"):
        yield f"status {shown(event.status)} does not count{_near(event.status, STATUSES)}"
    answers, attacks = type_words("response"), (*type_words("provocation"), *MEANS)
    if event.is_american:
        if coded(event, "response") is None:
            yield f"type {shown(event.type)} is no answer of US{_near(event.type, answers)}"
        return
    words = attacks
    if not event.is_by_militia:
        words = (*attacks, *answers)
        yield (
            f"initiator {shown(event.initiator)} is not US, and holds no militia's word"
            f"{_near(event.initiator, ('US', *MILITIA_WORDS))}"
        )
    if not any(word in event.type for word in words):
        yield f"type {shown(event.type)} is no attack{_near(event.type, attacks)}"


# A table of events


@dataclass(frozen=True)
class EventTable:
    """The events of a file, with the lines on which they stand.

    Attributes
    ----------
    events : in order of their dates
    lines : of each event, the line of the file
    notes : what is odd about the file and does no harm
    empty : the lines of rows without a word
    """

    path: Path
    events: tuple[Event, ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]
    empty: tuple[int, ...] = ()
    _judged: dict[tuple[date, date], list[tuple[int, Judged]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def judged(self, first: date = START, last: date = date.max) -> list[tuple[int, Judged]]:
        """Return of every line what it counts for, in the order of the file."""
        if (first, last) not in self._judged:
            pairs = zip(self.lines, self.events, strict=True)
            found = sorted((line, judge(event, first, last)) for line, event in pairs)
            self._judged[first, last] = found
        return self._judged[first, last]

    def days(self, first: date = START, last: date = date.max) -> list[date]:
        """Return the days of the events that count, in order."""
        return [one.date for one in self.events if judge(one, first, last).counts]

    def faults(self, first: date = START, last: date = date.max) -> list[str]:
        """Return what is wrong with rows that count for nothing, one sentence per fault.

        At most `MOST_PROBLEMS`, the last of which says that there are more.
        """
        by_fault: dict[str, list[int]] = {}
        for line, row in self.judged(first, last):
            for fault in row.faults:
                by_fault.setdefault(fault, []).append(line)
        return bounded([placed(self.path, lines, told) for told, lines in by_fault.items()])

    def summary(self, first: date = START, last: date = date.max) -> str:
        """Return how many rows count as what, and which are left out why."""
        judged = self.judged(first, last)
        kinds = Counter(row.counts for _, row in judged)
        told = [
            _number(kinds["attack"], "attack"),
            _number(kinds["answer"], "answer"),
            _number(sum(row.fatal for _, row in judged), "death"),
        ]
        if kinds["assault"]:
            told.append(_number(kinds["assault"], "assault"))
        why: dict[str, list[int]] = {}
        for line, row in judged:
            if not row.counts:
                why.setdefault(row.left_out or row.wrong, []).append(line)
        if self.empty:
            why["empty"] = list(self.empty)
        count = sum(map(len, why.values()))
        reasons = "; ".join(f"{_lines(lines)}: {reason}" for reason, lines in why.items())
        rest = f"; {count:,} left out ({reasons})" if why else ""
        rows_ = _number(len(judged) + len(self.empty), "row")
        return f"{self.path}: {rows_}: {', '.join(told)} counted{rest}"

    def check(self, first: date = START, last: date = date.max, wanted: str = "event") -> None:
        """Check that some row counts, as an ``attack`` where that is wanted.

        Raises
        ------
        InputError
            If none does; with what is wrong with every row.
        """
        counts = [row.counts for _, row in self.judged(first, last)]
        if any(one == wanted or (one and wanted == "event") for one in counts):
            return
        span = f"from {first} on" if last == date.max else f"from {first} to {last}"
        problems = self.faults(first, last)
        found = f"{self.path}: no {wanted} counts {span}: {self.summary(first, last)}"
        raise InputError(bounded([*problems, found.replace(f": {self.path}:", ":", 1)]))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _lines(lines: Sequence[int]) -> str:
    """Return lines in words: the first few, and how many more."""
    named = ", ".join(map(str, lines[:MOST_LINES]))
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"line{'s' * (len(lines) != 1)} {named}{more}"


def placed(path: Path, lines: Sequence[int], fault: str) -> str:
    """Return a fault with the first line that has it, and the others."""
    rest = f" (and {_lines(lines[1:])})" if len(lines) > 1 else ""
    return f"{path}, line {lines[0]}: {fault}{rest}"


def bounded(problems: Sequence[str]) -> list[str]:
    """Return as many problems as somebody may read, the last one among them."""
    if len(problems) <= MOST_PROBLEMS:
        return list(problems)
    return [*problems[: MOST_PROBLEMS - 1], f"{problems[-1]}; and there are more"]


def read_table(path: Path) -> EventTable:
    """Return the events of a file in the format of the shipped list.

    Read are the form, the dates and the numbers; what the words count for is for `EventTable`.

    Raises
    ------
    InputError
        For every cell that cannot be read, a heading that is doubled, unknown or lacking, a row
        of another width, a date far from all others.
    """
    header, body = read_cells(path)
    notes = check_header(path, header, COLUMNS, OPTIONAL)
    found, problems, empty = [], [], []
    for line, cells in body:
        if not any(cell.strip() for cell in cells):
            empty.append(line)
            continue
        if len(cells) != len(header):
            problems.append(wrong_width(path, line, cells, header))
            continue
        row = {name: printable(cell).strip() for name, cell in zip(header, cells, strict=True)}
        wrong = [f"{path}, line {line}: {one}" for one in _wrong_cells(row)]
        problems += wrong
        if not wrong:
            found.append((line, _event(row)))
    if not body:
        problems.append(f"{path}: has a header, and no row")
    far, remarks = _far(path, found)
    problems += far
    if problems:
        raise InputError(bounded(problems))
    notes += [*remarks, *_alike(path, found)]
    found.sort(key=lambda pair: pair[1].date)
    events, lines = tuple(one for _, one in found), tuple(line for line, _ in found)
    return EventTable(path, events, lines, tuple(notes), tuple(empty))


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header of a table, and every row that is not blank with its line.

    Raises
    ------
    InputError
        If it cannot be read as text of comma-separated values, or is empty.
    """
    check_file(path)
    try:
        lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
        found, line = [], 1
        for cells in lines:
            if cells:
                found.append((line, cells))
            line = lines.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: {printable(str(error))}") from None
    first = found[0][1] if found else []
    if len(first) == 1 and (";" in first[0] or "\t" in first[0]):
        raise InputError(f"{path}: columns are separated by commas, not by semicolons or tabs")
    header = [printable(name).strip() for name in found[0][1]] if found else []
    return header, found[1:]


def check_header(
    path: Path, header: Sequence[str], columns: Sequence[str], optional: Sequence[str] = ()
) -> list[str]:
    """Check the header of a table; return which columns are not read.

    Raises
    ------
    InputError
        If a column lacks, is there twice, or is named almost like one that would be read.
    """
    if columns == COLUMNS and {"event_date", "sub_event_type"} <= set(map(str.lower, header)):
        raise InputError(
            f"{path}: no column {', '.join(columns)}; an export of ACLED is read by: "
            "redline record --from acled FILE -o events.csv"
        )
    known = (*columns, *optional)
    strange = [name for name in dict.fromkeys(header) if name and name not in known]
    lacking, problems = [], []
    for name in known:
        close = _meant(name, strange) if name not in header else ""
        if name in columns and name not in header:
            lacking.append(f"{name} (there is {shown(close)})" if close else name)
        elif close:
            problems.append(f"{path}: column {shown(close)}; nearest valid name: {name}")
    if lacking:
        problems.insert(0, f"{path}: no column {', '.join(lacking)}")
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    problems += [f"{path}: column {shown(name)} is there twice" for name in twice]
    if problems:
        raise InputError(bounded(problems))
    if not strange:
        return []
    names = ", ".join(map(shown, strange[:10])) + ", …" * (len(strange) > 10)
    return [f"{path}: not read: column{'s' * (len(strange) > 1)} {names}"]


def _meant(name: str, strange: Sequence[str]) -> str:
    """Return the unknown column that is named almost like one that lacks, or nothing."""
    folded = {one.lower(): one for one in strange}
    close = difflib.get_close_matches(name, folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def wrong_width(path: Path, line: int, cells: Sequence[str], header: Sequence[str]) -> str:
    """Return what is wrong with a row that is wider or narrower than the header."""
    hint = ": is a comma not within quotes?" if len(cells) > len(header) else ""
    return f"{path}, line {line}: {len(cells)} cells, where the header has {len(header)}{hint}"


def _wrong_cells(row: dict[str, str]) -> Iterator[str]:
    """Give what cannot be read of a row."""
    day = read_date(row["date"])
    if day is None:
        yield f"date {shown(row['date'])}: a date is YYYY-MM-DD"
    elif not YEARS[0] <= day.year <= YEARS[1]:
        yield f"date {day}: is not in {YEARS[0]} … {YEARS[1]}; is the year right?"
    if read_whole(row["us_coalition_killed"] or "0", MOST_KILLED) is None:
        yield (
            f"us_coalition_killed {shown(row['us_coalition_killed'])}: expected a number of "
            f"killed whole, in 0 … {MOST_KILLED}, or nothing"
        )
    precision = row.get("date_precision") or "day"
    if precision not in PRECISIONS:
        yield f"date_precision {shown(precision)}{nearest(precision, PRECISIONS)}"


def read_date(text: str) -> date | None:
    """Return the day that is written as YYYY-MM-DD, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to a bound, or None; ``2.0`` is whole, as pandas writes it."""
    if not re.fullmatch(r"[0-9]{1,9}(\.0)?", text):
        return None
    number = int(text.removesuffix(".0"))
    return number if number <= most else None


def _event(row: dict[str, str]) -> Event:
    """Return a row of a table of events, whose cells were found right."""
    return Event(
        date.fromisoformat(row["date"]),
        row["initiator"],
        row["target"],
        row["type"],
        int(row["us_coalition_killed"].removesuffix(".0") or 0),
        row["note"],
        row["status"],
        row["source"],
        row.get("date_precision") or "day",
    )


def _alike(path: Path, found: Sequence[tuple[int, Event]]) -> list[str]:
    """Return remarks on events that count and are there more than once, alike in what is read.

    Two alike on a day may be two events, so all of them count.
    """
    lines: dict[Event, list[int]] = {}
    for line, event in found:
        lines.setdefault(event, []).append(line)
    alike = [same for event, same in lines.items() if len(same) > 1 and judge(event).counts]
    if not alike:
        return []
    more = f" and {len(alike) - MOST_LINES:,} more" if len(alike) > MOST_LINES else ""
    return [
        f"{path}: rows that read alike count as an event each: "
        f"{'; '.join(map(_lines, alike[:MOST_LINES]))}{more}; of what is one event, keep one row"
    ]


def _far(path: Path, found: Sequence[tuple[int, Event]]) -> tuple[list[str], list[str]]:
    """Return problems of dates far after all others, and remarks on those far before.

    Dates that `APART` days part from the most are far; few of them are a slip. A late one would
    stretch what is forecast; an early one only is left out.
    """
    groups: list[list[tuple[date, int]]] = []
    for day, line in sorted((event.date, line) for line, event in found):
        if groups and (day - groups[-1][-1][0]).days <= APART:
            groups[-1].append((day, line))
        else:
            groups.append([(day, line)])
    if len(groups) < 2:
        return [], []
    most = max(groups, key=lambda group: (len(group), -abs((group[0][0] - START).days)))
    low, high = most[0][0], most[-1][0]
    problems: list[str] = []
    remarks: list[str] = []
    for group in groups:
        few = len(group) <= max(2, len(found) // FEW)
        for day, line in group if group is not most else ():
            days = (low - day).days if day < low else (day - high).days
            words = f"{days / 365.25:.0f} years {'before' if day < low else 'after'}"
            told = f"{path}, line {line}: date {day} is {words} all others; is the year right?"
            (problems if few and day > high else remarks).append(told)
    return problems, bounded(remarks)

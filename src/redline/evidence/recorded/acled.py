"""An export of ACLED as a table of events: what can be mapped, and why the rest cannot.

Armed Conflict Location & Event Data (acleddata.com) codes who met whom, where, and how many died
of everybody; the model's record asks for militias' rockets, mortars and drones on places of the
United States and its coalition, for the answers, and for the coalition's own dead. Nothing is
guessed: a row that does not say one of these is listed with its line and the reason.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from redline.evidence.recorded.cells import (
    bounded,
    lines_by,
    read_cells,
    read_date,
    read_whole,
    wrong_width,
)
from redline.evidence.recorded.event_table import COLUMNS
from redline.support import InputError, printable, shown

NEEDED = (
    *("event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "actor2"),
    *("country", "location", "notes", "fatalities", "source"),
)
HEADER = ("date", "date_precision", *COLUMNS[1:])
DATES = ("%d %B %Y", "%d %b %Y", "%d-%B-%Y", "%d-%b-%Y")
"""How ACLED has written days, beside 2019-05-01; months are English."""
MOST_FATALITIES = 1_000_000

SHELLING = "shelling/artillery/missile attack"
AIR = "air/drone strike"
MEANS = {
    "rocket": r"\b(rockets?|katyushas?)\b",
    "mortar": r"\bmortars?\b",
    "drone": r"\b(drones?|uavs?)\b",
}
"""Words of the notes; a drone only makes a drone strike of what ACLED calls one."""
AMERICAN = r"united states|\bUSA?\b"
COALITION = rf"{AMERICAN}|coalition|inherent resolve|\bNATO\b"
NAMED_IN_NOTES = r"\b(US|U\.S\.|American|[Cc]oalition)(?=\W)"
NO_MILITIA = r"islamic state|\bISI[SL]\b|daesh|\bPKK\b|kurdistan workers|of (turkey|israel|iran)\b"
AGAINST = r"against (the )?(islamic state|ISI[SL]|daesh)\b"
"""In the coalition's own name."""
KH = r"kat[ai']+?b h[ei]zb[ao]l+ah"
MILITIAS = (
    rf"{KH}|popular mobili[sz]ation|\bPMF\b|hashd|asa'?ib ahl|nujaba|saraya awliya|saraya thawr|"
    r"islamic resistance in iraq|ashab al-?kahf|[uo]sbat al-?th|sa[iy]+[ae]d al-?shuhada|\bbadr\b|"
    r"khorasani|imam ali|qas+im al-?jabbar|revenge of|liwa (khaybar|thar)|"
    r"(pro-iran\w*|iran-backed|shi'?a|shiite) (militia|armed group)"
)
"""Factions that Iran backs, in the spellings of ACLED's actors."""
NOBODY = r"^unidentified (armed group|militia)"
PLACES = {
    "Green Zone": r"green zone|international zone|(us|u\.s\.|american) embassy",
    "Ain al-Asad": r"\ba[iy]n al[- ]?as+ad|\bal[- ]as+ad air",
    "Union III": r"union (iii|3)\b",
    "Camp Victory": r"(camp|base) victory",
    "Balad": r"\bbalad\b",
    "Harir": r"\bharir",
    "Erbil": r"\b(erbil|arbil|irbil)\b",
}
"""Places as the coding table writes them."""
THEIRS = ("Green Zone", "Ain al-Asad", "Union III", "Camp Victory")
"""Of these, where the coalition is; the others are towns, too."""
SOLEIMANI = r"s[ou]leimani|sulaimani"
KILLED_ON = date(2020, 1, 3)


class LeftOut(NamedTuple):
    """A row that was not mapped, or not wholly, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Mapped:
    """What became of an export.

    Attributes
    ----------
    rows : (line of the export, cells in the order of `HEADER`), in order of their dates
    left_out : rows that are not among them
    open : rows that are, with something that the export does not say
    """

    rows: tuple[tuple[int, dict[str, str]], ...]
    left_out: tuple[LeftOut, ...]
    open: tuple[LeftOut, ...]

    def text(self) -> str:
        """Return the table of events."""
        out = io.StringIO()
        lines = csv.DictWriter(out, HEADER, lineterminator="\n")
        lines.writeheader()
        lines.writerows(cells for _, cells in self.rows)
        return out.getvalue()


def read_acled(path: Path) -> Mapped:
    """Return the events of an export of ACLED, mapped to the columns of the shipped list.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column, or a row is wider or narrower than the header.
    """
    header, body = read_cells(path)
    names = [name.lower() for name in header]
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        raise InputError(f"{path}: no column {', '.join(lacking)}, which ACLED's exports have")
    wrong = [wrong_width(path, line, cells, header) for line, cells in body
             if len(cells) != len(header)]  # fmt: skip
    if wrong or not body:
        raise InputError(bounded(wrong) if wrong else f"{path}: has a header but no rows")
    found: list[tuple[int, dict[str, str]]] = []
    left_out, unsaid, seen = [], [], set[str]()
    for line, cells in body:
        row = {
            name: printable(" ".join(cell.split())) for name, cell in zip(names, cells, strict=True)
        }
        name = row["event_id_cnty"]
        if name and name in seen:
            left_out.append(LeftOut(line, f"event {shown(name)} appears twice"))
            continue
        seen.add(name)
        try:
            found.append((line, _mapped(row)))
            unsaid += [LeftOut(line, reason) for reason in _unsaid(row, found[-1][1])]
        except _CannotBeMappedError as error:
            left_out.append(LeftOut(line, str(error)))
    found.sort(key=lambda pair: pair[1]["date"])
    return Mapped(tuple(found), tuple(left_out), tuple(unsaid))


class _CannotBeMappedError(Exception):
    """A row says too little, or of something else."""


def _mapped(row: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a row, in our columns."""
    day = _day(row)
    if row["event_type"].lower() != "explosions/remote violence":
        raise _CannotBeMappedError(f"event_type {shown(row['event_type'])} is no remote attack")
    answer = _says(AMERICAN, row["actor1"])
    what = _answer(row, day) if answer else _attack(row)
    exact = row.get("time_precision", "1") in ("", "1")
    deaths = read_whole(row["fatalities"] or "0", MOST_FATALITIES)
    if deaths is None:
        raise _CannotBeMappedError(f"fatalities {shown(row['fatalities'])}: is no whole number")
    return {
        "date": day.isoformat(),
        "date_precision": "day" if exact else "month",
        **what,
        # Of everybody, so that only none of them is none of the coalition.
        "us_coalition_killed": "0" if row["fatalities"] and not deaths and not answer else "",
        "note": row["notes"],
        "status": "confirmed" if exact else "confirmed, date unverified",
        "source": f"ACLED {row['event_id_cnty']}: {row['source']}",
    }


def _says(words: str, text: str) -> bool:
    """Return whether a text holds words, which are an expression."""
    return bool(re.search(words, text, re.IGNORECASE))


def _day(row: Mapping[str, str]) -> date:
    """Return the day of a row, if it is one and of the row's own year."""
    text = row["event_date"]
    day = read_date(text)
    for form in DATES:
        try:
            day = day or datetime.strptime(text, form).date()
        except ValueError:
            continue
    if day is None:
        raise _CannotBeMappedError(
            f"event_date {shown(text)}: expected a day such as 2019-05-01 or 01 May 2019"
        )
    if row.get("year") and row["year"] != str(day.year):
        raise _CannotBeMappedError(f"event_date {shown(text)}: the year is {shown(row['year'])}")
    if not 1900 <= day.year <= 2100:
        raise _CannotBeMappedError(f"event_date {shown(text)}: is the year right?")
    return day


def _sides(row: Mapping[str, str], side: str) -> str:
    """Return an actor with those at its side."""
    return "; ".join(filter(None, (row[f"actor{side}"], row.get(f"assoc_actor_{side}", ""))))


def _answer(row: Mapping[str, str], day: date) -> dict[str, str]:
    """Return an American strike on a militia as ours."""
    if row["sub_event_type"].lower() not in (AIR, SHELLING):
        raise _CannotBeMappedError(f"sub_event_type {shown(row['sub_event_type'])} is no strike")
    struck = _sides(row, "2")
    near = abs((day - KILLED_ON).days) <= 1
    named = near and _says(SOLEIMANI, f"{struck} {row['notes']}")
    if not named and _holds_another(struck):
        raise _CannotBeMappedError(f"a strike on {shown(struck)}, not on a militia alone")
    if not named and not _says(MILITIAS, struck):
        raise _CannotBeMappedError(f"a strike on {shown(struck)}, no militia that is known here")
    who = "Soleimani, " if named else ""
    return {
        "initiator": "US",
        "target": f"{who}{row['actor2']}, {row['location']}",
        "type": "strike",
    }


def _holds_another(sides: str) -> bool:
    """Return whether actors hold one who is neither an Iran-backed militia nor the coalition."""
    return _says(NO_MILITIA, re.sub(AGAINST, "", sides, flags=re.IGNORECASE))


def _attack(row: Mapping[str, str]) -> dict[str, str]:
    """Return a militia's attack on a place of the coalition as ours."""
    if row["country"].lower() != "iraq":
        raise _CannotBeMappedError(f"in {shown(row['country'])}; the model is of Iraq")
    initiator, means = _initiator(row), _means(row)
    return {"initiator": initiator, "target": _target(row), "type": means}


def _initiator(row: Mapping[str, str]) -> str:
    """Return who attacked, in words that hold a militia's."""
    who = row["actor1"]
    sides = _sides(row, "1")
    if _holds_another(sides):
        raise _CannotBeMappedError(f"actor1 {shown(who)} is no Iran-backed militia")
    if _says(KH, sides):
        return "KH (ACLED)"
    if _says(NOBODY, who):
        return "unclaimed"
    if _says(MILITIAS, sides):
        return f"militia ({who}, ACLED)"
    raise _CannotBeMappedError(f"actor1 {shown(who)} is no militia that is known here")


def _means(row: Mapping[str, str]) -> str:
    """Return with what was attacked, as far as kind and notes of the row say."""
    kind = row["sub_event_type"].lower()
    if kind == AIR:
        return "drone"  # militias have no other aircraft
    if kind != SHELLING:
        raise _CannotBeMappedError(
            f"sub_event_type {shown(row['sub_event_type'])} is no rocket, mortar or drone"
        )
    found = [name for name in _named(row) if name != "drone"]
    if not found:
        raise _CannotBeMappedError("its notes name no rocket and no mortar")
    return "/".join(found)


def _named(row: Mapping[str, str]) -> list[str]:
    """Return the means that the notes of a row name."""
    return [name for name, words in MEANS.items() if _says(words, row["notes"])]


def _target(row: Mapping[str, str]) -> str:
    """Return where was attacked, in the words of the coding table where it has some."""
    where, whom = row["location"], _sides(row, "2")
    rival = _says(MILITIAS, whom) and not _says(COALITION, whom)
    if rival or _holds_another(whom):
        raise _CannotBeMappedError(f"an attack on {shown(whom)}, not on the coalition alone")
    places = [name for name, words in PLACES.items() if _says(words, where)]
    if not (_is_theirs(row, places) or re.search(NAMED_IN_NOTES, row["notes"])):
        raise _CannotBeMappedError(
            f"neither actor2 {shown(row['actor2'])} nor location {shown(where)} nor its notes "
            "name the coalition"
        )
    known = [name for name in places if name.lower() not in where.lower()]
    return f"{where} ({', '.join(known)})" if known else where


def _is_theirs(row: Mapping[str, str], places: Sequence[str]) -> bool:
    """Return whether actors or place of a row say that the coalition was attacked."""
    return _says(COALITION, _sides(row, "2")) or any(name in THEIRS for name in places)


def _unsaid(row: Mapping[str, str], cells: Mapping[str, str]) -> Iterator[str]:
    """Give what a row that was mapped leaves open."""
    deaths = read_whole(row["fatalities"] or "0", MOST_FATALITIES)
    if cells["initiator"] != "US":
        if not row["fatalities"]:
            yield "fatalities are not given: us_coalition_killed is left empty, and counts as none"
        elif deaths:
            yield (
                f"fatalities {deaths}, but not whose: us_coalition_killed is left empty (counted "
                f"as none); fill it in from the notes"
            )
        if cells["initiator"] == "unclaimed":
            who = shown(row["actor1"])
            yield f"actor1 {who} is written as unclaimed, and counts as a militia"
        others = [name for name in _named(row) if name not in cells["type"]]
        if others:
            yield f"its notes name a {' and a '.join(others)}, too; written as {cells['type']}"
        if not _is_theirs(row, [name for name in THEIRS if name in cells["target"]]):
            yield "the coalition is named in its notes alone; is it what was attacked?"
    if cells["target"].startswith("Soleimani, "):
        yield "is written as the killing of Soleimani, whom it names, on that day"
    if row.get("time_precision", "1") not in ("", "1"):
        yield f"time_precision {shown(row['time_precision'])}: its day is not known"


def lines_by_reason(rows: Sequence[LeftOut]) -> dict[str, list[int]]:
    """Return the lines of every reason."""
    return lines_by(rows)

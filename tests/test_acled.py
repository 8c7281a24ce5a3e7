"""An export of ACLED: what is mapped, and that nothing else passes in silence."""

import csv
import json

import pytest

from redline.evidence.recorded.acled import read_acled
from redline.evidence.recorded.importing import import_acled
from redline.evidence.recorded.published import read_events
from redline.evidence.reference_table import recorded
from redline.support.errors import InputError

US = "Military Forces of the United States (2017-2021)"
USUAL = {
    "event_id_cnty": "IRQ1",
    "event_date": "01 June 2019",
    "year": "2019",
    "time_precision": "1",
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Shelling/artillery/missile attack",
    "actor1": "Kataib Hezbollah",
    "assoc_actor_1": "",
    "actor2": US,
    "assoc_actor_2": "",
    "country": "Iraq",
    "admin1": "Baghdad",
    "location": "Baghdad - Green Zone",
    "notes": "Rockets were fired, no casualties.",
    "fatalities": "0",
    "source": "AFP",
}
STRIKE = {
    "event_date": "2020-03-12",
    "year": "2020",
    "sub_event_type": "Air/drone strike",
    "actor1": US,
    "actor2": "Kataib Hezbollah",
    "location": "Karbala",
    "notes": "Five stores were struck.",
    "fatalities": "6",
}


@pytest.fixture
def export(tmp_path):
    """Write an export of ACLED, a row for each dictionary of what is not usual in it."""

    def write(*changes, header=tuple(USUAL)):
        path = tmp_path / "acled.csv"
        with path.open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(header)
            for number, one in enumerate(changes):
                lines.writerow({**USUAL, "event_id_cnty": f"IRQ{number}", **one}.values())
        return path

    return write


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, {"date": "2019-06-01", "initiator": "KH (ACLED)", "target": "Baghdad - Green Zone",
              "type": "rocket", "us_coalition_killed": "0", "status": "confirmed",
              "date_precision": "day", "source": "ACLED IRQ0: AFP"}),
        ({"event_date": "2019-06-01"}, {"date": "2019-06-01"}),
        ({"event_date": "1-Jun-2019"}, {"date": "2019-06-01"}),
        ({"notes": "Two mortar rounds."}, {"type": "mortar"}),
        ({"notes": "Mortars and Katyushas."}, {"type": "rocket/mortar"}),
        ({"sub_event_type": "Air/drone strike", "notes": "An attack."}, {"type": "drone"}),
        ({"actor1": "Ashab al-Kahf"}, {"initiator": "militia (Ashab al-Kahf, ACLED)"}),
        ({"actor1": "Unidentified Armed Group (Iraq)"}, {"initiator": "unclaimed"}),
        ({"location": "Al Asad Airbase"}, {"target": "Al Asad Airbase (Ain al-Asad)"}),
        ({"location": "Arbil"}, {"target": "Arbil (Erbil)"}),
        ({"time_precision": "2"}, {"date_precision": "month",
                                   "status": "confirmed, date unverified"}),
        ({"fatalities": ""}, {"us_coalition_killed": ""}),
        ({"actor2": "Global Coalition Against Daesh"}, {"type": "rocket"}),
        ({"assoc_actor_2": "Popular Mobilization Forces"}, {"type": "rocket"}),
        (STRIKE, {"initiator": "US", "target": "Kataib Hezbollah, Karbala", "type": "strike",
                  "us_coalition_killed": ""}),
        ({**STRIKE, "event_date": "2020-01-03", "notes": "It killed Qassem Soleimani.",
          "actor2": "Military Forces of Iran (1989-)"},
         {"target": "Soleimani, Military Forces of Iran (1989-), Karbala"}),
    ],
)  # fmt: skip
def test_what_can_be_mapped_is(export, changes, cells):
    mapped = read_acled(export(changes))
    assert not mapped.left_out
    ((line, found),) = mapped.rows
    assert line == 2
    assert {name: found[name] for name in cells} == cells


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_type": "Protests"}, "event_type 'Protests' is no remote attack"),
        ({"sub_event_type": "Remote explosive/landmine/IED"}, "is no rocket, mortar or drone"),
        ({"notes": "An attack."}, "its notes name no rocket and no mortar"),
        ({"notes": "A missile."}, "its notes name no rocket and no mortar"),
        ({"actor1": "Islamic State (Iraq)"}, "'Islamic State (Iraq)' is no Iran-backed militia"),
        ({"actor1": "Military Forces of Turkey (2016-)"}, "is no Iran-backed militia"),
        ({"actor1": "Sunni Arab Tribal Militia (Iraq)"}, "is no militia that is known here"),
        ({"actor2": "Civilians (Iraq)", "location": "Balad"}, "name the coalition"),
        ({"country": "Syria"}, "in 'Syria'; the model is of Iraq"),
        ({"event_date": "0025-06-01"}, "event_date '0025-06-01': the year is '2019'"),
        ({"event_date": "0025-06-01", "year": ""}, "is the year right?"),
        ({"event_date": "06/01/2019"}, "expected a day such as 2019-05-01 or 01 May 2019"),
        ({"fatalities": "-1"}, "fatalities '-1': is no whole number"),
        ({**STRIKE, "actor2": "Islamic State (Iraq)"}, "strike on 'Islamic State (Iraq)', not on"),
        ({**STRIKE, "actor2": "Islamic State (Iraq)",
          "assoc_actor_2": "Popular Mobilization Forces"}, "not on a militia alone"),
        ({**STRIKE, "assoc_actor_2": "PKK: Kurdistan Workers Party"}, "not on a militia alone"),
        ({"actor1": "Popular Mobilization Forces", "actor2": "Islamic State (Iraq)",
          "location": "Balad", "notes": "Rockets of a force that fights beside US-backed units."},
         "an attack on 'Islamic State (Iraq)', not on the coalition alone"),
        ({"actor2": "Military Forces of Turkey (2016-)", "notes": "Rockets; a US base is near."},
         "not on the coalition alone"),
        ({"actor2": "Badr Brigade", "notes": "Rockets on a US-trained faction."},
         "an attack on 'Badr Brigade', not on the coalition alone"),
        ({**STRIKE, "notes": "Soleimani was remembered.", "actor2": "Unidentified"}, "a strike on"),
    ],
)  # fmt: skip
def test_what_cannot_be_mapped_is_listed_with_its_line(export, changes, reason):
    mapped = read_acled(export({}, changes))
    (one,) = mapped.left_out
    assert one.line == 3
    assert reason in one.reason
    assert len(mapped.rows) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fatalities": "3"}, "fatalities 3, but not whose: us_coalition_killed is left"),
        ({"fatalities": ""}, "fatalities are not given"),
        ({"actor1": "Unidentified Armed Group (Iraq)"}, "is written as unclaimed"),
        ({"notes": "Rockets, after a drone was seen."}, "its notes name a drone, too; written as"),
        ({"actor2": "Civilians (Iraq)", "location": "Balad", "notes": "Rockets fell on US troops."},
         "the coalition is named in its notes alone"),
        ({"time_precision": "3"}, "time_precision '3': its day is not known"),
        ({**STRIKE, "event_date": "2020-01-03", "notes": "It killed Soleimani."},
         "is written as the killing of Soleimani"),
    ],
)  # fmt: skip
def test_what_an_export_leaves_open_is_told(export, changes, reason):
    mapped = read_acled(export(changes))
    assert len(mapped.rows) == 1
    (one,) = mapped.open
    assert one.line == 2
    assert reason in one.reason


def test_deaths_of_nobody_known_are_no_deaths_of_the_coalition(export, cli, tmp_path):
    export({"fatalities": "9"}, {"fatalities": "0"})
    assert cli("record", "--from", "acled", "acled.csv", "-o", "events.csv")[0] == 0
    told = {one.name: one.recorded for one in recorded(events=read_events(tmp_path / "events.csv"))}
    assert told["fatal_attacks"] == 0


def test_an_event_of_an_export_by_actors_is_there_once(export):
    mapped = read_acled(export({}, {"event_id_cnty": "IRQ0"}))
    assert [one.reason for one in mapped.left_out] == ["event 'IRQ0' appears twice"]


def test_the_command_writes_what_reads_back(export, cli, tmp_path):
    export({}, {"notes": "Two\nlines of rockets."}, STRIKE, {"event_type": "Protests"}, {
        "actor1": "Islamic State (Iraq)"})  # fmt: skip
    status, out, err = cli("record", "--from", "acled", "acled.csv", "-o", "events.csv", "--json")
    assert status == 0, err
    lines = err.splitlines()
    assert all(line.startswith("redline: ") for line in lines)
    assert lines[0].startswith("redline: acled.csv, line 6: not mapped: event_type 'Protests'")
    assert lines[-1].endswith("events.csv: 3 rows: 2 attacks, 1 answer, 0 deaths counted")
    report = json.loads(out)
    assert [row["line"] for row in report["written"]] == [2, 3, 5]
    assert [row["line"] for row in report["left_out"]] == [6, 7]
    events = read_events(tmp_path / "events.csv")
    assert [event.is_scored for event in events] == [True] * 3
    assert events[1].note == "Two lines of rockets."
    imported = import_acled("acled.csv", tmp_path / "again.csv")
    assert json.loads(imported.to_json()) == report
    frame = imported.to_pandas()
    assert list(frame)[:4] == ["line", "written", "reason", "date"]
    assert list(frame["line"]) == [2, 3, 5, 6, 7]
    assert list(frame["written"]) == [True] * 3 + [False] * 2
    assert frame["reason"][3].startswith("event_type 'Protests'")
    assert "again.csv: 3 rows: 2 attacks" in imported._repr_html_()
    assert repr(imported).endswith("again.csv: 3 written, 2 left out)")
    # What was filled in by hand is not written over.
    status, _, err = cli("record", "--from", "acled", "acled.csv", "-o", "events.csv")
    assert status == 2
    assert "already exists" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("acled.csv",), "redline record --from acled FILE -o events.csv"),
        (("--from", "acled"), "redline record --from acled FILE -o events.csv"),
        (("--from", "acled", "acled.csv"), "redline record --from acled FILE -o events.csv"),
        (("--from", "acled", "acled.csv", "-o", "x.png"), "a table of events ends in .csv"),
        (("--from", "acled", "none.csv", "-o", "x.csv"), "none.csv"),
        (("--from", "gtd", "acled.csv", "-o", "x.csv"), "acled"),
        (("--from", "acled", "acled.csv", "-o", "x.csv"), "none of its 1 rows can be mapped"),
    ],
)
def test_a_wrong_command_is_told(export, cli, tmp_path, arguments, words):
    export({"event_type": "Protests"})
    status, out, err = cli("record", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("a", "b"), "no column event_id_cnty, event_date"),
        (tuple(name for name in USUAL if name != "notes"), "no column notes"),
        ((*USUAL, "tags"), "16 cells, where the header has 17"),
    ],
)
def test_what_is_no_export_is_refused(export, header, words):
    with pytest.raises(InputError, match=words):
        read_acled(export({}, header=header))
    path = export()
    with pytest.raises(InputError, match="has a header but no rows"):
        read_acled(path)


def test_a_table_that_cannot_be_written_says_what_to_do(export, cli, tmp_path):
    export({})
    (tmp_path / "mine").write_text("a file")
    command = ("record", "--from", "acled", "acled.csv", "-o")
    for output, advice in (
        ("mine/too/events.csv", "a file, not a folder"),
        ("mine/events.csv", "File exists; name another place"),
        (f"{'e' * 300}.csv", "shorten the name"),
    ):
        status, out, err = cli(*command, output)
        assert (status, out) == (2, "")
        assert err.startswith(f"redline: {output}: ")
        assert advice in err


def test_reasons_of_a_long_export_are_bounded(export, cli):
    export({}, *({"actor1": f"Group {number}"} for number in range(150)))
    status, _, err = cli("record", "--from", "acled", "acled.csv", "-o", "events.csv")
    assert status == 0
    assert len(err.splitlines()) == 102
    assert "50 reasons more; --json lists all" in err

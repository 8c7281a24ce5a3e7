"""Tables of events from outside: what every row counts for, and what is refused with its line."""

import itertools
import warnings
from datetime import date, timedelta

import numpy as np
import pytest

from redline.evidence.facts.weeks import Weekly
from redline.evidence.recorded import published
from redline.evidence.recorded.event_table import COLUMNS, read_table
from redline.evidence.recorded.events import DATA, END, START, Event, judge
from redline.evidence.recorded.published import read_counts, read_events
from redline.evidence.reference_table import recorded
from redline.support.errors import InputError

HEADER = ",".join(COLUMNS)
SHIPPED = DATA / "events_2018_2021.csv"


def row(**changes):
    """Return the cells of a row that counts as an attack."""
    cells = {
        "date": "2019-09-20",
        "initiator": "militia",
        "target": "Green Zone",
        "type": "rocket",
        "us_coalition_killed": "0",
        "note": "",
        "status": "confirmed",
        "source": "AFP",
    }
    return ",".join({**cells, **changes}.values())


@pytest.fixture
def table(tmp_path):
    """Write a table of events from its lines."""

    def write(*lines, header=HEADER):
        path = tmp_path / "events.csv"
        path.write_text("\n".join((header, *lines)) + "\n", "utf-8")
        return path

    return write


def refused(path, *words, read=read_events):
    """Read a file that is refused; return the problems."""
    with pytest.raises(InputError) as caught:
        read(path)
    text = "\n".join(caught.value.problems)
    for word in words:
        assert word in text
    assert len(caught.value.problems) <= 100
    return caught.value.problems


# What a row counts for


def test_the_shipped_list_is_read_without_a_word():
    table = read_table(SHIPPED)
    assert table.notes == ()
    assert table.faults() == []
    assert "87 rows: 48 attacks, 5 answers, 4 deaths, 1 assault counted; 33 left out (" in (
        table.summary(START, END)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_events(SHIPPED) == published.events()


def test_what_is_counted_is_what_the_statistics_have(table):
    # Of every row that counts, and of none that does not, the statistics change.
    for event in published.events():
        judged = judge(event, START, END)
        assert (judged.counts == "attack") == (event.is_attack and event.is_scored)
    told = {one.name: one.recorded for one in recorded()}
    counts = [judge(event, START, END) for event in published.events()]
    assert sum(one.counts == "answer" for one in counts) == told["strikes"]
    assert sum(one.fatal for one in counts) == told["fatal_attacks"]
    assert sum(one.counts == "assault" for one in counts) == told["assault_weeks"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "Confirmed"}, "status 'Confirmed' does not count; nearest valid name: confirm"),
        ({"status": ""}, "status '' does not count; valid names: confirmed"),
        ({"status": "conf."}, "status 'conf.' does not count"),
        ({"status": "unconfirmed"}, "status 'unconfirmed' does not count"),
        (
            {"initiator": "Kataib Hezbollah"},
            "is neither US nor a militia's name; valid names: KH, Revenge",
        ),
        ({"initiator": "Militia"}, "'Militia' is neither US nor a militia's name; nearest"),
        ({"initiator": "Unclaimed"}, "nearest valid name: unclaimed"),
        ({"initiator": "United States", "type": "strike"}, "'United States' is neither US"),
        ({"initiator": "Iran-backed group"}, "'Iran-backed group' is neither US"),
        ({"initiator": ""}, "initiator '' is neither US"),
        ({"type": "Rocket attack"}, "type 'Rocket attack' is no attack; nearest valid name: rock"),
        ({"type": "UAV"}, "type 'UAV' is no attack"),
        ({"type": "Shelling/artillery/missile attack".replace("missile", "shell")}, "no attack"),
        (
            {"initiator": "US", "type": "Strike"},
            "is no response of the US; nearest valid name: strike",
        ),
        ({"initiator": "US", "type": "rocket"}, "type 'rocket' is no response of the US"),
        ({"initiator": "US", "type": "strike", "us_coalition_killed": "25"}, "killed 25 counts on"),
        ({"type": "missile", "us_coalition_killed": "2"}, "us_coalition_killed 2 counts only for"),
    ],
)
def test_a_row_that_counts_for_nothing_is_told(table, changes, words):
    path = table(row(), row(**changes), row(type="drone"), row(note="again", **changes))
    with pytest.warns(UserWarning, match=r"events\.csv") as told:
        read_events(path)
    (message,) = (str(one.message) for one in told)
    assert "events.csv, line 3: " in message
    assert words in message
    assert message.endswith("(and line 5)")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"date": "2018-05-08"}, "line 3: before 2019-05-06"),
        ({"date": "2021-06-28"}, "line 3: after 2021-06-27"),
        ({"status": "unverified"}, "line 3: status unverified"),
        ({"type": "truce"}, "line 3: no move of the model's"),
        ({"initiator": "Iran", "type": "rocket"}, "line 3: by Iran itself"),
        ({"initiator": "US", "type": "sanction"}, "line 3: threat or sanction"),
    ],
)
def test_what_is_rightly_left_out_is_only_summed_up(table, changes, reason):
    found = read_table(table(row(), row(**changes)))
    assert found.faults(START, END) == []
    assert f"1 left out ({reason}" in found.summary(START, END)


def test_the_summary_counts_and_names_lines(table):
    lines = [
        row(us_coalition_killed="2"),
        row(status="unverified"),
        row(type="drone"),
        row(initiator="US", type="strike"),
        ",,,,,,,",
        row(status="unverified"),
        row(type="protest/storming"),
    ]
    assert (
        read_table(table(*lines))
        .summary(START, END)
        .endswith(
            "7 rows: 2 attacks, 1 answer, 1 death, 1 assault counted; 3 left out "
            "(lines 3, 7: status unverified; line 6: empty)"
        )
    )
    lines = [row(), *(row(date="2018-05-08") for _ in range(11))]
    assert "lines 3, 4, 5, 6, 7, 8, 9, 10 and 3 more: before" in (
        read_table(table(*lines)).summary()
    )


def test_deaths_of_a_row_that_does_not_count_are_none(table):
    found = read_table(table(row(), row(us_coalition_killed="1", status="confrmed")))
    assert "1 attack, 0 answers, 0 deaths counted" in found.summary(START, END)


def test_weeks_totals_are_left_out_and_other_precisions_refused(table):
    header = f"date_precision,{HEADER}"
    path = table(f"day,{row()}", f"week,{row()}", f"month,{row()}", header=header)
    assert "2 attacks, 0 answers, 0 deaths counted; 1 left out (line 3: total of a week)" in (
        read_table(path).summary()
    )
    refused(table(f"Week,{row()}", header=header), "line 2: date_precision 'Week'; nearest valid")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [",,,,,,,"],
        [row(status="Confirmed")] * 3,
        [row(date="2018-05-08"), row(date="2019-05-05")],
        [row(status="unverified"), row(initiator="US", type="sanction")],
        [row(date="2004-04-04")],
    ],
)
def test_a_table_of_which_nothing_counts_is_refused(table, lines):
    refused(table(*lines), "events.csv")


def test_statistics_are_never_of_nothing(table):
    # Whoever made the events, and however: a posterior conditioned on zeros is none.
    attack = published.listed_attacks()[0]
    for given in (
        [],
        [attack._replace(status="Confirmed")],
        [attack._replace(initiator="nobody")],
        [attack._replace(date=date(2024, 1, 1))],
        [event for event in published.events() if event.is_american],
    ):
        with pytest.raises(InputError, match="no attack counts from 2019-05-06 to 2021-06-27"):
            recorded(events=given)
    with pytest.raises(InputError, match="to 2019-12-29"):
        recorded(date(2019, 12, 31), [attack._replace(date=date(2020, 2, 2))])
    assert recorded(events=[attack])


# The form of a table


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (row(note="Rockets, and no dead"), "9 cells, where the header has 8: is a comma not"),
        ("2019-09-20,militia,Green Zone,rocket,0", "5 cells, where the header has 8"),
        (row(date="20/09/2019"), "date '20/09/2019': a date is YYYY-MM-DD"),
        (row(date="20190920"), "a date is YYYY-MM-DD"),
        (row(date="2019-W38-5"), "a date is YYYY-MM-DD"),
        (row(date="2019-09-31"), "a date is YYYY-MM-DD"),
        (row(date="2019-09-20 00:00"), "a date is YYYY-MM-DD"),
        (row(date=""), "a date is YYYY-MM-DD"),
        (row(date="0025-09-20"), "date 0025-09-20: is not in 1900 … 2100; is the year right?"),
        (row(date="2201-09-20"), "date 2201-09-20: is not in 1900 … 2100; is the year right?"),
        (row(us_coalition_killed="-1"), "us_coalition_killed '-1': expected a whole number in 0"),
        (row(us_coalition_killed="1e9"), "us_coalition_killed '1e9'"),
        (row(us_coalition_killed="1000000000"), "us_coalition_killed '1000000000'"),
        (row(us_coalition_killed="two"), "us_coalition_killed 'two'"),
        (row(us_coalition_killed="NaN"), "us_coalition_killed 'NaN'"),
        (row(us_coalition_killed="3.5"), "us_coalition_killed '3.5'"),
        (row(us_coalition_killed="1_0"), "us_coalition_killed '1_0'"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(table, line, words):
    (problem,) = refused(table(row(), row(), line), words)
    assert "events.csv, line 4: " in problem


def test_all_problems_come_at_once_and_not_too_many(table):
    bad = row(date="soon", us_coalition_killed="-1")
    assert len(refused(table(bad, row(), bad))) == 4
    refused(table(*[bad] * 300), "and there are more")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HEADER.replace("initiator", "intiator"), "no column initiator (there is 'intiator')"),
        (HEADER.replace("status", "Status"), "no column status (there is 'Status')"),
        (HEADER.replace("note", "date"), "column 'date' appears twice"),
        (HEADER + ",status", "column 'status' appears twice"),
        (HEADER + ",date_precison", "column 'date_precison'; nearest valid name: date_precision"),
        (HEADER.replace(",", ";"), "columns must be separated by commas"),
        (HEADER.replace(",", "\t"), "columns must be separated by commas"),
        ("event_date,sub_event_type,actor1", "redline.import_acled(FILE, 'events.csv')"),
    ],
)
def test_a_wrong_header_is_refused(table, header, words):
    refused(table(row(), header=header), words)


def test_a_column_that_is_not_read_is_told(table):
    path = table(f"{row()},x", header=f"{HEADER},confidence")
    with pytest.warns(UserWarning, match="not read: column 'confidence'"):
        assert len(read_events(path)) == 1


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([row()] * 3, ": lines 2, 3, 4; of what"),
        ([row(), row(type="drone"), row()], ": lines 2, 4; of what"),
        ([row(initiator="US", type="strike")] * 2, ": lines 2, 3; of what"),
        ([row()] * 9, ": lines 2, 3, 4, 5, 6, 7, 8, 9 and 1 more; of what"),
        ([row()] * 2 + [row(type="drone")] * 2, ": lines 2, 3; lines 4, 5; of what"),
        ([row(note=str(n)) for n in range(9)] * 2, "; lines 9, 18 and 1 more; of what"),
        ([row(), row(note="another")], ""),
        ([row(), row(status="unverified"), row(status="unverified")], ""),
    ],
)
def test_rows_that_are_alike_count_and_are_told(table, lines, told):
    found = read_table(table(*lines))
    assert len(found.notes) == bool(told)
    assert all(told in note for note in found.notes)
    assert len(found.events) == len(lines)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"initiator": "US", "type": "sanction"}, "deaths of what is no attack"),
        ({"initiator": "US", "type": "threat"}, "deaths of what is no attack"),
        ({"type": "Rocket"}, "type unknown"),
        ({"initiator": "Somebody"}, "initiator unknown"),
        ({"status": "sure"}, "status unknown"),
    ],
)
def test_the_summary_says_shortly_what_is_wrong(table, changes, words):
    found = read_table(table(row(**{"us_coalition_killed": "2", **changes})))
    assert found.summary().endswith(f"1 left out (line 2: {words})")


def test_what_programs_add_to_a_table_is_no_fault(table, tmp_path):
    # Spaces, blank lines, a byte order mark, numbers of killed that pandas made floats.
    path = table("", row(us_coalition_killed="2.0", status=" confirmed "), "", header=HEADER)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"initiator", b" initiator "))
    (event,) = read_events(path)
    assert (event.killed, event.status, event.is_scored) == (2, "confirmed", True)


def test_lines_are_those_of_the_file(table):
    path = table(row(note='"two\nlines"'), "", row(status="Confirmed"))
    assert "line 5: status" in read_table(path).faults()[0]


# Dates far from all others


def dated(*days):
    return [row(date=day) for day in days]


YEAR = ("2019-09-20", "2019-12-20", "2020-03-20", "2020-06-20", "2021-05-20")


@pytest.mark.parametrize("slip", ["2091-05-20", "2031-05-20", "2025-05-20", "2099-01-01"])
def test_a_date_far_after_all_others_is_refused(table, slip):
    (problem,) = refused(table(*dated(*YEAR, slip)), f"line 7: date {slip} is")
    assert "years after all others; is the year right?" in problem


@pytest.mark.parametrize("slip", ["2012-05-20", "1921-05-20", "2002-05-20"])
def test_a_date_far_before_all_others_is_told(table, slip):
    with pytest.warns(UserWarning, match=f"line 7: date {slip} is .* years before all others"):
        read_events(table(*dated(*YEAR, slip)))


def test_a_list_of_two_spells_is_no_slip(table):
    later = [str(date(2025, 3, 1) + timedelta(days=30 * k)) for k in range(5)]
    with pytest.warns(UserWarning, match="years after all others") as told:
        assert len(read_events(table(*dated(*YEAR, *later)))) == 10
    assert len(told) == 5


# Published counts of one's own

COUNTS = "record,first,last,attacks,strikes,decapitations,fatal,scope,status,source,relative_error"
FIRST = "X,2019-06-03,2020-03-01,40,2,1,1,own,confirmed,me,0.2"
SECOND = "Y,2021-01-04,2021-05-30,15,1,0,1,own,confirmed,me,.3"


def test_counts_are_read(table):
    found = read_counts(table(SECOND, FIRST, header=COUNTS))
    assert [one.name for one in found] == ["X", "Y"]
    assert (found[0].attacks, found[0].weeks, found[1].relative_error) == (40, (4, 43), 0.3)
    told = {one.name: (one.recorded, one.scope) for one in recorded(counts=found)}
    assert (told["attacks_X"], told["attacks_Y"]) == ((40, 0.2), (15, 0.3))
    assert "attacks_A" not in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (FIRST.replace(",40,", ",-40,"), "attacks '-40': expected a whole number"),
        (FIRST.replace(",40,", ",40.5,"), "attacks '40.5'"),
        (FIRST.replace(",40,", ",NaN,"), "attacks 'NaN'"),
        (FIRST.replace(",40,", ",,"), "attacks ''"),
        (FIRST.replace("0.2", "0"), "relative_error '0': expected a number in (0, 1]"),
        (FIRST.replace("0.2", "1.5"), "relative_error '1.5'"),
        (FIRST.replace("0.2", "nan"), "relative_error 'nan'"),
        (FIRST.replace("0.2", "20%"), "relative_error '20%'"),
        (FIRST.replace("2020-03-01", "2019-06-02"), "first 2019-06-03: is after last 2019-06-02"),
        (FIRST.replace("2019-06-03", "2018-06-03"), "first 2018-06-03: is not in the record's"),
        (FIRST.replace("2020-03-01", "2021-06-28"), "last 2021-06-28: is not in the record's"),
        (FIRST.replace("2019-06-03", "June"), "first 'June': a date is YYYY-MM-DD"),
        (FIRST.replace(",2,1,1,", ",1,2,1,"), "decapitations 2: is more than strikes 1"),
        (FIRST.replace(",2,1,1,", ",2,1,41,"), "fatal 41: is more than attacks 40"),
        (FIRST.replace("X,", ","), "record '': expected a short name"),
        (FIRST + ",0.3", "12 cells, where the header has 11"),
    ],
)
def test_a_wrong_count_is_refused_with_its_line(table, line, words):
    problems = refused(table(SECOND, line, header=COUNTS), words, read=read_counts)
    assert all("line 3: " in problem for problem in problems)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "has a header but no rows"),
        ([FIRST, FIRST.replace("2019-06-03,2020-03-01", "2020-06-01,2020-07-05")], "appears twice"),
        ([FIRST, "Z,2020-03-01,2020-05-01,4,0,0,0,,,,0.1"], "overlaps record X"),
        (["Z,2020-03-01,2020-05-01,4,0,0,0,,,,0.1", FIRST], "overlaps record Z"),
    ],
)
def test_counts_that_cannot_stand_together_are_refused(table, lines, words):
    refused(table(*lines, header=COUNTS), words, read=read_counts)


def test_the_header_of_counts_is_checked(table):
    refused(table(FIRST, header=COUNTS.replace("relative_error", "scope")), "relative_error",
            read=read_counts)  # fmt: skip
    refused(table(FIRST, header=COUNTS.replace("first", "frist")), "there is 'frist'",
            read=read_counts)  # fmt: skip
    refused(table(f"{FIRST},1", header=f"{COUNTS},mine"), "not read: column 'mine'",
            read=read_counts)  # fmt: skip


def test_counts_that_end_after_the_past_are_none_of_it(table):
    found = read_counts(table(SECOND, header=COUNTS))
    with pytest.raises(InputError, match="none of 1 published counts ends by 2020-12-31"):
        recorded(date(2020, 12, 31), counts=found)


def test_every_fault_of_a_row_is_told_however_they_meet():
    # No combination of words passes in silence: it counts, it is rightly left out, or it is told.
    words = itertools.product(
        ("US", "militia", "KH (claim)", "Militia", "Iran", ""),
        ("rocket", "missile", "strike", "Rocket", "sanction", "truce", ""),
        ("confirmed", "Confirmed", "unverified", ""),
        (0, 3),
    )
    for initiator, kind, status, killed in words:
        day = date(2020, 2, 2)
        event = Event(day, initiator, "x", kind, killed, "", status, "", "day")
        judged = judge(event)
        assert judged.counts or judged.left_out or judged.faults, event
        if judged.counts:
            assert event.is_scored
        if killed and not judged.fatal and not judged.left_out:
            assert judged.wrong, event
            assert judged.faults, event
        if judged.wrong.endswith(" unknown"):
            column = judged.wrong.removesuffix(" unknown")
            assert column in ("status", "initiator", "type"), event


def test_months_are_counted_by_their_days(table):
    lines = ["M,2020-02-01,2020-02-29,4,0,0,0,,,,0.1", "N,2020-03-01,2020-03-31,6,0,0,0,,,,0.1"]
    february, march = read_counts(table(*lines, header=COUNTS))
    assert february.weeks[1] - 1 == march.weeks[0] == 42  # of which March has the Sunday
    assert (february.shares[-1], march.shares[0]) == pytest.approx((6 / 7, 1 / 7))
    for count, days in ((february, 29), (march, 31)):
        assert sum(count.shares) * 7 == pytest.approx(days)
        weeks = np.full((1, 112), 7)
        found = Weekly(*[weeks] * len(Weekly._fields))
        assert found.counted(weeks, count) == pytest.approx(days)

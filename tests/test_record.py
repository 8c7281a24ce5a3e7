"""The record's tables: every row has a source, and the counts that the model is held against."""

from redline.evidence.recorded import published


def test_every_row_has_a_source_and_a_known_status():
    known = {"confirmed", "unverified", "confirmed, date unverified", published.ARTICLE}
    for event in published.events():
        assert event.source, event
        assert event.status in known, event.status
    for row in published.rows("attack_counts_2019_2021"):
        assert row["source"]


def test_rows_that_the_article_alone_states_say_so():
    found = [event for event in published.events() if event.status == published.ARTICLE]
    assert len(found) == 4
    assert all(event.source.startswith("article ¶") for event in found)
    assert not any(event.is_attack for event in found)


def test_events_are_in_order_and_of_the_window():
    dates = [event.date for event in published.events()]
    assert dates == sorted(dates)
    inside = published.listed_attacks()
    assert len(inside) == 48
    assert sum(event.killed > 0 for event in inside) == 4


def test_dated_attacks_around_october_2019():
    assert published.counts_around_protests() == (5, 11)


def test_base_rates_are_those_cited():
    levels = {
        (r["era"], r["label"]): float(r["share"]) for r in published.rows("mid_hostility_levels")
    }
    assert levels["1816-2014", "war"] == 0.0435
    assert levels["1990-2014", "war"] == 0.0084
    dyads = {row["dyad"]: row for row in published.rows("mid_dyads")}
    assert (dyads["US-Iran"]["disputes"], dyads["US-Iran"]["max_hostlev_5"]) == ("18", "0")

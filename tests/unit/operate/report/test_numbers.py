"""The numbers of a report, over archives whose answers are known."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from operate.report.numbers import failed_of, share_of
from operate.report.period import Period
from tests.support.operators.written_archive import shown_row
from tests.unit.operate.report.conftest import DAY, UNTIL

if TYPE_CHECKING:
    import pytest

    from tests.unit.operate.report.conftest import Told


def test_a_message_counts_once_by_its_newest_status(told: Told) -> None:
    """Two versions of a message that was retried are no two messages."""
    row = shown_row(1, UNTIL - 2 * DAY, status="RETRY", started=UNTIL - 3 * DAY)
    told.archive.hold(row)
    told.archive.hold({**row, "Status": "COMPLETED", "LogEnd": f"/Date({_millis(1)})/"})
    told.row(1, status="FAILED", times=3)

    found = told.numbers()

    assert found.now == {"FAILED": 3, "COMPLETED": 1}
    assert found.open.messages == 0
    assert (failed_of(found.now), share_of(found.now)) == (3, 75.0)
    assert share_of({}) is None


def test_weeks_are_counted_apart_and_bars_add_up(told: Told) -> None:
    """What ended at the very border belongs to the later week."""
    told.row(7, times=2)
    told.row(7.01, times=3)
    told.row(20, times=4, status="DISCARDED")

    found = told.numbers()

    assert found.now == {"COMPLETED": 2}
    assert found.before == {"COMPLETED": 3}
    assert len(found.volume.starts) == 29
    assert {name: sum(bars) for name, bars in found.volume.by_status.items()} == {
        "COMPLETED": 5,
        "DISCARDED": 4,
    }


def test_a_status_that_nobody_knows_is_shown_as_other(told: Told) -> None:
    """SAP may add one, and it must not break a page."""
    told.row(1, status="SUSPENDED", times=2)

    assert list(told.numbers().volume.by_status) == ["other"]


def test_nothing_is_compared_before_there_is_something_to_compare(told: Told) -> None:
    """In its first week everything is new, which is no news."""
    told.row(2, status="FAILED", error_text="boom")

    found = told.numbers()

    assert not found.comparable
    assert (found.changes, found.new) == ([], 0)


def test_what_is_different_is_found(told: Told) -> None:
    """New errors, silence, slowness, noise; and nothing where nothing changed."""
    told.begin()
    for days in (10, 3):
        told.row(days, artifact="Steady", times=30, started=None)
        told.row(days, artifact="Steady", status="FAILED", error_text="Timeout 17", times=4)
    told.row(10, artifact="Stopped", times=12)
    told.row(10, artifact="Slow", times=25)
    told.row(3, artifact="Slow", times=25, started=UNTIL - 3 * DAY - timedelta(minutes=5))
    told.row(3, artifact="Steady", status="FAILED", error_text="Certificate 5 ended", times=2)

    found = told.numbers()

    assert [(each.kind, each.artifact) for each in found.changes] == [
        ("new error", "Steady"),
        ("silent", "Stopped"),
        ("slower", "Slow"),
    ]
    assert found.changes[0].what == "Certificate 5 ended"
    assert (found.changes[1].before, found.changes[1].now) == (12, 0)
    assert found.new == 1


def test_failures_are_grouped_as_the_mails_group_them(told: Told) -> None:
    """Numbers, ids and times aside; the newest text and message stand for the kind."""
    told.begin()
    told.row(9, status="FAILED", error_text="java.lang.X: Order 17 is locked")
    told.row(1, status="FAILED", error_text="java.lang.X: Order 99 is locked", times=2)
    told.row(2, status="ESCALATED")

    kinds = {kind.error: kind for kind in told.numbers().kinds}

    assert set(kinds) == {"Order 99 is locked", ""}
    locked = kinds["Order 99 is locked"]
    assert (locked.in_week, locked.in_before, locked.in_period) == (2, 1, 3)
    assert locked.first < locked.last
    assert locked.link is not None


def test_texts_that_never_repeat_do_not_grow_without_end(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that puts a poem into each error costs a bounded page and bounded memory."""
    monkeypatch.setattr("operate.report.failures._MOST_KINDS", 3)
    for word in ("ant", "bee", "cat", "dog", "elk"):
        told.row(1, status="FAILED", error_text=f"the {word} was here")

    kinds = told.numbers().kinds

    assert len(kinds) == 4
    assert sum(kind.in_week for kind in kinds) == 5
    assert Counter(kind.error for kind in kinds)["(texts that never repeat)"] == 1


def test_open_messages_are_those_whose_newest_version_is(told: Told) -> None:
    """By artifact, the oldest named; what the tenant has forgotten is dead, not open."""
    told.row(3, artifact="A", status="PROCESSING", started=UNTIL - 5 * DAY)
    told.row(2, artifact="A", status="PROCESSING")
    told.row(1, artifact="B", status="RETRY", created=UNTIL - 40 * DAY, started=UNTIL - 2 * DAY)
    told.archive.hold(shown_row(77, None, artifact="C", status="RETRY", created=UNTIL - 4 * DAY))

    found = told.numbers().open

    assert [(each.artifact, each.messages) for each in found.groups] == [("A", 2), ("C", 1)]
    assert found.groups[0].oldest == UNTIL - 5 * DAY
    assert (found.messages, found.dead) == (3, 1)


def test_months_add_up_and_say_whether_they_are_whole(told: Told) -> None:
    """An indication has to be one of something."""
    told.period = Period(since=UNTIL - 60 * DAY, until=UNTIL)
    told.row(1, Sender="S", Receiver="R", times=5)
    told.row(25, Sender="S", times=2, status="FAILED")

    november, october = told.numbers().months

    assert (november.messages, november.whole) == (5, False)
    assert (october.messages, october.failed, october.whole) == (2, 2, True)
    assert november.rows[0] == ("Order_to_Cash", "S", "R", 5)


def test_delays_leave_out_what_was_there_before_the_first_export(told: Told) -> None:
    """A first run reads a month that ended long ago; nothing of it was late."""
    first_run = UNTIL - 5 * DAY
    told.row(20, times=10, read_at=first_run)
    told.row(4, times=10)
    told.row(3, read_at=UNTIL - 3 * DAY + timedelta(hours=5))

    found = told.numbers()

    longest = [each.longest for each in found.delays if each.longest is not None]
    assert longest == [180.0, 5 * 3_600.0]
    assert (found.completeness.earlier, found.completeness.late) == (10, 1)


def test_a_hole_is_found_where_there_is_usually_something(told: Told) -> None:
    """Every Monday at nine there are orders; this Monday there were none."""
    told.period = Period(since=UNTIL - 28 * DAY, until=UNTIL)
    for day in range(28):
        for hour in (9, 10, 11):
            if day != 6 or hour == 11:
                told.row(day + (12 - hour - 0.5) / 24)

    gaps = told.numbers().completeness.gaps

    assert [(UNTIL - gap.since, gap.length) for gap in gaps] == [
        (6 * DAY + timedelta(hours=3), timedelta(hours=2))
    ]


def test_days_without_a_part_are_named_from_the_first_day_on(told: Told) -> None:
    """Before that day there was no archive."""
    told.row(6)
    told.row(3)
    told.row(0.1)

    found = told.numbers().completeness

    assert found.first_day == "2026-11-16"
    assert found.days_missing == ["2026-11-17", "2026-11-18", "2026-11-20", "2026-11-21"]


def test_an_empty_archive_makes_a_report_too(told: Told) -> None:
    """The first Monday comes before the first message."""
    (told.archive.root / "mpl/v1/tenant=acme").mkdir(parents=True)

    found = told.numbers()

    assert (found.now, found.changes, found.months) == ({}, [], [])
    assert found.completeness.first_day is None
    json.dumps(found.as_json())


def _millis(days_ago: float) -> int:
    return int((UNTIL - days_ago * DAY).timestamp() * 1000)

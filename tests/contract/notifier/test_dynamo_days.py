"""How much there was, in DynamoDB and in memory: one suite, so that the fake cannot drift."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from mpl_export.notifier.dynamo_days import DynamoDayNotices
from mpl_export.notifier.volume import DayNotices, Times, Volume, sum_of
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import MemoryDayNotices

pytestmark = pytest.mark.emulator

DAY = timedelta(days=1)


@pytest.fixture(params=["dynamo", "memory"])
def days(request: pytest.FixtureRequest) -> DayNotices:
    """Days of a tenant of which nothing is known yet."""
    if request.param == "memory":
        return MemoryDayNotices()
    return DynamoDayNotices(request.getfixturevalue("notice_table"))


def test_what_there_was_is_kept_by_part_and_by_day(days: DayNotices) -> None:
    """Each part once, however often it is noted."""
    one = Volume(Counter(FAILED=1), Counter(a=1), {"a": Times(1, 2.5, 2.5)})
    two = Volume(Counter(COMPLETED=7), Counter(), {})
    days.note_volume("2026-11-22T14Z-0000", two, now=NOON)
    days.note_volume("2026-11-22T14Z-0000", one, now=NOON)
    days.note_volume("2026-11-22T14Z-0001", two, now=NOON)
    days.note_volume("2026-11-23T14Z-0000", one, now=NOON)

    found = days.parts_of(NOON.date())

    assert sorted(found, key=lambda each: each.total) == [one, two]
    assert days.parts_of((NOON + 5 * DAY).date()) == []

    days.note_day(NOON.date(), sum_of(found), now=NOON)
    assert days.days([NOON.date(), (NOON + DAY).date()]) == [one.plus(two)]
    assert days.days([]) == []

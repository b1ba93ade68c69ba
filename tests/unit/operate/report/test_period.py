"""What a report is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from operate.report.period import WEEK, Period

UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)


def of(days: float) -> Period:
    """The period of so many days."""
    return Period(since=UNTIL - timedelta(days=days), until=UNTIL)


def test_the_two_weeks_meet_and_end_with_the_period() -> None:
    """Nothing is in both, and nothing between them in neither."""
    period = of(28)

    assert period.week.until == UNTIL
    assert period.week.length == period.before.length == WEEK
    assert period.before.until == period.week.since


def test_the_week_before_is_read_however_short_the_report_is() -> None:
    """Else there is nothing to compare with."""
    assert of(1).read.since == UNTIL - 2 * WEEK
    assert of(28).read.since == UNTIL - 4 * WEEK


@pytest.mark.parametrize(
    ("days", "bucket"), [(1, "hour"), (3, "hour"), (28, "day"), (200, "week"), (1_000, "month")]
)
def test_a_plot_has_as_many_bars_as_a_screen_has_room_for(days: int, bucket: str) -> None:
    """A year of days would be hairlines on a phone."""
    assert of(days).bucket == bucket

"""What is done once a day is done in the morning of who is told."""

from datetime import datetime

import pytest

from mpl_export.notifier.daily import morning
from tests.support.notifier.notifier_harness import Harness


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("UTC", "2026-11-22T05:59:00Z", "2026-11-21"),
        ("UTC", "2026-11-22T06:00:00Z", "2026-11-22"),
        ("UTC", "2026-11-22T23:59:00Z", "2026-11-22"),
        ("Europe/Berlin", "2026-11-22T04:59:00Z", "2026-11-21"),
        ("Europe/Berlin", "2026-11-22T05:00:00Z", "2026-11-22"),
        ("Asia/Tokyo", "2026-11-21T23:59:00Z", "2026-11-21"),
        ("Asia/Tokyo", "2026-11-22T00:00:00Z", "2026-11-22"),
        ("America/New_York", "2026-11-22T00:30:00Z", "2026-11-21"),
        ("America/New_York", "2026-11-22T10:59:00Z", "2026-11-21"),
        ("America/New_York", "2026-11-22T11:00:00Z", "2026-11-22"),
    ],
)
def test_the_morning_is_that_of_the_zone_after_the_utc_day_is_over(
    zone: str, now: str, day: str
) -> None:
    """The day before is whole then, and people are up."""
    settings = Harness(environment={"ALERT_TIME_ZONE": zone}).settings

    assert morning(datetime.fromisoformat(now), settings).isoformat() == day

"""What every digest of a stack says of itself."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from mpl_export.notifier.digest import Origin
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR


def test_times_are_given_in_one_more_zone() -> None:
    """With the date where it differs, and with summer time where it applies."""
    origin = Origin(tenant="acme", bucket="b", zone=ZoneInfo("Europe/Berlin"))

    assert origin.clock(NOON) == "2026-11-22 12:00:00Z (13:00:00 CET)"
    assert origin.clock(NOON + 11 * HOUR) == "2026-11-22 23:00:00Z (2026-11-23 00:00:00 CET)"
    assert origin.clock(NOON - timedelta(days=120)) == "2026-07-25 12:00:00Z (14:00:00 CEST)"

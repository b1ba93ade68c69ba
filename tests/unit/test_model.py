"""Spans and windows: the arithmetic that decides where a log lies in the archive."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.model import WINDOW, Span, window_of
from tests.support import frozen

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

instants = st.timedeltas(timedelta(0), timedelta(days=4)).map(
    lambda since: datetime(2026, 2, 27, tzinfo=UTC) + since
)


@given(instants)
def test_a_window_holds_the_instant_that_names_it(instant: datetime) -> None:
    """Whoever exports a log files it below the same key."""
    window = window_of(instant)

    assert window <= instant < window + WINDOW
    assert window_of(window) == window
    assert (window.minute, window.second, window.microsecond) == (0, 0, 0), frozen.WINDOW


def test_a_window_is_an_hour() -> None:
    """Frozen: with another length the same log would lie below another key, and be stored twice."""
    assert WINDOW.total_seconds() == 3_600, frozen.WINDOW
    assert window_of(NOON) == NOON, frozen.WINDOW
    assert window_of(NOON + WINDOW - timedelta(microseconds=1)) == NOON, frozen.WINDOW
    assert window_of(datetime(1969, 7, 20, 20, 17, tzinfo=UTC)).hour == 20


def test_a_span_in_another_zone_is_refused() -> None:
    """Windows are cut in UTC: a span in local time would be filed hours away."""
    local = timezone(timedelta(hours=1))

    with pytest.raises(ValueError, match="UTC"):
        Span(since=NOON.astimezone(local), until=NOON + WINDOW)
    with pytest.raises(ValueError, match="UTC"):
        Span(since=NOON, until=(NOON + WINDOW).astimezone(local))
    with pytest.raises(ValueError, match="UTC"):
        Span(since=NOON.replace(tzinfo=None), until=(NOON + WINDOW).replace(tzinfo=None))


@pytest.mark.parametrize("length", [timedelta(0), -WINDOW])
def test_a_span_is_not_empty(length: timedelta) -> None:
    """An empty span is a mistake of the caller, not work that is done quickly."""
    with pytest.raises(ValueError, match="not empty"):
        Span(since=NOON, until=NOON + length)


def test_a_span_knows_its_length() -> None:
    """Planning goes by it."""
    assert Span(since=NOON, until=NOON + WINDOW).length == WINDOW

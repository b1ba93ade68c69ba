"""Spans and windows: the arithmetic that decides where a log lies in the archive."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mpl_export.model import WINDOW, Span, window_of, windows_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

instants = st.timedeltas(timedelta(0), timedelta(days=4)).map(
    lambda since: datetime(2026, 2, 27, tzinfo=UTC) + since
)
lengths = st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=2))


@given(instants, lengths)
@example(NOON, WINDOW)
@example(NOON, timedelta(milliseconds=1))
@example(NOON - timedelta(milliseconds=1), timedelta(milliseconds=2))
def test_windows_tile_a_span(since: datetime, length: timedelta) -> None:
    """Together they are the span, and none overlaps another: no log is missed or filed twice."""
    span = Span(since=since, until=since + length)

    windows = list(windows_of(span))

    assert windows[0].since == span.since
    assert windows[-1].until == span.until
    for window, following in pairwise(windows):
        assert window.until == following.since
        assert window.until == window_of(window.until)
    assert all(window_of(window.since) + WINDOW >= window.until for window in windows)


@given(instants)
def test_a_window_holds_the_instant_that_names_it(instant: datetime) -> None:
    """Whoever exports a log files it below the same key."""
    window = window_of(instant)

    assert window <= instant < window + WINDOW
    assert window_of(window) == window
    assert (window.minute % 15, window.second, window.microsecond) == (0, 0, 0)


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

"""Instants and durations as text, and what of them is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mpl_export.instants import (
    EPOCH,
    floor_millisecond,
    instant_or_ago,
    iso_instant,
    iso_millis,
    parse_duration,
    parse_instant,
)
from mpl_export.model import Span, created_at
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, guid_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator


instants = st.datetimes(timezones=st.just(UTC))
milliseconds = instants.map(floor_millisecond)
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(milliseconds)
@example(datetime.min.replace(tzinfo=UTC))
@example(floor_millisecond(datetime.max.replace(tzinfo=UTC)))
def test_what_is_written_is_read_back(instant: datetime) -> None:
    """The position is kept as text: a change on the way there and back would lose rows."""
    assert parse_instant(iso_instant(instant)) == instant


@given(instants, instants)
def test_text_sorts_as_time(one: datetime, other: datetime) -> None:
    """DynamoDB and readers of the archive compare instants as text."""
    one, other = floor_millisecond(one), floor_millisecond(other)

    assert (iso_instant(one) < iso_instant(other)) == (one < other)


def test_an_instant_has_one_spelling() -> None:
    """Digests are taken over this text: it is part of the archive's format."""
    assert iso_instant(NOON.replace(microsecond=123_999)) == "2026-11-22T12:00:00.123Z"
    assert iso_instant(NOON) == "2026-11-22T12:00:00.000Z"
    assert iso_instant(NOON.astimezone(timezone(timedelta(hours=2)))) == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00",
        "2026-11-22T12:00:00",
        "2026-11-22T14:00:00+02:00",
        "2026-11-22 12:00:00.000999",
        "20261122T120000Z",
    ],
)
def test_every_usual_spelling_is_read(text: str) -> None:
    """People write offsets and leave out seconds; without a zone SAP means UTC, and so do we."""
    assert parse_instant(text) == NOON


def test_a_date_is_its_midnight() -> None:
    """``START_FROM=2026-01-01`` is what people write."""
    assert parse_instant("2026-01-01") == datetime(2026, 1, 1, tzinfo=UTC)


@given(st.datetimes(timezones=zones))
def test_what_is_read_is_in_utc_and_whole_milliseconds(instant: datetime) -> None:
    """The tenant's literals carry neither a zone nor anything finer."""
    try:
        read = parse_instant(instant.isoformat())
    except ValueError:
        return  # beyond the years 1 to 9999 once it is in UTC

    assert read.tzinfo is UTC
    assert read.microsecond % 1000 == 0
    assert timedelta(0) <= instant - read < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "yesterday",
        "1763812800",
        "2026-02-30T00:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T12:00:00+99:00",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
        "9999-12-31T24:00:00Z",
        "\ud800",
        "\0",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """A guess at what was meant would export another span than the one asked for."""
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own words
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P30D", timedelta(days=30)),
        ("P2W", timedelta(weeks=2)),
        ("P1W2DT3H4M5S", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("PT6H", timedelta(hours=6)),
        ("PT90M", timedelta(minutes=90)),
        ("PT0S", timedelta(0)),
    ],
)
def test_durations_are_read(text: str, duration: timedelta) -> None:
    """Weeks to seconds, in the order of ISO 8601."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "30D",
        "P1M",
        "P1Y",
        "P-1D",
        "-P1D",
        "P1.5D",
        "PT1H30",
        "p1d",
        "P1D ",
        "P1D\n",
        "PT1S1H",
        "P\u0661D",
        "P999999D",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A month has no fixed length, and P1M is easily written for PT1M."""
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_a_bound_is_an_instant_or_so_long_ago() -> None:
    """One syntax for settings and events."""
    now = NOON.replace(microsecond=654_321)

    assert instant_or_ago("P1D", now) == NOON.replace(microsecond=654_000) - timedelta(days=1)
    assert instant_or_ago("2026-11-22T12:00:00Z", now) == NOON


@pytest.mark.parametrize("text", ["P99999D", "P9999W", "PT999999H2", "P", ""])
def test_a_bound_before_all_time_is_refused(text: str) -> None:
    """A refusal by ValueError becomes a clear message; an OverflowError would be a crash."""
    with pytest.raises(ValueError):  # noqa: PT011 - several reasons
        instant_or_ago(text, datetime(100, 1, 1, tzinfo=UTC))


@given(st.text(max_size=30))
def test_text_of_any_kind_is_read_or_refused(text: str) -> None:
    """Events come from people: nothing but ValueError may come out of what they wrote."""
    for read in (text, f"P{text}", f"2026-11-22T{text}"):
        try:
            assert instant_or_ago(read, NOON).tzinfo is UTC
        except ValueError:
            continue


@given(instants)
def test_a_millisecond_begins_before_what_it_holds(instant: datetime) -> None:
    """Rounding up would claim a millisecond that has not passed yet."""
    floored = floor_millisecond(instant)

    assert floored <= instant < floored + timedelta(milliseconds=1)
    assert floor_millisecond(floored) == floored


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_milliseconds_are_written_as_instants_are(millis: int) -> None:
    """From the first to the last millisecond that an instant can be."""
    assert iso_millis(millis) == iso_instant(EPOCH + timedelta(milliseconds=millis))


@pytest.mark.parametrize("millis", [-62_135_596_800_001, 253_402_300_800_000, 10**18])
def test_milliseconds_of_no_year_are_refused(millis: int) -> None:
    """A year of five digits would break the order of texts."""
    with pytest.raises(OverflowError):
        iso_millis(millis)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that is nine hours ahead."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_an_instant_without_a_zone_is_utc_wherever_it_is_read() -> None:
    """SAP writes none, and whoever backfills from a laptop means the same hours."""
    assert parse_instant("2026-11-22T12:00:00") == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.usefixtures("in_tokyo")
def test_an_instant_is_written_in_utc_wherever_that_is() -> None:
    """Text sorts as time only if all of it is in one zone."""
    assert iso_instant(NOON) == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize("stranger", ["*", "\n", "+", "/"])
def test_an_id_with_a_strange_sign_tells_no_time(stranger: str) -> None:
    """Decoders may skip what is not of the alphabet, and find an instant that nobody wrote."""
    guid = guid_of(1)

    assert created_at(guid) == NOON
    assert created_at(guid[:10] + stranger + guid[10:]) is None


def test_what_cannot_be_read_says_why() -> None:
    """The sentence stands behind "START_FROM: " or "since: " in what the operator reads."""
    with pytest.raises(ValueError, match=r"^out of range$"):
        parse_instant("0001-01-01T00:00:00+14:00")
    with pytest.raises(ValueError, match=r"^out of range$"):
        instant_or_ago("P99999D", datetime(100, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match=r"^not a duration$"):
        parse_duration("P1M")


def test_a_span_that_is_none_says_why() -> None:
    """Such a span is a bug of ours; the sentence is all that its finder has."""
    with pytest.raises(ValueError, match=r"^a span is in UTC$"):
        Span(since=NOON.replace(tzinfo=None), until=NOON)
    with pytest.raises(ValueError, match=r"^a span is not empty$"):
        Span(since=NOON, until=NOON - HOUR)


def test_links_inside_of_an_expanded_entry_are_not_kept() -> None:
    """They name hosts and paths of the protocol, and would outlive both."""
    entry = {"Id": "a", "Log": {"__deferred": {"uri": "https://tenant.example/x"}}}

    kept = log_of(row_of(1, Attachments={"results": [entry]}), NOON)

    assert b'"Attachments":[{"Id":"a"}]' in kept.members

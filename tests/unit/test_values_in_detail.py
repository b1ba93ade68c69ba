"""What values say when they are refused, and that the machine's zone is not theirs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mpl_export.instants import instant_or_ago, iso_instant, parse_duration, parse_instant
from mpl_export.model import Span, created_at
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, guid_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator


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

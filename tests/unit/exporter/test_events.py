"""What the function may be asked, and that anything else is refused in words."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import EventError
from mpl_export.exporter.events import Check, ExportSpan, PlanSpan, Scheduled, Seal, request_of
from mpl_export.exporter.slices import SLICE_ROWS
from mpl_export.model import Span, Walked

NOW = datetime(2026, 11, 22, 12, 0, 0, 123_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
WALKED = {"instant": "2026-11-22T03:00:00.001Z", "offset": 500, "passed": 1}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "schedule"},
        {"source": "schedule", "scheduled": "2026-11-22T12:00:00Z"},
        {"scheduled": "<aws.scheduler.scheduled-time>"},
    ],
)
def test_an_empty_event_and_the_schedules_are_a_scheduled_run(event: dict[str, Any]) -> None:
    """What the schedule says of the time does not matter: a run exports whatever is new."""
    assert request_of(event, NOW) == Scheduled()


def test_the_doctor_is_asked_for_by_name() -> None:
    """Nothing is exported then."""
    assert request_of({"check": True}, NOW) == Check()


def test_sealing_is_asked_for_by_name() -> None:
    """By the schedule of the night."""
    assert request_of({"seal": True}, NOW) == Seal()
    for event in ({"seal": False}, {"seal": 1, "since": "P1D"}, {"seal": True, "check": True}):
        with pytest.raises(EventError, match="seal"):
            request_of(event, NOW)


@pytest.mark.parametrize("event", [{"check": False}, {"check": 1, "since": "P1D"}, {"check": None}])
def test_a_check_that_is_meant_otherwise_is_refused(event: dict[str, Any]) -> None:
    """Neither a scheduled run nor a check can be what was meant."""
    with pytest.raises(EventError, match="doctor"):
        request_of(event, NOW)


def test_a_span_is_a_backfill_unless_it_says_otherwise() -> None:
    """The harmless one: it neither reports late logs nor moves the position."""
    request = request_of({"since": "2026-11-20T00:00:00Z", "until": "2026-11-21"}, NOW)

    assert request == ExportSpan(
        Span(
            since=datetime(2026, 11, 20, tzinfo=UTC),
            until=datetime(2026, 11, 21, tzinfo=UTC),
        ),
        "backfill",
    )


@pytest.mark.parametrize("purpose", ["backfill", "reconcile"])
def test_a_span_may_name_its_purpose(purpose: str) -> None:
    """Both are the same verb; the reconcile is also counted."""
    request = request_of({"since": "PT2H", "until": "PT1H", "purpose": purpose}, NOW)

    assert isinstance(request, ExportSpan)
    assert request.purpose == purpose
    assert request.span == Span(since=NOW - 2 * HOUR, until=NOW - HOUR)


@pytest.mark.parametrize(
    ("asked", "rows"), [({}, SLICE_ROWS), ({"slice_rows": 100}, 100), ({"until": None}, SLICE_ROWS)]
)
def test_a_plan_is_asked_for_by_its_span(asked: dict[str, Any], rows: int) -> None:
    """The state machine hands its input on as it is."""
    request = request_of({"plan": {"since": "PT2H", **asked}}, NOW)

    assert request == PlanSpan(Span(since=NOW - 2 * HOUR, until=NOW), rows)


@pytest.mark.parametrize("walked", [WALKED, None])
def test_a_span_goes_on_inside_a_tie_where_a_report_says(walked: dict[str, Any] | None) -> None:
    """What the report calls walked comes back as it is."""
    request = request_of({"since": "2026-11-22T03:00:00.001Z", "walked": walked}, NOW)

    assert isinstance(request, ExportSpan)
    at = datetime(2026, 11, 22, 3, 0, 0, 1_000, tzinfo=UTC)
    assert request.walked == (Walked(at, 500, 1) if walked else None)


@pytest.mark.parametrize("until", [{}, {"until": None}, {"until": "2027-01-01T00:00:00Z"}])
def test_a_span_ends_now_at_the_latest(until: dict[str, Any]) -> None:
    """What is yet to happen cannot be read, and would be taken for read."""
    request = request_of({"since": "P1D", **until}, NOW)

    assert isinstance(request, ExportSpan)
    assert request.span == Span(since=NOW - 24 * HOUR, until=NOW)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (None, "not a JSON object"),
        ([], "not a JSON object"),
        ("{}", "not a JSON object"),
        (7, "not a JSON object"),
        ({"source": "aws.s3"}, "unknown source"),
        ({"source": None}, "unknown source"),
        ({"Records": []}, "make no sense together"),
        ({"until": "PT1H"}, "make no sense together"),
        ({"plan": {}}, "plan has members"),
        ({"plan": []}, "plan has members"),
        ({"plan": {"since": "P1D", "purpose": "backfill"}}, "plan has members"),
        ({"plan": {"since": "P1D"}, "since": "P1D"}, "make no sense together"),
        ({"plan": {"since": "PT1H", "until": "P1D"}}, "not before"),
        ({"plan": {"since": "P1D", "slice_rows": 99}}, "slice_rows"),
        ({"plan": {"since": "P1D", "slice_rows": 1_000_001}}, "slice_rows"),
        ({"plan": {"since": "P1D", "slice_rows": True}}, "slice_rows"),
        ({"plan": {"since": "P1D", "slice_rows": "1000"}}, "slice_rows"),
        ({"purpose": "backfill"}, "make no sense together"),
        ({"since": "P1D", "source": "schedule"}, "make no sense together"),
        ({"since": "P1D", "tenant": "other"}, "make no sense together"),
        ({"since": "P1D", "purpose": "scheduled"}, "purpose is not known"),
        ({"since": "P1D", "purpose": None}, "purpose is not known"),
        ({"since": "P1D", "purpose": ["reconcile"]}, "purpose is not known"),
        ({"since": None}, "since is neither"),
        ({"since": 1_763_812_800}, "since is neither"),
        ({"since": ""}, "since is neither"),
        ({"since": "P1M"}, "since is neither"),
        ({"since": "yesterday"}, "since is neither"),
        ({"since": "P99999999D"}, "since is neither"),
        ({"since": "P1D", "walked": []}, "walked is not"),
        ({"since": "P1D", "walked": {"instant": "2026-11-22T00:00:00Z"}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "offset": -1}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "offset": True}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "passed": 1.5}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "passed": 10**30}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "instant": "PT1H"}}, "walked is not"),
        ({"since": "P1D", "walked": {**WALKED, "instant": None}}, "walked is not"),
        ({"since": "P1D", "until": "tomorrow"}, "until is neither"),
        ({"since": "P1D", "until": 0}, "until is neither"),
        ({"since": "P1D", "until": ""}, "until is neither"),
        ({"since": "PT1H", "until": "PT1H"}, "not before"),
        ({"since": "PT1H", "until": "P1D"}, "not before"),
        ({"since": "2027-01-01T00:00:00Z"}, "not before"),
        ({"since": "2026-11-22T12:00:00.123Z"}, "not before"),
    ],
)
def test_anything_else_is_refused_in_words(event: object, words: str) -> None:
    """Whoever invokes the function by hand is told what it understands."""
    with pytest.raises(EventError, match=words) as caught:
        request_of(event, NOW)

    assert "reconcile" in str(caught.value)


def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    """Somebody will paste a service key into the wrong window."""
    with pytest.raises(EventError) as caught:
        request_of({"since": "s3cr3t", "clientsecret": "s3cr3t"}, NOW)

    assert "s3cr3t" not in str(caught.value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["P1D", "PT1H", "2026-11-21", "backfill", "9999-12-31T24:00", "schedule"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["since", "until", "purpose", "source", "plan", "walked", "instant"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=8,
)
spans = st.fixed_dictionaries(
    {"since": json_values},
    optional={"until": json_values, "purpose": json_values, "walked": json_values},
)


@given(json_values | spans)
def test_hostile_json_is_understood_or_refused(event: object) -> None:
    """Nothing but our own error comes out, so that the alarm says what is wrong."""
    try:
        request = request_of(event, NOW)
    except EventError:
        return

    if isinstance(request, ExportSpan):
        assert request.span.until <= NOW
        assert math.isfinite(request.span.length.total_seconds())

"""What the function can be asked to do, read from the event it is invoked with."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from mpl_export.errors import EventError
from mpl_export.exporter.backfill_summary import Summary, summary_of
from mpl_export.exporter.slices import SLICE_ROWS
from mpl_export.instants import floor_millisecond, instant_or_ago, parse_instant
from mpl_export.model import Span, Walked

Purpose = Literal["scheduled", "reconcile", "backfill"]
SpanPurpose = Literal["reconcile", "backfill"]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Export what is new since the position."""


@dataclass(frozen=True, slots=True)
class Check:
    """Examine everything that a run needs, and export nothing."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Seal what has arrived since the last seal, and export nothing."""


@dataclass(frozen=True, slots=True)
class ExportSpan:
    """Export a span of one's choice, beside the scheduled runs.

    Attributes:
        walked: How far an earlier run has walked a tie, as its report says; None if it has not.
    """

    span: Span
    purpose: SpanPurpose
    walked: Walked | None = None


@dataclass(frozen=True, slots=True)
class PlanSpan:
    """Say how a span would be backfilled, and write nothing.

    Attributes:
        slice_rows: How many rows one slice may hold.
    """

    span: Span
    slice_rows: int = SLICE_ROWS


_FORMS = (
    'use {} for a scheduled run, {"check": true} for the doctor, {"seal": true} to seal what has '
    'arrived, {"since": ..., "until": ..., "purpose": "backfill" or "reconcile"} for a span, or '
    '{"plan": {"since": ..., "until": ...}} for its slices, each bound an ISO 8601 instant or a '
    "duration before now such as PT6H; to go on, since is the report's reached, and walked its "
    "walked"
)
_OF_A_SPAN = frozenset({"since", "until", "purpose", "walked"})
_OF_A_PLAN = frozenset({"since", "until", "slice_rows"})
_SLICE_ROWS = range(100, 1_000_001)
_OF_A_WALK = frozenset({"instant", "offset", "passed"})
_MOST_OFFSET = 10**12
_OF_THE_SCHEDULE = frozenset({"source", "scheduled"})


type Asked = Scheduled | Check | Seal | ExportSpan | PlanSpan | Summary


def request_of(event: object, now: datetime) -> Asked:
    """Understand an event.

    A scheduled event is empty or says where it comes from; what it says about time is not used,
    because a run exports whatever is new when it runs.

    Raises:
        EventError: Anything else.
    """
    if not isinstance(event, dict):
        raise EventError(f"the event is not a JSON object; {_FORMS}")
    if not event.keys() - _OF_THE_SCHEDULE:
        if event.get("source", "schedule") != "schedule":
            raise EventError(f"the event names an unknown source; {_FORMS}")
        return Scheduled()
    if event.keys() == {"check"} and event["check"] is True:
        return Check()
    if event.keys() == {"plan"}:
        return _plan(event["plan"], now)
    if event.keys() == {"summary"}:
        return summary_of(event["summary"])
    if event.keys() == {"seal"} and event["seal"] is True:
        return Seal()
    unknown = event.keys() - _OF_A_SPAN
    if unknown or "since" not in event:
        raise EventError(f"the event has members that make no sense together; {_FORMS}")
    return ExportSpan(_span(event, now), _purpose(event), _walked(event))


def _plan(plan: object, now: datetime) -> PlanSpan:
    if not isinstance(plan, dict) or plan.keys() - _OF_A_PLAN or "since" not in plan:
        raise EventError(f"the event's plan has members that make no sense together; {_FORMS}")
    rows = plan.get("slice_rows", SLICE_ROWS)
    if type(rows) is not int or rows not in _SLICE_ROWS:
        raise EventError(
            f"the event's slice_rows is no whole number from {_SLICE_ROWS[0]} to "
            f"{_SLICE_ROWS[-1]}; {_FORMS}"
        )
    return PlanSpan(_span(plan, now), rows)


def _purpose(event: Mapping[str, Any]) -> SpanPurpose:
    purpose = event.get("purpose", "backfill")
    for known in get_args(SpanPurpose):
        if purpose == known:
            return known  # type: ignore[no-any-return]
    raise EventError(f"the event's purpose is not known; {_FORMS}")


def _walked(event: Mapping[str, Any]) -> Walked | None:
    """How far a tie was walked, as a report says it."""
    walked = event.get("walked")
    if walked is None:
        return None
    if isinstance(walked, dict) and walked.keys() == _OF_A_WALK:
        instant, offset, passed = walked["instant"], walked["offset"], walked["passed"]
        with suppress(ValueError):
            if _is_count(offset) and _is_count(passed) and isinstance(instant, str):
                return Walked(parse_instant(instant), offset, passed)
    raise EventError(f"the event's walked is not what a report says; {_FORMS}")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST_OFFSET


def _span(event: Mapping[str, Any], now: datetime) -> Span:
    since = _bound(event["since"], "since", now)
    until = _bound(event["until"], "until", now) if event.get("until") is not None else now
    until = min(floor_millisecond(now), floor_millisecond(until))
    if since >= until:
        raise EventError(f"the event's since is not before its until (or now); {_FORMS}")
    return Span(since=since, until=until)


def _bound(value: object, name: str, now: datetime) -> datetime:
    try:
        if isinstance(value, str):
            return instant_or_ago(value, now)
    except ValueError:
        pass
    raise EventError(f"the event's {name} is neither an instant nor a duration; {_FORMS}")

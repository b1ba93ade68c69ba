"""What the notifier can be asked to do, read from the event that it is invoked with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from mpl_export.archive.layout import (
    part_key,
    part_of_key,
    snapshot_key,
    snapshot_of_key,
    window_name,
)
from mpl_export.errors import EventError
from mpl_export.instants import parse_instant

_FORMS = (
    'the queue of the archive\'s "Object Created" events invokes it, and the schedule with '
    '{"flush": true}; see events/ for examples'
)


@dataclass(frozen=True, slots=True)
class Flush:
    """Tell what has waited long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the archive.

    Attributes:
        name: What its key says beside the tenant, such as ``2026-11-22T14Z-0000``.
        window: The start of its window.
        created: When it was written, as S3 says; None if it does not.  The message may have
            waited for days since.
    """

    key: str
    name: str
    window: datetime
    created: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message of the queue.

    Attributes:
        part: The part that was created; None if the message is about something else.
        snapshot: The key of the snapshot that was created; None if it is about something else.
    """

    message_id: str
    part: Part | None
    snapshot: str | None = None


def request_of(event: object, *, tenant: str, bucket: str) -> Flush | Sequence[Delivery]:
    """Understand an event.

    Raises:
        EventError: It is neither a batch of a queue nor a flush.
    """
    if event == {"flush": True}:
        return Flush()
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        raise EventError(f"the event is not for the notifier; {_FORMS}")
    return [_delivery(record, tenant, bucket) for record in records]


def _delivery(record: object, tenant: str, bucket: str) -> Delivery:
    if not isinstance(record, dict) or record.get("eventSource") != "aws:sqs":
        raise EventError(f"the event holds records of something else than a queue; {_FORMS}")
    key, created = _object(str(record.get("body")), bucket)
    minute = snapshot_of_key(key)
    is_ours = minute is not None and key == snapshot_key(tenant, minute)
    return Delivery(
        message_id=record["messageId"],
        part=_part(key, created, tenant),
        snapshot=key if is_ours else None,
    )


def _object(body: str, bucket: str) -> tuple[str, datetime | None]:
    """The object of the bucket that a message tells of, and when it was written.

    An empty key is that of none.

    Source: S3 User Guide, "Using EventBridge": the structure of events; keys are not URL-encoded.
    """
    try:
        event: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", None
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict) or event.get("detail-type") != "Object Created":
        return "", None
    if _member(detail, "bucket", "name") != bucket:
        return "", None
    return _member(detail, "object", "key"), _instant(event.get("time"))


def _part(key: str, created: datetime | None, tenant: str) -> Part | None:
    """The part that a key names."""
    found = part_of_key(key)
    if found is None or key != part_key(tenant, *found):
        return None
    window, number = found
    return Part(
        key=key,
        name=part_name(window, number),
        window=window,
        created=created,
    )


def part_name(window: datetime, number: int) -> str:
    """What tells a part of one tenant from all others, such as ``2026-11-22T14Z-0000``."""
    return f"{window:%Y-%m-%dT}{window_name(window)}-{number:04d}"


def _instant(text: object) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _member(detail: Mapping[str, Any], of: str, name: str) -> str:
    inner = detail.get(of)
    value = inner.get(name) if isinstance(inner, dict) else None
    return value if isinstance(value, str) else ""

"""The event that other systems get for each failed message, in a shape that stays.

The schema is in ``docs/telling.md``, an example in ``events/message-failed.json``.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from mpl_export.instants import iso_instant
from mpl_export.notifier.failures import Failure
from mpl_export.notifier.plain import cut, plain

SOURCE = "mpl-export"
DETAIL_TYPE = "Message Failed"

MOST_ENTRIES = 10
MOST_BYTES = 256 << 10
"""Bounds of a call of PutEvents.  Source: EventBridge API reference, "PutEvents"."""

_ERROR_BYTES = 4_000
_TEXT_BYTES = 1_000
_OF_AN_ENTRY = 300
"""Bytes of source, detail type, time and bus, which count too; generous."""


def failed_event(
    failure: Failure, *, tenant: str, bucket: str, key: str, teams: Sequence[str]
) -> dict[str, Any]:
    """The ``detail`` of a failure's event: what the record says, and where it lies."""
    record = failure.record
    artifact = record.get("IntegrationArtifact") or {}
    return {
        "schema": 1,
        "tenant": tenant,
        "version": failure.version,
        "signature": failure.signature,
        "status": failure.status,
        "team": list(teams),
        "messageGuid": _text(record.get("MessageGuid")),
        "correlationId": _text(record.get("CorrelationId")),
        "applicationMessageId": _text(record.get("ApplicationMessageId")),
        "logStart": _text(record.get("LogStart")),
        "logEnd": iso_instant(failure.ended),
        "artifact": {
            "id": _text(failure.artifact),
            "name": _text(artifact.get("Name")),
            "packageId": _text(artifact.get("PackageId")),
            "packageName": _text(artifact.get("PackageName")),
        },
        "sender": _text(record.get("Sender")),
        "receiver": _text(record.get("Receiver")),
        "errorText": None if failure.error_text is None else cut(failure.error_text, _ERROR_BYTES),
        "link": failure.link,
        "record": {"bucket": bucket, "key": key},
    }


def calls(details: Iterable[dict[str, Any]]) -> Iterator[list[str]]:
    """The details as JSON, as many together as one call of PutEvents takes."""
    call: list[str] = []
    size = 0
    for detail in details:
        text = orjson.dumps(detail)
        if call and (len(call) == MOST_ENTRIES or size + len(text) + _OF_AN_ENTRY > MOST_BYTES):
            yield call
            call, size = [], 0
        call.append(text.decode())
        size += len(text) + _OF_AN_ENTRY
    if call:
        yield call


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    # Ids and names mostly: they are as they should be.
    if len(value) <= _TEXT_BYTES and value.isascii() and value.isprintable():
        return value
    return cut(plain(value), _TEXT_BYTES)

"""Logs, rows and pages for tests that do not need a tenant to get some."""

import base64
from datetime import datetime, timedelta
from typing import Any

from mpl_export.instants import EPOCH
from mpl_export.model import Log, Page
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

GATHERED: dict[str, Any] = {
    "began": "2026-11-22T11:58:30.5Z",
    "since": "2026-11-01T00:00:00.000Z",
    "until": "2026-11-03T00:00:00.000Z",
    "rest": None,
    "failures": [],
    "runs": [1, 3],
    "rows": [1_000, 2_000],
    "stored": [1_000, 20],
    "requests": [4, 9],
}
"""What the state machine gathers of a backfill's two slices."""


def guid_of(number: int, created: datetime = NOON) -> str:
    """An id of the tenant's make: a zero byte, the second of creation, 16 more bytes."""
    seconds = int((created - EPOCH) / SECOND)
    raw = b"\0" + seconds.to_bytes(4) + number.to_bytes(16)
    return base64.urlsafe_b64encode(raw).decode()


def json_date(instant: datetime) -> str:
    """An instant as OData V2 writes it in JSON."""
    return f"/Date({(instant - EPOCH) // timedelta(milliseconds=1)})/"


def row_of(number: int = 0, ended: datetime | None = NOON, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a tenant may say
    """A row as the tenant shows it, links included."""
    guid = guid_of(number)
    uri = f"https://tenant.example:443/api/v1/MessageProcessingLogs('{guid}')"
    return {
        "__metadata": {"id": uri, "uri": uri, "type": "com.sap.hci.api.MessageProcessingLog"},
        "MessageGuid": guid,
        "LogStart": None if ended is None else json_date(ended - SECOND),
        "LogEnd": None if ended is None else json_date(ended),
        "Status": "COMPLETED",
        "IntegrationArtifact": {
            "__metadata": {"type": "com.sap.hci.api.IntegrationArtifact"},
            "Id": "Order_to_Cash",
            "Name": "Order to Cash",
        },
        "CustomHeaderProperties": {"__deferred": {"uri": f"{uri}/CustomHeaderProperties"}},
        **members,
    }


def log(
    number: int = 0,
    ended: datetime | None = NOON,
    *,
    read_at: datetime = NOON,
    **members: Any,  # noqa: ANN401 - whatever a tenant may say
) -> Log:
    """The log of such a row."""
    return log_of(row_of(number, ended, **members), read_at)


def page(reached: datetime, *logs: Log) -> Page:
    """A page of a span."""
    return Page(logs=list(logs), reached=reached)

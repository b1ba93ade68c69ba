"""A part full of failures, as the exporter writes it and as the notifier is told of it."""

from __future__ import annotations

import gzip
import json
import random
from datetime import datetime, timedelta
from typing import Any, Final

from mpl_export.archive.layout import part_key
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from operate.sap_tenant.moments import micros_of
from operate.sap_tenant.population import draft
from operate.sap_tenant.rows import new_guid

_APART: Final = timedelta(milliseconds=50)


def failed_part(tenant: str, count: int, now: datetime) -> tuple[str, bytes]:
    """Make a part of a window that ended lately.

    Returns:
        Its key and its body.
    """
    source = random.Random(5)  # noqa: S311 - rows, no secrets
    window = window_of(now - timedelta(hours=2))
    lines = []
    for number in range(count):
        end = window + number * _APART
        made = draft(source, "FAILED")
        record = {
            "Version": source.randbytes(16).hex(),
            "ReadAt": iso_instant(now),
            "MessageGuid": new_guid(micros_of(end), source),
            "LogStart": iso_instant(end),
            "LogEnd": iso_instant(end),
            **made.values,
            "IntegrationArtifact": made.artifact,
            "ErrorText": made.error_text,
        }
        lines.append(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())
    return part_key(tenant, window, 0), gzip.compress(b"\n".join(lines) + b"\n", mtime=0)


def told_of(bucket: str, key: str) -> dict[str, Any]:
    """The event with which the queue invokes the notifier."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    body = {"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    return {
        "Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(body)}],
    }

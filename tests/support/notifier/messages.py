"""Messages of the notifier's queue, as Lambda hands them over."""

from __future__ import annotations

import json
import uuid
from typing import Any


def created(bucket: str, key: str) -> dict[str, Any]:
    """A message about an object that was created, as EventBridge puts it into the queue."""
    body = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": bucket}, "object": {"key": key}},
    }
    return message_of(str(uuid.uuid4()), json.dumps(body))


def message_of(message_id: str, body: str) -> dict[str, Any]:
    """A message of a queue."""
    return {"messageId": message_id, "eventSource": "aws:sqs", "body": body}

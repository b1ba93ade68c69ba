"""What the answers of a tenant have shown: the versions that an archive of them has to hold."""

import json
from typing import Any

from mpl_export.tenant.http.transport import Answer, Request
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON


class ShownVersions:
    """Collects the version ids of all rows in good answers.

    Attributes:
        ids: The ids, 32 hex digits each, as records carry them.
    """

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def look_at(self, request: Request, answer: Answer) -> None:
        """Take the rows of an answer, if it is a page of logs."""
        if answer.status != 200 or "/MessageProcessingLogs?" not in request.url:
            return
        try:
            results: list[Any] = json.loads(answer.body)["d"]["results"]
        except (ValueError, KeyError, TypeError):
            return  # cut short, or no page at all: refused as a whole
        self.ids.update(log_of(row, NOON).version.hex() for row in results)

"""The error texts of failed messages: best effort, within a budget of requests and of time."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import ExportError
from mpl_export.model import ERROR_TEXT_BYTES, FAILURES, TEXT_MARGIN_BYTES, Log
from mpl_export.tenant.odata.refusals import TokenRefusedError

MOST_TEXTS = 500
MOST_TIME = timedelta(seconds=30)
READ_BYTES = ERROR_TEXT_BYTES + TEXT_MARGIN_BYTES
_THREADS = 4

_log = logging.getLogger(__name__)


class TextSource(Protocol):
    """Answers with the error text of one log (``TenantApi``)."""

    def error_text(self, guid: str, deadline: Deadline) -> bytes | None:
        """The error text; None if there is none."""


class ErrorTexts:
    """Fetches error texts within the budget of one run.

    A text that cannot be had in time holds nothing up: the log is archived without.
    """

    def __init__(self, source: TextSource, clock: Clock, deadline: Deadline) -> None:
        self._source = source
        self._clock = clock
        self._deadline = deadline
        self._seconds_left = MOST_TIME.total_seconds()
        self._texts_left = MOST_TEXTS
        self._artifacts: set[str | None] = set()
        self._has_asked = False
        self._is_refused = False

    def __call__(self, logs: Sequence[Log]) -> dict[bytes, str]:
        """The error texts of those of the logs that failed and have one, by version."""
        wanted = self._first_of_each_artifact(
            log for log in logs if log.status in FAILURES and log.guid is not None
        )[: self._texts_left]
        begun = self._clock.monotonic()
        is_over = self._seconds_left <= 0 or self._deadline.passed()
        if not wanted or is_over or self._is_refused:
            return {}
        end = Deadline(self._clock, min(begun + self._seconds_left, self._deadline.at))

        def fetch(log: Log) -> str | None:
            if log.guid is None or end.passed() or self._is_refused:
                return None
            try:
                body = self._source.error_text(log.guid, end)
            except TokenRefusedError:
                # Each further question would cost the token server another token.
                self._is_refused = True
                _log.warning("the tenant refuses error texts; this run goes on without")
                return None
            except ExportError as error:
                # Whatever it is: if the pages suffer from it too, they will say so.
                _log.warning("an error text is missing: %s", type(error).__name__)
                return None
            return None if body is None else cut_text(body)

        # The first one goes alone: it tells whether the tenant takes our token for that.
        alone = 0 if self._has_asked else 1
        self._has_asked = True
        texts = [fetch(log) for log in wanted[:alone]]
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="error-text") as threads:
            texts += threads.map(fetch, wanted[alone:])
        self._texts_left -= len(wanted)
        self._seconds_left -= self._clock.monotonic() - begun
        return {
            log.version: text for log, text in zip(wanted, texts, strict=True) if text is not None
        }

    def _first_of_each_artifact(self, logs: Iterable[Log]) -> list[Log]:
        """All the logs, those first whose artifact has had no text in this run."""
        first: list[Log] = []
        others: list[Log] = []
        for log in logs:
            (others if log.artifact in self._artifacts else first).append(log)
            self._artifacts.add(log.artifact)
        return first + others


def cut_text(body: bytes) -> str:
    """The text of a body, cut without breaking a character to what masks have to see."""
    return body[:READ_BYTES].decode("utf-8", "replace" if len(body) <= READ_BYTES else "ignore")

"""The words of this package as values: spans, windows, and logs as the tenant showed them."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from mpl_export.instants import EPOCH
from mpl_export.properties import ARTIFACT

WINDOW = timedelta(hours=1)
"""An hour of ``LogEnd``; part of the archive's layout, so frozen for ``v1``."""

UNDATED = EPOCH
"""The window of rows without a time: no ``LogEnd``, and none inside the ``MessageGuid``.

Many sources write a missing time as the epoch, so rows dated within that hour are here too.
"""

FAILURES = frozenset({"FAILED", "ESCALATED"})
"""Statuses of messages that need a person; both are final and may carry an error text."""

ERROR_TEXT_BYTES = 64_000
"""The most of an error text that is archived, in UTF-8: a stack trace and a half."""

TEXT_MARGIN_BYTES = 8_000
"""How much more is read: what is masked may extend beyond the end of what is archived."""

OPEN_STATUSES = ("PROCESSING", "RETRY", "ABANDONED")
"""Statuses that are not final; SAP, "Message Status"."""

_GUID_BYTES = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open stretch of time, ``since <= LogEnd < until``, in UTC.

    To export a span is the one thing this package does; a scheduled run, a reconcile
    and a backfill differ in their bounds only.  To export it again stores nothing twice.
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is not UTC or self.until.tzinfo is not UTC:
            raise ValueError("a span is in UTC")
        if self.since >= self.until:
            raise ValueError("a span is not empty")

    @property
    def length(self) -> timedelta:
        """How long the span is."""
        return self.until - self.since


def window_of(instant: datetime) -> datetime:
    """The start of the window that holds ``instant``.

    Windows are whole multiples of ``WINDOW`` since the epoch, so a log falls into the same window,
    and so under the same key of the archive, no matter which run exports it or how often.
    """
    return instant - (instant - EPOCH) % WINDOW


class Log(NamedTuple):
    """One version of a log as the tenant showed it, normalised, with its place in the archive.

    A tuple, because they are made by the hundred thousand and a frozen dataclass takes four times
    as long to make.  What only few of them are asked for is read from the record when it is.

    Attributes:
        version: The version id, 16 bytes: state and rest (``version``).
        members: The members of the record after ``Version`` and ``ReadAt``, as JSON text without
            the braces.  Text takes a fraction of the memory that parsed rows would.
        log_end: The ``LogEnd`` that the tenant showed; None if it showed none we can read.
        filed_at: The instant whose window the version belongs to.
        readable: Whether the row could be read whole; if not, the record also holds it as it came.
        read_at: When the page with this row had arrived, by our clock.
        guid: The ``MessageGuid``; None if there is none that can be read.
        status: The status; None if there is none that can be read.
    """

    version: bytes
    members: bytes
    log_end: datetime | None
    filed_at: datetime
    readable: bool
    read_at: datetime
    guid: str | None
    status: str | None

    @property
    def started(self) -> datetime | None:
        """When the message began, as far as the row tells; None if it does not."""
        created = None if self.guid is None else created_at(self.guid)
        if created is not None:
            return created
        start: str | None = self._record().get("LogStart")
        return self.log_end if start is None else datetime.fromisoformat(start)

    @property
    def artifact(self) -> str | None:
        """The id of the integration artifact; None if there is none that can be read."""
        artifact: dict[str, str | None] = self._record().get(ARTIFACT) or {}
        return artifact.get("Id")

    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = orjson.loads(b"{" + self.members + b"}")
        return record

    def __repr__(self) -> str:
        """Without the members: they may hold business data."""
        return f"Log(version={self.version.hex()!r}, log_end={self.log_end}, guid={self.guid!r})"


def created_at(guid: str) -> datetime | None:
    """The instant inside a ``MessageGuid``; None if the id is of another make.

    28 characters of base64url hold a zero byte, four bytes of seconds since the epoch (big
    endian), and 16 random bytes; verified on recordings.
    """
    try:
        raw = base64.b64decode(guid, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _GUID_BYTES or raw[0] != 0:
        return None
    return EPOCH + timedelta(seconds=int.from_bytes(raw[1:5]))


@dataclass(frozen=True, slots=True)
class Walked:
    """How far a tie was walked: more rows end within a millisecond than fit a page.

    Attributes:
        instant: The ``LogEnd`` at which the tie begins.
        offset: Where the last answer began: how many of its rows lie before it.
        passed: How often its end was reached before.
    """

    instant: datetime
    offset: int
    passed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some logs of a span, and how far they complete it.

    Attributes:
        logs: The logs, in no particular order.
        reached: The ``LogEnd`` below which the span has been read completely.
        ties_unresolved: How many milliseconds hold more rows than could be told apart.
        stepped_over: Milliseconds below ``reached`` that the tenant could not show.
        walked: How far the tie at ``reached`` has been walked with this page; None elsewhere.
    """

    logs: list[Log]
    reached: datetime
    ties_unresolved: int = 0
    stepped_over: tuple[datetime, ...] = ()
    walked: Walked | None = None

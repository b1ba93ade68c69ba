"""The one verb: export a span.  Everything else decides which span, and what to do with the steps.

Read, store, and only then say how far it got.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.archive import PART_BYTES, PART_LOGS, Archive, ErrorTexts, Stored
from mpl_export.clock import Deadline
from mpl_export.errors import ExportError, OutOfTimeError
from mpl_export.instants import MILLISECOND
from mpl_export.model import WINDOW, Log, Page, Walked, window_of

_OLDEST_SECONDS = 60.0
"""Logs are stored after a minute at the latest, so that a run which is killed got somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that an export has just done.

    Attributes:
        reached: The ``LogEnd`` below which all is read *and stored*; None while nothing is.
        page: The page that was read, if that was it.
        stored: The part that S3 acknowledged, if that was it.
        walked: How far a tie has been walked, if all that this brought is stored.
    """

    reached: datetime | None
    page: Page | None = None
    stored: Stored | None = None
    walked: Walked | None = None


def export(
    pages: Iterator[Page], archive: Archive, error_texts: ErrorTexts, deadline: Deadline
) -> Iterator[Step]:
    """Store what pages bring, window by window, as soon as a window is complete.

    Yields:
        A step for each page, for each part, and for each gain in what is reached, which never
        falls.

    Raises:
        OutOfTimeError: The deadline has come.  What was read has been stored by then.
        ExportError: Reading or storing failed.  Where it was reading, what was read before has been
            stored by then, so that a tenant which fails again and again is still read to the end.
    """
    pending = _Pending(deadline)
    while True:
        try:
            page = next(pages, None)
        except ExportError:
            yield from _stored(pending, pending.all(), archive, error_texts)
            raise
        if page is None:
            break
        pending.add(page)
        yield Step(reached=None, page=page)
        yield from _stored(pending, pending.due(), archive, error_texts)
        if deadline.passed():
            yield from _stored(pending, pending.all(), archive, error_texts)
            raise OutOfTimeError
    yield from _stored(pending, pending.all(), archive, error_texts)


def store(logs: list[Log], archive: Archive, error_texts: ErrorTexts) -> Iterator[Stored]:
    """Store logs of any windows, oldest window first."""
    windows: dict[datetime, list[Log]] = defaultdict(list)
    for log in logs:
        windows[window_of(log.filed_at)].append(log)
    for window in sorted(windows):
        yield from archive.store(windows[window], error_texts)


def _stored(
    pending: "_Pending", windows: list[datetime], archive: Archive, error_texts: ErrorTexts
) -> Iterator[Step]:
    for window in windows:
        for stored in archive.store(pending.logs(window), error_texts):
            yield Step(reached=None, stored=stored)
        pending.drop(window)
        yield from _gain(pending)
    yield from _gain(pending)


def _gain(pending: "_Pending") -> Iterator[Step]:
    reached, walked = pending.reached(), pending.walked()
    if reached is not None or walked is not None:
        yield Step(reached=reached, walked=walked)


class _Pending:
    """Logs that were read and are not stored yet, by window."""

    def __init__(self, deadline: Deadline) -> None:
        self._clock = deadline.clock
        self._windows: dict[datetime, list[Log]] = defaultdict(list)
        self._since = 0.0
        self._read_to: datetime | None = None
        self._told: datetime | None = None
        self._walked: Walked | None = None

    def add(self, page: Page) -> None:
        """Take the logs of a page."""
        if not self._windows:
            self._since = self._clock.monotonic()
        for log in page.logs:
            self._windows[window_of(log.filed_at)].append(log)
        self._read_to = page.reached
        self._walked = page.walked

    def due(self) -> list[datetime]:
        """The windows to be stored now: those that are complete; all, if they grow too large."""
        logs = [log for window in self._windows.values() for log in window]
        if (
            len(logs) >= PART_LOGS
            or sum(len(log.members) for log in logs) >= PART_BYTES
            or self._clock.monotonic() - self._since >= _OLDEST_SECONDS
        ):
            return self.all()
        read_to = self._read_to
        return [
            window
            for window in self.all()
            if (read_to is not None and window <= read_to - WINDOW)
            # Where it stands in the order of LogEnd is not known, so nothing may wait for it.
            or any(log.log_end is None for log in self._windows[window])
        ]

    def all(self) -> list[datetime]:
        """All windows with logs, oldest first."""
        return sorted(self._windows)

    def logs(self, window: datetime) -> list[Log]:
        """The logs of a window."""
        return self._windows[window]

    def drop(self, window: datetime) -> None:
        """Forget a window whose logs are stored."""
        del self._windows[window]
        self._since = self._clock.monotonic()

    def walked(self) -> Walked | None:
        """How far a tie has been walked, once nothing of it waits; told once."""
        if self._windows:
            return None
        walked, self._walked = self._walked, None
        return walked

    def reached(self) -> datetime | None:
        """How far all is read and stored, if that is further than was told before.

        A log that waits holds it back to a millisecond before what the log shows, because the
        tenant may have rounded up.
        """
        waiting = [
            log.log_end - MILLISECOND
            for logs in self._windows.values()
            for log in logs
            if log.log_end is not None
        ]
        reached = min([*waiting, self._read_to]) if self._read_to is not None else None
        if reached is None or (self._told is not None and reached <= self._told):
            return None
        self._told = reached
        return reached

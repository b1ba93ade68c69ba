"""What was read and is not stored yet, by window, and what may be claimed meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mpl_export.archive.archive import PART_BYTES, PART_LOGS
from mpl_export.clock import Clock
from mpl_export.instants import MILLISECOND
from mpl_export.model import WINDOW, Log, Page, Walked, window_of

_OLDEST_SECONDS = 60.0
"""Logs are stored after a minute at the latest, so that a run which is killed got somewhere."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_NOTHING = datetime.min.replace(tzinfo=UTC)


class Pending:
    """Logs that wait, or are being stored, and how far all is read *and stored*."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[datetime, _Waiting] = {}
        self._storing: dict[datetime, datetime] = {}
        """Windows that are being stored, and what they hold back."""
        self._logs = 0
        self._bytes = 0
        self._since = 0.0
        self._read_to: datetime | None = None
        self._told: datetime | None = None
        self._walked: Walked | None = None
        self._stored_walk: Walked | None = None
        """How far the tie was walked whose rows are all stored once some windows are."""
        self._awaited: set[datetime] = set()
        """The windows that have to be stored for that."""

    def __len__(self) -> int:
        """How many logs wait to be stored."""
        return self._logs

    def add(self, page: Page) -> None:
        """Take the logs of a page."""
        if not self._waiting:
            self._since = self._clock.monotonic()
        for window, logs in _by_window(page.logs):
            size = sum(len(log.members) for log in logs)
            waiting = self._waiting.setdefault(window, _Waiting())
            waiting.add(logs, size, self._read_to or _NOTHING)
            self._bytes += size
        self._logs += len(page.logs)
        self._read_to = page.reached
        self._walked = page.walked

    @property
    def full(self) -> bool:
        """Whether enough waits to fill a part."""
        return self._logs >= PART_LOGS or self._bytes >= PART_BYTES

    def due(self) -> list[datetime]:
        """The windows to be stored now: those that are complete; all, if they grow too large."""
        if self.full or (
            self._waiting and self._clock.monotonic() - self._since >= _OLDEST_SECONDS
        ):
            return self.all()
        read_to = self._read_to
        return [
            window
            for window in self.all()
            if (read_to is not None and window <= read_to - WINDOW)
            # Where it stands in the order of LogEnd is not known, so nothing may wait for it.
            or self._waiting[window].undated
        ]

    def all(self) -> list[datetime]:
        """All windows with logs that wait, oldest first."""
        return sorted(self._waiting)

    def begin(self, window: datetime) -> Sequence[Log]:
        """The logs of a window that is about to be stored; it is not stored already."""
        waiting = self._waiting.pop(window)
        self._storing[window] = waiting.holds
        self._logs -= len(waiting.logs)
        self._bytes -= waiting.size
        self._since = self._clock.monotonic()
        if not self._waiting and self._walked is not None and not self._awaited:
            self._stored_walk, self._walked = self._walked, None
            self._awaited = set(self._storing)
        return waiting.logs

    def end(self, window: datetime) -> None:
        """The logs of a window have been stored, all of them."""
        del self._storing[window]
        self._awaited.discard(window)

    def walked(self) -> Walked | None:
        """How far a tie has been walked whose rows up to there are all stored; told once."""
        if not self._waiting and not self._storing:
            walked = self._walked or self._stored_walk
            self._walked = self._stored_walk = None
        elif not self._awaited:
            walked, self._stored_walk = self._stored_walk, None
        else:
            return None
        return walked

    def reached(self) -> datetime | None:
        """How far all is read and stored, if that is further than was told before.

        What waits, or is being stored, holds it back, whatever came later and is stored already.
        """
        if self._read_to is None:
            return None
        holds = min(
            min((waiting.holds for waiting in self._waiting.values()), default=_NEVER),
            min(self._storing.values(), default=_NEVER),
        )
        reached = min(holds, self._read_to)
        if reached == _NOTHING or (self._told is not None and reached <= self._told):
            return None
        self._told = reached
        return reached


@dataclass(slots=True)
class _Waiting:
    """The logs of a window.

    Attributes:
        size: What their members take, in bytes.
        holds: What may be claimed at most while they wait.
        undated: Whether one of them shows no ``LogEnd``.
    """

    logs: list[Log] = field(default_factory=list)
    size: int = 0
    holds: datetime = _NEVER
    undated: bool = False

    def add(self, logs: Sequence[Log], size: int, read_before: datetime) -> None:
        """Take logs.

        They hold back what is reached to a millisecond before what they show, because the tenant
        may have rounded up; one that shows nothing, to what had been read before its page.
        """
        self.logs += logs
        self.size += size
        ends = [log.log_end for log in logs if log.log_end is not None]
        if ends:
            self.holds = min(self.holds, min(ends) - MILLISECOND)
        if len(ends) < len(logs):
            self.undated = True
            self.holds = min(self.holds, read_before)


def _by_window(logs: Sequence[Log]) -> Iterator[tuple[datetime, list[Log]]]:
    """Logs with their windows; a page is in the order of time for the most part."""
    window = last = _NEVER
    some: list[Log] = []
    for log in logs:
        if not window <= log.filed_at <= last:
            if some:
                yield window, some
            window, some = window_of(log.filed_at), []
            last = window + (WINDOW - timedelta.resolution)
        some.append(log)
    if some:
        yield window, some

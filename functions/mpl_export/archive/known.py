"""What is known of the archive without asking: listings of days, and versions of windows.

It may be out of date, which breaks nothing: the put fails for the number of a part that was written
since.  But it has an end, because what is known of a part must not outlive the part.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from mpl_export.archive.day import DayOfParts
from mpl_export.archive.held import HeldVersions
from mpl_export.archive.layout import day_prefix
from mpl_export.archive.objects import Objects
from mpl_export.clock import Clock
from mpl_export.errors import ConfigurationError

KNOWN_FOR = timedelta(hours=6)
"""How long it is kept.  A part lives for five days longer than the tenant shows its logs."""

_LISTED_FOR = timedelta(minutes=15)
"""How long a listing is used.  An older one is right too, but each part since costs a put."""

_MOST_DAYS = 64
"""Days whose listings are kept; a day of a busy tenant has some 300 parts."""

_CACHED_VERSIONS = 1_000_000
"""16 MB."""

_WINDOW_WEIGHT = 32
"""What a window takes beside its versions, in versions."""


class ForeignObjectError(ConfigurationError):
    """There is something among the parts that this export did not write."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the object {key} in the archive was not written by this export; move it elsewhere, "
            "because what stands below mpl/v1/ must be parts, and below artifacts/v1/ snapshots"
        )


class KnownWindows:
    """The windows that were used last, and the days that were listed last.

    Threads may share it.
    """

    def __init__(self, objects: Objects, tenant: str, clock: Clock) -> None:
        self._objects = objects
        self._tenant = tenant
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: OrderedDict[datetime, _Known] = OrderedDict()
        self._weight = 0
        self._days: OrderedDict[str, tuple[float, DayOfParts]] = OrderedDict()
        self._listing = threading.Lock()

    def held(self, window: datetime) -> HeldVersions | None:
        """What a window holds, as far as it is known; None if it is not."""
        with self._lock:
            known = self._windows.get(window)
            if known is None:
                return None
            if known.until <= self._clock.monotonic():
                self._forget(window)
                return None
            return known.held

    def keep(self, window: datetime, held: HeldVersions) -> None:
        """Keep what a window holds; forget those that were not used for longest.

        How long is counted from when its parts were read, however often it is used.
        """
        with self._lock:
            known = self._windows.get(window)
            until = self._clock.monotonic() + KNOWN_FOR.total_seconds()
            if known is not None:
                until = known.until
                self._forget(window)
            self._windows[window] = _Known(held, until)
            self._weight += self._windows[window].weight
            while self._weight > _CACHED_VERSIONS and len(self._windows) > 1:
                self._forget(next(iter(self._windows)))

    def parts(self, window: datetime) -> Sequence[int]:
        """The numbers of a window's parts, from the listing of its day.

        Raises:
            ForeignObjectError: There is something else among them, which may hold versions too.
        """
        with self._listing:  # threads that store windows of one day need one listing
            day = self._day(day_prefix(self._tenant, window))
            strange = day.strange(self._tenant, window)
            if strange is not None:
                raise ForeignObjectError(strange)
            return day.numbers(window)

    def part_seen(self, window: datetime, number: int) -> None:
        """Note a part that is there since its day was listed.

        Else a window that is forgotten, and needed again, would meet each of them by a put.
        """
        with self._listing:
            listed = self._days.get(day_prefix(self._tenant, window))
            if listed is not None:
                listed[1].add(window, number)

    def _day(self, prefix: str) -> DayOfParts:
        now = self._clock.monotonic()
        until, day = self._days.get(prefix, (now, None))
        if day is None or until <= now:
            day = DayOfParts(self._objects.keys(prefix))
            self._days[prefix] = now + _LISTED_FOR.total_seconds(), day
        self._days.move_to_end(prefix)
        while len(self._days) > _MOST_DAYS:
            self._days.popitem(last=False)
        return day

    def _forget(self, window: datetime) -> None:
        self._weight -= self._windows.pop(window).weight


class _Known:
    """What is known of a window, and until when (by the monotonic clock)."""

    __slots__ = ("held", "until", "weight")

    def __init__(self, held: HeldVersions, until: float) -> None:
        self.held = held
        self.until = until
        self.weight = len(held) + _WINDOW_WEIGHT

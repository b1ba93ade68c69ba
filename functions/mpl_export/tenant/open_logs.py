"""Read the logs that are not final, dated or not: those that no span of ``LogEnd`` shows."""

from collections.abc import Iterator
from dataclasses import replace

from mpl_export.clock import Clock
from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.instants import floor_millisecond
from mpl_export.model import OPEN_STATUSES, Log
from mpl_export.tenant import odata
from mpl_export.tenant.paging import PageSource
from mpl_export.tenant.rows import logs_of
from mpl_export.tenant.transport import TlsError
from mpl_export.tenant.walking import Walk

MOST_OPEN_LOGS = 5_000
_PASSES = 5
_FEWER = 8
"""A question that failed is asked for so many times fewer rows."""
_MOST_STEPS_ABREAST = 3
"""So many neighbours may fail one by one; more is an outage."""


class OpenLogs:
    """The logs in an open status, undated ones first, until ``MOST_OPEN_LOGS`` or more are read.

    There is no key to page by, because undated rows have none; so they are walked.  One that is
    missed all the same shows up an hour later.  One that the tenant cannot show, whatever is asked,
    is stepped over: it must not hide the others, for an undated log is nowhere else.
    """

    def __init__(self, source: PageSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._over: set[int] = set()
        """The offsets that were stepped over."""
        self._top: int | None = None
        self._failed_until = 0
        """Where the last question ended that failed: trouble is somewhere below."""

    @property
    def stepped_over(self) -> int:
        """How many the tenant could not show."""
        return len(self._over)

    def read(self) -> Iterator[list[Log]]:
        """Read them.

        Yields:
            The logs of each answer that were not in an earlier one.

        Raises:
            TenantUnavailableError: Several neighbours fail one by one: it is not for the rows.
        """
        walk = Walk(self._ask, allowed=odata.PAGE_ROWS, passes=_PASSES)
        left = MOST_OPEN_LOGS
        for fresh in walk.logs():
            yield fresh  # all of it: what was shown may be gone an hour later
            left -= len(fresh)
            if left <= 0:
                return

    def _ask(self, skip: int) -> tuple[odata.RawPage, list[Log]]:
        """Ask for the rows from an offset on, or from the first one behind it that can be shown.

        The answer is as if there were no rows that cannot be shown.
        """
        at, page = skip, None
        while page is None:
            # The smallest question of all has a second attempt, its neighbours have not.
            narrowed = self._top is not None and (self._top > 1 or at > skip)
            try:
                page = self._page(at, narrowed=narrowed)
            except (TenantThrottledError, TlsError, odata.NotTheApiError):
                raise
            except TenantUnavailableError:
                self._failed_until = at + (self._top or odata.PAGE_ROWS)
                if self._top != 1:
                    self._top = max(1, (self._top or odata.PAGE_ROWS) // _FEWER)
                elif at - skip < _MOST_STEPS_ABREAST:
                    at += 1
                else:
                    raise
        self._over.update(range(skip, at))
        if at + len(page.rows) >= self._failed_until:
            self._top = None
        read_at = floor_millisecond(self._clock.now())
        count = None if page.count is None else page.count - self.stepped_over
        return replace(page, count=count), logs_of(page.rows, read_at)

    def _page(self, skip: int, *, narrowed: bool) -> odata.RawPage:
        top = self._top
        page = self._source.page(
            odata.in_status(OPEN_STATUSES),
            order="LogEnd desc",
            top=top,
            skip=skip,
            count=True,
            narrowed=narrowed,
        )
        more = page.more or (top is not None and len(page.rows) >= top)
        return replace(page, more=more)

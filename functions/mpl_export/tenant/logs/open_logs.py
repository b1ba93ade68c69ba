"""Read the logs that are not final, dated or not: those that no span of ``LogEnd`` shows."""

from collections.abc import Iterator

from mpl_export.clock import Clock
from mpl_export.instants import floor_millisecond
from mpl_export.model import OPEN_STATUSES, Log
from mpl_export.tenant.logs import odata
from mpl_export.tenant.logs.offsets import Offsets
from mpl_export.tenant.logs.rows import logs_of
from mpl_export.tenant.logs.unreadable import PageSource
from mpl_export.tenant.logs.walking import Walk
from mpl_export.tenant.odata import answers

MOST_OPEN_LOGS = 5_000
_PASSES = 5


class OpenLogs:
    """The logs in an open status, undated ones first, until ``MOST_OPEN_LOGS`` or more are read.

    There is no key to page by, because undated rows have none; so they are walked.  One that is
    missed all the same shows up an hour later.  One that the tenant cannot show, whatever is asked,
    is stepped over: it must not hide the others, for an undated log is nowhere else.
    """

    def __init__(self, source: PageSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._offsets = Offsets(self._page)

    @property
    def stepped_over(self) -> int:
        """How many the tenant could not show."""
        return len(self._offsets.over)

    def read(self) -> Iterator[list[Log]]:
        """Read them.

        Yields:
            The logs of each answer that were not in an earlier one.

        Raises:
            TenantUnavailableError: Several neighbours fail one by one: it is not for the rows.
        """
        walk = Walk(self._offsets, allowed=answers.PAGE_ROWS, passes=_PASSES)
        left = MOST_OPEN_LOGS
        for fresh in walk.logs():
            yield fresh  # all of it: what was shown may be gone an hour later
            left -= len(fresh)
            if left <= 0:
                return

    def _page(
        self, skip: int, *, top: int | None, narrowed: bool
    ) -> tuple[answers.RawPage, list[Log]]:
        page = self._source.page(
            odata.in_status(OPEN_STATUSES),
            order="LogEnd desc",
            top=top,
            skip=skip,
            count=True,
            narrowed=narrowed,
        )
        read_at = floor_millisecond(self._clock.now())
        return page, logs_of(page.rows, read_at)

"""Read the logs that are not final, dated or not: those that no span of ``LogEnd`` shows."""

from collections.abc import Iterator

from mpl_export.clock import Clock
from mpl_export.instants import floor_millisecond
from mpl_export.model import OPEN_STATUSES, Log
from mpl_export.tenant import odata
from mpl_export.tenant.paging import PageSource
from mpl_export.tenant.rows import log_of
from mpl_export.tenant.walking import Walk

MOST_OPEN_LOGS = 5_000
_PASSES = 5


def read_open_logs(source: PageSource, clock: Clock) -> Iterator[list[Log]]:
    """Read the logs in an open status, at most ``MOST_OPEN_LOGS`` rows, undated ones first.

    There is no key to page by, because undated rows have none; so they are walked.  One that is
    missed all the same shows up an hour later.

    Yields:
        The logs of each answer that were not in an earlier one.
    """

    def ask(skip: int) -> tuple[odata.RawPage, list[Log]]:
        where = odata.in_status(OPEN_STATUSES)
        page = source.page(where, order="LogEnd desc", skip=skip, count=True)
        read_at = floor_millisecond(clock.now())
        return page, [log_of(row, read_at) for row in page.rows]

    walk = Walk(ask, allowed=odata.PAGE_ROWS, passes=_PASSES)
    left = MOST_OPEN_LOGS
    for fresh in walk.logs():
        yield fresh[:left]
        left -= len(fresh)
        if left <= 0:
            return

"""Read the logs that are not final, dated or not: those that no span of ``LogEnd`` shows."""

from collections.abc import Iterator

from mpl_export.clock import Clock
from mpl_export.instants import floor_millisecond
from mpl_export.model import OPEN_STATUSES, Log
from mpl_export.tenant import odata
from mpl_export.tenant.paging import PageSource
from mpl_export.tenant.rows import log_of

MOST_OPEN_LOGS = 5_000


def read_open_logs(source: PageSource, clock: Clock) -> Iterator[list[Log]]:
    """Read the logs in an open status, at most ``MOST_OPEN_LOGS`` rows, undated ones first.

    There is no key to page by, because undated rows have none.  Offsets in steps of half a page
    bear it that rows leave meanwhile; one that is missed shows up an hour later.

    Yields:
        The logs of each answer that were not in an earlier one.
    """
    known: set[bytes] = set()
    skip, more = 0, True
    while more and len(known) < MOST_OPEN_LOGS:
        page = source.page(odata.in_status(OPEN_STATUSES), order="LogEnd desc", skip=skip)
        read_at = floor_millisecond(clock.now())
        logs = [log_of(row, read_at) for row in page.rows]
        fresh = [log for log in logs if log.version not in known]
        fresh = fresh[: MOST_OPEN_LOGS - len(known)]
        known.update(log.version for log in fresh)
        yield fresh
        skip += max(1, min(odata.PAGE_ROWS, len(page.rows)) // 2)
        more = (page.more or len(page.rows) >= odata.PAGE_ROWS) and bool(fresh)

"""What a page proves of the stretch it was asked for: how far it reaches, and whether it can.

A row may have changed between the tenant's choosing and its showing of it.  It then shows a
``LogEnd`` at or after the stretch's end, or none, and says nothing about the page: the tenant ends
logs at the present, and no stretch begins to reach beyond the run's start.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from mpl_export.errors import UnexpectedResponseError
from mpl_export.instants import MILLISECOND
from mpl_export.model import Log, Span


def newest(logs: list[Log], asked: Span) -> datetime | None:
    """The greatest ``LogEnd`` of the stretch; None if no row shows one."""
    return max(_ends(logs, asked), default=None)


def asked_for(logs: list[Log], asked: Span) -> list[Log]:
    """Leave out logs that ended before the stretch; a millisecond may be rounding."""
    return [log for log in logs if log.log_end is None or asked.since - log.log_end <= MILLISECOND]


def filter_ignored() -> UnexpectedResponseError:
    """The error for a page with logs that were not asked for."""
    return UnexpectedResponseError(
        "the tenant shows logs that ended before the time asked for: it ignores the filter, and "
        "reading on could lose logs; what was asked for is archived; please report this"
    )


def is_in_order(logs: list[Log], asked: Span) -> bool:
    """Whether no row lies more than a millisecond, which may be rounding, below an earlier one."""
    return all(later >= earlier - MILLISECOND for earlier, later in pairwise(_ends(logs, asked)))


def order_ignored() -> UnexpectedResponseError:
    """The error for a full page that is not in order: what it hides may stand anywhere."""
    return UnexpectedResponseError(
        "the tenant shows logs in another order than asked for: it ignores $orderby, and reading "
        "on could lose logs; what it showed is archived; please report this"
    )


def _ends(logs: list[Log], asked: Span) -> Iterator[datetime]:
    return (log.log_end for log in logs if log.log_end is not None and log.log_end < asked.until)

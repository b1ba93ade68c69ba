"""What the tenant deleted before any run had read it: after an outage longer than its retention."""

import logging
from datetime import datetime

from mpl_export.exporter.work import Work
from mpl_export.instants import iso_instant
from mpl_export.model import Span

_log = logging.getLogger(__name__)


class Gone:
    """The gap, if there is one, and whether it was told.

    It is told once, by the run that gets past it: runs that fail before have not lost it yet
    for good, as the tenant may keep more than it says, and those after begin behind it.  It is told
    before that is committed, so that a run which is killed tells it twice rather than never.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._left = _gap(work)

    def reached(self, reached: datetime | None) -> None:
        """Tell the gap, if a run got past it."""
        gap = self._left
        if gap is None or reached is None or reached < gap.until:
            return
        self._left = None
        self._work.report.gone = gap
        self._work.gauges.gone()
        _log.warning(
            "what ended from %s to %s and was not read in time is gone for good: the tenant keeps "
            "its logs for %d days (TenantRetentionDays), and no run got that far meanwhile",
            iso_instant(gap.since),
            iso_instant(gap.until),
            self._work.settings.tenant_retention.days,
        )


def _gap(work: Work) -> Span | None:
    """What lies behind the tenant's retention and was not read.

    What was gone when the export began is no gap, nor what the archive would not keep.
    """
    known, keeps = work.known, work.settings.tenant_retention
    until = work.now - keeps
    began = known.first_run or work.now
    marks = [known.reached or known.position or known.start_from, began - keeps, work.oldest]
    since = max(mark for mark in marks if mark is not None)
    return None if since >= until else Span(since=since, until=until)

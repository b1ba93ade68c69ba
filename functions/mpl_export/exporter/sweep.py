"""What no span shows: the logs that are not final, dated or not, read once an hour.

Its outcome is its own.  The span is exported by then, and what a sweep cannot read or store is
told, and tried again in the next hour, without making the run fail.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from mpl_export.checkpoint import OpenNoted
from mpl_export.errors import ConfigurationError, ExportError, OutOfTimeError
from mpl_export.exporter.report import Sweep
from mpl_export.exporter.work import Work
from mpl_export.model import UNDATED, Log, window_of
from mpl_export.tenant.logs.open_logs import MOST_OPEN_LOGS, OpenLogs

ABANDONED = "ABANDONED"
"""Not final for the tenant, but nobody goes on with it; SAP, "Message Status"."""

_FAIR_SECONDS = 60.0
"""A sweep that had less time than this when it began is left to the next run."""
_MOST_FAILURES = 20

_log = logging.getLogger(__name__)


def sweep(work: Work) -> None:
    """Read the open logs, by the first run of an hour, and say how many and how old."""
    hour = work.now.replace(minute=0, second=0, microsecond=0)
    if work.known.swept is not None and work.known.swept >= hour:
        return
    is_fair = work.reading.seconds_left() >= _FAIR_SECONDS
    found = work.report.sweep = Sweep()
    open_logs = OpenLogs(work.api, work.clock)
    try:
        _read(work, open_logs, found)
    except OutOfTimeError as error:
        if not is_fair:  # the run had spent its time on what is new
            work.report.sweep = None
            return
        _note(found, error)
    except ExportError as error:
        _note(found, error)
    else:
        if not found.failed:
            work.gauges.oldest_open(found)
    finally:
        work.report.open_logs_stepped_over = open_logs.stepped_over
    work.checkpoints.note_sweep(hour, None if found.failed else _noted(found, work.now))


def _read(work: Work, open_logs: OpenLogs, found: Sweep) -> None:
    error_texts, rows = work.error_texts(), 0
    for logs in open_logs.read():
        rows += len(logs)
        found.at_cap = rows >= MOST_OPEN_LOGS
        for log in logs:
            _count(log, work.now, work.settings.tenant_retention, found)
        windows: dict[datetime, list[Log]] = defaultdict(list)
        for log in logs:
            if log.filed_at == UNDATED or not work.has_expired(log.filed_at):
                windows[window_of(log.filed_at)].append(log)
        for window in sorted(windows):
            try:
                for stored in work.archive.store(windows[window], error_texts):
                    work.stored(stored)
            except ConfigurationError as error:  # of this window, such as a part that is frozen
                _note(found, error)
            if work.reading.passed():
                raise OutOfTimeError


def _count(log: Log, now: datetime, retention: timedelta, found: Sweep) -> None:
    age = max(timedelta(0), now - (log.started or now))
    if log.status == ABANDONED:
        found.abandoned += 1
    elif age > retention:
        found.dead += 1
    else:
        found.open += 1
        found.oldest = max(found.oldest, age)


def _noted(found: Sweep, now: datetime) -> OpenNoted:
    return OpenNoted(count=found.open, since=now - found.oldest if found.open else None)


def _note(found: Sweep, error: ExportError) -> None:
    _log.warning("the look at open messages is incomplete: %s", error)
    if len(found.failed) < _MOST_FAILURES:
        found.failed.append(str(error))

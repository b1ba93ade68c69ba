"""What no span shows: the logs that are not final, dated or not, read once an hour."""

from contextlib import suppress
from datetime import datetime

from mpl_export.errors import OutOfTimeError
from mpl_export.exporter.export import store
from mpl_export.exporter.work import Work
from mpl_export.tenant.open_logs import MOST_OPEN_LOGS, OpenLogs


def sweep(work: Work) -> None:
    """Read the open logs, by the first run of an hour, and say how many and how old."""
    now = work.now
    hour = now.replace(minute=0, second=0, microsecond=0)
    if work.known.swept is not None and work.known.swept >= hour:
        return
    error_texts = work.error_texts()
    started, dead, rows = list[datetime](), 0, 0
    open_logs = OpenLogs(work.api, work.clock)
    with suppress(OutOfTimeError):  # one that cannot end is not tried by every run
        for logs in open_logs.read():
            rows += len(logs)
            begun = [log.started or now for log in logs]
            alive = [it for it in begun if now - it <= work.settings.tenant_retention]
            started += alive
            dead += len(begun) - len(alive)
            for stored in store(logs, work.archive, error_texts):
                work.stored(stored)
                if work.reading.passed():
                    raise OutOfTimeError
        work.gauges.open_logs(started, dead, now, cut=rows >= MOST_OPEN_LOGS)
    work.report.open_logs_stepped_over = open_logs.stepped_over
    work.checkpoints.note_sweep(hour)

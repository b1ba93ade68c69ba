"""What a run tells CloudWatch: which numbers, when, and how they are reckoned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint
from mpl_export.exporter.report import Report
from mpl_export.metrics import Meter, Metric
from mpl_export.settings import Settings

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gauges:
    """The numbers of one run."""

    meter: Meter
    settings: Settings

    def lag(self, reached: datetime | None, known: Checkpoint, now: datetime) -> None:
        """How far the archive is behind; not further than the first run lies back."""
        marks = [mark for mark in (reached, known.first_run) if mark is not None]
        lag = max(timedelta(0), now - max(marks, default=now))
        self.meter.add(Metric.LAG_SECONDS, lag.total_seconds())
        left = self.settings.tenant_retention - lag
        self.meter.add(Metric.RETENTION_HOURS_LEFT, left / _HOUR)

    def certificate(self, ends: datetime | None, now: datetime) -> None:
        """How long the client certificate lasts, if there is one."""
        if ends is not None:
            self.meter.add(Metric.CERTIFICATE_DAYS_LEFT, (ends - now) / _DAY)

    def failures(self, stored: Stored, now: datetime) -> None:
        """The failures of a part that are young enough to be told; they leave at once.

        The run may be killed later, and the next one will not store them again.
        """
        oldest = now - self.settings.alert_max_age
        failed = sum(
            log.status in self.settings.alert_statuses
            and log.log_end is not None
            and log.log_end >= oldest
            for log in stored.new
        )
        if failed:
            self.meter.add(Metric.FAILED_MESSAGES, failed)
            self.meter.flush()

    def open_logs(self, started: list[datetime], dead: int, now: datetime, *, cut: bool) -> None:
        """What the sweep found: when the open logs began, and how many are dead.

        Args:
            cut: Whether there were more than are read.
        """
        oldest = now - min(started, default=now)
        self.meter.add(Metric.OPEN_MESSAGES, len(started))
        self.meter.add(Metric.OLDEST_OPEN_MESSAGE_SECONDS, max(0.0, oldest.total_seconds()))
        self.meter.add(Metric.DEAD_MESSAGES, dead)
        if cut:
            self.meter.add(Metric.SWEEP_AT_CAP, 1)

    def totals(self, report: Report) -> None:
        """What the run did; what should never happen only if it did."""
        self.meter.add(Metric.VERSIONS_STORED, report.versions_stored)
        if report.purpose == "scheduled":
            self.meter.add(Metric.ROWS_READ, report.rows_read)
        if report.purpose == "reconcile":
            self.meter.add(Metric.LATE_LOGS, report.late)
        for metric, value in (
            (Metric.UNREADABLE_LOGS, report.unreadable),
            (Metric.TIES_UNRESOLVED, report.ties_unresolved),
            (Metric.STEPPED_OVER, len(report.stepped_over) + report.open_logs_stepped_over),
        ):
            if value:
                self.meter.add(metric, value)

"""What a run tells CloudWatch: which numbers, when, and how they are calculated."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint
from mpl_export.exporter.report import Report, Sweep
from mpl_export.exporter.standing import Standing
from mpl_export.metrics import Meter, Metric
from mpl_export.settings import Settings

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_LOW = timedelta(days=7)
"""Less than this of the tenant's retention is told; a metric costs by the hour in which it is."""
_SLOT_HOURS = 6
_SEALED_WITHIN = timedelta(hours=27)
"""A night is missing where less is sealed: a day, and what may delay the pass."""


def is_first_of_slot(swept: datetime | None, now: datetime) -> bool:
    """Whether a run is the first of six hours, so that what rarely changes is told by it.

    Args:
        swept: The hour of the last sweep, which the first run of each hour makes: a slot that has
            had a sweep has had its first run.
    """
    start = now.replace(
        hour=now.hour // _SLOT_HOURS * _SLOT_HOURS, minute=0, second=0, microsecond=0
    )
    return swept is None or swept < start


@dataclass(frozen=True, slots=True)
class Gauges:
    """The numbers of one run."""

    meter: Meter
    settings: Settings

    def lag(self, standing: Standing, now: datetime) -> None:
        """How far the archive is behind, and what is left of the retention if that is little."""
        lag = standing.lag(now)
        if lag is None:
            return
        self.meter.add(Metric.LAG_SECONDS, lag.total_seconds())
        left = self.settings.tenant_retention - lag
        if standing.has_caught_up and left < _LOW:
            self.meter.add(Metric.RETENTION_HOURS_LEFT, left / _HOUR)

    def key(self, certificate_ends: datetime | None, now: datetime, *, previous: bool) -> None:
        """How long the certificate in use lasts, if there is one, and whether it is the old one."""
        if certificate_ends is not None:
            self.meter.add(Metric.CERTIFICATE_DAYS_LEFT, (certificate_ends - now) / _DAY)
        if previous:
            self.meter.add(Metric.PREVIOUS_KEY_IN_USE, 1)

    def failures(self, stored: Stored, now: datetime) -> None:
        """The failures of a part that are young enough to be told; they leave at once.

        The run may be killed later, and the next one will not store them again.
        """
        oldest = now - self.settings.alert_max_age
        failed = sum(
            log.status in self.settings.alert_statuses
            and (not log.readable if log.log_end is None else log.log_end >= oldest)
            for log in stored.new
        )
        if failed:
            self.meter.add(Metric.FAILED_MESSAGES, failed)
            self.meter.flush()

    def rows(self, report: Report) -> None:
        """The rows of a scheduled span that was read; none is what a silent tenant shows."""
        self.meter.add(Metric.ROWS_READ, report.rows_read)

    def oldest_open(self, sweep: Sweep) -> None:
        """The age of the oldest open message, if all of them were looked at."""
        self.meter.add(Metric.OLDEST_OPEN_MESSAGE_SECONDS, sweep.oldest.total_seconds())

    def late(self, found: int) -> None:
        """What a reconcile found that came too late for the scheduled runs; it leaves at once."""
        self.meter.add(Metric.LATE_LOGS, found)
        self.meter.flush()

    def completeness(self, gap: int) -> None:
        """How many logs of a day the tenant counted and did not show; it leaves at once.

        Only where there is a gap: a metric costs by the hour in which it is.
        """
        self.meter.add(Metric.COMPLETENESS_GAP, gap)
        self.meter.flush()

    def reconcile(self, *, complete: bool) -> None:
        """Whether the days that are over have been read again."""
        self.meter.add(Metric.RECONCILE_COMPLETE, complete)

    def sealing(self, known: Checkpoint, now: datetime) -> None:
        """Whether a night is missing in what is sealed; the pass itself tells when it fails.

        So a schedule that is gone is noticed by the runs that still are.
        """
        since = known.sealed or known.first_run or now
        if now - since > _SEALED_WITHIN:
            self.meter.add(Metric.SEAL_FAILED, 1)

    def gone(self) -> None:
        """That the tenant deleted what no run had read; it leaves at once.

        The run may be killed later, and the next one begins behind it.
        """
        self.meter.add(Metric.READING_LIMITED, 1)
        self.meter.flush()

    def limited(self, report: Report) -> None:
        """What limited the reading of a run, if anything did; the report says what."""
        if report.limited:
            self.meter.add(Metric.READING_LIMITED, report.limited)

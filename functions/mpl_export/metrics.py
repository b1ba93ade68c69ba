"""The metrics, their units, and how they leave: as EMF in the log, under two dimensions only.

A dimension for each artifact would cost more than everything else together; what failed where
stands in the records and in the log.
"""

from enum import StrEnum
from typing import Protocol

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mpl_export import __version__

NAMESPACE = "MplExport"
SERVICE = "mpl-export"


class Metric(StrEnum):
    """Every metric that is emitted; alarms and dashboards use these names."""

    LAG_SECONDS = "LagSeconds"
    """How far the archive is behind; nothing before the first success (``Standing``)."""
    ROWS_READ = "RowsRead"
    """Rows that scheduled spans brought."""
    OLDEST_OPEN_MESSAGE_SECONDS = "OldestOpenMessageSeconds"
    """Age of the oldest log that may still end; 0 if there is none.  Once an hour."""
    FAILED_MESSAGES = "FailedMessages"
    """New versions that failed and are young enough to be told."""
    MUTED_MESSAGES = "MutedMessages"
    """Failures that a mute kept from being told; only where there are any."""
    RETENTION_HOURS_LEFT = "RetentionHoursLeft"
    """What is left before the tenant deletes logs that we have not got; only below a week."""
    CERTIFICATE_DAYS_LEFT = "CertificateDaysLeft"
    """Until the certificate in use ends; not emitted for client secrets.  Four times a day."""
    PREVIOUS_KEY_IN_USE = "PreviousKeyInUse"
    """1 while the tenant refuses the current service key and takes the one before."""
    RECONCILE_COMPLETE = "ReconcileComplete"
    """Whether the days that are over have been read again.  Four times a day, and when they are."""
    LATE_LOGS = "LateLogs"
    """What a reconcile found that the scheduled runs had missed."""
    COMPLETENESS_GAP = "CompletenessGap"
    """Logs of a day that the tenant counted and did not show; only where there are any."""
    BACKFILLED_VERSIONS = "BackfilledVersions"
    """What a backfill stored, told when the state machine ends."""
    BACKFILL_SLICES_FAILED = "BackfillSlicesFailed"
    """Slices of a backfill that failed; the execution's cause names them."""
    SEAL_NUMBER = "SealNumber"
    """The number of the last seal.  Once a night."""
    SEAL_FAILED = "SealFailed"
    """1 if a pass failed; also, four times a day, while one is missing."""
    READING_LIMITED = "ReadingLimited"
    """How often something limited what could be read; the run's report says what."""


_UNITS = {
    Metric.LAG_SECONDS: MetricUnit.Seconds,
    Metric.OLDEST_OPEN_MESSAGE_SECONDS: MetricUnit.Seconds,
    Metric.RETENTION_HOURS_LEFT: MetricUnit.NoUnit,
    Metric.CERTIFICATE_DAYS_LEFT: MetricUnit.NoUnit,
}


class Meter(Protocol):
    """Where numbers go."""

    def add(self, metric: Metric, value: float) -> None:
        """Note a value; it leaves with the next flush."""

    def flush(self) -> None:
        """Let everything noted leave now."""


class EmfMeter:
    """Writes CloudWatch's embedded metric format to standard output, from where Lambda takes it."""

    def __init__(self, tenant: str) -> None:
        # Not `Metrics`: that one shares its dimensions among all instances of a process.
        self._metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
        self._metrics.set_default_dimensions(tenant=tenant)
        self._noted = False

    def add(self, metric: Metric, value: float) -> None:
        """Note a value; it leaves with the next flush."""
        self._metrics.add_metric(
            name=metric, unit=_UNITS.get(metric, MetricUnit.Count), value=value
        )
        self._noted = True

    def flush(self) -> None:
        """Let everything noted leave now."""
        if self._noted:
            self._metrics.add_metadata(key="release", value=__version__)  # no dimension
            self._metrics.flush_metrics()
            self._noted = False

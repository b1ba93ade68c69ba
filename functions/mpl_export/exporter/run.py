"""One invocation, put together: the scheduled run, and the span of one's choice beside it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.archive import Archive
from mpl_export.checkpoint import Checkpoint, Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.exporter.events import ExportSpan
from mpl_export.exporter.gauges import Gauges
from mpl_export.exporter.report import Report
from mpl_export.exporter.scheduled import export_new
from mpl_export.exporter.spans import export_span, refuse_what_was_left_out
from mpl_export.exporter.sweep import sweep
from mpl_export.exporter.work import Tenant, Work
from mpl_export.instants import floor_millisecond, instant_or_ago
from mpl_export.metrics import Meter
from mpl_export.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation: whom it talks to, and how long it may.

    Attributes:
        run_id: Names the run in the lease and in the log.
        connect: Reads the service key and opens the tenant.
        reading: When no more is to be read, so that time is left to store.
        ends: When Lambda ends the run.
    """

    run_id: str
    settings: Settings
    clock: Clock
    checkpoints: Checkpoints
    archive: Archive
    connect: Callable[[Deadline], AbstractContextManager[Tenant]]
    meter: Meter
    reading: Deadline
    ends: datetime

    def scheduled(self) -> Report:
        """Export what is new since the position, unless another run is at it."""
        began = floor_millisecond(self.clock.now())
        report = Report(tenant=self.settings.tenant, purpose="scheduled")
        start_from = instant_or_ago(self.settings.start_from, began)
        with self.checkpoints.lease(
            self.run_id, now=began, until=self.ends, start_from=start_from
        ) as lease:
            known = lease.checkpoint
            report.position = known.position
            self._gauges.lag(known.reached, known, began)
            if not lease.held:
                return report
            with self.connect(self.reading) as tenant:
                self._gauges.certificate(tenant.certificate_ends, began)
                work = self._opened(tenant, known, report)
                export_new(work)
                if report.caught_up:
                    sweep(work)
                report.requests = tenant.api.requests
        self._gauges.totals(report)
        return report

    def span(self, request: ExportSpan) -> Report:
        """Export a span of one's choice: no lease, no commit, safe beside anything.

        Raises:
            TenantUnavailableError: A backfill had to step over something; all else is archived.
        """
        known = self.checkpoints.read()
        report = Report(
            tenant=self.settings.tenant,
            purpose=request.purpose,
            since=request.span.since,
            until=request.span.until,
            position=known.position,
        )
        with self.connect(self.reading) as tenant:
            work = self._opened(tenant, known, report)
            export_span(work, request)
            report.requests = tenant.api.requests
        self._gauges.totals(report)
        refuse_what_was_left_out(work)
        return report

    def _opened(self, tenant: Tenant, known: Checkpoint, report: Report) -> Work:
        """Learn the tenant's time, and tie the archive to its host."""
        now = tenant.api.open()
        self.archive.claim(tenant.api.host)
        return Work(
            settings=self.settings,
            clock=self.clock,
            checkpoints=self.checkpoints,
            archive=self.archive,
            gauges=self._gauges,
            api=tenant.api,
            known=known,
            now=now,
            reading=self.reading,
            report=report,
        )

    @property
    def _gauges(self) -> Gauges:
        return Gauges(self.meter, self.settings)

"""One invocation, put together: the scheduled run, and the span of one's choice beside it."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mpl_export.archive.archive import Archive
from mpl_export.archive.rules import StoredRules
from mpl_export.checkpoint import PART_NOTED_FOR, Checkpoint, Checkpoints, NotedPart
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import ConfigurationError
from mpl_export.exporter.artifacts import look_at_artifacts
from mpl_export.exporter.events import ExportSpan, PlanSpan
from mpl_export.exporter.gauges import Gauges, is_first_of_slot
from mpl_export.exporter.reconcile import reconcile
from mpl_export.exporter.report import Report
from mpl_export.exporter.scheduled import export_new
from mpl_export.exporter.spans import export_span, refuse_what_was_left_out
from mpl_export.exporter.standing import Standing
from mpl_export.exporter.sweep import sweep
from mpl_export.exporter.work import Tenant, Work
from mpl_export.instants import floor_millisecond, instant_or_ago, iso_instant
from mpl_export.metrics import Meter
from mpl_export.rules.masking import Masks
from mpl_export.settings import Settings

if TYPE_CHECKING:
    from mpl_export.exporter.backfill_plan import BackfillPlan

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation: whom it talks to, and how long it may.

    Attributes:
        run_id: Names the run in the lease and in the log.
        rules: Where it is read what is masked.
        connect: Reads the service key and opens the tenant.
        reading: When no more is to be read, so that time is left to store.
        storing: When no more is to be stored, so that time is left to say so.
        ends: When Lambda ends the run.
    """

    run_id: str
    settings: Settings
    clock: Clock
    checkpoints: Checkpoints
    archive: Archive
    rules: StoredRules
    connect: Callable[[Deadline], AbstractContextManager[Tenant]]
    meter: Meter
    reading: Deadline
    storing: Deadline
    ends: datetime

    def scheduled(self) -> Report:
        """Export what is new since the position, unless another run is at it.

        Whatever happens, the lag is told: a run that fails must not look like a run that is well.
        """
        began = floor_millisecond(self.clock.now())
        report = Report(tenant=self.settings.tenant, purpose="scheduled")
        start_from = instant_or_ago(self.settings.start_from, began)
        with self.checkpoints.lease(
            self.run_id, now=began, until=self.ends, start_from=start_from
        ) as lease:
            known = lease.checkpoint
            report.position, report.reached = known.position, known.reached
            standing = Standing.of(known)
            try:
                if lease.held:
                    self._export(known, standing, report)
            finally:
                self._gauges.limited(report)
                self._gauges.lag(standing, self.clock.now())
                if is_first_of_slot(known.swept, began):
                    self._gauges.sealing(known, began)
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
        try:
            with self.connect(self.reading) as tenant:
                work = self._opened(tenant, known, report)
                export_span(work, request)
                report.requests = tenant.api.requests
        finally:
            if not report.caught_up and report.reached is not None:
                _log.warning("the span is not complete: go on from %s", iso_instant(report.reached))
            self._gauges.limited(report)
            # Also of one that failed: the next one finds its rows in the archive, and not late.
            if request.purpose == "reconcile" and (report.caught_up or report.late):
                self._gauges.late(report.late)
        refuse_what_was_left_out(work)
        return report

    def plan(self, request: PlanSpan) -> "BackfillPlan":
        """Say how a span would be backfilled: nothing is written, not even whose archive it is."""
        from mpl_export.exporter.backfill_plan import plan_backfill  # noqa: PLC0415

        keeps = self.settings.archive_retention
        with self.connect(self.reading) as tenant:
            now = tenant.api.open()
            return plan_backfill(
                tenant.api,
                self.clock,
                self.reading,
                request.span,
                tenant=self.settings.tenant,
                oldest=None if keeps is None else now - keeps,
                slice_rows=request.slice_rows,
                threads=self.settings.page_concurrency,
            )

    def _export(self, known: Checkpoint, standing: Standing, report: Report) -> None:
        with self.connect(self.reading) as tenant:
            try:
                work = self._opened(tenant, known, report)
                export_new(work, standing)
                self._gauges.rows(report)
                if report.caught_up:
                    sweep(work)
                    look_at_artifacts(work)
                    reconcile(work)
                self._note_part(known, report)
            finally:
                report.requests = tenant.api.requests
                self._tell_key(tenant, known)

    def _note_part(self, known: Checkpoint, report: Report) -> None:
        """Note a part for the notifier to look for: where none arrives, nothing is told."""
        now = self.clock.now()
        if report.parts and (known.part is None or known.part.at <= now - PART_NOTED_FOR):
            self.checkpoints.note_part(NotedPart(key=report.parts[-1], at=now))

    def _tell_key(self, tenant: Tenant, known: Checkpoint) -> None:
        """Tell which key is in use, and by the first run of each six hours how long it lasts.

        Not before the tenant was asked: only then it shows which key it takes.
        """
        now = self.clock.now()
        due = is_first_of_slot(known.swept, now)
        ends = tenant.certificate_ends if due or tenant.uses_previous_key else None
        self._gauges.key(ends, now, previous=tenant.uses_previous_key)

    def _masks(self, known: Checkpoint) -> Masks:
        """What is masked in all that this run stores.

        Raises:
            ConfigurationError: Nobody can tell; then nothing is stored, as nothing could take it
                out of the archive again.
        """
        try:
            return self.rules.get(known.rules).masks
        except ConfigurationError as error:
            raise ConfigurationError(
                f"nothing was exported, because it is not known what to mask: {error}"
            ) from error

    def _opened(self, tenant: Tenant, known: Checkpoint, report: Report) -> Work:
        """Learn what is masked and the tenant's time, and tie the archive to its host."""
        masks = self._masks(known)
        now = tenant.api.open()
        report.clock_ahead = tenant.api.clock_ahead
        self.archive.claim(tenant.api.host)
        return Work(
            settings=self.settings,
            clock=self.clock,
            checkpoints=self.checkpoints,
            archive=self.archive.masking(masks),
            gauges=self._gauges,
            api=tenant.api,
            known=known,
            now=now,
            reading=self.reading,
            storing=self.storing,
            report=report,
        )

    @property
    def _gauges(self) -> Gauges:
        return Gauges(self.meter, self.settings)

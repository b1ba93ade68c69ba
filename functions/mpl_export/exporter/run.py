"""What the verb is used for: the scheduled run, and the span of one's choice beside it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mpl_export.archive.archive import Archive, ErrorTexts, Stored
from mpl_export.checkpoint import Checkpoint, Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import OutOfTimeError, TenantUnavailableError
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.events import ExportSpan
from mpl_export.exporter.export import Step, export, store
from mpl_export.exporter.gauges import Gauges
from mpl_export.exporter.planning import cut_at, slices
from mpl_export.exporter.prefetch import read_slices
from mpl_export.exporter.report import Report
from mpl_export.instants import floor_millisecond, instant_or_ago
from mpl_export.metrics import Meter
from mpl_export.model import Page, Span
from mpl_export.settings import Settings
from mpl_export.tenant.error_texts import ErrorTexts as TenantErrorTexts
from mpl_export.tenant.error_texts import TextSource
from mpl_export.tenant.open_logs import MOST_OPEN_LOGS, OpenLogs
from mpl_export.tenant.paging import (
    MayStepOver,
    PageSource,
    UnreadableInstantError,
    read_pages,
)

_MOST_STEPS_ABREAST = 3
"""So many adjacent milliseconds may fail beside a healthy rest; more is an outage."""


class Api(PageSource, TextSource, Protocol):
    """The tenant's API as a run needs it (``TenantApi``)."""

    requests: int

    @property
    def host(self) -> str:
        """The host of the API."""

    def open(self) -> datetime:
        """Learn what the tenant has to show, and what time it is there."""

    def count(self, span: Span) -> int | None:
        """How many logs a span holds; None if the tenant cannot tell in time."""


class Tenant(Protocol):
    """A tenant with whom we have identified ourselves."""

    @property
    def api(self) -> Api:
        """Its API."""

    @property
    def certificate_ends(self) -> datetime | None:
        """When the client certificate ends; None for a client secret."""


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
        """Export what is new since the position, unless another run is at it.

        The position moves only past what S3 has acknowledged, and stays behind the run's start by
        the overlap, because logs become visible late.
        """
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
                now = tenant.api.open()
                self.archive.claim(tenant.api.host)
                self._export_new(tenant, known, now, report)
                if report.caught_up:
                    self._sweep(tenant, known, now, report)
                report.requests = tenant.api.requests
        self._gauges.totals(report)
        return report

    def span(self, request: ExportSpan) -> Report:
        """Export a span of one's choice: no lease, no commit, safe beside anything.

        Raises:
            TenantUnavailableError: A backfill had to step over something; all else is archived.
        """
        known = self.checkpoints.read()
        span = self._clipped(request, known)
        report = Report(
            tenant=self.settings.tenant,
            purpose=request.purpose,
            since=request.span.since,
            until=request.span.until,
            position=known.position,
        )
        with self.connect(self.reading) as tenant:
            now = tenant.api.open()
            self.archive.claim(tenant.api.host)
            pieces = [] if span is None else cut_at(span, self._settled(now))
            try:
                with closing(self._steps(tenant, pieces, _unless_many)) as steps:
                    for step in steps:
                        self._take(step, report)
                        if request.purpose == "reconcile":
                            report.late += _late(step, known.position)
                report.caught_up = True
            except OutOfTimeError:
                report.caught_up = False
            report.requests = tenant.api.requests
        self._gauges.totals(report)
        if report.stepped_over and request.purpose == "backfill":
            raise TenantUnavailableError(
                f"the tenant could not show {len(report.stepped_over)} milliseconds of the span, "
                f"the first at {report.stepped_over[0]}; all else is archived, so try this span "
                "again later"
            )
        return report

    def _export_new(self, tenant: Tenant, known: Checkpoint, now: datetime, report: Report) -> None:
        since = known.position or known.start_from or now
        report.since, report.until = since, max(since, now)
        if since >= now:
            report.caught_up = True
            return
        stuck = known.stuck or (since, since)

        def may_step_over(instant: datetime, _before: int) -> bool:
            return stuck[0] <= instant < stuck[1]

        latest = max(since, now - self.settings.overlap)  # StartFrom may be younger than that
        committer = Committer(self.checkpoints, self.clock, latest, known)
        pieces = cut_at(Span(since=since, until=now), (*stuck, *self._settled(now)))
        try:
            with closing(self._steps(tenant, pieces, may_step_over)) as steps:
                for step in steps:
                    self._take(step, report)
                    committer.take(step)
            report.caught_up = True
        except UnreadableInstantError as error:
            self.checkpoints.note_stuck(error.instant)
            raise
        except OutOfTimeError:
            report.caught_up = False
        finally:
            committer.commit()
            report.position = committer.position
            self._gauges.lag(committer.reached, known, self.clock.now())

    def _steps(
        self, tenant: Tenant, pieces: list[Span], may_step_over: MayStepOver
    ) -> Generator[Step]:
        """Plan, read and store: the verb with everything that belongs to it.

        To be closed, also after an error: the threads that read have ended then.
        """

        def read(piece: Span) -> Iterator[Page]:
            return read_pages(tenant.api, piece, self.clock, may_step_over=may_step_over)

        planned = (part for piece in pieces for part in slices(piece, tenant.api.count))
        threads = self.settings.page_concurrency
        with closing(read_slices(planned, read, threads=threads)) as pages:
            yield from export(pages, self.archive, self._error_texts(tenant), self.reading)

    def _sweep(self, tenant: Tenant, known: Checkpoint, now: datetime, report: Report) -> None:
        """Read the open logs, by the first run of an hour, and say how many and how old."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if known.swept is not None and known.swept >= hour:
            return
        error_texts = self._error_texts(tenant)
        started, dead, rows = list[datetime](), 0, 0
        open_logs = OpenLogs(tenant.api, self.clock)
        with suppress(OutOfTimeError):  # one that cannot end is not tried by every run
            for logs in open_logs.read():
                rows += len(logs)
                begun = [log.started or now for log in logs]
                alive = [it for it in begun if now - it <= self.settings.tenant_retention]
                started += alive
                dead += len(begun) - len(alive)
                for stored in store(logs, self.archive, error_texts):
                    self._stored(stored, report)
                    if self.reading.passed():
                        raise OutOfTimeError
            self._gauges.open_logs(started, dead, now, cut=rows >= MOST_OPEN_LOGS)
        report.open_logs_stepped_over = open_logs.stepped_over
        self.checkpoints.note_sweep(hour)

    @property
    def _gauges(self) -> Gauges:
        return Gauges(self.meter, self.settings)

    def _clipped(self, request: ExportSpan, known: Checkpoint) -> Span | None:
        """The span to export: a reconcile begins no earlier than the export itself did."""
        if request.purpose != "reconcile" or known.start_from is None:
            return request.span
        since = max(request.span.since, known.start_from)
        if since >= request.span.until:
            return None
        return Span(since=since, until=request.span.until)

    def _settled(self, now: datetime) -> tuple[datetime, ...]:
        """Where to cut a span, so that no page reaches from what is settled into the overlap.

        With ``$expand`` the tenant chooses the rows of a page by one query and shows them by
        another.  A log that gets a new end in between, told late, would make a page of old logs
        look as if it reached that far.  What such a page hides of the overlap, later runs read.
        """
        return (now - self.settings.overlap,) if self.settings.expand else ()

    def _error_texts(self, tenant: Tenant) -> ErrorTexts:
        if not self.settings.error_texts:
            return lambda _: {}
        return TenantErrorTexts(tenant.api, self.clock, self.reading)

    def _take(self, step: Step, report: Report) -> None:
        if step.stored is None:
            report.count(step)
        else:
            self._stored(step.stored, report)

    def _stored(self, stored: Stored, report: Report) -> None:
        report.count_stored(stored)
        self._gauges.failures(stored, self.clock.now())


def _unless_many(_instant: datetime, before: int) -> bool:
    return before < _MOST_STEPS_ABREAST


def _late(step: Step, position: datetime | None) -> int:
    """The new states that the scheduled runs had passed by."""
    if step.stored is None or position is None:
        return 0
    return sum(log.log_end is not None and log.log_end < position for log in step.stored.new)

"""What every purpose works with while the tenant is open: read, store, and count."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mpl_export.archive.archive import Archive, ErrorTexts, Stored
from mpl_export.checkpoint import Checkpoint, Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.exporter.export import Step, Times, export
from mpl_export.exporter.gauges import Gauges
from mpl_export.exporter.prefetch import read_ahead
from mpl_export.exporter.report import Report
from mpl_export.model import Page, Span, Walked
from mpl_export.settings import Settings
from mpl_export.tenant.artifacts.listing import Asks
from mpl_export.tenant.logs.error_texts import ErrorTexts as TenantErrorTexts
from mpl_export.tenant.logs.error_texts import TextSource
from mpl_export.tenant.logs.paging import read_pages
from mpl_export.tenant.logs.unreadable import MayStepOver, PageSource

_WRITERS_EACH = 2
"""Windows stored at once, for each page that may be read: a call of AWS is waiting for the most
part, and many small windows come with one page."""


class Api(PageSource, TextSource, Protocol):
    """The tenant's API as a run needs it (``TenantApi``)."""

    @property
    def asking(self) -> Asks:
        """Asks it for something else than logs."""

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far our clock is ahead of the tenant's; None if the tenant tells no time."""

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
        """When the client certificate in use ends; None for a client secret."""

    @property
    def uses_previous_key(self) -> bool:
        """Whether the tenant refuses the current service key and takes the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An invocation whose tenant is open.

    Attributes:
        known: The checkpoint as it was when the invocation began.
        now: The earlier of the function's clock and the tenant's.
        reading: When no more is to be read, so that time is left to store.
        storing: When no more is to be stored, so that time is left to say so.
        report: What was done, counted while it goes on.
    """

    settings: Settings
    clock: Clock
    checkpoints: Checkpoints
    archive: Archive
    gauges: Gauges
    api: Api
    known: Checkpoint
    now: datetime
    reading: Deadline
    storing: Deadline
    report: Report

    def steps(
        self,
        pieces: list[Span],
        may_step_over: MayStepOver,
        walked: Walked | None,
        *,
        untold: Callable[[Stored], None],
        deadline: Deadline | None = None,
    ) -> Generator[Step]:
        """Plan, read and store: the verb with everything that belongs to it.

        To be closed, also after an error: the threads that read have ended then.

        Args:
            walked: How far a tie was walked by an earlier run.
            untold: Takes each part that was stored after the last step was taken.
            deadline: When to stop, if that is earlier than for the run as a whole.
        """
        deadline = deadline or self.reading

        def read(piece: Span) -> Iterator[Page]:
            return read_pages(
                self.api, piece, self.clock, may_step_over=may_step_over, walked=walked
            )

        threads = self.settings.page_concurrency
        times = Times(reading=deadline, storing=self.storing)
        with (
            closing(read_ahead(pieces, read, self.api.count, threads=threads)) as pages,
            closing(
                export(
                    pages,
                    self.archive,
                    self.error_texts(),
                    times,
                    until=max((piece.until for piece in pieces), default=self.now),
                    untold=untold,
                    writers=_WRITERS_EACH * threads if threads > 1 else 1,
                )
            ) as steps,
        ):
            yield from steps

    def take(self, step: Step) -> None:
        """Count a step."""
        if step.stored is None:
            self.report.count(step)
        else:
            self.stored(step.stored)

    def take_beside(self, step: Step) -> None:
        """Count a step that is not of the run's own span."""
        if step.stored is None:
            self.report.count_beside(step)
        else:
            self.stored(step.stored)

    def stored(self, stored: Stored) -> None:
        """Count a part, and tell its failures at once."""
        self.report.count_stored(stored)
        self.gauges.failures(stored, self.clock.now())

    def settled(self) -> tuple[datetime, ...]:
        """Where to cut a span, so that no page reaches from what is settled into the overlap.

        With ``$expand`` the tenant chooses the rows of a page by one query and shows them by
        another.  A log that gets a new end in between, told late, would make a page of old logs
        look as if it reached that far.  What such a page hides of the overlap, later runs read.
        """
        return (self.now - self.settings.overlap,) if self.settings.expand else ()

    @property
    def oldest(self) -> datetime | None:
        """Before this nothing is stored, because the archive would not keep it as long as it says.

        What it has deleted would come back, under numbers of parts that were used before.
        """
        keeps = self.settings.archive_retention
        return None if keeps is None else self.now - keeps

    def has_expired(self, instant: datetime) -> bool:
        """Whether what ended then is too old for the archive."""
        return self.oldest is not None and instant < self.oldest

    def kept(self, since: datetime, until: datetime) -> Span | None:
        """What the archive keeps of a span, if anything; the report says what it does not."""
        oldest = self.oldest
        if oldest is not None and since < oldest:
            self.report.expired_before = oldest
            since = oldest
        return None if since >= until else Span(since=since, until=until)

    def error_texts(self) -> ErrorTexts:
        """Where the error texts of one read come from."""
        if not self.settings.error_texts:
            return lambda _: {}
        return TenantErrorTexts(self.api, self.clock, self.reading)

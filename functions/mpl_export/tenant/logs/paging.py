"""Read a span page by page, by key and never by offset, whatever moves meanwhile.

Rows are mutable: one that changes leaves the span, and every later row moves up.  An offset (which
is what the tenant's link to the next page holds) then skips a row.  So each request starts at what
the last page has shown, one millisecond earlier because the tenant may round what it shows, and
rows that are known are dropped.  Where that does not get further (more rows within a millisecond
than fit a page) the place is walked by overlapping offsets until nothing new turns up.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from mpl_export.clock import Clock
from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.instants import MILLISECOND, floor_millisecond
from mpl_export.model import Log, Page, Span, Walked
from mpl_export.tenant.http.transport import TlsError
from mpl_export.tenant.logs import evidence, odata
from mpl_export.tenant.logs.offsets import Offsets
from mpl_export.tenant.logs.rows import logs_of
from mpl_export.tenant.logs.stretch import Stretch
from mpl_export.tenant.logs.unreadable import MayStepOver, PageSource, never, verdict
from mpl_export.tenant.logs.walking import Ask, Walk
from mpl_export.tenant.odata import answers

WALK_PASSES = 20
_WALK = 2 * MILLISECOND


def read_pages(
    source: PageSource,
    span: Span,
    clock: Clock,
    *,
    may_step_over: MayStepOver = never,
    walked: Walked | None = None,
) -> Iterator[Page]:
    """Read the logs of a span in order of ``LogEnd``.

    Args:
        may_step_over: Whether a millisecond for which the tenant fails may be left out.  It is,
            once the tenant has answered for what comes after it: an outage steps over nothing.
        walked: How far an earlier run walked a tie, to continue there.

    Yields:
        Pages whose ``reached`` never falls and ends at ``span.until``, or before what was left out
        at its very end: nothing has shown yet that the tenant answers for what comes after.  A log
        is in them at least once, and more than once only if it changed or stands at the edge of a
        page.

    Raises:
        UnreadableInstantError: A millisecond that may not be left out.
        SilentTenantError: The tenant fails for everything.
        TenantUnavailableError, OutOfTimeError, UnexpectedResponseError: As ``TenantApi.page``.
    """
    reader = _Reader(source, span, clock, may_step_over, walked)
    while reader.start < span.until:
        yield from reader.advance()
    if reader.left_out:
        yield reader.left_out_at_the_end()


@dataclass(slots=True)
class _Reader:
    source: PageSource
    span: Span
    clock: Clock
    may_step_over: MayStepOver
    walked: Walked | None
    start: datetime = field(init=False)
    stretch: Stretch = field(init=False)
    known: frozenset[bytes] = frozenset()
    left_out: tuple[datetime, ...] = ()
    asked: Span = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.span.since
        self.stretch = Stretch(self.span)

    def advance(self) -> Iterator[Page]:
        """Ask for the next stretch, and give what it brings; on failure, ask for less."""
        asked = self.asked = self.stretch.at(self.start)
        try:
            yield from self._read(asked)
        except (TenantThrottledError, TlsError, answers.NotTheApiError):
            raise
        except TenantUnavailableError as error:
            asked, failure = self.asked, error
        else:
            return
        if asked.length > MILLISECOND:
            self.stretch.narrow(asked)
        else:
            yield from self._pick(asked, failure)

    def _read(self, asked: Span) -> Iterator[Page]:
        """Read as far as keys lead on, or a place where they do not."""
        if self.walked is None or self.walked.instant != self.start:
            page, logs = self._ask(asked)
            if page.more and not page.rows:  # a link to more behind nothing: to anything?
                page, logs = self._ask(asked, count=True)
            if (yield from self._take(asked, page, logs)):
                return
        tie = self.asked = self.stretch.at(self.start, at_most=_WALK)
        walk = yield from self._walk(tie, lambda skip: self._ask(tie, skip=skip, count=True))
        yield self._passed(tie, walk)

    def _take(
        self, asked: Span, page: answers.RawPage, logs: list[Log]
    ) -> Generator[Page, None, bool]:
        """Give a page, and go on behind it as far as it proves that nothing else is there.

        Whatever it proves, its rows are given: they may have changed before they are seen again.

        Returns:
            Whether keys lead on; if not, the place has to be walked.
        """
        if (yield from self._give_asked_for(asked, logs)):
            raise evidence.filter_ignored()
        full = page.more or len(page.rows) >= answers.PAGE_ROWS
        if not full or (page.count == 0 and not page.rows):
            yield self._page(logs, reached=asked.until)
            self.stretch.widen(self.start)
            return True
        newest = evidence.newest(logs, asked)
        # Where lists were expanded, a second query has put the page into an order of its own.
        in_order = page.expanded or evidence.is_in_order(logs, asked)
        if in_order and newest is not None and newest - MILLISECOND > asked.since:
            yield self._page(logs, reached=newest - MILLISECOND)
            self.stretch.widen(self.start)
            return True
        yield self._page(logs, reached=self.start)
        self.known |= {log.version for log in logs}
        if not in_order:
            raise evidence.order_ignored()
        if newest is None and asked.length > MILLISECOND:
            self.stretch.narrow(asked)  # a full page without one date of this stretch
            return True
        return False

    def _walk(self, tie: Span, ask: Ask) -> Generator[Page, None, Walk]:
        """Read a millisecond or two that hold more rows than fit a page."""
        begun = self.walked if self.walked and self.walked.instant == tie.since else None
        walk = Walk(
            ask,
            allowed=answers.PAGE_ROWS,
            passes=WALK_PASSES,
            offset=begun.offset if begun else 0,
            passed=begun.passed if begun else 0,
        )
        for fresh in walk.logs():
            if (yield from self._give_asked_for(tie, fresh)):
                raise evidence.filter_ignored()
            if walk.offset or walk.passed:
                self.walked = Walked(tie.since, walk.offset, walk.passed)
            yield replace(self._page(fresh, reached=self.start), walked=self.walked)
        return walk

    def _give_asked_for(self, asked: Span, logs: list[Log]) -> Generator[Page, None, bool]:
        """Give what was asked for, if that is not all that came; it may change before it is seen.

        Returns:
            Whether there was anything else.
        """
        wanted = evidence.asked_for(logs, asked)
        if len(wanted) == len(logs):
            return False
        yield self._page(wanted, reached=self.start)
        return True

    def _passed(self, tie: Span, walk: Walk) -> Page:
        """Go on behind a place that was walked."""
        self.walked = None
        page = self._page([], reached=tie.until)
        self.stretch.widen(self.start)
        return replace(page, ties_unresolved=0 if walk.resolved else 1)

    def _pick(self, place: Span, failure: TenantUnavailableError) -> Iterator[Page]:
        """Read what can be shown of a millisecond that fails as a whole, and leave out the rest.

        Raises:
            UnreadableInstantError: There is a rest, which may not be left out.
            SilentTenantError: The tenant fails for everything else, too.
        """

        def ask(skip: int, *, top: int | None, narrowed: bool) -> tuple[answers.RawPage, list[Log]]:
            # The first is the question that failed, for fewer rows and for nothing more.
            return self._ask(place, skip, top=top, count=skip > 0, narrowed=narrowed)

        offsets = Offsets(ask, failed=True)
        try:
            walk = yield from self._walk(place, offsets)
        except (TenantThrottledError, TlsError, answers.NotTheApiError):
            raise
        except TenantUnavailableError as error:
            if not self.may_step_over(place.since, len(self.left_out)):
                raise verdict(self.source, place.since, error) from error
            self.left_out = (*self.left_out, place.since)
            self.start = place.until
            self.walked = None
            return
        if offsets.over:
            if not self.may_step_over(place.since, len(self.left_out)):
                raise verdict(self.source, place.since, failure) from failure
            self.left_out = (*self.left_out, place.since)
        yield self._passed(place, walk)

    def left_out_at_the_end(self) -> Page:
        """Tell what was left out, without claiming to have got past it."""
        return Page(logs=[], reached=self.left_out[0], stepped_over=self.left_out)

    def _ask(
        self,
        asked: Span,
        skip: int = 0,
        *,
        top: int | None = None,
        count: bool = False,
        narrowed: bool | None = None,
    ) -> tuple[answers.RawPage, list[Log]]:
        if narrowed is None:
            narrowed = self.stretch.is_narrowed
        page = self.source.page(
            odata.in_span(asked), top=top, skip=skip, count=count, narrowed=narrowed
        )
        read_at = floor_millisecond(self.clock.now())
        return page, logs_of(page.rows, read_at)

    def _page(self, logs: list[Log], reached: datetime) -> Page:
        """What was read, without what the last page held, and with what it proves."""
        fresh = [log for log in logs if log.version not in self.known]
        if reached > self.start:
            edge = reached - MILLISECOND
            self.known = frozenset(
                log.version for log in logs if log.log_end is None or log.log_end >= edge
            )
            self.start = reached
        left_out, self.left_out = self.left_out, ()
        return Page(logs=fresh, reached=reached, stepped_over=left_out)

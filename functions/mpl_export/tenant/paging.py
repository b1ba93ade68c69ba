"""Read a span page by page, by key and never by offset, whatever moves meanwhile.

Rows are mutable: one that changes leaves the span, and every later row moves up.  An offset (which
is what the tenant's link to the next page holds) then skips a row.  So each request starts at what
the last page has shown, one millisecond earlier because the tenant may round what it shows, and
rows that are known are dropped.  Where that does not get further (more rows within a millisecond
than fit a page) the place is walked by overlapping offsets until nothing new turns up.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mpl_export.clock import Clock
from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.instants import MILLISECOND, floor_millisecond
from mpl_export.model import Log, Page, Span, Walked
from mpl_export.tenant import evidence, odata
from mpl_export.tenant.rows import logs_of
from mpl_export.tenant.transport import TlsError
from mpl_export.tenant.walking import Walk

WALK_PASSES = 20
_WALK = 2 * MILLISECOND
_FEWER = 8
"""Into so many pieces goes a question that failed.

Not 2: each failure may cost a whole timeout.  From a month down to one row of a millisecond it is
14 failures by eighths, which a run has the time for, and some 40 by halves, which it has not.
"""
_WIDEST = timedelta(days=36_500)


MayStepOver = Callable[[datetime, int], bool]
"""Whether a millisecond may be left out, if so many just before it were left out already."""


def never(_instant: datetime, _before: int) -> bool:
    """Leave nothing out."""
    return False


class PageSource(Protocol):
    """Answers questions for one page (``TenantApi``)."""

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> odata.RawPage:
        """Ask for one page of logs."""


class UnreadableInstantError(TenantUnavailableError):
    """The tenant fails for one millisecond, even when asked for a single row.

    Attributes:
        instant: That millisecond.
    """

    def __init__(self, instant: datetime) -> None:
        super().__init__(
            f"the tenant cannot show the logs that ended at {instant:%Y-%m-%dT%H:%M:%S.%f}; the "
            "next run steps over this millisecond, and the daily reconcile tries it again"
        )
        self.instant = instant


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
        walked: How far an earlier run has walked a tie, where that is to be gone on with.

    Yields:
        Pages whose ``reached`` never falls and ends at ``span.until``, or before what was left out
        at its very end: nothing has shown yet that the tenant answers for what comes after.  A log
        is in them at least once, and more than once only if it changed or stands at the edge of a
        page.

    Raises:
        UnreadableInstantError: A millisecond that may not be left out.
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
    width: timedelta = _WIDEST
    top: int | None = None
    known: frozenset[bytes] = frozenset()
    left_out: tuple[datetime, ...] = ()
    failed_until: datetime = field(init=False)
    """The end of the last stretch for which the tenant failed: trouble is somewhere below."""

    def __post_init__(self) -> None:
        self.start = self.failed_until = self.span.since

    def advance(self) -> Iterator[Page]:
        """Ask for the next stretch, and give what it brings; on failure, ask for less."""
        asked = self._stretch(self.width)
        try:
            page, logs = self._ask(asked)
            if page.more and not page.rows:  # a link to more behind nothing: is there anything?
                page, logs = self._ask(asked, count=True)
            proven = yield from self._take(asked, page, logs)
            if not proven:
                asked = self._stretch(min(self.width, _WALK))
                yield from self._walk(asked)
                self._widen()
        except (TenantThrottledError, TlsError, odata.NotTheApiError):
            raise
        except TenantUnavailableError as error:
            self._ask_for_less(asked, error)

    def _take(
        self, asked: Span, page: odata.RawPage, logs: list[Log]
    ) -> Generator[Page, None, bool]:
        """Give a page, and go on behind it as far as it proves that nothing else is there.

        Whatever it proves, its rows are given: they may have changed before they are seen again.

        Returns:
            Whether keys lead on; if not, the place has to be walked.
        """
        full = page.more or len(page.rows) >= (self.top or odata.PAGE_ROWS)
        if not full or (page.count == 0 and not page.rows):
            yield self._page(logs, reached=asked.until)
            self._widen()
            return True
        newest = evidence.newest(logs, asked)
        # Where lists were expanded, a second query has put the page into an order of its own.
        in_order = page.expanded or evidence.is_in_order(logs, asked)
        if in_order and newest is not None and newest - MILLISECOND > asked.since:
            yield self._page(logs, reached=newest - MILLISECOND)
            self._widen()
            return True
        yield self._page(logs, reached=self.start)
        self.known |= {log.version for log in logs}
        if not in_order:
            raise evidence.order_ignored()
        if newest is None and asked.length > MILLISECOND:
            self._narrow(asked)  # a full page without one date of this stretch
            return True
        return False

    def left_out_at_the_end(self) -> Page:
        """Tell what was left out, without claiming to have got past it."""
        return Page(logs=[], reached=self.left_out[0], stepped_over=self.left_out)

    def _stretch(self, width: timedelta) -> Span:
        left = self.span.until - self.start
        return Span(since=self.start, until=self.start + min(width, left))

    def _ask(
        self, asked: Span, *, skip: int = 0, count: bool = False
    ) -> tuple[odata.RawPage, list[Log]]:
        page = self.source.page(
            odata.in_span(asked), top=self.top, skip=skip, count=count, narrowed=self._narrowed
        )
        read_at = floor_millisecond(self.clock.now())
        logs = logs_of(page.rows, read_at)
        evidence.check_filter(logs, asked)
        return page, logs

    @property
    def _narrowed(self) -> bool:
        """Whether a larger question failed; the smallest possible one gets a second attempt."""
        return self.width < _WIDEST and not (self.width == MILLISECOND and self.top == 1)

    def _page(self, logs: list[Log], reached: datetime, ties_unresolved: int = 0) -> Page:
        """What was read, without what the last page held, and with what it proves."""
        fresh = [log for log in logs if log.version not in self.known]
        if reached > self.start:
            edge = reached - MILLISECOND
            self.known = frozenset(
                log.version for log in logs if log.log_end is None or log.log_end >= edge
            )
            self.start = reached
        left_out, self.left_out = self.left_out, ()
        return Page(
            logs=fresh, reached=reached, ties_unresolved=ties_unresolved, stepped_over=left_out
        )

    def _walk(self, tie: Span) -> Iterator[Page]:
        """Read a millisecond or two that hold more rows than fit a page."""
        walk = Walk(
            lambda skip: self._ask(tie, skip=skip, count=True),
            allowed=self.top or odata.PAGE_ROWS,
            passes=WALK_PASSES,
        )
        for fresh in walk.logs():
            yield self._page(fresh, reached=self.start)
        yield self._page([], reached=tie.until, ties_unresolved=0 if walk.resolved else 1)

    def _narrow(self, asked: Span) -> None:
        """Ask for a piece of the stretch next time, and in the end for fewer and fewer rows."""
        if asked.length > MILLISECOND:
            self.width = max(asked.length / _FEWER // MILLISECOND * MILLISECOND, MILLISECOND)
            self.failed_until = asked.until
        else:
            self.width = MILLISECOND
            self.top = max(1, (self.top or odata.PAGE_ROWS) // _FEWER)

    def _widen(self) -> None:
        """Ask for twice as much next time, up to the usual.

        Not before the stretch that failed lies behind us: to come nearer to a place that times out
        by ever larger steps would meet it again and again, and each time cost a whole timeout.
        """
        if self.top is not None:
            self.top = None if self.top * _FEWER >= odata.PAGE_ROWS else self.top * _FEWER
        elif self.width < _WIDEST and self.start >= self.failed_until:
            wider = self.width * 2
            self.width = wider if wider < self.span.length else _WIDEST

    def _ask_for_less(self, asked: Span, error: TenantUnavailableError) -> None:
        if asked.length > MILLISECOND or self.top != 1:
            self._narrow(asked)
            return
        if not self.may_step_over(asked.since, len(self.left_out)):
            raise UnreadableInstantError(asked.since) from error
        self.left_out = (*self.left_out, asked.since)
        self.start = asked.until
        self.top = None

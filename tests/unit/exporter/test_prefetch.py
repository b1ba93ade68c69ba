"""Several slices at once, but as if they had been read one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from copy import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter.planning import SLICE_ROWS
from mpl_export.exporter.prefetch import read_ahead
from mpl_export.model import Log, Page, Span
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, MINUTE, SECOND, log, page

PATIENCE = 20.0
"""Seconds after which a test gives up on another thread; none is waited for in vain."""

ROWS = 50
"""Rows of a page; the plan is told that each stands for many."""

LOGS = [log(number) for number in range(1000)]
DAY = Span(since=NOON, until=NOON + 24 * HOUR)


class Tenant:
    """Has a page for each quarter of an hour.

    Attributes:
        read: The spans that readers were given.
        threads: The names of the threads that read.
        on_page: Called before each page with its begin.
    """

    def __init__(self, on_page: Callable[[datetime], None] = lambda _: None) -> None:
        self.read: list[Span] = []
        self.threads: set[str] = set()
        self.counted: list[Span] = []
        self.on_page = on_page

    def pages(self, span: Span) -> Iterator[Page]:
        """The pages of a span."""
        self.read.append(span)
        self.threads.add(threading.current_thread().name)
        since = span.since
        while since < span.until:
            self.on_page(since)
            since = min(span.until, since + 15 * MINUTE)
            yield page(since, *LOGS)

    def count(self, span: Span) -> int:
        """How many rows a span has."""
        self.counted.append(span)
        return round(span.length / (15 * MINUTE) * 1000)


def readers() -> list[threading.Thread]:
    """The threads that read slices and have not ended."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("slice")]


@pytest.mark.parametrize("threads", [1, 2, 4, 16])
@pytest.mark.parametrize("spans", [[], [DAY], [Span(since=NOON - HOUR, until=NOON), DAY]])
def test_pages_come_in_the_order_of_time(threads: int, spans: list[Span]) -> None:
    """The position follows the pages: one out of turn would let it pass what is not read."""
    tenant = Tenant()

    pages = list(read_ahead(spans, tenant.pages, tenant.count, threads=threads))

    reached = [one.reached for one in pages]
    assert reached == sorted(reached)
    assert reached[-1:] == [span.until for span in spans][-1:]
    assert readers() == []
    # Together, what was read is the spans: each begins where the one before ended, or was left.
    ends = sorted(span.since for span in tenant.read)
    assert all(one < following for one, following in pairwise(ends))


def test_slices_are_read_beside_each_other() -> None:
    """Four readers that wait for one another: one at a time would never get past the first."""
    together = threading.Barrier(4, timeout=PATIENCE)
    met: set[str] = set()

    def meet(since: datetime) -> None:
        name = threading.current_thread().name
        if since > NOON and name not in met:  # the first page is read alone
            together.wait()
            met.add(name)

    tenant = Tenant(meet)

    list(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert len(met) == 4


def test_all_readers_work_all_the_time() -> None:
    """Pages that take 50 ms each: a day of 96 takes little more than a quarter of 4.8 s.

    Readers that wait for their turn while one of them reads, as with long slices, take them all.
    """
    tenant = Tenant(lambda _: time.sleep(0.05))
    begun = time.monotonic()

    pages = list(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert len(pages) >= 96
    assert time.monotonic() - begun < 0.55 * 96 * 0.05


def test_little_needs_no_thread_and_no_count() -> None:
    """That is every scheduled run."""
    tenant = Tenant()
    short = Span(since=NOON, until=NOON + HOUR)

    list(read_ahead([short], tenant.pages, tenant.count, threads=4))
    list(read_ahead([DAY], tenant.pages, tenant.count, threads=1))

    assert tenant.threads == {threading.current_thread().name}
    assert tenant.counted == []
    assert tenant.read == [short, DAY]


def test_requests_are_few() -> None:
    """A slice that is cut too short ends with a page that is half empty."""
    tenant = Tenant()

    pages = list(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert len(pages) + len(tenant.counted) <= 1.25 * 96 + 3
    assert len(tenant.counted) == 1
    assert len(tenant.read) > 96 * 1000 / SLICE_ROWS


def test_a_slice_that_is_denser_than_planned_is_shared_again() -> None:
    """All of a day lies in its last hours: one thread alone would read it for ever."""
    dense = NOON + 20 * HOUR
    tenant = Tenant()

    def pages(span: Span) -> Iterator[Page]:
        tenant.read.append(span)
        since = span.since
        while since < span.until:
            step = timedelta(minutes=2) if since >= dense else 10 * HOUR
            since = min(span.until, since + step)
            yield page(since, *LOGS)

    list(read_ahead([DAY], pages, lambda _: 120_000, threads=4))

    late = [span for span in tenant.read if span.since >= dense]
    assert len(late) >= 8


def test_a_failure_is_raised_in_its_turn() -> None:
    """What was read before it is stored first; the next run begins where it failed."""
    place = NOON + 10 * HOUR

    def fail(since: datetime) -> None:
        if place <= since < place + 15 * MINUTE:
            raise TenantUnavailableError("no answer")

    tenant = Tenant(fail)
    seen: list[Page] = []
    with pytest.raises(TenantUnavailableError, match="no answer"):
        seen.extend(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert place - 15 * MINUTE < seen[-1].reached <= place + 15 * MINUTE
    reached = [one.reached for one in seen]
    assert reached == sorted(reached)
    assert readers() == []


def test_a_count_that_fails_ends_the_readers() -> None:
    """It is raised after the page that called for it."""

    def count(_span: Span) -> int:
        raise TenantUnavailableError("cannot count")

    seen: list[Page] = []
    with pytest.raises(TenantUnavailableError, match="cannot count"):
        seen.extend(read_ahead([DAY], Tenant().pages, count, threads=4))

    assert len(seen) == 1
    assert readers() == []


@pytest.mark.parametrize("taken", [0, 1, 2, 3, 7, 30])
def test_no_thread_outlives_a_caller_that_stops_early(taken: int) -> None:
    """A thread that goes on in a frozen container would wake up within another run."""
    tenant = Tenant()
    pages = read_ahead([DAY], tenant.pages, tenant.count, threads=4)
    for _ in range(taken):
        next(pages)

    pages.close()

    assert readers() == []


def waiting_at_most(size: int, taken: int) -> int:
    """How many pages are read at most beyond those taken, if each has rows of so many bytes."""
    rows = [replace(LOGS[0], members=bytes(size))] * len(LOGS)
    read = threading.Semaphore(0)
    count = 0

    def pages(span: Span) -> Iterator[Page]:
        since = span.since
        while since < span.until:
            since = min(span.until, since + 15 * MINUTE)
            read.release()
            yield page(since, *rows)

    reading = read_ahead([DAY], pages, Tenant().count, threads=4)
    for _ in range(taken):
        next(reading)
    while read.acquire(timeout=0.1):
        count += 1
    reading.close()
    return count - taken


def test_readers_wait_for_a_slow_caller() -> None:
    """What is in memory is bounded by pages, whoever has read them, and by bytes."""
    assert 12 <= waiting_at_most(1, taken=3) <= 4 * 4 + 4
    assert waiting_at_most(16_000, taken=3) <= 3 + 4


def test_the_one_whose_turn_it_is_is_never_held_up() -> None:
    """Others have used up the budget while it was slow: it must be read on, or nothing moves."""
    others = threading.Event()
    first: list[datetime] = []
    read = 0
    lock = threading.Lock()

    def slow(since: datetime) -> None:
        nonlocal read
        if NOON < since < NOON + 50 * MINUTE:
            first.append(since)
            others.wait(PATIENCE)
            return
        with lock:
            read += 1
            if read >= 14:
                others.set()

    tenant = Tenant(slow)

    pages = list(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert pages[-1].reached == DAY.until
    assert others.is_set()
    assert len(first) >= 2


def test_a_kill_within_a_thread_is_raised_too() -> None:
    """Not only what is an error of ours."""

    class Killed(BaseException):
        pass

    def kill(since: datetime) -> None:
        if since > NOON:
            raise Killed

    tenant = Tenant(kill)
    with pytest.raises(Killed):
        list(read_ahead([DAY], tenant.pages, tenant.count, threads=4))

    assert readers() == []


def made_of(pages: list[Page]) -> list[Log]:
    """All logs of pages."""
    return [one for page_ in pages for one in page_.logs]


def test_a_span_behind_one_that_is_shared_is_read_too() -> None:
    """A stuck millisecond lies between two long spans, and each is a question of its own."""
    place = NOON + 24 * HOUR
    spans = [
        DAY,
        Span(since=place, until=place + SECOND),
        Span(since=place + SECOND, until=place + HOUR),
    ]
    tenant = Tenant()

    pages = list(read_ahead(spans, tenant.pages, tenant.count, threads=4))

    assert spans[1] in tenant.read
    assert pages[-1].reached == place + HOUR
    assert made_of(pages)

"""Several slices at once, but as if they had been read one after the other."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter.prefetch import read_slices
from mpl_export.model import Page, Span
from tests.support.turning_clock import NOON
from tests.unit.samples import HOUR, MINUTE, page

PATIENCE = 20.0
"""Seconds after which a test gives up on another thread; none is waited for in vain."""


def spans(count: int) -> list[Span]:
    """Hours, one after the other."""
    return [Span(since=NOON + n * HOUR, until=NOON + (n + 1) * HOUR) for n in range(count)]


def minutes(span: Span, count: int = 5) -> Iterator[Page]:
    """Some pages of a span."""
    for number in range(1, count):
        yield page(span.since + number * MINUTE)
    yield page(span.until)


def readers() -> list[threading.Thread]:
    """The threads that read slices and have not ended."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("slice")]


@pytest.mark.parametrize("threads", [1, 2, 4, 16])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_pages_come_in_the_order_of_time(threads: int, count: int) -> None:
    """The position follows the pages: one out of turn would let it pass what is not read."""
    pages = list(read_slices(iter(spans(count)), minutes, threads=threads))

    assert [one.reached for one in pages] == [
        one.reached for span in spans(count) for one in minutes(span)
    ]
    assert readers() == []


def test_slices_are_read_beside_each_other() -> None:
    """Three readers that wait for one another: one at a time would never get past the first."""
    together = threading.Barrier(3, timeout=PATIENCE)

    def read(span: Span) -> Iterator[Page]:
        together.wait()
        yield page(span.until)

    pages = list(read_slices(iter(spans(6)), read, threads=3))

    assert [one.reached for one in pages] == [span.until for span in spans(6)]


def test_one_slice_needs_no_thread() -> None:
    """That is every scheduled run."""
    used: list[str] = []

    def read(span: Span) -> Iterator[Page]:
        used.append(threading.current_thread().name)
        yield page(span.until)

    list(read_slices(iter(spans(1)), read, threads=4))
    list(read_slices(iter(spans(3)), read, threads=1))

    assert set(used) == {threading.current_thread().name}


def test_a_failure_is_raised_in_its_turn() -> None:
    """What was read before it is stored first; the next run begins where it failed."""

    def read(span: Span) -> Iterator[Page]:
        yield from minutes(span, 2)
        if span == spans(3)[1]:
            raise TenantUnavailableError("no answer")

    seen: list[Page] = []
    with pytest.raises(TenantUnavailableError, match="no answer"):
        seen.extend(read_slices(iter(spans(3)), read, threads=3))

    assert [one.reached for one in seen] == [
        one.reached for span in spans(2) for one in minutes(span, 2)
    ]
    assert readers() == []


@pytest.mark.parametrize("taken", [0, 1, 3, 7])
def test_no_thread_outlives_a_caller_that_stops_early(taken: int) -> None:
    """A thread that goes on in a frozen container would wake up within another run."""

    def endless(span: Span) -> Iterator[Page]:
        while True:
            yield page(span.since)

    pages = read_slices(iter(spans(5)), endless, threads=4)
    for _ in range(taken):
        next(pages)

    pages.close()

    assert readers() == []


def test_readers_wait_for_a_slow_caller() -> None:
    """What is in memory is bounded: a page being read and two that wait, for each thread."""
    read_so_far: dict[Span, int] = dict.fromkeys(spans(4), 0)
    blocked = threading.Semaphore(0)

    def read(span: Span) -> Iterator[Page]:
        for number in range(1, 60):
            if number == 4:
                blocked.release()  # three were given away; the queue takes no more than two
            read_so_far[span] = number
            yield page(span.since + timedelta(seconds=number))

    pages = read_slices(iter(spans(4)), read, threads=4)
    next(pages)
    taken = 1
    while blocked.acquire(timeout=0.05):
        pass

    behind = [count for span, count in read_so_far.items() if span != spans(4)[0]]
    assert max(behind) <= 3
    assert read_so_far[spans(4)[0]] <= 3 + taken
    assert len(list(pages)) == 4 * 59 - taken


def test_slices_are_planned_as_they_are_needed() -> None:
    """A slice may have to be counted first: the whole month's counts must not come first."""
    planned: list[Span] = []

    def plan() -> Iterator[Span]:
        for span in spans(20):
            planned.append(span)
            yield span

    pages = read_slices(plan(), minutes, threads=3)
    next(pages)
    ahead = len(planned)
    list(pages)

    assert ahead == 3
    assert planned == spans(20)

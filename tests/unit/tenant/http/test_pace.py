"""How much a tenant is asked at a time, and how fast."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import OutOfTimeError, TenantUnavailableError
from mpl_export.tenant.http.pace import PER_SECOND, SLOW_SECONDS, Pace
from mpl_export.tenant.http.transport import Answer, Request, TenantTimeoutError
from tests.support.manual_clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

WELL = Answer(200, {}, b"")
BUSY = Answer(429, {}, b"")
REQUEST = Request("GET", "https://tenant.example/")


class Bench:
    """A tenant behind a pace.

    Attributes:
        act: What happens to a request.
    """

    def __init__(self, most: int = 8) -> None:
        self.clock = ManualClock()
        self.pace = Pace(most, self.clock)
        self.act: Callable[[], Answer] = lambda: WELL
        self._exchange = self.pace.over(
            self._answer, Deadline.after(self.clock, timedelta(hours=9))
        )

    def ask(self, times: int = 1) -> None:
        """Ask so many times, one after the other."""
        for _ in range(times):
            self._exchange(REQUEST, timeout=60, size_limit=1)

    def _answer(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        assert (request, timeout, size_limit) == (REQUEST, 60, 1)
        return self.act()


def test_no_more_than_so_many_are_under_way() -> None:
    """Whatever asks: pages, counts and error texts share it."""
    bench = Bench(3)
    together = threading.Barrier(3)
    lock = threading.Lock()
    under_way = most = 0

    def act() -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait(20)
        with lock:
            under_way -= 1
        return WELL

    bench.act = act
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda _: bench.ask(), range(12)))

    assert most == 3


def test_a_second_has_no_more_requests_than_the_rate() -> None:
    """What was not used of the last second may be used at once, and no more."""
    bench = Bench()

    bench.ask(10 * PER_SECOND)

    assert 8.5 <= bench.clock.monotonic() <= 10
    assert PER_SECOND < 100, "SAP's bound for a user"


def test_a_refusal_for_the_rate_halves_what_is_under_way() -> None:
    """And ever again, down to one."""
    bench = Bench(8)
    bench.act = lambda: BUSY

    seen = []
    for _ in range(5):
        bench.ask()
        seen.append(bench.pace.at_once)

    assert seen == [4, 2, 1, 1, 1]


def test_slow_answers_and_none_take_one_away() -> None:
    """A tenant that takes long has enough to do."""
    bench = Bench(4)

    def slow() -> Answer:
        bench.clock.turn(timedelta(seconds=SLOW_SECONDS))
        return WELL

    def never() -> Answer:
        raise TenantTimeoutError(60)

    bench.act = slow
    bench.ask()
    assert bench.pace.at_once == 3

    bench.act = never
    with pytest.raises(TenantTimeoutError):
        bench.ask()
    assert bench.pace.at_once == 2


def test_it_recovers_one_by_one_with_good_answers() -> None:
    """Ten in a row; a failure in between begins the row anew."""
    bench = Bench(4)
    bench.act = lambda: BUSY
    bench.ask(3)
    bench.act = lambda: WELL

    bench.ask(10)
    assert bench.pace.at_once == 2

    bench.ask(9)

    def fails() -> Answer:
        raise TenantUnavailableError("reset")

    bench.act = fails
    with pytest.raises(TenantUnavailableError):
        bench.ask()
    bench.act = lambda: WELL
    bench.ask(9)
    assert bench.pace.at_once == 2

    bench.ask(100)
    assert bench.pace.at_once == 4


def test_who_fails_lets_the_next_one_through() -> None:
    """A place that is never given back would stop the run."""
    bench = Bench(1)

    def fails() -> Answer:
        raise RuntimeError("a mistake of ours")

    bench.act = fails
    for _ in range(3):
        with pytest.raises(RuntimeError):
            bench.ask()
    bench.act = lambda: WELL
    bench.ask()


def test_who_waited_long_for_a_turn_waits_less_for_the_answer() -> None:
    """A slow tenant is asked by one at a time: those who wait must not outlast the run."""
    clock = ManualClock()
    timeouts: list[float] = []

    def answer(request: Request, *, timeout: float, size_limit: int) -> Answer:
        del request, size_limit
        timeouts.append(timeout)
        clock.turn(timedelta(seconds=50))
        return WELL

    exchange = Pace(1, clock).over(answer, Deadline.after(clock, timedelta(seconds=90)))
    exchange(REQUEST, timeout=60, size_limit=1)
    exchange(REQUEST, timeout=60, size_limit=1)

    assert timeouts == [60, pytest.approx(40, abs=0.1)]
    with pytest.raises(OutOfTimeError):
        exchange(REQUEST, timeout=60, size_limit=1)


def test_a_turn_that_does_not_come_in_time_is_not_waited_for() -> None:
    """The one request under way may hang for as long as its own timeout."""
    clock = ManualClock()
    begun, end = threading.Event(), threading.Event()

    def answer(request: Request, *, timeout: float, size_limit: int) -> Answer:
        del request, timeout, size_limit
        begun.set()
        end.wait(20)
        return WELL

    exchange = Pace(1, clock).over(answer, Deadline.after(clock, timedelta(seconds=0.05)))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(exchange, REQUEST, timeout=60, size_limit=1)
        assert begun.wait(20)
        with pytest.raises(OutOfTimeError):
            exchange(REQUEST, timeout=60, size_limit=1)
        end.set()
        assert first.result() == WELL

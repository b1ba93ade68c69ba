"""Error texts: best effort, within a budget, and never in the way of the archive."""

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.clock import Deadline
from mpl_export.errors import (
    AccessRefusedError,
    ExportError,
    KeyRefusedError,
    OutOfTimeError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.model import Log
from mpl_export.tenant.http.transport import Request
from mpl_export.tenant.logs.error_texts import (
    MOST_TEXTS,
    MOST_TIME,
    READ_BYTES,
    ErrorTexts,
    cut_text,
)
from mpl_export.tenant.odata.refusals import TokenRefusedError
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, SECOND, guid_of, log

if TYPE_CHECKING:
    from collections.abc import Callable


class Source:
    """Answers with the id as text.

    Attributes:
        asked: The ids asked for, in the order of asking as far as threads allow.
        takes: How long an answer takes.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.asked: list[str] = []
        self.takes = timedelta(0)
        self.answer: Callable[[str], bytes | None] = str.encode
        self._clock = clock
        self._lock = threading.Lock()

    def error_text(self, guid: str, deadline: Deadline) -> bytes | None:
        """Answer."""
        with self._lock:
            assert not deadline.passed()
            self.asked.append(guid)
            self._clock.turn(self.takes)
            return self.answer(guid)


class Bench:
    """Error texts of one run."""

    def __init__(self, limit: timedelta = timedelta(minutes=10)) -> None:
        self.clock = ManualClock()
        self.source = Source(self.clock)
        self.texts = ErrorTexts(self.source, self.clock, Deadline.after(self.clock, limit))


@pytest.fixture
def bench() -> Bench:
    """A run that has just begun."""
    return Bench()


def failed(number: int, artifact: str = "Order_to_Cash", status: str = "FAILED") -> Log:
    """A log of a message that failed."""
    return log(number, Status=status, IntegrationArtifact={"Id": artifact})


def test_failures_have_a_text_and_nothing_else_is_asked_for(bench: Bench) -> None:
    """SAP asks not to query the errors of logs that have none."""
    logs = [
        failed(1),
        failed(2, status="ESCALATED"),
        log(3),
        failed(4, status="DISCARDED"),
        failed(5, status="RETRY"),
        log(6, Status=None),
        log(7, Status="FAILED", Sender=7),
        log(8, Status="FAILED", MessageGuid=8),
    ]

    assert bench.texts(logs) == {
        logs[0].version: guid_of(1),
        logs[1].version: guid_of(2),
        logs[6].version: guid_of(7),  # it cannot be read whole, but it failed
    }
    assert sorted(bench.source.asked) == [guid_of(1), guid_of(2), guid_of(7)]


def test_a_log_without_a_text_has_none(bench: Bench) -> None:
    """That is not an empty text: nothing is written into the record."""
    bench.source.answer = lambda _: None

    assert bench.texts([failed(1)]) == {}


def test_nothing_to_ask_costs_nothing(bench: Bench) -> None:
    """Most parts hold no failure."""
    assert bench.texts([]) == {}
    assert bench.texts([log(1)]) == {}
    assert bench.source.asked == []


def test_no_more_are_fetched_than_the_budget_of_a_run(bench: Bench) -> None:
    """A night in which everything fails must not hold up the export."""
    for start in range(0, 3 * MOST_TEXTS, MOST_TEXTS // 2 + 10):
        bench.texts([failed(start + n) for n in range(MOST_TEXTS // 2 + 10)])

    assert len(bench.source.asked) == MOST_TEXTS


def test_no_more_time_is_spent_than_the_budget_of_a_run(bench: Bench) -> None:
    """Slow answers use up the time for all later parts too."""
    bench.source.takes = timedelta(seconds=7)

    first = bench.texts([failed(n) for n in range(50)])
    second = bench.texts([failed(n) for n in range(50, 60)])

    assert 5 <= len(first) <= 5 + 4  # the fifth crosses the line, and three may be beside it
    assert second == {}
    assert bench.clock.monotonic() <= MOST_TIME.total_seconds() + 4 * 7


def test_the_time_of_other_work_is_not_counted(bench: Bench) -> None:
    """Ten minutes of reading between two parts leave the budget as it was."""
    bench.source.takes = timedelta(seconds=1)
    bench.texts([failed(1)])
    bench.clock.turn(timedelta(minutes=5))

    assert len(bench.texts([failed(2)])) == 1


def test_nothing_is_fetched_after_the_runs_deadline() -> None:
    """What is read then must be stored, not embellished."""
    bench = Bench(limit=timedelta(seconds=10))
    bench.clock.turn(timedelta(seconds=10))

    assert bench.texts([failed(1)]) == {}
    assert bench.source.asked == []


def test_one_of_each_artifact_comes_first(bench: Bench) -> None:
    """When the budget is small, ten flows with a reason are worth more than one with ten."""
    noisy = [failed(n, "Noisy") for n in range(MOST_TEXTS)]
    quiet = [failed(1000 + n, f"Quiet_{n}") for n in range(10)]

    texts = bench.texts([*noisy, *quiet])

    assert {one.version for one in quiet} <= texts.keys()
    assert noisy[0].version in texts


def test_what_had_its_text_in_an_earlier_part_comes_last(bench: Bench) -> None:
    """The order holds for the whole run."""
    bench.texts([failed(n, "Noisy") for n in range(MOST_TEXTS - 2)])

    texts = bench.texts([failed(2000, "Noisy"), failed(2001, "Noisy"), failed(2002, "Quiet")])

    assert failed(2002, "Quiet").version in texts
    assert len(texts) == 2


@pytest.mark.parametrize(
    "error",
    [
        TenantUnavailableError("500"),
        TenantThrottledError(None),
        UnexpectedResponseError("406"),
        AccessRefusedError("403"),
        OutOfTimeError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_text_that_cannot_be_had_is_left_out(bench: Bench, error: Exception) -> None:
    """The log is archived without; the others keep theirs."""

    def answer(guid: str) -> bytes:
        if guid == guid_of(1):
            raise error
        return b"why"

    bench.source.answer = answer

    assert bench.texts([failed(1), failed(2)]) == {failed(2).version: "why"}


def test_a_tenant_that_refuses_a_text_is_not_asked_for_another(bench: Bench) -> None:
    """Each would cost the token server a token, and in the end its patience."""

    def refuse(_guid: str) -> bytes:
        raise TokenRefusedError("401")

    bench.source.answer = refuse

    assert bench.texts([failed(n) for n in range(40)]) == {}
    assert bench.texts([failed(n) for n in range(40, 80)]) == {}
    assert len(bench.source.asked) == 1


def test_one_that_refuses_later_on_is_soon_left_alone(bench: Bench) -> None:
    """As many as are under way by then have asked."""

    def refuse_from_ten_on(guid: str) -> bytes:
        if len(bench.source.asked) > 10:
            raise TokenRefusedError("401")
        return guid.encode()

    bench.source.answer = refuse_from_ten_on

    assert len(bench.texts([failed(n) for n in range(80)])) == 10
    assert len(bench.source.asked) <= 14


def test_texts_are_fetched_side_by_side() -> None:
    """Four at a time: each waits for the others, so one alone would never be answered."""
    clock = ManualClock()
    together = threading.Barrier(4, timeout=20)

    class Meeting:
        """Answers four questions at once."""

        def error_text(self, guid: str, deadline: Deadline) -> bytes | None:
            """Answer."""
            assert not deadline.passed()
            if guid != guid_of(0):  # which goes first, and alone
                together.wait()
            return guid.encode()

    texts = ErrorTexts(Meeting(), clock, Deadline.after(clock, MOST_TIME))

    assert len(texts([failed(n) for n in range(9)])) == 9
    assert not [it for it in threading.enumerate() if it.name.startswith("error-text")]


class TestCutting:
    """64 kB are enough for a stack trace and a half."""

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b"", ""),
            ("Größe\n".encode(), "Größe\n"),
            (b"x" * READ_BYTES, "x" * READ_BYTES),
            (b"x" * (READ_BYTES + 1), "x" * READ_BYTES),
            (b"x" * (READ_BYTES - 1) + "é".encode(), "x" * (READ_BYTES - 1)),
            (b"a\xffb", "a\ufffdb"),
        ],
    )
    def test_a_text_is_cut_at_a_character(self, body: bytes, text: str) -> None:
        """Half a character would spoil the line for readers."""
        assert cut_text(body) == text

    @given(st.binary(max_size=100), st.text(max_size=100))
    def test_what_is_short_is_kept_whole(self, noise: bytes, text: str) -> None:
        """And no bytes whatsoever raise anything."""
        assert isinstance(cut_text(noise), str)
        assert cut_text(text.encode("utf-8", "replace")) == text.encode("utf-8", "replace").decode()
        assert len(cut_text(noise * 2000).encode()) <= 3 * READ_BYTES


def test_the_instant_of_a_run_is_not_what_counts(bench: Bench) -> None:
    """Budgets are measured by the clock that never goes back."""
    bench.clock.skew = timedelta(days=-1)

    assert bench.clock.now() < NOON
    assert len(bench.texts([failed(1)])) == 1


@pytest.mark.parametrize("error", [TemporaryError("no token"), KeyRefusedError("revoked")])
def test_a_text_for_which_no_token_is_had_is_left_out(error: Exception) -> None:
    """TenantApi.error_text may raise these since a token may have to be renewed for it."""
    bench = Bench()

    def answer(guid: str) -> bytes:
        if guid == guid_of(1):
            raise error
        return b"why"

    bench.source.answer = answer

    assert bench.texts([failed(1), failed(2)]) == {failed(2).version: "why"}


@pytest.mark.parametrize("error", [TemporaryError("no token"), KeyRefusedError("revoked")])
def test_what_was_read_is_stored_when_the_token_server_goes_down(error: Exception) -> None:
    """Reading fails, what was read is stored first - unless the texts fail by the same cause."""
    harness = Harness()
    harness.tenant.behaviour.page_cap = 5
    for n in range(20):
        harness.tenant.add(status="FAILED", log_end=NOON - HOUR + n * SECOND)
    pages = 0

    class Down:
        def __call__(self, request: Request, *, timeout: float, size_limit: int) -> object:
            nonlocal pages
            pages += "Logs?" in request.url
            if pages > 2:
                raise error  # as TenantApi raises it when the token cannot be renewed
            return real(request, timeout=timeout, size_limit=size_limit)

    real = harness.exchange
    harness.exchange = Down()  # type: ignore[assignment]
    with pytest.raises(ExportError):
        harness.run()

    assert len(harness.records()) >= 9  # two pages of five, one row of overlap

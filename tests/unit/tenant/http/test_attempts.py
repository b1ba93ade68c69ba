"""What is tried again, how often, and after which wait."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from mpl_export.clock import Deadline
from mpl_export.errors import (
    OutOfTimeError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.tenant.http.attempts import (
    THROTTLED_ATTEMPTS,
    Attempts,
    TenantFailedError,
    parse_http_date,
)
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    Request,
    TenantTimeoutError,
    TlsError,
)
from tests.support.manual_clock import NOON, ManualClock

SECOND = timedelta(seconds=1)
ASK = Request("GET", "https://tenant.example/api/v1/MessageProcessingLogs")


def answer(status: int = 200, /, body: bytes = b"{}", **headers: str) -> Answer:
    """An answer; underscores in the names of headers are hyphens."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CaseInsensitiveDict(names), body)


class Script:
    """Answers in turn, and the last one for ever.

    Attributes:
        sent: The timeout of every exchange, in seconds.
        takes: How long each exchange takes.
    """

    def __init__(
        self,
        clock: ManualClock,
        acts: Iterable[Answer | Exception],
        takes: timedelta = timedelta(0),
    ) -> None:
        self.sent: list[float] = []
        self._clock = clock
        self._takes = takes
        self._acts = list(acts)

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Answer once more."""
        assert request is ASK
        assert size_limit == 1 << 20
        self.sent.append(timeout)
        self._clock.turn(self._takes)
        act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
        if isinstance(act, Exception):
            raise act
        return act


class Bench:
    """Attempts over a script, with a clock."""

    def __init__(
        self,
        *acts: Answer | Exception,
        limit: timedelta = timedelta(minutes=10),
        takes: timedelta = timedelta(0),
        count: int = 3,
        jitter: float = 0.5,
    ) -> None:
        self.clock = ManualClock()
        self.script = Script(self.clock, acts, takes)
        self.attempts = Attempts(
            exchange=self.script,
            deadline=Deadline.after(self.clock, limit),
            count=count,
            jitter=lambda: jitter,
        )

    def send(self, accept: Callable[[Answer], object] = lambda it: it.body) -> object:
        """Send the request."""
        return self.attempts.send(ASK, accept)


def test_a_good_answer_is_asked_for_once() -> None:
    """Nothing is waited for."""
    bench = Bench(answer(body=b"good"))

    assert bench.send() == b"good"
    assert len(bench.script.sent) == 1
    assert bench.clock.slept == []


@pytest.mark.parametrize(
    "failure",
    [
        *(answer(status) for status in (408, 500, 502, 503, 504, 599)),
        TenantTimeoutError(60),
        ConnectionLostError("reset"),
        AnswerTooLargeError(1),
    ],
    ids=str,
)
def test_a_failure_that_may_pass_is_tried_again(failure: Answer | Exception) -> None:
    """Twice more, with a growing wait; the third failure counts."""
    assert Bench(failure, failure, answer(body=b"good")).send() == b"good"

    bench = Bench(failure)
    with pytest.raises(TenantUnavailableError):
        bench.send()

    assert len(bench.script.sent) == 3
    assert bench.clock.slept == [0.5, 1.0]


def test_a_failed_answer_tells_its_status() -> None:
    """The log line has to say what the tenant said."""
    with pytest.raises(TenantFailedError, match="503") as caught:
        Bench(answer(503)).send()

    assert caught.value.status == 503


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 406, 414, 501])
def test_what_no_repetition_changes_is_the_callers_matter(status: int) -> None:
    """401 above all: a wrong key that is repeated may lock somebody out."""
    bench = Bench(answer(status))

    assert bench.send(lambda it: it.status) == status
    assert len(bench.script.sent) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    """The token would go along to wherever it points."""
    bench = Bench(answer(status, Location="https://elsewhere.example"))

    with pytest.raises(UnexpectedResponseError, match="redirects"):
        bench.send()
    assert len(bench.script.sent) == 1


def test_a_refused_handshake_is_not_repeated() -> None:
    """A certificate that is not accepted now is not accepted in a second."""
    bench = Bench(TlsError("TLSV13_ALERT_CERTIFICATE_REQUIRED", ""))

    with pytest.raises(TlsError):
        bench.send()
    assert len(bench.script.sent) == 1


def test_a_damaged_body_is_tried_again() -> None:
    """Whoever reads the answer finds out; the next one may be whole."""
    bodies: list[bytes] = []

    def accept(it: Answer) -> bytes:
        bodies.append(it.body)
        if it.body == b"half":
            raise ConnectionLostError("half")
        return it.body

    assert Bench(answer(body=b"half"), answer(body=b"whole")).send(accept) == b"whole"
    assert bodies == [b"half", b"whole"]


def test_what_the_reader_refuses_is_not_tried_again() -> None:
    """An answer that makes no sense makes no more sense the second time."""

    def refuse(_answer: Answer) -> None:
        raise UnexpectedResponseError("no sense")

    bench = Bench(answer())
    with pytest.raises(UnexpectedResponseError):
        bench.send(refuse)
    assert len(bench.script.sent) == 1


class TestThrottling:
    """429: the tenant says when to come back, in one of two forms or not at all."""

    @pytest.mark.parametrize(
        ("headers", "wait"),
        [
            ({"Retry_After": "7"}, 7),
            ({"Retry_After": " 7 "}, 7),
            ({"Retry_After": "0"}, 0),
            (
                {
                    "Retry_After": format_datetime(NOON + 9 * SECOND, usegmt=True),
                    "Date": format_datetime(NOON, usegmt=True),
                },
                9,
            ),
            ({"Retry_After": format_datetime(NOON + 9 * SECOND, usegmt=True)}, 9),
            ({"Retry_After": format_datetime(NOON - 9 * SECOND, usegmt=True)}, 0),
        ],
    )
    def test_the_wait_asked_for_is_kept(self, headers: dict[str, Any], wait: float) -> None:
        """Jitter comes on top, never instead: earlier would be refused again."""
        bench = Bench(answer(429, **headers), answer(body=b"good"))

        assert bench.send() == b"good"
        assert bench.clock.slept == [wait + 0.5]

    def test_a_date_is_measured_by_the_tenants_own_clock(self) -> None:
        """Ours is an hour off: the wait is still the nine seconds that were meant."""
        theirs = NOON - timedelta(hours=1)
        bench = Bench(
            answer(
                429,
                Retry_After=format_datetime(theirs + 9 * SECOND, usegmt=True),
                Date=format_datetime(theirs, usegmt=True),
            ),
            answer(),
        )

        bench.send()

        assert bench.clock.slept == [9.5]

    @pytest.mark.parametrize(
        "text", ["", "soon", "-3", "1.5", "\u0663", "Sun, 99 Nov 2026 12:00:00 GMT"]
    )
    def test_without_a_wait_that_makes_sense_ours_grows(self, text: str) -> None:
        """Twice as long each time, up to the bound of attempts."""
        bench = Bench(answer(429, Retry_After=text))

        with pytest.raises(TenantThrottledError) as caught:
            bench.send()

        assert bench.clock.slept == [0.5, 1, 2, 4, 8]
        assert len(bench.script.sent) == THROTTLED_ATTEMPTS == 6
        assert caught.value.retry_after is None

    def test_a_refusal_says_nothing_about_the_request(self) -> None:
        """429 has a count of its own: two failures and four refusals are still not too many."""
        busy = answer(429, Retry_After="1")
        bench = Bench(answer(503), busy, busy, answer(503), busy, busy, answer(body=b"good"))

        assert bench.send() == b"good"

    def test_a_request_that_may_fail_only_once_is_still_throttled_patiently(self) -> None:
        """Narrowed questions are asked once; a 429 must not make them narrower still."""
        bench = Bench(answer(429, Retry_After="1"), answer(body=b"good"), count=1)

        assert bench.send() == b"good"

    @pytest.mark.parametrize("wait", ["100", "700", "86400", "9" * 30])
    def test_a_wait_that_we_do_not_have_is_left_to_the_next_run(self, wait: str) -> None:
        """To sleep through the rest of a run costs money and reads nothing."""
        bench = Bench(answer(429, Retry_After=wait), limit=timedelta(seconds=90))

        with pytest.raises(TenantThrottledError) as caught:
            bench.send()

        assert bench.clock.slept == []
        assert caught.value.retry_after == timedelta(seconds=min(int(wait), 86_400))

    def test_a_wait_of_many_minutes_is_not_kept_even_if_we_had_them(self) -> None:
        """Lambda is paid by the second."""
        bench = Bench(answer(429, Retry_After="121"), limit=timedelta(hours=1))

        with pytest.raises(TenantThrottledError):
            bench.send()
        assert bench.clock.slept == []


class TestDeadline:
    """Nothing is begun that cannot end in time."""

    def test_an_exchange_gets_the_time_that_is_left(self) -> None:
        """Else the last request of a run would be killed in the middle."""
        bench = Bench(answer(), limit=timedelta(seconds=12))

        bench.send()

        assert bench.script.sent == [12]

    def test_nothing_is_sent_after_the_deadline(self) -> None:
        """It is our time that is up: nothing is wrong with the tenant."""
        bench = Bench(answer(), limit=timedelta(0))

        with pytest.raises(OutOfTimeError):
            bench.send()
        assert bench.script.sent == []

    def test_a_timeout_at_the_deadline_is_ours(self) -> None:
        """The tenant was not slow; it was asked too late."""
        bench = Bench(TenantTimeoutError(5), limit=5 * SECOND, takes=5 * SECOND)

        with pytest.raises(OutOfTimeError):
            bench.send()

    def test_a_timeout_before_the_deadline_is_the_tenants(self) -> None:
        """Then a smaller question may help."""
        bench = Bench(TenantTimeoutError(60), takes=60 * SECOND, count=2)

        with pytest.raises(TenantTimeoutError):
            bench.send()
        assert len(bench.script.sent) == 2

    def test_it_does_not_sleep_past_the_deadline(self) -> None:
        """The failure that is known is worth more than a wait for nothing."""
        bench = Bench(answer(503), limit=timedelta(seconds=0.75))

        with pytest.raises(TenantFailedError):
            bench.send()
        assert bench.clock.slept == [0.5]

    @given(
        st.lists(st.sampled_from([200, 204, 400, 408, 429, 500, 503]), min_size=1, max_size=12),
        st.integers(0, 100),
        st.floats(0, 1),
    )
    def test_whatever_comes_it_ends_in_bounds(
        self, statuses: list[int], seconds: int, jitter: float
    ) -> None:
        """Bounded in attempts, and in time by the deadline and one exchange."""
        acts = (answer(status, Retry_After="3") for status in statuses)
        bench = Bench(*acts, limit=seconds * SECOND, takes=SECOND, jitter=jitter)

        with suppress(TenantUnavailableError, OutOfTimeError):
            bench.send()

        assert len(bench.script.sent) <= THROTTLED_ATTEMPTS + 3
        assert bench.clock.monotonic() <= seconds + 1


def http_dates() -> Iterator[tuple[str, bool]]:
    """Texts, and whether they are dates of HTTP."""
    yield "Sun, 22 Nov 2026 12:00:00 GMT", True
    yield "Sunday, 22-Nov-26 12:00:00 GMT", True
    yield "Sun Nov 22 12:00:00 2026", True
    yield "", False
    yield "soon", False
    yield "7", False
    yield "Sun, 22 Nov 99999999999 12:00:00 GMT", False
    yield "Sun, 22 Nov 2026 99:00:00 GMT", False


@pytest.mark.parametrize(("text", "good"), list(http_dates()))
def test_dates_of_http_are_read_in_their_three_forms(text: str, good: bool) -> None:  # noqa: FBT001
    """RFC 9110, section 5.6.7: one that is sent, and two old ones that are to be understood."""
    assert parse_http_date(text) == (NOON if good else None)


@given(st.text(max_size=40))
def test_no_text_of_a_header_raises(text: str) -> None:
    """Headers come from outside."""
    instant = parse_http_date(text)

    assert instant is None or instant.tzinfo is not None

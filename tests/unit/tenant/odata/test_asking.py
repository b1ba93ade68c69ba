"""One question to the API: what is sent, and what a refusal costs."""

from datetime import timedelta

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import AccessRefusedError, ConfigurationError, TemporaryError
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.pace import Pace
from mpl_export.tenant.http.transport import Answer, Request, TenantTimeoutError, TlsError
from mpl_export.tenant.odata.asking import Asking
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR


class Bench:
    """A question on its way.

    Attributes:
        sent: What was sent.
        acts: What comes back, one after the other; the last for ever.
    """

    def __init__(self, *acts: Answer | Exception) -> None:
        self.clock = ManualClock()
        self.sent: list[Request] = []
        self.acts = list(acts)
        self.renewals = 0
        self.token_error: Exception | None = None
        self.pace = Pace(2, self.clock)
        self.asking = Asking(
            root="https://tenant.example:8443/api/v1/",
            tokens=self,
            attempts=Attempts(
                exchange=self._exchange,
                deadline=Deadline.after(self.clock, HOUR),
                jitter=lambda: 0.5,
            ),
            pace=self.pace,
        )

    def current(self) -> Token:
        """The first token."""
        if self.token_error is not None:
            raise self.token_error
        return Token("first", NOON + timedelta(hours=1))

    def renew(self, stale: Token) -> Token:
        """Another."""
        assert stale.value
        self.renewals += 1
        return Token("another", NOON + timedelta(hours=1))

    def ask(self) -> bytes:
        """Ask for something."""
        return self.asking.get("$metadata", lambda answer: answer.body, limit=100, count=1)

    def _exchange(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        assert (timeout, size_limit) == (30, 100)
        self.sent.append(request)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, Exception):
            raise act
        return act


WELL = Answer(200, {}, b"well")


def test_no_cache_is_to_answer() -> None:
    """An old state, and an old time with it, would freeze the export."""
    bench = Bench(WELL)

    assert bench.ask() == b"well"

    [request] = bench.sent
    assert request.url == "https://tenant.example:8443/api/v1/$metadata"
    assert request.headers["Authorization"] == "Bearer first"
    assert "no-cache" in request.headers["Cache-Control"]
    assert request.headers["Pragma"] == "no-cache"
    assert (bench.asking.host, bench.asking.requests) == ("tenant.example:8443", 1)


def test_a_refused_token_is_replaced_once() -> None:
    """A second refusal is for the role."""
    bench = Bench(Answer(401, {}, b""), WELL)
    assert bench.ask() == b"well"
    assert [it.headers["Authorization"] for it in bench.sent] == ["Bearer first", "Bearer another"]

    bench = Bench(Answer(401, {}, b""))
    with pytest.raises(AccessRefusedError):
        bench.ask()
    assert (bench.renewals, bench.asking.requests) == (1, 2)


def test_a_token_server_that_is_down_is_not_the_apis_answer() -> None:
    """Else the question would be asked for in ever smaller pieces."""
    bench = Bench(WELL)
    bench.token_error = TenantTimeoutError(20)

    with pytest.raises(TemporaryError, match="token server gave no token"):
        bench.ask()
    assert bench.sent == []


def test_a_server_that_is_not_trusted_is_told_in_the_verifiers_words() -> None:
    """With the host, and with what to do."""
    bench = Bench(TlsError("CERTIFICATE_VERIFY_FAILED", "", "certificate has expired"))

    with pytest.raises(ConfigurationError, match=r"8443 is not trusted \(certificate has expired"):
        bench.ask()


def test_every_request_goes_at_the_pace() -> None:
    """Also those that are repeated."""
    bench = Bench(Answer(429, {"Retry-After": "1"}, b""), WELL)

    bench.ask()

    assert bench.pace.at_once == 1

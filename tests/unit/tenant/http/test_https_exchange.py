"""The real exchange: what it keeps to itself, and how the errors below it are told.

What it does on a wire is in ``tests/integration/test_transport.py``.
"""

import ssl
import zlib

import pytest
import requests
import urllib3

from mpl_export.errors import TenantUnavailableError
from mpl_export.tenant.http import https_exchange
from mpl_export.tenant.http.https_exchange import HttpsExchange
from mpl_export.tenant.http.transport import (
    ConnectionLostError,
    ConnectTimeoutError,
    Request,
    TenantTimeoutError,
    TlsError,
    tls_context,
)
from tests.support.manual_clock import ManualClock

REQUEST = Request("GET", "https://tenant.example/api/v1/")


def handshake(reason: str) -> ssl.SSLError:
    """A failure of OpenSSL."""
    error = ssl.SSLError(1, "it said no")
    error.reason = reason
    return error


def failing_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> TenantUnavailableError:
    """What is told when the layers below raise this."""

    def raise_it(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(requests.Session, "request", raise_it)
    exchange = HttpsExchange(tls_context(), ManualClock())
    with pytest.raises(TenantUnavailableError) as caught:
        exchange(REQUEST, timeout=5, size_limit=10)
    return caught.value


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (requests.ConnectTimeout("slow"), ConnectTimeoutError),
        (requests.ReadTimeout("slow"), TenantTimeoutError),
        (urllib3.exceptions.ReadTimeoutError(None, "", "slow"), TenantTimeoutError),  # type: ignore[arg-type]  # no pool is looked at
        (TimeoutError("slow"), TenantTimeoutError),
        (zlib.error("damaged"), ConnectionLostError),
        (requests.ConnectionError("refused"), ConnectionLostError),
        (urllib3.exceptions.ProtocolError("cut"), ConnectionLostError),
        (ConnectionResetError("reset"), ConnectionLostError),
        (requests.exceptions.SSLError(handshake("CERTIFICATE_VERIFY_FAILED")), TlsError),
        (requests.ConnectionError(ssl.SSLEOFError(8, "EOF")), ConnectionLostError),
    ],
)
def test_errors_of_the_layers_below_are_ours(
    error: Exception, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most telling first: a handshake that fails is wrapped several times over."""
    assert type(failing_with(error, monkeypatch)) is told


def test_a_lost_connection_names_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator has to know which of two hosts it was."""
    assert "tenant.example" in str(failing_with(ConnectionResetError("reset"), monkeypatch))


def test_a_failed_handshake_names_openssls_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """By which a refused client certificate is told from a server that is not trusted."""
    wrapped = requests.ConnectionError(urllib3.exceptions.ProtocolError("x", handshake("NO_CERT")))

    error = failing_with(wrapped, monkeypatch)

    assert isinstance(error, TlsError)
    assert error.reason == "NO_CERT"


def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would see the token, a .netrc would replace it; there is no plain HTTP at all."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    seen: list[requests.Session] = []

    def look(session: requests.Session, *_: object, **asked: object) -> None:
        seen.append(session)
        assert asked["allow_redirects"] is False
        raise ConnectionResetError

    monkeypatch.setattr(requests.Session, "request", look)
    with pytest.raises(ConnectionLostError):
        HttpsExchange(tls_context(), ManualClock())(REQUEST, timeout=5, size_limit=10)

    [session] = seen
    assert session.trust_env is False
    assert list(session.adapters) == ["https://"]
    assert session.headers["User-Agent"] == https_exchange.USER_AGENT

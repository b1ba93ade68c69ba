"""One HTTPS request, its answer, and how it may fail; ``https_exchange`` is the real one.

What may be tried again is not decided here but in ``attempts``.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import certifi

from mpl_export.errors import TenantUnavailableError

CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """What we ask, complete but for the connection.  Its ``repr`` shows no credentials."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and decoded.  Its ``repr`` shows no body: a token may be in it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names are found in any spelling of upper and lower case."""
    body: bytes = field(repr=False)


class TenantTimeoutError(TenantUnavailableError):
    """The answer was not complete in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no complete answer within {seconds:.0f} s")


class ConnectTimeoutError(TenantTimeoutError):
    """There was not even a connection in time."""

    def __init__(self, failure: str) -> None:
        TenantUnavailableError.__init__(self, failure)


class AnswerTooLargeError(TenantUnavailableError):
    """The decoded answer exceeds what we are ready to hold in memory."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the answer is larger than {limit_bytes} bytes")


class ConnectionLostError(TenantUnavailableError):
    """There was no connection, or it broke before the answer was complete."""


class TlsError(TenantUnavailableError):
    """The TLS handshake failed on either side.

    Attributes:
        reason: OpenSSL's name for it, such as ``CERTIFICATE_VERIFY_FAILED`` or
            ``TLSV13_ALERT_CERTIFICATE_REQUIRED``; empty if OpenSSL gave none.
        verdict: What the verifier said of the server's certificate, in its own words; empty if it
            said nothing.
    """

    def __init__(self, reason: str, detail: str, verdict: str = "") -> None:
        super().__init__(f"the TLS handshake failed: {detail or reason or 'no reason given'}")
        self.reason = reason
        self.verdict = verdict

    @property
    def untrusted_server(self) -> bool:
        """Whether it is we who do not trust the server, not the other way round."""
        return self.reason == "CERTIFICATE_VERIFY_FAILED"


class Exchange(Protocol):
    """Sends a request and waits for the whole answer, whatever its status.

    Raises:
        TenantTimeoutError, AnswerTooLargeError, ConnectionLostError, TlsError
    """

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Send; ``timeout`` in seconds for the whole exchange, ``size_limit`` in decoded bytes."""


def tls_context(extra_ca_pem: str = "") -> ssl.SSLContext:
    """A context that verifies servers against public roots and, if given, further ones.

    Python holds certificates to the letter of RFC 5280 (``VERIFY_X509_STRICT``), which public
    authorities keep, and many companies' own do not: with a CA that the owner vouches for, that
    flag is off.  Signatures, dates, names and the chain are verified all the same.

    Args:
        extra_ca_pem: Further certificates to trust, as PEM text; empty for none.

    Raises:
        ssl.SSLError: ``extra_ca_pem`` holds no certificate.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if extra_ca_pem:
        context.load_verify_locations(cadata=extra_ca_pem)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


@lru_cache(maxsize=2)
def shared_tls_context(extra_ca_pem: str = "") -> ssl.SSLContext:
    """The same context for all runs of a process, since one takes 30 ms to make.

    It holds nothing secret.  Nothing may be loaded into it: a client certificate would be shown to
    every server from then on.

    Raises:
        ssl.SSLError: ``extra_ca_pem`` holds no certificate.
    """
    return tls_context(extra_ca_pem)

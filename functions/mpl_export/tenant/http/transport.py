"""One HTTPS request and its answer: no redirects, no cookies, no proxies, bounded in time and size.

What may be tried again is not decided here but in ``attempts``.
"""

import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from mpl_export import __version__
from mpl_export.clock import Clock
from mpl_export.errors import TenantUnavailableError
from mpl_export.tenant.http.connection_failure import connection_failure
from mpl_export.tenant.http.timed_socket import TimedSocket, ending_at

CONNECT_SECONDS = 10.0
USER_AGENT = f"mpl-export/{__version__}"
_CHUNK_BYTES = 1 << 18


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
        extra_ca_pem: Certificates to trust besides, as PEM text; empty for none.

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


class HttpsExchange:
    """The real ``Exchange``: a pool of connections under one TLS context; threads may share it."""

    def __init__(self, context: ssl.SSLContext, clock: Clock) -> None:
        self._clock = clock
        self._session = requests.Session()
        # Nothing of the host's environment: no proxy, no .netrc (it would replace the bearer
        # token), no CA bundle.
        self._session.trust_env = False
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", _ContextAdapter(context))
        self._session.adapters.pop("http://")

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Send the request and read the whole answer.

        The limit of time holds for the whole exchange, so that a body which trickles without end
        cannot hold a run.
        """
        deadline = self._clock.monotonic() + timeout
        with (
            _translated_errors(timeout, urlsplit(request.url).netloc),
            ending_at(self._clock, deadline),
            self._session.request(
                request.method,
                request.url,
                headers={"Accept-Encoding": "gzip", **request.headers},
                data=request.body,
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            chunks: list[bytes] = []
            length = 0
            for chunk in _decoded(response, size_limit):
                chunks.append(chunk)
                length += len(chunk)
                if length > size_limit:
                    raise AnswerTooLargeError(size_limit)
                if self._clock.monotonic() > deadline:
                    raise TenantTimeoutError(timeout)
            body = b"".join(chunks)
            return Answer(response.status_code, CaseInsensitiveDict(response.headers), body)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()


class _ContextAdapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        context.sslsocket_class = TimedSocket
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401, ARG002 - as above
        """Demand a certificate, and leave it to the context whom to trust.

        The method of the base names the public roots once more, and urllib3 would read them again
        for each connection, which takes 30 ms.
        """
        conn.cert_reqs = "CERT_REQUIRED"


def _decoded(response: requests.Response, size_limit: int) -> Iterator[bytes]:
    """The body as it arrives, gunzipped by bounded steps: a bomb stops at the limit.

    A chunk may be long in coming, but no longer than the exchange may take (``TimedSocket``).
    """
    raw: urllib3.HTTPResponse = response.raw
    gzipped = response.headers.get("Content-Encoding", "").strip().lower() == "gzip"
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if gzipped else None
    while True:
        chunk = raw.read(_CHUNK_BYTES, decode_content=False)
        if not chunk:
            break
        if unzip is None:
            yield chunk
            continue
        yield unzip.decompress(chunk, size_limit + 1)
        if unzip.unconsumed_tail:
            raise AnswerTooLargeError(size_limit)
    if unzip is not None and not unzip.eof:
        raise ConnectionLostError("the compressed answer ends too early")


@contextmanager
def _translated_errors(timeout: float, host: str) -> Iterator[None]:
    """Turn the errors of the layers below into ours, most telling first."""
    try:
        yield
    except requests.ConnectTimeout as error:
        raise ConnectTimeoutError(connection_failure(host, error)) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
        raise TenantTimeoutError(timeout) from error
    except zlib.error as error:
        raise ConnectionLostError("the compressed answer is damaged") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        tls = _tls_error_within(error)
        if tls is not None:
            verdict = tls.verify_message if isinstance(tls, ssl.SSLCertVerificationError) else ""
            raise TlsError(tls.reason or "", tls.strerror or str(tls), verdict) from error
        raise ConnectionLostError(connection_failure(host, error)) from error


def _tls_error_within(error: BaseException) -> ssl.SSLError | None:
    """OpenSSL's own error, which requests and urllib3 wrap several times over.

    With TLS 1.3 the server's refusal of a client certificate arrives after the handshake, as a
    failure of the first read.  A connection that merely ends (EOF) is no such refusal.
    """
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, ssl.SSLError):
            if not isinstance(current, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                return current
            continue
        pending += [*current.args, current.__cause__, current.__context__]
        pending.append(getattr(current, "reason", None))
    return None

"""The real exchange: HTTPS by a pool of connections, bounded in time and size.

No redirects, no cookies, no proxies, nothing of the host's environment.
"""

import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from mpl_export import __version__
from mpl_export.clock import Clock
from mpl_export.tenant.http.connection_failure import connection_failure
from mpl_export.tenant.http.timed_socket import TimedSocket, ending_at
from mpl_export.tenant.http.transport import (
    CONNECT_SECONDS,
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    ConnectTimeoutError,
    Request,
    TenantTimeoutError,
    TlsError,
)

USER_AGENT = f"mpl-export/{__version__}"
_CHUNK_BYTES = 1 << 18


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

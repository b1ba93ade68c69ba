"""A wire to the simulated tenant that needs no sockets, and a service key that opens it.

A timeout takes its time on the turning clock, so nobody really waits.
"""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from requests.structures import CaseInsensitiveDict

from mpl_export.clock import Clock
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    Exchange,
    Request,
    TenantTimeoutError,
)
from operate import sap_tenant
from operate.sap_tenant import SapTenant
from tests.support.exporter import keys
from tests.support.manual_clock import ManualClock


@dataclass
class MemorySecret:
    """A secret in memory."""

    text: str = field(repr=False)
    before: str | None = field(repr=False, default=None)

    def current(self) -> str:
        """The current version."""
        return self.text

    def previous(self) -> str | None:
        """The version before."""
        return self.before


class Wire:
    """Sends requests to the simulated tenant without a socket; a timeout takes its time.

    Args:
        peer: The client's certificate as the token server sees it (DER).
    """

    def __init__(self, tenant: SapTenant, clock: ManualClock, peer: bytes) -> None:
        self._tenant = tenant
        self._clock = clock
        self._peer = peer
        tenant.behaviour.gzip = False

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Send the request."""
        target = request.url.partition("://")[2]
        asked = sap_tenant.Request(
            request.method,
            target[target.index("/") :],
            {name.lower(): value for name, value in request.headers.items()},
            request.body or b"",
        )
        try:
            if request.url == keys.TOKEN_URL:
                response = self._tenant.handle_token(asked, self._peer)
            else:
                response = self._tenant.handle(asked)
        except sap_tenant.ConnectionLost:
            response = None
        except sap_tenant.NoAnswerInTime as error:
            self._clock.turn(timedelta(seconds=timeout))
            raise TenantTimeoutError(timeout) from error
        if (
            response is None
        ):  # raised here: the simulated error holds what had arrived, token and all
            raise ConnectionLostError("simulated")
        if len(response.body) > size_limit:
            raise AnswerTooLargeError(size_limit)
        if "gzip" in (response.header("Content-Encoding") or ""):
            raise ConnectionLostError("simulated: a gzip stream that is cut short")
        return Answer(response.status, CaseInsensitiveDict(response.headers), response.body)

    @contextmanager
    def connected(self, context: ssl.SSLContext, clock: Clock) -> Iterator[Exchange]:
        """Stand where the real connections are made."""
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert clock is self._clock
        yield self


def certificate_for(tenant: SapTenant) -> tuple[str, bytes]:
    """A service key that the tenant knows, and its certificate as the token server sees it."""
    issued = _issued()
    peer = issued.certificate.public_bytes(Encoding.DER)
    tenant.clients.client_id = keys.CLIENT_ID
    client = tenant.clients.with_certificate(hashlib.sha256(peer).hexdigest())
    return keys.service_key_text(keys.certificate_members(issued, clientid=client.client_id)), peer


@cache
def _issued() -> keys.Issued:
    """A client certificate whose key, on a curve, is loaded in no time."""
    return keys.client_of(ec.generate_private_key(ec.SECP256R1()), keys.intermediate())

"""Whether a host of the tenant can be reached: its name, a connection, and TLS, one by one.

A request does all three at once, and what fails first hides where.  Runs need none of this; it is
for the doctor.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from mpl_export.errors import ConfigurationError
from mpl_export.tenant.http.connection_failure import connection_failure
from mpl_export.tenant.http.server_trust import untrusted
from mpl_export.tenant.http.transport import CONNECT_SECONDS, ConnectionLostError, TlsError

_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Host:
    """Where a URL of the service key leads."""

    name: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Host":
        """The host of an https address that was understood before."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or _HTTPS)

    def __str__(self) -> str:
        return self.name if self.port == _HTTPS else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A TLS handshake that both sides were content with.

    Attributes:
        version: Such as ``TLSv1.3``.
        issuer: The common name (or organisation) of who issued the server's certificate.
        not_after: Until when the server's certificate is valid, UTC.
    """

    version: str
    issuer: str
    not_after: datetime


def addresses(host: Host) -> list[str]:
    """What DNS knows of the name, each address once.

    Raises:
        ConnectionLostError: Nothing.
    """
    try:
        found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectionLostError(connection_failure(str(host), error)) from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def connect(host: Host) -> float:
    """Open a connection and close it again; gives the seconds that it took.

    Raises:
        ConnectionLostError: There was none within ten seconds.
    """
    begun = time.monotonic()
    with _connected(host):
        return time.monotonic() - begun


def shake_hands(host: Host, context: ssl.SSLContext) -> Handshake:
    """Open a TLS connection and close it again.

    That a server of TLS 1.3 refuses the client's certificate shows only when something is asked.

    Raises:
        ConfigurationError: We do not trust the server.
        TlsError: The handshake failed otherwise.
        ConnectionLostError: There was no connection.
    """
    with _connected(host) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=host.name) as tls:
                return _handshake(tls)
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(untrusted(str(host), error.verify_message)) from error
        except ssl.SSLError as error:
            raise TlsError(error.reason or "", error.strerror or "") from error
        except OSError as error:
            raise ConnectionLostError(connection_failure(str(host), error)) from error


def _connected(host: Host) -> socket.socket:
    try:
        return socket.create_connection((host.name, host.port), timeout=CONNECT_SECONDS)
    except OSError as error:
        raise ConnectionLostError(connection_failure(str(host), error)) from error


def _handshake(tls: ssl.SSLSocket) -> Handshake:
    certificate = tls.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(certificate.get("notAfter", "")))
    names = {
        str(pair[0]): str(pair[1])
        for part in certificate.get("issuer", ())
        for pair in part
        if isinstance(pair, tuple)
    }
    return Handshake(
        version=tls.version() or "TLS",
        issuer=names.get("commonName") or names.get("organizationName") or "an unnamed authority",
        not_after=datetime.fromtimestamp(ends, UTC),
    )

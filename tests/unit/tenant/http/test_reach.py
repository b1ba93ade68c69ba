"""Reaching a host step by step, over real sockets."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import ConfigurationError
from mpl_export.tenant.http.reach import Host, addresses, connect, shake_hands
from mpl_export.tenant.http.transport import ConnectionLostError, TlsError, tls_context
from operate.sap_tenant import SapTenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.sap_tenant.server import SapTenantServer


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant over real TLS."""
    with SapTenant().serve() as running:
        yield running


def test_a_host_is_named_with_its_port_only_if_that_is_unusual() -> None:
    """As people read it in the cockpit."""
    assert str(Host.of("https://acme.example/api/v1")) == "acme.example"
    assert str(Host.of("https://acme.example:8443/api/v1")) == "acme.example:8443"


def test_each_step_says_what_there_is(server: SapTenantServer) -> None:
    """Addresses, how long it took, and who vouches for the server."""
    host = Host.of(server.api_url)

    seen = shake_hands(host, tls_context(server.ca_pem))

    assert addresses(host) == ["127.0.0.1"]
    assert 0 <= connect(host) < 10
    assert seen.version == "TLSv1.3"
    assert seen.issuer
    assert seen.not_after > datetime.now(UTC)


def test_a_name_that_nobody_knows_is_lost_at_once() -> None:
    """The first of the three."""
    with pytest.raises(ConnectionLostError, match="DNS does not know"):
        addresses(Host("acme.invalid", 443))


def test_a_port_that_refuses_is_named() -> None:
    """The second."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(ConnectionLostError, match=f"127.0.0.1:{port} failed: it was refused"):
        connect(Host("127.0.0.1", port))


def test_a_server_that_is_not_trusted_names_the_parameter(server: SapTenantServer) -> None:
    """The third, if a gateway stands between."""
    with pytest.raises(ConfigurationError, match="TenantCaPem"):
        shake_hands(Host.of(server.api_url), tls_context())


def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    """A port of another service, or a proxy."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        taken, _ = listener.accept()
        client.close()
        taken.close()

        import threading  # noqa: PLC0415

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n" * 4)

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises((TlsError, ConnectionLostError)):
            shake_hands(Host("127.0.0.1", port), tls_context())
        thread.join(10)

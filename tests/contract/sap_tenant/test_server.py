"""The tenant over real TLS: who is let in, how refusals look on the wire, and a clean end."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPException, HTTPSConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant.pem_text import PemStyle, certificate_text, key_text
from operate.sap_tenant.pki import DAY, Identity, external_authority
from operate.sap_tenant.server import SapTenantServer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOGS = "/api/v1/MessageProcessingLogs?$format=json"


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant with one log, listening."""
    tenant = SapTenant()
    tenant.add(status="FAILED", error_text="boom")
    with tenant.serve() as server:
        yield server


def trusting(server: SapTenantServer) -> ssl.SSLContext:
    """Make a client's context, as strict as Python makes it."""
    context = ssl.create_default_context(cadata=server.ca_pem)
    assert context.verify_flags & ssl.VERIFY_X509_STRICT
    return context


def showing(context: ssl.SSLContext, directory: Path, certificate: str, key: str) -> ssl.SSLContext:
    """Let the context show a client certificate."""
    file = directory / "client.pem"
    file.write_text(f"{certificate}\n{key}")
    context.load_cert_chain(file)
    return context


def connect(url: str, context: ssl.SSLContext, timeout: float = 5) -> HTTPSConnection:
    """Give a connection to the origin of an address."""
    parts = urlsplit(url)
    return HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=timeout)


def ask_token(url: str, client_id: str, context: ssl.SSLContext) -> tuple[int, dict[str, Any]]:
    """Ask for a token and give the status and the JSON of the answer."""
    connection = connect(url, context)
    try:
        form = urlencode({"grant_type": "client_credentials", "client_id": client_id})
        connection.request("POST", urlsplit(url).path, form, FORM)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def api(server: SapTenantServer) -> Iterator[HTTPSConnection]:
    """A connection to the API."""
    connection = connect(server.api_url, trusting(server), timeout=0.5)
    yield connection
    connection.close()


@pytest.fixture
def bearer(server: SapTenantServer) -> dict[str, str]:
    """Headers with a good token."""
    return {"Authorization": f"Bearer {server.tenant.issue_token()}"}


def test_a_service_key_opens_the_api(
    server: SapTenantServer, api: HTTPSConnection, tmp_path: Path
) -> None:
    """From the key to a row, with nothing but what the key says; one connection is kept."""
    key: Any = server.service_key()["oauth"]
    context = showing(trusting(server), tmp_path, key["certificate"], key["key"])

    status, token = ask_token(key["tokenurl"], key["clientid"], context)
    assert status == 200

    sockets = set()
    for _ in range(2):
        api.request("GET", LOGS, headers={"Authorization": f"Bearer {token['access_token']}"})
        response = api.getresponse()
        (row,) = json.loads(response.read())["d"]["results"]
        sockets.add(id(api.sock))
        assert row["Status"] == "FAILED"
    assert len(sockets) == 1


def test_an_external_certificate_opens_it_too(server: SapTenantServer, tmp_path: Path) -> None:
    """Another authority signed it, and its owner has added the private key."""
    key: Any = server.service_key("external")["oauth"]
    context = showing(trusting(server), tmp_path, key["certificate"], key["key"])

    assert ask_token(key["tokenurl"], key["clientid"], context)[0] == 200
    assert "key" not in server.service_key("external_without_key")["oauth"]  # type: ignore[operator]


def test_a_secret_needs_no_certificate(server: SapTenantServer) -> None:
    """It has a token address of its own, which asks for none."""
    key: Any = server.service_key("secret")["oauth"]
    connection = connect(key["tokenurl"], trusting(server))
    form = {
        "grant_type": "client_credentials",
        "client_id": key["clientid"],
        "client_secret": key["clientsecret"],
    }
    connection.request("POST", urlsplit(key["tokenurl"]).path, urlencode(form), FORM)

    assert connection.getresponse().status == 200
    connection.close()


def test_without_a_certificate_tls_ends_in_an_alert(server: SapTenantServer) -> None:
    """TLS 1.3 says so only after the handshake, when the client first reads."""
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate.required"):
        ask_token(server.token_url, server.tenant.clients.client_id, trusting(server))


def test_tls_12_says_so_in_the_handshake(server: SapTenantServer) -> None:
    """The older protocol is offered, too."""
    context = trusting(server)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
        ask_token(server.token_url, server.tenant.clients.client_id, context)


def wrong_identities(server: SapTenantServer) -> list[tuple[str, Identity, PemStyle]]:
    """Certificates that TLS itself refuses, each with a part of the alert."""
    usual = PemStyle()
    return [
        ("expired", server.client_identity(valid=-DAY), usual),
        ("unknown.ca", server.client_identity(authority=external_authority("Other")), usual),
        ("unknown.ca", server.client_identity(), PemStyle(chain="leaf_only")),
    ]


def test_a_wrong_certificate_ends_in_an_alert(server: SapTenantServer, tmp_path: Path) -> None:
    """Expired, signed by a stranger, or without the intermediate that signed it."""
    for alert, identity, style in wrong_identities(server):
        text = certificate_text(identity, style)
        context = showing(trusting(server), tmp_path, text, key_text(identity))

        with pytest.raises(ssl.SSLError, match=f"(?i){alert}"):
            ask_token(server.token_url, server.tenant.clients.client_id, context)


def test_a_certificate_of_no_key_is_a_401(server: SapTenantServer, tmp_path: Path) -> None:
    """TLS lets it in, the endpoint does not; the same after its key was deleted."""
    identity = server.client_identity()
    context = showing(trusting(server), tmp_path, certificate_text(identity), key_text(identity))
    client_id = server.tenant.clients.client_id

    assert ask_token(server.token_url, client_id, context)[0] == 401
    server.tenant.clients.with_certificate(identity.fingerprint)
    assert ask_token(server.token_url, client_id, context)[0] == 200
    server.tenant.revoke_key(fingerprint=identity.fingerprint)
    assert ask_token(server.token_url, client_id, context)[0] == 401


def test_a_server_can_be_one_that_nobody_should_trust() -> None:
    """Its own certificate may have expired, and only its root vouches for it."""
    with SapTenant().serve(server_valid=-DAY) as server:
        for context, words in (
            (trusting(server), "expired"),
            (ssl.create_default_context(), "unable to get"),
        ):
            connection = connect(server.api_url, context)
            with pytest.raises(ssl.SSLCertVerificationError, match=words):
                connection.connect()


def test_a_key_can_name_a_host_that_the_certificate_knows(server: SapTenantServer) -> None:
    """Containers reach this machine by another name."""
    key: Any = server.service_key(public_host="localhost", nesting="top")

    assert key["url"] == server.api_url.replace("127.0.0.1", "localhost")
    connection = connect(key["url"], trusting(server))
    connection.request("GET", LOGS)
    assert connection.getresponse().status == 401
    connection.close()


def test_a_reset_is_a_reset(
    server: SapTenantServer, api: HTTPSConnection, bearer: dict[str, str]
) -> None:
    """Before the status line, and within the body."""
    server.tenant.faults.add(Fault(kind="reset"))
    server.tenant.faults.add(Fault(kind="reset_in_body"))

    api.request("GET", LOGS, headers=bearer)
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        api.getresponse()
    api.close()

    api.request("GET", LOGS, headers=bearer)
    response = api.getresponse()
    assert response.status == 200
    with pytest.raises((ConnectionResetError, IncompleteRead, HTTPException)):
        response.read()


def test_slowness_outlasts_a_client(
    server: SapTenantServer, api: HTTPSConnection, bearer: dict[str, str]
) -> None:
    """The first byte never comes; the server ends all the same when it is told to."""
    server.tenant.faults.add(Fault(kind="slow", delay=timedelta(hours=1)))

    api.request("GET", LOGS, headers=bearer)

    with pytest.raises(TimeoutError):
        api.getresponse()


def test_an_endless_body_passes_every_timeout_between_two_bytes(
    server: SapTenantServer, api: HTTPSConnection, bearer: dict[str, str]
) -> None:
    """Why a client needs a limit for the whole answer."""
    server.tenant.faults.add(Fault(kind="endless"))

    api.request("GET", LOGS, headers=bearer)
    response = api.getresponse()

    assert response.read(5) == b"     "
    assert not response.isclosed()


def test_a_latency_of_the_token_endpoint_is_waited_for(
    server: SapTenantServer, tmp_path: Path
) -> None:
    """It is late, and then it is right."""
    server.tenant.behaviour.token_latency = timedelta(milliseconds=20)
    key: Any = server.service_key(nesting="top")
    context = showing(trusting(server), tmp_path, key["certificate"], key["key"])

    assert ask_token(key["tokenurl"], key["clientid"], context)[0] == 200


def test_too_much_is_refused(server: SapTenantServer, api: HTTPSConnection) -> None:
    """A body above 1 MB, or one without a length."""
    for headers, status in (
        ({"Content-Length": str(2 * 1024 * 1024)}, 413),
        ({"Transfer-Encoding": "chunked"}, 411),
    ):
        api.request("POST", "/api/v1/", headers=headers)
        assert api.getresponse().status == status
        api.close()
    assert len(server.tenant.requests) == 0


def test_the_end_is_at_once_and_leaves_nothing() -> None:
    """Idle connections, half a handshake and a slow answer do not hold it up."""
    before = threading.active_count()
    tenant = SapTenant()
    tenant.faults.add(Fault(kind="slow", delay=timedelta(hours=1)))
    server = tenant.serve().start()
    parts = urlsplit(server.api_url)
    with socket.create_connection((parts.hostname, parts.port)):
        idle = connect(server.api_url, trusting(server))
        idle.connect()
        waiting = connect(server.api_url, trusting(server))
        waiting.request("GET", LOGS)

        server.stop()

        idle.close()
        waiting.close()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port))


def test_a_server_that_never_started_can_be_stopped() -> None:
    """Its ports are free again."""
    server = SapTenant().serve()

    server.stop()

    parts = urlsplit(server.api_url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port))


def test_many_can_ask_at_once(server: SapTenantServer, bearer: dict[str, str]) -> None:
    """Each in a thread; every one gets an answer and every answer is logged."""
    statuses: list[int] = []

    def ask() -> None:
        connection = connect(server.api_url, trusting(server))
        for _ in range(5):
            connection.request("GET", LOGS, headers=bearer)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 40
    assert len(server.tenant.requests) == 40

"""What a network may do to an answer, over real TLS and real sockets.

The fault matrix plays these without sockets; here the bytes really come late, short or never.
"""

import ssl
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mpl_export import __version__
from mpl_export.clock import SystemClock
from mpl_export.errors import TenantUnavailableError
from mpl_export.tenant.http.https_exchange import HttpsExchange
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    Request,
    TenantTimeoutError,
    TlsError,
    shared_tls_context,
    tls_context,
)
from operate import sap_tenant
from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant.server import SapTenantServer
from tests.support.exporter import keys
from tests.support.faults.tls_server import serving, showing

SHORT = 1.5
PATH = "/MessageProcessingLogs?$format=json&$orderby=LogEnd"


@pytest.fixture(scope="module")
def server() -> Iterator[SapTenantServer]:
    """A tenant with enough logs for a page of many packets."""
    tenant = SapTenant()
    tenant.populate(400, tenant.clock() - timedelta(hours=1), tenant.clock())
    with tenant.serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _mended(server: SapTenantServer) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    server.tenant.faults.clear()


def ask(
    server: SapTenantServer,
    *,
    timeout: float = 30.0,
    size_limit: int = 16 << 20,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Ask for a page over a connection of its own."""
    exchange = HttpsExchange(context or tls_context(server.ca_pem), SystemClock())
    request = Request(
        "GET",
        server.api_url + PATH if "/api/v1" in server.api_url else f"{server.api_url}/api/v1{PATH}",
        {"Authorization": f"Bearer {server.tenant.issue_token()}", "Accept": "application/json"},
    )
    try:
        return exchange(request, timeout=timeout, size_limit=size_limit)
    finally:
        exchange.close()


def test_a_page_arrives_whole_and_unzipped(server: SapTenantServer) -> None:
    """The tenant compresses, as it was asked to; who reads sees JSON."""
    answer = ask(server)

    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.body.startswith(b"{")


@pytest.mark.parametrize("kind", ["slow", "endless", "endless_headers"])
def test_an_answer_that_does_not_end_is_given_up_in_time(
    server: SapTenantServer, kind: str
) -> None:
    """A first byte that comes late, or a byte now and then, of the body or of the headers.

    The limit is for the whole.
    """
    server.tenant.faults.add(
        Fault(kind=kind, delay=timedelta(seconds=20))  # type: ignore[arg-type]
    )
    begun = time.monotonic()

    with pytest.raises(TenantTimeoutError):
        ask(server, timeout=SHORT)

    assert time.monotonic() - begun < 15  # not the fault's 20 s


@pytest.mark.parametrize("kind", ["reset", "reset_in_body", "truncated_gzip"])
def test_an_answer_that_breaks_off_is_not_taken_for_whole(
    server: SapTenantServer, kind: str
) -> None:
    """A half page that passed for a page would lose the other half."""
    server.tenant.faults.add(Fault(kind=kind))  # type: ignore[arg-type]

    with pytest.raises(ConnectionLostError):
        ask(server)


def test_an_answer_is_read_no_further_than_its_limit(server: SapTenantServer) -> None:
    """64 MB of blanks shrink to some kB on the wire; they must not swell in memory."""
    server.tenant.faults.add(Fault(kind="oversized"))

    with pytest.raises(AnswerTooLargeError):
        ask(server, size_limit=1 << 20)


def test_a_redirect_is_an_answer_and_is_not_followed(server: SapTenantServer) -> None:
    """To follow it would carry the token to another origin."""
    server.tenant.faults.add(Fault(kind="redirect"))

    assert ask(server).status == 302


def test_a_server_that_we_do_not_trust_gets_no_token(server: SapTenantServer) -> None:
    """The handshake ends before anything is sent."""
    seen = len(server.tenant.requests)

    with pytest.raises(TlsError) as caught:
        ask(server, context=tls_context())

    assert caught.value.untrusted_server
    assert len(server.tenant.requests) == seen


def test_a_server_whose_certificate_has_expired_is_not_trusted() -> None:
    """Python checks the dates; nothing here may switch that off."""
    with (
        SapTenant().serve(server_valid=timedelta(days=-1)) as expired,
        pytest.raises(TlsError) as caught,
    ):
        ask(expired)

    assert caught.value.untrusted_server


def test_the_verifiers_own_words_are_kept(server: SapTenantServer) -> None:
    """What to do depends on them: to give a CA does not help against a date."""
    with pytest.raises(TlsError) as unknown:
        ask(server, context=tls_context())
    with (
        SapTenant().serve(server_valid=timedelta(days=-1)) as expired,
        pytest.raises(TlsError) as caught,
    ):
        ask(expired)

    assert "issuer" in unknown.value.verdict or "self-signed" in unknown.value.verdict
    assert caught.value.verdict == "certificate has expired"


class TestAuthoritiesOfCompanies:
    """Many do not hold themselves to the letter of RFC 5280."""

    def test_one_that_the_owner_gives_is_not_held_to_the_letter(self) -> None:
        """Without an identifier of the authority's key, which Python's strict flag demands."""
        lax = keys.lax_authority()
        context = showing(keys.server(lax))
        exchange = HttpsExchange(tls_context(keys.pem([lax.certificate])), SystemClock())
        with serving(context, lambda _: (200, b"well")) as running:
            answer = exchange(Request("POST", running.url, body=b""), timeout=10, size_limit=100)
        exchange.close()

        assert answer.body == b"well"

    def test_without_one_the_letter_holds(self) -> None:
        """Public authorities keep it."""
        assert tls_context().verify_flags & ssl.VERIFY_X509_STRICT

    def test_names_and_dates_are_verified_all_the_same(self, server: SapTenantServer) -> None:
        """Only the flag is off."""
        context = tls_context(server.ca_pem)
        assert context.check_hostname
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_no_server_at_all_is_a_lost_connection() -> None:
    """As is a host that does not answer: the next run tries again."""
    with SapTenant().serve() as gone:
        pass

    with pytest.raises(TenantUnavailableError, match=r"127\.0\.0\.1:\d+ failed: it was refused"):
        ask(gone, timeout=SHORT)


def test_a_host_that_nobody_knows_is_named_with_what_to_do() -> None:
    """In a subnet without a way out DNS is often the first thing that fails."""
    exchange = HttpsExchange(tls_context(), SystemClock())
    request = Request("GET", "https://no-such-tenant.invalid/api/v1/$metadata")

    with pytest.raises(ConnectionLostError) as caught:
        exchange(request, timeout=SHORT, size_limit=1 << 20)

    assert "no-such-tenant.invalid failed: DNS does not know the name" in str(caught.value)
    assert "SubnetIds" in str(caught.value)
    assert "NAT gateway" in str(caught.value)


def test_the_tenant_is_told_who_asks(server: SapTenantServer) -> None:
    """Its administrators see the product and its release beside our requests."""
    seen: list[str | None] = []

    def note(_: SapTenant, request: sap_tenant.Request) -> None:
        seen.append(request.headers.get("user-agent"))

    server.tenant.on_request.append(note)

    ask(server)

    server.tenant.on_request.clear()
    assert seen == [f"mpl-export/{__version__}"]


def test_a_proxy_and_a_netrc_of_the_host_are_not_used(
    server: SapTenantServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either could carry the token elsewhere, or put other credentials in its place."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")

    assert ask(server).status == 200


def test_the_roots_are_read_once_for_all_connections(
    server: SapTenantServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are 150 certificates: to read them takes longer than a quiet run may."""
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, *args: object, **kwargs: object) -> None:
        read.append(context)
        load(context, *args, **kwargs)  # type: ignore[arg-type]

    context = shared_tls_context(server.ca_pem)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)

    for _ in range(2):
        assert shared_tls_context(server.ca_pem) is context
        assert ask(server, context=context).status == 200

    assert read == []


def test_a_server_that_nobody_vouches_for_is_refused_all_the_same(server: SapTenantServer) -> None:
    """The adapter names no roots: the context alone says whom to trust."""
    with pytest.raises(TlsError) as caught:
        ask(server, context=shared_tls_context())

    assert caught.value.untrusted_server


def test_the_shared_context_never_holds_a_key(server: SapTenantServer) -> None:
    """Else the client certificate would be shown to the API too, and to whoever answers there."""
    assert tls_context(server.ca_pem) is not shared_tls_context(server.ca_pem)

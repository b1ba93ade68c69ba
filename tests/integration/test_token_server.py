"""Tokens over real TLS, from a server that demands the client certificate."""

import io
import json
import logging
import socket
import ssl
import struct
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from mpl_export.clock import Clock, Deadline, SystemClock
from mpl_export.errors import (
    ConfigurationError,
    ExportError,
    KeyRefusedError,
    TenantUnavailableError,
)
from mpl_export.tenant.credentials.token_cache import TokenCache
from mpl_export.tenant.credentials.token_source import TokenSource, open_token_source
from operate.sap_tenant import SapTenant
from operate.sap_tenant.pem_text import PemStyle
from operate.sap_tenant.server import KeyKind, SapTenantServer
from operate.sap_tenant.service_keys import Nesting
from tests.support.exporter import keys
from tests.support.faults.tls_server import Received, TlsServer, demanding_certificates, serving

TOKEN = "eyJhbGciOiJSUzI1NiJ9.very-secret.token"
TRUSTED = keys.pem([keys.root().certificate])
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


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


@dataclass
class Answering:
    """Issues a token to the client of that name; others get 401."""

    client: str = "client"
    asked: list[Received] = field(default_factory=list)

    def __call__(self, received: Received) -> tuple[int, bytes]:
        """Answer."""
        self.asked.append(received)
        if received.client == self.client:
            body = {"access_token": TOKEN, "token_type": "bearer", "expires_in": 43_199}
            return 200, json.dumps(body).encode()
        return 401, b'{"error":"invalid_client","error_description":"Bad credentials"}'


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files in which nothing else lies."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def text_of(server: TlsServer, issued: keys.Issued, **changes: object) -> str:
    """A service key of that certificate, whose token server is the one of the test."""
    members = keys.certificate_members(issued, tokenurl=server.url, **changes)
    return keys.service_key_text(members, "credentials", "oauth")


def source_of(
    text: str,
    *,
    before: str | None = None,
    extra_ca_pem: str = TRUSTED,
    clock: Clock | None = None,
) -> TokenSource:
    """A run with that key."""
    return open_token_source(
        MemorySecret(text, before),
        deadline=Deadline.after(clock or SystemClock(), timedelta(seconds=30)),
        extra_ca_pem=extra_ca_pem,
        cache=TokenCache(),
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_certificate_opens_the_token_server(version: ssl.TLSVersion, temporary: Path) -> None:
    """The whole way: pasted key, shuffled chain, files, handshake, form, token, nothing left."""
    issued = keys.client()
    pasted = keys.pem(issued.chain[::-1]).replace("\n", "\\n")
    with serving(demanding_certificates(keys.root(), at_most=version), Answering()) as server:
        source = source_of(text_of(server, issued, certificate=pasted))

        assert source.current().value == TOKEN

    [received] = server.received
    assert received.client == "client"
    assert received.head.startswith("POST /oauth/token HTTP/1.1\r\n")
    assert b"client_id=sb-" in received.body
    assert b"secret" not in received.body
    assert list(temporary.iterdir()) == []


@dataclass(frozen=True, slots=True)
class LateClock(SystemClock):
    """A clock that is a week late, so that our own check lets an expired certificate out."""

    def now(self) -> datetime:
        """What was the time a week ago."""
        return datetime.now(UTC) - timedelta(days=7)


STRANGER = keys.client_of(keys.rsa_key("stranger"), keys.root("Stranger"))
LEAF_ONLY = keys.Issued(keys.client().certificate, keys.client().key)
EXPIRED = keys.client("expired", since_days=-30, until_days=-3)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    ("issued", "words"),
    [(STRANGER, "unknown_ca"), (LEAF_ONLY, "unknown_ca"), (EXPIRED, "certificate_expired")],
)
def test_a_refused_certificate_is_told_by_the_alert(
    version: ssl.TLSVersion, issued: keys.Issued, words: str, *, reset: bool
) -> None:
    """With TLS 1.3 the alert comes after the handshake, and a reset right behind it."""
    context = demanding_certificates(keys.root(), at_most=version)
    with serving(context, Answering(), reset_after_alert=reset) as server:
        clock = LateClock() if issued is EXPIRED else SystemClock()
        source = source_of(text_of(server, issued), clock=clock)

        with pytest.raises(KeyRefusedError, match=words):
            source.current()

    assert server.handshakes_failed == 1
    assert server.received == []


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (ssl.TLSVersion.TLSv1_3, r"certificate_required.*has a client secret instead"),
        (ssl.TLSVersion.TLSv1_2, r"handshake_failure.*has a client secret instead"),
    ],
)
@pytest.mark.parametrize("reset", [False, True])
def test_a_missing_certificate_is_told_for_what_it_is(
    version: ssl.TLSVersion, words: str, *, reset: bool
) -> None:
    """A secret sent to the host for certificates: nothing but an alert says what is wrong."""
    context = demanding_certificates(keys.root(), at_most=version)
    with serving(context, Answering(), reset_after_alert=reset) as server:
        members = keys.secret_members(tokenurl=server.url)
        source = source_of(keys.service_key_text(members))

        with pytest.raises(KeyRefusedError, match=words):
            source.current()


def test_the_alert_is_heard_when_the_server_resets_with_our_request_unread() -> None:
    """The hardest case: the request lies in the server's buffer when it ends the connection.

    Linux hands out what had arrived before the reset, and urllib3 reads on after a failed write.
    Were that to change, a key that has to be replaced would look like a bad connection.
    """
    context = demanding_certificates(keys.root())
    with resetting_with_unread_data(context) as port:
        members = keys.secret_members(tokenurl=f"https://127.0.0.1:{port}/oauth/token")
        source = source_of(keys.service_key_text(members))

        with pytest.raises(KeyRefusedError, match="certificate_required"):
            source.current()


@contextmanager
def resetting_with_unread_data(context: ssl.SSLContext) -> Iterator[int]:
    """A server for one connection that reads no more of it than the refusal needs."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(ssl.SSLError):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_side=True)
            try:
                for _ in range(1000):
                    with suppress(ssl.SSLWantReadError):
                        tls.do_handshake()
                    if outgoing.pending:
                        connection.sendall(outgoing.read())
                    incoming.write(connection.recv(64))
            finally:
                connection.sendall(outgoing.read())
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_server_that_we_do_not_trust_gets_neither_certificate_nor_request() -> None:
    """Its certificate comes from an authority that was not given."""
    with serving(demanding_certificates(keys.root()), Answering()) as server:
        source = source_of(text_of(server, keys.client()), extra_ca_pem="")

        with pytest.raises(ConfigurationError, match="TenantCaPem"):
            source.current()

    assert server.received == []


def test_a_401_makes_the_previous_key_help_out() -> None:
    """The certificate was let in, but the client it belongs to is gone."""
    answering = Answering("previous")
    with serving(demanding_certificates(keys.root()), answering) as server:
        text, before = (text_of(server, keys.client(name)) for name in ("current", "previous"))
        source = source_of(text, before=before)

        assert source.current().value == TOKEN

    assert [received.client for received in answering.asked] == ["current", "previous"]
    assert "401, invalid_client" in source.notes[0]


def test_an_address_where_nobody_listens_is_no_refusal() -> None:
    """Nobody has to replace a key because a server is down."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    members = keys.certificate_members(tokenurl=f"https://127.0.0.1:{port}/oauth/token")

    with pytest.raises(TenantUnavailableError):
        source_of(keys.service_key_text(members)).current()


@pytest.fixture(scope="module")
def tenant() -> Iterator[SapTenantServer]:
    """The simulated tenant, which refuses what the real one refuses."""
    with SapTenant().serve() as server:
        yield server


STYLES = [
    PemStyle(),
    PemStyle(newlines="literal", chain="shuffled", final_newline=False),
    PemStyle(newlines="crlf", indented=True, key_format="pkcs8"),
]


@pytest.mark.parametrize("nesting", ["top", "oauth", "credentials", "credentials.oauth"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["certificate", "external", "secret"])
def test_every_kind_of_key_opens_the_simulated_tenant(
    tenant: SapTenantServer, kind: KeyKind, nesting: Nesting, style: PemStyle
) -> None:
    """Its token is one that the tenant's API takes."""
    document = tenant.service_key(kind, nesting=nesting, style=style)

    source = source_of(json.dumps(document), extra_ca_pem=tenant.ca_pem)

    assert tenant.tenant.accepts(f"Bearer {source.current().value}")
    assert source.service_key.api_root == f"{tenant.api_url}/api/v1"
    assert (source.certificate_not_after is None) is (kind == "secret")


def test_a_revoked_key_is_refused_by_the_simulated_tenant(tenant: SapTenantServer) -> None:
    """To delete the service key is the only way to revoke it."""
    document = tenant.service_key("secret", nesting="top")
    source = source_of(json.dumps(document), extra_ca_pem=tenant.ca_pem)
    stale = source.current()
    tenant.tenant.revoke_key(secret=str(document["clientsecret"]))

    with pytest.raises(KeyRefusedError, match="401, invalid_client"):
        source.renew(stale)


def test_nothing_that_is_written_anywhere_holds_key_material(
    temporary: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Logs of all libraries at their most talkative, errors with all causes, every ``repr``."""
    caplog.set_level(logging.DEBUG)
    written = io.StringIO()
    with serving(demanding_certificates(keys.root()), Answering()) as server:
        texts = [text_of(server, issued) for issued in (keys.client(), STRANGER, EXPIRED)]
        texts.append(keys.service_key_text(keys.secret_members(tokenurl=server.url)))
        texts += [texts[0][:-300], texts[0].replace("MII", "AII"), texts[0].replace("MII", "!")]
        for text in texts:
            try:
                source = source_of(text, before=texts[3])
                written.write(repr(source) + repr(source.service_key) + repr(vars(source)))
                written.write(repr(source.current()))
            except ExportError as error:
                written.write("".join(traceback.format_exception(error)) + whole(error))

    output = "".join([written.getvalue(), caplog.text, *capfd.readouterr()])
    output += "".join(path.read_text() for path in temporary.rglob("*") if path.is_file())
    assert "KeyRefusedError" in output
    assert "ServiceKeyError" in output
    assert "Token(" in output
    for secret in [TOKEN, keys.CLIENT_SECRET, *lines_of_keys()]:
        assert secret not in output


def whole(error: BaseException | None) -> str:
    """An error with all that hangs on it."""
    seen = []
    while error is not None:
        seen.append(f"{error!r} {error.args} {vars(error)}")
        error = error.__cause__ or error.__context__
    return "\n".join(seen)


def lines_of_keys() -> list[str]:
    """Every line of every private key, in each form that it has in memory."""
    forms = [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8]
    texts = [
        issued.key_pem(form) for issued in (keys.client(), STRANGER, EXPIRED) for form in forms
    ]
    lines = [line for text in texts for line in text.splitlines()]
    return [line for line in lines if len(line) > 20 and "-----" not in line]

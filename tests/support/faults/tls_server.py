"""A small TLS server on loopback that answers as it is told, and notes what it got."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.support.exporter import keys

_CONNECTION_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived, with the common name of the client's certificate, if any."""

    head: str
    body: bytes
    client: str | None


type Answering = Callable[[Received], tuple[int, bytes]]


@dataclass(slots=True)
class TlsServer:
    """What a test needs to know of the running server."""

    port: int
    received: list[Received] = field(default_factory=list)
    handshakes_failed: int = 0

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"https://127.0.0.1:{self.port}/oauth/token"


def demanding_certificates(
    trusted: keys.Issued,
    *,
    certificate: keys.Issued | None = None,
    at_most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> ssl.SSLContext:
    """The context of a server that lets in only clients below ``trusted``."""
    context = showing(certificate or keys.server())
    context.maximum_version = at_most
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=keys.pem([trusted.certificate]))
    return context


def showing(own: keys.Issued) -> ssl.SSLContext:
    """The context of a server that shows this certificate and asks for none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_text(own.chain_pem)
        key.write_text(own.key_pem())
        context.load_cert_chain(chain, key)
    return context


@contextmanager
def serving(
    context: ssl.SSLContext, answering: Answering, *, reset_after_alert: bool = False
) -> Iterator[TlsServer]:
    """Run the server for the length of the ``with``.

    Args:
        reset_after_alert: End a refused connection with RST at once, as load balancers do, instead
            of closing it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = TlsServer(listener.getsockname()[1])
        ending = threading.Event()
        listener.settimeout(0.05)

        def loop() -> None:
            while not ending.is_set():
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    with connection:
                        _serve(connection, context, answering, server, reset=reset_after_alert)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield server
        finally:
            ending.set()
            thread.join(timeout=_CONNECTION_SECONDS * 2)
            assert not thread.is_alive()


def _serve(
    connection: socket.socket,
    context: ssl.SSLContext,
    answering: Answering,
    server: TlsServer,
    *,
    reset: bool,
) -> None:
    connection.settimeout(_CONNECTION_SECONDS)
    with (
        context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as tls,
        suppress(ConnectionError, ssl.SSLError, TimeoutError),
    ):
        try:
            tls.do_handshake()
        except (ssl.SSLError, ConnectionError):
            server.handshakes_failed += 1
            if reset:
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        request = _read(tls)
        if request is None:
            return
        server.received.append(request)
        status, body = answering(request)
        head = f"HTTP/1.1 {status} Told\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        tls.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)


def _read(tls: ssl.SSLSocket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = tls.recv(65_536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    length = next(
        (int(line.split(":")[1]) for line in text.lower().splitlines() if "content-length" in line),
        0,
    )
    while len(body) < length:
        body += tls.recv(65_536)
    return Received(text, body, _client_name(tls))


def _client_name(tls: ssl.SSLSocket) -> str | None:
    der = tls.getpeercert(binary_form=True)
    if der is None:
        return None
    subject = x509.load_der_x509_certificate(der).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

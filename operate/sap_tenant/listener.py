"""One TLS port: handshakes, keep-alive, and answers that get lost or late on request."""

import contextlib
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

from operate.sap_tenant.exchange import Request, Response

type Answering = Callable[[Request, bytes | None], Response]

_HANDSHAKE_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 1.0
_DRIP_SECONDS: Final = 0.05
_LONGEST_DRIP: Final = 12_000
"""Bytes of an endless body: ten minutes of them, so that no thread outlives its test run."""

_LARGEST_BODY: Final = 1024 * 1024
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Listener(ThreadingHTTPServer):
    """A port that answers until it is closed; then every connection ends at once."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], context: ssl.SSLContext, answer: Answering
    ) -> None:
        super().__init__(address, _Handler)
        self.answer = answer
        self.closing = threading.Event()
        self._context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name=f"port {self.port}"
        )

    @property
    def port(self) -> int:
        """The port that was found free."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection, wait for every thread, free the port."""
        self.closing.set()
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        with self._lock:
            for connection in self._open:
                _end(connection)
        self.server_close()

    def server_bind(self) -> None:
        """Bind without asking a name server who we are, which the base class does."""
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()[:2]
        self.server_address = (host, port)
        self.server_name, self.server_port = host, port

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Shake hands in the connection's own thread, so that a slow client delays nobody."""
        connection = self._context.wrap_socket(
            request, server_side=True, do_handshake_on_connect=False
        )
        with connection, self._tracked(connection):
            if not self.closing.is_set() and _shake_hands(connection):
                # Made to be handled: the base class does it by the constructor.
                self.RequestHandlerClass(connection, client_address, cast("Any", self))

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Let a client go that hangs up; show every other error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    @contextlib.contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request after the other."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        listener = cast("Listener", self.server)
        body = self._read_body()
        if body is None:
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        peer = cast("ssl.SSLSocket", self.connection).getpeercert(binary_form=True)
        self._deliver(listener, listener.answer(request, peer))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self.close_connection = True
            self._deliver(cast("Listener", self.server), Response(411))
            return None
        if int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._deliver(cast("Listener", self.server), Response(413))
            return None
        return self.rfile.read(int(length))

    def _deliver(self, listener: Listener, response: Response) -> None:
        delivery = response.delivery
        if delivery.lost:
            self._reset()
            return
        if delivery.endless_headers:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
            self._drip(listener, b"x")
            return
        if delivery.late and not delivery.endless:
            listener.closing.wait(delivery.wait.total_seconds())
        if listener.closing.is_set():
            self.close_connection = True
            return
        self._send(listener, response)

    def _send(self, listener: Listener, response: Response) -> None:
        delivery = response.delivery
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if delivery.endless:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._drip(listener, b"1\r\n \r\n")
            return
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if delivery.cut:
            self.wfile.write(response.half)
            self._reset()
        elif self.command != "HEAD":
            self.wfile.write(response.body)

    def _drip(self, listener: Listener, drop: bytes) -> None:
        for _ in range(_LONGEST_DRIP):
            self.wfile.write(drop)
            if listener.closing.wait(_DRIP_SECONDS):
                break
        self.close_connection = True

    def _reset(self) -> None:
        """Close without a farewell: the client sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Say nothing: the tenant keeps its own log, without headers."""


def _end(connection: socket.socket) -> None:
    """Wake the thread that reads from the connection, past TLS, whose state belongs to it."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _shake_hands(connection: ssl.SSLSocket) -> bool:
    """Tell whether the handshake succeeded; if not, the client is told why by an alert."""
    connection.settimeout(_HANDSHAKE_SECONDS)
    try:
        connection.do_handshake()
    except OSError:  # ssl.SSLError is one
        # The alert is on its way.  Reading what the client sent meanwhile keeps the
        # kernel from answering it with a reset, which would overtake the alert.
        _drain(connection)
        return False
    return True


def _drain(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_WR)
        connection.settimeout(_DRAIN_SECONDS)
        for _ in range(64):
            if not socket.socket.recv(connection, 4096):
                break

"""HTTP/1.1 on a loopback port for clients of AWS: keep-alive, bodies with a length, ``100``."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

_HEAD_ENDS: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        path: Decoded.
        options: The query string's; those without a value are empty.
        headers: By lower-case name.
    """

    method: str
    path: str
    options: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


type Answering = Callable[[Call], tuple[str, Reply]]
"""Gives the name of the operation, and the answer."""


class Port:
    """A loopback port, served by a thread of its own.

    Attributes:
        delay: Seconds between a request's last byte and its answer's first.
        calls: How many calls there were, by operation.
        most_at_once: The most calls that were under way at the same time.
    """

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.delay = 0.0
        self.calls: Counter[str] = Counter()
        self.under_way = self.most_at_once = 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=128)
        )
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="aws")
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""

        def end() -> None:
            self._server.close()
            self._server.close_clients()
            self._loop.call_soon(self._loop.stop)

        self._loop.call_soon_threadsafe(end)
        self._thread.join()
        self._loop.close()

    def forget(self) -> None:
        """Count anew."""
        self.calls.clear()
        self.most_at_once = 0


class _Connection(asyncio.Protocol):
    """One connection; a client waits for each answer before it sends the next request."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._data = bytearray()
        self._head: tuple[list[str], dict[str, str], int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._head is None:
            ends = self._data.find(_HEAD_ENDS)
            if ends < 0:
                return
            first, *lines = self._data[:ends].decode("latin-1").split("\r\n")
            del self._data[: ends + len(_HEAD_ENDS)]
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            if "transfer-encoding" in headers or "aws-chunked" in headers.get(
                "content-encoding", ""
            ):
                self._send(Reply(501, b"this stub takes bodies with a length only"))
                return
            self._head = first.split(" "), headers, int(headers.get("content-length", "0"))
            if headers.get("expect", "").lower() == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        words, headers, length = self._head
        if len(self._data) < length:
            return
        body = bytes(self._data[:length])
        del self._data[:length]
        self._head = None
        path, _, query = words[1].partition("?")
        call = Call(
            words[0], unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers, body
        )
        self._answer(call)

    def _answer(self, call: Call) -> None:
        port = self._port
        port.under_way += 1
        port.most_at_once = max(port.most_at_once, port.under_way)
        operation, reply = port.answer(call)
        port.calls[operation] += 1
        if port.delay:
            asyncio.get_running_loop().call_later(port.delay, self._finish, call.method, reply)
        else:
            self._finish(call.method, reply)

    def _finish(self, method: str, reply: Reply) -> None:
        self._port.under_way -= 1
        self._send(reply, with_body=method != "HEAD")

    def _send(self, reply: Reply, *, with_body: bool = True) -> None:
        headers = {"Content-Length": str(len(reply.body)), "x-amzn-requestid": "0", **reply.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {reply.status} Told\r\n{lines}\r\n".encode()
        self._transport.write(head + reply.body if with_body else head)

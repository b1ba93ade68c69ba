"""Reads end with the exchange, however the bytes arrive."""

from __future__ import annotations

import ssl
import threading
from datetime import timedelta
from unittest import mock

import pytest

from mpl_export.tenant.http.timed_socket import TimedSocket, ending_at
from tests.support.manual_clock import ManualClock


class Socket(TimedSocket):
    """A socket without a connection, whose reads give nothing."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def settimeout(self, value: float | None) -> None:
        """Note it."""
        self.timeouts.append(value)

    def __del__(self) -> None:
        """There is nothing to close."""


def read(socket: Socket) -> None:
    """One read."""
    with mock.patch.object(ssl.SSLSocket, "recv_into", return_value=0):
        socket.recv_into(bytearray(1))


def test_each_read_may_take_what_is_left() -> None:
    """Not the whole time again."""
    clock, socket = ManualClock(), Socket()

    with ending_at(clock, clock.monotonic() + 10):
        read(socket)
        clock.turn(timedelta(seconds=7))
        read(socket)
        clock.turn(timedelta(seconds=3))
        with pytest.raises(TimeoutError):
            read(socket)

    assert socket.timeouts == [10, 3]


def test_outside_of_an_exchange_nothing_is_bounded() -> None:
    """The pool looks at idle connections, too; and other threads have ends of their own."""
    clock, socket = ManualClock(), Socket()
    read(socket)
    with ending_at(clock, clock.monotonic()):
        thread = threading.Thread(target=read, args=[socket])
        thread.start()
        thread.join()

    assert socket.timeouts == []

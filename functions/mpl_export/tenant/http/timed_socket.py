"""A TLS socket whose reads end with the exchange, however they arrive.

The libraries' timeout is for each read of the socket: a server that sends a byte of its headers now
and then is never late for them, and could hold a run until Lambda ends it.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mpl_export.clock import Clock


class _Exchange(threading.local):
    clock: Clock | None = None
    ends: float = 0.0


_exchange = _Exchange()


@contextmanager
def ending_at(clock: Clock, instant: float) -> Iterator[None]:
    """Let all reads of this thread's sockets end at an instant of the monotonic clock."""
    _exchange.clock, _exchange.ends = clock, instant
    try:
        yield
    finally:
        _exchange.clock = None


class TimedSocket(ssl.SSLSocket):
    """Reads no longer than its thread's exchange may take."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - as ssl has it
        """Read.

        Raises:
            TimeoutError: The exchange has taken its time.
        """
        if _exchange.clock is not None:
            left = _exchange.ends - _exchange.clock.monotonic()
            if left <= 0:
                raise TimeoutError("the exchange has taken its time")
            self.settimeout(left)
        return super().recv_into(*args, **kwargs)

"""How fast a tenant is asked, and how much at a time: below its limits, and less when it is busy.

Source: SAP, "Rate Limits": message processing logs, 1,000 requests a second and tenant, 100 a
second and user; 429 above.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import OutOfTimeError, TenantUnavailableError
from mpl_export.tenant.http.transport import Answer, Exchange, Request, TenantTimeoutError

PER_SECOND = 50
"""Half of what SAP allows a user: another program may use the same service instance."""

SLOW_SECONDS = 15.0
"""A tenant that takes this long for an answer is busy."""

_CALM = 10
"""After this many good answers in a row, one more request may be under way."""


class Pace:
    """Lets requests to one tenant through; threads share it.

    Attributes:
        at_once: How many requests may be under way now.
    """

    def __init__(self, most: int, clock: Clock, *, per_second: int = PER_SECOND) -> None:
        """Begin at full pace.

        Args:
            most: How many requests may ever be under way.
        """
        self.at_once = most
        self._most = most
        self._clock = clock
        self._gap = 1 / per_second
        self._next = 0.0
        self._under_way = 0
        self._calm = 0
        self._free = threading.Condition()

    def over(self, exchange: Exchange, deadline: Deadline) -> Exchange:
        """The exchange at this pace.

        Args:
            deadline: When the last answer has to be here, however long a request waits for its
                turn; one whose turn comes later raises ``OutOfTimeError``.
        """
        return partial(self._paced, exchange, deadline)

    def _paced(
        self,
        exchange: Exchange,
        deadline: Deadline,
        request: Request,
        *,
        timeout: float,
        size_limit: int,
    ) -> Answer:
        with self._turn(deadline):
            begun = self._clock.monotonic()
            timeout = min(timeout, deadline.at - begun)  # the turn may have been long in coming
            if timeout <= 0:
                raise OutOfTimeError
            try:
                answer = exchange(request, timeout=timeout, size_limit=size_limit)
            except TenantTimeoutError:
                self._note_trouble(self.at_once - 1)
                raise
            except TenantUnavailableError:
                self._calm = 0
                raise
            if answer.status == 429:
                self._note_trouble(self.at_once // 2)
            elif self._clock.monotonic() - begun >= SLOW_SECONDS:
                self._note_trouble(self.at_once - 1)
            else:
                self._note_well()
            return answer

    @contextmanager
    def _turn(self, deadline: Deadline) -> Iterator[None]:
        with self._free:
            if not self._free.wait_for(
                lambda: self._under_way < self.at_once, deadline.seconds_left()
            ):
                raise OutOfTimeError
            self._under_way += 1
            now = self._clock.monotonic()
            # What was not used of the last second may be used at once.
            self._next = max(self._next, now - 1) + self._gap
            wait = self._next - now
        try:
            if wait > 0:
                self._clock.sleep(wait)
            yield
        finally:
            with self._free:
                self._under_way -= 1
                self._free.notify_all()

    def _note_trouble(self, at_once: int) -> None:
        with self._free:
            self._calm = 0
            self.at_once = max(1, at_once)

    def _note_well(self) -> None:
        with self._free:
            self._calm += 1
            if self._calm >= _CALM and self.at_once < self._most:
                self.at_once += 1
                self._calm = 0
                self._free.notify_all()

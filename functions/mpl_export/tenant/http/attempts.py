"""What is tried again, how often, and after which wait.

Source: RFC 9110, section 10.2.3 (Retry-After); SAP BTP, "Best practices for token retrieval": retry
408, 429 and 5xx, never 401 or 403.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from mpl_export.clock import Deadline
from mpl_export.errors import (
    OutOfTimeError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.tenant.http.transport import Answer, Exchange, Request, TenantTimeoutError, TlsError

THROTTLED_ATTEMPTS = 6
_LONGEST_WAIT_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.5
_FAILURES = frozenset({408, *range(500, 600)} - {501})  # 501: it will never do that


class TenantFailedError(TenantUnavailableError):
    """The tenant answered 408 or 5xx.

    Attributes:
        status: The status of the answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"the tenant answered {status}; the next run tries again")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Sends requests with bounded repetition, never beyond the deadline.

    Attributes:
        count: How often a request is sent before its failure counts; a refusal by 429 has a count
            of its own, because it says nothing about the request.
        deadline: When nothing more may be begun.
        timeout: The longest a single exchange may take.
    """

    exchange: Exchange
    deadline: Deadline
    count: int = 3
    timeout: timedelta = timedelta(seconds=60)
    size_limit: int = 1 << 20
    jitter: Callable[[], float] = field(default=random.random, repr=False)

    def send[T](self, request: Request, accept: Callable[[Answer], T]) -> T:
        """Send until ``accept`` takes the answer, the attempts are used up, or time is.

        Args:
            accept: Turns an answer that is not an error of transport (408, 429, 5xx) into the
                result.  It raises ``TenantUnavailableError`` for a damaged body, which is tried
                again, and anything else for what would not get better.

        Raises:
            TenantThrottledError: 429 to the last, or a wait was asked for that we do not have.
            TenantUnavailableError: No usable answer after all attempts.
            OutOfTimeError: The deadline has come.
        """
        failed = throttled = 0
        while True:
            try:
                return accept(self._exchange(request))
            except TlsError:
                raise
            except TenantThrottledError as error:
                throttled += 1
                if throttled >= THROTTLED_ATTEMPTS:
                    raise
                self._wait(error.retry_after, throttled, error)
            except TenantUnavailableError as error:
                failed += 1
                if failed >= self.count:
                    raise
                self._wait(None, failed, error)

    def _exchange(self, request: Request) -> Answer:
        """One exchange; answers that stand for a failure of the tenant become errors."""
        seconds = min(self.timeout.total_seconds(), self.deadline.seconds_left())
        if seconds <= 0:
            raise OutOfTimeError
        try:
            answer = self.exchange(request, timeout=seconds, size_limit=self.size_limit)
        except TenantTimeoutError as error:
            if self.deadline.passed():  # it was our time that ended, not the tenant's
                raise OutOfTimeError from error
            raise
        if answer.status == 429:
            raise TenantThrottledError(_retry_after(answer, self.deadline.clock.now()))
        if answer.status in _FAILURES:
            raise TenantFailedError(answer.status)
        if 300 <= answer.status < 400:
            raise UnexpectedResponseError(
                f"the tenant redirects ({answer.status}), which is never followed because the "
                "token would go along; compare the URLs in the service key with the cockpit"
            )
        return answer

    def _wait(self, asked: timedelta | None, attempt: int, error: TenantUnavailableError) -> None:
        """Wait as long as the tenant asked, else twice as long each time; jitter on top."""
        if asked is None:
            seconds = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
            seconds *= 0.5 + self.jitter()
        else:
            seconds = asked.total_seconds() + self.jitter()
        if seconds > _LONGEST_WAIT_SECONDS * 2 or seconds >= self.deadline.seconds_left():
            raise error
        self.deadline.clock.sleep(seconds)


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """The wait that the answer asks for, in either form; None if there is none to understand.

    A date is measured against the answer's own ``Date``, so that a clock which is off by minutes
    does not matter.
    """
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    instant = parse_http_date(text)
    if instant is None:
        return None
    since = parse_http_date(answer.headers.get("Date", "")) or now
    return min(max(instant - since, timedelta(0)), timedelta(days=1))


def parse_http_date(text: str) -> datetime | None:
    """An HTTP date as an instant in UTC; None if it is none.

    Source: RFC 9110, section 5.6.7.
    """
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None

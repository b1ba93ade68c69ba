"""What time it is at the tenant, as its answers tell.

Source: RFC 9110, section 6.6.1 (Date); RFC 9111, section 5.1 (Age: an answer out of a cache is
dated by when it was made).
"""

import logging
from datetime import datetime, timedelta

from mpl_export.clock import Clock
from mpl_export.tenant.http.attempts import parse_http_date
from mpl_export.tenant.http.transport import Answer

WORTH_TELLING = timedelta(minutes=1)
_LONGEST_AGE = 9  # digits

_log = logging.getLogger(__name__)


class TenantClock:
    """Compares our clock with the tenant's.

    Attributes:
        ahead: How far ours is ahead; None before the tenant has told its time.  By the newest of
            its answers, as one out of a cache only makes us look further ahead.
    """

    def __init__(self, clock: Clock) -> None:
        """Note our time before anything is asked."""
        self.ahead: timedelta | None = None
        self._clock = clock
        self._begun = clock.now()
        self._newest: datetime | None = None

    @property
    def now(self) -> datetime:
        """The earlier of our time at the beginning and the tenant's."""
        return self._begun if self._newest is None else min(self._begun, self._newest)

    @property
    def is_behind(self) -> bool:
        """Whether the tenant's clock, or the answer, is old."""
        return self.ahead is not None and self.ahead > WORTH_TELLING

    def hear(self, answer: Answer) -> None:
        """Take the time that an answer tells, if it tells one."""
        date = parse_http_date(answer.headers.get("Date", ""))
        if date is None:
            return
        date += _age(answer.headers.get("Age", ""))
        if self._newest is None or date > self._newest:
            self._newest = date
            self.ahead = self._clock.now() - date

    def warn(self, host: str) -> None:
        """Tell of clocks that differ by more than a minute."""
        if self.ahead is not None and abs(self.ahead) > WORTH_TELLING:
            _log.warning(
                "the clock of this function is %.0f s %s that of the tenant %s; logs are read up "
                "to the earlier of the two",
                abs(self.ahead).total_seconds(),
                "ahead of" if self.ahead > timedelta(0) else "behind",
                host,
            )


def _age(text: str) -> timedelta:
    text = text.strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_AGE
    return timedelta(seconds=int(text)) if is_number else timedelta(0)

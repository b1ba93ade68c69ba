"""Ask by offsets, for fewer rows after a failure, and step over single rows that cannot be shown.

One row that the tenant cannot show, or that is larger than what may be held, must not hide those
around it.
"""

from dataclasses import replace
from typing import Protocol

from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.model import Log
from mpl_export.tenant.http.transport import TlsError
from mpl_export.tenant.odata import answers

FEWER = 8
"""By how much a question that failed is cut: fewer rows by this factor, or a shorter time.

Not 2: each failure may cost a whole timeout.
"""

_MOST_STEPS_ABREAST = 3
"""How many neighbours may fail one by one; more is an outage."""


class AskAt(Protocol):
    """Asks for rows by offset."""

    def __call__(
        self, skip: int, *, top: int | None, narrowed: bool
    ) -> tuple[answers.RawPage, list[Log]]:
        """Ask, with a count.

        Args:
            narrowed: Whether a larger question has failed.
        """


class Offsets:
    """The rows of one filter, by offset.

    Attributes:
        over: The offsets that were stepped over.
    """

    def __init__(self, ask: AskAt, *, failed: bool = False) -> None:
        """Prepare to ask.

        Args:
            failed: Whether the first question, for as many rows as are allowed, has failed.
        """
        self.over: set[int] = set()
        self._ask = ask
        self._top = answers.PAGE_ROWS // FEWER if failed else None
        self._failed_until = answers.PAGE_ROWS if failed else 0
        """Where the last question ended that failed: trouble is somewhere below."""

    def __call__(self, skip: int) -> tuple[answers.RawPage, list[Log]]:
        """Ask for the rows from an offset on, or from the first one behind it that can be shown.

        The answer is as if there were no rows that cannot be shown.

        Raises:
            TenantUnavailableError: Several neighbours fail one by one: it is not for the rows.
        """
        at, answer = skip, None
        while answer is None:
            # The smallest question of all has a second attempt, its neighbours have not.
            narrowed = self._top is not None and (self._top > 1 or at > skip)
            try:
                answer = self._ask(at, top=self._top, narrowed=narrowed)
            except (TenantThrottledError, TlsError, answers.NotTheApiError):
                raise
            except TenantUnavailableError:
                self._failed_until = at + (self._top or answers.PAGE_ROWS)
                if self._top != 1:
                    self._top = max(1, (self._top or answers.PAGE_ROWS) // FEWER)
                elif at - skip < _MOST_STEPS_ABREAST:
                    at += 1
                else:
                    raise
        page, logs = answer
        more = page.more or (self._top is not None and len(page.rows) >= self._top)
        self.over.update(range(skip, at))
        if at + len(page.rows) >= self._failed_until:
            self._top = None
        count = None if page.count is None else page.count - len(self.over)
        return replace(page, more=more, count=count), logs

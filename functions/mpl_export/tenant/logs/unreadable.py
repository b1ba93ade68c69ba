"""A place that cannot be read, or a tenant that does not answer at all: which of the two it is."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.instants import EPOCH, MILLISECOND
from mpl_export.model import Span
from mpl_export.tenant.http.transport import TlsError
from mpl_export.tenant.logs import odata
from mpl_export.tenant.odata import answers

_NOWHEN = Span(since=EPOCH, until=EPOCH + MILLISECOND)


MayStepOver = Callable[[datetime, int], bool]
"""Whether a millisecond may be left out, given how many just before it were left out."""


def never(_instant: datetime, _before: int) -> bool:
    """Leave nothing out."""
    return False


class PageSource(Protocol):
    """Answers questions for one page (``TenantApi``)."""

    @property
    def host(self) -> str:
        """The host of the API."""

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> answers.RawPage:
        """Ask for one page of logs."""


class UnreadableInstantError(TenantUnavailableError):
    """The tenant fails for one millisecond, even when asked for a single row.

    Attributes:
        instant: That millisecond.
    """

    def __init__(self, instant: datetime) -> None:
        super().__init__(
            f"the tenant cannot show the logs that ended at {instant:%Y-%m-%dT%H:%M:%S.%f}; the "
            "next run steps over this millisecond, and the daily reconcile tries it again"
        )
        self.instant = instant


class SilentTenantError(TenantUnavailableError):
    """The tenant fails for every question: nothing is known of any place."""

    def __init__(self, host: str, cause: Exception) -> None:
        super().__init__(f"the tenant {host} does not answer: {cause}; nothing was left out")


def verdict(
    source: PageSource, instant: datetime, failure: TenantUnavailableError
) -> TenantUnavailableError:
    """What to tell of a millisecond that fails: is it the millisecond, or the tenant?

    To find out, the tenant is asked for a moment at which no log has ended.
    """
    try:
        source.page(odata.in_span(_NOWHEN), top=1, narrowed=True)
    except (TenantThrottledError, TlsError, answers.NotTheApiError):
        raise
    except TenantUnavailableError:
        return SilentTenantError(source.host, failure)
    return UnreadableInstantError(instant)

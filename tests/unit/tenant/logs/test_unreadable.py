"""Is it the place, or the tenant?"""

from __future__ import annotations

import pytest

from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.tenant.http.transport import TlsError
from mpl_export.tenant.logs.unreadable import (
    SilentTenantError,
    UnreadableInstantError,
    never,
    verdict,
)
from mpl_export.tenant.odata.answers import (
    RawPage,
)
from tests.support.manual_clock import NOON

FAILURE = TenantUnavailableError("no complete answer within 30 s")


class Source:
    """Answers, or fails, and notes what it was asked."""

    host = "tenant.example"

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[tuple[str, int | None, bool]] = []
        self._failure = failure

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> RawPage:
        """Answer."""
        assert (order, skip, count) == ("LogEnd", 0, False)
        self.asked.append((where, top, narrowed))
        if self._failure:
            raise self._failure
        return RawPage(rows=[], more=False, count=None)


def test_a_tenant_that_answers_for_another_moment_has_a_bad_millisecond() -> None:
    """One small question, once, about a moment at which nothing can have ended."""
    source = Source()

    error = verdict(source, NOON, FAILURE)

    assert isinstance(error, UnreadableInstantError)
    assert error.instant == NOON
    [(where, top, narrowed)] = source.asked
    assert where.count("1970-01-01") == 2
    assert (top, narrowed) == (1, True)


def test_a_tenant_that_fails_for_that_too_does_not_answer() -> None:
    """Host and cause are what its owner needs; nothing is said of a millisecond."""
    error = verdict(Source(TenantUnavailableError("502")), NOON, FAILURE)

    assert isinstance(error, SilentTenantError)
    assert "tenant.example" in str(error)
    assert "no complete answer within 30 s" in str(error)
    assert "12:00" not in str(error)


@pytest.mark.parametrize("error", [TenantThrottledError(None), TlsError("", "")])
def test_what_has_nothing_to_do_with_the_question_is_told_as_it_is(error: Exception) -> None:
    """It is no verdict."""
    with pytest.raises(type(error)):
        verdict(Source(error), NOON, FAILURE)


def test_nothing_may_be_left_out_unless_somebody_says_so() -> None:
    """The default of the verb."""
    assert not never(NOON, 0)

"""What a run asks first: what the tenant has to show of a log, and what time it is there."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.clock import Clock
from mpl_export.errors import (
    AccessRefusedError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.instants import MILLISECOND, floor_millisecond
from mpl_export.model import Span
from mpl_export.tenant.http.tenant_clock import TenantClock
from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs import odata
from mpl_export.tenant.odata import answers
from mpl_export.tenant.odata.asking import Asking
from mpl_export.tenant.odata.refusals import NothingThereError, RefusedQueryError

_METADATA_BYTES = 8 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What ``$metadata`` declares of a log."""

    properties: frozenset[str]
    navigation: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the first answers told.

    Attributes:
        declared: What a log is made of; None if ``$metadata`` is closed to us.
        now: The earlier of our clock and the tenant's, cut to milliseconds: a clock of ours that
            runs ahead must not make us believe that a span is over.
        clock_ahead: How far our clock is ahead of the tenant's; None if the tenant sends no time.
    """

    declared: Declared | None
    now: datetime
    clock_ahead: timedelta | None


def opened(asking: Asking, clock: Clock) -> Opened:
    """Ask for ``$metadata``, and for the time as well if a cache seems to have answered.

    Raises:
        AccessRefusedError: The token does not open the API.
        TenantThrottledError: We ask too often.
        TemporaryError: The token server gave no token.
        OutOfTimeError: The deadline has come.
    """
    heard = TenantClock(clock)
    declared = _declared(asking, heard)
    if heard.is_behind:  # perhaps a cache answered; it cannot know this question
        _hear_afresh(asking, clock, heard)
    heard.warn(asking.host)
    return Opened(declared=declared, now=floor_millisecond(heard.now), clock_ahead=heard.ahead)


def _declared(asking: Asking, heard: TenantClock) -> Declared | None:
    def read(answer: Answer) -> bytes:
        heard.hear(answer)
        answers.refuse_html(answer)
        return answer.body

    try:
        metadata = asking.get("$metadata", read, accept="application/xml", limit=_METADATA_BYTES)
        properties, navigation = odata.declared_properties(metadata)
    except TenantThrottledError:
        raise
    except (
        RefusedQueryError,
        NothingThereError,
        TenantUnavailableError,
        UnexpectedResponseError,
    ) as error:
        # Some gateways close $metadata; the logs can be read without, just not as lean.
        _log.warning("asking without $select: %s", type(error).__name__)
        return None
    return Declared(properties=frozenset(properties), navigation=frozenset(navigation))


def _hear_afresh(asking: Asking, clock: Clock, heard: TenantClock) -> None:
    now = floor_millisecond(clock.now())
    where = odata.in_span(Span(since=now, until=now + MILLISECOND))
    with suppress(
        TemporaryError,
        UnexpectedResponseError,
        AccessRefusedError,
        RefusedQueryError,
        NothingThereError,
    ):
        asking.get(
            odata.count_query(where), heard.hear, accept="*/*", limit=_METADATA_BYTES, count=1
        )

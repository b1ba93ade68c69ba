"""Plan a backfill: which slices, and what they will take.  Nothing is written."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, Protocol

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import OutOfTimeError, TemporaryError
from mpl_export.exporter.slices import MOST_SLICES, Slice, sliced
from mpl_export.instants import iso_instant
from mpl_export.model import Span
from mpl_export.tenant.logs import odata
from mpl_export.tenant.odata import answers

_MOST_UNCOUNTED = 3
"""A tenant that cannot count takes half a minute each time to show it."""

_PAGE_ROWS = 950
"""What a page brings on the average: the last one of a thread's share is rarely full."""
_REQUESTS_MORE = 2
"""The description of the service, and a count to share a slice among threads."""


class Countable(Protocol):
    """The tenant's API as a plan needs it (``TenantApi``)."""

    @property
    def requests(self) -> int:
        """How many requests were sent."""

    def count(self, span: Span) -> int | None:
        """How many logs a span holds; None if the tenant cannot tell in time."""

    def page(self, where: str) -> answers.RawPage:
        """One page of logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What a backfill is going to do.

    Attributes:
        tenant: The tenant's name.
        asked: The span that was asked for.
        expired_before: Where it was cut, because the archive keeps nothing that old.
        slices: In the order of time, at most ``MOST_SLICES``.
        rest: What another plan has to take; None if nothing is left.
        counts: How many requests it took to plan.
        page_seconds: How long the tenant took for a full page; None if there is none to ask for.
        threads: How many requests a run has under way at a time.
    """

    tenant: str
    asked: Span
    expired_before: datetime | None
    slices: Sequence[Slice]
    rest: Span | None
    counts: int
    page_seconds: float | None
    threads: int

    def as_json(self) -> dict[str, Any]:
        """The answer of the function: numbers first, the slices last."""
        known = [each.rows for each in self.slices if each.rows is not None]
        return {
            "tenant": self.tenant,
            "purpose": "plan",
            "since": iso_instant(self.asked.since),
            "until": iso_instant(self.asked.until),
            "expired_before": self.expired_before and iso_instant(self.expired_before),
            "rows": sum(known),
            "uncounted": len(self.slices) - len(known),
            "requests": sum(ceil(rows / _PAGE_ROWS) + _REQUESTS_MORE for rows in known),
            "page_seconds": self.page_seconds,
            "threads": self.threads,
            "requests_to_plan": self.counts,
            "rest": self.rest and _span(self.rest),
            "slices": [{**_span(each.span), "rows": each.rows} for each in self.slices],
        }


def plan_backfill(
    api: Countable,
    clock: Clock,
    deadline: Deadline,
    asked: Span,
    *,
    tenant: str,
    oldest: datetime | None,
    slice_rows: int,
    threads: int,
) -> BackfillPlan:
    """Count a span and cut it.

    Args:
        deadline: What is not counted by then is taken as what the tenant cannot count.
        oldest: Before this the archive keeps nothing; None if it keeps everything.
        slice_rows: How many rows a slice may hold.
    """
    expired_before = oldest if oldest is not None and asked.since < oldest else None
    since = asked.since if expired_before is None else expired_before
    slices: list[Slice] = []
    page_seconds = None
    if since < asked.until:
        counter = _Counter(api, deadline, threads)
        kept = Span(since=since, until=asked.until)
        slices = sliced(kept, counter.count_all, most_rows=slice_rows)
        page_seconds = _seconds_of_a_page(api, clock, slices)
    rest = None
    if len(slices) > MOST_SLICES:
        rest = Span(since=slices[MOST_SLICES].span.since, until=asked.until)
    return BackfillPlan(
        tenant=tenant,
        asked=asked,
        expired_before=expired_before,
        slices=slices[:MOST_SLICES],
        rest=rest,
        counts=api.requests,
        page_seconds=page_seconds,
        threads=threads,
    )


@dataclass(slots=True)
class _Counter:
    api: Countable
    deadline: Deadline
    threads: int
    uncounted: list[Span] = field(default_factory=list)

    def count_all(self, spans: Sequence[Span]) -> Sequence[int | None]:
        """Count each span, several at a time."""
        if self.threads == 1:
            return [self._count(span) for span in spans]
        with ThreadPoolExecutor(self.threads, thread_name_prefix="count") as pool:
            return list(pool.map(self._count, spans))

    def _count(self, span: Span) -> int | None:
        if self.deadline.passed() or len(self.uncounted) >= _MOST_UNCOUNTED:
            return None
        try:
            rows = self.api.count(span)
        except OutOfTimeError:
            rows = None
        if rows is None:
            self.uncounted.append(span)
        return rows


def _seconds_of_a_page(api: Countable, clock: Clock, slices: Sequence[Slice]) -> float | None:
    """How long the tenant takes for a page where it has most."""
    fullest = max(slices, key=lambda each: each.rows or 0)
    if not fullest.rows:
        return None
    began = clock.monotonic()
    try:
        api.page(odata.in_span(fullest.span))
    except TemporaryError:
        return None
    return round(clock.monotonic() - began, 3)


def _span(span: Span) -> dict[str, str]:
    return {"since": iso_instant(span.since), "until": iso_instant(span.until)}

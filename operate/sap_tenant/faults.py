"""Faults on request: what a network, a router, a tired database or an odd tenant may do.

The first fault that matches an exchange changes its answer; malformed rows are all applied.
Faults that lose or delay an answer set its ``delivery``: a socket server acts it out, and the
pure handlers raise ``ConnectionLost`` or ``NoAnswerInTime``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from operate.sap_tenant.exchange import Endpoint, Request
from operate.sap_tenant.filter_plan import Plan
from operate.sap_tenant.moments import micros_of
from operate.sap_tenant.rows import Row

type Kind = Literal[
    "status",  # `status`, with `headers` and `body`
    "reset",  # the connection ends before the status line
    "reset_in_body",  # ... and after half of the body
    "truncated_gzip",  # a whole HTTP answer around half of a gzip stream
    "truncated_json",  # a whole HTTP answer around half of a JSON text
    "other_json",  # 200 and JSON of another shape (`body`)
    "other_members",  # the JSON object with other `members` at its top; None takes one away
    "login_page",  # 200 and HTML
    "slow",  # nothing for `delay`, then the answer
    "endless",  # a body that goes on for ever, a byte now and then
    "endless_headers",  # a header that goes on for ever, a byte now and then
    "oversized",  # the answer, and blanks until it has `size` bytes
    "unreadable_row",  # any page that would hold `guid` answers `status`
    "malformed_row",  # `guid` comes malformed as `shape` says
    "redirect",  # 302 to `location`
    "foreign_next",  # `__next` points at `location`
    "empty_page",  # the page without its rows, with a `__next`
]
type Shape = Literal[
    "date_garbage",
    "date_number",
    "number_status",
    "not_an_object",
    "null",
    "no_guid",
    "null_guid",
    "number_guid",
]


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and when.

    Attributes:
        times: How often it strikes; None is always.
        after: How many matching exchanges pass unharmed before.
        match: Strikes only requests whose target holds this text, or of which this is true.
        at: Strikes only requests with an interval of LogEnd around this instant.
        rows_above: Strikes only pages with more rows than this.
        guid: The row of "unreadable_row" and "malformed_row".
        delay: How long "slow" keeps quiet.
        size: Bytes of an "oversized" body before compression.
    """

    kind: Kind
    endpoint: Endpoint = "api"
    times: int | None = 1
    after: int = 0
    match: str | Callable[[Request], bool] | None = None
    at: datetime | None = None
    rows_above: int | None = None
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    members: Mapping[str, object] = field(default_factory=dict)
    guid: str | None = None
    shape: Shape = "date_garbage"
    delay: timedelta = timedelta(seconds=60)
    size: int = 64 * 1024 * 1024
    location: str = "https://elsewhere.example/api/v1/MessageProcessingLogs"
    struck: int = 0

    @property
    def spent(self) -> bool:
        """Whether it will not strike again."""
        return self.times is not None and self.struck >= self.times


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a fault can look at.

    Attributes:
        plan: The filter of a request for logs; None for other requests.
        rows: The rows that the answer holds.
    """

    endpoint: Endpoint
    request: Request
    plan: Plan | None = None
    rows: tuple[Row, ...] = ()


class Faults:
    """The faults of one tenant, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        """Tell whether anything could go wrong."""
        return bool(self._faults)

    def add(self, fault: Fault) -> Fault:
        """Let this go wrong from now on."""
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Mend one fault; mending it twice is no error."""
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        """Mend everything."""
        self._faults.clear()

    def strike(self, occasion: Occasion) -> list[Fault]:
        """Give the faults that change this answer, and note that they did."""
        struck: list[Fault] = []
        exclusive = False
        for fault in self._faults:
            additive = fault.kind == "malformed_row"
            if fault.spent or (exclusive and not additive) or not _matches(fault, occasion):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.struck += 1
            exclusive = exclusive or not additive
            struck.append(fault)
        return struck


def _matches(fault: Fault, occasion: Occasion) -> bool:
    request, plan, rows = occasion.request, occasion.plan, occasion.rows
    if fault.endpoint != occasion.endpoint:
        return False
    if isinstance(fault.match, str) and fault.match not in request.target:
        return False
    if callable(fault.match) and not fault.match(request):
        return False
    if fault.at is not None and not (plan is not None and plan.covers(micros_of(fault.at))):
        return False
    if fault.rows_above is not None and len(rows) <= fault.rows_above:
        return False
    return fault.guid is None or any(row.guid == fault.guid for row in rows)


# -- the usual ones, by name --------------------------------------------------------------


def throttled(retry_after: str | None = None, *, endpoint: Endpoint = "api") -> Fault:
    """Give a 429; ``retry_after`` is the header's text (seconds or an HTTP date), None is bare."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(kind="status", status=429, headers=headers, endpoint=endpoint)


def failing_interval(at: datetime, *, status: int | None = 500) -> Fault:
    """Fail every request whose LogEnd interval covers an instant; None times out instead."""
    if status is None:
        return Fault(kind="slow", at=at, times=None)
    return Fault(kind="status", status=status, at=at, times=None)


def unreadable_row(guid: str, *, status: int = 500) -> Fault:
    """Fail every answer that would hold this row, for ever."""
    return Fault(kind="unreadable_row", guid=guid, status=status, times=None)


def malformed_row(guid: str, shape: Shape = "date_garbage") -> Fault:
    """Let this row come malformed, for ever."""
    return Fault(kind="malformed_row", guid=guid, shape=shape, times=None)

"""What a tenant may do to us, call by call, and how a run has to end: the table of the matrix.

The page ``docs/faults.md`` is written from this table, and every cell of it is played
(``tests/integration/test_fault_matrix.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

from mpl_export.errors import (
    AccessRefusedError,
    ConfigurationError,
    ExportError,
    KeyRefusedError,
    ServiceKeyError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from tests.support.fault_calls import Call
from tests.support.fault_world import TODAY
from tests.support.sap_tenant import Fault


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends in which a fault struck.

    Attributes:
        error: What it raises; None if it ends well, with everything archived.
        less: What the archive has less of, for good.
    """

    error: type[ExportError] | None = None
    less: str = ""

    def __str__(self) -> str:
        if self.error is None:
            return f"recovers{self.less and f', {self.less}'}"
        return f"`{self.error.__name__}`"


@dataclass(frozen=True, slots=True)
class Column:
    """How a run ends if a fault strikes one call, and if it strikes all from that call on."""

    once: Ending
    lasting: Ending


type Row = Mapping[Call, Column]

WELL = Ending()
TEXTLESS = Ending(less="without the text")
THROTTLED = Ending(TenantThrottledError)
UNAVAILABLE = Ending(TenantUnavailableError)
TEMPORARY = Ending(TemporaryError)
UNEXPECTED = Ending(UnexpectedResponseError)
NO_ACCESS = Ending(AccessRefusedError)
KEY_REFUSED = Ending(KeyRefusedError)
WRONG_KEY = Ending(ServiceKeyError)

_NEVER_MATTERS = Column(WELL, WELL)
_NO_TEXT = Column(TEXTLESS, TEXTLESS)


def _row(
    rows: Column,
    *,
    token: Column,
    metadata: Column = _NEVER_MATTERS,
    count: Column = _NEVER_MATTERS,
    text: Column = _NO_TEXT,
) -> Row:
    """A row, in which all pages fare alike; without the rest a run can live."""
    return {
        "token": token,
        "metadata": metadata,
        "count": count,
        "page": rows,
        "walk": rows,
        "text": text,
        "sweep": rows,
    }


_WAITED = Column(WELL, THROTTLED)
_BUSY = _row(_WAITED, token=_WAITED, metadata=_WAITED, text=Column(WELL, TEXTLESS))
_TOO_LONG = Column(THROTTLED, THROTTLED)
_BUSY_LONG = _row(_TOO_LONG, token=_TOO_LONG, metadata=_TOO_LONG)
_DOWN = _row(Column(WELL, UNAVAILABLE), token=Column(WELL, TEMPORARY))
_ODD = Column(UNEXPECTED, UNEXPECTED)
_FOREIGN: Column = Column(WELL, WELL)


@dataclass(frozen=True, slots=True)
class TenantFault:
    """One thing that goes wrong on the tenant's side.

    Attributes:
        name: What a reader calls it.
        make: A new fault.
        row: How runs end, by the call that it strikes.
    """

    name: str
    make: Callable[[], Fault]
    row: Row


def _status(status: int, **headers: str) -> Callable[[], Fault]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Fault(kind="status", status=status, headers=names)


_SOON = format_datetime(TODAY + timedelta(seconds=7), usegmt=True)

TENANT_FAULTS = (
    TenantFault("429, wait 7 seconds", _status(429, Retry_After="7"), _BUSY),
    TenantFault("429, wait until a date", _status(429, Retry_After=_SOON), _BUSY),
    TenantFault("429, no word of how long", _status(429), _BUSY),
    TenantFault("429, wait an hour", _status(429, Retry_After="3600"), _BUSY_LONG),
    TenantFault("408", _status(408), _DOWN),
    TenantFault("500 with an OData error", _status(500), _DOWN),
    TenantFault("502 with HTML", _status(502), _DOWN),
    TenantFault("503 of the router", _status(503), _DOWN),
    TenantFault("reset before the headers", lambda: Fault(kind="reset"), _DOWN),
    TenantFault("reset within the body", lambda: Fault(kind="reset_in_body"), _DOWN),
    TenantFault("gzip that is cut short", lambda: Fault(kind="truncated_gzip"), _DOWN),
    TenantFault(
        "JSON that is cut short",
        lambda: Fault(kind="truncated_json"),
        {**_DOWN, "text": Column(Ending(less="with half the text"), TEXTLESS)},
    ),
    TenantFault(
        "JSON of another shape",
        lambda: Fault(kind="other_json"),
        _row(_ODD, token=Column(WELL, UNEXPECTED)),
    ),
    TenantFault(
        "a login page with 200",
        lambda: Fault(kind="login_page"),
        _row(Column(WELL, UNEXPECTED), token=Column(WELL, TEMPORARY)),
    ),
    TenantFault("no first byte in time", lambda: Fault(kind="slow"), _DOWN),
    TenantFault("a body without end", lambda: Fault(kind="endless"), _DOWN),
    TenantFault(
        "a page of more than 16 MB", lambda: Fault(kind="oversized", size=(16 << 20) + 1), _DOWN
    ),
    TenantFault(
        "400",
        _status(400),
        _row(Column(WELL, UNEXPECTED), token=Column(KEY_REFUSED, KEY_REFUSED)),
    ),
    TenantFault(
        "401",
        _status(401),
        _row(
            Column(WELL, NO_ACCESS),
            token=Column(KEY_REFUSED, KEY_REFUSED),
            metadata=Column(WELL, NO_ACCESS),
            text=Column(WELL, TEXTLESS),
        ),
    ),
    TenantFault(
        "403",
        _status(403),
        _row(
            Column(NO_ACCESS, NO_ACCESS),
            token=Column(KEY_REFUSED, KEY_REFUSED),
            metadata=Column(NO_ACCESS, NO_ACCESS),
        ),
    ),
    TenantFault(
        "404",
        _status(404),
        _row(Column(WRONG_KEY, WRONG_KEY), token=Column(WRONG_KEY, WRONG_KEY)),
    ),
    TenantFault(
        "a redirect to another host",
        lambda: Fault(kind="redirect"),
        _row(_ODD, token=Column(WELL, UNEXPECTED)),
    ),
    TenantFault(
        "`__next` to another host",
        lambda: Fault(kind="foreign_next"),
        {"page": _FOREIGN, "walk": _FOREIGN, "sweep": _FOREIGN},
    ),
)


def who_acts(error: type[ExportError] | None) -> str:
    """Who has to do something about an error."""
    if error is None:
        return "nobody"
    if issubclass(error, ConfigurationError):
        return "an operator: the message says what to do"
    if issubclass(error, TemporaryError):
        return "nobody yet: the next run goes on"
    return "a developer: the tenant said what this version does not understand"

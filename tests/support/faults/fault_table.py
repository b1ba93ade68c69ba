"""What a tenant may do to us, call by call, and how a run has to end: the table of the matrix.

The page ``docs/faults.md`` is written from this table, and every cell of it is played
(``tests/integration/test_fault_matrix.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

from operate.sap_tenant import Fault
from tests.support.faults.fault_calls import Call
from tests.support.faults.fault_endings import (
    HALF_A_TEXT,
    KEY_REFUSED,
    NO_ACCESS,
    TEMPORARY,
    TEXTLESS,
    THROTTLED,
    UNAVAILABLE,
    UNEXPECTED,
    UNLOOKED,
    UNSWEPT,
    WELL,
    WRONG_KEY,
    Column,
    Ending,
)
from tests.support.faults.fault_world import TODAY

type Row = Mapping[Call, Column]

_NEVER_MATTERS = Column(WELL, WELL)
_NO_TEXT = Column(TEXTLESS, TEXTLESS)


def _row(
    rows: Column,
    *,
    token: Column,
    renewal: Column | None = None,
    metadata: Column = _NEVER_MATTERS,
    count: Column = _NEVER_MATTERS,
    text: Column = _NO_TEXT,
) -> Row:
    """A row, in which all pages fare alike; without the rest a run can live.

    The first token is fetched to ask for ``$metadata``, which is not needed either: if the token
    server says something odd then, the next question asks it again.
    """
    return {
        "token": token,
        "renewal": renewal or token,
        "metadata": metadata,
        "count": count,
        "page": rows,
        "walk": rows,
        "text": text,
        "sweep": Column(_swept(rows.once), _swept(rows.lasting)),
        "artifacts": Column(_looked(rows.once), _looked(rows.lasting)),
    }


def _swept(ending: Ending) -> Ending:
    """How a run ends whose look at open messages fares like this: what is new is exported."""
    return ending if ending.error is None else UNSWEPT


def _looked(ending: Ending) -> Ending:
    """The same of the look at what is deployed."""
    return ending if ending.error is None else UNLOOKED


_WAITED = Column(WELL, THROTTLED)
_BUSY = _row(_WAITED, token=_WAITED, metadata=_WAITED, text=Column(WELL, TEXTLESS))
_TOO_LONG = Column(THROTTLED, THROTTLED)
_BUSY_LONG = _row(_TOO_LONG, token=_TOO_LONG, metadata=_TOO_LONG)
_DOWN = _row(Column(WELL, UNAVAILABLE), token=Column(WELL, TEMPORARY))
_ODD = Column(UNEXPECTED, UNEXPECTED)
_ODD_TOKEN = Column(WELL, UNEXPECTED)
_EASY: Row = dict.fromkeys(("page", "walk", "sweep", "artifacts"), _NEVER_MATTERS)


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


def _other(**members: object) -> Callable[[], Fault]:
    return lambda: Fault(kind="other_members", members=members)


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
        {**_DOWN, "text": Column(HALF_A_TEXT, TEXTLESS)},
    ),
    TenantFault(
        "JSON of another shape",
        lambda: Fault(kind="other_json"),
        _row(_ODD, token=_ODD_TOKEN, renewal=_ODD),
    ),
    TenantFault(
        "a login page with 200",
        lambda: Fault(kind="login_page"),
        _row(Column(WELL, UNEXPECTED), token=Column(WELL, TEMPORARY)),
    ),
    TenantFault("no first byte in time", lambda: Fault(kind="slow"), _DOWN),
    TenantFault("headers without end", lambda: Fault(kind="endless_headers"), _DOWN),
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
        _row(_ODD, token=_ODD_TOKEN, renewal=_ODD),
    ),
    TenantFault(
        "`__next` to another host",
        lambda: Fault(kind="foreign_next"),
        _EASY,
    ),
    TenantFault(
        "`$select` refused (400)",
        lambda: Fault(kind="status", status=400, match="$select="),
        _EASY,
    ),
)

TOKEN_CALLS: tuple[Call, ...] = ("token", "renewal")
_NO_TOKEN: Row = {"token": _ODD_TOKEN, "renewal": _ODD}
_A_TOKEN: Row = dict.fromkeys(TOKEN_CALLS, _NEVER_MATTERS)

TOKEN_FAULTS = (
    TenantFault("no `expires_in`", _other(expires_in=None), _A_TOKEN),
    TenantFault("`expires_in` is text", _other(expires_in="43199"), _A_TOKEN),
    TenantFault("`expires_in` is no number", _other(expires_in="soon"), _A_TOKEN),
    TenantFault("`expires_in` is 0", _other(expires_in=0), _A_TOKEN),
    TenantFault("`expires_in` is negative", _other(expires_in=-1), _A_TOKEN),
    TenantFault("`expires_in` is beyond all bounds", _other(expires_in=1e300), _A_TOKEN),
    TenantFault("no `token_type`", _other(token_type=None), _A_TOKEN),
    TenantFault("`token_type` is not bearer", _other(token_type="mac"), _NO_TOKEN),
    TenantFault("`token_type` is no text", _other(token_type=7), _NO_TOKEN),
    TenantFault("no `access_token`", _other(access_token=None), _NO_TOKEN),
    TenantFault("`access_token` is empty", _other(access_token=""), _NO_TOKEN),
    TenantFault("`access_token` is no text", _other(access_token=7), _NO_TOKEN),
    TenantFault("`access_token` holds a line break", _other(access_token="a\nb"), _NO_TOKEN),
)
"""What the token server may say with a 200."""

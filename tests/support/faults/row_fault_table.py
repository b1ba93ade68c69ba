"""Rows and places that the tenant cannot show as it should, and how runs end that meet them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from operate.sap_tenant import Fault, failing_interval, unreadable_row
from operate.sap_tenant.faults import Shape
from tests.support.faults.fault_calls import Call
from tests.support.faults.fault_endings import KEPT_RAW, UNAVAILABLE, WELL, Ending

ROW_CALLS: tuple[Call, ...] = ("page", "walk", "sweep")
"""The calls whose answers hold rows."""

ODD_ROWS: dict[str, Shape] = {
    "no `MessageGuid`": "no_guid",
    "`MessageGuid` is null": "null_guid",
    "`MessageGuid` is a number": "number_guid",
    "`LogEnd` is no date": "date_garbage",
    "`LogEnd` is a number": "date_number",
    "`Status` is a number": "number_status",
    "a row that is a list": "not_an_object",
    "a row that is null": "null",
}
"""Rows that cannot be read, each ending as ``ODD_ROW_ENDS``, once and for ever."""

ODD_ROW_ENDS = KEPT_RAW

type Reader = Literal["run", "next run", "reconcile", "backfill"]

STEPS_OVER = Ending(less="steps over one millisecond, and says which")
STEPS_OVER_ONE = Ending(less="steps over the log")


@dataclass(frozen=True, slots=True)
class BadPlace:
    """A place that the tenant cannot show, whatever is asked.

    Attributes:
        name: What a reader calls it.
        make: The fault, of an instant and of the log that ended then.
        ends: How those end that meet such a place; all else is archived.
    """

    name: str
    make: Callable[[datetime, str], Fault]
    ends: Mapping[Reader, Ending]


_DATED: Mapping[Reader, Ending] = {
    "run": UNAVAILABLE,
    "next run": STEPS_OVER,
    "reconcile": STEPS_OVER,
    "backfill": UNAVAILABLE,
}
_OPEN: Mapping[Reader, Ending] = {
    "run": STEPS_OVER_ONE,
    "next run": STEPS_OVER_ONE,
    "reconcile": WELL,
    "backfill": WELL,
}

BAD_PLACES = (
    BadPlace(
        "an interval that always times out",
        lambda at, _: failing_interval(at, status=None),
        _DATED,
    ),
    BadPlace("an interval that always fails (500)", lambda at, _: failing_interval(at), _DATED),
    BadPlace(
        "a log that fails each page with it (500)", lambda _, guid: unreadable_row(guid), _DATED
    ),
)
BAD_OPEN_LOGS = (
    BadPlace(
        "an open log, not dated, that always times out",
        lambda _, guid: Fault(kind="slow", guid=guid, times=None),
        _OPEN,
    ),
    BadPlace(
        "an open log, not dated, that fails each page with it (500)",
        lambda _, guid: unreadable_row(guid),
        _OPEN,
    ),
)

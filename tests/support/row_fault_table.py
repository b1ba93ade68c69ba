"""Rows and places that the tenant cannot show as it should, and how runs end that meet them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tests.support.fault_calls import Call
from tests.support.fault_endings import KEPT_RAW, UNAVAILABLE, Ending
from tests.support.sap_tenant import Fault, failing_interval, unreadable_row
from tests.support.sap_tenant.faults import Shape

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


@dataclass(frozen=True, slots=True)
class BadPlace:
    """A place that the tenant cannot show, whatever is asked.

    Attributes:
        name: What a reader calls it.
        make: The fault, of an instant and of the log that ended then.
    """

    name: str
    make: Callable[[datetime, str], Fault]


BAD_PLACES = (
    BadPlace("an interval that always times out", lambda at, _: failing_interval(at, status=None)),
    BadPlace("an interval that always fails (500)", lambda at, _: failing_interval(at)),
    BadPlace("a row that fails each page with it (500)", lambda _, guid: unreadable_row(guid)),
)

BAD_PLACE_ENDS: dict[Reader, Ending] = {
    "run": UNAVAILABLE,
    "next run": STEPS_OVER,
    "reconcile": STEPS_OVER,
    "backfill": UNAVAILABLE,
}
"""How those end that meet such a place, all of them alike; all else is archived."""

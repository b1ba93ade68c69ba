"""Instants as the tenant keeps them: whole microseconds since 1970, UTC.

The tenant's database keeps microseconds and its API shows milliseconds, so a row can be
filtered by a value that nobody can read.  Integers keep that difference exact and cheap.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

type Micros = int
"""Microseconds since 1970-01-01T00:00:00Z."""

type Shown = Literal["cut", "rounded"]
"""How microseconds become the milliseconds that the API shows."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros_of(instant: datetime) -> Micros:
    """Give an instant in microseconds.

    Raises:
        ValueError: The instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(micros: Micros) -> datetime:
    """Give the instant (aware, UTC) of a number of microseconds."""
    return _EPOCH + timedelta(microseconds=micros)


def shown_millis(micros: Micros, shown: Shown) -> int:
    """Give the milliseconds since 1970 that the API shows for a true instant."""
    return (micros + 500) // 1000 if shown == "rounded" else micros // 1000


def shown_instant(micros: Micros | None, shown: Shown) -> datetime | None:
    """Give the instant that a reader of the API sees; None stays None."""
    return None if micros is None else instant_of(shown_millis(micros, shown) * 1000)


def utc_now() -> datetime:
    """Give the present by the machine's clock."""
    return datetime.now(UTC)

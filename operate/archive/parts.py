"""Which parts of an archive hold a span, and what it costs to read them."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from mpl_export.archive.layout import part_of_key
from mpl_export.model import UNDATED, WINDOW, Span
from operate.archive.places import Place

UNDATED_DAY: Final = "undated"
_LISTS_AT_ONCE: Final = 8
_DAY: Final = timedelta(days=1)

_LIST_DOLLARS: Final = 0.005 / 1_000
_GET_DOLLARS: Final = 0.0004 / 1_000
_OUT_DOLLARS: Final = 0.09 / 1e9
"""Each request and each byte out of AWS, by the list prices of us-east-1 as of 2026."""


class Part(NamedTuple):
    """A part: its key, its size in bytes, and the window that it is of (``UNDATED`` for none)."""

    key: str
    size: int
    window: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """The parts of a span.

    Attributes:
        parts: They, by rising key.
        days: The days of the whole archive that hold any, rising, whatever the span.
        requests: How many requests the listing took.
        remote: Whether reading them costs anything.
    """

    parts: Sequence[Part]
    days: Sequence[str]
    requests: int
    remote: bool

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(part.size for part in self.parts)

    @property
    def dollars(self) -> float:
        """What listing and reading costs at most: from outside of AWS, without a free tier."""
        if not self.remote:
            return 0.0
        requests = self.requests * _LIST_DOLLARS + len(self.parts) * _GET_DOLLARS
        return requests + self.size * _OUT_DOLLARS

    def __str__(self) -> str:
        parts = len(self.parts)
        what = f"{parts:,} part{'' if parts == 1 else 's'}, {megabytes(self.size)}"
        if not self.remote:
            return f"{what}, on this machine"
        return f"{what}, at most {dollars(self.dollars)} (list prices; no transfer inside AWS)"


def megabytes(size: int) -> str:
    """A size for people."""
    if size >= 1e9:
        return f"{size / 1e9:,.2f} GB"
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


def dollars(amount: float) -> str:
    """A price for people; what is next to nothing says so."""
    return "less than $0.01" if amount < 0.01 else f"${amount:,.2f}"


def list_parts(place: Place, tenant: str, span: Span) -> Listed:
    """List the parts whose window meets a span, and those of rows that tell no time.

    One request tells which days there are, a thousand at a time; then each day of the span that
    there is takes one.
    """
    root = f"mpl/v1/tenant={tenant}/"
    days = [name.removeprefix("dt=") for name in place.folders(root) if name.startswith("dt=")]
    first, last = day_of(span.since), day_of(span.until)
    wanted = [day for day in days if day == UNDATED_DAY or first <= day <= last]
    with ThreadPoolExecutor(_LISTS_AT_ONCE) as pool:
        found = pool.map(lambda day: list(place.objects(f"{root}dt={day}/")), wanted)
        parts = [
            Part(each.key, each.size, part[0])
            for objects in found
            for each in objects
            if (part := part_of_key(each.key)) is not None and _meets(part[0], span)
        ]
    return Listed(
        parts=sorted(parts),
        days=[day for day in days if day != UNDATED_DAY],
        requests=1 + len(wanted),
        remote=place.remote,
    )


def _meets(window: datetime, span: Span) -> bool:
    return window == UNDATED or (window < span.until and window + WINDOW > span.since)


def day_of(instant: datetime) -> str:
    """The day of an instant as the layout writes it."""
    return instant.astimezone(UTC).date().isoformat()


def days_between(since: datetime, until: datetime) -> Iterable[str]:
    """The days that a half-open stretch meets, rising."""
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        yield day_of(day)
        day += _DAY

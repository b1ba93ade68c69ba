"""Instants and durations as text: what the archive writes and what people and SAP write."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

_DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?",
    re.ASCII,
)


_SECONDS = [f"{second:02}." for second in range(60)]
_MILLIS = [f"{millis:03}Z" for millis in range(1000)]


def iso_instant(instant: datetime) -> str:
    """Write an instant as ``2026-11-22T14:05:00.123Z``: fixed width, so that text sorts as time."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def iso_millis(millis: int) -> str:
    """The same of milliseconds since the epoch; many of one minute cost little.

    Raises:
        OverflowError: Before the year 1 or after the year 9999.
    """
    minute, rest = divmod(millis, 60_000)
    return _iso_minute(minute) + _SECONDS[rest // 1000] + _MILLIS[rest % 1000]


@lru_cache(maxsize=256)
def _iso_minute(minute: int) -> str:
    return iso_instant(EPOCH + timedelta(minutes=minute))[:17]


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is taken as UTC, as SAP means it.

    Finer parts than milliseconds are cut off, because the tenant's literals cannot carry them.

    Raises:
        ValueError: The text is no instant.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        instant = instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as ``P2DT12H``.

    Months and years are refused: they have no fixed length.

    Raises:
        ValueError: The text is no such duration.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("not a duration")
    return timedelta(**{unit: int(number) for unit, number in match.groupdict(default="0").items()})


def instant_or_ago(text: str, now: datetime) -> datetime:
    """Read an instant, or a duration before ``now``.

    Raises:
        ValueError: It is neither, or lies before the year 1.
    """
    if not text.startswith("P"):
        return parse_instant(text)
    try:
        return floor_millisecond(now - parse_duration(text))
    except OverflowError as error:
        raise ValueError("out of range") from error


def floor_millisecond(instant: datetime) -> datetime:
    """The start of the millisecond that holds ``instant``."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

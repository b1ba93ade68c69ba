"""How long things took: messages, and their way into the archive; and what is missing there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mpl_export.archive.layout import seals_prefix
from mpl_export.model import WINDOW, Span
from mpl_export.sealing.seal import NotASealError, read_seal
from operate.archive.database import as_count, as_stored, as_utc, run
from operate.archive.parts import days_between
from operate.archive.places import GoneError, Place
from operate.report.period import WEEK, Period

if TYPE_CHECKING:
    import duckdb

LATE: Final = timedelta(hours=1)
"""What arrives later than this after its end is late."""
_USUAL: Final = 2 / 3
_LEAST_WEEKS: Final = 2
_MOST_GAPS: Final = 20


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the messages of an artifact ran, in seconds, and in the week before."""

    artifact: str
    messages: int
    median: float
    p95: float
    longest: float
    messages_before: int
    median_before: float | None
    p95_before: float | None


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after their end messages were read, in seconds; None where there were none."""

    start: datetime
    versions: int
    median: float | None
    p95: float | None
    longest: float | None
    late: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the archive is sealed; all None if it is not.

    Attributes:
        until: What arrived before is named by a seal.
        number: The last seal's.
        signed: Whether that one is signed.
        problem: Why the last seal cannot be read, if it cannot.
    """

    until: datetime | None = None
    number: int | None = None
    signed: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Completeness:
    """Where data is missing, late or odd.

    Attributes:
        first_day: The first day of the whole archive.
        days_missing: Days within the period, after the first, that have no part at all.
        gaps: Hours in a row without a log, at times of the week that usually have some.
        newest_end, newest_read: The newest of either that was read.
        earlier: Versions that ended before the first export: their delay means nothing.
        late: Versions that came more than an hour after their end.
        odd: Rows that could not be read whole.
        amended: Versions that differ from another in what is no state.
    """

    first_day: str | None
    days_missing: Sequence[str]
    gaps: Sequence[Span]
    newest_end: datetime | None
    newest_read: datetime | None
    versions: int
    earlier: int
    late: int
    odd: int
    amended: int
    sealed: Sealed


def durations(connection: "duckdb.DuckDBPyConnection", period: Period) -> list[Durations]:
    """Percentiles by artifact in the last week, the slowest first, beside the week before."""
    week, before = period.week, period.before
    rows = run(
        connection,
        """
        WITH timed AS (
            SELECT artifact, date_diff('millisecond', started, ended) / 1000 AS seconds,
                ended >= $2 AS recent
            FROM messages WHERE ended >= $1 AND ended < $3 AND started IS NOT NULL
                AND status NOT IN ('DISCARDED', 'PROCESSING', 'RETRY', 'ABANDONED')
        )
        SELECT artifact,
            count(*) FILTER (recent),
            quantile_cont(seconds, 0.5) FILTER (recent),
            quantile_cont(seconds, 0.95) FILTER (recent),
            max(seconds) FILTER (recent),
            count(*) FILTER (NOT recent),
            quantile_cont(seconds, 0.5) FILTER (NOT recent),
            quantile_cont(seconds, 0.95) FILTER (NOT recent)
        FROM timed GROUP BY artifact HAVING count(*) FILTER (recent) > 0
        ORDER BY 4 DESC, 1
        """,
        [as_stored(before.since), as_stored(week.since), as_stored(week.until)],
    )
    return [Durations(*row) for row in rows]  # type: ignore[arg-type]


def delays(connection: "duckdb.DuckDBPyConnection", period: Period) -> list[Delay]:
    """The way into the archive in bars of the period's width."""
    width = period.bucket
    rows = run(
        connection,
        f"""
        WITH timed AS (
            SELECT date_trunc('{width}', ended) AS start,
                date_diff('millisecond', ended, read) / 1000 AS seconds
            FROM versions WHERE NOT amended AND ended >= greatest(
                $1::TIMESTAMP, (SELECT coalesce(min(read), $1::TIMESTAMP) FROM versions))
                AND ended < $2
        )
        SELECT start, count(seconds), quantile_cont(seconds, 0.5), quantile_cont(seconds, 0.95),
            max(seconds), count(*) FILTER (seconds > {LATE.total_seconds()})
        FROM (SELECT unnest(generate_series(date_trunc('{width}', $1::TIMESTAMP),
            $2::TIMESTAMP - INTERVAL 1 MILLISECOND, INTERVAL 1 {width})) AS start)
            LEFT JOIN timed USING (start)
        GROUP BY 1 ORDER BY 1
        """,
        [as_stored(period.since), as_stored(period.until)],
    )
    return [Delay(as_utc(row[0]), *row[1:]) for row in rows]  # type: ignore[arg-type]


def completeness(
    connection: "duckdb.DuckDBPyConnection",
    period: Period,
    days: Sequence[str],
    sealed: Sealed,
) -> Completeness:
    """Where data is missing, late or odd."""
    ((versions, newest_end, newest_read, odd, amended, first_read),) = run(
        connection,
        "SELECT count(*), max(ended), max(read), count(*) FILTER (odd), "
        "count(*) FILTER (amended), min(read) FROM versions",
    )
    ((earlier, late),) = run(
        connection,
        "SELECT count(*) FILTER (ended < $1::TIMESTAMP), count(*) FILTER (ended >= $1::TIMESTAMP "
        f"AND date_diff('second', ended, read) > {LATE.total_seconds()} AND ended >= $2) "
        "FROM versions WHERE NOT amended",
        [first_read, as_stored(period.since)],
    )
    first_day = days[0] if days else None
    missing = [
        day
        for day in days_between(period.since, period.until)
        if first_day is not None and day > first_day and day not in set(days)
    ]
    return Completeness(
        first_day=first_day,
        days_missing=missing,
        gaps=_gaps(connection, period, first_day),
        newest_end=None if newest_end is None else as_utc(newest_end),
        newest_read=None if newest_read is None else as_utc(newest_read),
        versions=as_count(versions),
        earlier=as_count(earlier),
        late=as_count(late),
        odd=as_count(odd),
        amended=as_count(amended),
        sealed=sealed,
    )


def sealed_in(place: Place, tenant: str) -> Sealed:
    """How far an archive is sealed, by its last seal; whether the seals hold, make verify tells."""
    keys = [each.key for each in place.objects(seals_prefix(tenant)) if each.key.endswith(".json")]
    if not keys:
        return Sealed()
    try:
        last = read_seal(keys[-1], place.read(keys[-1]), tenant)
    except (NotASealError, GoneError) as error:
        return Sealed(problem=str(error))
    return Sealed(until=last.seal.until, number=last.seal.number, signed=bool(last.signatures))


def _gaps(
    connection: "duckdb.DuckDBPyConnection", period: Period, first_day: str | None
) -> list[Span]:
    """Hours in a row without a log, where most other weeks that were read have one."""
    busy = {
        as_utc(row[0])
        for row in run(
            connection,
            "SELECT DISTINCT date_trunc('hour', ended) FROM versions WHERE ended IS NOT NULL",
        )
    }
    if first_day is None or not busy:
        return []
    first = max(period.read.since, datetime.fromisoformat(f"{first_day}T00:00:00+00:00"))
    last = period.until
    hour = max(period.since, first).replace(minute=0, second=0, microsecond=0) + WINDOW
    empty = []
    while hour + WINDOW <= last:
        if hour not in busy and _usually_busy(hour, busy, first, last):
            empty.append(hour)
        hour += WINDOW
    return _joined(empty)[:_MOST_GAPS]


def _usually_busy(hour: datetime, busy: set[datetime], first: datetime, last: datetime) -> bool:
    others: list[Any] = []
    for step in (-WEEK, WEEK):
        other = hour + step
        while first <= other and other + WINDOW <= last:
            others.append(other in busy)
            other += step
    return len(others) >= _LEAST_WEEKS and sum(others) >= _USUAL * len(others)


def _joined(hours: Sequence[datetime]) -> list[Span]:
    spans: list[Span] = []
    for hour in hours:
        if spans and spans[-1].until == hour:
            spans[-1] = Span(since=spans[-1].since, until=hour + WINDOW)
        else:
            spans.append(Span(since=hour, until=hour + WINDOW))
    return sorted(spans, key=lambda span: (-span.length, span.since))

"""How much there was: messages by status over time, by month, and what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from mpl_export.model import OPEN_STATUSES, Span, created_at
from operate.archive.database import as_count, as_stored, as_utc, run
from operate.report.period import Period

if TYPE_CHECKING:
    import duckdb

STATUSES: Final = (
    "COMPLETED",
    "FAILED",
    "ESCALATED",
    "RETRY",
    "PROCESSING",
    "ABANDONED",
    "CANCELLED",
    "DISCARDED",
)
OTHER: Final = "other"
_RETENTION: Final = timedelta(days=30)
_MOST_ROWS: Final = 40


@dataclass(frozen=True, slots=True)
class Volume:
    """Messages over time.

    Attributes:
        starts: Where each bar begins, rising, without a gap.
        by_status: For each status that there is, a number for each bar.
    """

    starts: Sequence[datetime]
    by_status: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Open:
    """Messages of an artifact that have not come to an end.

    Attributes:
        oldest: When the oldest began; None if nothing tells.
        example: The id of that one.
    """

    artifact: str
    status: str
    messages: int
    oldest: datetime | None
    example: str


@dataclass(frozen=True, slots=True)
class OpenMessages:
    """All of them.

    Attributes:
        groups: By artifact and status, the most first.
        dead: How many began longer ago than a tenant keeps logs: nothing will become of them.
    """

    groups: Sequence[Open]
    messages: int
    dead: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month's messages.

    Attributes:
        month: Its first day.
        whole: Whether all of it lies in what was read.
        rows: Artifact, sender, receiver and number, the most first.
        rest: How many messages stand in no row.
    """

    month: datetime
    whole: bool
    messages: int
    failed: int
    rows: Sequence[tuple[str, str, str, int]]
    rest: int


def totals(connection: "duckdb.DuckDBPyConnection", span: Span) -> dict[str, int]:
    """Messages of a span by status."""
    rows = run(
        connection,
        "SELECT status, count(*) FROM messages WHERE ended >= $1 AND ended < $2 "
        "GROUP BY 1 ORDER BY 2 DESC, 1",
        [as_stored(span.since), as_stored(span.until)],
    )
    return {str(status): as_count(count) for status, count in rows}


def volume(connection: "duckdb.DuckDBPyConnection", period: Period) -> Volume:
    """Messages by status in bars of the period's width; a bar without any is there, too."""
    width = period.bucket
    starts = [
        as_utc(row[0])
        for row in run(
            connection,
            f"SELECT unnest(generate_series(date_trunc('{width}', $1::TIMESTAMP), "
            f"$2::TIMESTAMP - INTERVAL 1 MILLISECOND, INTERVAL 1 {width}))",
            [as_stored(period.since), as_stored(period.until)],
        )
    ]
    places = {start: number for number, start in enumerate(starts)}
    by_status: dict[str, list[int]] = {}
    for start, status, count in run(
        connection,
        f"SELECT date_trunc('{width}', ended), status, count(*) FROM messages "
        "WHERE ended >= $1 AND ended < $2 GROUP BY ALL",
        [as_stored(period.since), as_stored(period.until)],
    ):
        known = str(status) if status in STATUSES else OTHER
        bars = by_status.setdefault(known, [0] * len(starts))
        bars[places[as_utc(start)]] += as_count(count)
    order = (*STATUSES, OTHER)
    return Volume(starts, dict(sorted(by_status.items(), key=lambda each: order.index(each[0]))))


def open_messages(connection: "duckdb.DuckDBPyConnection", now: datetime) -> OpenMessages:
    """What has not ended by the newest version that was read."""
    groups: dict[tuple[str, str], list[tuple[datetime | None, str]]] = {}
    dead = 0
    marks = ", ".join("?" for _ in OPEN_STATUSES)
    for artifact, status, guid, began in run(
        connection,
        "SELECT artifact, status, coalesce(\"MessageGuid\", ''), coalesce(started, ended) "
        f"FROM messages WHERE status IN ({marks})",
        OPEN_STATUSES,
    ):
        start = created_at(str(guid)) or (None if began is None else as_utc(began))
        if start is not None and start < now - _RETENTION:
            dead += 1
            continue
        groups.setdefault((str(artifact), str(status)), []).append((start, str(guid)))
    found = []
    for (artifact, status), messages in groups.items():
        oldest = min(messages, key=lambda each: (each[0] is None, each))
        found.append(Open(artifact, status, len(messages), *oldest))
    found.sort(key=lambda each: (-each.messages, each.artifact, each.status))
    return OpenMessages(found, sum(each.messages for each in found), dead)


def months(connection: "duckdb.DuckDBPyConnection", read: Span) -> list[Month]:
    """Messages by month, artifact, sender and receiver, the newest month first."""
    counted: dict[datetime, list[tuple[str, str, str, int, int]]] = {}
    for month, *row in run(
        connection,
        "SELECT date_trunc('month', ended), artifact, sender, receiver, count(*), "
        "count(*) FILTER (status IN ('FAILED', 'ESCALATED')) FROM messages "
        "WHERE ended >= $1 AND ended < $2 GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 5 DESC, 2, 3, 4",
        [as_stored(read.since), as_stored(read.until)],
    ):
        counted.setdefault(as_utc(month), []).append(tuple(row))  # type: ignore[arg-type]
    found = []
    for month, rows in counted.items():
        following = (month + timedelta(days=32)).replace(day=1)
        shown = [(artifact, who, whom, count) for artifact, who, whom, count, _ in rows]
        all_of_it = sum(row[3] for row in rows)
        found.append(
            Month(
                month=month,
                whole=read.since <= month and following <= read.until,
                messages=all_of_it,
                failed=sum(row[4] for row in rows),
                rows=shown[:_MOST_ROWS],
                rest=sum(row[3] for row in shown[_MOST_ROWS:]),
            )
        )
    return found


def by_artifact(connection: "duckdb.DuckDBPyConnection", span: Span) -> dict[str, tuple[int, int]]:
    """How many messages, and how many failed ones, each artifact had in a span."""
    rows = run(
        connection,
        "SELECT artifact, count(*), count(*) FILTER (status IN ('FAILED', 'ESCALATED')) "
        "FROM messages WHERE ended >= $1 AND ended < $2 AND status <> 'DISCARDED' GROUP BY 1",
        [as_stored(span.since), as_stored(span.until)],
    )
    return {str(artifact): (as_count(all_), as_count(failed)) for artifact, all_, failed in rows}

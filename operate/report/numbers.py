"""All numbers of a report, and what they are when they leave as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mpl_export.instants import iso_instant
from operate.report.activity import (
    Month,
    OpenMessages,
    Volume,
    by_artifact,
    months,
    open_messages,
    totals,
    volume,
)
from operate.report.changes import Change, changes
from operate.report.failures import Kind, failures, new_kinds
from operate.report.period import Period
from operate.report.reading import names_of
from operate.report.timing import (
    Completeness,
    Delay,
    Durations,
    Sealed,
    completeness,
    delays,
    durations,
)

if TYPE_CHECKING:
    import duckdb

FAILED = ("FAILED", "ESCALATED")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the page shows.

    Attributes:
        now, before: Messages by status in the last week and in the week before.
        all: Messages by status in the whole period.
        comparable: Whether the archive holds the whole week before.
    """

    period: Period
    names: Mapping[str, str]
    now: Mapping[str, int]
    before: Mapping[str, int]
    all: Mapping[str, int]
    comparable: bool
    changes: Sequence[Change]
    volume: Volume
    kinds: Sequence[Kind]
    new: int
    durations: Sequence[Durations]
    delays: Sequence[Delay]
    open: OpenMessages
    months: Sequence[Month]
    completeness: Completeness

    def as_json(self) -> dict[str, Any]:
        """A plain form, instants as text."""
        plain = _plain(asdict(self))
        if not isinstance(plain, dict):
            raise TypeError("numbers are an object")
        return plain


def numbers(
    connection: "duckdb.DuckDBPyConnection",
    period: Period,
    *,
    days: Sequence[str],
    sealed: Sealed,
) -> Numbers:
    """Find them.

    Args:
        days: The days of the whole archive that hold a part.
    """
    kinds = failures(connection, period)
    new = new_kinds(kinds, period)
    timed = durations(connection, period)
    now, before = by_artifact(connection, period.week), by_artifact(connection, period.before)
    comparable = bool(days) and days[0] <= f"{period.before.since:%Y-%m-%d}"
    return Numbers(
        period=period,
        names=names_of(connection),
        now=totals(connection, period.week),
        before=totals(connection, period.before),
        all=totals(connection, period.read),
        comparable=comparable,
        changes=changes(new, kinds, now, before, timed) if comparable else [],
        volume=volume(connection, period),
        kinds=[kind for kind in kinds if kind.in_period or kind.in_before],
        new=len(new) if comparable else 0,
        durations=timed,
        delays=delays(connection, period),
        open=open_messages(connection, period.until),
        months=months(connection, period.read),
        completeness=completeness(connection, period, days, sealed),
    )


def failed_of(counts: Mapping[str, int]) -> int:
    """Messages that ended badly."""
    return sum(counts.get(status, 0) for status in FAILED)


def share_of(counts: Mapping[str, int]) -> float | None:
    """Of a hundred messages, so many failed; None if there were none."""
    every = sum(counts.values())
    return failed_of(counts) / every * 100 if every else None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso_instant(value)
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value

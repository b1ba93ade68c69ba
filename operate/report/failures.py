"""Failures by what they have in common: artifact and error, numbers, ids and times aside.

By the same rule as the notifier's, so a failure of the report is a failure of the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mpl_export.notifier.gist import gist
from mpl_export.notifier.plain import plain
from mpl_export.notifier.signature import signature_of
from operate.archive.database import as_stored, as_utc
from operate.archive.links import monitor_link
from operate.report.period import Period

if TYPE_CHECKING:
    import duckdb

_ROWS_AT_ONCE: Final = 5_000
_MOST_KINDS: Final = 5_000
"""Beyond it, texts never repeat: the rest of an artifact's failures counts as one kind."""
NEVER_REPEAT: Final = "(texts that never repeat)"


@dataclass(slots=True)
class Kind:
    """Failures of one kind.

    Attributes:
        error: The gist of the newest text; empty where there is none.
        text: The newest text.
        in_period, in_week, in_before: How many in the whole period, in its last week, and in the
            week before.
        first, last: When, of all that was read.
        guid, link: The newest message, and where the monitor shows it.
    """

    signature: str
    artifact: str
    status: str
    error: str
    text: str
    first: datetime
    last: datetime
    guid: str
    link: str | None
    in_period: int = 0
    in_week: int = 0
    in_before: int = 0


def failures(connection: "duckdb.DuckDBPyConnection", period: Period) -> list[Kind]:
    """The kinds of failures that were read, those with the most in the last week first."""
    kinds: dict[str, Kind] = {}
    cursor = connection.execute(
        "SELECT artifact, status, error, ended, coalesce(\"MessageGuid\", ''), link FROM messages "
        "WHERE status IN ('FAILED', 'ESCALATED') AND ended >= $1 AND ended < $2 ORDER BY ended, 5",
        [as_stored(period.read.since), as_stored(period.until)],
    )
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for artifact, status, error, ended, guid, link in rows:
            text = plain(error or "")
            _take(kinds, period, (artifact, status, text, as_utc(ended), guid, link))
    return sorted(
        kinds.values(),
        key=lambda kind: (-kind.in_week, -kind.in_period, kind.artifact, kind.signature),
    )


def _take(
    kinds: dict[str, Kind], period: Period, failure: tuple[str, str, str, datetime, str, object]
) -> None:
    artifact, status, text, ended, guid, link = failure
    error = gist(text)
    signature = signature_of(artifact, status, error)
    if signature not in kinds and len(kinds) >= _MOST_KINDS:
        error, signature = NEVER_REPEAT, signature_of(artifact, status, NEVER_REPEAT)
    shown = monitor_link(link)
    kind = kinds.get(signature)
    if kind is None:
        kind = kinds[signature] = Kind(
            signature, artifact, status, error, text, ended, ended, guid, shown
        )
    kind.error, kind.text, kind.status = error, text, status
    kind.last, kind.guid, kind.link = ended, guid, shown
    kind.in_period += ended >= period.since
    kind.in_week += ended >= period.week.since
    kind.in_before += period.before.since <= ended < period.before.until


def new_kinds(kinds: Sequence[Kind], period: Period) -> list[Kind]:
    """Those that were first seen in the last week."""
    return [kind for kind in kinds if kind.in_week and kind.first >= period.week.since]

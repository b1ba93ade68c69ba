"""What a run did: its return value, and one line of the log."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mpl_export import __version__
from mpl_export.archive.archive import Stored
from mpl_export.exporter.events import Purpose
from mpl_export.exporter.export import Step
from mpl_export.instants import iso_instant

_MOST_KEYS = 1_000
"""Keys that a report names; a log line holds 256 kB, and a month's catch-up has 3,000 parts."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did, counted while it goes on.

    Attributes:
        since, until: The span; None if another run held the lease.
        position: The position when the run ended.
        late: Of a reconcile: versions that the scheduled runs had missed.
        by_status: Versions stored, by status.
        caught_up: Whether the span was exported to its end.
        stepped_over: Milliseconds that the tenant could not show.
        open_logs_stepped_over: How many open logs it could not show, one by one.
        unreadable: Versions stored that are kept as they came.
        ties_unresolved: Milliseconds that hold more rows than could be told apart.
    """

    tenant: str
    purpose: Purpose
    since: datetime | None = None
    until: datetime | None = None
    position: datetime | None = None
    rows_read: int = 0
    versions_stored: int = 0
    late: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    parts: list[str] = field(default_factory=list)
    caught_up: bool = False
    requests: int = 0
    stepped_over: list[datetime] = field(default_factory=list)
    open_logs_stepped_over: int = 0
    unreadable: int = 0
    ties_unresolved: int = 0

    def count(self, step: Step) -> None:
        """Count what a step did."""
        if step.page is not None:
            self.rows_read += len(step.page.logs)
            self.ties_unresolved += step.page.ties_unresolved
            self.stepped_over += step.page.stepped_over
        if step.stored is not None:
            self.count_stored(step.stored)

    def count_stored(self, stored: Stored) -> None:
        """Count a part."""
        self.parts.append(stored.key)
        for log in (*stored.new, *stored.amended):
            self.versions_stored += 1
            self.unreadable += not log.readable
            self.by_status[log.status or "unknown"] += 1

    def as_json(self) -> dict[str, Any]:
        """The report as it leaves: instants as text, keys within bounds."""
        parts: dict[str, object] = {"parts": self.parts[:_MOST_KEYS]}
        if len(self.parts) > _MOST_KEYS:
            parts["parts_not_named"] = len(self.parts) - _MOST_KEYS
        missed: dict[str, object] = {}
        if self.open_logs_stepped_over:
            missed["open_logs_stepped_over"] = self.open_logs_stepped_over
        return {
            "tenant": self.tenant,
            "purpose": self.purpose,
            "since": _text(self.since),
            "until": _text(self.until),
            "position": _text(self.position),
            "rows_read": self.rows_read,
            "versions_stored": self.versions_stored,
            "late": self.late,
            "by_status": dict(sorted(self.by_status.items())),
            **parts,
            "caught_up": self.caught_up,
            "requests": self.requests,
            "stepped_over": [iso_instant(instant) for instant in self.stepped_over],
            **missed,
            "release": __version__,
        }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else iso_instant(instant)

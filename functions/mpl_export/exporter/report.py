"""What a run did: its return value, and one line of the log."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mpl_export import __version__
from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Reconcile
from mpl_export.evidence import Evidence
from mpl_export.exporter.events import Purpose
from mpl_export.exporter.export import Step
from mpl_export.exporter.late import Late
from mpl_export.instants import iso_instant
from mpl_export.model import Span, Walked

_MOST_KEYS = 1_000
"""Keys that a report names; a log line holds 256 kB, and a month's catch-up has 3,000 parts."""

_CLOCKS_AGREE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Artifacts:
    """What was found to be deployed.

    Attributes:
        read: How many artifacts; None if their list could not be read.
        stored: The key of the snapshot; None if nothing has changed.
        uncovered: Whether the role does not cover them.
        failed: What could not be read or stored, and what to do; empty if nothing.
    """

    read: int | None = None
    stored: str | None = None
    uncovered: bool = False
    failed: str = ""

    def as_json(self) -> dict[str, object]:
        """The member of the report."""
        return {
            "read": self.read,
            "stored": self.stored,
            **({"role_missing": True} if self.uncovered else {}),
            **({"failed": self.failed} if self.failed else {}),
        }


@dataclass(slots=True, kw_only=True)
class Sweep:
    """What was found among the logs that are not final.

    Attributes:
        open: How many may still end.
        oldest: How long the oldest of these has been open; zero if there is none.
        abandoned: How many were given up by the tenant: nothing can be done about them.
        dead: How many began before the tenant's retention, and will never end.
        at_cap: Whether there are more than are looked at.
        failed: What could not be read or stored; each names what to do.
    """

    open: int = 0
    oldest: timedelta = timedelta(0)
    abandoned: int = 0
    dead: int = 0
    at_cap: bool = False
    failed: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The member of the report."""
        return {
            "open": self.open,
            "oldest_seconds": self.oldest.total_seconds(),
            "abandoned": self.abandoned,
            "dead": self.dead,
            "at_cap": self.at_cap,
            "failed": self.failed,
        }


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did, counted while it goes on.

    Attributes:
        since, until: The span; None if another run held the lease.
        reached: The instant before which the span is read and stored: where to go on.
        walked: How far the tie at ``reached`` was walked, if the walk has to continue.
        position: The position when the run ended.
        expired_before: Where the span was cut, because the archive keeps nothing that old.
        gone: What the tenant deleted before it was read.
        found_late: Versions that a reconcile found and the scheduled runs had missed.
        by_status: Versions stored, by status.
        caught_up: Whether the span was exported to its end.
        stepped_over: Milliseconds that the tenant could not show.
        open_logs_stepped_over: How many open logs it could not show, one by one.
        unstored: Rows that were read when the time to store was up; who goes on reads them again.
        unreadable: Versions stored that are kept as they came.
        ties_unresolved: Milliseconds that hold more rows than could be told apart.
        clock_ahead: How far the function's clock is ahead of the tenant's; None if not known.
        sweep: What the hourly look at open logs found; None if it was not its turn.
        reconcile: How far the daily reconcile is; None if it was not its turn.
        reconcile_failed: Why it could not go on.
        evidence: What the tenant counted on the oldest day of the reconcile; None if this run did
            not read it from beginning to end.
        artifacts: What the hourly look at what is deployed found; None if it was not its turn.
    """

    tenant: str
    purpose: Purpose
    since: datetime | None = None
    until: datetime | None = None
    reached: datetime | None = None
    walked: Walked | None = None
    position: datetime | None = None
    expired_before: datetime | None = None
    rows_read: int = 0
    versions_stored: int = 0
    gone: Span | None = None
    found_late: Late = field(default_factory=Late)
    by_status: Counter[str] = field(default_factory=Counter)
    parts: list[str] = field(default_factory=list)
    caught_up: bool = False
    requests: int = 0
    stepped_over: list[datetime] = field(default_factory=list)
    open_logs_stepped_over: int = 0
    unreadable: int = 0
    unstored: int = 0
    ties_unresolved: int = 0
    clock_ahead: timedelta | None = None
    sweep: Sweep | None = None
    reconcile: Reconcile | None = None
    reconcile_failed: str | None = None
    evidence: Evidence | None = None
    artifacts: Artifacts | None = None

    def count(self, step: Step) -> None:
        """Count what a step of the span did."""
        if step.page is not None:
            self.rows_read += len(step.page.logs)
        self.count_beside(step)

    def count_beside(self, step: Step) -> None:
        """Count what a step did whose rows are not the span's."""
        if step.page is not None:
            self.ties_unresolved += step.page.ties_unresolved
            self.stepped_over += step.page.stepped_over
        self.unstored += step.unstored
        if step.stored is not None:
            self.count_stored(step.stored)

    def count_stored(self, stored: Stored) -> None:
        """Count a part."""
        self.parts.append(stored.key)
        for log in (*stored.new, *stored.amended):
            self.versions_stored += 1
            self.unreadable += not log.readable
            self.by_status[log.status or "unknown"] += 1

    @property
    def late(self) -> int:
        """How many versions a reconcile found that the scheduled runs had missed."""
        return self.found_late.count

    @property
    def limited(self) -> int:
        """How often something limited what could be read."""
        swept = 0 if self.sweep is None else self.sweep.at_cap + len(self.sweep.failed)
        places = len(self.stepped_over) + self.open_logs_stepped_over
        return self.ties_unresolved + self.unreadable + places + swept

    def as_json(self) -> dict[str, Any]:
        """The report as it leaves: instants as text, keys within bounds.

        The long lists are last, because Logs Insights finds the first 200 members of a line.
        """
        return {
            "tenant": self.tenant,
            "purpose": self.purpose,
            "since": _text(self.since),
            "until": _text(self.until),
            "reached": _text(self.reached),
            "walked": self.walked and _walked(self.walked),
            "position": _text(self.position),
            "caught_up": self.caught_up,
            "rows_read": self.rows_read,
            "versions_stored": self.versions_stored,
            "late": self.late,
            "requests": self.requests,
            "release": __version__,
            "by_status": dict(sorted(self.by_status.items())),
            **self._if_any(),
            "stepped_over": [iso_instant(instant) for instant in self.stepped_over],
            "parts": self.parts[:_MOST_KEYS],
        }

    def _if_any(self) -> dict[str, object]:
        """What most runs have nothing to say about."""
        seen: dict[str, object] = {
            "expired_before": _text(self.expired_before),
            "gone": self.gone and _span(self.gone),
            **self.found_late.as_json(),
            "ties_unresolved": self.ties_unresolved,
            "unreadable": self.unreadable,
            "unstored": self.unstored,
            "open_logs_stepped_over": self.open_logs_stepped_over,
            "clock_ahead_seconds": _worth_telling(self.clock_ahead),
            "parts_not_named": max(0, len(self.parts) - _MOST_KEYS),
            "reconcile_failed": self.reconcile_failed,
            "reconcile": self.reconcile and _reconcile(self.reconcile),
            "evidence": self.evidence and self.evidence.as_json(),
            "sweep": self.sweep and self.sweep.as_json(),
            "artifacts": self.artifacts and self.artifacts.as_json(),
        }
        return {name: value for name, value in seen.items() if value}


def _worth_telling(ahead: timedelta | None) -> int:
    """Seconds by which clocks differ, if it is more than a minute; else 0."""
    return 0 if ahead is None or abs(ahead) <= _CLOCKS_AGREE else round(ahead.total_seconds())


def _reconcile(reconcile: Reconcile) -> dict[str, object]:
    return {
        "since": _text(reconcile.since),
        "until": _text(reconcile.until),
        "reached": _text(reconcile.reached),
        "complete": reconcile.complete,
    }


def _span(span: Span) -> dict[str, str]:
    return {"since": iso_instant(span.since), "until": iso_instant(span.until)}


def _walked(walked: Walked) -> dict[str, object]:
    return {
        "instant": iso_instant(walked.instant),
        "offset": walked.offset,
        "passed": walked.passed,
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else iso_instant(instant)

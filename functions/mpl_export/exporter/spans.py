"""What is asked for: a span of one's choice, beside the scheduled runs."""

from contextlib import closing
from datetime import datetime

from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import OutOfTimeError, TenantUnavailableError
from mpl_export.exporter.events import ExportSpan
from mpl_export.exporter.export import Step
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.work import Work
from mpl_export.instants import iso_instant

_MOST_STEPS_ABREAST = 3
"""So many adjacent milliseconds may fail beside a healthy rest; more is an outage."""


def export_span(work: Work, request: ExportSpan) -> None:
    """Export a span: no lease, no commit, safe beside anything."""
    report = work.report
    since, until = _since(request, work.known), request.span.until
    span = work.kept(since, until)
    report.reached = min(since if span is None else span.since, until)
    pieces = [] if span is None else cut_at(span, work.settled())
    try:
        with closing(work.steps(pieces, unless_many, None)) as steps:
            for step in steps:
                work.take(step)
                report.reached = max(report.reached, step.reached or report.reached)
                if request.purpose == "reconcile":
                    report.late += late_in(step, work.known.position)
        report.caught_up, report.reached = True, until
    except OutOfTimeError:
        report.caught_up = False


def refuse_what_was_left_out(work: Work) -> None:
    """Fail a backfill that had to step over something.

    Raises:
        TenantUnavailableError: It had to; all else is archived.
    """
    report = work.report
    if report.stepped_over and report.purpose == "backfill":
        raise TenantUnavailableError(
            f"the tenant could not show {len(report.stepped_over)} milliseconds of the span, "
            f"the first at {iso_instant(report.stepped_over[0])}; all else is archived, so try "
            "this span again later"
        )


def _since(request: ExportSpan, known: Checkpoint) -> datetime:
    """Where to begin: a reconcile begins no earlier than the export itself did."""
    if request.purpose != "reconcile" or known.start_from is None:
        return request.span.since
    return max(request.span.since, known.start_from)


def unless_many(_instant: datetime, before: int) -> bool:
    """Step over at once, since no next run does; but not over an outage."""
    return before < _MOST_STEPS_ABREAST


def late_in(step: Step, position: datetime | None) -> int:
    """The new states that the scheduled runs had passed by."""
    if step.stored is None or position is None:
        return 0
    return sum(log.log_end is not None and log.log_end < position for log in step.stored.new)

"""What is asked for: a span of one's choice, beside the scheduled runs."""

from contextlib import closing
from datetime import datetime

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import NoProgressError, OutOfTimeError, TenantUnavailableError
from mpl_export.exporter.events import ExportSpan
from mpl_export.exporter.export import Step
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.work import Work
from mpl_export.instants import iso_instant
from mpl_export.model import Walked

_MOST_STEPS_ABREAST = 3
"""How many adjacent milliseconds may fail beside a healthy rest; more is an outage."""


def export_span(work: Work, request: ExportSpan) -> None:
    """Export a span: no lease, no commit, safe beside anything.

    Raises:
        NoProgressError: Time was up before it got anywhere.
    """
    report = work.report
    since, until = _since(request, work.known), request.span.until
    span = work.kept(since, until)
    begins = report.reached = min(since if span is None else span.since, until)
    report.walked = request.walked
    borders = [*work.settled()]
    if request.walked is not None:  # a question has to begin where a walk continues
        borders.append(request.walked.instant)
    pieces = [] if span is None else cut_at(span, borders)

    def stored(part: Stored) -> None:
        work.stored(part)
        if request.purpose == "reconcile":
            report.found_late.take(part, work.known.position)

    try:
        with closing(work.steps(pieces, unless_many, request.walked, untold=stored)) as steps:
            for step in steps:
                if step.stored is None:
                    work.take(step)
                else:
                    stored(step.stored)
                report.reached = max(report.reached, step.reached or report.reached)
                report.walked = walked_after(step, report.walked)
        report.caught_up, report.reached, report.walked = True, until, None
    except OutOfTimeError:
        report.caught_up = False
        if (report.reached, report.walked) == (begins, request.walked) and not report.parts:
            raise NoProgressError(iso_instant(begins)) from None


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


def walked_after(step: Step, walked: Walked | None) -> Walked | None:
    """How far a tie is walked after a step; None once it lies behind."""
    if step.walked is not None:
        return step.walked
    if walked is not None and step.reached is not None and step.reached > walked.instant:
        return None
    return walked


def unless_many(_instant: datetime, before: int) -> bool:
    """Step over at once, since no next run does; but not over an outage."""
    return before < _MOST_STEPS_ABREAST
